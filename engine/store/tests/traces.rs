//! Spans in, summaries and traces out; what was reported as written is there for another connection.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on fails")]

use std::collections::BTreeMap;
use std::time::Duration;

use proptest::prelude::*;
use sqlx::ConnectOptions;
use sqlx::sqlite::SqliteConnectOptions;
use thalweg_spans::{Batch, Resource, Scope, Span, TraceRow};
use thalweg_store::{Packing, Store, StoreError, TraceRetention};

fn resource(service: &str) -> Resource {
    Resource { service: service.into(), body: service.as_bytes().to_vec(), ..Resource::default() }
}

fn scope() -> Scope {
    Scope { name: "scope".into(), body: b"scope".to_vec() }
}

fn span(trace: u8, id: u8) -> Span {
    Span {
        trace_id: [trace; 16],
        span_id: [id; 8],
        parent_id: (id > 1).then_some([1; 8]),
        name: format!("span {id}"),
        kind: 1,
        start_ns: 1000 + u64::from(id),
        end_ns: 2000 + u64::from(id),
        rest: vec![id; 3],
        ..Span::default()
    }
}

fn batch(service: &str, spans: Vec<Span>) -> Batch {
    Batch { resources: vec![resource(service)], scopes: vec![scope()], spans }
}

async fn open(folder: &tempfile::TempDir) -> Store {
    Store::open(folder.path().join("thalweg.db")).await.unwrap()
}

/// Packs after a few spans, so that traces lie in several blocks and in the log.
async fn open_packing_soon(folder: &tempfile::TempDir) -> Store {
    let soon = Packing { spans: 4, bytes: 1 << 20, waiting_bytes: 1500 };
    Store::open_packing(folder.path().join("thalweg.db"), soon).await.unwrap()
}

async fn only(store: &Store) -> TraceRow {
    let mut page = store.list_traces(10, None).await.unwrap();
    assert_eq!(page.traces.len(), 1);
    page.traces.remove(0)
}

#[tokio::test]
async fn a_trace_comes_back_as_it_went_in() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder).await;
    let odd = Span { start_ns: u64::MAX, end_ns: 0, name: "é\0'".into(), kind: 255, status: 2, ..span(1, 0xfe) };
    let written = store.write_spans(batch("shop", vec![span(1, 1), odd.clone()])).await.unwrap();
    assert_eq!((written.added, written.changed, written.repeated), (2, 0, 0));
    assert_eq!(written.traces, [[1; 16]]);

    // Another connection to the file sees what was acknowledged, with nothing closed or flushed.
    let other = Store::open(store.path()).await.unwrap();
    let trace = other.trace([1; 16]).await.unwrap().unwrap();
    assert_eq!(trace.resources, [resource("shop")]);
    assert_eq!(trace.scopes, [scope()]);
    assert_eq!(trace.spans, [span(1, 1), odd]);
    assert_eq!(other.trace([2; 16]).await.unwrap(), None);
}

#[tokio::test]
async fn a_repeat_changes_nothing_and_a_new_version_replaces() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder).await;
    store.write_spans(batch("shop", vec![span(1, 1), span(1, 2)])).await.unwrap();
    let before = only(&store).await;

    let again = store.write_spans(batch("shop", vec![span(1, 1), span(1, 2), span(1, 2)])).await.unwrap();
    assert_eq!((again.added, again.changed, again.repeated, again.traces.len()), (0, 0, 3, 0));
    assert_eq!(only(&store).await, before);

    let failed = Span { status: 2, end_ns: 9000, name: "late".into(), ..span(1, 1) };
    let changed = store.write_spans(batch("payment", vec![failed])).await.unwrap();
    assert_eq!((changed.added, changed.changed, changed.repeated), (0, 1, 0));
    let after = only(&store).await;
    assert_eq!((after.spans, after.errors, after.end_ns), (2, 1, 9000));
    assert_eq!((after.root_name.as_str(), after.root_service.as_str()), ("late", "payment"));
}

