//! Both sides of a message: what was sent and what was received, whichever comes first.
//!
//! A message is known by its creation context (a span that consumers link to or have for their parent), else by its id, else by its
//! place in a log. Everything that needs both sides is worked out from the whole record of a message, when it is asked for or let go:
//! so the order in which traces come does not matter, as long as a record is not let go before its last trace came.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use crate::limits;
use crate::observed::{SpanId, TraceId};
use crate::times::Sketch;

/// What a message is known by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Key {
    Context(TraceId, SpanId),
    /// A hash of system and id, or of topic, partition and offset.
    Named(u64),
}

/// Why two sides are taken for the same message, the surest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum By {
    Link,
    Parent,
    Id,
    Offset,
}

/// How many messages were paired, and by what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Evidence {
    /// The consumer's span links to the producer's.
    pub links: u64,
    /// The producer's span is its parent.
    pub parents: u64,
    /// Both name the same message id.
    pub ids: u64,
    /// Both name the same place in a log.
    pub offsets: u64,
}

impl Evidence {
    /// All that were paired.
    pub fn paired(&self) -> u64 {
        self.links + self.parents + self.ids + self.offsets
    }

    fn see(&mut self, by: By) {
        match by {
            By::Link => self.links += 1,
            By::Parent => self.parents += 1,
            By::Id => self.ids += 1,
            By::Offset => self.offsets += 1,
        }
    }

    pub(crate) fn add(&mut self, other: Self) {
        self.links += other.links;
        self.parents += other.parents;
        self.ids += other.ids;
        self.offsets += other.offsets;
    }
}

/// A sending.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sent {
    /// Index of the service and channel.
    pub(crate) publisher: usize,
    pub(crate) channel: usize,
    pub(crate) at: u64,
    pub(crate) weight: u64,
}

/// A delivery.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Got {
    /// Index of the subscription.
    pub(crate) subscriber: usize,
    pub(crate) channel: usize,
    pub(crate) at: u64,
    pub(crate) handles: bool,
    pub(crate) error: bool,
    pub(crate) by: By,
    /// Tells messages with one context apart; 0 when nothing does.
    pub(crate) message: u64,
}

#[derive(Debug, Clone, Default)]
struct Record {
    sent: Vec<Sent>,
    got: Vec<Got>,
}

/// What a subscription's paired messages tell.
#[derive(Debug, Clone)]
pub(crate) struct Waited {
    pub(crate) wait: Sketch,
    /// Received before it was sent: two clocks disagree by more than it waited.
    pub(crate) skewed: u64,
    pub(crate) evidence: Evidence,
    pub(crate) again: u64,
    pub(crate) most_attempts: u64,
}

/// How many received what was sent once, of messages that someone was seen to receive.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct FanOut {
    pub(crate) messages: u64,
    pub(crate) receivers: u64,
    pub(crate) most: u64,
}

/// Messages that were sent to one channel and received from another.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Moved {
    pub(crate) messages: u64,
    pub(crate) after_failure: u64,
}

/// Everything that needs both sides.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tally {
    pub(crate) waited: BTreeMap<usize, Waited>,
    pub(crate) fan_out: BTreeMap<usize, FanOut>,
    pub(crate) moved: BTreeMap<(usize, usize), Moved>,
    /// How often a further pair of channels had no place left in `moved`.
    pub(crate) left_out: u64,
}

/// Messages of which one side or both were seen.
#[derive(Debug, Clone, Default)]
pub(crate) struct Messages {
    records: HashMap<Key, Record>,
    /// In order of arrival.
    arrived: VecDeque<Key>,
    let_go: Tally,
    /// How many were let go to stay within the limit.
    pub(crate) forgotten: u64,
}

impl Messages {
    pub(crate) fn sent(&mut self, key: Key, sent: Sent) {
        let record = self.record(key);
        if record.sent.len() < limits::DELIVERIES {
            record.sent.push(sent);
        }
    }

    pub(crate) fn got(&mut self, key: Key, got: Got) {
        let record = self.record(key);
        if record.got.len() < limits::DELIVERIES {
            record.got.push(got);
        }
    }

    fn record(&mut self, key: Key) -> &mut Record {
        if !self.records.contains_key(&key) {
            while self.records.len() >= limits::PENDING
                && let Some(oldest) = self.arrived.pop_front()
            {
                if let Some(record) = self.records.remove(&oldest) {
                    self.let_go.see(&record);
                    self.forgotten += 1;
                }
            }
            self.arrived.push_back(key);
        }
        self.records.entry(key).or_default()
    }

