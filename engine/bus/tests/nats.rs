//! The broker on a real NATS server keeps what every broker promises, and what a server that goes and comes back asks of it.

#![allow(clippy::unwrap_used, reason = "a test says what did not work")]

#[macro_use]
mod conformance;
mod nats_server;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_nats::HeaderMap;
use async_nats::jetstream::consumer::AckPolicy;
use async_nats::jetstream::stream::{RetentionPolicy, StorageType};
use bytes::Bytes;
use conformance::{PATIENCE, event, id, keyed, nack, plan, settle, take};
use nats_server::NatsServer;
use thalweg_bus::{
    Ability, Broker, BusError, Event, Extension, GroupPlan, NatsBroker, NatsLogin, NatsOptions, Order, Outcome, Plan,
    Retention, Settled, Settlement, TopicPlan, Which,
};

async fn connected(server: &NatsServer) -> NatsBroker {
    NatsBroker::connect(&server.url(), NatsOptions::default()).await.unwrap()
}

macro_rules! conforms {
    ($($promise:ident),+ $(,)?) => {$(
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $promise() {
            let server = NatsServer::start(&[]);
            let broker = connected(&server).await;
            conformance::$promise(&broker).await;
            broker.close().await;
            assert!(matches!(broker.inspect().await, Err(BusError::Closed)));
        }
    )+};
}

every_promise!(conforms);

/// Calls until it succeeds; what may pass is called again.
async fn once_it_is_back<T>(mut call: impl AsyncFnMut() -> Result<T, BusError>) -> T {
    let begun = std::time::Instant::now();
    loop {
        match call().await {
            Ok(value) => return value,
            Err(error) => {
                assert!(error.is_passing(), "{error}");
                assert!(begun.elapsed() < 2 * PATIENCE, "still: {error}");
                tokio::task::yield_now().await;
            }
        }
    }
}

/// What was acknowledged is done, what was in hand comes again with its next attempt, repeats are known, old tokens count.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_goes_on_when_the_server_is_back() {
    let mut server = NatsServer::start(&[]);
    let broker = connected(&server).await;
    let mut wanted = plan("orders", 2, 5, Order::None);
    wanted.topics[0].groups[0].lease = Duration::from_secs(1);
    let mut slow = GroupPlan { order: Order::None, ..GroupPlan::named("slow") };
    slow.lease = Duration::from_mins(10);
    wanted.topics[0].groups.push(slow);
    broker.create(&wanted).await.unwrap();
    broker.publish("orders", (0..20).map(event).collect()).await.unwrap();
    let taken = take(&broker, "orders", "billing", 10).await;
    let mut acked = BTreeSet::new();
    for delivery in &taken[..5] {
        if settle(&broker, "orders", delivery, Outcome::Ack).await == Settled::Done {
            acked.insert(id(delivery));
        }
    }
    let in_hand = take(&broker, "orders", "slow", 1).await;
    server.stop();
    let error = loop {
        match broker.publish("orders", vec![event(20)]).await {
            Err(error) => break error,
            Ok(_) => tokio::task::yield_now().await,
        }
    };
    assert!(error.is_passing() && error.to_string().contains("it is made again by itself"), "{error}");
    server.start_again();

    let again = once_it_is_back(async || broker.publish("orders", (0..21).map(event).collect()).await).await;
    assert!(again.duplicates >= 20, "{again:?}");
    let old = Settlement { token: in_hand[0].token.clone(), outcome: Outcome::Ack };
    let settled = once_it_is_back(async || broker.settle("orders", "slow", vec![old.clone()]).await).await;
    assert_eq!(settled, [Settled::Done]);
    let mut seen = BTreeMap::new();
    while acked.len() + seen.len() < 21 {
        let more = once_it_is_back(async || broker.fetch("orders", "billing", 30, PATIENCE).await).await;
        assert!(!more.is_empty(), "{acked:?} were acknowledged, {seen:?} came");
        for delivery in more {
            assert_eq!(settle(&broker, "orders", &delivery, Outcome::Ack).await, Settled::Done);
            seen.insert(id(&delivery), delivery.attempt);
        }
    }
    assert!(acked.iter().all(|id| !seen.contains_key(id)), "{acked:?} were acknowledged, {seen:?} came");
    assert!(taken.iter().filter(|delivery| !acked.contains(&id(delivery))).all(|delivery| seen[&id(delivery)] >= 2));
}

