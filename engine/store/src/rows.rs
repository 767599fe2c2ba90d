//! The rows that go in and come out, spans aside, which are `thalweg-spans`'.

use std::collections::HashSet;
use std::fmt;
use std::num::ParseIntError;
use std::str::FromStr;

use thalweg_spans::{LinkOf, TraceRow};

/// What became of a batch once it was committed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Written {
    /// Spans that are not known to be a repeat. What was packed meanwhile is not looked up: its repeat is told here, and
    /// becomes one with it when it is read.
    pub added: u64,
    /// Spans known before, now with other content.
    pub changed: u64,
    /// Spans known before with the same content, or more than once in the same commit.
    pub repeated: u64,
    /// Traces with added or changed spans, each once.
    pub traces: Vec<[u8; 16]>,
}

impl Written {
    /// What became of two batches.
    pub(crate) fn add(&mut self, other: Self) {
        self.added += other.added;
        self.changed += other.changed;
        self.repeated += other.repeated;
        let known: HashSet<[u8; 16]> = self.traces.iter().copied().collect();
        self.traces.extend(other.traces.into_iter().filter(|trace_id| !known.contains(trace_id)));
    }
}

/// A place in an order of traces, such as where a page ends; opaque. Where it must be a text it is one that reads back as the
/// same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct TraceCursor {
    /// The start, the duration or the number of errors, by the order.
    pub(crate) figure: u64,
    pub(crate) start_ns: u64,
    pub(crate) trace_id: [u8; 16],
}

impl TraceCursor {
    /// The place of a trace.
    pub(crate) fn of(order: TraceOrder, row: &TraceRow) -> Self {
        let figure = match order {
            TraceOrder::Newest => row.start_ns,
            TraceOrder::Slowest => row.end_ns.saturating_sub(row.start_ns),
            TraceOrder::Errors => row.errors,
        };
        Self { figure, start_ns: row.start_ns, trace_id: row.trace_id }
    }

    /// Before all others.
    pub(crate) const FIRST: Self = Self { figure: u64::MAX, start_ns: u64::MAX, trace_id: [u8::MAX; 16] };
}

impl fmt::Display for TraceCursor {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}.{}.{:x}", self.figure, self.start_ns, u128::from_be_bytes(self.trace_id))
    }
}

impl FromStr for TraceCursor {
    type Err = ParseIntError;

    fn from_str(text: &str) -> Result<Self, ParseIntError> {
        let mut parts = text.splitn(3, '.');
        let mut next = || parts.next().unwrap_or_default();
        let (figure, start_ns) = (next().parse()?, next().parse()?);
        Ok(Self { figure, start_ns, trace_id: u128::from_str_radix(next(), 16)?.to_be_bytes() })
    }
}

/// In which order traces are found; of equals the newest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum TraceOrder {
    /// The newest start first.
    #[default]
    Newest,
    /// The longest time from start to end first.
    Slowest,
    /// Most errors first.
    Errors,
}

/// A page of the trace list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TracePage {
    /// Newest first.
    pub traces: Vec<TraceRow>,
    /// Where to go on, if there is more.
    pub next: Option<TraceCursor>,
}

/// A trace that a filter finds, or may find.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundTrace {
    /// What a list shows of it.
    pub row: TraceRow,
    /// The place behind it.
    pub place: TraceCursor,
    /// The spans for which the filter holds. Nothing when only the whole trace tells: it must be asked then, and may turn out
    /// not to be found.
    pub spans: Option<Vec<[u8; 8]>>,
}

/// A page of traces that a filter finds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundPage {
    /// In the order asked for.
    pub traces: Vec<FoundTrace>,
    /// Where to go on, if there may be more.
    pub next: Option<TraceCursor>,
}

/// Spans that link to some traces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Linking {
    /// Which span links where, by trace and span.
    pub links: Vec<LinkOf>,
    /// Whether there are more.
    pub cut: bool,
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
