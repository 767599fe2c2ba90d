//! How fast the embedded broker acknowledges and delivers. Prints figures; judges nothing.
//!
//! `cargo bench -p thalweg-bus --bench embedded`; with `-- backlog MILLIONS` what a backlog costs.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "a bench that cannot go on ends, and it is there to print"
)]

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use thalweg_bus::{
    Broker, Clock, Durability, Event, Extension, GroupPlan, Outcome, PARTITION_KEY, Plan, Settlement, SqliteBroker,
    TopicPlan,
};

/// Each figure is measured for so long.
const LENGTH: Duration = Duration::from_secs(5);
/// Bytes of the data of an event.
const BODY: usize = 1024;

#[tokio::main]
async fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    if let [what, millions] = &arguments[..]
        && what == "backlog"
    {
        backlog(millions.parse().unwrap()).await;
        return;
    }
    for durability in [Durability::Full, Durability::Process] {
        for (publishers, batch) in [(1, 1), (64, 1), (1, 100), (4, 100)] {
            let folder = tempfile::tempdir().unwrap();
            let broker = open(folder.path(), durability, 8).await;
            let (rate, median, worst) = publish(&broker, publishers, batch).await;
            println!(
                "{durability:?}: {publishers} publishers, {batch} at once: {rate:.0} events/s, p50 {median:.2} ms, p99 {worst:.2} ms"
            );
            broker.close().await;
        }
    }
    for durability in [Durability::Full, Durability::Process] {
        let folder = tempfile::tempdir().unwrap();
        let broker = open(folder.path(), durability, 1).await;
        let (median, worst) = latency(&broker).await;
        println!("{durability:?}: publish to handler, idle: p50 {median:.2} ms, p99 {worst:.2} ms");
        let (median, worst) = consume(&broker, 100_000).await;
        println!(
            "{durability:?}: 100,000 waiting events taken and acknowledged 100 at once: {median:.0} events/s, {worst:.2} ms a turn at most"
        );
    }
}

async fn open(folder: &Path, durability: Durability, partitions: u32) -> SqliteBroker {
    let broker = SqliteBroker::open(folder.join("live.db"), Clock::system()).await.unwrap();
    let groups = vec![GroupPlan { max_in_flight: 10_000, ..GroupPlan::named("billing") }];
    let topic = TopicPlan { partitions, durability, groups, ..TopicPlan::named("orders") };
    broker.create(&Plan { topics: vec![topic] }).await.unwrap();
    broker
}

fn event(id: u64) -> Event {
    // Text that does not compress to nothing.
    let mut state = id.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut body = Vec::with_capacity(BODY);
    while body.len() < BODY {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        body.extend_from_slice(format!("{state:016x}").as_bytes());
    }
    Event {
        id: format!("{id:016x}"),
        source: "/bench".to_owned(),
        event_type: "order.placed".to_owned(),
        content_type: Some("text/plain".to_owned()),
        extensions: [(PARTITION_KEY.to_owned(), Extension::Text(format!("k{}", id % 1000)))].into(),
        data: Some(Bytes::from(body)),
        ..Event::default()
    }
}

fn quantile(times: &mut [f64], at: f64) -> f64 {
    times.sort_by(f64::total_cmp);
    times.get(((times.len() as f64 * at) as usize).min(times.len().saturating_sub(1))).copied().unwrap_or(0.0)
}

async fn publish(broker: &SqliteBroker, publishers: u64, batch: u64) -> (f64, f64, f64) {
    let next = Arc::new(AtomicU64::new(1));
    let begun = Instant::now();
    let tasks: Vec<_> = (0..publishers)
        .map(|_| {
            let (broker, next) = (broker.clone(), Arc::clone(&next));
            tokio::spawn(async move {
                let (mut times, mut stored) = (Vec::new(), 0);
                while begun.elapsed() < LENGTH {
                    let first = next.fetch_add(batch, Ordering::Relaxed);
                    let events = (first..first + batch).map(event).collect();
                    let asked = Instant::now();
                    stored += broker.publish("orders", events).await.unwrap().stored;
                    times.push(asked.elapsed().as_secs_f64() * 1000.0);
                }
                (stored, times)
            })
        })
        .collect();
    let (mut stored, mut times) = (0, Vec::new());
    for task in tasks {
        let (some, took) = task.await.unwrap();
        stored += some;
        times.extend(took);
    }
    let rate = stored as f64 / begun.elapsed().as_secs_f64();
    (rate, quantile(&mut times, 0.5), quantile(&mut times, 0.99))
}

