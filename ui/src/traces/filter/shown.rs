//! A filter's text in colours: fields, values, and what is wrong.

use std::ops::Range;

use thalweg_spans::filter::{Mention, Problem, Severity, read};

/// A part of the text that looks the same throughout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) text: String,
    pub(super) class: &'static str,
}

/// The text in pieces, which make it up without a gap. What is wrong at the end of the text stands on a blank behind it.
pub(super) fn pieces(text: &str, problems: &[Problem]) -> Vec<Piece> {
    let mentions = read(text).mentions;
    let mut ends: Vec<usize> = vec![0, text.len()];
    let mut note = |span: &Range<usize>| ends.extend([span.start.min(text.len()), span.end.min(text.len())]);
    mentions.iter().map(span_of).for_each(&mut note);
    problems.iter().map(|problem| &problem.span).for_each(&mut note);
    ends.sort_unstable();
    ends.dedup();
    let mut pieces: Vec<Piece> = ends
        .windows(2)
        .filter_map(|ends| {
            let (start, end) = (ends[0], ends[1]);
            let class = class(mention_at(&mentions, start), severity_at(problems, start, end));
            Some(Piece { text: text.get(start..end)?.to_owned(), class })
        })
        .collect();
    let at_end = problems.iter().filter(|problem| problem.span.start >= text.len()).map(|problem| problem.severity);
    if let Some(severity) = at_end.max() {
        pieces.push(Piece { text: "\u{a0}".to_owned(), class: class(None, Some(severity)) });
    }
    pieces
}

fn span_of(mention: &Mention) -> &Range<usize> {
    match mention {
        Mention::Field { span, .. } | Mention::Value { span, .. } | Mention::Text { span, .. } => span,
    }
}

fn mention_at(mentions: &[Mention], at: usize) -> Option<&Mention> {
    mentions.iter().find(|mention| span_of(mention).contains(&at))
}

fn severity_at(problems: &[Problem], start: usize, end: usize) -> Option<Severity> {
    let here = |problem: &&Problem| problem.span.start < end && start < problem.span.end;
    problems.iter().filter(here).map(|problem| problem.severity).max()
}

fn class(mention: Option<&Mention>, severity: Option<Severity>) -> &'static str {
    match (mention, severity) {
        (_, Some(Severity::Error)) => "wrong",
        (Some(Mention::Field { .. }), Some(Severity::Warning)) => "name doubt",
        (Some(Mention::Value { .. } | Mention::Text { .. }), Some(Severity::Warning)) => "value doubt",
        (None, Some(Severity::Warning)) => "doubt",
        (Some(Mention::Field { .. }), None) => "name",
        (Some(Mention::Value { .. } | Mention::Text { .. }), None) => "value",
        (None, None) => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Vec<(String, &'static str)> {
        let found = pieces(text, &read(text).problems);
        let whole: String = found.iter().map(|piece| piece.text.trim_end_matches('\u{a0}')).collect();
        assert_eq!(whole, text);
        found.into_iter().map(|piece| (piece.text, piece.class)).collect()
    }

    #[test]
    fn fields_and_values_have_their_colours() {
        assert_eq!(
            shown("service = \"payment\" and timeout"),
            [
                ("service".into(), "name"),
                (" = ".into(), ""),
                ("\"payment\"".into(), "value"),
                (" and ".into(), ""),
                ("timeout".into(), "value"),
            ]
        );
    }

    #[test]
    fn what_is_wrong_is_marked_where_it_stands() {
        assert_eq!(shown("status = erorr")[2], ("erorr".into(), "wrong"));
        // Behind the text.
        assert_eq!(shown("service =").last().map(|(_, class)| *class), Some("wrong"));
        assert_eq!(shown(""), []);
    }
}
