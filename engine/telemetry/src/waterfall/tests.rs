//! Any input, one row per span; known shapes, known order.

use proptest::prelude::*;

use super::*;
use crate::ids::TraceId;
use crate::model::{Link, Span, SpanKind, SpanStatus, StatusCode, Value};

const MS: u64 = 1_000_000;

fn id(number: u64) -> SpanId {
    SpanId((number + 1).to_be_bytes())
}

/// Times in milliseconds.
fn span(number: u64, parent: Option<u64>, name: &str, kind: SpanKind, start: u64, end: u64) -> Span {
    Span {
        id: id(number),
        parent: parent.map(id),
        name: name.to_owned(),
        kind,
        start_unix_nano: start * MS,
        end_unix_nano: end * MS,
        status: SpanStatus { code: StatusCode::Unset, message: String::new() },
        attributes: Vec::new(),
        events: Vec::new(),
        links: Vec::new(),
        resource: 0,
        scope: 0,
        trace_state: String::new(),
        flags: 0,
        dropped_attributes: 0,
        dropped_events: 0,
        dropped_links: 0,
    }
}

fn with(mut span: Span, attributes: &[(&str, &str)]) -> Span {
    span.attributes
        .extend(attributes.iter().map(|(key, value)| ((*key).to_owned(), Value::String((*value).to_owned()))));
    span
}

fn failed(mut span: Span) -> Span {
    span.status.code = StatusCode::Error;
    span
}

fn linked_to(mut span: Span, number: u64) -> Span {
    span.links.push(Link {
        trace_id: vec![7; 16],
        span_id: id(number).0.to_vec(),
        trace_state: String::new(),
        attributes: Vec::new(),
        dropped_attributes: 0,
        flags: 0,
    });
    span
}

fn trace(spans: Vec<Span>) -> Trace {
    Trace { id: TraceId([7; 16]), resources: Vec::new(), scopes: Vec::new(), spans }
}

/// Start–end in milliseconds, indented label, rows below.
fn drawn(trace: &Trace) -> String {
    let line = |row: &Row| {
        let indent = "  ".repeat(row.depth as usize);
        let (start, end) = (row.start_unix_nano / MS, row.end_unix_nano / MS);
        format!("{start:>4}–{end:<4} {indent}{} +{}", row.label(trace), row.descendants)
    };
    waterfall(trace).iter().map(line).collect::<Vec<_>>().join("\n")
}

use SpanKind::{Client, Consumer, Internal, Producer, Server};

