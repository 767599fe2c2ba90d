//! Editing the open document: every change is one named step that can be taken back.

use std::collections::HashSet;

use leptos::prelude::*;
use thalweg_flow::{Edit, NodeId, free_id};
use thalweg_protocol::{ApiError, ErrorCode};

use crate::{
    canvas::{EdgeKey, NODE_HEIGHT, SceneNode, starter_fields},
    state::{AddList, App, Lens, Offset, OpenDocument, Rect, Shared},
    text,
};

impl App {
    /// Changes the document in one step; tells why when it cannot be done. True when it was done.
    pub(crate) fn edit(self, step: &str, edits: &[Edit]) -> bool {
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

    /// Takes the last step back.
    pub(crate) fn undo(self) {
        let step = self.document.try_update(|d| d.as_mut().and_then(OpenDocument::undo)).flatten();
        if let Some(step) = step {
            self.tell(text::undone(&step));
            self.keep_selection();
        }
    }

    /// Does again what was taken back.
    pub(crate) fn redo(self) {
        let step = self.document.try_update(|d| d.as_mut().and_then(OpenDocument::redo)).flatten();
        if let Some(step) = step {
            self.tell(text::redone(&step));
            self.keep_selection();
        }
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
        let Some(Offset { nodes, by: [dx, dy] }) = self.offset.try_update(Option::take).flatten() else { return };
        if dx == 0.0 && dy == 0.0 {
            return;
        }
        let scene = self.scene.get_untracked();
        let mut edits = self.pins(&nodes);
        let moved = scene.nodes.values().filter(|node| nodes.contains(&node.id)).map(|node| Edit::Move {
            id: node.id.clone(),
            position: [(node.rect.x + dx).round(), (node.rect.y + dy).round()],
        });
        edits.extend(moved);
        self.edit(&text::step_move(&names(&nodes)), &edits);
    }

    /// Writes down where the boxes stand that were placed automatically, but for some: once one box stands where a hand
    /// put it, the others must not wander.
    fn pins(self, but: &HashSet<NodeId>) -> Vec<Edit> {
        let scene = self.scene.get_untracked();
        let free = |id: &NodeId| {
            self.document.with_untracked(|d| d.as_ref().is_some_and(|d| !d.flow().layout.contains_key(id)))
        };
        let free = scene.nodes.values().filter(|node| !but.contains(&node.id) && free(&node.id));
        free.map(|node| Edit::Move { id: node.id.clone(), position: [node.rect.x, node.rect.y] }).collect()
    }

    /// Adds a node, connected from another one when that is given, and selects it.
    pub(crate) fn add_node(self, kind: &'static str, at: [f64; 2], from: Option<NodeId>) {
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
                edits.push(Edit::Connect { from: from.clone(), to: id.clone() });
                text::step_add_after(kind, from)
            }
            None => text::step_add(kind),
        };
        if self.edit(&step, &edits) {
            self.select(vec![id]);
        }
    }

    /// Opens the list of kinds where the pointer was last over the canvas, else in its middle.
    pub(crate) fn ask_what_to_add(self) {
        let [width, height] = self.canvas_size.get_untracked();
        let middle = self.viewport.get_untracked().to_canvas(width / 2.0, height / 2.0);
        let at = self.pointer.get_untracked().unwrap_or(middle);
        self.add_list.set(Some(AddList { at, from: None }));
    }

    /// Adds a node where there is room near the middle of what is seen.
    pub(crate) fn add_node_somewhere(self, kind: &'static str) {
        let [width, height] = self.canvas_size.get_untracked();
        let [x, y] = self.viewport.get_untracked().to_canvas(width / 2.0, height / 2.0);
        self.add_node(kind, self.free_place([x - 75.0, y - NODE_HEIGHT / 2.0]), None);
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

    /// Draws a line between two nodes.
    pub(crate) fn connect(self, from: &str, to: &str) {
        let edit = Edit::Connect { from: from.to_owned(), to: to.to_owned() };
        self.edit(&text::step_connect(from, to), &[edit]);
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
        let ids = self.selection.get_untracked();
        if ids.is_empty() {
            return;
        }
        let edits: Vec<Edit> = ids.iter().map(|id| Edit::RemoveNode { id: id.clone() }).collect();
        if self.edit(&text::step_delete(&names(&ids.into_iter().collect())), &edits) {
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
