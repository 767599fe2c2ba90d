//! Distributions of times.

use schemars::JsonSchema;

use super::{Duration, Share};

/// A distribution of a time. Means and tails are of the distribution itself, not of its logarithm.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields, rename_all = "lowercase", transform = crate::schema::or_duration)]
pub enum Distribution {
    /// Always the same; also what a bare duration means.
    Const(Duration),
    /// Exponential with this mean.
    Exponential(Duration),
    /// Equally likely between the two.
    #[schemars(with = "[Duration; 2]")]
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
    #[schemars(with = "crate::schema::Lognormal")]
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
        #[schemars(range(min = 0.001, max = 100))]
        cv: f64,
    },
    /// Sum of `k` exponentials.
    Erlang {
        /// Mean of the sum.
        mean: Duration,
        /// How many.
        #[schemars(range(min = 1, max = 1000))]
        k: u32,
    },
    /// Weibull by mean and shape.
    Weibull {
        /// Mean.
        mean: Duration,
        /// Shape; 1 is exponential, below 1 heavy-tailed.
        #[schemars(range(min = 0.1, max = 100))]
        shape: f64,
    },
    /// Pareto (type I) by mean and shape; a mean exists only for a shape above 1.
    Pareto {
        /// Mean.
        mean: Duration,
        /// Tail index α.
        #[schemars(extend("exclusiveMinimum" = 1), range(max = 1000))]
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
#[derive(Debug, Clone, Copy, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Phase {
    /// How often this branch is taken; the shares of all branches add up to 1.
    pub share: Share,
    /// Mean of the branch.
    pub mean: Duration,
}

/// Observed values.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(untagged)]
pub enum Empirical {
    /// Written in the document.
    Values(Vec<Duration>),
    /// A CSV file relative to the flow file: one duration per line (first column; a bare number is in milliseconds).
    Path(String),
}
