//! Where an expectation broke: the moment from which on it was broken, and the node to look at, from the curves of a
//! replication.
//!
//! Curves know no moment within a bucket and no statistic but the median, p95 and p99. What they cannot tell is not told:
//! [`Untold`] says why, and [`BrokeBy`] how sure a moment is.

use thalweg_flow::{Comparison, EdgeKind};

use crate::plan::{CountOf, Expectation, LatencyOf, Measure, Plan, Statistic};
use crate::report::{LatencySeries, NodeSeries, Series};

/// From when on an expectation was broken.
#[derive(Debug, Clone, PartialEq)]
pub struct Broke {
    /// In seconds from the start of the run, as exact as the buckets of the curves.
    pub at_s: f64,
    /// The node to look at, where the curves tell one.
    pub node: Option<String>,
    /// What showed it.
    pub by: BrokeBy,
}

/// What shows when an expectation broke.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BrokeBy {
    /// The curve of what is expected passed the limit.
    Curve,
    /// Another percentile of the same did; what is expected has no curve.
    OtherCurve,
    /// The running total passed the limit.
    Total,
    /// Nothing passed it, since a bucket of the curves is a mean; here it came nearest.
    Peak,
    /// The time for the recovery from a fault was over.
    Deadline,
}

impl BrokeBy {
    /// The words of the report: `curve`, `other-curve`, `total`, `peak` or `deadline`.
    pub fn name(self) -> &'static str {
        match self {
            BrokeBy::Curve => "curve",
            BrokeBy::OtherCurve => "other-curve",
            BrokeBy::Total => "total",
            BrokeBy::Peak => "peak",
            BrokeBy::Deadline => "deadline",
        }
    }
}

/// Why it cannot be told when an expectation broke.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Untold {
    /// No curve shows it.
    NoCurve,
    /// Nothing was measured.
    NothingMeasured,
    /// It never reached what it should have: only the end tells.
    NotReached,
    /// The curves, which are means over buckets, do not show it.
    NotInCurves,
}

impl Untold {
    /// The words of the report: `no-curve`, `nothing-measured`, `not-reached` or `not-in-curves`.
    pub fn name(self) -> &'static str {
        match self {
            Untold::NoCurve => "no-curve",
            Untold::NothingMeasured => "nothing-measured",
            Untold::NotReached => "not-reached",
            Untold::NotInCurves => "not-in-curves",
        }
    }
}

/// A stretch on the wrong side that is as long as this counts, also where a longer one follows; shorter ones are noise,
/// unless there is nothing else.
const STRETCH: usize = 3;
/// The level before a fault is the mean over so many seconds, as in `kernel/recovery.rs`.
const LOOK_BACK_S: f64 = 60.0;

/// Where `expectation` broke in the replication whose curves these are; `faults` are the intervals in which faults
/// struck in it, in seconds.
pub(crate) fn broke(
    plan: &Plan,
    expectation: &Expectation,
    series: &Series,
    faults: &[(f64, f64)],
) -> Result<Broke, Untold> {
    let look = Look { plan, expectation, series };
    match &expectation.measure {
        Measure::Latency { of, statistic } => look.latency(*of, *statistic),
        Measure::Throughput(of) => look.throughput(*of),
        Measure::Lag(groups) => look.levels(groups.iter().map(|&g| (Some(look.culprit(g)), look.lag(g)))),
        Measure::Depth(queues) => {
            let depth = |&queue: &u32| {
                let name = plan.channels[queue as usize].name.as_str();
                (Some(name), look.node(name).map(|node| node.depth.as_slice()))
            };
            look.levels(queues.iter().map(depth))
        }
        Measure::DeadLetters(of) => look.dead_letters(*of),
        Measure::Retries(of) => look.retries(*of),
        Measure::Duplicates(_) => Err(Untold::NoCurve),
        Measure::Lost(of) => look.lost(*of),
        Measure::UtilizationOfConsumer(i) => look.utilization(&plan.consumers[*i as usize].name),
        Measure::UtilizationOfService(i) => look.utilization(&plan.services[*i as usize].name),
        Measure::Recovered(groups) => look.recovered(groups, faults),
    }
}

#[derive(Clone, Copy)]
struct Look<'a> {
    plan: &'a Plan,
    expectation: &'a Expectation,
    series: &'a Series,
}

