//! Maps with known keys, maps with names, lists, and choices by a single key.

use indexmap::IndexMap;
use serde_json::Value;

use super::{Reader, shown};
use crate::path::Step;
use crate::suggest;
use crate::tree::{Entry, Kind, Yaml};

/// A map whose keys are known; remembers which were asked for, so that the others can be refused by name.
pub(crate) struct Fields<'y> {
    map: &'y Yaml,
    known: Vec<&'static str>,
}

impl<'y> Fields<'y> {
    /// The entry of a key.
    pub(crate) fn entry(&mut self, key: &'static str) -> Option<&'y Entry> {
        self.known.push(key);
        self.map.entry(key)
    }

    /// Whether a key is written, without asking for it.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.map.entry(key).is_some()
    }

    /// Reads the value of a key that may be left out.
    pub(crate) fn opt<'t, T>(
        &mut self,
        reader: &mut Reader<'t>,
        key: &'static str,
        read: impl FnOnce(&mut Reader<'t>, &Yaml) -> Option<T>,
    ) -> Option<T> {
        let entry = self.entry(key)?;
        reader.within(Step::Key(key.to_owned()), |reader| {
            if entry.value.is_null() {
                let path = reader.path().clone();
                reader
                    .error(
                        entry.key.span.clone(),
                        "no-value",
                        format!("`{key}` has no value"),
                        Some("write one, or remove the key".to_owned()),
                    )
                    .offer_removal(format!("Remove `{key}`"), &path);
                return None;
            }
            read(reader, &entry.value)
        })
    }

    /// Reads the value of a key that must be there.
    pub(crate) fn req<'t, T>(
        &mut self,
        reader: &mut Reader<'t>,
        key: &'static str,
        example: &str,
        read: impl FnOnce(&mut Reader<'t>, &Yaml) -> Option<T>,
    ) -> Option<T> {
        if !self.has(key) {
            self.known.push(key);
            let place = start_of(self.map);
            let path = reader.path().clone().key(key);
            let help = Some(format!("write `{key}: {example}`"));
            let noted = reader.error(place, "missing-key", format!("`{key}` is missing"), help);
            // Capitals stand for a name that only the author knows.
            if !example.chars().any(char::is_uppercase) && example.chars().all(|c| c.is_ascii_alphanumeric()) {
                let value = example.parse::<u64>().map_or_else(|_| Value::from(example), Value::from);
                noted.offer_value(format!("Write `{key}: {example}`"), &path, value);
            }
            return None;
        }
        self.opt(reader, key, read)
    }

    /// Reads a list that may be left out.
    pub(crate) fn list<'t, T>(
        &mut self,
        reader: &mut Reader<'t>,
        key: &'static str,
        each: impl FnMut(&mut Reader<'t>, &Yaml) -> Option<T>,
    ) -> Vec<T> {
        self.opt(reader, key, |reader, y| Some(reader.list(y, each))).unwrap_or_default()
    }

    /// Refuses every key that nobody asked for.
    pub(crate) fn done(self, reader: &mut Reader<'_>, of: &str) {
        let written: Vec<&str> = self.map.entries().iter().map(|entry| entry.key.text.as_str()).collect();
        for entry in self.map.entries() {
            if !self.known.contains(&entry.key.text.as_str()) {
                reader.unknown_key(entry, of, &self.known, &written);
            }
        }
    }
}

impl<'t> Reader<'t> {
    pub(crate) fn unknown_key(&mut self, entry: &Entry, of: &str, known: &[&str], written: &[&str]) {
        let key = &entry.key.text;
        let map = self.path().clone();
        // A key that is there already cannot be what was meant.
        let near = suggest::nearest(key, known.iter().copied()).filter(|near| !written.contains(near));
        self.within(Step::Key(key.clone()), |reader| {
            reader
                .error(
                    entry.key.span.clone(),
                    "unknown-key",
                    format!("{of} has no key `{}`", shown(key)),
                    Some(suggest::sentence(key, known)),
                )
                .offer_key(key, near, &map, entry.value.to_json())
                .offer_removal(format!("Remove `{}`", shown(key)), &map.clone().key(key));
        });
    }

