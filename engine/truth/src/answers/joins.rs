//! One event, many messages: it is done when the last of them is.

use super::TICK;
use crate::case::Case;
use crate::measure::Quantile::{P50, P99};
use crate::measure::{end_to_end, end_to_end_at};

pub(super) fn cases() -> Vec<Case> {
    let mut cases = forks_of_two();
    cases.extend(wide_forks());
    cases.extend(without_waiting());
    cases.extend(tails());
    cases
}

/// `branches` groups of one topic with one exponential server each.
fn fork(id: String, branches: u32, rate: &str, server: &str, source: &'static str) -> Case {
    let mut nodes = format!(
        "  source: {{ kind: producer, load: {{ poisson: {rate} }}, publishes: [{{ to: news }}] }}\n  news: {{ kind: topic }}\n"
    );
    for branch in 1..=branches {
        nodes.extend([
            "  branch",
            &branch.to_string(),
            ": { kind: consumer, subscribes: [{ from: news }]",
            server,
            " }\n",
        ]);
    }
    Case::of_nodes(id, format!("fork–join of {branches} at {rate}"), source, nodes)
}

/// T₂ = (12 − ρ)/8 · T₁.
fn forks_of_two() -> Vec<Case> {
    let table = [("10/s", 1.65277778, 1000), ("50/s", 2.875, 1000), ("80/s", 7.0, 1000), ("90/s", 13.875, 2500)];
    let case = |(rate, exact, seconds): (&str, f64, u32)| {
        fork(
            format!("fork-2-{}", rate.trim_end_matches("/s")),
            2,
            rate,
            super::EXPONENTIAL,
            "Flatto and Hahn (1984); Nelson and Tantawi (1988)",
        )
        .runs(format!("duration: {seconds}s; warmup: 100s; replications: 20"))
        .row("response", end_to_end(), TICK * exact, 0.06)
    };
    table.into_iter().map(case).collect()
}

/// Beyond two branches there is no closed form; the values are of an independent simulation and known to what stands
/// beside them. Nelson and Tantawi's approximation is up to 3 % lower.
fn wide_forks() -> Vec<Case> {
    let table = [(4, 9.118, 0.046, 1000), (8, 11.365, 0.049, 600), (16, 13.592, 0.044, 400)];
    let case = |(branches, value, known_to, seconds): (u32, f64, f64, u32)| {
        fork(
            format!("fork-{branches}-80"),
            branches,
            "80/s",
            super::EXPONENTIAL,
            "independent simulation; approximation by Nelson and Tantawi (1988)",
        )
        .runs(format!("duration: {seconds}s; warmup: 100s; replications: 20"))
        .within("response", end_to_end(), TICK * value, TICK * known_to, 0.04)
    };
    table.into_iter().map(case).collect()
}

/// Servers for all: the slowest of K exponentials takes 1 + 1/2 + … + 1/K.
fn without_waiting() -> Vec<Case> {
    let case = |branches: u32| {
        let exact: f64 = (1..=branches).map(|k| 1.0 / f64::from(k)).sum();
        let server = ", concurrency: 100000, service_time: { exponential: 10ms }";
        fork(format!("fork-{branches}-free"), branches, "80/s", server, "mean of the greatest of K exponentials")
            .runs("duration: 60s; warmup: 1s; replications: 20")
            .row("response", end_to_end(), TICK * exact, 0.01)
    };
    [2, 4, 8, 16, 32].into_iter().map(case).collect()
}

/// Dean and Barroso: with a hundred leaves, an event is as slow as one leaf in a hundred is with probability 1 − 0.99¹⁰⁰.
fn tails() -> Vec<Case> {
    const SOURCE: &str = "Dean and Barroso, The Tail at Scale (2013)";
    // A leaf takes 1 ms, but 100 ms if its first try fails; the event takes what its slowest leaf takes.
    let rare = |id: &str, leaves: u32, share: &str, slow: f64, rate: &str, width: f64| {
        let nodes = format!(
            "  source: {{ kind: producer, load: {{ poisson: {rate} }}, publishes: [{{ to: leaves, count: {leaves} }}] }}
  leaves: {{ kind: queue }}
  leaf: {{ kind: consumer, subscribes: [{{ from: leaves }}], concurrency: 100000, service_time: 1ms, failure: {{ rate: {share} }}, retry: {{ attempts: 2, backoff: 98ms }} }}
"
        );
        Case::of_nodes(id, format!("{leaves} leaves, of which {share} are slow"), SOURCE, nodes)
            .runs("duration: 16s; warmup: 1s; replications: 20")
            .row("mean of the slowest", end_to_end(), 1.0 + 99.0 * slow, width)
    };
    // F(t)¹⁰⁰ = p for exponential leaves: t = −ln(1 − p^(1/100)).
    let server = ", concurrency: 100000, service_time: { exponential: 10ms }";
    let leaves = format!(
        "  source: {{ kind: producer, load: {{ poisson: 100/s }}, publishes: [{{ to: leaves, count: 100 }}] }}
  leaves: {{ kind: queue }}
  leaf: {{ kind: consumer, subscribes: [{{ from: leaves }}]{server} }}
"
    );
    let at = |p: f64| -TICK * (1.0 - p.powf(0.01)).ln();
    vec![
        rare("tail-100", 100, "1%", 0.633967659, "50/s", 0.03),
        rare("tail-2000", 2000, "0.01%", 0.181277435, "10/s", 0.15),
        Case::of_nodes("tail-100-exponential", "100 exponential leaves", SOURCE, leaves)
            .runs("duration: 30s; warmup: 1s; replications: 20")
            .row("p50", end_to_end_at(P50), at(0.5), 0.01)
            // The leaf's own percentile 99.9899502.
            .row("p99", end_to_end_at(P99), -TICK * (1.0 - 0.999899502_f64).ln(), 0.02),
    ]
}
