//! What is asked of the stored traces.

use std::collections::BTreeMap;

use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Row, Sqlite, SqliteConnection, SqlitePool};

use crate::rows::{ResourceRow, StoredTrace, TraceCursor, TracePage, TraceRow, time_from_sql};
use crate::tables::{chunks, span_from_row};

pub(crate) async fn list(pool: &SqlitePool, limit: u32, before: Option<TraceCursor>) -> Result<TracePage, sqlx::Error> {
    let mut snapshot = pool.begin().await?;
    let before = before.unwrap_or(TraceCursor { start: i64::MAX, id: i64::MAX });
    // One more than asked tells whether there is a next page.
    let rows = sqlx::query(
        "SELECT trace.id, trace_id, start_ns, end_ns, spans, errors, root_name, service \
         FROM trace JOIN resource ON resource.id = root_resource \
         WHERE (start_ns, trace.id) < (?, ?) ORDER BY start_ns DESC, trace.id DESC LIMIT ?",
    )
    .bind(before.start)
    .bind(before.id)
    .bind(i64::from(limit) + 1)
    .fetch_all(&mut *snapshot)
    .await?;
    let more = rows.len() > limit as usize;
    let rows = &rows[..rows.len().min(limit as usize)];
    let traces = trace_rows(&mut snapshot, rows).await?;
    let place = |row: &SqliteRow| Ok(TraceCursor { start: row.try_get(2)?, id: row.try_get(0)? });
    let places = rows.iter().map(place).collect::<Result<Vec<_>, sqlx::Error>>()?;
    let next = places.last().copied().filter(|_| more);
    Ok(TracePage { traces, places, next })
}

/// Those of the named traces that there are, newest first.
pub(crate) async fn some(pool: &SqlitePool, trace_ids: &[[u8; 16]]) -> Result<Vec<TraceRow>, sqlx::Error> {
    let mut snapshot = pool.begin().await?;
    let mut traces = Vec::with_capacity(trace_ids.len());
    for chunk in chunks(trace_ids) {
        let mut query = QueryBuilder::<Sqlite>::new(
            "SELECT trace.id, trace_id, start_ns, end_ns, spans, errors, root_name, service \
             FROM trace JOIN resource ON resource.id = root_resource WHERE trace_id IN (",
        );
        let mut list = query.separated(", ");
        for id in chunk {
            list.push_bind(id.to_vec());
        }
        query.push(")");
        let rows = query.build().fetch_all(&mut *snapshot).await?;
        traces.extend(trace_rows(&mut snapshot, &rows).await?);
    }
    traces.sort_by_key(|trace| std::cmp::Reverse((trace.start_ns, trace.trace_id)));
    Ok(traces)
}

async fn trace_rows(db: &mut SqliteConnection, rows: &[SqliteRow]) -> Result<Vec<TraceRow>, sqlx::Error> {
    let mut services = services(db, rows).await?;
    let mut traces = Vec::with_capacity(rows.len());
    for row in rows {
        let services = services.remove(&row.try_get::<i64, _>(0)?).unwrap_or_default();
        traces.push(trace_row(row, services)?);
    }
    Ok(traces)
}

async fn services(db: &mut SqliteConnection, rows: &[SqliteRow]) -> Result<BTreeMap<i64, Vec<String>>, sqlx::Error> {
    let mut services: BTreeMap<i64, Vec<String>> = BTreeMap::new();
    for chunk in chunks(rows) {
        let mut query = QueryBuilder::<Sqlite>::new(
            "SELECT DISTINCT trace, service FROM trace_resource JOIN resource ON resource.id = resource WHERE trace IN (",
        );
        let mut list = query.separated(", ");
        for row in chunk {
            list.push_bind(row.try_get::<i64, _>(0)?);
        }
        query.push(") ORDER BY trace, service");
        for row in query.build().fetch_all(&mut *db).await? {
            services.entry(row.try_get(0)?).or_default().push(row.try_get(1)?);
        }
    }
    Ok(services)
}

fn trace_row(row: &SqliteRow, services: Vec<String>) -> Result<TraceRow, sqlx::Error> {
    Ok(TraceRow {
        trace_id: row
            .try_get::<Vec<u8>, _>(1)?
            .try_into()
            .map_err(|_| sqlx::Error::Decode("a trace id is not 16 bytes".into()))?,
        start_ns: time_from_sql(row.try_get(2)?),
        end_ns: time_from_sql(row.try_get(3)?),
        spans: row.try_get::<i64, _>(4)? as u64,
        errors: row.try_get::<i64, _>(5)? as u64,
        root_name: row.try_get(6)?,
        root_service: row.try_get(7)?,
        services,
    })
}

pub(crate) async fn trace(pool: &SqlitePool, trace_id: [u8; 16]) -> Result<Option<StoredTrace>, sqlx::Error> {
    // One snapshot: the writer may add spans between the statements.
    let mut snapshot = pool.begin().await?;
    let id: Option<i64> = sqlx::query_scalar("SELECT id FROM trace WHERE trace_id = ?")
        .bind(&trace_id[..])
        .fetch_optional(&mut *snapshot)
        .await?;
    let Some(id) = id else { return Ok(None) };
    let (resource_at, resources) = resources(&mut snapshot, id).await?;
    let (scope_at, scopes) = scopes(&mut snapshot, id).await?;
    let rows = sqlx::query(
        "SELECT trace, span_id, parent_id, resource, scope, name, kind, start_ns, end_ns, error, body \
         FROM span WHERE trace = ? ORDER BY span_id",
    )
    .bind(id)
    .fetch_all(&mut *snapshot)
    .await?;
    let mut spans = Vec::with_capacity(rows.len());
    for row in rows {
        let mut span = span_from_row(&row)?;
        span.trace_id = trace_id;
        span.resource = place(&resource_at, &row, 3)?;
        span.scope = place(&scope_at, &row, 4)?;
        spans.push(span);
    }
    Ok(Some(StoredTrace { resources, scopes, spans }))
}

/// The index of the row that `column` refers to.
fn place(at: &BTreeMap<i64, usize>, row: &SqliteRow, column: usize) -> Result<usize, sqlx::Error> {
    at.get(&row.try_get(column)?)
        .copied()
        .ok_or_else(|| sqlx::Error::Decode("a span refers to a resource or scope that is not stored".into()))
}

type Places<T> = (BTreeMap<i64, usize>, Vec<T>);

async fn resources(db: &mut SqliteConnection, trace: i64) -> Result<Places<ResourceRow>, sqlx::Error> {
    let rows = sqlx::query(
        "SELECT id, service, body FROM resource WHERE id IN (SELECT resource FROM span WHERE trace = ?) ORDER BY id",
    )
    .bind(trace)
    .fetch_all(db)
    .await?;
    let mut found = (BTreeMap::new(), Vec::with_capacity(rows.len()));
    for row in rows {
        found.0.insert(row.try_get(0)?, found.1.len());
        found.1.push(ResourceRow { service: row.try_get(1)?, body: row.try_get(2)? });
    }
    Ok(found)
}

async fn scopes(db: &mut SqliteConnection, trace: i64) -> Result<Places<Vec<u8>>, sqlx::Error> {
    let rows =
        sqlx::query("SELECT id, body FROM scope WHERE id IN (SELECT scope FROM span WHERE trace = ?) ORDER BY id")
            .bind(trace)
            .fetch_all(db)
            .await?;
    let mut found = (BTreeMap::new(), Vec::with_capacity(rows.len()));
    for row in rows {
        found.0.insert(row.try_get(0)?, found.1.len());
        found.1.push(row.try_get(1)?);
    }
    Ok(found)
}
