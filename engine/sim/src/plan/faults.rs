//! Planned faults: from the names of the document to what the kernel strikes.

use thalweg_flow::{self as flow, BrokerKind, EdgeKind, EdgeRef, FaultKind, FaultTarget, NodeKind};

use super::names::Compiler;
use super::traffic::Traffic;
use super::{Channel, Consumer, Edge, Fault, Hub, Place, Plan, Strike, chaos};
use crate::sample::Sampler;

/// What of the plan a fault can strike.
#[derive(Clone, Copy)]
pub(crate) struct Struck<'p> {
    pub(crate) channels: &'p [Channel],
    pub(crate) consumers: &'p [Consumer],
    pub(crate) edges: &'p [Edge],
}

impl Compiler<'_> {
    pub(crate) fn faults(&mut self, list: &[flow::Fault], struck: Struck<'_>) -> Vec<Fault> {
        let mut faults = Vec::new();
        for (i, fault) in list.iter().enumerate() {
            let path = format!("scenarios.{}.faults.{i}", self.scenario);
            faults.extend(self.fault(&path, fault, struck));
        }
        faults
    }

    /// Draws the faults of a random plan, behind those that are written.
    pub(crate) fn chaos(&mut self, chaos: Option<&flow::Chaos>, plan: &mut Plan, traffic: &Traffic) {
        let Some(wanted) = chaos else { return };
        let path = format!("scenarios.{}.chaos", self.scenario);
        let expected = wanted.rate.as_per_second() * plan.duration as f64 / 1e9;
        if expected > chaos::MOST_FAULTS {
            let message = format!("{expected:.0} faults are expected, more than {}", chaos::MOST_FAULTS);
            self.refusals.add(format!("{path}.rate"), message, "give a lower rate or a shorter duration");
            return;
        }
        let drawn = match chaos::draw(wanted, self.flow, plan, traffic) {
            Ok(drawn) => drawn,
            Err(kind) => {
                let message = format!("nothing in this flow can be drawn for the fault `{kind}`");
                self.refusals.add(format!("{path}.kinds"), message, "leave it out");
                return;
            }
        };
        plan.drawn = drawn.iter().map(|fault| format!("- {fault}")).collect();
        for fault in &drawn {
            let struck = Struck { channels: &plan.channels, consumers: &plan.consumers, edges: &plan.edges };
            let compiled = self.fault(&path, fault, struck);
            plan.faults.extend(compiled);
        }
        plan.events = self.events_numbered();
        if drawn.is_empty() {
            self.notes.push("The random plan (`chaos`) drew no fault within the run.".to_owned());
        }
    }

    fn fault(&mut self, path: &str, fault: &flow::Fault, struck: Struck<'_>) -> Option<Fault> {
        let flow::Fault { at, length, every, kind } = fault;
        let at = self.sampler(&format!("{path}.at"), at);
        let length = length.as_ref().map(|length| self.sampler(&format!("{path}.for"), length));
        let every = every.as_ref().map(|every| self.sampler(&format!("{path}.every"), every));
        let never_passes = |time: &Option<Sampler>| time.as_ref().is_some_and(|t| t.mean() <= 0.0);
        if never_passes(&length) && never_passes(&every) {
            let message = "a fault without length that comes again at once never lets time pass";
            self.refusals.add(format!("{path}.every"), message, "give `for` or `every` a duration above 0");
        }
        if matches!(kind, FaultKind::Deploy { .. }) && (length.is_some() || every.is_some()) {
            let message = "a deploy lasts until its last instance has started";
            self.refusals.add(path, message, "leave `for` and `every` out");
        }
        if matches!(kind, FaultKind::Replay { .. }) && length.is_some() {
            let message = "a replay is a moment; how long it takes to read everything again is up to the group";
            self.refusals.add(path, message, "leave `for` and `every` out");
        }
        let strike = self.strike(path, kind, struck)?;
        Some(Fault { kind: kind.name(), target: target_of(kind), strike, at, length, every })
    }

    fn strike(&mut self, path: &str, kind: &FaultKind, struck: Struck<'_>) -> Option<Strike> {
        const WORKS: &str = "a consumer or a service";
        Some(match kind {
            FaultKind::Crash { node, instances } => match self.place(node) {
                Some(Place::Consumer(consumer)) => {
                    let all = struck.consumers[consumer as usize].instances.len() as u32;
                    Strike::CrashConsumer { consumer, instances: instances.map_or(all, |n| n.min(all)) }
                }
                Some(Place::Service(_)) if instances.is_some() => {
                    let message = format!("`{node}` is a service, which has no instances to count");
                    self.refusals.add(format!("{path}.instances"), message, "leave `instances` out: all of it crashes");
                    return None;
                }
                Some(Place::Service(service)) => Strike::CrashService(service),
                _ => return self.wrong_target(path, kind, node, WORKS),
            },
            FaultKind::Slow { node, factor } => {
                if !(factor.is_finite() && *factor > 0.0) {
                    self.refusals.add(format!("{path}.factor"), format!("a factor of {factor}"), "give one above 0");
                    return None;
                }
                match self.place(node) {
                    Some(Place::Consumer(consumer)) => Strike::SlowConsumer { consumer, factor: *factor },
                    Some(Place::Service(service)) => Strike::SlowService { service, factor: *factor },
                    _ => return self.wrong_target(path, kind, node, WORKS),
                }
            }
            FaultKind::Errors { node, rate } => match self.place(node) {
                Some(Place::Consumer(consumer)) => Strike::ErrorsConsumer { consumer, rate: rate.as_fraction() },
                Some(Place::Service(service)) => Strike::ErrorsService { service, rate: rate.as_fraction() },
                _ => return self.wrong_target(path, kind, node, WORKS),
            },
            FaultKind::Outage { target } => return self.outage(path, kind, target, struck),
            FaultKind::Cut { edge } => Strike::Cut(self.edges_between(path, kind, edge, struck)?),
            FaultKind::Latency { target, add } => return self.latency(path, kind, target, add, struck),
            FaultKind::Duplicate { node, share } => match self.place(node) {
                Some(Place::Channel(channel)) if struck.channels[channel as usize].hub == Hub::No => {
                    Strike::Duplicate { channel, share: share.as_fraction() }
                }
                _ => return self.wrong_target(path, kind, node, "a topic or a queue"),
            },
            FaultKind::Poison { node, share } => match self.place(node) {
                Some(Place::Channel(channel)) if struck.channels[channel as usize].hub == Hub::No => {
                    Strike::PoisonChannel { channel, share: share.as_fraction() }
                }
                Some(Place::Consumer(consumer)) => Strike::PoisonConsumer { consumer, share: share.as_fraction() },
                Some(Place::Service(service)) => Strike::PoisonService { service, share: share.as_fraction() },
                _ => return self.wrong_target(path, kind, node, "a topic, a queue, a consumer or a service"),
            },
            FaultKind::SchemaBreak { event } => Strike::SchemaBreak { event: self.event_number(event) },
            FaultKind::Throttle { node, limit } => {
                let limit = limit.as_per_second();
                match self.place(node) {
                    Some(Place::Consumer(consumer)) => Strike::ThrottleConsumer { consumer, limit },
                    Some(Place::Service(service)) => Strike::ThrottleService { service, limit },
                    Some(Place::Channel(channel)) => Strike::ThrottleChannel { channel, limit },
                    _ => return self.wrong_target(path, kind, node, "a channel, a consumer or a service"),
                }
            }
            FaultKind::Full { target } => return self.full(path, kind, target, struck),
            FaultKind::Rebalance { node } => match self.place(node) {
                Some(Place::Consumer(consumer)) => Strike::Rebalance(consumer),
                _ => return self.wrong_target(path, kind, node, "a consumer"),
            },
            FaultKind::Replay { node, back } => match self.place(node) {
                Some(Place::Consumer(consumer)) => {
                    if !self.reads_a_log(node, struck) {
                        let message = format!("`{node}` is in no kafka group, and so has no offsets to go back to");
                        self.refusals.add(format!("{path}.replay"), message, "name a consumer of a kafka topic");
                        return None;
                    }
                    Strike::Replay { consumer, back: back.map(flow::Duration::as_nanos) }
                }
                _ => return self.wrong_target(path, kind, node, "a consumer"),
            },
            FaultKind::Deploy { node } => match self.place(node) {
                Some(Place::Consumer(consumer)) => {
                    if struck.consumers[consumer as usize].start_time.is_none() {
                        let message = format!("`{node}` does not say how long an instance takes to start");
                        self.refusals.add(format!("{path}.deploy"), message, "give it a `start_time`");
                        return None;
                    }
                    Strike::Deploy(consumer)
                }
                _ => return self.wrong_target(path, kind, node, "a consumer"),
            },
        })
    }

    /// Whether a consumer reads a topic of a kafka broker.
    fn reads_a_log(&self, node: &str, struck: Struck<'_>) -> bool {
        let Some(NodeKind::Consumer(consumer)) = self.flow.nodes.get(node).map(|node| &node.kind) else { return false };
        let is_log = |channel: &Channel| channel.broker == BrokerKind::Kafka && channel.partitions > 0;
        consumer
            .subscribes
            .iter()
            .any(|s| struck.channels.iter().any(|channel| channel.name == s.from && is_log(channel)))
    }

    fn outage(&mut self, path: &str, kind: &FaultKind, target: &FaultTarget, struck: Struck<'_>) -> Option<Strike> {
        match target {
            FaultTarget::Node(node) => match self.place(node) {
                Some(Place::Channel(channel)) => Some(Strike::OutageChannels(vec![channel])),
                Some(Place::Service(service)) => Some(Strike::OutageService(service)),
                _ => self.wrong_target(path, kind, node, "a broker, a channel or a service"),
            },
            FaultTarget::Broker(broker) => Some(Strike::OutageChannels(self.channels_of(path, kind, broker, struck)?)),
            FaultTarget::Edge(edge) => Some(Strike::Cut(self.edges_between(path, kind, edge, struck)?)),
        }
    }

    fn full(&mut self, path: &str, kind: &FaultKind, target: &FaultTarget, struck: Struck<'_>) -> Option<Strike> {
        match target {
            FaultTarget::Node(node) => match self.place(node) {
                // A queue that says what it does when it is full does that; all others let their publishers wait.
                Some(Place::Channel(channel)) if struck.channels[channel as usize].max_length.is_some() => {
                    Some(Strike::FillQueue(channel))
                }
                Some(Place::Channel(channel)) => Some(Strike::BlockChannels(vec![channel])),
                Some(Place::Service(store))
                    if matches!(self.flow.nodes.get(node).map(|n| &n.kind), Some(NodeKind::Store(_))) =>
                {
                    Some(Strike::FillStore(store))
                }
                _ => self.wrong_target(path, kind, node, "a channel, a store or a broker"),
            },
            FaultTarget::Broker(broker) => Some(Strike::BlockChannels(self.channels_of(path, kind, broker, struck)?)),
            FaultTarget::Edge(EdgeRef { from, to }) => {
                let message = format!("the edge `{from} -> {to}` stores nothing that could be full");
                self.refusals.add(format!("{path}.full"), message, "name a channel or a broker");
                None
            }
        }
    }

    fn latency(
        &mut self,
        path: &str,
        kind: &FaultKind,
        target: &FaultTarget,
        add: &flow::Distribution,
        struck: Struck<'_>,
    ) -> Option<Strike> {
        let add = self.sampler(&format!("{path}.add"), add);
        let into = |channels: &[u32]| {
            let is_struck = |name: &str| channels.iter().any(|&c| struck.channels[c as usize].name == name);
            let edges = (0_u32..).zip(struck.edges);
            edges.filter(|(_, e)| e.kind != EdgeKind::Subscribe && is_struck(&e.to)).map(|(index, _)| index).collect()
        };
        let edges = match target {
            FaultTarget::Edge(edge) => self.edges_between(path, kind, edge, struck)?,
            FaultTarget::Broker(broker) => into(&self.channels_of(path, kind, broker, struck)?),
            FaultTarget::Node(node) => match self.place(node) {
                Some(Place::Consumer(consumer)) => return Some(Strike::LatencyConsumer { consumer, add }),
                Some(Place::Service(service)) => return Some(Strike::LatencyService { service, add }),
                Some(Place::Channel(channel)) => into(&[channel]),
                Some(Place::Producer(_)) => {
                    (0_u32..).zip(struck.edges).filter(|(_, e)| e.from == *node).map(|(index, _)| index).collect()
                }
                None => return self.wrong_target(path, kind, node, "a node that is simulated"),
            },
        };
        Some(Strike::LatencyEdges { edges, add })
    }

    /// All edges from one node to another: a handler may publish to the channel that takes its dead letters.
    fn edges_between(&mut self, path: &str, kind: &FaultKind, edge: &EdgeRef, struck: Struck<'_>) -> Option<Vec<u32>> {
        let between = (0_u32..).zip(struck.edges).filter(|(_, e)| e.from == edge.from && e.to == edge.to);
        let found: Vec<(u32, EdgeKind)> = between.map(|(index, e)| (index, e.kind)).collect();
        let path = format!("{path}.{}", kind.name());
        if found.is_empty() {
            let message = format!("there is no edge `{} -> {}`", edge.from, edge.to);
            self.refusals.add(path, message, "correct the names of its ends");
            return None;
        }
        let all = || struck.consumers.iter().flat_map(|consumer| &consumer.subscriptions);
        let is_shared = |group: u32| all().filter(|s| s.group == group).count() > 1;
        let on_shared = |&(edge, kind): &(u32, EdgeKind)| {
            kind == EdgeKind::Subscribe && all().any(|s| s.edge == edge && is_shared(s.group))
        };
        if matches!(kind, FaultKind::Latency { .. }) && found.iter().any(on_shared) {
            let what = format!("latency on one of several subscriptions of `{}`", edge.from);
            self.refusals.not_yet(path, &what);
            return None;
        }
        Some(found.into_iter().map(|(index, _)| index).collect())
    }

    fn channels_of(&mut self, path: &str, kind: &FaultKind, broker: &str, struck: Struck<'_>) -> Option<Vec<u32>> {
        if !self.flow.brokers.contains_key(broker) {
            let message = format!("there is no broker `{broker}`");
            let path = format!("{path}.{}", kind.name());
            self.refusals.add(path, message, "correct the name or declare the broker");
            return None;
        }
        let owned = (0_u32..).zip(struck.channels).filter(|(_, c)| c.broker_id.as_deref() == Some(broker));
        Some(owned.map(|(index, _)| index).collect())
    }

    fn wrong_target<T>(&mut self, path: &str, kind: &FaultKind, node: &str, allowed: &str) -> Option<T> {
        let path = format!("{path}.{}", kind.name());
        if self.flow.nodes.contains_key(node) && self.place(node).is_some() {
            let message = format!("`{}` cannot strike `{node}`", kind.name());
            self.refusals.add(path, message, format!("name {allowed}"));
        } else {
            self.missing(&path, node);
        }
        None
    }
}

/// What a fault strikes, as the document writes it.
pub(crate) fn target_of(kind: &FaultKind) -> String {
    let edge = |EdgeRef { from, to }: &EdgeRef| format!("{from} -> {to}");
    match kind {
        FaultKind::Crash { node, .. }
        | FaultKind::Slow { node, .. }
        | FaultKind::Errors { node, .. }
        | FaultKind::Duplicate { node, .. }
        | FaultKind::Poison { node, .. }
        | FaultKind::Rebalance { node }
        | FaultKind::Throttle { node, .. }
        | FaultKind::Replay { node, .. }
        | FaultKind::Deploy { node } => node.clone(),
        FaultKind::SchemaBreak { event } => event.clone(),
        FaultKind::Cut { edge: cut } => edge(cut),
        FaultKind::Outage { target } | FaultKind::Latency { target, .. } | FaultKind::Full { target } => match target {
            FaultTarget::Node(name) | FaultTarget::Broker(name) => name.clone(),
            FaultTarget::Edge(struck) => edge(struck),
        },
    }
}
