//! OTLP's JSON, written: the form of the Collector's file exporter. Fields at their default are left out, as in `ProtoJSON`.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Map, Value as Json, json};

use super::common::any_value::Value;
use super::common::{AnyValue, EntityRef, InstrumentationScope, KeyValue};
use super::resource::Resource;
use super::trace::span::{Event, Link};
use super::trace::{ResourceSpans, ScopeSpans, Span, Status, TracesData};
use crate::ids::hex;

/// `{"resourceSpans": […]}`.
pub(crate) fn traces_data(data: &TracesData) -> Json {
    json!({ "resourceSpans": data.resource_spans.iter().map(resource_spans).collect::<Vec<_>>() })
}

/// An object under construction that skips defaults.
#[derive(Default)]
struct Object(Map<String, Json>);

impl Object {
    fn put(&mut self, key: &str, value: Json) -> &mut Self {
        self.0.insert(key.to_owned(), value);
        self
    }

    fn text(&mut self, key: &str, text: &str) -> &mut Self {
        if text.is_empty() { self } else { self.put(key, text.into()) }
    }

    fn id(&mut self, key: &str, id: &[u8]) -> &mut Self {
        self.text(key, &hex(id))
    }

    fn count(&mut self, key: &str, count: u32) -> &mut Self {
        if count == 0 { self } else { self.put(key, count.into()) }
    }

    /// 64 bits are text: a JSON number would lose digits beyond 2^53 in most readers.
    fn nanos(&mut self, key: &str, nanos: u64) -> &mut Self {
        if nanos == 0 { self } else { self.put(key, nanos.to_string().into()) }
    }

    fn list<T>(&mut self, key: &str, items: &[T], write: impl Fn(&T) -> Json) -> &mut Self {
        if items.is_empty() { self } else { self.put(key, items.iter().map(write).collect()) }
    }

    fn done(&mut self) -> Json {
        Json::Object(std::mem::take(&mut self.0))
    }
}

fn resource_spans(from: &ResourceSpans) -> Json {
    let mut object = Object::default();
    if let Some(from) = &from.resource {
        object.put("resource", resource(from));
    }
    object.list("scopeSpans", &from.scope_spans, scope_spans).text("schemaUrl", &from.schema_url).done()
}

fn resource(from: &Resource) -> Json {
    Object::default()
        .list("attributes", &from.attributes, key_value)
        .count("droppedAttributesCount", from.dropped_attributes_count)
        .list("entityRefs", &from.entity_refs, entity_ref)
        .done()
}

fn entity_ref(from: &EntityRef) -> Json {
    Object::default()
        .text("schemaUrl", &from.schema_url)
        .text("type", &from.r#type)
        .list("idKeys", &from.id_keys, |key| key.as_str().into())
        .list("descriptionKeys", &from.description_keys, |key| key.as_str().into())
        .done()
}

fn scope_spans(from: &ScopeSpans) -> Json {
    let mut object = Object::default();
    if let Some(from) = &from.scope {
        object.put("scope", scope(from));
    }
    object.list("spans", &from.spans, span).text("schemaUrl", &from.schema_url).done()
}

fn scope(from: &InstrumentationScope) -> Json {
    Object::default()
        .text("name", &from.name)
        .text("version", &from.version)
        .list("attributes", &from.attributes, key_value)
        .count("droppedAttributesCount", from.dropped_attributes_count)
        .done()
}

fn span(from: &Span) -> Json {
    let mut object = Object::default();
    object
        .id("traceId", &from.trace_id)
        .id("spanId", &from.span_id)
        .text("traceState", &from.trace_state)
        .id("parentSpanId", &from.parent_span_id)
        .count("flags", from.flags)
        .text("name", &from.name);
    if from.kind != 0 {
        object.put("kind", from.kind.into());
    }
    object
        .nanos("startTimeUnixNano", from.start_time_unix_nano)
        .nanos("endTimeUnixNano", from.end_time_unix_nano)
        .list("attributes", &from.attributes, key_value)
        .count("droppedAttributesCount", from.dropped_attributes_count)
        .list("events", &from.events, event)
        .count("droppedEventsCount", from.dropped_events_count)
        .list("links", &from.links, link)
        .count("droppedLinksCount", from.dropped_links_count);
    if let Some(from) = &from.status {
        object.put("status", status(from));
    }
    object.done()
}

fn status(from: &Status) -> Json {
    let mut object = Object::default();
    object.text("message", &from.message);
    if from.code != 0 {
        object.put("code", from.code.into());
    }
    object.done()
}

fn event(from: &Event) -> Json {
    Object::default()
        .nanos("timeUnixNano", from.time_unix_nano)
        .text("name", &from.name)
        .list("attributes", &from.attributes, key_value)
        .count("droppedAttributesCount", from.dropped_attributes_count)
        .done()
}

fn link(from: &Link) -> Json {
    Object::default()
        .id("traceId", &from.trace_id)
        .id("spanId", &from.span_id)
        .text("traceState", &from.trace_state)
        .list("attributes", &from.attributes, key_value)
        .count("droppedAttributesCount", from.dropped_attributes_count)
        .count("flags", from.flags)
        .done()
}

fn key_value(from: &KeyValue) -> Json {
    let mut object = Object::default();
    object.put("key", from.key.as_str().into());
    if let Some(value) = &from.value {
        object.put("value", any_value(value));
    }
    object.done()
}

/// Recursive; what is stored nests at most [`crate::limits::VALUE_DEPTH`] deep.
fn any_value(from: &AnyValue) -> Json {
    match &from.value {
        None | Some(Value::StringValueStrindex(_)) => json!({}),
        Some(Value::StringValue(text)) => json!({ "stringValue": text }),
        Some(Value::BoolValue(truth)) => json!({ "boolValue": truth }),
        Some(Value::IntValue(number)) => json!({ "intValue": number.to_string() }),
        Some(Value::DoubleValue(number)) => json!({ "doubleValue": double(*number) }),
        Some(Value::BytesValue(bytes)) => json!({ "bytesValue": BASE64_STANDARD.encode(bytes) }),
        Some(Value::ArrayValue(list)) => {
            json!({ "arrayValue": Object::default().list("values", &list.values, any_value).done() })
        }
        Some(Value::KvlistValue(map)) => {
            json!({ "kvlistValue": Object::default().list("values", &map.values, key_value).done() })
        }
    }
}

fn double(number: f64) -> Json {
    match number {
        _ if number.is_nan() => "NaN".into(),
        f64::INFINITY => "Infinity".into(),
        f64::NEG_INFINITY => "-Infinity".into(),
        _ => number.into(),
    }
}
