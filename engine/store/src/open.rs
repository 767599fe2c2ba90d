//! Opening the data file: look before touching, then two pools on one file.

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::time::Duration;

use sqlx::migrate::{MigrateError, Migrator};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection, SqliteConnection};

use crate::StoreError;

/// How long a statement waits for another process's lock.
pub(crate) const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// The newest data format this program knows: the number of the newest migration.
pub const FORMAT: u32 = 5;

/// `THLW`, as the first migration writes it.
const APPLICATION_ID: u32 = 0x5448_4C57;

/// Readers beside the one writer. WAL lets them read while it writes.
const READERS: u32 = 4;

static MIGRATOR: Migrator = sqlx::migrate!();

/// Both pools: one connection that writes, several that cannot.
pub(crate) struct Pools {
    pub(crate) writer: SqlitePool,
    pub(crate) readers: SqlitePool,
}

pub(crate) async fn open(path: &Path) -> Result<Pools, StoreError> {
    let words = |error: sqlx::Error| StoreError::from_sqlx(path, &error);
    if look(path)? == Look::Unsigned {
        refuse_foreign(path).await?;
    }
    if let Some(parent) = path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        std::fs::create_dir_all(parent).map_err(|error| StoreError::from_io(parent, &error))?;
    }
    let writer = SqlitePoolOptions::new()
        .max_connections(1)
        .min_connections(1)
        .idle_timeout(None)
        .max_lifetime(None)
        // SQLite ends a transaction by itself when the disk is full or fails; sqlx then counts it as open for ever, and no other
        // could begin: such a connection is replaced. The ping lets a rollback that waits in its queue be done first.
        .after_release(|connection, _| {
            Box::pin(async move {
                connection.ping().await?;
                Ok(!connection.is_in_transaction())
            })
        })
        .connect_with(writing(path))
        .await
        .map_err(words)?;
    prepare(path, &writer).await?;
    let readers = SqlitePoolOptions::new()
        .max_connections(READERS)
        .connect_with(common(path).pragma("query_only", "ON"))
        .await
        .map_err(words)?;
    Ok(Pools { writer, readers })
}

/// Version floor, signature, migrations; in this order, so that a file that is not ours is not changed.
async fn prepare(path: &Path, writer: &SqlitePool) -> Result<(), StoreError> {
    let words = |error: sqlx::Error| StoreError::from_sqlx(path, &error);
    let version: String = sqlx::query_scalar("SELECT sqlite_version()").fetch_one(writer).await.map_err(words)?;
    if !recent_enough(&version) {
        return Err(StoreError::OldSqlite { found: version });
    }
    // Changes that only the write-ahead log holds are not seen by `look`.
    let id: i64 = sqlx::query_scalar("PRAGMA application_id").fetch_one(writer).await.map_err(words)?;
    let format: i64 = sqlx::query_scalar("PRAGMA user_version").fetch_one(writer).await.map_err(words)?;
    judge(path, id as u32, format as u32)?;

    // Migrations that have nothing to do write nothing, so ask now rather than fail at the first span.
    sqlx::raw_sql("BEGIN IMMEDIATE; COMMIT").execute(writer).await.map_err(words)?;
    MIGRATOR.run(writer).await.map_err(|error| match error {
        MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => StoreError::from_sqlx(path, &error),
        other => StoreError::UnknownHistory { path: path.to_owned(), detail: other.to_string() },
    })?;
    crate::traces::has_old(writer).await.map_err(words)?;
    // The signature must be in the file itself, where `look` finds it, not only in the log.
    sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(writer).await.map_err(words)?;
    Ok(())
}

#[derive(Debug, PartialEq, Eq)]
enum Look {
    /// Missing or empty: a new one will be made.
    Nothing,
    /// Ours, of a version we know.
    Ours,
    /// SQLite, but nobody signed it: an empty one, or a stranger's.
    Unsigned,
}

