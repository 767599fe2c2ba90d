//! The same language asked of log records: what a record has none of is refused by name.

use super::expr::{Field, Scope};
use super::limits::MAX_PROBLEMS;
use super::parse::{Mention, Reading, read};
use super::problem::{Problem, Severity};
use super::token::quote;

/// Reads a filter of log records with everything that is wrong with it.
///
/// A record has `service`, `event.name`, `scope.name`, `trace.id`, `span.id`, its attributes and those of its resource; a lone word is
/// looked for in what it says and in all of these but the ids.
pub fn read_of_records(text: &str) -> Reading {
    let mut reading = read(text);
    let lacking = reading.mentions.iter().filter_map(|mention| match mention {
        Mention::Field { span, field, .. } if !is_of_records(field) => {
            let problem = Problem::error(span.clone(), format!("a log record has no `{field}`"));
            Some(problem.help(instead(field)))
        }
        _ => None,
    });
    let mut lacking: Vec<Problem> = lacking.collect();
    if reading.expr.as_ref().is_some_and(super::Expr::has_relation) {
        let problem = Problem::error(0..text.len(), "log records stand in no relation to each other");
        lacking.push(problem.help("write the conditions on one record, without braces"));
    }
    if !lacking.is_empty() {
        reading.expr = None;
        reading.problems.append(&mut lacking);
        reading.problems.sort_by_key(|problem| (problem.span.start, problem.span.end));
        reading.problems.truncate(MAX_PROBLEMS);
    }
    reading
}

/// Whether a line that may be both is a filter of records, not a text to be looked for as it stands: it names a field, or has a text in
/// quotes and nothing wrong with it.
pub fn is_of_fields(text: &str) -> bool {
    let reading = read(text);
    let has_errors = reading.problems.iter().any(|problem| problem.severity == Severity::Error);
    reading.mentions.iter().any(|mention| match mention {
        Mention::Field { .. } => true,
        Mention::Text { quoted, .. } => *quoted && !has_errors,
        Mention::Value { .. } => false,
    })
}

fn is_of_records(field: &Field) -> bool {
    match field {
        Field::Service
        | Field::TraceId
        | Field::SpanId
        | Field::ScopeName
        | Field::EventName
        | Field::Anywhere
        | Field::Attribute(Scope::Any | Scope::Span | Scope::Resource, _) => true,
        Field::Name
        | Field::Duration
        | Field::Start
        | Field::Status
        | Field::StatusMessage
        | Field::Kind
        | Field::TraceStart
        | Field::TraceDuration
        | Field::Attribute(Scope::Event | Scope::Link, _) => false,
    }
}

/// What to write in place of a field that records have none of.
fn instead(field: &Field) -> String {
    match field {
        Field::Attribute(_, key) => format!("ask for `{key}` alone: the attribute of the record, else of its resource"),
        Field::Name => {
            "the name of its event is `event.name`; an attribute that is called so stands in quotes: `\"name\"`"
                .to_owned()
        }
        field => format!("an attribute that is called so stands in quotes: `{}`", quote(&field.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_asked_for_what_they_have() {
        for text in [
            "",
            "service = shop and retries >= 3",
            "resource.host.name in (db-1, db-2) or not exists card.brand",
            "\"card declined\" event.name = payment.declined",
            "trace.id = 0af7651916cd43dd8448eb211c80319c and timeout",
            "\"duration\" > 5s",
            "span.code = 7 and scope.name ~ http",
        ] {
            let reading = read_of_records(text);
            assert!(reading.problems.is_empty() && reading.expr.is_some(), "{text}: {:?}", reading.problems);
        }
    }

    #[test]
    fn what_they_have_none_of_is_refused_where_it_stands() {
        let told = |text: &str| {
            let reading = read_of_records(text);
            assert_eq!(reading.expr, None, "{text}");
            let at = |problem: &Problem| text[problem.span.clone()].to_owned();
            reading.problems.iter().map(|problem| (at(problem), problem.to_string())).collect::<Vec<_>>()
        };
        assert_eq!(
            told("service = shop and duration > 5s"),
            [(
                "duration".to_owned(),
                "a log record has no `duration` (an attribute that is called so stands in quotes: `\"duration\"`)"
                    .to_owned()
            )]
        );
        assert_eq!(told("event.code = 7")[0].0, "event.code");
        assert!(told("event.code = 7")[0].1.contains("ask for `code` alone"));
        let related = "{ service = a } > { service = b }";
        assert_eq!(told(related)[0].0, related);
        // What is wrong with the language itself is told as ever.
        assert!(told("service =")[0].1.contains("a value is missing"));
    }

    #[test]
    fn a_line_is_a_filter_when_it_names_a_field() {
        for text in
            ["a = b", "exists a", "not a.b ~ c", "\"card declined\"", "timeout \"for good\"", "service =", "status = x"]
        {
            assert!(is_of_fields(text), "{text}");
        }
        for text in ["", "card declined", "it's \"half", "(see below)", "{\"code\": 7}", "100%", "a -> b"] {
            assert!(!is_of_fields(text), "{text}");
        }
    }
}
