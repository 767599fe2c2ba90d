//! Attempts: from a message taken to its acknowledgement, its retry or its end.

use thalweg_flow::Jitter;

use super::Kernel;
use super::events::Event;
use super::publishing::poisoned;
use super::state::{Attempt, LaneState, Message, Whereabouts};
use super::tracing::{Actor, Step, Trouble};
use crate::plan::{Backoff, Retry, Subscription};
use crate::rng::Stream;
use crate::slab::NIL;

/// Why an attempt did not succeed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Setback {
    Failed,
    TimedOut,
}

impl Kernel<'_> {
    pub(super) fn subscription(&self, consumer: u32, group: u32) -> Subscription {
        let own = &self.plan.consumers[consumer as usize].subscriptions;
        match own[..] {
            [only] => only,
            _ => own.iter().copied().find(|s| s.group == group).unwrap_or(own[0]),
        }
    }

    /// An instance takes a message that is in no list.
    pub(super) fn start(&mut self, instance: u32, message: u32) {
        let plan = self.plan;
        let now = self.now;
        let consumer = self.instances[instance as usize].consumer;
        let planned = &plan.consumers[consumer as usize];
        if planned.ruled && self.is_received_too_often(message, consumer) {
            return;
        }
        if self.consumers[consumer as usize].restrained {
            self.take_token(consumer);
        }
        self.occupy(instance);
        let group = self.messages[message].group;
        let edge = self.subscription(consumer, group).edge;
        self.edges[edge as usize] += 1;
        let state = &mut self.consumers[consumer as usize];
        let place = &mut self.messages[message];
        place.whereabouts = Whereabouts::InHand;
        place.attempts += 1;
        state.counts.attempts += 1;
        let is_first = !std::mem::replace(&mut place.begun, true);
        if is_first && !place.again {
            state.counts.arrivals += 1;
            state.wait.record(now - place.available);
            place.poison |= planned.poison > 0.0 && state.poison.unit() < planned.poison;
            place.poison |=
                !state.trouble.poisons.is_empty() && poisoned(&state.trouble.poisons, plan, &mut self.faults);
        } else if !is_first {
            state.counts.retries += 1;
            self.flow.retries += 1;
            if let Some(chooser) = &mut self.chooser {
                chooser.retried(place.root);
            }
        }
        if is_first && planned.retry.budget.is_some() {
            self.earn_retry(instance, None);
        }
        let place = &self.messages[message];
        let (nth, lane) = (place.attempts, place.lane);
        let remembered =
            place.again && plan.groups[group as usize].batch.is_none() && self.is_remembered(message, consumer);
        let state = &mut self.consumers[consumer as usize];
        let mut work =
            if remembered { planned.lookup } else { planned.service_time.draw(&mut state.service, self.ziggurat) };
        if let Some(factor) = state.trouble.factor {
            work = (work as f64 * factor + 0.5) as u64;
            for fault in &state.trouble.slow {
                self.faults[*fault as usize].touched += 1;
            }
            work = work.saturating_add(state.trouble.extra(plan, &mut self.faults, self.ziggurat));
        }
        if plan.groups[group as usize].per_key {
            self.lock_key(message);
        }
        let more = if plan.groups[group as usize].batch.is_some() { self.gather(message, consumer) } else { 0 };
        let attempt = self.attempts.insert(|before| {
            let generation = before.map_or(0, |attempt| attempt.generation.wrapping_add(1));
            Attempt { more, step: planned.calls.start, ..Attempt::new(generation, message, instance, now) }
        });
        if let Some(follower) = &mut self.follower {
            let step = |publish| Step::Process { publish, consumer, instance, group, lane, attempt: nth };
            follower.attempt_begins(now, attempt, message, step);
        }
        if more > 0 {
            self.begin_others(attempt, consumer);
        }
        let generation = self.attempts[attempt].generation;
        if planned.ruled {
            self.hold(attempt, work);
        }
        match planned.timeout {
            Some(timeout) if work >= timeout => {
                self.push_after(timeout, Event::AttemptTimeout { attempt, generation });
            }
            _ => self.push_after(work, Event::WorkDone { attempt, generation }),
        }
    }

    /// The handler's own work is done: it fails by chance, or goes on to its calls.
    pub(super) fn work_done(&mut self, attempt: u32) {
        let Attempt { message, instance, .. } = self.attempts[attempt];
        let consumer = self.instances[instance as usize].consumer;
        if self.messages[message].again && self.attempts[attempt].more == 0 && self.is_remembered(message, consumer) {
            self.succeed(attempt);
            return;
        }
        let own = self.plan.consumers[consumer as usize].failure;
        let mut failed = self.messages[message].poison;
        if self.attempts[attempt].more > 0 {
            failed = self.holds_poison(message);
        }
        if self.keeps_marks {
            failed |= self.cannot_be_read(message);
            if self.is_known_repeat(message, consumer) {
                self.succeed(attempt);
                return;
            }
        }
        let state = &mut self.consumers[consumer as usize];
        if own > 0.0 || state.trouble.rate > 0.0 {
            let u = state.failure.unit();
            let with_faults = 1.0 - (1.0 - own) * (1.0 - state.trouble.rate);
            if u < with_faults {
                failed = true;
                if u >= own {
                    for fault in &state.trouble.errors {
                        self.faults[*fault as usize].touched += 1;
                    }
                }
            }
        }
        if failed {
            self.attempt_failed(attempt, Setback::Failed);
        } else {
            self.next_call(attempt);
        }
    }

    pub(super) fn attempt_timed_out(&mut self, attempt: u32) {
        self.give_up_call(attempt);
        self.attempt_failed(attempt, Setback::TimedOut);
    }

    /// Everything is done: the message is acknowledged and what follows from it published.
    pub(super) fn succeed(&mut self, attempt: u32) {
        let Attempt { message, instance, more, .. } = self.attempts[attempt];
        let consumer = self.instances[instance as usize].consumer;
        if self.plan.consumers[consumer as usize].ruled && self.succeeds_astray(attempt) {
            return;
        }
        self.end_attempt(attempt);
        if let Some(follower) = &mut self.follower {
            follower.attempt_succeeds(self.now, attempt);
        }
        let Message { group, lane, mut again, next: mut following, .. } = self.messages[message];
        let mut message = message;
        for left in (0..=more).rev() {
            if again {
                self.complete_again(message, consumer, instance);
            } else {
                self.complete(message, consumer, instance);
            }
            if left > 0 {
                message = following;
                Message { again, next: following, .. } = self.messages[message];
                if self.plan.groups[group as usize].rules != NIL {
                    self.note_finish(message, consumer);
                }
            }
        }
        self.after_attempt(instance, lane, group, LaneState::Idle);
    }

    fn complete(&mut self, message: u32, consumer: u32, instance: u32) {
        let plan = self.plan;
        let place = &mut self.messages[message];
        place.completed = true;
        let (root, key, group) = (place.root, place.key, place.group);
        let sojourn = self.now - place.available;
        let state = &mut self.consumers[consumer as usize];
        state.counts.completed += 1;
        state.sojourn.record(sojourn);
        let in_group = &mut self.groups[group as usize];
        in_group.counts.completed += 1;
        if let Some(recorder) = &mut in_group.sojourn {
            recorder.record(sojourn);
        }
        self.flow.completed += 1;
        let again = !in_group.duplicates.is_empty();
        if !self.keeps_marks || !self.is_known_repeat(message, consumer) {
            if self.keeps_marks {
                self.note_repeat(message, consumer);
            }
            self.note_cause(message);
            for publish in plan.consumers[consumer as usize].publishes.clone() {
                self.publish(publish, root, key);
            }
        }
        if again {
            self.deliver_again(message);
        }
        let planned = &plan.groups[group as usize];
        if planned.partitioned || planned.per_key {
            self.prove_order(message);
        }
        if planned.coordination.is_some() {
            self.note_handled(message, instance);
        }
        self.leave(message);
    }

    /// An attempt came to nothing: the message is given up, or tried again.
    pub(super) fn attempt_failed(&mut self, attempt: u32, why: Setback) {
        let plan = self.plan;
        let ended = self.attempts[attempt];
        let Attempt { message, instance, more, .. } = ended;
        let consumer = self.instances[instance as usize].consumer;
        let planned = &plan.consumers[consumer as usize];
        self.end_attempt(attempt);
        if let Some(follower) = &mut self.follower {
            let trouble = if why == Setback::TimedOut { Trouble::TimedOut } else { Trouble::Failed };
            follower.attempt_fails(self.now, attempt, trouble);
        }
        let state = &mut self.consumers[consumer as usize];
        let messages = u64::from(more) + 1;
        state.counts.failed_attempts += messages;
        state.counts.timed_out += if why == Setback::TimedOut { messages } else { 0 };
        self.flow.failed_attempts += messages;
        if planned.ruled && self.fails_under_rules(&ended) {
            return;
        }
        let Message { attempts, group, lane, .. } = self.messages[message];
        if more > 0 {
            let state = self.batch_failed(message, instance);
            self.after_attempt(instance, lane, group, state);
            return;
        }
        if lane == NIL {
            // Nobody waits for it: its record went back to the partition when that was lost.
            self.leave(message);
            self.after_attempt(instance, lane, group, LaneState::Idle);
            return;
        }
        let mut lane_state = LaneState::Idle;
        let Subscription { deliveries, push_rule, .. } = self.subscription(consumer, group);
        // Where the broker pushes, failures are repeated by its rule.
        let rule = plan.push_rules.get(push_rule as usize);
        let retry = rule.map_or(&planned.retry, |rule| &rule.retry);
        let is_last = attempts >= retry.attempts || attempts >= deliveries;
        if is_last || (rule.is_none() && retry.budget.is_some() && !self.pays_retry(instance, None)) {
            if plan.groups[group as usize].coordination.is_some() {
                self.note_handled(message, instance);
            }
            self.give_up(message, consumer);
        } else {
            let place = &mut self.messages[message];
            let state = &mut self.consumers[consumer as usize];
            let delay = delay(retry, attempts, &mut place.delay, &mut state.jitter);
            if rule.is_some_and(|rule| self.now.saturating_add(delay) - place.available > rule.max_age) {
                self.give_up(message, consumer);
                self.after_attempt(instance, lane, group, lane_state);
                return;
            }
            if let Some(follower) = &mut self.follower {
                follower.backs_off(self.now, message, delay);
            }
            if delay > 0 {
                place.whereabouts = Whereabouts::Backoff;
                let generation = place.generation;
                self.push_after(delay, Event::RetryDue { message, generation });
                lane_state = LaneState::Blocked;
                if plan.groups[group as usize].coordination.is_some() {
                    self.pause_record(group, lane, delay);
                }
            } else if self.is_expired(message) {
                self.expired(message);
            } else if plan.groups[group as usize].partitioned || planned.retry.to_front {
                self.link_front(message);
            } else {
                self.link_back(message);
            }
        }
        self.after_attempt(instance, lane, group, lane_state);
    }

    /// The attempt is over and its server free; nobody is given the server yet.
    pub(super) fn end_attempt(&mut self, attempt: u32) {
        let now = self.now;
        let place = &mut self.attempts[attempt];
        place.active = false;
        place.generation = place.generation.wrapping_add(1);
        let index = place.instance;
        let instance = &mut self.instances[index as usize];
        instance.busy -= 1;
        self.consumers[instance.consumer as usize].busy.sub(now);
        self.attempts.remove(attempt);
        if self.instances[index as usize].ranked {
            self.rerank(index, self.instances[index as usize].busy + 1);
        }
    }

    /// The lane that the attempt was at and the server that it held are free for the next.
    pub(super) fn after_attempt(&mut self, instance: u32, lane: u32, group: u32, state: LaneState) {
        if lane == NIL {
            self.zombie_over(group, instance);
        } else if self.plan.groups[group as usize].partitioned {
            let place = &mut self.lanes[lane as usize];
            place.state = state;
            let (owner, has_more) = (place.owner, place.head != NIL);
            if state == LaneState::Idle
                && has_more
                && owner != NIL
                && self.is_open(group)
                && self.is_ripe_or_waits(lane)
            {
                self.lanes[lane as usize].state = LaneState::Ready;
                self.instances[owner as usize].ready.push_back(lane);
                if owner != instance {
                    self.find_work(owner);
                }
            }
        } else if state == LaneState::Idle && self.plan.groups[group as usize].members.len() > 1 {
            // A message put back may be for a member that is free while this instance is not the next in turn.
            self.find_work(instance);
            self.serve_plain(group);
            return;
        } else if self.is_windowed(group) {
            self.settle(instance, group);
        }
        self.find_work(instance);
    }

    /// A message is given up by its handler, into the handler's or the channel's dead letter channel.
    pub(super) fn give_up(&mut self, message: u32, consumer: u32) {
        let plan = self.plan;
        let place = self.messages[message];
        let channel = plan.groups[place.group as usize].channel;
        let rule = plan.push_rules.get(self.subscription(consumer, place.group).push_rule as usize);
        let own = rule.and_then(|rule| rule.dead_letter).or(plan.consumers[consumer as usize].dead_letter);
        let target = own.or(plan.channels[channel as usize].dead_letter);
        if place.again {
            // Given up before, and once more.
            if let Some(target) = target {
                self.send_dead_letter(self.target_for(target, message), place.root, place.key);
            }
            self.leave(message);
            return;
        }
        if let Some(chooser) = &mut self.chooser {
            chooser.given_up(place.root);
        }
        if let Some(follower) = &mut self.follower {
            let by = if own.is_some() { Actor::Consumer(consumer) } else { Actor::Channel(channel) };
            follower.handler_gives_up(self.now, message, by, target.map(|target| target.channel));
        }
        if let Some(target) = target {
            self.consumers[consumer as usize].counts.dead_lettered += 1;
            self.dead_lettered(place.group);
            let delay = rule.map_or(0, |rule| rule.dead_letter_delay);
            self.send_after(delay, self.target_for(target, message), place.root, place.key, true);
        } else {
            self.consumers[consumer as usize].counts.lost += 1;
            self.lost(place.group);
        }
        self.leave(message);
    }

    /// An instance is lost with an attempt in its hands: the message goes back to the front of its lane, unless the
    /// channel has delivered it often enough. Lanes are offered by the caller.
    pub(super) fn cut_short(&mut self, attempt: u32) {
        let ended = self.attempts[attempt];
        let Attempt { message, instance, more, .. } = ended;
        let consumer = self.instances[instance as usize].consumer;
        self.give_up_call(attempt);
        self.end_attempt(attempt);
        if let Some(follower) = &mut self.follower {
            follower.attempt_fails(self.now, attempt, Trouble::InstanceLost);
        }
        self.consumers[consumer as usize].counts.failed_attempts += u64::from(more) + 1;
        self.flow.failed_attempts += u64::from(more) + 1;
        if self.plan.consumers[consumer as usize].ruled && self.lost_under_rules(&ended) {
            return;
        }
        let place = self.messages[message];
        if place.lane != NIL && self.plan.groups[place.group as usize].partitioned {
            self.lanes[place.lane as usize].state = LaneState::Idle;
        }
        if more > 0 {
            self.batch_cut_short(message, consumer);
            return;
        }
        if place.lane == NIL {
            self.leave(message);
            return;
        }
        if place.attempts >= self.subscription(consumer, place.group).deliveries {
            self.give_up(message, consumer);
        } else {
            self.link_front(message);
        }
    }

    /// Where a message goes whose backoff is over.
    pub(super) fn goes_to_front(&self, message: u32) -> bool {
        // Members of one group may differ; the first one's rule is the group's.
        let members = &self.plan.groups[self.messages[message].group as usize].members;
        members.first().is_none_or(|&member| self.plan.consumers[member as usize].retry.to_front)
    }
}

/// Time before the attempt after the `failures`-th failure; `last` is the delay drawn before, kept for decorrelated
/// jitter (AWS Architecture Blog, "Exponential Backoff And Jitter").
pub(super) fn delay(retry: &Retry, failures: u32, last: &mut u64, stream: &mut Stream) -> u64 {
    let nanos = match &retry.backoff {
        Backoff::Fixed(delay) => return *delay,
        Backoff::List(delays) => return delays[(failures as usize - 1).min(delays.len() - 1)],
        Backoff::Exponential { first, factor, max, jitter } => {
            let full = (first * libm::pow(*factor, f64::from(failures - 1))).min(*max);
            match jitter {
                Jitter::None => full,
                Jitter::Full => full * stream.unit(),
                Jitter::Equal => full / 2.0 + full / 2.0 * stream.unit(),
                Jitter::Decorrelated => {
                    let before = if *last == 0 { *first } else { *last as f64 };
                    (first + (3.0 * before - first).max(0.0) * stream.unit()).min(*max)
                }
            }
        }
    };
    *last = (nanos + 0.5) as u64;
    *last
}
