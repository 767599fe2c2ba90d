//! Kept runs: what is written is read, what is too much goes, and files of the first data format keep everything.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on fails")]

use std::{fs, path::PathBuf};

use tempfile::TempDir;
use thalweg_store::{FromOld, KeptRunBody, KeptRunRow, NewRun, Retention, Store};

const ENOUGH: Retention = Retention { runs: 50, bytes: i64::MAX };

async fn store() -> (TempDir, Store) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path().join("thalweg.db")).await.unwrap();
    (folder, store)
}

fn run(document: &str, started_unix_ms: i64) -> NewRun {
    NewRun {
        document: document.into(),
        started_unix_ms,
        took_ms: 12,
        version: "1.2.3".into(),
        scenario: "outage".into(),
        seed: u64::MAX,
        replications: 8,
        settings: "{}".into(),
        figures: "{\"p99_ms\":1}".into(),
        flow: b"name: a".to_vec(),
        result: vec![0, 255, 7],
    }
}

async fn starts(store: &Store, document: &str) -> Vec<i64> {
    store.list_runs(document).await.unwrap().iter().map(|run| run.started_unix_ms).collect()
}

/// The file was written by a Thalweg that knew the first data format only: traces received, a file opened, a preference.
#[tokio::test]
async fn a_file_of_the_first_format_keeps_everything_and_takes_runs() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("thalweg.db");
    let old = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/files/format-1.db");
    fs::copy(old, &path).unwrap();
    let store = Store::open(&path).await.unwrap();
    // What is not moved yet is not seen, and not lost.
    assert_eq!(store.list_traces(10, None).await.unwrap().traces, []);
    let keep = FromOld {
        span: |span, body| {
            span.rest = body.to_vec();
            Ok(())
        },
        resource: |_| Ok(()),
        scope: |_| Ok(()),
    };
    assert_eq!(store.move_old_spans(keep).await.unwrap(), 9);
    let traces = store.list_traces(10, None).await.unwrap().traces;
    assert_eq!(traces.iter().map(|trace| trace.spans).collect::<Vec<_>>(), [3, 3, 3]);
    for row in &traces {
        let trace = store.trace(row.trace_id).await.unwrap().expect("a trace of the list");
        assert_eq!(trace.spans.len(), 3);
        assert!(trace.spans.iter().all(|span| !span.rest.is_empty() && !span.name.is_empty()));
    }
    assert_eq!(store.move_old_spans(keep).await.unwrap(), 0);
    let files = store.recent_files(10).await.unwrap();
    assert_eq!(files.iter().map(|file| file.path.as_str()).collect::<Vec<_>>(), ["/flows/a.flow.yaml"]);
    assert_eq!(store.preference("preferences").await.unwrap().as_deref(), Some("{\"theme\":\"light\"}"));
    store.keep_run(&run("/flows/a.flow.yaml", 5), &ENOUGH).await.unwrap();
    store.close().await;
    let again = Store::open(&path).await.unwrap();
    assert_eq!(starts(&again, "/flows/a.flow.yaml").await, [5]);
    assert_eq!(again.list_traces(10, None).await.unwrap().traces.len(), 3);
}

#[tokio::test]
async fn a_run_is_read_as_it_was_written() {
    let (_folder, store) = store().await;
    let id = store.keep_run(&run("a", 7), &ENOUGH).await.unwrap();
    let row = KeptRunRow {
        id,
        document: "a".into(),
        name: String::new(),
        pinned: false,
        started_unix_ms: 7,
        took_ms: 12,
        version: "1.2.3".into(),
        scenario: "outage".into(),
        seed: u64::MAX,
        replications: 8,
        settings: "{}".into(),
        figures: "{\"p99_ms\":1}".into(),
    };
    assert_eq!(store.list_runs("a").await.unwrap(), std::slice::from_ref(&row));
    let body = KeptRunBody { flow: b"name: a".to_vec(), result: vec![0, 255, 7] };
    assert_eq!(store.read_run("a", id).await.unwrap(), Some((row, body)));
    assert_eq!(store.read_run("b", id).await.unwrap(), None, "another document's run");
    assert_eq!(store.read_run("a", id + 1).await.unwrap(), None);
    assert!(store.list_runs("b").await.unwrap().is_empty());
}

