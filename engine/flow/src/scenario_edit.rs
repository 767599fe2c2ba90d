//! Scenarios under the hand: what a scenario's faults are and where they stand in the document, what may be struck, and
//! the edits that add, move, stretch, retarget and remove a fault or change a load.
//!
//! Everything here gives [`Edit`]s; making them (as one named step) is the caller's business. Copying,
//! renaming and removing whole scenarios are edits of their own ([`Edit::CopyScenario`], [`Edit::RenameNamed`],
//! [`Edit::RemoveNamed`]).

mod loads;

use serde_json::{Map, Value, json};

pub use loads::{
    DRAWN_LOADS, HandleKind, LoadHandle, LoadSource, add_step, handles, load_edits, load_of, load_word, remove_step,
    turn_load, with_handle,
};

use crate::check::may_strike;
use crate::edit::{Document, Edit};
use crate::model::{
    BrokerKind, Distribution, Duration, Empirical, Fault, FaultKind, FaultName, Flow, NodeKind, Settings,
};
use crate::path::Path;

/// A fault of a scenario, with its place in the document.
#[derive(Debug, Clone, PartialEq)]
pub struct PlannedFault {
    /// Its position in the list as it is written; entries that cannot be read count too.
    pub index: usize,
    /// What was read.
    pub fault: Fault,
}

/// The path of a scenario.
pub fn scenario_path(scenario: &str) -> String {
    Path::of(["scenarios", scenario]).to_string()
}

/// The path of one of a scenario's faults.
pub fn fault_path(scenario: &str, index: usize) -> String {
    Path::of(["scenarios", scenario, "faults"]).index(index).to_string()
}

/// The path of one of a scenario's expectations.
pub fn expectation_path(scenario: &str, index: usize) -> String {
    Path::of(["scenarios", scenario, "expect"]).index(index).to_string()
}

/// How long a scenario's run is: its own duration, else that of `default`, else the standard one.
pub fn duration_of(flow: &Flow, scenario: &str) -> Duration {
    let of = |name: &str| flow.scenarios.get(name).and_then(|scenario| scenario.duration);
    of(scenario).or_else(|| of("default")).unwrap_or(Settings::default().duration)
}

/// The wanted name, or the first of `NAME-2`, `NAME-3`, … that no scenario has.
pub fn free_scenario(flow: &Flow, wanted: &str) -> String {
    crate::edit::free(wanted, |name| flow.scenarios.contains_key(name))
}

/// The faults of a scenario that can be read, in the order of the document.
pub fn planned_faults(document: &Document, scenario: &str) -> Vec<PlannedFault> {
    let Some(read) = document.flow().scenarios.get(scenario) else { return Vec::new() };
    let written = document.value(&format!("{}.faults", scenario_path(scenario)));
    let written = written.as_ref().and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let readable: Vec<usize> = if written.len() == read.faults.len() {
        (0..written.len()).collect()
    } else {
        (0..written.len()).filter(|index| can_be_read(&written[*index])).collect()
    };
    readable.into_iter().zip(&read.faults).map(|(index, fault)| PlannedFault { index, fault: fault.clone() }).collect()
}

/// Whether an entry alone can be read as a fault.
fn can_be_read(entry: &Value) -> bool {
    // JSON is YAML, so that the one reader decides.
    let alone = json!({ "thalweg": 1, "name": "alone", "scenarios": { "default": { "faults": [entry] } } });
    let read = crate::read(&alone.to_string());
    read.flow.scenarios.get("default").is_some_and(|scenario| scenario.faults.len() == 1)
}

/// Whether a fault is a moment: it has no length of its own that could be chosen.
pub fn is_moment(fault: FaultName) -> bool {
    matches!(fault, FaultName::Rebalance | FaultName::Deploy | FaultName::Replay)
}

/// What a fault strikes, as the document names it.
pub fn target_of(kind: &FaultKind) -> String {
    match kind {
        FaultKind::Crash { node, .. }
        | FaultKind::Slow { node, .. }
        | FaultKind::Errors { node, .. }
        | FaultKind::Duplicate { node, .. }
        | FaultKind::Poison { node, .. }
        | FaultKind::Rebalance { node }
        | FaultKind::Throttle { node, .. }
        | FaultKind::Deploy { node }
        | FaultKind::Replay { node, .. }
        | FaultKind::SchemaBreak { event: node } => node.clone(),
        FaultKind::Outage { target } | FaultKind::Latency { target, .. } | FaultKind::Full { target } => {
            target.to_string()
        }
        FaultKind::Cut { edge } => edge.to_string(),
    }
}

