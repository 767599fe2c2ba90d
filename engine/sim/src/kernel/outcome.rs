//! What one replication found out, in the indices of the plan.

use hdrhistogram::Histogram;

use super::curves::Curves;
use super::looks::Looks;
use super::sampling::{Chooser, Chosen};
use super::{Kernel, MANY_STATIONS};
use crate::error::SimError;
use crate::plan::{CountOf, LatencyOf, Measure, Plan, Statistic};
use crate::stats::{
    ChannelCounts, ConsumerCounts, FlowCounts, GroupCounts, LimitCounts, MemoryCounts, PlaceCounts, ProducerCounts,
    Recorder, ServiceCounts, Weighted,
};

/// Parts of the only replication, when there is just one.
const BATCHES: u64 = 20;

/// A moment at which something is read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Boundary {
    pub(super) at: u64,
    kind: BoundaryKind,
}

/// In the order in which they are crossed when several fall together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum BoundaryKind {
    Bucket,
    WarmUp,
    HalfTime,
    Batch,
    Look,
}

pub(super) fn boundaries(plan: &Plan, width: u64, looks: &[u64]) -> Vec<Boundary> {
    let half = plan.warmup + (plan.duration - plan.warmup) / 2;
    let mut list = vec![
        Boundary { at: plan.warmup, kind: BoundaryKind::WarmUp },
        Boundary { at: half, kind: BoundaryKind::HalfTime },
    ];
    let buckets = plan.duration.div_ceil(width);
    let bucket = |k: u64| Boundary { at: (k * width).min(plan.duration), kind: BoundaryKind::Bucket };
    list.extend((1..=buckets).map(bucket));
    list.extend(looks.iter().map(|&at| Boundary { at, kind: BoundaryKind::Look }));
    if plan.replications == 1 {
        let window = u128::from(plan.duration - plan.warmup);
        let at = |k: u64| plan.warmup + (window * u128::from(k) / u128::from(BATCHES)) as u64;
        list.extend((1..=BATCHES).map(|k: u64| Boundary { at: at(k), kind: BoundaryKind::Batch }));
    }
    list.sort_by_key(|b| (b.at, b.kind));
    list
}

/// What stood where when the warm-up ended.
#[derive(Debug, Clone, Default)]
pub(crate) struct Reading {
    counts: Counts,
    means: Vec<(f64, f64)>,
    /// Lag by group, and in the middle of the window.
    lags: Vec<u64>,
    lags_at_half: Vec<u64>,
}

/// The parts of the only replication, when there is just one.
#[derive(Debug, Clone, Default)]
pub(crate) struct Batches {
    /// Sums and integrals at the beginning of the window and at the end of each part.
    means: Vec<Vec<(f64, f64)>>,
    /// By part and histogram, nanoseconds; empty in flows of very many stations.
    pub(crate) quantiles: Vec<Vec<[f64; 3]>>,
}

/// Counts of every thing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Counts {
    pub(crate) flow: FlowCounts,
    pub(crate) producers: Vec<ProducerCounts>,
    pub(crate) channels: Vec<ChannelCounts>,
    pub(crate) groups: Vec<GroupCounts>,
    /// By group.
    pub(crate) places: Vec<PlaceCounts>,
    /// By channel.
    pub(crate) limits: Vec<LimitCounts>,
    /// By memory of the plan.
    pub(crate) memories: Vec<MemoryCounts>,
    pub(crate) consumers: Vec<ConsumerCounts>,
    pub(crate) services: Vec<ServiceCounts>,
}

/// Where a fault struck.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Interval {
    pub(crate) fault: u32,
    pub(crate) from: u64,
    pub(crate) until: u64,
    pub(crate) touched: u64,
}

