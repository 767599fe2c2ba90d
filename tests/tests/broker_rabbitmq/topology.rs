//! What OpenTelemetry's own instrumentation of a RabbitMQ client shows of a real broker: the right map, journeys, and a flow that runs.

use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;
use thalweg_tests::brokers::rabbitmq::RabbitMq;
use thalweg_tests::cli::Cli;
use thalweg_tests::map::{edges, edges_of_shop};
use thalweg_tests::programs;
use thalweg_tests::receiver::Receiver;

use crate::bench::peace;

/// Every tenth is given up.
const ORDERS: u64 = 40;
const GIVEN_UP: u64 = ORDERS / 10;

/// Sends, handles and gives up orders with instrumented clients; what they did is in the data file of `cli`.
fn run_the_shop(cli: &Cli) -> Result<()> {
    let receiver = Receiver::start(cli)?;
    let output = Command::new(programs::python()?)
        .arg(programs::root().join("tests/python/orders.py"))
        .args([RabbitMq::shared()?.uri(), format!("http://{}", receiver.http), ORDERS.to_string()])
        .env("NO_PROXY", "127.0.0.1")
        .output()
        .context("cannot start Python")?;
    ensure!(output.status.success(), "the shop failed: {}", String::from_utf8_lossy(&output.stderr));
    Ok(())
}

fn json(cli: &Cli, arguments: &[&str]) -> Result<Value> {
    let database = cli.database().display().to_string();
    let arguments = [arguments, &["--format", "json", "--db", &database]].concat();
    cli.run(&arguments)?.expect_code(0)?.json()
}

#[tokio::test]
async fn the_topology_of_a_real_broker() -> Result<()> {
    let _peace = peace().await;
    let cli = Cli::new()?;
    run_the_shop(&cli)?;

    // The map has what the program does, and nothing else.
    let map = json(&cli, &["traces", "map"])?;
    let found = edges(&map)?;
    ensure!(found == edges_of_shop(ORDERS, GIVEN_UP), "{found:#?}");
    let delivered = map["edges"].as_array().context("no edges")?.iter().filter(|edge| edge["kind"] == "deliver");
    for edge in delivered {
        ensure!(edge["evidence"]["parents"] == edge["messages"] && edge["skewed"] == 0, "{edge}");
        ensure!(edge["wait_ms"]["count"] == edge["messages"], "{edge}");
    }

    // A failed order: sent, waited, handled, given up.
    let traces = json(&cli, &["traces", "list", "--limit", "1000"])?;
    let failed = traces.as_array().context("no traces")?.iter().find(|trace| trace["errors"] == 1);
    let id = failed.and_then(|trace| trace["trace_id"].as_str()).context("no failed trace")?;
    let journey = json(&cli, &["traces", "journey", id])?;
    let hops = journey["hops"].as_array().context("no hops")?;
    let kinds: Vec<&str> = hops.iter().filter_map(|hop| hop["kind"].as_str()).collect();
    ensure!(kinds == ["sent", "waited", "handled", "gave-up"], "{journey:#}");

    // The flow that is drawn has no problem, runs, and handles what the real system handled.
    let database = cli.database().display().to_string();
    let flow = cli.folder().join("drawn.flow.yaml").display().to_string();
    cli.run(&["discover", "--db", &database, "-o", &flow])?.expect_code(0)?;
    cli.run(&["check", "--deny", "warnings", &flow])?.expect_code(0)?;
    let report = cli.run(&["simulate", &flow, "--duration", "2m", "--replications", "1", "--format", "json"])?;
    let report = report.expect_code(0)?.json()?;
    let into = |queue: &str| report["nodes"][queue]["published"].as_f64().context("no such queue in the report");
    let share = into("orders-dlq")? / into("orders")?;
    ensure!((share - 0.1).abs() < 0.02, "{share} of all orders are given up, not a tenth");
    Ok(())
}
