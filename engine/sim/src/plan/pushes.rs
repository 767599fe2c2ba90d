//! Pushes: what buses deliver by their rules, and by which schedule a failed push is repeated.
//!
//! The schedules, numbers of attempts and ages of brokers come from [`thalweg_flow::defaults`].

use thalweg_flow::defaults::{self, Setting, Value};
use thalweg_flow::pattern::Matcher;
use thalweg_flow::{self as flow, BrokerKind, EdgeKind, NodeKind};

use super::handlers::MAX_DELAY;
use super::names::Compiler;
use super::{Backoff, Channel, Consumer, Hub, Place, Retry, Subscription, Target};
use crate::slab::NIL;

/// How a failed push is repeated and what becomes of it in the end.
#[derive(Debug, Clone)]
pub(crate) struct PushRule {
    pub(crate) retry: Retry,
    /// Beyond this age nothing is tried again.
    pub(crate) max_age: u64,
    /// Where given-up events go; `None`: where the consumer or the channel says.
    pub(crate) dead_letter: Option<Target>,
    /// From the last attempt until the dead letter is written.
    pub(crate) dead_letter_delay: u64,
}

/// One rule of a bus and its target.
#[derive(Debug, Clone)]
pub(crate) struct Push {
    pub(crate) bus: u32,
    pub(crate) to: PushTo,
    /// Index of the plan's push rules; [`NIL`]: the target's own redelivery, and waiting while it is out.
    pub(crate) rule: u32,
    pub(crate) part: u32,
    pub(crate) matcher: Matcher,
}

/// What a bus pushes to.
#[derive(Debug, Clone, Copy)]
pub(crate) enum PushTo {
    Channel(Target),
    /// A consumer: its group at the bus.
    Group(u32),
}

impl Compiler<'_> {
    pub(crate) fn bus(&mut self, name: &str, bus: &flow::Bus) -> Channel {
        let flow::Bus { broker, routes: _, throttle } = bus;
        let kind = self.flow.broker_kind(broker.as_ref());
        // Others have no limit on deliveries that is published.
        let usual = (kind == BrokerKind::Eventbridge).then(|| defaults::rate(kind, "", Setting::Throttle)).flatten();
        Channel {
            hub: Hub::Bus,
            throttle: throttle.map(flow::Rate::as_per_second).or(usual),
            ..self.plain_channel(name, broker.as_ref())
        }
    }

    /// The rule by which a bus pushes over a route; [`NIL`] when neither the route nor the broker says any.
    pub(crate) fn route_rule(&mut self, bus_name: &str, index: usize, bus: &flow::Bus) -> u32 {
        let route = &bus.routes[index];
        let kind = self.flow.broker_kind(bus.broker.as_ref());
        let path = format!("nodes.{bus_name}.routes.{index}");
        let own = match self.flow.nodes.get(&route.to).map(|node| &node.kind) {
            Some(NodeKind::Consumer(consumer)) => consumer.retry.as_ref(),
            _ => None,
        };
        let dead_letter = route.dead_letter.as_ref();
        let dead_letter =
            dead_letter.and_then(|to| self.target(&format!("{path}.dead_letter"), bus_name, to, EdgeKind::DeadLetter));
        let retry = route.retry.as_ref().or(own);
        if retry.is_none() && dead_letter.is_some() && kind == BrokerKind::Generic {
            let message = "a generic bus has no retry rule of its own, so nothing is ever given up";
            self.refusals.add(format!("{path}.dead_letter"), message, "give the rule a `retry`, or the bus a broker");
        }
        self.push_rule(&format!("{path}.retry"), kind, retry, dead_letter)
    }

    /// The rule of a subscription of a consumer without its own `retry` to a topic that pushes.
    pub(crate) fn subscription_rule(&mut self, entry: &flow::Subscription, consumer: &flow::Consumer) -> u32 {
        let kind = match self.flow.nodes.get(&entry.from).map(|node| &node.kind) {
            Some(NodeKind::Topic(topic)) => self.flow.broker_kind(topic.broker.as_ref()),
            _ => return NIL,
        };
        let pushes = matches!(kind, BrokerKind::Sns | BrokerKind::Eventgrid | BrokerKind::Eventbridge);
        if pushes && consumer.retry.is_none() { self.push_rule("", kind, None, None) } else { NIL }
    }

    fn push_rule(
        &mut self,
        path: &str,
        kind: BrokerKind,
        retry: Option<&flow::Retry>,
        dead_letter: Option<Target>,
    ) -> u32 {
        let retry = match retry {
            Some(retry) => {
                if retry.budget.is_some() {
                    let message = "a bus repeats its pushes without a budget";
                    self.refusals.add(format!("{path}.budget"), message, "leave it out");
                }
                Some(self.retry(path, Some(retry), u32::MAX))
            }
            None => usual_retry(kind),
        };
        let Some(retry) = retry else { return NIL };
        let time = |setting| defaults::time(kind, "", setting).map(flow::Duration::as_nanos);
        self.push_rules.push(PushRule {
            retry,
            max_age: time(Setting::MaxAge).unwrap_or(u64::MAX),
            dead_letter,
            dead_letter_delay: time(Setting::DeadLetterDelay).unwrap_or(0),
        });
        (self.push_rules.len() - 1) as u32
    }

    /// The pushes of all buses. `group_of` knows the group of a consumer at a bus with its rule.
    pub(crate) fn pushes(
        &mut self,
        channels: &[Channel],
        group_of: &dyn Fn(u32, u32) -> Option<(u32, u32)>,
    ) -> Vec<Push> {
        let mut pushes = Vec::new();
        for (bus_index, channel) in (0_u32..).zip(channels) {
            let Some(NodeKind::Bus(bus)) = self.flow.nodes.get(&channel.name).map(|node| &node.kind) else { continue };
            for (i, route) in bus.routes.iter().enumerate() {
                let path = format!("nodes.{}.routes.{i}", channel.name);
                let flow::BusRoute { to, pattern, retry: _, dead_letter: _ } = route;
                let matcher = match Matcher::of_rule(pattern.as_ref()) {
                    Ok(matcher) => matcher,
                    Err(error) => {
                        self.refusals.add(format!("{path}.pattern"), error.message, error.help);
                        continue;
                    }
                };
                let (to, rule) = if let Some(Place::Consumer(consumer)) = self.place(to) {
                    let Some((group, rule)) = group_of(bus_index, consumer) else { continue };
                    (PushTo::Group(group), rule)
                } else {
                    let target = self.target(&format!("{path}.to"), &channel.name, to, EdgeKind::Route);
                    let Some(target) = target else { continue };
                    (PushTo::Channel(target), self.route_rule(&channel.name, i, bus))
                };
                pushes.push(Push { bus: bus_index, to, rule, part: i as u32, matcher });
            }
        }
        pushes
    }
}

