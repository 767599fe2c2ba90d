//! What a request will cost once decoded, found out before decoding it.
//!
//! Two bytes of protobuf can become eighty bytes of structs, so a limit on bytes alone bounds nothing. This walks the wire
//! form by the schema, without allocating for what it finds, and adds up the structs that decoding would make.

use std::mem::size_of;

use super::common::{AnyValue, InstrumentationScope, KeyValue};
use super::resource::Resource;
use super::trace::span::{Event, Link};
use super::trace::{ResourceSpans, ScopeSpans, Span};

/// What a message is, for knowing its children.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Request,
    ResourceSpans,
    Resource,
    ScopeSpans,
    Scope,
    Span,
    Event,
    Link,
    KeyValue,
    AnyValue,
    ValueList,
    KeyValueList,
}

impl Kind {
    /// The message in field `number` of this one, as in `opentelemetry/proto/{trace,common,resource}/v1`.
    fn child(self, number: u64) -> Option<Self> {
        Some(match (self, number) {
            (Self::Request, 1) => Self::ResourceSpans,
            (Self::ResourceSpans, 1) => Self::Resource,
            (Self::ResourceSpans, 2) => Self::ScopeSpans,
            (Self::ScopeSpans, 1) => Self::Scope,
            (Self::ScopeSpans, 2) => Self::Span,
            (Self::Span, 11) => Self::Event,
            (Self::Span, 13) => Self::Link,
            (Self::Resource | Self::KeyValueList, 1)
            | (Self::Scope | Self::Event, 3)
            | (Self::Span, 9)
            | (Self::Link, 4) => Self::KeyValue,
            (Self::KeyValue, 2) | (Self::ValueList, 1) => Self::AnyValue,
            (Self::AnyValue, 5) => Self::ValueList,
            (Self::AnyValue, 6) => Self::KeyValueList,
            _ => return None,
        })
    }

    /// Bytes of the struct itself. Lists grow by doubling, hence twice.
    fn size(self) -> usize {
        2 * match self {
            Self::ResourceSpans => size_of::<ResourceSpans>(),
            Self::Resource => size_of::<Resource>(),
            Self::ScopeSpans => size_of::<ScopeSpans>(),
            Self::Scope => size_of::<InstrumentationScope>(),
            Self::Span => size_of::<Span>(),
            Self::Event => size_of::<Event>(),
            Self::Link => size_of::<Link>(),
            Self::KeyValue => size_of::<KeyValue>(),
            Self::AnyValue => size_of::<AnyValue>(),
            Self::Request | Self::ValueList | Self::KeyValueList => 0,
        }
    }
}

/// What decoding would make.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Weight {
    pub(crate) spans: usize,
    /// Estimated bytes of structs and texts.
    pub(crate) bytes: usize,
}

/// Weighs a protobuf request. Malformed parts end the walk where they are: decoding finds and names them.
pub(crate) fn protobuf(body: &[u8]) -> Weight {
    let mut weight = Weight { spans: 0, bytes: body.len() };
    // Depth first with a stack of rests: as deep as the message nests, and no deeper than decoding will go.
    let mut open = vec![(Kind::Request, body)];
    while let Some((kind, mut rest)) = open.pop() {
        while let Some((number, content)) = next_field(&mut rest) {
            let Some((child, content)) = kind.child(number).zip(content) else { continue };
            weight.bytes = weight.bytes.saturating_add(child.size());
            weight.spans += usize::from(child == Kind::Span);
            if open.len() < 128 {
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

/// Weighs a JSON request: what it becomes grows with its objects. Braces in texts count too, which errs on the safe side.
pub(crate) fn json(body: &[u8]) -> usize {
    /// A value as read and as protobuf, with a list's doubling.
    const OBJECT: usize = 256;
    let objects = body.split(|byte| *byte == b'{').count();
    body.len().saturating_add(objects.saturating_mul(OBJECT))
}
