//! Log records and points in, pages and series out; what was reported as written is there for another connection.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on fails")]

use std::collections::BTreeMap;

use proptest::prelude::*;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection, Row};
use thalweg_spans::{Batch, Resource, Scope, Span};
use thalweg_store::{
    LogBatch, LogQuery, LogRow, METRIC_SERIES, PointBatch, PointRow, ResourceRow, SeriesRow, SignalRetention, Store,
};

async fn open(folder: &tempfile::TempDir) -> Store {
    Store::open(folder.path().join("thalweg.db")).await.unwrap()
}

fn resource(service: &str) -> ResourceRow {
    ResourceRow { service: service.into(), body: service.as_bytes().to_vec() }
}

fn log(time_ns: u64, severity: u8, text: &str) -> LogRow {
    LogRow { time_ns, severity, text: text.into(), body: vec![severity], ..LogRow::default() }
}

fn logs(service: &str, records: Vec<LogRow>) -> LogBatch {
    LogBatch { resources: vec![resource(service)], scopes: vec![b"scope".to_vec()], records }
}

async fn texts(store: &Store, query: &LogQuery) -> Vec<String> {
    let page = store.logs(query, 1000, None).await.unwrap();
    assert_eq!(page.next, None);
    page.records.into_iter().map(|record| record.text).collect()
}

#[tokio::test]
async fn log_records_come_back_as_they_went_in() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder).await;
    let odd = LogRow {
        time_ns: u64::MAX,
        severity: 255,
        trace_id: Some([7; 16]),
        span_id: Some([0xfe; 8]),
        event_name: "é\0'".into(),
        text: "<b>\0%_\\".into(),
        body: vec![0, 255],
        ..LogRow::default()
    };
    let written = store.write_logs(logs("shop", vec![odd.clone(), log(0, 0, "")])).await.unwrap();
    assert_eq!((written.added, written.repeated, written.refused), (2, 0, 0));
    let other = Store::open(store.path()).await.unwrap();
    let page = other.logs(&LogQuery::default(), 10, None).await.unwrap();
    assert_eq!(page.records, [odd.clone(), log(0, 0, "")]);
    assert_eq!((page.resources, page.scopes), (vec![resource("shop")], vec![b"scope".to_vec()]));
    assert_eq!(other.logs_of_trace([7; 16], None, 10, None).await.unwrap().records, std::slice::from_ref(&odd));
    assert_eq!(other.logs_of_trace([7; 16], Some([0xfe; 8]), 10, None).await.unwrap().records, [odd]);
    assert_eq!(other.logs_of_trace([7; 16], Some([1; 8]), 10, None).await.unwrap().records, []);
    assert_eq!(other.signal_services().await.unwrap(), ["shop"]);
}

#[tokio::test]
async fn what_is_sent_again_is_stored_once_and_what_is_equal_within_a_batch_twice() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder).await;
    let batch = logs("shop", vec![log(1, 9, "same"), log(1, 9, "same")]);
    assert_eq!(store.write_logs(batch.clone()).await.unwrap().added, 2);
    // Also after the process that wrote it is gone.
    store.close().await;
    let store = open(&folder).await;
    let again = store.write_logs(batch.clone()).await.unwrap();
    assert_eq!((again.added, again.repeated), (0, 2));
    let (one, other) = tokio::join!(
        store.write_logs(logs("bank", vec![log(1, 9, "x")])),
        store.write_logs(logs("bank", vec![log(1, 9, "x")]))
    );
    assert_eq!((one.unwrap().added, other.unwrap().added), (1, 0), "in one group too");
    assert_eq!(texts(&store, &LogQuery::default()).await.len(), 3);
    // Another sender's equal records are others.
    assert_eq!(store.write_logs(LogBatch { resources: vec![resource("late")], ..batch }).await.unwrap().added, 2);
}

