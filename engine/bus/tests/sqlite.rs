//! The embedded broker keeps what every broker promises, and what only it does.

#![allow(clippy::unwrap_used, reason = "a test says what did not work")]

#[macro_use]
mod conformance;

use std::time::Duration;

use conformance::{PATIENCE, event, id, keyed, nack, plan, settle, take};
use thalweg_bus::{
    Backoff, Broker, BusError, Clock, Event, Order, Outcome, Retention, Settled, Settlement, SqliteBroker, TopicPlan,
    Which,
};

async fn broker() -> (tempfile::TempDir, SqliteBroker) {
    let folder = tempfile::tempdir().unwrap();
    let broker = SqliteBroker::open(folder.path().join("live.db"), Clock::system()).await.unwrap();
    (folder, broker)
}

macro_rules! conforms {
    ($($promise:ident),+ $(,)?) => {$(
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $promise() {
            let (_folder, broker) = broker().await;
            conformance::$promise(&broker).await;
            broker.check().await.unwrap();
            broker.close().await;
        }
    )+};
}

every_promise!(conforms);

/// Whoever opens the file again goes on where it was left: what was acknowledged is done, what was in hand comes again, what failed
/// comes with its next attempt, repeats are still known.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_goes_on_where_it_was_left() {
    let (folder, broker) = broker().await;
    let mut wanted = plan("orders", 3, 5, Order::PerKey);
    wanted.topics[0].groups[0].retry.backoff = Backoff::List(vec![Duration::from_millis(1)]);
    broker.create(&wanted).await.unwrap();
    broker.publish("orders", (0..6).map(|id| keyed(id, &format!("k{id}"))).collect()).await.unwrap();
    let mut taken = take(&broker, "orders", "billing", 6).await;
    taken.sort_by_key(id);
    settle(&broker, "orders", &taken[0], Outcome::Ack).await;
    settle(&broker, "orders", &taken[4], Outcome::Ack).await;
    settle(&broker, "orders", &taken[1], nack()).await;
    settle(&broker, "orders", &taken[2], Outcome::Reject { reason: "no".to_owned() }).await;
    broker.close().await;
    assert!(matches!(broker.publish("orders", vec![event(9)]).await, Err(BusError::Closed)));
    drop(broker);

    let broker = SqliteBroker::open(folder.path().join("live.db"), Clock::system()).await.unwrap();
    let published = broker.publish("orders", vec![keyed(3, "k3"), keyed(6, "k6")]).await.unwrap();
    assert_eq!((published.stored, published.duplicates), (1, 1));
    let mut again = take(&broker, "orders", "billing", 4).await;
    again.sort_by_key(id);
    let attempts: Vec<_> = again.iter().map(|delivery| (id(delivery), delivery.attempt)).collect();
    assert_eq!(attempts, [(1, 2), (3, 1), (5, 1), (6, 1)]);
    // What was in the hand of the one before counts only if nobody has it now.
    assert_eq!(settle(&broker, "orders", &taken[3], Outcome::Ack).await, Settled::Lost);
    assert_eq!(settle(&broker, "orders", &taken[0], Outcome::Ack).await, Settled::Already);
    assert_eq!(broker.dead_letters("orders", "billing", 0, 9).await.unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_late_answer_after_a_restart_counts_while_nobody_has_the_event() {
    let (folder, broker) = broker().await;
    broker.create(&plan("orders", 1, 5, Order::PerKey)).await.unwrap();
    broker.publish("orders", vec![keyed(1, "a"), keyed(2, "a")]).await.unwrap();
    let taken = take(&broker, "orders", "billing", 1).await;
    broker.close().await;
    drop(broker);
    let broker = SqliteBroker::open(folder.path().join("live.db"), Clock::system()).await.unwrap();
    assert_eq!(settle(&broker, "orders", &taken[0], Outcome::Ack).await, Settled::Done);
    assert_eq!(id(&take(&broker, "orders", "billing", 1).await[0]), 2);
}

#[tokio::test]
async fn two_engines_on_one_file_are_one_too_many() {
    let (folder, first) = broker().await;
    let second = SqliteBroker::open(folder.path().join("live.db"), Clock::system()).await;
    let error = second.expect_err("the file is in use").to_string();
    assert!(error.contains("in use by another running engine"), "{error}");
    first.publish("nowhere", Vec::new()).await.expect_err("there is no topic");
}

/// Times are those of a clock that is moved by hand.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn time_brings_leases_delays_and_scheduled_events() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Clock::by_hand(1_800_000_000_000);
    let broker = SqliteBroker::open(folder.path().join("live.db"), clock.clone()).await.unwrap();
    broker.create(&plan("orders", 1, 5, Order::None)).await.unwrap();
    let in_an_hour = clock.now_ms() + 3_600_000;
    let numbers = broker.schedule("orders", vec![event(1), event(2)], in_an_hour).await.unwrap();
    assert_eq!(numbers.len(), 2);
    assert_eq!(broker.publish("orders", vec![event(1)]).await.unwrap().duplicates, 1);
    assert_eq!(broker.inspect().await.unwrap()[0].scheduled, 2);
    assert_eq!(broker.fetch("orders", "billing", 9, Duration::ZERO).await.unwrap(), []);
    clock.advance(Duration::from_secs(3599));
    assert_eq!(broker.fetch("orders", "billing", 9, Duration::ZERO).await.unwrap(), []);
    clock.advance(Duration::from_secs(1));
    let taken = take(&broker, "orders", "billing", 2).await;
    assert_eq!(taken.iter().map(id).collect::<Vec<_>>(), [1, 2]);
    // Half a lease is not a whole one.
    clock.advance(Duration::from_secs(15));
    settle(&broker, "orders", &taken[0], Outcome::Extend(Duration::from_mins(10))).await;
    clock.advance(Duration::from_secs(15));
    let again = take(&broker, "orders", "billing", 1).await;
    assert_eq!((id(&again[0]), again[0].attempt), (2, 2));
    assert_eq!(broker.inspect().await.unwrap()[0].groups[0].totals.failed, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn retention_takes_what_is_old_and_counts_what_nobody_read() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Clock::by_hand(1_800_000_000_000);
    let broker = SqliteBroker::open(folder.path().join("live.db"), clock.clone()).await.unwrap();
    let mut wanted = plan("orders", 1, 5, Order::None);
    wanted.topics[0].retention = Retention { time: Some(Duration::from_mins(1)), ..Retention::default() };
    broker.create(&wanted).await.unwrap();
    broker.publish("orders", (0..3).map(event).collect()).await.unwrap();
    let taken = take(&broker, "orders", "billing", 1).await;
    settle(&broker, "orders", &taken[0], Outcome::Ack).await;
    clock.advance(Duration::from_secs(50));
    broker.publish("orders", vec![event(3)]).await.unwrap();
    clock.advance(Duration::from_secs(20));
    let state = loop {
        let state = broker.inspect().await.unwrap().remove(0);
        if state.events == 1 {
            break state;
        }
        assert!(state.events > 1, "the event of 20 seconds ago is gone too");
        tokio::time::sleep(Duration::from_millis(1)).await;
    };
    assert_eq!((state.groups[0].lag, state.groups[0].totals.expired), (1, 2));
    assert_eq!(take(&broker, "orders", "billing", 1).await.iter().map(id).collect::<Vec<_>>(), [3]);
    assert_eq!(broker.read("orders", 0, 0, 10).await.unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_compacted_topic_keeps_the_newest_of_each_key() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Clock::by_hand(1_800_000_000_000);
    let broker = SqliteBroker::open(folder.path().join("live.db"), clock.clone()).await.unwrap();
    let retention = Retention { compacted: true, ..Retention::default() };
    let topic = TopicPlan { retention, partitions: 2, ..TopicPlan::named("customers") };
    broker.create(&thalweg_bus::Plan { topics: vec![topic] }).await.unwrap();
    for round in 0..30_u64 {
        let events = (0..100).map(|id| keyed(round * 100 + id, &format!("k{id}"))).collect();
        broker.publish("customers", events).await.unwrap();
    }
    clock.advance(Duration::from_secs(5));
    while broker.inspect().await.unwrap()[0].events > 2000 {
        clock.advance(Duration::from_secs(1));
        tokio::task::yield_now().await;
    }
    // A group that comes now reads the newest of each, in the order of each key, and nothing twice.
    let mut newest = std::collections::BTreeMap::new();
    loop {
        let taken = broker.fetch("customers", "late", 100, Duration::ZERO).await.unwrap();
        if taken.is_empty() {
            break;
        }
        for delivery in taken {
            let key = delivery.stored.event.key().unwrap().to_owned();
            let before = newest.insert(key, id(&delivery));
            assert!(before.is_none_or(|before| before < id(&delivery)));
            let settlement = Settlement { token: delivery.token, outcome: Outcome::Ack };
            broker.settle("customers", "late", vec![settlement]).await.unwrap();
        }
    }
    assert_eq!(newest.len(), 100);
    assert!(newest.iter().all(|(key, id)| *id == 2900 + key[1..].parse::<u64>().unwrap()), "{newest:?}");
    let state = broker.inspect().await.unwrap().remove(0);
    assert_eq!(state.groups.iter().find(|group| group.name == "late").unwrap().lag, 0);
    broker.check().await.unwrap();
}

/// A topic of dead letters gets them with their story, at the same moment.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dead_letters_go_to_their_topic_too() {
    let (_folder, broker) = broker().await;
    let mut wanted = plan("orders", 1, 1, Order::None);
    wanted.topics[0].groups[0].dead_letter = Some("orders-dlq".to_owned());
    let refused = broker.create(&wanted).await.expect_err("there is no such topic").to_string();
    assert!(refused.contains("`orders-dlq`, which is no topic"), "{refused}");
    wanted.topics.push(TopicPlan::named("orders-dlq"));
    broker.create(&wanted).await.unwrap();
    broker.publish("orders", vec![event(1)]).await.unwrap();
    // It dies again after it was redriven, and is told of again.
    for attempts in ["1", "2"] {
        let taken = take(&broker, "orders", "billing", 1).await;
        settle(&broker, "orders", &taken[0], nack()).await;
        let told = take(&broker, "orders-dlq", "desk", 1).await;
        let text = |name: &str| told[0].stored.event.extensions[name].to_text();
        assert_eq!(told[0].stored.event.data, event(1).data);
        assert_eq!((text("deadlettertopic"), text("deadlettergroup")), ("orders".to_owned(), "billing".to_owned()));
        assert_eq!(text("deadletterattempts"), attempts);
        assert!(text("deadletterreason").contains("the card was refused"));
        if attempts == "1" {
            assert_eq!(broker.redrive("orders", "billing", &Which::All).await.unwrap(), 1);
        }
    }
    let dead = broker.dead_letters("orders", "billing", 0, 9).await.unwrap();
    assert_eq!((dead.len(), dead[0].redriven, dead[0].attempt_count), (1, 1, 2));
}

/// A consumer that goes away while it waits, or whose connection breaks, costs no attempt.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn waiting_consumers_are_woken_and_may_leave() {
    let (_folder, broker) = broker().await;
    broker.create(&plan("orders", 1, 5, Order::None)).await.unwrap();
    let leaving = tokio::time::timeout(Duration::from_millis(50), broker.fetch("orders", "billing", 1, PATIENCE));
    leaving.await.expect_err("nothing came");
    let waiting = broker.clone();
    let waits = tokio::spawn(async move { waiting.fetch("orders", "billing", 1, PATIENCE).await });
    tokio::time::sleep(Duration::from_millis(50)).await;
    broker.publish("orders", vec![Event { data: None, ..event(5) }]).await.unwrap();
    let came = waits.await.unwrap().unwrap();
    assert_eq!((id(&came[0]), came[0].attempt), (5, 1));
}

