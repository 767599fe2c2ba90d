//! A file of events: what a live engine keeps on this machine.
//!
//! It has one user, who holds its state in memory, hands over all changes ([`Change`]) and reads back what does not fit there.
//! What is committed together is there together. Nothing here knows what an event is.

mod changes;
mod rows;

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

use sqlx::{AssertSqlSafe, Row as _, SqlitePool};
use tokio::sync::Mutex;

pub use rows::{
    BatchRow, Change, CursorRow, DeadLetterRow, GroupRow, LogRow, MOST_LOGS, MOST_OFFSET, Numbers, ScheduledRow,
    TopicRow, WaitingRow,
};

use crate::{StoreError, open};

/// What a commit survives (<https://sqlite.org/pragma.html#pragma_synchronous>).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Synchronous {
    /// The end of the process; with the power supply the last moments may be lost, and the file stays sound.
    Process,
    /// The loss of power too: the commit returns after the drive has it.
    Power,
}

/// The open file.
#[derive(Debug)]
pub struct EventFile {
    path: PathBuf,
    writer: SqlitePool,
    readers: SqlitePool,
    /// What the writing connection is set to; a new connection begins with `Power`.
    synchronous: Mutex<Synchronous>,
    /// Held as long as the file is open: who else opens it is refused.
    _lock: File,
}

/// Commits of so many changes come again in the same form, and are kept prepared.
const CACHED: usize = 32;

/// Offsets take 40 bits of a batch's number.
const OFFSET_BITS: u32 = 40;

fn batch_id(log: u32, offset: u64) -> i64 {
    (i64::from(log) << OFFSET_BITS) | offset.min(MOST_OFFSET).cast_signed()
}

impl EventFile {
    /// Opens the file, making it and its folder if there is none.
    ///
    /// A file that is refused (no database, another program's, a newer Thalweg's, one in use) is left as it is.
    pub async fn open(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        let path = path.as_ref().to_owned();
        // The lock comes first, so that two who begin one file at once do not both prepare it; but no lock beside a stranger's.
        open::look_only(&path, &open::EVENTS)?;
        let lock = lock(&path)?;
        let pools = open::open(&path, &open::EVENTS).await?;
        let synchronous = Mutex::new(Synchronous::Power);
        Ok(Self { path, writer: pools.writer, readers: pools.readers, synchronous, _lock: lock })
    }

