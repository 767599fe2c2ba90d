//! Maps that may be missing as a whole but need some keys when they are there: what is written with the first of them.

use serde_json::Value;

/// The keys that a map needs, with a value that is a fair beginning; none for maps that need none.
pub(in crate::inspector) fn needed(map: &str) -> &'static [(&'static str, &'static str)] {
    MAPS.iter().find(|(name, _)| *name == map).map_or(&[], |(_, keys)| keys)
}

/// By the map's own key, which means the same wherever it stands.
pub(super) const MAPS: &[(&str, &[(&str, &str)])] = &[
    ("outbox", &[("every", "1s"), ("batch", "100")]),
    ("retry", &[("attempts", "3")]),
    ("breaker", &[("failures", "5"), ("within", "10s"), ("open", "30s")]),
    ("idempotent", &[("key", "event_id"), ("window", "24h")]),
    ("batch", &[("size", "10"), ("wait", "100ms")]),
    ("autoscale", &[("min", "1"), ("max", "10"), ("target_lag", "100"), ("every", "15s"), ("cooldown", "5m")]),
    ("checkpoint", &[("every", "1m"), ("duration", "1s")]),
];

/// A number where it is one, else the text.
pub(super) fn value(text: &str) -> Value {
    text.parse::<u64>().map_or_else(|_| Value::from(text), Value::from)
}

/// All that a map needs, but for one key.
pub(in crate::inspector) fn others(map: &str, but: &str) -> impl Iterator<Item = (String, Value)> {
    needed(map).iter().filter(move |(key, _)| *key != but).map(|(key, text)| ((*key).to_owned(), value(text)))
}
