//! What a stream takes, keeps and gives up.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use async_nats::jetstream::AckKind;
use async_nats::jetstream::consumer::pull;
use async_nats::jetstream::message::PublishMessage;
use async_nats::jetstream::stream::{Config, DiscardPolicy, RetentionPolicy};
use thalweg_tests::simulated::Simulated;
use thalweg_tests::wait::wait_for_async;

use crate::bench::{Bench, at_once, bodies, next, settle, simulated_stream};

/// Five messages, 100 ms apart.
const FIVE: [u64; 5] = [100, 200, 300, 400, 500];

/// A simulated consumer that is there from 1 s on.
const LATE: &str = "{ at: 0s, for: 1s, crash: server }";

/// How long the messages that a late simulated consumer was given have waited, the longest and the mean, in milliseconds; which
/// tells which ones they were.
fn waits(report: &Simulated) -> Result<[u64; 2]> {
    let wait = |key| report.count(&["nodes", "server", "wait_ms", key]);
    Ok([wait("max")?, wait("mean")?])
}

/// Also where nobody has had them: a work queue is no safer.
#[tokio::test]
async fn a_full_stream_discards_the_old() -> Result<()> {
    for (retention, policy) in [(RetentionPolicy::Limits, "limits"), (RetentionPolicy::WorkQueue, "work-queue")] {
        let discard = DiscardPolicy::Old;
        let bench = Bench::open(Config { max_messages: 2, discard, retention, ..Default::default() }).await?;
        bench.publish_letters("ABCDE").await?;
        ensure!(bench.held().await? == (4, 2), "it holds {:?}", bench.held().await?);
        let left = at_once(&bench.consumer(pull::Config::default()).await?, 5).await?;
        ensure!(bodies(&left) == "DE", "{}", bodies(&left));

        let stream = format!(", max_length: 2, discard: old, retention_policy: {policy}");
        let report = simulated_stream(&stream, &FIVE, "", ", concurrency: 5, service_time: 1ms", 5_000, LATE)?;
        let (gone, waits) = (report.count(&["nodes", "stream", "trimmed"])?, waits(&report)?);
        ensure!(gone == 3 && waits == [600, 550], "{gone} gone in the simulation, the others waited {waits:?}");
    }
    Ok(())
}

/// Three publishes with one id, as by a handler whose lease ran out twice.
#[tokio::test]
async fn a_stream_recognises_what_is_published_again() -> Result<()> {
    let bench = Bench::open(Config { duplicate_window: Duration::from_mins(1), ..Default::default() }).await?;
    let mut recognised = 0;
    for _ in 0..3 {
        let message = PublishMessage::build().payload("A".into()).message_id("order-1");
        recognised += u32::from(bench.send(&bench.name, message).await?.duplicate);
    }
    ensure!(recognised == 2 && bench.held().await? == (1, 1), "it recognised {recognised}");

    let report = Simulated::run_at(
        "thalweg: 1
name: Again
nodes:
  source: { kind: producer, load: { replay: times.csv }, publishes: [{ to: stream }] }
  stream: { kind: topic, broker: nats }
  server: { kind: consumer, subscribes: [{ from: stream, ack_deadline: 10s }], concurrency: 10, service_time: 25s,
            publishes: [{ to: out, message_id: cause }] }
  out: { kind: topic, broker: nats, deduplication_window: 60s }
  last: { kind: consumer, subscribes: [{ from: out }] }
scenarios:
  default: { duration: 100s, replications: 1 }
",
        &[1000],
    )?;
    let out = |key| report.count(&["nodes", "out", key]);
    let found = (out("published")?, out("deduplicated")?);
    ensure!(found == (1, 2), "kept and recognised in the simulation: {found:?}");
    Ok(())
}

#[tokio::test]
async fn a_full_stream_refuses_the_new() -> Result<()> {
    let bench = Bench::open(Config { max_messages: 2, discard: DiscardPolicy::New, ..Default::default() }).await?;
    bench.publish_letters("AB").await?;
    for letter in ["C", "D", "E"] {
        refused(&bench, letter).await?;
    }
    ensure!(bench.held().await? == (1, 2));

    let stream = ", max_length: 2, discard: new";
    let report = simulated_stream(stream, &FIVE, "", ", concurrency: 5, service_time: 1ms", 5_000, LATE)?;
    let (refused, waits) = (report.count(&["nodes", "source", "rejected"])?, waits(&report)?);
    ensure!(refused == 3 && waits == [900, 850], "{refused} refused in the simulation, the others waited {waits:?}");
    Ok(())
}

async fn refused(bench: &Bench, letter: &str) -> Result<()> {
    let error = bench.publish(letter).await.err().with_context(|| format!("{letter} was taken"))?;
    ensure!(format!("{error:#}").contains("maximum messages exceeded"), "{error:#}");
    Ok(())
}

