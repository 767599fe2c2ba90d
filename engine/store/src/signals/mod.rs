//! Log records and metrics: written in groups by a writer of their own, read by page, trace, series and range.
//!
//! Neither has an identity, so a batch that comes a second time is known by its content ([`writer`]). Points lie as they came until
//! there are many, then by series and compressed ([`metrics`]).

mod chunks;
mod logs;
mod metrics;
mod pack;
mod rows;
mod senders;
mod surplus;
mod writer;

use std::path::PathBuf;
use std::sync::{Arc, PoisonError};

use sqlx::SqlitePool;
use tokio::sync::{Mutex, mpsc, oneshot};
use tokio::task::JoinHandle;

pub use self::metrics::METRIC_SERIES;
pub use self::rows::{
    LogBatch, LogCursor, LogQuery, LogRow, MetricName, PointBatch, PointRow, ResourceRow, SeriesRow, SignalRetention,
    SignalsWritten, StoredLogs, StoredMetrics, StoredPoint, StoredSeries,
};
use self::writer::{Batch, Job, Shared, write_groups};
use crate::{Store, StoreError};

/// Batches waiting for the writer. Callers beyond wait in [`Store::write_logs`] and [`Store::write_points`].
const QUEUE: usize = 64;

/// The part of the open data file that is about log records and metrics.
#[derive(Debug)]
pub(crate) struct Signals {
    path: PathBuf,
    writer: SqlitePool,
    readers: SqlitePool,
    shared: Arc<Shared>,
    queue: Mutex<Option<mpsc::Sender<Job>>>,
    task: Mutex<Option<JoinHandle<()>>>,
}

impl Signals {
    pub(crate) fn open(path: PathBuf, writer: SqlitePool, readers: SqlitePool) -> Self {
        let (queue, jobs) = mpsc::channel(QUEUE);
        let shared = Arc::new(Shared::new(path.clone(), writer.clone()));
        let task = tokio::spawn(write_groups(jobs, Arc::clone(&shared)));
        Self { path, writer, readers, shared, queue: Mutex::new(Some(queue)), task: Mutex::new(Some(task)) }
    }

    /// Writes what is queued; later batches are refused.
    pub(crate) async fn close(&self) {
        drop(self.queue.lock().await.take());
        if let Some(task) = self.task.lock().await.take()
            && let Err(error) = task.await
        {
            tracing::error!(%error, path = %self.path.display(), "the writer of log records and points ended badly");
        }
    }

    async fn write(&self, batch: Batch) -> Result<SignalsWritten, StoreError> {
        let closed = || StoreError::Closed { path: self.path.clone() };
        let queue = self.queue.lock().await.clone().ok_or_else(closed)?;
        let (done, answer) = oneshot::channel();
        queue.send(Job { batch, done }).await.map_err(|_| closed())?;
        answer.await.map_err(|_| closed())?
    }

    fn words(&self, error: &sqlx::Error) -> StoreError {
        StoreError::from_sqlx(&self.path, error)
    }
}

impl Store {
    /// Stores log records and returns after the commit.
    ///
    /// A batch equal in everything to one of the last ten thousand is one that was sent again, and stored once. On an error
    /// nothing of the batch is known to be stored; sending it again is safe.
    pub async fn write_logs(&self, batch: LogBatch) -> Result<SignalsWritten, StoreError> {
        self.signals().write(Batch::Logs(batch)).await
    }

    /// Stores points of metrics, likewise.
    pub async fn write_points(&self, batch: PointBatch) -> Result<SignalsWritten, StoreError> {
        self.signals().write(Batch::Points(batch)).await
    }

    /// The newest log records that a question is about, at most `limit`, beginning after `before`.
    pub async fn logs(
        &self,
        query: &LogQuery,
        limit: u32,
        before: Option<LogCursor>,
    ) -> Result<StoredLogs, StoreError> {
        let signals = self.signals();
        logs::find(&signals.readers, query, limit, before).await.map_err(|error| signals.words(&error))
    }

    /// The log records of a trace or of one of its spans, oldest first, at most `limit`, beginning after `after`.
    pub async fn logs_of_trace(
        &self,
        trace_id: [u8; 16],
        span_id: Option<[u8; 8]>,
        limit: u32,
        after: Option<LogCursor>,
    ) -> Result<StoredLogs, StoreError> {
        let signals = self.signals();
        logs::of_trace(&signals.readers, trace_id, span_id, limit, after).await.map_err(|error| signals.words(&error))
    }

    /// The services that sent log records or metrics, by name.
    pub async fn signal_services(&self) -> Result<Vec<String>, StoreError> {
        let signals = self.signals();
        logs::services(&signals.readers).await.map_err(|error| signals.words(&error))
    }

    /// The series that have points, all or those of one metric, at most `limit`.
    pub async fn metric_series(&self, name: Option<&str>, limit: u32) -> Result<StoredMetrics, StoreError> {
        let signals = self.signals();
        let names = name.as_ref().map(std::slice::from_ref);
        metrics::series(&signals.readers, names, limit).await.map_err(|error| signals.words(&error))
    }

    /// The series of these metrics that have points, at most `limit`.
    pub async fn metric_series_of(&self, names: &[&str], limit: u32) -> Result<StoredMetrics, StoreError> {
        let signals = self.signals();
        metrics::series(&signals.readers, Some(names), limit).await.map_err(|error| signals.words(&error))
    }

    /// What each series is of and who sends it, by name: there are no more than [`METRIC_SERIES`].
    pub async fn metric_names(&self) -> Result<Vec<MetricName>, StoreError> {
        let signals = self.signals();
        metrics::names(&signals.readers).await.map_err(|error| signals.words(&error))
    }

    /// The points of these series from a time to a time (both are in it), by series and time; of more than `most` the newest.
    pub async fn metric_points(
        &self,
        series: &[i64],
        from_ns: u64,
        to_ns: u64,
        most: usize,
    ) -> Result<Vec<StoredPoint>, StoreError> {
        let signals = self.signals();
        metrics::points(&signals.readers, series, from_ns..=to_ns, most).await.map_err(|error| signals.words(&error))
    }

    /// From now on, for as long as the file is open here, this much is kept ([`SignalRetention::default`] before). What is too much
    /// goes at once, then behind every group that is written.
    pub async fn retain_signals(&self, retention: SignalRetention) -> Result<(), StoreError> {
        let signals = self.signals();
        *signals.shared.retention.lock().unwrap_or_else(PoisonError::into_inner) = retention;
        writer::make_room(&signals.shared).await.map_err(|error| signals.words(&error))
    }

    /// Removes every log record. The file keeps its size; the room is used again.
    pub async fn clear_logs(&self) -> Result<(), StoreError> {
        let signals = self.signals();
        logs::clear(&signals.writer).await.map_err(|error| signals.words(&error))
    }

    /// Removes every metric, likewise.
    pub async fn clear_metrics(&self) -> Result<(), StoreError> {
        let signals = self.signals();
        metrics::clear(&signals.writer).await.map_err(|error| signals.words(&error))
    }
}
