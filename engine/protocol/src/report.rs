//! Results of a run: the documented JSON ([`RunReport`]) and the curves ([`Series`]).

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

/// A finished run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// Its figures.
    pub report: RunReport,
    /// Its curves, averaged over the replications.
    pub series: Series,
}

/// What `thalweg simulate --format json` prints.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunReport {
    /// The flow's name.
    pub flow: String,
    /// The scenario's name.
    pub scenario: String,
    /// Seed of the random numbers.
    pub seed: u64,
    /// How many independent runs.
    pub replications: u32,
    /// Virtual time of each, warm-up included.
    pub duration_s: f64,
    /// Virtual time at the start that was not measured.
    pub warmup_s: f64,
    /// Simulated events of all replications.
    pub events: u64,
    /// How long it took.
    pub wall_s: f64,
    /// `events / wall_s`.
    pub events_per_s: f64,
    /// Where the confidence intervals come from: `replications` or `batch means`.
    pub ci_from: String,
    /// What may be made of the figures.
    #[serde(default)]
    pub statistics: Statistics,
    /// From production until everything that follows is acknowledged or given up.
    pub end_to_end_ms: Latency,
    /// Sums over the flow, all replications.
    pub totals: Totals,
    /// Figures of the whole flow in one replication, with their spread; null in results of an earlier version.
    #[serde(default)]
    pub per_replication: Option<PerReplication>,
    /// Figures by node, in document order.
    pub nodes: IndexMap<String, NodeReport>,
    /// Expectations with what was measured.
    pub expectations: Vec<ExpectationReport>,
    /// Faults as they really struck, first replication.
    pub faults: Vec<FaultReport>,
    /// What became of each planned fault over all replications, in document order.
    #[serde(default)]
    pub fault_totals: Vec<FaultSummary>,
    /// The faults that were drawn at random, as lines that can stand under `faults:` of the scenario; in place of `chaos` they
    /// make the same run.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub chaos_plan: Vec<String>,
    /// What a reader must know to read the figures rightly.
    pub notes: Vec<String>,
    /// A hash of all figures; the same for the same flow, scenario, seed and version.
    pub digest: String,
}

/// What may be made of the figures of a run.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Statistics {
    /// Where the warm-up comes from: `scenario`, `MSER-5` (found), or `too short` (the run is too short to tell; its
    /// second half was measured).
    pub warmup_from: String,
    /// Whether the precision that was asked for was reached; null when none was.
    pub precision: Option<PrecisionReport>,
    /// Backlogs that grew through the whole window: the flow is not stable, and its waiting times say how long the run
    /// was.
    pub unstable: Vec<Growth>,
    /// Why the run ended before its time; the figures then cover what there was until then.
    pub stopped_early: Option<String>,
}

/// What became of a precision that was asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PrecisionReport {
    /// Of what, end to end: `mean`, `p50`, `p95`, `p99`.
    pub of: String,
    /// The half width of the 95% interval that was asked for, as a share of the value.
    pub asked: f64,
    /// The one that was reached; null when nothing was measured.
    pub reached: Option<f64>,
    /// Why no more replications were run: `reached`, `nothing measured`, `most replications`, `event budget`.
    pub ended: String,
}

/// A backlog that grows without end.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Growth {
    /// The channel.
    pub channel: String,
    /// The group on it.
    pub group: String,
    /// Who cannot keep up.
    pub consumers: Vec<String>,
    /// Messages per second by which it grows.
    pub per_s: f64,
    /// 95% confidence interval over replications.
    pub ci95: Option<[f64; 2]>,
}

/// A latency; values are null when nothing was counted.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Latency {
    /// How many were measured.
    pub count: u64,
    /// Mean.
    pub mean: Option<f64>,
    /// 95% confidence interval of the mean.
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
    /// 95% confidence interval of the median.
    #[serde(default)]
    pub p50_ci95: Option<[f64; 2]>,
    /// 95% confidence interval of the 95th percentile.
    #[serde(default)]
    pub p95_ci95: Option<[f64; 2]>,
    /// 95% confidence interval of the 99th percentile.
    #[serde(default)]
    pub p99_ci95: Option<[f64; 2]>,
    /// Standard deviation.
    #[serde(default)]
    pub sd: Option<f64>,
    /// 95% confidence interval of the standard deviation.
    #[serde(default)]
    pub sd_ci95: Option<[f64; 2]>,
    /// Share that is above 0: of waits, how many had to wait.
    #[serde(default)]
    pub above_zero: Option<f64>,
    /// 95% confidence interval of that share.
    #[serde(default)]
    pub above_zero_ci95: Option<[f64; 2]>,
}

