//! Log records and metrics as their pages and the command line show them.

use serde::{Deserialize, Serialize};

use crate::trace::as_text;

/// Which log records to show, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct LogFilter {
    /// Not older, nanoseconds since 1970.
    pub from_unix_nano: Option<u64>,
    /// Older than this, nanoseconds since 1970.
    pub until_unix_nano: Option<u64>,
    /// At least as grave, by OTLP's number.
    pub severity: Option<u8>,
    /// Of this service.
    pub service: Option<String>,
    /// With this in what they say; ASCII letters match in either case.
    pub text: Option<String>,
    /// For which this filter of records holds (`thalweg_spans::filter::read_of_records`); empty is every record.
    #[serde(default)]
    pub filter: String,
}

/// One log record; also a line of `thalweg logs --format json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogView {
    /// Where it stands among the others, for [`crate::Command::Logs`]; also its name, as long as it is kept.
    pub place: String,
    /// When it happened, or else when it was seen, nanoseconds since 1970.
    #[serde(with = "as_text")]
    pub time_unix_nano: u64,
    /// When it was seen, nanoseconds since 1970; 0 when nobody said.
    #[serde(with = "as_text")]
    pub observed_unix_nano: u64,
    /// OTLP's number: 1 to 4 trace, 5 debug, 9 info, 13 warning, 17 error, 21 to 24 fatal; 0 when not said.
    pub severity: u8,
    /// The sender's word for it; else OTLP's.
    pub severity_text: String,
    /// The service that sent it.
    pub service: String,
    /// What it says.
    pub text: String,
    /// What kind of event it is; empty when it is none.
    pub event_name: String,
    /// 32 hexadecimal digits; empty when it belongs to no trace.
    pub trace_id: String,
    /// 16 hexadecimal digits; empty when it belongs to no span.
    pub span_id: String,
    /// Its attributes: name and value as text.
    pub attributes: Vec<(String, String)>,
    /// Its sender's attributes.
    pub resource: Vec<(String, String)>,
    /// The instrumentation scope, with its version.
    pub scope: String,
}

/// A page of log records.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogPage {
    /// Newest first; those of a trace oldest first.
    pub logs: Vec<LogView>,
    /// Of a trace or a span: how many there are in all.
    pub total: Option<u64>,
    /// Hand this back for the next page. A page with few records and this set has looked at, or told, as much as one answer may.
    pub next: Option<String>,
    /// Services that have sent log records or metrics, by name.
    pub services: Vec<String>,
}

/// What the points of a metric are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MetricKind {
    /// A value that was measured.
    Gauge,
    /// A value that was added up and never falls.
    Counter,
    /// A value that was added up and may fall.
    UpDownCounter,
    /// Values in buckets with given bounds.
    Histogram,
    /// Values in buckets that grow by a factor.
    ExponentialHistogram,
    /// Quantiles that the sender worked out.
    Summary,
}

/// Since when a point counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Temporality {
    /// Nobody said, or it has no meaning for the kind.
    Unspecified,
    /// Since the point before.
    Delta,
    /// Since the start.
    Cumulative,
}

/// A metric in the list; also an element of `thalweg metrics list --format json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MetricLine {
    /// Its name.
    pub name: String,
    /// Its unit.
    pub unit: String,
    /// What its sender says of it.
    pub description: String,
    /// What its points are.
    pub kind: MetricKind,
    /// Since when they count.
    pub temporality: Temporality,
    /// How many series it has.
    pub series: u64,
    /// How many points they have.
    pub points: u64,
    /// Who sends it, by name.
    pub services: Vec<String>,
    /// The time of the earliest point, nanoseconds since 1970.
    #[serde(with = "as_text")]
    pub first_unix_nano: u64,
    /// The time of the latest point, nanoseconds since 1970.
    #[serde(with = "as_text")]
    pub last_unix_nano: u64,
    /// The latest value: of a gauge or a sum its own, of the others the mean of what the latest point counts.
    pub last: Option<f64>,
}

/// What tells a metric from others, some of which may have its name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MetricId {
    /// Its name.
    pub name: String,
    /// Its unit.
    pub unit: String,
    /// What its points are.
    pub kind: MetricKind,
    /// Since when they count.
    pub temporality: Temporality,
}

impl MetricId {
    /// Whether a line of the list is of this metric.
    pub fn is_of(&self, line: &MetricLine) -> bool {
        (&self.name, &self.unit, self.kind, self.temporality) == (&line.name, &line.unit, line.kind, line.temporality)
    }
}

