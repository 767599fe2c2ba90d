//! The memory alarm of a broker: while what its queues hold is more than its limit, publishes to it wait with their
//! publishers, as behind a `full` fault; what moves inside the broker goes on, and so do deliveries.

use std::collections::BTreeSet;

use super::Kernel;
use super::events::Event;
use crate::error::SimError;
use crate::plan::{Plan, Target};
use crate::slab::NIL;

/// A look whether the alarm is over comes when all that the same moment set off is done: what a queue dead-letters has left
/// it, and is in its next queue only then.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Look {
    #[default]
    No,
    Planned,
    Due,
}

/// What the queues of a broker hold.
#[derive(Debug, Clone, Default)]
pub(super) struct Memory {
    bytes: u64,
    /// Since when its alarm is on.
    since: Option<u64>,
    /// For how long it was on before, in nanoseconds.
    alarmed_for: u64,
    /// Whether the calendar looks whether it is over.
    look: Look,
    /// Bytes of queues that nobody consumes, which never leave.
    unclaimed: u64,
    /// Its channels that hold publishes and that the alarm shut, in the order in which they are opened again. Others of its
    /// channels need not be told when the alarm comes or goes: there may be many, and it may come with every message.
    shut: BTreeSet<u32>,
    /// Publishes that it let wait.
    pub(super) blocked: u64,
}

impl Memory {
    pub(super) fn all(plan: &Plan) -> Vec<Memory> {
        vec![Memory::default(); plan.memories.len()]
    }

    /// For how long its alarm was on until now, in nanoseconds.
    pub(super) fn alarmed(&self, now: u64) -> u64 {
        self.alarmed_for + self.since.map_or(0, |since| now - since)
    }
}

impl Kernel<'_> {
    /// A message more is in a queue.
    pub(super) fn fill_memory(&mut self, memory: u32, size: u32) {
        let plan = self.plan;
        let state = &mut self.memories[memory as usize];
        state.bytes += u64::from(size);
        if state.bytes > plan.memories[memory as usize].limit && state.since.is_none() {
            state.since = Some(self.now);
        }
    }

    /// Whether the alarm of a memory is on; that of `NIL` never is.
    #[inline]
    pub(super) fn is_alarmed(&self, memory: u32) -> bool {
        self.memories.get(memory as usize).is_some_and(|state| state.since.is_some())
    }

    /// A channel that still holds publishes opens when the alarm is over, if it is the alarm that shuts it.
    pub(super) fn note_shut(&mut self, channel: u32) {
        let state = &self.channels[channel as usize];
        if !state.held.is_empty() && self.is_alarmed(state.memory) {
            self.memories[state.memory as usize].shut.insert(channel);
        }
    }

    /// A message is in a queue that nobody consumes.
    pub(super) fn leave_unclaimed(&mut self, memory: u32, size: u32) {
        if memory != NIL {
            self.memories[memory as usize].unclaimed += u64::from(size);
        }
    }

    /// A message has left its queue.
    pub(super) fn empty_memory(&mut self, memory: u32, size: u32) {
        let state = &mut self.memories[memory as usize];
        state.bytes -= u64::from(size);
        let is_over = state.since.is_some() && state.bytes <= self.plan.memories[memory as usize].limit;
        if is_over && state.look == Look::No {
            state.look = Look::Planned;
            self.calendar.push(self.now, Event::MemoryFalls { memory });
        }
    }

    /// A broker may have room again: who waited publishes, in order, until it has none.
    pub(super) fn memory_falls(&mut self, memory: u32) {
        let plan = self.plan;
        let state = &mut self.memories[memory as usize];
        if state.look == Look::Planned {
            state.look = Look::Due;
            self.calendar.push(self.now, Event::MemoryFalls { memory });
            return;
        }
        state.look = Look::No;
        let Some(since) = state.since.filter(|_| state.bytes <= plan.memories[memory as usize].limit) else { return };
        state.since = None;
        state.alarmed_for += self.now - since;
        while !self.is_alarmed(memory)
            && let Some(channel) = self.memories[memory as usize].shut.pop_first()
        {
            self.admit_held(channel);
        }
    }

    /// Whether nothing but the alarm of its own broker keeps something out of a channel.
    pub(super) fn is_only_alarmed(&self, channel: u32) -> bool {
        let state = &self.channels[channel as usize];
        let free = state.outages.is_empty() && state.blocks.is_empty() && state.throttles.is_empty();
        free && self.is_alarmed(state.memory)
    }

    /// A publish waits; the alarm counts it if it is the reason.
    pub(super) fn note_blocked(&mut self, to: Target) {
        let memory = self.channels[to.channel as usize].memory;
        if self.is_alarmed(memory) {
            self.memories[memory as usize].blocked += 1;
            self.memories[memory as usize].shut.insert(to.channel);
        }
    }

    /// What each memory holds against a count of the messages that are there.
    pub(super) fn audit_memories(&self) -> Result<(), SimError> {
        if self.memories.is_empty() || self.deliveries.len() > 0 {
            return Ok(()); // What is on its way to a group is in its queue, and in no list.
        }
        let mut counted: Vec<u64> = self.memories.iter().map(|memory| memory.unclaimed).collect();
        for (index, message) in (0_u32..).zip(self.messages.places()) {
            let memory = self.plan.channels[self.plan.groups[message.group as usize].channel as usize].memory;
            if memory != NIL && message.whereabouts != super::state::Whereabouts::Done {
                counted[memory as usize] += u64::from(self.streams.account(index).size);
            }
        }
        let sound = self.memories.iter().zip(&counted).all(|(memory, counted)| memory.bytes == *counted);
        if sound { Ok(()) } else { Err(SimError::Bug("the bytes of a broker's queues do not add up".to_owned())) }
    }
}
