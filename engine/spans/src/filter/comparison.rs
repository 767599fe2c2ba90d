//! Whether single values compare with what a filter names: the meaning of every operator, in one place.

use std::cmp::Ordering;

use regex::{Regex, RegexBuilder};
use thalweg_flow::Duration;

use super::expr::{Field, Op, Value};
use super::limits::{MAX_PATTERN_BYTES, MAX_PATTERN_DEPTH};
use super::value::{duration, number, unit_of};

/// Longest text that is searched for byte by byte; beyond it a copy in lower case is cheaper.
const SHORT: usize = 64;

/// One value of a field.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Scalar<'a> {
    /// Text; ids in lower-case hexadecimal digits, bytes likewise.
    Text(&'a str),
    /// A whole number.
    Integer(i64),
    /// A number.
    Number(f64),
    /// Nanoseconds; of [`Field::Start`] and [`Field::TraceStart`] since 1970.
    Duration(u64),
    /// Truth.
    Bool(bool),
    /// There, but equal to nothing: a value set to nothing, an empty list.
    Other,
}

/// Why a regular expression cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the regular expression `{pattern}` cannot be used: {detail}")]
pub struct PatternError {
    /// The expression.
    pub pattern: String,
    /// What is wrong with it.
    pub detail: String,
}

/// An operator with its value, ready to be asked of many values of one field.
///
/// Of several values of a field one that [compares](Self::one) is enough. A negated operator holds when the field is there and
/// none compares; so `a != b` is `exists a and not a = b`.
#[derive(Debug, Clone)]
pub struct Comparison {
    test: Test,
    negated: bool,
}

#[derive(Debug, Clone)]
enum Test {
    Equal(Wanted),
    Order(fn(Ordering) -> bool, Wanted),
    /// In lower case.
    Contains(String),
    Matches(Box<Regex>),
}

#[derive(Debug, Clone)]
enum Wanted {
    Text {
        text: String,
        /// Its number, and its number as it is counted.
        number: Option<f64>,
        integer: Option<i64>,
    },
    Number {
        number: f64,
        text: String,
    },
    Duration {
        nanos: u64,
        /// Nanoseconds of the unit that the field's key names.
        unit: Option<u64>,
    },
    Bool(bool),
}

impl Comparison {
    /// Of a filter's `field op value`.
    pub fn new(field: &Field, op: Op, value: &Value) -> Result<Self, PatternError> {
        let (op, negated) = op.split();
        let test = match op {
            Op::Contains | Op::NotContains => Test::Contains(text_of(value).to_lowercase()),
            Op::Matches | Op::NotMatches => Test::Matches(Box::new(pattern(&text_of(value))?)),
            Op::Equal | Op::NotEqual => Test::Equal(Wanted::new(field, value)),
            Op::Less => Test::Order(Ordering::is_lt, Wanted::new(field, value)),
            Op::LessOrEqual => Test::Order(Ordering::is_le, Wanted::new(field, value)),
            Op::Greater => Test::Order(Ordering::is_gt, Wanted::new(field, value)),
            Op::GreaterOrEqual => Test::Order(Ordering::is_ge, Wanted::new(field, value)),
        };
        Ok(Comparison { test, negated })
    }

