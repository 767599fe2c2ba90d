//! What expectations are about, resolved to indices.

use thalweg_flow::Comparison;

#[derive(Debug, Clone)]
pub(crate) struct Expectation {
    pub(crate) text: String,
    pub(crate) measure: Measure,
    pub(crate) comparison: Comparison,
    pub(crate) value: f64,
}

/// What an expectation measures, resolved to indices.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Measure {
    /// In seconds.
    Latency {
        of: LatencyOf,
        statistic: Statistic,
    },
    Throughput(CountOf),
    /// Greatest lag of any of these groups.
    Lag(Vec<u32>),
    /// Greatest depth of any of these queues.
    Depth(Vec<u32>),
    DeadLetters(CountOf),
    Retries(CountOf),
    Duplicates(CountOf),
    Lost(CountOf),
    UtilizationOfConsumer(u32),
    UtilizationOfService(u32),
    /// Longest recovery of any of these groups.
    Recovered(Vec<u32>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LatencyOf {
    EndToEnd,
    Consumer(u32),
    Service(u32),
    Group(u32),
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Statistic {
    Mean,
    Quantile(f64),
    Max,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CountOf {
    Flow,
    Producer(u32),
    Channel(u32),
    Consumer(u32),
    Service(u32),
    Group(u32),
}
