//! The JSON Schema of the document, for editors that complete and check while one types.
//!
//! It is generated from the model's types and their comments (`schemars`), so it cannot fall behind them. Where the text
//! is shorter than the model (values with units, choices by a single key, faults), the shape is given here. The schema
//! knows shapes, not meanings: whether names lead somewhere is told by [`crate::read`] only.

use std::borrow::Cow;

use schemars::generate::SchemaSettings;
use schemars::transform::{RecursiveTransform, Transform};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Map, Value, json};

use crate::model::{
    Attempts, BrokerRef, Bus, Consumer, Distribution, Duration, Exchange, Expectation, Fault, FaultName, Flow, Node,
    Producer, Queue, Rate, RetryBudget, Service, Share, Size, Store, Stream, Topic, Warmup, Workflow,
};
use crate::read::FAULTS;

/// The JSON Schema (2020-12) of a flow document.
pub fn schema() -> Value {
    let generator = SchemaSettings::draft2020_12().into_generator();
    let mut schema = generator.into_root_schema_for::<Flow>();
    RecursiveTransform(strip_null).transform(&mut schema);
    let mut value = schema.to_value();
    if let Some(root) = value.as_object_mut() {
        root.insert("title".into(), "Thalweg flow document, version 1".into());
        if let Some(Value::Array(required)) = root.get_mut("required") {
            required.insert(0, "thalweg".into());
        }
        if let Some(Value::Object(properties)) = root.get_mut("properties") {
            let version = json!({ "description": "Version of the format.", "const": 1 });
            properties.shift_insert(0, "thalweg".into(), version);
        }
    }
    value
}

/// A key that may be left out is not written as `null`.
fn strip_null(schema: &mut Schema) {
    let Some(object) = schema.as_object_mut() else { return };
    object.remove("format");
    if object.get("default").is_some_and(Value::is_null) {
        object.remove("default");
    }
    if let Some(Value::Array(types)) = object.get_mut("type") {
        types.retain(|t| t != "null");
        if let [only] = types.as_slice() {
            let only = only.clone();
            object.insert("type".into(), only);
        }
    }
    if let Some(Value::Array(choices)) = object.get_mut("anyOf") {
        choices.retain(|c| c.get("type").is_none_or(|t| t != "null"));
        if let [Value::Object(only)] = choices.as_slice() {
            let only = only.clone();
            object.remove("anyOf");
            for (key, value) in only {
                object.entry(key).or_insert(value);
            }
        }
    }
}

/// A distribution may be a bare duration.
pub(crate) fn or_duration(schema: &mut Schema) {
    if let Some(Value::Array(choices)) = schema.get_mut("oneOf") {
        choices.insert(0, json!({ "description": "Always the same.", "$ref": "#/$defs/Duration" }));
    }
}

/// A lognormal as it is written: with one of `p99` and `cv`.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, transform = one_spread)]
#[expect(dead_code, reason = "only its shape is used")]
pub(crate) struct Lognormal {
    /// Mean.
    mean: Duration,
    /// Its 99th percentile; above the mean and at most 14.97 times the mean.
    p99: Option<Duration>,
    /// Standard deviation over mean.
    #[schemars(range(min = 0.001, max = 100))]
    cv: Option<f64>,
}

fn one_spread(schema: &mut Schema) {
    schema.insert("oneOf".into(), json!([{ "required": ["p99"] }, { "required": ["cv"] }]));
}

/// A type whose schema is a text with a pattern.
macro_rules! text_schema {
    ($type:ty, $name:literal, $description:literal, $pattern:expr, $examples:expr) => {
        impl JsonSchema for $type {
            fn schema_name() -> Cow<'static, str> {
                $name.into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({
                    "description": $description,
                    "type": "string",
                    "pattern": $pattern,
                    "examples": $examples
                })
            }
        }
    };
}

text_schema!(
    Duration,
    "Duration",
    "A span of time: a number and a unit (ns, us, ms, s, m, h, d), also several as in `1m30s`.",
    r"^(([0-9]+(\.[0-9]*)?|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h|d))+$",
    ["250us", "18ms", "2s", "5m", "24h", "7d"]
);
text_schema!(
    Rate,
    "Rate",
    "Events per unit of time: a number and /s, /min, /h or /d.",
    r"^([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][-+]?[0-9]+)?/(s|min|h|d)$",
    ["120/s", "30/min", "2/h"]
);
text_schema!(
    Size,
    "Size",
    "A number of bytes: thousands (kB, MB, GB, TB) or 1024s (KiB, MiB, GiB, TiB).",
    r"^([0-9]+(\.[0-9]*)?|\.[0-9]+)(B|kB|KB|MB|GB|TB|KiB|MiB|GiB|TiB)$",
    ["400B", "1.2KiB", "3MB"]
);
text_schema!(
    Expectation,
    "Expectation",
    "What must hold: METRIC(WHERE) OP VALUE.",
    expectation_pattern(),
    ["p99(end_to_end) < 2s", "lost == 0", "recovered(orders/payment) < 5m"]
);

