//! The embedded broker: events in an SQLite file of this machine.
//!
//! # How it is built
//!
//! - One task changes the file ([`writer`]): publishes, acknowledgements and all else that waits together are one transaction
//!   ([`commit`]), so that one flush serves many callers. Nothing is answered, woken or given away before it is committed.
//! - A partition is a log of batches, one for each commit ([`log`]); the newest are in memory too, and are read from there.
//! - A group is a set of rules in memory ([`core`]). In the file it is one row for each partition (what is done) and one for each
//!   event that failed: an event that succeeds costs no row. Leases are in memory only: after a restart what was in hand is given
//!   again, and an acknowledgement with an old token still counts as long as nobody else has the event.
//! - Memory is bounded by what is in flight, not by what is kept.
//!
//! SQL is `thalweg-store`'s ([`thalweg_store::EventFile`]).

mod admin;
mod codec;
mod commit;
mod core;
mod fetch;
mod log;
mod ranges;
mod retain;
mod seen;
mod topic;
mod writer;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use async_trait::async_trait;
use thalweg_store::{EventFile, StoreError};
use tokio::sync::{Mutex, mpsc, oneshot};
use tokio::task::JoinHandle;

use self::topic::{Group, Prepared, Topic};
use self::writer::{Job, QUEUE, Writer};
use crate::broker::{
    Ability, Broker, Capabilities, DeadLetter, Delivery, GroupState, GroupTotals, Published, Settled, Settlement,
    Stored, TopicState, Which,
};
use crate::clock::Clock;
use crate::common::check_events;
use crate::error::BusError;
use crate::event::{Event, MAX_EVENT_BYTES};
use crate::plan::{GroupPlan, Plan, Start};

/// Bytes of dead letters from which on a page of them ends.
const PAGE_BYTES: usize = 8 << 20;
/// Dead letters that are read or changed at once: each may be as large as an event.
const DEAD_LETTERS_AT_ONCE: usize = 50;
/// Their numbers alone.
const NUMBERS_AT_ONCE: usize = 10_000;

/// A broker in a file. Cheap to clone; every clone is the same.
#[derive(Debug, Clone)]
pub struct SqliteBroker {
    inner: Arc<Inner>,
    queue: Arc<Mutex<Option<mpsc::Sender<Job>>>>,
    task: Arc<Mutex<Option<JoinHandle<()>>>>,
}

#[derive(Debug)]
struct Inner {
    file: EventFile,
    clock: Clock,
    topics: RwLock<BTreeMap<String, Arc<Topic>>>,
}

impl Inner {
    fn topics(&self) -> Vec<Arc<Topic>> {
        self.topics.read().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }

    fn topic(&self, name: &str) -> Result<Arc<Topic>, BusError> {
        let topics = self.topics.read().unwrap_or_else(PoisonError::into_inner);
        topics.get(name).cloned().ok_or_else(|| BusError::UnknownTopic {
            topic: name.chars().take(200).collect(),
            names: topics.keys().cloned().collect(),
        })
    }

    fn add_topic(&self, topic: Arc<Topic>) {
        self.topics.write().unwrap_or_else(PoisonError::into_inner).insert(topic.name.clone(), topic);
    }

    fn count_logs(&self) -> usize {
        self.topics.read().unwrap_or_else(PoisonError::into_inner).values().map(|topic| topic.logs().len()).sum()
    }

    /// Takes over what was read of the file; whoever holds a topic or group goes on with it.
    fn adopt(&self, fresh: BTreeMap<String, Arc<Topic>>) {
        for (name, fresh) in fresh {
            match self.topic(&name) {
                Ok(topic) => topic.adopt(&fresh),
                Err(_) => self.add_topic(fresh),
            }
        }
    }

    fn event_of(&self, encoded: bytes::Bytes) -> Result<Event, BusError> {
        codec::decode_event(encoded).map_err(|error| {
            let detail = format!("an event cannot be read: {error}");
            BusError::Store(StoreError::Damaged { path: self.file.path().to_owned(), detail })
        })
    }

