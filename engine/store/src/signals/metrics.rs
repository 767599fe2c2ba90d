//! Metrics: points in, packed now and then, and questions about them.
//!
//! A commit adds one row at the end of `metric_fresh`, whatever series its points are of. When many have come together they are
//! sorted by series, compressed and moved to `metric_chunk`, one row a series. A question reads the chunks of its series and all
//! that is fresh.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Row, Sqlite, SqliteConnection, SqlitePool};

use super::chunks::chunks;
use super::logs::Senders;
use super::pack::{self, damaged};
use super::rows::{MetricName, PointBatch, SeriesRow, SignalsWritten, StoredMetrics, StoredPoint, StoredSeries};
use super::surplus;
use super::writer::{Known, ids_of, refers_to_nothing};
use crate::rows::{time_from_sql, time_to_sql};

/// Series that are kept apart. A sender that makes a new one for every message is refused beyond it: its points would cost
/// hundreds of bytes each, and a list of them is no list.
pub const METRIC_SERIES: u64 = 100_000;

/// Chunks that are kept; the oldest by arrival go.
pub(super) const KEPT: i64 = 2_000_000;

/// Chunks removed at once: a short transaction between two groups.
const REMOVED_AT_ONCE: i64 = 10_000;

/// What is fresh is packed at this many bytes or rows: every question reads all of it.
const FRESH_BYTES: usize = 4 << 20;
const FRESH_ROWS: usize = 4096;

/// How much is fresh, about: what was found at the first look, and what this process wrote since.
#[derive(Debug, Default)]
pub(super) struct Fresh {
    looked: AtomicBool,
    bytes: AtomicUsize,
    rows: AtomicUsize,
}

impl Fresh {
    fn add(&self, bytes: usize, rows: usize) {
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
        self.rows.fetch_add(rows, Ordering::Relaxed);
    }

    /// Takes in what was left behind, by a process that ended before there was enough of it.
    async fn look(&self, writer: &SqlitePool) -> Result<(), sqlx::Error> {
        if self.looked.load(Ordering::Relaxed) {
            return Ok(());
        }
        let (bytes, rows): (i64, i64) =
            sqlx::query_as("SELECT coalesce(sum(length(data)), 0), count(*) FROM metric_fresh")
                .fetch_one(writer)
                .await?;
        self.looked.store(true, Ordering::Relaxed);
        self.add(usize::try_from(bytes).unwrap_or(usize::MAX / 2), usize::try_from(rows).unwrap_or(usize::MAX / 2));
        Ok(())
    }
}

pub(super) async fn put(
    db: &mut SqliteConnection,
    known: &mut Known,
    fresh: &Fresh,
    batches: &[(usize, &PointBatch)],
    written: &mut [SignalsWritten],
) -> Result<(), sqlx::Error> {
    let mut by_series: BTreeMap<i64, Vec<(u64, &[u8])>> = BTreeMap::new();
    for (job, batch) in batches {
        let ids = series_ids(db, known, batch).await?;
        for point in &batch.points {
            match ids.get(point.series) {
                Some(Some(id)) => by_series.entry(*id).or_default().push((point.time_ns, &point.body)),
                Some(None) => {
                    written[*job].added -= 1;
                    written[*job].refused += 1;
                }
                None => return Err(refers_to_nothing()),
            }
        }
    }
    if by_series.is_empty() {
        return Ok(());
    }
    let mut data = Vec::new();
    for (series, points) in &by_series {
        pack::put_run(&mut data, *series, points.iter().copied());
    }
    sqlx::query("INSERT INTO metric_fresh (data) VALUES (?)").bind(&data).execute(db).await?;
    fresh.add(data.len(), 1);
    Ok(())
}

