//! Random fault plans: the same for the same seed, and replayed from their own lines to the last digit.

mod common;

use common::*;
use thalweg_sim::Report;

fn flow(scenario: &str) -> String {
    flow_with("", "", scenario)
}

/// The same with more settings of the log and the server, each beginning with a comma.
fn flow_with(log: &str, server: &str, scenario: &str) -> String {
    format!(
        "thalweg: 1
name: Chaos
brokers: {{ mq: {{ kind: generic }} }}
events: {{ order.placed: {{ version: 1.0.0 }} }}
nodes:
  source: {{ kind: producer, load: {{ poisson: 50/s }}, publishes: [{{ to: line, event: order.placed }}, {{ to: log }}] }}
  line: {{ kind: queue, broker: mq, max_length: 500 }}
  log: {{ kind: topic, partitions: 4{log} }}
  dead: {{ kind: queue }}
  server: {{ kind: consumer, subscribes: [{{ from: line }}], instances: 3, service_time: {{ exponential: 20ms }}, retry: {{ attempts: 3, backoff: 100ms }}, dead_letter: dead, calls: [{{ service: remote, timeout: 1s }}]{server} }}
  reader: {{ kind: consumer, subscribes: [{{ from: log }}], instances: 2, service_time: {{ exponential: 10ms }}, retry: {{ attempts: 3 }} }}
  remote: {{ kind: service, latency: {{ exponential: 10ms }}, concurrency: 4 }}
scenarios:
  default:
    duration: 10m
    replications: 2
    seed: 3
{scenario}
"
    )
}

/// Runs `chaos` behind the faults that are written, and then the lines that it drew in its place: the same run.
fn drawn_and_replayed(flow: impl Fn(&str) -> String, written: &str, chaos: &str) -> Report {
    let drawn = simulate(&flow(&format!("{written}    chaos: {{ {chaos} }}")));
    let lines: String = drawn.chaos_plan.iter().fold(String::new(), |all, line| all + "      " + line + "\n");
    let written = if written.is_empty() { "    faults:\n" } else { written };
    let replayed = simulate(&flow(&format!("{written}{lines}")));
    assert_eq!(replayed.digest, drawn.digest);
    assert_eq!((replayed.totals, &replayed.faults), (drawn.totals, &drawn.faults));
    assert!(replayed.chaos_plan.is_empty());
    drawn
}

#[test]
fn a_plan_replays_from_its_own_lines() {
    let written = "    faults:\n      - { at: 1m, for: 20s, errors: server, rate: 20% }\n";
    let drawn = drawn_and_replayed(flow, written, "seed: 11, rate: 4/min");
    assert!((20..=60).contains(&drawn.chaos_plan.len()), "{}", drawn.chaos_plan.len());
    assert_eq!(drawn.faults.len(), drawn.chaos_plan.len() + 1);
    // Every kind came, as many as there are.
    let kinds: std::collections::BTreeSet<&str> = drawn.faults.iter().map(|fault| fault.kind).collect();
    assert!(kinds.len() >= 9, "{kinds:?}");
}

#[test]
fn the_seed_decides() {
    let plan = |chaos: &str| simulate(&flow(&format!("    chaos: {{ {chaos} }}"))).chaos_plan;
    let (one, again, other) =
        (plan("seed: 1, rate: 1/min"), plan("seed: 1, rate: 1/min"), plan("seed: 2, rate: 1/min"));
    assert_eq!(one, again);
    assert_ne!(one, other);
    // Without a seed it is the scenario's.
    assert_eq!(plan("rate: 1/min"), plan("seed: 3, rate: 1/min"));
    let only = plan("rate: 2/min, kinds: [crash, cut]");
    assert!(!only.is_empty() && only.iter().all(|line| line.contains("crash: ") || line.contains("cut: ")), "{only:?}");
}

/// Over many seeds the number of faults is that of a Poisson process: mean and variance 10, over 200 plans.
#[test]
fn as_many_come_as_the_rate_says() {
    let count = |seed: u32| {
        let text = flow(&format!("    chaos: {{ seed: {seed}, rate: 1/min, kinds: [slow] }}"))
            .replace("poisson: 50/s", "poisson: 1/h");
        simulate_on(&text, 1).chaos_plan.len() as f64
    };
    let counts: Vec<f64> = (0..200).map(count).collect();
    let mean = counts.iter().sum::<f64>() / 200.0;
    let variance = counts.iter().map(|n| (n - mean).powi(2)).sum::<f64>() / 199.0;
    assert!((mean - 10.0).abs() < 2.6 * (10.0_f64 / 200.0).sqrt(), "{mean}");
    // The standard error of the variance of a Poisson(10) over 200 samples is about 1.02.
    assert!((variance - 10.0).abs() < 2.6 * 1.02, "{variance}");
}

#[test]
fn what_cannot_be_drawn_is_refused() {
    for (chaos, word) in [("rate: 100/s", "60000 faults"), ("rate: 1/min, kinds: [rebalance]", "rebalance")] {
        let refusals = compile(&flow(&format!("    chaos: {{ {chaos} }}"))).unwrap_err();
        assert!(refusals[0].path.starts_with("scenarios.default.chaos."), "{refusals:?}");
        assert!(refusals[0].message.contains(word), "{refusals:?}");
    }
}

/// What only some consumers can suffer is drawn for those: a rebalance where a group has a coordinator, a deploy where an
/// instance says how long it takes to start, and that without a length. The lines make the same run.
#[test]
fn rebalances_and_deploys_are_drawn_where_there_are_any() {
    let flow = |scenario: &str| flow_with(", broker: kafka", ", start_time: { exponential: 5s }", scenario);
    let drawn = drawn_and_replayed(flow, "", "rate: 3/min, kinds: [rebalance, deploy, crash]");
    let of = |word: &str| -> Vec<&String> { drawn.chaos_plan.iter().filter(|line| line.contains(word)).collect() };
    let (rebalances, deploys) = (of("rebalance: "), of("deploy: "));
    assert!(rebalances.len() > 3 && deploys.len() > 3, "{:?}", drawn.chaos_plan);
    assert!(rebalances.iter().all(|line| line.contains("rebalance: reader")), "{rebalances:?}");
    assert!(deploys.iter().all(|line| line.contains("deploy: server") && !line.contains("for:")), "{deploys:?}");
}
