//! The automatic layout: whole, without overlaps, left to right, true to what is given, always the same.

#![allow(clippy::float_cmp, reason = "given positions are passed on as they are")]

use std::fmt::Write as _;

use proptest::prelude::*;
use thalweg_flow::layout::{NODE, positions};
use thalweg_flow::*;

fn overlaps(placed: &indexmap::IndexMap<String, [f64; 2]>) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for (i, (a, p)) in placed.iter().enumerate() {
        for (b, q) in placed.iter().skip(i + 1) {
            if (p[0] - q[0]).abs() < NODE[0] && (p[1] - q[1]).abs() < NODE[1] {
                found.push((a.clone(), b.clone()));
            }
        }
    }
    found
}

/// A flow of consumers and topics: consumer i reads topics and writes topics as told.
fn flow(topics: usize, consumers: &[(usize, usize)], given: &[(usize, [f64; 2])]) -> Flow {
    let mut text = "thalweg: 1\nname: A\nnodes:\n".to_owned();
    for i in 0..topics {
        let _ = writeln!(text, "  t{i}: {{ kind: topic, broker: {} }}", if i % 3 == 0 { "kafka" } else { "nats" });
    }
    for (i, (from, to)) in consumers.iter().enumerate() {
        let _ = writeln!(
            text,
            "  c{i}: {{ kind: consumer, subscribes: [{{ from: t{from} }}], publishes: [{{ to: t{to}, probability: 10% }}] }}"
        );
    }
    text += "layout: { ";
    for (i, at) in given {
        let _ = write!(text, "t{i}: [{}, {}], ", at[0], at[1]);
    }
    text += "}\n";
    let reading = read(&text);
    assert!(!reading.has_errors(), "{:?}", reading.problems);
    reading.flow
}

#[test]
fn a_chain_goes_straight_from_left_to_right() {
    let placed = positions(&flow(3, &[(0, 1), (1, 2)], &[]));
    let at = |id: &str| placed[id];
    assert_eq!([at("t0"), at("c0"), at("t1"), at("c1"), at("t2")].map(|p| p[0]), [0.0, 260.0, 520.0, 780.0, 1040.0]);
    assert!(placed.values().all(|p| p[1] == at("t0")[1]));
}

#[test]
fn parts_that_are_not_connected_stand_one_below_the_other() {
    let placed = positions(&flow(4, &[(0, 1), (2, 3)], &[]));
    assert!(placed["t2"][1] > placed["t0"][1] && placed["t2"][0] == placed["t0"][0]);
}

#[test]
fn a_cycle_and_an_empty_flow_are_drawn_too() {
    assert!(overlaps(&positions(&flow(2, &[(0, 1), (1, 0)], &[]))).is_empty());
    assert!(positions(&Flow::default()).is_empty());
}

#[test]
fn a_new_node_stands_beside_its_neighbour() {
    let mut text = starter().to_owned();
    text = text.replace("  given-up: [780, 104]\n", "");
    let placed = positions(&read(&text).flow);
    assert_eq!(placed["worker"], [520.0, 52.0]);
    assert_eq!(placed["given-up"][0], 780.0);
    assert!(overlaps(&placed).is_empty(), "{placed:?}");
}

#[test]
fn two_thousand_nodes_are_placed() {
    let consumers: Vec<(usize, usize)> = (0..1000).map(|i| (i * 7 % 1000, (i * 13 + 5) % 1000)).collect();
    let placed = positions(&flow(1000, &consumers, &[]));
    assert_eq!(placed.len(), 2000);
    assert!(overlaps(&placed).is_empty());
}

#[test]
fn a_long_chain_grows_from_the_one_place_that_is_given() {
    let consumers: Vec<(usize, usize)> = (0..5000).map(|i| (i, i + 1)).collect();
    let placed = positions(&flow(5001, &consumers, &[(2500, [0.0, 0.0])]));
    assert_eq!(placed["t2500"], [0.0, 0.0]);
    assert!(placed["t2501"][0] > 0.0 && placed["t2499"][0] < 0.0);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn nothing_overlaps_and_given_places_stay(
        consumers in prop::collection::vec((0..12_usize, 0..12_usize), 0..16),
        given in prop::collection::btree_map(0..12_usize, (0..6_i32, 0..8_i32), 0..6),
    ) {
        let mut taken = std::collections::HashSet::new();
        let given: Vec<(usize, [f64; 2])> = given
            .into_iter()
            .filter(|(_, cell)| taken.insert(*cell))
            .map(|(i, (x, y))| (i, [f64::from(x) * 260.0, f64::from(y) * 104.0]))
            .collect();
        let flow = flow(12, &consumers, &given);
        let placed = positions(&flow);
        prop_assert_eq!(placed.len(), flow.nodes.len());
        prop_assert_eq!(overlaps(&placed), vec![]);
        for (i, at) in given {
            prop_assert_eq!(placed[&format!("t{i}")], at);
        }
        prop_assert_eq!(positions(&flow), placed);
    }
}
