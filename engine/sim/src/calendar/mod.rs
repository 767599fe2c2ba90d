//! The calendar: what happens next, by (time, sequence).
//!
//! Three ways to keep a plan, so that each is cheap where it is used:
//! - what is due soon stands in a small heap ([`heap`]);
//! - when much is planned, what is due later waits in buckets of time ([`far`]), and a bucket comes into the heap when its turn is;
//! - timers that always run equally long stand in lines ([`lines`]).
//!
//! Where an entry stands has no say in when it comes out: entries of one time come out in the order in which they went in.

mod far;
mod heap;
mod lines;

use far::Far;
use heap::Heap;
use lines::Lines;

/// A calendar of `E`.
#[derive(Debug)]
pub(crate) struct Calendar<E> {
    /// Everything before the horizon of `far`; empty only when `far` is.
    near: Heap<E>,
    far: Far<E>,
    lines: Lines<E>,
    sequence: u64,
    /// Whether a bucket came into the heap and nobody has looked at it.
    is_fresh: bool,
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

/// With more than so many entries in the heap, later ones are put into buckets.
const MANY: usize = 1024;

impl<E: Copy> Calendar<E> {
    pub(crate) fn new() -> Self {
        Calendar { near: Heap::new(), far: Far::new(), lines: Lines::new(), sequence: 0, is_fresh: false }
    }

    /// How many events are planned.
    pub(crate) fn len(&self) -> usize {
        self.near.len() + self.far.len() + self.lines.len()
    }

    // Inlined, so that an event goes from registers into the heap: by way of the stack, whatever reads it there in larger
    // pieces than it was written waits for the write. The same holds for `pop_before`.
    #[expect(clippy::inline_always, reason = "measured: a tenth of a run's time")]
    #[inline(always)]
    pub(crate) fn push(&mut self, time: u64, event: E) {
        let entry = Entry { time, sequence: self.sequence, event };
        self.sequence += 1;
        if time >= self.far.horizon() {
            self.far.push(entry);
        } else {
            self.near.push(entry);
            if self.near.len() > MANY && !self.far.is_active() {
                self.far.take_over(&mut self.near);
            }
        }
    }

    /// Plans an event after one of the delays that are used again and again; otherwise as [`Calendar::push`]. `now` never
    /// goes back.
    pub(crate) fn push_after(&mut self, now: u64, delay: u64, event: E) {
        let entry = Entry { time: now.saturating_add(delay), sequence: self.sequence, event };
        if self.lines.push(delay, entry) {
            self.sequence += 1;
        } else {
            self.push(entry.time, event);
        }
    }

    /// Whether a bucket came into the heap since this was last asked.
    #[inline]
    pub(crate) fn is_fresh(&mut self) -> bool {
        std::mem::take(&mut self.is_fresh)
    }

    /// What is due soon, in no order.
    pub(crate) fn upcoming(&self) -> impl Iterator<Item = E> + '_ {
        self.near.events()
    }

    /// Takes the next event, if it happens before `limit`.
    #[expect(clippy::inline_always, reason = "see `push`")]
    #[inline(always)]
    pub(crate) fn pop_before(&mut self, limit: u64) -> Option<(u64, E)> {
        self.near.close();
        if let Some(first) = self.lines.first()
            && self.near.first().is_none_or(|near| first.key() < near.key())
        {
            return if first.time < limit { self.lines.pop().map(|entry| (entry.time, entry.event)) } else { None };
        }
        let &Entry { time, event, .. } = self.near.first().filter(|first| first.time < limit)?;
        self.near.drop_first();
        if self.near.len() == 0 && self.far.is_active() {
            self.far.refill(&mut self.near);
            self.is_fresh = true;
        }
        Some((time, event))
    }
}

#[cfg(test)]
mod tests;
