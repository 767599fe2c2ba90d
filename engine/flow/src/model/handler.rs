//! What produces, handles and answers: producers, consumers, services, stores, workflows, streams.

use schemars::JsonSchema;

use super::{Distribution, Duration, EventTypeId, Load, NodeId, Pattern, Rate, Share, Size};

/// A source of events.
#[derive(Debug, Clone, PartialEq, Default, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Producer {
    /// When it produces.
    pub load: Option<Load>,
    /// What each production publishes.
    #[schemars(default)]
    pub publishes: Vec<Publish>,
    /// Events are written with the business data and relayed by polling.
    pub outbox: Option<Outbox>,
}

/// A transactional outbox and its relay.
#[derive(Debug, Clone, Copy, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Outbox {
    /// Time between two looks of the relay.
    pub every: Duration,
    /// How many events it takes at once.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub batch: u32,
}

/// One kind of message that a node publishes.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Publish {
    /// The channel.
    pub to: NodeId,
    /// The event type.
    pub event: Option<EventTypeId>,
    /// How its key is chosen; a handler's messages keep the key of what caused them unless they say otherwise,
    /// a producer's without a key are spread over the partitions in turn.
    pub key: Option<Key>,
    /// How often it is published at all; default 1.
    pub probability: Option<Share>,
    /// How many at once; default 1.
    #[schemars(range(min = 1, max = 10_000))]
    pub count: Option<u32>,
    /// Time from the cause to the publishing; default none.
    pub delay: Option<Distribution>,
    /// Priority in queues whose discipline is `priority`; default 0, the lowest.
    pub priority: Option<u8>,
    /// Size of one message, when it differs from its event type's.
    pub size: Option<Size>,
    /// Routing key (RabbitMQ), subject (NATS, Event Grid) or detail type (EventBridge); default the event type.
    pub routing_key: Option<String>,
    /// Headers (RabbitMQ), attributes (SNS, Pub/Sub) or fields of the detail (EventBridge) that every such message has.
    #[schemars(default)]
    pub attributes: serde_json::Map<String, serde_json::Value>,
    /// From what its id is made, by which a channel recognises what it has already; default one of its own.
    pub message_id: Option<MessageId>,
}

/// From what the id of a message is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, JsonSchema)]
#[schemars(rename_all = "lowercase")]
pub enum MessageId {
    /// The message that caused it: whoever handles that one twice publishes the same id twice.
    Cause,
}

/// How the key of a message is chosen.
#[derive(Debug, Clone, Copy, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields, rename_all = "lowercase")]
pub enum Key {
    /// Key of rank r with weight 1/rˢ.
    Zipf {
        /// How many keys.
        #[schemars(range(min = 1, max = 1_000_000_000))]
        keys: u64,
        /// Exponent.
        #[schemars(range(min = 0, max = 10))]
        s: f64,
    },
    /// Every key equally often.
    Uniform {
        /// How many keys.
        #[schemars(range(min = 1, max = 1_000_000_000))]
        keys: u64,
    },
    /// Every message its own.
    Unique,
}

/// A handler group.
#[derive(Debug, Clone, PartialEq, Default, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Consumer {
    /// What it handles.
    #[schemars(default)]
    pub subscribes: Vec<Subscription>,
    /// How many run; with `autoscale` how many there are at the start, default its `min`. Without it default 1.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub instances: Option<u32>,
    /// How many messages each handles at once; default 1.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub concurrency: Option<u32>,
    /// Attempts a second, over all instances; work beyond waits. A bucket of one second's worth allows short bursts.
    pub rate_limit: Option<Rate>,
    /// Time of its own work per attempt; default none.
    pub service_time: Option<Distribution>,
    /// How attempts fail.
    pub failure: Option<Failure>,
    /// After how long an attempt is given up.
    pub timeout: Option<Duration>,
    /// How failed attempts are repeated; without it the broker's rule holds.
    pub retry: Option<Retry>,
    /// Where given-up messages go; without it they are lost.
    pub dead_letter: Option<NodeId>,
    /// How repeats are recognised.
    pub idempotent: Option<Idempotent>,
    /// What it calls and waits for, one after the other, after its own work.
    #[schemars(default)]
    pub calls: Vec<Call>,
    /// What a successful attempt publishes.
    #[schemars(default)]
    pub publishes: Vec<Publish>,
    /// How many messages it takes at once.
    pub batch: Option<Batch>,
    /// How instances follow the lag.
    pub autoscale: Option<Autoscale>,
    /// Whether messages of one key are handled one after the other.
    pub order: Option<HandlingOrder>,
    /// Time from an instance's start until it handles: in a `deploy`, after a crash, and when `autoscale` adds one.
    pub start_time: Option<Distribution>,
}

