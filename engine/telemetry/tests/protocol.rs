//! What the receiver answers, case by case: OTLP's rules and the guard against web pages.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on fails")]

mod common;

use std::net::SocketAddr;
use std::time::Duration;

use common::{Bench, RpcStatus, batch, free_ports, raw, request, span};
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_client::TraceServiceClient;
use prost::Message;
use thalweg_store::Store;
use thalweg_telemetry::{Limits, Receiver, ReceiverConfig, ReceiverError};
use tonic::Code;

const PROTOBUF: &str = "application/x-protobuf";
const JSON: &str = "application/json";

#[tokio::test]
async fn paths_methods_and_media_types() {
    let bench = Bench::new().await;
    let good = batch("shop", vec![span(1, 1)]).encode_to_vec();
    let cases: &[(&str, &str, Option<&str>, u16, i32)] = &[
        ("POST", "/v1/traces", Some(PROTOBUF), 200, 0),
        ("POST", "/v1/traces?a=b", Some("application/X-Protobuf ; x=y"), 200, 0),
        ("POST", "/v1/trace", Some(PROTOBUF), 404, 12),
        ("POST", "/v1/traces/", Some(PROTOBUF), 404, 12),
        ("POST", "/V1/TRACES", Some(PROTOBUF), 404, 12),
        ("POST", "/", Some(PROTOBUF), 404, 12),
        ("GET", "/", None, 404, 12),
        ("GET", "/v1/logs", None, 405, 12),
        ("GET", "/v1/metrics", None, 405, 12),
        ("POST", "/v1development/profiles", Some(PROTOBUF), 404, 12),
        ("GET", "/v1/traces", None, 405, 12),
        ("PUT", "/v1/traces", Some(PROTOBUF), 405, 12),
        ("DELETE", "/v1/traces", None, 405, 12),
        ("OPTIONS", "/v1/traces", None, 405, 12),
        ("POST", "/v1/traces", None, 415, 3),
        ("POST", "/v1/traces", Some("text/plain"), 415, 3),
        ("POST", "/v1/traces", Some("application/x-www-form-urlencoded"), 415, 3),
        ("POST", "/v1/traces", Some("multipart/form-data; boundary=x"), 415, 3),
        ("POST", "/v1/traces", Some("application/protobuf"), 415, 3),
        ("POST", "/v1/traces", Some("application/grpc"), 200, 0),
        ("POST", "/v1/traces", Some(JSON), 400, 3),
    ];
    for (method, path, media, status, code) in cases {
        let headers: Vec<_> = media.iter().map(|media| ("Content-Type", *media)).collect();
        let reply = request(bench.http(), method, path, &headers, &good).await;
        assert_eq!(reply.status, *status, "{method} {path} {media:?}: {}", reply.head);
        if *status != 200 {
            // The Status comes in the request's format, and in JSON where that is unknown.
            let told = match reply.header("content-type") {
                Some(PROTOBUF) => RpcStatus::decode(&reply.body[..]).unwrap(),
                Some(JSON) => RpcStatus {
                    code: reply.json()["code"].as_i64().unwrap() as i32,
                    message: reply.json()["message"].as_str().unwrap().to_owned(),
                    details: vec![],
                },
                other => panic!("{other:?}"),
            };
            assert_eq!(told.code, *code, "{method} {path} {media:?}");
            assert!(!told.message.is_empty());
            assert_eq!(reply.header("content-type") == Some(PROTOBUF), *media == Some(PROTOBUF));
        }
        assert_eq!(reply.header("allow"), (*status == 405).then_some("POST"));
        assert!(
            !reply.head.to_lowercase().contains("access-control"),
            "a page that nobody allowed gets no CORS header"
        );
    }
    // Over HTTP/1 gRPC is refused in gRPC's own words, and nothing of it is stored.
    let grpc = request(bench.http(), "POST", "/v1/traces", &[("Content-Type", "application/grpc")], &good).await;
    assert_eq!(grpc.header("grpc-status"), Some("3"));
    assert_eq!(bench.spans().await, 1);
}

#[tokio::test]
async fn empty_requests_succeed() {
    let bench = Bench::new().await;
    assert_eq!(bench.post(PROTOBUF, b"").await.body, b"");
    assert_eq!(bench.post(JSON, b"{}").await.json(), serde_json::json!({}));
    assert_eq!(bench.post_with(PROTOBUF, &[("Content-Encoding", "gzip")], &common::gzip(b"")).await.status, 200);
    let mut grpc = TraceServiceClient::connect(format!("http://{}", bench.grpc())).await.unwrap();
    assert_eq!(grpc.export(batch("shop", vec![])).await.unwrap().into_inner().partial_success, None);
    assert_eq!(bench.spans().await, 0);
}

