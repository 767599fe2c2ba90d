//! A span of a stored trace as a filter sees it.

use std::cell::OnceCell;

use thalweg_spans::filter::{Field, Fields, Scalar, Scope, SpanRow, Values};

use crate::ids::hex;
use crate::model::{Attributes, Span, SpanKind, StatusCode, Trace, Value, attribute};

/// The spans of a trace, ready to be asked.
pub(super) struct Rows<'a>(Vec<Row<'a>>);

/// A trace's start, nanoseconds since 1970, and length: what a list shows of it.
fn times(trace: &Trace) -> (u64, u64) {
    let starts = trace.spans.iter().map(|span| span.start_unix_nano).filter(|start| *start != 0);
    let start = starts.min().unwrap_or(0);
    let end = trace.spans.iter().map(|span| span.end_unix_nano.max(span.start_unix_nano)).max().unwrap_or(0);
    (start, end.saturating_sub(start))
}

impl<'a> Rows<'a> {
    pub(super) fn of(trace: &'a Trace) -> Self {
        let times = times(trace);
        let row = |span: &'a Span| Row {
            trace,
            times,
            span,
            id: OnceCell::new(),
            trace_id: OnceCell::new(),
            digits: OnceCell::new(),
        };
        Rows(trace.spans.iter().map(row).collect())
    }

    pub(super) fn as_slice(&self) -> &[Row<'a>] {
        &self.0
    }
}

/// One span. What is no text in the trace becomes one when it is asked for.
pub(super) struct Row<'a> {
    trace: &'a Trace,
    times: (u64, u64),
    span: &'a Span,
    id: OnceCell<String>,
    trace_id: OnceCell<String>,
    /// Values that are bytes, with their digits.
    digits: OnceCell<Vec<(&'a [u8], String)>>,
}

impl<'a> Row<'a> {
    fn resource(&self) -> Option<&'a Attributes> {
        self.trace.resources.get(self.span.resource).map(|resource| &resource.attributes)
    }

    /// Every list of attributes that belongs to the span.
    fn lists(&self) -> impl Iterator<Item = &'a Attributes> {
        let span = self.span;
        std::iter::once(&span.attributes)
            .chain(self.resource())
            .chain(span.events.iter().map(|event| &event.attributes))
            .chain(span.links.iter().map(|link| &link.attributes))
    }

    fn value<'s>(&'s self, value: Option<&'a Value>) -> Values<'s> {
        let Some(value) = value else { return Values::None };
        let mut found = Vec::new();
        self.scalars(value, &mut found);
        if let [one] = found[..] { Values::One(one) } else { Values::Many(found) }
    }

    fn scalars<'s>(&'s self, value: &'a Value, found: &mut Vec<Scalar<'s>>) {
        scalars(value, &|bytes| self.digits_of(bytes), found);
    }

    fn digits_of(&self, bytes: &[u8]) -> &str {
        let all = self.digits.get_or_init(|| {
            let mut found = Vec::new();
            self.lists().flatten().for_each(|(_, value)| gather_bytes(value, &mut found));
            found
        });
        all.iter().find(|(known, _)| *known == bytes).map_or("", |(_, digits)| digits)
    }

    fn anywhere(&self) -> Values<'_> {
        let span = self.span;
        let mut found = vec![Scalar::Text(self.trace.service(span)), Scalar::Text(&span.name)];
        if !span.status.message.is_empty() {
            found.push(Scalar::Text(&span.status.message));
        }
        found.extend(span.events.iter().map(|event| Scalar::Text(&event.name)));
        self.lists().flatten().for_each(|(_, value)| self.scalars(value, &mut found));
        Values::Many(found)
    }
}

/// A value's own values, one or several; of bytes their digits. The receiver bounds how deep values nest.
pub(crate) fn scalars<'s>(value: &'s Value, digits_of: &impl Fn(&[u8]) -> &'s str, found: &mut Vec<Scalar<'s>>) {
    match value {
        Value::String(text) => found.push(Scalar::Text(text)),
        Value::Bool(truth) => found.push(Scalar::Bool(*truth)),
        Value::Int(number) => found.push(Scalar::Integer(*number)),
        Value::Double(number) => found.push(Scalar::Number(*number)),
        Value::Bytes(bytes) => found.push(Scalar::Text(digits_of(bytes))),
        Value::Array(values) if !values.is_empty() => {
            for value in values {
                scalars(value, digits_of, found);
            }
        }
        Value::Map(entries) if !entries.is_empty() => {
            for (_, value) in entries {
                scalars(value, digits_of, found);
            }
        }
        Value::Empty | Value::Array(_) | Value::Map(_) => found.push(Scalar::Other),
    }
}

