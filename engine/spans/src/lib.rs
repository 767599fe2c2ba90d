//! Spans: what they are asked.
//!
//! [`filter`] is the language in which traces are searched, in the window, on the command line and in saved views alike: how a
//! text is read, printed and completed, and what it asks of a span or of the spans of a trace.
//!
//! Pure: no I/O, no async, no SQL, no OTLP types; compiled natively and to wasm, since the window checks and completes a filter
//! while it is typed. Where spans come from and how they are kept is the business of `thalweg-telemetry` and `thalweg-store`.

#![cfg_attr(test, allow(clippy::float_cmp, reason = "tests compare what was put in with what came out"))]

pub mod filter;
