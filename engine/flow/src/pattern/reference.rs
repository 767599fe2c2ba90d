//! Matching as one would write it on a napkin, against which the real one is held.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::glob::Glob;
use super::{AttributeFilter, EventPattern, GridFilter, HeaderPattern, SubjectPattern, TopicPattern, TypeFilter};

/// Topic words by plain recursion.
fn topic(pattern: &[&str], words: &[&str]) -> bool {
    match (pattern, words) {
        ([], words) => words.is_empty(),
        (["#", rest @ ..], words) => (0..=words.len()).any(|taken| topic(rest, &words[taken..])),
        (["*", rest @ ..], [_, words @ ..]) => topic(rest, words),
        ([own, rest @ ..], [word, words @ ..]) => own == word && topic(rest, words),
        _ => false,
    }
}

fn subject(pattern: &[&str], words: &[&str]) -> bool {
    match (pattern, words) {
        ([">"], words) => !words.is_empty(),
        ([], []) => true,
        (["*", rest @ ..], [_, words @ ..]) => subject(rest, words),
        ([own, rest @ ..], [word, words @ ..]) => own == word && subject(rest, words),
        _ => false,
    }
}

fn glob(pattern: &[char], text: &[char]) -> bool {
    match (pattern, text) {
        ([], text) => text.is_empty(),
        (['*', rest @ ..], text) => (0..=text.len()).any(|taken| glob(rest, &text[taken..])),
        ([own, rest @ ..], [c, text @ ..]) => own == c && glob(rest, text),
        _ => false,
    }
}

fn dotted(words: &[&'static str], most: usize) -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(words.to_vec()), 1..most).prop_map(|words| words.join("."))
}

/// Leaves of an event by their path, lists flattened: how AWS's own rule machine sees it.
fn leaves(prefix: &str, value: &Value, into: &mut BTreeMap<String, Vec<Value>>) {
    match value {
        Value::Object(map) => map.iter().for_each(|(key, value)| leaves(&format!("{prefix}/{key}"), value, into)),
        Value::Array(list) => list.iter().for_each(|value| leaves(prefix, value, into)),
        leaf => into.entry(prefix.to_owned()).or_default().push(leaf.clone()),
    }
}

/// An event pattern against flattened leaves. Lists of maps are not among the generated events.
fn rule(prefix: &str, pattern: &Value, event: &BTreeMap<String, Vec<Value>>) -> bool {
    pattern.as_object().unwrap().iter().all(|(key, wanted)| {
        let path = format!("{prefix}/{key}");
        match wanted {
            Value::Array(list) if key == "$or" => list.iter().any(|pattern| rule(prefix, pattern, event)),
            Value::Array(list) => {
                let found = event.get(&path).map_or(&[][..], Vec::as_slice);
                list.iter().any(|alternative| match alternative.get("exists") {
                    Some(exists) => exists.as_bool() == Some(!found.is_empty()),
                    None => found.iter().any(|value| one(alternative, value)),
                })
            }
            nested => rule(&path, nested, event),
        }
    })
}

fn one(alternative: &Value, value: &Value) -> bool {
    let Some((operator, wanted)) = alternative.as_object().and_then(|map| map.iter().next()) else {
        return alternative == value;
    };
    match operator.as_str() {
        "prefix" => value.as_str().is_some_and(|v| v.starts_with(wanted.as_str().unwrap())),
        "suffix" => value.as_str().is_some_and(|v| v.ends_with(wanted.as_str().unwrap())),
        "wildcard" => value.as_str().is_some_and(|v| {
            glob(&wanted.as_str().unwrap().chars().collect::<Vec<_>>(), &v.chars().collect::<Vec<_>>())
        }),
        "numeric" => value.as_i64().is_some_and(|v| v >= wanted[1].as_i64().unwrap()),
        "anything-but" => match wanted {
            Value::Array(list) => !list.contains(value),
            Value::Object(_) => !one(wanted, value),
            single => single != value,
        },
        other => panic!("{other} is not generated"),
    }
}

fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        prop::sample::select(vec!["", "a", "ab", "ba", "aba"]).prop_map(Value::from),
        (0..4_i64).prop_map(Value::from),
        any::<bool>().prop_map(Value::from),
        Just(Value::Null),
    ]
}

fn alternative() -> impl Strategy<Value = Value> {
    let text = || prop::sample::select(vec!["a", "b", "ab"]);
    prop_oneof![
        scalar(),
        text().prop_map(|t| json!({ "prefix": t })),
        text().prop_map(|t| json!({ "suffix": t })),
        prop::sample::select(vec!["a*", "*a", "a*a", "*b*", "*"]).prop_map(|t| json!({ "wildcard": t })),
        (0..4_i64).prop_map(|n| json!({ "numeric": [">=", n] })),
        any::<bool>().prop_map(|b| json!({ "exists": b })),
        scalar().prop_map(|v| json!({ "anything-but": v })),
        prop::collection::vec(text(), 1..3).prop_map(|v| json!({ "anything-but": v })),
        text().prop_map(|t| json!({ "anything-but": { "prefix": t } })),
    ]
}

