//! What is kept beside messages where a broker limits something, from their coming to their leaving.

use super::Kernel;
use crate::plan::NO_LIMIT;
use crate::slab::NIL;

impl Kernel<'_> {
    /// A message enters a group of which accounts are kept.
    #[cold]
    pub(super) fn open_account(&mut self, group: u32, message: u32) {
        if self.plan.groups[group as usize].max_pending != NO_LIMIT {
            self.unacked.enter(message);
        }
        if self.plan.sized {
            self.streams.enter(message);
        }
    }

    /// It leaves.
    #[cold]
    pub(super) fn close_account(&mut self, group: u32, message: u32) {
        let planned = &self.plan.groups[group as usize];
        if planned.max_pending != NO_LIMIT {
            self.leave_place(group, message);
        }
        let channel = &self.plan.channels[planned.channel as usize];
        if let Some(kept) = &channel.kept {
            self.release_entry(kept, message);
        }
        if channel.memory != NIL {
            self.empty_memory(channel.memory, self.streams.account(message).size);
        }
    }
}
