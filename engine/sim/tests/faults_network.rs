//! Cuts and latency on edges and nodes, against timelines computed by hand.

mod common;

use common::*;
use thalweg_sim::Report;

/// One message a second from 1 s on, each 10 ms of work, for 20.5 s: messages 1 … 20.
fn line(faults: &str, more: &str) -> Report {
    simulate(&format!(
        "thalweg: 1
name: Edges
nodes:
  source: {{ kind: producer, load: {{ constant: 1/s }}, publishes: [{{ to: line }}] }}
  line: {{ kind: queue, dead_letter: dead }}
  dead: {{ kind: queue }}
  server: {{ kind: consumer, subscribes: [{{ from: line }}], service_time: 10ms, concurrency: 100, retry: {{ attempts: 1 }}{more} }}
scenarios:
  default: {{ duration: 20.5s, replications: 1, faults: [{faults}] }}
"
    ))
}

fn near(what: &str, value: Option<f64>, exact: f64) {
    let value = value.unwrap_or_else(|| panic!("{what}: nothing measured"));
    assert!((value - exact).abs() < 0.002 * exact + 1e-6, "{what}: {value}, exact {exact}");
}

/// Messages 6 … 10 wait with their publisher for 10.5 s: end to end, not at the server, they take 4.51 s … 0.51 s.
#[test]
fn publishes_over_a_cut_wait_in_order() {
    for fault in ["cut: source -> line", "outage: source -> line"] {
        let report = line(&format!("{{ at: 5.5s, for: 5s, {fault} }}"), "");
        let server = consumer(&report, "server");
        assert_eq!((server.completed, report.totals.lost, report.faults[0].touched), (20, 0, 5), "{fault}");
        near("sojourn", server.sojourn.max, 10.0);
        near("end to end", report.end_to_end.max, 4510.0);
        near("mean", report.end_to_end.mean, 10.0 + (4500.0 + 3500.0 + 2500.0 + 1500.0 + 500.0) / 20.0);
        assert_eq!(report.faults[0].target, "source -> line");
    }
}

/// The same messages wait in the queue when the subscription is cut; the fault touches those five.
#[test]
fn deliveries_over_a_cut_stop() {
    let report = line("{ at: 5.5s, for: 5s, cut: line -> server }", "");
    let server = consumer(&report, "server");
    assert_eq!((server.completed, report.faults[0].touched), (20, 5));
    near("wait", server.wait.max, 4500.0);
    near("sojourn", server.sojourn.max, 4510.0);
    assert_eq!(queue(&report, "line").depth.max, Some(5));
}

/// Partitions: the ones of a cut subscription wait, the other group goes on.
#[test]
fn a_cut_subscription_leaves_other_groups_alone() {
    let text = "thalweg: 1
name: Groups
nodes:
  source: { kind: producer, load: { constant: 1/s }, publishes: [{ to: log }] }
  log: { kind: topic, partitions: 3 }
  left: { kind: consumer, subscribes: [{ from: log }], instances: 2, service_time: 10ms }
  right: { kind: consumer, subscribes: [{ from: log }], service_time: 10ms }
scenarios:
  default: { duration: 20.5s, replications: 1, faults: [{ at: 5.5s, for: 5s, cut: log -> left }] }
";
    let report = simulate(text);
    let (left, right) = (consumer(&report, "left"), consumer(&report, "right"));
    assert_eq!((left.completed, right.completed, report.faults[0].touched), (20, 20, 5));
    // The oldest may come after another partition's of the same instance.
    let waited = left.wait.max.unwrap();
    assert!((4490.0..=4530.0).contains(&waited), "{waited}");
    assert_eq!(right.wait.max, Some(0.0));
}

/// Of two consumers of a queue the one that is not cut off takes everything.
#[test]
fn the_other_consumer_of_a_queue_takes_over() {
    let text = "thalweg: 1
name: Competing
nodes:
  source: { kind: producer, load: { constant: 10/s }, publishes: [{ to: line }] }
  line: { kind: queue }
  left: { kind: consumer, subscribes: [{ from: line }], service_time: 10ms }
  right: { kind: consumer, subscribes: [{ from: line }], service_time: 10ms }
scenarios:
  default: { duration: 100.05s, replications: 1, faults: [{ at: 50s, cut: line -> left }] }
";
    let report = simulate(text);
    let (left, right) = (consumer(&report, "left").completed, consumer(&report, "right").completed);
    assert_eq!(left + right, 1000);
    assert!((249..=251).contains(&left), "{left}");
}

