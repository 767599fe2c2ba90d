//! Values that have several forms, such as a distribution: the forms, the fields of each, and a fair beginning.

use serde_json::{Value, json};

use super::{Field, Input, Unit, distribution, number, rate, share, text, time, words};
use crate::text::field as t;

/// A value with several forms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::inspector) enum Choice {
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
    /// How much load retries may add.
    Budget,
    /// A schema and its language.
    Schema,
}

/// One form of a value.
#[derive(Debug, Clone, Copy)]
pub(in crate::inspector) struct Form {
    /// The word of the document.
    pub(in crate::inspector) word: &'static str,
    pub(in crate::inspector) shape: Shape,
}

/// How a form is written.
#[derive(Debug, Clone, Copy)]
pub(in crate::inspector) enum Shape {
    /// The word alone.
    Bare,
    /// One value: below the word, or in the place of it all where that is allowed.
    One(Field),
    /// Two values in a list.
    Pair(Field, Field),
    /// Several values with names.
    Map(&'static [Field]),
    /// A list of such.
    Rows(&'static [Field]),
}

const fn form(word: &'static str, shape: Shape) -> Form {
    Form { word, shape }
}

/// A field that must be there.
const fn must(field: Field) -> Field {
    field.must()
}

const MEAN: Field = must(time("mean", t::MEAN));
const TAIL_SHAPE: Field = must(number("shape", t::SHAPE));
const RATE: Field = must(rate("rate", t::RATE));
const SOURCE: Shape = Shape::One(must(Field::new("", t::PATH_OR_SCHEMA, Input::Free(t::PATH_OR_SCHEMA))));

const DISTRIBUTION: &[Form] = &[
    form("const", Shape::One(MEAN)),
    form("exponential", Shape::One(MEAN)),
    form("uniform", Shape::Pair(must(time("0", t::LEAST)), must(time("1", t::GREATEST)))),
    form("normal", Shape::Map(&[MEAN, must(time("sd", t::SD))])),
    form(
        "lognormal",
        Shape::Map(&[MEAN, must(time("p99", t::P99)).instead_of("cv"), must(number("cv", t::CV)).instead_of("p99")]),
    ),
    form("gamma", Shape::Map(&[MEAN, must(number("cv", t::CV))])),
    form("erlang", Shape::Map(&[MEAN, must(number("k", t::STAGES))])),
    form("weibull", Shape::Map(&[MEAN, TAIL_SHAPE])),
    form("pareto", Shape::Map(&[MEAN, TAIL_SHAPE])),
    form("hyperexponential", Shape::Rows(&[must(share("share", t::SHARE)), MEAN])),
    form("empirical", Shape::One(must(Field::new("", t::OBSERVED, Input::Values(Unit::Time))))),
];

const LOAD: &[Form] = &[
    form("constant", Shape::One(RATE)),
    form("poisson", Shape::One(RATE)),
    form(
        "ramp",
        Shape::Map(&[must(rate("from", t::RATE_FROM)), must(rate("to", t::RATE_TO)), must(time("over", t::OVER))]),
    ),
    form("steps", Shape::Rows(&[must(time("at", t::AT)), RATE])),
    form(
        "spike",
        Shape::Map(&[
            must(rate("base", t::BASE)),
            must(rate("peak", t::PEAK)),
            must(time("at", t::AT)),
            must(time("for", t::LASTS)),
        ]),
    ),
    form(
        "sine",
        Shape::Map(&[
            must(rate("mean", t::MEAN)),
            must(rate("amplitude", t::AMPLITUDE)),
            must(time("period", t::PERIOD)),
        ]),
    ),
    form("bursts", Shape::Map(&[must(time("on", t::ON)), must(time("off", t::OFF)), RATE])),
    form("batch", Shape::Map(&[must(number("size", t::SIZE)), must(distribution("every", t::EVERY))])),
    form("closed", Shape::Map(&[must(number("users", t::USERS)), must(distribution("think_time", t::THINK_TIME))])),
    form("replay", Shape::One(must(text("", t::FILE)))),
];

const BACKOFF: &[Form] = &[
    form("fixed", Shape::One(must(time("", t::DELAY)))),
    form(
        "exponential",
        Shape::Map(&[
            must(time("first", t::FIRST)),
            number("factor", t::FACTOR).or("2"),
            time("max", t::MOST).means(t::NO_LIMIT),
            words("jitter", t::JITTER, &["none", "full", "equal", "decorrelated"]).or("none"),
        ]),
    ),
    form("list", Shape::One(must(Field::new("", t::DELAYS, Input::Values(Unit::Time))))),
];

const WINDOW: &[Form] = &[
    form("tumbling", Shape::One(must(time("", t::LENGTH)))),
    form("sliding", Shape::Map(&[must(time("size", t::LENGTH)), must(time("every", t::EVERY))])),
    form("session", Shape::One(must(time("", t::LENGTH)))),
];

const KEY: &[Form] = &[
    form("zipf", Shape::Map(&[must(number("keys", t::KEYS)), must(number("s", t::EXPONENT))])),
    form("uniform", Shape::Map(&[must(number("keys", t::KEYS))])),
    form("unique", Shape::Bare),
];

const BUDGET: &[Form] = &[
    form("share", Shape::One(must(share("", t::SHARE)))),
    form("bucket", Shape::Map(&[must(share("share", t::SHARE)), number("burst", t::BURST).or("100")])),
];

const SCHEMA: &[Form] = &[form("json-schema", SOURCE), form("avro", SOURCE), form("protobuf", SOURCE)];

impl Choice {
    /// The forms to choose from.
    pub(in crate::inspector) fn forms(self) -> &'static [Form] {
        match self {
            Choice::Distribution => DISTRIBUTION,
            Choice::Load => LOAD,
            Choice::Backoff => BACKOFF,
            Choice::Window => WINDOW,
            Choice::Key => KEY,
            Choice::Budget => BUDGET,
            Choice::Schema => SCHEMA,
        }
    }

    /// The form that a value has; none for what is none of them.
    pub(in crate::inspector) fn form(self, value: &Value) -> Option<&'static Form> {
        let word = match (self, value) {
            (Choice::Budget, Value::Object(_)) => "bucket",
            (Choice::Budget, Value::String(_) | Value::Number(_)) => "share",
            (_, Value::Object(map)) if map.len() == 1 => map.keys().next()?.as_str(),
            (Choice::Distribution, Value::String(_)) => "const",
            (Choice::Backoff, Value::String(_)) => "fixed",
            (Choice::Backoff, Value::Array(_)) => "list",
            (Choice::Key, Value::String(word)) => word.as_str(),
            _ => return None,
        };
        self.forms().iter().find(|form| form.word == word)
    }

