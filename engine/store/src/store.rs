//! The open data file and its one writer.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use sqlx::SqlitePool;
use thalweg_spans::filter::Filter;
use thalweg_spans::{Batch, LinksOf, TraceRow};
use tokio::sync::{Mutex, mpsc, oneshot};
use tokio::task::JoinHandle;

use crate::rows::{
    FoundPage, KeptRunBody, KeptRunRow, Linking, NewRun, RecentFile, Retention, TraceCursor, TraceOrder, TracePage,
    Written,
};
use crate::signals::Signals;
use crate::traces::{FromOld, Job, Packing, SetAside, TraceRetention, Traces, in_parts, write_groups};
use crate::{StoreError, keep, open, runs};

/// Batches waiting for the writer. Callers beyond wait in [`Store::write_spans`].
const QUEUE: usize = 64;
/// Spans of a batch that are committed together. What one commit brought is packed into one block, with what was gathered before it,
/// and must fit into it.
const SPANS_AT_ONCE: usize = 100_000;

/// The data file. Cheap to clone; every clone is the same file and the same writer.
#[derive(Debug, Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    path: PathBuf,
    writer: SqlitePool,
    readers: SqlitePool,
    traces: Arc<Traces>,
    queue: Mutex<Option<mpsc::Sender<Job>>>,
    task: Mutex<Option<JoinHandle<()>>>,
    signals: Signals,
}

impl Store {
    /// Opens the file, making it and its folder if there is none, and brings an older one up to date.
    ///
    /// A file that is refused (no database, another program's, a newer Thalweg's) is left as it is.
    pub async fn open(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        Self::open_packing(path, Packing::default()).await
    }

