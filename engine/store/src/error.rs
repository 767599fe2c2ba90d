//! What can go wrong with the data file, each as a sentence that says what, where and what to do.

use std::path::{Path, PathBuf};

use sqlx::error::DatabaseError;

/// Why the data file could not be opened, read or written.
///
/// Cloneable, because one failed group of writes answers everyone who waited for it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The path is a folder.
    #[error("{} is a folder, not a data file: name a file in it, for example {}", path.display(), path.join("thalweg.db").display())]
    IsFolder {
        /// What was asked for.
        path: PathBuf,
    },
    /// The file is something else than SQLite.
    #[error("{} is not a Thalweg data file (it is no SQLite database): choose another path, it was left as it is", path.display())]
    NotADatabase {
        /// What was asked for.
        path: PathBuf,
    },
    /// A SQLite file of another program.
    #[error("{} is a database of another program: choose another path, it was left as it is", path.display())]
    Foreign {
        /// What was asked for.
        path: PathBuf,
    },
    /// Written by a newer Thalweg.
    #[error(
        "{} was written by a newer Thalweg (data format {found}; this is Thalweg {program}, which knows formats up to {known}): \
         update Thalweg or choose another path, the file was left as it is",
        path.display()
    )]
    Newer {
        /// What was asked for.
        path: PathBuf,
        /// The file's data format.
        found: u32,
        /// The newest data format this program knows.
        known: u32,
        /// This program's version.
        program: &'static str,
    },
    /// The data format is known, but its migrations are not those of this program.
    #[error("{} has an unknown history of changes ({detail}): it may come from an unreleased Thalweg; it was left as it is", path.display())]
    UnknownHistory {
        /// What was asked for.
        path: PathBuf,
        /// Which migration, and what about it.
        detail: String,
    },
    /// File or folder cannot be written.
    #[error("{} cannot be written: the file or its folder is read-only for this user", path.display())]
    ReadOnly {
        /// What was asked for.
        path: PathBuf,
    },
    /// Another process holds the file for too long.
    #[error("{} is locked by another program (waited {waited_ms} ms): close it or try again", path.display())]
    Locked {
        /// Whose lock was waited for.
        path: PathBuf,
        /// For how long, milliseconds.
        waited_ms: u64,
    },
    /// Another engine works on it.
    #[error("{} is in use by another running engine: stop that one, or name another file", path.display())]
    InUse {
        /// What was asked for.
        path: PathBuf,
    },
    /// No space left.
    #[error("the disk is full: nothing more can be written to {} until space is freed", path.display())]
    DiskFull {
        /// What was written to.
        path: PathBuf,
    },
    /// The file is damaged.
    #[error("{} is damaged ({detail}): move it away and keep a copy; Thalweg then begins a new one", path.display())]
    Damaged {
        /// What was read.
        path: PathBuf,
        /// SQLite's words.
        detail: String,
    },
    /// The operating system refused.
    #[error("{}: {detail}", path.display())]
    Io {
        /// What was asked for.
        path: PathBuf,
        /// The system's words.
        detail: String,
    },
    /// The store was closed while something was still to be written.
    #[error("the data file {} was closed", path.display())]
    Closed {
        /// What was open.
        path: PathBuf,
    },
    /// Linked against an SQLite with a known defect.
    #[error(
        "this program contains SQLite {found}; at least 3.51.3 is needed, older ones can damage a file in WAL mode"
    )]
    OldSqlite {
        /// What `sqlite_version()` says.
        found: String,
    },
    /// Anything else SQLite says.
    #[error("{}: {detail}", path.display())]
    Other {
        /// What was asked for.
        path: PathBuf,
        /// SQLite's words.
        detail: String,
    },
}

impl StoreError {
    /// True when the same write may succeed later: the disk may be freed, the lock released, the program restarted.
    pub fn is_passing(&self) -> bool {
        matches!(
            self,
            Self::ReadOnly { .. }
                | Self::Locked { .. }
                | Self::InUse { .. }
                | Self::DiskFull { .. }
                | Self::Io { .. }
                | Self::Closed { .. }
                | Self::Other { .. }
        )
    }

    /// Puts an SQLite answer into our words. Codes: <https://sqlite.org/rescode.html>.
    pub(crate) fn from_sqlx(path: &Path, error: &sqlx::Error) -> Self {
        let path = path.to_owned();
        let detail = error.to_string();
        let sqlx::Error::Database(database) = error else {
            return match error {
                sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed => Self::Closed { path },
                sqlx::Error::PoolTimedOut => Self::Locked { path, waited_ms: 30_000 },
                sqlx::Error::Io(io) => Self::from_io(&path, io),
                _ => Self::Other { path, detail },
            };
        };
        match primary_code(database.as_ref()) {
            Some(5 | 6) => Self::Locked { path, waited_ms: crate::open::BUSY_TIMEOUT.as_millis() as u64 },
            // CANTOPEN too: the folder is not ours to write.
            Some(8 | 14) => Self::ReadOnly { path },
            Some(10) => Self::Io { path, detail },
            Some(11) => Self::Damaged { path, detail },
            Some(13) => Self::DiskFull { path },
            Some(26) => Self::NotADatabase { path },
            _ => Self::Other { path, detail },
        }
    }

    pub(crate) fn from_io(path: &Path, error: &std::io::Error) -> Self {
        let path = path.to_owned();
        match error.kind() {
            std::io::ErrorKind::PermissionDenied | std::io::ErrorKind::ReadOnlyFilesystem => Self::ReadOnly { path },
            std::io::ErrorKind::StorageFull => Self::DiskFull { path },
            _ => Self::Io { path, detail: error.to_string() },
        }
    }
}

/// The low byte of an extended result code is the primary one.
fn primary_code(error: &dyn DatabaseError) -> Option<u32> {
    error.code()?.parse::<u32>().ok().map(|code| code & 0xff)
}
