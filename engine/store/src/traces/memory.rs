//! What is known of the file without reading it: the headers of all blocks, and the spans that are not packed yet.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use thalweg_spans::block::MOST_SPANS;
use thalweg_spans::{Batch, Damage, Header, Span};

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

/// What makes the next block.
#[derive(Debug)]
pub(crate) struct Ripe {
    /// The rows of the log, in their order.
    pub(crate) rows: Vec<Arc<Fresh>>,
    /// How far the log is packed.
    pub(crate) from: i64,
    /// All blocks there are.
    pub(crate) blocks: Arc<Vec<Arc<Packed>>>,
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
    /// Of blocks up to this number it is known which there are: one that is not in `blocks` is gone.
    sure_to: i64,
    /// What was set aside because it cannot be read.
    aside: SetAside,
}

impl Default for Inner {
    fn default() -> Self {
        // What no file says, so that it is read first.
        let stand = Stand { packed_to: -1, written_to: -1, removals: -1 };
        Self {
            blocks: Arc::default(),
            fresh: BTreeMap::new(),
            fresh_bytes: 0,
            stand,
            sure_to: 0,
            aside: SetAside::default(),
        }
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
    /// And the rows of the log that were set aside. Who wrote one of them knows it still.
    pub(crate) aside_rows: Vec<i64>,
    /// The greatest number that a block ever had.
    pub(crate) newest_block: i64,
    /// What was set aside.
    pub(crate) aside: SetAside,
    /// What cannot be read, with what is wrong, and was not set aside yet.
    pub(crate) damaged: Vec<(Part, Damage)>,
}

/// A part of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    /// A row of the log.
    Log(i64),
    Block(i64),
}

/// What cannot be read and stays in the file, left out of every question.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SetAside {
    /// Packed blocks, of some ten thousand spans each.
    pub blocks: u64,
    /// Commits that were not packed yet.
    pub commits: u64,
}