    fn damaged(&self, log: u32, first: u64, error: &prost::DecodeError) -> BusError {
        let detail = format!("the events of log {log} from offset {first} cannot be read: {error}");
        BusError::Store(StoreError::Damaged { path: self.file.path().to_owned(), detail })
    }
}

impl SqliteBroker {
    /// Opens the file, making it and its folder if there is none, and goes on where it was left.
    pub async fn open(path: impl AsRef<Path>, clock: Clock) -> Result<Self, BusError> {
        let file = EventFile::open(path).await?;
        let numbers = file.numbers().await?;
        let now_ms = clock.now_ms();
        let topics = topic::load(&file, now_ms).await?;
        let next_scheduled = file.next_due().await?;
        let inner = Arc::new(Inner { file, clock, topics: RwLock::new(topics) });
        let (queue, jobs) = mpsc::channel(QUEUE);
        let writer = Writer {
            inner: Arc::clone(&inner),
            numbers,
            is_unsure: false,
            next_scheduled,
            next_retention: now_ms,
            compaction: None,
        };
        let task = tokio::spawn(writer.run(jobs));
        Ok(Self { inner, queue: Arc::new(Mutex::new(Some(queue))), task: Arc::new(Mutex::new(Some(task))) })
    }

    /// Where the file is.
    pub fn path(&self) -> &Path {
        self.inner.file.path()
    }

    /// Whether the file is sound.
    pub async fn check(&self) -> Result<(), BusError> {
        Ok(self.inner.file.check().await?)
    }

    async fn send(&self, job: Job) -> Result<(), BusError> {
        let queue = self.queue.lock().await.clone().ok_or(BusError::Closed)?;
        queue.send(job).await.map_err(|_| BusError::Closed)
    }

    async fn ask<T>(&self, job: impl FnOnce(oneshot::Sender<Result<T, BusError>>) -> Job) -> Result<T, BusError> {
        let (answer, answered) = oneshot::channel();
        self.send(job(answer)).await?;
        answered.await.map_err(|_| BusError::Closed)?
    }

    async fn group(&self, topic: &Arc<Topic>, name: &str) -> Result<Arc<Group>, BusError> {
        if let Some(group) = topic.group(name) {
            return Ok(group);
        }
        let plan = GroupPlan::named(name);
        self.ask(|answer| Job::AddGroup { topic: Arc::clone(topic), plan, answer }).await?;
        topic.group(name).ok_or(BusError::Closed)
    }

    fn prepared(&self, topic: &str, events: Vec<Event>) -> Result<(Arc<Topic>, Vec<Prepared>), BusError> {
        let topic = self.inner.topic(topic)?;
        check_events(&events)?;
        Ok((topic, events.into_iter().map(Prepared::new).collect()))
    }

    /// Redrives or purges in steps, until nothing is left of what was meant.
    async fn in_steps<F>(&self, topic: &str, group: &str, which: &Which, job: F) -> Result<u64, BusError>
    where
        F: Fn(Arc<Topic>, Arc<Group>, Vec<u64>, oneshot::Sender<Result<u64, BusError>>) -> Job,
    {
        let topic = self.inner.topic(topic)?;
        let group = self.group(&topic, group).await?;
        let numbers = match which {
            Which::Numbers(numbers) => numbers.clone(),
            // Those that there are now: what dies meanwhile is not meant.
            Which::All | Which::Oldest(_) => {
                let most = if let Which::Oldest(most) = which { *most } else { usize::MAX };
                let (mut numbers, mut after) = (Vec::new(), 0);
                while numbers.len() < most {
                    let limit = (most - numbers.len()).min(NUMBERS_AT_ONCE);
                    let more = self.inner.file.dead_letter_numbers(group.id, after, limit as u32).await?;
                    let Some(last) = more.last() else { break };
                    after = *last;
                    numbers.extend(more);
                }
                numbers
            }
        };
        let mut count = 0;
        for step in numbers.chunks(DEAD_LETTERS_AT_ONCE) {
            let step = step.to_vec();
            count += self.ask(|answer| job(Arc::clone(&topic), Arc::clone(&group), step, answer)).await?;
        }
        Ok(count)
    }
}

