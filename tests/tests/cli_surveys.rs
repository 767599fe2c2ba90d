//! What many traces show together, and two of them beside each other, over what a running `thalweg receive` stored.

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use thalweg_tests::cli::{Cli, Finished};
use thalweg_tests::http;
use thalweg_tests::receiver::Receiver;

const NOW: u64 = 1_800_000_000_000_000_000;
const MS: u64 = 1_000_000;

/// A trace of `shop: place order` and, below it, `payment: charge`; every fifth is slow and goes by way of `eu-2`.
fn order(number: u64) -> Value {
    let is_slow = number.is_multiple_of(5);
    let (region, ms) = if is_slow { ("eu-2", 2_000 + number) } else { ("eu-1", 100 + number) };
    let start = NOW + number * 1000 * MS;
    let span = |id: u64, parent: &str, name: &str, after: u64, ms: u64| {
        let mut span = json!({
            "traceId": format!("{number:032x}"), "spanId": format!("{id:016x}"), "parentSpanId": parent, "name": name,
            "startTimeUnixNano": (start + after * MS).to_string(), "endTimeUnixNano": (start + (after + ms) * MS).to_string(),
            "attributes": [{ "key": "card.region", "value": { "stringValue": region } }],
        });
        if is_slow && id == 2 {
            span["status"] = json!({ "code": 2 });
        }
        span
    };
    let of = |service: &str, span: Value| {
        json!({
            "resource": { "attributes": [{ "key": "service.name", "value": { "stringValue": service } }] },
            "scopeSpans": [{ "spans": [span] }],
        })
    };
    json!({ "resourceSpans": [
        of("shop", span(1, "", "place order", 0, ms)),
        of("payment", span(2, "0000000000000001", if number == 7 { "refund" } else { "charge" }, 10, ms - 50)),
    ] })
}

fn forty_orders(cli: &Cli) -> Result<Receiver> {
    let receiver = Receiver::start(cli)?;
    for number in 1..=40 {
        let body = order(number).to_string();
        let headers = [("Content-Type", "application/json")];
        let answer = http::post(receiver.http, "/v1/traces", &headers, body.as_bytes())?;
        ensure!(answer.status == 200, "{}", answer.head);
    }
    Ok(receiver)
}

fn traces(cli: &Cli, arguments: &[&str]) -> Result<Finished> {
    let database = cli.database().display().to_string();
    cli.run(&[&["traces"], arguments, &["--db", &*database]].concat())
}

#[test]
fn operations_with_rates_errors_and_percentiles() -> Result<()> {
    let cli = Cli::new()?;
    let _receiver = forty_orders(&cli)?;
    let json = traces(&cli, &["operations", "--format", "json"])?.expect_code(0)?.json()?;
    ensure!(json["spans"] == 80 && json["undecided"] == 0, "{json}");
    let line = |name: &str| {
        let lines = json["operations"].as_array().context("no operations")?;
        lines.iter().find(|line| line["name"] == name).with_context(|| format!("no {name} in {json}"))
    };
    let orders = line("place order")?;
    ensure!(orders["service"] == "shop" && orders["spans"] == 40 && orders["errors"] == 0, "{orders}");
    // By the nearest rank: the 20th and the 38th of 40 durations.
    let mut exact: Vec<u64> = (1..=40).map(|n: u64| if n.is_multiple_of(5) { 2000 + n } else { 100 + n }).collect();
    exact.sort_unstable();
    let error = json["percentile_error"].as_f64().context("no error")?;
    for (percentile, exact) in [("p50_ms", exact[19]), ("p95_ms", exact[37]), ("p99_ms", exact[39])] {
        let found = orders[percentile].as_f64().context("no percentile")?;
        ensure!((found - exact as f64).abs() <= exact as f64 * error, "{percentile} is {found}, exactly {exact}");
    }
    let rates = orders["rates"].as_array().context("no rates")?;
    ensure!(rates.len() == orders["p95s_ms"].as_array().map_or(0, Vec::len));
    ensure!(line("charge")?["errors"] == 8 && line("charge")?["spans"] == 39);

    let told = traces(&cli, &["operations", "status = error"])?.expect_code(0)?;
    ensure!(
        told.stdout.contains("charge") && !told.stdout.contains("place order") && told.stdout.contains("100%"),
        "{told}"
    );
    traces(&cli, &["operations", "status = erorr"])?.expect_code(2)?.expect_complaint(&["did you mean `error`?"])?;
    let nothing = traces(&cli, &["operations", "service = nobody"])?.expect_code(0)?;
    ensure!(nothing.stdout.is_empty() && nothing.stderr.contains("No stored span fits"), "{nothing}");
    Ok(())
}

