//! A plan of random faults: drawn once, before the run, from a seed of its own, and written as lines of the document, so that
//! the same run can be had again from the lines alone.
//!
//! Gaps between beginnings are exponential with the given rate. The kind is drawn evenly among those that have something to
//! strike, then the target evenly among what that kind can strike, in the order of names. Lengths are exponential with a mean of
//! 30 s, or a twentieth of the run if that is shorter; a deploy has none. Times are whole milliseconds.

use thalweg_flow::{
    Chaos, Distribution, Duration, EdgeKind, EdgeRef, Fault, FaultKind, FaultName, FaultTarget, Flow, Rate, Share,
};

use super::Plan;
use super::traffic::Traffic;
use crate::rng::{Purpose, Stream};

/// How many faults a plan has at most.
pub(crate) const MOST_FAULTS: f64 = 1000.0;
/// Mean length, in nanoseconds.
const MEAN_LENGTH: f64 = 30e9;
const MILLISECOND: f64 = 1e6;

/// The faults of a plan that is otherwise complete, or the first kind that was asked for and cannot be drawn.
pub(crate) fn draw(chaos: &Chaos, flow: &Flow, plan: &Plan, traffic: &Traffic) -> Result<Vec<Fault>, &'static str> {
    let stream = Stream::new(chaos.seed.unwrap_or(plan.seed), 0, "chaos", Purpose::Chaos, 0);
    let mut draw = Draw { flow, plan, traffic, stream };
    if let Some(kind) = chaos.kinds.iter().find(|kind| draw.targets(**kind).is_empty()) {
        return Err(kind.as_str());
    }
    let kinds = if chaos.kinds.is_empty() { FaultName::ALL.to_vec() } else { chaos.kinds.clone() };
    let kinds: Vec<_> = kinds.into_iter().filter(|kind| !draw.targets(*kind).is_empty()).collect();
    let mut faults = Vec::new();
    let gap = 1e9 / chaos.rate.as_per_second();
    let mean = MEAN_LENGTH.min(plan.duration as f64 / 20.0);
    let mut at = 0.0;
    loop {
        at += gap * draw.exponential();
        if at >= plan.duration as f64 || kinds.is_empty() || faults.len() as f64 >= 2.0 * MOST_FAULTS {
            return Ok(faults);
        }
        let kind = draw.one_of(&kinds);
        let length = mean * draw.exponential();
        let targets = draw.targets(kind);
        let target = draw.one_of(&targets);
        let Some(kind) = draw.fault(kind, &target) else { continue };
        // A deploy lasts as long as it takes.
        let length = (!matches!(kind, FaultKind::Deploy { .. })).then(|| time(length, 1.0));
        faults.push(Fault { at: time(at, 0.0), length, every: None, kind });
    }
}

/// Whole milliseconds, at least so many.
fn time(nanos: f64, least: f64) -> Distribution {
    let millis = libm::floor(nanos / MILLISECOND).max(least);
    Distribution::Const(Duration::from_nanos((millis * MILLISECOND) as u64))
}

/// What can be struck.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Struck {
    Consumer(usize),
    Service(usize),
    Channel(usize),
    Broker(String),
    Edge(usize),
    Event(String),
}

struct Draw<'d> {
    flow: &'d Flow,
    plan: &'d Plan,
    traffic: &'d Traffic,
    stream: Stream,
}

