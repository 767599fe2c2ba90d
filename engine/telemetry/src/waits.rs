//! What no span says but several together do: time a message spent waiting.
//!
//! A producer's span ends when the broker has the message; a consumer's begins when it is handled. The time between is spent
//! in the channel. A failed attempt and the next one of the same message are apart by the backoff.

use std::collections::HashMap;

use crate::ids::SpanId;
use crate::model::{Span, SpanKind, Trace, Value};

/// `messaging.*` names, the current one first, then those older SDKs send
/// (<https://opentelemetry.io/docs/specs/semconv/registry/attributes/messaging/>).
const DESTINATION: [&str; 2] = ["messaging.destination.name", "messaging.destination"];
const PARTITION: [&str; 3] =
    ["messaging.destination.partition.id", "messaging.kafka.destination.partition", "messaging.kafka.partition"];
const GROUP: [&str; 4] = [
    "messaging.consumer.group.name",
    "messaging.kafka.consumer.group",
    "messaging.rocketmq.client_group",
    "messaging.eventhubs.consumer.group",
];
const MESSAGE_ID: [&str; 2] = ["messaging.message.id", "messaging.message_id"];

/// A stretch of waiting, nanoseconds since 1970.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Gap {
    pub(crate) start: u64,
    pub(crate) end: u64,
}

/// The inferred gaps, by index into [`Trace::spans`].
#[derive(Debug, Default)]
pub(crate) struct Waits {
    /// Before a consumer span: its message waited in a channel.
    pub(crate) before: HashMap<usize, Gap>,
    /// After a failed consumer span: until the next attempt.
    pub(crate) after: HashMap<usize, Gap>,
}

/// What makes two consumer spans attempts at the same message.
#[derive(PartialEq, Eq, Hash)]
struct Attempted<'a> {
    destination: Option<&'a str>,
    group: &'a str,
    /// Two handlers of one service are not each other's attempts.
    handler: &'a str,
    message: Message<'a>,
}

#[derive(PartialEq, Eq, Hash)]
enum Message<'a> {
    Id(&'a str),
    /// Without an id, spans made by the same producer span are taken for attempts at the same message.
    SentBy(SpanId),
}

/// Finds all gaps of a trace. `by_id` gives a span's index; `in_order` lists all indexes by start.
pub(crate) fn infer(trace: &Trace, by_id: &HashMap<SpanId, usize>, in_order: &[usize]) -> Waits {
    let mut waits = Waits::default();
    let mut last_attempt: HashMap<Attempted<'_>, usize> = HashMap::new();
    for &index in in_order {
        let Some(consumer) = trace.spans.get(index).filter(|span| span.kind == SpanKind::Consumer) else { continue };
        let producer = producer_of(trace, by_id, consumer);
        let earlier = attempted(trace, consumer, producer).and_then(|key| last_attempt.insert(key, index));
        match (earlier.and_then(|earlier| Some((earlier, trace.spans.get(earlier)?))), producer) {
            (Some((earlier, failed)), _) => {
                if failed.is_error() && failed.end_unix_nano != 0 && consumer.start_unix_nano >= failed.end_unix_nano {
                    waits.after.insert(earlier, Gap { start: failed.end_unix_nano, end: consumer.start_unix_nano });
                }
            }
            (None, Some(producer)) => {
                if producer.end_unix_nano != 0 && consumer.start_unix_nano > producer.end_unix_nano {
                    waits.before.insert(index, Gap { start: producer.end_unix_nano, end: consumer.start_unix_nano });
                }
            }
            (None, None) => {}
        }
    }
    waits
}

/// The producer span that made the message: the parent, or else the first link into the same trace.
fn producer_of<'a>(trace: &'a Trace, by_id: &HashMap<SpanId, usize>, consumer: &Span) -> Option<&'a Span> {
    let span = |id: SpanId| trace.spans.get(*by_id.get(&id)?);
    let producer = |span: &&Span| span.kind == SpanKind::Producer;
    consumer.parent.and_then(span).filter(producer).or_else(|| linked(trace, consumer).and_then(span).filter(producer))
}

/// The first link to a span of the same trace.
pub(crate) fn linked(trace: &Trace, span: &Span) -> Option<SpanId> {
    let link = span.links.iter().find(|link| link.trace_id == trace.id.0)?;
    link.span_id.as_slice().try_into().ok().map(SpanId)
}

fn attempted<'a>(trace: &'a Trace, consumer: &'a Span, producer: Option<&'a Span>) -> Option<Attempted<'a>> {
    let message = match text(consumer, &MESSAGE_ID) {
        Some(id) => Message::Id(id),
        None => Message::SentBy(producer?.id),
    };
    Some(Attempted {
        destination: text(consumer, &DESTINATION),
        group: text(consumer, &GROUP).unwrap_or_else(|| trace.service(consumer)),
        handler: &consumer.name,
        message,
    })
}

fn text<'a>(span: &'a Span, names: &[&str]) -> Option<&'a str> {
    names.iter().find_map(|name| span.attribute(name)?.as_str()).filter(|text| !text.is_empty())
}

/// Where a consumer's message waited: `orders`, or `orders[2]` with a partition.
pub(crate) fn channel(consumer: &Span) -> Option<String> {
    let name = text(consumer, &DESTINATION)?;
    let partition = PARTITION.iter().find_map(|key| match consumer.attribute(key)? {
        Value::String(partition) if !partition.is_empty() => Some(partition.clone()),
        Value::Int(partition) => Some(partition.to_string()),
        _ => None,
    });
    Some(partition.map_or_else(|| name.to_owned(), |partition| format!("{name}[{partition}]")))
}
