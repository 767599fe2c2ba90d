//! The CloudEvents HTTP protocol binding
//! (<https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/http-protocol-binding.md>), with the JSON format in the
//! structured and the batched mode.

use bytes::Bytes;
use hyper::HeaderMap;
use hyper::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use serde_json::value::RawValue;

use super::problem::Problem;
use super::query::percent_decoded;
use crate::event::{Event, EventError, Extension, check_extension_name, event_from_json};

/// Before the name of an attribute in a header's name.
const PREFIX: &str = "ce-";
const STRUCTURED: &str = "application/cloudevents+json";
const BATCH: &str = "application/cloudevents-batch+json";

/// How events come.
enum Mode {
    Binary,
    Structured,
    Batch,
}

/// The events of a request.
pub(super) fn events(headers: &HeaderMap, body: Bytes) -> Result<Vec<Event>, Problem> {
    match mode(headers)? {
        Mode::Binary => binary(headers, body).map(|event| vec![event]),
        Mode::Structured => structured(&body).map(|event| vec![event]),
        Mode::Batch => batch(&body),
    }
}

/// The one event of a request.
pub(super) fn one_event(headers: &HeaderMap, body: Bytes) -> Result<Event, Problem> {
    match mode(headers)? {
        Mode::Binary => binary(headers, body),
        Mode::Structured => structured(&body),
        Mode::Batch => {
            Err(Problem::media_type(format!("this takes one event: send it as {STRUCTURED}, or in ce- headers")))
        }
    }
}

fn mode(headers: &HeaderMap) -> Result<Mode, Problem> {
    let known = || format!("events are taken as {STRUCTURED}, as {BATCH}, or with their attributes in ce- headers");
    let mut types = headers.get_all(CONTENT_TYPE).iter();
    let (first, second) = (types.next(), types.next());
    if second.is_some() {
        return Err(Problem::malformed("the request has several Content-Types"));
    }
    let full = first.map_or("", |value| value.to_str().unwrap_or(""));
    let (media, parameters) = full.split_once(';').unwrap_or((full, ""));
    let media = media.trim().to_ascii_lowercase();
    if !media.starts_with("application/cloudevents") {
        if !headers.keys().any(|name| name.as_str().starts_with(PREFIX)) {
            return Err(Problem::media_type(known()));
        }
        return Ok(Mode::Binary);
    }
    let mode = match media.as_str() {
        STRUCTURED => Mode::Structured,
        BATCH => Mode::Batch,
        other => return Err(Problem::media_type(format!("`{other}` is not known here; {}", known()))),
    };
    let charset = parameters.split(';').find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim().eq_ignore_ascii_case("charset").then(|| value.trim().trim_matches('"'))
    });
    if charset.is_some_and(|charset| !charset.eq_ignore_ascii_case("utf-8")) {
        return Err(Problem::media_type("JSON is UTF-8 (RFC 8259, 8.1): send it so"));
    }
    Ok(mode)
}

fn structured(body: &[u8]) -> Result<Event, Problem> {
    event_from_json(body).map_err(|error| Problem::bad_event(Some(0), error))
}

fn batch(body: &[u8]) -> Result<Vec<Event>, Problem> {
    let all: Vec<&RawValue> = serde_json::from_slice(body).map_err(|error| {
        Problem::bad_event(None, EventError::new("", format!("this is not a JSON array of events: {error}")))
    })?;
    let one = |(place, value): (usize, &RawValue)| {
        event_from_json(value.get().as_bytes()).map_err(|error| {
            let detail = format!("event {place} of the batch: {}", error.detail);
            Problem::bad_event(Some(place), EventError { detail, ..error })
        })
    };
    all.into_iter().enumerate().map(one).collect()
}

