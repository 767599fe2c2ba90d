//! A group: a durable pull consumer of its topic's stream, and one of its redriven dead letters.
//!
//! JetStream counts deliveries and ends leases. What it does not tell is whether a delivery that is answered is still the latest:
//! it takes a late acknowledgement whoever has the event now. This connection remembers what it gave away and what became of it,
//! and answers from that first; of deliveries to other programs it knows nothing.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_nats::client::RequestErrorKind;
use async_nats::jetstream::consumer::PullConsumer;
use async_nats::jetstream::consumer::pull::Batch;
use bytes::Bytes;
use futures::StreamExt as _;
use tokio::time::Instant;

use super::letters::{Death, Story, millis_of};
use super::names::{self, Reply};
use super::{BROKER, Inner, message};
use crate::broker::{Delivery, GroupTotals, Outcome, Settled, Settlement, Stored};
use crate::clock::millis;
use crate::error::BusError;
use crate::plan::GroupPlan;

/// How long one request waits at the server for an event; then it is looked whether the consumer is still there, and at redriven
/// dead letters. No divisor of usual leases: when a lease and the only request end at the same moment, a server counts an attempt
/// that nobody gets, does not say that the request ended, and the event waits for another lease (by the trace of nats-server
/// 2.9.10).
const SLICE: Duration = Duration::from_millis(1700);
/// How long after its end a request is given up that the server does not say a word of; so it does when as many events are in
/// flight as may be.
const GRACE: Duration = Duration::from_secs(2);
/// How often redriven dead letters are looked for while there are none.
const LOOK: Duration = Duration::from_millis(500);
/// How many deliveries of a group are remembered.
const REMEMBERED: usize = 100_000;
/// The most events that are taken with one request.
const TAKE: usize = 1000;

/// Where a delivery comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Place {
    /// From the group's own stream, not from the topic's.
    pub(super) is_again: bool,
    /// In that stream.
    pub(super) sequence: u64,
}

#[derive(Debug)]
pub(super) struct Group {
    pub(super) topic: String,
    pub(super) name: String,
    /// The topic's stream.
    pub(super) stream: String,
    /// The name of the consumer there.
    pub(super) consumer: String,
    /// The group's own stream.
    pub(super) letters: String,
    /// What its subjects begin with.
    pub(super) prefix: String,
    plan: Mutex<GroupPlan>,
    pulls: Mutex<Arc<Pulls>>,
    remembered: Mutex<Remembered>,
    totals: Mutex<GroupTotals>,
    serial: AtomicU64,
    /// When redriven dead letters were looked for in vain, milliseconds since 1970.
    looked_ms: AtomicU64,
}

/// The consumers of a group. A [seek](crate::Broker::seek) makes the first anew, and what it gave before is nobody's any more.
#[derive(Debug)]
pub(super) struct Pulls {
    pub(super) events: PullConsumer,
    pub(super) again: PullConsumer,
}

impl Pulls {
    /// Tells tokens of this consumer from those of one that had its name before.
    fn epoch(&self, is_again: bool) -> String {
        let consumer = if is_again { &self.again } else { &self.events };
        format!("{:x}", consumer.cached_info().created.unix_timestamp_nanos())
    }
}

/// The latest delivery of an event, as far as this connection knows.
#[derive(Debug, Clone, Copy)]
struct Last {
    delivered: u64,
    end: Option<End>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// Acknowledged, or a dead letter.
    Done,
    /// It waits for its next attempt.
    Failed,
}

#[derive(Debug, Default)]
struct Remembered {
    last: HashMap<Place, Last>,
    /// Oldest first.
    order: VecDeque<Place>,
}

impl Remembered {
    fn set(&mut self, place: Place, last: Last) {
        if self.last.insert(place, last).is_none() {
            self.order.push_back(place);
        }
        while self.order.len() > REMEMBERED {
            if let Some(oldest) = self.order.pop_front() {
                self.last.remove(&oldest);
            }
        }
    }
}

impl Group {
    pub(super) fn new(topic: &str, plan: GroupPlan, pulls: Pulls) -> Self {
        let name = plan.name.clone();
        Self {
            topic: topic.to_owned(),
            stream: names::topic_stream(topic),
            consumer: names::token(&name),
            letters: names::group_stream(topic, &name),
            prefix: names::group_subject(topic, &name),
            name,
            plan: Mutex::new(plan),
            pulls: Mutex::new(Arc::new(pulls)),
            remembered: Mutex::default(),
            totals: Mutex::default(),
            serial: AtomicU64::new(0),
            looked_ms: AtomicU64::new(0),
        }
    }

