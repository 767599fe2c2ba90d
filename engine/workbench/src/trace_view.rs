//! Traces as the types that cross to the faces.

use std::{
    collections::{HashMap, HashSet},
    fmt::Write,
};

use thalweg_protocol::{
    TraceRow, TraceSummary, TraceView,
    limits::{ATTRIBUTE_BYTES, DETAILED_ROWS, ROWS_PER_TRACE},
    trace::{RowKind, SpanDetail, SpanEvent, SpanLink},
};
use thalweg_telemetry::{Attributes, Row, Span, SpanId, SpanKind, Trace, Value, observed, waterfall};
use thalweg_topology::{critical_path, self_times};

/// Sections of the critical path that a row shows at most: what lies nearer to each other than could be seen is one.
const MOST_SECTIONS: u64 = 2000;

/// The attribute of a resource that says that its spans were simulated.
const SIMULATED: &str = "thalweg.simulated";

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

/// A trace in the order in which it is drawn, with all that is known of its spans.
pub(crate) fn view(trace: &Trace) -> TraceView {
    of_rows(trace, &waterfall(trace), detail)
}

/// The same for the window, which asks for what is known of the spans of a large trace as it looks at them.
pub(crate) fn drawn(trace: &Trace) -> TraceView {
    let rows = waterfall(trace);
    of_rows(trace, &rows, if rows.len().min(ROWS_PER_TRACE) <= DETAILED_ROWS { detail } else { outline })
}

/// All that is known of some spans of a trace.
pub(crate) fn details(trace: &Trace, of: &HashSet<SpanId>) -> Vec<SpanDetail> {
    // When the trace starts by its rows: by its spans, since nothing is inferred before the first of them.
    let start = trace.spans.iter().map(|span| span.start_unix_nano).filter(|start| *start > 0).min().unwrap_or(0);
    trace.spans.iter().filter(|span| of.contains(&span.id)).map(|span| detail(trace, span, start)).collect()
}

/// What is told of a span beside its row.
type Telling = fn(&Trace, &Span, u64) -> SpanDetail;

fn of_rows(trace: &Trace, rows: &[Row], tell: Telling) -> TraceView {
    let start = first_start(rows);
    let lent = observed(trace);
    let own = self_times(&lent);
    let mut critical: HashMap<usize, (u64, Vec<[u64; 2]>)> = HashMap::new();
    let nearest = rows.iter().map(|row| row.end_unix_nano).max().unwrap_or(0).saturating_sub(start) / MOST_SECTIONS;
    for section in critical_path(&lent) {
        let [begin, length] = [section.start.saturating_sub(start), section.end.saturating_sub(section.start)];
        let (whole, sections) = critical.entry(section.span).or_default();
        *whole += length;
        match sections.last_mut() {
            Some([from, long]) if begin.saturating_sub(*from + *long) <= nearest => *long = begin + length - *from,
            _ => sections.push([begin, length]),
        }
    }
    let view_row = |row: &Row| {
        let mut shown = view_row(trace, row, start, tell);
        if let thalweg_telemetry::RowKind::Span(index) = row.kind {
            shown.self_nano = own.get(index).copied().unwrap_or_default();
            (shown.critical_nano, shown.critical) = critical.remove(&index).unwrap_or_default();
        }
        shown
    };
    TraceView {
        summary: summary_of_rows(trace, rows),
        rows_left_out: rows.len().saturating_sub(ROWS_PER_TRACE) as u64,
        rows: rows.iter().take(ROWS_PER_TRACE).map(view_row).collect(),
    }
}

