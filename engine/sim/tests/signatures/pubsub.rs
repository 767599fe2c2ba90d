//! pubsub: 20/s, twenty places of 300 ms.

use super::*;

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

/// P(10 ms + X > 10 s) = e^-1.998 of the deliveries outlast the deadline, and another place takes the report at once: 1/(1 − p)
/// deliveries of each, all of which end well, and what is late counts for nothing.
#[test]
fn pubsub_lease_shorter_than_processing() {
    let report = play("pubsub", "lease-shorter-than-processing");
    let checker = consumer(&report, "checker");
    let p = (-9.99_f64 / 5.0).exp();
    near("expired", checker.expired_leases as f64 / checker.attempts as f64, p, 0.15);
    near("late", checker.late_acks as f64 / checker.attempts as f64, p, 0.15);
    let curve = &report.series.nodes["checker"];
    near("again", mean(&report, &curve.retries_per_s, 60.0, 900.0), p / (1.0 - p), 0.15);
    near("busy", mean(&report, &curve.utilization, 60.0, 900.0), 5.01 / (1.0 - p) / 20.0, 0.08);
    assert!(report.statistics.unstable.is_empty());
}

/// Weights 1/r^1.5 of 5000 keys add up to 2.584: the first has 38.7 %, 7.74/s, and one report at a time, 3.33/s, is handled of
/// it. The second with 2.74/s and all others pass. What does not wait keeps 15.6/s · 0.3 s of the twenty places busy.
#[test]
fn pubsub_hot_key() {
    let report = play("pubsub", "hot-key");
    let grows = 20.0 / 2.584 - 1.0 / 0.3;
    near("slope", slope(&report, lag(&report, "reports/checker"), 60.0, 900.0), grows, 0.07);
    let curve = &report.series.nodes["checker"];
    near("busy", mean(&report, &curve.utilization, 60.0, 900.0), (20.0 - grows) * 0.3 / 20.0, 0.05);
    assert_eq!((report.statistics.unstable.len(), report.totals.retries), (1, 0));
}
