//! RabbitMQ and its simulation, put through the same small scenarios.
//!
//! What the real broker does is stated first, then compared with what the simulator says of the same scenario.

mod bench;
mod dead_letters;
mod overflow;
mod redelivery;
mod routing;
mod topology;
mod windows;
