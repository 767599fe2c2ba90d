//! The calendar: what happens next, by (time, sequence).
//!
//! An implicit 4-ary heap in one vector. Four children share a cache line or two, and a pop refills the root bottom-up
//! (walk the smallest children down to a leaf, then sift the last entry up), which needs about one comparison per level
//! less than sifting from the top: measured the fastest of the plain structures up to a hundred thousand entries.

/// A calendar of `E`. Entries of the same time come out in the order in which they went in.
#[derive(Debug)]
pub(crate) struct Calendar<E> {
    heap: Vec<Entry<E>>,
    sequence: u64,
}

#[derive(Debug, Clone, Copy)]
struct Entry<E> {
    time: u64,
    sequence: u64,
    event: E,
}

impl<E> Entry<E> {
    #[inline]
    fn key(&self) -> u128 {
        u128::from(self.time) << 64 | u128::from(self.sequence)
    }
}

const ARITY: usize = 4;

impl<E: Copy> Calendar<E> {
    pub(crate) fn new() -> Self {
        Calendar { heap: Vec::with_capacity(64), sequence: 0 }
    }

    /// How many events are planned.
    pub(crate) fn len(&self) -> usize {
        self.heap.len()
    }

    /// When the next event happens.
    #[inline]
    pub(crate) fn next_time(&self) -> Option<u64> {
        self.heap.first().map(|entry| entry.time)
    }

    #[inline]
    pub(crate) fn push(&mut self, time: u64, event: E) {
        let entry = Entry { time, sequence: self.sequence, event };
        self.sequence += 1;
        self.heap.push(entry);
        self.sift_up(self.heap.len() - 1, entry);
    }

    #[inline]
    pub(crate) fn pop(&mut self) -> Option<(u64, E)> {
        let last = self.heap.pop()?;
        let Some(&first) = self.heap.first() else { return Some((last.time, last.event)) };
        let hole = self.sink_hole();
        self.sift_up(hole, last);
        Some((first.time, first.event))
    }

    /// Moves the smallest child into the hole, from the root to a leaf; gives the leaf.
    #[inline]
    fn sink_hole(&mut self) -> usize {
        let heap = &mut self.heap[..];
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
        let heap = &mut self.heap[..];
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn comes_out_by_time_and_then_in_order(steps in prop::collection::vec(prop::option::of(0_u64..50), 0..400)) {
            let mut calendar = Calendar::new();
            let mut model: Vec<(u64, u64)> = Vec::new();
            for (i, step) in steps.into_iter().enumerate() {
                if let Some(time) = step {
                    calendar.push(time, i as u64);
                    model.push((time, i as u64));
                } else {
                    model.sort_unstable();
                    let expected = (!model.is_empty()).then(|| model.remove(0));
                    prop_assert_eq!(calendar.next_time(), expected.map(|e| e.0));
                    prop_assert_eq!(calendar.pop(), expected);
                }
            }
            model.sort_unstable();
            for expected in model {
                prop_assert_eq!(calendar.pop(), Some(expected));
            }
            prop_assert_eq!(calendar.pop(), None);
        }
    }
}
