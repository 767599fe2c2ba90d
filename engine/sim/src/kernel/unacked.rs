//! How many messages of a group may be delivered and unacknowledged at once: `max_ack_pending` of a JetStream consumer, the
//! messages in flight of an SQS queue.
//!
//! A message has a place from its delivery until it is acknowledged or given up, or is back in its line: what waits for its
//! next delivery outside the line (a delayed `nak`, a visibility timeout) keeps it. While all places are taken, the members of
//! the group hear nothing of it, as in a cut; what came back stands before what was never delivered, so that it is first when
//! a place is free, as on the brokers.

use super::Kernel;
use super::events::Event;
use super::network::remove_one;
use crate::plan::{NO_LIMIT, Plan};

/// Places taken; empty lists when no group of the plan has such a limit.
#[derive(Debug, Default)]
pub(super) struct Unacked {
    /// By group.
    groups: Vec<Taken>,
    /// By message, whether it has a place.
    has_place: Vec<bool>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Taken {
    places: u32,
    /// Since when there is none left; `None` when there is one.
    full_since: Option<u64>,
    /// For how long there was none before, in nanoseconds.
    full_for: u64,
}

impl Unacked {
    pub(super) fn new(plan: &Plan) -> Self {
        let any = plan.groups.iter().any(|group| group.max_pending != NO_LIMIT);
        let groups = if any { vec![Taken::default(); plan.groups.len()] } else { Vec::new() };
        Unacked { groups, has_place: Vec::new() }
    }

    /// A message enters a group that has a limit.
    pub(super) fn enter(&mut self, message: u32) {
        let at = message as usize;
        if at >= self.has_place.len() {
            self.has_place.resize(at + 1, false);
        }
        self.has_place[at] = false;
    }

    /// Whether a group has no place left.
    pub(super) fn is_full(&self, group: u32) -> bool {
        self.groups.get(group as usize).is_some_and(|taken| taken.full_since.is_some())
    }

    /// For how long a group had no place left until now, in nanoseconds.
    pub(super) fn full_for(&self, group: u32, now: u64) -> u64 {
        let taken = self.groups.get(group as usize).copied().unwrap_or_default();
        taken.full_for + taken.full_since.map_or(0, |since| now - since)
    }
}

impl Kernel<'_> {
    /// Messages are delivered together: the first, and so many that hang on it.
    pub(super) fn take_places(&mut self, group: u32, first: u32, more: u32) {
        let mut at = first;
        for left in (0..=more).rev() {
            self.take_place(group, at);
            if left > 0 {
                at = self.messages[at].next;
            }
        }
    }

    fn take_place(&mut self, group: u32, message: u32) {
        let now = self.now;
        if std::mem::replace(&mut self.unacked.has_place[message as usize], true) {
            return;
        }
        let taken = &mut self.unacked.groups[group as usize];
        taken.places += 1;
        if taken.places >= self.plan.groups[group as usize].max_pending && taken.full_since.is_none() {
            taken.full_since = Some(now);
            self.deafen(group);
        }
    }

    /// A message that is back in its line has no place any more.
    pub(super) fn leave_place_of(&mut self, message: u32) {
        let group = self.messages[message].group;
        if self.plan.groups[group as usize].max_pending != NO_LIMIT {
            self.leave_place(group, message);
        }
    }

    /// A message is acknowledged, given up, or back in its line.
    pub(super) fn leave_place(&mut self, group: u32, message: u32) {
        if !std::mem::take(&mut self.unacked.has_place[message as usize]) {
            return;
        }
        let taken = &mut self.unacked.groups[group as usize];
        taken.places -= 1;
        let Some(since) = taken.full_since.filter(|_| taken.places < self.plan.groups[group as usize].max_pending)
        else {
            return;
        };
        taken.full_since = None;
        taken.full_for += self.now - since;
        let plan = self.plan;
        for &member in &plan.groups[group as usize].members {
            let state = &mut self.consumers[member as usize];
            remove_one(&mut state.deaf_to, group);
            state.restrain();
        }
        // Whoever is free takes it: in this moment, but when what goes on now is done.
        self.calendar.push(self.now, Event::Places { group });
    }

    fn deafen(&mut self, group: u32) {
        let plan = self.plan;
        for &member in &plan.groups[group as usize].members {
            let state = &mut self.consumers[member as usize];
            state.deaf_to.push(group);
            state.restrained = true;
        }
    }

    /// A group has a place again.
    pub(super) fn places_again(&mut self, group: u32) {
        if !self.unacked.is_full(group) {
            self.serve_plain(group);
        }
    }

    /// How many messages of a batch may be delivered at once.
    pub(super) fn places_left(&self, group: u32) -> u32 {
        match self.plan.groups[group as usize].max_pending {
            NO_LIMIT => NO_LIMIT,
            most => most.saturating_sub(self.unacked.groups[group as usize].places),
        }
    }

    /// Whether the places taken are those that messages have, for the audit.
    pub(super) fn places_add_up(&self) -> bool {
        let mut counted = vec![0_u32; self.unacked.groups.len()];
        for (place, message) in self.unacked.has_place.iter().zip(self.messages.places()) {
            if *place {
                counted[message.group as usize] += 1;
            }
        }
        let most = |group: usize| self.plan.groups[group].max_pending;
        let mut groups = self.unacked.groups.iter().zip(&counted).enumerate();
        groups.all(|(group, (taken, count))| taken.places == *count && *count <= most(group))
    }
}
