//! Sampled messages of a simulation as traces: shown like received ones, sent like an instrumented program's.
//!
//! A simulation knows virtual time only. Its traces are laid so that the run ends when the simulation did, and their ids
//! are mixed with that moment: two runs of one seed are two sets of traces wherever they meet.

use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
};

use thalweg_protocol::{ApiError, ErrorCode, RunReport, SampledFor, SampledTrace, TraceView, limits};
use thalweg_sim as sim;
use thalweg_telemetry::{
    Attributes, Event, Link, OtlpAddress, Resource, Scope, Sent, Span, SpanId, SpanKind, SpanStatus, StatusCode, Trace,
    TraceId, Value,
};

use crate::{convert, trace_view};

/// The version of OpenTelemetry's semantic conventions that the attributes follow.
const SCHEMA: &str = "https://opentelemetry.io/schemas/1.42.0";

/// The sampled messages of a run that ended at `ended`, nanoseconds since 1970.
pub(crate) fn traces(report: &RunReport, followed: &[sim::SampledTrace], ended: u64) -> Vec<Trace> {
    let began = ended.saturating_sub((report.duration_s * 1e9) as u64);
    followed.iter().map(|sampled| trace(report, sampled, began, ended)).collect()
}

/// Their lines for a list, beside what only a simulation knows.
pub(crate) fn lines(followed: &[sim::SampledTrace], traces: &[Trace]) -> Vec<SampledTrace> {
    let line = |(sampled, trace): (&sim::SampledTrace, &Trace)| SampledTrace {
        summary: trace_view::summary_of(trace),
        produced_s: sampled.spans.first().map_or(0.0, |first| first.start_ns as f64 / 1e9),
        sampled_for: match sampled.why {
            sim::SampledFor::GivenUp => SampledFor::GivenUp,
            sim::SampledFor::Retried => SampledFor::Retried,
            sim::SampledFor::Slowest => SampledFor::Slowest,
            sim::SampledFor::Evenness => SampledFor::Evenness,
        },
    };
    followed.iter().zip(traces).map(line).collect()
}

/// Sends traces to whoever receives OTLP there.
///
/// # Errors
/// When nobody does, or refuses them; in words.
pub async fn send_traces(to: &OtlpAddress, traces: &[Trace]) -> Result<Sent, ApiError> {
    thalweg_telemetry::send_traces(to, traces).await.map_err(|error| {
        ApiError::new(ErrorCode::Network, convert::sentence(&error.to_string())).with_help(
            "`thalweg receive` and Collectors take http:// at port 4318 and grpc:// at port 4317, unless told otherwise.",
        )
    })
}

/// The traces of the last runs, for a window to ask for.
#[derive(Debug, Default)]
pub(crate) struct Kept(Mutex<VecDeque<Vec<Trace>>>);

impl Kept {
    /// Keeps a run's traces; beyond [`limits::SAMPLED_RUNS`] the oldest run's are forgotten.
    pub(crate) fn keep(&self, traces: Vec<Trace>) {
        let mut runs = self.lock();
        runs.push_front(traces);
        runs.truncate(limits::SAMPLED_RUNS);
    }

    /// One of them, ready to be drawn.
    pub(crate) fn view(&self, trace_id: &str) -> Option<TraceView> {
        self.with(trace_id, trace_view::view)
    }

    /// One of them.
    pub(crate) fn trace(&self, trace_id: &str) -> Option<Trace> {
        self.with(trace_id, Trace::clone)
    }

