//! The fields of each node kind, but for what its lists hold.

use super::{
    Choice, Field, Input, Names, Section, Unit, choice, distribution, name, number, rate, share, size, text, time,
    words,
};
use crate::text::field as t;

/// The fields of every node.
pub(in crate::inspector) const COMMON: &[Field] =
    &[text("title", t::TITLE), text("summary", t::SUMMARY), text("owner", t::OWNER).means(t::NOBODY)];

const BROKER: Field = name("broker", t::BROKER, Names::Brokers).means(t::GENERIC);
const FAILURE_RATE: Field = share("failure.rate", t::FAILURE_RATE).or("0%").hint(t::PER_ATTEMPT);
const POISON: Field = share("failure.poison", t::POISON).or("0%").hint(t::OF_MESSAGES);
const SERVICE_TIME: Field = distribution("service_time", t::SERVICE_TIME);
const DEDUPLICATION: Field = time("deduplication_window", t::DEDUPLICATION).means(t::NOT_RECOGNISED).rare();
pub(super) const DEAD_LETTER: Field = name("dead_letter", t::DEAD_LETTER, Names::Channels).means(t::LOST);

/// How attempts or calls are repeated.
pub(super) const ATTEMPTS: Field =
    Field::new("retry.attempts", t::ATTEMPTS, Input::Value(Unit::Any)).means(t::BROKERS).hint(t::FIRST_INCLUDED);
pub(super) const BACKOFF: Field = choice("retry.backoff", t::BACKOFF, Choice::Backoff).means(t::AT_ONCE);
pub(super) const REQUEUE: Field = words("retry.requeue", t::REQUEUE, &["front", "back"]).or("front");
pub(super) const BUDGET: Field = choice("retry.budget", t::BUDGET, Choice::Budget).means(t::NO_LIMIT);

const PRODUCER: &[Section] = &[
    Section { heading: t::LOAD, fields: &[choice("load", t::LOAD, Choice::Load).means(t::NO_LOAD)] },
    Section {
        heading: t::OUTBOX,
        fields: &[
            time("outbox.every", t::OUTBOX_EVERY).means(t::NO_OUTBOX),
            number("outbox.batch", t::OUTBOX_BATCH).means(t::NO_OUTBOX).hint(t::MESSAGES),
        ],
    },
];

const TOPIC: &[Section] = &[
    Section {
        heading: t::CARRYING,
        fields: &[
            BROKER,
            number("partitions", t::PARTITIONS).or("1"),
            words("ordering", t::ORDERING, &["none", "per-partition", "per-key"]).or("per-partition"),
            time("retention", t::RETENTION).means(t::FOREVER),
            words("retention_policy", t::RETENTION_POLICY, &["limits", "interest", "work-queue"]).or("limits"),
            DEDUPLICATION,
        ],
    },
    Section {
        heading: t::WHEN_FULL,
        fields: &[
            size("max_bytes", t::MAX_BYTES),
            number("max_length", t::MAX_LENGTH).means(t::NO_LIMIT).hint(t::MESSAGES),
            words("discard", t::DISCARD, &["old", "new"]).or("old"),
        ],
    },
];

const QUEUE: &[Section] = &[
    Section {
        heading: t::CARRYING,
        fields: &[
            BROKER,
            words("type", t::TYPE, &["classic", "quorum"]).of(super::lists::RABBITMQ),
            words("ordering", t::ORDERING, &["none", "per-partition", "per-key"]).or("none"),
            words("discipline", t::DISCIPLINE, &["fifo", "lifo", "random", "priority"]).or("fifo"),
            number("priority", t::PRIORITIES).means(t::NO_PRIORITIES),
            DEDUPLICATION,
        ],
    },
    Section {
        heading: t::WHEN_FULL,
        fields: &[
            number("max_length", t::MAX_LENGTH).means(t::NO_LIMIT).hint(t::MESSAGES),
            words("overflow", t::OVERFLOW, &["drop-head", "reject-publish", "reject-publish-dlx"]).or("drop-head"),
        ],
    },
    Section {
        heading: t::GIVING_OUT,
        fields: &[
            distribution("message_ttl", t::MESSAGE_TTL).means(t::FOREVER),
            number("delivery_limit", t::DELIVERY_LIMIT).means(t::NO_LIMIT),
            DEAD_LETTER,
            time("visibility_timeout", t::VISIBILITY_TIMEOUT).of(super::lists::LEASING),
            time("consumer_timeout", t::CONSUMER_TIMEOUT).of(super::lists::RABBITMQ),
        ],
    },
];

