//! What a tidied drawing promises.

#![allow(clippy::float_cmp, reason = "positions are whole numbers, or passed on as they are")]

mod common;

use common::{Dice, crossings, edge, flow, node, overlaps, placed, rect, touch};
use proptest::prelude::*;
use thalweg_layout::{Edge, Graph, Node, tidy};

fn any_graph() -> impl Strategy<Value = Graph> {
    graph_of(40, 70)
}

/// Frames, circles, boxes connected to nothing, some with a place, some lines to nowhere.
fn graph_of(nodes: usize, edges: usize) -> impl Strategy<Value = Graph> {
    let node = (80_u32..300, 40_u32..120, proptest::option::of((-900_i32..900, -900_i32..900)), 0_usize..8);
    (
        proptest::collection::vec(node, 0..nodes),
        proptest::collection::vec((0..nodes + 2, 0..nodes + 2, any::<bool>()), 0..edges),
    )
        .prop_map(|(nodes, edges)| Graph {
            nodes: nodes
                .into_iter()
                .map(|(width, height, at, frame)| Node {
                    size: [f64::from(width), f64::from(height)],
                    at: at.map(|(x, y)| [f64::from(x), f64::from(y)]),
                    pinned: false,
                    frame: (frame < 3).then_some(frame),
                })
                .collect(),
            edges: edges.into_iter().map(|(from, to, weak)| Edge { from, to, weak }).collect(),
        })
}

/// How many random drawings a test looks at: large ones take their time.
fn cases(small: u32) -> ProptestConfig {
    ProptestConfig::with_cases(if cfg!(debug_assertions) { small } else { small * 20 })
}

/// The boxes of a frame that stand in one column, and whatever else stands within the rectangle around them.
fn foreign_in_columns(graph: &Graph, at: &[[f64; 2]]) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    for a in 0..at.len() {
        for b in a + 1..at.len() {
            if graph.nodes[a].frame.is_none() || graph.nodes[a].frame != graph.nodes[b].frame || at[a][0] != at[b][0] {
                continue;
            }
            let (p, q) = (rect(graph, at, a), rect(graph, at, b));
            // A frame reaches 18 units beyond its boxes at the sides.
            let both = [p[0] - 18.0, p[1].min(q[1]), p[2].max(q[2]) + 18.0, p[3].max(q[3])];
            let is_foreign =
                |n: &usize| graph.nodes[*n].frame != graph.nodes[a].frame && touch(both, rect(graph, at, *n));
            found.extend((0..at.len()).filter(is_foreign).map(|n| (a, n)));
        }
    }
    found
}

