//! Autoscaling against fluid arithmetic: everything is constant, so every figure has one answer; and what must hold of any
//! flow that scales.

mod common;

use std::fmt::Write as _;

use common::*;
use proptest::prelude::*;
use thalweg_sim::{Files, Plan, Report, RunOptions, run};

/// 40/s, and 160/s more from 60 s until `until`; instances of 50/s each, 1 to 5 of them, 100 messages for each.
fn spike(until: u32, scaler: &str) -> Report {
    let mut times = String::new();
    for i in 0..(until - 60) * 160 {
        let _ = writeln!(times, "{}us", 60_000_000 + u64::from(i) * 6250 + 3000);
    }
    let text = format!(
        "thalweg: 1
name: Spike
nodes:
  base: {{ kind: producer, load: {{ constant: 40/s }}, publishes: [{{ to: line }}] }}
  rush: {{ kind: producer, load: {{ replay: rush.csv }}, publishes: [{{ to: line }}] }}
  line: {{ kind: queue }}
  server: {{ kind: consumer, subscribes: [{{ from: line }}], service_time: 20ms, autoscale: {{ min: 1, max: 5, target_lag: 100, every: 10s, {scaler} }} }}
scenarios:
  default: {{ duration: 300s, replications: 1 }}
"
    );
    simulate_with(&text, &[("rush.csv", &times)])
}

fn instances(report: &Report, from_s: f64, until_s: f64) -> Vec<f32> {
    let bucket = report.series.bucket_s;
    let curve = &report.series.nodes["server"].instances;
    curve[(from_s / bucket).round() as usize..(until_s / bucket).round() as usize].to_vec()
}

fn all_are(curve: &[f32], value: f32) -> bool {
    !curve.is_empty() && curve.iter().all(|v| (v - value).abs() < 1e-3)
}

fn greatest_lag(report: &Report) -> f64 {
    queue(report, "line").lag.max.map_or(0.0, |max| max as f64)
}

/// From 60 s the lag grows by 200 − 50 = 150/s. The look at 70 s finds 1,500 and asks for 15 instances, of which it gets 5; the
/// four new ones handle from 90 s, when 4,500 wait. They drain 50/s while the rush lasts and 210/s after it: at 170 s there
/// are 500, and 2.4 s later none. The look at 180 s takes four away.
#[test]
fn instances_come_when_they_have_started_and_go_when_there_is_nothing_to_do() {
    let report = spike(170, "cooldown: 60s, start_time: 20s");
    assert!(all_are(&instances(&report, 0.0, 90.0), 1.0));
    assert!(all_are(&instances(&report, 90.0, 180.0), 5.0));
    assert!(all_are(&instances(&report, 180.0, 300.0), 1.0));
    assert!((greatest_lag(&report) - 4_500.0).abs() <= 4.0, "{}", greatest_lag(&report));
    let lag = &report.series.groups["line/server"];
    let at = |s: f64| f64::from(lag[(s / report.series.bucket_s) as usize]);
    assert!((at(170.0) - 500.0).abs() < 120.0, "{}", at(170.0));
    assert!(at(172.0) > 4.0 && at(173.0) < 4.0, "{} {}", at(172.0), at(173.0));
    // 90 s × 5 and 210 s × 1.
    let server = consumer(&report, "server");
    let level = server.instances.expect("it scales");
    assert!((level.mean - 660.0 / 300.0).abs() < 1e-9, "{level:?}");
    assert_eq!(level.max, Some(5));
    // All work there was over the time of all instances; the last one of each that went was finished within 20 ms.
    let work = server.completed as f64 * 0.02;
    assert!((server.utilization.mean - work / 660.0).abs() < 0.001, "{:?}", server.utilization);
    assert_eq!(server.failed_attempts, 0);
}

/// The same when nothing may be taken away for two minutes after 70 s: the look at 190 s does.
#[test]
fn nothing_is_taken_away_within_the_cooldown() {
    let report = spike(170, "cooldown: 2m, start_time: 20s");
    assert!(all_are(&instances(&report, 90.0, 190.0), 5.0));
    assert!(all_are(&instances(&report, 190.0, 300.0), 1.0));
}

