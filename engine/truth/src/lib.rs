//! The known answers: what queueing theory, brokers' documentation and published experiments say about systems that a
//! flow can describe, as flows and exact values.
//!
//! A [`Case`] is a flow with the [`Answer`]s that are known for it; [`check`] simulates it and compares each value's 99 %
//! interval with the exact one. The digits are those of the literature, or of an evaluation of its formulas that has
//! nothing to do with the simulator's code. [`not_expressed`] names the answers that are known but that a flow cannot yet
//! ask for. `thalweg validate` and the tests of this crate run them all.
//!
//! Not here: how anything is simulated, or how the table is shown.

#![allow(clippy::unreadable_literal, reason = "digits as the literature prints them, to be found by searching")]

mod answers;
mod case;
mod check;
mod estimate;
mod measure;
mod missing;

pub use answers::cases;
pub use case::Case;
pub use check::{Answer, check};
pub use estimate::Estimate;
pub use measure::Measure;
pub use missing::{Missing, not_expressed};
