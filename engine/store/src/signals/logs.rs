//! Log records: in, and questions about them.

use std::collections::{BTreeMap, BTreeSet};

use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Row, Sqlite, SqliteConnection, SqlitePool};

use super::chunks::chunks;
use super::rows::{LogBatch, LogCursor, LogQuery, LogRow, ResourceRow, StoredLogs};
use super::surplus;
use super::writer::{Known, ids_of, refers_to_nothing};
use crate::rows::{id_from_sql, id_to_sql, time_from_sql, time_to_sql};

/// Records that are kept; the oldest by arrival go. Some gigabytes, and more than anybody reads.
pub(crate) const KEPT: i64 = 5_000_000;

/// Records removed at once: a short transaction between two groups.
const REMOVED_AT_ONCE: i64 = 20_000;

/// Records that one page looks at when few of them are what is asked for: some tenths of a second.
const LOOKED_AT: i64 = 200_000;

/// What `log_grave` holds.
const GRAVE: u8 = 13;

pub(super) async fn put(
    db: &mut SqliteConnection,
    known: &mut Known,
    batches: &[&LogBatch],
) -> Result<(), sqlx::Error> {
    let mut rows = Vec::new();
    for batch in batches {
        let (resources, scopes) = ids_of(db, known, &batch.resources, &batch.scopes).await?;
        for record in &batch.records {
            let (Some(&resource), Some(&scope)) = (resources.get(record.resource), scopes.get(record.scope)) else {
                return Err(refers_to_nothing());
            };
            rows.push((record, resource, scope));
        }
    }
    let mut last = 0;
    for chunk in chunks(&rows) {
        let mut query = QueryBuilder::<Sqlite>::new(
            "INSERT INTO log_record (time_ns, severity, resource, scope, trace_id, span_id, event_name, text, body) ",
        );
        query.push_values(chunk, |mut tuple, (record, resource, scope)| {
            tuple
                .push_bind(time_to_sql(record.time_ns))
                .push_bind(record.severity)
                .push_bind(*resource)
                .push_bind(*scope)
                .push_bind(record.trace_id.as_ref().map(|id| &id[..]))
                .push_bind(record.span_id.map(id_to_sql))
                .push_bind(record.event_name.as_str())
                .push_bind(record.text.as_str())
                .push_bind(record.body.as_slice());
        });
        last = query.build().execute(&mut *db).await?.last_insert_rowid();
    }
    let resources: BTreeSet<i64> = rows.iter().map(|(_, resource, _)| *resource).collect();
    let scopes: BTreeSet<i64> = rows.iter().map(|(.., scope)| *scope).collect();
    name_last(db, "UPDATE signal_resource SET last_log = ", last, &resources).await?;
    name_last(db, "UPDATE signal_scope SET last_log = ", last, &scopes).await
}

/// Notes for senders or scopes that records up to this one name them.
async fn name_last(
    db: &mut SqliteConnection,
    update: &'static str,
    last: i64,
    ids: &BTreeSet<i64>,
) -> Result<(), sqlx::Error> {
    let ids: Vec<i64> = ids.iter().copied().collect();
    for chunk in chunks(&ids) {
        let mut query = QueryBuilder::<Sqlite>::new(update);
        query.push_bind(last).push(" WHERE id IN (");
        let mut of = query.separated(", ");
        for id in chunk {
            of.push_bind(*id);
        }
        query.push(")");
        query.build().execute(&mut *db).await?;
    }
    Ok(())
}

const COLUMNS: &str = "id, time_ns, severity, resource, scope, trace_id, span_id, event_name, text, body";

pub(super) async fn find(
    pool: &SqlitePool,
    query: &LogQuery,
    limit: u32,
    before: Option<LogCursor>,
) -> Result<StoredLogs, sqlx::Error> {
    let mut snapshot = pool.begin().await?;
    // One more than asked tells whether there is a next page.
    let mut sql = QueryBuilder::<Sqlite>::new(format!("SELECT {COLUMNS} FROM (SELECT * FROM log_record"));
    push_range(&mut sql, query, before);
    sql.push(format!(" ORDER BY time_ns DESC, id DESC LIMIT {LOOKED_AT}) WHERE true"));
    push_conditions(&mut sql, query);
    sql.push(" ORDER BY time_ns DESC, id DESC LIMIT ").push_bind(i64::from(limit) + 1);
    let rows = sql.build().fetch_all(&mut *snapshot).await?;
    let more = rows.len() > limit as usize;
    let rows = &rows[..rows.len().min(limit as usize)];
    let next = match rows.last() {
        Some(row) if more => Some(LogCursor { time: row.try_get(1)?, id: row.try_get(0)? }),
        _ => last_looked_at(&mut snapshot, query, before).await?,
    };
    let stored = stored(&mut snapshot, rows).await?;
    Ok(StoredLogs { next, ..stored })
}

