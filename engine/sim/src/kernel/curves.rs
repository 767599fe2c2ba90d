//! Curves: what every bucket of the run looked like.
//!
//! Nothing is recorded per message but one count in a sketch of the current bucket: rates and levels are differences of
//! counters and integrals between the ends of two buckets.

use super::Kernel;
use crate::plan::{Place, Plan};
use crate::report::{EdgeSeries, FlowSeries, LatencySeries, NodeSeries, Series};
use crate::stats::{Recorder, Weighted};

/// How many buckets a run has at most.
const BUCKETS: u64 = 600;
const FEWEST_BUCKETS: u64 = 60;
/// How many values all curves together may have, about: large flows get fewer buckets.
const VALUES: u64 = 6_000_000;

/// All curves of a replication, one column each, in the order in which [`Curves::take`] visits them; `NaN` is no value.
#[derive(Debug, Clone, Default)]
pub(crate) struct Curves {
    width: u64,
    ended: u64,
    pub(crate) columns: Vec<Vec<f32>>,
    last: Vec<u128>,
}

impl Curves {
    pub(crate) fn new(plan: &Plan) -> Self {
        let columns = 10 + plan.nodes.len() as u64 * 10 + plan.edges.len() as u64 + plan.groups.len() as u64;
        let buckets = (VALUES / columns).clamp(FEWEST_BUCKETS, BUCKETS);
        Curves { width: plan.duration.div_ceil(buckets).max(1), ..Curves::default() }
    }

    /// When the last whole bucket ended.
    pub(super) fn ended(&self) -> u64 {
        self.ended
    }

    /// How many buckets have ended.
    pub(crate) fn buckets(&self) -> usize {
        self.columns.first().map_or(0, Vec::len)
    }

    /// Nanoseconds of a bucket.
    pub(crate) fn width(&self) -> u64 {
        self.width
    }

    /// A bucket ends: appends a value to every column.
    pub(super) fn take(&mut self, kernel: &mut Kernel<'_>) {
        let now = kernel.now;
        let mut row = Row { at: 0, nanos: now - self.ended, now, curves: self };
        row.flow(kernel);
        for producer in &kernel.producers {
            row.rate(producer.counts.produced);
        }
        for (index, channel) in kernel.channels.iter().enumerate() {
            let groups = kernel.plan.channels[index].groups.clone();
            row.rate(channel.counts.published);
            let left = |g: u32| {
                let counts = &kernel.groups[g as usize].counts;
                counts.completed + counts.dead_lettered + counts.lost
            };
            row.rate(channel.counts.routed + groups.clone().map(left).sum::<u64>());
            row.sum(groups.map(|g| &kernel.groups[g as usize].lag));
            row.mean(&channel.depth);
            let refused = channel.counts.rejected + channel.counts.unroutable;
            row.rate(refused + channel.counts.dropped + channel.counts.expired);
            row.total(channel.counts.dead_letters);
        }
        for (index, consumer) in kernel.consumers.iter_mut().enumerate() {
            let planned = &kernel.plan.consumers[index];
            row.rate(consumer.counts.attempts);
            row.rate(consumer.counts.completed);
            row.sum(planned.subscriptions.iter().map(|s| &kernel.groups[s.group as usize].lag));
            row.quantiles(&mut consumer.sojourn);
            let servers = kernel.scaling.servers_since(index, planned, now, row.nanos);
            row.share(&consumer.busy, servers);
            row.rate(consumer.counts.failed_attempts);
            row.rate(consumer.counts.retries);
            row.total(consumer.counts.dead_lettered + consumer.counts.lost);
            let breakers = planned.calls.clone().flat_map(|c| kernel.plan.calls[c as usize].breakers.clone());
            row.average(breakers.map(|b| &kernel.breakers[b as usize].not_closed));
            row.mean(&consumer.up);
        }
        for (index, service) in kernel.services.iter_mut().enumerate() {
            row.rate(service.counts.calls);
            row.rate(service.counts.completed);
            row.mean(&service.waiting);
            row.quantiles(&mut service.latency);
            let places = kernel.plan.services[index].concurrency.map_or(1.0, f64::from);
            row.share(&service.busy, places);
            row.rate(service.counts.failed + service.counts.throttled);
            row.mean(&service.up);
        }
        for group in &kernel.groups {
            row.mean(&group.lag);
        }
        for count in &kernel.edges {
            row.rate(*count);
        }
        self.ended = now;
    }
}

/// One bucket being written, column after column.
struct Row<'c> {
    at: usize,
    nanos: u64,
    now: u64,
    curves: &'c mut Curves,
}

