//! Calls, as the caller sees them: one after the other, with timeout, breaker and retry.

use super::Kernel;
use super::attempts::{Setback, delay};
use super::events::Event;
use super::state::{Attempt, CallState, Calling};
use super::tracing::Trouble;
use crate::slab::NIL;

impl Kernel<'_> {
    /// The attempt goes on to its next call, or is done.
    pub(super) fn next_call(&mut self, attempt: u32) {
        let plan = self.plan;
        let consumer = self.instances[self.attempts[attempt].instance as usize].consumer;
        let end = plan.consumers[consumer as usize].calls.end;
        loop {
            let step = self.attempts[attempt].step;
            if step >= end {
                self.succeed(attempt);
                return;
            }
            let probability = plan.calls[step as usize].probability;
            if probability >= 1.0 || self.consumers[consumer as usize].calls.unit() < probability {
                self.begin_call(attempt);
                return;
            }
            self.attempts[attempt].step += 1;
        }
    }

    /// Makes the call that the attempt is at, for the first time or again.
    pub(super) fn begin_call(&mut self, attempt: u32) {
        let plan = self.plan;
        let now = self.now;
        let Attempt { step, tries, instance, message, generation, timed, started, .. } = self.attempts[attempt];
        let consumer = self.instances[instance as usize].consumer;
        if let (false, Some(timeout)) = (timed, plan.consumers[consumer as usize].timeout) {
            self.attempts[attempt].timed = true;
            let at = started.saturating_add(timeout).max(now);
            self.calendar.push(at, Event::AttemptTimeout { attempt, generation });
        }
        if let Some(follower) = &mut self.follower {
            follower.call_begins(now, attempt, step, tries + 1);
        }
        if tries == 0 && plan.calls[step as usize].retry.budget.is_some() {
            self.earn_retry(instance, Some(step));
        }
        if !self.bulkhead_admits(step, instance) {
            self.note_call(attempt, Some(Trouble::BulkheadFull));
            self.call_over(attempt, false);
            return;
        }
        let Some(trial) = self.breaker_admits(step, instance) else {
            self.note_call(attempt, Some(Trouble::BreakerOpen));
            self.call_over(attempt, false);
            return;
        };
        let call = &plan.calls[step as usize];
        let service = call.service;
        self.edges[call.edge as usize] += 1;
        if !self.service_accepts(service, call.reads) {
            let state = &self.services[service as usize];
            let is_down = !state.crashes.is_empty();
            let is_full = !is_down && !state.fills.is_empty() && !call.reads;
            let refused = if is_full { Trouble::ServiceFailed } else { Trouble::Throttled };
            self.note_call(attempt, Some(if is_down { Trouble::ServiceDown } else { refused }));
            self.breaker_hears(step, instance, false, trial);
            self.call_over(attempt, false);
            return;
        }
        let index = self.callings.insert(|before| Calling {
            generation: before.map_or(0, |call| call.generation.wrapping_add(1)),
            attempt,
            message,
            call: step,
            next: NIL,
            state: CallState::Queued,
            abandoned: false,
            timed: false,
            trial,
            asked: now,
        });
        self.attempts[attempt].waits_for = index;
        self.enter_bulkhead(step, instance);
        if let Some(follower) = &mut self.follower {
            follower.call_sent(attempt, index);
        }
        self.deliver_call(service, call.edge, index);
    }

    /// Puts the timeout of a call into the calendar, if it has one and it is not there yet.
    pub(super) fn time_call(&mut self, index: u32) {
        let Calling { call, timed, asked, generation, abandoned, .. } = self.callings[index];
        if let (false, false, Some(timeout)) = (timed, abandoned, self.plan.calls[call as usize].timeout) {
            self.callings[index].timed = true;
            let event = Event::CallTimeout { call: index, generation };
            if asked == self.now {
                self.calendar.push_after(asked, timeout, event);
            } else {
                self.calendar.push(asked.saturating_add(timeout).max(self.now), event);
            }
        }
    }

    /// The caller has waited long enough.
    pub(super) fn call_timed_out(&mut self, index: u32) {
        let Calling { attempt, call, trial, abandoned, .. } = self.callings[index];
        if abandoned {
            return;
        }
        self.services[self.plan.calls[call as usize].service as usize].counts.timed_out += 1;
        self.note_call(attempt, Some(Trouble::TimedOut));
        self.abandon(index);
        self.attempts[attempt].waits_for = NIL;
        self.leave_bulkhead(call, self.attempts[attempt].instance);
        self.breaker_hears(call, self.attempts[attempt].instance, false, trial);
        self.call_over(attempt, false);
    }

    /// Nobody waits for this call any more. What the service has of it, it still works off.
    fn abandon(&mut self, index: u32) {
        let Calling { message, state, .. } = self.callings[index];
        self.callings[index].abandoned = true;
        match state {
            CallState::OnTheWay | CallState::Queued | CallState::Working | CallState::Broken => {
                self.messages[message].pins += 1;
                self.keep_writer(self.callings[index].call, message);
            }
            // The list that still holds it skips what was abandoned.
            CallState::HeldBack | CallState::Answered { .. } | CallState::Over => {}
            CallState::Unheard => self.free_call(index),
        }
    }

    pub(super) fn free_call(&mut self, index: u32) {
        let call = &mut self.callings[index];
        call.state = CallState::Over;
        call.generation = call.generation.wrapping_add(1);
        self.callings.remove(index);
    }

    /// The attempt is given up in the middle of a call.
    pub(super) fn give_up_call(&mut self, attempt: u32) {
        let index = self.attempts[attempt].waits_for;
        if index != NIL {
            let Calling { call, trial, .. } = self.callings[index];
            self.note_call(attempt, Some(Trouble::Abandoned));
            self.services[self.plan.calls[call as usize].service as usize].counts.timed_out += 1;
            self.abandon(index);
            self.attempts[attempt].waits_for = NIL;
            self.leave_bulkhead(call, self.attempts[attempt].instance);
            self.breaker_hears(call, self.attempts[attempt].instance, false, trial);
        }
    }

    /// The answer reaches the caller.
    pub(super) fn answer(&mut self, index: u32, well: bool) {
        let Calling { attempt, call, trial, state, .. } = self.callings[index];
        let is_down = matches!(state, CallState::Broken | CallState::HeldBack);
        let trouble = if is_down { Trouble::ServiceDown } else { Trouble::ServiceFailed };
        self.note_call(attempt, (!well).then_some(trouble));
        self.free_call(index);
        self.attempts[attempt].waits_for = NIL;
        self.leave_bulkhead(call, self.attempts[attempt].instance);
        self.breaker_hears(call, self.attempts[attempt].instance, well, trial);
        self.call_over(attempt, well);
    }

    #[inline]
    fn note_call(&mut self, attempt: u32, trouble: Option<Trouble>) {
        if let Some(follower) = &mut self.follower {
            follower.call_ends(self.now, attempt, trouble);
        }
    }

    /// A call is over for its caller: on to the next, once more, or the attempt has failed.
    fn call_over(&mut self, attempt: u32, well: bool) {
        let plan = self.plan;
        let place = &mut self.attempts[attempt];
        if well {
            place.step += 1;
            place.tries = 0;
            place.call_delay = 0;
            self.next_call(attempt);
            return;
        }
        place.tries += 1;
        let retry = &plan.calls[place.step as usize].retry;
        let (step, instance) = (place.step, place.instance);
        if place.tries >= retry.attempts || (retry.budget.is_some() && !self.pays_retry(instance, Some(step))) {
            self.attempt_failed(attempt, Setback::Failed);
            return;
        }
        let place = &mut self.attempts[attempt];
        let consumer = self.instances[place.instance as usize].consumer;
        let stream = &mut self.consumers[consumer as usize].call_jitter;
        let wait = delay(retry, place.tries, &mut place.call_delay, stream);
        let generation = place.generation;
        self.push_after(wait, Event::CallAgain { attempt, generation });
    }
}
