//! Delivery rules: what a broker does with a delivery that is not acknowledged.

use thalweg_flow::defaults::{self, Setting};
use thalweg_flow::{self as flow, BrokerKind, NodeKind, QueueType};

use super::Channel;
use super::channels::kind_name;
use super::names::Compiler;

/// What holds for the deliveries of one subscription.
#[derive(Debug, Clone)]
pub(crate) struct Rules {
    /// By delivery, how long it may stay unacknowledged, in nanoseconds; the last one repeats. Empty: as long as its
    /// connection lives.
    pub(crate) leases: Vec<u64>,
    /// Until when the client extends a lease while it handles the message, from the delivery.
    pub(crate) extended: u64,
    /// A lease ends at a multiple of this (RabbitMQ looks once a minute); 0 is at once.
    pub(crate) tick: u64,
    /// With one lease all of the instance end: its channel is closed.
    pub(crate) closes_channel: bool,
    /// Whether an acknowledgement after the end of the lease counts.
    pub(crate) late_ack: bool,
    /// Whether a message whose instance is lost, or whose handler failed, stays invisible until its lease ends.
    pub(crate) crash: Comeback,
    pub(crate) failure: Comeback,
    /// Where a message that came back waits.
    pub(crate) position: Position,
    pub(crate) limit: AtLimit,
    /// Delays after a lease that ended; the consumer's `retry` where that is the subscription's own retry policy.
    pub(crate) retries_timeouts: bool,
    /// Its first timer: one per entry of `leases`.
    pub(crate) timers: u32,
}

/// When a message can be delivered again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Comeback {
    AtOnce,
    WithTheLease,
}

/// Where a message that came back waits among those of its line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Position {
    /// Where it would stand had it never left.
    Original,
    /// Before those never delivered, behind those that came back before.
    Head,
    Tail,
}

/// What happens after the last delivery that is allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AtLimit {
    /// Given up when the last delivery fails.
    AtOnce,
    /// Given up when it would be received once more (SQS).
    AtNextReceive,
    /// Never delivered again and kept by the stream; an acknowledgement still counts (JetStream).
    Exhausted,
}