/// The number of each of a batch's series; none for those beyond [`METRIC_SERIES`].
async fn series_ids(
    db: &mut SqliteConnection,
    known: &mut Known,
    batch: &PointBatch,
) -> Result<Vec<Option<i64>>, sqlx::Error> {
    let (resources, scopes) = ids_of(db, known, &batch.resources, &batch.scopes).await?;
    let mut ids = Vec::with_capacity(batch.series.len());
    for series in &batch.series {
        let (Some(&resource), Some(&scope)) = (resources.get(series.resource), scopes.get(series.scope)) else {
            return Err(refers_to_nothing());
        };
        let key = SeriesRow { resource: resource as usize, scope: scope as usize, about: Vec::new(), ..series.clone() };
        if let Some(&id) = known.series.get(&key) {
            ids.push(Some(id));
            continue;
        }
        let mut id = known_id(db, series, resource, scope).await?;
        if id.is_none() && known.has_room_for_series(db).await? {
            id = Some(new_id(db, series, resource, scope).await?);
            known.added_series();
        }
        if let Some(id) = id {
            known.remember_series(key, id);
        }
        ids.push(id);
    }
    Ok(ids)
}

async fn known_id(
    db: &mut SqliteConnection,
    series: &SeriesRow,
    resource: i64,
    scope: i64,
) -> Result<Option<i64>, sqlx::Error> {
    sqlx::query_scalar(
        "UPDATE metric_series SET about = ? \
         WHERE name = ? AND unit = ? AND kind = ? AND resource = ? AND scope = ? AND attributes = ? RETURNING id",
    )
    .bind(&series.about)
    .bind(&series.name)
    .bind(&series.unit)
    .bind(series.kind)
    .bind(resource)
    .bind(scope)
    .bind(&series.attributes)
    .fetch_optional(db)
    .await
}

async fn new_id(db: &mut SqliteConnection, series: &SeriesRow, resource: i64, scope: i64) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar(
        "INSERT INTO metric_series (name, unit, kind, resource, scope, attributes, about) \
         VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING id",
    )
    .bind(&series.name)
    .bind(&series.unit)
    .bind(series.kind)
    .bind(resource)
    .bind(scope)
    .bind(&series.attributes)
    .bind(&series.about)
    .fetch_one(db)
    .await
}

/// Packs what is fresh when there is much of it.
pub(super) async fn pack_if_worth(writer: &SqlitePool, fresh: &Fresh) -> Result<(), sqlx::Error> {
    fresh.look(writer).await?;
    if fresh.bytes.load(Ordering::Relaxed) < FRESH_BYTES && fresh.rows.load(Ordering::Relaxed) < FRESH_ROWS {
        return Ok(());
    }
    // What is written from here on may be packed and counted all the same: then the next time comes a little sooner.
    let (bytes, rows) = (fresh.bytes.swap(0, Ordering::Relaxed), fresh.rows.swap(0, Ordering::Relaxed));
    let packed = pack(writer).await;
    if packed.is_err() {
        fresh.add(bytes, rows);
    }
    packed
}

/// One series' points that become a chunk.
struct Packed {
    series: i64,
    points: i64,
    first_ns: u64,
    last_ns: u64,
    last: Vec<u8>,
    data: Vec<u8>,
}

/// Moves everything fresh into chunks, in one transaction.
async fn pack(writer: &SqlitePool) -> Result<(), sqlx::Error> {
    let mut transaction = writer.begin_with("BEGIN IMMEDIATE").await?;
    let rows: Vec<Vec<u8>> =
        sqlx::query_scalar("SELECT data FROM metric_fresh ORDER BY id").fetch_all(&mut *transaction).await?;
    // Sorting and compressing some megabytes is no work for a thread that serves others.
    let packed = tokio::task::spawn_blocking(move || packed(&rows)).await.map_err(|_| damaged())??;
    for chunk in chunks(&packed) {
        let mut query =
            QueryBuilder::<Sqlite>::new("INSERT INTO metric_chunk (series, first_ns, last_ns, points, data) ");
        query.push_values(chunk, |mut tuple, packed| {
            tuple
                .push_bind(packed.series)
                .push_bind(time_to_sql(packed.first_ns))
                .push_bind(time_to_sql(packed.last_ns))
                .push_bind(packed.points)
                .push_bind(packed.data.as_slice());
        });
        query.build().execute(&mut *transaction).await?;
        // As many rows at once as above: one statement a series would mostly measure the way to the database's thread.
        let mut query = QueryBuilder::<Sqlite>::new("WITH arrived (id, count, earliest, newest, body) AS (");
        query.push_values(chunk, |mut tuple, packed| {
            tuple
                .push_bind(packed.series)
                .push_bind(packed.points)
                .push_bind(time_to_sql(packed.first_ns))
                .push_bind(time_to_sql(packed.last_ns))
                .push_bind(packed.last.as_slice());
        });
        query.push(
            ") UPDATE metric_series SET \
             first_ns = CASE WHEN points = 0 THEN earliest ELSE min(first_ns, earliest) END, \
             last = CASE WHEN points = 0 OR newest >= last_ns THEN body ELSE last END, \
             last_ns = CASE WHEN points = 0 THEN newest ELSE max(last_ns, newest) END, \
             points = points + count \
             FROM arrived WHERE metric_series.id = arrived.id",
        );
        query.build().execute(&mut *transaction).await?;
    }
    sqlx::query("DELETE FROM metric_fresh").execute(&mut *transaction).await?;
    transaction.commit().await
}

