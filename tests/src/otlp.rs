//! OTLP JSON: requests to send, and a form in which traces from different senders can be compared.
//!
//! Mapping of protobuf to JSON: OTLP specification, section "JSON Protobuf Encoding": ids are hexadecimal, 64-bit
//! integers are decimal strings, enums are numbers, names are lowerCamelCase.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::{Value, json};

/// A request with one span of the given ids.
pub fn request(trace_id: &str, span_id: &str, name: &str, start_unix_nano: u64) -> Value {
    json!({ "resourceSpans": [{
        "resource": { "attributes": [{ "key": "service.name", "value": { "stringValue": "tests" } }] },
        "scopeSpans": [{ "scope": { "name": "end-to-end" }, "spans": [{
            "traceId": trace_id, "spanId": span_id, "name": name, "kind": 1,
            "startTimeUnixNano": start_unix_nano.to_string(),
            "endTimeUnixNano": (start_unix_nano + 1_500_000).to_string(),
        }] }]
    }] })
}

/// A request with log records of a service, each as OTLP JSON has it.
pub fn logs(service: &str, records: &[Value]) -> Value {
    json!({ "resourceLogs": [{
        "resource": { "attributes": [{ "key": "service.name", "value": { "stringValue": service } }] },
        "scopeLogs": [{ "scope": { "name": "end-to-end", "version": "1.2" }, "logRecords": records }],
    }] })
}

/// One log record, of a trace and a span unless they are empty.
pub fn log(time_unix_nano: u64, severity: u8, text: &str, trace_id: &str, span_id: &str) -> Value {
    json!({
        "timeUnixNano": time_unix_nano.to_string(), "observedTimeUnixNano": (time_unix_nano + 5).to_string(),
        "severityNumber": severity, "body": { "stringValue": text }, "traceId": trace_id, "spanId": span_id,
    })
}

/// A request with metrics of a service, each as OTLP JSON has it.
pub fn metrics(service: &str, metrics: &[Value]) -> Value {
    json!({ "resourceMetrics": [{
        "resource": { "attributes": [{ "key": "service.name", "value": { "stringValue": service } }] },
        "scopeMetrics": [{ "scope": { "name": "end-to-end" }, "metrics": metrics }],
    }] })
}

/// Attributes of texts.
pub fn texts(pairs: &[(&str, &str)]) -> Value {
    let pair = |(key, value): &(&str, &str)| json!({ "key": key, "value": { "stringValue": value } });
    Value::Array(pairs.iter().map(pair).collect())
}

/// Everything that a sender said about one span, with types kept and order of attributes dropped.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    /// 32 hexadecimal digits.
    pub trace_id: String,
    /// 16 hexadecimal digits.
    pub span_id: String,
    /// The parent's span id; empty for a root.
    pub parent: String,
    /// What was done.
    pub name: String,
    /// The number of its kind.
    pub kind: u64,
    /// Nanoseconds since 1970.
    pub start_unix_nano: u64,
    /// Nanoseconds since 1970.
    pub end_unix_nano: u64,
    /// Its own attributes.
    pub attributes: Attributes,
    /// Time, name and attributes of each event.
    pub events: Vec<(u64, String, Attributes)>,
    /// Trace id, span id, flags and attributes of each link.
    pub links: Vec<(String, String, u64, Attributes)>,
    /// W3C trace flags and whether the parent is remote.
    pub flags: u64,
    /// The W3C tracestate header.
    pub trace_state: String,
    /// Attributes, events and links that the sender left out.
    pub dropped: [u64; 3],
    /// Code and message.
    pub status: (u64, String),
    /// Name and version of the instrumentation scope.
    pub scope: (String, String),
    /// Attributes of what sent it.
    pub resource: Attributes,
}

/// Keys with typed values, written as `int:5`, `string:a`, ….
pub type Attributes = BTreeMap<String, String>;

/// The spans of an OTLP JSON document, ordered by span id.
pub fn spans(document: &Value) -> Result<Vec<Span>> {
    let mut found = Vec::new();
    for resource_spans in list(document, "resourceSpans")? {
        let resource = attributes(&resource_spans["resource"])?;
        for scope_spans in list(resource_spans, "scopeSpans")? {
            let scope = (string(&scope_spans["scope"], "name"), string(&scope_spans["scope"], "version"));
            for span in list(scope_spans, "spans")? {
                found.push(read_span(span, &scope, &resource).with_context(|| format!("in the span {span}"))?);
            }
        }
    }
    found.sort_by(|a, b| a.span_id.cmp(&b.span_id));
    Ok(found)
}

