//! Many points of a series into few buckets of time, and the buckets of several series into those of one.

use std::collections::BTreeSet;

use super::heat::Cell;
use super::spread::Spread;
use super::{Histogram, MetricKind, MetricShape, Point, PointValue, Reduction, Side, Temporality};
use crate::model::Value;

/// As many times the usual distance of two points without any is a gap, as where curves are drawn.
const GAP: u64 = 3;

/// Quantiles that are told of histograms.
const QUANTILES: [f64; 3] = [0.5, 0.9, 0.99];

/// What the points of one stretch of time say together.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Bucket {
    /// Where it begins, nanoseconds since 1970.
    pub start_unix_nano: u64,
    /// How many points fell into it.
    pub points: u64,
    /// The smallest value: of a gauge or a sum its points', of a histogram the smallest that was measured.
    pub min: Option<f64>,
    /// The greatest, likewise.
    pub max: Option<f64>,
    /// The mean, likewise.
    pub mean: Option<f64>,
    /// The last point's value, of a gauge or a sum.
    pub last: Option<f64>,
    /// How often what is added up began anew.
    pub resets: u64,
    /// How much a sum grew, a start from zero included.
    pub increase: Option<f64>,
    /// Per second, what a sum grew or how many values a histogram or summary gained from one point to the next. None where that is
    /// not known: at the first point and where counting began anew.
    pub rate: Option<f64>,
    /// Since when that counts, nanoseconds since 1970, where it is known; of several series put together it is not.
    pub since_unix_nano: Option<u64>,
    /// How many values a histogram or summary gained.
    pub count: Option<u64>,
    /// Their sum.
    pub sum: Option<f64>,
    /// Quantiles: which, and the value. Of a summary the last that were sent.
    pub quantiles: Vec<(f64, f64)>,
    /// Where the values that a histogram gained lie, lowest first and none over another. Those whose place is not known, because
    /// its buckets changed, are in no cell.
    pub cells: Vec<Cell>,
}

/// A bucket that others may still be added to.
#[derive(Debug, Clone, Default)]
pub(super) struct Stretch {
    bucket: Bucket,
    spread: Spread,
    /// Since when its rate counts, nanoseconds since 1970.
    since: Option<u64>,
    /// The time of its last point.
    until: u64,
    /// Whether it begins with the first point of a series that says of itself that it counted before the range.
    is_older: bool,
}

impl Stretch {
    /// What it says; quantiles that nobody sent are worked out.
    pub(super) fn told(self) -> Bucket {
        let mut bucket = self.bucket;
        bucket.cells = self.spread.cells();
        bucket.since_unix_nano = self.since;
        if bucket.quantiles.is_empty() {
            let told = |share| Some((share, self.spread.quantile(share, bucket.min, bucket.max)?));
            bucket.quantiles = QUANTILES.into_iter().filter_map(told).collect();
        }
        bucket
    }
}

/// `points` by time, all of one series and within the range.
#[cfg(test)]
pub(super) fn reduce(shape: MetricShape, points: &[Point], reduction: Reduction) -> Vec<Bucket> {
    stretches(shape, points, reduction).into_iter().map(Stretch::told).collect()
}

/// Likewise, such that those of several series can be merged.
pub(super) fn stretches(shape: MetricShape, points: &[Point], reduction: Reduction) -> Vec<Stretch> {
    let count = u64::from(reduction.buckets.max(1));
    // One more than fits evenly: the end belongs to the last bucket.
    let width = (reduction.to_unix_nano.saturating_sub(reduction.from_unix_nano) / count).saturating_add(1);
    let place = |point: &Point| (point.time_unix_nano.saturating_sub(reduction.from_unix_nano) / width).min(count - 1);
    let mut before: Option<&Point> = None;
    let mut buckets = Vec::new();
    for points in points.chunk_by(|a, b| place(a) == place(b)) {
        let (Some(first), Some(last)) = (points.first(), points.last()) else { continue };
        let is_older = before.is_none() && is_start_known(first) && first.start_unix_nano < reduction.from_unix_nano;
        let mut filling = Filling {
            shape,
            from_unix_nano: reduction.from_unix_nano,
            bucket: Bucket {
                start_unix_nano: reduction.from_unix_nano.saturating_add(place(first).saturating_mul(width)),
                points: points.len() as u64,
                ..Bucket::default()
            },
            values: Vec::new(),
            spread: Spread::default(),
            steady: 0.0,
            steady_ns: 0,
            since: None,
        };
        for point in points {
            filling.take(point, before);
            if point.value != PointValue::None {
                before = Some(point);
            }
        }
        buckets.push(Stretch { until: last.time_unix_nano, is_older, ..filling.done() });
    }
    buckets
}

