//! The shapes of what is sent and answered, as JSON Schema.

use serde_json::{Map, Value, json};

use super::schema;

fn text() -> Value {
    json!({ "type": "string" })
}

fn time() -> Value {
    json!({ "type": "string", "format": "date-time" })
}

fn count() -> Value {
    json!({ "type": "integer", "minimum": 0 })
}

fn list(items: &Value) -> Value {
    json!({ "type": "array", "items": items })
}

fn maybe_time() -> Value {
    json!({ "type": ["string", "null"], "format": "date-time" })
}

/// An object in which all of these stand.
fn answer(members: &Value) -> Value {
    let required: Vec<&str> =
        members.as_object().map(|members| members.keys().map(String::as_str).collect()).unwrap_or_default();
    json!({ "type": "object", "required": required, "properties": members })
}

/// An object that may have these and no others, and must have some.
fn request(required: &[&str], members: &Value) -> Value {
    json!({ "type": "object", "required": required, "additionalProperties": false, "properties": members })
}

fn deliveries(more: &Value, required: &[&str]) -> Value {
    let mut members = json!({ "deliveries": list(&text()) });
    for (name, value) in more.as_object().into_iter().flatten() {
        members[name] = value.clone();
    }
    request(required, &members)
}

pub(super) fn all() -> Value {
    let mut all = Map::new();
    all.insert("Duration".to_owned(), json!({ "type": "string", "examples": ["200ms", "5s", "1m30s"] }));
    all.insert("CloudEvent".to_owned(), cloud_event());
    for (name, value) in [events(), groups(), topics(), others()].into_iter().flatten() {
        all.insert(name.to_owned(), value);
    }
    Value::Object(all)
}

fn cloud_event() -> Value {
    json!({
        "type": "object",
        "description": "An event in the JSON format of CloudEvents 1.0; other members are extensions",
        "required": ["specversion", "id", "source", "type"],
        "properties": {
            "specversion": { "const": "1.0" },
            "id": { "type": "string", "minLength": 1 },
            "source": { "type": "string", "minLength": 1, "format": "uri-reference" },
            "type": { "type": "string", "minLength": 1 },
            "subject": { "type": "string", "minLength": 1 },
            "time": time(),
            "datacontenttype": text(),
            "dataschema": { "type": "string", "format": "uri" },
            "data": {},
            "data_base64": { "type": "string", "contentEncoding": "base64" },
        },
        "additionalProperties": { "type": ["string", "boolean", "integer"] },
    })
}

fn events() -> Vec<(&'static str, Value)> {
    let stored = json!({ "partition": count(), "offset": count(), "stored": time(), "event": schema("CloudEvent") });
    let with = |more: &Value| {
        let mut members = stored.clone();
        for (name, value) in more.as_object().into_iter().flatten() {
            members[name] = value.clone();
        }
        answer(&members)
    };
    let attempt = answer(&json!({ "ended": time(), "reason": text() }));
    vec![
        ("Published", answer(&json!({ "stored": count(), "duplicates": count() }))),
        ("Scheduled", answer(&json!({ "scheduled": list(&count()), "at": time() }))),
        ("Stored", answer(&stored)),
        ("Delivery", with(&json!({ "delivery": text(), "attempt": count(), "leased_until": time() }))),
        (
            "DeadLetter",
            with(&json!({
                "number": count(), "dead": time(), "reason": text(), "attempts": list(&attempt),
                "attempt_count": count(), "redriven": count(),
            })),
        ),
    ]
}

