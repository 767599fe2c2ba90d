//! Deliveries under a broker's rules: leases that end while the handler is at work, and where messages come back.
//!
//! When a lease ends, the message is free for another delivery, and the attempt that had it is *astray*: it goes on, keeps
//! its server, makes its calls and publishes, but what becomes of the message is no longer its to say (unless the broker
//! takes late acknowledgements). A message is therefore in the hands of at most one attempt that counts, and of any number
//! of attempts astray; each of these pins the message's place and keeps its root open.

use std::collections::VecDeque;

use super::Kernel;
use super::attempts::delay;
use super::events::Event;
use super::state::{Attempt, LaneState, Message, Whereabouts};
use crate::plan::{AtLimit, Comeback, NO_LIMIT, Plan, Position, Rules};
use crate::slab::NIL;

/// What is kept beside messages that are delivered under rules.
#[derive(Debug, Default)]
pub(super) struct Holds {
    /// By message: the attempt that has it in hand.
    holder: Vec<u32>,
    /// By message: how many entered before it.
    order: Vec<u64>,
    entered: u64,
    timers: Vec<Timer>,
}

/// Leases of one length end in the order in which they began: a queue with its first entry in the calendar.
#[derive(Debug, Default)]
struct Timer {
    due: VecDeque<(u64, u32, u32)>,
    armed: bool,
}

impl Holds {
    pub(super) fn new(plan: &Plan) -> Self {
        let timers = plan.rules.last().map_or(0, |last| last.timers as usize + last.leases.len());
        Holds { timers: (0..timers).map(|_| Timer::default()).collect(), ..Holds::default() }
    }

    /// A message enters a group that has rules.
    pub(super) fn enter(&mut self, message: u32) {
        let index = message as usize;
        if index >= self.holder.len() {
            self.holder.resize(index + 1, NIL);
            self.order.resize(index + 1, 0);
        }
        self.holder[index] = NIL;
        self.order[index] = self.entered;
        self.entered += 1;
    }
}

