//! The questions that only a desktop can ask.

use std::{
    future::Future,
    path::{Path, PathBuf},
    pin::Pin,
};

/// What a person chose; none when they left the dialog.
pub type PathAnswer = Pin<Box<dyn Future<Output = Option<PathBuf>> + Send>>;

/// Dialogs for files.
pub trait Dialogs: Send + Sync {
    /// Which file to open, beginning near another one.
    fn open(&self, near: Option<&Path>) -> PathAnswer;
    /// Where to save, beginning near another file and with this name.
    fn save(&self, near: Option<&Path>, name: &str) -> PathAnswer;
    /// Which file to take traces in from.
    fn import(&self) -> PathAnswer;
    /// Where to write something else than a flow, with this name, which ends in `.EXTENSION`.
    fn export(&self, name: &str, extension: &str) -> PathAnswer;
}
