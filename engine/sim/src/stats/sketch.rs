//! Quantiles of one bucket of a curve, in little memory: log-linear counts with sixteen steps per factor of two.

const STEPS: u64 = 16;
const STEP_BITS: u32 = STEPS.trailing_zeros();
/// Indices for all of `u64`.
const SIZE: usize = ((64 - STEP_BITS as usize) + 1) * STEPS as usize;

/// Counts of values, cleared for every bucket.
#[derive(Debug, Clone)]
pub(crate) struct Sketch {
    counts: Vec<u32>,
    count: u64,
    least: usize,
    most: usize,
}

impl Sketch {
    pub(crate) fn new() -> Self {
        Sketch { counts: vec![0; SIZE], count: 0, least: SIZE, most: 0 }
    }

    #[inline]
    pub(crate) fn record(&mut self, value: u64) {
        let index = index_of(value);
        self.counts[index] += 1;
        self.count += 1;
        self.least = self.least.min(index);
        self.most = self.most.max(index);
    }

    /// The given quantiles (ascending), `None` without values.
    pub(crate) fn quantiles<const N: usize>(&self, quantiles: [f64; N]) -> [Option<f64>; N] {
        let mut found = [None; N];
        let (mut next, mut below) = (0, 0);
        for index in self.least..=self.most.min(SIZE - 1) {
            let here = u64::from(self.counts[index]);
            while next < N {
                let rank = (quantiles[next] * self.count as f64).max(1.0);
                if ((below + here) as f64) < rank {
                    break;
                }
                let (low, width) = range_of(index);
                found[next] = Some(low + width * ((rank - below as f64) / here as f64).clamp(0.0, 1.0));
                next += 1;
            }
            below += here;
        }
        found
    }

    pub(crate) fn clear(&mut self) {
        if self.count > 0 {
            self.counts[self.least..=self.most].fill(0);
        }
        self.count = 0;
        self.least = SIZE;
        self.most = 0;
    }
}

/// Values below `STEPS` have their own index; above, the exponent and the four bits after the leading one.
#[inline]
fn index_of(value: u64) -> usize {
    if value < STEPS {
        return value as usize;
    }
    let exponent = value.ilog2();
    let shift = exponent - STEP_BITS;
    ((u64::from(shift) + 1) * STEPS + ((value >> shift) - STEPS)) as usize
}

/// The least value of an index and the width of its range.
fn range_of(index: usize) -> (f64, f64) {
    let index = index as u64;
    if index < STEPS {
        return (index as f64, 0.0);
    }
    let shift = (index / STEPS - 1) as i32;
    let width = libm::scalbn(1.0, shift);
    ((index % STEPS + STEPS) as f64 * width, width)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_value_lies_in_its_range(value in any::<u64>()) {
            let index = index_of(value);
            prop_assert!(index < SIZE);
            let (low, width) = range_of(index);
            prop_assert!(low <= value as f64 && value as f64 <= low + width);
            prop_assert!(width <= low / STEPS as f64 || value < STEPS);
        }

        #[test]
        fn quantiles_are_near_the_exact_ones(mut values in prop::collection::vec(1_u64..1_000_000_000_000, 1..300)) {
            let mut sketch = Sketch::new();
            for &value in &values {
                sketch.record(value);
            }
            values.sort_unstable();
            for q in [0.5, 0.95, 0.99] {
                let exact = values[((q * values.len() as f64).ceil().max(1.0) as usize - 1).min(values.len() - 1)] as f64;
                let found = sketch.quantiles([q])[0].unwrap();
                prop_assert!((found / exact - 1.0).abs() <= 1.0 / STEPS as f64 + 1e-9, "{q}: {found} for {exact}");
            }
            sketch.clear();
            prop_assert_eq!(sketch.quantiles([0.5]), [None]);
        }
    }
}