#[tokio::test]
async fn pages_are_newest_first_and_lose_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let store = open_packing_soon(&folder).await;
    // Groups of equal starts: the page's border lies within one.
    let spans = (0..97_u8).map(|trace| Span { start_ns: u64::from(trace / 10), ..span(trace + 1, 1) }).collect();
    store.write_spans(batch("shop", spans)).await.unwrap();
    let (mut seen, mut before) = (Vec::new(), None);
    loop {
        let page = store.list_traces(10, before).await.unwrap();
        seen.extend(page.traces.iter().map(|trace| (trace.start_ns, trace.trace_id)));
        before = page.next;
        if before.is_none() {
            break;
        }
        assert_eq!(page.traces.len(), 10);
    }
    assert_eq!(seen.len(), 97);
    assert!(seen.is_sorted_by(|a, b| a.0 >= b.0));
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen.len(), 97);
    assert_eq!(store.list_traces(0, None).await.unwrap().traces, []);
}

#[tokio::test]
async fn named_traces_are_summed_up_newest_first() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder).await;
    let spans = (1..=100).map(|trace| Span { start_ns: u64::from(trace), ..span(trace, 1) }).collect();
    store.write_spans(batch("shop", spans)).await.unwrap();
    let asked: Vec<_> = (50..=150_u8).map(|trace| [trace; 16]).collect();
    let found: Vec<_> = store.some_traces(&asked).await.unwrap().into_iter().map(|trace| trace.start_ns).collect();
    assert_eq!(found, (50..=100).rev().collect::<Vec<_>>());
    assert_eq!(store.some_traces(&[]).await.unwrap(), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn groups_of_many_writers_are_whole() {
    let folder = tempfile::tempdir().unwrap();
    let store = open_packing_soon(&folder).await;
    let writers: Vec<_> = (1..=32_u8)
        .map(|id| {
            let store = store.clone();
            tokio::spawn(async move {
                for trace in 1..=10 {
                    let written = store.write_spans(batch(&format!("s{id}"), vec![span(trace, id)])).await.unwrap();
                    assert_eq!((written.added, written.traces), (1, vec![[trace; 16]]));
                }
            })
        })
        .collect();
    for writer in writers {
        writer.await.unwrap();
    }
    let page = store.list_traces(100, None).await.unwrap();
    assert_eq!(page.traces.len(), 10);
    for trace in page.traces {
        assert_eq!((trace.spans, trace.services.len(), trace.root_name.as_str()), (32, 32, "span 1"));
        assert_eq!((trace.start_ns, trace.end_ns), (1001, 2032));
    }
}

async fn count(store: &Store, sql: &'static str) -> i64 {
    let mut other = SqliteConnectOptions::new().filename(store.path()).connect().await.unwrap();
    sqlx::query_scalar(sql).fetch_one(&mut other).await.unwrap()
}

/// Two programs have the file open, both write and pack: each sees everything, and what one removes is gone for the other.
#[tokio::test]
async fn two_writers_of_one_file_see_each_other() {
    let folder = tempfile::tempdir().unwrap();
    let stores = [open_packing_soon(&folder).await, open_packing_soon(&folder).await];
    for trace in 1..=40_u8 {
        let store = &stores[usize::from(trace % 2)];
        store.write_spans(batch("shop", vec![span(trace, 1), span(trace / 2 + 1, 2 + trace % 2)])).await.unwrap();
    }
    let [one, other] = &stores;
    let list = one.list_traces(100, None).await.unwrap().traces;
    assert_eq!(list.iter().map(|trace| trace.spans).sum::<u64>(), 80);
    assert_eq!(other.list_traces(100, None).await.unwrap().traces, list);
    assert_eq!(one.trace([5; 16]).await.unwrap(), other.trace([5; 16]).await.unwrap());
    assert!(count(one, "SELECT count(*) FROM block").await > 1);

    other.clear_traces().await.unwrap();
    assert_eq!(one.list_traces(100, None).await.unwrap().traces, []);
    one.write_spans(batch("shop", vec![span(1, 1)])).await.unwrap();
    assert_eq!(other.list_traces(100, None).await.unwrap().traces.len(), 1);
}

/// The oldest blocks go, in the order in which they were packed; another program sees that too.
#[tokio::test]
async fn what_is_too_much_goes_by_whole_blocks_and_the_oldest_first() {
    let folder = tempfile::tempdir().unwrap();
    let store = open_packing_soon(&folder).await;
    for trace in 1..=40 {
        store.write_spans(batch("shop", vec![span(trace, 1)])).await.unwrap();
    }
    let other = open(&folder).await;
    assert_eq!(other.list_traces(100, None).await.unwrap().traces.len(), 40);
    store.close().await;
    let store = open(&folder).await;
    let bytes = count(&store, "SELECT sum(bytes) FROM block").await.unsigned_abs();
    let (blocks, half) = (count(&store, "SELECT count(*) FROM block").await, Some(bytes / 2));
    let removed = store.retain_traces(TraceRetention { age: None, bytes: half }).await.unwrap();
    assert!(removed > 0 && count(&store, "SELECT count(*) FROM block").await == blocks - removed.cast_signed());
    assert!(count(&store, "SELECT sum(bytes) FROM block").await.unsigned_abs() <= bytes / 2);
    let left = store.list_traces(100, None).await.unwrap().traces;
    assert_eq!(left, other.list_traces(100, None).await.unwrap().traces);
    // Written in this order, four to a block, equal in start.
    let ids: Vec<u8> = left.iter().map(|trace| trace.trace_id[0]).rev().collect();
    assert_eq!(ids, (40 - ids.len() as u8 + 1..=40).collect::<Vec<_>>());
    assert_eq!(ids.len(), 40 - 4 * removed as usize);

    let nothing = TraceRetention { age: Some(Duration::ZERO), bytes: None };
    store.retain_traces(nothing).await.unwrap();
    assert_eq!(count(&store, "SELECT count(*) FROM block_column").await, 0);
    assert_eq!(store.list_traces(100, None).await.unwrap().traces, []);
}

/// The log has only what no block has.
#[tokio::test]
async fn what_is_packed_is_in_the_log_no_more() {
    let folder = tempfile::tempdir().unwrap();
    let store = open_packing_soon(&folder).await;
    for trace in 1..=30 {
        store.write_spans(batch("shop", vec![span(trace, 1)])).await.unwrap();
    }
    store.close().await;
    // Blocks of four and a rest that is too few for one.
    assert_eq!(count(&store, "SELECT count(*) FROM block").await, 7);
    assert_eq!(count(&store, "SELECT count(*) FROM span_log").await, 2);
    let again = open(&folder).await;
    assert_eq!(again.list_traces(100, None).await.unwrap().traces.len(), 30);
}

#[tokio::test]
async fn cleared_traces_are_gone_and_new_ones_are_kept() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder).await;
    store.write_spans(batch("shop", vec![span(1, 1), span(2, 1)])).await.unwrap();
    store.clear_traces().await.unwrap();
    assert_eq!(store.list_traces(10, None).await.unwrap().traces, []);
    assert_eq!(store.trace([1; 16]).await.unwrap(), None);
    // The same sender as before, whose row the writer remembers.
    assert_eq!(store.write_spans(batch("shop", vec![span(1, 1)])).await.unwrap().added, 1);
    assert_eq!(only(&store).await.services, ["shop"]);
}

