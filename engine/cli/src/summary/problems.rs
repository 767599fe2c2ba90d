//! Problems of a document with the lines they are in, the place underlined.

use thalweg_flow::{Problem, Severity, Span};
use unicode_width::UnicodeWidthStr;

use crate::terminal::{ACCENT, BAD, Look, QUIET, WARN, plain_line};

/// How many bytes on each side of a place are looked at: a document may be one line of ten million.
const WINDOW: usize = 600;

/// All problems, each with a blank line behind it.
pub(crate) fn render(name: &str, text: &str, problems: &[Problem], look: Look) -> String {
    problems.iter().map(|problem| one(name, text, problem, look) + "\n").collect()
}

/// `2 errors, 1 warning`; none when there are none.
pub(crate) fn counted(problems: &[Problem]) -> Option<String> {
    let count = |severity, word: &str| {
        let count = problems.iter().filter(|problem| problem.severity == severity).count();
        (count > 0).then(|| format!("{count} {word}{}", if count == 1 { "" } else { "s" }))
    };
    let counts: Vec<String> =
        [count(Severity::Error, "error"), count(Severity::Warning, "warning")].into_iter().flatten().collect();
    (!counts.is_empty()).then(|| counts.join(", "))
}

fn one(name: &str, text: &str, problem: &Problem, look: Look) -> String {
    let style = if problem.severity == Severity::Error { BAD } else { WARN };
    let mut told = format!(
        "{} {} {}\n",
        look.paint(style.bold(), format!("{}:", problem.severity)),
        plain_line(&problem.message),
        look.paint(QUIET, format!("[{}]", problem.code)),
    );
    let number = if problem.span.is_in_text() { problem.span.line.to_string() } else { String::new() };
    let gutter = " ".repeat(number.len());
    let edge = |sign: &str| look.paint(QUIET, sign);
    let place = if problem.span.is_in_text() {
        format!("{name}:{}:{}", problem.span.line, problem.span.column)
    } else {
        name.to_owned()
    };
    let path = if problem.path.is_empty() { String::new() } else { format!("  {}", plain_line(&problem.path)) };
    let corner = edge(look.sign("╭─", ",-"));
    told += &format!("{gutter} {corner} {place}{}\n", look.paint(QUIET, path));
    let wall = edge(look.sign("│", "|"));
    if problem.span.is_in_text() {
        let room = look.width.saturating_sub(number.len() + 4).max(20);
        let excerpt = excerpt(text, problem.span, room, look);
        told += &format!("{} {wall} {}\n", edge(&number), excerpt.line);
        let marks = look.sign("─", "^").repeat(excerpt.length.max(1));
        told += &format!("{gutter} {wall} {}{}\n", " ".repeat(excerpt.before), look.paint(style, marks));
    }
    match &problem.help {
        Some(help) => {
            let corner = edge(look.sign("╰─", "`-"));
            told += &format!("{gutter} {corner} {} {}\n", look.paint(ACCENT, "help:"), plain_line(help));
        }
        None => told += &format!("{gutter} {}\n", edge(look.sign("╵", "`"))),
    }
    told
}

/// One line of the document around a place.
struct Excerpt {
    line: String,
    /// Columns before the place.
    before: usize,
    /// Columns of the place on this line.
    length: usize,
}

fn excerpt(text: &str, span: Span, room: usize, look: Look) -> Excerpt {
    let at = floor(text, span.start);
    let begin = floor(text, at.saturating_sub(WINDOW));
    let end = floor(text, at.saturating_add(WINDOW));
    let before = &text[begin..at];
    // A place at the end of a line is an empty rest.
    let rest = text[at..end].lines().next().unwrap_or_default();
    let before_line = before.rsplit('\n').next().unwrap_or_default();
    let marked = floor(rest, span.end.saturating_sub(at));

    let cut = look.sign("…", "...");
    let mut before_text = plain_line(before_line);
    let mark_text = plain_line(&rest[..marked]);
    // The place itself should be seen, with something of what follows.
    let most_before = room.saturating_sub(mark_text.width().min(room / 2) + 10);
    if before_text.width() > most_before {
        while before_text.width() + cut.width() > most_before && !before_text.is_empty() {
            before_text.remove(0);
        }
        before_text.insert_str(0, cut);
    }
    let before_width = before_text.width();
    let line = crate::table::fit(&format!("{before_text}{}", plain_line(rest)), room, look);
    let length = mark_text.width().min(room.saturating_sub(before_width));
    Excerpt { line: line.trim_end().to_owned(), before: before_width, length }
}

