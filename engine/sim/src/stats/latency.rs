//! Latencies: a histogram of the measured window, exact sums over the whole run, a sketch of the current bucket.

use std::ops::RangeInclusive;

use hdrhistogram::Histogram;

use super::Sketch;

/// Quantiles whose spread is told.
pub(crate) const SPREAD_OF: [f64; 3] = [0.5, 0.95, 0.99];

/// Records one kind of latency, in nanoseconds.
#[derive(Debug, Clone)]
pub(crate) struct Recorder {
    window: Tally,
    /// What the window's counts were when its last part ended; shorter where they were none.
    before: Vec<u64>,
    /// Over the whole run.
    pub(crate) count: u64,
    pub(crate) sum: u128,
    pub(crate) sketch: Option<Sketch>,
}

impl Recorder {
    /// With so many significant digits (1 to 5); with or without quantiles per bucket.
    pub(crate) fn new(digits: u8, curves: bool) -> Self {
        Recorder { window: Tally::new(digits), before: Vec::new(), count: 0, sum: 0, sketch: curves.then(Sketch::new) }
    }

    #[inline]
    pub(crate) fn record(&mut self, nanos: u64) {
        self.count += 1;
        self.sum += u128::from(nanos);
        self.window.record(nanos);
        if let Some(sketch) = &mut self.sketch {
            sketch.record(nanos);
        }
    }

    /// The measured window begins.
    pub(crate) fn begin_window(&mut self) {
        self.window.counts.fill(0);
        self.before.fill(0);
    }

    /// A part of the window ends: [`SPREAD_OF`] of it in nanoseconds, NaN if it holds nothing.
    pub(crate) fn end_batch(&mut self) -> [f64; 3] {
        let counts = &self.window.counts;
        self.before.resize(counts.len(), 0);
        let total = counts.iter().sum::<u64>() - self.before.iter().sum::<u64>();
        let ranks = SPREAD_OF.map(|q| libm::ceil(q * total as f64).max(1.0) as u64);
        let mut found = [f64::NAN; SPREAD_OF.len()];
        let (mut next, mut reached) = (0, 0);
        for (index, (now, before)) in counts.iter().zip(&self.before).enumerate() {
            reached += now - before;
            while next < ranks.len() && ranks[next] <= reached {
                found[next] = *self.window.range_of(index).end() as f64;
                next += 1;
            }
        }
        self.before.copy_from_slice(counts);
        found
    }

    /// What the window holds.
    pub(crate) fn histogram(&self) -> Histogram<u64> {
        self.window.histogram()
    }
}

/// Counts in exactly the classes of a [`Histogram`], which is made of them when all is over. Recording finds its class
/// in a few instructions: that happens several times per message.
#[derive(Debug, Clone)]
struct Tally {
    /// Grows with the values.
    counts: Vec<u64>,
    /// Significant digits, and the binary logarithm of the number of classes per factor of two.
    digits: u8,
    bits: u32,
}

impl Tally {
    fn new(digits: u8) -> Self {
        // Below twice this many every value is its own class.
        let classes = 10_u64.pow(u32::from(digits)).next_power_of_two();
        Tally { counts: Vec::new(), digits, bits: classes.trailing_zeros() }
    }

    #[inline]
    fn record(&mut self, value: u64) {
        let shift = (value | ((2 << self.bits) - 1)).ilog2() - self.bits;
        let index = ((shift as usize) << self.bits) + (value >> shift) as usize;
        match self.counts.get_mut(index) {
            Some(count) => *count += 1,
            None => self.grow(index),
        }
    }

    /// The first value of a class beyond those so far; makes room to the end of its factor of two.
    #[cold]
    fn grow(&mut self, index: usize) {
        self.counts.resize(((index >> self.bits) + 1) << self.bits, 0);
        self.counts[index] = 1;
    }

    /// The values of a class.
    fn range_of(&self, index: usize) -> RangeInclusive<u64> {
        let shift = (index >> self.bits).saturating_sub(1);
        let least = ((index - (shift << self.bits)) as u64) << shift;
        least..=least + ((1 << shift) - 1)
    }

    fn histogram(&self) -> Histogram<u64> {
        let mut histogram = match Histogram::new(self.digits) {
            Ok(histogram) => histogram,
            // Digits outside 1 to 5 are the only thing that can be wrong here, and none are asked for.
            Err(error) => unreachable!("a histogram of {} digits: {error:?}", self.digits),
        };
        histogram.auto(true);
        // The greatest first, so that it grows once; it grows with the values, so that this fails for none.
        for (index, &count) in self.counts.iter().enumerate().rev().filter(|(_, count)| **count > 0) {
            histogram.record_n(*self.range_of(index).start(), count).unwrap_or(());
        }
        histogram
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Values of all magnitudes.
    fn values() -> impl Strategy<Value = Vec<u64>> {
        prop::collection::vec((any::<u64>(), 0_u32..64).prop_map(|(value, shift)| value >> shift), 0..300)
    }

    fn direct(digits: u8, values: &[u64]) -> Histogram<u64> {
        let mut histogram = Histogram::new(digits).unwrap();
        histogram.auto(true);
        for &value in values {
            histogram.record(value).unwrap();
        }
        histogram
    }

    proptest! {
        #[test]
        fn it_counts_as_the_histogram_does(digits in 1_u8..=4, values in values()) {
            let mut recorder = Recorder::new(digits, false);
            for &value in &values {
                recorder.record(value);
            }
            let (ours, theirs) = (recorder.histogram(), direct(digits, &values));
            prop_assert_eq!(&ours, &theirs);
            prop_assert_eq!((ours.min(), ours.max(), ours.len()), (theirs.min(), theirs.max(), theirs.len()));
            for q in [0.0, 0.001, 0.5, 0.95, 0.99, 1.0] {
                prop_assert_eq!(ours.value_at_quantile(q), theirs.value_at_quantile(q));
            }
            for &value in &values {
                let class = recorder.window.counts.iter().enumerate().filter(|(_, count)| **count > 0);
                let holds = class.filter(|(index, _)| recorder.window.range_of(*index).contains(&value)).count();
                prop_assert_eq!(holds, 1);
            }
        }

        #[test]
        fn a_part_has_the_quantiles_of_its_own_values(warm_up in values(), parts in prop::collection::vec(values(), 1..4)) {
            let mut recorder = Recorder::new(3, false);
            for &value in &warm_up {
                recorder.record(value);
            }
            recorder.begin_window();
            for part in parts {
                for &value in &part {
                    recorder.record(value);
                }
                let found = recorder.end_batch();
                let alone = direct(3, &part);
                for (q, found) in SPREAD_OF.into_iter().zip(found) {
                    if part.is_empty() {
                        prop_assert!(found.is_nan());
                    } else {
                        prop_assert_eq!(found.to_bits(), (alone.value_at_quantile(q) as f64).to_bits());
                    }
                }
            }
        }
    }
}
