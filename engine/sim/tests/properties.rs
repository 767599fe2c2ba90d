//! What must hold for any flow: threads change nothing, strangers change nothing, more servers and more time between
//! arrivals never hurt. Conservation is in `conservation.rs`.
//!
//! The last two are known of every single message of a queue that is served in order of arrival (Kiefer and Wolfowitz
//! 1955): its wait is the smaller the more servers there are, and the larger the gaps between arrivals. With common random
//! numbers, arrivals given by a list, and a run that is long enough for all of them, both therefore hold without chance.

mod common;

use std::fmt::Write as _;

use common::*;
use proptest::prelude::*;
use thalweg_sim::{Files, Latency, Plan, Report, RunOptions, run};

fn service_time() -> impl Strategy<Value = String> {
    prop_oneof![
        (1..30_u32).prop_map(|ms| format!("{ms}ms")),
        (1..30_u32).prop_map(|ms| format!("{{ exponential: {ms}ms }}")),
        (1..30_u32, 1..4_u32).prop_map(|(ms, cv)| format!("{{ lognormal: {{ mean: {ms}ms, cv: {cv} }} }}")),
        (1..30_u32).prop_map(|ms| format!("{{ uniform: [0ms, {ms}ms] }}")),
    ]
}

/// Gaps between arrivals in milliseconds.
fn gaps() -> impl Strategy<Value = Vec<u32>> {
    prop::collection::vec(0..30_u32, 50..400)
}

/// Messages that arrive with these gaps, each stretched by `stretch`, at a queue with so many servers.
fn served(gaps: &[u32], stretch: u32, servers: u32, service: &str) -> Report {
    let mut csv = String::new();
    let mut at = 0;
    for gap in gaps {
        at += gap * stretch;
        let _ = writeln!(csv, "{at}ms");
    }
    let text = station(
        "replay: arrivals.csv",
        "",
        &format!(", concurrency: {servers}, service_time: {service}"),
        "duration: 1h, replications: 1, seed: 5",
    );
    let files = Files::from_iter([("arrivals.csv".to_owned(), csv)]);
    let plan = Plan::compile(&resolved(&text), &files).unwrap_or_else(|refusals| panic!("{refusals:?}"));
    let report = run(&plan, &RunOptions { threads: 1, ..RunOptions::default() }, &());
    let report = report.unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(report.totals.completed, gaps.len() as u64, "all were served");
    report
}

/// No greater in the mean, in any quantile that is shown, and at worst; rounding of sums aside.
fn is_no_greater(less: &Latency, more: &Latency) -> bool {
    let pairs = [
        (less.mean, more.mean),
        (less.p50, more.p50),
        (less.p95, more.p95),
        (less.p99, more.p99),
        (less.max, more.max),
    ];
    pairs.into_iter().all(|(a, b)| matches!((a, b), (Some(a), Some(b)) if a <= b + 1e-9))
}

const NODES: [&str; 3] = [
    "  news: { kind: topic, broker: kafka, partitions: 4 }
  jobs: { kind: queue, max_length: 30 }
  remote: { kind: service, latency: { exponential: 5ms }, concurrency: 2, failure: { rate: 3% } }
",
    // What others change.
    "  source: { kind: producer, load: { poisson: RATE/s }, publishes: [{ to: news, key: { uniform: { keys: 50 } } }] }
  reader: { kind: consumer, subscribes: [{ from: news }], instances: INSTANCES, service_time: WORK, failure: { rate: FAIL% }, retry: { attempts: 3, backoff: { exponential: { first: 5ms, jitter: full } } }, calls: [{ service: remote, timeout: 40ms }], publishes: [{ to: jobs }] }
  worker: { kind: consumer, subscribes: [{ from: jobs }], concurrency: 2, service_time: WORK }
",
    "  stranger: { kind: producer, load: { poisson: 60/s }, publishes: [{ to: aside, key: { zipf: { keys: 20, s: 1.0 } } }] }
  aside: { kind: topic, broker: kafka, partitions: 3 }
  hermit: { kind: consumer, subscribes: [{ from: aside }], instances: 2, service_time: { exponential: 12ms }, failure: { rate: 5% }, retry: { attempts: 2, backoff: { exponential: { first: 5ms, jitter: equal } } } }
",
];

#[derive(Debug, Clone)]
struct Choice {
    rate: u32,
    instances: u32,
    work: String,
    fail: u32,
}

fn choice() -> impl Strategy<Value = Choice> {
    (1..200_u32, 1..6_u32, service_time(), 0..40_u32).prop_map(|(rate, instances, work, fail)| Choice {
        rate,
        instances,
        work,
        fail,
    })
}

fn mixed(choice: &Choice, seed: u64) -> String {
    let mut nodes = NODES.concat();
    for (name, value) in [
        ("RATE", choice.rate.to_string()),
        ("INSTANCES", choice.instances.to_string()),
        ("WORK", choice.work.clone()),
        ("FAIL", choice.fail.to_string()),
    ] {
        nodes = nodes.replace(name, &value);
    }
    format!(
        "thalweg: 1
name: Mixed
nodes:
{nodes}scenarios:
  default: {{ duration: 20s, warmup: 2s, replications: 3, seed: {seed}, faults: [{{ at: 5s, for: 3s, crash: reader }}] }}
"
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn more_servers_never_hurt(gaps in gaps(), servers in 1..6_u32, more in 1..4_u32, service in service_time()) {
        let few = served(&gaps, 1, servers, &service);
        let many = served(&gaps, 1, servers + more, &service);
        prop_assert!(is_no_greater(&consumer(&many, "server").wait, &consumer(&few, "server").wait));
        prop_assert!(is_no_greater(&consumer(&many, "server").sojourn, &consumer(&few, "server").sojourn));
    }

    #[test]
    fn a_lower_load_never_hurts(gaps in gaps(), servers in 1..4_u32, stretch in 2..4_u32, service in service_time()) {
        let high = served(&gaps, 1, servers, &service);
        let low = served(&gaps, stretch, servers, &service);
        prop_assert!(is_no_greater(&consumer(&low, "server").wait, &consumer(&high, "server").wait));
        prop_assert!(is_no_greater(&low.end_to_end, &high.end_to_end));
    }

    #[test]
    fn threads_change_nothing(choice in choice(), seed in 0_u64..1000, threads in 2..5_usize) {
        let text = mixed(&choice, seed);
        let one = simulate_on(&text, 1);
        let mut other = simulate_on(&text, threads);
        (other.wall_s, other.events_per_s) = (one.wall_s, one.events_per_s);
        prop_assert_eq!(one, other);
    }

    #[test]
    fn strangers_change_nothing(here in choice(), there in choice(), seed in 0_u64..1000) {
        let (here, there) = (simulate(&mixed(&here, seed)), simulate(&mixed(&there, seed)));
        for name in ["stranger", "aside", "hermit"] {
            prop_assert_eq!(&here.nodes[name], &there.nodes[name], "{}", name);
        }
    }
}
