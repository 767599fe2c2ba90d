//! Traces arrive whole, over every way in, and what is answered is committed.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on fails")]

mod common;

use common::{Bench, batch, request, span};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceResponse;
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_client::TraceServiceClient;
use prost::Message;
use thalweg_store::Store;
use thalweg_telemetry::{get_trace, list_traces};
use tonic::codec::CompressionEncoding;

const PROTOBUF: &str = "application/x-protobuf";

#[tokio::test]
async fn grpc_with_and_without_gzip() {
    let bench = Bench::new().await;
    let client = TraceServiceClient::connect(format!("http://{}", bench.grpc())).await.unwrap();
    let plain = client.clone().export(batch("shop", vec![span(1, 1), span(1, 2)])).await.unwrap();
    assert_eq!(plain.into_inner().partial_success, None);
    let mut gzip = client.send_compressed(CompressionEncoding::Gzip).accept_compressed(CompressionEncoding::Gzip);
    gzip.export(batch("payment", vec![span(1, 3)])).await.unwrap();

    let list = list_traces(&bench.store, 10, None).await.unwrap().traces;
    assert_eq!(list.len(), 1);
    assert_eq!((list[0].spans, list[0].errors), (3, 0));
    assert_eq!(list[0].services, ["payment", "shop"]);
    assert_eq!((list[0].service.as_str(), list[0].root.as_str()), ("shop", "span 1"));
    assert_eq!(list[0].duration_nanos, 502_000_000);
    bench.receiver.shutdown().await;
}

#[tokio::test]
async fn both_protocols_are_answered_on_both_ports() {
    let bench = Bench::new().await;
    let mut grpc = TraceServiceClient::connect(format!("http://{}", bench.http())).await.unwrap();
    grpc.export(batch("shop", vec![span(1, 1)])).await.unwrap();
    let body = batch("shop", vec![span(1, 2)]).encode_to_vec();
    let http = request(bench.grpc(), "POST", "/v1/traces", &[("Content-Type", PROTOBUF)], &body).await;
    assert_eq!(http.status, 200);
    assert_eq!(bench.spans().await, 2);
}

#[tokio::test]
async fn http_protobuf_is_answered_in_protobuf_after_the_commit() {
    let bench = Bench::new().await;
    let reply = bench.post(PROTOBUF, &batch("shop", vec![span(7, 1)]).encode_to_vec()).await;
    assert_eq!((reply.status, reply.header("content-type")), (200, Some(PROTOBUF)));
    assert_eq!(ExportTraceServiceResponse::decode(&reply.body[..]).unwrap(), ExportTraceServiceResponse::default());

    // Another connection to the same file, as another process would have: it sees what was acknowledged.
    let other = Store::open(bench.store.path()).await.unwrap();
    let trace = get_trace(&other, "07070707070707070707070707070707".parse().unwrap()).await.unwrap().unwrap();
    assert_eq!(trace.spans[0].name, "span 1");
    assert_eq!(trace.spans[0].attribute("colour").unwrap().as_str(), Some("blue"));
}

const JSON: &str = "application/json";

#[tokio::test]
async fn http_json_is_answered_in_json() {
    let bench = Bench::new().await;
    let body = serde_json::to_vec(&batch("shop", vec![span(1, 1), span(2, 1)])).unwrap();
    let reply = bench.post("application/json; charset=utf-8", &body).await;
    assert_eq!((reply.status, reply.header("content-type")), (200, Some(JSON)));
    assert_eq!(reply.json(), serde_json::json!({}));
    assert_eq!(bench.spans().await, 2);
}

#[tokio::test]
async fn gzip_over_http() {
    let bench = Bench::new().await;
    let body = common::gzip(&batch("shop", vec![span(1, 1)]).encode_to_vec());
    assert_eq!(bench.post_with(PROTOBUF, &[("Content-Encoding", "gzip")], &body).await.status, 200);
    assert_eq!(bench.spans().await, 1);
}

#[tokio::test]
async fn a_repeated_batch_doubles_nothing() {
    let bench = Bench::new().await;
    let body = batch("shop", vec![span(1, 1), span(1, 2)]);
    for _ in 0..3 {
        assert_eq!(bench.post(PROTOBUF, &body.encode_to_vec()).await.status, 200);
    }
    // The same over the other wire form is the same.
    assert_eq!(bench.post(JSON, &serde_json::to_vec(&body).unwrap()).await.status, 200);
    let status = bench.receiver.status();
    assert_eq!((status.spans_stored, status.spans_repeated, status.spans_refused), (2, 6, 0));
    assert_eq!(bench.spans().await, 2);
}