/// A rush of 20 s is over before the instances are there that it called for: 3,000 wait, as many as without a scaler. Those that
/// start in a second come when 11 s of it have passed.
#[test]
fn instances_that_start_longer_than_the_rush_come_too_late() {
    let slow = spike(80, "cooldown: 60s, start_time: 40s");
    assert!((greatest_lag(&slow) - 3_000.0).abs() <= 4.0, "{}", greatest_lag(&slow));
    assert!(all_are(&instances(&slow, 60.0, 110.0), 1.0));
    let fast = spike(80, "cooldown: 60s, start_time: 1s");
    assert!((greatest_lag(&fast) - 1_650.0).abs() <= 5.0, "{}", greatest_lag(&fast));
}

/// Starts that are not needed any more are called off: the rush of 2 s leaves 300. At 70 s the 220 that are left ask for three
/// instances, at 80 s the 120 for two; the third one is then not started. The two are up at 85 s, and the look at 90 s takes
/// away what came.
#[test]
fn a_start_is_called_off() {
    for (cooldown, most) in [("5s", 2.0), ("15s", 3.0)] {
        let report = spike(62, &format!("cooldown: {cooldown}, start_time: 15s"));
        assert!(all_are(&instances(&report, 0.0, 85.0), 1.0), "{cooldown}");
        assert!(all_are(&instances(&report, 85.0, 90.0), most), "{cooldown}");
        assert!(all_are(&instances(&report, 90.0, 300.0), 1.0), "{cooldown}");
    }
}

/// Twelve partitions at 1000/s and instances of 400/s. The look at 10 s finds 6,000 and asks for three; they join at 15 s,
/// with 9,000 waiting, and the group deals its partitions for 3 s. Eagerly nobody handles meanwhile: 12,000. Cooperatively the
/// first one goes on with the four that it keeps: 10,800. Of the others each has 4,000 at 18 s either way, which it drains
/// at 400 − 333.3 = 66.7/s by 78 s.
#[test]
fn a_step_of_a_kafka_group_is_a_rebalance() {
    for (assignment, most) in [("eager", 12_000.0), ("cooperative", 10_800.0)] {
        let report = simulate(&format!(
            "thalweg: 1
name: Orders
nodes:
  shop: {{ kind: producer, load: {{ constant: 1000/s }}, publishes: [{{ to: orders }}] }}
  orders: {{ kind: topic, broker: kafka, partitions: 12 }}
  billing: {{ kind: consumer, subscribes: [{{ from: orders, commit: message, assignment: {assignment} }}], service_time: 2.5ms, autoscale: {{ min: 1, max: 3, target_lag: 2000, every: 10s, cooldown: 1h, start_time: 5s }} }}
scenarios:
  default: {{ duration: 120s, replications: 1 }}
"
        ));
        let group = &topic(&report, "orders").groups["billing"];
        assert_eq!(group.rebalances, 1, "{assignment}");
        let greatest = group.lag.max.map_or(0.0, |max| max as f64);
        assert!((greatest - most).abs() <= 12.0, "{assignment}: {greatest}");
        let lag = &report.series.groups["orders/billing"];
        let last = lag.iter().rposition(|&value| value > 30.0).unwrap_or(0) as f64 * report.series.bucket_s;
        assert!((last - 78.0).abs() <= 1.0, "{assignment}: {last}");
        assert_eq!(consumer(&report, "billing").redelivered, 0);
    }
}

/// Six partitions without a coordinator: three that are up have two each, wherever they were before, so that 300/s are handled at once.
#[test]
fn partitions_are_shared_evenly_by_those_that_are_up() {
    let report = simulate(
        "thalweg: 1
name: Even
nodes:
  shop: { kind: producer, load: { constant: 290/s }, publishes: [{ to: log }] }
  log: { kind: topic, partitions: 6 }
  server: { kind: consumer, subscribes: [{ from: log }], instances: 3, service_time: 10ms, autoscale: { min: 3, max: 4, target_lag: 1000, every: 1s, cooldown: 0s, start_time: 1s } }
scenarios:
  default: { duration: 60s, replications: 1 }
",
    );
    let greatest = topic(&report, "log").groups["server"].lag.max;
    assert!(greatest.is_some_and(|lag| lag <= 12), "{greatest:?}");
}

