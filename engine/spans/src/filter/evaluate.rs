//! Asking spans: one by one, and together where relations are asked for.

use super::comparison::{Comparison, PatternError, Scalar};
use super::expr::{Expr, Field, Relation};
use super::related::{Places, related};

/// A span as a filter sees it.
pub trait Fields {
    /// All values of a field; none when it is not there.
    ///
    /// [`Scope::Any`](super::Scope::Any) gives the values of the span's attribute, else those of its resource's. A list gives
    /// each of its elements, a map each of its values, and [`Scalar::Other`] stands for what has no value of its own. Of events
    /// and links the values of all together are given.
    fn get(&self, field: &Field) -> Values<'_>;
}

/// The values of a field.
#[derive(Debug, Clone, PartialEq)]
pub enum Values<'a> {
    /// It is not there.
    None,
    /// The usual case.
    One(Scalar<'a>),
    /// Several, or none when empty.
    Many(Vec<Scalar<'a>>),
}

impl<'a> Values<'a> {
    /// As a list.
    pub fn as_slice(&self) -> &[Scalar<'a>] {
        match self {
            Values::None => &[],
            Values::One(value) => std::slice::from_ref(value),
            Values::Many(values) => values,
        }
    }
}

impl<'a> FromIterator<Scalar<'a>> for Values<'a> {
    fn from_iter<I: IntoIterator<Item = Scalar<'a>>>(values: I) -> Self {
        Values::Many(values.into_iter().collect())
    }
}

/// A span and where it stands.
pub trait SpanRow: Fields {
    /// The trace.
    fn trace_id(&self) -> [u8; 16];
    /// Its identity within the trace.
    fn span_id(&self) -> [u8; 8];
    /// The span that caused it, which may be missing.
    fn parent_id(&self) -> Option<[u8; 8]>;
    /// The trace and span of its links; those that are malformed left out.
    fn links(&self) -> Vec<([u8; 16], [u8; 8])>;
}

/// A filter that is ready to be asked.
#[derive(Debug, Clone)]
pub struct Filter {
    pub(crate) node: Node,
}

/// An [`Expr`] whose values are ready to be compared with.
#[derive(Debug, Clone)]
pub(crate) enum Node {
    And(Vec<Node>),
    Or(Vec<Node>),
    Not(Box<Node>),
    Compare(Field, Comparison),
    Exists(Field),
    Related(Box<Node>, Relation, Box<Node>),
}

impl Filter {
    /// Makes what was read ready.
    ///
    /// # Errors
    /// When a regular expression takes too much, or the expression was not read from a text and has a wrong one.
    pub fn new(expr: &Expr) -> Result<Self, PatternError> {
        Ok(Filter { node: Node::new(expr)? })
    }

    /// Whether it holds for a span that is alone in its trace, as far as is known: a relation does not hold there.
    pub fn holds(&self, span: &impl Fields) -> bool {
        self.node.holds(span)
    }

    /// For which of these spans it holds. They may be of several traces, each of which should be whole: a parent or a linked
    /// span that is not among them is in no relation.
    pub fn matching(&self, spans: &[impl SpanRow]) -> Vec<bool> {
        self.node.matching(spans, &mut None)
    }
}

impl Node {
    fn new(expr: &Expr) -> Result<Self, PatternError> {
        let all = |parts: &[Expr]| parts.iter().map(Node::new).collect::<Result<Vec<_>, _>>();
        Ok(match expr {
            Expr::And(parts) => Node::And(all(parts)?),
            Expr::Or(parts) => Node::Or(all(parts)?),
            Expr::Not(inner) => Node::Not(Box::new(Node::new(inner)?)),
            Expr::Compare(field, op, value) => Node::Compare(field.clone(), Comparison::new(field, *op, value)?),
            Expr::Exists(field) => Node::Exists(field.clone()),
            Expr::Related(left, relation, right) => {
                Node::Related(Box::new(Node::new(left)?), *relation, Box::new(Node::new(right)?))
            }
        })
    }

    fn holds(&self, span: &impl Fields) -> bool {
        match self {
            Node::And(parts) => parts.iter().all(|part| part.holds(span)),
            Node::Or(parts) => parts.iter().any(|part| part.holds(span)),
            Node::Not(inner) => !inner.holds(span),
            Node::Compare(field, comparison) => comparison.holds(span.get(field).as_slice()),
            Node::Exists(field) => !span.get(field).as_slice().is_empty(),
            Node::Related(..) => false,
        }
    }

    fn has_relation(&self) -> bool {
        match self {
            Node::And(parts) | Node::Or(parts) => parts.iter().any(Node::has_relation),
            Node::Not(inner) => inner.has_relation(),
            Node::Compare(..) | Node::Exists(_) => false,
            Node::Related(..) => true,
        }
    }

    fn matching<R: SpanRow>(&self, spans: &[R], places: &mut Option<Places>) -> Vec<bool> {
        if !self.has_relation() {
            return spans.iter().map(|span| self.holds(span)).collect();
        }
        match self {
            Node::And(parts) => parts.iter().fold(vec![true; spans.len()], |held, part| {
                held.into_iter().zip(part.matching(spans, places)).map(|(a, b)| a && b).collect()
            }),
            Node::Or(parts) => parts.iter().fold(vec![false; spans.len()], |held, part| {
                held.into_iter().zip(part.matching(spans, places)).map(|(a, b)| a || b).collect()
            }),
            Node::Not(inner) => inner.matching(spans, places).into_iter().map(|held| !held).collect(),
            Node::Related(left, relation, right) => {
                let (left, right) = (left.matching(spans, places), right.matching(spans, places));
                let places = places.get_or_insert_with(|| Places::of(spans));
                related(&left, *relation, places).into_iter().zip(right).map(|(a, b)| a && b).collect()
            }
            Node::Compare(..) | Node::Exists(_) => spans.iter().map(|span| self.holds(span)).collect(),
        }
    }
}
