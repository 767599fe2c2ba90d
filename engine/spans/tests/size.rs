//! What a packed span takes.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod common;

use thalweg_spans::{Batch, Loose, Span, pack};

fn loose<'a>(batch: &'a Batch, span: &'a Span) -> Loose<'a> {
    Loose { span, resource: &batch.resources[span.resource], scope: &batch.scopes[span.scope] }
}

/// The goal of the observatory is less than 150 bytes on disk for such a span, with everything.
#[test]
fn a_realistic_span_takes_less_than_a_hundred_bytes() {
    let batch = common::batch(4096, 1);
    let packed = pack(batch.spans.iter().map(|span| loose(&batch, span)).collect()).unwrap();
    let bytes = packed.size() + packed.header.to_bytes().len();
    let a_span = bytes as f64 / batch.spans.len() as f64;
    assert!(a_span < 100.0, "{a_span}");
}