fn view_row(trace: &Trace, row: &Row, start: u64, tell: Telling) -> TraceRow {
    let span = span_of(trace, row);
    TraceRow {
        kind: kind(row, span),
        depth: row.depth,
        name: cut(&row.label(trace)),
        service: span.map(|span| trace.service(span).to_owned()).unwrap_or_default(),
        start_nano: row.start_unix_nano.saturating_sub(start),
        duration_nano: row.duration_nanos(),
        self_nano: 0,
        critical_nano: 0,
        critical: Vec::new(),
        error: span.is_some_and(Span::is_error),
        descendants: row.descendants as u64,
        span: span.map(|span| Box::new(tell(trace, span, start))),
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

/// What the rows of a large trace need of a span: its id, where its links lead, and whether it was simulated, which the window asks of
/// the whole trace.
fn outline(trace: &Trace, span: &Span, _: u64) -> SpanDetail {
    let links = span.links.iter().map(|link| SpanLink {
        trace_id: hex(&link.trace_id),
        span_id: hex(&link.span_id),
        attributes: Vec::new(),
    });
    let resource = trace.resources.get(span.resource).into_iter().flat_map(|resource| &resource.attributes);
    let simulated = resource.filter(|(key, _)| key == SIMULATED).map(|(key, value)| (key.clone(), value_text(value)));
    SpanDetail {
        span_id: span.id.to_string(),
        links: links.collect(),
        resource: simulated.collect(),
        ..SpanDetail::default()
    }
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
pub(crate) fn value_text(value: &Value) -> String {
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
    cut_to(text, ATTRIBUTE_BYTES)
}

/// A text of at most so many bytes; a longer one is cut with a note.
pub(crate) fn cut_to(text: &str, most: usize) -> String {
    if text.len() <= most {
        return text.to_owned();
    }
    format!("{}… ({} bytes in all)", &text[..text.floor_char_boundary(most)], text.len())
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
    use thalweg_telemetry::{Event, Link, Resource, SpanStatus, StatusCode, TraceId};

    use super::*;

    #[test]
    fn long_texts_are_cut_between_characters() {
        let long = "é".repeat(ATTRIBUTE_BYTES);
        let shown = cut(&long);
        assert!(shown.starts_with("éé") && shown.ends_with("(8192 bytes in all)"));
        assert_eq!(cut("short"), "short");
    }

    /// A span below the one before it, at its moment, with an attribute, an event and a link to the first.
    fn span(number: u64) -> Span {
        let key = |text: &str| (text.to_owned(), Value::Int(i64::try_from(number).unwrap_or_default()));
        Span {
            id: SpanId((number + 1).to_be_bytes()),
            parent: number.checked_sub(1).map(|above| SpanId((above + 1).to_be_bytes())),
            name: format!("step {}", number % 7),
            kind: SpanKind::Internal,
            start_unix_nano: 1_000 + number,
            end_unix_nano: 9_000_000,
            status: SpanStatus { code: StatusCode::Unset, message: String::new() },
            attributes: vec![key("order.items")],
            events: vec![Event {
                time_unix_nano: 1_500 + number,
                name: "seen".to_owned(),
                attributes: Attributes::new(),
                dropped_attributes: 0,
            }],
            links: vec![Link {
                trace_id: vec![7; 16],
                span_id: 1_u64.to_be_bytes().to_vec(),
                trace_state: String::new(),
                attributes: vec![key("why")],
                dropped_attributes: 0,
                flags: 0,
            }],
            resource: 0,
            scope: 0,
            trace_state: String::new(),
            flags: 0,
            dropped_attributes: 0,
            dropped_events: 0,
            dropped_links: 0,
        }
    }

    fn trace(spans: usize) -> Trace {
        Trace { id: TraceId([7; 16]), resources: vec![], scopes: vec![], spans: (0..spans as u64).map(span).collect() }
    }

    fn simulated(spans: usize) -> Trace {
        let resource = Resource {
            service: "shop".to_owned(),
            attributes: vec![
                ("service.name".to_owned(), Value::String("shop".to_owned())),
                ("thalweg.simulated".to_owned(), Value::Bool(true)),
            ],
            dropped_attributes: 0,
            schema_url: String::new(),
        };
        Trace { resources: vec![resource], ..trace(spans) }
    }

    #[test]
    fn of_a_large_trace_details_are_asked_for() {
        let small = trace(DETAILED_ROWS);
        assert_eq!(drawn(&small), view(&small));
        assert!(drawn(&small).is_detailed());
        let large = trace(DETAILED_ROWS + 1);
        let (whole, shown) = (view(&large), drawn(&large));
        assert!(!shown.is_detailed());
        // Everything but the details is the same; ids and where links lead are there.
        let bare = |view: &TraceView| -> TraceView {
            let rows = view.rows.iter().map(|row| TraceRow { span: None, ..row.clone() });
            TraceView { rows: rows.collect(), ..view.clone() }
        };
        assert_eq!(bare(&shown), bare(&whole));
        for (short, long) in shown.rows.iter().zip(&whole.rows) {
            let (Some(short), Some(long)) = (&short.span, &long.span) else { panic!("a row without its span") };
            assert_eq!((&short.span_id, &short.links[0].span_id), (&long.span_id, &long.links[0].span_id));
            assert!(short.attributes.is_empty() && short.events.is_empty() && short.links[0].attributes.is_empty());
        }
        // Of a simulated one it is known without asking, and nothing else of its sender.
        let said = [("thalweg.simulated".to_owned(), "true".to_owned())];
        let says = |row: &TraceRow| row.span.as_deref().is_some_and(|span| span.resource == said);
        assert!(!shown.rows.iter().any(says));
        assert!(drawn(&simulated(DETAILED_ROWS + 1)).rows.iter().all(says));
        // What is asked for is what the whole would have said.
        let asked = [3_u64, 2_001, 999_999].map(|number| SpanId(number.to_be_bytes()));
        let told = details(&large, &asked.into_iter().collect());
        let expected: Vec<_> = [2, 2_000].iter().filter_map(|row| whole.rows[*row].span.as_deref().cloned()).collect();
        assert_eq!(told, expected);
        assert_eq!(told[0].events[0].at_nano, 502);
    }

    #[test]
    fn values_are_one_line() {
        let value = Value::Array(vec![Value::Int(1), Value::Map(vec![("a".into(), Value::Bytes(vec![0, 255]))])]);
        assert_eq!(value_text(&value), "[1, {a: 00ff}]");
    }
}