#[tokio::test]
async fn compressions() {
    let bench = Bench::new().await;
    let plain = batch("shop", vec![span(1, 1)]).encode_to_vec();
    for (encoding, body, status) in [
        ("gzip", common::gzip(&plain), 200),
        ("GZIP", common::gzip(&plain), 200),
        ("identity", plain.clone(), 200),
        ("gzip", plain.clone(), 400),
        ("zstd", zstd::bulk::compress(&plain, 3).unwrap(), 200),
        ("zstd", plain.clone(), 400),
        ("br", plain.clone(), 415),
        ("gzip, gzip", common::gzip(&common::gzip(&plain)), 415),
    ] {
        let reply = bench.post_with(PROTOBUF, &[("Content-Encoding", encoding)], &body).await;
        assert_eq!(reply.status, status, "{encoding}");
    }
    let twice = [("Content-Encoding", "gzip"), ("Content-Encoding", "gzip")];
    assert_eq!(bench.post_with(PROTOBUF, &twice, &common::gzip(&common::gzip(&plain))).await.status, 415);
}

/// Requests a browser could be made to send, each as it would arrive. None may store anything.
#[tokio::test]
async fn web_pages_are_kept_out() {
    let bench = Bench::new().await;
    let (http, port) = (bench.http(), bench.http().port());
    let body = batch("evil", vec![span(6, 6)]).encode_to_vec();
    let length = body.len();
    let ours = format!("localhost:{port}");
    let long = "a".repeat(64 << 10);
    // Request target, headers.
    let cases: Vec<(&str, Vec<String>, &[u16])> = vec![
        ("/v1/traces", vec![format!("Host: {ours}"), "Origin: http://evil.example".into()], &[403]),
        ("/v1/traces", vec![format!("Host: {ours}"), "Origin: null".into()], &[403]),
        ("/v1/traces", vec![format!("Host: {ours}"), format!("Origin: http://{ours}")], &[403]),
        ("/v1/traces", vec![format!("Host: {ours}"), "Sec-Fetch-Site: cross-site".into()], &[403]),
        ("/v1/traces", vec![format!("Host: {ours}"), "Sec-Fetch-Site: same-site".into()], &[403]),
        ("/v1/traces", vec![format!("Host: evil.example:{port}")], &[403]),
        ("/v1/traces", vec!["Host: evil.example".into()], &[403]),
        ("/v1/traces", vec![format!("Host: 0.0.0.0:{port}")], &[403]),
        ("/v1/traces", vec![format!("Host: localhost.:{port}")], &[403]),
        ("/v1/traces", vec![format!("Host: localhost.evil.example:{port}")], &[403]),
        ("/v1/traces", vec![format!("Host: user@localhost:{port}")], &[403]),
        ("/v1/traces", vec![format!("Host: [::ffff:127.0.0.1]:{port}")], &[403]),
        ("/v1/traces", vec![format!("Host: localhost:{}", port.wrapping_add(1))], &[403]),
        ("/v1/traces", vec!["Host: localhost".into()], &[403]),
        ("/v1/traces", vec!["Host:".into()], &[400, 403]),
        ("/v1/traces", vec![], &[400]),
        ("/v1/traces", vec![format!("Host: {ours}"), "Host: evil.example".into()], &[400]),
        ("/v1/traces", vec![format!("Host: {long}")], &[400, 431]),
        ("http://evil.example/v1/traces", vec![format!("Host: {ours}")], &[403]),
        ("http://evil.example/v1/traces", vec!["Host: evil.example".into()], &[403]),
        ("http://user:pass@localhost/v1/traces", vec![format!("Host: {ours}")], &[400, 403]),
    ];
    for (target, headers, allowed) in cases {
        let headers = headers.iter().fold(String::new(), |all, header| all + header + "\r\n");
        let head =
            format!("POST {target} HTTP/1.1\r\n{headers}Content-Type: {PROTOBUF}\r\nContent-Length: {length}\r\n\r\n");
        let reply = raw(http, &[head.as_bytes(), &body].concat()).await;
        let shown: String = headers.chars().take(80).collect();
        assert!(allowed.contains(&reply.status), "{target} {shown}: {}", reply.head);
        assert!(!reply.head.to_lowercase().contains("access-control"));
    }
    assert_eq!(bench.spans().await, 0);
    for host in [ours, format!("LOCALHOST:{port}"), format!("127.0.0.1:{port}"), format!("[::1]:{port}")] {
        let head = format!(
            "POST /v1/traces HTTP/1.1\r\nHost: {host}\r\nContent-Type: {PROTOBUF}\r\nContent-Length: {length}\r\n\r\n"
        );
        assert_eq!(raw(http, &[head.as_bytes(), &body].concat()).await.status, 200, "{host}");
    }
}

#[tokio::test]
async fn a_grpc_authority_that_is_not_ours_is_refused() {
    let bench = Bench::new().await;
    let address = format!("http://{}", bench.grpc());
    let origin: tonic::transport::Uri = format!("http://evil.example:{}", bench.grpc().port()).parse().unwrap();
    let channel = tonic::transport::Endpoint::from_shared(address).unwrap().origin(origin).connect().await.unwrap();
    let status = TraceServiceClient::new(channel).export(batch("evil", vec![span(1, 1)])).await.unwrap_err();
    assert_eq!(status.code(), Code::PermissionDenied);
    assert_eq!(bench.spans().await, 0);
}

