//! Stations where nothing happens but waiting, service, a failure by chance and acknowledgement.
//!
//! Many stations of many flows are like that. The kernel takes a short way through them ([`crate::kernel`], `express`) that
//! does exactly what the long one does, without asking again for what the plan has ruled out.

use std::ops::Range;

use super::struck::StruckPlaces;
use super::{Channel, Consumer, Group, Hub, NO_LIMIT, Plan, Publish};
use crate::sample::Sampler;
use crate::slab::NIL;

/// Where the short way can be taken; nowhere by default.
#[derive(Debug, Clone, Default)]
pub(crate) struct Express {
    /// By publish; `None` where the long way has to be taken.
    pub(crate) publishes: Vec<Option<Way>>,
    /// By group; `None` where the long way has to be taken.
    pub(crate) stations: Vec<Option<Station>>,
    /// By consumer: its only group, if that has a station, else `NIL`.
    pub(crate) groups: Vec<u32>,
}

/// Where a publish leads.
#[derive(Debug, Clone)]
pub(crate) struct Way {
    pub(crate) channel: u32,
    pub(crate) edge: u32,
    pub(crate) groups: Range<u32>,
    /// Whether its messages draw a key; otherwise they have that of their cause.
    pub(crate) is_keyed: bool,
}

/// A group with its only consumer, and what is asked of both for every message: together, so that it is close together in memory.
#[derive(Debug, Clone)]
pub(crate) struct Station {
    pub(crate) channel: u32,
    pub(crate) lane: u32,
    pub(crate) consumer: u32,
    /// Edge of the subscription.
    pub(crate) edge: u32,
    pub(crate) concurrency: u32,
    /// The consumer's only instance; `NIL` when it has several.
    pub(crate) instance: u32,
    pub(crate) publishes: Range<u32>,
    pub(crate) failure: f64,
    pub(crate) service_time: Sampler,
    pub(crate) is_queue: bool,
}

impl Express {
    /// Looks through a plan that is complete otherwise.
    pub(crate) fn of(plan: &Plan) -> Self {
        let struck = StruckPlaces::by_faults_of(plan);
        let stations: Vec<Option<Station>> = plan.groups.iter().map(|group| station(plan, &struck, group)).collect();
        let suits = |channel: &Channel| {
            let groups = channel.groups.start as usize..channel.groups.end as usize;
            !groups.is_empty() && stations[groups].iter().all(Option::is_some)
        };
        let publishes = plan.publishes.iter().map(|publish| {
            let Publish { to, probability, count, key, delay, latency, event: _, outbox, by_cause, owner: _, part: _ } =
                publish;
            let channel = &plan.channels[to.channel as usize];
            let suits = *probability >= 1.0
                && *count == 1
                && delay.is_none()
                && latency.is_none()
                && outbox.is_none()
                && !by_cause
                && !struck.edges[to.edge as usize]
                && suits(channel);
            let groups = channel.groups.clone();
            suits.then(|| Way { channel: to.channel, edge: to.edge, groups, is_keyed: key.is_some() })
        });
        let publishes = publishes.collect();
        let mut groups = vec![NIL; plan.consumers.len()];
        for (group, station) in (0_u32..).zip(&stations) {
            if let Some(station) = station {
                groups[station.consumer as usize] = group;
            }
        }
        Express { publishes, stations, groups }
    }
}

/// The station of a group, if the short way can be taken there.
fn station(plan: &Plan, struck: &StruckPlaces, group: &Group) -> Option<Station> {
    let [member] = group.members[..] else { return None };
    let channel = &plan.channels[group.channel as usize];
    let consumer = &plan.consumers[member as usize];
    let suits = is_one_line(group)
        && !group.accounted
        && channel_suits(plan, channel)
        && consumer_suits(consumer)
        && !plan.publishes[consumer.publishes.start as usize..consumer.publishes.end as usize]
            .iter()
            .any(|p| p.by_cause)
        && !(struck.everything || struck.channels[group.channel as usize] || struck.consumers[member as usize])
        && !struck.edges[consumer.subscriptions[0].edge as usize];
    suits.then(|| Station {
        channel: group.channel,
        lane: group.lanes.start,
        consumer: member,
        edge: consumer.subscriptions[0].edge,
        concurrency: consumer.concurrency,
        instance: if consumer.instances.len() == 1 { consumer.instances.start } else { NIL },
        publishes: consumer.publishes.clone(),
        failure: consumer.failure,
        service_time: consumer.service_time.clone(),
        is_queue: channel.is_queue,
    })
}

// In what follows every property is named, so that a new one cannot be forgotten.

/// Whether a group is one plain line of one consumer.
pub(crate) fn is_one_line(group: &Group) -> bool {
    let Group {
        partitioned,
        coordination,
        batch,
        per_key,
        members,
        windowed,
        rules,
        max_pending,
        watched,
        // Keeping books changes nothing at it.
        accounted: _,
        channel: _,
        names: _,
        lanes: _,
        measured: _,
    } = group;
    !(partitioned | per_key | windowed | watched)
        && *max_pending == NO_LIMIT
        && coordination.is_none()
        && batch.is_none()
        && members.len() == 1
        && *rules == NIL
}

fn channel_suits(plan: &Plan, channel: &Channel) -> bool {
    let Channel {
        name: _,
        hub,
        throttle,
        is_queue: _,
        broker: _,
        broker_id: _,
        groups: _,
        partitions,
        per_key,
        max_length,
        overflow: _,
        ttl,
        patience,
        discipline,
        priorities: _,
        delivery_latency,
        keeps_order: _,
        dead_letter: _,
        kept,
        memory,
        broker_memory,
        limited,
        // Only messages with ids are recognised, and these take the long way.
        remembers: _,
    } = channel;
    *hub == Hub::No
        && !plan.is_routed
        && *partitions <= 1
        && !per_key
        && throttle.is_none()
        && max_length.is_none()
        && ttl.is_none()
        && patience.is_none()
        && *discipline == thalweg_flow::Discipline::Fifo
        && delivery_latency.is_none()
        && kept.is_none()
        && *memory == NIL
        && *broker_memory == NIL
        && !limited
}

fn consumer_suits(consumer: &Consumer) -> bool {
    let Consumer {
        name: _,
        subscriptions,
        instances: _,
        concurrency: _,
        rate_limit,
        service_time: _,
        failure: _,
        poison,
        timeout,
        retry,
        retry_given: _,
        window,
        ruled,
        dead_letter: _,
        idempotent: _,
        start_time: _,
        lookup: _,
        calls,
        publishes: _,
        budgets: _,
        autoscale,
    } = consumer;
    subscriptions.len() == 1
        && calls.is_empty()
        && rate_limit.is_none()
        && autoscale.is_none()
        && retry.budget.is_none()
        && *poison <= 0.0
        && timeout.is_none()
        && *window == 0
        && !ruled
}
