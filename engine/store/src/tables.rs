//! The writer's statements.
//!
//! They carry up to [`ROWS`] rows, because sqlx hands every statement to a thread of its own and one statement per span would
//! mostly measure that. Rows go in by key order, so that a B-tree page is touched once per group.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Row, Sqlite, SqliteConnection};

use crate::rows::{SpanBatch, SpanRow, id_from_sql, id_to_sql, time_from_sql, time_to_sql};
use crate::summary::{Root, Summary};

/// Rows per statement. A power of two: remainders are cut into smaller powers, so few statements need to be prepared.
const ROWS: usize = 64;

/// Remembered bodies of resources and scopes; beyond this they are forgotten and looked up again.
const REMEMBERED_BYTES: usize = 8 << 20;

/// Ids of resources and scopes that are in the file, so that a repeated sender costs no query.
#[derive(Debug, Default)]
pub(crate) struct Known {
    resources: HashMap<Vec<u8>, i64>,
    scopes: HashMap<Vec<u8>, i64>,
    bytes: usize,
}

impl Known {
    /// For when the rows behind the ids were rolled back.
    pub(crate) fn forget(&mut self) {
        *self = Self::default();
    }

    pub(crate) fn forget_when_large(&mut self) {
        if self.bytes > REMEMBERED_BYTES {
            self.forget();
        }
    }
}

/// A span with the ids that its batch's indexes stand for.
#[derive(Clone, Copy)]
pub(crate) struct Placed<'a> {
    pub(crate) job: usize,
    pub(crate) resource: i64,
    pub(crate) scope: i64,
    pub(crate) span: &'a SpanRow,
}

pub(crate) type SpanKey = (i64, [u8; 8]);

/// A trace this group touches.
pub(crate) struct Touched {
    pub(crate) id: i64,
    /// It gained a span.
    pub(crate) grown: bool,
    /// A known span changed: the trace must be counted anew.
    pub(crate) recount: bool,
    pub(crate) summary: Summary,
}

/// The traces of all batches with what is known about them; unknown ones get the next numbers.
pub(crate) async fn touched_traces(
    db: &mut SqliteConnection,
    batches: &[SpanBatch],
) -> Result<BTreeMap<[u8; 16], Touched>, sqlx::Error> {
    let mut seen = HashSet::new();
    let in_order: Vec<[u8; 16]> =
        batches.iter().flat_map(|batch| &batch.spans).map(|span| span.trace_id).filter(|id| seen.insert(*id)).collect();
    let mut traces = BTreeMap::new();
    for chunk in chunks(&in_order) {
        let mut query = QueryBuilder::<Sqlite>::new(
            "SELECT trace_id, id, start_ns, end_ns, spans, errors, root_rank, root_start_ns, root_span_id, root_name, \
             root_resource FROM trace WHERE trace_id IN (",
        );
        let mut list = query.separated(", ");
        for trace_id in chunk {
            list.push_bind(&trace_id[..]);
        }
        query.push(")");
        for row in query.build().fetch_all(&mut *db).await? {
            let trace_id: Vec<u8> = row.try_get(0)?;
            let trace_id = trace_id.try_into().map_err(|_| sqlx::Error::Decode("a trace id is not 16 bytes".into()))?;
            traces.insert(trace_id, known_trace(&row)?);
        }
    }
    let mut next: i64 = sqlx::query_scalar("SELECT coalesce(max(id), 0) FROM trace").fetch_one(&mut *db).await?;
    for trace_id in in_order {
        traces.entry(trace_id).or_insert_with(|| {
            next += 1;
            Touched { id: next, grown: false, recount: false, summary: Summary::default() }
        });
    }
    Ok(traces)
}

fn known_trace(row: &SqliteRow) -> Result<Touched, sqlx::Error> {
    let root = Root {
        rank: row.try_get(6)?,
        start_ns: time_from_sql(row.try_get(7)?),
        span_id: id_from_sql(row.try_get(8)?),
        name: row.try_get(9)?,
        resource: row.try_get(10)?,
    };
    let summary = Summary {
        start_ns: time_from_sql(row.try_get(2)?),
        end_ns: time_from_sql(row.try_get(3)?),
        spans: row.try_get::<i64, _>(4)? as u64,
        errors: row.try_get::<i64, _>(5)? as u64,
        root: Some(root),
    };
    Ok(Touched { id: row.try_get(1)?, grown: false, recount: false, summary })
}

