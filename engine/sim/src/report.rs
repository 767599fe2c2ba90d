//! What a run found out, as plain data.
//!
//! Counts are sums over all replications. But for [`Totals`], which cover the whole run so that they add up, counts and
//! times cover the measured window (after the warm-up) only. Latencies are in milliseconds, rates per second.

use indexmap::IndexMap;

use crate::precision::PrecisionReport;

/// Everything a run found out.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// The flow's name.
    pub flow: String,
    /// The scenario's name.
    pub scenario: String,
    /// Seed of the random numbers.
    pub seed: u64,
    /// How many independent runs.
    pub replications: u32,
    /// Virtual time of each, warm-up included, in seconds.
    pub duration_s: f64,
    /// Virtual time at the start that was not measured, in seconds.
    pub warmup_s: f64,
    /// Simulated events of all replications.
    pub events: u64,
    /// How long it took, in seconds of the wall clock.
    pub wall_s: f64,
    /// `events / wall_s`.
    pub events_per_s: f64,
    /// Where the confidence intervals come from.
    pub ci_from: CiFrom,
    /// What may be made of the figures.
    pub statistics: Statistics,
    /// From production until everything that follows is acknowledged or given up.
    pub end_to_end: Latency,
    /// Sums over the whole flow and the whole run.
    pub totals: Totals,
    /// Figures of the whole flow in one replication, with their spread.
    pub per_replication: PerReplication,
    /// Figures by node, in document order.
    pub nodes: IndexMap<String, NodeReport>,
    /// Expectations with what was measured, in document order.
    pub expectations: Vec<ExpectationReport>,
    /// Planned faults and what became of each over all replications, in document order. A fault that never fired or
    /// touched nothing is also told in `notes`.
    pub faults: Vec<FaultSummary>,
    /// The faults that were drawn at random, as lines that can stand under `faults:` of the scenario; in place of `chaos` they
    /// make the same run.
    pub chaos_plan: Vec<String>,
    /// Curves, averaged over the replications.
    pub series: Series,
    /// What a reader must know to read the figures rightly.
    pub notes: Vec<String>,
    /// A hash of all counts and histograms as 16 hexadecimal digits; the same for the same flow, scenario, seed and
    /// version, whatever the number of threads.
    pub digest: String,
    /// Events of the first replication for [`crate::follow`], as many as [`crate::RunOptions::traces`] asked for.
    pub to_follow: crate::ToFollow,
}

/// What may be made of the figures of a run: where its warm-up comes from, whether it is as precise as was asked,
/// whether it has a steady state at all.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Statistics {
    /// Where the warm-up comes from.
    pub warmup_from: WarmupFrom,
    /// Whether the precision that was asked for was reached; `None` when none was.
    pub precision: Option<PrecisionReport>,
    /// Groups whose backlog grew through the whole window, in document order of their channels: the flow is not stable,
    /// and means and quantiles of its waiting times say how long the run was.
    pub unstable: Vec<Growth>,
    /// Why the run ended before its time; the figures then cover what there was until then.
    pub stopped_early: Option<String>,
}

/// Where a warm-up comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum WarmupFrom {
    /// The scenario gives it, or none.
    #[default]
    Scenario,
    /// Found by MSER-5 in pilot runs.
    Mser5,
    /// MSER-5 found that the run is too short to settle in; its second half was measured.
    TooShort,
}

impl WarmupFrom {
    /// The words of the report: `scenario`, `MSER-5` or `too short`.
    pub fn name(self) -> &'static str {
        match self {
            WarmupFrom::Scenario => "scenario",
            WarmupFrom::Mser5 => "MSER-5",
            WarmupFrom::TooShort => "too short",
        }
    }
}

