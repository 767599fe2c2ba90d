//! What becomes of deliveries: done, tried again later, given up.
//!
//! A message that goes elsewhere is published there first, and acknowledged where it was once that is confirmed. Between the two it
//! is there twice: whoever is cut off there finds it again in both places. Nothing is lost, something may be repeated.

use std::sync::Arc;
use std::time::Duration;

use lapin::options::BasicAckOptions;

use super::Inner;
use super::group::{Found, Group, Held, Lease};
use super::link::Outgoing;
use super::message::{Message, Story};
use super::names::exchange;
use crate::broker::{Outcome, Settled, Settlement};
use crate::clock::millis;
use crate::common::{End, with_end};
use crate::error::BusError;
use crate::event::Event;

/// What is done about one delivery.
enum Step {
    Settled(Settled),
    Ack(Lease),
    /// It failed or was rejected, and goes elsewhere.
    Move {
        lease: Lease,
        story: Story,
        to: Target,
    },
}

enum Target {
    Again { is_now: bool },
    Dead,
}

impl Inner {
    pub(super) async fn settle(
        self: &Arc<Self>,
        group: &Arc<Group>,
        settlements: Vec<Settlement>,
    ) -> Result<Vec<Settled>, BusError> {
        // Without a connection nothing is begun.
        self.link.session()?;
        let (inner, group) = (Arc::clone(self), Arc::clone(group));
        // On its own: what is begun is carried out, whether or not somebody still waits for it.
        let task = tokio::spawn(async move {
            let step = |settlement: Settlement| inner.step(&group, &settlement.token, settlement.outcome);
            let steps = settlements.into_iter().map(step).collect();
            inner.carry_out(&group, steps).await
        });
        task.await.map_err(|_| BusError::Closed)?
    }

    fn step(&self, group: &Group, token: &str, outcome: Outcome) -> Step {
        let Some((epoch, serial)) = parse(token) else { return Step::Settled(Settled::Unknown) };
        if epoch != self.epoch {
            // Of another process, or of an earlier one, whose hand RabbitMQ emptied.
            return Step::Settled(Settled::Lost);
        }
        let found = group.hand().end(serial);
        let lease = match found {
            Found::Lease(lease) => *lease,
            Found::Acked => return Step::Settled(Settled::Already),
            Found::Gone => return Step::Settled(Settled::Lost),
            Found::Never => return Step::Settled(Settled::Unknown),
        };
        match outcome {
            Outcome::Ack => Step::Ack(lease),
            Outcome::Extend(by) => {
                group.hand().extend(lease, self.clock.now_ms(), by);
                Step::Settled(Settled::Done)
            }
            Outcome::Nack { delay, reason } => self.failed(group, lease, delay, &reason),
            Outcome::Reject { reason } => {
                let mut story = lease.held.story.clone();
                story.add(self.clock.now_ms(), &reason);
                let reason = format!("rejected: {}", story.last_reason());
                self.given_up(lease, story, reason)
            }
        }
    }

    fn failed(&self, group: &Group, lease: Lease, delay: Option<Duration>, reason: &str) -> Step {
        let mut story = lease.held.story.clone();
        story.add(self.clock.now_ms(), reason);
        let plan = group.plan();
        if plan.retry.attempts.is_some_and(|attempts| story.failures >= attempts) {
            let reason = format!("{} attempts failed; the last: {}", story.failures, story.last_reason());
            return self.given_up(lease, story, reason);
        }
        let backoff = &plan.retry.backoff;
        let last = (story.delay_ms > 0).then(|| Duration::from_millis(story.delay_ms));
        let delay = delay.unwrap_or_else(|| backoff.after(story.failures, last, self.chance()));
        story.delay_ms = millis(delay);
        story.due_ms = self.clock.now_ms().saturating_add(story.delay_ms);
        let is_now = story.delay_ms == 0;
        Step::Move { lease, story, to: Target::Again { is_now } }
    }

    fn given_up(&self, lease: Lease, mut story: Story, reason: String) -> Step {
        story.reason = reason;
        story.dead_ms = self.clock.now_ms();
        story.number = self.next_number();
        Step::Move { lease, story, to: Target::Dead }
    }

