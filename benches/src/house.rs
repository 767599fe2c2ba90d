//! Thalweg itself, through its public door: a flow document in, a report out; histograms and curves on.

use std::fmt::Write as _;

use thalweg_flow::{Overrides, resolve};
use thalweg_sim::{Files, NodeReport, Plan, Report, RunOptions};

use crate::timers::PENDING;
use crate::{Model, Outcome, line};

/// Milliseconds of a mean service time.
const SERVICE_MS: f64 = 10.0;

fn simulate(text: &str, threads: usize) -> Result<Report, String> {
    let resolved = resolve(text, None, &Overrides::default()).map_err(|problems| format!("{problems:?}"))?;
    let plan = Plan::compile(&resolved, &Files::new()).map_err(|refusals| format!("{refusals:?}"))?;
    let options = RunOptions { threads, event_budget: u64::MAX, ..RunOptions::default() };
    thalweg_sim::run(&plan, &options, &()).map_err(|error| error.to_string())
}

/// `stages` stations in a row, fed at `per_second`.
fn chain(stages: usize, servers: usize, per_second: f64, seconds: f64, replications: u32) -> String {
    let mut text = format!(
        "thalweg: 1\nname: Chain\nnodes:\n  source: {{ kind: producer, load: {{ poisson: {per_second}/s }}, \
         publishes: [{{ to: line1 }}] }}\n"
    );
    for stage in 1..=stages {
        let next = if stage < stages { format!(", publishes: [{{ to: line{} }}]", stage + 1) } else { String::new() };
        let _ = write!(
            text,
            "  line{stage}: {{ kind: queue }}\n  server{stage}: {{ kind: consumer, subscribes: [{{ from: line{stage} }}], \
             concurrency: {servers}, service_time: {{ exponential: {SERVICE_MS}ms }}{next} }}\n"
        );
    }
    let _ = writeln!(
        text,
        "scenarios:\n  default: {{ duration: {seconds}s, warmup: 0s, replications: {replications}, seed: 1 }}"
    );
    text
}

pub(crate) fn run(model: Model, customers: u64) -> Result<Outcome, String> {
    let per_second = model.rate * 1000.0 / SERVICE_MS;
    let report =
        simulate(&chain(model.stages, model.servers, per_second, (customers as f64 / per_second).round(), 1), 1)?;
    let mean = report.end_to_end.mean.ok_or("nothing was measured")?;
    Ok(Outcome { customers: report.end_to_end.count, mean_sojourn: mean / SERVICE_MS })
}

/// Two million messages over so many nodes, three to a station, at the same load in all.
pub(crate) fn scale(nodes: u32) -> Result<String, String> {
    const MESSAGES: f64 = 2_000_000.0;
    let stations = nodes / 3;
    let (per_second, utilization) = (10_000.0, 0.8);
    let service_ns = (utilization * f64::from(stations) / per_second * 1e9).round();
    let mut text = String::from("thalweg: 1\nname: Many\nnodes:\n");
    for station in 0..stations {
        let rate = per_second / f64::from(stations);
        let _ = write!(
            text,
            "  source{station}: {{ kind: producer, load: {{ poisson: {rate}/s }}, publishes: [{{ to: line{station} }}] }}\n  \
             line{station}: {{ kind: queue }}\n  server{station}: {{ kind: consumer, subscribes: [{{ from: line{station} }}], \
             service_time: {{ exponential: {service_ns}ns }} }}\n"
        );
    }
    let _ = writeln!(
        text,
        "scenarios:\n  default: {{ duration: {}s, warmup: 0s, replications: 1 }}",
        MESSAGES / per_second
    );
    let resolved = resolve(&text, None, &Overrides::default()).map_err(|problems| format!("{problems:?}"))?;
    let plan = Plan::compile(&resolved, &Files::new()).map_err(|refusals| format!("{refusals:?}"))?;
    let began = cpu_time::ProcessTime::now();
    let options = RunOptions { threads: 1, ..RunOptions::default() };
    let report = thalweg_sim::run(&plan, &options, &()).map_err(|error| error.to_string())?;
    Ok(line(began.elapsed().as_secs_f64(), report.totals.produced as f64, report.totals.completed as f64))
}

/// Eight replications of an M/M/1 on so many threads; `cpu_s` is the wall clock here.
pub(crate) fn threads(threads: usize) -> Result<String, String> {
    let text = chain(1, 1, 80.0, 12_500.0, 8);
    let report = simulate(&text, threads)?;
    Ok(line(report.wall_s, report.totals.produced as f64, report.end_to_end.mean.unwrap_or(0.0) / SERVICE_MS))
}

/// The `default` scenario of a flow file for 20 minutes and 8 replications on all cores; `cpu_s` is the wall clock here.
pub(crate) fn flow(file: &str) -> Result<String, String> {
    let text = std::fs::read_to_string(file).map_err(|error| format!("{file}: {error}"))?;
    let minutes = |n: u64| format!("{n}m").parse().map_err(|_| "a duration".to_owned());
    let overrides = Overrides { duration: Some(minutes(20)?), replications: Some(8), ..Overrides::default() };
    let resolved = resolve(&text, None, &overrides).map_err(|problems| format!("{problems:?}"))?;
    let plan = Plan::compile(&resolved, &Files::new()).map_err(|refusals| format!("{refusals:?}"))?;
    let report = thalweg_sim::run(&plan, &RunOptions::default(), &()).map_err(|error| error.to_string())?;
    Ok(line(report.wall_s, report.totals.produced as f64, report.end_to_end.mean.unwrap_or(0.0)))
}

/// An M/M/1 of so many messages; `check` is the greatest resident size in MB.
pub(crate) fn memory(customers: u64) -> Result<String, String> {
    let began = cpu_time::ProcessTime::now();
    let report = simulate(&chain(1, 1, 80.0, (customers as f64 / 80.0).round(), 1), 1)?;
    Ok(line(began.elapsed().as_secs_f64(), report.totals.produced as f64, peak_megabytes()))
}

fn peak_megabytes() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().trim_end_matches("kB").trim().parse::<f64>().ok())
        .map_or(f64::NAN, |kb| kb / 1024.0)
}

/// A hundred thousand messages in flight at a queue of SQS, each with its lease.
pub(crate) fn in_flight(customers: u64) -> Result<String, String> {
    // Little's law: 10,000/s for 10 s each.
    let per_second = PENDING as f64 / 10.0;
    let text = format!(
        "thalweg: 1\nname: InFlight\nnodes:\n  source: {{ kind: producer, load: {{ poisson: {per_second}/s }}, publishes: [{{ to: line }}] }}\n  \
         line: {{ kind: queue, broker: sqs }}\n  server: {{ kind: consumer, subscribes: [{{ from: line }}], \
         concurrency: 200000, service_time: {{ uniform: [9s, 11s] }} }}\nscenarios:\n  default: {{ duration: {}s, warmup: 0s, replications: 1 }}\n",
        (customers as f64 / per_second).round()
    );
    let began = cpu_time::ProcessTime::now();
    let report = simulate(&text, 1)?;
    let busy = match &report.nodes["server"] {
        NodeReport::Consumer(consumer) => consumer.utilization.mean,
        _ => f64::NAN,
    };
    Ok(line(began.elapsed().as_secs_f64(), report.totals.produced as f64, busy))
}
