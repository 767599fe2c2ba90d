//! Bulkheads: how many calls of one sort an instance has under way (Nygard, "Release It!"). Those beyond fail at once, so that
//! one slow service cannot hold all of an instance's servers.

use super::Kernel;

impl Kernel<'_> {
    fn bulkhead_of(&self, call: u32, instance: u32) -> Option<(usize, u32)> {
        let planned = &self.plan.calls[call as usize];
        let consumer = self.instances[instance as usize].consumer;
        let first = self.plan.consumers[consumer as usize].instances.start;
        planned.max_concurrent.map(|most| ((planned.bulkheads.start + instance - first) as usize, most))
    }

    pub(super) fn bulkhead_admits(&self, call: u32, instance: u32) -> bool {
        self.bulkhead_of(call, instance).is_none_or(|(index, most)| self.bulkheads[index] < most)
    }

    pub(super) fn enter_bulkhead(&mut self, call: u32, instance: u32) {
        if let Some((index, _)) = self.bulkhead_of(call, instance) {
            self.bulkheads[index] += 1;
        }
    }

    /// The caller has its answer, or has given up.
    pub(super) fn leave_bulkhead(&mut self, call: u32, instance: u32) {
        if let Some((index, _)) = self.bulkhead_of(call, instance) {
            self.bulkheads[index] -= 1;
        }
    }
}
