//! Intervals of confidence.

/// Quantile 0.975 of Student's t for 1 to 30 degrees of freedom (Abramowitz and Stegun, table 26.10, with more digits).
const T975: [f64; 30] = [
    12.706_205, 4.302_653, 3.182_446, 2.776_445, 2.570_582, 2.446_912, 2.364_624, 2.306_004, 2.262_157, 2.228_139,
    2.200_985, 2.178_813, 2.160_369, 2.144_787, 2.131_450, 2.119_905, 2.109_816, 2.100_922, 2.093_024, 2.085_963,
    2.079_614, 2.073_873, 2.068_658, 2.063_899, 2.059_539, 2.055_529, 2.051_831, 2.048_407, 2.045_230, 2.042_272,
];

/// Quantile 0.975 of Student's t; beyond the table by its expansion in 1/n (Abramowitz and
/// Stegun 26.7.5), exact there to five digits.
pub(super) fn t975(degrees: usize) -> f64 {
    const Z: f64 = 1.959_963_984_540_054;
    if let Some(t) = degrees.checked_sub(1).and_then(|i| T975.get(i)) {
        return *t;
    }
    let n = degrees as f64;
    let z2 = Z * Z;
    let first = (z2 + 1.0) * Z / (4.0 * n);
    let second = ((5.0 * z2 + 16.0) * z2 + 3.0) * Z / (96.0 * n * n);
    let third = (((3.0 * z2 + 19.0) * z2 + 17.0) * z2 - 15.0) * Z / (384.0 * n * n * n);
    Z + first + second + third
}

/// The same for degrees of freedom that are no whole number, at least 1, as Satterthwaite's are: where the incomplete beta
/// function I of (n/2, 1/2) at n/(n + t²) is the 5 % that lie beyond t on both sides (Abramowitz and Stegun 26.7.1).
pub(super) fn t975_of(degrees: f64) -> f64 {
    let degrees = degrees.max(1.0);
    let (mut low, mut high) = (0.0, 1.0);
    // Each step halves the bracket: these are as many as a double has digits.
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        if incomplete_beta(degrees / 2.0, middle) < 0.05 { low = middle } else { high = middle }
    }
    let x = f64::midpoint(low, high);
    libm::sqrt(degrees * (1.0 - x) / x)
}

/// The regularized incomplete beta function I of (a, 1/2) at x, by its continued fraction (DLMF 8.17.22) where that is
/// quick, else by its symmetry (DLMF 8.17.4).
fn incomplete_beta(a: f64, x: f64) -> f64 {
    const B: f64 = 0.5;
    let front = |a: f64, b: f64, x: f64| {
        let beta = libm::lgamma(a) + libm::lgamma(b) - libm::lgamma(a + b);
        libm::exp(a * libm::log(x) + b * libm::log1p(-x) - beta) / a
    };
    if x <= 0.0 || x >= 1.0 {
        return x.clamp(0.0, 1.0);
    }
    if x < (a + 1.0) / (a + B + 2.0) {
        front(a, B, x) * fraction(a, B, x)
    } else {
        1.0 - front(B, a, 1.0 - x) * fraction(B, a, 1.0 - x)
    }
}

/// The continued fraction of the incomplete beta function, from its end: with this many terms it stands still for all
/// arguments on its quick side.
fn fraction(a: f64, b: f64, x: f64) -> f64 {
    const TERMS: u32 = 200;
    let mut value = 1.0;
    for term in (1..=TERMS).rev() {
        let m = f64::from(term / 2);
        let step = if term % 2 == 0 {
            m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m))
        } else {
            -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0))
        };
        value = 1.0 + step / value;
    }
    1.0 / value
}

/// Mean and 95 % interval of independent values; no interval with fewer than two.
pub(crate) fn interval(values: &[f64]) -> Option<(f64, Option<[f64; 2]>)> {
    let weighted: Vec<(f64, f64)> = values.iter().map(|&value| (value, 1.0)).collect();
    ratio(&weighted)
}

/// Σ numerators / Σ denominators with the 95 % interval of that ratio, from independent pairs (numerator, denominator):
/// the variance of the ratio estimator (Cochran, "Sampling Techniques", 6.3). With equal denominators it is the plain
/// mean with Student's interval. `None` when all denominators are 0.
pub(crate) fn ratio(pairs: &[(f64, f64)]) -> Option<(f64, Option<[f64; 2]>)> {
    let n = pairs.len() as f64;
    let numerator: f64 = pairs.iter().map(|(a, _)| a).sum();
    let denominator: f64 = pairs.iter().map(|(_, b)| b).sum();
    if denominator.is_nan() || denominator <= 0.0 {
        return None;
    }
    let ratio = numerator / denominator;
    if pairs.len() < 2 {
        return Some((ratio, None));
    }
    let mean = denominator / n;
    let squares: f64 = pairs.iter().map(|(a, b)| (a - ratio * b) * (a - ratio * b)).sum();
    let half = t975(pairs.len() - 1) * libm::sqrt(squares / (n - 1.0) / n) / mean;
    Some((ratio, Some([ratio - half, ratio + half])))
}

#[cfg(test)]
mod tests {
    use super::*;
    use statrs::distribution::{ContinuousCDF as _, StudentsT};

    #[test]
    fn the_quantiles_are_students() {
        for degrees in (1..=200).chain([500, 5_000]) {
            let exact = StudentsT::new(0.0, 1.0, degrees as f64).unwrap().inverse_cdf(0.975);
            assert!((t975(degrees) - exact).abs() < 2e-5 * exact, "{degrees}: {} {exact}", t975(degrees));
        }
    }

    /// scipy 1.17.1: `stats.t.ppf(0.975, degrees)`; and statrs.
    #[test]
    fn degrees_between_whole_numbers_have_quantiles_too() {
        let known = [
            (1.0, 12.706_204_736_174_694),
            (1.5, 6.016_663_104_427_929),
            (2.3, 3.807_163_208_232_131),
            (7.77, 2.317_939_929_891_551_7),
            (27.6, 2.049_745_425_447_918_4),
            (133.2, 1.977_933_998_723_982_3),
        ];
        for (degrees, exact) in known {
            assert!((t975_of(degrees) - exact).abs() < 1e-9 * exact, "{degrees}: {} {exact}", t975_of(degrees));
        }
        for step in 0..400 {
            let degrees = 1.0 + f64::from(step * step) / 100.0;
            let exact = StudentsT::new(0.0, 1.0, degrees).unwrap().inverse_cdf(0.975);
            assert!((t975_of(degrees) - exact).abs() < 1e-6 * exact, "{degrees}: {} {exact}", t975_of(degrees));
        }
    }

    #[test]
    fn an_interval_worked_by_hand() {
        // 2, 4, 6: mean 4, s = 2, t(2) = 4.302653, half width 4.302653 · 2/√3.
        let (mean, ci) = interval(&[2.0, 4.0, 6.0]).unwrap();
        let half = 4.302_653 * 2.0 / 3.0_f64.sqrt();
        assert!((mean - 4.0).abs() < 1e-12);
        assert!((ci.unwrap()[0] - (4.0 - half)).abs() < 1e-9);
        assert_eq!(interval(&[1.0]), Some((1.0, None)));
        assert_eq!(ratio(&[(0.0, 0.0)]), None);
    }
}
