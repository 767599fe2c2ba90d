//! `/v1/openapi.json`: every route, what it takes and what it answers (`OpenAPI` 3.1).

mod schemas;

use serde_json::{Map, Value, json};

use super::route::{Action, ROUTES};

/// The document.
pub(super) fn document() -> Value {
    let mut paths = Map::new();
    for route in ROUTES {
        let path = paths.entry(route.path).or_insert_with(|| {
            let names = route.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
            let places: Vec<Value> = names.map(place).collect();
            if places.is_empty() { json!({}) } else { json!({ "parameters": places }) }
        });
        path[route.method.as_str().to_ascii_lowercase()] = operation(route.action);
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Thalweg's live event engine",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Events in and out as CloudEvents 1.0. Durations are written 200ms, 5s, 1m30s; times as RFC 3339. \
                What goes wrong is a problem of RFC 9457; the end of its type tells problems apart.",
        },
        "security": [{ "token": [] }],
        "paths": paths,
        "components": {
            "securitySchemes": { "token": { "type": "http", "scheme": "bearer" } },
            "schemas": schemas::all(),
            "responses": { "problem": {
                "description": "What went wrong",
                "content": { "application/problem+json": { "schema": schema("Problem") } },
            } },
        },
    })
}

fn schema(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

/// What stands in a path.
fn place(name: &str) -> Value {
    let schema = match name {
        "partition" | "number" => json!({ "type": "integer", "minimum": 0 }),
        _ => json!({ "type": "string", "minLength": 1, "maxLength": 200 }),
    };
    json!({ "name": name, "in": "path", "required": true, "schema": schema })
}

fn parameter(name: &str, about: &str, schema: &Value) -> Value {
    json!({ "name": name, "in": "query", "description": about, "schema": schema })
}

/// One operation; its parts are given in the order in which they are read.
struct Operation {
    id: &'static str,
    summary: &'static str,
    parameters: Vec<Value>,
    body: Option<Value>,
    answer: Value,
}

fn operation(action: Action) -> Value {
    let Operation { id, summary, parameters, body, answer } = described(action);
    let mut responses = json!({ "200": { "description": "Done", "content": answer } });
    if action == Action::Publish {
        let scheduled = json!({ "application/json": { "schema": schema("Scheduled") } });
        responses["202"] = json!({ "description": "Stored when its time has come", "content": scheduled });
    }
    responses["default"] = json!({ "$ref": "#/components/responses/problem" });
    let mut operation = json!({ "operationId": id, "summary": summary, "responses": responses });
    if !parameters.is_empty() {
        operation["parameters"] = parameters.into();
    }
    if let Some(body) = body {
        operation["requestBody"] = json!({ "required": true, "content": body });
    }
    if action.is_public() {
        operation["security"] = json!([]);
    }
    operation
}

fn as_json(schema: &Value) -> Value {
    json!({ "application/json": { "schema": schema } })
}

fn list_of(name: &str) -> Value {
    as_json(&json!({ "type": "array", "items": schema(name) }))
}

fn one_event() -> Value {
    json!({
        "application/cloudevents+json": { "schema": schema("CloudEvent") },
        "*/*": { "schema": {}, "description": "The data; the attributes are in ce- headers" },
    })
}

fn max() -> Value {
    parameter("max", "At most so many", &json!({ "type": "integer", "minimum": 1, "maximum": 1000, "default": 100 }))
}

/// An operation that takes JSON of a schema and answers with JSON of another.
fn post(id: &'static str, summary: &'static str, takes: &str, gives: &str) -> Operation {
    let (body, answer) = (Some(as_json(&schema(takes))), as_json(&schema(gives)));
    Operation { id, summary, parameters: Vec::new(), body, answer }
}

/// One that takes nothing.
fn get(id: &'static str, summary: &'static str, parameters: Vec<Value>, answer: Value) -> Operation {
    Operation { id, summary, parameters, body: None, answer }
}

fn described(action: Action) -> Operation {
    let duration = schema("Duration");
    let whole = json!({ "type": "integer", "minimum": 0, "default": 0 });
    match action {
        Action::Health => get("health", "Whether the engine answers", Vec::new(), as_json(&schema("Health"))),
        Action::OpenApi => get("openapi", "This document", Vec::new(), as_json(&json!({ "type": "object" }))),
        Action::Topics => get("topics", "How all topics and groups are", Vec::new(), list_of("Topic")),
        Action::CreateTopic => post("createTopic", "Make a topic, or give it other settings", "TopicPlan", "Topic"),
        Action::Publish => {
            let mut body = one_event();
            body["application/cloudevents-batch+json"] =
                json!({ "schema": { "type": "array", "items": schema("CloudEvent") } });
            let at = json!({ "type": "string", "format": "date-time" });
            Operation {
                id: "publish",
                summary: "Store events: answered when they are durable",
                parameters: vec![
                    parameter("at", "Store them at this time", &at),
                    parameter("delay", "Store them after this long", &duration),
                ],
                body: Some(body),
                answer: as_json(&schema("Published")),
            }
        }
        Action::Read => {
            let parameters = vec![parameter("from", "From this offset on", &whole), max()];
            get("read", "Read a partition, without a group", parameters, list_of("Stored"))
        }
        Action::Deliver => {
            let mut answer = list_of("Delivery");
            answer["text/event-stream"] = json!({ "schema": { "type": "string" } });
            let parameters = vec![parameter("wait", "Wait so long for the first", &duration), max()];
            let summary = "Take events: each comes again unless it is settled before its lease ends. \
                As a stream, each is one data line, its id the delivery; `wait` is not for streams, which take up to 100 at once";
            get("deliver", summary, parameters, answer)
        }
        Action::Ack => post("ack", "They were handled", "Deliveries", "Settled"),
        Action::Nack => post("nack", "They failed: the group's retry policy says what follows", "Nack", "Settled"),
        Action::Reject => post("reject", "They can never succeed: dead letters at once", "Reject", "Settled"),
        Action::Extend => post("extend", "They take longer: the leases begin anew", "Extend", "Settled"),
        Action::Seek => post("seek", "Let a group go on from another place", "Place", "Group"),
        Action::DeadLetters => {
            let parameters = vec![parameter("after", "With a number above this", &whole), max()];
            get("deadLetters", "The dead letters of a group, oldest first", parameters, list_of("DeadLetter"))
        }
        Action::Redrive => post("redrive", "Give dead letters to their group again", "Which", "Redriven"),
        Action::RedriveEdited => Operation {
            body: Some(one_event()),
            ..post("redriveEdited", "Give one to its group again with another content", "CloudEvent", "Redriven")
        },
        Action::Purge => post("purge", "Throw dead letters away for good", "Which", "Purged"),
        Action::ShowWebhook => get("webhook", "What a webhook did", Vec::new(), as_json(&schema("Webhook"))),
        Action::SetWebhook => {
            post("setWebhook", "Push a group's events to a URL, one in each request", "WebhookUrl", "Webhook")
        }
        Action::RemoveWebhook => get("removeWebhook", "Push no more", Vec::new(), as_json(&schema("Webhook"))),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// All places of a document that refer to another.
    fn references(value: &Value, into: &mut BTreeSet<String>) {
        match value {
            Value::Object(members) => {
                into.extend(members.get("$ref").and_then(Value::as_str).map(str::to_owned));
                members.values().for_each(|value| references(value, into));
            }
            Value::Array(values) => values.iter().for_each(|value| references(value, into)),
            _ => {}
        }
    }

    #[test]
    fn every_route_is_described_and_every_reference_leads_somewhere() {
        let document = document();
        let described: usize = document["paths"]
            .as_object()
            .unwrap()
            .values()
            .map(|path| path.as_object().unwrap().keys().filter(|name| *name != "parameters").count())
            .sum();
        assert_eq!(described, ROUTES.len());
        let mut ids = BTreeSet::new();
        for route in ROUTES {
            let operation = &document["paths"][route.path][route.method.as_str().to_ascii_lowercase()];
            assert!(ids.insert(operation["operationId"].as_str().unwrap().to_owned()), "{}", route.path);
        }
        let mut all = BTreeSet::new();
        references(&document, &mut all);
        for reference in &all {
            assert!(document.pointer(reference.strip_prefix('#').unwrap()).is_some(), "{reference}");
        }
        for name in document["components"]["schemas"].as_object().unwrap().keys() {
            assert!(all.contains(&format!("#/components/schemas/{name}")), "{name} is not used");
        }
    }
}
