//! Where a message goes that is given back, and how often it is tried.

use anyhow::{Result, ensure};
use lapin::message::Delivery;
use lapin::types::AMQPValue;
use thalweg_tests::brokers::rabbitmq::RabbitMq;
use thalweg_tests::simulated::{Simulated, sojourns_in_order};
use thalweg_tests::wait::wait_for_async;

use crate::bench::{Bench, bodies, give_back, header, peace, reasons, soon};

/// Takes A, B, C of A to E, gives them back in the order C, A, B, and returns all in the order they come again, with
/// their `redelivered` flags.
async fn order_after_nacks(kind: &str, arguments: &[(&str, AMQPValue)]) -> Result<(String, Vec<bool>)> {
    let _peace = peace().await;
    let bench = Bench::open().await?;
    let queue = bench.queue(kind, arguments).await?;
    bench.publish_letters(&queue, "ABCDE").await?;
    let mut taken = Vec::new();
    for _ in 0..3 {
        taken.push(bench.get(&queue).await?.delivery);
    }
    ensure!(bodies(&taken) == "ABC", "taken: {}", bodies(&taken));
    for index in [2, 0, 1] {
        give_back(&taken[index]).await?;
    }
    let again = bench.take(&queue, 5).await?;
    Ok((bodies(&again), again.iter().map(|delivery| delivery.redelivered).collect()))
}

#[tokio::test]
async fn a_classic_queue_takes_back_to_the_original_place() -> Result<()> {
    let (order, redelivered) = order_after_nacks("classic", &[]).await?;
    ensure!(order == "ABCDE", "{order}");
    ensure!(redelivered == [true, true, true, false, false], "{redelivered:?}");
    Ok(())
}

#[tokio::test]
async fn a_quorum_queue_without_a_limit_takes_back_to_the_tail() -> Result<()> {
    // From 4.0 on there is a limit unless it is switched off.
    let off = [("x-delivery-limit", AMQPValue::LongInt(-1))];
    let arguments: &[_] = if RabbitMq::shared()?.version() >= (4, 0) { &off } else { &[] };
    let (order, redelivered) = order_after_nacks("quorum", arguments).await?;
    ensure!(order == "DECAB", "{order}");
    ensure!(redelivered == [false, false, true, true, true], "{redelivered:?}");
    Ok(())
}

#[tokio::test]
async fn a_quorum_queue_with_a_limit_takes_back_to_the_head() -> Result<()> {
    let (order, _) = order_after_nacks("quorum", &[("x-delivery-limit", AMQPValue::LongInt(10))]).await?;
    // What was given back comes before what was never delivered.
    ensure!(order.ends_with("DE"), "{order}");
    Ok(())
}

/// A queue of the broker and the same in a flow.
struct Twins {
    kind: &'static str,
    arguments: Vec<(&'static str, AMQPValue)>,
    simulated: &'static str,
}

impl Twins {
    fn classic() -> Self {
        Self { kind: "classic", arguments: vec![], simulated: "type: classic" }
    }

    fn quorum() -> Result<Self> {
        // From 4.0 on there is a limit unless it is switched off.
        let has_limit = RabbitMq::shared()?.version() >= (4, 0);
        let arguments = if has_limit { vec![("x-delivery-limit", AMQPValue::LongInt(-1))] } else { vec![] };
        Ok(Self { kind: "quorum", arguments, simulated: "type: quorum" })
    }

    fn quorum_with_limit() -> Self {
        let arguments = vec![("x-delivery-limit", AMQPValue::LongInt(10))];
        Self { kind: "quorum", arguments, simulated: "type: quorum, delivery_limit: 10" }
    }

