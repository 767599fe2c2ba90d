//! Order: one message of a key in hand at a time, in plain lines that promise it, and proof that order was kept.
//!
//! Only keys that are in hand are known. A message that comes to the front of its line while its key is in hand is set
//! aside behind its key, and comes back to the front when its turn is there: nobody else waits for it.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use super::Kernel;
use super::state::Message;
use crate::error::SimError;
use crate::rng::mix;
use crate::slab::NIL;

/// How many keys are followed for the proof; of two that share a place the later one is.
const FOLLOWED: usize = 4096;

/// Keys are numbers that nobody chooses with ill intent.
#[derive(Debug, Default)]
pub(super) struct KeyHasher(u64);

impl Hasher for KeyHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.0 = mix(self.0 ^ u64::from(byte));
        }
    }

    fn write_u64(&mut self, key: u64) {
        self.0 = mix(key);
    }
}

/// What is known of order in one group.
#[derive(Debug, Default)]
pub(super) struct Order {
    active: HashMap<u64, Turn, BuildHasherDefault<KeyHasher>>,
    /// How many messages are set aside.
    pub(super) aside: u64,
    /// When the last completed message of a partition, or of a followed key, had become available.
    done: Vec<(u64, u64)>,
}

/// A key in hand.
#[derive(Debug)]
struct Turn {
    /// Whose turn it is: in hand, waiting for its next attempt, or first in the line.
    holder: u32,
    /// Those behind it.
    head: u32,
    tail: u32,
}

impl Kernel<'_> {
    /// A message is taken in hand: it is its key's turn.
    pub(super) fn lock_key(&mut self, message: u32) {
        let Message { group, key, .. } = self.messages[message];
        if key != 0 {
            let fresh = Turn { holder: message, head: NIL, tail: NIL };
            self.orders[group as usize].active.entry(key).or_insert(fresh);
        }
    }

    /// Whether a waiting message's key is in other hands.
    pub(super) fn is_kept_back(&self, message: u32) -> bool {
        let Message { group, key, .. } = self.messages[message];
        self.orders[group as usize].active.get(&key).is_some_and(|turn| turn.holder != message)
    }

    /// Sets the first message of a line aside if its key is in other hands; gives whether it did.
    pub(super) fn sets_aside(&mut self, message: u32) -> bool {
        if !self.is_kept_back(message) {
            return false;
        }
        self.unlink(message);
        let Message { group, key, .. } = self.messages[message];
        let order = &mut self.orders[group as usize];
        if let Some(turn) = order.active.get_mut(&key) {
            let tail = std::mem::replace(&mut turn.tail, message);
            if tail == NIL {
                turn.head = message;
            } else {
                self.messages[tail].next = message;
            }
        }
        order.aside += 1;
        self.messages[message].next = NIL;
        self.deepen(message, true);
        true
    }

    /// A message has left: the next of its key is first in the line.
    pub(super) fn unlock_key(&mut self, message: u32) {
        let Message { group, key, .. } = self.messages[message];
        let order = &mut self.orders[group as usize];
        let Some(turn) = order.active.get_mut(&key) else { return };
        if turn.holder != message {
            return;
        }
        let next = turn.head;
        if next == NIL {
            order.active.remove(&key);
            return;
        }
        turn.holder = next;
        turn.head = self.messages[next].next;
        if turn.head == NIL {
            turn.tail = NIL;
        }
        order.aside -= 1;
        self.deepen(next, false);
        self.link_front(next);
    }

    /// A message is completed for the first time: none of its partition or key may have come before it that is younger.
    pub(super) fn prove_order(&mut self, message: u32) {
        let Message { group, lane, key, available, .. } = self.messages[message];
        let planned = &self.plan.groups[group as usize];
        if lane == NIL || (!planned.partitioned && key == 0) {
            return;
        }
        let (place, name) = if planned.partitioned {
            ((lane - planned.lanes.start) as usize, u64::from(lane))
        } else {
            (mix(key) as usize % FOLLOWED, key)
        };
        let done = &mut self.orders[group as usize].done;
        if done.is_empty() {
            let room = if planned.partitioned { planned.lanes.len() } else { FOLLOWED };
            *done = vec![(u64::MAX, 0); room];
        }
        let (last_name, last) = std::mem::replace(&mut done[place], (name, available));
        if last_name == name && available < last && self.halt.is_none() {
            let channel = &self.plan.channels[planned.channel as usize].name;
            self.halt = Some(SimError::Bug(format!("a message of `{channel}` was completed before an older one")));
        }
    }

    /// Messages set aside, counted one by one.
    pub(super) fn count_aside(&self) -> u64 {
        let mut count = 0;
        for turn in self.orders.iter().flat_map(|order| order.active.values()) {
            let mut at = turn.head;
            while at != NIL {
                count += 1;
                at = self.messages[at].next;
            }
        }
        count
    }
}
