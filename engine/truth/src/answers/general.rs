//! One server with service times of any law, and arrivals by the clock or in batches.

use super::{EXPONENTIAL, TICK};
use crate::case::Case;
use crate::measure::Quantile::{P50, P95, P99};
use crate::measure::{lag, metric, sojourn, utilization, wait, wait_at, wait_deviation, waiting};

const POLLACZEK_KHINCHINE: &str = "Pollaczek–Khinchine; Kleinrock, Queueing Systems I (1975), 5.6";

pub(super) fn cases() -> Vec<Case> {
    let mut cases = pollaczek_khinchine();
    cases.extend([md1(), hyperexponential(), dm1(), constant_at_ninety()]);
    cases.extend(batches());
    cases
}

/// λ = 0.8, E[S] = 1: Wq = λE[S²]/(2(1 − ρ)) = 2(1 + scv).
fn pollaczek_khinchine() -> Vec<Case> {
    let table = [
        ("erlang-4", "{ erlang: { mean: 10ms, k: 4 } }", 2.5, 800, 0.03),
        ("erlang-2", "{ erlang: { mean: 10ms, k: 2 } }", 3.0, 800, 0.03),
        ("uniform", "{ uniform: [0ms, 20ms] }", 2.66666667, 800, 0.03),
        ("lognormal-1", "{ lognormal: { mean: 10ms, cv: 1 } }", 4.0, 1300, 0.04),
        ("lognormal-4", "{ lognormal: { mean: 10ms, cv: 2 } }", 10.0, 2500, 0.08),
        ("lognormal-8", "{ lognormal: { mean: 10ms, cv: 2.913371902 } }", 18.9754717, 5000, 0.18),
        ("gamma-2", "{ gamma: { mean: 10ms, cv: 1.4142135623730951 } }", 6.0, 1500, 0.05),
        ("weibull", "{ weibull: { mean: 10ms, shape: 0.5 } }", 12.0, 2500, 0.08),
        (
            "hyperexponential-5.5",
            "{ hyperexponential: [{ share: 90%, mean: 5ms }, { share: 10%, mean: 55ms }] }",
            13.0,
            2000,
            0.06,
        ),
    ];
    let case = |(id, service, wq, seconds, width): (&str, &str, f64, u32, f64)| {
        Case::station(
            format!("mg1-{id}"),
            format!("M/G/1, service {service}"),
            POLLACZEK_KHINCHINE,
            "poisson: 80/s",
            "",
            &format!(", service_time: {service}"),
        )
        .runs(format!("duration: {seconds}s; warmup: 100s; replications: 20"))
        .row("Wq", wait("server"), TICK * wq, width)
        .row("W", sojourn("server"), TICK * (wq + 1.0), width)
        .row("L", lag("line"), 0.8 * (wq + 1.0), width)
        .row("utilization", utilization("server"), 0.8, 0.02)
    };
    table.into_iter().map(case).collect()
}

fn md1() -> Case {
    Case::station("md1", "M/D/1 at 80 %", POLLACZEK_KHINCHINE, "poisson: 80/s", "", ", service_time: 10ms")
        .runs("duration: 800s; warmup: 30s; replications: 20")
        .row("Wq", wait("server"), TICK * 2.0, 0.025)
        .row("W", sojourn("server"), TICK * 3.0, 0.02)
        .row("L", lag("line"), 2.4, 0.025)
        .row("Wq p50", wait_at("server", P50), TICK * 1.27593987, 0.025)
        .row("Wq p95", wait_at("server", P95), TICK * 6.620325, 0.04)
        .row("Wq p99", wait_at("server", P99), TICK * 10.3558868, 0.05)
        .row("share that waits", waiting("server"), 0.8, 0.005)
        .row("deviation of Wq", wait_deviation("server"), TICK * 2.30940108, 0.04)
}