/// Everything that a fault may strike in a flow: nodes first, then brokers, edges, event types. Narrower than what a
/// document may say where a simulation would refuse the rest: a deploy needs a `start_time`, a rebalance a kafka group.
pub fn targets(flow: &Flow, fault: FaultName) -> Vec<String> {
    let mut all: Vec<String> =
        flow.nodes.iter().filter(|(_, node)| strikes_node(flow, fault, &node.kind)).map(|(id, _)| id.clone()).collect();
    if matches!(fault, FaultName::Outage | FaultName::Latency | FaultName::Full) {
        all.extend(flow.brokers.keys().filter(|broker| !flow.nodes.contains_key(*broker)).cloned());
    }
    if matches!(fault, FaultName::Cut | FaultName::Latency | FaultName::Outage) {
        for edge in flow.edges() {
            let written = format!("{} -> {}", edge.from, edge.to);
            if !all.contains(&written) {
                all.push(written);
            }
        }
    }
    if fault == FaultName::SchemaBreak {
        all.extend(flow.events.keys().cloned());
    }
    all
}

fn strikes_node(flow: &Flow, fault: FaultName, kind: &NodeKind) -> bool {
    let from_kafka = || {
        kind.subscribes().iter().any(|subscription| {
            let channel = flow.nodes.get(&subscription.from).map(|node| &node.kind);
            matches!(channel, Some(NodeKind::Topic(topic)) if flow.broker_kind(topic.broker.as_ref()) == BrokerKind::Kafka)
        })
    };
    may_strike(fault, kind)
        && match fault {
            FaultName::Deploy => matches!(kind, NodeKind::Consumer(consumer) if consumer.start_time.is_some()),
            FaultName::Rebalance | FaultName::Replay => matches!(kind, NodeKind::Consumer(_)) && from_kafka(),
            _ => true,
        }
}

/// Whether a fault may strike this node, broker, edge (`from -> to`) or event type.
pub fn can_strike(flow: &Flow, fault: FaultName, target: &str) -> bool {
    match flow.nodes.get(target) {
        Some(node) => strikes_node(flow, fault, &node.kind),
        None => targets(flow, fault).iter().any(|known| known == target),
    }
}

/// What a fault strikes that is dropped on a node: the node itself; a cut an edge of it, a schema break the event type
/// that it publishes. None when it strikes nothing there.
pub fn target_at(flow: &Flow, fault: FaultName, node: &str) -> Option<String> {
    let all = targets(flow, fault);
    let touches = |target: &&String| target.split_once(" -> ").is_some_and(|(from, to)| from == node || to == node);
    match fault {
        FaultName::Cut => all.iter().find(touches).cloned(),
        FaultName::SchemaBreak => flow.nodes.get(node)?.kind.publishes().iter().find_map(|p| p.event.clone()),
        _ => all.into_iter().find(|target| target == node),
    }
}

/// A new fault as the document writes it, with what its kind needs beside its target.
pub fn new_fault(fault: FaultName, target: &str, at: Duration, length: Duration) -> Value {
    let mut entry = Map::new();
    entry.insert("at".to_owned(), json!(at.to_string()));
    if !is_moment(fault) {
        entry.insert("for".to_owned(), json!(length.to_string()));
    }
    entry.insert(fault.as_str().to_owned(), json!(target));
    if let Some((key, value)) = needed(fault) {
        entry.insert(key.to_owned(), value);
    }
    Value::Object(entry)
}

/// What a fault needs beside its target, with a value to begin with.
fn needed(fault: FaultName) -> Option<(&'static str, Value)> {
    Some(match fault {
        FaultName::Slow => ("factor", json!(3)),
        FaultName::Errors => ("rate", json!("20%")),
        FaultName::Latency => ("add", json!("200ms")),
        FaultName::Duplicate | FaultName::Poison => ("share", json!("1%")),
        FaultName::Throttle => ("limit", json!("50/s")),
        _ => return None,
    })
}