/// A bucket while points fall into it.
struct Filling {
    shape: MetricShape,
    from_unix_nano: u64,
    bucket: Bucket,
    values: Vec<f64>,
    spread: Spread,
    /// What came from one point to the next without a new beginning, and in how much time.
    steady: f64,
    steady_ns: u64,
    /// The least moment since when that counts.
    since: Option<u64>,
}

impl Filling {
    fn take(&mut self, point: &Point, before: Option<&Point>) {
        match &point.value {
            PointValue::None => {}
            PointValue::Number(number) => self.take_number(number, point, before),
            PointValue::Histogram(histogram) => self.take_histogram(histogram, point, before),
            PointValue::Summary { count, sum, quantiles } => {
                self.bucket.quantiles.clone_from(quantiles);
                self.take_summary(*count, *sum, point, before);
            }
        }
    }

    fn take_number(&mut self, number: &Value, point: &Point, before: Option<&Point>) {
        let Some(value) = as_float(number) else { return };
        self.values.push(value);
        self.bucket.last = Some(value);
        if self.shape.kind != MetricKind::Sum {
            return;
        }
        if self.shape.temporality == Temporality::Delta {
            add(&mut self.bucket.increase, value);
            self.flow(value, Base::Zero, point, before);
        } else if self.shape.monotonic {
            let older = before.and_then(|before| match &before.value {
                PointValue::Number(number) => as_float(number),
                _ => None,
            });
            match self.base(point, before) {
                Base::Zero => {
                    self.bucket.resets += u64::from(before.is_some());
                    add(&mut self.bucket.increase, value);
                }
                Base::Before => match older {
                    Some(old) if old <= value => {
                        add(&mut self.bucket.increase, value - old);
                        self.flow(value - old, Base::Before, point, before);
                    }
                    // What fell although it never falls began anew without saying so.
                    older => {
                        self.bucket.resets += u64::from(older.is_some());
                        add(&mut self.bucket.increase, value);
                    }
                },
                Base::Unknown => self.bucket.resets += u64::from(before.is_some()),
            }
        }
    }

    fn take_histogram(&mut self, histogram: &Histogram, point: &Point, before: Option<&Point>) {
        let older = before.and_then(|before| match &before.value {
            PointValue::Histogram(histogram) => Some(histogram),
            _ => None,
        });
        let scale = match &histogram.side {
            Side::Exponential { scale, .. } => Some(*scale),
            Side::Bounds { .. } => None,
        };
        let whole = Spread::of(histogram, None);
        let (gained, count, sum) = match (self.base(point, before), older) {
            (Base::Unknown, _) => {
                self.bucket.resets += u64::from(before.is_some());
                return;
            }
            (Base::Before, Some(old)) if old.count <= histogram.count => {
                self.flow((histogram.count - old.count) as f64, Base::Before, point, before);
                let sum = histogram.sum.zip(old.sum).map(|(now, old)| now - old);
                (whole.since(&Spread::of(old, scale)), histogram.count - old.count, sum)
            }
            (Base::Zero | Base::Before, _) => {
                let counts_on = self.shape.temporality != Temporality::Delta;
                if !counts_on {
                    self.flow(histogram.count as f64, Base::Zero, point, before);
                }
                self.bucket.resets += u64::from(counts_on && before.is_some());
                (Some(whole), histogram.count, histogram.sum)
            }
        };
        add_count(&mut self.bucket.count, count);
        if let Some(sum) = sum {
            add(&mut self.bucket.sum, sum);
        }
        // Without a spread the buckets changed: how many there are is known, how they lie is not.
        if let Some(gained) = gained {
            self.spread.add(&gained);
        }
        // Of a cumulative one they are those since its start.
        if self.shape.temporality == Temporality::Delta {
            self.bucket.min = least(self.bucket.min, histogram.min);
            self.bucket.max = greatest(self.bucket.max, histogram.max);
        }
    }

