//! Faults against what can be computed, and proof that they struck.

mod common;

use common::*;
use thalweg_sim::Report;

fn value(report: &Report, index: usize) -> Option<f64> {
    report.expectations[index].worst
}

/// λ = 80/s, capacity 100/s, everything deterministic, 30 s of nothing: the backlog peaks at 2400 and is gone 120 s later.
#[test]
fn an_outage_of_a_channel_drains_as_computed() {
    for fault in ["crash: server", "outage: line"] {
        let text = format!(
            "thalweg: 1
name: Outage
nodes:
  source: {{ kind: producer, load: {{ constant: 80/s }}, publishes: [{{ to: line }}] }}
  line: {{ kind: queue }}
  server: {{ kind: consumer, subscribes: [{{ from: line }}], service_time: 10ms }}
scenarios:
  default:
    duration: 400s
    replications: 1
    faults: [{{ at: 100s, for: 30s, {fault} }}]
    expect:
      - recovered(line/server) < 5m
      - lag(line/server) < 10000
      - lost == 0
"
        );
        let report = simulate(&text);
        let recovered = value(&report, 0).expect("it recovers");
        assert!((recovered - 120.0).abs() < 0.1, "{fault}: drained after {recovered} s");
        let lag = value(&report, 1).expect("a lag");
        assert!((lag - 2400.0).abs() <= 2.0, "{fault}: backlog {lag}");
        assert_eq!(report.totals.lost, 0);
        // Every message of 100 s to 250 s was delayed: λT(T + drain)/2 = 180 000 message-seconds in the queue.
        let depth = queue(&report, "line").depth.mean * 400.0;
        let held = if fault.starts_with("crash") { 0.0 } else { 80.0 * 30.0 * 30.0 / 2.0 };
        assert!((depth + held - 180_000.0).abs() < 600.0, "{fault}: {depth} message-seconds");
        let [interval] = &report.series.faults[..] else { panic!("one interval") };
        assert_eq!((interval.from_s, interval.until_s), (100.0, 130.0));
        let expected = if fault.starts_with("crash") { 0..=1 } else { 2400..=2401 };
        assert!(expected.contains(&interval.touched), "{fault}: touched {}", interval.touched);
    }
}

/// A crash takes the work in hand with it; it is done again from the start, and nothing is lost.
#[test]
fn a_crash_redelivers_what_was_in_hand() {
    let text = "thalweg: 1
name: Crash
nodes:
  source: { kind: producer, load: { constant: 1/s }, publishes: [{ to: log }] }
  log: { kind: topic, broker: kafka, partitions: 4 }
  server: { kind: consumer, subscribes: [{ from: log, commit: message }], instances: 2, concurrency: 2, service_time: 3.5s }
scenarios:
  default:
    duration: 100s
    replications: 1
    faults: [{ at: 50.25s, for: 10s, crash: server, instances: 1 }]
";
    let report = simulate(text);
    let server = consumer(&report, "server");
    let [fault] = &report.faults[..] else { panic!("one fault") };
    assert_eq!(fault.fired, 1);
    assert_eq!(server.failed_attempts, fault.touched);
    assert_eq!(server.retries, fault.touched);
    // 3.5 of 4 servers are busy on average, so both of the instance's are busy or one.
    assert!((1..=2).contains(&fault.touched));
    assert_eq!(server.lost, 0);
    let up: f32 = report.series.nodes["server"].instances.iter().sum();
    let mean_up = f64::from(up) * report.series.bucket_s / 100.0;
    assert!((mean_up - 1.9).abs() < 1e-3, "{mean_up}");
}

/// A fault over the whole run touches every attempt.
#[test]
fn a_fault_counts_what_it_touches() {
    let text = "thalweg: 1
name: Slow
nodes:
  source: { kind: producer, load: { poisson: 80/s }, publishes: [{ to: line }] }
  line: { kind: queue }
  server: { kind: consumer, subscribes: [{ from: line }], service_time: { exponential: 5ms } }
scenarios:
  default:
    duration: 200s
    replications: 2
    seed: 32
    faults: [{ at: 0s, slow: server, factor: 2 }]
";
    let report = simulate(text);
    assert_eq!(report.faults[0].touched, consumer_attempts_of_whole_run(&report));
}

fn consumer_attempts_of_whole_run(report: &Report) -> u64 {
    // No retries: one attempt per message taken; what is in flight waits or is in hand.
    let waiting_or_in_hand = report.totals.in_flight;
    let upper = report.totals.produced;
    let touched = report.faults[0].touched;
    assert!(touched <= upper && touched + waiting_or_in_hand >= upper);
    touched
}

