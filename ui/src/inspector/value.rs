//! Values of the document as the inspector shows and takes them: text in fields, choices with their templates.

use serde_json::{Number, Value, json};

/// A value as it is written in a field; lists of plain values with commas. None for what has no short text.
pub(super) fn shown(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(value) => Some(value.to_string()),
        Value::Array(items) if !items.is_empty() => {
            let plain = |item: &Value| if item.is_array() { None } else { shown(item) };
            items.iter().map(plain).collect::<Option<Vec<_>>>().map(|items| items.join(", "))
        }
        _ => None,
    }
}

/// What was typed as a value: a number where it is one, a list where there was one, else text.
pub(super) fn typed(text: &str, before: Option<&Value>) -> Value {
    let text = text.trim();
    if matches!(before, Some(Value::Array(_))) {
        return Value::Array(text.split(',').map(|item| typed(item, None)).collect());
    }
    if let Ok(whole) = text.parse::<u64>() {
        return Value::Number(whole.into());
    }
    if let Ok(whole) = text.parse::<i64>() {
        return Value::Number(whole.into());
    }
    match text.parse::<f64>().ok().and_then(Number::from_f64) {
        Some(number) => Value::Number(number),
        None => Value::String(text.to_owned()),
    }
}

/// A value below a choice that has a field of its own: its path below the choice, and its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Leaf {
    /// Such as `lognormal.mean`.
    pub(super) path: String,
    /// Such as `mean`.
    pub(super) label: String,
}

/// The fields of a value: all its plain values, in order.
pub(super) fn leaves(value: &Value) -> Vec<Leaf> {
    let mut found = Vec::new();
    collect(value, "", "", &mut found);
    found
}

fn collect(value: &Value, path: &str, label: &str, found: &mut Vec<Leaf>) {
    let below = |key: &str| if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                let deeper = if label.is_empty() { key.clone() } else { format!("{label} {key}") };
                collect(value, &below(key), &deeper, found);
            }
        }
        Value::Array(items) => {
            for (i, value) in items.iter().enumerate() {
                collect(value, &below(&i.to_string()), format!("{label} {}", i + 1).trim(), found);
            }
        }
        _ => found.push(Leaf { path: path.to_owned(), label: label.to_owned() }),
    }
}

/// The word that names what a value is: the only key of a map; `plain` for a bare value.
pub(super) fn tag<'v>(value: &'v Value, plain: &'static str) -> Option<&'v str> {
    match value {
        Value::Object(map) if map.len() == 1 => map.keys().next().map(String::as_str),
        Value::Array(_) => Some("list"),
        Value::Null | Value::Object(_) => None,
        _ => Some(plain),
    }
}

/// The first plain value in it: what a new choice keeps of the old one.
fn first(value: &Value) -> Option<&Value> {
    match value {
        Value::Object(map) => map.get("mean").or_else(|| map.values().next()).and_then(first),
        Value::Array(items) => items.first().and_then(first),
        Value::Null => None,
        plain => Some(plain),
    }
}

/// What a choice among several forms may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Choice {
    /// A distribution of a time.
    Distribution,
    /// A load.
    Load,
    /// A backoff.
    Backoff,
    /// A window of a stream.
    Window,
    /// How keys are chosen.
    Key,
}

