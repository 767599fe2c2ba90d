//! What the tokens before the caret leave open.

use super::super::expr::{Field, Op, Scope};
use super::super::names::{self, keyword};
use super::super::token::{Kind, Token};

/// What is awaited behind some tokens.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Awaited {
    /// A condition, and whether one stands before it, so that `and` and `or` fit too.
    Condition { joined: bool },
    /// A field, behind `exists`.
    Field,
    /// An operator.
    Operator(Field),
    /// The rest of `not in` and the like.
    Negated(Field),
    /// A value.
    Value(Field, Op),
    /// The list behind `in`.
    List(Field),
    /// `and`, `or`, an end.
    Joint,
    /// A relation; and what may follow one, when the brace that was closed stands on the right of one.
    Relation { whole: bool },
    /// The brace behind a relation.
    Brace,
}

/// What is not closed yet.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Open {
    Parenthesis,
    /// A side of a relation, and whether it is a right one.
    Brace {
        right: bool,
    },
    /// The values that a field is compared with.
    List(Field),
}

/// Follows the tokens: what is awaited behind them, and what is not closed yet.
pub(super) fn awaited(tokens: &[Token<'_>]) -> (Awaited, Vec<Open>) {
    let mut open = Vec::new();
    let mut state = Awaited::Condition { joined: false };
    for (i, token) in tokens.iter().enumerate() {
        state = step(state, &token.kind, &tokens[i + 1..], &mut open);
    }
    (state, open)
}

fn step(state: Awaited, kind: &Kind<'_>, next: &[Token<'_>], open: &mut Vec<Open>) -> Awaited {
    match (state, kind) {
        (Awaited::Value(..) | Awaited::Field, Kind::Word(_) | Kind::Quoted(_)) => Awaited::Joint,
        (Awaited::List(field), Kind::Sign("(")) => {
            open.push(Open::List(field.clone()));
            Awaited::Value(field, Op::Equal)
        }
        (Awaited::Field, Kind::Sign("(")) => {
            open.push(Open::Parenthesis);
            Awaited::Field
        }
        (state, Kind::Sign(",")) => match open.last() {
            Some(Open::List(field)) => Awaited::Value(field.clone(), Op::Equal),
            _ => state,
        },
        (Awaited::Operator(field), Kind::Sign(sign)) if is_operator_sign(sign) => {
            Awaited::Value(field, Op::from_sign(sign).unwrap_or(Op::Equal))
        }
        (Awaited::Operator(field) | Awaited::Negated(field), Kind::Word(word)) => match keyword(word) {
            Some("in") => Awaited::List(field),
            Some("contains") => Awaited::Value(field, Op::Contains),
            Some("matches") => Awaited::Value(field, Op::Matches),
            Some("not") => Awaited::Negated(field),
            // What looked like a field is a word that is searched for.
            _ => condition(kind, next),
        },
        (Awaited::Relation { .. }, Kind::Sign(sign)) if names::RELATIONS.iter().any(|r| r.sign() == *sign) => {
            Awaited::Brace
        }
        (state, Kind::Sign("{")) => {
            open.push(Open::Brace { right: state == Awaited::Brace });
            Awaited::Condition { joined: false }
        }
        (_, Kind::Sign("(" | "!" | "&&" | "||")) => {
            if *kind == Kind::Sign("(") {
                open.push(Open::Parenthesis);
            }
            Awaited::Condition { joined: false }
        }
        (_, Kind::Sign(sign @ (")" | "}"))) => match (open.pop(), *sign) {
            (Some(Open::Brace { right }), "}") => Awaited::Relation { whole: right },
            _ => Awaited::Joint,
        },
        (_, Kind::Word(_)) => condition(kind, next),
        // A text in quotes is a key where it is compared, or may still be.
        (_, Kind::Quoted(quoted)) if quoted.scope.is_some() || is_compared(next) || next.is_empty() => {
            Awaited::Operator(Field::Attribute(quoted.scope.unwrap_or(Scope::Any), quoted.content.clone().into_owned()))
        }
        (Awaited::Condition { .. }, Kind::Quoted(_)) => Awaited::Joint,
        (state, _) => state,
    }
}

/// A word where a condition may begin.
fn condition(kind: &Kind<'_>, next: &[Token<'_>]) -> Awaited {
    let Kind::Word(word) = kind else { return Awaited::Condition { joined: false } };
    match keyword(word) {
        Some("and" | "or" | "not") if !is_compared(next) => Awaited::Condition { joined: false },
        Some("exists") if !is_compared(next) => Awaited::Field,
        _ if is_compared(next) || next.is_empty() => Awaited::Operator(names::field(word)),
        _ => Awaited::Condition { joined: true },
    }
}

fn is_operator_sign(sign: &str) -> bool {
    // Those of other languages are refused by reading, and what is meant is told there.
    Op::from_sign(sign).is_some() || matches!(sign, "~=" | "~~" | "=<" | "=>" | "<>" | "===" | "!==")
}

/// Whether a comparison follows, or the beginning of one: then what stands before it is a field.
fn is_compared(next: &[Token<'_>]) -> bool {
    let is_word_operator = |kind: Option<&Kind<'_>>| match kind {
        Some(Kind::Word(word)) => matches!(keyword(word), Some("in" | "contains" | "matches")),
        _ => false,
    };
    let (first, second) = (next.first().map(|token| &token.kind), next.get(1).map(|token| &token.kind));
    match first {
        Some(Kind::Sign(sign)) => is_operator_sign(sign),
        Some(Kind::Word(word)) if keyword(word) == Some("not") => second.is_none() || is_word_operator(second),
        _ => is_word_operator(first),
    }
}
