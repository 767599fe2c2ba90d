//! How many messages may be delivered and unacknowledged at once: `max_ack_pending` of JetStream, messages in flight of SQS.
//! All of it computed by hand.

mod common;

use common::*;

/// Messages at the given times; `line`, `from` and `server` are further settings of the three.
fn run(at: &[&str], line: &str, from: &str, server: &str, duration: &str, scenario: &str) -> thalweg_sim::Report {
    let text = format!(
        "thalweg: 1
name: Unacknowledged
nodes:
  source: {{ kind: producer, load: {{ replay: times.csv }}, publishes: [{{ to: line }}] }}
  line: {{ {line} }}
  server: {{ kind: consumer, subscribes: [{{ from: line{from} }}]{server} }}
scenarios:
  default: {{ duration: {duration}, replications: 1{scenario} }}
"
    );
    simulate_with(&text, &[("times.csv", &at.join("\n"))])
}

const STREAM: &str = "kind: topic, broker: nats";

fn many(count: usize) -> Vec<&'static str> {
    vec!["1s"; count]
}

/// Ten at once, two unacknowledged at most, a second each: two begin every second, whatever places the handler has.
#[test]
fn no_more_are_delivered_than_may_be_unacknowledged() {
    let ten = many(10);
    let report =
        run(&ten, STREAM, ", max_ack_pending: 2", ", instances: 2, concurrency: 10, service_time: 1s", "9s", "");
    let server = consumer(&report, "server");
    // 0, 0, 1, 1, 2, 2, 3, 3, 4, 4 s.
    assert_eq!(
        (server.completed, server.wait.mean, server.wait.max.map(|max| (max / 10.0).round())),
        (10, Some(2000.0), Some(400.0))
    );
    // Full from 1 s until 6 s of 9.
    let note = report.notes.iter().find(|note| note.contains("unacknowledged")).unwrap();
    assert!(note.contains("`line/server` had its most of 2 unacknowledged messages for 55.6 %"), "{note}");
    // Without the limit all begin at once.
    let free = run(&ten, STREAM, "", ", instances: 2, concurrency: 10, service_time: 1s", "9s", "");
    assert_eq!(consumer(&free, "server").wait.max, Some(0.0));
}

/// The limit is the group's, not a member's: two consumers of a work queue share it.
#[test]
fn members_share_the_limit() {
    let text = "thalweg: 1
name: Shared
nodes:
  source: { kind: producer, load: { batch: { size: 10, every: 1s } }, publishes: [{ to: line }] }
  line: { kind: queue, broker: nats }
  one: { kind: consumer, subscribes: [{ from: line, max_ack_pending: 3 }], concurrency: 10, service_time: 1h }
  two: { kind: consumer, subscribes: [{ from: line, max_ack_pending: 3 }], concurrency: 10, service_time: 1h }
scenarios:
  default: { duration: 1500ms, replications: 1 }
";
    let report = simulate(text);
    assert_eq!(consumer(&report, "one").attempts + consumer(&report, "two").attempts, 3);
    let refusals = compile(&text.replacen("max_ack_pending: 3", "max_ack_pending: 4", 1)).unwrap_err();
    assert_eq!(refusals[0].path, "nodes.two.subscribes.0.max_ack_pending", "{refusals:?}");
}

/// Where the broker has no limit of its own, one member's would bind that member alone, or nobody.
#[test]
fn a_member_that_says_nothing_is_refused() {
    let text = "thalweg: 1
name: Shared
nodes:
  line: { kind: queue }
  one: { kind: consumer, subscribes: [{ from: line, max_ack_pending: 3 }], service_time: 1h }
  two: { kind: consumer, subscribes: [{ from: line }], service_time: 1h }
scenarios:
  default: { duration: 1s }
";
    let refusals = compile(text).unwrap_err();
    assert_eq!(refusals[0].path, "nodes.two.subscribes", "{refusals:?}");
}

/// A `nak` with a delay keeps its place: the second message waits until the first is given up, at 11.2 s.
#[test]
fn a_delayed_redelivery_keeps_its_place() {
    let server =
        ", concurrency: 5, service_time: 100ms, failure: { poison: 100% }, retry: { attempts: 2, backoff: 10s }";
    for (from, until, attempts) in [
        (", max_ack_pending: 1", "11.05s", 1),
        (", max_ack_pending: 1", "11.15s", 2),
        (", max_ack_pending: 1", "11.25s", 3),
        ("", "1.5s", 2),
    ] {
        let report = run(&["1s", "1s"], STREAM, from, server, until, "");
        assert_eq!(consumer(&report, "server").attempts, attempts, "{from} at {until}");
    }
}

