//! Each change as one statement.

use sqlx::SqliteConnection;

use super::{Change, batch_id};

pub(super) async fn carry_out(connection: &mut SqliteConnection, change: &Change) -> Result<(), sqlx::Error> {
    match change {
        Change::Topic(_) | Change::Log(_) | Change::Batch(_) | Change::DropBatch { .. } => {
            logs(connection, change).await
        }
        Change::Seen { .. } | Change::ForgetSeen { .. } => identities(connection, change).await,
        Change::Group(_) | Change::Cursor(_) => groups(connection, change).await,
        Change::Wait(_) | Change::Waited { .. } | Change::ForgetWaiting { .. } => waiting(connection, change).await,
        Change::DeadLetter(_) | Change::DropDeadLetter { .. } => dead_letters(connection, change).await,
        Change::Schedule(_) | Change::Unschedule { .. } => scheduled(connection, change).await,
    }
}

async fn logs(connection: &mut SqliteConnection, change: &Change) -> Result<(), sqlx::Error> {
    match change {
        Change::Topic(row) => {
            sqlx::query(
                "INSERT INTO topic (id, name, settings, duplicates) VALUES (?, ?, ?, ?) ON CONFLICT (id) DO UPDATE \
                 SET settings = excluded.settings, duplicates = excluded.duplicates",
            )
            .bind(row.id)
            .bind(&row.name)
            .bind(&row.settings)
            .bind(row.duplicates.cast_signed())
            .execute(connection)
            .await
        }
        Change::Log(row) => {
            sqlx::query(
                "INSERT INTO log (id, topic, part, first, next, events, bytes, compacted) VALUES (?, ?, ?, ?, ?, ?, ?, ?) \
                 ON CONFLICT (id) DO UPDATE SET first = excluded.first, next = excluded.next, events = excluded.events, \
                 bytes = excluded.bytes, compacted = excluded.compacted",
            )
            .bind(row.id)
            .bind(row.topic)
            .bind(row.part)
            .bind(row.first.cast_signed())
            .bind(row.next.cast_signed())
            .bind(row.events.cast_signed())
            .bind(row.bytes.cast_signed())
            .bind(row.compacted.cast_signed())
            .execute(connection)
            .await
        }
        Change::Batch(row) => {
            sqlx::query(
                "INSERT INTO batch (id, next, events, from_ms, to_ms, bytes, data) VALUES (?, ?, ?, ?, ?, ?, ?)",
            )
            .bind(batch_id(row.log, row.first))
            .bind(row.next.cast_signed())
            .bind(row.events.cast_signed())
            .bind(row.from_ms.cast_signed())
            .bind(row.to_ms.cast_signed())
            .bind((row.data.len() as u64).cast_signed())
            .bind(row.data.as_slice())
            .execute(connection)
            .await
        }
        Change::DropBatch { log, first } => {
            sqlx::query("DELETE FROM batch WHERE id = ?").bind(batch_id(*log, *first)).execute(connection).await
        }
        _ => return Ok(()),
    }
    .map(drop)
}

async fn identities(connection: &mut SqliteConnection, change: &Change) -> Result<(), sqlx::Error> {
    match change {
        Change::Seen { id, topic, at_ms, ids } => {
            sqlx::query("INSERT INTO seen (id, topic, at_ms, ids) VALUES (?, ?, ?, ?)")
                .bind(id.cast_signed())
                .bind(topic)
                .bind(at_ms.cast_signed())
                .bind(ids.as_slice())
                .execute(connection)
                .await
        }
        Change::ForgetSeen { topic, up_to } => {
            sqlx::query("DELETE FROM seen WHERE id <= ? AND topic = ?")
                .bind(up_to.cast_signed())
                .bind(topic)
                .execute(connection)
                .await
        }
        _ => return Ok(()),
    }
    .map(drop)
}

