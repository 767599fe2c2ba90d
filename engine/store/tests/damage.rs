//! What cannot be read is left out, told, and kept; everything else goes on.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on fails")]

use std::path::PathBuf;
use std::time::Duration;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, SqliteConnection};
use tempfile::TempDir;
use thalweg_spans::filter::{Filter, parse};
use thalweg_spans::survey::{FILTERS, Set};
use thalweg_spans::{Batch, Resource, Scope, Span};
use thalweg_store::{Packing, SetAside, Store, TraceOrder, TraceRetention};

fn batch(trace: u8) -> Batch {
    let span = |id| Span {
        trace_id: [trace; 16],
        span_id: [id; 8],
        name: format!("span {id}"),
        start_ns: 1000 + u64::from(trace),
        end_ns: 2000,
        is_plain: true,
        ..Span::default()
    };
    Batch { resources: vec![Resource::default()], scopes: vec![Scope::default()], spans: vec![span(1), span(2)] }
}

async fn open(folder: &TempDir) -> Store {
    let soon = Packing { spans: 4, ..Packing::default() };
    Store::open_packing(folder.path().join("thalweg.db"), soon).await.unwrap()
}

/// Three blocks of two traces each, and a trace in the log.
async fn filled(folder: &TempDir) -> PathBuf {
    let store = open(folder).await;
    for trace in 1..=7 {
        store.write_spans(batch(trace)).await.unwrap();
    }
    store.close().await;
    store.path().to_owned()
}

async fn stranger(folder: &TempDir) -> SqliteConnection {
    SqliteConnectOptions::new().filename(folder.path().join("thalweg.db")).connect().await.unwrap()
}

/// Flips a bit in the middle of a value, and gives it as it is then.
async fn damage(folder: &TempDir, table: &str, column: &str, id: i64) -> Vec<u8> {
    let mut db = stranger(folder).await;
    let read = format!("SELECT {column} FROM {table} WHERE id = {id}");
    let mut data: Vec<u8> = sqlx::query_scalar(sqlx::AssertSqlSafe(read)).fetch_one(&mut db).await.unwrap();
    let middle = data.len() / 2;
    data[middle] ^= 4;
    let write = format!("UPDATE {table} SET {column} = ? WHERE id = {id}");
    sqlx::query(sqlx::AssertSqlSafe(write)).bind(data.clone()).execute(&mut db).await.unwrap();
    data
}

async fn number(folder: &TempDir, sql: &'static str) -> i64 {
    sqlx::query_scalar(sql).fetch_one(&mut stranger(folder).await).await.unwrap()
}

async fn listed(store: &Store) -> Vec<u8> {
    let mut ids: Vec<u8> =
        store.list_traces(100, None).await.unwrap().traces.iter().map(|trace| trace.trace_id[0]).collect();
    ids.sort_unstable();
    ids
}

/// More is received, packed and removed as ever; and another opening knows of the damage.
async fn goes_on(folder: &TempDir, store: Store, without: &[u8], aside: SetAside) {
    for trace in 8..=20 {
        store.write_spans(batch(trace)).await.unwrap();
    }
    let expected: Vec<u8> = (1..=20).filter(|trace| !without.contains(trace)).collect();
    assert_eq!(listed(&store).await, expected);
    store.close().await;
    assert!(number(folder, "SELECT count(*) FROM span_log").await <= 1 + aside.commits.cast_signed());
    let store = open(folder).await;
    assert_eq!(listed(&store).await, expected);
    assert_eq!(store.damaged_spans().await.unwrap(), aside);
    store.retain_traces(TraceRetention { age: Some(Duration::ZERO), bytes: None }).await.unwrap();
    assert_eq!(number(folder, "SELECT count(*) FROM block").await, aside.blocks.cast_signed());
    assert_eq!(number(folder, "SELECT count(*) FROM set_aside").await, (aside.blocks + aside.commits).cast_signed());
    store.close().await;
}

#[tokio::test]
async fn a_damaged_row_of_the_log_is_left_out_and_kept() {
    let folder = tempfile::tempdir().unwrap();
    filled(&folder).await;
    let left = damage(&folder, "span_log", "data", 7).await;
    let store = open(&folder).await;
    assert_eq!(listed(&store).await, [1, 2, 3, 4, 5, 6]);
    let aside = SetAside { blocks: 0, commits: 1 };
    assert_eq!(store.damaged_spans().await.unwrap(), aside);
    goes_on(&folder, store, &[7], aside).await;
    let kept: Vec<u8> = sqlx::query_scalar("SELECT data FROM span_log WHERE id = 7")
        .fetch_one(&mut stranger(&folder).await)
        .await
        .unwrap();
    assert_eq!(kept, left);
}

