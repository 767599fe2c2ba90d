//! Columns of text, aligned by what the terminal shows, not by bytes.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::terminal::{BAD, GOOD, Look, QUIET, WARN};

/// Which side of its column a cell stands at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    Left,
    Right,
}

/// What a cell means beyond its text; a terminal and a page show it each in their way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tone {
    Plain,
    Good,
    Warn,
    Bad,
    Quiet,
}

impl Tone {
    fn style(self) -> anstyle::Style {
        match self {
            Tone::Plain => anstyle::Style::new(),
            Tone::Good => GOOD,
            Tone::Warn => WARN,
            Tone::Bad => BAD,
            Tone::Quiet => QUIET,
        }
    }
}

/// A cell, with a tone for the whole of it.
#[derive(Debug, Clone)]
pub(crate) struct Cell {
    pub(crate) text: String,
    pub(crate) tone: Tone,
}

impl Cell {
    pub(crate) fn toned(text: impl Into<String>, tone: Tone) -> Self {
        Cell { text: text.into(), tone }
    }
}

impl<T: Into<String>> From<T> for Cell {
    fn from(text: T) -> Self {
        Cell { text: text.into(), tone: Tone::Plain }
    }
}

/// Rows below a head.
#[derive(Debug, Clone)]
pub(crate) struct Table {
    head: Vec<(&'static str, Side)>,
    rows: Vec<Vec<Cell>>,
    indent: usize,
    yielding: &'static [usize],
}

/// A column that gives way keeps at least this width.
const LEAST: usize = 12;

impl Table {
    pub(crate) fn new(head: &[(&'static str, Side)]) -> Self {
        Table { head: head.to_vec(), rows: Vec::new(), indent: 0, yielding: &[0] }
    }

    /// Columns of blanks before each line.
    #[must_use]
    pub(crate) fn indented(mut self, indent: usize) -> Self {
        self.indent = indent;
        self
    }

    /// The columns that give way, in this order, where the table is wider than the terminal; without this, the first.
    #[must_use]
    pub(crate) fn yielding(mut self, columns: &'static [usize]) -> Self {
        self.yielding = columns;
        self
    }

    pub(crate) fn row(&mut self, cells: Vec<Cell>) {
        self.rows.push(cells);
    }

    /// Titles of the columns.
    pub(crate) fn head(&self) -> &[(&'static str, Side)] {
        &self.head
    }

    /// Its rows.
    pub(crate) fn rows(&self) -> &[Vec<Cell>] {
        &self.rows
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Takes out columns in which every row is empty or a dash: they would only say that there is nothing.
    #[must_use]
    pub(crate) fn without_empty_columns(mut self) -> Self {
        for column in (0..self.head.len()).rev() {
            let says_nothing =
                |row: &Vec<Cell>| row.get(column).is_none_or(|cell| matches!(cell.text.as_str(), "" | "–" | "-"));
            if !self.rows.is_empty() && self.rows.iter().all(says_nothing) {
                self.head.remove(column);
                self.rows.iter_mut().filter(|row| column < row.len()).for_each(|row| {
                    row.remove(column);
                });
            }
        }
        self
    }

    /// The table as lines, each ended by a line break.
    pub(crate) fn render(&self, look: Look) -> String {
        let head: Vec<Cell> = self.head.iter().map(|(title, _)| Cell::toned(*title, Tone::Quiet)).collect();
        self.lines(std::iter::once(&head).chain(&self.rows), look)
    }

    /// The same without its head.
    pub(crate) fn render_rows(&self, look: Look) -> String {
        self.lines(self.rows.iter(), look)
    }

    fn lines<'a>(&'a self, rows: impl Iterator<Item = &'a Vec<Cell>>, look: Look) -> String {
        let mut widths: Vec<usize> = self.head.iter().map(|(title, _)| title.width()).collect();
        for row in &self.rows {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = (*width).max(cell.text.width());
            }
        }
        for column in self.yielding {
            let total = self.indent + widths.iter().sum::<usize>() + 2 * widths.len().saturating_sub(1);
            if let Some(width) = widths.get_mut(*column) {
                *width = width.saturating_sub(total.saturating_sub(look.width)).max((*width).min(LEAST));
            }
        }
        let mut text = String::new();
        for row in rows {
            let mut line = " ".repeat(self.indent);
            for (i, cell) in row.iter().enumerate() {
                let side = self.head.get(i).map_or(Side::Left, |(_, side)| *side);
                let width = widths.get(i).copied().unwrap_or(0);
                let shown = fit(&cell.text, width, look);
                let blank = " ".repeat(width.saturating_sub(shown.width()));
                let painted = match cell.tone {
                    Tone::Plain => shown,
                    tone => look.paint(tone.style(), shown),
                };
                let (before, after) = if side == Side::Left { ("", blank.as_str()) } else { (blank.as_str(), "") };
                let gap = if i == 0 { "" } else { "  " };
                line.push_str(&format!("{gap}{before}{painted}{after}"));
            }
            text.push_str(line.trim_end());
            text.push('\n');
        }
        text
    }
}

/// The text, cut with an ellipsis where it is wider than `width` columns.
pub(crate) fn fit(text: &str, width: usize, look: Look) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let sign = look.sign("…", "...");
    let room = width.saturating_sub(sign.width());
    let mut used = 0;
    let mut cut = String::new();
    for c in text.chars() {
        used += c.width().unwrap_or(0);
        if used > room {
            break;
        }
        cut.push(c);
    }
    cut + sign
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOOK: Look = Look { colour: false, unicode: true, width: 40 };

    fn table() -> Table {
        let mut table = Table::new(&[("node", Side::Left), ("lost", Side::Right), ("p99", Side::Right)]).indented(2);
        table.row(vec!["payment".into(), "–".into(), Cell::toned("41.3 s", Tone::Bad)]);
        table.row(vec!["東京".into(), "–".into(), "5 ms".into()]);
        table
    }

    #[test]
    fn columns_are_aligned_by_what_is_seen() {
        insta::assert_snapshot!(table().render(LOOK), @r"
          node     lost     p99
          payment     –  41.3 s
          東京        –    5 ms
        ");
    }

    #[test]
    fn columns_that_say_nothing_go() {
        insta::assert_snapshot!(table().without_empty_columns().render(LOOK), @r"
          node        p99
          payment  41.3 s
          東京       5 ms
        ");
    }

    #[test]
    fn colours_do_not_shift_columns() {
        let plain = table().render(LOOK);
        let coloured = table().render(Look { colour: true, ..LOOK });
        assert_eq!(anstream::adapter::strip_str(&coloured).to_string(), plain);
    }

    #[test]
    fn long_names_give_way() {
        assert_eq!(fit("abcdef", 4, LOOK), "abc…");
        assert_eq!(fit("東京東京", 5, LOOK), "東京…");
        assert_eq!(fit("abcdef", 5, Look { unicode: false, ..LOOK }), "ab...");
        let mut table = Table::new(&[("name", Side::Left), ("n", Side::Right)]);
        table.row(vec!["n".repeat(60).into(), "12345".into()]);
        assert!(table.render(LOOK).lines().all(|line| line.width() <= LOOK.width));
    }
}
