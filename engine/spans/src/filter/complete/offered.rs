//! What fits where something is awaited.

use std::collections::HashMap;

use super::super::expr::{Field, Op, Scope};
use super::super::names::{self, FIELDS, RELATIONS, Sort};
use super::super::print::written;
use super::super::seen::{Seen, SeenValue};
use super::super::value::number;
use super::awaited::{Awaited, Open};
use super::{Offer, OfferKind, Typed};

/// Offers with how well each fits what was typed.
struct Found<'a> {
    typed: &'a Typed,
    seen: &'a Seen,
    ranked: Vec<(Offer, u8)>,
}

/// What fits, in the order in which it is offered where nothing else decides.
pub(super) fn offers(awaited: &Awaited, open: &[Open], seen: &Seen, typed: &Typed) -> Vec<(Offer, u8)> {
    let mut found = Found { typed, seen, ranked: Vec::new() };
    let in_list = matches!(open.last(), Some(Open::List(_)));
    match awaited {
        Awaited::Value(field, op) => found.values(field, *op),
        Awaited::Condition { joined } => {
            if *joined {
                found.joints(open);
            }
            found.conditions();
        }
        Awaited::Field => found.fields(),
        Awaited::Operator(field) => {
            found.operators(field);
            // A word that is no known field may be one that is searched for.
            if names::name(field).is_none() {
                found.joints(open);
            }
        }
        Awaited::Negated(field) => {
            let has_texts = field.sort().ops().contains(&Op::Contains);
            for (word, fits) in [("in", has_lists(field)), ("contains", has_texts), ("matches", has_texts)] {
                if fits {
                    found.fixed(word, OfferKind::Operator);
                }
            }
        }
        Awaited::List(_) => found.fixed("(", OfferKind::Bracket),
        Awaited::Joint if in_list => {
            found.fixed(",", OfferKind::Word);
            found.fixed(")", OfferKind::Bracket);
        }
        Awaited::Joint => {
            found.joints(open);
            // An `and` is implied before a condition that is already begun.
            if !typed.start.is_empty() {
                found.conditions();
            }
        }
        Awaited::Relation { whole } => {
            for relation in RELATIONS {
                found.fixed(relation.sign(), OfferKind::Relation);
            }
            // Braces in no relation join nothing.
            if *whole {
                found.joints(open);
            }
        }
        Awaited::Brace => found.fixed("{", OfferKind::Bracket),
    }
    found.ranked
}

/// Whether several values of a field are listed.
fn has_lists(field: &Field) -> bool {
    !matches!(field.sort(), Sort::Duration | Sort::Moment)
}

