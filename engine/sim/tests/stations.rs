//! Queueing stations against their closed forms (Gross, Shortle, Thompson, Harris, "Fundamentals of Queueing Theory").
//! Times in milliseconds. Every comparison is by a 99 % interval of a fixed seed whose width is bounded too.

mod common;

use common::*;

const SCENARIO: &str = "duration: 2000s, warmup: 100s, replications: 30, seed: 1";

#[test]
fn mm1_at_80_percent() {
    let report = simulate(&station("poisson: 80/s", "", ", service_time: { exponential: 10ms }", SCENARIO));
    let server = consumer(&report, "server");
    agrees("Wq", &server.wait, 40.0, 0.04);
    agrees("W", &server.sojourn, 50.0, 0.03);
    agrees("end to end", &report.end_to_end, 50.0, 0.03);
    let line = queue(&report, "line");
    agrees_within("Lq", line.depth.mean, line.depth.ci95, 3.2, 0.05, 0.0);
    agrees_within("L", line.lag.mean, line.lag.ci95, 4.0, 0.04, 0.0);
    agrees_within("utilization", server.utilization.mean, server.utilization.ci95, 0.8, 0.005, 0.0);
    quantile_agrees("p50", server.sojourn.p50_ci95, 34.6574, 0.03);
    quantile_agrees("p95", server.sojourn.p95_ci95, 149.787, 0.05);
    quantile_agrees("p99", server.sojourn.p99_ci95, 230.259, 0.07);
}

#[test]
fn mm1_at_90_percent() {
    let scenario = "duration: 5000s, warmup: 500s, replications: 30, seed: 2";
    let report = simulate(&station("poisson: 90/s", "", ", service_time: { exponential: 10ms }", scenario));
    agrees("Wq", &consumer(&report, "server").wait, 90.0, 0.06);
    agrees("W", &consumer(&report, "server").sojourn, 100.0, 0.06);
    let line = queue(&report, "line");
    agrees_within("L", line.lag.mean, line.lag.ci95, 9.0, 0.06, 0.0);
}

#[test]
fn mm3() {
    let server = ", concurrency: 3, service_time: { exponential: 10ms }";
    let report =
        simulate(&station("poisson: 240/s", "", server, "duration: 700s, warmup: 30s, replications: 30, seed: 3"));
    let server = consumer(&report, "server");
    agrees("Wq", &server.wait, 10.786_517, 0.05);
    quantile_agrees("Wq p95", server.wait.p95_ci95, 42.676_97, 0.06);
    quantile_agrees("Wq p99", server.wait.p99_ci95, 69.500_94, 0.09);
    quantile_agrees("T p50", server.sojourn.p50_ci95, 15.788_07, 0.02);
    quantile_agrees("T p99", server.sojourn.p99_ci95, 84.554_77, 0.08);
}

#[test]
fn mm3_as_three_instances() {
    let server = ", instances: 3, service_time: { exponential: 10ms }";
    let report =
        simulate(&station("poisson: 240/s", "", server, "duration: 500s, warmup: 30s, replications: 30, seed: 4"));
    agrees("Wq", &consumer(&report, "server").wait, 10.786_517, 0.06);
}

#[test]
fn mm10() {
    let server = ", concurrency: 10, service_time: { exponential: 10ms }";
    let report =
        simulate(&station("poisson: 900/s", "", server, "duration: 400s, warmup: 20s, replications: 30, seed: 5"));
    agrees("Wq", &consumer(&report, "server").wait, 6.687_315, 0.08);
}

/// Loss of a station with a full waiting room; `accepted` is the sojourn of what was accepted.
fn loss(load: &str, room: u32, server: &str, seed: u32, exact: f64, accepted: Option<f64>) {
    let scenario = format!("duration: 600s, warmup: 20s, replications: 30, seed: {seed}");
    let report = simulate(&station(load, &format!(", max_length: {room}"), server, &scenario));
    let line = queue(&report, "line");
    let offered = line.published + line.rejected;
    // Losses come in bursts, so their share varies more than that of independent cases; the bounds are for that.
    let share = line.rejected as f64 / offered as f64;
    assert!((share / exact - 1.0).abs() < 0.02, "loss {share}, exact {exact}");
    if let Some(exact) = accepted {
        agrees("W of the accepted", &consumer(&report, "server").sojourn, exact, 0.02);
    }
    assert_eq!(report.totals.lost, report.totals.produced - report.totals.completed - report.totals.in_flight);
}

#[test]
fn mm1_20() {
    loss("poisson: 120/s", 19, ", service_time: { exponential: 10ms }", 6, 0.170_370, Some(155.356_5));
}

#[test]
fn mm3_10() {
    loss("poisson: 300/s", 7, ", concurrency: 3, service_time: { exponential: 10ms }", 7, 0.101_124, Some(20.5));
}

#[test]
fn mm10_10() {
    loss("poisson: 800/s", 0, ", concurrency: 10, service_time: { exponential: 10ms }", 8, 0.121_661, None);
}

