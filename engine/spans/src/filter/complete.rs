//! What may stand at the caret.

use std::ops::Range;

use super::expr::{Field, Op, Scope};
use super::limits::{MAX_BYTES, MAX_OFFERS};
use super::names::{self, FIELDS, RELATIONS, Sort, keyword};
use super::print::written;
use super::seen::{Seen, SeenValue, covers};
use super::token::{Kind, Token, tokens};

/// What can be put at the caret.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Offers {
    /// The bytes of the text that an offer replaces.
    pub span: Range<usize>,
    /// What to put there, the likeliest first.
    pub offers: Vec<Offer>,
}

/// One thing to put at the caret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// The text itself.
    pub text: String,
    /// What it is.
    pub kind: OfferKind,
    /// How often it was seen, where that was counted.
    pub count: Option<u64>,
}

/// What an offer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OfferKind {
    /// A field that every span has or may have.
    Field,
    /// An attribute.
    Attribute,
    /// `=`, `~`, `in`, …
    Operator,
    /// What the field is compared with.
    Value,
    /// `and`, `or`, `not`, `exists`, a comma.
    Word,
    /// `>>` and the like.
    Relation,
    /// A parenthesis or brace that opens or closes.
    Bracket,
}

/// What the tokens before the caret leave open.
#[derive(Debug, Clone, PartialEq)]
enum Awaited {
    /// A condition, and whether one stands before it, so that `and` and `or` fit too.
    Condition { joined: bool },
    /// A field, behind `exists`.
    Field,
    /// An operator.
    Operator(Field),
    /// The rest of `not in` and the like.
    Negated(Field),
    /// A value.
    Value(Field, Op),
    /// The list behind `in`.
    List(Field),
    /// `and`, `or`, an end.
    Joint,
    /// A relation, or what may follow one.
    Relation,
    /// The brace behind a relation.
    Brace,
}

