//! `thalweg traces search` and `assert` over what a running `thalweg receive` stored.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use thalweg_tests::cli::{Cli, Finished};
use thalweg_tests::receiver::Receiver;
use thalweg_tests::{http, otlp};

const NOW: u64 = 1_800_000_000_000_000_000;
const MS: u64 = 1_000_000;

/// A trace of two spans: `shop` publishes, `payment` handles.
struct Order {
    number: u128,
    /// How long handling took.
    handled_ms: u64,
    failed: bool,
}

impl Order {
    fn id(&self) -> String {
        format!("{:032x}", self.number)
    }

    fn request(&self) -> Value {
        let start = NOW + self.number as u64 * 1000 * MS;
        let span = |id: u64, parent: &str, name: &str, kind: u64, after_ms: u64, ms: u64| {
            json!({
                "traceId": self.id(), "spanId": format!("{id:016x}"), "parentSpanId": parent, "name": name, "kind": kind,
                "startTimeUnixNano": (start + after_ms * MS).to_string(),
                "endTimeUnixNano": (start + (after_ms + ms) * MS).to_string(),
                "attributes": [
                    { "key": "messaging.destination.name", "value": { "stringValue": "orders" } },
                    { "key": "order.items", "value": { "intValue": self.number.to_string() } },
                ],
            })
        };
        let mut handle = span(2, "0000000000000001", "process orders", 5, 5, self.handled_ms);
        if self.failed {
            handle["status"] = json!({ "code": 2, "message": "card declined" });
            handle["events"] = json!([{ "name": "exception", "timeUnixNano": start.to_string(),
                "attributes": [{ "key": "exception.type", "value": { "stringValue": "Declined" } }] }]);
        }
        let of = |service: &str, spans: Value| {
            json!({
                "resource": { "attributes": [{ "key": "service.name", "value": { "stringValue": service } }] },
                "scopeSpans": [{ "scope": { "name": "shop.orders" }, "spans": spans }],
            })
        };
        json!({ "resourceSpans": [
            of("shop", json!([span(1, "", "publish orders", 4, 0, 2)])),
            of("payment", json!([handle])),
        ] })
    }
}

fn send(to: SocketAddr, request: &Value) -> Result<()> {
    let answer = http::post(to, "/v1/traces", &[("Content-Type", "application/json")], request.to_string().as_bytes())?;
    ensure!(answer.status == 200, "{}", answer.head);
    Ok(())
}

/// Three orders: 1 quick, 2 slow, 3 quick and failed.
fn three_orders(receiver: &Receiver) -> Result<()> {
    for (number, handled_ms, failed) in [(1, 20, false), (2, 700, false), (3, 30, true)] {
        send(receiver.http, &Order { number, handled_ms, failed }.request())?;
    }
    Ok(())
}

fn traces(cli: &Cli, arguments: &[&str]) -> Result<Finished> {
    let database = cli.database().display().to_string();
    cli.run(&[&["traces"], arguments, &["--db", &*database]].concat())
}

/// The numbers of the orders that a search finds, in its order.
fn found(cli: &Cli, arguments: &[&str]) -> Result<Vec<u64>> {
    let json = traces(cli, &[&["search"], arguments, &["--format", "json"]].concat())?.expect_code(0)?.json()?;
    let number = |trace: &Value| u64::from_str_radix(trace["trace_id"].as_str()?, 16).ok();
    json.as_array().context("no array")?.iter().map(|trace| number(trace).context("no id")).collect()
}

