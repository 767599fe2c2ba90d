//! What an older Thalweg packed reads as before, also beside what is packed now.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::fs;
use std::path::Path;

use thalweg_spans::filter::{Filter, parse};
use thalweg_spans::{Batch, Resource, Scope, Span, TraceRow};
use thalweg_store::{FORMAT, LogQuery, Packing, Store, TraceOrder};

/// Of data format 4: twelve traces in three blocks of the first form and a row of the log, a log record and a point.
async fn open(folder: &tempfile::TempDir) -> Store {
    let path = folder.path().join("thalweg.db");
    if !path.exists() {
        fs::copy(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/files/format-4.db"), &path).unwrap();
    }
    let soon = Packing { spans: 8, ..Packing::default() };
    Store::open_packing(path, soon).await.unwrap()
}

async fn ordered(store: &Store, order: TraceOrder, text: &str) -> Vec<TraceRow> {
    let filter = Filter::new(&parse(text).unwrap()).unwrap();
    let page = store.find_traces(&filter, order, 100, None).await.unwrap();
    page.traces.into_iter().map(|found| found.row).collect()
}

fn ids(rows: &[TraceRow]) -> Vec<u8> {
    rows.iter().map(|row| row.trace_id[0]).collect()
}

#[tokio::test]
async fn a_file_of_format_4_is_read_whole_and_goes_on() {
    assert_eq!(FORMAT, 5);
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder).await;
    let list = store.list_traces(100, None).await.unwrap().traces;
    assert_eq!(ids(&list), [104, 103, 102, 101, 54, 53, 52, 51, 4, 3, 2, 1]);
    let figures: Vec<(u64, u64)> = list.iter().map(|row| (row.spans, row.errors)).collect();
    assert_eq!(figures, [[(1, 0); 4], [(3, 1); 4], [(3, 0); 4]].concat());
    assert_eq!(
        ids(&ordered(&store, TraceOrder::Errors, "http.response.status_code < 206").await)[..4],
        [54, 53, 52, 51]
    );
    let record = store.logs(&LogQuery::default(), 10, None).await.unwrap();
    assert_eq!((record.records.len(), record.resources[0].service.as_str()), (1, "s1"));
    assert_eq!(store.metric_series(None, 10).await.unwrap().series.len(), 1);

    // Late spans make blocks of the second form beside those of the first.
    for round in 0..6_u8 {
        let spans = [2, 53, 102, 200 + round].map(|trace| Span {
            trace_id: [trace; 16],
            span_id: [100 + round; 8],
            parent_id: Some([1; 8]),
            name: "late".into(),
            start_ns: 1_700_000_000_000_000_000 + u64::from(round),
            end_ns: 1_700_000_001_000_000_000 + u64::from(trace) * 1_000_000,
            status: 2,
            is_plain: true,
            ..Span::default()
        });
        let batch = Batch { resources: vec![Resource::default()], scopes: vec![Scope::default()], spans: spans.into() };
        store.write_spans(batch).await.unwrap();
    }
    store.close().await;
    for _ in 0..2 {
        let store = open(&folder).await;
        let slowest = ordered(&store, TraceOrder::Slowest, "duration >= 0ns").await;
        assert_eq!(ids(&slowest)[..9], [205, 204, 203, 202, 201, 200, 102, 53, 2]);
        assert_eq!(slowest.len(), 18);
        let errors = ordered(&store, TraceOrder::Errors, "name = late").await;
        let figures: Vec<(u8, u64, u64)> =
            errors.iter().take(3).map(|row| (row.trace_id[0], row.errors, row.spans)).collect();
        assert_eq!(figures, [(53, 7, 9), (102, 6, 7), (2, 6, 9)]);
        assert_eq!(store.trace([53; 16]).await.unwrap().unwrap().spans.len(), 9);
        store.close().await;
    }
}
