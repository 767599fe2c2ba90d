//! The rows of log records and metrics. Plain values: what `body`, `attributes` and `about` hold is the caller's affair.

/// A sender of log records or points. Two with equal `body` are one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ResourceRow {
    /// The service's name, for lists.
    pub service: String,
    /// Everything known about the sender.
    pub body: Vec<u8>,
}

/// A batch of log records as one sender sent them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LogBatch {
    /// The senders, referred to by [`LogRow::resource`].
    pub resources: Vec<ResourceRow>,
    /// The instrumentation scopes' bodies, referred to by [`LogRow::scope`].
    pub scopes: Vec<Vec<u8>>,
    /// The records.
    pub records: Vec<LogRow>,
}

/// One log record.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct LogRow {
    /// When it happened or was seen, nanoseconds since 1970, any value.
    pub time_ns: u64,
    /// How grave it is; greater is graver.
    pub severity: u8,
    /// The trace that it belongs to.
    pub trace_id: Option<[u8; 16]>,
    /// The span that it belongs to.
    pub span_id: Option<[u8; 8]>,
    /// Index into the batch's or page's resources.
    pub resource: usize,
    /// Index into the batch's or page's scopes.
    pub scope: usize,
    /// What kind of event it is.
    pub event_name: String,
    /// What it says.
    pub text: String,
    /// Everything else.
    pub body: Vec<u8>,
}

/// Which log records a question is about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LogQuery {
    /// Not older, nanoseconds since 1970.
    pub from_ns: Option<u64>,
    /// Older than this, nanoseconds since 1970.
    pub until_ns: Option<u64>,
    /// At least as grave.
    pub severity: Option<u8>,
    /// Of this service.
    pub service: Option<String>,
    /// With this in what it says or in the name of its event. ASCII letters match in either case.
    pub text: Option<String>,
}

/// Where a page of log records ends; opaque.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogCursor {
    pub(crate) time: i64,
    pub(crate) id: i64,
}

impl LogCursor {
    /// As text, for whoever hands it around.
    pub fn to_text(self) -> String {
        format!("{:x}-{:x}", self.time, self.id)
    }

    /// The inverse of [`LogCursor::to_text`].
    pub fn from_text(text: &str) -> Option<Self> {
        let (time, id) = text.split_once('-')?;
        let number = |text| u64::from_str_radix(text, 16).ok().map(u64::cast_signed);
        Some(Self { time: number(time)?, id: number(id)? })
    }
}

/// A page of log records.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StoredLogs {
    /// Senders, referred to by [`LogRow::resource`].
    pub resources: Vec<ResourceRow>,
    /// Scopes, referred to by [`LogRow::scope`].
    pub scopes: Vec<Vec<u8>>,
    /// The records.
    pub records: Vec<LogRow>,
    /// Where each of them stands: its name for as long as it is kept.
    pub places: Vec<LogCursor>,
    /// Of a trace: how many there are in all.
    pub total: Option<u64>,
    /// Where to go on; also set when so many records were looked at that the rest is another question.
    pub next: Option<LogCursor>,
}

/// How much is kept of log records and metrics; a hundredth more until it repays to remove some. What is fresh stays in any case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SignalRetention {
    /// Log records; the oldest by arrival go.
    pub log_records: u64,
    /// Chunks of points, each of one series; the oldest by arrival go.
    pub metric_chunks: u64,
}

/// Some gigabytes, and more than anybody reads.
impl Default for SignalRetention {
    fn default() -> Self {
        Self { log_records: super::logs::KEPT.unsigned_abs(), metric_chunks: super::metrics::KEPT.unsigned_abs() }
    }
}

/// A batch of points as one sender sent them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PointBatch {
    /// The senders, referred to by [`SeriesRow::resource`].
    pub resources: Vec<ResourceRow>,
    /// The instrumentation scopes' bodies, referred to by [`SeriesRow::scope`].
    pub scopes: Vec<Vec<u8>>,
    /// What the points belong to, referred to by [`PointRow::series`]; the same one may stand there twice.
    pub series: Vec<SeriesRow>,
    /// The points.
    pub points: Vec<PointRow>,
}

/// A series of points: all but `about` is its identity.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct SeriesRow {
    /// The metric.
    pub name: String,
    /// Its unit.
    pub unit: String,
    /// The caller's number for what kind of points it has.
    pub kind: u8,
    /// Index into the resources.
    pub resource: usize,
    /// Index into the scopes.
    pub scope: usize,
    /// What tells it from others of the metric.
    pub attributes: Vec<u8>,
    /// What else is known of it; the newest stands.
    pub about: Vec<u8>,
}

/// One point of a series.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct PointRow {
    /// Index into the batch's series.
    pub series: usize,
    /// When, nanoseconds since 1970, any value.
    pub time_ns: u64,
    /// Everything else.
    pub body: Vec<u8>,
}

/// What became of a batch of log records or points once it was committed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SignalsWritten {
    /// Items that are kept now.
    pub added: u64,
    /// Items of a batch that was there before.
    pub repeated: u64,
    /// Points of series beyond [`crate::METRIC_SERIES`], which were not kept.
    pub refused: u64,
}

/// A stored series.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredSeries {
    /// Its number, for [`crate::Store::metric_points`]; never given twice.
    pub id: i64,
    /// What it is.
    pub row: SeriesRow,
    /// How many points are stored.
    pub points: u64,
    /// The earliest of them, nanoseconds since 1970.
    pub first_ns: u64,
    /// The latest of them, nanoseconds since 1970.
    pub last_ns: u64,
    /// The body of the latest.
    pub last: Vec<u8>,
}

/// What a series is of, without its points.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MetricName {
    /// The metric.
    pub name: String,
    /// Its unit.
    pub unit: String,
    /// The caller's number for what kind of points it has.
    pub kind: u8,
    /// What else is known of it.
    pub about: Vec<u8>,
    /// The service that sends it.
    pub service: String,
}

/// Series with their senders.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StoredMetrics {
    /// Senders, referred to by [`SeriesRow::resource`].
    pub resources: Vec<ResourceRow>,
    /// Scopes, referred to by [`SeriesRow::scope`].
    pub scopes: Vec<Vec<u8>>,
    /// By name, then number.
    pub series: Vec<StoredSeries>,
}

/// One stored point.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredPoint {
    /// Its series' number.
    pub series: i64,
    /// When, nanoseconds since 1970.
    pub time_ns: u64,
    /// Everything else.
    pub body: Vec<u8>,
}