/// One replication's result. Means are pairs (numerator, denominator) in the order of [`MeanOf`].
pub(crate) struct Outcome {
    pub(crate) events: u64,
    /// Over the whole run.
    pub(crate) whole: FlowCounts,
    pub(crate) in_flight: u64,
    /// Of the measured window.
    pub(crate) counts: Counts,
    pub(crate) means: Vec<(f64, f64)>,
    pub(crate) batches: Vec<Vec<(f64, f64)>>,
    pub(crate) batch_quantiles: Vec<Vec<[f64; 3]>>,
    /// Where in virtual time it ended, and why, if that was before its time.
    pub(crate) stopped: Option<(u64, SimError)>,
    /// End to end, then wait and sojourn of each consumer, then wait and latency of each service.
    pub(crate) histograms: Vec<Histogram<u64>>,
    pub(crate) lag_max: Vec<u64>,
    pub(crate) depth_max: Vec<u64>,
    pub(crate) busy_max: Vec<u64>,
    pub(crate) up_max: Vec<u64>,
    /// What was seen of lags and depths at random moments of the window.
    pub(crate) looks: Looks,
    /// By how much the backlog of each group grew in each half of the window.
    pub(crate) growth: Vec<[f64; 2]>,
    pub(crate) curves: Curves,
    pub(crate) fired: Vec<(u64, u64)>,
    pub(crate) intervals: Vec<Interval>,
    pub(crate) measured: Vec<Option<f64>>,
    /// Events that shall be followed, by number.
    pub(crate) chosen: Vec<Chosen>,
}

/// Where the mean of something stands in [`Outcome::means`].
#[derive(Debug, Clone, Copy)]
pub(crate) enum MeanOf {
    EndToEnd,
    Wait(usize),
    Sojourn(usize),
    Busy(usize),
    ServiceWait(usize),
    ServiceLatency(usize),
    ServiceBusy(usize),
    Lag(usize),
    Depth(usize),
    /// Instances that are up, of a consumer that is autoscaled.
    Up(usize),
}

impl MeanOf {
    pub(crate) fn index(self, plan: &Plan) -> usize {
        let services = 1 + 3 * plan.consumers.len();
        let groups = services + 3 * plan.services.len();
        match self {
            MeanOf::EndToEnd => 0,
            MeanOf::Wait(i) => 1 + 3 * i,
            MeanOf::Sojourn(i) => 2 + 3 * i,
            MeanOf::Busy(i) => 3 + 3 * i,
            MeanOf::ServiceWait(i) => services + 3 * i,
            MeanOf::ServiceLatency(i) => services + 1 + 3 * i,
            MeanOf::ServiceBusy(i) => services + 2 + 3 * i,
            MeanOf::Lag(i) => groups + i,
            MeanOf::Depth(i) => groups + plan.groups.len() + i,
            MeanOf::Up(i) => {
                let before = plan.consumers[..i].iter().filter(|consumer| consumer.autoscale.is_some()).count();
                groups + plan.groups.len() + plan.channels.len() + before
            }
        }
    }
}

