//! A connection to the RabbitMQ that all tests here share, and the few things they do with it.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use futures::StreamExt as _;
use lapin::message::{BasicGetMessage, Delivery};
use lapin::options::{
    BasicConsumeOptions, BasicGetOptions, BasicNackOptions, BasicPublishOptions, BasicQosOptions, ConfirmSelectOptions,
    ExchangeDeclareOptions, QueueBindOptions, QueueDeclareOptions,
};
use lapin::types::{AMQPValue, FieldTable};
use lapin::{BasicProperties, Channel, Confirmation, Connection, ConnectionProperties, Consumer, ExchangeKind};
use thalweg_tests::brokers::rabbitmq::RabbitMq;
use thalweg_tests::wait::{GENEROUS, wait_for_async};
use tokio::sync::{RwLock, RwLockReadGuard, RwLockWriteGuard};

/// An alarm blocks the publishers of all tests: who sets it off must be alone.
static PEACE: RwLock<()> = RwLock::const_new(());

/// A share in the peace of the broker; held to the end of the test.
pub(crate) async fn peace() -> RwLockReadGuard<'static, ()> {
    PEACE.read().await
}

/// The broker alone.
pub(crate) async fn alone() -> RwLockWriteGuard<'static, ()> {
    PEACE.write().await
}

/// A connection with one channel in confirm mode.
pub(crate) struct Bench {
    pub(crate) connection: Connection,
    pub(crate) channel: Channel,
}

/// What a publisher is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Told {
    Ack,
    Nack,
    /// Acknowledged, and given back because no queue wanted it.
    Returned,
}

impl Bench {
    pub(crate) async fn open() -> Result<Self> {
        let uri = RabbitMq::shared()?.uri();
        let connection = soon(Connection::connect(&uri, ConnectionProperties::default())).await?;
        let channel = soon(connection.create_channel()).await?;
        soon(channel.confirm_select(ConfirmSelectOptions::default())).await?;
        Ok(Self { connection, channel })
    }

    /// Declares a durable queue with a name that no other test has, and returns the name.
    pub(crate) async fn queue(&self, kind: &str, arguments: &[(&str, AMQPValue)]) -> Result<String> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("{kind}-{}", NEXT.fetch_add(1, Ordering::Relaxed));
        let mut table = FieldTable::default();
        table.insert("x-queue-type".into(), text(kind));
        for (key, value) in arguments {
            table.insert((*key).into(), value.clone());
        }
        let options = QueueDeclareOptions { durable: true, ..QueueDeclareOptions::default() };
        soon(self.channel.queue_declare(name.as_str().into(), options, table)).await?;
        Ok(name)
    }

    /// A queue for dead letters, and the arguments that send them there.
    pub(crate) async fn dead_letters(&self) -> Result<(String, Vec<(&'static str, AMQPValue)>)> {
        let name = self.queue("classic", &[]).await?;
        let arguments = vec![("x-dead-letter-exchange", text("")), ("x-dead-letter-routing-key", text(&name))];
        Ok((name, arguments))
    }

    /// An exchange named after a queue, with that queue bound by every one of `keys`.
    pub(crate) async fn exchange(&self, kind: ExchangeKind, name: &str) -> Result<()> {
        let options = ExchangeDeclareOptions::default();
        soon(self.channel.exchange_declare(name.into(), kind, options, FieldTable::default())).await
    }

    pub(crate) async fn bind(&self, queue: &str, exchange: &str, key: &str) -> Result<()> {
        let options = QueueBindOptions::default();
        soon(self.channel.queue_bind(queue.into(), exchange.into(), key.into(), options, FieldTable::default())).await
    }

    /// Publishes and waits for what the broker says.
    pub(crate) async fn publish(&self, queue: &str, body: &str) -> Result<Told> {
        self.publish_through("", queue, body, BasicPublishOptions::default(), BasicProperties::default()).await
    }

    pub(crate) async fn publish_through(
        &self,
        exchange: &str,
        key: &str,
        body: &str,
        options: BasicPublishOptions,
        properties: BasicProperties,
    ) -> Result<Told> {
        let publish = self.channel.basic_publish(exchange.into(), key.into(), options, body.as_bytes(), properties);
        let confirm = soon(publish).await?;
        told(&soon(confirm).await?)
    }

    /// Publishes `A`, `B`, … one after the other.
    pub(crate) async fn publish_letters(&self, queue: &str, letters: &str) -> Result<()> {
        for letter in letters.chars() {
            ensure!(self.publish(queue, &letter.to_string()).await? == Told::Ack, "{letter} was not accepted");
        }
        Ok(())
    }

    /// One message, without acknowledging it. Waits for it: a quorum queue gives a confirmed message a moment later.
    pub(crate) async fn get(&self, queue: &str) -> Result<BasicGetMessage> {
        wait_for_async(&format!("a message in {queue}"), || self.try_get(queue)).await
    }

    pub(crate) async fn try_get(&self, queue: &str) -> Result<Option<BasicGetMessage>> {
        soon(self.channel.basic_get(queue.into(), BasicGetOptions::default())).await
    }

    /// Ready messages, as the broker counts them.
    pub(crate) async fn ready(&self, queue: &str) -> Result<u32> {
        let options = QueueDeclareOptions { passive: true, ..QueueDeclareOptions::default() };
        let found = soon(self.channel.queue_declare(queue.into(), options, FieldTable::default())).await?;
        Ok(found.message_count())
    }

    /// Takes exactly `count` messages and returns them in order; fails when there are more.
    pub(crate) async fn take(&self, queue: &str, count: usize) -> Result<Vec<Delivery>> {
        let mut taken = Vec::new();
        while taken.len() < count {
            taken.push(self.get(queue).await?.delivery);
        }
        if let Some(extra) = self.try_get(queue).await? {
            bail!("{queue} gave {} besides {:?}", body(&extra.delivery), bodies(&taken));
        }
        Ok(taken)
    }

    /// A consumer with a window of its own.
    pub(crate) async fn consume(&self, queue: &str, prefetch: u16) -> Result<Consumer> {
        soon(self.channel.basic_qos(prefetch, BasicQosOptions { global: false })).await?;
        let options = BasicConsumeOptions::default();
        soon(self.channel.basic_consume(queue.into(), "".into(), options, FieldTable::default())).await
    }
}

