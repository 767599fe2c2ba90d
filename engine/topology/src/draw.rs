//! A map as a flow document: a first drawing to go on from.
//!
//! What was measured stands in it (loads, service times, failures, fan-out), with the evidence in each node's summary; what traces
//! cannot tell (how many work at once, how often is retried) is chosen so that the flow can be simulated, and a comment says so.

mod document;
mod fit;
mod handlers;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use serde_json::{Map as Fields, Value, json};
use thalweg_flow::{EditError, free_name};

use crate::map::{EdgeKind, Form, Handler, Map, NodeKey};
use crate::peer::PeerKind;
use document::without_endless_cycles;
use fit::{Fitted, digits, duration, fit, rate, share};

/// How much of a handler's time is taken at most, where traces do not tell how many work at once.
const BUSY: f64 = 0.7;
/// Most that work at once that are written down.
const MOST_AT_ONCE: f64 = 100_000.0;
/// Calls that are made more rarely than once in so many messages are left out.
const RARE: f64 = 0.005;
/// Most calls of one peer for one message that are drawn one by one.
const MOST_CALLS: u64 = 5;
/// Without a rate (all traces are of one moment) something must flow.
const UNKNOWN_RATE: f64 = 1.0;

/// A flow document that was drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drawn {
    /// The document, without positions.
    pub text: String,
    /// How many nodes it has.
    pub nodes: usize,
    /// What of the map it does not show, or shows otherwise, in sentences.
    pub notes: Vec<String>,
}

/// Draws a map.
///
/// # Errors
/// When the document cannot be written down, which is a mistake of ours.
pub fn draw(map: &Map, name: &str) -> Result<Drawn, EditError> {
    let mut drawing = Drawing::new(map);
    drawing.brokers();
    drawing.handlers();
    drawing.channels();
    drawing.callees();
    drawing.producers();
    drawing.finish_handlers();
    let nodes = drawing.nodes.len();
    if nodes == 0 {
        drawing.notes.push("The traces show no messages: there is nothing to draw.".to_owned());
    }
    let text = drawing.text(name)?;
    Ok(Drawn { text: without_endless_cycles(text)?, nodes, notes: drawing.notes })
}

struct Node {
    id: String,
    kind: &'static str,
    fields: Fields<String, Value>,
}

struct Drawing<'a> {
    map: &'a Map,
    brokers: Vec<(String, &'static str)>,
    broker_of: BTreeMap<(String, String), String>,
    taken: BTreeSet<String>,
    /// Names of nodes of the map, where they have one of their own.
    ids: BTreeMap<usize, String>,
    /// Names of those who are called. A service that also produces has another name for that.
    called: BTreeMap<usize, String>,
    /// Names of handlers, by index in the map.
    consumers: Vec<String>,
    nodes: Vec<Node>,
    /// Queues behind exchanges that no span names: exchange and handler, and the queue's name.
    queues: BTreeMap<(usize, usize), String>,
    at_once: Vec<u64>,
    notes: Vec<String>,
}

impl<'a> Drawing<'a> {
    fn new(map: &'a Map) -> Self {
        let mut drawing = Self {
            map,
            brokers: Vec::new(),
            broker_of: BTreeMap::new(),
            taken: BTreeSet::new(),
            ids: BTreeMap::new(),
            called: BTreeMap::new(),
            consumers: Vec::new(),
            nodes: Vec::new(),
            queues: BTreeMap::new(),
            at_once: Vec::new(),
            notes: Vec::new(),
        };
        for (index, node) in map.nodes.iter().enumerate() {
            if node.form.is_some() {
                let id = drawing.take(node.key.name());
                drawing.ids.insert(index, id);
            }
        }
        for (index, node) in map.nodes.iter().enumerate() {
            let sends = map.edges.iter().any(|edge| edge.from == index && edge.of_itself > 0);
            if sends && matches!(node.key, NodeKey::Service { .. }) {
                let id = drawing.take(node.key.name());
                drawing.ids.insert(index, id);
            }
        }
        for handler in &map.handlers {
            let service = map.nodes[handler.service].key.name();
            let alone = map.handlers.iter().filter(|other| other.service == handler.service).count() == 1;
            let wanted = if alone && !drawing.ids.contains_key(&handler.service) {
                service.to_owned()
            } else {
                format!("{service}-{}", map.nodes[handler.channel].key.name())
            };
            let id = drawing.take(&wanted);
            drawing.consumers.push(id);
        }
        drawing
    }

