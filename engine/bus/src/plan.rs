//! What a broker is asked to have: topics, their groups and the routes between them.
//!
//! A plan says what is wanted in words that every backend understands; what a backend cannot do it says
//! ([`crate::Capabilities`]). Not here: how a plan is made of a flow.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Everything that one flow needs of a broker.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Plan {
    /// Topics by name; a queue is a topic with one group.
    pub topics: Vec<TopicPlan>,
}

/// A topic.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TopicPlan {
    /// Its name.
    pub name: String,
    /// How many partitions, at least 1. More may be added later, never fewer.
    pub partitions: u32,
    /// What is kept.
    pub retention: Retention,
    /// For how long a repeated event is recognised by `source` and `id`; zero is not at all.
    pub dedup_window: Duration,
    /// What an acknowledged publish survives.
    pub durability: Durability,
    /// Its groups. Others appear on first use, with [`GroupPlan::named`].
    pub groups: Vec<GroupPlan>,
}

impl TopicPlan {
    /// A topic with one partition that keeps everything.
    pub fn named(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            partitions: 1,
            retention: Retention::default(),
            dedup_window: DEDUP_WINDOW,
            durability: Durability::Full,
            groups: Vec::new(),
        }
    }
}

/// For how long a repeated event is recognised unless a plan says otherwise.
pub const DEDUP_WINDOW: Duration = Duration::from_hours(24);

/// What a topic keeps; none of both is everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Retention {
    /// For how long, read or not.
    pub time: Option<Duration>,
    /// How many bytes in each partition; the oldest go.
    pub bytes: Option<u64>,
    /// Only the newest event of each key, and all that have none (a compacted topic).
    pub compacted: bool,
}

/// What an acknowledged publish survives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
pub enum Durability {
    /// The end of the process, at any moment; the last moments may be lost with the power supply.
    Process,
    /// That and the loss of power: it is on the disk before it is acknowledged.
    #[default]
    Full,
}

/// Who reads a topic: competing consumers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GroupPlan {
    /// Its name.
    pub name: String,
    /// What order it keeps.
    pub order: Order,
    /// How long a delivery may stay unacknowledged.
    pub lease: Duration,
    /// How many events may be unacknowledged, in hand or waiting for their next attempt.
    pub max_in_flight: u32,
    /// What follows a failed attempt.
    pub retry: RetryPlan,
    /// The topic that given-up events are published to as well; the list of dead letters has them in any case.
    pub dead_letter: Option<String>,
    /// Where it begins.
    pub start: Start,
}

/// The longest and the shortest lease.
pub const LEASE: std::ops::RangeInclusive<Duration> = Duration::from_secs(1)..=Duration::from_hours(1);

impl GroupPlan {
    /// A group as it appears on first use: from the beginning, in the order of keys, five attempts a few seconds apart.
    pub fn named(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            order: Order::default(),
            lease: Duration::from_secs(30),
            max_in_flight: 1000,
            retry: RetryPlan::default(),
            dead_letter: None,
            start: Start::Beginning,
        }
    }
}

/// What order a group keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Order {
    /// None.
    None,
    /// Of events with the same key one is in hand at a time, and the next only once it is done; others pass by.
    #[default]
    PerKey,
    /// Of a partition one is in hand at a time; one that waits for its next attempt holds up the partition.
    PerPartition,
}

/// What follows a failed attempt.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RetryPlan {
    /// How many attempts in all, the first included; none is as many as it takes.
    pub attempts: Option<u32>,
    /// Time before the next.
    pub backoff: Backoff,
}

impl Default for RetryPlan {
    fn default() -> Self {
        let (first, max) = (Duration::from_secs(1), Duration::from_mins(1));
        Self { attempts: Some(5), backoff: Backoff::Exponential { first, factor: 2.0, max, jitter: Jitter::Full } }
    }
}

pub use thalweg_flow::model::Jitter;

/// How a [`Jitter`] is kept.
#[derive(Serialize, Deserialize)]
#[serde(remote = "Jitter")]
enum JitterWord {
    None,
    Full,
    Equal,
    Decorrelated,
}

/// Time before the next attempt.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Backoff {
    /// After the n-th failure the n-th of them; the last one repeats, none is at once.
    List(Vec<Duration>),
    /// `first · factorⁿ⁻¹` after the n-th failure, at most `max`, spread by `jitter`.
    Exponential {
        /// After the first failure.
        first: Duration,
        /// Growth.
        factor: f64,
        /// At most.
        max: Duration,
        /// How it is spread.
        #[serde(with = "JitterWord")]
        jitter: Jitter,
    },
}

impl Backoff {
    /// The delay after the n-th failure, n from 1. `chance` is uniform in [0, 1); `last` the delay drawn before it, which only
    /// [`Jitter::Decorrelated`] looks at.
    pub fn after(&self, failures: u32, last: Option<Duration>, chance: f64) -> Duration {
        let nth = failures.max(1) - 1;
        match self {
            Self::List(delays) => {
                let at = (nth as usize).min(delays.len().saturating_sub(1));
                delays.get(at).copied().unwrap_or(Duration::ZERO)
            }
            Self::Exponential { first, factor, max, jitter } => {
                let (first, max) = (first.as_secs_f64(), max.as_secs_f64());
                let grown = (first * factor.powi(i32::try_from(nth).unwrap_or(i32::MAX))).min(max);
                let drawn = match jitter {
                    Jitter::None => grown,
                    Jitter::Full => grown * chance,
                    Jitter::Equal => grown / 2.0 * (1.0 + chance),
                    Jitter::Decorrelated => {
                        let last = last.map_or(first, |last| last.as_secs_f64());
                        (first + (last * 3.0 - first).max(0.0) * chance).min(max)
                    }
                };
                Duration::try_from_secs_f64(drawn).unwrap_or(Duration::ZERO)
            }
        }
    }
}

/// A place in a topic where a group begins, or goes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Start {
    /// With the oldest event that is kept.
    #[default]
    Beginning,
    /// With what comes from now on.
    End,
    /// With the first event that was stored at this time or later, milliseconds since 1970.
    Time(u64),
    /// With this offset of each partition.
    Offset(u64),
}

#[cfg(test)]
mod tests {
    use super::*;

    fn millis(delay: Duration) -> u128 {
        delay.as_millis()
    }

    #[test]
    fn a_list_repeats_its_last() {
        let list = Backoff::List(vec![Duration::from_millis(10), Duration::from_millis(50)]);
        assert_eq!([1, 2, 3, 9].map(|n| millis(list.after(n, None, 0.5))), [10, 50, 50, 50]);
        assert_eq!(Backoff::List(Vec::new()).after(3, None, 0.5), Duration::ZERO);
    }

    #[test]
    fn jitter_spreads_as_its_source_says() {
        let with = |jitter| Backoff::Exponential {
            first: Duration::from_millis(100),
            factor: 2.0,
            max: Duration::from_secs(1),
            jitter,
        };
        assert_eq!(
            [1, 2, 4, 5, 4_000_000_000].map(|n| millis(with(Jitter::None).after(n, None, 0.0))),
            [100, 200, 800, 1000, 1000]
        );
        assert_eq!(millis(with(Jitter::Full).after(3, None, 0.25)), 100);
        assert_eq!(millis(with(Jitter::Equal).after(3, None, 0.5)), 300);
        let last = Some(Duration::from_millis(300));
        assert_eq!([0.0, 0.5, 0.999].map(|c| millis(with(Jitter::Decorrelated).after(2, last, c))), [100, 500, 899]);
    }
}