    /// Whether it holds for a field with these values.
    pub fn holds(&self, values: &[Scalar<'_>]) -> bool {
        !values.is_empty() && self.negated != values.iter().any(|value| self.one(*value))
    }

    /// Whether the operator is a negation.
    pub fn is_negated(&self) -> bool {
        self.negated
    }

    /// The text that a field must be equal to, when that is what is asked, negation aside.
    #[cfg(not(target_family = "wasm"))]
    pub(crate) fn equal_text(&self) -> Option<&str> {
        match &self.test {
            Test::Equal(Wanted::Text { text, .. } | Wanted::Number { text, .. }) => Some(text),
            _ => None,
        }
    }

    /// The one whole number that a field must be equal to, when that is what is asked and it is a whole number, negation aside.
    #[cfg(not(target_family = "wasm"))]
    pub(crate) fn equal_integer(&self) -> Option<i64> {
        match &self.test {
            Test::Equal(Wanted::Text { integer, .. }) => *integer,
            // From 2^53 on several are one as a double.
            Test::Equal(Wanted::Number { number, .. })
                if number.fract() == 0.0 && number.abs() < (1_u64 << 53) as f64 =>
            {
                Some(*number as i64)
            }
            _ => None,
        }
    }

    /// Whether it is `>` or `>=`, so that it holds for no value if not for the greatest.
    #[cfg(not(target_family = "wasm"))]
    pub(crate) fn asks_for_more(&self) -> bool {
        matches!(&self.test, Test::Order(fits, _) if fits(Ordering::Greater))
    }

    /// Whether a whole number from `least` to `greatest` may compare, the operator taken without its negation. Now and then wrongly yes.
    #[cfg(not(target_family = "wasm"))]
    pub(crate) fn one_between(&self, least: i64, greatest: i64) -> bool {
        let (fits, wanted): (fn(Ordering) -> bool, _) = match &self.test {
            Test::Order(fits, wanted) => (*fits, wanted),
            Test::Equal(wanted) => (Ordering::is_eq, wanted),
            Test::Contains(_) | Test::Matches(_) => return true,
        };
        match (wanted.order_of(Scalar::Integer(least)), wanted.order_of(Scalar::Integer(greatest))) {
            // Greater numbers never stand lower, also where several are one as a double.
            (Some(from), Some(to)) => [Ordering::Less, Ordering::Equal, Ordering::Greater]
                .iter()
                .any(|at| (from..=to).contains(at) && fits(*at)),
            _ => true,
        }
    }

    /// The least and the greatest number of nanoseconds for which it holds, where a length or a point of time is named.
    pub(crate) fn nanos(&self) -> (Option<u64>, Option<u64>) {
        let (least, greatest) = match &self.test {
            Test::Equal(Wanted::Duration { nanos, unit: None }) => (Some(*nanos), Some(*nanos)),
            Test::Order(fits, Wanted::Duration { nanos, unit: None }) => {
                match [Ordering::Less, Ordering::Equal].map(fits) {
                    [true, true] => (None, Some(*nanos)),
                    [true, false] => (None, nanos.checked_sub(1)),
                    [false, true] => (Some(*nanos), None),
                    [false, false] => (nanos.checked_add(1), None),
                }
            }
            _ => (None, None),
        };
        if self.negated { (None, None) } else { (least, greatest) }
    }

    /// Whether one value compares, the operator taken without its negation.
    pub fn one(&self, seen: Scalar<'_>) -> bool {
        match &self.test {
            Test::Equal(wanted) => wanted.equals(seen),
            Test::Order(fits, wanted) => wanted.order_of(seen).is_some_and(fits),
            Test::Contains(needle) => as_text(seen, |text| contains(text, needle)),
            Test::Matches(regex) => as_text(seen, |text| regex.is_match(text)),
        }
    }
}

impl Wanted {
    fn new(field: &Field, value: &Value) -> Self {
        match value {
            Value::Text(text) => Wanted::Text { number: number(text), integer: text.parse().ok(), text: text.clone() },
            Value::Number(number) => Wanted::Number { number: *number, text: number.to_string() },
            Value::Duration(nanos) => {
                let unit = match field {
                    Field::Attribute(_, key) => unit_of(key),
                    _ => None,
                };
                Wanted::Duration { nanos: *nanos, unit }
            }
            Value::Bool(value) => Wanted::Bool(*value),
        }
    }

