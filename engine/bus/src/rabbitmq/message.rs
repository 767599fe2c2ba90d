//! Events as messages, and the story that a message carries.
//!
//! There is no CloudEvents binding for AMQP 0-9-1; that of AMQP 1.0 is used
//! (<https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/amqp-protocol-binding.md>), in binary mode: data is the
//! body, `datacontenttype` the property `content-type`, all else headers with the prefix `cloudEvents_`. The specification allows
//! `cloudEvents:` too and prefers this one; both are read, and so is structured mode. RabbitMQ gives AMQP 1.0 clients such headers
//! as application properties (<https://www.rabbitmq.com/docs/conversions>), so for them it is that binding.
//!
//! Headers that begin with `x-thalweg-` are ours: how often an event failed and why, when it was published.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use lapin::BasicProperties;
use lapin::types::{AMQPValue, FieldTable, ShortString};
use serde::{Deserialize, Serialize};

use super::names::short;
use crate::broker::Attempt;
use crate::event::{Event, EventError, Extension, check_extension_name, event_from_json, event_to_json};

const PREFIX: &str = "cloudEvents_";
const OTHER_PREFIX: &str = "cloudEvents:";
/// Both structured mode and batches, which AMQP has none of.
const STRUCTURED: &str = "application/cloudevents";
const STRUCTURED_JSON: &str = "application/cloudevents+json; charset=UTF-8";

const STORY: &str = "x-thalweg-story";
const STORED: &str = "x-thalweg-stored-ms";
/// Data that is there and has no bytes; a body without bytes is no data otherwise.
const EMPTY: &str = "x-thalweg-empty";

/// On the disk before it is confirmed (AMQP 0-9-1, `delivery-mode`).
const PERSISTENT: u8 = 2;

/// The most attempts that are told one by one. Headers must fit into one frame of 128 KiB, and attributes may take 64 of them.
const TOLD: usize = 20;
/// The longest reason that is told, in bytes.
const REASON: usize = 500;

/// A message on its way.
#[derive(Debug, Clone)]
pub(super) struct Message {
    pub(super) properties: BasicProperties,
    pub(super) body: Bytes,
}

/// What became of a message so far.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Story {
    /// Failed attempts since it was published or redriven.
    pub(super) failures: u32,
    /// How long it waited the last time.
    pub(super) delay_ms: u64,
    /// When its next attempt is due, milliseconds since 1970.
    pub(super) due_ms: u64,
    attempts: Vec<Tried>,
    /// All failed attempts, those left out included.
    pub(super) attempt_count: u32,
    /// Why it was given up; empty while it was not.
    pub(super) reason: String,
    /// Its number among the dead letters.
    pub(super) number: u64,
    pub(super) dead_ms: u64,
    pub(super) redriven: u32,
}

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
struct Tried {
    ended_ms: u64,
    reason: String,
}

impl Story {
    pub(super) fn add(&mut self, ended_ms: u64, reason: &str) {
        if self.attempts.len() >= TOLD {
            self.attempts.remove(0);
        }
        self.attempts.push(Tried { ended_ms, reason: shortened(reason) });
        self.attempt_count = self.attempt_count.saturating_add(1);
        self.failures = self.failures.saturating_add(1);
    }

    /// As it goes on when it is given to its group again: tried anew, with what happened before in memory.
    pub(super) fn given_again(&self) -> Self {
        Self {
            attempts: self.attempts.clone(),
            attempt_count: self.attempt_count,
            redriven: self.redriven.saturating_add(1),
            ..Self::default()
        }
    }

    pub(super) fn last_reason(&self) -> &str {
        self.attempts.last().map_or("", |attempt| &attempt.reason)
    }

    pub(super) fn attempts(&self) -> Vec<Attempt> {
        let attempt = |tried: &Tried| Attempt { ended_ms: tried.ended_ms, reason: tried.reason.clone() };
        self.attempts.iter().map(attempt).collect()
    }
}

/// Without control characters, which JSON writes with six bytes each.
fn shortened(reason: &str) -> String {
    let mut out = String::new();
    for c in reason.chars().map(|c| if c.is_control() { ' ' } else { c }) {
        if out.len() + c.len_utf8() > REASON {
            out.push('…');
            break;
        }
        out.push(c);
    }
    out
}