/// What the examples draw can be made, and made again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_example_has_its_topics() {
    for (name, text) in [thalweg_flow::examples(), thalweg_flow::broker_examples()].concat() {
        let (_folder, broker) = broker().await;
        let planned = thalweg_bus::plan_of(&thalweg_flow::read(text).flow);
        for _ in 0..2 {
            broker.create(&planned.plan).await.unwrap_or_else(|error| panic!("{name}: {error}"));
        }
        let states = broker.inspect().await.unwrap();
        assert_eq!(states.len(), planned.plan.topics.len(), "{name}");
        let groups = |topic: &TopicPlan| topic.groups.len();
        assert_eq!(
            states.iter().map(|state| state.groups.len()).sum::<usize>(),
            planned.plan.topics.iter().map(groups).sum::<usize>()
        );
    }
}

/// What could not be committed is told, nothing of it takes effect, and the engine goes on by itself once the file is free.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_program_that_locks_the_file_loses_nothing() {
    let (_folder, broker) = broker().await;
    broker.create(&plan("orders", 1, 5, Order::PerKey)).await.unwrap();
    broker.publish("orders", vec![keyed(1, "a"), keyed(2, "a")]).await.unwrap();
    let taken = take(&broker, "orders", "billing", 1).await;
    let lock = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1], isolation_level=None); \
                c.execute('BEGIN IMMEDIATE'); print('locked', flush=True); sys.stdin.read()";
    let mut other = std::process::Command::new("python3")
        .args(["-c", lock])
        .arg(broker.path())
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = [0; 6];
    std::io::Read::read_exact(other.stdout.as_mut().unwrap(), &mut said).unwrap();
    let refused = broker.publish("orders", vec![keyed(3, "a")]).await.expect_err("the file is locked");
    assert!(refused.is_passing() && refused.to_string().contains("locked by another program"), "{refused}");
    let settlement = Settlement { token: taken[0].token.clone(), outcome: Outcome::Ack };
    broker.settle("orders", "billing", vec![settlement]).await.expect_err("the file is locked");
    drop(other.stdin.take());
    other.wait().unwrap();
    // The refused event is new, and what was not acknowledged comes again, before the next of its key.
    assert_eq!(broker.publish("orders", vec![keyed(3, "a")]).await.unwrap().stored, 1);
    for expected in 1..=3 {
        let taken = take(&broker, "orders", "billing", 1).await;
        assert_eq!((id(&taken[0]), taken[0].attempt), (expected, 1));
        assert_eq!(settle(&broker, "orders", &taken[0], Outcome::Ack).await, Settled::Done);
    }
    let state = broker.inspect().await.unwrap().remove(0);
    assert_eq!((state.stored, state.groups[0].lag, state.groups[0].totals.acked), (3, 0, 3));
    broker.check().await.unwrap();
}
