//! Spans as data format 2 kept them, a row each, into the log.

use sqlx::{Row, SqlitePool};
use thalweg_spans::block::squeeze;
use thalweg_spans::{Batch, Resource, Scope, Span, batch_to_bytes};

use super::{Fault, Traces, pack};
use crate::StoreError;
use crate::rows::{id_from_sql, time_from_sql};

/// Spans moved in one transaction: what is done stays done when the program is ended between.
const STEP: i64 = 8192;

/// What the caller makes of a body that only it understands.
#[derive(Debug, Clone, Copy)]
pub struct FromOld {
    /// Fills in attributes and rest of a span, given its body.
    pub span: fn(&mut Span, &[u8]) -> Result<(), String>,
    /// Fills in the attributes of a resource that has its service and body.
    pub resource: fn(&mut Resource) -> Result<(), String>,
    /// Fills in the name of a scope that has its body.
    pub scope: fn(&mut Scope) -> Result<(), String>,
}

/// Whether the file has spans of the old form; without, the tables are let go.
pub(crate) async fn has_old(writer: &SqlitePool) -> Result<bool, sqlx::Error> {
    let table: i64 =
        sqlx::query_scalar("SELECT count(*) FROM sqlite_schema WHERE name = 'old_span'").fetch_one(writer).await?;
    if table == 0 {
        return Ok(false);
    }
    let spans: i64 = sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM old_span)").fetch_one(writer).await?;
    if spans == 0 {
        // Another process may be doing the same.
        let mut transaction = writer.begin_with("BEGIN IMMEDIATE").await?;
        sqlx::raw_sql(
            "DROP TABLE IF EXISTS old_span; DROP TABLE IF EXISTS old_trace; DROP TABLE IF EXISTS old_resource; \
             DROP TABLE IF EXISTS old_scope",
        )
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
    }
    Ok(spans > 0)
}

impl Traces {
    /// Moves all spans of the old form into the log, and packs them; gives how many there were.
    pub(crate) async fn move_old(&self, from_old: FromOld) -> Result<u64, StoreError> {
        self.move_all(from_old).await.map_err(|fault| self.words(fault))
    }

    async fn move_all(&self, from_old: FromOld) -> Result<u64, Fault> {
        let mut moved = 0;
        while has_old(&self.writer).await? {
            moved += self.move_some(from_old).await?;
            self.follow().await?;
            pack::pack_what_is_enough(self).await?;
        }
        Ok(moved)
    }

    async fn move_some(&self, from_old: FromOld) -> Result<u64, Fault> {
        let damaged = |detail: String| Fault::Sql(sqlx::Error::Decode(detail.into()));
        let mut transaction = self.writer.begin_with("BEGIN IMMEDIATE").await?;
        // Another process may have moved the last of them meanwhile, and let the tables go.
        let table: i64 = sqlx::query_scalar("SELECT count(*) FROM sqlite_schema WHERE name = 'old_span'")
            .fetch_one(&mut *transaction)
            .await?;
        if table == 0 {
            return Ok(0);
        }
        let rows = sqlx::query(
            "SELECT trace, span_id, parent_id, name, kind, old_span.start_ns, old_span.end_ns, error, old_span.body, \
             coalesce(old_resource.service, ''), coalesce(old_resource.body, x''), coalesce(old_scope.body, x''), trace_id \
             FROM old_span LEFT JOIN old_resource ON old_resource.id = resource \
             LEFT JOIN old_scope ON old_scope.id = scope LEFT JOIN old_trace ON old_trace.id = trace \
             ORDER BY trace, span_id LIMIT ?",
        )
        .bind(STEP)
        .fetch_all(&mut *transaction)
        .await?;
        let Some(last) = rows.last() else { return Ok(0) };
        let (last_trace, last_span): (i64, i64) = (last.try_get(0)?, last.try_get(1)?);
        let mut batch = Batch::default();
        for row in &rows {
            let trace_id = row.try_get::<Option<Vec<u8>>, _>(12)?.and_then(|id| id.try_into().ok());
            // Without the row that has the id, the spans stay together under one of ours.
            let trace_id = trace_id.unwrap_or_else(|| made_up(row.try_get(0).unwrap_or(0)));
            let mut resource = Resource { service: row.try_get(9)?, body: row.try_get(10)?, ..Resource::default() };
            let mut scope = Scope { body: row.try_get(11)?, ..Scope::default() };
            (from_old.resource)(&mut resource).map_err(damaged)?;
            (from_old.scope)(&mut scope).map_err(damaged)?;
            let mut span = Span {
                trace_id,
                span_id: id_from_sql(row.try_get(1)?),
                parent_id: row.try_get::<Option<i64>, _>(2)?.map(id_from_sql),
                resource: number(&mut batch.resources, resource),
                scope: number(&mut batch.scopes, scope),
                name: row.try_get(3)?,
                kind: row.try_get(4)?,
                start_ns: time_from_sql(row.try_get(5)?),
                end_ns: time_from_sql(row.try_get(6)?),
                status: if row.try_get(7)? { 2 } else { 0 },
                ..Span::default()
            };
            (from_old.span)(&mut span, &row.try_get::<Vec<u8>, _>(8)?).map_err(damaged)?;
            batch.spans.push(span);
        }
        let mut bytes = Vec::new();
        batch_to_bytes(&batch, &mut bytes);
        sqlx::query("INSERT INTO span_log (data) VALUES (?)").bind(squeeze(&bytes)).execute(&mut *transaction).await?;
        sqlx::query("DELETE FROM old_span WHERE (trace, span_id) <= (?, ?)")
            .bind(last_trace)
            .bind(last_span)
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(rows.len() as u64)
    }
}

/// An id for a trace whose own is lost.
fn made_up(number: i64) -> [u8; 16] {
    let mut trace_id = [0xff; 16];
    trace_id[8..].copy_from_slice(&number.to_be_bytes());
    trace_id
}

/// The place of a thing in a list of few, where it is put if it is not there.
fn number<T: PartialEq>(list: &mut Vec<T>, thing: T) -> usize {
    // The last is the likeliest: rows come by trace.
    list.iter().rposition(|known| *known == thing).unwrap_or_else(|| {
        list.push(thing);
        list.len() - 1
    })
}
