//! Problems: what is wrong with a document, where, and what to do.

use std::fmt;

use serde_json::Value;

use crate::edit::Edit;
use crate::path::Path;
use crate::read::shown;

/// How bad a problem is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Severity {
    /// The flow works, but something in it has no effect or is likely not meant.
    Warning,
    /// The flow cannot be used as it is.
    Error,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Severity::Warning => "warning",
            Severity::Error => "error",
        })
    }
}

/// A place in the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Span {
    /// Byte offset of the first byte.
    pub start: usize,
    /// Byte offset behind the last byte.
    pub end: usize,
    /// Line of `start`, from 1; 0 when the problem is not in the text (a `--set` of the command line).
    pub line: usize,
    /// Column of `start` in characters, from 1.
    pub column: usize,
}

impl Span {
    /// Whether the place is in the text at all.
    pub fn is_in_text(&self) -> bool {
        self.line > 0
    }
}

/// A change that mends a problem.
#[derive(Debug, Clone, PartialEq)]
pub struct Fix {
    /// What it does, in the imperative and without a full stop; also the name of its step.
    pub label: String,
    /// The edits, made together.
    pub edits: Vec<Edit>,
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq)]
pub struct Problem {
    /// How bad it is.
    pub severity: Severity,
    /// A stable word for this sort of problem, such as `unknown-key`.
    pub code: &'static str,
    /// What is wrong, one line without a full stop.
    pub message: String,
    /// Where in the text.
    pub span: Span,
    /// Where in the document, such as `nodes.payment.retry.attempts`; empty for the whole.
    pub path: String,
    /// What to do about it.
    pub help: Option<String>,
    /// Changes of which each alone mends it, the likeliest first; none where the text cannot tell what was meant.
    pub fixes: Vec<Fix>,
}

/// A problem that was noted, to which fixes can be added; nothing when so many were noted that this one was not.
#[derive(Debug)]
pub(crate) struct Noted<'p>(pub(crate) Option<&'p mut Problem>);

impl Noted<'_> {
    /// Offers a fix.
    pub(crate) fn offer(mut self, label: String, edits: Vec<Edit>) -> Self {
        if let Some(problem) = &mut self.0 {
            problem.fixes.push(Fix { label, edits });
        }
        self
    }

    /// Offers to take away what stands at a path.
    pub(crate) fn offer_removal(self, label: String, path: &Path) -> Self {
        self.offer(label, vec![Edit::Unset { path: path.to_string() }])
    }

    /// Offers another value at a path.
    pub(crate) fn offer_value(self, label: String, path: &Path, value: impl Into<Value>) -> Self {
        self.offer(label, vec![Edit::Set { path: path.to_string(), value: value.into() }])
    }

    /// Offers to write `near` in the place of `word`.
    pub(crate) fn offer_word(self, word: &str, near: Option<&str>, path: &Path) -> Self {
        match near {
            Some(near) => self.offer_value(format!("Write `{near}` instead of `{}`", shown(word)), path, near),
            None => self,
        }
    }

    /// Offers another key for a value.
    pub(crate) fn offer_key(self, key: &str, near: Option<&str>, map: &Path, value: Value) -> Self {
        let Some(near) = near else { return self };
        let (old, new) = (map.clone().key(key).to_string(), map.clone().key(near).to_string());
        let edits = vec![Edit::Set { path: new, value }, Edit::Unset { path: old }];
        self.offer(format!("Write `{near}` instead of `{}`", shown(key)), edits)
    }
}

impl fmt::Display for Problem {
    /// One line: `3:12 error: …`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.span.is_in_text() {
            write!(f, "{}:{} ", self.span.line, self.span.column)?;
        }
        write!(f, "{}: {}", self.severity, self.message)?;
        match &self.help {
            Some(help) => write!(f, " ({help})"),
            None => Ok(()),
        }
    }
}