/// Killed in the middle of publishing, the server loses nothing that it acknowledged.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_survives_a_killed_server() {
    let mut server = NatsServer::start(&[]);
    let broker = connected(&server).await;
    let mut wanted = plan("orders", 3, 50, Order::None);
    wanted.topics[0].groups[0].lease = Duration::from_secs(2);
    broker.create(&wanted).await.unwrap();
    let is_over = Arc::new(AtomicBool::new(false));
    let (publishing, over) = (broker.clone(), Arc::clone(&is_over));
    let publisher = tokio::spawn(async move {
        let mut acknowledged = BTreeSet::new();
        let mut next = 0_u64;
        while !over.load(Ordering::Relaxed) {
            let ids: Vec<u64> = (next..next + 10).collect();
            next += 10;
            match publishing.publish("orders", ids.iter().copied().map(event).collect()).await {
                Ok(_) => acknowledged.extend(ids),
                Err(error) => assert!(error.is_passing(), "{error}"),
            }
        }
        acknowledged
    });
    let mut seen = BTreeSet::new();
    for round in 1..=3_usize {
        while seen.len() < round * 200 {
            for delivery in once_it_is_back(async || broker.fetch("orders", "billing", 50, PATIENCE).await).await {
                let settlement = Settlement { token: delivery.token.clone(), outcome: Outcome::Ack };
                once_it_is_back(async || broker.settle("orders", "billing", vec![settlement.clone()]).await).await;
                seen.insert(id(&delivery));
            }
        }
        server.kill();
        server.start_again();
    }
    is_over.store(true, Ordering::Relaxed);
    let acknowledged = publisher.await.unwrap();
    assert!(acknowledged.len() >= 200, "{}", acknowledged.len());
    while !acknowledged.is_subset(&seen) {
        let more = once_it_is_back(async || broker.fetch("orders", "billing", 500, 2 * PATIENCE).await).await;
        let missing: Vec<_> = acknowledged.difference(&seen).take(5).collect();
        assert!(!more.is_empty(), "{missing:?} were acknowledged and did not come");
        let ack =
            |delivery: &thalweg_bus::Delivery| Settlement { token: delivery.token.clone(), outcome: Outcome::Ack };
        let settlements: Vec<_> = more.iter().map(ack).collect();
        seen.extend(more.iter().map(id));
        once_it_is_back(async || broker.settle("orders", "billing", settlements.clone()).await).await;
    }
}

