//! Amazon SQS: visibility timeouts, receive counts and redrive, as timelines that can be computed by hand.
//!
//! The truth is the vendor's API reference: a received message stays invisible for its visibility timeout; deleting it
//! with an old receipt handle has no effect; a message received more than `maxReceiveCount` times moves to the dead
//! letter queue instead of being received.

mod common;

use common::*;

/// One message at 1 s into an SQS queue; `queue` and `server` are further settings, beginning with a comma.
fn one_message(queue: &str, server: &str, duration: &str) -> thalweg_sim::Report {
    many(1, queue, server, duration)
}

/// A message every second from 1 s on, `count` of them.
fn many(count: u32, queue: &str, server: &str, duration: &str) -> thalweg_sim::Report {
    let text = format!(
        "thalweg: 1
name: Lease
brokers:
  aws: {{ kind: sqs }}
nodes:
  source: {{ kind: producer, load: {{ replay: times.csv }}, publishes: [{{ to: line }}] }}
  line: {{ kind: queue, broker: aws{queue} }}
  dlq: {{ kind: queue }}
  server: {{ kind: consumer, subscribes: [{{ from: line }}]{server} }}
scenarios:
  default: {{ duration: {duration}, replications: 1 }}
"
    );
    let times = (1..=count).map(|s| format!("{s}s")).collect::<Vec<_>>().join("\n");
    simulate_with(&text, &[("times.csv", &times)])
}

/// Work of 25 s under a timeout of 10 s by one handler with 3 places: receives at 1, 11 and 21 s; the first delete comes at
/// 26 s with a receipt that is two receives old, so that the message is received again at 31 s, and so on for ever.
#[test]
fn a_timeout_below_the_work_never_ends() {
    let report = one_message(", visibility_timeout: 10s", ", concurrency: 10, service_time: 25s", "95s");
    let server = consumer(&report, "server");
    // Receives at 1, 11, …, 91 s; ends at 26, 36, …, 86 s.
    assert_eq!((server.attempts, server.completed), (10, 0));
    assert_eq!((server.late_acks, server.expired_leases), (7, 9));
    // Seven finished; the first finish is the effect that was wanted.
    assert_eq!((server.duplicates, report.totals.duplicates), (6, 6));
    assert_eq!((report.totals.in_flight, report.totals.completed), (1, 0));
}

/// The same with a redrive policy: three receives, then the dead letter queue at the fourth, at 31 s.
#[test]
fn what_was_received_too_often_moves_at_the_next_receive() {
    let line = ", visibility_timeout: 10s, delivery_limit: 3, dead_letter: dlq";
    let before = one_message(line, ", concurrency: 10, service_time: 25s", "30.9s");
    assert_eq!((before.totals.dead_lettered, before.totals.in_flight), (0, 1));
    let report = one_message(line, ", concurrency: 10, service_time: 25s", "95s");
    let server = consumer(&report, "server");
    assert_eq!((server.attempts, server.late_acks, server.dead_lettered), (3, 3, 1));
    assert_eq!(queue(&report, "line").delivery_limit, 1);
    assert_eq!(queue(&report, "dlq").dead_letters, 1);
    // It moves when it is received: with its only place busy until 26 s and again until 51 s, that is at 76 s.
    let busy = one_message(line, ", concurrency: 1, service_time: 25s", "75.9s");
    assert_eq!((consumer(&busy, "server").attempts, busy.totals.dead_lettered), (3, 0));
    let later = one_message(line, ", concurrency: 1, service_time: 25s", "76.1s");
    assert_eq!(later.totals.dead_lettered, 1);
}

/// A handler that fails says nothing: the message stays invisible until its timeout. Default: 30 s.
#[test]
fn a_failed_message_stays_invisible() {
    let report =
        one_message(", delivery_limit: 4, dead_letter: dlq", ", service_time: 1s, failure: { poison: 100% }", "121.1s");
    let server = consumer(&report, "server");
    // Receives at 1, 31, 61 and 91 s; at 121 s it moves.
    assert_eq!((server.attempts, server.dead_lettered, server.expired_leases), (4, 1, 0));
    assert_eq!(queue(&report, "dlq").dead_letters, 1);
    let before =
        one_message(", delivery_limit: 4, dead_letter: dlq", ", service_time: 1s, failure: { poison: 100% }", "120.9s");
    assert_eq!((consumer(&before, "server").attempts, before.totals.dead_lettered), (4, 0));
}

