//! From the outcomes of replications, in their order, to the report.

use hdrhistogram::Histogram;
use indexmap::IndexMap;

use crate::broke::{Broke, Untold, broke};
use crate::closed_form::{self, Theory};
use crate::digest::Digest;
use crate::error::SimError;
use crate::follow::ToFollow;
use crate::kernel::{Counts, Looks, MeanOf, Outcome, assemble};
use crate::notes;
use crate::plan::{Channel, Hub, Place, Plan};
use crate::precision::{Precisely, PrecisionReport};
use crate::report::{
    BusReport, CiFrom, ConsumerReport, ExchangeReport, ExpectationReport, FaultInterval, FaultSummary, GroupReport,
    Latency, Level, NodeReport, PerReplication, ProducerReport, QueueReport, Report, Series, ServiceReport, Spread,
    Statistics, TopicReport, Totals, WarmupFrom,
};
use crate::stats::{FlowCounts, SPREAD_OF, above_zero, deviation, interval, ratio};
use crate::verdict;

/// What was merged so far.
pub(crate) struct Merger<'p> {
    pub(crate) plan: &'p Plan,
    /// How many replications were merged.
    pub(crate) count: u32,
    pub(crate) events: u64,
    pub(crate) whole: FlowCounts,
    in_flight: u64,
    /// Throughput, dead letters and retries of the whole flow, one value per replication.
    each: [Vec<f64>; 3],
    pub(crate) counts: Counts,
    histograms: Vec<Histogram<u64>>,
    /// By histogram and quantile, one value per replication that has any, or per part of the only one.
    spread: Vec<[Vec<f64>; 3]>,
    /// By histogram, its deviation and its share above 0, one value per replication that has any.
    moments: Vec<[Vec<f64>; 2]>,
    /// By [`MeanOf`], one pair per replication, or per batch of the only one.
    means: Vec<Vec<(f64, f64)>>,
    /// Over all replications, and by level its deviation in each.
    looks: Looks,
    deviations: Vec<Vec<f64>>,
    lag_max: Vec<u64>,
    depth_max: Vec<u64>,
    busy_max: Vec<u64>,
    up_max: Vec<u64>,
    /// By group, one value per replication.
    pub(crate) growth: Vec<Vec<[f64; 2]>>,
    /// By consumer, how much its backlogs grow per second.
    grows: Vec<Option<f64>>,
    /// By consumer.
    theories: Vec<Option<Theory>>,
    width: u64,
    /// Sum and number of values of every point of every curve.
    curves: Vec<Vec<(f64, u32)>>,
    pub(crate) fired: Vec<(u64, u64)>,
    intervals: Vec<FaultInterval>,
    measured: Vec<Vec<Option<f64>>>,
    /// By expectation, the value farthest on the wrong side so far, and where it broke in that replication.
    broken: Vec<Option<(f64, Result<Broke, Untold>)>>,
    digest: Digest,
}

impl<'p> Merger<'p> {
    pub(crate) fn new(plan: &'p Plan) -> Self {
        Merger {
            plan,
            count: 0,
            events: 0,
            whole: FlowCounts::default(),
            in_flight: 0,
            each: Default::default(),
            counts: Counts::default(),
            histograms: Vec::new(),
            spread: Vec::new(),
            moments: Vec::new(),
            means: Vec::new(),
            looks: Looks::default(),
            deviations: Vec::new(),
            lag_max: Vec::new(),
            depth_max: Vec::new(),
            busy_max: Vec::new(),
            up_max: Vec::new(),
            growth: vec![Vec::new(); plan.groups.len()],
            grows: vec![None; plan.consumers.len()],
            theories: Vec::new(),
            width: 0,
            curves: Vec::new(),
            fired: vec![(0, 0); plan.faults.len()],
            intervals: Vec::new(),
            measured: vec![Vec::new(); plan.expectations.len()],
            broken: vec![None; plan.expectations.len()],
            digest: Digest::new(),
        }
    }

