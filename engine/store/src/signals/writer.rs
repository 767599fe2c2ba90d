//! The writer of log records and points: what has queued up while the last group was flushed is the next one.
//!
//! It takes the data file's one writing connection in turn with the writer of spans.

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use sqlx::{Connection, SqliteConnection, SqlitePool};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

use super::rows::ResourceRow;
use super::rows::{LogBatch, PointBatch, SeriesRow, SignalRetention, SignalsWritten};
use super::{logs, metrics, senders};
use crate::StoreError;

/// A group ends at this many records and points, so that the first of many callers does not wait for all of them.
const ITEMS_PER_GROUP: usize = 8192;

/// Remembered bodies of senders, scopes and series; beyond this they are forgotten and looked up again.
const REMEMBERED_BYTES: usize = 16 << 20;

/// How many batches are known again: more than any sender has on its way.
const REMEMBERED_BATCHES: i64 = 10_000;

/// What is to be written.
#[derive(Debug)]
pub(crate) enum Batch {
    Logs(LogBatch),
    Points(PointBatch),
}

impl Batch {
    pub(crate) fn items(&self) -> usize {
        match self {
            Self::Logs(batch) => batch.records.len(),
            Self::Points(batch) => batch.points.len(),
        }
    }

    /// What tells it from every other batch. Two that are equal in every byte, times included, are one that was sent twice.
    fn digest(&self) -> [u8; 16] {
        let half = |salt: u64| {
            let mut hasher = DefaultHasher::new();
            salt.hash(&mut hasher);
            match self {
                Self::Logs(batch) => {
                    hash_senders(&batch.resources, &batch.scopes, &mut hasher);
                    batch.records.hash(&mut hasher);
                }
                Self::Points(batch) => {
                    hash_senders(&batch.resources, &batch.scopes, &mut hasher);
                    batch.series.hash(&mut hasher);
                    batch.points.hash(&mut hasher);
                }
            }
            hasher.finish().to_be_bytes()
        };
        let mut digest = [0; 16];
        digest[..8].copy_from_slice(&half(1));
        digest[8..].copy_from_slice(&half(2));
        digest
    }
}

fn hash_senders(resources: &[ResourceRow], scopes: &[Vec<u8>], hasher: &mut DefaultHasher) {
    for resource in resources {
        (&resource.service, &resource.body).hash(hasher);
    }
    scopes.hash(hasher);
}

/// A batch and who waits for it.
#[derive(Debug)]
pub(crate) struct Job {
    pub(crate) batch: Batch,
    pub(crate) done: oneshot::Sender<Result<SignalsWritten, StoreError>>,
}

/// Ids of rows that are in the file, so that what comes again costs no query.
#[derive(Debug, Default)]
pub(crate) struct Known {
    resources: HashMap<Vec<u8>, i64>,
    scopes: HashMap<Vec<u8>, i64>,
    pub(super) series: HashMap<SeriesKey, i64>,
    /// How many series there are, once they were counted.
    series_count: Option<u64>,
    bytes: usize,
    /// How often something had been removed when these were looked up.
    removals: i64,
}

/// A series with the ids of its sender and scope in place of indexes; `about` is no part of it.
pub(super) type SeriesKey = SeriesRow;

impl Known {
    fn forget(&mut self) {
        let removals = self.removals;
        *self = Self { removals, ..Self::default() };
    }

    /// Whether there are fewer series than may be.
    pub(super) async fn has_room_for_series(&mut self, db: &mut SqliteConnection) -> Result<bool, sqlx::Error> {
        let count = if let Some(count) = self.series_count {
            count
        } else {
            let count: i64 = sqlx::query_scalar("SELECT count(*) FROM metric_series").fetch_one(db).await?;
            *self.series_count.insert(count.cast_unsigned())
        };
        Ok(count < metrics::METRIC_SERIES)
    }

    pub(super) fn added_series(&mut self) {
        self.series_count = self.series_count.map(|count| count + 1);
    }

    pub(super) fn remember_series(&mut self, key: SeriesKey, id: i64) {
        self.bytes += 64 + key.name.len() + key.unit.len() + key.attributes.len();
        self.series.insert(key, id);
    }
}

