//! Throttles and full channels.

mod common;

use common::*;

fn flow(line: &str, server: &str, faults: &str) -> String {
    format!(
        "thalweg: 1
name: Limits
brokers: {{ mq: {{ kind: generic }} }}
nodes:
  source: {{ kind: producer, load: {{ constant: 100/s }}, publishes: [{{ to: line }}] }}
  line: {{ kind: queue, broker: mq{line} }}
  dead: {{ kind: queue }}
  server: {{ kind: consumer, subscribes: [{{ from: line }}], concurrency: 100{server} }}
scenarios:
  default: {{ duration: 100.005s, replications: 1, faults: [{faults}] }}
"
    )
}

/// 100/s against a limit of 40/s for 10 s: 600 too many, which are gone at once when it ends.
#[test]
fn a_throttled_consumer_lets_work_wait() {
    let report = simulate(&flow("", "", "{ at: 20.005s, for: 10s, throttle: server, limit: 40/s }"));
    let line = queue(&report, "line");
    // 1000 came, the first of them and then one every 25 ms was begun: 400.
    assert_eq!(line.depth.max, Some(600));
    assert_eq!(report.totals.completed, 10_000);
    let longest = consumer(&report, "server").wait.max.unwrap();
    // The k-th comes at 10 k ms and begins at 10 + 25 (k − 1) ms, but at the end at the latest: longest just before it.
    assert!((longest / 6_000.0 - 1.0).abs() < 0.005, "{longest}");
    assert!((398..=400).contains(&report.faults[0].touched), "{}", report.faults[0].touched);
}

#[test]
fn partitions_share_the_tokens_of_a_throttled_consumer() {
    let text = "thalweg: 1
name: Partitions
nodes:
  source: { kind: producer, load: { constant: 100/s }, publishes: [{ to: log, key: { uniform: { keys: 1000 } } }] }
  log: { kind: topic, partitions: 8 }
  server: { kind: consumer, subscribes: [{ from: log }], instances: 3, concurrency: 2, service_time: 1ms }
scenarios:
  default: { duration: 60.005s, replications: 1, faults: [{ at: 20.005s, for: 10s, throttle: server, limit: 40/s }], expect: [lag(log/server) <= 601] }
";
    let report = simulate(text);
    assert!(report.expectations[0].held, "{:?}", report.expectations);
    assert_eq!(report.totals.completed, 6_000);
    assert!(report.expectations[0].worst.unwrap() >= 599.0);
}

/// The same at the channel: publishers wait, nothing is refused.
#[test]
fn a_throttled_channel_lets_publishers_wait() {
    let report = simulate(&flow("", "", "{ at: 20.005s, for: 10s, throttle: line, limit: 40/s }"));
    assert_eq!(report.totals.completed, 10_000);
    let longest = report.end_to_end.max.unwrap();
    assert!((longest / 6_000.0 - 1.0).abs() < 0.005, "{longest}");
    assert_eq!(consumer(&report, "server").wait.max, Some(0.0));
    assert_eq!(report.faults[0].touched, 999);
}

/// A service refuses what is beyond the limit.
#[test]
fn a_throttled_service_refuses() {
    let text = "thalweg: 1
name: Calls
nodes:
  source: { kind: producer, load: { constant: 100/s }, publishes: [{ to: line }] }
  line: { kind: queue }
  server: { kind: consumer, subscribes: [{ from: line }], concurrency: 100, retry: { attempts: 1 }, calls: [{ service: remote }] }
  remote: { kind: service, latency: 1ms }
scenarios:
  default: { duration: 100.005s, replications: 1, faults: [{ at: 20.005s, for: 10s, throttle: remote, limit: 40/s }, { at: 50s, for: 1s, throttle: remote, limit: 1000/s }] }
";
    let report = simulate(text);
    // A call every 10 ms, a token every 25 ms: every third call from the first on finds one, 334 of 1000.
    assert_eq!(service(&report, "remote").throttled, 666);
    assert_eq!(report.totals.lost, 666);
    assert_eq!((report.faults[0].touched, report.faults[1].touched), (666, 0));
    assert!(report.notes.iter().any(|note| note.contains("throttle remote") && note.contains("touched nothing")));
}

/// A full queue does what its overflow rule says; one without a limit, and a whole broker, lets its publishers wait.
#[test]
fn full_queues_do_what_they_say() {
    let fault = "{ at: 20.005s, for: 10s, full: line }";
    let rejects = simulate(&flow(", max_length: 100000, overflow: reject-publish", "", fault));
    assert_eq!((rejects.totals.lost, queue(&rejects, "line").rejected, rejects.faults[0].touched), (1000, 1000, 1000));
    let dead = simulate(&flow(", max_length: 100000, overflow: reject-publish-dlx, dead_letter: dead", "", fault));
    assert_eq!((dead.totals.lost, dead.totals.dead_lettered, queue(&dead, "dead").dead_letters), (0, 1000, 1000));
    for (line, fault) in
        [("", fault), (", max_length: 100000, overflow: reject-publish", "{ at: 20.005s, for: 10s, full: mq }")]
    {
        let waits = simulate(&flow(line, "", fault));
        assert_eq!((waits.totals.lost, waits.totals.completed, waits.faults[0].touched), (0, 10_000, 1000));
        let longest = waits.end_to_end.max.unwrap();
        assert!((longest / 9_995.0 - 1.0).abs() < 0.002, "{longest}");
    }
}

/// A full queue that drops its head keeps as many as wait when it begins.
#[test]
fn a_full_queue_that_drops_its_head() {
    let slow = ", service_time: 10s";
    let report = simulate(&flow(
        ", max_length: 100000, overflow: drop-head, dead_letter: dead",
        slow,
        "{ at: 20.005s, for: 10s, full: line }",
    ));
    // 1000 publishes, each of which drops one, while 100 servers take 10 messages a second.
    assert_eq!(queue(&report, "line").dropped, 1000);
    assert_eq!(report.totals.dead_lettered, 1000);
}
