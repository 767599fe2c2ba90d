//! Requests into the store's rows, and rows back into traces.
//!
//! A resource's body is a protobuf `ResourceSpans` without spans, a scope's a `ScopeSpans` without spans: the schema URLs
//! travel along and nothing is lost. A span's body is the protobuf `Span` without what the row's columns hold.

use prost::{DecodeError, Message};
use thalweg_store::{ResourceRow, SpanBatch, SpanRow, StoredTrace};

use super::collector::ExportTraceServiceRequest;
use super::common::any_value::Value as ProtoValue;
use super::common::{AnyValue, KeyValue};
use super::resource::Resource as ProtoResource;
use super::trace::{ResourceSpans, ScopeSpans, Span as ProtoSpan, TracesData};
use crate::ids::{SpanId, TraceId};
use crate::model::{
    Attributes, Event, Link, Resource, Scope, Span, SpanKind, SpanStatus, StatusCode, Trace, UNKNOWN_SERVICE, Value,
};

/// The rows of a request that [`super::admit::traces`] has gone through.
pub(crate) fn batch_from_request(request: ExportTraceServiceRequest) -> SpanBatch {
    let mut batch = SpanBatch::default();
    for mut resource_spans in request.resource_spans {
        let scopes = std::mem::take(&mut resource_spans.scope_spans);
        if scopes.iter().all(|scope| scope.spans.is_empty()) {
            continue;
        }
        let resource = batch.resources.len();
        batch.resources.push(ResourceRow {
            service: service_name(resource_spans.resource.as_ref()),
            body: resource_spans.encode_to_vec(),
        });
        for mut scope_spans in scopes {
            let spans = std::mem::take(&mut scope_spans.spans);
            if spans.is_empty() {
                continue;
            }
            let scope = batch.scopes.len();
            batch.scopes.push(scope_spans.encode_to_vec());
            batch.spans.extend(spans.into_iter().filter_map(|span| row_from_span(span, resource, scope)));
        }
    }
    batch
}

pub(super) fn service_name(resource: Option<&ProtoResource>) -> String {
    let attributes = resource.map_or(&[][..], |resource| &resource.attributes);
    attributes
        .iter()
        .filter(|attribute| attribute.key == "service.name")
        .find_map(|attribute| match attribute.value.as_ref()?.value.as_ref()? {
            ProtoValue::StringValue(name) if !name.is_empty() => Some(name.clone()),
            _ => None,
        })
        .unwrap_or_else(|| UNKNOWN_SERVICE.to_owned())
}

/// `None` for ids of the wrong length, which `admit` has removed.
fn row_from_span(mut span: ProtoSpan, resource: usize, scope: usize) -> Option<SpanRow> {
    let trace_id = std::mem::take(&mut span.trace_id).try_into().ok()?;
    let span_id = std::mem::take(&mut span.span_id).try_into().ok()?;
    // A parent of zeros is how some senders write "none".
    let parent_id = std::mem::take(&mut span.parent_span_id).try_into().ok().filter(|id| *id != [0; 8]);
    let name = std::mem::take(&mut span.name);
    let start_ns = std::mem::take(&mut span.start_time_unix_nano);
    let end_ns = std::mem::take(&mut span.end_time_unix_nano);
    let error = span.status.as_ref().is_some_and(|status| status.code == 2);
    let kind = SpanKind::from_number(span.kind.into()).number();
    let body = span.encode_to_vec();
    Some(SpanRow { trace_id, span_id, parent_id, resource, scope, name, kind, start_ns, end_ns, error, body })
}

/// The stored trace as OTLP: spans under their resource and scope, by start.
pub(crate) fn otlp_from_stored(stored: StoredTrace) -> Result<TracesData, DecodeError> {
    let mut resource_spans =
        stored.resources.iter().map(|row| ResourceSpans::decode(&row.body[..])).collect::<Result<Vec<_>, _>>()?;
    let scopes = stored.scopes.iter().map(|body| ScopeSpans::decode(&body[..])).collect::<Result<Vec<_>, _>>()?;
    let mut spans = stored.spans;
    spans.sort_by_key(|span| (span.resource, span.scope, span.start_ns, span.span_id));
    for group in spans.chunk_by(|a, b| (a.resource, a.scope) == (b.resource, b.scope)) {
        let Some((first, home)) =
            group.first().and_then(|first| Some((first, resource_spans.get_mut(first.resource)?)))
        else {
            continue;
        };
        let mut scope = scopes.get(first.scope).cloned().unwrap_or_default();
        scope.spans = group.iter().map(span_from_row).collect::<Result<_, _>>()?;
        home.scope_spans.push(scope);
    }
    Ok(TracesData { resource_spans })
}

