//! The flow document: its model, how it is read, checked and edited.
//!
//! `flow` is the room at the bottom of the house: pure, without I/O or async, compiled natively and to wasm. It knows
//! what a flow *is*; it does not simulate (`thalweg-sim`), store or draw it.

pub mod model;
mod resolved;

pub use model::*;
pub use resolved::Resolved;
