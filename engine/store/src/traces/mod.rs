//! Traces in the file: a log that is written at once, blocks that are packed from it later, and what is asked of both.
//!
//! - [`write`]: one task appends what has queued up as one row of the log and answers after the commit ([`group`] makes one batch of
//!   many and leaves out what is known).
//! - [`pack`]: a second task makes a block of the oldest rows of the log as soon as there are enough, off the first one's way.
//! - [`retain`]: what is too old or too much goes, whole blocks at a time.
//! - [`memory`]: the headers of all blocks and the spans of the log, as they are in the file; followed when other processes write too.
//! - [`read`]: a trace, from memory and from the few columns of the few blocks that can have it; [`find`]: lists of traces, all or
//!   those that a filter finds; [`survey`]: what many traces show together.
//!
//! A span's identity is its trace and span id. It may be in several rows of the log and blocks: the last one counts, whoever reads
//! sees to that.

mod find;
mod group;
mod memory;
mod old;
mod pack;
mod read;
mod retain;
mod sql;
mod survey;
mod write;

use std::path::PathBuf;
use std::sync::PoisonError;

use sqlx::SqlitePool;
use thalweg_spans::{Batch, Damage};
use tokio::sync::Mutex;

use crate::StoreError;
use memory::{Memory, Snapshot};

pub use old::FromOld;
pub(crate) use old::has_old;
pub use retain::TraceRetention;
pub use survey::Pieces;
pub(crate) use write::{Job, write_groups};

/// Why something was not read or written.
#[derive(Debug)]
pub(crate) enum Fault {
    Sql(sqlx::Error),
    Damage(Damage),
    /// What was to be read was removed meanwhile.
    Gone,
    /// A task did not come to its end.
    Broken,
    /// Told already.
    Told(StoreError),
}

impl From<sqlx::Error> for Fault {
    fn from(error: sqlx::Error) -> Self {
        Self::Sql(error)
    }
}

impl From<Damage> for Fault {
    fn from(damage: Damage) -> Self {
        Self::Damage(damage)
    }
}

/// When spans are packed. The defaults are those Thalweg has; tests pack sooner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Packing {
    /// Spans of a block, about: what one commit brought is not cut.
    pub spans: usize,
    /// Memory of the spans of a block: large ones make smaller blocks.
    pub bytes: usize,
    /// Memory of spans that are not packed; beyond it senders wait until some are.
    pub waiting_bytes: usize,
}

impl Default for Packing {
    fn default() -> Self {
        Self { spans: 32_768, bytes: 32 << 20, waiting_bytes: 96 << 20 }
    }
}

/// The traces of an open file.
#[derive(Debug)]
pub(crate) struct Traces {
    path: PathBuf,
    writer: SqlitePool,
    readers: SqlitePool,
    memory: Memory,
    /// Held by who reads the file into memory.
    learning: Mutex<()>,
    summaries: read::Kept<thalweg_spans::Traces>,
    span_ids: read::Kept<Vec<[u8; 8]>>,
    unpacked: read::Kept<Batch>,
    asked_often: read::Often,
    packing: Packing,
    retention: std::sync::Mutex<TraceRetention>,
}

impl Traces {
    pub(crate) fn new(path: PathBuf, writer: SqlitePool, readers: SqlitePool, packing: Packing) -> Self {
        Self {
            path,
            writer,
            readers,
            memory: Memory::default(),
            learning: Mutex::default(),
            summaries: read::Kept::new(read::KEPT),
            span_ids: read::Kept::new(read::KEPT),
            unpacked: read::Kept::new(read::KEPT_WHOLE),
            asked_often: read::Often::default(),
            packing,
            retention: std::sync::Mutex::default(),
        }
    }

    fn retention(&self) -> TraceRetention {
        *self.retention.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// From now on this much is kept; what is too much goes at once.
    pub(crate) async fn retain(&self, retention: TraceRetention) -> Result<u64, StoreError> {
        *self.retention.lock().unwrap_or_else(PoisonError::into_inner) = retention;
        let done = match self.follow().await {
            Ok(()) => self.make_room().await,
            Err(fault) => Err(fault),
        };
        done.map_err(|fault| self.words(fault))
    }

    /// Brings the memory to where the file is. Other processes may have written.
    async fn follow(&self) -> Result<(), Fault> {
        let _one = self.learning.lock().await;
        let last_block = self.memory.snapshot().blocks.last().map_or(0, |block| block.id);
        if let Some((news, stand)) = sql::news(&self.readers, self.memory.stand(), last_block).await? {
            self.memory.learn(news, stand);
        }
        Ok(())
    }

    /// All there is at this moment.
    async fn now(&self) -> Result<Snapshot, Fault> {
        self.follow().await?;
        Ok(self.memory.snapshot())
    }

    /// Removes every trace.
    pub(crate) async fn clear(&self) -> Result<(), StoreError> {
        let stand = sql::clear(&self.writer).await.map_err(|fault| self.words(fault))?;
        self.memory.cleared(stand);
        Ok(())
    }

    fn words(&self, fault: Fault) -> StoreError {
        let path = self.path.clone();
        match fault {
            Fault::Sql(error) => StoreError::from_sqlx(&path, &error),
            Fault::Damage(damage) => StoreError::Damaged { path, detail: damage.to_string() },
            Fault::Gone => StoreError::Other { path, detail: "what was asked for was removed again and again".into() },
            Fault::Broken => StoreError::Other { path, detail: "a task broke off".into() },
            Fault::Told(error) => error,
        }
    }
}
