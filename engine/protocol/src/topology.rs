//! What traces show of a system: its map, one message's journey, the critical path of one trace.

use serde::{Deserialize, Serialize};

use crate::trace::as_text;

/// Services, channels, groups and what passes between them; the JSON of `thalweg traces map --format json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TopologyMap {
    /// How many traces it was made of.
    pub traces: u64,
    /// How many spans.
    pub spans: u64,
    /// Start of the first span, nanoseconds since 1970; 0 when there was none.
    #[serde(with = "as_text")]
    pub from_unix_nano: u64,
    /// Start of the last span.
    #[serde(with = "as_text")]
    pub until_unix_nano: u64,
    /// Whether older traces were left out, because there are more than are read at once.
    pub cut: bool,
    /// Messages whose other side was no longer waited for.
    pub forgotten: u64,
    /// How often a connection had no place left.
    pub left_out: u64,
    /// The nodes.
    pub nodes: Vec<TopologyNode>,
    /// The connections.
    pub edges: Vec<TopologyEdge>,
}

/// One node of a map.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct TopologyNode {
    /// What it is.
    pub kind: TopologyKind,
    /// Its name.
    pub name: String,
    /// Of a service its `service.namespace`, of a channel or group its system, of a database which one; else empty.
    pub of: String,
    /// Of a channel or group: cluster and addresses of its broker, as far as spans say.
    #[serde(default)]
    pub brokers: Vec<String>,
    /// Of a group: its channel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
    /// Of a channel: `topic`, `queue` or `exchange`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub form: Option<String>,
    /// Spans that are its own or name it.
    pub spans: u64,
    /// Of them failed ones; of services.
    pub errors: u64,
    /// Of a channel: distinct partitions seen.
    pub partitions: u64,
    /// Of a channel: how many names it stands for, when it stands for many.
    pub collapsed: u64,
    /// Of a service: distinct instances seen.
    pub instances: u64,
    /// Of a service: requests from outside all traces.
    pub requests: u64,
    /// Of a channel: nobody was seen to receive what was sent there.
    pub orphan: bool,
    /// Of a channel: nobody was seen to send what was received there.
    pub ghost: bool,
    /// Of a channel: what was given up goes there.
    pub dead_letters: bool,
    /// Finds its spans, in the language of filters.
    pub filter: String,
}

/// What a node of a map is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TopologyKind {
    /// A program.
    #[default]
    Service,
    /// A topic, queue or exchange.
    Channel,
    /// A consumer group or subscription.
    Group,
    /// A database that is only known from being called.
    Database,
    /// Someone who is only known from being called over HTTP.
    Http,
    /// Someone who is only known from being called by another protocol.
    Rpc,
    /// Someone who is only known from being called.
    Other,
}

/// One connection of a map.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct TopologyEdge {
    /// Index of the node where it begins.
    pub from: usize,
    /// Index of the node where it ends.
    pub to: usize,
    /// `publish`, `route`, `deliver`, `handle`, `dead-letter` or `call`.
    pub kind: String,
    /// Messages or calls.
    pub messages: u64,
    /// Spans that show it.
    pub spans: u64,
    /// Of them failed ones.
    pub errors: u64,
    /// Messages a second; null when all traces are of one moment.
    pub per_s: Option<f64>,
    /// How long the spans took.
    pub latency_ms: Option<MeasuredTimes>,
    /// How long messages waited in the channel.
    pub wait_ms: Option<MeasuredTimes>,
    /// Messages that were received before they were sent: clocks disagree.
    pub skewed: u64,
    /// By what the two sides of messages were brought together.
    pub evidence: TopologyEvidence,
    /// Deliveries of what was delivered before.
    pub redelivered: u64,
    /// How many received one message, on average; of a publishing.
    pub fan_out: Option<f64>,
    /// Finds its spans, in the language of filters.
    pub filter: String,
    /// The newest span that shows it; of what a broker does by itself, one of the channel that it leads to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub newest: Option<SpanPlace>,
}