#[test]
fn filters_find_what_they_say() -> Result<()> {
    let cli = Cli::new()?;
    let receiver = Receiver::start(&cli)?;
    three_orders(&receiver)?;
    for (filter, numbers) in [
        ("", &[3, 2, 1][..]),
        ("status = error", &[3]),
        ("service = payment and duration > 200ms", &[2]),
        ("order.items >= 2 and kind = consumer", &[3, 2]),
        ("event.exception.type = Declined", &[3]),
        ("card", &[3]),
        ("scope.name = shop.orders and name ~ PUBLISH", &[3, 2, 1]),
        ("{ service = shop } > { service = payment and duration < 25ms }", &[1]),
        ("{ service = payment } > { service = shop }", &[]),
        ("service = shop and service = payment", &[]),
        ("trace.id = 00000000000000000000000000000002", &[2]),
        ("resource.service.name = payment and not status = error", &[2, 1]),
    ] {
        ensure!(found(&cli, &[filter])? == numbers, "{filter} finds {:?}", found(&cli, &[filter])?);
    }
    ensure!(found(&cli, &["", "--order", "slowest"])? == [2, 3, 1]);
    ensure!(found(&cli, &["", "--order", "errors"])?[0] == 3);
    ensure!(found(&cli, &["", "--limit", "2"])? == [3, 2]);
    Ok(())
}

#[test]
fn what_is_found_is_told_in_three_forms() -> Result<()> {
    let cli = Cli::new()?;
    let receiver = Receiver::start(&cli)?;
    three_orders(&receiver)?;
    let filter = "name = \"process orders\"";
    let told = traces(&cli, &["search", filter])?.expect_code(0)?;
    ensure!(told.stdout.lines().count() == 4 && told.stdout.contains("1 of 2"), "{told}");

    let json = traces(&cli, &["search", filter, "--format", "json"])?.expect_code(0)?.json()?;
    ensure!(json[0]["matching"] == 1 && json[0]["matching_spans"] == json!(["0000000000000002"]), "{json}");
    ensure!(
        json[0]["start_unix_nano"].as_str() == Some(&*(NOW + 3000 * MS).to_string()) && json[0]["errors"] == 1,
        "{json}"
    );

    // Whole traces, as they were sent.
    let otlp_json = traces(&cli, &["search", "status = error", "--format", "otlp-json"])?.expect_code(0)?.json()?;
    let sent = Order { number: 3, handled_ms: 30, failed: true }.request();
    ensure!(otlp::spans(&otlp_json)? == otlp::spans(&sent)?, "{otlp_json}");
    Ok(())
}

#[test]
fn a_filter_that_is_none_is_told_with_its_place() -> Result<()> {
    let cli = Cli::new()?;
    for command in ["search", "assert"] {
        // Before the data file, which is not there, is looked for.
        let told = traces(&cli, &[command, "service = payment and status = erorr"])?.expect_code(2)?;
        told.expect_complaint(&["`erorr` is no status", "filter:1:32", "^^^^^", "did you mean `error`?"])?;
    }
    let told = traces(&cli, &["search", "name =~ \"a{1000}{1000}\""])?.expect_code(2)?;
    told.expect_complaint(&["memory"])?;
    Ok(())
}

#[test]
fn what_is_hardly_meant_is_told_when_nothing_is_found() -> Result<()> {
    let cli = Cli::new()?;
    let receiver = Receiver::start(&cli)?;
    three_orders(&receiver)?;
    let told = traces(&cli, &["search", "service = paymnet"])?.expect_code(0)?;
    ensure!(told.stdout.is_empty() && told.stderr.contains("did you mean `payment`?"), "{told}");
    let json = traces(&cli, &["search", "order.itmes = 1", "--format", "json"])?.expect_code(0)?;
    ensure!(json.stderr.contains("did you mean `order.items`?") && json.json()? == json!([]), "{json}");
    Ok(())
}

#[test]
fn a_missing_data_file_is_no_empty_one() -> Result<()> {
    let cli = Cli::new()?;
    traces(&cli, &["search", "a"])?.expect_code(2)?.expect_complaint(&["There is no data file"])?;
    let told = traces(&cli, &["assert", "a", "--within", "0s"])?.expect_code(2)?;
    told.expect_complaint(&["There is no data file"])?;
    ensure!(!cli.database().exists());
    Ok(())
}

