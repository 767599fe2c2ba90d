//! How the topics of a live engine are.

use serde::{Deserialize, Serialize};

use crate::trace::as_text;

/// A topic.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LiveTopic {
    /// Its name: that of the channel in the flow.
    pub name: String,
    /// How many partitions it has.
    pub partitions: u32,
    /// Events that are kept.
    #[serde(with = "as_text")]
    pub events: u64,
    /// Bytes that they take.
    #[serde(with = "as_text")]
    pub bytes: u64,
    /// Events that were ever stored.
    #[serde(with = "as_text")]
    pub stored: u64,
    /// Repeated events that were not stored again.
    #[serde(with = "as_text")]
    pub duplicates: u64,
    /// Events that wait for their time.
    #[serde(with = "as_text")]
    pub scheduled: u64,
    /// Who reads it.
    pub groups: Vec<LiveGroup>,
}

/// Who reads a topic.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LiveGroup {
    /// Its name.
    pub name: String,
    /// Events that it has not acknowledged, those in hand and waiting included.
    #[serde(with = "as_text")]
    pub lag: u64,
    /// Events in hand.
    #[serde(with = "as_text")]
    pub leased: u64,
    /// Events that wait for their next attempt.
    #[serde(with = "as_text")]
    pub waiting: u64,
    /// Dead letters that are there.
    #[serde(with = "as_text")]
    pub dead_letters: u64,
    /// Events acknowledged since it was made.
    #[serde(with = "as_text")]
    pub acked: u64,
    /// Attempts that failed since it was made.
    #[serde(with = "as_text")]
    pub failed: u64,
}
