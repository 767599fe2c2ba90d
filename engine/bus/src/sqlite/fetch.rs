//! Taking events for a consumer: what the rules give, what has to be read for it, and waiting.

use std::sync::Arc;
use std::time::Duration;

use super::SqliteBroker;
use super::codec::Record;
use super::core::Taken;
use super::topic::{Group, Topic};
use super::writer::Job;
use crate::broker::{Delivery, Stored};
use crate::clock::millis;
use crate::error::BusError;

/// The most events that are given at once.
const MOST: usize = 1000;

/// Events that were taken and are given back unless they arrive: nobody may have cancelled an attempt by going away.
struct InHand<'a> {
    broker: &'a SqliteBroker,
    group: &'a Group,
    tokens: Vec<String>,
}

impl Drop for InHand<'_> {
    fn drop(&mut self) {
        if !self.tokens.is_empty() {
            self.group.core().give_back(self.broker.inner.clock.now_ms(), &self.tokens);
            self.group.wake();
        }
    }
}

impl SqliteBroker {
    pub(super) async fn take(
        &self,
        topic: &Arc<Topic>,
        group: &Arc<Group>,
        max: usize,
        wait: Duration,
    ) -> Result<Vec<Delivery>, BusError> {
        let clock = &self.inner.clock;
        let until_ms = clock.now_ms().saturating_add(millis(wait));
        loop {
            // What changes from here on is noticed below.
            let mut changed = group.changed.subscribe();
            let taken = group.core().take(clock.now_ms(), max.min(MOST));
            if !taken.is_empty() {
                let deliveries = self.deliver(topic, group, taken).await?;
                if !deliveries.is_empty() {
                    return Ok(deliveries);
                }
                continue;
            }
            if max > 0 && self.read_on(topic, group).await? {
                continue;
            }
            if self.queue.lock().await.is_none() {
                return Err(BusError::Closed);
            }
            let now_ms = clock.now_ms();
            if now_ms >= until_ms {
                return Ok(Vec::new());
            }
            let next_ms = group.core().next_due().map_or(until_ms, |due_ms| due_ms.min(until_ms));
            tokio::select! {
                // Its sender lives as long as the group.
                _ = changed.changed() => {}
                () = clock.wait_until(next_ms.max(now_ms + 1)) => {}
            }
        }
    }

    /// Reads what comes next into the group; whether there was anything.
    async fn read_on(&self, topic: &Topic, group: &Group) -> Result<bool, BusError> {
        let _alone = group.reading.lock().await;
        let wanted = group.core().wants(&topic.ends());
        let Some(place) = wanted else { return Ok(false) };
        let Some(log) = topic.log(place.part) else { return Ok(false) };
        let (records, upto) = log.read(&self.inner.file, place.offset).await?;
        group.core().fill(place, upto, records);
        Ok(true)
    }

    /// Fetches the events of what was taken.
    async fn deliver(
        &self,
        topic: &Arc<Topic>,
        group: &Arc<Group>,
        taken: Vec<Taken>,
    ) -> Result<Vec<Delivery>, BusError> {
        let tokens = taken.iter().map(|taken| taken.token.clone()).collect();
        let mut in_hand = InHand { broker: self, group, tokens };
        let (mut deliveries, mut gone) = (Vec::with_capacity(taken.len()), Vec::new());
        for taken in taken {
            let record = match taken.record {
                Some(ref record) => Some(record.clone()),
                None => self.record_of(topic, &taken).await?,
            };
            let Some(Record { offset, stored_ms, event }) = record else {
                gone.push(taken.token);
                continue;
            };
            deliveries.push(Delivery {
                token: taken.token,
                attempt: taken.attempt,
                leased_until_ms: taken.leased_until_ms,
                stored: Stored { partition: taken.place.part, offset, stored_ms, event },
            });
        }
        in_hand.tokens.clear();
        if !gone.is_empty() {
            let (topic, group) = (Arc::clone(topic), Arc::clone(group));
            self.send(Job::Gone { topic, group, tokens: gone }).await?;
        }
        Ok(deliveries)
    }

    async fn record_of(&self, topic: &Topic, taken: &Taken) -> Result<Option<Record>, BusError> {
        let file = &self.inner.file;
        if let Some(id) = taken.dead_letter {
            let Some(row) = file.dead_letter(id).await? else { return Ok(None) };
            let stored_ms = super::codec::Story::decode_kept(&row.story).map_or(0, |story| story.stored_ms);
            let event = Arc::new(self.inner.event_of(row.event.into())?);
            return Ok(Some(Record { offset: taken.place.offset, stored_ms, event }));
        }
        let Some(log) = topic.log(taken.place.part) else { return Ok(None) };
        log.record(file, taken.place.offset).await
    }
}
