//! A text under change. Patches are collected against one tree and put in together: the text is read again only when an
//! edit needs to know what an earlier one of the same step made of a place.
//!
//! Each patch belongs to a region, the lines of the map or list that it changes. Two edits whose regions have no line in
//! common give the same text whether they are made together or one after the other.

use std::borrow::Cow;
use std::ops::Range;

use super::EditError;
use crate::model::Flow;
use crate::path::{Path, Step};
use crate::tree::{self, Fault, Yaml};

/// A replacement of bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Patch {
    pub(super) range: Range<usize>,
    pub(super) text: String,
}

impl Patch {
    pub(super) fn new(range: Range<usize>, text: impl Into<String>) -> Self {
        Patch { range, text: text.into() }
    }
}

/// A text, the tree that was parsed from it, and patches that wait to be put in.
pub(super) struct Editor<'d> {
    text: Cow<'d, str>,
    tree: Cow<'d, Yaml>,
    flow: &'d Flow,
    faults: Vec<Fault>,
    newline: &'static str,
    pending: Vec<Patch>,
    touched: Vec<Range<usize>>,
}

impl<'d> Editor<'d> {
    /// `tree` and `flow` are those of the text. Faults of the tree are not asked for: a text that stays as it is is not
    /// read again.
    pub(super) fn new(text: &'d str, tree: &'d Yaml, flow: &'d Flow) -> Self {
        let newline = if text.contains("\r\n") { "\r\n" } else { "\n" };
        Editor {
            text: Cow::Borrowed(text),
            tree: Cow::Borrowed(tree),
            flow,
            faults: Vec::new(),
            newline,
            pending: Vec::new(),
            touched: Vec::new(),
        }
    }

    /// The tree without what waits; see [`Editor::flush`] and [`Editor::settle`].
    pub(super) fn tree(&self) -> &Yaml {
        &self.tree
    }

    /// The text without what waits.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    pub(super) fn newline(&self) -> &'static str {
        self.newline
    }

    /// The flow of the text as it is now, without checks; read again only when the text was changed.
    pub(super) fn flow(&mut self) -> Result<Cow<'d, Flow>, EditError> {
        self.flush()?;
        Ok(match &self.text {
            Cow::Borrowed(_) => Cow::Borrowed(self.flow),
            Cow::Owned(text) => Cow::Owned(crate::read::flow_of(text, &self.tree)),
        })
    }

    /// The text and what was parsed from it; none when nothing was changed.
    pub(super) fn finish(mut self) -> Result<Option<(String, Yaml, Vec<Fault>)>, EditError> {
        self.flush()?;
        Ok(match (self.text, self.tree) {
            (Cow::Owned(text), Cow::Owned(tree)) => Some((text, tree, self.faults)),
            _ => None,
        })
    }

    /// Adds patches for a change at a path. The caller has settled the path.
    pub(super) fn queue(&mut self, path: &Path, patches: Vec<Patch>) {
        self.touched.push(self.region(path));
        self.pending.extend(patches);
    }

    /// Whether something waits that lies where a change at this path would look or write.
    pub(super) fn is_touched(&self, path: &Path) -> bool {
        if self.touched.is_empty() {
            return false;
        }
        let region = self.region(path);
        self.touched
            .iter()
            .any(|t| t.start <= region.start && region.start < t.end || region.start <= t.start && t.start < region.end)
    }

    /// Makes sure that the tree is true at a path and around it.
    pub(super) fn settle(&mut self, path: &Path) -> Result<(), EditError> {
        if self.is_touched(path) { self.flush() } else { Ok(()) }
    }

    /// Puts all patches in that wait, which must not overlap; several at one place stay in their order.
    pub(super) fn flush(&mut self) -> Result<(), EditError> {
        self.touched.clear();
        let mut patches = std::mem::take(&mut self.pending);
        if patches.is_empty() {
            return Ok(());
        }
        patches.sort_by_key(|p| (p.range.start, p.range.end));
        patches.dedup_by(|b, a| a == b && !a.range.is_empty());
        let mut text = String::with_capacity(self.text.len() + 64);
        let mut at = 0;
        for patch in &patches {
            let between = self.text.get(at..patch.range.start).ok_or_else(unwritable)?;
            text.push_str(between);
            text.push_str(&patch.text);
            at = patch.range.end;
        }
        text.push_str(self.text.get(at..).ok_or_else(unwritable)?);
        if text == *self.text {
            return Ok(());
        }
        let (Some(tree), faults) = tree::parse(&text) else { return Err(unwritable()) };
        self.text = Cow::Owned(text);
        self.tree = Cow::Owned(tree);
        self.faults = faults;
        Ok(())
    }

    /// The lines of the map or list in which a path ends, or in which its missing part would be made.
    fn region(&self, path: &Path) -> Range<usize> {
        let whole = 0..self.text.len() + 1;
        let mut at = self.tree();
        let mut region = whole.clone();
        for (i, step) in path.0.iter().enumerate() {
            if at.aliased {
                return whole;
            }
            let Some(next) = at.step(step) else { break };
            if i + 1 == path.0.len() {
                break;
            }
            let place = match step {
                Step::Key(key) => at.entry(key).map(|entry| entry.key.span.start..self.end_of(entry)),
                Step::Index(_) => self.item_range(next, at).ok(),
            };
            if let Some(place) = place {
                region = self.line_start(place.start)..self.line_end(place.end);
            }
            at = next;
        }
        if region.end >= self.text.len() {
            // The last line may take the line breaks before it along.
            let before = self.text().get(..region.start).unwrap_or_default();
            region.start = before.trim_end_matches(['\n', '\r']).len().saturating_sub(1);
        }
        region
    }
}

pub(super) fn unwritable() -> EditError {
    EditError::new("the document is written in a way that this edit cannot keep: edit the text")
}