/// The list of metrics, as far as it is told at once.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct MetricLines {
    /// By name, at most [`crate::limits::METRICS_LISTED`].
    pub metrics: Vec<MetricLine>,
    /// How many more are what was asked for.
    pub left_out: u64,
    /// The one that was asked for beside the list, if there is such a metric.
    #[serde(default)]
    pub also: Option<MetricLine>,
}

/// Which metric to show, from when to when, and how finely.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MetricAsked {
    /// Its name.
    pub name: String,
    /// From here on, nanoseconds since 1970.
    pub from_unix_nano: u64,
    /// To here, nanoseconds since 1970.
    pub to_unix_nano: u64,
    /// In so many stretches of time; see [`crate::limits::METRIC_BUCKETS`].
    pub buckets: u32,
    /// Series that agree in these attributes become one; none leaves each as it was sent. What stands for the sender is
    /// [`SERVICE_KEY`].
    #[serde(default)]
    pub by: Option<Vec<String>>,
    /// Whether the values of histograms are told by the cells of a heat map too.
    #[serde(default)]
    pub cells: bool,
}

/// How [`MetricAsked::by`] names the service that sends a series, which is no attribute of it.
pub const SERVICE_KEY: &str = "service.name";

/// A metric with its series; also `thalweg metrics show --format json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MetricView {
    /// Its name.
    pub name: String,
    /// What its sender says of it.
    pub description: String,
    /// Its series, by service.
    pub series: Vec<MetricSeries>,
    /// What the series are told apart by, sorted: names of attributes; [`SERVICE_KEY`] when more than one service sends it.
    pub keys: Vec<String>,
    /// Series left out because there are more than [`crate::limits::METRIC_SERIES`].
    pub series_left_out: u64,
    /// Whether the range holds more points than one answer reads; the newest were.
    pub points_left_out: bool,
}

/// One series of a metric.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MetricSeries {
    /// The service that sends it; empty for several that became one.
    pub service: String,
    /// How many series it was made of.
    pub members: u64,
    /// The instrumentation scope, with its version; empty for several that became one.
    pub scope: String,
    /// Its unit.
    pub unit: String,
    /// What its points are.
    pub kind: MetricKind,
    /// Since when they count.
    pub temporality: Temporality,
    /// What tells it from others.
    pub attributes: Vec<(String, String)>,
    /// Stretches of time with points in them.
    pub buckets: Vec<MetricBucket>,
    /// The rows of a heat map, where one was asked for, lowest first: above the first number, up to the second; none is an open
    /// end. See [`MetricBucket::cells`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rows: Vec<(Option<f64>, Option<f64>)>,
    /// Whether neighbouring rows became one because there are more than [`crate::limits::HEAT_ROWS`].
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub rows_joined: bool,
    /// Single measurements, oldest first.
    pub exemplars: Vec<MetricExemplar>,
}

/// What the points of one stretch of time say together.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct MetricBucket {
    /// Where it begins, nanoseconds since 1970.
    #[serde(with = "as_text")]
    pub start_unix_nano: u64,
    /// How many points fell into it.
    pub points: u64,
    /// The smallest value.
    pub min: Option<f64>,
    /// The greatest value.
    pub max: Option<f64>,
    /// The mean.
    pub mean: Option<f64>,
    /// The last point's value, of a gauge or a sum.
    pub last: Option<f64>,
    /// How often a sum or histogram began anew.
    #[serde(default)]
    pub resets: u64,
    /// How much a sum grew.
    pub increase: Option<f64>,
    /// Per second, what a sum grew or how many values a histogram or summary gained from one point to the next; none where that is
    /// not known, as at the first point and where counting began anew.
    #[serde(default)]
    pub rate: Option<f64>,
    /// Since when that counts, nanoseconds since 1970; 0 where it is not known.
    #[serde(default, with = "as_text")]
    pub since_unix_nano: u64,
    /// How many values a histogram or summary gained.
    pub count: Option<u64>,
    /// Their sum.
    pub sum: Option<f64>,
    /// Which quantile, and its value.
    pub quantiles: Vec<(f64, f64)>,
    /// Of a heat map: which of [`MetricSeries::rows`], and how many of the values that a histogram gained lie in it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cells: Vec<(u32, u64)>,
}

/// A single measurement.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MetricExemplar {
    /// When, nanoseconds since 1970.
    #[serde(with = "as_text")]
    pub time_unix_nano: u64,
    /// Its value.
    pub value: Option<f64>,
    /// 32 hexadecimal digits; empty when it belongs to no trace.
    pub trace_id: String,
    /// 16 hexadecimal digits; empty when it belongs to no span.
    pub span_id: String,
    /// Attributes that its series does not have.
    pub attributes: Vec<(String, String)>,
}
