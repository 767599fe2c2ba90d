//! What the parts of the lens share: the trace that is shown, which of its rows are seen, which one is chosen.

use std::collections::HashSet;

use leptos::prelude::*;

use super::{logs::TraceLogs, share::Pointed, sight::Sight, spans::Spans, tree::Tree};
use crate::state::{App, Shared};

/// How a trace is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Face {
    /// A row for each span.
    Waterfall,
    /// Time from left to right, what a span caused below it.
    Flame,
    /// What was written meanwhile.
    Logs,
    /// Its services and channels, and what passes between them.
    Flow,
    /// The way of its messages, over all of their traces.
    Journey,
}

/// Signals of the lens; cheap to copy.
#[derive(Clone, Copy)]
pub(super) struct Sheet {
    pub(super) app: App,
    pub(super) face: RwSignal<Face>,
    /// The trace that is shown, with a number that grows whenever it was fetched anew.
    pub(super) tree: Memo<Option<(u32, Shared<Tree>)>>,
    /// Spans whose rows below are hidden.
    pub(super) collapsed: RwSignal<HashSet<String>>,
    /// Indices of the rows that are seen.
    pub(super) visible: Memo<Shared<Vec<u32>>>,
    /// The key of the chosen row.
    pub(super) chosen: RwSignal<Option<String>>,
    /// The index of the chosen row.
    pub(super) chosen_index: Memo<Option<usize>>,
    /// What is known of the spans of a large trace.
    pub(super) spans: Spans,
    /// The log records of the trace.
    pub(super) logs: TraceLogs,
    /// What the menu at the pointer is about, while it is open.
    pub(super) pointed: RwSignal<Option<Pointed>>,
}

impl Sheet {
    pub(super) fn new(app: App) -> Self {
        let view = Memo::new(move |_| app.traces.with(|traces| traces.view.clone()));
        let tree = Memo::new(move |before: Option<&Option<(u32, Shared<Tree>)>>| {
            let number = before.and_then(Option::as_ref).map_or(0, |(number, _)| number.wrapping_add(1));
            view.get().map(|view| (number, Shared::new(Tree::new(view))))
        });
        let collapsed = app.observing.collapsed;
        let visible = Memo::new(move |_| {
            tree.with(|tree| {
                let seen = tree.as_ref().map(|(_, tree)| collapsed.with(|collapsed| tree.visible(collapsed)));
                Shared::new(seen.unwrap_or_default())
            })
        });
        let chosen = app.observing.chosen;
        let chosen_index = Memo::new(move |_| {
            let key = chosen.get()?;
            tree.with(|tree| tree.as_ref()?.1.index_of(&key))
        });
        let (spans, logs) = (Spans::new(app, tree, chosen_index), TraceLogs::new(app));
        let (face, pointed) = (app.observing.face, RwSignal::new(None));
        Sheet { app, face, tree, collapsed, visible, chosen, chosen_index, spans, logs, pointed }
    }

    /// Shows another trace, nothing of it collapsed or chosen. Where one was is left for good.
    pub(super) fn open(self, trace_id: &str) {
        self.app.observing.trail.set(Vec::new());
        self.app.observing.sight.set(Sight::List);
        self.chosen.set(None);
        self.collapsed.set(HashSet::new());
        self.app.select_trace(Some(trace_id.to_owned()));
    }

    /// Follows a link: chooses the span if its trace is shown, else shows its trace if that is stored.
    pub(super) fn follow(self, trace_id: &str, span_id: &str) {
        if self.app.traces.with_untracked(|traces| traces.selected.as_deref() == Some(trace_id)) {
            self.app.observing.note(self.app.trace_place());
            self.app.surveys.difference.set(None);
            self.app.observing.sight.set(Sight::List);
            // Where a span is seen among others.
            if matches!(self.face.get_untracked(), Face::Flow | Face::Journey) {
                self.face.set(Face::Waterfall);
            }
            self.choose(span_id);
            return;
        }
        let face = self.face.get_untracked();
        let face = if matches!(face, Face::Flow | Face::Journey) { Face::Waterfall } else { face };
        self.app.open_span(trace_id, Some(span_id), face);
    }

