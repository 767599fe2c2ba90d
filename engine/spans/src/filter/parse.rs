//! From a text to what it asks. Recursive descent; each step takes a token or ends, so that time is linear in the text.
//!
//! ```text
//! filter    = [ either ]
//! either    = both { "or" both }
//! both      = unary { [ "and" ] unary }
//! unary     = { "not" } primary
//! primary   = "(" either ")" | related | condition | "exists" field | text | "true" | "false"
//! ```

mod condition;
mod related;

use std::ops::Range;

use super::expr::{Expr, Field, Op, Value};
use super::limits::{MAX_BYTES, MAX_DEPTH, MAX_PROBLEMS};
use super::names::{keyword, nearest};
use super::problem::{Problem, Problems, Severity};
use super::token::{Kind, Token, tokens};
use super::value::shown;

/// What a filter's text says.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    /// What it asks; nothing when there are errors.
    pub expr: Option<Expr>,
    /// What is wrong, by place.
    pub problems: Vec<Problem>,
    /// Its fields, values and lone words by place: what an editor colours and [`doubts`](super::doubts) looks at.
    pub mentions: Vec<Mention>,
}

/// A meaningful part of a filter's text.
#[derive(Debug, Clone, PartialEq)]
pub enum Mention {
    /// A field.
    Field {
        /// Its bytes.
        span: Range<usize>,
        /// What it means.
        field: Field,
        /// Whether its key stands in quotes.
        quoted: bool,
    },
    /// A value that a field is compared with.
    Value {
        /// Its bytes.
        span: Range<usize>,
        /// The field.
        field: Field,
        /// The operator.
        op: Op,
        /// What it means.
        value: Value,
    },
    /// A text that stands alone.
    Text {
        /// Its bytes.
        span: Range<usize>,
        /// The text.
        text: String,
        /// Whether it stands in quotes.
        quoted: bool,
    },
}

/// Reads a filter with everything that is wrong with it.
pub fn read(text: &str) -> Reading {
    if text.len() > MAX_BYTES {
        let message = format!("the filter is longer than {} KiB", MAX_BYTES / 1024);
        let problem = Problem::error(0..0, message).help("search for less at once");
        return Reading { expr: None, problems: vec![problem], mentions: Vec::new() };
    }
    let mut problems = Vec::new();
    let tokens = tokens(text, &mut problems);
    let mut parser = Parser {
        text,
        tokens,
        at: 0,
        depth: 0,
        problems,
        mentions: Vec::new(),
        patterns: 0,
        relations: 0,
        too_deep: false,
        open_value: None,
    };
    let expr = parser.filter();
    let Parser { mut problems, mentions, .. } = parser;
    problems.sort_by_key(|problem| (problem.span.start, problem.span.end));
    problems.truncate(MAX_PROBLEMS);
    let failed = problems.iter().any(|problem| problem.severity == Severity::Error);
    Reading { expr: (!failed).then_some(expr), problems, mentions }
}

/// Reads a filter, all or nothing.
pub fn parse(text: &str) -> Result<Expr, Problems> {
    let reading = read(text);
    reading.expr.ok_or(Problems(reading.problems))
}

struct Parser<'t> {
    text: &'t str,
    tokens: Vec<Token<'t>>,
    at: usize,
    depth: usize,
    problems: Vec<Problem>,
    mentions: Vec<Mention>,
    patterns: usize,
    relations: usize,
    /// Whether reading ended early; what is missing then is no news.
    too_deep: bool,
    /// The value just read, when it is a text without quotes: a lone word behind it may be its rest.
    open_value: Option<Range<usize>>,
}

