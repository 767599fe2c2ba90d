//! Tidying a drawing: where boxes stand ([`tidy`]) and how lines run between them ([`routes`]).
//!
//! Layers from left to right, after Sugiyama, Tagawa and Toda, "Methods for Visual Understanding of Hierarchical System
//! Structures" (1981), with what a flow needs beyond it: boxes have sizes, the channels of a broker stand together in a
//! frame without a foreign box, boxes may be pinned, and what stands well stays. The steps are files of their own:
//! [`cycles`] cuts circles, [`ranks`] gives layers, [`layers`] adds what long lines need in the layers between,
//! [`order`] avoids crossings, [`rows`] gives heights, [`place`] puts the parts together, [`around`] keeps pins,
//! [`quality`] says which of two drawings stays.
//!
//! Pure and deterministic. Positions are the left and top of boxes, in canvas units, y downwards. Native only: the window
//! asks over its bridge, so that its wasm stays small. Not here: what a node *is* (`thalweg-flow`), colours, drawing.
//! `thalweg_flow::layout` stays the quick first placement of boxes that a document says nothing about.

#![cfg_attr(test, allow(clippy::float_cmp, reason = "tests compare what was put in with what came out"))]

mod around;
mod cycles;
mod graph;
mod layers;
mod measure;
mod order;
mod place;
mod quality;
mod ranks;
mod route;
mod rows;
mod separate;

pub use graph::{Edge, Graph, Node};
pub use route::{Route, routes};

use quality::Quality;

/// A drawing is replaced by a better one at most so often; two or three are usual.
const ROUNDS: usize = 32;

/// New positions of all nodes, in their order; whole numbers, except that pinned nodes stay exactly where they are.
///
/// - No two boxes overlap, unless both are pinned.
/// - Lines run from left to right as far as the graph has no circles.
/// - A drawing that was tidied stays exactly as it is when it is tidied again, and a small change moves little.
/// - The order of edges never matters; that of nodes only where nodes have no position.
pub fn tidy(graph: &Graph) -> Vec<[f64; 2]> {
    let mut graph = graph.clone();
    let own: Option<Vec<[f64; 2]>> = graph.nodes.iter().map(|node| node.at).collect();
    let mut at = own.unwrap_or_else(|| round(&graph));
    for _ in 0..ROUNDS {
        graph.nodes.iter_mut().zip(&at).for_each(|(node, at)| node.at = Some(*at));
        let next = round(&graph);
        // A drawing that does not give way to the next one never will: that is what makes it tidy.
        if next == at || !Quality::of(&graph, &next).is_better_than(Quality::of(&graph, &at)) {
            break;
        }
        at = next;
    }
    at
}

/// Tidies once.
fn round(graph: &Graph) -> Vec<[f64; 2]> {
    let (graph, order) = graph.canonical();
    let at: Vec<Option<[f64; 2]>> = graph.nodes.iter().map(|node| node.at).collect();
    let pinned = graph.nodes.iter().filter(|node| node.is_fixed()).count();
    let found = if pinned > 1 { around::tidy(&graph, &at) } else { place::tidy(&graph, &at) };
    let mut result = vec![[0.0; 2]; found.len()];
    for (place, position) in order.into_iter().zip(found) {
        result[place] = position;
    }
    result
}