async fn groups(connection: &mut SqliteConnection, change: &Change) -> Result<(), sqlx::Error> {
    match change {
        Change::Group(row) => {
            sqlx::query(
                "INSERT INTO consumer_group (id, topic, name, settings) VALUES (?, ?, ?, ?) \
                 ON CONFLICT (id) DO UPDATE SET settings = excluded.settings",
            )
            .bind(row.id)
            .bind(row.topic)
            .bind(&row.name)
            .bind(&row.settings)
            .execute(connection)
            .await
        }
        Change::Cursor(row) => {
            sqlx::query(
                "INSERT INTO cursor (consumer_group, log, below, done, acked, failed, dead, expired, redriven, purged) \
                 VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (consumer_group, log) DO UPDATE SET \
                 below = excluded.below, done = excluded.done, acked = excluded.acked, failed = excluded.failed, \
                 dead = excluded.dead, expired = excluded.expired, redriven = excluded.redriven, purged = excluded.purged",
            )
            .bind(row.group)
            .bind(row.log)
            .bind(row.below.cast_signed())
            .bind(row.done.as_slice())
            .bind(row.acked.cast_signed())
            .bind(row.failed.cast_signed())
            .bind(row.dead.cast_signed())
            .bind(row.expired.cast_signed())
            .bind(row.redriven.cast_signed())
            .bind(row.purged.cast_signed())
            .execute(connection)
            .await
        }
        _ => return Ok(()),
    }
    .map(drop)
}

async fn scheduled(connection: &mut SqliteConnection, change: &Change) -> Result<(), sqlx::Error> {
    match change {
        Change::Schedule(row) => {
            sqlx::query("INSERT INTO scheduled (id, topic, due_ms, event) VALUES (?, ?, ?, ?)")
                .bind(row.id.cast_signed())
                .bind(row.topic)
                .bind(row.due_ms.cast_signed())
                .bind(row.event.as_slice())
                .execute(connection)
                .await
        }
        Change::Unschedule { id } => {
            sqlx::query("DELETE FROM scheduled WHERE id = ?").bind(id.cast_signed()).execute(connection).await
        }
        _ => return Ok(()),
    }
    .map(drop)
}

async fn waiting(connection: &mut SqliteConnection, change: &Change) -> Result<(), sqlx::Error> {
    match change {
        Change::Wait(row) => {
            sqlx::query(
                "INSERT INTO waiting (consumer_group, log, at, failures, due_ms, delay_ms, key, dead_letter, history) \
                 VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (consumer_group, log, at) DO UPDATE SET \
                 failures = excluded.failures, due_ms = excluded.due_ms, delay_ms = excluded.delay_ms, \
                 dead_letter = excluded.dead_letter, history = excluded.history",
            )
            .bind(row.group)
            .bind(row.log)
            .bind(row.at.cast_signed())
            .bind(row.failures)
            .bind(row.due_ms.cast_signed())
            .bind(row.delay_ms.cast_signed())
            .bind(row.key.unwrap_or(0).cast_signed())
            .bind(row.dead_letter.map(u64::cast_signed))
            .bind(row.history.as_slice())
            .execute(connection)
            .await
        }
        Change::Waited { group, log, at } => {
            sqlx::query("DELETE FROM waiting WHERE consumer_group = ? AND log = ? AND at = ?")
                .bind(group)
                .bind(log)
                .bind(at.cast_signed())
                .execute(connection)
                .await
        }
        Change::ForgetWaiting { group } => {
            sqlx::query("UPDATE dead_letter SET is_redriven = 0 WHERE consumer_group = ? AND is_redriven = 1")
                .bind(group)
                .execute(&mut *connection)
                .await?;
            sqlx::query("DELETE FROM waiting WHERE consumer_group = ?").bind(group).execute(connection).await
        }
        _ => return Ok(()),
    }
    .map(drop)
}

async fn dead_letters(connection: &mut SqliteConnection, change: &Change) -> Result<(), sqlx::Error> {
    match change {
        Change::DeadLetter(row) => {
            sqlx::query(
                "INSERT INTO dead_letter (id, consumer_group, is_redriven, redriven, log, at, dead_ms, story, event) \
                 VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET is_redriven = excluded.is_redriven, \
                 redriven = excluded.redriven, dead_ms = excluded.dead_ms, story = excluded.story, event = excluded.event",
            )
            .bind(row.id.cast_signed())
            .bind(row.group)
            .bind(row.is_redriven)
            .bind(row.redriven)
            .bind(row.log)
            .bind(row.at.cast_signed())
            .bind(row.dead_ms.cast_signed())
            .bind(row.story.as_slice())
            .bind(row.event.as_slice())
            .execute(connection)
            .await
        }
        Change::DropDeadLetter { id } => {
            sqlx::query("DELETE FROM dead_letter WHERE id = ?").bind(id.cast_signed()).execute(connection).await
        }
        _ => return Ok(()),
    }
    .map(drop)
}
