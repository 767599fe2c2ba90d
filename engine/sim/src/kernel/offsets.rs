//! Offsets of kafka groups: what was polled, handled and committed, and what is delivered again.
//!
//! A record that was handled has left its group, whatever comes: it is counted once. Delivered again, it is a message of its
//! own marked `again`, which takes time and has its effects once more, but is not completed a second time.

use super::Kernel;
use super::events::Event;
use super::state::{Attempt, LaneState, Mark, Message, Root, Whereabouts};
use super::streams::Account;
use crate::plan::{Commits, Coordination};
use crate::slab::NIL;

/// A record that was handled.
#[derive(Debug, Clone, Copy)]
pub(super) struct Handled {
    at: u64,
    key: u64,
    effects: u32,
    effect_at: u64,
    poison: bool,
    /// Type of its event, where faults ask for it.
    event: u32,
    account: Account,
}

impl Kernel<'_> {
    /// A record of a partition is taken in hand: by a poll, if what the last one gave is handled.
    pub(super) fn begin_record(&mut self, group: u32, lane: u32, rules: Coordination) {
        let now = self.now;
        let first = self.plan.groups[group as usize].lanes.start;
        let waiting = self.lanes[lane as usize].length;
        let partition = &mut self.rosters[group as usize].partitions[(lane - first) as usize];
        if partition.poll_left == 0 {
            partition.poll_left = waiting.saturating_add(1).min(rules.poll_records);
            partition.polled = now;
        }
        if !partition.watched {
            partition.watched = true;
            let at = partition.polled.max(now).saturating_add(rules.poll_interval);
            self.calendar.push(at, Event::PollDue { lane });
        }
    }

    /// The handler waits before it tries a record again; its client polls meanwhile.
    pub(super) fn pause_record(&mut self, group: u32, lane: u32, delay: u64) {
        let first = self.plan.groups[group as usize].lanes.start;
        if self.plan.groups[group as usize].coordination.is_some() {
            self.rosters[group as usize].partitions[(lane - first) as usize].polled = self.now.saturating_add(delay);
        }
    }

    /// Whether a member has waited too long with its next poll.
    pub(super) fn poll_due(&mut self, lane: u32) {
        let group = self.lanes[lane as usize].group;
        let Some(rules) = self.plan.groups[group as usize].coordination else { return };
        let first = self.plan.groups[group as usize].lanes.start;
        let partition = &mut self.rosters[group as usize].partitions[(lane - first) as usize];
        partition.watched = false;
        if self.lanes[lane as usize].state != LaneState::Busy || partition.poll_left == 0 {
            return;
        }
        let due = partition.polled.saturating_add(rules.poll_interval);
        if due > self.now {
            partition.watched = true;
            self.calendar.push(due, Event::PollDue { lane });
            return;
        }
        let owner = self.lanes[lane as usize].owner;
        if owner != NIL {
            self.evict(group, owner);
        }
    }

    /// A record is done with, well or not.
    pub(super) fn note_handled(&mut self, message: u32, instance: u32) {
        let Message { group, lane, key, effects, effect_at, poison, again, available, .. } = self.messages[message];
        let Some(rules) = self.plan.groups[group as usize].coordination else { return };
        if lane == NIL {
            return;
        }
        let at = (lane - self.plan.groups[group as usize].lanes.start) as usize;
        let event = self.event_of(message);
        let account = Account { published: self.published(message), ..self.streams.account(message) };
        let keeps = self.lanes[lane as usize].owner == instance;
        if !again {
            let effect_at = if effects == 0 { self.now } else { effect_at };
            let record = Handled { at: self.now, key, effects, effect_at, poison, event, account };
            self.note_past(group, lane, available, record);
        }
        match rules.commits {
            Commits::EveryMessage => {}
            Commits::Every(interval) => {
                self.forget_committed(group, at, interval);
                // Given up while its last record was in hand, the partition is committed after that.
                if keeps {
                    let now = self.now;
                    let effect_at = if effects == 0 { now } else { effect_at };
                    let handled = Handled { at: now, key, effects, effect_at, poison, event, account };
                    self.rosters[group as usize].partitions[at].handled.push_back(handled);
                }
            }
            Commits::EveryPoll => {
                let now = self.now;
                let partition = &mut self.rosters[group as usize].partitions[at];
                if partition.poll_left <= 1 {
                    partition.handled.clear();
                } else if keeps {
                    let effect_at = if effects == 0 { now } else { effect_at };
                    partition.handled.push_back(Handled { at: now, key, effects, effect_at, poison, event, account });
                }
            }
        }
        let partition = &mut self.rosters[group as usize].partitions[at];
        partition.poll_left = partition.poll_left.saturating_sub(1);
    }

    /// A record that was polled is gone before it was handled.
    pub(super) fn skip_record(&mut self, group: u32, lane: u32) {
        let at = (lane - self.plan.groups[group as usize].lanes.start) as usize;
        let in_hand = u32::from(self.lanes[lane as usize].state == LaneState::Busy);
        let partition = &mut self.rosters[group as usize].partitions[at];
        // The one in hand is of the last poll too.
        if partition.poll_left > in_hand {
            partition.poll_left -= 1;
        }
    }

    /// Lets go of what the client has committed by now.
    fn forget_committed(&mut self, group: u32, at: usize, interval: u64) {
        let since = self.commits_since(group, at);
        let last = since + (self.now - since) / interval * interval;
        let handled = &mut self.rosters[group as usize].partitions[at].handled;
        while handled.front().is_some_and(|record| record.at <= last) {
            handled.pop_front();
        }
    }

    /// Everything behind the committed offset of a partition is delivered again, in order, before all that waits.
    pub(super) fn rewind(&mut self, group: u32, at: usize, rules: Coordination) -> u64 {
        if let Commits::Every(interval) = rules.commits {
            self.forget_committed(group, at, interval);
        }
        let lane = self.plan.groups[group as usize].lanes.start + at as u32;
        let mut handled = std::mem::take(&mut self.rosters[group as usize].partitions[at].handled);
        let count = handled.len() as u64;
        while let Some(record) = handled.pop_back() {
            let copy = self.copy_of(group, lane, record);
            self.link_front(copy);
        }
        // With its room.
        self.rosters[group as usize].partitions[at].handled = handled;
        self.check_room();
        count
    }

    /// A message that stands for a record handled before. What follows from it belongs to no event.
    pub(super) fn copy_of(&mut self, group: u32, lane: u32, record: Handled) -> u32 {
        let now = self.now;
        let root = self.roots.insert(|_| Root { references: 1, producer: NIL, produced: now, followed: false });
        self.groups[group as usize].lag.add(now);
        if self.plan.groups[group as usize].watched {
            self.lag_changed(group);
        }
        let copy = self.messages.insert(|before| Message {
            effects: record.effects,
            effect_at: record.effect_at,
            poison: record.poison,
            again: true,
            ..Message::new(before, root, group, lane, record.key, now)
        });
        self.unfit.forget(copy);
        if self.plan.groups[group as usize].accounted {
            self.streams.announce(record.account);
            self.open_account(group, copy);
        }
        if let Some(follower) = &mut self.follower {
            follower.unseen(copy, root);
        }
        if self.keeps_marks {
            self.mark(copy, Mark { event: record.event, priority: 0, repeats: u64::MAX, deadline: u64::MAX });
        }
        copy
    }

    fn event_of(&self, message: u32) -> u32 {
        if self.keeps_marks { self.marks[message as usize].event } else { 0 }
    }

    /// A partition is lost while records of it are in hand: they go back to the partition, and the attempt goes on with
    /// copies that nobody waits for.
    pub(super) fn part_from(&mut self, attempt: u32) {
        let Attempt { message, more, instance, .. } = self.attempts[attempt];
        let consumer = self.instances[instance as usize].consumer;
        let Message { group, lane, .. } = self.messages[message];
        let records = if more > 0 { self.chain(message) } else { vec![message] };
        let mut next = NIL;
        for &record in records.iter().rev() {
            let Message { key, poison, .. } = self.messages[record];
            let event = self.event_of(record);
            // Its calls, as far as they come, are effects that happen again.
            let account = Account::NONE;
            let again = Handled { at: self.now, key, effects: u32::MAX, effect_at: self.now, poison, event, account };
            let copy = self.copy_of(group, NIL, again);
            let place = &mut self.messages[copy];
            place.whereabouts = Whereabouts::InHand;
            place.attempts = 1;
            place.begun = true;
            place.next = next;
            next = copy;
        }
        let call = self.attempts[attempt].waits_for;
        if call != NIL {
            // Whatever becomes of the call, the record itself has gone its own way.
            self.callings[call].message = next;
        }
        self.attempts[attempt].message = next;
        let count = records.len() as u64;
        let counts = &mut self.consumers[consumer as usize].counts;
        counts.failed_attempts += count;
        counts.attempts += count;
        self.flow.failed_attempts += count;
        self.return_all(records, true);
        self.lanes[lane as usize].state = LaneState::Idle;
    }

    /// Whether a message handled before is recognised as such.
    pub(super) fn is_remembered(&self, message: u32, consumer: u32) -> bool {
        let Message { again, effect_at, .. } = self.messages[message];
        let window = self.plan.consumers[consumer as usize].idempotent;
        again && window.is_some_and(|window| self.now - effect_at <= window)
    }

    /// A message handled before is handled once more: its effects happen again, unless it is recognised.
    pub(super) fn complete_again(&mut self, message: u32, consumer: u32, instance: u32) {
        let plan = self.plan;
        let planned = &plan.consumers[consumer as usize];
        self.consumers[consumer as usize].counts.redelivered += 1;
        if !self.is_remembered(message, consumer) {
            if planned.calls.is_empty() {
                self.consumers[consumer as usize].counts.duplicates += 1;
                self.flow.duplicates += 1;
            }
            let Message { root, key, .. } = self.messages[message];
            self.note_cause(message);
            for publish in planned.publishes.clone() {
                self.publish(publish, root, key);
            }
        }
        self.note_handled(message, instance);
        self.leave(message);
    }
}
