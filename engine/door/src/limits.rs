//! What connections may cost.

use std::time::Duration;

/// How many connections, and how long each may do nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Open connections on all ports together.
    pub connections: usize,
    /// Of them, where a token is asked for, those that did not show it yet: whoever reaches the port must not be able to keep
    /// out those who have it.
    pub strangers: usize,
    /// Of these, those of one address; of IPv6, of one network (its first 64 bits), which may have as many as it likes.
    pub strangers_per_address: usize,
    /// From accepting a connection to its first whole request head; also each later head over HTTP/1.1.
    pub head_timeout: Duration,
    /// A connection without any request for this long is closed.
    pub idle_timeout: Duration,
    /// How long [`crate::listen`] waits for requests being handled once it was told to stop.
    pub drain_timeout: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 512,
            strangers: 128,
            strangers_per_address: 32,
            head_timeout: Duration::from_secs(10),
            idle_timeout: Duration::from_mins(5),
            drain_timeout: Duration::from_secs(10),
        }
    }
}
