//! One commit: jobs worked out as changes, committed, and then let take effect.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use prost::Message as _;
use thalweg_store::{BatchRow, Change, DeadLetterRow, EventLogRow, MOST_OFFSET, ScheduledRow, Synchronous, TopicRow};

use super::codec::{self, BatchWriter, Record};
use super::core::{Dead, Staged};
use super::log::{Log, Recent};
use super::seen::{self, Identity};
use super::topic::{Group, Prepared, Topic, cursor_row, encode_settings, waiting_row};
use super::writer::{Job, Writer};
use crate::broker::{Outcome, Published, Settled, Settlement};
use crate::clock::millis;
use crate::common::{End, identity, with_end};
use crate::error::BusError;
use crate::plan::Durability;

/// Scheduled events that come into their topics with one commit.
const DUE_AT_ONCE: u32 = 1000;

pub(super) struct Commit<'w> {
    pub(super) writer: &'w mut Writer,
    pub(super) now_ms: u64,
    pub(super) changes: Vec<Change>,
    synchronous: Synchronous,
    /// By number of the log.
    logs: BTreeMap<u32, Appended>,
    /// By number of the topic.
    topics: BTreeMap<u32, Touched>,
    /// By number of the group.
    groups: BTreeMap<u32, Settling>,
    /// What follows when it is done, in order: effects and answers. They are told how it ended.
    pub(super) afterwards: Vec<Afterwards>,
    scheduled_changed: bool,
}

pub(super) type Afterwards = Box<dyn FnOnce(Result<(), &BusError>) + Send + Sync>;

/// What is appended to a log.
struct Appended {
    topic: Arc<Topic>,
    log: Arc<Log>,
    row: EventLogRow,
    batch: BatchWriter,
    records: Vec<Record>,
    bytes: usize,
}

/// A topic whose identities or counts change.
struct Touched {
    topic: Arc<Topic>,
    ids: Vec<Identity>,
    fresh: HashSet<Identity>,
    /// Of the row that keeps the identities.
    number: u64,
    duplicates: u64,
}

/// A group whose deliveries are settled.
struct Settling {
    topic: Arc<Topic>,
    group: Arc<Group>,
    staged: Staged,
}

impl<'w> Commit<'w> {
    pub(super) fn new(writer: &'w mut Writer) -> Self {
        let now_ms = writer.inner.clock.now_ms();
        Self {
            writer,
            now_ms,
            changes: Vec::new(),
            synchronous: Synchronous::Process,
            logs: BTreeMap::new(),
            topics: BTreeMap::new(),
            groups: BTreeMap::new(),
            afterwards: Vec::new(),
            scheduled_changed: false,
        }
    }

    pub(super) async fn take_up(&mut self, job: Job) {
        match job {
            Job::Publish { topic, events, answer } => {
                let published = self.publish(&topic, events);
                self.answer(answer, published);
            }
            Job::Schedule { topic, events, due_ms, answer } => {
                let numbers = self.schedule(&topic, events, due_ms);
                self.answer(answer, Ok(numbers));
            }
            Job::Settle { topic, group, settlements, answer } => {
                let settled = self.settle(&topic, &group, &settlements);
                self.answer(answer, Ok(settled));
            }
            Job::Gone { topic, group, tokens } => {
                let settling = self.settling(&topic, &group);
                let mut core = group.core();
                for token in &tokens {
                    core.gone(token, &mut settling.staged);
                }
            }
            Job::Create { plan, answer } => {
                let created = self.create(plan).await;
                self.answer(answer, created);
            }
            Job::AddGroup { topic, plan, answer } => {
                let added = self.add_group(&topic, plan).await;
                self.answer(answer, added);
            }
            Job::Redrive { topic, group, numbers, edited, answer } => {
                let redriven = self.redrive(&topic, &group, numbers, edited).await;
                self.answer(answer, redriven);
            }
            Job::Purge { topic, group, numbers, answer } => {
                let purged = self.purge(&topic, &group, numbers).await;
                self.answer(answer, purged);
            }
            Job::Seek { topic, group, to, answer } => {
                let sought = self.seek(&topic, &group, to).await;
                self.answer(answer, sought);
            }
        }
    }