/// A crash says nothing either: the message comes back with its timeout, not with the crash.
#[test]
fn a_crash_is_noticed_by_the_timeout() {
    let text = |duration: &str| {
        format!(
            "thalweg: 1
name: Crash
nodes:
  source: {{ kind: producer, load: {{ constant: 1/min }}, publishes: [{{ to: line }}] }}
  line: {{ kind: queue, broker: sqs, visibility_timeout: 20s }}
  server: {{ kind: consumer, subscribes: [{{ from: line }}], service_time: 5s }}
scenarios:
  default: {{ duration: {duration}, replications: 1, faults: [{{ at: 62s, for: 1s, crash: server }}] }}
"
        )
    };
    // Received at 60 s, lost at 62 s, visible at 80 s, done at 85 s.
    let report = simulate(&text("84.9s"));
    assert_eq!((consumer(&report, "server").attempts, report.totals.completed), (2, 0));
    let report = simulate(&text("85.1s"));
    assert_eq!(
        (consumer(&report, "server").sojourn.mean.map(f64::round), report.totals.completed),
        (Some(25_000.0), 1)
    );
}

/// A client that extends the timeout while it works keeps its message.
#[test]
fn an_extended_timeout_does_not_end() {
    let report = one_message_with_subscription(", max_lease: 1h");
    let server = consumer(&report, "server");
    assert_eq!((server.attempts, server.completed, server.expired_leases), (1, 1, 0));
    let report = one_message_with_subscription("");
    assert_eq!(consumer(&report, "server").completed, 0);
}

fn one_message_with_subscription(more: &str) -> thalweg_sim::Report {
    let text = format!(
        "thalweg: 1
name: Heartbeat
nodes:
  source: {{ kind: producer, load: {{ constant: 1/min }}, publishes: [{{ to: line }}] }}
  line: {{ kind: queue, broker: sqs, visibility_timeout: 10s }}
  server: {{ kind: consumer, subscribes: [{{ from: line{more} }}], service_time: 25s }}
scenarios:
  default: {{ duration: 100s, replications: 1 }}
"
    );
    simulate(&text)
}

/// P(S > T): the share of receives whose work outlasts the timeout, exponential of mean 10 s and T = 30 s: e⁻³.
#[test]
fn the_share_of_timeouts_is_the_tail_of_the_work() {
    tail("{ exponential: 10s }", 101, 0.049_787_068_4);
}

/// The same for a lognormal with a squared coefficient of variation of 1.
#[test]
fn the_share_of_timeouts_of_a_heavy_tail() {
    tail("{ lognormal: { mean: 10s, cv: 1 } }", 102, 0.041_295_609_7);
}

/// Places enough that nothing waits: every receive is an independent case.
fn tail(work: &str, seed: u32, exact: f64) {
    let text = format!(
        "thalweg: 1
name: Tail
brokers:
  aws: {{ kind: sqs }}
nodes:
  source: {{ kind: producer, load: {{ poisson: 50/s }}, publishes: [{{ to: line }}] }}
  line: {{ kind: queue, broker: aws }}
  server: {{ kind: consumer, subscribes: [{{ from: line }}], concurrency: 100000, service_time: {work} }}
scenarios:
  default: {{ duration: 3000s, replications: 8, seed: {seed} }}
"
    );
    let report = simulate(&text);
    let server = consumer(&report, "server");
    // Receives whose end (of the work or of the lease) lies beyond the run are no cases yet.
    let judged = server.completed + server.expired_leases;
    share_agrees("timeouts", server.expired_leases, judged, exact, 0.02);
    // Every message that timed out was received again: all its finished attempts but one are duplicates.
    assert!(server.retries == server.expired_leases, "{} receives again", server.retries);
    assert!(server.duplicates <= server.late_acks && server.duplicates > server.late_acks * 9 / 10);
}
