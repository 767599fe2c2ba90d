//! Single values: texts, numbers, values with units, words of a list.

use std::str::FromStr;

use super::fields::start_of;
use super::{Reader, shown};
use crate::model::{Duration, Rate, Share, Size};
use crate::suggest;
use crate::text::{ValueError, parse_number};
use crate::tree::{Kind, Scalar, Yaml};

/// Longer texts than this are no value with a unit.
const LONGEST_VALUE: usize = 200;

impl Reader<'_> {
    /// Notes that something else was expected here.
    pub(crate) fn expected(&mut self, y: &Yaml, what: &str) {
        self.expected_with(y, what, None);
    }

    /// Notes that something else was expected here, and what to write.
    pub(crate) fn expected_with(&mut self, y: &Yaml, what: &str, help: Option<String>) {
        let found = match &y.kind {
            Kind::Scalar(s) if s.plain && s.text.is_empty() => "nothing".to_owned(),
            Kind::Scalar(s) => format!("`{}`", shown(&s.text)),
            Kind::Seq { .. } => "a list".to_owned(),
            Kind::Map { .. } => "a map".to_owned(),
        };
        let place = start_of(y);
        self.error(place, "wrong-type", format!("expected {what}, found {found}"), help);
    }

    fn scalar<'y>(&mut self, y: &'y Yaml, what: &str) -> Option<&'y Scalar> {
        match y.scalar() {
            Some(scalar) if scalar.text.len() <= LONGEST_VALUE && !y.is_null() => Some(scalar),
            _ => {
                self.expected(y, what);
                None
            }
        }
    }

    pub(crate) fn value_error(&mut self, y: &Yaml, code: &'static str, error: ValueError) {
        let place = start_of(y);
        self.error(place, code, error.message, error.help);
    }

    fn unit_value<T: FromStr<Err = ValueError>>(&mut self, y: &Yaml, code: &'static str, what: &str) -> Option<T> {
        let scalar = self.scalar(y, what)?;
        match scalar.text.trim().parse() {
            Ok(value) => Some(value),
            Err(error) => {
                self.value_error(y, code, error);
                None
            }
        }
    }

    /// A duration such as `18ms`.
    pub(crate) fn duration(&mut self, y: &Yaml) -> Option<Duration> {
        self.unit_value(y, "duration", "a duration such as `18ms`")
    }

    /// A duration above 0.
    pub(crate) fn duration_above_zero(&mut self, y: &Yaml) -> Option<Duration> {
        let value = self.duration(y)?;
        if value == Duration::ZERO {
            self.error(
                y.span.clone(),
                "zero",
                "this time must be longer than 0",
                Some("write `1ms` or more".to_owned()),
            );
            return None;
        }
        Some(value)
    }

    /// A rate such as `120/s`.
    pub(crate) fn rate(&mut self, y: &Yaml) -> Option<Rate> {
        self.unit_value(y, "rate", "a rate such as `120/s`")
    }

    /// A rate above 0.
    pub(crate) fn rate_above_zero(&mut self, y: &Yaml) -> Option<Rate> {
        let value = self.rate(y)?;
        if value.as_per_second() <= 0.0 {
            let help = "write `1/s` or more; remove the key for no limit".to_owned();
            self.error(y.span.clone(), "zero", "this rate must be above 0", Some(help));
            return None;
        }
        Some(value)
    }

    /// A size such as `1.2KiB`.
    pub(crate) fn size(&mut self, y: &Yaml) -> Option<Size> {
        self.unit_value(y, "size", "a size such as `1.2KiB`")
    }

    /// A share such as `0.5%`.
    pub(crate) fn share(&mut self, y: &Yaml) -> Option<Share> {
        self.unit_value(y, "share", "a share such as `0.5%` or `0.005`")
    }

    /// A finite number.
    pub(crate) fn number(&mut self, y: &Yaml) -> Option<f64> {
        let scalar = self.scalar(y, "a number")?;
        match parse_number(&scalar.text, "a number", "1.5") {
            Ok(value) => Some(value),
            Err(error) => {
                self.value_error(y, "number", error);
                None
            }
        }
    }

    /// A whole number in a range.
    pub(crate) fn whole(&mut self, y: &Yaml, least: u64, most: u64) -> Option<u64> {
        let scalar = self.scalar(y, "a whole number")?;
        let text = scalar.text.as_str();
        let number = text.parse::<u64>().ok();
        if let Some(number) = number.filter(|n| (least..=most).contains(n)) {
            return Some(number);
        }
        let digits = text.strip_prefix('-').unwrap_or(text);
        let whole = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
        let range = if most == u64::MAX { format!("{least} or more") } else { format!("from {least} to {most}") };
        let message = if whole {
            format!("{} is not allowed here", shown(text))
        } else {
            format!("`{}` is not a whole number", shown(text))
        };
        self.error(y.span.clone(), "number", message, Some(format!("write a whole number, {range}")));
        None
    }

    /// A whole number from 1 to a million, for things that are counted one by one (instances, partitions, …).
    pub(crate) fn count(&mut self, y: &Yaml) -> Option<u32> {
        self.whole(y, 1, 1_000_000).map(|n| n as u32)
    }

    /// A text; `null` is none.
    pub(crate) fn text(&mut self, y: &Yaml) -> Option<String> {
        match y.scalar() {
            Some(scalar) if !y.is_null() => Some(scalar.text.clone()),
            _ => {
                self.expected(y, "a text");
                None
            }
        }
    }

    /// A text that is not empty.
    pub(crate) fn word_of_text(&mut self, y: &Yaml) -> Option<String> {
        let text = self.text(y)?;
        if text.trim().is_empty() {
            self.error(
                y.span.clone(),
                "no-value",
                "this text is empty",
                Some("write something, or remove the key".to_owned()),
            );
            return None;
        }
        Some(text)
    }

    /// One of several words.
    pub(crate) fn one_of<T: Copy>(&mut self, y: &Yaml, what: &str, known: &[(&str, T)]) -> Option<T> {
        let names: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
        let Some(scalar) = y.scalar().filter(|_| !y.is_null()) else {
            self.expected(y, &format!("{what}: one of {}", names.join(", ")));
            return None;
        };
        let found = known.iter().find(|(name, _)| *name == scalar.text);
        if found.is_none() {
            let message = format!("`{}` is not {what}", shown(&scalar.text));
            let near = suggest::nearest(&scalar.text, names.iter().copied());
            let path = self.path().clone();
            self.error(y.span.clone(), "unknown-word", message, Some(suggest::sentence(&scalar.text, &names)))
                .offer_word(&scalar.text, near, &path);
        }
        found.map(|(_, value)| *value)
    }
}