    /// Takes in the next replication.
    pub(crate) fn add(&mut self, outcome: Outcome) {
        self.digest.add(&outcome);
        self.find_broken(&outcome);
        self.count += 1;
        let in_parts = self.plan.replications == 1 && outcome.stopped.is_none();
        self.events += outcome.events;
        self.whole.add(&outcome.whole);
        self.in_flight += outcome.in_flight;
        let end = outcome.stopped.as_ref().map_or(self.plan.duration, |(at, _)| *at);
        let window = end.saturating_sub(self.plan.warmup).max(1) as f64 / 1e9;
        self.each[0].push(outcome.counts.flow.completed as f64 / window);
        self.each[1].push(outcome.whole.dead_lettered as f64);
        self.each[2].push(outcome.whole.retries as f64);
        self.counts.add(&outcome.counts);
        self.spread.resize_with(outcome.histograms.len(), Default::default);
        for (spread, histogram) in self.spread.iter_mut().zip(&outcome.histograms) {
            for (values, quantile) in spread.iter_mut().zip(SPREAD_OF) {
                if !in_parts && !histogram.is_empty() {
                    values.push(histogram.value_at_quantile(quantile) as f64 / 1e6);
                }
            }
        }
        self.moments.resize_with(outcome.histograms.len(), Default::default);
        for ([deviations, shares], histogram) in self.moments.iter_mut().zip(&outcome.histograms) {
            if !histogram.is_empty() {
                deviations.push(deviation(histogram) / 1e6);
                shares.push(above_zero(histogram));
            }
        }
        for batch in outcome.batch_quantiles.iter().filter(|_| in_parts) {
            for (spread, quantiles) in self.spread.iter_mut().zip(batch) {
                for (values, quantile) in spread.iter_mut().zip(quantiles) {
                    values.extend((!quantile.is_nan()).then_some(quantile / 1e6));
                }
            }
        }
        if self.histograms.is_empty() {
            self.histograms = outcome.histograms;
        } else {
            for (sum, histogram) in self.histograms.iter_mut().zip(outcome.histograms) {
                // Both grow as needed, so that adding cannot fail.
                sum.add(histogram).unwrap_or(());
            }
        }
        self.means.resize_with(outcome.means.len(), Vec::new);
        let samples = if in_parts { outcome.batches } else { vec![outcome.means] };
        for sample in samples {
            for (all, pair) in self.means.iter_mut().zip(sample) {
                all.push(pair);
            }
        }
        self.looks.add(&outcome.looks);
        self.deviations.resize_with(self.looks.sums.len(), Vec::new);
        for (level, deviations) in self.deviations.iter_mut().enumerate() {
            deviations.extend(outcome.looks.deviation(level));
        }
        most(&mut self.lag_max, &outcome.lag_max);
        most(&mut self.depth_max, &outcome.depth_max);
        most(&mut self.busy_max, &outcome.busy_max);
        most(&mut self.up_max, &outcome.up_max);
        for (all, growth) in self.growth.iter_mut().zip(outcome.growth) {
            all.push(growth);
        }
        self.width = outcome.curves.width();
        self.curves.resize_with(outcome.curves.columns.len(), Vec::new);
        for (sums, column) in self.curves.iter_mut().zip(&outcome.curves.columns) {
            sums.resize(column.len(), (0.0, 0));
            for ((sum, count), value) in sums.iter_mut().zip(column) {
                if !value.is_nan() {
                    *sum += f64::from(*value);
                    *count += 1;
                }
            }
        }
        for (sum, fired) in self.fired.iter_mut().zip(outcome.fired) {
            *sum = (sum.0 + fired.0, sum.1 + fired.1);
        }
        for interval in outcome.intervals {
            let fault = &self.plan.faults[interval.fault as usize];
            self.intervals.push(FaultInterval {
                kind: fault.kind,
                target: fault.target.clone(),
                from_s: interval.from as f64 / 1e9,
                until_s: interval.until as f64 / 1e9,
                touched: interval.touched,
            });
        }
        for (all, value) in self.measured.iter_mut().zip(outcome.measured) {
            all.push(value);
        }
    }

