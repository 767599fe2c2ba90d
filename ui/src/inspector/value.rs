//! Values of the document as fields show and take them.

use serde_json::{Number, Value};
use thalweg_flow::Document;

use super::spec::{Input, Unit};

/// Longer values are not squeezed into a line.
const LONGEST: usize = 2_000;

/// A value as it is written in a field: plain values as they are, lists of them with commas, maps in braces where the
/// field takes such. None for what has no short text.
pub(super) fn shown(input: Input, value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) if text.contains('\n') => return None,
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Bool(value) => value.to_string(),
        Value::Array(items) if !items.is_empty() && matches!(input, Input::Values(_)) => {
            items.iter().map(plain).collect::<Option<Vec<_>>>()?.join(", ")
        }
        Value::Array(_) | Value::Object(_) if matches!(input, Input::Free(_)) => value.to_string(),
        _ => return None,
    };
    (text.len() <= LONGEST).then_some(text)
}

/// The plain values in it, in their order.
pub(super) fn leaves(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(map) => map.values().for_each(|value| leaves(value, found)),
        Value::Array(items) => items.iter().for_each(|value| leaves(value, found)),
        other => found.extend(plain(other)),
    }
}

fn plain(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// Whether a file of values is named rather than values.
fn is_csv(text: &str) -> bool {
    !text.contains(',')
        && std::path::Path::new(text).extension().is_some_and(|ending| ending.eq_ignore_ascii_case("csv"))
}

/// What was typed into a field, as a value.
pub(super) fn typed(input: Input, text: &str) -> Value {
    let text = text.trim();
    match input {
        Input::Value(unit) => measured(unit, text),
        // One file instead of values.
        Input::Values(_) if is_csv(text) => Value::from(text),
        Input::Values(unit) => {
            let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
            Value::Array(items.map(|item| measured(unit, item)).collect())
        }
        Input::Free(_) if text.starts_with(['{', '[']) => braced(text).unwrap_or_else(|| Value::from(text)),
        Input::Switch => Value::Bool(text == "true"),
        _ => Value::from(text),
    }
}

fn measured(unit: Unit, text: &str) -> Value {
    if matches!(unit, Unit::Word) {
        return Value::from(text);
    }
    if let Ok(whole) = text.parse::<u64>() {
        return Value::from(whole);
    }
    if let Ok(whole) = text.parse::<i64>() {
        return Value::from(whole);
    }
    text.parse::<f64>().ok().and_then(Number::from_f64).map_or_else(|| Value::from(text), Value::Number)
}

/// YAML in braces, as the document would read it.
fn braced(text: &str) -> Option<Value> {
    Document::open(format!("value: {text}\n")).value("value").filter(|value| value.is_object() || value.is_array())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::text::field::{A_MAP, A_PATTERN};

    #[test]
    fn what_is_shown_reads_back() {
        for (input, value) in [
            (Input::Value(Unit::Time), json!("18ms")),
            (Input::Value(Unit::Number), json!(6)),
            (Input::Value(Unit::Number), json!(-3)),
            (Input::Value(Unit::Share), json!(0.5)),
            (Input::Value(Unit::Any), json!("unlimited")),
            (Input::Values(Unit::Time), json!(["1s", "10s"])),
            (Input::Values(Unit::Time), json!("latencies.csv")),
            (Input::Values(Unit::Word), json!(["email", "2"])),
            (Input::Text, json!("2024")),
            (Input::Free(A_PATTERN), json!("order.*")),
            (Input::Free(A_MAP), json!({ "type": ["a", { "prefix": "b" }], "n": 1 })),
        ] {
            let text = shown(input, &value).unwrap();
            assert_eq!(typed(input, &text), value, "{text}");
        }
    }

    #[test]
    fn what_has_no_short_text_is_not_shown() {
        assert_eq!(shown(Input::Text, &json!({ "a": 1 })), None);
        assert_eq!(shown(Input::Values(Unit::Time), &json!([["a"]])), None);
        assert_eq!(shown(Input::Text, &json!("two\nlines")), None);
    }

    #[test]
    fn half_typed_braces_are_text() {
        assert_eq!(typed(Input::Free(A_MAP), "{ a: "), json!("{ a:"));
        assert_eq!(typed(Input::Free(A_MAP), "{ region: eu }"), json!({ "region": "eu" }));
        assert_eq!(typed(Input::Value(Unit::Number), "1e999"), json!("1e999"));
    }
}
