//! Topics and groups as they are in memory, and how they are read from the file.

use std::collections::BTreeMap;
use std::hash::{BuildHasher as _, Hasher as _};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use bytes::Bytes;
use thalweg_store::{CursorRow, EventFile, GroupRow, StoreError, TopicRow, WaitingRow};
use tokio::sync::watch;

use super::codec::Story;
use super::core::{Core, Cursor, Place, Waiting};
use super::log::Log;
use super::ranges::Done;
use super::seen::{self, Identity, MOST_SEEN, Seen};
use crate::broker::GroupTotals;
use crate::clock::millis;
use crate::common::identity;
use crate::error::BusError;
use crate::event::Event;
use crate::plan::{GroupPlan, TopicPlan};

#[derive(Debug)]
pub(super) struct Topic {
    pub(super) id: u32,
    pub(super) name: String,
    plan: Mutex<TopicPlan>,
    logs: RwLock<Vec<Arc<Log>>>,
    groups: RwLock<BTreeMap<String, Arc<Group>>>,
    seen: Mutex<Seen>,
    pub(super) duplicates: AtomicU64,
    /// Where the next event without a key goes.
    turn: AtomicUsize,
}

#[derive(Debug)]
pub(super) struct Group {
    pub(super) id: u32,
    pub(super) name: String,
    core: Mutex<Core>,
    /// Sent whenever there may be something to take.
    pub(super) changed: watch::Sender<()>,
    /// Held by whoever reads on for the group.
    pub(super) reading: tokio::sync::Mutex<()>,
}

impl Topic {
    pub(super) fn new(id: u32, plan: TopicPlan, logs: Vec<Arc<Log>>, duplicates: u64) -> Self {
        Self {
            id,
            name: plan.name.clone(),
            plan: Mutex::new(plan),
            logs: RwLock::new(logs),
            groups: RwLock::new(BTreeMap::new()),
            seen: Mutex::new(Seen::default()),
            duplicates: AtomicU64::new(duplicates),
            turn: AtomicUsize::new(0),
        }
    }

    /// Its settings; the groups in it are those of the plan it was made by.
    pub(super) fn plan(&self) -> MutexGuard<'_, TopicPlan> {
        self.plan.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn logs(&self) -> Vec<Arc<Log>> {
        self.logs.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn log(&self, part: u32) -> Option<Arc<Log>> {
        self.logs.read().unwrap_or_else(PoisonError::into_inner).get(part as usize).cloned()
    }

    pub(super) fn add_logs(&self, logs: Vec<Arc<Log>>) {
        self.logs.write().unwrap_or_else(PoisonError::into_inner).extend(logs);
    }

    /// The offsets that come next, by partition.
    pub(super) fn ends(&self) -> Vec<u64> {
        self.logs.read().unwrap_or_else(PoisonError::into_inner).iter().map(|log| log.next()).collect()
    }

    pub(super) fn groups(&self) -> Vec<Arc<Group>> {
        self.groups.read().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }

    pub(super) fn group(&self, name: &str) -> Option<Arc<Group>> {
        self.groups.read().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }

    pub(super) fn add_group(&self, group: Arc<Group>) {
        self.groups.write().unwrap_or_else(PoisonError::into_inner).insert(group.name.clone(), group);
    }

    pub(super) fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The partition of an event: by its key, else in turn.
    pub(super) fn partition_of(&self, event: &Event, partitions: usize) -> usize {
        let partitions = partitions.max(1);
        match event.key() {
            Some(key) => (xxhash_rust::xxh3::xxh3_64(key.as_bytes()) % partitions as u64) as usize,
            None => self.turn.fetch_add(1, Ordering::Relaxed) % partitions,
        }
    }

    /// Takes over what was read of the file.
    pub(super) fn adopt(&self, fresh: &Self) {
        for (log, fresh) in self.logs().iter().zip(fresh.logs()) {
            log.reset(fresh.row());
        }
        self.add_logs(fresh.logs().into_iter().skip(self.logs().len()).collect());
        *self.plan() = fresh.plan().clone();
        std::mem::swap(&mut *self.seen(), &mut *fresh.seen());
        self.duplicates.store(fresh.duplicates.load(Ordering::Relaxed), Ordering::Relaxed);
        for group in fresh.groups() {
            match self.group(&group.name) {
                Some(known) => std::mem::swap(&mut *known.core(), &mut *group.core()),
                None => self.add_group(group),
            }
        }
        self.wake();
    }

    /// Wakes all who wait for something of this topic.
    pub(super) fn wake(&self) {
        for group in self.groups.read().unwrap_or_else(PoisonError::into_inner).values() {
            group.wake();
        }
    }
}

impl Group {
    pub(super) fn new(id: u32, name: String, core: Core) -> Self {
        Self { id, name, core: Mutex::new(core), changed: watch::Sender::new(()), reading: tokio::sync::Mutex::new(()) }
    }