/// Streams, consumers and messages are what any client of NATS sees, and what any client writes is an event.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn other_programs_read_and_write_the_same_streams() {
    let server = NatsServer::start(&[]);
    let broker = connected(&server).await;
    let mut wanted = plan("shop.orders", 2, 5, Order::None);
    wanted.topics[0].retention = Retention { time: Some(Duration::from_hours(1)), ..Retention::default() };
    wanted.topics[0].groups[0].max_in_flight = 7;
    broker.create(&wanted).await.unwrap();
    let mut written = keyed(7, "größe 1");
    written.subject = Some("order \"7\"".to_owned());
    broker.publish("shop.orders", vec![written]).await.unwrap();

    let jetstream = async_nats::jetstream::new(async_nats::connect(server.url()).await.unwrap());
    let stream = jetstream.get_stream("THALWEG_shop=2Eorders").await.unwrap();
    let config = &stream.cached_info().config;
    assert_eq!(config.subjects, ["thalweg.shop=2Eorders.*"]);
    assert_eq!((config.storage, config.retention), (StorageType::File, RetentionPolicy::Limits));
    assert_eq!((config.max_age, config.duplicate_window), (Duration::from_hours(1), Duration::from_hours(1)));
    let consumer = stream.consumer_info("billing").await.unwrap().config;
    assert_eq!((consumer.ack_policy, consumer.ack_wait), (AckPolicy::Explicit, Duration::from_secs(30)));
    assert_eq!((consumer.max_ack_pending, consumer.max_deliver), (7, -1));
    let message = stream.get_raw_message(1).await.unwrap();
    let header = |name: &str| message.headers.get(name).map(|value| value.as_str().to_owned()).unwrap();
    assert_eq!(message.payload, r#"{"order":7}"#);
    assert_eq!(
        (header("ce-specversion"), header("ce-id"), header("ce-source")),
        ("1.0".into(), "7".into(), "/tests".into())
    );
    assert_eq!((header("ce-type"), header("ce-datacontenttype")), ("order.placed".into(), "application/json".into()));
    assert_eq!(
        (header("ce-subject"), header("ce-partitionkey")),
        ("order%20%227%22".into(), "gr%C3%B6%C3%9Fe%201".into())
    );

    let mut binary = HeaderMap::new();
    for (name, value) in [("Ce-Specversion", "1.0"), ("Ce-Id", "8"), ("Ce-Source", "/else"), ("Ce-Type", "t")] {
        binary.insert(name, value);
    }
    binary.insert("ce-tier", "gold%21");
    let mut structured = HeaderMap::new();
    structured.insert("content-type", "application/cloudevents+json; charset=utf-8");
    let whole = r#"{"specversion":"1.0","id":"9","source":"/else","type":"t","count":3,"data":{"a":1}}"#;
    for (headers, payload) in [(binary, "x"), (structured, whole), (HeaderMap::new(), "hello")] {
        let subject = "thalweg.shop=2Eorders.1";
        jetstream.publish_with_headers(subject, headers, Bytes::from(payload)).await.unwrap().await.unwrap();
    }
    let mut taken = take(&broker, "shop.orders", "billing", 4).await;
    taken.sort_by_key(|delivery| delivery.stored.offset);
    let [_, binary, structured, plain] = &taken[..] else { panic!("{taken:?}") };
    let (binary, structured, plain) = (&binary.stored.event, &structured.stored.event, &plain.stored.event);
    assert_eq!((&*binary.id, &*binary.source, binary.data.as_deref()), ("8", "/else", Some(&b"x"[..])));
    assert_eq!(binary.extensions["tier"], Extension::Text("gold!".to_owned()));
    assert_eq!((&*structured.id, &structured.extensions["count"]), ("9", &Extension::Number(3)));
    assert_eq!((&*plain.source, plain.data.as_deref()), ("nats:thalweg.shop=2Eorders.1", Some(&b"hello"[..])));
    assert!(taken[1..].iter().all(|delivery| delivery.stored.partition == 1));
    // A message that is no event is given up like any, and none is stuck.
    let reject = Outcome::Reject { reason: "no order\r\nat all".to_owned() };
    for delivery in &taken {
        assert_eq!(settle(&broker, "shop.orders", delivery, reject.clone()).await, Settled::Done);
    }
    let dead = broker.dead_letters("shop.orders", "billing", 0, 9).await.unwrap();
    assert_eq!(dead.len(), 4);
    assert!(dead.iter().all(|letter| letter.reason == "rejected: no order  at all"), "{}", dead[0].reason);
    assert_eq!(dead[3].stored.event, taken[3].stored.event);
}

