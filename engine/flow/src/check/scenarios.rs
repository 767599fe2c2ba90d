//! Scenarios against the flow: loads, set values, faults, times.

use super::references::CHANNEL;
use super::{Check, Wanted};
use crate::model::{Duration, EdgeRef, FaultKind, FaultName, FaultTarget, NodeKind, Scenario, Settings};
use crate::path::{Path, Step};
use crate::problem::{Problem, Severity};
use crate::read::shown;
use crate::set;
use crate::suggest;
use crate::text::ValueError;
use crate::tree::Entry;

const PRODUCER: Wanted = Wanted {
    fits: |kind| matches!(kind, NodeKind::Producer(_)),
    what: "a producer",
    help: "only producers have a load",
};

const HANDLER: Wanted =
    Wanted { fits: is_handler, what: "a handler", help: "this fault strikes a consumer, workflow or stream" };

const RUNNING: Wanted = Wanted {
    fits: |kind| is_handler(kind) || is_called(kind),
    what: "something that runs",
    help: "this fault strikes a consumer, service, store, workflow or stream",
};

const REACHED: Wanted = Wanted {
    fits: |kind| kind.is_channel() || is_called(kind),
    what: "a channel, service or store",
    help: "an outage strikes a broker, channel, service or store; a handler can `crash`",
};

const FILLED: Wanted = Wanted {
    fits: |kind| kind.is_channel() || matches!(kind, NodeKind::Store(_)),
    what: "a channel or store",
    help: "only what stores events can be full: a broker, channel or store",
};

const POISONED: Wanted = Wanted {
    fits: |kind| kind.is_channel() || is_handler(kind) || is_called(kind),
    what: "a channel, handler, service or store",
    help: "poison strikes the messages of a channel or of a handler, or those that a service is called for",
};

const ANY: Wanted = Wanted { fits: |_| true, what: "a node", help: "" };

/// What a fault may strike among nodes; none when it strikes something else.
const fn wanted(fault: FaultName) -> Option<Wanted> {
    Some(match fault {
        FaultName::Crash | FaultName::Deploy | FaultName::Slow | FaultName::Errors => RUNNING,
        FaultName::Outage => REACHED,
        FaultName::Latency | FaultName::Throttle => ANY,
        FaultName::Duplicate => CHANNEL,
        FaultName::Poison => POISONED,
        FaultName::Rebalance | FaultName::Replay => HANDLER,
        FaultName::Full => FILLED,
        FaultName::Cut | FaultName::SchemaBreak => return None,
    })
}

/// Whether a fault may strike a node of this kind.
pub(crate) fn may_strike(fault: FaultName, kind: &NodeKind) -> bool {
    wanted(fault).is_some_and(|wanted| (wanted.fits)(kind))
}

pub(super) fn is_handler(kind: &NodeKind) -> bool {
    matches!(kind, NodeKind::Consumer(_) | NodeKind::Workflow(_) | NodeKind::Stream(_))
}

fn is_called(kind: &NodeKind) -> bool {
    matches!(kind, NodeKind::Service(_) | NodeKind::Store(_))
}

impl Check<'_, '_> {
    pub(super) fn scenarios(&mut self) {
        let flow = self.flow;
        for (id, scenario) in &flow.scenarios {
            let at = Path::of(["scenarios", id]);
            self.times(&at, scenario);
            for producer in scenario.load.keys() {
                self.refer(at.clone().key("load").key(producer), producer, PRODUCER);
            }
            self.sets(&at, scenario);
            self.faults(&at.clone().key("faults"), scenario);
            self.expectations(&at.key("expect"), scenario);
        }
    }

    fn times(&mut self, at: &Path, scenario: &Scenario) {
        let default = self.flow.scenarios.get("default");
        let standard = Settings::default();
        let duration = scenario.duration.or(default.and_then(|d| d.duration)).unwrap_or(standard.duration);
        let warmup = scenario.warmup.or(default.and_then(|d| d.warmup)).unwrap_or(standard.warmup);
        if let Some(warmup) = warmup.fixed().filter(|&w| w >= duration && w > Duration::ZERO) {
            let key = if scenario.warmup.is_some() { "warmup" } else { "duration" };
            let message = format!("the warm-up of {warmup} leaves nothing of the duration of {duration}");
            self.error(at.clone().key(key), "range", message, "make the warm-up shorter than the duration");
        }
    }

