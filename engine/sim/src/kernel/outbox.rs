//! Outboxes: events are written with the business data, and a relay publishes them by polling, in order.

use thalweg_flow::Overflow;

use super::Kernel;
use super::events::Event;
use super::state::Held;
use crate::plan::Target;

impl Kernel<'_> {
    /// An event's message is written; the relay's next look will find it.
    pub(super) fn write_out(&mut self, producer: u32, to: Target, root: u32, key: u64) {
        let Some(outbox) = self.plan.producers[producer as usize].outbox else { return };
        let groups = self.owe(to, root, key);
        self.held_back += groups;
        self.roots[root].references += 1;
        let span = self.publishing();
        let rows = &mut self.producers[producer as usize].outbox;
        rows.push_back(Held { to, root, key, dead_letter: false, span });
        if rows.len() == 1 {
            // Looks are at the multiples of `every`, whether there is something or not.
            let next = (self.now / outbox.every + 1).saturating_mul(outbox.every);
            self.calendar.push(next, Event::Relay { producer });
        }
    }

    /// The relay looks: it publishes the oldest messages, until the batch is full or one cannot be published.
    pub(super) fn relay(&mut self, producer: u32) {
        let Some(outbox) = self.plan.producers[producer as usize].outbox else { return };
        for _ in 0..outbox.batch {
            let Some(&Held { to, root, key, span, .. }) = self.producers[producer as usize].outbox.front() else {
                return;
            };
            if !self.takes(to) {
                break;
            }
            self.producers[producer as usize].outbox.pop_front();
            self.held_back -= self.plan.owed_to(to);
            self.goes_on(span);
            self.set_out(to, root, key, false);
            self.release_root(root);
        }
        if !self.producers[producer as usize].outbox.is_empty() {
            self.push_after(outbox.every, Event::Relay { producer });
        }
    }

    /// Whether a relay's publish comes through and is taken now; what is in its way is told that it was.
    fn takes(&mut self, to: Target) -> bool {
        let plan = self.plan;
        let now = self.now;
        let channel = &plan.channels[to.channel as usize];
        let state = &mut self.channels[to.channel as usize];
        let mut in_the_way: Vec<u32> = self.links.get(to.edge as usize).map_or_else(Vec::new, |link| link.cuts.clone());
        in_the_way.extend(state.outages.iter().chain(&state.blocks));
        let refuses = channel.max_length.is_some() && channel.overflow != Overflow::DropHead;
        if refuses {
            in_the_way.extend(&state.fills);
        }
        for bucket in &mut state.throttles {
            if !bucket.has(now) {
                in_the_way.push(bucket.fault);
            }
        }
        for &fault in &in_the_way {
            self.faults[fault as usize].touched += 1;
        }
        if self.is_alarmed(channel.broker_memory) || (channel.limited && !self.is_room(to)) {
            return false;
        }
        let is_full = |most| refuses && self.is_full(to.channel, most);
        in_the_way.is_empty() && !channel.max_length.is_some_and(is_full)
    }
}
