//! The tables against the document's JSON Schema, which is made from the model: every field of the format has its place
//! in the inspector, and nothing there is a field that the format does not have.

use std::collections::BTreeSet;

use serde_json::Value;

use super::*;

/// What is edited elsewhere, and where.
const ELSEWHERE: &[&str] = &[
    "flow.thalweg",    // the version of the format
    "flow.brokers",    // a panel of their own
    "flow.events",     // a panel of their own
    "flow.nodes",      // the canvas
    "flow.layout",     // the canvas
    "flow.comments",   // the canvas
    "flow.scenarios",  // a panel of their own
    "scenario.load",   // the timeline
    "scenario.set",    // the timeline
    "scenario.faults", // the timeline
    "scenario.chaos",  // the timeline
    "scenario.expect", // the timeline
];

struct Format(Value);

impl Format {
    fn resolve<'s>(&'s self, schema: &'s Value) -> &'s Value {
        match schema["$ref"].as_str().and_then(|r| r.strip_prefix("#/$defs/")) {
            Some(name) => self.resolve(&self.0["$defs"][name]),
            None => schema,
        }
    }

    /// The paths of all fields of an object, with `[]` for the entries of lists.
    fn fields(&self, schema: &Value, at: &str, found: &mut BTreeSet<String>) {
        let properties = schema["properties"].as_object().into_iter().flatten();
        for (key, value) in properties {
            let path = format!("{at}.{key}");
            if key == "kind" && value["const"].is_string() {
                continue;
            }
            let value = self.resolve(value);
            if value["properties"].is_object() && !is_choice(value) {
                self.fields(value, &path, found);
            } else if let Some(items) =
                value.get("items").map(|items| self.resolve(items)).filter(|i| i["properties"].is_object())
            {
                self.fields(items, &format!("{path}[]"), found);
            } else {
                found.insert(path);
            }
        }
    }

    /// Every enumeration and choice of the format, by the path of its field.
    fn at(&self, path: &str) -> Value {
        let mut schema = match path.split_once('.').unwrap_or_default().0 {
            "broker" => self.0["$defs"]["Broker"].clone(),
            "event" => self.0["$defs"]["EventType"].clone(),
            "scenario" => self.0["$defs"]["Scenario"].clone(),
            "flow" => self.0.clone(),
            kind => self.node(kind),
        };
        for step in path.split('.').skip(1) {
            let (key, entry) = step.strip_suffix("[]").map_or((step, false), |key| (key, true));
            schema = self.resolve(&schema["properties"][key]).clone();
            if entry {
                schema = self.resolve(&schema["items"]).clone();
            }
        }
        schema
    }

    fn node(&self, kind: &str) -> Value {
        let choices = self.0["$defs"]["Node"]["oneOf"].as_array().unwrap();
        choices.iter().find(|choice| choice["title"] == kind).unwrap().clone()
    }
}

/// A schema is an object by its language: one field with forms.
fn is_choice(value: &Value) -> bool {
    value["maxProperties"] == 1
}

const KINDS: [&str; 10] =
    ["producer", "topic", "queue", "exchange", "bus", "consumer", "service", "store", "workflow", "stream"];

/// All fields of the inspector, by path.
fn shown() -> Vec<(String, Field)> {
    let mut found = Vec::new();
    let mut add = |at: &str, fields: &[Field]| {
        found.extend(fields.iter().map(|field| (format!("{at}.{}", field.path), *field)));
    };
    for kind in KINDS {
        add(kind, COMMON);
        for section in sections(kind) {
            add(kind, section.fields);
        }
        for list in LISTS.iter().filter(|list| list.kinds.contains(&kind)) {
            add(&format!("{kind}.{}[]", list.key), list.fields);
        }
    }
    for section in BROKER {
        add("broker", section.fields);
    }
    for section in EVENT {
        add("event", section.fields);
    }
    add("scenario", SCENARIO);
    add("flow", FLOW);
    found
}

