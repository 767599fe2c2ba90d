//! What the newest traces hold: services, names, keys and their values, for completing filters.

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

/// What was seen in the newest traces.
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
    Ok(counts.seen())
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
