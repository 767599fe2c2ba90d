//! Second moments of service times.

use crate::sample::Sampler;

/// E\[S²\] in nanoseconds squared; `None` where there is none.
pub(super) fn second_moment(law: &Sampler) -> Option<f64> {
    let square = |x: f64| x * x;
    Some(match law {
        Sampler::Const(nanos) => square(*nanos as f64),
        Sampler::Exponential { mean } => 2.0 * square(*mean),
        Sampler::Uniform { low, width } => square(low + width / 2.0) + square(*width) / 12.0,
        // By parts: the density is the derivative of its tail, and the term at the cut is 0.
        Sampler::Normal { mean, sd } => mean * law.mean() + square(*sd),
        Sampler::Lognormal { mu, sigma } => libm::exp(2.0 * mu + 2.0 * sigma * sigma),
        Sampler::Gamma { shape, scale } => shape * (shape + 1.0) * square(*scale),
        Sampler::Weibull { scale, inverse_shape } => square(*scale) * libm::tgamma(1.0 + 2.0 * inverse_shape),
        Sampler::Pareto { inverse_shape, .. } if *inverse_shape >= 0.5 => return None,
        Sampler::Pareto { scale, inverse_shape } => square(*scale) / (1.0 - 2.0 * inverse_shape),
        Sampler::Hyperexponential(branches) => {
            let shares = std::iter::once(0.0).chain(branches.iter().map(|(share, _)| *share));
            branches.iter().zip(shares).map(|((share, mean), before)| (share - before) * 2.0 * square(*mean)).sum()
        }
        Sampler::Empirical(values) => {
            values.iter().map(|&value| square(value as f64)).sum::<f64>() / values.len() as f64
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Purpose, Stream};
    use crate::sample::Ziggurat;

    /// Squared coefficients of variation of the literature, with a mean of 10.
    #[test]
    fn by_the_textbook() {
        let scv = |law: &Sampler| second_moment(law).unwrap() / (law.mean() * law.mean()) - 1.0;
        let near = |law: Sampler, exact: f64| assert!((scv(&law) - exact).abs() < 1e-9, "{law:?}: {}", scv(&law));
        near(Sampler::Const(10), 0.0);
        near(Sampler::Exponential { mean: 10.0 }, 1.0);
        near(Sampler::Uniform { low: 0.0, width: 20.0 }, 1.0 / 3.0);
        near(Sampler::Gamma { shape: 4.0, scale: 2.5 }, 0.25);
        near(Sampler::Lognormal { mu: 1.0, sigma: 5.0_f64.ln().sqrt() }, 4.0);
        // Shape ½: Γ(5)/Γ(3)² = 6.
        near(Sampler::Weibull { scale: 5.0, inverse_shape: 2.0 }, 5.0);
        near(Sampler::Hyperexponential(vec![(0.9, 5.0), (1.0, 55.0)]), 5.5);
        // Shape 3: variance a/((a − 1)²(a − 2)), mean a/(a − 1).
        near(Sampler::Pareto { scale: 1.0, inverse_shape: 1.0 / 3.0 }, 1.0 / 3.0);
        assert_eq!(second_moment(&Sampler::Pareto { scale: 1.0, inverse_shape: 0.5 }), None);
        near(Sampler::Empirical(vec![5, 15]), 0.25);
    }

    /// The cut normal against its own draws.
    #[test]
    fn of_a_cut_normal() {
        let law = Sampler::Normal { mean: 1e6, sd: 2e6 };
        let (mut stream, ziggurat) = (Stream::new(1, 0, "x", Purpose::Service, 0), Ziggurat::new());
        let n = 2_000_000;
        let sum: f64 = (0..n).map(|_| (law.draw(&mut stream, &ziggurat) as f64).powi(2)).sum();
        let (drawn, exact) = (sum / f64::from(n), second_moment(&law).unwrap());
        assert!((drawn / exact - 1.0).abs() < 0.005, "{drawn} and {exact}");
    }
}
