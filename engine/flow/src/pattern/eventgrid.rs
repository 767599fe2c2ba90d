//! Filters of Event Grid subscriptions (Microsoft, "Understand event filtering for Event Grid subscriptions").
//!
//! `{ includedEventTypes: […], subjectBeginsWith: …, subjectEndsWith: …, advancedFilters: [{ operatorType, key, values }] }`:
//! all of them must match; several values of one filter are alternatives. The subject is the routing key, `data.…` the
//! attributes. Texts of advanced filters are compared without regard to case.

use serde_json::Value;

use super::{Facts, PatternError};

/// Filters and values of one subscription.
const MOST: usize = 25;
/// Characters of a value.
const LONGEST: usize = 512;

/// A filter of a subscription.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct GridFilter {
    types: Option<Vec<String>>,
    begins: Option<String>,
    ends: Option<String>,
    case_sensitive: bool,
    advanced: Vec<Advanced>,
}

#[derive(Debug, Clone, PartialEq)]
struct Advanced {
    key: Vec<String>,
    negated: bool,
    test: Test,
}

#[derive(Debug, Clone, PartialEq)]
enum Test {
    NumberIn(Vec<f64>),
    NumberInRange(Vec<[f64; 2]>),
    LessThan(f64),
    LessThanOrEquals(f64),
    GreaterThan(f64),
    GreaterThanOrEquals(f64),
    Bool(bool),
    StringIn(Vec<String>),
    StringContains(Vec<String>),
    StringBeginsWith(Vec<String>),
    StringEndsWith(Vec<String>),
    NullOrUndefined,
}

const OPERATORS: &str = "NumberIn, NumberNotIn, NumberInRange, NumberNotInRange, NumberLessThan, NumberLessThanOrEquals, \
     NumberGreaterThan, NumberGreaterThanOrEquals, BoolEquals, StringIn, StringNotIn, StringContains, StringNotContains, \
     StringBeginsWith, StringNotBeginsWith, StringEndsWith, StringNotEndsWith, IsNullOrUndefined, IsNotNull";

impl GridFilter {
    /// Reads a filter.
    ///
    /// # Errors
    /// When a key or an operator is unknown or its value does not fit, with the keys that lead to it.
    pub fn parse(fields: &Value) -> Result<Self, PatternError> {
        let known =
            "write includedEventTypes, subjectBeginsWith, subjectEndsWith, isSubjectCaseSensitive or advancedFilters";
        let Value::Object(map) = fields else {
            return Err(PatternError::in_fields(&[], "a filter of Event Grid is a map", known));
        };
        let mut filter = GridFilter::default();
        for (key, value) in map {
            let wrong =
                |what: &str| PatternError::in_fields(std::slice::from_ref(key), format!("`{key}` is {what}"), known);
            match (key.as_str(), value) {
                ("includedEventTypes", value) => {
                    filter.types = Some(texts(value).ok_or_else(|| wrong("a list of texts"))?);
                }
                ("subjectBeginsWith", Value::String(text)) => filter.begins = Some(text.clone()),
                ("subjectEndsWith", Value::String(text)) => filter.ends = Some(text.clone()),
                ("isSubjectCaseSensitive", Value::Bool(value)) => filter.case_sensitive = *value,
                ("advancedFilters", Value::Array(list)) if list.len() <= MOST => {
                    for (index, item) in list.iter().enumerate() {
                        let path = vec![key.clone(), index.to_string()];
                        filter.advanced.push(advanced(path, item)?);
                    }
                }
                ("advancedFilters", _) => return Err(wrong("a list of at most 25 filters")),
                ("subjectBeginsWith" | "subjectEndsWith", _) => return Err(wrong("a text")),
                ("isSubjectCaseSensitive", _) => return Err(wrong("true or false")),
                _ => return Err(wrong("no part of a filter")),
            }
        }
        Ok(filter)
    }

    /// Whether a message is let through.
    pub fn matches(&self, facts: &Facts<'_>) -> bool {
        let fold = |text: &str| if self.case_sensitive { text.to_owned() } else { text.to_lowercase() };
        let subject = fold(facts.key());
        let typed = |types: &Vec<String>| types.iter().any(|t| facts.event.is_some_and(|e| e.eq_ignore_ascii_case(t)));
        self.types.as_ref().is_none_or(typed)
            && self.begins.as_ref().is_none_or(|text| subject.starts_with(&fold(text)))
            && self.ends.as_ref().is_none_or(|text| subject.ends_with(&fold(text)))
            && self.advanced.iter().all(|filter| filter.holds(facts))
    }
}

fn texts(value: &Value) -> Option<Vec<String>> {
    let list = value.as_array().filter(|list| !list.is_empty() && list.len() <= MOST)?;
    let text = |v: &Value| v.as_str().filter(|text| text.chars().count() <= LONGEST).map(str::to_owned);
    list.iter().map(text).collect()
}

