//! NATS JetStream: timelines that were measured on NATS 2.9.10, in virtual time.

mod common;

use common::*;

/// One message at 1 s; `from` and `server` are further settings of the subscription and the consumer.
fn one_message(from: &str, server: &str, duration: &str) -> thalweg_sim::Report {
    messages(&["1s"], from, server, duration, "")
}

fn messages(at: &[&str], from: &str, server: &str, duration: &str, scenario: &str) -> thalweg_sim::Report {
    let text = format!(
        "thalweg: 1
name: Stream
brokers:
  jet: {{ kind: nats }}
nodes:
  source: {{ kind: producer, load: {{ replay: times.csv }}, publishes: [{{ to: stream }}] }}
  stream: {{ kind: topic, broker: jet }}
  server: {{ kind: consumer, subscribes: [{{ from: stream{from} }}]{server} }}
scenarios:
  default: {{ duration: {duration}, replications: 1{scenario} }}
"
    );
    simulate_with(&text, &[("times.csv", &at.join("\n"))])
}

fn attempts(from: &str, server: &str, duration: &str) -> u64 {
    consumer(&one_message(from, server, duration), "server").attempts
}

const SLOW: &str = ", concurrency: 10, service_time: 60s";

/// J1. `ack_wait` of 1 s: deliveries at 0, 1 and 2 s.
#[test]
fn ack_wait_delivers_again_and_again() {
    let wait = ", ack_deadline: 1s";
    for (until, deliveries) in [("1.9s", 1), ("2.1s", 2), ("2.9s", 2), ("3.1s", 3)] {
        assert_eq!(attempts(wait, SLOW, until), deliveries, "at {until}");
    }
    // Without one it is 30 s.
    assert_eq!((attempts("", SLOW, "30.9s"), attempts("", SLOW, "31.1s")), (1, 2));
}

/// J2. `backoff` [0.5, 1, 2] s with `max_deliver` 5: gaps of 0.5, 1, 2, 2 s. Nothing after that, and the message stays in
/// the stream: it is lost to this consumer, under its own name.
#[test]
fn backoff_takes_the_place_of_ack_wait() {
    let from = ", backoff: [500ms, 1s, 2s], max_deliveries: 5";
    for (until, deliveries) in [
        ("1.4s", 1),
        ("1.6s", 2),
        ("2.4s", 2),
        ("2.6s", 3),
        ("4.4s", 3),
        ("4.6s", 4),
        ("6.4s", 4),
        ("6.6s", 5),
        ("59s", 5),
    ] {
        assert_eq!(attempts(from, SLOW, until), deliveries, "at {until}");
    }
    // Handlers that fail by crashing long after: nobody acknowledges, the message is exhausted.
    let failing = ", concurrency: 10, service_time: 60s, failure: { poison: 100% }";
    let report = one_message(from, failing, "100s");
    let stream = topic(&report, "stream");
    assert_eq!((stream.exhausted, stream.delivery_limit, report.totals.lost), (1, 0, 1));
    assert_eq!(consumer(&report, "server").attempts, 5);
}

/// J3. A `nak` is delivered again at once, whatever the backoff; with `max_deliver` 3 three times.
#[test]
fn nak_is_at_once() {
    let from = ", backoff: [30s], max_deliveries: 3";
    let server = ", service_time: 100ms, failure: { poison: 100% }";
    for (until, deliveries, lost) in [("1.05s", 1, 0), ("1.15s", 2, 0), ("1.25s", 3, 0), ("1.35s", 3, 1), ("99s", 3, 1)]
    {
        let report = one_message(from, server, until);
        assert_eq!((consumer(&report, "server").attempts, report.totals.lost), (deliveries, lost), "at {until}");
        assert_eq!(topic(&report, "stream").exhausted, lost);
    }
}

/// J4. `nak` with a delay of 1 s is exact.
#[test]
fn nak_with_a_delay() {
    let server = ", service_time: 100ms, failure: { poison: 100% }, retry: { attempts: unlimited, backoff: 1s }";
    for (until, deliveries) in [("2.09s", 1), ("2.11s", 2), ("3.19s", 2), ("3.21s", 3)] {
        assert_eq!(attempts("", server, until), deliveries, "at {until}");
    }
}

