//! What is read from a report, with its interval.

use thalweg_sim::{CiFrom, ConsumerReport, Latency, Level, NodeReport, Report, ServiceReport};

use crate::estimate::Estimate;

/// Degrees of freedom of an interval from consecutive parts of one replication, of which there are 20.
const DEGREES_OF_BATCHES: f64 = 19.0;
/// Histograms know three digits, so a quantile may be off by so much of itself.
const GRAIN: f64 = 0.001;

type Read = Box<dyn Fn(&Report) -> Option<Estimate> + Send + Sync>;

/// Something to read from a report.
pub struct Measure {
    /// Unit of the value, empty for a plain number.
    pub(crate) unit: &'static str,
    /// Metrics of which the report must tell the value of each replication.
    pub(crate) metrics: Vec<String>,
    /// What the measure itself may be off by, relative.
    pub(crate) grain: f64,
    pub(crate) read: Read,
}

/// Quantiles that a report gives an interval for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Quantile {
    /// Median.
    P50,
    /// 95th percentile.
    P95,
    /// 99th percentile.
    P99,
}

fn measure(unit: &'static str, read: impl Fn(&Report) -> Option<Estimate> + Send + Sync + 'static) -> Measure {
    Measure { unit, metrics: Vec::new(), grain: 0.0, read: Box::new(read) }
}

fn widened(report: &Report, value: f64, ci95: Option<[f64; 2]>) -> Option<Estimate> {
    let degrees = match report.ci_from {
        CiFrom::Replications => f64::from(report.replications) - 1.0,
        CiFrom::BatchMeans => DEGREES_OF_BATCHES,
    };
    ci95.map(|ci95| Estimate::of_ci95(value, ci95, degrees))
}

fn latency(pick: impl Fn(&Report) -> Option<&Latency> + Send + Sync + 'static) -> Measure {
    measure("ms", move |report| {
        let latency = pick(report)?;
        widened(report, latency.mean?, latency.ci95)
    })
}

fn quantile(quantile: Quantile, pick: impl Fn(&Report) -> Option<&Latency> + Send + Sync + 'static) -> Measure {
    let mut measure = measure("ms", move |report| {
        let latency = pick(report)?;
        let ci95 = match quantile {
            Quantile::P50 => latency.p50_ci95,
            Quantile::P95 => latency.p95_ci95,
            Quantile::P99 => latency.p99_ci95,
        };
        over_replications(report, ci95)
    });
    measure.grain = GRAIN;
    measure
}

fn deviation(pick: impl Fn(&Report) -> Option<&Latency> + Send + Sync + 'static) -> Measure {
    let mut measure = measure("ms", move |report| over_replications(report, pick(report)?.sd_ci95));
    // Off by half of a class of the root of the mean square, which is less than twice the deviation wherever it is asked.
    measure.grain = GRAIN;
    measure
}

/// The mean of what each replication says, which is the middle of its interval.
fn over_replications(report: &Report, ci95: Option<[f64; 2]>) -> Option<Estimate> {
    let [low, high] = ci95?;
    widened(report, f64::midpoint(low, high), ci95)
}

fn level(unit: &'static str, pick: impl Fn(&Report) -> Option<&Level> + Send + Sync + 'static) -> Measure {
    measure(unit, move |report| {
        let level = pick(report)?;
        widened(report, level.mean, level.ci95)
    })
}

fn waits<'r>(report: &'r Report, node: &str) -> Option<&'r Latency> {
    consumer(report, node).map(|c| &c.wait).or_else(|| service(report, node).map(|s| &s.wait))
}

fn sojourns<'r>(report: &'r Report, node: &str) -> Option<&'r Latency> {
    consumer(report, node).map(|c| &c.sojourn).or_else(|| service(report, node).map(|s| &s.latency))
}

/// Mean wait at a consumer or service, Wq.
pub(crate) fn wait(node: &'static str) -> Measure {
    latency(move |report| waits(report, node))
}

/// Quantile of the wait at a consumer or service.
pub(crate) fn wait_at(node: &'static str, at: Quantile) -> Measure {
    quantile(at, move |report| waits(report, node))
}

/// Mean time at a consumer or service, W.
pub(crate) fn sojourn(node: &'static str) -> Measure {
    latency(move |report| sojourns(report, node))
}

/// Quantile of the time at a consumer or service.
pub(crate) fn sojourn_at(node: &'static str, at: Quantile) -> Measure {
    quantile(at, move |report| sojourns(report, node))
}

/// Standard deviation of the wait at a consumer or service.
pub(crate) fn wait_deviation(node: &'static str) -> Measure {
    deviation(move |report| waits(report, node))
}

/// Standard deviation of the time at a consumer or service.
pub(crate) fn sojourn_deviation(node: &'static str) -> Measure {
    deviation(move |report| sojourns(report, node))
}

/// Share of the messages or calls that have to wait.
pub(crate) fn waiting(node: &'static str) -> Measure {
    measure("", move |report| over_replications(report, waits(report, node)?.above_zero_ci95))
}

