//! Latencies: a histogram of the measured window, exact sums over the whole run, a sketch of the current bucket.

use std::ops::RangeInclusive;

use hdrhistogram::Histogram;

use super::Sketch;

/// Quantiles whose spread is told.
pub(crate) const SPREAD_OF: [f64; 3] = [0.5, 0.95, 0.99];

/// Records one kind of latency, in nanoseconds.
#[derive(Debug, Clone)]
pub(crate) struct Recorder {
    /// Over the whole run.
    pub(crate) sum: u128,
    pub(crate) count: u64,
    window: Tally,
    pub(crate) sketch: Option<Sketch>,
    /// What the window's counts were when its last part ended, and `count` then.
    before: Vec<u32>,
    counted: u64,
}

impl Recorder {
    /// With so many significant digits (1 to 5); with or without quantiles per bucket.
    pub(crate) fn new(digits: u8, curves: bool) -> Self {
        Recorder {
            window: Tally::new(digits),
            before: Vec::new(),
            counted: 0,
            count: 0,
            sum: 0,
            sketch: curves.then(Sketch::new),
        }
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
        self.window.clear();
        self.before.fill(0);
        self.counted = self.count;
    }

    /// A part of the window ends: [`SPREAD_OF`] of it in nanoseconds, NaN if it holds nothing. No part may have 2³² values of
    /// one class; a run that did would take days.
    pub(crate) fn end_batch(&mut self) -> [f64; 3] {
        let counts = &self.window.counts;
        self.before.resize(counts.len(), 0);
        let total = self.count - self.counted;
        self.counted = self.count;
        let ranks = SPREAD_OF.map(|q| libm::ceil(q * total as f64).max(1.0) as u64);
        let mut found = [f64::NAN; SPREAD_OF.len()];
        let (mut next, mut reached) = (0, 0);
        let grown = |now: &[u32], before: &[u32], index: usize| u64::from(now[index].wrapping_sub(before[index]));
        // A factor of two at a time: most have no quantile in them.
        let classes = 1 << self.window.bits;
        let parts = counts.chunks_exact(classes).zip(self.before.chunks_exact_mut(classes));
        for (part, (now, before)) in parts.enumerate().filter(|(_, (now, before))| now != before) {
            let here: u64 = (0..classes).map(|index| grown(now, before, index)).sum();
            if next < ranks.len() && ranks[next] <= reached + here {
                let mut reached = reached;
                for index in 0..classes {
                    reached += grown(now, before, index);
                    while next < ranks.len() && ranks[next] <= reached {
                        found[next] = *self.window.range_of(part * classes + index).end() as f64;
                        next += 1;
                    }
                }
            }
            reached += here;
            before.copy_from_slice(now);
        }
        found
    }

    /// What the window holds.
    pub(crate) fn histogram(&self) -> Histogram<u64> {
        self.window.histogram()
    }
}

/// Counts in exactly the classes of a [`Histogram`], which is made of them when all is over. Recording finds its class
/// in a few instructions: that happens several times per message. The counts are small numbers, so that twice as many of
/// them are in the processor's nearest cache.
#[derive(Debug, Clone)]
struct Tally {
    /// Grows with the values.
    counts: Vec<u32>,
    /// Significant digits, and the binary logarithm of the number of classes per factor of two.
    digits: u8,
    bits: u32,
    /// How often a count came round, by class; empty while none did.
    rounds: Vec<u32>,
}

impl Tally {
    fn new(digits: u8) -> Self {
        // Below twice this many every value is its own class.
        let classes = 10_u64.pow(u32::from(digits)).next_power_of_two();
        Tally { counts: Vec::new(), rounds: Vec::new(), digits, bits: classes.trailing_zeros() }
    }

    #[inline]
    fn record(&mut self, value: u64) {
        let shift = (value | ((2 << self.bits) - 1)).ilog2() - self.bits;
        let index = ((shift as usize) << self.bits) + (value >> shift) as usize;
        match self.counts.get_mut(index) {
            Some(count) if *count < u32::MAX => *count += 1,
            Some(_) => self.carry(index),
            None => self.grow(index),
        }
    }

    /// The first value of a class beyond those so far; makes room to the end of its factor of two.
    #[cold]
    fn grow(&mut self, index: usize) {
        self.counts.resize(((index >> self.bits) + 1) << self.bits, 0);
        self.counts[index] = 1;
    }

    /// A class has more values than its count can hold.
    #[cold]
    fn carry(&mut self, index: usize) {
        self.rounds.resize(self.counts.len(), 0);
        self.rounds[index] += 1;
        self.counts[index] = 0;
    }

    fn clear(&mut self) {
        self.counts.fill(0);
        self.rounds.clear();
    }

    /// The number of values in each class.
    fn counts(&self) -> impl DoubleEndedIterator<Item = u64> + ExactSizeIterator {
        let rounds = |index| self.rounds.get(index).map_or(0, |&rounds| u64::from(rounds) << 32);
        self.counts.iter().enumerate().map(move |(index, &count)| rounds(index) + u64::from(count))
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
        for (index, count) in self.counts().enumerate().rev().filter(|(_, count)| *count > 0) {
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
                let class = recorder.window.counts().enumerate().filter(|(_, count)| *count > 0);
                let holds = class.filter(|(index, _)| recorder.window.range_of(*index).contains(&value)).count();
                prop_assert_eq!(holds, 1);
            }
        }

        #[test]
        fn a_count_that_comes_round_is_carried(value in any::<u64>(), more in 0_u64..5) {
            let mut tally = Tally::new(3);
            tally.record(value);
            for count in &mut tally.counts {
                *count = if *count > 0 { u32::MAX - 1 } else { 0 };
            }
            for _ in 0..more {
                tally.record(value);
            }
            prop_assert_eq!(tally.counts().sum::<u64>(), u64::from(u32::MAX - 1) + more);
            prop_assert_eq!(tally.histogram().len(), u64::from(u32::MAX - 1) + more);
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