const EXCHANGE: &[Section] = &[Section {
    heading: t::ROUTING,
    fields: &[BROKER, words("type", t::TYPE, &["direct", "topic", "fanout", "headers"]).or("fanout")],
}];

const BUS: &[Section] = &[Section { heading: t::ROUTING, fields: &[BROKER, rate("throttle", t::THROTTLE)] }];

const CONSUMER: &[Section] = &[
    Section {
        heading: t::HANDLING,
        fields: &[
            number("instances", t::INSTANCES).or("1"),
            number("concurrency", t::CONCURRENCY).or("1").hint(t::PER_INSTANCE),
            SERVICE_TIME,
            time("timeout", t::TIMEOUT).means(t::NO_TIMEOUT),
            words("order", t::ORDER, &["per-key", "none"]).means(t::BROKERS).rare(),
            rate("rate_limit", t::RATE_LIMIT).rare(),
            distribution("start_time", t::START_TIME).rare(),
            number("batch.size", t::BATCH_SIZE).means(t::NO_BATCH).rare(),
            time("batch.wait", t::BATCH_WAIT).means(t::NO_BATCH).rare(),
        ],
    },
    Section {
        heading: t::WHEN_IT_FAILS,
        fields: &[
            FAILURE_RATE,
            POISON,
            ATTEMPTS,
            BACKOFF,
            REQUEUE.rare(),
            BUDGET.rare(),
            DEAD_LETTER,
            text("idempotent.key", t::IDEMPOTENT),
            time("idempotent.window", t::IDEMPOTENT_WINDOW),
            time("idempotent.lookup", t::IDEMPOTENT_LOOKUP).means(t::NO_TIME).rare(),
        ],
    },
    Section {
        heading: t::SCALING,
        fields: &[
            number("autoscale.min", t::SCALE_MIN).means(t::NO_SCALING),
            number("autoscale.max", t::SCALE_MAX).means(t::NO_SCALING),
            number("autoscale.target_lag", t::TARGET_LAG).means(t::NO_SCALING).hint(t::ON_LAG),
            time("autoscale.every", t::SCALE_EVERY).means(t::NO_SCALING).rare(),
            time("autoscale.cooldown", t::COOLDOWN).means(t::NO_SCALING).rare(),
            distribution("autoscale.start_time", t::SCALE_START).means(t::OF_CONSUMER).rare(),
        ],
    },
];

const SERVICE: &[Section] = &[
    Section {
        heading: t::ANSWERING,
        fields: &[
            distribution("latency", t::LATENCY),
            number("concurrency", t::CONCURRENCY).means(t::NO_LIMIT).hint(t::AT_ONCE_CALLS),
            rate("rate_limit", t::RATE_LIMIT),
        ],
    },
    Section { heading: t::WHEN_IT_FAILS, fields: &[FAILURE_RATE, POISON] },
];

const STORE: &[Section] = &[Section {
    heading: t::ANSWERING,
    fields: &[
        distribution("write_time", t::WRITE_TIME),
        distribution("read_time", t::READ_TIME),
        number("concurrency", t::CONCURRENCY).means(t::NO_LIMIT).hint(t::AT_ONCE_CALLS),
    ],
}];

const STREAM: &[Section] = &[
    Section {
        heading: t::HANDLING,
        fields: &[
            number("parallelism", t::PARALLELISM).or("1").hint(t::TASKS),
            SERVICE_TIME,
            choice("window", t::WINDOW, Choice::Window),
            time("watermark_delay", t::WATERMARK),
        ],
    },
    Section {
        heading: t::STATE,
        fields: &[
            time("checkpoint.every", t::CHECKPOINT_EVERY).means(t::NO_CHECKPOINT),
            time("checkpoint.duration", t::CHECKPOINT_DURATION).means(t::NO_CHECKPOINT),
            time("restart_time", t::RESTART_TIME),
        ],
    },
];

/// The fields of a node kind. What lists hold (`publishes`, `subscribes`, `calls`, `routes`, …) is in [`super::LISTS`]; a
/// workflow has nothing else.
pub(in crate::inspector) fn sections(kind: &str) -> &'static [Section] {
    match kind {
        "producer" => PRODUCER,
        "topic" => TOPIC,
        "queue" => QUEUE,
        "exchange" => EXCHANGE,
        "bus" => BUS,
        "consumer" => CONSUMER,
        "service" => SERVICE,
        "store" => STORE,
        "stream" => STREAM,
        _ => &[],
    }
}