impl<'a> Look<'a> {
    fn holds(self, value: f64) -> bool {
        self.expectation.comparison.holds(value, self.expectation.value)
    }

    fn node(self, name: &str) -> Option<&'a NodeSeries> {
        self.series.nodes.get(name)
    }

    /// The first bucket that is measured, at least in part.
    fn first(self) -> usize {
        if self.series.bucket_s > 0.0 { (self.series.warmup_s / self.series.bucket_s) as usize } else { 0 }
    }

    /// A bucket's moment is its middle: nobody can say more exactly.
    fn at(self, bucket: usize, node: Option<&str>, by: BrokeBy) -> Broke {
        let at_s = ((bucket as f64 + 0.5) * self.series.bucket_s).clamp(0.0, self.series.duration_s);
        Broke { at_s, node: node.map(str::to_owned), by }
    }

    /// The first stretch on the wrong side, else the bucket that comes nearest to it.
    fn crossing(self, values: &[Option<f64>], by: BrokeBy) -> Option<(usize, BrokeBy)> {
        let known = || values.iter().enumerate().skip(self.first()).filter_map(|(i, value)| Some((i, (*value)?)));
        if let Some(bucket) = stretch(known().map(|(i, value)| (i, !self.holds(value)))) {
            return Some((bucket, by));
        }
        let wrongness = |value: f64| match self.expectation.comparison {
            Comparison::Less | Comparison::LessOrEqual => value,
            Comparison::Greater | Comparison::GreaterOrEqual => -value,
            Comparison::Equal => (value - self.expectation.value).abs(),
            Comparison::NotEqual => -(value - self.expectation.value).abs(),
        };
        let farthest = known().max_by(|(_, a), (_, b)| wrongness(*a).total_cmp(&wrongness(*b)));
        farthest.map(|(bucket, _)| (bucket, BrokeBy::Peak))
    }

    fn latency(self, of: LatencyOf, statistic: Statistic) -> Result<Broke, Untold> {
        let plan = self.plan;
        let (curves, node) = match of {
            LatencyOf::EndToEnd => (Some(&self.series.flow.latency), None),
            LatencyOf::Consumer(i) => self.latency_of(&plan.consumers[i as usize].name),
            LatencyOf::Service(i) => self.latency_of(&plan.services[i as usize].name),
            // A group's latency is its only member's, if that has no other group.
            LatencyOf::Group(group) => match plan.groups[group as usize].members[..] {
                [only] if plan.consumers[only as usize].subscriptions.len() == 1 => {
                    self.latency_of(&plan.consumers[only as usize].name)
                }
                _ => (None, None),
            },
        };
        let (pick, by) = curve_of(statistic);
        let seconds: Vec<Option<f64>> =
            curves.ok_or(Untold::NoCurve)?.curve(pick).iter().map(|ms| ms.map(|ms| f64::from(ms) / 1e3)).collect();
        let (bucket, by) = self.crossing(&seconds, by).ok_or(Untold::NothingMeasured)?;
        let whole = seconds.get(bucket).copied().flatten().unwrap_or_default();
        let node = node.or_else(|| self.slowest(pick, bucket, whole)).or_else(|| self.failing(bucket));
        Ok(self.at(bucket, node, by))
    }

    fn latency_of(self, name: &'a str) -> (Option<&'a LatencySeries>, Option<&'a str>) {
        (self.node(name).map(|node| &node.latency), Some(name))
    }

    /// The station at which what was acknowledged in a bucket had spent most, waiting included; none when that is the
    /// smaller part of the whole, in seconds.
    fn slowest(self, pick: Pick, bucket: usize, whole: f64) -> Option<&'a str> {
        let spent = self.plan.consumers.iter().filter_map(|consumer| {
            let value = self.node(&consumer.name)?.latency.curve(pick).get(bucket).copied().flatten()?;
            Some((consumer.name.as_str(), f64::from(value) / 1e3))
        });
        most(spent.filter(|(_, seconds)| *seconds >= whole / 2.0))
    }

    /// The station at which most attempts fail in a bucket: what ends there was given up, and is in no latency of its own.
    fn failing(self, bucket: usize) -> Option<&'a str> {
        most(self.plan.consumers.iter().filter_map(|consumer| {
            let failed = self.node(&consumer.name)?.failed_per_s.get(bucket).copied().unwrap_or_default();
            Some((consumer.name.as_str(), f64::from(failed)))
        }))
    }

    fn throughput(self, of: CountOf) -> Result<Broke, Untold> {
        let name = match of {
            CountOf::Flow => None,
            CountOf::Group(_) => return Err(Untold::NoCurve),
            of => self.name(of),
        };
        let curve = match (of, name) {
            (CountOf::Flow, _) => Some(&self.series.flow.completed_per_s),
            (CountOf::Channel(_), Some(name)) => self.node(name).map(|node| &node.in_per_s),
            (_, name) => name.and_then(|name| self.node(name)).map(|node| &node.out_per_s),
        };
        let curve = whole(curve.ok_or(Untold::NoCurve)?);
        let (bucket, by) = self.crossing(&curve, BrokeBy::Curve).ok_or(Untold::NothingMeasured)?;
        Ok(self.at(bucket, name, by))
    }

    fn utilization(self, name: &str) -> Result<Broke, Untold> {
        let curve = whole(&self.node(name).ok_or(Untold::NoCurve)?.utilization);
        let (bucket, by) = self.crossing(&curve, BrokeBy::Curve).ok_or(Untold::NothingMeasured)?;
        Ok(self.at(bucket, Some(name), by))
    }

    /// The greatest of some levels: the earliest crossing of any, else the highest peak.
    fn levels<'b>(self, levels: impl Iterator<Item = (Option<&'b str>, Option<&'b [f32]>)>) -> Result<Broke, Untold> {
        let mut best: Option<(bool, f64, Broke)> = None;
        for (name, level) in levels {
            let Some(level) = level else { continue };
            let Some((bucket, by)) = self.crossing(&whole(level), BrokeBy::Curve) else { continue };
            let (is_peak, value) = (by == BrokeBy::Peak, f64::from(level[bucket]));
            let before = |(peak, other, broke): &(bool, f64, Broke)| match (is_peak, *peak) {
                (false, true) => true,
                (true, false) => false,
                (false, false) => (bucket as f64 + 0.5) * self.series.bucket_s < broke.at_s,
                (true, true) => value > *other,
            };
            if best.as_ref().is_none_or(before) {
                best = Some((is_peak, value, self.at(bucket, name, by)));
            }
        }
        best.map(|(_, _, broke)| broke).ok_or(Untold::NoCurve)
    }

    fn lag(self, group: u32) -> Option<&'a [f32]> {
        let group = &self.plan.groups[group as usize];
        let channel = &self.plan.channels[group.channel as usize].name;
        let name = group.names.first()?;
        self.series.groups.get(&format!("{channel}/{name}")).map(Vec::as_slice)
    }

    /// Who does not keep up: the group's only member, else the channel in which the backlog is.
    fn culprit(self, group: u32) -> &'a str {
        let group = &self.plan.groups[group as usize];
        match group.members[..] {
            [only] => &self.plan.consumers[only as usize].name,
            _ => &self.plan.channels[group.channel as usize].name,
        }
    }

    fn name(self, of: CountOf) -> Option<&'a str> {
        let plan = self.plan;
        Some(match of {
            CountOf::Producer(i) => &plan.producers[i as usize].name,
            CountOf::Channel(i) => &plan.channels[i as usize].name,
            CountOf::Consumer(i) => &plan.consumers[i as usize].name,
            CountOf::Service(i) => &plan.services[i as usize].name,
            CountOf::Flow | CountOf::Group(_) => return None,
        })
    }

    fn dead_letters(self, of: CountOf) -> Result<Broke, Untold> {
        let name = self.name(of);
        let totals = match name {
            None => &self.series.flow.dead_letters,
            Some(name) => &self.node(name).ok_or(Untold::NoCurve)?.dead_letters,
        };
        let bucket = self.passes(&self.since_warmup(totals))?;
        let node = match of {
            CountOf::Consumer(_) => name,
            _ => self.sender_of_dead_letters(name, bucket).or(name),
        };
        Ok(self.at(bucket, node, BrokeBy::Total))
    }

    /// Who has given up most, up to a bucket; into one channel or into any.
    fn sender_of_dead_letters(self, into: Option<&str>, bucket: usize) -> Option<&'a str> {
        let edges = self.series.edges.iter();
        let edges = edges.filter(|e| e.kind == EdgeKind::DeadLetter && into.is_none_or(|into| e.to == into));
        let sent = edges.map(|edge| (edge.from.as_str(), self.sum(&edge.per_s, bucket)));
        most(sent)
    }

    fn retries(self, of: CountOf) -> Result<Broke, Untold> {
        let name = self.name(of);
        let rates = match name {
            None => &self.series.flow.retries_per_s,
            Some(name) => &self.node(name).ok_or(Untold::NoCurve)?.retries_per_s,
        };
        let bucket = self.passes(&self.running(rates))?;
        let tried = || {
            most(self.plan.consumers.iter().filter_map(|consumer| {
                Some((consumer.name.as_str(), self.sum(&self.node(&consumer.name)?.retries_per_s, bucket)))
            }))
        };
        Ok(self.at(bucket, name.or_else(tried), BrokeBy::Total))
    }

    fn lost(self, of: CountOf) -> Result<Broke, Untold> {
        let consumers = &self.plan.consumers;
        let totals = match of {
            CountOf::Flow => self.since_warmup(&self.series.flow.lost),
            // What it gave up is lost where it has no dead letter channel; elsewhere no curve tells them apart.
            CountOf::Consumer(i) if consumers[i as usize].dead_letter.is_none() => {
                self.since_warmup(&self.node(&consumers[i as usize].name).ok_or(Untold::NoCurve)?.dead_letters)
            }
            _ => return Err(Untold::NoCurve),
        };
        let bucket = self.passes(&totals)?;
        let by_consumers = consumers.iter().filter(|consumer| consumer.dead_letter.is_none()).filter_map(|consumer| {
            let given_up = self.since_warmup(&self.node(&consumer.name)?.dead_letters);
            Some((consumer.name.as_str(), given_up.get(bucket).copied().unwrap_or_default()))
        });
        let by_channels = self.plan.channels.iter().filter_map(|channel| {
            Some((channel.name.as_str(), self.sum(&self.node(&channel.name)?.failed_per_s, bucket)))
        });
        let node = self.name(of).or_else(|| most(by_consumers.chain(by_channels)));
        Ok(self.at(bucket, node, BrokeBy::Total))
    }

    /// What was lost by the deadline of a fault's recovery and not back yet.
    fn recovered(self, groups: &[u32], faults: &[(f64, f64)]) -> Result<Broke, Untold> {
        let (width, end) = (self.series.bucket_s, self.series.duration_s);
        if faults.is_empty() || width <= 0.0 {
            return Err(Untold::NoCurve);
        }
        let mut first: Option<Broke> = None;
        for &group in groups {
            let Some(lag) = self.lag(group) else { continue };
            for &(from, until) in faults {
                let deadline = (until + self.expectation.value).min(end);
                let (before, struck) = (((from - LOOK_BACK_S).max(0.0) / width) as usize, (from / width) as usize);
                let quiet = lag.get(before..struck.max(before + 1)).unwrap_or_default();
                let level = quiet.iter().sum::<f32>() / quiet.len().max(1) as f32;
                let late = lag.iter().take((deadline / width) as usize).skip((until / width) as usize);
                let is_back = late.clone().any(|lag| *lag <= level);
                if !is_back && late.len() > 0 && first.as_ref().is_none_or(|found| deadline < found.at_s) {
                    let node = Some(self.culprit(group).to_owned());
                    first = Some(Broke { at_s: deadline, node, by: BrokeBy::Deadline });
                }
            }
        }
        first.ok_or(Untold::NotInCurves)
    }

    /// A total as it grew since the warm-up.
    fn since_warmup(self, totals: &[f32]) -> Vec<f64> {
        let base = self.first().checked_sub(1).and_then(|bucket| totals.get(bucket)).copied().unwrap_or_default();
        totals.iter().map(|total| f64::from(total - base).max(0.0)).collect()
    }

    /// The total of a rate since the warm-up.
    fn running(self, rates: &[f32]) -> Vec<f64> {
        let mut sum = 0.0;
        let grown = rates.iter().enumerate().map(|(bucket, rate)| {
            if bucket >= self.first() {
                sum += f64::from(*rate) * self.series.bucket_s;
            }
            sum
        });
        grown.collect()
    }

    fn sum(self, rates: &[f32], until: usize) -> f64 {
        self.running(rates).get(until).copied().unwrap_or_default()
    }

    /// The bucket in which a growing total passed what is allowed.
    fn passes(self, totals: &[f64]) -> Result<usize, Untold> {
        let upwards =
            matches!(self.expectation.comparison, Comparison::Less | Comparison::LessOrEqual | Comparison::Equal);
        if !upwards {
            return Err(Untold::NotReached);
        }
        // Rates were divided and are multiplied again: whole numbers are meant.
        let passed = |total: &f64| !self.holds(total.round()) && total.round() >= self.expectation.value;
        let bucket = totals.iter().enumerate().skip(self.first()).find(|(_, total)| passed(total));
        bucket.map(|(bucket, _)| bucket).ok_or(Untold::NotReached)
    }
}