/// What may stand at `caret` (a byte of `text`). The word the caret stands in or behind is replaced as a whole and decides
/// what fits. Sorted by what begins with it, then by use.
pub fn complete(text: &str, caret: usize, seen: &Seen) -> Offers {
    let caret = (0..=caret.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    if text.len() > MAX_BYTES {
        return Offers { span: caret..caret, offers: Vec::new() };
    }
    let tokens = tokens(text, &mut Vec::new());
    let at_caret = tokens.iter().find(|token| is_touched(token, caret));
    let span = at_caret.map_or(caret..caret, |token| token.span.clone());
    let before: Vec<&Token<'_>> =
        tokens.iter().take_while(|token| token.span.end <= span.start && token.kind != Kind::End).collect();
    let mut open = Vec::new();
    let awaited = awaited(&before, &mut open);
    let typed = Typed::new(text, &span, caret, at_caret);
    let mut offers = offers(&awaited, &open, seen, &typed);
    // Among those that begin with what was typed, those seen more often; offers that were not counted keep their order.
    offers.retain(|(offer, _)| offer.text != text[span.clone()]);
    offers.sort_by_key(|(offer, rank)| (*rank, std::cmp::Reverse(offer.count.unwrap_or(u64::MAX))));
    let offers = offers.into_iter().map(|(offer, _)| offer).take(MAX_OFFERS).collect();
    Offers { span, offers }
}

/// Whether the caret stands in a token or behind its last character, so that it is being written. Brackets and commas are whole.
fn is_touched(token: &Token<'_>, caret: usize) -> bool {
    let inside = token.span.start < caret && caret < token.span.end;
    let behind = token.span.start < caret && caret == token.span.end;
    match &token.kind {
        Kind::Word(_) => inside || behind || token.span.start == caret,
        Kind::Quoted(quoted) => inside || (behind && !quoted.closed),
        Kind::Sign(sign) => inside || (behind && !matches!(*sign, "(" | ")" | "{" | "}" | ",")),
        Kind::End => false,
    }
}

/// What was typed of the word at the caret.
struct Typed {
    /// In lower case, up to the caret, without its quote.
    start: String,
    /// Whether it stands in quotes, and so is a value, a key or a text.
    quoted: bool,
    sign: bool,
}

impl Typed {
    fn new(text: &str, span: &Range<usize>, caret: usize, token: Option<&Token<'_>>) -> Self {
        let typed = text[span.start..caret.max(span.start)].to_lowercase();
        let quoted = matches!(token.map(|token| &token.kind), Some(Kind::Quoted(_)));
        let sign = matches!(token.map(|token| &token.kind), Some(Kind::Sign(_)));
        let start = if quoted { typed.trim_start_matches(['"', '\'', '`']).to_owned() } else { typed };
        Typed { start, quoted, sign }
    }

    /// How well a text fits: 0 when it begins with what was typed, 1 when one of its parts does, 2 when it has it inside;
    /// nothing when it does not fit.
    fn rank(&self, text: &str) -> Option<u8> {
        let text = text.to_lowercase();
        let plain = text.trim_start_matches('"');
        if plain.starts_with(&self.start) {
            return Some(0);
        }
        let part = plain.split(['.', '_', '-', '/', ' ', ':']).any(|part| part.starts_with(&self.start));
        (part || plain.contains(&self.start)).then_some(if part { 1 } else { 2 })
    }
}

/// What is not closed yet.
#[derive(Debug, Clone, PartialEq)]
enum Open {
    Parenthesis,
    Brace,
    /// The values that a field is compared with.
    List(Field),
}

/// Follows the tokens; `open` keeps what is not closed yet.
fn awaited(tokens: &[&Token<'_>], open: &mut Vec<Open>) -> Awaited {
    let mut state = Awaited::Condition { joined: false };
    for (i, token) in tokens.iter().enumerate() {
        let next = tokens.get(i + 1).map(|token| &token.kind);
        state = step(state, &token.kind, next, open);
    }
    state
}

fn is_operator(kind: Option<&Kind<'_>>) -> bool {
    match kind {
        Some(Kind::Sign(sign)) => Op::from_sign(sign).is_some(),
        Some(Kind::Word(word)) => matches!(keyword(word), Some("in" | "not" | "contains" | "matches")),
        _ => false,
    }
}

fn step(state: Awaited, kind: &Kind<'_>, next: Option<&Kind<'_>>, open: &mut Vec<Open>) -> Awaited {
    match (state, kind) {
        (Awaited::Value(..) | Awaited::Field, Kind::Word(_) | Kind::Quoted(_)) => Awaited::Joint,
        (Awaited::List(field), Kind::Sign("(")) => {
            open.push(Open::List(field.clone()));
            Awaited::Value(field, Op::Equal)
        }
        (state, Kind::Sign(",")) => match open.last() {
            Some(Open::List(field)) => Awaited::Value(field.clone(), Op::Equal),
            _ => state,
        },
        (Awaited::Operator(field), Kind::Sign(sign)) => match Op::from_sign(sign) {
            Some(op) => Awaited::Value(field, op),
            None => Awaited::Condition { joined: false },
        },
        (Awaited::Operator(field) | Awaited::Negated(field), Kind::Word(word)) => match keyword(word) {
            Some("in") => Awaited::List(field),
            Some("contains") => Awaited::Value(field, Op::Contains),
            Some("matches") => Awaited::Value(field, Op::Matches),
            Some("not") => Awaited::Negated(field),
            _ => Awaited::Condition { joined: true },
        },
        (Awaited::Relation, Kind::Sign(sign)) if names::RELATIONS.iter().any(|r| r.sign() == *sign) => Awaited::Brace,
        (_, Kind::Sign("{")) => {
            open.push(Open::Brace);
            Awaited::Condition { joined: false }
        }
        (_, Kind::Sign("(" | "!" | "&&" | "||")) => {
            if *kind == Kind::Sign("(") {
                open.push(Open::Parenthesis);
            }
            Awaited::Condition { joined: false }
        }
        (_, Kind::Sign(sign @ (")" | "}"))) => {
            open.pop();
            if *sign == "}" { Awaited::Relation } else { Awaited::Joint }
        }
        (_, Kind::Word(word)) => match keyword(word) {
            Some("and" | "or" | "not") => Awaited::Condition { joined: false },
            Some("exists") => Awaited::Field,
            _ if is_operator(next) || next.is_none() => Awaited::Operator(names::field(word)),
            _ => Awaited::Condition { joined: true },
        },
        (_, Kind::Quoted(quoted)) if quoted.scope.is_some() || is_operator(next) => {
            Awaited::Operator(Field::Attribute(quoted.scope.unwrap_or(Scope::Any), quoted.content.clone().into_owned()))
        }
        (state, Kind::Quoted(_)) => match state {
            Awaited::Condition { .. } => Awaited::Joint,
            other => other,
        },
        (state, _) => state,
    }
}

type Ranked = (Offer, u8);

fn offers(awaited: &Awaited, open: &[Open], seen: &Seen, typed: &Typed) -> Vec<Ranked> {
    let in_list = matches!(open.last(), Some(Open::List(_)));
    let mut found = Vec::new();
    match awaited {
        Awaited::Value(field, op) => values(field, *op, seen, typed, &mut found),
        Awaited::Condition { joined } => {
            if *joined {
                joints(open, typed, &mut found);
            }
            conditions(seen, typed, &mut found);
        }
        Awaited::Field => fields(seen, typed, &mut found),
        Awaited::Operator(field) => {
            operators(field, typed, &mut found);
            // A word that is no known field may be one that is searched for.
            if names::name(field).is_none() {
                joints(open, typed, &mut found);
            }
        }
        Awaited::Negated(field) => {
            for (word, fits) in [("in", true), ("contains", has_texts(field)), ("matches", has_texts(field))] {
                if fits {
                    push(word, OfferKind::Operator, typed, &mut found);
                }
            }
        }
        Awaited::List(_) => push("(", OfferKind::Bracket, typed, &mut found),
        Awaited::Joint if in_list => {
            push(",", OfferKind::Word, typed, &mut found);
            push(")", OfferKind::Bracket, typed, &mut found);
        }
        Awaited::Joint => {
            joints(open, typed, &mut found);
            // An `and` is implied before a condition that is already begun.
            if !typed.start.is_empty() {
                conditions(seen, typed, &mut found);
            }
        }
        Awaited::Relation => {
            for relation in RELATIONS {
                push(relation.sign(), OfferKind::Relation, typed, &mut found);
            }
            joints(open, typed, &mut found);
        }
        Awaited::Brace => push("{", OfferKind::Bracket, typed, &mut found),
    }
    found
}

fn has_texts(field: &Field) -> bool {
    field.sort().ops().contains(&Op::Contains)
}

fn push(text: &str, kind: OfferKind, typed: &Typed, found: &mut Vec<Ranked>) {
    if typed.quoted {
        return;
    }
    // Where a sign is being written only what goes on with it fits.
    let fits = if typed.sign { text.starts_with(&typed.start).then_some(0) } else { typed.rank(text) };
    if let Some(rank) = fits {
        found.push((Offer { text: text.to_owned(), kind, count: None }, rank));
    }
}

fn push_counted(offer: Offer, rank: Option<u8>, found: &mut Vec<Ranked>) {
    if let Some(rank) = rank {
        found.push((offer, rank));
    }
}

fn joints(open: &[Open], typed: &Typed, found: &mut Vec<Ranked>) {
    push("and", OfferKind::Word, typed, found);
    push("or", OfferKind::Word, typed, found);
    match open.last() {
        Some(Open::Brace) => push("}", OfferKind::Bracket, typed, found),
        Some(Open::Parenthesis) => push(")", OfferKind::Bracket, typed, found),
        Some(Open::List(_)) | None => {}
    }
}

fn conditions(seen: &Seen, typed: &Typed, found: &mut Vec<Ranked>) {
    fields(seen, typed, found);
    for word in ["not", "exists"] {
        push(word, OfferKind::Word, typed, found);
    }
    for bracket in ["(", "{"] {
        push(bracket, OfferKind::Bracket, typed, found);
    }
}

fn fields(seen: &Seen, typed: &Typed, found: &mut Vec<Ranked>) {
    for (name, _) in FIELDS {
        push(name, OfferKind::Field, typed, found);
    }
    if typed.sign {
        return;
    }
    let mut keys: Vec<(String, u64)> = Vec::new();
    for key in &seen.keys {
        // A span's or a resource's key is found without its scope; the scope is offered once it is being written.
        let scope = match key.scope {
            Scope::Span | Scope::Resource if !is_scoped(&typed.start) => Scope::Any,
            other => other,
        };
        let text = Field::Attribute(scope, key.key.clone()).to_string();
        match keys.iter_mut().find(|(known, _)| *known == text) {
            Some((_, count)) => *count += key.count,
            None => keys.push((text, key.count)),
        }
    }
    for (text, count) in keys {
        let rank = typed.rank(&text);
        push_counted(Offer { text, kind: OfferKind::Attribute, count: Some(count) }, rank, found);
    }
}

fn is_scoped(start: &str) -> bool {
    names::scoped(start).is_some()
}

fn operators(field: &Field, typed: &Typed, found: &mut Vec<Ranked>) {
    let ops = field.sort().ops();
    for op in ops {
        push(op.sign(), OfferKind::Operator, typed, found);
    }
    if !typed.sign && ops.contains(&Op::Equal) && !matches!(field.sort(), Sort::Duration | Sort::Moment) {
        push("in", OfferKind::Operator, typed, found);
        push("not in", OfferKind::Operator, typed, found);
    }
}

fn values(field: &Field, op: Op, seen: &Seen, typed: &Typed, found: &mut Vec<Ranked>) {
    if typed.sign {
        return;
    }
    let value = |text: &str, count: Option<u64>, found: &mut Vec<Ranked>| {
        let rank = typed.rank(text);
        let text = written_for(field, op, text, seen);
        push_counted(Offer { text, kind: OfferKind::Value, count }, rank, found);
    };
    let counted = |list: &[SeenValue], found: &mut Vec<Ranked>| {
        for known in list {
            value(&known.text, Some(known.count), found);
        }
    };
    match field {
        Field::Service => counted(&seen.services, found),
        Field::Name => counted(&seen.names, found),
        Field::EventName => counted(&seen.events, found),
        Field::ScopeName => counted(&seen.scopes, found),
        Field::Attribute(scope, key) => {
            for known in seen.keys.iter().filter(|known| known.key == *key && covers(*scope, known.scope)) {
                counted(&known.values, found);
            }
        }
        Field::Duration => durations(&typed.start, |text| value(text, None, found)),
        Field::Status | Field::Kind => {
            if let Sort::Choice(words) = field.sort() {
                for word in words {
                    value(word, None, found);
                }
            }
        }
        Field::Start | Field::StatusMessage | Field::TraceId | Field::SpanId | Field::Anywhere => {}
    }
}

/// A number gets its units; nothing gets the usual budgets.
fn durations(start: &str, mut offer: impl FnMut(&str)) {
    let is_number =
        start.starts_with(|c: char| c.is_ascii_digit()) && start.chars().all(|c| c.is_ascii_digit() || c == '.');
    if is_number {
        for unit in ["ms", "s", "us", "m"] {
            offer(&format!("{start}{unit}"));
        }
    } else if start.is_empty() {
        for usual in ["100ms", "500ms", "1s", "10s"] {
            offer(usual);
        }
    }
}

/// A seen value as it is written; numbers of attributes that have numbers stand without quotes.
fn written_for(field: &Field, op: Op, text: &str, seen: &Seen) -> String {
    if let Field::Attribute(scope, key) = field {
        let numbers = seen.keys_of(*scope, key).any(|known| known.has_numbers && !known.has_texts);
        let truth = matches!(text, "true" | "false") && !op.takes_text();
        if truth || (numbers && super::value::number(text).is_some()) {
            return text.to_owned();
        }
    }
    written(field, text)
}
