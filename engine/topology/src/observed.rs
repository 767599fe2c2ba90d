//! Spans as this room sees them: borrowed, without what no rule asks for.

/// The identity of a trace.
pub type TraceId = [u8; 16];
/// The identity of a span within its trace.
pub type SpanId = [u8; 8];

/// A trace as far as it arrived.
#[derive(Debug, Clone)]
pub struct ObservedTrace<'a> {
    /// Its identity.
    pub id: TraceId,
    /// Its spans, in any order.
    pub spans: Vec<Observed<'a>>,
}

/// One span.
#[derive(Debug, Clone)]
pub struct Observed<'a> {
    /// Its identity within the trace.
    pub id: SpanId,
    /// The span that caused it, which may be missing.
    pub parent: Option<SpanId>,
    /// Its part in a conversation.
    pub kind: Kind,
    /// Who made it.
    pub service: Service<'a>,
    /// The operation's name.
    pub name: &'a str,
    /// Start, nanoseconds since 1970.
    pub start: u64,
    /// End, nanoseconds since 1970; may lie before the start.
    pub end: u64,
    /// Whether its status is an error.
    pub error: bool,
    /// Attributes that are single values.
    pub attributes: Attributes<'a>,
    /// Other spans it belongs with.
    pub links: Vec<ObservedLink<'a>>,
}

impl Observed<'_> {
    /// End minus start, nanoseconds; 0 when it ends before it starts.
    pub fn duration(&self) -> u64 {
        self.end.saturating_sub(self.start)
    }
}

/// The service of a span (`service.*` of its resource).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Service<'a> {
    /// `service.namespace`, or nothing.
    pub namespace: &'a str,
    /// `service.name`.
    pub name: &'a str,
    /// `service.instance.id`, or nothing.
    pub instance: &'a str,
}

/// A pointer to another span, with what it says about the message.
#[derive(Debug, Clone)]
pub struct ObservedLink<'a> {
    /// The other trace.
    pub trace: TraceId,
    /// The other span.
    pub span: SpanId,
    /// Attributes that are single values.
    pub attributes: Attributes<'a>,
}

/// Attributes in the order they came.
#[derive(Debug, Clone, Default)]
pub struct Attributes<'a>(pub Vec<(&'a str, Field<'a>)>);

impl<'a> Attributes<'a> {
    /// The value of the first of these names that has one; empty texts are none.
    pub(crate) fn first(&self, names: &[&str]) -> Option<Field<'a>> {
        names.iter().find_map(|name| {
            let found = self.0.iter().find(|(key, _)| key == name).map(|(_, value)| *value)?;
            (found != Field::Text("")).then_some(found)
        })
    }

    /// The same where only text will do.
    pub(crate) fn text(&self, names: &[&'static str]) -> Option<&'a str> {
        self.named(names).map(|(_, text)| text)
    }

    /// The same with the name that has it.
    pub(crate) fn named(&self, names: &[&'static str]) -> Option<(&'static str, &'a str)> {
        names.iter().find_map(|name| match self.first(&[name])? {
            Field::Text(text) => Some((*name, text)),
            _ => None,
        })
    }

    /// The same of a number; texts of digits are numbers too.
    pub(crate) fn number(&self, names: &[&str]) -> Option<u64> {
        names.iter().find_map(|name| match self.first(&[name])? {
            Field::Int(number) => u64::try_from(number).ok(),
            Field::Text(text) => text.parse().ok(),
            Field::Bool(_) => None,
        })
    }

    /// The first of these that is true.
    pub(crate) fn is(&self, names: &[&'static str]) -> Option<&'static str> {
        let is_true = |name: &&&str| matches!(self.first(&[name]), Some(Field::Bool(true) | Field::Text("true")));
        names.iter().find(is_true).copied()
    }
}

/// A single value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field<'a> {
    /// Text.
    Text(&'a str),
    /// Whole number.
    Int(i64),
    /// Truth.
    Bool(bool),
}

/// A span's part in a conversation (OTLP `SpanKind`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Not said.
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