#[tokio::test]
async fn unusable_spans_are_told_and_the_good_ones_kept() {
    let bench = Bench::new().await;
    let mut bad = span(1, 2);
    bad.span_id = vec![0; 8];
    let body = batch("shop", vec![span(1, 1), bad]);

    let reply = bench.post(PROTOBUF, &body.encode_to_vec()).await;
    let partial = ExportTraceServiceResponse::decode(&reply.body[..]).unwrap().partial_success.unwrap();
    assert_eq!((reply.status, partial.rejected_spans), (200, 1));
    assert_eq!(partial.error_message, "1 span refused: span id is all zero (1)");

    let reply = bench.post(JSON, &serde_json::to_vec(&body).unwrap()).await;
    let expected = serde_json::json!({"partialSuccess": {
        "rejectedSpans": "1", "errorMessage": "1 span refused: span id is all zero (1)"}});
    assert_eq!(reply.json(), expected);

    let mut grpc = TraceServiceClient::connect(format!("http://{}", bench.grpc())).await.unwrap();
    assert_eq!(grpc.export(body).await.unwrap().into_inner().partial_success.unwrap().rejected_spans, 1);
    assert_eq!((bench.spans().await, bench.receiver.status().spans_refused), (1, 3));
}

#[tokio::test]
async fn times_beyond_i64_come_back_whole() {
    let bench = Bench::new().await;
    for (trace, start, end) in [(1, u64::MAX, u64::MAX), (2, i64::MAX as u64 + 1, 0), (3, 0, u64::MAX), (4, 9, 1)] {
        let odd = opentelemetry_proto::tonic::trace::v1::Span {
            start_time_unix_nano: start,
            end_time_unix_nano: end,
            ..span(trace, 1)
        };
        assert_eq!(bench.post(PROTOBUF, &batch("shop", vec![odd]).encode_to_vec()).await.status, 200);
        let id = thalweg_telemetry::TraceId([trace; 16]);
        let stored = get_trace(&bench.store, id).await.unwrap().unwrap();
        assert_eq!((stored.spans[0].start_unix_nano, stored.spans[0].end_unix_nano), (start, end));
    }
    let starts: Vec<u64> =
        list_traces(&bench.store, 10, None).await.unwrap().traces.iter().map(|trace| trace.start_unix_nano).collect();
    assert_eq!(starts, [u64::MAX, i64::MAX as u64 + 1, 9, 0]);
}

#[tokio::test]
async fn a_trace_goes_out_as_the_json_it_came_in() {
    let bench = Bench::new().await;
    let sent = serde_json::json!({"resourceSpans": [{
        "resource": {"attributes": [{"key": "service.name", "value": {"stringValue": "shop"}}]},
        "scopeSpans": [{
            "scope": {"name": "lib", "version": "1"},
            "spans": [{
                "traceId": "5b8efff798038103d269b633813fc60c", "spanId": "eee19b7ec3c1b174", "parentSpanId": "eee19b7ec3c1b173",
                "traceState": "a=b", "flags": 257, "name": "n", "kind": 5,
                "startTimeUnixNano": "18446744073709551615", "endTimeUnixNano": "1544712661000000000",
                "attributes": [
                    {"key": "i", "value": {"intValue": "-9223372036854775808"}},
                    {"key": "d", "value": {"doubleValue": "NaN"}},
                    {"key": "b", "value": {"bytesValue": "+/8="}},
                    {"key": "e", "value": {}},
                    {"key": "none"},
                    {"key": "l", "value": {"arrayValue": {"values": [{"boolValue": true}, {"kvlistValue": {}}]}}}
                ],
                "droppedAttributesCount": 1,
                "events": [{"timeUnixNano": "1", "name": "e", "attributes": [{"key": "k", "value": {"stringValue": "<b>\u{0}"}}]}],
                "droppedEventsCount": 2,
                "links": [{"traceId": "5b8efff798038103d269b633813fc60c", "spanId": "eee19b7ec3c1b173", "flags": 1}],
                "droppedLinksCount": 3,
                "status": {"message": "m", "code": 2}
            }],
            "schemaUrl": "s1"
        }],
        "schemaUrl": "s2"
    }]});
    assert_eq!(bench.post(JSON, sent.to_string().as_bytes()).await.status, 200);
    let id = "5b8efff798038103d269b633813fc60c".parse().unwrap();
    assert_eq!(thalweg_telemetry::get_trace_json(&bench.store, id).await.unwrap(), Some(sent));
    let unknown = thalweg_telemetry::TraceId([9; 16]);
    assert_eq!(thalweg_telemetry::get_trace_json(&bench.store, unknown).await.unwrap(), None);
}