    /// Looks where expectations broke, if they broke farther than in the replications before.
    fn find_broken(&mut self, outcome: &Outcome) {
        let mut series = None;
        let faults: Vec<(f64, f64)> =
            outcome.intervals.iter().map(|i| (i.from as f64 / 1e9, i.until as f64 / 1e9)).collect();
        for ((expectation, value), broken) in self.plan.expectations.iter().zip(&outcome.measured).zip(&mut self.broken)
        {
            let value = value.unwrap_or_else(|| never(expectation));
            let is_worse =
                broken.as_ref().is_none_or(|(worst, _)| worse(expectation, *worst, value).total_cmp(worst).is_ne());
            if expectation.comparison.holds(value, expectation.value) || !is_worse {
                continue;
            }
            let series =
                series.get_or_insert_with(|| assemble(self.plan, outcome.curves.width(), &outcome.curves.columns));
            // Only the first replication knows when its faults struck; a moment that is known is kept.
            let found = match (broke(self.plan, expectation, series, &faults), broken.take()) {
                (Err(_), Some((_, Ok(before)))) => Ok(before),
                (found, _) => found,
            };
            *broken = Some((value, found));
        }
    }

    /// The half width of the interval over the value; `None` when there is no such thing.
    pub(crate) fn precision(&self, of: Precisely) -> Option<f64> {
        let spread = |i: usize| self.spread.first().and_then(|spread| interval(&spread[i]));
        let (value, ci95) = match of {
            Precisely::Mean => ratio(self.means.get(MeanOf::EndToEnd.index(self.plan))?),
            Precisely::P50 => spread(0),
            Precisely::P95 => spread(1),
            Precisely::P99 => spread(2),
        }?;
        let [low, high] = ci95?;
        (value > 0.0).then(|| (high - low) / 2.0 / value)
    }

    pub(crate) fn report(
        mut self,
        wall_s: f64,
        warmup_from: WarmupFrom,
        precision: Option<PrecisionReport>,
        stopped: Option<&SimError>,
    ) -> Report {
        let plan = self.plan;
        let unstable = verdict::unstable(&self);
        for (group, growth) in &unstable {
            for &member in &plan.groups[*group].members {
                *self.grows[member as usize].get_or_insert(0.0) += growth.per_s;
            }
        }
        self.theories = closed_form::of_plan(plan);
        let statistics = Statistics {
            warmup_from,
            precision,
            unstable: unstable.into_iter().map(|(_, growth)| growth).collect(),
            stopped_early: stopped.map(ToString::to_string),
        };
        let notes = notes::of(&self, &statistics);
        let series = self.series();
        Report {
            flow: plan.flow.clone(),
            scenario: plan.scenario.clone(),
            seed: plan.seed,
            replications: self.count,
            duration_s: plan.duration as f64 / 1e9,
            warmup_s: plan.warmup as f64 / 1e9,
            events: self.events,
            wall_s,
            events_per_s: if wall_s > 0.0 { self.events as f64 / wall_s } else { 0.0 },
            ci_from: if plan.replications == 1 { CiFrom::BatchMeans } else { CiFrom::Replications },
            statistics,
            end_to_end: self.latency(0, MeanOf::EndToEnd),
            totals: Totals {
                produced: self.whole.owed,
                completed: self.whole.completed,
                dead_lettered: self.whole.dead_lettered,
                lost: self.whole.lost,
                deduplicated: self.whole.deduplicated,
                in_flight: self.in_flight,
                duplicates: self.whole.duplicates,
                retries: self.whole.retries,
            },
            per_replication: self.per_replication(),
            nodes: plan.nodes.iter().map(|node| (node.name.clone(), self.node(node.place))).collect(),
            expectations: self.expectations(),
            faults: self.faults(),
            chaos_plan: plan.drawn.clone(),
            series,
            notes,
            digest: self.digest.text(),
            to_follow: ToFollow::default(),
        }
    }