fn span_from_row(row: &SpanRow) -> Result<ProtoSpan, DecodeError> {
    Ok(ProtoSpan {
        trace_id: row.trace_id.to_vec(),
        span_id: row.span_id.to_vec(),
        parent_span_id: row.parent_id.map(|id| id.to_vec()).unwrap_or_default(),
        name: row.name.clone(),
        start_time_unix_nano: row.start_ns,
        end_time_unix_nano: row.end_ns,
        ..ProtoSpan::decode(&row.body[..])?
    })
}

/// The stored trace as the program sees it.
pub(crate) fn trace_from_stored(id: TraceId, stored: &StoredTrace) -> Result<Trace, DecodeError> {
    let resources = stored.resources.iter().map(resource_from_row).collect::<Result<_, _>>()?;
    let scopes = stored.scopes.iter().map(|body| scope_from_body(body)).collect::<Result<_, _>>()?;
    let mut spans = Vec::with_capacity(stored.spans.len());
    for row in &stored.spans {
        spans.push(span_model(span_from_row(row)?, row));
    }
    spans.sort_by_key(|span| (span.start_unix_nano, span.id));
    Ok(Trace { id, resources, scopes, spans })
}

/// Of any signal: what encloses a resource's spans, log records or metrics is written alike.
pub(crate) fn resource_from_row(row: &ResourceRow) -> Result<Resource, DecodeError> {
    let ResourceSpans { resource, schema_url, .. } = ResourceSpans::decode(&row.body[..])?;
    let resource = resource.unwrap_or_default();
    Ok(Resource {
        service: row.service.clone(),
        attributes: attributes(resource.attributes),
        dropped_attributes: resource.dropped_attributes_count,
        schema_url,
    })
}

/// Of any signal, likewise.
pub(crate) fn scope_from_body(body: &[u8]) -> Result<Scope, DecodeError> {
    let ScopeSpans { scope, schema_url, .. } = ScopeSpans::decode(body)?;
    let scope = scope.unwrap_or_default();
    Ok(Scope {
        name: scope.name,
        version: scope.version,
        attributes: attributes(scope.attributes),
        dropped_attributes: scope.dropped_attributes_count,
        schema_url,
    })
}

fn span_model(span: ProtoSpan, row: &SpanRow) -> Span {
    let status = span.status.unwrap_or_default();
    let code = match status.code {
        1 => StatusCode::Ok,
        2 => StatusCode::Error,
        _ => StatusCode::Unset,
    };
    Span {
        id: SpanId(row.span_id),
        parent: row.parent_id.map(SpanId),
        name: span.name,
        kind: SpanKind::from_number(span.kind.into()),
        start_unix_nano: span.start_time_unix_nano,
        end_unix_nano: span.end_time_unix_nano,
        status: SpanStatus { code, message: status.message },
        attributes: attributes(span.attributes),
        events: span
            .events
            .into_iter()
            .map(|event| Event {
                time_unix_nano: event.time_unix_nano,
                name: event.name,
                attributes: attributes(event.attributes),
                dropped_attributes: event.dropped_attributes_count,
            })
            .collect(),
        links: span
            .links
            .into_iter()
            .map(|link| Link {
                trace_id: link.trace_id,
                span_id: link.span_id,
                trace_state: link.trace_state,
                attributes: attributes(link.attributes),
                dropped_attributes: link.dropped_attributes_count,
                flags: link.flags,
            })
            .collect(),
        resource: row.resource,
        scope: row.scope,
        trace_state: span.trace_state,
        flags: span.flags,
        dropped_attributes: span.dropped_attributes_count,
        dropped_events: span.dropped_events_count,
        dropped_links: span.dropped_links_count,
    }
}

/// Recursive, but `admit` let nothing deep into the file, and decoding has a limit of its own.
pub(super) fn attributes(list: Vec<KeyValue>) -> Attributes {
    list.into_iter().map(|attribute| (attribute.key, value(attribute.value))).collect()
}

pub(super) fn value(from: Option<AnyValue>) -> Value {
    match from.and_then(|any| any.value) {
        // A string index refers to a dictionary that only OTLP profiles have.
        None | Some(ProtoValue::StringValueStrindex(_)) => Value::Empty,
        Some(ProtoValue::StringValue(text)) => Value::String(text),
        Some(ProtoValue::BoolValue(truth)) => Value::Bool(truth),
        Some(ProtoValue::IntValue(number)) => Value::Int(number),
        Some(ProtoValue::DoubleValue(number)) => Value::Double(number),
        Some(ProtoValue::BytesValue(bytes)) => Value::Bytes(bytes),
        Some(ProtoValue::ArrayValue(list)) => Value::Array(list.values.into_iter().map(|v| value(Some(v))).collect()),
        Some(ProtoValue::KvlistValue(map)) => Value::Map(attributes(map.values)),
    }
}
