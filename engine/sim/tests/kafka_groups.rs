//! Kafka groups against hand-computed timelines: everything is constant, so every figure has one answer.

mod common;

use common::*;
use thalweg_sim::Report;

/// λ = 1000/s over 12 equal partitions, four consumers of 400/s each, one of them struck at 100 s.
fn orders(subscription: &str, fault: &str, expect: &str) -> Report {
    struck(subscription, &format!("instances: 1, {fault}"), expect)
}

fn struck(subscription: &str, fault: &str, expect: &str) -> Report {
    simulate(&format!(
        "thalweg: 1
name: Orders
nodes:
  shop: {{ kind: producer, load: {{ constant: 1000/s }}, publishes: [{{ to: orders }}] }}
  orders: {{ kind: topic, broker: kafka, partitions: 12 }}
  billing: {{ kind: consumer, subscribes: [{{ from: orders, commit: message{subscription} }}], instances: 4, service_time: 2.5ms }}
scenarios:
  default: {{ duration: 300s, replications: 1, faults: [{{ at: 100s, {fault} }}]{expect} }}
"
    ))
}

fn greatest_lag(report: &Report) -> f64 {
    topic(report, "orders").groups["billing"].lag.max.map_or(0.0, |lag| lag as f64)
}

/// When the lag is last above what is usual, in seconds from the start.
fn normal_again(report: &Report) -> f64 {
    let lag = &report.series.groups["orders/billing"];
    let usual = lag[..100].iter().copied().fold(0.0, f32::max);
    let last = lag.iter().rposition(|&value| value > usual + 2.0).unwrap_or(0);
    (last + 1) as f64 * report.series.bucket_s
}

fn rebalances(report: &Report) -> u64 {
    topic(report, "orders").groups["billing"].rebalances
}

/// 45 s until the dead member is missed and 3 s of rebalance: 3 × 83.33/s × 48 s wait, drained at 1200 − 1000 = 200/s.
#[test]
fn a_crash_is_missed_after_the_session_and_drained_by_the_others() {
    let report = orders(", assignment: cooperative", "crash: billing", "");
    assert!((greatest_lag(&report) - 12_000.0).abs() <= 5.0, "{}", greatest_lag(&report));
    let oldest = consumer(&report, "billing").wait.max.expect("a wait") / 1000.0;
    assert!((oldest / 48.0 - 1.0).abs() < 0.001, "oldest {oldest} s");
    let normal = normal_again(&report);
    assert!((normal - 208.0).abs() <= 1.0, "normal at {normal} s");
    assert_eq!(rebalances(&report), 1);
    assert_eq!(consumer(&report, "billing").redelivered, 0);
    // What was in hand at the crash is begun anew; nothing else is.
    assert_eq!(consumer(&report, "billing").retries, report.faults[0].touched);
}

/// The same with everybody standing still for the 3 s: 750/s more, so 14,250 and 71.25 s.
#[test]
fn an_eager_rebalance_stops_all_partitions() {
    let report = orders("", "crash: billing", "");
    assert!((greatest_lag(&report) - 14_250.0).abs() <= 6.0, "{}", greatest_lag(&report));
    let normal = normal_again(&report);
    assert!((normal - 219.25).abs() <= 1.0, "normal at {normal} s");
}

/// Back after 10 s under its own name: nobody else notices. 2,500 wait and are drained at 400 − 250 = 150/s.
#[test]
fn a_static_member_that_returns_in_time_keeps_its_partitions() {
    let expect = ", expect: [recovered(orders/billing) < 1m]";
    let report = orders(", static_membership: true", "for: 10s, crash: billing", expect);
    assert_eq!(rebalances(&report), 0);
    assert!((greatest_lag(&report) - 2_500.0).abs() <= 5.0, "{}", greatest_lag(&report));
    let recovered = report.expectations[0].worst.expect("it recovers");
    assert!((recovered - 2_500.0 / 150.0).abs() < 0.3, "{recovered}");
}

/// Back after 10 s under a new name: the rebalance that it causes waits for the old member's session, until 145 s.
/// Cooperatively three partitions wait so long; eagerly all of them stand still from 110 s.
#[test]
fn a_member_that_returns_under_a_new_name_waits_for_its_old_session() {
    let expect = ", expect: [recovered(orders/billing) < 5m]";
    let cooperative = orders(", assignment: cooperative", "for: 10s, crash: billing", expect);
    assert_eq!(rebalances(&cooperative), 1);
    assert!((greatest_lag(&cooperative) - 45.0 * 250.0).abs() <= 5.0, "{}", greatest_lag(&cooperative));
    let recovered = cooperative.expectations[0].worst.expect("it recovers");
    assert!((recovered - (35.0 + 45.0 * 250.0 / 150.0)).abs() < 0.3, "{recovered}");

    let eager = orders("", "for: 10s, crash: billing", expect);
    assert_eq!(rebalances(&eager), 1);
    assert!((greatest_lag(&eager) - (10.0 * 250.0 + 35.0 * 1000.0)).abs() <= 6.0, "{}", greatest_lag(&eager));
}

/// Back after a minute, when its partitions have gone to the others: two rebalances, and half of the time is lost twice.
#[test]
fn a_member_that_returns_late_joins_anew() {
    let report = orders(", assignment: cooperative", "for: 60s, crash: billing", "");
    assert_eq!(rebalances(&report), 2);
    assert!((greatest_lag(&report) - 12_000.0).abs() <= 5.0, "{}", greatest_lag(&report));
    let up: f32 = report.series.nodes["billing"].instances.iter().sum();
    assert!((f64::from(up) * report.series.bucket_s - (4.0 * 300.0 - 60.0)).abs() < 0.1);
}