#[tokio::test]
async fn a_block_with_a_damaged_header_is_left_out_and_kept() {
    let folder = tempfile::tempdir().unwrap();
    filled(&folder).await;
    let left = damage(&folder, "block", "header", 2).await;
    let store = open(&folder).await;
    assert_eq!(listed(&store).await, [1, 2, 5, 6, 7]);
    assert_eq!(store.trace([3; 16]).await.unwrap(), None);
    let aside = SetAside { blocks: 1, commits: 0 };
    assert_eq!(store.damaged_spans().await.unwrap(), aside);
    goes_on(&folder, store, &[3, 4], aside).await;
    let kept: Vec<u8> = sqlx::query_scalar("SELECT header FROM block WHERE id = 2")
        .fetch_one(&mut stranger(&folder).await)
        .await
        .unwrap();
    assert_eq!(kept, left);
}

/// Any column: it is met by the first question that reads it, and by none after that.
#[tokio::test]
async fn a_block_with_a_damaged_column_is_left_out_and_kept() {
    for column in 0..=12 {
        let folder = tempfile::tempdir().unwrap();
        filled(&folder).await;
        // None of these has attributes that found no column.
        if column == 11 {
            continue;
        }
        damage(&folder, "block_column", "data", 2 << 12 | column).await;
        let (store, other) = (open(&folder).await, open(&folder).await);
        let filter = Filter::new(&parse("duration > 0ns and name = \"span 2\"").unwrap()).unwrap();
        for order in [TraceOrder::Newest, TraceOrder::Slowest] {
            let found = store.find_traces(&filter, order, 100, None).await.unwrap().traces;
            assert!(found.len() == 7 || found.len() == 5, "column {column}: {}", found.len());
        }
        // Everything of it is read.
        assert_eq!(store.trace([3; 16]).await.unwrap(), None, "column {column}");
        let aside = SetAside { blocks: 1, commits: 0 };
        assert_eq!(store.damaged_spans().await.unwrap(), aside);
        assert_eq!(listed(&other).await, [1, 2, 5, 6, 7]);
        assert_eq!(other.damaged_spans().await.unwrap(), aside);
        other.close().await;
        goes_on(&folder, store, &[3, 4], aside).await;
    }
}

/// What many traces show together is told of all others.
#[tokio::test]
async fn surveys_go_on_without_a_damaged_block() {
    const TRACES: i64 = 0;
    const NAMES: i64 = 5;
    let all = Filter::new(&parse("").unwrap()).unwrap();
    for (question, column) in [("survey", TRACES), ("operations", NAMES), ("contrast", TRACES), ("contrast", NAMES)] {
        let folder = tempfile::tempdir().unwrap();
        filled(&folder).await;
        damage(&folder, "block_column", "data", 2 << 12 | column).await;
        let store = open(&folder).await;
        match question {
            "survey" => {
                let found = store.survey([None; FILTERS], |_, _| {}).await.unwrap();
                let traces: Vec<u8> = found.traces.iter().map(|trace| trace.trace_id[0]).collect();
                assert_eq!(traces, [1, 2, 5, 6, 7]);
            }
            "operations" => {
                let found = store.operations(&all, |_, _| {}).await.unwrap();
                assert_eq!(found.table.values().map(|operation| operation.spans).sum::<u64>(), 10);
            }
            _ => {
                let sets = (1..=7).map(|trace| ([trace; 16], (Set::These, false))).collect();
                store.contrast(sets, |_, _| {}).await.unwrap();
            }
        }
        let aside = SetAside { blocks: 1, commits: 0 };
        assert_eq!(store.damaged_spans().await.unwrap(), aside, "{question}");
        goes_on(&folder, store, &[3, 4], aside).await;
    }
}

#[tokio::test]
async fn clearing_takes_what_is_damaged_along() {
    let folder = tempfile::tempdir().unwrap();
    filled(&folder).await;
    damage(&folder, "block", "header", 1).await;
    damage(&folder, "span_log", "data", 7).await;
    let store = open(&folder).await;
    assert_eq!(store.damaged_spans().await.unwrap(), SetAside { blocks: 1, commits: 1 });
    store.clear_traces().await.unwrap();
    assert_eq!(store.damaged_spans().await.unwrap(), SetAside::default());
    assert_eq!(number(&folder, "SELECT count(*) FROM block").await, 0);
    store.write_spans(batch(1)).await.unwrap();
    assert_eq!(listed(&store).await, [1]);
}
