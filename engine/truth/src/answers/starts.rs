//! Servers that switch off when they are idle and take their time to start: cold starts.

use super::{EXPONENTIAL, TICK};
use crate::case::Case;
use crate::measure::{instances, sojourn};

const WELCH: &str = "Welch, On a Generalized M/G/1 Queuing Process in Which the First Customer of Each Busy Period \
                     Receives Exceptional Service (1964)";

/// M/M/1 with set-up: W = 1/(μ − λ) + (2 E[D] + λ E[D²]) / (2 (1 + λ E[D])), which is 1/(μ − λ) + E[D] for an exponential D. The
/// server is up while it works, which is ρ of the time.
pub(super) fn cases() -> Vec<Case> {
    let table = [
        ("setup-50", 50, "{ exponential: 50ms }", "exponential of mean 5", 7.0),
        ("setup-80", 80, "{ exponential: 100ms }", "exponential of mean 10", 15.0),
        // 2 + (10 + 12.5) / (2 × 3.5)
        ("setup-constant", 50, "50ms", "always 5", 5.214_285_714_285_714),
    ];
    let case = |(id, rate, start, law, w): (&str, u32, &str, &str, f64)| {
        let scaler =
            format!("autoscale: {{ min: 0, max: 1, target_lag: 1, every: 0s, cooldown: 0s, start_time: {start} }}");
        let server = format!("{EXPONENTIAL}, {scaler}");
        let title = format!("M/M/1 at {rate} %, off when idle, set-up {law}");
        Case::station(id, title, WELCH, &format!("poisson: {rate}/s"), "", &server)
            .runs("duration: 1500s; warmup: 50s; replications: 20")
            .row("W", sojourn("server"), TICK * w, 0.03)
            .row("instances up", instances("server"), f64::from(rate) / 100.0, 0.01)
    };
    table.into_iter().map(case).collect()
}
