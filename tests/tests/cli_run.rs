//! `thalweg run`: a flow's topics live, on the embedded engine and on real brokers, and what it refuses.

use std::net::SocketAddr;

use anyhow::{Context as _, Result, ensure};
use rustix::process::Signal;
use serde_json::{Value, json};
use thalweg_tests::brokers::{nats::Nats, rabbitmq::RabbitMq};
use thalweg_tests::cli::Cli;
use thalweg_tests::http;
use thalweg_tests::process::Running;
use thalweg_tests::receiver::{answers, free_address};
use thalweg_tests::wait::{GENEROUS, wait_for};

const TOKEN: &str = "only-for-these-tests-0001";
const FLOW: &str = "thalweg: 1\nname: Orders\nnodes:\n  \
    orders: { kind: topic }\n  \
    billing: { kind: consumer, subscribes: [{ from: orders }], retry: { attempts: 2, backoff: 10ms } }\n";

/// A flow that runs.
struct Engine {
    running: Running,
    address: SocketAddr,
}

impl Engine {
    fn start(cli: &Cli, further: &[&str]) -> Result<Self> {
        let flow = cli.write("orders.flow.yaml", FLOW)?;
        let address = free_address()?;
        let mut command = cli.command(&["run", &flow.display().to_string(), "--http", &address.to_string()]);
        command.args(further).env("THALWEG_TOKEN", TOKEN);
        let mut running = Running::start(command, &cli.folder().join("run.log"))?;
        wait_for("the engine to listen", || {
            if let Err(error) = running.require_running() {
                return Some(Err(error));
            }
            answers(&address).then_some(Ok(()))
        })??;
        Ok(Self { running, address })
    }

    fn post(&self, path: &str, kind: &str, body: &Value) -> Result<Value> {
        let authorization = format!("Bearer {TOKEN}");
        let headers = [("Content-Type", kind), ("Authorization", &*authorization)];
        let answer = http::post(self.address, path, &headers, body.to_string().as_bytes())?;
        ensure!(answer.status == 200, "{path} answered {}", answer.head);
        Ok(serde_json::from_slice(&answer.body)?)
    }

    fn publish(&self, ids: &[&str]) -> Result<Value> {
        let event =
            |id: &&str| json!({"specversion": "1.0", "id": id, "source": "/shop", "type": "placed", "data": {"n": id}});
        let events: Vec<Value> = ids.iter().map(event).collect();
        self.post("/v1/topics/orders/events", "application/cloudevents-batch+json", &json!(events))
    }

    fn get(&self, path: &str) -> Result<Value> {
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {TOKEN}\r\nConnection: close\r\n\r\n",
            self.address
        );
        let answer = http::send(self.address, request.as_bytes())?;
        ensure!(answer.status == 200, "{path} answered {}", answer.head);
        Ok(serde_json::from_slice(&answer.body)?)
    }

    fn take(&self, max: u32) -> Result<Vec<Value>> {
        let path = format!("/v1/topics/orders/groups/billing/events?max={max}&wait=20s");
        self.get(&path)?.as_array().cloned().context("no list of deliveries")
    }

    fn settle(&self, what: &str, delivery: &Value) -> Result<Value> {
        let body = json!({"deliveries": [delivery["delivery"]]});
        self.post(&format!("/v1/topics/orders/groups/billing/{what}"), "application/json", &body)
    }

    fn stop(mut self, signal: Signal) -> Result<String> {
        self.running.signal(signal)?;
        self.running.wait_for_end(GENEROUS)?;
        Ok(self.running.printed())
    }
}

