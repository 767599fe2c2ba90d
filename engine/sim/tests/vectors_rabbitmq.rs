//! RabbitMQ: behaviour that was measured on RabbitMQ 3.10.8, as timelines in virtual time.

mod common;

use common::*;
use thalweg_sim::Report;

/// Messages at the given times into a queue; `line` and `server` are further settings.
fn messages(at: &[&str], line: &str, from: &str, server: &str, scenario: &str) -> Report {
    let text = format!(
        "thalweg: 1
name: Rabbit
brokers:
  rabbit: {{ kind: rabbitmq }}
nodes:
  source: {{ kind: producer, load: {{ replay: times.csv }}, publishes: [{{ to: line }}] }}
  line: {{ kind: queue, broker: rabbit{line} }}
  dlq: {{ kind: queue }}
  server: {{ kind: consumer, subscribes: [{{ from: line{from} }}]{server} }}
scenarios:
  default: {{ replications: 1, {scenario} }}
"
    );
    simulate_with(&text, &[("times.csv", &at.join("\n"))])
}

/// Five messages a tenth of a second apart, one server of 1 s; whatever ends before 1.5 s fails, which is the first.
fn first_is_rejected(line: &str) -> u64 {
    let at = ["0s", "0.1s", "0.2s", "0.3s", "0.4s"];
    let scenario = "duration: 20s, faults: [{ at: 0s, for: 1.5s, errors: server, rate: 100% }]";
    let report = messages(&at, line, "", ", service_time: 1s", scenario);
    let server = consumer(&report, "server");
    assert_eq!((server.attempts, server.completed, server.failed_attempts), (6, 5, 1));
    server.sojourn.max.map_or(0, |max| (max / 100.0).round() as u64)
}

/// R1. Requeued on a classic queue, a message is back where it stood: A is next, and E ends last, at 6 s after 5.6 s.
#[test]
fn classic_requeue_keeps_the_place() {
    assert_eq!(first_is_rejected(""), 56);
    assert_eq!(first_is_rejected(", type: classic"), 56);
}

/// R2. On a quorum queue it goes to the tail (A ends last, at 6 s), with a delivery limit to the head.
#[test]
fn quorum_requeue_goes_to_the_tail_or_the_head() {
    assert_eq!(first_is_rejected(", type: quorum"), 60);
    assert_eq!(first_is_rejected(", type: quorum, delivery_limit: 5"), 56);
}

/// R1, several at once: C, B and A are rejected in this order while D and E wait; they come back as A, B, C.
#[test]
fn classic_requeue_restores_the_order() {
    // Three servers; A works 1.2 s, B 1.1 s, C 1.0 s in turn (they started so), all rejected before 1.45 s.
    let at = ["0.2s", "0.3s", "0.4s", "0.5s", "0.6s"];
    let scenario = "duration: 30s, faults: [{ at: 0s, for: 1.45s, errors: server, rate: 100% }]";
    let report = messages(&at, "", "", ", concurrency: 3, service_time: 1s", scenario);
    let server = consumer(&report, "server");
    // A fails at 1.2 and goes again (1.2–2.2), B 1.3–2.3, C 1.4–2.4; then D from 2.2, E from 2.3.
    assert_eq!((server.attempts, server.completed), (8, 5));
    assert_eq!(server.sojourn.mean.map(f64::round), Some((2000.0 * 3.0 + 2700.0 * 2.0) / 5.0));
}

/// R3. A limit of 3 is four deliveries, then the dead letter queue with the reason `delivery_limit`.
#[test]
fn a_delivery_limit_counts_redeliveries() {
    let poison = ", service_time: 1s, failure: { poison: 100% }";
    let line = ", type: quorum, delivery_limit: 3, dead_letter: dlq";
    let report = messages(&["0s"], line, "", poison, "duration: 3.9s");
    assert_eq!((consumer(&report, "server").attempts, report.totals.dead_lettered), (4, 0));
    let report = messages(&["0s"], line, "", poison, "duration: 60s");
    assert_eq!((consumer(&report, "server").attempts, report.totals.dead_lettered), (4, 1));
    assert_eq!((queue(&report, "line").delivery_limit, queue(&report, "dlq").dead_letters), (1, 1));
}