    async fn carry_out(self: &Arc<Self>, group: &Arc<Group>, steps: Vec<Step>) -> Result<Vec<Settled>, BusError> {
        if let Err(error) = self.publish_moves(group, &steps).await {
            // Nothing came of it: who has a delivery still has it, and may say so again.
            let mut hand = group.hand();
            for step in steps {
                if let Step::Ack(lease) | Step::Move { lease, .. } = step {
                    hand.restore(lease);
                }
            }
            return Err(error);
        }
        let mut settled = Vec::with_capacity(steps.len());
        for step in steps {
            settled.push(match step {
                Step::Settled(settled) => settled,
                Step::Ack(lease) => {
                    let is_acked = acknowledge(&lease.held).await;
                    let mut hand = group.hand();
                    if is_acked {
                        hand.totals.acked += 1;
                        hand.remember(lease.serial);
                    }
                    if is_acked { Settled::Done } else { Settled::Lost }
                }
                Step::Move { lease, to, .. } => {
                    // If it cannot be acknowledged, it comes a second time; its failure is kept all the same.
                    acknowledge(&lease.held).await;
                    let mut hand = group.hand();
                    hand.totals.failed += 1;
                    hand.totals.dead += u64::from(matches!(to, Target::Dead));
                    Settled::Done
                }
            });
        }
        group.barrier().await?;
        Ok(settled)
    }

    async fn publish_moves(&self, group: &Group, steps: &[Step]) -> Result<(), BusError> {
        let session = self.link.session()?;
        let mut outgoing = Vec::new();
        for step in steps {
            let Step::Move { lease, story, to } = step else { continue };
            let message = lease.held.message.with_story(story);
            match to {
                Target::Again { is_now: true } => outgoing.push(Outgoing::to_queue(&group.names.queue, message)),
                Target::Again { is_now: false } => outgoing.push(Outgoing::to_queue(&group.names.wait, message)),
                Target::Dead => {
                    outgoing.push(Outgoing::to_queue(&group.names.dead, message));
                    outgoing.extend(self.told(group, &lease.held.event, story)?);
                }
            }
        }
        session.publish(outgoing).await
    }

    /// What the topic of dead letters gets, if the group has one.
    fn told(&self, group: &Group, event: &Event, story: &Story) -> Result<Option<Outgoing>, BusError> {
        let Some(topic) = group.plan().dead_letter.clone() else { return Ok(None) };
        let end = End {
            reason: &story.reason,
            attempts: story.attempt_count,
            topic: &group.topic,
            group: &group.name,
            place: None,
        };
        let event = with_end(event, &end);
        let message =
            Message::of(&event, self.clock.now_ms()).map_err(|error| BusError::BadEvent { place: 0, error })?;
        let key = super::names::short(&event.event_type);
        // The list of dead letters has it in any case, so nobody need listen there.
        Ok(Some(Outgoing { exchange: exchange(&topic)?, key, message, is_mandatory: false }))
    }

    /// A message that is no event becomes a dead letter at once.
    pub(super) async fn refuse(self: &Arc<Self>, group: &Arc<Group>, held: Held, why: &str) {
        let mut story = held.story.clone();
        story.reason = format!("not an event: {why}");
        story.dead_ms = self.clock.now_ms();
        story.number = self.next_number();
        let dead = Outgoing::to_queue(&group.names.dead, held.message.with_story(&story));
        let published = match self.link.session() {
            Ok(session) => session.publish(vec![dead]).await,
            Err(error) => Err(error),
        };
        match published {
            Ok(()) => {
                acknowledge(&held).await;
                group.hand().totals.dead += 1;
            }
            // Unanswered it comes again with the next connection.
            Err(error) => tracing::warn!(%error, queue = %group.names.queue, "a message that is no event stays"),
        }
    }

    /// Ends leases that nobody settled in time.
    pub(super) async fn end_leases(self: &Arc<Self>, group: &Arc<Group>) {
        let ended = group.hand().ended(self.clock.now_ms());
        if ended.is_empty() {
            return;
        }
        let failed = |lease| self.failed(group, lease, None, "no answer before the lease ended");
        let steps = ended.into_iter().map(failed).collect();
        if let Err(error) = self.carry_out(group, steps).await {
            // They are in hand again, and it is tried again.
            tracing::warn!(%error, queue = %group.names.queue, "ended leases cannot be told to RabbitMQ");
        }
    }
}

/// Whether RabbitMQ still waited for it.
pub(super) async fn acknowledge(held: &Held) -> bool {
    held.acker.ack(BasicAckOptions::default()).await.unwrap_or(false)
}

fn parse(token: &str) -> Option<(u64, u64)> {
    let (epoch, serial) = token.split_once('-')?;
    Some((u64::from_str_radix(epoch, 16).ok()?, serial.parse().ok()?))
}
