//! The documents that a newcomer begins with: templates, of which one is the commented starter, and the examples.

/// Small flows to begin a new one from, by name; the starter is the first.
const TEMPLATES: [(&str, &str); 4] = [
    ("starter", include_str!("templates/starter.flow.yaml")),
    ("work-queue", include_str!("templates/work-queue.flow.yaml")),
    ("event-log", include_str!("templates/event-log.flow.yaml")),
    ("outbox", include_str!("templates/outbox.flow.yaml")),
];

/// The examples by name, as `thalweg new --template NAME` writes them.
const EXAMPLES: [(&str, &str); 6] = [
    ("checkout", include_str!("../../../examples/checkout.flow.yaml")),
    ("seo-monitoring", include_str!("../../../examples/seo-monitoring.flow.yaml")),
    ("real-time-bidding", include_str!("../../../examples/real-time-bidding.flow.yaml")),
    ("user-journey", include_str!("../../../examples/user-journey.flow.yaml")),
    ("reporting", include_str!("../../../examples/reporting.flow.yaml")),
    ("integrations", include_str!("../../../examples/integrations.flow.yaml")),
];

/// One example per broker, with the ways in which such systems fail as scenarios. They follow the stories.
const BROKER_EXAMPLES: [(&str, &str); 8] = [
    ("kafka", include_str!("../../../examples/brokers/kafka.flow.yaml")),
    ("rabbitmq", include_str!("../../../examples/brokers/rabbitmq.flow.yaml")),
    ("sqs", include_str!("../../../examples/brokers/sqs.flow.yaml")),
    ("sns", include_str!("../../../examples/brokers/sns.flow.yaml")),
    ("eventbridge", include_str!("../../../examples/brokers/eventbridge.flow.yaml")),
    ("pubsub", include_str!("../../../examples/brokers/pubsub.flow.yaml")),
    ("eventgrid", include_str!("../../../examples/brokers/eventgrid.flow.yaml")),
    ("nats", include_str!("../../../examples/brokers/nats.flow.yaml")),
];

/// The examples that tell a story: name and text.
pub fn examples() -> &'static [(&'static str, &'static str)] {
    &EXAMPLES
}

/// The examples that show a broker and its failures: name and text.
pub fn broker_examples() -> &'static [(&'static str, &'static str)] {
    &BROKER_EXAMPLES
}

/// Small flows to begin a new one from, each with a pattern: name and text. The first is [`starter`].
pub fn templates() -> &'static [(&'static str, &'static str)] {
    &TEMPLATES
}

/// A small flow with a comment on everything that it uses.
pub fn starter() -> &'static str {
    TEMPLATES[0].1
}
