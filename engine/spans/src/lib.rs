//! Spans: how they are packed into blocks, and what they are asked. Pure: no I/O, no async, no SQL, no OTLP types.
//!
//! - [`Batch`] holds spans as rows, [`batch_to_bytes`] and [`batch_from_bytes`] carry it as it is: cheap to write, for a short life.
//! - [`pack`] makes a block of some ten thousand spans: columns apart from each other, so that a question reads only those it is about,
//!   and a [`Header`] that tells without any column what cannot be in it. [`Block`] reads one. Bytes are distrusted: damage is an error
//!   in words, never a panic and never memory beyond what a block can hold.
//! - [`survey`] folds blocks and loose spans into what many traces show together.
//! - [`filter`] is the language in which traces are searched, in the window, on the command line and in saved views alike: how a
//!   text is read, printed and completed, and what it asks of a span or of the spans of a trace.
//!
//! Where spans come from and where blocks are kept is the business of `thalweg-telemetry` and `thalweg-store`. Blocks are for outside
//! the window: on wasm only rows and filters exist.

#![cfg_attr(test, allow(clippy::float_cmp, reason = "tests compare what was put in with what came out"))]

#[cfg_attr(target_family = "wasm", allow(dead_code, reason = "some of it is for blocks alone"))]
mod bytes;
pub mod filter;
mod log;
mod model;
mod summary;

#[cfg(not(target_family = "wasm"))]
pub mod block;
#[cfg(not(target_family = "wasm"))]
pub mod survey;

#[cfg(not(target_family = "wasm"))]
pub use block::{
    Beside, Block, Header, Link, LinkOf, LinksOf, Loose, Measure, Packed, TooManySpans, Traces, pack, pack_beside,
};
pub use log::{batch_from_bytes, batch_to_bytes};
pub use model::{AttributeValue, Attributes, Batch, Resource, Scope, Span, ValueType};
pub use summary::{Summary, TracePart, TraceRow};

/// Bytes that are not what was written, or not by us.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("packed spans are damaged: {0}")]
pub struct Damage(pub(crate) &'static str);
