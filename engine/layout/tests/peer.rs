//! Beside a peer: rust-sugiyama.

mod common;

use common::{crossings, flow, length, overlaps};
use rust_sugiyama::configure::Config;
use thalweg_layout::{Edge, Graph, tidy};

/// The peer's drawing, its layers from left to right. Its boxes have one size.
fn sugiyama(graph: &Graph) -> Vec<[f64; 2]> {
    let vertices: Vec<(u32, (f64, f64))> = (0..graph.nodes.len()).map(|n| (n as u32, (72.0, 182.0))).collect();
    let edges: Vec<(u32, u32)> = graph.edges.iter().map(|e| (e.from as u32, e.to as u32)).collect();
    // Its swaps of neighbours take minutes for some drawings.
    let config = Config { vertex_spacing: 40.0, transpose: false, ..Config::default() };
    let mut at = vec![[0.0; 2]; graph.nodes.len()];
    let mut below = 0.0;
    for (places, width, _) in rust_sugiyama::from_vertices_and_edges(&vertices, &edges, &config) {
        for (node, (x, y)) in places {
            // Layers run downwards there; their pitch is made ours.
            at[node] = [(y / (182.0 + 40.0)).abs().round() * 282.0, below + x];
        }
        below += width + 64.0;
    }
    at
}

#[test]
fn fewer_crossings_and_shorter_lines_than_the_peer() {
    let (mut ours, mut peers) = ((0, 0.0), (0, 0.0));
    for seed in 0..12 {
        let mut graph = flow(30 + 5 * seed as usize, 45 + 8 * seed as usize, 0, seed);
        graph.nodes.iter_mut().for_each(|node| node.size = [182.0, 72.0]);
        // The peer does not come back from every circle.
        for edge in &mut graph.edges {
            *edge = Edge { from: edge.from.min(edge.to), to: edge.from.max(edge.to), weak: false };
        }
        let (at, peer) = (tidy(&graph), sugiyama(&graph));
        assert!(overlaps(&graph, &at).is_empty());
        ours = (ours.0 + crossings(&graph, &at), ours.1 + length(&graph, &at));
        peers = (peers.0 + crossings(&graph, &peer), peers.1 + length(&graph, &peer));
    }
    assert!(ours.0 as f64 <= 1.1 * peers.0 as f64, "crossings {} (peer {})", ours.0, peers.0);
    assert!(ours.1 <= 1.1 * peers.1, "length {} (peer {})", ours.1, peers.1);
}
