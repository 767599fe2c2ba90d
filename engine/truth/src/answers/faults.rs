//! Servers that break down, and what an outage leaves behind.

use super::{EXPONENTIAL, TICK};
use crate::case::Case;
use crate::measure::{lag, metric, metrics, sojourn};

pub(super) fn cases() -> Vec<Case> {
    let mut cases = breakdowns();
    cases.extend(wear());
    cases.extend(outages());
    cases.extend(overloads());
    cases
}

/// Exponential up times (mean 1/ξ) and repairs (mean 1/η), whether or not there is work:
/// L = λ[(ξ+η)² + ξμ]/{(ξ+η)[ημ − λ(ξ+η)]}. Work that was cut short begins anew, which with exponential work that is
/// drawn anew is the same as going on with it.
fn breakdowns() -> Vec<Case> {
    let table = [
        ("50/s", "200ms", "50ms", 3.0, 6.0, 1500, 0.04),
        ("60/s", "100ms", "20ms", 3.28571429, 5.47619048, 1500, 0.04),
        ("50/s", "1s", "100ms", 2.23232323, 4.46464646, 2000, 0.04),
        ("60/s", "100s", "5s", 40.31274, 67.1879, 12_000, 0.16),
    ];
    let case = |(rate, up, repair, l, w, seconds, width): (&str, &str, &str, f64, f64, u32, f64)| {
        Case::station(
            format!("breakdowns-{up}-{repair}"),
            format!("M/M/1 at {rate}, up {up}, down {repair} in the mean"),
            "Avi-Itzhak and Naor (1963); White and Christie (1958)",
            &format!("poisson: {rate}"),
            "",
            EXPONENTIAL,
        )
        .runs(format!(
            "duration: {seconds}s; warmup: {}s; replications: 20; faults: [{{ crash: server, at: {{ exponential: {up} }}, \
             every: {{ exponential: {up} }}, for: {{ exponential: {repair} }} }}]",
            seconds / 20
        ))
        .row("L", lag("line"), l, width)
        .row("W", sojourn("server"), TICK * w, width)
    };
    table.into_iter().map(case).collect()
}

/// Breakdowns that strike only while the server serves (rate ξ, repair D of mean 1/η): M/G/1 with the time from the beginning of
/// a service to its end, repairs included. With exponential work that is a row of pieces of mean 1/(μ + ξ), after each of
/// which a repair follows with probability ξ/(μ + ξ), and then another piece: a call that takes the repair's time and fails.
fn wear() -> Vec<Case> {
    let table = [
        ("50/s", 0.05, 0.2, 5.0, 1500, 0.05),
        ("60/s", 0.1, 0.5, 5.14285714, 1500, 0.05),
        ("50/s", 0.01, 0.1, 3.55555556, 1500, 0.05),
    ];
    let case = |(rate, breaks, repairs, w, seconds, width): (&str, f64, f64, f64, u32, f64)| {
        let nodes = format!(
            "  source: {{ kind: producer, load: {{ poisson: {rate} }}, publishes: [{{ to: line }}] }}
  line: {{ kind: queue }}
  server: {{ kind: consumer, subscribes: [{{ from: line }}], service_time: {{ exponential: {:.6}ms }}, calls: [{{ service: repair, probability: {:.9} }}] }}
  repair: {{ kind: service, latency: {{ exponential: {}ms }}, failure: {{ rate: 100% }} }}
",
            TICK / (1.0 + breaks),
            breaks / (1.0 + breaks),
            TICK / repairs
        );
        Case::of_nodes(
            format!("wear-{breaks}-{repairs}"),
            format!("M/M/1 at {rate}, breaks only while it serves, ξ {breaks}, η {repairs}"),
            "Avi-Itzhak and Naor (1963)",
            nodes,
        )
        .runs(format!("duration: {seconds}s; warmup: 50s; replications: 20"))
        .row("W", sojourn("server"), TICK * w, width)
    };
    table.into_iter().map(case).collect()
}

struct Outage {
    lambda: u32,
    mu: u32,
    seconds: u32,
    peak: f64,
    drain: f64,
    /// Sum of the delays, in message-seconds.
    delay: f64,
}