/// Two programs share a group: the story of an event is that of both, and what nobody answered to is in it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_story_is_told_by_all_who_took_part() {
    let server = NatsServer::start(&[]);
    let (one, other) = (connected(&server).await, connected(&server).await);
    let mut wanted = plan("orders", 1, 3, Order::None);
    wanted.topics[0].groups[0].lease = Duration::from_secs(1);
    wanted.topics[0].groups[0].dead_letter = Some("graves".to_owned());
    wanted.topics.push(TopicPlan::named("graves"));
    one.create(&wanted).await.unwrap();
    one.publish("orders", vec![event(1)]).await.unwrap();
    let first = take(&one, "orders", "billing", 1).await;
    assert_eq!(settle(&one, "orders", &first[0], nack()).await, Settled::Done);
    // The second is left without an answer, and so is the third.
    let second = take(&other, "orders", "billing", 1).await;
    assert_eq!(second[0].attempt, 2);
    let third = take(&one, "orders", "billing", 1).await;
    assert_eq!(third[0].attempt, 3);
    let buried = take(&other, "graves", "desk", 0).await;
    assert_eq!(buried.len(), 0);
    let dead = loop {
        assert_eq!(other.fetch("orders", "billing", 1, Duration::from_millis(1300)).await.unwrap(), []);
        let dead = one.dead_letters("orders", "billing", 0, 9).await.unwrap();
        if !dead.is_empty() {
            break dead;
        }
    };
    let reasons: Vec<&str> = dead[0].attempts.iter().map(|attempt| attempt.reason.as_str()).collect();
    assert_eq!(
        reasons,
        ["the card was refused", "no answer before the lease ended", "no answer before the lease ended"]
    );
    assert_eq!((dead.len(), dead[0].attempt_count, dead[0].redriven), (1, 3, 0));
    assert!(dead[0].attempts.is_sorted_by_key(|attempt| attempt.ended_ms) && dead[0].stored.stored_ms > 0);
    let told = take(&one, "graves", "desk", 1).await;
    assert_eq!(told[0].stored.event.extensions["deadletterattempts"].to_text(), "3");
    assert_eq!(told[0].stored.event.data, event(1).data);
    // Redriven by two at once it comes once, to this group alone; it dies again with the whole story.
    let all = Which::All;
    let (a, b) = futures::join!(one.redrive("orders", "billing", &all), other.redrive("orders", "billing", &all));
    assert_eq!(a.unwrap() + b.unwrap(), 1);
    let again = take(&other, "orders", "billing", 1).await;
    assert_eq!((id(&again[0]), again[0].attempt, again[0].stored.offset), (1, 1, 0));
    let reject = Outcome::Reject { reason: "still no".to_owned() };
    assert_eq!(settle(&other, "orders", &again[0], reject).await, Settled::Done);
    let dead = one.dead_letters("orders", "billing", 0, 9).await.unwrap();
    assert_eq!((dead.len(), dead[0].attempt_count, dead[0].redriven), (1, 4, 1));
    assert_eq!(dead[0].attempts.last().unwrap().reason, "still no");
    assert_eq!(one.fetch("orders", "billing", 1, Duration::from_millis(1200)).await.unwrap(), []);
    let states = one.inspect().await.unwrap();
    let state = states.iter().find(|topic| topic.name == "orders").unwrap();
    assert_eq!((state.groups[0].lag, state.groups[0].dead_letters), (0, 1));
    // Nothing is left of failures that are told.
    let jetstream = async_nats::jetstream::new(async_nats::connect(server.url()).await.unwrap());
    let stream = jetstream.get_stream("THALWEG_DLQ_orders==billing").await.unwrap();
    assert_eq!(stream.cached_info().state.messages, 1);
}