    /// Like [`Self::open`], with other measures of when spans are packed.
    pub async fn open_packing(path: impl AsRef<Path>, packing: Packing) -> Result<Self, StoreError> {
        let path = path.as_ref().to_owned();
        let pools = open::open(&path, &open::DATA).await?;
        let (queue, jobs) = mpsc::channel(QUEUE);
        // What makes senders wait must be enough to be packed, or they would wait for ever.
        let packing = Packing { waiting_bytes: packing.waiting_bytes.max(packing.bytes), ..packing };
        let traces = Arc::new(Traces::new(path.clone(), pools.writer.clone(), pools.readers.clone(), packing));
        let task = tokio::spawn(write_groups(jobs, Arc::clone(&traces)));
        let signals = Signals::open(path.clone(), pools.writer.clone(), pools.readers.clone());
        let inner = Inner {
            path,
            writer: pools.writer,
            readers: pools.readers,
            traces,
            queue: Mutex::new(Some(queue)),
            task: Mutex::new(Some(task)),
            signals,
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    pub(crate) fn traces(&self) -> &Traces {
        &self.inner.traces
    }

    /// Where the file is.
    pub fn path(&self) -> &Path {
        &self.inner.path
    }

    /// Stores a batch and returns after the commit: everything counted in [`Written`] is on disk.
    ///
    /// A batch of more than a hundred thousand spans takes several commits.
    ///
    /// On an error nothing of the batch is known to be stored; sending it again is safe. If the returned future is dropped
    /// the batch may be stored or not.
    pub async fn write_spans(&self, batch: Batch) -> Result<Written, StoreError> {
        let (resources, scopes) = (batch.resources.len(), batch.scopes.len());
        if batch.spans.iter().any(|span| span.resource >= resources || span.scope >= scopes) {
            let detail = "a span refers to a resource or scope its batch does not have".to_owned();
            return Err(StoreError::Other { path: self.inner.path.clone(), detail });
        }
        if batch.spans.len() <= SPANS_AT_ONCE {
            return self.write_at_once(batch).await;
        }
        let mut written = Written::default();
        for part in in_parts(batch, SPANS_AT_ONCE) {
            written.add(self.write_at_once(part).await?);
        }
        Ok(written)
    }

    async fn write_at_once(&self, batch: Batch) -> Result<Written, StoreError> {
        let closed = || StoreError::Closed { path: self.inner.path.clone() };
        let queue = self.inner.queue.lock().await.clone().ok_or_else(closed)?;
        let (done, answer) = oneshot::channel();
        queue.send(Job { batch, done }).await.map_err(|_| closed())?;
        answer.await.map_err(|_| closed())?
    }

    /// The newest traces by start, at most `limit`, beginning after `before`.
    pub async fn list_traces(&self, limit: u32, before: Option<TraceCursor>) -> Result<TracePage, StoreError> {
        self.inner.traces.list(limit, before).await
    }

    /// The traces that have a span for which the filter holds, at most `limit`, going on after `after`.
    ///
    /// Of some traces only the whole tells, see [`FoundTrace::spans`](crate::FoundTrace::spans).
    pub async fn find_traces(
        &self,
        filter: &Filter,
        order: TraceOrder,
        limit: u32,
        after: Option<TraceCursor>,
    ) -> Result<FoundPage, StoreError> {
        self.inner.traces.find(filter, order, limit, after).await
    }

    /// Those of these traces that there are, newest first.
    pub async fn some_traces(&self, trace_ids: &[[u8; 16]]) -> Result<Vec<TraceRow>, StoreError> {
        self.inner.traces.some(trace_ids).await
    }

    /// Removes every trace. The file keeps its size; the room is used again.
    pub async fn clear_traces(&self) -> Result<(), StoreError> {
        self.inner.traces.clear().await
    }

    /// All spans of a trace, by start, or nothing if none ever arrived.
    pub async fn trace(&self, trace_id: [u8; 16]) -> Result<Option<Batch>, StoreError> {
        self.inner.traces.trace(trace_id).await
    }

    /// Says how links are read from what is opaque of a span. From then on packing notes them, and [`Self::linking`] finds them.
    pub fn know_links(&self, links: LinksOf) {
        self.inner.traces.know_links(links);
    }

    /// The spans that link to one of these traces, in this trace or another; of more than `most` links the latest.
    pub async fn linking(&self, trace_ids: &[[u8; 16]], most: usize) -> Result<Linking, StoreError> {
        self.inner.traces.linking(trace_ids, most).await
    }

    /// What of the spans in the file cannot be read and is left out of every answer. It stays in the file as it is.
    pub async fn damaged_spans(&self) -> Result<SetAside, StoreError> {
        self.inner.traces.aside().await
    }

    /// From now on, for as long as the file is open here, this much is kept of traces ([`TraceRetention::default`] before). What is
    /// too much goes at once, then whenever a block is packed. Gives how many blocks went.
    pub async fn retain_traces(&self, retention: TraceRetention) -> Result<u64, StoreError> {
        self.inner.traces.retain(retention).await
    }

    /// Moves the spans of a file of data format 2 to where they are kept now, and gives how many there were. They are not seen
    /// before. Ended in between, it goes on at the next call.
    pub async fn move_old_spans(&self, from_old: FromOld) -> Result<u64, StoreError> {
        self.inner.traces.move_old(from_old).await
    }

    /// Remembers that a file was opened at this time, milliseconds since 1970.
    pub async fn add_recent_file(&self, path: &str, opened_unix_ms: i64) -> Result<(), StoreError> {
        keep::add_recent(&self.inner.writer, path, opened_unix_ms).await.map_err(|error| self.words(&error))
    }

    /// Files opened lately, the latest first.
    pub async fn recent_files(&self, limit: u32) -> Result<Vec<RecentFile>, StoreError> {
        keep::list_recent(&self.inner.readers, limit).await.map_err(|error| self.words(&error))
    }

    /// Forgets a file; says whether it was remembered.
    pub async fn remove_recent_file(&self, path: &str) -> Result<bool, StoreError> {
        keep::remove_recent(&self.inner.writer, path).await.map_err(|error| self.words(&error))
    }

    /// The value kept under `key`.
    pub async fn preference(&self, key: &str) -> Result<Option<String>, StoreError> {
        keep::preference(&self.inner.readers, key).await.map_err(|error| self.words(&error))
    }

    /// Keeps `value` under `key`.
    pub async fn set_preference(&self, key: &str, value: &str) -> Result<(), StoreError> {
        keep::set_preference(&self.inner.writer, key, value).await.map_err(|error| self.words(&error))
    }

    /// Keeps a run and throws away what is too much of its document then; gives its number.
    pub async fn keep_run(&self, run: &NewRun, retention: &Retention) -> Result<i64, StoreError> {
        runs::keep(&self.inner.writer, run, retention).await.map_err(|error| self.words(&error))
    }

    /// The runs of a document that are not deleted: pinned ones first, newest first.
    pub async fn list_runs(&self, document: &str) -> Result<Vec<KeptRunRow>, StoreError> {
        runs::list(&self.inner.readers, document).await.map_err(|error| self.words(&error))
    }

    /// One run of a document with all that belongs to it, a deleted one too; nothing if it has none of this number.
    pub async fn read_run(&self, document: &str, id: i64) -> Result<Option<(KeptRunRow, KeptRunBody)>, StoreError> {
        runs::read(&self.inner.readers, document, id).await.map_err(|error| self.words(&error))
    }

    /// Gives a run of a document a name; whether there is such a run.
    pub async fn name_run(&self, document: &str, id: i64, name: &str) -> Result<bool, StoreError> {
        runs::name(&self.inner.writer, document, id, name).await.map_err(|error| self.words(&error))
    }

    /// Lets a run stay, or go with the others; whether there is such a run.
    pub async fn pin_run(&self, document: &str, id: i64, pinned: bool) -> Result<bool, StoreError> {
        runs::pin(&self.inner.writer, document, id, pinned).await.map_err(|error| self.words(&error))
    }

    /// Takes a run out of the list at this time, milliseconds since 1970, or brings it back; whether there is such a run.
    pub async fn delete_run(&self, document: &str, id: i64, at_unix_ms: Option<i64>) -> Result<bool, StoreError> {
        runs::delete(&self.inner.writer, document, id, at_unix_ms).await.map_err(|error| self.words(&error))
    }

    /// How many runs of a document are pinned.
    pub async fn pinned_runs(&self, document: &str) -> Result<u64, StoreError> {
        let count = runs::pinned(&self.inner.readers, document).await.map_err(|error| self.words(&error))?;
        Ok(count.unsigned_abs())
    }

    /// Gives all runs of a document to another one; whether there were any.
    pub async fn hand_over_runs(&self, from: &str, to: &str) -> Result<bool, StoreError> {
        runs::hand_over(&self.inner.writer, from, to).await.map_err(|error| self.words(&error))
    }

    /// Throws away for good the runs that were deleted before a time, and those that began before another and belong to
    /// documents whose name begins with `never_saved`; times in milliseconds since 1970.
    pub async fn clear_runs_away(
        &self,
        deleted_before_unix_ms: i64,
        never_saved: &str,
        started_before_unix_ms: i64,
    ) -> Result<(), StoreError> {
        let writer = &self.inner.writer;
        let done = runs::clear_away(writer, deleted_before_unix_ms, never_saved, started_before_unix_ms).await;
        done.map_err(|error| self.words(&error))
    }

    /// Writes what is queued, then closes the file for every clone. Later calls answer [`StoreError::Closed`].
    pub async fn close(&self) {
        drop(self.inner.queue.lock().await.take());
        if let Some(task) = self.inner.task.lock().await.take()
            && let Err(error) = task.await
        {
            tracing::error!(%error, path = %self.inner.path.display(), "the writer ended badly");
        }
        self.inner.signals.close().await;
        self.inner.readers.close().await;
        self.inner.writer.close().await;
    }

    pub(crate) fn signals(&self) -> &Signals {
        &self.inner.signals
    }

    fn words(&self, error: &sqlx::Error) -> StoreError {
        StoreError::from_sqlx(&self.inner.path, error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use thalweg_spans::{Resource, Scope, Span};

    /// 100 spans whose bytes hardly compress.
    fn batch(trace: u8) -> Batch {
        let noise = |id: u8| {
            let mut state = u32::from(trace) << 8 | u32::from(id);
            (0..1000).map(move |_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (state >> 24) as u8
            })
        };
        let span =
            |id: u8| Span { trace_id: [trace; 16], span_id: [id; 8], rest: noise(id).collect(), ..Span::default() };
        Batch {
            resources: vec![Resource::default()],
            scopes: vec![Scope::default()],
            spans: (1..=100).map(span).collect(),
        }
    }

    /// One commit is packed into one block, which takes no more than [`thalweg_spans::block::MOST_SPANS`].
    #[tokio::test]
    async fn a_batch_too_large_for_a_block_is_stored_and_packed() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path().join("thalweg.db")).await.unwrap();
        let count = thalweg_spans::block::MOST_SPANS + 1;
        let span = |id: u32| Span {
            trace_id: [1 + (id % 2) as u8; 16],
            span_id: (u64::from(id) + 1).to_be_bytes(),
            start_ns: 1,
            end_ns: 2,
            is_plain: true,
            ..Span::default()
        };
        let spans = (0..count).map(span).collect();
        let batch = Batch { resources: vec![Resource::default()], scopes: vec![Scope::default()], spans };
        let written = store.write_spans(batch).await.unwrap();
        assert_eq!((written.added, written.traces.len()), (u64::from(count), 2));
        // The writer ends when all that there is enough of is packed.
        drop(store.inner.queue.lock().await.take());
        if let Some(task) = store.inner.task.lock().await.take() {
            task.await.unwrap();
        }
        let packed_to: i64 =
            sqlx::query_scalar("SELECT packed_to FROM span_state").fetch_one(&store.inner.readers).await.unwrap();
        assert_eq!(packed_to, 3);
        let listed = store.list_traces(10, None).await.unwrap().traces;
        assert_eq!(listed.iter().map(|trace| trace.spans).sum::<u64>(), u64::from(count));
        store.close().await;
    }

    /// Until batches were cut, one commit could bring more than a block takes.
    #[tokio::test]
    async fn a_row_of_the_log_too_large_for_a_block_is_packed_into_several() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("thalweg.db");
        let store = Store::open(&path).await.unwrap();
        let count = thalweg_spans::block::MOST_SPANS + 10;
        // The last ten are the first ones again, as they are in the end.
        let span = |at: u32| Span {
            trace_id: [1; 16],
            span_id: (u64::from(at % (count - 10)) + 1).to_be_bytes(),
            start_ns: 1,
            end_ns: 2,
            status: if at >= count - 10 { 2 } else { 0 },
            is_plain: true,
            ..Span::default()
        };
        let spans = (0..count).map(span).collect();
        let batch = Batch { resources: vec![Resource::default()], scopes: vec![Scope::default()], spans };
        let mut bytes = Vec::new();
        thalweg_spans::batch_to_bytes(&batch, &mut bytes);
        sqlx::query("INSERT INTO span_log (data) VALUES (?)")
            .bind(thalweg_spans::block::squeeze(&bytes))
            .execute(&store.inner.writer)
            .await
            .unwrap();
        // Packing begins with the next batch.
        store.write_spans(self::batch(9)).await.unwrap();
        store.close().await;
        let store = Store::open(&path).await.unwrap();
        let blocks: i64 =
            sqlx::query_scalar("SELECT count(*) FROM block").fetch_one(&store.inner.readers).await.unwrap();
        assert_eq!(blocks, 2);
        let row = store.some_traces(&[[1; 16]]).await.unwrap().remove(0);
        assert_eq!((row.spans, row.errors), (u64::from(count) - 10, 10));
        store.close().await;
    }