/// Where a page ended that looked at all it may, or nothing if it came to the end.
async fn last_looked_at(
    db: &mut SqliteConnection,
    query: &LogQuery,
    before: Option<LogCursor>,
) -> Result<Option<LogCursor>, sqlx::Error> {
    let mut sql = QueryBuilder::<Sqlite>::new("SELECT time_ns, id FROM log_record");
    push_range(&mut sql, query, before);
    sql.push(format!(" ORDER BY time_ns DESC, id DESC LIMIT 1 OFFSET {}", LOOKED_AT - 1));
    let row = sql.build().fetch_optional(db).await?;
    row.map(|row| Ok(LogCursor { time: row.try_get(0)?, id: row.try_get(1)? })).transpose()
}

/// What an index answers: the range of times, and whether it is about grave ones only.
fn push_range(sql: &mut QueryBuilder<Sqlite>, query: &LogQuery, before: Option<LogCursor>) {
    let before = before.unwrap_or(LogCursor { time: i64::MAX, id: i64::MAX });
    sql.push(" WHERE (time_ns, id) < (").push_bind(before.time).push(", ").push_bind(before.id).push(")");
    if let Some(from) = query.from_ns {
        sql.push(" AND time_ns >= ").push_bind(time_to_sql(from));
    }
    if let Some(until) = query.until_ns {
        sql.push(" AND time_ns < ").push_bind(time_to_sql(until));
    }
    if query.severity.is_some_and(|severity| severity >= GRAVE) {
        // As the index has it, word by word, or SQLite does not see that it may be used.
        sql.push(" AND severity >= 13");
    }
}

