//! Events as NATS messages, as the CloudEvents binding for NATS has them
//! (<https://github.com/cloudevents/spec/blob/main/cloudevents/bindings/nats-protocol-binding.md>).
//!
//! Written in binary mode: attributes are headers `ce-…`, that of the media type too, the data is the payload. `content-type` says
//! only that a message is in structured mode; where another program gives the media type by it, it is understood. What binary
//! mode would lose (data of no bytes, extensions that are no texts) is written in structured mode. Both are read, and what is no
//! CloudEvent is told as one that says where it was found: a message of another program is never stuck or lost.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use async_nats::{HeaderMap, HeaderName};
use bytes::Bytes;

use crate::event::{Event, Extension, check_extension_name, event_from_json, event_to_json};

/// The media type of structured mode.
const STRUCTURED: &str = "application/cloudevents+json";
/// What such media types begin with, whatever the format.
const ANY_STRUCTURED: &str = "application/cloudevents";
/// The type of a message that is no CloudEvent.
const FOREIGN: &str = "nats.message";

/// Headers and payload of an event.
pub(super) fn write(event: &Event) -> (HeaderMap, Bytes) {
    let mut headers = HeaderMap::new();
    if !fits_binary(event) {
        headers.insert("content-type", STRUCTURED);
        return (headers, Bytes::from(event_to_json(event)));
    }
    headers.insert("ce-specversion", "1.0");
    let mut set = |name: &str, value: &str| headers.insert(format!("ce-{name}").as_str(), encoded(value));
    set("id", &event.id);
    set("source", &event.source);
    set("type", &event.event_type);
    let optional = [
        ("subject", &event.subject),
        ("time", &event.time),
        ("datacontenttype", &event.content_type),
        ("dataschema", &event.schema),
    ];
    for (name, value) in optional {
        if let Some(value) = value {
            set(name, value);
        }
    }
    for (name, value) in &event.extensions {
        set(name, &value.to_text());
    }
    (headers, event.data.clone().unwrap_or_default())
}

fn fits_binary(event: &Event) -> bool {
    event.data.as_ref().is_none_or(|data| !data.is_empty())
        && event.extensions.values().all(|value| matches!(value, Extension::Text(_)))
}

fn is_structured(media: &str) -> bool {
    media.to_ascii_lowercase().starts_with(ANY_STRUCTURED)
}

/// The event of a message; `place` is what names it if it does not name itself.
pub(super) fn read(headers: Option<&HeaderMap>, payload: &Bytes, subject: &str, place: u64) -> Event {
    let mut named = BTreeMap::new();
    for (name, values) in headers.into_iter().flat_map(HeaderMap::iter) {
        if let Some(value) = values.last() {
            named.insert(<HeaderName as AsRef<str>>::as_ref(name).to_ascii_lowercase(), value.as_str());
        }
    }
    let content_type = named.get("content-type").copied();
    if content_type.is_some_and(is_structured)
        && let Ok(event) = event_from_json(payload)
    {
        return event;
    }
    let mut event = Event {
        id: place.to_string(),
        source: format!("nats:{subject}"),
        event_type: FOREIGN.to_owned(),
        content_type: content_type.map(str::to_owned),
        data: (!payload.is_empty()).then(|| payload.clone()),
        ..Event::default()
    };
    for (name, value) in named.iter().filter_map(|(name, value)| Some((name.strip_prefix("ce-")?, *value))) {
        let value = decoded(value);
        match name {
            "specversion" | "data" | "data_base64" => {}
            _ if value.is_empty() => {}
            "datacontenttype" => event.content_type = Some(value),
            "id" => event.id = value,
            "source" => event.source = value,
            "type" => event.event_type = value,
            "subject" => event.subject = Some(value),
            "time" => event.time = Some(value),
            "dataschema" => event.schema = Some(value),
            _ if check_extension_name(name).is_ok() => {
                event.extensions.insert(name.to_owned(), Extension::Text(value));
            }
            _ => {}
        }
    }
    event
}

/// About the bytes that headers take in a message.
pub(super) fn header_size(headers: &HeaderMap) -> usize {
    let one = |(name, values): (&HeaderName, &Vec<async_nats::HeaderValue>)| {
        let name: &str = name.as_ref();
        values.iter().map(|value| name.len() + value.as_str().len() + 4).sum::<usize>()
    };
    headers.iter().map(one).sum::<usize>() + 16
}

