//! Scenarios: load, faults, duration, seed and expectations.

use indexmap::IndexMap;
use schemars::JsonSchema;

use super::{Chaos, Duration, Fault, Load, NodeId};

/// One planned run, as written. What it leaves out of `duration`, `warmup`, `seed` and `replications` it takes from the
/// scenario named `default`, and what that leaves out from [`Settings::default`]; nothing else is inherited.
#[derive(Debug, Clone, PartialEq, Default, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Scenario {
    /// One sentence about it.
    pub summary: Option<String>,
    /// Length of the run in virtual time, warm-up included.
    pub duration: Option<Duration>,
    /// Time at the start that is not measured; `auto` has it found.
    pub warmup: Option<Warmup>,
    /// Seed of the random numbers.
    pub seed: Option<u64>,
    /// How many independent runs.
    #[schemars(range(min = 1, max = 10_000))]
    pub replications: Option<u32>,
    /// Loads that replace those of the producers.
    #[schemars(default)]
    pub load: IndexMap<NodeId, Load>,
    /// Values that replace others, by path (`payment.instances`).
    #[schemars(default)]
    pub set: IndexMap<String, serde_json::Value>,
    /// Planned failures.
    #[schemars(default)]
    pub faults: Vec<Fault>,
    /// Failures drawn at random, the same for the same seed.
    pub chaos: Option<Chaos>,
    /// What must hold.
    #[schemars(default)]
    pub expect: Vec<Expectation>,
}

/// How much of the start of a run is not measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Warmup {
    /// So long, as somebody decided.
    Fixed(Duration),
    /// As long as the flow takes to settle, found by the simulator (`auto`).
    Auto,
}

impl Warmup {
    /// Measured from the start.
    pub const NONE: Warmup = Warmup::Fixed(Duration::ZERO);

    /// The time that somebody decided on.
    pub fn fixed(self) -> Option<Duration> {
        match self {
            Warmup::Fixed(duration) => Some(duration),
            Warmup::Auto => None,
        }
    }
}

/// The settings of a run with nothing left open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// Length of the run in virtual time, warm-up included.
    pub duration: Duration,
    /// Time at the start that is not measured; shorter than `duration`.
    pub warmup: Warmup,
    /// Seed of the random numbers.
    pub seed: u64,
    /// How many independent runs; at least 1.
    pub replications: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Settings { duration: Duration::from_nanos(600_000_000_000), warmup: Warmup::NONE, seed: 1, replications: 8 }
    }
}

/// `METRIC(WHERE) OP VALUE`.
#[derive(Debug, Clone, PartialEq)]
pub struct Expectation {
    /// As it was written.
    pub text: String,
    /// What is measured.
    pub metric: Metric,
    /// Where.
    pub subject: Subject,
    /// How it is compared.
    pub comparison: Comparison,
    /// With what, in the metric's base unit: seconds for latencies and `recovered`, events per second for
    /// `throughput`, a fraction for `utilization`, a plain count otherwise.
    pub value: f64,
}

/// What an expectation measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Metric {
    /// Mean latency.
    Mean,
    /// Median latency.
    P50,
    /// 90th percentile of latency.
    P90,
    /// 95th percentile of latency.
    P95,
    /// 99th percentile of latency.
    P99,
    /// 99.9th percentile of latency.
    P999,
    /// Greatest latency.
    Max,
    /// Completed messages per second.
    Throughput,
    /// Greatest number of messages not yet acknowledged by a group.
    Lag,
    /// Greatest number of messages waiting in a queue.
    Depth,
    /// Messages given up.
    DeadLetters,
    /// Attempts after the first.
    Retries,
    /// Effects that happened again.
    Duplicates,
    /// Messages that vanished.
    Lost,
    /// Share of servers that are busy.
    Utilization,
    /// Money.
    Cost,
    /// Longest time from a fault's end until lag is back to its level before it.
    Recovered,
}

/// Where an expectation measures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// The whole flow (nothing in parentheses, or no parentheses).
    Flow,
    /// From an event's production until everything that follows from it is acknowledged or given up.
    EndToEnd,
    /// One node.
    Node(NodeId),
    /// One group of a channel, written `channel/group`.
    Group {
        /// The channel.
        channel: NodeId,
        /// The group.
        group: String,
    },
}

/// How an expectation compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
}

impl Comparison {
    /// Whether `left OP right` holds; false when either is NaN (but for `!=`).
    pub fn holds(self, left: f64, right: f64) -> bool {
        match self {
            Comparison::Less => left < right,
            Comparison::LessOrEqual => left <= right,
            Comparison::Greater => left > right,
            Comparison::GreaterOrEqual => left >= right,
            Comparison::Equal => (left - right).abs() == 0.0,
            Comparison::NotEqual => (left - right).abs() > 0.0,
        }
    }
}
