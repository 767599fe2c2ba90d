//! Aligning and distributing the selected boxes.

use leptos::prelude::*;
use thalweg_flow::{Edit, NodeId};

use crate::{
    canvas::hands::align::{Align, Distribute, align, distribute},
    state::{App, Rect},
    text::hands as text,
};

impl App {
    /// Brings the selected boxes into line.
    pub(crate) fn align(self, how: Align) {
        let (ids, boxes) = self.selected_boxes();
        self.place_all(&text::step_align(how, ids.len()), ids, &align(&boxes, how));
    }

    /// Makes the gaps between the selected boxes equal.
    pub(crate) fn distribute(self, how: Distribute) {
        let (ids, boxes) = self.selected_boxes();
        self.place_all(&text::step_distribute(how, ids.len()), ids, &distribute(&boxes, how));
    }

    fn selected_boxes(self) -> (Vec<NodeId>, Vec<Rect>) {
        let scene = self.scene.get_untracked();
        let ids = self.selection.get_untracked();
        ids.into_iter().filter_map(|id| Some((scene.nodes.get(&id)?.rect, id))).map(|(rect, id)| (id, rect)).unzip()
    }

    /// Moves boxes to places in one step; the others stay where they are drawn.
    fn place_all(self, step: &str, ids: Vec<NodeId>, places: &[[f64; 2]]) {
        let mut edits = self.pins(&ids.iter().cloned().collect());
        edits.extend(ids.into_iter().zip(places).map(|(id, place)| Edit::Move { id, position: place.map(f64::round) }));
        self.edit(step, &edits);
    }
}
