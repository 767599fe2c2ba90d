//! In which order conditions are asked.

use super::{are_small, keys_named};
use crate::block::Header;
use crate::filter::{Field, Node, Scope};

/// How long a condition takes to be asked of all rows, roughly: what is quick is asked first, and leaves fewer for the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Work {
    /// A few distinct values.
    Few,
    /// A number a row.
    Numbers,
    /// Values that are all different, or ids.
    Many,
    /// All columns there are.
    All,
}

impl Work {
    pub(super) fn of(header: &Header, node: &Node) -> Self {
        match node {
            Node::And(parts) | Node::Or(parts) => {
                parts.iter().map(|part| Self::of(header, part)).max().unwrap_or(Self::Few)
            }
            Node::Not(inner) | Node::Related(_, _, inner) => Self::of(header, inner),
            Node::Compare(field, _) | Node::Exists(field) => match field {
                Field::Duration if are_small(header) => Self::Numbers,
                Field::Attribute(Scope::Any | Scope::Span, key) => {
                    let distinct = keys_named(header, key).filter_map(|at| header.keys.get(at)).map(|key| key.distinct);
                    if distinct.max().unwrap_or(0) <= FEW_VALUES { Self::Few } else { Self::Many }
                }
                Field::Duration
                | Field::Start
                | Field::TraceStart
                | Field::TraceDuration
                | Field::TraceId
                | Field::SpanId => Self::Many,
                Field::Anywhere => Self::All,
                _ => Self::Few,
            },
        }
    }
}

/// Distinct values that are asked in no time.
const FEW_VALUES: u32 = 256;
