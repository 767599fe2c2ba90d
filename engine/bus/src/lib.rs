//! The live event engine: topics and partitions, groups with leases, retries, dead letters, idempotency.
//!
//! - [`Event`] is a CloudEvent; a [`Plan`] says what topics and groups there are.
//! - [`Broker`] is what every backend does. [`SqliteBroker`] keeps events in a file of this machine, [`NatsBroker`] on a
//!   NATS server, [`RabbitBroker`] in a RabbitMQ.
//! - [`http`] lets programs in any language at a broker.
//!
//! Not here: what runs a flow's producers and handlers, SQL (that is `thalweg-store`'s).

mod broker;
mod clock;
mod common;
mod error;
mod event;
mod from_flow;
pub mod http;
mod nats;
mod plan;
mod rabbitmq;
mod sqlite;

pub use broker::{
    Ability, Attempt, Broker, Capabilities, DeadLetter, Delivery, GroupState, GroupTotals, Outcome, Published, Settled,
    Settlement, Stored, TopicState, Which,
};
pub use clock::Clock;
pub use common::{MAX_PUBLISH, MAX_PUBLISH_BYTES};
pub use error::BusError;
pub use event::{
    Event, EventError, Extension, MAX_ATTRIBUTE_BYTES, MAX_EVENT_BYTES, MAX_EXTENSIONS, PARTITION_KEY, event_from_json,
    event_to_json, events_from_json,
};
pub use from_flow::{Planned, plan_of};
pub use nats::{NatsBroker, NatsLogin, NatsOptions};
pub use plan::{
    Backoff, DEDUP_WINDOW, Durability, GroupPlan, Jitter, LEASE, Order, Plan, Retention, RetryPlan, Start, TopicPlan,
};
pub use rabbitmq::RabbitBroker;
pub use sqlite::SqliteBroker;
