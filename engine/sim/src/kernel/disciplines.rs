//! Queues that are not served in the order of arrival.
//!
//! The list of a lane is in the order of arrival, oldest first, or, by priority, in the order in which it is served. `lifo` takes its
//! end; `random` picks from a pool of the same messages; priorities remember where each class ends.

use thalweg_flow::Discipline;

use super::Kernel;
use super::events::Event;
use super::state::Whereabouts;
use crate::plan::{Group, Plan};
use crate::slab::NIL;

/// What a lane keeps for its discipline.
#[derive(Debug, Clone)]
pub(super) enum Order {
    Fifo,
    Lifo,
    /// Everything that waits.
    Random(Vec<u32>),
    /// The last message of each priority.
    Priority(Vec<u32>),
}

impl Order {
    pub(super) fn of(discipline: Discipline) -> Self {
        match discipline {
            Discipline::Fifo => Order::Fifo,
            Discipline::Lifo => Order::Lifo,
            Discipline::Random => Order::Random(Vec::new()),
            Discipline::Priority => Order::Priority(vec![NIL; 256]),
        }
    }
}

/// What every lane keeps; empty when every queue is served in the order of arrival.
pub(super) fn orders(plan: &Plan) -> Vec<Order> {
    if plan.channels.iter().all(|channel| channel.discipline == Discipline::Fifo) {
        return Vec::new();
    }
    let order = |group: &Group| Order::of(plan.channels[group.channel as usize].discipline);
    plan.groups.iter().flat_map(|group| group.lanes.clone().map(move |_| order(group))).collect()
}

impl Kernel<'_> {
    /// The waiting message of a lane that is next.
    #[inline]
    pub(super) fn next_in(&mut self, lane: u32) -> u32 {
        let place = &self.lanes[lane as usize];
        if place.ordered { self.next_in_order(lane) } else { place.head }
    }

    fn next_in_order(&mut self, lane: u32) -> u32 {
        let place = &self.lanes[lane as usize];
        match &self.served[lane as usize] {
            Order::Fifo | Order::Priority(_) => place.head,
            Order::Lifo => place.tail,
            Order::Random(pool) if pool.is_empty() => NIL,
            Order::Random(pool) => {
                let channel = self.plan.groups[place.group as usize].channel;
                pool[self.channels[channel as usize].dice.below(pool.len() as u64) as usize]
            }
        }
    }

    /// Behind which message another is put, `NIL` for the front; `first` is before its equals.
    pub(super) fn place_in_order(&mut self, message: u32, first: bool) -> u32 {
        let lane = self.messages[message].lane;
        let tail = self.lanes[lane as usize].tail;
        match &mut self.served[lane as usize] {
            // The top of a stack is its end, also for what is put back.
            Order::Fifo | Order::Lifo => tail,
            Order::Random(pool) => {
                let at = message as usize;
                if self.positions.len() <= at {
                    self.positions.resize(at + 1, 0);
                }
                self.positions[at] = pool.len() as u32;
                pool.push(message);
                if first { NIL } else { tail }
            }
            Order::Priority(last) => {
                let own = self.marks[message as usize].priority as usize;
                let from = if first { own + 1 } else { own };
                let behind = last[from..].iter().copied().find(|&m| m != NIL).unwrap_or(NIL);
                if !first || last[own] == NIL {
                    last[own] = message;
                }
                behind
            }
        }
    }

    /// A message is taken out of its lane, whose list still has it.
    pub(super) fn forget_in_order(&mut self, message: u32) {
        let place = self.messages[message];
        match &mut self.served[place.lane as usize] {
            Order::Fifo | Order::Lifo => {}
            Order::Random(pool) => {
                let at = self.positions[message as usize] as usize;
                pool.swap_remove(at);
                if let Some(&moved) = pool.get(at) {
                    self.positions[moved as usize] = at as u32;
                }
            }
            Order::Priority(last) => {
                let own = self.marks[message as usize].priority;
                if last[own as usize] == message {
                    let equal = place.previous != NIL && self.marks[place.previous as usize].priority == own;
                    last[own as usize] = if equal { place.previous } else { NIL };
                }
            }
        }
    }

    /// Puts a message into its lane's list behind another, or at its front.
    pub(super) fn insert_in_order(&mut self, message: u32, previous: u32) {
        let lane = &mut self.lanes[self.messages[message].lane as usize];
        let next = if previous == NIL { lane.head } else { self.messages[previous].next };
        lane.length += 1;
        if previous == NIL {
            lane.head = message;
        } else {
            self.messages[previous].next = message;
        }
        if next == NIL {
            lane.tail = message;
        } else {
            self.messages[next].previous = message;
        }
        let place = &mut self.messages[message];
        place.previous = previous;
        place.next = next;
        place.whereabouts = Whereabouts::Waiting;
        self.note_waiting(message);
    }

    /// A message has run out of its own patience, if it still waits.
    pub(super) fn lose_patience(&mut self, message: u32) {
        if self.messages[message].whereabouts == Whereabouts::Waiting && self.is_expired(message) {
            self.unlink(message);
            self.expired(message);
        }
    }

    /// Plans the end of a message's own patience.
    pub(super) fn time_patience(&mut self, message: u32) {
        let deadline = self.marks[message as usize].deadline;
        let generation = self.messages[message].generation;
        self.calendar.push(deadline.max(self.now), Event::LosePatience { message, generation });
    }
}
