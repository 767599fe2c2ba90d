//! A connection to the NATS that all tests here share, and the few things they do with it.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow, bail, ensure};
use async_nats::jetstream::consumer::{PullConsumer, pull};
use async_nats::jetstream::context::Context;
use async_nats::jetstream::message::PublishMessage;
use async_nats::jetstream::publish::PublishAck;
use async_nats::jetstream::stream::{Config, StorageType, Stream};
use async_nats::jetstream::{AckKind, Message};
use futures::StreamExt as _;
use thalweg_tests::brokers::nats::Nats;
use thalweg_tests::simulated::Simulated;
use thalweg_tests::wait::GENEROUS;

/// A client with a stream of its own.
pub(crate) struct Bench {
    pub(crate) client: async_nats::Client,
    pub(crate) jetstream: Context,
    pub(crate) stream: Stream,
    /// The name of the stream, and the subject that it takes when `configuration` names none.
    pub(crate) name: String,
}

impl Bench {
    pub(crate) async fn open(configuration: Config) -> Result<Self> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("stream{}", NEXT.fetch_add(1, Ordering::Relaxed));
        let client = async_nats::connect(Nats::shared()?.address()).await?;
        let jetstream = async_nats::jetstream::new(client.clone());
        let subjects =
            if configuration.subjects.is_empty() { vec![name.clone()] } else { configuration.subjects.clone() };
        let configuration = Config { name: name.clone(), subjects, storage: StorageType::Memory, ..configuration };
        let stream = jetstream.create_stream(configuration).await?;
        Ok(Self { client, jetstream, stream, name })
    }

    /// Publishes to the stream's own subject and waits for the acknowledgement.
    pub(crate) async fn publish(&self, body: &str) -> Result<PublishAck> {
        self.send(&self.name, PublishMessage::build().payload(body.to_owned().into())).await
    }

    pub(crate) async fn send(&self, subject: &str, message: PublishMessage) -> Result<PublishAck> {
        Ok(self.jetstream.send_publish(subject.to_owned(), message).await?.await?)
    }

    pub(crate) async fn publish_letters(&self, letters: &str) -> Result<()> {
        for letter in letters.chars() {
            self.publish(&letter.to_string()).await?;
        }
        Ok(())
    }

    pub(crate) async fn consumer(&self, configuration: pull::Config) -> Result<PullConsumer> {
        let name = configuration.durable_name.clone().or_else(|| Some("consumer".into()));
        Ok(self.stream.create_consumer(pull::Config { durable_name: name, ..configuration }).await?)
    }

    /// Sequence numbers of the first message and the number of messages that the stream holds.
    pub(crate) async fn held(&self) -> Result<(u64, u64)> {
        let state = self.stream.get_info().await?.state;
        Ok((state.first_sequence, state.messages))
    }
}

/// The next delivery, for which the server is asked once and then waited.
pub(crate) async fn next(consumer: &PullConsumer) -> Result<Message> {
    let mut batch = consumer.batch().max_messages(1).expires(GENEROUS).messages().await?;
    match batch.next().await {
        Some(message) => message.map_err(|error| anyhow!("{error}")),
        None => bail!("no delivery within a minute"),
    }
}

/// What the server gives at once, at most `most`.
pub(crate) async fn at_once(consumer: &PullConsumer, most: usize) -> Result<Vec<Message>> {
    let mut batch = consumer.fetch().max_messages(most).messages().await?;
    let mut messages = Vec::new();
    while let Some(message) = batch.next().await {
        messages.push(message.map_err(|error| anyhow!("{error}"))?);
    }
    Ok(messages)
}

/// Settles a message and waits until the server has taken note.
pub(crate) async fn settle(message: &Message, kind: AckKind) -> Result<()> {
    message.double_ack_with(kind).await.map_err(|error| anyhow!("{error}"))
}

pub(crate) fn body(message: &Message) -> String {
    String::from_utf8_lossy(&message.payload).into_owned()
}

/// The bodies in order, written together: `ABC`.
pub(crate) fn bodies(messages: &[Message]) -> String {
    messages.iter().map(body).collect()
}