/// J5. A late acknowledgement counts, also after another client has the message: work is done twice, the state changes once.
#[test]
fn a_late_acknowledgement_counts() {
    let from = ", ack_deadline: 10s";
    let server = ", concurrency: 10, service_time: 25s";
    // Deliveries at 1, 11 and 21 s; the first acknowledgement at 26 s ends it.
    let report = one_message(from, server, "100s");
    let handler = consumer(&report, "server");
    assert_eq!((handler.attempts, handler.completed, handler.late_acks), (3, 1, 2));
    assert_eq!((handler.expired_leases, handler.duplicates), (2, 2));
    assert_eq!(handler.sojourn.mean.map(f64::round), Some(25_000.0));
    // While a third delivery waits for a free place, the acknowledgement takes it out of the line.
    let report = one_message(from, ", concurrency: 2, service_time: 25s", "100s");
    let handler = consumer(&report, "server");
    assert_eq!((handler.attempts, handler.completed, handler.late_acks, handler.duplicates), (2, 1, 1, 1));
    // A second delivery that waits for its delay is stopped as well.
    let retried = ", concurrency: 2, service_time: 25s, idempotent: { key: id, window: 1h }";
    let report = one_message(from, retried, "100s");
    assert_eq!((consumer(&report, "server").duplicates, report.totals.completed), (0, 1));
}

/// J6. The last delivery that is allowed may still be acknowledged after its time.
#[test]
fn the_last_delivery_may_be_late() {
    let report = one_message(", ack_deadline: 10s, max_deliveries: 1", ", service_time: 25s", "100s");
    let handler = consumer(&report, "server");
    assert_eq!((handler.attempts, handler.completed, handler.expired_leases, handler.late_acks), (1, 1, 1, 0));
    assert_eq!(topic(&report, "stream").exhausted, 0);
}

/// J7. What is delivered again goes before what was never delivered: A at 1 s fails until 1.6 s while B and C wait.
#[test]
fn redeliveries_go_first() {
    let faults = ", faults: [{ at: 1.4s, for: 200ms, errors: server, rate: 100% }]";
    let report = messages(&["1s", "1.1s", "1.2s"], "", ", service_time: 500ms", "10s", faults);
    // A 1.0–1.5 fails, A 1.5–2.0, B 2.0–2.5, C 2.5–3.0: sojourns of 1.0, 1.4 and 1.8 s. Behind C, A would take 2.0 s.
    let sojourn = &consumer(&report, "server").sojourn;
    assert_eq!((sojourn.count, sojourn.max.map(|max| (max / 10.0).round())), (3, Some(180.0)));
    assert_eq!(sojourn.mean.map(f64::round), Some(1400.0));
}

/// J8. A handler whose lease runs out is started three times, at 1, 11 and 21 s, and publishes three times, at 26, 36 and 46 s.
fn published_three_times(out: &str, publish: &str) -> thalweg_sim::Report {
    let text = format!(
        "thalweg: 1
name: Stream
brokers:
  jet: {{ kind: nats }}
nodes:
  source: {{ kind: producer, load: {{ replay: times.csv }}, publishes: [{{ to: stream }}] }}
  stream: {{ kind: topic, broker: jet }}
  server: {{ kind: consumer, subscribes: [{{ from: stream, ack_deadline: 10s }}], concurrency: 10, service_time: 25s,
             publishes: [{{ to: out{publish} }}] }}
  out: {{ {out} }}
  last: {{ kind: consumer, subscribes: [{{ from: out }}] }}
scenarios:
  default: {{ duration: 10m, replications: 1 }}
"
    );
    simulate_with(&text, &[("times.csv", "1s")])
}