    fn take_summary(&mut self, count: u64, sum: f64, point: &Point, before: Option<&Point>) {
        let older = before.and_then(|before| match &before.value {
            PointValue::Summary { count, sum, .. } => Some((*count, *sum)),
            _ => None,
        });
        let (count, sum) = match (self.base(point, before), older) {
            (Base::Unknown, _) => {
                self.bucket.resets += u64::from(before.is_some());
                return;
            }
            (Base::Before, Some((old_count, old_sum))) if old_count <= count => {
                self.flow((count - old_count) as f64, Base::Before, point, before);
                (count - old_count, sum - old_sum)
            }
            // As of a histogram: also what fell without saying so began anew.
            (Base::Zero | Base::Before, _) => {
                self.bucket.resets += u64::from(before.is_some());
                (count, sum)
            }
        };
        add_count(&mut self.bucket.count, count);
        add(&mut self.bucket.sum, sum);
    }

    /// Takes in what came in the time that a point tells of: from its start on for a difference that has one, else from the point
    /// before. What counts from zero at a new beginning says nothing of the time since the point before.
    fn flow(&mut self, gained: f64, base: Base, point: &Point, before: Option<&Point>) {
        let is_delta = self.shape.temporality == Temporality::Delta;
        let since = match base {
            _ if is_delta && is_start_known(point) => Some(point.start_unix_nano),
            Base::Zero if !is_delta => None,
            Base::Zero | Base::Before | Base::Unknown => before.map(|before| before.time_unix_nano),
        };
        if let Some(since) = since {
            self.steady += gained;
            self.steady_ns = self.steady_ns.saturating_add(point.time_unix_nano.saturating_sub(since));
            self.since = Some(self.since.map_or(since, |known| known.min(since)));
        }
    }

    /// What a point is to be compared with, to know what came since the point before.
    fn base(&self, point: &Point, before: Option<&Point>) -> Base {
        if self.shape.temporality == Temporality::Delta {
            return Base::Zero;
        }
        match before {
            // It began anew at a time that nobody knows, and says what it had come to then.
            Some(before)
                if point.start_unix_nano == point.time_unix_nano && point.start_unix_nano > before.time_unix_nano =>
            {
                Base::Unknown
            }
            // It goes on with what it began with; a start before the last point is a sender's that is not exact.
            Some(before)
                if point.start_unix_nano == before.start_unix_nano || point.start_unix_nano < before.time_unix_nano =>
            {
                Base::Before
            }
            // It began anew.
            Some(_) => Base::Zero,
            None if is_start_known(point) && point.start_unix_nano >= self.from_unix_nano => Base::Zero,
            // It began before the range, or at a time that nobody knows: what of it is older is not known here.
            None => Base::Unknown,
        }
    }

    fn done(self) -> Stretch {
        let mut bucket = self.bucket;
        bucket.rate = (self.steady_ns > 0).then(|| self.steady / (self.steady_ns as f64 / 1e9));
        if let Some(count) = bucket.count.filter(|count| *count > 0) {
            bucket.mean = bucket.sum.map(|sum| sum / count as f64);
        }
        if !self.values.is_empty() {
            bucket.mean = Some(self.values.iter().sum::<f64>() / self.values.len() as f64);
            bucket.min = self.values.iter().copied().reduce(f64::min);
            bucket.max = self.values.iter().copied().reduce(f64::max);
        }
        Stretch { bucket, spread: self.spread, since: self.since, ..Stretch::default() }
    }
}

