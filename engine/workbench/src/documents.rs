//! The documents that a window has open: which file each belongs to and what that file held when it was last read or written.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use thalweg_protocol::{ApiError, ErrorCode, FileState, OpenedFile};

use crate::{
    files::{read_flow_file, write_flow_file},
    recovery::{Header, Kept, digest},
};

/// How the name begins under which runs of a document without a file are kept; no absolute path begins like this.
pub(crate) const NEVER_SAVED: &str = "unsaved:";

/// Open documents by number.
#[derive(Debug, Default)]
pub(crate) struct Documents {
    /// What tells this window's documents from those of every other, of every process.
    window: String,
    next: u64,
    open: BTreeMap<u64, OpenDocument>,
}

#[derive(Debug)]
struct OpenDocument {
    path: Option<PathBuf>,
    name: String,
    /// The digest of what the file held when it was last read or written; none while there was no file.
    on_disk: Option<u64>,
    /// The digest of what another program wrote and was told of.
    told: Option<u64>,
    /// The name under which its runs were kept before a crash, while it has no file.
    runs: Option<String>,
}

impl Documents {
    /// Of a window with this name.
    pub(crate) fn of_window(window: String) -> Self {
        Documents { window, ..Documents::default() }
    }

    /// Whose the kept runs of a document are: its file's, or a name of its own while it has none.
    pub(crate) fn owner(&self, document: u64) -> Option<String> {
        let open = self.open.get(&document)?;
        Some(match (&open.path, &open.runs) {
            (Some(path), _) => path.to_string_lossy().into_owned(),
            (None, Some(runs)) => runs.clone(),
            (None, None) => format!("{NEVER_SAVED}{}-{document}", self.window),
        })
    }

    /// Reads a file and opens it.
    pub(crate) fn open_file(&mut self, path: &Path) -> Result<OpenedFile, ApiError> {
        let text = read_flow_file(path)?;
        // A document keeps its place when the program's working folder changes or a recent file is opened from elsewhere.
        let path = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
        let on_disk = Some(digest(&text));
        Ok(self
            .add(OpenDocument { name: display_name(&path), path: Some(path), on_disk, told: None, runs: None }, text))
    }

    /// Opens a text that has no file yet.
    pub(crate) fn open_text(&mut self, name: &str, text: &str) -> OpenedFile {
        self.add(
            OpenDocument { path: None, name: name.to_owned(), on_disk: None, told: None, runs: None },
            text.to_owned(),
        )
    }

    /// Opens a text that was kept without being saved; its file stays as it is.
    pub(crate) fn restore(&mut self, kept: Kept) -> OpenedFile {
        let Kept { header: Header { name, path, base, runs }, text } = kept;
        let runs = runs.filter(|runs| runs.starts_with(NEVER_SAVED));
        // What the file held then is what saving compares with: a change since is a conflict, as it would have been.
        self.add(OpenDocument { path: path.map(PathBuf::from), name, on_disk: base, told: None, runs }, text)
    }

    /// The same document with another text, for a page that lost it.
    pub(crate) fn with_text(&self, document: u64, text: String) -> Option<OpenedFile> {
        self.open.get(&document).map(|open| opened(document, open, text))
    }

    /// What is written down beside a text that is kept.
    pub(crate) fn header(&self, document: u64) -> Option<Header> {
        let open = self.open.get(&document)?;
        let path = open.path.as_deref().and_then(Path::to_str).map(str::to_owned);
        let runs = self.owner(document).filter(|_| open.path.is_none());
        Some(Header { name: open.name.clone(), path, base: open.on_disk, runs })
    }

    /// Whether another program wrote a document's file; told once for each change.
    pub(crate) fn check(&mut self, document: u64) -> Result<FileState, ApiError> {
        let open = self.get(document)?;
        // Gone or unreadable: saving tells what is wrong, or brings it back.
        let Some(now) = open.path.as_deref().and_then(|path| read_flow_file(path).ok()) else {
            return Ok(FileState::Known);
        };
        let now = Some(digest(&now));
        if now == open.on_disk || now == open.told {
            return Ok(FileState::Known);
        }
        open.told = now;
        Ok(FileState::Changed)
    }

