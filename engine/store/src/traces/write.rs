//! The one task that writes what arrives.

use std::sync::Arc;

use thalweg_spans::block::squeeze;
use thalweg_spans::{Batch, batch_to_bytes};
use tokio::sync::{mpsc, oneshot, watch};

use super::group::{Group, Index, merge};
use super::memory::Fresh;
use super::{Fault, Traces, pack};
use crate::StoreError;
use crate::rows::Written;

/// A group ends at this many spans, so that the first of many callers does not wait for all of them.
const SPANS_PER_GROUP: usize = 8192;

/// A batch and who waits for it.
pub(crate) struct Job {
    pub(crate) batch: Batch,
    pub(crate) done: oneshot::Sender<Result<Written, StoreError>>,
}

/// Whatever has queued up while the last group was flushed makes the next one. Ends with the queue, and packing with it.
pub(crate) async fn write_groups(mut jobs: mpsc::Receiver<Job>, traces: Arc<Traces>) {
    let mut writer: Option<Writer> = None;
    while let Some(first) = jobs.recv().await {
        let mut size = first.batch.spans.len();
        let (mut batches, mut waiting) = (vec![first.batch], vec![first.done]);
        while size < SPANS_PER_GROUP
            && let Ok(job) = jobs.try_recv()
        {
            size += job.batch.spans.len();
            batches.push(job.batch);
            waiting.push(job.done);
        }
        // Who only looks packs nothing: the task begins with the first span.
        let writer = writer.get_or_insert_with(|| Writer::new(&traces));
        match writer.write(&traces, batches).await {
            // A receiver that is gone has dropped its request; its spans are stored all the same.
            Ok(written) => waiting.into_iter().zip(written).for_each(|(done, written)| drop(done.send(Ok(written)))),
            Err(fault) => {
                let error = traces.words(fault);
                tracing::warn!(%error, "a group of spans was not stored");
                for done in waiting {
                    done.send(Err(error.clone())).ok();
                }
            }
        }
    }
    if let Some(writer) = writer {
        writer.end().await;
    }
}

struct Writer {
    index: Index,
    wake: mpsc::Sender<()>,
    progress: watch::Receiver<Option<StoreError>>,
    packing: tokio::task::JoinHandle<()>,
}

impl Writer {
    fn new(traces: &Arc<Traces>) -> Self {
        let (wake, woken) = mpsc::channel(1);
        let (told, progress) = watch::channel(None);
        let packing = tokio::spawn(pack::pack_blocks(woken, told, Arc::clone(traces)));
        Self { index: Index::default(), wake, progress, packing }
    }

    async fn end(self) {
        drop(self.wake);
        if let Err(error) = self.packing.await {
            tracing::error!(%error, "packing ended badly");
        }
    }

    /// Writes all `batches` in one transaction and commits it. On error nothing of the group is stored.
    async fn write(&mut self, traces: &Traces, batches: Vec<Batch>) -> Result<Vec<Written>, Fault> {
        if traces.memory.stand().written_to < 0 {
            traces.follow().await?;
        }
        self.find_room(traces).await?;
        let fresh = traces.memory.snapshot().fresh;
        let mut index = std::mem::take(&mut self.index);
        // Some milliseconds of a core, which the tasks beside this one do without.
        let prepared = tokio::task::spawn_blocking(move || {
            index.follow(&fresh);
            let Group { batch, written } = merge(batches, &index);
            let mut bytes = Vec::new();
            if !batch.spans.is_empty() {
                batch_to_bytes(&batch, &mut bytes);
                bytes = squeeze(&bytes);
            }
            (index, batch, written, bytes)
        });
        let (index, batch, written, bytes) = prepared.await.map_err(|_| Fault::Broken)?;
        self.index = index;
        if batch.spans.is_empty() {
            return Ok(written);
        }
        let id = super::sql::append(&traces.writer, &bytes).await?;
        traces.memory.written(Fresh::new(id, batch));
        // It is awake already when the channel is full.
        self.wake.try_send(()).ok();
        Ok(written)
    }

    /// Waits for packing while there is too much in memory.
    async fn find_room(&mut self, traces: &Traces) -> Result<(), Fault> {
        self.progress.mark_unchanged();
        while traces.memory.fresh_bytes() > traces.packing.waiting_bytes {
            self.wake.try_send(()).ok();
            self.progress.changed().await.map_err(|_| Fault::Broken)?;
            if let Some(error) = self.progress.borrow_and_update().clone() {
                return Err(Fault::Told(error));
            }
        }
        Ok(())
    }
}
