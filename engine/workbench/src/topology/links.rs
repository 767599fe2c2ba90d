//! Links between a trace and others, both ways.

use std::collections::{BTreeMap, HashMap};

use thalweg_protocol::{ApiError, CrossLink, CrossLinks, limits};
use thalweg_telemetry::{LinksTo, Span, SpanId, Trace, TraceId, get_trace, linking};

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
        let known = linking(self.store()?, &[trace.id]).await.map_err(query_error)?;
        let mut links = outgoing(&trace);
        links.extend(incoming(&trace, &known));
        let mut cut = known.cut || links.len() > limits::CROSS_LINKS;
        links.truncate(limits::CROSS_LINKS);
        let mut others: BTreeMap<TraceId, Vec<usize>> = BTreeMap::new();
        for (at, (other, _)) in links.iter().enumerate() {
            others.entry(*other).or_default().push(at);
        }
        cut |= others.len() > MOST_TRACES;
        // One after the other: each may be large.
        for (other, of_it) in others.into_iter().take(MOST_TRACES) {
            if let Some(found) = get_trace(self.store()?, other).await.map_err(query_error)? {
                name(&mut links, &of_it, &found);
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
    let of = |span: &&Span| {
        let id = span.id;
        span.links.iter().filter_map(|to| link(id, &to.trace_id, &to.span_id)).collect::<Vec<_>>()
    };
    spans.iter().flat_map(of).collect()
}

/// Links from others to a trace, in the order in which the data file has them.
fn incoming(trace: &Trace, known: &LinksTo) -> Vec<(TraceId, CrossLink)> {
    let from_others = known.links.iter().filter(|link| link.trace_id != trace.id && link.linked_trace_id == trace.id);
    from_others
        .map(|link| (link.trace_id, cross_link(link.linked_span_id, true, link.trace_id, link.span_id)))
        .collect()
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

/// Names the spans on the other side of these links, as far as they are stored.
fn name(links: &mut [(TraceId, CrossLink)], of_it: &[usize], other: &Trace) {
    let spans: HashMap<String, &Span> = other.spans.iter().map(|span| (span.id.to_string(), span)).collect();
    for at in of_it {
        let Some((_, link)) = links.get_mut(*at) else { continue };
        if let Some(span) = spans.get(&link.other.span_id) {
            link.stored = true;
            other.service(span).clone_into(&mut link.service);
            link.name.clone_from(&span.name);
        }
    }
}
