//! Opening the data file: look before touching, then two pools on one file.

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::time::{Duration, Instant};

use sqlx::migrate::{MigrateError, Migrator};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection, SqliteConnection};

use crate::StoreError;

/// How long a statement waits for another process's lock.
pub(crate) const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// The newest data format this program knows: the number of the newest migration.
pub const FORMAT: u32 = 5;

/// The newest format of event files this program knows: the number of the newest migration.
pub const EVENT_FORMAT: u32 = 1;

/// A kind of file: how it is told from others, and how it comes up to date.
pub(crate) struct Kind {
    /// As the first migration writes it.
    application_id: u32,
    /// The newest format this program knows.
    format: u32,
    migrator: Migrator,
}

/// The data file, `THLW`.
pub(crate) static DATA: Kind =
    Kind { application_id: 0x5448_4C57, format: FORMAT, migrator: sqlx::migrate!("./migrations") };

/// A file of events, `THLE`.
pub(crate) static EVENTS: Kind =
    Kind { application_id: 0x5448_4C45, format: EVENT_FORMAT, migrator: sqlx::migrate!("./event-migrations") };

/// Readers beside the one writer. WAL lets them read while it writes.
const READERS: u32 = 4;

/// Both pools: one connection that writes, several that cannot.
pub(crate) struct Pools {
    pub(crate) writer: SqlitePool,
    pub(crate) readers: SqlitePool,
}

/// How often opening is tried when others make or change the file at the same moment, and how long between.
const ATTEMPTS: u32 = 10;
const PAUSE: Duration = Duration::from_millis(50);

pub(crate) async fn open(path: &Path, kind: &'static Kind) -> Result<Pools, StoreError> {
    let mut attempt = 1;
    loop {
        let found = look(path, kind)?;
        let began = Instant::now();
        match open_once(path, &found, kind).await {
            // Who comes second to a new file meets half of it, or a lock that nobody waits for. One that is there is not tried again.
            Err(error)
                if found != Look::Ours && attempt < ATTEMPTS && began.elapsed() < BUSY_TIMEOUT && may_pass(&error) =>
            {
                attempt += 1;
                tokio::time::sleep(PAUSE).await;
            }
            done => return done,
        }
    }
}

/// Whether somebody else who makes the file may be the reason.
fn may_pass(error: &StoreError) -> bool {
    matches!(
        error,
        StoreError::Locked { .. }
            | StoreError::Io { .. }
            | StoreError::Other { .. }
            | StoreError::UnknownHistory { .. }
    )
}

async fn open_once(path: &Path, found: &Look, kind: &'static Kind) -> Result<Pools, StoreError> {
    let words = |error: sqlx::Error| StoreError::from_sqlx(path, &error);
    if *found == Look::Unsigned {
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
    prepare(path, &writer, kind).await?;
    let readers = SqlitePoolOptions::new()
        .max_connections(READERS)
        .connect_with(common(path).pragma("query_only", "ON"))
        .await
        .map_err(words)?;
    Ok(Pools { writer, readers })
}

/// Version floor, signature, migrations; in this order, so that a file that is not ours is not changed.
async fn prepare(path: &Path, writer: &SqlitePool, kind: &'static Kind) -> Result<(), StoreError> {
    let words = |error: sqlx::Error| StoreError::from_sqlx(path, &error);
    let version: String = sqlx::query_scalar("SELECT sqlite_version()").fetch_one(writer).await.map_err(words)?;
    if !recent_enough(&version) {
        return Err(StoreError::OldSqlite { found: version });
    }
    // Changes that only the write-ahead log holds are not seen by `look`.
    let id: i64 = sqlx::query_scalar("PRAGMA application_id").fetch_one(writer).await.map_err(words)?;
    let format: i64 = sqlx::query_scalar("PRAGMA user_version").fetch_one(writer).await.map_err(words)?;
    judge(path, id as u32, format as u32, kind)?;

    // Migrations that have nothing to do write nothing, so ask now rather than fail at the first span.
    sqlx::raw_sql("BEGIN IMMEDIATE; COMMIT").execute(writer).await.map_err(words)?;
    migrate(path, writer, &kind.migrator).await?;
    if kind.application_id == DATA.application_id {
        crate::traces::has_old(writer).await.map_err(words)?;
    }
    // The signature must be in the file itself, where `look` finds it, not only in the log.
    sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(writer).await.map_err(words)?;
    Ok(())
}

/// Each migration is a transaction; of two processes that begin the same one the second fails, and finds it done when it looks again.
async fn migrate(path: &Path, writer: &SqlitePool, migrator: &Migrator) -> Result<(), StoreError> {
    let mut attempt = 1;
    loop {
        match migrator.run(writer).await {
            Ok(()) => return Ok(()),
            Err(MigrateError::Execute(_) | MigrateError::ExecuteMigration(..)) if attempt < ATTEMPTS => attempt += 1,
            Err(MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _)) => {
                return Err(StoreError::from_sqlx(path, &error));
            }
            Err(other) => {
                return Err(StoreError::UnknownHistory { path: path.to_owned(), detail: other.to_string() });
            }
        }
    }
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
fn look(path: &Path, kind: &Kind) -> Result<Look, StoreError> {
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
    judge(path, id, format, kind)
}

/// Whether the file may be opened at all; nothing is written.
pub(crate) fn look_only(path: &Path, kind: &Kind) -> Result<(), StoreError> {
    look(path, kind).map(drop)
}

fn judge(path: &Path, application_id: u32, format: u32, kind: &Kind) -> Result<Look, StoreError> {
    match application_id {
        id if id == kind.application_id && format > kind.format => Err(StoreError::Newer {
            path: path.to_owned(),
            found: format,
            known: kind.format,
            program: env!("CARGO_PKG_VERSION"),
        }),
        id if id == kind.application_id => Ok(Look::Ours),
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
    // The list of migrations comes before the first of them signs the file.
    let tables: i64 = sqlx::query_scalar("SELECT count(*) FROM sqlite_schema WHERE tbl_name <> '_sqlx_migrations'")
        .fetch_one(&mut only_look)
        .await
        .map_err(words)?;
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