/// What comes back when its wait is over goes before what was never delivered, and takes the place itself.
#[test]
fn what_comes_back_takes_its_place_again() {
    let from = ", max_ack_pending: 2, ack_deadline: 1s";
    let report = run(&["1s", "1.1s", "1.2s"], STREAM, from, ", concurrency: 10, service_time: 60s", "3.05s", "");
    let server = consumer(&report, "server");
    // The first at 1, 2, 3 s, the second at 1.1 and 2.1 s, the third never.
    assert_eq!((server.attempts, server.arrivals), (5, 2));
}

/// A lost instance keeps the place of what it had until the wait is over.
#[test]
fn a_crash_keeps_its_place_until_the_wait_is_over() {
    let faults = ", faults: [{ at: 1.5s, for: 1h, crash: server, instances: 1 }]";
    let server = ", instances: 2, service_time: 5s";
    let of = |until| {
        let report = run(&["1s", "1s"], STREAM, ", max_ack_pending: 1, ack_deadline: 30s", server, until, faults);
        let server = consumer(&report, "server");
        (server.attempts, server.arrivals, server.completed)
    };
    // Delivered at 1 s, again at 31 s until 36 s, then the second until 41 s.
    assert_eq!([of("30.9s"), of("31.1s"), of("36.1s"), of("41.1s")], [(1, 1, 0), (2, 1, 0), (3, 2, 1), (3, 2, 2)]);
}

/// After the last delivery that is allowed nothing is awaited (measured: `num_ack_pending` goes back to 0), though the handler
/// may be at work; the next message is delivered.
#[test]
fn a_message_that_is_exhausted_has_no_place() {
    let from = ", max_ack_pending: 1, max_deliveries: 1, ack_deadline: 10s";
    let server = ", concurrency: 10, service_time: 1h";
    for (until, attempts) in [("10.9s", 1), ("11.1s", 2)] {
        let report = run(&["1s", "1s"], STREAM, from, server, until, "");
        assert_eq!(consumer(&report, "server").attempts, attempts, "at {until}");
    }
}

/// A batch is no larger than there are places: five are asked for, two are there (measured on NATS 2.9.10: fetch(5) gives 2).
#[test]
fn a_batch_is_no_larger_than_there_are_places() {
    let server = ", service_time: 1s, batch: { size: 5, wait: 0s }";
    let report = run(&many(6), STREAM, ", max_ack_pending: 2", server, "9s", "");
    let server = consumer(&report, "server");
    // One at once, since nothing is waited for, then two, two and one: 0, 1, 1, 2, 2, 3 s.
    assert_eq!((server.completed, server.wait.mean), (6, Some(1500.0)));
}

/// JetStream's own limit is 1000 when nobody says one.
#[test]
fn a_jetstream_consumer_has_a_thousand_places() {
    let server = ", concurrency: 2000, service_time: 1h";
    let report = run(&many(1500), STREAM, ", ack_deadline: 2h", server, "10s", "");
    assert_eq!(consumer(&report, "server").attempts, 1000);
    let report = run(&many(1500), STREAM, ", ack_deadline: 2h, max_ack_pending: 1200", server, "10s", "");
    assert_eq!(consumer(&report, "server").attempts, 1200);
}

/// SQS has 120 000 messages of a queue in flight, and gives no more; a place is free when a message is deleted or its
/// visibility timeout ends.
#[test]
fn a_queue_of_sqs_has_120_000_in_flight() {
    let text = "thalweg: 1
name: In flight
nodes:
  source: { kind: producer, load: { batch: { size: 130000, every: 1s } }, publishes: [{ to: line }] }
  line: { kind: queue, broker: sqs, visibility_timeout: 2h }
  server: { kind: consumer, subscribes: [{ from: line }], concurrency: 200000, service_time: 500ms }
scenarios:
  default: { duration: 1600ms, replications: 1 }
";
    let report = simulate(text);
    let server = consumer(&report, "server");
    assert_eq!((server.completed, server.attempts), (120_000, 130_000));
    assert_eq!(server.wait.max.map(f64::round), Some(500.0));
}

/// Brokers that have no such limit do not take the setting.
#[test]
fn the_setting_is_refused_where_it_means_nothing() {
    for broker in ["sqs", "rabbitmq", "pubsub"] {
        let text = station("poisson: 1/s", &format!(", broker: {broker}"), "", "duration: 1s");
        let refusals = compile(&text.replace("from: line", "from: line, max_ack_pending: 5")).unwrap_err();
        assert_eq!(refusals[0].path, "nodes.server.subscribes.0.max_ack_pending", "{broker}: {refusals:?}");
    }
    // A generic line takes it.
    let text = station("batch: { size: 10, every: 1s }", "", ", concurrency: 10, service_time: 1h", "duration: 1.5s");
    let report = simulate(&text.replace("from: line", "from: line, max_ack_pending: 5"));
    assert_eq!(consumer(&report, "server").attempts, 5 * u64::from(report.replications));
}