    /// Where the file is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Closes it. Later calls answer [`StoreError::Closed`].
    pub async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }

    /// Carries out all changes, or none; returns when they survive what `synchronous` says.
    ///
    /// After an error that [may pass](StoreError::is_passing) they may be there or not.
    pub async fn commit(&self, changes: &[Change], synchronous: Synchronous) -> Result<(), StoreError> {
        let done = self.try_commit(changes, synchronous).await;
        done.map_err(|error| self.words(&error))
    }

    async fn try_commit(&self, changes: &[Change], synchronous: Synchronous) -> Result<(), sqlx::Error> {
        let mut current = self.synchronous.lock().await;
        let mut connection = self.writer.acquire().await?;
        if *current != synchronous {
            let pragma = match synchronous {
                Synchronous::Process => "PRAGMA synchronous = NORMAL",
                Synchronous::Power => "PRAGMA synchronous = FULL",
            };
            sqlx::query(pragma).execute(&mut *connection).await?;
            *current = synchronous;
        }
        let texts = changes.iter().map(changes::text);
        let text: String = ["BEGIN IMMEDIATE;"].into_iter().chain(texts).chain(["COMMIT;"]).collect();
        // All parts of the text are written here.
        let query = sqlx::query(AssertSqlSafe(text)).persistent(changes.len() <= CACHED);
        let done = changes.iter().fold(query, changes::bind).execute(&mut *connection).await.map(drop);
        if done.is_err() {
            // SQLite may have ended the transaction itself; the connection may be replaced by a new one, which begins anew.
            let _ = sqlx::query("ROLLBACK").execute(&mut *connection).await;
            let _ = sqlx::query("PRAGMA synchronous = FULL").execute(&mut *connection).await;
            *current = Synchronous::Power;
        }
        done
    }

    /// All topics.
    pub async fn topics(&self) -> Result<Vec<TopicRow>, StoreError> {
        let rows = sqlx::query_as::<_, (u32, String, Vec<u8>, i64)>(
            "SELECT id, name, settings, duplicates FROM topic ORDER BY id",
        )
        .fetch_all(&self.readers)
        .await
        .map_err(|error| self.words(&error))?;
        let row = |(id, name, settings, duplicates): (u32, String, Vec<u8>, i64)| TopicRow {
            id,
            name,
            settings,
            duplicates: duplicates.cast_unsigned(),
        };
        Ok(rows.into_iter().map(row).collect())
    }

    /// All logs.
    pub async fn logs(&self) -> Result<Vec<LogRow>, StoreError> {
        let rows = sqlx::query_as::<_, (u32, u32, u32, i64, i64, i64, i64, i64)>(
            "SELECT id, topic, part, first, next, events, bytes, compacted FROM log ORDER BY topic, part",
        )
        .fetch_all(&self.readers)
        .await
        .map_err(|error| self.words(&error))?;
        let row =
            |(id, topic, part, first, next, events, bytes, compacted): (u32, u32, u32, i64, i64, i64, i64, i64)| {
                LogRow {
                    id,
                    topic,
                    part,
                    first: first.cast_unsigned(),
                    next: next.cast_unsigned(),
                    events: events.cast_unsigned(),
                    bytes: bytes.cast_unsigned(),
                    compacted: compacted.cast_unsigned(),
                }
            };
        Ok(rows.into_iter().map(row).collect())
    }

    /// All groups.
    pub async fn groups(&self) -> Result<Vec<GroupRow>, StoreError> {
        let rows = sqlx::query_as::<_, (u32, u32, String, Vec<u8>)>(
            "SELECT id, topic, name, settings FROM consumer_group ORDER BY id",
        )
        .fetch_all(&self.readers)
        .await
        .map_err(|error| self.words(&error))?;
        Ok(rows.into_iter().map(|(id, topic, name, settings)| GroupRow { id, topic, name, settings }).collect())
    }

    /// How far a group is.
    pub async fn cursors(&self, group: u32) -> Result<Vec<CursorRow>, StoreError> {
        let rows = sqlx::query(
            "SELECT log, below, done, acked, failed, dead, expired, redriven, purged FROM cursor WHERE consumer_group = ?",
        )
        .bind(group)
        .fetch_all(&self.readers)
        .await
        .map_err(|error| self.words(&error))?;
        let number = |row: &sqlx::sqlite::SqliteRow, at: usize| row.try_get::<i64, _>(at).map(i64::cast_unsigned);
        let row = |row: &sqlx::sqlite::SqliteRow| {
            Ok(CursorRow {
                group,
                log: row.try_get(0)?,
                below: number(row, 1)?,
                done: row.try_get(2)?,
                acked: number(row, 3)?,
                failed: number(row, 4)?,
                dead: number(row, 5)?,
                expired: number(row, 6)?,
                redriven: number(row, 7)?,
                purged: number(row, 8)?,
            })
        };
        rows.iter().map(row).collect::<Result<_, _>>().map_err(|error| self.words(&error))
    }

    /// The events that a group is owed again.
    pub async fn waiting(&self, group: u32) -> Result<Vec<WaitingRow>, StoreError> {
        let rows = sqlx::query_as::<_, (u32, i64, u32, i64, i64, i64, Option<i64>, Vec<u8>)>(
            "SELECT log, at, failures, due_ms, delay_ms, key, dead_letter, history FROM waiting WHERE consumer_group = ? \
             ORDER BY log, at",
        )
        .bind(group)
        .fetch_all(&self.readers)
        .await
        .map_err(|error| self.words(&error))?;
        let row = |(log, at, failures, due_ms, delay_ms, key, dead_letter, history): (
            u32,
            i64,
            u32,
            i64,
            i64,
            i64,
            Option<i64>,
            Vec<u8>,
        )| WaitingRow {
            group,
            log,
            at: at.cast_unsigned(),
            failures,
            due_ms: due_ms.cast_unsigned(),
            delay_ms: delay_ms.cast_unsigned(),
            key: (key != 0).then(|| key.cast_unsigned()),
            dead_letter: dead_letter.map(i64::cast_unsigned),
            history,
        };
        Ok(rows.into_iter().map(row).collect())
    }

    /// The numbers that were given last.
    pub async fn numbers(&self) -> Result<Numbers, StoreError> {
        let last = "SELECT (SELECT coalesce(max(id), 0) FROM topic), (SELECT coalesce(max(id), 0) FROM log), \
                    (SELECT coalesce(max(id), 0) FROM consumer_group), \
                    coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'dead_letter'), 0), \
                    coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'scheduled'), 0), \
                    coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'seen'), 0)";
        let (topic, log, group, dead_letter, scheduled, seen): (u32, u32, u32, i64, i64, i64) =
            sqlx::query_as(last).fetch_one(&self.readers).await.map_err(|error| self.words(&error))?;
        Ok(Numbers {
            topic,
            log,
            group,
            dead_letter: dead_letter.cast_unsigned(),
            scheduled: scheduled.cast_unsigned(),
            seen: seen.cast_unsigned(),
        })
    }

    /// Batches of a log with events at `from` or later, in order: at least one if there is any, and others up to `bytes`.
    pub async fn batches(&self, log: u32, from: u64, bytes: usize) -> Result<Vec<BatchRow>, StoreError> {
        self.try_batches(log, from, bytes).await.map_err(|error| self.words(&error))
    }

    async fn try_batches(&self, log: u32, from: u64, bytes: usize) -> Result<Vec<BatchRow>, sqlx::Error> {
        use futures::TryStreamExt as _;
        let (begin, end) = (batch_id(log, 0), batch_id(log, MOST_OFFSET));
        // The one that begins last at `from` or before it, if it goes so far; else what comes after.
        let around: Option<(i64, i64)> =
            sqlx::query_as("SELECT id, next FROM batch WHERE id BETWEEN ? AND ? ORDER BY id DESC LIMIT 1")
                .bind(begin)
                .bind(batch_id(log, from))
                .fetch_optional(&self.readers)
                .await?;
        let mut rows = sqlx::query_as::<_, (i64, i64, i64, i64, i64, Vec<u8>)>(
            "SELECT id, next, events, from_ms, to_ms, data FROM batch WHERE id BETWEEN ? AND ? ORDER BY id",
        )
        .bind(around.filter(|(_, next)| next.cast_unsigned() > from).map_or_else(|| batch_id(log, from), |(id, _)| id))
        .bind(end)
        .fetch(&self.readers);
        let (mut batches, mut taken) = (Vec::new(), 0);
        while let Some((id, next, events, from_ms, to_ms, data)) = rows.try_next().await? {
            taken += data.len();
            batches.push(BatchRow {
                log,
                first: id.cast_unsigned() & MOST_OFFSET,
                next: next.cast_unsigned(),
                events: events.cast_unsigned(),
                from_ms: from_ms.cast_unsigned(),
                to_ms: to_ms.cast_unsigned(),
                data,
            });
            if taken >= bytes {
                break;
            }
        }
        Ok(batches)
    }

    /// What batches of a log say of themselves, from `from` on, without their data: at most `limit`.
    pub async fn batch_heads(&self, log: u32, from: u64, limit: u32) -> Result<Vec<(BatchRow, u64)>, StoreError> {
        let rows = sqlx::query_as::<_, (i64, i64, i64, i64, i64, i64)>(
            "SELECT id, next, events, from_ms, to_ms, bytes FROM batch WHERE id BETWEEN ? AND ? ORDER BY id LIMIT ?",
        )
        .bind(batch_id(log, from))
        .bind(batch_id(log, MOST_OFFSET))
        .bind(limit)
        .fetch_all(&self.readers)
        .await
        .map_err(|error| self.words(&error))?;
        let row = |(id, next, events, from_ms, to_ms, bytes): (i64, i64, i64, i64, i64, i64)| {
            let head = BatchRow {
                log,
                first: id.cast_unsigned() & MOST_OFFSET,
                next: next.cast_unsigned(),
                events: events.cast_unsigned(),
                from_ms: from_ms.cast_unsigned(),
                to_ms: to_ms.cast_unsigned(),
                data: Vec::new(),
            };
            (head, bytes.cast_unsigned())
        };
        Ok(rows.into_iter().map(row).collect())
    }

    /// The identities of a topic that were kept at `since_ms` or later, oldest first, as number, time and 16 bytes each; of more
    /// than `most` rows the newest.
    pub async fn seen(&self, topic: u32, since_ms: u64, most: u32) -> Result<Vec<(u64, u64, Vec<u8>)>, StoreError> {
        let mut rows = sqlx::query_as::<_, (i64, i64, Vec<u8>)>(
            "SELECT id, at_ms, ids FROM seen WHERE topic = ? AND at_ms >= ? ORDER BY id DESC LIMIT ?",
        )
        .bind(topic)
        .bind(since_ms.cast_signed())
        .bind(most)
        .fetch_all(&self.readers)
        .await
        .map_err(|error| self.words(&error))?;
        rows.reverse();
        Ok(rows.into_iter().map(|(id, at, ids)| (id.cast_unsigned(), at.cast_unsigned(), ids)).collect())
    }

    /// Dead letters of a group that are not redriven, with a number above `after`, oldest first, at most `limit`.
    pub async fn dead_letters(&self, group: u32, after: u64, limit: u32) -> Result<Vec<DeadLetterRow>, StoreError> {
        let sql = "SELECT id, consumer_group, is_redriven, redriven, log, at, dead_ms, story, event FROM dead_letter \
                   WHERE consumer_group = ? AND is_redriven = 0 AND id > ? ORDER BY id LIMIT ?";
        let rows = sqlx::query_as::<_, DeadLetterColumns>(sql)
            .bind(group)
            .bind(after.cast_signed())
            .bind(limit)
            .fetch_all(&self.readers)
            .await
            .map_err(|error| self.words(&error))?;
        Ok(rows.into_iter().map(dead_letter).collect())
    }

    /// The numbers of those dead letters.
    pub async fn dead_letter_numbers(&self, group: u32, after: u64, limit: u32) -> Result<Vec<u64>, StoreError> {
        let sql =
            "SELECT id FROM dead_letter WHERE consumer_group = ? AND is_redriven = 0 AND id > ? ORDER BY id LIMIT ?";
        let ids: Vec<i64> = sqlx::query_scalar(sql)
            .bind(group)
            .bind(after.cast_signed())
            .bind(limit)
            .fetch_all(&self.readers)
            .await
            .map_err(|error| self.words(&error))?;
        Ok(ids.into_iter().map(i64::cast_unsigned).collect())
    }

    /// One dead letter.
    pub async fn dead_letter(&self, id: u64) -> Result<Option<DeadLetterRow>, StoreError> {
        let sql = "SELECT id, consumer_group, is_redriven, redriven, log, at, dead_ms, story, event FROM dead_letter \
                   WHERE id = ?";
        let row = sqlx::query_as::<_, DeadLetterColumns>(sql)
            .bind(id.cast_signed())
            .fetch_optional(&self.readers)
            .await
            .map_err(|error| self.words(&error))?;
        Ok(row.map(dead_letter))
    }

    /// How many dead letters of a group are not redriven.
    pub async fn count_dead_letters(&self, group: u32) -> Result<u64, StoreError> {
        let sql = "SELECT count(*) FROM dead_letter WHERE consumer_group = ? AND is_redriven = 0";
        let count: i64 =
            sqlx::query_scalar(sql).bind(group).fetch_one(&self.readers).await.map_err(|error| self.words(&error))?;
        Ok(count.cast_unsigned())
    }

    /// Scheduled events that are due, in the order of their times, at most `limit`.
    pub async fn due(&self, now_ms: u64, limit: u32) -> Result<Vec<ScheduledRow>, StoreError> {
        let sql = "SELECT id, topic, due_ms, event FROM scheduled WHERE due_ms <= ? ORDER BY due_ms, id LIMIT ?";
        let rows = sqlx::query_as::<_, (i64, u32, i64, Vec<u8>)>(sql)
            .bind(now_ms.cast_signed())
            .bind(limit)
            .fetch_all(&self.readers)
            .await
            .map_err(|error| self.words(&error))?;
        let row = |(id, topic, due_ms, event): (i64, u32, i64, Vec<u8>)| ScheduledRow {
            id: id.cast_unsigned(),
            topic,
            due_ms: due_ms.cast_unsigned(),
            event,
        };
        Ok(rows.into_iter().map(row).collect())
    }

    /// When the next scheduled event is due.
    pub async fn next_due(&self) -> Result<Option<u64>, StoreError> {
        let due: Option<i64> = sqlx::query_scalar("SELECT min(due_ms) FROM scheduled")
            .fetch_one(&self.readers)
            .await
            .map_err(|error| self.words(&error))?;
        Ok(due.map(i64::cast_unsigned))
    }

    /// How many events are scheduled for each topic that has any.
    pub async fn count_scheduled(&self) -> Result<Vec<(u32, u64)>, StoreError> {
        let rows =
            sqlx::query_as::<_, (u32, i64)>("SELECT topic, count(*) FROM scheduled GROUP BY topic ORDER BY topic")
                .fetch_all(&self.readers)
                .await
                .map_err(|error| self.words(&error))?;
        Ok(rows.into_iter().map(|(topic, count)| (topic, count.cast_unsigned())).collect())
    }

    /// Whether the file is sound (<https://sqlite.org/pragma.html#pragma_quick_check>).
    pub async fn check(&self) -> Result<(), StoreError> {
        let said: Vec<String> = sqlx::query_scalar("PRAGMA quick_check(1)")
            .fetch_all(&self.readers)
            .await
            .map_err(|error| self.words(&error))?;
        match said.first().map(String::as_str) {
            Some("ok") => Ok(()),
            other => Err(StoreError::Damaged {
                path: self.path.clone(),
                detail: other.unwrap_or("the check said nothing").to_owned(),
            }),
        }
    }

    fn words(&self, error: &sqlx::Error) -> StoreError {
        StoreError::from_sqlx(&self.path, error)
    }
}

type DeadLetterColumns = (i64, u32, bool, u32, u32, i64, i64, Vec<u8>, Vec<u8>);

fn dead_letter(columns: DeadLetterColumns) -> DeadLetterRow {
    let (id, group, is_redriven, redriven, log, at, dead_ms, story, event) = columns;
    DeadLetterRow {
        id: id.cast_unsigned(),
        group,
        is_redriven,
        redriven,
        log,
        at: at.cast_unsigned(),
        dead_ms: dead_ms.cast_unsigned(),
        story,
        event,
    }
}

/// Two engines on one file would each take themselves for the only one.
fn lock(path: &Path) -> Result<File, StoreError> {
    if let Some(parent) = path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        std::fs::create_dir_all(parent).map_err(|error| StoreError::from_io(parent, &error))?;
    }
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    let beside = PathBuf::from(name);
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&beside)
        .map_err(|error| StoreError::from_io(&beside, &error))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(StoreError::InUse { path: path.to_owned() }),
        Err(TryLockError::Error(error)) => Err(StoreError::from_io(&beside, &error)),
    }
}