    /// What all messages tell, those let go included.
    pub(crate) fn tally(&self) -> Tally {
        let mut tally = self.let_go.clone();
        for record in self.arrived.iter().filter_map(|key| self.records.get(key)) {
            tally.see(record);
        }
        tally
    }
}

impl Tally {
    fn see(&mut self, record: &Record) {
        let subscribers: BTreeSet<usize> = record.got.iter().map(|got| got.subscriber).collect();
        let weight = record.sent.iter().map(|sent| sent.weight).max().unwrap_or(1).max(1);
        for &subscriber in &subscribers {
            let mut got: Vec<Got> = record.got.iter().filter(|got| got.subscriber == subscriber).copied().collect();
            // Fetching and handling the same message are one delivery; handling tells more.
            if got.iter().any(|got| got.handles) {
                got.retain(|got| got.handles);
            }
            // Of deliveries at one moment the surest is first, whichever came first.
            got.sort_by_key(|got| (got.at, got.message, got.by));
            self.deliveries(record, subscriber, &got, weight);
        }
        if let Some(publisher) = record.sent.iter().map(|sent| sent.publisher).min() {
            // Who received nothing may only not be seen; who gets what was given up is no receiver of its own.
            let channel = record.sent.iter().map(|sent| sent.channel).min();
            let failed = record.got.iter().any(|got| got.error && Some(got.channel) == channel);
            let is_receiver = |got: &&Got| Some(got.channel) == channel || !failed;
            let receivers: BTreeSet<usize> = record.got.iter().filter(is_receiver).map(|got| got.subscriber).collect();
            let receivers = receivers.len() as u64;
            let fan_out = self.fan_out.entry(publisher).or_default();
            fan_out.messages += u64::from(receivers > 0);
            fan_out.receivers += receivers;
            fan_out.most = fan_out.most.max(receivers);
        }
    }

    fn deliveries(&mut self, record: &Record, subscriber: usize, got: &[Got], weight: u64) {
        let mut attempts: BTreeMap<u64, u64> = BTreeMap::new();
        let mut firsts = Vec::new();
        for delivery in got {
            let attempt = attempts.entry(delivery.message).or_default();
            *attempt += 1;
            // Messages that nothing tells apart are firsts as long as so many were sent.
            if *attempt == 1 || (delivery.message == 0 && *attempt <= weight) {
                firsts.push(*delivery);
            }
        }
        let again =
            |(message, attempts): (&u64, &u64)| attempts - attempts.min(if *message == 0 { &weight } else { &1 });
        let waited = self.waited.entry(subscriber).or_insert_with(|| Waited {
            wait: Sketch::new(),
            skewed: 0,
            evidence: Evidence::default(),
            again: 0,
            most_attempts: 0,
        });
        waited.again += attempts.iter().map(again).sum::<u64>();
        let most = attempts.iter().map(|each| again(each) + 1).max().unwrap_or(0);
        waited.most_attempts = waited.most_attempts.max(most);
        for delivery in firsts {
            let Some(sent) = sending_of(record, &delivery) else { continue };
            waited.evidence.see(delivery.by);
            match delivery.at.checked_sub(sent.at) {
                Some(wait) => waited.wait.record(wait),
                None => waited.skewed += 1,
            }
            if sent.channel != delivery.channel {
                let failed =
                    record.got.iter().any(|got| got.channel == sent.channel && got.error && got.at <= delivery.at);
                let pair = (sent.channel, delivery.channel);
                if self.moved.len() >= limits::EDGES && !self.moved.contains_key(&pair) {
                    self.left_out += 1;
                    continue;
                }
                let moved = self.moved.entry(pair).or_default();
                moved.messages += 1;
                moved.after_failure += u64::from(failed);
            }
        }
    }
}

/// The sending that a delivery is of: to its own channel if there was one, the latest before it.
fn sending_of<'a>(record: &'a Record, got: &Got) -> Option<&'a Sent> {
    record.sent.iter().max_by_key(|sent| {
        let is_before = sent.at <= got.at;
        let nearness = if is_before { sent.at } else { u64::MAX - sent.at };
        (sent.channel == got.channel, is_before, nearness, sent.publisher)
    })
}
