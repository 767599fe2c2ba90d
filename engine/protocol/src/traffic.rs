//! What passes an edge: how much, what of it is tried again or fails, and how much there was until a moment.
//!
//! Playback draws it. A dot's place follows from how many messages have passed until the moment ([`Passed::until`]), so that
//! the same moment always gives the same picture, whatever was played before and how fast.

use crate::report::{EdgeSeries, Series};

/// What passes an edge at a moment, per second.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct EdgeOverlay {
    /// Messages, deliveries or calls, all together.
    pub per_s: f32,
    /// Of these, deliveries that try again what failed before.
    pub again_per_s: f32,
    /// Of these, calls that fail, and messages that were given up.
    pub failed_per_s: f32,
}

/// What a message on its way is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sort {
    /// A message on its first way.
    First,
    /// One that is tried again.
    Again,
    /// A call that fails, a message that was given up.
    Failed,
}

/// How much has passed until any moment.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Passed {
    bucket_s: f64,
    /// At the ends of buckets, from the start on.
    totals: Vec<f64>,
}

impl Passed {
    /// From rates per bucket.
    pub fn of_rates(bucket_s: f64, rates: impl IntoIterator<Item = f32>) -> Passed {
        let mut sum = 0.0;
        let grown = rates.into_iter().map(|rate| {
            sum += f64::from(rate.max(0.0)) * bucket_s;
            sum
        });
        Passed { bucket_s, totals: std::iter::once(0.0).chain(grown).collect() }
    }

    /// How many have passed until a moment, in seconds from the start.
    pub fn until(&self, second: f64) -> f64 {
        let [before, after, share] = self.around(second);
        before + (after - before) * share
    }

    /// How many pass per second at a moment.
    pub fn per_s(&self, second: f64) -> f64 {
        let [before, after, _] = self.around(second);
        if self.bucket_s > 0.0 { (after - before) / self.bucket_s } else { 0.0 }
    }

    /// The moment at which so many have passed; the end for what never did.
    pub fn when(&self, count: f64) -> f64 {
        let after = self.totals.partition_point(|total| *total < count);
        let Some((before, next)) = after.checked_sub(1).and_then(|i| Some((self.totals[i], self.totals.get(after)?)))
        else {
            return if after == 0 { 0.0 } else { self.totals.len().saturating_sub(1) as f64 * self.bucket_s };
        };
        let share = if *next > before { (count - before) / (next - before) } else { 0.0 };
        ((after - 1) as f64 + share) * self.bucket_s
    }

    /// The greatest rate over some buckets that follow each other: one bucket alone may be chance.
    pub fn busiest(&self) -> f64 {
        const TOGETHER: usize = 5;
        let step = TOGETHER.min(self.totals.len().saturating_sub(1));
        if step == 0 || self.bucket_s <= 0.0 {
            return 0.0;
        }
        let grown = self.totals.windows(step + 1).map(|part| part[step] - part[0]);
        grown.fold(0.0, f64::max) / (step as f64 * self.bucket_s)
    }

    /// The totals before and behind a moment's bucket, and where in it the moment is.
    fn around(&self, second: f64) -> [f64; 3] {
        let buckets = self.totals.len().saturating_sub(1);
        if buckets == 0 || self.bucket_s <= 0.0 {
            return [0.0; 3];
        }
        let at = (second.max(0.0) / self.bucket_s).min(buckets as f64);
        let bucket = (at as usize).min(buckets - 1);
        [self.totals[bucket], self.totals[bucket + 1], at - bucket as f64]
    }
}

impl Series {
    /// What passes an edge in a bucket.
    pub fn edge_in(&self, edge: &EdgeSeries, bucket: usize) -> EdgeOverlay {
        let at = |curve: &[f32]| curve.get(bucket).copied().unwrap_or(0.0).max(0.0);
        let per_s = at(&edge.per_s);
        // Of all that comes to a node, what comes over one edge has its part of what is tried again or fails there.
        let part = |of: fn(&crate::report::NodeSeries) -> &Vec<f32>| {
            let Some(node) = self.nodes.get(&edge.to) else { return 0.0 };
            let all = at(&node.in_per_s);
            if all > 0.0 { (at(of(node)) * per_s / all).min(per_s) } else { 0.0 }
        };
        match edge.kind.as_str() {
            "subscribe" => EdgeOverlay { per_s, again_per_s: part(|node| &node.retries_per_s), failed_per_s: 0.0 },
            "call" => EdgeOverlay { per_s, again_per_s: 0.0, failed_per_s: part(|node| &node.failed_per_s) },
            "dead-letter" => EdgeOverlay { per_s, again_per_s: 0.0, failed_per_s: per_s },
            _ => EdgeOverlay { per_s, ..EdgeOverlay::default() },
        }
    }

    /// What has passed an edge.
    pub fn passage(&self, edge: &EdgeSeries) -> Passage {
        let marked = (0..edge.per_s.len()).map(|bucket| {
            let at = self.edge_in(edge, bucket);
            at.again_per_s + at.failed_per_s
        });
        Passage {
            all: Passed::of_rates(self.bucket_s, edge.per_s.iter().copied()),
            marked: Passed::of_rates(self.bucket_s, marked),
            // Deliveries are tried again, calls fail: no edge has both.
            mark: if edge.kind == "subscribe" { Sort::Again } else { Sort::Failed },
        }
    }
}

/// What has passed an edge, and what of it was no message on its first way.
#[derive(Debug, Clone, PartialEq)]
pub struct Passage {
    /// Everything.
    pub all: Passed,
    marked: Passed,
    mark: Sort,
}