    /// A name that a node may have, and that no other has.
    fn take(&mut self, wanted: &str) -> String {
        let mut name: String =
            wanted.chars().map(|c| if c.is_alphanumeric() || c == '_' { c } else { '-' }).take(80).collect();
        while name.len() > 90 {
            name.pop();
        }
        let name = name.trim_matches('-');
        let name = if name.is_empty() || name == "end_to_end" { "unnamed" } else { name };
        let id = free_name(name, |id| self.taken.contains(id));
        self.taken.insert(id.clone());
        id
    }

    fn add(&mut self, id: &str, kind: &'static str, fields: Vec<(&str, Value)>) {
        let fields = fields.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
        self.nodes.push(Node { id: id.to_owned(), kind, fields });
    }

    fn brokers(&mut self) {
        let mut names = BTreeSet::new();
        for node in &self.map.nodes {
            let NodeKey::Channel { system, broker, .. } = &node.key else { continue };
            let key = (system.clone(), broker.clone());
            if self.broker_of.contains_key(&key) {
                continue;
            }
            let plain: String = system.chars().map(|c| if c.is_alphanumeric() { c } else { '-' }).take(80).collect();
            let name = free_name(plain.trim_matches('-'), |name| names.contains(name));
            let name = if name.is_empty() { "broker".to_owned() } else { name };
            names.insert(name.clone());
            let kind = match system.as_str() {
                "kafka" | "eventhubs" => "kafka",
                "rabbitmq" => "rabbitmq",
                "aws_sqs" => "sqs",
                "aws_sns" => "sns",
                "gcp_pubsub" => "pubsub",
                "eventgrid" => "eventgrid",
                "nats" => "nats",
                _ => "generic",
            };
            self.brokers.push((name.clone(), kind));
            self.broker_of.insert(key, name);
        }
    }

    fn broker(&self, channel: usize) -> Value {
        match &self.map.nodes[channel].key {
            NodeKey::Channel { system, broker, .. } => self.broker_of.get(&(system.clone(), broker.clone())),
            _ => None,
        }
        .map_or(Value::Null, |name| json!(name))
    }

    fn rate(&self, messages: u64) -> f64 {
        self.map.per_second(messages).unwrap_or(if messages > 0 { UNKNOWN_RATE } else { 0.0 })
    }

    /// How many must work at once so that each has time to rest.
    fn handlers(&mut self) {
        for handler in &self.map.handlers {
            let busy = handler.busy.map_or(0.0, |busy| busy.mean_ms / 1000.0);
            let needed = self.rate(handler.messages) * busy / BUSY;
            self.at_once.push(needed.ceil().clamp(1.0, MOST_AT_ONCE) as u64);
        }
    }

    /// Where a handler takes its messages from: a queue of its own where the spans name only the exchange.
    fn source(&mut self, handler: usize) -> String {
        let channel = self.map.handlers[handler].channel;
        if self.map.nodes[channel].form != Some(Form::Exchange) {
            return self.ids.get(&channel).cloned().unwrap_or_default();
        }
        if let Some(queue) = self.queues.get(&(channel, handler)) {
            return queue.clone();
        }
        let wanted =
            format!("{}-{}", self.ids[&channel], self.map.nodes[self.map.handlers[handler].service].key.name());
        let queue = self.take(&wanted);
        self.queues.insert((channel, handler), queue.clone());
        queue
    }

    fn channels(&mut self) {
        let map = self.map;
        for (index, node) in map.nodes.iter().enumerate() {
            let Some(form) = node.form else { continue };
            let id = self.ids[&index].clone();
            let broker = self.broker(index);
            let summary = json!(self.channel_summary(index));
            let routes = self.routes(index);
            match form {
                Form::Exchange => {
                    let is_fanout = self.copies_to_all(index);
                    let kind = if is_fanout { "fanout" } else { "direct" };
                    let route = |to: &String| {
                        if is_fanout { json!({ "to": to }) } else { json!({ "to": to, "pattern": to }) }
                    };
                    let routes: Vec<Value> = routes.iter().map(|(to, _)| route(to)).collect();
                    let fields = vec![
                        ("summary", summary),
                        ("broker", broker.clone()),
                        ("type", json!(kind)),
                        ("routes", json!(routes)),
                    ];
                    self.add(&id, "exchange", fields);
                }
                Form::Topic | Form::Queue if !routes.is_empty() => {
                    let mut to: Vec<Value> = routes.iter().map(|(to, _)| json!({ "to": to })).collect();
                    let own = map.handlers.iter().zip(&self.consumers).filter(|(handler, _)| handler.channel == index);
                    to.extend(own.map(|(_, id)| json!({ "to": id })));
                    self.add(&id, "bus", vec![("summary", summary), ("broker", broker), ("routes", json!(to))]);
                    self.notes.push(format!("{id} hands on to other channels; it is drawn as a bus."));
                }
                Form::Topic => {
                    let mut fields = vec![("summary", summary), ("broker", broker)];
                    if self.is_partitioned(index) {
                        let readers = map.handlers.iter().zip(&self.at_once).filter(|(h, _)| h.channel == index);
                        let most = readers.map(|(_, at_once)| *at_once).max().unwrap_or(1);
                        fields.push(("partitions", json!(node.partitions.max(most))));
                    }
                    self.add(&id, "topic", fields);
                }
                Form::Queue => self.add(&id, "queue", vec![("summary", summary), ("broker", broker)]),
            }
            for handler in 0..map.handlers.len() {
                if let Some(queue) = self.queues.get(&(index, handler)).cloned() {
                    let summary = "No span names this queue; its consumer says only the exchange.";
                    let broker = self.broker(index);
                    self.add(&queue, "queue", vec![("summary", json!(summary)), ("broker", broker)]);
                }
            }
        }
    }

