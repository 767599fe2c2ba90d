//! Editing the open document: every change is one named step that can be taken back.

use std::collections::HashSet;

use leptos::prelude::*;
use thalweg_flow::{EdgeKind, Edit, Flow, NodeId, Remember, can_connect, free_id};
use thalweg_protocol::{ApiError, ErrorCode};

use crate::{
    canvas::{EdgeKey, NODE_HEIGHT, SceneNode, starter_fields},
    state::{AddList, App, Lens, Offset, OpenDocument, Rect, Shared},
    text,
};

impl App {
    /// Changes the document in one step; tells why when it cannot be done. True when it was done.
    pub(crate) fn edit(self, step: &str, edits: &[Edit]) -> bool {
        self.edit_as(Remember { name: step, note: self.noted_selection(), key: None }, edits)
    }

    /// Changes the document; steps of the same key that follow each other are one step.
    pub(crate) fn edit_joined(self, step: &str, key: &str, edits: &[Edit]) -> bool {
        self.edit_as(Remember { name: step, note: self.noted_selection(), key: Some(key) }, edits)
    }

    fn edit_as(self, step: Remember<'_>, edits: &[Edit]) -> bool {
        let outcome = self.document.try_update(|d| d.as_mut().map(|d| d.apply(step, edits))).flatten();
        match outcome {
            Some(Ok(())) => true,
            Some(Err(error)) => {
                self.fail(&ApiError::new(ErrorCode::InvalidFlow, error.to_string()));
                false
            }
            None => false,
        }
    }

    /// Takes the last step back, and selects what was selected before it.
    pub(crate) fn undo(self) {
        let note = self.noted_selection();
        let step = self.gliding(|| self.document.try_update(|d| d.as_mut().and_then(|d| d.undo(note))).flatten());
        if let Some(step) = step {
            self.tell(text::undone(&step.name));
            self.select_noted(&step.note);
        }
    }

    /// Does again what was taken back, and selects what was selected after it.
    pub(crate) fn redo(self) {
        let note = self.noted_selection();
        let step = self.gliding(|| self.document.try_update(|d| d.as_mut().and_then(|d| d.redo(note))).flatten());
        if let Some(step) = step {
            self.tell(text::redone(&step.name));
            self.select_noted(&step.note);
        }
    }

    /// Goes so many steps back (below 0) or forth in the history.
    pub(crate) fn walk_history(self, steps: i32) {
        let count = steps.unsigned_abs() as usize;
        let undone = steps < 0;
        // One by one, so that what was selected is remembered on every side.
        let walked = batch(|| {
            let mut last = None;
            for _ in 0..count {
                let note = self.noted_selection();
                let step = |d: &mut Option<OpenDocument>| {
                    d.as_mut().and_then(|d| if undone { d.undo(note) } else { d.redo(note) })
                };
                let Some(step) = self.document.try_update(step).flatten() else { break };
                self.select_noted(&step.note);
                last = Some(step);
            }
            last
        });
        if let Some(step) = walked {
            self.tell(match (count, undone) {
                (1, true) => text::undone(&step.name),
                (1, false) => text::redone(&step.name),
                _ => text::playback::steps(count, undone),
            });
        }
    }

    /// What is selected, as a step remembers it. Names of nodes hold no line breaks.
    fn noted_selection(self) -> String {
        self.selection.with_untracked(|ids| ids.join("\n"))
    }

    fn select_noted(self, note: &str) {
        if note.is_empty() {
            self.keep_selection();
            return;
        }
        let scene = self.scene.get_untracked();
        self.select(note.split('\n').filter(|id| scene.nodes.contains_key(*id)).map(ToOwned::to_owned).collect());
    }

    /// Drops from the selection what no longer exists.
    pub(crate) fn keep_selection(self) {
        let scene = self.scene.get_untracked();
        self.selection.update(|ids| ids.retain(|id| scene.nodes.contains_key(id)));
        self.selected_edge.update(|edge| {
            if edge.as_ref().is_some_and(|edge| !scene.edges.contains(edge)) {
                *edge = None;
            }
        });
    }

    /// Selects exactly these nodes.
    pub(crate) fn select(self, ids: Vec<NodeId>) {
        self.selected_edge.set(None);
        self.selection.set(ids);
    }

    /// Selects a line.
    pub(crate) fn select_edge(self, edge: EdgeKey) {
        self.selection.set(Vec::new());
        self.selected_edge.set(Some(edge));
    }