/// A handler's share in a channel.
#[derive(Debug, Clone, PartialEq, Default, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Subscription {
    /// The channel.
    pub from: NodeId,
    /// The group; default the node's own name.
    pub group: Option<String>,
    /// How many unacknowledged messages an instance may hold.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub prefetch: Option<u32>,
    /// How long a delivery may stay unacknowledged.
    pub ack_deadline: Option<Duration>,
    /// NATS: how long the n-th delivery may stay unacknowledged, in place of `ack_deadline`; the last one repeats.
    #[schemars(default)]
    pub backoff: Vec<Duration>,
    /// Until when the client extends the lease while it handles the message, from the delivery; `0s` is not at all.
    /// Default 1 hour for Pub/Sub, not at all for others.
    pub max_lease: Option<Duration>,
    /// NATS: how many messages may be unacknowledged over the whole group; default 1000.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub max_ack_pending: Option<u32>,
    /// After how many deliveries a message is given up.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub max_deliveries: Option<u32>,
    /// How long a received message stays invisible.
    pub visibility_timeout: Option<Duration>,
    /// What is delivered at all, in the language of the channel's broker: a NATS subject, a Pub/Sub filter, an SNS filter
    /// policy, an Event Grid filter, an EventBridge event pattern; elsewhere event types such as `order.*`.
    pub filter: Option<Pattern>,
    /// How many messages are fetched at once.
    pub batch: Option<Batch>,
    /// Kafka: without a heartbeat for so long a member is taken for dead (`session.timeout.ms`).
    pub session_timeout: Option<Duration>,
    /// Kafka: how partitions change hands (`partition.assignment.strategy`).
    pub assignment: Option<Assignment>,
    /// Kafka: how long a rebalance takes.
    pub rebalance_time: Option<Duration>,
    /// Kafka: whether a member that returns within its session keeps its partitions (`group.instance.id`).
    pub static_membership: Option<bool>,
    /// Kafka: when progress is stored.
    pub commit: Option<Commit>,
    /// Kafka: time between two automatic commits (`auto.commit.interval.ms`).
    pub commit_interval: Option<Duration>,
    /// Kafka: how many records of a partition one poll may give (`max.poll.records`).
    #[schemars(range(min = 1, max = 1_000_000))]
    pub max_poll_records: Option<u32>,
    /// Kafka: a member that does not poll for so long leaves its group (`max.poll.interval.ms`).
    pub max_poll_interval: Option<Duration>,
}

/// How the partitions of a kafka group change hands in a rebalance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, JsonSchema)]
#[schemars(rename_all = "lowercase")]
pub enum Assignment {
    /// Every member gives up all its partitions first (`range`, `roundrobin`).
    Eager,
    /// Only partitions that change hands are given up (`cooperative-sticky`).
    Cooperative,
}

/// When the progress of a kafka group is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, JsonSchema)]
#[schemars(rename_all = "lowercase")]
pub enum Commit {
    /// By the client, every `commit_interval` and before it gives partitions up.
    Auto,
    /// By the handler, after everything that one poll gave.
    Batch,
    /// By the handler, after every message.
    Message,
}

/// How attempts fail.
#[derive(Debug, Clone, Copy, PartialEq, Default, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Failure {
    /// Share of attempts that fail by chance.
    #[schemars(default)]
    pub rate: Share,
    /// Share of messages that can never succeed.
    #[schemars(default)]
    pub poison: Share,
}