#[test]
fn sets_are_compared_by_their_attributes() -> Result<()> {
    let cli = Cli::new()?;
    let _receiver = forty_orders(&cli)?;
    let slow = ["compare", "--set", "trace.duration >= 1s"];
    let json = traces(&cli, &[&slow[..], &["--format", "json"]].concat())?.expect_code(0)?.json()?;
    ensure!(json["these"] == 8 && json["others"] == 32, "{json}");
    let differences = json["differences"].as_array().context("no differences")?;
    let region = differences.iter().find(|line| line["label"] == "card.region = eu-2").context("no region")?;
    ensure!(region["these"] == 8 && region["others"] == 0, "{region}");
    // scipy.stats.fisher_exact([[8, 0], [0, 32]], alternative="greater"): one of the ways to choose 8 of 40.
    let chance = region["p"].as_f64().context("no p")?;
    ensure!((chance * 76_904_685.0 - 1.0).abs() < 1e-9, "{chance}");
    ensure!(differences.iter().any(|line| line["label"] == "status = error"), "{json}");
    ensure!(!json.to_string().contains("eu-1"), "what fewer have is no finding: {json}");

    let told = traces(&cli, &slow)?.expect_code(0)?;
    ensure!(
        told.stdout.starts_with("8 traces compared with 32 others") && told.stdout.contains("card.region = eu-2"),
        "{told}"
    );
    let against = ["--against", "name = refund", "--format", "json"];
    let json = traces(&cli, &[&slow[..], &against].concat())?.expect_code(0)?.json()?;
    ensure!(json["these"] == 8 && json["others"] == 1, "{json}");
    traces(&cli, &["compare", "--set", "service ="])?.expect_code(2)?;
    Ok(())
}

#[test]
fn two_traces_beside_each_other() -> Result<()> {
    let cli = Cli::new()?;
    let _receiver = forty_orders(&cli)?;
    let [one, other, missing] = [6, 7, 99].map(|number: u64| format!("{number:032x}"));
    let told = traces(&cli, &["diff", &one, &other])?.expect_code(0)?;
    for words in ["A: place order (shop)", "+1 ms", "only in A", "only in B", "payment: refund"] {
        ensure!(told.stdout.contains(words), "{words} is not in {told}");
    }
    let json = traces(&cli, &["diff", &one, &other, "--format", "json"])?.expect_code(0)?.json()?;
    let lines = json["lines"].as_array().context("no lines")?;
    let sides: Vec<_> =
        lines.iter().map(|line| (line["depth"].as_u64(), line["before"].is_null(), line["after"].is_null())).collect();
    ensure!(sides == [(Some(0), false, false), (Some(1), false, true), (Some(1), true, false)], "{json}");
    traces(&cli, &["diff", &one, &missing])?.expect_code(2)?.expect_complaint(&["There is no trace"])?;
    Ok(())
}

#[test]
fn whole_traces_are_found_by_start_and_duration() -> Result<()> {
    let cli = Cli::new()?;
    let _receiver = forty_orders(&cli)?;
    // 1,800,000,000 seconds after 1970 it was 2027-01-15 08:00.
    for (filter, numbers) in [
        ("trace.duration >= 2s and trace.start < 2027-01-15T08:00:12Z", &[10, 5][..]),
        ("name = charge and trace.start >= 2027-01-15T08:00:03Z and trace.start < 2027-01-15T08:00:06Z", &[5, 4, 3]),
    ] {
        let json = traces(&cli, &["search", filter, "--format", "json"])?.expect_code(0)?.json()?;
        let number = |trace: &Value| u64::from_str_radix(trace["trace_id"].as_str()?, 16).ok();
        let found: Option<Vec<u64>> = json.as_array().context("no array")?.iter().map(number).collect();
        ensure!(found.as_deref() == Some(numbers), "{filter}: {json}");
    }
    Ok(())
}
