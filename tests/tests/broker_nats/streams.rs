//! What a stream takes, keeps and gives up.

use anyhow::{Context as _, Result, ensure};
use async_nats::jetstream::AckKind;
use async_nats::jetstream::consumer::pull;
use async_nats::jetstream::message::PublishMessage;
use async_nats::jetstream::stream::{Config, DiscardPolicy, RetentionPolicy};
use thalweg_tests::simulated::Simulated;
use thalweg_tests::wait::wait_for_async;

use crate::bench::{Bench, at_once, bodies, next, settle};

#[tokio::test]
async fn a_full_stream_discards_the_old() -> Result<()> {
    let bench = Bench::open(Config { max_messages: 2, discard: DiscardPolicy::Old, ..Default::default() }).await?;
    bench.publish_letters("ABCDE").await?;
    ensure!(bench.held().await? == (4, 2), "it holds {:?}", bench.held().await?);
    let left = at_once(&bench.consumer(pull::Config::default()).await?, 5).await?;
    ensure!(bodies(&left) == "DE", "{}", bodies(&left));
    Ok(())
}

#[tokio::test]
async fn a_full_stream_refuses_the_new() -> Result<()> {
    let bench = Bench::open(Config { max_messages: 2, discard: DiscardPolicy::New, ..Default::default() }).await?;
    bench.publish_letters("AB").await?;
    for letter in ["C", "D", "E"] {
        let error = bench.publish(letter).await.err().with_context(|| format!("{letter} was taken"))?;
        ensure!(format!("{error:#}").contains("maximum messages exceeded"), "{error:#}");
    }
    ensure!(bench.held().await? == (1, 2));
    Ok(())
}

#[tokio::test]
async fn a_work_queue_forgets_what_is_acknowledged_and_has_one_consumer() -> Result<()> {
    let bench = Bench::open(Config { retention: RetentionPolicy::WorkQueue, ..Default::default() }).await?;
    let consumer = bench.consumer(pull::Config::default()).await?;
    bench.publish_letters("ABC").await?;
    let message = next(&consumer).await?;
    settle(&message, AckKind::Ack).await?;
    holds(&bench, 2).await?;
    let second = pull::Config { durable_name: Some("second".into()), ..Default::default() };
    let error = bench.consumer(second).await.err().context("a second consumer was allowed")?;
    ensure!(format!("{error:#}").contains("10099"), "{error:#}");
    Ok(())
}

#[tokio::test]
async fn a_stream_by_interest_keeps_what_somebody_still_wants() -> Result<()> {
    let bench = Bench::open(Config { retention: RetentionPolicy::Interest, ..Default::default() }).await?;
    bench.publish("A").await?;
    holds(&bench, 0).await?;
    let names = ["first", "second"].map(|name| Some(name.to_owned()));
    let [first, second] = names.map(|durable_name| pull::Config { durable_name, ..Default::default() });
    let (first, second) = (bench.consumer(first).await?, bench.consumer(second).await?);
    bench.publish("B").await?;
    settle(&next(&first).await?, AckKind::Ack).await?;
    holds(&bench, 1).await?;
    settle(&next(&second).await?, AckKind::Ack).await?;
    holds(&bench, 0).await
}

/// Subjects of messages and filters with what they let through.
#[tokio::test]
async fn filters_match_tokens() -> Result<()> {
    const SUBJECTS: [&str; 4] = ["a", "a.b", "a.b.c", "b"];
    const FILTERS: [(&str, &str); 4] = [("a.*", "1"), ("a.>", "12"), ("*.b", "1"), (">", "0123")];
    let subjects = SUBJECTS.map(str::to_owned).to_vec();
    let bench = Bench::open(Config { subjects, ..Default::default() }).await?;
    for (place, subject) in SUBJECTS.iter().enumerate() {
        bench.send(subject, PublishMessage::build().payload(place.to_string().into())).await?;
    }
    let simulated = simulated_filters(&SUBJECTS, &FILTERS)?;
    for (place, (filter, expected)) in FILTERS.into_iter().enumerate() {
        let durable_name = Some(format!("filter{place}"));
        let configuration = pull::Config { durable_name, filter_subject: filter.to_owned(), ..Default::default() };
        let found = bodies(&at_once(&bench.consumer(configuration).await?, 5).await?);
        ensure!(found == expected, "`{filter}` let through {found}, expected {expected}");
        ensure!(simulated[place] == found, "`{filter}` let through {found}, in the simulation {}", simulated[place]);
    }
    Ok(())
}

/// What each filter lets through in the simulation. There the message with subject number n is published 2ⁿ times, so
/// that a count of messages tells which ones they are.
fn simulated_filters(subjects: &[&str], filters: &[(&str, &str)]) -> Result<Vec<String>> {
    let mut publishes = Vec::new();
    for (place, subject) in subjects.iter().enumerate() {
        publishes.push(format!("{{ to: stream, event: thing, routing_key: {subject}, count: {} }}", 1 << place));
    }
    let nodes: Vec<String> = (filters.iter().enumerate())
        .map(|(place, (filter, _))| {
            format!("  server{place}: {{ kind: consumer, subscribes: [{{ from: stream, filter: '{filter}' }}], service_time: 1ms }}")
        })
        .collect();
    let report = Simulated::run(&format!(
        "thalweg: 1
name: Filters
events: {{ thing: {{ version: 1.0.0 }} }}
nodes:
  source: {{ kind: producer, load: {{ batch: {{ size: 1, every: 40s }} }}, publishes: [{}] }}
  stream: {{ kind: topic, broker: nats }}
{}
scenarios:
  default: {{ duration: 60s, replications: 1 }}
",
        publishes.join(", "),
        nodes.join("\n"),
    ))?;
    (0..filters.len())
        .map(|place| {
            let count = report.count(&["nodes", &format!("server{place}"), "completed"])?;
            Ok((0..subjects.len()).filter(|bit| count >> bit & 1 == 1).map(|bit| bit.to_string()).collect())
        })
        .collect()
}

#[tokio::test]
async fn a_message_id_is_stored_once() -> Result<()> {
    let bench = Bench::open(Config::default()).await?;
    let message = || PublishMessage::build().message_id("once").payload("A".into());
    let (first, second) = (bench.send(&bench.name, message()).await?, bench.send(&bench.name, message()).await?);
    ensure!(!first.duplicate && second.duplicate, "{first:?} {second:?}");
    ensure!(first.sequence == 1 && second.sequence == 1 && bench.held().await? == (1, 1));
    Ok(())
}

/// Waits until the stream holds `count` messages: it removes them after it has confirmed an acknowledgement.
async fn holds(bench: &Bench, count: u64) -> Result<()> {
    wait_for_async(&format!("{} to hold {count} messages", bench.name), async || {
        Ok((bench.held().await?.1 == count).then_some(()))
    })
    .await
}
