//! Spans in OTLP's JSON.

use serde::Deserialize;

use super::{Hex, JsonRequest, KeyValue, Number, Resource, Scope, bytes, has_keys, list, number};
use crate::otlp::collector::ExportTraceServiceRequest;
use crate::otlp::trace;

pub(crate) fn read(body: &[u8]) -> Result<JsonRequest<ExportTraceServiceRequest>, serde_json::Error> {
    let request: Request = serde_json::from_slice(body)?;
    let nothing_recognised = request.resource_spans.is_none() && has_keys(body);
    Ok(JsonRequest {
        request: ExportTraceServiceRequest { resource_spans: list(request.resource_spans) },
        nothing_recognised,
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Request {
    resource_spans: Option<Vec<ResourceSpans>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ResourceSpans {
    resource: Option<Resource>,
    scope_spans: Option<Vec<ScopeSpans>>,
    schema_url: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ScopeSpans {
    scope: Option<Scope>,
    spans: Option<Vec<Span>>,
    schema_url: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_field_names, reason = "the names are OTLP's")]
struct Span {
    trace_id: Option<Hex>,
    span_id: Option<Hex>,
    trace_state: Option<String>,
    parent_span_id: Option<Hex>,
    flags: Option<Number<u32>>,
    name: Option<String>,
    kind: Option<i32>,
    start_time_unix_nano: Option<Number<u64>>,
    end_time_unix_nano: Option<Number<u64>>,
    attributes: Option<Vec<KeyValue>>,
    dropped_attributes_count: Option<Number<u32>>,
    events: Option<Vec<Event>>,
    dropped_events_count: Option<Number<u32>>,
    links: Option<Vec<Link>>,
    dropped_links_count: Option<Number<u32>>,
    status: Option<Status>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Event {
    time_unix_nano: Option<Number<u64>>,
    name: Option<String>,
    attributes: Option<Vec<KeyValue>>,
    dropped_attributes_count: Option<Number<u32>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Link {
    trace_id: Option<Hex>,
    span_id: Option<Hex>,
    trace_state: Option<String>,
    attributes: Option<Vec<KeyValue>>,
    dropped_attributes_count: Option<Number<u32>>,
    flags: Option<Number<u32>>,
}

#[derive(Deserialize)]
struct Status {
    message: Option<String>,
    code: Option<i32>,
}

impl From<ResourceSpans> for trace::ResourceSpans {
    fn from(from: ResourceSpans) -> Self {
        Self {
            resource: from.resource.map(Into::into),
            scope_spans: list(from.scope_spans),
            schema_url: from.schema_url.unwrap_or_default(),
        }
    }
}

impl From<ScopeSpans> for trace::ScopeSpans {
    fn from(from: ScopeSpans) -> Self {
        Self {
            scope: from.scope.map(Into::into),
            spans: list(from.spans),
            schema_url: from.schema_url.unwrap_or_default(),
        }
    }
}

impl From<Span> for trace::Span {
    fn from(from: Span) -> Self {
        Self {
            trace_id: bytes(from.trace_id),
            span_id: bytes(from.span_id),
            trace_state: from.trace_state.unwrap_or_default(),
            parent_span_id: bytes(from.parent_span_id),
            flags: number(from.flags),
            name: from.name.unwrap_or_default(),
            kind: from.kind.unwrap_or_default(),
            start_time_unix_nano: number(from.start_time_unix_nano),
            end_time_unix_nano: number(from.end_time_unix_nano),
            attributes: list(from.attributes),
            dropped_attributes_count: number(from.dropped_attributes_count),
            events: list(from.events),
            dropped_events_count: number(from.dropped_events_count),
            links: list(from.links),
            dropped_links_count: number(from.dropped_links_count),
            status: from.status.map(Into::into),
        }
    }
}

impl From<Event> for trace::span::Event {
    fn from(from: Event) -> Self {
        Self {
            time_unix_nano: number(from.time_unix_nano),
            name: from.name.unwrap_or_default(),
            attributes: list(from.attributes),
            dropped_attributes_count: number(from.dropped_attributes_count),
        }
    }
}

impl From<Link> for trace::span::Link {
    fn from(from: Link) -> Self {
        Self {
            trace_id: bytes(from.trace_id),
            span_id: bytes(from.span_id),
            trace_state: from.trace_state.unwrap_or_default(),
            attributes: list(from.attributes),
            dropped_attributes_count: number(from.dropped_attributes_count),
            flags: number(from.flags),
        }
    }
}

impl From<Status> for trace::Status {
    fn from(from: Status) -> Self {
        Self { message: from.message.unwrap_or_default(), code: from.code.unwrap_or_default() }
    }
}
