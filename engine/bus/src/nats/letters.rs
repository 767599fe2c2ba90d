//! Dead letters of a group, and the failures of its events, in a stream of the group's own.
//!
//! - `…dead.EVENT`: a dead letter, the event as it was with its story in a header. One for each event at a time: it is published
//!   only if there is none, so that whoever buries an event twice buries it once.
//! - `…again.LETTER`: a redriven dead letter, for this group alone; gone when it is settled (the stream is a work queue).
//! - `…failed.DELIVERY.N`: why the N-th attempt failed. JetStream counts deliveries and does not keep what was said of them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use async_nats::HeaderMap;
use async_nats::jetstream::context::PublishErrorKind;
use async_nats::jetstream::message::{PublishMessage, StreamMessage};
use async_nats::jetstream::stream::{LastRawMessageErrorKind, Stream};
use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::group::{Group, Place};
use super::{BROKER, Inner, message, names};
use crate::broker::{Attempt, DeadLetter, Stored, Which};
use crate::common::{End, with_end};
use crate::error::BusError;
use crate::event::Event;

/// The header of a story.
const STORY: &str = "Thalweg-Story";
/// The most attempts that are told one by one.
const TOLD: usize = 50;
/// The longest reason that is kept, in bytes.
const REASON: usize = 500;
/// The longest story, in bytes.
const MOST_STORY: usize = 32 << 10;
/// How often a dead letter is stored when the one before it is in the way.
const TRIES: usize = 5;
/// What an event that is published leaves free of a message, so that its dead letter has room.
pub(super) const ROOM: usize = MOST_STORY + (8 << 10);
/// Why an attempt without an answer failed.
pub(super) const NO_ANSWER: &str = "no answer before the lease ended";

/// What is told of a dead letter, and of a redriven one.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Story {
    /// Where the event was.
    pub(super) partition: u32,
    pub(super) offset: u64,
    pub(super) stored_ms: u64,
    pub(super) dead_ms: u64,
    pub(super) reason: String,
    /// When they ended and why, oldest first.
    pub(super) attempts: Vec<(u64, String)>,
    pub(super) attempt_count: u32,
    pub(super) redriven: u32,
}

impl Story {
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let text = headers.get(STORY).map(async_nats::HeaderValue::as_str);
        text.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
    }

    fn add(&mut self, ended_ms: u64, reason: &str) {
        self.attempts.push((ended_ms, shortened(reason)));
        self.attempt_count = self.attempt_count.saturating_add(1);
        if self.attempts.len() > TOLD {
            self.attempts.remove(0);
        }
    }

    /// At most `most` bytes; the oldest attempts are left out first.
    fn written(&mut self, most: usize) -> String {
        loop {
            let text = serde_json::to_string(self).unwrap_or_default();
            if text.len() <= most || self.attempts.is_empty() {
                return text;
            }
            let half = self.attempts.len().div_ceil(2);
            self.attempts.drain(..half);
        }
    }
}

/// A reason without control characters, which headers and attributes do not have, and not too long.
fn shortened(reason: &str) -> String {
    let reason: String = reason.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    match reason.char_indices().map(|(at, _)| at).take_while(|at| *at <= REASON).last() {
        Some(end) if reason.len() > REASON => format!("{}…", &reason[..end]),
        _ => reason,
    }
}

