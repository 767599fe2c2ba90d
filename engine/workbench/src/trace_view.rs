//! Traces as the types that cross to the faces.

use std::fmt::Write;

use thalweg_protocol::{
    TraceRow, TraceSummary, TraceView,
    limits::{ATTRIBUTE_BYTES, ROWS_PER_TRACE},
    trace::{RowKind, SpanDetail, SpanEvent, SpanLink},
};
use thalweg_telemetry::{Attributes, Row, Span, SpanKind, Trace, Value, waterfall};

/// A line of the list.
pub(crate) fn summary(summary: thalweg_telemetry::TraceSummary) -> TraceSummary {
    TraceSummary {
        trace_id: summary.trace_id.to_string(),
        root: summary.root,
        service: summary.service,
        start_unix_nano: summary.start_unix_nano,
        duration_ms: millis(summary.duration_nanos),
        spans: summary.spans,
        errors: summary.errors,
        services: summary.services,
    }
}

/// The line of a trace that is not in the data file.
pub(crate) fn summary_of(trace: &Trace) -> TraceSummary {
    summary_of_rows(trace, &waterfall(trace))
}

fn summary_of_rows(trace: &Trace, rows: &[Row]) -> TraceSummary {
    let start = first_start(rows);
    let end = rows.iter().map(|row| row.end_unix_nano).max().unwrap_or(start);
    let root = rows.iter().find_map(|row| span_of(trace, row));
    let mut services: Vec<String> = Vec::new();
    for service in rows.iter().filter_map(|row| span_of(trace, row)).map(|span| trace.service(span)) {
        if !services.iter().any(|known| known == service) {
            services.push(service.to_owned());
        }
    }
    TraceSummary {
        trace_id: trace.id.to_string(),
        root: root.map(|span| span.name.clone()).unwrap_or_default(),
        service: root.map(|span| trace.service(span).to_owned()).unwrap_or_default(),
        start_unix_nano: start,
        duration_ms: millis(end.saturating_sub(start)),
        spans: trace.spans.len() as u64,
        errors: trace.spans.iter().filter(|span| span.is_error()).count() as u64,
        services,
    }
}

fn first_start(rows: &[Row]) -> u64 {
    rows.iter().map(|row| row.start_unix_nano).filter(|start| *start > 0).min().unwrap_or(0)
}

/// A trace in the order in which it is drawn.
pub(crate) fn view(trace: &Trace) -> TraceView {
    let rows = waterfall(trace);
    let start = first_start(&rows);
    TraceView {
        summary: summary_of_rows(trace, &rows),
        rows_left_out: rows.len().saturating_sub(ROWS_PER_TRACE) as u64,
        rows: rows
            .iter()
            .enumerate()
            .take(ROWS_PER_TRACE)
            .map(|(index, row)| view_row(trace, &rows, index, row, start))
            .collect(),
    }
}

fn view_row(trace: &Trace, rows: &[Row], index: usize, row: &Row, start: u64) -> TraceRow {
    let span = span_of(trace, row);
    TraceRow {
        kind: kind(row, span),
        depth: row.depth,
        name: cut(&row.label(trace)),
        service: span.map(|span| trace.service(span).to_owned()).unwrap_or_default(),
        start_nano: row.start_unix_nano.saturating_sub(start),
        duration_nano: row.duration_nanos(),
        self_nano: self_nanos(rows, index),
        error: span.is_some_and(Span::is_error),
        descendants: row.descendants as u64,
        span: span.map(|span| Box::new(detail(trace, span, start))),
    }
}

fn span_of<'a>(trace: &'a Trace, row: &Row) -> Option<&'a Span> {
    match row.kind {
        thalweg_telemetry::RowKind::Span(index) => trace.spans.get(index),
        _ => None,
    }
}

fn kind(row: &Row, span: Option<&Span>) -> RowKind {
    match (&row.kind, span.map(|span| span.kind)) {
        (thalweg_telemetry::RowKind::Wait(_), _) => RowKind::Wait,
        (thalweg_telemetry::RowKind::Retry, _) => RowKind::Retry,
        (_, Some(SpanKind::Server)) => RowKind::Server,
        (_, Some(SpanKind::Client)) => RowKind::Client,
        (_, Some(SpanKind::Producer)) => RowKind::Producer,
        (_, Some(SpanKind::Consumer)) => RowKind::Consumer,
        _ => RowKind::Internal,
    }
}

