//! Random limits of brokers with random faults: every run audits its books (places taken, what topics keep, the bytes of a
//! broker's queues, and all that every run audits), so that a run that ends with a report has passed.

mod common;

use common::*;
use proptest::prelude::*;
use thalweg_sim::{RunOptions, SimError, run};

/// A topic, whether a second group may read it, and what a subscription says.
fn topic() -> impl Strategy<Value = (String, bool, String)> {
    let kept = (
        prop::option::of(1..40_u32).prop_map(|n| n.map_or(String::new(), |n| format!(", max_length: {n}"))),
        prop::option::of(2..40_u32).prop_map(|n| n.map_or(String::new(), |n| format!(", max_bytes: {n}kB"))),
        prop::option::of(1..5000_u32).prop_map(|n| n.map_or(String::new(), |n| format!(", retention: {n}ms"))),
        prop::sample::select(vec!["", ", discard: new", ", discard: old"]),
        prop::sample::select(vec!["limits", "interest", "work-queue"]),
    );
    let jetstream =
        (kept, pending(), prop::bool::ANY).prop_map(|((length, bytes, age, discard, policy), says, per_key)| {
            let order = if per_key { ", ordering: per-key" } else { "" };
            let topic =
                format!("kind: topic, broker: nats{length}{bytes}{age}{discard}, retention_policy: {policy}{order}");
            (topic, policy != "work-queue", says)
        });
    let kafka = (1..4_u32, 2..30_u32, 1..5000_u32).prop_map(|(partitions, bytes, age)| {
        let topic =
            format!("kind: topic, broker: kafka, partitions: {partitions}, max_bytes: {bytes}kB, retention: {age}ms");
        (topic, true, ", session_timeout: 1s, rebalance_time: 200ms, commit: batch, max_poll_records: 7".to_owned())
    });
    let generic = (1..4_u32, 1..30_u32).prop_map(|(partitions, length)| {
        (format!("kind: topic, partitions: {partitions}, max_length: {length}"), true, String::new())
    });
    prop_oneof![2 => jetstream, 1 => kafka, 1 => generic]
}

/// What a JetStream subscription says of deliveries.
fn pending() -> impl Strategy<Value = String> {
    let rules = prop::sample::select(vec![
        "",
        ", ack_deadline: 20ms",
        ", ack_deadline: 30ms, max_deliveries: 2",
        ", backoff: [10ms, 50ms], max_deliveries: 4",
    ]);
    (prop::option::of(1..6_u32), rules).prop_map(|(places, rules)| {
        places.map_or(rules.to_owned(), |places| format!(", max_ack_pending: {places}{rules}"))
    })
}

/// A queue, and what a subscription says.
fn queue() -> impl Strategy<Value = (String, String)> {
    prop_oneof![
        Just(("kind: queue, broker: rabbit, dead_letter: dead, message_ttl: 300ms".to_owned(), String::new())),
        (1..6_u32).prop_map(|n| ("kind: queue, broker: rabbit, max_length: 20".to_owned(), format!(", prefetch: {n}"))),
        Just(("kind: queue, broker: rabbit, delivery_limit: 3, dead_letter: dead".to_owned(), String::new())),
        (1..6_u32).prop_map(|n| (
            "kind: queue, broker: plain, ordering: per-key".to_owned(),
            format!(", max_ack_pending: {n}")
        )),
        pending().prop_map(|says| ("kind: queue, broker: nats".to_owned(), says)),
        Just(("kind: queue, broker: sqs, visibility_timeout: 100ms".to_owned(), String::new())),
    ]
}

fn handler() -> impl Strategy<Value = String> {
    let retry = prop::sample::select(vec![
        "",
        ", retry: { attempts: 3, backoff: 20ms }",
        ", retry: { attempts: 2, backoff: 0s, requeue: back }",
        ", retry: { attempts: unlimited, backoff: [5ms, 50ms], requeue: back }, timeout: 60ms",
        ", retry: { attempts: 4, backoff: 50ms }, dead_letter: dead",
    ]);
    let batch = prop::sample::select(vec!["", "", ", batch: { size: 4, wait: 20ms }"]);
    (1..4_u32, 1..6_u32, 1..40_u32, 0..30_u32, retry, batch).prop_map(
        |(instances, places, work, failure, retry, batch)| {
            format!(
                "instances: {instances}, concurrency: {places}, service_time: {{ exponential: {work}ms }}, \
             failure: {{ rate: {failure}% }}{retry}{batch}"
            )
        },
    )
}

