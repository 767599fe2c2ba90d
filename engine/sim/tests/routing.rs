//! Exchanges and filters: who gets a copy, what is lost, what is never owed.
// A helper of tests fails by it.
#![allow(clippy::expect_used)]

mod common;

use common::*;
use thalweg_sim::{ExchangeReport, NodeReport, Report, TopicReport};

/// Ten events of one kind each per second for 10 s, and what shall happen to them.
fn flow(publishes: &str, nodes: &str, scenario: &str) -> String {
    format!(
        "thalweg: 1
name: Routing
events: {{ order.placed: {{ version: 1.0.0 }}, order.paid: {{ version: 1.0.0 }}, mail.sent: {{ version: 1.0.0 }} }}
nodes:
  source: {{ kind: producer, load: {{ constant: 10/s }}, publishes: [{publishes}] }}
{nodes}
scenarios:
  default: {{ duration: 10.05s, replications: 1{scenario} }}
"
    )
}

fn exchange<'r>(report: &'r Report, name: &str) -> &'r ExchangeReport {
    match &report.nodes[name] {
        NodeReport::Exchange(exchange) => exchange,
        other => panic!("{name} is {other:?}"),
    }
}

fn topic<'r>(report: &'r Report, name: &str) -> &'r TopicReport {
    match &report.nodes[name] {
        NodeReport::Topic(topic) => topic,
        other => panic!("{name} is {other:?}"),
    }
}

fn edge(report: &Report, from: &str, to: &str) -> f64 {
    let edge = report.series.edges.iter().find(|e| e.from == from && e.to == to).expect("there is such an edge");
    edge.per_s.iter().map(|per_s| f64::from(*per_s)).sum::<f64>() * report.series.bucket_s
}

