//! Retry budgets: what they let through, and what they cure.

use thalweg_sim::Report;

use super::metastable::{at_the_end, goodput, storm};
use crate::case::Case;
use crate::measure::{Measure, consumer, counted, service};

const BROOKER: &str = "Brooker, Fixing retries with token buckets and circuit breakers (2022); fluid arithmetic";

pub(super) fn cases() -> Vec<Case> {
    let mut cases: Vec<Case> = [0.5, 0.9, 1.0].into_iter().map(saturated).collect();
    cases.extend([
        cured("storm-280-budget-5", 280, 5),
        cured("storm-200-budget-10", 200, 10),
        // 1.1 × 280 = 308/s are more than the 300/s that the server can do.
        stormed("storm-280-budget-10", 280, 10).within(
            "goodput at the end",
            counted("", |report| Some(at_the_end(report)? / 280.0)),
            0.0,
            0.02,
            0.0,
        ),
    ]);
    cases
}

/// More calls fail than the budget of a tenth can repeat: 1.1 calls per message, of which 1.1 (1 − f) succeed in one message each.
fn saturated(failure: f64) -> Case {
    let percent = failure * 100.0;
    let nodes = format!(
        "  source: {{ kind: producer, load: {{ constant: 100/s }}, publishes: [{{ to: line }}] }}
  line: {{ kind: queue }}
  server: {{ kind: consumer, subscribes: [{{ from: line }}], retry: {{ attempts: 1 }}, calls: [{{ service: remote, retry: {{ attempts: 4, backoff: 0s, budget: 10% }} }}] }}
  remote: {{ kind: service, failure: {{ rate: {percent}% }} }}
"
    );
    let per_message = |of: fn(&Report) -> Option<f64>| -> Measure {
        counted("", move |report: &Report| Some(of(report)? / consumer(report, "server")?.arrivals as f64))
    };
    let calls = per_message(|report| Some(service(report, "remote")?.calls as f64));
    let successes = per_message(|report| Some(consumer(report, "server")?.completed as f64));
    let title = format!("{percent} % of calls fail, four tries, a budget of 10 %");
    Case::of_nodes(format!("budget-{percent}"), title, BROOKER, nodes)
        .runs("duration: 10000s; replications: 1")
        // The hundred retries that the bucket holds at the start are a ten-thousandth.
        .within("calls per message", calls, 1.1, 0.0005, 0.0)
        // Of a million calls: four standard deviations.
        .within("successes per message", successes, 1.1 * (1.0 - failure), 0.0025, 0.0)
}

/// Three retries within a budget whose bucket holds 100, and ten seconds of outage.
fn stormed(id: &str, rate: u32, percent: u32) -> Case {
    let title = format!("{rate}/s of 300/s, three retries, a budget of {percent} %, 10 s");
    let mut case = storm(id.to_owned(), title, rate, 4, 10.0);
    case.source = BROOKER;
    if let Some(flow) = &mut case.flow {
        flow.nodes = flow.nodes.replace("backoff: 0s", &format!("backoff: 0s, budget: {percent}%"));
    }
    case
}

/// What waits at the end of the outage (its arrivals, their share of retries, and the bucket) less the second of work that a
/// caller waits for, over what the server has to spare: (10 λ (1 + b) + 100 − 300) / (300 − λ (1 + b)). Goodput is read in buckets, and a
/// caller's second passes until the last of the backlog counts: two seconds are between the two at most.
fn cured(id: &str, rate: u32, percent: u32) -> Case {
    let tried = f64::from(rate) * (1.0 + f64::from(percent) / 100.0);
    let seconds = (10.0 * tried + 100.0 - 300.0) / (300.0 - tried);
    let enough = 0.9 * rate as f32;
    let back = counted("s", move |report: &Report| {
        let rates = goodput(report)?;
        // The outage ends 30 s after the start.
        let until = rates.iter().rposition(|rate| *rate < enough)? + 1;
        (until < rates.len()).then_some(until as f64 * report.series.bucket_s - 30.0)
    });
    stormed(id, rate, percent).within("goodput is back after", back, seconds, 2.0, 0.0)
}