#[tokio::test]
async fn questions_narrow_by_time_severity_service_and_text() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder).await;
    let shop = vec![log(1, 9, "Order placed"), log(2, 17, "order FAILED"), log(3, 13, "100% sure")];
    store.write_logs(logs("shop", shop)).await.unwrap();
    let mut event = log(4, 5, "");
    event.event_name = "order.archived".into();
    store.write_logs(logs("archive", vec![event, log(5, 21, "disk gone")])).await.unwrap();
    let asked = |query: LogQuery| {
        let store = store.clone();
        async move { texts(&store, &query).await }
    };
    let text = |text: &str| LogQuery { text: Some(text.into()), ..LogQuery::default() };
    assert_eq!(asked(LogQuery::default()).await, ["disk gone", "", "100% sure", "order FAILED", "Order placed"]);
    assert_eq!(asked(text("ORDER")).await, ["", "order FAILED", "Order placed"]);
    assert_eq!(asked(text("%")).await, ["100% sure"], "no pattern of the database's");
    assert_eq!(asked(text("_")).await, Vec::<String>::new());
    assert_eq!(asked(text("")).await.len(), 5);
    let severity = |severity| LogQuery { severity: Some(severity), ..LogQuery::default() };
    assert_eq!(asked(severity(17)).await, ["disk gone", "order FAILED"]);
    assert_eq!(asked(severity(9)).await.len(), 4);
    let range = LogQuery { from_ns: Some(2), until_ns: Some(4), ..LogQuery::default() };
    assert_eq!(asked(range.clone()).await, ["100% sure", "order FAILED"]);
    let all = LogQuery { service: Some("shop".into()), severity: Some(13), text: Some("sure".into()), ..range };
    assert_eq!(asked(all).await, ["100% sure"]);
    let nobody = LogQuery { service: Some("nobody".into()), ..LogQuery::default() };
    assert_eq!(asked(nobody).await, Vec::<String>::new());
}

#[tokio::test]
async fn pages_are_newest_first_and_stable_while_records_arrive() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder).await;
    // Groups of equal times: the page's border lies within one.
    let records = (0..97_u64).map(|at| log(at / 10, 9, &format!("{at}"))).collect();
    store.write_logs(logs("shop", records)).await.unwrap();
    let (mut seen, mut before) = (Vec::new(), None);
    loop {
        let page = store.logs(&LogQuery::default(), 10, before).await.unwrap();
        seen.extend(page.records.iter().map(|record| record.text.clone()));
        before = page.next;
        let Some(cursor) = before else { break };
        assert_eq!(page.records.len(), 10);
        assert_eq!(thalweg_store::LogCursor::from_text(&cursor.to_text()), Some(cursor));
        // Newer than all, so on no later page.
        store.write_logs(logs("shop", vec![log(1000 + seen.len() as u64, 9, "new")])).await.unwrap();
    }
    assert_eq!(seen, (0..97).rev().map(|at| at.to_string()).collect::<Vec<_>>());
}

/// A page looks at so many records and no more; where it stopped, the next one goes on.
#[tokio::test]
async fn a_search_for_what_is_rare_goes_on_page_by_page() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder).await;
    for part in 0..25_u64 {
        let records = (0..10_000).map(|at| log(part * 10_000 + at, 9, "hay")).collect();
        store.write_logs(logs("shop", records)).await.unwrap();
    }
    store.write_logs(logs("shop", vec![LogRow { event_name: "needle".into(), ..log(3, 9, "") }])).await.unwrap();
    let query = LogQuery { text: Some("needle".into()), ..LogQuery::default() };
    let first = store.logs(&query, 10, None).await.unwrap();
    assert_eq!((first.records.len(), first.next.is_some()), (0, true));
    let second = store.logs(&query, 10, first.next).await.unwrap();
    assert_eq!((second.records.len(), second.next), (1, None));
    // Grave ones have an index of their own, so a page of them looks at no other.
    let grave = LogQuery { severity: Some(17), ..LogQuery::default() };
    assert_eq!(store.logs(&grave, 10, None).await.unwrap().next, None);
    let mut connection = SqliteConnectOptions::new().filename(store.path()).connect().await.unwrap();
    let plan = sqlx::query("EXPLAIN QUERY PLAN SELECT * FROM log_record WHERE (time_ns, id) < (5, 5) AND severity >= 13 ORDER BY time_ns DESC, id DESC")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert!(plan.get::<String, _>(3).contains("log_grave"), "{}", plan.get::<String, _>(3));
    connection.close().await.unwrap();
}

fn series(name: &str, attributes: &str) -> SeriesRow {
    SeriesRow { name: name.into(), kind: 1, attributes: attributes.into(), ..SeriesRow::default() }
}

fn points(series: Vec<SeriesRow>, points: &[(usize, u64, &str)]) -> PointBatch {
    PointBatch {
        resources: vec![resource("shop")],
        scopes: vec![b"scope".to_vec()],
        series,
        points: points
            .iter()
            .map(|(series, time_ns, body)| PointRow { series: *series, time_ns: *time_ns, body: (*body).into() })
            .collect(),
    }
}

