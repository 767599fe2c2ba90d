//! Who may send beyond the programs of this machine: web pages that the user allowed, and whoever shows the token.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on fails")]

mod common;

use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::time::Duration;

use common::signals::Signal;
use common::{Bench, RpcStatus, free_ports, request};
use prost::Message;
use thalweg_telemetry::{Limits, ReceiverConfig};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tonic::Code;

const PROTOBUF: &str = "application/x-protobuf";
const PAGE: &str = "http://localhost:3000";
const TOKEN: &str = "correct-horse-battery-staple";

async fn allowing_a_page() -> Bench {
    Bench::of(ReceiverConfig { origins: vec![PAGE.parse().unwrap()], ..free_ports(Limits::default()) }).await
}

async fn with_a_token() -> Bench {
    Bench::of(ReceiverConfig { token: Some(TOKEN.parse().unwrap()), ..free_ports(Limits::default()) }).await
}

#[tokio::test]
async fn a_page_that_was_allowed_may_ask_and_send() {
    let bench = allowing_a_page().await;
    for signal in Signal::ALL {
        let asked = [
            ("Origin", PAGE),
            ("Sec-Fetch-Site", "same-site"),
            ("Access-Control-Request-Method", "POST"),
            ("Access-Control-Request-Headers", "content-type"),
            ("Access-Control-Request-Private-Network", "true"),
        ];
        let reply = request(bench.http(), "OPTIONS", signal.path(), &asked, b"").await;
        assert_eq!((reply.status, reply.header("access-control-allow-origin")), (204, Some(PAGE)));
        assert_eq!(reply.header("access-control-allow-methods"), Some("POST"));
        assert!(reply.header("access-control-allow-headers").unwrap().contains("Content-Type"));
        assert_eq!(reply.header("access-control-allow-private-network"), Some("true"));
        assert_eq!(reply.header("vary"), Some("Origin"));

        let page = [("Origin", PAGE), ("Sec-Fetch-Site", "same-site")];
        let reply = bench.send(signal, "application/json", &page, &signal.good_json(1)).await;
        assert_eq!((reply.status, reply.header("access-control-allow-origin")), (200, Some(PAGE)));
        // It may read why it was refused, too.
        let reply = bench.send(signal, "application/json", &page, b"{").await;
        assert_eq!((reply.status, reply.header("access-control-allow-origin")), (400, Some(PAGE)));
        assert_eq!(bench.counts(signal).stored, 1);
    }
    let nowhere = [("Origin", PAGE), ("Access-Control-Request-Method", "POST")];
    assert_eq!(request(bench.http(), "OPTIONS", "/v1/trace", &nowhere, b"").await.status, 404);
}

#[tokio::test]
async fn every_other_page_is_kept_out() {
    let bench = allowing_a_page().await;
    for origin in
        ["http://localhost:3001", "https://localhost:3000", "http://evil.example", "null", "http://localhost:3000, x"]
    {
        let asked = [("Origin", origin), ("Access-Control-Request-Method", "POST")];
        for (method, body) in [("OPTIONS", vec![]), ("POST", Signal::Logs.good(1))] {
            let headers = [&asked[..], &[("Content-Type", PROTOBUF)]].concat();
            let reply = request(bench.http(), method, "/v1/logs", &headers, &body).await;
            assert_eq!(reply.status, 403, "{method} from {origin}");
            assert!(!reply.head.to_lowercase().contains("access-control"), "{}", reply.head);
        }
    }
    // A program without an Origin is as welcome as ever, and gets no header of pages.
    let reply = bench.send(Signal::Logs, PROTOBUF, &[], &Signal::Logs.good(1)).await;
    assert_eq!((reply.status, reply.header("access-control-allow-origin")), (200, None));
}