    fn is_partitioned(&self, channel: usize) -> bool {
        matches!(&self.map.nodes[channel].key, NodeKey::Channel { system, .. } if system == "kafka" || system == "eventhubs")
    }

    fn channel_summary(&self, index: usize) -> String {
        let node = &self.map.nodes[index];
        let mut text = format!("Named by {}", spans(node.spans));
        if node.partitions > 0 {
            let _ = write!(text, "; {} partitions seen", node.partitions);
        }
        if node.collapsed > 1 {
            let _ = write!(text, "; stands for {} names", node.collapsed);
        }
        let delivered = self.map.edges.iter().filter(|edge| edge.from == index && edge.kind == EdgeKind::Deliver);
        for edge in delivered {
            if let Some(wait) = edge.wait {
                let to = self.map.nodes[edge.to].key.name();
                let _ =
                    write!(text, "; waiting for {to}: mean {}, p99 {}", duration(wait.mean_ms), duration(wait.p99_ms));
            }
        }
        if node.orphan && !node.dead_letters {
            text += "; nobody was seen to receive";
        }
        if node.ghost {
            text += "; nobody was seen to send";
        }
        text + "."
    }

    /// Where a channel hands on to, with the share of its messages: bindings that were seen, and queues that must be there.
    fn routes(&mut self, channel: usize) -> Vec<(String, f64)> {
        let map = self.map;
        let fed: u64 = (map.edges.iter())
            .filter(|edge| edge.to == channel && matches!(edge.kind, EdgeKind::Publish | EdgeKind::Route))
            .map(|edge| edge.messages)
            .sum();
        let part = |messages: u64| if fed == 0 { 1.0 } else { (messages as f64 / fed as f64).min(1.0) };
        let seen = map.edges.iter().filter(|edge| edge.from == channel && edge.kind == EdgeKind::Route);
        let mut routes: Vec<(String, f64)> =
            seen.filter_map(|edge| Some((self.ids.get(&edge.to)?.clone(), part(edge.messages)))).collect();
        if map.nodes[channel].form == Some(Form::Exchange) {
            for (index, handler) in map.handlers.iter().enumerate().filter(|(_, handler)| handler.channel == channel) {
                let messages = handler.messages.saturating_sub(handler.redelivered);
                routes.push((self.source(index), part(messages)));
            }
        }
        routes
    }

    /// Whether (nearly) all that comes to an exchange goes to each of its queues.
    fn copies_to_all(&mut self, exchange: usize) -> bool {
        self.routes(exchange).iter().all(|(_, part)| *part > 0.9)
    }

    /// What sending to a channel at a rate is written as; `part` is how often of all times.
    fn publish(&mut self, channel: usize, part: f64) -> Vec<Value> {
        let Some(to) = self.ids.get(&channel).cloned() else { return Vec::new() };
        if self.map.nodes[channel].form == Some(Form::Exchange) && !self.copies_to_all(channel) {
            // No span tells the patterns: each queue has a key of its own, used as often as messages came there.
            let routes = self.routes(channel);
            let each = routes.iter().map(|(queue, share)| (json!({ "to": to, "routing_key": queue }), part * share));
            return each.flat_map(|(value, part)| repeated(&value, part)).collect();
        }
        repeated(&json!({ "to": to }), part)
    }