/// Which of the curves of a latency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pick {
    P50,
    P95,
    P99,
}

/// The curve that shows a statistic, or stands in for one that has none.
fn curve_of(statistic: Statistic) -> (Pick, BrokeBy) {
    match statistic {
        Statistic::Mean => (Pick::P50, BrokeBy::OtherCurve),
        Statistic::Quantile(q) if q <= 0.5 => (Pick::P50, BrokeBy::Curve),
        Statistic::Quantile(q) if q < 0.95 => (Pick::P95, BrokeBy::OtherCurve),
        Statistic::Quantile(q) if q < 0.99 => (Pick::P95, BrokeBy::Curve),
        Statistic::Quantile(q) if q < 0.999 => (Pick::P99, BrokeBy::Curve),
        Statistic::Max | Statistic::Quantile(_) => (Pick::P99, BrokeBy::OtherCurve),
    }
}

impl LatencySeries {
    fn curve(&self, pick: Pick) -> &[Option<f32>] {
        match pick {
            Pick::P50 => &self.p50_ms,
            Pick::P95 => &self.p95_ms,
            Pick::P99 => &self.p99_ms,
        }
    }
}

/// The beginning of the first stretch of wrong buckets that is no noise: as long as [`STRETCH`], or as the longest is.
/// Buckets without a value do not end a stretch.
fn stretch(known: impl Iterator<Item = (usize, bool)>) -> Option<usize> {
    let mut stretches: Vec<(usize, usize)> = Vec::new();
    let mut goes_on = false;
    for (bucket, wrong) in known {
        match (wrong, stretches.last_mut()) {
            (true, Some((_, length))) if goes_on => *length += 1,
            (true, _) => stretches.push((bucket, 1)),
            (false, _) => {}
        }
        goes_on = wrong;
    }
    let longest = stretches.iter().map(|(_, length)| *length).max()?;
    stretches.iter().find(|(_, length)| *length >= longest.min(STRETCH)).map(|(bucket, _)| *bucket)
}

