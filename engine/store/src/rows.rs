//! The rows that go in and come out. Plain values: what `body` holds is the caller's affair.

use std::fmt;
use std::num::ParseIntError;
use std::str::FromStr;

/// A batch of spans as one sender sent them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SpanBatch {
    /// The senders, referred to by [`SpanRow::resource`].
    pub resources: Vec<ResourceRow>,
    /// The instrumentation scopes' bodies, referred to by [`SpanRow::scope`].
    pub scopes: Vec<Vec<u8>>,
    /// The spans.
    pub spans: Vec<SpanRow>,
}

/// A sender. Two with equal `body` are one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ResourceRow {
    /// The service's name, for lists.
    pub service: String,
    /// Everything known about the sender.
    pub body: Vec<u8>,
}

/// One span. `(trace_id, span_id)` is its identity.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SpanRow {
    /// 16 bytes, not all zero.
    pub trace_id: [u8; 16],
    /// 8 bytes, not all zero.
    pub span_id: [u8; 8],
    /// The parent, which may never arrive.
    pub parent_id: Option<[u8; 8]>,
    /// Index into the batch's or trace's resources.
    pub resource: usize,
    /// Index into the batch's or trace's scopes.
    pub scope: usize,
    /// The operation.
    pub name: String,
    /// The caller's number for the span's kind.
    pub kind: u8,
    /// Start, nanoseconds since 1970, any value; 0 is taken as unknown.
    pub start_ns: u64,
    /// End, nanoseconds since 1970, any value, also before the start; 0 is taken as unknown.
    pub end_ns: u64,
    /// Whether the span counts as an error.
    pub error: bool,
    /// Everything else.
    pub body: Vec<u8>,
}

/// What became of a batch once it was committed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Written {
    /// Spans that were not known before.
    pub added: u64,
    /// Spans known before, now with other content.
    pub changed: u64,
    /// Spans known before with the same content, or more than once in the same commit.
    pub repeated: u64,
    /// Traces with added or changed spans, each once, those known longest first.
    pub traces: Vec<[u8; 16]>,
}

/// A trace as a list shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TraceRow {
    /// The trace.
    pub trace_id: [u8; 16],
    /// Earliest known start of its spans, nanoseconds since 1970; 0 when none is known.
    pub start_ns: u64,
    /// Latest known time of its spans, nanoseconds since 1970.
    pub end_ns: u64,
    /// How many spans arrived so far.
    pub spans: u64,
    /// How many of them are errors.
    pub errors: u64,
    /// Name of the root span, or of the earliest one while the root is missing.
    pub root_name: String,
    /// Service of that span.
    pub root_service: String,
    /// All services of the trace, sorted.
    pub services: Vec<String>,
}

/// Where a page of the trace list ends; opaque. Where it must be a text it is one that reads back as the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TraceCursor {
    pub(crate) start: i64,
    pub(crate) id: i64,
}

impl fmt::Display for TraceCursor {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}.{}", self.start, self.id)
    }
}

impl FromStr for TraceCursor {
    type Err = ParseIntError;

    fn from_str(text: &str) -> Result<Self, ParseIntError> {
        let (start, id) = text.split_once('.').unwrap_or((text, ""));
        Ok(TraceCursor { start: start.parse()?, id: id.parse()? })
    }
}

/// A page of the trace list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TracePage {
    /// Newest first.
    pub traces: Vec<TraceRow>,
    /// The place behind each of them.
    pub places: Vec<TraceCursor>,
    /// Where to go on, if there is more.
    pub next: Option<TraceCursor>,
}

/// A whole trace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredTrace {
    /// Senders, referred to by [`SpanRow::resource`].
    pub resources: Vec<ResourceRow>,
    /// Scopes, referred to by [`SpanRow::scope`].
    pub scopes: Vec<Vec<u8>>,
    /// By span id.
    pub spans: Vec<SpanRow>,
}

/// A flow file opened lately.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecentFile {
    /// Its path.
    pub path: String,
    /// When it was opened last, milliseconds since 1970.
    pub opened_unix_ms: i64,
}

/// `u64` in SQLite's `i64`, every value and the order kept.
pub(crate) fn time_to_sql(ns: u64) -> i64 {
    (ns ^ (1 << 63)).cast_signed()
}

/// The inverse of [`time_to_sql`].
pub(crate) fn time_from_sql(column: i64) -> u64 {
    column.cast_unsigned() ^ (1 << 63)
}

/// Span ids are eight bytes: an integer column holds them without a length.
pub(crate) fn id_to_sql(id: [u8; 8]) -> i64 {
    i64::from_be_bytes(id)
}

/// The inverse of [`id_to_sql`].
pub(crate) fn id_from_sql(column: i64) -> [u8; 8] {
    column.to_be_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn times_keep_value_and_order(a: u64, b: u64) {
            proptest::prop_assert_eq!(time_from_sql(time_to_sql(a)), a);
            proptest::prop_assert_eq!(time_to_sql(a).cmp(&time_to_sql(b)), a.cmp(&b));
        }

        #[test]
        fn ids_keep_their_bytes(id: [u8; 8]) {
            proptest::prop_assert_eq!(id_from_sql(id_to_sql(id)), id);
        }
    }
}

/// A run that is to be kept.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NewRun {
    /// The document's path, or a name for as long as it was never saved.
    pub document: String,
    /// When it began, milliseconds since 1970.
    pub started_unix_ms: i64,
    /// How long it took, milliseconds.
    pub took_ms: i64,
    /// The program's version.
    pub version: String,
    /// The scenario's name.
    pub scenario: String,
    /// Seed of the random numbers.
    pub seed: u64,
    /// How many independent runs.
    pub replications: u32,
    /// What was asked for.
    pub settings: String,
    /// What a list says of it.
    pub figures: String,
    /// The document as it was run.
    pub flow: Vec<u8>,
    /// What came of it.
    pub result: Vec<u8>,
}

/// How much is kept of a document, pinned runs aside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// Most runs.
    pub runs: u32,
    /// Most bytes of their documents and results; the newest stays whatever it takes.
    pub bytes: i64,
}

/// A kept run as a list has it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KeptRunRow {
    /// Its number; never given twice.
    pub id: i64,
    /// The document that it belongs to.
    pub document: String,
    /// What the user called it; empty while it has no name.
    pub name: String,
    /// Whether it stays however many follow.
    pub pinned: bool,
    /// When it began, milliseconds since 1970.
    pub started_unix_ms: i64,
    /// How long it took, milliseconds.
    pub took_ms: i64,
    /// The program's version.
    pub version: String,
    /// The scenario's name.
    pub scenario: String,
    /// Seed of the random numbers.
    pub seed: u64,
    /// How many independent runs.
    pub replications: u32,
    /// What was asked for.
    pub settings: String,
    /// What a list says of it.
    pub figures: String,
}

/// What is large in a kept run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KeptRunBody {
    /// The document as it was run.
    pub flow: Vec<u8>,
    /// What came of it.
    pub result: Vec<u8>,
}
