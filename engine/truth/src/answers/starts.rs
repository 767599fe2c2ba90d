//! Servers that switch off when they are idle and take their time to start: cold starts.

use super::{EXPONENTIAL, TICK};
use crate::case::Case;
use crate::measure::{instances, sojourn};

const WELCH: &str = "Welch, On a Generalized M/G/1 Queuing Process in Which the First Customer of Each Busy Period \
                     Receives Exceptional Service (1964)";

const GANDHI: &str = "Gandhi et al., Exact Analysis of the M/M/k/setup Class of Markov Chains via Recursive Renewal Reward \
                      (2013); its chain solved numerically";

/// A server that is off when it is idle.
struct Setup {
    id: &'static str,
    servers: u32,
    per_second: u32,
    start: &'static str,
    law: &'static str,
    w: f64,
}

/// One server: W = 1/(μ − λ) + (2 E[D] + λ E[D²]) / (2 (1 + λ E[D])), which is 1/(μ − λ) + E[D] for an exponential D. Several: a
/// message that finds no server that is on and idle starts one, which is called off when another has taken the message.
/// Servers are on while they work, which is λ/μ of them in the mean.
pub(super) fn cases() -> Vec<Case> {
    let (mean5, mean10) = ("{ exponential: 50ms }", "{ exponential: 100ms }");
    let table = [
        Setup { id: "setup-50", servers: 1, per_second: 50, start: mean5, law: "exponential of mean 5", w: 7.0 },
        Setup { id: "setup-80", servers: 1, per_second: 80, start: mean10, law: "exponential of mean 10", w: 15.0 },
        // 2 + (10 + 12.5) / (2 × 3.5)
        Setup { id: "setup-constant", servers: 1, per_second: 50, start: "50ms", law: "always 5", w: 5.214_285_714 },
        Setup {
            id: "setup-2",
            servers: 2,
            per_second: 100,
            start: mean5,
            law: "exponential of mean 5",
            w: 4.403_955_621,
        },
        Setup {
            id: "setup-4",
            servers: 4,
            per_second: 320,
            start: mean10,
            law: "exponential of mean 10",
            w: 5.878_443_583,
        },
    ];
    table.iter().map(case).collect()
}

fn case(setup: &Setup) -> Case {
    let Setup { id, servers, per_second, start, law, w } = *setup;
    let scaler =
        format!("autoscale: {{ min: 0, max: {servers}, target_lag: 1, every: 0s, cooldown: 0s, start_time: {start} }}");
    let server = format!("{EXPONENTIAL}, {scaler}");
    let title = format!("M/M/{servers} at {per_second}/s, servers off when idle, set-up {law}");
    let source = if servers == 1 { WELCH } else { GANDHI };
    Case::station(id, title, source, &format!("poisson: {per_second}/s"), "", &server)
        .runs("duration: 1500s; warmup: 50s; replications: 20")
        .row("W", sojourn("server"), TICK * w, 0.03)
        .row("instances up", instances("server"), f64::from(per_second) / 100.0, 0.01)
}