#[tokio::test]
async fn listeners_are_told_after_the_commit() {
    let bench = Bench::new().await;
    let mut arrived = bench.receiver.subscribe();
    let body = batch("shop", vec![span(1, 1), span(2, 1)]).encode_to_vec();
    bench.post(PROTOBUF, &body).await;
    let told = arrived.recv().await.unwrap().trace_ids;
    assert_eq!(told, [thalweg_telemetry::TraceId([1; 16]), thalweg_telemetry::TraceId([2; 16])]);
    for id in told {
        assert!(get_trace(&bench.store, id).await.unwrap().is_some());
    }
    // A repeat changes nothing, so nothing is told: what comes next is the third trace.
    bench.post(PROTOBUF, &body).await;
    bench.post(PROTOBUF, &batch("shop", vec![span(3, 1)]).encode_to_vec()).await;
    assert_eq!(arrived.recv().await.unwrap().trace_ids, [thalweg_telemetry::TraceId([3; 16])]);
}

#[tokio::test(flavor = "multi_thread")]
async fn shutting_down_answers_what_was_begun() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    let bench = Bench::new().await;
    let (http, receiver) = (bench.http(), bench.receiver);
    let body = batch("shop", vec![span(1, 1)]).encode_to_vec();
    let mut stream = tokio::net::TcpStream::connect(http).await.unwrap();
    let head = format!(
        "POST /v1/traces HTTP/1.1\r\nHost: {http}\r\nContent-Type: {PROTOBUF}\r\nExpect: 100-continue\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    // "100 Continue" says that the request is being handled.
    let mut piece = [0; 25];
    stream.read_exact(&mut piece).await.unwrap();
    let stopping = tokio::spawn(receiver.shutdown());
    while tokio::net::TcpStream::connect(http).await.is_ok() {
        tokio::task::yield_now().await;
    }
    stream.write_all(&body).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.ok();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    stopping.await.unwrap();
    assert!(get_trace(&bench.store, thalweg_telemetry::TraceId([1; 16])).await.unwrap().is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn many_senders_at_once_lose_nothing() {
    let bench = Bench::new().await;
    let address = format!("http://{}", bench.grpc());
    let senders = (1..=8_u8).map(|sender| {
        let address = address.clone();
        tokio::spawn(async move {
            let mut client = TraceServiceClient::connect(address).await.unwrap();
            for trace in 1..=20 {
                // All senders add to the same traces.
                client.export(batch(&format!("service {sender}"), vec![span(trace, sender)])).await.unwrap();
            }
        })
    });
    for sender in senders.collect::<Vec<_>>() {
        sender.await.unwrap();
    }
    let list = list_traces(&bench.store, 100, None).await.unwrap().traces;
    assert_eq!(list.len(), 20);
    assert!(list.iter().all(|trace| trace.spans == 8 && trace.services.len() == 8));
}

#[tokio::test]
async fn a_client_that_connects_early_and_sends_late_is_served() {
    let short = std::time::Duration::from_millis(100);
    let limits = thalweg_telemetry::Limits { head_timeout: short, idle_timeout: short, ..Default::default() };
    let bench = Bench::with(limits).await;
    let mut client = TraceServiceClient::connect(format!("http://{}", bench.grpc())).await.unwrap();
    for trace in 1..=2 {
        // Its connection is closed meanwhile, first as one that never asked, then as an idle one.
        while bench.receiver.status().connections > 0 {
            tokio::task::yield_now().await;
        }
        // It may not have noticed yet; a real client then tries again, as OTLP asks of it.
        if let Err(status) = client.export(batch("shop", vec![span(trace, 1)])).await {
            assert!([tonic::Code::Unavailable, tonic::Code::Unknown].contains(&status.code()), "{status}");
            client.export(batch("shop", vec![span(trace, 1)])).await.unwrap();
        }
    }
    assert_eq!(bench.spans().await, 2);
}
