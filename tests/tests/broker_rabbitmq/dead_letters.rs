//! Messages that expire, and cycles of dead letters.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use lapin::BasicProperties;
use lapin::options::{BasicNackOptions, BasicPublishOptions};
use lapin::types::AMQPValue;
use thalweg_tests::simulated::Simulated;
use thalweg_tests::wait::wait_for_async;

use crate::bench::{Bench, Told, at_least, bodies, header, peace, reasons, soon, text};

/// A short-lived message behind a long-lived one lives as long as that one: only the head is looked at.
async fn expires_at_the_head_only(kind: &str) -> Result<()> {
    const LONG: Duration = Duration::from_millis(1_500);
    let _peace = peace().await;
    let bench = Bench::open().await?;
    let (dead, arguments) = bench.dead_letters().await?;
    let queue = bench.queue(kind, &arguments).await?;
    let begun = Instant::now();
    for (body, life) in [("L", LONG), ("S", Duration::from_millis(100))] {
        let properties = BasicProperties::default().with_expiration(life.as_millis().to_string().as_str().into());
        let told = bench.publish_through("", &queue, body, BasicPublishOptions::default(), properties).await?;
        ensure!(told == Told::Ack);
    }
    let letters = bench.take(&dead, 2).await?;
    at_least("the life of the message behind", begun.elapsed(), LONG)?;
    ensure!(bodies(&letters) == "LS", "{kind}: {}", bodies(&letters));
    ensure!(reasons(&letters) == ["expired", "expired"], "{kind}: {:?}", reasons(&letters));
    Ok(())
}

#[tokio::test]
async fn messages_expire_at_the_head_only() -> Result<()> {
    expires_at_the_head_only("classic").await?;
    expires_at_the_head_only("quorum").await
}

/// Three messages that live for a moment and that nobody takes, in the broker and in the simulation.
#[tokio::test]
async fn what_nobody_takes_in_time_is_dead_lettered() -> Result<()> {
    let _peace = peace().await;
    let bench = Bench::open().await?;
    let (dead, mut arguments) = bench.dead_letters().await?;
    arguments.push(("x-message-ttl", AMQPValue::LongInt(300)));
    let queue = bench.queue("classic", &arguments).await?;
    bench.publish_letters(&queue, "ABC").await?;
    let letters = bench.take(&dead, 3).await?;
    ensure!(bodies(&letters) == "ABC" && reasons(&letters) == ["expired"; 3], "{:?}", reasons(&letters));

    let report = Simulated::run(
        "thalweg: 1
name: Short lives
nodes:
  source: { kind: producer, load: { batch: { size: 3, every: 40s } }, publishes: [{ to: line }] }
  line: { kind: queue, broker: rabbitmq, message_ttl: 300ms, dead_letter: dead }
  dead: { kind: queue, broker: rabbitmq }
scenarios:
  default: { duration: 60s, replications: 1 }
",
    )?;
    let simulated = (report.count(&["nodes", "line", "expired"])?, report.count(&["nodes", "dead", "dead_letters"])?);
    ensure!(simulated == (3, 3), "in the simulation {simulated:?}");
    Ok(())
}

/// A queue that dead-letters into itself loses what expired, since nobody refused it; what was refused goes round.
#[tokio::test]
async fn a_cycle_without_a_refusal_is_cut() -> Result<()> {
    let _peace = peace().await;
    let bench = Bench::open().await?;
    let queue = bench.queue("classic", &[("x-dead-letter-exchange", text(""))]).await?;
    let refuse = BasicNackOptions { requeue: false, multiple: false };
    bench.publish_letters(&queue, "R").await?;
    for round in ["", "rejected"] {
        let message = bench.get(&queue).await?.delivery;
        ensure!(header(&message, "x-first-death-reason") == round, "{message:?}");
        soon(message.nack(refuse)).await?;
    }
    soon(bench.get(&queue).await?.delivery.ack(lapin::options::BasicAckOptions::default())).await?;

    let life = [("x-dead-letter-exchange", text("")), ("x-message-ttl", AMQPValue::LongInt(1))];
    let queue = bench.queue("classic", &life).await?;
    bench.publish_letters(&queue, "E").await?;
    wait_for_async("the message to be gone", || async { Ok((bench.ready(&queue).await? == 0).then_some(())) }).await
}