/// A classic queue knows no limit: refused rather than ignored.
#[test]
fn a_classic_queue_has_no_delivery_limit() {
    let text = "thalweg: 1
name: Limit
nodes:
  line: { kind: queue, broker: rabbitmq, type: classic, delivery_limit: 3 }
  server: { kind: consumer, subscribes: [{ from: line }] }
scenarios:
  default: { duration: 1s }
";
    let refusals = compile(text).unwrap_err();
    assert_eq!(refusals[0].path, "nodes.line.delivery_limit");
    assert!(refusals[0].help.as_ref().unwrap().contains("quorum"), "{refusals:?}");
}

/// R8. A consumer that holds a message beyond its timeout loses its channel: at the next look (once a minute) everything
/// that it has comes back, and its late acknowledgement counts for nothing.
#[test]
fn a_consumer_timeout_closes_the_channel() {
    // Received at 0 and 10 s; the timeout of the first is over at 90 s, the look is at 120 s.
    let stuck = ", concurrency: 2, service_time: 200s";
    let line = ", consumer_timeout: 90s";
    let before = messages(&["0s", "10s"], line, "", stuck, "duration: 119s");
    assert_eq!((consumer(&before, "server").expired_leases, queue(&before, "line").depth.max), (0, Some(0)));
    let report = messages(&["0s", "10s"], line, "", stuck, "duration: 205s");
    let server = consumer(&report, "server");
    // Both come back with the first, and wait for a place until 200 s.
    assert_eq!((server.expired_leases, server.late_acks, server.attempts), (2, 1, 3));
    assert_eq!(queue(&report, "line").depth.max, Some(2));
    // Without a setting it is 30 minutes.
    let long = ", service_time: 31m";
    let report = messages(&["0s"], "", "", long, "duration: 29m");
    assert_eq!(consumer(&report, "server").expired_leases, 0);
    let report = messages(&["0s"], "", "", long, "duration: 30.5m");
    assert_eq!(consumer(&report, "server").expired_leases, 1);
}

/// R5. Five messages, room for two: what publishers see, what the queue holds and what it dead-letters. The consumer comes
/// at 10 s: message n waits 10 − n seconds, so the longest wait tells the first one held.
#[test]
fn overflow_is_what_each_type_makes_of_it() {
    for (line, refused, held, longest, dead) in [
        ("type: classic, overflow: drop-head", 0, 2, 6, 3),
        ("type: classic, overflow: reject-publish", 3, 2, 9, 0),
        ("type: classic, overflow: reject-publish-dlx", 3, 2, 9, 3),
        ("type: quorum, overflow: drop-head", 0, 2, 6, 3),
        ("type: quorum, overflow: reject-publish", 2, 3, 9, 0),
        ("type: quorum, overflow: reject-publish-dlx", 0, 2, 6, 3),
    ] {
        let at = ["1s", "2s", "3s", "4s", "5s"];
        let settings = format!(", max_length: 2, dead_letter: dlq, {line}");
        let server = ", concurrency: 5, service_time: 1ms";
        let scenario = "duration: 20s, faults: [{ at: 0s, for: 10s, crash: server }]";
        let report = messages(&at, &settings, "", server, scenario);
        let server = consumer(&report, "server");
        assert_eq!((queue(&report, "line").rejected, server.completed), (refused, held), "{line}");
        assert_eq!(server.wait.max.map(|wait| (wait / 1e3).round() as u64), Some(longest), "{line}");
        assert_eq!(queue(&report, "dlq").dead_letters, dead, "{line}");
        assert_eq!(
            report.notes.iter().any(|note| note.contains("drops its head")),
            line.contains("quorum, overflow: reject-publish-dlx")
        );
    }
}

/// R4. Only the head of a queue expires. Rejected by a quorum queue, A stands behind B and C; its time is over at 3 s, but it
/// goes with C at 3.95 s.
#[test]
fn only_the_head_expires() {
    let expired = |until: &str| {
        let scenario = format!(
            "duration: {until}, faults: [{{ at: 0s, for: 1.05s, errors: server, rate: 100% }}, {{ at: 1.1s, crash: server }}]"
        );
        let line = ", type: quorum, message_ttl: 3s, dead_letter: dlq";
        let report = messages(&["0s", "0.9s", "0.95s"], line, "", ", service_time: 1s", &scenario);
        (queue(&report, "line").expired, report.totals.dead_lettered)
    };
    assert_eq!([expired("3.89s"), expired("3.94s"), expired("3.96s")], [(0, 0), (1, 1), (3, 3)]);
}
