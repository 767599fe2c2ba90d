//! An implicit 4-ary heap in one vector. Four children share a cache line or two, and taking the first refills the root
//! bottom-up (walk the smallest children down to a leaf, then sift the last entry up), which needs about one comparison per
//! level less than sifting from the top.

use super::Entry;

const ARITY: usize = 4;

#[derive(Debug)]
pub(super) struct Heap<E> {
    entries: Vec<Entry<E>>,
    /// Whether the first entry was taken and nothing stands in its place yet. What happens mostly plans something else, which
    /// then goes there at once: one walk instead of two.
    is_hollow: bool,
}

impl<E: Copy> Heap<E> {
    pub(super) fn new() -> Self {
        Heap { entries: Vec::with_capacity(64), is_hollow: false }
    }

    #[inline]
    pub(super) fn len(&self) -> usize {
        self.entries.len() - usize::from(self.is_hollow)
    }

    /// The earliest entry; [`Heap::close`] before.
    #[inline]
    pub(super) fn first(&self) -> Option<&Entry<E>> {
        debug_assert!(!self.is_hollow, "nothing stands at the top");
        self.entries.first()
    }

    #[expect(clippy::inline_always, reason = "see `Calendar::push`")]
    #[inline(always)]
    pub(super) fn push(&mut self, entry: Entry<E>) {
        if self.is_hollow {
            self.is_hollow = false;
            self.sink(entry);
        } else {
            self.entries.push(entry);
            self.sift_up(self.entries.len() - 1, entry);
        }
    }

    /// Takes the first entry away.
    #[inline]
    pub(super) fn drop_first(&mut self) {
        if self.entries.len() > 1 {
            self.is_hollow = true;
        } else {
            self.entries.clear();
        }
    }

    /// Fills the place of an entry that was taken.
    #[inline]
    pub(super) fn close(&mut self) {
        if self.is_hollow {
            self.is_hollow = false;
            if let Some(last) = self.entries.pop() {
                let hole = self.sink_hole();
                self.sift_up(hole, last);
            }
        }
    }

    /// What is in it, in no order.
    pub(super) fn events(&self) -> impl Iterator<Item = E> + '_ {
        self.entries.iter().map(|entry| entry.event)
    }

    /// All entries, in no order.
    pub(super) fn drain(&mut self) -> impl Iterator<Item = Entry<E>> + '_ {
        self.close();
        self.entries.drain(..)
    }

    /// The earliest child of an entry.
    #[inline]
    fn least_child(&self, parent: usize) -> Option<usize> {
        let heap = &self.entries[..];
        let first = parent * ARITY + 1;
        if let Some(children) = heap.get(first..first + ARITY) {
            let left = usize::from(children[1].key() < children[0].key());
            let right = 2 + usize::from(children[3].key() < children[2].key());
            let least = if children[right].key() < children[left].key() { right } else { left };
            return Some(first + least);
        }
        (first..heap.len()).min_by_key(|&i| heap[i].key())
    }

    /// Puts an entry at the top, and lets it sink to where it belongs.
    #[inline]
    fn sink(&mut self, entry: Entry<E>) {
        let mut hole = 0;
        while let Some(least) = self.least_child(hole) {
            if entry.key() < self.entries[least].key() {
                break;
            }
            self.entries[hole] = self.entries[least];
            hole = least;
        }
        self.entries[hole] = entry;
    }

    /// Moves the earliest child into the hole, from the root to a leaf; gives the leaf.
    #[inline]
    fn sink_hole(&mut self) -> usize {
        let mut hole = 0;
        while let Some(least) = self.least_child(hole) {
            self.entries[hole] = self.entries[least];
            hole = least;
        }
        hole
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
