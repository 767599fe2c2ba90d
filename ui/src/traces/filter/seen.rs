//! What was seen, from the form in which it crosses the bridge.

use thalweg_protocol::{
    SeenNames,
    search::{AttributeOf, SeenAttribute},
};
use thalweg_spans::filter::{Scope, Seen, SeenKey, SeenValue};

pub(super) fn seen(names: SeenNames) -> Seen {
    Seen {
        services: values(names.services),
        names: values(names.names),
        events: values(names.events),
        scopes: values(names.scopes),
        keys: names.keys.into_iter().map(key).collect(),
    }
}

fn values(values: Vec<(String, u64)>) -> Vec<SeenValue> {
    values.into_iter().map(|(text, count)| SeenValue { text, count }).collect()
}

fn key(known: SeenAttribute) -> SeenKey {
    SeenKey {
        scope: match known.of {
            AttributeOf::Span => Scope::Span,
            AttributeOf::Resource => Scope::Resource,
            AttributeOf::Event => Scope::Event,
            AttributeOf::Link => Scope::Link,
        },
        key: known.key,
        count: known.count,
        has_numbers: known.has_numbers,
        has_texts: known.has_texts,
        values: values(known.values),
    }
}