/// What an instance has in hand when it goes it finishes; nothing is handled twice.
#[test]
fn an_instance_that_goes_finishes_what_it_has() {
    let report = simulate(
        "thalweg: 1
name: Slow
nodes:
  shop: { kind: producer, load: { batch: { size: 4, every: 100s } }, publishes: [{ to: line }] }
  line: { kind: queue }
  server: { kind: consumer, subscribes: [{ from: line }], instances: 2, concurrency: 2, service_time: { empirical: [10s, 20s] }, autoscale: { min: 1, max: 2, target_lag: 1000, every: 105s, cooldown: 0s, start_time: 1s } }
scenarios:
  default: { duration: 150s, replications: 1 }
",
    );
    let server = consumer(&report, "server");
    assert_eq!((server.completed, server.attempts, server.failed_attempts), (4, 4, 0));
    assert!(all_are(&instances(&report, 0.0, 105.0), 2.0) && all_are(&instances(&report, 105.0, 150.0), 1.0));
}

/// Nobody is there: the first message of each minute waits until somebody has started, 2 s when the lag is looked at at once
/// (serverless), and until the next look besides when it is looked at every 7 s: 60 → 63, 120 → 126, 180 → 182, …
#[test]
fn the_first_message_pays_for_the_cold_start() {
    let waits = |every: &str| {
        let report = simulate(&format!(
            "thalweg: 1
name: Cold
nodes:
  clock: {{ kind: producer, load: {{ constant: 1/min }}, publishes: [{{ to: line }}] }}
  line: {{ kind: queue }}
  server: {{ kind: consumer, subscribes: [{{ from: line }}], service_time: 10ms, start_time: 2s, autoscale: {{ min: 0, max: 3, target_lag: 1, every: {every}, cooldown: 0s }} }}
scenarios:
  default: {{ duration: 250s, replications: 1 }}
"
        ));
        let server = consumer(&report, "server");
        assert_eq!(server.completed, 4);
        (server.wait.mean.unwrap_or(0.0), server.instances.map_or(0.0, |level| level.mean))
    };
    let (mean, instances) = waits("0s");
    assert!((mean - 2000.0).abs() < 1e-6, "{mean}");
    // It is there for the 10 ms of each.
    assert!((instances - 4.0 * 0.01 / 250.0).abs() < 1e-9, "{instances}");
    let (mean, _) = waits("7s");
    // Looks at 63, 126, 182 and 245 s.
    assert!((mean - (3.0 + 6.0 + 2.0 + 5.0) / 4.0 * 1000.0 - 2000.0).abs() < 1e-6, "{mean}");
}

/// Gone for 30 s, and 10 s to start: both of two for 40 s.
#[test]
fn a_crashed_instance_starts_when_the_crash_is_over() {
    let report = simulate(&station(
        "constant: 10/s",
        "",
        ", instances: 2, service_time: 10ms, start_time: 10s",
        "duration: 300s, replications: 1, faults: [{ at: 100s, for: 30s, crash: server }]",
    ));
    assert!(all_are(&instances(&report, 0.0, 100.0), 2.0));
    assert!(all_are(&instances(&report, 100.0, 140.0), 0.0));
    assert!(all_are(&instances(&report, 140.0, 300.0), 2.0));
    assert!((greatest_lag(&report) - 400.0).abs() <= 2.0, "{}", greatest_lag(&report));
}

#[test]
fn what_makes_no_sense_is_refused_by_name() {
    let scaler = "max: 4, target_lag: 10, every: 1s, cooldown: 1s";
    for (server, path, word) in [
        (format!("autoscale: {{ min: 1, {scaler} }}"), "nodes.server.autoscale", "start"),
        (format!("instances: 5, start_time: 1s, autoscale: {{ min: 1, {scaler} }}"), "nodes.server.instances", "5"),
        (format!("instances: 1, start_time: 1s, autoscale: {{ min: 2, {scaler} }}"), "nodes.server.instances", "1"),
    ] {
        let refusals = compile(&station("constant: 1/s", "", &format!(", {server}"), "duration: 10s")).unwrap_err();
        assert!(refusals.iter().any(|r| r.path == path && r.message.contains(word)), "{refusals:?}");
    }
}

#[derive(Debug, Clone)]
struct Choice {
    rate: u32,
    min: u32,
    more: u32,
    target: u32,
    every: u32,
    cooldown: u32,
    start: u32,
    work: u32,
    concurrency: u32,
    channel: usize,
    extras: usize,
    fault: usize,
}

