//! A consumer with Poisson arrivals as a station of the textbook.

use thalweg_flow::{BrokerKind, Discipline, Overflow};

use super::law::second_moment;
use super::{Theory, TheoryTimes};
use crate::plan::{Backoff, Channel, Consumer, Hub, Plan, Retry, Subscription, is_one_line};
use crate::sample::Sampler;
use crate::slab::NIL;
use crate::theory::{Mmc, Steady, md1_wait_quantile, mg1, mmc, mmck};

/// The formulas go through the servers, or the places, one by one, for every consumer of a flow.
const MAX_PLACES: u64 = 10_000;

/// What is known of a station.
pub(super) struct Station {
    pub(super) theory: Theory,
    /// Whether what leaves it is a Poisson process too, and independent of what is in it (Burke 1956).
    pub(super) is_quasi_reversible: bool,
}

/// Failures that are tried again at once, without end.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Failures {
    No,
    /// Each attempt with this probability; the next one begins at once.
    InPlace(f64),
    /// The same, behind all that wait.
    AtTheEnd(f64),
}

/// The station that a consumer with one subscription is, if it is one.
pub(super) fn station(plan: &Plan, index: usize, per_s: f64) -> Option<Station> {
    let consumer = &plan.consumers[index];
    let channel = plain_line(plan, index)?;
    let failures = failures(channel, consumer)?;
    let servers = consumer.servers();
    if servers < 1.0 || servers > MAX_PLACES as f64 {
        return None;
    }
    let servers = servers as u32;
    let exponential = matches!(consumer.service_time, Sampler::Exponential { .. });
    let mut station = match (channel.max_length, exponential) {
        (Some(room), true) if failures == Failures::No && channel.discipline == Discipline::Fifo => {
            with_room(channel, consumer, servers, room, per_s)
        }
        (None, true) => endless(channel, consumer, servers, failures, per_s),
        (None, false) if servers == 1 => one_server(channel, consumer, failures, per_s),
        _ => None,
    }?;
    station.theory.channel.clone_from(&channel.name);
    Some(station)
}

/// The channel of a consumer that has it to itself, where nothing happens to messages but that they wait in it.
fn plain_line(plan: &Plan, index: usize) -> Option<&Channel> {
    let consumer = &plan.consumers[index];
    let [subscription] = &consumer.subscriptions[..] else { return None };
    let group = &plan.groups[subscription.group as usize];
    let channel = &plan.channels[group.channel as usize];
    (keeps_only(channel) && is_one_line(group) && only_works(consumer, *subscription)).then_some(channel)
}

// In the two that follow every property is named, so that a new one cannot be forgotten.

fn keeps_only(channel: &Channel) -> bool {
    let Channel {
        hub,
        broker,
        partitions,
        per_key,
        ttl,
        patience,
        delivery_latency,
        // Looked at by who knows a formula for it.
        max_length: _,
        overflow: _,
        discipline: _,
        // Of what is refused nothing comes back here: that would be a circle of feeds.
        dead_letter: _,
        // Without delivery latency nothing is under way.
        keeps_order: _,
        // A bus's, and it is none.
        throttle: _,
        name: _,
        is_queue: _,
        broker_id: _,
        groups: _,
        priorities: _,
        // Nothing with an id feeds it.
        remembers: _,
        kept,
        memory,
        broker_memory,
        limited,
    } = channel;
    *hub == Hub::No
        && *broker == BrokerKind::Generic
        && *partitions == 0
        && !per_key
        && ttl.is_none()
        && patience.is_none()
        && delivery_latency.is_none()
        && kept.is_none()
        && *memory == NIL
        && *broker_memory == NIL
        && !limited
}

fn only_works(consumer: &Consumer, subscription: Subscription) -> bool {
    let Consumer {
        rate_limit,
        failure,
        poison,
        timeout,
        window,
        ruled,
        calls,
        // Looked at with the failures, and by who knows a formula for it.
        retry: _,
        retry_given: _,
        service_time: _,
        instances: _,
        concurrency: _,
        // Only what is delivered again is recognised, and what is given up dead-lettered; only a deploy starts anything.
        idempotent: _,
        lookup: _,
        dead_letter: _,
        start_time: _,
        name: _,
        subscriptions: _,
        publishes: _,
        // Of calls, and there are none.
        budgets: _,
        autoscale,
    } = consumer;
    let Subscription { deliveries, push_rule, rules, group: _, edge: _ } = subscription;
    rate_limit.is_none()
        && autoscale.is_none()
        && *poison <= 0.0
        && timeout.is_none()
        && *window == 0
        && !ruled
        && calls.is_empty()
        && push_rule == NIL
        && rules == NIL
        && (*failure <= 0.0 || deliveries == u32::MAX)
}

/// How failures are repeated; `None` where no formula knows it.
fn failures(channel: &Channel, consumer: &Consumer) -> Option<Failures> {
    if consumer.failure <= 0.0 {
        return Some(Failures::No);
    }
    let Retry { attempts, backoff, to_front, budget } = &consumer.retry;
    let at_once = matches!(backoff, Backoff::Fixed(0)) && *attempts == u32::MAX && budget.is_none();
    if !at_once || consumer.failure >= 1.0 || channel.discipline != Discipline::Fifo {
        return None;
    }
    Some(if *to_front { Failures::InPlace(consumer.failure) } else { Failures::AtTheEnd(consumer.failure) })
}

