//! The engine's results as the types that cross to the faces.
//!
//! Mechanical on purpose: no figure is computed here, so that a number means the same in the engine, in the documented
//! JSON and in the window.

use thalweg_flow::{Duration, Expectation, Metric, Rate, Resolved, Share, text};
use thalweg_protocol::{
    ApiError, ErrorCode, Run, RunReport, Series,
    report::{
        Broke, EdgeSeries, ExpectationReport, FaultReport, FaultSummary, FlowSeries, GroupReport, Growth,
        HandlerReport, Latency, Level, NodeReport, NodeSeries, PerReplication, PrecisionReport, Spread, Statistics,
        Theory, TheoryTimes, Totals,
    },
};
use thalweg_sim as sim;
use thalweg_store::StoreError;

/// A finished run.
pub(crate) fn run(report: sim::Report, resolved: &Resolved) -> Run {
    let expectations =
        report.expectations.into_iter().zip(&resolved.scenario.expect).map(|(r, e)| expectation(r, e)).collect();
    let series = series(&report.series);
    let report = RunReport {
        flow: report.flow,
        scenario: report.scenario,
        seed: report.seed,
        replications: report.replications,
        duration_s: report.duration_s,
        warmup_s: report.warmup_s,
        events: report.events,
        wall_s: report.wall_s,
        events_per_s: report.events_per_s,
        ci_from: report.ci_from.name().to_owned(),
        statistics: statistics(report.statistics),
        end_to_end_ms: latency(&report.end_to_end),
        totals: totals(report.totals),
        per_replication: Some(per_replication(report.per_replication)),
        nodes: report.nodes.into_iter().map(|(id, node)| (id, node_report(node))).collect(),
        expectations,
        faults: series.faults.clone(),
        fault_totals: report.faults.into_iter().map(fault_summary).collect(),
        chaos_plan: report.chaos_plan,
        notes: report.notes,
        digest: report.digest,
    };
    Run { report, series }
}

fn statistics(statistics: sim::Statistics) -> Statistics {
    let precision = |report: sim::PrecisionReport| PrecisionReport {
        of: report.asked.of.name().to_owned(),
        asked: report.asked.share,
        reached: report.reached,
        ended: report.ended.name().to_owned(),
    };
    let growth = |growth: sim::Growth| Growth {
        channel: growth.channel,
        group: growth.group,
        consumers: growth.consumers,
        per_s: growth.per_s,
        ci95: growth.ci95,
    };
    Statistics {
        warmup_from: statistics.warmup_from.name().to_owned(),
        precision: statistics.precision.map(precision),
        unstable: statistics.unstable.into_iter().map(growth).collect(),
        stopped_early: statistics.stopped_early.map(|text| sentence(&text)),
    }
}

fn totals(totals: sim::Totals) -> Totals {
    Totals {
        produced: totals.produced,
        completed: totals.completed,
        dead_lettered: totals.dead_lettered,
        lost: totals.lost,
        deduplicated: totals.deduplicated,
        in_flight: totals.in_flight,
        duplicates: totals.duplicates,
        retries: totals.retries,
    }
}

fn per_replication(each: sim::PerReplication) -> PerReplication {
    let spread = |sim::Spread { mean, ci95 }| Spread { mean, ci95 };
    PerReplication {
        throughput_per_s: spread(each.throughput_per_s),
        dead_lettered: spread(each.dead_lettered),
        retries: spread(each.retries),
    }
}

fn latency(latency: &sim::Latency) -> Latency {
    Latency {
        count: latency.count,
        mean: latency.mean,
        ci95: latency.ci95,
        p50: latency.p50,
        p90: latency.p90,
        p95: latency.p95,
        p99: latency.p99,
        p999: latency.p999,
        max: latency.max,
        p50_ci95: latency.p50_ci95,
        p95_ci95: latency.p95_ci95,
        p99_ci95: latency.p99_ci95,
        sd: latency.sd,
        sd_ci95: latency.sd_ci95,
        above_zero: latency.above_zero,
        above_zero_ci95: latency.above_zero_ci95,
    }
}

fn theory(theory: sim::Theory) -> Theory {
    Theory {
        model: theory.model,
        channel: theory.channel,
        source: theory.source.to_owned(),
        arrivals_per_s: theory.arrivals_per_s,
        utilization: theory.utilization,
        loss: theory.loss,
        waits: theory.waits,
        wait_ms: theory_times(theory.wait),
        sojourn_ms: theory_times(theory.sojourn),
    }
}

fn theory_times(times: sim::TheoryTimes) -> TheoryTimes {
    let sim::TheoryTimes { mean, p50, p90, p95, p99, p999 } = times;
    TheoryTimes { mean, p50, p90, p95, p99, p999 }
}

