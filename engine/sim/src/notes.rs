//! Sentences that a reader of the report needs.

use thalweg_flow::Duration;

use crate::kernel::MANY_STATIONS;
use crate::merge::Merger;
use crate::plan::Plan;
use crate::precision::{PrecisionEnd, PrecisionReport};
use crate::report::{Statistics, WarmupFrom};
use crate::warmup;

/// All notes: those of the plan, then what the run itself showed.
pub(crate) fn of(merged: &Merger<'_>, statistics: &Statistics) -> Vec<String> {
    let plan = merged.plan;
    let mut notes = plan.notes.clone();
    if plan.replications == 1 && statistics.stopped_early.is_none() {
        notes.push("One replication: intervals come from batch means of that single run.".to_owned());
    }
    if plan.consumers.len() + plan.services.len() > MANY_STATIONS {
        notes.push(format!(
            "With more than {MANY_STATIONS} consumers and services, their quantiles are kept to two significant digits."
        ));
    }
    self::statistics(statistics, plan, warmup::pilots(plan), &mut notes);
    little(merged, &mut notes);
    full(merged, &mut notes);
    alarms(merged, &mut notes);
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

/// What the statistics say in words; what does not keep up first.
fn statistics(statistics: &Statistics, plan: &Plan, pilots: u32, notes: &mut Vec<String>) {
    for growth in &statistics.unstable {
        notes.push(format!(
            "Not stable: the backlog of `{}/{}` grows by {:.1}/s; its waiting times depend on how long the run is.",
            growth.channel, growth.group, growth.per_s
        ));
    }
    let warmup = Duration::from_nanos(plan.warmup);
    match statistics.warmup_from {
        WarmupFrom::Scenario => {}
        WarmupFrom::Mser5 if plan.warmup == 0 => notes.push(format!(
            "No warm-up needed: by MSER-5 on the number of messages in the flow ({pilots} pilot runs) it is settled from the start."
        )),
        WarmupFrom::Mser5 => notes.push(format!(
            "Warm-up found: {warmup} by MSER-5 on the number of messages in the flow ({pilots} pilot runs)."
        )),
        WarmupFrom::TooShort => notes.push(format!(
            "No warm-up found: the run is too short for this flow to settle in, or it never does (MSER-5, {pilots} \
             pilot runs). The second half, after {warmup}, was measured; give a duration several times as long."
        )),
    }
    if let Some(PrecisionReport { asked, reached, ended }) = statistics.precision {
        let asked = format!("±{} % of the {} was asked for", asked.share * 100.0, asked.of);
        let reached =
            reached.map_or_else(|| "nothing was measured".to_owned(), |r| format!("±{:.2} % reached", r * 100.0));
        notes.push(match ended {
            PrecisionEnd::Reached => format!("{asked}, {reached}."),
            PrecisionEnd::NothingMeasured => {
                format!("{asked}: {reached}, and more replications would not change that.")
            }
            PrecisionEnd::Replications => {
                format!("Not as precise as asked: {asked}, {reached} by the most replications there are.")
            }
            PrecisionEnd::Budget => {
                format!("Not as precise as asked: {asked}, {reached} when the budget of events was used up.")
            }
        });
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

/// Groups that had as many messages unacknowledged as they may have, for how much of the time.
fn full(merged: &Merger<'_>, notes: &mut Vec<String>) {
    let plan = merged.plan;
    let window = (plan.duration - plan.warmup) as f64 * f64::from(merged.count);
    for (group, counts) in plan.groups.iter().zip(&merged.counts.places).filter(|(_, counts)| counts.full > 0) {
        let channel = &plan.channels[group.channel as usize];
        notes.push(format!(
            "`{}/{}` had its most of {} unacknowledged messages for {:.1} % of the time; nothing new was delivered meanwhile.",
            channel.name,
            group.names.first().map_or("", String::as_str),
            group.max_pending,
            counts.full as f64 / window * 100.0
        ));
    }
}

/// Brokers whose memory alarm was on, for how much of the time.
fn alarms(merged: &Merger<'_>, notes: &mut Vec<String>) {
    let plan = merged.plan;
    let window = (plan.duration - plan.warmup) as f64 * f64::from(merged.count);
    for (memory, counts) in plan.memories.iter().zip(&merged.counts.memories).filter(|(_, counts)| counts.alarmed > 0) {
        notes.push(format!(
            "The memory alarm of `{}` was on for {:.1} % of the time; {} publishes waited for its end.",
            memory.broker,
            counts.alarmed as f64 / window * 100.0,
            counts.blocked
        ));
    }
}