/// By its limits alone a stream keeps what everybody has had.
#[tokio::test]
async fn an_acknowledgement_makes_room_in_a_work_queue_only() -> Result<()> {
    for (retention, policy) in [(RetentionPolicy::Limits, "limits"), (RetentionPolicy::WorkQueue, "work-queue")] {
        let discard = DiscardPolicy::New;
        let bench = Bench::open(Config { max_messages: 2, discard, retention, ..Default::default() }).await?;
        let consumer = bench.consumer(pull::Config::default()).await?;
        bench.publish_letters("AB").await?;
        settle(&next(&consumer).await?, AckKind::Ack).await?;
        let stream = format!(", max_length: 2, discard: new, retention_policy: {policy}");
        // A is acknowledged at 250 ms, before C comes; B is not.
        let work = ", service_time: 150ms, retry: { attempts: unlimited, backoff: 1h }";
        let failing = "{ at: 260ms, for: 1h, errors: server, rate: 100% }";
        let report = simulated_stream(&stream, &FIVE[..4], "", work, 900, failing)?;
        let simulated = report.count(&["nodes", "source", "rejected"])?;
        if retention == RetentionPolicy::Limits {
            refused(&bench, "C").await?;
            ensure!(simulated == 2, "{simulated} of C and D were refused in the simulation");
        } else {
            holds(&bench, 1).await?;
            bench.publish("C").await?;
            refused(&bench, "D").await?;
            ensure!(simulated == 1, "{simulated} of C and D were refused in the simulation");
        }
    }
    Ok(())
}

#[tokio::test]
async fn what_comes_back_to_a_stream_that_has_let_go_of_it_is_gone() -> Result<()> {
    let bench = Bench::open(Config { max_messages: 2, discard: DiscardPolicy::Old, ..Default::default() }).await?;
    let consumer = bench.consumer(pull::Config::default()).await?;
    bench.publish("A").await?;
    let first = next(&consumer).await?;
    bench.publish_letters("BC").await?;
    settle(&first, AckKind::Nak(None)).await?;
    let left = [next(&consumer).await?, next(&consumer).await?];
    ensure!(bodies(&left) == "BC", "{}", bodies(&left));

    // A fails at 1.1 s; B and C, which have come meanwhile, are handled.
    let failing = "{ at: 0s, for: 1.15s, errors: server, rate: 100% }";
    let report = simulated_stream(", max_length: 2", &FIVE[..3], "", ", service_time: 1s", 30_000, failing)?;
    let of = |node, key| report.count(&["nodes", node, key]);
    let found = (of("server", "attempts")?, of("server", "completed")?, of("stream", "trimmed")?);
    ensure!(found == (3, 2, 1), "attempts, completed, gone in the simulation: {found:?}");
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

/// What one of two groups still wants takes its room: the next is refused until both have had it.
#[tokio::test]
async fn a_stream_by_interest_keeps_what_somebody_still_wants() -> Result<()> {
    let (retention, discard) = (RetentionPolicy::Interest, DiscardPolicy::New);
    let bench = Bench::open(Config { max_messages: 1, retention, discard, ..Default::default() }).await?;
    bench.publish("A").await?;
    holds(&bench, 0).await?;
    let names = ["first", "second"].map(|name| Some(name.to_owned()));
    let [first, second] = names.map(|durable_name| pull::Config { durable_name, ..Default::default() });
    let (first, second) = (bench.consumer(first).await?, bench.consumer(second).await?);
    bench.publish("B").await?;
    settle(&next(&first).await?, AckKind::Ack).await?;
    holds(&bench, 1).await?;
    refused(&bench, "C").await?;
    settle(&next(&second).await?, AckKind::Ack).await?;
    holds(&bench, 0).await?;
    bench.publish("D").await?;

    // B at 100 ms, C at 500 ms, D at 1.5 s; the second group takes a second.
    let report = Simulated::run_at(
        "thalweg: 1
name: Interest
nodes:
  source: { kind: producer, load: { replay: times.csv }, publishes: [{ to: stream }] }
  stream: { kind: topic, broker: nats, max_length: 1, discard: new, retention_policy: interest }
  first: { kind: consumer, subscribes: [{ from: stream }], service_time: 1ms }
  second: { kind: consumer, subscribes: [{ from: stream }], service_time: 1s }
scenarios:
  default: { duration: 10s, replications: 1 }
",
        &[100, 500, 1_500],
    )?;
    let (published, refused) =
        (report.count(&["nodes", "stream", "published"])?, report.count(&["nodes", "source", "rejected"])?);
    ensure!((published, refused) == (2, 1), "{published} taken, {refused} refused in the simulation");
    Ok(())
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
