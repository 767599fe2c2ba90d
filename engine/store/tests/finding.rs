//! What a filter finds in the file is what it finds in the spans one by one, wherever they lie.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on fails")]

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use thalweg_spans::filter::{Filter, parse};
use thalweg_spans::{AttributeValue, Attributes, Batch, Resource, Scope, Span};
use thalweg_store::{Packing, Store, TraceCursor, TraceOrder};

/// A filter, and what it means.
type Asked = (&'static str, fn(&Span, &str) -> bool);

const FILTERS: &[Asked] = &[
    ("service = s1", |_, service| service == "s1"),
    ("name != b", |span, _| span.name != "b"),
    ("status = error", |span, _| span.status == 2),
    ("duration >= 5ns", |span, _| span.end_ns.saturating_sub(span.start_ns) >= 5),
    ("k = 3", |span, _| span.attributes.get("k") == Some(AttributeValue::Int(3))),
    ("exists span.k", |span, _| span.attributes.get("k").is_some()),
    ("name = a and duration > 2ns", |span, _| span.name == "a" && span.end_ns.saturating_sub(span.start_ns) > 2),
    ("name = a or k < 2", |span, _| {
        span.name == "a" || matches!(span.attributes.get("k"), Some(AttributeValue::Int(..2)))
    }),
    ("not service = s0", |_, service| service != "s0"),
    ("name = nothing", |_, _| false),
];

/// What is asked of a whole trace, of its start and duration.
type OfTrace = fn(u64, u64) -> bool;

/// Filters that ask whole traces too.
const TIMED: &[(Asked, OfTrace)] = &[
    (("trace.duration > 8ns", |_, _| true), |_, duration| duration > 8),
    (("trace.duration <= 8ns", |_, _| true), |_, duration| duration <= 8),
    (("not trace.duration < 10ns", |_, _| true), |_, duration| duration >= 10),
    (("trace.start >= 1970-01-01T00:00:00.000000003Z and trace.duration > 4ns", |_, _| true), |start, duration| {
        start >= 3 && duration > 4
    }),
    (("trace.start < 1970-01-01T00:00:00.000000004Z or trace.duration = 7ns", |_, _| true), |start, duration| {
        start < 4 || duration == 7
    }),
    (("name = a and trace.duration > 9ns", |span, _| span.name == "a"), |_, duration| duration > 9),
    (("service = s1 and trace.duration < 9ns", |_, service| service == "s1"), |_, duration| duration < 9),
];

fn any_span() -> impl Strategy<Value = Span> {
    let identity = (1..6_u8, 1..6_u8, prop::option::of(1..6_u8));
    (identity, "[abc]", 0..12_u64, 0..9_u64, 0..3_u8, prop::option::of(0..4_i64)).prop_map(
        |((trace, id, parent), name, start_ns, lasting, status, k)| {
            let mut attributes = Attributes::default();
            if let Some(k) = k {
                attributes.push("k", AttributeValue::Int(k));
            }
            Span {
                trace_id: [trace; 16],
                span_id: [id; 8],
                parent_id: parent.map(|parent| [parent; 8]),
                name,
                start_ns,
                end_ns: start_ns + lasting,
                status,
                attributes,
                ..Span::default()
            }
        },
    )
}

type Identity = ([u8; 16], [u8; 8]);

/// The figures of a trace by which it is placed, the greatest first.
fn place(order: TraceOrder, spans: &[&Span]) -> (u64, u64) {
    let start = spans.iter().map(|span| span.start_ns).filter(|start| *start != 0).min().unwrap_or(0);
    let end = spans.iter().map(|span| span.end_ns).max().unwrap_or(0);
    let figure = match order {
        TraceOrder::Newest => start,
        TraceOrder::Slowest => end.saturating_sub(start),
        TraceOrder::Errors => spans.iter().filter(|span| span.status == 2).count() as u64,
    };
    (figure, start)
}

/// Page by page, with the places as texts.
async fn found(
    store: &Store,
    filter: &Filter,
    order: TraceOrder,
    limit: u32,
) -> Vec<([u8; 16], Option<BTreeSet<[u8; 8]>>)> {
    let (mut all, mut after) = (Vec::new(), None::<String>);
    loop {
        let place = after.map(|text| text.parse::<TraceCursor>().unwrap());
        let page = store.find_traces(filter, order, limit, place).await.unwrap();
        assert!(page.traces.len() <= limit as usize);
        all.extend(page.traces.into_iter().map(|found| (found.row.trace_id, found.spans.map(BTreeSet::from_iter))));
        match page.next {
            Some(next) => after = Some(next.to_string()),
            None => return all,
        }
    }
}

async fn check(store: &Store, last: &BTreeMap<Identity, (Span, String)>, filter: &Asked, limit: u32) {
    let any_trace: OfTrace = |_, _| true;
    check_timed(store, last, &(*filter, any_trace), limit).await;
}

async fn check_timed(
    store: &Store,
    last: &BTreeMap<Identity, (Span, String)>,
    (filter, of_trace): &(Asked, OfTrace),
    limit: u32,
) {
    let holds = |trace: [u8; 16]| {
        let whole: Vec<&Span> = last.iter().filter(|((id, _), _)| *id == trace).map(|(_, (span, _))| span).collect();
        let ((duration, _), (start, _)) = (place(TraceOrder::Slowest, &whole), place(TraceOrder::Newest, &whole));
        of_trace(start, duration)
    };
    let asked = Filter::new(&parse(filter.0).unwrap()).unwrap();
    for order in [TraceOrder::Newest, TraceOrder::Slowest, TraceOrder::Errors] {
        let mut left: BTreeMap<[u8; 16], BTreeSet<[u8; 8]>> = BTreeMap::new();
        for ((trace, id), (span, service)) in last {
            if filter.1(span, service) && holds(*trace) {
                left.entry(*trace).or_default().insert(*id);
            }
        }
        let mut before = None;
        for (trace, spans) in found(store, &asked, order, limit).await {
            let whole: Vec<&Span> =
                last.iter().filter(|((id, _), _)| *id == trace).map(|(_, (span, _))| span).collect();
            let place = (place(order, &whole), trace);
            assert!(before.is_none_or(|before| place < before), "{order:?} {}: {place:?} {before:?}", filter.0);
            before = Some(place);
            assert!(holds(trace), "{order:?} {}", filter.0);
            match spans {
                Some(spans) => assert_eq!(left.remove(&trace), Some(spans), "{order:?} {}", filter.0),
                // The whole trace is to be asked: it is one of those that may be found.
                None => drop(left.remove(&trace)),
            }
        }
        assert_eq!(left, BTreeMap::new(), "{order:?} {}: not found", filter.0);
    }
}

/// Stores batches, packed soon; gives each span as it was sent last, with its service.
async fn stored(batches: Vec<Vec<Span>>, once: bool) -> (tempfile::TempDir, Store, BTreeMap<Identity, (Span, String)>) {
    let folder = tempfile::tempdir().unwrap();
    let soon = Packing { spans: 5, bytes: 1 << 20, waiting_bytes: 2000 };
    let store = Store::open_packing(folder.path().join("thalweg.db"), soon).await.unwrap();
    let mut last = BTreeMap::new();
    for (number, mut spans) in batches.into_iter().enumerate() {
        let service = format!("s{}", number % 3);
        // Without spans that are sent again with other content, of which only the whole trace tells.
        spans.retain(|span| !once || !last.contains_key(&(span.trace_id, span.span_id)));
        // What is sent again started when it did before.
        for span in &mut spans {
            if let Some((before, _)) = last.get(&(span.trace_id, span.span_id)) {
                let before: &Span = before;
                span.start_ns = before.start_ns;
                span.end_ns = span.end_ns.max(before.start_ns);
            }
        }
        last.extend(spans.iter().map(|span| ((span.trace_id, span.span_id), (span.clone(), service.clone()))));
        let resource = Resource { service, ..Resource::default() };
        let batch = Batch { resources: vec![resource], scopes: vec![Scope::default()], spans };
        store.write_spans(batch).await.unwrap();
    }
    (folder, store, last)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn filters_find_what_they_mean(
        batches in prop::collection::vec(prop::collection::vec(any_span(), 1..6), 1..10),
        once: bool,
        filter in prop::sample::select(FILTERS),
    ) {
        tokio::runtime::Runtime::new().unwrap().block_on(async {
            let (folder, store, last) = stored(batches, once).await;
            check(&store, &last, &filter, 2).await;
            store.close().await;
            check(&Store::open(folder.path().join("thalweg.db")).await.unwrap(), &last, &filter, 2).await;
        });
    }

    /// What is asked of whole traces is found as if each were looked at, whatever its block says of it, and in how many it lies.
    #[test]
    fn traces_are_found_by_their_own_times(
        batches in prop::collection::vec(prop::collection::vec(any_span(), 1..6), 1..10),
        once: bool,
        filter in prop::sample::select(TIMED),
    ) {
        tokio::runtime::Runtime::new().unwrap().block_on(async {
            let (folder, store, last) = stored(batches, once).await;
            check_timed(&store, &last, &filter, 2).await;
            store.close().await;
            check_timed(&Store::open(folder.path().join("thalweg.db")).await.unwrap(), &last, &filter, 2).await;
        });
    }
}

/// In many blocks, with traces that go on from one to the next: what is common is found by looking at the first few, what is rare by
/// asking all, and both stand as a count of the spans places them.
#[tokio::test]
async fn the_greatest_stand_first_in_many_blocks() {
    let folder = tempfile::tempdir().unwrap();
    let soon = Packing { spans: 8, ..Packing::default() };
    let store = Store::open_packing(folder.path().join("thalweg.db"), soon).await.unwrap();
    let mut last = BTreeMap::new();
    for round in 0..60_u8 {
        // Every third trace has its second span two blocks later, and some of the first spans come again as they were.
        let firsts = (0..4_u8).map(|at| (round * 4 + at, 1_u8));
        let seconds = (0..4_u8).filter(|at| at % 3 == 0 && round > 3).map(|at| ((round - 4) * 4 + at, 2));
        let again = (round % 7 == 6).then(|| ((round - 5) * 4, 1));
        let spans: Vec<Span> = firsts
            .chain(seconds)
            .chain(again)
            .map(|(trace, id)| {
                let mixed = u64::from(trace).wrapping_mul(2_654_435_761) % 1009;
                let mut attributes = Attributes::default();
                attributes.push("k", AttributeValue::Int(i64::from(trace % 50)));
                Span {
                    trace_id: [trace; 16],
                    span_id: [id; 8],
                    name: if trace % 2 == 0 { "a" } else { "b" }.into(),
                    start_ns: 1000 + u64::from(trace) * 10,
                    end_ns: 1000 + u64::from(trace) * 10 + mixed * u64::from(id),
                    status: (mixed % 3) as u8,
                    attributes,
                    is_plain: true,
                    ..Span::default()
                }
            })
            .collect();
        last.extend(spans.iter().map(|span| ((span.trace_id, span.span_id), (span.clone(), "s0".to_owned()))));
        let resource = Resource { service: "s0".into(), ..Resource::default() };
        store.write_spans(Batch { resources: vec![resource], scopes: vec![Scope::default()], spans }).await.unwrap();
    }
    // Common ones, and one that finds five traces in all.
    let rare: Asked = ("k = 3", |span, _| span.attributes.get("k") == Some(AttributeValue::Int(3)));
    for filter in [FILTERS[0], FILTERS[2], FILTERS[6], rare] {
        check(&store, &last, &filter, 40).await;
    }
    store.close().await;
    check(&Store::open(folder.path().join("thalweg.db")).await.unwrap(), &last, &FILTERS[7], 40).await;
}