#[tokio::test]
async fn a_batch_that_refers_to_nothing_stores_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder).await;
    let lost = Span { resource: 7, ..span(1, 2) };
    let error = store.write_spans(batch("shop", vec![span(1, 1), lost])).await.unwrap_err();
    assert!(matches!(error, StoreError::Other { .. }), "{error}");
    assert_eq!(store.list_traces(10, None).await.unwrap().traces, []);
    // And what was remembered of the rolled-back rows is forgotten.
    store.write_spans(batch("shop", vec![span(1, 1)])).await.unwrap();
    assert_eq!(only(&store).await.services, ["shop"]);
}

/// Another program holds the write lock for longer than we wait.
#[tokio::test]
async fn a_locked_file_is_told_and_nothing_is_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder).await;
    let mut other = SqliteConnectOptions::new().filename(store.path()).connect().await.unwrap();
    sqlx::raw_sql("BEGIN IMMEDIATE").execute(&mut other).await.unwrap();
    let (written, opened) = tokio::join!(store.write_spans(batch("shop", vec![span(1, 1)])), Store::open(store.path()));
    for error in [written.unwrap_err(), opened.unwrap_err()] {
        assert!(matches!(error, StoreError::Locked { .. }) && error.is_passing(), "{error}");
    }
    sqlx::raw_sql("ROLLBACK").execute(&mut other).await.unwrap();
    assert_eq!(store.write_spans(batch("shop", vec![span(1, 1)])).await.unwrap().added, 1);
}

