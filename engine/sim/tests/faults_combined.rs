//! Faults of any kinds at once: they compose, each ends rightly, and nothing is left of them. The audit of every run checks
//! conservation, Little's law, and that no fault that ended left anything behind.

mod common;

use common::*;
use proptest::prelude::*;

const KINDS: [&str; 25] = [
    "crash: server, instances: 1",
    "crash: server",
    "crash: remote",
    "slow: server, factor: 3",
    "slow: remote, factor: 5",
    "errors: server, rate: 30%",
    "errors: remote, rate: 30%",
    "outage: line",
    "outage: log",
    "outage: remote",
    "outage: mq",
    "cut: source -> line",
    "cut: line -> server",
    "cut: log -> reader",
    "cut: server -> remote",
    "cut: server -> dead",
    "latency: source -> log, add: { exponential: 300ms }",
    "latency: log -> reader, add: { exponential: 300ms }",
    "latency: server -> remote, add: { exponential: 300ms }",
    "latency: server, add: 50ms",
    "duplicate: line, share: 20%",
    "poison: log, share: 10%",
    "schema_break: order.placed",
    "throttle: server, limit: 20/s",
    "throttle: line, limit: 20/s",
];
const MORE: [&str; 5] = [
    "full: line",
    "full: mq",
    "throttle: remote, limit: 20/s",
    "poison: reader, share: 10%",
    "throttle: reader, limit: 20/s",
];

fn flow(faults: &str) -> String {
    format!(
        "thalweg: 1
name: Combined
brokers: {{ mq: {{ kind: generic }} }}
events: {{ order.placed: {{ version: 1.0.0 }} }}
nodes:
  source:
    kind: producer
    load: {{ poisson: 60/s }}
    publishes: [{{ to: line, event: order.placed }}, {{ to: log, event: order.placed, key: {{ uniform: {{ keys: 100 }} }} }}]
  line: {{ kind: queue, broker: mq, max_length: 50, overflow: drop-head, message_ttl: 5s }}
  log: {{ kind: topic, partitions: 5 }}
  dead: {{ kind: queue, broker: mq }}
  server:
    kind: consumer
    subscribes: [{{ from: line }}]
    instances: 2
    concurrency: 2
    service_time: {{ exponential: 20ms }}
    timeout: 2s
    retry: {{ attempts: 3, backoff: 100ms }}
    dead_letter: dead
    calls: [{{ service: remote, timeout: 1s, breaker: {{ failures: 5, within: 5s, open: 1s }} }}]
  helper: {{ kind: consumer, subscribes: [{{ from: line }}], service_time: {{ exponential: 20ms }}, retry: {{ attempts: 2 }}, calls: [{{ service: remote }}] }}
  reader: {{ kind: consumer, subscribes: [{{ from: log }}, {{ from: dead }}], instances: 3, service_time: {{ exponential: 10ms }}, retry: {{ attempts: 3 }} }}
  remote: {{ kind: service, latency: {{ exponential: 20ms }}, concurrency: 3 }}
scenarios:
  default: {{ duration: 40s, replications: 1, seed: 9, faults: [{faults}] }}
"
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn any_faults_compose_and_end(
        drawn in prop::collection::vec((0..KINDS.len() + MORE.len(), 0_u32..20_000, 1_u32..8_000, prop::option::of(1_u32..5_000)), 1..12),
    ) {
        let faults: Vec<String> = drawn
            .iter()
            .map(|&(kind, at, length, every)| {
                let kind = KINDS.iter().chain(&MORE).nth(kind).unwrap();
                let every = every.map_or(String::new(), |every| format!(", every: {every}ms"));
                format!("{{ at: {at}ms, for: {length}ms, {kind}{every} }}")
            })
            .collect();
        let report = simulate_on(&flow(&faults.join(", ")), 1);
        prop_assert!(report.totals.completed > 0);
        for fault in &report.faults {
            prop_assert!(fault.fired >= 1);
        }
    }
}

/// With all kinds at once in the first half, everything goes on as before in the second.
#[test]
fn after_all_faults_have_ended_work_goes_on() {
    let all: Vec<String> = KINDS.iter().chain(&MORE).map(|kind| format!("{{ at: 1s, for: 9s, {kind} }}")).collect();
    let report = simulate(&flow(&all.join(", ")));
    assert_eq!(report.faults.len(), KINDS.len() + MORE.len());
    let bucket = report.series.bucket_s;
    let last: Vec<f32> = report.series.flow.lag.iter().copied().skip((35.0 / bucket) as usize).collect();
    let mean = f64::from(last.iter().sum::<f32>()) / last.len() as f64;
    assert!(mean < 30.0, "lag of {mean} long after the faults");
    assert!(report.totals.in_flight < 60, "{}", report.totals.in_flight);
}
