//! Prefetch windows: what is pushed to whom, what waits in buffers, and what the way costs.

mod common;

use common::*;
use thalweg_sim::Report;

/// A saturated queue whose messages and acknowledgements travel 50 ms each way, with 4 ms of work (rabbitmq.com, "Some
/// queuing theory: throughput, latency and bandwidth", 2012).
fn saturated(prefetch: u32, work: &str) -> Report {
    let text = format!(
        "thalweg: 1
name: Way
brokers:
  rabbit: {{ kind: rabbitmq, delivery_latency: 50ms }}
nodes:
  source: {{ kind: producer, load: {{ constant: 300/s }}, publishes: [{{ to: line }}] }}
  line: {{ kind: queue, broker: rabbit }}
  server: {{ kind: consumer, subscribes: [{{ from: line, prefetch: {prefetch} }}], service_time: {work} }}
scenarios:
  default: {{ duration: 124s, warmup: 20s, replications: 1 }}
"
    );
    simulate(&text)
}

/// Utilization min(1, k·4/104): each of k places in the window goes round in 104 ms.
#[test]
fn utilization_grows_with_the_window() {
    for (prefetch, exact) in [(1, 4.0 / 104.0), (5, 20.0 / 104.0), (13, 0.5), (26, 1.0), (51, 1.0)] {
        let report = saturated(prefetch, "4ms");
        let server = consumer(&report, "server");
        // The window of 104 s holds whole rounds; its edges cut at most one message.
        assert!((server.utilization.mean - exact).abs() < 1e-4, "{prefetch}: {}", server.utilization.mean);
        let rate = server.completed as f64 / 104.0;
        assert!((rate - exact * 250.0).abs() < 0.02, "{prefetch}: {rate}/s");
    }
}

/// Beyond what the way needs a window only fills the buffer: from the broker to the end of the work 54 ms with 26, and
/// 100 ms more with 51. With work of 40 ms a place goes round in k·40 ms, of which 100 ms are the way.
#[test]
fn a_larger_window_is_waiting_in_the_buffer() {
    for (prefetch, work, round) in [(26, "4ms", 104.0), (51, "4ms", 204.0), (26, "40ms", 1040.0), (51, "40ms", 2040.0)]
    {
        let report = saturated(prefetch, work);
        let line = queue(&report, "line");
        let rate = consumer(&report, "server").completed as f64 / 104.0;
        // Little's law for what left the queue and is not acknowledged by its handler; acknowledgements travel 50 ms.
        let in_hand = (line.lag.mean - line.depth.mean) / rate * 1000.0;
        assert!((in_hand - (round - 50.0)).abs() < round * 0.005, "{prefetch}, {work}: {in_hand} ms");
    }
}

fn ten_at_once(scenario: &str) -> Report {
    simulate(&format!(
        "thalweg: 1
name: Window
nodes:
  source: {{ kind: producer, load: {{ batch: {{ size: 10, every: 10s }} }}, publishes: [{{ to: line }}] }}
  line: {{ kind: queue, broker: rabbitmq }}
  server: {{ kind: consumer, subscribes: [{{ from: line, prefetch: 3 }}], instances: 2, service_time: 5s }}
scenarios:
  default: {{ replications: 1, {scenario} }}
"
    ))
}

/// R7. Prefetch 3, two consumers, ten messages: three each, four stay ready.
#[test]
fn three_each_and_four_stay() {
    let report = ten_at_once("duration: 14s");
    let line = queue(&report, "line");
    assert_eq!((line.depth.max, line.lag.max, consumer(&report, "server").attempts), (Some(4), Some(10), 2));
    // Work goes on in turns of 5 s: two at a time, and each acknowledgement makes room for one more.
    let report = ten_at_once("duration: 19.9s");
    assert_eq!((consumer(&report, "server").attempts, consumer(&report, "server").completed), (4, 2));
}

/// A lost connection brings back all that was pushed over it, worked on or not: one crashed instance returns three.
#[test]
fn a_crash_returns_the_buffer() {
    let report = ten_at_once("duration: 14s, faults: [{ at: 12s, crash: server, instances: 1 }]");
    let line = queue(&report, "line");
    assert_eq!((line.depth.max, report.totals.in_flight), (Some(7), 10));
    let all = ten_at_once("duration: 19s, faults: [{ at: 12s, for: 1s, crash: server }]");
    assert_eq!((queue(&all, "line").depth.max, consumer(&all, "server").failed_attempts), (Some(10), 2));
    assert_eq!(consumer(&all, "server").completed, 2);
}

