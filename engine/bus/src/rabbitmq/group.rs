//! A group: its queues, what RabbitMQ gave us of them, and what of that is in whose hand.
//!
//! RabbitMQ has no leases: it gives a message back when the connection ends, and after half an hour
//! (<https://www.rabbitmq.com/docs/consumers#acknowledgement-timeout>). Leases are kept here.

use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use futures::StreamExt as _;
use lapin::options::{BasicConsumeOptions, BasicQosOptions, QueueBindOptions, QueueDeclareOptions};
use lapin::types::{AMQPValue, FieldTable, ShortString};
use lapin::{Acker, Channel, Consumer};
use tokio::sync::{mpsc, oneshot, watch};

use super::Inner;
use super::link::{Session, answered};
use super::message::{Message, Story};
use super::names::{Names, short};
use super::waits::Waits;
use crate::broker::{Delivery, GroupTotals, Stored};
use crate::clock::millis;
use crate::error::BusError;
use crate::event::Event;
use crate::plan::{GroupPlan, LEASE};

/// The most that a consumer of a quorum queue may have unacknowledged (<https://www.rabbitmq.com/docs/confirms>).
pub(super) const MOST_PREFETCHED: u32 = 2000;
/// The most events that are given at once.
const MOST: usize = 1000;
/// Bytes of events that are given at once, unless one is more.
const TAKE_BYTES: usize = 8 << 20;
/// Acknowledged deliveries that are remembered, to know a second acknowledgement.
const REMEMBERED: usize = 10_000;

/// A message that RabbitMQ waits for an answer about.
#[derive(Debug)]
pub(super) struct Held {
    pub(super) message: Message,
    pub(super) event: Arc<Event>,
    pub(super) story: Story,
    pub(super) acker: Acker,
}

#[derive(Debug)]
pub(super) struct Lease {
    pub(super) held: Held,
    pub(super) serial: u64,
    until_ms: u64,
    round: u64,
}

/// What is here of a group's messages.
#[derive(Debug, Default)]
pub(super) struct Hand {
    /// Counts consumers: what one was given is nothing any more when it ends.
    round: u64,
    serial: u64,
    ready: VecDeque<Held>,
    leases: HashMap<u64, Lease>,
    until: BTreeSet<(u64, u64)>,
    acked: HashSet<u64>,
    acked_order: VecDeque<u64>,
    pub(super) totals: GroupTotals,
}

/// What a token is good for.
#[derive(Debug)]
pub(super) enum Found {
    Lease(Box<Lease>),
    Acked,
    Gone,
    Never,
}

impl Hand {
    fn take(&mut self, now_ms: u64, lease: Duration, max: usize, epoch: u64) -> Vec<Delivery> {
        let (mut taken, mut bytes) = (Vec::new(), 0);
        while taken.len() < max.min(MOST)
            && let Some(held) = self.ready.pop_front()
        {
            bytes += held.event.size();
            if !taken.is_empty() && bytes > TAKE_BYTES {
                self.ready.push_front(held);
                break;
            }
            self.serial += 1;
            let (serial, until_ms) = (self.serial, now_ms.saturating_add(millis(lease)));
            taken.push(Delivery {
                token: format!("{epoch:x}-{serial}"),
                attempt: held.story.failures.saturating_add(1),
                leased_until_ms: until_ms,
                stored: Stored {
                    partition: 0,
                    offset: 0,
                    stored_ms: held.message.stored_ms(),
                    event: Arc::clone(&held.event),
                },
            });
            self.put(Lease { held, serial, until_ms, round: self.round });
        }
        taken
    }

    fn put(&mut self, lease: Lease) {
        self.until.insert((lease.until_ms, lease.serial));
        self.leases.insert(lease.serial, lease);
    }

    /// Ends a lease.
    pub(super) fn end(&mut self, serial: u64) -> Found {
        if let Some(lease) = self.leases.remove(&serial) {
            self.until.remove(&(lease.until_ms, serial));
            return Found::Lease(Box::new(lease));
        }
        if self.acked.contains(&serial) {
            Found::Acked
        } else if serial == 0 || serial > self.serial {
            Found::Never
        } else {
            Found::Gone
        }
    }

