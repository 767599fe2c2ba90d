//! Senders and scopes go with the last log record and the last series that names them.

use sqlx::SqlitePool;

/// Removed with one statement: a short transaction between two groups.
const REMOVED_AT_ONCE: i64 = 10_000;

/// Removes the senders and scopes that nothing names any more.
pub(super) async fn remove_unnamed(writer: &SqlitePool) -> Result<(), sqlx::Error> {
    // Records go in the order of their numbers: once the last one that names a sender is gone, all are.
    let statements = [
        "DELETE FROM signal_resource WHERE id IN (SELECT id FROM signal_resource WHERE \
         last_log < coalesce((SELECT min(id) FROM log_record), 9223372036854775807) \
         AND id NOT IN (SELECT resource FROM metric_series) LIMIT ?)",
        "DELETE FROM signal_scope WHERE id IN (SELECT id FROM signal_scope WHERE \
         last_log < coalesce((SELECT min(id) FROM log_record), 9223372036854775807) \
         AND id NOT IN (SELECT scope FROM metric_series) LIMIT ?)",
    ];
    for statement in statements {
        loop {
            let mut transaction = writer.begin_with("BEGIN IMMEDIATE").await?;
            let gone = sqlx::query(statement).bind(REMOVED_AT_ONCE).execute(&mut *transaction).await?.rows_affected();
            if gone == 0 {
                break;
            }
            // Writers that remember their numbers look them up again.
            sqlx::query("UPDATE signal_state SET removals = removals + 1").execute(&mut *transaction).await?;
            transaction.commit().await?;
        }
    }
    Ok(())
}
