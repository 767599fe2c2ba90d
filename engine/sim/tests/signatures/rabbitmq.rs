//! rabbitmq: 40/s, eight places of 100 ms, 80/s.

use thalweg_sim::{ExchangeReport, NodeReport};

use super::*;

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
