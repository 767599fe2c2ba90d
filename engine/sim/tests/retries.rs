//! Retries, dead letters, timeouts and breakers against what can be computed.

mod common;

use common::*;
use thalweg_sim::NodeReport;

/// Failures go to the back of the queue at once: the station is an M/M/1 with arrival rate λ/(1−p) (Takács 1963).
#[test]
fn feedback() {
    let server = ", service_time: { exponential: 10ms }, failure: { rate: 25% },
      retry: { attempts: unlimited, backoff: 0s, requeue: back }";
    let scenario = "duration: 2500s, warmup: 100s, replications: 30, seed: 21";
    let report = simulate(&station("poisson: 60/s", "", server, scenario));
    let server = consumer(&report, "server");
    agrees("time in system", &server.sojourn, 66.666_7, 0.04);
    let per_s = server.attempts as f64 / (2400.0 * 30.0);
    assert!((per_s / 80.0 - 1.0).abs() < 0.005, "{per_s} attempts/s");
    assert_eq!(server.lost + server.dead_lettered, 0);
}

#[test]
fn four_attempts() {
    let text = "thalweg: 1
name: Attempts
nodes:
  source: { kind: producer, load: { poisson: 60/s }, publishes: [{ to: line }] }
  line: { kind: queue }
  dlq: { kind: queue }
  server:
    kind: consumer
    subscribes: [{ from: line }]
    service_time: { exponential: 5ms }
    failure: { rate: 25% }
    retry: { attempts: 4, backoff: 0s }
    dead_letter: dlq
scenarios:
  default: { duration: 10000s, replications: 10, seed: 22 }
";
    let report = simulate(text);
    let server = consumer(&report, "server");
    let per_message = server.attempts as f64 / server.arrivals as f64;
    assert!((per_message / 1.328_125 - 1.0).abs() < 0.001, "{per_message}");
    share_agrees("dead letters", server.dead_lettered, server.arrivals, 0.003_906_25, 0.02);
    let per_s = server.dead_lettered as f64 / 100_000.0;
    assert!((per_s - 0.234_375).abs() < 0.006, "{per_s} dead letters/s");
    // The last may have been given up as the run ended, before it arrived.
    assert_eq!(queue(&report, "dlq").dead_letters, server.dead_lettered);
}

/// Mean delays before attempts 2, 3, 4, …, measured as the sojourn of messages that fail a known number of times: all of
/// them, with attempts as limit, no service time and a dead letter at the end.
fn mean_delay(jitter: &str, attempts: u32) -> f64 {
    let server = format!(
        ", concurrency: 100000, service_time: 0s, failure: {{ poison: 100% }},
      retry: {{ attempts: {attempts}, backoff: {{ exponential: {{ first: 100ms, factor: 2, max: 20s, jitter: {jitter} }} }} }}"
    );
    let report =
        simulate(&station("poisson: 1000/s", "", &server, "duration: 300s, warmup: 60s, replications: 4, seed: 23"));
    // Nothing succeeds: the end of the event is the end of the last attempt.
    report.end_to_end.mean.unwrap_or(f64::NAN)
}

#[test]
fn jitter_has_its_means() {
    let mut before = 0.0;
    for (attempts, mean) in [(2, 50.0), (3, 100.0), (4, 200.0), (5, 400.0)] {
        let total = mean_delay("full", attempts);
        let step = total - before;
        assert!((step / mean - 1.0).abs() < 0.01, "delay {attempts}: {step} for {mean}");
        before = total;
    }
    let equal = mean_delay("equal", 3);
    assert!((equal / (75.0 + 150.0) - 1.0).abs() < 0.01, "{equal}");
    let none = mean_delay("none", 4);
    assert!((none - 700.0).abs() < 0.01, "{none}");
    // Decorrelated: U(100, 300) has mean 200; then U(100, 3·d) has mean 50 + 1.5·200 = 350.
    let decorrelated = mean_delay("decorrelated", 3);
    assert!((decorrelated / 550.0 - 1.0).abs() < 0.01, "{decorrelated}");
}

/// An attempt that takes longer than its timeout fails at the timeout: P(S > t) = e^(−t/mean).
#[test]
fn timeouts() {
    let server = ", concurrency: 1000, service_time: { exponential: 10ms }, timeout: 20ms, retry: { attempts: 1 }";
    let report = simulate(&station("poisson: 5000/s", "", server, "duration: 100s, replications: 2, seed: 24"));
    let server = consumer(&report, "server");
    share_agrees("timed out", server.timed_out, server.attempts, (-2.0_f64).exp(), 0.01);
    assert_eq!(server.timed_out, server.failed_attempts);
    assert_eq!(server.lost, server.failed_attempts);
    assert!(server.sojourn.max.unwrap() < 20.1);
}

