//! Groups that lose a member: everything is constant, so every figure has one answer.

use thalweg_sim::Report;

use crate::case::Case;
use crate::measure::{consumer, counted, metric};

pub(super) fn cases() -> Vec<Case> {
    vec![
        // 45 s until the dead member is missed and 3 s of rebalance: 3 × 83.33/s × 48 s, drained at 1200 − 1000 = 200/s.
        lost_consumer("cooperative", 12_000.0, 108.0).within("oldest", oldest(), 48.0, 0.05, 0.0),
        // Everybody stands still for the 3 s: 750/s more.
        lost_consumer("eager", 14_250.0, 119.25),
    ]
}

/// λ = 1000/s over 12 equal partitions, four consumers of 400/s each, one of them gone after 100 s.
fn lost_consumer(assignment: &str, backlog: f64, normal: f64) -> Case {
    let nodes = format!(
        "  shop: {{ kind: producer, load: {{ constant: 1000/s }}, publishes: [{{ to: orders }}] }}
  orders: {{ kind: topic, broker: kafka, partitions: 12 }}
  billing: {{ kind: consumer, subscribes: [{{ from: orders, commit: message, assignment: {assignment} }}], instances: 4, service_time: 2.5ms }}
"
    );
    Case::of_nodes(
        format!("kafka-lost-consumer-{assignment}"),
        format!("a kafka group loses one of four, {assignment}"),
        "session.timeout.ms 45 s, 3 s of rebalance; deterministic",
        nodes,
    )
    .runs("duration: 300s; replications: 1; faults: [{ at: 100s, instances: 1, crash: billing }]")
    // What each partition has in hand and the message whose moment it is.
    .within("backlog", metric("lag(orders/billing)"), backlog, 6.0, 0.0)
    .within("normal again after", counted("s", normal_again), normal, 1.0, 0.0)
}

fn oldest() -> crate::measure::Measure {
    counted("s", |report| Some(consumer(report, "billing")?.wait.max? / 1000.0))
}

/// When the lag is last above what was usual before the crash, in seconds from the crash.
fn normal_again(report: &Report) -> Option<f64> {
    let lag = report.series.groups.get("orders/billing")?;
    let before = (100.0 / report.series.bucket_s) as usize;
    let usual = lag.get(..before)?.iter().copied().fold(0.0, f32::max);
    let last = lag.iter().rposition(|&value| value > usual + 2.0)?;
    Some((last + 1) as f64 * report.series.bucket_s - 100.0)
}
