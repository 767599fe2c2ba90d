//! M/M/1, M/M/c and what they are made of.

use super::{EXPONENTIAL, TICK};
use crate::case::Case;
use crate::measure::Quantile::{P50, P95, P99};
use crate::measure::{
    busy, depth, end_to_end, lag, lag_deviation, metric, metrics, sojourn, sojourn_at, sojourn_deviation, utilization,
    wait, wait_at, wait_deviation, waiting,
};

const KLEINROCK: &str = "Kleinrock, Queueing Systems I (1975), 3.2";
const ERLANG_C: &str = "Erlang C; Gross et al., Fundamentals of Queueing Theory, 3.3";

pub(super) fn cases() -> Vec<Case> {
    let mut cases = vec![mm1(), mm1_at_90_percent(), slow(), machine_repair(), places_at_a_service()];
    cases.extend(mmc());
    cases.extend(transient());
    cases
}

fn mm1() -> Case {
    Case::station("mm1-80", "M/M/1 at 80 %", KLEINROCK, "poisson: 80/s", "", EXPONENTIAL)
        .runs("duration: 1500s; warmup: 50s; replications: 20")
        .row("Wq", wait("server"), TICK * 4.0, 0.03)
        .row("W", sojourn("server"), TICK * 5.0, 0.03)
        .row("end to end", end_to_end(), TICK * 5.0, 0.03)
        .row("Lq", depth("line"), 3.2, 0.04)
        .row("L", lag("line"), 4.0, 0.03)
        .row("utilization", utilization("server"), 0.8, 0.004)
        .row("Wq p50", wait_at("server", P50), TICK * 2.35001815, 0.03)
        .row("Wq p95", wait_at("server", P95), TICK * 13.8629436, 0.04)
        .row("Wq p99", wait_at("server", P99), TICK * 21.9101332, 0.06)
        .row("W p50", sojourn_at("server", P50), TICK * 3.4657359, 0.03)
        .row("W p90", metric("p90(server)"), TICK * 11.5129255, 0.04)
        .row("W p95", sojourn_at("server", P95), TICK * 14.9786614, 0.04)
        .row("W p99", sojourn_at("server", P99), TICK * 23.0258509, 0.06)
        .row("share that waits", waiting("server"), 0.8, 0.005)
        .row("deviation of L", lag_deviation("line"), 20_f64.sqrt(), 0.06)
        .row("deviation of Wq", wait_deviation("server"), TICK * 4.89897949, 0.05)
        .row("deviation of W", sojourn_deviation("server"), TICK * 5.0, 0.05)
}

fn mm1_at_90_percent() -> Case {
    Case::station("mm1-90", "M/M/1 at 90 %", KLEINROCK, "poisson: 90/s", "", EXPONENTIAL)
        .runs("duration: 2500s; warmup: 200s; replications: 20")
        .row("Wq", wait("server"), 90.0, 0.06)
        .row("W", sojourn("server"), 100.0, 0.06)
        .row("L", lag("line"), 9.0, 0.06)
}

/// Twice as slow for the whole run is M/M/1 at twice the service time.
fn slow() -> Case {
    let server = ", service_time: { exponential: 5ms }";
    Case::station("mm1-slow", "M/M/1, all of it at half speed", KLEINROCK, "poisson: 80/s", "", server)
        .runs("duration: 1000s; warmup: 50s; replications: 20; faults: [{ at: 0s, slow: server, factor: 2 }]")
        .row("W", sojourn("server"), 50.0, 0.03)
}

/// λ and servers as the literature has them (μ = 1), and what is known.
struct MultiServer {
    servers: u32,
    /// Erlang's C.
    waits: f64,
    per_second: u32,
    wq: f64,
    w: f64,
    lq: f64,
    l: f64,
    /// Percentiles 95 and 99 of the wait, 50, 90, 95 and 99 of the time in the system.
    wq_at: [f64; 2],
    w_at: [f64; 4],
    seconds: u32,
    width: f64,
}

fn mmc() -> Vec<Case> {
    let table = [
        MultiServer {
            servers: 2,
            waits: 0.711111111,
            per_second: 160,
            wq: 1.77777778,
            w: 2.77777778,
            lq: 2.84444444,
            l: 4.44444444,
            wq_at: [6.63701422, 10.660609],
            w_at: [2.04003145, 6.17156243, 7.91068425, 11.9373702],
            seconds: 800,
            width: 0.04,
        },
        MultiServer {
            servers: 3,
            waits: 0.647191011,
            per_second: 240,
            wq: 1.07865169,
            w: 2.07865169,
            lq: 2.58876404,
            l: 4.98876404,
            wq_at: [4.26769745, 6.95009397],
            w_at: [1.57880719, 4.53235345, 5.72921834, 8.45547737],
            seconds: 600,
            width: 0.05,
        },
        MultiServer {
            servers: 10,
            waits: 0.409180151,
            per_second: 800,
            wq: 0.204590075,
            w: 1.20459008,
            lq: 1.6367206,
            l: 9.6367206,
            wq_at: [1.05106626, 1.85578522],
            w_at: [0.912144611, 2.62432004, 3.32827468, 4.94611133],
            seconds: 200,
            width: 0.06,
        },
        MultiServer {
            servers: 100,
            waits: 0.216940481,
            per_second: 9000,
            wq: 0.0216940481,
            w: 1.02169405,
            lq: 1.95246433,
            l: 91.9524643,
            wq_at: [0.146760003, 0.307703794],
            w_at: [0.716928637, 2.32640366, 3.01955084, 4.62898876],
            seconds: 40,
            width: 0.1,
        },
    ];
    let mut cases: Vec<Case> = table.iter().map(MultiServer::case).collect();
    cases.push(
        Case::station(
            "mm3-instances",
            "M/M/3 as three instances",
            ERLANG_C,
            "poisson: 240/s",
            "",
            ", instances: 3, service_time: { exponential: 10ms }",
        )
        .runs("duration: 300s; warmup: 20s; replications: 20")
        .row("Wq", wait("server"), 10.786517, 0.06),
    );
    cases.push(
        Case::station(
            "mm10-90",
            "M/M/10 at 90 %",
            ERLANG_C,
            "poisson: 900/s",
            "",
            ", concurrency: 10, service_time: { exponential: 10ms }",
        )
        .runs("duration: 300s; warmup: 20s; replications: 20")
        .row("Wq", wait("server"), 6.687315, 0.08),
    );
    cases
}

