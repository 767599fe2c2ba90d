//! The statements about the log and the blocks.

use sqlx::{Connection, QueryBuilder, Row, Sqlite, SqliteConnection, SqlitePool};
use thalweg_spans::block::{Column, unsqueeze};
use thalweg_spans::{Block, Header, batch_from_bytes};

use super::Fault;
use super::memory::{Fresh, News, Packed, Stand};

/// A column's row is `block << COLUMN_BITS | column`.
const COLUMN_BITS: i64 = 12;

/// Columns fetched with one statement. A block of spans with many keys has more.
const COLUMNS_AT_ONCE: usize = 64;

/// How far the file is.
pub(crate) async fn stand(db: &mut SqliteConnection) -> Result<Stand, Fault> {
    let row = sqlx::query(
        "SELECT packed_to, removals, \
         coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'span_log'), 0) FROM span_state",
    )
    .fetch_one(db)
    .await?;
    Ok(Stand { packed_to: row.try_get(0)?, removals: row.try_get(1)?, written_to: row.try_get(2)? })
}

/// What the file has beyond `known` and the block `last_block`, in one piece; nothing if it is no further.
pub(crate) async fn news(pool: &SqlitePool, known: Stand, last_block: i64) -> Result<Option<(News, Stand)>, Fault> {
    let mut connection = pool.acquire().await?;
    if stand(&mut connection).await? == known {
        return Ok(None);
    }
    let mut snapshot = connection.begin().await?;
    let now = stand(&mut snapshot).await?;
    let mut news = News::default();
    let blocks = sqlx::query("SELECT id, packed_unix_ms, bytes, header FROM block WHERE id > ? ORDER BY id")
        .bind(last_block)
        .fetch_all(&mut *snapshot)
        .await?;
    for row in blocks {
        let header = Header::from_bytes(&row.try_get::<Vec<u8>, _>(3)?)?;
        let bytes = row.try_get::<i64, _>(2)?.cast_unsigned();
        news.blocks.push(Packed { id: row.try_get(0)?, at_unix_ms: row.try_get(1)?, bytes, header });
    }
    let rows = sqlx::query("SELECT id, data FROM span_log WHERE id > ? ORDER BY id")
        .bind(known.written_to)
        .fetch_all(&mut *snapshot)
        .await?;
    for row in rows {
        let raw = unsqueeze(&row.try_get::<Vec<u8>, _>(1)?)?;
        news.fresh.push(Fresh::new(row.try_get(0)?, batch_from_bytes(&raw)?));
    }
    if now.removals != known.removals {
        news.kept = Some(sqlx::query_scalar("SELECT id FROM block ORDER BY id").fetch_all(&mut *snapshot).await?);
    }
    Ok(Some((news, now)))
}

/// Appends a row to the log; on return it is on disk.
pub(crate) async fn append(pool: &SqlitePool, data: &[u8]) -> Result<i64, Fault> {
    let done = sqlx::query("INSERT INTO span_log (data) VALUES (?)").bind(data).execute(pool).await?;
    Ok(done.last_insert_rowid())
}

/// Puts a block in place of the rows of the log from `from` to `to`, `rows` of them. Nothing if the file is further or
/// has others: then somebody else has packed.
pub(crate) async fn put_block(
    pool: &SqlitePool,
    packed: &thalweg_spans::Packed,
    from: i64,
    to: i64,
    rows: usize,
    packed_unix_ms: i64,
) -> Result<Option<(i64, u64)>, Fault> {
    let header = packed.header.to_bytes();
    let bytes = packed.size() + header.len();
    let mut transaction = pool.begin_with("BEGIN IMMEDIATE").await?;
    let there: i64 =
        sqlx::query_scalar("SELECT count(*) FROM span_log WHERE id <= ?").bind(to).fetch_one(&mut *transaction).await?;
    if stand(&mut transaction).await?.packed_to != from || usize::try_from(there) != Ok(rows) {
        return Ok(None);
    }
    let block = sqlx::query("INSERT INTO block (log_to, packed_unix_ms, bytes, header) VALUES (?, ?, ?, ?)")
        .bind(to)
        .bind(packed_unix_ms)
        .bind((bytes as u64).cast_signed())
        .bind(header)
        .execute(&mut *transaction)
        .await?
        .last_insert_rowid();
    for (column, data) in &packed.columns {
        sqlx::query("INSERT INTO block_column (id, data) VALUES (?, ?)")
            .bind(block << COLUMN_BITS | i64::from(*column))
            .bind(data.as_slice())
            .execute(&mut *transaction)
            .await?;
    }
    sqlx::query("DELETE FROM span_log WHERE id <= ?").bind(to).execute(&mut *transaction).await?;
    sqlx::query("UPDATE span_state SET packed_to = ?").bind(to).execute(&mut *transaction).await?;
    transaction.commit().await?;
    Ok(Some((block, bytes as u64)))
}