/// The name with the greatest value above 0; of equal ones the first.
fn most<'a>(values: impl Iterator<Item = (&'a str, f64)>) -> Option<&'a str> {
    let greater = |best: (&'a str, f64), next: (&'a str, f64)| if next.1 > best.1 { next } else { best };
    values.filter(|(_, value)| *value > 0.0).reduce(greater).map(|(name, _)| name)
}

fn whole(values: &[f32]) -> Vec<Option<f64>> {
    values.iter().map(|value| Some(f64::from(*value))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn noise_is_passed_over_where_a_stretch_follows() {
        let found = |wrong: &[u8]| stretch(wrong.iter().enumerate().map(|(i, w)| (i, *w == 1)));
        assert_eq!(found(&[0, 1, 0, 0, 1, 1, 1, 1, 0]), Some(4));
        assert_eq!(found(&[0, 1, 1, 1, 0, 1, 1, 1, 1, 1]), Some(1));
        assert_eq!(found(&[0, 1, 0, 1, 0]), Some(1), "where nothing is longer, the first counts");
        assert_eq!(found(&[0, 0]), None);
        assert_eq!(found(&[]), None);
    }

    #[test]
    fn a_gap_does_not_end_a_stretch() {
        // Buckets 3 and 4 have no value.
        let known = [(0, true), (1, false), (2, true), (5, true), (6, true)];
        assert_eq!(stretch(known.into_iter()), Some(2));
    }

    #[test]
    fn the_greatest_share_is_named_and_nothing_is_nobody() {
        assert_eq!(most([("a", 1.0), ("b", 3.0), ("c", 3.0)].into_iter()), Some("b"));
        assert_eq!(most([("a", 0.0)].into_iter()), None);
    }
}