/// What the writer and who tidies behind it have in common.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(super) path: PathBuf,
    pub(super) writer: SqlitePool,
    pub(super) retention: Mutex<SignalRetention>,
    fresh: metrics::Fresh,
}

impl Shared {
    pub(super) fn new(path: PathBuf, writer: SqlitePool) -> Self {
        Self { path, writer, retention: Mutex::default(), fresh: metrics::Fresh::default() }
    }
}

/// Writes groups until every sender of jobs is gone; ends when all is tidy.
pub(crate) async fn write_groups(mut jobs: mpsc::Receiver<Job>, shared: Arc<Shared>) {
    let mut known = Known::default();
    let mut tidying: Option<(mpsc::Sender<()>, JoinHandle<()>)> = None;
    while let Some(first) = jobs.recv().await {
        let mut size = first.batch.items();
        let mut batches = vec![first.batch];
        let mut waiting = vec![first.done];
        while size < ITEMS_PER_GROUP
            && let Ok(job) = jobs.try_recv()
        {
            size += job.batch.items();
            batches.push(job.batch);
            waiting.push(job.done);
        }
        let outcome = match shared.writer.acquire().await {
            Ok(mut connection) => write_group(&mut connection, &mut known, &shared.fresh, &batches).await,
            Err(error) => Err(error),
        };
        match outcome {
            // A receiver that is gone has dropped its request; what it sent is stored all the same.
            Ok(written) => waiting.into_iter().zip(written).for_each(|(done, written)| drop(done.send(Ok(written)))),
            Err(error) => {
                let error = StoreError::from_sqlx(&shared.path, &error);
                tracing::warn!(%error, "a group of log records and points was not stored");
                for done in waiting {
                    done.send(Err(error.clone())).ok();
                }
                continue;
            }
        }
        // Who only looks tidies nothing: the task begins with the first group. It is awake already when the channel is full.
        let (wake, _) = tidying.get_or_insert_with(|| {
            let (wake, woken) = mpsc::channel(1);
            (wake, tokio::spawn(tidy_behind(woken, Arc::clone(&shared))))
        });
        wake.try_send(()).ok();
    }
    if let Some((wake, task)) = tidying {
        drop(wake);
        if let Err(error) = task.await {
            tracing::error!(%error, "packing points and removing old records ended badly");
        }
    }
}

/// Tidies whenever it is woken, in short transactions between the groups of the writer. Ends with the channel.
async fn tidy_behind(mut woken: mpsc::Receiver<()>, shared: Arc<Shared>) {
    while woken.recv().await.is_some() {
        if let Err(error) = tidy(&shared).await {
            let error = StoreError::from_sqlx(&shared.path, &error);
            tracing::warn!(%error, "points were not packed or old records not removed; it is tried again later");
        }
    }
}

/// Packs points, and removes what is more than is kept.
pub(super) async fn tidy(shared: &Shared) -> Result<(), sqlx::Error> {
    // One that fails must not keep the others from making room.
    let packed = metrics::pack_if_worth(&shared.writer, &shared.fresh).await;
    packed.and(make_room(shared).await)
}

/// Removes what is more than is kept.
pub(super) async fn make_room(shared: &Shared) -> Result<(), sqlx::Error> {
    let keep = *shared.retention.lock().unwrap_or_else(PoisonError::into_inner);
    let bounded = |most: u64| i64::try_from(most).unwrap_or(i64::MAX);
    let mut removed = false;
    while logs::remove_surplus(&shared.writer, bounded(keep.log_records)).await? {
        removed = true;
    }
    while metrics::remove_surplus(&shared.writer, bounded(keep.metric_chunks)).await? {
        removed = true;
    }
    if removed {
        senders::remove_unnamed(&shared.writer).await?;
    }
    Ok(())
}

