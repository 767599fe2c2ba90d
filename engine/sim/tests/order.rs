//! Order per key: one message of a key at a time, other keys pass, and a failing key blocks itself only. That completions
//! of a key come in the order of their publishes is audited in every run.

mod common;

use common::*;

fn flow(channel: &str, key: &str, consumer: &str, load: &str, scenario: &str) -> String {
    format!(
        "thalweg: 1
name: Keys
nodes:
  source: {{ kind: producer, load: {{ {load} }}, publishes: [{{ to: line, key: {key} }}] }}
  line: {{ {channel} }}
  server: {{ kind: consumer, subscribes: [{{ from: line }}]{consumer} }}
scenarios:
  default: {{ {scenario} }}
"
    )
}

const CHANNELS: [(&str, &str); 5] = [
    ("kind: queue, ordering: per-key", ""),
    ("kind: queue, broker: sqs, ordering: per-key, visibility_timeout: 10m", ""),
    ("kind: topic, ordering: per-key", ""),
    ("kind: topic, broker: pubsub, ordering: per-key", ""),
    ("kind: queue", ", order: per-key"),
];

/// With one key only, ten servers are one: M/M/1 at ρ = 0.8, not M/M/10.
#[test]
fn one_key_is_one_server() {
    for (channel, order) in CHANNELS {
        let server = format!("{order}, concurrency: 10, service_time: {{ exponential: 10ms }}");
        let scenario = "duration: 2000s, warmup: 100s, replications: 30, seed: 51";
        let report = simulate(&flow(channel, "{ uniform: { keys: 1 } }", &server, "poisson: 80/s", scenario));
        agrees(channel, &consumer(&report, "server").wait, 40.0, 0.03);
    }
}

/// With a key for every message, order costs nothing: M/M/3.
#[test]
fn keys_of_their_own_do_not_wait_for_each_other() {
    let server = ", concurrency: 3, service_time: { exponential: 10ms }";
    let scenario = "duration: 700s, warmup: 50s, replications: 30, seed: 52";
    let report = simulate(&flow(CHANNELS[0].0, "unique", server, "poisson: 240/s", scenario));
    agrees("Wq", &consumer(&report, "server").wait, 10.786_517, 0.05);
}

/// One server works in the order of arrival whatever the keys: M/D/1 with all its variance, Wq = 20 ms.
#[test]
fn one_server_sees_no_difference() {
    let scenario = "duration: 2000s, warmup: 100s, replications: 30, seed: 53";
    let run = |channel: &str| {
        let key = "{ zipf: { keys: 50, s: 1 } }";
        simulate(&flow(channel, key, ", service_time: 10ms", "poisson: 80/s", scenario))
    };
    let (ordered, plain) = (run(CHANNELS[0].0), run("kind: queue"));
    agrees("Wq", &consumer(&ordered, "server").wait, 20.0, 0.03);
    assert_eq!(consumer(&ordered, "server").wait, consumer(&plain, "server").wait);
}

/// A message that waits 10 s for its next attempt keeps back its own key, about 1/20 of what comes meanwhile.
#[test]
fn a_failing_key_blocks_only_itself() {
    let server = ", concurrency: 4, service_time: 1ms, retry: { attempts: 5, backoff: 10s }";
    let scenario = "duration: 30s, replications: 1, seed: 54, \
                    faults: [{ at: 5s, for: 5ms, errors: server, rate: 100% }], expect: [lag(line/server) < 100000]";
    let report = simulate(&flow(CHANNELS[0].0, "{ uniform: { keys: 20 } }", server, "constant: 100/s", scenario));
    let failed = consumer(&report, "server").failed_attempts;
    assert_eq!(failed, 1);
    // 1000 messages come in the 10 s; of one key of twenty that is 50, give or take its chance (σ = 6.9).
    let lag = report.expectations[0].worst.expect("a lag");
    assert!((25.0..=75.0).contains(&lag), "{lag}");
    assert!(queue(&report, "line").depth.max.expect("a depth") >= 25);
    assert_eq!(report.totals.lost, 0);
    assert_eq!(report.totals.completed + report.totals.in_flight, report.totals.produced);
}

/// Retries, crashes and many servers: the audit of every run proves that keys stay in order.
#[test]
fn order_survives_failures() {
    for (channel, order) in CHANNELS {
        let server = format!(
            "{order}, instances: 3, concurrency: 4, service_time: {{ exponential: 20ms }}, failure: {{ rate: 10% }}, \
             retry: {{ attempts: 8, backoff: {{ exponential: {{ first: 10ms, jitter: full }} }}, requeue: back }}"
        );
        let scenario = "duration: 200s, replications: 2, seed: 55, \
                        faults: [{ at: 20s, for: 2s, every: 10s, crash: server, instances: 2 }]";
        let report = simulate(&flow(channel, "{ zipf: { keys: 30, s: 0.8 } }", &server, "poisson: 100/s", scenario));
        assert!(consumer(&report, "server").retries > 1000, "{channel}");
    }
}
