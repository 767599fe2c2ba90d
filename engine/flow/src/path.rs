//! Paths: places in a document, written `nodes.payment.retry.attempts` or `nodes.shop.publishes.0.to`.
//!
//! Steps are separated by dots; list positions are numbers from 0. A key that holds a dot is written in double quotes
//! (`events."order.placed".size`), and may be written without them where the document shows what is meant.

use std::fmt;

use crate::tree::{Entry, Kind, Yaml};

/// One step of a path.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Step {
    /// Into a map.
    Key(String),
    /// Into a list.
    Index(usize),
}

/// A place in a document.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub(crate) struct Path(pub(crate) Vec<Step>);

impl Path {
    /// From keys alone.
    pub(crate) fn of<const N: usize>(keys: [&str; N]) -> Self {
        Path(keys.iter().map(|k| Step::Key((*k).to_owned())).collect())
    }

    /// One step further, into a map.
    pub(crate) fn key(mut self, key: &str) -> Self {
        self.0.push(Step::Key(key.to_owned()));
        self
    }

    /// One step further, into a list.
    pub(crate) fn index(mut self, index: usize) -> Self {
        self.0.push(Step::Index(index));
        self
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, step) in self.0.iter().enumerate() {
            if i > 0 {
                f.write_str(".")?;
            }
            match step {
                Step::Index(index) => write!(f, "{index}")?,
                Step::Key(key) if key.contains(['.', '"']) || key.is_empty() => write!(f, "{key:?}")?,
                Step::Key(key) => f.write_str(key)?,
            }
        }
        Ok(())
    }
}

/// Splits a written path into words; `None` when a quote is not closed or a word is empty.
pub(crate) fn words(text: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut rest = text;
    loop {
        let word;
        if let Some(quoted) = rest.strip_prefix('"') {
            let end = quoted.find('"')?;
            word = &quoted[..end];
            rest = &quoted[end + 1..];
        } else {
            let end = rest.find('.').unwrap_or(rest.len());
            word = &rest[..end];
            rest = &rest[end..];
            if word.is_empty() {
                return None;
            }
        }
        words.push(word.to_owned());
        if rest.is_empty() {
            return Some(words);
        }
        rest = rest.strip_prefix('.')?;
    }
}

/// Turns words into the steps that fit the tree: several words that together are an existing key become one step, and
/// numbers become positions where the tree has a list. What the tree does not have is taken word by word as keys.
pub(crate) fn fit(root: &Yaml, words: &[String]) -> Path {
    let mut steps = Vec::new();
    let mut at = Some(root);
    let mut i = 0;
    while i < words.len() {
        match at.map(|y| &y.kind) {
            Some(Kind::Map { entries, .. }) => {
                let found = (i + 1..=words.len())
                    .rev()
                    .find_map(|end| find(entries, &words[i..end].join(".")).map(|entry| (end, entry)));
                if let Some((end, entry)) = found {
                    steps.push(Step::Key(entry.key.text.clone()));
                    at = Some(&entry.value);
                    i = end;
                    continue;
                }
                if matches!(steps.as_slice(), [Step::Key(a), Step::Key(_), Step::Key(c)] if a == "scenarios" && c == "set")
                {
                    // The keys of `set` are paths themselves.
                    steps.push(Step::Key(words[i..].join(".")));
                    break;
                }
                steps.push(Step::Key(words[i].clone()));
                at = None;
            }
            Some(Kind::Seq { items, .. }) => {
                if let Ok(index) = words[i].parse::<usize>() {
                    steps.push(Step::Index(index));
                    at = items.get(index);
                } else {
                    steps.push(Step::Key(words[i].clone()));
                    at = None;
                }
            }
            _ => {
                steps.push(Step::Key(words[i].clone()));
                at = None;
            }
        }
        i += 1;
    }
    Path(steps)
}

fn find<'y>(entries: &'y [Entry], key: &str) -> Option<&'y Entry> {
    entries.iter().find(|e| e.key.text == key)
}
