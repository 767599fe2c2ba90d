//! `thalweg simulate --otlp`: a run's sampled messages in a running `thalweg receive`.

use std::collections::BTreeMap;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;
use thalweg_tests::cli::Cli;
use thalweg_tests::flows;
use thalweg_tests::otlp;
use thalweg_tests::receiver::{Receiver, free_address};

/// Ten times a second an event whose two attempts of 10 ms, 50 ms apart, fail.
const FLOW: &str = "thalweg: 1
name: Poison
nodes:
  shop: { kind: producer, load: { constant: 10/s }, publishes: [{ to: orders }] }
  orders: { kind: topic, broker: kafka, partitions: 1 }
  parked: { kind: queue }
  payment:
    kind: consumer
    subscribes: [{ from: orders }]
    service_time: 10ms
    failure: { poison: 100% }
    retry: { attempts: 2, backoff: 50ms }
    dead_letter: parked
scenarios:
  default: { duration: 1050ms, replications: 1 }
";

fn listed(cli: &Cli) -> Result<Vec<Value>> {
    let database = cli.database().display().to_string();
    let listed = cli.run(&["traces", "list", "--limit", "1000", "--format", "json", "--db", &database])?;
    listed.expect_code(0)?.json()?.as_array().cloned().context("no array")
}

fn nanos(span: &Value, key: &str) -> Result<u64> {
    span[key].as_str().and_then(|text| text.parse().ok()).with_context(|| format!("{key} of {span}"))
}

#[test]
fn simulated_messages_are_stored_over_both_protocols() -> Result<()> {
    for grpc in [false, true] {
        let cli = Cli::new()?;
        let mut receiver = Receiver::start(&cli)?;
        let file = cli.write("poison.flow.yaml", FLOW)?.display().to_string();
        let url = if grpc { format!("grpc://{}", receiver.grpc) } else { format!("http://{}", receiver.http) };
        let plain = cli.run(&["simulate", &file, "--format", "json"])?.expect_code(0)?.json()?;
        let arguments = ["simulate", &file, "--format", "json", "--otlp", &url, "--traces", "7"];
        let finished = cli.run(&arguments)?.expect_code(0)?;
        ensure!(finished.stderr.contains("7 traces") && finished.stderr.contains(&url), "{finished}");
        ensure!(finished.json()?["digest"] == plain["digest"], "sampling changed the run");
        receiver.interrupt()?;

        let traces = listed(&cli)?;
        ensure!(traces.len() == 7, "{traces:?}");
        let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_nanos() as u64;
        for trace in &traces {
            ensure!(trace["spans"] == 5 && trace["errors"] == 2, "{trace}");
            ensure!(trace["root"] == "produce" && trace["service"] == "shop", "{trace}");
            let start = nanos(trace, "start_unix_nano")?;
            ensure!(start < now && start > now - 600_000_000_000, "{trace} is not of now ({now})");
            ensure!((trace["duration_ms"].as_f64().unwrap_or(0.0) - 70.0).abs() < 1e-6, "{trace}");
        }
        let id = traces[0]["trace_id"].as_str().context("no id")?.to_owned();
        let database = cli.database().display().to_string();
        let shown = cli.run(&["traces", "show", &id, "--format", "json", "--db", &database])?.expect_code(0)?.json()?;
        let mut seen: BTreeMap<String, Vec<(u64, u64)>> = BTreeMap::new();
        for span in otlp::spans(&shown)? {
            ensure!(span.resource.get("thalweg.simulated").is_some_and(|truth| truth.contains("true")), "{span:?}");
            let lasted = span.end_unix_nano - span.start_unix_nano;
            seen.entry(span.name).or_default().push((span.kind, lasted));
        }
        let expected = [
            ("process orders", vec![(5, 10_000_000), (5, 10_000_000)]),
            ("produce", vec![(1, 0)]),
            ("publish orders", vec![(4, 0)]),
            ("publish parked", vec![(4, 0)]),
        ];
        ensure!(seen == expected.map(|(name, spans)| (name.to_owned(), spans)).into(), "{seen:?}");
        let shown = cli.run(&["traces", "show", &id, "--db", &database])?.expect_code(0)?;
        ensure!(shown.stdout.contains("retry in 50 ms"), "{shown}");
    }
    Ok(())
}

#[test]
fn an_example_sends_fifty_messages_unless_told_otherwise() -> Result<()> {
    let cli = Cli::new()?;
    let mut receiver = Receiver::start(&cli)?;
    let file = flows::example("checkout").display().to_string();
    let url = format!("http://{}/v1/traces", receiver.http);
    let finished = cli.run(&["simulate", &file, "--duration", "90s", "--replications", "1", "--otlp", &url])?;
    ensure!(finished.code <= 1, "{finished}");
    receiver.interrupt()?;
    ensure!(listed(&cli)?.len() == 50, "{finished}");
    Ok(())
}

#[test]
fn what_cannot_be_sent_is_told_after_the_results() -> Result<()> {
    let cli = Cli::new()?;
    let file = cli.write("poison.flow.yaml", FLOW)?.display().to_string();
    for scheme in ["http", "grpc"] {
        let url = format!("{scheme}://{}", free_address()?);
        let finished = cli.run(&["simulate", &file, "--format", "json", "--otlp", &url])?.expect_code(3)?;
        ensure!(finished.json()?["digest"].is_string(), "the results are missing: {finished}");
        ensure!(finished.stderr.contains(&url), "{finished}");
    }
    for (url, said) in [("https://localhost", "TLS"), ("localhost:4318", "http://HOST:PORT"), ("ftp://h", "ftp://h")] {
        cli.run(&["simulate", &file, "--otlp", url])?.expect_code(2)?.expect_complaint(&[said])?;
    }
    cli.run(&["simulate", &file, "--traces", "5"])?.expect_code(2)?.expect_complaint(&["--otlp"])?;
    cli.run(&["simulate", &file, "--otlp", "http://h", "--traces", "0"])?.expect_code(2)?.expect_complaint(&["0"])
}
