//! Brokers and event types.

use super::{Reader, shown};
use crate::model::{Broker, BrokerKind, Compatibility, EventType, Schema, SchemaFormat, SchemaSource};
use crate::tree::{Entry, Kind, Yaml};

/// The words of broker kinds.
pub(crate) const BROKER_KINDS: [(&str, BrokerKind); 9] = [
    ("kafka", BrokerKind::Kafka),
    ("rabbitmq", BrokerKind::Rabbitmq),
    ("eventbridge", BrokerKind::Eventbridge),
    ("sqs", BrokerKind::Sqs),
    ("sns", BrokerKind::Sns),
    ("pubsub", BrokerKind::Pubsub),
    ("eventgrid", BrokerKind::Eventgrid),
    ("nats", BrokerKind::Nats),
    ("generic", BrokerKind::Generic),
];

const COMPATIBILITIES: [(&str, Compatibility); 7] = [
    ("none", Compatibility::None),
    ("backward", Compatibility::Backward),
    ("forward", Compatibility::Forward),
    ("full", Compatibility::Full),
    ("backward-transitive", Compatibility::BackwardTransitive),
    ("forward-transitive", Compatibility::ForwardTransitive),
    ("full-transitive", Compatibility::FullTransitive),
];

const SCHEMA_FORMATS: [&str; 3] = ["json-schema", "avro", "protobuf"];

impl BrokerKind {
    /// The word of the document.
    pub fn name(self) -> &'static str {
        BROKER_KINDS.iter().find(|(_, kind)| *kind == self).map_or("", |(name, _)| name)
    }
}

impl Reader<'_> {
    pub(super) fn broker(&mut self, entry: &Entry) -> Option<Broker> {
        self.check_name(entry, "broker");
        let mut f = self.fields(&entry.value, "a broker: a map with `kind`")?;
        let kind = f.req(self, "kind", "kafka", |r, y| r.one_of(y, "a kind of broker", &BROKER_KINDS));
        let publish_latency = f.opt(self, "publish_latency", Self::distribution);
        let delivery_latency = f.opt(self, "delivery_latency", Self::distribution);
        let memory_limit = f.opt(self, "memory_limit", Self::size);
        let summary = f.opt(self, "summary", Self::text);
        f.done(self, "a broker");
        Some(Broker { kind: kind?, publish_latency, delivery_latency, memory_limit, summary })
    }

    pub(super) fn event_type(&mut self, entry: &Entry) -> Option<EventType> {
        if entry.key.text.trim().is_empty() || entry.key.text.contains(char::is_whitespace) {
            let message = format!("`{}` cannot name an event type", shown(&entry.key.text));
            let help = "write words joined by dots, such as `order.placed`".to_owned();
            self.error(entry.key.span.clone(), "name", message, Some(help));
        }
        let mut f = self.fields(&entry.value, "an event type: a map with `version`, `schema`, …")?;
        let event = EventType {
            version: f.opt(self, "version", Self::version),
            schema: f.opt(self, "schema", Self::schema),
            compatibility: f.opt(self, "compatibility", |r, y| r.one_of(y, "a compatibility", &COMPATIBILITIES)),
            size: f.opt(self, "size", Self::size),
            personal_data: f.list(self, "personal_data", Self::word_of_text),
            summary: f.opt(self, "summary", Self::text),
        };
        f.done(self, "an event type");
        Some(event)
    }

    /// A semantic version (semver.org 2.0.0): three numbers, optional pre-release and build.
    fn version(&mut self, y: &Yaml) -> Option<String> {
        let text = self.word_of_text(y)?;
        if is_semver(&text) {
            return Some(text);
        }
        let help = "write three numbers, such as `1.2.0`".to_owned();
        self.error(y.span.clone(), "version", format!("`{}` is not a semantic version", shown(&text)), Some(help));
        None
    }

    fn schema(&mut self, y: &Yaml) -> Option<Schema> {
        let (name, y) = self.choice(y, "a schema", &SCHEMA_FORMATS)?;
        let format = match name {
            "json-schema" => SchemaFormat::JsonSchema,
            "avro" => SchemaFormat::Avro,
            _ => SchemaFormat::Protobuf,
        };
        let source = match &y.kind {
            // A path is one line and begins with no bracket; anything else is the schema itself.
            Kind::Scalar(s) if s.text.contains('\n') || s.text.trim_start().starts_with(['{', '[', '"']) => {
                SchemaSource::Inline(y.to_json())
            }
            Kind::Scalar(_) => SchemaSource::Path(self.word_of_text(y)?),
            _ => SchemaSource::Inline(y.to_json()),
        };
        Some(Schema { format, source })
    }

    /// Names of nodes, brokers and scenarios are parts of paths and of expressions, so they are plain words.
    pub(super) fn check_name(&mut self, entry: &Entry, of: &str) {
        let name = &entry.key.text;
        if is_name(name) {
            return;
        }
        let help = "use letters, digits, `-` and `_`, beginning with a letter or digit, at most 100".to_owned();
        self.error(entry.key.span.clone(), "name", format!("`{}` cannot name a {of}", shown(name)), Some(help));
    }
}

/// Whether a text may name a node, broker or scenario.
pub(crate) fn is_name(name: &str) -> bool {
    name.len() <= 100
        && name.chars().all(|c| c.is_alphanumeric() || c == '-' || c == '_')
        && name.starts_with(|c: char| c.is_alphanumeric() || c == '_')
}

fn is_semver(text: &str) -> bool {
    let core = text.split(['-', '+']).next().unwrap_or("");
    let parts: Vec<&str> = core.split('.').collect();
    let number = |p: &&str| {
        !p.is_empty() && p.len() <= 10 && p.bytes().all(|b| b.is_ascii_digit()) && (*p == "0" || !p.starts_with('0'))
    };
    let rest = text.get(core.len()..).unwrap_or("");
    let rest_ok = rest.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'+' | b'.'))
        && !rest.ends_with(['-', '+', '.']);
    parts.len() == 3 && parts.iter().all(number) && rest_ok
}
