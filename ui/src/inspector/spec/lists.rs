//! The lists of nodes: which kinds have them, and the fields of an entry.

use thalweg_flow::BrokerKind;

use super::{
    Choice, Field, Input, Names, Unit, choice, distribution, name, nodes, number, share, size, text, time, words,
};
use crate::text::{Word, field as t};

/// A list of a node.
#[derive(Debug, Clone, Copy)]
pub(in crate::inspector) struct EntryList {
    /// Its key.
    pub(in crate::inspector) key: &'static str,
    pub(in crate::inspector) heading: Word,
    /// The kinds of nodes that have it.
    pub(in crate::inspector) kinds: &'static [&'static str],
    /// The key of an entry that names it; empty when an entry is a name itself.
    pub(in crate::inspector) named_by: &'static str,
    /// What a new entry may be made of.
    pub(in crate::inspector) names: Names,
    /// Further keys of a new entry; an empty value stands for the name once more.
    pub(in crate::inspector) with: &'static [(&'static str, &'static str)],
    /// The fields of an entry.
    pub(in crate::inspector) fields: &'static [Field],
}

const KAFKA: &[BrokerKind] = &[BrokerKind::Kafka];
pub(super) const RABBITMQ: &[BrokerKind] = &[BrokerKind::Rabbitmq];
pub(super) const LEASING: &[BrokerKind] = &[BrokerKind::Sqs, BrokerKind::Generic];
const PUSHING: &[BrokerKind] = &[BrokerKind::Rabbitmq, BrokerKind::Pubsub, BrokerKind::Generic];
const ACKED: &[BrokerKind] = &[BrokerKind::Pubsub, BrokerKind::Nats];
const NATS: &[BrokerKind] = &[BrokerKind::Nats];

const SUBSCRIPTION: &[Field] = &[
    name("from", t::FROM, Names::Sources).must(),
    text("group", t::GROUP).means(t::OWN_NAME),
    number("prefetch", t::PREFETCH).means(t::NO_LIMIT).hint(t::MESSAGES).of(PUSHING),
    time("ack_deadline", t::ACK_DEADLINE).means(t::NO_LIMIT).of(ACKED),
    Field::new("backoff", t::ACK_BACKOFF, Input::Values(Unit::Time)).of(NATS),
    time("max_lease", t::MAX_LEASE).means(t::NOT_EXTENDED).of(ACKED),
    number("max_ack_pending", t::MAX_ACK_PENDING).means(t::NO_LIMIT).hint(t::PER_GROUP).of(NATS),
    number("max_deliveries", t::MAX_DELIVERIES).means(t::NO_LIMIT),
    time("visibility_timeout", t::VISIBILITY_TIMEOUT).means(t::NO_LIMIT).of(LEASING),
    Field::new("filter", t::FILTER, Input::Free(t::A_PATTERN)).means(t::NO_PATTERN).rare(),
    number("batch.size", t::BATCH_SIZE).means(t::NO_BATCH).rare(),
    time("batch.wait", t::BATCH_WAIT).means(t::NO_BATCH).rare(),
    time("session_timeout", t::SESSION_TIMEOUT).of(KAFKA),
    words("assignment", t::ASSIGNMENT, &["eager", "cooperative"]).of(KAFKA),
    time("rebalance_time", t::REBALANCE_TIME).of(KAFKA),
    Field::new("static_membership", t::STATIC_MEMBERSHIP, Input::Switch).means(t::NO).rare(),
    words("commit", t::COMMIT, &["auto", "batch", "message"]).or("auto").of(KAFKA),
    time("commit_interval", t::COMMIT_INTERVAL).of(KAFKA),
    number("max_poll_records", t::MAX_POLL_RECORDS).hint(t::MESSAGES).of(KAFKA),
    time("max_poll_interval", t::MAX_POLL_INTERVAL).rare(),
];

const PUBLISH: &[Field] = &[
    name("to", t::TO, Names::Channels).must(),
    name("event", t::EVENT, Names::Events),
    share("probability", t::PROBABILITY).or("100%"),
    number("count", t::COUNT).or("1").hint(t::MESSAGES),
    choice("key", t::KEY, Choice::Key).means(t::KEY_DEFAULT),
    distribution("delay", t::DELAY).means(t::NO_DELAY),
    size("size", t::SIZE).means(t::OF_ITS_EVENT).rare(),
    number("priority", t::PRIORITY).or("0").rare(),
    text("routing_key", t::ROUTING_KEY).means(t::ITS_EVENT).rare(),
    words("message_id", t::MESSAGE_ID, &["cause"]).means(t::OWN_ID).rare(),
    Field::new("attributes", t::ATTRIBUTES, Input::Free(t::A_MAP)).means(t::NO_PRIORITIES).rare(),
];