fn numbers(value: &Value) -> Option<Vec<f64>> {
    let list = value.as_array().filter(|list| !list.is_empty() && list.len() <= MOST)?;
    list.iter().map(Value::as_f64).collect()
}

fn ranges(value: &Value) -> Option<Vec<[f64; 2]>> {
    let list = value.as_array().filter(|list| !list.is_empty() && list.len() <= MOST)?;
    let range = |v: &Value| match v.as_array().map(Vec::as_slice) {
        Some([low, high]) => Some([low.as_f64()?, high.as_f64()?]),
        _ => None,
    };
    list.iter().map(range).collect()
}

fn advanced(mut path: Vec<String>, item: &Value) -> Result<Advanced, PatternError> {
    let example = "write `{ operatorType: StringIn, key: data.region, values: [eu, us] }`";
    let Value::Object(map) = item else {
        return Err(PatternError::in_fields(&path, "an advanced filter is a map", example));
    };
    if let Some(unknown) = map.keys().find(|key| !["operatorType", "key", "value", "values"].contains(&key.as_str())) {
        path.push(unknown.clone());
        return Err(PatternError::in_fields(&path, format!("an advanced filter has no `{unknown}`"), example));
    }
    let Some(key) = map.get("key").and_then(Value::as_str).filter(|key| !key.is_empty()) else {
        return Err(PatternError::in_fields(&path, "`key` is missing", example));
    };
    let Some(operator) = map.get("operatorType").and_then(Value::as_str) else {
        return Err(PatternError::in_fields(&path, "`operatorType` is missing", example));
    };
    let (value, values) = (map.get("value"), map.get("values"));
    let number = || value.and_then(Value::as_f64);
    let lower = |value: &Value| texts(value).map(|list| list.iter().map(|text| text.to_lowercase()).collect());
    let (negated, test) = match operator {
        "NumberIn" | "NumberNotIn" => (operator == "NumberNotIn", values.and_then(numbers).map(Test::NumberIn)),
        "NumberInRange" | "NumberNotInRange" => {
            (operator == "NumberNotInRange", values.and_then(ranges).map(Test::NumberInRange))
        }
        "NumberLessThan" => (false, number().map(Test::LessThan)),
        "NumberLessThanOrEquals" => (false, number().map(Test::LessThanOrEquals)),
        "NumberGreaterThan" => (false, number().map(Test::GreaterThan)),
        "NumberGreaterThanOrEquals" => (false, number().map(Test::GreaterThanOrEquals)),
        "BoolEquals" => (false, value.and_then(Value::as_bool).map(Test::Bool)),
        "StringIn" | "StringNotIn" => (operator == "StringNotIn", values.and_then(lower).map(Test::StringIn)),
        "StringContains" | "StringNotContains" => {
            (operator == "StringNotContains", values.and_then(lower).map(Test::StringContains))
        }
        "StringBeginsWith" | "StringNotBeginsWith" => {
            (operator == "StringNotBeginsWith", values.and_then(lower).map(Test::StringBeginsWith))
        }
        "StringEndsWith" | "StringNotEndsWith" => {
            (operator == "StringNotEndsWith", values.and_then(lower).map(Test::StringEndsWith))
        }
        "IsNullOrUndefined" | "IsNotNull" => (operator == "IsNotNull", Some(Test::NullOrUndefined)),
        _ => {
            path.push("operatorType".to_owned());
            let message = format!("there is no operator `{operator}`");
            return Err(PatternError::in_fields(&path, message, format!("write one of {OPERATORS}")));
        }
    };
    let Some(test) = test else {
        let message = format!("the value of `{operator}` is missing or does not fit");
        return Err(PatternError::in_fields(&path, message, example));
    };
    Ok(Advanced { key: key.split('.').map(str::to_owned).collect(), negated, test })
}

impl Advanced {
    fn holds(&self, facts: &Facts<'_>) -> bool {
        self.negated
            != self.value(facts).as_ref().map_or(self.test == Test::NullOrUndefined, |value| self.test.holds(value))
    }

    fn value(&self, facts: &Facts<'_>) -> Option<Value> {
        match self.key.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
            ["subject"] => Some(facts.key().into()),
            ["eventType" | "type"] => facts.event.map(Value::from),
            ["topic" | "source"] => Some(facts.source.into()),
            ["data", first, rest @ ..] => {
                let first = facts.attributes.get(*first);
                rest.iter().try_fold(first?, |value, key| value.get(key)).cloned()
            }
            _ => None,
        }
    }
}

