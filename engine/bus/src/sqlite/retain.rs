//! What goes by itself: events that are too old or too many, and those of which a compacted topic has a newer one.

use std::collections::HashMap;
use std::sync::Arc;

use thalweg_store::{BatchRow, Change};

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

impl Commit<'_> {
    pub(super) async fn retain(&mut self) -> Result<(), BusError> {
        let mut is_done = true;
        for topic in self.writer.inner.topics() {
            let retention = topic.plan().retention;
            for log in topic.logs() {
                // What is appended with this very commit is not in its row yet.
                if self.appends_to(log.id) {
                    continue;
                }
                if retention.time.is_some() || retention.bytes.is_some() {
                    is_done &= self.retain_log(&topic, &log).await?;
                }
                if retention.compacted {
                    is_done &= self.compact_log(&topic, &log).await?;
                }
            }
        }
        self.writer.next_retention = if is_done { self.now_ms.saturating_add(EVERY_MS) } else { self.now_ms };
        Ok(())
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

    /// Rewrites the batches of a log that hold events of which there is a newer one with the same key. An event without data says
    /// that there is none of its key any more; it is kept as the newest of its key, as any other.
    async fn compact_log(&mut self, topic: &Arc<Topic>, log: &Arc<Log>) -> Result<bool, BusError> {
        let mut row = log.row();
        if row.next < row.compacted.saturating_add(COMPACT_AFTER) {
            return Ok(true);
        }
        let inner = Arc::clone(&self.writer.inner);
        // The newest of each key of what came since; of very many keys the rest is left to the next pass.
        let mut newest: HashMap<u64, u64> = HashMap::new();
        let (mut at, mut upto) = (row.compacted.max(row.first), row.next);
        while at < row.next {
            let (records, next) = log.read(&inner.file, at).await?;
            for record in &records {
                newest.extend(key_of(record).map(|key| (key, record.offset)));
            }
            at = next;
            if newest.len() > MOST_KEYS {
                upto = next;
                break;
            }
        }
        self.needs(topic.plan().durability);
        let mut at = row.first;
        while at < upto {
            let batches = inner.file.batches(log.id, at, COMPACT_BYTES).await?;
            let Some(last) = batches.last() else { break };
            at = last.next;
            for batch in batches.into_iter().filter(|batch| batch.first < upto) {
                let length = batch.data.len() as u64;
                let (first, events) = (batch.first, batch.events);
                let Some(kept) = without_older(&inner, batch, &newest)? else { continue };
                row.events = row.events.saturating_sub(events);
                row.bytes = row.bytes.saturating_sub(length);
                self.changes.push(Change::DropBatch { log: log.id, first });
                if kept.events > 0 {
                    row.events += kept.events;
                    row.bytes += kept.data.len() as u64;
                    self.changes.push(Change::Batch(kept));
                }
            }
        }
        row.compacted = upto;
        self.changes.push(Change::Log(row.clone()));
        let log = Arc::clone(log);
        let is_done = upto == row.next;
        self.afterwards.push(Box::new(move |done| {
            if done.is_ok() {
                log.reset(row);
            }
        }));
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