/// A header's value: what is no printable ASCII, blanks, `"` and `%` by their bytes (HTTP binding, §3.1.3.2, which that for NATS
/// follows).
fn encoded(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    for byte in value.bytes() {
        if byte.is_ascii_graphic() && !matches!(byte, b'"' | b'%') {
            text.push(char::from(byte));
        } else {
            // Writing to a text does not fail.
            let _ = write!(text, "%{byte:02X}");
        }
    }
    text
}

/// What was encoded; what is not well encoded stays as it is.
pub(super) fn decoded(value: &str) -> String {
    let mut bytes = Vec::with_capacity(value.len());
    let mut rest = value.as_bytes();
    while let [first, after @ ..] = rest {
        let pair = after.get(..2).and_then(|pair| std::str::from_utf8(pair).ok());
        let is_pair = pair.is_some_and(|pair| pair.bytes().all(|byte| byte.is_ascii_hexdigit()));
        if *first == b'%'
            && is_pair
            && let Some(byte) = pair.and_then(|pair| u8::from_str_radix(pair, 16).ok())
        {
            bytes.push(byte);
            rest = &after[2..];
        } else {
            bytes.push(*first);
            rest = after;
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|_| value.to_owned())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test says what did not work")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn event() -> Event {
        Event {
            id: "7".to_owned(),
            source: "/shop".to_owned(),
            event_type: "order.placed".to_owned(),
            content_type: Some("application/json".to_owned()),
            data: Some(Bytes::from_static(b"{}")),
            ..Event::default()
        }
    }

    fn there_and_back(event: &Event) -> Event {
        let (headers, payload) = write(event);
        read(Some(&headers), &payload, "thalweg.orders.0", 1)
    }

    /// The example of the HTTP binding, §3.1.3.2.
    #[test]
    fn values_are_encoded_as_the_binding_says() {
        assert_eq!(encoded("Euro € 😀"), "Euro%20%E2%82%AC%20%F0%9F%98%80");
        assert_eq!(decoded("Euro%20%E2%82%AC%20%F0%9F%98%80"), "Euro € 😀");
        assert_eq!(decoded("100%"), "100%");
        assert_eq!(decoded("%+1%zz"), "%+1%zz");
    }

    #[test]
    fn what_headers_would_lose_is_written_as_a_whole() {
        let mut odd = event();
        odd.extensions.insert("count".to_owned(), Extension::Number(3));
        odd.extensions.insert("late".to_owned(), Extension::Flag(true));
        let empty = Event { data: Some(Bytes::new()), content_type: None, ..event() };
        let none = Event { data: None, ..event() };
        for event in [odd, empty, none, event()] {
            assert_eq!(there_and_back(&event), event);
        }
    }

    #[test]
    fn what_is_no_event_says_where_it_was_found() {
        let told = read(None, &Bytes::from_static(b"hello"), "thalweg.orders.0", 12);
        assert_eq!((&*told.id, &*told.source, &*told.event_type), ("12", "nats:thalweg.orders.0", FOREIGN));
        assert_eq!(told.data.as_deref(), Some(&b"hello"[..]));
        told.check(crate::MAX_EVENT_BYTES).unwrap();
    }

    proptest! {
        #[test]
        fn texts_come_back_as_they_were(id in "\\PC{1,20}", subject in "\\PC{1,20}", key in "\\PC{1,20}", data: Vec<u8>) {
            let mut event = event();
            event.id = id;
            event.subject = Some(subject);
            event.extensions.insert("partitionkey".to_owned(), Extension::Text(key));
            event.data = Some(Bytes::from(data));
            if event.data.as_ref().is_some_and(|data| !data.is_empty()) {
                prop_assert_eq!(there_and_back(&event), event);
            }
        }

        #[test]
        fn any_header_and_payload_is_an_event(name in "(ce-)?[a-z]{0,6}", value in "[ -~]{0,30}", data: Vec<u8>) {
            let mut headers = HeaderMap::new();
            if !name.is_empty() {
                headers.insert(name.as_str(), value.as_str());
            }
            let told = read(Some(&headers), &Bytes::from(data), "thalweg.orders.0", 1);
            prop_assert!(!told.id.is_empty() && !told.source.is_empty() && !told.event_type.is_empty());
        }
    }
}