/// Whoever redrives and goes away before the dead letter is deleted leaves it: it is none any more when the event dies again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redrive_that_was_cut_off_loses_nothing() {
    let server = NatsServer::start(&[]);
    let broker = connected(&server).await;
    broker.create(&plan("orders", 1, 1, Order::None)).await.unwrap();
    broker.publish("orders", vec![event(1)]).await.unwrap();
    settle(&broker, "orders", &take(&broker, "orders", "billing", 1).await[0], nack()).await;
    let number = broker.dead_letters("orders", "billing", 0, 9).await.unwrap()[0].number;
    let jetstream = async_nats::jetstream::new(async_nats::connect(server.url()).await.unwrap());
    let stream = jetstream.get_stream("THALWEG_DLQ_orders==billing").await.unwrap();
    let letter = stream.get_raw_message(number).await.unwrap();
    assert_eq!(broker.redrive("orders", "billing", &Which::All).await.unwrap(), 1);
    let mut headers = HeaderMap::new();
    for (name, values) in letter.headers.iter().filter(|(name, _)| !name.to_string().starts_with("Nats-")) {
        headers.insert(name.clone(), values[0].clone());
    }
    jetstream.publish_with_headers(letter.subject, headers, letter.payload).await.unwrap().await.unwrap();
    settle(&broker, "orders", &take(&broker, "orders", "billing", 1).await[0], nack()).await;
    let dead = broker.dead_letters("orders", "billing", 0, 9).await.unwrap();
    assert_eq!((dead.len(), dead[0].redriven, dead[0].attempt_count), (1, 1, 2));
    assert_eq!(broker.redrive("orders", "billing", &Which::All).await.unwrap(), 1);
    assert_eq!(id(&take(&broker, "orders", "billing", 1).await[0]), 1);
}

/// A consumer that goes away while it waits does not hold what comes then.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn waiting_consumers_may_leave() {
    let server = NatsServer::start(&[]);
    let broker = connected(&server).await;
    let mut wanted = plan("orders", 1, 5, Order::None);
    wanted.topics[0].groups[0].lease = Duration::from_hours(1);
    broker.create(&wanted).await.unwrap();
    let leaving = tokio::time::timeout(Duration::from_millis(50), broker.fetch("orders", "billing", 1, PATIENCE));
    leaving.await.expect_err("nothing came");
    broker.publish("orders", vec![event(5)]).await.unwrap();
    assert_eq!(id(&take(&broker, "orders", "billing", 1).await[0]), 5);
}

/// A group that keeps the order of partitions has one event in hand, and what failed comes before what follows.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn partitions_keep_their_order() {
    let server = NatsServer::start(&[]);
    let broker = connected(&server).await;
    broker.create(&plan("orders", 2, 5, Order::PerPartition)).await.unwrap();
    broker.publish("orders", (0..4).map(|id| keyed(id, "k")).collect()).await.unwrap();
    let mut seen = Vec::new();
    while seen.len() < 5 {
        let taken = take(&broker, "orders", "billing", 1).await;
        assert_eq!(broker.fetch("orders", "billing", 9, Duration::ZERO).await.unwrap(), []);
        let fails = id(&taken[0]) == 1 && taken[0].attempt == 1;
        let later = Outcome::Nack { delay: Some(Duration::from_millis(300)), reason: "later".to_owned() };
        settle(&broker, "orders", &taken[0], if fails { later } else { Outcome::Ack }).await;
        seen.push(id(&taken[0]));
    }
    assert_eq!(seen, [0, 1, 1, 2, 3]);
}

