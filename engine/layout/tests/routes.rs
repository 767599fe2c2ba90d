//! How lines run in drawings that were tidied, and in such that were not.

#![allow(clippy::float_cmp, reason = "tests compare what was put in with what came out")]

mod common;

use common::{Dice, edge, flow, node, overlaps, placed, through_boxes};
use proptest::prelude::*;
use thalweg_layout::{Graph, routes, tidy};

#[test]
fn in_a_tidied_drawing_hardly_a_line_runs_through_a_box() {
    let (mut lines, mut through, mut straight) = (0, 0, 0);
    for seed in 0..12 {
        let graph = flow(60, 100, 3, seed);
        let at = tidy(&graph);
        let graph = placed(&graph, &at);
        for (edge, route) in routes(&graph).into_iter().enumerate() {
            let Some(route) = route else { continue };
            lines += 1;
            through += usize::from(through_boxes(&graph, &at, edge, &route) > 0);
            let ends = [route[0], route[route.len() - 1]];
            let line = [ends[0], ends[0], ends[1], ends[1]];
            straight += usize::from(through_boxes(&graph, &at, edge, &line) > 0);
        }
    }
    assert!(through * 100 <= lines, "{through} of {lines}");
    assert!(straight > through * 5, "the drawings ask for nothing: {straight}");
}

#[test]
fn lines_begin_and_end_at_their_boxes() {
    let mut graph =
        Graph { nodes: vec![node(150.0); 3], edges: vec![edge(0, 1), edge(1, 0), edge(2, 2), edge(0, 9), edge(0, 2)] };
    graph.nodes[0].at = Some([0.0, 0.0]);
    graph.nodes[1].at = Some([250.0, 0.0]);
    let routes = routes(&graph);
    // To itself, to what does not exist, to what stands nowhere: no line.
    assert_eq!(routes.iter().map(Option::is_some).collect::<Vec<_>>(), [true, true, false, false, false]);
    let there = routes[0].clone().unwrap();
    assert!(there[0][0] == 150.0 && (there[there.len() - 1][0] - 248.0).abs() < 0.1, "{there:?}");
    let back = routes[1].clone().unwrap();
    assert!((back[back.len() - 1][0] - 152.0).abs() < 0.1, "{back:?}");
    assert!(routes.iter().flatten().all(|route| route.len() % 3 == 1));
}

#[test]
fn a_line_goes_around_what_stands_in_its_way() {
    let mut graph = Graph { nodes: vec![node(150.0); 3], edges: vec![edge(0, 2)] };
    for (node, x) in graph.nodes.iter_mut().zip([0.0, 250.0, 500.0]) {
        node.at = Some([x, 0.0]);
    }
    let at: Vec<[f64; 2]> = graph.nodes.iter().filter_map(|node| node.at).collect();
    let route = routes(&graph)[0].clone().unwrap();
    assert_eq!(through_boxes(&graph, &at, 0, &route), 0, "{route:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_drawing_has_routes_of_finite_points(seed in 0_u64..1_000_000) {
        let mut dice = Dice::new(seed);
        let mut graph = flow(30, 50, 2, seed);
        // Anywhere, also upon each other.
        for node in &mut graph.nodes {
            node.at = Some([dice.below(900) as f64, dice.below(700) as f64]);
        }
        let found = routes(&graph);
        prop_assert_eq!(found.len(), graph.edges.len());
        for route in found.iter().flatten() {
            prop_assert!(route.iter().flatten().all(|v| v.is_finite()) && route.len() % 3 == 1);
        }
        // They depend on nothing else.
        let mut turned = graph.clone();
        turned.edges.reverse();
        let mut again = routes(&turned);
        again.reverse();
        let parallel: std::collections::BTreeSet<_> = graph.edges.iter().map(|e| (e.from, e.to)).collect();
        if parallel.len() == graph.edges.len() {
            prop_assert_eq!(again, found);
        }
    }

    #[test]
    fn where_boxes_stand_in_columns_lines_keep_clear(seed in 0_u64..1_000_000) {
        let mut dice = Dice::new(seed);
        let mut graph = Graph::default();
        for column in 0..5 {
            let mut top = dice.below(200) as f64;
            for _ in 0..=dice.below(4) {
                let mut node = node(150.0 + dice.below(60) as f64);
                node.at = Some([f64::from(column) * 320.0, top]);
                top += node.size[1] + 40.0 + dice.below(90) as f64;
                graph.nodes.push(node);
            }
        }
        let count = graph.nodes.len();
        graph.edges = (0..8).map(|_| edge(dice.below(count), dice.below(count))).filter(|e| e.from != e.to).collect();
        graph.edges.retain(|e| graph.nodes[e.from].at.unwrap()[0] < graph.nodes[e.to].at.unwrap()[0]);
        let at: Vec<[f64; 2]> = graph.nodes.iter().filter_map(|node| node.at).collect();
        prop_assert!(overlaps(&graph, &at).is_empty());
        for (edge, route) in routes(&graph).into_iter().enumerate() {
            let route = route.unwrap();
            prop_assert_eq!(through_boxes(&graph, &at, edge, &route), 0, "{:?}", route);
        }
    }
}
