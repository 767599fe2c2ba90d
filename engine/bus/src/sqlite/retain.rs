//! What goes by itself: events that are too old or too many, and those of which a compacted topic has a newer one.

use std::collections::HashMap;
use std::sync::Arc;

use thalweg_store::{BatchRow, Change, EventLogRow};

use super::codec::{BatchWriter, Record, decode_batch, encode_event};
use super::commit::Commit;
use super::log::Log;
use super::topic::{Topic, cursor_row};
use crate::clock::millis;
use crate::error::BusError;

/// Between two looks.
const EVERY_MS: u64 = 1000;
/// Batches that go with one commit: a single large removal would need as much room as it makes.
const BATCHES_AT_ONCE: u32 = 500;
/// Bytes that compaction reads at once.
const COMPACT_BYTES: usize = 4 << 20;
/// Keys that one pass of compaction keeps apart.
const MOST_KEYS: usize = 500_000;
/// New events after which a log is compacted again.
const COMPACT_AFTER: u64 = 1000;

/// A log on its way to one event for each key: first what came since is read, then all of it is written anew, in steps that let
/// others commit in between.
#[derive(Debug)]
pub(super) struct Compaction {
    log: u32,
    /// The newest offset of each key.
    newest: HashMap<u64, u64>,
    /// The next offset to be read, then to be rewritten.
    at: u64,
    /// Where rewriting ends; none while what came since is read.
    upto: Option<u64>,
}

