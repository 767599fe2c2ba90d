//! Spans as instrumentations make them, and a map in a few lines of text.

#![allow(dead_code, reason = "each test program uses a part of it")]

use std::fmt::Write;

use thalweg_topology::{
    Attributes, EdgeKind, Field, Kind, Map, NodeKey, Observed, ObservedLink, ObservedTrace, Service, Topology,
};

pub(crate) const MS: u64 = 1_000_000;
/// A Monday in 2026.
pub(crate) const DAY: u64 = 1_796_000_000_000_000_000;

/// A value of an attribute.
#[derive(Debug, Clone, Copy)]
pub(crate) enum V {
    T(&'static str),
    N(i64),
    B(bool),
}

impl From<&'static str> for V {
    fn from(text: &'static str) -> Self {
        Self::T(text)
    }
}

impl From<i64> for V {
    fn from(number: i64) -> Self {
        Self::N(number)
    }
}

impl From<bool> for V {
    fn from(truth: bool) -> Self {
        Self::B(truth)
    }
}

pub(crate) type Pairs = Vec<(&'static str, V)>;

/// One span; times in milliseconds.
#[derive(Debug, Clone)]
pub(crate) struct Sp {
    pub(crate) trace: u64,
    pub(crate) id: u64,
    pub(crate) parent: Option<u64>,
    pub(crate) kind: Kind,
    pub(crate) service: &'static str,
    pub(crate) instance: &'static str,
    pub(crate) start: u64,
    pub(crate) end: u64,
    pub(crate) error: bool,
    pub(crate) attributes: Pairs,
    pub(crate) links: Vec<(u64, u64, Pairs)>,
}

/// A span of a trace; its number must be unique over all traces.
pub(crate) fn sp(trace: u64, id: u64, kind: Kind, service: &'static str, start: u64, end: u64) -> Sp {
    Sp {
        trace,
        id,
        parent: None,
        kind,
        service,
        instance: "",
        start,
        end,
        error: false,
        attributes: Vec::new(),
        links: Vec::new(),
    }
}

impl Sp {
    pub(crate) fn below(mut self, parent: u64) -> Self {
        self.parent = Some(parent);
        self
    }

    pub(crate) fn with<const N: usize>(mut self, pairs: [(&'static str, V); N]) -> Self {
        self.attributes.extend(pairs);
        self
    }

    pub(crate) fn is(mut self, key: &'static str, value: impl Into<V>) -> Self {
        self.attributes.push((key, value.into()));
        self
    }

    pub(crate) fn linked(mut self, trace: u64, span: u64) -> Self {
        self.links.push((trace, span, Vec::new()));
        self
    }

    pub(crate) fn linked_with(mut self, trace: u64, span: u64, pairs: Pairs) -> Self {
        self.links.push((trace, span, pairs));
        self
    }

    pub(crate) fn failed(mut self) -> Self {
        self.error = true;
        self
    }
}

pub(crate) fn trace_id(number: u64) -> [u8; 16] {
    let mut id = [0xa0; 16];
    id[8..].copy_from_slice(&number.to_be_bytes());
    id
}

pub(crate) fn span_id(number: u64) -> [u8; 8] {
    (number + 1).to_be_bytes()
}

fn fields(pairs: &Pairs) -> Attributes<'static> {
    let field = |value: V| match value {
        V::T(text) => Field::Text(text),
        V::N(number) => Field::Int(number),
        V::B(truth) => Field::Bool(truth),
    };
    Attributes(pairs.iter().map(|(key, value)| (*key, field(*value))).collect())
}

/// The traces of these spans, by number of trace.
pub(crate) fn traces(spans: &[Sp]) -> Vec<ObservedTrace<'static>> {
    let mut numbers: Vec<u64> = spans.iter().map(|span| span.trace).collect();
    numbers.sort_unstable();
    numbers.dedup();
    let observe = |span: &Sp| Observed {
        id: span_id(span.id),
        parent: span.parent.map(span_id),
        kind: span.kind,
        service: Service { namespace: "", name: span.service, instance: span.instance },
        name: "an operation",
        start: DAY + span.start * MS,
        end: DAY + span.end * MS,
        error: span.error,
        attributes: fields(&span.attributes),
        links: (span.links.iter())
            .map(|(trace, span, pairs)| ObservedLink {
                trace: trace_id(*trace),
                span: span_id(*span),
                attributes: fields(pairs),
            })
            .collect(),
    };
    let of = |number: &u64| ObservedTrace {
        id: trace_id(*number),
        spans: spans.iter().filter(|span| span.trace == *number).map(observe).collect(),
    };
    numbers.iter().map(of).collect()
}

pub(crate) fn folded(traces: &[ObservedTrace<'_>]) -> Map {
    let mut topology = Topology::new();
    for trace in traces {
        topology.add(trace);
    }
    topology.map()
}

pub(crate) fn map(spans: &[Sp]) -> Map {
    folded(&traces(spans))
}

pub(crate) fn label(map: &Map, node: usize) -> String {
    match &map.nodes[node].key {
        NodeKey::Service { name, .. } => name.clone(),
        NodeKey::Channel { system, name, .. } => format!("{system}:{name}"),
        NodeKey::Group { name, .. } => format!("group {name}"),
        NodeKey::Peer { kind, name, .. } => format!("{} {name}", kind.as_str()),
    }
}

/// One line an edge: `shop -publish-> kafka:orders 3`, then what else is known of it.
pub(crate) fn drawn(map: &Map) -> Vec<String> {
    let line = |edge: &thalweg_topology::Edge| {
        let mut line =
            format!("{} -{}-> {} {}", label(map, edge.from), edge.kind.as_str(), label(map, edge.to), edge.messages);
        if edge.errors > 0 && edge.kind != EdgeKind::Handle {
            let _ = write!(line, ", {} failed", edge.errors);
        }
        if let Some(wait) = edge.wait {
            let _ = write!(line, ", waits {:.0} ms", wait.mean_ms);
        }
        let evidence = edge.evidence;
        let by = [
            (evidence.links, "links"),
            (evidence.parents, "parents"),
            (evidence.ids, "ids"),
            (evidence.offsets, "offsets"),
        ];
        for (count, name) in by.iter().filter(|(count, _)| *count > 0) {
            let _ = write!(line, ", {count} {name}");
        }
        for (count, name) in [(edge.redelivered, "again"), (edge.skewed, "skewed")] {
            if count > 0 {
                let _ = write!(line, ", {count} {name}");
            }
        }
        if let Some(fan_out) = edge.fan_out.filter(|fan_out| *fan_out > 1.0) {
            let _ = write!(line, ", to {fan_out:.1}");
        }
        line
    };
    map.edges.iter().map(line).collect()
}

/// Channels with what was found out of them: `kafka:orders topic orphan`.
pub(crate) fn channels(map: &Map) -> Vec<String> {
    let nodes = map.nodes.iter().enumerate().filter(|(_, node)| node.form.is_some());
    let line = |(index, node): (usize, &thalweg_topology::Node)| {
        let mut line = format!("{} {}", label(map, index), node.form.map_or("", |form| form.as_str()));
        for (is, word) in [(node.orphan, "orphan"), (node.ghost, "ghost"), (node.dead_letters, "dead letters")] {
            if is {
                let _ = write!(line, ", {word}");
            }
        }
        line
    };
    nodes.map(line).collect()
}
