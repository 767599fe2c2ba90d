//! What every broker does for Thalweg, whichever it is.
//!
//! One conformance suite (`tests/`) runs against each implementation; what one cannot do is in its [`Capabilities`] and answered
//! with [`BusError::Unable`], never done halfway.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use crate::error::BusError;
use crate::event::Event;
use crate::plan::{Plan, Start};

/// A running broker. All methods may be called at once from many tasks.
#[async_trait]
pub trait Broker: Send + Sync {
    /// What it can do.
    fn capabilities(&self) -> Capabilities;

    /// Makes what a plan asks for and is not there yet; what is there gets the plan's settings. Nothing is removed.
    async fn create(&self, plan: &Plan) -> Result<(), BusError>;

    /// Stores events in a topic, in their order, all or none. When it returns they are durable.
    ///
    /// An event whose `source` and `id` were stored within the topic's window is counted as a duplicate and not stored again.
    /// When it fails with an error that [may pass](BusError::is_passing), the events may be stored or not: publishing them again
    /// is what ids are for.
    async fn publish(&self, topic: &str, events: Vec<Event>) -> Result<Published, BusError>;

    /// Stores events when a time has come, milliseconds since 1970; gives a number for each. A time that is past is now.
    async fn schedule(&self, topic: &str, events: Vec<Event>, due_ms: u64) -> Result<Vec<u64>, BusError>;

    /// Takes up to `max` events for a group, waiting up to `wait` for the first. Each is leased: it comes back unless it is
    /// [settled](Self::settle) in time.
    async fn fetch(&self, topic: &str, group: &str, max: usize, wait: Duration) -> Result<Vec<Delivery>, BusError>;

    /// Says what became of deliveries, each on its own: the answers are in their order.
    async fn settle(&self, topic: &str, group: &str, settlements: Vec<Settlement>) -> Result<Vec<Settled>, BusError>;

    /// How all topics and groups are.
    async fn inspect(&self) -> Result<Vec<TopicState>, BusError>;

    /// Reads a partition without a group, from an offset on, at most `max` events.
    async fn read(&self, topic: &str, partition: u32, from: u64, max: usize) -> Result<Vec<Stored>, BusError>;

    /// Lets a group go on from another place; what it has in hand or waiting is forgotten, dead letters stay.
    async fn seek(&self, topic: &str, group: &str, to: Start) -> Result<(), BusError>;

    /// The dead letters of a group, oldest first, with a number above `after`, at most `max`.
    async fn dead_letters(&self, topic: &str, group: &str, after: u64, max: usize)
    -> Result<Vec<DeadLetter>, BusError>;

    /// Gives dead letters to their group again, at once and once: one that was redriven already is not counted.
    async fn redrive(&self, topic: &str, group: &str, which: &Which) -> Result<u64, BusError>;

    /// Gives one dead letter to its group again with another content. False when it is not there any more.
    async fn redrive_edited(&self, topic: &str, group: &str, number: u64, event: Event) -> Result<bool, BusError>;

    /// Throws dead letters away for good; says how many.
    async fn purge(&self, topic: &str, group: &str, which: &Which) -> Result<u64, BusError>;

    /// Ends what runs in the background; what was acknowledged is kept.
    async fn close(&self);
}

/// What a broker can do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Capabilities {
    /// Its name.
    pub name: &'static str,
    /// What it can beyond what all can.
    pub abilities: &'static [Ability],
    /// What an acknowledged publish survives, in words.
    pub durability: &'static str,
}

impl Capabilities {
    /// Whether it can do this.
    pub fn can(&self, ability: Ability) -> bool {
        self.abilities.contains(&ability)
    }
}

/// What not every broker can.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ability {
    /// To recognise repeated events.
    Deduplicate,
    /// To store events when a time has come.
    Schedule,
    /// To wait before it delivers a failed event again.
    Delay,
    /// To keep the order of a key while others pass by.
    OrderKeys,
    /// To keep the order of a partition.
    OrderPartitions,
    /// To keep events for a time or up to a size, handled or not.
    Retain,
    /// To be read again from an earlier place.
    Replay,
    /// To extend a lease.
    Extend,
}

/// What became of a publish.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Published {
    /// Stored now.
    pub stored: u64,
    /// Stored before.
    pub duplicates: u64,
}