    fn series(&mut self) -> Series {
        let mean = |(sum, count): (f64, u32)| (if count > 0 { sum / f64::from(count) } else { f64::NAN }) as f32;
        let columns: Vec<Vec<f32>> =
            std::mem::take(&mut self.curves).into_iter().map(|c| c.into_iter().map(mean).collect()).collect();
        let mut series = assemble(self.plan, self.width, &columns);
        self.intervals.sort_by(|a, b| a.from_s.total_cmp(&b.from_s));
        series.faults = std::mem::take(&mut self.intervals);
        series
    }

    fn per_replication(&self) -> PerReplication {
        let spread =
            |i: usize| interval(&self.each[i]).map_or_else(Spread::default, |(mean, ci95)| Spread { mean, ci95 });
        PerReplication { throughput_per_s: spread(0), dead_lettered: spread(1), retries: spread(2) }
    }

    fn latency(&self, histogram: usize, mean: MeanOf) -> Latency {
        let pairs = &self.means[mean.index(self.plan)];
        let histogram_of = &self.histograms[histogram];
        if histogram_of.is_empty() {
            return Latency::default();
        }
        let millis = |nanos: u64| Some(nanos as f64 / 1e6);
        let quantile = |q: f64| millis(histogram_of.value_at_quantile(q));
        let spread = |i: usize| interval(&self.spread[histogram][i]).and_then(|(_, ci)| ci);
        let moment = |i: usize| interval(&self.moments[histogram][i]).and_then(|(_, ci)| ci);
        let (mean, ci95) = ratio(pairs).map_or((None, None), |(mean, ci)| (Some(mean / 1e6), ci));
        Latency {
            count: histogram_of.len(),
            mean,
            ci95: ci95.map(|[low, high]| [low / 1e6, high / 1e6]),
            p50: quantile(0.5),
            p90: quantile(0.9),
            p95: quantile(0.95),
            p99: quantile(0.99),
            p999: quantile(0.999),
            max: millis(histogram_of.max()),
            p50_ci95: spread(0),
            p95_ci95: spread(1),
            p99_ci95: spread(2),
            sd: Some(deviation(histogram_of) / 1e6),
            sd_ci95: moment(0),
            above_zero: Some(above_zero(histogram_of)),
            above_zero_ci95: moment(1),
        }
    }

    fn level(&self, mean: MeanOf, whole: f64, max: Option<u64>) -> Level {
        let (mean, ci95) = ratio(&self.means[mean.index(self.plan)]).unwrap_or((0.0, None));
        if whole <= 0.0 {
            return Level { max, ..Level::default() };
        }
        let ci95 = ci95.map(|[low, high]| [low / whole, high / whole]);
        Level { mean: mean / whole, ci95, max, ..Level::default() }
    }

    /// A level that was looked at.
    fn looked_at(&self, index: usize, level: Level) -> Level {
        let ci = |values: &Vec<f64>| interval(values).and_then(|(_, ci)| ci);
        Level { sd: self.looks.deviation(index), sd_ci95: self.deviations.get(index).and_then(ci), ..level }
    }

    fn node(&self, place: Place) -> NodeReport {
        let plan = self.plan;
        match place {
            Place::Producer(i) => {
                let counts = &self.counts.producers[i as usize];
                NodeReport::Producer(ProducerReport { produced: counts.produced, rejected: counts.rejected })
            }
            Place::Channel(i) if plan.channels[i as usize].hub == Hub::Bus => self.bus(i as usize),
            Place::Channel(i) if plan.channels[i as usize].hub == Hub::Exchange => self.exchange(i as usize),
            Place::Channel(i) if plan.channels[i as usize].is_queue => self.queue(i as usize),
            Place::Channel(i) => self.topic(i as usize),
            Place::Consumer(i) => self.consumer(i as usize),
            Place::Service(i) => self.service(i as usize),
        }
    }

    fn lag(&self, group: u32) -> Level {
        let group = group as usize;
        self.looked_at(group, self.level(MeanOf::Lag(group), 1.0, Some(self.lag_max[group])))
    }

    fn topic(&self, i: usize) -> NodeReport {
        let counts = &self.counts.channels[i];
        NodeReport::Topic(TopicReport {
            published: counts.published,
            dead_letters: counts.dead_letters,
            rejected: counts.rejected,
            dropped: counts.dropped,
            expired: counts.expired,
            delivery_limit: counts.delivery_limit,
            exhausted: counts.exhausted,
            deduplicated: counts.deduplicated,
            trimmed: self.counts.limits[i].trimmed,
            groups: self.groups(i),
        })
    }

