//! Texts that are not saved yet, kept on disk so that a crash loses nothing.
//!
//! Each process has a folder of its own below the recovery folder, with a file `lock` that it holds locked for as long
//! as it lives: a folder whose lock is free was left behind by a process that ended unexpectedly. Each unsaved document
//! is one file in it: a first line, which YAML reads as a comment, says what it is; then comes the text byte for byte.
//! So a person without Thalweg can read what was kept.
//!
//! Not here: when to keep, and what to do with what is found; see the session.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
    time::{SystemTime, UNIX_EPOCH},
};

use serde::{Deserialize, Serialize};
use thalweg_protocol::{ApiError, ErrorCode, Recovered, decode, encode, limits};

use crate::files::write_flow_file;

/// How the first line of a kept text begins; the rest of it is a [`Header`] as JSON.
const MARK: &str = "# Kept by Thalweg: ";
/// How the file of a kept text ends.
const EXTENSION: &str = ".flow.yaml";
/// Longest file of a kept text: a document, and a first line with a path in it.
const LONGEST: u64 = limits::DOCUMENT_BYTES as u64 + (64 << 10);

/// What is known of a kept text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Header {
    /// The document's short name.
    pub(crate) name: String,
    /// Its file, if it has one whose name is text.
    pub(crate) path: Option<String>,
    /// The [`digest`] of what the file held when it was last read or written.
    pub(crate) base: Option<u64>,
    /// Under which name its runs are kept, while it has no file.
    #[serde(default)]
    pub(crate) runs: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct FirstLine {
    #[serde(flatten)]
    header: Header,
    kept_unix_ms: u64,
}

/// A text that a crash left behind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Kept {
    pub(crate) header: Header,
    pub(crate) text: String,
}

/// The recovery folder, and this process's own folder in it.
#[derive(Debug)]
pub(crate) struct Recovery {
    root: PathBuf,
    own: Mutex<Option<Own>>,
}

#[derive(Debug)]
struct Own {
    folder: PathBuf,
    /// Locked until it is dropped, by the system too when the process is killed.
    _lock: File,
}

impl Recovery {
    /// Nothing is made before something is kept.
    pub(crate) fn new(root: PathBuf) -> Self {
        Recovery { root, own: Mutex::default() }
    }

    /// Keeps a text under a key of this process, in place of what was kept under it.
    ///
    /// # Errors
    /// When the disk does not allow it.
    pub(crate) fn keep(&self, key: &str, header: &Header, text: &str) -> Result<(), ApiError> {
        let folder = self.own_folder().map_err(|error| cannot_keep(&self.root, &error))?;
        let first = FirstLine { header: header.clone(), kept_unix_ms: now() };
        let first = String::from_utf8(encode(&first)).unwrap_or_default();
        write_flow_file(&folder.join(format!("{key}{EXTENSION}")), &format!("{MARK}{first}\n{text}"))
    }

    /// The text that this process keeps under a key.
    pub(crate) fn kept(&self, key: &str) -> Option<Kept> {
        let folder = self.lock().as_ref()?.folder.clone();
        read(&folder.join(format!("{key}{EXTENSION}"))).map(|(_, kept)| kept)
    }

    /// Lets go of what is kept under a key: it was saved, or thrown away by choice.
    pub(crate) fn release(&self, key: &str) {
        if let Some(own) = self.lock().as_ref() {
            remove(&own.folder.join(format!("{key}{EXTENSION}")));
        }
    }

    /// What processes left behind that ended unexpectedly, newest first. Those that left nothing leave no folder either.
    pub(crate) fn left_behind(&self) -> Vec<Recovered> {
        let abandoned = self.abandoned();
        for folder in &abandoned {
            remove_if_empty(folder);
        }
        let mut found: Vec<Recovered> = abandoned
            .iter()
            .flat_map(|folder| {
                files(folder).into_iter().filter_map(|file| {
                    let (kept_unix_ms, Kept { header, .. }) = read(&file)?;
                    let id = format!("{}/{}", name_of(folder), name_of(&file));
                    Some(Recovered { id, name: header.name, path: header.path, kept_unix_ms })
                })
            })
            .collect();
        found.sort_by_key(|kept| std::cmp::Reverse(kept.kept_unix_ms));
        found
    }

