//! What a crash delivers again: everything handled since the last commit, no more and no less.

mod common;

use common::*;
use thalweg_sim::Report;

/// 100/s in turn over two partitions with a consumer each; the first crashes at 103.0025 s.
fn ledger(subscription: &str, consumer: &str) -> Report {
    simulate(&format!(
        "thalweg: 1
name: Ledger
nodes:
  bank: {{ kind: producer, load: {{ constant: 100/s }}, publishes: [{{ to: entries }}] }}
  entries: {{ kind: topic, broker: kafka, partitions: 2 }}
  ledger: {{ kind: consumer, subscribes: [{{ from: entries{subscription} }}], instances: 2, service_time: 1ms{consumer} }}
  copies: {{ kind: queue }}
  reader: {{ kind: consumer, subscribes: [{{ from: copies }}] }}
scenarios:
  default: {{ duration: 200s, replications: 1, faults: [{{ at: 103.0025s, crash: ledger, instances: 1 }}] }}
"
    ))
}

/// The last commit was at 100 s; 50/s were handled from then on, the last at 102.991 s: 150.
#[test]
fn a_crash_redelivers_what_was_not_committed() {
    let report = ledger("", ", publishes: [{ to: copies }]");
    let ledger = consumer(&report, "ledger");
    assert_eq!((ledger.redelivered, ledger.duplicates), (150, 150));
    // Done once in the totals, but what follows from it happened twice.
    assert_eq!(ledger.completed, 19_999);
    assert_eq!(consumer(&report, "reader").completed, 19_999 + 150);
    assert_eq!(report.faults[0].touched, 150);
}

#[test]
fn a_shorter_interval_redelivers_less() {
    // Commits at 103 s and every half second before; nothing was handled since 103 s.
    assert_eq!(consumer(&ledger(", commit_interval: 500ms", ""), "ledger").redelivered, 0);
    // Commits at 102 s.
    assert_eq!(consumer(&ledger(", commit_interval: 2s", ""), "ledger").redelivered, 50);
    assert_eq!(consumer(&ledger(", commit: message", ""), "ledger").redelivered, 0);
}

/// The redelivery comes 48 s after the crash: a window of a day recognises it, one of ten seconds does not.
#[test]
fn an_idempotent_handler_recognises_what_it_handled() {
    let long = ledger("", ", publishes: [{ to: copies }], idempotent: { key: event_id, window: 24h }");
    let ledger_of = |report: &Report| {
        let ledger = consumer(report, "ledger");
        (ledger.redelivered, ledger.duplicates)
    };
    assert_eq!(ledger_of(&long), (150, 0));
    assert_eq!(consumer(&long, "reader").completed, 19_999);
    let short = ledger("", ", idempotent: { key: event_id, window: 10s }");
    assert_eq!(ledger_of(&short), (150, 150));
}

/// A repeat that is recognised takes the time of a lookup: 150 of 200 ms each instead of 1 ms.
#[test]
fn recognising_a_repeat_takes_its_lookup() {
    let report = ledger("", ", idempotent: { key: event_id, window: 24h, lookup: 200ms }");
    let busy = consumer(&report, "ledger").utilization.mean * 2.0 * 200.0;
    // The 19,999 that are done once take a millisecond each; what was cut short took none.
    let exact = 19_999.0 * 0.001 + 150.0 * 0.2;
    assert!((busy - exact).abs() < 0.01, "{busy} s of work, {exact} computed");
}

/// A thousand at once: the first is polled alone, the next 500 together. After 300, 299 of that poll are done again.
#[test]
fn a_commit_per_poll_redelivers_the_poll() {
    let text = "thalweg: 1
name: Polls
nodes:
  bank: { kind: producer, load: { batch: { size: 1000, every: 100s } }, publishes: [{ to: entries }] }
  entries: { kind: topic, broker: kafka }
  ledger: { kind: consumer, subscribes: [{ from: entries, commit: batch }], instances: 2, service_time: 10ms }
scenarios:
  default: { duration: 190s, replications: 1, faults: [{ at: 103.005s, crash: ledger, instances: 1 }] }
";
    let ledger_of = |text: &str| {
        let report = simulate(text);
        let ledger = consumer(&report, "ledger");
        (ledger.completed, ledger.redelivered, ledger.failed_attempts)
    };
    assert_eq!(ledger_of(text), (1000, 299, 1));
    let smaller = text.replace("commit: batch", "commit: batch, max_poll_records: 100");
    // Polls end after 1, 101, 201 and 301 records.
    assert_eq!(ledger_of(&smaller), (1000, 99, 1));
}

/// Crashes at random times between commits redeliver half an interval's worth on average, and never more than a whole one.
#[test]
fn a_crash_redelivers_half_an_interval_on_average() {
    let text = "thalweg: 1
name: Often
nodes:
  bank: { kind: producer, load: { constant: 100/s }, publishes: [{ to: entries }] }
  entries: { kind: topic, broker: kafka, partitions: 1 }
  ledger: { kind: consumer, subscribes: [{ from: entries, static_membership: true }], service_time: 1ms, idempotent: { key: id, window: 1h } }
scenarios:
  default:
    duration: 4h
    replications: 4
    seed: 5
    faults: [{ crash: ledger, at: { uniform: [20s, 60s] }, every: { uniform: [20s, 60s] }, for: 1s }]
";
    let report = simulate(text);
    let fired = report.faults[0].fired as f64;
    let mean = consumer(&report, "ledger").redelivered as f64 / fired;
    // Uniform on 0 … 500: standard deviation 500/√12.
    let half = 2.5758 * 500.0 / 12.0_f64.sqrt() / fired.sqrt();
    assert!(half < 15.0, "vague: {half}");
    assert!((mean - 250.0).abs() < half + 1.0, "{mean} ± {half}");
}
