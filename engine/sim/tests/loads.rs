//! Loads: how many events, and when.

mod common;

use common::*;
use thalweg_sim::NodeReport;

/// Produced events and the curve of their rate, for a load over 100 s and 40 replications.
fn produced(load: &str, seed: u32) -> (f64, Vec<f64>) {
    let scenario = format!("duration: 100s, replications: 40, seed: {seed}");
    let report = simulate(&station(load, "", ", concurrency: 100000, service_time: 1ms", &scenario));
    let NodeReport::Producer(source) = &report.nodes["source"] else { panic!("a producer") };
    let series = &report.series;
    let per_second = (1.0 / series.bucket_s).round() as usize;
    let rates = series.nodes["source"].out_per_s.chunks(per_second);
    let rates = rates.map(|c| c.iter().map(|v| f64::from(*v)).sum::<f64>() / c.len() as f64).collect();
    (source.produced as f64 / 40.0, rates)
}

/// A Poisson count over 40 replications is within five standard errors of its mean.
fn poisson_count(load: &str, seed: u32, exact: f64) -> Vec<f64> {
    let (count, rates) = produced(load, seed);
    assert!((count - exact).abs() < 5.0 * (exact / 40.0).sqrt(), "{load}: {count} for {exact}");
    rates
}

fn mean(rates: &[f64]) -> f64 {
    rates.iter().sum::<f64>() / rates.len() as f64
}

#[test]
fn constant() {
    let (count, _) = produced("constant: 30/s", 1);
    // At k/30 s for k = 1 … 2999; the one at 100 s is the run's end.
    assert!((count - 2999.0).abs() < 1e-9, "{count}");
}

#[test]
fn poisson() {
    poisson_count("poisson: 300/s", 2, 30_000.0);
}

#[test]
fn ramp() {
    let rates = poisson_count("ramp: { from: 0/s, to: 400/s, over: 50s }", 3, 10_000.0 + 20_000.0);
    // In the middle of the climb (around 25 s) half, after it all.
    assert!((mean(&rates[24..26]) - 200.0).abs() < 12.0, "{}", mean(&rates[24..26]));
    assert!((mean(&rates[60..]) - 400.0).abs() < 3.0);
}

#[test]
fn ramp_down_to_nothing() {
    let rates = poisson_count("ramp: { from: 400/s, to: 0/s, over: 50s }", 4, 10_000.0);
    assert!(mean(&rates[51..]) == 0.0);
}

#[test]
fn steps() {
    let load = "steps: [{ at: 10s, rate: 100/s }, { at: 50s, rate: 0/s }, { at: 80s, rate: 500/s }]";
    let rates = poisson_count(load, 5, 4_000.0 + 10_000.0);
    assert!(mean(&rates[..10]) == 0.0 && mean(&rates[50..80]) == 0.0);
    assert!((mean(&rates[81..]) - 500.0).abs() < 5.0);
}

#[test]
fn spike() {
    let load = "spike: { base: 50/s, peak: 1000/s, at: 40s, for: 10s }";
    let rates = poisson_count(load, 6, 4_500.0 + 10_000.0);
    assert!((mean(&rates[40..50]) - 1000.0).abs() < 10.0);
    assert!((mean(&rates[..40]) - 50.0).abs() < 2.0);
}

#[test]
fn sine() {
    let rates = poisson_count("sine: { mean: 200/s, amplitude: 200/s, period: 20s }", 7, 20_000.0);
    // Crest at 5 s, trough at 15 s of every wave.
    let at = |second: usize| (0..5).map(|wave| rates[wave * 20 + second]).sum::<f64>() / 5.0;
    assert!((at(5) - 399.0).abs() < 15.0, "{}", at(5));
    assert!(at(15) < 5.0, "{}", at(15));
}

/// An amplitude above the mean is cut at 0: over a wave 1/2π ∫ max(0, m + a sin) with m = 100, a = 200.
#[test]
fn sine_is_cut_at_zero() {
    let (m, a) = (100.0_f64, 200.0_f64);
    let edge = (-m / a).asin();
    let share = std::f64::consts::PI - 2.0 * edge;
    let exact = (m * share + 2.0 * a * edge.cos()) / (2.0 * std::f64::consts::PI);
    poisson_count("sine: { mean: 100/s, amplitude: 200/s, period: 10s }", 8, exact * 100.0);
}

#[test]
fn batches() {
    let (count, _) = produced("batch: { size: 7, every: 500ms }", 9);
    assert!((count - 7.0 * 199.0).abs() < 1e-9, "{count}");
}

/// Without contention a user's cycle is think time plus service time.
#[test]
fn closed() {
    let (count, _) = produced("closed: { users: 50, think_time: 99ms }", 10);
    // First at 99 ms, then every 100 ms.
    assert!((count - 50.0 * 1000.0).abs() < 1e-9, "{count}");
}

/// Users who do not think keep one server busy all the time; that is not mistaken for an endless load.
#[test]
fn closed_without_thinking() {
    let load = "closed: { users: 100, think_time: 0s }";
    let report = simulate(&station(load, "", ", service_time: 10ms", "duration: 100s, replications: 2"));
    assert_eq!(consumer(&report, "server").completed, 2 * 9_999);
    assert_eq!(report.totals.in_flight, 2 * 100);
}

/// Count, probability, delay and keys of `publishes`.
#[test]
fn publishing() {
    let text = "thalweg: 1
name: Publishing
nodes:
  source:
    kind: producer
    load: { constant: 100/s }
    publishes:
      - { to: thrice, count: 3 }
      - { to: some, probability: 25% }
      - { to: late, delay: 2s }
      - { to: even, key: { uniform: { keys: 100000 } } }
      - { to: turns }
  thrice: { kind: queue }
  some: { kind: queue }
  late: { kind: queue }
  even: { kind: topic, broker: kafka, partitions: 10 }
  turns: { kind: topic, broker: kafka, partitions: 10 }
  all: { kind: consumer, subscribes: [{ from: thrice }, { from: some }], concurrency: 1000 }
  reader: { kind: consumer, subscribes: [{ from: late }], concurrency: 1000 }
  keyed: { kind: consumer, subscribes: [{ from: even }], instances: 10, service_time: 90ms }
  turned: { kind: consumer, subscribes: [{ from: turns }], instances: 10, service_time: 90ms }
scenarios:
  default: { duration: 100s, replications: 10, seed: 11 }
";
    let report = simulate(text);
    let NodeReport::Producer(source) = &report.nodes["source"] else { panic!("a producer") };
    assert_eq!(source.produced, 10 * 9_999);
    assert_eq!(queue(&report, "thrice").published, 3 * source.produced);
    share_agrees("published", queue(&report, "some").published, source.produced, 0.25, 0.02);
    assert_eq!(queue(&report, "late").published, source.produced - 10 * 200);
    // In turns, every partition gets one message each 100 ms and never waits; with keys some do.
    assert!(consumer(&report, "turned").wait.max.unwrap() < 1e-9);
    assert!(consumer(&report, "keyed").wait.mean.unwrap() > 50.0);
    // The end of an event is the end of its last message: the late one, and the slow ones.
    assert!(report.end_to_end.p50.unwrap() > 1_999.0);
}
