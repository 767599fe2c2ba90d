//! What the integration tests share: flows from text, runs, and the comparison with exact values.
#![allow(dead_code)] // each test file uses its own part

use thalweg_flow::{Overrides, Resolved, resolve};
use thalweg_sim::{ConsumerReport, Files, Latency, NodeReport, Plan, QueueReport, Refusal, Report, RunOptions, ServiceReport, run};

/// A flow and its scenario from YAML; the scenario named `default`.
pub fn resolved(text: &str) -> Resolved {
    match resolve(text, None, &Overrides::default()) {
        Ok(resolved) => resolved,
        Err(problems) => panic!("{problems:#?}\n{text}"),
    }
}

pub fn compile(text: &str) -> Result<Plan, Vec<Refusal>> {
    Plan::compile(&resolved(text), &Files::new())
}

pub fn plan(text: &str) -> Plan {
    compile(text).unwrap_or_else(|refusals| panic!("{refusals:#?}"))
}

pub fn simulate(text: &str) -> Report {
    simulate_on(text, 2)
}

pub fn simulate_on(text: &str, threads: usize) -> Report {
    let options = RunOptions { threads, ..RunOptions::default() };
    run(&plan(text), &options, &()).unwrap_or_else(|error| panic!("{error}"))
}

pub fn consumer<'r>(report: &'r Report, name: &str) -> &'r ConsumerReport {
    match &report.nodes[name] {
        NodeReport::Consumer(consumer) => consumer,
        other => panic!("{name} is {other:?}"),
    }
}

pub fn service<'r>(report: &'r Report, name: &str) -> &'r ServiceReport {
    match &report.nodes[name] {
        NodeReport::Service(service) => service,
        other => panic!("{name} is {other:?}"),
    }
}

pub fn queue<'r>(report: &'r Report, name: &str) -> &'r QueueReport {
    match &report.nodes[name] {
        NodeReport::Queue(queue) => queue,
        other => panic!("{name} is {other:?}"),
    }
}
