//! Copying a scenario with everything that was written in it. (Renaming and removing it is `named`'s business.)

use super::editor::{Editor, Patch, unwritable};
use super::{EditError, Section};
use crate::path::Path;
use crate::read::{is_name, shown};
use crate::tree::{Entry, Kind};

impl Editor<'_> {
    /// Writes a scenario once more, behind itself, under another name: comments, order and style come with it.
    pub(super) fn copy_scenario(&mut self, from: &str, to: &str) -> Result<(), EditError> {
        self.flush()?;
        if !is_name(to) {
            return Err(EditError(format!("`{}` cannot name a scenario: use letters, digits, `-` and `_`", shown(to))));
        }
        let section = Path::of([Section::Scenarios.key()]);
        if self.tree().at(&section.clone().key(to)).is_some() {
            return Err(EditError(format!("there is a scenario `{to}` already")));
        }
        let (entry, flow) = self.scenario(&section, from)?;
        let (key, end) = (entry.key.span.clone(), self.end_of(entry));
        let body = self.text().get(key.end..end).ok_or_else(unwritable)?;
        let copy = [&self.quoted_alike(key.clone(), to), body].concat();
        let patch = if flow {
            Patch::new(end..end, format!(", {copy}"))
        } else {
            let place = self.line_end(end);
            Patch::new(place..place, format!("{}{}{copy}", self.newline(), " ".repeat(self.column(key.start))))
        };
        self.queue(&section, vec![patch]);
        Ok(())
    }

    /// A scenario that is written out, and whether it stands in braces.
    fn scenario(&self, section: &Path, name: &str) -> Result<(&Entry, bool), EditError> {
        let none = || EditError(format!("there is no scenario `{}`", shown(name)));
        let map = self.found(section)?.ok_or_else(none)?;
        if map.aliased {
            return Err(EditError::new("`scenarios` is shared through an alias: write it out in the text first"));
        }
        let Kind::Map { entries, flow } = &map.kind else { return Err(none()) };
        entries.iter().find(|entry| entry.key.text == name).map(|entry| (entry, *flow)).ok_or_else(none)
    }
}
