//! Questions about stored log records.

mod fields;

use std::collections::BTreeMap;

use thalweg_spans::filter::Filter;
use thalweg_store::{LogCursor, LogQuery, Store, StoredLogs};

use self::fields::Record;

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
    /// Where each of the records stands.
    pub places: Vec<LogCursor>,
    /// Of a trace: how many there are in all.
    pub total: Option<u64>,
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

/// Records that are read at once to be asked, and how many one call asks: some tenths of a second.
const READ_AT_ONCE: u32 = 1_000;
const ASKED: usize = 20_000;

/// Those of them for which a filter holds, at most `limit`. A call asks no more than [`ASKED`] records, so that a filter that finds
/// nothing gives its page, empty and with a place, instead of reading all records.
///
/// # Errors
/// When the data file cannot be read, or a record in it not decoded.
pub async fn search_logs(
    store: &Store,
    query: &LogQuery,
    filter: &Filter,
    limit: u32,
    before: Option<LogCursor>,
) -> Result<Logs, QueryError> {
    let mut found = Logs { logs: vec![], resources: vec![], scopes: vec![], places: vec![], total: None, next: None };
    let (mut asked, mut before) = (0, before);
    loop {
        let page = find_logs(store, query, READ_AT_ONCE, before).await?;
        asked += page.logs.len();
        if take_held(&page, filter, limit as usize, &mut found) {
            return Ok(found);
        }
        // A page may have looked at many records for few that fit the rest of the question.
        if page.next.is_none() || asked >= ASKED || page.logs.len() < READ_AT_ONCE as usize {
            found.next = page.next;
            return Ok(found);
        }
        before = page.next;
    }
}

/// Takes those records of a page for which the filter holds; true when there are enough, with where to go on.
fn take_held(page: &Logs, filter: &Filter, limit: usize, found: &mut Logs) -> bool {
    let (mut resources, mut scopes) = (BTreeMap::new(), BTreeMap::new());
    for (at, (log, place)) in page.logs.iter().zip(&page.places).enumerate() {
        if !filter.holds(&Record::new(page, log)) {
            continue;
        }
        let mut log = log.clone();
        log.resource = *resources.entry(log.resource).or_insert_with_key(|own| {
            found.resources.extend(page.resources.get(*own).cloned());
            found.resources.len().saturating_sub(1)
        });
        log.scope = *scopes.entry(log.scope).or_insert_with_key(|own| {
            found.scopes.extend(page.scopes.get(*own).cloned());
            found.scopes.len().saturating_sub(1)
        });
        found.logs.push(log);
        found.places.push(*place);
        if found.logs.len() >= limit {
            let is_last = at + 1 == page.logs.len();
            found.next = if is_last { page.next } else { Some(*place) };
            return true;
        }
    }
    false
}

/// The records of a trace, or of one of its spans, oldest first and at most `limit`, going on after `after`.
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
        places: stored.places.clone(),
        total: stored.total,
        next: stored.next,
    })
}
