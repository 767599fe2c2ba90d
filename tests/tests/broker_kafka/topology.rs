//! What OpenTelemetry's own instrumentation of a Kafka client shows of a cluster: the right map.

use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use rdkafka::mocking::MockCluster;
use thalweg_tests::cli::Cli;
use thalweg_tests::map::{edges, edges_of_shop};
use thalweg_tests::programs;
use thalweg_tests::receiver::Receiver;

/// Every tenth is given up.
const ORDERS: u64 = 40;
const GIVEN_UP: u64 = ORDERS / 10;

/// Sends, handles and gives up orders with instrumented clients; what they did is in the data file of `cli`.
fn run_the_shop(cli: &Cli) -> Result<()> {
    let cluster = MockCluster::new(1)?;
    for topic in ["orders", "payments", "orders-dlq"] {
        cluster.create_topic(topic, 2, 1)?;
    }
    let receiver = Receiver::start(cli)?;
    let output = Command::new(programs::python()?)
        .arg(programs::root().join("tests/python/orders_kafka.py"))
        .args([cluster.bootstrap_servers(), format!("http://{}", receiver.http), ORDERS.to_string()])
        .env("NO_PROXY", "127.0.0.1")
        .output()
        .context("cannot start Python")?;
    ensure!(output.status.success(), "the shop failed: {}", String::from_utf8_lossy(&output.stderr));
    Ok(())
}

#[tokio::test]
async fn the_topology_of_instrumented_clients() -> Result<()> {
    let cli = Cli::new()?;
    run_the_shop(&cli)?;
    let database = cli.database().display().to_string();
    let map = cli.run(&["traces", "map", "--format", "json", "--db", &database])?.expect_code(0)?.json()?;
    // What the program does, and nothing else: an empty poll is a span too, and shows nothing.
    let found = edges(&map)?;
    ensure!(found == edges_of_shop(ORDERS, GIVEN_UP), "{found:#?}");
    for edge in map["edges"].as_array().context("no edges")?.iter().filter(|edge| edge["kind"] == "deliver") {
        ensure!(edge["evidence"]["links"] == edge["messages"] && edge["skewed"] == 0, "{edge}");
        ensure!(edge["wait_ms"]["count"] == edge["messages"], "{edge}");
    }
    Ok(())
}
