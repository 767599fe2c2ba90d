//! A measured value with its 99 % interval.

use statrs::distribution::{ContinuousCDF as _, StudentsT};

/// What was measured.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// The middle.
    pub value: f64,
    /// Half the width of the 99 % interval; 0 for what is not random.
    pub half: f64,
}

impl Estimate {
    /// Something that is not random.
    pub fn fixed(value: f64) -> Self {
        Estimate { value, half: 0.0 }
    }

    /// The mean of independent values with Student's 99 % interval; `None` for fewer than two.
    pub fn of_values(values: &[f64]) -> Option<Self> {
        let n = values.len() as f64;
        if values.len() < 2 {
            return None;
        }
        let mean = values.iter().sum::<f64>() / n;
        let squares: f64 = values.iter().map(|value| (value - mean) * (value - mean)).sum();
        Some(Estimate { value: mean, half: t(0.995, n - 1.0) * (squares / (n - 1.0) / n).sqrt() })
    }

    /// A value with Student's 95 % interval of so many degrees of freedom, as reports have it.
    pub fn of_ci95(value: f64, [low, high]: [f64; 2], degrees: f64) -> Self {
        Estimate { value, half: (high - low) / 2.0 * t(0.995, degrees) / t(0.975, degrees) }
    }
}

/// A quantile of Student's t.
fn t(probability: f64, degrees: f64) -> f64 {
    StudentsT::new(0.0, 1.0, degrees).map_or(f64::INFINITY, |law| law.inverse_cdf(probability))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Quantiles from Abramowitz and Stegun, table 26.10: t(29) is 2.756 at 0.995 and 2.045 at 0.975; t(2) is 9.925.
    #[test]
    fn intervals_are_students() {
        let widened = Estimate::of_ci95(5.0, [4.0, 6.0], 29.0);
        assert!((widened.half - 2.756 / 2.045).abs() < 1e-3, "{widened:?}");
        let of_three = Estimate::of_values(&[2.0, 4.0, 6.0]).unwrap();
        assert!((of_three.value - 4.0).abs() < 1e-12);
        assert!((of_three.half - 9.925 * 2.0 / 3.0_f64.sqrt()).abs() < 2e-3, "{of_three:?}");
        assert_eq!(Estimate::of_values(&[1.0]), None);
    }
}
