//! Whether two runs differ: the interval of the difference of two independent means.
//!
//! B. L. Welch, "The generalization of 'Student's' problem when several different population variances are involved",
//! Biometrika 34 (1947), with the degrees of freedom of F. E. Satterthwaite, Biometrics Bulletin 2 (1946). The two runs may
//! have different numbers of replications and different variances.

use super::student::{t975, t975_of};

/// A mean over independent replications, with its own 95 % interval (Student's).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sample {
    /// The mean.
    pub mean: f64,
    /// Its 95 % confidence interval over the replications.
    pub ci95: [f64; 2],
    /// How many replications; an interval takes at least two.
    pub replications: u32,
}

impl Sample {
    /// The variance of the mean and its degrees of freedom, which the interval was made of.
    fn variance(&self) -> Option<(f64, f64)> {
        let degrees = self.replications.checked_sub(1).filter(|degrees| *degrees > 0)?;
        let half = (self.ci95[1] - self.ci95[0]) / 2.0;
        let error = half / t975(degrees as usize);
        (error.is_finite() && error >= 0.0).then_some((error * error, f64::from(degrees)))
    }
}

/// The 95 % confidence interval of `after - before`; `None` when one of the two has no spread to tell it from.
pub fn difference95(before: &Sample, after: &Sample) -> Option<[f64; 2]> {
    let (variance_before, degrees_before) = before.variance()?;
    let (variance_after, degrees_after) = after.variance()?;
    let difference = after.mean - before.mean;
    let variance = variance_before + variance_after;
    if variance <= 0.0 {
        // Every replication of each run says the same.
        return Some([difference, difference]);
    }
    let degrees = variance * variance
        / (variance_before * variance_before / degrees_before + variance_after * variance_after / degrees_after);
    let half = t975_of(degrees) * libm::sqrt(variance);
    (difference.is_finite() && half.is_finite()).then_some([difference - half, difference + half])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::interval;

    fn sample(values: &[f64]) -> Sample {
        let (mean, ci95) = interval(values).unwrap();
        Sample { mean, ci95: ci95.unwrap(), replications: values.len() as u32 }
    }

    fn close(found: [f64; 2], known: [f64; 2]) {
        let scale = (known[1] - known[0]).abs().max(1e-9);
        for (found, known) in found.into_iter().zip(known) {
            assert!((found - known).abs() < 1e-5 * scale, "{found} {known}");
        }
    }

    /// scipy 1.17.1: `stats.ttest_ind(after, before, equal_var=False).confidence_interval(0.95)`.
    #[test]
    fn the_intervals_are_those_of_scipy() {
        let (before, after) = ([18.2, 20.1, 17.6, 16.8, 18.8, 19.7, 19.1], [17.4, 18.7, 19.1, 16.4, 15.9, 18.4, 17.7]);
        close(
            difference95(&sample(&before), &sample(&after)).unwrap(),
            [-2.327_206_342_479_892, 0.412_920_628_194_173_4],
        );
        let before = [27.5, 21.0, 19.0, 23.6, 17.0, 17.9, 16.9, 20.1, 21.9, 22.6, 23.1, 19.6, 19.0, 21.7, 21.4];
        let after = [27.1, 22.0, 20.8, 23.4, 23.4, 23.5, 25.8, 22.0, 24.8, 20.2, 21.9, 22.1, 22.9, 30.5, 24.3];
        close(
            difference95(&sample(&before), &sample(&after)).unwrap(),
            [0.792_656_600_561_062_7, 4.860_676_732_772_273],
        );
        close(
            difference95(&sample(&[3.0, 4.0]), &sample(&[10.0, 12.0, 30.0, 11.0])).unwrap(),
            [-2.823_496_183_128_512, 27.323_496_183_128_512],
        );
        // One of the two says the same every time: all of the spread is the other's.
        let calm = difference95(&sample(&[1482.0, 1490.0, 1471.0, 1502.0]), &sample(&[0.0; 4])).unwrap();
        close(calm, [-1_507.052_871_977_613_2, -1_465.447_128_022_386_8]);
    }

    #[test]
    fn what_never_varies_differs_exactly() {
        let difference = difference95(&sample(&[2.0, 2.0]), &sample(&[5.0, 5.0, 5.0]));
        assert_eq!(difference, Some([3.0, 3.0]));
    }

    #[test]
    fn one_replication_has_no_interval() {
        let one = Sample { mean: 2.0, ci95: [1.0, 3.0], replications: 1 };
        assert_eq!(difference95(&one, &sample(&[1.0, 2.0])), None);
        let broken = Sample { ci95: [f64::NAN, 3.0], replications: 3, ..one };
        assert_eq!(difference95(&sample(&[1.0, 2.0]), &broken), None);
    }
}
