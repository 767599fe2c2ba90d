//! Questions about stored log records.

use thalweg_store::{LogCursor, LogQuery, Store, StoredLogs};

use crate::ids::{SpanId, TraceId};
use crate::model::{Attributes, Resource, Scope, Value};
use crate::otlp::{log_rows, rows};
use crate::query::QueryError;

/// One log record.
#[derive(Debug, Clone, PartialEq)]
pub struct Log {
    /// When it happened, nanoseconds since 1970; 0 when its sender did not say.
    pub time_unix_nano: u64,
    /// When it was first seen by whoever sent it; 0 when nobody said.
    pub observed_time_unix_nano: u64,
    /// OTLP's number: 1 to 4 trace, 5 debug, 9 info, 13 warning, 17 error, 21 to 24 fatal; 0 when not said.
    pub severity: u8,
    /// The sender's word for it.
    pub severity_text: String,
    /// The body as text, of a body that is more than text as a reader would write it down.
    pub text: String,
    /// The body.
    pub body: Value,
    /// What kind of event it is, when it is one.
    pub event_name: String,
    /// The trace that it belongs to.
    pub trace_id: Option<TraceId>,
    /// The span that it belongs to.
    pub span_id: Option<SpanId>,
    /// W3C trace flags.
    pub flags: u32,
    /// Attributes.
    pub attributes: Attributes,
    /// How many attributes the sender or we dropped.
    pub dropped_attributes: u32,
    /// The service that sent it.
    pub service: String,
    /// Index into [`Logs::resources`].
    pub resource: usize,
    /// Index into [`Logs::scopes`].
    pub scope: usize,
}

impl Log {
    /// When it happened, or else when it was seen.
    pub fn when(&self) -> u64 {
        if self.time_unix_nano == 0 { self.observed_time_unix_nano } else { self.time_unix_nano }
    }
}

/// A page of log records.
#[derive(Debug, Clone, PartialEq)]
pub struct Logs {
    /// Newest first; of a trace oldest first.
    pub logs: Vec<Log>,
    /// Senders, referred to by [`Log::resource`].
    pub resources: Vec<Resource>,
    /// Instrumentation scopes, referred to by [`Log::scope`].
    pub scopes: Vec<Scope>,
    /// Where to go on. A page with few records and this set is one that has looked at enough for one answer.
    pub next: Option<LogCursor>,
}

/// The newest records that a question is about, at most `limit`, going on after `before`.
pub async fn find_logs(
    store: &Store,
    query: &LogQuery,
    limit: u32,
    before: Option<LogCursor>,
) -> Result<Logs, QueryError> {
    logs(store, &store.logs(query, limit, before).await?)
}

/// The records of a trace, or of one of its spans, oldest first, at most `limit`, going on after `after`.
pub async fn logs_of_trace(
    store: &Store,
    trace: TraceId,
    span: Option<SpanId>,
    limit: u32,
    after: Option<LogCursor>,
) -> Result<Logs, QueryError> {
    logs(store, &store.logs_of_trace(trace.0, span.map(|span| span.0), limit, after).await?)
}

fn logs(store: &Store, stored: &StoredLogs) -> Result<Logs, QueryError> {
    let damaged = |error: &dyn std::error::Error| QueryError::DamagedSignal {
        what: "log record",
        path: store.path().display().to_string(),
        detail: error.to_string(),
    };
    let logs = stored.records.iter().map(|row| log_rows::log_from_row(row, &stored.resources));
    let resources = stored.resources.iter().map(|row| rows::resource_from_body(&row.service, &row.body));
    let scopes = stored.scopes.iter().map(|body| rows::scope_from_body(body));
    Ok(Logs {
        logs: logs.collect::<Result<_, _>>().map_err(|error| damaged(&error))?,
        resources: resources.collect::<Result<_, _>>().map_err(|error| damaged(&error))?,
        scopes: scopes.collect::<Result<_, _>>().map_err(|error| damaged(&error))?,
        next: stored.next,
    })
}