impl Draw<'_> {
    /// Of mean 1.
    fn exponential(&mut self) -> f64 {
        -libm::log(self.stream.unit_above_zero())
    }

    fn one_of<T: Clone>(&mut self, of: &[T]) -> T {
        of[self.stream.below(of.len() as u64) as usize].clone()
    }

    /// A whole number from `low` to `high`.
    fn whole(&mut self, low: u64, high: u64) -> u64 {
        low + self.stream.below(high - low + 1)
    }

    fn targets(&self, kind: FaultName) -> Vec<Struck> {
        let plan = self.plan;
        let consumers = || (0..plan.consumers.len()).map(Struck::Consumer);
        let services = || (0..plan.services.len()).map(Struck::Service);
        let channels = || (0..plan.channels.len()).map(Struck::Channel);
        let edges = |kinds: &'static [EdgeKind]| {
            (0..plan.edges.len()).filter(move |&e| kinds.contains(&plan.edges[e].kind)).map(Struck::Edge)
        };
        match kind {
            FaultName::Crash | FaultName::Slow | FaultName::Errors => consumers().chain(services()).collect(),
            FaultName::Outage => {
                let mut brokers: Vec<_> = plan.channels.iter().filter_map(|c| c.broker_id.clone()).collect();
                brokers.sort_unstable();
                brokers.dedup();
                channels().chain(services()).chain(brokers.into_iter().map(Struck::Broker)).collect()
            }
            FaultName::Cut => {
                edges(&[EdgeKind::Publish, EdgeKind::Subscribe, EdgeKind::Call, EdgeKind::DeadLetter]).collect()
            }
            FaultName::Latency => {
                edges(&[EdgeKind::Publish, EdgeKind::Call]).chain(consumers()).chain(services()).collect()
            }
            FaultName::Duplicate => channels().filter(|c| self.is_read(c)).collect(),
            FaultName::Poison => channels().filter(|c| self.is_read(c)).chain(consumers()).chain(services()).collect(),
            FaultName::SchemaBreak => {
                let all = self.flow.nodes.values().flat_map(|node| node.kind.publishes());
                let mut events: Vec<_> = all.filter_map(|publish| publish.event.clone()).collect();
                events.sort_unstable();
                events.dedup();
                events.into_iter().map(Struck::Event).collect()
            }
            FaultName::Throttle => {
                let busy = |s: &Struck| self.offered(s) > 0.0;
                channels().chain(consumers()).filter(busy).collect()
            }
            FaultName::Full => channels().collect(),
            FaultName::Rebalance => consumers().filter(|c| self.keeps_together(c)).collect(),
            FaultName::Deploy => consumers().filter(|c| self.starts(c)).collect(),
            // Nobody replays by accident.
            FaultName::Replay => Vec::new(),
        }
    }

    /// Whether any group of a consumer has a coordinator that deals its partitions.
    fn keeps_together(&self, struck: &Struck) -> bool {
        let Struck::Consumer(consumer) = struck else { return false };
        let mut groups =
            self.plan.consumers[*consumer].subscriptions.iter().map(|s| &self.plan.groups[s.group as usize]);
        groups.any(|group| group.coordination.is_some())
    }

    /// Whether a consumer says how long its instances take to start.
    fn starts(&self, struck: &Struck) -> bool {
        matches!(struck, Struck::Consumer(consumer) if self.plan.consumers[*consumer].start_time.is_some())
    }

    fn is_read(&self, struck: &Struck) -> bool {
        matches!(struck, Struck::Channel(c) if !self.plan.channels[*c].groups.is_empty())
    }

    /// Expected messages a second.
    fn offered(&self, struck: &Struck) -> f64 {
        let plan = self.plan;
        let per_run = match struck {
            Struck::Channel(channel) => self.traffic.published(*channel as u32),
            Struck::Consumer(consumer) => {
                let own = plan.consumers[*consumer].subscriptions.iter().map(|s| &plan.groups[s.group as usize]);
                own.map(|g| self.traffic.published(g.channel) / g.members.len().max(1) as f64).sum()
            }
            _ => 0.0,
        };
        per_run / (plan.duration as f64 / 1e9)
    }

    fn fault(&mut self, kind: FaultName, struck: &Struck) -> Option<FaultKind> {
        let plan = self.plan;
        let node = match struck {
            Struck::Consumer(i) => plan.consumers[*i].name.clone(),
            Struck::Service(i) => plan.services[*i].name.clone(),
            Struck::Channel(i) => plan.channels[*i].name.clone(),
            Struck::Broker(name) | Struck::Event(name) => name.clone(),
            Struck::Edge(_) => String::new(),
        };
        let edge = match struck {
            Struck::Edge(i) => Some(EdgeRef { from: plan.edges[*i].from.clone(), to: plan.edges[*i].to.clone() }),
            _ => None,
        };
        let target = match struck {
            Struck::Broker(name) if !self.flow.nodes.contains_key(name) => FaultTarget::Broker(name.clone()),
            _ => edge.clone().map_or_else(|| FaultTarget::Node(node.clone()), FaultTarget::Edge),
        };
        let percent = |percent: u64| Share::from_fraction(percent as f64 / 100.0);
        Some(match kind {
            FaultName::Crash => {
                let all = match struck {
                    Struck::Consumer(i) => plan.consumers[*i].instances.len() as u64,
                    _ => 1,
                };
                let instances = (all > 1).then(|| self.whole(1, all) as u32);
                FaultKind::Crash { node, instances }
            }
            FaultName::Slow => FaultKind::Slow { node, factor: self.one_of(&[2.0, 3.0, 5.0, 10.0]) },
            FaultName::Errors => FaultKind::Errors { node, rate: percent(self.whole(5, 50)) },
            FaultName::Outage => FaultKind::Outage { target },
            FaultName::Cut => FaultKind::Cut { edge: edge? },
            FaultName::Latency => {
                let millis = self.whole(50, 1000) as f64;
                FaultKind::Latency { target, add: time(millis * MILLISECOND, 1.0) }
            }
            FaultName::Duplicate => FaultKind::Duplicate { node, share: percent(self.whole(1, 20)) },
            FaultName::Poison => FaultKind::Poison { node, share: percent(self.whole(1, 5)) },
            FaultName::SchemaBreak => FaultKind::SchemaBreak { event: node },
            FaultName::Throttle => {
                let share = self.whole(25, 75) as f64 / 100.0;
                // Whole numbers an hour read back as the same rate.
                let per_hour = libm::ceil(self.offered(struck) * share * 3600.0);
                FaultKind::Throttle { node, limit: format!("{per_hour}/h").parse::<Rate>().ok()? }
            }
            FaultName::Full => FaultKind::Full { target },
            FaultName::Rebalance => FaultKind::Rebalance { node },
            FaultName::Deploy => FaultKind::Deploy { node },
            FaultName::Replay => return None,
        })
    }
}