impl Message {
    /// An event that is published now.
    pub(super) fn of(event: &Event, stored_ms: u64) -> Result<Self, EventError> {
        let mut headers = BTreeMap::new();
        let mut put = |name: &str, value: AMQPValue| headers.insert(short(name), value);
        put(STORED, AMQPValue::LongLongInt(i64::try_from(stored_ms).unwrap_or(i64::MAX)));
        let content_type = event.content_type.as_deref();
        let (body, content_type) = if content_type.is_some_and(is_structured) {
            // Such data would be taken for an event: it is one within another, which only structured mode can tell.
            (Bytes::from(event_to_json(event)), Some(STRUCTURED_JSON))
        } else {
            put_attributes(event, &mut put);
            if event.data.as_ref().is_some_and(Bytes::is_empty) {
                put(EMPTY, AMQPValue::Boolean(true));
            }
            (event.data.clone().unwrap_or_default(), content_type)
        };
        let mut properties = BasicProperties::default()
            .with_delivery_mode(PERSISTENT)
            .with_headers(FieldTable::from(headers))
            .with_timestamp(stored_ms / 1000);
        if let Ok(id) = ShortString::try_new(event.id.clone()) {
            properties = properties.with_message_id(id);
        }
        if let Some(content_type) = content_type {
            let content_type = ShortString::try_new(content_type).map_err(|_| {
                EventError::new(
                    "datacontenttype",
                    "`datacontenttype` has more than 255 bytes; RabbitMQ has no room for it",
                )
            })?;
            properties = properties.with_content_type(content_type);
        }
        Ok(Self { properties, body })
    }

    /// The event in it.
    pub(super) fn event(&self) -> Result<Event, EventError> {
        let content_type = self.properties.content_type().as_ref().map(ShortString::as_str);
        if content_type.is_some_and(is_structured) {
            return event_from_json(&self.body);
        }
        let headers = self.properties.headers().as_ref();
        let prefix = if headers.is_some_and(|headers| headers.contains_key("cloudEvents:specversion")) {
            OTHER_PREFIX
        } else {
            PREFIX
        };
        let mut event = Event { content_type: content_type.map(str::to_owned), ..Event::default() };
        let mut version = None;
        for (name, value) in headers.into_iter().flatten() {
            let Some(name) = name.as_str().strip_prefix(prefix) else { continue };
            match name {
                "specversion" => version = Some(text(name, value)?),
                "id" => event.id = text(name, value)?,
                "source" => event.source = text(name, value)?,
                "type" => event.event_type = text(name, value)?,
                "subject" => event.subject = Some(text(name, value)?),
                "time" => event.time = Some(text(name, value)?),
                "dataschema" => event.schema = Some(text(name, value)?),
                _ => {
                    check_extension_name(name)?;
                    event.extensions.insert(name.to_owned(), extension(name, value)?);
                }
            }
        }
        match version.as_deref() {
            Some("1.0") => {}
            Some(other) => {
                let detail = format!("`specversion` is `{}`; 1.0 is understood", shortened(other));
                return Err(EventError::new("specversion", detail));
            }
            None => {
                let detail = format!("the message is no CloudEvent: it has no header `{PREFIX}specversion`");
                return Err(EventError::new("specversion", detail));
            }
        }
        let is_empty_data = headers.is_some_and(|headers| headers.contains_key(EMPTY));
        event.data = (is_empty_data || !self.body.is_empty()).then(|| self.body.clone());
        Ok(event)
    }

    /// What is shown of a message that is no event.
    pub(super) fn as_is(&self) -> Event {
        let text =
            |value: &Option<ShortString>, or: &str| value.as_ref().map_or_else(|| or.to_owned(), ToString::to_string);
        Event {
            id: text(self.properties.message_id(), "unknown"),
            source: "/rabbitmq".to_owned(),
            event_type: text(self.properties.kind(), "rabbitmq.message"),
            content_type: Some(text(self.properties.content_type(), "application/octet-stream")),
            data: Some(self.body.clone()),
            ..Event::default()
        }
    }

    /// When it was published, milliseconds since 1970; 0 if it does not say.
    pub(super) fn stored_ms(&self) -> u64 {
        let headers = self.properties.headers().as_ref();
        let exact = headers.and_then(|headers| headers.inner().get(STORED)).and_then(AMQPValue::as_long_long_int);
        let exact = exact.and_then(|ms| u64::try_from(ms).ok());
        exact.unwrap_or_else(|| self.properties.timestamp().map_or(0, |seconds| seconds.saturating_mul(1000)))
    }