    /// One of them.
    ///
    /// # Errors
    /// When there is none of this id, or it cannot be read.
    pub(crate) fn found(&self, id: &str) -> Result<Kept, ApiError> {
        let file = self.file_of(id)?;
        read(&file).map(|(_, kept)| kept).ok_or_else(|| {
            ApiError::new(ErrorCode::File, format!("{} could not be read.", file.display()))
                .with_help("Look at it with an editor; the text begins at its second line.")
        })
    }

    /// Throws one of them away.
    ///
    /// # Errors
    /// When there is none of this id.
    pub(crate) fn discard(&self, id: &str) -> Result<(), ApiError> {
        let file = self.file_of(id)?;
        remove(&file);
        file.parent().into_iter().for_each(remove_if_empty);
        Ok(())
    }

    /// Ends this process's own folder, if nothing is kept in it.
    pub(crate) fn close(&self) {
        if let Some(own) = self.lock().take() {
            remove_if_empty(&own.folder);
        }
    }

    /// The file of an id. Ids come from the page, so only one that is really there is turned into a path.
    fn file_of(&self, id: &str) -> Result<PathBuf, ApiError> {
        self.abandoned()
            .iter()
            .flat_map(|folder| files(folder))
            .find(|file| file.parent().is_some_and(|folder| format!("{}/{}", name_of(folder), name_of(file)) == id))
            .ok_or_else(|| ApiError::new(ErrorCode::Usage, "That text is not kept any more."))
    }

    fn abandoned(&self) -> Vec<PathBuf> {
        let mut folders: Vec<PathBuf> =
            entries(&self.root).into_iter().filter(|folder| folder.is_dir() && is_free(folder)).collect();
        folders.sort();
        folders
    }

    fn own_folder(&self) -> io::Result<PathBuf> {
        let mut own = self.lock();
        if let Some(own) = own.as_ref() {
            return Ok(own.folder.clone());
        }
        let folder = self.root.join(format!("{}-{}", now(), std::process::id()));
        fs::create_dir_all(&folder)?;
        let lock = File::create(folder.join("lock"))?;
        lock.lock()?;
        *own = Some(Own { folder: folder.clone(), _lock: lock });
        Ok(folder)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Own>> {
        self.own.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A number that tells one text from another (FNV-1a, 64 bits; <http://www.isthe.com/chongo/tech/comp/fnv/>): the same
/// in every build, since it is compared with what another process wrote.
pub(crate) fn digest(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3))
}

/// Whether no living process holds a folder.
fn is_free(folder: &Path) -> bool {
    match File::open(folder.join("lock")) {
        Ok(lock) => lock.try_lock().is_ok(),
        Err(error) => error.kind() == io::ErrorKind::NotFound,
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> =
        entries(folder).into_iter().filter(|file| name_of(file).ends_with(EXTENSION)).collect();
    files.sort();
    files
}

/// What is in a folder; nothing when it is not there or may not be read.
fn entries(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder).map(|entries| entries.flatten().map(|entry| entry.path()).collect()).unwrap_or_default()
}

fn name_of(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// A kept text and when it was kept; none when the file is not one of ours.
fn read(file: &Path) -> Option<(u64, Kept)> {
    let is_whole = fs::metadata(file).is_ok_and(|metadata| metadata.len() <= LONGEST);
    let whole = is_whole.then(|| fs::read_to_string(file).ok()).flatten()?;
    let (first, text) = whole.strip_prefix(MARK)?.split_once('\n')?;
    let FirstLine { header, kept_unix_ms } = decode(first.as_bytes()).ok()?;
    Some((kept_unix_ms, Kept { header, text: text.to_owned() }))
}

fn remove_if_empty(folder: &Path) {
    if files(folder).is_empty() {
        remove(&folder.join("lock"));
        // Not empty after all is as good: it is found again.
        let _ = fs::remove_dir(folder);
    }
}

fn remove(file: &Path) {
    match fs::remove_file(file) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            tracing::warn!("{} was not removed: {error}", file.display());
        }
        _ => {}
    }
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as u64)
}