#[async_trait]
impl Broker for SqliteBroker {
    fn capabilities(&self) -> Capabilities {
        Capabilities {
            name: "the embedded engine",
            abilities: &[
                Ability::Deduplicate,
                Ability::Schedule,
                Ability::Delay,
                Ability::OrderKeys,
                Ability::OrderPartitions,
                Ability::Retain,
                Ability::Replay,
                Ability::Extend,
            ],
            durability: "fsync before the answer, or survives the end of the process, as the topic says",
        }
    }

    async fn create(&self, plan: &Plan) -> Result<(), BusError> {
        let plan = plan.clone();
        self.ask(|answer| Job::Create { plan, answer }).await
    }

    async fn publish(&self, topic: &str, events: Vec<Event>) -> Result<Published, BusError> {
        let (topic, events) = self.prepared(topic, events)?;
        self.ask(|answer| Job::Publish { topic, events, answer }).await
    }

    async fn schedule(&self, topic: &str, events: Vec<Event>, due_ms: u64) -> Result<Vec<u64>, BusError> {
        let (topic, events) = self.prepared(topic, events)?;
        self.ask(|answer| Job::Schedule { topic, events, due_ms, answer }).await
    }

    async fn fetch(&self, topic: &str, group: &str, max: usize, wait: Duration) -> Result<Vec<Delivery>, BusError> {
        let topic = self.inner.topic(topic)?;
        let group = self.group(&topic, group).await?;
        self.take(&topic, &group, max, wait).await
    }

    async fn settle(&self, topic: &str, group: &str, settlements: Vec<Settlement>) -> Result<Vec<Settled>, BusError> {
        let topic = self.inner.topic(topic)?;
        let Some(group) = topic.group(group) else { return Ok(vec![Settled::Unknown; settlements.len()]) };
        self.ask(|answer| Job::Settle { topic, group, settlements, answer }).await
    }

    async fn inspect(&self) -> Result<Vec<TopicState>, BusError> {
        let scheduled: BTreeMap<u32, u64> = self.inner.file.count_scheduled().await?.into_iter().collect();
        let mut states = Vec::new();
        for topic in self.inner.topics() {
            states.push(self.state_of(&topic, scheduled.get(&topic.id).copied().unwrap_or(0)).await?);
        }
        Ok(states)
    }

    async fn read(&self, topic: &str, partition: u32, from: u64, max: usize) -> Result<Vec<Stored>, BusError> {
        let name = topic;
        let topic = self.inner.topic(topic)?;
        let log = topic.log(partition).ok_or_else(|| BusError::BadPlan {
            detail: format!("topic `{name}` has no partition {partition}; it has {}", topic.logs().len()),
        })?;
        let (mut at, mut found) = (from.max(log.row().first), Vec::new());
        while found.len() < max && at < log.next() {
            let (records, upto) = log.read(&self.inner.file, at).await?;
            let stored = |record: codec::Record| Stored {
                partition,
                offset: record.offset,
                stored_ms: record.stored_ms,
                event: record.event,
            };
            found.extend(records.into_iter().map(stored));
            at = upto;
        }
        found.truncate(max);
        Ok(found)
    }

    async fn seek(&self, topic: &str, group: &str, to: Start) -> Result<(), BusError> {
        let topic = self.inner.topic(topic)?;
        let group = self.group(&topic, group).await?;
        self.ask(|answer| Job::Seek { topic, group, to, answer }).await
    }

