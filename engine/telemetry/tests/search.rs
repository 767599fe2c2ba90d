//! Traces that filters find in the data file: pages, orders, what was seen, and what is waited for.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on fails")]

mod common;

use std::collections::HashSet;

use common::{Bench, attribute, batch, span};
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, ArrayValue, KeyValue};
use opentelemetry_proto::tonic::trace::v1::span::{Event, Link};
use opentelemetry_proto::tonic::trace::v1::{Span, Status};
use prost::Message;
use thalweg_spans::filter::{Filter, Scope, complete, parse};
use thalweg_telemetry::{Order, SearchCursor, TraceId, Watch, search, seen};

fn filter(text: &str) -> Filter {
    Filter::new(&parse(text).unwrap()).unwrap()
}

async fn send(bench: &Bench, service: &str, spans: Vec<Span>) {
    let answer = bench.post("application/x-protobuf", &batch(service, spans).encode_to_vec()).await;
    assert_eq!(answer.status, 200, "{}", answer.head);
}

fn value(key: &str, value: Value) -> KeyValue {
    KeyValue { value: Some(AnyValue { value: Some(value) }), ..attribute(key, "") }
}

/// A trace of one span that takes so many milliseconds and starts as late as its number says.
fn numbered(trace: u8, ms: u64, failed: bool) -> Span {
    let mut span = span(trace, 1);
    span.start_time_unix_nano += u64::from(trace) * 1_000_000_000;
    span.end_time_unix_nano = span.start_time_unix_nano + ms * 1_000_000;
    span.status = failed.then(|| Status { code: 2, message: "broken".into() });
    span
}

/// All that is found, page by page, and how many pages it took.
async fn all(bench: &Bench, text: &str, order: Order, limit: u32) -> (Vec<u8>, usize) {
    let filter = filter(text);
    let (mut found, mut pages, mut after) = (Vec::new(), 0, None);
    loop {
        let page = search(&bench.store, &filter, order, limit, after).await.unwrap();
        assert!(page.traces.len() <= limit as usize);
        found.extend(page.traces.iter().map(|found| found.summary.trace_id.0[0]));
        pages += 1;
        let Some(next) = page.next else { return (found, pages) };
        // As a window keeps it.
        after = Some(next.to_string().parse::<SearchCursor>().unwrap());
        assert_eq!(after, Some(next));
    }
}

#[tokio::test]
async fn every_field_is_asked_of_the_stored_span() {
    let bench = Bench::new().await;
    let list = ArrayValue {
        values: vec![
            AnyValue { value: Some(Value::IntValue(7)) },
            AnyValue { value: Some(Value::StringValue("x".into())) },
        ],
    };
    let full = Span {
        kind: 5,
        status: Some(Status { code: 2, message: "card declined".into() }),
        attributes: vec![
            attribute("http.route", "/orders"),
            value("size", Value::IntValue(i64::MAX)),
            value("share", Value::DoubleValue(0.25)),
            value("cached", Value::BoolValue(false)),
            value("body", Value::BytesValue(vec![0xab, 0xcd])),
            value("list", Value::ArrayValue(list)),
            attribute("queue.wait_ms", "250"),
            value("wait_ms", Value::IntValue(250)),
        ],
        events: vec![Event {
            name: "exception".into(),
            attributes: vec![attribute("exception.type", "Timeout")],
            ..Event::default()
        }],
        links: vec![Link {
            trace_id: vec![9; 16],
            span_id: vec![9; 8],
            attributes: vec![attribute("from", "there")],
            ..Link::default()
        }],
        ..span(1, 1)
    };
    send(&bench, "payment", vec![full, Span { parent_span_id: vec![1; 8], ..span(1, 2) }]).await;
    let trace = "01".repeat(16);
    for text in [
        "service = payment",
        "name = \"span 1\"",
        "duration = 500ms",
        "start >= 2023-11-14 and start < 2023-11-15",
        "status = error and status.message ~ DECLINED",
        "kind = consumer",
        &format!("trace.id = {trace} and span.id = 0101010101010101"),
        "scope.name = tests",
        "event.name = exception and event.exception.type = Timeout",
        "link.from = there",
        "anywhere ~ there and anywhere ~ abcd and payment and timeout",
        "http.route = /orders and span.http.route =~ ^/ord",
        "size = 9223372036854775807",
        "share < 0.3 and cached = false",
        "body = abcd",
        "list = 7 and list = x",
        "wait_ms > 200ms",
        "resource.service.name = payment",
        "not exists nothing and exists list",
        "{ name = \"span 1\" } > { name = \"span 2\" }",
    ] {
        let page = search(&bench.store, &filter(text), Order::Newest, 10, None).await.unwrap();
        assert_eq!((page.traces.len(), page.asked), (1, 1), "{text}");
    }
    for text in [
        "service = shop",
        "size = 9223372036854775806",
        "resource.http.route = /orders",
        "event.from = there",
        "exists link.x",
    ] {
        let page = search(&bench.store, &filter(text), Order::Newest, 10, None).await.unwrap();
        assert_eq!((page.traces.len(), page.next), (0, None), "{text}");
    }
    let page = search(&bench.store, &filter("http.route = /orders"), Order::Newest, 10, None).await.unwrap();
    assert_eq!(page.traces[0].spans.iter().map(ToString::to_string).collect::<Vec<_>>(), ["0101010101010101"]);
}