/// A backlog that grows without end.
#[derive(Debug, Clone, PartialEq)]
pub struct Growth {
    /// The channel.
    pub channel: String,
    /// The group on it.
    pub group: String,
    /// Who cannot keep up.
    pub consumers: Vec<String>,
    /// Messages per second by which it grows.
    pub per_s: f64,
    /// 95 % confidence interval over replications.
    pub ci95: Option<[f64; 2]>,
}

/// Where confidence intervals come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CiFrom {
    /// The spread between replications, Student's t.
    Replications,
    /// The spread between consecutive parts of the only replication, Student's t.
    BatchMeans,
}

impl CiFrom {
    /// The words of the report: `replications` or `batch means`.
    pub fn name(self) -> &'static str {
        match self {
            CiFrom::Replications => "replications",
            CiFrom::BatchMeans => "batch means",
        }
    }
}

/// A latency in milliseconds; values are `None` when nothing was counted. Quantiles are exact to three significant
/// digits.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Latency {
    /// How many were measured.
    pub count: u64,
    /// Mean.
    pub mean: Option<f64>,
    /// 95 % confidence interval of the mean; `None` when there is too little to say.
    pub ci95: Option<[f64; 2]>,
    /// Median.
    pub p50: Option<f64>,
    /// 90th percentile.
    pub p90: Option<f64>,
    /// 95th percentile.
    pub p95: Option<f64>,
    /// 99th percentile.
    pub p99: Option<f64>,
    /// 99.9th percentile.
    pub p999: Option<f64>,
    /// Greatest.
    pub max: Option<f64>,
    /// 95 % confidence interval of the median, over replications or parts of the only one.
    pub p50_ci95: Option<[f64; 2]>,
    /// The same of the 95th percentile.
    pub p95_ci95: Option<[f64; 2]>,
    /// The same of the 99th percentile.
    pub p99_ci95: Option<[f64; 2]>,
    /// Standard deviation, exact to 0.05 % of the root of the mean square (to 0.4 % in flows of very many stations).
    pub sd: Option<f64>,
    /// 95 % confidence interval of the standard deviation over replications; `None` with one.
    pub sd_ci95: Option<[f64; 2]>,
    /// Share of what was measured that is above 0: of waits, how many had to wait.
    pub above_zero: Option<f64>,
    /// 95 % confidence interval of that share over replications; `None` with one.
    pub above_zero_ci95: Option<[f64; 2]>,
}

/// Sums over a flow and its whole run, all replications:
/// `produced = completed + dead_lettered + lost + in_flight`, per message and group that should get it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Totals {
    /// Messages that groups should have received.
    pub produced: u64,
    /// Acknowledged.
    pub completed: u64,
    /// Given up into a dead letter channel.
    pub dead_lettered: u64,
    /// Vanished: given up without a dead letter channel, rejected, dropped, expired.
    pub lost: u64,
    /// Published again with an id that the channel remembered, and not kept.
    pub deduplicated: u64,
    /// Still under way at the end.
    pub in_flight: u64,
    /// Effects that happened again.
    pub duplicates: u64,
    /// Attempts after the first.
    pub retries: u64,
}

/// Means over replications of what the whole flow did in one, so that runs with different numbers of them can be compared.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct PerReplication {
    /// Messages acknowledged per second of the measured window.
    pub throughput_per_s: Spread,
    /// Messages given up into dead letter channels, over the whole run.
    pub dead_lettered: Spread,
    /// Attempts after the first, over the whole run.
    pub retries: Spread,
}

/// A mean over replications with its interval.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Spread {
    /// The mean.
    pub mean: f64,
    /// 95 % confidence interval of the mean over replications; `None` with one.
    pub ci95: Option<[f64; 2]>,
}

/// A time-weighted mean with its interval.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Level {
    /// Time-weighted mean.
    pub mean: f64,
    /// 95 % confidence interval of the mean.
    pub ci95: Option<[f64; 2]>,
    /// Greatest; not given for utilization.
    pub max: Option<u64>,
    /// Standard deviation over time, of lags and depths: from 600 looks per replication at random moments of the window.
    pub sd: Option<f64>,
    /// 95 % confidence interval of the standard deviation over replications; `None` with one.
    pub sd_ci95: Option<[f64; 2]>,
}