#[test]
fn no_field_of_the_format_is_missing_in_the_inspector() {
    let format = Format(thalweg_flow::schema());
    let mut wanted = BTreeSet::new();
    for kind in KINDS {
        format.fields(&format.node(kind), kind, &mut wanted);
    }
    for (at, name) in [("broker", "Broker"), ("event", "EventType"), ("scenario", "Scenario")] {
        format.fields(&format.0["$defs"][name], at, &mut wanted);
    }
    let root = format.0["properties"].as_object().unwrap().keys().map(|key| format!("flow.{key}"));
    wanted.extend(root);
    wanted.retain(|path| {
        !ELSEWHERE
            .iter()
            .any(|other| path.strip_prefix(other).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '['])))
    });
    let shown = shown();
    let mut there: BTreeSet<String> = shown.iter().map(|(path, _)| path.clone()).collect();
    assert_eq!(there.len(), shown.len(), "a field is shown twice");
    // Lists of plain names are lists of entries without fields.
    let plain = LISTS.iter().filter(|list| list.fields.is_empty());
    there.extend(plain.flat_map(|list| list.kinds.iter().map(move |kind| format!("{kind}.{}", list.key))));
    let missing: Vec<_> = wanted.difference(&there).collect();
    let unknown: Vec<_> = there.difference(&wanted).collect();
    assert!(missing.is_empty() && unknown.is_empty(), "missing: {missing:?}; not in the format: {unknown:?}");
}

#[test]
fn words_and_forms_are_those_of_the_format() {
    let format = Format(thalweg_flow::schema());
    for (path, field) in shown() {
        let schema = format.at(&path);
        match field.input {
            Input::Words(words) => {
                let mut known: Vec<&str> = Vec::new();
                for choice in schema["oneOf"].as_array().into_iter().flatten() {
                    known.extend(choice["const"].as_str());
                    known.extend(choice["enum"].as_array().into_iter().flatten().filter_map(Value::as_str));
                }
                known.extend(schema["enum"].as_array().into_iter().flatten().filter_map(Value::as_str));
                assert_eq!(words.iter().copied().collect::<BTreeSet<_>>(), known.into_iter().collect(), "{path}");
            }
            Input::Choice(choice) => forms_of(&format, &schema, choice, &path),
            _ => {}
        }
    }
}

/// Each form of the format is there, with all its keys.
fn forms_of(format: &Format, schema: &Value, choice: Choice, path: &str) {
    let choices = ["oneOf", "anyOf"].iter().find_map(|key| schema[*key].as_array());
    for written in choices.into_iter().flatten().map(|written| format.resolve(written)) {
        let Some(properties) = written["properties"].as_object() else { continue };
        if choice == Choice::Budget {
            keys_of(properties, "bucket", choice, path);
            continue;
        }
        let (word, inner) = properties.iter().next().unwrap();
        let form = choice.forms().iter().find(|form| form.word == word);
        assert!(form.is_some(), "{path} has no form {word}");
        let inner = format.resolve(inner);
        let items = format.resolve(&inner["items"]);
        let properties = inner["properties"].as_object().or(items["properties"].as_object());
        if let Some(properties) = properties {
            keys_of(properties, word, choice, path);
        }
    }
    for word in schema["properties"].as_object().into_iter().flatten().map(|(word, _)| word) {
        assert!(choice.forms().iter().any(|form| form.word == word), "{path} has no form {word}");
    }
}

fn keys_of(properties: &serde_json::Map<String, Value>, word: &str, choice: Choice, path: &str) {
    let form = choice.forms().iter().find(|form| form.word == word).unwrap();
    let (Shape::Map(fields) | Shape::Rows(fields)) = form.shape else { panic!("{path}: {word} has keys") };
    let known: BTreeSet<&str> = properties.keys().map(String::as_str).collect();
    assert_eq!(fields.iter().map(|field| field.path).collect::<BTreeSet<_>>(), known, "{path}: {word}");
}

/// What a map needs is what the format requires of it.
#[test]
fn maps_are_begun_with_what_they_need() {
    let format = Format(thalweg_flow::schema());
    let mut seen = BTreeSet::new();
    for (path, _) in shown() {
        let steps: Vec<&str> = path.split('.').collect();
        for end in 2..steps.len() {
            let map = steps[end - 1];
            let schema = format.at(&steps[..end].join("."));
            if map.ends_with("[]") || !schema["properties"].is_object() {
                continue;
            }
            let required: BTreeSet<&str> =
                schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
            assert_eq!(needed(map).iter().map(|(key, _)| *key).collect::<BTreeSet<_>>(), required, "{path}");
            seen.insert(map.to_owned());
        }
    }
    assert!(maps::MAPS.iter().all(|(map, _)| seen.contains(*map)));
}
