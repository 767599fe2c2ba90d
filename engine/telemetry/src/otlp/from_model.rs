//! A trace as the program sees it into OTLP's types: the way back of [`super::rows`].

use super::collector::ExportTraceServiceRequest;
use super::common::any_value::Value as ProtoValue;
use super::common::{AnyValue, ArrayValue, InstrumentationScope, KeyValue, KeyValueList};
use super::resource::Resource as ProtoResource;
use super::trace::span::{Event as ProtoEvent, Link as ProtoLink};
use super::trace::{ResourceSpans, ScopeSpans, Span as ProtoSpan, Status};
use crate::model::{Attributes, Resource, Scope, Span, StatusCode, Trace, Value};

/// A request with all spans of a trace, by resource and scope.
pub(crate) fn request(trace: &Trace) -> ExportTraceServiceRequest {
    let mut resource_spans: Vec<_> = trace.resources.iter().map(resource).collect();
    let mut spans: Vec<&Span> = trace.spans.iter().collect();
    spans.sort_by_key(|span| (span.resource, span.scope, span.start_unix_nano, span.id));
    for group in spans.chunk_by(|a, b| (a.resource, a.scope) == (b.resource, b.scope)) {
        let Some(home) = group.first().and_then(|first| resource_spans.get_mut(first.resource)) else { continue };
        let mut own = group.first().and_then(|first| trace.scopes.get(first.scope)).map(scope).unwrap_or_default();
        own.spans = group.iter().map(|span| proto_span(trace, span)).collect();
        home.scope_spans.push(own);
    }
    resource_spans.retain(|resource| !resource.scope_spans.is_empty());
    ExportTraceServiceRequest { resource_spans }
}

fn resource(from: &Resource) -> ResourceSpans {
    ResourceSpans {
        resource: Some(ProtoResource {
            attributes: key_values(&from.attributes),
            dropped_attributes_count: from.dropped_attributes,
            ..ProtoResource::default()
        }),
        scope_spans: Vec::new(),
        schema_url: from.schema_url.clone(),
    }
}

fn scope(from: &Scope) -> ScopeSpans {
    ScopeSpans {
        scope: Some(InstrumentationScope {
            name: from.name.clone(),
            version: from.version.clone(),
            attributes: key_values(&from.attributes),
            dropped_attributes_count: from.dropped_attributes,
        }),
        spans: Vec::new(),
        schema_url: from.schema_url.clone(),
    }
}

fn proto_span(trace: &Trace, span: &Span) -> ProtoSpan {
    let code = match span.status.code {
        StatusCode::Unset => 0,
        StatusCode::Ok => 1,
        StatusCode::Error => 2,
    };
    let event = |event: &crate::model::Event| ProtoEvent {
        time_unix_nano: event.time_unix_nano,
        name: event.name.clone(),
        attributes: key_values(&event.attributes),
        dropped_attributes_count: event.dropped_attributes,
    };
    let link = |link: &crate::model::Link| ProtoLink {
        trace_id: link.trace_id.clone(),
        span_id: link.span_id.clone(),
        trace_state: link.trace_state.clone(),
        attributes: key_values(&link.attributes),
        dropped_attributes_count: link.dropped_attributes,
        flags: link.flags,
    };
    ProtoSpan {
        trace_id: trace.id.0.to_vec(),
        span_id: span.id.0.to_vec(),
        trace_state: span.trace_state.clone(),
        parent_span_id: span.parent.map(|parent| parent.0.to_vec()).unwrap_or_default(),
        flags: span.flags,
        name: span.name.clone(),
        kind: span.kind.number().into(),
        start_time_unix_nano: span.start_unix_nano,
        end_time_unix_nano: span.end_unix_nano,
        attributes: key_values(&span.attributes),
        dropped_attributes_count: span.dropped_attributes,
        events: span.events.iter().map(event).collect(),
        dropped_events_count: span.dropped_events,
        links: span.links.iter().map(link).collect(),
        dropped_links_count: span.dropped_links,
        status: Some(Status { message: span.status.message.clone(), code }),
    }
}

fn key_values(attributes: &Attributes) -> Vec<KeyValue> {
    let key_value =
        |(key, value): &(String, Value)| KeyValue { key: key.clone(), value: Some(any(value)), key_strindex: 0 };
    attributes.iter().map(key_value).collect()
}

/// Recursive as values are; what the receiver let in is at most [`crate::VALUE_DEPTH`] deep.
fn any(value: &Value) -> AnyValue {
    let value = match value {
        Value::Empty => None,
        Value::String(text) => Some(ProtoValue::StringValue(text.clone())),
        Value::Bool(truth) => Some(ProtoValue::BoolValue(*truth)),
        Value::Int(number) => Some(ProtoValue::IntValue(*number)),
        Value::Double(number) => Some(ProtoValue::DoubleValue(*number)),
        Value::Bytes(bytes) => Some(ProtoValue::BytesValue(bytes.clone())),
        Value::Array(list) => Some(ProtoValue::ArrayValue(ArrayValue { values: list.iter().map(any).collect() })),
        Value::Map(map) => Some(ProtoValue::KvlistValue(KeyValueList { values: key_values(map) })),
    };
    AnyValue { value }
}
