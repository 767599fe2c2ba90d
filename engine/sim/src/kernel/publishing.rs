//! From a publisher into the groups of a channel.

use thalweg_flow::Overflow;

use super::Kernel;
use super::events::Event;
use super::network::Delivery;
use super::state::{FaultState, Held, Kind, Pending};
use super::streams::Account;
use super::tracing::Trouble;
use crate::plan::{Hub, Plan, Target};
use crate::sample::partition_of;
use crate::slab::NIL;

impl Kernel<'_> {
    /// One entry of a `publishes` list, for an event of its own key or that of its cause.
    #[inline]
    pub(super) fn publish(&mut self, index: u32, root: u32, cause_key: u64) {
        if let Some(way) = &self.plan.express.publishes[index as usize]
            && self.follower.is_none()
        {
            self.publish_express(index, way, root, cause_key);
        } else {
            self.publish_in_full(index, root, cause_key);
        }
    }

    /// The same with all that may happen to it.
    fn publish_in_full(&mut self, index: u32, root: u32, cause_key: u64) {
        let plan = self.plan;
        let publish = &plan.publishes[index as usize];
        let state = &mut self.publishes[index as usize];
        if publish.probability < 1.0 && state.chance.unit() >= publish.probability {
            return;
        }
        for nth in 0..publish.count {
            let id = if publish.by_cause { self.ids.of_publish(index, nth) } else { 0 };
            let to = Target { id, ..publish.to };
            let state = &mut self.publishes[index as usize];
            let key = publish.key.as_ref().map_or(cause_key, |key| key.draw(&mut state.key, &mut state.unique));
            if let Some(latency) = &publish.latency {
                let travel = latency.draw(&mut state.latency, self.ziggurat);
                let delay = publish.delay.as_ref().map_or(0, |delay| delay.draw(&mut state.delay, self.ziggurat));
                let mut at = self.now.saturating_add(delay).saturating_add(travel);
                if publish.delay.is_none() {
                    at = at.max(state.arrives);
                    state.arrives = at;
                }
                self.send_after(at - self.now, to, root, key, false);
            } else if let Some(delay) = &publish.delay {
                let delay = delay.draw(&mut state.delay, self.ziggurat);
                self.send_after(delay, to, root, key, false);
            } else if let Some(producer) = publish.outbox {
                self.write_out(producer, to, root, key);
            } else {
                self.send(to, root, key, false);
            }
            if self.halt.is_some() {
                return;
            }
        }
    }

    pub(super) fn send_after(&mut self, delay: u64, to: Target, root: u32, key: u64, dead_letter: bool) {
        self.roots[root].references += 1;
        let pending = self.pendings.insert(|_| Pending { to, root, key, dead_letter, span: NIL });
        if let Some(follower) = &mut self.follower {
            follower.publish_waits(pending, root, dead_letter);
        }
        self.push_after(delay, Event::Publish { pending });
    }

    /// Sends a dead letter: in the same moment, but as an event of its own, so that channels that dead-letter into each
    /// other in a circle are noticed as a moment that does not pass.
    pub(super) fn send_dead_letter(&mut self, to: Target, root: u32, key: u64) {
        self.send_after(0, to, root, key, true);
    }

    /// A delayed publish is due.
    pub(super) fn publish_pending(&mut self, pending: u32) {
        let Pending { to, root, key, dead_letter, .. } = self.pendings[pending];
        self.pendings.remove(pending);
        if let Some(follower) = &mut self.follower {
            follower.publish_due(pending);
        }
        self.send(to, root, key, dead_letter);
        self.release_root(root);
    }

    /// Sends a message to a channel; during an outage it stays with the publisher, in order.
    pub(super) fn send(&mut self, to: Target, root: u32, key: u64, dead_letter: bool) {
        self.owe(to, root, key);
        self.set_out(to, root, key, dead_letter);
    }

    /// From now on the groups of a channel should get a message; says how many there are.
    pub(super) fn owe(&mut self, to: Target, root: u32, key: u64) -> u64 {
        let groups = self.plan.owed_to(to);
        self.flow.owed += groups;
        if groups > 0 {
            self.roots[root].followed = true;
        }
        if let Some(follower) = &mut self.follower {
            follower.publish_begins(self.now, root, to.channel, key);
        }
        groups
    }

    /// A message that is owed sets out for its channel.
    pub(super) fn set_out(&mut self, to: Target, root: u32, key: u64, dead_letter: bool) {
        self.edges[to.edge as usize] += 1;
        let span = self.publishing();
        if self.links.is_empty() || !self.is_delayed(Held { to, root, key, dead_letter, span }) {
            self.knock(to, root, key, dead_letter);
        }
    }

    /// A publish has reached its channel: it comes in, or waits with its publisher until it may.
    pub(super) fn knock(&mut self, to: Target, root: u32, key: u64, dead_letter: bool) {
        let state = &self.channels[to.channel as usize];
        if !state.gated || (state.held.is_empty() && self.lets_in(to.channel)) {
            self.admit(to, root, key, dead_letter);
            return;
        }
        if dead_letter && self.is_only_alarmed(to.channel) {
            self.admit(to, root, key, dead_letter);
            return;
        }
        let state = &mut self.channels[to.channel as usize];
        let throttles = state.throttles.iter().map(|bucket| &bucket.fault);
        for fault in state.outages.iter().chain(&state.blocks).chain(throttles) {
            self.faults[*fault as usize].touched += 1;
        }
        let span = self.publishing();
        let state = &mut self.channels[to.channel as usize];
        state.held.push_back(Held { to, root, key, dead_letter, span });
        self.note_blocked(to);
        self.held_back += self.plan.owed_to(to);
        self.roots[root].references += 1;
    }

    /// Whether a channel lets a publish in now; a token that it needs is taken.
    fn lets_in(&mut self, channel: u32) -> bool {
        let state = &self.channels[channel as usize];
        state.outages.is_empty()
            && state.blocks.is_empty()
            && !self.is_alarmed(state.memory)
            && (state.throttles.is_empty() || self.channel_has_token(channel))
    }

    /// A channel may let in again: what was held comes in, in order.
    pub(super) fn admit_held(&mut self, channel: u32) {
        while !self.channels[channel as usize].held.is_empty() && self.lets_in(channel) {
            let Some(held) = self.channels[channel as usize].held.pop_front() else { break };
            let Held { to, root, key, dead_letter, span } = held;
            self.held_back -= self.plan.owed_to(to);
            self.goes_on(span);
            self.admit(to, root, key, dead_letter);
            self.release_root(root);
        }
        self.note_shut(channel);
        self.channels[channel as usize].reckon_gate();
    }

    /// The channel takes a message, or refuses it when it is full.
    pub(super) fn admit(&mut self, to: Target, root: u32, key: u64, dead_letter: bool) {
        let plan = self.plan;
        let channel = to.channel;
        let planned = &plan.channels[channel as usize];
        if self.is_recognised(to) {
            return;
        }
        if let Some(max_length) = planned.max_length
            && self.is_full(channel, max_length)
            && !self.make_room(to, max_length, root, key)
        {
            return;
        }
        if !self.channels[channel as usize].fills.is_empty() && !self.is_filled(to, root, key) {
            return;
        }
        let way = plan.routing.way(to);
        if let Some(way) = way
            && planned.hub != Hub::No
        {
            let span = self.publishing();
            let held = Held { to, root, key, dead_letter, span };
            if planned.hub == Hub::Bus {
                self.fan_out(*way, held);
            } else {
                self.route(*way, held);
            }
            return;
        }
        if planned.limited && !self.has_room(to, root) {
            return;
        }
        self.remember(to);
        let now = self.now;
        let state = &mut self.channels[channel as usize];
        state.counts.published += 1;
        state.counts.dead_letters += u64::from(dead_letter);
        if planned.groups.is_empty() {
            if planned.is_queue {
                // Nobody will ever take it: its number is all there is to know.
                state.depth.add(now);
            }
            if planned.limited {
                self.store(to, 0);
                self.leave_unclaimed(planned.memory, to.size);
            }
            if let Some(follower) = &mut self.follower {
                follower.publish_ends(now, None);
            }
            return;
        }
        let partition = match (planned.partitions, key) {
            (0 | 1, _) => 0,
            (partitions, 0) => {
                let next = state.next_partition;
                state.next_partition = (next + 1) % partitions;
                next
            }
            (partitions, key) => partition_of(key, partitions),
        };
        let account = if planned.limited { self.store(to, partition) } else { Account::of_size(to.size) };
        let poison = !self.channels[channel as usize].poisons.is_empty() && self.is_poisoned(channel);
        let kind = Kind { event: to.event, priority: to.priority };
        if let Some(follower) = &mut self.follower {
            follower.publish_ends(now, (planned.partitions > 0).then_some(partition));
        }
        let span = self.publishing();
        let Target { class, id, .. } = to;
        if let Some(way) = way {
            for &group in plan.routing.groups(way) {
                self.hand_over(Delivery { group, partition, root, kind, class, id, key, poison, span, account });
            }
            self.filter_out(to, way);
            return;
        }
        for group in planned.groups.clone() {
            self.hand_over(Delivery { group, partition, root, kind, class, id, key, poison, span, account });
        }
    }

    /// A message goes to one group.
    #[inline]
    fn hand_over(&mut self, delivery: Delivery) {
        let channel = self.plan.groups[delivery.group as usize].channel as usize;
        let at_once = self.links.is_empty() && self.plan.channels[channel].delivery_latency.is_none();
        if at_once || !self.travels(delivery) {
            let Delivery { group, partition, root, kind, class, id, key, poison, account, .. } = delivery;
            if self.plan.groups[group as usize].accounted {
                self.streams.announce(account);
            }
            let message = self.enter(group, partition, root, key, kind);
            self.messages[message].poison |= poison;
            self.note_class(message, class);
            self.note_id(message, id);
        }
    }

    /// Whether a publish comes in although a fault lets its queue act as if it were full.
    fn is_filled(&mut self, to: Target, root: u32, key: u64) -> bool {
        for fault in &self.channels[to.channel as usize].fills {
            self.faults[*fault as usize].touched += 1;
        }
        // Whatever waits may be dropped for it, however much there is room for otherwise.
        self.make_room(to, 1, root, key)
    }

    /// Whether a fault makes a message one that can never succeed.
    fn is_poisoned(&mut self, channel: u32) -> bool {
        poisoned(&self.channels[channel as usize].poisons, self.plan, &mut self.faults)
    }

    /// Whether a message more would have to wait beyond the limit.
    pub(super) fn is_full(&mut self, channel: u32, max_length: u64) -> bool {
        let group = self.plan.channels[channel as usize].groups.start;
        let lane = self.plan.groups[group as usize].lanes.start;
        let waiting = u64::from(self.lanes[lane as usize].length) + self.orders[group as usize].aside;
        waiting >= max_length && (waiting > 0 || !self.has_taker(group))
    }

    /// Whether somebody would take a message at once.
    fn has_taker(&mut self, group: u32) -> bool {
        if self.is_windowed(group) { self.has_room_in_a_window(group) } else { self.idle_instance(group).is_some() }
    }

    /// What happens to a message too many; whether there is room for it now.
    fn make_room(&mut self, to: Target, max_length: u64, root: u32, key: u64) -> bool {
        let plan = self.plan;
        let channel = to.channel;
        let planned = &plan.channels[channel as usize];
        let lane = plan.groups[planned.groups.start as usize].lanes.start;
        match planned.overflow {
            Overflow::DropHead => {
                self.channels[channel as usize].counts.dropped += 1;
                let head = self.lanes[lane as usize].head;
                if max_length == 0 || head == NIL {
                    self.turn_away(to, root, key, true, Trouble::Dropped);
                    return false;
                }
                self.unlink(head);
                self.discard(head);
                return true;
            }
            Overflow::RejectPublish => self.turn_away(to, root, key, false, Trouble::Rejected),
            Overflow::RejectPublishDlx => self.turn_away(to, root, key, true, Trouble::Rejected),
        }
        let state = &mut self.channels[channel as usize];
        state.counts.rejected += 1;
        if let Some(producer) = plan.edges[to.edge as usize].producer {
            self.producers[producer as usize].counts.rejected += 1;
        }
        false
    }

    /// A message that never gets in: dead-lettered if it shall be and can be, lost otherwise.
    fn turn_away(&mut self, to: Target, root: u32, key: u64, dead_letter: bool, why: Trouble) {
        let channel = to.channel;
        let target = self.plan.channels[channel as usize].dead_letter.filter(|_| dead_letter);
        if let Some(chooser) = &mut self.chooser {
            chooser.given_up(root);
        }
        if let Some(follower) = &mut self.follower {
            follower.publish_refused(self.now, channel, why, target.map(|target| target.channel));
        }
        if let Some(target) = target {
            self.flow.dead_lettered += 1;
            self.send_dead_letter(Target { class: to.class, size: to.size, ..target }, root, key);
        } else {
            self.flow.lost += 1;
            self.channels[channel as usize].counts.lost += 1;
        }
    }
}

/// Whether one of several faults makes a message one that can never succeed.
pub(super) fn poisoned(by: &[u32], plan: &Plan, faults: &mut [FaultState]) -> bool {
    let mut any = false;
    for &fault in by {
        let state = &mut faults[fault as usize];
        let hit = state.dice.unit() < plan.faults[fault as usize].strike.share();
        state.touched += u64::from(hit);
        any |= hit;
    }
    any
}
