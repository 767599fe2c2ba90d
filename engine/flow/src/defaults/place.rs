//! Which default belongs to a place of a document: whose broker it is, and whether the simulation takes the value or only
//! knows that it is usual there.

use super::{Entry, Setting, Value, lookup};
use crate::edit::Document;
use crate::model::{BrokerKind, BrokerRef, Flow, NodeKind, Ordering, Queue};
use crate::path;

/// What a broker supplies where a document says nothing.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Supplied {
    /// The value with its source.
    pub entry: &'static Entry,
    /// Whether it holds in a simulation; otherwise it is told as what is usual there, and what the format says holds.
    pub holds: bool,
}

/// A value that holds, or that is only told.
#[derive(Debug, Clone, Copy)]
struct Asked {
    setting: Setting,
    holds: bool,
}

const fn holds(setting: Setting) -> Asked {
    Asked { setting, holds: true }
}

const fn told(setting: Setting) -> Asked {
    Asked { setting, holds: false }
}

impl Document {
    /// What the broker supplies at a path, such as `nodes.payment.subscribes.0.session_timeout`, while nothing is
    /// written there; none where it has no say.
    pub fn supplied(&self, path: &str) -> Option<Supplied> {
        let words = path::words(path)?;
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let flow = self.flow();
        let (broker, variant, asked) = match words.as_slice() {
            ["brokers", id, field] => (flow.brokers.get(*id)?.kind, "", of_broker(field)?),
            ["nodes", id, "subscribes", index, field @ ..] => {
                let from = self.value(&format!("nodes.{id}.subscribes.{index}.from"))?;
                let channel = &flow.nodes.get(from.as_str()?)?.kind;
                let broker = flow.broker_of(channel);
                (broker, variant(broker, channel), of_subscription(broker, channel, &field.join("."))?)
            }
            ["nodes", id, "routes", index, "retry", field] => {
                let bus = &flow.nodes.get(*id)?.kind;
                let written = self.value(&format!("nodes.{id}.routes.{index}.retry"));
                // Whoever writes a retry replaces the broker's as a whole.
                if !matches!(bus, NodeKind::Bus(_)) || written.is_some() {
                    return None;
                }
                (flow.broker_of(bus), "", of_push(field)?)
            }
            ["nodes", id, field] => {
                let channel = &flow.nodes.get(*id)?.kind;
                let broker = flow.broker_of(channel);
                (broker, variant(broker, channel), of_channel(broker, channel, field)?)
            }
            _ => return None,
        };
        let entry = lookup(broker, variant, asked.setting)?;
        // No limit is what holds without the broker's word, too.
        Some(Supplied { entry, holds: asked.holds || entry.value == Value::Unlimited })
    }
}

impl Flow {
    /// The kind of broker that owns a channel; `generic` for what is none.
    pub fn broker_of(&self, channel: &NodeKind) -> BrokerKind {
        let broker: Option<&BrokerRef> = match channel {
            NodeKind::Topic(n) => n.broker.as_ref(),
            NodeKind::Queue(n) => n.broker.as_ref(),
            NodeKind::Exchange(n) => n.broker.as_ref(),
            NodeKind::Bus(n) => n.broker.as_ref(),
            _ => None,
        };
        self.broker_kind(broker)
    }
}

/// Of which variant of the table a channel is.
fn variant(broker: BrokerKind, channel: &NodeKind) -> &'static str {
    use crate::model::QueueType::{Classic, Quorum};
    match channel {
        NodeKind::Queue(Queue { ordering: Some(Ordering::PerKey), .. }) if broker == BrokerKind::Sqs => "fifo",
        NodeKind::Queue(
            Queue { queue_type: Some(Quorum), .. } | Queue { queue_type: None, delivery_limit: Some(_), .. },
        ) => "quorum",
        NodeKind::Queue(Queue { queue_type: Some(Classic) | None, .. }) => "classic",
        _ => "",
    }
}

/// A broker's own latency counts only where the flow says it (docs/simulation.md).
fn of_broker(field: &str) -> Option<Asked> {
    match field {
        "publish_latency" => Some(told(Setting::PublishLatency)),
        "delivery_latency" => Some(told(Setting::DeliveryLatency)),
        "memory_limit" => Some(told(Setting::MemoryWatermark)),
        _ => None,
    }
}

fn of_push(field: &str) -> Option<Asked> {
    match field {
        "attempts" => Some(holds(Setting::MaxDeliveries)),
        "backoff" => Some(holds(Setting::Backoff)),
        _ => None,
    }
}