fn packed(rows: &[Vec<u8>]) -> Result<Vec<Packed>, sqlx::Error> {
    let mut by_series: BTreeMap<i64, Vec<StoredPoint>> = BTreeMap::new();
    for row in rows {
        pack::runs(row, |series, time_ns, body| {
            by_series.entry(series).or_default().push(StoredPoint { series, time_ns, body: body.to_vec() });
        })?;
    }
    Ok(by_series
        .into_iter()
        .filter_map(|(series, mut points)| {
            // Stable: of two points of one time the later stays the later.
            points.sort_by_key(|point| point.time_ns);
            let (first, last) = (points.first()?, points.last()?);
            Some(Packed {
                series,
                points: i64::try_from(points.len()).unwrap_or(i64::MAX),
                first_ns: first.time_ns,
                last_ns: last.time_ns,
                last: last.body.clone(),
                data: pack::chunk(series, &points),
            })
        })
        .collect())
}

/// Removes the oldest chunks beyond what is kept, as many as one short transaction takes, and series that have no point any more;
/// whether there may be more.
pub(super) async fn remove_surplus(writer: &SqlitePool, kept: i64) -> Result<bool, sqlx::Error> {
    let ends = "SELECT (SELECT min(id) FROM metric_chunk), (SELECT max(id) FROM metric_chunk)";
    let Some(end) = surplus::before(writer, ends, kept, REMOVED_AT_ONCE).await? else { return Ok(false) };
    let mut transaction = writer.begin_with("BEGIN IMMEDIATE").await?;
    // A series has as many chunks as times it was packed: to look at all of them would be no short transaction. The earliest point
    // left lies in one of the first by their last points, unless very many of the others hold points that came late.
    sqlx::query(
        "UPDATE metric_series SET points = metric_series.points - gone.points, first_ns = coalesce( \
         (SELECT min(first_ns) FROM (SELECT first_ns FROM metric_chunk \
         WHERE series = metric_series.id AND id >= ? ORDER BY last_ns LIMIT 4)), metric_series.first_ns) FROM \
         (SELECT series, sum(points) AS points FROM metric_chunk WHERE id < ? GROUP BY series) AS gone \
         WHERE metric_series.id = gone.series",
    )
    .bind(end)
    .bind(end)
    .execute(&mut *transaction)
    .await?;
    sqlx::query("DELETE FROM metric_chunk WHERE id < ?").bind(end).execute(&mut *transaction).await?;
    remove_empty_series(&mut transaction).await?;
    transaction.commit().await?;
    Ok(true)
}

/// Removes the series that have no point, packed or fresh.
async fn remove_empty_series(db: &mut SqliteConnection) -> Result<(), sqlx::Error> {
    let mut empty: BTreeSet<i64> = sqlx::query_scalar("SELECT id FROM metric_series WHERE points <= 0")
        .fetch_all(&mut *db)
        .await?
        .into_iter()
        .collect();
    if empty.is_empty() {
        return Ok(());
    }
    each_fresh(db, |series, _, _| {
        empty.remove(&series);
    })
    .await?;
    let empty: Vec<i64> = empty.into_iter().collect();
    for chunk in chunks(&empty) {
        let mut query = QueryBuilder::<Sqlite>::new("DELETE FROM metric_series WHERE id IN (");
        let mut list = query.separated(", ");
        for id in chunk {
            list.push_bind(*id);
        }
        query.push(")");
        query.build().execute(&mut *db).await?;
    }
    if !empty.is_empty() {
        sqlx::query("UPDATE signal_state SET removals = removals + 1").execute(db).await?;
    }
    Ok(())
}