    /// Chooses a span of the trace that is shown and opens what hides it.
    pub(super) fn choose(self, span_id: &str) {
        let hidden_by = self.tree.with_untracked(|tree| {
            let tree = &tree.as_ref()?.1;
            let mut above = Vec::new();
            let mut at = tree.index_of(span_id)?;
            while let Some(parent) = tree.parent(at) {
                above.extend(tree.key(parent));
                at = parent;
            }
            Some(above)
        });
        self.collapsed
            .update(|collapsed| collapsed.retain(|key| !hidden_by.iter().flatten().any(|above| above == key)));
        self.chosen.set(Some(span_id.to_owned()));
    }

    /// The span of the chosen row.
    pub(super) fn chosen_span(self) -> Option<String> {
        self.span_of(self.chosen_index.get()?)
    }

    /// The span of a row; what was inferred between spans has none.
    pub(super) fn span_of(self, index: usize) -> Option<String> {
        self.tree.with_untracked(|tree| Some(tree.as_ref()?.1.row(index)?.span.as_ref()?.span_id.clone()))
    }

    /// Hides or shows what is below a row.
    pub(super) fn toggle(self, index: usize) {
        let key = self.tree.with_untracked(|tree| {
            let tree = &tree.as_ref()?.1;
            if tree.descendants(index) > 0 { tree.key(index) } else { None }
        });
        let Some(key) = key else { return };
        self.collapsed.update(|collapsed| {
            if !collapsed.remove(&key) {
                collapsed.insert(key);
            }
        });
    }

    /// Chooses the row at a place among those that are seen; gives the place that was reached.
    fn choose_place(self, place: usize) -> Option<usize> {
        let place = place.min(self.visible.with_untracked(|seen| seen.len()).checked_sub(1)?);
        let index = *self.visible.with_untracked(|seen| seen.get(place).copied()).as_ref()? as usize;
        self.chosen.set(self.tree.with_untracked(|tree| tree.as_ref()?.1.key(index)));
        Some(place)
    }

    /// The place of the chosen row among those that are seen.
    pub(super) fn chosen_place(self) -> Option<usize> {
        let index = self.chosen_index.get_untracked()? as u32;
        self.visible.with_untracked(|seen| seen.binary_search(&index).ok())
    }

    /// What a key does: moves through the rows, or opens and closes them. Gives the place that must be brought into sight;
    /// none when the key means nothing here.
    pub(super) fn key(self, key: &str, page: usize) -> Option<usize> {
        let at = self.chosen_place();
        let index = self.chosen_index.get_untracked();
        let next = |step: usize| at.map_or(0, |at| at.saturating_add(step));
        let before = |step: usize| at.map_or(0, |at| at.saturating_sub(step));
        match key {
            "ArrowDown" => self.choose_place(next(1)),
            "ArrowUp" => self.choose_place(before(1)),
            "PageDown" => self.choose_place(next(page)),
            "PageUp" => self.choose_place(before(page)),
            "Home" => self.choose_place(0),
            "End" => self.choose_place(usize::MAX),
            "ArrowRight" if self.is_collapsed(index?) => {
                self.toggle(index?);
                at
            }
            "ArrowRight" => {
                let has_children = self
                    .tree
                    .with_untracked(|tree| tree.as_ref().map(|(_, t)| t.descendants(index.unwrap_or(0)) > 0))?;
                if has_children { self.choose_place(next(1)) } else { at }
            }
            "ArrowLeft" => {
                let index = index?;
                let open = self.tree.with_untracked(|tree| tree.as_ref().map(|(_, t)| t.descendants(index) > 0))?;
                if open && !self.is_collapsed(index) {
                    self.toggle(index);
                    return at;
                }
                let parent = self.tree.with_untracked(|tree| tree.as_ref()?.1.parent(index))? as u32;
                let place = self.visible.with_untracked(|seen| seen.binary_search(&parent).ok())?;
                self.choose_place(place)
            }
            "Enter" | " " => {
                self.toggle(index?);
                at
            }
            _ => None,
        }
    }

    fn is_collapsed(self, index: usize) -> bool {
        let key = self.tree.with_untracked(|tree| tree.as_ref()?.1.key(index));
        key.is_some_and(|key| self.collapsed.with_untracked(|collapsed| collapsed.contains(&key)))
    }
}
