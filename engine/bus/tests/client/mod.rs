//! A face to ask, and an HTTP client that sends exactly what a test says, and nothing else.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test says what did not work")]
#![allow(dead_code, reason = "each file of tests uses what it needs")]

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use thalweg_bus::http::{HttpConfig, HttpFace, HttpLimits};
use thalweg_bus::{Broker, Clock, SqliteBroker};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Long enough for anything that works, short enough for a test that fails.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// An answer, its body out of its chunks.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    head: String,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().skip(1).find_map(|line| {
            let (there, value) = line.split_once(':')?;
            there.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }

    pub(crate) fn json(&self) -> Value {
        let text = String::from_utf8_lossy(&self.body);
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
    }

    /// As JSON, having succeeded.
    pub(crate) fn ok(&self) -> Value {
        assert_eq!(self.status, 200, "{}", String::from_utf8_lossy(&self.body));
        self.json()
    }

    /// The end of a problem's type and its detail, its form being right.
    pub(crate) fn problem(&self) -> (String, Value) {
        assert_eq!(self.header("content-type"), Some("application/problem+json"), "{self:?}");
        let problem = self.json();
        assert_eq!(problem["status"], self.status, "{problem}");
        assert!(problem["title"].is_string() && problem["detail"].is_string(), "{problem}");
        let kind = problem["type"].as_str().unwrap().strip_prefix("urn:thalweg:problem:").unwrap();
        (kind.to_owned(), problem.clone())
    }
}

/// The bytes of a request; `Host` and token are those that are right unless `headers` has others.
pub(crate) fn request(
    at: SocketAddr,
    token: &str,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> Vec<u8> {
    let has = |name: &str| headers.iter().any(|(there, _)| there.eq_ignore_ascii_case(name));
    let mut out = format!("{method} {path} HTTP/1.1\r\nconnection: close\r\n");
    if !has("host") {
        write!(out, "host: {at}\r\n").unwrap();
    }
    if !has("authorization") {
        write!(out, "authorization: Bearer {token}\r\n").unwrap();
    }
    if !has("content-length") {
        write!(out, "content-length: {}\r\n", body.len()).unwrap();
    }
    for (name, value) in headers {
        write!(out, "{name}: {value}\r\n").unwrap();
    }
    out.push_str("\r\n");
    let mut out = out.into_bytes();
    out.extend_from_slice(body);
    out
}

/// Sends bytes and reads until the other side closes.
pub(crate) async fn exchange(at: SocketAddr, bytes: &[u8]) -> Answer {
    let mut stream = TcpStream::connect(at).await.unwrap();
    // A refusal may come before all was sent.
    let _ = stream.write_all(bytes).await;
    let mut raw = Vec::new();
    tokio::time::timeout(PATIENCE, stream.read_to_end(&mut raw)).await.expect("an answer comes and ends").unwrap();
    answer(&raw)
}

pub(crate) fn answer(raw: &[u8]) -> Answer {
    let end = raw.windows(4).position(|four| four == b"\r\n\r\n").expect("an answer has a head");
    let head = String::from_utf8(raw[..end].to_vec()).unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    let answer = Answer { status, head, body: raw[end + 4..].to_vec() };
    if answer.header("transfer-encoding") == Some("chunked") {
        Answer { body: unchunked(&answer.body), ..answer }
    } else {
        answer
    }
}

/// RFC 9112, 7.1.
fn unchunked(mut raw: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    while let Some(end) = raw.windows(2).position(|two| two == b"\r\n") {
        let size = usize::from_str_radix(std::str::from_utf8(&raw[..end]).unwrap(), 16).unwrap();
        if size == 0 {
            break;
        }
        body.extend_from_slice(&raw[end + 2..end + 2 + size]);
        raw = &raw[end + 4 + size..];
    }
    body
}

pub(crate) const TOKEN: &str = "only-for-these-tests";
pub(crate) const JSON: (&str, &str) = ("content-type", "application/json");
pub(crate) const STRUCTURED: (&str, &str) = ("content-type", "application/cloudevents+json; charset=utf-8");
pub(crate) const BATCH: (&str, &str) = ("content-type", "application/cloudevents-batch+json");

/// A face before a broker of its own.
pub(crate) struct Engine {
    _folder: tempfile::TempDir,
    pub(crate) broker: Arc<dyn Broker>,
    pub(crate) face: HttpFace,
}

impl Engine {
    pub(crate) async fn start() -> Self {
        Self::limited(HttpLimits::default()).await
    }

    /// With a topic `orders` whose group `billing` tries twice, at once, with the shortest lease.
    pub(crate) async fn limited(limits: HttpLimits) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let broker = SqliteBroker::open(folder.path().join("live.db"), Clock::system()).await.unwrap();
        let broker: Arc<dyn Broker> = Arc::new(broker);
        let address = SocketAddr::from(([127, 0, 0, 1], 0));
        let config = HttpConfig { limits, ..HttpConfig::new(address, TOKEN.parse().unwrap()) };
        let face = HttpFace::start(Arc::clone(&broker), config).await.unwrap();
        let engine = Self { _folder: folder, broker, face };
        let group = json!({ "name": "billing", "order": "none", "retry": { "attempts": 2, "backoff": ["0s"] } });
        let topic = json!({ "name": "orders", "partitions": 2, "groups": [group] });
        engine.post("/v1/topics", &topic).await.ok();
        engine
    }

    pub(crate) fn at(&self) -> SocketAddr {
        self.face.address()
    }

    pub(crate) async fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        exchange(self.at(), &request(self.at(), TOKEN, method, path, headers, body)).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, &[], b"").await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        self.ask("POST", path, &[JSON], body.to_string().as_bytes()).await
    }

    /// Stores an event with this id.
    pub(crate) async fn publish(&self, id: &str) {
        let event = event(id).to_string();
        let published = self.ask("POST", "/v1/topics/orders/events", &[STRUCTURED], event.as_bytes()).await;
        assert_eq!(published.ok(), json!({ "stored": 1, "duplicates": 0 }));
    }

    /// Takes so many events.
    pub(crate) async fn take(&self, count: usize) -> Vec<Value> {
        let mut taken: Vec<Value> = Vec::new();
        while taken.len() < count {
            let path = format!("/v1/topics/orders/groups/billing/events?max={}&wait=20s", count - taken.len());
            let more = self.get(&path).await.ok();
            assert_ne!(more, json!([]), "{} of {count} events came", taken.len());
            taken.extend(more.as_array().unwrap().iter().cloned());
        }
        taken
    }

    pub(crate) async fn settle(&self, verb: &str, body: &Value) -> Answer {
        self.post(&format!("/v1/topics/orders/groups/billing/{verb}"), body).await
    }

    pub(crate) async fn group(&self) -> Value {
        let topics = self.get("/v1/topics").await.ok();
        topics[0]["groups"].as_array().unwrap().iter().find(|group| group["name"] == "billing").unwrap().clone()
    }

    pub(crate) async fn stop(self) {
        self.face.stop().await;
        self.broker.close().await;
    }
}

pub(crate) fn event(id: &str) -> Value {
    json!({ "specversion": "1.0", "id": id, "source": "/tests", "type": "order.placed", "data": { "order": id } })
}
