//! The JSON format. `data` is taken over as it is written, so that no number loses digits.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{Event, EventError, Extension, check_extension_name, is_json, shown};

/// Reads one event.
pub fn event_from_json(text: &[u8]) -> Result<Event, EventError> {
    let fields: Fields<'_> = serde_json::from_slice(text).map_err(|error| not_json(&error))?;
    event_of(fields.0)
}

/// Reads a JSON array of events (JSON batch format, `application/cloudevents-batch+json`); what is wrong is said of its place.
pub fn events_from_json(text: &[u8]) -> Result<Vec<Event>, EventError> {
    let all: Vec<Fields<'_>> = serde_json::from_slice(text).map_err(|error| not_json(&error))?;
    let one = |(place, fields): (usize, Fields<'_>)| {
        event_of(fields.0).map_err(|error| EventError {
            detail: format!("event {place} of the batch: {}", error.detail),
            attribute: error.attribute,
        })
    };
    all.into_iter().enumerate().map(one).collect()
}

/// Writes one event.
pub fn event_to_json(event: &Event) -> String {
    let mut out = String::with_capacity(256 + event.data.as_ref().map_or(0, Bytes::len));
    out.push_str(r#"{"specversion":"1.0""#);
    let mut member = |name: &str, value: &str| {
        out.push_str(",\"");
        out.push_str(name);
        out.push_str("\":");
        out.push_str(value);
    };
    member("id", &quoted(&event.id));
    member("source", &quoted(&event.source));
    member("type", &quoted(&event.event_type));
    let optional = [
        ("subject", &event.subject),
        ("time", &event.time),
        ("datacontenttype", &event.content_type),
        ("dataschema", &event.schema),
    ];
    for (name, value) in optional {
        if let Some(value) = value {
            member(name, &quoted(value));
        }
    }
    for (name, value) in &event.extensions {
        match value {
            Extension::Text(text) => member(name, &quoted(text)),
            Extension::Number(number) => member(name, &number.to_string()),
            Extension::Flag(flag) => member(name, if *flag { "true" } else { "false" }),
        }
    }
    if let Some(data) = &event.data {
        match written(event, data) {
            Some(value) => member("data", &value),
            None => member("data_base64", &quoted(&STANDARD.encode(data))),
        }
    }
    out.push('}');
    out
}

/// Data as a JSON value, where reading it gives the same bytes again.
fn written(event: &Event, data: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(data).ok()?;
    if event.is_json() {
        // Blanks around a value are not part of it.
        let is_value = text.trim_matches([' ', '\t', '\n', '\r']).len() == text.len()
            && serde_json::from_str::<&RawValue>(text).is_ok();
        return is_value.then(|| text.to_owned());
    }
    let is_text = event.content_type.as_deref().is_some_and(|media| media.starts_with("text/"));
    is_text.then(|| quoted(text))
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn not_json(error: &serde_json::Error) -> EventError {
    EventError::new("", format!("this is not the JSON of an event: {error}"))
}

/// Members in the order of their names, each as written; a name that stands twice is an error.
struct Fields<'a>(BTreeMap<String, &'a RawValue>);

impl<'de> Deserialize<'de> for Fields<'de> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> serde::de::Visitor<'de> for Visitor {
            type Value = Fields<'de>;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a JSON object with the attributes of a CloudEvent")
            }
            fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut fields = BTreeMap::new();
                while let Some((name, value)) = map.next_entry::<String, &'de RawValue>()? {
                    if fields.contains_key(&name) {
                        return Err(serde::de::Error::custom(format!("`{}` stands twice", shown(&name))));
                    }
                    fields.insert(name, value);
                }
                Ok(Fields(fields))
            }
        }
        deserializer.deserialize_map(Visitor)
    }
}

fn event_of(fields: BTreeMap<String, &RawValue>) -> Result<Event, EventError> {
    let mut event = Event::default();
    let (mut version, mut data, mut base64) = (None, None, None);
    for (name, value) in fields {
        // As in protobuf's JSON, a null is as good as nothing (JSON format, §2.2).
        if value.get() == "null" && name != "data" {
            continue;
        }
        match name.as_str() {
            "specversion" => version = Some(text(&name, value)?),
            "id" => event.id = text(&name, value)?,
            "source" => event.source = text(&name, value)?,
            "type" => event.event_type = text(&name, value)?,
            "subject" => event.subject = Some(text(&name, value)?),
            "time" => event.time = Some(text(&name, value)?),
            "datacontenttype" => event.content_type = Some(text(&name, value)?),
            "dataschema" => event.schema = Some(text(&name, value)?),
            "data" => data = Some(value),
            "data_base64" => base64 = Some(text(&name, value)?),
            _ => {
                check_extension_name(&name)?;
                event.extensions.insert(name.clone(), extension(&name, value)?);
            }
        }
    }
    match version.as_deref() {
        Some("1.0") => {}
        Some(other) => {
            let detail = format!("`specversion` is `{}`; 1.0 is understood", shown(other));
            return Err(EventError::new("specversion", detail));
        }
        None => return Err(EventError::new("specversion", "`specversion` is missing; write \"1.0\"")),
    }
    event.data = match (data, base64) {
        (Some(_), Some(_)) => {
            return Err(EventError::new("data", "both `data` and `data_base64`; an event has one of them"));
        }
        (None, Some(encoded)) => {
            let bytes = STANDARD.decode(encoded).map_err(|error| {
                EventError::new("data_base64", format!("`data_base64` is not base 64 of RFC 4648: {error}"))
            })?;
            Some(Bytes::from(bytes))
        }
        (Some(value), None) => Some(data_of(&event, value)),
        (None, None) => None,
    };
    Ok(event)
}

/// A text stands for itself where the data is no JSON (JSON format, §3.1.1).
fn data_of(event: &Event, value: &RawValue) -> Bytes {
    if event.content_type.as_deref().is_some_and(|media| !is_json(media))
        && let Ok(text) = serde_json::from_str::<String>(value.get())
    {
        return Bytes::from(text);
    }
    Bytes::copy_from_slice(value.get().as_bytes())
}

fn text(name: &str, value: &RawValue) -> Result<String, EventError> {
    serde_json::from_str(value.get())
        .map_err(|_| EventError::new(name, format!("`{}` is no text; write it in quotes", shown(name))))
}

fn extension(name: &str, value: &RawValue) -> Result<Extension, EventError> {
    match serde_json::from_str(value.get()) {
        Ok(serde_json::Value::String(text)) => Ok(Extension::Text(text)),
        Ok(serde_json::Value::Bool(flag)) => Ok(Extension::Flag(flag)),
        Ok(serde_json::Value::Number(number)) if number.as_i64().and_then(|n| i32::try_from(n).ok()).is_some() => {
            Ok(Extension::Number(number.as_i64().and_then(|n| i32::try_from(n).ok()).unwrap_or_default()))
        }
        _ => Err(EventError::new(
            name,
            format!("the extension `{name}` is neither a text, nor true or false, nor a whole number of 32 bits"),
        )),
    }
}
