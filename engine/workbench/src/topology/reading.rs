//! Reading traces one after the other, for what they show together.

use std::collections::BTreeSet;

use thalweg_protocol::{ApiError, ErrorCode};
use thalweg_spans::filter::Filter;
use thalweg_store::Store;
use thalweg_telemetry::{Order, SearchCursor, Trace, TraceId, TraceSummary, get_trace, list_traces};

use super::Seen;
use crate::{
    observe::{Observatory, query_error},
    search::filter_of,
};

/// Traces read from the data file at once.
const PAGE: u32 = 500;

/// Hears how far reading traces is, and may stop it.
pub trait Reading: Send + Sync {
    /// So many traces were read.
    fn read(&self, traces: u64);
    /// Whether to stop.
    fn is_cancelled(&self) -> bool;
}

/// Nobody waits who could lose patience.
#[derive(Debug, Clone, Copy, Default)]
pub struct Unwatched;

impl Reading for Unwatched {
    fn read(&self, _traces: u64) {}

    fn is_cancelled(&self) -> bool {
        false
    }
}

/// Traces by pages, newest first: all of them, or those that a filter finds.
enum Pages {
    All(Option<thalweg_store::TraceCursor>),
    Found(Box<Filter>, Option<SearchCursor>),
}

impl Pages {
    fn new(filter: &str) -> Result<Self, ApiError> {
        Ok(if filter.trim().is_empty() { Pages::All(None) } else { Pages::Found(Box::new(filter_of(filter)?), None) })
    }

    /// The next page, and whether it is the last one.
    async fn next(&mut self, store: &Store) -> Result<(Vec<TraceSummary>, bool), ApiError> {
        match self {
            Pages::All(before) => {
                let page = list_traces(store, PAGE, *before).await.map_err(query_error)?;
                *before = page.next;
                Ok((page.traces, before.is_none()))
            }
            Pages::Found(filter, after) => {
                let page = thalweg_telemetry::search(store, filter, Order::Newest, PAGE, after.take())
                    .await
                    .map_err(query_error)?;
                *after = page.next;
                Ok((page.traces.into_iter().map(|found| found.summary).collect(), after.is_none()))
            }
        }
    }
}

impl Observatory {
    /// Calls for each trace, newest first; says whether there were more.
    pub(super) async fn each_trace(
        &self,
        seen: &Seen,
        most: u64,
        reading: &dyn Reading,
        mut each: impl FnMut(&Trace),
    ) -> Result<bool, ApiError> {
        let store = self.store()?;
        let since = seen.since_unix_nano.unwrap_or(0);
        let mut pages = Pages::new(&seen.filter)?;
        let mut looked = 0;
        // New traces may arrive meanwhile, and old ones grow: each is read once.
        let mut known: BTreeSet<TraceId> = BTreeSet::new();
        loop {
            let (page, is_last) = pages.next(store).await?;
            for summary in &page {
                if reading.is_cancelled() {
                    return Err(cancelled());
                }
                if summary.start_unix_nano < since {
                    return Ok(false);
                }
                if !takes_part(summary, &seen.services) || !known.insert(summary.trace_id) {
                    continue;
                }
                if looked == most {
                    return Ok(true);
                }
                looked += 1;
                if let Some(trace) = get_trace(store, summary.trace_id).await.map_err(query_error)? {
                    each(&trace);
                }
                reading.read(looked);
            }
            if reading.is_cancelled() {
                return Err(cancelled());
            }
            if is_last {
                return Ok(false);
            }
        }
    }
}

/// Why nothing came of it.
pub(super) fn cancelled() -> ApiError {
    ApiError::new(ErrorCode::Cancelled, "Reading the traces was cancelled.")
}

fn takes_part(summary: &TraceSummary, services: &[String]) -> bool {
    services.is_empty() || summary.services.iter().any(|service| services.contains(service))
}
