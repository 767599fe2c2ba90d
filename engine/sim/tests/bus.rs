//! Buses and pushes: which rules match, how fast they push, and when they try again.
// A helper of tests fails by it.
#![allow(clippy::expect_used)]

mod common;

use common::*;
use thalweg_sim::{BusReport, NodeReport, Report};

fn flow(load: &str, nodes: &str, scenario: &str) -> String {
    format!(
        "thalweg: 1
name: Bus
events: {{ order.placed: {{ version: 1.0.0 }}, mail.sent: {{ version: 1.0.0 }} }}
nodes:
  source: {{ kind: producer, load: {{ {load} }}, publishes: [{{ to: hub, event: order.placed, attributes: {{ region: eu }} }}] }}
{nodes}
scenarios:
  default: {{ replications: 1, {scenario} }}
"
    )
}

fn bus(report: &Report) -> &BusReport {
    match &report.nodes["hub"] {
        NodeReport::Bus(bus) => bus,
        other => panic!("hub is {other:?}"),
    }
}

const HOUR: f64 = 3600.0;

/// The mean end-to-end time in seconds; it is exact when there is one event.
fn seconds(report: &Report) -> f64 {
    report.end_to_end.mean.expect("something ended") / 1000.0
}

/// Every rule that matches is a push of its own; an event that none matches is owed to nobody.
#[test]
fn rules_filter_and_push_to_channels_and_consumers() {
    let text = flow(
        "constant: 10/s",
        "  other: { kind: producer, load: { constant: 10/s }, publishes: [{ to: hub, event: mail.sent }] }
  hub: { kind: bus, routes: [{ to: line, pattern: { detail: { region: [{ anything-but: us }] } } },
    { to: inner, pattern: { detail-type: [{ prefix: order. }] } }, { to: function, pattern: order.* }] }
  inner: { kind: exchange, routes: [{ to: line }, { to: side }] }
  line: { kind: queue }
  side: { kind: queue }
  function: { kind: consumer, concurrency: 10, service_time: 1ms }
  worker: { kind: consumer, subscribes: [{ from: line }, { from: side }], concurrency: 10 }",
        "duration: 10.05s",
    );
    let report = simulate(&text);
    let hub = bus(&report);
    assert_eq!((hub.published, hub.filtered, hub.pushes, hub.failed_pushes), (200, 100, 300, 0));
    assert_eq!((consumer(&report, "function").completed, consumer(&report, "worker").completed), (100, 300));
    assert_eq!((queue(&report, "line").published, queue(&report, "side").published), (200, 100));
    assert_eq!((report.totals.produced, report.totals.completed), (400, 400));
}

/// A hundred at once against 10/s: a bucket of one second's worth goes at once, the last push comes after 90 · 0.1 s. Nothing is
/// refused.
#[test]
fn a_throttle_delays_and_loses_nothing() {
    let text = flow(
        "batch: { size: 100, every: 1m }",
        "  hub: { kind: bus, throttle: 10/s, routes: [{ to: function }] }
  function: { kind: consumer, concurrency: 100 }",
        "duration: 90s",
    );
    let report = simulate(&text);
    assert_eq!((bus(&report).delayed, report.totals.completed, report.totals.lost), (90, 100, 0));
    let mean = (1..=90).map(|n| f64::from(n) * 0.1).sum::<f64>() / 100.0;
    assert!((seconds(&report) - mean).abs() < 1e-6, "{}", seconds(&report));
}

/// One event at 24 h whose handler fails until shortly before a time: it succeeds at the first attempt after that.
fn succeeds_after(hub: &str, until_s: f64) -> Report {
    let fault =
        format!("{{ at: 0s, for: {}ms, errors: function, rate: 100% }}", ((24.0 * HOUR + until_s) * 1000.0) as u64);
    simulate(&flow("constant: 1/d", hub, &format!("duration: 47h59m, faults: [{fault}]")))
}