/// Sums over a flow. `produced = completed + dead_lettered + lost + in_flight`, per message and group that should get it,
/// over the whole run.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
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
    #[serde(default)]
    pub deduplicated: u64,
    /// Still under way at the end.
    pub in_flight: u64,
    /// Effects that happened again.
    pub duplicates: u64,
    /// Attempts after the first.
    pub retries: u64,
}

/// Means over replications of what the whole flow did in one, so that runs with different numbers of them can be compared.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct PerReplication {
    /// Messages acknowledged per second of the measured window.
    pub throughput_per_s: Spread,
    /// Messages given up into dead letter channels, over the whole run.
    pub dead_lettered: Spread,
    /// Attempts after the first, over the whole run.
    pub retries: Spread,
}

/// A mean over replications with its interval.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Spread {
    /// The mean.
    pub mean: f64,
    /// 95% confidence interval of the mean over replications; null with one.
    pub ci95: Option<[f64; 2]>,
}

/// A time-weighted mean with its interval.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Level {
    /// Time-weighted mean.
    pub mean: f64,
    /// 95% confidence interval of the mean.
    pub ci95: Option<[f64; 2]>,
    /// Greatest; for utilization not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<f64>,
    /// Standard deviation over time; for utilization not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sd: Option<f64>,
    /// 95% confidence interval of the standard deviation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sd_ci95: Option<[f64; 2]>,
}

/// Figures of one node.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum NodeReport {
    /// A source of events.
    Producer {
        /// Events produced.
        produced: u64,
        /// Publishes refused by a full channel.
        rejected: u64,
    },
    /// A log.
    Topic {
        /// Messages stored, dead letters included.
        published: u64,
        /// Of these, dead letters.
        dead_letters: u64,
        /// Publishes refused.
        rejected: u64,
        /// Messages thrown away for want of room.
        dropped: u64,
        /// Messages that grew too old.
        expired: u64,
        /// Messages that were delivered as often as allowed.
        delivery_limit: u64,
        /// Of a JetStream: messages that were, and stay in the stream; they count as lost.
        exhausted: u64,
        /// Published again with an id that it remembered, and not kept.
        #[serde(default)]
        deduplicated: u64,
        /// Messages that its limits (age, number, bytes) took before a group had handled them, by group; they count as lost.
        trimmed: u64,
        /// By group.
        groups: IndexMap<String, GroupReport>,
    },
    /// An exchange.
    Exchange {
        /// Messages that came to it, dead letters included.
        published: u64,
        /// Of these, dead letters.
        dead_letters: u64,
        /// Copies that it passed on.
        routed: u64,
        /// Messages that no route took: confirmed and lost.
        unroutable: u64,
    },
    /// A bus.
    Bus {
        /// Events that came to it, dead letters included.
        published: u64,
        /// Of these, dead letters.
        dead_letters: u64,
        /// Events that no rule matched.
        filtered: u64,
        /// Pushes to channels, repeated ones included, and first pushes to consumers.
        pushes: u64,
        /// Pushes that the throttle delayed.
        delayed: u64,
        /// Pushes to channels that failed.
        failed_pushes: u64,
        /// Events that grew too old.
        expired: u64,
        /// Pushes to channels that were given up.
        given_up: u64,
        /// By consumer that it pushes to.
        groups: IndexMap<String, GroupReport>,
    },
    /// A queue.
    Queue {
        /// Messages stored, dead letters included.
        published: u64,
        /// Of these, dead letters.
        dead_letters: u64,
        /// Publishes refused.
        rejected: u64,
        /// Messages thrown away for want of room.
        dropped: u64,
        /// Messages that grew too old.
        expired: u64,
        /// Messages that were delivered as often as allowed.
        delivery_limit: u64,
        /// Of a JetStream: messages that were, and stay in the stream; they count as lost.
        exhausted: u64,
        /// Published again with an id that it remembered, and not kept.
        #[serde(default)]
        deduplicated: u64,
        /// Messages waiting.
        depth: Level,
    },
    /// A handler group.
    Consumer(Box<HandlerReport>),
    /// Something that is called.
    Service {
        /// Calls made; those that a breaker stopped at the caller are not among them.
        calls: u64,
        /// Calls that were answered well.
        completed: u64,
        /// Calls that failed at the service.
        failed: u64,
        /// Calls refused by the rate limit.
        throttled: u64,
        /// Calls that their caller gave up.
        timed_out: u64,
        /// Share of its places that are busy; none without a limit.
        utilization: Option<Level>,
        /// From a call until it is worked off.
        latency_ms: Box<Latency>,
    },
}

