//! Messages that are delivered again although they were acknowledged, and events that nobody can read.

use thalweg_flow::Discipline;

use super::Kernel;
use super::state::{Kind, Mark};
use super::streams::Account;
use crate::plan::{Plan, Strike};
use crate::slab::NIL;

/// Faults by event type; empty when no fault breaks a schema.
pub(super) fn broken(plan: &Plan) -> Vec<Vec<u32>> {
    let any = plan.faults.iter().any(|fault| matches!(fault.strike, Strike::SchemaBreak { .. }));
    if any { vec![Vec::new(); plan.events as usize] } else { Vec::new() }
}

/// Whether something of the plan asks what is noted beside messages.
pub(super) fn keeps_marks(plan: &Plan) -> bool {
    let asks = |strike: &Strike| matches!(strike, Strike::SchemaBreak { .. } | Strike::Duplicate { .. });
    plan.faults.iter().any(|fault| asks(&fault.strike))
        || plan.channels.iter().any(|c| c.patience.is_some() || c.discipline == Discipline::Priority)
}

impl Kernel<'_> {
    /// An acknowledged message is delivered again, if a fault wants it: one more message for its group.
    pub(super) fn deliver_again(&mut self, message: u32) {
        let plan = self.plan;
        let done = self.messages[message];
        let mut times = 0_u32;
        for &fault in &self.groups[done.group as usize].duplicates {
            let state = &mut self.faults[fault as usize];
            if state.dice.unit() < plan.faults[fault as usize].strike.share() {
                state.touched += 1;
                times += 1;
            }
        }
        let before = self.marks[message as usize];
        for _ in 0..times {
            self.flow.owed += 1;
            if let Some(follower) = &mut self.follower {
                follower.delivers_again(message);
            }
            let kind = Kind { event: before.event, priority: before.priority };
            let partition = done.lane - plan.groups[done.group as usize].lanes.start;
            if plan.sized {
                let size = self.streams.account(message).size;
                self.streams.announce(Account::of_size(size));
                let memory = plan.channels[plan.groups[done.group as usize].channel as usize].memory;
                if memory != NIL {
                    self.fill_memory(memory, size);
                }
            }
            let again = self.enter(done.group, partition, done.root, done.key, kind);
            // The window of an idempotent handler counts from the first time.
            let repeats = before.repeats.min(self.now);
            let class = self.classes.get(message as usize).copied().unwrap_or(crate::plan::NO_CLASS);
            self.note_class(again, class);
            self.copy_id(message, again);
            self.marks[again as usize].repeats = repeats;
            let place = &mut self.messages[again];
            place.effects = done.effects;
            place.effect_at = done.effect_at;
        }
    }

    /// Whether a message was acknowledged before and its handler still knows that: it costs its own work, and nothing follows.
    pub(super) fn is_known_repeat(&self, message: u32, consumer: u32) -> bool {
        let Mark { repeats, .. } = self.marks[message as usize];
        let window = self.plan.consumers[consumer as usize].idempotent;
        repeats != u64::MAX && window.is_some_and(|window| self.now - repeats <= window)
    }

    /// A message was handled that had been acknowledged before: its effect happened again. The effects of calls are
    /// counted where they happen.
    pub(super) fn note_repeat(&mut self, message: u32, consumer: u32) {
        let Mark { repeats, .. } = self.marks[message as usize];
        if repeats != u64::MAX && self.plan.consumers[consumer as usize].calls.is_empty() {
            self.consumers[consumer as usize].counts.duplicates += 1;
            self.flow.duplicates += 1;
        }
    }

    /// Whether a message's event type has changed in a way that nobody understands, before it was published.
    pub(super) fn cannot_be_read(&mut self, message: u32) -> bool {
        let Mark { event, .. } = self.marks[message as usize];
        let Some(broken) = self.broken.get(event as usize) else { return false };
        let available = self.messages[message].available;
        let mut any = false;
        for &fault in broken {
            let state = &mut self.faults[fault as usize];
            let hit = available >= state.began;
            state.touched += u64::from(hit);
            any |= hit;
        }
        any
    }
}
