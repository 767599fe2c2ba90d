//! Whether a difference of two shares may be chance.

use libm::lgamma;

/// The probability of at least `with` hits among `of` drawn, if all `with + other_with` hits among all `of + other_of` were
/// spread by chance: Fisher's exact test, one-sided.
pub(super) fn at_least(with: u32, of: u32, other_with: u32, other_of: u32) -> f64 {
    let (hits, drawn) = (u64::from(with) + u64::from(other_with), u64::from(of));
    let all = drawn + u64::from(other_of);
    let least = (hits + drawn).saturating_sub(all);
    if u64::from(with) <= least {
        return 1.0;
    }
    // The hypergeometric distribution's tail, each term from the one before; they fall quickly behind the mean.
    let mut term =
        (choose(hits, u64::from(with)) + choose(all - hits, drawn - u64::from(with)) - choose(all, drawn)).exp();
    let (mut sum, mut k) = (0.0, u64::from(with));
    let most = hits.min(drawn);
    loop {
        sum += term;
        if k >= most {
            break;
        }
        let up = (hits - k) as f64 * (drawn - k) as f64;
        let down = (k + 1) as f64 * (all + k + 1 - hits - drawn) as f64;
        term *= up / down;
        k += 1;
        if term < sum * 1e-17 && up < down {
            break;
        }
    }
    sum.min(1.0)
}

/// Logarithm of the number of ways to choose.
fn choose(of: u64, some: u64) -> f64 {
    let factorial = |n: u64| lgamma(n as f64 + 1.0);
    factorial(of) - factorial(some) - factorial(of - some)
}

/// The shares of false discoveries that come with believing each of these and all that are as improbable (Benjamini and Hochberg 1995).
pub(super) fn discoveries(chances: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..chances.len()).collect();
    order.sort_by(|a, b| chances[*b].total_cmp(&chances[*a]));
    let (mut shares, mut least) = (vec![1.0; chances.len()], 1.0_f64);
    for (behind, at) in order.iter().enumerate() {
        let rank = chances.len() - behind;
        least = least.min(chances[*at] * chances.len() as f64 / rank as f64);
        shares[*at] = least;
    }
    shares
}

#[cfg(test)]
#[expect(clippy::unreadable_literal, reason = "as they were printed elsewhere")]
mod tests {
    use super::*;

    fn near(found: f64, truth: f64) -> bool {
        (found - truth).abs() <= truth.abs() * 1e-8 + f64::MIN_POSITIVE
    }

    /// `scipy.stats.fisher_exact([[a, n - a], [b, m - b]], alternative="greater").pvalue`, `SciPy` 1.17.1.
    const FISHER: &[([u32; 4], f64)] = &[
        ([0, 10, 0, 10], 1.0),
        ([3, 4, 1, 4], 0.24285714285714283),
        ([10, 10, 0, 10], 5.412544112234515e-06),
        ([5, 20, 6, 20], 0.7599423244584534),
        ([97, 100, 4, 100], 7.081415139290529e-48),
        ([88, 100, 12, 12440], 6.148369649370438e-197),
        ([312, 320, 498, 12440], 0.0),
        ([1, 1, 0, 1000], 0.000999000999000999),
        ([0, 5, 5, 5], 1.0),
        ([50, 100, 5000, 10000], 0.5399930869267708),
        ([5200, 10000, 5000, 10000], 0.0024393978844534227),
        ([40000, 100000, 39000, 100000], 2.4432391990470846e-06),
        ([7, 50, 2, 60], 0.045552119783742254),
        ([12, 3000, 1, 3000], 0.0016931562291606452),
        ([100, 100, 100, 100], 1.0),
    ];

    /// `scipy.stats.false_discovery_control(ps, method="bh")`, the same.
    const CHANCES: &[f64] = &[0.01, 0.04, 0.03, 0.005, 0.5, 0.0001, 1.0, 0.04, 0.2, 0.6];
    const DISCOVERIES: &[f64] = &[
        0.03333333333333333,
        0.06666666666666667,
        0.06666666666666667,
        0.025,
        0.625,
        0.001,
        1.0,
        0.06666666666666667,
        0.28571428571428575,
        0.6666666666666666,
    ];

    #[test]
    fn chances_are_those_of_scipy() {
        for ([with, of, other_with, other_of], truth) in FISHER {
            let found = at_least(*with, *of, *other_with, *other_of);
            assert!(near(found, *truth), "{with} of {of}, {other_with} of {other_of}: {found:e} for {truth:e}");
        }
    }

    #[test]
    fn discoveries_are_those_of_scipy() {
        for (found, truth) in discoveries(CHANCES).into_iter().zip(DISCOVERIES) {
            assert!(near(found, *truth), "{found} for {truth}");
        }
        assert!(discoveries(&[]).is_empty());
    }
}
