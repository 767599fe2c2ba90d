//! Whether a flow keeps up, from how its backlogs moved.

use crate::merge::Merger;
use crate::report::Growth;
use crate::stats::interval;

/// Groups whose backlog grew through the window, in both halves of every replication and by much: their means say how
/// long the run was, not how the flow behaves.
pub(crate) fn unstable(merged: &Merger<'_>) -> Vec<(usize, Growth)> {
    let plan = merged.plan;
    let window = (plan.duration - plan.warmup) as f64 / 1e9;
    let mut found = Vec::new();
    for (index, ((group, growth), counts)) in
        plan.groups.iter().zip(&merged.growth).zip(&merged.counts.groups).enumerate()
    {
        let replications = growth.len().max(1) as f64;
        let mean = growth.iter().flatten().sum::<f64>() / replications;
        let entered = counts.entered as f64 / replications;
        let always = growth.iter().flatten().all(|half| *half > mean / 6.0);
        if mean > 100.0 && mean > 0.02 * entered && always {
            let rates: Vec<f64> = growth.iter().map(|halves| (halves[0] + halves[1]) / window).collect();
            let consumers = group.members.iter().map(|&member| plan.consumers[member as usize].name.clone());
            let growth = Growth {
                channel: plan.channels[group.channel as usize].name.clone(),
                group: group.names.first().cloned().unwrap_or_default(),
                consumers: consumers.collect(),
                per_s: mean / window,
                ci95: interval(&rates).and_then(|(_, ci)| ci),
            };
            found.push((index, growth));
        }
    }
    found
}