    /// The story so far; that of a message which has none, or none that can be read, begins now.
    pub(super) fn story(&self) -> Story {
        let headers = self.properties.headers().as_ref();
        match headers.and_then(|headers| headers.inner().get(STORY)) {
            Some(AMQPValue::LongString(story)) => serde_json::from_slice(story.as_bytes()).unwrap_or_default(),
            _ => Story::default(),
        }
    }

    /// The same with another story, as it was published otherwise: without a time to live and a user, which hold for one
    /// publisher, and without what RabbitMQ notes of ways that are gone.
    pub(super) fn with_story(&self, story: &Story) -> Self {
        let old = &self.properties;
        let mut headers = old.headers().clone().unwrap_or_default().inner().clone();
        headers.retain(|name, _| !name.as_str().starts_with("x-death") && !name.as_str().starts_with("x-first-death"));
        headers.retain(|name, _| !name.as_str().starts_with("x-last-death"));
        // A story is numbers and texts: it can be written.
        let story = serde_json::to_vec(story).unwrap_or_default();
        headers.insert(short(STORY), AMQPValue::LongString(story.into()));
        let mut properties =
            BasicProperties::default().with_delivery_mode(PERSISTENT).with_headers(FieldTable::from(headers));
        if let Some(value) = old.content_type() {
            properties = properties.with_content_type(value.clone());
        }
        if let Some(value) = old.content_encoding() {
            properties = properties.with_content_encoding(value.clone());
        }
        if let Some(value) = old.correlation_id() {
            properties = properties.with_correlation_id(value.clone());
        }
        if let Some(value) = old.reply_to() {
            properties = properties.with_reply_to(value.clone());
        }
        if let Some(value) = old.message_id() {
            properties = properties.with_message_id(value.clone());
        }
        if let Some(value) = old.timestamp() {
            properties = properties.with_timestamp(*value);
        }
        if let Some(value) = old.kind() {
            properties = properties.with_type(value.clone());
        }
        if let Some(value) = old.app_id() {
            properties = properties.with_app_id(value.clone());
        }
        Self { properties, body: self.body.clone() }
    }
}

fn put_attributes(event: &Event, put: &mut impl FnMut(&str, AMQPValue) -> Option<AMQPValue>) {
    let mut attribute = |name: &str, value: AMQPValue| put(&format!("{PREFIX}{name}"), value);
    let long = |text: &str| AMQPValue::LongString(text.into());
    attribute("specversion", long("1.0"));
    attribute("id", long(&event.id));
    attribute("source", long(&event.source));
    attribute("type", long(&event.event_type));
    for (name, value) in [("subject", &event.subject), ("time", &event.time), ("dataschema", &event.schema)] {
        if let Some(value) = value {
            attribute(name, long(value));
        }
    }
    for (name, value) in &event.extensions {
        let value = match value {
            Extension::Text(text) => long(text),
            Extension::Number(number) => AMQPValue::LongInt(*number),
            Extension::Flag(flag) => AMQPValue::Boolean(*flag),
        };
        attribute(name, value);
    }
}

fn is_structured(content_type: &str) -> bool {
    content_type.get(..STRUCTURED.len()).is_some_and(|start| start.eq_ignore_ascii_case(STRUCTURED))
}

fn text(name: &str, value: &AMQPValue) -> Result<String, EventError> {
    match extension(name, value)? {
        Extension::Text(text) => Ok(text),
        other => Ok(other.to_text()),
    }
}

