//! How much one request, connection or process may cost. Beyond each limit is an answer in words, never a crash.

use std::time::Duration;

/// The receiver's limits. The defaults are those Thalweg ships with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of one request as sent.
    pub encoded_bytes: usize,
    /// Bytes of one request once decompressed (OTLP 1.11 recommends 64 MiB).
    pub decoded_bytes: usize,
    /// Estimated memory of all requests being handled, bytes.
    pub in_flight_bytes: usize,
    /// Open connections on both ports together.
    pub connections: usize,
    /// Of them, where a token is asked for, those that did not show it yet: whoever reaches the port must not be able to keep
    /// out those who have it.
    pub strangers: usize,
    /// Of these, those of one address; of IPv6, of one network (its first 64 bits), which may have as many as it likes.
    pub strangers_per_address: usize,
    /// From accepting a connection to its first whole request head; also each later head over HTTP/1.1.
    pub head_timeout: Duration,
    /// From a request's head to the end of its body.
    pub body_timeout: Duration,
    /// A connection without any request for this long is closed.
    pub idle_timeout: Duration,
    /// How long [`crate::Receiver::shutdown`] waits for requests being handled.
    pub drain_timeout: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            encoded_bytes: 16 << 20,
            decoded_bytes: 64 << 20,
            in_flight_bytes: 256 << 20,
            connections: 512,
            strangers: 128,
            strangers_per_address: 32,
            head_timeout: Duration::from_secs(10),
            body_timeout: Duration::from_mins(1),
            idle_timeout: Duration::from_mins(5),
            drain_timeout: Duration::from_secs(10),
        }
    }
}

impl Limits {
    /// Those of connections.
    pub(crate) fn of_connections(&self) -> thalweg_door::Limits {
        thalweg_door::Limits {
            connections: self.connections,
            strangers: self.strangers,
            strangers_per_address: self.strangers_per_address,
            head_timeout: self.head_timeout,
            idle_timeout: self.idle_timeout,
            drain_timeout: self.drain_timeout,
        }
    }
}

/// Nesting of one attribute value: a list in a list is 2.
pub const VALUE_DEPTH: usize = 32;
/// Attributes of one span, event, link, resource or scope; what is beyond is dropped and counted.
pub const ATTRIBUTES: usize = 1024;
/// Bytes of one text or byte value; what is beyond is cut.
pub const VALUE_BYTES: usize = 64 << 10;
/// Events of one span, and links of one span; what is beyond is dropped and counted.
pub const EVENTS_OR_LINKS: usize = 10_000;
/// Spans of one request, log records of one, and data points of one; a request with more is refused.
pub const SPANS_PER_REQUEST: usize = 100_000;
/// Buckets, quantiles or exemplars of one data point; the default of SDKs is 160 buckets.
pub const BUCKETS: usize = 10_000;
/// Characters of what a sender is told: enough for a sentence, and far below the 4 MiB that a client takes (OTLP 1.11), for a
/// message of an error may quote what it was about.
pub(crate) const MESSAGE_CHARACTERS: usize = 1_000;