/// Microsoft, "Event Grid message delivery and retry": 10 s, 30 s, 1, 5, 10, 30 min, 1, 3, 6, 12 h after one another.
#[test]
fn event_grid_keeps_its_schedule() {
    let hub = "  hub: { kind: topic, broker: eventgrid }
  dead: { kind: queue }
  function: { kind: consumer, subscribes: [{ from: hub }], dead_letter: dead }";
    let times = [10.0, 40.0, 100.0, 400.0, 1000.0, 2800.0, 6400.0, 17_200.0, 38_800.0, 82_000.0];
    for (retries, at) in (2_u64..).zip(times) {
        let report = succeeds_after(hub, at - 5.0);
        assert_eq!(consumer(&report, "function").attempts, retries, "{at}");
        assert!((seconds(&report) - at).abs() < 3.0, "{at}: {}", seconds(&report));
    }
    // The next would come at 34 h, beyond the time to live: eleven attempts, and the dead letter five minutes after.
    let report = succeeds_after(hub, 23.9 * HOUR);
    assert_eq!((consumer(&report, "function").attempts, queue(&report, "dead").dead_letters), (11, 1));
    assert_eq!((report.totals.dead_lettered, report.totals.lost), (1, 0));
}

/// Three at once, two after 1 s, ten from 1 s to 20 s (70.1 s in all), then every 20 s.
#[test]
fn sns_keeps_its_phases() {
    let hub = "  hub: { kind: topic, broker: sns }
  function: { kind: consumer, subscribes: [{ from: hub }], failure: { rate: 100% } }";
    let report = simulate(&flow("constant: 1/h", hub, "duration: 1h59m50s"));
    assert_eq!(consumer(&report, "function").attempts, 1 + 15 + 175);
    assert_eq!(report.totals.in_flight, 1);
}

/// EventBridge: at most 185 retries, none after 24 h; then the rule's dead letter channel, or lost.
#[test]
fn event_bridge_gives_up_by_number_and_by_age() {
    let hub = |route: &str| {
        format!(
            "  hub: {{ kind: bus, broker: eventbridge, routes: [{{ to: function{route} }}] }}
  dead: {{ kind: queue }}
  function: {{ kind: consumer, failure: {{ rate: 100% }} }}"
        )
    };
    let run = |route: &str| simulate(&flow("constant: 1/d", &hub(route), "duration: 47h59m59s"));
    // Full jitter: 185 delays of 244 s on average are over within half of the 24 h.
    let usual = run("");
    assert_eq!((consumer(&usual, "function").attempts, usual.totals.lost), (186, 1));
    let old = run(", dead_letter: dead, retry: { attempts: 100, backoff: 10h }");
    assert_eq!((consumer(&old, "function").attempts, queue(&old, "dead").dead_letters), (3, 1));
    let few = run(", dead_letter: dead, retry: { attempts: 5, backoff: 1m }");
    assert_eq!((consumer(&few, "function").attempts, few.totals.dead_lettered), (5, 1));
}

/// A push to a channel that is out fails and is repeated by the rule.
#[test]
fn pushes_to_a_channel_that_is_out_are_repeated() {
    let nodes = "  hub: { kind: bus, broker: eventbridge, routes: [{ to: line, dead_letter: dead, retry: { attempts: 3, backoff: 2s } }] }
  line: { kind: queue }
  dead: { kind: queue }
  worker: { kind: consumer, subscribes: [{ from: line }] }";
    let run = |until: &str| {
        simulate(&flow(
            "constant: 6/min",
            nodes,
            &format!("duration: 19s, faults: [{{ at: 0s, for: {until}, outage: line }}]"),
        ))
    };
    // The only event comes at 10 s: attempts at 10, 12 and 14 s.
    let repeated = run("13s");
    assert_eq!((bus(&repeated).pushes, bus(&repeated).failed_pushes, repeated.totals.completed), (3, 2, 1));
    assert!((seconds(&repeated) - 4.0).abs() < 0.5, "{}", seconds(&repeated));
    let gone = run("18s");
    assert_eq!((bus(&gone).failed_pushes, bus(&gone).given_up, gone.faults[0].touched), (3, 1, 3));
    assert_eq!((queue(&gone, "dead").dead_letters, gone.totals.dead_lettered, gone.totals.lost), (1, 1, 0));
}

#[test]
fn buses_in_a_circle_are_refused() {
    let nodes = "  hub: { kind: bus, routes: [{ to: back, pattern: order.* }] }
  back: { kind: bus, routes: [{ to: hub, pattern: '*' }] }";
    let refusals = compile(&flow("constant: 1/s", nodes, "duration: 10s")).expect_err("it is refused");
    assert!(refusals[0].message.contains("come back"), "{refusals:?}");
}