    /// Puts the values into copies of the nodes and reads those: what was fine before and is wrong now is told here.
    fn sets(&mut self, at: &Path, scenario: &Scenario) {
        let Some(written) = self.tree.at(&at.clone().key("set")) else { return };
        for entry in written.entries().iter().filter(|e| scenario.set.contains_key(&e.key.text)) {
            let path = at.clone().key("set").key(&entry.key.text);
            if let Err(error) = self.try_set(&path, entry) {
                let place = entry.key.span.clone();
                self.reader.problem_at(place, path, Severity::Error, "set", error.message, error.help);
            }
        }
    }

    fn try_set(&mut self, path: &Path, entry: &Entry) -> Result<(), ValueError> {
        let target = set::target(self.tree, &entry.key.text)?;
        let [Step::Key(section), Step::Key(name), rest @ ..] = target.0.as_slice() else { return Ok(()) };
        let Some(owner) = self.tree.get(section).and_then(|s| s.entry(name)).filter(|_| section == "nodes") else {
            return Ok(());
        };
        let before = self.problems_of(owner);
        let mut changed = owner.clone();
        set::put(&mut changed.value, &Path(rest.to_vec()), entry.value.clone())?;
        for problem in self.problems_of(&changed) {
            let known = before.iter().any(|b| b.message == problem.message && b.path == problem.path);
            if !known {
                let place = if problem.code == "unknown-key" { entry.key.span.clone() } else { self.tree.place(path) };
                self.reader.problem_at(
                    place,
                    path.clone(),
                    problem.severity,
                    problem.code,
                    problem.message,
                    problem.help,
                );
            }
        }
        Ok(())
    }

    fn problems_of(&self, node: &Entry) -> Vec<Problem> {
        self.reader.try_node(node)
    }

    fn faults(&mut self, at: &Path, scenario: &Scenario) {
        for (i, fault) in scenario.faults.iter().enumerate() {
            let at = self.item(at, i).key(fault.kind.name());
            let wanted = wanted(fault.kind.word()).unwrap_or(ANY);
            match &fault.kind {
                FaultKind::Crash { node, .. }
                | FaultKind::Deploy { node }
                | FaultKind::Slow { node, .. }
                | FaultKind::Errors { node, .. }
                | FaultKind::Duplicate { node, .. }
                | FaultKind::Poison { node, .. }
                | FaultKind::Rebalance { node }
                | FaultKind::Replay { node, .. }
                | FaultKind::Throttle { node, .. } => self.refer(at, node, wanted),
                FaultKind::Outage { target } | FaultKind::Latency { target, .. } | FaultKind::Full { target } => {
                    self.target(at, target, wanted);
                }
                FaultKind::Cut { edge } => self.edge(at, edge),
                FaultKind::SchemaBreak { event } => self.event(&at, event),
            }
        }
    }

    fn target(&mut self, path: Path, target: &FaultTarget, wanted: Wanted) {
        match target {
            FaultTarget::Node(node) => {
                let brokers: Vec<&str> = self.flow.brokers.keys().map(String::as_str).collect();
                let near = suggest::nearest(node, brokers);
                if let (Some(near), false) = (near, self.reader.node_names.contains(node)) {
                    let message = format!("there is no node or broker `{}`", shown(node));
                    let help = format!("did you mean the broker `{near}`?");
                    self.error(path, "unknown-node", message, help);
                    return;
                }
                self.refer(path, node, wanted);
            }
            FaultTarget::Edge(edge) => self.edge(path, edge),
            FaultTarget::Broker(_) => {}
        }
    }

    fn edge(&mut self, path: Path, edge: &EdgeRef) {
        if self.node(&path, &edge.from).is_none() || self.node(&path, &edge.to).is_none() {
            return;
        }
        let edges = self.flow.edges();
        if edges.iter().any(|e| e.from == edge.from && e.to == edge.to) {
            return;
        }
        let from: Vec<String> =
            edges.iter().filter(|e| e.from == edge.from).map(|e| format!("{} -> {}", e.from, e.to)).collect();
        let turned = edges.iter().any(|e| e.from == edge.to && e.to == edge.from);
        let help = if turned {
            format!("it goes the other way: write `{} -> {}`", edge.to, edge.from)
        } else if from.is_empty() {
            format!("no edge begins at `{}`", edge.from)
        } else {
            format!("from there go: {}", from.join(", "))
        };
        self.error(path, "unknown-edge", format!("there is no edge `{} -> {}`", edge.from, edge.to), help);
    }
}
