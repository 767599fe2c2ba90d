//! Whom the HTTP face refuses and why, that its document says what it serves, and webhooks.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test says what did not work")]

mod client;

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::time::Duration;

use client::{BATCH, Engine, JSON, PATIENCE, STRUCTURED, TOKEN, event, exchange, request};
use serde_json::{Value, json};
use thalweg_bus::http::{HttpConfig, HttpError, HttpFace, HttpLimits};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

const EVENTS: &str = "/v1/topics/orders/events";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_who_shows_the_token_is_served() {
    let engine = Engine::start().await;
    let asked = async |path: &str, authorization: &str| {
        let line = if authorization.is_empty() { String::new() } else { format!("authorization: {authorization}\r\n") };
        let bytes = format!("GET {path} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n{line}\r\n", engine.at());
        exchange(engine.at(), bytes.as_bytes()).await
    };
    for wrong in ["", "Bearer", "Bearer only-for-these-test", "Basic only-for-these-tests", TOKEN] {
        for path in ["/v1/topics", "/nowhere", "/healthz/"] {
            let answer = asked(path, wrong).await;
            assert_eq!((answer.status, answer.problem().0.as_str()), (401, "token"), "{path} {wrong}");
            assert_eq!(answer.header("www-authenticate"), Some("Bearer realm=\"thalweg\""));
        }
    }
    assert_eq!(asked("/healthz", "").await.ok(), json!({ "status": "ok" }));
    assert_eq!(asked("/v1/openapi.json", "").await.ok()["openapi"], "3.1.0");
    assert_eq!(asked("/v1/topics", &format!("bearer {TOKEN}")).await.status, 200);
    engine.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_and_other_names_are_refused() {
    let engine = Engine::start().await;
    let port = engine.at().port();
    for foreign in [
        ("host", format!("evil.example:{port}")),
        ("host", "127.0.0.1".to_owned()),
        ("origin", "http://evil.example".to_owned()),
        ("origin", format!("http://127.0.0.1:{port}")),
        ("sec-fetch-site", "cross-site".to_owned()),
    ] {
        for path in ["/v1/topics", "/healthz"] {
            let answer = engine.ask("GET", path, &[(foreign.0, &foreign.1)], b"").await;
            assert_eq!((answer.status, answer.problem().0.as_str()), (403, "forbidden"), "{foreign:?}");
            assert_eq!(answer.header("access-control-allow-origin"), None);
        }
    }
    let ours = format!("localhost:{port}");
    assert_eq!(engine.ask("GET", "/v1/topics", &[("host", &ours)], b"").await.status, 200);
    let twice = engine.ask("GET", "/v1/topics", &[("host", &ours), ("host", "evil.example")], b"").await;
    assert_eq!(twice.status, 400);
    let none = format!("GET /v1/topics HTTP/1.1\r\nauthorization: Bearer {TOKEN}\r\nconnection: close\r\n\r\n");
    assert_eq!(exchange(engine.at(), none.as_bytes()).await.status, 400);
    engine.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_there_or_not_understood_is_said() {
    let engine = Engine::start().await;
    let group = "/v1/topics/orders/groups/billing";
    for (method, path, status, kind) in [
        ("GET", "/v1/nowhere", 404, "not-found"),
        ("POST", "/v1/topics/nobody/events", 404, "unknown-topic"),
        ("GET", "/v1/topics/nobody/groups/g/events", 404, "unknown-topic"),
        ("GET", "/v1/topics/orders/partitions/9/events", 404, "not-found"),
        ("GET", "/v1/topics/orders/partitions/x/events", 400, "bad-request"),
        ("GET", "/v1/topics/orders/groups/%20/events", 400, "bad-name"),
        ("GET", "/v1/topics/%ff/groups/g/events", 400, "bad-request"),
        ("PATCH", EVENTS, 405, "method-not-allowed"),
        ("GET", &format!("{group}/events?max=0"), 400, "bad-request"),
        ("GET", &format!("{group}/events?max=1001"), 400, "bad-request"),
        ("GET", &format!("{group}/events?wait=5"), 400, "bad-request"),
        ("GET", &format!("{group}/events?wait=2h"), 400, "bad-request"),
        ("GET", &format!("{group}/events?limit=5"), 400, "bad-request"),
        ("GET", &format!("{group}/events?max=1&max=2"), 400, "bad-request"),
        ("GET", "/v1/topics?max=1", 400, "bad-request"),
        ("POST", &format!("{EVENTS}?delay=1s&at=2026-01-31T12:00:00Z"), 400, "bad-request"),
        ("GET", &format!("{group}/webhook"), 404, "not-found"),
    ] {
        let answer = engine.ask(method, path, &[STRUCTURED], event("1").to_string().as_bytes()).await;
        assert_eq!((answer.status, answer.problem().0.as_str()), (status, kind), "{method} {path}");
    }
    let allowed = engine.ask("DELETE", "/v1/topics", &[], b"").await;
    assert_eq!((allowed.status, allowed.header("allow")), (405, Some("GET, POST")));
    // Nothing was stored on the way.
    assert_eq!(engine.get("/v1/topics").await.ok()[0]["stored"], 0);
    engine.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bad_events_are_refused_whole_with_their_place() {
    let engine = Engine::start().await;
    let broken = json!([event("1"), { "specversion": "1.0", "id": "2", "source": 7, "type": "t" }]).to_string();
    let missing = json!([event("1"), { "specversion": "1.0", "id": "2", "type": "t" }]).to_string();
    for body in [broken, missing] {
        let answer = engine.ask("POST", EVENTS, &[BATCH], body.as_bytes()).await;
        let (kind, problem) = answer.problem();
        assert_eq!((answer.status, kind.as_str()), (400, "bad-event"), "{problem}");
        assert_eq!((&problem["event"], &problem["attribute"]), (&json!(1), &json!("source")), "{problem}");
    }
    let whole = ("ce-specversion", "1.0");
    let binary = [("ce-id", "1"), ("ce-source", "/tests"), ("ce-type", "t")];
    for (header, attribute) in [
        (("ce-specversion", "0.3"), "specversion"),
        (("ce-tier", "100%"), "tier"),
        (("ce-tier", "%C0%A0"), "tier"),
        (("ce-time", "yesterday"), "time"),
        (("ce-data", "x"), "data"),
        (("ce-datacontenttype", "text/plain"), "datacontenttype"),
        (("ce-under_score", "x"), "under_score"),
        (("ce-id", "2"), "id"),
    ] {
        let mut headers = binary.to_vec();
        headers.push(header);
        if header.0 != whole.0 {
            headers.push(whole);
        }
        let answer = engine.ask("POST", EVENTS, &headers, b"x").await;
        assert_eq!((answer.status, &answer.problem().1["attribute"]), (400, &json!(attribute)), "{header:?}");
    }
    for media in ["application/json", "application/cloudevents+xml", "application/cloudevents+json; charset=latin1"] {
        let answer = engine.ask("POST", EVENTS, &[("content-type", media)], b"{}").await;
        assert_eq!((answer.status, answer.problem().0.as_str()), (415, "content-type"), "{media}");
    }
    assert_eq!(engine.get("/v1/topics").await.ok()[0]["stored"], 0);
    engine.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_too_large_is_refused() {
    let engine = Engine::limited(HttpLimits { body_bytes: 2 << 20, ..HttpLimits::default() }).await;
    let large = json!({ "specversion": "1.0", "id": "1", "source": "/", "type": "t", "data": "x".repeat(1 << 20) });
    let batch = json!([event("0"), large]).to_string();
    let answer = engine.ask("POST", EVENTS, &[BATCH], batch.as_bytes()).await;
    let (kind, problem) = answer.problem();
    assert_eq!((answer.status, kind.as_str(), &problem["event"]), (413, "too-large", &json!(1)));
    // Announced, it is refused before it is read.
    let announced = engine.ask("POST", EVENTS, &[STRUCTURED, ("content-length", "2097153")], b"").await;
    assert_eq!((announced.status, announced.problem().0.as_str()), (413, "too-large"));
    // In chunks it is refused as soon as it is too much.
    let chunk = format!("{:x}\r\n{}\r\n", 1 << 20, "x".repeat(1 << 20));
    let mut bytes = format!(
        "POST {EVENTS} HTTP/1.1\r\nhost: {}\r\nauthorization: Bearer {TOKEN}\r\ncontent-type: application/cloudevents+json\r\n\
         connection: close\r\ntransfer-encoding: chunked\r\n\r\n{chunk}{chunk}",
        engine.at()
    )
    .into_bytes();
    bytes.extend_from_slice(b"1\r\nx\r\n");
    assert_eq!(exchange(engine.at(), &bytes).await.status, 413);
    assert_eq!(engine.get("/v1/topics").await.ok()[0]["stored"], 0);
    engine.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_is_slow_or_one_too_many_is_told() {
    let mut limits = HttpLimits { requests: 1, body_timeout: Duration::from_millis(100), ..HttpLimits::default() };
    limits.door.head_timeout = Duration::from_millis(100);
    let engine = Engine::limited(limits).await;
    // A body that stops, and a head that does.
    let answer = engine.ask("POST", EVENTS, &[STRUCTURED, ("content-length", "100")], b"{").await;
    assert_eq!((answer.status, answer.problem().0.as_str()), (408, "too-slow"));
    let mut silent = TcpStream::connect(engine.at()).await.unwrap();
    silent.write_all(b"GET /v1/topics HTTP/1.1\r\nhost: ").await.unwrap();
    let mut raw = Vec::new();
    tokio::time::timeout(PATIENCE, silent.read_to_end(&mut raw)).await.expect("it is closed").ok();
    assert!(!raw.starts_with(b"HTTP/1.1 200"));

    let mut waiting = TcpStream::connect(engine.at()).await.unwrap();
    let path = "/v1/topics/orders/groups/waiting/events?wait=60s";
    waiting.write_all(&request(engine.at(), TOKEN, "GET", path, &[], b"")).await.unwrap();
    // A group appears when it is first asked for events.
    while engine.broker.inspect().await.unwrap()[0].groups.len() < 2 {
        tokio::task::yield_now().await;
    }
    let answer = engine.get("/healthz").await;
    assert_eq!((answer.status, answer.problem().0.as_str()), (429, "too-many-requests"));
    assert_eq!(answer.header("retry-after"), Some("1"));
    drop(waiting);
    while engine.face.connections() > 0 {
        tokio::task::yield_now().await;
    }
    engine.get("/healthz").await.ok();

    engine.broker.close().await;
    let answer = engine.ask("POST", EVENTS, &[STRUCTURED], event("1").to_string().as_bytes()).await;
    assert_eq!((answer.status, answer.problem().0.as_str()), (503, "unavailable"));
    assert_eq!(answer.header("retry-after"), Some("1"));
    engine.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_listens_where_it_may() {
    let engine = Engine::start().await;
    let start = async |address: SocketAddr| {
        HttpFace::start(engine.broker.clone(), HttpConfig::new(address, TOKEN.parse().unwrap())).await.err()
    };
    assert!(matches!(start("0.0.0.0:0".parse().unwrap()).await, Some(HttpError::NotLoopback { .. })));
    assert!(matches!(start(engine.at()).await, Some(HttpError::PortTaken { address, .. }) if address == engine.at()));
    engine.stop().await;
}

/// Whether a value is what the document says at this place of it, by a validator of JSON Schema.
fn check(document: &Value, pointer: &str, value: &Value) {
    let mut schema = document.pointer(pointer).unwrap_or_else(|| panic!("no {pointer}")).clone();
    schema["components"] = document["components"].clone();
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    let wrong: Vec<String> =
        validator.iter_errors(value).map(|error| format!("{error} at {}", error.instance_path())).collect();
    assert!(wrong.is_empty(), "{pointer}: {wrong:?} in {value}");
}

/// All that can be said of a topic.
fn settings() -> Value {
    let backoff = json!({ "first": "1s", "factor": 2.5, "max": "1m", "jitter": "equal" });
    let start = json!({ "time": "2026-01-31T12:00:00Z" });
    json!({
        "name": "orders", "partitions": 2, "retention": { "time": "7d", "bytes": 1 << 30, "compacted": false },
        "dedup_window": "1h", "durability": "process",
        "groups": [
            {
                "name": "shipping", "order": "per-partition", "lease": "1m30s", "max_in_flight": 7,
                "retry": { "attempts": 3, "backoff": backoff }, "dead_letter": "given-up", "start": start,
            },
            { "name": "audit", "order": "per-key", "retry": { "backoff": ["1s", "5s"] }, "start": { "to": "end" } },
        ],
    })
}

/// Every route of the document takes and answers what it says, and there are no others.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_document_says_what_is_served() {
    let engine = Engine::start().await;
    for id in ["1", "2", "3"] {
        engine.publish(id).await;
    }
    let taken = engine.take(3).await;
    let only = |at: usize| json!({ "deliveries": [taken[at]["delivery"]] });
    let with = |at: usize, name: &str, value: &str| json!({ "deliveries": [taken[at]["delivery"]], name: value });
    let group = "/v1/topics/{topic}/groups/{group}";
    let url = json!({ "url": "http://127.0.0.1:9/" });
    let asked: Vec<(&str, String, Value)> = vec![
        ("get", "/healthz".to_owned(), Value::Null),
        ("get", "/v1/openapi.json".to_owned(), Value::Null),
        ("get", "/v1/topics".to_owned(), Value::Null),
        ("post", "/v1/topics".to_owned(), settings()),
        ("post", "/v1/topics/{topic}/events".to_owned(), event("9")),
        ("get", "/v1/topics/{topic}/partitions/{partition}/events".to_owned(), Value::Null),
        ("post", format!("{group}/extend"), with(0, "by", "30s")),
        ("post", format!("{group}/ack"), only(0)),
        ("post", format!("{group}/nack"), with(1, "delay", "1h")),
        ("post", format!("{group}/reject"), with(2, "reason", "no")),
        ("get", format!("{group}/dead-letters"), Value::Null),
        ("post", format!("{group}/dead-letters/{{number}}/redrive"), event("3")),
        ("post", format!("{group}/dead-letters/redrive"), json!({ "all": true })),
        ("post", format!("{group}/dead-letters/purge"), json!({ "oldest": 1 })),
        ("get", format!("{group}/events"), Value::Null),
        ("post", format!("{group}/seek"), json!({ "to": "end" })),
        ("put", format!("{group}/webhook"), url),
        ("get", format!("{group}/webhook"), Value::Null),
        ("delete", format!("{group}/webhook"), Value::Null),
    ];
    let document = engine.get("/v1/openapi.json").await.ok();
    engine.post("/v1/topics", &json!({ "name": "given-up" })).await.ok();
    let mut served = BTreeSet::new();
    for (method, template, body) in &asked {
        let mut path = template.replace("{topic}", "orders").replace("{group}", "billing").replace("{partition}", "0");
        if path.contains("{number}") {
            let letters = engine.get("/v1/topics/orders/groups/billing/dead-letters").await.ok();
            path = path.replace("{number}", &letters[0]["number"].to_string());
        }
        let content = if body.get("specversion").is_some() { STRUCTURED } else { JSON };
        let operation = format!("/paths/{}/{method}", template.replace('/', "~1"));
        if !body.is_null() {
            let media = content.1.split(';').next().unwrap().replace('/', "~1");
            check(&document, &format!("{operation}/requestBody/content/{media}/schema"), body);
        }
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let answer = engine.ask(&method.to_uppercase(), &path, &[content], body.as_bytes()).await;
        assert_eq!(answer.status, 200, "{method} {path}: {}", String::from_utf8_lossy(&answer.body));
        let answered = format!("{operation}/responses/200/content/application~1json/schema");
        check(&document, &answered, &answer.json());
        served.insert(((*method).to_owned(), template.clone()));
    }
    let problem = engine.get("/v1/nowhere").await.problem().1;
    check(&document, "/components/schemas/Problem", &problem);
    assert!(!jsonschema::draft202012::is_valid(&document["components"]["schemas"]["Problem"], &json!({})));
    let mut described = BTreeSet::new();
    for (path, operations) in document["paths"].as_object().unwrap() {
        for method in operations.as_object().unwrap().keys().filter(|name| *name != "parameters") {
            described.insert((method.clone(), path.clone()));
        }
    }
    assert_eq!(described, served);
    engine.stop().await;
}

/// Somebody else's server: answers each request with the next status, none at all when there are no more; gives what it was sent.
async fn consumer(answers: &'static [&'static str]) -> (SocketAddr, tokio::sync::mpsc::Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = listener.local_addr().unwrap();
    let (tell, told) = tokio::sync::mpsc::channel(16);
    tokio::spawn(async move {
        let mut open = Vec::new();
        let mut answers = answers.iter();
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let (mut raw, mut piece) = (Vec::new(), [0; 4096]);
            // The bodies of these tests end with a brace.
            while !raw.ends_with(b"}") {
                let read = stream.read(&mut piece).await.unwrap();
                if read == 0 {
                    break;
                }
                raw.extend_from_slice(&piece[..read]);
            }
            match answers.next() {
                Some(answer) => {
                    stream
                        .write_all(format!("HTTP/1.1 {answer}\r\ncontent-length: 0\r\n\r\n").as_bytes())
                        .await
                        .unwrap();
                }
                None => open.push(stream),
            }
            if tell.send(String::from_utf8_lossy(&raw).into_owned()).await.is_err() {
                return;
            }
        }
    });
    (at, told)
}

async fn hook(engine: &Engine, at: SocketAddr) {
    let body = json!({ "url": format!("http://{at}/in?x=1") }).to_string();
    engine.ask("PUT", "/v1/topics/orders/groups/billing/webhook", &[JSON], body.as_bytes()).await.ok();
}

/// Asks until the webhook's figures are these.
async fn until(engine: &Engine, wanted: &str, count: u64) -> Value {
    let asking = async {
        loop {
            let shown = engine.get("/v1/topics/orders/groups/billing/webhook").await.ok();
            if shown[wanted] == count {
                return shown;
            }
        }
    };
    tokio::time::timeout(PATIENCE, asking).await.expect("it comes to that")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_webhook_gets_events_and_says_what_becomes_of_them() {
    let engine = Engine::start().await;
    let (other, mut strayed) = consumer(&["200 OK"]).await;
    let (at, mut told) = consumer(&["302 Found\r\nlocation: http://127.0.0.1:1/", "204 No Content", "410 Gone"]).await;
    hook(&engine, at).await;
    let mut body = event("1");
    body["subject"] = json!("größer 100%");
    engine.ask("POST", EVENTS, &[STRUCTURED], body.to_string().as_bytes()).await.ok();
    let first = told.recv().await.unwrap();
    assert!(first.starts_with("POST /in?x=1 HTTP/1.1\r\n"), "{first}");
    for line in [
        &format!("host: {at}"),
        "ce-specversion: 1.0",
        "ce-id: 1",
        "ce-source: /tests",
        "ce-type: order.placed",
        "ce-subject: gr%C3%B6%C3%9Fer%20100%25",
        "content-type: application/json",
        "thalweg-attempt: 1",
    ] {
        assert!(first.contains(&format!("{line}\r\n")), "{line} is not in {first}");
    }
    assert!(first.ends_with(r#"{"order":"1"}"#), "{first}");
    // A redirect is a failed attempt, and the second is taken.
    assert!(told.recv().await.unwrap().contains("thalweg-attempt: 2\r\n"));
    let shown = until(&engine, "acked", 1).await;
    assert_eq!(shown["failed"], 1);
    assert!(shown["last_error"].as_str().unwrap().contains("302"), "{shown}");
    engine.publish("2").await;
    until(&engine, "rejected", 1).await;
    while engine.group().await["dead_letters"] != 1 {}
    // Another URL takes the place of the first.
    hook(&engine, other).await;
    engine.publish("3").await;
    assert!(strayed.recv().await.unwrap().contains("ce-id: 3\r\n"));
    until(&engine, "acked", 1).await;
    engine.ask("DELETE", "/v1/topics/orders/groups/billing/webhook", &[], b"").await.ok();
    engine.publish("4").await;
    assert_eq!(engine.take(1).await[0]["event"]["id"], "4");
    engine.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_webhook_that_hangs_has_until_its_lease_and_none_leads_back() {
    let engine = Engine::start().await;
    let group = json!({ "name": "billing", "order": "none", "lease": "1s", "retry": { "attempts": 1 } });
    engine.post("/v1/topics", &json!({ "name": "orders", "partitions": 2, "groups": [group] })).await.ok();
    let (at, mut told) = consumer(&[]).await;
    hook(&engine, at).await;
    engine.publish("1").await;
    told.recv().await.unwrap();
    let shown = until(&engine, "failed", 1).await;
    assert!(shown["last_error"].as_str().unwrap().contains("did not answer"), "{shown}");
    while engine.group().await["dead_letters"] != 1 {}
    let own = engine.at().port();
    for url in [
        format!("http://127.0.0.1:{own}/v1/topics/orders/events"),
        format!("http://localhost:{own}/"),
        format!("http://[::1]:{own}/"),
        "http://192.0.2.1/".to_owned(),
        "http://0.0.0.0:9/".to_owned(),
        "https://127.0.0.1/".to_owned(),
        "file:///etc/passwd".to_owned(),
        "nonsense".to_owned(),
    ] {
        let body = json!({ "url": url }).to_string();
        let answer = engine.ask("PUT", "/v1/topics/orders/groups/billing/webhook", &[JSON], body.as_bytes()).await;
        assert_eq!((answer.status, answer.problem().0.as_str()), (400, "bad-request"), "{url}");
    }
    engine.stop().await;
}
