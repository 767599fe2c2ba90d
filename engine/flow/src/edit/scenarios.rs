//! Scenarios as a whole: copying and renaming them, with everything that was written in them.

use std::ops::Range;

use super::patch::{Editor, Patch};
use super::{EditError, emit};
use crate::path::Path;
use crate::read::{is_name, shown};
use crate::tree::{Entry, Kind};

impl Editor {
    /// Writes a scenario once more, behind itself, under another name: comments, order and style come with it.
    pub(super) fn copy_scenario(&mut self, from: &str, to: &str) -> Result<(), EditError> {
        self.new_scenario(to)?;
        let (entry, flow) = self.scenario(from)?;
        let (key, end) = (entry.key.span.clone(), self.end_of(entry));
        let unwritable = || EditError::new("this scenario is written in a way that cannot be copied: edit the text");
        let body = self.text().get(key.end..end).ok_or_else(unwritable)?;
        let copy = [&self.quoted_alike(key.clone(), to), body].concat();
        let patch = if flow {
            Patch::new(end..end, format!(", {copy}"))
        } else {
            let place = self.line_end(end);
            Patch::new(place..place, format!("{}{}{copy}", self.newline(), " ".repeat(self.column(key.start))))
        };
        self.patch(vec![patch])
    }

    /// Gives a scenario another name. Nothing else in a document names scenarios.
    pub(super) fn rename_scenario(&mut self, from: &str, to: &str) -> Result<(), EditError> {
        if from == to {
            return Ok(());
        }
        self.new_scenario(to)?;
        let key: Range<usize> = self.scenario(from)?.0.key.span.clone();
        let name = self.quoted_alike(key.clone(), to);
        self.patch(vec![Patch::new(key, name)])
    }

    /// A scenario that is written out, and whether it stands in braces.
    fn scenario(&self, name: &str) -> Result<(&Entry, bool), EditError> {
        let section = Path::of(["scenarios"]);
        let none = || EditError(format!("there is no scenario `{}`", shown(name)));
        let map = self.found(&section)?.ok_or_else(none)?;
        if map.aliased {
            return Err(EditError::new("`scenarios` is shared through an alias: write it out in the text first"));
        }
        let Kind::Map { entries, flow } = &map.kind else { return Err(none()) };
        entries.iter().find(|entry| entry.key.text == name).map(|entry| (entry, *flow)).ok_or_else(none)
    }

    fn new_scenario(&self, name: &str) -> Result<(), EditError> {
        if !is_name(name) {
            return Err(EditError(format!(
                "`{}` cannot name a scenario: use letters, digits, `-` and `_`, beginning with a letter or digit, at most 100",
                shown(name)
            )));
        }
        match self.tree().get("scenarios").and_then(|scenarios| scenarios.get(name)) {
            Some(_) => Err(EditError(format!("there is a scenario `{}` already", shown(name)))),
            None => Ok(()),
        }
    }

    /// A text in the quotes of what it replaces.
    pub(super) fn quoted_alike(&self, span: Range<usize>, text: &str) -> String {
        let quotes = match self.text().get(span).and_then(|t| t.chars().next()) {
            Some('\'') => emit::Quotes::Single,
            Some('"') => emit::Quotes::Double,
            _ => emit::Quotes::None,
        };
        emit::text(text, quotes)
    }
}
