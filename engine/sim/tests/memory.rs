//! The memory alarm of a broker: who waits, who does not, and what that does to the backlog. By hand.

mod common;

use common::*;

fn flow(limit: &str, nodes: &str, scenario: &str) -> String {
    format!(
        "thalweg: 1
name: Memory
brokers:
  rabbit: {{ kind: rabbitmq, memory_limit: {limit} }}
nodes:
{nodes}scenarios:
  default: {{ replications: 1, {scenario} }}
"
    )
}

fn station(load: &str, server: &str) -> String {
    format!(
        "  source: {{ kind: producer, load: {{ {load} }}, publishes: [{{ to: line, size: 1kB }}] }}
  line: {{ kind: queue, broker: rabbit }}
  server: {{ kind: consumer, subscribes: [{{ from: line }}]{server} }}
"
    )
}

/// Twice the load that can be handled, 10 kB of room, 1 kB each: the eleventh message sets off the alarm, each that is
/// acknowledged lets one in. The backlog stands at eleven, nothing is lost, and the rest waits with its publishers.
#[test]
fn the_backlog_stops_at_the_limit() {
    let nodes = station("constant: 10/s", ", service_time: 200ms");
    let report = simulate(&flow("10kB", &nodes, "duration: 100.05s"));
    let line = queue(&report, "line");
    assert_eq!((line.lag.max, line.rejected, line.dropped, report.totals.lost), (Some(11), 0, 0, 0));
    // From 0.1 s on one is handled every 0.2 s.
    let done = consumer(&report, "server").completed;
    assert_eq!((done, line.published, report.totals.produced), (499, 499 + 11, 1000));
    assert_eq!(report.totals.in_flight, 1000 - 499);
    // The eleventh is there when 10 + k come in k/10 s and k/20 are gone: the 20th or 21st publish, after 2 s.
    let note = report.notes.iter().find(|note| note.contains("memory alarm")).unwrap();
    assert!(note.contains("The memory alarm of `rabbit` was on for 9"), "{note}");
    // With room for all there is no such thing.
    let free = simulate(&flow("1MB", &nodes, "duration: 100.05s"));
    assert_eq!((queue(&free, "line").published, free.notes.iter().any(|note| note.contains("alarm"))), (1000, false));
}

/// Thirty at once: eleven are let in, the others one by one, in order.
#[test]
fn publishers_wait_in_order() {
    let nodes = station("batch: { size: 30, every: 100s }", ", service_time: 1s");
    let report = simulate(&flow("10kB", &nodes, "duration: 131.5s"));
    let server = consumer(&report, "server");
    assert_eq!((server.completed, queue(&report, "line").lag.max), (30, Some(11)));
    // The first eleven wait 0 … 10 s for their turn, the others, let in as one leaves, 10 s each.
    let mean = (55.0 + 19.0 * 10.0) / 30.0 * 1000.0;
    assert!(server.wait.mean.is_some_and(|wait| (wait - mean).abs() < 1e-6), "{:?} {mean}", server.wait.mean);
    // End to end they wait for the whole of it: 1 … 30 s.
    assert!(report.end_to_end.mean.is_some_and(|mean| (mean - 15_500.0).abs() < 1e-6), "{:?}", report.end_to_end.mean);
}

/// The alarm is the broker's: its other channels take nothing either, deliveries go on, other brokers notice nothing. What a
/// queue dead-letters and what an exchange has taken moves on inside the broker.
#[test]
fn the_alarm_is_the_whole_brokers() {
    let nodes =
        "  flood: { kind: producer, load: { batch: { size: 50, every: 10s } }, publishes: [{ to: line, size: 1kB }] }
  drip: { kind: producer, load: { constant: 1/s }, publishes: [{ to: hub, size: 1kB }, { to: elsewhere }] }
  line: { kind: queue, broker: rabbit, message_ttl: 30s, dead_letter: dead }
  dead: { kind: queue, broker: rabbit }
  hub: { kind: exchange, broker: rabbit, routes: [{ to: one }, { to: two }] }
  one: { kind: queue, broker: rabbit }
  two: { kind: queue, broker: rabbit }
  elsewhere: { kind: queue, broker: sqs }
  reader: { kind: consumer, subscribes: [{ from: one }, { from: two }, { from: elsewhere }], service_time: 1ms }
";
    let report = simulate(&flow("40kB", nodes, "duration: 45.5s"));
    let published = |name: &str| queue(&report, name).published;
    // At 10 s the alarm is on; 30 s later the 41 that nobody takes are dead letters, which fill the memory as well.
    assert_eq!((published("elsewhere"), published("line"), published("dead")), (45, 41, 41));
    // The tenth drip of the same moment comes before the flood or behind it.
    assert_eq!(published("one"), published("two"));
    assert!((9..=10).contains(&published("one")), "{}", published("one"));
    // A limit below a single message: the first copy sets off the alarm, the second is let in nevertheless.
    let tight = simulate(&flow("500B", nodes, "duration: 9.5s"));
    assert_eq!((queue(&tight, "one").published, queue(&tight, "two").published), (9, 9));
    // A flow that does not end with the alarm on ends in order.
    assert_eq!(tight.totals.in_flight, 0);
}

