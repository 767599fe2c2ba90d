//! Runs of known stations, compared.

#![allow(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

use thalweg_protocol::RunSettings;

use super::*;
use crate::{SimulationRequest, simulate};

struct Unwatched;

impl crate::Progress for Unwatched {
    fn share(&self, _share: f64) {}

    fn curves(&self, _share: f64, _partial: thalweg_protocol::Series) {}

    fn is_cancelled(&self) -> bool {
        false
    }
}

/// A station with three servers of 100/s.
fn report(load: &str, scenario: &str) -> RunReport {
    let text = format!(
        "thalweg: 1\nname: Station\nnodes:\n  source: {{ kind: producer, load: {{ poisson: {load} }}, publishes: [{{ to: line }}] \
         }}\n  line: {{ kind: queue }}\n  server: {{ kind: consumer, subscribes: [{{ from: line }}], concurrency: 3, \
         service_time: {{ exponential: 10ms }} }}\nscenarios:\n  default: {{ duration: 60s, warmup: 10s, expect: \
         [p99(end_to_end) < 80ms], {scenario} }}\n"
    );
    let request = SimulationRequest { text, settings: RunSettings::default(), ..SimulationRequest::default() };
    simulate(&request, &Unwatched).unwrap().run.report
}

fn find(comparison: &Comparison, measure: Measure, node: Option<&str>) -> Difference {
    let mut found = comparison.differences.iter().filter(|d| d.measure == measure && d.node.as_deref() == node);
    found.next().unwrap().clone()
}

#[test]
fn more_load_is_told_from_chance_and_the_same_load_is_not() {
    let (calm, again) = (report("150/s", "replications: 8, seed: 1"), report("150/s", "replications: 6, seed: 99"));
    let busy = report("270/s", "replications: 8, seed: 1");
    let comparison = compare(&calm, &busy);
    assert_eq!(comparison.no_intervals, None);
    let throughput = find(&comparison, Measure::ThroughputPerS, None);
    assert_eq!((throughput.verdict, throughput.is_better()), (Verdict::Higher, Some(true)));
    // 120/s more come and go: the interval holds the known difference.
    let [low, high] = throughput.ci95.unwrap();
    assert!(low < 120.0 && 120.0 < high && high - low < 8.0, "{throughput:?}");
    let busy_share = find(&comparison, Measure::Utilization, Some("server"));
    let [low, high] = busy_share.ci95.unwrap();
    assert!(low < 0.4 && 0.4 < high && busy_share.is_better().is_none(), "{busy_share:?}");
    for measure in [Measure::MeanMs, Measure::P50Ms, Measure::P95Ms, Measure::P99Ms] {
        assert_eq!(find(&comparison, measure, None).is_better(), Some(false), "{measure:?}");
    }
    assert_eq!(find(&comparison, Measure::Depth, Some("line")).verdict, Verdict::Higher);
    let dead = find(&comparison, Measure::DeadLetters, None);
    assert_eq!((dead.verdict, dead.share), (Verdict::Same, None));
    let [turned] = comparison.turned.as_slice() else { panic!("{:?}", comparison.turned) };
    assert_eq!((turned.before, turned.after), (Some(true), Some(false)));
    assert!(comparison.settings.is_empty());

    // 5 % of such intervals miss: with these seeds the throughput's does not.
    let same = compare(&calm, &again);
    assert_eq!(find(&same, Measure::ThroughputPerS, None).verdict, Verdict::CannotTell);
    assert_eq!(
        same.settings.iter().map(|s| s.setting.clone()).collect::<Vec<_>>(),
        [Setting::Seed, Setting::Replications]
    );
    let [seed, ..] = same.settings.as_slice() else { panic!() };
    assert_eq!((seed.before.as_deref(), seed.after.as_deref()), (Some("1"), Some("99")));
}

#[test]
fn a_single_replication_has_values_and_says_why_it_has_no_more() {
    let (one, many) = (report("150/s", "replications: 1, seed: 1"), report("270/s", "replications: 4, seed: 1"));
    for (before, after, why) in [
        (&one, &many, NoIntervals::OneReplicationBefore),
        (&many, &one, NoIntervals::OneReplicationAfter),
        (&one, &one, NoIntervals::OneReplicationEach),
    ] {
        let comparison = compare(before, after);
        assert_eq!(comparison.no_intervals, Some(why));
        assert!(comparison.differences.iter().all(|d| d.ci95.is_none() && d.is_better().is_none()));
    }
    let mean = find(&compare(&one, &many), Measure::MeanMs, None);
    assert_eq!(
        (mean.before, mean.after, mean.verdict),
        (one.end_to_end_ms.mean, many.end_to_end_ms.mean, Verdict::NoInterval)
    );
    assert_eq!(find(&compare(&one, &one), Measure::MeanMs, None).verdict, Verdict::Same);
}

#[test]
fn what_only_one_of_two_has_is_shown_alone() {
    let (before, mut after) = (report("150/s", "replications: 2"), report("150/s", "replications: 2"));
    after.nodes = after.nodes.into_iter().map(|(id, node)| (id.replace("server", "clerk"), node)).collect();
    after.expectations.clear();
    after.per_replication = None;
    let comparison = compare(&before, &after);
    let (gone, new) = (
        find(&comparison, Measure::Utilization, Some("server")),
        find(&comparison, Measure::Utilization, Some("clerk")),
    );
    assert!(gone.before.is_some() && gone.after.is_none() && gone.difference.is_none());
    assert!(new.before.is_none() && new.after.is_some() && new.verdict == Verdict::NoInterval);
    let [turned] = comparison.turned.as_slice() else { panic!("{:?}", comparison.turned) };
    assert_eq!((turned.before.is_some(), turned.after, turned.after_text.as_deref()), (true, None, None));
    // Results of an earlier version: the sum over replications is known, its spread is not.
    let dead = find(&comparison, Measure::DeadLetters, None);
    assert_eq!((dead.before, dead.after, dead.ci95), (Some(0.0), Some(0.0), None));
}
