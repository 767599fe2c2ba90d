//! What holds for every text that is read as a filter. The fuzz targets and the ordinary tests ask the same.

#![allow(dead_code, reason = "each target asks one of them")]

use thalweg_spans::filter::limits::{MAX_BYTES, MAX_OFFERS, MAX_PROBLEMS};
use thalweg_spans::filter::{
    Field, Fields, Filter, OfferKind, Scalar, Scope, Seen, SeenKey, SeenValue, Severity, Values, complete, doubts, read,
};

/// Where the caret stands in a text of the corpus; at its end when it has none.
pub(crate) const CARET: char = '▮';

/// It is read or refused in sentences with places; what is read prints as what reads back as the same, and can be asked.
pub(crate) fn reads(text: &str) {
    let reading = read(text);
    assert!(reading.problems.len() <= MAX_PROBLEMS);
    let has_errors = reading.problems.iter().any(|problem| problem.severity == Severity::Error);
    assert_eq!(reading.expr.is_none(), has_errors);
    for problem in reading.problems.iter().chain(&doubts(&reading, &seen())) {
        assert!(text.get(problem.span.clone()).is_some(), "{problem:?}");
        if let Some(fix) = &problem.fix {
            assert!(text.get(fix.span.clone()).is_some(), "{problem:?}");
        }
        let told = problem.render(text);
        assert!(!told.chars().any(|c| c.is_control() && c != '\n'), "{told:?}");
    }
    let Some(expr) = reading.expr else { return };
    let printed = expr.to_string();
    // Quotes and escapes make a text longer than it was.
    if printed.len() <= MAX_BYTES {
        let again = read(&printed);
        assert_eq!(again.expr.as_ref(), Some(&expr), "{printed:?} {:?}", again.problems);
    }
    if let Ok(filter) = Filter::new(&expr) {
        filter.holds(&Span);
    }
}

/// At every caret something or nothing is offered for a piece of the text; what is taken leaves a text to go on with.
pub(crate) fn completes(marked: &str) {
    let (before, behind) = marked.split_once(CARET).unwrap_or((marked, ""));
    let text = format!("{before}{behind}");
    let seen = seen();
    let found = complete(&text, before.len(), &seen);
    assert!(found.offers.len() <= MAX_OFFERS);
    assert!(text.get(found.span.clone()).is_some(), "{:?}", found.span);
    assert!(found.span.start <= before.len() && before.len() <= found.span.end, "{:?}", found.span);
    for offer in found.offers.iter().take(3) {
        let mut taken = text.clone();
        taken.replace_range(found.span.clone(), &offer.text);
        reads(&taken);
        // A value stands where it is offered, unless more stood there without a blank: it is not offered again for itself.
        let is_apart = text[found.span.end..].chars().next().is_none_or(char::is_whitespace);
        if offer.kind == OfferKind::Value && is_apart {
            let again = complete(&taken, found.span.start + offer.text.len(), &seen);
            assert!(again.offers.iter().all(|other| other.text != offer.text), "{marked:?} {taken:?}");
        }
    }
}

fn seen() -> Seen {
    let value = |text: &str, count| SeenValue { text: text.to_owned(), count };
    let key = |scope, key: &str, has_numbers, values: &[&str]| SeenKey {
        scope,
        key: key.to_owned(),
        count: 7,
        has_numbers,
        has_texts: !has_numbers,
        values: values.iter().map(|text| value(text, 3)).collect(),
    };
    Seen {
        services: vec![value("payment", 90), value("the \"shop\"", 10)],
        names: vec![value("POST /checkout", 5), value("and", 1)],
        events: vec![value("exception", 2)],
        scopes: vec![value("shop\\1", 2)],
        keys: vec![
            key(Scope::Span, "messaging.destination.name", false, &["orders", "dead letters"]),
            key(Scope::Span, "http.response.status_code", true, &["200", "503"]),
            key(Scope::Resource, "not", false, &["in", "5s"]),
            key(Scope::Event, "a \"key\"", false, &["\u{1b}[31m"]),
        ],
    }
}

/// A span that has every field.
struct Span;

impl Fields for Span {
    fn get(&self, field: &Field) -> Values<'_> {
        match field {
            Field::Duration | Field::Start | Field::TraceStart | Field::TraceDuration => {
                Values::One(Scalar::Duration(u64::MAX))
            }
            Field::Attribute(Scope::Event | Scope::Link, _) => {
                [Scalar::Integer(i64::MIN), Scalar::Number(f64::NAN), Scalar::Bool(true), Scalar::Other]
                    .into_iter()
                    .collect()
            }
            _ => Values::One(Scalar::Text("Straße ﬁn İ")),
        }
    }
}
