//! Retry budgets, counted by hand. The storms that they cure are known answers: `engine/truth`.

mod common;

use common::*;
use thalweg_sim::Report;

fn flow(line: &str, server: &str, remote: &str, faults: &str) -> Report {
    simulate(&format!(
        "thalweg: 1
name: Budget
nodes:
  source: {{ kind: producer, load: {{ constant: 100/s }}, publishes: [{{ to: line }}] }}
  line: {{ kind: queue{line} }}
  server: {{ kind: consumer, subscribes: [{{ from: line }}]{server} }}
  remote: {{ kind: service{remote} }}
scenarios:
  default: {{ duration: 10.005s, replications: 1, seed: 1, faults: [{faults}] }}
"
    ))
}

const BUDGET: &str = "retry: { attempts: 5, backoff: 0s, budget: { share: 10%, burst: 10 } }";

/// A bucket of ten, and a tenth of a retry for each of 1,000 first attempts. It is full when the first one comes, whose tenth is
/// lost: 10 + 99.9 retries, of which the last tenths are not spent.
const RETRIES: u64 = 109;

#[test]
fn a_call_is_repeated_as_often_as_its_budget_allows() {
    let server = format!(", retry: {{ attempts: 1 }}, calls: [{{ service: remote, {BUDGET} }}]");
    let report = flow("", &server, ", failure: { rate: 100% }", "");
    assert_eq!(service(&report, "remote").calls, 1_000 + RETRIES);
    assert_eq!(consumer(&report, "server").lost, 1_000);
}

/// The same of a handler's own retries: in a plain queue, under the rules of a broker, in batches.
#[test]
fn a_message_is_tried_as_often_as_the_budget_of_its_handler_allows() {
    for (line, more) in [("", ""), (", broker: sqs", ""), ("", ", batch: { size: 5, wait: 50ms }")] {
        let server = format!(", service_time: 1ms, failure: {{ rate: 100% }}, {BUDGET}{more}");
        let report = flow(line, &server, "", "");
        let server = consumer(&report, "server");
        assert_eq!((server.retries, server.lost), (RETRIES, 1_000), "{line}{more}");
    }
}

/// What never fails keeps its bucket full: an outage is met with ten retries and a tenth of the load.
#[test]
fn a_full_bucket_is_spent_when_trouble_comes() {
    let server = format!(", retry: {{ attempts: 1 }}, calls: [{{ service: remote, {BUDGET} }}]");
    let report = flow("", &server, "", "{ at: 5.005s, for: 2s, crash: remote }");
    // 200 first calls fail meanwhile.
    assert_eq!(service(&report, "remote").failed, 200 + 10 + 19);
    assert_eq!(service(&report, "remote").completed, 800);
}

/// A bucket lives in a process: two instances have two, and one that starts anew has a full one.
#[test]
fn every_process_has_its_own_bucket() {
    let server = format!(", service_time: 1ms, failure: {{ rate: 100% }}, {BUDGET}");
    let two = flow("", &format!("{server}, instances: 2"), "", "");
    // The last tenths of each are not spent, and the first ones of each are lost.
    let retries = consumer(&two, "server").retries;
    assert!((117..=119).contains(&retries), "{retries}");
    let anew = flow("", &server, "", "{ at: 5.005s, for: 1ms, crash: server }");
    let retries = consumer(&anew, "server").retries;
    assert!((RETRIES + 9..=RETRIES + 10).contains(&retries), "{retries}");
}

#[test]
fn a_bus_has_no_budget() {
    let text = "thalweg: 1
name: Bus
nodes:
  source: { kind: producer, load: { constant: 1/s }, publishes: [{ to: bus }] }
  bus: { kind: bus, broker: eventbridge, routes: [{ to: server, retry: { attempts: 3, budget: 10% } }] }
  server: { kind: consumer }
scenarios:
  default: { duration: 10s }
";
    let refusals = compile(text).unwrap_err();
    assert!(refusals.iter().any(|r| r.path.ends_with(".budget")), "{refusals:?}");
}
