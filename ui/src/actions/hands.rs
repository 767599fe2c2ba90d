//! Walking through the graph by keys, closing gaps, and putting nodes between others.

use leptos::prelude::*;
use thalweg_flow::{Edge, Edit, NodeId, reconnections};

use crate::{
    canvas::{
        EdgeKey,
        hands::navigate::{Direction, graph_order, nearest, reachable},
    },
    state::{AddList, App, Rect, Viewport},
    text::hands as text,
};

/// Room beside a box where the next one comes, in canvas units.
const BESIDE: f64 = 80.0;
/// Least distance of a shown selection from the canvas' edges, in pixels.
const MARGIN: f64 = 90.0;

impl App {
    /// Removes the selected nodes and connects what came before them with what came behind, where that means something.
    pub(crate) fn delete_and_reconnect(self) {
        let ids = self.selection.get_untracked();
        let made = self.document.with_untracked(|d| d.as_ref().map(|d| reconnections(d.flow(), &ids)));
        let Some(made) = made else { return };
        let mut edits: Vec<Edit> = ids.iter().map(|id| Edit::RemoveNode { id: id.clone() }).collect();
        edits.extend(made.into_iter().map(|Edge { from, to, .. }| Edit::Connect { from, to }));
        if self.edit(&text::step_reconnect(&ids), &edits) {
            self.keep_selection();
        }
    }

    /// Opens the list of what may follow the selected node, to its right.
    pub(crate) fn ask_what_follows(self) {
        let Some(from) = self.selection.with_untracked(|ids| ids.first().cloned()) else { return };
        let Some(rect) = self.scene.with_untracked(|scene| scene.nodes.get(&from).map(|node| node.rect)) else {
            return;
        };
        let at = [rect.x + rect.width + BESIDE, rect.y + rect.height / 2.0];
        self.add_list.set(Some(AddList { at, from: Some(from), before: false }));
    }

    /// Selects with the selected nodes everything before or behind them.
    pub(crate) fn select_reachable(self, up: bool, down: bool) {
        let scene = self.scene.get_untracked();
        let from = self.selection.get_untracked();
        let mut found = std::collections::HashSet::new();
        if up {
            found.extend(reachable(&from, scene.edges.iter().map(|e| (&e.to, &e.from))));
        }
        if down {
            found.extend(reachable(&from, scene.edges.iter().map(|e| (&e.from, &e.to))));
        }
        self.select(scene.nodes.keys().filter(|id| found.contains(*id)).cloned().collect());
    }

    /// Selects the nearest node in a direction, seen from the selected one, else from the middle of what is seen.
    pub(crate) fn go_towards(self, direction: Direction) {
        let scene = self.scene.get_untracked();
        let selected = self.selection.with_untracked(|ids| ids.last().cloned());
        let from = selected.and_then(|id| scene.nodes.get(&id)).map_or_else(
            || {
                let [width, height] = self.canvas_size.get_untracked();
                let [x, y] = self.viewport.get_untracked().to_canvas(width / 2.0, height / 2.0);
                Rect { x, y, width: 0.0, height: 0.0 }
            },
            |node| node.rect,
        );
        if let Some(id) = nearest(scene.nodes.values().map(|node| (&node.id, node.rect)), from, direction) {
            self.go_to_node(id);
        }
    }

    /// Selects the next node in the order of the graph, or the one before. False at its end.
    pub(crate) fn walk(self, back: bool) -> bool {
        let scene = self.scene.get_untracked();
        let nodes: Vec<(NodeId, Rect)> = scene.nodes.values().map(|node| (node.id.clone(), node.rect)).collect();
        let order = graph_order(&nodes, scene.edges.iter().map(|e| (&e.from, &e.to)));
        let at = self.selection.with_untracked(|ids| ids.last().and_then(|id| order.iter().position(|o| o == id)));
        let next = match (at, back) {
            (None, false) => order.first(),
            (None, true) => order.last(),
            (Some(at), false) => order.get(at + 1),
            (Some(at), true) => at.checked_sub(1).and_then(|at| order.get(at)),
        };
        if let Some(id) = next {
            self.go_to_node(id);
        }
        next.is_some()
    }

    fn go_to_node(self, id: &NodeId) {
        self.select(vec![id.clone()]);
        self.show_node(id);
    }

    /// Zooms so that the selection is seen whole.
    pub(crate) fn fit_selection(self) {
        let scene = self.scene.get_untracked();
        let ids = self.selection.get_untracked();
        let rects = ids.iter().filter_map(|id| scene.nodes.get(id)).map(|node| node.rect);
        let Some(bounds) = rects.reduce(Rect::union) else { return };
        let [width, height] = self.canvas_size.get_untracked();
        let free = Rect { x: MARGIN, y: MARGIN, width: width - 2.0 * MARGIN, height: height - 2.0 * MARGIN };
        self.viewport.update(|view: &mut Viewport| view.fit(bounds, free));
    }

    /// Puts a node between the ends of a line, at a place, in one step.
    pub(crate) fn splice(self, node: &NodeId, line: EdgeKey, mut edits: Vec<Edit>) {
        let step = text::step_splice(node, &line.from, &line.to);
        let EdgeKey { from, to, kind } = line;
        edits.push(Edit::Splice { node: node.clone(), edge: Edge { from, to, kind } });
        self.edit(&step, &edits);
    }
}
