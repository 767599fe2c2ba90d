//! What a filter asks of spans, as read from its text.

/// A condition on a span.
///
/// What [`parse`](super::parse) makes is in a normal form: no `And` or `Or` directly within one of its own kind, none with a
/// single part (see [`Expr::all`] and [`Expr::any`]).
#[derive(Debug, Clone, PartialEq)]
pub enum Expr {
    /// All hold; empty holds always.
    And(Vec<Expr>),
    /// At least one holds; empty never holds.
    Or(Vec<Expr>),
    /// It does not hold.
    Not(Box<Expr>),
    /// A field compares with a value. A field that is not there compares with nothing, `!=` included. Of several values one
    /// that compares is enough; `!=`, `!~` and `!=~` hold when none of them compares with `=`, `~` and `=~`.
    Compare(Field, Op, Value),
    /// A field is there.
    Exists(Field),
    /// A span of the left side stands in a relation to one of the right side in the same trace; holds for spans of the right side.
    Related(Box<Expr>, Relation, Box<Expr>),
}

impl Expr {
    /// All of these hold, in normal form.
    pub fn all(parts: impl IntoIterator<Item = Expr>) -> Self {
        let mut flat = Vec::new();
        for part in parts {
            match part {
                Expr::And(inner) => flat.extend(inner),
                other => flat.push(other),
            }
        }
        if flat.len() == 1 { flat.remove(0) } else { Expr::And(flat) }
    }

    /// At least one of these holds, in normal form.
    pub fn any(parts: impl IntoIterator<Item = Expr>) -> Self {
        let mut flat = Vec::new();
        for part in parts {
            match part {
                Expr::Or(inner) => flat.extend(inner),
                other => flat.push(other),
            }
        }
        if flat.len() == 1 { flat.remove(0) } else { Expr::Or(flat) }
    }

    /// Whether it asks nothing, and so holds for every span.
    pub fn is_empty(&self) -> bool {
        matches!(self, Expr::And(parts) if parts.is_empty())
    }

    /// Whether it asks for spans in relation to others, so that a span alone does not decide it.
    pub fn has_relation(&self) -> bool {
        match self {
            Expr::And(parts) | Expr::Or(parts) => parts.iter().any(Expr::has_relation),
            Expr::Not(inner) => inner.has_relation(),
            Expr::Compare(..) | Expr::Exists(_) => false,
            Expr::Related(..) => true,
        }
    }
}

/// What is compared.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Field {
    /// The resource's `service.name`.
    Service,
    /// The span's name.
    Name,
    /// End minus start.
    Duration,
    /// When the span started; compares with a [`Value::Duration`] since 1970.
    Start,
    /// `unset`, `ok`, `error`.
    Status,
    /// The status's message.
    StatusMessage,
    /// `internal`, `server`, `client`, `producer`, `consumer`, `unspecified`.
    Kind,
    /// 32 hexadecimal digits.
    TraceId,
    /// When the trace started: the earliest known start of its spans. As [`Field::Start`].
    TraceStart,
    /// From the trace's start to its latest known time.
    TraceDuration,
    /// 16 hexadecimal digits.
    SpanId,
    /// Of the instrumentation scope.
    ScopeName,
    /// Name of an event of the span.
    EventName,
    /// What a lone word searches: the service, the names of the span and of its events, the status's message, and the values of
    /// all attributes of the span, its resource, its events and its links. Not the ids.
    Anywhere,
    /// An attribute.
    Attribute(Scope, String),
}

/// Whose attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scope {
    /// The span's, else its resource's.
    Any,
    /// The span's alone.
    Span,
    /// Its resource's alone.
    Resource,
    /// That of any of its events.
    Event,
    /// That of any of its links.
    Link,
}

/// How it is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Op {
    /// `=`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// `~`: the text contains the value, whatever the case of letters.
    Contains,
    /// `!~`
    NotContains,
    /// `=~`: a regular expression of the `regex` crate matches somewhere.
    Matches,
    /// `!=~`
    NotMatches,
}

/// With what.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Text. The only value of `~` and `=~`.
    Text(String),
    /// A finite number.
    Number(f64),
    /// Nanoseconds.
    Duration(u64),
    /// Truth.
    Bool(bool),
}

/// Between spans of one trace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Relation {
    /// `>`: parent and child.
    Child,
    /// `>>`: ancestor and descendant.
    Descendant,
    /// `~`: children of one parent.
    Sibling,
    /// `->`: the right one links to the left one, also from another trace.
    Linked,
}
