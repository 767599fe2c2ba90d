//! RabbitMQ keeps what every broker promises, and what is told of it in `src/rabbitmq/`; against a real one.

#![allow(clippy::unwrap_used, reason = "a test says what did not work")]

#[macro_use]
mod conformance;
mod servers;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use bytes::Bytes;
use conformance::{PATIENCE, event, id, keyed, nack, plan, settle, take};
use lapin::options::{BasicGetOptions, BasicPublishOptions, ConfirmSelectOptions};
use lapin::types::{AMQPValue, FieldTable};
use lapin::{BasicProperties, Channel, Connection, ConnectionProperties};
use servers::RabbitMq;
use thalweg_bus::{
    Backoff, Broker, BusError, Event, GroupPlan, Order, Outcome, RabbitBroker, Settled, Start, TopicPlan, Which,
};

/// One for all tests of this file: it takes ten seconds to start. Each has topics of its own.
static SERVER: LazyLock<RabbitMq> = LazyLock::new(RabbitMq::start);

async fn url() -> String {
    tokio::task::spawn_blocking(|| SERVER.url()).await.unwrap()
}

async fn broker() -> RabbitBroker {
    RabbitBroker::connect(&url().await).await.unwrap()
}

/// An ordinary client, which knows nothing of Thalweg.
async fn client() -> (Connection, Channel) {
    let connection = Connection::connect(&url().await, ConnectionProperties::default()).await.unwrap();
    let channel = connection.create_channel().await.unwrap();
    channel.confirm_select(ConfirmSelectOptions::default()).await.unwrap();
    (connection, channel)
}

macro_rules! conforms {
    ($($promise:ident),+ $(,)?) => {$(
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $promise() {
            let broker = broker().await;
            conformance::$promise(&broker).await;
            broker.close().await;
            assert!(matches!(broker.inspect().await, Err(BusError::Closed)));
        }
    )+};
}

every_promise!(conforms);

/// What an ordinary client finds in the queue is the CloudEvents binding, persistent; what it puts there is delivered.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn others_can_read_and_write() {
    let broker = broker().await;
    broker.create(&plan("shared.topic", 1, 3, Order::None)).await.unwrap();
    broker.publish("shared.topic", vec![keyed(1, "k")]).await.unwrap();
    let (_connection, channel) = client().await;
    let got = channel.basic_get("thalweg.shared~topic.billing".into(), BasicGetOptions { no_ack: true }).await;
    let got = got.unwrap().unwrap().delivery;
    assert_eq!((got.exchange.as_str(), got.routing_key.as_str()), ("thalweg.shared~topic", "order.placed"));
    assert_eq!(got.data, br#"{"order":1}"#);
    assert_eq!(*got.properties.delivery_mode(), Some(2));
    assert_eq!(got.properties.content_type().as_ref().unwrap().as_str(), "application/json");
    let headers = got.properties.headers().clone().unwrap();
    let attributes: BTreeMap<&str, String> = headers
        .into_iter()
        .filter_map(|(name, value)| {
            Some((name.as_str().strip_prefix("cloudEvents_")?, value.as_long_string()?.to_string()))
        })
        .collect();
    let expected =
        [("id", "1"), ("partitionkey", "k"), ("source", "/tests"), ("specversion", "1.0"), ("type", "order.placed")];
    assert_eq!(attributes, expected.map(|(name, value)| (name, value.to_owned())).into());

    let put = async |properties: BasicProperties, body: &[u8]| {
        let exchange = "thalweg.shared~topic".into();
        let published =
            channel.basic_publish(exchange, "any".into(), BasicPublishOptions::default(), body, properties).await;
        assert!(published.unwrap().await.unwrap().is_ack());
    };
    let json = thalweg_bus::event_to_json(&event(2));
    put(BasicProperties::default().with_content_type("application/cloudevents+json".into()), json.as_bytes()).await;
    let taken = take(&broker, "shared.topic", "billing", 1).await;
    assert_eq!(*taken[0].stored.event, event(2));
    // It fails and comes again as it was.
    assert_eq!(settle(&broker, "shared.topic", &taken[0], nack()).await, Settled::Done);
    let again = take(&broker, "shared.topic", "billing", 1).await;
    assert_eq!((&*again[0].stored.event, again[0].attempt), (&event(2), 2));
    assert_eq!(settle(&broker, "shared.topic", &again[0], Outcome::Ack).await, Settled::Done);

    // What is no event is not delivered and not lost.
    let mut headers = FieldTable::default();
    headers.insert("colour".into(), AMQPValue::LongString("red".into()));
    put(BasicProperties::default().with_message_id("m1".into()).with_headers(headers), b"hello").await;
    assert_eq!(broker.fetch("shared.topic", "billing", 1, Duration::from_millis(500)).await.unwrap(), []);
    let dead = broker.dead_letters("shared.topic", "billing", 0, 10).await.unwrap();
    assert_eq!(dead.len(), 1);
    assert!(dead[0].reason.starts_with("not an event: "), "{}", dead[0].reason);
    assert_eq!((dead[0].stored.event.id.as_str(), dead[0].stored.event.data.as_deref()), ("m1", Some(&b"hello"[..])));
    // What a person made of it is an event.
    assert!(broker.redrive_edited("shared.topic", "billing", dead[0].number, event(3)).await.unwrap());
    assert_eq!(id(&take(&broker, "shared.topic", "billing", 1).await[0]), 3);
}