impl Commit<'_> {
    /// Takes what has to go, in one commit; more may be left for the next.
    pub(super) async fn retain(mut self) -> Result<(), BusError> {
        let is_done = match self.look_at_logs().await {
            Ok(is_done) => is_done,
            Err(error) => return Err(self.fail(error)),
        };
        self.writer.next_retention = if is_done { self.now_ms.saturating_add(EVERY_MS) } else { self.now_ms };
        self.finish().await
    }

    /// Whether nothing more has to go.
    async fn look_at_logs(&mut self) -> Result<bool, BusError> {
        let mut is_done = true;
        for topic in self.writer.inner.topics() {
            let retention = topic.plan().retention;
            for log in topic.logs() {
                if retention.time.is_some() || retention.bytes.is_some() {
                    is_done &= self.retain_log(&topic, &log).await?;
                }
                // One log at a time, and never one that was shortened with this very commit.
                if retention.compacted && self.changes.is_empty() {
                    is_done &= self.compact_log(&topic, &log).await?;
                }
            }
        }
        Ok(is_done)
    }

    /// Whether nothing more has to go.
    async fn retain_log(&mut self, topic: &Arc<Topic>, log: &Arc<Log>) -> Result<bool, BusError> {
        let retention = topic.plan().retention;
        let mut row = log.row();
        let oldest_ms = retention.time.map_or(0, |time| self.now_ms.saturating_sub(millis(time)));
        let most_bytes = retention.bytes.unwrap_or(u64::MAX);
        if row.events == 0 || (row.bytes <= most_bytes && oldest_ms == 0) {
            return Ok(true);
        }
        let heads = self.writer.inner.file.batch_heads(log.id, row.first, BATCHES_AT_ONCE).await?;
        let mut dropped = 0;
        for (head, bytes) in &heads {
            if head.to_ms >= oldest_ms && row.bytes <= most_bytes {
                break;
            }
            row.first = head.next;
            row.events = row.events.saturating_sub(head.events);
            row.bytes = row.bytes.saturating_sub(*bytes);
            self.changes.push(Change::DropBatch { log: log.id, first: head.first });
            dropped += 1;
        }
        if dropped == 0 {
            return Ok(true);
        }
        self.needs(topic.plan().durability);
        self.changes.push(Change::Log(row.clone()));
        for group in topic.groups() {
            let mut core = group.core();
            let Some(part) = topic.logs().iter().position(|other| other.id == log.id) else { continue };
            let gone = core.expire(part as u32, row.first);
            for place in &gone {
                self.changes.push(Change::Waited { group: group.id, log: log.id, at: place.offset });
            }
            if let Some(cursor) = core.cursors.get(part) {
                self.changes.push(Change::Cursor(cursor_row(group.id, log.id, cursor)));
            }
            drop(core);
            self.afterwards.push(Box::new(move |done| {
                if done.is_ok() {
                    group.core().forget(&gone);
                    group.wake();
                }
            }));
        }
        let (log, logs) = (Arc::clone(log), self.writer.inner.count_logs());
        self.afterwards.push(Box::new(move |done| {
            if done.is_ok() {
                log.advance(row, None, logs);
            }
        }));
        Ok(dropped < heads.len() || heads.len() < BATCHES_AT_ONCE as usize)
    }

    /// One step of compacting a log. An event without data says that there is none of its key any more; it is kept as the newest of
    /// its key, as any other. Whether nothing is left to be done.
    async fn compact_log(&mut self, topic: &Arc<Topic>, log: &Arc<Log>) -> Result<bool, BusError> {
        let row = log.row();
        let mut compaction = match self.writer.compaction.take() {
            Some(other) if other.log != log.id => {
                self.writer.compaction = Some(other);
                return Ok(true);
            }
            Some(going_on) => going_on,
            None if row.next < row.compacted.saturating_add(COMPACT_AFTER) => return Ok(true),
            None => Compaction { log: log.id, newest: HashMap::new(), at: row.compacted.max(row.first), upto: None },
        };
        let Some(upto) = compaction.upto else {
            let (records, next) = log.read(&self.writer.inner.file, compaction.at).await?;
            for record in &records {
                compaction.newest.extend(key_of(record).map(|key| (key, record.offset)));
            }
            compaction.at = next;
            // Of very many keys the rest is left to the next time.
            if next >= row.next || compaction.newest.len() > MOST_KEYS {
                compaction.upto = Some(next);
                compaction.at = row.first;
            }
            self.writer.compaction = Some(compaction);
            return Ok(false);
        };
        self.needs(topic.plan().durability);
        let is_done = self.rewrite(log, row, &mut compaction, upto).await?;
        if !is_done {
            self.writer.compaction = Some(compaction);
        }
        // Another log may wait for its turn.
        Ok(false)
    }

    /// Rewrites some batches without the events of which there is a newer one; whether those were the last.
    async fn rewrite(
        &mut self,
        log: &Arc<Log>,
        mut row: EventLogRow,
        compaction: &mut Compaction,
        upto: u64,
    ) -> Result<bool, BusError> {
        let inner = Arc::clone(&self.writer.inner);
        let batches = inner.file.batches(log.id, compaction.at, COMPACT_BYTES).await?;
        compaction.at = batches.last().map_or(upto, |last| last.next);
        for batch in batches.into_iter().filter(|batch| batch.first < upto) {
            let length = batch.data.len() as u64;
            let (first, events) = (batch.first, batch.events);
            let Some(kept) = without_older(&inner, batch, &compaction.newest)? else { continue };
            row.events = row.events.saturating_sub(events);
            row.bytes = row.bytes.saturating_sub(length);
            self.changes.push(Change::DropBatch { log: log.id, first });
            if kept.events > 0 {
                row.events += kept.events;
                row.bytes += kept.data.len() as u64;
                self.changes.push(Change::Batch(kept));
            }
        }
        let is_done = compaction.at >= upto;
        if is_done {
            row.compacted = upto;
        }
        if is_done || !self.changes.is_empty() {
            self.changes.push(Change::Log(row.clone()));
            let log = Arc::clone(log);
            self.afterwards.push(Box::new(move |done| {
                if done.is_ok() {
                    log.reset(row);
                }
            }));
        }
        Ok(is_done)
    }
}

fn key_of(record: &Record) -> Option<u64> {
    record.event.key().map(|key| xxhash_rust::xxh3::xxh3_64(key.as_bytes()))
}

/// A batch without the events of which there is a newer one; nothing if all are kept.
fn without_older(
    inner: &super::Inner,
    batch: BatchRow,
    newest: &HashMap<u64, u64>,
) -> Result<Option<BatchRow>, BusError> {
    let count = batch.events;
    let (log, first) = (batch.log, batch.first);
    let mut records = decode_batch(batch.data).map_err(|error| inner.damaged(log, first, &error))?;
    let is_newest =
        |record: &Record| key_of(record).is_none_or(|key| newest.get(&key).is_none_or(|at| *at <= record.offset));
    records.retain(is_newest);
    if records.len() as u64 == count {
        return Ok(None);
    }
    let mut writer = BatchWriter::default();
    for record in &records {
        writer.add(record.offset, record.stored_ms, encode_event(&record.event).into());
    }
    // Its place stays its own, so that what is missing in between is known to be gone.
    Ok(Some(BatchRow { events: records.len() as u64, data: writer.finish(), ..BatchRow { data: Vec::new(), ..batch } }))
}
