//! The statements about the log and the blocks.

use std::collections::BTreeMap;

use sqlx::sqlite::SqliteRow;
use sqlx::{Connection, QueryBuilder, Row, Sqlite, SqliteConnection, SqlitePool};
use thalweg_spans::block::{Column, unsqueeze};
use thalweg_spans::{Block, Header, batch_from_bytes};

use super::Fault;
use super::memory::{Fresh, News, Packed, Part, SetAside, Stand};

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

/// What the file has beyond `known` and the blocks up to `sure_to`, in one piece; nothing if it is no further. What cannot be read
/// is told and stops nothing.
pub(crate) async fn news(pool: &SqlitePool, known: Stand, sure_to: i64) -> Result<Option<(News, Stand)>, Fault> {
    let mut connection = pool.acquire().await?;
    if stand(&mut connection).await? == known {
        return Ok(None);
    }
    let mut snapshot = connection.begin().await?;
    let now = stand(&mut snapshot).await?;
    let mut news = News { aside: set_aside(&mut snapshot).await?, ..News::default() };
    news.newest_block = newest_block(&mut snapshot).await?;
    let blocks = sqlx::query(
        "SELECT id, packed_unix_ms, bytes, header FROM block WHERE id > ? \
         AND id NOT IN (SELECT id FROM set_aside WHERE part = 'block') ORDER BY id",
    )
    .bind(sure_to)
    .fetch_all(&mut *snapshot)
    .await?;
    for row in blocks {
        let (id, bytes) = (row.try_get(0)?, row.try_get::<i64, _>(2)?.cast_unsigned());
        match Header::from_bytes(&row.try_get::<Vec<u8>, _>(3)?) {
            Ok(header) => news.blocks.push(Packed { id, at_unix_ms: row.try_get(1)?, bytes, header }),
            Err(damage) => news.damaged.push((Part::Block(id), damage)),
        }
    }
    let rows = sqlx::query(
        "SELECT id, data FROM span_log WHERE id > ? \
         AND id NOT IN (SELECT id FROM set_aside WHERE part = 'log') ORDER BY id",
    )
    .bind(known.written_to)
    .fetch_all(&mut *snapshot)
    .await?;
    for row in rows {
        let (id, data) = (row.try_get(0)?, row.try_get::<Vec<u8>, _>(1)?);
        match unsqueeze(&data).and_then(|raw| batch_from_bytes(&raw)) {
            Ok(batch) => news.fresh.push(Fresh::new(id, batch)),
            Err(damage) => news.damaged.push((Part::Log(id), damage)),
        }
    }
    if now.removals != known.removals {
        // Without looking at rows: a header is longer than a page.
        let kept = "SELECT id FROM block EXCEPT SELECT id FROM set_aside WHERE part = 'block' ORDER BY id";
        news.kept = Some(sqlx::query_scalar(kept).fetch_all(&mut *snapshot).await?);
        let aside = "SELECT id FROM set_aside WHERE part = 'log' ORDER BY id";
        news.aside_rows = sqlx::query_scalar(aside).fetch_all(&mut *snapshot).await?;
    }
    Ok(Some((news, now)))
}

async fn newest_block(db: &mut SqliteConnection) -> Result<i64, Fault> {
    let newest = sqlx::query_scalar("SELECT seq FROM sqlite_sequence WHERE name = 'block'").fetch_optional(db).await?;
    Ok(newest.unwrap_or(0))
}

async fn set_aside(db: &mut SqliteConnection) -> Result<SetAside, Fault> {
    let row = sqlx::query(
        "SELECT count(*) FILTER (WHERE part = 'block'), count(*) FILTER (WHERE part = 'log') FROM set_aside",
    )
    .fetch_one(db)
    .await?;
    let count = |at: usize| row.try_get::<i64, _>(at).map(i64::cast_unsigned);
    Ok(SetAside { blocks: count(0)?, commits: count(1)? })
}

/// Leaves what cannot be read where it is, out of every question, packing and retention. Gives the number of the removal, or
/// nothing when somebody did it before.
pub(crate) async fn put_aside(pool: &SqlitePool, part: Part, detail: &str) -> Result<Option<i64>, Fault> {
    let (name, id) = match part {
        Part::Log(id) => ("log", id),
        Part::Block(id) => ("block", id),
    };
    let mut transaction = pool.begin_with("BEGIN IMMEDIATE").await?;
    // What was packed, removed or cleared meanwhile has nothing to be kept.
    let there = match part {
        Part::Log(_) => "SELECT EXISTS (SELECT 1 FROM span_log WHERE id = ?)",
        Part::Block(_) => "SELECT EXISTS (SELECT 1 FROM block WHERE id = ?)",
    };
    let there: bool = sqlx::query_scalar(there).bind(id).fetch_one(&mut *transaction).await?;
    if !there {
        return Ok(None);
    }
    let done = sqlx::query("INSERT INTO set_aside (part, id, detail) VALUES (?, ?, ?) ON CONFLICT DO NOTHING")
        .bind(name)
        .bind(id)
        .bind(detail)
        .execute(&mut *transaction)
        .await?;
    if done.rows_affected() == 0 {
        return Ok(None);
    }
    sqlx::query("UPDATE span_state SET removals = removals + 1").execute(&mut *transaction).await?;
    let removals = stand(&mut transaction).await?.removals;
    transaction.commit().await?;
    Ok(Some(removals))
}

/// Appends a row to the log; on return it is on disk.
pub(crate) async fn append(pool: &SqlitePool, data: &[u8]) -> Result<i64, Fault> {
    let done = sqlx::query("INSERT INTO span_log (data) VALUES (?)").bind(data).execute(pool).await?;
    Ok(done.last_insert_rowid())
}

