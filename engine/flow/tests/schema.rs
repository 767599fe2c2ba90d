//! The JSON Schema against the reader: what the reader takes the schema takes; broken shapes are refused by both.

use serde_json::Value;
use thalweg_flow::*;

fn validator() -> jsonschema::Validator {
    jsonschema::draft202012::new(&schema()).unwrap_or_else(|error| panic!("the schema is none: {error}"))
}

/// The document as JSON, as an editor's YAML server would see it.
fn json(text: &str) -> Value {
    let document = Document::open(text);
    let sections =
        ["thalweg", "name", "summary", "owner", "brokers", "events", "nodes", "layout", "scenarios", "bogus"];
    Value::Object(sections.iter().filter_map(|s| document.value(s).map(|v| ((*s).to_owned(), v))).collect())
}

fn complaints(text: &str) -> Vec<String> {
    validator().iter_errors(&json(text)).map(|e| format!("{}: {e}", e.instance_path())).collect()
}

#[test]
fn the_schema_takes_what_the_reader_takes() {
    let format = include_str!("data/format.flow.yaml");
    let whole = include_str!("data/everything.flow.yaml");
    let shipped = examples().iter().chain(broker_examples()).chain(templates());
    let all = shipped.copied().chain([("format", format), ("everything", whole)]);
    for (name, text) in all {
        let told: Vec<String> = read(text).problems.iter().map(ToString::to_string).collect();
        assert!(told.is_empty(), "{name}: {told:#?}");
        let complaints = complaints(text);
        assert!(complaints.is_empty(), "{name}: {complaints:#?}");
    }
}

#[test]
fn broken_shapes_are_refused_by_both() {
    let node = |line: &str| format!("thalweg: 1\nname: A\nnodes:\n  a: {{ {line} }}\n");
    let consumer = |line: &str| node(&format!("kind: consumer, {line}"));
    let load = |line: &str| node(&format!("kind: producer, load: {line}"));
    let fault = |line: &str| {
        format!(
            "thalweg: 1\nname: A\nnodes: {{ a: {{ kind: consumer }} }}\nscenarios: {{ s: {{ faults: [{{ {line} }}] }} }}\n"
        )
    };
    let documents = [
        "name: A\n".to_owned(),
        "thalweg: 2\nname: A\n".to_owned(),
        "thalweg: 1\n".to_owned(),
        "thalweg: 1\nname: A\nbogus: 1\n".to_owned(),
        "thalweg: 1\nname: [A]\n".to_owned(),
        "thalweg: 1\nname: A\nbrokers: { b: { kind: kafak } }\n".to_owned(),
        "thalweg: 1\nname: A\nbrokers: { b: kafka }\n".to_owned(),
        "thalweg: 1\nname: A\nevents: { e: { size: 3 } }\n".to_owned(),
        "thalweg: 1\nname: A\nevents: { e: { compatibility: sideways } }\n".to_owned(),
        "thalweg: 1\nname: A\nevents: { e: { schema: { xml: a } } }\n".to_owned(),
        "thalweg: 1\nname: A\nlayout: { a: [1] }\n".to_owned(),
        "thalweg: 1\nname: A\nlayout: { a: [x, y] }\n".to_owned(),
        node("partitions: 3"),
        node("kind: topik"),
        node("kind: topic, instances: 3"),
        node("kind: topic, partitions: 0"),
        node("kind: topic, partitions: 2.5"),
        node("kind: topic, retention: 7"),
        node("kind: topic, ordering: random"),
        node("kind: queue, max_length: -1"),
        node("kind: queue, overflow: explode"),
        node("kind: queue, priority: 300"),
        node("kind: exchange, type: round"),
        node("kind: exchange, routes: [{ pattern: a }]"),
        node("kind: bus, throttle: 5"),
        node("kind: service, latency: { exponential: 5 }"),
        node("kind: workflow, steps: [{ service: a }]"),
        node("kind: stream, window: { tumbling: 1m, session: 2m }"),
        consumer("service_time: 0"),
        consumer("service_time: { exponentail: 3ms }"),
        consumer("service_time: { lognormal: { mean: 3ms } }"),
        consumer("service_time: { pareto: { mean: 3ms, shape: 1 } }"),
        consumer("service_time: { uniform: [1ms] }"),
        consumer("failure: { rate: 150% }"),
        consumer("failure: { rate: 1.5 }"),
        consumer("retry: { backoff: 1s }"),
        consumer("retry: { attempts: 0 }"),
        consumer("retry: { attempts: 3, backoff: { exponential: { factor: 2 } } }"),
        consumer("retry: { attempts: 3, budget: { burst: 10 } }"),
        consumer("retry: { attempts: 3, budget: { share: 10%, burst: 0 } }"),
        consumer("subscribes: [{ group: g }]"),
        consumer("idempotent: { key: k }"),
        consumer("autoscale: { min: 1, max: 2 }"),
        consumer("calls: [{ service: a, breaker: { failures: 1 } }]"),
        load("{ poisson: -1/s }"),
        load("{ poisson: 1/s, constant: 1/s }"),
        load("100/s"),
        load("{ spike: { base: 1/s, peak: 2/s, at: 1m } }"),
        load("{ closed: { users: 0, think_time: 1s } }"),
        fault("at: 1s, crush: a"),
        fault("crash: a"),
        fault("at: 1s, slow: a"),
        fault("at: 1s, crash: a, factor: 3"),
        fault("at: 1s, every: 5s, crash: a"),
        "thalweg: 1\nname: A\nscenarios: { s: { expect: [p98 < 3s] } }\n".to_owned(),
        "thalweg: 1\nname: A\nscenarios: { s: { expect: [lost = 3] } }\n".to_owned(),
        "thalweg: 1\nname: A\nscenarios: { s: { replications: 0 } }\n".to_owned(),
        "thalweg: 1\nname: A\nscenarios: { s: { duration: 10 } }\n".to_owned(),
    ];
    for text in documents {
        assert!(read(&text).has_errors(), "the reader takes {text}");
        assert!(!complaints(&text).is_empty(), "the schema takes {text}");
    }
}

#[test]
fn every_key_is_described() {
    fn undescribed(at: &str, value: &Value, found: &mut Vec<String>) {
        let Some(object) = value.as_object() else { return };
        let properties = object.get("properties").and_then(Value::as_object);
        // A choice by a single key is described as a whole.
        let whole = properties.is_some_and(|p| p.len() == 1) && object.get("description").is_some();
        for (name, property) in properties.into_iter().flatten() {
            let described = whole || property.get("description").is_some() || property.get("$ref").is_some();
            // The languages of a contract's schema speak for themselves.
            if !described && at != "Schema" {
                found.push(format!("{at}.{name}"));
            }
            undescribed(&format!("{at}.{name}"), property, found);
        }
        for key in ["anyOf", "oneOf", "allOf"] {
            for choice in object.get(key).and_then(Value::as_array).into_iter().flatten() {
                undescribed(at, choice, found);
            }
        }
        for (name, definition) in object.get("$defs").and_then(Value::as_object).into_iter().flatten() {
            undescribed(name, definition, found);
        }
    }
    let mut found = Vec::new();
    undescribed("", &schema(), &mut found);
    assert!(found.is_empty(), "{found:#?}");
}