#[test]
fn erlang_b_does_not_depend_on_the_service_law() {
    let server = ", concurrency: 10, service_time: { lognormal: { mean: 10ms, cv: 2 } }";
    loss("poisson: 800/s", 0, server, 9, 0.121_661, None);
}

/// Messages that wait no longer than their time to live: M/M/1 with constant patience τ (Barrer 1957). With the work
/// before an arrival as V: P(V > τ) = π₀ρe^(−(μ−λ)τ), 1/π₀ = 1 + λ(1 − e^(−(μ−λ)τ))/(μ−λ) + ρe^(−(μ−λ)τ).
#[test]
fn messages_expire_while_they_wait() {
    let scenario = "duration: 2000s, warmup: 50s, replications: 30, seed: 20";
    let report =
        simulate(&station("poisson: 80/s", ", message_ttl: 50ms", ", service_time: { exponential: 10ms }", scenario));
    let line = queue(&report, "line");
    let e = (-20.0 * 0.05_f64).exp();
    let exact = 0.8 * e / (1.0 + 4.0 * (1.0 - e) + 0.8 * e);
    let share = line.expired as f64 / line.published as f64;
    assert!((share / exact - 1.0).abs() < 0.01, "{share} for {exact}");
    assert!(consumer(&report, "server").wait.max.unwrap() < 50.1);
    assert_eq!(report.totals.lost + report.totals.completed + report.totals.in_flight, report.totals.produced);
}

fn mg1(service: &str, seed: u32, exact_wq: f64, width: f64) {
    let scenario = format!("duration: 3000s, warmup: 100s, replications: 30, seed: {seed}");
    let report = simulate(&station("poisson: 80/s", "", &format!(", service_time: {service}"), &scenario));
    agrees(service, &consumer(&report, "server").wait, exact_wq, width);
}

// Pollaczek–Khinchine: Wq = λE[S²] / (2(1 − ρ)).

#[test]
fn md1() {
    mg1("10ms", 10, 20.0, 0.03);
}

#[test]
fn mg1_lognormal() {
    mg1("{ lognormal: { mean: 10ms, cv: 2 } }", 11, 100.0, 0.08);
}

#[test]
fn mg1_gamma() {
    mg1("{ gamma: { mean: 10ms, cv: 1.4142135623730951 } }", 12, 60.0, 0.05);
}

#[test]
fn mg1_erlang() {
    mg1("{ erlang: { mean: 10ms, k: 4 } }", 13, 25.0, 0.04);
}

#[test]
fn mg1_uniform() {
    mg1("{ uniform: [0ms, 20ms] }", 14, 26.666_667, 0.04);
}

#[test]
fn mg1_hyperexponential() {
    mg1("{ hyperexponential: [{ share: 90%, mean: 5ms }, { share: 10%, mean: 55ms }] }", 15, 130.0, 0.08);
}

#[test]
fn dm1() {
    let report = simulate(&station("constant: 80/s", "", ", service_time: { exponential: 10ms }", SCENARIO));
    agrees("Wq", &consumer(&report, "server").wait, 16.927_308_4, 0.04);
}

#[test]
fn batch_arrivals() {
    let load = "batch: { size: 5, every: { exponential: 62.5ms } }";
    let report = simulate(&station(load, "", ", service_time: { exponential: 10ms }", SCENARIO));
    agrees("Wq", &consumer(&report, "server").wait, 140.0, 0.06);
}

/// On and off periods of 50 s and 100 s against the mean rate only: the waiting time of MMPP/M/1 from the quasi-birth-
/// death solution, rates (1.6, 0; …) would need one; with an off rate of 0 the mean rate is on/(on + off).
#[test]
fn bursts_have_their_mean_rate() {
    let load = "bursts: { on: 500ms, off: 1s, rate: 300/s }";
    let scenario = "duration: 2000s, replications: 30, seed: 16";
    let report = simulate(&station(load, "", ", concurrency: 1000, service_time: 1ms", scenario));
    let per_s = queue(&report, "line").published as f64 / 60_000.0;
    // Variance of the count over t: rate share plus the integrated autocovariance 2·r²·p(1−p)·τ, τ = 1/(1/0.5 + 1/1).
    let sd = ((100.0 + 2.0 * 300.0_f64.powi(2) * (1.0 / 3.0) * (2.0 / 3.0) / 3.0) / 60_000.0).sqrt();
    assert!((per_s - 100.0).abs() < 2.576 * sd, "{per_s} ± {sd}");
}

#[test]
fn tandem_of_three() {
    let text = "thalweg: 1
name: Tandem
nodes:
  source: { kind: producer, load: { poisson: 80/s }, publishes: [{ to: line1 }] }
  line1: { kind: queue }
  server1: { kind: consumer, subscribes: [{ from: line1 }], service_time: { exponential: 10ms }, publishes: [{ to: line2 }] }
  line2: { kind: queue }
  server2: { kind: consumer, subscribes: [{ from: line2 }], service_time: { exponential: 8.333333ms }, publishes: [{ to: line3 }] }
  line3: { kind: queue }
  server3: { kind: consumer, subscribes: [{ from: line3 }], service_time: { exponential: 11.111111ms } }
scenarios:
  default: { duration: 2000s, warmup: 200s, replications: 30, seed: 17 }
";
    let report = simulate(text);
    agrees("end to end", &report.end_to_end, 175.0, 0.04);
    agrees("second stage", &consumer(&report, "server2").sojourn, 25.0, 0.03);
    agrees("third stage", &consumer(&report, "server3").sojourn, 100.0, 0.06);
}

