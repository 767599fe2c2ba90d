//! How long a consumer may keep a message, and when it comes again.

use std::time::{Duration, Instant};

use anyhow::{Result, bail, ensure};
use async_nats::jetstream::AckKind;
use async_nats::jetstream::consumer::pull;
use async_nats::jetstream::stream::Config;
use thalweg_tests::simulated::sojourns_in_order;
use thalweg_tests::wait::wait_for_async;

use crate::bench::{
    Bench, advisory, arrivals, at_once, bodies, body, delivery, next, not_before, settle, simulated, simulated_at,
};

const MS: Duration = Duration::from_millis(1);

/// A simulated handler that is not heard of within any of the times here, with room for every redelivery.
const SILENT: &str = ", concurrency: 10, service_time: 1h";

#[tokio::test]
async fn unacknowledged_messages_come_again_after_ack_wait() -> Result<()> {
    let bench = Bench::open(Config::default()).await?;
    let consumer = bench.consumer(pull::Config { ack_wait: 500 * MS, ..Default::default() }).await?;
    bench.publish("A").await?;
    not_before(&arrivals(&consumer, 3).await?, &[0, 500, 1_000])?;
    simulated_at(&[0, 500, 1_000], ", ack_deadline: 500ms", SILENT)
}

#[tokio::test]
async fn a_backoff_list_replaces_ack_wait_and_its_last_value_repeats() -> Result<()> {
    let bench = Bench::open(Config::default()).await?;
    let backoff = vec![200 * MS, 400 * MS, 800 * MS];
    let consumer = bench.consumer(pull::Config { backoff, max_deliver: 5, ..Default::default() }).await?;
    bench.publish("A").await?;
    let bounds = [0, 200, 600, 1_400, 2_200];
    not_before(&arrivals(&consumer, 5).await?, &bounds)?;
    simulated_at(&bounds, ", backoff: [200ms, 400ms, 800ms], max_deliveries: 5", SILENT)
}

/// When A comes, each time answered by the next of `kinds`.
async fn arrivals_after(configuration: pull::Config, kinds: &[AckKind]) -> Result<Vec<Duration>> {
    let bench = Bench::open(Config::default()).await?;
    let consumer = bench.consumer(configuration).await?;
    bench.publish("A").await?;
    let begun = Instant::now();
    let mut arrivals = Vec::new();
    for kind in kinds {
        let message = next(&consumer).await?;
        arrivals.push(begun.elapsed());
        settle(&message, *kind).await?;
    }
    Ok(arrivals)
}

/// The backoff list is for messages of which nothing is heard.
#[tokio::test]
async fn a_nak_brings_the_message_at_once_whatever_the_backoff_list_says() -> Result<()> {
    let backoff = vec![120_000 * MS, 180_000 * MS];
    let configuration = pull::Config { backoff, max_deliver: 5, ..Default::default() };
    let arrivals = arrivals_after(configuration, &[AckKind::Nak(None), AckKind::Nak(None), AckKind::Ack]).await?;
    not_before(&arrivals, &[0, 0, 0])?;
    // A handler that refuses after 300 ms, and what it does in the next.
    let refusing = ", service_time: 300ms, failure: { poison: 100% }";
    simulated_at(&[0, 300, 600], ", backoff: [2m, 3m], max_deliveries: 3", refusing)
}

#[tokio::test]
async fn a_nak_with_a_delay_brings_the_message_after_it() -> Result<()> {
    let kinds = [AckKind::Nak(Some(700 * MS)), AckKind::Nak(Some(300 * MS)), AckKind::Ack];
    not_before(&arrivals_after(pull::Config::default(), &kinds).await?, &[0, 700, 1_000])?;
    let refusing = ", service_time: 100ms, failure: { poison: 100% }, retry: { attempts: 3, backoff: [700ms, 300ms] }";
    simulated_at(&[0, 800, 1_200], "", refusing)
}

#[tokio::test]
async fn what_is_redelivered_goes_ahead_of_what_is_new() -> Result<()> {
    let bench = Bench::open(Config::default()).await?;
    let consumer = bench.consumer(pull::Config::default()).await?;
    bench.publish_letters("ABCDE").await?;
    let first = at_once(&consumer, 2).await?;
    ensure!(bodies(&first) == "AB", "{}", bodies(&first));
    settle(&first[1], AckKind::Ack).await?;
    settle(&first[0], AckKind::Nak(None)).await?;
    let mut seen = Vec::new();
    while seen.len() < 4 {
        let message = next(&consumer).await?;
        seen.push((body(&message), delivery(&message)?));
    }
    let expected = [("A", 2), ("C", 1), ("D", 1), ("E", 1)].map(|(body, delivery)| (body.to_owned(), delivery));
    ensure!(seen == expected, "{seen:?}");

    // The simulated twin has a handler of 1 s, which fails once; B, which the real one acknowledges first, is left out.
    let times = [200, 300, 400, 500];
    let failing = "{ at: 0s, for: 1.25s, errors: server, rate: 100% }";
    let report = simulated(&times, "", ", service_time: 1s", 30_000, failing)?;
    let expected = sojourns_in_order(&[0, 1, 2, 3], &times, &[1_200], 1_000);
    let longest = report.number(&["nodes", "server", "sojourn_ms", "max"])?;
    ensure!((longest - expected[3] as f64).abs() < 50.0, "{longest} in the simulation, {expected:?} in that order");
    Ok(())
}

