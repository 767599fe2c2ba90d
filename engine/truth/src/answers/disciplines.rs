//! Who is next: orders of service, classes, patience, and servers that go away when nobody is there.

use super::{EXPONENTIAL, TICK};
use crate::case::Case;
use crate::measure::{depth, metrics, sojourn, wait, wait_deviation};

pub(super) fn cases() -> Vec<Case> {
    let mut cases = orders();
    cases.extend(classes());
    cases.extend(impatience());
    cases.extend(vacations());
    cases
}

/// M/M/1 at 80 %: every order has the same mean wait of 4. E[Wq²] is 2ρ/(μ − λ)² = 40 in order of arrival, 2/(2 − ρ) times
/// as much in random order, 1/(1 − ρ) times as much where the last is first.
fn orders() -> Vec<Case> {
    let table = [("random", 66.6666667_f64, 0.05), ("lifo", 200.0, 0.1)];
    let case = |(discipline, second_moment, width): (&str, f64, f64)| {
        Case::station(
            format!("mm1-{discipline}"),
            format!("M/M/1 at 80 %, discipline {discipline}"),
            "Kleinrock, Queueing Systems (1975); Takács, Delay Distributions for One Line (1963)",
            "poisson: 80/s",
            &format!(", discipline: {discipline}"),
            EXPONENTIAL,
        )
        .runs("duration: 2000s; warmup: 50s; replications: 20")
        .row("Wq", wait("server"), TICK * 4.0, 0.03)
        .row("deviation of Wq", wait_deviation("server"), TICK * (second_moment - 16.0).sqrt(), width)
    };
    table.into_iter().map(case).collect()
}

/// Two kinds of events on one line, of which the handling of one comes to nothing, though it takes the same time: what is
/// completed is the other kind alone.
fn two_kinds(load: [&str; 2], service: &str, unseen: &str) -> (String, String) {
    let [first, second] = load;
    let nodes = format!(
        "  urgent: {{ kind: producer, load: {{ {first} }}, publishes: [{{ to: line, event: high, priority: 7 }}] }}
  usual: {{ kind: producer, load: {{ {second} }}, publishes: [{{ to: line, event: low }}] }}
  line: {{ kind: queue, priority: 10 }}
  server: {{ kind: consumer, subscribes: [{{ from: line }}], service_time: {service}, retry: {{ attempts: 1 }} }}
"
    );
    (nodes, format!("faults: [{{ at: 0s, schema_break: {unseen} }}]"))
}

const KINDS: &str = "high: { version: 1.0.0 }, low: { version: 1.0.0 }";

/// Half of the load each (ρ = 0.8), nobody interrupted: Wq 1/0.75 and 1/(0.75·0.2).
fn classes() -> Vec<Case> {
    let case = |(seen, unseen, wq): (&str, &str, f64)| {
        let (nodes, fault) = two_kinds(["poisson: 40/s", "poisson: 40/s"], "{ exponential: 10ms }", unseen);
        Case::of_nodes(
            format!("priority-{seen}"),
            format!("two classes of 40 % each, not interrupted: the {seen} one"),
            "Cobham, Priority Assignment in Waiting Line Problems (1954)",
            nodes,
        )
        .events(KINDS)
        .runs(format!("duration: 2000s; warmup: 50s; replications: 20; {fault}"))
        .row("W", sojourn("server"), TICK * (wq + 1.0), 0.05)
    };
    vec![case(("high", "low", 1.33333333)), case(("low", "high", 6.66666667))]
}

/// Erlang's model A, M/M/c+M: arrivals λ, service 1, patience of rate θ: who gives up, and Lq = λ·Wq over all.
fn impatience() -> Vec<Case> {
    let table = [
        (0.8, 1, 0.5, 0.255940702, 0.511881404, 500),
        (1.2, 1, 0.5, 0.366204211, 0.732408422, 500),
        (2.4, 3, 1.0, 0.153694892, 0.153694892, 500),
        (4.0, 3, 1.0, 0.336999285, 0.336999285, 300),
        (120.0, 100, 0.5, 0.166790631, 0.333581262, 30),
    ];
    let case = |(lambda, servers, theta, gives_up, wq, seconds): (f64, u32, f64, f64, f64, u32)| {
        Case::station(
            format!("erlang-a-{lambda}-{servers}"),
            format!("M/M/{servers}+M, {lambda} erlang, patience {} times the service", 1.0 / theta),
            "Palm (1957); Gross et al., Fundamentals of Queueing Theory, 3.10",
            &format!("poisson: {}/s", lambda * 100.0),
            &format!(", message_ttl: {{ exponential: {}ms }}", TICK / theta),
            &format!(", concurrency: {servers}, service_time: {{ exponential: 10ms }}"),
        )
        .runs(format!("duration: {seconds}s; warmup: 5s; replications: 20"))
        .row(
            "gives up",
            metrics("", &["lost", "throughput(server)"], |v, window| v[0] / (v[0] + v[1] * window)),
            gives_up,
            0.02,
        )
        .row("Lq", depth("line"), lambda * wq, 0.03)
    };
    table.into_iter().map(case).collect()
}

/// A server that leaves whenever it finds nobody, and again if nobody is there when it is back: the wait grows by what is
/// left of a vacation, E[V²]/(2E[V]). The vacation is work of the lower class that is always there, and so it is of the same
/// law as the service: 4 + 1 with exponential times, 2 + ½ with constant ones.
fn vacations() -> Vec<Case> {
    let table = [("exponential", "{ exponential: 10ms }", 5.0), ("constant", "10ms", 2.5)];
    let case = |(id, service, wq): (&str, &str, f64)| {
        let idle = "closed: { users: 1, think_time: 0s }";
        let (nodes, fault) = two_kinds(["poisson: 80/s", idle], service, "low");
        Case::of_nodes(
            format!("vacations-{id}"),
            format!("M/G/1 at 80 % with vacations, both {service}"),
            "Takagi, Queueing Analysis (1991); Fuhrmann and Cooper (1985)",
            nodes,
        )
        .events(KINDS)
        .runs(format!("duration: 1500s; warmup: 50s; replications: 20; {fault}"))
        .row("W", sojourn("server"), TICK * (wq + 1.0), 0.03)
    };
    table.into_iter().map(case).collect()
}
