//! Buses at work: each rule that matches is a push of its own, with its own attempts.
//!
//! A push to a consumer puts the message before its handler; what follows is in [`super::attempts`], by the push's rule. A
//! push to a channel fails while the channel is out, blocked or cut off, and is repeated by the rule.

use super::Kernel;
use super::attempts::delay;
use super::events::Event;
use super::state::{Held, Kind};
use super::streams::Account;
use crate::plan::{Plan, PushTo, Target, Way};
use crate::slab::NIL;

/// A push under way: waiting for its token, or for its next attempt.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pushing {
    pub(crate) push: u32,
    root: u32,
    event: u32,
    class: u32,
    size: u32,
    span: u32,
    attempts: u32,
    key: u64,
    born: u64,
    /// The delay drawn last.
    delay: u64,
}

impl Plan {
    /// How many messages of groups a push comes to.
    fn owed_by(&self, push: u32, class: u32) -> u64 {
        match self.pushes[push as usize].to {
            PushTo::Group(_) => 1,
            PushTo::Channel(target) => self.owed_to(Target { class, ..target }),
        }
    }
}

impl Kernel<'_> {
    /// An event comes to a bus.
    pub(super) fn fan_out(&mut self, way: Way, held: Held) {
        let plan = self.plan;
        let Held { to, root, key, dead_letter, span } = held;
        let pushes = plan.routing.groups(&way);
        let counts = &mut self.channels[to.channel as usize].counts;
        counts.published += 1;
        counts.dead_letters += u64::from(dead_letter);
        counts.filtered += u64::from(pushes.is_empty());
        let now = self.now;
        if let Some(follower) = &mut self.follower {
            follower.publish_ends(now, None);
        }
        for &push in pushes {
            self.held_back += plan.owed_by(push, to.class);
            self.roots[root].references += 1;
            let due = self.token_due(to.channel);
            let Target { event, class, size, .. } = to;
            let pushing = Pushing { push, root, event, class, size, span, attempts: 0, key, born: now, delay: 0 };
            let pushing = self.pushings.insert(|_| pushing);
            self.calendar.push(due, Event::Push { pushing });
        }
        self.check_room();
    }

    /// When a bus may make one more push: a bucket of one second's worth, and an endless line before it. What waits is
    /// served in order at a fixed rate, so that the time is known at once (the virtual scheduling of ITU-T I.371).
    fn token_due(&mut self, bus: u32) -> u64 {
        let now = self.now;
        let Some(rate) = self.plan.channels[bus as usize].throttle else { return now };
        let state = &mut self.channels[bus as usize];
        let interval = 1e9 / rate;
        let allowance = (rate.max(1.0) - 1.0) * interval;
        let due = (state.next_token - allowance).max(now as f64);
        state.next_token = state.next_token.max(now as f64) + interval;
        let due = (due + 0.5) as u64;
        state.counts.delayed += u64::from(due > now);
        due.max(now)
    }

    /// A push may be made now, for the first time or again.
    pub(super) fn push_due(&mut self, index: u32) {
        let plan = self.plan;
        let Pushing { push, root, event, class, size, span, key, born, .. } = self.pushings[index];
        let planned = &plan.pushes[push as usize];
        if plan.push_rules.get(planned.rule as usize).is_some_and(|rule| self.now - born > rule.max_age) {
            self.channels[planned.bus as usize].counts.expired += 1;
            self.give_push_up(index);
            return;
        }
        self.channels[planned.bus as usize].counts.pushes += 1;
        self.goes_on(span);
        match planned.to {
            PushTo::Group(group) => {
                self.end_push(index);
                self.streams.announce(Account::of_size(size));
                let message = self.enter(group, 0, root, key, Kind { event, priority: 0 });
                self.note_class(message, class);
                self.note_id(message, 0);
            }
            PushTo::Channel(target) => {
                let to = Target { event, class, size, ..target };
                self.edges[to.edge as usize] += 1;
                if planned.rule != NIL && self.is_unreachable(to) {
                    self.push_failed(index);
                    return;
                }
                self.end_push(index);
                let held = Held { to, root, key, dead_letter: false, span };
                if self.links.is_empty() || !self.is_delayed(held) {
                    self.knock(to, root, key, false);
                }
            }
        }
        self.release_root(root);
    }

    /// Takes a push out of the calendar's hands; its root is kept by the caller.
    fn end_push(&mut self, index: u32) {
        let Pushing { push, class, .. } = self.pushings[index];
        self.held_back -= self.plan.owed_by(push, class);
        self.pushings.remove(index);
    }

    /// Whether a push to a channel fails now; the faults that let it are told.
    fn is_unreachable(&mut self, to: Target) -> bool {
        let state = &self.channels[to.channel as usize];
        let cuts = self.links.get(to.edge as usize).map_or(&[][..], |link| link.cuts.as_slice());
        let mut fails = false;
        for fault in state.outages.iter().chain(&state.blocks).chain(cuts) {
            self.faults[*fault as usize].touched += 1;
            fails = true;
        }
        fails
    }

    fn push_failed(&mut self, index: u32) {
        let plan = self.plan;
        let now = self.now;
        let pushing = &mut self.pushings[index];
        pushing.attempts += 1;
        let planned = &plan.pushes[pushing.push as usize];
        self.channels[planned.bus as usize].counts.failed_pushes += 1;
        let rule = &plan.push_rules[planned.rule as usize];
        if pushing.attempts < rule.retry.attempts {
            let stream = &mut self.push_streams[pushing.push as usize];
            let wait = delay(&rule.retry, pushing.attempts, &mut pushing.delay, stream);
            if now.saturating_add(wait) - pushing.born <= rule.max_age {
                self.push_after(wait, Event::Push { pushing: index });
                return;
            }
        }
        self.give_push_up(index);
    }

    /// A push that never reached its target: to its dead letter channel, or lost.
    fn give_push_up(&mut self, index: u32) {
        let plan = self.plan;
        let Pushing { push, root, class, size, key, .. } = self.pushings[index];
        let planned = &plan.pushes[push as usize];
        let owed = plan.owed_by(push, class);
        self.end_push(index);
        if let Some(chooser) = &mut self.chooser {
            chooser.given_up(root);
        }
        let rule = plan.push_rules.get(planned.rule as usize);
        let counts = &mut self.channels[planned.bus as usize].counts;
        counts.given_up += 1;
        if let Some((rule, target)) = rule.and_then(|rule| Some((rule, rule.dead_letter?))) {
            self.flow.dead_lettered += owed;
            self.send_after(rule.dead_letter_delay, Target { class, size, ..target }, root, key, true);
        } else {
            counts.lost += owed;
            self.flow.lost += owed;
        }
        self.release_root(root);
    }
}
