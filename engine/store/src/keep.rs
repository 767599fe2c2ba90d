//! Small things worth keeping: files opened lately and preferences.

use sqlx::SqlitePool;

use crate::rows::RecentFile;

pub(crate) async fn add_recent(writer: &SqlitePool, path: &str, opened_unix_ms: i64) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO recent_file (path, opened_unix_ms) VALUES (?, ?) \
         ON CONFLICT (path) DO UPDATE SET opened_unix_ms = excluded.opened_unix_ms",
    )
    .bind(path)
    .bind(opened_unix_ms)
    .execute(writer)
    .await
    .map(drop)
}

pub(crate) async fn list_recent(readers: &SqlitePool, limit: u32) -> Result<Vec<RecentFile>, sqlx::Error> {
    let rows: Vec<(String, i64)> =
        sqlx::query_as("SELECT path, opened_unix_ms FROM recent_file ORDER BY opened_unix_ms DESC, path LIMIT ?")
            .bind(limit)
            .fetch_all(readers)
            .await?;
    Ok(rows.into_iter().map(|(path, opened_unix_ms)| RecentFile { path, opened_unix_ms }).collect())
}

pub(crate) async fn remove_recent(writer: &SqlitePool, path: &str) -> Result<bool, sqlx::Error> {
    let done = sqlx::query("DELETE FROM recent_file WHERE path = ?").bind(path).execute(writer).await?;
    Ok(done.rows_affected() > 0)
}

pub(crate) async fn preference(readers: &SqlitePool, key: &str) -> Result<Option<String>, sqlx::Error> {
    sqlx::query_scalar("SELECT value FROM preference WHERE key = ?").bind(key).fetch_optional(readers).await
}

pub(crate) async fn set_preference(writer: &SqlitePool, key: &str, value: &str) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO preference (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
    )
    .bind(key)
    .bind(value)
    .execute(writer)
    .await
    .map(drop)
}
