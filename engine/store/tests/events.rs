//! The file of events: commits are whole, and nobody else has it.

#![allow(clippy::unwrap_used, reason = "a test says what did not work")]

use thalweg_store::{BatchRow, Change, CursorRow, EventFile, EventLogRow, Store, StoreError, Synchronous, TopicRow};

async fn file() -> (tempfile::TempDir, EventFile) {
    let folder = tempfile::tempdir().unwrap();
    let file = EventFile::open(folder.path().join("live.db")).await.unwrap();
    let topic = TopicRow { id: 1, name: "orders".to_owned(), settings: vec![1], duplicates: 0 };
    file.commit(&[Change::Topic(topic), log(0)], Synchronous::Power).await.unwrap();
    (folder, file)
}

fn log(next: u64) -> Change {
    Change::Log(EventLogRow { id: 1, topic: 1, part: 0, first: 0, next, events: next, bytes: 0, compacted: 0 })
}

fn batch(first: u64, next: u64) -> Change {
    let (from_ms, to_ms) = (first, next);
    Change::Batch(BatchRow { log: 1, first, next, events: next - first, from_ms, to_ms, data: vec![7; 100] })
}

#[tokio::test]
async fn a_commit_is_whole_or_nothing() {
    let (_folder, file) = file().await;
    file.commit(&[batch(0, 5), log(5)], Synchronous::Process).await.unwrap();
    for synchronous in [Synchronous::Process, Synchronous::Power] {
        // The second one is there already: neither it nor what came before it in the commit is stored.
        let refused = file.commit(&[batch(5, 9), log(9), batch(0, 5)], synchronous).await;
        assert!(matches!(refused, Err(StoreError::Other { .. })), "{refused:?}");
        assert_eq!(file.logs().await.unwrap()[0].next, 5);
        assert_eq!(file.batches(1, 0, usize::MAX).await.unwrap().len(), 1);
    }
    // The next one is not disturbed.
    let cursor = CursorRow { group: 3, log: 1, below: 2, acked: u64::MAX, ..CursorRow::default() };
    file.commit(&[batch(5, 9), log(9), Change::Cursor(cursor.clone())], Synchronous::Power).await.unwrap();
    assert_eq!(file.cursors(3).await.unwrap(), [cursor]);
    file.check().await.unwrap();
}

#[tokio::test]
async fn batches_are_found_by_any_offset_in_them() {
    let (_folder, file) = file().await;
    // What compaction left: nothing between 9 and 20.
    file.commit(&[batch(0, 5), batch(5, 9), batch(20, 21), log(21)], Synchronous::Process).await.unwrap();
    let firsts = async |from: u64, bytes: usize| -> Vec<u64> {
        file.batches(1, from, bytes).await.unwrap().iter().map(|batch| batch.first).collect()
    };
    assert_eq!(firsts(0, usize::MAX).await, [0, 5, 20]);
    assert_eq!(firsts(4, 1).await, [0]);
    assert_eq!(firsts(5, 101).await, [5, 20]);
    assert_eq!(firsts(9, 1).await, [20]);
    assert_eq!(firsts(21, 1).await, [] as [u64; 0]);
    file.commit(&[Change::DropBatch { log: 1, first: 0 }], Synchronous::Process).await.unwrap();
    assert_eq!(firsts(0, usize::MAX).await, [5, 20]);
}

#[tokio::test]
async fn other_files_are_refused_and_left_as_they_are() {
    let (folder, file) = file().await;
    let path = file.path().to_owned();
    let second = EventFile::open(&path).await.expect_err("it is in use");
    assert!(matches!(second, StoreError::InUse { .. }), "{second}");
    assert!(second.to_string().contains("in use by another running engine"));
    file.close().await;
    drop(file);
    EventFile::open(&path).await.unwrap().close().await;
    let as_data = Store::open(&path).await.expect_err("it is no data file");
    assert!(matches!(as_data, StoreError::Foreign { .. }), "{as_data}");
    let data = folder.path().join("thalweg.db");
    Store::open(&data).await.unwrap().close().await;
    let before = std::fs::read(&data).unwrap();
    let as_events = EventFile::open(&data).await.expect_err("it is no file of events");
    assert!(matches!(as_events, StoreError::Foreign { .. }), "{as_events}");
    assert_eq!(std::fs::read(&data).unwrap(), before);
    assert!(!folder.path().join("thalweg.db.lock").exists());
}
