//! What a request will cost once decoded, found out before decoding it.
//!
//! Two bytes of protobuf can become eighty bytes of structs, so a limit on bytes alone bounds nothing. This walks the wire
//! form by the schema, without allocating for what it finds, and adds up the structs that decoding would make.

use std::mem::size_of;

use super::common::EntityRef;
use super::common::{AnyValue, InstrumentationScope, KeyValue};
use super::logs::{LogRecord, ResourceLogs, ScopeLogs};
use super::metrics::summary_data_point::ValueAtQuantile;
use super::metrics::{
    Exemplar, ExponentialHistogramDataPoint, HistogramDataPoint, Metric, NumberDataPoint, ResourceMetrics,
    ScopeMetrics, SummaryDataPoint,
};
use super::resource::Resource;
use super::trace::span::{Event, Link};
use super::trace::{ResourceSpans, ScopeSpans, Span};

/// What a message is, for knowing its children.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Traces,
    ResourceSpans,
    ScopeSpans,
    Span,
    Event,
    Link,
    Logs,
    ResourceLogs,
    ScopeLogs,
    LogRecord,
    Metrics,
    ResourceMetrics,
    ScopeMetrics,
    Metric,
    /// A gauge or a sum.
    Numbers,
    NumberPoint,
    Histogram,
    HistogramPoint,
    Exponential,
    ExponentialPoint,
    /// One side of an exponential histogram.
    Side,
    Summary,
    SummaryPoint,
    Quantile,
    Exemplar,
    Resource,
    EntityRef,
    /// A text in a list of texts.
    Text,
    Scope,
    KeyValue,
    AnyValue,
    ValueList,
    KeyValueList,
    /// Numbers without tags, as long in memory as on the wire.
    Fixed,
    /// Numbers without tags that take one byte or more each.
    Varints,
}

impl Kind {
    /// The message in field `number` of this one, as in `opentelemetry/proto/{trace,logs,metrics,common,resource}/v1`.
    fn child(self, number: u64) -> Option<Self> {
        Some(match (self, number) {
            (Self::Traces, 1) => Self::ResourceSpans,
            (Self::Logs, 1) => Self::ResourceLogs,
            (Self::Metrics, 1) => Self::ResourceMetrics,
            (Self::ResourceSpans | Self::ResourceLogs | Self::ResourceMetrics, 1) => Self::Resource,
            (Self::ResourceSpans, 2) => Self::ScopeSpans,
            (Self::ResourceLogs, 2) => Self::ScopeLogs,
            (Self::ResourceMetrics, 2) => Self::ScopeMetrics,
            (Self::ScopeSpans | Self::ScopeLogs | Self::ScopeMetrics, 1) => Self::Scope,
            (Self::ScopeSpans, 2) => Self::Span,
            (Self::ScopeLogs, 2) => Self::LogRecord,
            (Self::ScopeMetrics, 2) => Self::Metric,
            (Self::Span, 11) => Self::Event,
            (Self::Span, 13) => Self::Link,
            (Self::Metric, 5 | 7) => Self::Numbers,
            (Self::Metric, 9) => Self::Histogram,
            (Self::Metric, 10) => Self::Exponential,
            (Self::Metric, 11) => Self::Summary,
            (Self::Numbers, 1) => Self::NumberPoint,
            (Self::Histogram, 1) => Self::HistogramPoint,
            (Self::Exponential, 1) => Self::ExponentialPoint,
            (Self::Summary, 1) => Self::SummaryPoint,
            (Self::NumberPoint, 5) | (Self::HistogramPoint, 8) | (Self::ExponentialPoint, 11) => Self::Exemplar,
            (Self::HistogramPoint, 6 | 7) => Self::Fixed,
            (Self::ExponentialPoint, 8 | 9) => Self::Side,
            (Self::Side, 2) => Self::Varints,
            (Self::SummaryPoint, 6) => Self::Quantile,
            (Self::Resource | Self::KeyValueList | Self::ExponentialPoint, 1)
            | (Self::Scope | Self::Event, 3)
            | (Self::Span | Self::HistogramPoint, 9)
            | (Self::Link, 4)
            | (Self::LogRecord, 6)
            | (Self::Metric, 12)
            | (Self::NumberPoint | Self::SummaryPoint | Self::Exemplar, 7) => Self::KeyValue,
            (Self::Resource, 3) => Self::EntityRef,
            (Self::EntityRef, 3 | 4) => Self::Text,
            (Self::KeyValue, 2) | (Self::ValueList, 1) | (Self::LogRecord, 5) => Self::AnyValue,
            (Self::AnyValue, 5) => Self::ValueList,
            (Self::AnyValue, 6) => Self::KeyValueList,
            _ => return None,
        })
    }

