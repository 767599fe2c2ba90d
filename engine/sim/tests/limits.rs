//! Rate limits and bulkheads of consumers.

mod common;

use common::*;

/// A bucket of one second's worth: of 1000 at once, 100 begin at once and then one every 10 ms.
#[test]
fn a_consumer_with_a_rate_limit_lets_work_wait() {
    let text = station(
        "batch: { size: 1000, every: 100s }",
        "",
        ", concurrency: 1000, service_time: 1ms, rate_limit: 100/s",
        "duration: 199s, replications: 1",
    );
    let report = simulate(&text);
    let server = consumer(&report, "server");
    assert_eq!(server.completed, 1000);
    let longest = server.wait.max.unwrap();
    assert!((longest / 9_000.0 - 1.0).abs() < 0.001, "{longest}");
    // 900 wait 10 ms, 20 ms, …, 9 s.
    let mean = server.wait.mean.unwrap();
    assert!((mean / (10.0 * 900.0 * 901.0 / 2.0 / 1000.0) - 1.0).abs() < 0.001, "{mean}");
}

/// Two calls at a time and instance: of ten at once each instance makes two, and the others fail at once.
#[test]
fn a_bulkhead_fails_what_is_beyond_it() {
    let text = "thalweg: 1
name: Bulkhead
nodes:
  source: { kind: producer, load: { batch: { size: 20, every: 10s } }, publishes: [{ to: line }] }
  line: { kind: queue }
  server: { kind: consumer, subscribes: [{ from: line }], instances: 2, concurrency: 10, retry: { attempts: 1 }, calls: [{ service: remote, max_concurrent: 2 }] }
  remote: { kind: service, latency: 1s }
scenarios:
  default: { duration: 55s, replications: 1 }
";
    let report = simulate(text);
    assert_eq!((report.totals.completed, report.totals.lost), (5 * 4, 5 * 16));
    assert_eq!((service(&report, "remote").calls, service(&report, "remote").busy.max), (20, Some(4)));
    // Given up by a timeout, a call leaves the bulkhead although the service still works on it.
    let strict =
        simulate(&text.replace("max_concurrent: 2", "max_concurrent: 2, timeout: 100ms, retry: { attempts: 2 }"));
    assert_eq!((service(&strict, "remote").calls, service(&strict, "remote").timed_out), (40, 40));
}
