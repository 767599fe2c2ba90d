//! RabbitMQ (3.10 or later) as a broker.
//!
//! - A topic is a durable topic exchange, whose messages have the event's type as routing key; a group is a durable quorum queue
//!   bound to it with `#`. So a group gets what is published after it was made, and nothing of before: there is no
//!   [replay](Ability::Replay), and a topic without groups takes no events (its publish is an error, since nobody would keep them).
//! - Publishes are persistent, `mandatory` and confirmed: [`publish`](Broker::publish) returns when all are, and RabbitMQ confirms
//!   what a quorum of the queue's replicas has on disk. Several at once are not one transaction: after an error some may be there.
//! - A failed event is published anew, to its queue or to one where it waits, with its story in a header, and acknowledged where it
//!   was only then. A dead letter likewise, in a queue beside the group's. What is cut off in between is there twice.
//! - Leases and totals are kept by this process. A lease that ends is a failed attempt. The end of the connection gives back what
//!   was in hand, uncounted. RabbitMQ takes back what is unacknowledged for half an hour.
//! - There are neither partitions nor offsets: all is partition 0, offset 0.
//!
//! Not here: the management interface, which not every RabbitMQ has.

mod dead;
mod group;
mod link;
mod message;
mod names;
mod settle;
mod waits;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock, Weak};
use std::time::Duration;

use async_trait::async_trait;
use lapin::ExchangeKind;
use lapin::options::ExchangeDeclareOptions;
use lapin::types::FieldTable;
use tokio::sync::Notify;
use tokio::task::JoinSet;

use self::group::{Group, count};
use self::link::{Link, Outgoing, Session, answered, code, remote};
use self::message::Message;
use self::names::{exchange, short};
use crate::broker::{
    Ability, Broker, Capabilities, DeadLetter, Delivery, GroupState, Published, Settled, Settlement, Stored,
    TopicState, Which,
};
use crate::clock::Clock;
use crate::common::{check_events, check_group, check_name};
use crate::error::BusError;
use crate::event::{Event, MAX_EVENT_BYTES};
use crate::plan::{GroupPlan, LEASE, Order, Plan, Retention, Start, TopicPlan};

const NAME: &str = "RabbitMQ";
/// AMQP 0-9-1, `not-found`.
const NOT_FOUND: u16 = 404;
/// How often it is looked for ended leases when none is known: shorter than the shortest lease.
const LOOK: Duration = Duration::from_millis(250);
/// After RabbitMQ this long without an acknowledgement takes an event back itself.
const LONGEST_LEASE: Duration = Duration::from_mins(30);

/// A RabbitMQ elsewhere. Cheap to clone; every clone is the same.
#[derive(Debug, Clone)]
pub struct RabbitBroker {
    inner: Arc<Inner>,
    /// Ended with the last clone.
    tasks: Arc<tokio::sync::Mutex<JoinSet<()>>>,
}

#[derive(Debug)]
struct Inner {
    link: Arc<Link>,
    clock: Clock,
    /// Tells tokens of this process from those of others.
    epoch: u64,
    chances: AtomicU64,
    number: AtomicU64,
    /// Something may be due earlier than was known.
    alarm: Arc<Notify>,
    topics: RwLock<BTreeMap<String, Arc<Topic>>>,
}

#[derive(Debug)]
struct Topic {
    name: String,
    groups: RwLock<BTreeMap<String, Arc<Group>>>,
    stored: AtomicU64,
}

impl Topic {
    fn group(&self, name: &str) -> Option<Arc<Group>> {
        self.groups.read().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }

    fn groups(&self) -> Vec<Arc<Group>> {
        self.groups.read().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }

    /// The one of this name that is there in the end.
    fn add(&self, group: Group) -> Arc<Group> {
        let mut groups = self.groups.write().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(groups.entry(group.name.clone()).or_insert_with(|| Arc::new(group)))
    }
}

impl Inner {
    fn topics(&self) -> Vec<Arc<Topic>> {
        self.topics.read().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }

    fn known(&self, name: &str) -> Option<Arc<Topic>> {
        self.topics.read().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }

