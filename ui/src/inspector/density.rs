//! Densities of distributions, for a picture of them: exact where there is a formula. Nothing here is simulated.

use thalweg_flow::{Distribution, Empirical, Spread};

/// The standard normal's 99th percentile.
const Z99: f64 = 2.326_347_874_040_841;

/// How many points are looked at to find a percentile.
const STEPS: usize = 4_000;

/// A density with what is worth marking. Times are seconds.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Density {
    /// Mean.
    pub(super) mean: f64,
    /// 99th percentile.
    pub(super) p99: f64,
    /// From 0 to a little beyond the percentile, evenly spaced, scaled so that the greatest is 1.
    pub(super) heights: Vec<f64>,
    /// The time of the last height.
    pub(super) end: f64,
}

/// A density by the time in seconds.
type Pdf = Box<dyn Fn(f64) -> f64>;

impl Density {
    /// The picture of a distribution in so many points; none for one whose values are in a file, or of a single value.
    pub(super) fn of(distribution: &Distribution, points: usize) -> Option<Density> {
        let secs = |d: thalweg_flow::Duration| d.as_secs_f64();
        let (mean, pdf): (f64, Pdf) = match distribution {
            Distribution::Const(_) | Distribution::Empirical(Empirical::Path(_)) => return None,
            Distribution::Exponential(mean) => (secs(*mean), exponential(secs(*mean))),
            Distribution::Uniform { low, high } => {
                let (low, high) = (secs(*low), secs(*high));
                let height = 1.0 / (high - low);
                (f64::midpoint(low, high), Box::new(move |t| if (low..=high).contains(&t) { height } else { 0.0 }))
            }
            Distribution::Normal { mean, sd } => {
                let (mean, sd) = (secs(*mean), secs(*sd));
                (mean, Box::new(move |t| (-((t - mean) / sd).powi(2) / 2.0).exp() / sd))
            }
            Distribution::Lognormal { mean, spread } => lognormal(secs(*mean), *spread)?,
            Distribution::Gamma { mean, cv } => (secs(*mean), gamma(secs(*mean), 1.0 / (cv * cv))),
            Distribution::Erlang { mean, k } => (secs(*mean), gamma(secs(*mean), f64::from(*k))),
            Distribution::Weibull { mean, shape } => {
                let (mean, shape) = (secs(*mean), *shape);
                let scale = mean / ln_gamma(1.0 + 1.0 / shape).exp();
                let pdf = move |t: f64| (t / scale).powf(shape - 1.0) * (-(t / scale).powf(shape)).exp();
                (mean, Box::new(pdf))
            }
            Distribution::Pareto { mean, shape } => {
                let (mean, shape) = (secs(*mean), *shape);
                let least = mean * (shape - 1.0) / shape;
                (mean, Box::new(move |t| if t < least { 0.0 } else { (least / t).powf(shape + 1.0) }))
            }
            Distribution::Hyperexponential(phases) => {
                let phases: Vec<(f64, f64)> = phases.iter().map(|p| (p.share.as_fraction(), secs(p.mean))).collect();
                let mean = phases.iter().map(|(share, mean)| share * mean).sum::<f64>();
                let pdf = move |t: f64| {
                    phases
                        .iter()
                        .filter(|(_, mean)| *mean > 0.0)
                        .map(|(share, mean)| share / mean * (-t / mean).exp())
                        .sum::<f64>()
                };
                (mean, Box::new(pdf))
            }
            Distribution::Empirical(Empirical::Values(values)) => {
                return observed(&values.iter().map(|v| secs(*v)).collect::<Vec<_>>(), points);
            }
        };
        if !(mean.is_finite() && mean > 0.0) {
            return None;
        }
        let p99 = percentile(&pdf, mean)?;
        let end = (p99 * 1.2).max(mean * 1.5);
        let step = end / points.max(2) as f64;
        // A density may be infinite at 0: the middle of each step is finite.
        let heights = (0..points).map(|i| pdf((i as f64 + 0.5) * step)).collect();
        Some(Density { mean, p99, heights: scaled(heights)?, end })
    }
}

fn exponential(mean: f64) -> Pdf {
    Box::new(move |t| (-t / mean).exp() / mean)
}

/// Of a lognormal by its mean: μ = ln mean − σ²/2; the 99th percentile is exp(μ + z σ).
fn lognormal(mean: f64, spread: Spread) -> Option<(f64, Pdf)> {
    let sigma = match spread {
        Spread::Cv(cv) => cv.mul_add(cv, 1.0).ln().sqrt(),
        Spread::P99(p99) => {
            let ratio = (p99.as_secs_f64() / mean).ln();
            Z99 - (Z99 * Z99 - 2.0 * ratio).max(0.0).sqrt()
        }
    };
    if !(sigma.is_finite() && sigma > 0.0) {
        return None;
    }
    let mu = mean.ln() - sigma * sigma / 2.0;
    let pdf = move |t: f64| if t > 0.0 { (-((t.ln() - mu) / sigma).powi(2) / 2.0).exp() / (t * sigma) } else { 0.0 };
    Some((mean, Box::new(pdf)))
}

fn gamma(mean: f64, shape: f64) -> Pdf {
    let scale = mean / shape;
    let constant = ln_gamma(shape) + shape * scale.ln();
    Box::new(move |t| if t > 0.0 { ((shape - 1.0) * t.ln() - t / scale - constant).exp() } else { 0.0 })
}