#[tokio::test]
async fn points_come_back_by_series_and_time() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder).await;
    let first = points(
        vec![series("depth", "a"), series("depth", "b"), series("rate", "a")],
        &[(0, 5, "a5"), (1, 5, "b5"), (2, 5, "r5"), (0, u64::MAX, "end"), (0, 0, "zero")],
    );
    assert_eq!(store.write_points(first.clone()).await.unwrap().added, 5);
    assert_eq!(store.write_points(first).await.unwrap().repeated, 5);
    // The same series named twice, and known ones in another order.
    let second =
        points(vec![series("rate", "a"), series("depth", "a"), series("depth", "a")], &[(1, 7, "a7"), (2, 6, "a6")]);
    assert_eq!(store.write_points(second).await.unwrap().added, 2);

    let other = Store::open(store.path()).await.unwrap();
    let found = other.metric_series(Some("depth"), 10).await.unwrap();
    assert_eq!((found.resources, found.scopes), (vec![resource("shop")], vec![b"scope".to_vec()]));
    let told: Vec<_> =
        found.series.iter().map(|s| (&s.row.attributes[..], s.points, s.first_ns, s.last_ns, &s.last[..])).collect();
    assert_eq!(told, [(&b"a"[..], 5, 0, u64::MAX, &b"end"[..]), (b"b", 1, 5, 5, b"b5")]);
    assert_eq!(other.metric_series(None, 10).await.unwrap().series.len(), 3);

    let (a, b) = (found.series[0].id, found.series[1].id);
    let bodies = |points: Vec<thalweg_store::StoredPoint>| {
        points.into_iter().map(|point| String::from_utf8(point.body).unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(
        bodies(other.metric_points(&[a, b], 0, u64::MAX, 100).await.unwrap()),
        ["zero", "a5", "a6", "a7", "end", "b5"]
    );
    assert_eq!(bodies(other.metric_points(&[a], 5, 6, 100).await.unwrap()), ["a5", "a6"]);
    assert_eq!(bodies(other.metric_points(&[a], 0, u64::MAX, 2).await.unwrap()), ["a7", "end"], "the newest");
    assert_eq!(other.metric_points(&[999], 0, u64::MAX, 2).await.unwrap(), []);
}

#[tokio::test]
async fn what_else_is_known_of_a_series_does_not_make_another() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder).await;
    let about = |text: &str| SeriesRow { about: text.into(), ..series("depth", "a") };
    store.write_points(points(vec![about("old")], &[(0, 1, "1")])).await.unwrap();
    // Known to this process by now; another one asks.
    let other = Store::open(store.path()).await.unwrap();
    other.write_points(points(vec![about("new")], &[(0, 2, "2")])).await.unwrap();
    let found = store.metric_series(None, 10).await.unwrap().series;
    assert_eq!((found.len(), found[0].points, &found[0].row.about[..]), (1, 2, &b"new"[..]));
}

#[tokio::test]
async fn cleared_signals_are_gone_and_new_ones_are_kept() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder).await;
    let other = Store::open(store.path()).await.unwrap();
    let batch = |time| points(vec![series("depth", "a")], &[(0, time, "x")]);
    store.write_points(batch(1)).await.unwrap();
    store.write_logs(logs("shop", vec![log(1, 9, "a")])).await.unwrap();
    let before = store.metric_series(None, 10).await.unwrap().series[0].id;
    // By another process than the one that remembers the series.
    other.clear_metrics().await.unwrap();
    other.clear_logs().await.unwrap();
    assert_eq!(store.metric_series(None, 10).await.unwrap().series, []);
    assert_eq!(texts(&store, &LogQuery::default()).await, Vec::<String>::new());
    store.write_points(batch(2)).await.unwrap();
    store.write_logs(logs("shop", vec![log(2, 9, "b")])).await.unwrap();
    let after = store.metric_series(None, 10).await.unwrap().series;
    assert_eq!((after.len(), after[0].points), (1, 1));
    assert!(after[0].id > before, "a number is never given twice");
    assert_eq!(texts(&store, &LogQuery::default()).await, ["b"]);
}