#[test]
fn a_killed_engine_goes_on_where_it_was() -> Result<()> {
    let cli = Cli::new()?;
    let events = cli.folder().join("events.db").display().to_string();
    let engine = Engine::start(&cli, &["--db", &events])?;
    ensure!(engine.publish(&["1", "2", "3"])? == json!({"stored": 3, "duplicates": 0}));
    let taken = engine.take(3)?;
    engine.settle("ack", &taken[0])?;
    engine.stop(Signal::KILL)?;

    let engine = Engine::start(&cli, &["--db", &events])?;
    ensure!(engine.publish(&["3", "4"])? == json!({"stored": 1, "duplicates": 1}));
    let mut ids: Vec<String> = engine.take(10)?.iter().map(|taken| taken["event"]["id"].to_string()).collect();
    ids.sort_unstable();
    ensure!(ids == [r#""2""#, r#""3""#, r#""4""#], "{ids:?}");
    // Another one cannot have its file, and says so.
    let second = cli.run(&[
        "run",
        &cli.folder().join("orders.flow.yaml").display().to_string(),
        "--http",
        "127.0.0.1:0",
        "--db",
        &events,
    ]);
    second?.expect_code(3)?.expect_complaint(&["in use by another running engine", "--db"])?;
    let printed = engine.stop(Signal::INT)?;
    ensure!(printed.contains("billing"), "it ends with its topics: {printed}");
    Ok(())
}

/// Attempts, dead letters and redriving over HTTP, wherever the events are.
fn failing_twice_is_a_dead_letter(engine: &Engine) -> Result<()> {
    engine.publish(&["7"])?;
    for attempt in [1, 2] {
        let taken = engine.take(1)?;
        ensure!(taken[0]["attempt"] == attempt, "{taken:?}");
        engine.settle("nack", &taken[0])?;
    }
    let dead = engine.get("/v1/topics/orders/groups/billing/dead-letters")?;
    let listed = dead.as_array().or_else(|| dead["dead_letters"].as_array()).context("no list of dead letters")?;
    ensure!(listed.len() == 1 && listed[0]["event"]["data"] == json!({"n": "7"}), "{dead}");
    let path = "/v1/topics/orders/groups/billing/dead-letters/redrive";
    engine.post(path, "application/json", &json!({"all": true}))?;
    let again = engine.take(1)?;
    ensure!(again[0]["attempt"] == 1 && again[0]["event"]["id"] == "7", "{again:?}");
    engine.settle("ack", &again[0])?;
    Ok(())
}

#[test]
fn dead_letters_on_the_embedded_engine() -> Result<()> {
    let cli = Cli::new()?;
    let events = cli.folder().join("events.db").display().to_string();
    let engine = Engine::start(&cli, &["--db", &events])?;
    failing_twice_is_a_dead_letter(&engine)?;
    engine.stop(Signal::TERM).map(drop)
}

#[test]
fn dead_letters_on_nats() -> Result<()> {
    let cli = Cli::new()?;
    let server = Nats::shared()?.address();
    let engine = Engine::start(&cli, &["--on", server])?;
    failing_twice_is_a_dead_letter(&engine)?;
    engine.stop(Signal::INT).map(drop)
}

#[test]
fn dead_letters_on_rabbitmq() -> Result<()> {
    let cli = Cli::new()?;
    let engine = Engine::start(&cli, &["--on", &RabbitMq::shared()?.uri()])?;
    failing_twice_is_a_dead_letter(&engine)?;
    let printed = engine.stop(Signal::INT)?;
    ensure!(printed.contains("does not recognise repeated events"), "what it cannot do it says: {printed}");
    Ok(())
}

#[test]
fn what_cannot_run_is_refused_in_words() -> Result<()> {
    let cli = Cli::new()?;
    let flow = cli.write("orders.flow.yaml", FLOW)?.display().to_string();
    let events = cli.folder().join("events.db").display().to_string();
    let broken = cli.write("broken.flow.yaml", "thalweg: 1\nname: B\nnodes: { a: { kind: topik } }\n")?;
    let refused = |arguments: &[&str]| cli.run(&[&["run"], arguments, &["--http", "127.0.0.1:0"]].concat());
    refused(&[&broken.display().to_string(), "--db", &events])?
        .expect_code(2)?
        .expect_complaint(&["has an error and cannot be run", "thalweg check"])?;
    let empty = cli.write("empty.flow.yaml", "thalweg: 1\nname: E\nnodes: { a: { kind: producer } }\n")?;
    refused(&[&empty.display().to_string(), "--db", &events])?.expect_code(2)?.expect_complaint(&["no channels"])?;
    refused(&[&flow, "--on", "http://127.0.0.1:1"])?.expect_code(2)?.expect_complaint(&["nats://", "amqp://"])?;
    let nobody = format!("nats://{}", free_address()?);
    refused(&[&flow, "--on", &nobody])?.expect_code(3)?.expect_complaint(&["NATS"])?;
    let stranger = cli.write("stranger.db", "this is no database, but long enough to be looked at as one")?;
    refused(&[&flow, "--db", &stranger.display().to_string()])?.expect_code(3)?.expect_complaint(&["no SQLite"])?;
    let arguments = ["run", &*flow, "--db", &*events, "--http", "127.0.0.1:0"];
    let mut command = cli.command(&arguments);
    command.env("THALWEG_TOKEN", "short");
    cli.finish(command, &arguments)?.expect_code(2)?.expect_complaint(&["THALWEG_TOKEN", "16 characters"])?;
    let taken = std::net::TcpListener::bind("127.0.0.1:0")?;
    let address = taken.local_addr()?.to_string();
    cli.run(&["run", &flow, "--db", &events, "--http", &address])?
        .expect_code(3)?
        .expect_complaint(&["is taken by", "--http"])?;
    cli.run(&["run", &flow, "--db", &events, "--http", "0.0.0.0:0"])?
        .expect_code(3)?
        .expect_complaint(&["can be reached from other machines"])?;
    Ok(())
}