#[tokio::test]
async fn without_the_token_nothing_passes() {
    let bench = with_a_token().await;
    let right = format!("Bearer {TOKEN}");
    for signal in Signal::ALL {
        for wrong in [None, Some("Bearer wrong-wrong-wrong-wrong"), Some(TOKEN), Some("Basic dTpw")] {
            let headers: Vec<_> = wrong.iter().map(|value| ("Authorization", *value)).collect();
            let reply = bench.send(signal, PROTOBUF, &headers, &signal.good(1)).await;
            assert_eq!((reply.status, reply.header("www-authenticate")), (401, Some("Bearer")), "{wrong:?}");
            assert_eq!(RpcStatus::decode(&reply.body[..]).unwrap().code, 16);
            let mut client = signal.connect(bench.grpc()).await;
            client.token = wrong.map(str::to_owned);
            let status = client.export(signal.good(1)).await.unwrap_err();
            assert_eq!((status.code(), status.details()), (Code::Unauthenticated, &b""[..]));
        }
        assert_eq!(bench.counts(signal).stored, 0);
        let reply = bench.send(signal, PROTOBUF, &[("Authorization", &right)], &signal.good(1)).await;
        assert_eq!(reply.status, 200);
        let mut client = signal.connect(bench.grpc()).await;
        client.token = Some(right.clone());
        client.export(signal.good(2)).await.unwrap();
        assert_eq!(bench.counts(signal).stored, 2);
    }
    // It does not replace the guard against rebound names.
    let headers = [("Authorization", &*right), ("Content-Type", PROTOBUF), ("Origin", "http://evil.example")];
    assert_eq!(request(bench.http(), "POST", "/v1/logs", &headers, &Signal::Logs.good(3)).await.status, 403);
}

/// An address of this machine that is not a loopback one, if it has any. Nothing is sent: connecting a datagram socket only chooses.
fn own_address() -> Option<Ipv4Addr> {
    let socket = UdpSocket::bind("0.0.0.0:0").ok()?;
    socket.connect("192.0.2.1:9").ok()?;
    match socket.local_addr().ok()? {
        SocketAddr::V4(address) if !address.ip().is_loopback() && !address.ip().is_unspecified() => Some(*address.ip()),
        _ => None,
    }
}

#[tokio::test]
async fn with_a_token_other_machines_may_be_listened_to() {
    let Some(own) = own_address() else {
        // A machine without a network has nobody to be reached by.
        return;
    };
    let everywhere: SocketAddr = "0.0.0.0:0".parse().unwrap();
    let token = Some(TOKEN.parse().unwrap());
    let config = ReceiverConfig { http: everywhere, token, ..free_ports(Limits::default()) };
    let bench = Bench::of(config).await;
    let address = SocketAddr::from((own, bench.http().port()));
    let right = format!("Bearer {TOKEN}");
    let send = async |headers: &[(&str, &str)]| {
        let headers = [&[("Content-Type", PROTOBUF)][..], headers].concat();
        request(address, "POST", "/v1/logs", &headers, &Signal::Logs.good(1)).await.status
    };
    assert_eq!(send(&[]).await, 401);
    assert_eq!(send(&[("Authorization", &right)]).await, 200);
}

/// Whoever does not show the token takes places from others like it, and not for long.
#[tokio::test]
async fn strangers_keep_nobody_out_who_has_the_token() {
    let limits = Limits {
        connections: 16,
        strangers: 8,
        strangers_per_address: 8,
        head_timeout: Duration::from_millis(500),
        ..Limits::default()
    };
    let bench = Bench::of(ReceiverConfig { token: Some(TOKEN.parse().unwrap()), ..free_ports(limits) }).await;
    let mut known = Signal::Logs.connect(bench.grpc()).await;
    known.token = Some(format!("Bearer {TOKEN}"));
    known.clone().export(Signal::Logs.good(1)).await.unwrap();
    // Far more than there are places at all; some say nothing, some ask again and again.
    let mut strangers = Vec::new();
    for number in 0..40 {
        let mut stranger = TcpStream::connect(bench.http()).await.unwrap();
        if number % 2 == 0 {
            let asked =
                "POST /v1/logs HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}";
            stranger.write_all(asked.as_bytes()).await.ok();
        }
        strangers.push(stranger);
    }
    // There is room left for who has it, and who was known stays so.
    known.clone().export(Signal::Logs.good(2)).await.unwrap();
    assert!(bench.receiver.status().connections <= 9, "{}", bench.receiver.status().connections);
    // All of them are sent away in the end, those that asked too.
    for mut stranger in strangers {
        let mut answer = Vec::new();
        // Reset or ended, either is the end.
        stranger.read_to_end(&mut answer).await.ok();
    }
    known.clone().export(Signal::Logs.good(3)).await.unwrap();
    let right = format!("Bearer {TOKEN}");
    let reply = bench.send(Signal::Logs, PROTOBUF, &[("Authorization", &right)], &Signal::Logs.good(4)).await;
    assert_eq!((reply.status, bench.counts(Signal::Logs).stored), (200, 4));
}