    /// Where a box is drawn: with what the hand has moved it by, and with room for figures where they are shown.
    pub(crate) fn node_rect(self, node: &SceneNode) -> Rect {
        let mut rect = node.rect;
        self.settling.with(|settling| {
            if let Some(settling) = settling {
                [rect.x, rect.y] = settling.place(&node.id, [rect.x, rect.y]);
            }
        });
        self.offset.with(|offset| {
            if let Some(Offset { nodes, by: [dx, dy] }) = offset
                && nodes.contains(&node.id)
            {
                rect.x += dx;
                rect.y += dy;
            }
        });
        if self.shows_figures() {
            rect.height = crate::canvas::NODE_HEIGHT_FIGURES;
        }
        rect
    }

    /// Whether boxes show figures of a run.
    pub(crate) fn shows_figures(self) -> bool {
        self.lens.get() == Lens::Simulate && self.series.with(Option::is_some)
    }

    /// Lifts nodes by some way; they stay lifted until [`App::put_down`].
    pub(crate) fn lift(self, ids: &[NodeId], by: [f64; 2]) {
        self.offset.update(|offset| match offset {
            Some(offset) => offset.by = by,
            None => *offset = Some(Offset { nodes: Shared::new(ids.iter().cloned().collect::<HashSet<_>>()), by }),
        });
    }

    /// Puts lifted nodes down as one step.
    pub(crate) fn put_down(self) {
        if let Some((ids, edits)) = self.take_down() {
            self.edit(&text::step_move(&names(&ids)), &edits);
        }
    }

    /// Puts nodes down that keys have lifted; presses of keys that follow each other are one step.
    pub(crate) fn put_down_nudged(self) {
        let selected = self.selection.get_untracked();
        if let Some((_, edits)) = self.take_down() {
            let key = format!("nudge {}", selected.join(" "));
            self.edit_joined(&text::hands::step_nudge(&selected), &key, &edits);
        }
    }

    /// Lets lifted nodes go; which, and the edits that put them where they are held.
    pub(crate) fn take_down(self) -> Option<(Shared<HashSet<NodeId>>, Vec<Edit>)> {
        let Offset { nodes, by: [dx, dy] } = self.offset.try_update(Option::take).flatten()?;
        if dx == 0.0 && dy == 0.0 {
            return None;
        }
        let scene = self.scene.get_untracked();
        let mut edits = self.pins(&nodes);
        let moved = scene.nodes.values().filter(|node| nodes.contains(&node.id)).map(|node| Edit::Move {
            id: node.id.clone(),
            position: [(node.rect.x + dx).round(), (node.rect.y + dy).round()],
        });
        edits.extend(moved);
        Some((nodes, edits))
    }

    /// Writes down where the boxes stand that were placed automatically, but for some: once one box stands where a hand
    /// put it, the others must not wander.
    pub(super) fn pins(self, but: &HashSet<NodeId>) -> Vec<Edit> {
        let scene = self.scene.get_untracked();
        let free = |id: &NodeId| {
            self.document.with_untracked(|d| d.as_ref().is_some_and(|d| !d.flow().layout.contains_key(id)))
        };
        let free = scene.nodes.values().filter(|node| !but.contains(&node.id) && free(&node.id));
        free.map(|node| Edit::Move { id: node.id.clone(), position: [node.rect.x, node.rect.y] }).collect()
    }

    /// Adds a node, connected from another one when that is given (or to it, when it comes before that), and selects it.
    pub(crate) fn add_node(self, kind: &'static str, at: [f64; 2], from: Option<NodeId>, before: bool) {
        let Some(id) = self.document.with_untracked(|d| d.as_ref().map(|d| free_id(d.flow(), kind))) else { return };
        let position = [at[0].round(), at[1].round()];
        let mut edits = self.pins(&HashSet::new());
        edits.push(Edit::AddNode {
            id: id.clone(),
            kind_name: kind.to_owned(),
            fields: starter_fields(kind),
            position: Some(position),
        });
        let step = match &from {
            Some(from) => {
                let (from, to) = if before { (&id, from) } else { (from, &id) };
                edits.push(Edit::Connect { from: from.clone(), to: to.clone() });
                text::step_add_after(kind, if before { to } else { from })
            }
            None => text::step_add(kind),
        };
        if self.edit(&step, &edits) {
            self.select(vec![id]);
        }
    }

    /// Adds a node between the ends of a line and selects it.
    pub(crate) fn add_between(self, kind: &'static str, at: [f64; 2], line: EdgeKey) {
        let Some(id) = self.document.with_untracked(|d| d.as_ref().map(|d| free_id(d.flow(), kind))) else { return };
        let mut edits = self.pins(&HashSet::new());
        edits.push(Edit::AddNode {
            id: id.clone(),
            kind_name: kind.to_owned(),
            fields: starter_fields(kind),
            position: Some(at.map(f64::round)),
        });
        self.splice(&id, line, edits);
        if self.scene.with_untracked(|scene| scene.nodes.contains_key(&id)) {
            self.select(vec![id]);
        }
    }

