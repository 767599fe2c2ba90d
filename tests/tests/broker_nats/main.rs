//! NATS JetStream and its simulation, put through the same small scenarios.
//!
//! What the real server does is stated first, then compared with what the simulator says of the same scenario.

mod bench;
mod leases;
mod streams;
