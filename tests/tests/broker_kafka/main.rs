//! Kafka as librdkafka's mock cluster speaks it, and its simulation, put through the same small scenarios.
//!
//! The mock cluster has real clients, a real group coordinator for the classic protocol and real timings; it keeps
//! records in memory, and has neither retention nor the group protocol of KIP-848.

mod bench;
mod groups;
mod keys;
mod topology;