fn choice() -> impl Strategy<Value = Choice> {
    let scaler = (0..4_u32, 0..6_u32, 1..60_u32, prop_oneof![Just(0_u32), 50..3000_u32], 0..4000_u32, 0..5000_u32);
    let work = (1..300_u32, 1..80_u32, 1..4_u32);
    (scaler, work, 0..5_usize, 0..5_usize, 0..7_usize).prop_map(
        |((min, more, target, every, cooldown, start), (rate, work, concurrency), channel, extras, fault)| Choice {
            rate,
            min,
            more,
            target,
            every,
            cooldown,
            start,
            work,
            concurrency,
            channel,
            extras,
            fault,
        },
    )
}

/// Topics, queues, leases, windows, batches and keys; faults of all that takes instances away.
fn scaled(c: &Choice, seed: u64) -> String {
    let channel = [
        "kind: queue",
        "kind: topic, partitions: 5",
        "kind: topic, broker: kafka, partitions: 5",
        "kind: queue, broker: rabbitmq",
        "kind: queue, broker: sqs, ordering: per-key",
    ][c.channel];
    let entry = match (c.channel, c.extras) {
        (2, 1) => ", assignment: cooperative, commit: batch, rebalance_time: 500ms",
        (2, 2) => ", static_membership: true, session_timeout: 2s",
        (3, _) => ", prefetch: 5",
        _ => "",
    };
    let extra = match (c.channel, c.extras) {
        (0..=2, 1) => ", batch: { size: 5, wait: 20ms }",
        (0..=2, 3) => ", failure: { rate: 10% }, retry: { attempts: 3, backoff: 50ms }",
        (0..=2, 4) => ", batch: { size: 3, wait: 0s }, failure: { rate: 30% }, retry: { attempts: 4, budget: 20% }",
        _ => "",
    };
    let fault = [
        "",
        "{ at: 5s, for: 3s, crash: server }",
        "{ at: 4s, crash: server, instances: 1 }",
        "{ at: 6s, deploy: server }",
        "{ at: { exponential: 3s }, every: { exponential: 3s }, for: { exponential: 1s }, crash: server, instances: 2 }",
        "{ at: 3s, for: 4s, cut: line -> server }",
        if c.channel == 2 { "{ at: 5s, replay: server }, { at: 9s, replay: server, back: 3s }" } else { "" },
    ][c.fault];
    format!(
        "thalweg: 1
name: Scaled
nodes:
  source: {{ kind: producer, load: {{ bursts: {{ on: 2s, off: 3s, rate: {}/s }} }}, publishes: [{{ to: line, key: {{ uniform: {{ keys: 9 }} }} }}] }}
  line: {{ {channel} }}
  server: {{ kind: consumer, subscribes: [{{ from: line{entry} }}], concurrency: {}, service_time: {{ exponential: {}ms }}, start_time: {{ exponential: {}ms }}, autoscale: {{ min: {}, max: {}, target_lag: {}, every: {}ms, cooldown: {}ms }}{extra} }}
scenarios:
  default: {{ duration: 20s, replications: 2, seed: {seed}, faults: [{fault}] }}
",
        c.rate,
        c.concurrency,
        c.work,
        c.start,
        c.min,
        (c.min + c.more).max(1),
        c.target,
        c.every,
        c.cooldown
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    /// The audit at the end of each replication holds: messages, lags, busy servers, instances within their bounds. The
    /// curve stays in them too, and threads change nothing.
    #[test]
    fn the_audit_holds_for_any_flow_that_scales(choice in choice(), seed in 0_u64..1000) {
        let text = scaled(&choice, seed);
        let plan = Plan::compile(&resolved(&text), &Files::new()).unwrap_or_else(|refusals| panic!("{refusals:#?}\n{text}"));
        let on = |threads| run(&plan, &RunOptions { threads, ..RunOptions::default() }, &());
        let one = on(1).unwrap_or_else(|error| panic!("{error}\n{text}"));
        let most = (choice.min + choice.more).max(1);
        let curve = &one.series.nodes["server"].instances;
        prop_assert!(curve.iter().all(|&up| up <= most as f32 + 1e-3));
        if [0, 5, 6].contains(&choice.fault) {
            prop_assert!(curve.iter().all(|&up| up >= choice.min as f32 - 1e-3));
        }
        let busy = consumer(&one, "server").utilization.mean;
        prop_assert!((0.0..=1.0 + 1e-9).contains(&busy), "{}", busy);
        prop_assert_eq!(one.digest, on(2).unwrap_or_else(|error| panic!("{error}")).digest);
    }
}
