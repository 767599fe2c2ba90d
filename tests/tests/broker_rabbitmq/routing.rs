//! Which messages reach a queue through an exchange, and what becomes of those that reach none.

use anyhow::{Result, ensure};
use lapin::options::BasicPublishOptions;
use lapin::{BasicProperties, ExchangeKind};
use thalweg_tests::simulated::Simulated;

use crate::bench::{Bench, Told, bodies, peace};

/// Routing keys; the bodies of the messages are their places in this list.
const KEYS: [&str; 8] = ["a", "a.b", "a.b.c", ".a", "a.", "", "b.a", "a..b"];

/// Bindings of a topic exchange, with the keys that they match.
const BINDINGS: [(&str, &[&str]); 10] = [
    ("*", &["a"]),
    ("#", &KEYS),
    ("#.#", &KEYS),
    ("a.*", &["a.b", "a."]),
    ("a.#", &["a", "a.b", "a.b.c", "a.", "a..b"]),
    ("*.*", &["a.b", ".a", "a.", "b.a"]),
    ("#.b", &["a.b", "a..b"]),
    ("a.*.b", &["a..b"]),
    ("*.#", &["a", "a.b", "a.b.c", ".a", "a.", "b.a", "a..b"]),
    ("*.a", &[".a", "b.a"]),
];

#[tokio::test]
async fn topic_bindings_match_words() -> Result<()> {
    let _peace = peace().await;
    let bench = Bench::open().await?;
    let exchange = "words";
    bench.exchange(ExchangeKind::Topic, exchange).await?;
    let mut queues = Vec::new();
    for (binding, keys) in BINDINGS {
        let queue = bench.queue("classic", &[]).await?;
        bench.bind(&queue, exchange, binding).await?;
        queues.push((binding, queue, keys));
    }
    for (place, key) in KEYS.iter().enumerate() {
        let (options, properties) = (BasicPublishOptions::default(), BasicProperties::default());
        bench.publish_through(exchange, key, &place.to_string(), options, properties).await?;
    }
    let simulated = simulated_topic()?;
    for (place, (binding, queue, keys)) in queues.into_iter().enumerate() {
        let expected: String =
            KEYS.iter().enumerate().filter(|(_, key)| keys.contains(key)).map(|(place, _)| place.to_string()).collect();
        let found = bodies(&bench.take(&queue, expected.len()).await?);
        ensure!(found == expected, "`{binding}` let through {found}, expected {expected}");
        // A flow has no empty routing key, which is number 5.
        let found = found.replace('5', "");
        ensure!(simulated[place] == found, "`{binding}` let through {found}, in the simulation {}", simulated[place]);
    }
    Ok(())
}

/// What each binding lets through in the simulation. There the message with key number n is published 2ⁿ times, so that
/// a count of messages tells which ones they are.
fn simulated_topic() -> Result<Vec<String>> {
    let mut publishes = Vec::new();
    for (place, key) in KEYS.iter().enumerate().filter(|(_, key)| !key.is_empty()) {
        publishes.push(format!("{{ to: words, event: word, routing_key: '{key}', count: {} }}", 1 << place));
    }
    let (mut routes, mut nodes) = (Vec::new(), Vec::new());
    for (place, (binding, _)) in BINDINGS.iter().enumerate() {
        routes.push(format!("{{ to: line{place}, pattern: '{binding}' }}"));
        nodes.push(format!("  line{place}: {{ kind: queue, broker: rabbitmq }}"));
        nodes.push(format!(
            "  server{place}: {{ kind: consumer, subscribes: [{{ from: line{place} }}], service_time: 1ms }}"
        ));
    }
    let report = Simulated::run(&format!(
        "thalweg: 1
name: Words
events: {{ word: {{ version: 1.0.0 }} }}
nodes:
  source: {{ kind: producer, load: {{ batch: {{ size: 1, every: 40s }} }}, publishes: [{}] }}
  words: {{ kind: exchange, broker: rabbitmq, type: topic, routes: [{}] }}
{}
scenarios:
  default: {{ duration: 60s, replications: 1 }}
",
        publishes.join(", "),
        routes.join(", "),
        nodes.join("\n"),
    ))?;
    (0..BINDINGS.len())
        .map(|place| {
            let count = report.count(&["nodes", &format!("server{place}"), "completed"])?;
            Ok((0..KEYS.len()).filter(|bit| count >> bit & 1 == 1).map(|bit| bit.to_string()).collect())
        })
        .collect()
}