#[tokio::test]
async fn a_batch_that_refers_to_nothing_stores_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder).await;
    let lost = LogRow { scope: 7, ..log(1, 9, "lost") };
    store.write_logs(logs("shop", vec![log(1, 9, "good"), lost])).await.unwrap_err();
    store.write_points(points(vec![series("depth", "a")], &[(0, 1, "good"), (3, 1, "lost")])).await.unwrap_err();
    assert_eq!(texts(&store, &LogQuery::default()).await, Vec::<String>::new());
    assert_eq!(store.metric_series(None, 10).await.unwrap().series, []);
    // And what was remembered of the rolled-back rows is forgotten, the batch itself included.
    assert_eq!(store.write_logs(logs("shop", vec![log(1, 9, "good")])).await.unwrap().added, 1);
    assert_eq!(store.write_points(points(vec![series("depth", "a")], &[(0, 1, "good")])).await.unwrap().added, 1);
    assert_eq!(store.metric_series(None, 10).await.unwrap().series[0].points, 1);
}

#[tokio::test]
async fn series_beyond_the_limit_are_refused_and_told() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder).await;
    let mut refused = 0;
    for part in 0..=(METRIC_SERIES / 20_000) {
        let rows: Vec<_> = (0..20_000).map(|at| series("depth", &format!("{}", part * 20_000 + at))).collect();
        let all: Vec<_> = (0..rows.len()).map(|at| (at, 1, "x")).collect();
        let written = store.write_points(points(rows, &all)).await.unwrap();
        assert_eq!(written.added + written.refused, 20_000);
        refused += written.refused;
    }
    assert_eq!(refused, 20_000);
    // Those that there are still take points.
    let written = store.write_points(points(vec![series("depth", "5")], &[(0, 2, "y")])).await.unwrap();
    assert_eq!((written.added, written.refused), (1, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn groups_of_many_writers_are_whole_beside_spans() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder).await;
    let writers: Vec<_> = (1..=16_u8)
        .map(|id| {
            let store = store.clone();
            tokio::spawn(async move {
                for at in 1..=20_u64 {
                    store.write_logs(logs(&format!("s{id}"), vec![log(at, 9, &format!("{id} {at}"))])).await.unwrap();
                    store.write_points(points(vec![series("depth", &id.to_string())], &[(0, at, "x")])).await.unwrap();
                    let span = Span { trace_id: [id; 16], span_id: at.to_be_bytes(), ..Span::default() };
                    let resources = vec![Resource { service: "a".into(), ..Resource::default() }];
                    let spans = Batch { resources, scopes: vec![Scope::default()], spans: vec![span] };
                    store.write_spans(spans).await.unwrap();
                }
            })
        })
        .collect();
    for writer in writers {
        writer.await.unwrap();
    }
    assert_eq!(texts(&store, &LogQuery::default()).await.len(), 320);
    let found = store.metric_series(None, 100).await.unwrap().series;
    assert!(found.len() == 16 && found.iter().all(|series| series.points == 20));
    assert!(store.list_traces(100, None).await.unwrap().traces.iter().all(|trace| trace.spans == 20));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]

    /// Packed or not, restarted or not: every point is there once, with the last one told right.
    #[test]
    fn packing_loses_and_doubles_nothing(
        batches in prop::collection::vec(prop::collection::vec((0..4_usize, any::<u64>(), any::<u16>()), 1..6), 1..6),
    ) {
        tokio::runtime::Runtime::new().unwrap().block_on(async {
            let folder = tempfile::tempdir().unwrap();
            let mut store = open(&folder).await;
            let names: Vec<_> = (0..4).map(|at| series("depth", &at.to_string())).collect();
            let mut sent: BTreeMap<Vec<u8>, Vec<(u64, Vec<u8>)>> = BTreeMap::new();
            for (number, batch) in batches.into_iter().enumerate() {
                // A body that makes every batch another one, and after a few of them as much as is packed at once.
                let points = batch.into_iter().map(|(series, time_ns, body)| {
                    let body = [body.to_be_bytes().to_vec(), vec![number as u8; 900_000]].concat();
                    sent.entry(names[series].attributes.clone()).or_default().push((time_ns, body.clone()));
                    PointRow { series, time_ns, body }
                });
                let batch = PointBatch { points: points.collect(), ..points_of(names.clone()) };
                store.write_points(batch).await.unwrap();
                if number % 2 == 1 {
                    store.close().await;
                    store = open(&folder).await;
                }
            }
            store.close().await;
            let store = open(&folder).await;
            let found = store.metric_series(None, 10).await.unwrap().series;
            assert_eq!(found.len(), sent.len());
            for series in found {
                let mut wanted = sent.remove(&series.row.attributes).unwrap();
                wanted.sort();
                let mut stored: Vec<_> = store.metric_points(&[series.id], 0, u64::MAX, 1000).await.unwrap()
                    .into_iter().map(|point| (point.time_ns, point.body)).collect();
                assert!(stored.is_sorted_by_key(|point| point.0));
                assert_eq!(series.points, wanted.len() as u64);
                assert_eq!((series.first_ns, series.last_ns), (wanted[0].0, wanted.last().unwrap().0));
                assert!(wanted.contains(&(series.last_ns, series.last)));
                stored.sort();
                assert_eq!(stored, wanted);
            }
        });
    }
}

