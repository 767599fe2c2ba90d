//! Whether a difference of two shares may be chance.

use libm::lgamma;

/// The probability of at least `with` hits among `of` drawn, if all `with + other_with` hits among all `of + other_of` were
/// spread by chance: Fisher's exact test, one-sided.
pub(super) fn at_least(with: u32, of: u32, other_with: u32, other_of: u32) -> f64 {
    // No more can be hits than there are.
    let (with, other_with) = (u64::from(with.min(of)), u64::from(other_with.min(other_of)));
    let (hits, drawn) = (with + other_with, u64::from(of));
    let all = drawn + u64::from(other_of);
    let least = (hits + drawn).saturating_sub(all);
    if with <= least {
        return 1.0;
    }
    // Terms fall only away from the mean, and far below it the first of them is nothing: there the other tail is summed.
    if with as f64 * all as f64 <= hits as f64 * drawn as f64 {
        (1.0 - tail([hits, drawn, all], with - 1, least)).max(0.0)
    } else {
        tail([hits, drawn, all], with, hits.min(drawn)).min(1.0)
    }
}

/// The sum of the hypergeometric distribution from one number of hits among those drawn to another, which is farther from the mean:
/// each term from the one before, as long as they matter.
fn tail([hits, drawn, all]: [u64; 3], from: u64, to: u64) -> f64 {
    let mut term = (choose(hits, from) + choose(all - hits, drawn - from) - choose(all, drawn)).exp();
    let (mut sum, mut k) = (term, from);
    while k != to {
        // The smaller number of this one and the next.
        let below = if to < k { k - 1 } else { k };
        let up = (hits - below) as f64 * (drawn - below) as f64;
        let down = (below + 1) as f64 * (all + below + 1 - hits - drawn) as f64;
        let ratio = if to < k { down / up } else { up / down };
        term *= ratio;
        if term <= sum * 1e-17 && ratio < 1.0 {
            break;
        }
        sum += term;
        k = if to < k { k - 1 } else { k + 1 };
    }
    sum
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

    /// Fewer than by chance: the same, from exact fractions of whole numbers.
    const FEWER: &[([u32; 4], f64)] = &[
        ([8, 320, 11942, 12440], 1.0),
        ([1, 10, 9, 10], 0.9999945874558878),
        ([290, 320, 11660, 12440], 0.9876354520212248),
        ([1, 100, 50, 1000], 0.9931300148637419),
        ([100, 1_000_000, 900_000, 1_000_000], 1.0),
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
        for ([with, of, other_with, other_of], truth) in FISHER.iter().chain(FEWER) {
            let found = at_least(*with, *of, *other_with, *other_of);
            assert!(near(found, *truth), "{with} of {of}, {other_with} of {other_of}: {found:e} for {truth:e}");
        }
    }

    /// Sets and counts may have been read at different moments.
    #[test]
    fn more_than_all_are_all() {
        for (more, all) in [([12, 10, 3, 10], [10, 10, 3, 10]), ([3, 10, 12, 10], [3, 10, 10, 10])] {
            let [found, expected] = [more, all].map(|[a, b, c, d]| at_least(a, b, c, d));
            assert!(near(found, expected), "{found} for {expected}");
        }
        assert!(near(at_least(1, 0, 1, 0), 1.0));
    }

    #[test]
    fn discoveries_are_those_of_scipy() {
        for (found, truth) in discoveries(CHANCES).into_iter().zip(DISCOVERIES) {
            assert!(near(found, *truth), "{found} for {truth}");
        }
        assert!(discoveries(&[]).is_empty());
    }
}
