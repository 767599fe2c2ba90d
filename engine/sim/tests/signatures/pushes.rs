//! Brokers that push and repeat by a schedule: eventbridge, eventgrid, sns.

use super::*;

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

/// 750 ms each: 5/750 ms = 6.67/s of 10/s. The copies for analytics grow by the rest, at its five places there is always work, and
/// nobody else notices. Afterwards they go by 100 − 10 = 90/s.
#[test]
fn sns_slow_consumer() {
    let report = play("sns", "slow-consumer");
    let behind = lag(&report, "orders/analytics");
    near("slope", slope(&report, behind, 610.0, 1195.0), 10.0 - 5.0 / 0.75, 0.15);
    near("way back", -slope(&report, behind, 1203.0, 1218.0), 90.0, 0.15);
    assert!(mean(&report, behind, 1260.0, 1800.0) < 2.0);
    let analytics = &report.series.nodes["analytics"];
    near("throughput", mean(&report, &analytics.out_per_s, 610.0, 1195.0), 5.0 / 0.75, 0.05);
    assert!(mean(&report, &analytics.utilization, 610.0, 1195.0) > 0.99);
    // 10/s of 100 ms and of 200 ms.
    for (group, in_hand) in [("orders/mailer", 1.0), ("orders/partner", 2.0)] {
        near(group, mean(&report, lag(&report, group), 610.0, 1195.0), in_hand, 0.1);
    }
    assert_eq!(report.totals.retries, 0);
}

/// 3 s each: 10/3 s = 3.33/s of 5/s. It grows by the rest for ten minutes, to 1000, which is gone at 50 − 5 = 45/s within half
/// a minute: a bucket or two.
#[test]
fn eventgrid_slow_consumer() {
    let report = play("eventgrid", "slow-consumer");
    let behind = lag(&report, "files/indexer");
    near("slope", slope(&report, behind, 612.0, 1188.0), 5.0 - 10.0 / 3.0, 0.2);
    near("greatest", greatest(behind), 1000.0, 0.2);
    near("in hand again", mean(&report, behind, 1260.0, 7200.0), 1.0, 0.1);
    let indexer = &report.series.nodes["indexer"];
    near("throughput", mean(&report, &indexer.out_per_s, 612.0, 1188.0), 10.0 / 3.0, 0.06);
    assert!(mean(&report, &indexer.utilization, 612.0, 1188.0) > 0.99);
    assert_eq!((report.totals.retries, report.totals.lost), (0, 0));
}