/// A row's time in which none of its direct span children ran. Children are merged as intervals first: two that run side by
/// side take their common time only once.
fn self_nanos(rows: &[Row], index: usize) -> u64 {
    let row = &rows[index];
    let last = (index + row.descendants).min(rows.len() - 1);
    let mut children: Vec<(u64, u64)> = Vec::new();
    let mut next = index + 1;
    // From child to child: looking at every descendant would take quadratic time on a deep trace.
    while next <= last {
        let child = &rows[next];
        if matches!(child.kind, thalweg_telemetry::RowKind::Span(_)) {
            let (start, end) =
                (child.start_unix_nano.max(row.start_unix_nano), child.end_unix_nano.min(row.end_unix_nano));
            if start < end {
                children.push((start, end));
            }
        }
        next += child.descendants + 1;
    }
    children.sort_unstable();
    let (mut covered, mut until) = (0, row.start_unix_nano);
    for (start, end) in children {
        covered += end.saturating_sub(start.max(until));
        until = until.max(end);
    }
    row.duration_nanos().saturating_sub(covered)
}

fn detail(trace: &Trace, span: &Span, start: u64) -> SpanDetail {
    let scope = trace.scopes.get(span.scope);
    SpanDetail {
        span_id: span.id.to_string(),
        parent_span_id: span.parent.map(|parent| parent.to_string()).unwrap_or_default(),
        status_message: cut(&span.status.message),
        attributes: attributes(&span.attributes),
        resource: trace
            .resources
            .get(span.resource)
            .map(|resource| attributes(&resource.attributes))
            .unwrap_or_default(),
        scope: scope.map(|scope| format!("{} {}", scope.name, scope.version).trim().to_owned()).unwrap_or_default(),
        events: span
            .events
            .iter()
            .map(|event| SpanEvent {
                at_nano: event.time_unix_nano.saturating_sub(start),
                name: cut(&event.name),
                attributes: attributes(&event.attributes),
            })
            .collect(),
        links: span
            .links
            .iter()
            .map(|link| SpanLink {
                trace_id: hex(&link.trace_id),
                span_id: hex(&link.span_id),
                attributes: attributes(&link.attributes),
            })
            .collect(),
    }
}

pub(crate) fn attributes(attributes: &Attributes) -> Vec<(String, String)> {
    attributes.iter().map(|(key, value)| (cut(key), cut(&value_text(value)))).collect()
}

/// A value as one line: texts as they are, everything else as JSON would write it. The receiver bounds how deep values nest.
fn value_text(value: &Value) -> String {
    match value {
        Value::Empty => String::new(),
        Value::String(text) => text.clone(),
        Value::Bool(truth) => truth.to_string(),
        Value::Int(number) => number.to_string(),
        Value::Double(number) => number.to_string(),
        Value::Bytes(bytes) => hex(bytes),
        Value::Array(values) => format!("[{}]", values.iter().map(value_text).collect::<Vec<_>>().join(", ")),
        Value::Map(entries) => {
            let entries: Vec<_> = entries.iter().map(|(key, value)| format!("{key}: {}", value_text(value))).collect();
            format!("{{{}}}", entries.join(", "))
        }
    }
}

/// Cuts a text that is too long for the window, between characters, and says so.
pub(crate) fn cut(text: &str) -> String {
    if text.len() <= ATTRIBUTE_BYTES {
        return text.to_owned();
    }
    let end = (0..=ATTRIBUTE_BYTES).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    format!("{}… ({} bytes in all)", &text[..end], text.len())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a String does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn millis(nanos: u64) -> f64 {
    nanos as f64 / 1e6
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(depth: u32, start: u64, end: u64, descendants: usize) -> Row {
        Row {
            kind: thalweg_telemetry::RowKind::Span(0),
            depth,
            start_unix_nano: start,
            end_unix_nano: end,
            descendants,
        }
    }

    #[test]
    fn self_time_counts_side_by_side_children_once() {
        let rows = [row(0, 0, 100, 4), row(1, 10, 40, 0), row(1, 30, 60, 1), row(2, 30, 60, 0), row(1, 90, 200, 0)];
        assert_eq!(self_nanos(&rows, 0), 100 - 50 - 10);
        assert_eq!(self_nanos(&rows, 2), 0);
        assert_eq!(self_nanos(&rows, 4), 110);
    }

    #[test]
    fn long_texts_are_cut_between_characters() {
        let long = "é".repeat(ATTRIBUTE_BYTES);
        let shown = cut(&long);
        assert!(shown.starts_with("éé") && shown.ends_with("(8192 bytes in all)"));
        assert_eq!(cut("short"), "short");
    }

    #[test]
    fn values_are_one_line() {
        let value = Value::Array(vec![Value::Int(1), Value::Map(vec![("a".into(), Value::Bytes(vec![0, 255]))])]);
        assert_eq!(value_text(&value), "[1, {a: 00ff}]");
    }
}