/// Figures of one node.
#[derive(Debug, Clone, PartialEq)]
pub enum NodeReport {
    /// A source of events.
    Producer(ProducerReport),
    /// A log.
    Topic(TopicReport),
    /// A queue of competing consumers.
    Queue(QueueReport),
    /// Something that routes.
    Exchange(ExchangeReport),
    /// Something that pushes by rules.
    Bus(BusReport),
    /// A handler group.
    Consumer(Box<ConsumerReport>),
    /// Something that is called.
    Service(Box<ServiceReport>),
}

/// Figures of a producer.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ProducerReport {
    /// Events produced.
    pub produced: u64,
    /// Publishes refused by a full channel.
    pub rejected: u64,
}

/// Figures of a topic.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TopicReport {
    /// Messages stored, dead letters included.
    pub published: u64,
    /// Of these, dead letters.
    pub dead_letters: u64,
    /// Publishes refused.
    pub rejected: u64,
    /// Messages thrown away for want of room.
    pub dropped: u64,
    /// Messages that grew too old.
    pub expired: u64,
    /// Messages that were delivered as often as allowed.
    pub delivery_limit: u64,
    /// Of a JetStream: messages that were, and stay in the stream; they count as lost.
    pub exhausted: u64,
    /// Published again with an id that it remembered, and not kept.
    pub deduplicated: u64,
    /// Messages that its limits (age, number, bytes) took before a group had handled them, by group; they count as lost.
    pub trimmed: u64,
    /// By group, in document order.
    pub groups: IndexMap<String, GroupReport>,
}

/// Figures of an exchange.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ExchangeReport {
    /// Messages that came to it, dead letters included.
    pub published: u64,
    /// Of these, dead letters.
    pub dead_letters: u64,
    /// Copies that it passed on to queues and topics.
    pub routed: u64,
    /// Messages that no route took: confirmed to their publishers and lost.
    pub unroutable: u64,
}

/// Figures of a bus.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct BusReport {
    /// Events that came to it, dead letters included.
    pub published: u64,
    /// Of these, dead letters.
    pub dead_letters: u64,
    /// Events that no rule matched.
    pub filtered: u64,
    /// Pushes to channels, repeated ones included, and first pushes to consumers.
    pub pushes: u64,
    /// Pushes that the throttle delayed.
    pub delayed: u64,
    /// Pushes to channels that failed.
    pub failed_pushes: u64,
    /// Events that grew too old before their first push, or while they waited for the next.
    pub expired: u64,
    /// Pushes to channels that were given up.
    pub given_up: u64,
    /// By consumer that it pushes to, in document order.
    pub groups: IndexMap<String, GroupReport>,
}

/// Figures of a group on a topic.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct GroupReport {
    /// Messages not yet acknowledged or given up.
    pub lag: Level,
    /// How often its partitions were dealt anew (kafka).
    pub rebalances: u64,
    /// Messages that its filter kept out.
    pub filtered: u64,
}

/// Figures of a queue.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct QueueReport {
    /// Messages stored, dead letters included.
    pub published: u64,
    /// Of these, dead letters.
    pub dead_letters: u64,
    /// Publishes refused.
    pub rejected: u64,
    /// Messages thrown away for want of room.
    pub dropped: u64,
    /// Messages that grew too old.
    pub expired: u64,
    /// Messages that were delivered as often as allowed.
    pub delivery_limit: u64,
    /// Of a JetStream: messages that were, and stay in the stream; they count as lost.
    pub exhausted: u64,
    /// Published again with an id that it remembered, and not kept.
    pub deduplicated: u64,
    /// Messages waiting; those in a handler's hands do not count.
    pub depth: Level,
    /// Messages not yet acknowledged or given up.
    pub lag: Level,
}