    /// What was ended is in hand again, since nothing came of it.
    pub(super) fn restore(&mut self, lease: Lease) {
        if lease.round == self.round {
            self.put(lease);
        }
    }

    pub(super) fn extend(&mut self, mut lease: Lease, now_ms: u64, by: Duration) {
        // A lease is never made shorter.
        let by = by.clamp(*LEASE.start(), *LEASE.end());
        lease.until_ms = lease.until_ms.max(now_ms.saturating_add(millis(by)));
        self.restore(lease);
    }

    /// Leases whose time is over.
    pub(super) fn ended(&mut self, now_ms: u64) -> Vec<Lease> {
        let mut ended = Vec::new();
        while let Some(&(until_ms, serial)) = self.until.first()
            && until_ms <= now_ms
        {
            self.until.remove(&(until_ms, serial));
            ended.extend(self.leases.remove(&serial));
        }
        ended
    }

    pub(super) fn next_end_ms(&self) -> Option<u64> {
        self.until.first().map(|(until_ms, _)| *until_ms)
    }

    pub(super) fn remember(&mut self, serial: u64) {
        self.acked.insert(serial);
        self.acked_order.push_back(serial);
        if self.acked_order.len() > REMEMBERED
            && let Some(oldest) = self.acked_order.pop_front()
        {
            self.acked.remove(&oldest);
        }
    }

    pub(super) fn leased(&self) -> u64 {
        self.leases.len() as u64
    }

    /// All that RabbitMQ waits for an answer about.
    pub(super) fn unacked(&self) -> u64 {
        (self.leases.len() + self.ready.len()) as u64
    }

    pub(super) fn oldest_ms(&self) -> Option<u64> {
        let leased = self.leases.values().map(|lease| lease.held.message.stored_ms());
        leased.chain(self.ready.iter().map(|held| held.message.stored_ms())).min()
    }

    fn begin_round(&mut self) -> u64 {
        self.round += 1;
        self.ready.clear();
        self.leases.clear();
        self.until.clear();
        self.round
    }
}

/// What brings messages of a group.
#[derive(Debug)]
struct Consuming {
    session: Weak<Session>,
    channel: Channel,
    flushes: mpsc::Sender<oneshot::Sender<()>>,
}

/// A group of a topic.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) name: String,
    pub(super) topic: String,
    pub(super) names: Names,
    plan: Mutex<GroupPlan>,
    hand: Mutex<Hand>,
    changed: watch::Sender<()>,
    consuming: tokio::sync::Mutex<Option<Consuming>>,
    /// What waits for its next attempt, as far as it is here.
    waits: Mutex<Waits>,
    /// The channel that brings it.
    pub(super) waiting: tokio::sync::Mutex<Option<Channel>>,
    /// Whether nothing comes of it any more though the channel stands.
    pub(super) waits_ended: AtomicBool,
    /// One looks through the dead letters at a time: what one has read the other would not see. With the channel for that.
    pub(super) browsing: tokio::sync::Mutex<Option<Channel>>,
}

impl Group {
    pub(super) fn new(topic: &str, plan: GroupPlan) -> Result<Self, BusError> {
        Ok(Self {
            name: plan.name.clone(),
            topic: topic.to_owned(),
            names: Names::of(topic, &plan.name)?,
            plan: Mutex::new(plan),
            hand: Mutex::default(),
            changed: watch::Sender::new(()),
            consuming: tokio::sync::Mutex::default(),
            waits: Mutex::default(),
            waiting: tokio::sync::Mutex::default(),
            waits_ended: AtomicBool::new(false),
            browsing: tokio::sync::Mutex::default(),
        })
    }

    pub(super) fn plan(&self) -> MutexGuard<'_, GroupPlan> {
        self.plan.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn hand(&self) -> MutexGuard<'_, Hand> {
        self.hand.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn waits(&self) -> MutexGuard<'_, Waits> {
        self.waits.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn wake(&self) {
        self.changed.send_replace(());
    }

