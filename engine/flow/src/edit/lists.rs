//! Lists: where their entries stand, and adding one.

use std::ops::Range;

use serde_json::Value;

use super::EditError;
use super::editor::{Editor, Patch};
use super::emit;
use crate::path::Path;
use crate::tree::{Kind, Yaml};

impl Editor<'_> {
    /// The range of a list's entry: with its dash in block style.
    pub(super) fn item_range(&self, item: &Yaml, list: &Yaml) -> Result<Range<usize>, EditError> {
        let start = match list.kind {
            Kind::Seq { flow: false, .. } => self.dash(item)?,
            _ => item.span.start,
        };
        Ok(start..self.trimmed_end(item.span.start, item.span.end.max(item.span.start)))
    }

    /// Where the dash of a block list's entry is.
    fn dash(&self, item: &Yaml) -> Result<usize, EditError> {
        let before = self.text().get(..item.span.start).unwrap_or_default().trim_end();
        if before.ends_with('-') {
            return Ok(before.len() - 1);
        }
        Err(EditError::new("this list is written in a way that cannot be edited here: edit the text"))
    }

    /// Adds an entry to the end of a list that is there.
    pub(super) fn append(&mut self, list: &Path, value: &Value) -> Result<(), EditError> {
        let place = list.clone().index(0);
        self.settle(&place)?;
        let Some(at) = self.found(list)? else { return Ok(()) };
        let Kind::Seq { items, flow } = &at.kind else {
            return Err(EditError(format!("`{list}` is not a list")));
        };
        let text = emit::flow(value);
        let patch = match items.last() {
            None => Patch::new(at.span.clone(), format!("[{text}]")),
            Some(tail) if *flow => {
                let end = self.trimmed_end(tail.span.start, tail.span.end);
                let separate = items.len() > 1
                    && self.line_start(tail.span.start) != self.line_start(items[items.len() - 2].span.start);
                if separate {
                    let indent = " ".repeat(self.column(tail.span.start));
                    Patch::new(end..end, format!(",{}{indent}{text}", self.newline()))
                } else {
                    Patch::new(end..end, format!(", {text}"))
                }
            }
            Some(tail) => {
                let indent = " ".repeat(self.column(self.dash(tail)?));
                let end = self.line_end(self.trimmed_end(tail.span.start, tail.span.end));
                Patch::new(end..end, format!("{}{indent}- {text}", self.newline()))
            }
        };
        self.queue(&place, vec![patch]);
        Ok(())
    }
}