fn cannot_keep(root: &Path, error: &io::Error) -> ApiError {
    ApiError::new(
        ErrorCode::File,
        format!("What is not saved cannot be kept safe: {} could not be written: {error}.", root.display()),
    )
    .with_help("Save often, or name a data file in another folder with the variable THALWEG_DB.")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(name: &str) -> Header {
        Header {
            name: name.to_owned(),
            path: Some("/flows/a.flow.yaml".to_owned()),
            base: Some(digest("saved")),
            runs: None,
        }
    }

    #[test]
    fn what_a_living_process_keeps_is_not_offered_to_others() {
        let folder = tempfile::tempdir().unwrap();
        let (one, other) = (Recovery::new(folder.path().join("r")), Recovery::new(folder.path().join("r")));
        assert!(other.left_behind().is_empty());
        one.keep("1-1", &header("a"), "text\nof two lines").unwrap();
        assert_eq!(one.kept("1-1").unwrap(), Kept { header: header("a"), text: "text\nof two lines".into() });
        assert!(other.left_behind().is_empty() && other.kept("1-1").is_none());
        one.release("1-1");
        assert!(one.kept("1-1").is_none());
        one.close();
        assert_eq!(fs::read_dir(folder.path().join("r")).unwrap().count(), 0);
    }

    #[test]
    fn what_a_dead_process_kept_is_found_byte_for_byte_and_thrown_away_once() {
        let folder = tempfile::tempdir().unwrap();
        let text = "thalweg: 1\r\nname: ä \u{feff}\n\n";
        // Dropping releases the lock without removing anything, as the system does for a killed process.
        let dead = Recovery::new(folder.path().to_path_buf());
        dead.keep("1-1", &header("a"), "older").unwrap();
        dead.keep("1-1", &header("a"), text).unwrap();
        dead.keep("2-1", &Header { path: None, base: None, ..header("b") }, "").unwrap();
        drop(dead);
        let next = Recovery::new(folder.path().to_path_buf());
        next.keep("1-1", &header("mine"), "mine").unwrap();
        let mut found = next.left_behind();
        found.sort_by(|a, b| a.name.cmp(&b.name));
        assert_eq!(found.iter().map(|kept| kept.name.as_str()).collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(found[0].path.as_deref(), Some("/flows/a.flow.yaml"));
        assert_eq!(next.found(&found[0].id).unwrap(), Kept { header: header("a"), text: text.into() });
        next.discard(&found[0].id).unwrap();
        assert_eq!(next.discard(&found[0].id).unwrap_err().code, ErrorCode::Usage);
        next.discard(&found[1].id).unwrap();
        // A process that saved everything before it was killed.
        let tidy = Recovery::new(folder.path().to_path_buf());
        tidy.keep("1-1", &header("c"), "saved").unwrap();
        tidy.release("1-1");
        drop(tidy);
        assert!(next.left_behind().is_empty());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        assert_eq!(next.kept("1-1").unwrap().text, "mine");
    }

    #[test]
    fn an_id_is_never_a_path() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("secret.flow.yaml"), "secret").unwrap();
        let recovery = Recovery::new(folder.path().join("r"));
        for id in ["../secret.flow.yaml", "..", "", "/etc/passwd", "x/../../secret.flow.yaml"] {
            assert_eq!(recovery.found(id).unwrap_err().code, ErrorCode::Usage, "{id}");
        }
    }

    #[test]
    fn the_digest_is_the_published_one() {
        // Test vectors of the authors of FNV.
        assert_eq!(digest(""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(digest("a"), 0xaf63_dc4c_8601_ec8c);
        assert_eq!(digest("foobar"), 0x8594_4171_f739_67e8);
    }
}
