//! Where theory knows the answer: consumers of a plan to which a closed form applies exactly, and what it says.
//!
//! A consumer qualifies when it is fed by one plain line of a generic broker only, whose messages come by a Poisson
//! process: straight from producers, or out of stations whose output is one (Burke 1956). Its server does nothing that
//! the formula does not know: no timeout, calls, rate limit, batch; no fault strikes it or what feeds it. Whatever does not
//! qualify has no theory: a figure that is only near the truth would say nothing.
//!
//! What is said holds in the long run. Not here: the formulas ([`crate::theory`]).

mod feeds;
mod law;
mod station;

pub(crate) use feeds::of_plan;

/// What queueing theory says of a consumer in the long run.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Theory {
    /// The model in Kendall's notation, such as `M/M/3`.
    pub model: String,
    /// The channel that is its line.
    pub channel: String,
    /// Where its formula is from.
    pub source: &'static str,
    /// Messages that come per second.
    pub arrivals_per_s: f64,
    /// Share of its servers that are busy.
    pub utilization: f64,
    /// Share of the messages that find no room.
    pub loss: Option<f64>,
    /// Share of the messages that have to wait.
    pub waits: Option<f64>,
    /// From when a message may first be delivered until its first attempt begins.
    pub wait: TheoryTimes,
    /// From the same moment until it is acknowledged.
    pub sojourn: TheoryTimes,
}

/// A time in milliseconds, as far as it is known.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct TheoryTimes {
    /// Mean.
    pub mean: Option<f64>,
    /// Median.
    pub p50: Option<f64>,
    /// 90th percentile.
    pub p90: Option<f64>,
    /// 95th percentile.
    pub p95: Option<f64>,
    /// 99th percentile.
    pub p99: Option<f64>,
    /// 99.9th percentile.
    pub p999: Option<f64>,
}

impl TheoryTimes {
    /// A mean in seconds.
    fn of_mean(seconds: f64) -> Self {
        TheoryTimes { mean: Some(seconds * 1e3), ..TheoryTimes::default() }
    }

    /// The same times, each so many seconds later.
    fn later(self, seconds: f64) -> Self {
        let add = |time: Option<f64>| time.map(|time| time + seconds * 1e3);
        let TheoryTimes { mean, p50, p90, p95, p99, p999 } = self;
        TheoryTimes { mean: add(mean), p50: add(p50), p90: add(p90), p95: add(p95), p99: add(p99), p999: add(p999) }
    }

    /// A mean in seconds with quantiles of the same.
    fn with_quantiles(seconds: f64, quantile: impl Fn(f64) -> Option<f64>) -> Self {
        let at = |share: f64| quantile(share).map(|seconds| seconds * 1e3);
        TheoryTimes {
            p50: at(0.5),
            p90: at(0.9),
            p95: at(0.95),
            p99: at(0.99),
            p999: at(0.999),
            ..Self::of_mean(seconds)
        }
    }
}
