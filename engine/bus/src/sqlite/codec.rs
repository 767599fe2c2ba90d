//! How events, batches and stories are kept: protobuf, so that a later version can read what an earlier one wrote.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use prost::Message;

use crate::broker::Attempt;
use crate::event::{Event, Extension};

/// An event.
#[derive(Clone, PartialEq, Message)]
pub(super) struct KeptEvent {
    #[prost(string, tag = "1")]
    id: String,
    #[prost(string, tag = "2")]
    source: String,
    #[prost(string, tag = "3")]
    event_type: String,
    #[prost(string, optional, tag = "4")]
    subject: Option<String>,
    #[prost(string, optional, tag = "5")]
    time: Option<String>,
    #[prost(string, optional, tag = "6")]
    content_type: Option<String>,
    #[prost(string, optional, tag = "7")]
    schema: Option<String>,
    #[prost(message, repeated, tag = "8")]
    extensions: Vec<KeptExtension>,
    #[prost(bytes = "bytes", optional, tag = "9")]
    data: Option<Bytes>,
}

#[derive(Clone, PartialEq, Message)]
struct KeptExtension {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(oneof = "KeptValue", tags = "2, 3, 4")]
    value: Option<KeptValue>,
}

#[derive(Clone, PartialEq, prost::Oneof)]
enum KeptValue {
    #[prost(string, tag = "2")]
    Text(String),
    #[prost(sint32, tag = "3")]
    Number(i32),
    #[prost(bool, tag = "4")]
    Flag(bool),
}

/// One event in a batch. The event stays as it was written.
#[derive(Clone, PartialEq, Message)]
struct KeptRecord {
    #[prost(uint64, tag = "1")]
    offset: u64,
    #[prost(uint64, tag = "2")]
    stored_ms: u64,
    #[prost(bytes = "bytes", tag = "3")]
    event: Bytes,
}

#[derive(Clone, PartialEq, Message)]
struct KeptBatch {
    #[prost(message, repeated, tag = "1")]
    records: Vec<KeptRecord>,
}

/// The failed attempts of an event.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Story {
    /// Why it was given up; empty while it waits.
    #[prost(string, tag = "1")]
    pub(super) reason: String,
    #[prost(message, repeated, tag = "2")]
    attempts: Vec<KeptAttempt>,
    /// How many there were, those left out included.
    #[prost(uint32, tag = "3")]
    pub(super) attempt_count: u32,
    #[prost(uint64, tag = "4")]
    pub(super) stored_ms: u64,
}

#[derive(Clone, PartialEq, Message)]
struct KeptAttempt {
    #[prost(uint64, tag = "1")]
    ended_ms: u64,
    #[prost(string, tag = "2")]
    reason: String,
}

/// The most attempts that are told one by one.
const TOLD: usize = 50;
/// The longest reason that is kept, in bytes.
const REASON: usize = 2000;

impl Story {
    pub(super) fn decode_kept(bytes: &[u8]) -> Result<Self, prost::DecodeError> {
        Self::decode(bytes)
    }

    pub(super) fn add(&mut self, ended_ms: u64, reason: &str) {
        if self.attempts.len() == TOLD {
            self.attempts.remove(0);
        }
        self.attempts.push(KeptAttempt { ended_ms, reason: shortened(reason) });
        self.attempt_count = self.attempt_count.saturating_add(1);
    }

    /// Why the last attempt failed.
    pub(super) fn last_reason(&self) -> &str {
        self.attempts.last().map_or("", |attempt| &attempt.reason)
    }

    pub(super) fn attempts(&self) -> Vec<Attempt> {
        let attempt = |kept: &KeptAttempt| Attempt { ended_ms: kept.ended_ms, reason: kept.reason.clone() };
        self.attempts.iter().map(attempt).collect()
    }
}

fn shortened(reason: &str) -> String {
    if reason.len() <= REASON {
        return reason.to_owned();
    }
    let mut end = REASON;
    while !reason.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}…", &reason[..end])
}

/// An event as it is kept.
pub(super) fn encode_event(event: &Event) -> Vec<u8> {
    let extension = |(name, value): (&String, &Extension)| KeptExtension {
        name: name.clone(),
        value: Some(match value {
            Extension::Text(text) => KeptValue::Text(text.clone()),
            Extension::Number(number) => KeptValue::Number(*number),
            Extension::Flag(flag) => KeptValue::Flag(*flag),
        }),
    };
    KeptEvent {
        id: event.id.clone(),
        source: event.source.clone(),
        event_type: event.event_type.clone(),
        subject: event.subject.clone(),
        time: event.time.clone(),
        content_type: event.content_type.clone(),
        schema: event.schema.clone(),
        extensions: event.extensions.iter().map(extension).collect(),
        data: event.data.clone(),
    }
    .encode_to_vec()
}

pub(super) fn decode_event(bytes: Bytes) -> Result<Event, prost::DecodeError> {
    let kept = KeptEvent::decode(bytes)?;
    let extension = |kept: KeptExtension| {
        let value = match kept.value {
            Some(KeptValue::Text(text)) => Extension::Text(text),
            Some(KeptValue::Number(number)) => Extension::Number(number),
            Some(KeptValue::Flag(flag)) => Extension::Flag(flag),
            None => Extension::Text(String::new()),
        };
        (kept.name, value)
    };
    Ok(Event {
        id: kept.id,
        source: kept.source,
        event_type: kept.event_type,
        subject: kept.subject,
        time: kept.time,
        content_type: kept.content_type,
        schema: kept.schema,
        extensions: kept.extensions.into_iter().map(extension).collect::<BTreeMap<_, _>>(),
        data: kept.data,
    })
}

/// An event at its place.
#[derive(Debug, Clone)]
pub(super) struct Record {
    pub(super) offset: u64,
    pub(super) stored_ms: u64,
    pub(super) event: Arc<Event>,
}

/// Writes the records of a batch one after the other.
#[derive(Debug, Default)]
pub(super) struct BatchWriter(Vec<u8>);

impl BatchWriter {
    pub(super) fn add(&mut self, offset: u64, stored_ms: u64, event: Bytes) {
        // A repeated field of a message is its entries one after the other.
        let record = KeptRecord { offset, stored_ms, event };
        prost::encoding::message::encode(1, &record, &mut self.0);
    }

    pub(super) fn finish(self) -> Vec<u8> {
        self.0
    }
}

pub(super) fn decode_batch(bytes: Vec<u8>) -> Result<Vec<Record>, prost::DecodeError> {
    let record = |kept: KeptRecord| {
        let event = Arc::new(decode_event(kept.event)?);
        Ok(Record { offset: kept.offset, stored_ms: kept.stored_ms, event })
    };
    KeptBatch::decode(Bytes::from(bytes))?.records.into_iter().map(record).collect()
}
