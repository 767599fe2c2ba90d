//! What two runs differ in: figures with Welch's interval of their difference, expectations that turned, settings, texts.

mod lines;

use indexmap::IndexSet;
use thalweg_protocol::{
    RunReport,
    kept::{Comparison, Difference, DifferentSetting, Measure, NoIntervals, Setting, TurnedExpectation, Verdict},
    report::{ExpectationReport, GroupReport, Latency, Level, NodeReport, Spread},
};
use thalweg_sim::{Sample, difference95};

pub(crate) use lines::text_difference;

/// What `after` differs in from `before`, the baseline. Texts and what reports do not hold are left to the caller.
pub fn compare(before: &RunReport, after: &RunReport) -> Comparison {
    let table = Table { before: before.replications, after: after.replications };
    Comparison {
        differences: table.all(before, after),
        no_intervals: no_intervals(before.replications, after.replications),
        turned: turned(&before.expectations, &after.expectations),
        settings: settings(before, after),
        text: None,
    }
}

/// An interval takes the spread between replications: the parts of a single one hang together, and how many there were is
/// not told.
fn no_intervals(before: u32, after: u32) -> Option<NoIntervals> {
    match (before < 2, after < 2) {
        (true, true) => Some(NoIntervals::OneReplicationEach),
        (true, false) => Some(NoIntervals::OneReplicationBefore),
        (false, true) => Some(NoIntervals::OneReplicationAfter),
        (false, false) => None,
    }
}

/// A figure of one run: its value, and its interval over replications.
type Figure = (Option<f64>, Option<[f64; 2]>);

/// Where a figure is measured: the node, and the group on it.
type Place<'a> = (Option<&'a str>, Option<&'a str>);

/// How many replications the two runs have.
struct Table {
    before: u32,
    after: u32,
}

impl Table {
    fn all(&self, before: &RunReport, after: &RunReport) -> Vec<Difference> {
        let mut all = self.of_flow(before, after);
        let nodes: IndexSet<&String> = after.nodes.keys().chain(before.nodes.keys()).collect();
        for node in nodes {
            let (old, new) = (before.nodes.get(node), after.nodes.get(node));
            let (old, new) = (old.map(figures).unwrap_or_default(), new.map(figures).unwrap_or_default());
            let keys: IndexSet<&Key> = new.iter().chain(&old).map(|(key, _)| key).collect();
            for key in keys {
                let find =
                    |figures: &[(Key, Figure)]| figures.iter().find(|(k, _)| k == key).map(|(_, figure)| *figure);
                let (measure, group) = key;
                all.extend(self.row(*measure, (Some(node), group.as_deref()), find(&old), find(&new)));
            }
        }
        all
    }

    fn of_flow(&self, before: &RunReport, after: &RunReport) -> Vec<Difference> {
        type Of = fn(&RunReport) -> Option<Figure>;
        let rows: [(Measure, Of); 7] = [
            (Measure::ThroughputPerS, |r| r.per_replication.map(|each| spread(each.throughput_per_s))),
            (Measure::MeanMs, |r| Some(mean(&r.end_to_end_ms))),
            (Measure::P50Ms, |r| Some((r.end_to_end_ms.p50, r.end_to_end_ms.p50_ci95))),
            (Measure::P95Ms, |r| Some((r.end_to_end_ms.p95, r.end_to_end_ms.p95_ci95))),
            (Measure::P99Ms, |r| Some(p99(&r.end_to_end_ms))),
            (Measure::DeadLetters, |r| Some(count(r, |each| each.dead_lettered, r.totals.dead_lettered))),
            (Measure::Retries, |r| Some(count(r, |each| each.retries, r.totals.retries))),
        ];
        rows.into_iter().filter_map(|(measure, of)| self.row(measure, (None, None), of(before), of(after))).collect()
    }

    /// None where neither run has a value.
    fn row(
        &self,
        measure: Measure,
        (node, group): Place<'_>,
        before: Option<Figure>,
        after: Option<Figure>,
    ) -> Option<Difference> {
        let (old, old_ci) = before.unwrap_or_default();
        let (new, new_ci) = after.unwrap_or_default();
        if old.is_none() && new.is_none() {
            return None;
        }
        let difference = old.zip(new).map(|(old, new)| new - old);
        let ci95 = match (old_ci, new_ci) {
            (Some(old), Some(new)) if difference.is_some() => {
                difference95(&sample(old, self.before), &sample(new, self.after))
            }
            _ => None,
        };
        Some(Difference {
            measure,
            node: node.map(str::to_owned),
            group: group.map(str::to_owned),
            before: old,
            after: new,
            difference,
            share: difference.zip(old).and_then(|(difference, old)| (old != 0.0).then(|| difference / old.abs())),
            ci95,
            verdict: verdict(difference, ci95),
        })
    }
}

