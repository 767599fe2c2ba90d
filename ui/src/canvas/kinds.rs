//! Node kinds that can be added.

use leptos::prelude::*;
use serde_json::{Map, Value, json};
use thalweg_flow::{
    Bus, Consumer, Edge, EdgeKind, Exchange, ExchangeType, Flow, Node, NodeKind, Producer, Queue, Service, Store,
    Stream, Topic, Workflow, can_connect, can_splice,
};

use super::EdgeKey;
use crate::{
    state::App,
    text::{self, Word},
};

/// All kinds, in the groups of the palette.
pub(crate) const GROUPS: [(Word, &[&str]); 4] = [
    (text::PRODUCE, &["producer"]),
    (text::CARRY, &["topic", "queue", "exchange", "bus"]),
    (text::HANDLE, &["consumer", "workflow", "stream"]),
    (text::DEPEND_ON, &["service", "store"]),
];

/// All kinds.
pub(crate) fn all() -> impl Iterator<Item = &'static str> {
    GROUPS.iter().flat_map(|(_, kinds)| kinds.iter().copied())
}

/// The kinds of which a new node may follow a given one, and what it would do there.
pub(crate) fn may_follow(flow: &Flow, from: &str) -> Vec<(&'static str, EdgeKind)> {
    let Some(node) = flow.nodes.get(from) else { return Vec::new() };
    all().filter_map(|kind| Some((kind, meaning(node.clone(), new(kind))?))).collect()
}

/// The kinds of which a new node may come before a given one, and what it would do there.
pub(crate) fn may_precede(flow: &Flow, to: &str) -> Vec<(&'static str, EdgeKind)> {
    let Some(node) = flow.nodes.get(to) else { return Vec::new() };
    all().filter_map(|kind| Some((kind, meaning(new(kind), node.clone())?))).collect()
}

/// Whether a new node of a kind may come between the ends of a line.
pub(crate) fn may_come_between(app: App, kind: &str, line: &EdgeKey) -> bool {
    let ends = app.document.with_untracked(|d| {
        let flow = d.as_ref()?.flow();
        Some([flow.nodes.get(&line.from)?.clone(), flow.nodes.get(&line.to)?.clone()])
    });
    let Some([from, to]) = ends else { return false };
    let mut three = Flow::default();
    three.nodes.extend([(line.from.clone(), from), (line.to.clone(), to), (String::new(), new(kind))]);
    let edge = Edge { from: line.from.clone(), to: line.to.clone(), kind: line.kind };
    can_splice(&three, &edge, "").is_ok()
}

/// What a connection of two nodes alone would mean.
fn meaning(from: Node, to: Node) -> Option<EdgeKind> {
    let mut two = Flow::default();
    two.nodes.extend([("from".to_owned(), from), ("to".to_owned(), to)]);
    can_connect(&two, "from", "to").ok()
}

fn new(kind: &str) -> Node {
    Node { title: None, summary: None, owner: None, kind: bare(kind) }
}

/// A node of a kind with nothing set.
fn bare(kind: &str) -> NodeKind {
    match kind {
        "producer" => NodeKind::Producer(Producer::default()),
        "topic" => NodeKind::Topic(Topic::default()),
        "queue" => NodeKind::Queue(Queue::default()),
        "exchange" => {
            NodeKind::Exchange(Exchange { broker: None, exchange_type: ExchangeType::Fanout, routes: Vec::new() })
        }
        "bus" => NodeKind::Bus(Bus::default()),
        "consumer" => NodeKind::Consumer(Consumer::default()),
        "service" => NodeKind::Service(Service::default()),
        "store" => NodeKind::Store(Store::default()),
        "workflow" => NodeKind::Workflow(Workflow::default()),
        _ => NodeKind::Stream(Stream::default()),
    }
}

/// What a new node of a kind begins with, so that it does something when it is simulated.
pub(crate) fn starter_fields(kind: &str) -> Map<String, Value> {
    let one = |key: &str, value| Map::from_iter([(key.to_owned(), value)]);
    match kind {
        "producer" => one("load", json!({ "poisson": "10/s" })),
        "consumer" => one("service_time", json!({ "exponential": "20ms" })),
        "service" => one("latency", json!({ "exponential": "20ms" })),
        _ => Map::new(),
    }
}
