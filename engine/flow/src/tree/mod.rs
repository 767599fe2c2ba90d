//! The YAML tree with places: what the text says before anything of it is understood.
//!
//! Built from the events of `saphyr-parser` (YAML 1.2) within the budget of [`crate::limits`]. Spans are byte ranges of
//! the text, so that problems point at places and edits patch them.

mod build;
mod source;

use std::ops::Range;

#[cfg(test)]
pub(crate) use build::parses;
pub(crate) use build::{Fault, parse};
pub(crate) use source::Source;

use crate::path::{Path, Step};

/// A value and where it stands.
#[derive(Debug, Clone)]
pub(crate) struct Yaml {
    /// Byte range in the text. Of a block map or list: from its first key or dash to the end of its last value.
    pub(crate) span: Range<usize>,
    /// What it is.
    pub(crate) kind: Kind,
    /// It is a copy made by an alias: `span` is that of the alias, inner spans those of the anchored value.
    pub(crate) aliased: bool,
}

/// What a value is.
#[derive(Debug, Clone)]
pub(crate) enum Kind {
    /// A scalar.
    Scalar(Scalar),
    /// A list.
    Seq {
        /// Its values.
        items: Vec<Yaml>,
        /// Written with brackets.
        flow: bool,
    },
    /// A map.
    Map {
        /// Its keys and values in order.
        entries: Vec<Entry>,
        /// Written with braces.
        flow: bool,
    },
}

/// A scalar's text.
#[derive(Debug, Clone)]
pub(crate) struct Scalar {
    /// The text without quotes and escapes.
    pub(crate) text: String,
    /// Written without quotes, so that numbers and words like `null` mean themselves.
    pub(crate) plain: bool,
}

/// A key and its value.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    /// The key.
    pub(crate) key: Key,
    /// The value.
    pub(crate) value: Yaml,
}

/// A key and where it stands.
#[derive(Debug, Clone)]
pub(crate) struct Key {
    /// The text without quotes and escapes.
    pub(crate) text: String,
    /// Byte range in the text, quotes included.
    pub(crate) span: Range<usize>,
}

impl Yaml {
    /// The value of a key, when this is a map that has it.
    pub(crate) fn get(&self, key: &str) -> Option<&Yaml> {
        self.entry(key).map(|e| &e.value)
    }

    /// The entry of a key, when this is a map that has it.
    pub(crate) fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries().iter().find(|e| e.key.text == key)
    }

    /// The entries of a map; none for anything else.
    pub(crate) fn entries(&self) -> &[Entry] {
        match &self.kind {
            Kind::Map { entries, .. } => entries,
            _ => &[],
        }
    }

    /// The values of a list; none for anything else.
    pub(crate) fn items(&self) -> &[Yaml] {
        match &self.kind {
            Kind::Seq { items, .. } => items,
            _ => &[],
        }
    }

    /// The scalar, if this is one.
    pub(crate) fn scalar(&self) -> Option<&Scalar> {
        match &self.kind {
            Kind::Scalar(scalar) => Some(scalar),
            _ => None,
        }
    }

    /// Nothing is written here, or `null` or `~`.
    pub(crate) fn is_null(&self) -> bool {
        self.scalar().is_some_and(|s| s.plain && matches!(s.text.as_str(), "" | "~" | "null" | "Null" | "NULL"))
    }

    /// One step down.
    pub(crate) fn step(&self, step: &Step) -> Option<&Yaml> {
        match step {
            Step::Key(key) => self.get(key),
            Step::Index(index) => self.items().get(*index),
        }
    }

    /// The value at a path.
    pub(crate) fn at(&self, path: &Path) -> Option<&Yaml> {
        path.0.iter().try_fold(self, |at, step| at.step(step))
    }

    /// The place of a path, or of its nearest ancestor that exists. The place of a map's value is the value itself, or
    /// its key when the value is a map or list in block style (which would underline half the document).
    pub(crate) fn place(&self, path: &Path) -> Range<usize> {
        let mut at = self;
        let mut place = self.span.start..self.span.start;
        for step in &path.0 {
            let key = match step {
                Step::Key(key) => at.entry(key).map(|e| e.key.span.clone()),
                Step::Index(_) => None,
            };
            let Some(next) = at.step(step) else { return place };
            at = next;
            place = at.short_place().or(key).unwrap_or(at.span.start..at.span.start);
        }
        place
    }

    /// The place of the key that a path ends with; of its value when that is an entry of a list.
    pub(crate) fn key_place(&self, path: &Path) -> Range<usize> {
        let key = match path.0.split_last() {
            Some((Step::Key(key), above)) => self.at(&Path(above.to_vec())).and_then(|y| y.entry(key)),
            _ => None,
        };
        key.map_or_else(|| self.place(path), |e| e.key.span.clone())
    }

    /// Its own place when it is a scalar or in flow style.
    pub(crate) fn short_place(&self) -> Option<Range<usize>> {
        match &self.kind {
            Kind::Scalar(_) if self.span.is_empty() => None,
            Kind::Scalar(_) => Some(self.span.clone()),
            Kind::Seq { flow, .. } | Kind::Map { flow, .. } => (*flow || self.aliased).then(|| self.span.clone()),
        }
    }

    /// As JSON, with plain scalars resolved by the core schema of YAML 1.2.
    pub(crate) fn to_json(&self) -> serde_json::Value {
        use serde_json::Value;
        match &self.kind {
            Kind::Scalar(scalar) => scalar.to_json(),
            Kind::Seq { items, .. } => Value::Array(items.iter().map(Yaml::to_json).collect()),
            Kind::Map { entries, .. } => {
                Value::Object(entries.iter().map(|e| (e.key.text.clone(), e.value.to_json())).collect())
            }
        }
    }
}

impl Scalar {
    /// Resolved by the core schema (YAML 1.2.2, 10.3.2); infinities and NaN, which JSON does not have, stay text.
    fn to_json(&self) -> serde_json::Value {
        use serde_json::Value;
        if !self.plain {
            return Value::String(self.text.clone());
        }
        match self.text.as_str() {
            "" | "~" | "null" | "Null" | "NULL" => return Value::Null,
            "true" | "True" | "TRUE" => return Value::Bool(true),
            "false" | "False" | "FALSE" => return Value::Bool(false),
            _ => {}
        }
        let text = self.text.as_str();
        let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
        if !digits.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
            return Value::String(self.text.clone());
        }
        let unsigned = text.strip_prefix('+').unwrap_or(text);
        if let Ok(number) = unsigned.parse::<u64>() {
            return number.into();
        }
        if let Ok(number) = unsigned.parse::<i64>() {
            return number.into();
        }
        let number = unsigned.parse::<f64>().ok().and_then(serde_json::Number::from_f64);
        number.map_or_else(|| Value::String(self.text.clone()), Value::Number)
    }
}