    pub(super) fn plan(&self) -> MutexGuard<'_, GroupPlan> {
        self.plan.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn pulls(&self) -> Arc<Pulls> {
        Arc::clone(&self.pulls.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Goes on with other consumers.
    pub(super) fn restart(&self, plan: GroupPlan, pulls: Pulls) {
        *self.plan() = plan;
        *self.pulls.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(pulls);
    }

    /// Forgets what it gave away of its topic.
    pub(super) fn forget(&self) {
        let mut remembered = self.remembered();
        remembered.last.retain(|place, _| place.is_again);
        remembered.order.retain(|place| place.is_again);
    }

    fn remembered(&self) -> MutexGuard<'_, Remembered> {
        self.remembered.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn totals(&self) -> GroupTotals {
        *self.totals.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn count(&self, count: impl FnOnce(&mut GroupTotals)) {
        count(&mut self.totals.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// There may be redriven dead letters.
    pub(super) fn look_again(&self) {
        self.looked_ms.store(0, Ordering::Relaxed);
    }

    /// What is known of a delivery that somebody answers to; none is that it is in hand.
    fn known(&self, place: Place, delivered: u64) -> Known {
        match self.remembered().last.get(&place) {
            None => Known::Nothing,
            Some(last) if last.delivered > delivered => match last.end {
                Some(End::Done) => Known::Is(Settled::Already),
                _ => Known::Is(Settled::Lost),
            },
            Some(last) if last.delivered < delivered => Known::InHand,
            Some(Last { end: Some(End::Done), .. }) => Known::Is(Settled::Already),
            Some(Last { end: Some(End::Failed), .. }) => Known::Is(Settled::Lost),
            Some(Last { end: None, .. }) => Known::InHand,
        }
    }

    fn ended(&self, place: Place, delivered: u64, end: End) {
        self.remembered().set(place, Last { delivered, end: Some(end) });
    }

    /// Uniform in [0, 1).
    fn chance(&self, now_ms: u64) -> f64 {
        let serial = self.serial.fetch_add(1, Ordering::Relaxed);
        let mixed = xxhash_rust::xxh3::xxh3_64_with_seed(&serial.to_le_bytes(), now_ms);
        (mixed >> 11) as f64 / (1_u64 << 53) as f64
    }
}

enum Known {
    Nothing,
    InHand,
    Is(Settled),
}

/// What was taken of a server, on its way to a consumer.
#[derive(Debug)]
pub(super) struct Taken {
    pub(super) delivery: Delivery,
    reply: String,
}

impl Inner {
    /// Takes up to `max` events, waiting for the first until `until` as long as `is_wanted`.
    pub(super) async fn take(
        &self,
        group: &Group,
        max: usize,
        until: Instant,
        is_wanted: impl Fn() -> bool,
    ) -> Result<Vec<Taken>, BusError> {
        let max = max.min(TAKE);
        if max == 0 {
            return Ok(Vec::new());
        }
        loop {
            self.connected()?;
            let pulls = group.pulls();
            let mut taken = Vec::new();
            let looked_ms = group.looked_ms.load(Ordering::Relaxed);
            let now_ms = self.clock.now_ms();
            if now_ms.saturating_sub(looked_ms) >= millis(LOOK) {
                self.pull(group, &pulls, true, max, None, &mut taken).await?;
                if taken.is_empty() {
                    // Whoever redrives meanwhile sets it to 0: that stays.
                    let _ = group.looked_ms.compare_exchange(looked_ms, now_ms, Ordering::Relaxed, Ordering::Relaxed);
                }
            }
            if taken.len() < max {
                self.pull(group, &pulls, false, max, None, &mut taken).await?;
            }
            let left = until.saturating_duration_since(Instant::now());
            if !taken.is_empty() || left.is_zero() || !is_wanted() {
                return Ok(taken);
            }
            // One at a time: the server would hold back the first of many until the last is there.
            self.pull(group, &pulls, false, 1, Some(left.min(SLICE)), &mut taken).await?;
            if !taken.is_empty() {
                if max > 1 {
                    self.pull(group, &pulls, false, max, None, &mut taken).await?;
                }
                return Ok(taken);
            }
        }
    }

    /// Adds what a consumer gives, up to `max` in all, waiting at the server for `wait` or not at all.
    async fn pull(
        &self,
        group: &Group,
        pulls: &Pulls,
        is_again: bool,
        max: usize,
        wait: Option<Duration>,
        taken: &mut Vec<Taken>,
    ) -> Result<(), BusError> {
        let consumer = if is_again { &pulls.again } else { &pulls.events };
        let in_flight = usize::try_from(consumer.cached_info().config.max_ack_pending).unwrap_or(1).max(1);
        let wanted = (max - taken.len()).min(in_flight);
        let batch = match wait {
            None => consumer.fetch().max_messages(wanted).messages().await,
            Some(wait) => consumer.batch().max_messages(wanted).expires(wait).messages().await,
        };
        let mut batch = batch.map_err(|error| self.remote("asking for events", &error))?;
        let patience = wait.unwrap_or_default() + GRACE;
        while let Some(message) = self.next_of(&mut batch, patience).await? {
            if let Some(one) = self.received(group, pulls, is_again, &message).await {
                taken.push(one);
            }
        }
        Ok(())
    }

    async fn next_of(
        &self,
        batch: &mut Batch,
        patience: Duration,
    ) -> Result<Option<async_nats::jetstream::Message>, BusError> {
        match tokio::time::timeout(patience, batch.next()).await {
            // The connection broke: what was under way comes again when its lease ends.
            Err(_) | Ok(None) => Ok(None),
            Ok(Some(Ok(message))) => Ok(Some(message)),
            // As many are in flight as may be.
            Ok(Some(Err(error))) if error.to_string().contains("MaxAckPending") => Ok(None),
            Ok(Some(Err(error))) => Err(self.remote("taking events", &*error)),
        }
    }

    /// A message as a delivery. One that has had its attempts is buried instead.
    async fn received(
        &self,
        group: &Group,
        pulls: &Pulls,
        is_again: bool,
        message: &async_nats::jetstream::Message,
    ) -> Option<Taken> {
        let reply = message.reply.as_ref()?.to_string();
        let info = message.info().ok()?;
        let place = Place { is_again, sequence: info.stream_sequence };
        let delivered = u64::try_from(info.delivered).unwrap_or(1).max(1);
        let attempts = group.plan().retry.attempts;
        if attempts.is_some_and(|attempts| delivered > u64::from(attempts)) {
            if let Err(error) = self.end(group, place, delivered, Death::Silent, &reply).await {
                // It comes again when its lease ends.
                tracing::warn!(%error, topic = group.topic, group = group.name, "a dead letter could not be stored");
            }
            return None;
        }
        if delivered > 1 && group.remembered().last.get(&place).is_none_or(|last| last.end.is_none()) {
            group.count(|totals| totals.failed += 1);
        }
        group.remembered().set(place, Last { delivered, end: None });
        let event = message::read(message.headers.as_ref(), &message.payload, &message.subject, info.stream_sequence);
        let (partition, offset, stored_ms) = if is_again {
            let story = message.headers.as_ref().map(Story::of).unwrap_or_default();
            (story.partition, story.offset, story.stored_ms)
        } else {
            let stored_ms = millis_of(info.published.unix_timestamp_nanos());
            (names::partition_of(&message.subject), info.stream_sequence - 1, stored_ms)
        };
        let lease = group.plan().lease;
        Some(Taken {
            delivery: Delivery {
                token: format!("{}:{reply}", pulls.epoch(is_again)),
                attempt: u32::try_from(delivered).unwrap_or(u32::MAX),
                leased_until_ms: self.clock.now_ms().saturating_add(millis(lease)),
                stored: Stored { partition, offset, stored_ms, event: Arc::new(event) },
            },
            reply,
        })
    }

    /// Gives back what nobody wants any more. It costs an attempt, but not the time of a lease.
    pub(super) async fn give_back(&self, taken: Vec<Taken>) {
        for one in taken {
            if let Err(error) = self.answer(&one.reply, "-NAK").await {
                tracing::debug!(%error, "an event that nobody waits for comes again when its lease ends");
            }
        }
    }

    pub(super) async fn settle_one(&self, group: &Group, settlement: &Settlement) -> Result<Settled, BusError> {
        let Some((epoch, reply)) = settlement.token.split_once(':') else { return Ok(Settled::Unknown) };
        let Some(parsed) = Reply::parse(reply) else { return Ok(Settled::Unknown) };
        let is_again = match (parsed.stream, parsed.consumer) {
            (stream, consumer) if stream == group.stream && consumer == group.consumer => false,
            (stream, consumer) if stream == group.letters && consumer == names::AGAIN => true,
            _ => return Ok(Settled::Unknown),
        };
        let pulls = group.pulls();
        if pulls.epoch(is_again) != epoch {
            return Ok(Settled::Lost);
        }
        let (place, delivered) = (Place { is_again, sequence: parsed.sequence }, parsed.delivered);
        match group.known(place, delivered) {
            Known::Is(settled) => return Ok(settled),
            Known::InHand => {}
            // Given away by another program, or before a restart.
            Known::Nothing => {
                let consumer = if is_again { &pulls.again } else { &pulls.events };
                let info = consumer.get_info().await.map_err(|error| self.remote("asking for a group", &error))?;
                if parsed.sequence <= info.ack_floor.stream_sequence {
                    return Ok(Settled::Already);
                }
            }
        }
        let attempts = group.plan().retry.attempts;
        match &settlement.outcome {
            Outcome::Ack => {
                if !self.answer(reply, "+ACK").await? {
                    return Ok(Settled::Lost);
                }
                group.ended(place, delivered, End::Done);
                group.count(|totals| totals.acked += 1);
                if delivered > 1 {
                    self.forget_failures(group, place).await?;
                }
            }
            // The server begins the lease anew with its own length; how long is not the consumer's to say.
            Outcome::Extend(_) => {
                if !self.answer(reply, "+WPI").await? {
                    return Ok(Settled::Lost);
                }
            }
            Outcome::Nack { reason, .. } if attempts.is_some_and(|attempts| delivered >= u64::from(attempts)) => {
                self.end(group, place, delivered, Death::Failed(reason), reply).await?;
            }
            Outcome::Nack { delay, reason } => {
                let now_ms = self.clock.now_ms();
                self.note_failure(group, place, delivered, reason).await?;
                let failures = u32::try_from(delivered).unwrap_or(u32::MAX);
                let chance = group.chance(now_ms);
                let delay = delay.unwrap_or_else(|| group.plan().retry.backoff.after(failures, None, chance));
                let nanos = u64::try_from(delay.as_nanos()).unwrap_or(u64::MAX).min(i64::MAX as u64);
                let answer = if nanos == 0 { "-NAK".to_owned() } else { format!(r#"-NAK {{"delay": {nanos}}}"#) };
                if !self.answer(reply, &answer).await? {
                    return Ok(Settled::Lost);
                }
                group.ended(place, delivered, End::Failed);
                group.count(|totals| totals.failed += 1);
                if is_again {
                    group.look_again();
                }
            }
            Outcome::Reject { reason } => {
                self.end(group, place, delivered, Death::Rejected(reason), reply).await?;
            }
        }
        Ok(Settled::Done)
    }

    /// Stores a dead letter, and only then ends the event.
    async fn end(
        &self,
        group: &Group,
        place: Place,
        delivered: u64,
        death: Death<'_>,
        reply: &str,
    ) -> Result<(), BusError> {
        self.bury(group, place, delivered, death).await?;
        self.answer(reply, "+TERM").await?;
        group.ended(place, delivered, End::Done);
        group.count(|totals| {
            totals.failed += 1;
            totals.dead += 1;
        });
        if delivered > 1 {
            self.forget_failures(group, place).await?;
        }
        Ok(())
    }

    /// Answers to a delivery and waits until the server has it; false when its consumer is not there any more.
    async fn answer(&self, reply: &str, answer: &str) -> Result<bool, BusError> {
        self.connected()?;
        match self.client.request(reply.to_owned(), Bytes::from(answer.to_owned())).await {
            Ok(_) => Ok(true),
            Err(error) if error.kind() == RequestErrorKind::NoResponders => Ok(false),
            Err(error) => {
                Err(BusError::Remote { broker: BROKER, detail: self.words("answering to a delivery", &error) })
            }
        }
    }
}
