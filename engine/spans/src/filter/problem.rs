//! What is wrong with a filter, where, and what to write instead.

use std::fmt;
use std::ops::Range;

pub use thalweg_flow::Severity;

/// A change that mends a problem.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fix {
    /// The bytes to replace.
    pub span: Range<usize>,
    /// What to put there.
    pub text: String,
}

/// One thing that is wrong, or hardly meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// An error, or only a doubt.
    pub severity: Severity,
    /// What is wrong, one line without a full stop.
    pub message: String,
    /// Where: bytes of the text, on character boundaries; may be empty, at the end of the text for instance.
    pub span: Range<usize>,
    /// What to do about it.
    pub help: Option<String>,
    /// The change that does it, where it is clear.
    pub fix: Option<Fix>,
}

impl Problem {
    pub(crate) fn error(span: Range<usize>, message: impl Into<String>) -> Self {
        Problem { severity: Severity::Error, message: message.into(), span, help: None, fix: None }
    }

    pub(crate) fn doubt(span: Range<usize>, message: impl Into<String>) -> Self {
        Problem { severity: Severity::Warning, ..Problem::error(span, message) }
    }

    #[must_use]
    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Offers to write something else in the problem's place.
    #[must_use]
    pub(crate) fn fix(mut self, text: impl Into<String>) -> Self {
        self.fix = Some(Fix { span: self.span.clone(), text: text.into() });
        self
    }

    /// Several lines for a terminal, the last with its line break:
    ///
    /// ```text
    /// error: `erorr` is no status
    ///  --> filter:1:10
    ///   |
    /// 1 | status = erorr
    ///   |          ^^^^^
    ///   = help: did you mean `error`? Valid: unset, ok, error
    /// ```
    pub fn render(&self, text: &str) -> String {
        // The renderer of flow documents knows long lines, wide characters and those that control terminals.
        let column = text
            .get(..self.span.start)
            .map_or(1, |before| before.rsplit(['\n', '\r']).next().unwrap_or_default().chars().count() + 1);
        let line = text.get(..self.span.start).map_or(1, |before| before.matches('\n').count() + 1);
        let span = thalweg_flow::Span { start: self.span.start, end: self.span.end, line, column };
        let problem = thalweg_flow::Problem {
            severity: self.severity,
            code: "filter",
            message: self.message.clone(),
            span,
            path: String::new(),
            help: self.help.clone(),
            fixes: Vec::new(),
        };
        thalweg_flow::render(&problem, "filter", text)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.message)?;
        match &self.help {
            Some(help) => write!(out, " ({help})"),
            None => Ok(()),
        }
    }
}

/// All that is wrong with a text, at least one thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problems(pub Vec<Problem>);

impl fmt::Display for Problems {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, problem) in self.0.iter().enumerate() {
            write!(out, "{}{problem}", if i > 0 { "; " } else { "" })?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}
