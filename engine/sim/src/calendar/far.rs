//! What is due later, when much is planned: buckets of time, not sorted inside (a ladder of one rung; Tang, Goh and Thng, "Ladder
//! Queue: An O(1) Priority Queue Structure for Large-Scale Discrete Event Simulation", ACM TOMACS 15 (2005)).
//!
//! A heap of a hundred thousand entries is larger than a processor's caches, and taking its first walks through all of them. Here an
//! entry is written once into a bucket and once into a heap that is small.

use super::Entry;
use super::heap::Heap;

/// A bucket shall hold about so many.
const PER_BUCKET: u64 = 16;
const FEWEST_BUCKETS: usize = 64;
const MOST_BUCKETS: usize = 1 << 16;
/// With no more than so many entries left, the heap does without buckets.
const FEW: usize = 256;

#[derive(Debug)]
pub(super) struct Far<E> {
    /// Whether there are buckets. What is due at the end of time, which never comes, is kept here even without.
    is_active: bool,
    /// The end of the buckets that came into the heap: whatever is due from then on belongs here. `u64::MAX` without buckets.
    horizon: u64,
    /// Where the first bucket begins, and the binary logarithm of how long each is.
    start: u64,
    shift: u32,
    buckets: Vec<Vec<Entry<E>>>,
    /// The first bucket that is not in the heap yet.
    next: usize,
    /// What is due after the last bucket.
    beyond: Vec<Entry<E>>,
    entries: usize,
}

impl<E: Copy> Far<E> {
    pub(super) fn new() -> Self {
        let (buckets, beyond) = (Vec::new(), Vec::new());
        Far { is_active: false, horizon: u64::MAX, start: 0, shift: 0, buckets, next: 0, beyond, entries: 0 }
    }

    pub(super) fn len(&self) -> usize {
        self.entries
    }

    #[inline]
    pub(super) fn is_active(&self) -> bool {
        self.is_active
    }

    /// What is due at this time or later shall be pushed here.
    #[inline]
    pub(super) fn horizon(&self) -> u64 {
        self.horizon
    }

    #[inline]
    pub(super) fn push(&mut self, entry: Entry<E>) {
        self.entries += 1;
        let bucket = (entry.time - self.start) >> self.shift;
        match self.buckets.get_mut(bucket as usize) {
            Some(bucket) => bucket.push(entry),
            None => self.beyond.push(entry),
        }
    }

    /// Takes everything out of a heap that has grown too large, and gives it the first bucket back.
    #[cold]
    pub(super) fn take_over(&mut self, heap: &mut Heap<E>) {
        self.beyond.extend(heap.drain());
        self.entries = self.beyond.len();
        self.is_active = true;
        self.refill(heap);
    }

    /// The heap is empty: gives it the next bucket that holds something.
    #[cold]
    pub(super) fn refill(&mut self, heap: &mut Heap<E>) {
        loop {
            while let Some(bucket) = self.buckets.get_mut(self.next) {
                self.next += 1;
                if !bucket.is_empty() {
                    self.entries -= bucket.len();
                    bucket.drain(..).for_each(|entry| heap.push(entry));
                    self.horizon = self.end_of_bucket();
                    return;
                }
            }
            if self.beyond.len() <= FEW {
                self.entries = 0;
                self.beyond.drain(..).for_each(|entry| heap.push(entry));
                self.buckets.clear();
                self.is_active = false;
                self.horizon = u64::MAX;
                return;
            }
            self.spread();
        }
    }

    /// The end of the last bucket that was taken.
    fn end_of_bucket(&self) -> u64 {
        u64::try_from(u128::from(self.start) + ((self.next as u128) << self.shift)).unwrap_or(u64::MAX)
    }

    /// Puts what is beyond into new buckets, of a length that suits its earlier half: what is far out has no say.
    fn spread(&mut self) {
        let mut entries = std::mem::take(&mut self.beyond);
        let half = entries.len() / 2;
        let (earlier, middle, _) = entries.select_nth_unstable_by_key(half, |entry| entry.time);
        let start = earlier.iter().map(|entry| entry.time).min().unwrap_or(middle.time);
        let length = u128::from(middle.time - start) * u128::from(PER_BUCKET) / half.max(1) as u128;
        self.start = start;
        self.shift = length.max(1).ilog2();
        self.next = 0;
        let buckets = (2 * entries.len() / PER_BUCKET as usize).next_power_of_two().clamp(FEWEST_BUCKETS, MOST_BUCKETS);
        self.buckets.resize_with(buckets, Vec::new);
        self.entries = 0;
        entries.drain(..).for_each(|entry| self.push(entry));
        // The larger vector is the better one to go on with.
        if entries.capacity() > self.beyond.capacity() {
            entries.append(&mut self.beyond);
            self.beyond = entries;
        }
    }
}