/// What was pushed and not begun when its instance crashed is as new as any other: its wait is measured, all of it, and whether it
/// is poison is decided with its first attempt. Ten come at 100 s, three to each; one instance crashes at 102 s with two that
/// it has not begun. The other one works off its own three, then the three that came back, then the four that had stayed,
/// 5 s each: first attempts begin after 0 and 0, 5, 10, 20, 25, 30, 35, 40 and 45 s.
#[test]
fn what_comes_back_from_a_window_is_measured_and_poisoned() {
    let report = simulate(
        "thalweg: 1
name: Recalled
nodes:
  source: { kind: producer, load: { batch: { size: 10, every: 100s } }, publishes: [{ to: line }] }
  line: { kind: queue, broker: rabbitmq }
  server:
    kind: consumer
    subscribes: [{ from: line, prefetch: 3 }]
    instances: 2
    service_time: 5s
    failure: { poison: 100% }
    retry: { attempts: 1 }
scenarios:
  default: { duration: 160s, replications: 1, faults: [{ at: 102s, crash: server, instances: 1 }] }
",
    );
    let server = consumer(&report, "server");
    assert_eq!((server.arrivals, server.wait.count, server.retries), (10, 10, 1));
    let mean = server.wait.mean.unwrap();
    assert!((mean - 21_000.0).abs() < 1e-6, "{mean}");
    // All of them, and the one that the crash cut short.
    assert_eq!((server.completed, server.failed_attempts, report.totals.lost), (0, 11, 10));
}

/// Messages in a buffer wait there while another instance idles: with a window of 10, ten messages at once and two
/// instances, five each; without one instance's failure both end together.
#[test]
fn a_buffer_is_not_shared() {
    let text = |prefetch: &str| {
        format!(
            "thalweg: 1
name: Buffer
brokers:
  plain: {{ kind: generic }}
nodes:
  source: {{ kind: producer, load: {{ batch: {{ size: 10, every: 10s }} }}, publishes: [{{ to: line }}] }}
  line: {{ kind: queue, broker: plain }}
  server:
    kind: consumer
    subscribes: [{{ from: line{prefetch} }}]
    instances: 2
    service_time: {{ exponential: 1s }}
scenarios:
  default: {{ duration: 1000s, replications: 8 }}
"
        )
    };
    let shared = simulate(&text(""));
    let pushed = simulate(&text(", prefetch: 10"));
    let wait = |report: &Report| consumer(report, "server").wait.mean.unwrap();
    // Each batch is over before the next but rarely; without a common line some server idles while others wait.
    assert!(wait(&pushed) > wait(&shared) * 1.05, "{} and {}", wait(&pushed), wait(&shared));
    assert_eq!(pushed.totals.produced, shared.totals.produced);
}

/// Publish latency moves everything by its time, and nothing overtakes.
#[test]
fn publishing_and_delivering_take_their_time() {
    let report = simulate(
        "thalweg: 1
name: Latency
brokers:
  log: { kind: kafka, publish_latency: 200ms, delivery_latency: 300ms }
nodes:
  source: { kind: producer, load: { constant: 1/s }, publishes: [{ to: orders }] }
  orders: { kind: topic, broker: log }
  server: { kind: consumer, subscribes: [{ from: orders }], service_time: 100ms }
scenarios:
  default: { duration: 60s, warmup: 10s, replications: 1 }
",
    );
    assert_eq!(report.end_to_end.mean.map(f64::round), Some(600.0));
    assert_eq!(consumer(&report, "server").wait.max, Some(0.0));
}

/// In a rolling deploy each instance finishes what it works on; what it had only buffered goes to the other.
#[test]
fn a_deploy_returns_what_was_not_begun() {
    let report = simulate(
        "thalweg: 1
name: Deploy
nodes:
  source: { kind: producer, load: { batch: { size: 10, every: 10s } }, publishes: [{ to: line }] }
  line: { kind: queue, broker: rabbitmq }
  server:
    kind: consumer
    subscribes: [{ from: line, prefetch: 3 }]
    instances: 2
    start_time: 3s
    service_time: 500ms
scenarios:
  default: { duration: 19.9s, replications: 1, faults: [{ at: 10.2s, deploy: server }] }
",
    );
    let server = consumer(&report, "server");
    assert_eq!((server.completed, server.failed_attempts, report.totals.lost), (10, 0, 0));
    // The first gives two back; the second alone then works from 10.5 s on, and is replaced at 13.2 s with all but few done.
    assert_eq!(queue(&report, "line").depth.max, Some(6));
}