    /// Answers after the commit, or at once if nothing is to be committed for it.
    fn answer<T: Send + Sync + 'static>(
        &mut self,
        answer: tokio::sync::oneshot::Sender<Result<T, BusError>>,
        result: Result<T, BusError>,
    ) {
        match result {
            // Who asked may be gone.
            Ok(value) => self.afterwards.push(Box::new(move |done| {
                let _ = answer.send(done.map(|()| value).map_err(Clone::clone));
            })),
            Err(error) => drop(answer.send(Err(error))),
        }
    }

    pub(super) fn needs(&mut self, durability: Durability) {
        if durability == Durability::Full {
            self.synchronous = Synchronous::Power;
        }
    }

    fn publish(&mut self, topic: &Arc<Topic>, events: Vec<Prepared>) -> Result<Published, BusError> {
        let (durability, window) = {
            let plan = topic.plan();
            (plan.durability, plan.dedup_window)
        };
        if topic.ends().iter().any(|end| end + events.len() as u64 >= MOST_OFFSET) {
            let detail = format!("topic `{}` has had as many events as it can number: use another topic", topic.name);
            return Err(BusError::Full { detail });
        }
        self.needs(durability);
        let mut published = Published::default();
        for event in events {
            if window.is_zero() || self.is_new(topic, event.identity) {
                self.append(topic, event);
                published.stored += 1;
            } else {
                published.duplicates += 1;
            }
        }
        if published.duplicates > 0 {
            self.touched(topic).duplicates += published.duplicates;
        }
        Ok(published)
    }

    /// Whether an event was not stored within the window; it is known from now on.
    fn is_new(&mut self, topic: &Arc<Topic>, id: Identity) -> bool {
        if topic.seen().contains(id) {
            return false;
        }
        let touched = self.touched(topic);
        let is_new = touched.fresh.insert(id);
        if is_new {
            touched.ids.push(id);
        }
        is_new
    }

    fn touched(&mut self, topic: &Arc<Topic>) -> &mut Touched {
        self.topics.entry(topic.id).or_insert_with(|| Touched {
            topic: Arc::clone(topic),
            ids: Vec::new(),
            fresh: HashSet::new(),
            number: 0,
            duplicates: 0,
        })
    }

    fn append(&mut self, topic: &Arc<Topic>, event: Prepared) {
        let logs = topic.logs();
        let Some(log) = logs.get(topic.partition_of(&event.event, logs.len())) else { return };
        let now_ms = self.now_ms;
        let appended = self.logs.entry(log.id).or_insert_with(|| Appended {
            topic: Arc::clone(topic),
            log: Arc::clone(log),
            row: log.row(),
            batch: BatchWriter::default(),
            records: Vec::new(),
            bytes: 0,
        });
        let offset = appended.row.next;
        appended.row.next += 1;
        appended.row.events += 1;
        appended.bytes += event.encoded.len();
        appended.batch.add(offset, now_ms, event.encoded);
        appended.records.push(Record { offset, stored_ms: now_ms, event: event.event });
    }

    fn schedule(&mut self, topic: &Arc<Topic>, events: Vec<Prepared>, due_ms: u64) -> Vec<u64> {
        let (durability, window) = {
            let plan = topic.plan();
            (plan.durability, plan.dedup_window)
        };
        self.needs(durability);
        let mut numbers = Vec::new();
        for event in events {
            if !window.is_zero() && !self.is_new(topic, event.identity) {
                self.touched(topic).duplicates += 1;
                continue;
            }
            self.writer.numbers.scheduled += 1;
            let id = self.writer.numbers.scheduled;
            numbers.push(id);
            self.scheduled_changed = true;
            self.changes.push(Change::Schedule(ScheduledRow {
                id,
                topic: topic.id,
                due_ms,
                event: event.encoded.to_vec(),
            }));
        }
        numbers
    }

    fn settling(&mut self, topic: &Arc<Topic>, group: &Arc<Group>) -> &mut Settling {
        self.groups.entry(group.id).or_insert_with(|| Settling {
            topic: Arc::clone(topic),
            group: Arc::clone(group),
            staged: Staged::default(),
        })
    }

    fn settle(&mut self, topic: &Arc<Topic>, group: &Arc<Group>, settlements: &[Settlement]) -> Vec<Settled> {
        let durability = topic.plan().durability;
        // To make a lease longer needs no commit.
        if settlements.iter().any(|settlement| !matches!(settlement.outcome, Outcome::Extend(_))) {
            self.needs(durability);
        }
        let (now_ms, ends) = (self.now_ms, topic.ends());
        let settling = self.settling(topic, group);
        let mut core = group.core();
        let settle = |Settlement { token, outcome }: &Settlement| {
            core.settle(now_ms, token, outcome, &ends, &mut settling.staged)
        };
        settlements.iter().map(settle).collect()
    }

    /// Leases that ended, and scheduled events that are due.
    pub(super) async fn look_at_time(&mut self) -> Result<(), BusError> {
        let now_ms = self.now_ms;
        for topic in self.writer.inner.topics() {
            for group in topic.groups() {
                if group.core().next_end().is_some_and(|end| end <= now_ms) {
                    self.needs(topic.plan().durability);
                    let settling = self.settling(&topic, &group);
                    group.core().end_leases(now_ms, &mut settling.staged);
                }
            }
        }
        if self.writer.next_scheduled.is_some_and(|due| due <= now_ms) {
            for row in self.writer.inner.file.due(now_ms, DUE_AT_ONCE).await? {
                self.scheduled_changed = true;
                self.changes.push(Change::Unschedule { id: row.id });
                let Some(topic) = self.writer.inner.topics().into_iter().find(|topic| topic.id == row.topic) else {
                    continue;
                };
                self.needs(topic.plan().durability);
                let encoded = bytes::Bytes::from(row.event);
                let event = self.writer.inner.event_of(encoded.clone())?;
                self.append(&topic, Prepared { identity: identity(&event), event: Arc::new(event), encoded });
            }
        }
        Ok(())
    }

    /// Commits, and lets everything take effect.
    pub(super) async fn finish(mut self) -> Result<(), BusError> {
        let worked_out = self.work_out().await;
        let done = match worked_out {
            Ok(()) if self.changes.is_empty() => Ok(()),
            Ok(()) => self.writer.inner.file.commit(&self.changes, self.synchronous).await.map_err(BusError::from),
            Err(error) => Err(error),
        };
        match done {
            Ok(()) => self.take_effect().await,
            Err(error) => Err(self.fail(error)),
        }
    }

    /// Tells all who wait, and has everything loaded anew.
    pub(super) fn fail(self, error: BusError) -> BusError {
        self.writer.is_unsure = true;
        for afterwards in self.afterwards {
            afterwards(Err(&error));
        }
        error
    }

    /// The changes of what was appended and settled.
    async fn work_out(&mut self) -> Result<(), BusError> {
        let settled = std::mem::take(&mut self.groups);
        for (id, mut settling) in settled {
            self.work_out_group(&mut settling).await?;
            self.groups.insert(id, settling);
        }
        for touched in self.topics.values_mut() {
            let topic = &touched.topic;
            if touched.duplicates > 0 {
                self.changes.push(Change::Topic(TopicRow {
                    id: topic.id,
                    name: topic.name.clone(),
                    settings: encode_settings(&*topic.plan()),
                    duplicates: topic.duplicates.load(Ordering::Relaxed) + touched.duplicates,
                }));
            }
            if !touched.ids.is_empty() {
                self.writer.numbers.seen += 1;
                touched.number = self.writer.numbers.seen;
                let (id, ids) = (touched.number, seen::encode(&touched.ids));
                self.changes.push(Change::Seen { id, topic: topic.id, at_ms: self.now_ms, ids });
                let before_ms = self.now_ms.saturating_sub(millis(topic.plan().dedup_window));
                if let Some(up_to) = topic.seen().too_old(before_ms) {
                    self.changes.push(Change::ForgetSeen { topic: topic.id, up_to });
                }
            }
        }
        for appended in self.logs.values_mut() {
            let data = std::mem::take(&mut appended.batch).finish();
            let Some(first) = appended.records.first().map(|record| record.offset) else { continue };
            appended.row.bytes += data.len() as u64;
            self.changes.push(Change::Batch(BatchRow {
                log: appended.row.id,
                first,
                next: appended.row.next,
                events: appended.records.len() as u64,
                from_ms: self.now_ms,
                to_ms: self.now_ms,
                data,
            }));
            self.changes.push(Change::Log(appended.row.clone()));
        }
        Ok(())
    }

    async fn work_out_group(&mut self, settling: &mut Settling) -> Result<(), BusError> {
        let (topic, group) = (Arc::clone(&settling.topic), Arc::clone(&settling.group));
        let log_of = |part: u32| topic.log(part).map_or(0, |log| log.id);
        for dead in std::mem::take(&mut settling.staged.dead) {
            self.bury(&topic, &group, dead).await?;
        }
        let staged = &settling.staged;
        for place in &staged.waited {
            self.changes.push(Change::Waited { group: group.id, log: log_of(place.part), at: place.offset });
        }
        for (place, waiting) in &staged.waits {
            self.changes.push(Change::Wait(waiting_row(group.id, log_of(place.part), place.offset, waiting)));
        }
        for id in &staged.handled {
            self.changes.push(Change::DropDeadLetter { id: *id });
        }
        let core = group.core();
        for part in &staged.moved {
            if let Some(cursor) = core.cursors.get(*part as usize) {
                self.changes.push(Change::Cursor(cursor_row(group.id, log_of(*part), cursor)));
            }
        }
        Ok(())
    }

    /// Makes a dead letter of an event.
    async fn bury(&mut self, topic: &Arc<Topic>, group: &Arc<Group>, dead: Dead) -> Result<(), BusError> {
        let Dead { place, before: dead_letter, mut story } = dead;
        let Some(log) = topic.log(place.part) else { return Ok(()) };
        let inner = Arc::clone(&self.writer.inner);
        let before = match dead_letter {
            Some(id) => inner.file.dead_letter(id).await?,
            None => None,
        };
        let (event, encoded, redriven) = match before {
            Some(row) => {
                story.stored_ms = codec::Story::decode_kept(&row.story).map_or(0, |story| story.stored_ms);
                let encoded = bytes::Bytes::from(row.event);
                (Arc::new(inner.event_of(encoded.clone())?), encoded.to_vec(), row.redriven)
            }
            None => match log.record(&inner.file, place.offset).await? {
                Some(record) => {
                    story.stored_ms = record.stored_ms;
                    let encoded = codec::encode_event(&record.event);
                    (record.event, encoded, 0)
                }
                // Retention was faster: there is nothing left to be kept.
                None => return Ok(()),
            },
        };
        let id = dead_letter.unwrap_or_else(|| {
            self.writer.numbers.dead_letter += 1;
            self.writer.numbers.dead_letter
        });
        self.changes.push(Change::DeadLetter(DeadLetterRow {
            id,
            group: group.id,
            is_redriven: false,
            redriven,
            log: log.id,
            at: place.offset,
            dead_ms: self.now_ms,
            story: story.encode_to_vec(),
            event: encoded,
        }));
        let target = group.core().plan.dead_letter.clone();
        if let Some(target) = target.and_then(|name| inner.topic(&name).ok()) {
            let end = End {
                reason: &story.reason,
                attempts: story.attempt_count,
                topic: &topic.name,
                group: &group.name,
                place: Some((place.part, place.offset)),
            };
            self.append(&target, Prepared::new(with_end(&event, &end)));
        }
        Ok(())
    }

    async fn take_effect(self) -> Result<(), BusError> {
        let Self { writer, now_ms, logs, topics, groups, afterwards, scheduled_changed, .. } = self;
        for Touched { topic, ids, number, duplicates, .. } in topics.into_values() {
            topic.duplicates.fetch_add(duplicates, Ordering::Relaxed);
            if !ids.is_empty() {
                let before_ms = now_ms.saturating_sub(millis(topic.plan().dedup_window));
                let mut seen = topic.seen();
                if let Some(up_to) = seen.too_old(before_ms) {
                    seen.forget(up_to);
                }
                seen.add(number, now_ms, ids);
            }
        }
        let count = writer.inner.count_logs();
        let mut woken = BTreeMap::new();
        for Appended { topic, log, row, records, bytes, .. } in logs.into_values() {
            let first = records.first().map_or(row.next, |record| record.offset);
            let recent = Recent { first, next: row.next, bytes, records: Arc::new(records) };
            log.advance(row, Some(recent), count);
            woken.insert(topic.id, topic);
        }
        for Settling { group, staged, .. } in groups.into_values() {
            group.core().finish(staged);
            group.wake();
        }
        for afterwards in afterwards {
            afterwards(Ok(()));
        }
        for topic in woken.into_values() {
            topic.wake();
        }
        if scheduled_changed {
            writer.next_scheduled = writer.inner.file.next_due().await?;
        }
        Ok(())
    }
}