/// Calls over a cut time out; the dead letters that follow wait as well when their way is cut too.
#[test]
fn calls_and_dead_letters_over_cuts() {
    let flow = |timeout: &str, faults: &str| {
        simulate(&format!(
            "thalweg: 1
name: Calls
nodes:
  source: {{ kind: producer, load: {{ constant: 10/s }}, publishes: [{{ to: line }}] }}
  line: {{ kind: queue }}
  dead: {{ kind: queue }}
  keeper: {{ kind: consumer, subscribes: [{{ from: dead }}] }}
  server: {{ kind: consumer, subscribes: [{{ from: line }}], concurrency: 1000, retry: {{ attempts: 1 }}, dead_letter: dead, calls: [{{ service: remote{timeout} }}] }}
  other: {{ kind: consumer, subscribes: [{{ from: line }}], concurrency: 1000, retry: {{ attempts: 1 }}, calls: [{{ service: remote }}] }}
  remote: {{ kind: service, latency: 10ms }}
scenarios:
  default: {{ duration: 30.05s, replications: 1, faults: [{faults}] }}
"
        ))
    };
    let cut = "{ at: 10.05s, for: 5s, cut: server -> remote }";
    let patient = flow("", cut);
    assert_eq!((patient.totals.lost, patient.totals.dead_lettered), (0, 0));
    // The two take turns: 25 of the 50 calls of 10.1 s … 15.0 s are the server's, the first waits 4.95 s or 4.85 s.
    assert_eq!(patient.faults[0].touched, 25);
    let waited = consumer(&patient, "server").sojourn.max.unwrap();
    assert!((4_850.0..=4_970.0).contains(&waited), "{waited}");
    near("the other's", consumer(&patient, "other").sojourn.max, 10.0);
    let strict = flow(", timeout: 1s", &format!("{cut}, {{ at: 10.05s, for: 10s, cut: server -> dead }}"));
    assert_eq!((strict.totals.dead_lettered, service(&strict, "remote").timed_out), (25, 25));
    assert_eq!((strict.faults[0].touched, strict.faults[1].touched), (25, 25));
    assert_eq!(consumer(&strict, "keeper").completed, 25);
}

/// 200 ms more on each edge, and on the node: where it is added and what it delays.
#[test]
fn latency_is_added_where_it_is_said() {
    let whole = "at: 0s, add: 200ms";
    let publish = line(&format!("{{ {whole}, latency: source -> line }}"), "");
    near("publish", publish.end_to_end.max, 210.0);
    near("publish, at the server", consumer(&publish, "server").sojourn.max, 10.0);
    assert_eq!(publish.faults[0].touched, 20);
    for target in ["line -> server", "line", "source"] {
        let report = line(&format!("{{ {whole}, latency: {target} }}"), "");
        near(target, report.end_to_end.max, 210.0);
        near("at the server", consumer(&report, "server").sojourn.max, 10.0);
        assert_eq!(report.faults[0].touched, 20);
    }
    let node = line(&format!("{{ {whole}, latency: server }}"), "");
    near("node", consumer(&node, "server").sojourn.max, 210.0);
    // Two latencies add up, and twice as slow doubles only the work itself.
    let both = line(
        &format!(
            "{{ {whole}, latency: server }}, {{ {whole}, latency: server }}, {{ at: 0s, slow: server, factor: 2 }}"
        ),
        "",
    );
    near("both", consumer(&both, "server").sojourn.max, 420.0);
}

/// What was sent before a slow edge became fast again is not overtaken.
#[test]
fn a_slow_edge_keeps_the_order() {
    let text = "thalweg: 1
name: Order
nodes:
  source: { kind: producer, load: { constant: 10/s }, publishes: [{ to: line }] }
  line: { kind: queue }
  server: { kind: consumer, subscribes: [{ from: line }], concurrency: 1000 }
scenarios:
  default: { duration: 10.05s, replications: 1, faults: [{ at: 0s, for: 2.05s, latency: source -> line, add: 1s }] }
";
    let report = simulate(text);
    // Messages of 0.1 … 2.0 s take 1 s; those of 2.1 … 2.9 s wait for the last of them at 3.0 s.
    let exact = (20.0 * 1000.0 + (1..=9).map(|k| 100.0 * f64::from(k)).sum::<f64>()) / 100.0;
    near("mean", report.end_to_end.mean, exact);
    assert_eq!(report.totals.completed, 100);
}

/// A call takes longer to reach its service, which is not busy meanwhile; the caller's timeout counts from the call.
#[test]
fn latency_on_a_call() {
    let flow = |timeout: &str| {
        simulate(&format!(
            "thalweg: 1
name: Calls
nodes:
  source: {{ kind: producer, load: {{ constant: 10/s }}, publishes: [{{ to: line }}] }}
  line: {{ kind: queue }}
  server: {{ kind: consumer, subscribes: [{{ from: line }}], concurrency: 1000, retry: {{ attempts: 1 }}, calls: [{{ service: remote{timeout} }}] }}
  remote: {{ kind: service, latency: 10ms, concurrency: 1 }}
scenarios:
  default: {{ duration: 10.55s, replications: 1, faults: [{{ at: 0s, latency: server -> remote, add: {{ uniform: [300ms, 300ms] }} }}] }}
"
        ))
    };
    let patient = flow("");
    near("sojourn", consumer(&patient, "server").sojourn.max, 310.0);
    near("busy", Some(service(&patient, "remote").busy.mean), 102.0 * 0.01 / 10.55);
    let strict = flow(", timeout: 250ms");
    // Every call is given up at 250 ms, and every one is worked off all the same.
    assert_eq!(strict.totals.completed, 0);
    near("busy", Some(service(&strict, "remote").busy.mean), 102.0 * 0.01 / 10.55);
}
