//! Which fields a node of some kind has, with what holds when nothing is written.

use super::value::Choice;
use crate::text::field as t;

/// A heading with its fields.
pub(super) struct Section {
    pub(super) heading: &'static str,
    pub(super) fields: &'static [Field],
}

/// One line of the inspector.
#[derive(Debug, Clone, Copy)]
pub(super) struct Field {
    /// Path below the node.
    pub(super) path: &'static str,
    pub(super) label: &'static str,
    pub(super) input: Input,
    /// What holds when it is not written.
    pub(super) default: &'static str,
    /// The unit or meaning, after the value.
    pub(super) hint: &'static str,
}

/// How a field is filled in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Input {
    /// A line of text: a number, a duration, a rate, ….
    Text,
    /// One of some words.
    Words(&'static [&'static str]),
    /// One of several forms with their own values.
    Choice(Choice),
    /// A channel of the flow.
    Channel,
    /// A broker of the flow, or a kind of one.
    Broker,
    /// Like text; but when the map above is missing, the whole map is written with these other keys.
    Within(&'static str, &'static [(&'static str, &'static str)]),
}

const fn text(path: &'static str, label: &'static str, default: &'static str, hint: &'static str) -> Field {
    Field { path, label, input: Input::Text, default, hint }
}

const fn of(path: &'static str, label: &'static str, input: Input, default: &'static str) -> Field {
    Field { path, label, input, default, hint: "" }
}

const FAILURE: Section = Section {
    heading: t::WHEN_IT_FAILS,
    fields: &[
        text("failure.rate", t::FAILURE_RATE, "0%", t::PER_ATTEMPT),
        text("failure.poison", t::POISON, "0%", t::OF_MESSAGES),
    ],
};

const PRODUCER: &[Section] = &[
    Section { heading: t::LOAD, fields: &[of("load", t::LOAD, Input::Choice(Choice::Load), t::NO_LOAD)] },
    Section {
        heading: t::OUTBOX,
        fields: &[
            of("outbox.every", t::OUTBOX_EVERY, Input::Within("outbox", &[("batch", "100")]), t::NO_OUTBOX),
            of("outbox.batch", t::OUTBOX_BATCH, Input::Within("outbox", &[("every", "1s")]), t::NO_OUTBOX),
        ],
    },
];

const TOPIC: &[Section] = &[Section {
    heading: t::CARRYING,
    fields: &[
        of("broker", t::BROKER, Input::Broker, t::GENERIC),
        text("partitions", t::PARTITIONS, "1", ""),
        text("retention", t::RETENTION, t::FOREVER, ""),
        text("max_bytes", t::MAX_BYTES, t::NO_LIMIT, ""),
        text("max_length", t::MAX_LENGTH, t::NO_LIMIT, t::MESSAGES),
        of("discard", t::DISCARD, Input::Words(&["old", "new"]), "old"),
        of("retention_policy", t::RETENTION_POLICY, Input::Words(&["limits", "interest", "work-queue"]), "limits"),
        of("ordering", t::ORDERING, Input::Words(&["none", "per-partition", "per-key"]), "per-partition"),
    ],
}];

const QUEUE: &[Section] = &[Section {
    heading: t::CARRYING,
    fields: &[
        of("broker", t::BROKER, Input::Broker, t::GENERIC),
        text("max_length", t::MAX_LENGTH, t::NO_LIMIT, t::MESSAGES),
        of("overflow", t::OVERFLOW, Input::Words(&["drop-head", "reject-publish", "reject-publish-dlx"]), "drop-head"),
        text("message_ttl", t::MESSAGE_TTL, t::FOREVER, ""),
        text("delivery_limit", t::DELIVERY_LIMIT, t::NO_LIMIT, ""),
        text("visibility_timeout", t::VISIBILITY_TIMEOUT, t::BROKERS, ""),
        of("dead_letter", t::DEAD_LETTER, Input::Channel, t::LOST),
    ],
}];

const EXCHANGE: &[Section] = &[Section {
    heading: t::ROUTING,
    fields: &[
        of("broker", t::BROKER, Input::Broker, t::GENERIC),
        of("type", t::TYPE, Input::Words(&["direct", "topic", "fanout", "headers"]), "fanout"),
    ],
}];

const BUS: &[Section] = &[Section {
    heading: t::ROUTING,
    fields: &[of("broker", t::BROKER, Input::Broker, t::GENERIC), text("throttle", t::THROTTLE, t::NO_LIMIT, "")],
}];

