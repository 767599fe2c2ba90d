//! OTLP's JSON, read.
//!
//! Written out because the official Rust types lose data here: their flattened `Option` swallows errors, so `asInt: "7"`
//! becomes nothing with a 200 (opentelemetry-rust #3527). The rules are those of the OTLP specification, "JSON Protobuf
//! Encoding": ids are hex in either case, enums are numbers, 64-bit integers are strings or numbers, bytes are base64, keys
//! are lowerCamelCase, unknown ones are ignored, and `null` is the same as absent.
//!
//! Nesting is bounded by `serde_json`'s limit of 128 levels; [`super::admit`] then applies our own.

use std::fmt;
use std::marker::PhantomData;

use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde::Deserialize;
use serde::de::{self, Deserializer, Visitor};

use super::collector::ExportTraceServiceRequest;
use super::common::{self, any_value};
use super::{resource, trace};
use crate::ids::bytes_from_hex;

/// A request and whether it held anything that looks like one.
pub(crate) struct JsonRequest {
    pub(crate) request: ExportTraceServiceRequest,
    /// An object, but without `resourceSpans`: legal, as unknown fields are ignored, and probably a mistake.
    pub(crate) nothing_recognised: bool,
}

pub(crate) fn read(body: &[u8]) -> Result<JsonRequest, serde_json::Error> {
    let request: Request = serde_json::from_slice(body)?;
    let nothing_recognised = request.resource_spans.is_none() && body.contains(&b'"');
    Ok(JsonRequest {
        request: ExportTraceServiceRequest { resource_spans: list(request.resource_spans) },
        nothing_recognised,
    })
}

