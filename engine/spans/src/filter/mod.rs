//! The filter language: `service = "payment" and duration > 200ms and messaging.destination.name ~ "order"`.
//!
//! A text becomes an [`Expr`] by [`read`]
//! (with all that is wrong with it, for people) or [`parse`] (all or nothing); an [`Expr`] prints as its canonical text, which
//! reads back as the same. [`doubts`] tells what is right by grammar and hardly meant; [`complete`] offers what may stand at the
//! caret. [`Filter`] asks spans one by one and the spans of traces together; a [`Comparison`] is what it asks of a single field,
//! for whoever holds values by the column.
//!
//! Texts are bounded in length, depth and number of patterns ([`limits`]); reading takes time linear in the text.

mod comparison;
mod complete;
mod doubts;
mod evaluate;
mod expr;
pub mod limits;
mod moment;
mod names;
mod parse;
mod print;
mod problem;
mod records;
mod related;
mod seen;
mod token;
mod value;
mod whole;

pub use comparison::{Comparison, PatternError, Scalar};
pub use complete::{Offer, OfferKind, Offers, complete};
pub use doubts::doubts;
#[cfg(not(target_family = "wasm"))]
pub(crate) use evaluate::Node;
pub use evaluate::{Fields, Filter, SpanRow, Values};
pub use expr::{Expr, Field, Op, Relation, Scope, Value};
#[cfg(not(target_family = "wasm"))]
pub(crate) use names::{kind, status};
pub use parse::{Mention, Reading, parse, read};
#[cfg(not(target_family = "wasm"))]
pub(crate) use print::written;
pub use problem::{Fix, Problem, Problems, Severity};
pub use records::{is_of_fields, read_of_records};
pub use seen::{Seen, SeenKey, SeenValue};
pub use whole::TraceFilter;