const CONSUMER: &[Section] = &[
    Section {
        heading: t::HANDLING,
        fields: &[
            text("instances", t::INSTANCES, "1", ""),
            text("concurrency", t::CONCURRENCY, "1", t::PER_INSTANCE),
            of("service_time", t::SERVICE_TIME, Input::Choice(Choice::Distribution), t::NO_TIME),
            text("timeout", t::TIMEOUT, t::NO_TIMEOUT, ""),
            of("order", t::ORDER, Input::Words(&["per-key", "none"]), t::BROKERS),
        ],
    },
    Section {
        heading: t::WHEN_IT_FAILS,
        fields: &[
            text("failure.rate", t::FAILURE_RATE, "0%", t::PER_ATTEMPT),
            text("failure.poison", t::POISON, "0%", t::OF_MESSAGES),
            text("retry.attempts", t::ATTEMPTS, t::BROKERS, t::FIRST_INCLUDED),
            of("retry.backoff", t::BACKOFF, Input::Choice(Choice::Backoff), t::AT_ONCE),
            of("retry.requeue", t::REQUEUE, Input::Words(&["front", "back"]), "front"),
            of("dead_letter", t::DEAD_LETTER, Input::Channel, t::LOST),
            of("idempotent.key", t::IDEMPOTENT, Input::Within("idempotent", &[("window", "24h")]), t::NOT_SET),
            of(
                "idempotent.window",
                t::IDEMPOTENT_WINDOW,
                Input::Within("idempotent", &[("key", "event_id")]),
                t::NOT_SET,
            ),
        ],
    },
];

const SERVICE: &[Section] = &[
    Section {
        heading: t::ANSWERING,
        fields: &[
            of("latency", t::LATENCY, Input::Choice(Choice::Distribution), t::NO_TIME),
            text("concurrency", t::CONCURRENCY, t::NO_LIMIT, t::AT_ONCE_CALLS),
            text("rate_limit", t::RATE_LIMIT, t::NO_LIMIT, ""),
        ],
    },
    FAILURE,
];

const STORE: &[Section] = &[Section {
    heading: t::ANSWERING,
    fields: &[
        of("write_time", t::WRITE_TIME, Input::Choice(Choice::Distribution), t::NO_TIME),
        of("read_time", t::READ_TIME, Input::Choice(Choice::Distribution), t::NO_TIME),
        text("concurrency", t::CONCURRENCY, t::NO_LIMIT, t::AT_ONCE_CALLS),
    ],
}];

const STREAM: &[Section] = &[Section {
    heading: t::HANDLING,
    fields: &[
        text("parallelism", t::PARALLELISM, "1", t::TASKS),
        of("service_time", t::SERVICE_TIME, Input::Choice(Choice::Distribution), t::NO_TIME),
        of("window", t::WINDOW, Input::Choice(Choice::Window), t::NOT_SET),
        text("watermark_delay", t::WATERMARK, t::NOT_SET, ""),
        text("restart_time", t::RESTART_TIME, t::NOT_SET, ""),
    ],
}];

/// The fields of a node kind. What lists hold (`publishes`, `subscribes`, `calls`, `routes`) follows in sections of its own.
pub(super) fn sections(kind: &str) -> &'static [Section] {
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

/// The fields of every node.
pub(super) const COMMON: &[Field] =
    &[text("title", t::TITLE, "", ""), text("summary", t::SUMMARY, "", ""), text("owner", t::OWNER, "", "")];

/// A list of a node whose entries have fields: the key, the key of an entry that names it, and the fields of an entry.
pub(super) struct EntryList {
    pub(super) key: &'static str,
    pub(super) heading: &'static str,
    pub(super) named_by: &'static str,
    pub(super) fields: &'static [Field],
}

/// The lists of every kind; a node without one has no such section.
pub(super) const LISTS: &[EntryList] = &[
    EntryList {
        key: "subscribes",
        heading: t::SUBSCRIBES,
        named_by: "from",
        fields: &[
            text("group", t::GROUP, t::OWN_NAME, ""),
            text("prefetch", t::PREFETCH, t::BROKERS, t::MESSAGES),
            text("max_ack_pending", t::MAX_ACK_PENDING, t::BROKERS, t::MESSAGES),
            text("max_deliveries", t::MAX_DELIVERIES, t::BROKERS, ""),
        ],
    },
    EntryList {
        key: "publishes",
        heading: t::PUBLISHES,
        named_by: "to",
        fields: &[
            text("event", t::EVENT, t::NOT_SET, ""),
            text("probability", t::PROBABILITY, "100%", ""),
            text("count", t::COUNT, "1", t::AT_ONCE),
            of("key", t::KEY, Input::Choice(Choice::Key), t::KEY_DEFAULT),
            of("delay", t::DELAY, Input::Choice(Choice::Distribution), t::NO_DELAY),
        ],
    },
    EntryList {
        key: "calls",
        heading: t::CALLS,
        named_by: "service",
        fields: &[
            text("timeout", t::TIMEOUT, t::NO_TIMEOUT, ""),
            text("probability", t::PROBABILITY, "100%", ""),
            of(
                "breaker.failures",
                t::BREAKER_FAILURES,
                Input::Within("breaker", &[("within", "10s"), ("open", "30s")]),
                t::NO_BREAKER,
            ),
            of(
                "breaker.within",
                t::BREAKER_WITHIN,
                Input::Within("breaker", &[("failures", "5"), ("open", "30s")]),
                t::NO_BREAKER,
            ),
            of(
                "breaker.open",
                t::BREAKER_OPEN,
                Input::Within("breaker", &[("failures", "5"), ("within", "10s")]),
                t::NO_BREAKER,
            ),
        ],
    },
];
