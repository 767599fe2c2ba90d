//! `thalweg check --format json`.

use serde::Serialize;
use thalweg_flow::{Problem, Severity};

use super::{Checked, Document};

/// The whole answer.
#[derive(Serialize)]
struct Answer<'a> {
    files: Vec<FileAnswer<'a>>,
}

/// One file; `error` when it could not be read, else its problems.
#[derive(Serialize)]
struct FileAnswer<'a> {
    file: &'a str,
    errors: usize,
    warnings: usize,
    problems: Vec<ProblemAnswer<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

/// One problem. Lines and columns count from 1, columns in characters; offsets in bytes.
#[derive(Serialize)]
struct ProblemAnswer<'a> {
    severity: String,
    code: &'static str,
    message: &'a str,
    path: &'a str,
    line: usize,
    column: usize,
    start: usize,
    end: usize,
    help: Option<&'a str>,
}

pub(super) fn render(checked: &[Checked]) -> String {
    let files = checked.iter().map(file).collect();
    let mut text = serde_json::to_string_pretty(&Answer { files }).unwrap_or_default();
    text.push('\n');
    text
}

fn file(checked: &Checked) -> FileAnswer<'_> {
    match &checked.outcome {
        Ok(document) => FileAnswer {
            file: &checked.name,
            errors: document.count(Severity::Error),
            warnings: document.count(Severity::Warning),
            problems: problems(document),
            error: None,
        },
        Err(failure) => FileAnswer {
            file: &checked.name,
            errors: 1,
            warnings: 0,
            problems: Vec::new(),
            error: Some(failure.message.clone()),
        },
    }
}

fn problems(document: &Document) -> Vec<ProblemAnswer<'_>> {
    document.problems.iter().map(problem).collect()
}

fn problem(problem: &Problem) -> ProblemAnswer<'_> {
    ProblemAnswer {
        severity: problem.severity.to_string(),
        code: problem.code,
        message: &problem.message,
        path: &problem.path,
        line: problem.span.line,
        column: problem.span.column,
        start: problem.span.start,
        end: problem.span.end,
        help: problem.help.as_deref(),
    }
}