fn of_channel(broker: BrokerKind, channel: &NodeKind, field: &str) -> Option<Asked> {
    match (channel, field) {
        (NodeKind::Topic(_), "partitions") => Some(holds(Setting::Partitions)),
        (NodeKind::Topic(_), "retention") | (NodeKind::Queue(_), "message_ttl") => Some(told(Setting::Retention)),
        (NodeKind::Topic(_), "discard") => Some(holds(Setting::Discard)),
        (NodeKind::Topic(_), "retention_policy") => Some(holds(Setting::RetentionPolicy)),
        // A delivery limit alone makes it a quorum queue.
        (NodeKind::Queue(Queue { delivery_limit: None, .. }), "type") => Some(holds(Setting::QueueType)),
        (NodeKind::Topic(_) | NodeKind::Queue(_), "deduplication_window") => Some(holds(Setting::DeduplicationWindow)),
        (NodeKind::Queue(_), "overflow") => Some(holds(Setting::Overflow)),
        (NodeKind::Queue(_), "visibility_timeout") => Some(holds(Setting::VisibilityTimeout)),
        (NodeKind::Queue(_), "consumer_timeout") => Some(holds(Setting::ConsumerTimeout)),
        (NodeKind::Bus(_), "throttle") if broker == BrokerKind::Eventbridge => Some(holds(Setting::Throttle)),
        (NodeKind::Bus(_), "throttle") => Some(told(Setting::Throttle)),
        _ => None,
    }
}

fn of_subscription(broker: BrokerKind, channel: &NodeKind, field: &str) -> Option<Asked> {
    let partitioned = matches!(channel, NodeKind::Topic(topic) if topic.partitions.is_some());
    let own_visibility = matches!(channel, NodeKind::Queue(queue) if queue.visibility_timeout.is_some());
    let kafka = broker == BrokerKind::Kafka;
    match field {
        "session_timeout" if kafka => Some(holds(Setting::SessionTimeout)),
        "assignment" if kafka => Some(holds(Setting::Rebalance)),
        "rebalance_time" if kafka => Some(holds(Setting::RebalanceTime)),
        "commit_interval" if kafka => Some(holds(Setting::AutoCommitInterval)),
        "max_poll_records" if kafka => Some(holds(Setting::MaxPollRecords)),
        "max_poll_interval" if kafka => Some(holds(Setting::MaxPollInterval)),
        "ack_deadline" if !partitioned => Some(holds(Setting::AckDeadline)),
        "max_lease" if !partitioned => Some(holds(Setting::MaxLease)),
        "max_ack_pending" if !partitioned => Some(holds(Setting::MaxAckPending)),
        "visibility_timeout" if !partitioned && !own_visibility => Some(holds(Setting::VisibilityTimeout)),
        "prefetch" => Some(told(Setting::Prefetch)),
        "max_deliveries" => Some(told(Setting::MaxDeliveries)),
        "batch.size" => Some(told(Setting::Batch)),
        "batch.wait" => Some(told(Setting::BatchWait)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "thalweg: 1
name: T
brokers: { log: { kind: kafka } }
nodes:
  orders: { kind: topic, broker: log, partitions: 4 }
  jobs: { kind: queue, broker: sqs }
  mail: { kind: queue, broker: rabbitmq }
  hub: { kind: bus, broker: eventbridge, routes: [{ to: jobs }, { to: mail, retry: { attempts: 3 } }] }
  pay: { kind: consumer, subscribes: [{ from: orders }, { from: jobs }] }
";

    fn at(path: &str) -> Option<(String, bool)> {
        Document::open(TEXT).supplied(path).map(|s| (s.entry.value.to_string(), s.holds))
    }

    #[test]
    fn a_subscription_asks_the_broker_of_its_channel() {
        assert_eq!(at("nodes.pay.subscribes.0.session_timeout"), Some(("45s".into(), true)));
        assert_eq!(at("nodes.pay.subscribes.1.session_timeout"), None);
        assert_eq!(at("nodes.pay.subscribes.1.visibility_timeout"), Some(("30s".into(), true)));
        assert_eq!(at("nodes.pay.subscribes.7.session_timeout"), None);
    }

    #[test]
    fn what_the_simulation_does_not_take_is_only_told() {
        assert_eq!(at("nodes.orders.retention"), Some(("7d".into(), false)));
        assert_eq!(at("nodes.jobs.visibility_timeout"), Some(("30s".into(), true)));
        assert_eq!(at("brokers.log.publish_latency"), Some(("2ms (p99 6.4ms)".into(), false)));
        assert_eq!(at("nodes.mail.type"), Some(("classic".into(), true)));
    }

    #[test]
    fn a_written_retry_replaces_that_of_a_bus() {
        assert_eq!(at("nodes.hub.routes.0.retry.attempts"), Some(("186".into(), true)));
        assert_eq!(at("nodes.hub.routes.1.retry.backoff"), None);
        assert_eq!(at("nodes.hub.throttle"), Some(("18750/s".into(), true)));
    }
}
