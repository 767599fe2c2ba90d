//! Searching the stored traces, and waiting for some.

use thalweg_protocol::{
    ApiError, ErrorCode, FoundTrace, FoundTraces, SeenNames, TraceOrder, TraceSearch, TraceSummary, limits,
    search::{AttributeOf, SeenAttribute},
};
use thalweg_spans::filter::{self, Filter, Seen, SeenValue};
use thalweg_store::Store;
use thalweg_telemetry::{Order, SearchCursor, SpanId, Watch};

use crate::{Observatory, observe::query_error, trace_view};

impl Observatory {
    /// Traces that a filter finds, a page at a time.
    ///
    /// # Errors
    /// When the filter or the place in the pages is none, or the data file cannot be read.
    pub async fn search(&self, search: &TraceSearch) -> Result<FoundTraces, ApiError> {
        let filter = filter_of(&search.filter)?;
        let after: Option<SearchCursor> = match &search.after {
            Some(text) => Some(text.parse().map_err(|error: thalweg_telemetry::NoCursor| {
                ApiError::new(ErrorCode::Usage, crate::convert::sentence(&error.to_string()))
            })?),
            None => None,
        };
        let order = match search.order {
            TraceOrder::Newest => Order::Newest,
            TraceOrder::Slowest => Order::Slowest,
            TraceOrder::Errors => Order::Errors,
        };
        let limit = search.limit.min(limits::TRACES_PER_PAGE);
        let page = thalweg_telemetry::search(self.store()?, &filter, order, limit, after).await.map_err(query_error)?;
        Ok(FoundTraces {
            traces: page.traces.into_iter().map(found).collect(),
            next: page.next.map(|next| next.to_string()),
        })
    }

    /// What was seen in the newest traces, for completing filters.
    ///
    /// # Errors
    /// When the data file cannot be read.
    pub async fn seen_names(&self) -> Result<SeenNames, ApiError> {
        Ok(names(self.seen().await?))
    }

    /// The same for who reads filters itself.
    ///
    /// # Errors
    /// When the data file cannot be read.
    pub async fn seen(&self) -> Result<Seen, ApiError> {
        thalweg_telemetry::seen(self.store()?).await.map_err(query_error)
    }

    /// Looks again and again for traces that a filter finds and that began at a time or later, nanoseconds since 1970.
    ///
    /// # Errors
    /// When the filter is none, or the data file cannot be opened.
    pub fn watch(&self, filter: &str, since_unix_nano: u64) -> Result<TraceWatch, ApiError> {
        Ok(TraceWatch { watch: Watch::new(filter_of(filter)?, since_unix_nano), store: self.store()?.clone() })
    }
}

/// Traces that a filter finds, looked for again and again.
pub struct TraceWatch {
    watch: Watch,
    store: Store,
}

/// What a look saw.
#[derive(Debug, Clone, PartialEq)]
pub struct TraceLook {
    /// Traces that are found, newest first.
    pub found: Vec<TraceSummary>,
    /// How many traces were asked.
    pub traces: u64,
    /// The newest of them.
    pub newest: Option<TraceSummary>,
}

impl TraceWatch {
    /// What there is now.
    ///
    /// # Errors
    /// When the data file cannot be read.
    pub async fn look(&mut self) -> Result<TraceLook, ApiError> {
        let look = self.watch.look(&self.store).await.map_err(query_error)?;
        Ok(TraceLook {
            found: look.found.into_iter().map(trace_view::summary).collect(),
            traces: look.traces,
            newest: look.newest.map(trace_view::summary),
        })
    }
}

pub(crate) fn filter_of(text: &str) -> Result<Filter, ApiError> {
    let usage = |message: &str| ApiError::new(ErrorCode::Usage, crate::convert::sentence(message));
    let expr = filter::parse(text).map_err(|problems| usage(&problems.to_string()))?;
    Filter::new(&expr).map_err(|error| usage(&error.to_string()))
}

pub(crate) fn found(found: thalweg_telemetry::FoundTrace) -> FoundTrace {
    FoundTrace {
        summary: trace_view::summary(found.summary),
        matching: found.spans.len() as u64,
        matching_spans: found.spans.iter().take(limits::MATCHING_SPANS).map(SpanId::to_string).collect(),
    }
}

fn names(seen: Seen) -> SeenNames {
    let values = |values: Vec<SeenValue>| values.into_iter().map(|value| (value.text, value.count)).collect();
    SeenNames {
        services: values(seen.services),
        names: values(seen.names),
        events: values(seen.events),
        scopes: values(seen.scopes),
        keys: seen
            .keys
            .into_iter()
            .map(|known| SeenAttribute {
                of: match known.scope {
                    filter::Scope::Any | filter::Scope::Span => AttributeOf::Span,
                    filter::Scope::Resource => AttributeOf::Resource,
                    filter::Scope::Event => AttributeOf::Event,
                    filter::Scope::Link => AttributeOf::Link,
                },
                key: known.key,
                count: known.count,
                has_numbers: known.has_numbers,
                has_texts: known.has_texts,
                values: values(known.values),
            })
            .collect(),
    }
}