#[tokio::test]
async fn deliveries_end_at_max_deliver_and_an_advisory_tells() -> Result<()> {
    let bench = Bench::open(Config::default()).await?;
    let consumer = bench.consumer(pull::Config { ack_wait: 300 * MS, max_deliver: 3, ..Default::default() }).await?;
    let subject = format!("$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.{}.consumer", bench.name);
    let mut advisories = bench.client.subscribe(subject).await?;
    bench.client.flush().await?;
    bench.publish("A").await?;
    not_before(&arrivals(&consumer, 3).await?, &[0, 300, 600])?;
    // It is looked at again only when somebody asks for a message.
    let told = tokio::select! {
        told = advisory(&mut advisories) => told?,
        extra = next(&consumer) => bail!("delivery {} came", delivery(&extra?)?),
    };
    ensure!(told["stream_seq"] == 1 && told["deliveries"] == 3, "{told}");
    // It is nobody's any more, but the stream keeps it.
    settled(&consumer).await?;
    ensure!(bench.held().await? == (1, 1));

    let report = simulated(&[1_000], ", ack_deadline: 300ms, max_deliveries: 3", SILENT, 10_000, "")?;
    let deliveries = report.count(&["nodes", "server", "attempts"])?;
    ensure!(deliveries == 3, "{deliveries} simulated deliveries");
    simulated_at(&[0, 300, 600], ", ack_deadline: 300ms, max_deliveries: 3", SILENT)
}

#[tokio::test]
async fn a_terminated_message_does_not_come_again() -> Result<()> {
    let bench = Bench::open(Config::default()).await?;
    let consumer = bench.consumer(pull::Config { ack_wait: 300 * MS, ..Default::default() }).await?;
    let mut advisories =
        bench.client.subscribe(format!("$JS.EVENT.ADVISORY.CONSUMER.MSG_TERMINATED.{}.consumer", bench.name)).await?;
    bench.client.flush().await?;
    bench.publish_letters("AB").await?;
    settle(&next(&consumer).await?, AckKind::Term).await?;
    let told = advisory(&mut advisories).await?;
    ensure!(told["stream_seq"] == 1 && told["deliveries"] == 1, "{told}");
    // B comes again and again, A never.
    let seen = [next(&consumer).await?, next(&consumer).await?, next(&consumer).await?];
    ensure!(bodies(&seen) == "BBB", "{}", bodies(&seen));
    Ok(())
}

#[tokio::test]
async fn max_ack_pending_is_a_window_over_the_whole_consumer() -> Result<()> {
    let bench = Bench::open(Config::default()).await?;
    let consumer = bench.consumer(pull::Config { max_ack_pending: 2, ..Default::default() }).await?;
    bench.publish_letters("ABCDE").await?;
    let held = [next(&consumer).await?, next(&consumer).await?];
    ensure!(bodies(&held) == "AB", "{}", bodies(&held));
    let wanted = next(&consumer);
    let released = async {
        // The window is full: what is asked for waits, although messages are there.
        wait_for_async("the request to wait", async || {
            let state = consumer.get_info().await?;
            ensure!(state.num_ack_pending == 2 && state.num_pending == 3, "{state:?}");
            Ok((state.num_waiting == 1).then_some(()))
        })
        .await?;
        settle(&held[0], AckKind::Ack).await
    };
    let (wanted, released) = tokio::join!(wanted, released);
    released?;
    ensure!(body(&wanted?) == "C");
    let state = consumer.get_info().await?;
    ensure!(state.num_ack_pending == 2 && state.num_pending == 2, "{state:?}");

    // Five that come between 0.1 and 0.5 s: two are delivered, and the third when the first is acknowledged, after a second.
    let delivered = |consumer: &str, until: u64| -> Result<u64> {
        let report = simulated(&[100, 200, 300, 400, 500], ", max_ack_pending: 2", consumer, until, "")?;
        report.count(&["nodes", "server", "attempts"])
    };
    let working = ", concurrency: 10, service_time: 1s";
    let found = [delivered(SILENT, 20_000)?, delivered(working, 1_090)?, delivered(working, 1_110)?];
    ensure!(found == [2, 2, 3], "{found:?} simulated deliveries");
    Ok(())
}

/// Waits until the server counts no message as pending an acknowledgement.
async fn settled(consumer: &async_nats::jetstream::consumer::PullConsumer) -> Result<()> {
    wait_for_async("all messages to be settled", async || {
        Ok((consumer.get_info().await?.num_ack_pending == 0).then_some(()))
    })
    .await
}