/// What the fresh points of a series add to what is known of it.
struct Newer {
    points: u64,
    first_ns: u64,
    last_ns: u64,
    last: Vec<u8>,
}

/// What each series is of and who sends it: of as many as there may be, but nothing of their points.
pub(super) async fn names(pool: &SqlitePool) -> Result<Vec<MetricName>, sqlx::Error> {
    let sql = "SELECT s.name, s.unit, s.kind, s.about, r.service \
               FROM metric_series AS s JOIN signal_resource AS r ON r.id = s.resource ORDER BY s.name, s.id";
    let rows = sqlx::query(sql).fetch_all(pool).await?;
    let name = |row: &SqliteRow| {
        Ok(MetricName {
            name: row.try_get(0)?,
            unit: row.try_get(1)?,
            kind: row.try_get(2)?,
            about: row.try_get(3)?,
            service: row.try_get(4)?,
        })
    };
    rows.iter().map(name).collect()
}

/// All series, or those of some metrics, that have points; at most `limit`.
pub(super) async fn series(
    pool: &SqlitePool,
    names: Option<&[&str]>,
    limit: u32,
) -> Result<StoredMetrics, sqlx::Error> {
    let mut snapshot = pool.begin().await?;
    let mut newer: BTreeMap<i64, Newer> = BTreeMap::new();
    each_fresh(&mut snapshot, |series, time_ns, body| {
        let newer = newer.entry(series).or_insert_with(|| Newer {
            points: 0,
            first_ns: time_ns,
            last_ns: time_ns,
            last: Vec::new(),
        });
        newer.points += 1;
        newer.first_ns = newer.first_ns.min(time_ns);
        if time_ns >= newer.last_ns {
            newer.last_ns = time_ns;
            newer.last = body.to_vec();
        }
    })
    .await?;
    let rows = series_rows(&mut snapshot, names, limit).await?;
    let (mut senders, mut series) = (Senders::default(), Vec::with_capacity(rows.len()));
    for row in &rows {
        let Some(mut found) = stored_series(row, &mut newer)? else { continue };
        found.row.resource = senders.resource(&mut snapshot, row.try_get(1)?).await?;
        found.row.scope = senders.scope(&mut snapshot, row.try_get(2)?).await?;
        series.push(found);
    }
    Ok(StoredMetrics { resources: senders.resources, scopes: senders.scopes, series })
}

/// The rows of all series, or of those of some metrics, by name and number.
async fn series_rows(
    db: &mut SqliteConnection,
    names: Option<&[&str]>,
    limit: u32,
) -> Result<Vec<SqliteRow>, sqlx::Error> {
    let select = "SELECT id, resource, scope, name, unit, kind, attributes, about, points, first_ns, last_ns, last \
                  FROM metric_series";
    let Some(names) = names else {
        let mut sql = QueryBuilder::<Sqlite>::new(select);
        sql.push(" ORDER BY name, id LIMIT ").push_bind(i64::from(limit));
        return sql.build().fetch_all(db).await;
    };
    let mut names = names.to_vec();
    names.sort_unstable();
    names.dedup();
    let mut rows = Vec::new();
    for chunk in chunks(&names) {
        let left = i64::from(limit).saturating_sub_unsigned(rows.len() as u64);
        let mut sql = QueryBuilder::<Sqlite>::new(select);
        sql.push(" WHERE name IN (");
        let mut list = sql.separated(", ");
        for name in chunk {
            list.push_bind((*name).to_owned());
        }
        sql.push(") ORDER BY name, id LIMIT ").push_bind(left.max(0));
        rows.append(&mut sql.build().fetch_all(&mut *db).await?);
    }
    Ok(rows)
}

