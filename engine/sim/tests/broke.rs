//! When and where expectations broke, against moments that a pencil gives.

mod common;

use common::*;
use thalweg_sim::{Broke, BrokeBy, ExpectationReport, Report, Untold};

/// λ = 80/s, capacity 100/s, everything deterministic; a crash from 100 s to 130 s lets 2400 messages wait, which are gone
/// at 250 s. Buckets are two thirds of a second long.
fn crash(expect: &str) -> Report {
    simulate(&format!(
        "thalweg: 1
name: Crash
nodes:
  source: {{ kind: producer, load: {{ constant: 80/s }}, publishes: [{{ to: line }}] }}
  line: {{ kind: queue }}
  server: {{ kind: consumer, subscribes: [{{ from: line }}], service_time: 10ms, publishes: [{{ to: more }}] }}
  more: {{ kind: queue }}
  after: {{ kind: consumer, subscribes: [{{ from: more }}], service_time: 1ms }}
scenarios:
  default:
    duration: 400s
    replications: 2
    faults: [{{ at: 100s, for: 30s, crash: server }}]
    expect: [{expect}]
"
    ))
}

/// The expectation is broken, at a moment within a bucket and a half, in a node.
fn broke_at(expectation: &ExpectationReport, at_s: f64, node: &str, by: BrokeBy) {
    let text = &expectation.text;
    assert!(!expectation.held, "{text} held");
    let Some(Ok(Broke { at_s: found, node: place, by: how })) = &expectation.broke else {
        panic!("{text}: {:?}", expectation.broke)
    };
    assert!((found - at_s).abs() <= 1.0, "{text}: broke at {found}, not {at_s}");
    assert_eq!((place.as_deref(), *how), (Some(node), by), "{text}");
}

#[test]
fn levels_times_and_deadlines_break_when_they_pass_their_limit() {
    let report = crash(
        "lag(line/server) < 1000, depth(line) < 1600, lag(line) < 1000, recovered(line/server) < 1m, p99(server) < 5s, \
         p99(end_to_end) < 5s, max(end_to_end) < 5s, p99(after) < 5s",
    );
    let [lag, depth, of_channel, recovered, sojourn, end_to_end, most, held] = &report.expectations[..] else {
        panic!("eight expectations")
    };
    broke_at(lag, 100.0 + 1000.0 / 80.0, "server", BrokeBy::Curve);
    broke_at(depth, 100.0 + 1600.0 / 80.0, "line", BrokeBy::Curve);
    broke_at(of_channel, 112.5, "server", BrokeBy::Curve);
    broke_at(recovered, 130.0 + 60.0, "server", BrokeBy::Deadline);
    // What ends first after the crash has waited for 30 s.
    broke_at(sojourn, 130.3, "server", BrokeBy::Curve);
    broke_at(end_to_end, 130.3, "server", BrokeBy::Curve);
    broke_at(most, 130.3, "server", BrokeBy::OtherCurve);
    assert!(held.held && held.broke.is_none(), "{held:?}");
}

#[test]
fn rates_and_shares_break_when_they_fall_or_rise() {
    let report = crash("throughput(server) > 90/s, utilization(server) < 30%");
    let [throughput, utilization] = &report.expectations[..] else { panic!("two expectations") };
    // 80/s is less than 90/s from the beginning on; busy for 80 % of the time too.
    broke_at(throughput, 0.3, "server", BrokeBy::Curve);
    broke_at(utilization, 0.3, "server", BrokeBy::Curve);
}

/// From 50 s to 60 s every attempt fails and is given up at once: 80 dead letters a second.
#[test]
fn totals_break_when_they_pass_what_is_allowed() {
    let text = "thalweg: 1
name: Errors
nodes:
  source: { kind: producer, load: { constant: 80/s }, publishes: [{ to: line }] }
  line: { kind: queue }
  server:
    { kind: consumer, subscribes: [{ from: line }], service_time: 1ms, retry: { attempts: 2, backoff: 1ms },
      dead_letter: dlq }
  dlq: { kind: queue }
scenarios:
  default:
    duration: 120s
    warmup: 10s
    replications: 2
    faults: [{ at: 50s, for: 10s, errors: server, rate: 100% }]
    expect: [dead_letters == 0, dead_letters(dlq) < 400, retries <= 160, dead_letters > 5000, duplicates > 0, lost == 0]
";
    let report = simulate(text);
    let [any, some, retries, more, duplicates, lost] = &report.expectations[..] else { panic!("six expectations") };
    broke_at(any, 50.1, "server", BrokeBy::Total);
    broke_at(some, 55.0, "server", BrokeBy::Total);
    broke_at(retries, 52.0, "server", BrokeBy::Total);
    assert_eq!(more.broke, Some(Err(Untold::NotReached)));
    assert_eq!(duplicates.broke, Some(Err(Untold::NoCurve)));
    assert!(lost.held && lost.broke.is_none());
}

/// What is given up ends without a latency of its own: where most attempts fail is told.
#[test]
fn what_is_given_up_late_leads_to_who_gave_it_up() {
    let text = "thalweg: 1
name: Late
nodes:
  source: { kind: producer, load: { constant: 20/s }, publishes: [{ to: line }] }
  line: { kind: queue }
  server:
    { kind: consumer, subscribes: [{ from: line }], concurrency: 200, service_time: 1ms,
      retry: { attempts: 2, backoff: 3s }, dead_letter: dlq, publishes: [{ to: more }] }
  more: { kind: queue }
  after: { kind: consumer, subscribes: [{ from: more }], service_time: 1ms }
  dlq: { kind: queue }
scenarios:
  default:
    duration: 120s
    replications: 1
    faults: [{ at: 50s, for: 30s, errors: server, rate: 100% }]
    expect: [p99(end_to_end) < 2s]
";
    broke_at(&simulate(text).expectations[0], 53.0, "server", BrokeBy::Curve);
}

/// One of many replications breaks it: that one's moment is told, as its value is.
#[test]
fn the_moment_is_that_of_the_worst_replication() {
    let text = station(
        "poisson: 50/s",
        "",
        ", service_time: { exponential: 10ms }",
        "duration: 60s, replications: 6, expect: [lag(line/server) < 12]",
    );
    let report = simulate(&text);
    let lag = &report.expectations[0];
    assert!(lag.share > 0.0 || lag.values.iter().flatten().any(|value| *value >= 12.0));
    let Some(Ok(broke)) = &lag.broke else { panic!("{lag:?}") };
    assert!((0.0..=60.0).contains(&broke.at_s) && broke.node.as_deref() == Some("server"), "{broke:?}");
}