proptest! {
    #![proptest_config(cases(96))]

    #[test]
    fn boxes_never_overlap_and_stand_on_whole_units(graph in any_graph()) {
        let at = tidy(&graph);
        prop_assert_eq!(at.len(), graph.nodes.len());
        prop_assert!(overlaps(&graph, &at).is_empty(), "{:?}", at);
        prop_assert!(at.iter().flatten().all(|v| v.fract() == 0.0));
    }

    #[test]
    fn what_is_tidy_stays(graph in any_graph(), pins in proptest::collection::vec(0_u8..4, 40), pinned in any::<bool>()) {
        let mut graph = graph;
        for (node, pin) in graph.nodes.iter_mut().zip(&pins) {
            node.pinned = pinned && *pin == 0;
        }
        let at = tidy(&graph);
        prop_assert_eq!(tidy(&placed(&graph, &at)), at);
    }

    #[test]
    fn the_order_of_edges_never_matters(graph in any_graph()) {
        let mut turned = graph.clone();
        turned.edges.reverse();
        prop_assert_eq!(tidy(&turned), tidy(&graph));
    }

    #[test]
    fn the_order_of_nodes_that_stand_apart_does_not_matter(graph in any_graph(), by in 0_usize..40) {
        let count = graph.nodes.len().max(1);
        let mut graph = graph;
        // Every node somewhere, no two at the same place.
        graph.nodes.iter_mut().enumerate().for_each(|(i, node)| node.at = Some([node.at.map_or(0.0, |at| at[0]), i as f64 * 7.0]));
        let mut turned = graph.clone();
        turned.nodes.rotate_left(by % count);
        for edge in &mut turned.edges {
            let new = |node: usize| if node < graph.nodes.len() { (node + count - by % count) % count } else { node };
            (edge.from, edge.to) = (new(edge.from), new(edge.to));
        }
        let mut at = tidy(&turned);
        at.rotate_right(by % count);
        prop_assert_eq!(at, tidy(&graph));
    }

    #[test]
    fn no_foreign_box_stands_within_a_frame(graph in any_graph()) {
        let at = tidy(&graph);
        prop_assert_eq!(foreign_in_columns(&graph, &at), []);
    }

    #[test]
    fn pinned_boxes_do_not_move_and_nothing_covers_them(graph in any_graph(), pins in proptest::collection::vec(any::<bool>(), 40)) {
        let mut graph = graph;
        for (node, pin) in graph.nodes.iter_mut().zip(&pins) {
            node.pinned = *pin;
        }
        let at = tidy(&graph);
        for (node, at) in graph.nodes.iter().zip(&at) {
            if let (true, Some(before)) = (node.pinned, node.at) {
                prop_assert_eq!(*at, before);
            }
        }
        let fixed = |n: usize| graph.nodes[n].pinned && graph.nodes[n].at.is_some();
        let moved: Vec<_> = overlaps(&graph, &at).into_iter().filter(|(a, b)| !fixed(*a) || !fixed(*b)).collect();
        prop_assert!(moved.is_empty(), "{moved:?} {at:?}");
    }

    #[test]
    fn without_circles_and_frames_lines_run_to_the_right(graph in any_graph()) {
        let mut graph = graph;
        graph.nodes.iter_mut().for_each(|node| node.frame = None);
        graph.edges.retain(|edge| edge.from < edge.to);
        let at = tidy(&graph);
        for edge in graph.edges.iter().filter(|edge| edge.to < at.len()) {
            prop_assert!(rect(&graph, &at, edge.from)[2] < at[edge.to][0], "{edge:?} {at:?}");
        }
    }
}

proptest! {
    #![proptest_config(cases(12))]

    #[test]
    fn what_is_large_and_tidy_stays(graph in graph_of(200, 400), pins in proptest::collection::vec(0_u8..30, 200)) {
        let mut graph = graph;
        for (node, pin) in graph.nodes.iter_mut().zip(&pins) {
            node.pinned = *pin == 0;
        }
        let at = tidy(&graph);
        prop_assert_eq!(tidy(&placed(&graph, &at)), at);
    }
}

/// Something like real flows, which have more order than chance.
#[test]
fn flows_that_are_tidy_stay() {
    for seed in 0..24 {
        let graph = flow(20 + 7 * seed as usize, 30 + 12 * seed as usize, 4, seed);
        let at = tidy(&graph);
        assert_eq!(tidy(&placed(&graph, &at)), at, "seed {seed}");
    }
}

#[test]
fn nothing_and_one_box_are_drawings_too() {
    assert!(tidy(&Graph::default()).is_empty());
    assert_eq!(tidy(&Graph { nodes: vec![node(150.0)], edges: vec![edge(0, 0), edge(0, 7)] }), [[0.0, 0.0]]);
}

#[test]
fn a_chain_is_straight() {
    let nodes = [150.0, 180.0, 160.0].map(node).to_vec();
    let at = tidy(&Graph { nodes, edges: vec![edge(0, 1), edge(1, 2)] });
    assert_eq!(at, [[0.0, 0.0], [250.0, 0.0], [530.0, 0.0]]);
}

#[test]
fn a_fork_is_even() {
    let at = tidy(&Graph { nodes: vec![node(150.0); 4], edges: vec![edge(0, 1), edge(0, 2), edge(0, 3)] });
    let rows: Vec<f64> = at.iter().map(|at| at[1]).collect();
    assert_eq!((rows[2] - rows[1], rows[3] - rows[2], rows[0]), (112.0, 112.0, rows[2]));
}