    fn groups(&self, i: usize) -> IndexMap<String, GroupReport> {
        let named = |group: u32| {
            let names = &self.plan.groups[group as usize].names;
            let counts = &self.counts.groups[group as usize];
            (
                names.first().cloned().unwrap_or_default(),
                GroupReport { lag: self.lag(group), rebalances: counts.rebalances, filtered: counts.filtered },
            )
        };
        self.plan.channels[i].groups.clone().map(named).collect()
    }

    fn bus(&self, i: usize) -> NodeReport {
        let counts = &self.counts.channels[i];
        NodeReport::Bus(BusReport {
            published: counts.published,
            dead_letters: counts.dead_letters,
            filtered: counts.filtered,
            pushes: counts.pushes,
            delayed: counts.delayed,
            failed_pushes: counts.failed_pushes,
            expired: counts.expired,
            given_up: counts.given_up,
            groups: self.groups(i),
        })
    }

    fn exchange(&self, i: usize) -> NodeReport {
        let counts = &self.counts.channels[i];
        NodeReport::Exchange(ExchangeReport {
            published: counts.published,
            dead_letters: counts.dead_letters,
            routed: counts.routed,
            unroutable: counts.unroutable,
        })
    }

    fn queue(&self, i: usize) -> NodeReport {
        let Channel { groups, .. } = &self.plan.channels[i];
        let counts = &self.counts.channels[i];
        NodeReport::Queue(QueueReport {
            published: counts.published,
            dead_letters: counts.dead_letters,
            rejected: counts.rejected,
            dropped: counts.dropped,
            expired: counts.expired,
            delivery_limit: counts.delivery_limit,
            exhausted: counts.exhausted,
            deduplicated: counts.deduplicated,
            depth: self
                .looked_at(self.plan.groups.len() + i, self.level(MeanOf::Depth(i), 1.0, Some(self.depth_max[i]))),
            lag: groups.clone().next().map(|group| self.lag(group)).unwrap_or_default(),
        })
    }

    fn consumer(&self, i: usize) -> NodeReport {
        let counts = &self.counts.consumers[i];
        NodeReport::Consumer(Box::new(ConsumerReport {
            arrivals: counts.arrivals,
            attempts: counts.attempts,
            completed: counts.completed,
            failed_attempts: counts.failed_attempts,
            timed_out: counts.timed_out,
            retries: counts.retries,
            dead_lettered: counts.dead_lettered,
            lost: counts.lost,
            redelivered: counts.redelivered,
            duplicates: counts.duplicates,
            expired_leases: counts.expired_leases,
            late_acks: counts.late_acks,
            utilization: self.level(MeanOf::Busy(i), self.plan.consumers[i].whole(), None),
            instances: (self.plan.consumers[i].autoscale.as_ref())
                .map(|_| self.level(MeanOf::Up(i), 1.0, Some(self.up_max[i]))),
            grows_per_s: self.grows[i],
            wait: self.latency(1 + 2 * i, MeanOf::Wait(i)),
            sojourn: self.latency(2 + 2 * i, MeanOf::Sojourn(i)),
            theory: self.theories[i].clone(),
        }))
    }

    fn service(&self, i: usize) -> NodeReport {
        let counts = &self.counts.services[i];
        let first = 1 + 2 * self.plan.consumers.len() + 2 * i;
        let places = self.plan.services[i].concurrency;
        NodeReport::Service(Box::new(ServiceReport {
            calls: counts.calls,
            completed: counts.completed,
            failed: counts.failed,
            throttled: counts.throttled,
            timed_out: counts.timed_out,
            utilization: places.map(|places| self.level(MeanOf::ServiceBusy(i), f64::from(places), None)),
            busy: self.level(MeanOf::ServiceBusy(i), 1.0, Some(self.busy_max[i])),
            wait: self.latency(first, MeanOf::ServiceWait(i)),
            latency: self.latency(first + 1, MeanOf::ServiceLatency(i)),
        }))
    }