pub(crate) async fn ids_of(
    db: &mut SqliteConnection,
    known: &mut Known,
    batch: &SpanBatch,
) -> Result<(Vec<i64>, Vec<i64>), sqlx::Error> {
    let mut resources = Vec::with_capacity(batch.resources.len());
    for resource in &batch.resources {
        let id = if let Some(&id) = known.resources.get(&resource.body) {
            id
        } else {
            // An `UPDATE` that changes nothing, because `DO NOTHING` returns no row.
            let id = sqlx::query_scalar(
                "INSERT INTO resource (service, body) VALUES (?, ?) \
                 ON CONFLICT (body) DO UPDATE SET service = excluded.service RETURNING id",
            )
            .bind(&resource.service)
            .bind(&resource.body)
            .fetch_one(&mut *db)
            .await?;
            known.bytes += resource.body.len();
            known.resources.insert(resource.body.clone(), id);
            id
        };
        resources.push(id);
    }
    let mut scopes = Vec::with_capacity(batch.scopes.len());
    for body in &batch.scopes {
        let id = if let Some(&id) = known.scopes.get(body) {
            id
        } else {
            let id = sqlx::query_scalar(
                "INSERT INTO scope (body) VALUES (?) ON CONFLICT (body) DO UPDATE SET body = excluded.body RETURNING id",
            )
            .bind(body)
            .fetch_one(&mut *db)
            .await?;
            known.bytes += body.len();
            known.scopes.insert(body.clone(), id);
            id
        };
        scopes.push(id);
    }
    Ok((resources, scopes))
}

/// A stored span, as far as comparing needs it.
pub(crate) struct Stored {
    resource: i64,
    scope: i64,
    span: SpanRow,
}

impl Stored {
    pub(crate) fn same_as(&self, placed: &Placed<'_>) -> bool {
        let other = placed.span;
        self.resource == placed.resource
            && self.scope == placed.scope
            && self.span.parent_id == other.parent_id
            && self.span.name == other.name
            && self.span.kind == other.kind
            && self.span.start_ns == other.start_ns
            && self.span.end_ns == other.end_ns
            && self.span.error == other.error
            && self.span.body == other.body
    }
}

/// Which of `spans` the file has already. Traces made by this group cannot have any, so most groups ask nothing.
pub(crate) async fn spans_already_there(
    db: &mut SqliteConnection,
    traces: &BTreeMap<[u8; 16], Touched>,
    spans: &BTreeMap<SpanKey, Placed<'_>>,
) -> Result<BTreeMap<SpanKey, Stored>, sqlx::Error> {
    let candidates: Vec<SpanKey> = spans
        .iter()
        .filter(|(_, placed)| traces.get(&placed.span.trace_id).is_some_and(|touched| touched.summary.spans > 0))
        .map(|(key, _)| *key)
        .collect();
    let mut found = BTreeMap::new();
    for chunk in chunks(&candidates) {
        let mut query = QueryBuilder::<Sqlite>::new("WITH wanted (t, s) AS (");
        query.push_values(chunk, |mut tuple, (trace, span_id)| {
            tuple.push_bind(*trace).push_bind(id_to_sql(*span_id));
        });
        query.push(
            ") SELECT trace, span_id, parent_id, resource, scope, name, kind, start_ns, end_ns, error, body \
             FROM wanted CROSS JOIN span ON trace = t AND span_id = s",
        );
        for row in query.build().fetch_all(&mut *db).await? {
            let stored = Stored { resource: row.try_get(3)?, scope: row.try_get(4)?, span: span_from_row(&row)? };
            found.insert((row.try_get(0)?, stored.span.span_id), stored);
        }
    }
    Ok(found)
}

/// Reads `trace, span_id, parent_id, resource, scope, name, kind, start_ns, end_ns, error, body`; the ids of trace, resource
/// and scope are left to the caller.
pub(crate) fn span_from_row(row: &SqliteRow) -> Result<SpanRow, sqlx::Error> {
    Ok(SpanRow {
        trace_id: [0; 16],
        span_id: id_from_sql(row.try_get(1)?),
        parent_id: row.try_get::<Option<i64>, _>(2)?.map(id_from_sql),
        resource: 0,
        scope: 0,
        name: row.try_get(5)?,
        kind: row.try_get(6)?,
        start_ns: time_from_sql(row.try_get(7)?),
        end_ns: time_from_sql(row.try_get(8)?),
        error: row.try_get(9)?,
        body: row.try_get(10)?,
    })
}