/// A span among those of all traces.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct SpanPlace {
    /// 32 hexadecimal digits.
    pub trace_id: String,
    /// 16 hexadecimal digits.
    pub span_id: String,
}

/// A link between a span of one trace and a span of another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CrossLink {
    /// The span of the trace that was asked about, 16 hexadecimal digits.
    pub span_id: String,
    /// Whether the other one links here; else this one links there.
    pub comes_in: bool,
    /// The other one.
    pub other: SpanPlace,
    /// Its service; empty when it is not stored.
    pub service: String,
    /// Its name; empty when it is not stored.
    pub name: String,
    /// Whether it is stored.
    pub stored: bool,
}

/// How the spans of a trace are linked with those of others.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct CrossLinks {
    /// By the spans of the trace that was asked about, in the order of their starts.
    pub links: Vec<CrossLink>,
    /// Whether there are more.
    pub cut: bool,
}

/// By what the two sides of messages were brought together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct TopologyEvidence {
    /// By links.
    pub links: u64,
    /// By parents.
    pub parents: u64,
    /// By ids.
    pub ids: u64,
    /// By offsets.
    pub offsets: u64,
}

/// Measured times, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct MeasuredTimes {
    /// How many.
    pub count: u64,
    /// Mean.
    pub mean: f64,
    /// Standard deviation over mean.
    pub cv: f64,
    /// Median.
    pub p50: f64,
    /// 95th percentile.
    pub p95: f64,
    /// 99th percentile.
    pub p99: f64,
    /// The longest.
    pub max: f64,
}

/// One message's way over all of its traces; the JSON of `thalweg traces journey --format json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct JourneyView {
    /// When the first message was sent, nanoseconds since 1970.
    #[serde(with = "as_text")]
    pub start_unix_nano: u64,
    /// From there to the end of the last handling.
    pub duration_ms: f64,
    /// How many traces it went through.
    pub traces: u64,
    /// Whether there may be more: not every trace was looked at, or there are too many hops.
    pub cut: bool,
    /// What happened; what follows from a hop stands behind it, one deeper.
    pub hops: Vec<JourneyHop>,
}

/// What happened at one place of a message's way.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct JourneyHop {
    /// `sent`, `waited`, `fetched`, `handled`, `backoff` or `gave-up`.
    pub kind: String,
    /// How deep below the first sending.
    pub depth: u32,
    /// The trace of its span.
    pub trace_id: String,
    /// Its span; of waiting the one that it ended with.
    pub span_id: String,
    /// Who.
    pub service: String,
    /// The span's name.
    pub name: String,
    /// The channel.
    pub channel: String,
    /// Of which system.
    pub system: String,
    /// The group, if one is named.
    pub group: Option<String>,
    /// Start, nanoseconds from the journey's.
    pub start_nano: u64,
    /// Length in nanoseconds.
    pub duration_nano: u64,
    /// Of a handling: which attempt, from 1; else 0.
    pub attempt: u64,
    /// Whether its span failed.
    pub error: bool,
    /// Whether it ended before it began: clocks disagree.
    pub skewed: bool,
    /// Why it is taken for the same message: `link`, `parent`, `id` or `offset`.
    pub by: Option<String>,
}

/// Where the time of one trace went; the JSON of `thalweg traces critical --format json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CriticalPath {
    /// The trace.
    pub trace_id: String,
    /// Start of the path, nanoseconds since 1970.
    #[serde(with = "as_text")]
    pub start_unix_nano: u64,
    /// Length of the path: that of the trace's first root.
    pub duration_nano: u64,
    /// The path in the order of time, without holes.
    pub sections: Vec<CriticalSection>,
}

/// A stretch of a critical path.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CriticalSection {
    /// The span in whose own work the time went.
    pub span_id: String,
    /// Who.
    pub service: String,
    /// The span's name.
    pub name: String,
    /// Start, nanoseconds from the path's.
    pub start_nano: u64,
    /// Length in nanoseconds.
    pub duration_nano: u64,
    /// All of the span's own time, on the path or not.
    pub self_nano: u64,
}