/// What it cannot do it says, and does nothing of it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_it_cannot_do_is_refused() {
    let server = NatsServer::start(&[]);
    let broker = connected(&server).await;
    let abilities = broker.capabilities();
    assert!(!abilities.can(Ability::OrderKeys) && !abilities.can(Ability::Schedule));
    let refused = broker.create(&plan("orders", 1, 5, Order::PerKey)).await.expect_err("no order of keys");
    assert!(
        matches!(refused, BusError::Unable { .. }) && refused.to_string().contains("order of each key"),
        "{refused}"
    );
    let retention = Retention { compacted: true, ..Retention::default() };
    let compacted = Plan { topics: vec![TopicPlan { retention, ..TopicPlan::named("orders") }] };
    assert!(matches!(broker.create(&compacted).await, Err(BusError::Unable { .. })));
    assert!(matches!(broker.schedule("orders", vec![event(1)], 1).await, Err(BusError::Unable { .. })));
    assert_eq!(broker.inspect().await.unwrap(), []);
    // One in flight keeps any order.
    let mut single = plan("orders", 3, 5, Order::PerKey);
    single.topics[0].groups[0].max_in_flight = 1;
    broker.create(&single).await.unwrap();
    let fewer = broker.create(&plan("orders", 2, 5, Order::None)).await.expect_err("fewer partitions").to_string();
    assert!(fewer.contains("partitions can be added, not removed"), "{fewer}");
    let long = Event { data: Some(Bytes::from(vec![b'1'; 1_040_000])), ..event(1) };
    let refused = broker.publish("orders", vec![event(2), long]).await.expect_err("too large for the server");
    assert!(matches!(refused, BusError::BadEvent { place: 1, .. }), "{refused}");
    assert!(refused.to_string().contains("raise `max_payload`"), "{refused}");
    assert_eq!(broker.inspect().await.unwrap()[0].events, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_there_is_told_without_the_password() {
    let mut server = NatsServer::start(&[]);
    server.stop();
    let url = server.url().replace("nats://", "nats://me:secret@");
    let error = NatsBroker::connect(&url, NatsOptions::default()).await.expect_err("nobody is there");
    assert!(error.is_passing() && error.to_string().contains(&server.url()), "{error}");
    assert!(!error.to_string().contains("secret"), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_logs_in_as_it_is_told() {
    let with = |login| NatsOptions { login, ..NatsOptions::default() };
    let password = |word: &str| NatsLogin::Password { user: "me".to_owned(), password: word.to_owned() };
    let server = NatsServer::start(&["--user", "me", "--pass", "secret"]);
    let refused = NatsBroker::connect(&server.url(), with(password("wrong"))).await.expect_err("a wrong password");
    assert!(refused.to_string().to_lowercase().contains("authorization"), "{refused}");
    NatsBroker::connect(&server.url(), with(password("secret"))).await.unwrap();
    let in_url = server.url().replace("nats://", "nats://me:secret@");
    NatsBroker::connect(&in_url, NatsOptions::default()).await.unwrap();
    assert!(!format!("{:?}", with(password("secret"))).contains("secret"));

    let server = NatsServer::start(&["--auth", "a-token"]);
    NatsBroker::connect(&server.url(), NatsOptions::default()).await.expect_err("no token");
    NatsBroker::connect(&server.url(), with(NatsLogin::Token("a-token".to_owned()))).await.unwrap();
    let in_url = server.url().replace("nats://", "nats://a%2Dtoken@");
    NatsBroker::connect(&in_url, NatsOptions::default()).await.unwrap();

    // The pair of the documentation (https://docs.nats.io/running-a-nats-service/configuration/securing_nats/auth_intro/nkey_auth).
    let user = "UDXU4RCSJNZOIQHZNWXHXORDPRTGNJAHAHFRGZNEEJCPQTT2M7NLCNF4";
    let seed = "SUACSSL3UAHUDXKFSNVUZRF5UHPMWZ6BFDTJ7M6USDXIEDNPPQYYYCU3VY";
    let server = NatsServer::with_config(&format!("authorization {{ users = [ {{ nkey: {user} }} ] }}"));
    NatsBroker::connect(&server.url(), NatsOptions::default()).await.expect_err("no key");
    let broker = NatsBroker::connect(&server.url(), with(NatsLogin::NKey(seed.to_owned()))).await.unwrap();
    broker.create(&plan("orders", 1, 5, Order::None)).await.unwrap();
    let missing = NatsLogin::CredentialsFile("/nowhere/at.creds".into());
    let error = NatsBroker::connect(&server.url(), with(missing)).await.expect_err("no such file").to_string();
    assert!(error.contains("/nowhere/at.creds"), "{error}");
}