fn level(level: sim::Level) -> Level {
    let sim::Level { mean, ci95, max, sd, sd_ci95 } = level;
    Level { mean, ci95, max: max.map(|max| max as f64), sd, sd_ci95 }
}

fn group_report(group: &sim::GroupReport) -> GroupReport {
    GroupReport { lag: level(group.lag), rebalances: group.rebalances, filtered: group.filtered }
}

fn node_report(node: sim::NodeReport) -> NodeReport {
    match node {
        sim::NodeReport::Producer(n) => NodeReport::Producer { produced: n.produced, rejected: n.rejected },
        sim::NodeReport::Topic(n) => NodeReport::Topic {
            published: n.published,
            dead_letters: n.dead_letters,
            rejected: n.rejected,
            dropped: n.dropped,
            expired: n.expired,
            delivery_limit: n.delivery_limit,
            exhausted: n.exhausted,
            deduplicated: n.deduplicated,
            trimmed: n.trimmed,
            groups: n.groups.into_iter().map(|(id, group)| (id, group_report(&group))).collect(),
        },
        sim::NodeReport::Bus(n) => NodeReport::Bus {
            published: n.published,
            dead_letters: n.dead_letters,
            filtered: n.filtered,
            pushes: n.pushes,
            delayed: n.delayed,
            failed_pushes: n.failed_pushes,
            expired: n.expired,
            given_up: n.given_up,
            groups: n.groups.into_iter().map(|(id, group)| (id, group_report(&group))).collect(),
        },
        sim::NodeReport::Exchange(n) => NodeReport::Exchange {
            published: n.published,
            dead_letters: n.dead_letters,
            routed: n.routed,
            unroutable: n.unroutable,
        },
        sim::NodeReport::Queue(n) => NodeReport::Queue {
            published: n.published,
            dead_letters: n.dead_letters,
            rejected: n.rejected,
            dropped: n.dropped,
            expired: n.expired,
            delivery_limit: n.delivery_limit,
            exhausted: n.exhausted,
            deduplicated: n.deduplicated,
            depth: level(n.depth),
        },
        sim::NodeReport::Consumer(n) => NodeReport::Consumer(Box::new(HandlerReport {
            arrivals: n.arrivals,
            attempts: n.attempts,
            completed: n.completed,
            failed_attempts: n.failed_attempts,
            timed_out: n.timed_out,
            retries: n.retries,
            dead_lettered: n.dead_lettered,
            lost: n.lost,
            redelivered: n.redelivered,
            duplicates: n.duplicates,
            expired_leases: n.expired_leases,
            late_acks: n.late_acks,
            utilization: level(n.utilization),
            instances: n.instances.map(level),
            grows_per_s: n.grows_per_s,
            wait_ms: latency(&n.wait),
            sojourn_ms: latency(&n.sojourn),
            theory: n.theory.map(theory),
        })),
        sim::NodeReport::Service(n) => NodeReport::Service {
            calls: n.calls,
            completed: n.completed,
            failed: n.failed,
            throttled: n.throttled,
            timed_out: n.timed_out,
            utilization: n.utilization.map(level),
            latency_ms: Box::new(latency(&n.latency)),
        },
    }
}

fn expectation(report: sim::ExpectationReport, expectation: &Expectation) -> ExpectationReport {
    let (broke, untold) = match report.broke {
        Some(Ok(broke)) => (Some(Broke { at_s: broke.at_s, node: broke.node, by: broke.by.name().to_owned() }), None),
        Some(Err(untold)) => (None, Some(untold.name().to_owned())),
        None => (None, None),
    };
    ExpectationReport {
        text: report.text,
        held: report.held,
        share: report.share,
        worst: report.worst,
        worst_text: measured(expectation.metric, report.worst),
        broke,
        untold,
    }
}

/// A measured value as people read it.
fn measured(metric: Metric, value: Option<f64>) -> String {
    let Some(value) = value else {
        return if metric == Metric::Recovered { "never" } else { "nothing to measure" }.to_owned();
    };
    match metric {
        Metric::Mean
        | Metric::P50
        | Metric::P90
        | Metric::P95
        | Metric::P99
        | Metric::P999
        | Metric::Max
        | Metric::Recovered => text::format_duration(rounded(value)),
        Metric::Throughput => text::format_rate(Rate::per_second((value * 10.0).round() / 10.0)),
        Metric::Utilization => text::format_share(Share::from_fraction((value * 1000.0).round() / 1000.0)),
        Metric::Lag
        | Metric::Depth
        | Metric::DeadLetters
        | Metric::Retries
        | Metric::Duplicates
        | Metric::Lost
        | Metric::Cost => {
            format!("{value:.0}")
        }
    }
}

