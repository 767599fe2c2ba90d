//! Distributions of the document as samplers.

use thalweg_flow::{Distribution, Duration, Empirical, Spread};

use super::csv;
use super::names::Compiler;
use crate::sample::Sampler;

/// The 99th percentile of the standard normal.
const Z99: f64 = 2.326_347_874_040_841;

impl Compiler<'_> {
    /// A sampler, or a refusal at `path` and a constant 0 in its place.
    pub(crate) fn sampler(&mut self, path: &str, distribution: &Distribution) -> Sampler {
        match self.try_sampler(distribution) {
            Ok(sampler) => sampler,
            Err((message, help)) => {
                self.refusals.add(path, message, help);
                Sampler::Const(0)
            }
        }
    }

    fn try_sampler(&self, distribution: &Distribution) -> Result<Sampler, (String, String)> {
        let nanos = |d: &Duration| d.as_nanos() as f64;
        Ok(match distribution {
            Distribution::Const(d) => Sampler::Const(d.as_nanos()),
            Distribution::Exponential(mean) => Sampler::Exponential { mean: nanos(mean) },
            Distribution::Uniform { low, high } => {
                if low > high {
                    return Err(bad("the least value is above the greatest", "swap the two"));
                }
                Sampler::Uniform { low: nanos(low), width: nanos(high) - nanos(low) }
            }
            Distribution::Normal { mean, sd } => Sampler::Normal { mean: nanos(mean), sd: nanos(sd) },
            Distribution::Lognormal { mean, spread } => lognormal(nanos(mean), *spread)?,
            Distribution::Gamma { mean, cv } => {
                positive("cv", *cv)?;
                Sampler::Gamma { shape: 1.0 / (cv * cv), scale: nanos(mean) * cv * cv }
            }
            Distribution::Erlang { mean, k } => {
                positive("k", f64::from(*k))?;
                Sampler::Gamma { shape: f64::from(*k), scale: nanos(mean) / f64::from(*k) }
            }
            Distribution::Weibull { mean, shape } => {
                positive("shape", *shape)?;
                let scale = nanos(mean) / libm::tgamma(1.0 + 1.0 / shape);
                if nanos(mean) > 0.0 && (scale.is_nan() || scale <= 0.0) {
                    return Err(bad(format!("a shape of {shape} has no usable mean"), "give a shape of 0.01 or more"));
                }
                Sampler::Weibull { scale, inverse_shape: 1.0 / shape }
            }
            Distribution::Pareto { mean, shape } => {
                if !(shape.is_finite() && *shape > 1.0) {
                    return Err(bad("a pareto has a mean only for a shape above 1", "give a shape above 1"));
                }
                Sampler::Pareto { scale: nanos(mean) * (shape - 1.0) / shape, inverse_shape: 1.0 / shape }
            }
            Distribution::Hyperexponential(phases) => {
                let sum: f64 = phases.iter().map(|p| p.share.as_fraction()).sum();
                if sum.is_nan() || (sum - 1.0).abs() > 1e-6 {
                    return Err(bad(format!("the shares add up to {sum}"), "make them add up to 1"));
                }
                let mut below = 0.0;
                let branch = |p: &thalweg_flow::Phase| {
                    below += p.share.as_fraction();
                    (below, nanos(&p.mean))
                };
                Sampler::Hyperexponential(phases.iter().map(branch).collect())
            }
            Distribution::Empirical(Empirical::Values(values)) => {
                empirical(values.iter().map(|d| d.as_nanos()).collect(), "the list")?
            }
            Distribution::Empirical(Empirical::Path(path)) => {
                let values = csv::durations(self.file(path)?).map_err(|row| in_file(path, &row))?;
                empirical(values, &format!("`{path}`"))?
            }
        })
    }

    /// The text of a CSV file.
    pub(crate) fn file(&self, path: &str) -> Result<&str, (String, String)> {
        self.files.get(path).map(String::as_str).ok_or_else(|| {
            bad(format!("the file `{path}` was not read"), "check that it stands beside the flow file and is readable")
        })
    }
}

/// A refusal about a row of a file.
pub(crate) fn in_file(path: &str, row: &str) -> (String, String) {
    bad(format!("`{path}`, {row}"), "one value a line, such as `12.5ms`, or `12.5` for milliseconds")
}

fn bad(message: impl Into<String>, help: impl Into<String>) -> (String, String) {
    (message.into(), help.into())
}

fn positive(what: &str, value: f64) -> Result<(), (String, String)> {
    if value.is_finite() && value > 0.0 {
        Ok(())
    } else {
        Err(bad(format!("`{what}` is {value}"), format!("give a `{what}` above 0")))
    }
}

fn empirical(values: Vec<u64>, source: &str) -> Result<Sampler, (String, String)> {
    if values.is_empty() {
        return Err(bad(format!("{source} holds no values"), "give at least one"));
    }
    Ok(Sampler::Empirical(values))
}

/// Parameters of the logarithm from mean and spread. With a 99th percentile q, ln(q/mean) = z·σ − σ²/2; of the two
/// solutions the smaller σ is meant.
fn lognormal(mean: f64, spread: Spread) -> Result<Sampler, (String, String)> {
    if mean <= 0.0 {
        return Ok(Sampler::Const(0));
    }
    let sigma = match spread {
        Spread::Cv(cv) => {
            if !(cv.is_finite() && cv >= 0.0) {
                return Err(bad(format!("`cv` is {cv}"), "give a `cv` of 0 or more"));
            }
            libm::sqrt(libm::log1p(cv * cv))
        }
        Spread::P99(p99) => {
            let ratio = libm::log(p99.as_nanos() as f64 / mean);
            let root = Z99 * Z99 - 2.0 * ratio;
            if ratio.is_nan() || ratio < 0.0 || root < 0.0 {
                return Err(bad(
                    format!("no lognormal has a 99th percentile {:.3} times its mean", p99.as_nanos() as f64 / mean),
                    "the 99th percentile lies between 1 and 14.97 times the mean",
                ));
            }
            Z99 - libm::sqrt(root)
        }
    };
    Ok(Sampler::Lognormal { mu: libm::log(mean) - 0.5 * sigma * sigma, sigma })
}