/// Everything deterministic: the backlog of λT is gone after λT/(μ − λ); delays sum to ½λT(T + drain).
fn outages() -> Vec<Case> {
    let table = [
        Outage { lambda: 80, mu: 100, seconds: 30, peak: 2400.0, drain: 120.0, delay: 180_000.0 },
        Outage { lambda: 100, mu: 150, seconds: 60, peak: 6000.0, drain: 120.0, delay: 540_000.0 },
        Outage { lambda: 800, mu: 1000, seconds: 300, peak: 240_000.0, drain: 1200.0, delay: 1.8e8 },
        Outage { lambda: 100, mu: 120, seconds: 600, peak: 60_000.0, drain: 3000.0, delay: 1.08e8 },
        Outage { lambda: 1000, mu: 1100, seconds: 30, peak: 30_000.0, drain: 300.0, delay: 4.95e6 },
    ];
    let mut cases: Vec<Case> = table.iter().map(|outage| outage.case("crash", "crash: server")).collect();
    cases.extend(table[..2].iter().map(|outage| outage.case("outage", "outage: line")));
    cases
}

impl Outage {
    fn case(&self, id: &str, fault: &str) -> Case {
        let Self { lambda, mu, seconds, peak, drain, delay } = *self;
        // A minute before, for the level; a little after, to see that it is over.
        let duration = 60.0 + f64::from(seconds) + drain * 1.2;
        let service = 1e6 / f64::from(mu);
        let lambda_f = f64::from(lambda);
        // What is in hand counts as lag too: in a quiet second λ/μ.
        let hand = f64::from(lambda) / f64::from(mu);
        Case::station(
            format!("{id}-{lambda}-{mu}-{seconds}"),
            format!("{id} of {seconds} s at {lambda}/s, capacity {mu}/s"),
            "fluid, deterministic",
            &format!("constant: {lambda}/s"),
            "",
            &format!(", service_time: {service:.3}us"),
        )
        .runs(format!("duration: {duration}s; replications: 1; faults: [{{ at: 60s, for: {seconds}s, {fault} }}]"))
        .within("backlog", metric("lag(line)"), peak, 2.0, 0.0)
        .within(
            "drained after",
            metrics("s", &["recovered(line/server)"], |v, _| v[0]),
            drain,
            // One message more or less than in the fluid, at the spare capacity.
            2.0 / f64::from(mu - lambda),
            0.0,
        )
        .within(
            "longest delay",
            metric("max(end_to_end)"),
            f64::from(seconds) * 1000.0,
            2000.0 / lambda_f + f64::from(seconds),
            0.0,
        )
        .within(
            "sum of the delays",
            metrics("msg·s", &["mean(end_to_end)", "throughput(server)"], move |v, window| {
                // Without the fault every message takes its service time.
                (v[0] - service / 1e6) * v[1] * window
            }),
            delay,
            2.0 * hand * (f64::from(seconds) + drain) + 2.0 * f64::from(seconds),
            0.0,
        )
    }
}

/// Beyond capacity the backlog grows by λ − μ; in a partial outage by λ − μ'.
fn overloads() -> Vec<Case> {
    const SOURCE: &str = "fluid, deterministic";
    vec![
        Case::station("overload", "150/s for 100/s, 60 s", SOURCE, "constant: 150/s", "", ", service_time: 10ms")
            .runs("duration: 60s; replications: 1")
            .within("backlog", metric("lag(line)"), 3000.0, 2.0, 0.0),
        Case::station(
            "partial-outage",
            "two of four instances gone for 60 s",
            SOURCE,
            "constant: 80/s",
            "",
            ", instances: 4, service_time: 40ms",
        )
        .runs("duration: 300s; replications: 1; faults: [{ at: 60s, for: 60s, crash: server, instances: 2 }]")
        // Beside the fluid: what is in hand, 3.2 in the mean, and two that are begun anew.
        .within("backlog", metric("lag(line)"), 30.0 * 60.0, 8.0, 0.0)
        .within("drained after", metrics("s", &["recovered(line/server)"], |v, _| v[0]), 90.0, 0.3, 0.0),
    ]
}