/// What it cannot do is answered so, and nothing is half done.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_it_cannot_do_it_says() {
    let broker = broker().await;
    let unable = |answer: Result<(), BusError>| assert!(matches!(answer, Err(BusError::Unable { .. })), "{answer:?}");
    unable(broker.create(&plan("unable", 1, 3, Order::PerKey)).await);
    let mut compacted = plan("unable", 1, 3, Order::None);
    compacted.topics[0].retention.compacted = true;
    unable(broker.create(&compacted).await);
    assert!(matches!(broker.publish("unable", vec![event(1)]).await, Err(BusError::UnknownTopic { .. })));
    unable(broker.schedule("unable", vec![event(1)], 0).await.map(drop));
    unable(broker.read("unable", 0, 0, 1).await.map(drop));
    unable(broker.seek("unable", "billing", Start::Beginning).await);

    // A topic without groups keeps nothing: a publish says so.
    let alone = thalweg_bus::Plan { topics: vec![TopicPlan::named("alone")] };
    broker.create(&alone).await.unwrap();
    let refused = broker.publish("alone", vec![event(1)]).await.unwrap_err();
    assert!(refused.to_string().contains("create a group"), "{refused}");
    // From the first fetch on there is one; it has what comes then.
    assert_eq!(broker.fetch("alone", "late", 1, Duration::ZERO).await.unwrap(), []);
    broker.publish("alone", vec![event(2)]).await.unwrap();
    assert_eq!(id(&take(&broker, "alone", "late", 1).await[0]), 2);
}

/// Connecting says what is wrong, without the password.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_that_cannot_be_says_why() {
    let url = url().await;
    let with_tls = SERVER.url_with_tls();
    let nowhere = format!("amqp://guest:sesame@{}/", std::net::SocketAddr::from(([127, 0, 0, 1], 1)));
    for (url, is_bad_url) in [
        (url.replace("guest:guest", "guest:sesame"), false),
        (url.replace("%2f", "elsewhere"), false),
        (nowhere, false),
        (with_tls, false),
        ("http://guest:sesame@127.0.0.1/".to_owned(), true),
        ("sesame".to_owned(), true),
    ] {
        let error = RabbitBroker::connect(&url).await.err().unwrap();
        assert_eq!(matches!(error, BusError::BadPlan { .. }), is_bad_url, "{error:?}");
        assert_eq!(error.is_passing(), !is_bad_url);
        assert!(!error.to_string().contains("sesame"), "{error}");
    }
}