    /// Makes its queues where they are not there yet.
    pub(super) async fn declare(&self, session: &Session) -> Result<(), BusError> {
        let channel = declare_queue(session, &self.names.queue).await?;
        let bind = QueueBindOptions::default();
        let (queue, exchange) = (self.names.queue.clone(), self.names.exchange.clone());
        answered(channel.queue_bind(queue, exchange, "#".into(), bind, FieldTable::default())).await?;
        declare_queue(session, &self.names.dead).await?;
        declare_queue(session, &self.names.wait).await?;
        Ok(())
    }

    /// Takes what is here, waiting for the first.
    pub(super) async fn take(
        self: &Arc<Self>,
        inner: &Arc<Inner>,
        max: usize,
        wait: Duration,
    ) -> Result<Vec<Delivery>, BusError> {
        let until = tokio::time::Instant::now() + wait;
        loop {
            // What changes from here on is noticed below.
            let mut changed = self.changed.subscribe();
            self.consume(inner).await?;
            self.watch_waits(inner).await?;
            let lease = self.plan().lease;
            let taken = self.hand().take(inner.clock.now_ms(), lease, max, inner.epoch);
            if !taken.is_empty() {
                return Ok(taken);
            }
            tokio::select! {
                // Its sender lives as long as the group.
                _ = changed.changed() => {}
                () = tokio::time::sleep_until(until) => return Ok(Vec::new()),
            }
        }
    }

    /// Lets messages come, unless they do.
    async fn consume(self: &Arc<Self>, inner: &Arc<Inner>) -> Result<(), BusError> {
        let session = inner.link.session()?;
        let mut consuming = self.consuming.lock().await;
        let is_current = consuming.as_ref().is_some_and(|now| {
            now.session.ptr_eq(&Arc::downgrade(&session))
                && now.channel.status().connected()
                && !now.flushes.is_closed()
        });
        if is_current {
            return Ok(());
        }
        *consuming = None;
        self.declare(&session).await?;
        let channel = session.channel().await?;
        let prefetch = self.plan().max_in_flight.clamp(1, MOST_PREFETCHED) as u16;
        answered(channel.basic_qos(prefetch, BasicQosOptions::default())).await?;
        let round = self.hand().begin_round();
        let (queue, options) = (self.names.queue.clone(), BasicConsumeOptions::default());
        let tag = short(&format!("thalweg-{:x}-{round}", inner.epoch));
        let consumer = answered(channel.basic_consume(queue, tag, options, FieldTable::default())).await?;
        let (flushes, asked) = mpsc::channel(8);
        tokio::spawn(pump(Arc::downgrade(inner), Arc::clone(self), consumer, asked, round));
        *consuming = Some(Consuming { session: Arc::downgrade(&session), channel, flushes });
        Ok(())
    }

    /// Waits until RabbitMQ has processed what it was told on the channel of the messages.
    pub(super) async fn barrier(&self) -> Result<(), BusError> {
        let channel = self.consuming.lock().await.as_ref().map(|consuming| consuming.channel.clone());
        match channel {
            Some(channel) => {
                let prefetch = self.plan().max_in_flight.clamp(1, MOST_PREFETCHED) as u16;
                answered(channel.basic_qos(prefetch, BasicQosOptions::default())).await
            }
            None => Ok(()),
        }
    }

