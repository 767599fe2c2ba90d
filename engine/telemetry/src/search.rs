//! Traces that a filter finds, page by page.
//!
//! The store finds them by the columns of its blocks. Of what lies in none (events, links, lists, relations between spans) it names the
//! traces that may be found; those are read one after the other, whole, and asked. A call reads no more than
//! [`SPANS_PER_CALL`] of them, so that a filter that finds nothing gives its page, empty and with a cursor, instead of reading
//! the whole file: whoever asks goes on, tells how far it is, or lets go.
//!
//! Pages are stable while spans arrive: a cursor names a place in the order, not a number of traces. What is new stands before
//! the newest page; a trace that grew may change its place, as its duration does.

mod fields;
mod order;
mod seen;
mod watch;

use thalweg_spans::filter::Filter;
use thalweg_store::Store;

pub use order::{NoCursor, Order, SearchCursor};
pub use seen::seen;
pub use watch::{Look, Watch};

use crate::ids::{SpanId, TraceId};
use crate::model::Trace;
use crate::query::{QueryError, TraceSummary, get_trace, list_traces, summaries, summary};
use fields::Rows;
pub(crate) use fields::{gather_bytes, scalars};

/// Spans that one call reads: a fraction of a second. A trace that was begun is read to its end.
const SPANS_PER_CALL: u64 = 20_000;
/// Summaries that are fetched at once.
const SUMMARIES: u32 = 200;

/// A trace that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundTrace {
    /// The trace.
    pub summary: TraceSummary,
    /// Its spans for which the filter holds, by start among those that arrived together.
    pub spans: Vec<SpanId>,
}

/// Some of the traces that a filter finds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchPage {
    /// In the order asked for. May be fewer than asked for, or none, and more follow all the same.
    pub traces: Vec<FoundTrace>,
    /// Hand this to [`search`] to go on; nothing when all traces were asked.
    pub next: Option<SearchCursor>,
    /// How many traces this call looked at that were or might be found.
    pub asked: u64,
}

/// The traces that have a span for which the filter holds, at most `limit`, going on after `after`.
///
/// # Errors
/// When the data file cannot be read, or a trace in it not decoded.
pub async fn search(
    store: &Store,
    filter: &Filter,
    order: Order,
    limit: u32,
    after: Option<SearchCursor>,
) -> Result<SearchPage, QueryError> {
    let limit = limit.max(1);
    let mut page = SearchPage { traces: Vec::new(), next: None, asked: 0 };
    let (mut read, mut after) = (0, after.and_then(|cursor| cursor.of(order)));
    loop {
        let left = limit - page.traces.len() as u32;
        let found = store.find_traces(filter, order.of_store(), left, after).await?;
        for trace in found.traces {
            page.asked += 1;
            let summary = summary(trace.row);
            let spans: Vec<SpanId> = if let Some(spans) = trace.spans {
                spans.into_iter().map(SpanId).collect()
            } else {
                read += summary.spans.max(1);
                // What is removed meanwhile is not found.
                get_trace(store, summary.trace_id).await?.map(|trace| matching(filter, &trace)).unwrap_or_default()
            };
            if !spans.is_empty() {
                page.traces.push(FoundTrace { summary, spans });
            }
            if page.traces.len() >= limit as usize || read >= SPANS_PER_CALL {
                page.next = Some(SearchCursor::new(order, trace.place));
                return Ok(page);
            }
        }
        match found.next {
            Some(next) => after = Some(next),
            None => return Ok(page),
        }
    }
}

/// Those of these traces that a filter finds, newest first.
///
/// # Errors
/// When the data file cannot be read, or a trace in it not decoded.
pub async fn found_among(store: &Store, filter: &Filter, ids: &[TraceId]) -> Result<Vec<FoundTrace>, QueryError> {
    let mut found = Vec::new();
    for summary in summaries(store, ids).await? {
        // What is removed meanwhile is not found.
        let Some(trace) = get_trace(store, summary.trace_id).await? else { continue };
        let spans = matching(filter, &trace);
        if !spans.is_empty() {
            found.push(FoundTrace { summary, spans });
        }
    }
    Ok(found)
}

/// The spans of a trace for which a filter holds, by start.
pub(crate) fn matching(filter: &Filter, trace: &Trace) -> Vec<SpanId> {
    let rows = Rows::of(trace);
    let held = filter.matching(rows.as_slice());
    trace.spans.iter().zip(held).filter(|(_, held)| *held).map(|(span, _)| span.id).collect()
}

/// All summaries, a part at a time.
async fn each_summary(
    store: &Store,
    mut take: impl FnMut(TraceSummary) -> std::ops::ControlFlow<()>,
) -> Result<(), QueryError> {
    let mut after = None;
    loop {
        let list = list_traces(store, SUMMARIES, after).await?;
        for summary in list.traces {
            if take(summary).is_break() {
                return Ok(());
            }
        }
        match list.next {
            Some(next) => after = Some(next),
            None => return Ok(()),
        }
    }
}
