//! Messages on their way through exchanges and past filters. Which way that is was worked out before the run
//! ([`crate::plan::Routing`]).

use super::Kernel;
use super::state::Held;
use super::streams::Account;
use super::tracing::Trouble;
use crate::plan::{NO_CLASS, Plan, Target, Way};

impl Plan {
    /// How many messages of groups a publish comes to.
    #[inline]
    pub(crate) fn owed_to(&self, to: Target) -> u64 {
        match self.routing.way(to) {
            None => self.channels[to.channel as usize].groups.len() as u64,
            Some(way) => u64::from(way.owed),
        }
    }
}

impl Kernel<'_> {
    /// Remembers of which class a message is, where anything asks for it.
    #[inline]
    pub(super) fn note_class(&mut self, message: u32, class: u32) {
        if !self.plan.is_routed {
            return;
        }
        let at = message as usize;
        if self.classes.len() <= at {
            self.classes.resize(at + 1, NO_CLASS);
        }
        self.classes[at] = class;
    }

    /// A target with the class and the size of the message that goes there.
    pub(super) fn target_for(&self, target: Target, message: u32) -> Target {
        let class = self.classes.get(message as usize).copied().unwrap_or(NO_CLASS);
        let account = self.streams.account(message);
        let size = if account == Account::NONE { target.size } else { account.size };
        Target { class, size, ..target }
    }

    /// An exchange passes a message on: one copy to each channel that it reaches. A message that reaches none is
    /// confirmed to its publisher and dropped (RabbitMQ, "Unroutable Message Handling"). While an exchange on the way is
    /// out, it waits with its publisher.
    pub(super) fn route(&mut self, way: Way, held: Held) {
        let plan = self.plan;
        let Held { to, root, key, dead_letter, span } = held;
        let passes = plan.routing.passes(&way);
        if let Some(closed) = passes.iter().find(|pass| !self.channels[pass.channel as usize].outages.is_empty()) {
            let state = &mut self.channels[closed.channel as usize];
            for fault in &state.outages {
                self.faults[*fault as usize].touched += 1;
            }
            state.held.push_back(held);
            state.reckon_gate();
            self.held_back += u64::from(way.owed);
            self.roots[root].references += 1;
            return;
        }
        let targets = plan.routing.targets(&way);
        let counts = &mut self.channels[to.channel as usize].counts;
        counts.published += 1;
        counts.dead_letters += u64::from(dead_letter);
        counts.routed += targets.len() as u64;
        for pass in passes {
            self.edges[pass.edge as usize] += 1;
            self.channels[pass.channel as usize].counts.published += 1;
        }
        if targets.is_empty() {
            let counts = &mut self.channels[to.channel as usize].counts;
            counts.unroutable += 1;
            counts.lost += 1;
            self.flow.lost += 1;
            if let Some(chooser) = &mut self.chooser {
                chooser.given_up(root);
            }
            if let Some(follower) = &mut self.follower {
                follower.publish_refused(self.now, to.channel, Trouble::Dropped, None);
            }
        }
        for target in targets {
            let target = Target { event: to.event, class: to.class, priority: to.priority, size: to.size, ..*target };
            self.edges[target.edge as usize] += 1;
            let held = Held { to: target, root, key, dead_letter, span };
            self.goes_on(span);
            if !self.links.is_empty() && self.is_delayed(held) {
                continue;
            }
            // Inside a broker nothing waits for its memory.
            if plan.channels[to.channel as usize].broker_memory == plan.channels[target.channel as usize].broker_memory
                && self.is_only_alarmed(target.channel)
            {
                self.admit(target, root, key, dead_letter);
            } else {
                self.knock(target, root, key, dead_letter);
            }
        }
    }

    /// Counts the groups whose filter keeps a message out.
    pub(super) fn filter_out(&mut self, to: Target, way: &Way) {
        let plan = self.plan;
        let mut through = plan.routing.groups(way).iter().copied().peekable();
        for group in plan.channels[to.channel as usize].groups.clone() {
            if through.next_if_eq(&group).is_none() {
                self.groups[group as usize].counts.filtered += 1;
            }
        }
    }
}
