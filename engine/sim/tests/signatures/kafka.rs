//! kafka: 240/s over 12 partitions, a thread each, 50/s each.

use super::*;

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
