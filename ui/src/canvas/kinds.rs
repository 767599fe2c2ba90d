//! Node kinds that can be added.

use serde_json::{Map, Value, json};
use thalweg_flow::{
    Bus, Consumer, Exchange, ExchangeType, Flow, Node, NodeKind, Producer, Queue, Service, Store, Stream, Topic,
    Workflow, can_connect,
};

use crate::text::{self, Word};

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

/// The kinds of which a new node may follow a given one.
pub(crate) fn may_follow(flow: &Flow, from: &str) -> Vec<&'static str> {
    let Some(node) = flow.nodes.get(from) else { return Vec::new() };
    let mut two = Flow::default();
    two.nodes.insert("from".to_owned(), node.clone());
    all()
        .filter(|kind| {
            let to = Node { title: None, summary: None, owner: None, kind: bare(kind) };
            two.nodes.insert("to".to_owned(), to);
            can_connect(&two, "from", "to").is_ok()
        })
        .collect()
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