/// Figures of a handler.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HandlerReport {
    /// Messages that became available to it.
    pub arrivals: u64,
    /// Tries.
    pub attempts: u64,
    /// Messages acknowledged.
    pub completed: u64,
    /// Tries that failed, timed out or were cut short.
    pub failed_attempts: u64,
    /// Of these, tries that ran into their timeout.
    pub timed_out: u64,
    /// Tries after the first.
    pub retries: u64,
    /// Messages given up into its dead letter channel.
    pub dead_lettered: u64,
    /// Messages given up without one.
    pub lost: u64,
    /// Messages handled once more though they had been handled: not committed before a crash or a rebalance.
    pub redelivered: u64,
    /// Effects that happened again.
    pub duplicates: u64,
    /// Leases that ended while the handler was at work.
    pub expired_leases: u64,
    /// Tries that ended well after their lease, and whose acknowledgement came too late to count.
    pub late_acks: u64,
    /// Share of its servers that are busy.
    pub utilization: Level,
    /// How many instances are up; null unless it is autoscaled.
    #[serde(default)]
    pub instances: Option<Level>,
    /// By how many messages per second its backlogs grow; null when they do not.
    #[serde(default)]
    pub grows_per_s: Option<f64>,
    /// From when a message may first be delivered until its first attempt begins.
    pub wait_ms: Latency,
    /// Until it is acknowledged, all attempts and backoffs included.
    pub sojourn_ms: Latency,
    /// What queueing theory says of it in the long run; absent where no closed form applies exactly.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub theory: Option<Theory>,
}

/// What queueing theory says of a consumer in the long run.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Theory {
    /// The model in Kendall's notation, such as `M/M/3`.
    pub model: String,
    /// The channel that is its line; where it has limited room, what it refuses is what theory calls loss.
    #[serde(default)]
    pub channel: String,
    /// Where its formula is from.
    pub source: String,
    /// Messages that come per second.
    pub arrivals_per_s: f64,
    /// Share of its servers that are busy.
    pub utilization: f64,
    /// Share of the messages that find no room; null without a limit.
    pub loss: Option<f64>,
    /// Share of the messages that have to wait; null when no formula is known.
    pub waits: Option<f64>,
    /// From when a message may first be delivered until its first attempt begins.
    pub wait_ms: TheoryTimes,
    /// Until it is acknowledged.
    pub sojourn_ms: TheoryTimes,
}

/// A time as far as theory knows it; null where it does not.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct TheoryTimes {
    /// Mean.
    pub mean: Option<f64>,
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
}

/// Figures of a group on a topic.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GroupReport {
    /// Messages not yet acknowledged.
    pub lag: Level,
    /// How often its partitions were dealt anew.
    pub rebalances: u64,
    /// Messages that its filter kept out.
    #[serde(default)]
    pub filtered: u64,
}

/// An expectation and what was measured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ExpectationReport {
    /// As it was written.
    pub text: String,
    /// Whether it held in every replication.
    pub held: bool,
    /// Share of the replications in which it held.
    pub share: f64,
    /// The measured value farthest on the wrong side, in the metric's base unit; null when it never came about
    /// (`recovered` that did not recover).
    pub worst: Option<f64>,
    /// The same for people, such as `41.3s`.
    pub worst_text: String,
    /// From when on it was broken, in the replication with that value; absent when it held, or when that cannot be told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub broke: Option<Broke>,
    /// Why it cannot be told when it broke: `no-curve`, `nothing-measured`, `not-reached` or `not-in-curves`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub untold: Option<String>,
}

