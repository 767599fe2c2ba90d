//! Requests into the store's spans, and spans back into traces.
//!
//! A resource's body is a protobuf `ResourceSpans` without spans, a scope's a `ScopeSpans` without spans: the schema URLs
//! travel along and nothing is lost. A span's rest is the protobuf `Span` without what it has a field for; an attribute that is a
//! list, a map or bytes is a protobuf `AnyValue`.

use prost::{DecodeError, Message};
use thalweg_spans::{AttributeValue, Attributes as Packed, Batch};
use thalweg_store::FromOld;

use super::collector::ExportTraceServiceRequest;
use super::common::any_value::Value as ProtoValue;
use super::common::{AnyValue, KeyValue};
use super::resource::Resource as ProtoResource;
use super::trace::{ResourceSpans, ScopeSpans, Span as ProtoSpan, Status, TracesData};
use crate::ids::{SpanId, TraceId};
use crate::model::{
    Attributes, Event, Link, Resource, Scope, Span, SpanKind, SpanStatus, StatusCode, Trace, UNKNOWN_SERVICE, Value,
};

/// The spans of a request that [`super::admit::traces`] has gone through.
pub(crate) fn batch_from_request(request: ExportTraceServiceRequest) -> Batch {
    let mut batch = Batch::default();
    for mut resource_spans in request.resource_spans {
        let scopes = std::mem::take(&mut resource_spans.scope_spans);
        if scopes.iter().all(|scope| scope.spans.is_empty()) {
            continue;
        }
        let resource = batch.resources.len();
        batch.resources.push(thalweg_spans::Resource {
            service: service_name(resource_spans.resource.as_ref()),
            attributes: resource_attributes(resource_spans.resource.as_ref()),
            body: resource_spans.encode_to_vec(),
        });
        for mut scope_spans in scopes {
            let spans = std::mem::take(&mut scope_spans.spans);
            if spans.is_empty() {
                continue;
            }
            let scope = batch.scopes.len();
            batch
                .scopes
                .push(thalweg_spans::Scope { name: scope_name(&scope_spans), body: scope_spans.encode_to_vec() });
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

fn resource_attributes(resource: Option<&ProtoResource>) -> Packed {
    resource.map(|resource| packed(&resource.attributes)).unwrap_or_default()
}

fn scope_name(scope_spans: &ScopeSpans) -> String {
    scope_spans.scope.as_ref().map(|scope| scope.name.clone()).unwrap_or_default()
}

/// `None` for ids of the wrong length, which `admit` has removed.
fn row_from_span(mut span: ProtoSpan, resource: usize, scope: usize) -> Option<thalweg_spans::Span> {
    let mut row = thalweg_spans::Span {
        trace_id: std::mem::take(&mut span.trace_id).try_into().ok()?,
        span_id: std::mem::take(&mut span.span_id).try_into().ok()?,
        // A parent of zeros is how some senders write "none".
        parent_id: std::mem::take(&mut span.parent_span_id).try_into().ok().filter(|id| *id != [0; 8]),
        resource,
        scope,
        name: std::mem::take(&mut span.name),
        start_ns: std::mem::take(&mut span.start_time_unix_nano),
        end_ns: std::mem::take(&mut span.end_time_unix_nano),
        ..thalweg_spans::Span::default()
    };
    put_rest(&mut row, span);
    Some(row)
}

/// Fills in what is not in the fields for identity, name and times.
fn put_rest(row: &mut thalweg_spans::Span, mut span: ProtoSpan) {
    // Numbers that this version does not know stay in the rest.
    row.kind = SpanKind::from_number(span.kind.into()).number();
    if i32::from(row.kind) == span.kind {
        span.kind = 0;
    }
    if let Some(status) = &mut span.status
        && let Ok(code @ 1..=2) = u8::try_from(status.code)
    {
        row.status = code;
        status.code = 0;
        if status.message.is_empty() {
            span.status = None;
        }
    }
    row.attributes = packed(&std::mem::take(&mut span.attributes));
    row.is_plain = span.events.is_empty() && span.links.is_empty() && span.status.is_none();
    row.rest = span.encode_to_vec();
}

/// Attributes as they are kept.
fn packed(attributes: &[KeyValue]) -> Packed {
    let weight = |attribute: &KeyValue| {
        let text = match attribute.value.as_ref().and_then(|value| value.value.as_ref()) {
            Some(ProtoValue::StringValue(text)) => text.len(),
            _ => 10,
        };
        attribute.key.len() + text + 4
    };
    let mut list = Packed::with_capacity(attributes.iter().map(weight).sum());
    for KeyValue { key, value, .. } in attributes {
        let Some(any) = value else {
            list.push(key, AttributeValue::Empty);
            continue;
        };
        match &any.value {
            Some(ProtoValue::StringValue(text)) => list.push(key, AttributeValue::Text(text)),
            Some(ProtoValue::BoolValue(truth)) => list.push(key, AttributeValue::Bool(*truth)),
            Some(ProtoValue::IntValue(number)) => list.push(key, AttributeValue::Int(*number)),
            Some(ProtoValue::DoubleValue(number)) => list.push(key, AttributeValue::Double(*number)),
            // Also what is there and holds nothing, which no other value is encoded as.
            _ => list.push(key, AttributeValue::Other(&any.encode_to_vec())),
        }
    }
    list
}

/// The inverse of [`packed`].
fn key_values(attributes: &Packed) -> Result<Vec<KeyValue>, DecodeError> {
    let value = |value: AttributeValue<'_>| {
        let value = match value {
            AttributeValue::Empty => return Ok(None),
            AttributeValue::Text(text) => ProtoValue::StringValue(text.to_owned()),
            AttributeValue::Bool(truth) => ProtoValue::BoolValue(truth),
            AttributeValue::Int(number) => ProtoValue::IntValue(number),
            AttributeValue::Double(number) => ProtoValue::DoubleValue(number),
            AttributeValue::Other(bytes) => return AnyValue::decode(bytes).map(Some),
        };
        Ok(Some(AnyValue { value: Some(value) }))
    };
    attributes
        .iter()
        .map(|(key, kept)| Ok(KeyValue { key: key.to_owned(), value: value(kept)?, key_strindex: 0 }))
        .collect()
}

/// Of a span's rest, nothing but where its links lead.
#[derive(Clone, PartialEq, Message)]
struct OnlyLinks {
    #[prost(message, repeated, tag = "13")]
    links: Vec<OnlyIds>,
}

#[derive(Clone, PartialEq, Message)]
struct OnlyIds {
    #[prost(bytes = "vec", tag = "1")]
    trace_id: Vec<u8>,
    #[prost(bytes = "vec", tag = "2")]
    span_id: Vec<u8>,
}

/// The links in a span's rest; those to nowhere are left out.
pub(crate) fn links_of(rest: &[u8]) -> Vec<thalweg_spans::Link> {
    // What cannot be decoded is told by whoever asks for the span itself.
    let Ok(OnlyLinks { links }) = OnlyLinks::decode(rest) else { return Vec::new() };
    links.into_iter().filter_map(|link| Some((link.trace_id.try_into().ok()?, link.span_id.try_into().ok()?))).collect()
}

/// What data format 2 kept of a span, resource and scope is what is kept now, with attributes in the one body.
pub(crate) const FROM_OLD: FromOld = FromOld {
    span: |span, body| {
        // It had the kind beside the body, where it is too.
        put_rest(span, ProtoSpan::decode(body).map_err(|error| error.to_string())?);
        Ok(())
    },
    resource: |resource| {
        let body = ResourceSpans::decode(&resource.body[..]).map_err(|error| error.to_string())?;
        resource.attributes = resource_attributes(body.resource.as_ref());
        Ok(())
    },
    scope: |scope| {
        scope.name = scope_name(&ScopeSpans::decode(&scope.body[..]).map_err(|error| error.to_string())?);
        Ok(())
    },
};

/// The stored trace as OTLP: spans under their resource and scope, by start.
pub(crate) fn otlp_from_stored(stored: Batch) -> Result<TracesData, DecodeError> {
    let mut resource_spans =
        stored.resources.iter().map(|row| ResourceSpans::decode(&row.body[..])).collect::<Result<Vec<_>, _>>()?;
    let scopes = stored.scopes.iter().map(|row| ScopeSpans::decode(&row.body[..])).collect::<Result<Vec<_>, _>>()?;
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

fn span_from_row(row: &thalweg_spans::Span) -> Result<ProtoSpan, DecodeError> {
    let mut span = ProtoSpan {
        trace_id: row.trace_id.to_vec(),
        span_id: row.span_id.to_vec(),
        parent_span_id: row.parent_id.map(|id| id.to_vec()).unwrap_or_default(),
        name: row.name.clone(),
        start_time_unix_nano: row.start_ns,
        end_time_unix_nano: row.end_ns,
        attributes: key_values(&row.attributes)?,
        ..ProtoSpan::decode(&row.rest[..])?
    };
    if span.kind == 0 {
        span.kind = row.kind.into();
    }
    if row.status != 0 {
        span.status.get_or_insert_with(Status::default).code = row.status.into();
    }
    Ok(span)
}

/// The stored trace as the program sees it.
pub(crate) fn trace_from_stored(id: TraceId, stored: &Batch) -> Result<Trace, DecodeError> {
    let resources =
        stored.resources.iter().map(|row| resource_from_body(&row.service, &row.body)).collect::<Result<_, _>>()?;
    let scopes = stored.scopes.iter().map(|row| scope_from_body(&row.body)).collect::<Result<_, _>>()?;
    let mut spans = Vec::with_capacity(stored.spans.len());
    for row in &stored.spans {
        spans.push(span_model(span_from_row(row)?, row));
    }
    spans.sort_by_key(|span| (span.start_unix_nano, span.id));
    Ok(Trace { id, resources, scopes, spans })
}

/// Of any signal: what encloses a resource's spans, log records or metrics is written alike.
pub(crate) fn resource_from_body(service: &str, body: &[u8]) -> Result<Resource, DecodeError> {
    let ResourceSpans { resource, schema_url, .. } = ResourceSpans::decode(body)?;
    let resource = resource.unwrap_or_default();
    Ok(Resource {
        service: service.to_owned(),
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

fn span_model(span: ProtoSpan, row: &thalweg_spans::Span) -> Span {
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
