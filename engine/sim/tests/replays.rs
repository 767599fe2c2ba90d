//! Replays: groups that go back and read again, against hand-computed timelines; and a projection that is new.

mod common;

use common::*;
use thalweg_sim::Report;

/// 100/s over four partitions, and a projection of 500/s.
fn rebuilt(subscription: &str, projection: &str, faults: &str) -> Report {
    simulate(&format!(
        "thalweg: 1
name: Projection
nodes:
  shop: {{ kind: producer, load: {{ constant: 100/s }}, publishes: [{{ to: log }}] }}
  log: {{ kind: topic, broker: kafka, partitions: 4 }}
  view: {{ kind: consumer, subscribes: [{{ from: log{subscription} }}], service_time: 2ms{projection} }}
scenarios:
  default: {{ duration: 200s, replications: 1, faults: [{faults}], expect: [recovered(log/view) < 1h] }}
"
    ))
}

fn greatest_lag(report: &Report) -> f64 {
    topic(report, "log").groups["view"].lag.max.map_or(0.0, |lag| lag as f64)
}

/// All 10,000 of 100 s, and 300 more until the group works again, 3 s later: drained at 500 − 100 = 400/s in 25.75 s.
#[test]
fn everything_is_read_again() {
    for assignment in ["eager", "cooperative"] {
        let report = rebuilt(&format!(", assignment: {assignment}"), "", "{ at: 100.005s, replay: view }");
        assert!((greatest_lag(&report) - 10_300.0).abs() <= 2.0, "{}", greatest_lag(&report));
        let view = consumer(&report, "view");
        assert_eq!((view.redelivered, report.faults[0].touched), (10_000, 10_000));
        // What it writes, it writes again.
        assert_eq!(view.duplicates, 10_000);
        assert_eq!((view.completed, report.totals.produced), (19_999, 19_999));
        let recovered = report.expectations[0].worst.expect("it recovers");
        assert!((recovered - 28.75).abs() < 0.1, "{recovered}");
        assert_eq!(topic(&report, "log").groups["view"].rebalances, 1);
    }
}

/// 2,000 of 20 s: 2,300, and 5.75 s.
#[test]
fn a_replay_goes_back_by_a_time() {
    let report = rebuilt("", "", "{ at: 100.005s, replay: view, back: 20s }");
    assert_eq!(consumer(&report, "view").redelivered, 2_000);
    let recovered = report.expectations[0].worst.expect("it recovers");
    assert!((recovered - 8.75).abs() < 0.1, "{recovered}");
}

/// A second replay before the first has come through begins anew: what waits to be read again comes once. At 110 s the first
/// one has done 500/s for 7 s; then come the 10,000 that were handled before 100 s, and what was published since waits behind.
#[test]
fn a_second_replay_begins_anew() {
    let report = rebuilt("", "", "{ at: 100.005s, replay: view }, { at: 110.005s, replay: view }");
    let view = consumer(&report, "view");
    let first = f64::from(u32::try_from(view.redelivered).expect("few")) - 10_000.0;
    assert!((first - 3_500.0).abs() <= 5.0, "{first}");
    assert_eq!(report.faults[1].touched, 10_000);
    assert_eq!(view.completed, 19_999);
}

/// A handler that recognises what it has done spends its lookup, and has no effect twice.
#[test]
fn an_idempotent_handler_rebuilds_nothing() {
    let fault = "{ at: 100.005s, replay: view }";
    let report = rebuilt("", ", idempotent: { key: event_id, window: 24h, lookup: 1ms }", fault);
    let view = consumer(&report, "view");
    assert_eq!((view.redelivered, view.duplicates), (10_000, 0));
}

/// A group that is new at 100 s and reads from the beginning is one that was away until then: the same 10,000, as first deliveries.
#[test]
fn a_new_group_reads_from_the_beginning() {
    let report = rebuilt("", "", "{ at: 0s, for: 100.005s, crash: view }");
    let view = consumer(&report, "view");
    assert_eq!((view.redelivered, view.completed), (0, 19_999));
    assert!((10_000.0..10_302.0).contains(&greatest_lag(&report)), "{}", greatest_lag(&report));
}

#[test]
fn what_cannot_be_replayed_is_refused_by_name() {
    let of = |text: &str| compile(text).expect_err("refused");
    let queue = station("constant: 1/s", "", "", "duration: 10s, faults: [{ at: 1s, replay: server }]");
    assert!(of(&queue).iter().any(|r| r.path.ends_with("faults.0.replay")), "{:?}", of(&queue));
    let log = |load: &str, fault: &str| {
        station(load, "", "", &format!("duration: 1000s, faults: [{fault}]"))
            .replace("kind: queue", "kind: topic, broker: kafka")
    };
    let lasting = log("constant: 1/s", "{ at: 1s, for: 5s, replay: server }");
    assert!(of(&lasting).iter().any(|r| r.message.contains("moment")), "{:?}", of(&lasting));
    let large = log("constant: 10000/s", "{ at: 1s, replay: server }");
    assert!(of(&large).iter().any(|r| r.message.contains("10000000 messages")), "{:?}", of(&large));
    assert!(compile(&log("constant: 10000/s", "{ at: 1s, replay: server, back: 10s }")).is_ok());
}
