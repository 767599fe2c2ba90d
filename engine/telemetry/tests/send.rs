//! Traces of our own, sent to our own receiver: what arrives is what was sent.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on fails")]

mod common;

use common::Bench;
use thalweg_telemetry::{
    Attributes, Event, Link, OtlpAddress, Resource, Scope, SendError, Span, SpanId, SpanKind, SpanStatus, StatusCode,
    Trace, TraceId, Value, get_trace, send_traces,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

fn resource(service: &str) -> Resource {
    Resource {
        service: service.to_owned(),
        attributes: vec![
            ("service.name".to_owned(), Value::String(service.to_owned())),
            ("thalweg.simulated".to_owned(), Value::Bool(true)),
        ],
        dropped_attributes: 0,
        schema_url: "https://opentelemetry.io/schemas/1.42.0".to_owned(),
    }
}

/// A trace that uses every field, with one span per number.
fn trace(id: u8, spans: u8) -> Trace {
    let values: Attributes = [
        ("empty", Value::Empty),
        ("text", Value::String("é".to_owned())),
        ("truth", Value::Bool(true)),
        ("int", Value::Int(i64::MIN)),
        ("double", Value::Double(-0.1)),
        ("bytes", Value::Bytes(vec![0, 255])),
        ("list", Value::Array(vec![Value::Int(1), Value::Map(vec![("a".to_owned(), Value::Bool(false))])])),
    ]
    .map(|(key, value)| (key.to_owned(), value))
    .into();
    let span = |number: u8| Span {
        id: SpanId([number; 8]),
        parent: (number > 1).then_some(SpanId([1; 8])),
        name: format!("span {number}"),
        kind: SpanKind::from_number(i64::from(number % 6)),
        start_unix_nano: 1_700_000_000_000_000_000 + u64::from(number),
        end_unix_nano: 1_700_000_000_000_000_100 + u64::from(number),
        status: match number % 3 {
            0 => SpanStatus { code: StatusCode::Error, message: "timed out".to_owned() },
            1 => SpanStatus { code: StatusCode::Unset, message: String::new() },
            _ => SpanStatus { code: StatusCode::Ok, message: String::new() },
        },
        attributes: values.clone(),
        events: vec![Event {
            time_unix_nano: 1_700_000_000_000_000_050,
            name: "retry".to_owned(),
            attributes: values.clone(),
            dropped_attributes: 2,
        }],
        links: vec![Link {
            trace_id: vec![id; 16],
            span_id: vec![1; 8],
            trace_state: "a=b".to_owned(),
            attributes: values.clone(),
            dropped_attributes: 3,
            flags: 1,
        }],
        resource: usize::from(number % 2),
        scope: 0,
        trace_state: "c=d".to_owned(),
        flags: 1,
        dropped_attributes: 4,
        dropped_events: 5,
        dropped_links: 6,
    };
    let scope = Scope {
        name: "tests".to_owned(),
        version: "1".to_owned(),
        attributes: vec![("scope".to_owned(), Value::Int(1))],
        dropped_attributes: 7,
        schema_url: String::new(),
    };
    Trace {
        id: TraceId([id; 16]),
        resources: vec![resource("shop"), resource("payment")],
        scopes: vec![scope],
        spans: (1..=spans).map(span).collect(),
    }
}

/// Places of resources and scopes are the store's own: each span with what they hold.
fn whole(trace: &Trace) -> Vec<(Span, &Resource, &Scope)> {
    let of = |span: &Span| {
        let own = Span { resource: 0, scope: 0, ..span.clone() };
        (own, &trace.resources[span.resource], &trace.scopes[span.scope])
    };
    trace.spans.iter().map(of).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_sent_arrives_over_both_protocols() {
    for grpc in [false, true] {
        let bench = Bench::new().await;
        let url = if grpc { format!("grpc://{}", bench.grpc()) } else { format!("http://{}", bench.http()) };
        let traces: Vec<Trace> = (1..=30).map(|id| trace(id, 200)).collect();
        let sent = send_traces(&url.parse().unwrap(), &traces).await.unwrap();
        assert_eq!((sent.spans, sent.refused, sent.message), (6000, 0, None));
        for trace in &traces {
            let arrived = get_trace(&bench.store, trace.id).await.unwrap().expect("it is stored");
            assert_eq!(whole(&arrived), whole(trace));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_receiver_refuses_is_told() {
    let bench = Bench::new().await;
    let url: OtlpAddress = format!("http://{}", bench.http()).parse().unwrap();
    let mut half = trace(1, 3);
    half.spans[1].id = SpanId([0; 8]);
    let sent = send_traces(&url, &[half]).await.unwrap();
    assert_eq!((sent.spans, sent.refused), (2, 1));
    assert!(sent.message.is_some_and(|message| !message.is_empty()));

    let elsewhere: OtlpAddress = format!("http://{}/other", bench.http()).parse().unwrap();
    let error = send_traces(&elsewhere, &[trace(1, 1)]).await.unwrap_err();
    let SendError::Refused { reason, .. } = &error else { panic!("{error:?}") };
    assert!(reason.starts_with("HTTP 404"), "{reason}");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_there_and_nobody_who_speaks_otlp() {
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = free.local_addr().unwrap();
    // Answers whatever comes with a page.
    let page = tokio::spawn(async move {
        while let Ok((mut stream, _)) = free.accept().await {
            let mut read = vec![0; 65536];
            let _ = stream.read(&mut read).await;
            let _ = stream
                .write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 15\r\nConnection: close\r\n\r\n<html>Hi</html>")
                .await;
        }
    });
    let http: OtlpAddress = format!("http://{address}").parse().unwrap();
    let error = send_traces(&http, &[trace(1, 1)]).await.unwrap_err();
    assert!(matches!(error, SendError::Refused { .. }) && error.to_string().contains("not OTLP"), "{error}");
    page.abort();
    let _ = page.await;
    for scheme in ["http", "grpc"] {
        let to: OtlpAddress = format!("{scheme}://{address}").parse().unwrap();
        let error = send_traces(&to, &[trace(1, 1)]).await.unwrap_err();
        assert!(matches!(error, SendError::Unreachable { .. }), "{error:?}");
        assert!(error.to_string().contains("refused"), "{error}");
    }
}
