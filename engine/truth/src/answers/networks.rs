//! Stations that feed each other (Jackson), and messages that come back.

use super::TICK;
use crate::case::Case;
use crate::measure::Quantile::{P50, P95, P99};
use crate::measure::{end_to_end, end_to_end_at, lag, metric, metrics, sojourn, wait};

const JACKSON: &str = "Jackson (1957); Kleinrock, Queueing Systems I (1975), 4.8";

pub(super) fn cases() -> Vec<Case> {
    let mut cases = vec![tandem(), unequal_tandem(), tandem_of_the_design(), open_network()];
    cases.extend(orbits());
    cases
}

/// Three stations in a row with these mean service times.
fn row_of_three(id: &str, title: &str, load: &str, means: [&str; 3]) -> Case {
    let [first, second, third] = means;
    let nodes = format!(
        "  source: {{ kind: producer, load: {{ {load} }}, publishes: [{{ to: line1 }}] }}
  line1: {{ kind: queue }}
  server1: {{ kind: consumer, subscribes: [{{ from: line1 }}], service_time: {{ exponential: {first} }}, publishes: [{{ to: line2 }}] }}
  line2: {{ kind: queue }}
  server2: {{ kind: consumer, subscribes: [{{ from: line2 }}], service_time: {{ exponential: {second} }}, publishes: [{{ to: line3 }}] }}
  line3: {{ kind: queue }}
  server3: {{ kind: consumer, subscribes: [{{ from: line3 }}], service_time: {{ exponential: {third} }} }}
"
    );
    Case::of_nodes(id, title, JACKSON, nodes)
}

fn tandem() -> Case {
    row_of_three("tandem", "three M/M/1 at 80 % in a row", "poisson: 80/s", ["10ms"; 3])
        .runs("duration: 1200s; warmup: 100s; replications: 20")
        .row("W", end_to_end(), TICK * 15.0, 0.03)
        .row("p50", end_to_end_at(P50), TICK * 13.3703016, 0.03)
        .row("p90", metric("p90(end_to_end)"), TICK * 26.6116017, 0.03)
        .row("p95", end_to_end_at(P95), TICK * 31.4789681, 0.04)
        .row("p99", end_to_end_at(P99), TICK * 42.0297346, 0.06)
        .row("L of the first", lag("line1"), 4.0, 0.03)
        .row("L of the second", lag("line2"), 4.0, 0.03)
        .row("L of the third", lag("line3"), 4.0, 0.03)
}

fn unequal_tandem() -> Case {
    row_of_three("tandem-unequal", "M/M/1 in a row, μ = 1, 1.25, 2", "poisson: 80/s", ["10ms", "8ms", "5ms"])
        .runs("duration: 800s; warmup: 100s; replications: 20")
        .row("W", end_to_end(), TICK * 8.05555556, 0.03)
        .row("W of the second", sojourn("server2"), TICK / 0.45, 0.02)
        .row("W of the third", sojourn("server3"), TICK / 1.2, 0.01)
}

fn tandem_of_the_design() -> Case {
    let means = ["10ms", "8.333333ms", "11.111111ms"];
    row_of_three("tandem-100-120-90", "M/M/1 in a row, μ = 100, 120, 90/s", "poisson: 80/s", means)
        .runs("duration: 1200s; warmup: 100s; replications: 20")
        .row("end to end", end_to_end(), 175.0, 0.05)
        .row("second stage", sojourn("server2"), 25.0, 0.03)
        .row("third stage", sojourn("server3"), 100.0, 0.07)
}

/// γ = (1, 0.5, 0), μ = (4, 3, 5); from 1 to 2 or 3 with one half each, from 2 to 3, from 3 back to 1 with 0.2.
/// One half of what 1 has done takes the way of the dead letters, so that the other half does not.
fn open_network() -> Case {
    let nodes = "  source1: { kind: producer, load: { poisson: 25/s }, publishes: [{ to: line1 }] }
  source2: { kind: producer, load: { poisson: 12.5/s }, publishes: [{ to: line2 }] }
  line1: { kind: queue }
  line2: { kind: queue }
  line3: { kind: queue }
  server1: { kind: consumer, subscribes: [{ from: line1 }], service_time: { exponential: 10ms }, failure: { rate: 50% }, retry: { attempts: 1 }, dead_letter: line3, publishes: [{ to: line2 }] }
  server2: { kind: consumer, subscribes: [{ from: line2 }], service_time: { exponential: 13.333333ms }, publishes: [{ to: line3 }] }
  server3: { kind: consumer, subscribes: [{ from: line3 }], service_time: { exponential: 8ms }, publishes: [{ to: line1, probability: 20% }] }
";
    Case::of_nodes("jackson", "an open network with a way back", JACKSON, nodes)
        .runs("duration: 1000s; warmup: 50s; replications: 20")
        .row("L of 1", lag("line1"), 0.523809524, 0.02)
        .row("L of 2", lag("line2"), 0.655172414, 0.02)
        .row("L of 3", lag("line3"), 0.6, 0.02)
        // Time is in quarters of the unit: μ₁ = 4 is 100/s.
        .row("W", end_to_end(), 40.0 * 1.18598796, 0.02)
        .row("λ of 3", metrics("/s", &["throughput(server3)"], |v, _| v[0]), 25.0 * 1.875, 0.005)
}

/// What finds the server busy goes away and comes back after an exponential time with rate θ, each on its own: the
/// classical retrial queue, N in orbit = λ²/(1 − λ)·(1 + 1/θ).
fn orbits() -> Vec<Case> {
    let table = [("50/s", "10ms", 1.0, 600), ("80/s", "10ms", 6.4, 1000), ("80/s", "50ms", 19.2, 1500)];
    let case = |(rate, pause, exact, seconds): (&str, &str, f64, u32)| {
        let nodes = format!(
            "  source: {{ kind: producer, load: {{ poisson: {rate} }}, publishes: [{{ to: line }}] }}
  line: {{ kind: queue, max_length: 0, overflow: reject-publish-dlx, dead_letter: orbit }}
  server: {{ kind: consumer, subscribes: [{{ from: line }}], service_time: {{ exponential: 10ms }} }}
  orbit: {{ kind: queue }}
  back: {{ kind: consumer, subscribes: [{{ from: orbit }}], concurrency: 100000, service_time: {{ exponential: {pause} }}, publishes: [{{ to: line }}] }}
"
        );
        Case::of_nodes(
            format!("orbit-{}-{pause}", rate.trim_end_matches("/s")),
            format!("retrial queue at {rate}, back after {pause}"),
            "Falin and Templeton, Retrial Queues (1997), 1.2",
            nodes,
        )
        .runs(format!("duration: {seconds}s; warmup: 50s; replications: 20"))
        .row("N in orbit", lag("orbit"), exact, 0.07)
        .row("wait at the server", wait("server"), 0.0, 0.0)
    };
    table.into_iter().map(case).collect()
}
