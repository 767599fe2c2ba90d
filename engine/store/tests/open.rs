//! What is opened, what is refused, and that a refused file is left as it is.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on fails")]

use std::fs;
use std::path::{Path, PathBuf};

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection, SqliteConnection};
use tempfile::TempDir;
use thalweg_store::{FORMAT, Store, StoreError};

fn folder() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("thalweg.db");
    (folder, path)
}

/// Another program's connection to the file.
async fn stranger(path: &Path) -> SqliteConnection {
    SqliteConnectOptions::new().filename(path).create_if_missing(true).connect().await.unwrap()
}

async fn pragma(path: &Path, name: &'static str) -> String {
    let mut connection = stranger(path).await;
    let value: String = match name {
        "journal_mode" => sqlx::query_scalar("PRAGMA journal_mode").fetch_one(&mut connection).await.unwrap(),
        "integrity_check" => sqlx::query_scalar("PRAGMA integrity_check").fetch_one(&mut connection).await.unwrap(),
        _ => unreachable!(),
    };
    connection.close().await.unwrap();
    value
}

/// The folder's files with their contents.
fn contents(folder: &TempDir) -> Vec<(PathBuf, Vec<u8>)> {
    let mut all: Vec<_> = fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| (path.clone(), fs::read(path).unwrap()))
        .collect();
    all.sort();
    all
}

/// Opening fails, and not a byte of the folder changes.
async fn refused(folder: &TempDir, path: &Path) -> StoreError {
    let before = contents(folder);
    let error = Store::open(path).await.expect_err("this must be refused");
    assert_eq!(contents(folder), before, "{error}");
    assert!(error.to_string().contains(&path.display().to_string()), "the path is named: {error}");
    error
}

#[tokio::test]
async fn a_new_file_is_made_with_its_folders_and_opens_again() {
    let (folder, _) = folder();
    let path = folder.path().join("a/b/thalweg.db");
    let store = Store::open(&path).await.unwrap();
    store.set_preference("theme", "dark").await.unwrap();
    store.close().await;
    assert_eq!(pragma(&path, "journal_mode").await, "wal");
    assert_eq!(pragma(&path, "integrity_check").await, "ok");
    let again = Store::open(&path).await.unwrap();
    assert_eq!(again.preference("theme").await.unwrap().as_deref(), Some("dark"));
}

#[tokio::test]
async fn an_empty_file_is_a_new_one() {
    let (_folder, path) = folder();
    fs::write(&path, b"").unwrap();
    Store::open(&path).await.unwrap();
}

#[tokio::test]
async fn a_file_interrupted_before_its_first_migration_is_a_new_one() {
    let (_folder, path) = folder();
    let mut connection = stranger(&path).await;
    sqlx::raw_sql("PRAGMA journal_mode = WAL; CREATE TABLE gone (x); DROP TABLE gone")
        .execute(&mut connection)
        .await
        .unwrap();
    connection.close().await.unwrap();
    assert!(fs::metadata(&path).unwrap().len() > 0);
    Store::open(&path).await.unwrap();
}

#[tokio::test]
async fn two_stores_on_one_file_see_each_other() {
    let (_folder, path) = folder();
    let (one, other) = (Store::open(&path).await.unwrap(), Store::open(&path).await.unwrap());
    one.set_preference("a", "1").await.unwrap();
    other.set_preference("a", "2").await.unwrap();
    assert_eq!(one.preference("a").await.unwrap().as_deref(), Some("2"));
}

/// Eight make the same new file at the same moment, and all have it.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_new_file_is_made_by_several_at_once() {
    for round in 0..10 {
        let (_folder, path) = folder();
        let openings: Vec<_> = (0..8)
            .map(|number| {
                let path = path.clone();
                tokio::spawn(async move {
                    let store = Store::open(&path).await?;
                    store.set_preference(&number.to_string(), "there").await?;
                    Ok::<_, StoreError>(store)
                })
            })
            .collect();
        let mut stores = Vec::new();
        for opening in openings {
            stores.push(opening.await.unwrap().unwrap_or_else(|error| panic!("round {round}: {error}")));
        }
        for number in 0..8 {
            assert!(stores[0].preference(&number.to_string()).await.unwrap().is_some(), "{number}");
        }
    }
}