    /// A limit on pages makes SQLite answer `SQLITE_FULL`, as a full disk does.
    #[tokio::test]
    async fn a_full_disk_loses_nothing_that_was_acknowledged_and_passes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("thalweg.db");
        let store = Store::open(&path).await.unwrap();
        let limit = |pages: u32| sqlx::raw_sql(sqlx::AssertSqlSafe(format!("PRAGMA max_page_count = {pages}")));
        limit(100).execute(&store.inner.writer).await.unwrap();

        let mut acknowledged = Vec::new();
        let error = loop {
            let trace = acknowledged.len() as u8 + 1;
            match store.write_spans(batch(trace)).await {
                Ok(written) => acknowledged.push((trace, written.added)),
                Err(error) => break error,
            }
        };
        assert_eq!(error, StoreError::DiskFull { path: path.clone() });
        assert!(error.is_passing() && !acknowledged.is_empty());
        // Reading goes on, and shows exactly what was acknowledged.
        let stored = store.list_traces(100, None).await.unwrap().traces;
        assert_eq!(stored.len(), acknowledged.len());
        assert!(stored.iter().all(|trace| trace.spans == 100));

        limit(1_000_000).execute(&store.inner.writer).await.unwrap();
        let next = acknowledged.len() as u8 + 1;
        assert_eq!(store.write_spans(batch(next)).await.unwrap().added, 100);
        let check: String = sqlx::query_scalar("PRAGMA integrity_check").fetch_one(&store.inner.readers).await.unwrap();
        assert_eq!(check, "ok");
    }

    /// SQLite then ends the transaction by itself, which whoever counts transactions may not notice.
    #[tokio::test]
    async fn a_disk_that_fills_in_the_midst_of_a_transaction_stops_nothing_for_good() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path().join("thalweg.db")).await.unwrap();
        let writer = &store.inner.writer;
        sqlx::raw_sql("PRAGMA max_page_count = 100").execute(writer).await.unwrap();
        let mut transaction = writer.begin_with("BEGIN IMMEDIATE").await.unwrap();
        let insert = "INSERT INTO span_log (data) VALUES (zeroblob(50000))";
        while sqlx::query(insert).execute(&mut *transaction).await.is_ok() {}
        assert!(sqlx::query("ROLLBACK").execute(&mut *transaction).await.is_err(), "it is rolled back already");
        drop(transaction);
        store.clear_traces().await.unwrap();
        assert_eq!(store.write_spans(batch(1)).await.unwrap().added, 100);
    }

    #[tokio::test]
    async fn a_full_disk_keeps_the_runs_that_were_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("thalweg.db");
        let store = Store::open(&path).await.unwrap();
        let limit = |pages: u32| sqlx::raw_sql(sqlx::AssertSqlSafe(format!("PRAGMA max_page_count = {pages}")));
        limit(100).execute(&store.inner.writer).await.unwrap();
        let run = NewRun { document: "a".into(), result: vec![7; 200_000], ..NewRun::default() };
        let retention = Retention { runs: 50, bytes: i64::MAX };
        let mut kept = 0;
        let error = loop {
            match store.keep_run(&run, &retention).await {
                Ok(_) => kept += 1,
                Err(error) => break error,
            }
        };
        assert_eq!(error, StoreError::DiskFull { path: path.clone() });
        assert!(kept > 0);
        assert_eq!(store.list_runs("a").await.unwrap().len(), kept);
        limit(1_000_000).execute(&store.inner.writer).await.unwrap();
        store.keep_run(&run, &retention).await.unwrap();
        assert_eq!(store.list_runs("a").await.unwrap().len(), kept + 1);
    }

    #[tokio::test]
    async fn every_connection_syncs_fully_and_readers_cannot_write() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path().join("thalweg.db")).await.unwrap();
        for pool in [&store.inner.writer, &store.inner.readers] {
            for (pragma, value) in
                [("PRAGMA synchronous", 2_i64), ("PRAGMA trusted_schema", 0), ("PRAGMA mmap_size", 0)]
            {
                let found: i64 = sqlx::query_scalar(pragma).fetch_one(pool).await.unwrap();
                assert_eq!(found, value, "{pragma}");
            }
        }
        assert!(keep::set_preference(&store.inner.readers, "a", "b").await.is_err());
    }
}