/// Generic partitions have no coordinator: they change hands at once.
#[test]
fn generic_partitions_change_hands_at_once() {
    let text = "thalweg: 1
name: Generic
nodes:
  shop: { kind: producer, load: { constant: 1000/s }, publishes: [{ to: orders }] }
  orders: { kind: topic, partitions: 12 }
  billing: { kind: consumer, subscribes: [{ from: orders }], instances: 4, service_time: 2.5ms }
scenarios:
  default: { duration: 200s, replications: 1, faults: [{ at: 100s, crash: billing, instances: 1 }] }
";
    let report = simulate(text);
    assert!(greatest_lag(&report) < 40.0, "{}", greatest_lag(&report));
    assert_eq!(rebalances(&report), 0);
}

/// K1 of the vectors measured on librdkafka: a handler stalls for 9 s with a limit of 6 s. The client leaves, the
/// partition goes to the other member a second later, and the three records since the last commit are handled twice.
#[test]
fn a_stalled_handler_leaves_its_group() {
    let text = "thalweg: 1
name: Stall
nodes:
  shop: { kind: producer, load: { batch: { size: 4, every: 50s } }, publishes: [{ to: log }] }
  log: { kind: topic, broker: kafka }
  handler: { kind: consumer, subscribes: [{ from: log, commit: batch, max_poll_interval: 6s, rebalance_time: 1s }], instances: 2, service_time: 10ms }
scenarios:
  default: { duration: 90s, replications: 1, faults: [{ at: 50.025s, for: 10ms, slow: handler, factor: 900 }] }
";
    let report = simulate(text);
    let handler = consumer(&report, "handler");
    assert_eq!((handler.completed, handler.redelivered, handler.duplicates), (4, 3, 3));
    // It left, and it came back when its handler was done.
    assert_eq!(topic(&report, "log").groups["handler"].rebalances, 2);
    assert_eq!(report.totals.completed, 4);
}

#[test]
fn kafka_settings_elsewhere_are_refused_by_name() {
    let text = station("constant: 1/s", "", "", "duration: 10s").replace("from: line", "from: line, commit: batch");
    let refusals = compile(&text).expect_err("no kafka here");
    assert!(refusals.iter().any(|r| r.path == "nodes.server.subscribes.0.commit"), "{refusals:?}");
}

/// Four instances replaced one after the other, 10 s each. Eagerly all partitions stand still for 3 s at the first leave, at
/// each change from one to the next, and at the last return. Static members cause none, and only the partitions of one stand still.
#[test]
fn a_rolling_deploy_rebalances_at_every_step() {
    let deploy = |subscription: &str| {
        simulate(&format!(
            "thalweg: 1
name: Deploy
nodes:
  shop: {{ kind: producer, load: {{ constant: 1000/s }}, publishes: [{{ to: orders }}] }}
  orders: {{ kind: topic, broker: kafka, partitions: 12 }}
  billing: {{ kind: consumer, subscribes: [{{ from: orders, commit: message{subscription} }}], instances: 4, service_time: 1ms, start_time: 10s }}
scenarios:
  default: {{ duration: 300s, replications: 1, faults: [{{ at: 100s, deploy: billing }}] }}
"
        ))
    };
    let eager = deploy("");
    // The leave of the next falls together with the return of the one before.
    assert_eq!(rebalances(&eager), 5);
    assert!((greatest_lag(&eager) - 3_000.0).abs() <= 10.0, "{}", greatest_lag(&eager));
    let kept = deploy(", static_membership: true");
    assert_eq!(rebalances(&kept), 0);
    assert!((greatest_lag(&kept) - 2_500.0).abs() <= 10.0, "{}", greatest_lag(&kept));
    for report in [eager, kept] {
        let [interval] = &report.series.faults[..] else { panic!("one interval") };
        assert_eq!((interval.from_s, interval.until_s, interval.touched), (100.0, 140.0, 4));
        assert_eq!(consumer(&report, "billing").failed_attempts, 0);
    }
}

/// A rebalance out of nothing: eagerly everybody stands still for 3 s, cooperatively nobody does.
#[test]
fn a_rebalance_is_a_pause() {
    let lag = |subscription: &str| greatest_lag(&struck(subscription, "rebalance: billing", ""));
    assert!((lag("") - 3_000.0).abs() <= 6.0, "{}", lag(""));
    assert!(lag(", assignment: cooperative") < 30.0);
}

/// An eviction while a call is under way, whose timeout comes long after the record was handled by somebody else, and whose
/// answer comes later still: the call belongs to what the evicted member has in hand, not to the record.
#[test]
fn a_call_of_an_evicted_member_is_not_the_records() {
    let report = simulate(
        "thalweg: 1
name: Evicted
nodes:
  source: { kind: producer, load: { constant: 2/s }, publishes: [{ to: log }] }
  log: { kind: topic, broker: kafka, partitions: 4 }
  handler:
    kind: consumer
    subscribes: [{ from: log, max_poll_interval: 5s, rebalance_time: 1s }]
    instances: 4
    service_time: 1ms
    retry: { attempts: 3 }
    calls: [{ service: remote, timeout: 20s }]
  remote: { kind: service, latency: { hyperexponential: [{ share: 95%, mean: 10ms }, { share: 5%, mean: 40s }] }, failure: { poison: 5% } }
scenarios:
  default: { duration: 600s, replications: 4, seed: 3 }
",
    );
    let handler = consumer(&report, "handler");
    assert!(handler.redelivered > 0 && handler.completed > 500, "{handler:?}");
    // Conservation, order and places in memory are audited by the run itself.
    assert_eq!(report.totals.produced, report.totals.completed + report.totals.lost + report.totals.in_flight);
}
