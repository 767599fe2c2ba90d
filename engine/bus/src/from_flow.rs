//! The plan of a flow: its channels as topics, its handlers as groups.
//!
//! What a flow does not say has the default of its channel's broker where that has one (`thalweg_flow::defaults`), else the engine's
//! own. What a plan cannot say is told ([`Planned::remarks`]), never left out in silence. Not here: producers, handlers and routes.

use std::time::Duration;

use thalweg_flow::defaults::{self, Setting};
use thalweg_flow::model::{
    self, Attempts, BrokerKind, Consumer, Flow, HandlingOrder, NodeKind, Ordering, Overflow, RetentionPolicy,
    Subscription,
};

use crate::broker::{Ability, Capabilities};
use crate::plan::{Backoff, GroupPlan, LEASE, Order, Plan, Retention, RetryPlan, TopicPlan};

/// A flow's plan, and what of the flow is not in it.
#[derive(Debug, Clone, PartialEq)]
pub struct Planned {
    /// The plan.
    pub plan: Plan,
    /// What the live engine does otherwise than the flow says, one sentence each.
    pub remarks: Vec<String>,
}

/// The time before the next attempt where nothing else is said: an attempt that fails at once must not be repeated at once for ever.
const PAUSE: Duration = Duration::from_secs(1);
/// The longest time between two attempts of a backoff without a limit of its own.
const LONGEST_PAUSE: Duration = Duration::from_hours(1);

/// Plans the topics and groups of a flow.
pub fn plan_of(flow: &Flow) -> Planned {
    let mut planned = Planned { plan: Plan::default(), remarks: Vec::new() };
    for (name, node) in &flow.nodes {
        let topic = match &node.kind {
            NodeKind::Topic(topic) => planned.topic(flow, name, &node.kind, topic),
            NodeKind::Queue(queue) => planned.queue(name, queue),
            NodeKind::Exchange(_) | NodeKind::Bus(_) => {
                planned
                    .remark(name, "its routes are not followed: what is published to it is kept there, as in a topic");
                TopicPlan::named(name)
            }
            _ => continue,
        };
        planned.plan.topics.push(topic);
    }
    for (name, node) in &flow.nodes {
        let handler = match &node.kind {
            NodeKind::Consumer(consumer) => Handler::of(consumer),
            NodeKind::Workflow(workflow) => Handler { subscribes: &workflow.subscribes, consumer: None },
            NodeKind::Stream(stream) => Handler { subscribes: &stream.subscribes, consumer: None },
            _ => continue,
        };
        for subscription in handler.subscribes {
            planned.subscribe(flow, name, &handler, subscription);
        }
    }
    planned
}

/// What subscribes.
struct Handler<'a> {
    subscribes: &'a [Subscription],
    consumer: Option<&'a Consumer>,
}

impl<'a> Handler<'a> {
    fn of(consumer: &'a Consumer) -> Self {
        Self { subscribes: &consumer.subscribes, consumer: Some(consumer) }
    }
}

impl Planned {
    fn remark(&mut self, node: &str, what: &str) {
        self.remarks.push(format!("`{node}`: {what}"));
    }

    /// The same for a broker that cannot do all of it: what it cannot is left out, and told.
    #[must_use]
    pub fn fit(mut self, broker: &Capabilities) -> Self {
        let name = broker.name;
        let mut plan = std::mem::take(&mut self.plan);
        for topic in &mut plan.topics {
            if topic.retention != Retention::default() && !broker.can(Ability::Retain) {
                topic.retention = Retention::default();
                self.remark(&topic.name, &format!("{name} keeps events until they are handled, and no longer"));
            }
            for group in &mut topic.groups {
                let needs = match group.order {
                    Order::None => continue,
                    Order::PerKey => Ability::OrderKeys,
                    Order::PerPartition => Ability::OrderPartitions,
                };
                if !broker.can(needs) {
                    group.order = Order::None;
                    let what = format!("{name} keeps no order while its group `{}` handles several events", group.name);
                    self.remark(&topic.name, &what);
                }
            }
        }
        if !broker.can(Ability::Deduplicate) {
            self.remarks.push(format!("{name} does not recognise repeated events"));
        }
        self.plan = plan;
        self
    }

