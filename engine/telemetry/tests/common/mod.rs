//! What the receiver's tests share: a running receiver and a small HTTP client that sends exactly what it is told.

#![allow(dead_code, reason = "each test file uses its part")]

pub(crate) mod signals;

use std::net::SocketAddr;

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, InstrumentationScope, KeyValue};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span};
use tempfile::TempDir;
use thalweg_store::Store;
use thalweg_telemetry::{Counts, Limits, Receiver, ReceiverConfig};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use self::signals::Signal;

/// A receiver on free ports with a store of its own.
pub(crate) struct Bench {
    pub(crate) folder: TempDir,
    pub(crate) store: Store,
    pub(crate) receiver: Receiver,
}

impl Bench {
    pub(crate) async fn new() -> Self {
        Self::with(Limits::default()).await
    }

    pub(crate) async fn with(limits: Limits) -> Self {
        Self::of(free_ports(limits)).await
    }

    pub(crate) async fn of(config: ReceiverConfig) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path().join("thalweg.db")).await.unwrap();
        let receiver = Receiver::start(config, store.clone()).await.unwrap();
        Self { folder, store, receiver }
    }

    pub(crate) fn grpc(&self) -> SocketAddr {
        self.receiver.status().grpc
    }

    pub(crate) fn http(&self) -> SocketAddr {
        self.receiver.status().http
    }

    /// Sends a body to `/v1/traces`.
    pub(crate) async fn post(&self, media: &str, body: &[u8]) -> Reply {
        self.post_with(media, &[], body).await
    }

    pub(crate) async fn post_with(&self, media: &str, headers: &[(&str, &str)], body: &[u8]) -> Reply {
        let mut all = vec![("Content-Type", media)];
        all.extend_from_slice(headers);
        request(self.http(), "POST", "/v1/traces", &all, body).await
    }

    /// Sends a body to where a signal is received.
    pub(crate) async fn send(&self, signal: Signal, media: &str, headers: &[(&str, &str)], body: &[u8]) -> Reply {
        let mut all = vec![("Content-Type", media)];
        all.extend_from_slice(headers);
        request(self.http(), "POST", signal.path(), &all, body).await
    }

    /// What was received of a signal.
    pub(crate) fn counts(&self, signal: Signal) -> Counts {
        let status = self.receiver.status();
        match signal {
            Signal::Traces => {
                Counts { stored: status.spans_stored, repeated: status.spans_repeated, refused: status.spans_refused }
            }
            Signal::Logs => status.logs,
            Signal::Metrics => status.points,
        }
    }

    /// All spans of all traces.
    pub(crate) async fn spans(&self) -> u64 {
        thalweg_telemetry::list_traces(&self.store, 1000, None).await.unwrap().traces.iter().map(|t| t.spans).sum()
    }
}

pub(crate) fn free_ports(limits: Limits) -> ReceiverConfig {
    let free: SocketAddr = "127.0.0.1:0".parse().unwrap();
    ReceiverConfig { grpc: free, http: free, limits, ..ReceiverConfig::default() }
}

/// `google.rpc.Status`, read independently of the receiver's own.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct RpcStatus {
    #[prost(int32, tag = "1")]
    pub(crate) code: i32,
    #[prost(string, tag = "2")]
    pub(crate) message: String,
    #[prost(message, repeated, tag = "3")]
    pub(crate) details: Vec<prost_types::Any>,
}

/// A response as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Reply {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

/// A request with the right Host.
pub(crate) async fn request(to: SocketAddr, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Reply {
    let mut head = format!("{method} {path} HTTP/1.1\r\nHost: {to}\r\nContent-Length: {}\r\n", body.len());
    for (name, value) in headers {
        head.extend([name, ": ", value, "\r\n"]);
    }
    raw(to, &[format!("{head}Connection: close\r\n\r\n").as_bytes(), body].concat()).await
}

/// Sends bytes and reads the response until the other side closes.
pub(crate) async fn raw(to: SocketAddr, bytes: &[u8]) -> Reply {
    let stream = TcpStream::connect(to).await.unwrap();
    let (mut from, mut into) = stream.into_split();
    let bytes = bytes.to_vec();
    // A refusal may come, and the connection close, before all was sent.
    let sending = tokio::spawn(async move {
        into.write_all(&bytes).await.ok();
        into
    });
    let mut answer = Vec::new();
    let mut piece = [0; 4096];
    while let Ok(read) = from.read(&mut piece).await {
        if read == 0 {
            break;
        }
        answer.extend_from_slice(&piece[..read]);
        if complete(&answer) {
            break;
        }
    }
    sending.abort();
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n").unwrap_or(answer.len());
    let head = String::from_utf8_lossy(&answer[..end]).into_owned();
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
    Reply { status, head, body: answer.get(end + 4..).unwrap_or_default().to_vec() }
}

fn complete(answer: &[u8]) -> bool {
    let Some(end) = answer.windows(4).position(|four| four == b"\r\n\r\n") else { return false };
    let head = String::from_utf8_lossy(&answer[..end]).to_lowercase();
    let length =
        head.split("content-length:").nth(1).and_then(|rest| rest.lines().next()?.trim().parse::<usize>().ok());
    length.is_some_and(|length| answer.len() >= end + 4 + length)
}

pub(crate) fn attribute(key: &str, value: &str) -> KeyValue {
    KeyValue {
        key: key.into(),
        value: Some(AnyValue { value: Some(Value::StringValue(value.into())) }),
        key_strindex: 0,
    }
}

/// A span that is fine.
pub(crate) fn span(trace: u8, id: u8) -> Span {
    Span {
        trace_id: vec![trace; 16],
        span_id: vec![id; 8],
        name: format!("span {id}"),
        kind: 1,
        start_time_unix_nano: 1_700_000_000_000_000_000 + u64::from(id) * 1_000_000,
        end_time_unix_nano: 1_700_000_000_500_000_000 + u64::from(id) * 1_000_000,
        attributes: vec![attribute("colour", "blue")],
        ..Span::default()
    }
}

/// A request of one service.
pub(crate) fn batch(service: &str, spans: Vec<Span>) -> ExportTraceServiceRequest {
    ExportTraceServiceRequest {
        resource_spans: vec![ResourceSpans {
            resource: Some(Resource { attributes: vec![attribute("service.name", service)], ..Resource::default() }),
            scope_spans: vec![ScopeSpans {
                scope: Some(InstrumentationScope { name: "tests".into(), version: "1".into(), ..Default::default() }),
                spans,
                schema_url: String::new(),
            }],
            schema_url: "https://opentelemetry.io/schemas/1.37.0".into(),
        }],
    }
}

pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    std::io::Write::write_all(&mut gzip, bytes).unwrap();
    gzip.finish().unwrap()
}