    /// Bytes of the struct itself. Lists grow by doubling, hence twice.
    fn size(self) -> usize {
        2 * match self {
            Self::ResourceSpans => size_of::<ResourceSpans>(),
            Self::ScopeSpans => size_of::<ScopeSpans>(),
            Self::Span => size_of::<Span>(),
            Self::Event => size_of::<Event>(),
            Self::Link => size_of::<Link>(),
            Self::ResourceLogs => size_of::<ResourceLogs>(),
            Self::ScopeLogs => size_of::<ScopeLogs>(),
            Self::LogRecord => size_of::<LogRecord>(),
            Self::ResourceMetrics => size_of::<ResourceMetrics>(),
            Self::ScopeMetrics => size_of::<ScopeMetrics>(),
            Self::Metric => size_of::<Metric>(),
            Self::NumberPoint => size_of::<NumberDataPoint>(),
            Self::HistogramPoint => size_of::<HistogramDataPoint>(),
            Self::ExponentialPoint => size_of::<ExponentialHistogramDataPoint>(),
            Self::SummaryPoint => size_of::<SummaryDataPoint>(),
            Self::Quantile => size_of::<ValueAtQuantile>(),
            Self::Exemplar => size_of::<Exemplar>(),
            Self::Resource => size_of::<Resource>(),
            Self::EntityRef => size_of::<EntityRef>(),
            Self::Text => size_of::<String>(),
            Self::Scope => size_of::<InstrumentationScope>(),
            Self::KeyValue => size_of::<KeyValue>(),
            Self::AnyValue => size_of::<AnyValue>(),
            _ => 0,
        }
    }

    /// Bytes of what is packed in such a field, in memory.
    fn packed(self, bytes: usize) -> usize {
        match self {
            Self::Fixed => 2 * bytes,
            Self::Varints => 2 * size_of::<u64>() * bytes,
            _ => 0,
        }
    }

    fn is_numbers(self) -> bool {
        matches!(self, Self::Fixed | Self::Varints)
    }

    /// Whether this is what a request is sent for.
    fn is_item(self) -> bool {
        matches!(
            self,
            Self::Span
                | Self::LogRecord
                | Self::NumberPoint
                | Self::HistogramPoint
                | Self::ExponentialPoint
                | Self::SummaryPoint
        )
    }
}

/// What decoding would make.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Weight {
    /// Spans, log records or data points.
    pub(crate) items: usize,
    /// Estimated bytes of structs and texts.
    pub(crate) bytes: usize,
}

/// Weighs a protobuf request. Malformed parts end the walk where they are: decoding finds and names them.
pub(crate) fn protobuf(request: Kind, body: &[u8]) -> Weight {
    let mut weight = Weight { items: 0, bytes: body.len() };
    // Depth first with a stack of rests: as deep as the message nests, and no deeper than decoding will go.
    let mut open = vec![(request, body)];
    while let Some((kind, mut rest)) = open.pop() {
        while let Some((number, content)) = next_field(&mut rest) {
            let Some(child) = kind.child(number) else { continue };
            // A list of numbers may also come one by one.
            let Some(content) = content else {
                if child.is_numbers() {
                    weight.bytes = weight.bytes.saturating_add(2 * size_of::<u64>());
                }
                continue;
            };
            weight.bytes = weight.bytes.saturating_add(child.size()).saturating_add(child.packed(content.len()));
            weight.items += usize::from(child.is_item());
            if !child.is_numbers() && open.len() < 128 {
                open.push((kind, rest));
                open.push((child, content));
                break;
            }
        }
    }
    weight
}

/// The next field's number and, if it is length-delimited, its content. `None` at the end or at nonsense.
fn next_field<'a>(rest: &mut &'a [u8]) -> Option<(u64, Option<&'a [u8]>)> {
    let key = varint(rest)?;
    let skip = match key & 7 {
        0 => {
            varint(rest)?;
            return Some((key >> 3, None));
        }
        1 => 8,
        2 => {
            let length = usize::try_from(varint(rest)?).ok()?;
            return Some((key >> 3, Some(rest.split_off(..length)?)));
        }
        5 => 4,
        _ => return None,
    };
    rest.split_off(..skip)?;
    Some((key >> 3, None))
}

fn varint(rest: &mut &[u8]) -> Option<u64> {
    let mut value = 0_u64;
    for shift in (0..64).step_by(7) {
        let byte = *rest.split_off_first()?;
        value |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Some(value);
        }
    }
    None
}

/// Weighs a JSON request: what it becomes grows with its objects and lists, and with what stands in lists. Signs in texts count too,
/// which errs on the safe side.
pub(crate) fn json(body: &[u8]) -> usize {
    /// A value as read and as protobuf, with a list's doubling. An object may also be written as a list.
    const OBJECT: usize = 256;
    /// A number of a list, likewise.
    const NUMBER: usize = 2 * size_of::<u64>();
    body.iter().fold(body.len().saturating_add(OBJECT), |bytes, byte| match byte {
        b'{' | b'[' => bytes.saturating_add(OBJECT),
        b',' => bytes.saturating_add(NUMBER),
        _ => bytes,
    })
}