    pub(super) fn core(&self) -> MutexGuard<'_, Core> {
        self.core.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn wake(&self) {
        self.changed.send_replace(());
    }
}

/// An event made ready for being stored.
#[derive(Debug, Clone)]
pub(super) struct Prepared {
    pub(super) event: Arc<Event>,
    pub(super) encoded: Bytes,
    pub(super) identity: Identity,
}

impl Prepared {
    pub(super) fn new(event: Event) -> Self {
        let encoded = Bytes::from(super::codec::encode_event(&event));
        Self { identity: identity(&event), encoded, event: Arc::new(event) }
    }
}

/// A number that no other run of the engine has.
pub(super) fn new_epoch() -> u64 {
    std::collections::hash_map::RandomState::new().build_hasher().finish()
}

pub(super) fn encode_settings(settings: &impl serde::Serialize) -> Vec<u8> {
    // Plans are plain values: writing them cannot fail.
    serde_json::to_vec(settings).unwrap_or_default()
}

fn damaged(file: &EventFile, what: &str, detail: impl std::fmt::Display) -> BusError {
    let detail = format!("{what} cannot be read: {detail}");
    BusError::Store(StoreError::Damaged { path: file.path().to_owned(), detail })
}

/// Reads all topics of a file. Next attempts that lie further ahead than they were to wait, because the clock was set back, are
/// due after their delay.
pub(super) async fn load(file: &EventFile, now_ms: u64) -> Result<BTreeMap<String, Arc<Topic>>, BusError> {
    let mut topics = BTreeMap::new();
    let logs = file.logs().await?;
    let groups = file.groups().await?;
    let epoch = new_epoch();
    for TopicRow { id, name, settings, duplicates } in file.topics().await? {
        let plan: TopicPlan = serde_json::from_slice(&settings)
            .map_err(|error| damaged(file, &format!("the settings of topic {name}"), error))?;
        let window = millis(plan.dedup_window);
        let own: Vec<_> = logs.iter().filter(|log| log.topic == id).cloned().collect();
        let firsts: Vec<(u32, u64)> = own.iter().map(|log| (log.id, log.first)).collect();
        let topic = Topic::new(id, plan, own.into_iter().map(|row| Arc::new(Log::new(row))).collect(), duplicates);
        if window > 0 {
            for (number, at_ms, ids) in file.seen(id, now_ms.saturating_sub(window), MOST_SEEN as u32).await? {
                topic.seen().add(number, at_ms, seen::decode(&ids));
            }
        }
        for row in groups.iter().filter(|group| group.topic == id) {
            topic.add_group(Arc::new(load_group(file, row, &firsts, now_ms, epoch).await?));
        }
        topics.insert(name, Arc::new(topic));
    }
    Ok(topics)
}

/// `logs` are the numbers of the topic's logs, and where each begins.
async fn load_group(
    file: &EventFile,
    row: &GroupRow,
    logs: &[(u32, u64)],
    now_ms: u64,
    epoch: u64,
) -> Result<Group, BusError> {
    let what = format!("group {}", row.name);
    let plan: GroupPlan = serde_json::from_slice(&row.settings).map_err(|error| damaged(file, &what, error))?;
    let kept = file.cursors(row.id).await?;
    let mut cursors = Vec::with_capacity(logs.len());
    for (log, first) in logs {
        cursors.push(match kept.iter().find(|cursor| cursor.log == *log) {
            Some(kept) => cursor_of(kept).map_err(|error| damaged(file, &what, error))?,
            None => Cursor { done: Done::all_below(*first), read: *first, totals: GroupTotals::default() },
        });
    }
    let mut waiting = Vec::new();
    for kept in file.waiting(row.id).await? {
        let Some(part) = logs.iter().position(|(log, _)| *log == kept.log) else { continue };
        let story = Story::decode_kept(&kept.history).map_err(|error| damaged(file, &what, error))?;
        waiting.push((Place { part: part as u32, offset: kept.at }, waiting_of(&kept, story, now_ms)));
    }
    Ok(Group::new(row.id, row.name.clone(), Core::new(plan, cursors, waiting, epoch)))
}

fn cursor_of(kept: &CursorRow) -> Result<Cursor, prost::DecodeError> {
    let done = Done::decode(kept.below, &kept.done)?;
    let CursorRow { acked, failed, dead, expired, redriven, purged, .. } = *kept;
    let totals = GroupTotals { acked, failed, dead, expired, redriven, purged };
    Ok(Cursor { read: done.below(), done, totals })
}

pub(super) fn cursor_row(group: u32, log: u32, cursor: &Cursor) -> CursorRow {
    let GroupTotals { acked, failed, dead, expired, redriven, purged } = cursor.totals;
    CursorRow {
        group,
        log,
        below: cursor.done.below(),
        done: cursor.done.encode(),
        acked,
        failed,
        dead,
        expired,
        redriven,
        purged,
    }
}

fn waiting_of(kept: &WaitingRow, story: Story, now_ms: u64) -> Waiting {
    Waiting {
        due_ms: kept.due_ms.min(now_ms.saturating_add(kept.delay_ms)),
        delay_ms: kept.delay_ms,
        failures: kept.failures,
        key: kept.key,
        dead_letter: kept.dead_letter,
        story,
    }
}

pub(super) fn waiting_row(group: u32, log: u32, at: u64, waiting: &Waiting) -> WaitingRow {
    use prost::Message as _;
    WaitingRow {
        group,
        log,
        at,
        failures: waiting.failures,
        due_ms: waiting.due_ms,
        delay_ms: waiting.delay_ms,
        key: waiting.key,
        dead_letter: waiting.dead_letter,
        history: waiting.story.encode_to_vec(),
    }
}