    fn add_topic(&self, name: &str) -> Arc<Topic> {
        let mut topics = self.topics.write().unwrap_or_else(PoisonError::into_inner);
        let new = || Arc::new(Topic { name: name.to_owned(), groups: RwLock::default(), stored: AtomicU64::new(0) });
        Arc::clone(topics.entry(name.to_owned()).or_insert_with(new))
    }

    /// A topic that was made here or is there from before.
    async fn topic(&self, name: &str) -> Result<Arc<Topic>, BusError> {
        if let Some(topic) = self.known(name) {
            return Ok(topic);
        }
        let unknown = || BusError::UnknownTopic {
            topic: name.chars().take(200).collect(),
            names: self.topics().iter().map(|topic| topic.name.clone()).collect(),
        };
        check_name("topic", name).map_err(|_| unknown())?;
        let channel = self.link.session()?.channel().await?;
        let passive = ExchangeDeclareOptions { passive: true, ..ExchangeDeclareOptions::default() };
        let declared = channel.exchange_declare(exchange(name)?, ExchangeKind::Topic, passive, FieldTable::default());
        match answered(async { Ok(declared.await) }).await? {
            Ok(()) => Ok(self.add_topic(name)),
            Err(error) if code(&error) == Some(NOT_FOUND) => Err(unknown()),
            Err(error) => Err(remote(&error)),
        }
    }

    /// A group, made on first use.
    async fn group(&self, topic: &Arc<Topic>, name: &str) -> Result<Arc<Group>, BusError> {
        if let Some(group) = topic.group(name) {
            return Ok(group);
        }
        check_name("group", name)?;
        // The order of keys is none that a queue keeps.
        let plan = GroupPlan { order: Order::None, start: Start::End, ..GroupPlan::named(name) };
        let group = Group::new(&topic.name, plan)?;
        group.declare(&*self.link.session()?).await?;
        Ok(topic.add(group))
    }

    async fn create_topic(&self, session: &Session, plan: &TopicPlan) -> Result<(), BusError> {
        let durable = ExchangeDeclareOptions { durable: true, ..ExchangeDeclareOptions::default() };
        let channel = session.channel().await?;
        let name = exchange(&plan.name)?;
        answered(channel.exchange_declare(name, ExchangeKind::Topic, durable, FieldTable::default())).await?;
        let topic = self.add_topic(&plan.name);
        for plan in &plan.groups {
            let group = Group::new(&topic.name, plan.clone())?;
            group.declare(session).await?;
            *topic.add(group).plan() = plan.clone();
        }
        Ok(())
    }

