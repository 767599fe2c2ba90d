//! Waiting for traces that a filter finds.

use std::collections::HashMap;

use thalweg_spans::filter::Filter;
use thalweg_store::Store;

use super::{SUMMARIES, matching};
use crate::ids::TraceId;
use crate::query::{QueryError, TraceSummary, get_trace, list_traces};

/// Traces that a filter finds, looked for again and again: what did not change since the last look is not read again.
pub struct Watch {
    filter: Filter,
    since_unix_nano: u64,
    known: HashMap<TraceId, Known>,
}

/// What is known of a trace.
struct Known {
    summary: TraceSummary,
    found: bool,
}

/// What a look saw.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Look {
    /// Traces that are found, newest first.
    pub found: Vec<TraceSummary>,
    /// How many traces there are since the beginning.
    pub traces: u64,
    /// The newest of them.
    pub newest: Option<TraceSummary>,
}

impl Watch {
    /// Traces that began at this time or later, nanoseconds since 1970.
    pub fn new(filter: Filter, since_unix_nano: u64) -> Self {
        Watch { filter, since_unix_nano, known: HashMap::new() }
    }

    /// What there is now.
    ///
    /// # Errors
    /// When the data file cannot be read, or a trace in it not decoded.
    pub async fn look(&mut self, store: &Store) -> Result<Look, QueryError> {
        let mut seen = Look::default();
        let mut after = None;
        loop {
            let list = list_traces(store, SUMMARIES, after).await?;
            for summary in list.traces {
                if summary.start_unix_nano < self.since_unix_nano {
                    return Ok(seen);
                }
                seen.traces += 1;
                if self.is_found(store, &summary).await? {
                    seen.found.push(summary.clone());
                }
                if seen.newest.is_none() {
                    seen.newest = Some(summary);
                }
            }
            match list.next {
                Some(next) => after = Some(next),
                None => return Ok(seen),
            }
        }
    }

    async fn is_found(&mut self, store: &Store, summary: &TraceSummary) -> Result<bool, QueryError> {
        if let Some(known) = self.known.get(&summary.trace_id).filter(|known| known.summary == *summary) {
            return Ok(known.found);
        }
        let trace = get_trace(store, summary.trace_id).await?;
        let found = trace.is_some_and(|trace| !matching(&self.filter, &trace).is_empty());
        self.known.insert(summary.trace_id, Known { summary: summary.clone(), found });
        Ok(found)
    }
}