    fn topic(&mut self, flow: &Flow, name: &str, kind: &NodeKind, topic: &model::Topic) -> TopicPlan {
        let broker = flow.broker_of(kind);
        if topic.max_length.is_some() {
            self.remark(name, "`max_length` of a topic is not kept; `retention` and `max_bytes` are");
        }
        if topic.retention_policy.is_some_and(|policy| policy != RetentionPolicy::Limits) {
            self.remark(name, "events stay after all groups have acknowledged them, until `retention` takes them");
        }
        let partitions = topic.partitions.map(u64::from);
        let partitions = partitions.or_else(|| defaults::count(broker, "", Setting::Partitions)).unwrap_or(1);
        TopicPlan {
            partitions: u32::try_from(partitions).unwrap_or(u32::MAX),
            retention: Retention {
                time: topic.retention.map(std_time),
                bytes: topic.max_bytes.map(model::Size::as_bytes),
                compacted: false,
            },
            dedup_window: topic.deduplication_window.map_or(crate::plan::DEDUP_WINDOW, std_time),
            ..TopicPlan::named(name)
        }
    }

    fn queue(&mut self, name: &str, queue: &model::Queue) -> TopicPlan {
        if queue.max_length.is_some() {
            let what = match queue.overflow {
                Some(Overflow::DropHead) | None => "`max_length` is not kept: nothing is dropped",
                Some(_) => "`max_length` is not kept: publishers are not refused",
            };
            self.remark(name, what);
        }
        if queue.priority.is_some() || queue.discipline.is_some_and(|discipline| discipline != model::Discipline::Fifo)
        {
            self.remark(name, "messages are delivered first in, first out");
        }
        TopicPlan {
            retention: Retention { time: queue.message_ttl.as_ref().and_then(constant), ..Retention::default() },
            dedup_window: queue.deduplication_window.map_or(crate::plan::DEDUP_WINDOW, std_time),
            ..TopicPlan::named(name)
        }
    }

    fn subscribe(&mut self, flow: &Flow, node: &str, handler: &Handler<'_>, subscription: &Subscription) {
        let Some(channel) = flow.nodes.get(&subscription.from) else { return };
        let broker = flow.broker_of(&channel.kind);
        let queue = if let NodeKind::Queue(queue) = &channel.kind { Some(queue) } else { None };
        // All who consume a queue compete for its messages.
        let name = match queue {
            Some(_) => subscription.from.clone(),
            None => subscription.group.clone().unwrap_or_else(|| node.to_owned()),
        };
        if subscription.filter.is_some() {
            self.remark(node, &format!("the filter on `{}` is not applied: every event comes", subscription.from));
        }
        let order = order_of(handler, &channel.kind, broker);
        let lease = self.lease_of(node, subscription, queue, broker);
        let group = GroupPlan {
            order,
            lease,
            max_in_flight: in_flight(handler, subscription, broker),
            retry: self.retry_of(node, handler, subscription, queue, broker),
            dead_letter: handler
                .consumer
                .and_then(|consumer| consumer.dead_letter.clone())
                .or_else(|| queue.and_then(|queue| queue.dead_letter.clone())),
            ..GroupPlan::named(name)
        };
        let Some(topic) = self.plan.topics.iter_mut().find(|topic| topic.name == subscription.from) else { return };
        let known = topic.groups.iter().find(|known| known.name == group.name);
        match known {
            Some(known) if *known != group => {
                let what = format!(
                    "it shares the group `{}` of `{}`, whose first consumer's settings hold",
                    group.name, subscription.from
                );
                self.remark(node, &what);
            }
            Some(_) => {}
            None => topic.groups.push(group),
        }
    }