impl Kernel<'_> {
    pub(super) fn cross(&mut self, boundary: Boundary, reading: &mut Reading, batches: &mut Batches) {
        match boundary.kind {
            BoundaryKind::Bucket => {
                let mut curves = std::mem::take(&mut self.curves);
                curves.take(self);
                self.curves = curves;
                let now = self.now;
                let groups = &self.groups;
                self.recovery.bucket_ends(now, |group| groups[group as usize].lag.integral(now));
            }
            BoundaryKind::WarmUp => {
                *reading =
                    Reading { counts: self.counts(), means: self.means(), lags: self.lags(), lags_at_half: Vec::new() };
                batches.means.push(reading.means.clone());
                self.begin_window();
            }
            BoundaryKind::HalfTime => reading.lags_at_half = self.lags(),
            BoundaryKind::Look => self.take_a_look(),
            BoundaryKind::Batch => {
                batches.means.push(self.means());
                if self.consumers.len() + self.services.len() <= MANY_STATIONS {
                    batches.quantiles.push(self.end_batch());
                }
            }
        }
    }

    /// In the order of [`Outcome::histograms`].
    fn end_batch(&mut self) -> Vec<[f64; 3]> {
        let mut quantiles = vec![self.end_to_end.end_batch()];
        for consumer in &mut self.consumers {
            quantiles.extend([consumer.wait.end_batch(), consumer.sojourn.end_batch()]);
        }
        for service in &mut self.services {
            quantiles.extend([service.wait.end_batch(), service.latency.end_batch()]);
        }
        quantiles
    }

    /// The run ends here, before its time.
    pub(super) fn cut_off(&mut self, reading: &mut Reading, batches: &mut Batches) {
        let now = self.now;
        if now > self.curves.ended() {
            self.cross(Boundary { at: now, kind: BoundaryKind::Bucket }, reading, batches);
        }
        if reading.means.is_empty() {
            // The warm-up was not over: what there is, is from the start.
            let none = self.counts();
            *reading = Reading {
                counts: none.since(&none),
                means: vec![(0.0, 0.0); self.means().len()],
                lags: vec![0; self.groups.len()],
                lags_at_half: Vec::new(),
            };
        }
        if reading.lags_at_half.is_empty() {
            reading.lags_at_half =
                reading.lags.iter().zip(self.lags()).map(|(&first, last)| u64::midpoint(first, last)).collect();
        }
    }

    fn lags(&self) -> Vec<u64> {
        self.groups.iter().map(|group| group.lag.value()).collect()
    }

    fn begin_window(&mut self) {
        self.end_to_end.begin_window();
        for consumer in &mut self.consumers {
            consumer.wait.begin_window();
            consumer.sojourn.begin_window();
            consumer.busy.forget_max();
            consumer.up.forget_max();
        }
        for service in &mut self.services {
            service.wait.begin_window();
            service.latency.begin_window();
            service.busy.forget_max();
        }
        for group in &mut self.groups {
            group.lag.forget_max();
            if let Some(sojourn) = &mut group.sojourn {
                sojourn.begin_window();
            }
        }
        for channel in &mut self.channels {
            channel.depth.forget_max();
        }
    }

    fn counts(&self) -> Counts {
        Counts {
            flow: self.flow,
            producers: self.producers.iter().map(|p| p.counts).collect(),
            channels: self.channels.iter().map(|c| c.counts).collect(),
            groups: self.groups.iter().map(|g| g.counts).collect(),
            places: (0..self.groups.len() as u32)
                .map(|group| PlaceCounts { full: self.unacked.full_for(group, self.now) })
                .collect(),
            limits: self.channels.iter().map(|c| c.limits).collect(),
            memories: (self.memories.iter())
                .map(|m| MemoryCounts { alarmed: m.alarmed(self.now), blocked: m.blocked })
                .collect(),
            consumers: self.consumers.iter().map(|c| c.counts).collect(),
            services: self.services.iter().map(|s| s.counts).collect(),
        }
    }

    /// Sums and integrals from the start of the run, in the order of [`MeanOf`].
    fn means(&self) -> Vec<(f64, f64)> {
        let now = self.now;
        let latency = |recorder: &Recorder| (recorder.sum as f64, recorder.count as f64);
        let level = |level: &Weighted| (level.integral(now) as f64, now as f64);
        let mut means = vec![latency(&self.end_to_end)];
        for (index, (consumer, planned)) in self.consumers.iter().zip(&self.plan.consumers).enumerate() {
            let mut busy = level(&consumer.busy);
            if planned.autoscale.is_some() {
                busy.1 = self.scaling.counted(index, now) as f64;
            }
            means.extend([latency(&consumer.wait), latency(&consumer.sojourn), busy]);
        }
        for service in &self.services {
            means.extend([latency(&service.wait), latency(&service.latency), level(&service.busy)]);
        }
        means.extend(self.groups.iter().map(|group| level(&group.lag)));
        means.extend(self.channels.iter().map(|channel| level(&channel.depth)));
        let scaled = self.consumers.iter().zip(&self.plan.consumers).filter(|(_, planned)| planned.autoscale.is_some());
        means.extend(scaled.map(|(consumer, _)| level(&consumer.up)));
        means
    }

    pub(super) fn outcome(mut self, events: u64, reading: &Reading, batches: Batches) -> Outcome {
        for fault in 0..self.faults.len() as u32 {
            if self.faults[fault as usize].active {
                self.note_interval(fault, self.now);
            }
        }
        let counts = self.counts().since(&reading.counts);
        let means = differences(&reading.means, &self.means());
        let measured = self.plan.expectations.iter().map(|e| self.measure(&e.measure, &counts, &means)).collect();
        let lags = reading.lags.iter().zip(&reading.lags_at_half).zip(self.lags());
        let growth =
            lags.map(|((&first, &half), last)| [half as f64 - first as f64, last as f64 - half as f64]).collect();
        let in_flight = self.in_flight();
        let (end, roots) = (self.now, &self.roots);
        let choose = |chooser: Box<Chooser>| chooser.choose(end, |root| roots[root].produced);
        let chosen = self.chooser.take().map_or_else(Vec::new, choose);
        let mut histograms = vec![self.end_to_end.histogram()];
        let up_max = self.consumers.iter().map(|c| c.up.max()).collect();
        let busy_max = self.services.iter().map(|s| s.busy.max()).collect();
        for consumer in self.consumers {
            histograms.extend([consumer.wait.histogram(), consumer.sojourn.histogram()]);
        }
        for service in self.services {
            histograms.extend([service.wait.histogram(), service.latency.histogram()]);
        }
        Outcome {
            events,
            whole: self.flow,
            in_flight,
            counts,
            means,
            batches: batches.means.windows(2).map(|pair| differences(&pair[0], &pair[1])).collect(),
            batch_quantiles: batches.quantiles,
            stopped: None,
            histograms,
            lag_max: self.groups.iter().map(|group| group.lag.max()).collect(),
            depth_max: self.channels.iter().map(|channel| channel.depth.max()).collect(),
            busy_max,
            up_max,
            growth,
            looks: self.looks,
            curves: self.curves,
            fired: self.faults.iter().map(|fault| (fault.fired, fault.touched)).collect(),
            intervals: self.intervals,
            measured,
            chosen,
        }
    }

    /// The value that an expectation is about, in its base unit; `None` if it never came about.
    fn measure(&self, measure: &Measure, counts: &Counts, means: &[(f64, f64)]) -> Option<f64> {
        let window = self.now.saturating_sub(self.plan.warmup).max(1) as f64 / 1e9;
        let count = |count: u64| Some(count as f64);
        let share = |mean: MeanOf, whole: f64| {
            let (integral, time) = means[mean.index(self.plan)];
            (whole > 0.0 && time > 0.0).then(|| integral / time / whole)
        };
        match measure {
            Measure::Latency { of, statistic } => self.latency(*of, *statistic, means),
            Measure::Throughput(of) => Some(completed(counts, *of) as f64 / window),
            Measure::Lag(groups) => count(groups.iter().map(|&g| self.groups[g as usize].lag.max()).max().unwrap_or(0)),
            Measure::Depth(queues) => {
                count(queues.iter().map(|&c| self.channels[c as usize].depth.max()).max().unwrap_or(0))
            }
            Measure::DeadLetters(of) => count(match of {
                CountOf::Consumer(i) => counts.consumers[*i as usize].dead_lettered,
                CountOf::Channel(i) => counts.channels[*i as usize].dead_letters,
                _ => counts.flow.dead_lettered,
            }),
            Measure::Retries(of) => count(match of {
                CountOf::Consumer(i) => counts.consumers[*i as usize].retries,
                _ => counts.flow.retries,
            }),
            Measure::Duplicates(of) => count(match of {
                CountOf::Consumer(i) => counts.consumers[*i as usize].duplicates,
                _ => counts.flow.duplicates,
            }),
            Measure::Lost(of) => count(match of {
                CountOf::Consumer(i) => counts.consumers[*i as usize].lost,
                CountOf::Channel(i) => counts.channels[*i as usize].lost,
                CountOf::Group(i) => counts.groups[*i as usize].lost,
                _ => counts.flow.lost,
            }),
            Measure::UtilizationOfConsumer(i) => {
                share(MeanOf::Busy(*i as usize), self.plan.consumers[*i as usize].whole())
            }
            Measure::UtilizationOfService(i) => {
                let places = self.plan.services[*i as usize].concurrency.map_or(f64::INFINITY, f64::from);
                share(MeanOf::ServiceBusy(*i as usize), places)
            }
            Measure::Recovered(groups) => {
                let worst = groups.iter().map(|&group| self.recovery.worst(group));
                worst.collect::<Option<Vec<u64>>>().map(|all| all.into_iter().max().unwrap_or(0) as f64 / 1e9)
            }
        }
    }

    fn latency(&self, of: LatencyOf, statistic: Statistic, means: &[(f64, f64)]) -> Option<f64> {
        let (recorder, mean) = match of {
            LatencyOf::EndToEnd => (Some(&self.end_to_end), MeanOf::EndToEnd),
            LatencyOf::Consumer(i) => (Some(&self.consumers[i as usize].sojourn), MeanOf::Sojourn(i as usize)),
            LatencyOf::Service(i) => (Some(&self.services[i as usize].latency), MeanOf::ServiceLatency(i as usize)),
            LatencyOf::Group(i) => (self.groups[i as usize].sojourn.as_ref(), MeanOf::EndToEnd),
        };
        let histogram = recorder?.histogram();
        if histogram.is_empty() {
            return None;
        }
        let nanos = match statistic {
            // A group has no exact sum of its own; its histogram's mean is within a thousandth.
            Statistic::Mean if matches!(of, LatencyOf::Group(_)) => histogram.mean(),
            Statistic::Mean => {
                let (sum, count) = means[mean.index(self.plan)];
                sum / count
            }
            Statistic::Quantile(quantile) => histogram.value_at_quantile(quantile) as f64,
            Statistic::Max => histogram.max() as f64,
        };
        Some(nanos / 1e9)
    }
}