    fn producers(&mut self) {
        let map = self.map;
        for index in 0..map.nodes.len() {
            let sends: Vec<_> = map.edges.iter().filter(|edge| edge.from == index && edge.of_itself > 0).collect();
            let Some(most) = sends.iter().map(|edge| edge.of_itself).max() else { continue };
            let messages: u64 = sends.iter().map(|edge| edge.of_itself).sum();
            let publishes: Vec<Value> =
                sends.iter().flat_map(|edge| self.publish(edge.to, edge.of_itself as f64 / most as f64)).collect();
            let spans = spans(sends.iter().map(|edge| edge.spans).sum());
            let mut summary = format!("{messages} messages in {spans}");
            if map.per_second(most).is_none() {
                summary += "; the traces do not tell a rate";
            }
            let id = self.ids[&index].clone();
            self.add(
                &id,
                "producer",
                vec![
                    ("summary", json!(summary + ".")),
                    ("load", json!({ "poisson": rate(self.rate(most)) })),
                    ("publishes", json!(publishes)),
                ],
            );
        }
        for (index, node) in map.nodes.iter().enumerate().filter(|(_, node)| node.ghost) {
            let received: u64 = map.edges.iter().filter(|edge| edge.from == index).map(|edge| edge.messages).sum();
            let id = self.take(&format!("before-{}", node.key.name()));
            let summary = format!("Not seen: whoever sends to {}.", node.key.name());
            let publishes = self.publish(index, 1.0);
            let load = json!({ "poisson": rate(self.rate(received)) });
            self.add(
                &id,
                "producer",
                vec![("summary", json!(summary)), ("load", load), ("publishes", json!(publishes))],
            );
        }
    }

    /// Peers and services that handlers call.
    fn callees(&mut self) {
        let map = self.map;
        let mut called: BTreeMap<usize, (u64, u64, Option<Fitted>)> = BTreeMap::new();
        for (handler, calls) in map.handlers.iter().flat_map(|handler| handler.calls.iter().map(move |c| (handler, c)))
        {
            if per_message(handler, calls.calls) >= RARE {
                let entry = called.entry(calls.node).or_insert((0, 0, None));
                (entry.0, entry.1) = (entry.0 + calls.calls, entry.1 + calls.errors);
            }
        }
        for (node, (calls, errors, fitted)) in &mut called {
            // Over all who call, as far as handlers are among them.
            let edges = map.edges.iter().filter(|edge| edge.to == *node && edge.kind == EdgeKind::Call);
            let most = edges.max_by_key(|edge| edge.spans).and_then(|edge| edge.latency);
            *fitted = fit(most);
            let key = &map.nodes[*node].key;
            let wanted =
                if self.taken.contains(key.name()) { format!("{}-calls", key.name()) } else { key.name().into() };
            let id = self.take(&wanted);
            let is_store = matches!(key, NodeKey::Peer { kind: PeerKind::Database, .. });
            let mut summary = match key {
                NodeKey::Peer { kind: PeerKind::Database, system, .. } => format!("{system}; {calls} calls"),
                NodeKey::Peer { kind, .. } => format!("Known from {calls} calls ({})", kind.as_str()),
                _ => format!("{calls} calls"),
            };
            let mut fields = Vec::new();
            if let Some(fitted) = fitted {
                let _ = write!(summary, "; {}", fitted.evidence);
                fields.push((if is_store { "write_time" } else { "latency" }, fitted.value.clone()));
            }
            if *errors > 0 && !is_store {
                fields.push(("failure", json!({ "rate": share(*errors as f64 / *calls as f64) })));
            }
            fields.insert(0, ("summary", json!(summary + ".")));
            self.add(&id, if is_store { "store" } else { "service" }, fields);
            self.called.insert(*node, id);
        }
    }
}

/// A `publishes` entry for `part` messages each time: some surely, one more with a probability.
fn repeated(publish: &Value, part: f64) -> Vec<Value> {
    let (whole, rest) = (part.trunc() as u64, digits(part.fract()));
    let (whole, rest) = if rest > 0.995 { (whole + 1, 0.0) } else { (whole, rest) };
    let mut all = Vec::new();
    match whole {
        0 => {}
        1 => all.push(publish.clone()),
        _ => all.push(with(publish, "count", json!(whole.min(10_000)))),
    }
    if rest > 0.0005 {
        all.push(with(publish, "probability", json!(share(rest))));
    }
    all
}

fn with(value: &Value, key: &str, added: Value) -> Value {
    let mut value = value.clone();
    value[key] = added;
    value
}

fn per_message(handler: &Handler, count: u64) -> f64 {
    count as f64 / handler.messages.max(1) as f64
}

fn spans(count: u64) -> String {
    if count == 1 { "1 span".to_owned() } else { format!("{count} spans") }
}
