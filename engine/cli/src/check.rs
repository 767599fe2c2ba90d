//! `thalweg check`: what is wrong with flow documents.

mod json;
mod sarif;

use thalweg_flow::{Problem, Severity};

use crate::{
    args::{CheckArgs, CheckFormat, Deny},
    failure::{Failure, Verdict},
    input,
    summary::problems,
    terminal::{GOOD, Terminal},
};

/// One document of the command line, read or not.
pub(crate) struct Checked {
    /// How it is called.
    pub(crate) name: String,
    /// What came of it.
    pub(crate) outcome: Result<Document, Failure>,
}

/// A document with its problems.
pub(crate) struct Document {
    pub(crate) text: String,
    pub(crate) problems: Vec<Problem>,
}

impl Document {
    fn count(&self, severity: Severity) -> usize {
        self.problems.iter().filter(|problem| problem.severity == severity).count()
    }
}

/// Checks all files, tells of all, and answers for the worst.
pub(crate) fn run(args: &CheckArgs, terminal: &Terminal) -> Result<Verdict, Failure> {
    let checked: Vec<Checked> = args.files.iter().map(|path| check(path)).collect();
    match args.format {
        CheckFormat::Human => tell(&checked, terminal)?,
        CheckFormat::Json => terminal.print(&json::render(&checked))?,
        CheckFormat::Sarif => terminal.print(&sarif::render(&checked))?,
    }
    for failure in checked.iter().filter_map(|checked| checked.outcome.as_ref().err()) {
        terminal.error(failure);
    }
    Ok(verdict(&checked, args.deny))
}

fn check(path: &std::path::Path) -> Checked {
    let outcome = input::read(path).map(|source| {
        let problems = thalweg_flow::read(&source.text).problems;
        Document { text: source.text, problems }
    });
    Checked { name: input::name_of(path), outcome }
}

fn verdict(checked: &[Checked], deny: Option<Deny>) -> Verdict {
    let any = |severity| {
        checked.iter().any(|checked| checked.outcome.as_ref().is_ok_and(|document| document.count(severity) > 0))
    };
    if checked.iter().any(|checked| checked.outcome.is_err()) || any(Severity::Error) {
        Verdict::Unusable
    } else if deny == Some(Deny::Warnings) && any(Severity::Warning) {
        Verdict::DoesNotHold
    } else {
        Verdict::Well
    }
}

fn tell(checked: &[Checked], terminal: &Terminal) -> Result<(), Failure> {
    let look = terminal.out();
    let mut text = String::new();
    for checked in checked {
        let Ok(document) = &checked.outcome else { continue };
        text.push_str(&problems::render(&checked.name, &document.text, &document.problems, look));
        text.push_str(&match problems::counted(&document.problems) {
            Some(counts) => format!("{}: {counts}\n", checked.name),
            None => format!("{} {}: no problems\n", look.paint(GOOD, look.sign("✓", "ok")), checked.name),
        });
    }
    terminal.print(&text)
}

#[cfg(test)]
mod tests {
    use thalweg_flow::Span;

    use super::*;

    fn document(severities: &[Severity]) -> Checked {
        let problem = |severity: &Severity| Problem {
            severity: *severity,
            code: "unknown-key",
            message: "x".into(),
            span: Span::default(),
            path: String::new(),
            help: None,
            fixes: Vec::new(),
        };
        let problems = severities.iter().map(problem).collect();
        Checked { name: "a".into(), outcome: Ok(Document { text: String::new(), problems }) }
    }

    #[test]
    fn the_worst_decides() {
        let (warned, broken, clean) = (document(&[Severity::Warning]), document(&[Severity::Error]), document(&[]));
        let unread = Checked { name: "b".into(), outcome: Err(Failure::usage("b is missing.")) };
        assert_eq!(verdict(std::slice::from_ref(&warned), None), Verdict::Well);
        assert_eq!(verdict(&[clean, warned], Some(Deny::Warnings)), Verdict::DoesNotHold);
        assert_eq!(verdict(&[document(&[Severity::Warning]), broken], Some(Deny::Warnings)), Verdict::Unusable);
        assert_eq!(verdict(&[document(&[]), unread], None), Verdict::Unusable);
    }
}
