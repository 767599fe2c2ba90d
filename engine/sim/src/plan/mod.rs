//! A flow compiled for the kernel: flat, indexed, validated.
//!
//! Indices follow the *names* of nodes, not their order in the document, so that moving a node about changes no number.

mod budgets;
mod channels;
mod chaos;
mod compile;
mod coordination;
mod csv;
mod expectations;
mod express;
mod faults;
mod handlers;
mod limits;
mod loads;
mod measures;
mod names;
mod pushes;
mod refusals;
mod replays;
mod routes;
mod rules;
mod scaling;
mod strikes;
mod struck;
mod times;
mod traffic;
mod windows;

use std::collections::BTreeMap;
use std::ops::Range;

use thalweg_flow::{BrokerKind, Discipline, EdgeKind, Jitter, Overflow, RetentionPolicy};

use crate::sample::{KeySampler, Sampler};
pub(crate) use budgets::{Budget, RETRY};
pub(crate) use coordination::{Commits, Coordination};
pub(crate) use express::{Express, Station, Way as ExpressWay, is_one_line};
pub(crate) use loads::{Arrivals, Segment};
pub(crate) use measures::{CountOf, Expectation, LatencyOf, Measure, Statistic};
pub(crate) use pushes::{Push, PushRule, PushTo};
pub(crate) use replays::kept;
pub(crate) use routes::{NO_CLASS, Routing, Way};
pub(crate) use rules::{AtLimit, Comeback, Position, Rules};
pub(crate) use scaling::Autoscale;
pub(crate) use strikes::{Fault, Strike};
pub(crate) use struck::StruckPlaces;
pub(crate) use traffic::Prediction;

/// The text of the CSV files that a flow names (`flow.files()`), by their path as written in the document.
pub type Files = BTreeMap<String, String>;

/// A flow and one of its scenarios, ready to be simulated.
#[derive(Debug, Clone)]
pub struct Plan {
    pub(crate) flow: String,
    pub(crate) scenario: String,
    pub(crate) seed: u64,
    pub(crate) replications: u32,
    /// Nanoseconds, warm-up included.
    pub(crate) duration: u64,
    pub(crate) warmup: u64,
    /// How long the warm-up is shall be found out.
    pub(crate) warmup_auto: bool,
    /// In document order.
    pub(crate) nodes: Vec<PlannedNode>,
    pub(crate) producers: Vec<Producer>,
    pub(crate) channels: Vec<Channel>,
    pub(crate) groups: Vec<Group>,
    pub(crate) consumers: Vec<Consumer>,
    pub(crate) rules: Vec<Rules>,
    /// How many logs of topics are kept.
    pub(crate) logs: u32,
    pub(crate) memories: Vec<Memory>,
    /// Whether the sizes of messages matter.
    pub(crate) sized: bool,
    pub(crate) services: Vec<Service>,
    pub(crate) publishes: Vec<Publish>,
    pub(crate) routing: Routing,
    pub(crate) pushes: Vec<Push>,
    pub(crate) push_rules: Vec<PushRule>,
    /// Whether anything routes or filters.
    pub(crate) is_routed: bool,
    pub(crate) calls: Vec<Call>,
    /// In document order.
    pub(crate) edges: Vec<Edge>,
    pub(crate) faults: Vec<Fault>,
    /// How many event types are numbered.
    pub(crate) events: u32,
    pub(crate) expectations: Vec<Expectation>,
    /// The faults that were drawn, as lines of the document.
    pub(crate) drawn: Vec<String>,
    pub(crate) notes: Vec<String>,
    pub(crate) prediction: Prediction,
    pub(crate) express: Express,
}

impl Plan {
    /// About how many events the run will take, over all replications.
    pub fn predicted_events(&self) -> u64 {
        // `as` saturates.
        self.prediction.events as u64
    }

    /// How many replications it will run.
    pub fn replications(&self) -> u32 {
        self.replications
    }
}

/// A node of the document and what it became.
#[derive(Debug, Clone)]
pub(crate) struct PlannedNode {
    pub(crate) name: String,
    pub(crate) place: Place,
}

/// Where a node went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Producer(u32),
    Channel(u32),
    Consumer(u32),
    Service(u32),
}

#[derive(Debug, Clone)]
pub(crate) struct Producer {
    pub(crate) name: String,
    pub(crate) arrivals: Arrivals,
    pub(crate) publishes: Range<u32>,
    pub(crate) outbox: Option<Outbox>,
}

/// A transactional outbox and its relay.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Outbox {
    pub(crate) every: u64,
    pub(crate) batch: u32,
}

#[derive(Debug, Clone)]
pub(crate) struct Publish {
    pub(crate) to: Target,
    pub(crate) probability: f64,
    pub(crate) count: u32,
    pub(crate) key: Option<KeySampler>,
    pub(crate) delay: Option<Sampler>,
    /// On the way to the channel's broker.
    pub(crate) latency: Option<Sampler>,
    /// Event type as numbered by the plan.
    pub(crate) event: Option<u32>,
    /// The producer whose outbox it goes through.
    pub(crate) outbox: Option<u32>,
    /// Whether its messages have ids made from what caused them.
    pub(crate) by_cause: bool,
    /// Whose random numbers it uses: the node and its place in the node's list.
    pub(crate) owner: String,
    pub(crate) part: u32,
}