/// RabbitMQ, "Exchanges" and brokers' measured table: one copy per queue however often it is bound, also over a second
/// exchange and in a circle of exchanges; what no queue takes is confirmed and lost.
#[test]
fn an_exchange_gives_each_matching_queue_one_copy() {
    let text = flow(
        "{ to: hub, event: order.placed }, { to: hub, event: order.paid }, { to: hub, event: mail.sent }",
        "  hub: { kind: exchange, type: topic, routes: [{ to: orders, pattern: order.* }, { to: orders, pattern: '#.placed' },
    { to: paid, pattern: '*.paid' }, { to: inner, pattern: order.# }] }
  inner: { kind: exchange, type: direct, routes: [{ to: orders, pattern: order.placed }, { to: audit, pattern: order.paid },
    { to: hub }] }
  orders: { kind: queue }
  paid: { kind: queue }
  audit: { kind: queue }
  worker: { kind: consumer, subscribes: [{ from: orders }], service_time: 1ms }
  booker: { kind: consumer, subscribes: [{ from: paid }], service_time: 1ms }
  auditor: { kind: consumer, subscribes: [{ from: audit }], service_time: 1ms }",
        "",
    );
    let report = simulate(&text);
    assert_eq!(consumer(&report, "worker").completed, 200);
    assert_eq!(consumer(&report, "booker").completed, 100);
    assert_eq!(consumer(&report, "auditor").completed, 100);
    let hub = exchange(&report, "hub");
    assert_eq!((hub.published, hub.routed, hub.unroutable), (300, 400, 100));
    assert_eq!(exchange(&report, "inner").published, 200);
    let totals = report.totals;
    assert_eq!((totals.produced, totals.completed, totals.lost, totals.in_flight), (500, 400, 100, 0));
    assert!((edge(&report, "hub", "orders") - 200.0).abs() < 0.01);
    assert!((edge(&report, "hub", "inner") - 200.0).abs() < 0.01);
    // A queue reached twice gets its copy over the nearest way.
    assert!(edge(&report, "inner", "orders").abs() < 0.01);
}

#[test]
fn types_look_at_what_they_are_for() {
    let route = |kind: &str, pattern: &str| {
        let text = flow(
            "{ to: hub, event: order.placed, routing_key: eu.order, attributes: { region: eu, rank: 2 } }",
            &format!(
                "  hub: {{ kind: exchange, type: {kind}, routes: [{{ to: line, pattern: {pattern} }}] }}
  line: {{ kind: queue }}
  server: {{ kind: consumer, subscribes: [{{ from: line }}] }}"
            ),
            "",
        );
        consumer(&simulate(&text), "server").completed
    };
    for (kind, pattern, copies) in [
        ("direct", "eu.order", 100),
        ("direct", "order.placed", 0),
        ("topic", "eu.#", 100),
        ("topic", "eu", 0),
        ("fanout", "anything", 100),
        ("headers", "{ region: eu, rank: 2 }", 100),
        ("headers", "{ region: eu, rank: 3 }", 0),
        ("headers", "{ x-match: any, region: us, rank: 2 }", 100),
    ] {
        assert_eq!(route(kind, pattern), copies, "{kind} {pattern}");
    }
}

/// A dead letter is routed by the key of the message that it was.
#[test]
fn dead_letters_go_through_exchanges() {
    let text = flow(
        "{ to: line, event: order.placed }, { to: line, event: order.paid }, { to: line, event: mail.sent }",
        "  line: { kind: queue, dead_letter: dlx }
  server: { kind: consumer, subscribes: [{ from: line }], concurrency: 100, failure: { rate: 100% }, retry: { attempts: 2 } }
  dlx: { kind: exchange, type: topic, routes: [{ to: placed, pattern: '*.placed' }, { to: paid, pattern: '*.paid' }] }
  placed: { kind: queue }
  paid: { kind: queue }
  keeper: { kind: consumer, subscribes: [{ from: placed }, { from: paid }] }",
        "",
    );
    let report = simulate(&text);
    assert_eq!((queue(&report, "placed").dead_letters, queue(&report, "paid").dead_letters), (100, 100));
    let dlx = exchange(&report, "dlx");
    assert_eq!((dlx.dead_letters, dlx.unroutable), (300, 100));
    let totals = report.totals;
    assert_eq!((totals.produced, totals.completed, totals.dead_lettered, totals.lost), (600, 200, 300, 100));
}

/// What a filter keeps out is no message of the group: not produced, not lost, but counted.
#[test]
fn filters_keep_out_what_they_do_not_match() {
    let text = |broker: &str, filter: &str| {
        flow(
            "{ to: log, event: order.placed, attributes: { region: eu } }, { to: log, event: mail.sent, attributes: { region: us } }",
            &format!(
                "  log: {{ kind: topic, broker: {broker} }}
  some: {{ kind: consumer, subscribes: [{{ from: log, filter: {filter} }}], service_time: 1ms }}
  all: {{ kind: consumer, subscribes: [{{ from: log }}], service_time: 1ms }}"
            ),
            ", expect: [lost == 0]",
        )
    };
    for (broker, filter) in [
        ("generic", "order.*"),
        ("kafka", "'mail.received, order.placed'"),
        ("nats", "order.>"),
        ("pubsub", "'attributes.region = \"eu\" AND NOT attributes:test'"),
        ("sns", "{ region: [{ anything-but: us }] }"),
        ("eventgrid", "{ advancedFilters: [{ operatorType: StringIn, key: data.region, values: [EU] }] }"),
        ("eventbridge", "{ detail: { region: [eu] } }"),
    ] {
        let report = simulate(&text(broker, filter));
        assert_eq!(consumer(&report, "some").completed, 100, "{broker}");
        assert_eq!(consumer(&report, "all").completed, 200, "{broker}");
        let log = topic(&report, "log");
        assert_eq!((log.published, log.groups["some"].filtered, log.groups["all"].filtered), (200, 100, 0), "{broker}");
        assert_eq!(report.totals.produced, 300, "{broker}");
        assert!(report.expectations[0].held, "{broker}");
    }
}

/// During the outage of an exchange, or of one behind it, messages wait with their publishers and come in afterwards.
#[test]
fn an_exchange_that_is_out_loses_nothing() {
    for target in ["hub", "inner", "line"] {
        let text = flow(
            "{ to: hub, event: order.placed }",
            "  hub: { kind: exchange, routes: [{ to: inner }] }
  inner: { kind: exchange, routes: [{ to: line }] }
  line: { kind: queue }
  server: { kind: consumer, subscribes: [{ from: line }], concurrency: 100 }",
            &format!(", faults: [{{ at: 2.05s, for: 3s, outage: {target} }}]"),
        );
        let report = simulate(&text);
        assert_eq!(report.faults[0].touched, 30, "{target}");
        assert_eq!((report.totals.completed, report.totals.produced), (100, 100), "{target}");
        // The first that had to wait came at 2.1 s.
        assert!((report.end_to_end.max.expect("some ended") - 2950.0).abs() < 3.0, "{target}: {:?}", report.end_to_end);
        let unfinished = simulate(&text.replace("for: 3s", "for: 30s"));
        assert_eq!((unfinished.totals.completed, unfinished.totals.in_flight), (20, 80), "{target}");
    }
}

#[test]
fn a_queue_has_no_filters() {
    let text = flow(
        "{ to: line, event: order.placed }",
        "  line: { kind: queue }
  server: { kind: consumer, subscribes: [{ from: line, filter: order.* }] }",
        "",
    );
    let refusals = compile(&text).expect_err("it is refused");
    assert_eq!(refusals[0].path, "nodes.server.subscribes.0.filter");
}
