//! From characters to tokens. Every text has tokens; what is wrong with it is told beside them.

use std::borrow::Cow;
use std::ops::Range;

use super::expr::Scope;
use super::names::scoped;
use super::problem::Problem;
use super::value::is_control;

/// One token and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Token<'t> {
    pub(crate) kind: Kind<'t>,
    pub(crate) span: Range<usize>,
}

/// What a token is.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Kind<'t> {
    /// Anything without quotes.
    Word(&'t str),
    /// A text in quotes, and the scope before it (`span."a key"`).
    Quoted(Quoted<'t>),
    /// A sign or a run of them.
    Sign(&'t str),
    /// The end of the text.
    End,
}

/// A text in quotes.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Quoted<'t> {
    pub(crate) scope: Option<Scope>,
    pub(crate) content: Cow<'t, str>,
    /// Where the content begins, when it is written as it is: places in it are then places in the text.
    pub(crate) starts: Option<usize>,
    /// Whether its end was found.
    pub(crate) closed: bool,
}

/// Signs that mean something, longer ones first. Those at the end are what other languages write and are refused by name.
const SIGNS: &[&str] = &[
    "!=~", "===", "!==", "->", ">>", "<<", "&&", "||", "==", "!=", "<=", ">=", "!~", "=~", "~=", "=<", "=>", "<>",
    "~~", "=", "<", ">", "~", "!", "(", ")", "{", "}", ",", "&", "|",
];

/// Splits a text; the last token is always [`Kind::End`].
pub(crate) fn tokens<'t>(text: &'t str, problems: &mut Vec<Problem>) -> Vec<Token<'t>> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(first) = text[at..].chars().next() {
        if first.is_whitespace() {
            at += first.len_utf8();
            continue;
        }
        let rest = &text[at..];
        let token = if is_quote(first) {
            quoted(text, at, at, None, problems)
        } else if let Some(sign) = SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
            Token { kind: Kind::Sign(&rest[..sign.len()]), span: at..at + sign.len() }
        } else {
            word(text, at, problems)
        };
        at = token.span.end;
        if let Some(last) = found.last()
            && touch(last, &token)
        {
            problems.push(Problem::error(token.span.clone(), "a blank is missing before this").help(
                "a quote within a text is written with a backslash before it, or the text in quotes of the other sort",
            ));
        }
        found.push(token);
    }
    found.push(Token { kind: Kind::End, span: text.len()..text.len() });
    found
}

/// Whether two texts stand together where only one was meant, as in `'it's'`.
fn touch(last: &Token<'_>, next: &Token<'_>) -> bool {
    let is_text = |token: &Token<'_>| matches!(token.kind, Kind::Word(_) | Kind::Quoted(_));
    last.span.end == next.span.start && is_text(last) && is_text(next)
}

fn is_quote(c: char) -> bool {
    matches!(c, '"' | '\'' | '`')
}

/// Whether a character ends a word. An apostrophe does not: `don't`.
fn ends_word(c: char) -> bool {
    c.is_whitespace() || matches!(c, '"' | '`' | '(' | ')' | '{' | '}' | ',' | '=' | '!' | '<' | '>' | '~' | '&' | '|')
}

/// Whether a text can stand without quotes as a word.
pub(crate) fn is_word(text: &str) -> bool {
    let first_fits = text.chars().next().is_some_and(|c| !is_quote(c));
    first_fits && !text.contains("->") && !text.chars().any(ends_word)
}

fn word<'t>(text: &'t str, start: usize, problems: &mut Vec<Problem>) -> Token<'t> {
    let rest = &text[start..];
    let mut end = rest.len();
    for (at, c) in rest.char_indices() {
        if is_quote(c)
            && let Some((scope, "")) = scoped(&rest[..at])
        {
            return quoted(text, start, start + at, Some(scope), problems);
        }
        if ends_word(c) || (at > 0 && rest[at..].starts_with("->")) {
            end = at;
            break;
        }
    }
    Token { kind: Kind::Word(&rest[..end]), span: start..start + end }
}

/// A text in quotes that open at `open`; the token begins at `start`, where its scope stands.
fn quoted<'t>(
    text: &'t str,
    start: usize,
    open: usize,
    scope: Option<Scope>,
    problems: &mut Vec<Problem>,
) -> Token<'t> {
    // Quotes are one byte each.
    let inner = &text[open + 1..];
    let quote = text.as_bytes()[open];
    let raw = quote == b'`';
    let mut content: Option<String> = None;
    let mut taken = 0;
    let mut at = 0;
    while at < inner.len() {
        let byte = inner.as_bytes()[at];
        if byte == quote {
            let tail = &inner[taken..at];
            let (content, starts) = match content {
                Some(content) => (Cow::Owned(content + tail), None),
                None => (Cow::Borrowed(tail), Some(open + 1)),
            };
            let kind = Kind::Quoted(Quoted { scope, content, starts, closed: true });
            return Token { kind, span: start..open + 1 + at + 1 };
        }
        if byte != b'\\' || raw {
            at += 1;
            continue;
        }
        match escape(&inner[at..]) {
            Escape::Char(c, length) => {
                let known = content.get_or_insert_default();
                known.push_str(&inner[taken..at]);
                known.push(c);
                at += length;
                taken = at;
            }
            // Before anything else a backslash is itself, so that patterns need none twice.
            Escape::None => at += 1,
            Escape::Wrong(length) => {
                let place = open + 1 + at;
                problems.push(
                    Problem::error(place..place + length, "this is no character's number")
                        .help("write up to six hexadecimal digits in braces, such as `\\u{e4}`"),
                );
                at += length;
            }
        }
    }
    problems.push(
        Problem::error(start..text.len(), format!("the text that begins here has no closing {}", char::from(quote)))
            .help(format!("write {} behind its last character", char::from(quote))),
    );
    let content = content.unwrap_or_default() + &inner[taken..];
    let kind = Kind::Quoted(Quoted { scope, content: Cow::Owned(content), starts: None, closed: false });
    Token { kind, span: start..text.len() }
}

enum Escape {
    /// A character and the length of its escape.
    Char(char, usize),
    /// A backslash that is only a backslash.
    None,
    /// `\u{…}` without a character, and its length.
    Wrong(usize),
}

/// What a backslash at the beginning of `text` means.
fn escape(text: &str) -> Escape {
    match text.as_bytes().get(1) {
        Some(b'"') => Escape::Char('"', 2),
        Some(b'\'') => Escape::Char('\'', 2),
        Some(b'\\') => Escape::Char('\\', 2),
        Some(b'n') => Escape::Char('\n', 2),
        Some(b'r') => Escape::Char('\r', 2),
        Some(b't') => Escape::Char('\t', 2),
        Some(b'u') if text[2..].starts_with('{') => {
            let digits = &text[3..];
            let length = digits.bytes().take(7).take_while(u8::is_ascii_hexdigit).count();
            let c = u32::from_str_radix(&digits[..length], 16).ok().and_then(char::from_u32);
            match c {
                Some(c) if digits[length..].starts_with('}') => Escape::Char(c, length + 4),
                _ => Escape::Wrong(3),
            }
        }
        _ => Escape::None,
    }
}

/// A text in double quotes, so that it reads back as the same.
pub(crate) fn quote(text: &str) -> String {
    use std::fmt::Write as _;
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if is_control(c) => {
                // Writing to a string cannot fail.
                let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