#[test]
fn children_follow_their_parent_by_start() {
    let trace = trace(vec![
        span(3, Some(0), "second", Client, 20, 30),
        span(2, Some(1), "inner", Internal, 12, 13),
        span(1, Some(0), "first", Client, 10, 15),
        span(0, None, "root", Server, 0, 40),
    ]);
    insta::assert_snapshot!(drawn(&trace), @r"
     0–40   root +3
    10–15     first +1
    12–13       inner +0
    20–30     second +0
    ");
}

/// The story of the mock: a message waits, fails, is tried again.
#[test]
fn waiting_and_backoff_become_rows() {
    let orders = [("messaging.destination.name", "orders"), ("messaging.message.id", "m1")];
    let partition = [("messaging.destination.partition.id", "2")];
    let attempt = |number, start, end| {
        with(with(span(number, Some(1), "payment process", Consumer, start, end), &orders), &partition)
    };
    let trace = trace(vec![
        span(0, None, "POST /orders", Server, 0, 20),
        span(1, Some(0), "orders publish", Producer, 10, 12),
        failed(attempt(2, 424, 1000)),
        span(3, Some(2), "POST /charge", Client, 430, 990),
        failed(attempt(4, 1200, 1800)),
        attempt(5, 3050, 3100),
        with(span(6, Some(1), "mailer process", Consumer, 30, 40), &[("messaging.destination", "mails")]),
    ]);
    insta::assert_snapshot!(drawn(&trace), @r"
       0–20   POST /orders +10
      10–12     orders publish +9
      12–30       wait in mails +0
      30–40       mailer process +0
      12–424      wait in orders[2] +0
     424–1000     payment process +2
     430–990        POST /charge +0
    1000–1200       retry in 200 ms +0
    1200–1800     payment process +1
    1800–3050       retry in 1.25 s +0
    3050–3100     payment process +0
    ");
}

#[test]
fn a_consumer_that_only_links_is_shown_under_its_producer() {
    let trace = trace(vec![
        span(0, None, "send", Producer, 0, 5),
        linked_to(span(1, None, "process", Consumer, 9, 12), 0),
        // Its parent is elsewhere, its link is here.
        linked_to(span(2, Some(90), "audit", Consumer, 20, 22), 0),
    ]);
    insta::assert_snapshot!(drawn(&trace), @r"
     0–5    send +4
     5–9      wait +0
     9–12     process +0
     5–20     wait +0
    20–22     audit +0
    ");
}

#[test]
fn no_wait_is_made_up() {
    let trace = trace(vec![
        span(0, None, "send", Producer, 0, 10),
        span(1, Some(0), "early", Consumer, 5, 12),
        span(2, Some(0), "no consumer", Client, 20, 22),
        span(3, None, "server", Server, 0, 10),
        span(4, Some(3), "no producer", Consumer, 20, 22),
        // Succeeded and done again: a repeat, not a retry.
        with(span(5, Some(4), "again", Consumer, 30, 31), &[("messaging.message.id", "a")]),
        with(span(6, Some(4), "again", Consumer, 40, 41), &[("messaging.message.id", "a")]),
    ]);
    assert!(waterfall(&trace).iter().all(|row| matches!(row.kind, RowKind::Span(_))));
}

#[test]
fn attempts_of_other_groups_and_messages_are_apart() {
    let process = |number, group: &str, message: &str, start| {
        let attributes = [
            ("messaging.destination.name", "orders"),
            ("messaging.consumer.group.name", group),
            ("messaging.message.id", message),
        ];
        failed(with(span(number, None, "process", Consumer, start, start + 1), &attributes))
    };
    let trace = trace(vec![
        process(0, "a", "1", 0),
        process(1, "b", "1", 10),
        process(2, "a", "2", 20),
        process(3, "a", "1", 30),
    ]);
    let retries: Vec<_> = waterfall(&trace).into_iter().filter(|row| row.kind == RowKind::Retry).collect();
    assert_eq!(retries.len(), 1);
    assert_eq!((retries[0].start_unix_nano, retries[0].end_unix_nano), (MS, 30 * MS));
}

#[test]
fn circles_missing_parents_and_backward_spans_are_shown() {
    let trace = trace(vec![
        span(0, Some(1), "circle a", Internal, 5, 6),
        span(1, Some(0), "circle b", Internal, 4, 6),
        span(2, Some(2), "own parent", Internal, 3, 4),
        span(3, Some(99), "orphan", Internal, 2, 3),
        span(4, None, "backwards", Internal, 9, 1),
        span(4, None, "same id", Internal, 8, 9),
    ]);
    insta::assert_snapshot!(drawn(&trace), @r"
    2–3    orphan +0
    3–4    own parent +0
    8–9    same id +0
    9–9    backwards +0
    4–6    circle b +1
    5–6      circle a +0
    ");
}

#[test]
fn wide_and_deep_traces_do_not_exhaust_the_stack() {
    let wide = (1..100_000).map(|number| span(number, Some(0), "", Internal, number, number));
    let wide = trace(std::iter::once(span(0, None, "", Internal, 0, 1)).chain(wide).collect());
    let rows = waterfall(&wide);
    assert_eq!((rows.len(), rows[0].descendants), (100_000, 99_999));

    let deep = trace((0..100_000).map(|number| span(number, number.checked_sub(1), "", Internal, 1, 2)).collect());
    let rows = waterfall(&deep);
    assert_eq!((rows.len(), rows[99_999].depth), (100_000, 99_999));
}

proptest! {
    #[test]
    fn every_span_is_shown_once_whatever_came(
        spans in prop::collection::vec((0..12_u64, prop::option::of(0..14_u64), 0..6_u8, any::<u64>(), any::<u64>(), prop::option::of(0..12_u64), any::<bool>()), 0..24)
    ) {
        let spans = spans.into_iter().map(|(number, parent, kind, start, end, link, error)| {
            let mut made = span(number, parent, "", SpanKind::from_number(kind.into()), 0, 0);
            (made.start_unix_nano, made.end_unix_nano) = (start, end);
            let made = link.map_or(made.clone(), |to| linked_to(made, to));
            if error { failed(made) } else { made }
        });
        let trace = trace(spans.collect());
        let rows = waterfall(&trace);
        let mut shown: Vec<usize> =
            rows.iter().filter_map(|row| if let RowKind::Span(index) = row.kind { Some(index) } else { None }).collect();
        shown.sort_unstable();
        prop_assert_eq!(shown, (0..trace.spans.len()).collect::<Vec<_>>());
        for (at, row) in rows.iter().enumerate() {
            prop_assert!(row.end_unix_nano >= row.start_unix_nano);
            let below = &rows[at + 1..=at + row.descendants];
            prop_assert!(below.iter().all(|inner| inner.depth > row.depth));
            // And the row after those is not below this one any more.
            prop_assert!(rows.get(at + row.descendants + 1).is_none_or(|next| next.depth <= row.depth));
        }
    }
}
