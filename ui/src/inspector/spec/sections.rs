//! The fields of what is no node: the flow itself, brokers, event types, and the plain fields of scenarios. What a
//! scenario does (loads, faults, expectations) is edited on the timeline.

use super::{Choice, Field, Input, Section, Unit, choice, distribution, number, size, text, time, words};
use crate::text::field as t;

/// The flow.
pub(in crate::inspector) const FLOW: &[Field] =
    &[text("name", t::NAME).must(), text("summary", t::SUMMARY), text("owner", t::OWNER).means(t::NOBODY)];

/// A declared broker.
pub(in crate::inspector) const BROKER: &[Section] = &[
    Section {
        heading: t::BROKER,
        fields: &[
            words(
                "kind",
                t::KIND,
                &["kafka", "rabbitmq", "eventbridge", "sqs", "sns", "pubsub", "eventgrid", "nats", "generic"],
            )
            .must(),
            text("summary", t::SUMMARY),
        ],
    },
    Section {
        heading: t::LATENCIES,
        fields: &[
            distribution("publish_latency", t::PUBLISH_LATENCY).means(t::NOT_COUNTED),
            distribution("delivery_latency", t::DELIVERY_LATENCY).means(t::NOT_COUNTED),
            size("memory_limit", t::MEMORY_LIMIT),
        ],
    },
];

/// An event type.
pub(in crate::inspector) const EVENT: &[Section] = &[Section {
    heading: t::CONTRACT,
    fields: &[
        text("summary", t::SUMMARY),
        text("version", t::VERSION),
        words(
            "compatibility",
            t::COMPATIBILITY,
            &["none", "backward", "forward", "full", "backward-transitive", "forward-transitive", "full-transitive"],
        )
        .means(t::NOT_SET),
        size("size", t::SIZE).means(t::NOT_SET),
        Field::new("personal_data", t::PERSONAL_DATA, Input::Values(Unit::Word)).means(t::NO_ENTRY),
        choice("schema", t::SCHEMA, Choice::Schema),
    ],
}];

/// The plain fields of a scenario.
pub(in crate::inspector) const SCENARIO: &[Field] = &[
    text("summary", t::SUMMARY),
    time("duration", t::DURATION),
    Field::new("warmup", t::WARMUP, Input::Value(Unit::Any)),
    number("replications", t::REPLICATIONS),
    number("seed", t::SEED),
];
