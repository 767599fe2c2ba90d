//! Problems as text for a terminal: the sentence, the line with its place underlined, what to do.
//!
//! In the manner of `miette` and `rustc`, without colours: those who have a terminal may add them.

use std::fmt::Write;

use unicode_width::UnicodeWidthChar;

use crate::problem::Problem;

/// Columns of the source line that are shown at most.
const WIDEST: usize = 100;
/// Columns shown before the place when the line is cut.
const BEFORE: usize = 30;
/// What a tab is shown as.
const TAB: usize = 4;

/// One problem of a file, in several lines, the last with its line break:
///
/// ```text
/// error: a consumer has no key `concurency`
///  --> checkout.flow.yaml:12:5
///    |
/// 12 |     concurency: 4
///    |     ^^^^^^^^^^
///    = help: did you mean `concurrency`?
/// ```
pub fn render(problem: &Problem, file_name: &str, text: &str) -> String {
    let mut out = format!("{}: {}\n", problem.severity, problem.message);
    let span = problem.span;
    let margin = if span.is_in_text() { span.line.to_string().len() } else { 1 };
    let pad = " ".repeat(margin);
    // Writing to a string cannot fail.
    if span.is_in_text() {
        let _ = writeln!(out, "{pad}--> {file_name}:{}:{}", span.line, span.column);
        if let Some((line, under)) = excerpt(text, span.start, span.end) {
            let _ = writeln!(out, "{pad} |\n{} | {line}\n{pad} | {under}", span.line);
        }
    } else {
        let _ = writeln!(out, "{pad}--> {file_name}");
    }
    if let Some(help) = &problem.help {
        let _ = writeln!(out, "{pad} = help: {help}");
    }
    out
}

/// The line of a place, cut around it when long, and the line that underlines it.
fn excerpt(text: &str, start: usize, end: usize) -> Option<(String, String)> {
    let before = text.get(..start)?;
    let line_start = before.rfind(['\n', '\r']).map_or(0, |i| i + 1);
    let rest = text.get(start..)?;
    let line_end = start + rest.find(['\n', '\r']).unwrap_or(rest.len());
    // A line of megabytes is looked at only around the place.
    let window_start = floor_boundary(text, start.saturating_sub(4 * WIDEST).max(line_start));
    let window_end = floor_boundary(text, (start + 8 * WIDEST).min(line_end));
    let line = text.get(window_start..window_end)?;
    let (from, to) = (start - window_start, end.min(window_end).max(start) - window_start);
    let cells: Vec<Cell> = line.char_indices().filter_map(|(i, c)| Cell::of(i, c)).collect();
    let width = |cells: &[Cell]| cells.iter().map(|c| c.width).sum::<usize>();
    let first_marked = cells.iter().position(|c| c.at >= from).unwrap_or(cells.len());

    let mut first = 0;
    if width(&cells) > WIDEST {
        first = first_marked;
        while first > 0 && width(&cells[first - 1..first_marked]) <= BEFORE {
            first -= 1;
        }
    }
    let mut last = first;
    let mut taken = 0;
    while last < cells.len() && taken + cells[last].width <= WIDEST {
        taken += cells[last].width;
        last += 1;
    }
    let shown = &cells[first..last];
    let head = if first > 0 || window_start > line_start { "…" } else { "" };
    let tail = if last < cells.len() || window_end < line_end { "…" } else { "" };
    let body: String = shown.iter().map(|c| c.shown.as_str()).collect();
    let blank: usize = shown.iter().filter(|c| c.at < from).map(|c| c.width).sum();
    let marked: usize = shown.iter().filter(|c| (from..to).contains(&c.at)).map(|c| c.width).sum();
    let under = format!("{}{}", " ".repeat(blank + head.chars().count()), "^".repeat(marked.max(1)));
    Some((format!("{head}{body}{tail}").trim_end().to_owned(), under))
}

/// The nearest character boundary at or before a place.
fn floor_boundary(text: &str, mut at: usize) -> usize {
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// One character as it is shown.
struct Cell {
    /// Its byte in the line.
    at: usize,
    shown: String,
    width: usize,
}

impl Cell {
    /// `None` for what takes no room; control characters are shown by their number, so that they control nothing.
    fn of(at: usize, c: char) -> Option<Self> {
        let (shown, width) = match c {
            '\t' => (" ".repeat(TAB), TAB),
            '\u{feff}' => return None,
            c if c.is_control() || is_bidi(c) => {
                let shown = format!("\\u{{{:x}}}", c as u32);
                let width = shown.len();
                (shown, width)
            }
            c => (c.to_string(), c.width().unwrap_or(0)),
        };
        Some(Cell { at, shown, width })
    }
}

/// Characters that turn the direction of a line and could hide what it says (Unicode UAX #9).
fn is_bidi(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}')
}