/// Many dead letters keep their order and number, however often they are looked through, and each is redriven once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_dead_letters_are_kept_in_order() {
    let broker = broker().await;
    let mut wanted = plan("many", 1, 1, Order::None);
    wanted.topics.push(TopicPlan {
        groups: vec![GroupPlan { order: Order::None, ..GroupPlan::named("watch") }],
        ..TopicPlan::named("graveyard")
    });
    wanted.topics[0].groups[0].dead_letter = Some("graveyard".to_owned());
    broker.create(&wanted).await.unwrap();
    broker.publish("many", (0..50).map(event).collect()).await.unwrap();
    for delivery in take(&broker, "many", "billing", 50).await {
        assert_eq!(settle(&broker, "many", &delivery, nack()).await, Settled::Done);
    }
    let all = broker.dead_letters("many", "billing", 0, 100).await.unwrap();
    assert_eq!(all.iter().map(|letter| letter.number).collect::<BTreeSet<_>>().len(), 50);
    assert!(all.iter().map(|letter| letter.number).is_sorted());
    let page = broker.dead_letters("many", "billing", all[9].number, 10).await.unwrap();
    assert_eq!(page, all[10..20]);
    assert_eq!(broker.dead_letters("many", "billing", 0, 100).await.unwrap(), all);
    // Two at once redrive each of them once.
    let (a, b) = futures::join!(
        broker.redrive("many", "billing", &Which::All),
        broker.redrive("many", "billing", &Which::Oldest(30))
    );
    assert_eq!(a.unwrap() + b.unwrap(), 50);
    let ids: BTreeSet<u64> = take(&broker, "many", "billing", 50).await.iter().map(id).collect();
    assert_eq!(ids, (0..50).collect());
    assert_eq!(broker.fetch("many", "billing", 1, Duration::from_millis(200)).await.unwrap(), []);
    // The topic of dead letters was told of each.
    let told = take(&broker, "graveyard", "watch", 50).await;
    assert!(told.iter().all(|delivery| delivery.stored.event.extensions.contains_key("deadletterreason")));
}