fn named<T: Strategy<Value = Value>>(values: T) -> impl Strategy<Value = Value> {
    prop::collection::btree_map(prop::sample::select(vec!["x", "y", "z"]), values, 1..3)
        .prop_map(|map| Value::Object(map.into_iter().map(|(k, v)| (k.to_owned(), v)).collect::<Map<_, _>>()))
}

fn event_pattern() -> impl Strategy<Value = Value> {
    let leaf = || prop::collection::vec(alternative(), 1..3).prop_map(Value::from);
    let flat = || named(leaf());
    let deep = || named(prop_oneof![leaf(), flat()]);
    (deep(), prop::option::of((flat(), flat()))).prop_map(|(mut pattern, or)| {
        if let (Some((one, two)), Some(map)) = (or, pattern.as_object_mut()) {
            map.insert("$or".to_owned(), json!([one, two]));
        }
        pattern
    })
}

fn event() -> impl Strategy<Value = Value> {
    let leaf = || prop_oneof![scalar(), prop::collection::vec(scalar(), 0..3).prop_map(Value::from)];
    named(prop_oneof![leaf(), named(leaf())])
}

fn json_value() -> impl Strategy<Value = Value> {
    let words =
        vec!["prefix", "anything-but", "$or", "numeric", "exists", "x-match", "advancedFilters", "cidr", "a", ">"];
    let leaf = prop_oneof![scalar(), prop::sample::select(words.clone()).prop_map(Value::from)];
    leaf.prop_recursive(4, 24, 3, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::btree_map(prop::sample::select(words.clone()), inner, 0..3)
                .prop_map(|map| Value::Object(map.into_iter().map(|(k, v)| (k.to_owned(), v)).collect())),
        ]
    })
}

proptest! {
    #[test]
    fn topics_agree(pattern in dotted(&["a", "b", "", "*", "#"], 6), key in dotted(&["a", "b", ""], 6)) {
        let words = |text: &str| if text.is_empty() { Vec::new() } else { text.split('.').map(str::to_owned).collect() };
        let (own, words): (Vec<String>, Vec<String>) = (words(&pattern), words(&key));
        let own: Vec<&str> = own.iter().map(String::as_str).collect();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        prop_assert_eq!(TopicPattern::parse(&pattern).unwrap().matches(&key), topic(&own, &words));
    }

    #[test]
    fn subjects_agree(mut pattern in dotted(&["a", "b", "*"], 5), open in any::<bool>(), key in dotted(&["a", "b"], 6)) {
        if open {
            pattern += ".>";
        }
        let expected = subject(&pattern.split('.').collect::<Vec<_>>(), &key.split('.').collect::<Vec<_>>());
        prop_assert_eq!(SubjectPattern::parse(&pattern).unwrap().matches(&key), expected);
    }

    #[test]
    fn globs_agree(pattern in "[ab*]{0,8}", text in "[ab]{0,8}") {
        let expected = glob(&pattern.chars().collect::<Vec<_>>(), &text.chars().collect::<Vec<_>>());
        prop_assert_eq!(Glob::new(pattern.split('*').map(str::to_owned).collect()).matches(&text), expected);
    }

    #[test]
    fn event_patterns_agree(pattern in event_pattern(), event in event()) {
        let mut flat = BTreeMap::new();
        leaves("", &event, &mut flat);
        let parsed = EventPattern::parse(&pattern).unwrap();
        prop_assert_eq!(parsed.matches(&event), rule("", &pattern, &flat), "{} on {}", pattern, event);
    }

    #[test]
    fn no_text_makes_a_parser_panic(text in "(attributes|[.:=\"(), *#>a-]|NOT|AND|OR|hasPrefix|é|\\PC){0,24}") {
        for error in [
            TopicPattern::parse(&text).err(),
            SubjectPattern::parse(&text).err(),
            TypeFilter::parse(&text).err(),
            AttributeFilter::parse(&text).err(),
        ].into_iter().flatten() {
            prop_assert!(text.is_char_boundary(error.at), "{} in {text:?}", error.at);
        }
    }

    #[test]
    fn no_value_makes_a_parser_panic(value in json_value()) {
        for error in [
            EventPattern::parse(&value).err(),
            HeaderPattern::parse(&value).err(),
            GridFilter::parse(&value).err(),
        ].into_iter().flatten() {
            let lead = error.path.iter().try_fold(&value, |at, step| match at {
                Value::Array(list) => step.parse().ok().and_then(|index: usize| list.get(index)),
                other => other.get(step),
            });
            prop_assert!(lead.is_some(), "{:?} in {}", error.path, value);
        }
    }
}
