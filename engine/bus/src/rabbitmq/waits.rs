//! Messages that wait for their next attempt.
//!
//! They lie in a queue beside the group's, each with the time when it is due in its story. This process takes them from there,
//! unacknowledged, and when one is due publishes it to the group's queue and acknowledges it then. So nothing is lost when anything
//! stops in between, and waits are exact.
//!
//! RabbitMQ can do without us, with a queue for each delay whose messages expire into the group's queue. But that transfer is one
//! attempt, and what falls due while the group's queue is not up is lost (<https://www.rabbitmq.com/docs/dlx#safety>); delays that are
//! spread by chance would need a queue each, too.

use std::collections::BTreeMap;
use std::sync::{Arc, Weak};

use futures::StreamExt as _;
use lapin::options::{BasicAckOptions, BasicConsumeOptions, BasicQosOptions};
use lapin::types::FieldTable;
use lapin::{Acker, Consumer};

use super::Inner;
use super::group::{Group, MOST_PREFETCHED};
use super::link::{Outgoing, answered};
use super::message::Message;
use super::names::short;
use crate::error::BusError;

/// What waits and is here. RabbitMQ gives us [so many](MOST_PREFETCHED) at once; further ones come when those are due.
#[derive(Debug, Default)]
pub(super) struct Waits {
    /// Counts consumers: what one was given is nothing any more when it ends.
    round: u64,
    serial: u64,
    held: BTreeMap<(u64, u64), Waiting>,
}

#[derive(Debug)]
pub(super) struct Waiting {
    message: Message,
    acker: Acker,
}

impl Waits {
    fn begin_round(&mut self) -> u64 {
        self.round += 1;
        self.held.clear();
        self.round
    }

    fn add(&mut self, due_ms: u64, waiting: Waiting) {
        self.serial += 1;
        self.held.insert((due_ms, self.serial), waiting);
    }

    fn due(&mut self, now_ms: u64) -> Vec<Waiting> {
        let later = self.held.split_off(&(now_ms.saturating_add(1), 0));
        std::mem::replace(&mut self.held, later).into_values().collect()
    }

    pub(super) fn next_ms(&self) -> Option<u64> {
        self.held.first_key_value().map(|((due_ms, _), _)| *due_ms)
    }

    pub(super) fn count(&self) -> u64 {
        self.held.len() as u64
    }

    pub(super) fn clear(&mut self) {
        self.begin_round();
    }
}

impl Group {
    /// Lets what waits come, unless it does.
    pub(super) async fn watch_waits(self: &Arc<Self>, inner: &Arc<Inner>) -> Result<(), BusError> {
        let session = inner.link.session()?;
        let mut waiting = self.waiting.lock().await;
        let is_current = waiting.as_ref().is_some_and(|channel| channel.status().connected());
        if is_current && !self.waits_ended.load(std::sync::atomic::Ordering::Acquire) {
            return Ok(());
        }
        *waiting = None;
        let channel = session.channel().await?;
        answered(channel.basic_qos(MOST_PREFETCHED as u16, BasicQosOptions::default())).await?;
        let round = self.waits().begin_round();
        let tag = short(&format!("thalweg-wait-{:x}-{round}", inner.epoch));
        let options = BasicConsumeOptions::default();
        let consumer =
            answered(channel.basic_consume(self.names.wait.clone(), tag, options, FieldTable::default())).await?;
        self.waits_ended.store(false, std::sync::atomic::Ordering::Release);
        tokio::spawn(pump(Arc::downgrade(inner), Arc::clone(self), consumer, round));
        *waiting = Some(channel);
        Ok(())
    }
}

/// Takes over what comes, until the consumer ends.
async fn pump(inner: Weak<Inner>, group: Arc<Group>, mut consumer: Consumer, round: u64) {
    while let Some(Ok(delivery)) = consumer.next().await {
        let message = Message { properties: delivery.properties, body: delivery.data.into() };
        let due_ms = message.story().due_ms;
        {
            let mut waits = group.waits();
            if waits.round != round {
                return;
            }
            waits.add(due_ms, Waiting { message, acker: delivery.acker });
        }
        let Some(inner) = inner.upgrade() else { return };
        inner.alarm.notify_one();
    }
    let mut waits = group.waits();
    if waits.round == round {
        waits.clear();
        group.waits_ended.store(true, std::sync::atomic::Ordering::Release);
        drop(waits);
        group.wake();
    }
}

impl Inner {
    /// Gives what is due to its group again.
    pub(super) async fn release(&self, group: &Group) {
        let (due, round) = {
            let mut waits = group.waits();
            (waits.due(self.clock.now_ms()), waits.round)
        };
        if due.is_empty() {
            return;
        }
        let outgoing = due.iter().map(|waiting| Outgoing::to_queue(&group.names.queue, waiting.message.clone()));
        let outgoing = outgoing.collect();
        let published = match self.link.session() {
            Ok(session) => session.publish(outgoing).await,
            Err(error) => Err(error),
        };
        match published {
            Ok(()) => {
                for waiting in due {
                    // If it cannot be acknowledged it comes a second time.
                    let _is_known = waiting.acker.ack(BasicAckOptions::default()).await;
                }
            }
            Err(error) => {
                tracing::warn!(%error, queue = %group.names.wait, "what is due cannot be given to its group yet");
                let mut waits = group.waits();
                if waits.round == round {
                    let now_ms = self.clock.now_ms();
                    for waiting in due {
                        waits.add(now_ms, waiting);
                    }
                }
            }
        }
    }
}