/// A queue that is bound twice gets one copy.
#[tokio::test]
async fn each_queue_gets_one_copy() -> Result<()> {
    let _peace = peace().await;
    let bench = Bench::open().await?;
    bench.exchange(ExchangeKind::Topic, "copies").await?;
    let (both, one) = (bench.queue("classic", &[]).await?, bench.queue("classic", &[]).await?);
    for (queue, key) in [(&both, "a.*"), (&both, "#"), (&one, "a.b")] {
        bench.bind(queue, "copies", key).await?;
    }
    let (options, properties) = (BasicPublishOptions::default(), BasicProperties::default());
    bench.publish_through("copies", "a.b", "M", options, properties).await?;
    ensure!(bodies(&bench.take(&both, 1).await?) == "M");
    ensure!(bodies(&bench.take(&one, 1).await?) == "M");

    let report = Simulated::run(
        "thalweg: 1
name: Copies
events: { thing: { version: 1.0.0 } }
nodes:
  source: { kind: producer, load: { batch: { size: 1, every: 40s } }, publishes: [{ to: copies, event: thing, routing_key: a.b }] }
  copies: { kind: exchange, broker: rabbitmq, type: topic, routes: [{ to: both, pattern: a.* }, { to: both, pattern: '#' }, { to: one, pattern: a.b }] }
  both: { kind: queue, broker: rabbitmq }
  one: { kind: queue, broker: rabbitmq }
  server: { kind: consumer, subscribes: [{ from: both }], service_time: 1ms }
  other: { kind: consumer, subscribes: [{ from: one }], service_time: 1ms }
scenarios:
  default: { duration: 60s, replications: 1 }
",
    )?;
    let of = |node| report.count(&["nodes", node, "completed"]);
    ensure!((of("server")?, of("other")?) == (1, 1), "{} and {} in the simulation", of("server")?, of("other")?);
    Ok(())
}

#[tokio::test]
async fn what_no_queue_wants_is_confirmed_and_gone_or_given_back() -> Result<()> {
    let _peace = peace().await;
    let bench = Bench::open().await?;
    bench.exchange(ExchangeKind::Direct, "nowhere").await?;
    let publish = async |mandatory| {
        let options = BasicPublishOptions { mandatory, immediate: false };
        bench.publish_through("nowhere", "key", "M", options, BasicProperties::default()).await
    };
    ensure!(publish(false).await? == Told::Ack);
    ensure!(publish(true).await? == Told::Returned);

    // In the simulation nobody looks at what comes back: both are the first kind.
    let report = Simulated::run(
        "thalweg: 1
name: Nowhere
events: { thing: { version: 1.0.0 } }
nodes:
  source: { kind: producer, load: { batch: { size: 1, every: 40s } }, publishes: [{ to: nowhere, event: thing, routing_key: key }] }
  nowhere: { kind: exchange, broker: rabbitmq, type: direct, routes: [{ to: line, pattern: other }] }
  line: { kind: queue, broker: rabbitmq }
  server: { kind: consumer, subscribes: [{ from: line }], service_time: 1ms }
scenarios:
  default: { duration: 60s, replications: 1 }
",
    )?;
    let simulated = (report.count(&["nodes", "nowhere", "unroutable"])?, report.count(&["totals", "lost"])?);
    ensure!(simulated == (1, 1), "in the simulation {simulated:?}");
    Ok(())
}