/// Puts blocks in place of the rows of the log from `from` to `to`, `rows` of them; gives their numbers and bytes. Nothing if the file
/// is further or has others: then somebody else has packed.
pub(crate) async fn put_blocks(
    pool: &SqlitePool,
    blocks: &[thalweg_spans::Packed],
    from: i64,
    to: i64,
    rows: usize,
    packed_unix_ms: i64,
) -> Result<Option<Vec<(i64, u64)>>, Fault> {
    let mut transaction = pool.begin_with("BEGIN IMMEDIATE").await?;
    let there: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM span_log WHERE id <= ? AND id NOT IN (SELECT id FROM set_aside WHERE part = 'log')",
    )
    .bind(to)
    .fetch_one(&mut *transaction)
    .await?;
    if stand(&mut transaction).await?.packed_to != from || usize::try_from(there) != Ok(rows) {
        return Ok(None);
    }
    let mut put = Vec::with_capacity(blocks.len());
    for packed in blocks {
        put.push(put_block(&mut transaction, packed, to, packed_unix_ms).await?);
    }
    sqlx::query("DELETE FROM span_log WHERE id <= ? AND id NOT IN (SELECT id FROM set_aside WHERE part = 'log')")
        .bind(to)
        .execute(&mut *transaction)
        .await?;
    sqlx::query("UPDATE span_state SET packed_to = ?").bind(to).execute(&mut *transaction).await?;
    transaction.commit().await?;
    Ok(Some(put))
}

async fn put_block(
    db: &mut SqliteConnection,
    packed: &thalweg_spans::Packed,
    to: i64,
    packed_unix_ms: i64,
) -> Result<(i64, u64), Fault> {
    let header = packed.header.to_bytes();
    let bytes = (packed.size() + header.len()) as u64;
    let block = sqlx::query("INSERT INTO block (log_to, packed_unix_ms, bytes, header) VALUES (?, ?, ?, ?)")
        .bind(to)
        .bind(packed_unix_ms)
        .bind(bytes.cast_signed())
        .bind(header)
        .execute(&mut *db)
        .await?
        .last_insert_rowid();
    for (column, data) in &packed.columns {
        sqlx::query("INSERT INTO block_column (id, data) VALUES (?, ?)")
            .bind(block << COLUMN_BITS | i64::from(*column))
            .bind(data.as_slice())
            .execute(&mut *db)
            .await?;
    }
    Ok((block, bytes))
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
    let ids: Vec<i64> = wanted.iter().map(|column| block << COLUMN_BITS | i64::from(*column)).collect();
    if ids.len() <= COLUMNS_AT_ONCE {
        return columns(&rows_of(db, &ids).await?);
    }
    let mut rows = Vec::with_capacity(ids.len());
    // In one piece: a block that is removed between two statements would look as if columns were missing.
    let mut snapshot = db.begin().await?;
    for ids in ids.chunks(COLUMNS_AT_ONCE) {
        rows.extend(rows_of(&mut snapshot, ids).await?);
    }
    snapshot.commit().await?;
    columns(&rows)
}

/// Several blocks, each with these few of its columns: going to the file once for all of them.
pub(crate) async fn some_blocks(
    db: &mut SqliteConnection,
    blocks: &[i64],
    wanted: &[Column],
) -> Result<Vec<Block>, Fault> {
    let all =
        blocks.iter().flat_map(|block| wanted.iter().map(move |column| block << COLUMN_BITS | i64::from(*column)));
    let rows = rows_of(db, &all.collect::<Vec<_>>()).await?;
    let mut by_block: BTreeMap<i64, Vec<(Column, Vec<u8>)>> = BTreeMap::new();
    for row in rows {
        let id: i64 = row.try_get(0)?;
        by_block
            .entry(id >> COLUMN_BITS)
            .or_default()
            .push(((id & ((1 << COLUMN_BITS) - 1)) as Column, row.try_get(1)?));
    }
    blocks.iter().map(|block| by_block.remove(block).map(Block::new).ok_or(Fault::Gone)).collect()
}

async fn rows_of(db: &mut SqliteConnection, ids: &[i64]) -> Result<Vec<SqliteRow>, Fault> {
    let mut query = QueryBuilder::<Sqlite>::new("SELECT id, data FROM block_column WHERE id IN (");
    let mut list = query.separated(", ");
    for id in ids {
        list.push_bind(*id);
    }
    query.push(")");
    Ok(query.build().fetch_all(db).await?)
}

fn columns(rows: &[SqliteRow]) -> Result<Block, Fault> {
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

/// Removes every span, packed or not; tells how far the file is then, and up to which number blocks are gone.
pub(crate) async fn clear(pool: &SqlitePool) -> Result<(Stand, i64), Fault> {
    let mut transaction = pool.begin_with("BEGIN IMMEDIATE").await?;
    // Without a condition SQLite gives whole pages back and looks at no row.
    for all in ["DELETE FROM span_log", "DELETE FROM block", "DELETE FROM block_column", "DELETE FROM set_aside"] {
        sqlx::query(all).execute(&mut *transaction).await?;
    }
    let written_to = stand(&mut transaction).await?.written_to;
    sqlx::query("UPDATE span_state SET packed_to = ?, removals = removals + 1")
        .bind(written_to)
        .execute(&mut *transaction)
        .await?;
    let (now, newest) = (stand(&mut transaction).await?, newest_block(&mut transaction).await?);
    transaction.commit().await?;
    Ok((now, newest))
}
