//! The same numbers, whatever should not change them.

mod common;

use common::*;

const NODES: &[&str] = &[
    "shop: { kind: producer, load: { poisson: 50/s }, publishes: [{ to: orders, key: { zipf: { keys: 100, s: 1.0 } } }] }",
    "cron: { kind: producer, load: { constant: 50/s }, publishes: [{ to: jobs, count: 2 }] }",
    "orders: { kind: topic, broker: kafka, partitions: 6 }",
    "jobs: { kind: queue, max_length: 50 }",
    "dead: { kind: queue }",
    "payment: { kind: consumer, subscribes: [{ from: orders }], instances: 2, concurrency: 2, service_time: { lognormal: { mean: 10ms, cv: 1 } }, failure: { rate: 5% }, timeout: 1s, retry: { attempts: 3, backoff: { exponential: { first: 20ms, jitter: full } } }, dead_letter: dead, calls: [{ service: card, timeout: 200ms, retry: { attempts: 2, backoff: 10ms } }], publishes: [{ to: jobs, probability: 50% }] }",
    "card: { kind: service, latency: { gamma: { mean: 20ms, cv: 0.8 } }, concurrency: 3, failure: { rate: 1% } }",
    "worker: { kind: consumer, subscribes: [{ from: jobs }], concurrency: 2, service_time: { exponential: 12ms } }",
    "alone: { kind: producer, load: { poisson: 80/s }, publishes: [{ to: aside }] }",
    "aside: { kind: queue }",
    "hermit: { kind: consumer, subscribes: [{ from: aside }], service_time: { exponential: 10ms } }",
];

fn flow(nodes: &[&str]) -> String {
    let mut text = String::from("thalweg: 1\nname: Mixed\nnodes:\n");
    for node in nodes {
        text.extend(["  ", *node, "\n"]);
    }
    text + "scenarios:
  default:
    duration: 60s
    warmup: 5s
    replications: 6
    seed: 77
    faults:
      - { at: 20s, for: 5s, crash: payment, instances: 1 }
      - { at: { exponential: 10s }, for: { exponential: 2s }, every: { exponential: 10s }, slow: card, factor: 3 }
"
}

#[test]
fn threads_change_nothing() {
    let one = simulate_on(&flow(NODES), 1);
    for threads in [2, 4] {
        let mut other = simulate_on(&flow(NODES), threads);
        (other.wall_s, other.events_per_s) = (one.wall_s, one.events_per_s);
        assert_eq!(one.digest, other.digest, "{threads} threads");
        // The curves hold no NaN but where nothing ended, which is `None` here.
        assert_eq!(one, other, "{threads} threads");
    }
}

#[test]
fn the_order_of_nodes_changes_nothing() {
    let one = simulate(&flow(NODES));
    let mut turned: Vec<&str> = NODES.to_vec();
    turned.reverse();
    turned.swap(2, 7);
    let other = simulate(&flow(&turned));
    assert_eq!(one.digest, other.digest);
    for (name, node) in &one.nodes {
        assert_eq!(node, &other.nodes[name], "{name}");
    }
}

#[test]
fn a_branch_does_not_feel_changes_elsewhere() {
    let one = simulate(&flow(NODES));
    let changed: Vec<String> = NODES
        .iter()
        .map(|node| node.replace("mean: 20ms", "mean: 45ms").replace("poisson: 50/s", "poisson: 70/s"))
        .collect();
    let changed: Vec<&str> = changed.iter().map(String::as_str).collect();
    let other = simulate(&flow(&changed));
    assert_ne!(one.digest, other.digest);
    for name in ["alone", "aside", "hermit"] {
        assert_eq!(one.nodes[name], other.nodes[name], "{name}");
    }
}

#[test]
fn seeds_and_replications_differ() {
    let one = simulate(&flow(NODES));
    let other = simulate(&flow(NODES).replace("seed: 77", "seed: 78"));
    assert_ne!(one.digest, other.digest);
    let single = simulate(&flow(NODES).replace("replications: 6", "replications: 1"));
    assert_eq!(single.ci_from.name(), "batch means");
    assert!(consumer(&single, "hermit").wait.ci95.is_some());
}

/// A longer run begins like a shorter one: the first part of its curves is the same.
#[test]
fn the_beginning_does_not_depend_on_the_end() {
    let short = simulate(&flow(NODES));
    let long = simulate(&flow(NODES).replace("duration: 60s", "duration: 120s"));
    // Buckets of 100 ms and of 200 ms: compare what was produced up to 60 s.
    let until = |series: &thalweg_sim::Series| -> f64 {
        let buckets = (60.0 / series.bucket_s).round() as usize;
        series.flow.produced_per_s[..buckets].iter().map(|v| f64::from(*v)).sum::<f64>() * series.bucket_s
    };
    assert!((until(&short.series) - until(&long.series)).abs() < 0.01);
}
