//! What can be asked of the stored traces.

use std::path::Path;

use serde_json::Value as Json;
use thalweg_spans::TraceRow;
use thalweg_store::{Store, StoreError, TraceCursor};

use crate::ids::{SpanId, TraceId};
use crate::model::Trace;
use crate::otlp::{json_out, rows};

/// Why a question has no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum QueryError {
    /// The data file could not be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A stored trace cannot be decoded.
    #[error("trace {id} is damaged in the data file {path}: {detail}")]
    Damaged {
        /// The trace.
        id: TraceId,
        /// The file.
        path: String,
        /// What is wrong.
        detail: String,
    },
    /// A stored log record or metric cannot be decoded.
    #[error("a {what} is damaged in the data file {path}: {detail}")]
    DamagedSignal {
        /// Which of them.
        what: &'static str,
        /// The file.
        path: String,
        /// What is wrong.
        detail: String,
    },
}

/// A trace as a list shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TraceSummary {
    /// The trace.
    pub trace_id: TraceId,
    /// Name of the root span, or of the earliest one while the root is missing.
    pub root: String,
    /// Service of that span.
    pub service: String,
    /// Earliest start, nanoseconds since 1970; 0 when no span has one.
    pub start_unix_nano: u64,
    /// From the earliest start to the latest end, nanoseconds.
    pub duration_nanos: u64,
    /// Spans arrived so far.
    pub spans: u64,
    /// Spans with an error status.
    pub errors: u64,
    /// All services of the trace, sorted.
    pub services: Vec<String>,
}

/// A page of summaries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TraceList {
    /// Newest start first.
    pub traces: Vec<TraceSummary>,
    /// Hand this to [`list_traces`] for the next page, if there is one.
    pub next: Option<TraceCursor>,
}

/// Opens the data file, making it if there is none. The spans of an older one are moved to where they are kept now, which takes a
/// while where there are many.
pub async fn open_store(path: impl AsRef<Path>) -> Result<Store, StoreError> {
    let store = Store::open(path).await?;
    store.know_links(rows::links_of);
    let moved = store.move_old_spans(rows::FROM_OLD).await?;
    if moved > 0 {
        tracing::info!(moved, path = %store.path().display(), "spans of an older data format were moved");
    }
    Ok(store)
}

/// The newest traces, at most `limit`, going on after `before`.
pub async fn list_traces(store: &Store, limit: u32, before: Option<TraceCursor>) -> Result<TraceList, QueryError> {
    let page = store.list_traces(limit, before).await?;
    Ok(TraceList { traces: page.traces.into_iter().map(summary).collect(), next: page.next })
}

/// Those of these traces that there are, newest first.
pub async fn summaries(store: &Store, ids: &[TraceId]) -> Result<Vec<TraceSummary>, QueryError> {
    let ids: Vec<[u8; 16]> = ids.iter().map(|id| id.0).collect();
    Ok(store.some_traces(&ids).await?.into_iter().map(summary).collect())
}

/// A whole trace, or nothing if none of its spans ever arrived.
pub async fn get_trace(store: &Store, id: TraceId) -> Result<Option<Trace>, QueryError> {
    let Some(stored) = store.trace(id.0).await? else { return Ok(None) };
    rows::trace_from_stored(id, &stored).map(Some).map_err(|error| damaged(store, id, &error))
}

/// A whole trace as OTLP JSON (`{"resourceSpans": […]}`), as the Collector's file exporter writes it.
pub async fn get_trace_json(store: &Store, id: TraceId) -> Result<Option<Json>, QueryError> {
    let Some(stored) = store.trace(id.0).await? else { return Ok(None) };
    let data = rows::otlp_from_stored(stored).map_err(|error| damaged(store, id, &error))?;
    Ok(Some(json_out::traces_data(&data)))
}

/// Most links that [`linking`] gives.
const MOST_LINKS: usize = 10_000;

/// A span that links to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct LinkTo {
    /// The trace of the span that links.
    pub trace_id: TraceId,
    /// The span that links.
    pub span_id: SpanId,
    /// The trace of what it links to.
    pub linked_trace_id: TraceId,
    /// What it links to, whether it ever arrived or not.
    pub linked_span_id: SpanId,
}

/// Spans that link to some traces.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LinksTo {
    /// By trace and span.
    pub links: Vec<LinkTo>,
    /// Whether there are more than are told; those of the latest spans are told.
    pub cut: bool,
}

/// The spans that link to one of these traces, in the same trace or another.
///
/// # Errors
/// When the data file cannot be read.
pub async fn linking(store: &Store, ids: &[TraceId]) -> Result<LinksTo, QueryError> {
    store.know_links(rows::links_of);
    let ids: Vec<[u8; 16]> = ids.iter().map(|id| id.0).collect();
    let found = store.linking(&ids, MOST_LINKS).await?;
    let links = found.links.into_iter().map(|link| LinkTo {
        trace_id: TraceId(link.trace_id),
        span_id: SpanId(link.span_id),
        linked_trace_id: TraceId(link.to.0),
        linked_span_id: SpanId(link.to.1),
    });
    Ok(LinksTo { links: links.collect(), cut: found.cut })
}

pub(crate) fn summary(row: TraceRow) -> TraceSummary {
    TraceSummary {
        trace_id: TraceId(row.trace_id),
        root: row.root_name,
        service: row.root_service,
        start_unix_nano: row.start_ns,
        duration_nanos: row.end_ns.saturating_sub(row.start_ns),
        spans: row.spans,
        errors: row.errors,
        services: row.services,
    }
}

fn damaged(store: &Store, id: TraceId, error: &dyn std::error::Error) -> QueryError {
    QueryError::Damaged { id, path: store.path().display().to_string(), detail: error.to_string() }
}