fn faults() -> impl Strategy<Value = String> {
    let fault = prop::sample::select(vec![
        "crash: one",
        "crash: one, instances: 1",
        "crash: two",
        "outage: stream",
        "outage: line",
        "outage: rabbit",
        "cut: stream -> one",
        "cut: line -> two",
        "cut: source -> line",
        "duplicate: stream, share: 20%",
        "duplicate: line, share: 20%",
        "full: rabbit",
        "throttle: line, limit: 20/s",
        "throttle: two, limit: 10/s",
        "errors: one, rate: 50%",
        "slow: two, factor: 5",
        "latency: source -> line, add: { exponential: 200ms }",
    ]);
    let timed =
        (fault, 0..8_u32, 1..5_u32).prop_map(|(fault, at, length)| format!("{{ at: {at}s, for: {length}s, {fault} }}"));
    prop::collection::vec(timed, 0..5).prop_map(|list| list.join(", "))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn books_of_limits_are_kept_under_all_faults(
        rate in 1..150_u32, stream in topic(), line in queue(), one in handler(), two in handler(),
        memory in 1..40_u32, latency in prop::bool::ANY, faults in faults(), seed in 0_u64..1000,
    ) {
        let (stream, shared, says) = stream;
        let (line, also_says) = line;
        let other = if shared { format!("  other: {{ kind: consumer, subscribes: [{{ from: stream{says} }}], service_time: 40ms }}\n") } else { String::new() };
        let travels = if latency { ", publish_latency: 3ms, delivery_latency: 5ms" } else { "" };
        let text = format!(
            "thalweg: 1
name: Limits
brokers:
  rabbit: {{ kind: rabbitmq, memory_limit: {memory}kB{travels} }}
  plain: {{ kind: generic, memory_limit: {memory}kB }}
nodes:
  source:
    kind: producer
    load: {{ poisson: {rate}/s }}
    publishes:
      - {{ to: stream, key: {{ uniform: {{ keys: 20 }} }}, size: 500B }}
      - {{ to: hub, key: {{ uniform: {{ keys: 5 }} }}, size: 700B }}
      - {{ to: line, probability: 50%, delay: {{ exponential: 20ms }} }}
  relayed: {{ kind: producer, load: {{ constant: 5/s }}, outbox: {{ every: 50ms, batch: 3 }}, publishes: [{{ to: stream }}, {{ to: line }}] }}
  stream: {{ {stream} }}
  hub: {{ kind: exchange, broker: rabbit, routes: [{{ to: line }}, {{ to: copy }}] }}
  line: {{ {line} }}
  copy: {{ kind: queue, broker: rabbit, max_length: 5 }}
  dead: {{ kind: queue, broker: rabbit }}
  one: {{ kind: consumer, {one}, subscribes: [{{ from: stream{says} }}], publishes: [{{ to: line, probability: 30%, size: 2kB }}] }}
  two: {{ kind: consumer, {two}, subscribes: [{{ from: line{also_says} }}] }}
{other}scenarios:
  default: {{ duration: 12s, replications: 2, seed: {seed}, faults: [{faults}] }}
"
        );
        let plan = compile(&text).map_err(|refusals| TestCaseError::fail(format!("{refusals:?}\n{text}")))?;
        let options = RunOptions { threads: 1, event_budget: 20_000_000, ..RunOptions::default() };
        match run(&plan, &options, &()) {
            Ok(report) => {
                let totals = report.totals;
                prop_assert_eq!(totals.produced, totals.completed + totals.dead_lettered + totals.lost + totals.in_flight);
            }
            // Messages that cannot succeed, tried without limit: more work than there is time for is no bug.
            Err(SimError::OverBudget { .. } | SimError::TooLarge { .. } | SimError::Stuck { .. }) => {}
            Err(error) => return Err(TestCaseError::fail(format!("{error}\n{text}"))),
        }
    }
}
