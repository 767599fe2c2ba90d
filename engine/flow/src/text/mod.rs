//! How values are written: `18ms`, `120/s`, `1.2KiB`, `0.5%`, `p99(end_to_end) < 2s`.
//!
//! Every value has one canonical text ([`std::fmt::Display`]) that reads back as exactly the same value
//! ([`std::str::FromStr`]); among the exact texts the shortest one is chosen. Where values may stand in a document is
//! the business of [`crate::read`].

mod decimal;
mod duration;
pub mod expectation;
mod fault;
mod rate;
mod share;
mod size;

use std::fmt;

pub use expectation::METRICS;
pub(crate) use expectation::parse_expectation;

use crate::model::{Duration, Rate, Share, Size};

/// Why a text is not a value of the wanted sort.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValueError {
    /// What is wrong, as a sentence without its full stop.
    pub message: String,
    /// What to write instead.
    pub help: Option<String>,
}

impl ValueError {
    pub(crate) fn new(message: impl Into<String>, help: impl Into<String>) -> Self {
        ValueError { message: message.into(), help: Some(help.into()) }
    }
}

impl fmt::Display for ValueError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        match &self.help {
            Some(help) => write!(f, "; {help}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for ValueError {}

/// The canonical text of a duration, such as `1.5s`.
pub fn format_duration(value: Duration) -> String {
    value.to_string()
}

/// The canonical text of a rate, such as `120/s`.
pub fn format_rate(value: Rate) -> String {
    value.to_string()
}

/// The canonical text of a size, such as `1.2KiB`.
pub fn format_size(value: Size) -> String {
    value.to_string()
}

/// The canonical text of a share, such as `0.5%`.
pub fn format_share(value: Share) -> String {
    value.to_string()
}

/// Splits `12.5ms` into `12.5` and `ms`; the first part is empty when the text does not begin with a number.
pub(crate) fn split_number(text: &str) -> (&str, &str) {
    let bytes = text.as_bytes();
    let mut end = usize::from(matches!(bytes.first(), Some(b'-' | b'+')));
    let digits_from = end;
    while matches!(bytes.get(end), Some(b'0'..=b'9' | b'.')) {
        end += 1;
    }
    if end == digits_from {
        return ("", text);
    }
    // An exponent belongs to the number only when digits follow it: `2e3/s`, but `2eggs` is a unit nobody knows.
    if matches!(bytes.get(end), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(end + 1), Some(b'-' | b'+')));
        let mut exponent = end + 1 + sign;
        while matches!(bytes.get(exponent), Some(b'0'..=b'9')) {
            exponent += 1;
        }
        if exponent > end + 1 + sign {
            end = exponent;
        }
    }
    text.split_at(end)
}

/// Reads a finite number; `what` names it in the message.
pub(crate) fn parse_number(text: &str, what: &str, example: &str) -> Result<f64, ValueError> {
    let (number, rest) = split_number(text);
    let value = number.parse::<f64>().ok().filter(|v| rest.is_empty() && v.is_finite());
    value.ok_or_else(|| {
        ValueError::new(format!("`{text}` is not {what}"), format!("write a number such as `{example}`"))
    })
}