impl SetAside {
    /// Whether everything can be read.
    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }
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

    /// Of blocks beyond this number nothing is known.
    pub(crate) fn sure_to(&self) -> i64 {
        self.read(|inner| inner.sure_to)
    }

    /// What was set aside because it cannot be read.
    pub(crate) fn aside(&self) -> SetAside {
        self.read(|inner| inner.aside)
    }

    /// Something cannot be read; it was set aside by us as the removal of this number, or by others.
    pub(crate) fn set_aside(&self, part: Part, removals: Option<i64>) {
        self.change(|inner| {
            match part {
                Part::Log(id) => {
                    inner.forget_row(id);
                    inner.aside.commits += u64::from(removals.is_some());
                }
                Part::Block(id) => {
                    Arc::make_mut(&mut inner.blocks).retain(|known| known.id != id);
                    inner.aside.blocks += u64::from(removals.is_some());
                }
            }
            inner.removal(removals);
        });
    }

    /// Memory of what is not packed.
    pub(crate) fn fresh_bytes(&self) -> usize {
        self.read(|inner| inner.fresh_bytes)
    }

    /// The oldest rows of the log that make a block of `spans` spans or `bytes` bytes; nothing while there are not as many.
    pub(crate) fn enough(&self, spans: usize, bytes: usize) -> Option<Ripe> {
        self.read(|inner| {
            let ripe = |rows| Ripe { rows, from: inner.stand.packed_to, blocks: Arc::clone(&inner.blocks) };
            let (mut have_spans, mut have_bytes, mut rows) = (0, 0, Vec::new());
            for fresh in inner.fresh.values() {
                // A large row that others wrote: with what is before it, it would be too much for a block.
                if !rows.is_empty() && have_spans + fresh.batch.spans.len() > MOST_SPANS as usize {
                    return Some(ripe(rows));
                }
                have_spans += fresh.batch.spans.len();
                have_bytes += fresh.bytes;
                rows.push(Arc::clone(fresh));
                if have_spans >= spans || have_bytes >= bytes {
                    return Some(ripe(rows));
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

    /// The log was packed up to here, into these blocks.
    pub(crate) fn packed(&self, blocks: Vec<Packed>, to: i64) {
        self.change(|inner| {
            for block in blocks {
                inner.add_block(block);
            }
            inner.forget_fresh_to(to);
        });
    }

    /// What the file has beyond the memory. It was read a moment ago: what we did since then stands.
    pub(crate) fn learn(&self, news: News, stand: Stand) {
        self.change(|inner| {
            if let Some(kept) = news.kept
                && stand.removals > inner.stand.removals
            {
                inner.stand.removals = stand.removals;
                // A later block was put there by us after the file was read.
                let stays = |block: &Arc<Packed>| block.id > news.newest_block || kept.binary_search(&block.id).is_ok();
                Arc::make_mut(&mut inner.blocks).retain(stays);
            }
            let sure_to = inner.sure_to;
            for block in news.blocks.into_iter().filter(|block| block.id > sure_to) {
                inner.insert(block);
            }
            inner.sure_to = inner.sure_to.max(news.newest_block);
            inner.forget_fresh_to(stand.packed_to);
            news.fresh.into_iter().for_each(|fresh| inner.add_fresh(fresh));
            // The file packs without them, and so must we.
            news.aside_rows.into_iter().for_each(|row| inner.forget_row(row));
            inner.stand.written_to = inner.stand.written_to.max(stand.written_to);
            inner.aside = news.aside;
        });
    }

    /// A block was removed by us, as the removal of this number.
    pub(crate) fn removed(&self, block: i64, removals: i64) {
        self.change(|inner| {
            Arc::make_mut(&mut inner.blocks).retain(|known| known.id != block);
            inner.removal(Some(removals));
        });
    }

    /// Everything was removed by us: blocks up to this number, the log up to here.
    pub(crate) fn cleared(&self, stand: Stand, newest_block: i64) {
        self.change(|inner| {
            // Another process may have packed since, and we have heard of it.
            Arc::make_mut(&mut inner.blocks).retain(|block| block.id > newest_block);
            inner.sure_to = inner.sure_to.max(newest_block);
            inner.forget_fresh_to(stand.packed_to);
            inner.aside = SetAside::default();
            inner.removal(Some(stand.removals));
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

    fn forget_row(&mut self, row: i64) {
        if let Some(gone) = self.fresh.remove(&row) {
            self.fresh_bytes -= gone.bytes;
        }
    }

    /// A block of ours.
    fn add_block(&mut self, block: Packed) {
        // What was removed before it was told here must not come back.
        if block.id > self.sure_to {
            // Otherwise another process packed in between, whose block is still to be read.
            if block.id == self.sure_to + 1 {
                self.sure_to = block.id;
            }
            self.insert(block);
        }
    }

    fn insert(&mut self, block: Packed) {
        if let Err(at) = self.blocks.binary_search_by_key(&block.id, |block| block.id) {
            Arc::make_mut(&mut self.blocks).insert(at, Arc::new(block));
        }
    }

    /// We removed something, as the removal of this number.
    fn removal(&mut self, removals: Option<i64>) {
        // Otherwise another process removed in between, which is still to be read.
        if removals == Some(self.stand.removals + 1) {
            self.stand.removals += 1;
        }
    }

    fn forget_fresh_to(&mut self, to: i64) {
        self.stand.packed_to = self.stand.packed_to.max(to);
        self.stand.written_to = self.stand.written_to.max(self.stand.packed_to);
        let later = self.fresh.split_off(&(self.stand.packed_to + 1));
        let gone = std::mem::replace(&mut self.fresh, later);
        self.fresh_bytes -= gone.values().map(|fresh| fresh.bytes).sum::<usize>();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(id: i64) -> Packed {
        Packed { id, at_unix_ms: 0, bytes: 1, header: Header::default() }
    }

    fn news(blocks: &[i64], newest_block: i64, kept: Option<&[i64]>) -> News {
        let blocks = blocks.iter().map(|id| block(*id)).collect();
        News { blocks, newest_block, kept: kept.map(<[i64]>::to_vec), ..News::default() }
    }

    fn stand(packed_to: i64, removals: i64) -> Stand {
        Stand { packed_to, written_to: packed_to, removals }
    }

    fn ids(memory: &Memory) -> Vec<i64> {
        memory.snapshot().blocks.iter().map(|block| block.id).collect()
    }

    fn opened(blocks: &[i64]) -> Memory {
        let memory = Memory::default();
        let newest = blocks.last().copied().unwrap_or(0);
        memory.learn(news(blocks, newest, Some(blocks)), stand(newest * 10, 0));
        memory
    }

    /// The file was read before our block was in it, and is told afterwards.
    #[test]
    fn a_block_of_ours_is_not_hidden_by_older_news() {
        let memory = opened(&[1, 2]);
        let old_news = news(&[], 2, Some(&[2]));
        memory.packed(vec![block(3)], 30);
        memory.learn(old_news, stand(20, 1));
        assert_eq!(ids(&memory), [2, 3]);
    }

    /// Another process packed before us, and its block is read later.
    #[test]
    fn a_block_of_another_process_is_not_passed_over() {
        let memory = opened(&[1]);
        memory.packed(vec![block(3)], 30);
        assert_eq!(memory.sure_to(), 1);
        memory.learn(news(&[2, 3], 3, None), stand(30, 0));
        assert_eq!((ids(&memory), memory.sure_to()), (vec![1, 2, 3], 3));
    }

    /// Our block was committed, then everything was removed by us or by another process, and only then the block is told.
    #[test]
    fn what_was_removed_does_not_come_back() {
        let memory = opened(&[1]);
        memory.cleared(stand(20, 1), 2);
        memory.packed(vec![block(2)], 20);
        assert_eq!(ids(&memory), [0_i64; 0]);
        let memory = opened(&[1]);
        memory.learn(news(&[], 2, Some(&[])), stand(20, 1));
        memory.packed(vec![block(2)], 20);
        assert_eq!(ids(&memory), [0_i64; 0]);
        // Nor from news that were read before.
        let memory = opened(&[1]);
        let old_news = news(&[2], 2, None);
        memory.cleared(stand(20, 1), 2);
        memory.learn(old_news, stand(20, 0));
        assert_eq!(ids(&memory), [0_i64; 0]);
    }

    /// Another process packs right after we cleared, and we hear of it first.
    #[test]
    fn what_came_after_a_clear_stays() {
        let memory = opened(&[1]);
        memory.learn(news(&[3], 3, Some(&[3])), stand(40, 1));
        memory.cleared(stand(20, 1), 2);
        assert_eq!(ids(&memory), [3]);
        assert_eq!(memory.stand(), stand(40, 1));
    }

    /// A removal of another process between ours and its telling is still to be read.
    #[test]
    fn removals_of_others_are_not_passed_over() {
        let memory = opened(&[1, 2, 3]);
        memory.removed(2, 2);
        assert_eq!(memory.stand().removals, 0);
        memory.cleared(stand(30, 3), 3);
        assert_eq!(memory.stand().removals, 0);
        memory.learn(news(&[], 3, Some(&[])), stand(30, 3));
        assert_eq!(memory.stand().removals, 3);
    }

    /// Another process could not read a row that we wrote: the file packs without it.
    #[test]
    fn a_row_that_another_process_set_aside_is_not_packed() {
        let memory = opened(&[]);
        for id in 1..=3 {
            let spans = vec![Span::default()];
            memory.written(Fresh::new(id, Batch { spans, ..Batch::default() }));
        }
        let before = memory.fresh_bytes();
        memory.learn(News { aside_rows: vec![2], ..news(&[], 0, Some(&[])) }, stand(0, 1));
        let ripe = memory.enough(2, usize::MAX).unwrap();
        assert_eq!(ripe.rows.iter().map(|row| row.id).collect::<Vec<_>>(), [1, 3]);
        assert_eq!(memory.fresh_bytes() * 3, before * 2);
    }

    #[test]
    fn no_more_rows_are_packed_together_than_a_block_takes() {
        let memory = opened(&[]);
        for (id, count) in [(1, 1000), (2, MOST_SPANS as usize)] {
            let spans = vec![Span::default(); count];
            memory.written(Fresh::new(id, Batch { spans, ..Batch::default() }));
        }
        let ripe = || memory.enough(32_768, usize::MAX).unwrap().rows.iter().map(|row| row.id).collect::<Vec<_>>();
        assert_eq!(ripe(), [1]);
        memory.packed(vec![block(1)], 1);
        assert_eq!(ripe(), [2]);
    }
}