impl MultiServer {
    fn case(&self) -> Case {
        let Self { servers, per_second, width, .. } = *self;
        let server = format!(", concurrency: {servers}, service_time: {{ exponential: 10ms }}");
        let load = f64::from(per_second) / (100.0 * f64::from(servers));
        let title = format!("M/M/{servers} at {:.0} %", load * 100.0);
        Case::station(format!("mm{servers}"), title, ERLANG_C, &format!("poisson: {per_second}/s"), "", &server)
            .runs(format!("duration: {}s; warmup: 10s; replications: 20", self.seconds))
            .row("Wq", wait("server"), TICK * self.wq, width)
            .row("W", sojourn("server"), TICK * self.w, width)
            .row("Lq", depth("line"), self.lq, width)
            .row("L", lag("line"), self.l, width)
            .row("utilization", utilization("server"), load, 0.006)
            .row("share that waits", waiting("server"), self.waits, width)
            .row("Wq p95", wait_at("server", P95), TICK * self.wq_at[0], 1.4 * width)
            .row("Wq p99", wait_at("server", P99), TICK * self.wq_at[1], 1.6 * width)
            .row("W p50", sojourn_at("server", P50), TICK * self.w_at[0], width)
            .row("W p90", metric("p90(server)"), TICK * self.w_at[1], width)
            .row("W p95", sojourn_at("server", P95), TICK * self.w_at[2], width)
            .row("W p99", sojourn_at("server", P99), TICK * self.w_at[3], 1.3 * width)
    }
}

/// The mean number in an M/M/1 that began empty, around the time t: the mean over a short window of many replications.
fn transient() -> Vec<Case> {
    let table = [(1.0, 0.551551858), (5.0, 1.46946083), (20.0, 2.64763492), (100.0, 3.79187269)];
    let case = |(t, exact): (f64, f64)| {
        // The curve is smooth: over ±2 % of t its mean differs from its middle by less than a ten-thousandth.
        let (from, to) = (t * TICK * 980.0, t * TICK * 1020.0);
        Case::station(
            format!("mm1-from-empty-{t}"),
            format!("M/M/1 at 80 %, empty at 0, at time {t}"),
            "Kleinrock, Queueing Systems I (1975), 2.5 (transient M/M/1)",
            "poisson: 80/s",
            "",
            EXPONENTIAL,
        )
        .runs(format!("duration: {to:.0}us; warmup: {from:.0}us; replications: 2500"))
        .row("E[N(t)]", lag("line"), exact, 0.08)
    };
    table.into_iter().map(case).collect()
}

/// A closed interactive system of 10 users who think 90 ms: the machine repair model.
/// `P(n) ∝ 10!/(10 − n)! (10/90)ⁿ`; the mean response is users/throughput − think time.
fn machine_repair() -> Case {
    let (users, think, service) = (10_i32, 90.0_f64, 10.0_f64);
    let mut weights = vec![1.0_f64];
    for n in 1..=users {
        let last = weights.last().copied().unwrap_or_default();
        weights.push(last * f64::from(users + 1 - n) * service / think);
    }
    let idle = weights[0] / weights.iter().sum::<f64>();
    let per_ms = (1.0 - idle) / service;
    Case::station(
        "machine-repair",
        "10 users who think, one server",
        "Kleinrock, Queueing Systems I (1975), 3.8 (M/M/1//M)",
        "closed: { users: 10, think_time: { exponential: 90ms } }",
        "",
        EXPONENTIAL,
    )
    .runs("duration: 500s; warmup: 20s; replications: 20")
    .row("response", end_to_end(), f64::from(users) / per_ms - think, 0.01)
    .row("throughput", metrics("/s", &["throughput(server)"], |v, _| v[0]), per_ms * 1000.0, 0.01)
    .row("utilization", utilization("server"), 1.0 - idle, 0.01)
}

/// A service with places is an M/M/c too, seen from its calls; and what a caller gives up keeps it busy all the same.
fn places_at_a_service() -> Case {
    let nodes = "  source: { kind: producer, load: { poisson: 240/s }, publishes: [{ to: line }] }
  line: { kind: queue }
  server: { kind: consumer, subscribes: [{ from: line }], concurrency: 100000, calls: [{ service: remote }] }
  remote: { kind: service, latency: { exponential: 10ms }, concurrency: 3 }
";
    Case::of_nodes("mm3-service", "M/M/3 as a service that is called", ERLANG_C, nodes)
        .runs("duration: 400s; warmup: 20s; replications: 20")
        .row("Wq", wait("remote"), 10.786517, 0.05)
        .row("W", sojourn("remote"), 20.786517, 0.03)
        .row("W of the caller", sojourn("server"), 20.786517, 0.03)
        .row("busy", busy("remote"), 2.4, 0.005)
}
