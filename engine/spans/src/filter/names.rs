//! The words of the language: fields with what they compare with, operators, relations.

use super::expr::{Field, Op, Relation, Scope};

/// What sort of values a field has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sort {
    /// Any text.
    Text,
    /// A length of time.
    Duration,
    /// A point in time.
    Moment,
    /// One of a few words.
    Choice(&'static [&'static str]),
    /// So many hexadecimal digits.
    Id(usize),
    /// An attribute: whatever its sender made of it.
    Attribute,
}

pub(crate) const STATUSES: &[&str] = &["unset", "ok", "error"];
pub(crate) const KINDS: &[&str] = &["internal", "server", "client", "producer", "consumer", "unspecified"];

/// The word for the code of a span's status, as OTLP numbers them.
#[cfg(not(target_family = "wasm"))]
pub(crate) fn status(code: u8) -> &'static str {
    match code {
        1 => "ok",
        2 => "error",
        _ => "unset",
    }
}

/// The word for the number of a span's kind, as OTLP numbers them.
#[cfg(not(target_family = "wasm"))]
pub(crate) fn kind(kind: u8) -> &'static str {
    match kind {
        1 => "internal",
        2 => "server",
        3 => "client",
        4 => "producer",
        5 => "consumer",
        _ => "unspecified",
    }
}

/// Every field but the attributes by its name, in the order in which they are offered.
pub(crate) const FIELDS: &[(&str, Field)] = &[
    ("service", Field::Service),
    ("name", Field::Name),
    ("duration", Field::Duration),
    ("status", Field::Status),
    ("kind", Field::Kind),
    ("start", Field::Start),
    ("status.message", Field::StatusMessage),
    ("event.name", Field::EventName),
    ("scope.name", Field::ScopeName),
    ("trace.start", Field::TraceStart),
    ("trace.duration", Field::TraceDuration),
    ("trace.id", Field::TraceId),
    ("span.id", Field::SpanId),
    ("anywhere", Field::Anywhere),
];

/// Other names that hands write and that can mean nothing else.
const ALIASES: &[(&str, Field)] = &[
    ("service.name", Field::Service),
    ("resource.service.name", Field::Service),
    ("span.name", Field::Name),
    ("span.duration", Field::Duration),
    ("span.start", Field::Start),
    ("span.status", Field::Status),
    ("span.kind", Field::Kind),
    ("span.status.message", Field::StatusMessage),
    ("status_message", Field::StatusMessage),
    ("trace_start", Field::TraceStart),
    ("trace_duration", Field::TraceDuration),
    ("trace_id", Field::TraceId),
    ("span_id", Field::SpanId),
];

/// What other tools call a field. Attributes may be called so, therefore these are only suggested.
pub(crate) const SYNONYMS: &[(&str, &str)] = &[
    ("operation", "name"),
    ("operationname", "name"),
    ("spanname", "name"),
    ("servicename", "service"),
    ("service_name", "service"),
    ("took", "duration"),
    ("latency", "duration"),
    ("elapsed", "duration"),
    ("time", "start"),
    ("timestamp", "start"),
    ("start_time", "start"),
    ("starttime", "start"),
    ("statuscode", "status"),
    ("status_code", "status"),
    ("status.code", "status"),
    ("statusmessage", "status.message"),
    ("spankind", "kind"),
    ("span_kind", "kind"),
    ("event", "event.name"),
    ("scope", "scope.name"),
    ("trace", "trace.id"),
    ("traceid", "trace.id"),
    ("traceduration", "trace.duration"),
    ("tracestart", "trace.start"),
    ("spanid", "span.id"),
    ("text", "anywhere"),
    ("any", "anywhere"),
];

/// Scopes by the word before their keys.
pub(crate) const SCOPES: &[(&str, Scope)] =
    &[("span.", Scope::Span), ("resource.", Scope::Resource), ("event.", Scope::Event), ("link.", Scope::Link)];

/// Words with a meaning of their own.
pub(crate) const KEYWORDS: &[&str] = &["and", "or", "not", "in", "exists", "contains", "matches", "true", "false"];

/// The field that an unquoted name means. Every word means one: what is no field is the key of an attribute.
pub(crate) fn field(name: &str) -> Field {
    if let Some((_, field)) = FIELDS.iter().chain(ALIASES).find(|(known, _)| *known == name) {
        return field.clone();
    }
    match scoped(name) {
        Some((scope, key)) if !key.is_empty() => Field::Attribute(scope, key.to_owned()),
        _ => Field::Attribute(Scope::Any, name.to_owned()),
    }
}

/// The scope that a name begins with, and what follows.
pub(crate) fn scoped(name: &str) -> Option<(Scope, &str)> {
    SCOPES.iter().find_map(|(prefix, scope)| name.strip_prefix(prefix).map(|key| (*scope, key)))
}

/// The word before the keys of a scope; empty for any.
pub(crate) fn prefix(scope: Scope) -> &'static str {
    SCOPES.iter().find(|(_, known)| *known == scope).map_or("", |(prefix, _)| prefix)
}

