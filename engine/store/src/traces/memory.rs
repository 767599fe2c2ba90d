//! What is known of the file without reading it: the headers of all blocks, and the spans that are not packed yet.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use thalweg_spans::{Batch, Header, Span};

/// One row of the log: what one commit brought.
#[derive(Debug)]
pub(crate) struct Fresh {
    /// Its number; of a span that is in several the greatest counts.
    pub(crate) id: i64,
    pub(crate) batch: Batch,
    /// Memory it takes, about.
    pub(crate) bytes: usize,
}

impl Fresh {
    pub(crate) fn new(id: i64, batch: Batch) -> Self {
        let spans: usize = batch.spans.iter().map(Span::weight).sum();
        // Of senders that send span by span most is this.
        let resources: usize = batch.resources.iter().map(thalweg_spans::Resource::weight).sum();
        let scopes: usize = batch.scopes.iter().map(thalweg_spans::Scope::weight).sum();
        let bytes = spans + resources + scopes;
        Self { id, batch, bytes }
    }
}

/// A block, without its columns.
#[derive(Debug)]
pub(crate) struct Packed {
    pub(crate) id: i64,
    /// When it was packed, milliseconds since 1970.
    pub(crate) at_unix_ms: i64,
    /// Of header and columns in the file.
    pub(crate) bytes: u64,
    pub(crate) header: Header,
}

/// How far the file has come; compared with what the file says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stand {
    /// The last row of the log that is packed.
    pub(crate) packed_to: i64,
    /// The last row of the log that was ever written.
    pub(crate) written_to: i64,
    pub(crate) removals: i64,
}

/// All of it at one moment.
#[derive(Debug, Clone)]
pub(crate) struct Snapshot {
    /// In the order in which they were packed.
    pub(crate) blocks: Arc<Vec<Arc<Packed>>>,
    /// In the order of the log; later than every block.
    pub(crate) fresh: Vec<Arc<Fresh>>,
}

#[derive(Debug, Default)]
pub(crate) struct Memory {
    inner: RwLock<Inner>,
}

#[derive(Debug)]
struct Inner {
    blocks: Arc<Vec<Arc<Packed>>>,
    fresh: BTreeMap<i64, Arc<Fresh>>,
    fresh_bytes: usize,
    stand: Stand,
}

impl Default for Inner {
    fn default() -> Self {
        // What no file says, so that it is read first.
        let stand = Stand { packed_to: -1, written_to: -1, removals: -1 };
        Self { blocks: Arc::default(), fresh: BTreeMap::new(), fresh_bytes: 0, stand }
    }
}

/// What was read from a file that is further than the memory.
#[derive(Debug, Default)]
pub(crate) struct News {
    /// Blocks that were not known.
    pub(crate) blocks: Vec<Packed>,
    /// Rows of the log that were not known.
    pub(crate) fresh: Vec<Fresh>,
    /// When something was removed: the numbers of all blocks there are.
    pub(crate) kept: Option<Vec<i64>>,
}

impl Memory {
    fn read<T>(&self, ask: impl FnOnce(&Inner) -> T) -> T {
        ask(&self.inner.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn change<T>(&self, change: impl FnOnce(&mut Inner) -> T) -> T {
        change(&mut self.inner.write().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn snapshot(&self) -> Snapshot {
        self.read(|inner| Snapshot {
            blocks: Arc::clone(&inner.blocks),
            fresh: inner.fresh.values().cloned().collect(),
        })
    }

    pub(crate) fn stand(&self) -> Stand {
        self.read(|inner| inner.stand)
    }

    /// Memory of what is not packed.
    pub(crate) fn fresh_bytes(&self) -> usize {
        self.read(|inner| inner.fresh_bytes)
    }

    /// The oldest rows of the log that make a block of `spans` spans or `bytes` bytes; nothing while there are not as many.
    pub(crate) fn enough(&self, spans: usize, bytes: usize) -> Option<Vec<Arc<Fresh>>> {
        self.read(|inner| {
            let (mut have_spans, mut have_bytes, mut rows) = (0, 0, Vec::new());
            for fresh in inner.fresh.values() {
                have_spans += fresh.batch.spans.len();
                have_bytes += fresh.bytes;
                rows.push(Arc::clone(fresh));
                if have_spans >= spans || have_bytes >= bytes {
                    return Some(rows);
                }
            }
            None
        })
    }

    /// A row of the log was committed by us.
    pub(crate) fn written(&self, fresh: Fresh) {
        self.change(|inner| {
            // Otherwise another process wrote in between, whose rows are still to be read.
            if fresh.id == inner.stand.written_to + 1 {
                inner.stand.written_to = fresh.id;
            }
            inner.add_fresh(fresh);
        });
    }

    /// The log was packed up to here, into this block.
    pub(crate) fn packed(&self, block: Packed, to: i64) {
        self.change(|inner| inner.add_block(block, to));
    }

    /// What the file has beyond the memory.
    pub(crate) fn learn(&self, news: News, stand: Stand) {
        self.change(|inner| {
            if let Some(kept) = news.kept
                && stand.removals > inner.stand.removals
            {
                inner.stand.removals = stand.removals;
                Arc::make_mut(&mut inner.blocks).retain(|block| kept.binary_search(&block.id).is_ok());
            }
            for block in news.blocks {
                inner.add_block(block, stand.packed_to);
            }
            inner.forget_fresh_to(stand.packed_to);
            news.fresh.into_iter().for_each(|fresh| inner.add_fresh(fresh));
            inner.stand.written_to = inner.stand.written_to.max(stand.written_to);
        });
    }

    /// A block was removed by us, as the removal of this number.
    pub(crate) fn removed(&self, block: i64, removals: i64) {
        self.change(|inner| {
            Arc::make_mut(&mut inner.blocks).retain(|known| known.id != block);
            // Otherwise another process removed in between, which is still to be read.
            if removals == inner.stand.removals + 1 {
                inner.stand.removals = removals;
            }
        });
    }

    /// Everything was removed by us, the log up to here.
    pub(crate) fn cleared(&self, stand: Stand) {
        self.change(|inner| {
            inner.blocks = Arc::default();
            inner.forget_fresh_to(stand.packed_to);
            inner.stand.removals = inner.stand.removals.max(stand.removals);
        });
    }
}

impl Inner {
    fn add_fresh(&mut self, fresh: Fresh) {
        // It may be packed already, or read from the file before its writer told.
        if fresh.id > self.stand.packed_to && !self.fresh.contains_key(&fresh.id) {
            self.fresh_bytes += fresh.bytes;
            self.fresh.insert(fresh.id, Arc::new(fresh));
        }
    }

    fn add_block(&mut self, block: Packed, to: i64) {
        if let Err(at) = self.blocks.binary_search_by_key(&block.id, |block| block.id) {
            Arc::make_mut(&mut self.blocks).insert(at, Arc::new(block));
        }
        self.forget_fresh_to(to);
    }

    fn forget_fresh_to(&mut self, to: i64) {
        self.stand.packed_to = self.stand.packed_to.max(to);
        self.stand.written_to = self.stand.written_to.max(self.stand.packed_to);
        let later = self.fresh.split_off(&(self.stand.packed_to + 1));
        let gone = std::mem::replace(&mut self.fresh, later);
        self.fresh_bytes -= gone.values().map(|fresh| fresh.bytes).sum::<usize>();
    }
}