/// An outage and an alarm keep publishers from the same queue: it opens when both are over, whichever is first. The flood lets
/// one in a second, from 61.5 s to 79.5 s; a second later there is room for others.
#[test]
fn a_queue_opens_when_nothing_shuts_it_any_more() {
    let nodes = "  flood: { kind: producer, load: { batch: { size: 30, every: 60500ms } }, publishes: [{ to: line, size: 1kB }] }
  drip: { kind: producer, load: { constant: 1/s }, publishes: [{ to: other, size: 1kB }] }
  line: { kind: queue, broker: rabbit }
  other: { kind: queue, broker: rabbit }
  server: { kind: consumer, subscribes: [{ from: line }], service_time: 1s }
  reader: { kind: consumer, subscribes: [{ from: other }], service_time: 1ms }
";
    for (outage, shut, open) in [
        ("at: 55250ms, for: 10s", ("80400ms", 55), ("80900ms", 80)),
        ("at: 62250ms, for: 25s", ("87200ms", 60), ("87900ms", 87)),
    ] {
        for (until, published) in [shut, open] {
            let scenario = format!("duration: {until}, faults: [{{ {outage}, outage: other }}]");
            let report = simulate(&flow("10kB", nodes, &scenario));
            assert_eq!(queue(&report, "other").published, published, "{outage}, {until}");
        }
    }
}

/// What a fault delivers again is in memory as well: the ten of 60 s are acknowledged at 61 s and there once more until 62 s, so
/// that there was no moment without the alarm for the one of 61.25 s to slip in.
#[test]
fn what_is_delivered_again_takes_its_room() {
    let nodes =
        "  flood: { kind: producer, load: { batch: { size: 10, every: 60s } }, publishes: [{ to: line, size: 1kB }] }
  drip: { kind: producer, load: { batch: { size: 1, every: 61250ms } }, publishes: [{ to: line, size: 1kB }] }
  line: { kind: queue, broker: rabbit }
  server: { kind: consumer, subscribes: [{ from: line }], concurrency: 20, service_time: 1s }
";
    let published = |until: &str, faults: &str| {
        let report = simulate(&flow("9500B", nodes, &format!("duration: {until}, faults: [{faults}]")));
        queue(&report, "line").published
    };
    let again = "{ at: 0s, for: 61500ms, duplicate: line, share: 100% }";
    assert_eq!((published("61900ms", again), published("62100ms", again)), (10, 11));
    assert_eq!(published("61900ms", ""), 11);
}

/// What is in a handler's hands is in memory as well.
#[test]
fn unacknowledged_messages_count() {
    let nodes = station("batch: { size: 30, every: 1s }", ", concurrency: 100, service_time: 1h");
    let report = simulate(&flow("10kB", &nodes, "duration: 1.5s"));
    assert_eq!((consumer(&report, "server").attempts, queue(&report, "line").published), (11, 11));
}

#[test]
fn other_brokers_have_no_such_limit() {
    let text = flow("1kB", &station("constant: 1/s", ""), "duration: 1s");
    for kind in ["kafka", "sqs", "nats"] {
        let refusals = compile(&text.replace("kind: rabbitmq", &format!("kind: {kind}"))).unwrap_err();
        assert_eq!(refusals[0].path, "brokers.rabbit.memory_limit", "{refusals:?}");
    }
}