    fn lease_of(
        &mut self,
        node: &str,
        subscription: &Subscription,
        queue: Option<&model::Queue>,
        broker: BrokerKind,
    ) -> Duration {
        let said = [subscription.ack_deadline, subscription.visibility_timeout]
            .into_iter()
            .chain([queue.and_then(|queue| queue.visibility_timeout), queue.and_then(|queue| queue.consumer_timeout)])
            .chain(
                [Setting::AckDeadline, Setting::VisibilityTimeout, Setting::ConsumerTimeout]
                    .map(|setting| defaults::time(broker, "", setting)),
            );
        let lease = said.flatten().next().map_or(GroupPlan::named("").lease, std_time);
        let kept = lease.clamp(*LEASE.start(), *LEASE.end());
        if kept != lease {
            self.remark(node, &format!("a lease of {} s is made {} s", lease.as_secs_f64(), kept.as_secs()));
        }
        kept
    }

    fn retry_of(
        &mut self,
        node: &str,
        handler: &Handler<'_>,
        subscription: &Subscription,
        queue: Option<&model::Queue>,
        broker: BrokerKind,
    ) -> RetryPlan {
        // RabbitMQ's limit is of how often a message comes back, the first delivery not counted
        // (<https://www.rabbitmq.com/docs/quorum-queues#poison-message-handling>).
        let limit =
            subscription.max_deliveries.or_else(|| queue.and_then(|queue| queue.delivery_limit?.checked_add(1)));
        let Some(retry) = handler.consumer.and_then(|consumer| consumer.retry.as_ref()) else {
            let usual = defaults::count(broker, "", Setting::MaxDeliveries).and_then(|count| u32::try_from(count).ok());
            let delay = defaults::time(broker, "", Setting::NackDelay).map(std_time).filter(|delay| !delay.is_zero());
            return RetryPlan { attempts: limit.or(usual), backoff: Backoff::List(vec![delay.unwrap_or(PAUSE)]) };
        };
        let attempts = match retry.attempts {
            Attempts::AtMost(attempts) => Some(limit.map_or(attempts, |limit| limit.min(attempts))),
            Attempts::Unlimited => limit,
        };
        if retry.budget.is_some() {
            self.remark(node, "its retry budget is not kept: every retry is made");
        }
        let backoff = match &retry.backoff {
            model::Backoff::Fixed(delay) => Backoff::List(vec![std_time(*delay)]),
            model::Backoff::List(delays) => Backoff::List(delays.iter().copied().map(std_time).collect()),
            model::Backoff::Exponential { first, factor, max, jitter } => Backoff::Exponential {
                first: std_time(*first),
                factor: *factor,
                max: max.map_or(LONGEST_PAUSE, std_time),
                jitter: *jitter,
            },
        };
        RetryPlan { attempts, backoff }
    }
}

fn order_of(handler: &Handler<'_>, channel: &NodeKind, broker: BrokerKind) -> Order {
    match handler.consumer.and_then(|consumer| consumer.order) {
        Some(HandlingOrder::PerKey) => return Order::PerKey,
        Some(HandlingOrder::None) => return Order::None,
        None => {}
    }
    match channel {
        NodeKind::Topic(topic) => match topic.ordering {
            Some(Ordering::PerKey) => Order::PerKey,
            Some(Ordering::PerPartition) => Order::PerPartition,
            // One member reads a partition, one event after the other.
            None if topic.partitions.is_some() || broker == BrokerKind::Kafka => Order::PerPartition,
            Some(Ordering::None) | None => Order::None,
        },
        NodeKind::Queue(queue) if queue.ordering == Some(Ordering::PerKey) => Order::PerKey,
        _ => Order::None,
    }
}

fn in_flight(handler: &Handler<'_>, subscription: &Subscription, broker: BrokerKind) -> u32 {
    let instances = handler.consumer.and_then(|consumer| consumer.instances).unwrap_or(1);
    let pending = subscription.max_ack_pending;
    let prefetched = subscription.prefetch.map(|prefetch| prefetch.saturating_mul(instances));
    let usual = || defaults::count(broker, "", Setting::MaxAckPending).and_then(|count| u32::try_from(count).ok());
    pending.or(prefetched).or_else(usual).unwrap_or(1000).clamp(1, 100_000)
}

fn std_time(time: model::Duration) -> Duration {
    Duration::from_nanos(time.as_nanos())
}

