//! Which spans are kept, and what of them.

use super::{admit_resource, admit_scope, cut_attributes, cut_list, cut_text, id_fault, too_deep};
use crate::limits::{EVENTS_OR_LINKS, VALUE_DEPTH};
use crate::otlp::collector::ExportTraceServiceRequest;
use crate::otlp::remarks::Remarks;
use crate::otlp::trace::Span;

/// Removes what cannot be kept and cuts what is too much.
pub(crate) fn admit(request: &mut ExportTraceServiceRequest) -> Remarks {
    let mut remarks = Remarks::on("span");
    for resource_spans in &mut request.resource_spans {
        let scopes = &mut resource_spans.scope_spans;
        let below = || scopes.iter().map(|scope| scope.spans.len() as u64).sum();
        if !admit_resource(resource_spans.resource.as_mut(), below, &mut remarks) {
            scopes.clear();
        }
        for scope_spans in scopes {
            let below = || scope_spans.spans.len() as u64;
            if !admit_scope(scope_spans.scope.as_mut(), below, &mut remarks) {
                scope_spans.spans.clear();
            }
            scope_spans.spans.retain_mut(|span| {
                if let Some(reason) = fault(span) {
                    remarks.reject(reason, 1);
                    return false;
                }
                cut_span(span, &mut remarks);
                true
            });
        }
    }
    remarks
}

/// Why a span cannot be kept.
fn fault(span: &Span) -> Option<String> {
    id_fault("trace id", &span.trace_id, 16)
        .or_else(|| id_fault("span id", &span.span_id, 8))
        .or_else(|| {
            let length = span.parent_span_id.len();
            (length != 0 && length != 8).then(|| format!("parent span id of {length} bytes instead of 8"))
        })
        .or_else(|| {
            let deep = too_deep(&span.attributes)
                || span.events.iter().any(|event| too_deep(&event.attributes))
                || span.links.iter().any(|link| too_deep(&link.attributes));
            deep.then(|| format!("attribute nested deeper than {VALUE_DEPTH}"))
        })
}

fn cut_span(span: &mut Span, remarks: &mut Remarks) {
    cut_list(&mut span.events, EVENTS_OR_LINKS, &mut span.dropped_events_count, remarks);
    cut_list(&mut span.links, EVENTS_OR_LINKS, &mut span.dropped_links_count, remarks);
    cut_attributes(&mut span.attributes, &mut span.dropped_attributes_count, remarks);
    for event in &mut span.events {
        cut_attributes(&mut event.attributes, &mut event.dropped_attributes_count, remarks);
        cut_text(&mut event.name, remarks);
    }
    for link in &mut span.links {
        cut_attributes(&mut link.attributes, &mut link.dropped_attributes_count, remarks);
    }
    cut_text(&mut span.name, remarks);
    cut_text(&mut span.trace_state, remarks);
    if let Some(status) = &mut span.status {
        cut_text(&mut status.message, remarks);
    }
}