    /// Reads a document's file again.
    ///
    /// # Errors
    /// When it has none, or it cannot be read.
    pub(crate) fn reload(&mut self, document: u64) -> Result<OpenedFile, ApiError> {
        let open = self.get(document)?;
        let path = open.path.as_deref().ok_or_else(no_file)?;
        let text = read_flow_file(path)?;
        open.on_disk = Some(digest(&text));
        Ok(opened(document, open, text))
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
        let path = open.path.clone().ok_or_else(no_file)?;
        let changed = match (read_flow_file(&path), open.on_disk) {
            (Ok(now), Some(then)) => digest(&now) != then,
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
        open.on_disk = Some(digest(text));
        Ok(opened(document, open, text.to_owned()))
    }

    fn get(&mut self, document: u64) -> Result<&mut OpenDocument, ApiError> {
        self.open
            .get_mut(&document)
            .ok_or_else(|| ApiError::new(ErrorCode::Usage, format!("There is no open document number {document}.")))
    }
}

fn no_file() -> ApiError {
    ApiError::new(ErrorCode::Internal, "The document has no file yet.").with_help("Save it under a name.")
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
    fn a_change_by_others_is_told_once_and_can_be_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.flow.yaml");
        std::fs::write(&path, "mine").unwrap();
        let mut documents = Documents::default();
        let document = documents.open_file(&path).unwrap().document;
        assert_eq!(documents.check(document).unwrap(), FileState::Known);
        std::fs::write(&path, "theirs").unwrap();
        assert_eq!(documents.check(document).unwrap(), FileState::Changed);
        assert_eq!(documents.check(document).unwrap(), FileState::Known);
        assert_eq!(documents.save(document, "mine 2", false).unwrap_err().code, ErrorCode::Conflict);
        std::fs::write(&path, "theirs 2").unwrap();
        assert_eq!(documents.check(document).unwrap(), FileState::Changed);
        let read = documents.reload(document).unwrap();
        assert_eq!((read.document, read.text.as_str()), (document, "theirs 2"));
        documents.save(document, "mine 3", false).unwrap();
        std::fs::remove_file(&path).unwrap();
        assert_eq!(documents.check(document).unwrap(), FileState::Known);
    }

    #[test]
    fn a_kept_text_belongs_to_its_file_and_meets_what_was_written_since() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.flow.yaml");
        std::fs::write(&path, "saved").unwrap();
        let mut before = Documents::default();
        let opened = before.open_file(&path).unwrap();
        let kept = Kept { header: before.header(opened.document).unwrap(), text: "not saved".into() };
        let mut documents = Documents::default();
        let restored = documents.restore(kept.clone());
        assert_eq!((restored.text.as_str(), restored.path), ("not saved", opened.path));
        documents.save(restored.document, "not saved", false).unwrap();
        let again = documents.restore(kept);
        assert_eq!(documents.save(again.document, "not saved", false).unwrap_err().code, ErrorCode::Conflict);
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
    fn runs_belong_to_the_file_or_to_a_name_that_outlives_a_crash() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.flow.yaml");
        let mut documents = Documents::of_window("7".into());
        let opened = documents.open_text("checkout", "text");
        assert_eq!(documents.owner(opened.document).as_deref(), Some("unsaved:7-1"));
        let kept = Kept { header: documents.header(opened.document).unwrap(), text: "text".into() };
        documents.save_as(opened.document, &path, "text").unwrap();
        assert_eq!(documents.owner(opened.document), path.to_str().map(str::to_owned));
        assert_eq!(documents.owner(9), None);
        let mut after = Documents::of_window("8".into());
        let restored = after.restore(kept.clone());
        assert_eq!(after.owner(restored.document).as_deref(), Some("unsaved:7-1"));
        let forged = Kept { header: Header { runs: Some("/flows/others.flow.yaml".into()), ..kept.header }, ..kept };
        let restored = after.restore(forged);
        assert_eq!(after.owner(restored.document).as_deref(), Some("unsaved:8-2"));
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
