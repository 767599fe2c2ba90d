//! Hostile and broken input: always an answer, never a crash, and the next good request is accepted.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on fails")]

mod common;

use std::io::Write as _;
use std::time::Duration;

use common::{Bench, batch, raw, span};
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_client::TraceServiceClient;
use prost::Message;
use thalweg_telemetry::Limits;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tonic::Code;
use tonic::codec::CompressionEncoding;

const PROTOBUF: &str = "application/x-protobuf";
const JSON: &str = "application/json";
const GZIP: [(&str, &str); 1] = [("Content-Encoding", "gzip")];

async fn assert_still_well(bench: &Bench) {
    let good = batch("good", vec![span(200, 200)]).encode_to_vec();
    assert_eq!(bench.post(PROTOBUF, &good).await.status, 200);
}

/// `size` zeros, packed a thousandfold.
fn bomb(size: usize) -> Vec<u8> {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    let zeros = vec![0; 1 << 20];
    for _ in 0..size >> 20 {
        gzip.write_all(&zeros).unwrap();
    }
    gzip.finish().unwrap()
}

#[tokio::test]
async fn a_gzip_bomb_is_stopped_while_it_unpacks() {
    let bench = Bench::new().await;
    let bomb = bomb(256 << 20);
    assert!(bomb.len() < 1 << 20);
    for media in [PROTOBUF, JSON] {
        assert_eq!(bench.post_with(media, &GZIP, &bomb).await.status, 413);
    }
    // Many small ones behind each other are one large one.
    let members = common::gzip(&vec![0; 1 << 20]).repeat(65);
    assert_eq!(bench.post_with(PROTOBUF, &GZIP, &members).await.status, 413);
    assert_still_well(&bench).await;
}

#[tokio::test]
async fn limits_hold_as_sent_and_as_unpacked() {
    let limits = Limits { encoded_bytes: 4 << 10, decoded_bytes: 64 << 10, ..Limits::default() };
    let bench = Bench::with(limits).await;
    // Announced, and not announced.
    assert_eq!(bench.post(PROTOBUF, &[0; (4 << 10) + 1]).await.status, 413);
    let chunk = format!("1001\r\n{}\r\n0\r\n\r\n", "0".repeat(0x1001));
    let head = format!(
        "POST /v1/traces HTTP/1.1\r\nHost: {}\r\nContent-Type: {JSON}\r\nTransfer-Encoding: chunked\r\n\r\n",
        bench.http()
    );
    assert_eq!(raw(bench.http(), format!("{head}{chunk}").as_bytes()).await.status, 413);
    // One byte more than allowed once unpacked; exactly as much is only malformed.
    assert_eq!(bench.post_with(PROTOBUF, &GZIP, &common::gzip(&vec![0; (64 << 10) + 1])).await.status, 413);
    assert_eq!(bench.post_with(PROTOBUF, &GZIP, &common::gzip(&vec![0; 64 << 10])).await.status, 400);

    let client = TraceServiceClient::connect(format!("http://{}", bench.grpc())).await.unwrap();
    let large = batch("shop", (1..=60).map(|id| span(1, id)).collect());
    let status = client.clone().export(large).await.unwrap_err();
    assert_eq!(
        (status.code(), status.details().len()),
        (Code::ResourceExhausted, 0),
        "no RetryInfo: it would never fit"
    );
    let mut fat = span(1, 1);
    fat.attributes[0] = common::attribute("colour", &"b".repeat(65 << 10));
    let status = client.send_compressed(CompressionEncoding::Gzip).export(batch("shop", vec![fat])).await.unwrap_err();
    assert_eq!((status.code(), status.details().len()), (Code::ResourceExhausted, 0));
    assert_eq!(bench.spans().await, 0);
    assert_still_well(&bench).await;
}

#[tokio::test]
async fn deep_nesting_is_refused() {
    let bench = Bench::new().await;
    for depth in [33, 100, 101, 200_000] {
        let json = format!(
            r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{{"traceId":"{}","spanId":"{}","attributes":[{{"key":"k","value":{}{}}}]}}]}}]}}]}}"#,
            "01".repeat(16),
            "01".repeat(8),
            r#"{"arrayValue":{"values":["#.repeat(depth),
            "]}}".repeat(depth),
        );
        let reply = bench.post(JSON, json.as_bytes()).await;
        match reply.status {
            400 => {}
            200 => assert_eq!(reply.json()["partialSuccess"]["rejectedSpans"], "1"),
            other => panic!("{other}"),
        }
        let unknown = format!(r#"{{"unknown":{}{}}}"#, "[".repeat(depth), "]".repeat(depth));
        assert!([200, 400].contains(&bench.post(JSON, unknown.as_bytes()).await.status));
    }
    assert_eq!(bench.spans().await, 0);
    assert_still_well(&bench).await;
}

