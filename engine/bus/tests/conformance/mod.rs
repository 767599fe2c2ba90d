//! What every broker must do, whichever it is: one function for each promise, run against each backend.
//!
//! A promise that a backend does not make ([`thalweg_bus::Capabilities`]) is passed by, and the test says so by its capabilities.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test says what did not work")]
#![allow(dead_code, unused_macros, reason = "each backend's tests use what it can do")]

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use bytes::Bytes;
use thalweg_bus::{
    Ability, Backoff, Broker, BusError, Delivery, Event, Extension, GroupPlan, Order, Outcome, PARTITION_KEY, Plan,
    RetryPlan, Settled, Settlement, Start, TopicPlan, Which,
};

/// Hands the names of all promises to a macro that makes a test of each: a new one here is one for every backend.
macro_rules! every_promise {
    ($conforms:ident) => {
        $conforms!(
            published_is_delivered,
            consumers_compete,
            failures_become_dead_letters,
            dead_letters_can_be_edited_and_purged,
            a_key_keeps_its_order,
            repeats_are_recognised,
            delays_are_kept,
            leases_end,
            topics_can_be_replayed,
            states_are_told,
            nonsense_is_refused,
        );
    };
}

/// Long enough for any broker that works, short enough for a test that fails.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) fn event(id: u64) -> Event {
    Event {
        id: id.to_string(),
        source: "/tests".to_owned(),
        event_type: "order.placed".to_owned(),
        content_type: Some("application/json".to_owned()),
        data: Some(Bytes::from(format!(r#"{{"order":{id}}}"#))),
        ..Event::default()
    }
}

pub(crate) fn keyed(id: u64, key: &str) -> Event {
    let mut event = event(id);
    event.extensions.insert(PARTITION_KEY.to_owned(), Extension::Text(key.to_owned()));
    event
}

/// A topic and a group that tries so often, without waiting in between.
pub(crate) fn plan(topic: &str, partitions: u32, attempts: u32, order: Order) -> Plan {
    let retry = RetryPlan { attempts: Some(attempts), backoff: Backoff::List(vec![Duration::ZERO]) };
    let group = GroupPlan { order, retry, ..GroupPlan::named("billing") };
    Plan { topics: vec![TopicPlan { partitions, groups: vec![group], ..TopicPlan::named(topic) }] }
}

pub(crate) fn id(delivery: &Delivery) -> u64 {
    delivery.stored.event.id.parse().expect("an id of these tests")
}

/// Settles one delivery.
pub(crate) async fn settle(broker: &dyn Broker, topic: &str, delivery: &Delivery, outcome: Outcome) -> Settled {
    let settlement = Settlement { token: delivery.token.clone(), outcome };
    broker.settle(topic, "billing", vec![settlement]).await.expect("settling works")[0]
}

pub(crate) fn nack() -> Outcome {
    Outcome::Nack { delay: None, reason: "the card was refused".to_owned() }
}

/// Takes until so many events came.
pub(crate) async fn take(broker: &dyn Broker, topic: &str, group: &str, count: usize) -> Vec<Delivery> {
    let mut taken = Vec::new();
    while taken.len() < count {
        let more = broker.fetch(topic, group, count - taken.len(), PATIENCE).await.expect("fetching works");
        assert!(!more.is_empty(), "{} of {count} events came", taken.len());
        taken.extend(more);
    }
    taken
}

/// What is published is delivered as it was, to every group, and not again once it is acknowledged.
pub(crate) async fn published_is_delivered(broker: &dyn Broker) {
    let mut wanted = plan("delivered", 3, 5, Order::None);
    // Elsewhere it appears on first use, and begins with what was there before.
    if !broker.capabilities().can(Ability::Replay) {
        wanted.topics[0].groups.push(GroupPlan { order: Order::None, ..GroupPlan::named("shipping") });
    }
    broker.create(&wanted).await.unwrap();
    let mut full = keyed(7, "k");
    full.subject = Some("order 7".to_owned());
    full.time = Some("2026-01-31T12:00:00.5Z".to_owned());
    full.schema = Some("https://example.com/order.json".to_owned());
    full.extensions.insert("tier".to_owned(), Extension::Text("gold – größer".to_owned()));
    let bytes = Event {
        data: Some(Bytes::from_static(&[0, 159, 146, 150, 255])),
        content_type: Some("application/octet-stream".to_owned()),
        ..event(8)
    };
    let empty = Event { data: None, content_type: None, ..event(9) };
    let published = broker.publish("delivered", vec![full.clone(), bytes.clone(), empty.clone()]).await.unwrap();
    assert_eq!((published.stored, published.duplicates), (3, 0));
    for group in ["billing", "shipping"] {
        let mut taken = take(broker, "delivered", group, 3).await;
        taken.sort_by_key(id);
        let events: Vec<&Event> = taken.iter().map(|delivery| &*delivery.stored.event).collect();
        assert_eq!(events, [&full, &bytes, &empty], "{group}");
        assert!(taken.iter().all(|delivery| delivery.attempt == 1));
        let settlements =
            taken.iter().map(|delivery| Settlement { token: delivery.token.clone(), outcome: Outcome::Ack });
        let settled = broker.settle("delivered", group, settlements.collect()).await.unwrap();
        assert_eq!(settled, [Settled::Done; 3]);
        assert_eq!(broker.fetch("delivered", group, 10, Duration::from_millis(200)).await.unwrap(), []);
    }
}

/// Consumers of one group compete: together they get each event once.
pub(crate) async fn consumers_compete(broker: &dyn Broker) {
    broker.create(&plan("competing", 4, 5, Order::None)).await.unwrap();
    let all: Vec<Event> = (0..200).map(|id| keyed(id, &format!("k{}", id % 17))).collect();
    broker.publish("competing", all).await.unwrap();
    let consumer = async || {
        let mut seen = Vec::new();
        loop {
            let taken = broker.fetch("competing", "billing", 7, Duration::from_secs(1)).await.unwrap();
            if taken.is_empty() {
                return seen;
            }
            for delivery in taken {
                assert_eq!(settle(broker, "competing", &delivery, Outcome::Ack).await, Settled::Done);
                seen.push(id(&delivery));
            }
        }
    };
    let (a, b, c) = futures::join!(consumer(), consumer(), consumer());
    let mut seen = [a, b, c].concat();
    seen.sort_unstable();
    assert_eq!(seen, (0..200).collect::<Vec<_>>());
}

/// What fails comes again with the next attempt's number, and is a dead letter with its story after the last.
pub(crate) async fn failures_become_dead_letters(broker: &dyn Broker) {
    broker.create(&plan("failing", 1, 3, Order::None)).await.unwrap();
    broker.publish("failing", vec![event(1), event(2)]).await.unwrap();
    let mut attempts: BTreeMap<u64, Vec<u32>> = BTreeMap::new();
    while attempts.get(&1).is_none_or(|seen| seen.len() < 3) || !attempts.contains_key(&2) {
        for delivery in take(broker, "failing", "billing", 1).await {
            attempts.entry(id(&delivery)).or_default().push(delivery.attempt);
            let outcome = if id(&delivery) == 1 { nack() } else { Outcome::Ack };
            assert_eq!(settle(broker, "failing", &delivery, outcome).await, Settled::Done);
        }
    }
    assert_eq!(attempts, BTreeMap::from([(1, vec![1, 2, 3]), (2, vec![1])]));
    assert_eq!(broker.fetch("failing", "billing", 10, Duration::from_millis(200)).await.unwrap(), []);
    let dead = broker.dead_letters("failing", "billing", 0, 10).await.unwrap();
    assert_eq!(dead.len(), 1);
    assert_eq!(*dead[0].stored.event, event(1));
    assert_eq!(dead[0].attempt_count, 3);
    assert!(dead[0].reason.contains("the card was refused"), "{}", dead[0].reason);
    assert!(dead[0].attempts.iter().all(|attempt| attempt.reason.contains("the card was refused")));
    // Redriven it is tried anew, and once.
    assert_eq!(broker.redrive("failing", "billing", &Which::All).await.unwrap(), 1);
    assert_eq!(broker.redrive("failing", "billing", &Which::All).await.unwrap(), 0);
    let again = take(broker, "failing", "billing", 1).await;
    assert_eq!((id(&again[0]), again[0].attempt), (1, 1));
    settle(broker, "failing", &again[0], Outcome::Ack).await;
    assert_eq!(broker.dead_letters("failing", "billing", 0, 10).await.unwrap(), []);
    assert_eq!(broker.fetch("failing", "billing", 10, Duration::from_millis(200)).await.unwrap(), []);
}

/// What is rejected is not tried again; edited and redriven it comes as it is now; purged it is gone.
pub(crate) async fn dead_letters_can_be_edited_and_purged(broker: &dyn Broker) {
    broker.create(&plan("rejecting", 1, 3, Order::None)).await.unwrap();
    broker.publish("rejecting", (0..4).map(event).collect()).await.unwrap();
    for delivery in take(broker, "rejecting", "billing", 4).await {
        let outcome = Outcome::Reject { reason: "no such product".to_owned() };
        assert_eq!(settle(broker, "rejecting", &delivery, outcome).await, Settled::Done);
    }
    let dead = broker.dead_letters("rejecting", "billing", 0, 10).await.unwrap();
    let mut ids: Vec<&str> = dead.iter().map(|letter| letter.stored.event.id.as_str()).collect();
    ids.sort_unstable();
    assert_eq!(ids, ["0", "1", "2", "3"]);
    let first = &dead[0];
    let edited = Event { data: Some(Bytes::from_static(b"{}")), ..(*first.stored.event).clone() };
    assert!(broker.redrive_edited("rejecting", "billing", first.number, edited.clone()).await.unwrap());
    let taken = take(broker, "rejecting", "billing", 1).await;
    assert_eq!(*taken[0].stored.event, edited);
    settle(broker, "rejecting", &taken[0], Outcome::Ack).await;
    let which = Which::Numbers(vec![dead[1].number, dead[1].number, first.number]);
    assert_eq!(broker.purge("rejecting", "billing", &which).await.unwrap(), 1);
    assert_eq!(broker.purge("rejecting", "billing", &Which::Oldest(1)).await.unwrap(), 1);
    let left = broker.dead_letters("rejecting", "billing", 0, 10).await.unwrap();
    assert_eq!(left.iter().map(|letter| letter.number).collect::<Vec<_>>(), [dead[3].number]);
}

/// Events of one key are handled one after the other in their order, whatever fails and whoever competes; others pass by.
pub(crate) async fn a_key_keeps_its_order(broker: &dyn Broker) {
    if !broker.capabilities().can(Ability::OrderKeys) {
        return;
    }
    broker.create(&plan("ordered", 4, 10, Order::PerKey)).await.unwrap();
    let all: Vec<Event> = (0..120).map(|id| keyed(id, &format!("k{}", id % 5))).collect();
    broker.publish("ordered", all).await.unwrap();
    let done = std::sync::Mutex::new(Vec::new());
    let in_hand = std::sync::Mutex::new(BTreeSet::new());
    let consumer = async || {
        loop {
            let taken = broker.fetch("ordered", "billing", 3, Duration::from_secs(1)).await.unwrap();
            if taken.is_empty() {
                return;
            }
            for delivery in &taken {
                assert!(in_hand.lock().unwrap().insert(id(delivery) % 5), "two of one key at once");
            }
            for delivery in taken {
                // Every seventh fails at first.
                let fails = id(&delivery).is_multiple_of(7) && delivery.attempt < 3;
                if !fails {
                    done.lock().unwrap().push(id(&delivery));
                }
                in_hand.lock().unwrap().remove(&(id(&delivery) % 5));
                let outcome = if fails { nack() } else { Outcome::Ack };
                assert_eq!(settle(broker, "ordered", &delivery, outcome).await, Settled::Done);
            }
        }
    };
    futures::join!(consumer(), consumer(), consumer());
    let done = done.into_inner().unwrap();
    assert_eq!(done.len(), 120);
    for key in 0..5 {
        let of_key: Vec<u64> = done.iter().copied().filter(|id| id % 5 == key).collect();
        assert!(of_key.is_sorted(), "key {key}: {of_key:?}");
    }
}

/// An event that was stored within the window is not stored again.
pub(crate) async fn repeats_are_recognised(broker: &dyn Broker) {
    if !broker.capabilities().can(Ability::Deduplicate) {
        return;
    }
    broker.create(&plan("repeated", 2, 3, Order::None)).await.unwrap();
    let first = broker.publish("repeated", vec![event(1), event(2), event(1)]).await.unwrap();
    assert_eq!((first.stored, first.duplicates), (2, 1));
    let again = broker.publish("repeated", vec![event(2), event(3)]).await.unwrap();
    assert_eq!((again.stored, again.duplicates), (1, 1));
    let other = Event { source: "/elsewhere".to_owned(), ..event(1) };
    assert_eq!(broker.publish("repeated", vec![other]).await.unwrap().stored, 1);
    assert_eq!(take(broker, "repeated", "billing", 4).await.len(), 4);
}

/// A delay that a consumer asks for is kept, and extending a lease keeps the event in hand.
pub(crate) async fn delays_are_kept(broker: &dyn Broker) {
    if !broker.capabilities().can(Ability::Delay) {
        return;
    }
    broker.create(&plan("delayed", 1, 3, Order::None)).await.unwrap();
    broker.publish("delayed", vec![event(1)]).await.unwrap();
    let taken = take(broker, "delayed", "billing", 1).await;
    let begun = std::time::Instant::now();
    let later = Outcome::Nack { delay: Some(Duration::from_millis(600)), reason: "later".to_owned() };
    assert_eq!(settle(broker, "delayed", &taken[0], later).await, Settled::Done);
    let again = take(broker, "delayed", "billing", 1).await;
    assert!(begun.elapsed() >= Duration::from_millis(590), "it came after {:?}", begun.elapsed());
    assert_eq!(again[0].attempt, 2);
    if broker.capabilities().can(Ability::Extend) {
        let longer = Outcome::Extend(Duration::from_mins(1));
        assert_eq!(settle(broker, "delayed", &again[0], longer).await, Settled::Done);
    }
    assert_eq!(settle(broker, "delayed", &again[0], Outcome::Ack).await, Settled::Done);
}

/// An event whose lease ends comes again; a late answer counts only as long as nobody else has it.
pub(crate) async fn leases_end(broker: &dyn Broker) {
    let mut wanted = plan("leased", 1, 5, Order::None);
    wanted.topics[0].groups[0].lease = Duration::from_secs(1);
    broker.create(&wanted).await.unwrap();
    broker.publish("leased", vec![event(1)]).await.unwrap();
    let first = take(broker, "leased", "billing", 1).await;
    let second = take(broker, "leased", "billing", 1).await;
    assert_eq!((id(&second[0]), second[0].attempt), (1, 2));
    assert_eq!(settle(broker, "leased", &first[0], Outcome::Ack).await, Settled::Lost);
    assert_eq!(settle(broker, "leased", &second[0], Outcome::Ack).await, Settled::Done);
    assert_eq!(settle(broker, "leased", &second[0], Outcome::Ack).await, Settled::Already);
}

/// A group can go back to an earlier place and reads the same again.
pub(crate) async fn topics_can_be_replayed(broker: &dyn Broker) {
    if !broker.capabilities().can(Ability::Replay) {
        broker.create(&plan("replayed", 1, 3, Order::None)).await.unwrap();
        let sought = broker.seek("replayed", "billing", Start::Beginning).await;
        assert!(matches!(sought, Err(BusError::Unable { .. })), "{sought:?}");
        return;
    }
    broker.create(&plan("replayed", 1, 3, Order::None)).await.unwrap();
    broker.publish("replayed", (0..10).map(event).collect()).await.unwrap();
    for delivery in take(broker, "replayed", "billing", 10).await {
        settle(broker, "replayed", &delivery, Outcome::Ack).await;
    }
    broker.seek("replayed", "billing", Start::Offset(6)).await.unwrap();
    let again = take(broker, "replayed", "billing", 4).await;
    assert_eq!(again.iter().map(id).collect::<Vec<_>>(), [6, 7, 8, 9]);
    let read = broker.read("replayed", 0, 3, 2).await.unwrap();
    assert_eq!(read.iter().map(|stored| stored.event.id.as_str()).collect::<Vec<_>>(), ["3", "4"]);
    broker.seek("replayed", "billing", Start::End).await.unwrap();
    assert_eq!(broker.fetch("replayed", "billing", 10, Duration::from_millis(200)).await.unwrap(), []);
}

/// Depth and lag are told as they are.
pub(crate) async fn states_are_told(broker: &dyn Broker) {
    broker.create(&plan("told", 2, 1, Order::None)).await.unwrap();
    broker.publish("told", (0..10).map(event).collect()).await.unwrap();
    let taken = take(broker, "told", "billing", 4).await;
    settle(broker, "told", &taken[0], Outcome::Ack).await;
    settle(broker, "told", &taken[1], nack()).await;
    let states = broker.inspect().await.unwrap();
    let topic = states.iter().find(|state| state.name == "told").expect("the topic is told of");
    let group = topic.groups.iter().find(|group| group.name == "billing").expect("the group is told of");
    assert_eq!((group.lag, group.leased, group.dead_letters), (8, 2, 1));
    // A broker without partitions has one.
    let partitions = if broker.capabilities().can(Ability::Replay) { 2 } else { 1 };
    assert_eq!(topic.partitions, partitions);
}

/// What cannot be is refused, and nothing is stored of it.
pub(crate) async fn nonsense_is_refused(broker: &dyn Broker) {
    broker.create(&plan("refusing", 1, 3, Order::None)).await.unwrap();
    let refused = broker.publish("nowhere", vec![event(1)]).await;
    assert!(matches!(refused, Err(BusError::UnknownTopic { .. })), "{refused:?}");
    let bad = Event { event_type: String::new(), ..event(2) };
    let refused = broker.publish("refusing", vec![event(1), bad]).await;
    assert!(matches!(refused, Err(BusError::BadEvent { place: 1, .. })), "{refused:?}");
    let large = Event { data: Some(Bytes::from(vec![0; thalweg_bus::MAX_EVENT_BYTES + 1])), ..event(3) };
    let refused = broker.publish("refusing", vec![large]).await;
    assert!(matches!(refused, Err(BusError::BadEvent { place: 0, .. })), "{refused:?}");
    assert_eq!(broker.fetch("refusing", "billing", 10, Duration::from_millis(200)).await.unwrap(), []);
    let unknown = Settlement { token: "nothing".to_owned(), outcome: Outcome::Ack };
    assert_eq!(broker.settle("refusing", "billing", vec![unknown]).await.unwrap(), [Settled::Unknown]);
}