    /// Texts are equal to the letter. A number and a text are equal when the text is the number's; a duration and a text when
    /// the text is that duration in any units; truth and a text when it is written so.
    #[expect(clippy::float_cmp, reason = "equal is what was asked")]
    fn equals(&self, seen: Scalar<'_>) -> bool {
        match (self, seen) {
            (Wanted::Text { text, .. } | Wanted::Number { text, .. }, Scalar::Text(seen)) => text == seen,
            (Wanted::Text { text, .. }, Scalar::Bool(seen)) => text == if seen { "true" } else { "false" },
            // Beyond 2^53 a double no longer counts one by one.
            (Wanted::Text { integer: Some(integer), .. }, Scalar::Integer(seen)) => *integer == seen,
            (Wanted::Bool(value), Scalar::Bool(seen)) => *value == seen,
            (Wanted::Bool(value), Scalar::Text(seen)) => seen == if *value { "true" } else { "false" },
            (Wanted::Duration { .. }, seen) => self.order_of(seen) == Some(Ordering::Equal),
            (Wanted::Text { number: Some(number), .. } | Wanted::Number { number, .. }, seen) => {
                as_number(seen).is_some_and(|seen| seen == *number)
            }
            _ => false,
        }
    }

    /// How a value stands to the wanted one; nothing when they cannot be compared. Texts go by their letters' numbers.
    fn order_of(&self, seen: Scalar<'_>) -> Option<Ordering> {
        match (self, seen) {
            (Wanted::Text { text, .. }, Scalar::Text(seen)) => Some(seen.cmp(text)),
            (Wanted::Text { integer: Some(integer), .. }, Scalar::Integer(seen)) => Some(seen.cmp(integer)),
            (Wanted::Text { number: wanted, .. }, seen) => as_number(seen)?.partial_cmp(wanted.as_ref()?),
            (Wanted::Number { number: wanted, .. }, Scalar::Text(seen)) => number(seen)?.partial_cmp(wanted),
            (Wanted::Number { number: wanted, .. }, seen) => as_number(seen)?.partial_cmp(wanted),
            (Wanted::Duration { nanos, .. }, Scalar::Duration(seen)) => Some(seen.cmp(nanos)),
            (Wanted::Duration { nanos, .. }, Scalar::Text(seen)) => Some(duration(seen)?.cmp(nanos)),
            (Wanted::Duration { nanos, unit }, seen) => {
                (as_number(seen)? * unit.as_ref().map(|unit| *unit as f64)?).partial_cmp(&(*nanos as f64))
            }
            (Wanted::Bool(_), _) => None,
        }
    }
}

fn as_number(seen: Scalar<'_>) -> Option<f64> {
    match seen {
        Scalar::Integer(number) => Some(number as f64),
        Scalar::Number(number) => Some(number),
        _ => None,
    }
}

/// What a filter's value is as a text.
fn text_of(value: &Value) -> String {
    match value {
        Value::Text(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Duration(nanos) => Duration::from_nanos(*nanos).to_string(),
        Value::Bool(value) => value.to_string(),
    }
}

/// Asks a value as a text.
fn as_text(seen: Scalar<'_>, ask: impl Fn(&str) -> bool) -> bool {
    match seen {
        Scalar::Text(text) => ask(text),
        Scalar::Integer(number) => ask(&number.to_string()),
        Scalar::Number(number) => ask(&number.to_string()),
        Scalar::Duration(nanos) => ask(&Duration::from_nanos(nanos).to_string()),
        Scalar::Bool(value) => ask(if value { "true" } else { "false" }),
        Scalar::Other => false,
    }
}

/// Whether a text contains another, given in lower case, whatever the case of its letters.
fn contains(text: &str, needle: &str) -> bool {
    if !text.is_ascii() || needle.len() > SHORT {
        return text.to_lowercase().contains(needle);
    }
    let needle = needle.as_bytes();
    needle.is_empty() || text.as_bytes().windows(needle.len()).any(|part| part.eq_ignore_ascii_case(needle))
}

fn pattern(text: &str) -> Result<Regex, PatternError> {
    RegexBuilder::new(text)
        .nest_limit(MAX_PATTERN_DEPTH)
        .size_limit(MAX_PATTERN_BYTES)
        .dfa_size_limit(MAX_PATTERN_BYTES)
        .build()
        .map_err(|error| {
            let detail = match error {
                regex::Error::CompiledTooBig(limit) => format!("it would take more than {limit} bytes of memory"),
                // The last line of a message that draws the place.
                other => other.to_string().lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned(),
            };
            PatternError { pattern: super::value::shown(text), detail }
        })
}
