//! `thalweg traces map`, `journey` and `critical`, and `thalweg discover`, over what a receiver kept.

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use thalweg_tests::cli::Cli;
use thalweg_tests::http;
use thalweg_tests::receiver::Receiver;

const START: u64 = 1_700_000_000_000_000_000;
const MS: u64 = 1_000_000;

/// Trace, span, parent, kind, operation, channel, start and end in milliseconds, linked trace and span.
struct Sent(u64, u64, u64, u64, &'static str, &'static str, u64, u64, Option<(u64, u64)>);

fn trace_id(number: u64) -> String {
    format!("{number:032x}")
}

fn span_id(number: u64) -> String {
    format!("{number:016x}")
}

/// A message is sent in one trace, fails and succeeds in two others, and what follows from it is handled in a fourth.
fn spans() -> Vec<(&'static str, Sent)> {
    vec![
        ("shop", Sent(1, 1, 0, 4, "send", "orders", 0, 2, None)),
        ("payment", Sent(2, 2, 0, 5, "process", "orders", 30, 40, Some((1, 1)))),
        ("payment", Sent(3, 3, 0, 5, "process", "orders", 90, 110, Some((1, 1)))),
        ("payment", Sent(3, 4, 3, 4, "send", "payments", 100, 101, None)),
        ("books\u{1b}[31m", Sent(4, 5, 0, 5, "process", "payments", 111, 121, Some((3, 4)))),
        ("shop", Sent(5, 6, 0, 4, "send", "orders", 200, 202, None)),
    ]
}

fn text(key: &str, value: &str) -> Value {
    json!({ "key": key, "value": { "stringValue": value } })
}

fn request() -> Value {
    let resource = |(service, sent): &(&str, Sent)| {
        let Sent(trace, span, parent, kind, operation, channel, start, end, link) = sent;
        let mut value = json!({
            "traceId": trace_id(*trace), "spanId": span_id(*span), "name": format!("{operation} {channel}"), "kind": kind,
            "startTimeUnixNano": (START + start * MS).to_string(), "endTimeUnixNano": (START + end * MS).to_string(),
            "attributes": [
                text("messaging.system", "kafka"),
                text("messaging.operation.type", operation),
                text("messaging.destination.name", channel),
            ],
        });
        if *parent > 0 {
            value["parentSpanId"] = json!(span_id(*parent));
        }
        if let Some((trace, span)) = link {
            value["links"] = json!([{ "traceId": trace_id(*trace), "spanId": span_id(*span) }]);
        }
        if *span == 2 {
            value["status"] = json!({ "code": 2 });
        }
        json!({ "resource": { "attributes": [text("service.name", service)] }, "scopeSpans": [{ "spans": [value] }] })
    };
    json!({ "resourceSpans": spans().iter().map(resource).collect::<Vec<_>>() })
}

/// A data file with these spans.
fn filled() -> Result<Cli> {
    let cli = Cli::new()?;
    let mut receiver = Receiver::start(&cli)?;
    let json = [("Content-Type", "application/json")];
    let answer = http::post(receiver.http, "/v1/traces", &json, request().to_string().as_bytes())?;
    ensure!(answer.status == 200, "{}", answer.head);
    receiver.interrupt()?;
    Ok(cli)
}

fn ask(cli: &Cli, arguments: &[&str]) -> Result<Value> {
    let database = cli.database().display().to_string();
    let arguments = [arguments, &["--format", "json", "--db", &database]].concat();
    cli.run(&arguments)?.expect_code(0)?.json()
}

#[test]
fn a_journey_is_the_same_from_each_of_its_traces() -> Result<()> {
    let cli = filled()?;
    for (trace, span) in [(1, None), (2, None), (3, Some(4)), (4, Some(5))] {
        let (trace, span) = (trace_id(trace), span.map(span_id));
        let mut arguments = vec!["traces", "journey", &trace];
        arguments.extend(span.as_deref());
        let journey = ask(&cli, &arguments)?;
        let hops = journey["hops"].as_array().context("no hops")?;
        let kinds: Vec<&str> = hops.iter().filter_map(|hop| hop["kind"].as_str()).collect();
        let expected = ["sent", "waited", "handled", "backoff", "handled", "sent", "waited", "handled"];
        ensure!(kinds == expected && journey["traces"] == 4 && journey["cut"] == false, "{journey:#}");
        ensure!(journey["duration_ms"] == 121.0 && hops[4]["attempt"] == 2 && hops[2]["error"] == true, "{journey:#}");
    }
    Ok(())
}

