//! Limits of brokers that are known systems in other clothes, and what a retention loses.

use super::{EXPONENTIAL, TICK};
use crate::case::Case;
use crate::measure::{end_to_end, lag, metric, metrics, sojourn, wait};

pub(super) fn cases() -> Vec<Case> {
    let mut cases = vec![unacknowledged(), alarm()];
    cases.extend(rooms());
    cases.extend(retentions());
    cases
}

/// A handler with places without end takes as many messages at once as may be unacknowledged: those are the servers.
fn unacknowledged() -> Case {
    let nodes = "  source: { kind: producer, load: { poisson: 250/s }, publishes: [{ to: line }] }
  line: { kind: queue, broker: nats }
  server: { kind: consumer, subscribes: [{ from: line, max_ack_pending: 3 }], concurrency: 1000, service_time: { exponential: 10ms } }
";
    Case::of_nodes(
        "unacked-mm3",
        "M/M/3 by max_ack_pending",
        "Gross et al., Fundamentals of Queueing Theory, 3.3",
        nodes,
    )
    .runs("duration: 600s; warmup: 30s; replications: 20")
    .row("L", lag("line"), MM3.0, 0.03)
    .row("W", sojourn("server"), MM3.1, 0.03)
    .row("Wq", wait("server"), MM3.2, 0.04)
}

/// L, W and Wq of M/M/3 at 250/s and 10 ms: C = 0.7022, Lq = C ρ/(1 − ρ).
const MM3: (f64, f64, f64) = (6.011_235_955, 24.044_943_82, 14.044_943_82);

/// Publishers that wait for the memory of their broker lose nothing and starve nobody: the whole is still M/M/1. In the broker are
/// min(N, n) messages, n being those that set off the alarm: E[min(N, n)] = ρ(1 − ρⁿ)/(1 − ρ).
fn alarm() -> Case {
    let nodes = format!(
        "  source: {{ kind: producer, load: {{ poisson: 80/s }}, publishes: [{{ to: line, size: 1kB }}] }}
  line: {{ kind: queue, broker: rabbit }}
  server: {{ kind: consumer, subscribes: [{{ from: line }}]{EXPONENTIAL} }}
brokers:
  rabbit: {{ kind: rabbitmq, memory_limit: 4kB }}
"
    );
    Case::of_nodes("memory-mm1", "M/M/1 at 80 %, memory for four", "Kleinrock, Queueing Systems I (1975), 3.2", nodes)
        .runs("duration: 600s; warmup: 30s; replications: 20")
        .row("end to end", end_to_end(), 5.0 * TICK, 0.04)
        .row("in the broker", lag("line"), 2.689_28, 0.02)
}

/// A work queue of K messages that discards what is new is a system of K places: M/M/1/5, and Erlang's loss system.
fn rooms() -> [Case; 2] {
    let lost = || metrics("", &["lost", "throughput(server)"], |v, window| v[0] / (v[0] + v[1] * window));
    let nodes = |rate: &str, servers: u32, service: &str| {
        format!(
            "  source: {{ kind: producer, load: {{ poisson: {rate} }}, publishes: [{{ to: stream }}] }}
  stream: {{ kind: topic, broker: nats, max_length: 5, discard: new, retention_policy: work-queue }}
  server: {{ kind: consumer, subscribes: [{{ from: stream }}], concurrency: {servers}, service_time: {service} }}
"
        )
    };
    let exponential = nodes("80/s", 1, "{ exponential: 10ms }");
    let lognormal = nodes("500/s", 5, "{ lognormal: { mean: 10ms, cv: 2 } }");
    [
        Case::of_nodes(
            "stream-mm1k",
            "M/M/1/5 by a work queue of JetStream",
            "M/M/c/K; Gross et al., Fundamentals of Queueing Theory, 3.4",
            exponential,
        )
        .runs("duration: 300s; warmup: 5s; replications: 20")
        .row("loss", lost(), 0.088_819_5, 0.03),
        Case::of_nodes("stream-erlang-b", "M/G/5/5 by a work queue of JetStream", "Erlang B", lognormal)
            .runs("duration: 200s; warmup: 5s; replications: 20")
            .row("loss", lost(), 0.284_867_821, 0.03),
    ]
}

/// Consumers that are gone for T while records are kept for R: λ(T − R) are lost, as long as what is left is handled faster than
/// it comes.
fn retentions() -> Vec<Case> {
    let table = [
        ("", 100, 100, 40, 6000.0),
        (", partitions: 8", 400, 60, 20, 16_000.0),
        (", broker: nats", 1, 8 * 3600, 7 * 3600, 3600.0),
    ];
    let case = |(topic, rate, outage, retention, lost): (&str, u32, u32, u32, f64)| {
        let nodes = format!(
            "  source: {{ kind: producer, load: {{ constant: {rate}/s }}, publishes: [{{ to: log }}] }}
  log: {{ kind: topic, retention: {retention}s{topic} }}
  server: {{ kind: consumer, subscribes: [{{ from: log }}], concurrency: 8, service_time: 1ms }}
"
        );
        Case::of_nodes(
            format!("retention-{rate}-{outage}-{retention}"),
            format!("{rate}/s, consumers gone for {outage} s, kept for {retention} s"),
            "fluid, deterministic",
            nodes,
        )
        .runs(format!(
            "duration: {}s; replications: 1; faults: [{{ at: 60s, for: {outage}s, crash: server }}]",
            120 + outage + retention
        ))
        // Two more or less than in the fluid: one in hand, one of the same moment.
        .within("lost", metric("lost"), lost, 2.0, 0.0)
    };
    table.into_iter().map(case).collect()
}
