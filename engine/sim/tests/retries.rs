//! Breakers and the limits of queues against what can be computed. Closed forms of retries: `engine/truth`.

mod common;

use common::*;
use thalweg_sim::NodeReport;

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