/// The key beside the target that a fault has or may have: `factor`, `rate`, `instances`, ….
pub fn parameter(fault: FaultName) -> Option<&'static str> {
    match fault {
        FaultName::Crash => Some("instances"),
        FaultName::Replay => Some("back"),
        other => needed(other).map(|(key, _)| key),
    }
}

/// Adds a fault to a scenario, which is made when it is not there.
pub fn add_fault(document: &Document, scenario: &str, entry: Value) -> Edit {
    let list = format!("{}.faults", scenario_path(scenario));
    append(document, list, entry)
}

/// Adds an expectation to a scenario, which is made when it is not there.
pub fn add_expectation(document: &Document, scenario: &str, text: &str) -> Edit {
    let list = format!("{}.expect", scenario_path(scenario));
    append(document, list, json!(text))
}

fn append(document: &Document, list: String, entry: Value) -> Edit {
    match document.value(&list).as_ref().and_then(Value::as_array).map(Vec::len) {
        Some(count) if count > 0 => Edit::Set { path: format!("{list}.{count}"), value: entry },
        _ => Edit::Set { path: list, value: Value::Array(vec![entry]) },
    }
}

/// Lets a fault begin at another moment.
pub fn move_fault(scenario: &str, index: usize, at: Duration) -> Edit {
    Edit::Set { path: format!("{}.at", fault_path(scenario, index)), value: json!(at.to_string()) }
}

/// Lets a fault last longer or shorter.
pub fn stretch_fault(scenario: &str, index: usize, length: Duration) -> Edit {
    Edit::Set { path: format!("{}.for", fault_path(scenario, index)), value: json!(length.to_string()) }
}

/// Lets a fault strike something else.
pub fn retarget_fault(scenario: &str, index: usize, fault: FaultName, target: &str) -> Edit {
    Edit::Set { path: format!("{}.{}", fault_path(scenario, index), fault.as_str()), value: json!(target) }
}

/// Makes another kind of fault of one, at the same time and, where that can be struck, at the same target; none when the
/// flow has nothing that the other kind could strike.
pub fn turn_fault(document: &Document, scenario: &str, index: usize, fault: &Fault, into: FaultName) -> Option<Edit> {
    let flow = document.flow();
    let now = target_of(&fault.kind);
    let target = if can_strike(flow, into, &now) { now } else { targets(flow, into).into_iter().next()? };
    let path = fault_path(scenario, index);
    let written = document.value(&path)?;
    let mut entry = Map::new();
    for key in ["at", "for", "every"] {
        if let Some(value) = written.get(key).filter(|_| key == "at" || !is_moment(into)) {
            entry.insert(key.to_owned(), value.clone());
        }
    }
    entry.insert(into.as_str().to_owned(), json!(target));
    if let Some((key, value)) = needed(into) {
        entry.insert(key.to_owned(), value);
    }
    Some(Edit::Set { path, value: Value::Object(entry) })
}

/// A time as one number, for drawing: the mean of a distribution, in seconds. None where only a file knows.
pub fn mean_s(times: &Distribution) -> Option<f64> {
    let time = match times {
        Distribution::Const(time) | Distribution::Exponential(time) => *time,
        Distribution::Normal { mean, .. }
        | Distribution::Lognormal { mean, .. }
        | Distribution::Gamma { mean, .. }
        | Distribution::Erlang { mean, .. }
        | Distribution::Weibull { mean, .. }
        | Distribution::Pareto { mean, .. } => *mean,
        Distribution::Uniform { low, high } => return Some(f64::midpoint(low.as_secs_f64(), high.as_secs_f64())),
        Distribution::Hyperexponential(phases) => {
            return Some(phases.iter().map(|phase| phase.share.as_fraction() * phase.mean.as_secs_f64()).sum());
        }
        Distribution::Empirical(Empirical::Values(values)) if !values.is_empty() => {
            return Some(values.iter().map(|value| value.as_secs_f64()).sum::<f64>() / values.len() as f64);
        }
        Distribution::Empirical(_) => return None,
    };
    Some(time.as_secs_f64())
}

#[cfg(test)]
mod tests;