#[tokio::test]
async fn pages_and_orders_agree_with_a_list_sorted_by_hand() {
    let bench = Bench::new().await;
    // Several at a time, in an order of their own.
    let numbers: Vec<u8> = (1..=60).map(|i| (i * 37 % 61) as u8).collect();
    let of = |number: u8| (u64::from(number) * 13 % 50, number.is_multiple_of(4));
    for chunk in numbers.chunks(7) {
        let spans = chunk.iter().map(|number| numbered(*number, of(*number).0, of(*number).1)).collect();
        send(&bench, "shop", spans).await;
    }
    let wanted = |number: &u8| of(*number).0 >= 10;
    let mut newest: Vec<u8> = (1..=60).filter(wanted).collect();
    newest.reverse();
    let mut slowest = newest.clone();
    slowest.sort_by_key(|number| std::cmp::Reverse((of(*number).0, *number)));
    let mut errors = newest.clone();
    errors.sort_by_key(|number| std::cmp::Reverse((of(*number).1, *number)));
    for limit in [1, 7, 1000] {
        for (order, expected) in [(Order::Newest, &newest), (Order::Slowest, &slowest), (Order::Errors, &errors)] {
            let (found, pages) = all(&bench, "duration >= 10ms", order, limit).await;
            assert_eq!(found, *expected, "{order:?} by {limit}");
            assert!(pages >= expected.len() / limit as usize);
        }
    }
    assert_eq!(all(&bench, "", Order::Newest, 1000).await.0.len(), 60);
}

#[tokio::test]
async fn pages_are_stable_while_traces_arrive() {
    let bench = Bench::new().await;
    for number in 1..=20 {
        send(&bench, "shop", vec![numbered(number, 5, false)]).await;
    }
    let filter = filter("service = shop");
    let first = search(&bench.store, &filter, Order::Newest, 8, None).await.unwrap();
    for number in 30..=40 {
        send(&bench, "shop", vec![numbered(number, 5, false)]).await;
    }
    let second = search(&bench.store, &filter, Order::Newest, 8, first.next).await.unwrap();
    let numbers: Vec<u8> =
        [first.traces, second.traces].concat().iter().map(|found| found.summary.trace_id.0[0]).collect();
    assert_eq!(numbers, (5..=20).rev().collect::<Vec<u8>>());
}