const OPERATION: Field = words("operation", t::OPERATION, &["read", "write"]).or("write").rare();
const CALL_TIMEOUT: Field = time("timeout", t::TIMEOUT).means(t::NO_TIMEOUT);
const CALL_ATTEMPTS: Field = nodes::ATTEMPTS.means(t::NO_RETRY);
const CALL_BACKOFF: Field = nodes::BACKOFF.rare();
const CALL_REQUEUE: Field = nodes::REQUEUE.rare();
const CALL_BUDGET: Field = nodes::BUDGET.rare();
const BREAKER_FAILURES: Field = number("breaker.failures", t::BREAKER_FAILURES).means(t::NO_BREAKER);
const BREAKER_WITHIN: Field = time("breaker.within", t::BREAKER_WITHIN).means(t::NO_BREAKER).rare();
const BREAKER_OPEN: Field = time("breaker.open", t::BREAKER_OPEN).means(t::NO_BREAKER).rare();
const CALL_PROBABILITY: Field = share("probability", t::PROBABILITY).or("100%");
const MAX_CONCURRENT: Field =
    number("max_concurrent", t::MAX_CONCURRENT).means(t::NO_LIMIT).hint(t::AT_ONCE_CALLS).rare();

const CALL: &[Field] = &[
    name("service", t::SERVICE, Names::Called).must(),
    OPERATION,
    CALL_TIMEOUT,
    CALL_PROBABILITY,
    CALL_ATTEMPTS,
    CALL_BACKOFF,
    CALL_REQUEUE,
    CALL_BUDGET,
    BREAKER_FAILURES,
    BREAKER_WITHIN,
    BREAKER_OPEN,
    MAX_CONCURRENT,
];

const STEP: &[Field] = &[
    text("name", t::NAME).must(),
    name("service", t::SERVICE, Names::Called).must(),
    name("compensation", t::COMPENSATION, Names::Called).means(t::NOBODY),
    OPERATION,
    CALL_TIMEOUT,
    CALL_PROBABILITY,
    CALL_ATTEMPTS,
    CALL_BACKOFF,
    CALL_REQUEUE,
    CALL_BUDGET,
    BREAKER_FAILURES,
    BREAKER_WITHIN,
    BREAKER_OPEN,
    MAX_CONCURRENT,
];

const PATTERN: Field = Field::new("pattern", t::PATTERN, Input::Free(t::A_PATTERN)).means(t::NO_PATTERN);

/// All lists, in the order in which they are shown.
pub(in crate::inspector) const LISTS: &[EntryList] = &[
    EntryList {
        key: "subscribes",
        heading: t::SUBSCRIBES,
        kinds: &["consumer", "workflow", "stream"],
        named_by: "from",
        names: Names::Sources,
        with: &[],
        fields: SUBSCRIPTION,
    },
    EntryList {
        key: "steps",
        heading: t::STEPS,
        kinds: &["workflow"],
        named_by: "name",
        names: Names::Called,
        with: &[("service", "")],
        fields: STEP,
    },
    EntryList {
        key: "timers",
        heading: t::TIMERS,
        kinds: &["workflow"],
        named_by: "before",
        names: Names::Steps,
        with: &[("wait", "1m")],
        fields: &[name("before", t::BEFORE, Names::Steps).must(), distribution("wait", t::WAIT).must()],
    },
    EntryList {
        key: "calls",
        heading: t::CALLS,
        kinds: &["consumer"],
        named_by: "service",
        names: Names::Called,
        with: &[],
        fields: CALL,
    },
    EntryList {
        key: "publishes",
        heading: t::PUBLISHES,
        kinds: &["producer", "consumer", "workflow", "stream"],
        named_by: "to",
        names: Names::Channels,
        with: &[],
        fields: PUBLISH,
    },
    EntryList {
        key: "routes",
        heading: t::ROUTES,
        kinds: &["exchange"],
        named_by: "to",
        names: Names::Channels,
        with: &[],
        fields: &[name("to", t::TO, Names::Channels).must(), PATTERN],
    },
    EntryList {
        key: "routes",
        heading: t::ROUTES,
        kinds: &["bus"],
        named_by: "to",
        names: Names::Targets,
        with: &[],
        fields: &[
            name("to", t::TO, Names::Targets).must(),
            PATTERN,
            nodes::ATTEMPTS,
            nodes::BACKOFF,
            nodes::REQUEUE.rare(),
            nodes::BUDGET.rare(),
            nodes::DEAD_LETTER,
        ],
    },
    EntryList {
        key: "projects_to",
        heading: t::PROJECTS_TO,
        kinds: &["store"],
        named_by: "",
        names: Names::Projected,
        with: &[],
        fields: &[],
    },
];
