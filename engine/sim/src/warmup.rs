//! How long a flow takes to settle: MSER-5.
//!
//! Of a run's beginning so much is cut off that what is left has the smallest standard error for its length (White,
//! "An effective truncation heuristic for bias reduction in simulation output", 1997; on means of five observations:
//! Franklin and White 2008; in Hoad, Robinson and Davies' comparison of 42 methods, 2010, the one to automate). A
//! minimum in the second half says that the run is too short to tell, and then so does the report.

use crate::plan::Plan;
use crate::report::WarmupFrom;

/// Observations per mean.
const BATCH: usize = 5;

/// How many observations to cut off, a multiple of five; `None` when the minimum lies in the second half or there are
/// too few observations.
pub(crate) fn mser5(observations: &[f64]) -> Option<usize> {
    let means: Vec<f64> =
        observations.chunks_exact(BATCH).map(|five| five.iter().sum::<f64>() / BATCH as f64).collect();
    let n = means.len();
    if n < 2 * BATCH {
        return None;
    }
    // From the end: sums of what is left. Around the mean of all, so that squares of large levels lose no digits.
    let centre = means.iter().sum::<f64>() / n as f64;
    let (mut sum, mut squares) = (0.0, 0.0);
    let mut best = (f64::INFINITY, 0);
    for cut in (0..n).rev() {
        let x = means[cut] - centre;
        sum += x;
        squares += x * x;
        let left = (n - cut) as f64;
        // The last few are always near each other, whatever they are.
        if n - cut < BATCH {
            continue;
        }
        let statistic = (squares - sum * sum / left).max(0.0) / (left * left);
        // Of equals the one that cuts least.
        if statistic <= best.0 {
            best = (statistic, cut);
        }
    }
    (best.1 <= n / 2).then_some(best.1 * BATCH)
}

/// The most pilot runs.
const PILOTS: u32 = 100;

/// How many replications are run beforehand to find the warm-up.
pub(crate) fn pilots(plan: &Plan) -> u32 {
    plan.replications.min(PILOTS)
}

/// The warm-up of a run, from the mean number of messages in the flow per bucket over some pilot replications, and how
/// it came about. Without an answer the second half is measured.
pub(crate) fn find(present: &[f64], width: u64, duration: u64) -> (u64, WarmupFrom) {
    match mser5(present) {
        Some(cut) => (cut as u64 * width, WarmupFrom::Mser5),
        None => (duration / 2, WarmupFrom::TooShort),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Noise of some amplitude, the same every time.
    fn noise(i: usize) -> f64 {
        (i as f64 * 12.9898).sin() * 0.2
    }

    #[test]
    fn a_beginning_that_differs_is_cut_off() {
        let settled: Vec<f64> = (0..600).map(|i| 10.0 + noise(i)).collect();
        assert_eq!(mser5(&settled), Some(0));
        let late: Vec<f64> = (0..600).map(|i| if i < 98 { 2.0 } else { 10.0 } + noise(i)).collect();
        assert_eq!(mser5(&late), Some(100), "the batch that holds the step goes too");
        let slow: Vec<f64> = (0..600).map(|i| 10.0 * (1.0 - (-(i as f64) / 30.0).exp()) + noise(i)).collect();
        let cut = mser5(&slow).unwrap();
        assert!((60..=200).contains(&cut), "{cut}");
    }

    #[test]
    fn what_never_settles_is_refused() {
        let growing: Vec<f64> = (0..600).map(f64::from).collect();
        assert_eq!(mser5(&growing), None);
        assert_eq!(find(&growing, 10, 6_000), (3_000, WarmupFrom::TooShort));
        assert_eq!(mser5(&[1.0; 40]), None, "eight means tell nothing");
    }
}