/// The nearest character boundary at or before an offset.
fn floor(text: &str, offset: usize) -> usize {
    text.floor_char_boundary(offset.min(text.len()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const LOOK: Look = Look { colour: false, unicode: true, width: 80 };

    fn problem(text: &str, place: &str) -> Problem {
        let start = text.find(place).unwrap();
        let line_start = text[..start].rfind('\n').map_or(0, |at| at + 1);
        Problem {
            severity: Severity::Error,
            code: "unknown-key",
            message: "unknown key `partition`".into(),
            span: Span {
                start,
                end: start + place.len(),
                line: text[..start].matches('\n').count() + 1,
                column: text[line_start..start].chars().count() + 1,
            },
            path: "nodes.orders".into(),
            help: Some("did you mean `partitions`?".into()),
        }
    }

    const TEXT: &str = "nodes:\n  orders: { kind: topic, partition: 24 }\n";

    #[test]
    fn the_place_is_underlined() {
        insta::assert_snapshot!(render("a.flow.yaml", TEXT, &[problem(TEXT, "partition")], LOOK), @r"
        error: unknown key `partition` [unknown-key]
          ╭─ a.flow.yaml:2:26  nodes.orders
        2 │   orders: { kind: topic, partition: 24 }
          │                          ─────────
          ╰─ help: did you mean `partitions`?
        ");
    }

    #[test]
    fn ascii_where_there_is_no_unicode() {
        let look = Look { unicode: false, ..LOOK };
        let problem = Problem { help: None, ..problem(TEXT, "partition") };
        insta::assert_snapshot!(render("a.flow.yaml", TEXT, &[problem], look), @r"
        error: unknown key `partition` [unknown-key]
          ,- a.flow.yaml:2:26  nodes.orders
        2 |   orders: { kind: topic, partition: 24 }
          |                          ^^^^^^^^^
          `
        ");
    }

    #[test]
    fn what_is_not_in_the_text_shows_no_line() {
        let problem = Problem { span: Span::default(), severity: Severity::Warning, ..problem(TEXT, "partition") };
        insta::assert_snapshot!(render("a.flow.yaml", TEXT, &[problem], LOOK), @r"
        warning: unknown key `partition` [unknown-key]
         ╭─ a.flow.yaml  nodes.orders
         ╰─ help: did you mean `partitions`?
        ");
    }

    #[test]
    fn a_long_line_is_shown_around_the_place() {
        let text = format!("{}partition{}", "東".repeat(3000), "x".repeat(5000));
        let told = render("a", &text, &[problem(&text, "partition")], LOOK);
        assert!(told.lines().all(|line| line.width() <= LOOK.width), "{told}");
        assert!(told.contains("…") && told.contains("partition"), "{told}");
        let (source, marks) = (told.lines().nth(2).unwrap(), told.lines().nth(3).unwrap());
        let column = |line: &str, sign: &str| line[..line.find(sign).unwrap()].width();
        assert_eq!(column(source, "partition"), column(marks, "─"));
    }

    #[test]
    fn counts_are_words() {
        let (error, warning) =
            (problem(TEXT, "kind"), Problem { severity: Severity::Warning, ..problem(TEXT, "kind") });
        assert_eq!(counted(&[]), None);
        assert_eq!(counted(&[error.clone(), warning.clone(), error]).unwrap(), "2 errors, 1 warning");
        assert_eq!(counted(&[warning]).unwrap(), "1 warning");
    }

    proptest! {
        #[test]
        fn any_text_and_any_place_can_be_shown(text in "(\\PC|\n|\t){0,200}", start in 0_usize..900, length in 0_usize..900, width in 60_usize..120) {
            let span = Span { start, end: start + length, line: 1, column: 1 };
            let problem = Problem { span, ..problem(TEXT, "kind") };
            let look = Look { width, ..LOOK };
            prop_assert!(render("a", &text, &[problem], look).lines().count() >= 5);
        }
    }
}
