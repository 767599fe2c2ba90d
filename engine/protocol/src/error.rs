//! Errors as the window shows them.

use serde::{Deserialize, Serialize};

/// What went wrong, in words a person can act on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiError {
    /// For programs and for looking it up.
    pub code: ErrorCode,
    /// What happened and where, one or two sentences.
    pub message: String,
    /// What to do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
}

impl ApiError {
    /// An error without advice.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        ApiError { code, message: message.into(), help: None }
    }

    /// The same with advice.
    #[must_use]
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

impl std::fmt::Display for ApiError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)?;
        self.help.iter().try_for_each(|help| write!(f, " {help}"))
    }
}

impl std::error::Error for ApiError {}

/// Kinds of errors; the command line's exit codes follow from them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ErrorCode {
    /// The flow document has errors.
    InvalidFlow,
    /// The flow is right but holds something that is not simulated yet.
    NotSimulated,
    /// It would cost more than allowed.
    TooLarge,
    /// Wrong use: an unknown scenario, an unknown trace, a value out of range.
    Usage,
    /// A file could not be read or written.
    File,
    /// The file changed on disk since it was opened.
    Conflict,
    /// The data file could not be used.
    Store,
    /// A network port could not be used.
    Network,
    /// It was cancelled.
    Cancelled,
    /// A fault of Thalweg itself.
    Internal,
}
