//! Discrete-event simulation of a flow in virtual time.
//!
//! `sim` is pure: values in, values out, no I/O, no async. A resolved flow is compiled once into a [`Plan`] (flat,
//! indexed, validated; whatever is not simulated yet is refused by name), which [`run`] simulates in independent
//! replications. The same flow, scenario, seed and version give the same [`Report`] on every machine and with every
//! number of threads. What is modelled, and how, is told to users in `docs/simulation.md`.
//!
//! It does not read files (the text of CSV files comes in as [`Files`]), draw plots or print.

mod broke;
mod calendar;
mod closed_form;
mod digest;
mod error;
mod follow;
mod kernel;
mod merge;
mod notes;
mod plan;
mod precision;
mod report;
mod rng;
mod run;
mod sample;
mod slab;
mod stats;
pub mod theory;
mod traces;
mod verdict;
mod warmup;

pub use broke::{Broke, BrokeBy, Untold};
pub use closed_form::{Theory, TheoryTimes};
pub use error::{Refusal, SimError};
pub use follow::{ToFollow, follow};
pub use plan::{Files, Plan};
pub use precision::{Precisely, PrecisionEnd, PrecisionReport, Until};
pub use report::*;
pub use run::{Observer, RunOptions, run};
pub use sample::partition_of as partition_of_key;
pub use stats::{Sample, difference95};
pub use traces::{SampledEvent, SampledFor, SampledKind, SampledSpan, SampledTrace, SampledValue};

/// How many fault intervals a series lists at most.
pub const MAX_FAULT_INTERVALS: usize = 1000;
/// How many messages, events with something still to come, or planned happenings there may be at once in one
/// replication: some 600 MB.
pub const MAX_IN_FLIGHT: usize = 5_000_000;
