//! Each change as a statement: its text, and what is bound to it.
//!
//! A commit is one text of all its statements. Each statement on its own would be a way to the connection's thread and back, which
//! takes longer than the statement.

use sqlx::Sqlite;
use sqlx::query::Query;
use sqlx::sqlite::SqliteArguments;

use super::{Change, batch_id};

/// The statement of a change, with a semicolon.
pub(super) fn text(change: &Change) -> &'static str {
    match change {
        Change::Topic(_) => {
            "INSERT INTO topic (id, name, settings, duplicates) VALUES (?, ?, ?, ?) ON CONFLICT (id) DO UPDATE \
             SET settings = excluded.settings, duplicates = excluded.duplicates;"
        }
        Change::Log(_) => {
            "INSERT INTO log (id, topic, part, first, next, events, bytes, compacted) VALUES (?, ?, ?, ?, ?, ?, ?, ?) \
             ON CONFLICT (id) DO UPDATE SET first = excluded.first, next = excluded.next, events = excluded.events, \
             bytes = excluded.bytes, compacted = excluded.compacted;"
        }
        Change::Batch(_) => {
            "INSERT INTO batch (id, next, events, from_ms, to_ms, bytes, data) VALUES (?, ?, ?, ?, ?, ?, ?);"
        }
        Change::DropBatch { .. } => "DELETE FROM batch WHERE id = ?;",
        Change::Seen { .. } => "INSERT INTO seen (id, topic, at_ms, ids) VALUES (?, ?, ?, ?);",
        Change::ForgetSeen { .. } => "DELETE FROM seen WHERE id <= ? AND topic = ?;",
        Change::Group(_) => {
            "INSERT INTO consumer_group (id, topic, name, settings) VALUES (?, ?, ?, ?) \
             ON CONFLICT (id) DO UPDATE SET settings = excluded.settings;"
        }
        Change::Cursor(_) => {
            "INSERT INTO cursor (consumer_group, log, below, done, acked, failed, dead, expired, redriven, purged) \
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (consumer_group, log) DO UPDATE SET \
             below = excluded.below, done = excluded.done, acked = excluded.acked, failed = excluded.failed, \
             dead = excluded.dead, expired = excluded.expired, redriven = excluded.redriven, purged = excluded.purged;"
        }
        Change::Wait(_) => {
            "INSERT INTO waiting (consumer_group, log, at, failures, due_ms, delay_ms, key, dead_letter, history) \
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (consumer_group, log, at) DO UPDATE SET \
             failures = excluded.failures, due_ms = excluded.due_ms, delay_ms = excluded.delay_ms, \
             dead_letter = excluded.dead_letter, history = excluded.history;"
        }
        Change::Waited { .. } => "DELETE FROM waiting WHERE consumer_group = ? AND log = ? AND at = ?;",
        Change::ForgetWaiting { .. } => {
            "UPDATE dead_letter SET is_redriven = 0 WHERE consumer_group = ? AND is_redriven = 1; \
             DELETE FROM waiting WHERE consumer_group = ?;"
        }
        Change::DeadLetter(_) => {
            "INSERT INTO dead_letter (id, consumer_group, is_redriven, redriven, log, at, dead_ms, story, event) \
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET is_redriven = excluded.is_redriven, \
             redriven = excluded.redriven, dead_ms = excluded.dead_ms, story = excluded.story, event = excluded.event;"
        }
        Change::DropDeadLetter { .. } => "DELETE FROM dead_letter WHERE id = ?;",
        Change::Schedule(_) => "INSERT INTO scheduled (id, topic, due_ms, event) VALUES (?, ?, ?, ?);",
        Change::Unschedule { .. } => "DELETE FROM scheduled WHERE id = ?;",
    }
}

type Bound<'q> = Query<'q, Sqlite, SqliteArguments>;

/// Binds what [`text`] has places for, in their order.
pub(super) fn bind<'q>(query: Bound<'q>, change: &'q Change) -> Bound<'q> {
    match change {
        Change::Topic(row) => {
            query.bind(row.id).bind(&row.name).bind(row.settings.as_slice()).bind(row.duplicates.cast_signed())
        }
        Change::Log(row) => query
            .bind(row.id)
            .bind(row.topic)
            .bind(row.part)
            .bind(row.first.cast_signed())
            .bind(row.next.cast_signed())
            .bind(row.events.cast_signed())
            .bind(row.bytes.cast_signed())
            .bind(row.compacted.cast_signed()),
        Change::Batch(row) => query
            .bind(batch_id(row.log, row.first))
            .bind(row.next.cast_signed())
            .bind(row.events.cast_signed())
            .bind(row.from_ms.cast_signed())
            .bind(row.to_ms.cast_signed())
            .bind((row.data.len() as u64).cast_signed())
            .bind(row.data.as_slice()),
        Change::DropBatch { log, first } => query.bind(batch_id(*log, *first)),
        Change::Seen { id, topic, at_ms, ids } => {
            query.bind(id.cast_signed()).bind(*topic).bind(at_ms.cast_signed()).bind(ids.as_slice())
        }
        Change::ForgetSeen { topic, up_to } => query.bind(up_to.cast_signed()).bind(*topic),
        Change::Group(row) => query.bind(row.id).bind(row.topic).bind(&row.name).bind(row.settings.as_slice()),
        Change::Cursor(row) => query
            .bind(row.group)
            .bind(row.log)
            .bind(row.below.cast_signed())
            .bind(row.done.as_slice())
            .bind(row.acked.cast_signed())
            .bind(row.failed.cast_signed())
            .bind(row.dead.cast_signed())
            .bind(row.expired.cast_signed())
            .bind(row.redriven.cast_signed())
            .bind(row.purged.cast_signed()),
        Change::Wait(row) => query
            .bind(row.group)
            .bind(row.log)
            .bind(row.at.cast_signed())
            .bind(row.failures)
            .bind(row.due_ms.cast_signed())
            .bind(row.delay_ms.cast_signed())
            .bind(row.key.unwrap_or(0).cast_signed())
            .bind(row.dead_letter.map(u64::cast_signed))
            .bind(row.history.as_slice()),
        Change::Waited { group, log, at } => query.bind(*group).bind(*log).bind(at.cast_signed()),
        Change::ForgetWaiting { group } => query.bind(*group).bind(*group),
        Change::DeadLetter(row) => query
            .bind(row.id.cast_signed())
            .bind(row.group)
            .bind(row.is_redriven)
            .bind(row.redriven)
            .bind(row.log)
            .bind(row.at.cast_signed())
            .bind(row.dead_ms.cast_signed())
            .bind(row.story.as_slice())
            .bind(row.event.as_slice()),
        Change::DropDeadLetter { id } | Change::Unschedule { id } => query.bind(id.cast_signed()),
        Change::Schedule(row) => {
            query.bind(row.id.cast_signed()).bind(row.topic).bind(row.due_ms.cast_signed()).bind(row.event.as_slice())
        }
    }
}
