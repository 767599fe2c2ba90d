//! The HTTP face, asked by a client that sends bytes: events in and out, what becomes of them, and whom it refuses.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test says what did not work")]

mod client;

use client::{BATCH, Engine, PATIENCE, STRUCTURED, TOKEN, answer, event, request};
use serde_json::{Value, json};
use thalweg_bus::http::HttpLimits;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_of_all_three_modes_come_back_as_they_were() {
    let engine = Engine::start().await;
    let path = "/v1/topics/orders/events";
    // The specification's own example of a header's value.
    let binary = [
        ("ce-specversion", "1.0"),
        ("ce-id", "1"),
        ("CE-Source", "/tests"),
        ("ce-type", "order.placed"),
        ("ce-subject", "Euro%20%E2%82%AC%20%f0%9f%98%80"),
        ("ce-time", "2026-01-31T12:00:00Z"),
        ("ce-tier", "\"gold \\\"1\\\"\""),
        ("content-type", "application/octet-stream"),
    ];
    let stored = engine.ask("POST", path, &binary, &[0, 159, 146, 150, 255]).await.ok();
    assert_eq!(stored, json!({ "stored": 1, "duplicates": 0 }));
    assert_eq!(engine.ask("POST", path, &binary, b"").await.ok(), json!({ "stored": 0, "duplicates": 1 }));
    // Numbers keep their digits.
    let structured =
        br#"{"specversion":"1.0","id":"2","source":"/tests","type":"t","data":{"n": 1.00000000000000000001}}"#;
    engine.ask("POST", path, &[STRUCTURED], structured).await.ok();
    let batch = json!([event("3"), event("4")]);
    let stored = engine.ask("POST", path, &[BATCH], batch.to_string().as_bytes()).await.ok();
    assert_eq!(stored, json!({ "stored": 2, "duplicates": 0 }));

    let mut taken = engine.take(4).await;
    taken.sort_by_key(|delivery| delivery["event"]["id"].as_str().unwrap().to_owned());
    assert_eq!(taken.len(), 4);
    let expected = json!({
        "specversion": "1.0", "id": "1", "source": "/tests", "type": "order.placed", "subject": "Euro € 😀",
        "time": "2026-01-31T12:00:00Z", "datacontenttype": "application/octet-stream", "tier": "gold \"1\"",
        "data_base64": "AJ+Slv8=",
    });
    assert_eq!(taken[0]["event"], expected);
    assert_eq!((&taken[2]["event"], &taken[3]["event"]), (&event("3"), &event("4")));
    assert!(taken.iter().all(|delivery| delivery["attempt"] == 1 && delivery["leased_until"].is_string()));

    // The same again, without a group.
    let (mut ids, mut text) = (Vec::new(), Vec::new());
    for partition in 0..2 {
        let answer = engine.get(&format!("/v1/topics/orders/partitions/{partition}/events?from=0")).await;
        text.extend_from_slice(&answer.body);
        let read = answer.ok();
        ids.extend(read.as_array().unwrap().iter().map(|stored| stored["event"]["id"].as_str().unwrap().to_owned()));
    }
    ids.sort();
    assert_eq!(ids, ["1", "2", "3", "4"]);
    assert!(String::from_utf8(text).unwrap().contains(r#""data":{"n": 1.00000000000000000001}"#));
    engine.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_waits_is_woken() {
    let engine = Engine::start().await;
    let path = "/v1/topics/orders/groups/billing/events?wait=60s";
    let waiting = engine.ask("GET", path, &[], b"");
    let (came, ()) = tokio::join!(waiting, engine.publish("1"));
    assert_eq!(came.ok()[0]["event"], event("1"));
    assert_eq!(engine.get("/v1/topics/orders/groups/billing/events").await.ok(), json!([]));
    engine.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn as_many_come_at_once_as_are_asked_for() {
    let engine = Engine::start().await;
    let all: Vec<Value> = (0..400).map(|id| event(&id.to_string())).collect();
    engine.ask("POST", "/v1/topics/orders/events", &[BATCH], json!(all).to_string().as_bytes()).await.ok();
    let mut ids = Vec::new();
    while ids.len() < 400 {
        let came = engine.get("/v1/topics/orders/groups/billing/events?max=250&wait=20s").await.ok();
        let came = came.as_array().unwrap();
        assert!((1..=250).contains(&came.len()), "{} came", came.len());
        ids.extend(came.iter().map(|delivery| delivery["event"]["id"].as_str().unwrap().parse::<u64>().unwrap()));
    }
    ids.sort_unstable();
    assert_eq!(ids, (0..400).collect::<Vec<u64>>());
    engine.stop().await;
}

/// Reads a stream of events until so many came.
async fn read_stream(stream: TcpStream, count: usize) -> Vec<(String, Value)> {
    let mut lines = BufReader::new(stream).lines();
    let (mut id, mut events) = (String::new(), Vec::new());
    while events.len() < count {
        let line =
            tokio::time::timeout(PATIENCE, lines.next_line()).await.expect("the stream goes on").unwrap().unwrap();
        if let Some(token) = line.strip_prefix("id: ") {
            token.clone_into(&mut id);
        } else if let Some(data) = line.strip_prefix("data: ") {
            events.push((id.clone(), serde_json::from_str(data).unwrap()));
        }
    }
    events
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_stream_as_they_come() {
    let engine = Engine::start().await;
    // Data with line ends in it is one line all the same.
    let broken =
        b"{\"specversion\":\"1.0\",\"id\":\"0\",\"source\":\"/tests\",\"type\":\"t\",\"data\":{\n\"a\":\r\n1}}";
    engine.ask("POST", "/v1/topics/orders/events", &[STRUCTURED], broken).await.ok();
    let mut stream = TcpStream::connect(engine.at()).await.unwrap();
    let path = "/v1/topics/orders/groups/billing/events";
    let accept = [("accept", "text/event-stream")];
    stream.write_all(&request(engine.at(), TOKEN, "GET", path, &accept, b"")).await.unwrap();
    let publishing = async {
        engine.publish("1").await;
        engine.publish("2").await;
    };
    let (events, ()) = tokio::join!(read_stream(stream, 3), publishing);
    let mut ids: Vec<&str> = events.iter().map(|(_, delivery)| delivery["event"]["id"].as_str().unwrap()).collect();
    ids.sort_unstable();
    assert_eq!(ids, ["0", "1", "2"]);
    assert!(events.iter().all(|(id, delivery)| delivery["delivery"] == *id));
    // Settled by what the stream said.
    let tokens: Vec<&String> = events.iter().map(|(id, _)| id).collect();
    engine.settle("ack", &json!({ "deliveries": tokens })).await.ok();
    assert_eq!(engine.group().await["lag"], 0);
    engine.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_says_that_it_is_there_and_ends_with_the_engine() {
    let limits = HttpLimits { heartbeat: std::time::Duration::from_millis(20), ..HttpLimits::default() };
    let engine = Engine::limited(limits).await;
    let mut stream = TcpStream::connect(engine.at()).await.unwrap();
    let accept = [("accept", "text/event-stream")];
    let path = "/v1/topics/orders/groups/billing/events?max=1";
    stream.write_all(&request(engine.at(), TOKEN, "GET", path, &accept, b"")).await.unwrap();
    let mut raw = Vec::new();
    let mut piece = [0; 1024];
    while !String::from_utf8_lossy(&raw).contains(": nothing new\n\n") {
        let read = tokio::time::timeout(PATIENCE, stream.read(&mut piece)).await.expect("it goes on").unwrap();
        assert_ne!(read, 0);
        raw.extend_from_slice(&piece[..read]);
    }
    engine.stop().await;
    tokio::time::timeout(PATIENCE, stream.read_to_end(&mut raw)).await.expect("it ends").unwrap();
    let answer = answer(&raw);
    assert_eq!((answer.status, answer.header("content-type")), (200, Some("text/event-stream")));
    // Ended, not cut: the last chunk is there.
    assert!(raw.ends_with(b"0\r\n\r\n"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_leaves_while_it_waits_costs_no_attempt() {
    let engine = Engine::start().await;
    let groups = [("polling", "application/json", "?wait=60s"), ("streaming", "text/event-stream", "")];
    let mut leaving = Vec::new();
    for (group, accept, query) in groups {
        let mut stream = TcpStream::connect(engine.at()).await.unwrap();
        let path = format!("/v1/topics/orders/groups/{group}/events{query}");
        stream.write_all(&request(engine.at(), TOKEN, "GET", &path, &[("accept", accept)], b"")).await.unwrap();
        leaving.push(stream);
    }
    // A group appears when it is first asked for events.
    while engine.broker.inspect().await.unwrap()[0].groups.len() < 3 {
        tokio::task::yield_now().await;
    }
    drop(leaving);
    while engine.face.connections() > 0 {
        tokio::task::yield_now().await;
    }
    engine.publish("1").await;
    for (group, ..) in groups {
        let taken = engine.get(&format!("/v1/topics/orders/groups/{group}/events?wait=20s")).await.ok();
        assert_eq!((&taken[0]["event"]["id"], &taken[0]["attempt"]), (&json!("1"), &json!(1)), "{group}");
    }
    engine.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn deliveries_are_settled_one_by_one() {
    let engine = Engine::start().await;
    engine.publish("1").await;
    engine.publish("2").await;
    let taken = engine.take(2).await;
    let tokens: Vec<&str> = taken.iter().map(|delivery| delivery["delivery"].as_str().unwrap()).collect();
    let extended = engine.settle("extend", &json!({ "deliveries": tokens, "by": "40s" })).await.ok();
    assert_eq!(extended["deliveries"][1], json!({ "delivery": tokens[1], "outcome": "done" }));
    engine.settle("ack", &json!({ "deliveries": [tokens[0]] })).await.ok();
    // Again is no error; a stranger is one, and the rest is done all the same.
    let again = engine.settle("ack", &json!({ "deliveries": [tokens[0]] })).await.ok();
    assert_eq!(again["deliveries"][0]["outcome"], "already");
    let failed = json!({ "deliveries": [tokens[1], "made-up"], "delay": "0s", "reason": "no – größer" });
    let mixed = engine.settle("nack", &failed).await;
    let (kind, problem) = mixed.problem();
    assert_eq!((mixed.status, kind.as_str()), (409, "delivery-lost"));
    assert_eq!(problem["deliveries"][0]["outcome"], "done");
    assert_eq!(problem["deliveries"][1]["outcome"], "unknown");
    // The one that failed comes again; its old delivery is lost.
    let second = engine.take(1).await;
    assert_eq!((&second[0]["attempt"], &second[0]["event"]), (&json!(2), &taken[1]["event"]));
    let late = engine.settle("ack", &json!({ "deliveries": [tokens[1]] })).await;
    assert_eq!((late.status, &late.problem().1["deliveries"][0]["outcome"]), (409, &json!("lost")));
    for (verb, body) in [
        ("extend", json!({ "deliveries": [] })),
        ("ack", json!({ "deliveries": [], "reason": "why" })),
        ("ack", json!({ "tokens": [] })),
        ("nack", json!({ "deliveries": [], "delay": "soon" })),
        ("reject", json!({ "deliveries": [], "reason": "x".repeat(1001) })),
    ] {
        assert_eq!(engine.settle(verb, &body).await.status, 400, "{verb} {body}");
    }
    engine.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dead_letters_are_listed_redriven_edited_and_purged() {
    let engine = Engine::start().await;
    for id in ["1", "2", "3", "4"] {
        engine.publish(id).await;
    }
    let reject = async || {
        let taken = engine.take(4).await;
        let tokens: Vec<&Value> = taken.iter().map(|delivery| &delivery["delivery"]).collect();
        engine.settle("reject", &json!({ "deliveries": tokens, "reason": "never – nie" })).await.ok();
    };
    reject().await;
    let dead = "/v1/topics/orders/groups/billing/dead-letters";
    let letters = engine.get(dead).await.ok();
    let numbers: Vec<u64> =
        letters.as_array().unwrap().iter().map(|letter| letter["number"].as_u64().unwrap()).collect();
    assert_eq!(numbers.len(), 4);
    assert_eq!((&letters[0]["reason"], &letters[0]["attempt_count"]), (&json!("rejected: never – nie"), &json!(1)));
    assert!(letters[0]["attempts"][0]["ended"].is_string() && letters[0]["event"]["id"].is_string());
    let page = engine.get(&format!("{dead}?after={}&max=2", numbers[0])).await.ok();
    let paged: Vec<u64> = page.as_array().unwrap().iter().map(|letter| letter["number"].as_u64().unwrap()).collect();
    assert_eq!(paged, numbers[1..3]);

    let redriven = engine.post(&format!("{dead}/redrive"), &json!({ "numbers": [numbers[0]] })).await.ok();
    assert_eq!(redriven, json!({ "redriven": 1 }));
    assert_eq!(engine.post(&format!("{dead}/redrive"), &json!({ "oldest": 1 })).await.ok(), json!({ "redriven": 1 }));
    let edited = json!({ "specversion": "1.0", "id": "3", "source": "/tests", "type": "t", "data": "mended" });
    let path = format!("{dead}/{}/redrive", numbers[2]);
    let body = edited.to_string();
    engine.ask("POST", &path, &[STRUCTURED], body.as_bytes()).await.ok();
    let again = engine.ask("POST", &path, &[STRUCTURED], body.as_bytes()).await;
    assert_eq!((again.status, again.problem().0.as_str()), (404, "not-found"));
    let came = engine.take(3).await;
    assert!(came.iter().any(|delivery| delivery["event"] == edited), "{came:?}");

    assert_eq!(engine.post(&format!("{dead}/purge"), &json!({ "all": true })).await.ok(), json!({ "purged": 1 }));
    assert_eq!(engine.get(dead).await.ok(), json!([]));
    for nonsense in [json!({}), json!({ "all": false }), json!({ "all": true, "oldest": 1 }), json!([])] {
        assert_eq!(engine.post(&format!("{dead}/purge"), &nonsense).await.status, 400, "{nonsense}");
    }
    engine.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_can_be_stored_later_and_groups_can_go_back() {
    let engine = Engine::start().await;
    let path = "/v1/topics/orders/events";
    let body = event("1").to_string();
    let later =
        engine.ask("POST", &format!("{path}?at=2999-01-01T00%3A00%3A00Z"), &[STRUCTURED], body.as_bytes()).await;
    assert_eq!((later.status, &later.json()["at"]), (202, &json!("2999-01-01T00:00:00Z")));
    assert_eq!(engine.get("/v1/topics").await.ok()[0]["scheduled"], 1);
    let soon =
        engine.ask("POST", &format!("{path}?delay=10ms"), &[STRUCTURED], event("2").to_string().as_bytes()).await;
    assert_eq!(soon.status, 202);
    let taken = engine.take(1).await;
    assert_eq!(taken[0]["event"], event("2"));
    engine.settle("ack", &json!({ "deliveries": [taken[0]["delivery"]] })).await.ok();
    engine.settle("seek", &json!({ "to": "beginning" })).await.ok();
    assert_eq!(engine.take(1).await[0]["event"], event("2"));
    engine.settle("seek", &json!({ "time": "2999-01-01T00:00:00Z" })).await.ok();
    engine.settle("seek", &json!({ "offset": 0 })).await.ok();
    assert_eq!(engine.take(1).await[0]["event"], event("2"));
    engine.settle("seek", &json!({ "to": "end" })).await.ok();
    assert_eq!(engine.group().await["lag"], 0);
    for nonsense in
        [json!({}), json!({ "to": "middle" }), json!({ "to": "end", "offset": 1 }), json!({ "time": "now" })]
    {
        assert_eq!(engine.settle("seek", &nonsense).await.status, 400, "{nonsense}");
    }
    engine.stop().await;
}