/// The name of a field that is no attribute.
pub(crate) fn name(field: &Field) -> Option<&'static str> {
    FIELDS.iter().find(|(_, known)| known == field).map(|(name, _)| *name)
}

/// Whether a word is a keyword, in either case.
pub(crate) fn keyword(word: &str) -> Option<&'static str> {
    KEYWORDS.iter().copied().find(|keyword| word.eq_ignore_ascii_case(keyword))
}

impl Field {
    /// What sort of values it has.
    pub(crate) fn sort(&self) -> Sort {
        match self {
            Field::Service
            | Field::Name
            | Field::StatusMessage
            | Field::ScopeName
            | Field::EventName
            | Field::Anywhere => Sort::Text,
            Field::Duration | Field::TraceDuration => Sort::Duration,
            Field::Start | Field::TraceStart => Sort::Moment,
            Field::Status => Sort::Choice(STATUSES),
            Field::Kind => Sort::Choice(KINDS),
            Field::TraceId => Sort::Id(32),
            Field::SpanId => Sort::Id(16),
            Field::Attribute(..) => Sort::Attribute,
        }
    }
}

impl Sort {
    /// The operators that fit, the usual ones first.
    pub(crate) fn ops(self) -> &'static [Op] {
        use Op::{
            Contains, Equal, Greater, GreaterOrEqual, Less, LessOrEqual, Matches, NotContains, NotEqual, NotMatches,
        };
        match self {
            Sort::Text => &[Equal, NotEqual, Contains, NotContains, Matches, NotMatches],
            Sort::Duration | Sort::Moment => &[Greater, GreaterOrEqual, Less, LessOrEqual, Equal, NotEqual],
            Sort::Choice(_) | Sort::Id(_) => &[Equal, NotEqual],
            Sort::Attribute => &[
                Equal,
                NotEqual,
                Contains,
                NotContains,
                Greater,
                GreaterOrEqual,
                Less,
                LessOrEqual,
                Matches,
                NotMatches,
            ],
        }
    }
}

impl Op {
    /// How it is written.
    pub fn sign(self) -> &'static str {
        match self {
            Op::Equal => "=",
            Op::NotEqual => "!=",
            Op::Less => "<",
            Op::LessOrEqual => "<=",
            Op::Greater => ">",
            Op::GreaterOrEqual => ">=",
            Op::Contains => "~",
            Op::NotContains => "!~",
            Op::Matches => "=~",
            Op::NotMatches => "!=~",
        }
    }

    pub(crate) fn from_sign(sign: &str) -> Option<Self> {
        Some(match sign {
            "=" | "==" => Op::Equal,
            "!=" => Op::NotEqual,
            "<" => Op::Less,
            "<=" => Op::LessOrEqual,
            ">" => Op::Greater,
            ">=" => Op::GreaterOrEqual,
            "~" => Op::Contains,
            "!~" => Op::NotContains,
            "=~" => Op::Matches,
            "!=~" => Op::NotMatches,
            _ => return None,
        })
    }

    /// The operator without its negation, and whether it had one.
    pub(crate) fn split(self) -> (Op, bool) {
        match self {
            Op::NotEqual => (Op::Equal, true),
            Op::NotContains => (Op::Contains, true),
            Op::NotMatches => (Op::Matches, true),
            other => (other, false),
        }
    }

    /// Whether its value is a text, whatever it looks like.
    pub(crate) fn takes_text(self) -> bool {
        matches!(self, Op::Contains | Op::NotContains | Op::Matches | Op::NotMatches)
    }

    pub(crate) fn is_pattern(self) -> bool {
        matches!(self, Op::Matches | Op::NotMatches)
    }

    pub(crate) fn is_order(self) -> bool {
        matches!(self, Op::Less | Op::LessOrEqual | Op::Greater | Op::GreaterOrEqual)
    }
}

/// Relations in the order in which they are offered.
pub(crate) const RELATIONS: &[Relation] = &[Relation::Descendant, Relation::Child, Relation::Linked, Relation::Sibling];

impl Relation {
    /// How it is written.
    pub fn sign(self) -> &'static str {
        match self {
            Relation::Child => ">",
            Relation::Descendant => ">>",
            Relation::Sibling => "~",
            Relation::Linked => "->",
        }
    }

    pub(crate) fn from_sign(sign: &str) -> Option<Self> {
        RELATIONS.iter().copied().find(|relation| relation.sign() == sign)
    }
}

/// The known word nearest to `word`, if one is near enough to be what was meant.
pub(crate) fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    const LONGEST: usize = 64;
    const MOST: usize = 5_000;
    if word.len() > LONGEST {
        return None;
    }
    let lower = word.to_lowercase();
    let mut best: Option<(usize, &str)> = None;
    for candidate in known.into_iter().filter(|candidate| candidate.len() <= LONGEST).take(MOST) {
        let allowed = (word.chars().count().max(candidate.chars().count()) / 3).max(1);
        if word.len().abs_diff(candidate.len()) > 4 * allowed {
            continue;
        }
        let distance = strsim::osa_distance(&lower, &candidate.to_lowercase());
        if distance <= allowed && best.is_none_or(|(least, _)| distance < least) {
            best = Some((distance, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}
