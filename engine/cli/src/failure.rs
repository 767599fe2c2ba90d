//! How a command ends: exit codes and what is said when it fails.
//!
//! | code | meaning |
//! |---|---|
//! | 0 | all well |
//! | 1 | the flow does not hold what it should: an expectation failed, or `--deny` forbids what was found |
//! | 2 | wrong usage or unreadable input |
//! | 3 | the environment failed: a port is taken, a disk is full, a data file is damaged |
//! | 130 | stopped by Ctrl-C, as shells expect it (128 + SIGINT) |

use thalweg_protocol::{ApiError, ErrorCode};

/// Wrong usage or unreadable input.
pub(crate) const USAGE: u8 = 2;
/// The environment failed.
pub(crate) const ENVIRONMENT: u8 = 3;
/// Stopped by Ctrl-C.
pub(crate) const INTERRUPTED: u8 = 130;

/// What a command that could do its work found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// All well.
    Well,
    /// The flow does not hold what it should.
    DoesNotHold,
    /// The input has errors, and they were told.
    Unusable,
}

impl Verdict {
    pub(crate) fn exit_code(self) -> u8 {
        match self {
            Verdict::Well => 0,
            Verdict::DoesNotHold => 1,
            Verdict::Unusable => USAGE,
        }
    }
}

/// Why a command could not do its work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure {
    /// What the process answers.
    pub(crate) exit_code: u8,
    /// What happened and where.
    pub(crate) message: String,
    /// What to do about it.
    pub(crate) help: Option<String>,
}

impl Failure {
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Failure { exit_code: USAGE, message: message.into(), help: None }
    }

    pub(crate) fn environment(message: impl Into<String>) -> Self {
        Failure { exit_code: ENVIRONMENT, message: message.into(), help: None }
    }

    #[must_use]
    pub(crate) fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

impl From<ApiError> for Failure {
    fn from(error: ApiError) -> Self {
        let exit_code = match error.code {
            ErrorCode::InvalidFlow
            | ErrorCode::NotSimulated
            | ErrorCode::TooLarge
            | ErrorCode::Usage
            | ErrorCode::File
            | ErrorCode::Conflict => USAGE,
            ErrorCode::Store | ErrorCode::Network | ErrorCode::Internal => ENVIRONMENT,
            ErrorCode::Cancelled => INTERRUPTED,
        };
        Failure { exit_code, message: error.message, help: error.help }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exit_codes_follow_from_the_kind_of_error() {
        let code = |code| Failure::from(ApiError::new(code, "x")).exit_code;
        assert_eq!(code(ErrorCode::InvalidFlow), 2);
        assert_eq!(code(ErrorCode::TooLarge), 2);
        assert_eq!(code(ErrorCode::Network), 3);
        assert_eq!(code(ErrorCode::Store), 3);
        assert_eq!(code(ErrorCode::Cancelled), 130);
    }
}
