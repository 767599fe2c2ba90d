//! The corpus of packed spans, and bytes made of it from a seed: what `cargo xtask fuzz` does for long, for a moment.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on fails")]

#[path = "../../../fuzz/blocks.rs"]
mod blocks;
#[path = "../../../fuzz/changes.rs"]
mod changes;

use std::path::PathBuf;

use thalweg_spans::{AttributeValue, Attributes, Batch, Loose, Resource, Scope, Span, batch_to_bytes, pack};

fn attributes(of: usize) -> Attributes {
    let mut attributes = Attributes::default();
    attributes.push("messaging.destination.name", AttributeValue::Text("orders"));
    attributes.push("http.response.status_code", AttributeValue::Int(500 + i64::from(of as u8 % 4)));
    match of % 4 {
        0 => attributes.push("a", AttributeValue::Empty),
        1 => attributes.push("ratio", AttributeValue::Double(0.5)),
        2 => attributes.push("done", AttributeValue::Bool(true)),
        _ => attributes.push("other", AttributeValue::Other(&[0x0a, 1, 2])),
    }
    attributes
}

fn batch(spans: usize, traces: usize) -> Batch {
    let resource = |service: &str| Resource { service: service.into(), attributes: attributes(1), body: vec![0x1a, 0] };
    let span = |of: usize| Span {
        trace_id: [(of % traces.max(1)) as u8 + 1; 16],
        span_id: ((of + 1) as u64).to_be_bytes(),
        parent_id: (of >= traces).then(|| ((of + 1 - traces) as u64).to_be_bytes()),
        resource: of % 2,
        scope: 0,
        name: ["place order", "charge", "naïve"][of % 3].into(),
        kind: (of % 6) as u8,
        status: (of % 3) as u8,
        start_ns: 1_700_000_000_000_000_000 + of as u64 * 1_000,
        end_ns: 1_700_000_000_000_500_000 + of as u64 * 7_000,
        attributes: attributes(of),
        rest: if of.is_multiple_of(5) { vec![0x48, 1] } else { Vec::new() },
        ..Span::default()
    };
    Batch {
        resources: vec![resource("shop"), resource("payment")],
        scopes: vec![Scope { ..Scope::default() }],
        spans: (0..spans).map(span).collect(),
    }
}

fn files() -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    for (spans, traces) in [(0, 1), (1, 1), (2, 2), (7, 3), (40, 5), (300, 9)] {
        let batch = batch(spans, traces);
        let mut log = Vec::new();
        batch_to_bytes(&batch, &mut log);
        if spans < 100 {
            files.push((format!("log-{spans}"), log));
        }
        let loose = batch.spans.iter().map(|span| Loose {
            span,
            resource: &batch.resources[span.resource],
            scope: &batch.scopes[span.scope],
        });
        let packed = pack(loose.collect()).unwrap();
        files.push((format!("block-{spans}"), blocks::written(&packed).unwrap()));
    }
    files
}

/// A corpus of yesterday's form would be refused at its first byte and probe nothing. `THALWEG_CORPUS=write` writes it anew.
#[test]
fn the_corpus_is_of_todays_form() {
    let folder: PathBuf = [env!("CARGO_MANIFEST_DIR"), "../../fuzz/corpus/blocks"].iter().collect();
    for (name, bytes) in files() {
        let path = folder.join(&name);
        if std::env::var_os("THALWEG_CORPUS").is_some_and(|wish| wish == "write") {
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(&path, &bytes).unwrap();
        }
        assert!(
            std::fs::read(&path).unwrap() == bytes,
            "{name} is of another form: THALWEG_CORPUS=write writes it anew"
        );
    }
}

#[test]
fn any_bytes_are_spans_or_damaged() {
    changes::run("blocks", 11, 250, blocks::reads);
}
