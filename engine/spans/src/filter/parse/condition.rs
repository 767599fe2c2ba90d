//! Conditions: a field, an operator and a value; `exists`; lone texts.

use std::ops::Range;

use super::super::expr::{Expr, Field, Op, Scope, Value};
use super::super::limits::{MAX_PATTERN_DEPTH, MAX_PATTERNS};
use super::super::names::{self, Sort, keyword, scoped};
use super::super::problem::{Fix, Problem};
use super::super::token::{Kind, quote};
use super::super::value::{shown, typed};
use super::{Mention, Parser};

/// What other languages write, and what it is here.
const MISSPELT: &[(&str, Op)] = &[
    ("~=", Op::Matches),
    ("~~", Op::Contains),
    ("=<", Op::LessOrEqual),
    ("=>", Op::GreaterOrEqual),
    ("<>", Op::NotEqual),
    ("===", Op::Equal),
    ("!==", Op::NotEqual),
];

/// A value as it stands in the text.
struct Written {
    text: String,
    span: Range<usize>,
    quoted: bool,
    /// Where the content begins, when places in it are places in the text.
    starts: Option<usize>,
}

impl Parser<'_> {
    /// Whether the next token is compared with something, and so is a field.
    pub(super) fn is_compared(&self) -> bool {
        let is_operator = |places: usize| match self.ahead(places) {
            Kind::Sign(sign) => Op::from_sign(sign).is_some() || misspelt(sign).is_some(),
            Kind::Word(word) => matches!(keyword(word), Some("in" | "contains" | "matches")),
            _ => false,
        };
        let is_sign = |places: usize| matches!(self.ahead(places), Kind::Sign(_));
        is_operator(1) || (self.is_keyword(1, "not") && is_operator(2) && !is_sign(2))
    }

    pub(super) fn condition(&mut self) -> Expr {
        let Some(field) = self.field() else {
            if matches!(self.kind(), Kind::Word(_) | Kind::Quoted(_)) {
                self.bump();
            }
            return Expr::And(Vec::new());
        };
        let negated = self.is_keyword(0, "not");
        let op_start = self.span().start;
        if negated {
            self.bump();
        }
        if self.is_keyword(0, "in") {
            self.bump();
            return self.list(&field, negated);
        }
        let op = self.operator(negated);
        let op_span = op_start..self.span().end;
        let fits = self.fits(&field, op, op_span);
        self.bump();
        let Some(written) = self.written(op) else { return Expr::And(Vec::new()) };
        if !fits {
            return Expr::And(Vec::new());
        }
        self.compare(&field, op, &written)
    }

    /// The field that stands here; nothing when it is none, which is told.
    fn field(&mut self) -> Option<Field> {
        let span = self.span();
        let (field, quoted) = match self.kind() {
            Kind::Quoted(quoted) => {
                (Field::Attribute(quoted.scope.unwrap_or(Scope::Any), quoted.content.clone().into_owned()), true)
            }
            Kind::Word(word) => {
                let word = *word;
                if matches!(scoped(word), Some((_, ""))) {
                    self.tell(
                        Problem::error(span, format!("`{word}` lacks the key of its attribute"))
                            .help("write it behind the dot; a key with signs or blanks is written in quotes"),
                    );
                    return self.skip_field();
                }
                if word.starts_with(|c: char| c.is_ascii_digit()) {
                    self.tell(
                        Problem::error(span, format!("the value `{}` stands on the left", shown(word)))
                            .help("write the field first, as in `duration > 200ms`; a key that begins with a digit is written in quotes"),
                    );
                    return self.skip_field();
                }
                (names::field(word), false)
            }
            Kind::Sign(_) | Kind::End => return None,
        };
        self.mentions.push(Mention::Field { span, field: field.clone(), quoted });
        self.bump();
        Some(field)
    }

    /// Passes over a comparison whose field is none, up to its value.
    fn skip_field(&mut self) -> Option<Field> {
        self.bump();
        if matches!(self.kind(), Kind::Sign(sign) if !matches!(*sign, "(" | ")" | "{" | "}")) {
            self.bump();
        }
        None
    }

    /// The operator that stands here, which is one.
    fn operator(&mut self, negated: bool) -> Op {
        let op = match self.kind() {
            Kind::Sign(sign) => match (Op::from_sign(sign), misspelt(sign)) {
                (Some(op), _) => op,
                (None, Some(op)) => {
                    let problem = Problem::error(self.span(), format!("`{sign}` is no operator"))
                        .help(format!("did you mean `{}`?", op.sign()))
                        .fix(op.sign());
                    self.tell(problem);
                    op
                }
                (None, None) => Op::Equal,
            },
            Kind::Word(word) if keyword(word) == Some("matches") => Op::Matches,
            _ => Op::Contains,
        };
        match (op, negated) {
            (Op::Matches, true) => Op::NotMatches,
            (Op::Contains, true) => Op::NotContains,
            (op, _) => op,
        }
    }

    /// Whether an operator fits a field; if not, that is told.
    fn fits(&mut self, field: &Field, op: Op, span: Range<usize>) -> bool {
        let ops = field.sort().ops();
        if ops.contains(&op) {
            return true;
        }
        let valid: Vec<String> = ops.iter().map(|op| format!("`{}`", op.sign())).collect();
        let mut help = format!("valid: {}", valid.join(", "));
        if let Sort::Choice([first, second, ..]) = field.sort() {
            help = format!("{help}; several are listed, as in `{field} in ({first}, {second})`");
        }
        let message = format!("`{field}` is not compared with `{}`", shown(&self.text[span.clone()]));
        self.tell(Problem::error(span, message).help(help));
        false
    }

    /// The value that stands here; nothing when there is none, which is told.
    fn written(&mut self, op: Op) -> Option<Written> {
        let span = self.span();
        let found = match self.kind() {
            Kind::Word(word) if !matches!(keyword(word), Some("and" | "or" | "not")) => {
                Some(Written { text: (*word).to_owned(), span: span.clone(), quoted: false, starts: Some(span.start) })
            }
            Kind::Quoted(quoted) if quoted.scope.is_none() => Some(Written {
                text: quoted.content.clone().into_owned(),
                span: span.clone(),
                quoted: true,
                starts: quoted.starts,
            }),
            _ => None,
        };
        if found.is_some() {
            self.bump();
            return found;
        }
        let behind = self.last_end();
        if let Kind::Quoted(_) = self.kind() {
            let problem = Problem::error(span, "two attributes are not compared with each other");
            self.tell(problem.help("write a value, such as `\"order\"` or `200ms`"));
            self.bump();
            return None;
        }
        let place = if *self.kind() == Kind::End { span.clone() } else { behind..span.end };
        let mut problem = Problem::error(place, format!("a value is missing behind `{}`", op.sign()));
        let help = match self.kind() {
            Kind::Word(word) => format!("write it; the word itself is written `{}`", quote(word)),
            _ => "write one, such as `payment`, `200ms` or a text in quotes".to_owned(),
        };
        problem = problem.help(help);
        self.tell(problem);
        // An operator too many must not be told twice.
        while matches!(self.kind(), Kind::Sign(sign) if Op::from_sign(sign).is_some() || misspelt(sign).is_some()) {
            self.bump();
        }
        None
    }

    fn compare(&mut self, field: &Field, op: Op, written: &Written) -> Expr {
        let Written { text, span, quoted, .. } = written;
        match typed(field, op, text, *quoted) {
            Ok(value) => {
                if op.is_pattern() {
                    self.check_pattern(written);
                }
                if !quoted && matches!(value, Value::Text(_)) {
                    self.open_value = Some(span.clone());
                }
                self.mentions.push(Mention::Value {
                    span: span.clone(),
                    field: field.clone(),
                    op,
                    value: value.clone(),
                });
                Expr::Compare(field.clone(), op, value)
            }
            Err(misfit) => {
                let mut problem = Problem::error(span.clone(), misfit.message).help(misfit.help);
                problem.fix = misfit.instead.map(|text| Fix { span: span.clone(), text });
                self.tell(problem);
                Expr::And(Vec::new())
            }
        }
    }

    /// Whether a regular expression is one.
    fn check_pattern(&mut self, written: &Written) {
        self.patterns += 1;
        if self.patterns > MAX_PATTERNS {
            if self.patterns == MAX_PATTERNS + 1 {
                let message = format!("a filter has at most {MAX_PATTERNS} regular expressions");
                self.tell(
                    Problem::error(written.span.clone(), message).help("join several by `|`, or list values with `in`"),
                );
            }
            return;
        }
        let mut parser = regex_syntax::ParserBuilder::new().nest_limit(MAX_PATTERN_DEPTH).build();
        let Err(error) = parser.parse(&written.text) else { return };
        let (what, place) = match &error {
            regex_syntax::Error::Parse(error) => (error.kind().to_string(), *error.span()),
            regex_syntax::Error::Translate(error) => (error.kind().to_string(), *error.span()),
            _ => (error.to_string(), regex_syntax::ast::Span::splat(regex_syntax::ast::Position::new(0, 1, 1))),
        };
        let span = match written.starts {
            Some(starts) if place.end.offset <= written.text.len() => {
                starts + place.start.offset..starts + place.end.offset.max(place.start.offset)
            }
            _ => written.span.clone(),
        };
        self.tell(
            Problem::error(span, format!("this is no regular expression: {}", what.trim_end_matches('.')))
                .help("to search for the text as it stands, write `~`"),
        );
    }

    /// `in ( … )`: equal to one of the values; `not in`: there, and equal to none.
    fn list(&mut self, field: &Field, negated: bool) -> Expr {
        let op = if negated { Op::NotEqual } else { Op::Equal };
        let open = self.span();
        if !self.take_sign("(") {
            self.tell(
                Problem::error(self.last_end()..open.end, "a list is missing behind `in`")
                    .help("write it in parentheses, as in `service in (payment, mail)`"),
            );
            return Expr::And(Vec::new());
        }
        let mut parts = Vec::new();
        if self.is_sign(")") {
            self.tell(
                Problem::error(open.start..self.span().end, "this list is empty").help("write at least one value"),
            );
        } else {
            loop {
                match self.written(op) {
                    Some(written) => parts.push(self.compare(field, op, &written)),
                    None if matches!(self.kind(), Kind::Word(_)) => self.bump(),
                    None => {}
                }
                if !self.take_sign(",") {
                    break;
                }
            }
        }
        if matches!(self.kind(), Kind::Word(_) | Kind::Quoted(_)) {
            let span = self.span();
            let message = format!("a `,` or `)` is missing before `{}`", shown(&self.text[span.clone()]));
            self.tell(Problem::error(span, message).help("values of several words are written in quotes"));
            while matches!(self.kind(), Kind::Word(_) | Kind::Quoted(_) | Kind::Sign(",")) {
                self.bump();
            }
        }
        self.close(")", &open);
        if negated { Expr::all(parts) } else { Expr::any(parts) }
    }

    pub(super) fn exists(&mut self) -> Expr {
        let word = self.span();
        self.bump();
        let open = self.span();
        let in_parentheses = self.take_sign("(");
        let is_field = match self.kind() {
            Kind::Word(word) => !matches!(keyword(word), Some("and" | "or" | "not")),
            Kind::Quoted(_) => true,
            Kind::Sign(_) | Kind::End => false,
        };
        let field = if is_field {
            self.field()
        } else {
            self.tell(
                Problem::error(word, "a field is missing behind `exists`")
                    .help("write one, such as `exists messaging.message.id`; the word itself is written `\"exists\"`"),
            );
            None
        };
        if in_parentheses {
            self.close(")", &open);
        }
        field.map_or(Expr::And(Vec::new()), Expr::Exists)
    }

    /// A text that stands alone is searched everywhere.
    pub(super) fn lone_text(&mut self) -> Expr {
        let span = self.span();
        let (text, quoted) = match self.kind() {
            Kind::Word(word) => ((*word).to_owned(), false),
            Kind::Quoted(quoted) if quoted.scope.is_none() => (quoted.content.clone().into_owned(), true),
            _ => {
                let written = self.text[span.clone()].to_owned();
                self.tell(
                    Problem::error(span, "an attribute alone is no condition")
                        .help(format!("write `exists {}`, or compare it with a value", shown(&written)))
                        .fix(format!("exists {written}")),
                );
                self.bump();
                return Expr::And(Vec::new());
            }
        };
        self.bump();
        if !quoted && self.is_sign("(") && self.span().start == span.end {
            self.tell(
                Problem::error(span, format!("there is no function `{}`", shown(&text)))
                    .help("conditions compare fields with values; groups in parentheses stand apart"),
            );
            return Expr::And(Vec::new());
        }
        self.mentions.push(Mention::Text { span, text: text.clone(), quoted });
        let is_id = |digits: usize| text.len() == digits && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        let id = match () {
            () if quoted => None,
            () if is_id(32) => Some(Field::TraceId),
            () if is_id(16) => Some(Field::SpanId),
            () => None,
        };
        let by_id = id.map(|field| Expr::Compare(field, Op::Equal, Value::Text(text.to_ascii_lowercase())));
        let anywhere = Expr::Compare(Field::Anywhere, Op::Contains, Value::Text(text));
        Expr::any(by_id.into_iter().chain([anywhere]))
    }
}

fn misspelt(sign: &str) -> Option<Op> {
    MISSPELT.iter().find(|(wrong, _)| *wrong == sign).map(|(_, op)| *op)
}