/// From when on an expectation was broken.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Broke {
    /// Seconds from the start of the run, as exact as the curves' buckets.
    pub at_s: f64,
    /// The node to look at; null where the curves tell none.
    pub node: Option<String>,
    /// What showed it: `curve` (it passed the limit), `other-curve` (another percentile did), `total` (the running total
    /// did), `peak` (here it came nearest) or `deadline` (the time to recover was over).
    pub by: String,
}

/// A fault as it really struck.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FaultReport {
    /// What it is: `crash`, `outage`, ….
    pub kind: String,
    /// What it struck.
    pub target: String,
    /// As people say it: `outage card-network`.
    pub text: String,
    /// When it began.
    pub from_s: f64,
    /// When it ended.
    pub until_s: f64,
    /// How many messages, attempts or calls it touched.
    pub touched: u64,
}

/// What became of a planned fault over all replications.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct FaultSummary {
    /// What it is: `crash`, `outage`, ….
    pub kind: String,
    /// What it strikes.
    pub target: String,
    /// As people say it: `outage card-network`.
    pub text: String,
    /// How often it began.
    pub fired: u64,
    /// How many messages, attempts or calls it touched.
    pub touched: u64,
}

/// Curves over the run, in equal buckets from its start (warm-up included).
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Series {
    /// Length of a bucket.
    pub bucket_s: f64,
    /// How many buckets there are (partial series: so far).
    pub buckets: usize,
    /// Length of the whole run.
    pub duration_s: f64,
    /// Time at the start that was not measured.
    pub warmup_s: f64,
    /// The whole flow.
    pub flow: FlowSeries,
    /// By node.
    pub nodes: IndexMap<String, NodeSeries>,
    /// Lag by `channel/group`.
    pub groups: IndexMap<String, Vec<f32>>,
    /// By edge.
    pub edges: Vec<EdgeSeries>,
    /// Faults as intervals on the same axis.
    pub faults: Vec<FaultReport>,
}

/// Curves of the whole flow.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct FlowSeries {
    /// Events produced per second.
    pub produced_per_s: Vec<f32>,
    /// Messages acknowledged per second.
    pub completed_per_s: Vec<f32>,
    /// End-to-end latency of what ended in the bucket, milliseconds; none where nothing ended.
    pub p50_ms: Vec<Option<f32>>,
    /// 95th percentile of the same.
    pub p95_ms: Vec<Option<f32>>,
    /// 99th percentile of the same.
    pub p99_ms: Vec<Option<f32>>,
    /// Messages waiting or unacknowledged in all channels.
    pub lag: Vec<f32>,
    /// Dead letters since the start.
    pub dead_letters: Vec<f32>,
    /// Retries per second.
    pub retries_per_s: Vec<f32>,
}

/// Curves of one node; a curve that means nothing for its kind is empty.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct NodeSeries {
    /// Messages or calls arriving per second.
    pub in_per_s: Vec<f32>,
    /// Messages or answers leaving per second.
    pub out_per_s: Vec<f32>,
    /// Messages not yet acknowledged or given up: of a channel over its groups, of a consumer over its channels.
    pub lag: Vec<f32>,
    /// Messages waiting in a queue, calls waiting at a service.
    pub depth: Vec<f32>,
    /// Sojourn or latency of what ended in the bucket, milliseconds.
    pub p50_ms: Vec<Option<f32>>,
    /// 99th percentile of the same.
    pub p99_ms: Vec<Option<f32>>,
    /// Share of servers busy.
    pub utilization: Vec<f32>,
    /// Failed attempts or calls per second.
    pub failed_per_s: Vec<f32>,
    /// Retries per second.
    pub retries_per_s: Vec<f32>,
    /// Given up since the start; of a dead letter channel what arrived in it.
    pub dead_letters: Vec<f32>,
    /// Share of the bucket in which a circuit breaker of it was open.
    pub breaker_open: Vec<f32>,
    /// Instances up.
    pub instances: Vec<f32>,
}

/// Curves of one edge.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EdgeSeries {
    /// Where it begins.
    pub from: String,
    /// Where it ends.
    pub to: String,
    /// What it means: `publish`, `subscribe`, `call`, `route`, `dead-letter` or `project`.
    #[serde(default)]
    pub kind: String,
    /// Messages, deliveries or calls per second.
    pub per_s: Vec<f32>,
}
