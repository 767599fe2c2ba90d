//! The one SQLite data file: received traces, log records and metrics, kept runs, files opened lately, preferences. And files of
//! events, one for each live engine.
//!
//! # How it is built
//!
//! - [`Store::open`] looks at the file's header before SQLite does, so that a folder, a stranger's file or one of a newer
//!   Thalweg is refused in words and left untouched; then migrations run (`migrations/`).
//! - One connection writes, a few read. Write-ahead log with `synchronous = FULL`: what a call reported as written survives
//!   a killed process and a lost power supply (given a drive that honours a flush).
//! - [`Store::write_spans`] hands a batch to one task that drains its queue into *grouped* commits, each one row of a log: the
//!   more callers wait, the more of them one flush serves. It returns after the commit. Behind it the log is packed into blocks
//!   of columns (`thalweg-spans`); `traces/` says how, and how both are read.
//! - A span is identified by `(trace_id, span_id)`: a repeated batch changes nothing, a span with other content replaces.
//! - Log records and points of metrics have a writer, tables and questions of their own (`signals`).
//! - [`EventFile`] is what a live engine keeps: logs, how far their groups are, dead letters. It has one user, whose changes are
//!   committed together; what events are it does not know.
//! - A run is one row, large parts last and compressed by the caller. Lists read the small ones; what is too much of a
//!   document goes with the next run that is kept.
//!
//! Not here: any knowledge of OTLP. What the `body` and `rest` of spans hold is the caller's affair. Only this crate writes SQL.

mod error;
mod events;
mod keep;
mod open;
mod rows;
mod runs;
mod signals;
mod store;
mod traces;

pub use error::StoreError;
pub use events::{
    BatchRow, Change, CursorRow, DeadLetterRow, EventFile, GroupRow, LogRow as EventLogRow, MOST_LOGS, MOST_OFFSET,
    Numbers, ScheduledRow, Synchronous, TopicRow, WaitingRow,
};
pub use open::{EVENT_FORMAT, FORMAT};
pub use rows::{
    FoundPage, FoundTrace, KeptRunBody, KeptRunRow, Linking, NewRun, RecentFile, Retention, TraceCursor, TraceOrder,
    TracePage, Written,
};
pub use signals::{
    LogBatch, LogCursor, LogQuery, LogRow, METRIC_SERIES, MetricName, PointBatch, PointRow, ResourceRow, SeriesRow,
    SignalRetention, SignalsWritten, StoredLogs, StoredMetrics, StoredPoint, StoredSeries,
};
pub use store::Store;
pub use traces::{FromOld, Packing, Pieces, SetAside, TraceRetention};
