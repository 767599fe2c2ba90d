//! The broker examples: what they expect is what happens, and each failure shows in the curves as its signature.
//!
//! The numbers come from the settings in `examples/brokers`, by hand, in the comment of each test. Curves have 600
//! buckets, one per second in a run of ten minutes.

mod common;

use common::*;
use thalweg_flow::{Overrides, broker_examples, resolve};
use thalweg_sim::{ExchangeReport, Files, NodeReport, Plan, Report, RunOptions, run};

/// A scenario of a broker's example.
fn play(broker: &str, scenario: &str) -> Report {
    let Some((_, text)) = broker_examples().iter().find(|(name, _)| *name == broker) else { panic!("no {broker}") };
    let resolved =
        resolve(text, Some(scenario), &Overrides::default()).unwrap_or_else(|p| panic!("{broker}/{scenario}: {p:#?}"));
    let plan = Plan::compile(&resolved, &Files::new()).unwrap_or_else(|r| panic!("{broker}/{scenario}: {r:#?}"));
    run(&plan, &RunOptions::default(), &()).unwrap_or_else(|error| panic!("{broker}/{scenario}: {error}"))
}

/// The lag of a group over time.
fn lag<'r>(report: &'r Report, group: &str) -> &'r [f32] {
    report.series.groups.get(group).unwrap_or_else(|| panic!("{group} is not in {:?}", report.series.groups.keys()))
}

/// The mean of a curve between two times in seconds.
fn mean(report: &Report, curve: &[f32], from: f64, until: f64) -> f64 {
    let part = part(report, curve, from, until);
    part.iter().map(|v| f64::from(*v)).sum::<f64>() / part.len() as f64
}

fn part<'c>(report: &Report, curve: &'c [f32], from: f64, until: f64) -> &'c [f32] {
    let at = |s: f64| (s / report.series.bucket_s).round() as usize;
    &curve[at(from)..at(until).min(curve.len())]
}

fn greatest(curve: &[f32]) -> f64 {
    curve.iter().fold(0.0, |most, v| f64::max(most, f64::from(*v)))
}

/// By how much a curve grows per second between two times: least squares.
fn slope(report: &Report, curve: &[f32], from: f64, until: f64) -> f64 {
    let part = part(report, curve, from, until);
    let (n, y) = (part.len() as f64, mean(report, curve, from, until));
    let middle = (n - 1.0) / 2.0;
    let (mut xy, mut xx) = (0.0, 0.0);
    for (i, value) in part.iter().enumerate() {
        let x = i as f64 - middle;
        xy += x * (f64::from(*value) - y);
        xx += x * x;
    }
    xy / xx / report.series.bucket_s
}

/// Within a share of what was computed by hand.
fn near(what: &str, value: f64, exact: f64, within: f64) {
    assert!((value - exact).abs() <= within * exact, "{what}: {value}, by hand {exact} ± {:.0} %", within * 100.0);
}

/// Whether a line of a scenario's expectations says that it breaks; by their order in the text.
fn marks(text: &str, scenario: &str) -> Vec<bool> {
    let Some((_, scenarios)) = text.split_once("\nscenarios:\n") else { panic!("no scenarios") };
    scenarios
        .lines()
        .skip_while(|line| *line != format!("  {scenario}:"))
        .skip(1)
        .take_while(|line| line.is_empty() || line.starts_with("    "))
        .skip_while(|line| line.trim() != "expect:")
        .filter(|line| line.trim_start().starts_with("- "))
        .map(|line| line.contains("# breaks"))
        .collect()
}

