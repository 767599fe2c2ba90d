//! What faults leave behind: nothing. When none is active, everything that they changed is as it was.

use super::Kernel;
use super::limits::{Bucket, OWN};
use super::state::Trouble;
use crate::error::SimError;
use crate::slab::NIL;

impl Kernel<'_> {
    pub(super) fn audit_faults(&self) -> Result<(), SimError> {
        if self.faults.iter().any(|fault| fault.active) {
            return Ok(());
        }
        let plan = self.plan;
        for (channel, planned) in self.channels.iter().zip(&plan.channels) {
            let lists = [&channel.outages, &channel.blocks, &channel.fills, &channel.poisons];
            let clean = lists.iter().all(|list| list.is_empty()) && channel.throttles.is_empty();
            // A memory alarm is no fault, and may be on.
            let waits = channel.held.is_empty() && channel.gated == (channel.memory != NIL);
            clean_is(clean && (waits || self.is_alarmed(channel.memory)), &planned.name)?;
        }
        for (group, planned) in self.groups.iter().zip(&plan.groups) {
            let name = &plan.channels[planned.channel as usize].name;
            clean_is(group.cuts.is_empty() && group.duplicates.is_empty(), name)?;
        }
        for (consumer, planned) in self.consumers.iter().zip(&plan.consumers) {
            let own_limits = of_faults(&consumer.limits) == 0;
            // A group that has no place left for one more unacknowledged message is not heard of either.
            let full = planned.subscriptions.iter().filter(|s| self.unacked.is_full(s.group)).count();
            let hears = consumer.deaf_to.len() == full;
            clean_is(consumer.trouble.is_none() && own_limits && hears, &planned.name)?;
        }
        for (service, planned) in self.services.iter().zip(&plan.services) {
            let faults = service.crashes.is_empty() && service.outages.is_empty() && of_faults(&service.throttles) == 0;
            let faults = faults && service.fills.is_empty();
            clean_is(service.trouble.is_none() && faults && service.held.is_empty(), &planned.name)?;
        }
        for (link, planned) in self.links.iter().zip(&plan.edges) {
            clean_is(link.is_clean(), &format!("{} -> {}", planned.from, planned.to))?;
        }
        clean_is(self.broken.iter().all(Vec::is_empty), "an event type")?;
        clean_is(self.faults.iter().all(|fault| fault.struck.is_empty()), "an instance")
    }
}

impl Trouble {
    fn is_none(&self) -> bool {
        let lists = [&self.slow, &self.errors, &self.added, &self.poisons];
        lists.iter().all(|list| list.is_empty()) && self.factor.is_none() && self.rate.abs() == 0.0
    }
}

fn of_faults(buckets: &[Bucket]) -> usize {
    buckets.iter().filter(|bucket| bucket.fault != OWN).count()
}

fn clean_is(clean: bool, place: &str) -> Result<(), SimError> {
    if clean { Ok(()) } else { Err(SimError::Bug(format!("faults that ended left something behind at `{place}`"))) }
}