/// The stretches of several series of one shape, each by time, as those of one.
///
/// Series send at different times, and the range begins and ends between their points. So what counts since a start is summed with
/// what each series had last, and a rate with how fast each of them goes then: else the sum would fall wherever one of them sends
/// nothing, and at both ends of the range. Quantiles that senders worked out cannot be added up and are left out.
pub(super) fn merged(shape: MetricShape, members: &[Vec<Stretch>]) -> Vec<Stretch> {
    if let [only] = members {
        return only.clone();
    }
    let starts: BTreeSet<u64> = members.iter().flatten().map(|stretch| stretch.bucket.start_unix_nano).collect();
    let mut members: Vec<Member<'_>> = members.iter().map(|stretches| Member::new(shape, stretches)).collect();
    let mut all = Vec::with_capacity(starts.len());
    for start in starts {
        let mut sum = Merging::new(start);
        for member in &mut members {
            member.add_to(&mut sum, start);
        }
        all.push(sum.done(shape));
    }
    all
}

/// One of several series, on the way through its stretches.
struct Member<'a> {
    shape: MetricShape,
    stretches: &'a [Stretch],
    /// How many of them lie behind.
    at: usize,
    /// How much time its points tell of as a rule: of differences their own, of all else that since the point before.
    usual: Option<u64>,
}

impl<'a> Member<'a> {
    fn new(shape: MetricShape, stretches: &'a [Stretch]) -> Self {
        let mut before: Option<u64> = None;
        let mut times = Vec::with_capacity(stretches.len());
        for stretch in stretches {
            if let Some(since) = before.max(stretch.since) {
                times.push(stretch.until.saturating_sub(since));
            }
            before = Some(stretch.until);
        }
        times.sort_unstable();
        Member { shape, stretches, at: 0, usual: times.get(times.len() / 2).copied() }
    }

    /// Adds what it says of the stretch that begins at `start`; those are asked for in turn.
    fn add_to(&mut self, sum: &mut Merging, start: u64) {
        let before = self.at.checked_sub(1).and_then(|before| self.stretches.get(before));
        // A next point may be under way. One that sends differences would have sent what came since, if anything.
        let patience = if self.shape.temporality == Temporality::Delta { 1 } else { GAP };
        match (before, self.stretches.get(self.at)) {
            (_, Some(here)) if here.bucket.start_unix_nano == start => {
                sum.add(here);
                // A first point has no rate; that nothing flowed would be wrong of one that counted before.
                sum.flow(if before.is_none() && here.is_older { self.soonest().unwrap_or(here) } else { here });
                self.at += 1;
            }
            (Some(before), Some(next)) => {
                sum.carry(self.shape, before);
                sum.flow_towards(next, start);
            }
            (None, Some(first)) if first.since.is_some_and(|since| since <= start) => sum.flow(first),
            (None, Some(first)) if first.is_older && self.is_near(start, first.until, GAP) => {
                sum.carry(self.shape, first);
                sum.flow(self.soonest().unwrap_or(first));
            }
            (Some(last), None) if self.is_near(last.until, start, patience) => {
                sum.carry(self.shape, last);
                sum.flow(last);
            }
            _ => {}
        }
    }

    /// The first stretch that says how fast it went, or that this is not known.
    fn soonest(&self) -> Option<&'a Stretch> {
        self.stretches.iter().take(2).find(|stretch| stretch.bucket.rate.is_some() || stretch.bucket.resets > 0)
    }

    /// Whether between two moments there are no more than so many times the time that a point tells of.
    fn is_near(&self, from: u64, to: u64, times: u64) -> bool {
        self.usual.is_some_and(|usual| to.saturating_sub(from) <= usual.saturating_mul(times))
    }
}

/// One stretch of several series.
struct Merging {
    stretch: Stretch,
    /// The sum of means, each as often as its stretch has points.
    weighed: f64,
    lasts: u32,
    /// Whether one of them began anew.
    is_broken: bool,
}

impl Merging {
    fn new(start_unix_nano: u64) -> Self {
        let bucket = Bucket { start_unix_nano, ..Bucket::default() };
        Merging { stretch: Stretch { bucket, ..Stretch::default() }, weighed: 0.0, lasts: 0, is_broken: false }
    }