/// Mean time from an event's production to the end of what follows from it.
pub(crate) fn end_to_end() -> Measure {
    latency(|report| Some(&report.end_to_end))
}

/// Quantile of the same.
pub(crate) fn end_to_end_at(at: Quantile) -> Measure {
    quantile(at, |report| Some(&report.end_to_end))
}

/// Mean number of instances that are up, of a consumer that is autoscaled.
pub(crate) fn instances(node: &'static str) -> Measure {
    level("", move |report| consumer(report, node)?.instances.as_ref())
}

/// Mean number of messages in a queue and in hand, L.
pub(crate) fn lag(queue: &'static str) -> Measure {
    level("", move |report| match report.nodes.get(queue)? {
        NodeReport::Queue(queue) => Some(&queue.lag),
        _ => None,
    })
}

/// Mean number of messages that wait in a queue, Lq.
pub(crate) fn depth(queue: &'static str) -> Measure {
    level("", move |report| match report.nodes.get(queue)? {
        NodeReport::Queue(queue) => Some(&queue.depth),
        _ => None,
    })
}

/// Standard deviation of the number of messages in a queue and in hand.
pub(crate) fn lag_deviation(queue: &'static str) -> Measure {
    measure("", move |report| match report.nodes.get(queue)? {
        NodeReport::Queue(queue) => over_replications(report, queue.lag.sd_ci95),
        _ => None,
    })
}

/// Share of its servers that are busy.
pub(crate) fn utilization(node: &'static str) -> Measure {
    level("", move |report| match report.nodes.get(node)? {
        NodeReport::Consumer(consumer) => Some(&consumer.utilization),
        NodeReport::Service(service) => service.utilization.as_ref(),
        _ => None,
    })
}

/// Calls that a service works on at once, in the mean.
pub(crate) fn busy(name: &'static str) -> Measure {
    level("", move |report| service(report, name).map(|s| &s.busy))
}

/// The value of a metric, as expectations have it, over the replications. Times in milliseconds.
pub(crate) fn metric(name: &'static str) -> Measure {
    let is_time = ["mean(", "p50(", "p90(", "p95(", "p99(", "p999(", "max("].iter().any(|time| name.starts_with(time));
    let (unit, factor) = if is_time { ("ms", 1000.0) } else { ("", 1.0) };
    let mut measure = metrics(unit, &[name], move |values, _| values[0] * factor);
    measure.grain = if is_time { GRAIN } else { 0.0 };
    measure
}

/// A value computed from metrics and the length of the measured window in seconds, in each replication.
pub(crate) fn metrics(
    unit: &'static str,
    names: &[&'static str],
    combine: impl Fn(&[f64], f64) -> f64 + Send + Sync + 'static,
) -> Measure {
    let texts: Vec<String> = names.iter().map(|name| expectation(name)).collect();
    let wanted = texts.clone();
    Measure {
        unit,
        metrics: texts,
        grain: 0.0,
        read: Box::new(move |report| {
            let columns: Vec<&Vec<Option<f64>>> = wanted
                .iter()
                .map(|text| report.expectations.iter().find(|e| e.text == *text).map(|e| &e.values))
                .collect::<Option<_>>()?;
            let value = |replication: usize| -> Option<f64> {
                let row: Option<Vec<f64>> = columns.iter().map(|column| *column.get(replication)?).collect();
                row.map(|row| combine(&row, report.duration_s - report.warmup_s))
            };
            let values: Vec<f64> = (0..columns.first()?.len()).map(value).collect::<Option<_>>()?;
            if let [only] = values[..] { Some(Estimate::fixed(only)) } else { Estimate::of_values(&values) }
        }),
    }
}

/// An expectation that always holds, so that the report tells the metric's value in every replication.
fn expectation(metric: &str) -> String {
    let zero = match metric.split('(').next().unwrap_or_default() {
        "mean" | "p50" | "p90" | "p95" | "p99" | "p999" | "max" | "recovered" => "0s",
        "throughput" => "0/s",
        "utilization" => "0%",
        _ => "0",
    };
    format!("{metric} >= {zero}")
}

/// Something that is counted, or that is not random at all.
pub(crate) fn counted(unit: &'static str, read: impl Fn(&Report) -> Option<f64> + Send + Sync + 'static) -> Measure {
    measure(unit, move |report| read(report).map(Estimate::fixed))
}

/// A consumer's figures.
pub(crate) fn consumer<'r>(report: &'r Report, name: &str) -> Option<&'r ConsumerReport> {
    match report.nodes.get(name)? {
        NodeReport::Consumer(consumer) => Some(consumer),
        _ => None,
    }
}

/// A service's figures.
pub(crate) fn service<'r>(report: &'r Report, name: &str) -> Option<&'r ServiceReport> {
    match report.nodes.get(name)? {
        NodeReport::Service(service) => Some(service),
        _ => None,
    }
}
