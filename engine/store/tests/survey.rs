//! What many traces show together is what their spans show one by one, wherever they lie.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on fails")]

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use thalweg_spans::block::Truth;
use thalweg_spans::filter::{Filter, parse};
use thalweg_spans::survey::{Sets, sets};
use thalweg_spans::{AttributeValue, Attributes, Batch, Resource, Scope, Span};
use thalweg_store::{Packing, Store, TraceOrder};

const SERVICES: [&str; 2] = ["s0", "s1"];

fn any_span() -> impl Strategy<Value = Span> {
    let identity = (1..9_u8, 1..40_u8);
    (identity, 0..2_usize, "[ab]", 1..12_u64, 0..9_u64, 0..3_u8, 0..4_i64).prop_map(
        |((trace, id), resource, name, start_ns, lasting, status, k)| {
            let mut attributes = Attributes::default();
            attributes.push("k", AttributeValue::Int(k));
            attributes.push("word", AttributeValue::Text(["x", "y"][usize::from(trace > 4)]));
            Span {
                trace_id: [trace; 16],
                span_id: [id; 8],
                resource,
                name,
                start_ns,
                end_ns: start_ns + lasting,
                status,
                attributes,
                is_plain: true,
                ..Span::default()
            }
        },
    )
}

fn batch(spans: Vec<Span>) -> Batch {
    let resource = |service: &str| Resource { service: service.into(), ..Resource::default() };
    Batch { resources: SERVICES.map(resource).into(), scopes: vec![Scope::default()], spans }
}

fn filter(text: &str) -> Filter {
    Filter::new(&parse(text).unwrap()).unwrap()
}

/// Stores each span once, some to a batch, packed soon: some are in blocks, some are not.
async fn stored(spans: &[Span], cut: usize) -> (tempfile::TempDir, Store) {
    let folder = tempfile::tempdir().unwrap();
    let soon = Packing { spans: 7, bytes: 1 << 20, waiting_bytes: 2000 };
    let store = Store::open_packing(folder.path().join("thalweg.db"), soon).await.unwrap();
    for part in spans.chunks(cut) {
        store.write_spans(batch(part.to_vec())).await.unwrap();
    }
    (folder, store)
}

type Whole = (u64, u64, u32);

/// What is asked of whole traces, and what it means of start and length.
type Asked = (&'static str, fn(u64, u64) -> bool);

const TRACE_FILTERS: &[Asked] = &[
    ("trace.duration >= 8ns", |_, duration| duration >= 8),
    ("trace.start >= 1970-01-01T00:00:00.000000003Z", |start, _| start >= 3),
    ("trace.start >= 1970-01-01T00:00:00.000000002Z and trace.start < 1970-01-01T00:00:00.000000005Z", |start, _| {
        (2..5).contains(&start)
    }),
    ("name = a and trace.start <= 1970-01-01T00:00:00.000000004Z and trace.duration < 6ns", |start, duration| {
        start <= 4 && duration < 6
    }),
    ("not trace.duration < 4ns", |_, duration| duration >= 4),
];

/// All that are found, page by page, each once and in order.
async fn listed(store: &Store, filter: &Filter, order: TraceOrder) -> BTreeSet<[u8; 16]> {
    let (mut all, mut after, mut last) = (BTreeSet::new(), None, None);
    loop {
        let page = store.find_traces(filter, order, 2, after).await.unwrap();
        for found in page.traces {
            assert!(last.is_none_or(|last| found.place < last), "{order:?}");
            last = Some(found.place);
            // Which spans it holds for is known, though it asks whole traces.
            assert!(found.spans.is_some_and(|spans| !spans.is_empty()));
            assert!(all.insert(found.row.trace_id));
        }
        match page.next {
            Some(next) => after = Some(next),
            None => return all,
        }
    }
}

fn traces_of(spans: &[Span]) -> BTreeMap<[u8; 16], Whole> {
    let mut traces: BTreeMap<[u8; 16], Whole> = BTreeMap::new();
    for span in spans {
        let whole = traces.entry(span.trace_id).or_insert((u64::MAX, 0, 0));
        whole.0 = whole.0.min(span.start_ns);
        whole.1 = whole.1.max(span.end_ns);
        whole.2 += u32::from(span.status == 2);
    }
    traces
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(30))]

    #[test]
    fn surveys_say_what_spans_say(mut spans in prop::collection::vec(any_span(), 1..60), cut in 1..9_usize) {
        let mut seen = BTreeSet::new();
        spans.retain(|span| seen.insert((span.trace_id, span.span_id)));
        tokio::runtime::Runtime::new().unwrap().block_on(async {
            let (_folder, store) = stored(&spans, cut).await;
            let traces = traces_of(&spans);

            let slow = filter("trace.duration >= 8ns");
            let named = filter("name = a and k < 2");
            let mut shares = Vec::new();
            let found = store.survey([Some(&named), Some(&slow), None], |share, _| shares.push(share)).await.unwrap();
            assert!(shares.is_sorted() && shares.last().is_none_or(|last| *last >= 1.0), "{shares:?}");
            let is_named = |span: &Span| span.name == "a" && matches!(span.attributes.get("k"), Some(AttributeValue::Int(..2)));
            assert!(!found.cut);
            assert_eq!(found.traces.len(), traces.len());
            for trace in &found.traces {
                let (start, end, errors) = traces[&trace.trace_id];
                assert_eq!((trace.start_ns, trace.end_ns, trace.errors), (start, end, errors));
                let holds = spans.iter().any(|span| span.trace_id == trace.trace_id && is_named(span));
                let truth = |holds| if holds { Truth::Yes } else { Truth::No };
                assert_eq!(trace.held, [truth(holds), truth(end - start >= 8), Truth::Yes]);
            }

            for (text, holds) in TRACE_FILTERS {
                for order in [TraceOrder::Newest, TraceOrder::Slowest] {
                    let wanted = traces.iter().filter(|(_, (start, end, _))| holds(*start, end - start)).filter(|(id, _)| {
                        !text.contains("name = a") || spans.iter().any(|span| span.trace_id == **id && span.name == "a")
                    });
                    let wanted: BTreeSet<[u8; 16]> = wanted.map(|(id, _)| *id).collect();
                    assert_eq!(listed(&store, &filter(text), order).await, wanted, "{text} {order:?}");
                }
            }

            for text in ["", "name = a", "trace.duration >= 8ns and k > 0"] {
                let found = store.operations(&filter(text), |_, _| {}).await.unwrap();
                let mut wanted: BTreeMap<(String, String), (u64, u64, u128)> = BTreeMap::new();
                for span in &spans {
                    let (start, end, _) = traces[&span.trace_id];
                    let k = matches!(span.attributes.get("k"), Some(AttributeValue::Int(1..)));
                    if (text == "name = a" && span.name != "a") || (text.len() > 8 && !(end - start >= 8 && k)) {
                        continue;
                    }
                    let known = wanted.entry((SERVICES[span.resource].into(), span.name.clone())).or_default();
                    known.0 += 1;
                    known.1 += u64::from(span.status == 2);
                    known.2 += u128::from(span.duration_ns());
                }
                let counted = found.table.iter().map(|(key, o)| (key.clone(), (o.spans, o.errors, o.total_ns)));
                assert_eq!(counted.collect::<BTreeMap<_, _>>(), wanted, "{text}");
                let in_slots = found.table.values().flat_map(|o| &o.slots).map(|slot| u64::from(slot.spans)).sum::<u64>();
                assert_eq!(in_slots, found.table.values().map(|o| o.spans).sum::<u64>(), "{text}");
            }
        });
    }
}

