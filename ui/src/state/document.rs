//! The open document.

use thalweg_protocol::OpenedFile;

/// A flow document with where it came from.
#[derive(Debug, Clone)]
pub(crate) struct OpenDocument {
    id: u64,
    path: Option<String>,
    name: String,
    text: String,
    saved: String,
}

impl OpenDocument {
    /// What was opened, as it was read.
    pub(crate) fn open(file: OpenedFile) -> Self {
        OpenDocument { id: file.document, path: file.path, name: file.name, saved: file.text.clone(), text: file.text }
    }

    /// The shell's number for it.
    pub(crate) fn id(&self) -> u64 {
        self.id
    }

    /// Where it is on disk.
    pub(crate) fn path(&self) -> Option<&str> {
        self.path.as_deref()
    }

    /// A short name for titles.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Its text as it would be written.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Whether it differs from what was read or last written.
    pub(crate) fn is_edited(&self) -> bool {
        self.text != self.saved
    }

    /// What it is called.
    pub(crate) fn title(&self) -> String {
        self.name.clone()
    }

    /// Its scenarios: name and sentence.
    pub(crate) fn scenarios(&self) -> Vec<(String, String)> {
        Vec::new()
    }

    /// How much it holds, in words.
    pub(crate) fn sizes(&self) -> String {
        String::new()
    }

    /// How many problems it has, in words.
    pub(crate) fn problems_in_words(&self) -> String {
        String::new()
    }

    /// Takes in that it was written.
    pub(crate) fn saved(&mut self, file: OpenedFile) {
        self.id = file.document;
        self.path = file.path;
        self.name = file.name;
        self.saved = file.text;
    }
}