    /// Looks at one of them, if it is kept.
    pub(crate) fn with<T>(&self, trace_id: &str, look: impl FnOnce(&Trace) -> T) -> Option<T> {
        let id: TraceId = trace_id.parse().ok()?;
        self.lock().iter().flatten().find(|trace| trace.id == id).map(look)
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Vec<Trace>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn trace(report: &RunReport, sampled: &sim::SampledTrace, began: u64, ended: u64) -> Trace {
    let [high, low] = [0, 8].map(|at| u64::from_be_bytes(std::array::from_fn(|i| sampled.id[at + i])));
    // The multiplication spreads the moment over all bits (2⁶⁴ divided by the golden ratio, an odd number).
    let low = low ^ ended.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let id = TraceId((u128::from(high) << 64 | u128::from(low)).to_be_bytes());
    let mut nodes: Vec<&str> = Vec::new();
    let mut spans = Vec::with_capacity(sampled.spans.len());
    for own in &sampled.spans {
        let resource = nodes.iter().position(|node| *node == own.node).unwrap_or_else(|| {
            nodes.push(&own.node);
            nodes.len() - 1
        });
        spans.push(span(id, own, resource, began));
    }
    let scope = Scope {
        name: "thalweg.simulation".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        attributes: Attributes::new(),
        dropped_attributes: 0,
        schema_url: SCHEMA.to_owned(),
    };
    spans.sort_by_key(|span: &Span| (span.start_unix_nano, span.id));
    Trace { id, resources: nodes.into_iter().map(|node| resource(report, node)).collect(), scopes: vec![scope], spans }
}

fn resource(report: &RunReport, node: &str) -> Resource {
    let text = |key: &str, text: &str| (key.to_owned(), Value::String(text.to_owned()));
    Resource {
        service: node.to_owned(),
        attributes: vec![
            text("service.name", node),
            text("service.namespace", &report.flow),
            ("thalweg.simulated".to_owned(), Value::Bool(true)),
            text("thalweg.scenario", &report.scenario),
            // Seeds are 64 bits without a sign.
            text("thalweg.seed", &report.seed.to_string()),
        ],
        dropped_attributes: 0,
        schema_url: SCHEMA.to_owned(),
    }
}

fn span(trace: TraceId, own: &sim::SampledSpan, resource: usize, began: u64) -> Span {
    let link = |id: &[u8; 8]| Link {
        trace_id: trace.0.to_vec(),
        span_id: id.to_vec(),
        trace_state: String::new(),
        attributes: Attributes::new(),
        dropped_attributes: 0,
        flags: 0,
    };
    let event = |event: &sim::SampledEvent| Event {
        time_unix_nano: began.saturating_add(event.at_ns),
        name: event.name.to_owned(),
        attributes: attributes(&event.attributes),
        dropped_attributes: 0,
    };
    Span {
        id: SpanId(own.id),
        parent: own.parent.map(SpanId),
        name: own.name.clone(),
        kind: match own.kind {
            sim::SampledKind::Internal => SpanKind::Internal,
            sim::SampledKind::Producer => SpanKind::Producer,
            sim::SampledKind::Consumer => SpanKind::Consumer,
            sim::SampledKind::Client => SpanKind::Client,
            sim::SampledKind::Server => SpanKind::Server,
        },
        start_unix_nano: began.saturating_add(own.start_ns),
        end_unix_nano: began.saturating_add(own.end_ns),
        status: SpanStatus {
            code: if own.error.is_some() { StatusCode::Error } else { StatusCode::Unset },
            message: own.error.clone().unwrap_or_default(),
        },
        attributes: attributes(&own.attributes),
        events: own.events.iter().map(event).collect(),
        links: own.links.iter().map(link).collect(),
        resource,
        scope: 0,
        trace_state: String::new(),
        flags: 0,
        dropped_attributes: 0,
        dropped_events: 0,
        dropped_links: 0,
    }
}

fn attributes(own: &[(&'static str, sim::SampledValue)]) -> Attributes {
    let value = |value: &sim::SampledValue| match value {
        sim::SampledValue::Text(text) => Value::String(text.clone()),
        sim::SampledValue::Int(number) => Value::Int(*number),
        sim::SampledValue::Double(number) => Value::Double(*number),
        sim::SampledValue::Bool(truth) => Value::Bool(*truth),
    };
    own.iter().map(|(key, own)| ((*key).to_owned(), value(own))).collect()
}

#[cfg(test)]
mod tests {
    use thalweg_protocol::trace::RowKind;

    use super::*;
    use crate::{Progress, Simulated, SimulationRequest, simulate};

    struct Unwatched;

    impl Progress for Unwatched {
        fn share(&self, _share: f64) {}
        fn curves(&self, _share: f64, _partial: thalweg_protocol::Series) {}
        fn is_cancelled(&self) -> bool {
            false
        }
    }

    const FLOW: &str = "thalweg: 1
name: Shop
nodes:
  shop: { kind: producer, load: { batch: { size: 2, every: 200ms } }, publishes: [{ to: orders }] }
  orders: { kind: queue, broker: rabbitmq }
  parked: { kind: queue }
  payment:
    kind: consumer
    subscribes: [{ from: orders }]
    service_time: 10ms
    failure: { poison: 100% }
    retry: { attempts: 2, backoff: 50ms }
    dead_letter: parked
scenarios:
  default: { duration: 350ms, replications: 1 }
";

    fn simulated(traces: u32) -> Simulated {
        let request = SimulationRequest { text: FLOW.to_owned(), traces, ..SimulationRequest::default() };
        simulate(&request, &Unwatched).expect("it runs")
    }

    #[test]
    fn a_sampled_message_is_drawn_like_a_received_one() {
        let Simulated { sampled, traces, .. } = simulated(10);
        assert_eq!((sampled.len(), traces.len()), (2, 2));
        assert!(sampled.iter().all(|line| (line.produced_s - 0.2).abs() < 1e-9));
        assert!(sampled.iter().all(|line| line.sampled_for == SampledFor::GivenUp));
        let kept = Kept::default();
        kept.keep(traces);
        let views = sampled.iter().map(|line| kept.view(&line.summary.trace_id).expect("it is kept"));
        let views: Vec<TraceView> = views.collect();
        // The second waits for the first one's attempt of 10 ms.
        let waits: Vec<_> = views.iter().flat_map(|view| &view.rows).filter(|row| row.kind == RowKind::Wait).collect();
        assert_eq!(waits.len(), 1, "{waits:?}");
        assert_eq!((waits[0].name.as_str(), waits[0].duration_nano), ("wait in orders", 10_000_000));
        let first =
            views.iter().find(|view| view.rows.iter().all(|row| row.kind != RowKind::Wait)).expect("one of two");
        let rows = first.rows.iter().map(|row| (row.depth, row.name.as_str(), row.start_nano, row.duration_nano));
        assert_eq!(
            rows.collect::<Vec<_>>(),
            [
                (0, "produce", 0, 0),
                (1, "publish orders", 0, 0),
                (2, "process orders", 0, 10_000_000),
                (3, "retry in 50 ms", 10_000_000, 50_000_000),
                (2, "process orders", 60_000_000, 10_000_000),
                (3, "publish parked", 70_000_000, 0),
            ]
        );
        assert_eq!(
            (first.summary.errors, &first.summary.services[..]),
            (2, &["shop".to_owned(), "payment".into()][..])
        );
        let resource = &first.rows[2].span.as_ref().expect("a span").resource;
        for (key, value) in [("service.name", "payment"), ("service.namespace", "Shop"), ("thalweg.simulated", "true")]
        {
            assert!(resource.contains(&(key.to_owned(), value.to_owned())), "{resource:?}");
        }
    }

    #[test]
    fn nothing_is_followed_unless_asked_for_and_runs_do_not_share_ids() {
        let none = simulated(0);
        assert!(none.sampled.is_empty() && none.traces.is_empty());
        let (one, other) = (simulated(1), simulated(1));
        assert_ne!(one.traces[0].id, other.traces[0].id);
        assert_eq!(one.traces[0].spans.len(), other.traces[0].spans.len());
    }

    #[test]
    fn the_oldest_run_is_forgotten() {
        let kept = Kept::default();
        let runs: Vec<_> = (0..=limits::SAMPLED_RUNS).map(|_| simulated(1)).collect();
        for run in &runs {
            kept.keep(run.traces.clone());
        }
        let found = runs.iter().map(|run| kept.view(&run.sampled[0].summary.trace_id).is_some());
        assert_eq!(found.collect::<Vec<_>>(), [false, true, true, true, true]);
        assert!(kept.view("no id").is_none());
    }
}
