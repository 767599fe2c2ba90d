//! The examples of AWS's pages on event patterns, and what is refused.

use serde_json::json;

use super::*;

fn matches(pattern: &Value, event: &Value) -> bool {
    EventPattern::parse(pattern).unwrap_or_else(|error| panic!("{error}\n{pattern}")).matches(event)
}

#[test]
fn operators_match_as_documented() {
    let event = json!({
        "source": "aws.ec2",
        "detail-type": "EC2 Instance State-change Notification",
        "detail": {
            "state": "terminated", "c-count": 5, "d-count": 10, "x-limit": 301.8, "sourceIPAddress": "10.0.0.123",
            "eventName": "", "responseElements": null, "FileName": "image.PNG", "tags": ["blue", "green"],
            "EventBusArn": "arn:aws:events:us-east-1:123456789012:event-bus/myEventBus", "deep": { "flag": true },
            "items": [{ "sku": "a", "n": 1 }, { "sku": "b", "n": 2 }]
        }
    });
    for (detail, matched) in [
        (json!({ "state": ["terminated"] }), true),
        (json!({ "state": ["running", "terminated"] }), true),
        (json!({ "state": ["Terminated"] }), false),
        (json!({ "state": ["terminated"], "c-count": [6] }), false),
        (json!({ "c-count": [5.0] }), true),
        (json!({ "eventName": [""] }), true),
        (json!({ "responseElements": [null] }), true),
        (json!({ "state": [null] }), false),
        (json!({ "state": [{ "prefix": "term" }] }), true),
        (json!({ "state": [{ "prefix": { "equals-ignore-case": "TERM" } }] }), true),
        (json!({ "FileName": [{ "suffix": ".png" }] }), false),
        (json!({ "FileName": [{ "suffix": { "equals-ignore-case": ".png" } }] }), true),
        (json!({ "FileName": [{ "equals-ignore-case": "IMAGE.png" }] }), true),
        (json!({ "EventBusArn": [{ "wildcard": "arn:aws:events:us-east-1:*:event-bus/*" }] }), true),
        (json!({ "EventBusArn": [{ "wildcard": "*:event-bus" }] }), false),
        (json!({ "state": [{ "anything-but": "initializing" }] }), true),
        (json!({ "state": [{ "anything-but": ["terminated", "running"] }] }), false),
        (json!({ "c-count": [{ "anything-but": [100, 5] }] }), false),
        (json!({ "state": [{ "anything-but": { "prefix": "init" } }] }), true),
        (json!({ "state": [{ "anything-but": { "prefix": ["init", "ter"] } }] }), false),
        (json!({ "FileName": [{ "anything-but": { "suffix": ".txt" } }] }), true),
        (json!({ "state": [{ "anything-but": { "equals-ignore-case": ["TERMINATED"] } }] }), false),
        (json!({ "FileName": [{ "anything-but": { "wildcard": "*.PNG" } }] }), false),
        (json!({ "absent": [{ "anything-but": "x" }] }), false),
        (json!({ "c-count": [{ "numeric": [">", 0, "<=", 5] }] }), true),
        (json!({ "d-count": [{ "numeric": ["<", 10] }] }), false),
        (json!({ "x-limit": [{ "numeric": ["=", 301.8] }] }), true),
        (json!({ "state": [{ "numeric": [">", 0] }] }), false),
        (json!({ "sourceIPAddress": [{ "cidr": "10.0.0.0/24" }] }), true),
        (json!({ "sourceIPAddress": [{ "cidr": "10.1.0.0/24" }] }), false),
        (json!({ "state": [{ "exists": true }] }), true),
        (json!({ "absent": [{ "exists": false }] }), true),
        (json!({ "state": [{ "exists": false }] }), false),
        (json!({ "deep": [{ "exists": true }] }), false),
        (json!({ "deep": { "flag": [true] } }), true),
        (json!({ "deep": { "other": [{ "exists": false }] } }), true),
        (json!({ "nowhere": { "other": [{ "exists": false }] } }), true),
        (json!({ "tags": ["green"] }), true),
        (json!({ "tags": ["red"] }), false),
        (json!({ "items": { "sku": ["a"], "n": [1] } }), true),
        (json!({ "items": { "sku": ["a"], "n": [2] } }), false),
        (json!({ "$or": [{ "c-count": [{ "numeric": [">", 9] }] }, { "state": ["terminated"] }] }), true),
        (json!({ "$or": [{ "c-count": [4] }, { "d-count": [4] }], "state": ["terminated"] }), false),
    ] {
        assert_eq!(matches(&json!({ "detail": detail.clone() }), &event), matched, "{detail}");
    }
    assert!(matches(&json!({ "source": ["aws.ec2"], "detail-type": [{ "prefix": "EC2 " }] }), &event));
}

#[test]
fn errors_say_where() {
    for (pattern, path) in [
        (json!(["a"]), ""),
        (json!({}), ""),
        (json!({ "a": "x" }), "a"),
        (json!({ "a": { "b": 1 } }), "a/b"),
        (json!({ "a": [] }), "a"),
        (json!({ "a": { "b": {} } }), "a/b"),
        (json!({ "a": ["x", ["y"]] }), "a/1"),
        (json!({ "a": [{ "prefix": "x", "suffix": "y" }] }), "a/0"),
        (json!({ "a": [{ "starts-with": "x" }] }), "a/0/starts-with"),
        (json!({ "a": [{ "prefix": 1 }] }), "a/0/prefix"),
        (json!({ "a": [{ "exists": "yes" }] }), "a/0/exists"),
        (json!({ "a": [{ "numeric": [">", 1, "<"] }] }), "a/0/numeric"),
        (json!({ "a": [{ "numeric": ["!=", 1] }] }), "a/0/numeric"),
        (json!({ "a": [{ "numeric": [">", 5e10] }] }), "a/0/numeric"),
        (json!({ "a": [{ "cidr": "10.0.0.0/40" }] }), "a/0/cidr"),
        (json!({ "a": [{ "anything-but": ["x", 1] }] }), "a/0/anything-but"),
        (json!({ "a": [{ "anything-but": { "prefix": ["x", 2] } }] }), "a/0/anything-but/prefix/1"),
        (json!({ "a": [{ "wildcard": "a**b" }] }), "a/0/wildcard"),
        (json!({ "a": [{ "wildcard": "a\\b" }] }), "a/0/wildcard"),
        (json!({ "$or": [{ "a": [1] }] }), "$or"),
        (json!({ "$or": [{ "a": [1] }, 2] }), "$or/1"),
        (json!({ "a": ["x".repeat(5000)] }), ""),
    ] {
        let error = EventPattern::parse(&pattern).expect_err(&pattern.to_string());
        assert_eq!(error.path.join("/"), path, "{pattern}: {error}");
    }
}
