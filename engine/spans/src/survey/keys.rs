//! What was seen in the traces of many blocks, by their headers alone: what filters are completed with.

use std::collections::{BTreeMap, HashMap};

use crate::filter::{Scope, Seen, SeenKey, SeenValue};
use crate::{AttributeValue, Header, ValueType};

/// Keys at most.
const KEYS: usize = 5_000;
/// Values of a key, or names of one sort, that are told: the most frequent.
const VALUES: usize = 50;
/// Longest value that is told, in bytes: nobody completes an essay.
const VALUE_BYTES: usize = 120;

/// Services, operations, keys with their most frequent values, as headers have them. Counts are of spans; of values they are no
/// more than how often they are among the most frequent of a block.
#[derive(Debug, Default)]
pub struct SeenInBlocks {
    services: HashMap<String, u64>,
    names: HashMap<String, u64>,
    keys: BTreeMap<String, Key>,
    resource_keys: BTreeMap<String, u64>,
}

#[derive(Debug, Default)]
struct Key {
    count: u64,
    has_numbers: bool,
    has_texts: bool,
    values: HashMap<String, u64>,
}

impl SeenInBlocks {
    /// Takes in what a block has.
    pub fn take(&mut self, header: &Header) {
        for (list, known) in [(&header.services, &mut self.services), (&header.operations, &mut self.names)] {
            for (text, count) in list.iter().filter(|(text, _)| is_told(text)) {
                *known.entry(text.clone()).or_default() += u64::from(*count);
            }
        }
        for key in header.keys.iter().filter(|key| is_told(&key.name)) {
            if self.keys.len() >= KEYS && !self.keys.contains_key(&key.name) {
                continue;
            }
            let known = self.keys.entry(key.name.clone()).or_default();
            known.count += u64::from(key.count);
            known.has_numbers |= matches!(key.value_type, ValueType::Int | ValueType::Double);
            known.has_texts |= key.value_type == ValueType::Text;
            for (value, count) in key.frequent() {
                if let Some(text) = written(value) {
                    *known.values.entry(text).or_default() += u64::from(count);
                }
            }
        }
        for key in header.resource_keys.iter().flatten().filter(|key| is_told(key) && *key != "service.name") {
            if self.resource_keys.len() < KEYS || self.resource_keys.contains_key(key) {
                *self.resource_keys.entry(key.clone()).or_default() += u64::from(header.spans);
            }
        }
    }

    /// What was seen, the most frequent first.
    pub fn seen(self) -> Seen {
        let own = self.keys.into_iter().map(|(key, known)| SeenKey {
            scope: Scope::Span,
            key,
            count: known.count,
            has_numbers: known.has_numbers,
            has_texts: known.has_texts,
            values: sorted(known.values),
        });
        let of_senders = self.resource_keys.into_iter().map(|(key, count)| SeenKey {
            scope: Scope::Resource,
            key,
            count,
            has_numbers: false,
            has_texts: false,
            values: Vec::new(),
        });
        let mut keys: Vec<SeenKey> = own.chain(of_senders).collect();
        keys.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.key.cmp(&b.key)));
        Seen { services: sorted(self.services), names: sorted(self.names), keys, ..Seen::default() }
    }
}

fn is_told(text: &str) -> bool {
    !text.is_empty() && text.len() <= VALUE_BYTES
}

fn written(value: AttributeValue<'_>) -> Option<String> {
    match value {
        AttributeValue::Text(text) => is_told(text).then(|| text.to_owned()),
        AttributeValue::Bool(truth) => Some(truth.to_string()),
        AttributeValue::Int(number) => Some(number.to_string()),
        AttributeValue::Double(number) => Some(number.to_string()),
        AttributeValue::Empty | AttributeValue::Other(_) => None,
    }
}

fn sorted(counts: HashMap<String, u64>) -> Vec<SeenValue> {
    let mut values: Vec<SeenValue> = counts.into_iter().map(|(text, count)| SeenValue { text, count }).collect();
    values.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.text.cmp(&b.text)));
    values.truncate(VALUES);
    values
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::survey::packed;
    use crate::{Attributes, Batch, Resource, Scope as SpanScope, Span};

    #[test]
    fn headers_tell_what_was_seen() {
        let mut sent_by = Attributes::default();
        sent_by.push("host.name", AttributeValue::Text("a1"));
        let spans = (0..40_u8).map(|id| {
            let mut attributes = Attributes::default();
            attributes.push("region", AttributeValue::Text(if id < 30 { "eu" } else { "us" }));
            attributes.push("attempt", AttributeValue::Int(i64::from(id % 2)));
            Span { trace_id: [1; 16], span_id: [id + 1; 8], name: "pay".into(), attributes, ..Span::default() }
        });
        let resources = vec![Resource { service: "shop".into(), attributes: sent_by, ..Resource::default() }];
        let batch = Batch { resources, scopes: vec![SpanScope::default()], spans: spans.collect() };
        let header = packed(&batch).header;
        let mut seen = SeenInBlocks::default();
        seen.take(&header);
        seen.take(&header);
        let seen = seen.seen();
        let value = |text: &str, count| SeenValue { text: text.into(), count };
        assert_eq!((seen.services, seen.names), (vec![value("shop", 80)], vec![value("pay", 80)]));
        let region = seen.keys.iter().find(|known| known.key == "region").unwrap();
        assert_eq!(
            (region.count, region.has_texts, &region.values),
            (80, true, &vec![value("eu", 60), value("us", 20)])
        );
        let attempt = seen.keys.iter().find(|known| known.key == "attempt").unwrap();
        assert_eq!((attempt.has_numbers, attempt.has_texts, attempt.values.len()), (true, false, 2));
        assert!(seen.keys.iter().any(|known| known.scope == Scope::Resource && known.key == "host.name"));
    }
}
