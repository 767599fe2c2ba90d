//! Services: places, waiting calls, rate limits, and what happens in crashes and outages.

use super::Kernel;
use super::events::Event;
use super::limits::{OWN, take_of_all};
use super::state::{CallState, Calling, Whereabouts};
use super::tracing::Trouble;
use crate::slab::NIL;

impl Kernel<'_> {
    /// Whether the service hears a call at all: not when it is down, not beyond its rate limit.
    pub(super) fn service_accepts(&mut self, service: u32, reads: bool) -> bool {
        let now = self.now;
        let state = &mut self.services[service as usize];
        state.counts.calls += 1;
        if !state.crashes.is_empty() {
            state.counts.failed += 1;
            for fault in &state.crashes {
                self.faults[*fault as usize].touched += 1;
            }
            return false;
        }
        if !state.fills.is_empty() && !reads {
            state.counts.failed += 1;
            for fault in &state.fills {
                self.faults[*fault as usize].touched += 1;
            }
            return false;
        }
        if state.throttles.is_empty() || take_of_all(&mut state.throttles, now).is_ok() {
            return true;
        }
        state.counts.throttled += 1;
        for bucket in state.throttles.iter().filter(|bucket| bucket.fault != OWN) {
            self.faults[bucket.fault as usize].touched += 1;
        }
        false
    }

    /// A call is on its way. In an outage it gets no answer: it runs into its timeout or, without one, waits for the end.
    pub(super) fn deliver_call(&mut self, service: u32, edge: u32, index: u32) {
        let is_cut = self.call_is_cut(edge);
        if !is_cut && self.services[service as usize].outages.is_empty() {
            if let Some(at) = self.call_arrival(edge) {
                self.callings[index].state = CallState::OnTheWay;
                let generation = self.callings[index].generation;
                self.calendar.push(at, Event::CallArrives { call: index, generation });
                self.time_call(index);
            } else {
                self.take_call(service, index);
            }
            return;
        }
        self.wait_for_way(service, edge, is_cut, index, CallState::HeldBack);
    }

    /// Neither a call nor its answer gets through: it runs into its timeout or, without one, waits for the end.
    fn wait_for_way(&mut self, service: u32, edge: u32, is_cut: bool, index: u32, held: CallState) {
        let state = &mut self.services[service as usize];
        for fault in &state.outages {
            self.faults[*fault as usize].touched += 1;
        }
        if self.plan.calls[self.callings[index].call as usize].timeout.is_some() {
            self.callings[index].state = CallState::Unheard;
            self.time_call(index);
            return;
        }
        self.callings[index].state = held;
        if is_cut {
            self.links[edge as usize].calls.push(index);
        } else {
            state.held.push(index);
        }
    }

    /// The service works on a call, or lets it wait for a place.
    pub(super) fn take_call(&mut self, service: u32, index: u32) {
        let now = self.now;
        let limit = self.plan.services[service as usize].concurrency;
        let state = &mut self.services[service as usize];
        if limit.is_none_or(|limit| state.busy.value() < u64::from(limit)) {
            self.work_on(service, index);
            return;
        }
        self.callings[index].state = CallState::Queued;
        self.callings[index].next = NIL;
        state.waiting.add(now);
        let tail = state.tail;
        state.tail = index;
        if tail == NIL {
            state.head = index;
        } else {
            self.callings[tail].next = index;
        }
        self.time_call(index);
    }

    fn work_on(&mut self, service: u32, index: u32) {
        let now = self.now;
        let state = &mut self.services[service as usize];
        state.busy.add(now);
        state.wait.record(now - self.callings[index].asked);
        let planned = &self.plan.services[service as usize];
        let reads = self.plan.calls[self.callings[index].call as usize].reads;
        let time = planned.read_time.as_ref().filter(|_| reads).unwrap_or(&planned.latency);
        let mut work = time.draw(&mut state.latency_stream, self.ziggurat);
        if let Some(factor) = state.trouble.factor {
            work = (work as f64 * factor + 0.5) as u64;
            for fault in &state.trouble.slow {
                self.faults[*fault as usize].touched += 1;
            }
            work = work.saturating_add(state.trouble.extra(self.plan, &mut self.faults, self.ziggurat));
        }
        if let Some(follower) = &mut self.follower {
            follower.serving_begins(now, index, service);
        }
        let call = &mut self.callings[index];
        call.state = CallState::Working;
        let generation = call.generation;
        let asked = call.asked;
        let timeout = self.plan.calls[call.call as usize].timeout;
        if timeout.is_some_and(|timeout| now.saturating_add(work) > asked.saturating_add(timeout)) {
            self.time_call(index);
        }
        self.push_after(work, Event::CallDone { call: index, generation });
    }

    /// The service has worked a call off, or went down with it.
    pub(super) fn call_done(&mut self, index: u32) {
        let now = self.now;
        let Calling { call, state, asked, abandoned, message, attempt, .. } = self.callings[index];
        let service = self.plan.calls[call as usize].service;
        if state == CallState::Broken {
            if let Some(follower) = &mut self.follower {
                follower.serving_ends(now, index, Some(Trouble::ServiceDown));
            }
            self.finish_call(index, message, abandoned, false);
            return;
        }
        let own = self.plan.services[service as usize].failure;
        let place = &mut self.services[service as usize];
        place.busy.sub(now);
        place.latency.record(now - asked);
        let mut well = true;
        if own > 0.0 || place.trouble.rate > 0.0 {
            let u = place.failure.unit();
            if u < 1.0 - (1.0 - own) * (1.0 - place.trouble.rate) {
                well = false;
                if u >= own {
                    for fault in &place.trouble.errors {
                        self.faults[*fault as usize].touched += 1;
                    }
                }
            }
        }
        if self.unfit.any && self.is_unfit(message, call, !abandoned && self.attempts[attempt].more > 0) {
            well = false;
        }
        let place = &mut self.services[service as usize];
        if well {
            place.counts.completed += 1;
            self.note_effect(message, call);
        } else {
            place.counts.failed += 1;
        }
        if let Some(follower) = &mut self.follower {
            follower.serving_ends(now, index, (!well).then_some(Trouble::ServiceFailed));
        }
        self.take_next(service);
        if well {
            self.project(index, call, message);
        }
        let edge = self.plan.calls[call as usize].edge;
        let is_cut = !abandoned && self.call_is_cut(edge);
        if abandoned || (self.services[service as usize].outages.is_empty() && !is_cut) {
            self.finish_call(index, message, abandoned, well);
            return;
        }
        // The answer does not get through.
        self.wait_for_way(service, edge, is_cut, index, CallState::Answered { well });
    }

    fn finish_call(&mut self, index: u32, message: u32, abandoned: bool, well: bool) {
        if !abandoned {
            self.answer(index, well);
            return;
        }
        self.release_writer(self.callings[index].call, message);
        let place = &mut self.messages[message];
        place.pins -= 1;
        if place.pins == 0 && place.whereabouts == Whereabouts::Done {
            self.free_message(message);
        }
        self.free_call(index);
    }

    /// A place at the service is free.
    fn take_next(&mut self, service: u32) {
        let now = self.now;
        let state = &mut self.services[service as usize];
        let head = state.head;
        if head != NIL {
            state.head = self.callings[head].next;
            if state.head == NIL {
                state.tail = NIL;
            }
            state.waiting.sub(now);
            self.work_on(service, head);
        }
    }

    /// A call had its effect. Had it before: a duplicate, unless the consumer's idempotency key still protects it.
    fn note_effect(&mut self, message: u32, call: u32) {
        let plan = self.plan;
        let place = &mut self.messages[message];
        let group = &plan.groups[place.group as usize];
        let owner = group.members.iter().find(|&&m| plan.consumers[m as usize].calls.contains(&call));
        let Some(&consumer) = owner else { return };
        let planned = &plan.consumers[consumer as usize];
        let bit = 1_u32 << (call - planned.calls.start);
        if place.effects == 0 {
            place.effect_at = self.now;
        }
        if place.effects & bit != 0 && planned.idempotent.is_none_or(|window| self.now - place.effect_at > window) {
            self.consumers[consumer as usize].counts.duplicates += 1;
            self.flow.duplicates += 1;
        }
        place.effects |= bit;
    }

    /// The service goes down: calls that it has fail at once.
    pub(super) fn crash_service(&mut self, service: u32, fault: u32) {
        let now = self.now;
        for index in 0..self.callings.places().len() as u32 {
            let call = &mut self.callings[index];
            let has_it = matches!(call.state, CallState::Queued | CallState::Working);
            if !has_it || self.plan.calls[call.call as usize].service != service {
                continue;
            }
            call.state = CallState::Broken;
            call.generation = call.generation.wrapping_add(1);
            let generation = call.generation;
            self.faults[fault as usize].touched += 1;
            self.calendar.push(now, Event::CallDone { call: index, generation });
        }
        let state = &mut self.services[service as usize];
        state.head = NIL;
        state.tail = NIL;
        state.busy.set(now, 0);
        state.waiting.set(now, 0);
    }

    /// Calls and answers that waited for the end of an outage get through.
    pub(super) fn release_calls(&mut self, service: u32) {
        let held = std::mem::take(&mut self.services[service as usize].held);
        self.let_through(held);
    }

    /// Calls and answers that waited try again: another fault may still be in their way.
    pub(super) fn let_through(&mut self, held: Vec<u32>) {
        for index in held {
            let Calling { call, state, abandoned, .. } = self.callings[index];
            let (service, edge) = (self.plan.calls[call as usize].service, self.plan.calls[call as usize].edge);
            if abandoned {
                self.free_call(index);
                continue;
            }
            match state {
                CallState::HeldBack if !self.services[service as usize].crashes.is_empty() => self.answer(index, false),
                CallState::HeldBack => self.deliver_call(service, edge, index),
                CallState::Answered { well } => {
                    let is_cut = self.call_is_cut(edge);
                    if is_cut || !self.services[service as usize].outages.is_empty() {
                        self.wait_for_way(service, edge, is_cut, index, state);
                    } else {
                        self.answer(index, well);
                    }
                }
                _ => self.answer(index, false),
            }
        }
    }
}