#[expect(clippy::struct_excessive_bools, reason = "independent properties, each read on its own")]
#[derive(Debug, Clone)]
pub(crate) struct Channel {
    pub(crate) name: String,
    pub(crate) hub: Hub,
    /// Pushes per second that a bus makes at most.
    pub(crate) throttle: Option<f64>,
    pub(crate) is_queue: bool,
    pub(crate) broker: BrokerKind,
    pub(crate) broker_id: Option<String>,
    pub(crate) groups: Range<u32>,
    /// 0: a plain line.
    pub(crate) partitions: u32,
    /// One message of a key in hand at a time in every group.
    pub(crate) per_key: bool,
    pub(crate) max_length: Option<u64>,
    pub(crate) overflow: Overflow,
    pub(crate) ttl: Option<u64>,
    /// A time to live that each message draws for itself.
    pub(crate) patience: Option<Sampler>,
    pub(crate) discipline: Discipline,
    /// Highest priority.
    pub(crate) priorities: u8,
    /// From the broker to an instance, and of an acknowledgement back.
    pub(crate) delivery_latency: Option<Sampler>,
    /// Whether deliveries never overtake each other on their way.
    pub(crate) keeps_order: bool,
    pub(crate) dead_letter: Option<Target>,
    /// What a topic keeps, where that may be less than everything.
    pub(crate) kept: Option<Kept>,
    /// The memory that its messages fill, of the plan's list; `NIL`.
    pub(crate) memory: u32,
    /// The memory of its broker, whose alarm keeps publishers waiting; `NIL`.
    pub(crate) broker_memory: u32,
    /// Whether storing a message has to be noted.
    pub(crate) limited: bool,
    /// For how long it remembers the ids of messages; 0 is not at all.
    pub(crate) remembers: u64,
}

/// How much a topic keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Kept {
    /// For how long, in nanoseconds; `u64::MAX` is for ever.
    pub(crate) age: u64,
    /// How many messages and how many bytes, in each partition; `u64::MAX` is without limit.
    pub(crate) length: u64,
    pub(crate) bytes: u64,
    /// Whether the new one goes when it is full, not the oldest.
    pub(crate) discard_new: bool,
    pub(crate) policy: RetentionPolicy,
    /// The first of its logs, numbered over the plan; `NIL` when only its age counts.
    pub(crate) logs: u32,
}

/// What the queues of a broker may hold before its publishers wait.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Memory {
    pub(crate) broker: String,
    /// Bytes.
    pub(crate) limit: u64,
}

/// Whether a channel keeps messages or passes them on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hub {
    /// It keeps them.
    No,
    /// An exchange.
    Exchange,
    /// A bus.
    Bus,
}

/// A channel and the edge that leads to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Target {
    pub(crate) channel: u32,
    pub(crate) edge: u32,
    /// Type of the event as numbered by the plan; [`NO_EVENT`] when nobody says.
    pub(crate) event: u32,
    /// What is known of the message, as numbered by the plan.
    pub(crate) class: u32,
    pub(crate) priority: u8,
    /// Bytes of the message.
    pub(crate) size: u32,
    /// Its id, where a channel may recognise it; 0 is none.
    pub(crate) id: u64,
}

/// Of what is not limited.
pub(crate) const NO_LIMIT: u32 = u32::MAX;

/// "No type" among event types.
pub(crate) const NO_EVENT: u32 = u32::MAX;

#[expect(clippy::struct_excessive_bools, reason = "independent properties, each read on its own")]
#[derive(Debug, Clone)]
pub(crate) struct Group {
    pub(crate) channel: u32,
    /// Under which names the document knows it; a queue's group has one per subscriber.
    pub(crate) names: Vec<String>,
    pub(crate) lanes: Range<u32>,
    pub(crate) partitioned: bool,
    /// Of a kafka group; all others hand partitions over at once and never deliver again what was handled.
    pub(crate) coordination: Option<Coordination>,
    /// Its messages are handled several at once.
    pub(crate) batch: Option<Batch>,
    /// A plain line of which one message of a key is in hand at a time.
    pub(crate) per_key: bool,
    pub(crate) members: Vec<u32>,
    /// Whether its messages are pushed into the windows of its only member's instances.
    pub(crate) windowed: bool,
    /// The rules of its first member; `NIL` is none.
    pub(crate) rules: u32,
    /// How many of its messages may be delivered and unacknowledged at once; [`NO_LIMIT`].
    pub(crate) max_pending: u32,
    /// Whether anything is kept beside its messages from their coming to their leaving: places, or room in a stream.
    pub(crate) accounted: bool,
    /// Whether an expectation asks for its own latency.
    pub(crate) measured: bool,
    /// Whether an autoscaler looks whenever its lag changes.
    pub(crate) watched: bool,
}