/// Reads the 100-byte header (<https://sqlite.org/fileformat2.html#the_database_header>) without SQLite, so that a file we
/// must refuse gets no lock, no log and no journal beside it.
fn look(path: &Path) -> Result<Look, StoreError> {
    if path.is_dir() {
        return Err(StoreError::IsFolder { path: path.to_owned() });
    }
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Look::Nothing),
        Err(error) => return Err(StoreError::from_io(path, &error)),
    };
    let mut header = Vec::with_capacity(100);
    file.by_ref().take(100).read_to_end(&mut header).map_err(|error| StoreError::from_io(path, &error))?;
    if header.is_empty() {
        return Ok(Look::Nothing);
    }
    let number = |at: usize| header.get(at..at + 4).and_then(|bytes| bytes.try_into().ok()).map(u32::from_be_bytes);
    let (true, Some(format), Some(id)) = (header.starts_with(b"SQLite format 3\0"), number(60), number(68)) else {
        return Err(StoreError::NotADatabase { path: path.to_owned() });
    };
    judge(path, id, format)
}

fn judge(path: &Path, application_id: u32, format: u32) -> Result<Look, StoreError> {
    match application_id {
        APPLICATION_ID if format > FORMAT => Err(StoreError::Newer {
            path: path.to_owned(),
            found: format,
            known: FORMAT,
            program: env!("CARGO_PKG_VERSION"),
        }),
        APPLICATION_ID => Ok(Look::Ours),
        0 => Ok(Look::Unsigned),
        _ => Err(StoreError::Foreign { path: path.to_owned() }),
    }
}

/// An unsigned file with tables belongs to somebody else; one without is ours, interrupted before its first migration.
async fn refuse_foreign(path: &Path) -> Result<(), StoreError> {
    let words = |error: sqlx::Error| StoreError::from_sqlx(path, &error);
    let mut only_look: SqliteConnection = SqliteConnectOptions::new()
        .filename(path)
        .read_only(true)
        .busy_timeout(BUSY_TIMEOUT)
        .connect()
        .await
        .map_err(words)?;
    let tables: i64 =
        sqlx::query_scalar("SELECT count(*) FROM sqlite_schema").fetch_one(&mut only_look).await.map_err(words)?;
    let id: i64 = sqlx::query_scalar("PRAGMA application_id").fetch_one(&mut only_look).await.map_err(words)?;
    only_look.close().await.map_err(words)?;
    if tables > 0 && id == 0 {
        return Err(StoreError::Foreign { path: path.to_owned() });
    }
    Ok(())
}

fn common(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .busy_timeout(BUSY_TIMEOUT)
        .synchronous(SqliteSynchronous::Full)
        // A file may come from a stranger: its schema must not call functions (https://sqlite.org/security.html).
        .pragma("trusted_schema", "OFF")
        .pragma("cell_size_check", "ON")
        .pragma("mmap_size", "0")
        .statement_cache_capacity(256)
        .disable_statement_logging()
}

fn writing(path: &Path) -> SqliteConnectOptions {
    let options = common(path)
        .create_if_missing(true)
        // Packed columns are long chains of pages: fewer of them with larger pages.
        .page_size(8192)
        .journal_mode(SqliteJournalMode::Wal)
        .pragma("journal_size_limit", "67108864");
    // Only macOS needs to be told to flush the drive's cache.
    if cfg!(target_os = "macos") {
        options.pragma("fullfsync", "ON").pragma("checkpoint_fullfsync", "ON")
    } else {
        options
    }
}

/// At least 3.51.3: older ones have the WAL-reset race (<https://sqlite.org/wal.html>).
fn recent_enough(version: &str) -> bool {
    let mut parts = version.split('.').map(|part| part.parse::<u32>().unwrap_or(0));
    let mut next = || parts.next().unwrap_or(0);
    (next(), next(), next()) >= (3, 51, 3)
}

#[cfg(test)]
mod tests {
    use super::recent_enough;

    #[test]
    fn version_floor_compares_numbers() {
        for (version, enough) in
            [("3.51.3", true), ("3.51.2", false), ("3.9.9", false), ("3.100.0", true), ("4.0.0", true), ("", false)]
        {
            assert_eq!(recent_enough(version), enough, "{version}");
        }
    }
}