fn theory(model: String, source: &'static str, per_s: f64, steady: &Steady) -> Theory {
    Theory {
        model,
        source,
        arrivals_per_s: per_s,
        utilization: steady.utilization,
        wait: TheoryTimes::of_mean(steady.wait),
        sojourn: TheoryTimes::of_mean(steady.sojourn),
        ..Theory::default()
    }
}

/// M/M/c. With failures that are repeated at once the number at the station is that of M/M/c with the rate (1 − p)μ: a
/// failure does not change it. In place a message's attempts together are exponential again; at the end of the line only
/// the mean of the sojourn is known, by Little's law.
fn endless(channel: &Channel, consumer: &Consumer, servers: u32, failures: Failures, per_s: f64) -> Option<Station> {
    let (failing, source) = match failures {
        Failures::No => (0.0, source_of_mmc(servers)),
        Failures::InPlace(failing) => (failing, source_of_mmc(servers)),
        Failures::AtTheEnd(failing) => (failing, "Takács (1963); Jackson (1957)"),
    };
    let known = mmc(per_s, (1.0 - failing) * 1e9 / consumer.service_time.mean(), servers)?;
    let retries = if failures == Failures::No { "" } else { " with retries" };
    let mut theory = theory(format!("M/M/{servers}{retries}"), source, per_s, &known.steady);
    theory.waits = Some(known.waits);
    match failures {
        Failures::AtTheEnd(_) => theory.wait = TheoryTimes::default(),
        // Means do not depend on who is next.
        _ if channel.discipline == Discipline::Fifo => quantiles(&mut theory, &known),
        _ => {}
    }
    Some(Station { theory, is_quasi_reversible: true })
}

fn source_of_mmc(servers: u32) -> &'static str {
    if servers == 1 {
        "Kleinrock, Queueing Systems I (1975), 3.2"
    } else {
        "Erlang C; Kleinrock, Queueing Systems I (1975), 3.5"
    }
}

fn quantiles(theory: &mut Theory, known: &Mmc) {
    theory.wait = TheoryTimes::with_quantiles(known.steady.wait, |share| Some(known.wait_quantile(share)));
    theory.sojourn = TheoryTimes::with_quantiles(known.steady.sojourn, |share| Some(known.sojourn_quantile(share)));
}

/// M/M/c/K: `room` messages may wait, and one more is refused.
fn with_room(channel: &Channel, consumer: &Consumer, servers: u32, room: u64, per_s: f64) -> Option<Station> {
    let places = room.saturating_add(u64::from(servers));
    if channel.overflow == Overflow::DropHead || places > MAX_PLACES {
        return None;
    }
    let known = mmck(per_s, 1e9 / consumer.service_time.mean(), servers, places as u32)?;
    let source = "Gross and Harris, Fundamentals of Queueing Theory, 2.4";
    let mut theory = theory(format!("M/M/{servers}/{places}"), source, per_s, &known.steady);
    theory.loss = Some(known.loss);
    Some(Station { theory, is_quasi_reversible: false })
}

/// M/G/1. Attempts in place together are one service: a geometric number of them.
fn one_server(channel: &Channel, consumer: &Consumer, failures: Failures, per_s: f64) -> Option<Station> {
    const POLLACZEK_KHINCHINE: &str = "Pollaczek–Khinchine; Kleinrock, Queueing Systems I (1975), 5.6";
    let failing = match failures {
        Failures::No => 0.0,
        Failures::InPlace(failing) => failing,
        Failures::AtTheEnd(_) => return None,
    };
    let (mean, square) = (consumer.service_time.mean() / 1e9, second_moment(&consumer.service_time)? / 1e18);
    // E[N] and E[N(N − 1)] of the number of attempts.
    let (tries, pairs) = (1.0 / (1.0 - failing), 2.0 * failing / (1.0 - failing) / (1.0 - failing));
    let known = mg1(per_s, mean * tries, square * tries + mean * mean * pairs)?;
    let is_constant = matches!(consumer.service_time, Sampler::Const(_));
    let model = match failures {
        Failures::No if is_constant => "M/D/1",
        Failures::No => "M/G/1",
        _ => "M/G/1 with retries",
    };
    let mut theory = theory(model.to_owned(), POLLACZEK_KHINCHINE, per_s, &known);
    theory.waits = Some(known.utilization);
    if failures == Failures::No && is_constant && channel.discipline == Discipline::Fifo {
        theory.source = "Pollaczek–Khinchine; Franx, The M/D/c Waiting Time Distribution (2001)";
        theory.wait = TheoryTimes::with_quantiles(known.wait, |share| md1_wait_quantile(per_s, mean, share));
        theory.sojourn = theory.wait.later(mean);
    }
    Some(Station { theory, is_quasi_reversible: false })
}