/// Nothing for a series without points: those it had were removed.
fn stored_series(row: &SqliteRow, newer: &mut BTreeMap<i64, Newer>) -> Result<Option<StoredSeries>, sqlx::Error> {
    let id = row.try_get(0)?;
    let mut series = StoredSeries {
        id,
        row: SeriesRow {
            name: row.try_get(3)?,
            unit: row.try_get(4)?,
            kind: row.try_get(5)?,
            resource: 0,
            scope: 0,
            attributes: row.try_get(6)?,
            about: row.try_get(7)?,
        },
        points: row.try_get::<i64, _>(8)?.max(0).cast_unsigned(),
        first_ns: time_from_sql(row.try_get(9)?),
        last_ns: time_from_sql(row.try_get(10)?),
        last: row.try_get::<Option<Vec<u8>>, _>(11)?.unwrap_or_default(),
    };
    if let Some(newer) = newer.remove(&id) {
        let none = series.points == 0;
        series.points += newer.points;
        series.first_ns = if none { newer.first_ns } else { series.first_ns.min(newer.first_ns) };
        if none || newer.last_ns >= series.last_ns {
            series.last_ns = newer.last_ns;
            series.last = newer.last;
        }
    }
    Ok((series.points > 0).then_some(series))
}

/// The points of some series in a range of times, by series and time. Of more than `most` the newest.
pub(super) async fn points(
    pool: &SqlitePool,
    series: &[i64],
    range: RangeInclusive<u64>,
    most: usize,
) -> Result<Vec<StoredPoint>, sqlx::Error> {
    let wanted: BTreeSet<i64> = series.iter().copied().collect();
    let mut snapshot = pool.begin().await?;
    let mut found: Vec<StoredPoint> = Vec::new();
    for id in &wanted {
        let sql = "SELECT id, last_ns FROM metric_chunk WHERE series = ? AND last_ns >= ? AND first_ns <= ? \
                   ORDER BY last_ns DESC, id DESC";
        let chunks: Vec<(i64, i64)> = sqlx::query_as(sql)
            .bind(id)
            .bind(time_to_sql(*range.start()))
            .bind(time_to_sql(*range.end()))
            .fetch_all(&mut *snapshot)
            .await?;
        let mut of_series: Vec<StoredPoint> = Vec::new();
        for (chunk, last) in chunks {
            // Chunks may overlap: enough are those that no later chunk has a newer one than.
            let last = time_from_sql(last);
            if of_series.len() >= most
                && of_series.iter().filter(|point| point.time_ns > last).nth(most.saturating_sub(1)).is_some()
            {
                break;
            }
            let data: Vec<u8> = sqlx::query_scalar("SELECT data FROM metric_chunk WHERE id = ?")
                .bind(chunk)
                .fetch_one(&mut *snapshot)
                .await?;
            pack::runs(&pack::unpacked(&data)?, |series, time_ns, body| {
                if range.contains(&time_ns) {
                    of_series.push(StoredPoint { series, time_ns, body: body.to_vec() });
                }
            })?;
        }
        found.append(&mut of_series);
        // Many series, each with as many as are wanted, are not held at once.
        if found.len() / 2 > most {
            keep_newest(&mut found, most);
        }
    }
    each_fresh(&mut snapshot, |series, time_ns, body| {
        if wanted.contains(&series) && range.contains(&time_ns) {
            found.push(StoredPoint { series, time_ns, body: body.to_vec() });
        }
    })
    .await?;
    keep_newest(&mut found, most);
    found.sort_by_key(|point| (point.series, point.time_ns));
    Ok(found)
}

fn keep_newest(points: &mut Vec<StoredPoint>, most: usize) {
    if points.len() > most {
        points.sort_by_key(|point| std::cmp::Reverse(point.time_ns));
        points.truncate(most);
    }
}

async fn each_fresh(db: &mut SqliteConnection, mut each: impl FnMut(i64, u64, &[u8])) -> Result<(), sqlx::Error> {
    let rows: Vec<Vec<u8>> = sqlx::query_scalar("SELECT data FROM metric_fresh ORDER BY id").fetch_all(db).await?;
    rows.iter().try_for_each(|row| pack::runs(row, &mut each))
}

/// Removes every point and series.
pub(super) async fn clear(pool: &SqlitePool) -> Result<(), sqlx::Error> {
    let mut transaction = pool.begin_with("BEGIN IMMEDIATE").await?;
    // Without a condition SQLite gives whole pages back and looks at no row.
    for sql in [
        "DELETE FROM metric_fresh",
        "DELETE FROM metric_chunk",
        "DELETE FROM metric_series",
        "UPDATE signal_state SET removals = removals + 1",
    ] {
        sqlx::query(sql).execute(&mut *transaction).await?;
    }
    transaction.commit().await?;
    super::senders::remove_unnamed(pool).await
}
