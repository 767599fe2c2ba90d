//! How much a consumer may hold, and when publishers are held up.

use std::sync::Arc;

use anyhow::{Result, ensure};
use lapin::options::BasicAckOptions;
use thalweg_tests::brokers::rabbitmq::RabbitMq;
use thalweg_tests::simulated::Simulated;
use thalweg_tests::wait::wait_for_async;

use crate::bench::{Bench, Told, alone, bodies, body, next, peace, soon};

#[tokio::test]
async fn consumers_take_turns_until_their_windows_are_full() -> Result<()> {
    let _peace = peace().await;
    let bench = Bench::open().await?;
    let queue = bench.queue("classic", &[]).await?;
    let (mut first, mut second) = (bench.consume(&queue, 3).await?, bench.consume(&queue, 3).await?);
    bench.publish_letters(&queue, "0123456789").await?;
    let mut held = [Vec::new(), Vec::new()];
    for _ in 0..3 {
        held[0].push(next(&mut first).await?);
        held[1].push(next(&mut second).await?);
    }
    let shares = [bodies(&held[0]), bodies(&held[1])];
    ensure!(shares == ["024", "135"], "{shares:?}");
    let ready = bench.ready(&queue).await?;
    ensure!(ready == 4, "{ready} are ready");
    ensure!(simulated_ready()? == 4, "in the simulation {} are ready", simulated_ready()?);
    // Room for one brings exactly the next one.
    soon(held[1][0].ack(BasicAckOptions::default())).await?;
    ensure!(body(&next(&mut second).await?) == "6");
    let ready = bench.ready(&queue).await?;
    ensure!(ready == 3, "{ready} are ready");
    Ok(())
}

/// How many of ten wait at the broker when two consumers hold as many as they may and never end.
fn simulated_ready() -> Result<u64> {
    let report = Simulated::run(
        "thalweg: 1
name: Windows
nodes:
  source: { kind: producer, load: { batch: { size: 10, every: 40s } }, publishes: [{ to: line }] }
  line: { kind: queue, broker: rabbitmq }
  holder: { kind: consumer, subscribes: [{ from: line, prefetch: 3 }], instances: 2, concurrency: 3, service_time: 1h }
scenarios:
  default: { duration: 70s, warmup: 50s, replications: 1 }
",
    )?;
    report.count(&["nodes", "line", "depth", "mean"])
}

/// Who publishes is blocked as soon as the broker hears of it again; who only consumes is not.
#[tokio::test]
async fn an_alarm_holds_publishers_up_and_consumers_not() -> Result<()> {
    let _alone = alone().await;
    let broker = RabbitMq::shared()?;
    let (publisher, consumer) = (Arc::new(Bench::open().await?), Bench::open().await?);
    let queue = consumer.queue("classic", &[]).await?;
    publisher.publish_letters(&queue, "AB").await?;
    let publish = |body: &'static str| {
        let (publisher, queue) = (Arc::clone(&publisher), queue.clone());
        tokio::spawn(async move { publisher.publish(&queue, body).await })
    };
    broker.control(&["set_vm_memory_high_watermark", "absolute", "1MiB"])?;
    // The first one tells the broker that this connection publishes; it may get through.
    let first = publish("C");
    let blocked = async || Ok(publisher.connection.status().blocked().then_some(()));
    let during = async {
        wait_for_async("the publisher to be blocked", blocked).await?;
        let second = publish("D");
        let served = [consumer.get(&queue).await?.delivery, consumer.get(&queue).await?.delivery];
        ensure!(bodies(&served) == "AB", "consumers were given {}", bodies(&served));
        ensure!(!second.is_finished(), "a message was confirmed during the alarm");
        Ok(second)
    };
    let during = during.await;
    broker.control(&["set_vm_memory_high_watermark", "absolute", "512MiB"])?;
    let second = during?;
    ensure!(first.await?? == Told::Ack && second.await?? == Told::Ack);
    ensure!(bodies(&consumer.take(&queue, 2).await?) == "CD");
    compare_alarm()
}

/// In the simulation A and B, at 1 and 2 s, are more than the broker has room for; C and D wait until the consumer, which is
/// there from 5 s on, has had them.
fn compare_alarm() -> Result<()> {
    let line = |until: &str| -> Result<[u64; 3]> {
        let report = Simulated::run_at(
            &format!(
                "thalweg: 1
name: Alarm
brokers:
  rabbit: {{ kind: rabbitmq, memory_limit: 1kB }}
nodes:
  source: {{ kind: producer, load: {{ replay: times.csv }}, publishes: [{{ to: line, size: 1kB }}] }}
  line: {{ kind: queue, broker: rabbit }}
  server: {{ kind: consumer, subscribes: [{{ from: line }}], service_time: 100ms }}
scenarios:
  default: {{ duration: {until}, replications: 1, faults: [{{ at: 0s, for: 5s, crash: server }}] }}
"
            ),
            &[1_000, 2_000, 3_000, 4_000],
        )?;
        let completed = report.count(&["nodes", "server", "completed"])?;
        Ok([report.count(&["nodes", "line", "published"])?, completed, report.count(&["totals", "lost"])?])
    };
    let found = [line("4.9s")?, line("5.15s")?, line("9s")?];
    // One acknowledgement lets one in.
    ensure!(found == [[2, 0, 0], [3, 1, 0], [4, 4, 0]], "published, done, lost in the simulation: {found:?}");
    Ok(())
}