async fn latency(broker: &SqliteBroker) -> (f64, f64) {
    let mut times = Vec::new();
    for id in 0..1000 {
        let consumer = broker.clone();
        let waits = tokio::spawn(async move {
            let taken = consumer.fetch("orders", "billing", 1, Duration::from_secs(10)).await.unwrap();
            let came = Instant::now();
            acknowledge(&consumer, taken.into_iter().map(|delivery| delivery.token)).await;
            came
        });
        tokio::time::sleep(Duration::from_millis(3)).await;
        let event = event(1_000_000_000 + id);
        let sent = Instant::now();
        broker.publish("orders", vec![event]).await.unwrap();
        times.push((waits.await.unwrap() - sent).as_secs_f64() * 1000.0);
    }
    (quantile(&mut times, 0.5), quantile(&mut times, 0.99))
}

async fn acknowledge(broker: &SqliteBroker, tokens: impl Iterator<Item = String>) {
    let settlements = tokens.map(|token| Settlement { token, outcome: Outcome::Ack }).collect();
    broker.settle("orders", "billing", settlements).await.unwrap();
}

async fn consume(broker: &SqliteBroker, count: u64) -> (f64, f64) {
    for first in (0..count).step_by(1000) {
        broker.publish("orders", (first..first + 1000).map(|id| event(id + (1 << 40))).collect()).await.unwrap();
    }
    drain(broker, count).await
}

async fn drain(broker: &SqliteBroker, count: u64) -> (f64, f64) {
    let (begun, mut seen, mut worst) = (Instant::now(), 0, 0_f64);
    while seen < count {
        let asked = Instant::now();
        let taken = broker.fetch("orders", "billing", 100, Duration::from_secs(10)).await.unwrap();
        assert!(!taken.is_empty(), "{seen} of {count} came");
        seen += taken.len() as u64;
        acknowledge(broker, taken.into_iter().map(|delivery| delivery.token)).await;
        worst = worst.max(asked.elapsed().as_secs_f64() * 1000.0);
    }
    (seen as f64 / begun.elapsed().as_secs_f64(), worst)
}

/// Publishing and consuming at a small backlog, and at one of so many million events, in one file.
async fn backlog(millions: u64) {
    let folder = tempfile::tempdir().unwrap();
    let broker = open(folder.path(), Durability::Process, 8).await;
    let (rate, _, worst) = publish(&broker, 4, 100).await;
    println!("small backlog: publish {rate:.0} events/s, p99 {worst:.2} ms");
    let (rate, worst) = drain(&broker, 10_000).await;
    println!("small backlog: consume {rate:.0} events/s, {worst:.2} ms a turn at most");
    let mut id = 1 << 32;
    while broker.inspect().await.unwrap()[0].events < millions * 1_000_000 {
        for _ in 0..50 {
            broker.publish("orders", (id..id + 1000).map(event).collect()).await.unwrap();
            id += 1000;
        }
    }
    println!("{millions} million events, {} MB of memory at most", peak());
    let (rate, worst) = drain(&broker, 10_000).await;
    println!("large backlog: consume {rate:.0} events/s, {worst:.2} ms a turn at most");
    let mut times = Vec::new();
    let begun = Instant::now();
    while begun.elapsed() < LENGTH {
        let events = (id..id + 100).map(event).collect();
        id += 100;
        let asked = Instant::now();
        broker.publish("orders", events).await.unwrap();
        times.push(asked.elapsed().as_secs_f64() * 1000.0);
    }
    let rate = times.len() as f64 * 100.0 / begun.elapsed().as_secs_f64();
    println!("large backlog: publish by one {rate:.0} events/s, p99 {:.2} ms", quantile(&mut times, 0.99));
    broker.close().await;
    let opened = Instant::now();
    let broker = SqliteBroker::open(folder.path().join("live.db"), Clock::system()).await.unwrap();
    println!("opened again after {:.0} ms; {} MB of memory at most", opened.elapsed().as_secs_f64() * 1000.0, peak());
    broker.close().await;
}

/// The most memory this process ever had, in MB.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|text| text.split_whitespace().next()?.parse::<u64>().ok()).unwrap_or(0) / 1024
}
