//! The text with its lines, and places in it.

use std::ops::Range;

use crate::problem::Span;

/// A text and where its lines begin.
#[derive(Debug)]
pub(crate) struct Source<'t> {
    text: &'t str,
    line_starts: Vec<usize>,
}

impl<'t> Source<'t> {
    /// Finds the lines: they end with `\n`, `\r\n` or `\r`, as in YAML.
    pub(crate) fn new(text: &'t str) -> Self {
        let bytes = text.as_bytes();
        let mut line_starts = vec![0];
        for (i, byte) in bytes.iter().enumerate() {
            if *byte == b'\n' || (*byte == b'\r' && bytes.get(i + 1) != Some(&b'\n')) {
                line_starts.push(i + 1);
            }
        }
        Source { text, line_starts }
    }

    /// The whole text.
    pub(crate) fn text(&self) -> &'t str {
        self.text
    }

    /// A byte range with its line and column. A byte order mark takes no column.
    pub(crate) fn span(&self, range: Range<usize>) -> Span {
        let start = range.start.min(self.text.len());
        let line = self.line_starts.partition_point(|s| *s <= start);
        let line_start = self.line_starts.get(line.saturating_sub(1)).copied().unwrap_or(0);
        let before = self.text.get(line_start..start).unwrap_or("");
        let column = before.chars().filter(|c| *c != '\u{feff}').count() + 1;
        Span { start, end: range.end.clamp(start, self.text.len()), line, column }
    }
}

/// Byte offsets of character positions, which is what the YAML scanner counts in.
#[derive(Debug)]
pub(crate) struct CharMap<'t> {
    text: &'t str,
    /// Byte offset of every 64th character; empty when the text is ASCII.
    marks: Vec<usize>,
}

const STRIDE: usize = 64;

impl<'t> CharMap<'t> {
    /// For one text.
    pub(crate) fn new(text: &'t str) -> Self {
        let marks =
            if text.is_ascii() { Vec::new() } else { text.char_indices().step_by(STRIDE).map(|(i, _)| i).collect() };
        CharMap { text, marks }
    }

    /// The byte offset of a character; the end of the text for positions beyond it.
    pub(crate) fn byte(&self, position: usize) -> usize {
        if self.marks.is_empty() {
            return position.min(self.text.len());
        }
        let Some(mark) = self.marks.get(position / STRIDE) else { return self.text.len() };
        let tail = self.text.get(*mark..).unwrap_or("");
        tail.char_indices().nth(position % STRIDE).map_or(self.text.len(), |(i, _)| mark + i)
    }
}
