//! Distributions of times, ready to be drawn from, in nanoseconds.

use super::Ziggurat;
use crate::rng::Stream;

/// Nanoseconds, rounded. By way of `i64`, which is what processors can do; `as` saturates after 292 years, so that even an
/// absurd draw stays a time.
#[inline]
pub(crate) fn whole(nanos: f64) -> u64 {
    (nanos + 0.5) as i64 as u64
}

/// A distribution of a time with everything precomputed; draws are whole nanoseconds.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Sampler {
    Const(u64),
    Exponential {
        mean: f64,
    },
    Uniform {
        low: f64,
        width: f64,
    },
    /// Cut at 0 by drawing again.
    Normal {
        mean: f64,
        sd: f64,
    },
    /// Of the logarithm.
    Lognormal {
        mu: f64,
        sigma: f64,
    },
    Gamma {
        shape: f64,
        scale: f64,
    },
    Weibull {
        scale: f64,
        inverse_shape: f64,
    },
    Pareto {
        scale: f64,
        inverse_shape: f64,
    },
    /// Cumulative shares with the mean of each branch.
    Hyperexponential(Vec<(f64, f64)>),
    Empirical(Vec<u64>),
}

impl Sampler {
    /// A time in nanoseconds; never negative, saturating far beyond any run.
    #[inline]
    pub(crate) fn draw(&self, stream: &mut Stream, ziggurat: &Ziggurat) -> u64 {
        match self {
            Sampler::Exponential { mean } => whole(mean * ziggurat.exponential(stream)),
            other => other.draw_other(stream, ziggurat),
        }
    }

    /// From any other law than the most common one.
    fn draw_other(&self, stream: &mut Stream, ziggurat: &Ziggurat) -> u64 {
        let nanos = match self {
            Sampler::Const(nanos) => return *nanos,
            Sampler::Exponential { mean } => mean * ziggurat.exponential(stream),
            Sampler::Uniform { low, width } => low + width * stream.unit(),
            Sampler::Normal { mean, sd } => loop {
                let x = mean + sd * ziggurat.normal(stream);
                if x >= 0.0 {
                    break x;
                }
            },
            Sampler::Lognormal { mu, sigma } => libm::exp(mu + sigma * ziggurat.normal(stream)),
            Sampler::Gamma { shape, scale } => scale * gamma(*shape, stream, ziggurat),
            Sampler::Weibull { scale, inverse_shape } => {
                scale * libm::pow(ziggurat.exponential(stream), *inverse_shape)
            }
            Sampler::Pareto { scale, inverse_shape } => scale * libm::exp(inverse_shape * ziggurat.exponential(stream)),
            Sampler::Hyperexponential(branches) => {
                let u = stream.unit();
                let branch = branches.iter().find(|(share, _)| u < *share).or(branches.last());
                branch.map_or(0.0, |(_, mean)| mean * ziggurat.exponential(stream))
            }
            Sampler::Empirical(values) => return values[stream.below(values.len() as u64) as usize],
        };
        whole(nanos)
    }

    /// The mean in nanoseconds; that of a normal is after the cut.
    pub(crate) fn mean(&self) -> f64 {
        match self {
            Sampler::Const(nanos) => *nanos as f64,
            Sampler::Uniform { low, width } => low + width / 2.0,
            Sampler::Normal { mean, sd } if *sd > 0.0 => {
                let a = mean / sd;
                let density = libm::exp(-0.5 * a * a) / libm::sqrt(2.0 * core::f64::consts::PI);
                let above = 0.5 * libm::erfc(-a / core::f64::consts::SQRT_2);
                mean + sd * density / above
            }
            Sampler::Exponential { mean } | Sampler::Normal { mean, .. } => *mean,
            Sampler::Lognormal { mu, sigma } => libm::exp(mu + 0.5 * sigma * sigma),
            Sampler::Gamma { shape, scale } => shape * scale,
            Sampler::Weibull { scale, inverse_shape } => scale * libm::tgamma(1.0 + inverse_shape),
            Sampler::Pareto { scale, inverse_shape } => scale / (1.0 - inverse_shape),
            Sampler::Hyperexponential(branches) => {
                let mut before = 0.0;
                let mut sum = 0.0;
                for (share, mean) in branches {
                    sum += (share - before) * mean;
                    before = *share;
                }
                sum
            }
            Sampler::Empirical(values) => values.iter().map(|&v| v as f64).sum::<f64>() / values.len() as f64,
        }
    }
}

/// Gamma with scale 1 (Marsaglia and Tsang 2000; below shape 1 with Stuart's boost).
fn gamma(shape: f64, stream: &mut Stream, ziggurat: &Ziggurat) -> f64 {
    if shape < 1.0 {
        let boost = libm::pow(stream.unit_above_zero(), 1.0 / shape);
        return boost * gamma(shape + 1.0, stream, ziggurat);
    }
    let center = shape - 1.0 / 3.0;
    let spread = 1.0 / libm::sqrt(9.0 * center);
    loop {
        let x = ziggurat.normal(stream);
        let root = 1.0 + spread * x;
        if root <= 0.0 {
            continue;
        }
        let v = root * root * root;
        let u = stream.unit_above_zero();
        if u < 1.0 - 0.0331 * x * x * x * x || libm::log(u) < 0.5 * x * x + center * (1.0 - v + libm::log(v)) {
            return center * v;
        }
    }
}

#[cfg(test)]
#[path = "distribution_tests.rs"]
mod tests;
