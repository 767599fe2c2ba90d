//! Traces that a filter finds, page by page.
//!
//! Traces are read one after the other, whole, and asked; no more than one of them is in memory. A call reads no more than
//! [`SPANS_PER_CALL`], so that a filter that finds nothing gives its page, empty and with a cursor, instead of reading the whole
//! file: whoever asks goes on, tells how far it is, or lets go.
//!
//! Pages are stable while spans arrive: a cursor names a place in the order, not a number of traces. What is new stands before
//! the newest page; a trace that grew may change its place, as its duration does.

mod fields;
mod order;
mod seen;
mod watch;

use thalweg_spans::filter::Filter;
use thalweg_store::{Store, TraceCursor};

pub use order::{NoCursor, Order, SearchCursor};
pub use seen::seen;
pub use watch::{Look, Watch};

use crate::ids::SpanId;
use crate::model::Trace;
use crate::query::{QueryError, TraceSummary, get_trace, list_traces, summary};
use fields::Rows;
use order::{Ranked, best_after};

/// Spans that one call reads: a fraction of a second. A trace that was begun is read to its end.
const SPANS_PER_CALL: u64 = 20_000;
/// Summaries that are fetched at once.
const SUMMARIES: u32 = 200;

/// A trace that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundTrace {
    /// The trace.
    pub summary: TraceSummary,
    /// Its spans for which the filter holds, by start.
    pub spans: Vec<SpanId>,
}

/// Some of the traces that a filter finds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchPage {
    /// In the order asked for. May be fewer than asked for, or none, and more follow all the same.
    pub traces: Vec<FoundTrace>,
    /// Hand this to [`search`] to go on; nothing when all traces were asked.
    pub next: Option<SearchCursor>,
    /// How many traces this call asked.
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
    let mut page = Page { limit: limit.max(1) as usize, read: 0, found: Vec::new(), asked: 0 };
    let next = match (order, after) {
        (Order::Newest, after) => {
            let after = after.and_then(|cursor| match cursor {
                SearchCursor::Newest(cursor) => Some(cursor),
                SearchCursor::Ranked(_) => None,
            });
            newest(store, filter, after, &mut page).await?
        }
        (order, Some(SearchCursor::Ranked(after))) => ranked(store, filter, order, Some(after), &mut page).await?,
        (order, _) => ranked(store, filter, order, None, &mut page).await?,
    };
    Ok(SearchPage { traces: page.found, next, asked: page.asked })
}

/// A page that is being filled.
struct Page {
    limit: usize,
    read: u64,
    asked: u64,
    found: Vec<FoundTrace>,
}

impl Page {
    fn is_full(&self) -> bool {
        self.found.len() >= self.limit || self.read >= SPANS_PER_CALL
    }

    async fn ask(&mut self, store: &Store, filter: &Filter, summary: TraceSummary) -> Result<(), QueryError> {
        self.asked += 1;
        self.read += summary.spans.max(1);
        // What is removed meanwhile is not found.
        if let Some(trace) = get_trace(store, summary.trace_id).await? {
            let spans = matching(filter, &trace);
            if !spans.is_empty() {
                self.found.push(FoundTrace { summary, spans });
            }
        }
        Ok(())
    }
}

async fn newest(
    store: &Store,
    filter: &Filter,
    after: Option<TraceCursor>,
    page: &mut Page,
) -> Result<Option<SearchCursor>, QueryError> {
    let mut after = after;
    loop {
        let list = store.list_traces(SUMMARIES, after).await?;
        for (row, place) in list.traces.into_iter().zip(list.places) {
            page.ask(store, filter, summary(row)).await?;
            if page.is_full() {
                return Ok(Some(SearchCursor::Newest(place)));
            }
        }
        match list.next {
            Some(next) => after = Some(next),
            None => return Ok(None),
        }
    }
}

/// The next best by their summaries are found in one pass over all of those, and asked; as often as it takes.
async fn ranked(
    store: &Store,
    filter: &Filter,
    order: Order,
    after: Option<Ranked>,
    page: &mut Page,
) -> Result<Option<SearchCursor>, QueryError> {
    let mut after = after;
    loop {
        let candidates = best_after(store, order, after).await?;
        if candidates.is_empty() {
            return Ok(None);
        }
        for (place, summary) in candidates {
            after = Some(place);
            page.ask(store, filter, summary).await?;
            if page.is_full() {
                return Ok(after.map(SearchCursor::Ranked));
            }
        }
    }
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
