//! Stores: what was written becomes events.

use super::Kernel;

impl Kernel<'_> {
    /// A write has happened: its events are published, whoever still waits for the answer.
    pub(super) fn project(&mut self, calling: u32, call: u32, message: u32) {
        let plan = self.plan;
        let planned = &plan.calls[call as usize];
        if planned.reads {
            return;
        }
        if let Some(follower) = &mut self.follower {
            follower.write_causes(calling, planned.service);
        }
        for &target in &plan.services[planned.service as usize].projects {
            let (root, key) = (self.messages[message].root, self.messages[message].key);
            self.send(target, root, key, false);
        }
    }

    /// A caller gives up a call that may still write: what follows from it is part of its event all the same.
    pub(super) fn keep_writer(&mut self, call: u32, message: u32) {
        if self.projects(call) {
            let root = self.messages[message].root;
            self.roots[root].references += 1;
        }
    }

    /// A call that its caller gave up is over.
    pub(super) fn release_writer(&mut self, call: u32, message: u32) {
        if self.projects(call) {
            let root = self.messages[message].root;
            self.release_root(root);
        }
    }

    fn projects(&self, call: u32) -> bool {
        let planned = &self.plan.calls[call as usize];
        !planned.reads && !self.plan.services[planned.service as usize].projects.is_empty()
    }
}
