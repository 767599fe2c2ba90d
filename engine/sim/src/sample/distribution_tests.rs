//! Samplers against the laws that they are named after, by `statrs`.

use statrs::distribution::{ContinuousCDF, Erlang, Exp, Gamma, LogNormal, Normal, Pareto, Uniform, Weibull};
use statrs::function::gamma::gamma;

use super::*;
use crate::rng::Purpose;

const N: usize = 400_000;

fn draws(sampler: &Sampler, seed: u64) -> Vec<f64> {
    let ziggurat = Ziggurat::new();
    let mut stream = Stream::new(seed, 0, "sampler", Purpose::Service, 0);
    (0..N).map(|_| sampler.draw(&mut stream, &ziggurat) as f64 / 1e6).collect()
}

/// Kolmogorov and Smirnov: the greatest distance to the exact law stays below its 99.9 % quantile, 1.95/√n.
fn follows(sampler: &Sampler, cdf: impl Fn(f64) -> f64) {
    let mut values = draws(sampler, 41);
    values.sort_unstable_by(f64::total_cmp);
    let n = N as f64;
    let distance = (0_u32..).zip(&values).map(|(i, &x)| {
        let u = cdf(x);
        (u - f64::from(i) / n).max(f64::from(i + 1) / n - u)
    });
    let distance = distance.fold(0.0, f64::max);
    assert!(distance < 1.95 / n.sqrt(), "{sampler:?}: {distance}");
}

/// The mean that the sampler says it has is that of its draws, within five standard errors of `sd`.
fn has_mean(sampler: &Sampler, sd: f64) {
    let mean = draws(sampler, 42).iter().sum::<f64>() / N as f64;
    let exact = sampler.mean() / 1e6;
    assert!((mean - exact).abs() < 5.0 * sd / (N as f64).sqrt() + 1e-9, "{sampler:?}: {mean} for {exact}");
}

const MS: f64 = 1e6;

#[test]
fn exponential() {
    let sampler = Sampler::Exponential { mean: 10.0 * MS };
    follows(&sampler, |x| Exp::new(0.1).unwrap().cdf(x));
    has_mean(&sampler, 10.0);
}

#[test]
fn uniform() {
    let sampler = Sampler::Uniform { low: 5.0 * MS, width: 10.0 * MS };
    follows(&sampler, |x| Uniform::new(5.0, 15.0).unwrap().cdf(x));
    has_mean(&sampler, 3.0);
}

#[test]
fn normal_is_cut_at_zero() {
    let sampler = Sampler::Normal { mean: 10.0 * MS, sd: 10.0 * MS };
    let normal = Normal::new(10.0, 10.0).unwrap();
    let below = normal.cdf(0.0);
    follows(&sampler, |x| (normal.cdf(x) - below) / (1.0 - below));
    has_mean(&sampler, 10.0);
    let certain = Sampler::Normal { mean: 10.0 * MS, sd: 0.0 };
    assert!(draws(&certain, 1).iter().all(|&x| (x - 10.0).abs() < 1e-9));
}

#[test]
fn lognormal() {
    let sampler = Sampler::Lognormal { mu: (10.0 * MS).ln() - 0.5, sigma: 1.0 };
    follows(&sampler, |x| LogNormal::new(10.0_f64.ln() - 0.5, 1.0).unwrap().cdf(x));
    has_mean(&sampler, 13.2);
    assert!((sampler.mean() / MS - 10.0).abs() < 1e-9);
}

#[test]
fn gamma_above_and_below_shape_one() {
    for shape in [0.5, 1.0, 2.5, 40.0] {
        let sampler = Sampler::Gamma { shape, scale: 10.0 * MS / shape };
        follows(&sampler, |x| Gamma::new(shape, shape / 10.0).unwrap().cdf(x));
        has_mean(&sampler, 10.0 / shape.sqrt());
    }
    let erlang = Sampler::Gamma { shape: 4.0, scale: 2.5 * MS };
    follows(&erlang, |x| Erlang::new(4, 0.4).unwrap().cdf(x));
}

#[test]
fn weibull() {
    for shape in [0.7, 1.0, 3.0] {
        let scale = 10.0 / gamma(1.0 + 1.0 / shape);
        let sampler = Sampler::Weibull { scale: scale * MS, inverse_shape: 1.0 / shape };
        follows(&sampler, |x| Weibull::new(shape, scale).unwrap().cdf(x));
        assert!((sampler.mean() / MS - 10.0).abs() < 1e-6);
        has_mean(&sampler, 20.0);
    }
}

#[test]
fn pareto() {
    let sampler = Sampler::Pareto { scale: 6.0 * MS, inverse_shape: 1.0 / 2.5 };
    follows(&sampler, |x| Pareto::new(6.0, 2.5).unwrap().cdf(x));
    assert!((sampler.mean() / MS - 10.0).abs() < 1e-9);
}

#[test]
fn hyperexponential() {
    let sampler = Sampler::Hyperexponential(vec![(0.9, 5.0 * MS), (1.0, 55.0 * MS)]);
    follows(&sampler, |x| 1.0 - 0.9 * (-x / 5.0).exp() - 0.1 * (-x / 55.0).exp());
    assert!((sampler.mean() / MS - 10.0).abs() < 1e-9);
    has_mean(&sampler, 25.0);
}

#[test]
fn empirical_draws_evenly() {
    let sampler = Sampler::Empirical(vec![1_000_000, 2_000_000, 9_000_000]);
    let nines = draws(&sampler, 43).iter().filter(|&&x| x > 8.0).count() as f64 / N as f64;
    assert!((nines - 1.0 / 3.0).abs() < 0.003, "{nines}");
    assert!((sampler.mean() / MS - 4.0).abs() < 1e-9);
}