/// The middle of an interval is the mean over replications; of quantiles that is not quite the quantile of all together,
/// which the reports show.
fn sample(ci95: [f64; 2], replications: u32) -> Sample {
    Sample { mean: f64::midpoint(ci95[0], ci95[1]), ci95, replications }
}

fn verdict(difference: Option<f64>, ci95: Option<[f64; 2]>) -> Verdict {
    match (difference, ci95) {
        (Some(0.0), None | Some([0.0, 0.0])) => Verdict::Same,
        (_, Some([low, _])) if low > 0.0 => Verdict::Higher,
        (_, Some([_, high])) if high < 0.0 => Verdict::Lower,
        (_, Some(_)) => Verdict::CannotTell,
        (_, None) => Verdict::NoInterval,
    }
}

/// A measure of a node, and the group that it is about.
type Key = (Measure, Option<String>);

/// The figures of a node that are compared.
fn figures(node: &NodeReport) -> Vec<(Key, Figure)> {
    let own = |measure: Measure, figure: Figure| ((measure, None), figure);
    let lags = |groups: &indexmap::IndexMap<String, GroupReport>| {
        let lag = |(name, group): (&String, &GroupReport)| ((Measure::Lag, Some(name.clone())), level(&group.lag));
        groups.iter().map(lag).collect()
    };
    match node {
        NodeReport::Topic { groups, .. } | NodeReport::Bus { groups, .. } => lags(groups),
        NodeReport::Queue { depth, .. } => vec![own(Measure::Depth, level(depth))],
        NodeReport::Consumer(handler) => vec![
            own(Measure::Utilization, level(&handler.utilization)),
            own(Measure::MeanMs, mean(&handler.sojourn_ms)),
            own(Measure::P99Ms, p99(&handler.sojourn_ms)),
        ],
        NodeReport::Service { utilization, latency_ms, .. } => {
            let busy = utilization.iter().map(|utilization| own(Measure::Utilization, level(utilization)));
            busy.chain([own(Measure::MeanMs, mean(latency_ms)), own(Measure::P99Ms, p99(latency_ms))]).collect()
        }
        NodeReport::Producer { .. } | NodeReport::Exchange { .. } => Vec::new(),
    }
}

fn mean(latency: &Latency) -> Figure {
    (latency.mean, latency.ci95)
}

fn p99(latency: &Latency) -> Figure {
    (latency.p99, latency.p99_ci95)
}

fn level(level: &Level) -> Figure {
    (Some(level.mean), level.ci95)
}

fn spread(spread: Spread) -> Figure {
    (Some(spread.mean), spread.ci95)
}

/// A count per replication; results of an earlier version have its sum only.
fn count(report: &RunReport, of: fn(thalweg_protocol::report::PerReplication) -> Spread, sum: u64) -> Figure {
    match report.per_replication {
        Some(each) => spread(of(each)),
        None => (Some(sum as f64 / f64::from(report.replications.max(1))), None),
    }
}

/// Expectations of both, in the order of the later run; those that are alike in both are no news.
fn turned(before: &[ExpectationReport], after: &[ExpectationReport]) -> Vec<TurnedExpectation> {
    let texts: IndexSet<&String> = after.iter().chain(before).map(|expectation| &expectation.text).collect();
    let find = |all: &'_ [ExpectationReport], text: &String| {
        let found = all.iter().find(|expectation| &expectation.text == text);
        (found.map(|found| found.held), found.map(|found| found.worst_text.clone()))
    };
    let both = texts.into_iter().map(|text| {
        let ((before, before_text), (after, after_text)) = (find(before, text), find(after, text));
        TurnedExpectation { text: text.clone(), before, before_text, after, after_text }
    });
    both.filter(|both| both.before != both.after).collect()
}

fn settings(before: &RunReport, after: &RunReport) -> Vec<DifferentSetting> {
    let all = [
        (Setting::Scenario, before.scenario.clone(), after.scenario.clone()),
        (Setting::Seed, before.seed.to_string(), after.seed.to_string()),
        (Setting::Replications, before.replications.to_string(), after.replications.to_string()),
        (Setting::Duration, before.duration_s.to_string(), after.duration_s.to_string()),
        (Setting::Warmup, before.warmup_s.to_string(), after.warmup_s.to_string()),
    ];
    let differ = all.into_iter().filter(|(_, before, after)| before != after);
    differ.map(|(setting, before, after)| different(setting, Some(before), Some(after))).collect()
}

pub(crate) fn different(setting: Setting, before: Option<String>, after: Option<String>) -> DifferentSetting {
    DifferentSetting { setting, before, after }
}

#[cfg(test)]
mod tests;