/// A call that its caller gives up keeps the service busy: utilization is λE[S], not λE[min(S, timeout)].
#[test]
fn abandoned_calls_keep_the_service_busy() {
    let text = "thalweg: 1
name: Abandoned
nodes:
  source: { kind: producer, load: { poisson: 100/s }, publishes: [{ to: line }] }
  line: { kind: queue }
  server: { kind: consumer, subscribes: [{ from: line }], concurrency: 1000, retry: { attempts: 1 },
    calls: [{ service: remote, timeout: 10ms }] }
  remote: { kind: service, latency: { exponential: 50ms } }
scenarios:
  default: { duration: 1000s, warmup: 10s, replications: 10, seed: 25 }
";
    let report = simulate(text);
    let remote = service(&report, "remote");
    assert!((remote.busy.mean / 5.0 - 1.0).abs() < 0.01, "{}", remote.busy.mean);
    share_agrees("timed out", remote.timed_out, remote.calls, (-0.2_f64).exp(), 0.01);
    // All but those under way at the edges of ten windows end well.
    assert!(remote.completed.abs_diff(remote.calls) < 200);
    assert!(consumer(&report, "server").sojourn.max.unwrap() <= 10.01);
}

/// A service with places is an M/M/c too, seen from its calls.
#[test]
fn calls_wait_for_a_place() {
    let text = "thalweg: 1
name: Places
nodes:
  source: { kind: producer, load: { poisson: 240/s }, publishes: [{ to: line }] }
  line: { kind: queue }
  server: { kind: consumer, subscribes: [{ from: line }], concurrency: 100000, calls: [{ service: remote }] }
  remote: { kind: service, latency: { exponential: 10ms }, concurrency: 3 }
scenarios:
  default: { duration: 700s, warmup: 30s, replications: 30, seed: 26 }
";
    let report = simulate(text);
    agrees("wait", &service(&report, "remote").wait, 10.786_517, 0.05);
    agrees("latency", &service(&report, "remote").latency, 20.786_517, 0.03);
    agrees("sojourn", &consumer(&report, "server").sojourn, 20.786_517, 0.03);
}

/// 150 calls/s at a limit of 100/s: the bucket empties, then exactly the limit passes.
#[test]
fn rate_limits_refuse_what_is_too_much() {
    let text = "thalweg: 1
name: Limit
nodes:
  source: { kind: producer, load: { constant: 150/s }, publishes: [{ to: line }] }
  line: { kind: queue }
  server: { kind: consumer, subscribes: [{ from: line }], concurrency: 10, retry: { attempts: 1 }, calls: [{ service: remote }] }
  remote: { kind: service, latency: 1ms, rate_limit: 100/s }
scenarios:
  default: { duration: 100s, replications: 1, seed: 1 }
";
    let report = simulate(text);
    let remote = service(&report, "remote");
    assert_eq!(remote.calls, 14_999);
    // One bucket of 100 and 100/s over 100 s, to within the calls at both ends.
    assert!((10_097..=10_101).contains(&remote.completed), "{}", remote.completed);
    assert_eq!(remote.completed + remote.throttled, remote.calls);
}

/// A service that always fails: five failures open the breaker, and after every 10 s one trial is let through.
#[test]
fn a_breaker_stops_calling_what_keeps_failing() {
    let text = "thalweg: 1
name: Breaker
nodes:
  source: { kind: producer, load: { constant: 10/s }, publishes: [{ to: line }] }
  line: { kind: queue }
  server: { kind: consumer, subscribes: [{ from: line }], retry: { attempts: 1 },
    calls: [{ service: remote, breaker: { failures: 5, within: 10s, open: 10s } }] }
  remote: { kind: service, latency: 1ms, failure: { rate: 100% } }
scenarios:
  default: { duration: 100.05s, replications: 1, seed: 1 }
";
    let report = simulate(text);
    // Opens at 0.501 s; trials with the first call after 10 s each: at 10.6, 20.7, …, 90.14… s: nine of them.
    assert_eq!(service(&report, "remote").calls, 5 + 9);
    let server = consumer(&report, "server");
    assert_eq!(server.lost, server.attempts);
    let open = f64::from(report.series.nodes["server"].breaker_open.iter().sum::<f32>()) * report.series.bucket_s;
    assert!((open - 99.55).abs() < 0.2, "{open}");
}

/// Delivery limits, time to live and overflow, with their dead letters counted under their own names.
#[test]
fn queues_give_up_what_they_must() {
    let text = "thalweg: 1
name: Limits
nodes:
  source: { kind: producer, load: { constant: 10/s }, publishes: [{ to: aging }, { to: short }, { to: failing }] }
  aging: { kind: queue, message_ttl: 1s, dead_letter: dead }
  short: { kind: queue, max_length: 5, overflow: drop-head, dead_letter: dead }
  failing: { kind: queue, delivery_limit: 3, dead_letter: dead }
  dead: { kind: queue }
  never: { kind: consumer, subscribes: [{ from: failing }], concurrency: 10, service_time: 1ms, failure: { rate: 100% }, retry: { attempts: unlimited, backoff: 0s } }
scenarios:
  default: { duration: 10.05s, replications: 1, seed: 1 }
";
    let report = simulate(text);
    // Published at 0.1 … 10.0 s; what came before 9.05 s is gone at 10.05 s.
    assert_eq!(queue(&report, "aging").expired, 90);
    assert_eq!(queue(&report, "short").dropped, 95);
    assert_eq!(queue(&report, "short").depth.max, Some(5));
    let never = consumer(&report, "never");
    assert_eq!((never.attempts, never.dead_lettered), (300, 100));
    assert_eq!(queue(&report, "dead").dead_letters, 90 + 95 + 100);
    assert_eq!(report.totals.in_flight, 10 + 5);
    let NodeReport::Producer(source) = &report.nodes["source"] else { panic!("a producer") };
    assert_eq!((source.produced, source.rejected), (100, 0));
}
