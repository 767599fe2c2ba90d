//! What is offered where the caret (`|`) stands.

use proptest::prelude::*;
use thalweg_spans::filter::{OfferKind, Scope, Seen, SeenKey, SeenValue, complete, read};

fn seen() -> Seen {
    let value = |text: &str, count| SeenValue { text: text.into(), count };
    let key = |scope, key: &str, count, has_numbers, values| SeenKey {
        scope,
        key: key.into(),
        count,
        has_numbers,
        has_texts: !has_numbers,
        values,
    };
    Seen {
        services: vec![value("mailer", 10), value("payment", 90)],
        names: vec![value("POST /checkout", 5), value("charge", 7)],
        keys: vec![
            key(Scope::Span, "messaging.system", 20, false, vec![value("kafka", 1)]),
            key(
                Scope::Span,
                "messaging.destination.name",
                30,
                false,
                vec![value("orders", 7), value("dead letters", 9)],
            ),
            key(Scope::Span, "http.response.status_code", 9, true, vec![value("503", 2), value("200", 8)]),
            key(Scope::Event, "exception.type", 1, false, vec![]),
        ],
        ..Seen::default()
    }
}

/// The first offers at the caret, and the text when the first is taken.
fn at_caret(marked: &str) -> (Vec<String>, String) {
    let Some((before, behind)) = marked.split_once('|') else { panic!("no caret in {marked}") };
    let text = format!("{before}{behind}");
    let found = complete(&text, before.len(), &seen());
    let mut taken = text;
    if let Some(first) = found.offers.first() {
        taken.replace_range(found.span, &first.text);
    }
    (found.offers.into_iter().map(|offer| offer.text).collect(), taken)
}

#[test]
fn a_filter_grows_word_by_word() {
    for (marked, first, taken) in [
        ("ser|", vec!["service"], "service"),
        ("dur|", vec!["duration"], "duration"),
        ("mess|", vec!["messaging.destination.name", "messaging.system"], "messaging.destination.name"),
        ("service |", vec!["=", "!=", "~"], "service ="),
        ("service !|", vec!["!=", "!~", "!=~"], "service !="),
        ("duration |", vec![">", ">=", "<"], "duration >"),
        ("service = |", vec!["payment", "mailer"], "service = payment"),
        ("service = m|", vec!["mailer"], "service = mailer"),
        ("name = |", vec!["charge", "\"POST /checkout\""], "name = charge"),
        ("name = \"PO|", vec!["\"POST /checkout\""], "name = \"POST /checkout\""),
        ("status = e|", vec!["error"], "status = error"),
        ("kind = |", vec!["internal", "server"], "kind = internal"),
        ("duration > 2|", vec!["2ms", "2s"], "duration > 2ms"),
        ("http.response.status_code = |", vec!["200", "503"], "http.response.status_code = 200"),
        (
            "messaging.destination.name = |",
            vec!["\"dead letters\"", "orders"],
            "messaging.destination.name = \"dead letters\"",
        ),
        ("status = error |", vec!["and", "or"], "status = error and"),
        ("(status = error |", vec!["and", "or", ")"], "(status = error and"),
        ("status = error and se|", vec!["service"], "status = error and service"),
        ("status = error se|", vec!["service"], "status = error service"),
        ("service in |", vec!["("], "service in ("),
        ("service in (|", vec!["payment", "mailer"], "service in (payment"),
        ("service in (payment |", vec![",", ")"], "service in (payment ,"),
        ("service in (payment, m|", vec!["mailer"], "service in (payment, mailer"),
        ("exists exc|", vec!["event.exception.type"], "exists event.exception.type"),
        ("{ status = error } |", vec![">>", ">", "->", "~"], "{ status = error } >>"),
        ("{ status = error } >> |", vec!["{"], "{ status = error } >> {"),
        ("{ } >> { service = payment |", vec!["and", "or", "}"], "{ } >> { service = payment and"),
        ("{ } >> { } |", vec![">>", ">", "->", "~", "and", "or"], "{ } >> { } >>"),
        // Without blanks too, where values are known.
        ("service=|", vec!["payment", "mailer"], "service=payment"),
        ("duration >|", vec!["100ms"], "duration >100ms"),
        ("(service=|)", vec!["payment"], "(service=payment)"),
        ("trace.id =|", vec![], "trace.id ="),
        // A word and a negated condition are no comparison of the word.
        ("payload not status = |", vec!["unset", "ok", "error"], "payload not status = unset"),
        ("service not |", vec!["in", "contains", "matches"], "service not in"),
        ("duration not |", vec![], "duration not "),
        ("status not |", vec!["in"], "status not in"),
        // A text in quotes may become a key.
        ("\"my key\" |", vec!["=", "!="], "\"my key\" ="),
        ("exists (exc|", vec!["event.exception.type"], "exists (event.exception.type"),
        ("a <> |", vec![], "a <> "),
    ] {
        let (offers, text) = at_caret(marked);
        assert_eq!(offers.iter().take(first.len()).collect::<Vec<_>>(), first.iter().collect::<Vec<_>>(), "{marked}");
        assert_eq!(text, taken, "{marked}");
    }
}

#[test]
fn the_word_under_the_caret_is_replaced_whole() {
    assert_eq!(at_caret("serv|xyz = payment").1, "service = payment");
    assert_eq!(at_caret("service = pa|yload and status = error").1, "service = payment and status = error");
}

#[test]
fn nothing_that_does_not_fit_is_offered() {
    assert!(at_caret("trace.id = |").0.is_empty());
    assert!(at_caret("service = zzz|").0.is_empty());
    assert!(!at_caret("duration |").0.contains(&"~".to_owned()));
    assert!(!at_caret("status |").0.contains(&"<".to_owned()));
    // Braces alone stand in no relation, and join nothing.
    assert!(!at_caret("{ status = error } |").0.contains(&"and".to_owned()));
}

/// What is offered as a value or a field reads without an error where it stands.
#[test]
fn what_is_offered_reads() {
    for marked in
        ["|", "serv|", "service = |", "name = |", "http.response.status_code = |", "duration > 2|", "kind in (|"]
    {
        let before = marked.trim_end_matches('|');
        let found = complete(before, before.len(), &seen());
        assert!(!found.offers.is_empty(), "{marked}");
        for offer in found.offers {
            let mut text = before.to_owned();
            text.replace_range(found.span.clone(), &offer.text);
            match offer.kind {
                OfferKind::Field => {
                    let is_time = offer.text.ends_with("duration") || offer.text.ends_with("start");
                    text.push_str(if is_time { "" } else { " = x" });
                }
                OfferKind::Attribute => text.push_str(" = x"),
                OfferKind::Value if marked.contains('(') => text.push(')'),
                OfferKind::Value => {}
                _ => continue,
            }
            let problems = read(&text).problems;
            let misfit = ["status", "kind", "trace.id", "span.id"].contains(&offer.text.as_str());
            assert!(problems.is_empty() || misfit, "{text}: {problems:?}");
        }
    }
}

proptest! {
    #[test]
    fn every_text_can_be_completed(
        words in prop::collection::vec(
            prop_oneof![
                "\\PC{0,4}".boxed(),
                prop::sample::select(vec!["service", " ", "=", "in", "(", ")", "{", "}", ",", "\"", "not ", "exists ", "span.", ">>", "ä"])
                    .prop_map(String::from).boxed(),
            ],
            0..12,
        ),
        caret in 0_usize..60,
    ) {
        let text = words.concat();
        let found = complete(&text, caret, &seen());
        prop_assert!(text.get(found.span.clone()).is_some(), "{:?} {} {:?}", text, caret, found.span);
    }
}
