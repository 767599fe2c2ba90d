//! Words of the page of known answers.

use super::{say, words};

words! {
    TITLE: "Known answers", "Bekannte Antworten";
    NOT_RUN: "Not compared yet", "Noch nicht verglichen";
    RUN: "▶ Compare", "▶ Vergleichen";
    FILTER: "Only systems named …", "Nur Systeme namens …";
    SOURCES: "Sources", "Quellen";
    ALL: "All sources", "Alle Quellen";
    TABLE: "Table of agreement", "Tabelle der Übereinstimmung";
    MISSING: "Not expressible yet", "Noch nicht ausdrückbar";
    MISSING_WHAT:
        "What is known, but no flow can ask for, and what the model lacks for it.",
        "Was bekannt ist, aber kein Flow fragen kann, und was dem Modell dafür fehlt.";
    EMPTY_TITLE: "Is this simulator right?", "Hat dieser Simulator recht?";
    EMPTY_WHAT:
        "About two hundred systems have answers that are known: from queueing theory, from published experiments, \
         from a pencil. This build simulates them here and compares: the 99 % interval must hold the exact value, \
         and be narrow enough to mean something.",
        "Für etwa zweihundert Systeme sind die Antworten bekannt: aus der Warteschlangentheorie, aus \
         veröffentlichten Experimenten, mit dem Bleistift gerechnet. Dieser Build simuliert sie hier und \
         vergleicht: das 99-%-Intervall muss den exakten Wert enthalten und schmal genug sein, um etwas zu \
         bedeuten.";
    EMPTY_HOW:
        "It takes a minute or two of all cores and can be stopped at any time.",
        "Es braucht ein bis zwei Minuten auf allen Kernen und lässt sich jederzeit anhalten.";
}

words! {
    WHAT: "what", "was";
    EXACT: "exact", "exakt";
    SIMULATED: "simulated", "simuliert";
    INTERVAL: "99 % interval", "99-%-Intervall";
    VERDICT: "verdict", "Urteil";
    SOURCE: "from", "aus";
    WHY: "what the model lacks", "was dem Modell fehlt";
    NOT_RANDOM: "not random", "nicht zufällig";
    FILTERED: "filtered", "gefiltert";
    SECOND_LOOK: "second look", "zweiter Blick";
}

pub(crate) fn of_build(version: &str) -> String {
    say(|| format!("of Thalweg {version}, this build"), || format!("von Thalweg {version}, dieser Build"))
}

pub(crate) fn of(reproduced: usize, known: usize) -> String {
    say(|| format!("{reproduced} of {known}"), || format!("{reproduced} von {known}"))
}

pub(crate) fn reproduces(reproduced: usize, known: usize) -> String {
    let of = of(reproduced, known);
    say(
        || format!("This build reproduces {of} known answers"),
        || format!("Dieser Build gibt {of} bekannte Antworten wieder"),
    )
}

pub(crate) fn so_far(reproduced: usize, known: usize) -> String {
    let of = of(reproduced, known);
    say(|| format!("{of} known answers reproduced so far"), || format!("bisher {of} bekannte Antworten wiedergegeben"))
}

pub(crate) fn stopped(reproduced: usize, known: usize) -> String {
    let of = of(reproduced, known);
    say(
        || format!("Stopped: {of} known answers reproduced until then"),
        || format!("Angehalten: bis dahin {of} bekannte Antworten wiedergegeben"),
    )
}

/// Of which systems, when not of all.
pub(crate) fn named(filter: &str) -> String {
    if filter.is_empty() {
        return String::new();
    }
    say(|| format!(", of the systems named “{filter}”"), || format!(", der Systeme namens „{filter}“"))
}

/// For the bottom line.
pub(crate) fn short(reproduced: usize, known: usize, filter: &str) -> String {
    let of = of(reproduced, known);
    let few = if filter.is_empty() { String::new() } else { format!(" ({FILTERED})") };
    say(|| format!("{of} known answers{few}"), || format!("{of} bekannte Antworten{few}"))
}