#[test]
fn a_map_and_its_flow() -> Result<()> {
    let cli = filled()?;
    let map = ask(&cli, &["traces", "map"])?;
    ensure!(map["traces"] == 5 && map["spans"] == 6 && map["cut"] == false, "{map:#}");
    let edges = map["edges"].as_array().context("no edges")?;
    let orders = edges.iter().find(|edge| edge["kind"] == "deliver" && edge["messages"] == 2).context("no delivery")?;
    ensure!(orders["redelivered"] == 1 && orders["evidence"]["links"] == 1 && orders["errors"] == 1, "{orders:#}");
    // The filter that a connection names finds its traces again, and its newest span is in one of them.
    let traces = [("publish", 3), ("deliver", 3)];
    for edge in edges.iter().filter(|edge| traces.iter().any(|(kind, _)| edge["kind"] == *kind)) {
        let filter = edge["filter"].as_str().context("no filter")?;
        let found = ask(&cli, &["traces", "search", filter])?;
        let ids: Vec<&Value> = found.as_array().into_iter().flatten().map(|trace| &trace["trace_id"]).collect();
        ensure!(!ids.is_empty() && ids.contains(&&edge["newest"]["trace_id"]), "{edge:#} finds {found:#}");
    }
    // Only traces that a filter finds, and only those that the service takes part in.
    let failed = ask(&cli, &["traces", "map", "--filter", "status = error"])?;
    ensure!(failed["traces"] == 1 && failed["spans"] == 1, "{failed:#}");
    let database = cli.database().display().to_string();
    cli.run(&["traces", "map", "--filter", "status = erorr", "--db", &database])?
        .expect_code(2)?
        .expect_complaint(&["is no status"])?;
    let books = ask(&cli, &["traces", "map", "--service", "shop"])?;
    ensure!(books["traces"] == 2, "{books:#}");

    let shown = cli.run(&["traces", "map", "--db", &database])?.expect_code(0)?;
    ensure!(!shown.stdout.contains('\u{1b}'), "a service's name steers the terminal");
    let flow = cli.folder().join("drawn.flow.yaml").display().to_string();
    cli.run(&["discover", "--db", &database, "-o", &flow])?.expect_code(0)?;
    cli.run(&["check", "--deny", "warnings", &flow])?.expect_code(0)?;
    cli.run(&["simulate", &flow, "--replications", "1"])?.expect_code(0)?;
    // What is there is not replaced unasked.
    cli.run(&["discover", "--db", &database, "-o", &flow])?.expect_code(2)?.expect_complaint(&["already there"])?;
    cli.run(&["discover", "--db", &database, "-o", &flow, "--force"])?.expect_code(0)?;
    Ok(())
}

#[test]
fn a_critical_path() -> Result<()> {
    let cli = filled()?;
    let path = ask(&cli, &["traces", "critical", &trace_id(3)])?;
    let sections: Vec<(u64, u64)> = (path["sections"].as_array().context("no sections")?.iter())
        .map(|section| {
            (section["start_nano"].as_u64().unwrap_or(9), section["duration_nano"].as_u64().unwrap_or(0) / MS)
        })
        .collect();
    ensure!(sections == [(0, 10), (10 * MS, 1), (11 * MS, 9)], "{path:#}");
    Ok(())
}

#[test]
fn what_is_not_there_is_said_in_words() -> Result<()> {
    let cli = filled()?;
    let database = cli.database().display().to_string();
    let (nothing, known) = (trace_id(99), trace_id(1));
    let cases: [(&[&str], &[&str]); 6] = [
        (&["traces", "journey", &nothing], &["There is no trace"]),
        (&["traces", "journey", &known, &span_id(99)], &["There is no span", "0000000000000063"]),
        (&["traces", "journey", &known, "xyz"], &["is no span id", "16 hexadecimal digits"]),
        (&["traces", "critical", &nothing], &["There is no trace"]),
        (&["traces", "map", "--since", "soon"], &["soon"]),
        (&["discover", "--service", "nobody"], &["show no messages", "messaging.destination.name"]),
    ];
    for (arguments, words) in cases {
        let arguments = [arguments, &["--db", &database]].concat();
        cli.run(&arguments)?.expect_code(2)?.expect_complaint(words)?;
    }
    let elsewhere = cli.folder().join("none.db").display().to_string();
    cli.run(&["discover", "--db", &elsewhere])?.expect_code(2)?.expect_complaint(&["There is no data file"])?;
    // Nothing happened lately.
    let map = ask(&cli, &["traces", "map", "--since", "1ms"])?;
    ensure!(map["traces"] == 0 && map["nodes"] == json!([]), "{map:#}");
    Ok(())
}
