//! What is told about filters that are wrong or hardly meant: the sentence, the place, the suggestion.

use std::fmt::Write as _;

use thalweg_spans::filter::{Scope, Seen, SeenKey, SeenValue, doubts, read};

/// Each text with what is told about it, and with what its first fix makes of it.
fn tell(filters: &[&str]) -> String {
    let mut out = String::new();
    for filter in filters {
        let reading = read(filter);
        assert!(reading.expr.is_none(), "nothing is wrong with {filter:?}");
        for problem in &reading.problems {
            out.push_str(&problem.render(filter));
            if let Some(fix) = &problem.fix {
                let mut mended = (*filter).to_owned();
                mended.replace_range(fix.span.clone(), &fix.text);
                let _ = writeln!(out, "  = fix: {mended}");
            }
        }
        out.push('\n');
    }
    out
}

#[test]
fn conditions_that_are_not_whole() {
    insta::assert_snapshot!(tell(&[
        "service =",
        "service = and status = error",
        "and",
        "status = error and",
        "status = error or or kind = server",
        "= payment",
        "service = payment = mail",
        "200ms < duration",
        "exists",
        "exists and a",
        "resource. = x",
        "resource.\"a b\"",
        "a = span.\"b\"",
        "in (a, b)",
        "service in payment",
        "service in ()",
        "service in (a b, c)",
        "service in (a, )",
        "service in (a, b",
        "a, b",
        "count(status = error) > 5",
        "service = payment & status = error",
        "a | b",
    ]));
}

#[test]
fn words_behind_values() {
    insta::assert_snapshot!(tell(&[
        "name = POST /checkout",
        "service = payment nd status = error",
        "name = POST /checkout and (service = a b or c)",
        "name = POST /checkout status = error",
    ]));
}

#[test]
fn signs_of_other_languages() {
    insta::assert_snapshot!(tell(&["a ~= b", "a <> b", "duration => 5s", "a === b", "a !== b", "a ~~ b"]));
}

#[test]
fn values_that_do_not_fit_their_field() {
    insta::assert_snapshot!(tell(&[
        "duration > 200",
        "duration > 200 ms",
        "duration > fast",
        "duration > 5 sec",
        "duration ~ 2",
        "status = erorr",
        "status = 2",
        "status > ok",
        "kind ~ serv",
        "kind in (server, clint)",
        "trace.id = 0af7",
        "span.id = xyz",
        "start > yesterday",
        "start > 2026-02-30",
        "a < true",
        "name > b",
    ]));
}

#[test]
fn quotes_and_patterns() {
    insta::assert_snapshot!(tell(&[
        "name = \"POST",
        "name = 'it's'",
        "name = \"\\u{110000}\"",
        "name =~ \"a(b\"",
        "name =~ a[b",
        "name =~ `\\p{Klingon}`",
        "name =~ \"\\\"(\"",
        "name !=~ x{2,1}",
    ]));
}

#[test]
fn brackets_and_braces() {
    insta::assert_snapshot!(tell(&[
        "(status = error",
        "status = error)",
        "()",
        "(a or (b and c)",
        "{ status = error",
        "{ a } and { b }",
        "{ a } >> b",
        "{ a } << { b }",
        "{ a } < { b }",
        "{ a ) >> { b }",
        "{ a } >",
        "(a = b c = d } and",
    ]));
}

#[test]
fn hostile_texts_end_in_a_sentence() {
    let long = format!("name = \"{}\" and status = erorr", "x".repeat(300));
    insta::assert_snapshot!(tell(&[
        "a = \u{1b}[31m \u{202e} b",
        "duration > \u{0}",
        "größe = 5 und status = ß",
        "a = b\nand status = erorr",
        &long,
        &"(".repeat(1000),
        &"not ".repeat(1000),
    ]));
}

fn seen() -> Seen {
    let value = |text: &str, count| SeenValue { text: text.into(), count };
    let key = |scope, key: &str, numbers: bool, values: Vec<SeenValue>| SeenKey {
        scope,
        key: key.into(),
        count: 10,
        has_numbers: numbers,
        has_texts: !numbers,
        values,
    };
    Seen {
        services: vec![value("payment", 90), value("mailer", 10)],
        names: vec![value("POST /checkout", 5), value("handle *", 5)],
        keys: vec![
            key(Scope::Span, "messaging.destination.name", false, vec![value("orders", 7)]),
            key(Scope::Span, "queue.wait", true, vec![]),
            key(Scope::Span, "queue.wait_ms", true, vec![]),
            key(Scope::Resource, "host.name", false, vec![]),
            key(Scope::Event, "exception.type", false, vec![]),
            key(Scope::Span, "level", false, vec![]),
        ],
        ..Seen::default()
    }
}

#[test]
fn doubts_are_told_by_what_was_seen() {
    let mut out = String::new();
    for filter in [
        "durration > 200ms",
        "operation = x",
        "latency > 5s",
        "messaging.destination.nam = orders",
        "exception.type = x",
        "span.host.name = x",
        "nothing.like.it = x",
        "service = paymnt",
        "service = nobody",
        "name = \"POST /chekout\"",
        "name ~ \"POST.*\"",
        "level !~ ^err",
        "name = order*",
        "level != nil",
        "service payment",
        "service:payment level",
        "queue.wait > 5s",
    ] {
        let reading = read(filter);
        assert!(reading.expr.is_some(), "{filter}");
        let found = doubts(&reading, &seen());
        assert!(!found.is_empty(), "nothing is told about {filter:?}");
        for doubt in found {
            out.push_str(&doubt.render(filter));
            if let Some(fix) = &doubt.fix {
                let mut mended = filter.to_owned();
                mended.replace_range(fix.span.clone(), &fix.text);
                let _ = writeln!(out, "  = fix: {mended}");
            }
        }
        out.push('\n');
    }
    insta::assert_snapshot!(out);
}

#[test]
fn what_may_well_be_meant_raises_no_doubt() {
    for filter in [
        "service = payment and duration > 200ms and status = error",
        "messaging.destination.name ~ order",
        "event.exception.type = x and host.name = y and resource.host.name = y",
        "\"level\" = info",
        "name = \"handle *\"",
        "queue.wait_ms > 5s",
        "POST timeout",
        "\"service\"",
        "http://x",
        "name =~ \"a.*\"",
    ] {
        let reading = read(filter);
        assert!(reading.expr.is_some(), "{filter}");
        assert_eq!(doubts(&reading, &seen()), [], "{filter}");
    }
    // Nothing was seen yet: unknown keys are no news, near misses of fields are.
    let reading = read("some.key = 1 and service = x and durations > 5s");
    let found = doubts(&reading, &Seen::default());
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].fix.as_ref().unwrap().text, "duration");
}