impl Compiler<'_> {
    /// The rules of a subscription, or `None` when a message in hand stays there until its handler is done with it.
    pub(crate) fn delivery_rules(
        &mut self,
        path: &str,
        entry: &flow::Subscription,
        channel: &Channel,
    ) -> Option<Rules> {
        let queue = match self.flow.nodes.get(&entry.from).map(|node| &node.kind) {
            Some(NodeKind::Queue(queue)) => Some(queue),
            _ => None,
        };
        let visibility = entry.visibility_timeout.or(queue.and_then(|queue| queue.visibility_timeout));
        let kind = channel.broker;
        self.check_leases(path, entry, visibility.is_some(), channel);
        if channel.partitions > 0 {
            return None;
        }
        let default = |setting| defaults::time(kind, "", setting);
        let nanos = |time: Option<flow::Duration>| time.map(flow::Duration::as_nanos);
        let lease =
            visibility.or(entry.ack_deadline).or(default(Setting::VisibilityTimeout)).or(default(Setting::AckDeadline));
        let late_ack = defaults::switch(kind, "", Setting::LateAck).unwrap_or(visibility.is_none());
        let max_lease = nanos(entry.max_lease.or(default(Setting::MaxLease))).unwrap_or(0);
        let leased = |limit| Rules {
            leases: match &entry.backoff[..] {
                [] => nanos(lease).into_iter().collect(),
                steps => steps.iter().map(|step| step.as_nanos()).collect(),
            },
            extended: max_lease,
            tick: 0,
            closes_channel: false,
            late_ack,
            crash: Comeback::WithTheLease,
            failure: Comeback::AtOnce,
            position: Position::Original,
            limit,
            retries_timeouts: false,
            timers: 0,
        };
        match kind {
            BrokerKind::Rabbitmq => Some(rabbitmq(queue)),
            BrokerKind::Sqs => Some(Rules { failure: Comeback::WithTheLease, ..leased(AtLimit::AtNextReceive) }),
            BrokerKind::Pubsub => Some(Rules { retries_timeouts: true, ..leased(AtLimit::AtOnce) }),
            BrokerKind::Nats => Some(Rules { position: Position::Head, ..leased(AtLimit::Exhausted) }),
            _ if lease.is_some() || !entry.backoff.is_empty() || entry.max_ack_pending.is_some() => {
                let failure = if visibility.is_some() { Comeback::WithTheLease } else { Comeback::AtOnce };
                Some(Rules { failure, ..leased(AtLimit::AtOnce) })
            }
            _ => None,
        }
    }

    /// Refuses settings that belong to another broker.
    fn check_leases(&mut self, path: &str, entry: &flow::Subscription, has_visibility: bool, channel: &Channel) {
        let kind = channel.broker;
        let generic = kind == BrokerKind::Generic;
        let given = [
            (has_visibility, "visibility_timeout", generic || kind == BrokerKind::Sqs),
            (entry.ack_deadline.is_some(), "ack_deadline", generic || is_acked(kind)),
            (!entry.backoff.is_empty(), "backoff", generic || kind == BrokerKind::Nats),
            (entry.max_lease.is_some(), "max_lease", generic || is_acked(kind) || kind == BrokerKind::Sqs),
            (entry.max_ack_pending.is_some(), "max_ack_pending", generic || kind == BrokerKind::Nats),
        ];
        for (given, setting, fits) in given {
            if given && !fits {
                let message = format!("{} knows no `{setting}`", kind_name(kind));
                self.refusals.add(format!("{path}.{setting}"), message, format!("leave `{setting}` out"));
            } else if given && channel.partitions > 0 {
                let message = format!("`{setting}` of a partitioned topic is not simulated yet");
                self.refusals.add(format!("{path}.{setting}"), message, "leave it or `partitions` out");
            }
        }
        let Some(NodeKind::Queue(queue)) = self.flow.nodes.get(&entry.from).map(|node| &node.kind) else { return };
        let place = format!("nodes.{}", entry.from);
        let only_rabbitmq =
            [(queue.queue_type.is_some(), "type"), (queue.consumer_timeout.is_some(), "consumer_timeout")];
        for (given, setting) in only_rabbitmq {
            if given && kind != BrokerKind::Rabbitmq {
                let message = format!("{} knows no `{setting}` of a queue", kind_name(kind));
                self.refusals.add(
                    format!("{place}.{setting}"),
                    message,
                    "leave it out, or give the queue a rabbitmq `broker`",
                );
            }
        }
        if queue.queue_type == Some(QueueType::Classic) && queue.delivery_limit.is_some() {
            let message = "a classic queue counts no deliveries";
            self.refusals.add(format!("{place}.delivery_limit"), message, "give the queue `type: quorum`");
        }
    }
}

fn rabbitmq(queue: Option<&flow::Queue>) -> Rules {
    let variant = queue.map_or("classic", queue_variant);
    let limited = queue.is_some_and(|queue| queue.delivery_limit.is_some());
    let row = if limited && variant == "quorum" { "quorum with a limit" } else { variant };
    let kind = BrokerKind::Rabbitmq;
    let nanos = |setting| defaults::time(kind, variant, setting).map(flow::Duration::as_nanos);
    let own = queue.and_then(|queue| queue.consumer_timeout).map(flow::Duration::as_nanos);
    Rules {
        leases: own.or(nanos(Setting::ConsumerTimeout)).into_iter().collect(),
        extended: 0,
        tick: nanos(Setting::ConsumerTimeoutCheck).unwrap_or(0),
        closes_channel: true,
        late_ack: false,
        crash: Comeback::AtOnce,
        failure: Comeback::AtOnce,
        position: match defaults::word(kind, row, Setting::Requeue) {
            Some("tail") => Position::Tail,
            Some("head") => Position::Head,
            _ => Position::Original,
        },
        limit: AtLimit::AtOnce,
        retries_timeouts: false,
        timers: 0,
    }
}

/// Of which type a RabbitMQ queue is: a delivery limit makes it a quorum queue.
pub(crate) fn queue_variant(queue: &flow::Queue) -> &'static str {
    match queue.queue_type {
        Some(QueueType::Quorum) => "quorum",
        None if queue.delivery_limit.is_some() => "quorum",
        Some(QueueType::Classic) | None => "classic",
    }
}

fn is_acked(kind: BrokerKind) -> bool {
    matches!(kind, BrokerKind::Pubsub | BrokerKind::Nats)
}

/// After how many deliveries a queue with this limit gives a message up: RabbitMQ counts redeliveries (measured on
/// 3.10.8: a limit of 3 gives 4 deliveries), all others deliveries.
pub(crate) fn deliveries(kind: BrokerKind, limit: u32) -> u32 {
    if kind == BrokerKind::Rabbitmq { limit.saturating_add(1) } else { limit }
}
