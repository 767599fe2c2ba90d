//! Random small flows with faults: every run audits itself (messages are conserved, lags integrate to the time that
//! messages spent, no partition is forgotten), so that a run that ends with a report has passed.

mod common;

use common::*;
use proptest::prelude::*;
use thalweg_sim::{Files, Plan, RunOptions, SimError, run};

fn load() -> impl Strategy<Value = String> {
    prop_oneof![
        (1..400_u32).prop_map(|r| format!("poisson: {r}/s")),
        (1..400_u32).prop_map(|r| format!("constant: {r}/s")),
        (0..200_u32, 1..300_u32).prop_map(|(a, b)| format!("ramp: {{ from: {a}/s, to: {b}/s, over: 10s }}")),
        (1..100_u32, 1..500_u32).prop_map(|(a, b)| format!("spike: {{ base: {a}/s, peak: {b}/s, at: 5s, for: 2s }}")),
        (1..200_u32).prop_map(|r| format!("sine: {{ mean: {r}/s, amplitude: {r}/s, period: 7s }}")),
        (1..300_u32).prop_map(|r| format!("bursts: {{ on: 1s, off: 2s, rate: {r}/s }}")),
        (1..20_u32).prop_map(|n| format!("batch: {{ size: {n}, every: 200ms }}")),
        (1..20_u32).prop_map(|n| format!("closed: {{ users: {n}, think_time: {{ exponential: 50ms }} }}")),
        (1..100_u32).prop_map(|r| format!(
            "steps: [{{ at: 1s, rate: {r}/s }}, {{ at: 8s, rate: 0/s }}, {{ at: 9s, rate: 50/s }}]"
        )),
    ]
}

/// A channel, and what a subscription to it says.
fn channel() -> impl Strategy<Value = (String, String)> {
    prop_oneof![kafka(), plain_channel().prop_map(|channel| (channel, String::new()))]
}

fn kafka() -> impl Strategy<Value = (String, String)> {
    let rules = prop_oneof![
        Just(""),
        Just(", session_timeout: 2s, rebalance_time: 500ms"),
        Just(", session_timeout: 3s, assignment: cooperative, commit: batch, max_poll_interval: 100ms"),
        Just(", session_timeout: 2s, static_membership: true, commit_interval: 1s, rebalance_time: 0s"),
        Just(
            ", session_timeout: 1s, commit: batch, max_poll_records: 7, max_poll_interval: 30ms, rebalance_time: 100ms"
        ),
        Just(", session_timeout: 4s, commit: message, assignment: cooperative"),
    ];
    (1..7_u32, rules).prop_map(|(p, rules)| (format!("kind: topic, broker: kafka, partitions: {p}"), rules.to_owned()))
}

fn plain_channel() -> impl Strategy<Value = String> {
    prop_oneof![
        (1..7_u32).prop_map(|p| format!("kind: topic, partitions: {p}")),
        Just("kind: topic".to_owned()),
        Just("kind: queue".to_owned()),
        (0..50_u32, 0..3_usize).prop_map(|(n, o)| {
            let overflow = ["drop-head", "reject-publish", "reject-publish-dlx"][o];
            format!("kind: queue, max_length: {n}, overflow: {overflow}, dead_letter: dead")
        }),
        (1..500_u32).prop_map(|ttl| format!("kind: queue, message_ttl: {ttl}ms")),
        Just("kind: topic, ordering: per-key".to_owned()),
        Just("kind: queue, ordering: per-key, message_ttl: 300ms, max_length: 30, dead_letter: dead".to_owned()),
        (1..6_u32).prop_map(|n| format!("kind: queue, delivery_limit: {n}, dead_letter: dead")),
    ]
}

