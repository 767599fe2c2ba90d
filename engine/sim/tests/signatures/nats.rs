//! nats: 1/s, twenty places of 10 s.

use super::*;

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

/// 30 s each, and e⁻⁴ of the deliveries outlast their two minutes and are made once more: 20/30 s · (1 − e⁻⁴) = 0.654/s of 1/s. It
/// grows by 0.346/s for 1200 s, and goes by 2 − 1 = 1/s.
#[test]
fn nats_slow_consumer() {
    let report = play("nats", "slow-consumer");
    let line = lag(&report, "videos/converter");
    let rate = 20.0 / 30.0 * (1.0 - (-4.0_f64).exp());
    near("slope", slope(&report, line, 1_860.0, 2_990.0), 1.0 - rate, 0.3);
    near("way back", -slope(&report, line, 3_030.0, 3_300.0), 1.0, 0.3);
    let converter = &report.series.nodes["converter"];
    near("throughput", mean(&report, &converter.out_per_s, 1_860.0, 2_990.0), rate, 0.08);
    assert!(mean(&report, &converter.utilization, 1_860.0, 2_990.0) > 0.99);
    // In hand, 1/s of 10 s.
    near("in hand again", mean(&report, line, 4_200.0, 7_200.0), 10.0, 0.15);
}

/// Five of twenty places for ten minutes: at first 2.5 videos in hand, which come again when their two minutes are over, and
/// nothing before. The fifteen others do 1.5/s of 1/s: no line to speak of.
#[test]
fn nats_consumer_crash() {
    let report = play("nats", "consumer-crash");
    let converter = &report.series.nodes["converter"];
    assert!(greatest(part(&report, &converter.retries_per_s, 1_200.0, 1_812.0)) < 0.01);
    let back = mean(&report, &converter.retries_per_s, 1_812.0, 1_932.0) * 120.0;
    assert!((0.5..=6.0).contains(&back), "{back}");
    near("instances", mean(&report, &converter.instances, 1_812.0, 2_388.0), 3.0, 0.001);
    assert!(mean(&report, lag(&report, "videos/converter"), 1_932.0, 2_400.0) < 20.0);
}