/// A block with all of its columns.
pub(crate) async fn whole_block(db: &mut SqliteConnection, block: i64) -> Result<Block, Fault> {
    let rows = sqlx::query("SELECT id, data FROM block_column WHERE id BETWEEN ? AND ?")
        .bind(block << COLUMN_BITS)
        .bind(((block + 1) << COLUMN_BITS) - 1)
        .fetch_all(db)
        .await?;
    columns(&rows)
}

/// A block with these of its columns, as far as it has them.
pub(crate) async fn some_columns(db: &mut SqliteConnection, block: i64, wanted: &[Column]) -> Result<Block, Fault> {
    let mut rows = Vec::with_capacity(wanted.len());
    for wanted in wanted.chunks(COLUMNS_AT_ONCE) {
        let mut query = QueryBuilder::<Sqlite>::new("SELECT id, data FROM block_column WHERE id IN (");
        let mut list = query.separated(", ");
        for column in wanted {
            list.push_bind(block << COLUMN_BITS | i64::from(*column));
        }
        query.push(")");
        rows.extend(query.build().fetch_all(&mut *db).await?);
    }
    columns(&rows)
}

fn columns(rows: &[sqlx::sqlite::SqliteRow]) -> Result<Block, Fault> {
    if rows.is_empty() {
        return Err(Fault::Gone);
    }
    let mut columns = Vec::with_capacity(rows.len());
    for row in rows {
        let number = row.try_get::<i64, _>(0)? & ((1 << COLUMN_BITS) - 1);
        columns.push((number as Column, row.try_get(1)?));
    }
    Ok(Block::new(columns))
}

/// Removes a block; gives the number of the removal.
pub(crate) async fn remove_block(pool: &SqlitePool, block: i64) -> Result<i64, Fault> {
    let mut transaction = pool.begin_with("BEGIN IMMEDIATE").await?;
    sqlx::query("DELETE FROM block_column WHERE id BETWEEN ? AND ?")
        .bind(block << COLUMN_BITS)
        .bind(((block + 1) << COLUMN_BITS) - 1)
        .execute(&mut *transaction)
        .await?;
    sqlx::query("DELETE FROM block WHERE id = ?").bind(block).execute(&mut *transaction).await?;
    sqlx::query("UPDATE span_state SET removals = removals + 1").execute(&mut *transaction).await?;
    let removals = stand(&mut transaction).await?.removals;
    transaction.commit().await?;
    Ok(removals)
}

/// Removes every span, packed or not; tells how far the file is then.
pub(crate) async fn clear(pool: &SqlitePool) -> Result<Stand, Fault> {
    let mut transaction = pool.begin_with("BEGIN IMMEDIATE").await?;
    // Without a condition SQLite gives whole pages back and looks at no row.
    for all in ["DELETE FROM span_log", "DELETE FROM block", "DELETE FROM block_column"] {
        sqlx::query(all).execute(&mut *transaction).await?;
    }
    let written_to = stand(&mut transaction).await?.written_to;
    sqlx::query("UPDATE span_state SET packed_to = ?, removals = removals + 1")
        .bind(written_to)
        .execute(&mut *transaction)
        .await?;
    let now = stand(&mut transaction).await?;
    transaction.commit().await?;
    Ok(now)
}
