//! Stores: operations that contend for places, change feeds, and projections that lag.

mod common;

use common::*;

/// One writer at a time: M/M/1 at the store with λ = 80 and μ = 100, seen by its callers.
#[test]
fn a_store_is_a_station() {
    let text = "thalweg: 1
name: Store
nodes:
  source: { kind: producer, load: { poisson: 80/s }, publishes: [{ to: line }] }
  line: { kind: queue }
  server: { kind: consumer, subscribes: [{ from: line }], concurrency: 10000, calls: [{ service: db }] }
  db: { kind: store, write_time: { exponential: 10ms }, concurrency: 1 }
scenarios:
  default: { duration: 2000s, warmup: 100s, replications: 30, seed: 41 }
";
    let report = simulate(text);
    agrees("W", &service(&report, "db").latency, 50.0, 0.05);
    agrees("Wq", &service(&report, "db").wait, 40.0, 0.06);
    agrees("as its caller sees it", &consumer(&report, "server").sojourn, 50.0, 0.05);
}

/// Reads and writes share the places: with shares of a half, 5 ms and 15 ms, M/G/1 with E[S] = 10 ms, E[S²] = 125 ms².
#[test]
fn reads_and_writes_contend() {
    let text = "thalweg: 1
name: Store
nodes:
  source: { kind: producer, load: { poisson: 40/s }, publishes: [{ to: reads }] }
  other: { kind: producer, load: { poisson: 40/s }, publishes: [{ to: writes }] }
  reads: { kind: queue }
  writes: { kind: queue }
  reader: { kind: consumer, subscribes: [{ from: reads }], concurrency: 10000, calls: [{ service: db, operation: read }] }
  writer: { kind: consumer, subscribes: [{ from: writes }], concurrency: 10000, calls: [{ service: db, operation: write }] }
  db: { kind: store, write_time: 15ms, read_time: 5ms, concurrency: 1, projects_to: [feed] }
  feed: { kind: topic }
scenarios:
  default: { duration: 2000s, warmup: 100s, replications: 30, seed: 42 }
";
    let report = simulate(text);
    // Pollaczek–Khinchine: λE[S²]/2(1−ρ) = 0.08 · 125 / 0.4 = 25.
    agrees("Wq", &service(&report, "db").wait, 25.0, 0.05);
    agrees("reads", &consumer(&report, "reader").sojourn, 30.0, 0.05);
    agrees("writes", &consumer(&report, "writer").sojourn, 40.0, 0.05);
}

fn cqrs(scenario: &str) -> String {
    format!(
        "thalweg: 1
name: CQRS
nodes:
  shop: {{ kind: producer, load: {{ constant: 10/s }}, publishes: [{{ to: commands, key: {{ uniform: {{ keys: 50 }} }} }}] }}
  commands: {{ kind: queue }}
  handler: {{ kind: consumer, subscribes: [{{ from: commands }}], concurrency: 100, retry: {{ attempts: 1 }}, calls: [{{ service: events-db, timeout: 1s }}] }}
  events-db: {{ kind: store, write_time: 20ms, projects_to: [feed] }}
  feed: {{ kind: topic, partitions: 4 }}
  projection: {{ kind: consumer, subscribes: [{{ from: feed }}], instances: 4, service_time: 5ms, calls: [{{ service: read-model }}] }}
  read-model: {{ kind: store, write_time: 10ms, concurrency: 4 }}
scenarios:
  default: {{ duration: 100.05s, replications: 1{scenario} }}
"
    )
}

/// Every write becomes an event of the feed; an event is over when the read model has it, 20 + 5 + 10 ms later or more.
#[test]
fn writes_become_events_that_a_projection_follows() {
    let report = simulate(&cqrs(""));
    assert_eq!(service(&report, "events-db").completed, 1000);
    assert_eq!(consumer(&report, "projection").completed, 1000);
    assert_eq!(service(&report, "read-model").completed, 1000);
    assert_eq!(report.totals.produced, 2000);
    let fastest = report.end_to_end.p50.unwrap();
    assert!((fastest / 35.0 - 1.0).abs() < 0.002, "{fastest}");
    // While the projection is down the feed's lag is what was written, and no command notices.
    let down = simulate(&cqrs(
        ", faults: [{ at: 50.05s, for: 20s, crash: projection }], expect: [lag(feed/projection) < 300, recovered(feed/projection) < 10s]",
    ));
    let lag = down.expectations[0].worst.unwrap();
    assert!((199.0..=202.0).contains(&lag), "{lag}");
    assert!(down.expectations[1].held);
    assert_eq!(consumer(&down, "handler").sojourn.max, consumer(&report, "handler").sojourn.max);
}

/// A full store refuses its writes at once; what was not written is in no feed.
#[test]
fn a_full_store_refuses_writes() {
    let report = simulate(&cqrs(", faults: [{ at: 20.05s, for: 10s, full: events-db }]"));
    assert_eq!((report.totals.lost, report.faults[0].touched), (100, 100));
    assert_eq!(consumer(&report, "projection").completed, 900);
    assert_eq!(service(&report, "events-db").failed, 100);
}

/// A write whose caller has given up is in the feed all the same.
#[test]
fn abandoned_writes_are_in_the_feed() {
    let report = simulate(&cqrs(", faults: [{ at: 20.05s, for: 10s, slow: events-db, factor: 100 }]"));
    // 2 s of work against a timeout of 1 s: the caller gives 100 up, the store writes them.
    assert_eq!((report.totals.lost, service(&report, "events-db").timed_out), (100, 100));
    assert_eq!(consumer(&report, "projection").completed, 1000);
}

#[test]
fn a_projection_into_a_store_needs_a_consumer() {
    let refusals = compile(&cqrs("").replace("projects_to: [feed]", "projects_to: [read-model]")).unwrap_err();
    assert_eq!(refusals[0].path, "nodes.events-db.projects_to.0");
    assert!(refusals[0].message.contains("read-model"), "{refusals:?}");
}