    /// The first `count` of A to E are taken and given back in the order in which they were taken; then comes all in an
    /// order that is the broker's. In the simulation as many servers take them, and what ends too early fails; what
    /// the servers then work on, ten seconds each, tells in which order they were given it.
    async fn compare(&self, count: usize, order: &str) -> Result<()> {
        let _peace = peace().await;
        let bench = Bench::open().await?;
        let queue = bench.queue(self.kind, &self.arguments).await?;
        bench.publish_letters(&queue, "ABCDE").await?;
        let mut taken = Vec::new();
        for _ in 0..count {
            taken.push(bench.get(&queue).await?.delivery);
        }
        for delivery in &taken {
            give_back(delivery).await?;
        }
        let again = bodies(&bench.take(&queue, 5).await?);
        ensure!(again == order, "{}: {count} given back come as {again}", self.simulated);

        let arrivals = [2_000, 3_000, 4_000, 5_000, 6_000];
        let free: Vec<u64> = arrivals[..count].iter().map(|arrival| arrival + 10_000).collect();
        let places: Vec<usize> = again.bytes().map(|letter| usize::from(letter - b'A')).collect();
        let expected = sojourns_in_order(&places, &arrivals, &free, 10_000);
        let report = Simulated::run_at(
            &format!(
                "thalweg: 1
name: Given back
nodes:
  source: {{ kind: producer, load: {{ replay: times.csv }}, publishes: [{{ to: line }}] }}
  line: {{ kind: queue, broker: rabbitmq, {} }}
  server: {{ kind: consumer, subscribes: [{{ from: line }}], concurrency: {count}, service_time: 10s }}
scenarios:
  default: {{ duration: 3m, replications: 1, faults: [{{ at: 0s, for: {}ms, errors: server, rate: 100% }}] }}
",
                self.simulated,
                free[count - 1] + 500,
            ),
            &arrivals,
        )?;
        let deliveries = report.count(&["nodes", "server", "attempts"])?;
        ensure!(deliveries == 5 + count as u64, "the simulation delivers {deliveries} times");
        for (quantile, place) in [("p50", 2), ("max", 4)] {
            let found = report.number(&["nodes", "server", "sojourn_ms", quantile])?;
            // What the network adds is less than what tells two orders apart.
            ensure!(
                (found - expected[place] as f64).abs() < 500.0,
                "{}: {count} given back, {quantile} is {found} in the simulation, {again} means {expected:?}",
                self.simulated
            );
        }
        Ok(())
    }
}

#[tokio::test]
async fn the_simulated_classic_queue_gives_the_same_order() -> Result<()> {
    Twins::classic().compare(1, "ABCDE").await?;
    Twins::classic().compare(3, "ABCDE").await
}

#[tokio::test]
async fn the_simulated_quorum_queue_gives_the_same_order() -> Result<()> {
    Twins::quorum()?.compare(1, "BCDEA").await?;
    Twins::quorum()?.compare(3, "DEABC").await
}

#[tokio::test]
async fn the_simulated_quorum_queue_with_a_limit_gives_the_same_order() -> Result<()> {
    Twins::quorum_with_limit().compare(1, "ABCDE").await
}

/// A to E unacknowledged on a channel that closes, F and G still waiting.
async fn order_after_a_closed_channel(kind: &str) -> Result<()> {
    let _peace = peace().await;
    let bench = Bench::open().await?;
    let queue = bench.queue(kind, &[]).await?;
    bench.publish_letters(&queue, "ABCDEFG").await?;
    let consumer = Bench::open().await?;
    for _ in 0..5 {
        consumer.get(&queue).await?;
    }
    soon(consumer.channel.close(200, "the consumer dies".into())).await?;
    let again = bench.take(&queue, 7).await?;
    ensure!(bodies(&again) == "ABCDEFG", "{kind}: {}", bodies(&again));
    let redelivered: Vec<bool> = again.iter().map(|delivery| delivery.redelivered).collect();
    ensure!(redelivered == [true, true, true, true, true, false, false], "{kind}: {redelivered:?}");
    Ok(())
}

#[tokio::test]
async fn what_a_lost_consumer_held_comes_first_in_order() -> Result<()> {
    order_after_a_closed_channel("classic").await?;
    order_after_a_closed_channel("quorum").await
}

#[tokio::test]
async fn a_delivery_limit_allows_one_delivery_more_than_its_number() -> Result<()> {
    let _peace = peace().await;
    let bench = Bench::open().await?;
    let (dead, mut arguments) = bench.dead_letters().await?;
    arguments.push(("x-delivery-limit", AMQPValue::LongInt(3)));
    let queue = bench.queue("quorum", &arguments).await?;
    bench.publish_letters(&queue, "P").await?;
    let mut counts = Vec::new();
    while let Some(poison) = next_or_dead(&bench, &queue, &dead).await? {
        counts.push(header(&poison, "x-delivery-count"));
        give_back(&poison).await?;
    }
    // 3.10 tells no count with the first delivery.
    ensure!(counts.len() == 4 && counts[1..] == ["1", "2", "3"], "{counts:?}");
    let letters = bench.take(&dead, 1).await?;
    ensure!(bodies(&letters) == "P" && reasons(&letters) == ["delivery_limit"], "{:?}", reasons(&letters));

    let report = Simulated::run(
        "thalweg: 1
name: Poison
nodes:
  source: { kind: producer, load: { batch: { size: 1, every: 40s } }, publishes: [{ to: line }] }
  line: { kind: queue, broker: rabbitmq, type: quorum, delivery_limit: 3, dead_letter: dead }
  dead: { kind: queue, broker: rabbitmq }
  server: { kind: consumer, subscribes: [{ from: line }], service_time: 1s, failure: { poison: 100% } }
scenarios:
  default: { duration: 60s, replications: 1 }
",
    )?;
    let of = |node, key| report.count(&["nodes", node, key]);
    let simulated = (of("server", "attempts")?, of("line", "delivery_limit")?, of("dead", "dead_letters")?);
    ensure!(simulated == (counts.len() as u64, 1, 1), "in the simulation {simulated:?}");
    Ok(())
}

/// The next delivery, or nothing once the message lies among the dead letters.
async fn next_or_dead(bench: &Bench, queue: &str, dead: &str) -> Result<Option<Delivery>> {
    wait_for_async("a delivery or a dead letter", || async {
        if let Some(message) = bench.try_get(queue).await? {
            return Ok(Some(Some(message.delivery)));
        }
        Ok((bench.ready(dead).await? > 0).then_some(None))
    })
    .await
}