/// Every expectation of every scenario holds, but for those that say that they break. Nothing but what the page names is
/// left unsaid, and each fault touches something.
#[test]
fn what_the_broker_examples_expect_is_what_happens() {
    let mut wrong = Vec::new();
    for (broker, text) in broker_examples() {
        for scenario in thalweg_flow::read(text).flow.scenarios.keys() {
            let report = play(broker, scenario);
            let breaks = marks(text, scenario);
            assert_eq!(breaks.len(), report.expectations.len(), "{broker}/{scenario}");
            for (expectation, breaks) in report.expectations.iter().zip(breaks) {
                if expectation.held == breaks {
                    wrong.push(format!("{broker}/{scenario}: {} was {:?}", expectation.text, expectation.values));
                }
            }
            for fault in report.faults.iter().filter(|f| f.touched == 0 && f.kind != "rebalance") {
                wrong.push(format!("{broker}/{scenario}: {fault:?} touched nothing"));
            }
            let totals = report.totals;
            assert_eq!(
                totals.produced,
                totals.completed + totals.dead_lettered + totals.lost + totals.in_flight,
                "{broker}/{scenario}"
            );
            assert!(scenario != "default" || report.statistics.unstable.is_empty(), "{broker}: not stable");
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

// kafka: 240/s over 12 partitions, a thread each, 50/s each.

/// 80 ms each: 12/80 ms = 150/s. The lag grows by 240 − 150 = 90/s for four minutes and is at the window (all threads at
/// work); then it falls by 600 − 240 = 360/s.
#[test]
fn kafka_slow_consumer() {
    let report = play("kafka", "slow-consumer");
    let lag = lag(&report, "positions/tracker");
    near("slope", slope(&report, lag, 130.0, 355.0), 90.0, 0.03);
    near("way back", -slope(&report, lag, 365.0, 400.0), 360.0, 0.05);
    let tracker = &report.series.nodes["tracker"];
    near("throughput", mean(&report, &tracker.out_per_s, 130.0, 355.0), 150.0, 0.02);
    assert!(mean(&report, &tracker.utilization, 130.0, 355.0) > 0.98);
    assert_eq!(report.totals.retries, 0);
}

/// One partition of twelve stands still: its share of 240/s is 20/s, but for how the 20,000 keys fall (about 2 %). A retry
/// every 1.02 s. Flat before, and the others stay flat: the lag is what the one partition has.
#[test]
fn kafka_poison_record() {
    let report = play("kafka", "poison-record");
    let lag = lag(&report, "positions/tracker");
    near("slope", slope(&report, lag, 125.0, 600.0), 20.0, 0.1);
    assert!(mean(&report, lag, 60.0, 119.0) < 12.0);
    let tracker = &report.series.nodes["tracker"];
    near("throughput", mean(&report, &tracker.out_per_s, 125.0, 600.0), 220.0, 0.01);
    near("retries", mean(&report, &tracker.retries_per_s, 125.0, 600.0), 1.0 / 1.02, 0.02);
    assert_eq!(report.faults[0].touched, u64::from(report.replications));
}

/// Three of twelve partitions (60/s) wait for 45 s of session and 3 s of rebalance, in whose 3 s all wait: 48 · 60 + 3 · 180 =
/// 3420. What the dead member did since its last commit, 3 s of 60/s, is handled twice.
#[test]
fn kafka_consumer_crash() {
    let report = play("kafka", "consumer-crash");
    let lag = lag(&report, "positions/tracker");
    near("slope", slope(&report, lag, 125.0, 167.0), 60.0, 0.05);
    near("peak", greatest(part(&report, lag, 163.0, 178.0)), 3420.0, 0.05);
    assert!(mean(&report, lag, 400.0, 600.0) < 20.0);
    let each = u64::from(report.replications);
    near("twice", (consumer(&report, "tracker").redelivered / each) as f64, 180.0, 0.2);
    assert_eq!(topic(&report, "positions").groups["tracker"].rebalances, each);
}

/// All stand still for 3 s of every 20 s: up to 3 · 240 = 720, worked off at 600 − 240 = 360/s in 2 s more. Its mean over a
/// period: 720 · (3 + 2)/2/20 = 90, and the 6 or so that are in hand or wait anyway.
#[test]
fn kafka_rebalance_storm() {
    let report = play("kafka", "rebalance-storm");
    let lag = lag(&report, "positions/tracker");
    near("mean", mean(&report, lag, 120.0, 600.0), 96.0, 0.15);
    for tooth in 0..24 {
        let from = 120.0 + 20.0 * f64::from(tooth);
        let (peak, trough) =
            (greatest(part(&report, lag, from, from + 5.0)), mean(&report, lag, from + 10.0, from + 19.0));
        assert!((500.0..800.0).contains(&peak) && trough < 25.0, "tooth {tooth}: {peak}, then {trough}");
    }
    assert_eq!(topic(&report, "positions").groups["tracker"].rebalances, 24 * u64::from(report.replications));
}

/// Weights 1/r^1.3 of 20,000 keys add up to 3.76, so that the first key has 26.6 %: 63.9/s, and its partition a twelfth of the
/// keys beside it. One thread does 50/s. With the other heavy keys elsewhere, all else is flat. More instances change nothing.
#[test]
fn kafka_hot_key() {
    let few = play("kafka", "hot-key");
    let many = play("kafka", "hot-key-more-instances");
    let [slow, fast] = [&few, &many].map(|r| slope(r, lag(r, "positions/tracker"), 60.0, 600.0));
    assert!(slow > 13.9, "{slow}");
    near("three times the instances", fast, slow, 0.01);
    assert_eq!(few.statistics.unstable.len(), 1);
    // 240/s of 20 ms each, less what waits, over 12 and 36 threads.
    let busy = (240.0 - slow) * 0.02;
    near("busy", consumer(&few, "tracker").utilization.mean, busy / 12.0, 0.03);
    near("busy of more", consumer(&many, "tracker").utilization.mean, busy / 36.0, 0.03);
}

/// Nothing is delivered for 60 s: 240/s · 60 s = 14,400, then down by 360/s, 40 s.
#[test]
fn kafka_network_partition() {
    let report = play("kafka", "network-partition");
    let lag = lag(&report, "positions/tracker");
    near("slope", slope(&report, lag, 242.0, 299.0), 240.0, 0.02);
    near("peak", greatest(lag), 14_400.0, 0.03);
    near("way back", -slope(&report, lag, 302.0, 330.0), 360.0, 0.05);
    assert!(greatest(part(&report, &report.series.nodes["tracker"].out_per_s, 242.0, 299.0)) < 1.0);
}

// rabbitmq: 40/s, eight places of 100 ms, 80/s.

fn exchange<'r>(report: &'r Report, name: &str) -> &'r ExchangeReport {
    match &report.nodes[name] {
        NodeReport::Exchange(exchange) => exchange,
        other => panic!("{name} is {other:?}"),
    }
}

const PICTURES: &str = "thumbnails/resizer";

/// 100 − 80 = 20/s; the throughput is flat at 80/s; nothing is delivered twice.
#[test]
fn rabbitmq_slow_consumer() {
    let report = play("rabbitmq", "slow-consumer");
    near("slope", slope(&report, lag(&report, PICTURES), 60.0, 600.0), 20.0, 0.05);
    near("throughput", mean(&report, &report.series.nodes["resizer"].out_per_s, 60.0, 600.0), 80.0, 0.01);
    assert_eq!(report.totals.retries, 0);
}

/// The depth stays, one place is lost for ever: it fails after its 5 ms and comes again at once, up to 200 times a second.
/// With a limit of 3: 3 + 1 deliveries, one dead letter.
#[test]
fn rabbitmq_poison_without_and_with_a_limit() {
    let report = play("rabbitmq", "poison-without-limit");
    let resizer = &report.series.nodes["resizer"];
    let retries = mean(&report, &resizer.retries_per_s, 190.0, 600.0);
    assert!((100.0..=200.0).contains(&retries), "{retries}");
    let busy = (40.0 * 0.1 + retries * 0.005) / 8.0;
    near("busy", mean(&report, &resizer.utilization, 190.0, 600.0), busy, 0.03);
    assert!(slope(&report, lag(&report, PICTURES), 190.0, 600.0).abs() < 0.005);

    let report = play("rabbitmq", "poison-with-limit");
    let each = u64::from(report.replications);
    assert_eq!(report.totals.retries, 3 * each);
    assert_eq!((queue(&report, "failed").dead_letters, exchange(&report, "dead").dead_letters), (each, each));
    assert!(slope(&report, lag(&report, PICTURES), 190.0, 600.0).abs() < 0.005);
}

/// The broker sees the lost connection at once: what the instance held, at most its prefetch of 8, comes back; there is no
/// step. Four places for 40/s of 100 ms are just as many as are needed, and the lag grows but slowly.
#[test]
fn rabbitmq_consumer_crash() {
    let report = play("rabbitmq", "consumer-crash");
    assert!((1..=16).contains(&report.totals.retries), "{}", report.totals.retries);
    let out = &report.series.nodes["resizer"].out_per_s;
    assert!(mean(&report, out, 181.0, 191.0) > 30.0, "no pause");
    near("half the places", mean(&report, &report.series.nodes["resizer"].instances, 185.0, 295.0), 1.0, 0.001);
}

/// 120 − 80 = 40/s too many: the depth is at its 500 after 12.5 s and stays there, 40 a second go to the dead letters, oldest
/// first; who gets through waits for 500 others, 6.25 s.
#[test]
fn rabbitmq_overflow_drop_head() {
    let report = play("rabbitmq", "overflow-drop-head");
    let depth = &report.series.nodes["thumbnails"].depth;
    near("plateau", mean(&report, depth, 60.0, 600.0), 500.0, 0.01);
    near("growth before", slope(&report, depth, 1.0, 9.0), 40.0, 0.2);
    near("dead letters", slope(&report, &report.series.nodes["failed"].dead_letters, 60.0, 600.0), 40.0, 0.05);
    near("throughput", mean(&report, &report.series.nodes["resizer"].out_per_s, 60.0, 600.0), 80.0, 0.01);
}

/// Eight places that fail after 5 ms make up to 1600 attempts a second while nothing gets done and the line grows by
/// 40/s. With backoff the same minute costs a small part of that, and is over as soon.
#[test]
fn rabbitmq_retry_storm() {
    let storm = play("rabbitmq", "retry-storm");
    let curve = &storm.series.nodes["resizer"];
    let rate = mean(&storm, &curve.retries_per_s, 185.0, 239.0);
    assert!(rate > 1200.0 && rate <= 1600.0, "{rate}");
    assert!(mean(&storm, &curve.utilization, 185.0, 239.0) > 0.8);
    near("line", slope(&storm, lag(&storm, PICTURES), 182.0, 239.0), 40.0, 0.05);
    assert!(greatest(part(&storm, &curve.out_per_s, 181.0, 239.0)) < 1.0);
    let patient = play("rabbitmq", "retry-with-backoff");
    assert!(patient.totals.retries * 4 < storm.totals.retries, "{} {}", patient.totals.retries, storm.totals.retries);
    near("line", slope(&patient, lag(&patient, PICTURES), 182.0, 239.0), 40.0, 0.05);
}

/// Every picture of the two minutes fails, 120 s · 40/s = 4800 a replication; the exchange finds no queue for any.
#[test]
fn rabbitmq_dead_letters_lost() {
    let report = play("rabbitmq", "dead-letters-lost");
    let gone = exchange(&report, "dead").unroutable;
    near("unroutable", gone as f64, 4800.0 * f64::from(report.replications), 0.03);
    assert_eq!((queue(&report, "failed").dead_letters, report.totals.lost), (0, gone));
    assert!(report.totals.retries >= 3 * gone - 40);
}

/// Nothing comes in for 120 s while deliveries go on (nothing is left to deliver), and then 4800 at once; they are worked off
/// at 80 − 40 = 40/s, in two minutes.
#[test]
fn rabbitmq_memory_alarm() {
    let report = play("rabbitmq", "memory-alarm");
    let line = &report.series.nodes["thumbnails"];
    assert!(greatest(part(&report, &line.in_per_s, 181.0, 299.0)) < 1.0);
    near("backlog", greatest(part(&report, &line.lag, 299.0, 305.0)), 4800.0, 0.05);
    near("way back", -slope(&report, &line.lag, 305.0, 400.0), 40.0, 0.1);
}

// sqs: 2/s, sixteen places of 4 s on average, 4/s.

/// Twelve seconds each: 16/12 s = 1.33/s, and what waits is no lease. A delivery that takes more than 60 s, e⁻⁵ = 0.7 %, is
/// done again: 2 − 1.33 · (1 − e⁻⁵) = 0.676/s.
#[test]
fn sqs_slow_consumer() {
    let report = play("sqs", "slow-consumer");
    near("slope", slope(&report, lag(&report, "orders/invoicing"), 700.0, 3600.0), 0.676, 0.08);
    assert!(mean(&report, &report.series.nodes["invoicing"].utilization, 700.0, 3600.0) > 0.99);
}

/// P(X > 8 s) = e⁻² of each delivery is too late, so that 2/s need 2/(1 − e⁻²) = 2.31/s deliveries, which are
/// 2.31 · 4 s/16 = 58 % of the places: bounded. Every late one ends well and counts for nothing.
#[test]
fn sqs_lease_shorter_than_processing() {
    let report = play("sqs", "lease-shorter-than-processing");
    let invoicing = consumer(&report, "invoicing");
    let p = (-2.0_f64).exp();
    near("expired", invoicing.expired_leases as f64 / invoicing.attempts as f64, p, 0.04);
    near("late", invoicing.late_acks as f64 / invoicing.attempts as f64, p, 0.04);
    near("busy", invoicing.utilization.mean, 2.0 / (1.0 - p) * 4.0 / 16.0, 0.03);
    assert!(report.statistics.unstable.is_empty());
}

/// p = e^-0.5 = 0.607: five receives are (1 − p⁵)/(1 − p) = 2.34 deliveries per order, 2 · 2.34 · 4 s = 18.7 places of 16. So
/// it grows although 4/s could be done, and p⁵ = 8.2 % of the orders that are through are dead letters.
#[test]
fn sqs_lease_collapse() {
    let report = play("sqs", "lease-collapse");
    let invoicing = consumer(&report, "invoicing");
    let p = (-0.5_f64).exp();
    near("expired", invoicing.expired_leases as f64 / invoicing.attempts as f64, p, 0.03);
    let dead = report.totals.dead_lettered as f64;
    near("dead", dead / (dead + report.totals.completed as f64), p.powi(5), 0.12);
    assert!(invoicing.utilization.mean > 0.99 && report.statistics.unstable.len() == 1);
    let grows = 2.0 - 4.0 * (1.0 - p) / (1.0 - p.powi(5));
    near("slope", slope(&report, lag(&report, "orders/invoicing"), 300.0, 3600.0), grows, 0.25);
}

/// Five receives each, and nothing else moves: dead letters are poison messages, each failed five times.
#[test]
fn sqs_poison_message() {
    let report = play("sqs", "poison-message");
    let invoicing = consumer(&report, "invoicing");
    assert!(invoicing.dead_lettered >= 4);
    assert!(invoicing.failed_attempts >= 5 * invoicing.dead_lettered);
    assert!(slope(&report, lag(&report, "orders/invoicing"), 300.0, 3600.0).abs() < 0.002);
}

/// Eight places for 2/s of 4 s: at first as many as are needed. What the dead one had in hand, about four, comes back when its
/// minute is over, and nothing before.
#[test]
fn sqs_consumer_crash() {
    let report = play("sqs", "consumer-crash");
    let retries = &report.series.nodes["invoicing"].retries_per_s;
    assert!(greatest(part(&report, retries, 1000.0, 1198.0)) < 0.01);
    let back = mean(&report, retries, 1200.0, 1290.0) * 90.0;
    assert!((1.0..=8.0).contains(&back), "{back}");
}

// eventbridge: 20/s, two pushes each (40/s) of 50/s.

/// 50 events are 100 pushes a second of 50. The function gets 25/s of 300 ms, 7.5 of its 40 places, and its lag is what it
/// has in hand: nothing to see. The bus falls behind by 50/s for 300 s and catches up by 50 − 40 = 10/s, which leaves 15,000 −
/// 12,000 = 3000 pushes after 1800 s, and the function flat at its 25/s until then.
#[test]
fn eventbridge_throttle() {
    let report = play("eventbridge", "throttle");
    let function = &report.series.nodes["fulfilment"];
    for (from, until) in [(310.0, 595.0), (700.0, 1750.0)] {
        near("throughput", mean(&report, &function.out_per_s, from, until), 25.0, 0.02);
        near("busy", mean(&report, &function.utilization, from, until), 25.0 * 0.3 / 40.0, 0.03);
        near("lag", mean(&report, lag(&report, "hub/fulfilment"), from, until), 7.5, 0.05);
    }
    let hidden = report.totals.in_flight as f64 / f64::from(report.replications);
    assert!((2400.0..3600.0).contains(&hidden), "{hidden}");
    assert_eq!(report.totals.retries, 0);
    // Who came last in the rush found 15,000 before it, at 50/s.
    let late = report.end_to_end.max.unwrap_or_default() / 1000.0;
    near("last of the rush", late, 300.0, 0.1);
}

/// Ten minutes of 20/s wait: 12,000. Retries are at most 488 s apart, so that all is over by then, and half of it is not
/// over after a minute.
#[test]
fn eventbridge_target_outage() {
    let report = play("eventbridge", "target-outage");
    let behind = lag(&report, "hub/fulfilment");
    near("pending", mean(&report, behind, 894.0, 900.0), 12_000.0, 0.03);
    assert!(mean(&report, behind, 960.0, 966.0) > 4_000.0);
    assert!(mean(&report, behind, 1395.0, 1500.0) < 20.0);
    assert!(report.totals.lost + report.totals.dead_lettered == 0);
}

/// Attempts at 0, 10 and 20 s: who comes within the first 580 s of the outage is gone, 20/s · 580 s.
#[test]
fn eventbridge_dead_letters_lost() {
    let report = play("eventbridge", "dead-letters-lost");
    near("lost", report.totals.lost as f64 / f64::from(report.replications), 11_600.0, 0.03);
    assert_eq!(queue(&report, "not-delivered").dead_letters, 0);
}

// eventgrid: 5/s, attempts 0, 10, 40, 100, 400, 1000, 2800 s after the first.

/// Outage from 600 to 1800 s: 5/s · 1200 s = 6000 wait. Who came in the first 200 s of it has failed at 1000 s too and comes at
/// 2800 s: 1000 of them are there for 26 minutes more, and done at 3400 to 3600 s.
#[test]
fn eventgrid_target_outage() {
    let report = play("eventgrid", "target-outage");
    let behind = lag(&report, "files/indexer");
    near("pending", mean(&report, behind, 1770.0, 1800.0), 5_940.0, 0.05);
    near("tail", mean(&report, behind, 2900.0, 3300.0), 1000.0, 0.1);
    assert!(mean(&report, behind, 3700.0, 4000.0) < 10.0);
    near("at once", mean(&report, behind, 3490.0, 3510.0), 500.0, 0.15);
}

/// Who fails at t is done at t + 10 or t + 40 s: all within 40 s.
#[test]
fn eventgrid_short_outage() {
    let report = play("eventgrid", "short-outage");
    let behind = lag(&report, "files/indexer");
    near("pending", greatest(part(&report, behind, 600.0, 650.0)), 150.0, 0.2);
    assert!(mean(&report, behind, 680.0, 900.0) < 3.0);
}

// sns: 10/s.

/// Every order of the five minutes is tried again, every 20 s in the end: attempts grow by 10/20 per second, to 300 s / 20 s ·
/// 10 = 150/s and what is young; all 3000 are through within 20 s of the end.
#[test]
fn sns_target_outage() {
    let report = play("sns", "target-outage");
    let behind = lag(&report, "orders/mailer");
    near("pending", mean(&report, behind, 894.0, 900.0), 2_970.0, 0.06);
    assert!(mean(&report, behind, 930.0, 960.0) < 5.0);
    let retries = &report.series.nodes["mailer"].retries_per_s;
    near("growth", slope(&report, retries, 720.0, 895.0), 0.5, 0.1);
}

/// Attempts at 0, 20, 40 and 60 s: the first 240 s are lost, 2400 orders a replication.
#[test]
fn sns_dead_letters_lost() {
    let report = play("sns", "dead-letters-lost");
    near("lost", report.totals.lost as f64 / f64::from(report.replications), 2_400.0, 0.06);
    assert_eq!(report.totals.dead_lettered, 0);
}

// pubsub: 20/s, twenty places of 300 ms.

/// Nothing slows what fails after its 10 ms: twenty places make 2000 attempts a second. A retry policy makes a few of that.
#[test]
fn pubsub_redelivery_loop() {
    let hot = play("pubsub", "redelivery-loop");
    let rate = mean(&hot, &hot.series.nodes["checker"].retries_per_s, 330.0, 419.0);
    assert!(rate > 1500.0 && rate <= 2000.0, "{rate}");
    let calm = play("pubsub", "redelivery-backoff");
    assert!(calm.totals.retries * 20 < hot.totals.retries, "{} {}", calm.totals.retries, hot.totals.retries);
    near("pending", mean(&calm, lag(&calm, "reports/checker"), 416.0, 420.0), 2_360.0, 0.06);
}

// nats: 1/s, twenty places of 10 s.

/// P(X > 20 s) = e⁻² of the deliveries outlast their wait; a late acknowledgement counts, so that all are done, but some work
/// is done twice.
#[test]
fn nats_ack_wait_shorter_than_work() {
    let report = play("nats", "ack-wait-shorter-than-work");
    let converter = consumer(&report, "converter");
    let first = converter.arrivals as f64;
    assert!(converter.expired_leases as f64 > 0.9 * (-2.0_f64).exp() * first);
    assert!(converter.utilization.mean > 0.55 && report.totals.duplicates > 500);
    assert!(report.statistics.unstable.is_empty());
}

/// One in a hundred of 1/s: each fails five times and stays in the stream, exhausted. 36 and 36 more an hour.
#[test]
fn nats_poison_with_limit() {
    let report = play("nats", "poison-with-limit");
    let exhausted = topic(&report, "videos").exhausted;
    near("exhausted", exhausted as f64, 0.01 * 6600.0 * f64::from(report.replications), 0.25);
    let converter = consumer(&report, "converter");
    near("attempts", converter.failed_attempts as f64 / exhausted as f64, 5.0, 0.05);
    assert_eq!(report.totals.dead_lettered, 0);
}

// sqs, the rush: 2/s, and 20/s from 20 to 25 minutes; workers of 2/s, two of them at first and 20 at most.

/// 16/s for 300 s: 4,800, which 4 − 2 = 2/s would take 40 minutes to drain.
#[test]
fn sqs_rush() {
    let report = play("sqs", "rush");
    let lag = lag(&report, "orders/invoicing");
    near("slope", slope(&report, lag, 1210.0, 1490.0), 16.0, 0.05);
    near("greatest", greatest(lag), 4_800.0, 0.05);
    near("way back", -slope(&report, lag, 1520.0, 3500.0), 2.0, 0.1);
}

/// The look at 21 minutes finds 960 and asks for 20, which handle 30 s later: 1,440, drained at 40 − 20 = 20/s. The look at 26
/// minutes, when the cooldown is over, takes 18 away.
#[test]
fn sqs_rush_autoscaled() {
    let report = play("sqs", "rush-autoscaled");
    let lag = lag(&report, "orders/invoicing");
    near("slope", slope(&report, lag, 1206.0, 1284.0), 16.0, 0.1);
    near("greatest", greatest(lag), 1_440.0, 0.08);
    near("way back", -slope(&report, lag, 1300.0, 1345.0), 20.0, 0.15);
    // In hand, 4 s of 20/s.
    near("in hand", mean(&report, lag, 1400.0, 1490.0), 80.0, 0.15);
    let up = &report.series.nodes["invoicing"].instances;
    near("before", mean(&report, up, 600.0, 1284.0), 2.0, 0.001);
    near("up", mean(&report, up, 1296.0, 1554.0), 20.0, 0.001);
    near("after", mean(&report, up, 1566.0, 3600.0), 2.0, 0.001);
}

/// The same look, but they handle at 31 minutes: 4,800 − 6 · 60 · 2 are left then, drained at 40 − 2 = 38/s.
#[test]
fn sqs_rush_slow_start() {
    let report = play("sqs", "rush-slow-start");
    let lag = lag(&report, "orders/invoicing");
    near("greatest", greatest(lag), 4_800.0, 0.05);
    near("way back alone", -slope(&report, lag, 1520.0, 1850.0), 2.0, 0.15);
    near("way back together", -slope(&report, lag, 1870.0, 1950.0), 38.0, 0.05);
    let up = &report.series.nodes["invoicing"].instances;
    near("in the rush", mean(&report, up, 1200.0, 1854.0), 2.0, 0.001);
    assert!(greatest(up) > 19.9);
}

/// Eight at once of 10 s are 0.8/s of 1/s: eight of twenty places are busy, and the line grows by 0.2/s.
#[test]
fn nats_too_few_pending() {
    let report = play("nats", "too-few-pending");
    near("busy", consumer(&report, "converter").utilization.mean, 0.4, 0.02);
    near("growth", slope(&report, lag(&report, "videos/converter"), 600.0, 7200.0), 0.2, 0.2);
    assert_eq!((report.totals.lost, report.totals.retries), (0, 0));
}

/// λ(T − R) = 1/s · (1800 − 600) s are lost; the line stands at λR = 600 meanwhile and drains by μ − λ = 1/s.
#[test]
fn nats_retention_overtakes() {
    let report = play("nats", "retention-overtakes");
    let trimmed = topic(&report, "videos").trimmed;
    assert_eq!(trimmed, report.totals.lost);
    near("lost", trimmed as f64 / f64::from(report.replications), 1_200.0, 0.06);
    let line = lag(&report, "videos/converter");
    near("plateau", mean(&report, line, 2_520.0, 3_580.0), 600.0, 0.08);
    near("drained", -slope(&report, line, 3_620.0, 4_000.0), 1.0, 0.25);
}