    fn add(&mut self, one: &Stretch) {
        let bucket = &mut self.stretch.bucket;
        bucket.points += one.bucket.points;
        bucket.resets += one.bucket.resets;
        bucket.min = least(bucket.min, one.bucket.min);
        bucket.max = greatest(bucket.max, one.bucket.max);
        self.weighed += one.bucket.mean.unwrap_or_default() * one.bucket.points as f64;
        if let Some(last) = one.bucket.last {
            add(&mut bucket.last, last);
            self.lasts += 1;
        }
        if let Some(increase) = one.bucket.increase {
            add(&mut bucket.increase, increase);
        }
        if let Some(count) = one.bucket.count {
            add_count(&mut bucket.count, count);
        }
        if let Some(sum) = one.bucket.sum {
            add(&mut bucket.sum, sum);
        }
        self.stretch.spread.add(&one.spread);
    }

    /// Takes in how fast one of them goes. Where one began anew nobody knows how fast all of them went; one that has only just
    /// begun adds nothing yet.
    fn flow(&mut self, one: &Stretch) {
        match one.bucket.rate {
            Some(rate) => add(&mut self.stretch.bucket.rate, rate),
            None => self.is_broken |= one.bucket.resets > 0,
        }
    }

    /// Takes in how fast one of them goes at a moment on the way to its next stretch. What is known of a later time only, as of
    /// differences after a silence, is no rate before.
    fn flow_towards(&mut self, next: &Stretch, moment: u64) {
        match next.bucket.rate.filter(|_| next.since.is_some_and(|since| since <= moment)) {
            Some(rate) => add(&mut self.stretch.bucket.rate, rate),
            None => self.is_broken |= next.bucket.resets > 0,
        }
    }

    /// Takes in what one of them had come to at its nearest point: where it sends nothing that is all that is known.
    fn carry(&mut self, shape: MetricShape, nearest: &Stretch) {
        let counts_on = shape.kind == MetricKind::Sum && shape.temporality == Temporality::Cumulative;
        if let Some(last) = nearest.bucket.last.filter(|_| counts_on) {
            add(&mut self.stretch.bucket.last, last);
            self.lasts += 1;
        }
    }

    fn done(mut self, shape: MetricShape) -> Stretch {
        let bucket = &mut self.stretch.bucket;
        bucket.rate = bucket.rate.filter(|_| !self.is_broken);
        bucket.mean = match shape.kind {
            MetricKind::Gauge if bucket.points > 0 => Some(self.weighed / bucket.points as f64),
            MetricKind::Gauge | MetricKind::Sum => None,
            _ => bucket.sum.zip(bucket.count).filter(|(_, count)| *count > 0).map(|(sum, count)| sum / count as f64),
        };
        if shape.kind == MetricKind::Gauge {
            // Levels are no amounts: what stands for several is their mean.
            bucket.last = bucket.last.map(|last| last / f64::from(self.lasts.max(1)));
        }
        if shape.kind == MetricKind::Sum {
            (bucket.min, bucket.max) = (None, None);
        }
        self.stretch
    }
}

#[derive(Clone, Copy)]
enum Base {
    /// With nothing: all of it is new.
    Zero,
    /// With the point before.
    Before,
    /// With a point that is not known.
    Unknown,
}

/// A start that is the point's own time stands for one that is not known (OpenTelemetry, metrics data model, "Resets and Gaps").
fn is_start_known(point: &Point) -> bool {
    point.start_unix_nano != 0 && point.start_unix_nano != point.time_unix_nano
}

fn as_float(number: &Value) -> Option<f64> {
    match number {
        Value::Int(number) => Some(*number as f64),
        Value::Double(number) => Some(*number),
        _ => None,
    }
}

fn add(sum: &mut Option<f64>, more: f64) {
    *sum = Some(sum.unwrap_or_default() + more);
}

fn add_count(sum: &mut Option<u64>, more: u64) {
    *sum = Some(sum.unwrap_or_default().saturating_add(more));
}

fn least(a: Option<f64>, b: Option<f64>) -> Option<f64> {
    [a, b].into_iter().flatten().reduce(f64::min)
}

fn greatest(a: Option<f64>, b: Option<f64>) -> Option<f64> {
    [a, b].into_iter().flatten().reduce(f64::max)
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
