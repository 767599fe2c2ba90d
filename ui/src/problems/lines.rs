//! Lines of the document's text as they are drawn: coloured by what they are, underlined where something is wrong.

use std::ops::Range;

use thalweg_flow::{Problem, Severity};

/// What a piece of a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sort {
    Plain,
    Key,
    Quoted,
    Comment,
}

impl Sort {
    /// The class that colours it.
    fn class(self) -> &'static str {
        match self {
            Sort::Plain => "",
            Sort::Key => "key",
            Sort::Quoted => "quoted",
            Sort::Comment => "remark",
        }
    }
}

/// Where something is wrong, on one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mark {
    /// Counted from 0.
    pub(super) line: usize,
    /// Bytes of the line.
    pub(super) place: Range<usize>,
    pub(super) severity: Severity,
    pub(super) message: String,
}

/// A piece of a line that is drawn alike: its text and its classes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) text: String,
    pub(super) class: String,
}

/// What is wrong, by line; a place that goes on to further lines is marked on its first.
pub(super) fn marks(text: &str, problems: &[Problem]) -> Vec<Mark> {
    let starts: Vec<usize> = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
    let mark = |problem: &Problem| {
        let line = problem.span.line.checked_sub(1)?;
        let start = *starts.get(line)?;
        let end = starts.get(line + 1).map_or(text.len(), |next| next - 1);
        let length = text.get(start..end)?.trim_end_matches('\r').len();
        let from = problem.span.start.saturating_sub(start).min(length);
        let to = problem.span.end.saturating_sub(start).min(length);
        let message = match &problem.help {
            Some(help) => format!("{} — {help}", problem.message),
            None => problem.message.clone(),
        };
        // A place without width is that of its line.
        let place = if to > from { from..to } else { 0..length };
        Some(Mark { line, place, severity: problem.severity, message })
    };
    problems.iter().filter(|problem| problem.span.is_in_text()).filter_map(mark).collect()
}

/// A line in pieces. `marks` are those of this line.
pub(super) fn pieces(line: &str, marks: &[&Mark]) -> Vec<Piece> {
    let sorts = sorts(line);
    let mut cuts: Vec<usize> = sorts.iter().flat_map(|(place, _)| [place.start, place.end]).collect();
    cuts.extend(marks.iter().flat_map(|mark| [mark.place.start, mark.place.end]));
    cuts.extend([0, line.len()]);
    cuts.retain(|cut| line.is_char_boundary(*cut));
    cuts.sort_unstable();
    cuts.dedup();
    cuts.windows(2)
        .filter_map(|cut| {
            let (from, to) = (cut[0], cut[1]);
            let sort = sorts.iter().find(|(place, _)| place.contains(&from)).map_or(Sort::Plain, |(_, sort)| *sort);
            let worst = marks.iter().filter(|mark| mark.place.contains(&from)).map(|mark| mark.severity).max();
            let wrong = match worst {
                Some(Severity::Error) => " wrong bad",
                Some(Severity::Warning) => " wrong",
                None => "",
            };
            let class = format!("{}{wrong}", sort.class()).trim().to_owned();
            Some(Piece { text: line.get(from..to)?.to_owned(), class })
        })
        .collect()
}

/// What the pieces of a line are, as far as one line tells: keys, quoted texts, comments.
fn sorts(line: &str) -> Vec<(Range<usize>, Sort)> {
    let bytes = line.as_bytes();
    let mut found = Vec::new();
    let mut at = 0;
    // Where a word began that may be a key.
    let mut word = 0;
    let mut word_is_fresh = true;
    while at < bytes.len() {
        match bytes[at] {
            b'#' if at == 0 || bytes[at - 1].is_ascii_whitespace() => {
                found.push((at..bytes.len(), Sort::Comment));
                return found;
            }
            quote @ (b'"' | b'\'') if word_is_fresh => {
                let end = closing(bytes, at + 1, quote);
                let is_key = bytes.get(end) == Some(&b':');
                found.push((at..end, if is_key { Sort::Key } else { Sort::Quoted }));
                at = end;
                word_is_fresh = false;
                word = end;
                continue;
            }
            b':' if bytes.get(at + 1).is_none_or(u8::is_ascii_whitespace) => {
                if word < at {
                    found.push((word..at, Sort::Key));
                }
                (word, word_is_fresh) = (at + 1, true);
            }
            b'{' | b'[' | b',' | b'}' | b']' => (word, word_is_fresh) = (at + 1, true),
            b'-' if word_is_fresh && bytes.get(at + 1) == Some(&b' ') => word = at + 1,
            b' ' | b'\t' if word_is_fresh => word = at + 1,
            _ => word_is_fresh = false,
        }
        at += 1;
    }
    found
}

/// Behind the quote that closes, or the end of the line.
fn closing(bytes: &[u8], from: usize, quote: u8) -> usize {
    let mut at = from;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' if quote == b'"' => at += 1,
            byte if byte == quote => return at + 1,
            _ => {}
        }
        at += 1;
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(line: &str) -> Vec<(String, String)> {
        pieces(line, &[])
            .into_iter()
            .map(|piece| (piece.text, piece.class))
            .filter(|(_, class)| !class.is_empty())
            .collect()
    }

    fn pair(text: &str, class: &str) -> (String, String) {
        (text.to_owned(), class.to_owned())
    }

    #[test]
    fn keys_texts_and_comments_are_told_apart() {
        assert_eq!(
            shown("  - { to: orders, event: \"a # b\" } # note"),
            [pair("to", "key"), pair("event", "key"), pair("\"a # b\"", "quoted"), pair("# note", "remark")]
        );
        assert_eq!(shown("at: 12:30:00"), [pair("at", "key")]);
        assert_eq!(shown("\"order.placed\": x"), [pair("\"order.placed\"", "key")]);
        assert!(shown("plain text").is_empty());
        assert!(shown("é: 'ü").iter().any(|(text, _)| text == "é"));
    }

    #[test]
    fn pieces_are_the_line() {
        for line in ["", "a: b", "  - 'x", "{a: [1, 2]} # é", "\"\\\"\": 1", "a:b: c"] {
            let text: String = pieces(line, &[]).into_iter().map(|piece| piece.text).collect();
            assert_eq!(text, line);
        }
    }

    #[test]
    fn what_is_wrong_is_underlined_where_it_is() {
        let text = "thalweg: 1\r\nname: T\r\nnodes:\r\n  a: { kind: topik }\r\n";
        let problems = thalweg_flow::read(text).problems;
        let marks = marks(text, &problems);
        assert_eq!(marks.len(), 1, "{problems:?}");
        assert_eq!(marks[0].line, 3);
        let line = "  a: { kind: topik }";
        let wrong: Vec<Piece> =
            pieces(line, &[&marks[0]]).into_iter().filter(|piece| piece.class.contains("wrong")).collect();
        assert_eq!(wrong, [Piece { text: "topik".into(), class: "wrong bad".into() }]);
    }
}