/// A message that became its protobuf twin.
fn list<M: Into<P>, P>(messages: Option<Vec<M>>) -> Vec<P> {
    messages.unwrap_or_default().into_iter().map(Into::into).collect()
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
struct Resource {
    attributes: Option<Vec<KeyValue>>,
    dropped_attributes_count: Option<Number<u32>>,
    entity_refs: Option<Vec<EntityRef>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct EntityRef {
    schema_url: Option<String>,
    r#type: Option<String>,
    id_keys: Option<Vec<String>>,
    description_keys: Option<Vec<String>>,
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
struct Scope {
    name: Option<String>,
    version: Option<String>,
    attributes: Option<Vec<KeyValue>>,
    dropped_attributes_count: Option<Number<u32>>,
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

#[derive(Deserialize)]
struct KeyValue {
    key: Option<String>,
    value: Option<AnyValue>,
}

/// At most one of these is set; an empty one is legal.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_field_names, reason = "the names are OTLP's")]
struct AnyValue {
    string_value: Option<String>,
    bool_value: Option<bool>,
    int_value: Option<Number<i64>>,
    double_value: Option<Double>,
    array_value: Option<Values<AnyValue>>,
    kvlist_value: Option<Values<KeyValue>>,
    bytes_value: Option<Base64>,
}

#[derive(Deserialize)]
struct Values<T> {
    values: Option<Vec<T>>,
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

impl From<Resource> for resource::Resource {
    fn from(from: Resource) -> Self {
        Self {
            attributes: list(from.attributes),
            dropped_attributes_count: number(from.dropped_attributes_count),
            entity_refs: list(from.entity_refs),
        }
    }
}

impl From<EntityRef> for common::EntityRef {
    fn from(from: EntityRef) -> Self {
        Self {
            schema_url: from.schema_url.unwrap_or_default(),
            r#type: from.r#type.unwrap_or_default(),
            id_keys: from.id_keys.unwrap_or_default(),
            description_keys: from.description_keys.unwrap_or_default(),
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

impl From<Scope> for common::InstrumentationScope {
    fn from(from: Scope) -> Self {
        Self {
            name: from.name.unwrap_or_default(),
            version: from.version.unwrap_or_default(),
            attributes: list(from.attributes),
            dropped_attributes_count: number(from.dropped_attributes_count),
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

impl From<KeyValue> for common::KeyValue {
    fn from(from: KeyValue) -> Self {
        Self { key: from.key.unwrap_or_default(), value: from.value.map(Into::into), key_strindex: 0 }
    }
}

impl From<AnyValue> for common::AnyValue {
    fn from(from: AnyValue) -> Self {
        use any_value::Value;
        let value = (from.string_value.map(Value::StringValue))
            .or(from.bool_value.map(Value::BoolValue))
            .or(from.int_value.map(|value| Value::IntValue(value.0)))
            .or(from.double_value.map(|value| Value::DoubleValue(value.0)))
            .or(from.array_value.map(|value| Value::ArrayValue(common::ArrayValue { values: list(value.values) })))
            .or(from.kvlist_value.map(|value| Value::KvlistValue(common::KeyValueList { values: list(value.values) })))
            .or(from.bytes_value.map(|value| Value::BytesValue(value.0)));
        Self { value }
    }
}

fn number<T: Default>(number: Option<Number<T>>) -> T {
    number.map(|number| number.0).unwrap_or_default()
}

fn bytes(hex: Option<Hex>) -> Vec<u8> {
    hex.map(|hex| hex.0).unwrap_or_default()
}

/// A whole number, as a number or as decimal text.
struct Number<T>(T);

impl<'de, T: TryFrom<i128>> Deserialize<'de> for Number<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Whole<T>(PhantomData<T>);

        impl<T: TryFrom<i128>> Visitor<'_> for Whole<T> {
            type Value = Number<T>;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("a whole number in range, as a number or as decimal text")
            }

            fn visit_i128<E: de::Error>(self, value: i128) -> Result<Number<T>, E> {
                T::try_from(value).map(Number).map_err(|_| E::custom(format_args!("{value} is out of range")))
            }

            fn visit_u64<E: de::Error>(self, value: u64) -> Result<Number<T>, E> {
                self.visit_i128(value.into())
            }

            fn visit_i64<E: de::Error>(self, value: i64) -> Result<Number<T>, E> {
                self.visit_i128(value.into())
            }

            /// `1e3` and `5.0` are whole numbers too (`ProtoJSON`).
            fn visit_f64<E: de::Error>(self, value: f64) -> Result<Number<T>, E> {
                if value.fract() == 0.0 && value.abs() < 2_f64.powi(64) {
                    self.visit_i128(value as i128)
                } else {
                    Err(E::invalid_value(de::Unexpected::Float(value), &self))
                }
            }

            fn visit_str<E: de::Error>(self, value: &str) -> Result<Number<T>, E> {
                let digits = value.strip_prefix('-').unwrap_or(value);
                match value.parse::<i128>() {
                    Ok(number) if digits.starts_with(|c: char| c.is_ascii_digit()) => self.visit_i128(number),
                    _ => Err(E::invalid_value(de::Unexpected::Str(value), &self)),
                }
            }
        }

        from.deserialize_any(Whole(PhantomData))
    }
}

/// A number, or the names JSON has no number for.
struct Double(f64);

impl<'de> Deserialize<'de> for Double {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Real;

        impl Visitor<'_> for Real {
            type Value = Double;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("a number, \"NaN\", \"Infinity\" or \"-Infinity\"")
            }

            fn visit_f64<E: de::Error>(self, value: f64) -> Result<Double, E> {
                Ok(Double(value))
            }

            fn visit_u64<E: de::Error>(self, value: u64) -> Result<Double, E> {
                Ok(Double(value as f64))
            }

            fn visit_i64<E: de::Error>(self, value: i64) -> Result<Double, E> {
                Ok(Double(value as f64))
            }

            fn visit_str<E: de::Error>(self, value: &str) -> Result<Double, E> {
                match value {
                    "NaN" => Ok(Double(f64::NAN)),
                    "Infinity" => Ok(Double(f64::INFINITY)),
                    "-Infinity" => Ok(Double(f64::NEG_INFINITY)),
                    // Rust would also read "inf" and "nan", which ProtoJSON does not know.
                    _ if value.bytes().all(|byte| b"0123456789+-.eE".contains(&byte)) => {
                        value.parse().map(Double).map_err(|_| E::invalid_value(de::Unexpected::Str(value), &self))
                    }
                    _ => Err(E::invalid_value(de::Unexpected::Str(value), &self)),
                }
            }
        }

        from.deserialize_any(Real)
    }
}

/// Bytes as hex. Their number is checked later, span by span.
struct Hex(Vec<u8>);

impl<'de> Deserialize<'de> for Hex {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        bytes_from_hex(&text)
            .map(Self)
            .ok_or_else(|| de::Error::invalid_value(de::Unexpected::Str(&text), &"an id as hexadecimal digits"))
    }
}

/// Bytes as base64, either alphabet, padded or not (`ProtoJSON`).
struct Base64(Vec<u8>);

impl<'de> Deserialize<'de> for Base64 {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new()
            .with_decode_padding_mode(DecodePaddingMode::Indifferent)
            .with_decode_allow_trailing_bits(true);
        let text = String::deserialize(from)?;
        let alphabet = if text.contains(['-', '_']) { &alphabet::URL_SAFE } else { &alphabet::STANDARD };
        GeneralPurpose::new(alphabet, LENIENT)
            .decode(&text)
            .map(Self)
            .map_err(|_| de::Error::invalid_value(de::Unexpected::Str(&text), &"bytes as base64"))
    }
}