    /// Uniform in [0, 1); good enough to spread attempts.
    fn chance(&self) -> f64 {
        let count = self.chances.fetch_add(1, Ordering::Relaxed);
        let hash = xxhash_rust::xxh3::xxh3_64_with_seed(&count.to_le_bytes(), self.epoch);
        (hash >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Grows with time, and differs from all others of this process. Microseconds, so that those of several processes differ too.
    fn next_number(&self) -> u64 {
        let now = self.clock.now_ms().saturating_mul(1000);
        let next = |last: u64| Some(now.max(last + 1));
        let last = self.number.fetch_update(Ordering::Relaxed, Ordering::Relaxed, next);
        now.max(last.unwrap_or(0) + 1)
    }

    async fn state_of(&self, session: &Session, topic: &Topic) -> Result<TopicState, BusError> {
        let channel = session.channel().await?;
        let mut groups = Vec::new();
        for group in topic.groups() {
            let (ready, unacked) = group.depth(session).await?;
            let waiting = count(&channel, &group.names.wait).await? + group.waits().count();
            let dead_letters = count(&channel, &group.names.dead).await?;
            let hand = group.hand();
            groups.push(GroupState {
                name: group.name.clone(),
                lag: ready + unacked + waiting,
                leased: hand.leased(),
                waiting,
                oldest_ms: hand.oldest_ms(),
                dead_letters,
                totals: hand.totals,
            });
        }
        Ok(TopicState {
            name: topic.name.clone(),
            partitions: 1,
            // Each group has its own copies; kept are those that the slowest has not handled.
            events: groups.iter().map(|group| group.lag).max().unwrap_or(0),
            bytes: 0,
            oldest_ms: groups.iter().filter_map(|group| group.oldest_ms).min(),
            stored: topic.stored.load(Ordering::Relaxed),
            duplicates: 0,
            scheduled: 0,
            groups,
        })
    }
}

/// Ends leases and lets what waits be due, until the broker is gone.
async fn watch_times(inner: Weak<Inner>) {
    loop {
        let Some(strong) = inner.upgrade() else { return };
        let groups: Vec<Arc<Group>> = strong.topics().iter().flat_map(|topic| topic.groups()).collect();
        for group in &groups {
            strong.end_leases(group).await;
            strong.release(group).await;
        }
        let now_ms = strong.clock.now_ms();
        let next =
            |group: &Arc<Group>| [group.hand().next_end_ms(), group.waits().next_ms()].into_iter().flatten().min();
        let next_ms = groups.iter().filter_map(next).min();
        let left = next_ms.map_or(LOOK, |next_ms| Duration::from_millis(next_ms.saturating_sub(now_ms).max(1)));
        // What cannot be done since the connection is lost is over already.
        let left = if next_ms.is_some_and(|next_ms| next_ms <= now_ms) { LOOK } else { left };
        // Held weakly while nothing happens, or the broker would never be gone.
        let alarm = Arc::clone(&strong.alarm);
        drop(strong);
        // Whichever is first.
        let _alarmed = tokio::time::timeout(left.min(LOOK), alarm.notified()).await;
    }
}

impl RabbitBroker {
    /// Connects to `amqp://user:password@host:port/vhost`, or `amqps://` with TLS and the certificates that the system trusts.
    ///
    /// A connection that is lost later is made again by itself; meanwhile calls answer [`BusError::Remote`].
    pub async fn connect(url: &str) -> Result<Self, BusError> {
        let clock = Clock::system();
        let link = Arc::new(Link::connect(url).await?);
        let seed = format!("{} {}", std::process::id(), clock.now_ms());
        let inner = Arc::new(Inner {
            link: Arc::clone(&link),
            // Several may be made within one millisecond.
            epoch: xxhash_rust::xxh3::xxh3_64_with_seed(seed.as_bytes(), Arc::as_ptr(&link).addr() as u64),
            clock,
            chances: AtomicU64::new(0),
            number: AtomicU64::new(0),
            alarm: Arc::default(),
            topics: RwLock::default(),
        });
        let mut tasks = JoinSet::new();
        tasks.spawn(link.keep());
        tasks.spawn(watch_times(Arc::downgrade(&inner)));
        Ok(Self { inner, tasks: Arc::new(tokio::sync::Mutex::new(tasks)) })
    }

    async fn group(&self, topic: &str, group: &str) -> Result<Arc<Group>, BusError> {
        let topic = self.inner.topic(topic).await?;
        self.inner.group(&topic, group).await
    }
}

const fn unable<T>(what: &'static str) -> Result<T, BusError> {
    Err(BusError::Unable { broker: NAME, what })
}

#[async_trait]
impl Broker for RabbitBroker {
    fn capabilities(&self) -> Capabilities {
        Capabilities {
            name: NAME,
            abilities: &[Ability::Delay, Ability::Extend],
            durability: "on the disks of a quorum of the queue's replicas before the answer",
        }
    }

    async fn create(&self, plan: &Plan) -> Result<(), BusError> {
        for topic in &plan.topics {
            check_topic(topic, plan)?;
            for group in &topic.groups {
                if let Some(target) = &group.dead_letter
                    && !plan.topics.iter().any(|topic| topic.name == *target)
                {
                    self.inner.topic(target).await?;
                }
            }
        }
        let session = self.inner.link.session()?;
        for topic in &plan.topics {
            self.inner.create_topic(&session, topic).await?;
        }
        Ok(())
    }

    async fn publish(&self, topic: &str, events: Vec<Event>) -> Result<Published, BusError> {
        let topic = self.inner.topic(topic).await?;
        let messages = messages_of(&events, self.inner.clock.now_ms())?;
        let name = exchange(&topic.name)?;
        let outgoing = events.iter().zip(messages).map(|(event, message)| Outgoing {
            exchange: name.clone(),
            key: short(&event.event_type),
            message,
            is_mandatory: true,
        });
        let outgoing: Vec<Outgoing> = outgoing.collect();
        let stored = outgoing.len() as u64;
        self.inner.link.session()?.publish(outgoing).await?;
        topic.stored.fetch_add(stored, Ordering::Relaxed);
        Ok(Published { stored, duplicates: 0 })
    }

    async fn schedule(&self, _topic: &str, _events: Vec<Event>, _due_ms: u64) -> Result<Vec<u64>, BusError> {
        unable("store events when a time has come")
    }

    async fn fetch(&self, topic: &str, group: &str, max: usize, wait: Duration) -> Result<Vec<Delivery>, BusError> {
        let group = self.group(topic, group).await?;
        group.take(&self.inner, max, wait).await
    }

    async fn settle(&self, topic: &str, group: &str, settlements: Vec<Settlement>) -> Result<Vec<Settled>, BusError> {
        let topic = self.inner.topic(topic).await?;
        let Some(group) = topic.group(group) else { return Ok(vec![Settled::Unknown; settlements.len()]) };
        self.inner.settle(&group, settlements).await
    }

    async fn inspect(&self) -> Result<Vec<TopicState>, BusError> {
        let session = self.inner.link.session()?;
        let mut states = Vec::new();
        for topic in self.inner.topics() {
            states.push(self.inner.state_of(&session, &topic).await?);
        }
        Ok(states)
    }

    async fn read(&self, _topic: &str, _partition: u32, _from: u64, _max: usize) -> Result<Vec<Stored>, BusError> {
        unable("read events without taking them: a queue has only what its group has not handled")
    }

    async fn seek(&self, _topic: &str, _group: &str, _to: Start) -> Result<(), BusError> {
        unable("go back to what a group has handled: a queue does not keep it")
    }

    async fn dead_letters(
        &self,
        topic: &str,
        group: &str,
        after: u64,
        max: usize,
    ) -> Result<Vec<DeadLetter>, BusError> {
        let group = self.group(topic, group).await?;
        self.inner.dead_letters(&group, after, max).await
    }

    async fn redrive(&self, topic: &str, group: &str, which: &Which) -> Result<u64, BusError> {
        let group = self.group(topic, group).await?;
        self.inner.redrive(&group, which).await
    }

    async fn redrive_edited(&self, topic: &str, group: &str, number: u64, event: Event) -> Result<bool, BusError> {
        event.check(MAX_EVENT_BYTES).map_err(|error| BusError::BadEvent { place: 0, error })?;
        let group = self.group(topic, group).await?;
        self.inner.redrive_edited(&group, number, &event).await
    }

    async fn purge(&self, topic: &str, group: &str, which: &Which) -> Result<u64, BusError> {
        let group = self.group(topic, group).await?;
        self.inner.purge(&group, which).await
    }

    async fn close(&self) {
        self.inner.link.close().await;
        for topic in self.inner.topics() {
            for group in topic.groups() {
                group.stop().await;
            }
        }
        self.tasks.lock().await.shutdown().await;
    }
}

/// All events as messages, or none.
fn messages_of(events: &[Event], now_ms: u64) -> Result<Vec<Message>, BusError> {
    check_events(events)?;
    let message = |(place, event)| Message::of(event, now_ms).map_err(|error| BusError::BadEvent { place, error });
    events.iter().enumerate().map(message).collect()
}

fn check_topic(topic: &TopicPlan, plan: &Plan) -> Result<(), BusError> {
    check_name("topic", &topic.name)?;
    exchange(&topic.name)?;
    let refuse = |detail: String| Err(BusError::BadPlan { detail });
    if plan.topics.iter().filter(|other| other.name == topic.name).count() > 1 {
        return refuse(format!("topic `{}` stands twice in the plan", topic.name));
    }
    if topic.retention != Retention::default() {
        return unable(
            "keep events for a time, up to a size or the newest of each key: a queue keeps all until they are handled",
        );
    }
    topic.groups.iter().try_for_each(check)
}

fn check(group: &GroupPlan) -> Result<(), BusError> {
    if group.order != Order::None {
        return unable("keep the order of a key or partition while events fail: ask for no order");
    }
    check_group(group, &(*LEASE.start()..=LONGEST_LEASE))
}
