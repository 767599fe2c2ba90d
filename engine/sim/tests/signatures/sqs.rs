//! sqs: 2/s, sixteen places of 4 s on average, 4/s.

use super::*;

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