#[tokio::test]
async fn a_closed_store_answers_and_keeps_what_was_queued() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder).await;
    let queued = tokio::spawn({
        let store = store.clone();
        async move { store.write_spans(batch("shop", vec![span(1, 1)])).await }
    });
    tokio::task::yield_now().await;
    store.close().await;
    store.close().await;
    assert_eq!(queued.await.unwrap().unwrap().added, 1);
    let closed = Err(StoreError::Closed { path: store.path().to_owned() });
    assert_eq!(store.write_spans(batch("shop", vec![span(2, 1)])).await, closed);
    assert!(matches!(store.list_traces(1, None).await, Err(StoreError::Closed { .. })));
    assert_eq!(only(&open(&folder).await).await.spans, 1);
}

#[tokio::test]
async fn recent_files_are_latest_first_and_once() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder).await;
    for (path, at) in [("/a", 1), ("/b", 2), ("/c", 3), ("/a", 4)] {
        store.add_recent_file(path, at).await.unwrap();
    }
    let paths = |files: Vec<thalweg_store::RecentFile>| files.into_iter().map(|file| file.path).collect::<Vec<_>>();
    assert_eq!(paths(store.recent_files(10).await.unwrap()), ["/a", "/c", "/b"]);
    assert_eq!(paths(store.recent_files(1).await.unwrap()), ["/a"]);
    assert!(store.remove_recent_file("/c").await.unwrap());
    assert!(!store.remove_recent_file("/c").await.unwrap());
    assert_eq!(paths(store.recent_files(10).await.unwrap()), ["/a", "/b"]);
    assert_eq!(store.preference("none").await.unwrap(), None);
}

fn any_span() -> impl Strategy<Value = Span> {
    (
        1..4_u8,
        1..6_u8,
        prop::option::of(1..6_u8),
        prop::sample::select(vec![0, 1, 7, u64::MAX]),
        any::<u64>(),
        any::<bool>(),
    )
        .prop_map(|(trace, id, parent, start_ns, end_ns, error)| Span {
            status: if error { 2 } else { 0 },
            parent_id: parent.map(|parent| [parent; 8]),
            start_ns,
            end_ns,
            ..span(trace, id)
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    /// However spans are batched, ordered and repeated, the summaries are those of the stored spans.
    #[test]
    fn summaries_agree_with_the_spans(batches in prop::collection::vec(prop::collection::vec(any_span(), 1..5), 1..12), soon: bool) {
        tokio::runtime::Runtime::new().unwrap().block_on(async {
            let folder = tempfile::tempdir().unwrap();
            let store = if soon { open_packing_soon(&folder).await } else { open(&folder).await };
            let mut last = BTreeMap::new();
            for (number, spans) in batches.into_iter().enumerate() {
                last.extend(spans.iter().map(|span| ((span.trace_id, span.span_id), (span.clone(), number % 2))));
                let sent = spans.len() as u64;
                let written = store.write_spans(batch(&format!("s{}", number % 2), spans)).await.unwrap();
                assert_eq!(written.added + written.changed + written.repeated, sent);
            }
            // As it is while packing goes on, when that is done, and as another process finds it.
            check(&store, &last).await;
            store.close().await;
            check(&open(&folder).await, &last).await;
        });
    }
}

type Identity = ([u8; 16], [u8; 8]);

/// Lists and traces have exactly these spans, each with the number of its service.
async fn check(store: &Store, last: &BTreeMap<Identity, (Span, usize)>) {
    let mut left = last.clone();
    for row in store.list_traces(10, None).await.unwrap().traces {
        let trace = store.trace(row.trace_id).await.unwrap().unwrap();
        let spans = &trace.spans;
        assert_eq!(row.spans, spans.len() as u64);
        assert_eq!(row.errors, spans.iter().filter(|span| span.is_error()).count() as u64);
        assert_eq!(row.start_ns, spans.iter().map(|span| span.start_ns).filter(|start| *start != 0).min().unwrap_or(0));
        assert_eq!(row.end_ns, spans.iter().map(|span| span.end_ns.max(span.start_ns)).max().unwrap());
        let known = |start: u64| if start == 0 { u64::MAX } else { start };
        let root = spans.iter().min_by_key(|s| (s.parent_id.is_some(), known(s.start_ns), s.span_id)).unwrap();
        assert_eq!(row.root_name, root.name);
        assert_eq!(row.root_service, trace.resources[root.resource].service);
        for span in spans {
            let (sent, service) = left.remove(&(span.trace_id, span.span_id)).expect("a span that was sent, once");
            assert_eq!(trace.resources[span.resource], resource(&format!("s{service}")));
            assert_eq!(&Span { resource: 0, scope: 0, ..span.clone() }, &sent);
        }
    }
    assert_eq!(left, BTreeMap::new());
}
