//! Sampled messages as traces: plain data with the names that OpenTelemetry gives them.
//!
//! One trace is one event of a producer with everything that follows from it, in the first replication. Times are virtual
//! nanoseconds from the start of the run. Not here: OTLP, clocks, or how a trace is drawn.

mod words;

use crate::kernel::{Noted, NotedTrace};
use crate::plan::Plan;
use crate::rng::mix;
use words::Words;

/// Why an event was sampled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SampledFor {
    /// Something that follows from it was dead-lettered or lost.
    GivenUp,
    /// Something that follows from it needed more than one attempt, and nothing was given up.
    Retried,
    /// It took the longest until everything that follows from it had ended.
    Slowest,
    /// It was drawn, so that the samples lie evenly over the run.
    Evenness,
}

impl SampledFor {
    /// The word of the attribute `thalweg.sampled_for`.
    pub fn name(self) -> &'static str {
        match self {
            SampledFor::GivenUp => "given up",
            SampledFor::Retried => "retried",
            SampledFor::Slowest => "slowest",
            SampledFor::Evenness => "evenly",
        }
    }
}

/// An event with everything that follows from it.
#[derive(Debug, Clone, PartialEq)]
pub struct SampledTrace {
    /// The same for the same seed and the same event.
    pub id: [u8; 16],
    /// Why it was sampled.
    pub why: SampledFor,
    /// The how-manieth event of the replication it is, from 1.
    pub number: u64,
    /// Whether everything that follows from it had ended when the run ended.
    pub finished: bool,
    /// Spans in the order of their beginning; the first is the event itself.
    pub spans: Vec<SampledSpan>,
    /// Spans beyond the limit of 1000, which were not noted.
    pub left_out: u64,
}

/// One step of a message. Times are nanoseconds from the start of the run.
#[derive(Debug, Clone, PartialEq)]
pub struct SampledSpan {
    /// Identity within the trace.
    pub id: [u8; 8],
    /// The span that caused it.
    pub parent: Option<[u8; 8]>,
    /// Spans of the same trace that it belongs with.
    pub links: Vec<[u8; 8]>,
    /// What it is: `publish orders`, `process orders`, `call card`, ….
    pub name: String,
    /// The node that it happens at.
    pub node: String,
    /// Its part in a conversation.
    pub kind: SampledKind,
    /// When it began.
    pub start_ns: u64,
    /// When it ended; the end of the run if it had not ended by then.
    pub end_ns: u64,
    /// Why it did not go well.
    pub error: Option<String>,
    /// Attributes by their OpenTelemetry names.
    pub attributes: Vec<(&'static str, SampledValue)>,
    /// What happened during it.
    pub events: Vec<SampledEvent>,
}

/// OpenTelemetry's kinds of spans.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SampledKind {
    /// Within a node.
    Internal,
    /// Publishes a message.
    Producer,
    /// Handles a message.
    Consumer,
    /// Calls a service.
    Client,
    /// Works on a call.
    Server,
}

/// Something that happened during a span.
#[derive(Debug, Clone, PartialEq)]
pub struct SampledEvent {
    /// When, nanoseconds from the start of the run.
    pub at_ns: u64,
    /// What.
    pub name: &'static str,
    /// Attributes.
    pub attributes: Vec<(&'static str, SampledValue)>,
}

/// An attribute's value.
#[derive(Debug, Clone, PartialEq)]
pub enum SampledValue {
    /// Text.
    Text(String),
    /// A whole number.
    Int(i64),
    /// A number.
    Double(f64),
    /// Truth.
    Bool(bool),
}

/// Puts what was noted into words.
pub(crate) fn assemble(plan: &Plan, (traces, spans): &(Vec<NotedTrace>, Vec<Noted>)) -> Vec<SampledTrace> {
    let mut of_trace: Vec<Vec<u32>> = vec![Vec::new(); traces.len()];
    for (index, span) in (0_u32..).zip(spans) {
        of_trace[span.trace as usize].push(index);
    }
    let sampled = |(trace, own): (&NotedTrace, Vec<u32>)| {
        let number = trace.chosen.number;
        let high = mix(mix(plan.seed) ^ number);
        let low = mix(high ^ 1) | 1; // No id is all zeros.
        let id = (u128::from(high) << 64 | u128::from(low)).to_be_bytes();
        let words = Words { plan, spans, trace, low };
        let spans = own.into_iter().map(|index| words.span(index)).collect();
        SampledTrace { id, why: trace.chosen.why, number, finished: trace.finished, spans, left_out: trace.left_out }
    };
    traces.iter().zip(of_trace).map(sampled).collect()
}