fn completed(counts: &Counts, of: CountOf) -> u64 {
    match of {
        CountOf::Flow => counts.flow.completed,
        CountOf::Producer(i) => counts.producers[i as usize].produced,
        CountOf::Channel(i) => counts.channels[i as usize].published,
        CountOf::Consumer(i) => counts.consumers[i as usize].completed,
        CountOf::Service(i) => counts.services[i as usize].completed,
        CountOf::Group(i) => counts.groups[i as usize].completed,
    }
}

fn differences(before: &[(f64, f64)], after: &[(f64, f64)]) -> Vec<(f64, f64)> {
    before.iter().zip(after).map(|(a, b)| (b.0 - a.0, b.1 - a.1)).collect()
}

fn add_all<T>(sums: &mut Vec<T>, more: &[T], add: impl Fn(&mut T, &T))
where
    T: Default + Clone,
{
    sums.resize(more.len(), T::default());
    for (sum, value) in sums.iter_mut().zip(more) {
        add(sum, value);
    }
}

impl Counts {
    pub(crate) fn add(&mut self, other: &Counts) {
        self.flow.add(&other.flow);
        add_all(&mut self.producers, &other.producers, ProducerCounts::add);
        add_all(&mut self.channels, &other.channels, ChannelCounts::add);
        add_all(&mut self.groups, &other.groups, GroupCounts::add);
        add_all(&mut self.places, &other.places, PlaceCounts::add);
        add_all(&mut self.limits, &other.limits, LimitCounts::add);
        add_all(&mut self.memories, &other.memories, MemoryCounts::add);
        add_all(&mut self.consumers, &other.consumers, ConsumerCounts::add);
        add_all(&mut self.services, &other.services, ServiceCounts::add);
    }

    fn since(&self, earlier: &Counts) -> Counts {
        Counts {
            flow: self.flow.since(&earlier.flow),
            producers: self.producers.iter().zip(&earlier.producers).map(|(a, b)| a.since(b)).collect(),
            channels: self.channels.iter().zip(&earlier.channels).map(|(a, b)| a.since(b)).collect(),
            groups: self.groups.iter().zip(&earlier.groups).map(|(a, b)| a.since(b)).collect(),
            places: self.places.iter().zip(&earlier.places).map(|(a, b)| a.since(b)).collect(),
            limits: self.limits.iter().zip(&earlier.limits).map(|(a, b)| a.since(b)).collect(),
            memories: self.memories.iter().zip(&earlier.memories).map(|(a, b)| a.since(b)).collect(),
            consumers: self.consumers.iter().zip(&earlier.consumers).map(|(a, b)| a.since(b)).collect(),
            services: self.services.iter().zip(&earlier.services).map(|(a, b)| a.since(b)).collect(),
        }
    }
}
