//! What traces show of a system, by its messages: who sends to which channel, who receives from it and how long messages wait there.
//!
//! Pure: no I/O, no async, no OTLP types. `thalweg-telemetry` lends its spans as [`Observed`].
//!
//! - [`Topology`] folds traces, one after the other and in bounded memory, into a [`Map`] of services, channels, groups and those who
//!   are only known from being called. The order of the traces does not matter, and what sampling leaves out costs figures, not nodes.
//! - [`draw`] makes a flow document of a map, to begin from.
//! - [`journey`] follows a message through all channels, groups, attempts and dead letters of several traces.
//! - [`critical_path`] and [`self_times`] tell where a trace's time went; [`twins`] in what two traces differ.

#![cfg_attr(test, allow(clippy::float_cmp, reason = "tests compare what was put in with what came out"))]

mod critical;
mod destination;
mod diff;
mod draw;
mod facts;
mod fold;
mod journey;
mod limits;
mod map;
mod names;
mod observed;
mod pairing;
mod peer;
mod said;
mod shape;
mod tables;
mod times;

pub use critical::{Section, critical_path, self_times};
pub use diff::{Twin, TwinSpan, twins};
pub use draw::{Drawn, draw};
pub use fold::Topology;
pub use journey::{HOPS, Hop, HopKind, Journey, journey, linked_traces};
pub use map::{Calls, Edge, EdgeKind, Form, Handler, Map, Node, NodeKey, Sends};
pub use observed::{Attributes, Field, Kind, Observed, ObservedLink, ObservedTrace, Service, SpanId, TraceId};
pub use pairing::Evidence;
pub use peer::PeerKind;
pub use said::Said;
pub use times::Times;