impl<'t> Parser<'t> {
    fn kind(&self) -> &Kind<'t> {
        self.ahead(0)
    }

    /// The token so many places further; the end stays the end.
    fn ahead(&self, places: usize) -> &Kind<'t> {
        self.tokens.get(self.at + places).map_or(&Kind::End, |token| &token.kind)
    }

    fn span(&self) -> Range<usize> {
        self.tokens.get(self.at).map_or(self.text.len()..self.text.len(), |token| token.span.clone())
    }

    /// Where the last token ended.
    fn last_end(&self) -> usize {
        self.at.checked_sub(1).and_then(|at| self.tokens.get(at)).map_or(0, |token| token.span.end)
    }

    fn bump(&mut self) {
        if self.at + 1 < self.tokens.len() {
            self.at += 1;
        }
    }

    fn is_sign(&self, sign: &str) -> bool {
        matches!(self.kind(), Kind::Sign(found) if *found == sign)
    }

    fn is_keyword(&self, places: usize, word: &str) -> bool {
        matches!(self.ahead(places), Kind::Word(found) if keyword(found) == Some(word))
    }

    fn take_sign(&mut self, sign: &str) -> bool {
        let found = self.is_sign(sign);
        if found {
            self.bump();
        }
        found
    }

    fn tell(&mut self, problem: Problem) {
        // Those of the tokens are counted too: a text of open ends makes no list without end.
        if !self.too_deep && self.problems.len() < 4 * MAX_PROBLEMS {
            self.problems.push(problem);
        }
    }

    /// One level deeper; false, and no token is left, when that is too deep.
    fn enter(&mut self) -> bool {
        self.depth += 1;
        let fits = self.depth <= MAX_DEPTH;
        if !fits {
            let problem = Problem::error(self.span(), format!("this is nested deeper than {MAX_DEPTH} levels"));
            self.tell(problem.help("ask for less at once, or list values with `in`"));
            self.too_deep = true;
            self.at = self.tokens.len() - 1;
        }
        fits
    }

    fn filter(&mut self) -> Expr {
        if *self.kind() == Kind::End {
            return Expr::And(Vec::new());
        }
        let mut expr = self.either();
        while *self.kind() != Kind::End {
            self.stray();
            if *self.kind() != Kind::End {
                expr = self.either();
            }
        }
        expr
    }

    /// A token that continues nothing. It is passed over.
    fn stray(&mut self) {
        let span = self.span();
        let shown = shown(&self.text[span.clone()]);
        let problem = match self.kind() {
            Kind::Sign(")" | "}") => {
                Problem::error(span, format!("nothing opens this `{shown}`")).help("take it away, or open it before")
            }
            Kind::Sign("&") => Problem::error(span, "`&` has no meaning").help("write `and`").fix("and"),
            Kind::Sign("|") => Problem::error(span, "`|` has no meaning").help("write `or`").fix("or"),
            Kind::Sign(",") => Problem::error(span, "this `,` separates nothing").help(
                "lists stand behind `in`, as in `service in (payment, mail)`; conditions are joined by `and` or `or`",
            ),
            _ => Problem::error(span, format!("`{shown}` has nothing on its left"))
                .help("a field is compared with one value, and two comparisons are joined by `and`"),
        };
        self.tell(problem);
        self.bump();
    }

    fn either(&mut self) -> Expr {
        let mut parts = vec![self.both()];
        while self.is_keyword(0, "or") || self.is_sign("||") {
            self.bump();
            parts.push(self.both());
        }
        Expr::any(parts)
    }

    fn both(&mut self) -> Expr {
        let mut parts = vec![self.unary()];
        loop {
            if self.is_keyword(0, "and") || self.is_sign("&&") {
                self.bump();
            } else if !self.begins_condition() {
                return Expr::all(parts);
            } else if self.rest_of_value() {
                continue;
            }
            parts.push(self.unary());
        }
    }

    /// Whether the next token begins a condition, so that an `and` is implied before it.
    fn begins_condition(&self) -> bool {
        match self.kind() {
            Kind::Word(word) => keyword(word) != Some("or"),
            Kind::Quoted(_) => true,
            Kind::Sign(sign) => matches!(*sign, "(" | "{" | "!"),
            Kind::End => false,
        }
    }

    /// Words behind a value without quotes: `name = POST /checkout` may mean one value or a value and a word. They are refused
    /// and passed over; whether there were any.
    fn rest_of_value(&mut self) -> bool {
        let Some(value) = self.open_value.clone() else { return false };
        let first = self.span();
        let mut end = value.end;
        while self.is_lone_word() {
            end = self.span().end;
            self.bump();
        }
        if end == value.end {
            return false;
        }
        let (whole, rest) = (&self.text[value.start..end], first.start..end);
        let word = self.text[first].to_owned();
        let message = format!("`{}` stands behind a value without quotes", shown(&self.text[rest.clone()]));
        let help = match nearest(&word, ["and", "or"]) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!(
                "write `{}` if it belongs to the value, or `and` before it if it is searched for",
                shown(&super::token::quote(whole))
            ),
        };
        let mut problem = Problem::error(rest, message).help(help);
        problem.fix = Some(super::Fix { span: value.start..end, text: super::token::quote(whole) });
        if let Some(near) = nearest(&word, ["and", "or"]) {
            let start = problem.span.start;
            problem.fix = Some(super::Fix { span: start..start + word.len(), text: near.to_owned() });
        }
        self.tell(problem);
        self.open_value = None;
        true
    }

    /// Whether the next token is a word that would be searched for.
    fn is_lone_word(&self) -> bool {
        matches!(self.kind(), Kind::Word(word) if keyword(word).is_none()) && !self.is_compared()
    }

    fn unary(&mut self) -> Expr {
        self.open_value = None;
        let negated = self.is_sign("!") || (self.is_keyword(0, "not") && !self.is_compared());
        if !negated {
            return self.primary();
        }
        self.bump();
        let inner = if self.enter() { self.unary() } else { Expr::And(Vec::new()) };
        self.depth -= 1;
        Expr::Not(Box::new(inner))
    }

    fn primary(&mut self) -> Expr {
        match self.kind() {
            Kind::Sign("(") => self.group(),
            Kind::Sign("{") => self.related(),
            Kind::Word(_) | Kind::Quoted(_) if self.is_compared() => self.condition(),
            Kind::Word(word) => match keyword(word) {
                Some("exists") => self.exists(),
                Some("true") => self.constant(Expr::And(Vec::new())),
                Some("false") => self.constant(Expr::Or(Vec::new())),
                Some("contains" | "matches" | "in") => self.lone_operator(),
                Some(_) => self.missing(),
                None => self.lone_text(),
            },
            Kind::Quoted(_) => self.lone_text(),
            Kind::Sign(_) | Kind::End => self.missing(),
        }
    }

    fn constant(&mut self, expr: Expr) -> Expr {
        self.bump();
        expr
    }

    /// A condition should stand here.
    fn missing(&mut self) -> Expr {
        let behind = self.at.checked_sub(1).and_then(|at| self.tokens.get(at)).map(|token| token.span.clone());
        let message = match behind {
            Some(behind) => format!("a condition is missing behind `{}`", shown(&self.text[behind])),
            None => "a condition is missing here".to_owned(),
        };
        let problem = Problem::error(self.span(), message).help("write one, such as `service = payment`");
        match self.kind() {
            // These have a place of their own further up.
            Kind::Sign(")" | "}" | "&&" | "||") | Kind::Word(_) | Kind::End => self.tell(problem),
            _ => self.stray(),
        }
        Expr::And(Vec::new())
    }

    /// `in`, `contains` or `matches` without a field before it.
    fn lone_operator(&mut self) -> Expr {
        let span = self.span();
        let word = self.text[span.clone()].to_owned();
        self.tell(
            Problem::error(span, format!("`{word}` has no field on its left"))
                .help(format!("to search for the word itself write `\"{word}\"`"))
                .fix(format!("\"{word}\"")),
        );
        self.bump();
        Expr::And(Vec::new())
    }

    fn group(&mut self) -> Expr {
        let open = self.span();
        self.bump();
        let inner = if !self.enter() {
            Expr::And(Vec::new())
        } else if self.is_sign(")") {
            self.tell(Problem::error(open.start..self.span().end, "nothing stands between these parentheses"));
            Expr::And(Vec::new())
        } else {
            self.either()
        };
        self.depth -= 1;
        self.close(")", &open);
        inner
    }

    /// The end of what `open` opened; inside, tokens that continue nothing are told and passed over.
    fn close(&mut self, sign: &str, open: &Range<usize>) {
        self.open_value = None;
        loop {
            match self.kind() {
                Kind::End => {
                    let opened = shown(&self.text[open.clone()]);
                    self.tell(
                        Problem::error(open.clone(), format!("this `{opened}` is never closed"))
                            .help(format!("write `{sign}` where it ends")),
                    );
                    return;
                }
                Kind::Sign(found) if *found == sign => {
                    self.bump();
                    return;
                }
                // Closes something further out; what it leaves open is told once.
                Kind::Sign(")" | "}") => {
                    let found = shown(&self.text[self.span()]);
                    self.tell(Problem::error(self.span(), format!("this is `{found}` where `{sign}` is needed")));
                    self.bump();
                    return;
                }
                _ => {
                    self.stray();
                    if !matches!(self.kind(), Kind::Sign(_) | Kind::End) {
                        // Lists without end within lists without end come here too.
                        if self.enter() {
                            self.either();
                        }
                        self.depth -= 1;
                    }
                }
            }
        }
    }
}
