//! The canonical text of a filter: it reads back as the same, and is how saved views and the command line show it.

use std::fmt;

use thalweg_flow::Duration;

use super::expr::{Expr, Field, Op, Scope, Value};
use super::names::{Sort, field, keyword, name, prefix};
use super::token::{is_word, quote};
use super::{moment, value};

/// Where an expression stands, from the loosest place to the tightest.
#[derive(Clone, Copy, PartialEq, PartialOrd)]
enum Place {
    /// Alone, or between braces.
    Whole,
    /// Beside an `or`.
    InOr,
    /// Beside an `and`.
    InAnd,
    /// Behind a `not`.
    BehindNot,
}

impl fmt::Display for Expr {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Everything is the empty filter.
        if self.is_empty() { Ok(()) } else { print(self, Place::Whole, out) }
    }
}

fn print(expr: &Expr, place: Place, out: &mut fmt::Formatter<'_>) -> fmt::Result {
    match expr {
        Expr::And(parts) => list(parts, " and ", "true", Place::InAnd, place, out),
        Expr::Or(parts) => list(parts, " or ", "false", Place::InOr, place, out),
        Expr::Not(inner) => {
            out.write_str("not ")?;
            print(inner, Place::BehindNot, out)
        }
        // What a lone text means.
        Expr::Compare(Field::Anywhere, Op::Contains, Value::Text(text)) => out.write_str(&quote(text)),
        Expr::Compare(field, op, value) => {
            write!(out, "{field} {} ", op.sign())?;
            print_value(field, value, out)
        }
        Expr::Exists(field) => write!(out, "exists {field}"),
        Expr::Related(left, relation, right) => {
            // Chains are read from the left.
            if matches!(**left, Expr::Related(..)) {
                print(left, Place::Whole, out)?;
            } else {
                side(left, out)?;
            }
            write!(out, " {} ", relation.sign())?;
            side(right, out)
        }
    }
}

fn side(expr: &Expr, out: &mut fmt::Formatter<'_>) -> fmt::Result {
    if expr.is_empty() {
        return out.write_str("{ }");
    }
    out.write_str("{ ")?;
    print(expr, Place::Whole, out)?;
    out.write_str(" }")
}

fn list(
    parts: &[Expr],
    between: &str,
    empty: &str,
    own: Place,
    place: Place,
    out: &mut fmt::Formatter<'_>,
) -> fmt::Result {
    if parts.is_empty() {
        return out.write_str(empty);
    }
    // One of several has its own strength; a list of one, which reading never makes, that of its part.
    let parentheses = parts.len() > 1 && place >= own;
    if parentheses {
        out.write_str("(")?;
    }
    for (i, part) in parts.iter().enumerate() {
        if i > 0 {
            out.write_str(between)?;
        }
        print(part, if parts.len() == 1 { place } else { own }, out)?;
    }
    if parentheses { out.write_str(")") } else { Ok(()) }
}

fn print_value(field: &Field, value: &Value, out: &mut fmt::Formatter<'_>) -> fmt::Result {
    match value {
        Value::Text(text) if matches!(field, Field::Status | Field::Kind | Field::TraceId | Field::SpanId) => {
            if is_word(text) && keyword(text).is_none() { out.write_str(text) } else { out.write_str(&quote(text)) }
        }
        Value::Text(text) => out.write_str(&quote(text)),
        Value::Number(number) => write!(out, "{number}"),
        Value::Duration(nanos) if field.sort() == Sort::Moment => out.write_str(&moment::format(*nanos)),
        Value::Duration(nanos) => write!(out, "{}", Duration::from_nanos(*nanos)),
        Value::Bool(value) => write!(out, "{value}"),
    }
}

impl fmt::Display for Field {
    /// As it is written in a filter: keys in quotes where they could be taken for something else.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Field::Attribute(scope, key) = self else {
            return out.write_str(name(self).unwrap_or_default());
        };
        let bare = format!("{}{key}", prefix(*scope));
        // A quote is only a quote where a word begins, and behind a scope.
        if field(&bare) == *self && is_word(key) && can_stand_bare(&bare) {
            return out.write_str(&bare);
        }
        write!(out, "{}{}", prefix(*scope), quote(key))
    }
}

impl fmt::Display for Scope {
    /// The word before its keys, without the dot; `any` for any.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Scope::Any => "any",
            _ => prefix(*self).trim_end_matches('.'),
        })
    }
}

/// Whether a name reads back as a name: not as a keyword, a number, or something with a sign in it.
pub(crate) fn can_stand_bare(name: &str) -> bool {
    is_word(name)
        && keyword(name).is_none()
        && !name.starts_with(|c: char| c.is_ascii_digit())
        && !name.ends_with('.')
        && !name.chars().any(value::is_control)
}

/// A value as a person would write it: in quotes only where it must.
pub(crate) fn written(field: &Field, text: &str) -> String {
    let plain = is_word(text)
        && keyword(text).is_none()
        && text.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '/' | ':' | '@'))
        && value::typed(field, Op::Equal, text, false) == value::typed(field, Op::Equal, text, true);
    if plain { text.to_owned() } else { quote(text) }
}