impl Choice {
    /// The words to choose from.
    pub(super) fn words(self) -> &'static [&'static str] {
        match self {
            Choice::Distribution => {
                &["const", "exponential", "uniform", "normal", "lognormal", "gamma", "erlang", "weibull", "pareto"]
            }
            Choice::Load => &["constant", "poisson", "ramp", "steps", "spike", "sine", "bursts", "batch", "closed"],
            Choice::Backoff => &["fixed", "exponential", "list"],
            Choice::Window => &["tumbling", "sliding", "session"],
            Choice::Key => &["zipf", "uniform", "unique"],
        }
    }

    /// The word for a bare value.
    pub(super) fn plain(self) -> &'static str {
        match self {
            Choice::Distribution => "const",
            Choice::Backoff => "fixed",
            Choice::Key => "unique",
            Choice::Load | Choice::Window => "",
        }
    }

    /// A value of the chosen form; times and rates of the old value are kept where they have the same meaning.
    pub(super) fn template(self, word: &str, old: Option<&Value>) -> Value {
        let kept = |other: &str| old.and_then(first).filter(|v| v.is_string()).cloned().unwrap_or_else(|| json!(other));
        match (self, word) {
            (Choice::Distribution, "const") => kept("10ms"),
            (Choice::Distribution, "uniform") => json!({ "uniform": ["5ms", "15ms"] }),
            (Choice::Distribution, "normal") => json!({ "normal": { "mean": kept("10ms"), "sd": "2ms" } }),
            (Choice::Distribution, "lognormal") => json!({ "lognormal": { "mean": kept("10ms"), "cv": 1.0 } }),
            (Choice::Distribution, "gamma") => json!({ "gamma": { "mean": kept("10ms"), "cv": 0.8 } }),
            (Choice::Distribution, "erlang") => json!({ "erlang": { "mean": kept("10ms"), "k": 3 } }),
            (Choice::Distribution, "weibull") => json!({ "weibull": { "mean": kept("10ms"), "shape": 1.5 } }),
            (Choice::Distribution, "pareto") => json!({ "pareto": { "mean": kept("10ms"), "shape": 2.5 } }),
            (Choice::Distribution, _) => json!({ "exponential": kept("10ms") }),
            (Choice::Load, "ramp") => json!({ "ramp": { "from": kept("10/s"), "to": "100/s", "over": "5m" } }),
            (Choice::Load, "steps") => {
                json!({ "steps": [{ "at": "0s", "rate": kept("10/s") }, { "at": "5m", "rate": "100/s" }] })
            }
            (Choice::Load, "spike") => {
                json!({ "spike": { "base": kept("10/s"), "peak": "100/s", "at": "5m", "for": "1m" } })
            }
            (Choice::Load, "sine") => json!({ "sine": { "mean": kept("50/s"), "amplitude": "30/s", "period": "10m" } }),
            (Choice::Load, "bursts") => json!({ "bursts": { "on": "10s", "off": "50s", "rate": kept("100/s") } }),
            (Choice::Load, "batch") => json!({ "batch": { "size": 100, "every": "1m" } }),
            (Choice::Load, "closed") => json!({ "closed": { "users": 50, "think_time": "2s" } }),
            (Choice::Load, word) => json!({ word: kept("10/s") }),
            (Choice::Backoff, "exponential") => {
                json!({ "exponential": { "first": kept("200ms"), "factor": 2, "max": "10s", "jitter": "full" } })
            }
            (Choice::Backoff, "list") => json!([kept("1s"), "10s", "1m"]),
            (Choice::Backoff, _) => kept("200ms"),
            (Choice::Window, "sliding") => json!({ "sliding": { "size": kept("10m"), "every": "1m" } }),
            (Choice::Window, word) => json!({ word: kept("1m") }),
            (Choice::Key, "zipf") => json!({ "zipf": { "keys": 1000, "s": 1.0 } }),
            (Choice::Key, "uniform") => json!({ "uniform": { "keys": 1000 } }),
            (Choice::Key, _) => json!("unique"),
        }
    }
}

#[cfg(test)]
mod tests {
    use thalweg_flow::read;

    use super::*;

    #[test]
    fn what_is_shown_reads_back() {
        for value in [json!("18ms"), json!(6), json!(0.5), json!(["1s", "10s"])] {
            let text = shown(&value).unwrap();
            assert_eq!(typed(&text, Some(&value)), value);
        }
        assert_eq!(shown(&json!({ "a": 1 })), None);
        assert_eq!(typed(" unlimited ", None), json!("unlimited"));
        assert_eq!(typed("1e999", None), json!("1e999"));
        assert_eq!(typed("-3", None), json!(-3));
    }

    #[test]
    fn leaves_are_named_by_their_keys() {
        let value = json!({ "batch": { "size": 3, "every": { "exponential": "2s" } } });
        let names: Vec<_> = leaves(&value).into_iter().map(|l| (l.path, l.label)).collect();
        assert_eq!(
            names,
            [
                ("batch.size".to_owned(), "batch size".to_owned()),
                ("batch.every.exponential".to_owned(), "batch every exponential".to_owned()),
            ]
        );
    }

    /// The document's own reader judges every template.
    #[test]
    fn every_template_is_a_valid_value() {
        let cases = [
            (Choice::Distribution, "service_time"),
            (Choice::Load, "load"),
            (Choice::Backoff, "backoff"),
            (Choice::Window, "window"),
            (Choice::Key, "key"),
        ];
        for (choice, field) in cases {
            for word in choice.words() {
                let value = choice.template(word, None);
                assert_eq!(tag(&value, choice.plain()), Some(*word), "{value}");
                let node = match choice {
                    Choice::Distribution => {
                        json!({ "kind": "consumer", "subscribes": [{ "from": "t" }], field: value })
                    }
                    Choice::Load => json!({ "kind": "producer", "publishes": [{ "to": "t" }], field: value }),
                    Choice::Backoff => json!({
                        "kind": "consumer", "subscribes": [{ "from": "t" }], "retry": { "attempts": 3, field: value }
                    }),
                    Choice::Window => json!({ "kind": "stream", "subscribes": [{ "from": "t" }], field: value }),
                    Choice::Key => json!({ "kind": "producer", "publishes": [{ "to": "t", field: value }] }),
                };
                // JSON is YAML.
                let text = json!({ "thalweg": 1, "name": "T", "nodes": { "t": { "kind": "topic" }, "x": node } });
                let reading = read(&text.to_string());
                assert!(!reading.has_errors(), "{word}: {:?}", reading.problems);
            }
        }
    }
}
