//! What the window asks about traces: the newest, those that a filter finds, one.

use thalweg_protocol::{Answer, ApiError, Command, ErrorCode, Reply, SavedFilter, limits};
use thalweg_spans::filter::limits::MAX_BYTES;
use thalweg_telemetry::Trace;

use super::Session;
use crate::{topology::span_id_from, trace_view};

impl Session {
    pub(super) async fn of_traces(&self, command: Command) -> Answer {
        match command {
            Command::Traces { limit } => {
                let observatory = self.engine.observatory().await;
                observatory.traces(limit.min(limits::TRACES_PER_PAGE)).await.map(Reply::Traces)
            }
            Command::Trace { trace_id } => {
                let view = match self.sampled.view(&trace_id) {
                    Some(view) => view,
                    None => self.engine.observatory().await.drawn(&trace_id).await?,
                };
                Ok(Reply::Trace(Box::new(view)))
            }
            Command::SpanDetails { trace_id, span_ids } => {
                if span_ids.len() > limits::SPAN_DETAILS {
                    let most = limits::SPAN_DETAILS;
                    return Err(ApiError::new(
                        ErrorCode::Usage,
                        format!("No more than {most} spans are told of at once."),
                    ));
                }
                let of = span_ids.iter().map(|id| span_id_from(id)).collect::<Result<_, _>>()?;
                Ok(Reply::Spans(trace_view::details(&self.whole(&trace_id).await?, &of)))
            }
            Command::ClearTraces => self.engine.observatory().await.clear().await.map(|()| Reply::Done),
            Command::SearchTraces(search) => {
                self.engine.observatory().await.search(&search).await.map(|found| Reply::Found(Box::new(found)))
            }
            Command::SeenNames => {
                self.engine.observatory().await.seen_names().await.map(|seen| Reply::Seen(Box::new(seen)))
            }
            Command::SavedFilters => Ok(Reply::SavedFilters(self.engine.saved_filters().await)),
            Command::SetSavedFilters(filters) => {
                check(&filters)?;
                self.engine.set_saved_filters(filters, self.window).await.map(|()| Reply::Done)
            }
            _ => Err(ApiError::new(ErrorCode::Internal, "This is no question about traces.")),
        }
    }

    /// A trace of a simulation of this window, else one that is stored.
    pub(super) async fn whole(&self, trace_id: &str) -> Result<Trace, ApiError> {
        match self.sampled.trace(trace_id) {
            Some(trace) => Ok(trace),
            None => self.engine.observatory().await.whole(trace_id).await,
        }
    }
}

/// The page is not trusted to hold its own limits.
fn check(filters: &[SavedFilter]) -> Result<(), ApiError> {
    let usage = |message: String| Err(ApiError::new(ErrorCode::Usage, message));
    if filters.len() > limits::SAVED_FILTERS {
        return usage(format!("No more than {} filters are kept; remove some first.", limits::SAVED_FILTERS));
    }
    for (i, saved) in filters.iter().enumerate() {
        if saved.name.trim().is_empty() || saved.name.chars().count() > limits::FILTER_NAME {
            return usage(format!("The name of a kept filter has 1 to {} characters.", limits::FILTER_NAME));
        }
        if saved.filter.len() > MAX_BYTES {
            return usage(format!("The filter {} is longer than {} KiB.", saved.name, MAX_BYTES / 1024));
        }
        if filters[..i].iter().any(|earlier| earlier.name == saved.name) {
            return usage(format!("Two kept filters are called {}.", saved.name));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use thalweg_protocol::TraceOrder;

    use super::*;

    fn saved(name: &str) -> SavedFilter {
        SavedFilter { name: name.into(), filter: "status = error".into(), order: TraceOrder::default() }
    }

    #[test]
    fn kept_filters_hold_their_limits() {
        assert!(check(&[saved("a"), saved("b")]).is_ok());
        assert!(check(&[saved("a"), saved("a")]).is_err());
        assert!(check(&[saved(" ")]).is_err() && check(&[saved(&"x".repeat(61))]).is_err());
        let many: Vec<_> = (0..51).map(|i| saved(&i.to_string())).collect();
        assert!(check(&many).is_err() && check(&many[..50]).is_ok());
        assert!(check(&[SavedFilter { filter: "x".repeat(MAX_BYTES + 1), ..saved("a") }]).is_err());
    }
}
