//! Which of a run's events are worth to be followed one by one.
//!
//! The first replication only *chooses*: it keeps a number and two bits per event under way, so that it costs next to
//! nothing. The chosen are then recorded in a second run of the same replication ([`super::tracing`]), which takes the
//! same course to the nanosecond. So also what shows its interest only at its end (the slowest, those given up) is
//! followed from its beginning. Nothing here draws random numbers.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashSet};

use crate::plan::Plan;
use crate::rng::mix;
use crate::traces::SampledFor;

/// An event that shall be followed: the how-manieth of its replication, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Chosen {
    pub(crate) number: u64,
    pub(crate) why: SampledFor,
}

/// An attempt after the first was made for something that follows from the event.
const RETRIED: u64 = 1;
/// Something that follows from it was dead-lettered or lost.
const GIVEN_UP: u64 = 2;
/// A place of the slab that no event has.
const NOBODY: u64 = 0;

/// Looks at every event of a replication, and keeps a few.
#[derive(Debug)]
pub(crate) struct Chooser {
    limit: usize,
    /// How many of each kind that is interesting.
    quota: usize,
    salt: u64,
    /// Virtual time is cut into so long parts, one per sample.
    part: u64,
    /// Of each part the event with the least hash: any is as likely as any other.
    parts: Vec<(u64, u64)>,
    /// The events with the least hashes of all, for runs whose events lie in few parts.
    any: BinaryHeap<(u64, u64)>,
    /// By place in the slab of roots: its number, above two bits.
    born: Vec<u64>,
    slowest: BinaryHeap<Reverse<(u64, Reverse<u64>)>>,
    given_up: BinaryHeap<(u64, u64)>,
    retried: BinaryHeap<(u64, u64)>,
}

impl Chooser {
    pub(crate) fn new(plan: &Plan, limit: u32) -> Self {
        let limit = limit as usize;
        Chooser {
            limit,
            quota: limit / 5,
            salt: mix(plan.seed ^ 0x7472_6163_6573),
            part: plan.duration.div_ceil(limit.max(1) as u64).max(1),
            parts: vec![(u64::MAX, NOBODY); limit],
            any: BinaryHeap::new(),
            born: Vec::new(),
            slowest: BinaryHeap::new(),
            given_up: BinaryHeap::new(),
            retried: BinaryHeap::new(),
        }
    }

    /// The `number`-th event of the replication stands at `root` from now on.
    pub(super) fn produced(&mut self, now: u64, root: u32, number: u64) {
        let root = root as usize;
        if self.born.len() <= root {
            self.born.resize(root + 1, NOBODY);
        }
        self.born[root] = number << 2;
        let hash = self.hash(number);
        if let Some(part) = self.parts.get_mut((now / self.part) as usize)
            && hash < part.0
        {
            *part = (hash, number);
        }
        keep_least(&mut self.any, (hash, number), self.limit);
    }

    pub(super) fn retried(&mut self, root: u32) {
        self.note(root, RETRIED);
    }

    pub(super) fn given_up(&mut self, root: u32) {
        self.note(root, GIVEN_UP);
    }

    /// What is delivered again after a lost commit belongs to no event that was produced.
    fn note(&mut self, root: u32, what: u64) {
        if let Some(born) = self.born.get_mut(root as usize).filter(|born| **born != NOBODY) {
            *born |= what;
        }
    }

    /// Everything that follows from the event has ended, so long after it was produced.
    pub(super) fn ended(&mut self, root: u32, lasted: u64) {
        let born = std::mem::replace(&mut self.born[root as usize], NOBODY);
        let number = born >> 2;
        if born & GIVEN_UP != 0 {
            let hash = self.hash(number);
            keep_least(&mut self.given_up, (hash, number), self.quota);
        } else if born & RETRIED != 0 {
            let hash = self.hash(number);
            keep_least(&mut self.retried, (hash, number), self.quota);
        }
        keep_least(&mut self.slowest, Reverse((lasted, Reverse(number))), self.quota);
    }

    /// The run is over. `open` gives since when the event at a place has been under way.
    pub(super) fn choose(mut self, end: u64, produced: impl Fn(u32) -> u64) -> Vec<Chosen> {
        for root in 0..self.born.len() as u32 {
            if self.born[root as usize] != NOBODY {
                self.ended(root, end - produced(root));
            }
        }
        let mut chosen: Vec<Chosen> = Vec::with_capacity(self.limit);
        let mut had = HashSet::with_capacity(self.limit);
        let mut add = |number: u64, why: SampledFor| {
            if had.insert(number) {
                chosen.push(Chosen { number, why });
            }
        };
        for (_, number) in self.given_up.into_sorted_vec() {
            add(number, SampledFor::GivenUp);
        }
        for (_, number) in self.retried.into_sorted_vec() {
            add(number, SampledFor::Retried);
        }
        for Reverse((_, Reverse(number))) in self.slowest.into_sorted_vec() {
            add(number, SampledFor::Slowest);
        }
        // What room is left goes to those that were drawn evenly, thinned evenly.
        let room = self.limit - chosen.len();
        let drawn = self.parts.iter().map(|&(_, number)| number).filter(|&number| number != NOBODY);
        let drawn: Vec<u64> = drawn.filter(|number| !had.contains(number)).collect();
        let taken = room.min(drawn.len());
        chosen.extend((0..taken).map(|i| Chosen { number: drawn[i * drawn.len() / taken], why: SampledFor::Evenness }));
        if room > taken {
            had.extend(chosen.iter().map(|other| other.number));
            let more = self.any.into_sorted_vec().into_iter().map(|(_, number)| number);
            let more = more.filter(|number| !had.contains(number)).take(room - taken);
            chosen.extend(more.map(|number| Chosen { number, why: SampledFor::Evenness }));
        }
        chosen.sort_unstable();
        chosen
    }

    fn hash(&self, number: u64) -> u64 {
        mix(self.salt ^ mix(number))
    }
}

/// Keeps the `most` least of all that were added.
fn keep_least<T: Ord>(heap: &mut BinaryHeap<T>, item: T, most: usize) {
    if heap.len() < most {
        heap.push(item);
    } else if let Some(mut greatest) = heap.peek_mut()
        && item < *greatest
    {
        *greatest = item;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_are_kept_whatever_their_order() {
        let mut heap = BinaryHeap::new();
        for item in [5, 9, 1, 7, 3, 8] {
            keep_least(&mut heap, item, 3);
        }
        assert_eq!(heap.into_sorted_vec(), [1, 3, 5]);
        let mut none = BinaryHeap::new();
        keep_least(&mut none, 1, 0);
        assert!(none.is_empty());
    }
}
