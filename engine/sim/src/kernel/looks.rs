//! Looks at how many messages there are, at random moments: where their variance comes from.
//!
//! The integral of a level is kept with every message, that of its square is not. One look at a random moment of each of
//! [`LOOKS`] equal parts of the window says the same in the mean, whatever rhythm the flow has, and costs nothing per message.

use super::Kernel;
use crate::plan::Plan;
use crate::rng::{Purpose, Stream};

/// How many looks there are in a replication.
const LOOKS: u64 = 600;

/// Sums over the looks so far.
#[derive(Debug, Clone, Default)]
pub(crate) struct Looks {
    /// By level: its values and their squares, summed up. Lags of groups first, then depths of channels.
    pub(crate) sums: Vec<[f64; 2]>,
    /// How often it was looked.
    pub(crate) count: u32,
}

/// When to look.
pub(super) fn moments(plan: &Plan, replication: u32) -> Vec<u64> {
    let window = plan.duration.saturating_sub(plan.warmup) as f64;
    let mut stream = Stream::new(plan.seed, replication, "", Purpose::Looks, 0);
    let moment = |part: u64| plan.warmup + (window * (part as f64 + stream.unit()) / LOOKS as f64) as u64;
    (0..LOOKS).map(moment).collect()
}

impl Kernel<'_> {
    pub(super) fn take_a_look(&mut self) {
        let lags = self.groups.iter().map(|group| group.lag.value());
        let depths = self.channels.iter().map(|channel| channel.depth.value());
        self.looks.sums.resize(self.groups.len() + self.channels.len(), [0.0; 2]);
        self.looks.count += 1;
        for ([sum, squares], value) in self.looks.sums.iter_mut().zip(lags.chain(depths)) {
            *sum += value as f64;
            *squares += value as f64 * value as f64;
        }
    }
}

impl Looks {
    /// Adds what another replication saw.
    pub(crate) fn add(&mut self, other: &Looks) {
        self.count += other.count;
        self.sums.resize(self.sums.len().max(other.sums.len()), [0.0; 2]);
        for ([sum, squares], [more, more_squares]) in self.sums.iter_mut().zip(&other.sums) {
            *sum += more;
            *squares += more_squares;
        }
    }

    /// Standard deviation of a level; `None` for fewer than two looks.
    pub(crate) fn deviation(&self, level: usize) -> Option<f64> {
        let [sum, squares] = self.sums.get(level)?;
        let n = f64::from(self.count);
        let variance = (squares - sum * sum / n) / (n - 1.0);
        (self.count > 1).then(|| libm::sqrt(variance.max(0.0)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deviations_by_hand() {
        // 1, 2, 6: mean 3, squares of what is off 4 + 1 + 9, variance 7.
        let one = Looks { sums: vec![[9.0, 41.0]], count: 3 };
        assert!((one.deviation(0).unwrap() - 7.0_f64.sqrt()).abs() < 1e-12);
        assert_eq!(one.deviation(1), None);
        assert_eq!(Looks { sums: vec![[5.0, 25.0]], count: 1 }.deviation(0), None);
        let mut both = Looks::default();
        both.add(&one);
        both.add(&Looks { sums: vec![[3.0, 9.0]], count: 1 });
        // 1, 2, 6, 3: mean 3, variance 14/3.
        assert!((both.deviation(0).unwrap() - (14.0_f64 / 3.0).sqrt()).abs() < 1e-12);
    }
}
