//! Channels: where events wait or are routed.

use schemars::JsonSchema;

use super::{BrokerRef, Distribution, Duration, NodeId, Rate, Retry, Size};

/// A partitioned or subject log; every group reads all of it.
#[derive(Debug, Clone, PartialEq, Default, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Topic {
    /// Who owns it; none is `generic`.
    pub broker: Option<BrokerRef>,
    /// How many partitions; default 1.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub partitions: Option<u32>,
    /// How long events are kept, read or not.
    pub retention: Option<Duration>,
    /// How many bytes are kept; of a partitioned topic in each partition.
    pub max_bytes: Option<Size>,
    /// How many events are kept.
    #[schemars(range(min = 1))]
    pub max_length: Option<u64>,
    /// What happens to an event too many; default `old`.
    pub discard: Option<Discard>,
    /// Until when an event is kept, within the limits; default `limits`.
    pub retention_policy: Option<RetentionPolicy>,
    /// What order is kept; default per partition.
    pub ordering: Option<Ordering>,
    /// For how long the ids of published messages are remembered: one that comes again is answered and not kept.
    pub deduplication_window: Option<Duration>,
}

/// What a topic does with an event that it has no room for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, JsonSchema)]
#[schemars(rename_all = "lowercase")]
pub enum Discard {
    /// The oldest go, read or not.
    #[default]
    Old,
    /// The publisher is told.
    New,
}

/// Until when a topic keeps an event that its limits leave it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, JsonSchema)]
#[schemars(rename_all = "kebab-case")]
pub enum RetentionPolicy {
    /// For ever (`limits`).
    #[default]
    Limits,
    /// Until every group has acknowledged it (`interest`).
    Interest,
    /// Until its only group has acknowledged it (`work-queue`).
    WorkQueue,
}

/// What order a channel keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, JsonSchema)]
#[schemars(rename_all = "kebab-case")]
pub enum Ordering {
    /// None.
    None,
    /// Events of the same partition (`per-partition`).
    PerPartition,
    /// Events of the same key (`per-key`).
    PerKey,
}

/// A queue whose consumers compete.
#[derive(Debug, Clone, PartialEq, Default, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Queue {
    /// Who owns it; none is `generic`.
    pub broker: Option<BrokerRef>,
    /// Of what type a RabbitMQ queue is; default classic.
    #[schemars(rename = "type")]
    pub queue_type: Option<QueueType>,
    /// How many messages may wait; those in a handler's hands do not count.
    pub max_length: Option<u64>,
    /// What happens to a message too many.
    pub overflow: Option<Overflow>,
    /// How long a message may wait; a distribution gives each its own patience.
    pub message_ttl: Option<Distribution>,
    /// After how many deliveries a message is given up.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub delivery_limit: Option<u32>,
    /// Where given-up and expired messages go.
    pub dead_letter: Option<NodeId>,
    /// How long a received message stays invisible.
    pub visibility_timeout: Option<Duration>,
    /// How long a RabbitMQ consumer may hold a message unacknowledged before it loses its channel; default 30 minutes.
    pub consumer_timeout: Option<Duration>,
    /// What order is kept: `per-key` is a FIFO queue with message groups; default none.
    pub ordering: Option<Ordering>,
    /// Highest priority; alone it means `discipline: priority`.
    #[schemars(range(min = 1, max = 255))]
    pub priority: Option<u8>,
    /// Who is next; default who came first.
    pub discipline: Option<Discipline>,
    /// For how long the ids of published messages are remembered: one that comes again is answered and not kept.
    pub deduplication_window: Option<Duration>,
}

/// Types of RabbitMQ queues.
#[derive(Debug, Clone, Copy, PartialEq, Eq, JsonSchema)]
#[schemars(rename_all = "lowercase")]
pub enum QueueType {
    /// One copy, on one node.
    Classic,
    /// Replicated; counts deliveries.
    Quorum,
}

/// Which of the waiting messages is delivered next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, JsonSchema)]
#[schemars(rename_all = "lowercase")]
pub enum Discipline {
    /// Who came first.
    #[default]
    Fifo,
    /// Who came last.
    Lifo,
    /// Anyone.
    Random,
    /// The highest priority, and who came first among equals.
    Priority,
}

/// What happens to a message that a full queue has no room for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, JsonSchema)]
#[schemars(rename_all = "kebab-case")]
pub enum Overflow {
    /// The oldest message goes (`drop-head`).
    DropHead,
    /// The publisher is told (`reject-publish`).
    RejectPublish,
    /// The publisher is told and the message is dead-lettered (`reject-publish-dlx`).
    RejectPublishDlx,
}

/// RabbitMQ routing: every matching queue gets a copy.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Exchange {
    /// Who owns it; none is `generic`.
    pub broker: Option<BrokerRef>,
    /// How routes match; default `fanout`.
    #[schemars(rename = "type", default = "default_exchange_type")]
    pub exchange_type: ExchangeType,
    /// Its bindings.
    #[schemars(default)]
    pub routes: Vec<Route>,
}

/// How an exchange matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, JsonSchema)]
#[schemars(rename_all = "lowercase")]
pub enum ExchangeType {
    /// Routing key equals the pattern.
    Direct,
    /// Routing key matches words with `*` and `#`.
    Topic,
    /// Everything.
    Fanout,
    /// Header values.
    Headers,
}

/// A binding of an exchange.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Route {
    /// The channel that gets a copy.
    pub to: NodeId,
    /// What must match; an event's type is its routing key.
    pub pattern: Option<Pattern>,
}

/// What a route lets through.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(untagged)]
pub enum Pattern {
    /// A routing key or a pattern of one.
    Key(String),
    /// Header values or an event pattern.
    #[schemars(with = "serde_json::Map<String, serde_json::Value>")]
    Fields(serde_json::Value),
}

/// An EventBridge-like bus: rules filter and push to targets.
#[derive(Debug, Clone, PartialEq, Default, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Bus {
    /// Who owns it; none is `generic`.
    pub broker: Option<BrokerRef>,
    /// Its rules.
    #[schemars(default)]
    pub routes: Vec<BusRoute>,
    /// How many deliveries a second it makes at most.
    pub throttle: Option<Rate>,
}

/// A rule of a bus.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct BusRoute {
    /// The target: a channel or a consumer.
    pub to: NodeId,
    /// What must match.
    pub pattern: Option<Pattern>,
    /// How a failed push is repeated.
    pub retry: Option<Retry>,
    /// Where given-up events go.
    pub dead_letter: Option<NodeId>,
}

fn default_exchange_type() -> ExchangeType {
    ExchangeType::Fanout
}
