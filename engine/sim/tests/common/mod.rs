//! What the integration tests share: flows from text, runs, and the comparison with exact values.
// Each test file uses its own part; `expect` is how a helper of tests fails.
#![allow(dead_code, clippy::expect_used)]

use thalweg_flow::{Overrides, Resolved, resolve};
use thalweg_sim::{
    ConsumerReport, Files, Latency, NodeReport, Plan, QueueReport, Refusal, Report, RunOptions, ServiceReport,
    TopicReport, run,
};

/// A flow and its scenario from YAML; the scenario named `default`.
pub(crate) fn resolved(text: &str) -> Resolved {
    match resolve(text, None, &Overrides::default()) {
        Ok(resolved) => resolved,
        Err(problems) => panic!("{problems:#?}\n{text}"),
    }
}

pub(crate) fn compile(text: &str) -> Result<Plan, Vec<Refusal>> {
    Plan::compile(&resolved(text), &Files::new())
}

pub(crate) fn plan(text: &str) -> Plan {
    compile(text).unwrap_or_else(|refusals| panic!("{refusals:#?}"))
}

pub(crate) fn simulate(text: &str) -> Report {
    simulate_on(text, 2)
}

pub(crate) fn simulate_on(text: &str, threads: usize) -> Report {
    let options = RunOptions { threads, ..RunOptions::default() };
    run(&plan(text), &options, &()).unwrap_or_else(|error| panic!("{error}"))
}

/// A run of a flow that names files, given by name and text.
pub(crate) fn simulate_with(text: &str, files: &[(&str, &str)]) -> Report {
    let files: Files = files.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
    let plan = Plan::compile(&resolved(text), &files).unwrap_or_else(|refusals| panic!("{refusals:#?}"));
    run(&plan, &RunOptions::default(), &()).unwrap_or_else(|error| panic!("{error}"))
}

pub(crate) fn consumer<'r>(report: &'r Report, name: &str) -> &'r ConsumerReport {
    match &report.nodes[name] {
        NodeReport::Consumer(consumer) => consumer,
        other => panic!("{name} is {other:?}"),
    }
}

pub(crate) fn service<'r>(report: &'r Report, name: &str) -> &'r ServiceReport {
    match &report.nodes[name] {
        NodeReport::Service(service) => service,
        other => panic!("{name} is {other:?}"),
    }
}

pub(crate) fn queue<'r>(report: &'r Report, name: &str) -> &'r QueueReport {
    match &report.nodes[name] {
        NodeReport::Queue(queue) => queue,
        other => panic!("{name} is {other:?}"),
    }
}

pub(crate) fn topic<'r>(report: &'r Report, name: &str) -> &'r TopicReport {
    match &report.nodes[name] {
        NodeReport::Topic(topic) => topic,
        other => panic!("{name} is {other:?}"),
    }
}

/// A source, a queue and a server; `queue` and `server` are further settings of theirs, beginning with a comma.
pub(crate) fn station(load: &str, queue: &str, server: &str, scenario: &str) -> String {
    format!(
        "thalweg: 1
name: Station
nodes:
  source: {{ kind: producer, load: {{ {load} }}, publishes: [{{ to: line }}] }}
  line: {{ kind: queue{queue} }}
  server: {{ kind: consumer, subscribes: [{{ from: line }}]{server} }}
scenarios:
  default: {{ {scenario} }}
"
    )
}

/// 99 % from 95 % intervals: the ratio of the quantiles 0.995 and 0.975 of Student's t with 29 degrees of freedom.
const WIDEN: f64 = 2.756_386 / 2.045_230;

/// The 99 % interval around a mean holds the exact value, and its half width is at most `width` of it. `slack` is what the
/// measure itself may be off by, relative (histograms: 0.1 %).
pub(crate) fn agrees_within(what: &str, mean: f64, ci95: Option<[f64; 2]>, exact: f64, width: f64, slack: f64) {
    let [low, high] = ci95.unwrap_or_else(|| panic!("{what}: no interval"));
    let half = (high - low) / 2.0 * WIDEN;
    let text = format!("{what}: {mean} ± {half} (99 %), exact {exact}");
    assert!((mean - exact).abs() <= half + slack * exact, "{text}: disagrees");
    assert!(half <= width * exact, "{text}: vague, {width} is allowed");
}

pub(crate) fn agrees(what: &str, latency: &Latency, exact: f64, width: f64) {
    agrees_within(what, latency.mean.expect("something was measured"), latency.ci95, exact, width, 0.0);
}

/// A quantile against its exact value, by its own interval over replications.
pub(crate) fn quantile_agrees(what: &str, ci95: Option<[f64; 2]>, exact: f64, width: f64) {
    let [low, high] = ci95.unwrap_or_else(|| panic!("{what}: no interval"));
    // Histograms know three digits; the quantile of a finite sample is biased by less than its interval.
    agrees_within(what, f64::midpoint(low, high), ci95, exact, width, 0.001);
}

/// A share of independent cases against its exact value, by the normal approximation.
pub(crate) fn share_agrees(what: &str, count: u64, of: u64, exact: f64, width: f64) {
    let share = count as f64 / of as f64;
    let half = 2.5758 * (exact * (1.0 - exact) / of as f64).sqrt();
    assert!((share - exact).abs() <= half, "{what}: {share} ± {half}, exact {exact}");
    assert!(half <= width * exact, "{what}: vague");
}