/// Where no column tells, so that traces are read whole, what finds nothing gives an answer all the same, and the way on.
#[tokio::test]
async fn a_search_without_findings_ends_in_parts() {
    let bench = Bench::new().await;
    for trace in 1..=4 {
        let spans = (0..9_000_u64)
            .map(|i| Span {
                span_id: (i + 1).to_be_bytes().to_vec(),
                events: vec![Event { name: "retry".into(), ..Event::default() }],
                ..numbered(trace, 1, false)
            })
            .collect::<Vec<_>>();
        for part in spans.chunks(3_000) {
            send(&bench, "shop", part.to_vec()).await;
        }
    }
    for order in [Order::Newest, Order::Slowest] {
        let first = search(&bench.store, &filter("mail"), order, 10, None).await.unwrap();
        assert!(first.traces.is_empty() && first.asked < 4 && first.next.is_some(), "{first:?}");
        let (found, pages) = all(&bench, "mail", order, 10).await;
        assert!(found.is_empty() && pages > 1, "{pages}");
    }
}

#[tokio::test]
async fn what_was_seen_completes_filters() {
    let bench = Bench::new().await;
    let mut with_event = numbered(3, 1, true);
    with_event.events =
        vec![Event { name: "retry".into(), attributes: vec![attribute("reason", "timeout")], ..Event::default() }];
    with_event.attributes.push(value("http.response.status_code", Value::IntValue(503)));
    send(&bench, "shop", vec![numbered(1, 1, false), numbered(2, 1, false)]).await;
    send(&bench, "payment", vec![with_event]).await;
    let seen = seen(&bench.store).await.unwrap();
    let services: Vec<_> = seen.services.iter().map(|value| (value.text.as_str(), value.count)).collect();
    assert_eq!(services, [("shop", 2), ("payment", 1)]);
    assert_eq!(seen.events[0].text, "retry");
    assert_eq!(seen.scopes[0].text, "tests");
    let key = |scope, name: &str| seen.keys.iter().find(|key| key.scope == scope && key.key == name);
    assert_eq!(key(Scope::Span, "colour").unwrap().values[0].text, "blue");
    assert!(key(Scope::Span, "http.response.status_code").unwrap().has_numbers);
    assert!(key(Scope::Event, "reason").is_some() && key(Scope::Resource, "service.name").is_none());
    let offers = complete("service = sh", 12, &seen);
    assert_eq!(offers.offers[0].text, "shop");
}

#[tokio::test]
async fn a_watch_sees_what_arrives_and_what_grows() {
    let bench = Bench::new().await;
    let mut watch = Watch::new(filter("status = error"), 0);
    assert_eq!(watch.look(&bench.store).await.unwrap(), thalweg_telemetry::Look::default());
    send(&bench, "shop", vec![numbered(1, 1, false), numbered(2, 1, true)]).await;
    let ids = |look: &thalweg_telemetry::Look| look.found.iter().map(|found| found.trace_id).collect::<HashSet<_>>();
    let look = watch.look(&bench.store).await.unwrap();
    assert_eq!((look.traces, ids(&look)), (2, HashSet::from([TraceId([2; 16])])));
    // A late span turns the first one.
    send(&bench, "shop", vec![Span { span_id: vec![9; 8], ..numbered(1, 1, true) }]).await;
    let look = watch.look(&bench.store).await.unwrap();
    assert_eq!((look.traces, look.found.len()), (2, 2));
    // Another process's file handle sees the same.
    let other = thalweg_store::Store::open(bench.store.path()).await.unwrap();
    let start = numbered(2, 1, true).start_time_unix_nano;
    let mut later = Watch::new(filter("status = error"), start);
    assert_eq!(later.look(&other).await.unwrap().found.len(), 1);
    let mut none = Watch::new(filter("status = error"), start + 1);
    assert_eq!(none.look(&other).await.unwrap().traces, 0);
}

#[test]
fn cursors_of_others_are_refused() {
    for text in ["", "n", "n.", "n.1", "r.1.2", "r.1.2.zz", "x.1.2", "n.9999999999999999999999.1"] {
        assert!(text.parse::<SearchCursor>().is_err(), "{text}");
    }
}
