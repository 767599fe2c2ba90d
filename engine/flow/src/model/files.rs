//! Which files a flow names.

use super::{Distribution, Empirical, Fault, FaultKind, Flow, Load, Node, NodeKind, Scenario};

/// Collects paths, each once, in document order.
#[derive(Debug, Default)]
pub(super) struct Files {
    pub(super) paths: Vec<String>,
}

impl Files {
    pub(super) fn flow(&mut self, flow: &Flow) {
        for broker in flow.brokers.values() {
            self.distribution(broker.publish_latency.as_ref());
            self.distribution(broker.delivery_latency.as_ref());
        }
        flow.nodes.values().for_each(|node| self.node(node));
        flow.scenarios.values().for_each(|scenario| self.scenario(scenario));
    }

    fn add(&mut self, path: &str) {
        if !self.paths.iter().any(|p| p == path) {
            self.paths.push(path.to_owned());
        }
    }

    fn node(&mut self, node: &Node) {
        match &node.kind {
            NodeKind::Producer(n) => n.load.iter().for_each(|load| self.load(load)),
            NodeKind::Consumer(n) => {
                self.distribution(n.service_time.as_ref());
                self.distribution(n.start_time.as_ref());
                self.distribution(n.autoscale.as_ref().and_then(|scale| scale.start_time.as_ref()));
            }
            NodeKind::Service(n) => self.distribution(n.latency.as_ref()),
            NodeKind::Store(n) => {
                self.distribution(n.write_time.as_ref());
                self.distribution(n.read_time.as_ref());
            }
            NodeKind::Workflow(n) => n.timers.iter().for_each(|timer| self.distribution(Some(&timer.wait))),
            NodeKind::Stream(n) => self.distribution(n.service_time.as_ref()),
            NodeKind::Topic(_) | NodeKind::Queue(_) | NodeKind::Exchange(_) | NodeKind::Bus(_) => {}
        }
        for publish in node.kind.publishes() {
            self.distribution(publish.delay.as_ref());
        }
    }

    fn scenario(&mut self, scenario: &Scenario) {
        scenario.load.values().for_each(|load| self.load(load));
        scenario.faults.iter().for_each(|fault| self.fault(fault));
    }

    fn load(&mut self, load: &Load) {
        match load {
            Load::Replay(path) => self.add(path),
            Load::Batch { every: times, .. } | Load::Closed { think_time: times, .. } => self.distribution(Some(times)),
            _ => {}
        }
    }

    fn fault(&mut self, fault: &Fault) {
        self.distribution(Some(&fault.at));
        self.distribution(fault.length.as_ref());
        self.distribution(fault.every.as_ref());
        if let FaultKind::Latency { add, .. } = &fault.kind {
            self.distribution(Some(add));
        }
    }

    fn distribution(&mut self, distribution: Option<&Distribution>) {
        if let Some(Distribution::Empirical(Empirical::Path(path))) = distribution {
            self.add(path);
        }
    }
}