/// Errors of 30 % on top of 10 %: an attempt fails with probability 1 − 0.9·0.7 = 0.37; the fault is to blame for 0.27.
#[test]
fn errors_add_to_failures() {
    let text = "thalweg: 1
name: Errors
nodes:
  source: { kind: producer, load: { poisson: 1000/s }, publishes: [{ to: line }] }
  line: { kind: queue }
  server: { kind: consumer, subscribes: [{ from: line }], concurrency: 10, service_time: 1ms, failure: { rate: 10% }, retry: { attempts: 1 } }
scenarios:
  default:
    duration: 200s
    replications: 4
    seed: 33
    faults: [{ at: 0s, errors: server, rate: 30% }]
";
    let report = simulate(text);
    let server = consumer(&report, "server");
    share_agrees("failed", server.failed_attempts, server.attempts, 0.37, 0.01);
    share_agrees("by the fault", report.faults[0].touched, server.attempts, 0.27, 0.01);
}

/// Calls into an outage run into their timeout; without one they wait for its end.
#[test]
fn calls_into_an_outage_get_no_answer() {
    let flow = |timeout: &str| {
        format!(
            "thalweg: 1
name: Silence
nodes:
  source: {{ kind: producer, load: {{ constant: 10/s }}, publishes: [{{ to: line }}] }}
  line: {{ kind: queue }}
  server: {{ kind: consumer, subscribes: [{{ from: line }}], concurrency: 1000, retry: {{ attempts: 1 }}, calls: [{{ service: remote{timeout} }}] }}
  remote: {{ kind: service, latency: 10ms }}
scenarios:
  default:
    duration: 30s
    replications: 1
    faults: [{{ at: 10.05s, for: 5s, outage: remote }}]
"
        )
    };
    let patient = simulate(&flow(""));
    assert_eq!(patient.totals.lost, 0);
    let waited = consumer(&patient, "server").sojourn.max.unwrap();
    // The first call into the outage is at 10.1 s, the end at 15.05 s, and then 10 ms of work.
    assert!((waited / 4_960.0 - 1.0).abs() < 0.001, "{waited}");
    let strict = simulate(&flow(", timeout: 1s"));
    // Calls at 10.1 s … 15.0 s.
    assert_eq!((strict.totals.lost, service(&strict, "remote").timed_out), (50, 50));
    assert_eq!(strict.faults[0].touched, 50);
}

/// A service that is down refuses at once, and what it had in hand fails at once.
#[test]
fn a_crashed_service_refuses_at_once() {
    let text = "thalweg: 1
name: Down
nodes:
  source: { kind: producer, load: { constant: 10/s }, publishes: [{ to: line }] }
  line: { kind: queue }
  server: { kind: consumer, subscribes: [{ from: line }], concurrency: 1000, retry: { attempts: 1 }, calls: [{ service: remote, timeout: 10s }] }
  remote: { kind: service, latency: 1s, concurrency: 5 }
scenarios:
  default:
    duration: 5.05s
    replications: 1
    faults: [{ at: 2.05s, for: 1s, crash: remote }]
";
    let report = simulate(text);
    // Five places and a second of work each: calls 0.1 … 0.5 s are done before, and 0.6 … 1.0 s too (at 1.1 … 1.5 + 1 s
    // would be after 2.05 s). At 2.05 s everything that was not answered fails, and 2.1 … 3.0 s are refused.
    let remote = service(&report, "remote");
    let answered_before = 5;
    let asked_before = 20;
    assert_eq!(remote.failed, 10);
    assert_eq!(report.faults[0].touched, asked_before - answered_before + 10);
    assert_eq!(report.totals.lost, asked_before - answered_before + 10);
}

/// A fault that comes again and again: `every` counts from the end of the last.
#[test]
fn faults_repeat() {
    let text = "thalweg: 1
name: Again
nodes:
  source: { kind: producer, load: { constant: 10/s }, publishes: [{ to: line }] }
  line: { kind: queue }
  server: { kind: consumer, subscribes: [{ from: line }], service_time: 1ms }
scenarios:
  default:
    duration: 100s
    replications: 1
    faults: [{ at: 10s, for: 5s, every: 15s, crash: server }]
";
    let report = simulate(text);
    let from: Vec<f64> = report.series.faults.iter().map(|interval| interval.from_s).collect();
    assert_eq!(from, [10.0, 30.0, 50.0, 70.0, 90.0]);
    assert_eq!(report.faults[0].fired, 5);
}

#[test]
fn a_fault_after_the_end_is_pointed_out() {
    let text = "thalweg: 1
name: Late
nodes:
  source: { kind: producer, load: { constant: 10/s }, publishes: [{ to: line }] }
  line: { kind: queue }
  server: { kind: consumer, subscribes: [{ from: line }], service_time: 1ms }
scenarios:
  default: { duration: 10s, replications: 2, faults: [{ at: 20s, for: 5s, crash: server }], expect: [recovered(line) < 1m] }
";
    let report = simulate(text);
    assert!(report.notes.iter().any(|note| note.contains("never began")), "{:?}", report.notes);
    assert_eq!(report.faults[0].fired, 0);
}
