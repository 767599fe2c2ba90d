//! Batches: one attempt at several messages of a lane.
//!
//! Those of one attempt hang on its first message, linked by `next`; so do those that wait together for their next attempt.
//! A batch is handled, fails and comes back as a whole, as with AWS Lambda on SQS without partial responses.

use super::Kernel;
use super::attempts::delay;
use super::events::Event;
use super::state::{Attempt, LaneState, Message, Whereabouts};
use crate::slab::NIL;

/// What is kept for batches.
#[derive(Debug, Default)]
pub(super) struct Batching {
    /// By lane, when the calendar looks at its first message; empty until one waits.
    due: Vec<u64>,
    /// Room for a list of messages.
    chain: Vec<u32>,
}

impl Kernel<'_> {
    /// Whether what waits in a lane may be taken: always, but for batches that are neither full nor have waited long enough.
    #[inline]
    pub(super) fn is_ripe(&self, lane: u32) -> bool {
        self.was_ripe(lane, self.now)
    }

    /// The same at some moment. At the end of a run the audit asks of the moment before: what comes due at the end is not played.
    #[inline]
    pub(super) fn was_ripe(&self, lane: u32, at: u64) -> bool {
        let place = &self.lanes[lane as usize];
        match self.plan.groups[place.group as usize].batch {
            None => true,
            Some(batch) => {
                place.length >= batch.size
                    || (place.head != NIL && at >= self.messages[place.head].available.saturating_add(batch.wait))
            }
        }
    }

    /// As [`Kernel::is_ripe`]; what is not will be looked at when it has waited long enough.
    #[inline]
    pub(super) fn is_ripe_or_waits(&mut self, lane: u32) -> bool {
        let ripe = self.is_ripe(lane);
        if !ripe {
            self.await_batch(lane);
        }
        ripe
    }

    #[cold]
    fn await_batch(&mut self, lane: u32) {
        let place = &self.lanes[lane as usize];
        let Some(batch) = self.plan.groups[place.group as usize].batch else { return };
        if place.head == NIL {
            return;
        }
        let at = self.messages[place.head].available.saturating_add(batch.wait).max(self.now);
        if self.batching.due.is_empty() {
            self.batching.due = vec![u64::MAX; self.lanes.len()];
        }
        if at < self.batching.due[lane as usize] {
            self.batching.due[lane as usize] = at;
            self.calendar.push(at, Event::BatchDue { lane });
        }
    }

    /// The first message of a lane may have waited long enough.
    pub(super) fn batch_due(&mut self, lane: u32) {
        if self.batching.due[lane as usize] != self.now {
            return; // An earlier look took its place.
        }
        self.batching.due[lane as usize] = u64::MAX;
        let group = self.lanes[lane as usize].group;
        if self.plan.groups[group as usize].partitioned {
            self.offer_lane(lane);
        } else {
            self.serve_plain(group);
        }
    }

    /// Takes more messages of the lane to one that was taken; gives how many.
    pub(super) fn gather(&mut self, first: u32, consumer: u32) -> u32 {
        let Message { group, lane, .. } = self.messages[first];
        let Some(batch) = self.plan.groups[group as usize].batch else { return 0 };
        self.messages[first].next = NIL;
        let (mut last, mut more) = (first, 0);
        let size = batch.size.min(self.places_left(group));
        while more + 1 < size {
            self.purge(lane);
            let head = self.next_in(lane);
            if head == NIL {
                break;
            }
            self.unlink(head);
            if self.plan.groups[group as usize].rules != NIL && self.is_received_too_often(head, consumer) {
                continue;
            }
            if self.plan.groups[group as usize].per_key {
                self.lock_key(head);
            }
            self.messages[head].next = NIL;
            self.messages[last].next = head;
            last = head;
            more += 1;
        }
        more
    }

    /// The other messages of an attempt are taken in hand with its first.
    pub(super) fn begin_others(&mut self, attempt: u32, consumer: u32) {
        let plan = self.plan;
        let Attempt { message, more, instance, .. } = self.attempts[attempt];
        let group = self.messages[message].group;
        let edge = self.subscription(consumer, group).edge;
        self.edges[edge as usize] += u64::from(more);
        let chance = plan.consumers[consumer as usize].poison;
        let mut at = self.messages[message].next;
        while at != NIL {
            let place = &mut self.messages[at];
            let state = &mut self.consumers[consumer as usize];
            place.whereabouts = Whereabouts::InHand;
            place.attempts += 1;
            state.counts.attempts += 1;
            let is_first = !std::mem::replace(&mut place.begun, true);
            if is_first && !place.again {
                state.counts.arrivals += 1;
                state.wait.record(self.now - place.available);
                place.poison |= chance > 0.0 && state.poison.unit() < chance;
            } else if !is_first {
                state.counts.retries += 1;
                self.flow.retries += 1;
            }
            if is_first && plan.consumers[consumer as usize].retry.budget.is_some() {
                self.earn_retry(instance, None);
            }
            at = self.messages[at].next;
        }
    }

    /// Whether a message of the batch can never succeed.
    pub(super) fn holds_poison(&self, first: u32) -> bool {
        let mut at = first;
        while at != NIL {
            let place = &self.messages[at];
            if place.poison {
                return true;
            }
            at = place.next;
        }
        false
    }

    /// The messages that hang together, in order; the list goes back with [`Kernel::put_away`].
    pub(super) fn chain(&mut self, first: u32) -> Vec<u32> {
        let mut chain = std::mem::take(&mut self.batching.chain);
        let mut at = first;
        while at != NIL {
            chain.push(at);
            at = self.messages[at].next;
        }
        chain
    }

    pub(super) fn put_away(&mut self, mut chain: Vec<u32>) {
        chain.clear();
        self.batching.chain = chain;
    }

    /// A batch came to nothing: its messages are given up, each by its own count, or come back together. Gives what
    /// becomes of the lane.
    pub(super) fn batch_failed(&mut self, first: u32, instance: u32) -> LaneState {
        let plan = self.plan;
        let consumer = self.instances[instance as usize].consumer;
        let planned = &plan.consumers[consumer as usize];
        let Message { group, lane, .. } = self.messages[first];
        let deliveries = self.subscription(consumer, group).deliveries;
        let mut chain = self.chain(first);
        if lane == NIL {
            self.leave_all(chain);
            return LaneState::Idle;
        }
        chain.retain(|&message| {
            let attempts = self.messages[message].attempts;
            let ends = attempts >= planned.retry.attempts
                || attempts >= deliveries
                || (planned.retry.budget.is_some() && !self.pays_retry(instance, None));
            if ends {
                self.note_handled(message, instance);
                self.give_up(message, consumer);
            }
            !ends
        });
        let Some(&first) = chain.first() else {
            self.put_away(chain);
            return LaneState::Idle;
        };
        let place = &mut self.messages[first];
        let jitter = &mut self.consumers[consumer as usize].jitter;
        let pause = delay(&planned.retry, place.attempts, &mut place.delay, jitter);
        if pause == 0 {
            self.return_all(chain, planned.retry.to_front);
            return LaneState::Idle;
        }
        for pair in chain.windows(2) {
            self.messages[pair[0]].next = pair[1];
        }
        for &message in &chain {
            self.messages[message].whereabouts = Whereabouts::Backoff;
        }
        if let Some(&last) = chain.last() {
            self.messages[last].next = NIL;
        }
        self.put_away(chain);
        let generation = self.messages[first].generation;
        self.push_after(pause, Event::RetryDue { message: first, generation });
        self.pause_record(group, lane, pause);
        LaneState::Blocked
    }

    /// A batch's next attempt is due.
    pub(super) fn batch_retry_due(&mut self, first: u32) {
        let Message { group, lane, .. } = self.messages[first];
        let to_front = self.goes_to_front(first);
        let chain = self.chain(first);
        self.return_all(chain, to_front);
        if self.plan.groups[group as usize].partitioned {
            self.lanes[lane as usize].state = LaneState::Idle;
            self.offer_lane(lane);
        } else {
            self.serve_plain(group);
        }
    }

    /// An instance is lost with a batch in hand. Lanes are offered by the caller.
    pub(super) fn batch_cut_short(&mut self, first: u32, consumer: u32) {
        let Message { group, lane, .. } = self.messages[first];
        let mut chain = self.chain(first);
        if lane == NIL {
            self.leave_all(chain);
            return;
        }
        let deliveries = self.subscription(consumer, group).deliveries;
        chain.retain(|&message| {
            let ends = self.messages[message].attempts >= deliveries;
            if ends {
                self.give_up(message, consumer);
            }
            !ends
        });
        self.return_all(chain, true);
    }

    fn leave_all(&mut self, chain: Vec<u32>) {
        for &message in &chain {
            self.leave(message);
        }
        self.put_away(chain);
    }

    /// Messages go back to their lane in their order; those whose time is over leave.
    pub(super) fn return_all(&mut self, mut chain: Vec<u32>, to_front: bool) {
        chain.retain(|&message| {
            let expired = self.is_expired(message);
            if expired {
                self.expired(message);
            }
            !expired
        });
        let front =
            to_front || chain.first().is_some_and(|&m| self.plan.groups[self.messages[m].group as usize].partitioned);
        if front {
            for &message in chain.iter().rev() {
                self.link_front(message);
            }
        } else {
            for &message in &chain {
                self.link_back(message);
            }
        }
        self.put_away(chain);
    }
}
