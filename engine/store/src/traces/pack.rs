//! The task that makes blocks of the log.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use thalweg_spans::{Beside, Loose, pack_beside};
use tokio::sync::{mpsc, watch};

use super::memory::{Fresh, Packed, Ripe};
use super::{Fault, Traces, sql};
use crate::StoreError;

/// Packs whenever it is woken and there is enough; tells after every step whether it went well. Ends with the channel.
pub(super) async fn pack_blocks(
    mut woken: mpsc::Receiver<()>,
    told: watch::Sender<Option<StoreError>>,
    traces: Arc<Traces>,
) {
    while woken.recv().await.is_some() {
        loop {
            if let Err(fault) = traces.make_room().await {
                tracing::warn!(error = %traces.words(fault), "old traces were not removed");
            }
            match pack_once(&traces).await {
                Ok(true) => drop(told.send_replace(None)),
                // Whoever waits for room may have it by another's work: a clear, or another process.
                Ok(false) => {
                    told.send_replace(None);
                    break;
                }
                Err(fault) => {
                    let error = traces.words(fault);
                    tracing::warn!(%error, "spans were not packed; they stay in the log");
                    told.send_replace(Some(error));
                    break;
                }
            }
        }
    }
}

/// Packs all that there is enough of.
pub(super) async fn pack_what_is_enough(traces: &Traces) -> Result<(), Fault> {
    while pack_once(traces).await? {}
    Ok(())
}

/// Packs one block; whether there was enough for it, and it is worth trying for another.
async fn pack_once(traces: &Traces) -> Result<bool, Fault> {
    traces.note_rest().await?;
    let before = traces.memory.stand();
    match traces.memory.enough(traces.packing.spans, traces.packing.bytes) {
        // Refused for what nobody knows of, it would be refused again.
        Some(ripe) => Ok(pack_rows(traces, ripe).await? || traces.memory.stand() != before),
        None => Ok(false),
    }
}

/// Whether the rows were packed. If not, the file is not as it was known to be, and is looked at anew.
async fn pack_rows(traces: &Traces, ripe: Ripe) -> Result<bool, Fault> {
    let (Some(to), count, from) = (ripe.rows.last().map(|row| row.id), ripe.rows.len(), ripe.from) else {
        return Ok(false);
    };
    let links = traces.links.get().copied();
    let packed = tokio::task::spawn_blocking(move || {
        let Ripe { rows, blocks, .. } = ripe;
        let mut spans = Vec::with_capacity(rows.iter().map(|row| row.batch.spans.len()).sum());
        for Fresh { batch, .. } in rows.iter().map(AsRef::as_ref) {
            let loose = batch.spans.iter().map(|span| Loose {
                span,
                resource: &batch.resources[span.resource],
                scope: &batch.scopes[span.scope],
            });
            spans.extend(loose);
        }
        // All blocks of the file are known up to `from`, or putting this one there is refused.
        let before: Vec<_> = blocks.iter().map(|block| &block.header).collect();
        pack_beside(spans, Beside { before: Some(&before), links })
    });
    let packed = packed.await.map_err(|_| Fault::Broken)?;
    let packed = packed.map_err(|error| Fault::Sql(sqlx::Error::Encode(error.to_string().into())))?;
    let at_unix_ms = now_unix_ms();
    let put = sql::put_block(&traces.writer, &packed, from, to, count, at_unix_ms).await?;
    if let Some((id, bytes)) = put {
        traces.memory.packed(Packed { id, at_unix_ms, bytes, header: packed.header }, to);
    } else {
        // Another process was faster, wrote rows that are not known here yet, or set one aside.
        traces.follow().await?;
    }
    Ok(put.is_some())
}

/// Now, milliseconds since 1970.
pub(super) fn now_unix_ms() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}