fn read_span(span: &Value, scope: &(String, String), resource: &Attributes) -> Result<Span> {
    let mut events = Vec::new();
    for event in list(span, "events")? {
        events.push((number(event, "timeUnixNano")?, string(event, "name"), attributes(event)?));
    }
    let mut links = Vec::new();
    for link in list(span, "links")? {
        links.push((string(link, "traceId"), string(link, "spanId"), number(link, "flags")?, attributes(link)?));
    }
    Ok(Span {
        trace_id: string(span, "traceId"),
        span_id: string(span, "spanId"),
        parent: string(span, "parentSpanId"),
        name: string(span, "name"),
        kind: number(span, "kind")?,
        start_unix_nano: number(span, "startTimeUnixNano")?,
        end_unix_nano: number(span, "endTimeUnixNano")?,
        attributes: attributes(span)?,
        events,
        links,
        flags: number(span, "flags")?,
        trace_state: string(span, "traceState"),
        dropped: [
            number(span, "droppedAttributesCount")?,
            number(span, "droppedEventsCount")?,
            number(span, "droppedLinksCount")?,
        ],
        status: (number(&span["status"], "code")?, string(&span["status"], "message")),
        scope: scope.clone(),
        resource: resource.clone(),
    })
}

fn attributes(holder: &Value) -> Result<Attributes> {
    let mut found = Attributes::new();
    for attribute in list(holder, "attributes")? {
        let key = string(attribute, "key");
        ensure!(found.insert(key.clone(), typed(&attribute["value"])?).is_none(), "`{key}` stands twice");
    }
    Ok(found)
}

/// An `AnyValue` with its type in words; bytes as base64, as they are in JSON.
fn typed(value: &Value) -> Result<String> {
    let object = value.as_object().context("a value that is not an object")?;
    let Some((kind, content)) = object.iter().next() else { return Ok("empty".into()) };
    Ok(match (kind.as_str(), content) {
        ("stringValue", Value::String(text)) => format!("string:{text}"),
        ("boolValue", Value::Bool(truth)) => format!("bool:{truth}"),
        ("intValue", Value::String(digits)) => format!("int:{}", digits.parse::<i64>()?),
        ("intValue", Value::Number(digits)) => format!("int:{digits}"),
        ("doubleValue", Value::Number(number)) => format!("double:{:?}", number.as_f64()),
        ("doubleValue", Value::String(name)) => format!("double:{name}"),
        ("bytesValue", Value::String(text)) => format!("bytes:{text}"),
        ("arrayValue", array) => {
            let values: Result<Vec<String>> = list(array, "values")?.iter().map(typed).collect();
            format!("array:{:?}", values?)
        }
        ("kvlistValue", pairs) => {
            let pairs: Result<Attributes> =
                list(pairs, "values")?.iter().map(|pair| Ok((string(pair, "key"), typed(&pair["value"])?))).collect();
            format!("map:{:?}", pairs?)
        }
        (kind, content) => bail!("`{kind}` holds {content}"),
    })
}

/// An array; proto3 leaves out what is empty.
fn list<'a>(holder: &'a Value, key: &str) -> Result<&'a [Value]> {
    match &holder[key] {
        Value::Null => Ok(&[]),
        Value::Array(items) => Ok(items),
        other => bail!("`{key}` is {other}, not an array"),
    }
}

fn string(holder: &Value, key: &str) -> String {
    holder[key].as_str().unwrap_or_default().to_owned()
}

/// A number written as number or string; absent means 0, as in proto3.
fn number(holder: &Value, key: &str) -> Result<u64> {
    match &holder[key] {
        Value::Null => Ok(0),
        Value::Number(number) => number.as_u64().with_context(|| format!("`{key}` is {number}")),
        Value::String(digits) => digits.parse().with_context(|| format!("`{key}` is `{digits}`")),
        other => bail!("`{key}` is {other}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_spellings_of_numbers_compare_equal_and_types_do_not() {
        let a = json!({ "resourceSpans": [{ "scopeSpans": [{ "spans": [
            { "spanId": "01", "startTimeUnixNano": "18446744073709551615",
              "attributes": [{ "key": "n", "value": { "intValue": "5" } }] }] }] }] });
        let mut b = a.clone();
        b["resourceSpans"][0]["scopeSpans"][0]["spans"][0]["attributes"][0]["value"] = json!({ "intValue": 5 });
        assert_eq!(spans(&a).unwrap(), spans(&b).unwrap());
        assert_eq!(spans(&a).unwrap()[0].start_unix_nano, u64::MAX);
        b["resourceSpans"][0]["scopeSpans"][0]["spans"][0]["attributes"][0]["value"] = json!({ "stringValue": "5" });
        assert_ne!(spans(&a).unwrap(), spans(&b).unwrap());
    }
}