fn groups() -> Vec<(&'static str, Value)> {
    let outcome = json!({ "enum": ["done", "already", "lost", "unknown"] });
    let settled = answer(&json!({ "delivery": text(), "outcome": outcome }));
    let which = json!({ "oneOf": [
        request(&["all"], &json!({ "all": { "const": true } })),
        request(&["oldest"], &json!({ "oldest": count() })),
        request(&["numbers"], &json!({ "numbers": list(&count()) })),
    ] });
    let place = json!({ "oneOf": [
        request(&["to"], &json!({ "to": { "enum": ["beginning", "end"] } })),
        request(&["time"], &json!({ "time": time() })),
        request(&["offset"], &json!({ "offset": count() })),
    ] });
    let reason = json!({ "type": "string", "maxLength": 1000 });
    vec![
        ("Deliveries", deliveries(&json!({}), &["deliveries"])),
        ("Nack", deliveries(&json!({ "delay": schema("Duration"), "reason": reason }), &["deliveries"])),
        ("Reject", deliveries(&json!({ "reason": reason }), &["deliveries"])),
        ("Extend", deliveries(&json!({ "by": schema("Duration") }), &["deliveries", "by"])),
        ("Settled", answer(&json!({ "deliveries": list(&settled) }))),
        ("Which", which),
        ("Redriven", answer(&json!({ "redriven": count() }))),
        ("Purged", answer(&json!({ "purged": count() }))),
        ("Place", place),
        ("Group", answer(&json!({ "group": text() }))),
    ]
}

fn topics() -> Vec<(&'static str, Value)> {
    let duration = schema("Duration");
    let exponential = request(
        &["first", "factor", "max"],
        &json!({
            "first": duration, "factor": { "type": "number" }, "max": duration,
            "jitter": { "enum": ["none", "full", "equal", "decorrelated"], "default": "full" },
        }),
    );
    let backoff = json!({ "oneOf": [list(&duration), exponential] });
    let retry = request(&[], &json!({ "attempts": { "type": "integer", "minimum": 1 }, "backoff": backoff }));
    let group = request(
        &["name"],
        &json!({
            "name": text(), "order": { "enum": ["none", "per-key", "per-partition"], "default": "per-key" },
            "lease": duration, "max_in_flight": { "type": "integer", "minimum": 1 }, "retry": retry, "dead_letter": text(),
            "start": schema("Place"),
        }),
    );
    let retention = request(
        &[],
        &json!({ "time": duration, "bytes": count(), "compacted": { "type": "boolean", "default": false } }),
    );
    let plan = request(
        &["name"],
        &json!({
            "name": text(), "partitions": { "type": "integer", "minimum": 1, "default": 1 }, "retention": retention,
            "dedup_window": duration, "durability": { "enum": ["process", "full"], "default": "full" },
            "groups": list(&group),
        }),
    );
    let group = answer(&json!({
        "name": text(), "lag": count(), "leased": count(), "waiting": count(), "oldest": maybe_time(),
        "dead_letters": count(), "acked": count(), "failed": count(), "dead": count(), "expired": count(),
        "redriven": count(), "purged": count(),
    }));
    let topic = answer(&json!({
        "name": text(), "partitions": count(), "events": count(), "bytes": count(), "oldest": maybe_time(),
        "stored": count(), "duplicates": count(), "scheduled": count(), "groups": list(&group),
    }));
    vec![("TopicPlan", plan), ("Topic", topic)]
}

fn others() -> Vec<(&'static str, Value)> {
    let problem = json!({
        "type": "object",
        "required": ["type", "title", "status", "detail"],
        "properties": {
            "type": text(),
            "title": text(),
            "status": count(),
            "detail": text(),
            "event": { "type": "integer", "description": "Which event of a batch, from 0" },
            "attribute": { "type": "string", "description": "The attribute that is wrong" },
            "deliveries": { "type": "array", "description": "What became of each delivery, as in Settled" },
        },
    });
    let last_error = json!({ "type": ["string", "null"] });
    vec![
        ("Health", answer(&json!({ "status": { "const": "ok" } }))),
        ("WebhookUrl", request(&["url"], &json!({ "url": { "type": "string", "format": "uri" } }))),
        (
            "Webhook",
            answer(&json!({
                "url": text(), "acked": count(), "failed": count(), "rejected": count(), "last_error": last_error,
            })),
        ),
        ("Problem", problem),
    ]
}