    /// Opens a map with known keys.
    pub(crate) fn fields<'y>(&mut self, y: &'y Yaml, what: &str) -> Option<Fields<'y>> {
        if matches!(y.kind, Kind::Map { .. }) {
            return Some(Fields { map: y, known: Vec::new() });
        }
        self.expected(y, what);
        None
    }

    /// Reads each value of a list.
    pub(crate) fn list<T>(&mut self, y: &Yaml, mut each: impl FnMut(&mut Reader<'t>, &Yaml) -> Option<T>) -> Vec<T> {
        let Kind::Seq { items, .. } = &y.kind else {
            self.expected(y, "a list (`[…]`, or lines that begin with `- `)");
            return Vec::new();
        };
        let mut values = Vec::with_capacity(items.len());
        let mut kept = Vec::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            let value = self.within(Step::Index(index), |reader| {
                if item.is_null() {
                    let help = Some("remove it".to_owned());
                    let path = reader.path().clone();
                    reader
                        .error(item.span.clone(), "no-value", "this list entry is empty", help)
                        .offer_removal("Remove the empty entry".to_owned(), &path);
                    return None;
                }
                each(reader, item)
            });
            if let Some(value) = value {
                values.push(value);
                kept.push(index);
            }
        }
        if kept.len() < items.len() {
            self.note_gaps(kept);
        }
        values
    }

    /// Reads a map of names to values.
    pub(crate) fn named<T>(
        &mut self,
        y: &Yaml,
        what: &str,
        mut each: impl FnMut(&mut Reader<'t>, &Entry) -> Option<T>,
    ) -> IndexMap<String, T> {
        let Kind::Map { entries, .. } = &y.kind else {
            self.expected(y, what);
            return IndexMap::new();
        };
        let mut values = IndexMap::with_capacity(entries.len());
        for entry in entries {
            let value = self.within(Step::Key(entry.key.text.clone()), |reader| {
                if entry.value.is_null() {
                    reader.error(
                        entry.key.span.clone(),
                        "no-value",
                        format!("`{}` has no value", shown(&entry.key.text)),
                        Some("write what it is, or remove it".to_owned()),
                    );
                    return None;
                }
                each(reader, entry)
            });
            if let Some(value) = value {
                values.insert(entry.key.text.clone(), value);
            }
        }
        values
    }

    /// Opens a choice that is made by a map's single key, such as `{ poisson: 120/s }`.
    pub(crate) fn choice<'y>(
        &mut self,
        y: &'y Yaml,
        what: &str,
        known: &[&'static str],
    ) -> Option<(&'static str, &'y Yaml)> {
        let Kind::Map { entries, .. } = &y.kind else {
            let help = format!("write a map with one of the keys {}", known.join(", "));
            self.expected_with(y, what, Some(help));
            return None;
        };
        let [entry] = entries.as_slice() else {
            let place = start_of(y);
            let message =
                if entries.is_empty() { format!("{what} is empty") } else { format!("{what} has more than one key") };
            self.error(place, "one-key", message, Some(format!("write exactly one of {}", known.join(", "))));
            return None;
        };
        let Some(name) = known.iter().find(|k| **k == entry.key.text) else {
            let word = &entry.key.text;
            let map = self.path().clone();
            let near = suggest::nearest(word, known.iter().copied());
            self.within(Step::Key(word.clone()), |reader| {
                reader
                    .error(
                        entry.key.span.clone(),
                        "unknown-kind",
                        format!("{what} cannot be `{}`", shown(word)),
                        Some(suggest::sentence(word, known)),
                    )
                    .offer_key(word, near, &map, entry.value.to_json());
            });
            return None;
        };
        if entry.value.is_null() {
            self.error(
                entry.key.span.clone(),
                "no-value",
                format!("`{name}` has no value"),
                Some("write one behind the colon".to_owned()),
            );
            return None;
        }
        Some((name, &entry.value))
    }
}

/// The place that stands for a whole value: all of it in flow style, its first line's start otherwise.
pub(super) fn start_of(y: &Yaml) -> std::ops::Range<usize> {
    y.short_place().unwrap_or_else(|| {
        let end = y.entries().first().map_or(y.span.start, |e| e.key.span.end);
        y.span.start..end.max(y.span.start)
    })
}
