//! Links between a trace and others, both ways.

use std::collections::BTreeMap;

use thalweg_protocol::{ApiError, CrossLink, CrossLinks, limits};
use thalweg_telemetry::{SpanId, Trace, TraceId, get_trace};

use super::shown::place;
use crate::observe::{Observatory, query_error};

/// Most traces that are read to name the spans on the other side.
const MOST_TRACES: usize = 100;

impl Observatory {
    /// How the spans of a trace are linked with those of others.
    ///
    /// # Errors
    /// When the id is not one, there is no such trace, or the data file cannot be read.
    pub async fn cross_links(&self, trace_id: &str) -> Result<CrossLinks, ApiError> {
        let trace = self.whole_trace(trace_id).await?;
        let mut links = outgoing(&trace);
        let mut cut = links.len() > limits::CROSS_LINKS;
        links.truncate(limits::CROSS_LINKS);
        let mut known: BTreeMap<TraceId, Option<Trace>> = BTreeMap::new();
        for (other, link) in &mut links {
            if !known.contains_key(other) {
                if known.len() >= MOST_TRACES {
                    cut = true;
                    continue;
                }
                let found = get_trace(self.store()?, *other).await.map_err(query_error)?;
                known.insert(*other, found);
            }
            if let Some(Some(found)) = known.get(other) {
                name(link, found);
            }
        }
        Ok(CrossLinks { links: links.into_iter().map(|(_, link)| link).collect(), cut })
    }
}

/// Links from a trace to others, by the start of their spans.
fn outgoing(trace: &Trace) -> Vec<(TraceId, CrossLink)> {
    let mut spans: Vec<_> = trace.spans.iter().collect();
    spans.sort_by_key(|span| (span.start_unix_nano, span.id));
    let link = |from: SpanId, trace_id: &[u8], span_id: &[u8]| {
        let (other, span) = (TraceId(trace_id.try_into().ok()?), SpanId(span_id.try_into().ok()?));
        (other != trace.id).then(|| (other, cross_link(from, false, other, span)))
    };
    let of = |span: &&thalweg_telemetry::Span| {
        let id = span.id;
        span.links.iter().filter_map(|to| link(id, &to.trace_id, &to.span_id)).collect::<Vec<_>>()
    };
    spans.iter().flat_map(of).collect()
}

fn cross_link(here: SpanId, comes_in: bool, other: TraceId, span: SpanId) -> CrossLink {
    CrossLink {
        span_id: here.to_string(),
        comes_in,
        other: place(other, span),
        service: String::new(),
        name: String::new(),
        stored: false,
    }
}

/// Names the span on the other side, as far as it is stored.
fn name(link: &mut CrossLink, other: &Trace) {
    if let Some(span) = other.spans.iter().find(|span| span.id.to_string() == link.other.span_id) {
        link.stored = true;
        other.service(span).clone_into(&mut link.service);
        link.name.clone_from(&span.name);
    }
}
