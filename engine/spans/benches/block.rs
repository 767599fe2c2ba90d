//! What packing and reading cost: `cargo bench -p thalweg-spans`.

#![allow(clippy::unwrap_used, reason = "a measurement that cannot go on fails")]

#[path = "../tests/common/mod.rs"]
mod common;

use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use thalweg_spans::block::squeeze;
use thalweg_spans::{Batch, Block, Loose, Span, batch_from_bytes, batch_to_bytes, pack};

const SPANS: usize = 32_768;

fn main() {
    divan::main();
}

fn loose(batch: &Batch) -> Vec<Loose<'_>> {
    let whole = |span| loose_one(batch, span);
    batch.spans.iter().map(whole).collect()
}

fn loose_one<'a>(batch: &'a Batch, span: &'a Span) -> Loose<'a> {
    Loose { span, resource: &batch.resources[span.resource], scope: &batch.scopes[span.scope] }
}

#[divan::bench(sample_count = 20)]
fn pack_a_block(bencher: Bencher<'_, '_>) {
    let batch = common::batch(SPANS / 8, 1);
    bencher.counter(ItemsCount::new(SPANS)).bench_local(|| pack(black_box(loose(&batch))));
}

#[divan::bench(sample_count = 20)]
fn read_a_whole_block(bencher: Bencher<'_, '_>) {
    let batch = common::batch(SPANS / 8, 1);
    let packed = pack(loose(&batch)).unwrap();
    let block = Block::new(packed.columns);
    bencher.counter(ItemsCount::new(SPANS)).bench_local(|| block.batch(black_box(&packed.header)));
}

#[divan::bench(sample_count = 20)]
fn read_which_traces(bencher: Bencher<'_, '_>) {
    let batch = common::batch(SPANS / 8, 1);
    let block = Block::new(pack(loose(&batch)).unwrap().columns);
    bencher.counter(ItemsCount::new(SPANS)).bench_local(|| black_box(&block).traces());
}

#[divan::bench(sample_count = 20)]
fn write_as_it_is(bencher: Bencher<'_, '_>) {
    let batch = common::batch(SPANS / 8, 1);
    bencher.counter(ItemsCount::new(SPANS)).bench_local(|| {
        let mut out = Vec::new();
        batch_to_bytes(black_box(&batch), &mut out);
        out
    });
}

#[divan::bench(sample_count = 20)]
fn write_as_it_is_and_squeeze(bencher: Bencher<'_, '_>) {
    let batch = common::batch(SPANS / 8, 1);
    bencher.counter(ItemsCount::new(SPANS)).bench_local(|| {
        let mut out = Vec::new();
        batch_to_bytes(black_box(&batch), &mut out);
        squeeze(&out)
    });
}

#[divan::bench(sample_count = 20)]
fn read_as_it_is(bencher: Bencher<'_, '_>) {
    let batch = common::batch(SPANS / 8, 1);
    let mut bytes = Vec::new();
    batch_to_bytes(&batch, &mut bytes);
    bencher.counter(ItemsCount::new(SPANS)).bench_local(|| batch_from_bytes(black_box(&bytes)));
}