fn expectation_pattern() -> String {
    let metrics: Vec<&str> = crate::text::METRICS.iter().map(|(name, _)| *name).collect();
    format!(r"^\s*({})\s*(\([^()]*\))?\s*(<=|>=|==|!=|<|>)\s*\S+\s*$", metrics.join("|"))
}

impl JsonSchema for Share {
    fn schema_name() -> Cow<'static, str> {
        "Share".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A part of a whole: percent, or a number from 0 to 1.",
            "anyOf": [
                { "type": "string", "pattern": r"^(100(\.0*)?|[0-9]?[0-9](\.[0-9]*)?|\.[0-9]+)%$" },
                { "type": "number", "minimum": 0, "maximum": 1 }
            ],
            "examples": ["0.5%", 0.005]
        })
    }
}

impl JsonSchema for Warmup {
    fn schema_name() -> Cow<'static, str> {
        "Warmup".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A time, or `auto`: as long as the flow takes to settle, found by MSER-5.",
            "anyOf": [generator.subschema_for::<Duration>(), { "const": "auto" }]
        })
    }
}

impl JsonSchema for Attempts {
    fn schema_name() -> Cow<'static, str> {
        "Attempts".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A number of attempts, the first included.",
            "anyOf": [{ "type": "integer", "minimum": 1, "maximum": 1_000_000 }, { "const": "unlimited" }]
        })
    }
}

impl JsonSchema for RetryBudget {
    fn schema_name() -> Cow<'static, str> {
        "RetryBudget".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let share = generator.subschema_for::<Share>().to_value();
        let about = "How many retries the bucket holds at most, and at the start; default 100.";
        json_schema!({
            "description": "How much of its load a client may add by retrying, as a share of the first attempts.",
            "anyOf": [
                share,
                {
                    "type": "object",
                    "properties": {
                        "share": share,
                        "burst": { "description": about, "type": "integer", "minimum": 1, "maximum": 1_000_000 }
                    },
                    "required": ["share"],
                    "additionalProperties": false
                }
            ]
        })
    }
}

impl JsonSchema for BrokerRef {
    fn schema_name() -> Cow<'static, str> {
        "BrokerRef".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "description": "A broker declared under `brokers`, or a kind of broker.", "type": "string" })
    }
}

impl JsonSchema for crate::model::Schema {
    fn schema_name() -> Cow<'static, str> {
        "Schema".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let source = json!({ "type": ["string", "object", "array", "boolean"] });
        json_schema!({
            "description": "A schema and its language: a path relative to the flow file, or the schema itself.",
            "type": "object",
            "properties": { "json-schema": source, "avro": source, "protobuf": source },
            "additionalProperties": false,
            "minProperties": 1,
            "maxProperties": 1
        })
    }
}

impl JsonSchema for Node {
    fn schema_name() -> Cow<'static, str> {
        "Node".into()
    }

    /// One choice per kind, so that an editor offers the keys of the kind that is written.
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let kinds = [
            ("producer", Producer::json_schema(generator)),
            ("topic", Topic::json_schema(generator)),
            ("queue", Queue::json_schema(generator)),
            ("exchange", Exchange::json_schema(generator)),
            ("bus", Bus::json_schema(generator)),
            ("consumer", Consumer::json_schema(generator)),
            ("service", Service::json_schema(generator)),
            ("store", Store::json_schema(generator)),
            ("workflow", Workflow::json_schema(generator)),
            ("stream", Stream::json_schema(generator)),
        ];
        let choices: Vec<Value> = kinds.into_iter().map(|(kind, schema)| node_of(kind, schema)).collect();
        json_schema!({ "description": "One box of the drawing.", "oneOf": choices })
    }
}

