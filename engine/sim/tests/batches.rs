//! Batches: how they form, how long that takes, and that they succeed and fail as a whole.

mod common;

use common::*;

/// The k-th of b messages waits for the b − k that come after it: (b − 1)/(2λ) on average, 0.45 s here.
#[test]
fn forming_a_batch_takes_half_of_its_arrivals() {
    let server = ", batch: { size: 10, wait: 1h }, concurrency: 100";
    let report = simulate(&station("poisson: 10/s", "", server, "duration: 4000s, replications: 30, seed: 41"));
    agrees("W", &consumer(&report, "server").wait, 450.0, 0.01);
}

/// Evenly spaced: five at 0.1 … 0.5 s wait 0.4 … 0 s; with a wait of 250 ms, three at a time wait 0.25, 0.15 and 0.05 s.
#[test]
fn a_batch_goes_when_it_is_full_or_has_waited_long_enough() {
    let wait = |batch: &str, channel: &str| {
        let text = station("constant: 10/s", "", &format!(", batch: {batch}"), "duration: 60.25s, replications: 1");
        let report = simulate(&text.replace("kind: queue", channel));
        let wait = &consumer(&report, "server").wait;
        (wait.mean.expect("a mean").round(), wait.max.expect("a wait").round())
    };
    for channel in ["kind: queue", "kind: topic, partitions: 1", "kind: topic, broker: kafka"] {
        assert_eq!(wait("{ size: 5, wait: 10s }", channel), (200.0, 400.0), "{channel}");
        assert_eq!(wait("{ size: 5, wait: 250ms }", channel), (150.0, 250.0), "{channel}");
        assert_eq!(wait("{ size: 5, wait: 0s }", channel), (0.0, 0.0), "{channel}");
    }
}

/// One server of 10 ms serves 100 messages a second one by one, and 1000 by tens: 900/s is 90 % of it.
#[test]
fn the_service_time_is_that_of_a_batch() {
    let server = ", batch: { size: 10, wait: 1s }, service_time: 10ms";
    let report = simulate(&station("constant: 900/s", "", server, "duration: 100s, warmup: 10s, replications: 1"));
    let server = consumer(&report, "server");
    assert!((server.utilization.mean - 0.9).abs() < 0.002, "{}", server.utilization.mean);
    assert_eq!(server.attempts, server.completed);
    assert!(queue(&report, "line").lag.max.expect("a lag") <= 20);
}

/// Batches of exactly four; each fails with 30 %, three times at most, with all that it holds.
#[test]
fn a_batch_fails_as_a_whole() {
    let server = ", batch: { size: 4, wait: 1s }, service_time: 1ms, failure: { rate: 30% }, \
                  retry: { attempts: 3, backoff: 20ms }";
    let text = station("batch: { size: 4, every: 1s }", "", server, "duration: 20000.5s, replications: 4, seed: 42");
    let report = simulate(&text);
    let server = consumer(&report, "server");
    for count in [server.attempts, server.failed_attempts, server.completed, server.lost] {
        assert_eq!(count % 4, 0, "{server:?}");
    }
    let batches = report.totals.produced / 4;
    assert_eq!(report.totals.in_flight, 0);
    share_agrees("given up", report.totals.lost / 4, batches, 0.027, 0.06);
    share_agrees("failed", server.failed_attempts / 4, server.attempts / 4, 0.3, 0.02);
}

/// One message that can never succeed takes its batch with it: 1 − 0.95⁴ of all are lost, not 5 %.
#[test]
fn poison_takes_its_batch_with_it() {
    let server = ", batch: { size: 4, wait: 1s }, failure: { poison: 5% }, retry: { attempts: 2 }";
    let text = station("batch: { size: 4, every: 1s }", "", server, "duration: 20000.5s, replications: 4, seed: 43");
    let report = simulate(&text);
    share_agrees("lost", report.totals.lost / 4, report.totals.produced / 4, 1.0 - 0.95_f64.powi(4), 0.03);
}

/// A crash in the middle of a batch: all five are handled anew, together.
#[test]
fn a_crash_returns_the_whole_batch() {
    let server = ", batch: { size: 5, wait: 1s }, service_time: 400ms";
    let text = station(
        "batch: { size: 5, every: 10s }",
        "",
        server,
        "duration: 19s, replications: 1, faults: [{ at: 10.1s, for: 1s, crash: server }]",
    );
    let report = simulate(&text);
    let server = consumer(&report, "server");
    assert_eq!((server.completed, server.failed_attempts, server.retries), (5, 5, 5));
    assert_eq!(report.faults[0].touched, 5);
    assert_eq!(server.sojourn.mean, Some(1500.0));
}

#[test]
fn consumers_that_share_a_queue_agree_on_its_batches() {
    let text = station("constant: 1/s", "", ", batch: { size: 5, wait: 1s }", "duration: 10s")
        .replace("  server:", "  other: { kind: consumer, subscribes: [{ from: line }] }\n  server:");
    let refusals = compile(&text).expect_err("they differ");
    assert!(refusals.iter().any(|r| r.message.contains("differ")), "{refusals:?}");
}

/// SQS hides a failed batch until its visibility timeout is over, with all that it holds.
#[test]
fn a_failed_batch_from_sqs_comes_back_with_its_lease() {
    let server = ", batch: { size: 4, wait: 1s }, service_time: 100ms";
    let scenario = "duration: 59s, replications: 1, faults: [{ at: 9s, for: 5s, errors: server, rate: 100% }]";
    let text = station("batch: { size: 4, every: 10s }", ", broker: sqs, visibility_timeout: 30s", server, scenario);
    let report = simulate(&text);
    let server = consumer(&report, "server");
    // Four at 10 s fail at 10.1 s and are received again at 40 s, with the four of then behind them.
    assert_eq!((server.failed_attempts, server.retries, server.completed), (4, 4, 20));
    let slowest = server.sojourn.max.expect("a sojourn");
    assert!((slowest / 30_100.0 - 1.0).abs() < 0.01, "{slowest}");
    assert!(report.notes.iter().any(|note| note.contains("Leases of batches")), "{:?}", report.notes);
}

/// A batch that would be ripe at the very end of the run is not forgotten: the end is not played. 5,187 / 260 s + 50 ms = 20 s.
#[test]
fn a_batch_due_at_the_end_is_no_contradiction() {
    let report = simulate(
        "thalweg: 1
name: End
nodes:
  source: { kind: producer, load: { constant: 260/s }, publishes: [{ to: log }] }
  log: { kind: topic, broker: kafka, partitions: 16 }
  server: { kind: consumer, subscribes: [{ from: log }], concurrency: 16, service_time: 1ms, batch: { size: 5, wait: 50ms } }
scenarios:
  default: { duration: 20s, replications: 1 }
",
    );
    assert_eq!(report.totals.produced, report.totals.completed + report.totals.in_flight);
}