impl Row<'_> {
    fn flow(&mut self, kernel: &mut Kernel<'_>) {
        self.rate(kernel.flow.produced);
        self.rate(kernel.flow.completed);
        self.quantiles(&mut kernel.end_to_end);
        self.sum(kernel.groups.iter().map(|group| &group.lag));
        self.total(kernel.flow.dead_lettered);
        self.total(kernel.flow.lost);
        self.rate(kernel.flow.retries);
        self.rate(kernel.flow.failed_attempts);
    }

    fn put(&mut self, value: f64) {
        if self.at == self.curves.columns.len() {
            self.curves.columns.push(Vec::new());
            self.curves.last.push(0);
        }
        self.curves.columns[self.at].push(value as f32);
        self.at += 1;
    }

    /// Growth of something that only grows since the last bucket.
    fn grown(&mut self, total: u128) -> u128 {
        if let Some(last) = self.curves.last.get_mut(self.at) {
            return total - std::mem::replace(last, total);
        }
        self.curves.columns.push(Vec::new());
        self.curves.last.push(total);
        total
    }

    /// Per second.
    fn rate(&mut self, count: u64) {
        let grown = self.grown(u128::from(count));
        self.put(grown as f64 / self.nanos as f64 * 1e9);
    }

    fn total(&mut self, count: u64) {
        self.put(count as f64);
    }

    fn mean(&mut self, level: &Weighted) {
        self.share(level, 1.0);
    }

    /// Mean of a level over the bucket, as a share of something.
    fn share(&mut self, level: &Weighted, whole: f64) {
        let grown = self.grown(level.integral(self.now));
        self.put(if whole > 0.0 { grown as f64 / self.nanos as f64 / whole } else { 0.0 });
    }

    /// Mean over the bucket of the sum of some levels.
    fn sum<'a>(&mut self, levels: impl Iterator<Item = &'a Weighted>) {
        let now = self.now;
        let grown = self.grown(levels.map(|level| level.integral(now)).sum());
        self.put(grown as f64 / self.nanos as f64);
    }

    /// Mean over the bucket of the mean of some levels.
    fn average<'a>(&mut self, levels: impl Iterator<Item = &'a Weighted>) {
        let now = self.now;
        let (sum, count) = levels.fold((0, 0_u32), |(sum, n), level| (sum + level.integral(now), n + 1));
        let grown = self.grown(sum);
        self.put(grown as f64 / self.nanos as f64 / f64::from(count.max(1)));
    }

    fn quantiles(&mut self, recorder: &mut Recorder) {
        let quantiles = match &mut recorder.sketch {
            Some(sketch) => {
                let quantiles = sketch.quantiles([0.5, 0.95, 0.99]);
                sketch.clear();
                quantiles
            }
            None => [None; 3],
        };
        for quantile in quantiles {
            self.put(quantile.map_or(f64::NAN, |nanos| nanos / 1e6));
        }
    }
}

/// Names the columns. `columns` may be those of one replication or means over several.
pub(crate) fn assemble(plan: &Plan, width: u64, columns: &[Vec<f32>]) -> Series {
    let mut columns = Columns(columns.iter());
    let mut series = Series {
        bucket_s: width as f64 / 1e9,
        duration_s: plan.duration as f64 / 1e9,
        warmup_s: plan.warmup as f64 / 1e9,
        ..Series::default()
    };
    series.flow = FlowSeries {
        produced_per_s: columns.next(),
        completed_per_s: columns.next(),
        latency: columns.latency(),
        lag: columns.next(),
        dead_letters: columns.next(),
        lost: columns.next(),
        retries_per_s: columns.next(),
        failed_per_s: columns.next(),
    };
    series.buckets = series.flow.lag.len();
    let mut producers: Vec<NodeSeries> = plan.producers.iter().map(|_| columns.producer()).collect();
    let mut channels: Vec<NodeSeries> = plan.channels.iter().map(|_| columns.channel()).collect();
    let mut consumers: Vec<NodeSeries> = plan.consumers.iter().map(|_| columns.consumer()).collect();
    let mut services: Vec<NodeSeries> = plan.services.iter().map(|_| columns.service()).collect();
    for group in &plan.groups {
        let lag = columns.next();
        let channel = &plan.channels[group.channel as usize];
        for name in &group.names {
            series.groups.insert(format!("{}/{name}", channel.name), lag.clone());
        }
    }
    let edge = |edge: &crate::plan::Edge| EdgeSeries {
        from: edge.from.clone(),
        to: edge.to.clone(),
        kind: edge.kind,
        per_s: columns.next(),
    };
    series.edges = plan.edges.iter().map(edge).collect();
    for node in &plan.nodes {
        let curves = match node.place {
            Place::Producer(index) => &mut producers[index as usize],
            Place::Channel(index) => &mut channels[index as usize],
            Place::Consumer(index) => &mut consumers[index as usize],
            Place::Service(index) => &mut services[index as usize],
        };
        series.nodes.insert(node.name.clone(), std::mem::take(curves));
    }
    series
}

struct Columns<'a>(std::slice::Iter<'a, Vec<f32>>);

impl Columns<'_> {
    /// The next column; empty before the first bucket has ended.
    fn next(&mut self) -> Vec<f32> {
        self.0.next().cloned().unwrap_or_default()
    }

    fn quantile(&mut self) -> Vec<Option<f32>> {
        self.next().into_iter().map(|value| (!value.is_nan()).then_some(value)).collect()
    }

    fn latency(&mut self) -> LatencySeries {
        LatencySeries { p50_ms: self.quantile(), p95_ms: self.quantile(), p99_ms: self.quantile() }
    }

    fn producer(&mut self) -> NodeSeries {
        NodeSeries { out_per_s: self.next(), ..NodeSeries::default() }
    }

    fn channel(&mut self) -> NodeSeries {
        NodeSeries {
            in_per_s: self.next(),
            out_per_s: self.next(),
            lag: self.next(),
            depth: self.next(),
            failed_per_s: self.next(),
            dead_letters: self.next(),
            ..NodeSeries::default()
        }
    }

    fn consumer(&mut self) -> NodeSeries {
        NodeSeries {
            in_per_s: self.next(),
            out_per_s: self.next(),
            lag: self.next(),
            latency: self.latency(),
            utilization: self.next(),
            failed_per_s: self.next(),
            retries_per_s: self.next(),
            dead_letters: self.next(),
            breaker_open: self.next(),
            instances: self.next(),
            ..NodeSeries::default()
        }
    }

    fn service(&mut self) -> NodeSeries {
        NodeSeries {
            in_per_s: self.next(),
            out_per_s: self.next(),
            depth: self.next(),
            latency: self.latency(),
            utilization: self.next(),
            failed_per_s: self.next(),
            instances: self.next(),
            ..NodeSeries::default()
        }
    }
}