/// Figures of a consumer.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ConsumerReport {
    /// Messages that it began to handle for the first time.
    pub arrivals: u64,
    /// Tries.
    pub attempts: u64,
    /// Messages acknowledged.
    pub completed: u64,
    /// Tries that failed, timed out or were cut short by a crash.
    pub failed_attempts: u64,
    /// Of these, tries that ran into their timeout.
    pub timed_out: u64,
    /// Tries after the first.
    pub retries: u64,
    /// Messages given up into a dead letter channel.
    pub dead_lettered: u64,
    /// Messages given up without one.
    pub lost: u64,
    /// Messages handled once more though they had been handled: not committed before a crash or a rebalance.
    pub redelivered: u64,
    /// Effects that happened again: on services, or of the handler itself when it calls none.
    pub duplicates: u64,
    /// Leases that ended while the handler was at work.
    pub expired_leases: u64,
    /// Tries that ended well after their lease, and whose acknowledgement came too late to count.
    pub late_acks: u64,
    /// Share of its servers that are busy. Crashed ones count; of an autoscaled consumer those of the instances that are
    /// there do, until they have finished what they have, and not while they start.
    pub utilization: Level,
    /// How many instances are up; only of a consumer that is autoscaled.
    pub instances: Option<Level>,
    /// By how many messages per second the backlogs grow that it does not keep up with; `None` when they do not: with a
    /// growing backlog its times say how long the run was.
    pub grows_per_s: Option<f64>,
    /// From when a message may first be delivered until its first attempt begins.
    pub wait: Latency,
    /// From when a message may first be delivered until it is acknowledged, all attempts and backoffs included.
    pub sojourn: Latency,
    /// What queueing theory says of it in the long run, where a closed form applies exactly.
    pub theory: Option<crate::Theory>,
}

/// Figures of a service.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ServiceReport {
    /// Calls made, those that its breaker stopped at the caller not included.
    pub calls: u64,
    /// Calls that were answered well.
    pub completed: u64,
    /// Calls that failed at the service.
    pub failed: u64,
    /// Calls refused by the rate limit.
    pub throttled: u64,
    /// Calls that their caller gave up.
    pub timed_out: u64,
    /// Share of its places that are busy; `None` without a limit.
    pub utilization: Option<Level>,
    /// Calls worked on at once.
    pub busy: Level,
    /// From a call until work on it begins, of all calls that were worked on.
    pub wait: Latency,
    /// From a call until it is worked off, of all calls that were worked on, also those given up by their caller.
    pub latency: Latency,
}

/// An expectation and what was measured.
#[derive(Debug, Clone, PartialEq)]
pub struct ExpectationReport {
    /// As it was written.
    pub text: String,
    /// Whether it held in every replication.
    pub held: bool,
    /// Share of the replications in which it held.
    pub share: f64,
    /// The measured value farthest on the wrong side, in the metric's base unit (seconds, events per second, a
    /// fraction, a count); `None` when it never came about: `recovered` that did not recover, a latency of nothing.
    pub worst: Option<f64>,
    /// What was measured in each replication.
    pub values: Vec<Option<f64>>,
    /// Where it broke in the replication that has the worst value, or why that cannot be told; `None` when it held.
    pub broke: Option<Result<crate::Broke, crate::Untold>>,
}

/// What became of a planned fault over all replications.
#[derive(Debug, Clone, PartialEq)]
pub struct FaultSummary {
    /// What it is: `crash`, `outage`, ….
    pub kind: &'static str,
    /// The node or broker that it struck.
    pub target: String,
    /// How often it began.
    pub fired: u64,
    /// How many messages, attempts or calls it touched.
    pub touched: u64,
}

