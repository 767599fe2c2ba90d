//! The documents that a window has open: which file each belongs to and what that file held when it was last read or written.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use thalweg_protocol::{ApiError, ErrorCode, OpenedFile};

use crate::files::{read_flow_file, write_flow_file};

/// Open documents by number.
#[derive(Debug, Default)]
pub(crate) struct Documents {
    next: u64,
    open: BTreeMap<u64, OpenDocument>,
}

#[derive(Debug)]
struct OpenDocument {
    path: Option<PathBuf>,
    name: String,
    on_disk: Option<String>,
}

impl Documents {
    /// Reads a file and opens it.
    pub(crate) fn open_file(&mut self, path: &Path) -> Result<OpenedFile, ApiError> {
        let text = read_flow_file(path)?;
        // A document keeps its place when the program's working folder changes or a recent file is opened from elsewhere.
        let path = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
        Ok(self.add(OpenDocument { name: display_name(&path), path: Some(path), on_disk: Some(text.clone()) }, text))
    }

    /// Opens a text that has no file yet.
    pub(crate) fn open_text(&mut self, name: &str, text: &str) -> OpenedFile {
        self.add(OpenDocument { path: None, name: name.to_owned(), on_disk: None }, text.to_owned())
    }

    fn add(&mut self, document: OpenDocument, text: String) -> OpenedFile {
        self.next += 1;
        let opened = opened(self.next, &document, text);
        self.open.insert(self.next, document);
        opened
    }

    /// Where a document is on disk, if it was ever saved.
    pub(crate) fn path(&self, document: u64) -> Option<&Path> {
        self.open.get(&document)?.path.as_deref()
    }

    /// A file name to begin a save dialog with.
    pub(crate) fn suggested_name(&self, document: u64) -> String {
        let name = self.open.get(&document).map_or("untitled", |document| document.name.as_str());
        let has_extension =
            Path::new(name).extension().is_some_and(|extension| extension == "yaml" || extension == "yml");
        if has_extension { name.to_owned() } else { format!("{name}.flow.yaml") }
    }

    /// Writes a document to its own file.
    ///
    /// # Errors
    /// [`ErrorCode::Conflict`] when the file holds something else than when it was last read or written, unless `overwrite`.
    pub(crate) fn save(&mut self, document: u64, text: &str, overwrite: bool) -> Result<OpenedFile, ApiError> {
        let open = self.get(document)?;
        let path = open.path.clone().ok_or_else(|| {
            ApiError::new(ErrorCode::Internal, "The document has no file yet.").with_help("Save it under a name.")
        })?;
        let changed = match (read_flow_file(&path), &open.on_disk) {
            (Ok(now), Some(then)) => now != *then,
            // Unreadable or gone: writing tells what is wrong, or brings it back.
            _ => false,
        };
        if changed && !overwrite {
            return Err(ApiError::new(
                ErrorCode::Conflict,
                format!("{} was changed by another program since it was opened here.", path.display()),
            )
            .with_help("Save it under another name, or overwrite what the other program wrote."));
        }
        self.write(document, path, text)
    }

    /// Writes a document to a file that it then belongs to.
    pub(crate) fn save_as(&mut self, document: u64, path: &Path, text: &str) -> Result<OpenedFile, ApiError> {
        self.get(document)?;
        self.write(document, path.to_path_buf(), text)
    }

    fn write(&mut self, document: u64, path: PathBuf, text: &str) -> Result<OpenedFile, ApiError> {
        write_flow_file(&path, text)?;
        let open = self.get(document)?;
        open.name = display_name(&path);
        open.path = Some(path);
        open.on_disk = Some(text.to_owned());
        Ok(opened(document, open, text.to_owned()))
    }

    fn get(&mut self, document: u64) -> Result<&mut OpenDocument, ApiError> {
        self.open
            .get_mut(&document)
            .ok_or_else(|| ApiError::new(ErrorCode::Usage, format!("There is no open document number {document}.")))
    }
}

fn opened(document: u64, open: &OpenDocument, text: String) -> OpenedFile {
    OpenedFile {
        document,
        path: open.path.as_ref().map(|path| path.display().to_string()),
        name: open.name.clone(),
        text,
    }
}

fn display_name(path: &Path) -> String {
    path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_changed_by_others_is_not_overwritten_silently() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.flow.yaml");
        std::fs::write(&path, "mine").unwrap();
        let mut documents = Documents::default();
        let opened = documents.open_file(&path).unwrap();
        documents.save(opened.document, "mine 2", false).unwrap();
        std::fs::write(&path, "theirs").unwrap();
        let error = documents.save(opened.document, "mine 3", false).unwrap_err();
        assert_eq!(error.code, ErrorCode::Conflict);
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "theirs");
        documents.save(opened.document, "mine 3", true).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "mine 3");
    }

    #[test]
    fn an_example_gets_a_file_when_it_is_saved() {
        let folder = tempfile::tempdir().unwrap();
        let mut documents = Documents::default();
        let opened = documents.open_text("checkout", "text");
        assert_eq!(documents.suggested_name(opened.document), "checkout.flow.yaml");
        assert!(documents.save(opened.document, "text", false).is_err());
        let path = folder.path().join("mine.flow.yaml");
        let saved = documents.save_as(opened.document, &path, "text 2").unwrap();
        assert_eq!((saved.name.as_str(), saved.document), ("mine.flow.yaml", opened.document));
        documents.save(opened.document, "text 3", false).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "text 3");
    }

    #[test]
    fn a_file_that_went_away_is_written_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.flow.yaml");
        std::fs::write(&path, "one").unwrap();
        let mut documents = Documents::default();
        let opened = documents.open_file(&path).unwrap();
        std::fs::remove_file(&path).unwrap();
        documents.save(opened.document, "two", false).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "two");
    }
}