/// Where 99 % of the mass is, by summing over points that lie closer together near 0.
fn percentile(pdf: &dyn Fn(f64) -> f64, mean: f64) -> Option<f64> {
    // t = mean · e^x for x from far below the mean to far above it.
    let at = |i: usize| mean * (-12.0 + 20.0 * i as f64 / STEPS as f64).exp();
    let pieces: Vec<(f64, f64)> = (0..STEPS)
        .map(|i| {
            let (low, high) = (at(i), at(i + 1));
            (high, pdf((low * high).sqrt()) * (high - low))
        })
        .collect();
    let total: f64 = pieces.iter().map(|(_, mass)| mass).sum();
    let mut sum = 0.0;
    let found = pieces.iter().find(|(_, mass)| {
        sum += mass;
        sum >= 0.99 * total
    });
    found.map(|(end, _)| *end).filter(|end| end.is_finite() && total > 0.0)
}

/// Observed values as a histogram.
fn observed(values: &[f64], points: usize) -> Option<Density> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let most = *sorted.last().filter(|most| **most > 0.0)?;
    let bars = points.clamp(1, 24);
    let mut heights = vec![0.0; bars];
    for value in &sorted {
        let bar = (value / most * bars as f64) as usize;
        heights[bar.min(bars - 1)] += 1.0;
    }
    let rank = ((sorted.len() as f64 * 0.99).ceil() as usize).clamp(1, sorted.len());
    let mean = sorted.iter().sum::<f64>() / sorted.len() as f64;
    Some(Density { mean, p99: sorted[rank - 1], heights: scaled(heights)?, end: most })
}

fn scaled(heights: Vec<f64>) -> Option<Vec<f64>> {
    let most = heights.iter().copied().fold(0.0, f64::max);
    (most.is_finite() && most > 0.0).then(|| heights.into_iter().map(|h| (h / most).clamp(0.0, 1.0)).collect())
}

/// The logarithm of the gamma function by Lanczos' approximation (g = 7, n = 9), for positive arguments.
fn ln_gamma(x: f64) -> f64 {
    const G: f64 = 7.0;
    const COEFFICIENTS: [f64; 9] = [
        0.999_999_999_999_809_9,
        676.520_368_121_885_1,
        -1_259.139_216_722_402_8,
        771.323_428_777_653_1,
        -176.615_029_162_140_6,
        12.507_343_278_686_905,
        -0.138_571_095_265_720_12,
        9.984_369_578_019_572e-6,
        1.505_632_735_149_311_6e-7,
    ];
    if x < 0.5 {
        return (std::f64::consts::PI / (std::f64::consts::PI * x).sin()).ln() - ln_gamma(1.0 - x);
    }
    let x = x - 1.0;
    let t = x + G + 0.5;
    let series = (1..).zip(&COEFFICIENTS[1..]).map(|(i, c)| c / (x + f64::from(i))).sum::<f64>() + COEFFICIENTS[0];
    0.5 * (2.0 * std::f64::consts::PI).ln() + (x + 0.5) * t.ln() - t + series.ln()
}

#[cfg(test)]
mod tests {
    use thalweg_flow::{Duration, Phase, Share};

    use super::*;

    fn s(seconds: f64) -> Duration {
        Duration::from_secs_f64(seconds)
    }

    fn p99(distribution: &Distribution) -> f64 {
        Density::of(distribution, 100).unwrap().p99
    }

    /// Percentiles by their formulas.
    #[test]
    fn percentiles_are_those_of_the_literature() {
        let near = |found: f64, exact: f64| assert!((found / exact - 1.0).abs() < 0.01, "{found} instead of {exact}");
        near(p99(&Distribution::Exponential(s(1.0))), 100_f64.ln());
        near(p99(&Distribution::Lognormal { mean: s(0.018), spread: Spread::P99(s(0.09)) }), 0.09);
        near(p99(&Distribution::Uniform { low: s(1.0), high: s(3.0) }), 2.98);
        near(p99(&Distribution::Normal { mean: s(10.0), sd: s(1.0) }), 10.0 + Z99);
        // Erlang-1 is exponential, as is a Weibull of shape 1 and a gamma of variation 1.
        near(p99(&Distribution::Erlang { mean: s(2.0), k: 1 }), 2.0 * 100_f64.ln());
        near(p99(&Distribution::Weibull { mean: s(2.0), shape: 1.0 }), 2.0 * 100_f64.ln());
        near(p99(&Distribution::Gamma { mean: s(2.0), cv: 1.0 }), 2.0 * 100_f64.ln());
        // Pareto: least · 100^(1/α), least = mean (α − 1)/α.
        near(p99(&Distribution::Pareto { mean: s(3.0), shape: 3.0 }), 2.0 * 100_f64.powf(1.0 / 3.0));
        let one = Phase { share: Share::ONE, mean: s(1.0) };
        near(p99(&Distribution::Hyperexponential(vec![one])), 100_f64.ln());
    }

    #[test]
    fn the_gamma_function_is_the_factorial() {
        for (n, factorial) in [(1.0, 1.0_f64), (2.0, 1.0), (5.0, 24.0), (11.0, 3_628_800.0)] {
            assert!((ln_gamma(n) - factorial.ln()).abs() < 1e-9, "{n}");
        }
        assert!((ln_gamma(0.5) - std::f64::consts::PI.sqrt().ln()).abs() < 1e-9);
    }

    #[test]
    fn what_cannot_be_drawn_is_not() {
        assert_eq!(Density::of(&Distribution::Const(s(1.0)), 9), None);
        assert_eq!(Density::of(&Distribution::Empirical(Empirical::Path("a.csv".into())), 9), None);
        assert_eq!(Density::of(&Distribution::Exponential(s(0.0)), 9), None);
        let values = Empirical::Values(vec![s(1.0), s(2.0), s(3.0)]);
        let seen = Density::of(&Distribution::Empirical(values), 9).unwrap();
        assert_eq!((seen.mean, seen.p99, seen.end), (2.0, 3.0, 3.0));
    }
}