/// Why an event is given up.
pub(super) enum Death<'a> {
    /// Its last attempt failed.
    Failed(&'a str),
    /// Its consumer will not have it.
    Rejected(&'a str),
    /// Nobody answered to the delivery before this one, and that was the last.
    Silent,
}

impl Group {
    fn dead_subject(&self, story: &Story) -> String {
        format!("{}.dead.{}", self.prefix, story.offset)
    }

    fn failed_subject(&self, place: Place) -> String {
        let kind = if place.is_again { 'a' } else { 'm' };
        format!("{}.failed.{kind}{}", self.prefix, place.sequence)
    }
}

impl Inner {
    pub(super) async fn stream(&self, name: &str) -> Result<Stream<()>, BusError> {
        self.jetstream.get_stream_no_info(name).await.map_err(|error| self.remote("the stream", &error))
    }

    async fn message_of(&self, stream: &Stream<()>, sequence: u64) -> Result<Option<StreamMessage>, BusError> {
        if sequence == 0 {
            return Ok(None);
        }
        match stream.get_raw_message(sequence).await {
            Ok(message) => Ok(Some(message)),
            Err(error) if error.kind() == LastRawMessageErrorKind::NoMessageFound => Ok(None),
            Err(error) => Err(self.remote("reading an event", &error)),
        }
    }

    /// The first message from `sequence` on with such a subject.
    pub(super) async fn next_message(
        &self,
        stream: &Stream<()>,
        subject: &str,
        sequence: u64,
    ) -> Result<Option<StreamMessage>, BusError> {
        match stream.raw_message_builder().sequence(sequence).next_by_subject(subject).send().await {
            Ok(message) => Ok(Some(message)),
            Err(error) if error.kind() == LastRawMessageErrorKind::NoMessageFound => Ok(None),
            Err(error) => Err(self.remote("reading a stream", &error)),
        }
    }

    /// Keeps why an attempt failed.
    pub(super) async fn note_failure(
        &self,
        group: &Group,
        place: Place,
        attempt: u64,
        reason: &str,
    ) -> Result<(), BusError> {
        let subject = format!("{}.{attempt}", group.failed_subject(place));
        let ended_ms = self.clock.now_ms();
        let payload = serde_json::to_vec(&(ended_ms, shortened(reason))).unwrap_or_default();
        let failure = PublishMessage::build().payload(Bytes::from(payload)).expected_last_subject_sequence(0);
        self.publish_once(subject, failure).await.map(|_| ())
    }

    /// Forgets the failures of an event that is settled.
    pub(super) async fn forget_failures(&self, group: &Group, place: Place) -> Result<(), BusError> {
        let stream = self.stream(&group.letters).await?;
        let filter = format!("{}.>", group.failed_subject(place));
        let purged = stream.purge().filter(filter).await;
        purged.map(|_| ()).map_err(|error| self.remote("forgetting failed attempts", &error))
    }

    async fn failures(&self, group: &Group, place: Place) -> Result<BTreeMap<u64, (u64, String)>, BusError> {
        let stream = self.stream(&group.letters).await?;
        let filter = format!("{}.>", group.failed_subject(place));
        let (mut from, mut failures) = (1, BTreeMap::new());
        while let Some(message) = self.next_message(&stream, &filter, from).await? {
            from = message.sequence + 1;
            let attempt = message.subject.rsplit('.').next().and_then(|text| text.parse().ok());
            if let (Some(attempt), Ok(failure)) = (attempt, serde_json::from_slice(&message.payload)) {
                failures.insert(attempt, failure);
            }
            // An event without an end to its attempts may have failed any number of times.
            while failures.len() > TOLD {
                failures.pop_first();
            }
        }
        Ok(failures)
    }

    /// Publishes what may be there only once. The answer is its number in the stream and whether it is new; without a number it
    /// is there already.
    async fn publish_once(&self, subject: String, message: PublishMessage) -> Result<(Option<u64>, bool), BusError> {
        let sent = self.jetstream.send_publish(subject, message).await;
        let answer = match sent {
            Ok(answer) => answer.await,
            Err(error) => Err(error),
        };
        match answer {
            Ok(ack) => Ok((Some(ack.sequence), !ack.duplicate)),
            Err(error) if error.kind() == PublishErrorKind::WrongLastSequence => Ok((None, false)),
            Err(error) => Err(self.remote("storing", &error)),
        }
    }

    /// Makes a dead letter of an event that was delivered `deliveries` times. What retention took meanwhile leaves none.
    pub(super) async fn bury(
        &self,
        group: &Group,
        place: Place,
        deliveries: u64,
        death: Death<'_>,
    ) -> Result<(), BusError> {
        let from = self.stream(if place.is_again { &group.letters } else { &group.stream }).await?;
        let Some(found) = self.message_of(&from, place.sequence).await? else { return Ok(()) };
        let event = message::read(Some(&found.headers), &found.payload, &found.subject, found.sequence);
        let mut story = if place.is_again {
            Story::of(&found.headers)
        } else {
            Story {
                partition: names::partition_of(&found.subject),
                offset: place.sequence - 1,
                stored_ms: millis_of(found.time.unix_timestamp_nanos()),
                ..Story::default()
            }
        };
        let now_ms = self.clock.now_ms();
        let said = match death {
            Death::Failed(reason) | Death::Rejected(reason) => Some(reason),
            Death::Silent => None,
        };
        // Deliveries beyond the last attempt are never given to a consumer.
        let most = group.plan().retry.attempts.map_or(u64::MAX, u64::from);
        let made = if said.is_some() { deliveries } else { deliveries.saturating_sub(1).min(most) };
        let failures = self.failures(group, place).await?;
        let untold = made.saturating_sub(TOLD as u64);
        story.attempt_count = story.attempt_count.saturating_add(u32::try_from(untold).unwrap_or(u32::MAX));
        for attempt in untold + 1..=made {
            match (said, failures.get(&attempt)) {
                (Some(reason), _) if attempt == made => story.add(now_ms, reason),
                (_, Some((ended_ms, reason))) => story.add(*ended_ms, reason),
                // When it ended nobody noted; the next that is known came later.
                _ => {
                    let later = failures.range(attempt..).next().map_or(now_ms, |(_, (ended_ms, _))| *ended_ms);
                    story.add(later, NO_ANSWER);
                }
            }
        }
        story.dead_ms = now_ms;
        story.reason = shortened(&match death {
            Death::Failed(reason) => format!("{made} attempts failed; the last: {reason}"),
            Death::Rejected(reason) => format!("rejected: {reason}"),
            Death::Silent => format!("{made} attempts failed; the last: {NO_ANSWER}"),
        });
        let number = self.store_letter(group, &event, &mut story).await?;
        self.tell(group, &event, &story, number).await?;
        Ok(())
    }

    async fn store_letter(&self, group: &Group, event: &Event, story: &mut Story) -> Result<u64, BusError> {
        let subject = group.dead_subject(story);
        let stream = self.stream(&group.letters).await?;
        // More than one before it there is only if others bury and redrive the same meanwhile.
        for _ in 0..TRIES {
            let letter = self.with_story(event, story).expected_last_subject_sequence(0);
            if let (Some(number), _) = self.publish_once(subject.clone(), letter).await? {
                return Ok(number);
            }
            let Some(there) = self.next_message(&stream, &subject, 1).await? else { continue };
            if Story::of(&there.headers).redriven >= story.redriven {
                return Ok(there.sequence);
            }
            // It was redriven, which is why this one is here, and whoever did it did not come to delete it.
            self.delete_letter(group, there.sequence).await?;
        }
        let detail = format!("the dead letter at `{subject}` changes too fast to be stored; it is tried again");
        Err(BusError::Remote { broker: BROKER, detail })
    }

    /// A message of an event and its story, no longer than the server takes.
    fn with_story(&self, event: &Event, story: &mut Story) -> PublishMessage {
        let (mut headers, payload) = message::write(event);
        let left = self.client.max_payload().saturating_sub(payload.len() + message::header_size(&headers) + 1024);
        headers.insert(STORY, story.written(left.min(MOST_STORY)));
        PublishMessage::build().headers(headers).payload(payload)
    }

    /// Publishes a dead letter to the topic that the group gives them to.
    async fn tell(&self, group: &Group, event: &Event, story: &Story, number: u64) -> Result<(), BusError> {
        let Some(target) = group.plan().dead_letter.clone() else { return Ok(()) };
        let topic = self.topic(&target).await?;
        let end = End {
            reason: &story.reason,
            attempts: story.attempt_count,
            topic: &group.topic,
            group: &group.name,
            place: Some((story.partition, story.offset)),
        };
        let told = with_end(event, &end);
        let id = format!("{}-{number}", group.letters);
        let (headers, payload) = message::write(&told);
        let subject = names::partition_subject(&target, topic.partition_of(&told));
        let message = PublishMessage::build().headers(headers).payload(payload).message_id(id);
        self.publish_once(subject, message).await.map(|_| ())
    }

    pub(super) async fn letters(&self, group: &Group, after: u64, max: usize) -> Result<Vec<DeadLetter>, BusError> {
        let stream = self.stream(&group.letters).await?;
        let filter = format!("{}.dead.>", group.prefix);
        let (mut from, mut letters) = (after.saturating_add(1), Vec::new());
        while letters.len() < max
            && let Some(message) = self.next_message(&stream, &filter, from).await?
        {
            from = message.sequence + 1;
            let story = Story::of(&message.headers);
            let event = message::read(Some(&message.headers), &message.payload, &message.subject, message.sequence);
            let attempt = |(ended_ms, reason)| Attempt { ended_ms, reason };
            letters.push(DeadLetter {
                number: message.sequence,
                stored: Stored {
                    partition: story.partition,
                    offset: story.offset,
                    stored_ms: story.stored_ms,
                    event: Arc::new(event),
                },
                dead_ms: story.dead_ms,
                reason: story.reason,
                attempts: story.attempts.into_iter().map(attempt).collect(),
                attempt_count: story.attempt_count,
                redriven: story.redriven,
            });
        }
        Ok(letters)
    }

    /// The numbers that are meant, of those that there are now.
    pub(super) async fn chosen(&self, group: &Group, which: &Which) -> Result<Vec<u64>, BusError> {
        let most = match which {
            Which::Numbers(numbers) => {
                return Ok(numbers.iter().copied().collect::<BTreeSet<_>>().into_iter().collect());
            }
            Which::Oldest(most) => *most,
            Which::All => usize::MAX,
        };
        let stream = self.stream(&group.letters).await?;
        // What dies meanwhile is not meant.
        let info = stream.get_info().await.map_err(|error| self.remote("asking for dead letters", &error))?;
        let filter = format!("{}.dead.>", group.prefix);
        let (mut from, mut numbers) = (info.state.first_sequence.max(1), Vec::new());
        while numbers.len() < most
            && from <= info.state.last_sequence
            && let Some(message) = self.next_message(&stream, &filter, from).await?
        {
            from = message.sequence + 1;
            if message.sequence <= info.state.last_sequence {
                numbers.push(message.sequence);
            }
        }
        Ok(numbers)
    }

    /// Gives a dead letter to its group again; false when it is not there or was redriven before.
    pub(super) async fn redrive_one(
        &self,
        group: &Group,
        number: u64,
        edited: Option<&Event>,
    ) -> Result<bool, BusError> {
        let Some(letter) = self.letter(group, number).await? else { return Ok(false) };
        let mut story = Story::of(&letter.headers);
        story.redriven = story.redriven.saturating_add(1);
        let event = match edited {
            Some(event) => event.clone(),
            None => message::read(Some(&letter.headers), &letter.payload, &letter.subject, letter.sequence),
        };
        // Told twice, by two who redrive at once or after a crash, it is one: by its subject while it is there, and by its id
        // when it was handled meanwhile.
        let id = format!("again-{number}-{}", story.redriven);
        let message = self.with_story(&event, &mut story).message_id(id).expected_last_subject_sequence(0);
        let (_, is_new) = self.publish_once(format!("{}.again.{number}", group.prefix), message).await?;
        self.delete_letter(group, number).await?;
        if is_new {
            group.count(|totals| totals.redriven += 1);
            group.look_again();
        }
        Ok(is_new)
    }

    /// Throws a dead letter away; false when it is not there.
    pub(super) async fn purge_one(&self, group: &Group, number: u64) -> Result<bool, BusError> {
        if self.letter(group, number).await?.is_none() {
            return Ok(false);
        }
        let is_gone = self.delete_letter(group, number).await?;
        if is_gone {
            group.count(|totals| totals.purged += 1);
        }
        Ok(is_gone)
    }

    async fn letter(&self, group: &Group, number: u64) -> Result<Option<StreamMessage>, BusError> {
        let stream = self.stream(&group.letters).await?;
        let found = self.message_of(&stream, number).await?;
        Ok(found.filter(|message| message.subject.starts_with(&format!("{}.dead.", group.prefix))))
    }

    async fn delete_letter(&self, group: &Group, number: u64) -> Result<bool, BusError> {
        let stream = self.stream(&group.letters).await?;
        match stream.delete_message(number).await {
            Ok(is_gone) => Ok(is_gone),
            // Somebody else was faster, or the server was not heard.
            Err(error) => match self.message_of(&stream, number).await? {
                None => Ok(false),
                Some(_) => Err(self.remote("deleting a dead letter", &error)),
            },
        }
    }
}

/// Milliseconds since 1970 of nanoseconds since then.
pub(super) fn millis_of(nanos: i128) -> u64 {
    u64::try_from(nanos / 1_000_000).unwrap_or(0)
}
