//! How values lie: intervals with counts, made of both kinds of histograms, added up and asked for quantiles.

use std::collections::BTreeMap;

use super::heat::{Cell, disjoint};
use super::{Histogram, Side};

/// Counts of values by interval (above the first number, up to the second).
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Spread {
    /// By upper, then lower end, in a form that sorts.
    strata: BTreeMap<(i64, i64), Stratum>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Stratum {
    low: f64,
    high: f64,
    count: u64,
}

impl Spread {
    /// Of one histogram, an exponential one no finer than `scale`.
    pub(super) fn of(histogram: &Histogram, scale: Option<i32>) -> Self {
        let mut spread = Self::default();
        match &histogram.side {
            Side::Bounds { bounds, counts } => {
                let lows = std::iter::once(f64::NEG_INFINITY).chain(bounds.iter().copied());
                let highs = bounds.iter().copied().chain(std::iter::once(f64::INFINITY));
                for ((low, high), count) in lows.zip(highs).zip(counts) {
                    spread.put(low, high, *count);
                }
            }
            Side::Exponential { scale: own, zero, zero_threshold, positive, negative } => {
                let scale = scale.map_or(*own, |wanted| wanted.min(*own));
                let coarser = own.saturating_sub(scale).clamp(0, 63);
                let end = |index: i64| (index as f64 * (-f64::from(scale)).exp2()).exp2();
                let indices = |(offset, counts): &(i32, Vec<u64>)| {
                    (i64::from(*offset)..).zip(counts).map(|(index, count)| (index >> coarser, *count)).collect()
                };
                let (above, below): (Vec<_>, Vec<_>) = (indices(positive), indices(negative));
                for (index, count) in above {
                    spread.put(end(index), end(index + 1), count);
                }
                for (index, count) in below {
                    spread.put(-end(index + 1), -end(index), count);
                }
                spread.put(-zero_threshold.abs(), zero_threshold.abs(), *zero);
            }
        }
        spread
    }

    fn put(&mut self, low: f64, high: f64, count: u64) {
        let stratum = self.strata.entry((sortable(high), sortable(low))).or_insert(Stratum { low, high, count: 0 });
        stratum.count = stratum.count.saturating_add(count);
    }

    pub(super) fn add(&mut self, other: &Self) {
        for stratum in other.strata.values() {
            self.put(stratum.low, stratum.high, stratum.count);
        }
    }

    /// What this one has more than an earlier one; nothing when it is not an older state of this.
    pub(super) fn since(&self, earlier: &Self) -> Option<Self> {
        let mut rest = self.clone();
        for (key, before) in earlier.strata.iter().filter(|(_, before)| before.count > 0) {
            let now = rest.strata.get_mut(key)?;
            now.count = now.count.checked_sub(before.count)?;
        }
        Some(rest)
    }

    /// Where the values lie: intervals that hold any, lowest first. Those that lie over each other, as intervals of different
    /// histograms may, become one.
    pub(super) fn cells(&self) -> Vec<Cell> {
        disjoint(
            self.strata
                .values()
                .map(|Stratum { low, high, count }| Cell { low: *low, high: *high, count: *count })
                .collect(),
        )
    }

    /// The value below which a share of the values lies, as if those of an interval lay evenly in it. An open end is taken from
    /// the smallest and greatest value where they are known.
    pub(super) fn quantile(&self, share: f64, min: Option<f64>, max: Option<f64>) -> Option<f64> {
        let total: f64 = self.strata.values().map(|stratum| stratum.count as f64).sum();
        let (mut seen, wanted) = (0.0, share * total);
        let mut filled = self.strata.values().filter(|stratum| stratum.count > 0).peekable();
        while let Some(stratum) = filled.next() {
            let count = stratum.count as f64;
            if seen + count < wanted && filled.peek().is_some() {
                seen += count;
                continue;
            }
            let high = if stratum.high.is_finite() { stratum.high } else { max.unwrap_or(stratum.low) };
            let low = if stratum.low.is_finite() { stratum.low } else { min.unwrap_or(high) };
            let value = low + (high - low) * ((wanted - seen) / count).clamp(0.0, 1.0);
            let value = min.map_or(value, |min| value.max(min));
            return Some(max.map_or(value, |max| value.min(max))).filter(|value| value.is_finite());
        }
        None
    }
}

/// A number that sorts as the float does.
fn sortable(float: f64) -> i64 {
    let bits = float.to_bits().cast_signed();
    bits ^ ((bits >> 63).cast_unsigned() >> 1).cast_signed()
}
