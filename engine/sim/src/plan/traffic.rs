//! What a run will cost, before it is begun.
//!
//! Expected flows by the traffic equations: what producers produce is followed through channels, handlers (with their
//! retries) and what these publish, round by round, until nothing changes. The result is an estimate for refusing runs
//! that nobody would wait for; the kernel's own counting holds the budget exactly.

use super::scaling::looks;
use super::{Arrivals, Comeback, Consumer, Hub, Plan, Producer, PushTo, Service, Target};

/// What a run is expected to take.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Prediction {
    /// Over all replications.
    pub(crate) events: f64,
}

/// Expected messages per channel in one replication.
pub(crate) struct Traffic {
    published: Vec<f64>,
    produced: f64,
    events: f64,
}

/// Long chains settle in as many rounds as they are long; circles converge or are cut off here.
const ROUNDS: usize = 200;
/// Beyond this it does not matter how much.
const BEYOND: f64 = 1e18;

impl Traffic {
    pub(crate) fn of(plan: &Plan) -> Self {
        let produced: Vec<f64> = plan.producers.iter().map(|p| expected(plan, p).min(BEYOND)).collect();
        let mut base = vec![0.0; plan.channels.len()];
        let mut traffic = Traffic { published: Vec::new(), produced: produced.iter().sum(), events: 0.0 };
        let mut delayed = 0.0;
        for (producer, count) in plan.producers.iter().zip(&produced) {
            delayed += spread(plan, producer.publishes.clone(), *count, &mut base);
        }
        traffic.events = traffic.produced + delayed;
        traffic.published.clone_from(&base);
        for _ in 0..ROUNDS {
            let (next, events) = traffic.round(plan, &base);
            let change = next.iter().zip(&traffic.published).any(|(a, b)| (a - b).abs() > 1e-3 * b.abs() + 1e-6);
            let beyond = next.iter().any(|count| *count >= BEYOND);
            traffic.published = next;
            if !change || beyond {
                traffic.events += events;
                return traffic;
            }
        }
        let (_, events) = traffic.round(plan, &base);
        traffic.events += events;
        traffic
    }

    /// Lets every handler handle what is published now: what is published then, and the events it takes.
    fn round(&self, plan: &Plan, base: &[f64]) -> (Vec<f64>, f64) {
        let mut next = base.to_vec();
        let mut events = 0.0;
        for consumer in &plan.consumers {
            let offered: f64 = consumer
                .subscriptions
                .iter()
                .map(|s| {
                    let group = &plan.groups[s.group as usize];
                    self.published[group.channel as usize] / group.members.len().max(1) as f64
                })
                .sum();
            // Handlers that cannot keep up handle only what they can.
            let servers = consumer.servers() * batch_size(plan, consumer);
            let mean = consumer.service_time.mean();
            let capacity = if mean > 0.0 { servers * plan.duration as f64 / mean } else { f64::INFINITY };
            // A message can be tried no more often than its work and its shortest backoff leave time for.
            let pause = mean + pause(plan, consumer);
            let limit = consumer.retry.attempts.min((plan.duration as f64 / pause.max(1.0)) as u32).max(1);
            let (poison, failure) = (consumer.poison, consumer.failure);
            let per_message = (1.0 - poison) * tries(failure, limit) + poison * f64::from(limit);
            let attempts = (offered * per_message).min(capacity).min(BEYOND);
            let handled = attempts / per_message;
            let calls: f64 = plan.calls[consumer.calls.start as usize..consumer.calls.end as usize]
                .iter()
                .map(|call| {
                    let timers = f64::from(u8::from(call.timeout.is_some()));
                    let Service { failure, poison, .. } = plan.services[call.service as usize];
                    let most = call.retry.attempts;
                    let all = (1.0 - poison) * tries(failure, most) + poison * tries(1.0, most);
                    call.probability * all * (1.0 + timers)
                })
                .sum();
            for call in &plan.calls[consumer.calls.start as usize..consumer.calls.end as usize] {
                for target in plan.services[call.service as usize].projects.iter().filter(|_| !call.reads) {
                    next[target.channel as usize] += handled * call.probability;
                }
            }
            let timers = f64::from(u8::from(calls > 0.0 && consumer.timeout.is_some()));
            let fails_for_good = if consumer.retry.attempts == u32::MAX {
                0.0
            } else {
                (1.0 - poison) * power(failure, consumer.retry.attempts) + poison
            };
            let given_up = handled * fails_for_good;
            events += looks(consumer, plan.duration, offered);
            events += attempts * (1.0 + calls + timers) + (attempts - handled).max(0.0);
            events += spread(plan, consumer.publishes.clone(), handled - given_up, &mut next);
            if let Some(target) = consumer.dead_letter {
                arrive(plan, target, given_up, &mut next);
            }
        }
        for count in &mut next {
            *count = count.min(BEYOND);
        }
        (next, events)
    }

