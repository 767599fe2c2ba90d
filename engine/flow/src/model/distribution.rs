//! Distributions of times.

use super::{Duration, Share};

/// A distribution of a time. Means and tails are of the distribution itself, not of its logarithm.
#[derive(Debug, Clone, PartialEq)]
pub enum Distribution {
    /// Always the same; also what a bare duration means.
    Const(Duration),
    /// Exponential with this mean.
    Exponential(Duration),
    /// Equally likely between the two.
    Uniform {
        /// The least.
        low: Duration,
        /// The greatest.
        high: Duration,
    },
    /// Normal, cut at 0: values below 0 are drawn again.
    Normal {
        /// Mean before the cut.
        mean: Duration,
        /// Standard deviation before the cut.
        sd: Duration,
    },
    /// Lognormal by its mean and either its 99th percentile or its coefficient of variation.
    Lognormal {
        /// Mean.
        mean: Duration,
        /// How far it spreads.
        spread: Spread,
    },
    /// Gamma by mean and coefficient of variation (shape = 1/cv²).
    Gamma {
        /// Mean.
        mean: Duration,
        /// Standard deviation over mean.
        cv: f64,
    },
    /// Sum of `k` exponentials.
    Erlang {
        /// Mean of the sum.
        mean: Duration,
        /// How many.
        k: u32,
    },
    /// Weibull by mean and shape.
    Weibull {
        /// Mean.
        mean: Duration,
        /// Shape; 1 is exponential, below 1 heavy-tailed.
        shape: f64,
    },
    /// Pareto (type I) by mean and shape; a mean exists only for a shape above 1.
    Pareto {
        /// Mean.
        mean: Duration,
        /// Tail index α.
        shape: f64,
    },
    /// One of several exponentials, chosen by share.
    Hyperexponential(Vec<Phase>),
    /// Drawn from observed values with equal weight.
    Empirical(Empirical),
}

/// How far a lognormal spreads.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Spread {
    /// Its 99th percentile.
    P99(Duration),
    /// Standard deviation over mean.
    Cv(f64),
}

/// One branch of a hyperexponential.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Phase {
    /// How often this branch is taken; the shares of all branches add up to 1.
    pub share: Share,
    /// Mean of the branch.
    pub mean: Duration,
}

/// Observed values.
#[derive(Debug, Clone, PartialEq)]
pub enum Empirical {
    /// Written in the document.
    Values(Vec<Duration>),
    /// A CSV file relative to the flow file: one duration per line (first column; a bare number is in milliseconds).
    Path(String),
}
