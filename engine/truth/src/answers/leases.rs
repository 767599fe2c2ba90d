//! Messages that come back while they are still being worked on.

use crate::case::Case;
use crate::measure::metrics;

/// A visibility timeout of three mean service times: every delivery whose work takes longer is one too many, P(S > T).
/// SQS does not take the acknowledgement of a delivery that is over, so that deliveries are independent.
pub(super) fn cases() -> Vec<Case> {
    let table = [
        ("exponential", "{ exponential: 10ms }", 0.0497870684),
        ("lognormal", "{ lognormal: { mean: 10ms, cv: 1 } }", 0.0412956097),
    ];
    let case = |(id, service, exact): (&str, &str, f64)| {
        let nodes = format!(
            "  source: {{ kind: producer, load: {{ poisson: 1000/s }}, publishes: [{{ to: line }}] }}
  line: {{ kind: queue, broker: sqs, visibility_timeout: 30ms }}
  server: {{ kind: consumer, subscribes: [{{ from: line }}], concurrency: 10000, service_time: {service} }}
"
        );
        Case::of_nodes(
            format!("visibility-{id}"),
            format!("sqs, 30 ms of invisibility, service {service}"),
            "P(S > T); AWS, SQS visibility timeout",
            nodes,
        )
        .runs("duration: 60s; warmup: 1s; replications: 20")
        .row(
            "delivered again",
            metrics("", &["retries(server)", "throughput(server)"], |v, window| v[0] / (v[0] + v[1] * window)),
            exact,
            0.02,
        )
    };
    table.into_iter().map(case).collect()
}