    /// Expected messages published to a channel in one replication.
    pub(crate) fn published(&self, channel: u32) -> f64 {
        self.published[channel as usize]
    }

    pub(crate) fn predict(&self, plan: &Plan) -> Prediction {
        Prediction { events: self.events * f64::from(plan.replications) }
    }
}

/// The shortest time before a failed message is delivered again.
fn pause(plan: &Plan, consumer: &Consumer) -> f64 {
    let of_rules = |s: &super::Subscription| {
        let rules = plan.rules.get(s.rules as usize).filter(|rules| rules.failure == Comeback::WithTheLease)?;
        rules.leases.iter().min().map(|&lease| lease as f64)
    };
    if consumer.retry_given {
        return consumer.retry.backoff.shortest();
    }
    let pauses = consumer.subscriptions.iter().map(|s| of_rules(s).unwrap_or(0.0));
    pauses.fold(f64::INFINITY, f64::min).min(f64::MAX)
}

/// How many messages one attempt handles at most.
fn batch_size(plan: &Plan, consumer: &super::Consumer) -> f64 {
    let sizes = consumer.subscriptions.iter().filter_map(|s| plan.groups[s.group as usize].batch);
    sizes.map(|batch| f64::from(batch.size)).fold(1.0, f64::max)
}

/// Expected events of a producer in one replication. Users of a closed load wait for what they caused, so they produce no
/// faster than it is handled.
fn expected(plan: &Plan, producer: &Producer) -> f64 {
    let duration = plan.duration as f64;
    let Arrivals::Closed { users, think_time } = &producer.arrivals else {
        return producer.arrivals.expected(duration);
    };
    let users = f64::from(*users);
    let mut cycle = think_time.mean();
    let mut most = f64::INFINITY;
    for publish in &plan.publishes[producer.publishes.start as usize..producer.publishes.end as usize] {
        let messages = publish.probability * f64::from(publish.count);
        let mut longest = 0.0_f64;
        for group in plan.channels[publish.to.channel as usize].groups.clone() {
            let members = || plan.groups[group as usize].members.iter().map(|&m| &plan.consumers[m as usize]);
            let shortest = members().map(|m| m.service_time.mean()).fold(f64::INFINITY, f64::min);
            let per_nano: f64 = members().map(|m| m.servers() / m.service_time.mean().max(1.0)).sum();
            if messages > 0.0 && members().next().is_some() {
                longest = longest.max(shortest);
                most = most.min(per_nano * duration / messages);
            }
        }
        cycle += publish.probability * longest;
    }
    users + (users * duration / cycle.max(1.0)).min(most)
}

/// Adds what `count` occasions publish; gives the events that delays take.
fn spread(plan: &Plan, publishes: std::ops::Range<u32>, count: f64, into: &mut [f64]) -> f64 {
    let mut events = 0.0;
    for publish in &plan.publishes[publishes.start as usize..publishes.end as usize] {
        let messages = count * publish.probability * f64::from(publish.count);
        arrive(plan, publish.to, messages, into);
        if publish.delay.is_some() {
            events += messages;
        }
    }
    events
}

/// Adds messages to a channel and to all that it routes them to.
fn arrive(plan: &Plan, to: Target, messages: f64, into: &mut [f64]) {
    into[to.channel as usize] += messages;
    let Some(way) = plan.routing.way(to) else { return };
    for target in plan.routing.targets(way).iter().chain(plan.routing.passes(way)) {
        into[target.channel as usize] += messages;
    }
    if plan.channels[to.channel as usize].hub == Hub::Bus {
        for &push in plan.routing.groups(way) {
            if let PushTo::Channel(target) = plan.pushes[push as usize].to {
                arrive(plan, Target { class: to.class, ..target }, messages, into);
            }
        }
    }
}

/// Expected attempts when each fails with probability `p` and at most `limit` are made: (1 − pⁿ)/(1 − p).
fn tries(p: f64, limit: u32) -> f64 {
    if p >= 1.0 {
        return f64::from(limit).min(BEYOND);
    }
    (1.0 - power(p, limit)) / (1.0 - p)
}

fn power(p: f64, n: u32) -> f64 {
    libm::pow(p, f64::from(n))
}
