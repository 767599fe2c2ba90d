//! What is right by grammar and hardly meant: told beside the answer, never in its place.

use std::ops::Range;

use super::expr::{Field, Op, Scope, Value};
use super::names::{FIELDS, SYNONYMS, nearest};
use super::parse::{Mention, Reading};
use super::print::written;
use super::problem::Problem;
use super::seen::Seen;
use super::token::quote;
use super::value::{shown, unit_of};

/// Most doubts at once.
const MOST: usize = 5;

/// What in a filter is hardly meant, given what was seen, by place; nothing to tell is the usual case.
pub fn doubts(reading: &Reading, seen: &Seen) -> Vec<Problem> {
    let found = reading.mentions.iter().filter_map(|mention| match mention {
        Mention::Field { span, field: Field::Attribute(scope, key), quoted } => {
            unknown_key(span, *scope, key, *quoted, seen)
        }
        Mention::Value { span, field, op, value } => doubtful_value(span, field, *op, value, seen),
        Mention::Text { span, text, quoted: false } => doubtful_word(span, text, seen),
        Mention::Field { .. } | Mention::Text { .. } => None,
    });
    found.take(MOST).collect()
}

/// A key that nobody sent and that is near to something known.
fn unknown_key(span: &Range<usize>, scope: Scope, key: &str, quoted: bool, seen: &Seen) -> Option<Problem> {
    if seen.keys_of(scope, key).next().is_some() {
        return None;
    }
    let synonym = SYNONYMS.iter().find(|(other, _)| other.eq_ignore_ascii_case(key)).map(|(_, name)| *name);
    let fields = FIELDS.iter().map(|(name, _)| *name);
    let near_field = || nearest(key, fields.filter(|_| scope == Scope::Any && !quoted));
    if let Some(name) = synonym.filter(|_| scope == Scope::Any && !quoted).or_else(near_field) {
        let message = format!("`{}` is taken as the key of an attribute", shown(key));
        return Some(Problem::doubt(span.clone(), message).help(format!("did you mean `{name}`?")).fix(name));
    }
    if seen.keys.is_empty() {
        return None;
    }
    // The same key elsewhere is nearest.
    let Some(near) = nearest(key, seen.keys.iter().map(|known| known.key.as_str())) else {
        return Some(Problem::doubt(span.clone(), format!("no attribute `{}` was seen", shown(key))));
    };
    let has_scope = seen.keys_of(scope, near).next().is_some();
    let own = seen.keys.iter().find(|known| known.key == near).map_or(scope, |known| known.scope);
    let known = Field::Attribute(if has_scope { scope } else { own }, near.to_owned());
    let message = format!("no attribute `{}` was seen there", shown(key));
    Some(Problem::doubt(span.clone(), message).help(format!("did you mean `{known}`?")).fix(known.to_string()))
}

fn doubtful_value(span: &Range<usize>, field: &Field, op: Op, value: &Value, seen: &Seen) -> Option<Problem> {
    let (positive, negated) = op.split();
    match (positive, value) {
        (Op::Contains, Value::Text(text)) if looks_like_pattern(text) => {
            let sign = if negated { Op::NotMatches } else { Op::Matches }.sign();
            Some(
                Problem::doubt(span.clone(), format!("`{}` is searched for as it stands", op.sign()))
                    .help(format!("a regular expression is written `{field} {sign} {}`", shown(&quote(text)))),
            )
        }
        (Op::Equal, Value::Text(text)) if text.contains('*') && !is_seen(field, text, seen) => Some(
            Problem::doubt(span.clone(), "`*` stands for itself here")
                .help(format!("a part of the text is searched for by `{field} ~ {}`", quote(&text.replace('*', "")))),
        ),
        (Op::Equal, Value::Text(text)) if matches!(text.as_str(), "nil" | "null" | "NULL" | "none") => {
            let instead = if negated { format!("exists {field}") } else { format!("not exists {field}") };
            Some(
                Problem::doubt(span.clone(), format!("`{text}` is taken as a text"))
                    .help(format!("whether a field is there is asked by `{instead}`")),
            )
        }
        (Op::Equal, Value::Text(text)) => unknown_value(span, field, text, seen),
        (_, Value::Duration(_)) => duration_of_numbers(span, field, seen),
        _ => None,
    }
}

/// A service or operation that nobody sent.
fn unknown_value(span: &Range<usize>, field: &Field, text: &str, seen: &Seen) -> Option<Problem> {
    let (what, known) = match field {
        Field::Service => ("service", &seen.services),
        Field::Name => ("span", &seen.names),
        _ => return None,
    };
    if known.is_empty() || known.iter().any(|value| value.text == text) {
        return None;
    }
    let doubt = Problem::doubt(span.clone(), format!("no {what} named `{}` was seen", shown(text)));
    match nearest(text, known.iter().map(|value| value.text.as_str())) {
        Some(near) => Some(doubt.help(format!("did you mean `{}`?", shown(near))).fix(written(field, near))),
        // Names are many, and only the frequent ones are known.
        None => (*field == Field::Service).then_some(doubt),
    }
}

fn duration_of_numbers(span: &Range<usize>, field: &Field, seen: &Seen) -> Option<Problem> {
    let Field::Attribute(scope, key) = field else { return None };
    let numbers = seen.keys_of(*scope, key).any(|known| known.has_numbers);
    (numbers && unit_of(key).is_none()).then(|| {
        Problem::doubt(span.clone(), format!("`{field}` has numbers, and its key names no unit of time"))
            .help("write the number as it was sent")
    })
}

fn is_seen(field: &Field, text: &str, seen: &Seen) -> bool {
    match field {
        Field::Service => seen.services.iter().any(|value| value.text == text),
        Field::Name => seen.names.iter().any(|value| value.text == text),
        Field::Attribute(scope, key) => {
            seen.keys_of(*scope, key).any(|known| known.values.iter().any(|value| value.text == text))
        }
        _ => false,
    }
}

fn looks_like_pattern(text: &str) -> bool {
    [".*", ".+", "\\d", "\\w", "[0-9", "[a-z"].iter().any(|part| text.contains(part))
        || (text.len() > 1 && (text.starts_with('^') || text.ends_with('$')))
}

/// A lone word that looks like the beginning of a comparison.
fn doubtful_word(span: &Range<usize>, text: &str, seen: &Seen) -> Option<Problem> {
    let is_field =
        |name: &str| FIELDS.iter().any(|(known, _)| *known == name) || seen.keys.iter().any(|known| known.key == name);
    if is_field(text) {
        return Some(
            Problem::doubt(span.clone(), format!("`{text}` alone searches for the word"))
                .help(format!("write `{text} = …` to compare the field, `exists {text}` to ask for it")),
        );
    }
    let (name, value) = text.split_once(':')?;
    (is_field(name) && !value.is_empty()).then(|| {
        let instead = format!("{name} = {value}");
        Problem::doubt(span.clone(), format!("`{}` is searched for as it stands", shown(text)))
            .help(format!("did you mean `{}`?", shown(&instead)))
            .fix(instead)
    })
}