fn push_conditions(sql: &mut QueryBuilder<Sqlite>, query: &LogQuery) {
    if let Some(severity) = query.severity {
        sql.push(" AND severity >= ").push_bind(severity);
    }
    if let Some(service) = &query.service {
        sql.push(" AND resource IN (SELECT id FROM signal_resource WHERE service = ")
            .push_bind(service.clone())
            .push(")");
    }
    if let Some(text) = query.text.as_ref().filter(|text| !text.is_empty()) {
        let pattern = format!("%{}%", text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_"));
        sql.push(" AND (text LIKE ").push_bind(pattern.clone()).push(r" ESCAPE '\' OR event_name LIKE ");
        sql.push_bind(pattern).push(r" ESCAPE '\')");
    }
}

/// The records of a trace, or of one of its spans, oldest first, going on after `after`.
pub(super) async fn of_trace(
    pool: &SqlitePool,
    trace_id: [u8; 16],
    span_id: Option<[u8; 8]>,
    limit: u32,
    after: Option<LogCursor>,
) -> Result<StoredLogs, sqlx::Error> {
    let mut snapshot = pool.begin().await?;
    let of_it = |columns: &str| {
        let mut sql = QueryBuilder::<Sqlite>::new(format!("SELECT {columns} FROM log_record WHERE trace_id = "));
        sql.push_bind(trace_id.to_vec());
        if let Some(span_id) = span_id {
            sql.push(" AND span_id = ").push_bind(id_to_sql(span_id));
        }
        sql
    };
    let total: i64 = of_it("count(*)").build_query_scalar().fetch_one(&mut *snapshot).await?;
    let mut sql = of_it(COLUMNS);
    if let Some(LogCursor { time, id }) = after {
        sql.push(" AND (time_ns, id) > (").push_bind(time).push(", ").push_bind(id).push(")");
    }
    // One more than asked tells whether there is a next page.
    sql.push(" ORDER BY time_ns, id LIMIT ").push_bind(i64::from(limit) + 1);
    let rows = sql.build().fetch_all(&mut *snapshot).await?;
    let more = rows.len() > limit as usize;
    let page = stored(&mut snapshot, &rows[..rows.len().min(limit as usize)]).await?;
    let next = page.places.last().copied().filter(|_| more);
    Ok(StoredLogs { next, total: Some(total.max(0).cast_unsigned()), ..page })
}

/// Rows with their senders and scopes.
async fn stored(db: &mut SqliteConnection, rows: &[SqliteRow]) -> Result<StoredLogs, sqlx::Error> {
    let mut senders = Senders::default();
    let (mut records, mut places) = (Vec::with_capacity(rows.len()), Vec::with_capacity(rows.len()));
    for row in rows {
        places.push(LogCursor { time: row.try_get(1)?, id: row.try_get(0)? });
        let mut record = log_from_row(row)?;
        record.resource = senders.resource(db, row.try_get(3)?).await?;
        record.scope = senders.scope(db, row.try_get(4)?).await?;
        records.push(record);
    }
    Ok(StoredLogs { resources: senders.resources, scopes: senders.scopes, records, places, total: None, next: None })
}

/// Reads [`COLUMNS`]; sender and scope are left to the caller.
fn log_from_row(row: &SqliteRow) -> Result<LogRow, sqlx::Error> {
    let trace_id = row.try_get::<Option<Vec<u8>>, _>(5)?.map(<[u8; 16]>::try_from).transpose();
    Ok(LogRow {
        time_ns: time_from_sql(row.try_get(1)?),
        severity: row.try_get(2)?,
        trace_id: trace_id.map_err(|_| sqlx::Error::Decode("a trace id is not 16 bytes".into()))?,
        span_id: row.try_get::<Option<i64>, _>(6)?.map(id_from_sql),
        resource: 0,
        scope: 0,
        event_name: row.try_get(7)?,
        text: row.try_get(8)?,
        body: row.try_get(9)?,
    })
}

/// The senders and scopes that an answer names, each looked up once.
#[derive(Default)]
pub(super) struct Senders {
    pub(super) resources: Vec<ResourceRow>,
    pub(super) scopes: Vec<Vec<u8>>,
    resource_at: BTreeMap<i64, usize>,
    scope_at: BTreeMap<i64, usize>,
}

impl Senders {
    pub(super) async fn resource(&mut self, db: &mut SqliteConnection, id: i64) -> Result<usize, sqlx::Error> {
        if let Some(&at) = self.resource_at.get(&id) {
            return Ok(at);
        }
        let (service, body) =
            sqlx::query_as("SELECT service, body FROM signal_resource WHERE id = ?").bind(id).fetch_one(db).await?;
        self.resources.push(ResourceRow { service, body });
        self.resource_at.insert(id, self.resources.len() - 1);
        Ok(self.resources.len() - 1)
    }

    pub(super) async fn scope(&mut self, db: &mut SqliteConnection, id: i64) -> Result<usize, sqlx::Error> {
        if let Some(&at) = self.scope_at.get(&id) {
            return Ok(at);
        }
        let body = sqlx::query_scalar("SELECT body FROM signal_scope WHERE id = ?").bind(id).fetch_one(db).await?;
        self.scopes.push(body);
        self.scope_at.insert(id, self.scopes.len() - 1);
        Ok(self.scopes.len() - 1)
    }
}

/// The services that sent log records or metrics, by name.
pub(super) async fn services(pool: &SqlitePool) -> Result<Vec<String>, sqlx::Error> {
    sqlx::query_scalar("SELECT DISTINCT service FROM signal_resource ORDER BY service").fetch_all(pool).await
}

/// Removes the oldest records beyond [`KEPT`], as many as one short transaction takes; whether there may be more.
pub(super) async fn remove_surplus(pool: &SqlitePool, kept: i64) -> Result<bool, sqlx::Error> {
    let ends = "SELECT (SELECT min(id) FROM log_record), (SELECT max(id) FROM log_record)";
    let Some(end) = surplus::before(pool, ends, kept, REMOVED_AT_ONCE).await? else { return Ok(false) };
    sqlx::query("DELETE FROM log_record WHERE id < ?").bind(end).execute(pool).await?;
    Ok(true)
}

/// Removes every record.
pub(super) async fn clear(pool: &SqlitePool) -> Result<(), sqlx::Error> {
    // Without a condition SQLite gives whole pages back and looks at no row.
    sqlx::query("DELETE FROM log_record").execute(pool).await.map(drop)?;
    super::senders::remove_unnamed(pool).await
}
