//! What was seen: services, names, keys and their values, for completing filters. Of all that is packed as far as its headers tell;
//! of the newest traces everything.

use std::collections::HashMap;
use std::ops::ControlFlow;

use thalweg_spans::filter::{Scope, Seen, SeenKey, SeenValue};
use thalweg_store::Store;

use super::each_summary;
use crate::model::{Attributes, Trace, Value};
use crate::query::{QueryError, get_trace};

/// Newest traces that are looked through: what people search for is in what they just did.
const TRACES: usize = 200;
/// Spans of those at most.
const SPANS: usize = 10_000;
/// Keys of attributes at most.
const KEYS: usize = 2_000;
/// Distinct values that are counted of a key; later ones are let go of.
const COUNTED: usize = 500;
/// Values of a key, or names of one sort, that are kept: the most frequent.
const VALUES: usize = 50;
/// Longest value that is kept, in bytes: nobody completes an essay.
const VALUE_BYTES: usize = 120;

/// What was seen.
///
/// # Errors
/// When the data file cannot be read.
pub async fn seen(store: &Store) -> Result<Seen, QueryError> {
    let mut newest = Vec::new();
    let mut spans = 0;
    each_summary(store, |summary| {
        spans += summary.spans as usize;
        newest.push(summary.trace_id);
        if newest.len() < TRACES && spans < SPANS { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    })
    .await?;
    let mut counts = Counts { left: SPANS, ..Counts::default() };
    for id in newest {
        // A damaged trace is told by what searches it.
        if let Ok(Some(trace)) = get_trace(store, id).await {
            counts.take(&trace);
        }
    }
    Ok(joined(counts.seen(), store.seen_in_blocks().await?))
}

/// Both together. The newest traces may be among what is packed, therefore the greater count is told.
fn joined(mut newest: Seen, packed: Seen) -> Seen {
    join(&mut newest.services, packed.services);
    join(&mut newest.names, packed.names);
    for key in packed.keys {
        match newest.keys.iter_mut().find(|known| known.scope == key.scope && known.key == key.key) {
            Some(known) => {
                known.count = known.count.max(key.count);
                known.has_numbers |= key.has_numbers;
                known.has_texts |= key.has_texts;
                join(&mut known.values, key.values);
            }
            None => newest.keys.push(key),
        }
    }
    newest.keys.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.key.cmp(&b.key)));
    newest.keys.truncate(KEYS);
    newest
}

fn join(known: &mut Vec<SeenValue>, others: Vec<SeenValue>) {
    for other in others {
        match known.iter_mut().find(|value| value.text == other.text) {
            Some(value) => value.count = value.count.max(other.count),
            None => known.push(other),
        }
    }
    known.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.text.cmp(&b.text)));
    known.truncate(VALUES);
}

#[derive(Default)]
struct Counts {
    left: usize,
    services: Values,
    names: Values,
    events: Values,
    scopes: Values,
    keys: HashMap<(Scope, String), Key>,
}

/// Texts and how often each was seen.
#[derive(Default)]
struct Values(HashMap<String, u64>);

#[derive(Default)]
struct Key {
    count: u64,
    has_numbers: bool,
    has_texts: bool,
    values: Values,
}

impl Values {
    fn take(&mut self, text: &str) {
        if text.is_empty() || text.len() > VALUE_BYTES {
            return;
        }
        if let Some(count) = self.0.get_mut(text) {
            *count += 1;
        } else if self.0.len() < COUNTED {
            self.0.insert(text.to_owned(), 1);
        }
    }

    /// The most frequent.
    fn seen(self) -> Vec<SeenValue> {
        let mut values: Vec<_> = self.0.into_iter().map(|(text, count)| SeenValue { text, count }).collect();
        values.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.text.cmp(&b.text)));
        values.truncate(VALUES);
        values
    }
}

impl Counts {
    fn take(&mut self, trace: &Trace) {
        for span in &trace.spans {
            if self.left == 0 {
                return;
            }
            self.left -= 1;
            self.services.take(trace.service(span));
            self.names.take(&span.name);
            self.attributes(Scope::Span, &span.attributes);
            if let Some(resource) = trace.resources.get(span.resource) {
                self.attributes(Scope::Resource, &resource.attributes);
            }
            if let Some(scope) = trace.scopes.get(span.scope) {
                self.scopes.take(&scope.name);
            }
            for event in &span.events {
                self.events.take(&event.name);
                self.attributes(Scope::Event, &event.attributes);
            }
            for link in &span.links {
                self.attributes(Scope::Link, &link.attributes);
            }
        }
    }

    fn attributes(&mut self, scope: Scope, attributes: &Attributes) {
        for (key, value) in attributes {
            // A field of its own.
            if (scope == Scope::Resource && key == "service.name") || key.is_empty() || key.len() > VALUE_BYTES {
                continue;
            }
            let place = (scope, key.clone());
            if self.keys.len() >= KEYS && !self.keys.contains_key(&place) {
                continue;
            }
            let known = self.keys.entry(place).or_default();
            known.count += 1;
            known.value(value);
        }
    }

    fn seen(self) -> Seen {
        let mut keys: Vec<SeenKey> = self
            .keys
            .into_iter()
            .map(|((scope, key), known)| SeenKey {
                scope,
                key,
                count: known.count,
                has_numbers: known.has_numbers,
                has_texts: known.has_texts,
                values: known.values.seen(),
            })
            .collect();
        keys.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.key.cmp(&b.key)));
        Seen {
            services: self.services.seen(),
            names: self.names.seen(),
            events: self.events.seen(),
            scopes: self.scopes.seen(),
            keys,
        }
    }
}

impl Key {
    fn value(&mut self, value: &Value) {
        match value {
            Value::String(text) => {
                self.has_texts = true;
                self.values.take(text);
            }
            Value::Bool(truth) => self.values.take(if *truth { "true" } else { "false" }),
            Value::Int(number) => {
                self.has_numbers = true;
                self.values.take(&number.to_string());
            }
            Value::Double(number) => {
                self.has_numbers = true;
                self.values.take(&number.to_string());
            }
            Value::Array(values) => values.iter().for_each(|value| self.value(value)),
            Value::Empty | Value::Bytes(_) | Value::Map(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_packed_is_added_to_the_newest() {
        let value = |text: &str, count| SeenValue { text: text.into(), count };
        let key = |key: &str, count, values| SeenKey {
            scope: Scope::Span,
            key: key.into(),
            count,
            has_numbers: false,
            has_texts: true,
            values,
        };
        let newest = Seen {
            services: vec![value("shop", 5), value("mail", 1)],
            keys: vec![key("region", 5, vec![value("eu", 5)])],
            ..Seen::default()
        };
        let packed = Seen {
            services: vec![value("old", 9), value("shop", 2)],
            keys: vec![key("region", 40, vec![value("us", 30), value("eu", 2)]), key("gone", 50, vec![])],
            ..Seen::default()
        };
        let seen = joined(newest, packed);
        assert_eq!(seen.services, [value("old", 9), value("shop", 5), value("mail", 1)]);
        let keys: Vec<_> = seen.keys.iter().map(|known| (known.key.as_str(), known.count)).collect();
        assert_eq!(keys, [("gone", 50), ("region", 40)]);
        assert_eq!(seen.keys[1].values, [value("us", 30), value("eu", 5)]);
    }
}
