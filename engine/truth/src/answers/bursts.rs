//! Arrivals in bursts: a Poisson process whose rate changes between two values at random times.

use super::{EXPONENTIAL, TICK};
use crate::case::Case;
use crate::measure::{lag, metrics, sojourn, utilization, wait};

pub(super) fn cases() -> Vec<Case> {
    let mut cases = vec![
        // Rates 1.2 and 0.4, both phases 100 long in the mean: a steady 0.4 and bursts of 0.8 more.
        mmpp("1.2-0.4", "40/s", "on: 1s, off: 1s, rate: 80/s", 26.3260188, 32.9075235, 4000),
        mmpp("1.6-0.1", "10/s", "on: 200ms, off: 200ms, rate: 150/s", 36.7601491, 43.2472342, 3000),
        mmpp("2-0.5", "50/s", "on: 100ms, off: 350ms, rate: 150/s", 20.9185596, 25.1022715, 2000),
    ];
    cases.push(
        Case::station(
            "bursts-rate",
            "bursts of 300/s, on for 0.5 s and off for 1 s in the mean",
            "mean rate on/(on + off)",
            "bursts: { on: 500ms, off: 1s, rate: 300/s }",
            "",
            ", concurrency: 1000, service_time: 1ms",
        )
        .runs("duration: 500s; replications: 20")
        .row("rate", metrics("/s", &["throughput(line)"], |v, _| v[0]), 100.0, 0.05),
    );
    cases
}

fn mmpp(id: &str, steady: &str, bursts: &str, l: f64, w: f64, seconds: u32) -> Case {
    let nodes = format!(
        "  steady: {{ kind: producer, load: {{ poisson: {steady} }}, publishes: [{{ to: line }}] }}
  bursts: {{ kind: producer, load: {{ bursts: {{ {bursts} }} }}, publishes: [{{ to: line }}] }}
  line: {{ kind: queue }}
  server: {{ kind: consumer, subscribes: [{{ from: line }}]{EXPONENTIAL} }}
"
    );
    Case::of_nodes(
        format!("mmpp-{id}"),
        format!("MMPP(2)/M/1: {steady} and {{ {bursts} }}"),
        "quasi-birth-death process; Neuts, Matrix-Geometric Solutions (1981), 5",
        nodes,
    )
    .runs(format!("duration: {seconds}s; warmup: 200s; replications: 20"))
    .row("L", lag("line"), l, 0.1)
    .row("W", sojourn("server"), TICK * w, 0.1)
    .row("Wq", wait("server"), TICK * (w - 1.0), 0.1)
    .row("utilization", utilization("server"), l / w, 0.02)
}
