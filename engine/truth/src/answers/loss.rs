//! Waiting rooms that are full, and messages that grow too old.

use super::TICK;
use crate::case::Case;
use crate::measure::{Measure, depth, lag, metrics, sojourn, utilization, wait};

const ERLANG_B: &str = "Erlang B; Gross et al., Fundamentals of Queueing Theory, 3.5";
const FINITE: &str = "M/M/c/K; Gross et al., Fundamentals of Queueing Theory, 3.4";

pub(super) fn cases() -> Vec<Case> {
    let mut cases = erlang_b();
    cases.extend(rooms());
    cases.push(expiry());
    cases
}

/// Refused, dropped or expired, of all that were offered.
fn lost_share() -> Measure {
    metrics("", &["lost", "throughput(server)"], |v, window| v[0] / (v[0] + v[1] * window))
}

fn erlang_b() -> Vec<Case> {
    let exponential = "{ exponential: 10ms }";
    let table = [
        ("b-1", 100, 1, exponential, 0.5, 200),
        ("b-3", 240, 3, exponential, 0.268406337, 200),
        ("b-5", 500, 5, exponential, 0.284867821, 100),
        ("b-10", 800, 10, exponential, 0.121661064, 100),
        ("b-100", 9000, 100, exponential, 0.0269573805, 40),
        ("b-5-lognormal", 500, 5, "{ lognormal: { mean: 10ms, cv: 2 } }", 0.284867821, 200),
        ("b-10-lognormal", 800, 10, "{ lognormal: { mean: 10ms, cv: 2 } }", 0.121661064, 150),
        ("b-10-constant", 800, 10, "10ms", 0.121661064, 100),
    ];
    let case = |(id, per_second, servers, service, exact, seconds): (&str, u32, u32, &str, f64, u32)| {
        let law = if service == exponential { "M" } else { "G" };
        Case::station(
            format!("erlang-{id}"),
            format!("M/{law}/{servers}/{servers}, {} erlang, service {service}", f64::from(per_second) / 100.0),
            ERLANG_B,
            &format!("poisson: {per_second}/s"),
            ", max_length: 0",
            &format!(", concurrency: {servers}, service_time: {service}"),
        )
        .runs(format!("duration: {seconds}s; warmup: 5s; replications: 20"))
        .row("loss", lost_share(), exact, 0.03)
    };
    table.into_iter().map(case).collect()
}

struct Room {
    per_second: u32,
    servers: u32,
    places: u32,
    loss: f64,
    through: f64,
    l: f64,
    lq: f64,
    w: f64,
    wq: f64,
    utilization: f64,
    seconds: u32,
}

fn rooms() -> Vec<Case> {
    let room = |(per_second, servers, places), loss, through, [l, lq, w, wq]: [f64; 4], utilization, seconds| Room {
        per_second,
        servers,
        places,
        loss,
        through,
        l,
        lq,
        w,
        wq,
        utilization,
        seconds,
    };
    let table = [
        room((80, 1, 5), 0.0888194987, 0.728944401, [1.86833203, 1.13938763, 2.56306521, 1.56306521], 0.728944401, 600),
        room((80, 1, 10), 0.0234928576, 0.781205714, [2.96631427, 2.18510855, 3.7970975, 2.7970975], 0.781205714, 800),
        room((100, 1, 10), 0.0909090909, 0.909090909, [5.0, 4.09090909, 5.5, 4.5], 0.909090909, 600),
        room(
            (120, 1, 10),
            0.192586495,
            0.968896206,
            [6.71070868, 5.74181247, 6.92613784, 5.92613784],
            0.968896206,
            600,
        ),
        room((240, 3, 8), 0.0510804841, 2.27740684, [3.3518928, 1.07448596, 1.47180238, 0.471802379], 0.759135613, 600),
        room((360, 3, 8), 0.219142235, 2.81108795, [5.45313843, 2.64205048, 1.9398676, 0.939867596], 0.937029318, 400),
        room((125, 1, 100), 0.2, 1.0, [96.0, 95.0, 96.0, 95.0], 1.0, 600),
        room((120, 1, 20), 0.170370, 0.9955561, [15.466612, 14.471056, 15.53565, 14.53565], 0.9955561, 600),
        room((300, 3, 10), 0.101124, 2.696629, [5.528090, 2.831461, 2.05, 1.05], 0.898876, 600),
    ];
    table.iter().map(Room::case).collect()
}

impl Room {
    fn case(&self) -> Case {
        let Room { per_second, servers, places, .. } = *self;
        Case::station(
            format!("mm{servers}-{places}-at-{per_second}"),
            format!("M/M/{servers}/{places}, {per_second}/s for {}/s", servers * 100),
            FINITE,
            &format!("poisson: {per_second}/s"),
            &format!(", max_length: {}", places - servers),
            &format!(", concurrency: {servers}, service_time: {{ exponential: 10ms }}"),
        )
        .runs(format!("duration: {}s; warmup: 15s; replications: 20", self.seconds))
        .row("loss", lost_share(), self.loss, 0.04)
        .row("throughput", metrics("/s", &["throughput(server)"], |v, _| v[0]), self.through * 100.0, 0.005)
        .row("L", lag("line"), self.l, 0.015)
        .row("Lq", depth("line"), self.lq, 0.02)
        .row("W", sojourn("server"), TICK * self.w, 0.015)
        .row("Wq", wait("server"), TICK * self.wq, 0.02)
        .row("utilization", utilization("server"), self.utilization, 0.005)
    }
}

/// Messages that wait no longer than their time to live: M/M/1 with constant patience τ. With the work before an arrival
/// as V: P(V > τ) = π₀ρe^(−(μ−λ)τ), 1/π₀ = 1 + λ(1 − e^(−(μ−λ)τ))/(μ−λ) + ρe^(−(μ−λ)τ).
fn expiry() -> Case {
    let e = (-20.0 * 0.05_f64).exp();
    let exact = 0.8 * e / (1.0 + 4.0 * (1.0 - e) + 0.8 * e);
    Case::station(
        "mm1-time-to-live",
        "M/M/1, messages live 50 ms",
        "Barrer, Queuing with Impatient Customers (1957)",
        "poisson: 80/s",
        ", message_ttl: 50ms",
        super::EXPONENTIAL,
    )
    .runs("duration: 1000s; warmup: 20s; replications: 20")
    .row("expired", lost_share(), exact, 0.03)
}