    /// Where the values of a form stand, below the value: behind its word, or nowhere deeper.
    pub(in crate::inspector) fn below(self, form: &Form, value: &Value) -> &'static str {
        match (self, value) {
            (Choice::Budget, _) => "",
            (_, Value::Object(_)) => form.word,
            _ => "",
        }
    }

    /// A value of the chosen form; times and rates of the old value are kept where they have the same meaning.
    pub(in crate::inspector) fn template(self, word: &str, old: Option<&Value>) -> Value {
        // A rate does not become a time.
        let alike = |text: &str, other: &str| {
            let traits = |t: &str| (t.contains('/'), t.ends_with('%'), t.starts_with(|c: char| c.is_ascii_digit()));
            self == Choice::Schema || traits(text) == traits(other)
        };
        let kept = |other: &str| {
            let old = old.and_then(first).and_then(Value::as_str).filter(|text| alike(text, other));
            json!(old.unwrap_or(other))
        };
        match (self, word) {
            (Choice::Distribution, "const") => kept("10ms"),
            (Choice::Distribution, "uniform") => json!({ "uniform": ["5ms", "15ms"] }),
            (Choice::Distribution, "normal") => json!({ "normal": { "mean": kept("10ms"), "sd": "2ms" } }),
            (Choice::Distribution, "lognormal") => json!({ "lognormal": { "mean": kept("10ms"), "cv": 1.0 } }),
            (Choice::Distribution, "gamma") => json!({ "gamma": { "mean": kept("10ms"), "cv": 0.8 } }),
            (Choice::Distribution, "erlang") => json!({ "erlang": { "mean": kept("10ms"), "k": 3 } }),
            (Choice::Distribution, "weibull") => json!({ "weibull": { "mean": kept("10ms"), "shape": 1.5 } }),
            (Choice::Distribution, "pareto") => json!({ "pareto": { "mean": kept("10ms"), "shape": 2.5 } }),
            (Choice::Distribution, "hyperexponential") => json!({ "hyperexponential": [
                { "share": "90%", "mean": kept("10ms") }, { "share": "10%", "mean": "100ms" }
            ] }),
            (Choice::Distribution, "empirical") => json!({ "empirical": [kept("10ms"), "12ms", "20ms"] }),
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
            (Choice::Load, "replay") => json!({ "replay": "events.csv" }),
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
            (Choice::Budget, "bucket") => json!({ "share": kept("10%"), "burst": 100 }),
            (Choice::Budget, _) => kept("10%"),
            (Choice::Schema, word) => json!({ word: kept("schema.json") }),
        }
    }
}