pub(crate) async fn put_spans(
    db: &mut SqliteConnection,
    spans: &BTreeMap<SpanKey, Placed<'_>>,
) -> Result<(), sqlx::Error> {
    let rows: Vec<_> = spans.iter().collect();
    for chunk in chunks(&rows) {
        let mut query = QueryBuilder::<Sqlite>::new(
            "INSERT OR REPLACE INTO span \
             (trace, span_id, parent_id, resource, scope, name, kind, start_ns, end_ns, error, body) ",
        );
        query.push_values(chunk, |mut tuple, ((trace, span_id), placed)| {
            let span = placed.span;
            tuple
                .push_bind(*trace)
                .push_bind(id_to_sql(*span_id))
                .push_bind(span.parent_id.map(id_to_sql))
                .push_bind(placed.resource)
                .push_bind(placed.scope)
                .push_bind(span.name.as_str())
                .push_bind(span.kind)
                .push_bind(time_to_sql(span.start_ns))
                .push_bind(time_to_sql(span.end_ns))
                .push_bind(span.error)
                .push_bind(span.body.as_slice());
        });
        query.build().execute(&mut *db).await?;
    }
    Ok(())
}

pub(crate) async fn put_trace_resources(
    db: &mut SqliteConnection,
    spans: &BTreeMap<SpanKey, Placed<'_>>,
) -> Result<(), sqlx::Error> {
    let pairs: BTreeSet<(i64, i64)> = spans.iter().map(|((trace, _), placed)| (*trace, placed.resource)).collect();
    let pairs: Vec<_> = pairs.into_iter().collect();
    for chunk in chunks(&pairs) {
        let mut query = QueryBuilder::<Sqlite>::new("INSERT OR IGNORE INTO trace_resource (trace, resource) ");
        query.push_values(chunk, |mut tuple, (trace, resource)| {
            tuple.push_bind(*trace).push_bind(*resource);
        });
        query.build().execute(&mut *db).await?;
    }
    Ok(())
}

/// The summary from the stored spans, for when one of them was replaced.
pub(crate) async fn count_again(db: &mut SqliteConnection, trace: i64) -> Result<Summary, sqlx::Error> {
    let rows = sqlx::query(
        "SELECT trace, span_id, parent_id, resource, scope, name, kind, start_ns, end_ns, error, x'' \
         FROM span WHERE trace = ?",
    )
    .bind(trace)
    .fetch_all(db)
    .await?;
    let mut summary = Summary::default();
    for row in rows {
        summary.add(&span_from_row(&row)?, row.try_get(3)?);
    }
    Ok(summary)
}

pub(crate) async fn put_traces(db: &mut SqliteConnection, traces: &[(&[u8; 16], &Touched)]) -> Result<(), sqlx::Error> {
    let rows: Vec<_> = traces
        .iter()
        .filter_map(|(trace_id, touched)| Some((*trace_id, *touched, touched.summary.root.as_ref()?)))
        .collect();
    for chunk in chunks(&rows) {
        let mut query = QueryBuilder::<Sqlite>::new(
            "INSERT INTO trace (id, trace_id, start_ns, end_ns, spans, errors, \
             root_rank, root_start_ns, root_span_id, root_name, root_resource) ",
        );
        query.push_values(chunk, |mut tuple, (trace_id, touched, root)| {
            let summary = &touched.summary;
            tuple
                .push_bind(touched.id)
                .push_bind(&trace_id[..])
                .push_bind(time_to_sql(summary.start_ns))
                .push_bind(time_to_sql(summary.end_ns))
                .push_bind(summary.spans.cast_signed())
                .push_bind(summary.errors.cast_signed())
                .push_bind(root.rank)
                .push_bind(time_to_sql(root.start_ns))
                .push_bind(id_to_sql(root.span_id))
                .push_bind(root.name.as_str())
                .push_bind(root.resource);
        });
        query.push(
            " ON CONFLICT (id) DO UPDATE SET start_ns = excluded.start_ns, end_ns = excluded.end_ns, \
             spans = excluded.spans, errors = excluded.errors, root_rank = excluded.root_rank, \
             root_start_ns = excluded.root_start_ns, root_span_id = excluded.root_span_id, \
             root_name = excluded.root_name, root_resource = excluded.root_resource",
        );
        query.build().execute(&mut *db).await?;
    }
    Ok(())
}

/// Full chunks, then ever smaller powers of two.
pub(crate) fn chunks<T>(mut rows: &[T]) -> impl Iterator<Item = &[T]> {
    std::iter::from_fn(move || {
        let take = if rows.len() >= ROWS { ROWS } else { rows.len().checked_ilog2().map_or(0, |bits| 1 << bits) };
        let (chunk, rest) = rows.split_at(take);
        rows = rest;
        (take > 0).then_some(chunk)
    })
}

#[cfg(test)]
mod tests {
    use super::chunks;

    #[test]
    fn chunks_cover_all_rows_once_in_powers_of_two() {
        for len in 0..300 {
            let rows: Vec<usize> = (0..len).collect();
            assert!(chunks(&rows).all(|chunk| chunk.len().is_power_of_two() && chunk.len() <= 64));
            assert_eq!(chunks(&rows).flatten().copied().collect::<Vec<_>>(), rows);
        }
    }
}