/// How failed attempts are repeated.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Retry {
    /// How many attempts in all.
    pub attempts: Attempts,
    /// Time before the next attempt.
    #[schemars(default = "no_backoff")]
    pub backoff: Backoff,
    /// Where the message waits for it.
    #[schemars(default)]
    pub requeue: Requeue,
    /// How many retries there may be beside the first attempts; those beyond are not made. Default without limit.
    pub budget: Option<RetryBudget>,
}

/// How much of its load a client may add by retrying: a bucket that first attempts fill and retries empty. Each instance has
/// its own.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RetryBudget {
    /// What a first attempt adds, in retries.
    pub share: Share,
    /// How many retries the bucket holds at most, and at the start.
    pub burst: u32,
}

impl RetryBudget {
    /// What a bucket holds unless the flow says otherwise: 500 tokens at 5 for a retry (AWS SDKs and Tools Reference
    /// Guide, "Retry behavior", standard mode).
    pub const DEFAULT_BURST: u32 = 100;
}

/// A number of attempts, the first included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attempts {
    /// At most so many; at least 1.
    AtMost(u32),
    /// As many as it takes (`unlimited`).
    Unlimited,
}

/// Time before the next attempt.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields, rename_all = "lowercase")]
pub enum Backoff {
    /// `first · factorⁿ⁻¹` after the n-th failure, at most `max`.
    Exponential {
        /// After the first failure.
        first: Duration,
        /// Growth; default 2.
        #[schemars(default = "double", range(min = 1, max = 1000))]
        factor: f64,
        /// At most.
        max: Option<Duration>,
        /// How it is spread.
        #[schemars(default)]
        jitter: Jitter,
    },
    /// Always the same; also what a bare duration means.
    #[schemars(untagged)]
    Fixed(Duration),
    /// A delay per failure; the last one repeats.
    #[schemars(untagged)]
    List(Vec<Duration>),
}

/// How a delay d is spread (AWS Architecture Blog, "Exponential Backoff And Jitter").
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, JsonSchema)]
#[schemars(rename_all = "lowercase")]
pub enum Jitter {
    /// Not at all.
    #[default]
    None,
    /// Uniform between 0 and d.
    Full,
    /// Half of d, and uniform between 0 and the other half.
    Equal,
    /// Uniform between the first delay and three times the last one drawn.
    Decorrelated,
}

/// Where a failed message waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, JsonSchema)]
#[schemars(rename_all = "lowercase")]
pub enum Requeue {
    /// Before those that wait.
    #[default]
    Front,
    /// Behind them.
    Back,
}

/// How repeats are recognised.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Idempotent {
    /// What is remembered, such as `event_id`.
    pub key: String,
    /// For how long.
    pub window: Duration,
    /// How long it takes to recognise a repeat; default no time.
    pub lookup: Option<Duration>,
}

/// Something that a handler calls and waits for.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Call {
    /// The service or store.
    pub service: NodeId,
    /// What a store is asked to do; default write.
    pub operation: Option<Operation>,
    /// After how long the call is given up.
    pub timeout: Option<Duration>,
    /// Stops calling what keeps failing.
    pub breaker: Option<Breaker>,
    /// How failed calls are repeated within the attempt; default not at all.
    pub retry: Option<Retry>,
    /// How often it is called at all; default 1.
    pub probability: Option<Share>,
    /// A bulkhead: how many such calls an instance may have under way; those beyond fail at once. Default without limit.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub max_concurrent: Option<u32>,
}

/// What a store is asked to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, JsonSchema)]
#[schemars(rename_all = "lowercase")]
pub enum Operation {
    /// Takes the store's read time.
    Read,
    /// Takes the store's write time.
    Write,
}

/// A circuit breaker: closed, open, half-open.
#[derive(Debug, Clone, Copy, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Breaker {
    /// How many failures open it.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub failures: u32,
    /// Within which time.
    pub within: Duration,
    /// How long it stays open before one trial call.
    pub open: Duration,
}

/// Several messages at once.
#[derive(Debug, Clone, Copy, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Batch {
    /// At most so many.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub size: u32,
    /// At most so long after the first.
    pub wait: Duration,
}

