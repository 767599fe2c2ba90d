//! Spans packed into blocks. Pure: no I/O, no async, no SQL, no OTLP types.
//!
//! - [`Batch`] holds spans as rows, [`batch_to_bytes`] and [`batch_from_bytes`] carry it as it is: cheap to write, for a short life.
//! - [`pack`] makes a block of some ten thousand spans: columns apart from each other, so that a question reads only those it is about,
//!   and a [`Header`] that tells without any column what cannot be in it. [`Block`] reads one. Bytes are distrusted: damage is an error
//!   in words, never a panic and never memory beyond what a block can hold.
//!
//! Blocks are for outside the window: on wasm only the rows exist.

#[cfg_attr(target_family = "wasm", allow(dead_code, reason = "some of it is for blocks alone"))]
mod bytes;
mod log;
mod model;

#[cfg(not(target_family = "wasm"))]
pub mod block;

#[cfg(not(target_family = "wasm"))]
pub use block::{Block, Header, Loose, Packed, TooManySpans, pack};
pub use log::{batch_from_bytes, batch_to_bytes};
pub use model::{AttributeValue, Attributes, Batch, Resource, Scope, Span, ValueType};

/// Bytes that are not what was written, or not by us.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("packed spans are damaged: {0}")]
pub struct Damage(pub(crate) &'static str);
