//! Sentences that a reader of the report needs.

use crate::kernel::MANY_STATIONS;
use crate::merge::Merger;

/// All notes: those of the plan, then what the run itself showed.
pub(crate) fn of(merged: &Merger<'_>) -> Vec<String> {
    let plan = merged.plan;
    let mut notes = plan.notes.clone();
    if plan.replications == 1 {
        notes.push("One replication: intervals come from batch means of that single run.".to_owned());
    }
    if plan.consumers.len() + plan.services.len() > MANY_STATIONS {
        notes.push(format!(
            "With more than {MANY_STATIONS} consumers and services, their quantiles are kept to two significant digits."
        ));
    }
    unstable(merged, &mut notes);
    little(merged, &mut notes);
    for (fault, (fired, touched)) in plan.faults.iter().zip(&merged.fired) {
        let what = format!("{} {}", fault.kind, fault.target);
        if *fired == 0 {
            notes.push(format!("The fault `{what}` never began: the run was over before."));
        } else if *touched == 0 {
            notes.push(format!("The fault `{what}` touched nothing while it lasted."));
        }
    }
    notes
}

/// Groups whose backlog grew through the window, in both halves of every replication and by much: their means say how
/// long the run was, not how the flow behaves.
fn unstable(merged: &Merger<'_>, notes: &mut Vec<String>) {
    let plan = merged.plan;
    let window = (plan.duration - plan.warmup) as f64 / 1e9;
    for ((group, growth), counts) in plan.groups.iter().zip(&merged.growth).zip(&merged.counts.groups) {
        let replications = growth.len().max(1) as f64;
        let mean = growth.iter().flatten().sum::<f64>() / replications;
        let entered = counts.entered as f64 / replications;
        let always = growth.iter().flatten().all(|half| *half > mean / 6.0);
        if mean > 100.0 && mean > 0.02 * entered && always {
            notes.push(format!(
                "Not stable: the backlog of `{}/{}` grows by {:.1}/s; its waiting times depend on how long the run is.",
                plan.channels[group.channel as usize].name,
                group.names.first().map_or("", String::as_str),
                mean / window
            ));
        }
    }
}

/// Little's law on what the report shows. The kernel holds it exactly over the whole run; within the window the means
/// of lag and of sojourn differ by what was under way at its edges.
fn little(merged: &Merger<'_>, notes: &mut Vec<String>) {
    let checked = merged.little();
    if let Some(worst) = checked.iter().map(|(_, deviation)| *deviation).reduce(f64::max) {
        notes.push(format!(
            "Little's law (L = λW) holds at {} of {} consumers within 5 %; the greatest deviation is {:.2} %.",
            checked.iter().filter(|(_, deviation)| *deviation <= 0.05).count(),
            checked.len(),
            worst * 100.0
        ));
    }
}