/// How instances follow the lag.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Autoscale {
    /// Fewest instances; `0` is none while there is nothing to do.
    pub min: u32,
    /// Most instances, above 0.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub max: u32,
    /// Lag per instance that is aimed at.
    #[schemars(range(min = 1, max = 1_000_000_000))]
    pub target_lag: u64,
    /// Time between two decisions; `0s` decides whenever the lag changes.
    pub every: Duration,
    /// Time after a change in which nothing is taken away.
    pub cooldown: Duration,
    /// Time from the decision until an instance handles; default the consumer's own `start_time`.
    pub start_time: Option<Distribution>,
}

/// Whether messages of one key are handled one after the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, JsonSchema)]
#[schemars(rename_all = "kebab-case")]
pub enum HandlingOrder {
    /// They are (`per-key`).
    PerKey,
    /// They need not be (`none`).
    None,
}

/// Something that a handler calls and waits for.
#[derive(Debug, Clone, PartialEq, Default, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Service {
    /// Time of one answer, once it is worked on; default none.
    pub latency: Option<Distribution>,
    /// How many calls are worked on at once; the others wait; default without limit.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub concurrency: Option<u32>,
    /// Calls a second; those beyond are refused at once. A bucket of one second's worth allows short bursts.
    pub rate_limit: Option<Rate>,
    /// How calls fail.
    pub failure: Option<Failure>,
}

/// A database, event store or read model.
#[derive(Debug, Clone, PartialEq, Default, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Store {
    /// Time of one write; default none.
    pub write_time: Option<Distribution>,
    /// Time of one read; default none.
    pub read_time: Option<Distribution>,
    /// How many operations at once; default without limit.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub concurrency: Option<u32>,
    /// Channels or stores that follow its writes.
    #[schemars(default)]
    pub projects_to: Vec<NodeId>,
}

/// An orchestrated, stateful chain.
#[derive(Debug, Clone, PartialEq, Default, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Workflow {
    /// What starts it.
    #[schemars(default)]
    pub subscribes: Vec<Subscription>,
    /// Its steps, in order.
    #[schemars(default)]
    pub steps: Vec<Step>,
    /// Times it waits for.
    #[schemars(default)]
    pub timers: Vec<Timer>,
    /// What it publishes at its end.
    #[schemars(default)]
    pub publishes: Vec<Publish>,
}

/// One step of a workflow.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Step {
    /// Its name.
    pub name: String,
    /// The call it makes, with its retry and timeout.
    #[schemars(flatten)]
    pub call: Call,
    /// The call that undoes it when a later step fails for good.
    pub compensation: Option<NodeId>,
}

/// A time that a workflow waits for.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Timer {
    /// The step before which it waits.
    pub before: String,
    /// How long.
    pub wait: Distribution,
}

/// A windowed or keyed job.
#[derive(Debug, Clone, PartialEq, Default, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Stream {
    /// What it reads.
    #[schemars(default)]
    pub subscribes: Vec<Subscription>,
    /// What it emits.
    #[schemars(default)]
    pub publishes: Vec<Publish>,
    /// How events are grouped in time.
    pub window: Option<Window>,
    /// How long it waits for late events.
    pub watermark_delay: Option<Duration>,
    /// How its state is saved.
    pub checkpoint: Option<Checkpoint>,
    /// How many tasks run at once; default 1.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub parallelism: Option<u32>,
    /// Time from a failure until it runs again.
    pub restart_time: Option<Duration>,
    /// Time of its work per event; default none.
    pub service_time: Option<Distribution>,
}

/// How a stream groups events in time.
#[derive(Debug, Clone, Copy, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields, rename_all = "lowercase")]
pub enum Window {
    /// One after the other, each of this length.
    Tumbling(Duration),
    /// Overlapping.
    Sliding {
        /// Length of each.
        size: Duration,
        /// Time between two starts.
        every: Duration,
    },
    /// As long as events come closer together than this.
    Session(Duration),
}

/// How a stream's state is saved.
#[derive(Debug, Clone, Copy, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Checkpoint {
    /// Time between two.
    pub every: Duration,
    /// Time one takes.
    pub duration: Duration,
}

fn no_backoff() -> Backoff {
    Backoff::Fixed(Duration::ZERO)
}

fn double() -> f64 {
    2.0
}
