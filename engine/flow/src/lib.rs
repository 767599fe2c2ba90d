//! The flow document: its model, how it is read, checked and edited.
//!
//! `flow` is the room at the bottom of the house: pure, without I/O or async, compiled natively and to wasm. It knows
//! what a flow *is*; it does not simulate (`thalweg-sim`), store or draw it.
//!
//! A text is read with [`read`], which always gives a flow as far as it could be understood and all problems at once;
//! [`resolve`] makes of a document and a scenario what one run needs.

#![cfg_attr(test, allow(clippy::float_cmp, reason = "tests compare what was put in with what came out"))]

mod check;
pub mod defaults;
mod edit;
mod examples;
pub mod layout;
pub mod limits;
pub mod model;
mod path;
pub mod pattern;
mod problem;
mod read;
mod render;
mod resolve;
pub mod scenario_edit;
mod schema;
mod set;
mod suggest;
pub mod text;
mod tree;

pub use edit::{
    Connections, Document, Edit, EditError, Remember, Restored, Section, can_connect, can_splice, free_id, free_name,
    reconnections,
};
pub use examples::{broker_examples, examples, starter, templates};
pub use model::*;
pub use problem::{Fix, Problem, Severity, Span};
pub use read::{Reading, decode, read};
pub use render::render;
pub use resolve::{Overrides, Resolved, resolve};
pub use schema::schema;