impl Test {
    fn holds(&self, value: &Value) -> bool {
        let number = |test: &dyn Fn(f64) -> bool| value.as_f64().is_some_and(test);
        let text = |list: &[String], test: fn(&str, &str) -> bool| {
            value.as_str().map(str::to_lowercase).is_some_and(|value| list.iter().any(|wanted| test(&value, wanted)))
        };
        match self {
            Test::NumberIn(list) => number(&|n| list.contains(&n)),
            Test::NumberInRange(list) => number(&|n| list.iter().any(|[low, high]| *low <= n && n <= *high)),
            Test::LessThan(bound) => number(&|n| n < *bound),
            Test::LessThanOrEquals(bound) => number(&|n| n <= *bound),
            Test::GreaterThan(bound) => number(&|n| n > *bound),
            Test::GreaterThanOrEquals(bound) => number(&|n| n >= *bound),
            Test::Bool(wanted) => value.as_bool() == Some(*wanted),
            Test::StringIn(list) => text(list, |value, wanted| value == wanted),
            Test::StringContains(list) => text(list, |value, wanted| value.contains(wanted)),
            Test::StringBeginsWith(list) => text(list, |value, wanted| value.starts_with(wanted)),
            Test::StringEndsWith(list) => text(list, |value, wanted| value.ends_with(wanted)),
            Test::NullOrUndefined => value.is_null(),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// The truth tables of Microsoft's page.
    #[test]
    fn filters_match_as_documented() {
        let attributes = json!({ "region": "EU-West", "size": 7, "paid": true, "note": null, "deep": { "n": 1.5 } });
        let facts = Facts {
            event: Some("order.placed"),
            routing_key: Some("/blobs/container/Name.JPG"),
            source: "shop",
            attributes: attributes.as_object().unwrap(),
        };
        let advanced = |operator: &str, key: &str, name: &str, value: Value| json!({ "advancedFilters": [{ "operatorType": operator, "key": key, name: value }] });
        for (filter, matched) in [
            (json!({}), true),
            (json!({ "includedEventTypes": ["order.paid", "order.placed"] }), true),
            (json!({ "includedEventTypes": ["order.paid"] }), false),
            (json!({ "subjectBeginsWith": "/blobs/container/", "subjectEndsWith": ".jpg" }), true),
            (json!({ "subjectEndsWith": ".jpg", "isSubjectCaseSensitive": true }), false),
            (advanced("StringIn", "data.region", "values", json!(["eu-west", "us"])), true),
            (advanced("StringNotIn", "data.region", "values", json!(["eu-west"])), false),
            (advanced("StringNotIn", "data.absent", "values", json!(["x"])), true),
            (advanced("StringContains", "data.region", "values", json!(["u-w"])), true),
            (advanced("StringNotContains", "data.region", "values", json!(["u-w"])), false),
            (advanced("StringBeginsWith", "data.region", "values", json!(["US", "EU"])), true),
            (advanced("StringEndsWith", "data.region", "values", json!(["east"])), false),
            (advanced("NumberIn", "data.size", "values", json!([1, 7])), true),
            (advanced("NumberNotIn", "data.size", "values", json!([1, 7])), false),
            (advanced("NumberInRange", "data.size", "values", json!([[1, 2], [5, 7]])), true),
            (advanced("NumberNotInRange", "data.size", "values", json!([[8, 9]])), true),
            (advanced("NumberLessThan", "data.deep.n", "value", json!(1.5)), false),
            (advanced("NumberLessThanOrEquals", "data.deep.n", "value", json!(1.5)), true),
            (advanced("NumberGreaterThan", "data.region", "value", json!(0)), false),
            (advanced("NumberGreaterThanOrEquals", "data.size", "value", json!(7)), true),
            (advanced("BoolEquals", "data.paid", "value", json!(true)), true),
            (advanced("IsNullOrUndefined", "data.note", "value", json!(0)), true),
            (advanced("IsNullOrUndefined", "data.absent", "value", json!(0)), true),
            (advanced("IsNotNull", "data.region", "value", json!(0)), true),
            (advanced("IsNotNull", "data.absent", "value", json!(0)), false),
            (advanced("StringIn", "eventType", "values", json!(["ORDER.PLACED"])), true),
        ] {
            assert_eq!(GridFilter::parse(&filter).unwrap().matches(&facts), matched, "{filter}");
        }
    }

    #[test]
    fn errors_say_where() {
        for (filter, path) in [
            (json!([]), ""),
            (json!({ "eventTypes": ["a"] }), "eventTypes"),
            (json!({ "includedEventTypes": [] }), "includedEventTypes"),
            (
                json!({ "advancedFilters": [{ "key": "a", "operatorType": "StringLike" }] }),
                "advancedFilters/0/operatorType",
            ),
            (
                json!({ "advancedFilters": [{ "key": "a", "operatorType": "StringIn", "value": "x" }] }),
                "advancedFilters/0",
            ),
            (json!({ "advancedFilters": [{ "operatorType": "IsNotNull" }] }), "advancedFilters/0"),
            (json!({ "advancedFilters": [{ "kye": "a" }] }), "advancedFilters/0/kye"),
        ] {
            assert_eq!(GridFilter::parse(&filter).unwrap_err().path.join("/"), path, "{filter}");
        }
    }
}