fn extension(name: &str, value: &AMQPValue) -> Result<Extension, EventError> {
    let number = |number: i64| match i32::try_from(number) {
        Ok(number) => Extension::Number(number),
        Err(_) => Extension::Text(number.to_string()),
    };
    let wrong = |what: &str| Err(EventError::new(name, format!("the header of `{name}` {what}")));
    Ok(match value {
        AMQPValue::Boolean(flag) => Extension::Flag(*flag),
        AMQPValue::ShortShortInt(value) => number((*value).into()),
        AMQPValue::ShortShortUInt(value) => number((*value).into()),
        AMQPValue::ShortInt(value) => number((*value).into()),
        AMQPValue::ShortUInt(value) => number((*value).into()),
        AMQPValue::LongInt(value) => number((*value).into()),
        AMQPValue::LongUInt(value) => number((*value).into()),
        AMQPValue::LongLongInt(value) => number(*value),
        AMQPValue::ShortString(text) => Extension::Text(text.to_string()),
        AMQPValue::LongString(text) => match std::str::from_utf8(text.as_bytes()) {
            Ok(text) => Extension::Text(text.to_owned()),
            Err(_) => return wrong("is no UTF-8"),
        },
        AMQPValue::ByteArray(bytes) => Extension::Text(STANDARD.encode(bytes.as_slice())),
        AMQPValue::Timestamp(seconds) => {
            let time = i64::try_from(*seconds).ok().and_then(|seconds| jiff::Timestamp::from_second(seconds).ok());
            match time {
                Some(time) => Extension::Text(time.to_string()),
                None => return wrong("is no time of this calendar"),
            }
        }
        _ => return wrong("is neither a text, nor a time, nor true or false, nor a whole number"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event() -> Event {
        Event {
            id: "7".to_owned(),
            source: "/tests".to_owned(),
            event_type: "order.placed".to_owned(),
            ..Event::default()
        }
    }

    fn again(event: &Event) -> Result<Event, EventError> {
        Message::of(event, 1_700_000_000_123)?.event()
    }

    #[test]
    fn an_event_comes_back_as_it_was() {
        let mut full = Event {
            subject: Some("größer".to_owned()),
            time: Some("2026-01-31T12:00:00.5Z".to_owned()),
            content_type: Some("application/json".to_owned()),
            schema: Some("https://example.com/order.json".to_owned()),
            data: Some(Bytes::from_static(b"{\"a\":1}")),
            ..event()
        };
        let extensions = [
            ("tier", Extension::Text("gold".to_owned())),
            ("count", Extension::Number(-3)),
            ("late", Extension::Flag(true)),
        ];
        full.extensions.extend(extensions.map(|(name, value)| (name.to_owned(), value)));
        assert_eq!(again(&full), Ok(full.clone()));
        assert_eq!(again(&event()), Ok(event()));
        let empty = Event { data: Some(Bytes::new()), ..event() };
        assert_eq!(again(&empty), Ok(empty));
        // An event as the data of another.
        let inner = Event { content_type: Some("application/cloudevents+json".to_owned()), ..full };
        assert_eq!(again(&inner), Ok(inner));
    }

    /// The example of the binding, §3.1.4, with headers in the place of application properties, and §3.2.
    #[test]
    fn what_others_write_is_read() {
        let header = |(name, value): (&str, &str)| (short(name), AMQPValue::LongString(value.into()));
        let headers = BTreeMap::from(
            [
                ("cloudEvents:specversion", "1.0"),
                ("cloudEvents:type", "com.example.someevent"),
                ("cloudEvents:time", "2018-04-05T03:56:24Z"),
                ("cloudEvents:id", "1234-1234-1234"),
                ("cloudEvents:source", "/mycontext/subcontext"),
                ("unrelated", "yes"),
            ]
            .map(header),
        );
        let properties = BasicProperties::default()
            .with_content_type("application/json; charset=utf-8".into())
            .with_headers(FieldTable::from(headers));
        let read = Message { properties, body: Bytes::from_static(b"{}") }.event();
        let expected = Event {
            id: "1234-1234-1234".to_owned(),
            source: "/mycontext/subcontext".to_owned(),
            event_type: "com.example.someevent".to_owned(),
            time: Some("2018-04-05T03:56:24Z".to_owned()),
            content_type: Some("application/json; charset=utf-8".to_owned()),
            data: Some(Bytes::from_static(b"{}")),
            ..Event::default()
        };
        assert_eq!(read, Ok(expected));
        let body = Bytes::from_static(br#"{"specversion":"1.0","id":"7","source":"/tests","type":"order.placed"}"#);
        let properties = BasicProperties::default().with_content_type("application/cloudevents+json".into());
        assert_eq!(Message { properties, body }.event(), Ok(event()));
        let bare = Message { properties: BasicProperties::default(), body: Bytes::from_static(b"hello") };
        assert!(bare.event().is_err_and(|error| error.detail.contains("cloudEvents_specversion")));
        assert_eq!(bare.as_is().check(1000), Ok(()));
    }

    #[test]
    fn a_story_goes_along_and_stays_small() {
        let message = Message::of(&event(), 5).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!((message.story(), message.stored_ms()), (Story::default(), 5));
        let mut story = Story::default();
        for n in 0..100 {
            story.add(n, &"\u{1}\"".repeat(2000));
        }
        let told = message.with_story(&story);
        assert_eq!(told.story(), story);
        assert_eq!((story.failures, story.attempt_count, story.attempts().len()), (100, 100, TOLD));
        assert_eq!(told.event(), Ok(event()));
        assert!(serde_json::to_vec(&story).is_ok_and(|json| json.len() < 32 << 10));
    }
}