#[derive(Debug, Clone)]
pub(crate) struct Consumer {
    pub(crate) name: String,
    pub(crate) subscriptions: Vec<Subscription>,
    pub(crate) instances: Range<u32>,
    pub(crate) concurrency: u32,
    /// Attempts per second, over all instances.
    pub(crate) rate_limit: Option<f64>,
    pub(crate) service_time: Sampler,
    pub(crate) failure: f64,
    pub(crate) poison: f64,
    pub(crate) timeout: Option<u64>,
    pub(crate) retry: Retry,
    /// Whether the flow gave that `retry`.
    pub(crate) retry_given: bool,
    /// Retry budgets are numbered over the plan: for each consumer and call that has one, one per instance.
    pub(crate) budgets: Range<u32>,
    /// How many unacknowledged messages are pushed to an instance; 0: an instance takes a message when it has a server for it.
    pub(crate) window: u32,
    /// Whether any of its subscriptions has rules of its broker.
    pub(crate) ruled: bool,
    pub(crate) dead_letter: Option<Target>,
    pub(crate) idempotent: Option<u64>,
    /// From an instance's start until it handles: in a deploy, and after a crash.
    pub(crate) start_time: Option<Sampler>,
    /// How many of its instances run is decided as it goes.
    pub(crate) autoscale: Option<Autoscale>,
    /// How long it takes to recognise what was handled before.
    pub(crate) lookup: u64,
    pub(crate) calls: Range<u32>,
    pub(crate) publishes: Range<u32>,
}

impl Consumer {
    /// How many messages it can handle at once.
    pub(crate) fn servers(&self) -> f64 {
        self.instances.len() as f64 * f64::from(self.concurrency)
    }
}

/// Several messages in one attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Batch {
    /// At most so many.
    pub(crate) size: u32,
    /// For so long the first waits for more, in nanoseconds.
    pub(crate) wait: u64,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Subscription {
    pub(crate) group: u32,
    pub(crate) edge: u32,
    /// After how many deliveries the channel gives a message up.
    pub(crate) deliveries: u32,
    /// Index of the push rule by which failures are repeated; `NIL`: by the consumer's own retry.
    pub(crate) push_rule: u32,
    /// Its place in the plan's list of rules; `NIL` is none.
    pub(crate) rules: u32,
}

#[derive(Debug, Clone)]
pub(crate) struct Retry {
    /// `u32::MAX` is without limit.
    pub(crate) attempts: u32,
    pub(crate) backoff: Backoff,
    pub(crate) to_front: bool,
    pub(crate) budget: Option<Budget>,
}

/// Nanoseconds before the next attempt.
#[derive(Debug, Clone)]
pub(crate) enum Backoff {
    Fixed(u64),
    Exponential { first: f64, factor: f64, max: f64, jitter: Jitter },
    List(Vec<u64>),
}

impl Backoff {
    /// The shortest delay without its jitter.
    pub(crate) fn shortest(&self) -> f64 {
        match self {
            Backoff::Fixed(delay) => *delay as f64,
            Backoff::Exponential { first, max, .. } => first.min(*max),
            Backoff::List(delays) => delays.iter().min().map_or(0.0, |&delay| delay as f64),
        }
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) service: u32,
    pub(crate) edge: u32,
    pub(crate) timeout: Option<u64>,
    pub(crate) breaker: Option<Breaker>,
    /// Breakers are numbered over the plan: for each call that has one, one per instance of its consumer.
    pub(crate) breakers: Range<u32>,
    pub(crate) retry: Retry,
    /// Its budgets, one per instance of its consumer.
    pub(crate) budgets: Range<u32>,
    pub(crate) probability: f64,
    /// Whether a store is asked to read.
    pub(crate) reads: bool,
    /// How many an instance may have under way.
    pub(crate) max_concurrent: Option<u32>,
    /// Bulkheads are numbered over the plan: for each call that has one, one per instance of its consumer.
    pub(crate) bulkheads: Range<u32>,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Breaker {
    pub(crate) failures: u32,
    pub(crate) within: u64,
    pub(crate) open: u64,
}

#[derive(Debug, Clone)]
pub(crate) struct Service {
    pub(crate) name: String,
    /// Of a store: of a write.
    pub(crate) latency: Sampler,
    /// Of a store: of a read.
    pub(crate) read_time: Option<Sampler>,
    /// Of a store: where its writes become events.
    pub(crate) projects: Vec<Target>,
    /// `None`: without limit.
    pub(crate) concurrency: Option<u32>,
    /// Calls per second.
    pub(crate) rate_limit: Option<f64>,
    pub(crate) failure: f64,
    /// Share of the messages for which no call can ever succeed.
    pub(crate) poison: f64,
}

#[derive(Debug, Clone)]
pub(crate) struct Edge {
    pub(crate) from: String,
    pub(crate) to: String,
    pub(crate) kind: EdgeKind,
    /// The producer that it comes from, if it comes from one.
    pub(crate) producer: Option<u32>,
}
