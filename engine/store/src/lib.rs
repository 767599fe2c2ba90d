//! The one SQLite data file: received traces, log records and metrics, kept runs, files opened lately, preferences.
//!
//! # How it is built
//!
//! - [`Store::open`] looks at the file's header before SQLite does, so that a folder, a stranger's file or one of a newer
//!   Thalweg is refused in words and left untouched; then migrations run (`migrations/`).
//! - One connection writes, a few read. Write-ahead log with `synchronous = FULL`: what a call reported as written survives
//!   a killed process and a lost power supply (given a drive that honours a flush).
//! - [`Store::write_spans`] hands a batch to one task that drains its queue into *grouped* transactions: the more callers
//!   wait, the more of them one flush serves. It returns after the commit.
//! - A span is identified by `(trace_id, span_id)`: a repeated batch changes nothing. Each trace has a summary row that the
//!   writer keeps up to date while late and out-of-order spans arrive, so listing never counts spans.
//! - Log records and points of metrics have a writer, tables and questions of their own (`signals`).
//! - A run is one row, large parts last and compressed by the caller. Lists read the small ones; what is too much of a
//!   document goes with the next run that is kept.
//!
//! Not here: any knowledge of OTLP. Rows are plain structs, and what a `body` holds is the caller's affair. Only this crate
//! writes SQL. Retention of traces and the event log come later.

mod error;
mod keep;
mod open;
mod read;
mod rows;
mod runs;
mod signals;
mod store;
mod summary;
mod tables;
mod write;

pub use error::StoreError;
pub use open::FORMAT;
pub use rows::{
    KeptRunBody, KeptRunRow, NewRun, RecentFile, ResourceRow, Retention, SpanBatch, SpanRow, StoredTrace, TraceCursor,
    TracePage, TraceRow, Written,
};
pub use signals::{
    LogBatch, LogCursor, LogQuery, LogRow, METRIC_SERIES, PointBatch, PointRow, SeriesRow, SignalsWritten, StoredLogs,
    StoredMetrics, StoredPoint, StoredSeries,
};
pub use store::Store;
