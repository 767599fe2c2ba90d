//! Messages in their lanes: in, out, and away.

use super::Kernel;
use super::events::Event;
use super::state::{Kind, LaneState, Mark, Message, PATIENT, Whereabouts};
use super::tracing::Trouble;
use crate::slab::NIL;

impl Kernel<'_> {
    /// A message enters a group.
    pub(super) fn enter(&mut self, group: u32, partition: u32, root: u32, key: u64, kind: Kind) -> u32 {
        let plan = self.plan;
        let planned = &plan.groups[group as usize];
        let lane = planned.lanes.start + partition;
        let now = self.now;
        self.roots[root].references += 1;
        let message = self.messages.insert(|before| Message::new(before, root, group, lane, key, now));
        if self.keeps_marks {
            let mark = self.first_mark(planned.channel, kind);
            self.mark(message, mark);
        }
        if self.unfit.any {
            self.unfit.forget(message);
        }
        let state = &mut self.groups[group as usize];
        state.counts.entered += 1;
        state.lag.add(now);
        for fault in &state.cuts {
            self.faults[*fault as usize].touched += 1;
        }
        if planned.watched {
            self.lag_changed(group);
        }
        if let Some(follower) = &mut self.follower {
            follower.entered(message);
        }
        if planned.rules != NIL {
            self.holds.enter(message);
        }
        if planned.accounted {
            self.open_account(group, message);
        }
        self.check_room();
        if planned.partitioned {
            self.link_back(message);
            if self.lanes[lane as usize].state == LaneState::Idle {
                self.offer_lane(lane);
            }
        } else if planned.batch.is_some() || planned.per_key {
            self.link_back(message);
            self.serve_plain(group);
        } else if self.lanes[lane as usize].head == NIL
            && self.is_open(group)
            && let Some(instance) = self.idle_instance(group)
        {
            self.start(instance, message);
        } else {
            self.link_back(message);
            if planned.windowed {
                self.push_out(group);
            }
        }
        message
    }

    /// What is noted beside a new message.
    fn first_mark(&mut self, channel: u32, kind: Kind) -> Mark {
        let planned = &self.plan.channels[channel as usize];
        let dice = &mut self.channels[channel as usize].patience;
        let patience = planned.patience.as_ref().map(|patience| patience.draw(dice, self.ziggurat));
        let deadline = patience.map_or(u64::MAX, |patience| self.now.saturating_add(patience));
        Mark { event: kind.event, priority: kind.priority.min(planned.priorities), repeats: u64::MAX, deadline }
    }

    /// Notes beside a message what only some faults ask for.
    pub(super) fn mark(&mut self, message: u32, mark: Mark) {
        let at = message as usize;
        if self.marks.len() <= at {
            self.marks.resize(at + 1, mark);
        }
        self.marks[at] = mark;
    }

    /// Whether the group's channel delivers at all.
    #[inline]
    pub(super) fn is_open(&self, group: u32) -> bool {
        self.channels[self.plan.groups[group as usize].channel as usize].outages.is_empty()
    }

    pub(super) fn link_back(&mut self, message: u32) {
        if self.lanes[self.messages[message].lane as usize].ordered {
            let previous = self.place_in_order(message, false);
            self.insert_in_order(message, previous);
            return;
        }
        let lane = &mut self.lanes[self.messages[message].lane as usize];
        let tail = lane.tail;
        lane.tail = message;
        lane.length += 1;
        if tail == NIL {
            lane.head = message;
        } else {
            self.messages[tail].next = message;
        }
        let place = &mut self.messages[message];
        place.previous = tail;
        place.next = NIL;
        place.whereabouts = Whereabouts::Waiting;
        self.deepen(message, true);
        self.time_expiry(message);
    }

    pub(super) fn link_front(&mut self, message: u32) {
        if self.lanes[self.messages[message].lane as usize].ordered {
            let previous = self.place_in_order(message, true);
            self.insert_in_order(message, previous);
            return;
        }
        let lane = &mut self.lanes[self.messages[message].lane as usize];
        let head = lane.head;
        lane.head = message;
        lane.length += 1;
        if head == NIL {
            lane.tail = message;
        } else {
            self.messages[head].previous = message;
        }
        if lane.returned == NIL {
            lane.returned = message;
        }
        let place = &mut self.messages[message];
        place.next = head;
        place.previous = NIL;
        place.whereabouts = Whereabouts::Waiting;
        self.deepen(message, true);
        self.time_expiry(message);
    }

    /// Puts a message that came back behind another of those that did, or to the front when that is `NIL`.
    pub(super) fn link_behind(&mut self, message: u32, behind: u32) {
        if behind == NIL {
            self.link_front(message);
            return;
        }
        let lane = &mut self.lanes[self.messages[message].lane as usize];
        lane.length += 1;
        if lane.returned == behind {
            lane.returned = message;
        }
        let next = self.messages[behind].next;
        if next == NIL {
            lane.tail = message;
        } else {
            self.messages[next].previous = message;
        }
        self.messages[behind].next = message;
        let place = &mut self.messages[message];
        place.next = next;
        place.previous = behind;
        place.whereabouts = Whereabouts::Waiting;
        self.deepen(message, true);
        self.time_expiry(message);
    }

    /// A message is in its lane's list now.
    pub(super) fn note_waiting(&mut self, message: u32) {
        self.deepen(message, true);
        self.time_expiry(message);
    }

    /// Takes a waiting message out of its lane.
    pub(super) fn unlink(&mut self, message: u32) {
        if self.lanes[self.messages[message].lane as usize].ordered {
            self.forget_in_order(message);
        }
        let Message { next, previous, lane, .. } = self.messages[message];
        let lane = &mut self.lanes[lane as usize];
        lane.length -= 1;
        if lane.returned == message {
            lane.returned = previous;
        }
        if previous == NIL {
            lane.head = next;
        } else {
            self.messages[previous].next = next;
        }
        if next == NIL {
            lane.tail = previous;
        } else {
            self.messages[next].previous = previous;
        }
        self.deepen(message, false);
    }

    /// Counts who waits in a queue.
    #[inline]
    pub(super) fn deepen(&mut self, message: u32, more: bool) {
        let channel = self.plan.groups[self.messages[message].group as usize].channel as usize;
        if self.plan.channels[channel].is_queue {
            let depth = &mut self.channels[channel].depth;
            if more { depth.add(self.now) } else { depth.sub(self.now) }
        }
    }

    /// Makes sure that the calendar looks at a waiting message's lane when its time to live is over.
    #[inline]
    fn time_expiry(&mut self, message: u32) {
        let Message { lane, .. } = self.messages[message];
        let place = &self.lanes[lane as usize];
        if place.ttl == PATIENT {
            self.time_patience(message);
        } else if place.ttl != u64::MAX {
            let at = self.published(message).saturating_add(place.ttl).max(self.now);
            let place = &mut self.lanes[lane as usize];
            if at < place.look_at {
                place.look_at = at;
                self.calendar.push(at, Event::Expire { lane });
            }
        }
    }

    /// The time to live of a lane's first message may be over.
    pub(super) fn look_for_expired(&mut self, lane: u32) {
        if self.lanes[lane as usize].look_at != self.now {
            return; // An earlier look took its place.
        }
        self.lanes[lane as usize].look_at = u64::MAX;
        self.purge(lane);
        let head = self.lanes[lane as usize].head;
        if head != NIL {
            self.time_expiry(head);
        }
    }

    /// Takes the messages whose time is over from the front of a lane. As in RabbitMQ ("Time-To-Live"), a message that
    /// was put back behind younger ones expires when it comes to the front.
    #[inline]
    pub(super) fn purge(&mut self, lane: u32) {
        while self.lanes[lane as usize].ttl != u64::MAX || self.lanes[lane as usize].keyed {
            let head = self.lanes[lane as usize].head;
            if head == NIL {
                return;
            }
            if self.is_expired(head) {
                self.unlink(head);
                self.expired(head);
            } else if !(self.lanes[lane as usize].keyed && self.sets_aside(head)) {
                return;
            }
        }
    }

    pub(super) fn expired(&mut self, message: u32) {
        let channel = self.plan.groups[self.messages[message].group as usize].channel;
        if self.plan.channels[channel as usize].kept.is_some() {
            self.note_trimmed(message);
        } else {
            self.channels[channel as usize].counts.expired += 1;
        }
        self.discard(message);
    }

    /// The channel gives an unlinked message up: dead-lettered if it can be, lost otherwise.
    pub(super) fn discard(&mut self, message: u32) {
        let Message { group, root, key, again, .. } = self.messages[message];
        if again {
            self.leave(message);
            return;
        }
        let channel = self.plan.groups[group as usize].channel;
        if let Some(chooser) = &mut self.chooser {
            chooser.given_up(root);
        }
        if self.follower.is_some() {
            self.note_discard(message, channel);
        }
        if let Some(target) = self.plan.channels[channel as usize].dead_letter {
            self.dead_lettered(group);
            self.send_dead_letter(self.target_for(target, message), root, key);
        } else {
            self.lost(group);
            self.channels[channel as usize].counts.lost += 1;
        }
        self.leave(message);
    }

    #[cold]
    fn note_discard(&mut self, message: u32, channel: u32) {
        let why = match self.plan.channels[channel as usize].kept {
            Some(_) => Trouble::Trimmed,
            None if self.is_expired(message) => Trouble::Expired,
            None => Trouble::Dropped,
        };
        let target = self.plan.channels[channel as usize].dead_letter.map(|target| target.channel);
        if let Some(follower) = &mut self.follower {
            follower.channel_gives_up(self.now, message, channel, why, target);
        }
    }

    pub(super) fn dead_lettered(&mut self, group: u32) {
        self.groups[group as usize].counts.dead_lettered += 1;
        self.flow.dead_lettered += 1;
    }

    pub(super) fn lost(&mut self, group: u32) {
        self.groups[group as usize].counts.lost += 1;
        self.flow.lost += 1;
    }

    /// A message's next attempt is due: back into its lane, or away if its time is over.
    pub(super) fn retry_due(&mut self, message: u32) {
        let group = self.messages[message].group;
        let lane = self.messages[message].lane;
        let planned = &self.plan.groups[group as usize];
        if planned.batch.is_some() && planned.rules == NIL {
            self.batch_retry_due(message);
        } else if self.is_expired(message) {
            self.expired(message);
            if planned.per_key {
                self.serve_plain(group);
            }
        } else if self.plan.groups[group as usize].partitioned {
            self.link_front(message);
            self.lanes[lane as usize].state = LaneState::Idle;
            self.offer_lane(lane);
        } else if self.plan.groups[group as usize].rules != NIL {
            self.due_under_rules(message);
            self.serve_plain(group);
        } else {
            let to_front = self.goes_to_front(message);
            if to_front {
                self.link_front(message);
            } else {
                self.link_back(message);
            }
            self.serve_plain(group);
        }
    }

    pub(super) fn is_expired(&self, message: u32) -> bool {
        let Message { group, available, .. } = self.messages[message];
        let channel = &self.plan.channels[self.plan.groups[group as usize].channel as usize];
        if let Some(kept) = &channel.kept {
            return self.is_let_go(kept, message);
        }
        if channel.patience.is_some() {
            return self.now >= self.marks[message as usize].deadline;
        }
        channel.ttl.is_some_and(|ttl| self.now >= available.saturating_add(ttl))
    }

    /// A message that is in no list leaves its group for good.
    pub(super) fn leave(&mut self, message: u32) {
        let now = self.now;
        let place = &mut self.messages[message];
        place.whereabouts = Whereabouts::Done;
        let Message { group, root, available, pins, .. } = *place;
        let state = &mut self.groups[group as usize];
        state.lag.sub(now);
        state.spent += u128::from(now - available);
        let lag = state.lag.value();
        self.recovery.note(group, now, lag);
        if self.plan.groups[group as usize].watched {
            self.lag_changed(group);
        }
        if self.plan.groups[group as usize].per_key {
            self.unlock_key(message);
        }
        if self.plan.groups[group as usize].accounted {
            self.close_account(group, message);
        }
        if pins == 0 {
            self.free_message(message);
        }
        self.release_root(root);
    }

    pub(super) fn free_message(&mut self, message: u32) {
        // What refers to it in the calendar is stale from now on, not only when the place is used again.
        self.messages[message].generation = self.messages[message].generation.wrapping_add(1);
        self.messages.remove(message);
    }
}
