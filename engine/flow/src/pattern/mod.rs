//! What routes and filters let through, in the languages of the brokers that have them.
//!
//! A pattern is parsed once ([`Matcher`]), with errors that point at the character; matching knows nothing of flows or
//! runs. A pattern sees what is known of a message before it exists, its [`Facts`]: event type, routing key, source and
//! static attributes. Schemas and generated payloads are not looked into.

mod attributes;
mod cidr;
mod event;
mod eventgrid;
mod glob;
mod headers;
#[cfg(test)]
mod reference;
mod words;

use std::fmt;
use std::sync::LazyLock;

use serde_json::{Map, Value};

pub use attributes::AttributeFilter;
pub use event::EventPattern;
pub use eventgrid::GridFilter;
pub use glob::TypeFilter;
pub use headers::HeaderPattern;
pub use words::{SubjectPattern, TopicPattern};

use crate::model::{BrokerKind, ExchangeType, Pattern, Publish};

/// What is known of a message that a pattern may look at.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// Its event type.
    pub event: Option<&'a str>,
    /// Its routing key; without one the event type is the key.
    pub routing_key: Option<&'a str>,
    /// The node that published it.
    pub source: &'a str,
    /// Its static headers, attributes or detail fields.
    pub attributes: &'a Map<String, Value>,
}

impl<'a> Facts<'a> {
    /// Those of what a node publishes by one entry of its `publishes`.
    pub fn of(source: &'a str, publish: &'a Publish) -> Self {
        let Publish { event, routing_key, attributes, .. } = publish;
        Facts { event: event.as_deref(), routing_key: routing_key.as_deref(), source, attributes }
    }

    /// Those of a message of which nothing is known.
    pub fn nothing() -> Self {
        static NONE: LazyLock<Map<String, Value>> = LazyLock::new(Map::new);
        Facts { event: None, routing_key: None, source: "", attributes: &NONE }
    }

    /// A text that is the same for the same facts only.
    pub fn identity(&self) -> String {
        let Facts { event, routing_key, source, attributes } = self;
        format!("{source:?} {event:?} {routing_key:?} {attributes:?}")
    }

    /// Routing key, subject or detail type: the routing key, else the event type, else empty.
    pub fn key(&self) -> &'a str {
        self.routing_key.or(self.event).unwrap_or("")
    }

    /// An attribute as a text, as header and attribute filters see it; nested values have none.
    fn text(&self, name: &str) -> Option<String> {
        match self.attributes.get(name) {
            Some(Value::String(text)) => Some(text.clone()),
            Some(Value::Null) => Some(String::new()),
            Some(value @ (Value::Bool(_) | Value::Number(_))) => Some(value.to_string()),
            // The attribute that CloudEvents' Pub/Sub binding gives the event type.
            None if name == "ce-type" => self.event.map(str::to_owned),
            Some(Value::Array(_) | Value::Object(_)) | None => None,
        }
    }
}

/// Why a pattern is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PatternError {
    /// What is wrong, one line without a full stop.
    pub message: String,
    /// What to write instead.
    pub help: String,
    /// In a text: the byte at which it is wrong.
    pub at: usize,
    /// In a map of fields: the keys and list positions that lead to what is wrong.
    pub path: Vec<String>,
}

impl PatternError {
    fn at(at: usize, message: impl Into<String>, help: impl Into<String>) -> Self {
        PatternError { message: message.into(), help: help.into(), at, path: Vec::new() }
    }

    fn in_fields(path: &[String], message: impl Into<String>, help: impl Into<String>) -> Self {
        PatternError { message: message.into(), help: help.into(), at: 0, path: path.to_vec() }
    }
}

impl fmt::Display for PatternError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; {}", self.message, self.help)
    }
}

impl std::error::Error for PatternError {}

/// A pattern in one of the languages, ready to match.
#[derive(Debug, Clone, PartialEq)]
pub enum Matcher {
    /// Everything: no pattern, or one that its kind of exchange does not look at.
    Everything,
    /// The routing key itself (direct exchanges).
    Key(String),
    /// AMQP topic exchanges.
    Topic(TopicPattern),
    /// NATS subjects.
    Subject(SubjectPattern),
    /// AMQP headers exchanges.
    Headers(HeaderPattern),
    /// EventBridge event patterns, against `detail-type`, `source` and `detail`.
    Event(EventPattern),
    /// SNS filter policies: the same language, against the attributes themselves.
    Policy(EventPattern),
    /// Pub/Sub filters.
    Attributes(AttributeFilter),
    /// Event Grid subscription filters.
    Grid(GridFilter),
    /// Event types, with `*`.
    Types(TypeFilter),
}

