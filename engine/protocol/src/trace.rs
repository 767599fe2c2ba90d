//! Traces as lists and waterfalls show them.

mod packed;

use serde::{Deserialize, Serialize};

use crate::limits::DETAILED_ROWS;

/// One line of the list; also an element of `thalweg traces list --format json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TraceSummary {
    /// 32 hexadecimal digits.
    pub trace_id: String,
    /// Name of the root span, or of the earliest when the root has not arrived.
    pub root: String,
    /// Service of that span.
    pub service: String,
    /// Start of the earliest span, nanoseconds since 1970.
    #[serde(with = "as_text")]
    pub start_unix_nano: u64,
    /// From the earliest start to the latest end.
    pub duration_ms: f64,
    /// Spans that arrived so far.
    pub spans: u64,
    /// Spans among them with an error status.
    pub errors: u64,
    /// Every service seen in it.
    #[serde(default)]
    pub services: Vec<String>,
}

/// A simulated event with everything that follows from it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SampledTrace {
    /// Its line in a list. Its times are those of a run that ended when the simulation did.
    pub summary: TraceSummary,
    /// When it was produced, in seconds from the start of the run.
    pub produced_s: f64,
    /// Why it was sampled.
    pub sampled_for: SampledFor,
}

/// Why a simulated event was sampled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SampledFor {
    /// Something that follows from it was dead-lettered or lost.
    GivenUp,
    /// Something that follows from it needed more than one attempt.
    Retried,
    /// It took the longest.
    Slowest,
    /// It was drawn evenly over the run.
    Evenness,
}

/// One trace, in the order in which it is drawn. It crosses by columns.
#[derive(Debug, Clone, PartialEq)]
pub struct TraceView {
    /// Its line in the list.
    pub summary: TraceSummary,
    /// Spans and the waiting between them.
    pub rows: Vec<TraceRow>,
    /// Rows left out because there are more than [`crate::limits::ROWS_PER_TRACE`].
    pub rows_left_out: u64,
}

impl TraceView {
    /// Whether a trace of so many rows is sent to the window with all that is known of its spans. Of a larger one that is asked for as it is
    /// looked at: [`crate::Command::SpanDetails`].
    pub fn is_detailed(&self) -> bool {
        self.rows.len() <= DETAILED_ROWS
    }
}

/// One bar of a waterfall.
#[derive(Debug, Clone, PartialEq)]
pub struct TraceRow {
    /// What it is.
    pub kind: RowKind,
    /// How deep it is nested; 0 is a root.
    pub depth: u32,
    /// Name of the span, or `wait in orders`, `retry in 200 ms`.
    pub name: String,
    /// Service; empty for waiting.
    pub service: String,
    /// Start, nanoseconds from the trace's start.
    pub start_nano: u64,
    /// Length in nanoseconds.
    pub duration_nano: u64,
    /// Time in none of the children that it waited for, nanoseconds.
    pub self_nano: u64,
    /// Its time on the trace's critical path, that had the trace end later the longer it took, nanoseconds.
    pub critical_nano: u64,
    /// Where on it that is: start and length, nanoseconds from the trace's start. Parts that lie close to each other are one.
    pub critical: Vec<[u64; 2]>,
    /// Whether its status is an error.
    pub error: bool,
    /// How many rows below belong to it.
    pub descendants: u64,
    /// The span's own figures; none for waiting. Of a trace that is not [detailed](TraceView::is_detailed) its id and where its links lead.
    pub span: Option<Box<SpanDetail>>,
}

/// What a row of a waterfall is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RowKind {
    /// A span of unknown or internal kind.
    Internal,
    /// A span that answers.
    Server,
    /// A span that asks.
    Client,
    /// A span that publishes.
    Producer,
    /// A span that handles.
    Consumer,
    /// Time in a channel.
    Wait,
    /// Time between two attempts.
    Retry,
}

/// Everything else about a span. What there is nothing of does not cross.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpanDetail {
    /// 16 hexadecimal digits.
    pub span_id: String,
    /// 16 hexadecimal digits; empty for a root.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub parent_span_id: String,
    /// What its status says.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub status_message: String,
    /// Its attributes: name and value as text.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attributes: Vec<(String, String)>,
    /// Its resource's attributes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub resource: Vec<(String, String)>,
    /// The instrumentation scope, with its version.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub scope: String,
    /// What happened during it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<SpanEvent>,
    /// What it points to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub links: Vec<SpanLink>,
}

/// Something that happened during a span.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpanEvent {
    /// When, nanoseconds from the trace's start (0 for earlier ones).
    pub at_nano: u64,
    /// What.
    pub name: String,
    /// Its attributes.
    pub attributes: Vec<(String, String)>,
}

/// A pointer to another span.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpanLink {
    /// Its trace.
    pub trace_id: String,
    /// The span.
    pub span_id: String,
    /// The link's attributes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attributes: Vec<(String, String)>,
}

/// 64-bit integers as decimal text, as OTLP/JSON writes them: readers in other languages lose no digits.
pub(crate) mod as_text {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    #[allow(
        clippy::trivially_copy_pass_by_ref,
        reason = "serde passes a reference; the lint fires on 64-bit targets only"
    )]
    pub(crate) fn serialize<S: Serializer>(value: &u64, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(value)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}