/// The time of a distribution that is always the same.
fn constant(time: &model::Distribution) -> Option<Duration> {
    match time {
        model::Distribution::Const(time) => Some(std_time(*time)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn planned(text: &str) -> Planned {
        let parsed = thalweg_flow::read(text);
        assert!(parsed.problems.is_empty(), "{:?}", parsed.problems);
        plan_of(&parsed.flow)
    }

    #[test]
    fn the_checkout_is_planned_as_it_is_drawn() {
        let checkout = include_str!("../../../examples/checkout.flow.yaml");
        let Planned { plan, remarks } = planned(checkout);
        let topic = |name: &str| plan.topics.iter().find(|topic| topic.name == name).unwrap();
        assert_eq!(topic("orders").partitions, 24);
        assert_eq!(topic("orders").retention.time, Some(Duration::from_hours(7 * 24)));
        let payment = &topic("orders").groups[0];
        assert_eq!((payment.name.as_str(), payment.order), ("payment", Order::PerPartition));
        assert_eq!(payment.dead_letter.as_deref(), Some("payments-dlq"));
        assert_eq!(payment.retry.attempts, Some(5));
        assert_eq!(topic("payments").groups[0].retry.attempts, None);
        assert_eq!(topic("mails").groups[0].name, "mails");
        assert_eq!(remarks, ["`mails`: `max_length` is not kept: publishers are not refused"]);
    }

    #[test]
    fn every_example_is_planned_and_has_what_its_handlers_read() {
        let texts = [thalweg_flow::templates(), thalweg_flow::examples(), thalweg_flow::broker_examples()].concat();
        for (_, text) in texts {
            let parsed = thalweg_flow::read(text);
            let Planned { plan, .. } = plan_of(&parsed.flow);
            for (name, node) in &parsed.flow.nodes {
                let NodeKind::Consumer(consumer) = &node.kind else { continue };
                for subscription in &consumer.subscribes {
                    let topic = plan.topics.iter().find(|topic| topic.name == subscription.from);
                    let is_channel =
                        matches!(parsed.flow.nodes[&subscription.from].kind, NodeKind::Topic(_) | NodeKind::Queue(_));
                    assert_eq!(topic.is_some_and(|topic| !topic.groups.is_empty()), is_channel, "{name}");
                }
            }
        }
    }

    #[test]
    fn what_a_broker_cannot_do_is_left_out_and_told() {
        let checkout = include_str!("../../../examples/checkout.flow.yaml");
        let broker = Capabilities { name: "Parrot", abilities: &[Ability::Delay], durability: "none" };
        let Planned { plan, remarks } = planned(checkout).fit(&broker);
        assert!(plan.topics.iter().all(|topic| topic.retention == Retention::default()));
        assert!(plan.topics.iter().flat_map(|topic| &topic.groups).all(|group| group.order == Order::None));
        for part in ["`orders`: Parrot keeps events until", "no order while its group `payment`", "repeated events"] {
            assert!(remarks.iter().any(|remark| remark.contains(part)), "{part}: {remarks:?}");
        }
        let all = &[Ability::Retain, Ability::OrderPartitions, Ability::OrderKeys, Ability::Deduplicate];
        let able = Capabilities { abilities: all, ..broker };
        assert_eq!(planned(checkout).fit(&able), planned(checkout));
    }

    #[test]
    fn what_is_not_done_is_told() {
        let text = "thalweg: 1\nname: T\nnodes:\n  \
            q: { kind: queue, priority: 3 }\n  \
            a: { kind: consumer, subscribes: [{ from: q, visibility_timeout: 2h }], retry: { attempts: 3 } }\n  \
            b: { kind: consumer, subscribes: [{ from: q }] }\n";
        let Planned { plan, remarks } = planned(text);
        assert_eq!(plan.topics[0].groups.len(), 1);
        assert_eq!(plan.topics[0].groups[0].lease, Duration::from_hours(1));
        let told = ["first in, first out", "a lease of 7200 s is made 3600 s", "it shares the group `q` of `q`"];
        assert_eq!(remarks.len(), told.len(), "{remarks:?}");
        for (remark, part) in remarks.iter().zip(told) {
            assert!(remark.contains(part), "{remark}");
        }
    }
}