fn binary(headers: &HeaderMap, body: Bytes) -> Result<Event, Problem> {
    let wrong = |error| Problem::bad_event(Some(0), error);
    let mut event = Event::default();
    let mut version = None;
    for name in headers.keys() {
        let Some(attribute) = name.as_str().strip_prefix(PREFIX) else { continue };
        let mut values = headers.get_all(name).iter();
        let (value, None) = (values.next().map_or(&b""[..], HeaderValue::as_bytes), values.next()) else {
            return Err(wrong(EventError::new(attribute, format!("the header `{name}` stands twice"))));
        };
        let value = decoded(value).ok_or_else(|| {
            let detail = format!("the header `{name}` is not UTF-8 in percent-encoding; write % as %25");
            wrong(EventError::new(attribute, detail))
        })?;
        match attribute {
            "specversion" => version = Some(value),
            "id" => event.id = value,
            "source" => event.source = value,
            "type" => event.event_type = value,
            "subject" => event.subject = Some(value),
            "time" => event.time = Some(value),
            "dataschema" => event.schema = Some(value),
            "datacontenttype" => {
                let detail =
                    "`datacontenttype` is the header Content-Type; `ce-datacontenttype` must not stand beside it";
                return Err(wrong(EventError::new(attribute, detail)));
            }
            _ => {
                check_extension_name(attribute).map_err(wrong)?;
                event.extensions.insert(attribute.to_owned(), Extension::Text(value));
            }
        }
    }
    match version.as_deref() {
        Some("1.0") => {}
        Some(_) => {
            return Err(wrong(EventError::new(
                "specversion",
                "`ce-specversion` is another than 1.0, which is understood",
            )));
        }
        None => return Err(wrong(EventError::new("specversion", "`ce-specversion` is missing; send 1.0"))),
    }
    if let Some(media) = headers.get(CONTENT_TYPE) {
        let media = std::str::from_utf8(media.as_bytes())
            .map_err(|_| wrong(EventError::new("datacontenttype", "the Content-Type is not UTF-8")))?;
        event.content_type = Some(media.to_owned());
    }
    // An empty body with a type is data of no bytes, one without is no data.
    event.data = (!body.is_empty() || event.content_type.is_some()).then_some(body);
    Ok(event)
}

/// A header's value: first out of its quotes, then once out of its percent-encoding (3.1.3.2).
fn decoded(value: &[u8]) -> Option<String> {
    let value = value.trim_ascii();
    let Some(inner) = value.strip_prefix(b"\"") else { return percent_decoded(value) };
    let (mut out, mut bytes) = (Vec::with_capacity(inner.len()), inner.iter());
    loop {
        match bytes.next()? {
            b'"' => break,
            b'\\' => out.push(*bytes.next()?),
            byte => out.push(*byte),
        }
    }
    if bytes.next().is_some() { None } else { percent_decoded(&out) }
}

/// An event's attributes as headers, in the binary mode.
pub(super) fn headers_of(event: &Event) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let mut put = |name: &str, value: &str| {
        // Names of attributes are letters and digits, and what is encoded is printable: both always fit.
        let name = HeaderName::from_bytes(format!("{PREFIX}{name}").as_bytes());
        if let (Ok(name), Ok(value)) = (name, HeaderValue::from_str(&encoded(value))) {
            headers.insert(name, value);
        }
    };
    put("specversion", "1.0");
    put("id", &event.id);
    put("source", &event.source);
    put("type", &event.event_type);
    for (name, value) in [("subject", &event.subject), ("time", &event.time), ("dataschema", &event.schema)] {
        if let Some(value) = value {
            put(name, value);
        }
    }
    for (name, value) in &event.extensions {
        put(name, &value.to_text());
    }
    // Without a type the data is JSON (spec, "datacontenttype"), which HTTP would not guess.
    let media = event.content_type.as_deref().or(event.data.as_ref().map(|_| "application/json"));
    if let Some(media) = media.and_then(|media| HeaderValue::from_bytes(media.as_bytes()).ok()) {
        headers.insert(CONTENT_TYPE, media);
    }
    headers
}

/// Blank, `"`, `%` and whatever is not printable ASCII (3.1.3.2).
fn encoded(text: &str) -> String {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if matches!(byte, 0x21..=0x7e) && !matches!(byte, b'"' | b'%') {
            out.push(char::from(byte));
        } else {
            out.push('%');
            out.push(char::from(DIGITS[usize::from(byte >> 4)]));
            out.push(char::from(DIGITS[usize::from(byte & 15)]));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The specification's own examples.
    #[test]
    fn header_values_are_coded_as_the_binding_says() {
        assert_eq!(encoded("Euro € 😀"), "Euro%20%E2%82%AC%20%F0%9F%98%80");
        assert_eq!(decoded(b"Euro%20%e2%82%ac%20%F0%9F%98%80").unwrap(), "Euro € 😀");
        assert_eq!(decoded(b"%C0%A0"), None);
        // Older senders quote; unnecessary encoding is taken; one round only.
        assert_eq!(decoded(br#""a \"b\" c""#).unwrap(), r#"a "b" c"#);
        assert_eq!(decoded(b"%41%2541").unwrap(), "A%41");
        for broken in [&b"100%"[..], b"%+1", b"\"open", b"\"a\"b", b"\"a\\", b"\xff"] {
            assert_eq!(decoded(broken), None, "{broken:?}");
        }
    }

    proptest! {
        #[test]
        fn every_text_comes_back(text: String) {
            prop_assert_eq!(decoded(encoded(&text).as_bytes()), Some(text));
        }

        #[test]
        fn nothing_makes_decoding_panic(bytes: Vec<u8>) {
            decoded(&bytes);
        }
    }
}
