//! Traces in the file: a log that is written at once, blocks that are packed from it later, and what is asked of both.
//!
//! - [`write`]: one task appends what has queued up as one row of the log and answers after the commit ([`group`] makes one batch of
//!   many and leaves out what is known).
//! - [`pack`]: a second task makes a block of the oldest rows of the log as soon as there are enough, off the first one's way.
//! - [`retain`]: what is too old or too much goes, whole blocks at a time.
//! - [`memory`]: the headers of all blocks and the spans of the log, as they are in the file; followed when other processes write too.
//! - [`read`]: a trace, from memory and from the few columns of the few blocks that can have it; [`find`]: lists of traces, all or
//!   those that a filter finds, [`rank`] the greatest first, [`spread`]
//!   which of them go on from block to block; [`links`]: which spans link to a trace; [`survey`]: what many traces show
//!   together.
//!
//! A span's identity is its trace and span id. It may be in several rows of the log and blocks: the last one counts, whoever reads
//! sees to that.

mod find;
mod group;
mod links;
mod memory;
mod old;
mod pack;
mod rank;
mod read;
mod retain;
mod spread;
mod sql;
mod survey;
mod write;

use std::path::PathBuf;
use std::sync::{OnceLock, PoisonError};

use sqlx::SqlitePool;
use thalweg_spans::{Batch, Damage, LinksOf};
use tokio::sync::Mutex;

use crate::StoreError;
use memory::{Memory, Part, Snapshot};

pub(crate) use group::in_parts;
pub use memory::SetAside;
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
    /// This block cannot be read.
    DamagedBlock(i64, Damage),
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

/// How often a question is asked anew when what it needs is removed meanwhile.
const ATTEMPTS: usize = 5;

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
    /// What is damaged and was not noted in the file.
    not_noted: std::sync::Mutex<Vec<(Part, Damage)>>,
    /// How links of spans are read, once somebody said it.
    links: OnceLock<LinksOf>,
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
            not_noted: std::sync::Mutex::default(),
            links: OnceLock::new(),
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
        if let Some((mut news, stand)) = sql::news(&self.readers, self.memory.stand(), self.memory.sure_to()).await? {
            let damaged = std::mem::take(&mut news.damaged);
            self.memory.learn(news, stand);
            for (part, damage) in damaged {
                self.set_aside(part, damage).await;
            }
        }
        Ok(())
    }

    /// Leaves something that cannot be read out of every question from now on, and says so once. Its bytes stay in the file.
    async fn set_aside(&self, part: Part, damage: Damage) {
        // It is left out here whether that can be written or not.
        self.memory.set_aside(part, None);
        if let Err(fault) = self.note_aside(part, damage).await {
            let error = self.words(fault);
            tracing::warn!(?part, %damage, %error, "a part of the spans is damaged, and that could not be noted yet");
            self.not_noted.lock().unwrap_or_else(PoisonError::into_inner).push((part, damage));
        }
    }

    async fn note_aside(&self, part: Part, damage: Damage) -> Result<(), Fault> {
        if let Some(removals) = sql::put_aside(&self.writer, part, &damage.to_string()).await? {
            self.memory.set_aside(part, Some(removals));
            let path = self.path.display();
            tracing::warn!(?part, %damage, %path, "a part of the spans is damaged: it is left out, and kept in the file");
        }
        Ok(())
    }

    /// Notes what could not be noted before.
    async fn note_rest(&self) -> Result<(), Fault> {
        let rest = std::mem::take(&mut *self.not_noted.lock().unwrap_or_else(PoisonError::into_inner));
        for (at, (part, damage)) in rest.iter().enumerate() {
            if let Err(fault) = self.note_aside(*part, *damage).await {
                self.not_noted.lock().unwrap_or_else(PoisonError::into_inner).extend(&rest[at..]);
                return Err(fault);
            }
        }
        Ok(())
    }

    /// What to do about a question that failed: nothing when it is to be asked again, because what it needs went meanwhile or turned
    /// out to be damaged.
    async fn again(&self, fault: Fault, gone: &mut usize) -> Result<(), StoreError> {
        match fault {
            Fault::Gone if *gone < ATTEMPTS => *gone += 1,
            // Without this block: there are only so many.
            Fault::DamagedBlock(id, damage) => self.set_aside(Part::Block(id), damage).await,
            fault => return Err(self.words(fault)),
        }
        Ok(())
    }

    /// What cannot be read and is left out.
    pub(crate) async fn aside(&self) -> Result<SetAside, StoreError> {
        self.follow().await.map_err(|fault| self.words(fault))?;
        Ok(self.memory.aside())
    }

    /// All there is at this moment.
    async fn now(&self) -> Result<Snapshot, Fault> {
        self.follow().await?;
        Ok(self.memory.snapshot())
    }

    /// Removes every trace.
    pub(crate) async fn clear(&self) -> Result<(), StoreError> {
        let (stand, newest_block) = sql::clear(&self.writer).await.map_err(|fault| self.words(fault))?;
        self.memory.cleared(stand, newest_block);
        Ok(())
    }

    fn words(&self, fault: Fault) -> StoreError {
        let path = self.path.clone();
        match fault {
            Fault::Sql(error) => StoreError::from_sqlx(&path, &error),
            Fault::Damage(damage) | Fault::DamagedBlock(_, damage) => {
                StoreError::Damaged { path, detail: damage.to_string() }
            }
            Fault::Gone => StoreError::Other { path, detail: "what was asked for was removed again and again".into() },
            Fault::Broken => StoreError::Other { path, detail: "a task broke off".into() },
            Fault::Told(error) => error,
        }
    }
}