impl Found<'_> {
    /// A word or a sign of the language.
    fn fixed(&mut self, text: &str, kind: OfferKind) {
        if self.typed.quoted {
            return;
        }
        // Where a sign is being written only what goes on with it fits.
        let typed = self.typed;
        let fits = if typed.sign { text.starts_with(&typed.start).then_some(0) } else { typed.rank(text) };
        if let Some(rank) = fits {
            self.ranked.push((Offer { text: text.to_owned(), kind, count: None }, rank));
        }
    }

    fn joints(&mut self, open: &[Open]) {
        self.fixed("and", OfferKind::Word);
        self.fixed("or", OfferKind::Word);
        match open.last() {
            Some(Open::Brace { .. }) => self.fixed("}", OfferKind::Bracket),
            Some(Open::Parenthesis) => self.fixed(")", OfferKind::Bracket),
            Some(Open::List(_)) | None => {}
        }
    }

    fn conditions(&mut self) {
        self.fields();
        for word in ["not", "exists"] {
            self.fixed(word, OfferKind::Word);
        }
        for bracket in ["(", "{"] {
            self.fixed(bracket, OfferKind::Bracket);
        }
    }

    fn fields(&mut self) {
        for (name, _) in FIELDS {
            self.fixed(name, OfferKind::Field);
        }
        if self.typed.sign {
            return;
        }
        // A span's or a resource's key is found without its scope; the scope is offered once it is being written.
        let is_scoped = names::scoped(&self.typed.start).is_some();
        let mut places: HashMap<(Scope, &str), usize> = HashMap::new();
        let mut keys: Vec<(Scope, &str, u64)> = Vec::new();
        for key in &self.seen.keys {
            let scope = match key.scope {
                Scope::Span | Scope::Resource if !is_scoped => Scope::Any,
                other => other,
            };
            let place = *places.entry((scope, &key.key)).or_insert(keys.len());
            match keys.get_mut(place) {
                Some((_, _, count)) => *count = count.saturating_add(key.count),
                None => keys.push((scope, &key.key, key.count)),
            }
        }
        for (scope, key, count) in keys {
            let text = Field::Attribute(scope, key.to_owned()).to_string();
            if let Some(rank) = self.typed.rank(&text) {
                self.ranked.push((Offer { text, kind: OfferKind::Attribute, count: Some(count) }, rank));
            }
        }
    }

    fn operators(&mut self, field: &Field) {
        for op in field.sort().ops() {
            self.fixed(op.sign(), OfferKind::Operator);
        }
        if !self.typed.sign && has_lists(field) {
            self.fixed("in", OfferKind::Operator);
            self.fixed("not in", OfferKind::Operator);
        }
    }

    fn values(&mut self, field: &Field, op: Op) {
        if self.typed.sign {
            return;
        }
        let seen = self.seen;
        match field {
            Field::Service => self.counted(field, op, &seen.services),
            Field::Name => self.counted(field, op, &seen.names),
            Field::EventName => self.counted(field, op, &seen.events),
            Field::ScopeName => self.counted(field, op, &seen.scopes),
            Field::Attribute(scope, key) => {
                for known in seen.keys_of(*scope, key) {
                    self.counted(field, op, &known.values);
                }
                self.ranked.sort_by(|(a, _), (b, _)| a.text.cmp(&b.text));
                // A span's and its resource's value of the same text are one.
                self.ranked.dedup_by(|(later, _), (first, _)| {
                    let same = later.text == first.text;
                    if same {
                        first.count = first.count.max(later.count);
                    }
                    same
                });
            }
            Field::Duration | Field::TraceDuration => {
                for text in durations(&self.typed.start) {
                    self.value(field, op, &text, None);
                }
            }
            Field::Status | Field::Kind => {
                if let Sort::Choice(words) = field.sort() {
                    for word in words {
                        self.value(field, op, word, None);
                    }
                }
            }
            Field::Start
            | Field::TraceStart
            | Field::StatusMessage
            | Field::TraceId
            | Field::SpanId
            | Field::Anywhere => {}
        }
    }

    fn counted(&mut self, field: &Field, op: Op, list: &[SeenValue]) {
        for known in list {
            self.value(field, op, &known.text, Some(known.count));
        }
    }

    fn value(&mut self, field: &Field, op: Op, text: &str, count: Option<u64>) {
        let Some(rank) = self.typed.rank(text) else { return };
        let text = self.written_for(field, op, text);
        self.ranked.push((Offer { text, kind: OfferKind::Value, count }, rank));
    }

    /// A seen value as it is written; numbers of attributes that have numbers stand without quotes.
    fn written_for(&self, field: &Field, op: Op, text: &str) -> String {
        if let Field::Attribute(scope, key) = field {
            let numbers = self.seen.keys_of(*scope, key).any(|known| known.has_numbers && !known.has_texts);
            let truth = matches!(text, "true" | "false") && !op.takes_text();
            if truth || (numbers && number(text).is_some()) {
                return text.to_owned();
            }
        }
        written(field, text)
    }
}

/// A number gets its units; nothing gets the usual budgets.
fn durations(start: &str) -> Vec<String> {
    let is_number =
        start.starts_with(|c: char| c.is_ascii_digit()) && start.chars().all(|c| c.is_ascii_digit() || c == '.');
    if is_number {
        ["ms", "s", "us", "m"].map(|unit| format!("{start}{unit}")).into()
    } else if start.is_empty() {
        ["100ms", "500ms", "1s", "10s"].map(str::to_owned).into()
    } else {
        Vec::new()
    }
}
