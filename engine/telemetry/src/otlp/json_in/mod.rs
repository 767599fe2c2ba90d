//! OTLP's JSON, read.
//!
//! Written out because the official Rust types lose data here: their flattened `Option` swallows errors, so `asInt: "7"`
//! becomes nothing with a 200 (opentelemetry-rust #3527). The rules are those of the OTLP specification, "JSON Protobuf
//! Encoding": ids are hex in either case, enums are numbers, 64-bit integers are strings or numbers, bytes are base64, keys
//! are lowerCamelCase, unknown ones are ignored, and `null` is the same as absent.
//!
//! Nesting is bounded by `serde_json`'s limit of 128 levels; [`super::admit`] then applies our own.
//!
//! Here is what the three signals share; each has its messages in a file of its own.

mod logs;
mod metrics;
mod traces;

use std::fmt;
use std::marker::PhantomData;

use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde::Deserialize;
use serde::de::{self, Deserializer, Visitor};

pub(crate) use self::logs::read as logs;
pub(crate) use self::metrics::read as metrics;
pub(crate) use self::traces::read as traces;
use super::common::{self, any_value};
use super::resource;
use crate::ids::bytes_from_hex;

/// A request and whether it held anything that looks like one.
pub(crate) struct JsonRequest<R> {
    pub(crate) request: R,
    /// An object, but without the signal's own list: legal, as unknown fields are ignored, and probably a mistake.
    pub(crate) nothing_recognised: bool,
}

/// Whether an object without the list one expects has anything else in it.
fn has_keys(body: &[u8]) -> bool {
    body.contains(&b'"')
}

/// A message that became its protobuf twin.
fn list<M: Into<P>, P>(messages: Option<Vec<M>>) -> Vec<P> {
    messages.unwrap_or_default().into_iter().map(Into::into).collect()
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
struct Scope {
    name: Option<String>,
    version: Option<String>,
    attributes: Option<Vec<KeyValue>>,
    dropped_attributes_count: Option<Number<u32>>,
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