    async fn dead_letters(
        &self,
        topic: &str,
        group: &str,
        after: u64,
        max: usize,
    ) -> Result<Vec<DeadLetter>, BusError> {
        let topic = self.inner.topic(topic)?;
        let group = self.group(&topic, group).await?;
        let (mut rows, mut after, mut bytes) = (Vec::new(), after, 0);
        while rows.len() < max && bytes < PAGE_BYTES {
            let limit = (max - rows.len()).min(DEAD_LETTERS_AT_ONCE);
            let more = self.inner.file.dead_letters(group.id, after, limit as u32).await?;
            let Some(last) = more.last() else { break };
            after = last.id;
            bytes += more.iter().map(|row| row.event.len()).sum::<usize>();
            rows.extend(more);
        }
        let logs = topic.logs();
        let letter = |row: thalweg_store::DeadLetterRow| {
            let story = codec::Story::decode_kept(&row.story).unwrap_or_default();
            let partition = logs.iter().position(|log| log.id == row.log).unwrap_or(0) as u32;
            let event = Arc::new(self.inner.event_of(row.event.into())?);
            Ok(DeadLetter {
                number: row.id,
                stored: Stored { partition, offset: row.at, stored_ms: story.stored_ms, event },
                dead_ms: row.dead_ms,
                attempts: story.attempts(),
                attempt_count: story.attempt_count,
                reason: story.reason,
                redriven: row.redriven,
            })
        };
        rows.into_iter().map(letter).collect()
    }

    async fn redrive(&self, topic: &str, group: &str, which: &Which) -> Result<u64, BusError> {
        let job = |topic, group, numbers, answer| Job::Redrive { topic, group, numbers, edited: None, answer };
        self.in_steps(topic, group, which, job).await
    }

    async fn redrive_edited(&self, topic: &str, group: &str, number: u64, event: Event) -> Result<bool, BusError> {
        event.check(MAX_EVENT_BYTES).map_err(|error| BusError::BadEvent { place: 0, error })?;
        let topic = self.inner.topic(topic)?;
        let group = self.group(&topic, group).await?;
        let numbers = vec![number];
        let count = self.ask(|answer| Job::Redrive { topic, group, numbers, edited: Some(event), answer }).await?;
        Ok(count > 0)
    }

    async fn purge(&self, topic: &str, group: &str, which: &Which) -> Result<u64, BusError> {
        let job = |topic, group, numbers, answer| Job::Purge { topic, group, numbers, answer };
        self.in_steps(topic, group, which, job).await
    }

    async fn close(&self) {
        drop(self.queue.lock().await.take());
        if let Some(task) = self.task.lock().await.take()
            && let Err(error) = task.await
        {
            tracing::error!(%error, path = %self.inner.file.path().display(), "the live engine's writer ended badly");
        }
    }
}

impl SqliteBroker {
    async fn state_of(&self, topic: &Arc<Topic>, scheduled: u64) -> Result<TopicState, BusError> {
        let file = &self.inner.file;
        let logs = topic.logs();
        let rows: Vec<_> = logs.iter().map(|log| log.row()).collect();
        let ends: Vec<u64> = rows.iter().map(|row| row.next).collect();
        let mut oldest_ms = None;
        for (log, row) in logs.iter().zip(&rows) {
            oldest_ms = earlier(oldest_ms, log.stored_ms(file, row.first).await?);
        }
        let mut groups = Vec::new();
        for group in topic.groups() {
            let (mut state, belows) = {
                let core = group.core();
                let mut totals = GroupTotals::default();
                core.cursors.iter().for_each(|cursor| totals.add(&cursor.totals));
                let belows: Vec<u64> = core.cursors.iter().map(|cursor| cursor.done.below()).collect();
                let state = GroupState {
                    name: group.name.clone(),
                    lag: core.lag(&ends),
                    leased: core.leased(),
                    waiting: core.waits(),
                    oldest_ms: None,
                    dead_letters: 0,
                    totals,
                };
                (state, belows)
            };
            for (log, below) in logs.iter().zip(belows) {
                state.oldest_ms = earlier(state.oldest_ms, log.stored_ms(file, below).await?);
            }
            state.dead_letters = file.count_dead_letters(group.id).await?;
            groups.push(state);
        }
        Ok(TopicState {
            name: topic.name.clone(),
            partitions: rows.len() as u32,
            events: rows.iter().map(|row| row.events).sum(),
            bytes: rows.iter().map(|row| row.bytes).sum(),
            oldest_ms,
            stored: ends.iter().sum(),
            duplicates: topic.duplicates.load(std::sync::atomic::Ordering::Relaxed),
            scheduled,
            groups,
        })
    }
}

fn earlier(a: Option<u64>, b: Option<u64>) -> Option<u64> {
    [a, b].into_iter().flatten().min()
}
