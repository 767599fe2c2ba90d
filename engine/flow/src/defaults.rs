//! What a broker supplies when a flow does not say: one table of values, each with its source.
//!
//! The table is in `defaults/table.rs`. Whoever needs a default asks here ([`lookup`] and its typed shorthands), the
//! simulation as well as whoever shows "30 s (default of Amazon SQS)". How a value is used is not written here.

mod place;
mod table;

use std::fmt;

pub use place::Supplied;

use crate::model::{BrokerKind, Duration, Jitter, Size};

macro_rules! settings {
    ($($(#[doc = $doc:literal])+ $variant:ident = $name:literal,)+) => {
        /// What can have a default. Named as in a document where a document can set it.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Setting {
            $($(#[doc = $doc])+ $variant,)+
        }

        impl Setting {
            /// In snake case, as in a document.
            pub fn name(self) -> &'static str {
                match self {
                    $(Setting::$variant => $name,)+
                }
            }
        }
    };
}

settings! {
    /// From a publisher's send until the broker has stored the message.
    PublishLatency = "publish_latency",
    /// From the broker to a client, and of an acknowledgement back.
    DeliveryLatency = "delivery_latency",
    /// How many unacknowledged messages an instance may hold.
    Prefetch = "prefetch",
    /// The most that `prefetch` may be.
    PrefetchCap = "prefetch_cap",
    /// Unacknowledged messages over a whole group.
    MaxAckPending = "max_ack_pending",
    /// How long a received message stays invisible.
    VisibilityTimeout = "visibility_timeout",
    /// How long a delivery may stay unacknowledged.
    AckDeadline = "ack_deadline",
    /// Until when client libraries extend an acknowledgement deadline, from the delivery.
    MaxLease = "max_lease",
    /// Whether an acknowledgement after the end of the lease counts.
    LateAck = "late_ack",
    /// How long an unacknowledged delivery keeps its consumer.
    ConsumerTimeout = "consumer_timeout",
    /// Between two looks for consumers beyond their timeout.
    ConsumerTimeoutCheck = "consumer_timeout_check",
    /// Time before the next delivery after a failure that the client reports.
    NackDelay = "nack_delay",
    /// Time before the next delivery after a failed push or call.
    Backoff = "backoff",
    /// After so many deliveries a message is given up.
    MaxDeliveries = "max_deliveries",
    /// Where a message that came back waits: `original`, `head` or `tail`.
    Requeue = "requeue",
    /// Of what kind a queue is.
    QueueType = "type",
    /// What happens to a message too many.
    Overflow = "overflow",
    /// For how long undelivered messages are kept.
    Retention = "retention",
    /// For how long delivery of one event is tried.
    MaxAge = "max_age",
    /// How long a target may take to answer.
    ResponseTimeout = "response_timeout",
    /// From the last attempt until the dead letter is written.
    DeadLetterDelay = "dead_letter_delay",
    /// Publishes or deliveries per second.
    Throttle = "throttle",
    /// Greatest message.
    MaxMessageSize = "max_message_size",
    /// Within what time a repeated publish of the same id is recognised.
    DeduplicationWindow = "deduplication_window",
    /// Share of memory from which publishers are blocked.
    MemoryWatermark = "memory_watermark",
    /// Messages that one receive or push may hold.
    Batch = "batch",
    /// How long a receive, fetch or push waits to be filled.
    BatchWait = "batch_wait",
    /// Records that one poll may give.
    MaxPollRecords = "max_poll_records",
    /// The longest time between two polls.
    MaxPollInterval = "max_poll_interval",
    /// Without a heartbeat for so long a member is gone.
    SessionTimeout = "session_timeout",
    /// Between two heartbeats.
    HeartbeatInterval = "heartbeat_interval",
    /// Between two automatic commits.
    AutoCommitInterval = "auto_commit_interval",
    /// How long the first member of a group waits for others.
    InitialRebalanceDelay = "initial_rebalance_delay",
    /// How partitions are handed over: `eager` or `cooperative`.
    Rebalance = "rebalance",
    /// How long a rebalance takes, from its cause until the partitions are dealt.
    RebalanceTime = "rebalance_time",
    /// Where a group without an offset begins: `latest` or `earliest`.
    OffsetReset = "offset_reset",
    /// How long a producer collects a batch.
    Linger = "linger",
    /// How long a producer tries to get a record stored.
    DeliveryTimeout = "delivery_timeout",
    /// Replicas that must have a record.
    MinInsyncReplicas = "min_insync_replicas",
    /// How many partitions a topic has.
    Partitions = "partitions",
    /// What a full stream does: `old` or `new` is discarded.
    Discard = "discard",
    /// When a stream lets go of messages: `limits`, `interest` or `work-queue`.
    RetentionPolicy = "retention_policy",
}

/// A default.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Value {
    /// A time.
    Time(Duration),
    /// A number of things.
    Count(u64),
    /// A size.
    Size(Size),
    /// Per second.
    Rate(f64),
    /// A part of a whole.
    Share(f64),
    /// A switch.
    Switch(bool),
    /// One of several words.
    Word(&'static str),
    /// A lognormal latency by median and 99th percentile.
    Latency {
        /// Median.
        p50: Duration,
        /// 99th percentile.
        p99: Duration,
    },
    /// A delay per failure; the last one repeats.
    Delays(&'static [Duration]),
    /// `first · factorⁿ⁻¹` after the n-th failure, at most `max`.
    Exponential {
        /// After the first failure.
        first: Duration,
        /// Growth.
        factor: f64,
        /// At most.
        max: Duration,
        /// How it is spread.
        jitter: Jitter,
    },
    /// Without limit.
    Unlimited,
}

/// Where a default comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// The vendor's documentation, API model or source code.
    Vendor(&'static str),
    /// Seen on a running broker of this version.
    Measured(&'static str),
    /// Nobody publishes it; why this value was taken.
    Assumption(&'static str),
}

/// One row of the table.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Entry {
    /// Whose it is.
    pub broker: BrokerKind,
    /// Of which of its kinds of channel or delivery, such as `quorum`; empty for all.
    pub variant: &'static str,
    /// What it is a default of.
    pub setting: Setting,
    /// The default.
    pub value: Value,
    /// Where it comes from.
    pub source: Source,
}

/// The whole table, by broker.
pub fn all() -> &'static [Entry] {
    table::TABLE
}

/// The row of a setting: that of the variant if there is one, else that of the whole broker.
pub fn lookup(broker: BrokerKind, variant: &str, setting: Setting) -> Option<&'static Entry> {
    let find = |variant: &str| {
        table::TABLE.iter().find(|e| e.broker == broker && e.setting == setting && e.variant == variant)
    };
    find(variant).or_else(|| find(""))
}

/// The value of a setting.
pub fn value(broker: BrokerKind, variant: &str, setting: Setting) -> Option<Value> {
    lookup(broker, variant, setting).map(|entry| entry.value)
}

/// A default that is a time; `None` if there is none or it is without limit.
pub fn time(broker: BrokerKind, variant: &str, setting: Setting) -> Option<Duration> {
    match value(broker, variant, setting) {
        Some(Value::Time(time)) => Some(time),
        _ => None,
    }
}

/// A default that is a number; `None` if there is none or it is without limit.
pub fn count(broker: BrokerKind, variant: &str, setting: Setting) -> Option<u64> {
    match value(broker, variant, setting) {
        Some(Value::Count(count)) => Some(count),
        _ => None,
    }
}

/// A default that is one of several words.
pub fn word(broker: BrokerKind, variant: &str, setting: Setting) -> Option<&'static str> {
    match value(broker, variant, setting) {
        Some(Value::Word(word)) => Some(word),
        _ => None,
    }
}

/// A default that is a switch.
pub fn switch(broker: BrokerKind, variant: &str, setting: Setting) -> Option<bool> {
    match value(broker, variant, setting) {
        Some(Value::Switch(on)) => Some(on),
        _ => None,
    }
}

/// A default that is a rate per second.
pub fn rate(broker: BrokerKind, variant: &str, setting: Setting) -> Option<f64> {
    match value(broker, variant, setting) {
        Some(Value::Rate(rate)) => Some(rate),
        _ => None,
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Time(time) => write!(f, "{time}"),
            Value::Count(count) => write!(f, "{count}"),
            Value::Size(size) => write!(f, "{size}"),
            Value::Rate(rate) => write!(f, "{rate}/s"),
            Value::Share(share) => write!(f, "{}%", share * 100.0),
            Value::Switch(on) => f.write_str(if *on { "yes" } else { "no" }),
            Value::Word(word) => f.write_str(word),
            Value::Latency { p50, p99 } => write!(f, "{p50} (p99 {p99})"),
            Value::Delays(delays) => {
                for (i, delay) in delays.iter().enumerate() {
                    write!(f, "{}{delay}", if i > 0 { ", " } else { "" })?;
                }
                Ok(())
            }
            Value::Exponential { first, factor, max, jitter } => {
                write!(f, "{first} × {factor}ⁿ, at most {max}")?;
                if *jitter == Jitter::None { Ok(()) } else { f.write_str(", jittered") }
            }
            Value::Unlimited => f.write_str("unlimited"),
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Source::Vendor(page) => f.write_str(page),
            Source::Measured(version) => write!(f, "measured on {version}"),
            Source::Assumption(why) => write!(f, "assumption: {why}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_of_a_broker_has_one_row() {
        let mut keys: Vec<_> = all().iter().map(|e| (e.broker, e.variant, e.setting)).collect();
        let rows = keys.len();
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys.len(), rows);
    }

    #[test]
    fn rows_of_a_broker_stand_together_and_generic_supplies_nothing() {
        assert!(all().is_sorted_by_key(|e| e.broker));
        assert!(all().iter().all(|e| e.broker != BrokerKind::Generic));
    }

    #[test]
    fn a_variant_has_its_own_value_or_that_of_its_broker() {
        let requeue = |variant| word(BrokerKind::Rabbitmq, variant, Setting::Requeue);
        assert_eq!(requeue("classic"), Some("original"));
        assert_eq!(requeue("quorum"), Some("tail"));
        assert_eq!(
            time(BrokerKind::Rabbitmq, "quorum", Setting::ConsumerTimeout),
            Some(Duration::from_nanos(1_800_000_000_000))
        );
        assert_eq!(count(BrokerKind::Generic, "", Setting::Prefetch), None);
    }

    #[test]
    fn values_and_sources_can_be_shown() {
        let entry = lookup(BrokerKind::Sqs, "", Setting::VisibilityTimeout).unwrap();
        assert_eq!(entry.value.to_string(), "30s");
        assert!(entry.source.to_string().contains("AWS"));
        assert!(all().iter().all(|e| !e.value.to_string().is_empty() && !e.source.to_string().is_empty()));
    }
}