    /// How many messages lie in its queue, and how many of those that came from there are here.
    ///
    /// What is on its way is neither. All that was sent before the first count was answered has arrived when the second is, since a
    /// channel keeps order; then what has arrived is taken over, then counted. Equal counts mean that nothing moved meanwhile.
    pub(super) async fn depth(&self, session: &Session) -> Result<(u64, u64), BusError> {
        let counted = {
            let consuming = self.consuming.lock().await;
            consuming.as_ref().map(|consuming| (consuming.channel.clone(), consuming.flushes.clone()))
        };
        let Some((channel, flushes)) = counted.filter(|(channel, _)| channel.status().connected()) else {
            return Ok((count(&session.channel().await?, &self.names.queue).await?, self.hand().unacked()));
        };
        let mut ready = count(&channel, &self.names.queue).await?;
        for _ in 0..COUNTS {
            let again = count(&channel, &self.names.queue).await?;
            if again == ready {
                break;
            }
            ready = again;
        }
        let (answer, done) = oneshot::channel();
        if flushes.send(answer).await.is_ok() {
            // Its end means that there is nothing to take over.
            let _taken_over = done.await;
        }
        Ok((ready, self.hand().unacked()))
    }

    pub(super) async fn stop(&self) {
        *self.consuming.lock().await = None;
        *self.waiting.lock().await = None;
        self.waits().clear();
        self.hand().begin_round();
        self.wake();
    }
}

/// How often a queue that moves is counted before a count is taken as it is.
const COUNTS: usize = 5;

/// Messages in a queue that nobody has.
pub(super) async fn count(channel: &Channel, queue: &ShortString) -> Result<u64, BusError> {
    let passive = QueueDeclareOptions { passive: true, ..QueueDeclareOptions::default() };
    let queue = answered(channel.queue_declare(queue.clone(), passive, FieldTable::default())).await?;
    Ok(queue.message_count().into())
}

/// Takes over what comes, until the consumer ends.
async fn pump(
    inner: Weak<Inner>,
    group: Arc<Group>,
    mut consumer: Consumer,
    mut flushes: mpsc::Receiver<oneshot::Sender<()>>,
    round: u64,
) {
    loop {
        tokio::select! {
            // First what has arrived: an answer to the other means that all of it is taken over.
            biased;
            delivery = consumer.next() => match delivery {
                Some(Ok(delivery)) => {
                    let message = Message { properties: delivery.properties, body: delivery.data.into() };
                    let (event, refused) = match message.event() {
                        Ok(event) => (event, None),
                        Err(error) => (message.as_is(), Some(error.detail)),
                    };
                    let held = Held { story: message.story(), event: Arc::new(event), message, acker: delivery.acker };
                    match refused {
                        None => {
                            let mut hand = group.hand();
                            if hand.round == round {
                                hand.ready.push_back(held);
                            }
                        }
                        Some(why) => {
                            let Some(inner) = inner.upgrade() else { return };
                            inner.refuse(&group, held, &why).await;
                        }
                    }
                    group.wake();
                }
                Some(Err(error)) => {
                    tracing::warn!(%error, queue = %group.names.queue, "messages of a queue come no longer");
                    break;
                }
                None => break,
            },
            flush = flushes.recv() => match flush {
                Some(answer) => {
                    // Whoever asked may have gone.
                    let _ = answer.send(());
                }
                None => return,
            },
        }
    }
    let mut hand = group.hand();
    if hand.round == round {
        hand.begin_round();
    }
    drop(hand);
    drop(flushes);
    group.wake();
}

/// How often a message may be given back. From 4.0 on RabbitMQ drops it after 20 times unless a queue says otherwise; -1 is no
/// limit there, and with 3.10 it drops whatever is given back once, so this is the greatest number that all take. With a limit what is
/// given back comes first again, without one last (<https://www.rabbitmq.com/docs/quorum-queues#poison-message-handling>).
const DELIVERY_LIMIT: i32 = i32::MAX;

/// Makes a quorum queue, on a channel of its own: an error ends the channel.
async fn declare_queue(session: &Session, name: &ShortString) -> Result<Channel, BusError> {
    let mut arguments = FieldTable::default();
    arguments.insert("x-queue-type".into(), AMQPValue::LongString("quorum".into()));
    arguments.insert("x-delivery-limit".into(), AMQPValue::LongInt(DELIVERY_LIMIT));
    let durable = QueueDeclareOptions { durable: true, ..QueueDeclareOptions::default() };
    let channel = session.channel().await?;
    answered(channel.queue_declare(name.clone(), durable, arguments)).await?;
    Ok(channel)
}