/// The next delivery of a consumer.
pub(crate) async fn next(consumer: &mut Consumer) -> Result<Delivery> {
    let delivery = tokio::time::timeout(GENEROUS, consumer.next()).await.context("no delivery within a minute")?;
    Ok(delivery.context("the consumer was cancelled")??)
}

/// Gives a message back to its queue.
pub(crate) async fn give_back(delivery: &Delivery) -> Result<()> {
    let options = BasicNackOptions { requeue: true, multiple: false };
    ensure!(soon(delivery.nack(options)).await?, "it was settled already");
    Ok(())
}

/// Whatever the broker must answer within the generous deadline.
pub(crate) async fn soon<T>(answer: impl Future<Output = lapin::Result<T>>) -> Result<T> {
    Ok(tokio::time::timeout(GENEROUS, answer).await.context("RabbitMQ did not answer within a minute")??)
}

pub(crate) fn told(confirmation: &Confirmation) -> Result<Told> {
    match confirmation {
        Confirmation::Ack(None) => Ok(Told::Ack),
        Confirmation::Ack(Some(_)) => Ok(Told::Returned),
        Confirmation::Nack(_) => Ok(Told::Nack),
        Confirmation::NotRequested => bail!("the channel is not in confirm mode"),
    }
}

pub(crate) fn text(value: &str) -> AMQPValue {
    AMQPValue::LongString(value.into())
}

pub(crate) fn body(delivery: &Delivery) -> String {
    String::from_utf8_lossy(&delivery.data).into_owned()
}

/// The bodies in order, written together: `ABC`.
pub(crate) fn bodies(deliveries: &[Delivery]) -> String {
    deliveries.iter().map(body).collect()
}

/// A header as text; numbers in decimal, empty when it is not there.
pub(crate) fn header(delivery: &Delivery, name: &str) -> String {
    let headers = delivery.properties.headers().as_ref();
    match headers.and_then(|headers| headers.inner().get(name)) {
        Some(AMQPValue::LongString(text)) => text.to_string(),
        Some(AMQPValue::LongLongInt(number)) => number.to_string(),
        Some(AMQPValue::LongInt(number)) => number.to_string(),
        Some(other) => format!("{other:?}"),
        None => String::new(),
    }
}

/// Why each was dead-lettered first.
pub(crate) fn reasons(deliveries: &[Delivery]) -> Vec<String> {
    deliveries.iter().map(|delivery| header(delivery, "x-first-death-reason")).collect()
}

/// How long at least: the time from before the publish to after the arrival cannot be shorter than the broker waited.
pub(crate) fn at_least(what: &str, waited: Duration, bound: Duration) -> Result<()> {
    ensure!(waited >= bound, "{what} took {waited:?}, less than {bound:?}");
    Ok(())
}