    /// By consumer that is alone in its groups and gave nothing up: |L − λW| / L over the window.
    pub(crate) fn little(&self) -> Vec<(usize, f64)> {
        let plan = self.plan;
        let alone = |i: usize| {
            let own = &plan.consumers[i].subscriptions;
            let counts = &self.counts.consumers[i];
            counts.dead_lettered + counts.lost + counts.redelivered == 0
                && counts.completed > 0
                && own.iter().all(|s| {
                    let group = &plan.groups[s.group as usize];
                    group.members.len() == 1
                        && plan.channels[group.channel as usize].ttl.is_none()
                        && plan.channels[group.channel as usize].patience.is_none()
                })
        };
        let sum = |mean: MeanOf| {
            let pairs = &self.means[mean.index(plan)];
            pairs.iter().fold((0.0, 0.0), |(a, b), (c, d)| (a + c, b + d))
        };
        let deviation = |i: usize| {
            let lags = plan.consumers[i].subscriptions.iter().map(|s| sum(MeanOf::Lag(s.group as usize)).0);
            let (present, spent) = (lags.sum::<f64>(), sum(MeanOf::Sojourn(i)).0);
            if present > 0.0 { (present - spent).abs() / present } else { 0.0 }
        };
        (0..plan.consumers.len()).filter(|&i| alone(i)).map(|i| (i, deviation(i))).collect()
    }

    fn expectations(&self) -> Vec<ExpectationReport> {
        let report = |(i, expectation): (usize, &crate::plan::Expectation)| {
            let (values, broken) = (&self.measured[i], &self.broken[i]);
            let never = never(expectation);
            let holds = |value: f64| expectation.comparison.holds(value, expectation.value);
            let numbers: Vec<f64> = values.iter().map(|value| value.unwrap_or(never)).collect();
            let held = numbers.iter().filter(|&&value| holds(value)).count();
            let worst = numbers.iter().copied().reduce(|a, b| worse(expectation, a, b));
            ExpectationReport {
                text: expectation.text.clone(),
                held: held == numbers.len(),
                share: held as f64 / numbers.len() as f64,
                worst: worst.filter(|worst| worst.is_finite()),
                values: values.clone(),
                broke: broken.as_ref().map(|(_, broke)| broke.clone()),
            }
        };
        self.plan.expectations.iter().enumerate().map(report).collect()
    }

    fn faults(&self) -> Vec<FaultSummary> {
        let summary = |(fault, &(fired, touched)): (&crate::plan::Fault, &(u64, u64))| FaultSummary {
            kind: fault.kind,
            target: fault.target.clone(),
            fired,
            touched,
        };
        self.plan.faults.iter().zip(&self.fired).map(summary).collect()
    }
}

/// What never came about is endless when it is a time that something takes, and unknown otherwise.
fn never(expectation: &crate::plan::Expectation) -> f64 {
    match expectation.measure {
        crate::plan::Measure::Recovered(_) => f64::INFINITY,
        _ => f64::NAN,
    }
}

/// Of two values the one farther on the wrong side; what is unknown is worst.
fn worse(expectation: &crate::plan::Expectation, a: f64, b: f64) -> f64 {
    use thalweg_flow::Comparison;
    if a.is_nan() || b.is_nan() {
        return f64::NAN;
    }
    match expectation.comparison {
        Comparison::Less | Comparison::LessOrEqual => a.max(b),
        Comparison::Greater | Comparison::GreaterOrEqual => a.min(b),
        Comparison::Equal if (a - expectation.value).abs() >= (b - expectation.value).abs() => a,
        Comparison::NotEqual if (a - expectation.value).abs() <= (b - expectation.value).abs() => a,
        Comparison::Equal | Comparison::NotEqual => b,
    }
}

fn most(all: &mut Vec<u64>, more: &[u64]) {
    all.resize(more.len(), 0);
    for (most, value) in all.iter_mut().zip(more) {
        *most = (*most).max(*value);
    }
}