#[tokio::test]
async fn the_newest_stay_and_pinned_ones_too() {
    let (_folder, store) = store().await;
    let few = Retention { runs: 3, bytes: i64::MAX };
    let first = store.keep_run(&run("a", 0), &few).await.unwrap();
    store.pin_run("a", first, true).await.unwrap();
    for started in 1..=5 {
        store.keep_run(&run("a", started), &few).await.unwrap();
        store.keep_run(&run("b", started), &few).await.unwrap();
    }
    assert_eq!(starts(&store, "a").await, [0, 5, 4, 3]);
    assert_eq!(starts(&store, "b").await, [5, 4, 3]);
    // Let go, it is the oldest of all.
    store.pin_run("a", first, false).await.unwrap();
    store.keep_run(&run("a", 6), &few).await.unwrap();
    assert_eq!(starts(&store, "a").await, [6, 5, 4]);
}

#[tokio::test]
async fn large_runs_make_room_and_the_newest_stays_whatever_it_takes() {
    let (_folder, store) = store().await;
    let bytes = Retention { runs: 50, bytes: 2_500 };
    let large = |started, size| NewRun { result: vec![1; size], ..run("a", started) };
    for started in 1..=4 {
        store.keep_run(&large(started, 1_000), &bytes).await.unwrap();
    }
    assert_eq!(starts(&store, "a").await, [4, 3]);
    store.keep_run(&large(5, 9_000), &bytes).await.unwrap();
    assert_eq!(starts(&store, "a").await, [5]);
}

#[tokio::test]
async fn runs_are_named_deleted_and_brought_back() {
    let (_folder, store) = store().await;
    let id = store.keep_run(&run("a", 1), &ENOUGH).await.unwrap();
    let other = store.keep_run(&run("a", 2), &ENOUGH).await.unwrap();
    assert!(store.name_run("a", id, "before the fix").await.unwrap());
    assert!(store.pin_run("a", id, true).await.unwrap());
    assert_eq!(store.pinned_runs("a").await.unwrap(), 1);
    let listed = store.list_runs("a").await.unwrap();
    assert_eq!((listed[0].id, listed[0].name.as_str(), listed[0].pinned), (id, "before the fix", true));
    assert!(store.delete_run("a", id, Some(100)).await.unwrap());
    assert_eq!((starts(&store, "a").await, store.pinned_runs("a").await.unwrap()), (vec![2], 0));
    store.delete_run("a", id, None).await.unwrap();
    assert_eq!(starts(&store, "a").await, [1, 2]);
    assert!(!store.name_run("a", 999, "nobody").await.unwrap());
    assert!(!store.pin_run("a", 999, true).await.unwrap());
    assert!(!store.delete_run("a", 999, Some(1)).await.unwrap());
    // What was deleted goes for good later, and its number is not given again.
    store.delete_run("a", other, Some(100)).await.unwrap();
    store.clear_runs_away(100, "unsaved:", 0).await.unwrap();
    assert!(store.read_run("a", other).await.unwrap().is_some());
    store.clear_runs_away(101, "unsaved:", 0).await.unwrap();
    assert!(store.read_run("a", other).await.unwrap().is_none());
    assert!(store.keep_run(&run("a", 3), &ENOUGH).await.unwrap() > other);
}

#[tokio::test]
async fn a_document_that_is_saved_takes_its_runs_along() {
    let (_folder, store) = store().await;
    store.keep_run(&run("unsaved:1", 1), &ENOUGH).await.unwrap();
    store.keep_run(&run("unsaved:2", 2), &ENOUGH).await.unwrap();
    assert!(store.hand_over_runs("unsaved:1", "/a.flow.yaml").await.unwrap());
    assert!(!store.hand_over_runs("unsaved:1", "/a.flow.yaml").await.unwrap());
    assert_eq!(starts(&store, "/a.flow.yaml").await, [1]);
    // What was never saved goes some time after its window did; what has a file stays.
    store.clear_runs_away(0, "unsaved:", 2).await.unwrap();
    assert_eq!(starts(&store, "unsaved:2").await, [2]);
    store.clear_runs_away(0, "unsaved:", 3).await.unwrap();
    assert!(starts(&store, "unsaved:2").await.is_empty());
    assert_eq!(starts(&store, "/a.flow.yaml").await, [1]);
}