/// Traces whose parts lie in several blocks have what they have once.
#[tokio::test]
async fn two_sets_are_told_apart() {
    let span = |trace: u8, id: u8| {
        let mut attributes = Attributes::default();
        attributes.push("region", AttributeValue::Text(if trace < 20 { "eu-2" } else { "eu-1" }));
        let end_ns = if trace < 20 { 900 } else { 100 };
        Span {
            trace_id: [trace + 1; 16],
            span_id: [id; 8],
            name: "pay".into(),
            start_ns: 50,
            end_ns,
            attributes,
            is_plain: true,
            ..Span::default()
        }
    };
    let spans: Vec<Span> = (1..4).flat_map(|id| (0..60).map(move |trace| span(trace, id))).collect();
    let (_folder, store) = stored(&spans, 7).await;
    let slow = filter("trace.duration > 500ns");
    let traces = store.survey([None, Some(&slow), None], |_, _| {}).await.unwrap().traces;
    assert!(traces.iter().all(|trace| trace.parts > 1));
    // As they were while each was in one part, too.
    let older: Sets = sets(&traces, 100).0.into_iter().map(|(trace_id, (set, _))| (trace_id, (set, false))).collect();
    for both in [sets(&traces, 100).0, older] {
        let contrast = store.contrast(both, |_, _| {}).await.unwrap();
        // No clamp hides what counts twice.
        let (found, too_many) = contrast.differences([200, 400]);
        let lines: Vec<_> = found.iter().map(|d| (d.to_string(), d.these, d.others)).collect();
        assert_eq!((lines, too_many), (vec![("region = eu-2".to_owned(), 20, 0)], vec![]));
    }
}

#[tokio::test]
async fn what_is_packed_tells_what_was_seen() {
    let spans: Vec<Span> = (1..30_u8)
        .map(|id| Span { trace_id: [1; 16], span_id: [id; 8], name: "pay".into(), ..Span::default() })
        .collect();
    let (_folder, store) = stored(&spans, 10).await;
    // Packing goes on behind the commit; until then nothing is said, and never anything wrong.
    loop {
        let seen = store.seen_in_blocks().await.unwrap();
        if let [service] = &seen.services[..] {
            assert_eq!((service.text.as_str(), seen.names[0].text.as_str()), ("s0", "pay"));
            return;
        }
        tokio::task::yield_now().await;
    }
}
