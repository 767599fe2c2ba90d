//! Kept runs: written whole, listed without what is large in them, thrown away by age.

use sqlx::{Row, SqliteConnection, SqlitePool, sqlite::SqliteRow};

use crate::rows::{KeptRunBody, KeptRunRow, NewRun, Retention};

/// What a list reads, in the order of [`row`].
const LISTED: &str = "id, document, name, pinned, started_unix_ms, took_ms, version, scenario, seed, replications, \
                      settings, figures";

/// Adds a run and throws away what is too much of its document then; gives its number.
pub(crate) async fn keep(writer: &SqlitePool, run: &NewRun, retention: &Retention) -> Result<i64, sqlx::Error> {
    let mut transaction = writer.begin_with("BEGIN IMMEDIATE").await?;
    let bytes = i64::try_from(run.flow.len() + run.result.len()).unwrap_or(i64::MAX);
    let id = sqlx::query_scalar(
        "INSERT INTO run (document, started_unix_ms, took_ms, version, scenario, seed, replications, settings, figures, \
         bytes, flow, result) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id",
    )
    .bind(&run.document)
    .bind(run.started_unix_ms)
    .bind(run.took_ms)
    .bind(&run.version)
    .bind(&run.scenario)
    .bind(run.seed.cast_signed())
    .bind(run.replications)
    .bind(&run.settings)
    .bind(&run.figures)
    .bind(bytes)
    .bind(run.flow.as_slice())
    .bind(run.result.as_slice())
    .fetch_one(&mut *transaction)
    .await?;
    thin_out(&mut transaction, &run.document, retention).await?;
    // A full disk has rolled back already; then dropping the transaction has nothing to do.
    transaction.commit().await?;
    Ok(id)
}

/// The newest of the runs that are not pinned stay, as many as may and as many bytes as may, but at least one.
async fn thin_out(db: &mut SqliteConnection, document: &str, retention: &Retention) -> Result<(), sqlx::Error> {
    sqlx::query(
        "DELETE FROM run WHERE id IN ( \
             SELECT id FROM ( \
                 SELECT id, row_number() OVER newest AS place, sum(bytes) OVER newest AS taken \
                 FROM run WHERE document = ? AND pinned = 0 WINDOW newest AS (ORDER BY id DESC) \
             ) WHERE place > ? OR (place > 1 AND taken > ?))",
    )
    .bind(document)
    .bind(retention.runs)
    .bind(retention.bytes)
    .execute(db)
    .await
    .map(drop)
}

/// Those that are not deleted: pinned ones first, newest first.
pub(crate) async fn list(readers: &SqlitePool, document: &str) -> Result<Vec<KeptRunRow>, sqlx::Error> {
    let query = format!(
        "SELECT {LISTED} FROM run WHERE document = ? AND deleted_unix_ms IS NULL ORDER BY pinned DESC, id DESC"
    );
    sqlx::query(sqlx::AssertSqlSafe(query)).bind(document).fetch_all(readers).await?.iter().map(row).collect()
}

/// One run of a document with all that belongs to it; a deleted one too.
pub(crate) async fn read(
    readers: &SqlitePool,
    document: &str,
    id: i64,
) -> Result<Option<(KeptRunRow, KeptRunBody)>, sqlx::Error> {
    let query = format!("SELECT {LISTED}, flow, result FROM run WHERE id = ? AND document = ?");
    let found = sqlx::query(sqlx::AssertSqlSafe(query)).bind(id).bind(document).fetch_optional(readers).await?;
    found
        .map(|found| Ok((row(&found)?, KeptRunBody { flow: found.try_get(12)?, result: found.try_get(13)? })))
        .transpose()
}

fn row(row: &SqliteRow) -> Result<KeptRunRow, sqlx::Error> {
    Ok(KeptRunRow {
        id: row.try_get(0)?,
        document: row.try_get(1)?,
        name: row.try_get(2)?,
        pinned: row.try_get(3)?,
        started_unix_ms: row.try_get(4)?,
        took_ms: row.try_get(5)?,
        version: row.try_get(6)?,
        scenario: row.try_get(7)?,
        seed: row.try_get::<i64, _>(8)?.cast_unsigned(),
        replications: row.try_get(9)?,
        settings: row.try_get(10)?,
        figures: row.try_get(11)?,
    })
}

/// Gives a run of a document a name; whether there is such a run.
pub(crate) async fn name(writer: &SqlitePool, document: &str, id: i64, name: &str) -> Result<bool, sqlx::Error> {
    let query = sqlx::query("UPDATE run SET name = ? WHERE id = ? AND document = ?");
    let done = query.bind(name).bind(id).bind(document).execute(writer).await?;
    Ok(done.rows_affected() > 0)
}

pub(crate) async fn pin(writer: &SqlitePool, document: &str, id: i64, pinned: bool) -> Result<bool, sqlx::Error> {
    let query = sqlx::query("UPDATE run SET pinned = ? WHERE id = ? AND document = ?");
    let done = query.bind(pinned).bind(id).bind(document).execute(writer).await?;
    Ok(done.rows_affected() > 0)
}

/// Takes a run out of the list at this time, or brings it back.
pub(crate) async fn delete(
    writer: &SqlitePool,
    document: &str,
    id: i64,
    at_unix_ms: Option<i64>,
) -> Result<bool, sqlx::Error> {
    let query = sqlx::query("UPDATE run SET deleted_unix_ms = ? WHERE id = ? AND document = ?");
    let done = query.bind(at_unix_ms).bind(id).bind(document).execute(writer).await?;
    Ok(done.rows_affected() > 0)
}

/// How many runs of a document are pinned.
pub(crate) async fn pinned(readers: &SqlitePool, document: &str) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar("SELECT count(*) FROM run WHERE document = ? AND pinned = 1 AND deleted_unix_ms IS NULL")
        .bind(document)
        .fetch_one(readers)
        .await
}

/// Gives all runs of a document to another one; whether there were any.
pub(crate) async fn hand_over(writer: &SqlitePool, from: &str, to: &str) -> Result<bool, sqlx::Error> {
    let done =
        sqlx::query("UPDATE run SET document = ? WHERE document = ?").bind(to).bind(from).execute(writer).await?;
    Ok(done.rows_affected() > 0)
}

/// Throws away for good what was deleted before one time, and what belongs to documents with this prefix, which were never
/// saved, from before another.
pub(crate) async fn clear_away(
    writer: &SqlitePool,
    deleted_before_unix_ms: i64,
    never_saved: &str,
    started_before_unix_ms: i64,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "DELETE FROM run WHERE deleted_unix_ms < ? OR (substr(document, 1, length(?)) = ? AND started_unix_ms < ?)",
    )
    .bind(deleted_before_unix_ms)
    .bind(never_saved)
    .bind(never_saved)
    .bind(started_before_unix_ms)
    .execute(writer)
    .await
    .map(drop)
}