    /// Opens the list of kinds where the pointer was last over the canvas, else in its middle.
    pub(crate) fn ask_what_to_add(self) {
        let [width, height] = self.canvas_size.get_untracked();
        let middle = self.viewport.get_untracked().to_canvas(width / 2.0, height / 2.0);
        let at = self.pointer.get_untracked().unwrap_or(middle);
        self.add_list.set(Some(AddList { at, from: None, before: false }));
    }

    /// Adds a node where there is room near the middle of what is seen.
    pub(crate) fn add_node_somewhere(self, kind: &'static str) {
        let [width, height] = self.canvas_size.get_untracked();
        let [x, y] = self.viewport.get_untracked().to_canvas(width / 2.0, height / 2.0);
        self.add_node(kind, self.free_place([x - 75.0, y - NODE_HEIGHT / 2.0]), None, false);
    }

    /// The first place from here downwards where a new box covers no other.
    pub(crate) fn free_place(self, mut at: [f64; 2]) -> [f64; 2] {
        let scene = self.scene.get_untracked();
        let taken = |[x, y]: [f64; 2]| {
            let rect = Rect { x, y, width: 150.0, height: NODE_HEIGHT }.grown(12.0);
            scene.nodes.values().any(|node| node.rect.touches(rect))
        };
        // Boxes are finite, so this ends.
        while taken(at) {
            at[1] += 24.0;
        }
        at
    }

    /// Draws a line between two nodes, and tells what it did.
    pub(crate) fn connect(self, from: &str, to: &str) {
        let kind = self.document.with_untracked(|d| d.as_ref().and_then(|d| can_connect(d.flow(), from, to).ok()));
        let edit = Edit::Connect { from: from.to_owned(), to: to.to_owned() };
        if self.edit(&text::step_connect(from, to), &[edit])
            && let Some(kind) = kind
        {
            let filled = self.document.with_untracked(|d| d.as_ref().and_then(|d| filled_in(d.flow(), from, to, kind)));
            self.tell(text::hands::connected(kind, from, to, filled.as_deref()));
        }
    }

    /// Removes what is selected.
    pub(crate) fn delete_selection(self) {
        if let Some(EdgeKey { from, to, kind }) = self.selected_edge.get_untracked() {
            let step = text::step_disconnect(&from, &to);
            if self.edit(&step, &[Edit::Disconnect { from, to, kind }]) {
                self.selected_edge.set(None);
            }
            return;
        }
        self.delete_as(|ids| text::step_delete(&names(&ids.iter().cloned().collect())));
    }

    /// Removes the selected nodes.
    pub(crate) fn delete_as(self, step: impl FnOnce(&[NodeId]) -> String) {
        let ids = self.selection.get_untracked();
        let edits: Vec<Edit> = ids.iter().map(|id| Edit::RemoveNode { id: id.clone() }).collect();
        if !edits.is_empty() && self.edit(&step(&ids), &edits) {
            self.keep_selection();
        }
    }

    /// Gives a node another name, everywhere it is named.
    pub(crate) fn rename_node(self, from: &str, to: &str) -> bool {
        let to = to.trim();
        if to == from {
            return true;
        }
        let edit = Edit::RenameNode { from: from.to_owned(), to: to.to_owned() };
        let done = self.edit(&text::step_rename(from, to), &[edit]);
        if done {
            self.selection.update(|ids| {
                for id in ids.iter_mut().filter(|id| *id == from) {
                    to.clone_into(id);
                }
            });
            self.keep_selection();
        }
        done
    }
}

/// What a new connection was given beside its ends: a group's name, an event type.
fn filled_in(flow: &Flow, from: &str, to: &str, kind: EdgeKind) -> Option<String> {
    match kind {
        EdgeKind::Publish => flow.nodes.get(from)?.kind.publishes().iter().rfind(|p| p.to == to)?.event.clone(),
        EdgeKind::Subscribe => flow.nodes.get(to)?.kind.subscribes().iter().rfind(|s| s.from == from)?.group.clone(),
        _ => None,
    }
}

/// A word of a path; names with dots are quoted.
pub(crate) fn quoted(word: &str) -> String {
    if word.contains(['.', '"']) || word.is_empty() { format!("{word:?}") } else { word.to_owned() }
}

/// `payment`, or `3 nodes`.
fn names(ids: &HashSet<NodeId>) -> String {
    match ids.iter().next() {
        Some(only) if ids.len() == 1 => only.clone(),
        _ => text::many(ids.len(), text::noun::NODE),
    }
}