fn points_of(series: Vec<SeriesRow>) -> PointBatch {
    points(series, &[])
}

/// What is too much goes, and with it the senders and scopes that nothing names any more, also beside one that is named on.
#[tokio::test]
async fn what_is_too_much_goes_with_its_senders() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder).await;
    store.retain_signals(SignalRetention { log_records: 100, metric_chunks: 1_000_000 }).await.unwrap();
    store.write_points(points(vec![series("depth", "a")], &[(0, 1, "x")])).await.unwrap();
    for round in 0..50_u64 {
        let records = (0..10).map(|at| log(round * 10 + at, 9, &format!("{round} {at}"))).collect();
        let batch = LogBatch { scopes: vec![vec![round as u8]], ..logs(&format!("s{round}"), records) };
        store.write_logs(batch).await.unwrap();
        // Beside it one that all know, whose number is remembered.
        store.write_logs(logs("always", vec![log(round * 10, 9, &format!("always {round}"))])).await.unwrap();
    }
    store.close().await;
    let store = open(&folder).await;
    let left = texts(&store, &LogQuery::default()).await;
    assert!((100..=110).contains(&left.len()), "{}", left.len());
    let mut services = store.signal_services().await.unwrap();
    services.retain(|service| service.starts_with('s'));
    assert!(services.len() <= 12 && services.contains(&"s49".to_owned()), "{services:?}");
    assert!(store.signal_services().await.unwrap().contains(&"shop".to_owned()), "that of the series");
    let mut connection = SqliteConnectOptions::new().filename(store.path()).connect().await.unwrap();
    let scopes: i64 = sqlx::query_scalar("SELECT count(*) FROM signal_scope").fetch_one(&mut connection).await.unwrap();
    assert!(scopes <= 12, "{scopes}");
    // All at once, in more steps than one; nothing is left that names nothing.
    store.retain_signals(SignalRetention { log_records: 0, metric_chunks: 0 }).await.unwrap();
    assert_eq!(texts(&store, &LogQuery::default()).await, Vec::<String>::new());
    assert_eq!(store.signal_services().await.unwrap(), ["shop"]);
    assert_eq!(store.metric_series(None, 10).await.unwrap().series.len(), 1, "what is fresh stays");
    store.clear_metrics().await.unwrap();
    assert_eq!(store.signal_services().await.unwrap(), Vec::<String>::new());
    // The writer remembers neither.
    store.write_logs(logs("always", vec![log(1, 9, "again")])).await.unwrap();
    assert_eq!(store.signal_services().await.unwrap(), ["always"]);
}

/// Chunks go, and with the last one its series; a new one finds room again.
#[tokio::test]
async fn series_go_with_their_last_chunk() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder).await;
    store.retain_signals(SignalRetention { log_records: 0, metric_chunks: 2 }).await.unwrap();
    for at in 0..6_u64 {
        // As much as is packed at once.
        let body = vec![at as u8; 5 << 20];
        let batch = points(vec![series("depth", &at.to_string())], &[]);
        let batch = PointBatch { points: vec![PointRow { series: 0, time_ns: at, body }], ..batch };
        store.write_points(batch).await.unwrap();
    }
    store.close().await;
    let store = open(&folder).await;
    let found = store.metric_series(None, 10).await.unwrap().series;
    let names: Vec<&[u8]> = found.iter().map(|series| &series.row.attributes[..]).collect();
    assert!(names.len() <= 3 && names.contains(&&b"5"[..]), "{names:?}");
    let mut connection = SqliteConnectOptions::new().filename(store.path()).connect().await.unwrap();
    let rows: i64 = sqlx::query_scalar("SELECT count(*) FROM metric_series").fetch_one(&mut connection).await.unwrap();
    assert_eq!(rows as usize, names.len());
}

