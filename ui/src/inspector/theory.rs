//! What queueing theory says of the selected node, beside what was simulated.

use leptos::prelude::*;
use thalweg_protocol::report::{HandlerReport, NodeReport};

use super::figures::{Row, Rows};
use crate::{format, state::app, text};

/// Nothing where no closed form applies.
#[component]
pub(super) fn Beside(node: String) -> impl IntoView {
    let app = app();
    let handler = move || {
        app.results.with(|run| match run.as_ref()?.report.nodes.get(&node) {
            Some(NodeReport::Consumer(handler)) => {
                let theory = handler.theory.as_ref()?;
                Some((theory.model.clone(), theory.source.clone(), rows(handler)))
            }
            _ => None,
        })
    };
    move || {
        handler().map(|(model, source, rows)| {
            view! {
                <h3 class="heading" data-test="theory">{text::theory::heading(&model)}</h3>
                <Rows rows=Signal::stored(rows) />
                <p class="hint selectable">{text::theory::from(&source)}</p>
            }
        })
    }
}

/// Simulated and exact.
fn rows(handler: &HandlerReport) -> Vec<Row> {
    let Some(theory) = &handler.theory else { return Vec::new() };
    let (wait, sojourn) = (&handler.wait_ms, &handler.sojourn_ms);
    let pair = |what: &str, seen: Option<f64>, known: Option<f64>, say: fn(f64) -> String| {
        let known = known?;
        let seen = seen.map_or_else(|| format::UNKNOWN.to_owned(), say);
        Some((what.to_owned(), format!("{seen} · {}", say(known)), false))
    };
    let all = [
        pair(text::theory::WAIT.now(), wait.mean, theory.wait_ms.mean, format::millis),
        pair(text::theory::WAIT_P99.now(), wait.p99, theory.wait_ms.p99, format::millis),
        pair(text::theory::SOJOURN.now(), sojourn.mean, theory.sojourn_ms.mean, format::millis),
        pair(text::theory::SOJOURN_P99.now(), sojourn.p99, theory.sojourn_ms.p99, format::millis),
        pair(text::theory::WAITS.now(), wait.above_zero, theory.waits, format::share),
        pair(text::figure::BUSY.now(), Some(handler.utilization.mean), Some(theory.utilization), format::share),
    ];
    all.into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use thalweg_protocol::report::{Latency, Level, Theory, TheoryTimes};

    use super::*;

    #[test]
    fn what_theory_does_not_know_is_left_out() {
        let latency = |mean: f64| Latency { mean: Some(mean), p99: Some(9.0 * mean), ..Latency::default() };
        let mut handler: HandlerReport = serde_json::from_value(serde_json::json!({
            "arrivals": 0, "attempts": 0, "completed": 0, "failed_attempts": 0, "timed_out": 0, "retries": 0,
            "dead_lettered": 0, "lost": 0, "redelivered": 0, "duplicates": 0, "expired_leases": 0, "late_acks": 0,
            "utilization": Level::default(), "wait_ms": latency(40.5), "sojourn_ms": latency(50.5),
        }))
        .unwrap();
        assert!(rows(&handler).is_empty());
        handler.theory = Some(Theory {
            model: "M/G/1".into(),
            utilization: 0.8,
            wait_ms: TheoryTimes { mean: Some(40.0), ..TheoryTimes::default() },
            sojourn_ms: TheoryTimes { mean: Some(50.0), p99: Some(230.259), ..TheoryTimes::default() },
            ..Theory::default()
        });
        let rows: Vec<(String, String)> = rows(&handler).into_iter().map(|(what, value, _)| (what, value)).collect();
        let expected = [
            (text::theory::WAIT.now(), "40.5 ms · 40 ms"),
            (text::theory::SOJOURN.now(), "50.5 ms · 50 ms"),
            (text::theory::SOJOURN_P99.now(), "454 ms · 230 ms"),
            (text::figure::BUSY.now(), "0% · 80%"),
        ];
        assert_eq!(rows, expected.map(|(what, value)| (what.to_owned(), value.to_owned())));
    }
}