impl Matcher {
    /// The binding of an exchange. Without a pattern a route lets everything through, whatever the type.
    ///
    /// # Errors
    /// When the pattern is none in the language of this type.
    pub fn of_binding(exchange: ExchangeType, pattern: Option<&Pattern>) -> Result<Self, PatternError> {
        match (exchange, pattern) {
            (_, None) | (ExchangeType::Fanout, _) => Ok(Matcher::Everything),
            (ExchangeType::Direct, Some(Pattern::Key(key))) => {
                words::check_length(key).map(|()| Matcher::Key(key.clone()))
            }
            (ExchangeType::Topic, Some(Pattern::Key(key))) => TopicPattern::parse(key).map(Matcher::Topic),
            (ExchangeType::Headers, Some(Pattern::Fields(fields))) => {
                HeaderPattern::parse(fields).map(Matcher::Headers)
            }
            (ExchangeType::Direct | ExchangeType::Topic, Some(Pattern::Fields(_))) => {
                let message = "an exchange of this type matches a routing key, not fields";
                Err(PatternError::in_fields(&[], message, "write a key such as `order.placed`, or use `type: headers`"))
            }
            (ExchangeType::Headers, Some(Pattern::Key(_))) => {
                let message = "a headers exchange matches header values, not a routing key";
                Err(PatternError::at(0, message, "write a map such as `{ x-match: all, region: eu }`"))
            }
        }
    }

    /// The rule of a bus: an event pattern, or event types in short.
    ///
    /// # Errors
    /// When the pattern is none.
    pub fn of_rule(pattern: Option<&Pattern>) -> Result<Self, PatternError> {
        match pattern {
            None => Ok(Matcher::Everything),
            Some(Pattern::Key(types)) => TypeFilter::parse(types).map(Matcher::Types),
            Some(Pattern::Fields(fields)) => EventPattern::parse(fields).map(Matcher::Event),
        }
    }

    /// The filter of a subscription, in the language of the channel's broker: NATS subjects, Pub/Sub filters, SNS filter
    /// policies, Event Grid filters, EventBridge event patterns; event types everywhere else, and in a text wherever the
    /// broker's own language is written as a map.
    ///
    /// # Errors
    /// When the filter is none in that language.
    pub fn of_filter(broker: BrokerKind, filter: &Pattern) -> Result<Self, PatternError> {
        match (broker, filter) {
            (BrokerKind::Nats, Pattern::Key(text)) => SubjectPattern::parse(text).map(Matcher::Subject),
            (BrokerKind::Pubsub, Pattern::Key(text)) => AttributeFilter::parse(text).map(Matcher::Attributes),
            (_, Pattern::Key(text)) => TypeFilter::parse(text).map(Matcher::Types),
            (BrokerKind::Sns, Pattern::Fields(fields)) => EventPattern::parse(fields).map(Matcher::Policy),
            (BrokerKind::Eventbridge, Pattern::Fields(fields)) => EventPattern::parse(fields).map(Matcher::Event),
            (BrokerKind::Eventgrid, Pattern::Fields(fields)) => GridFilter::parse(fields).map(Matcher::Grid),
            (_, Pattern::Fields(_)) => {
                let message = "this broker's filters are texts, not fields";
                let help = match broker {
                    BrokerKind::Nats => "write a subject such as `orders.*.paid`",
                    BrokerKind::Pubsub => "write a filter such as `attributes.region = \"eu\"`",
                    _ => "write event types such as `order.placed` or `order.*`",
                };
                Err(PatternError::in_fields(&[], message, help))
            }
        }
    }

    /// Whether a message is let through.
    pub fn matches(&self, facts: &Facts<'_>) -> bool {
        match self {
            Matcher::Everything => true,
            Matcher::Key(key) => facts.key() == key,
            Matcher::Topic(pattern) => pattern.matches(facts.key()),
            Matcher::Subject(pattern) => pattern.matches(facts.key()),
            Matcher::Headers(pattern) => pattern.matches(facts.attributes),
            Matcher::Event(pattern) => pattern.matches(&envelope(facts)),
            Matcher::Policy(pattern) => pattern.matches(&policy_view(facts)),
            Matcher::Attributes(filter) => filter.matches(&|name| facts.text(name)),
            Matcher::Grid(filter) => filter.matches(facts),
            Matcher::Types(filter) => filter.matches(facts.event.unwrap_or_else(|| facts.key())),
        }
    }
}

/// The event as EventBridge shows it to its rules.
fn envelope(facts: &Facts<'_>) -> Value {
    let mut event = Map::new();
    event.insert("source".to_owned(), facts.source.into());
    if facts.event.or(facts.routing_key).is_some() {
        event.insert("detail-type".to_owned(), facts.key().into());
    }
    event.insert("detail".to_owned(), Value::Object(facts.attributes.clone()));
    Value::Object(event)
}

/// The message attributes as SNS shows them to its filter policies.
fn policy_view(facts: &Facts<'_>) -> Value {
    let mut attributes = facts.attributes.clone();
    if let Some(event) = facts.event {
        attributes.entry("ce-type").or_insert_with(|| event.into());
    }
    Value::Object(attributes)
}