/// Two groups of one topic, one exponential server each: the event is done when both are. Flatto and Hahn 1984.
#[test]
fn fork_and_join_of_two() {
    let text = "thalweg: 1
name: Fork
nodes:
  source: { kind: producer, load: { poisson: 80/s }, publishes: [{ to: news }] }
  news: { kind: topic }
  left: { kind: consumer, subscribes: [{ from: news }], service_time: { exponential: 10ms } }
  right: { kind: consumer, subscribes: [{ from: news }], service_time: { exponential: 10ms } }
scenarios:
  default: { duration: 2000s, warmup: 100s, replications: 30, seed: 18 }
";
    agrees("response", &simulate(text).end_to_end, 70.0, 0.04);
}

/// A closed interactive system, M/M/1 with 10 users who think 90 ms: the machine repair model. X from the product form.
#[test]
fn closed_users() {
    let (users, think, service) = (10, 90.0_f64, 10.0_f64);
    // P(n) ∝ users!/(users−n)! (service/think)ⁿ.
    let mut weights = vec![1.0_f64];
    for n in 1..=users {
        let last = weights[n - 1];
        weights.push(last * (users + 1 - n) as f64 * service / think);
    }
    let idle = weights[0] / weights.iter().sum::<f64>();
    let throughput = (1.0 - idle) / service;
    let response = users as f64 / throughput - think;
    let load = "closed: { users: 10, think_time: { exponential: 90ms } }";
    let report = simulate(&station(load, "", ", service_time: { exponential: 10ms }", SCENARIO));
    agrees("response", &report.end_to_end, response, 0.01);
}

/// 1000 keys with weights 1/r over 6 partitions: the hottest gets what Kafka's partitioner gives it.
#[test]
fn zipf_keys_on_partitions() {
    let text = "thalweg: 1
name: Keys
nodes:
  source: { kind: producer, load: { poisson: 1000/s }, publishes: [{ to: log, key: { zipf: { keys: 1000, s: 1.0 } } }] }
  log: { kind: topic, broker: kafka, partitions: 6 }
  server: { kind: consumer, subscribes: [{ from: log }], instances: 6, service_time: 3ms }
scenarios:
  default: { duration: 1000s, replications: 4, seed: 19 }
";
    let report = simulate(text);
    // 24.3113 % of 1000/s on one partition at 3 ms each: busy 72.93 %; all six together 300 % of 600 %.
    let server = consumer(&report, "server");
    assert!((server.utilization.mean - 0.5).abs() < 0.002);
    // The mean wait is that of six M/D/1 lines, weighted by their shares (0.243113 is the greatest).
    let shares = partition_shares();
    assert!((shares.iter().fold(0.0_f64, |a, &b| a.max(b)) - 0.243_113).abs() < 1e-6);
    let wait: f64 = shares.iter().map(|s| s * (3.0 * s) * 3.0 / (2.0 * (1.0 - 3.0 * s))).sum();
    let measured = server.wait.mean.unwrap();
    assert!((measured / wait - 1.0).abs() < 0.02, "{measured} for {wait}");
}

/// Shares of six partitions, murmur2 of `key-1` … `key-1000` with weights 1/r, written independently of the simulator.
fn partition_shares() -> [f64; 6] {
    let mut shares = [0.0; 6];
    for rank in 1..=1000_u32 {
        let hash = murmur2(format!("key-{rank}").as_bytes());
        shares[(hash & 0x7fff_ffff) as usize % 6] += 1.0 / f64::from(rank);
    }
    let sum: f64 = shares.iter().sum();
    shares.map(|share| share / sum)
}

fn murmur2(data: &[u8]) -> u32 {
    let m = 0x5bd1_e995_u32;
    let mut h = 0x9747_b28c_u32 ^ data.len() as u32;
    let mut at = 0;
    while data.len() - at >= 4 {
        let mut k = u32::from_le_bytes([data[at], data[at + 1], data[at + 2], data[at + 3]]);
        k = k.wrapping_mul(m);
        k ^= k >> 24;
        k = k.wrapping_mul(m);
        h = h.wrapping_mul(m) ^ k;
        at += 4;
    }
    let rest = &data[at..];
    if rest.len() > 2 {
        h ^= u32::from(rest[2]) << 16;
    }
    if rest.len() > 1 {
        h ^= u32::from(rest[1]) << 8;
    }
    if !rest.is_empty() {
        h = (h ^ u32::from(rest[0])).wrapping_mul(m);
    }
    h ^= h >> 13;
    h = h.wrapping_mul(m);
    h ^ (h >> 15)
}
