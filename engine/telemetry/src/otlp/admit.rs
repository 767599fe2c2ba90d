//! Which spans of a request are kept, and what of them.
//!
//! A span whose identity is unusable or whose values nest too deep is refused alone; what is merely too much is cut and
//! counted, in OTLP's own `dropped_*_count` where there is one. Either way the sender is told through `partial_success`.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::collector::ExportTraceServiceRequest;
use super::common::any_value::Value;
use super::common::{AnyValue, KeyValue};
use super::trace::Span;
use crate::limits::{ATTRIBUTES, EVENTS_OR_LINKS, VALUE_BYTES, VALUE_DEPTH};

/// What was not kept, and why.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Remarks {
    /// Spans refused.
    pub(crate) rejected: u64,
    reasons: BTreeMap<String, u64>,
    cut_values: u64,
    dropped_items: u64,
    /// A remark on the request as a whole.
    pub(crate) general: Option<&'static str>,
}

impl Remarks {
    /// The text for `partial_success.error_message`; `None` when all is well and the field must stay unset.
    pub(crate) fn message(&self) -> Option<String> {
        let mut parts = Vec::new();
        if self.rejected > 0 {
            let mut text = format!("{} refused: ", spans(self.rejected));
            // The first few reasons tell enough, and a message must stay small.
            for (at, (reason, count)) in self.reasons.iter().take(5).enumerate() {
                let comma = if at > 0 { ", " } else { "" };
                write!(text, "{comma}{reason} ({count})").ok();
            }
            if self.reasons.len() > 5 {
                text.push_str(", and others");
            }
            parts.push(text);
        }
        if self.cut_values > 0 {
            parts.push(format!("{} values longer than {} KiB were cut", self.cut_values, VALUE_BYTES >> 10));
        }
        if self.dropped_items > 0 {
            parts.push(format!(
                "{} attributes, events or links beyond {ATTRIBUTES} attributes and {EVENTS_OR_LINKS} events or links were dropped",
                self.dropped_items
            ));
        }
        parts.extend(self.general.map(str::to_owned));
        (!parts.is_empty()).then(|| parts.join("; "))
    }

    fn reject(&mut self, reason: String, count: u64) {
        self.rejected += count;
        *self.reasons.entry(reason).or_default() += count;
    }
}

fn spans(count: u64) -> String {
    if count == 1 { "1 span".to_owned() } else { format!("{count} spans") }
}

/// Removes what cannot be kept and cuts what is too much.
pub(crate) fn admit(request: &mut ExportTraceServiceRequest) -> Remarks {
    let mut remarks = Remarks::default();
    for resource_spans in &mut request.resource_spans {
        if let Some(resource) = &mut resource_spans.resource {
            if too_deep(&resource.attributes) {
                let lost = resource_spans.scope_spans.iter().map(|scope| scope.spans.len() as u64).sum();
                remarks.reject(format!("resource attribute nested deeper than {VALUE_DEPTH}"), lost);
                resource_spans.scope_spans.clear();
                resource.attributes.clear();
                continue;
            }
            cut_attributes(&mut resource.attributes, &mut resource.dropped_attributes_count, &mut remarks);
        }
        for scope_spans in &mut resource_spans.scope_spans {
            if let Some(scope) = &mut scope_spans.scope {
                if too_deep(&scope.attributes) {
                    let lost = scope_spans.spans.len() as u64;
                    remarks.reject(format!("scope attribute nested deeper than {VALUE_DEPTH}"), lost);
                    scope_spans.spans.clear();
                    scope.attributes.clear();
                    continue;
                }
                cut_attributes(&mut scope.attributes, &mut scope.dropped_attributes_count, &mut remarks);
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

fn id_fault(what: &str, id: &[u8], length: usize) -> Option<String> {
    if id.len() != length {
        Some(format!("{what} of {} bytes instead of {length}", id.len()))
    } else if id.iter().all(|byte| *byte == 0) {
        Some(format!("{what} is all zero"))
    } else {
        None
    }
}

fn too_deep(attributes: &[KeyValue]) -> bool {
    // With a list of its own instead of recursion: this is what guards the recursive parts.
    let mut open: Vec<(&AnyValue, usize)> =
        attributes.iter().filter_map(|kv| kv.value.as_ref()).map(|v| (v, 1)).collect();
    while let Some((value, depth)) = open.pop() {
        if depth > VALUE_DEPTH {
            return true;
        }
        match &value.value {
            Some(Value::ArrayValue(list)) => open.extend(list.values.iter().map(|v| (v, depth + 1))),
            Some(Value::KvlistValue(map)) => {
                open.extend(map.values.iter().filter_map(|kv| kv.value.as_ref()).map(|v| (v, depth + 1)));
            }
            _ => {}
        }
    }
    false
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

fn cut_list<T>(list: &mut Vec<T>, limit: usize, dropped: &mut u32, remarks: &mut Remarks) {
    let beyond = list.len().saturating_sub(limit);
    list.truncate(limit);
    *dropped = dropped.saturating_add(beyond as u32);
    remarks.dropped_items += beyond as u64;
}

fn cut_attributes(attributes: &mut Vec<KeyValue>, dropped: &mut u32, remarks: &mut Remarks) {
    cut_list(attributes, ATTRIBUTES, dropped, remarks);
    let mut open: Vec<&mut AnyValue> = Vec::new();
    for attribute in attributes {
        cut_text(&mut attribute.key, remarks);
        open.extend(attribute.value.as_mut());
        while let Some(value) = open.pop() {
            match &mut value.value {
                Some(Value::StringValue(text)) => cut_text(text, remarks),
                Some(Value::BytesValue(bytes)) if bytes.len() > VALUE_BYTES => {
                    bytes.truncate(VALUE_BYTES);
                    remarks.cut_values += 1;
                }
                Some(Value::ArrayValue(list)) => open.extend(&mut list.values),
                Some(Value::KvlistValue(map)) => open.extend(map.values.iter_mut().filter_map(|kv| kv.value.as_mut())),
                _ => {}
            }
        }
    }
}

fn cut_text(text: &mut String, remarks: &mut Remarks) {
    if text.len() > VALUE_BYTES {
        text.truncate(text.floor_char_boundary(VALUE_BYTES));
        remarks.cut_values += 1;
    }
}
