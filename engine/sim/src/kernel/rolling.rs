//! Rolling restarts, and rebalances that somebody caused.

use super::Kernel;
use super::events::Event;

impl Kernel<'_> {
    /// Every kafka group of a consumer deals its partitions anew, with the members that it has.
    pub(super) fn force_rebalance(&mut self, fault: u32, consumer: u32) {
        let plan = self.plan;
        for subscription in &plan.consumers[consumer as usize].subscriptions {
            let group = subscription.group;
            if let Some(rules) = plan.groups[group as usize].coordination {
                self.rebalance(group, rules.rebalance_time);
                let stopped =
                    self.rosters[group as usize].stopped(&self.lanes[..], plan.groups[group as usize].lanes.start);
                self.faults[fault as usize].touched += stopped;
            }
        }
    }

    /// The next instance that is up ends cleanly: it takes no more work and finishes what it has, while its successor
    /// starts. After the last one the deploy is over.
    pub(super) fn replace_next(&mut self, fault: u32, consumer: u32, from: u32) {
        let plan = self.plan;
        let all = plan.consumers[consumer as usize].instances.clone();
        let next = (all.start + from..all.end).find(|&i| self.instances[i as usize].down == 0);
        let (Some(instance), Some(start)) = (next, &plan.consumers[consumer as usize].start_time) else {
            self.fault_ends(fault);
            return;
        };
        let now = self.now;
        let place = &mut self.instances[instance as usize];
        place.down += 1;
        place.ready.clear();
        self.consumers[consumer as usize].up.sub(now);
        let state = &mut self.faults[fault as usize];
        state.touched += 1;
        let takes = start.draw(&mut state.stream, self.ziggurat);
        self.push_after(takes, Event::Started { fault, instance });
        self.recall(consumer, instance);
        self.members_lost(consumer, &[instance], true);
        self.redeal(consumer);
    }

    /// An instance has started: it is one of its consumer's again, and looks for work.
    pub(super) fn takes_up_work(&mut self, consumer: u32, instance: u32) {
        self.instances[instance as usize].down -= 1;
        self.consumers[consumer as usize].up.add(self.now);
        self.forget_breakers(consumer, instance);
        self.members_back(consumer, &[instance]);
        self.redeal(consumer);
        self.find_work(instance);
    }

    /// A successor has started: it is the turn of the next.
    pub(super) fn started(&mut self, fault: u32, instance: u32) {
        let consumer = self.instances[instance as usize].consumer;
        self.takes_up_work(consumer, instance);
        let first = self.plan.consumers[consumer as usize].instances.start;
        self.replace_next(fault, consumer, instance - first + 1);
    }
}
