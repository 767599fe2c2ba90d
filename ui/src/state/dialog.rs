//! Questions that the window asks before it goes on.

/// A question, and what follows its answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Dialog {
    /// Changes would be lost.
    Unsaved {
        /// What was wanted.
        then: Leave,
    },
    /// The file changed on disk since it was read.
    Conflict {
        /// What the shell said.
        message: String,
        /// What was wanted after saving.
        then: Option<Leave>,
    },
    /// Another program wrote the file while the document was edited here.
    Changed,
    /// All log records would be removed.
    ClearLogs,
    /// All metrics would be removed.
    ClearMetrics,
    /// A crash left texts behind that were not saved.
    Recovered,
}

/// Reasons to leave the open document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Leave {
    /// Open another one by the dialog.
    OpenDialog,
    /// Open one of the recent list.
    OpenRecent(String),
    /// Open an example.
    OpenExample(String),
    /// Open a template.
    OpenTemplate(String),
    /// Open the file that was dropped onto the window or named by a second start.
    OpenOffered,
    /// Open a text that a crash left behind.
    Restore(String),
    /// Open a text that was drawn from traces.
    OpenDrawn(String),
    /// Begin a new one.
    New,
    /// Go back to the start page.
    CloseDocument,
    /// Close the window.
    CloseWindow,
}
