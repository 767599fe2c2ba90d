//! Words of the page of known answers.

pub(crate) const TITLE: &str = "Known answers";
pub(crate) const NOT_RUN: &str = "Not compared yet";
pub(crate) const RUN: &str = "▶ Compare";
pub(crate) const FILTER: &str = "Only systems named …";
pub(crate) const SOURCES: &str = "Sources";
pub(crate) const ALL: &str = "All sources";
pub(crate) const TABLE: &str = "Table of agreement";
pub(crate) const MISSING: &str = "Not expressible yet";
pub(crate) const MISSING_WHAT: &str = "What is known, but no flow can ask for, and what the model lacks for it.";
pub(crate) const EMPTY_TITLE: &str = "Is this simulator right?";
pub(crate) const EMPTY_WHAT: &str = "About two hundred systems have answers that are known: from queueing theory, from published experiments, from a \
                                     pencil. This build simulates them here and compares: the 99 % interval must hold the exact value, and \
                                     be narrow enough to mean something.";
pub(crate) const EMPTY_HOW: &str = "It takes a minute or two of all cores and can be stopped at any time.";

pub(crate) const WHAT: &str = "what";
pub(crate) const EXACT: &str = "exact";
pub(crate) const SIMULATED: &str = "simulated";
pub(crate) const INTERVAL: &str = "99 % interval";
pub(crate) const VERDICT: &str = "verdict";
pub(crate) const SOURCE: &str = "from";
pub(crate) const WHY: &str = "what the model lacks";
pub(crate) const NOT_RANDOM: &str = "not random";
pub(crate) const SECOND_LOOK: &str = "second look";

pub(crate) fn of_build(version: &str) -> String {
    format!("of Thalweg {version}, this build")
}

pub(crate) fn of(reproduced: usize, known: usize) -> String {
    format!("{reproduced} of {known}")
}

pub(crate) fn reproduces(reproduced: usize, known: usize) -> String {
    format!("This build reproduces {} known answers", of(reproduced, known))
}

pub(crate) fn so_far(reproduced: usize, known: usize) -> String {
    format!("{} known answers reproduced so far", of(reproduced, known))
}

pub(crate) fn stopped(reproduced: usize, known: usize) -> String {
    format!("Stopped: {} known answers reproduced until then", of(reproduced, known))
}

/// Of which systems, when not of all.
pub(crate) fn named(filter: &str) -> String {
    if filter.is_empty() { String::new() } else { format!(", of the systems named “{filter}”") }
}

/// For the bottom line.
pub(crate) fn short(reproduced: usize, known: usize, filter: &str) -> String {
    let few = if filter.is_empty() { "" } else { " (filtered)" };
    format!("{} known answers{few}", of(reproduced, known))
}