/// Asks until it is answered: a connection is made again by itself.
async fn until_it_works<T>(what: &str, mut ask: impl AsyncFnMut() -> Result<T, BusError>) -> T {
    let end = Instant::now() + 3 * PATIENCE;
    loop {
        match ask().await {
            Ok(answer) => return answer,
            Err(error) => {
                assert!(matches!(error, BusError::Remote { .. }), "{what}: {error:?}");
                assert!(Instant::now() < end, "{what}: {error}");
            }
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Ended in some way and started again.
async fn restarted(mut server: RabbitMq, end: fn(&mut RabbitMq)) -> RabbitMq {
    let task = tokio::task::spawn_blocking(move || {
        end(&mut server);
        server.start_again();
        server
    });
    task.await.unwrap()
}

/// Killed in the middle and started again: what was confirmed is there, what was in hand comes again, failures and dead letters
/// are remembered, and nobody has to connect anew.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broker_that_is_killed_loses_nothing() {
    let mut server = tokio::task::spawn_blocking(RabbitMq::start).await.unwrap();
    let broker = RabbitBroker::connect(&server.url()).await.unwrap();
    let mut wanted = plan("orders", 1, 5, Order::None);
    wanted.topics[0].groups[0].retry.backoff = Backoff::List(vec![Duration::from_secs(1)]);
    broker.create(&wanted).await.unwrap();
    // Stopped in order first: with 3.10.8 a queue that was made a moment before a kill is seen to have no leader afterwards, which
    // is not what this is about.
    server = restarted(server, RabbitMq::stop).await;
    until_it_works("publishing", || broker.publish("orders", (0..40).map(event).collect())).await;
    let mut taken = until_it_works("fetching", || broker.fetch("orders", "billing", 1, PATIENCE)).await;
    taken.extend(take(&broker, "orders", "billing", 20 - taken.len()).await);
    taken.sort_by_key(id);
    let done: BTreeSet<u64> = taken[..5].iter().map(id).collect();
    for delivery in &taken[..5] {
        assert_eq!(settle(&broker, "orders", delivery, Outcome::Ack).await, Settled::Done);
    }
    assert_eq!(settle(&broker, "orders", &taken[5], nack()).await, Settled::Done);
    let failed = id(&taken[5]);
    let reject = Outcome::Reject { reason: "no".to_owned() };
    assert_eq!(settle(&broker, "orders", &taken[6], reject).await, Settled::Done);
    let rejected = id(&taken[6]);

    let mut server = tokio::task::spawn_blocking(move || {
        server.kill();
        server
    })
    .await
    .unwrap();
    let lost = broker.publish("orders", vec![event(100)]).await.unwrap_err();
    assert!(matches!(lost, BusError::Remote { .. }) && lost.is_passing(), "{lost:?}");
    let lost = broker.fetch("orders", "billing", 1, PATIENCE).await.unwrap_err();
    assert!(matches!(lost, BusError::Remote { .. }), "{lost:?}");
    let server = tokio::task::spawn_blocking(move || {
        server.start_again();
        server
    })
    .await
    .unwrap();

    until_it_works("publishing", || broker.publish("orders", vec![event(40)])).await;
    let in_hand: BTreeSet<u64> = taken[7..].iter().map(id).collect();
    let mut seen: BTreeMap<u64, u32> = BTreeMap::new();
    let expected: BTreeSet<u64> = (0..=40).filter(|id| !done.contains(id) && *id != rejected).collect();
    while !expected.iter().all(|id| seen.contains_key(id)) {
        let some = until_it_works("fetching", || broker.fetch("orders", "billing", 10, PATIENCE)).await;
        assert!(!some.is_empty(), "only {seen:?} came");
        for delivery in some {
            seen.insert(id(&delivery), delivery.attempt);
            assert_eq!(settle(&broker, "orders", &delivery, Outcome::Ack).await, Settled::Done);
        }
    }
    // An acknowledgement or move whose last step was not on the disk yet may have been repeated; nothing else.
    let may_repeat = |id: &u64| done.contains(id) || *id == rejected;
    assert!(seen.keys().all(|id| expected.contains(id) || may_repeat(id)), "{seen:?}");
    assert_eq!(seen[&failed], 2, "its failure is remembered");
    assert!(in_hand.iter().all(|id| seen[id] == 1), "what was in hand did not fail: {seen:?}");
    let late = settle(&broker, "orders", &taken[7], Outcome::Ack).await;
    assert_eq!(late, Settled::Lost);
    let dead = broker.dead_letters("orders", "billing", 0, 10).await.unwrap();
    assert_eq!(
        dead.iter().map(|letter| letter.stored.event.id.parse::<u64>().unwrap()).collect::<Vec<_>>(),
        [rejected]
    );
    broker.close().await;
    drop(server);
}

/// Events that are large, or empty, or many at once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sizes_do_not_matter() {
    let broker = broker().await;
    broker.create(&plan("sizes", 1, 3, Order::None)).await.unwrap();
    let sized = |id: u64, size: usize| Event { data: Some(Bytes::from(vec![b'x'; size])), ..event(id) };
    let mut subject = sized(2, 1);
    subject.subject = Some("s".repeat(60_000));
    let all = vec![sized(0, 0), sized(1, thalweg_bus::MAX_EVENT_BYTES - 200), subject];
    broker.publish("sizes", all.clone()).await.unwrap();
    let mut taken = take(&broker, "sizes", "billing", 3).await;
    taken.sort_by_key(id);
    assert!(taken.iter().map(|delivery| &*delivery.stored.event).eq(&all));
    // The largest story goes along with the largest attributes.
    for _ in 0..2 {
        let why = Outcome::Nack { delay: None, reason: "\u{1}\"ü".repeat(3000) };
        assert_eq!(settle(&broker, "sizes", &taken[2], why).await, Settled::Done);
        taken[2] = take(&broker, "sizes", "billing", 1).await.remove(0);
    }
    assert_eq!((&*taken[2].stored.event, taken[2].attempt), (&all[2], 3));
    let long = Event { content_type: Some(format!("text/{}", "x".repeat(300))), ..event(3) };
    let refused = broker.publish("sizes", vec![long]).await;
    assert!(matches!(refused, Err(BusError::BadEvent { place: 0, .. })), "{refused:?}");
}
