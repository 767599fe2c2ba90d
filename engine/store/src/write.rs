//! One group of batches in one transaction.

use std::collections::{BTreeMap, HashSet};

use sqlx::{Connection, SqliteConnection, SqlitePool};

use crate::rows::{SpanBatch, Written};
use crate::tables::{
    Known, Placed, SpanKey, Touched, count_again, ids_of, put_spans, put_trace_resources, put_traces,
    spans_already_there, touched_traces,
};

/// Writes all `batches` in one transaction and commits it. On error nothing of the group is stored.
pub(crate) async fn write_group(
    connection: &mut SqliteConnection,
    known: &mut Known,
    batches: &[SpanBatch],
) -> Result<Vec<Written>, sqlx::Error> {
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
    let outcome = match write_into(&mut transaction, known, batches).await {
        Ok(written) => transaction.commit().await.map(|()| written),
        Err(error) => {
            // A full disk has rolled back already; then this one has nothing to do and says so.
            transaction.rollback().await.ok();
            Err(error)
        }
    };
    if outcome.is_err() {
        known.forget();
    }
    known.forget_when_large();
    outcome
}

/// Removes every trace, in one transaction. Resources and scopes stay: they are few, the next batches of the same senders
/// refer to them again, and the writer remembers their ids.
pub(crate) async fn clear(pool: &SqlitePool) -> Result<(), sqlx::Error> {
    let mut transaction = pool.begin_with("BEGIN IMMEDIATE").await?;
    // Without a condition SQLite gives whole pages back and looks at no row.
    for table in ["DELETE FROM span", "DELETE FROM trace_resource", "DELETE FROM trace"] {
        sqlx::query(table).execute(&mut *transaction).await?;
    }
    transaction.commit().await
}

async fn write_into(
    db: &mut SqliteConnection,
    known: &mut Known,
    batches: &[SpanBatch],
) -> Result<Vec<Written>, sqlx::Error> {
    let mut written = vec![Written::default(); batches.len()];
    let mut traces = touched_traces(db, batches).await?;
    let mut spans = place(db, known, batches, &traces, &mut written).await?;

    let before = spans_already_there(db, &traces, &spans).await?;
    let mut announced = HashSet::new();
    spans.retain(|key, placed| {
        let counts = &mut written[placed.job];
        match before.get(key) {
            Some(old) if old.same_as(placed) => {
                counts.repeated += 1;
                return false;
            }
            Some(_) => counts.changed += 1,
            None => counts.added += 1,
        }
        if announced.insert((placed.job, key.0)) {
            counts.traces.push(placed.span.trace_id);
        }
        if let Some(touched) = traces.get_mut(&placed.span.trace_id) {
            if before.contains_key(key) {
                touched.recount = true;
            } else {
                touched.grown = true;
                touched.summary.add(placed.span, placed.resource);
            }
        }
        true
    });

    put_spans(db, &spans).await?;
    put_trace_resources(db, &spans).await?;
    for touched in traces.values_mut().filter(|touched| touched.recount) {
        touched.summary = count_again(db, touched.id).await?;
    }
    let changed: Vec<_> = traces.iter().filter(|(_, touched)| touched.grown || touched.recount).collect();
    put_traces(db, &changed).await?;
    Ok(written)
}

/// All spans by key, with database ids in place of indexes.
async fn place<'a>(
    db: &mut SqliteConnection,
    known: &mut Known,
    batches: &'a [SpanBatch],
    traces: &BTreeMap<[u8; 16], Touched>,
    written: &mut [Written],
) -> Result<BTreeMap<SpanKey, Placed<'a>>, sqlx::Error> {
    let mut spans: BTreeMap<SpanKey, Placed<'a>> = BTreeMap::new();
    for (job, batch) in batches.iter().enumerate() {
        let (resources, scopes) = ids_of(db, known, batch).await?;
        for span in &batch.spans {
            let (Some(touched), Some(&resource), Some(&scope)) =
                (traces.get(&span.trace_id), resources.get(span.resource), scopes.get(span.scope))
            else {
                return Err(sqlx::Error::Protocol(
                    "a span refers to a resource or scope its batch does not have".into(),
                ));
            };
            // The same span twice in one group: the later one stands.
            if let Some(earlier) = spans.insert((touched.id, span.span_id), Placed { job, resource, scope, span }) {
                written[earlier.job].repeated += 1;
            }
        }
    }
    Ok(spans)
}