/// Seconds to three significant digits: as exact as the histograms are.
fn rounded(seconds: f64) -> Duration {
    if seconds <= 0.0 {
        return Duration::ZERO;
    }
    let unit = 10_f64.powi(seconds.log10().floor() as i32 - 2);
    Duration::from_secs_f64((seconds / unit).round() * unit)
}

/// The curves of a run, whole or so far.
pub(crate) fn series(series: &sim::Series) -> Series {
    Series {
        bucket_s: series.bucket_s,
        buckets: series.buckets,
        duration_s: series.duration_s,
        warmup_s: series.warmup_s,
        flow: FlowSeries {
            produced_per_s: series.flow.produced_per_s.clone(),
            completed_per_s: series.flow.completed_per_s.clone(),
            p50_ms: series.flow.latency.p50_ms.clone(),
            p95_ms: series.flow.latency.p95_ms.clone(),
            p99_ms: series.flow.latency.p99_ms.clone(),
            lag: series.flow.lag.clone(),
            dead_letters: series.flow.dead_letters.clone(),
            retries_per_s: series.flow.retries_per_s.clone(),
        },
        nodes: series.nodes.iter().map(|(id, node)| (id.clone(), node_series(node))).collect(),
        groups: series.groups.clone(),
        edges: series
            .edges
            .iter()
            .map(|edge| EdgeSeries {
                from: edge.from.clone(),
                to: edge.to.clone(),
                kind: edge.kind.as_str().to_owned(),
                per_s: edge.per_s.clone(),
            })
            .collect(),
        faults: series.faults.iter().map(fault).collect(),
    }
}

fn node_series(node: &sim::NodeSeries) -> NodeSeries {
    NodeSeries {
        in_per_s: node.in_per_s.clone(),
        out_per_s: node.out_per_s.clone(),
        lag: node.lag.clone(),
        depth: node.depth.clone(),
        p50_ms: node.latency.p50_ms.clone(),
        p99_ms: node.latency.p99_ms.clone(),
        utilization: node.utilization.clone(),
        failed_per_s: node.failed_per_s.clone(),
        retries_per_s: node.retries_per_s.clone(),
        dead_letters: node.dead_letters.clone(),
        breaker_open: node.breaker_open.clone(),
        instances: node.instances.clone(),
    }
}

fn fault(fault: &sim::FaultInterval) -> FaultReport {
    FaultReport {
        kind: fault.kind.to_owned(),
        target: fault.target.clone(),
        text: fault_text(fault.kind, &fault.target),
        from_s: fault.from_s,
        until_s: fault.until_s,
        touched: fault.touched,
    }
}

fn fault_summary(fault: sim::FaultSummary) -> FaultSummary {
    FaultSummary {
        text: fault_text(fault.kind, &fault.target),
        kind: fault.kind.to_owned(),
        target: fault.target,
        fired: fault.fired,
        touched: fault.touched,
    }
}

/// A fault as people say it.
fn fault_text(kind: &str, target: &str) -> String {
    format!("{kind} {target}")
}

/// A data file's error in the window's words.
#[expect(clippy::needless_pass_by_value, reason = "the shape that map_err wants")]
pub(crate) fn store_error(error: StoreError) -> ApiError {
    ApiError::new(ErrorCode::Store, sentence(&error.to_string()))
}

/// An error text with a capital letter and a full stop. What begins with a path or a number keeps its first letter: a name's
/// case is part of the name.
pub(crate) fn sentence(text: &str) -> String {
    let begins_with_word = text.split_whitespace().next().is_some_and(|word| word.chars().all(char::is_alphabetic));
    let mut characters = text.chars();
    let mut sentence = String::with_capacity(text.len() + 1);
    if begins_with_word {
        sentence.extend(characters.next().into_iter().flat_map(char::to_uppercase));
    }
    sentence.extend(characters);
    if !sentence.ends_with(['.', '!', '?']) {
        sentence.push('.');
    }
    sentence
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn measured_values_read_as_people_write_them() {
        assert_eq!(measured(Metric::P99, Some(41.2837)), "41.3s");
        assert_eq!(measured(Metric::P99, Some(37.81)), "37.8s");
        assert_eq!(measured(Metric::P99, Some(0.064_23)), "64.2ms");
        assert_eq!(measured(Metric::Recovered, None), "never");
        assert_eq!(measured(Metric::DeadLetters, Some(1482.0)), "1482");
        assert_eq!(measured(Metric::Utilization, Some(0.9716)), "97.2%");
        assert_eq!(measured(Metric::Max, Some(0.0)), "0s");
    }

    #[test]
    fn sentences_begin_and_end() {
        assert_eq!(sentence("the simulation was cancelled"), "The simulation was cancelled.");
        assert_eq!(sentence("text.db is not a data file"), "text.db is not a data file.");
        assert_eq!(sentence(""), ".");
    }
}