#[test]
fn what_holds_and_what_does_not() -> Result<()> {
    let cli = Cli::new()?;
    let receiver = Receiver::start(&cli)?;
    three_orders(&receiver)?;
    let at_once = ["--within", "0s", "--settle", "0s"];
    let asserted = |arguments: &[&str]| traces(&cli, &[&["assert"], arguments, &at_once].concat());
    for (arguments, code, words) in [
        (&["service = payment"][..], 0, "3 traces were found"),
        (&["service = payment", "--count", "3"], 0, "holds"),
        (&["service = payment", "--count", "<3"], 1, "at most 2 allowed"),
        (&["service = mail"], 1, "no trace was found"),
        (&["service = mail", "--count", "0"], 0, "holds"),
        (&["status = error", "--count", "0"], 1, "none allowed"),
        (&["order.items < 3", "--no-errors"], 0, "2 traces were found"),
        (&["order.items > 1", "--no-errors"], 1, "1 of them has errors"),
        (&["order.items = 1", "--max-duration", "25ms"], 0, "holds"),
        (&["order.items <= 2", "--max-duration", "500ms"], 1, "1 of them is longer than 500 ms"),
        (&["service = payment", "--since", "1h"], 0, "3 traces were found"),
    ] {
        let told = asserted(arguments)?.expect_code(code)?;
        ensure!(told.stdout.contains(words), "{told}");
    }
    asserted(&["a", "--count", "many"])?.expect_code(2)?.expect_complaint(&["whole number"])?;
    asserted(&["a", "--max-duration", "500"])?.expect_code(2)?.expect_complaint(&["unit"])?;

    let json = asserted(&["order.items <= 2", "--max-duration", "500ms", "--no-errors", "--format", "json"])?;
    let json = json.expect_code(1)?.json()?;
    ensure!(json["holds"] == false && json["found"] == 2 && json["looked_at"] == 3, "{json}");
    ensure!(json["broken"].as_array().context("no array")?.len() == 1, "{json}");
    ensure!(json["broken"][0]["rule"] == "max-duration", "{json}");
    ensure!(json["broken"][0]["traces"] == json!([Order { number: 2, handled_ms: 0, failed: false }.id()]), "{json}");
    Ok(())
}

/// Started before there is even a data file; another process receives and stores.
#[test]
fn traces_are_waited_for() -> Result<()> {
    let cli = Cli::new()?;
    let database = cli.database().display().to_string();
    let arguments = [
        "traces",
        "assert",
        "order.items >= 1",
        "--count",
        ">=2",
        "--within",
        "100s",
        "--format",
        "json",
        "--db",
        &database,
    ];
    let mut waiting = cli.start("assert", &arguments)?;
    let receiver = Receiver::start(&cli)?;
    send(receiver.http, &Order { number: 1, handled_ms: 1, failed: false }.request())?;
    waiting.require_running()?;
    send(receiver.http, &Order { number: 2, handled_ms: 1, failed: false }.request())?;
    waiting.wait_for_end(Duration::from_mins(1))?;
    let told: Value = serde_json::from_str(&waiting.printed()).context(waiting.printed())?;
    ensure!(told["holds"] == true && told["found"] == 2, "{told}");
    Ok(())
}

/// A trace that holds while it is half there is judged once it is at rest; here its slow end breaks it.
#[test]
fn late_spans_are_judged_too() -> Result<()> {
    let cli = Cli::new()?;
    let receiver = Receiver::start(&cli)?;
    let mut begun = Order { number: 1, handled_ms: 700, failed: false }.request();
    let ended = begun["resourceSpans"].as_array_mut().context("no array")?.pop().context("no spans")?;
    send(receiver.http, &begun)?;
    let database = cli.database().display().to_string();
    let arguments = [
        "traces",
        "assert",
        "order.items = 1",
        "--max-duration",
        "500ms",
        "--settle",
        "60s",
        "--format",
        "json",
        "--db",
        &database,
    ];
    let mut waiting = cli.start("assert", &arguments)?;
    send(receiver.http, &json!({ "resourceSpans": [ended] }))?;
    waiting.wait_for_end(Duration::from_secs(50))?;
    let told: Value = serde_json::from_str(&waiting.printed()).context(waiting.printed())?;
    ensure!(told["broken"][0]["rule"] == "max-duration", "{told}");
    Ok(())
}