/// The first plain value in it: what a new choice keeps of the old one.
fn first(value: &Value) -> Option<&Value> {
    match value {
        Value::Object(map) => {
            let plain = ["mean", "rate", "base", "from", "first", "size", "share"].iter().find_map(|key| map.get(*key));
            plain.or_else(|| map.values().next()).and_then(first)
        }
        Value::Array(items) => items.first().and_then(first),
        Value::Null => None,
        plain => Some(plain),
    }
}

#[cfg(test)]
mod tests {
    use thalweg_flow::read;

    use super::*;

    const ALL: [(Choice, &str); 7] = [
        (Choice::Distribution, "service_time"),
        (Choice::Load, "load"),
        (Choice::Backoff, "backoff"),
        (Choice::Window, "window"),
        (Choice::Key, "key"),
        (Choice::Budget, "budget"),
        (Choice::Schema, "schema"),
    ];

    /// A document in which the value stands where such values stand.
    fn document(choice: Choice, field: &str, value: &Value) -> String {
        let node = match choice {
            Choice::Distribution => json!({ "kind": "consumer", "subscribes": [{ "from": "t" }], field: value }),
            Choice::Load => json!({ "kind": "producer", "publishes": [{ "to": "t" }], field: value }),
            Choice::Backoff | Choice::Budget => json!({
                "kind": "consumer", "subscribes": [{ "from": "t" }], "retry": { "attempts": 3, field: value }
            }),
            Choice::Window => json!({ "kind": "stream", "subscribes": [{ "from": "t" }], field: value }),
            Choice::Key => json!({ "kind": "producer", "publishes": [{ "to": "t", field: value }] }),
            Choice::Schema => json!({ "kind": "store" }),
        };
        let events = if choice == Choice::Schema { json!({ "e": { field: value } }) } else { json!({}) };
        // JSON is YAML.
        let nodes = json!({ "t": { "kind": "topic" }, "x": node });
        json!({ "thalweg": 1, "name": "T", "events": events, "nodes": nodes }).to_string()
    }

    /// The document's own reader judges every template.
    #[test]
    fn every_template_is_a_valid_value_of_its_form() {
        for (choice, field) in ALL {
            for form in choice.forms() {
                let value = choice.template(form.word, None);
                assert_eq!(choice.form(&value).map(|f| f.word), Some(form.word), "{value}");
                let reading = read(&document(choice, field, &value));
                assert!(!reading.has_errors(), "{}: {:?}", form.word, reading.problems);
            }
        }
    }

    #[test]
    fn another_form_of_every_form_is_valid() {
        for (choice, field) in ALL {
            for from in choice.forms() {
                for to in choice.forms() {
                    let value = choice.template(to.word, Some(&choice.template(from.word, None)));
                    let reading = read(&document(choice, field, &value));
                    assert!(!reading.has_errors(), "{} to {}: {:?}", from.word, to.word, reading.problems);
                }
            }
        }
    }

    #[test]
    fn values_have_forms() {
        let form = |choice: Choice, value: Value| choice.form(&value).map(|f| f.word);
        assert_eq!(form(Choice::Distribution, json!("18ms")), Some("const"));
        assert_eq!(form(Choice::Backoff, json!(["1s"])), Some("list"));
        assert_eq!(form(Choice::Key, json!("unique")), Some("unique"));
        assert_eq!(form(Choice::Budget, json!(0.1)), Some("share"));
        assert_eq!(form(Choice::Load, json!({ "a": 1, "b": 2 })), None);
    }
}
