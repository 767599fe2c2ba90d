//! Planned faults.

use thalweg_flow::{self as flow, FaultKind, FaultTarget};

use super::names::Compiler;
use super::{Channel, Consumer, Fault, Place, Strike};

impl Compiler<'_> {
    pub(crate) fn faults(&mut self, list: &[flow::Fault], channels: &[Channel], consumers: &[Consumer]) -> Vec<Fault> {
        let mut faults = Vec::new();
        for (i, fault) in list.iter().enumerate() {
            let flow::Fault { at, length, every, kind } = fault;
            let path = format!("scenarios.{}.faults.{i}", self.scenario);
            let at = self.sampler(&format!("{path}.at"), at);
            let length = length.as_ref().map(|length| self.sampler(&format!("{path}.for"), length));
            let every = every.as_ref().map(|every| self.sampler(&format!("{path}.every"), every));
            let never_passes = |time: &Option<crate::sample::Sampler>| time.as_ref().is_some_and(|t| t.mean() <= 0.0);
            if never_passes(&length) && never_passes(&every) {
                let message = "a fault without length that comes again at once never lets time pass";
                self.refusals.add(format!("{path}.every"), message, "give `for` or `every` a duration above 0");
            }
            let Some((target, strike)) = self.strike(&path, kind, channels, consumers) else { continue };
            faults.push(Fault { kind: kind.name(), target, strike, at, length, every });
        }
        faults
    }

    fn strike(
        &mut self,
        path: &str,
        kind: &FaultKind,
        channels: &[Channel],
        consumers: &[Consumer],
    ) -> Option<(String, Strike)> {
        let strike = match kind {
            FaultKind::Crash { node, instances } => match self.place(node) {
                Some(Place::Consumer(consumer)) => {
                    let all = consumers[consumer as usize].instances.len() as u32;
                    Strike::CrashConsumer { consumer, instances: instances.map_or(all, |n| n.min(all)) }
                }
                Some(Place::Service(_)) if instances.is_some() => {
                    let message = format!("`{node}` is a service, which has no instances to count");
                    self.refusals.add(format!("{path}.instances"), message, "leave `instances` out: all of it crashes");
                    return None;
                }
                Some(Place::Service(service)) => Strike::CrashService(service),
                _ => return self.wrong_target(path, kind, node, "a consumer or a service"),
            },
            FaultKind::Slow { node, factor } => {
                if !(factor.is_finite() && *factor > 0.0) {
                    self.refusals.add(format!("{path}.factor"), format!("a factor of {factor}"), "give one above 0");
                    return None;
                }
                match self.place(node) {
                    Some(Place::Consumer(consumer)) => Strike::SlowConsumer { consumer, factor: *factor },
                    Some(Place::Service(service)) => Strike::SlowService { service, factor: *factor },
                    _ => return self.wrong_target(path, kind, node, "a consumer or a service"),
                }
            }
            FaultKind::Errors { node, rate } => match self.place(node) {
                Some(Place::Consumer(consumer)) => Strike::ErrorsConsumer { consumer, rate: rate.as_fraction() },
                Some(Place::Service(service)) => Strike::ErrorsService { service, rate: rate.as_fraction() },
                _ => return self.wrong_target(path, kind, node, "a consumer or a service"),
            },
            FaultKind::Outage { target } => return self.outage(path, kind, target, channels),
            FaultKind::Cut { .. }
            | FaultKind::Latency { .. }
            | FaultKind::Duplicate { .. }
            | FaultKind::Poison { .. }
            | FaultKind::SchemaBreak { .. }
            | FaultKind::Rebalance { .. }
            | FaultKind::Throttle { .. }
            | FaultKind::Full { .. }
            | FaultKind::Deploy { .. } => {
                self.refusals.not_yet(path, &format!("the fault `{}`", kind.name()));
                return None;
            }
        };
        let (FaultKind::Crash { node, .. } | FaultKind::Slow { node, .. } | FaultKind::Errors { node, .. }) = kind
        else {
            return None;
        };
        Some((node.clone(), strike))
    }

    fn outage(
        &mut self,
        path: &str,
        kind: &FaultKind,
        target: &FaultTarget,
        channels: &[Channel],
    ) -> Option<(String, Strike)> {
        match target {
            FaultTarget::Node(node) => match self.place(node) {
                Some(Place::Channel(channel)) => Some((node.clone(), Strike::OutageChannels(vec![channel]))),
                Some(Place::Service(service)) => Some((node.clone(), Strike::OutageService(service))),
                _ => self.wrong_target(path, kind, node, "a broker, a channel or a service"),
            },
            FaultTarget::Broker(broker) => {
                if !self.flow.brokers.contains_key(broker) {
                    let message = format!("there is no broker `{broker}`");
                    self.refusals.add(format!("{path}.outage"), message, "correct the name or declare the broker");
                    return None;
                }
                let owned = (0_u32..).zip(channels).filter(|(_, c)| c.broker_id.as_ref() == Some(broker));
                Some((broker.clone(), Strike::OutageChannels(owned.map(|(index, _)| index).collect())))
            }
            FaultTarget::Edge(flow::EdgeRef { from, to }) => {
                self.refusals.not_yet(format!("{path}.outage"), &format!("an outage of the edge {from} -> {to}"));
                None
            }
        }
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
