//! The task that makes blocks of the log.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use thalweg_spans::block::MOST_SPANS;
use thalweg_spans::{Beside, Header, LinksOf, Loose, TooManySpans, pack_beside};
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
    let packed = tokio::task::spawn_blocking(move || packed(&ripe, links));
    let packed = packed.await.map_err(|_| Fault::Broken)?;
    let packed = packed.map_err(|error| Fault::Sql(sqlx::Error::Encode(error.to_string().into())))?;
    let at_unix_ms = now_unix_ms();
    let put = sql::put_blocks(&traces.writer, &packed, from, to, count, at_unix_ms).await?;
    let is_put = put.is_some();
    if let Some(put) = put {
        let block = |((id, bytes), packed): ((i64, u64), thalweg_spans::Packed)| Packed {
            id,
            at_unix_ms,
            bytes,
            header: packed.header,
        };
        traces.memory.packed(put.into_iter().zip(packed).map(block).collect(), to);
    } else {
        // Another process was faster, wrote rows that are not known here yet, or set one aside.
        traces.follow().await?;
    }
    Ok(is_put)
}

/// One block; several when a row of the log, which some older Thalweg wrote, has more spans than one takes.
fn packed(ripe: &Ripe, links: Option<LinksOf>) -> Result<Vec<thalweg_spans::Packed>, TooManySpans> {
    let mut spans = Vec::with_capacity(ripe.rows.iter().map(|row| row.batch.spans.len()).sum());
    for Fresh { batch, .. } in ripe.rows.iter().map(AsRef::as_ref) {
        let loose = batch.spans.iter().map(|span| Loose {
            span,
            resource: &batch.resources[span.resource],
            scope: &batch.scopes[span.scope],
        });
        spans.extend(loose);
    }
    let mut blocks: Vec<thalweg_spans::Packed> = Vec::new();
    // In the order of their arrival: of a span that is in several blocks the last counts.
    for spans in spans.chunks(MOST_SPANS as usize) {
        // All blocks of the file are known up to where these begin, or putting them there is refused.
        let known = ripe.blocks.iter().map(|block| &block.header);
        let before: Vec<&Header> = known.chain(blocks.iter().map(|block| &block.header)).collect();
        blocks.push(pack_beside(spans.to_vec(), Beside { before: Some(&before), links })?);
    }
    Ok(blocks)
}

/// Now, milliseconds since 1970.
pub(super) fn now_unix_ms() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}
