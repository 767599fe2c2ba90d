//! The broker examples: what they expect is what happens, and each failure shows in the curves as its signature.
//!
//! The numbers come from the settings in `examples/brokers`, by hand, in the comment of each test. Curves have 600
//! buckets, one per second in a run of ten minutes.

#[path = "../common/mod.rs"]
mod common;
mod kafka;
mod nats;
mod pubsub;
mod pushes;
mod rabbitmq;
mod sqs;

use common::*;
use thalweg_flow::{Overrides, broker_examples, resolve};
use thalweg_sim::{Files, Plan, Report, RunOptions, run};

/// A scenario of a broker's example.
fn play(broker: &str, scenario: &str) -> Report {
    let Some((_, text)) = broker_examples().iter().find(|(name, _)| *name == broker) else { panic!("no {broker}") };
    let resolved =
        resolve(text, Some(scenario), &Overrides::default()).unwrap_or_else(|p| panic!("{broker}/{scenario}: {p:#?}"));
    let plan = Plan::compile(&resolved, &Files::new()).unwrap_or_else(|r| panic!("{broker}/{scenario}: {r:#?}"));
    run(&plan, &RunOptions::default(), &()).unwrap_or_else(|error| panic!("{broker}/{scenario}: {error}"))
}

/// The lag of a group over time.
fn lag<'r>(report: &'r Report, group: &str) -> &'r [f32] {
    report.series.groups.get(group).unwrap_or_else(|| panic!("{group} is not in {:?}", report.series.groups.keys()))
}

/// The mean of a curve between two times in seconds.
fn mean(report: &Report, curve: &[f32], from: f64, until: f64) -> f64 {
    let part = part(report, curve, from, until);
    part.iter().map(|v| f64::from(*v)).sum::<f64>() / part.len() as f64
}

fn part<'c>(report: &Report, curve: &'c [f32], from: f64, until: f64) -> &'c [f32] {
    let at = |s: f64| (s / report.series.bucket_s).round() as usize;
    &curve[at(from)..at(until).min(curve.len())]
}

fn greatest(curve: &[f32]) -> f64 {
    curve.iter().fold(0.0, |most, v| f64::max(most, f64::from(*v)))
}

/// By how much a curve grows per second between two times: least squares.
fn slope(report: &Report, curve: &[f32], from: f64, until: f64) -> f64 {
    let part = part(report, curve, from, until);
    let (n, y) = (part.len() as f64, mean(report, curve, from, until));
    let middle = (n - 1.0) / 2.0;
    let (mut xy, mut xx) = (0.0, 0.0);
    for (i, value) in part.iter().enumerate() {
        let x = i as f64 - middle;
        xy += x * (f64::from(*value) - y);
        xx += x * x;
    }
    xy / xx / report.series.bucket_s
}

/// Within a share of what was computed by hand.
fn near(what: &str, value: f64, exact: f64, within: f64) {
    assert!((value - exact).abs() <= within * exact, "{what}: {value}, by hand {exact} ± {:.0} %", within * 100.0);
}

/// Whether a line of a scenario's expectations says that it breaks; by their order in the text.
fn marks(text: &str, scenario: &str) -> Vec<bool> {
    let Some((_, scenarios)) = text.split_once("\nscenarios:\n") else { panic!("no scenarios") };
    scenarios
        .lines()
        .skip_while(|line| *line != format!("  {scenario}:"))
        .skip(1)
        .take_while(|line| line.is_empty() || line.starts_with("    "))
        .skip_while(|line| line.trim() != "expect:")
        .filter(|line| line.trim_start().starts_with("- "))
        .map(|line| line.contains("# breaks"))
        .collect()
}

/// Every expectation of every scenario holds, but for those that say that they break. Nothing but what the page names is
/// left unsaid, and each fault touches something.
#[test]
fn what_the_broker_examples_expect_is_what_happens() {
    let mut wrong = Vec::new();
    for (broker, text) in broker_examples() {
        for scenario in thalweg_flow::read(text).flow.scenarios.keys() {
            let report = play(broker, scenario);
            let breaks = marks(text, scenario);
            assert_eq!(breaks.len(), report.expectations.len(), "{broker}/{scenario}");
            for (expectation, breaks) in report.expectations.iter().zip(breaks) {
                if expectation.held == breaks {
                    wrong.push(format!("{broker}/{scenario}: {} was {:?}", expectation.text, expectation.values));
                }
            }
            for fault in report.faults.iter().filter(|f| f.touched == 0 && f.kind != "rebalance") {
                wrong.push(format!("{broker}/{scenario}: {fault:?} touched nothing"));
            }
            let totals = report.totals;
            assert_eq!(
                totals.produced,
                totals.completed + totals.dead_lettered + totals.lost + totals.in_flight,
                "{broker}/{scenario}"
            );
            assert!(scenario != "default" || report.statistics.unstable.is_empty(), "{broker}: not stable");
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
