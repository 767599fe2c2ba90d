//! `thalweg check --format sarif`: the Static Analysis Results Interchange Format (OASIS, SARIF 2.1.0), which code
//! hosts show beside the lines of a review.

use std::path::Path;

use serde_json::{Value, json};
use thalweg_flow::{Problem, Severity, Span};

use super::Checked;
use crate::input::STDIN;

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

pub(super) fn render(checked: &[Checked]) -> String {
    let rules = rules(checked);
    let mut results = Vec::new();
    let mut notifications = Vec::new();
    for checked in checked {
        match &checked.outcome {
            Ok(document) => {
                let result = |problem| result(&checked.name, &document.text, problem, &rules);
                results.extend(document.problems.iter().map(result));
            }
            Err(failure) => notifications.push(json!({
                "level": "error",
                "message": { "text": failure.message },
                "locations": [{ "physicalLocation": { "artifactLocation": { "uri": uri(&checked.name) } } }],
            })),
        }
    }
    let log = json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "Thalweg",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": rules.iter().map(|code| json!({ "id": code })).collect::<Vec<_>>(),
            } },
            "columnKind": "unicodeCodePoints",
            "invocations": [{
                "executionSuccessful": notifications.is_empty(),
                "toolExecutionNotifications": notifications,
            }],
            "results": results,
        }],
    });
    format!("{log:#}\n")
}

/// Every code that occurs, in order of first appearance.
fn rules(checked: &[Checked]) -> Vec<&'static str> {
    let mut codes = Vec::new();
    for problem in checked.iter().filter_map(|checked| checked.outcome.as_ref().ok()).flat_map(|d| &d.problems) {
        if !codes.contains(&problem.code) {
            codes.push(problem.code);
        }
    }
    codes
}

fn result(name: &str, text: &str, problem: &Problem, rules: &[&'static str]) -> Value {
    let message = match &problem.help {
        Some(help) => format!("{}. {help}", problem.message),
        None => problem.message.clone(),
    };
    let mut location = json!({ "physicalLocation": { "artifactLocation": { "uri": uri(name) } } });
    if problem.span.is_in_text() {
        location["physicalLocation"]["region"] = region(text, problem.span);
    }
    if !problem.path.is_empty() {
        location["logicalLocations"] = json!([{ "fullyQualifiedName": problem.path }]);
    }
    json!({
        "ruleId": problem.code,
        "ruleIndex": rules.iter().position(|code| *code == problem.code),
        "level": match problem.severity { Severity::Error => "error", Severity::Warning => "warning" },
        "message": { "text": message },
        "locations": [location],
    })
}

/// A region ends behind its last character (SARIF 2.1.0, 3.30.8).
fn region(text: &str, span: Span) -> Value {
    let place = text.get(span.start..span.end).unwrap_or_default();
    let end_line = span.line + place.matches('\n').count();
    let last_line = place.rsplit('\n').next().unwrap_or_default();
    let begin = if end_line == span.line { span.column } else { 1 };
    json!({
        "startLine": span.line,
        "startColumn": span.column,
        "endLine": end_line,
        "endColumn": begin + last_line.chars().count(),
        "byteOffset": span.start,
        "byteLength": span.end.saturating_sub(span.start),
    })
}

/// A path as a URI reference (RFC 3986): relative ones stay relative, so that a host finds them in the repository.
fn uri(name: &str) -> String {
    if name == STDIN {
        return "stdin".to_owned();
    }
    let path = if cfg!(windows) { name.replace('\\', "/") } else { name.to_owned() };
    let mut uri = String::new();
    if Path::new(name).is_absolute() {
        uri.push_str("file://");
        if !path.starts_with('/') {
            uri.push('/');
        }
    } else if path.split('/').next().is_some_and(|first| first.contains(':')) {
        // A colon in the first segment would make it a scheme.
        uri.push_str("./");
    }
    for byte in path.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => uri.push(char::from(byte)),
            _ => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use serde_sarif::sarif::{ResultLevel, Sarif};

    use super::*;
    use crate::{check::Document, failure::Failure};

    fn checked() -> Vec<Checked> {
        let text = "nodes:\n  bücher: { kind: topik }\n".to_owned();
        let start = text.find("topik").unwrap();
        let problem = Problem {
            severity: Severity::Error,
            code: "unknown-kind",
            message: "there is no node kind `topik`".into(),
            span: Span { start, end: start + 5, line: 2, column: 19 },
            path: "nodes.bücher.kind".into(),
            help: Some("did you mean `topic`?".into()),
            fixes: Vec::new(),
        };
        let everywhere = Problem { span: Span::default(), severity: Severity::Warning, ..problem.clone() };
        vec![
            Checked {
                name: "flows/büro 1.flow.yaml".into(),
                outcome: Ok(Document { text, problems: vec![problem, everywhere] }),
            },
            Checked { name: "gone.yaml".into(), outcome: Err(Failure::usage("gone.yaml is missing.")) },
        ]
    }

    #[test]
    fn other_programs_read_it() {
        let log: Sarif = serde_json::from_str(&render(&checked())).expect("typed SARIF 2.1.0");
        let run = &log.runs[0];
        let results = run.results.as_ref().unwrap();
        assert_eq!(results.len(), 2);
        assert_eq!(results[0].level, Some(ResultLevel::Error));
        let place = results[0].locations.as_ref().unwrap()[0].physical_location.as_ref().unwrap();
        let region = place.region.as_ref().unwrap();
        assert_eq!((region.start_line, region.start_column, region.end_column), (Some(2), Some(19), Some(24)));
        assert_eq!(place.artifact_location.as_ref().unwrap().uri.as_deref(), Some("flows/b%C3%BCro%201.flow.yaml"));
        assert!(!run.invocations.as_ref().unwrap()[0].execution_successful);
    }

    #[test]
    fn a_region_of_several_lines_ends_in_the_last() {
        let text = "a: [\n  1,\n  ü]\n";
        let span = Span { start: 3, end: text.rfind(']').unwrap() + 1, line: 1, column: 4 };
        let region = region(text, span);
        assert_eq!((&region["endLine"], &region["endColumn"]), (&json!(3), &json!(5)));
    }

    #[test]
    fn paths_are_uris() {
        assert_eq!(uri("a b#c.yaml"), "a%20b%23c.yaml");
        assert_eq!(uri("x:y.yaml"), "./x%3Ay.yaml");
        assert_eq!(uri("/srv/a.yaml"), "file:///srv/a.yaml");
    }
}
