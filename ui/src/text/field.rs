//! Labels of the inspector's fields, and what holds when nothing is written.

pub(crate) const TITLE: &str = "Title";
pub(crate) const SUMMARY: &str = "Summary";
pub(crate) const OWNER: &str = "Owner";
pub(crate) const NAME: &str = "Name";

pub(crate) const LOAD: &str = "Load";
pub(crate) const OUTBOX: &str = "Outbox";
pub(crate) const OUTBOX_EVERY: &str = "Relay every";
pub(crate) const OUTBOX_BATCH: &str = "Relay batch";
pub(crate) const CARRYING: &str = "Carrying";
pub(crate) const ROUTING: &str = "Routing";
pub(crate) const HANDLING: &str = "Handling";
pub(crate) const ANSWERING: &str = "Answering";
pub(crate) const WHEN_IT_FAILS: &str = "When it fails";
pub(crate) const SUBSCRIBES: &str = "Subscribes";
pub(crate) const PUBLISHES: &str = "Publishes";
pub(crate) const CALLS: &str = "Calls";

pub(crate) const BROKER: &str = "Broker";
pub(crate) const PARTITIONS: &str = "Partitions";
pub(crate) const RETENTION: &str = "Retention";
pub(crate) const MAX_BYTES: &str = "Max size";
pub(crate) const ORDERING: &str = "Ordering";
pub(crate) const MAX_LENGTH: &str = "Max length";
pub(crate) const DISCARD: &str = "Discards";
pub(crate) const RETENTION_POLICY: &str = "Retention policy";
pub(crate) const OVERFLOW: &str = "Overflow";
pub(crate) const MESSAGE_TTL: &str = "Message TTL";
pub(crate) const DELIVERY_LIMIT: &str = "Delivery limit";
pub(crate) const VISIBILITY_TIMEOUT: &str = "Visibility timeout";
pub(crate) const DEAD_LETTER: &str = "Dead letter";
pub(crate) const TYPE: &str = "Type";
pub(crate) const THROTTLE: &str = "Throttle";

pub(crate) const INSTANCES: &str = "Instances";
pub(crate) const CONCURRENCY: &str = "Concurrency";
pub(crate) const SERVICE_TIME: &str = "Service time";
pub(crate) const TIMEOUT: &str = "Timeout";
pub(crate) const ORDER: &str = "Order";
pub(crate) const FAILURE_RATE: &str = "Failure rate";
pub(crate) const POISON: &str = "Poison";
pub(crate) const ATTEMPTS: &str = "Attempts";
pub(crate) const BACKOFF: &str = "Backoff";
pub(crate) const REQUEUE: &str = "Requeue";
pub(crate) const IDEMPOTENT: &str = "Idempotent by";
pub(crate) const IDEMPOTENT_WINDOW: &str = "remembered for";
pub(crate) const LATENCY: &str = "Latency";
pub(crate) const RATE_LIMIT: &str = "Rate limit";
pub(crate) const WRITE_TIME: &str = "Write time";
pub(crate) const READ_TIME: &str = "Read time";
pub(crate) const PARALLELISM: &str = "Parallelism";
pub(crate) const WINDOW: &str = "Window";
pub(crate) const WATERMARK: &str = "Watermark delay";
pub(crate) const RESTART_TIME: &str = "Restart time";
pub(crate) const GROUP: &str = "Group";
pub(crate) const PREFETCH: &str = "Prefetch";
pub(crate) const MAX_ACK_PENDING: &str = "Max unacknowledged";
pub(crate) const MAX_DELIVERIES: &str = "Max deliveries";
pub(crate) const EVENT: &str = "Event type";
pub(crate) const PROBABILITY: &str = "Probability";
pub(crate) const COUNT: &str = "Count";
pub(crate) const KEY: &str = "Key";
pub(crate) const DELAY: &str = "Delay";
pub(crate) const BREAKER_FAILURES: &str = "Breaker failures";
pub(crate) const BREAKER_WITHIN: &str = "within";
pub(crate) const BREAKER_OPEN: &str = "stays open";

pub(crate) const NO_LOAD: &str = "none";
pub(crate) const NO_OUTBOX: &str = "no outbox";
pub(crate) const GENERIC: &str = "generic";
pub(crate) const FOREVER: &str = "forever";
pub(crate) const NO_LIMIT: &str = "no limit";
pub(crate) const BROKERS: &str = "the broker's";
pub(crate) const LOST: &str = "none, lost";
pub(crate) const NO_TIME: &str = "none";
pub(crate) const NO_TIMEOUT: &str = "none";
pub(crate) const NO_DELAY: &str = "none";
pub(crate) const NO_BREAKER: &str = "no breaker";
pub(crate) const AT_ONCE: &str = "at once";
pub(crate) const NOT_SET: &str = "not set";
pub(crate) const OWN_NAME: &str = "the node's name";
pub(crate) const KEY_DEFAULT: &str = "in turn, or the cause's";

pub(crate) const PER_ATTEMPT: &str = "per attempt";
pub(crate) const OF_MESSAGES: &str = "of messages";
pub(crate) const PER_INSTANCE: &str = "per instance";
pub(crate) const FIRST_INCLUDED: &str = "first included";
pub(crate) const MESSAGES: &str = "messages";
pub(crate) const AT_ONCE_CALLS: &str = "calls at once";
pub(crate) const TASKS: &str = "tasks";

/// What a field holds that is not written.
pub(crate) fn default(value: &str) -> String {
    if value.is_empty() || value.contains(' ') || value == "none" {
        value.to_owned()
    } else {
        format!("{value} · default")
    }
}

/// What cannot be edited in a field of its own.
pub(crate) const IN_YAML: &str = "edit in YAML";
