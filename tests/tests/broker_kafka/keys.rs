//! Which partition a key belongs to.

use anyhow::{Result, ensure};
use thalweg_tests::simulated::Simulated;

use crate::bench::Bench;

const KEYS: u32 = 40;
const PARTITIONS: u32 = 6;

/// Keys of Zipf's popularity overload some partitions and not others. How many messages then lie unhandled depends on
/// which keys share a partition: with the client's own choice of partitions it can be computed.
#[tokio::test]
async fn keys_share_partitions_as_in_the_client() -> Result<()> {
    const RATE: f64 = 600.0;
    const HANDLED: f64 = 80.0;
    const SECONDS: f64 = 200.0;
    let bench = Bench::open(PARTITIONS.try_into()?)?;
    let keys: Vec<String> = (1..=KEYS).map(|key| format!("key-{key}")).collect();
    let chosen = bench.produce(&keys).await?;
    let all: f64 = (1..=KEYS).map(|rank| 1.0 / f64::from(rank)).sum();
    let mut shares = vec![0.0; PARTITIONS as usize];
    for (rank, partition) in (1..=KEYS).zip(chosen) {
        shares[usize::try_from(partition)?] += 1.0 / f64::from(rank) / all;
    }
    let expected: f64 = shares.iter().map(|share| (RATE * share - HANDLED).max(0.0) * SECONDS).sum();

    let report = Simulated::run(&format!(
        "thalweg: 1
name: Keys
nodes:
  source: {{ kind: producer, load: {{ constant: {RATE}/s }}, publishes: [{{ to: records, key: {{ zipf: {{ keys: {KEYS}, s: 1.0 }} }} }}] }}
  records: {{ kind: topic, broker: kafka, partitions: {PARTITIONS} }}
  group: {{ kind: consumer, subscribes: [{{ from: records }}], instances: {PARTITIONS}, service_time: {}us }}
scenarios:
  default: {{ duration: {SECONDS}s, replications: 1 }}
",
        1e6 / HANDLED
    ))?;
    let waiting = report.number(&["totals", "in_flight"])?;
    // Half a percent is what chance makes of 120,000 draws; another function is off by tens of percents.
    ensure!(
        (waiting / expected - 1.0).abs() < 0.02,
        "{waiting} wait, {expected} by the client's partitions {shares:?}"
    );
    Ok(())
}
