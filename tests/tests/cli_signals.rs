//! `thalweg logs` and `thalweg metrics`: what was received, found by its attributes and by its names.

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use thalweg_tests::cli::{Cli, Finished};
use thalweg_tests::receiver::Receiver;
use thalweg_tests::{http, otlp};

const NOW: u64 = 1_800_000_000_000_000_000;

fn send(receiver: &Receiver, path: &str, request: &Value) -> Result<()> {
    let answer =
        http::post(receiver.http, path, &[("Content-Type", "application/json")], request.to_string().as_bytes())?;
    ensure!(answer.status == 200, "{}", answer.head);
    Ok(())
}

fn run(cli: &Cli, arguments: &[&str]) -> Result<Finished> {
    let database = cli.database().display().to_string();
    cli.run(&[arguments, &["--db", &*database]].concat())
}

/// What the records say that a filter finds.
fn said(cli: &Cli, filter: &str) -> Result<Vec<String>> {
    let found = run(cli, &["logs", "--filter", filter, "--format", "json"])?.expect_code(0)?.json()?;
    let records = found.as_array().context("no array")?;
    Ok(records.iter().filter_map(|record| record["text"].as_str()).map(str::to_owned).collect())
}

#[test]
fn logs_are_found_by_their_attributes() -> Result<()> {
    let cli = Cli::new()?;
    let mut receiver = Receiver::start(&cli)?;
    let record = |at: u64, brand: &str, retries: u32| {
        let mut record = otlp::log(NOW + at, 9, &format!("paid {at}"), "", "");
        record["attributes"] = otlp::texts(&[("card.brand", brand)]);
        let attributes = record["attributes"].as_array_mut().context("no attributes")?;
        attributes.push(json!({ "key": "retries", "value": { "intValue": retries.to_string() } }));
        Ok::<Value, anyhow::Error>(record)
    };
    let records = [record(0, "visa", 0)?, record(1, "amex", 3)?, record(2, "visa", 7)?];
    send(&receiver, "/v1/logs", &otlp::logs("shop", &records))?;
    receiver.interrupt()?;
    for (filter, texts) in [
        ("card.brand = visa", vec!["paid 2", "paid 0"]),
        ("not card.brand = visa", vec!["paid 1"]),
        ("retries >= 3 and service = shop", vec!["paid 2", "paid 1"]),
        ("\"PAID 0\" or card.brand =~ '^a'", vec!["paid 1", "paid 0"]),
        ("exists nothing", vec![]),
    ] {
        let found = said(&cli, filter)?;
        ensure!(found == texts, "{filter}: {found:?}");
    }
    // With the other conditions, and refused where it is none.
    let both = ["logs", "--filter", "card.brand = visa", "--text", "2", "--format", "json"];
    let found = run(&cli, &both)?.expect_code(0)?.json()?;
    ensure!(found.as_array().is_some_and(|found| found.len() == 1), "{found}");
    run(&cli, &["logs", "--filter", "duration > 5s"])?.expect_code(2)?.expect_complaint(&[
        "a log record has no `duration`",
        "^^^^^^^^",
        "in quotes",
    ])?;
    run(&cli, &["logs", "--filter", "card.brand ="])?.expect_code(2)?.expect_complaint(&["a value is missing"])
}

#[test]
fn metrics_are_found_by_their_names_and_a_long_list_says_what_it_leaves_out() -> Result<()> {
    let cli = Cli::new()?;
    let mut receiver = Receiver::start(&cli)?;
    let gauge = |i: u32| {
        let points = json!([{ "timeUnixNano": NOW.to_string(), "asInt": i.to_string() }]);
        json!({ "name": format!("level.{i:04}"), "unit": "By", "gauge": { "dataPoints": points } })
    };
    let metrics: Vec<Value> = (0..1_003).map(gauge).collect();
    send(&receiver, "/v1/metrics", &otlp::metrics("shop", &metrics))?;
    receiver.interrupt()?;
    let all = run(&cli, &["metrics", "list", "--format", "json"])?.expect_code(0)?;
    all.expect_complaint(&["3 more are not listed", "--search"])?;
    let listed = all.json()?;
    ensure!(listed.as_array().is_some_and(|listed| listed.len() == 1_000), "not a thousand");
    let found =
        run(&cli, &["metrics", "list", "--search", "LEVEL.1002", "--format", "json"])?.expect_code(0)?.json()?;
    ensure!(found[0]["name"] == "level.1002" && found[0]["last"] == 1002.0, "{found}");
    ensure!(found.as_array().is_some_and(|found| found.len() == 1), "{found}");
    run(&cli, &["metrics", "list", "--search", "nowhere"])?.expect_code(0)?.expect_complaint(&["No metric fits"])
}