impl<'p> Kernel<'p> {
    fn rules_of(&self, consumer: u32, group: u32) -> Option<&'p Rules> {
        let plan = self.plan;
        plan.rules.get(self.subscription(consumer, group).rules as usize)
    }

    /// Whether a message may not be delivered once more, which its queue notices when somebody receives it; it is given up.
    pub(super) fn is_received_too_often(&mut self, message: u32, consumer: u32) -> bool {
        let Message { group, attempts, .. } = self.messages[message];
        let too_often = attempts >= self.subscription(consumer, group).deliveries
            && self.rules_of(consumer, group).is_some_and(|rules| rules.limit == AtLimit::AtNextReceive);
        if too_often {
            self.channels[self.plan.groups[group as usize].channel as usize].counts.delivery_limit += 1;
            self.give_up(message, consumer);
        }
        too_often
    }

    /// An attempt has a message in hand that takes `work` of its own: its lease begins.
    pub(super) fn hold(&mut self, attempt: u32, work: u64) {
        let Attempt { message, more, instance, generation, .. } = self.attempts[attempt];
        let consumer = self.instances[instance as usize].consumer;
        let Message { group, attempts, .. } = self.messages[message];
        let Some(rules) = self.rules_of(consumer, group) else { return };
        self.holds.holder[message as usize] = attempt;
        if self.plan.groups[group as usize].max_pending != NO_LIMIT {
            self.take_places(group, message, more);
        }
        if more > 0 {
            return; // Extended until the batch is done, as the notes of the plan say.
        }
        let Some(step) = (attempts as usize).min(rules.leases.len()).checked_sub(1) else { return };
        let length = rules.leases[step].max(rules.extended);
        let planned = &self.plan.consumers[consumer as usize];
        // What ends in time needs no timer.
        let longest = if planned.calls.is_empty() { work } else { u64::MAX };
        if longest.min(planned.timeout.unwrap_or(u64::MAX)) <= length {
            return;
        }
        let mut until = self.now.saturating_add(length);
        if rules.tick > 0 {
            until = until.div_ceil(rules.tick).saturating_mul(rules.tick);
        }
        let timer = rules.timers + step as u32;
        let own = &mut self.holds.timers[timer as usize];
        while let Some(&(_, attempt, generation)) = own.due.front()
            && self.attempts[attempt].generation != generation
        {
            own.due.pop_front();
        }
        own.due.push_back((until, attempt, generation));
        if !own.armed {
            own.armed = true;
            self.calendar.push(until, Event::LeaseEnds { timer });
        }
    }

    /// The first lease of a timer may be over.
    pub(super) fn look_for_ended_leases(&mut self, timer: u32) {
        self.holds.timers[timer as usize].armed = false;
        while let Some(&(until, attempt, generation)) = self.holds.timers[timer as usize].due.front() {
            let stale = self.attempts[attempt].generation != generation || self.attempts[attempt].astray;
            if !stale && until > self.now {
                self.holds.timers[timer as usize].armed = true;
                self.calendar.push(until, Event::LeaseEnds { timer });
                return;
            }
            self.holds.timers[timer as usize].due.pop_front();
            if !stale {
                self.lease_ends(attempt);
            }
        }
    }

    /// A lease is over while the handler is at work.
    fn lease_ends(&mut self, attempt: u32) {
        let Attempt { message, instance, .. } = self.attempts[attempt];
        let consumer = self.instances[instance as usize].consumer;
        let group = self.messages[message].group;
        let Some(rules) = self.rules_of(consumer, group) else { return };
        if !rules.closes_channel {
            self.take_back(attempt, consumer, rules);
            self.serve_plain(group);
            return;
        }
        // All that the instance has of this line; the list is short and the case rare.
        let mut of_channel: Vec<u32> = (0_u32..)
            .zip(self.attempts.places())
            .filter(|(_, a)| {
                a.active
                    && !a.astray
                    && a.more == 0
                    && a.instance == instance
                    && self.messages[a.message].group == group
            })
            .map(|(index, _)| index)
            .collect();
        // In an order that does not depend on what others do.
        of_channel.sort_by_key(|&a| (self.attempts[a].started, self.attempts[a].message));
        for attempt in of_channel {
            self.take_back(attempt, consumer, rules);
        }
        self.lose_window(consumer, instance);
        self.serve_plain(group);
    }

    /// The broker takes a message back from an attempt, which goes on astray.
    fn take_back(&mut self, attempt: u32, consumer: u32, rules: &Rules) {
        let message = self.attempts[attempt].message;
        let Message { group, attempts, .. } = self.messages[message];
        self.consumers[consumer as usize].counts.expired_leases += 1;
        let last = attempts >= self.subscription(consumer, group).deliveries;
        if last && rules.limit == AtLimit::Exhausted {
            self.leave_place_of(message); // Nothing is awaited any more.
            return; // It stays with its handler: an acknowledgement still counts, another delivery there is none.
        }
        self.go_astray(attempt);
        if last && rules.limit == AtLimit::AtOnce {
            self.give_up_for_deliveries(message, consumer, rules);
            return;
        }
        let planned = &self.plan.consumers[consumer as usize];
        let wait = if rules.retries_timeouts && planned.retry_given {
            let jitter = &mut self.consumers[consumer as usize].jitter;
            delay(&planned.retry, attempts, &mut self.messages[message].delay, jitter)
        } else {
            0
        };
        self.come_back(message, consumer, rules, wait);
    }

    fn go_astray(&mut self, attempt: u32) {
        let place = &mut self.attempts[attempt];
        place.astray = true;
        let message = place.message;
        self.messages[message].pins += 1;
        self.roots[self.messages[message].root].references += 1;
        self.holds.holder[message as usize] = NIL;
    }

    /// The server of an attempt astray is free; its place in a window was so before.
    fn after_astray(&mut self, instance: u32, group: u32) {
        self.find_work(instance);
        if !self.is_windowed(group) {
            self.serve_plain(group);
        }
    }

    /// An attempt astray is over.
    fn let_go(&mut self, message: u32) {
        let place = &mut self.messages[message];
        let root = place.root;
        place.pins -= 1;
        if place.pins == 0 && place.whereabouts == Whereabouts::Done {
            self.free_message(message);
        }
        self.release_root(root);
    }

    /// An unlinked message will be delivered again after a while.
    fn come_back(&mut self, message: u32, consumer: u32, rules: &Rules, wait: u64) {
        if wait > 0 {
            let place = &mut self.messages[message];
            place.whereabouts = Whereabouts::Backoff;
            let generation = place.generation;
            self.push_after(wait, Event::RetryDue { message, generation });
        } else {
            self.put_back(message, consumer, rules);
        }
    }

    /// Puts an unlinked message back into its line.
    fn put_back(&mut self, message: u32, consumer: u32, rules: &Rules) {
        let planned = &self.plan.consumers[consumer as usize];
        self.leave_place_of(message);
        if self.is_expired(message) {
            self.expired(message);
        } else if planned.retry_given && planned.retry.to_front {
            self.link_front(message);
        } else if planned.retry_given {
            self.link_back(message);
        } else {
            self.link_again(message, rules.position);
        }
    }

    pub(super) fn link_again(&mut self, message: u32, position: Position) {
        if self.lanes[self.messages[message].lane as usize].ordered {
            // The queue's own order says where it belongs.
            return self.link_front(message);
        }
        let mut behind = self.lanes[self.messages[message].lane as usize].returned;
        match position {
            Position::Tail => return self.link_back(message),
            Position::Head => {}
            Position::Original => {
                let own = self.holds.order[message as usize];
                while behind != NIL && self.holds.order[behind as usize] > own {
                    behind = self.messages[behind].previous;
                }
            }
        }
        self.link_behind(message, behind);
    }

    /// The time of a message outside its line is over.
    pub(super) fn due_under_rules(&mut self, message: u32) {
        let plan = self.plan;
        let group = &plan.groups[self.messages[message].group as usize];
        if let (Some(rules), Some(&consumer)) = (plan.rules.get(group.rules as usize), group.members.first()) {
            self.put_back(message, consumer, rules);
        }
    }

    /// An attempt succeeded. Gives whether that was all there is to do.
    pub(super) fn succeeds_astray(&mut self, attempt: u32) -> bool {
        let plan = self.plan;
        let now = self.now;
        let Attempt { message, instance, astray, .. } = self.attempts[attempt];
        let consumer = self.instances[instance as usize].consumer;
        let Message { root, key, group, available, .. } = self.messages[message];
        let Some(rules) = self.rules_of(consumer, group) else { return false };
        let is_new = self.note_finish(message, consumer);
        if !astray {
            self.holds.holder[message as usize] = NIL;
            return false;
        }
        self.end_attempt(attempt);
        if let Some(follower) = &mut self.follower {
            follower.attempt_succeeds(now, attempt);
        }
        if is_new || plan.consumers[consumer as usize].idempotent.is_none() {
            self.note_cause(message);
            for publish in plan.consumers[consumer as usize].publishes.clone() {
                self.publish(publish, root, key);
            }
        }
        let whereabouts = self.messages[message].whereabouts;
        let with_others = whereabouts == Whereabouts::InHand && !self.is_alone_in_hand(message);
        if rules.late_ack && whereabouts != Whereabouts::Done && !with_others {
            match whereabouts {
                Whereabouts::Waiting => self.unlink(message),
                Whereabouts::InHand => self.go_astray(self.holds.holder[message as usize]),
                // Its next attempt is still in the calendar.
                _ => self.messages[message].generation = self.messages[message].generation.wrapping_add(1),
            }
            let state = &mut self.consumers[consumer as usize];
            state.counts.completed += 1;
            state.sojourn.record(now - available);
            let in_group = &mut self.groups[group as usize];
            in_group.counts.completed += 1;
            if let Some(recorder) = &mut in_group.sojourn {
                recorder.record(now - available);
            }
            self.flow.completed += 1;
            self.leave(message);
        } else {
            self.consumers[consumer as usize].counts.late_acks += 1;
        }
        self.let_go(message);
        self.after_astray(instance, group);
        true
    }

    /// Whether an attempt has a message in hand and no other with it. One of a batch stays with its batch, whoever
    /// acknowledges it.
    fn is_alone_in_hand(&self, message: u32) -> bool {
        let holder = self.holds.holder[message as usize];
        holder != NIL && self.attempts[holder].more == 0
    }

    /// A handler has done its work on a message. Done before: a duplicate, unless the handler knows it again. Gives whether
    /// it had no effect before, so far as the handler knows. What a handler with calls does is counted at its services.
    pub(super) fn note_finish(&mut self, message: u32, consumer: u32) -> bool {
        let planned = &self.plan.consumers[consumer as usize];
        let now = self.now;
        let place = &mut self.messages[message];
        let again = std::mem::replace(&mut place.completed, true);
        let known = again && planned.idempotent.is_some_and(|window| now - place.effect_at <= window);
        if planned.calls.is_empty() {
            if !again {
                place.effect_at = now;
            }
            if again && !known {
                self.consumers[consumer as usize].counts.duplicates += 1;
                self.flow.duplicates += 1;
            }
        }
        !known
    }

    /// An attempt failed, and its server is free. Gives whether rules said what becomes of its messages.
    pub(super) fn fails_under_rules(&mut self, ended: &Attempt) -> bool {
        let Attempt { message, more, instance, .. } = *ended;
        let consumer = self.instances[instance as usize].consumer;
        let Message { group, lane, .. } = self.messages[message];
        let Some(rules) = self.rules_of(consumer, group) else { return false };
        if more == 0 {
            self.fails_one(ended, consumer, rules);
        } else {
            let chain = self.chain(message);
            for &message in chain.iter().rev() {
                self.fails_one(&Attempt { message, ..*ended }, consumer, rules);
            }
            self.put_away(chain);
        }
        if ended.astray && self.is_windowed(group) {
            self.after_astray(instance, group);
        } else {
            self.after_attempt(instance, lane, group, LaneState::Idle);
        }
        true
    }

    fn fails_one(&mut self, ended: &Attempt, consumer: u32, rules: &Rules) {
        let plan = self.plan;
        let Attempt { message, instance, started, astray, .. } = *ended;
        let Message { attempts, group, .. } = self.messages[message];
        if astray {
            self.let_go(message);
            return;
        }
        self.holds.holder[message as usize] = NIL;
        let planned = &plan.consumers[consumer as usize];
        let pays = |kernel: &mut Self| planned.retry.budget.is_none() || kernel.pays_retry(instance, None);
        if attempts >= planned.retry.attempts {
            self.give_up(message, consumer);
        } else if attempts >= self.subscription(consumer, group).deliveries && rules.limit != AtLimit::AtNextReceive {
            self.give_up_for_deliveries(message, consumer, rules);
        } else if !pays(self) {
            self.give_up(message, consumer);
        } else {
            let wait = if planned.retry_given {
                let jitter = &mut self.consumers[consumer as usize].jitter;
                delay(&planned.retry, attempts, &mut self.messages[message].delay, jitter)
            } else {
                self.wait_for(rules.failure, rules, attempts, started)
            };
            self.come_back(message, consumer, rules, wait);
        }
    }

    /// An instance is lost with an attempt, which has ended. Gives whether rules said what becomes of the message.
    pub(super) fn lost_under_rules(&mut self, ended: &Attempt) -> bool {
        let Attempt { message, more, instance, .. } = *ended;
        let consumer = self.instances[instance as usize].consumer;
        let group = self.messages[message].group;
        let Some(rules) = self.rules_of(consumer, group) else { return false };
        if more == 0 {
            self.loses_one(ended, consumer, rules);
        } else {
            let chain = self.chain(message);
            for &message in chain.iter().rev() {
                self.loses_one(&Attempt { message, ..*ended }, consumer, rules);
            }
            self.put_away(chain);
        }
        true
    }

    fn loses_one(&mut self, ended: &Attempt, consumer: u32, rules: &Rules) {
        let Attempt { message, started, astray, .. } = *ended;
        let Message { attempts, group, .. } = self.messages[message];
        if astray {
            self.let_go(message);
            return;
        }
        self.holds.holder[message as usize] = NIL;
        if attempts >= self.subscription(consumer, group).deliveries && rules.limit != AtLimit::AtNextReceive {
            self.give_up_for_deliveries(message, consumer, rules);
            return;
        }
        let wait = self.wait_for(rules.crash, rules, attempts, started);
        if wait > 0 {
            self.come_back(message, consumer, rules, wait);
        } else {
            self.leave_place_of(message);
            // What a connection had comes back in its order, before all others; the caller begins with the youngest.
            self.link_front(message);
        }
    }

    /// How long until a message can be delivered again. A lease that was extended ends at a multiple of its length.
    fn wait_for(&self, when: Comeback, rules: &Rules, attempts: u32, started: u64) -> u64 {
        let step = (attempts as usize).min(rules.leases.len());
        match (when, step.checked_sub(1)) {
            (Comeback::WithTheLease, Some(step)) => {
                let length = rules.leases[step];
                let times = (self.now - started).div_ceil(length).max(1);
                started.saturating_add(times.saturating_mul(length)) - self.now
            }
            _ => 0,
        }
    }

    fn give_up_for_deliveries(&mut self, message: u32, consumer: u32, rules: &Rules) {
        let channel = self.plan.groups[self.messages[message].group as usize].channel as usize;
        let kept =
            self.plan.consumers[consumer as usize].dead_letter.or(self.plan.channels[channel].dead_letter).is_none();
        if rules.limit == AtLimit::Exhausted && kept {
            self.channels[channel].counts.exhausted += 1;
            self.streams.keep_for_good(message);
        } else {
            self.channels[channel].counts.delivery_limit += 1;
        }
        self.give_up(message, consumer);
    }
}