fn handler() -> impl Strategy<Value = String> {
    let retry = prop_oneof![
        Just(", retry: { attempts: 3, backoff: { exponential: { first: 10ms, jitter: decorrelated } } }".to_owned()),
        Just(", retry: { attempts: 2, backoff: 0s, requeue: back }".to_owned()),
        Just(", retry: { attempts: unlimited, backoff: [5ms, 100ms], requeue: back }, timeout: 60ms".to_owned()),
        Just(", retry: { attempts: 4, backoff: 50ms }, dead_letter: dead, timeout: 40ms".to_owned()),
    ];
    let call = prop_oneof![
        Just(String::new()),
        Just(", calls: [{ service: remote }]".to_owned()),
        Just(", calls: [{ service: remote, timeout: 30ms, retry: { attempts: 3, backoff: 1ms } }, { service: local, probability: 50% }]".to_owned()),
        Just(", calls: [{ service: remote, timeout: 25ms, breaker: { failures: 3, within: 1s, open: 500ms } }]".to_owned()),
    ];
    (0..4_u32, 1..4_u32, 0..30_u32, 0..40_u32, retry, call).prop_map(|(instances, concurrency, work, failure, retry, call)| {
        let instances = instances.max(1);
        format!(
            "kind: consumer, instances: {instances}, concurrency: {concurrency}, service_time: {{ exponential: {}ms }}, \
             failure: {{ rate: {failure}%, poison: 1% }}{retry}{call}",
            work.max(1)
        )
    })
}

/// Of both handlers: those that share a queue agree on it.
fn batch() -> impl Strategy<Value = &'static str> {
    prop_oneof![
        2 => Just(""),
        1 => Just(", batch: { size: 5, wait: 50ms }"),
        1 => Just(", batch: { size: 3, wait: 0s }"),
    ]
}

fn faults() -> impl Strategy<Value = String> {
    let fault = prop_oneof![
        Just("crash: one".to_owned()),
        Just("crash: two, instances: 1".to_owned()),
        Just("crash: remote".to_owned()),
        Just("outage: remote".to_owned()),
        Just("outage: first".to_owned()),
        Just("outage: second".to_owned()),
        Just("slow: one, factor: 5".to_owned()),
        Just("slow: remote, factor: 0.5".to_owned()),
        Just("errors: two, rate: 50%".to_owned()),
        Just("errors: remote, rate: 90%".to_owned()),
    ];
    let timed = (fault, 0..15_u32, 1..8_u32, prop::bool::ANY).prop_map(|(fault, at, length, again)| {
        let again = if again { ", every: { exponential: 2s }" } else { "" };
        format!("{{ at: {at}s, for: {length}s{again}, {fault} }}")
    });
    prop::collection::vec(timed, 0..4).prop_map(|list| list.join(", "))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn runs_end_with_a_clean_audit(
        load in load(), more in load(), first in channel(), second in channel(),
        one in handler(), two in handler(), batch in batch(), faults in faults(), seed in 0_u64..1000,
    ) {
        let (first, says) = first;
        let (second, also_says) = second;
        let text = format!(
            "thalweg: 1
name: Random
nodes:
  source: {{ kind: producer, load: {{ {load} }}, publishes: [{{ to: first, key: {{ uniform: {{ keys: 20 }} }} }}] }}
  also: {{ kind: producer, load: {{ {more} }}, publishes: [{{ to: second, probability: 70%, delay: {{ exponential: 20ms }} }}] }}
  first: {{ {first} }}
  second: {{ {second} }}
  dead: {{ kind: queue }}
  one: {{ {one}{batch}, subscribes: [{{ from: first{says} }}], publishes: [{{ to: second, probability: 50% }}] }}
  two: {{ {two}{batch}, subscribes: [{{ from: second{also_says} }}, {{ from: first, group: other{says} }}] }}
  remote: {{ kind: service, latency: {{ exponential: 10ms }}, concurrency: 2, rate_limit: 300/s, failure: {{ rate: 2% }} }}
  local: {{ kind: service, latency: 1ms }}
scenarios:
  default: {{ duration: 20s, warmup: 2s, replications: 2, seed: {seed}, faults: [{faults}] }}
"
        );
        let plan = Plan::compile(&resolved(&text), &Files::new());
        let plan = plan.map_err(|refusals| TestCaseError::fail(format!("{refusals:?}\n{text}")))?;
        match run(&plan, &RunOptions { threads: 1, event_budget: 20_000_000, ..RunOptions::default() }, &()) {
            Ok(report) => {
                let totals = report.totals;
                prop_assert_eq!(totals.produced, totals.completed + totals.dead_lettered + totals.lost + totals.in_flight);
                prop_assert!(report.end_to_end.count <= totals.produced);
            }
            // Messages that cannot succeed, tried without limit: more work than there is time for is no bug.
            Err(SimError::OverBudget { .. } | SimError::TooLarge { .. }) => {}
            Err(error) => return Err(TestCaseError::fail(format!("{error}\n{text}"))),
        }
    }
}