/// Balanced means, squared coefficient of variation 4; percentiles by inversion of the Laplace transform.
fn hyperexponential() -> Case {
    let service =
        "{ hyperexponential: [{ share: 0.887298335, mean: 5.635083ms }, { share: 0.112701665, mean: 44.364917ms }] }";
    Case::station(
        "mg1-hyperexponential-4",
        "M/H2/1 at 80 %, balanced means, scv 4",
        POLLACZEK_KHINCHINE,
        "poisson: 80/s",
        "",
        &format!(", service_time: {service}"),
    )
    .runs("duration: 2000s; warmup: 100s; replications: 20")
    .row("Wq", wait("server"), TICK * 10.0, 0.06)
    .row("W", sojourn("server"), TICK * 11.0, 0.06)
    .row("L", lag("line"), 8.8, 0.06)
    .row("Wq p50", wait_at("server", P50), TICK * 4.80891944, 0.06)
    .row("Wq p95", wait_at("server", P95), TICK * 37.2963917, 0.07)
    .row("Wq p99", wait_at("server", P99), TICK * 60.0126072, 0.09)
}

fn dm1() -> Case {
    let source = "GI/M/1 with the root σ = 0.628629796; Kleinrock, Queueing Systems I (1975), 6.4";
    Case::station("dm1", "D/M/1 at 80 %: arrivals by the clock", source, "constant: 80/s", "", EXPONENTIAL)
        .runs("duration: 800s; warmup: 30s; replications: 20")
        .row("Wq", wait("server"), TICK * 1.69273084, 0.025)
        .row("W", sojourn("server"), TICK * 2.69273084, 0.02)
        .row("share that waits", waiting("server"), 0.628629796, 0.01)
}

/// Nothing is random: nobody ever waits.
fn constant_at_ninety() -> Case {
    Case::station("dd1", "D/D/1 at 90 %", "deterministic", "constant: 90/s", "", ", service_time: 10ms")
        .runs("duration: 100s; replications: 1")
        .within("longest time", metric("max(server)"), 10.0, 0.01, 0.0)
}

/// M^[X]/M/1: L = ρ/(1−ρ)·(E[X²]/E[X] + 1)/2.
fn batches() -> Vec<Case> {
    const SOURCE: &str = "M^[X]/M/1; Gross et al., Fundamentals of Queueing Theory, 4.1";
    let batch = |id: &str, size: u32, every: &str, l: f64, w: f64| {
        Case::station(
            id,
            format!("batches of {size}, {every} apart in the mean"),
            SOURCE,
            &format!("batch: {{ size: {size}, every: {{ exponential: {every} }} }}"),
            "",
            EXPONENTIAL,
        )
        .runs("duration: 1500s; warmup: 100s; replications: 20")
        .row("L", lag("line"), l, 0.07)
        .row("W", sojourn("server"), TICK * w, 0.07)
    };
    // A geometric number: every toss is a message, and three times out of four another toss at once.
    let geometric = "  source: { kind: producer, load: { poisson: 20/s }, publishes: [{ to: tosses }] }
  tosses: { kind: queue }
  coin: { kind: consumer, subscribes: [{ from: tosses }], publishes: [{ to: line }, { to: tosses, probability: 75% }] }
  line: { kind: queue }
  server: { kind: consumer, subscribes: [{ from: line }], service_time: { exponential: 10ms } }
";
    vec![
        batch("batches-of-4", 4, "50ms", 10.0, 12.5),
        batch("batches-of-5", 5, "62.5ms", 12.0, 15.0),
        batch("batches-of-10", 10, "125ms", 22.0, 27.5),
        Case::of_nodes("batches-geometric", "batches of a geometric size, 4 in the mean", SOURCE, geometric)
            .runs("duration: 2000s; warmup: 100s; replications: 20")
            .row("L", lag("line"), 16.0, 0.07)
            .row("W", sojourn("server"), TICK * 20.0, 0.07),
    ]
}
