//! What many traces show together, and two traces beside each other.

use serde::{Deserialize, Serialize};

use crate::{search::FoundTrace, trace::RowKind, trace::TraceSummary};

/// A question over many traces. Filters are in the filter language; empty ones hold for every trace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Survey {
    /// Where traces lie in time and duration.
    Density {
        /// Which traces.
        filter: String,
    },
    /// What operations take.
    Operations {
        /// The spans for which it holds.
        filter: String,
    },
    /// In what two sets of traces differ.
    Contrast {
        /// Both sets are among these.
        within: String,
        /// The set that is asked about.
        set: String,
        /// What it is compared with; none is all that is not in the set.
        against: Option<String>,
    },
}

/// What is answered, or what there is of it so far.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Surveyed {
    /// To [`Survey::Density`].
    Density(TraceDensity),
    /// To [`Survey::Operations`].
    Operations(OperationTable),
    /// To [`Survey::Contrast`].
    Contrast(TraceContrast),
}

/// Traces in cells of time and duration.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TraceDensity {
    /// When the first column begins, nanoseconds since 1970.
    pub start_unix_nano: u64,
    /// How long a column is.
    pub step_nano: u64,
    /// How many columns there are.
    pub columns: u32,
    /// Durations between the rows, nanoseconds: one more than there are rows, the least first. Empty without traces.
    pub edges_nano: Vec<u64>,
    /// Cells that have traces: column, row, traces, traces with errors.
    pub cells: Vec<[u32; 4]>,
    /// Traces in the cells.
    pub traces: u64,
    /// Those of them with errors.
    pub with_errors: u64,
    /// Traces without a known start, or with one too far from all others.
    pub outside: u64,
    /// Traces that would have to be read whole to decide on them, beyond what is read.
    pub undecided: u64,
    /// Whether the oldest were left out because there are too many.
    pub cut: bool,
}

/// What operations take; also the answer of `thalweg traces operations --format json`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct OperationTable {
    /// When the first of these spans started, nanoseconds since 1970.
    pub from_unix_nano: u64,
    /// When the last of them started.
    pub until_unix_nano: u64,
    /// Seconds of one value of a curve.
    pub slot_s: f64,
    /// The share by which percentiles may be off.
    pub percentile_error: f64,
    /// Spans that are counted.
    pub spans: u64,
    /// Spans that only their whole trace decides on; they are not counted.
    pub undecided: u64,
    /// Spans of operations that are not listed, because there are too many.
    pub left_out: u64,
    /// Whether spans of the oldest traces were left out because there are too many traces.
    #[serde(default)]
    pub cut: bool,
    /// The operations that take most time first.
    pub operations: Vec<OperationLine>,
}

/// One operation of one service.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OperationLine {
    /// The service.
    pub service: String,
    /// The name of its spans.
    pub name: String,
    /// Spans.
    pub spans: u64,
    /// Spans a second, from the first to the last of all that are counted.
    pub per_s: f64,
    /// Spans with errors.
    pub errors: u64,
    /// Median of their durations.
    pub p50_ms: f64,
    /// 95th percentile.
    pub p95_ms: f64,
    /// 99th percentile.
    pub p99_ms: f64,
    /// The longest.
    pub max_ms: f64,
    /// Their durations, added up.
    pub total_ms: f64,
    /// The share of that in the same of all operations.
    pub share: f64,
    /// Spans a second over time.
    pub rates: Vec<f64>,
    /// 95th percentile over time; none where there are no spans.
    pub p95s_ms: Vec<Option<f64>>,
}

/// In what two sets of traces differ; also the answer of `thalweg traces compare --format json`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct TraceContrast {
    /// Traces of the set that is asked about, as far as they are compared.
    pub these: u32,
    /// Traces that it is compared with.
    pub others: u32,
    /// How many the set has: more, when only a part of them is compared, chosen evenly by their ids.
    #[serde(default)]
    pub these_of: u32,
    /// How many others there are; likewise.
    #[serde(default)]
    pub others_of: u32,
    /// What more of these have, and not by chance: the greatest difference of shares first.
    pub differences: Vec<ContrastLine>,
    /// Attributes that have too many values to count them one by one.
    pub too_many_values: Vec<String>,
    /// Traces that would have to be read whole to decide on them, beyond what is read.
    pub undecided: u64,
    /// Whether the oldest were left out because there are too many.
    pub cut: bool,
}

/// A value that is over-represented.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ContrastLine {
    /// For people: `card.region = eu-2`.
    pub label: String,
    /// The condition of a filter that asks for it.
    pub condition: String,
    /// How many of these traces have it.
    pub these: u32,
    /// The same as a share.
    pub these_share: f64,
    /// How many of the others.
    pub others: u32,
    /// The same as a share.
    pub others_share: f64,
    /// The probability of as many by chance (Fisher's exact test, one-sided).
    pub p: f64,
    /// The share of false discoveries among all that are at least as improbable (Benjamini and Hochberg).
    pub q: f64,
}

/// Traces that arrived or grew and are found by the filter that is followed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FollowedTraces {
    /// Which of the questions it answers.
    pub number: u64,
    /// Newest first.
    pub traces: Vec<FoundTrace>,
}

/// Two traces as one tree; also the answer of `thalweg traces diff --format json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TraceDifference {
    /// The first trace.
    pub before: TraceSummary,
    /// The second.
    pub after: TraceSummary,
    /// Spans of both, those that match on one line.
    pub lines: Vec<DifferenceLine>,
    /// Lines left out because there are more than [`crate::limits::LINES_PER_PAIR`].
    pub left_out: u64,
}

/// A span of one of two traces, or of both.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DifferenceLine {
    /// How deep it is; 0 is a root.
    pub depth: u32,
    /// The service.
    pub service: String,
    /// The operation.
    pub name: String,
    /// What it is.
    pub kind: RowKind,
    /// The span of the first trace; none when it has none there.
    pub before: Option<DifferenceSpan>,
    /// The span of the second.
    pub after: Option<DifferenceSpan>,
}

/// A span of one of the two.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DifferenceSpan {
    /// 16 hexadecimal digits.
    pub span_id: String,
    /// Start, nanoseconds from that of its trace.
    pub start_nano: u64,
    /// Length in nanoseconds.
    pub duration_nano: u64,
    /// Whether its status is an error.
    pub error: bool,
}
