//! Patches: the smallest changes of the text that set or remove a value of a map.

use serde_json::{Map, Value};

use super::EditError;
use super::editor::{Editor, Patch};
use super::emit::{self, Quotes};
use crate::path::{Path, Step};
use crate::tree::{Entry, Kind, Yaml};

/// Lines are not made longer than this by adding to `{…}`.
const WIDEST: usize = 120;

impl Editor<'_> {
    /// Writes a value at a path: the least change that makes what is there equal to it.
    pub(super) fn set(&mut self, path: &Path, value: &Value) -> Result<(), EditError> {
        if value.is_null() {
            return self.unset(path);
        }
        self.settle(path)?;
        let Some(old) = self.found(path)? else { return self.insert(path, value) };
        if old.to_json() == *value {
            return Ok(());
        }
        if old.aliased {
            return self.replace(path, value);
        }
        match (&old.kind, value) {
            (Kind::Map { entries, .. }, Value::Object(map)) if !entries.is_empty() && !map.is_empty() => {
                let gone: Vec<String> =
                    entries.iter().filter(|e| !map.contains_key(&e.key.text)).map(|e| e.key.text.clone()).collect();
                for (key, value) in map {
                    // A key without a value inside a new value is simply not there.
                    self.set(&path.clone().key(key), value)?;
                }
                gone.iter().try_for_each(|key| self.unset(&path.clone().key(key)))
            }
            (Kind::Seq { items, .. }, Value::Array(values)) if !items.is_empty() && !values.is_empty() => {
                let (before, after) = (items.len(), values.len());
                for (index, value) in values.iter().enumerate() {
                    self.set(&path.clone().index(index), value)?;
                }
                (after..before).rev().try_for_each(|index| self.unset(&path.clone().index(index)))
            }
            _ => self.replace(path, value),
        }
    }

    /// The value at a path, if it may be changed: not when it was brought by an alias.
    pub(super) fn found(&self, path: &Path) -> Result<Option<&Yaml>, EditError> {
        let mut at = self.tree();
        for (i, step) in path.0.iter().enumerate() {
            if at.aliased {
                let shared = Path(path.0[..i].to_vec());
                return Err(EditError(format!(
                    "`{shared}` is shared through an alias: write it out in the text first"
                )));
            }
            match at.step(step) {
                Some(next) => at = next,
                None => return Ok(None),
            }
        }
        Ok(Some(at))
    }

    /// Writes a value where nothing is, with the maps that are missing on the way.
    fn insert(&mut self, path: &Path, value: &Value) -> Result<(), EditError> {
        let mut known = path.0.len();
        while self.tree().at(&Path(path.0[..known].to_vec())).is_none() {
            known -= 1;
        }
        let mut value = value.clone();
        for step in path.0[known + 1..].iter().rev() {
            value = match step {
                Step::Key(key) => Value::Object(Map::from_iter([(key.clone(), value)])),
                Step::Index(_) => Value::Array(vec![value]),
            };
        }
        let parent_path = Path(path.0[..known].to_vec());
        let Some(parent) = self.tree().at(&parent_path) else { return Ok(()) };
        match (&parent.kind, &path.0[known]) {
            (Kind::Map { .. }, Step::Key(key)) => self.insert_entries(&parent_path, &[(key.clone(), value)], false),
            // The path was fitted to a tree in which the list ended here.
            (Kind::Seq { items, .. }, Step::Index(index)) if *index == items.len() => self.append(&parent_path, &value),
            (Kind::Seq { items, .. }, Step::Index(index)) => {
                Err(EditError(format!("`{parent_path}` has no entry {index}: it has {}", items.len())))
            }
            (Kind::Scalar(_), Step::Key(key)) if parent.is_null() || known > 0 => {
                let map = Value::Object(Map::from_iter([(key.clone(), value)]));
                self.replace(&parent_path, &map)
            }
            (_, step) => Err(EditError(format!("`{parent_path}` cannot hold `{}`", Path(vec![step.clone()])))),
        }
    }

    /// Adds entries to a map that is there. With `deep`, a value that is a map gets lines of its own.
    pub(super) fn insert_entries(&mut self, map: &Path, new: &[(String, Value)], deep: bool) -> Result<(), EditError> {
        let Some((first, _)) = new.first() else { return Ok(()) };
        let place = map.clone().key(first);
        self.settle(&place)?;
        let Some(at) = self.found(map)? else { return Ok(()) };
        if at.aliased {
            return Err(EditError(format!("`{map}` is shared through an alias: write it out in the text first")));
        }
        let Kind::Map { entries, flow } = &at.kind else {
            if at.is_null() && map.0.len() == 1 {
                return self.replace_deep(map, new);
            }
            let object = Value::Object(new.iter().cloned().collect());
            return self.replace(map, &object);
        };
        if entries.is_empty() {
            if deep || map.0.len() == 1 {
                return self.replace_deep(map, new);
            }
            let object = Value::Object(new.iter().cloned().collect());
            let patch = Patch::new(at.span.clone(), emit::flow(&object));
            self.queue(&place, vec![patch]);
            return Ok(());
        }
        let patch = self.insertion(entries, *flow, map.0.is_empty(), new, deep);
        self.queue(&place, vec![patch]);
        Ok(())
    }

    /// The patch that adds entries behind those of a map.
    pub(super) fn insertion(
        &self,
        entries: &[Entry],
        flow: bool,
        is_document: bool,
        new: &[(String, Value)],
        deep: bool,
    ) -> Patch {
        let (Some(first), Some(last)) = (entries.first(), entries.last()) else { return Patch::new(0..0, "") };
        if flow {
            return self.flow_insertion(entries, last, new);
        }
        let end = self.line_end(self.end_of(last));
        let indent = self.column(first.key.span.start);
        // Sections of the document stand apart.
        let gap = |value: &Value| if is_document && value.is_object() { self.newline() } else { "" };
        let line =
            |key: &str, value: &Value| emit::entry_lines(key, value, indent, deep || is_document, self.newline());
        let text: String =
            new.iter().map(|(key, value)| [self.newline(), gap(value), &line(key, value)].concat()).collect();
        Patch::new(end..end, text)
    }

    /// Adds entries behind the last one of a map in braces: on lines of their own when the last one stands so, or when
    /// the line would become too long.
    fn flow_insertion(&self, entries: &[Entry], last: &Entry, new: &[(String, Value)]) -> Patch {
        let end = self.end_of(last);
        let line_of = |entry: &Entry| self.line_start(entry.key.span.start);
        let before_last = entries.len().checked_sub(2).and_then(|i| entries.get(i));
        let own_lines = before_last.is_some_and(|before| line_of(before) != line_of(last));
        let indent = entries.first().map_or(0, |first| self.column(first.key.span.start));
        let mut column = self.column(end);
        let mut text = String::new();
        for (key, value) in new {
            let entry = format!("{}: {}", emit::text(key, Quotes::None), emit::flow(value));
            text.push(',');
            if own_lines || column + entry.len() + 4 > WIDEST {
                text += self.newline();
                text += &" ".repeat(indent);
                column = indent;
            } else {
                text.push(' ');
            }
            text += &entry;
            column += entry.len() + 2;
        }
        Patch::new(end..end, text)
    }

    /// Gives a key without entries (`nodes: {}` or `nodes:`) lines of entries.
    fn replace_deep(&mut self, map: &Path, new: &[(String, Value)]) -> Result<(), EditError> {
        let object = || Value::Object(new.iter().cloned().collect());
        self.settle(map)?;
        let Some((entry, parent)) = self.entry_at(map) else {
            return self.replace(map, &object());
        };
        if matches!(parent.kind, Kind::Map { flow: true, .. }) {
            let patch = Patch::new(entry.value.span.clone(), emit::flow(&object()));
            self.queue(map, vec![patch]);
            return Ok(());
        }
        let indent = self.column(entry.key.span.start) + 2;
        let lines: Vec<String> =
            new.iter().map(|(key, value)| emit::entry_lines(key, value, indent, true, self.newline())).collect();
        let colon = self.colon(entry);
        let text = format!("{}{}", self.newline(), lines.join(self.newline()));
        let end = self.end_of(entry);
        let comment = self.text().get(end..self.line_end(end)).unwrap_or_default();
        // A comment behind the key stays behind it.
        let patch = Patch::new(colon..self.line_end(end), format!("{}{text}", comment.trim_end()));
        self.queue(map, vec![patch]);
        Ok(())
    }

    /// Writes another value in the place of one that is there.
    pub(super) fn replace(&mut self, path: &Path, value: &Value) -> Result<(), EditError> {
        self.settle(path)?;
        let Some(old) = self.found(path)? else { return Ok(()) };
        let written = self.text().get(old.span.clone()).unwrap_or_default();
        let quotes = match written.chars().next() {
            Some('\'') => Quotes::Single,
            Some('"') => Quotes::Double,
            _ => Quotes::None,
        };
        let text = match value {
            Value::Object(_) | Value::Array(_) => emit::flow(value),
            scalar if old.scalar().is_some() => emit::scalar(scalar, quotes),
            scalar => emit::scalar(scalar, Quotes::None),
        };
        let behind_colon = self.entry_at(path).map(|(entry, _)| self.colon(entry));
        let own_line = old.short_place().is_none() || self.is_block_scalar(old);
        let change = match behind_colon {
            Some(colon) if own_line => {
                let end = self.trimmed_end(colon, old.span.end);
                Patch::new(colon..end.max(colon), format!(" {text}"))
            }
            _ => Patch::new(old.span.start..self.trimmed_end(old.span.start, old.span.end), text),
        };
        self.queue(path, vec![change]);
        Ok(())
    }

    /// Whether a scalar is written with `|` or `>`, which stand before its own span.
    fn is_block_scalar(&self, y: &Yaml) -> bool {
        let before = self.text().get(..y.span.start).unwrap_or_default();
        let line_before = before.trim_end().rsplit(['\n', '\r']).next().unwrap_or_default();
        let starts_line = before.rsplit(['\n', '\r']).next().is_some_and(|l| l.trim().is_empty());
        let sign = line_before.rsplit(' ').next().unwrap_or_default();
        y.scalar().is_some_and(|s| !s.plain) && starts_line && sign.starts_with(['|', '>'])
    }

    /// The entry whose value a path leads to, and the map that holds it.
    fn entry_at(&self, path: &Path) -> Option<(&Entry, &Yaml)> {
        let (last, above) = path.0.split_last()?;
        let parent = self.tree().at(&Path(above.to_vec()))?;
        match last {
            Step::Key(key) => parent.entry(key).map(|e| (e, parent)),
            Step::Index(_) => None,
        }
    }

    /// Behind the colon of a key.
    fn colon(&self, entry: &Entry) -> usize {
        let rest = self.text().get(entry.key.span.end..).unwrap_or_default();
        let blanks = rest.len() - rest.trim_start_matches([' ', '\t']).len();
        let at = entry.key.span.end + blanks;
        if self.text().as_bytes().get(at) == Some(&b':') { at + 1 } else { entry.key.span.end }
    }

    /// Behind the value of an entry, or behind its colon when it has none.
    pub(super) fn end_of(&self, entry: &Entry) -> usize {
        if entry.value.span.is_empty() {
            return self.colon(entry).max(entry.key.span.end);
        }
        self.trimmed_end(entry.value.span.start, entry.value.span.end)
    }

    /// An end without the blanks and line breaks before it.
    pub(super) fn trimmed_end(&self, start: usize, end: usize) -> usize {
        start + self.text().get(start..end).unwrap_or_default().trim_end().len()
    }

    pub(super) fn line_start(&self, at: usize) -> usize {
        self.text().get(..at).unwrap_or_default().rfind(['\n', '\r']).map_or(0, |i| i + 1)
    }

    /// The end of the line without its line break.
    pub(super) fn line_end(&self, at: usize) -> usize {
        self.text().get(at..).unwrap_or_default().find(['\n', '\r']).map_or(self.text().len(), |i| at + i)
    }

    /// The column of a place, in characters, from 0.
    pub(super) fn column(&self, at: usize) -> usize {
        let line = self.text().get(self.line_start(at)..at).unwrap_or_default();
        line.chars().filter(|c| *c != '\u{feff}').count()
    }
}
