//! What a window and its shell tell each other beside flows and runs: menus, unsaved texts, files that changed.

use serde::{Deserialize, Serialize};

/// A text that was not saved when Thalweg ended unexpectedly.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recovered {
    /// The shell's name for it.
    pub id: String,
    /// The document's short name.
    pub name: String,
    /// Its file; none while it was never saved.
    pub path: Option<String>,
    /// When the text was kept, in milliseconds since 1970.
    pub kept_unix_ms: u64,
}

/// How a document's file is, compared with what was last read from it or written to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FileState {
    /// As it was, or not on disk at all, or a change that was told before.
    Known,
    /// Another program wrote it. Told once for each change.
    Changed,
}

/// One menu of the menu bar.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Menu {
    /// What it is called.
    pub label: String,
    /// Its entries, in groups between which a line is drawn.
    pub groups: Vec<Vec<MenuEntry>>,
}

/// One entry of a menu.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MenuEntry {
    /// The command's name, which comes back in [`crate::Event::MenuChosen`].
    pub id: String,
    /// What it is called.
    pub label: String,
    /// Its keys, such as `CmdOrCtrl+Shift+S`. Only keys that mean the same while text is typed: the system takes them
    /// before the page sees them.
    pub keys: Option<String>,
    /// Whether it can be chosen now.
    pub enabled: bool,
}

/// What was dropped onto the window, or named by a second start or a link, and is no flow document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Offered {
    /// A file of traces, logs or metrics; [`crate::Command::ImportOffered`] takes it in.
    Telemetry,
    /// A link to a trace.
    Trace {
        /// Its id, 32 hexadecimal digits.
        trace_id: String,
        /// The span that is meant, 16 hexadecimal digits.
        span_id: Option<String>,
    },
    /// A link that leads nowhere.
    NoLink(crate::ApiError),
}