/// The values that are bytes, with their digits.
pub(crate) fn gather_bytes<'a>(value: &'a Value, found: &mut Vec<(&'a [u8], String)>) {
    match value {
        Value::Bytes(bytes) => found.push((bytes, hex(bytes))),
        Value::Array(values) => values.iter().for_each(|value| gather_bytes(value, found)),
        Value::Map(entries) => entries.iter().for_each(|(_, value)| gather_bytes(value, found)),
        _ => {}
    }
}

fn text(text: &str) -> Values<'_> {
    if text.is_empty() { Values::None } else { Values::One(Scalar::Text(text)) }
}

impl Fields for Row<'_> {
    fn get(&self, field: &Field) -> Values<'_> {
        let span = self.span;
        match field {
            Field::Service => Values::One(Scalar::Text(self.trace.service(span))),
            Field::Name => Values::One(Scalar::Text(&span.name)),
            Field::Duration => Values::One(Scalar::Duration(span.duration_nanos())),
            Field::Start => Values::One(Scalar::Duration(span.start_unix_nano)),
            Field::TraceStart => Values::One(Scalar::Duration(self.times.0)),
            Field::TraceDuration => Values::One(Scalar::Duration(self.times.1)),
            Field::Status => Values::One(Scalar::Text(status(span.status.code))),
            Field::StatusMessage => text(&span.status.message),
            Field::Kind => Values::One(Scalar::Text(kind(span.kind))),
            Field::TraceId => Values::One(Scalar::Text(self.trace_id.get_or_init(|| self.trace.id.to_string()))),
            Field::SpanId => Values::One(Scalar::Text(self.id.get_or_init(|| span.id.to_string()))),
            Field::ScopeName => self.trace.scopes.get(span.scope).map_or(Values::None, |scope| text(&scope.name)),
            Field::EventName => span.events.iter().map(|event| Scalar::Text(&event.name)).collect(),
            Field::Anywhere => self.anywhere(),
            Field::Attribute(Scope::Any, key) => {
                let own = attribute(&span.attributes, key);
                self.value(own.or_else(|| attribute(self.resource()?, key)))
            }
            Field::Attribute(Scope::Span, key) => self.value(attribute(&span.attributes, key)),
            Field::Attribute(Scope::Resource, key) => {
                self.value(self.resource().and_then(|attributes| attribute(attributes, key)))
            }
            Field::Attribute(scope @ (Scope::Event | Scope::Link), key) => {
                let of_events = span.events.iter().map(|event| &event.attributes);
                let of_links = span.links.iter().map(|link| &link.attributes);
                let mut found = Vec::new();
                let mut take = |attributes| {
                    if let Some(value) = attribute(attributes, key) {
                        self.scalars(value, &mut found);
                    }
                };
                if *scope == Scope::Event {
                    of_events.for_each(&mut take);
                } else {
                    of_links.for_each(&mut take);
                }
                Values::Many(found)
            }
        }
    }
}

impl SpanRow for Row<'_> {
    fn trace_id(&self) -> [u8; 16] {
        self.trace.id.0
    }

    fn span_id(&self) -> [u8; 8] {
        self.span.id.0
    }

    fn parent_id(&self) -> Option<[u8; 8]> {
        self.span.parent.map(|parent| parent.0)
    }

    fn links(&self) -> Vec<([u8; 16], [u8; 8])> {
        let whole = |bytes: &[u8]| <[u8; 16]>::try_from(bytes).ok();
        self.span
            .links
            .iter()
            .filter_map(|link| Some((whole(&link.trace_id)?, <[u8; 8]>::try_from(link.span_id.as_slice()).ok()?)))
            .collect()
    }
}

fn status(code: StatusCode) -> &'static str {
    match code {
        StatusCode::Unset => "unset",
        StatusCode::Ok => "ok",
        StatusCode::Error => "error",
    }
}

fn kind(kind: SpanKind) -> &'static str {
    match kind {
        SpanKind::Unspecified => "unspecified",
        SpanKind::Internal => "internal",
        SpanKind::Server => "server",
        SpanKind::Client => "client",
        SpanKind::Producer => "producer",
        SpanKind::Consumer => "consumer",
    }
}