impl<'a> Compiler<'a> {
    /// A consumer that is only pushed to repeats as the first push does: what a run takes is predicted from its retry.
    pub(crate) fn push_to(&self, consumers: &mut [Consumer]) {
        for consumer in consumers {
            let rule = |s: &Subscription| self.push_rules.get(s.push_rule as usize);
            let rules: Option<Vec<_>> = consumer.subscriptions.iter().map(rule).collect();
            if let Some(first) = rules.as_ref().and_then(|rules| rules.first()) {
                consumer.retry = first.retry.clone();
            }
        }
    }

    /// The rules of buses that push to a consumer: bus, place of the rule, the bus.
    pub(crate) fn pushed_to(&self, consumer: &str) -> Vec<(&'a str, usize, &'a flow::Bus)> {
        self.pushed.get(consumer).cloned().unwrap_or_default()
    }
}

/// What a broker does when nobody says anything else.
fn usual_retry(kind: BrokerKind) -> Option<Retry> {
    let backoff = match defaults::value(kind, "", Setting::Backoff)? {
        Value::Delays(delays) => Backoff::List(delays.iter().map(|delay| delay.as_nanos()).collect()),
        Value::Time(delay) => Backoff::Fixed(delay.as_nanos()),
        Value::Exponential { first, factor, max, jitter } => Backoff::Exponential {
            first: first.as_nanos() as f64,
            factor,
            max: (max.as_nanos() as f64).min(MAX_DELAY),
            jitter,
        },
        _ => return None,
    };
    let attempts =
        defaults::count(kind, "", Setting::MaxDeliveries).map_or(u32::MAX, |n| n.min(u64::from(u32::MAX)) as u32);
    Some(Retry { attempts, backoff, to_front: true, budget: None })
}
