//! The JSON that is answered, and how values stand in it: times as RFC 3339, events as the JSON format has them.

use serde::Serialize;
use serde_json::value::RawValue;

use super::problem::Problem;
use crate::broker::{DeadLetter, Delivery, GroupState, Stored, TopicState};
use crate::event::{Event, event_to_json};

/// A time, milliseconds since 1970, as RFC 3339 writes it.
pub(super) fn time(ms: u64) -> String {
    // Beyond what it can write there is only its greatest.
    let ms = i64::try_from(ms).unwrap_or(i64::MAX);
    jiff::Timestamp::from_millisecond(ms).unwrap_or(jiff::Timestamp::MAX).to_string()
}

/// An event as it is written, no number of it changed.
fn event(event: &Event) -> Result<Box<RawValue>, Problem> {
    RawValue::from_string(event_to_json(event))
        .map_err(|error| Problem::internal(format!("event `{}` cannot be written as JSON: {error}", event.id)))
}

#[derive(Serialize)]
pub(super) struct DeliveryShape {
    delivery: String,
    attempt: u32,
    leased_until: String,
    #[serde(flatten)]
    stored: StoredShape,
}

impl DeliveryShape {
    pub(super) fn of(delivery: &Delivery) -> Result<Self, Problem> {
        Ok(Self {
            delivery: delivery.token.clone(),
            attempt: delivery.attempt,
            leased_until: time(delivery.leased_until_ms),
            stored: StoredShape::of(&delivery.stored)?,
        })
    }
}

#[derive(Serialize)]
pub(super) struct StoredShape {
    partition: u32,
    offset: u64,
    stored: String,
    event: Box<RawValue>,
}

impl StoredShape {
    pub(super) fn of(stored: &Stored) -> Result<Self, Problem> {
        let Stored { partition, offset, stored_ms, event: what } = stored;
        Ok(Self { partition: *partition, offset: *offset, stored: time(*stored_ms), event: event(what)? })
    }
}

#[derive(Serialize)]
pub(super) struct DeadLetterShape {
    number: u64,
    dead: String,
    reason: String,
    attempts: Vec<AttemptShape>,
    attempt_count: u32,
    redriven: u32,
    #[serde(flatten)]
    stored: StoredShape,
}

#[derive(Serialize)]
struct AttemptShape {
    ended: String,
    reason: String,
}

impl DeadLetterShape {
    pub(super) fn of(letter: &DeadLetter) -> Result<Self, Problem> {
        let attempt = |attempt: &crate::broker::Attempt| AttemptShape {
            ended: time(attempt.ended_ms),
            reason: attempt.reason.clone(),
        };
        Ok(Self {
            number: letter.number,
            dead: time(letter.dead_ms),
            reason: letter.reason.clone(),
            attempts: letter.attempts.iter().map(attempt).collect(),
            attempt_count: letter.attempt_count,
            redriven: letter.redriven,
            stored: StoredShape::of(&letter.stored)?,
        })
    }
}

#[derive(Serialize)]
pub(super) struct TopicShape {
    name: String,
    partitions: u32,
    events: u64,
    bytes: u64,
    oldest: Option<String>,
    stored: u64,
    duplicates: u64,
    scheduled: u64,
    groups: Vec<GroupShape>,
}

#[derive(Serialize)]
struct GroupShape {
    name: String,
    lag: u64,
    leased: u64,
    waiting: u64,
    oldest: Option<String>,
    dead_letters: u64,
    acked: u64,
    failed: u64,
    dead: u64,
    expired: u64,
    redriven: u64,
    purged: u64,
}

impl TopicShape {
    pub(super) fn of(state: TopicState) -> Self {
        let TopicState { name, partitions, events, bytes, oldest_ms, stored, duplicates, scheduled, groups } = state;
        let groups = groups.into_iter().map(GroupShape::of).collect();
        Self { name, partitions, events, bytes, oldest: oldest_ms.map(time), stored, duplicates, scheduled, groups }
    }
}

impl GroupShape {
    fn of(state: GroupState) -> Self {
        let GroupState { name, lag, leased, waiting, oldest_ms, dead_letters, totals } = state;
        Self {
            name,
            lag,
            leased,
            waiting,
            oldest: oldest_ms.map(time),
            dead_letters,
            acked: totals.acked,
            failed: totals.failed,
            dead: totals.dead,
            expired: totals.expired,
            redriven: totals.redriven,
            purged: totals.purged,
        }
    }
}
