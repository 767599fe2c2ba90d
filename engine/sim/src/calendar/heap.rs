//! An implicit 4-ary heap in one vector. Four children share a cache line or two, and taking the first refills the root
//! bottom-up (walk the smallest children down to a leaf, then sift the last entry up), which needs about one comparison per
//! level less than sifting from the top.

use super::Entry;

const ARITY: usize = 4;

#[derive(Debug)]
pub(super) struct Heap<E> {
    entries: Vec<Entry<E>>,
}

impl<E: Copy> Heap<E> {
    pub(super) fn new() -> Self {
        Heap { entries: Vec::with_capacity(64) }
    }

    #[inline]
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    #[inline]
    pub(super) fn first(&self) -> Option<&Entry<E>> {
        self.entries.first()
    }

    #[expect(clippy::inline_always, reason = "see `Calendar::push`")]
    #[inline(always)]
    pub(super) fn push(&mut self, entry: Entry<E>) {
        self.entries.push(entry);
        self.sift_up(self.entries.len() - 1, entry);
    }

    #[inline]
    pub(super) fn drop_first(&mut self) {
        let Some(last) = self.entries.pop() else { return };
        if !self.entries.is_empty() {
            let hole = self.sink_hole();
            self.sift_up(hole, last);
        }
    }

    /// All entries, in no order.
    pub(super) fn drain(&mut self) -> impl Iterator<Item = Entry<E>> + '_ {
        self.entries.drain(..)
    }

    /// Moves the smallest child into the hole, from the root to a leaf; gives the leaf.
    #[inline]
    fn sink_hole(&mut self) -> usize {
        let heap = &mut self.entries[..];
        let mut hole = 0;
        loop {
            let first = hole * ARITY + 1;
            if let Some(children) = heap.get(first..first + ARITY) {
                let left = usize::from(children[1].key() < children[0].key());
                let right = 2 + usize::from(children[3].key() < children[2].key());
                let least = if children[right].key() < children[left].key() { right } else { left };
                heap[hole] = heap[first + least];
                hole = first + least;
            } else {
                let least = (first..heap.len()).min_by_key(|&i| heap[i].key());
                let Some(least) = least else { return hole };
                heap[hole] = heap[least];
                hole = least;
            }
        }
    }

    #[inline]
    fn sift_up(&mut self, mut hole: usize, entry: Entry<E>) {
        let heap = &mut self.entries[..];
        while hole > 0 {
            let parent = (hole - 1) / ARITY;
            if heap[parent].key() <= entry.key() {
                break;
            }
            heap[hole] = heap[parent];
            hole = parent;
        }
        heap[hole] = entry;
    }
}
