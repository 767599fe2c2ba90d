//! The places of a metric's buckets on a plot: what stands between two of them, and where nothing came.

use std::ops::Range;

use thalweg_protocol::signals::{MetricBucket, MetricSeries, Temporality};

/// As many times the usual distance of two points without any is a gap.
const GAP: usize = 3;

/// Places of buckets within the range, as they were asked for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Grid {
    from_unix_nano: u64,
    width_nano: u64,
    count: usize,
    /// How many buckets lie between two points as a rule.
    usual: usize,
}

impl Grid {
    pub(super) fn new(series: &[&MetricSeries], from_unix_nano: u64, to_unix_nano: u64, buckets: u32) -> Self {
        // As the engine divides it.
        let width_nano = to_unix_nano.saturating_sub(from_unix_nano) / u64::from(buckets.max(1)) + 1;
        let grid = Grid { from_unix_nano, width_nano, count: buckets as usize, usual: 1 };
        let mut distances: Vec<usize> = series
            .iter()
            .flat_map(|one| {
                one.buckets.windows(2).map(|pair| grid.place(&pair[1]).saturating_sub(grid.place(&pair[0])))
            })
            .collect();
        distances.sort_unstable();
        Grid { usual: distances.get(distances.len() / 2).copied().unwrap_or(1).max(1), ..grid }
    }

    pub(super) fn place(self, bucket: &MetricBucket) -> usize {
        self.place_of(bucket.start_unix_nano)
    }

    fn place_of(self, unix_nano: u64) -> usize {
        let place = unix_nano.saturating_sub(self.from_unix_nano) / self.width_nano;
        usize::try_from(place).unwrap_or(usize::MAX).min(self.count.saturating_sub(1))
    }

    pub(super) fn width_s(self) -> f64 {
        self.width_nano as f64 / 1e9
    }

    pub(super) fn second(self, unix_nano: u64) -> f64 {
        (unix_nano as f64 - self.from_unix_nano as f64) / 1e9
    }

    /// Whether so many buckets without a point are one gap.
    fn is_gap(self, distance: usize) -> bool {
        distance > self.usual * GAP
    }

    /// The places that each bucket tells of: all since the one before or since it says that it counts; where nothing came for long,
    /// its own.
    pub(super) fn stretches(self, buckets: &[MetricBucket]) -> Vec<(Range<usize>, &MetricBucket)> {
        let mut before = None;
        let stretch = |bucket| {
            let at = self.place(bucket);
            // The time of the first one's own interval is before the range or unknown; the time of a gap says nothing.
            let distance = before.map_or(self.usual, |before| at.saturating_sub(before)).max(1);
            before = Some(at);
            let since = if self.is_gap(distance) { at } else { (at + 1).saturating_sub(distance) };
            // A difference that says when it began tells of nothing before.
            let begun = self.place_of(bucket.since_unix_nano);
            (since.max(begun.min(at))..at + 1, bucket)
        };
        buckets.iter().map(stretch).collect()
    }

    /// What a bucket says for all the time since the one before.
    pub(super) fn steps(
        self,
        buckets: &[MetricBucket],
        value: impl Fn(&MetricBucket) -> Option<f64>,
    ) -> Vec<Option<f64>> {
        let mut values = vec![None; self.count];
        for (places, bucket) in self.stretches(buckets) {
            if let (Some(value), Some(places)) = (value(bucket), values.get_mut(places)) {
                places.fill(Some(value));
            }
        }
        values
    }

    /// Levels: what lies between two of them is on the line from one to the other.
    pub(super) fn levels(
        self,
        buckets: &[MetricBucket],
        value: impl Fn(&MetricBucket) -> Option<f64>,
    ) -> Vec<Option<f64>> {
        let mut values = vec![None; self.count];
        let mut before: Option<(usize, f64)> = None;
        for bucket in buckets {
            let (at, Some(now)) = (self.place(bucket), value(bucket)) else { continue };
            if let Some((from, old)) = before
                && !self.is_gap(at - from.min(at))
            {
                for (step, place) in values.iter_mut().take(at).skip(from + 1).enumerate() {
                    *place = Some(old + (now - old) * (step + 1) as f64 / (at - from) as f64);
                }
            }
            values[at] = Some(now);
            before = Some((at, now));
        }
        values
    }

    pub(super) fn gaps(self, buckets: &[MetricBucket]) -> usize {
        let distance = |pair: &[MetricBucket]| self.place(&pair[1]).saturating_sub(self.place(&pair[0]));
        buckets.windows(2).filter(|pair| self.is_gap(distance(pair))).count()
    }
}

/// What all points of a series have come to, from bucket to bucket: as it was sent, or added up where differences are.
pub(super) fn totals(series: &MetricSeries) -> Vec<MetricBucket> {
    if series.temporality != Temporality::Delta {
        return series.buckets.clone();
    }
    let mut sum = 0.0;
    let add = |bucket: &MetricBucket| {
        sum += bucket.increase.unwrap_or_default();
        MetricBucket { last: Some(sum), ..bucket.clone() }
    };
    series.buckets.iter().map(add).collect()
}
