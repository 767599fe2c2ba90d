//! An event, as CloudEvents 1.0.2 has it (<https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md>), and its JSON
//! format (<https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md>).
//!
//! Not here: HTTP headers, or how an event is kept.

mod json;

use std::collections::BTreeMap;

use bytes::Bytes;

pub use json::{event_from_json, event_to_json, events_from_json};

/// The greatest event that is taken, its attributes included, unless a broker says otherwise.
pub const MAX_EVENT_BYTES: usize = 1024 * 1024;
/// The most that the attributes of an event may take together.
pub const MAX_ATTRIBUTE_BYTES: usize = 64 * 1024;
/// The most extensions an event may have.
pub const MAX_EXTENSIONS: usize = 64;

/// The extension that says which events keep their order among each other
/// (<https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/extensions/partitioning.md>).
pub const PARTITION_KEY: &str = "partitionkey";

/// One occurrence. Equal `source` and `id` mean the same event.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Event {
    /// Unique within its source.
    pub id: String,
    /// Where it happened, a URI reference.
    pub source: String,
    /// The event type's name, `type` on the wire.
    pub event_type: String,
    /// What in the source it is about.
    pub subject: Option<String>,
    /// When it happened, as RFC 3339 writes it.
    pub time: Option<String>,
    /// The media type of `data`, `datacontenttype` on the wire; none is JSON.
    pub content_type: Option<String>,
    /// Where the schema of `data` is, `dataschema` on the wire.
    pub schema: Option<String>,
    /// Everything else that stands beside the data.
    pub extensions: BTreeMap<String, Extension>,
    /// What it carries, in its own encoding; none and nothing are different things.
    pub data: Option<Bytes>,
}

/// The value of an extension.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Extension {
    /// A text; also how URIs, times and binary values (in base 64) arrive.
    Text(String),
    /// A whole number of 32 bits.
    Number(i32),
    /// True or false.
    Flag(bool),
}

impl Extension {
    /// As a text, in the form of a header.
    pub fn to_text(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Number(number) => number.to_string(),
            Self::Flag(flag) => flag.to_string(),
        }
    }
}

/// Why something is no event.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{detail}")]
pub struct EventError {
    /// The attribute that is wrong, as it is named on the wire; empty when it is the whole.
    pub attribute: String,
    /// What is wrong, and what would be right.
    pub detail: String,
}

impl EventError {
    pub(crate) fn new(attribute: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { attribute: attribute.into(), detail: detail.into() }
    }
}

impl Event {
    /// The key within which order is kept, if it has one.
    pub fn key(&self) -> Option<&str> {
        match self.extensions.get(PARTITION_KEY) {
            Some(Extension::Text(key)) if !key.is_empty() => Some(key),
            _ => None,
        }
    }

    /// Bytes of data and attributes, without what an encoding adds.
    pub fn size(&self) -> usize {
        self.attribute_size() + self.data.as_ref().map_or(0, Bytes::len)
    }

    fn attribute_size(&self) -> usize {
        let optional = [&self.subject, &self.time, &self.content_type, &self.schema];
        let optional: usize = optional.into_iter().flatten().map(String::len).sum();
        let extensions: usize = self.extensions.iter().map(|(name, value)| name.len() + value.size()).sum();
        self.id.len() + self.source.len() + self.event_type.len() + optional + extensions
    }

    /// Whether the data is JSON by its media type (RFC 2046, RFC 6839 §3.1); without one it is.
    pub fn is_json(&self) -> bool {
        self.content_type.as_deref().is_none_or(is_json)
    }

    /// Whether it is an event that can be taken, `most` bytes in all.
    pub fn check(&self, most: usize) -> Result<(), EventError> {
        for (name, value) in [("id", &self.id), ("source", &self.source), ("type", &self.event_type)] {
            if value.is_empty() {
                return Err(EventError::new(name, format!("`{name}` is missing or empty; every event needs one")));
            }
        }
        let texts = [
            ("id", Some(&self.id)),
            ("source", Some(&self.source)),
            ("type", Some(&self.event_type)),
            ("subject", self.subject.as_ref()),
            ("datacontenttype", self.content_type.as_ref()),
            ("dataschema", self.schema.as_ref()),
        ];
        for (name, value) in texts {
            check_text(name, value.map(String::as_str))?;
        }
        for (name, value) in
            [("subject", &self.subject), ("datacontenttype", &self.content_type), ("dataschema", &self.schema)]
        {
            if value.as_ref().is_some_and(String::is_empty) {
                return Err(EventError::new(name, format!("`{name}` is empty; leave it out or give it a value")));
            }
        }
        if let Some(time) = &self.time
            && time.parse::<jiff::Timestamp>().is_err()
        {
            let detail = "`time` is no time of RFC 3339; write it like 2026-01-31T12:00:00Z".to_owned();
            return Err(EventError::new("time", detail));
        }
        if self.extensions.len() > MAX_EXTENSIONS {
            let detail = format!("{} extensions; at most {MAX_EXTENSIONS} are taken", self.extensions.len());
            return Err(EventError::new("", detail));
        }
        for (name, value) in &self.extensions {
            check_extension_name(name)?;
            if let Extension::Text(text) = value {
                check_text(name, Some(text))?;
            }
        }
        let attributes = self.attribute_size();
        if attributes > MAX_ATTRIBUTE_BYTES {
            let detail = format!("the attributes take {attributes} bytes; at most {MAX_ATTRIBUTE_BYTES} are taken");
            return Err(EventError::new("", detail));
        }
        if self.size() > most {
            let detail = format!("the event takes {} bytes; at most {most} are taken", self.size());
            return Err(EventError::new("data", detail));
        }
        Ok(())
    }
}

impl Extension {
    fn size(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::Number(_) => 4,
            Self::Flag(_) => 1,
        }
    }
}

/// Names that the specification gives a meaning: no extension may have them.
const OWN_NAMES: [&str; 10] =
    ["id", "source", "specversion", "type", "subject", "time", "datacontenttype", "dataschema", "data", "data_base64"];

/// Lower-case letters and digits (CloudEvents 1.0.2, "Attribute Naming Convention").
pub(crate) fn check_extension_name(name: &str) -> Result<(), EventError> {
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    if name.is_empty() || name.len() > 64 || !name.bytes().all(fits) || OWN_NAMES.contains(&name) {
        let detail = format!("`{}` is no name for an extension; use up to 64 of a to z and 0 to 9", shown(name));
        return Err(EventError::new(shown(name), detail));
    }
    Ok(())
}

/// No control characters (CloudEvents 1.0.2, "Type System", `String`).
fn check_text(name: &str, value: Option<&str>) -> Result<(), EventError> {
    match value {
        Some(text) if text.chars().any(char::is_control) => {
            Err(EventError::new(name, format!("`{name}` has control characters; they are not allowed in attributes")))
        }
        _ => Ok(()),
    }
}

fn is_json(content_type: &str) -> bool {
    let media = content_type.split(';').next().unwrap_or("").trim().to_ascii_lowercase();
    media == "application/json" || media == "text/json" || media.ends_with("+json")
}

fn shown(name: &str) -> String {
    name.chars().take(64).collect()
}