#[tokio::test]
async fn a_store_that_cannot_write_asks_for_a_retry() {
    let bench = Bench::new().await;
    bench.store.close().await;
    let body = batch("shop", vec![span(1, 1)]);

    let reply = bench.post(PROTOBUF, &body.encode_to_vec()).await;
    assert_eq!((reply.status, reply.header("retry-after")), (503, Some("1")));
    let told = RpcStatus::decode(&reply.body[..]).unwrap();
    assert_eq!((told.code, told.details[0].type_url.as_str()), (14, "type.googleapis.com/google.rpc.RetryInfo"));
    assert!(told.message.starts_with("nothing was stored: "), "{}", told.message);

    let reply = bench.post(JSON, &serde_json::to_vec(&body).unwrap()).await;
    assert_eq!((reply.status, &reply.json()["details"][0]["retryDelay"]), (503, &"1s".into()));

    let mut grpc = TraceServiceClient::connect(format!("http://{}", bench.grpc())).await.unwrap();
    let status = grpc.export(body).await.unwrap_err();
    assert_eq!(status.code(), Code::Unavailable);
    assert_eq!(RpcStatus::decode(status.details()).unwrap().details[0].type_url, told.details[0].type_url);
    assert_eq!(bench.receiver.status().spans_stored, 0);
}

#[tokio::test]
async fn too_much_at_once_asks_for_a_retry() {
    // Room for one request of this size, and it is being sent.
    let limits = Limits { in_flight_bytes: 256 << 10, ..Limits::default() };
    let bench = Bench::with(limits).await;
    let body = vec![0x12; 200 << 10];
    let head = format!(
        "POST /v1/traces HTTP/1.1\r\nHost: {}\r\nContent-Type: {PROTOBUF}\r\nContent-Length: {}\r\n\r\n",
        bench.http(),
        201 << 10
    );
    let mut first = tokio::net::TcpStream::connect(bench.http()).await.unwrap();
    tokio::io::AsyncWriteExt::write_all(&mut first, &[head.as_bytes(), &body].concat()).await.unwrap();
    let reply = loop {
        let reply = bench.post(PROTOBUF, &body).await;
        // Until the first one has been read this far, the second is only malformed.
        if reply.status != 400 {
            break reply;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    };
    assert_eq!((reply.status, reply.header("retry-after")), (429, Some("1")));
    assert_eq!(RpcStatus::decode(&reply.body[..]).unwrap().code, 14);
    drop(first);
    // The room comes back.
    let good = batch("shop", vec![span(1, 1)]).encode_to_vec();
    assert_eq!(bench.post(PROTOBUF, &good).await.status, 200);
}

#[tokio::test]
async fn a_taken_port_is_named_with_a_way_out() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path().join("thalweg.db")).await.unwrap();
    let free = free_ports(Limits::default());
    for (config, option) in [
        (ReceiverConfig { grpc: address, ..free.clone() }, "--grpc"),
        (ReceiverConfig { http: address, ..free.clone() }, "--http"),
    ] {
        let error = Receiver::start(config, store.clone()).await.err().unwrap();
        assert!(matches!(error, ReceiverError::PortTaken { .. }));
        let text = error.to_string();
        assert!(text.contains(&format!("port {} ", address.port())) && text.contains(option), "{text}");
        // Here the other program is this one.
        let holder = format!("(process {})", std::process::id());
        assert!(!cfg!(target_os = "linux") || text.contains(&holder), "{text}");
    }
    // Once it is free, so are we.
    drop(taken);
    let receiver = Receiver::start(ReceiverConfig { http: address, ..free }, store).await.unwrap();
    assert_eq!(receiver.status().http, address);
}

#[tokio::test]
async fn only_the_loopback_interface_is_listened_on() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path().join("thalweg.db")).await.unwrap();
    let everywhere: SocketAddr = "0.0.0.0:0".parse().unwrap();
    let config = ReceiverConfig { grpc: everywhere, ..free_ports(Limits::default()) };
    let error = Receiver::start(config, store).await.err().unwrap();
    assert!(error.to_string().starts_with("0.0.0.0:0 can be reached from other machines"));
}

#[tokio::test]
async fn localhost_is_heard_over_ipv6_too() {
    if std::net::TcpListener::bind("[::1]:0").is_err() {
        // This machine has no IPv6 loopback to be heard on.
        return;
    }
    let bench = Bench::new().await;
    let port = bench.http().port();
    let good = batch("shop", vec![span(1, 1)]).encode_to_vec();
    let reply = request(
        SocketAddr::from((std::net::Ipv6Addr::LOCALHOST, port)),
        "POST",
        "/v1/traces",
        &[("Content-Type", PROTOBUF)],
        &good,
    )
    .await;
    assert_eq!(reply.status, 200, "{}", reply.head);
}