/// A fault as it really struck in the first replication.
#[derive(Debug, Clone, PartialEq)]
pub struct FaultInterval {
    /// What it is: `crash`, `outage`, ….
    pub kind: &'static str,
    /// The node or broker that it struck.
    pub target: String,
    /// When it began, in seconds from the start of the run.
    pub from_s: f64,
    /// When it ended, in seconds; the end of the run if it did not end before.
    pub until_s: f64,
    /// How many messages, attempts or calls it touched.
    pub touched: u64,
}

/// Curves over the run, in equal buckets from its start (warm-up included).
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Series {
    /// Length of a bucket in seconds.
    pub bucket_s: f64,
    /// How many buckets there are (partial series: so far).
    pub buckets: usize,
    /// Length of the whole run in seconds.
    pub duration_s: f64,
    /// Time at the start that was not measured, in seconds.
    pub warmup_s: f64,
    /// The whole flow.
    pub flow: FlowSeries,
    /// By node, in document order.
    pub nodes: IndexMap<String, NodeSeries>,
    /// Lag by `channel/group`.
    pub groups: IndexMap<String, Vec<f32>>,
    /// By edge, in document order.
    pub edges: Vec<EdgeSeries>,
    /// Faults as intervals on the same axis, by their beginning; at most [`crate::MAX_FAULT_INTERVALS`].
    pub faults: Vec<FaultInterval>,
}

/// Quantiles of what ended in a bucket, milliseconds; `None` where nothing ended. Exact to 3 %.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct LatencySeries {
    /// Median.
    pub p50_ms: Vec<Option<f32>>,
    /// 95th percentile.
    pub p95_ms: Vec<Option<f32>>,
    /// 99th percentile.
    pub p99_ms: Vec<Option<f32>>,
}

/// Curves of the whole flow.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FlowSeries {
    /// Events produced per second.
    pub produced_per_s: Vec<f32>,
    /// Messages acknowledged per second.
    pub completed_per_s: Vec<f32>,
    /// End-to-end latency.
    pub latency: LatencySeries,
    /// Messages not yet acknowledged or given up, over all groups.
    pub lag: Vec<f32>,
    /// Dead letters since the start.
    pub dead_letters: Vec<f32>,
    /// Messages lost since the start.
    pub lost: Vec<f32>,
    /// Retries per second.
    pub retries_per_s: Vec<f32>,
    /// Failed attempts per second.
    pub failed_per_s: Vec<f32>,
}

/// Curves of one node; a curve that means nothing for its kind is empty.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct NodeSeries {
    /// Messages or calls arriving per second (at a consumer: attempts begun).
    pub in_per_s: Vec<f32>,
    /// Messages or answers leaving per second (at a consumer: messages acknowledged).
    pub out_per_s: Vec<f32>,
    /// Messages not yet acknowledged or given up: of a channel over its groups, of a consumer over its channels.
    pub lag: Vec<f32>,
    /// Messages waiting in a queue, calls waiting at a service.
    pub depth: Vec<f32>,
    /// Sojourn or latency of what ended in the bucket.
    pub latency: LatencySeries,
    /// Share of servers busy; of a service without a limit the calls worked on at once.
    pub utilization: Vec<f32>,
    /// Failed attempts or calls per second; of a channel what it refused, dropped or let expire.
    pub failed_per_s: Vec<f32>,
    /// Retries per second.
    pub retries_per_s: Vec<f32>,
    /// Given up since the start; of a channel the dead letters that arrived in it.
    pub dead_letters: Vec<f32>,
    /// Share of its circuit breakers that were not closed, over the bucket.
    pub breaker_open: Vec<f32>,
    /// Instances up; of a service 1 or 0.
    pub instances: Vec<f32>,
}

/// Curves of one edge.
#[derive(Debug, Clone, PartialEq)]
pub struct EdgeSeries {
    /// Where it begins.
    pub from: String,
    /// Where it ends.
    pub to: String,
    /// What the connection means.
    pub kind: thalweg_flow::EdgeKind,
    /// Messages, deliveries or calls per second.
    pub per_s: Vec<f32>,
}