#[test]
fn a_frame_of_an_exchange_and_its_queues_holds_nothing_else() {
    // shop → exchange → two queues → two consumers; a topic of nobody's lies beside, with a line past the frame.
    let mut nodes = vec![node(150.0); 8];
    (1..=3).for_each(|n| nodes[n].frame = Some(0));
    let edges = [(0, 1), (1, 2), (1, 3), (2, 4), (3, 5), (0, 6), (6, 7), (0, 5)].map(|(a, b)| edge(a, b)).to_vec();
    let graph = Graph { nodes, edges };
    let at = tidy(&graph);
    let members: Vec<[f64; 4]> = (1..=3).map(|n| rect(&graph, &at, n)).collect();
    let around =
        members.iter().fold(members[0], |a, b| [a[0].min(b[0]), a[1].min(b[1]), a[2].max(b[2]), a[3].max(b[3])]);
    let foreign: Vec<usize> = [0, 4, 5, 6, 7].into_iter().filter(|n| touch(around, rect(&graph, &at, *n))).collect();
    assert!(foreign.is_empty(), "{at:?}");
    assert!(at[1][0] < at[2][0] && at[2][0] == at[3][0], "{at:?}");
}

#[test]
fn avoidable_crossings_are_avoided() {
    // Two chains whose boxes stand crosswise.
    let mut graph = Graph { nodes: vec![node(150.0); 4], edges: vec![edge(0, 3), edge(1, 2)] };
    for (node, at) in graph.nodes.iter_mut().zip([[0.0, 0.0], [0.0, 112.0], [250.0, 0.0], [250.0, 112.0]]) {
        node.at = Some(at);
    }
    assert_eq!(crossings(&graph, &[[0.0, 0.0], [0.0, 112.0], [250.0, 0.0], [250.0, 112.0]]), 1);
    let at = tidy(&graph);
    assert_eq!(crossings(&graph, &at), 0, "{at:?}");
}

/// How far boxes moved: the median, and the share that moved at all; `count` of them are compared.
fn moved(before: &[[f64; 2]], after: &[[f64; 2]], count: usize) -> (f64, f64) {
    let mut ways: Vec<f64> =
        before.iter().zip(after).take(count).map(|(a, b)| (a[0] - b[0]).hypot(a[1] - b[1])).collect();
    ways.sort_by(f64::total_cmp);
    (ways[count / 2], ways.iter().filter(|way| **way > 0.0).count() as f64 / count as f64)
}

#[test]
fn a_small_change_moves_little() {
    let (mut medians, mut shares) = (Vec::new(), Vec::new());
    for seed in 0..80 {
        let graph = flow(60, 90, 3, seed);
        let at = tidy(&graph);
        let mut changed = placed(&graph, &at);
        let mut dice = Dice::new(seed + 1000);
        match seed % 4 {
            // A new box behind another.
            0 => {
                changed.nodes.push(node(170.0));
                changed.edges.push(edge(dice.below(60), 60));
            }
            // A box that became wider.
            1 => changed.nodes[dice.below(60)].size[0] += 30.0,
            // A line less.
            2 => {
                changed.edges.remove(dice.below(changed.edges.len()));
            }
            // A box that a hand pushed onto its neighbour.
            _ => {
                let pushed = dice.below(60);
                changed.nodes[pushed].at = Some([at[pushed][0] + 30.0, at[pushed][1] + 60.0]);
            }
        }
        let (median, share) = moved(&at, &tidy(&changed), 60);
        medians.push(median);
        shares.push(share);
    }
    let quiet = medians.iter().filter(|median| **median == 0.0).count();
    let mean = shares.iter().sum::<f64>() / shares.len() as f64;
    assert!(quiet >= 74 && mean < 0.13, "{medians:?} {shares:?}");
}