/// The first point of a series is the first that is left, in whatever order they came.
#[tokio::test]
async fn a_series_begins_with_the_first_point_that_is_left() {
    let folder = tempfile::tempdir().unwrap();
    // The fifth chunk begins before the fourth.
    for times in [[10, 11], [20, 21], [30, 31], [40, 41], [35, 51], [60, 61]] {
        let store = open(&folder).await;
        store.retain_signals(SignalRetention { log_records: 0, metric_chunks: 3 }).await.unwrap();
        // As much as is packed at once.
        let all = times.map(|time_ns| PointRow { series: 0, time_ns, body: vec![time_ns as u8; 3 << 20] });
        let batch = points(vec![series("depth", "a")], &[]);
        store.write_points(PointBatch { points: all.into(), ..batch }).await.unwrap();
        store.close().await;
    }
    let store = open(&folder).await;
    let found = store.metric_series(None, 10).await.unwrap().series.remove(0);
    let left = store.metric_points(&[found.id], 0, u64::MAX, usize::MAX).await.unwrap();
    let first = left.iter().map(|point| point.time_ns).min().unwrap();
    assert!(first > 10 && left.len() as u64 == found.points, "some went: {first}, {} of {}", left.len(), found.points);
    assert_eq!((found.first_ns, found.last_ns), (first, 61));
}

/// Chunks of one series overlap when points come late: the newest are those by time, wherever they lie.
#[tokio::test]
async fn the_newest_points_are_found_in_chunks_that_overlap() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder).await;
    // The first chunk has the latest point of all, the second many that are older than it and newer than the rest.
    for times in [vec![1, 2, 100], (50..60).collect::<Vec<u64>>()] {
        let filler = vec![times[0] as u8; 5 << 20];
        let batch = points(vec![series("depth", "a"), series("filler", "a")], &[]);
        let mut all: Vec<PointRow> =
            times.iter().map(|time_ns| PointRow { series: 0, time_ns: *time_ns, body: Vec::new() }).collect();
        all.push(PointRow { series: 1, time_ns: times[0], body: filler });
        store.write_points(PointBatch { points: all, ..batch }).await.unwrap();
    }
    store.close().await;
    let store = open(&folder).await;
    let id = store.metric_series(Some("depth"), 10).await.unwrap().series[0].id;
    for most in 1..=14 {
        let found = store.metric_points(&[id], 0, u64::MAX, most).await.unwrap();
        let times: Vec<u64> = found.iter().map(|point| point.time_ns).collect();
        let mut expected: Vec<u64> = [1, 2, 100].into_iter().chain(50..60).collect();
        expected.sort_unstable();
        assert_eq!(times, expected[expected.len().saturating_sub(most)..], "the newest {most}");
    }
}

/// What comes of one series after the other makes place for newer points of the next.
#[tokio::test]
async fn of_many_series_the_newest_points_are_found() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder).await;
    let mut all: Vec<SeriesRow> = (0..7).map(|at: u8| series("depth", &at.to_string())).collect();
    all.push(series("filler", "a"));
    let mut rows: Vec<PointRow> = (0..70_u64)
        .map(|at| PointRow { series: at as usize % 7, time_ns: 1 + at * 37 % 70, body: Vec::new() })
        .collect();
    // As much as is packed at once.
    rows.push(PointRow { series: 7, time_ns: 1, body: vec![1; 5 << 20] });
    store.write_points(PointBatch { points: rows, ..points(all, &[]) }).await.unwrap();
    store.close().await;
    let store = open(&folder).await;
    let ids: Vec<i64> =
        store.metric_series(Some("depth"), 10).await.unwrap().series.iter().map(|series| series.id).collect();
    assert_eq!(ids.len(), 7);
    for most in [1, 5, 12, 70, 100] {
        let found = store.metric_points(&ids, 0, u64::MAX, most).await.unwrap();
        let mut times: Vec<u64> = found.iter().map(|point| point.time_ns).collect();
        times.sort_unstable();
        let expected: Vec<u64> = (1..=70).collect();
        assert_eq!(times, expected[70_usize.saturating_sub(most)..], "the newest {most}");
    }
}

/// More than a page: each goes on where the one before ended.
#[tokio::test]
async fn the_records_of_a_trace_come_page_by_page() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder).await;
    let records = (0..25_u64).map(|at| LogRow { trace_id: Some([1; 16]), ..log(at / 4, 9, &at.to_string()) });
    store.write_logs(logs("shop", records.collect())).await.unwrap();
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let page = store.logs_of_trace([1; 16], None, 10, after).await.unwrap();
        seen.extend(page.records.into_iter().map(|record| record.text));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(seen, (0..25).map(|at| at.to_string()).collect::<Vec<_>>());
}
