//! Messages that are handed over several at once: batches that form, and windows of what is sent ahead.

use thalweg_sim::{NodeReport, Report};

use crate::case::Case;
use crate::measure::{consumer, counted, wait};

pub(super) fn cases() -> Vec<Case> {
    let mut cases = forming();
    cases.extend(prefetch());
    cases
}

/// The k-th of b messages waits for the b − k that come after it: (b − 1)/(2λ) in the mean.
fn forming() -> Vec<Case> {
    let table = [(2_u32, 50.0), (10, 450.0), (50, 2450.0)];
    let case = |(size, milliseconds): (u32, f64)| {
        Case::station(
            format!("forming-{size}"),
            format!("batches of {size} form at 10/s"),
            "Poisson arrivals: (b − 1)/(2λ)",
            "poisson: 10/s",
            "",
            &format!(", batch: {{ size: {size}, wait: 1h }}, concurrency: 100"),
        )
        .runs("duration: 4000s; replications: 20")
        .row("Wq", wait("server"), milliseconds, 0.02)
    };
    table.into_iter().map(case).collect()
}

/// A full queue, 50 ms to the consumer and 50 ms back, and work of some milliseconds: of k places in the window each goes
/// round in 104 ms (with 4 ms of work), so that it is busy min(1, 4k/104) of the time. Beyond 26 a window is only waiting
/// in the consumer's buffer: each goes round in k·work, of which the last 50 ms are the acknowledgement's way.
fn prefetch() -> Vec<Case> {
    let table = [
        (1_u32, 4_u32, 4.0 / 104.0, 104.0),
        (5, 4, 20.0 / 104.0, 104.0),
        (13, 4, 0.5, 104.0),
        (26, 4, 1.0, 104.0),
        (51, 4, 1.0, 204.0),
        (26, 40, 1.0, 1040.0),
        (51, 40, 1.0, 2040.0),
    ];
    let case = |(window, work, busy, round): (u32, u32, f64, f64)| {
        let nodes = format!(
            "  source: {{ kind: producer, load: {{ constant: 300/s }}, publishes: [{{ to: line }}] }}
  line: {{ kind: queue, broker: rabbit }}
  server: {{ kind: consumer, subscribes: [{{ from: line, prefetch: {window} }}], service_time: {work}ms }}
"
        );
        let utilization = counted("", |report| Some(consumer(report, "server")?.utilization.mean));
        // Of whole rounds the edges of the measured time cut at most one message.
        Case::of_nodes(
            format!("prefetch-{window}-of-{work}ms"),
            format!("prefetch {window}, {work} ms of work, 50 ms each way"),
            "RabbitMQ blog, Some queuing theory: throughput, latency and bandwidth (2012-05-11)",
            nodes,
        )
        .brokers("rabbit: { kind: rabbitmq, delivery_latency: 50ms }")
        .runs("duration: 130s; warmup: 26s; replications: 1")
        .within("utilization", utilization, busy, 0.0002, 0.0)
        .within(
            "from the broker to the end of the work",
            counted("ms", in_hand),
            round - 50.0,
            0.005 * round,
            0.0,
        )
    };
    table.into_iter().map(case).collect()
}

/// Little's law for what left the queue and is not acknowledged by its handler.
fn in_hand(report: &Report) -> Option<f64> {
    let Some(NodeReport::Queue(line)) = report.nodes.get("line") else { return None };
    let per_ms = consumer(report, "server")?.completed as f64 / (report.duration_s - report.warmup_s) / 1000.0;
    Some((line.lag.mean - line.depth.mean) / per_ms)
}
