//! Five messages for a queue that holds two.

use anyhow::{Result, ensure};
use lapin::types::AMQPValue;
use thalweg_tests::simulated::Simulated;

use crate::bench::Told::{self, Ack, Nack};
use crate::bench::{Bench, bodies, peace, reasons, text};

/// What becomes of messages 1 to 5.
struct Outcome {
    told: [Told; 5],
    held: &'static str,
    dead: &'static str,
}

async fn overflow(kind: &str, mode: &str, expected: Outcome) -> Result<()> {
    let _peace = peace().await;
    let bench = Bench::open().await?;
    let (dead, mut arguments) = bench.dead_letters().await?;
    arguments.extend([("x-max-length", AMQPValue::LongInt(2)), ("x-overflow", text(mode))]);
    let queue = bench.queue(kind, &arguments).await?;
    let mut told = Vec::new();
    for number in 1..=5 {
        told.push(bench.publish(&queue, &number.to_string()).await?);
    }
    ensure!(told == expected.told, "publishers were told {told:?}");
    let letters = bench.take(&dead, expected.dead.len()).await?;
    ensure!(bodies(&letters) == expected.dead, "dead letters: {}", bodies(&letters));
    ensure!(reasons(&letters).iter().all(|reason| reason == "maxlen"), "{:?}", reasons(&letters));
    let held = bench.take(&queue, expected.held.len()).await?;
    ensure!(bodies(&held) == expected.held, "held: {}", bodies(&held));
    compare(kind, mode, &expected)
}

/// In the simulation message n comes at n seconds, and the consumer from 10 s on: the waits of those that it gets say
/// which ones were held.
fn compare(kind: &str, mode: &str, real: &Outcome) -> Result<()> {
    let report = Simulated::run_at(
        &format!(
            "thalweg: 1
name: Overflow
nodes:
  source: {{ kind: producer, load: {{ replay: times.csv }}, publishes: [{{ to: line }}] }}
  line: {{ kind: queue, broker: rabbitmq, type: {kind}, max_length: 2, overflow: {mode}, dead_letter: dead }}
  dead: {{ kind: queue, broker: rabbitmq }}
  late: {{ kind: consumer, subscribes: [{{ from: line }}], concurrency: 5, service_time: 1ms }}
scenarios:
  default: {{ duration: 20s, replications: 1, faults: [{{ at: 0s, for: 10s, crash: late }}] }}
"
        ),
        &[1_000, 2_000, 3_000, 4_000, 5_000],
    )?;
    let refused = real.told.iter().filter(|told| **told == Nack).count() as u64;
    let simulated = report.count(&["nodes", "line", "rejected"])?;
    ensure!(simulated == refused, "{refused} were refused, in the simulation {simulated}");
    let (dead, simulated) = (real.dead.len() as u64, report.count(&["nodes", "dead", "dead_letters"])?);
    ensure!(simulated == dead, "{dead} dead letters, in the simulation {simulated}");
    let waits: Vec<f64> = real.held.bytes().map(|digit| f64::from(10 - (digit - b'0')) * 1e3).collect();
    let handled = report.count(&["nodes", "late", "completed"])?;
    ensure!(handled == waits.len() as u64, "{} were held, in the simulation {handled}", real.held);
    let mean = waits.iter().sum::<f64>() / waits.len() as f64;
    let longest = waits.iter().copied().fold(0.0, f64::max);
    for (key, expected) in [("mean", mean), ("max", longest)] {
        let found = report.number(&["nodes", "late", "wait_ms", key])?;
        ensure!(
            (found - expected).abs() < 50.0,
            "{} were held, in the simulation the {key} wait is {found}",
            real.held
        );
    }
    Ok(())
}

#[tokio::test]
async fn a_classic_queue_drops_its_head() -> Result<()> {
    overflow("classic", "drop-head", Outcome { told: [Ack; 5], held: "45", dead: "123" }).await
}

#[tokio::test]
async fn a_classic_queue_rejects() -> Result<()> {
    let told = [Ack, Ack, Nack, Nack, Nack];
    overflow("classic", "reject-publish", Outcome { told, held: "12", dead: "" }).await
}

#[tokio::test]
async fn a_classic_queue_rejects_into_its_dead_letters() -> Result<()> {
    let told = [Ack, Ack, Nack, Nack, Nack];
    overflow("classic", "reject-publish-dlx", Outcome { told, held: "12", dead: "345" }).await
}

#[tokio::test]
async fn a_quorum_queue_drops_its_head() -> Result<()> {
    overflow("quorum", "drop-head", Outcome { told: [Ack; 5], held: "45", dead: "123" }).await
}

/// It learns that it is full after it has taken the message too many.
#[tokio::test]
async fn a_quorum_queue_rejects_one_too_late() -> Result<()> {
    let told = [Ack, Ack, Ack, Nack, Nack];
    overflow("quorum", "reject-publish", Outcome { told, held: "123", dead: "" }).await
}

/// It does not know that mode, and says nothing about it.
#[tokio::test]
async fn a_quorum_queue_drops_its_head_where_a_classic_one_would_reject_into_dead_letters() -> Result<()> {
    overflow("quorum", "reject-publish-dlx", Outcome { told: [Ack; 5], held: "45", dead: "123" }).await
}