/// Which delivery of this message it is: 1, 2, ….
pub(crate) fn delivery(message: &Message) -> Result<i64> {
    Ok(message.info().map_err(|error| anyhow!("{error}"))?.delivered)
}

/// When the deliveries of one message that nobody acknowledges arrive, from before the first.
pub(crate) async fn arrivals(consumer: &PullConsumer, count: i64) -> Result<Vec<Duration>> {
    let begun = Instant::now();
    let mut arrivals = Vec::new();
    for expected in 1..=count {
        let message = next(consumer).await?;
        let found = delivery(&message)?;
        ensure!(found == expected, "delivery {found} came instead of delivery {expected}");
        arrivals.push(begun.elapsed());
    }
    Ok(arrivals)
}

/// Requires that no arrival is earlier than what the server must wait, and none so late that something else brought it.
pub(crate) fn not_before(arrivals: &[Duration], bounds_ms: &[u64]) -> Result<()> {
    ensure!(arrivals.len() == bounds_ms.len(), "{arrivals:?}");
    for (arrival, bound) in arrivals.iter().zip(bounds_ms) {
        let bound = Duration::from_millis(*bound);
        ensure!(*arrival >= bound, "{arrivals:?}: earlier than {bounds_ms:?} ms");
        ensure!(*arrival < bound + LATE, "{arrivals:?}: much later than {bounds_ms:?} ms");
    }
    Ok(())
}

/// No pause of a busy machine is that long, and every default of the server (30 s) is longer.
const LATE: Duration = Duration::from_secs(20);

/// Requires that the simulated server delivers one message as often as the real one, and each time when its rules say:
/// the n-th delivery is there a moment after the n-th bound, and not a moment before. `subscription` and `consumer`
/// are their settings in a flow.
pub(crate) fn simulated_at(bounds_ms: &[u64], subscription: &str, consumer: &str) -> Result<()> {
    const MOMENT: u64 = 50;
    let deliveries = |until: u64| -> Result<u64> {
        let report = simulated(&[1_000], subscription, consumer, 1_000 + until, "")?;
        report.count(&["nodes", "server", "attempts"])
    };
    for (n, bound) in (1..).zip(bounds_ms) {
        let (before, after) = (deliveries(bound.saturating_sub(MOMENT))?, deliveries(bound + MOMENT)?);
        ensure!(*bound == 0 || before < n, "{before} simulated deliveries before {bound} ms");
        ensure!(after >= n, "{after} simulated deliveries after {bound} ms");
    }
    let all = deliveries(bounds_ms.iter().max().unwrap_or(&0) + MOMENT)?;
    ensure!(all == bounds_ms.len() as u64, "{all} simulated deliveries");
    Ok(())
}

/// A simulated stream with a consumer.
pub(crate) fn simulated(
    arrivals_ms: &[u64],
    subscription: &str,
    consumer: &str,
    duration_ms: u64,
    faults: &str,
) -> Result<Simulated> {
    simulated_stream("", arrivals_ms, subscription, consumer, duration_ms, faults)
}

/// The same, with settings of the stream.
pub(crate) fn simulated_stream(
    stream: &str,
    arrivals_ms: &[u64],
    subscription: &str,
    consumer: &str,
    duration_ms: u64,
    faults: &str,
) -> Result<Simulated> {
    let flow = format!(
        "thalweg: 1
name: Stream
nodes:
  source: {{ kind: producer, load: {{ replay: times.csv }}, publishes: [{{ to: stream }}] }}
  stream: {{ kind: topic, broker: nats{stream} }}
  server: {{ kind: consumer, subscribes: [{{ from: stream{subscription} }}]{consumer} }}
scenarios:
  default: {{ duration: {duration_ms}ms, replications: 1, faults: [{faults}] }}
"
    );
    Simulated::run_at(&flow, arrivals_ms)
}

/// The JSON of the next message on a subscription.
pub(crate) async fn advisory(subscriber: &mut async_nats::Subscriber) -> Result<serde_json::Value> {
    let message = tokio::time::timeout(GENEROUS, subscriber.next()).await.context("no advisory within a minute")?;
    Ok(serde_json::from_slice(&message.context("the subscription ended")?.payload)?)
}
