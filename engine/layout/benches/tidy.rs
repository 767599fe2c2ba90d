//! How long a drawing takes: `cargo bench -p thalweg-layout`.

#[path = "../tests/common/mod.rs"]
mod common;

use common::{flow, placed};
use divan::{Bencher, black_box};
use rust_sugiyama::configure::Config;
use thalweg_layout::{routes, tidy};

const SIZES: [usize; 3] = [50, 200, 1000];

fn main() {
    divan::main();
}

#[divan::bench(args = SIZES, sample_count = 5)]
fn tidy_from_nothing(bencher: Bencher<'_, '_>, nodes: usize) {
    let graph = flow(nodes, 2 * nodes, 6, 1);
    bencher.bench_local(|| tidy(black_box(&graph)));
}

#[divan::bench(args = SIZES, sample_count = 5)]
fn tidy_again(bencher: Bencher<'_, '_>, nodes: usize) {
    let graph = flow(nodes, 2 * nodes, 6, 1);
    let graph = placed(&graph, &tidy(&graph));
    bencher.bench_local(|| tidy(black_box(&graph)));
}

#[divan::bench(args = SIZES, sample_count = 5)]
fn routes_of_a_tidy_drawing(bencher: Bencher<'_, '_>, nodes: usize) {
    let graph = flow(nodes, 2 * nodes, 6, 1);
    let graph = placed(&graph, &tidy(&graph));
    bencher.bench_local(|| routes(black_box(&graph)));
}

/// Without the swaps of its last step, which take minutes for the largest.
#[divan::bench(args = SIZES, sample_count = 2)]
fn rust_sugiyama(bencher: Bencher<'_, '_>, nodes: usize) {
    let graph = flow(nodes, 2 * nodes, 0, 1);
    let edges: Vec<(u32, u32)> = graph.edges.iter().map(|e| (e.from as u32, e.to as u32)).collect();
    let config = Config { transpose: false, ..Config::default() };
    bencher.bench_local(|| rust_sugiyama::from_edges(black_box(&edges), &config));
}