async fn write_group(
    connection: &mut SqliteConnection,
    known: &mut Known,
    fresh: &metrics::Fresh,
    batches: &[Batch],
) -> Result<Vec<SignalsWritten>, sqlx::Error> {
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
    let outcome = match write_into(&mut transaction, known, fresh, batches).await {
        Ok(written) => transaction.commit().await.map(|()| written),
        Err(error) => {
            // A full disk has rolled back already; then this one has nothing to do and says so.
            transaction.rollback().await.ok();
            Err(error)
        }
    };
    if outcome.is_err() || known.bytes > REMEMBERED_BYTES {
        known.forget();
    }
    outcome
}

async fn write_into(
    db: &mut SqliteConnection,
    known: &mut Known,
    fresh: &metrics::Fresh,
    batches: &[Batch],
) -> Result<Vec<SignalsWritten>, sqlx::Error> {
    let removals: i64 = sqlx::query_scalar("SELECT removals FROM signal_state").fetch_one(&mut *db).await?;
    if removals != known.removals {
        known.removals = removals;
        known.forget();
    }
    let mut written = vec![SignalsWritten::default(); batches.len()];
    let (mut log_batches, mut point_batches) = (Vec::new(), Vec::new());
    let mut digests = HashSet::new();
    for (job, batch) in batches.iter().enumerate() {
        let digest = batch.digest();
        if !digests.insert(digest) || !note(db, digest).await? {
            written[job].repeated = batch.items() as u64;
            continue;
        }
        written[job].added = batch.items() as u64;
        match batch {
            Batch::Logs(batch) => log_batches.push(batch),
            Batch::Points(batch) => point_batches.push((job, batch)),
        }
    }
    logs::put(db, known, &log_batches).await?;
    metrics::put(db, known, fresh, &point_batches, &mut written).await?;
    sqlx::query("DELETE FROM signal_batch WHERE id <= (SELECT max(id) FROM signal_batch) - ?")
        .bind(REMEMBERED_BATCHES)
        .execute(&mut *db)
        .await?;
    Ok(written)
}

/// Notes a batch; false when it was noted before.
async fn note(db: &mut SqliteConnection, digest: [u8; 16]) -> Result<bool, sqlx::Error> {
    let noted = sqlx::query("INSERT INTO signal_batch (digest) VALUES (?) ON CONFLICT DO NOTHING")
        .bind(&digest[..])
        .execute(db)
        .await?;
    Ok(noted.rows_affected() > 0)
}

/// The ids of a batch's senders and scopes.
pub(super) async fn ids_of(
    db: &mut SqliteConnection,
    known: &mut Known,
    resources: &[ResourceRow],
    scopes: &[Vec<u8>],
) -> Result<(Vec<i64>, Vec<i64>), sqlx::Error> {
    let mut resource_ids = Vec::with_capacity(resources.len());
    for resource in resources {
        let id = if let Some(&id) = known.resources.get(&resource.body) {
            id
        } else {
            // An `UPDATE` that changes nothing, because `DO NOTHING` returns no row.
            let id = sqlx::query_scalar(
                "INSERT INTO signal_resource (service, body) VALUES (?, ?) \
                 ON CONFLICT (body) DO UPDATE SET service = excluded.service RETURNING id",
            )
            .bind(&resource.service)
            .bind(&resource.body)
            .fetch_one(&mut *db)
            .await?;
            known.bytes += resource.body.len();
            known.resources.insert(resource.body.clone(), id);
            id
        };
        resource_ids.push(id);
    }
    let mut scope_ids = Vec::with_capacity(scopes.len());
    for body in scopes {
        let id = if let Some(&id) = known.scopes.get(body) {
            id
        } else {
            let id = sqlx::query_scalar(
                "INSERT INTO signal_scope (body) VALUES (?) \
                 ON CONFLICT (body) DO UPDATE SET body = excluded.body RETURNING id",
            )
            .bind(body)
            .fetch_one(&mut *db)
            .await?;
            known.bytes += body.len();
            known.scopes.insert(body.clone(), id);
            id
        };
        scope_ids.push(id);
    }
    Ok((resource_ids, scope_ids))
}

/// For a batch whose rows refer to what it does not have.
pub(super) fn refers_to_nothing() -> sqlx::Error {
    sqlx::Error::Protocol("a row refers to a resource, scope or series its batch does not have".into())
}
