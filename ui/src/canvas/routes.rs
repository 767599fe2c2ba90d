//! How lines run past boxes: what is asked of the engine, and what it answered.
//!
//! A renderer asks [`Routes::between`] for the points of a line in canvas units; where it has none (the boxes moved since,
//! or the engine has not answered yet) the renderer draws the direct line. Nothing here draws.

use std::{collections::HashMap, time::Duration};

use leptos::{leptos_dom::helpers::set_timeout, prelude::*, task::spawn_local};
use thalweg_flow::{EdgeKind, Flow, NodeId, layout::frames};
use thalweg_protocol::{Command, Drawing, DrawnBox, DrawnLine, Reply, Route};

use super::{EdgeKey, NODE_HEIGHT_FIGURES, Scene};
use crate::{
    bridge,
    state::{App, Rect, Shared},
};

/// Routes are asked for when the drawing has been still for so long.
const STILL: Duration = Duration::from_millis(30);

/// The ways of lines, for boxes that stand as they stood when the ways were found.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Routes {
    ways: HashMap<EdgeKey, ([Rect; 2], Route)>,
    /// The scene and the height of its boxes in which every line has its way, if there is one.
    whole: Option<(Shared<Scene>, f64)>,
}

impl Routes {
    fn new(scene: &Shared<Scene>, height: f64, found: Vec<Option<Route>>) -> Routes {
        let is_whole = found.len() == scene.edges.len() && found.iter().all(Option::is_some);
        let rect = |id: &NodeId| scene.nodes.get(id).map(|node| Rect { height, ..node.rect });
        let ways = scene
            .edges
            .iter()
            .zip(found)
            .filter_map(|(edge, route)| Some((edge.clone(), ([rect(&edge.from)?, rect(&edge.to)?], route?))));
        Routes { ways: ways.collect(), whole: is_whole.then(|| (scene.clone(), height)) }
    }

    /// Where a line begins, then two control points and an end for each of its curves, when its boxes stand there.
    pub(crate) fn between(&self, edge: &EdgeKey, a: Rect, b: Rect) -> Option<&[[f64; 2]]> {
        self.ways.get(edge).filter(|(ends, _)| *ends == [a, b]).map(|(_, route)| route.as_slice())
    }

    /// Whether every line of a drawing has its way.
    pub(super) fn are_whole(&self, scene: &Shared<Scene>, height: f64) -> bool {
        scene.edges.is_empty()
            || self.whole.as_ref().is_some_and(|(known, of)| known == scene && (height - of).abs() < f64::EPSILON)
    }
}

/// What is drawn, for the engine: boxes with room for their figures when `height` says so.
pub(crate) fn drawing(scene: &Scene, flow: &Flow, height: f64, pinned: impl Fn(&str) -> bool) -> Drawing {
    let frames: HashMap<&NodeId, Option<usize>> = flow.nodes.keys().zip(frames(flow)).collect();
    let number = |frame: usize| u32::try_from(frame).ok();
    let boxes = scene.nodes.values().map(|node| DrawnBox {
        at: Some([node.rect.x, node.rect.y]),
        size: [node.rect.width, height],
        pinned: pinned(&node.id),
        frame: frames.get(&node.id).copied().flatten().and_then(number),
    });
    let index = |id: &NodeId| scene.nodes.get_index_of(id).and_then(number);
    let lines = scene.edges.iter().map(|edge| DrawnLine {
        // A line without its box leads nowhere, and gets no way.
        from: index(&edge.from).unwrap_or(u32::MAX),
        to: index(&edge.to).unwrap_or(u32::MAX),
        weak: edge.kind == EdgeKind::DeadLetter,
    });
    Drawing { boxes: boxes.collect(), lines: lines.collect() }
}

