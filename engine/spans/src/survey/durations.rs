//! Counts of durations from which quantiles are read, as `HdrHistogram` does: to each power of two 2^`BITS` counts of equal
//! width. A quantile is the middle of its count, at most one part in 2^(`BITS` + 1) beside the exact one: 0.4 % for 7 bits.

/// How often which durations were.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Durations<const BITS: u32> {
    /// The place of the first count.
    first: usize,
    counts: Vec<u32>,
    total: u64,
    least: u64,
    greatest: u64,
}

impl<const BITS: u32> Default for Durations<BITS> {
    fn default() -> Self {
        Self { first: 0, counts: Vec::new(), total: 0, least: u64::MAX, greatest: 0 }
    }
}

impl<const BITS: u32> Durations<BITS> {
    /// The greatest share by which a quantile differs from the exact one.
    pub const ERROR: f64 = 1.0 / (1_u64 << (BITS + 1)) as f64;

    /// Counts one more.
    pub fn add(&mut self, nanos: u64) {
        self.add_times(place::<BITS>(nanos), 1);
        self.total += 1;
        self.least = self.least.min(nanos);
        self.greatest = self.greatest.max(nanos);
    }

    /// Counts what others counted.
    pub fn merge(&mut self, other: &Self) {
        for (at, count) in other.counts.iter().enumerate().filter(|(_, count)| **count > 0) {
            self.add_times(other.first + at, *count);
        }
        self.total += other.total;
        self.least = self.least.min(other.least);
        self.greatest = self.greatest.max(other.greatest);
    }

    fn add_times(&mut self, place: usize, times: u32) {
        if self.counts.is_empty() {
            self.first = place;
        }
        if place < self.first {
            let before = self.first - place;
            self.counts.splice(..0, std::iter::repeat_n(0, before));
            self.first = place;
        }
        let at = place - self.first;
        if at >= self.counts.len() {
            self.counts.resize(at + 1, 0);
        }
        self.counts[at] = self.counts[at].saturating_add(times);
    }

    /// How many there are.
    pub fn count(&self) -> u64 {
        self.total
    }

    /// The greatest.
    pub fn greatest(&self) -> u64 {
        self.greatest
    }

    /// What this share of them does not exceed, by the nearest rank; nothing of none.
    pub fn quantile(&self, share: f64) -> Option<u64> {
        let rank = ((share * self.total as f64).ceil() as u64).clamp(1, self.total.max(1));
        let mut before = 0;
        for (at, count) in self.counts.iter().enumerate() {
            before += u64::from(*count);
            if before >= rank {
                return Some(middle::<BITS>(self.first + at).clamp(self.least, self.greatest));
            }
        }
        None
    }
}

/// Where a duration is counted.
fn place<const BITS: u32>(nanos: u64) -> usize {
    let shift = (u64::BITS - nanos.leading_zeros()).saturating_sub(BITS + 1);
    ((shift as usize) << BITS) + (nanos >> shift) as usize
}

/// The middle of what is counted there.
fn middle<const BITS: u32>(place: usize) -> u64 {
    let shift = (place >> BITS).saturating_sub(1);
    let low = ((place - (shift << BITS)) as u64) << shift;
    low + ((1_u64 << shift) - 1) / 2
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_duration_is_counted_near_itself() {
        for exponent in 0..64 {
            for beside in -3_i64..4 {
                let nanos = (1_u64 << exponent).wrapping_add_signed(beside);
                let middle = middle::<7>(place::<7>(nanos));
                let off = middle.abs_diff(nanos) as f64 / nanos.max(1) as f64;
                assert!(off <= Durations::<7>::ERROR, "{nanos} is counted as {middle}");
            }
        }
    }

    proptest! {
        #[test]
        fn quantiles_are_the_exact_ones_but_for_the_error(
            mut sample in prop::collection::vec((any::<u64>(), 0..64_u32).prop_map(|(n, shift)| n >> shift), 1..200),
            cut in 0..200_usize,
            share in 0.0..=1.0_f64,
        ) {
            let (mut one, mut other) = (Durations::<7>::default(), Durations::<7>::default());
            for (i, nanos) in sample.iter().enumerate() {
                if i < cut { one.add(*nanos) } else { other.add(*nanos) }
            }
            one.merge(&other);
            sample.sort_unstable();
            let rank = ((share * sample.len() as f64).ceil() as usize).clamp(1, sample.len());
            let exact = sample[rank - 1];
            let found = one.quantile(share).unwrap();
            prop_assert!(found.abs_diff(exact) as f64 <= exact as f64 * Durations::<7>::ERROR, "{found} for {exact}");
            prop_assert_eq!((one.count(), one.greatest()), (sample.len() as u64, sample[sample.len() - 1]));
        }
    }
}