#[tokio::test]
async fn cut_short_at_every_byte() {
    let bench = Bench::new().await;
    let request = batch("shop", vec![span(1, 1), span(1, 2), span(1, 3)]);
    let (protobuf, json) = (request.encode_to_vec(), serde_json::to_vec(&request).unwrap());
    let packed = common::gzip(&protobuf);
    for cut in 0..protobuf.len() {
        // The empty message is legal; every other cut lies inside the one outer field.
        let expected = if cut == 0 { 200 } else { 400 };
        assert_eq!(bench.post(PROTOBUF, &protobuf[..cut]).await.status, expected, "protobuf cut at {cut}");
    }
    for cut in 0..json.len() {
        assert_eq!(bench.post(JSON, &json[..cut]).await.status, 400, "JSON cut at {cut}");
    }
    for cut in 1..packed.len() {
        assert_eq!(bench.post_with(PROTOBUF, &GZIP, &packed[..cut]).await.status, 400, "gzip cut at {cut}");
    }
    assert_eq!(bench.spans().await, 0);
    assert_still_well(&bench).await;
}

#[tokio::test]
async fn a_connection_that_sends_nothing_useful_is_closed() {
    let limits = Limits {
        head_timeout: Duration::from_millis(200),
        body_timeout: Duration::from_millis(200),
        idle_timeout: Duration::from_millis(200),
        ..Limits::default()
    };
    let bench = Bench::with(limits).await;
    let head = format!("POST /v1/traces HTTP/1.1\r\nHost: {}\r\n", bench.http());
    let begun = format!("{head}Content-Type: {PROTOBUF}\r\nContent-Length: 100\r\n\r\nabc");
    let asked = format!("{head}Content-Type: {PROTOBUF}\r\nContent-Length: 0\r\n\r\n");
    for (what, bytes) in [
        ("nothing", ""),
        ("a piece of a head", head.as_str()),
        ("a piece of the HTTP/2 preface", "PRI * HTTP/2.0\r\n"),
        ("the HTTP/2 preface alone", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
        ("a body that does not come", begun.as_str()),
        ("an idle connection", asked.as_str()),
    ] {
        let mut stream = TcpStream::connect(bench.http()).await.unwrap();
        stream.write_all(bytes.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        // The end of the stream is what is waited for; without it this test hangs.
        stream.read_to_end(&mut answer).await.ok();
        let answer = String::from_utf8_lossy(&answer);
        match what {
            "a body that does not come" => assert!(answer.starts_with("HTTP/1.1 408"), "{what}: {answer}"),
            "an idle connection" => assert!(answer.starts_with("HTTP/1.1 200"), "{what}: {answer}"),
            _ => {}
        }
    }
    assert_still_well(&bench).await;
}

#[tokio::test]
async fn more_connections_than_places_are_closed_at_once() {
    let bench = Bench::with(Limits { connections: 2, ..Limits::default() }).await;
    let held = [TcpStream::connect(bench.http()).await.unwrap(), TcpStream::connect(bench.grpc()).await.unwrap()];
    while bench.receiver.status().connections < 2 {
        tokio::task::yield_now().await;
    }
    let mut third = TcpStream::connect(bench.http()).await.unwrap();
    let mut byte = [0];
    assert!(matches!(third.read(&mut byte).await, Ok(0) | Err(_)));
    drop(held);
    while bench.receiver.status().connections > 0 {
        tokio::task::yield_now().await;
    }
    assert_still_well(&bench).await;
}

#[tokio::test]
async fn names_are_kept_as_they_are_and_never_interpreted() {
    let bench = Bench::new().await;
    let mut odd = span(1, 1);
    odd.name = "<script>alert(1)</script>\u{0}\u{1b}[31m\u{202e}'; DROP TABLE span; --".into();
    let body = batch("svc'\"\u{0}", vec![odd.clone()]);
    assert_eq!(bench.post(PROTOBUF, &body.encode_to_vec()).await.status, 200);
    let list = thalweg_telemetry::list_traces(&bench.store, 10, None).await.unwrap().traces;
    assert_eq!((list[0].root.as_str(), list[0].service.as_str()), (odd.name.as_str(), "svc'\"\u{0}"));
    // A text that is not UTF-8 is malformed protobuf.
    let mut bytes = batch("shop", vec![span(9, 9)]).encode_to_vec();
    let at = bytes.windows(4).position(|four| four == b"blue").unwrap();
    bytes[at] = 0xff;
    assert_eq!(bench.post(PROTOBUF, &bytes).await.status, 400);
}