fn stored_and_recognised(out: &str, publish: &str) -> [u64; 3] {
    let report = published_three_times(out, publish);
    let completed = consumer(&report, "last").completed;
    match &report.nodes["out"] {
        thalweg_sim::NodeReport::Topic(topic) => [topic.published, topic.deduplicated, completed],
        thalweg_sim::NodeReport::Queue(queue) => [queue.published, queue.deduplicated, completed],
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_stream_recognises_what_is_published_again() {
    let stream = "kind: topic, broker: jet";
    let by_cause = ", message_id: cause";
    // Two minutes by default; without an id each is another message.
    assert_eq!(stored_and_recognised(stream, by_cause), [1, 2, 1]);
    assert_eq!(stored_and_recognised(stream, ""), [3, 0, 3]);
    // The window counts from the one that was kept: at 46 s the one of 26 s is forgotten.
    let window = |length: &str| format!("{stream}, deduplication_window: {length}");
    assert_eq!(stored_and_recognised(&window("5s"), by_cause), [3, 0, 3]);
    assert_eq!(stored_and_recognised(&window("15s"), by_cause), [2, 1, 2]);
    assert_eq!(stored_and_recognised(&window("20s"), by_cause), [2, 1, 2]);
    assert_eq!(stored_and_recognised(&window("21s"), by_cause), [1, 2, 1]);
    // Two at once are two, each time.
    assert_eq!(stored_and_recognised(stream, ", message_id: cause, count: 2"), [2, 4, 2]);
    // On the way, and behind an outage, they are still the same.
    assert_eq!(stored_and_recognised(stream, ", message_id: cause, delay: 3s"), [1, 2, 1]);
    // A FIFO queue of SQS remembers for five minutes, another one does not at all.
    assert_eq!(stored_and_recognised("kind: queue, broker: sqs, ordering: per-key", by_cause), [1, 2, 1]);
    assert_eq!(stored_and_recognised("kind: queue, broker: sqs", by_cause), [3, 0, 3]);
    assert_eq!(stored_and_recognised("kind: queue, deduplication_window: 1m", by_cause), [1, 2, 1]);
}

#[test]
fn what_was_refused_is_not_remembered() {
    // Nothing is taken before 30 s, so that the one of 26 s finds no room.
    let report = simulate_with(
        "thalweg: 1
name: Refused
nodes:
  source: { kind: producer, load: { replay: times.csv }, publishes: [{ to: stream }] }
  stream: { kind: topic, broker: nats }
  server: { kind: consumer, subscribes: [{ from: stream, ack_deadline: 10s }], concurrency: 10, service_time: 25s,
            publishes: [{ to: out, message_id: cause }] }
  out: { kind: queue, max_length: 1, deduplication_window: 1h }
  last: { kind: consumer, subscribes: [{ from: out }] }
scenarios:
  default: { duration: 10m, replications: 1, faults: [{ at: 0s, for: 30s, full: out }] }
",
        &[("times.csv", "1s")],
    );
    let thalweg_sim::NodeReport::Queue(out) = &report.nodes["out"] else { panic!("a queue") };
    assert_eq!([out.rejected, out.published, out.deduplicated], [1, 1, 1]);
    let totals = report.totals;
    assert_eq!([totals.produced, totals.completed, totals.lost, totals.deduplicated], [4, 2, 1, 1]);
}

/// Settings of other brokers are refused, not ignored.
#[test]
fn settings_of_other_brokers_are_refused() {
    for (broker, setting) in [
        ("nats", "visibility_timeout: 5s"),
        ("sqs", "ack_deadline: 5s"),
        ("pubsub", "backoff: [1s]"),
        ("rabbitmq", "max_lease: 1h"),
    ] {
        let text = format!(
            "thalweg: 1
name: Refused
nodes:
  line: {{ kind: queue, broker: {broker} }}
  server: {{ kind: consumer, subscribes: [{{ from: line, {setting} }}] }}
scenarios:
  default: {{ duration: 1s }}
"
        );
        let refusals = compile(&text).unwrap_err();
        let name = setting.split(':').next().unwrap();
        assert_eq!(refusals[0].path, format!("nodes.server.subscribes.0.{name}"), "{refusals:?}");
    }
}