impl Passage {
    /// What the `number`-th dot or mark of the edge is at a moment, counted from 1: of those that follow each other as large a
    /// share is marked as of the messages that pass then. A dot keeps what it is while that share stays.
    pub fn sort_at(&self, second: f64, number: f64) -> Sort {
        /// Multiples of the golden ratio's fraction fill the room from 0 to 1 evenly, however few they are.
        const GOLDEN: f64 = 0.618_033_988_749_894_9;
        let all = self.all.per_s(second);
        let share = if all > 0.0 { self.marked.per_s(second) / all } else { 0.0 };
        // What was added up in another order differs in the last digits.
        if (number * GOLDEN).fract() < share - 1e-9 { self.mark } else { Sort::First }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::NodeSeries;

    /// Equal but for rounding.
    fn same<const N: usize>(a: [f64; N], b: [f64; N]) {
        assert!(a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-9), "{a:?} is not {b:?}");
    }

    fn edge(to: &str, kind: &str, per_s: Vec<f32>) -> EdgeSeries {
        EdgeSeries { from: "a".into(), to: to.into(), kind: kind.into(), per_s }
    }

    #[test]
    fn what_has_passed_is_the_integral_of_the_rate() {
        let passed = Passed::of_rates(2.0, [10.0, 0.0, 5.0]);
        let all = [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 60.0].map(|second| passed.until(second));
        same(all, [0.0, 10.0, 20.0, 20.0, 20.0, 25.0, 30.0, 30.0]);
        same([0.5, 3.0, 4.1].map(|second| passed.per_s(second)), [10.0, 0.0, 5.0]);
        same([Passed::default().until(3.0), passed.busiest()], [0.0, 5.0]);
    }

    #[test]
    fn moments_and_counts_are_each_others_inverse() {
        let passed = Passed::of_rates(2.0, [10.0, 0.0, 5.0]);
        for count in [0.0, 1.0, 19.5, 20.0, 21.0, 30.0] {
            same([passed.until(passed.when(count))], [count]);
        }
        same([passed.when(20.0), passed.when(31.0), Passed::default().when(1.0)], [2.0, 6.0, 0.0]);
    }

    #[test]
    fn sorts_are_parts_of_the_whole() {
        let consumer = NodeSeries { in_per_s: vec![40.0], retries_per_s: vec![10.0], ..NodeSeries::default() };
        let service = NodeSeries { in_per_s: vec![8.0], failed_per_s: vec![6.0], ..NodeSeries::default() };
        let nodes = [("pay".to_owned(), consumer), ("card".to_owned(), service)].into_iter().collect();
        let series = Series { bucket_s: 1.0, buckets: 1, nodes, ..Series::default() };
        let rates = |edge: &EdgeSeries| {
            let at = series.edge_in(edge, 0);
            [at.per_s, at.again_per_s, at.failed_per_s].map(f64::from)
        };
        same(rates(&edge("pay", "subscribe", vec![20.0])), [20.0, 5.0, 0.0]);
        same(rates(&edge("card", "call", vec![4.0])), [4.0, 0.0, 3.0]);
        same(rates(&edge("dlq", "dead-letter", vec![4.0])), [4.0, 0.0, 4.0]);
        same(rates(&edge("pay", "publish", vec![4.0])), [4.0, 0.0, 0.0]);
    }

    #[test]
    fn as_large_a_share_of_dots_is_marked_as_of_messages() {
        let rates = vec![40.0, 40.0, 0.0, 20.0];
        let node = NodeSeries {
            in_per_s: rates.clone(),
            retries_per_s: vec![0.0, 10.0, 0.0, 20.0],
            failed_per_s: vec![30.0, 0.0, 0.0, 0.0],
            ..NodeSeries::default()
        };
        let nodes = [("node".to_owned(), node)].into_iter().collect();
        let series = Series { bucket_s: 5.0, buckets: 4, nodes, ..Series::default() };
        let marked = |kind: &str, mark: Sort, percent: [u32; 4]| {
            let passage = series.passage(&edge("node", kind, rates.clone()));
            for (second, percent) in [1.0, 6.0, 12.0, 16.0].into_iter().zip(percent) {
                // Any hundred dots in a row, not only the first.
                let count = (300..400).filter(|n| passage.sort_at(second, f64::from(*n)) == mark).count() as u32;
                assert!(count.abs_diff(percent) <= 2, "{kind} at {second} s: {count} of 100, not {percent}");
            }
        };
        marked("subscribe", Sort::Again, [0, 25, 0, 100]);
        marked("call", Sort::Failed, [75, 0, 0, 0]);
        marked("dead-letter", Sort::Failed, [100, 100, 0, 100]);
    }

    #[test]
    fn a_dot_changes_only_with_the_share() {
        let node = NodeSeries { in_per_s: vec![10.0; 3], retries_per_s: vec![4.0, 4.0, 5.0], ..NodeSeries::default() };
        let nodes = [("node".to_owned(), node)].into_iter().collect();
        let series = Series { bucket_s: 1.0, buckets: 3, nodes, ..Series::default() };
        let passage = series.passage(&edge("node", "subscribe", vec![10.0; 3]));
        let marked = |second: f64| {
            (1..=40).filter(|n| passage.sort_at(second, f64::from(*n)) == Sort::Again).collect::<Vec<i32>>()
        };
        assert_eq!(marked(0.5), marked(1.5));
        assert!(marked(1.5).iter().all(|dot| marked(2.5).contains(dot)), "more are marked, none less");
    }
}