fn node_of(kind: &str, schema: Schema) -> Value {
    let mut schema = schema.to_value();
    let text = |about: &str| json!({ "description": about, "type": "string" });
    if let Some(object) = schema.as_object_mut() {
        let mut properties = Map::from_iter([
            ("kind".to_owned(), json!({ "description": "What the node is.", "const": kind })),
            ("title".to_owned(), text("What people call it, when its name is not enough.")),
            ("summary".to_owned(), text("One sentence about it.")),
            ("owner".to_owned(), text("The team that answers for it.")),
        ]);
        if let Some(Value::Object(own)) = object.remove("properties") {
            properties.extend(own);
        }
        object.insert("properties".into(), Value::Object(properties));
        object.insert("required".into(), json!(["kind"]));
        object.insert("title".into(), kind.into());
    }
    schema
}

impl JsonSchema for FaultName {
    fn schema_name() -> Cow<'static, str> {
        "FaultName".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "description": "What fails.", "enum": FAULTS })
    }
}

impl JsonSchema for Fault {
    fn schema_name() -> Cow<'static, str> {
        "Fault".into()
    }

    /// One choice per fault: the key that names it says what it strikes, its parameters stand beside.
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let time = generator.subschema_for::<Distribution>().to_value();
        let share = generator.subschema_for::<Share>().to_value();
        let rate = generator.subschema_for::<Rate>().to_value();
        let choices: Vec<Value> = FAULTS
            .iter()
            .map(|name| {
                let (struck, own, required): (&str, Vec<(&str, Value)>, bool) = match *name {
                    "crash" => {
                        let about = "How many instances; without it all.";
                        let instances =
                            json!({ "description": about, "type": "integer", "minimum": 1, "maximum": 1_000_000 });
                        ("The handler or service whose instances are gone.", vec![("instances", instances)], false)
                    }
                    "slow" => {
                        let about = "How many times longer.";
                        let factor =
                            json!({ "description": about, "type": "number", "minimum": 0.001, "maximum": 1_000_000 });
                        ("What takes longer.", vec![("factor", factor)], true)
                    }
                    "errors" => ("What fails more often.", vec![("rate", share.clone())], true),
                    "outage" => ("The broker, channel, service or store that lets nothing through.", vec![], false),
                    "cut" => ("The edge that carries nothing, `from -> to`.", vec![], false),
                    "latency" => ("The node or edge that takes longer.", vec![("add", time.clone())], true),
                    "duplicate" => ("The channel that delivers again.", vec![("share", share.clone())], true),
                    "poison" => ("Whose messages can never succeed.", vec![("share", share.clone())], true),
                    "schema_break" => ("The event type that changes incompatibly.", vec![], false),
                    "rebalance" => ("The handler whose partitions are dealt anew.", vec![], false),
                    "throttle" => ("The node that lets only so much through.", vec![("limit", rate.clone())], true),
                    "full" => ("The broker, channel or store whose space is used up.", vec![], false),
                    "replay" => {
                        let mut back = generator.subschema_for::<Duration>().to_value();
                        if let Some(object) = back.as_object_mut() {
                            let about = "What was published within this time; without it all of it.";
                            object.insert("description".into(), about.into());
                        }
                        ("The handler whose groups read again what they have handled.", vec![("back", back)], false)
                    }
                    _ => ("The handler or service whose instances are replaced.", vec![], false),
                };
                fault_of(name, struck, own, required, &time)
            })
            .collect();
        json_schema!({ "description": "A planned failure: what, where, from when, how long.", "oneOf": choices })
    }
}

fn fault_of(name: &str, struck: &str, own: Vec<(&str, Value)>, own_is_required: bool, time: &Value) -> Value {
    let described = |about: &str| {
        let mut value = time.clone();
        if let Some(object) = value.as_object_mut() {
            object.insert("description".into(), about.into());
        }
        value
    };
    let mut required = vec!["at", name];
    if own_is_required {
        required.extend(own.iter().map(|(key, _)| *key));
    }
    let required = json!(required);
    let mut properties = Map::from_iter([
        ("at".to_owned(), described("When it begins, from the start of the run.")),
        ("for".to_owned(), described("How long it lasts; without it until the end of the run.")),
        ("every".to_owned(), described("Time from the end of one to the next.")),
        (name.to_owned(), json!({ "description": struck, "type": "string" })),
    ]);
    properties.extend(own.into_iter().map(|(key, value)| (key.to_owned(), value)));
    json!({
        "title": name,
        "type": "object",
        "properties": properties,
        "required": required,
        "dependentRequired": { "every": ["for"] },
        "additionalProperties": false
    })
}
