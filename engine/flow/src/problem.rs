//! Problems: what is wrong with a document, where, and what to do.

use std::fmt;

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

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
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
