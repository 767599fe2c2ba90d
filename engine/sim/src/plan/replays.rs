//! Replays: groups that read again what they have handled.

use super::names::Compiler;
use super::traffic::Traffic;
use super::{Plan, Strike};
use crate::MAX_IN_FLIGHT;

/// For how long a group's records are kept for being read again, in nanoseconds; `None`: not at all.
pub(crate) fn kept(plan: &Plan, group: u32) -> Option<u64> {
    let reads = |consumer: u32| plan.consumers[consumer as usize].subscriptions.iter().any(|s| s.group == group);
    let back = plan.faults.iter().filter_map(|fault| match fault.strike {
        Strike::Replay { consumer, back } if reads(consumer) => Some(back.unwrap_or(u64::MAX)),
        _ => None,
    });
    back.max().filter(|_| plan.groups[group as usize].coordination.is_some())
}

impl Compiler<'_> {
    /// Refuses replays of more than memory holds, and of what is no longer kept.
    pub(crate) fn check_replays(&mut self, plan: &Plan, traffic: &Traffic) {
        for fault in &plan.faults {
            let Strike::Replay { consumer, back } = fault.strike else { continue };
            let subscriptions = &plan.consumers[consumer as usize].subscriptions;
            let channels = subscriptions.iter().map(|s| &plan.channels[plan.groups[s.group as usize].channel as usize]);
            for channel in channels.filter(|channel| channel.kept.is_some()) {
                let what = format!("a replay of `{}`, which keeps its records for less than the run,", channel.name);
                self.refusals.not_yet(format!("scenarios.{}.faults", self.scenario), &what);
            }
            let share = back.map_or(1.0, |back| (back as f64 / plan.duration as f64).min(1.0));
            let groups = subscriptions.iter().map(|s| &plan.groups[s.group as usize]);
            let read =
                groups.filter(|group| group.coordination.is_some()).map(|group| traffic.published(group.channel));
            let expected = read.sum::<f64>() * share;
            if expected > MAX_IN_FLIGHT as f64 {
                let path = format!("scenarios.{}.faults", self.scenario);
                let message = format!(
                    "a replay of `{}` would read about {expected:.0} messages again, more than {MAX_IN_FLIGHT}",
                    fault.target
                );
                self.refusals.add(path, message, "give it a shorter `back`, or a lower load");
            }
        }
    }
}
