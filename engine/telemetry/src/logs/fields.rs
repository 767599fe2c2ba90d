//! A stored log record as a filter sees it.

use thalweg_spans::filter::{Field, Fields, Scalar, Scope, Values};

use super::{Log, Logs};
use crate::model::{Attributes, Value, attribute};
use crate::search::{gather_bytes, scalars};

/// One record, ready to be asked.
pub(super) struct Record<'a> {
    log: &'a Log,
    resource: Option<&'a Attributes>,
    scope: &'a str,
    trace_id: Option<String>,
    span_id: Option<String>,
    /// Values that are bytes, with their digits.
    digits: Vec<(&'a [u8], String)>,
}

impl<'a> Record<'a> {
    pub(super) fn new(logs: &'a Logs, log: &'a Log) -> Self {
        let resource = logs.resources.get(log.resource).map(|resource| &resource.attributes);
        let mut digits = Vec::new();
        for (_, value) in log.attributes.iter().chain(resource.into_iter().flatten()) {
            gather_bytes(value, &mut digits);
        }
        Record {
            log,
            resource,
            scope: logs.scopes.get(log.scope).map_or("", |scope| scope.name.as_str()),
            trace_id: log.trace_id.map(|id| id.to_string()),
            span_id: log.span_id.map(|id| id.to_string()),
            digits,
        }
    }

    fn gather<'s>(&'s self, value: &'s Value, found: &mut Vec<Scalar<'s>>) {
        let digits_of = |bytes: &[u8]| {
            self.digits.iter().find(|(known, _)| *known == bytes).map_or("", |(_, digits)| digits.as_str())
        };
        scalars(value, &digits_of, found);
    }

    fn value(&self, value: Option<&'a Value>) -> Values<'_> {
        let Some(value) = value else { return Values::None };
        let mut found = Vec::new();
        self.gather(value, &mut found);
        if let [one] = found[..] { Values::One(one) } else { Values::Many(found) }
    }

    fn anywhere(&self) -> Values<'_> {
        let mut found = vec![Scalar::Text(&self.log.text), Scalar::Text(&self.log.service)];
        if !self.log.event_name.is_empty() {
            found.push(Scalar::Text(&self.log.event_name));
        }
        for (_, value) in self.log.attributes.iter().chain(self.resource.into_iter().flatten()) {
            self.gather(value, &mut found);
        }
        Values::Many(found)
    }
}

fn text(text: &str) -> Values<'_> {
    if text.is_empty() { Values::None } else { Values::One(Scalar::Text(text)) }
}

impl Fields for Record<'_> {
    fn get(&self, field: &Field) -> Values<'_> {
        match field {
            Field::Service => Values::One(Scalar::Text(&self.log.service)),
            Field::EventName => text(&self.log.event_name),
            Field::ScopeName => text(self.scope),
            Field::TraceId => text(self.trace_id.as_deref().unwrap_or_default()),
            Field::SpanId => text(self.span_id.as_deref().unwrap_or_default()),
            Field::Anywhere => self.anywhere(),
            Field::Attribute(Scope::Any, key) => {
                let own = attribute(&self.log.attributes, key);
                self.value(own.or_else(|| attribute(self.resource?, key)))
            }
            Field::Attribute(Scope::Span, key) => self.value(attribute(&self.log.attributes, key)),
            Field::Attribute(Scope::Resource, key) => {
                self.value(self.resource.and_then(|attributes| attribute(attributes, key)))
            }
            // A filter of records does not name them.
            Field::Name
            | Field::Duration
            | Field::Start
            | Field::Status
            | Field::StatusMessage
            | Field::Kind
            | Field::TraceStart
            | Field::TraceDuration
            | Field::Attribute(Scope::Event | Scope::Link, _) => Values::None,
        }
    }
}
