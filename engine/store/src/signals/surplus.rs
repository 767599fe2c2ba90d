//! Which rows are too many of a table that is numbered by arrival.

use sqlx::SqlitePool;

/// The number below which the oldest rows go, so that `kept` are left, as far as one short transaction of `at_once` comes; nothing
/// when there are not too many. `ends` asks for the least and the greatest number.
pub(super) async fn before(
    pool: &SqlitePool,
    ends: &'static str,
    kept: i64,
    at_once: i64,
) -> Result<Option<i64>, sqlx::Error> {
    let (Some(first), Some(last)) = sqlx::query_as::<_, (Option<i64>, Option<i64>)>(ends).fetch_one(pool).await? else {
        return Ok(None);
    };
    let surplus = last - first + 1 - kept;
    // Not one by one: a step's work repays only for many.
    let is_worth = surplus >= (kept / 100).clamp(1, at_once);
    Ok(is_worth.then(|| first + surplus.min(at_once)))
}