#[tokio::test]
async fn a_folder_is_refused() {
    let (folder, _) = folder();
    let error = refused(&folder, folder.path()).await;
    assert_eq!(error, StoreError::IsFolder { path: folder.path().to_owned() });
}

#[tokio::test]
async fn what_is_no_database_is_refused() {
    let (folder, path) = folder();
    for bytes in [&b"thalweg: 1\n"[..], &[0; 4096], b"SQLite format 3\0", &[0xff; 99], b"SQLite format 3"] {
        fs::write(&path, bytes).unwrap();
        assert_eq!(refused(&folder, &path).await, StoreError::NotADatabase { path: path.clone() });
    }
}

#[tokio::test]
async fn another_programs_database_is_refused() {
    let (folder, path) = folder();
    for sql in ["CREATE TABLE notes (x)", "PRAGMA application_id = 252006674"] {
        fs::remove_file(&path).ok();
        let mut connection = stranger(&path).await;
        sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
        assert_eq!(refused(&folder, &path).await, StoreError::Foreign { path: path.clone() }, "{sql}");
    }
}

#[tokio::test]
async fn a_newer_thalwegs_file_is_refused_with_both_versions() {
    let (folder, path) = folder();
    Store::open(&path).await.unwrap().close().await;
    let mut connection = stranger(&path).await;
    sqlx::raw_sql("CREATE TABLE from_the_future (x); PRAGMA user_version = 41").execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();

    let error = refused(&folder, &path).await;
    let text = error.to_string();
    assert!(matches!(error, StoreError::Newer { found: 41, known: FORMAT, .. }), "{text}");
    for part in ["data format 41", &format!("up to {FORMAT}"), env!("CARGO_PKG_VERSION"), "left as it is"] {
        assert!(text.contains(part), "{part}: {text}");
    }
}

#[tokio::test]
async fn the_newest_migration_and_the_format_are_one_number() {
    let newest = fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/migrations"))
        .unwrap()
        .filter_map(|entry| entry.unwrap().file_name().to_str()?.split('_').next()?.parse::<u32>().ok())
        .max();
    assert_eq!(newest, Some(FORMAT));
    let (_folder, path) = folder();
    Store::open(&path).await.unwrap().close().await;
    let mut connection = stranger(&path).await;
    let version: i64 = sqlx::query_scalar("PRAGMA user_version").fetch_one(&mut connection).await.unwrap();
    assert_eq!(version, i64::from(FORMAT));
}

#[tokio::test]
async fn a_damaged_file_is_said_to_be_damaged() {
    let (_folder, path) = folder();
    Store::open(&path).await.unwrap().close().await;
    let mut bytes = fs::read(&path).unwrap();
    bytes[200..].fill(0xaa);
    fs::write(&path, &bytes).unwrap();
    let error = Store::open(&path).await.expect_err("every page but its head is gone");
    assert!(matches!(error, StoreError::Damaged { .. } | StoreError::NotADatabase { .. }), "{error}");
}

/// `/sys` refuses new files even to root, for whom permissions of an ordinary folder mean nothing.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_read_only_folder_is_said_to_be_read_only() {
    let path = Path::new("/sys/thalweg.db");
    let error = Store::open(path).await.expect_err("nobody can make files there");
    assert_eq!(error, StoreError::ReadOnly { path: path.to_owned() });
    assert_eq!(
        error.to_string(),
        "/sys/thalweg.db cannot be written: the file or its folder is read-only for this user"
    );
}

/// As an ordinary user would meet it. Root may write anyway, which is a success too.
#[cfg(unix)]
#[tokio::test]
async fn a_read_only_file_is_said_to_be_read_only() {
    use std::os::unix::fs::PermissionsExt;

    let (folder, path) = folder();
    Store::open(&path).await.unwrap().close().await;
    for (target, mode) in [(path.as_path(), 0o444), (folder.path(), 0o555)] {
        fs::set_permissions(target, fs::Permissions::from_mode(mode)).unwrap();
    }
    let root = fs::write(folder.path().join("probe"), b"").is_ok();
    let opened = Store::open(&path).await;
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    match opened {
        Ok(_) => assert!(root, "an ordinary user cannot write there"),
        Err(error) => assert_eq!(error, StoreError::ReadOnly { path }),
    }
}