/// Asks for new ways after each change of the drawing.
pub(super) fn keep(app: App) {
    Effect::new(move |_| {
        let scene = app.scene.get();
        let height = height(app);
        let ask = move || {
            // Only the last change of several is asked for.
            if app.scene.try_get_untracked().as_ref() == Some(&scene) {
                find(app, scene, height);
            }
        };
        set_timeout(ask, STILL);
    });
}

/// Whether every line is drawn on its way, for the boxes as they stand.
pub(super) fn are_whole(app: App) -> bool {
    let height = height(app);
    app.scene.with(|scene| app.routes.with(|routes| routes.are_whole(scene, height)))
}

/// The height of boxes under the lens that is on.
fn height(app: App) -> f64 {
    if app.shows_figures() { NODE_HEIGHT_FIGURES } else { super::NODE_HEIGHT }
}

fn find(app: App, scene: Shared<Scene>, height: f64) {
    let drawing =
        app.document.try_with_untracked(|d| d.as_ref().map(|d| drawing(&scene, d.flow(), height, |_| false))).flatten();
    let Some(drawing) = drawing.filter(|drawing| !drawing.lines.is_empty()) else { return };
    spawn_local(async move {
        // Lines of a drawing that is too large for ways are drawn directly, which needs no message.
        if let Ok(Reply::Routes(found)) = bridge::call(Command::Routes(drawing)).await
            && app.scene.try_get_untracked().as_ref() == Some(&scene)
        {
            app.routes.try_set(Shared::new(Routes::new(&scene, height, found)));
        }
    });
}

#[cfg(test)]
mod tests {
    use thalweg_flow::{layout, read};

    use super::*;

    const FLOW: &str = "
thalweg: 1
name: T
nodes:
  shop: { kind: producer, load: { poisson: 10/s }, publishes: [{ to: orders }] }
  orders: { kind: topic, broker: kafka }
  dlq: { kind: topic, broker: kafka }
  pay: { kind: consumer, subscribes: [{ from: orders }], dead_letter: dlq }
";

    #[test]
    fn the_engine_is_told_what_is_drawn() {
        let reading = read(FLOW);
        let scene = Scene::new(&reading.flow, &layout::positions(&reading.flow), &[]);
        let drawing = drawing(&scene, &reading.flow, 72.0, |id| id == "pay");
        assert_eq!(drawing.boxes.iter().map(|b| b.frame).collect::<Vec<_>>(), [None, Some(0), Some(0), None]);
        assert_eq!(drawing.boxes.iter().map(|b| b.pinned).collect::<Vec<_>>(), [false, false, false, true]);
        assert!(drawing.boxes.iter().all(|b| b.size[1] == 72.0 && b.at.is_some()));
        let lines: Vec<_> = drawing.lines.iter().map(|l| (l.from, l.to, l.weak)).collect();
        assert_eq!(lines, [(0, 1, false), (3, 2, true), (1, 3, false)]);
    }

    #[test]
    fn a_way_is_good_only_while_its_boxes_stand() {
        let reading = read(FLOW);
        let scene = Shared::new(Scene::new(&reading.flow, &layout::positions(&reading.flow), &[]));
        let way = vec![[0.0, 0.0], [1.0, 0.0], [2.0, 3.0], [3.0, 3.0]];
        let routes = Routes::new(&scene, 72.0, vec![Some(way.clone()), None, None]);
        let edge = &scene.edges[0];
        let rect = |id: &NodeId| Rect { height: 72.0, ..scene.nodes[id].rect };
        let (a, b) = (rect(&edge.from), rect(&edge.to));
        assert_eq!(routes.between(edge, a, b), Some(way.as_slice()));
        assert_eq!(routes.between(edge, Rect { x: a.x + 1.0, ..a }, b), None);
        assert_eq!(routes.between(&scene.edges[1], a, b), None);
        assert!(!routes.are_whole(&scene, 72.0));
        let whole = Routes::new(&scene, 72.0, vec![Some(way); 3]);
        assert!(whole.are_whole(&scene, 72.0) && !whole.are_whole(&scene, 54.0));
    }
}
