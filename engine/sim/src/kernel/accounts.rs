//! What is kept beside messages where a broker limits something, from their coming to their leaving.

use super::Kernel;
use crate::plan::NO_LIMIT;

impl Kernel<'_> {
    /// A message enters a group of which accounts are kept.
    pub(super) fn open_account(&mut self, group: u32, message: u32) {
        if self.plan.groups[group as usize].max_pending != NO_LIMIT {
            self.unacked.enter(message);
        }
    }

    /// It leaves.
    pub(super) fn close_account(&mut self, group: u32, message: u32) {
        if self.plan.groups[group as usize].max_pending != NO_LIMIT {
            self.leave_place(group, message);
        }
    }
}
