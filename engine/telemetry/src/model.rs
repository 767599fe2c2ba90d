//! A trace as the rest of the program sees it: OTLP's meaning without OTLP's types.

use crate::ids::{SpanId, TraceId};

/// A whole trace, as far as it arrived.
#[derive(Debug, Clone, PartialEq)]
pub struct Trace {
    /// Its identity.
    pub id: TraceId,
    /// Senders, referred to by [`Span::resource`].
    pub resources: Vec<Resource>,
    /// Instrumentation scopes, referred to by [`Span::scope`].
    pub scopes: Vec<Scope>,
    /// The spans by start, then id.
    pub spans: Vec<Span>,
}

impl Trace {
    /// The service that sent a span; `unknown_service` when it did not say (the specification's own default).
    pub fn service(&self, span: &Span) -> &str {
        self.resources.get(span.resource).map_or(UNKNOWN_SERVICE, |resource| resource.service.as_str())
    }
}

/// What a resource without `service.name` is called
/// (<https://opentelemetry.io/docs/specs/semconv/resource/#service>).
pub(crate) const UNKNOWN_SERVICE: &str = "unknown_service";

/// Who sent spans.
#[derive(Debug, Clone, PartialEq)]
pub struct Resource {
    /// `service.name`.
    pub service: String,
    /// All attributes.
    pub attributes: Attributes,
    /// How many attributes the sender dropped.
    pub dropped_attributes: u32,
    /// Schema of the attributes.
    pub schema_url: String,
}

/// Which instrumentation made spans.
#[derive(Debug, Clone, PartialEq)]
pub struct Scope {
    /// Name, often a package.
    pub name: String,
    /// Its version.
    pub version: String,
    /// All attributes.
    pub attributes: Attributes,
    /// How many attributes the sender dropped.
    pub dropped_attributes: u32,
    /// Schema of the spans' attributes.
    pub schema_url: String,
}

/// One operation.
#[derive(Debug, Clone, PartialEq)]
pub struct Span {
    /// Identity within the trace.
    pub id: SpanId,
    /// The span that caused it, which may be missing.
    pub parent: Option<SpanId>,
    /// The operation's name.
    pub name: String,
    /// Its part in a conversation.
    pub kind: SpanKind,
    /// Start, nanoseconds since 1970.
    pub start_unix_nano: u64,
    /// End, nanoseconds since 1970; may lie before the start, clocks being what they are.
    pub end_unix_nano: u64,
    /// Outcome.
    pub status: SpanStatus,
    /// Attributes.
    pub attributes: Attributes,
    /// What happened during it.
    pub events: Vec<Event>,
    /// Other spans it belongs with.
    pub links: Vec<Link>,
    /// Index into [`Trace::resources`].
    pub resource: usize,
    /// Index into [`Trace::scopes`].
    pub scope: usize,
    /// W3C `tracestate`.
    pub trace_state: String,
    /// W3C trace flags, and OTLP's bits 8 and 9 on where the parent is.
    pub flags: u32,
    /// How many attributes the sender or we dropped.
    pub dropped_attributes: u32,
    /// How many events the sender or we dropped.
    pub dropped_events: u32,
    /// How many links the sender or we dropped.
    pub dropped_links: u32,
}

impl Span {
    /// The value of an attribute.
    pub fn attribute(&self, key: &str) -> Option<&Value> {
        attribute(&self.attributes, key)
    }

    /// End minus start, nanoseconds; 0 when it ends before it starts.
    pub fn duration_nanos(&self) -> u64 {
        self.end_unix_nano.saturating_sub(self.start_unix_nano)
    }

    /// Whether its status is an error.
    pub fn is_error(&self) -> bool {
        self.status.code == StatusCode::Error
    }
}

/// Attributes in the order they came; a key may repeat.
pub type Attributes = Vec<(String, Value)>;

/// The first value of `key`.
pub fn attribute<'a>(attributes: &'a Attributes, key: &str) -> Option<&'a Value> {
    attributes.iter().find(|(name, _)| name == key).map(|(_, value)| value)
}

/// An attribute's value.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Set to nothing.
    Empty,
    /// Text.
    String(String),
    /// Truth.
    Bool(bool),
    /// Whole number.
    Int(i64),
    /// Number.
    Double(f64),
    /// Bytes.
    Bytes(Vec<u8>),
    /// A list.
    Array(Vec<Value>),
    /// Named values.
    Map(Attributes),
}

impl Value {
    /// The text, if it is one.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }
}

/// A span's part in a conversation (OTLP `SpanKind`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SpanKind {
    /// Not said, or a number this version does not know.
    Unspecified,
    /// Within the service.
    Internal,
    /// Answers a request.
    Server,
    /// Makes a request.
    Client,
    /// Sends a message.
    Producer,
    /// Handles a message.
    Consumer,
}

impl SpanKind {
    /// OTLP's number.
    pub fn number(self) -> u8 {
        match self {
            Self::Unspecified => 0,
            Self::Internal => 1,
            Self::Server => 2,
            Self::Client => 3,
            Self::Producer => 4,
            Self::Consumer => 5,
        }
    }

    /// From OTLP's number.
    pub fn from_number(number: i64) -> Self {
        match number {
            1 => Self::Internal,
            2 => Self::Server,
            3 => Self::Client,
            4 => Self::Producer,
            5 => Self::Consumer,
            _ => Self::Unspecified,
        }
    }
}

/// A span's outcome.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpanStatus {
    /// How it ended.
    pub code: StatusCode,
    /// What the instrumentation says about it.
    pub message: String,
}

/// How a span ended (OTLP `StatusCode`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StatusCode {
    /// Nobody said.
    Unset,
    /// Explicitly fine.
    Ok,
    /// Failed.
    Error,
}

/// Something that happened during a span.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// When, nanoseconds since 1970.
    pub time_unix_nano: u64,
    /// What.
    pub name: String,
    /// Attributes.
    pub attributes: Attributes,
    /// How many attributes were dropped.
    pub dropped_attributes: u32,
}

/// A pointer to another span. Its ids are kept as they came: a link may be malformed without harm to its span.
#[derive(Debug, Clone, PartialEq)]
pub struct Link {
    /// The other trace, normally 16 bytes.
    pub trace_id: Vec<u8>,
    /// The other span, normally 8 bytes.
    pub span_id: Vec<u8>,
    /// W3C `tracestate` of the other side.
    pub trace_state: String,
    /// Attributes.
    pub attributes: Attributes,
    /// How many attributes were dropped.
    pub dropped_attributes: u32,
    /// W3C trace flags and OTLP's bits.
    pub flags: u32,
}
