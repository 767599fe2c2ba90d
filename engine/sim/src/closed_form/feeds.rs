//! Who feeds whom, and whether what comes is a Poisson process.

use super::Theory;
use super::station::{Station, station};
use crate::plan::StruckPlaces;
use crate::plan::{Arrivals, Plan, Producer, Publish, PushTo};

/// Of how many producers a stream may be made.
const MAX_SOURCES: usize = 1_000;

/// A Poisson process.
#[derive(Debug, Clone, Default)]
pub(super) struct Inflow {
    pub(super) per_s: f64,
    /// The producers that it comes from, ascending. Two streams that have one in common depend on each other, and what
    /// they make together is no Poisson process.
    sources: Vec<u32>,
}

/// Who publishes.
#[derive(Debug, Clone, Copy)]
enum Publisher {
    Producer(usize),
    Consumer(usize),
}

struct Feeds<'p> {
    plan: &'p Plan,
    struck: StruckPlaces,
    /// By channel: entries that publish to it.
    into: Vec<Vec<(Publisher, &'p Publish)>>,
    /// By channel: whether anything else may come into it.
    mixed: Vec<bool>,
    /// By consumer: what leaves it, if that is a Poisson process.
    outflows: Vec<Option<Inflow>>,
}

/// By consumer, what theory says of it.
pub(crate) fn of_plan(plan: &Plan) -> Vec<Option<Theory>> {
    let mut theories = vec![None; plan.consumers.len()];
    let mut feeds = Feeds::new(plan);
    if feeds.struck.everything {
        return theories;
    }
    for consumer in feeds.downstream() {
        if let Some((inflow, Station { theory, is_quasi_reversible })) = feeds.recognise(consumer) {
            theories[consumer] = Some(theory);
            feeds.outflows[consumer] = is_quasi_reversible.then_some(inflow);
        }
    }
    theories
}

impl<'p> Feeds<'p> {
    fn new(plan: &'p Plan) -> Self {
        let mut into = vec![Vec::new(); plan.channels.len()];
        let mut mixed = vec![false; plan.channels.len()];
        let producers = plan.producers.iter().enumerate().map(|(i, p)| (Publisher::Producer(i), p.publishes.clone()));
        let consumers = plan.consumers.iter().enumerate().map(|(i, c)| (Publisher::Consumer(i), c.publishes.clone()));
        for (publisher, entries) in producers.chain(consumers) {
            for publish in &plan.publishes[entries.start as usize..entries.end as usize] {
                into[publish.to.channel as usize].push((publisher, publish));
                if let Some(way) = plan.routing.way(publish.to) {
                    mixed[publish.to.channel as usize] = true;
                    plan.routing.targets(way).iter().for_each(|to| mixed[to.channel as usize] = true);
                }
            }
        }
        let pushed = plan.pushes.iter().filter_map(|push| match push.to {
            PushTo::Channel(to) => Some(to),
            PushTo::Group(_) => None,
        });
        let dead = plan.consumers.iter().filter_map(|c| c.dead_letter);
        let dead = dead.chain(plan.channels.iter().filter_map(|c| c.dead_letter));
        let projected = plan.services.iter().flat_map(|service| service.projects.iter().copied());
        for to in pushed.chain(dead).chain(projected) {
            mixed[to.channel as usize] = true;
        }
        Feeds {
            plan,
            struck: StruckPlaces::by_faults_of(plan),
            into,
            mixed,
            outflows: vec![None; plan.consumers.len()],
        }
    }

    /// The channel of a consumer that has only one subscription.
    fn channel_of(&self, consumer: usize) -> Option<usize> {
        let [only] = &self.plan.consumers[consumer].subscriptions[..] else { return None };
        Some(self.plan.groups[only.group as usize].channel as usize)
    }

    /// Consumers with one subscription, each after those that feed it; circles are left out.
    fn downstream(&self) -> Vec<usize> {
        let count = self.plan.consumers.len();
        let mut fed_by = vec![0_usize; count];
        let mut feeds = vec![Vec::new(); count];
        for (consumer, fed_by) in fed_by.iter_mut().enumerate() {
            let into = self.channel_of(consumer).map_or(&[][..], |channel| &self.into[channel]);
            for (publisher, _) in into {
                if let Publisher::Consumer(other) = publisher {
                    *fed_by += 1;
                    feeds[*other].push(consumer);
                }
            }
        }
        let mut order: Vec<usize> = (0..count).filter(|&i| fed_by[i] == 0 && self.channel_of(i).is_some()).collect();
        let mut next = 0;
        while let Some(&consumer) = order.get(next) {
            next += 1;
            for &other in &feeds[consumer] {
                fed_by[other] -= 1;
                if fed_by[other] == 0 {
                    order.push(other);
                }
            }
        }
        order
    }

    fn recognise(&self, consumer: usize) -> Option<(Inflow, Station)> {
        let channel = self.channel_of(consumer)?;
        let subscription = &self.plan.consumers[consumer].subscriptions[0];
        let struck = self.struck.consumers[consumer]
            || self.struck.channels[channel]
            || self.struck.edges[subscription.edge as usize];
        if struck || self.mixed[channel] {
            return None;
        }
        let inflow = self.inflow(channel)?;
        let station = station(self.plan, consumer, inflow.per_s)?;
        Some((inflow, station))
    }

    /// Everything that is published to a channel, if it is a Poisson process: independent ones together are one, and so is
    /// what chance leaves of one.
    fn inflow(&self, channel: usize) -> Option<Inflow> {
        let mut sum = Inflow::default();
        for (publisher, publish) in &self.into[channel] {
            let whole = match *publisher {
                Publisher::Producer(i) => {
                    let Producer { arrivals, outbox: _, name: _, publishes: _ } = &self.plan.producers[i];
                    match arrivals {
                        Arrivals::Never => continue,
                        Arrivals::Poisson { gap } => Inflow { per_s: 1e9 / gap, sources: vec![i as u32] },
                        _ => return None,
                    }
                }
                Publisher::Consumer(i) => self.outflows[i].clone()?,
            };
            // Every property is named, so that a new one cannot be forgotten.
            let Publish {
                to,
                probability,
                count,
                delay,
                latency,
                outbox,
                by_cause,
                key: _,
                event: _,
                owner: _,
                part: _,
            } = publish;
            let plain = *count == 1 && delay.is_none() && latency.is_none() && outbox.is_none() && !by_cause;
            if !plain || self.struck.edges[to.edge as usize] {
                return None;
            }
            sum.per_s += whole.per_s * probability;
            if sum.sources.iter().any(|source| whole.sources.binary_search(source).is_ok()) {
                return None;
            }
            sum.sources.extend(whole.sources);
            sum.sources.sort_unstable();
            if sum.sources.len() > MAX_SOURCES {
                return None;
            }
        }
        (sum.per_s > 0.0).then_some(sum)
    }
}
