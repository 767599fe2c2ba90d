//! Expectations: `METRIC(WHERE) OP VALUE`.

mod complete;

use std::fmt;
use std::ops::Range;
use std::str::FromStr;

use super::{ValueError, parse_number};
use crate::model::{Comparison, Duration, Expectation, Metric, Rate, Share, Subject};
use crate::suggest;
pub use complete::{Completion, Offer, OfferKind, complete};

/// The metrics' words, in the order of the format.
pub const METRICS: [(&str, Metric); 17] = [
    ("mean", Metric::Mean),
    ("p50", Metric::P50),
    ("p90", Metric::P90),
    ("p95", Metric::P95),
    ("p99", Metric::P99),
    ("p999", Metric::P999),
    ("max", Metric::Max),
    ("throughput", Metric::Throughput),
    ("lag", Metric::Lag),
    ("depth", Metric::Depth),
    ("dead_letters", Metric::DeadLetters),
    ("retries", Metric::Retries),
    ("duplicates", Metric::Duplicates),
    ("lost", Metric::Lost),
    ("utilization", Metric::Utilization),
    ("cost", Metric::Cost),
    ("recovered", Metric::Recovered),
];

/// What a metric is measured in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Seconds.
    Time,
    /// Events per second.
    Rate,
    /// A fraction.
    Share,
    /// A plain number.
    Count,
}

impl Metric {
    /// The word of the document.
    pub fn name(self) -> &'static str {
        METRICS.iter().find(|(_, metric)| *metric == self).map_or("", |(name, _)| name)
    }

    /// What it is measured in.
    pub fn unit(self) -> Unit {
        match self {
            Metric::Mean
            | Metric::P50
            | Metric::P90
            | Metric::P95
            | Metric::P99
            | Metric::P999
            | Metric::Max
            | Metric::Recovered => Unit::Time,
            Metric::Throughput => Unit::Rate,
            Metric::Utilization => Unit::Share,
            Metric::Lag
            | Metric::Depth
            | Metric::DeadLetters
            | Metric::Retries
            | Metric::Duplicates
            | Metric::Lost
            | Metric::Cost => Unit::Count,
        }
    }

    /// Writes a value of this metric, given in its base unit, as the document would.
    pub fn format(self, value: f64) -> String {
        match self.unit() {
            Unit::Time => Duration::from_secs_f64(value).to_string(),
            Unit::Rate => Rate::per_second(value).to_string(),
            Unit::Share => format!("{}%", (value * 1e4).round() / 100.0),
            Unit::Count => format!("{value}"),
        }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Subject::Flow => Ok(()),
            Subject::EndToEnd => f.write_str("end_to_end"),
            Subject::Node(node) => f.write_str(node),
            Subject::Group { channel, group } => write!(f, "{channel}/{group}"),
        }
    }
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Comparison::Less => "<",
            Comparison::LessOrEqual => "<=",
            Comparison::Greater => ">",
            Comparison::GreaterOrEqual => ">=",
            Comparison::Equal => "==",
            Comparison::NotEqual => "!=",
        })
    }
}

impl FromStr for Expectation {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        parse_expectation(text).map_err(|(_, error)| error)
    }
}

/// Reads an expectation; an error comes with the range of `text` that is wrong.
pub(crate) fn parse_expectation(text: &str) -> Result<Expectation, (Range<usize>, ValueError)> {
    let shape = "an expectation is `METRIC(WHERE) OP VALUE`, such as `p99(end_to_end) < 2s` or `lost == 0`";
    let operator = text
        .find(['<', '>', '=', '!'])
        .ok_or_else(|| (0..text.len(), ValueError::new(format!("`{text}` compares nothing"), shape)))?;
    let (comparison, width) = comparison(&text[operator..]).ok_or_else(|| {
        (operator..operator + 1, ValueError::new("no such comparison", "write <, <=, >, >=, == or !="))
    })?;
    let before = text.len() - text.trim_start().len();
    let left = text[..operator].trim_end();
    let (word, subject, subject_from) = match left.find('(') {
        None => (left.trim(), "", left.len()),
        Some(open) => {
            let Some(inner) = left[open + 1..].strip_suffix(')') else {
                return Err((open..left.len(), ValueError::new("the parenthesis is not closed", shape)));
            };
            (left[..open].trim(), inner, open + 1)
        }
    };
    let metric = METRICS.iter().find(|(name, _)| *name == word).map(|(_, metric)| *metric).ok_or_else(|| {
        let names: Vec<&str> = METRICS.iter().map(|(name, _)| *name).collect();
        let error = ValueError::new(format!("there is no metric `{word}`"), suggest::sentence(word, &names));
        (before..(before + word.len().max(1)).min(text.len()), error)
    })?;
    let value_from = operator + width;
    let raw = &text[value_from..];
    let start = value_from + (raw.len() - raw.trim_start().len());
    let value = value(metric, raw.trim()).map_err(|error| (start..text.len().max(start), error))?;
    let subject = parse_subject(subject.trim()).map_err(|error| (subject_from..subject_from + subject.len(), error))?;
    Ok(Expectation { text: text.trim().to_owned(), metric, subject, comparison, value })
}

fn comparison(text: &str) -> Option<(Comparison, usize)> {
    let known = [
        ("<=", Comparison::LessOrEqual),
        (">=", Comparison::GreaterOrEqual),
        ("==", Comparison::Equal),
        ("!=", Comparison::NotEqual),
        ("<", Comparison::Less),
        (">", Comparison::Greater),
    ];
    known.into_iter().find(|(word, _)| text.starts_with(word)).map(|(word, found)| (found, word.len()))
}

fn parse_subject(text: &str) -> Result<Subject, ValueError> {
    Ok(match text.split_once('/') {
        None if text.is_empty() => Subject::Flow,
        None if text == "end_to_end" => Subject::EndToEnd,
        None => Subject::Node(text.to_owned()),
        Some((channel, group)) if !channel.is_empty() && !group.is_empty() => {
            Subject::Group { channel: channel.to_owned(), group: group.to_owned() }
        }
        Some(_) => return Err(ValueError::new(format!("`{text}` names no group"), "write `channel/group`")),
    })
}

fn value(metric: Metric, text: &str) -> Result<f64, ValueError> {
    match metric.unit() {
        Unit::Time => text.parse::<Duration>().map(Duration::as_secs_f64),
        Unit::Rate => text.parse::<Rate>().map(Rate::as_per_second),
        Unit::Share => text.parse::<Share>().map(Share::as_fraction),
        Unit::Count => {
            let number = parse_number(text, "a number", "0")?;
            if number < 0.0 {
                let word = metric.name();
                return Err(ValueError::new(format!("`{word}` is never negative"), "write 0 or more"));
            }
            Ok(number)
        }
    }
}