/// An event at its place.
#[derive(Debug, Clone, PartialEq)]
pub struct Stored {
    /// Partition, from 0.
    pub partition: u32,
    /// Offset within it, from 0.
    pub offset: u64,
    /// When it was stored, milliseconds since 1970.
    pub stored_ms: u64,
    /// The event.
    pub event: Arc<Event>,
}

/// An event in a consumer's hand.
#[derive(Debug, Clone, PartialEq)]
pub struct Delivery {
    /// What it is settled by.
    pub token: String,
    /// The how many-th attempt, from 1.
    pub attempt: u32,
    /// Until when it is leased, milliseconds since 1970.
    pub leased_until_ms: u64,
    /// The event.
    pub stored: Stored,
}

/// What became of a delivery.
#[derive(Debug, Clone, PartialEq)]
pub struct Settlement {
    /// The delivery's.
    pub token: String,
    /// What became of it.
    pub outcome: Outcome,
}

/// What became of a delivery.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// It was handled.
    Ack,
    /// It failed; the group's retry policy says what follows, or `delay` how long until the next attempt.
    Nack {
        /// In place of the policy's delay.
        delay: Option<Duration>,
        /// Why, for its history.
        reason: String,
    },
    /// It can never succeed: it is a dead letter at once.
    Reject {
        /// Why, for its history.
        reason: String,
    },
    /// It takes longer: the lease begins anew, for this long.
    Extend(Duration),
}

/// How a settlement ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settled {
    /// As asked, durably.
    Done,
    /// It was acknowledged before: nothing to do.
    Already,
    /// It is not in this hand any more: its lease ended, and somebody else has it, or it waits for its next attempt.
    Lost,
    /// The token is none of this group.
    Unknown,
}

/// One try of a consumer, in a history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// When it ended, milliseconds since 1970.
    pub ended_ms: u64,
    /// Why it failed.
    pub reason: String,
}

/// An event that was given up, with its story.
#[derive(Debug, Clone, PartialEq)]
pub struct DeadLetter {
    /// Its number; grows with time.
    pub number: u64,
    /// Where the event was.
    pub stored: Stored,
    /// When it was given up, milliseconds since 1970.
    pub dead_ms: u64,
    /// Why.
    pub reason: String,
    /// Its attempts, oldest first; of very many the latest.
    pub attempts: Vec<Attempt>,
    /// How many there were.
    pub attempt_count: u32,
    /// How often it was redriven before.
    pub redriven: u32,
}

/// Which dead letters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Which {
    /// All that there are now.
    All,
    /// The oldest, so many.
    Oldest(usize),
    /// These numbers.
    Numbers(Vec<u64>),
}

/// How a topic is.
#[derive(Debug, Clone, PartialEq)]
pub struct TopicState {
    /// Its name.
    pub name: String,
    /// How many partitions it has.
    pub partitions: u32,
    /// Events that are kept.
    pub events: u64,
    /// Bytes that they take.
    pub bytes: u64,
    /// When the oldest that is kept was stored, milliseconds since 1970.
    pub oldest_ms: Option<u64>,
    /// Events that were ever stored.
    pub stored: u64,
    /// Repeated events that were not stored again.
    pub duplicates: u64,
    /// Events that wait for their time.
    pub scheduled: u64,
    /// Its groups.
    pub groups: Vec<GroupState>,
}

/// How a group is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupState {
    /// Its name.
    pub name: String,
    /// Events that it has not acknowledged, those in hand and waiting included.
    pub lag: u64,
    /// Events in hand.
    pub leased: u64,
    /// Events that wait for their next attempt.
    pub waiting: u64,
    /// When the oldest event that it has not acknowledged was stored, milliseconds since 1970.
    pub oldest_ms: Option<u64>,
    /// Dead letters that are there.
    pub dead_letters: u64,
    /// What it did since it was made.
    pub totals: GroupTotals,
}

/// What a group did since it was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct GroupTotals {
    /// Events acknowledged.
    pub acked: u64,
    /// Attempts that failed.
    pub failed: u64,
    /// Events given up.
    pub dead: u64,
    /// Events that retention took before they were acknowledged.
    pub expired: u64,
    /// Dead letters given to it again.
    pub redriven: u64,
    /// Dead letters thrown away.
    pub purged: u64,
}

impl GroupTotals {
    pub(crate) fn add(&mut self, other: &Self) {
        self.acked += other.acked;
        self.failed += other.failed;
        self.dead += other.dead;
        self.expired += other.expired;
        self.redriven += other.redriven;
        self.purged += other.purged;
    }
}
