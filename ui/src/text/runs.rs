//! Words of kept runs and of their comparison.

use thalweg_protocol::{
    KeptRun,
    kept::{Measure, NoIntervals, Setting},
};

use super::{Word, say, words};
use crate::kit::recent;

words! {
    RUNS: "Runs", "Läufe";
    LIST: "Kept runs, pinned ones first, newest first", "Aufgehobene Läufe, angeheftete zuerst, neueste zuerst";
    TOGGLE: "Show or hide the kept runs", "Aufgehobene Läufe zeigen oder verbergen";
    NONE_YET: "Every simulation of this flow is kept here: to see it again, and to compare.",
        "Jede Simulation dieses Flows wird hier aufgehoben: zum Wiedersehen und zum Vergleichen.";
    SHOW: "Show", "Zeigen";
    SHOW_HINT: "Show this run again on canvas, timeline and inspector (Enter)",
        "Diesen Lauf wieder auf Zeichnung, Zeitachse und im Inspektor zeigen (Eingabe)";
    COMPARE: "Compare", "Vergleichen";
    COMPARE_HINT: "Lay this run's curves below those that are shown, and tell the differences (C)",
        "Die Kurven dieses Laufs unter die gezeigten legen und die Unterschiede sagen (C)";
    PIN: "Pin", "Anheften";
    UNPIN: "Unpin", "Lösen";
    PIN_HINT: "Keep this run however many follow (P)", "Diesen Lauf behalten, egal wie viele folgen (P)";
    NAME: "Rename", "Umbenennen";
    NAME_HINT: "Give this run a name (F2)", "Diesem Lauf einen Namen geben (F2)";
    NAME_FIELD: "Name of the run", "Name des Laufs";
    AGAIN: "Run again", "Erneut";
    AGAIN_HINT: "Simulate the flow as it is now with this run's settings",
        "Den Flow, wie er jetzt ist, mit den Einstellungen dieses Laufs simulieren";
    DELETE: "Delete", "Löschen";
    DELETE_HINT: "Take this run out of the list (Delete)", "Diesen Lauf aus der Liste nehmen (Entf)";
    UNDO: "Bring it back", "Zurückholen";
    PINNED: "pinned", "angeheftet";
    SHOWN: "shown", "gezeigt";
    BASELINE: "baseline", "Vergleich";

    SHOW_LIST: "Show the kept runs", "Aufgehobene Läufe zeigen";
    SHOW_LATEST: "Show the latest run", "Neuesten Lauf zeigen";
    SHOW_RUN: "Show the chosen run again", "Gewählten Lauf wieder zeigen";
    COMPARE_RUN: "Compare with the chosen run", "Mit dem gewählten Lauf vergleichen";
    SWAP: "Swap the compared runs", "Verglichene Läufe tauschen";
    END_COMPARISON: "End the comparison of runs", "Vergleich der Läufe beenden";
    NAME_RUN: "Rename the chosen run", "Gewählten Lauf umbenennen";
    PIN_RUN: "Pin or unpin the chosen run", "Gewählten Lauf anheften oder lösen";
    RUN_AGAIN: "Run again with the chosen run's settings", "Mit den Einstellungen des gewählten Laufs erneut simulieren";
    DELETE_RUN: "Delete the chosen run", "Gewählten Lauf löschen";
    RESTORE_RUN: "Bring back the deleted run", "Gelöschten Lauf zurückholen";

    SAME_RUN: "A run is compared with another one.", "Verglichen wird ein Lauf mit einem anderen.";
    CHOOSE_ANOTHER: "Choose one in the list that is not shown.", "Wählen Sie in der Liste einen, der nicht gezeigt wird.";
    OLDER: "An older run is shown", "Ein älterer Lauf wird gezeigt";
    CHANGED: "the flow was changed since", "der Flow wurde seitdem geändert";
    UNCHANGED: "the flow is still the same", "der Flow ist noch derselbe";
    BACK: "Back to the latest", "Zurück zum neuesten";

    COMPARISON: "Comparison", "Vergleich";
    TABLE: "Table of differences", "Tabelle der Unterschiede";
    THIS_RUN: "This run", "Dieser Lauf";
    END: "End", "Beenden";
    SWAP_SHORT: "Swap", "Tauschen";
    COMPARING: "The differences come in a moment.", "Gleich kommen die Unterschiede.";
    FLOW: "Whole flow", "Ganzer Flow";
    NODES: "Nodes", "Knoten";
    WHAT: "What", "Was";
    DIFFERENCE: "Difference", "Unterschied";
    DIFFERENCES: "Differences", "Unterschiede";
    BASELINE_RUN: "Baseline", "Vergleichslauf";
    PERCENT: "%", "%";
    INTERVAL: "95% interval", "95-%-Intervall";
    INTERVAL_HINT: "Of the difference, from the spread between replications: Welch's interval of two independent means",
        "Des Unterschieds, aus der Streuung der Replikationen: Welchs Intervall zweier unabhängiger Mittelwerte";
    VERDICT: "What can be said", "Was sich sagen lässt";
    HIGHER: "higher", "höher";
    LOWER: "lower", "niedriger";
    CANNOT_TELL: "cannot tell", "nicht zu sagen";
    CANNOT_TELL_HINT: "The interval includes 0: chance alone may be the reason. More replications make it narrower.",
        "Das Intervall enthält 0: Zufall allein kann der Grund sein. Mehr Replikationen machen es enger.";
    SAME: "same", "gleich";
    TURNED: "Expectations that turned", "Gekippte Erwartungen";
    HELD: "held", "gehalten";
    BROKEN: "broken", "gebrochen";
    ABSENT: "not there", "nicht da";
    SETTINGS: "Settings", "Einstellungen";
    TEXT: "The document", "Das Dokument";
    SAME_TEXT: "Both ran the same text.", "Beide liefen mit demselben Text.";
    ADDED: "added", "hinzugefügt";
    REMOVED: "removed", "entfernt";
    SCENARIO: "scenario", "Szenario";
    SEED: "seed", "Startwert";
    REPLICATIONS: "replications", "Replikationen";
    DURATION: "duration in seconds", "Dauer in Sekunden";
    WARM_UP: "warm-up in seconds", "Einschwingen in Sekunden";
    MORE: "Run it with at least two replications.", "Lassen Sie ihn mit mindestens zwei Replikationen laufen.";
}

/// What a run is called: its name, or its scenario.
pub(crate) fn name(run: &KeptRun) -> String {
    if run.name.is_empty() { run.scenario.clone() } else { run.name.clone() }
}

/// The same with when it was, where its name does not tell it from others.
pub(crate) fn title(run: &KeptRun) -> String {
    format!("{} · {}", name(run), recent(run.started_unix_ms))
}

pub(crate) fn deleted(name: &str) -> String {
    say(|| format!("Deleted the run “{name}”"), || format!("Lauf „{name}“ gelöscht"))
}

/// The figures of a run in a line.
pub(crate) fn figures(throughput: &str, p50: &str, p99: &str) -> String {
    format!("{throughput} · p50 {p50} · p99 {p99}")
}

pub(crate) fn dead(count: &str) -> String {
    say(|| format!("{count} dead"), || format!("{count} tot"))
}

/// Expectations that were kept and broken, for those who hear it.
pub(crate) fn expectations(kept: u32, broken: u32) -> String {
    say(
        || format!("{kept} expectations held, {broken} broken"),
        || format!("{kept} Erwartungen gehalten, {broken} gebrochen"),
    )
}

pub(crate) fn no_intervals(why: NoIntervals) -> &'static str {
    words! {
        BEFORE: "The baseline has a single replication: a difference cannot be told from chance.",
            "Der Vergleichslauf hat eine einzige Replikation: Ein Unterschied ist vom Zufall nicht zu trennen.";
        AFTER: "This run has a single replication: a difference cannot be told from chance.",
            "Dieser Lauf hat eine einzige Replikation: Ein Unterschied ist vom Zufall nicht zu trennen.";
        EACH: "Both runs have a single replication: a difference cannot be told from chance.",
            "Beide Läufe haben eine einzige Replikation: Ein Unterschied ist vom Zufall nicht zu trennen.";
    }
    match why {
        NoIntervals::OneReplicationBefore => BEFORE.now(),
        NoIntervals::OneReplicationAfter => AFTER.now(),
        NoIntervals::OneReplicationEach => EACH.now(),
    }
}

pub(crate) fn measure(measure: Measure) -> Word {
    words! {
        THROUGHPUT: "Throughput", "Durchsatz";
        MEAN: "Latency mean", "Latenz im Mittel";
        P50: "Latency p50", "Latenz p50";
        P95: "Latency p95", "Latenz p95";
        P99: "Latency p99", "Latenz p99";
        DEAD: "Dead letters", "Dead Letters";
        RETRIES: "Retries", "Wiederholungen";
        LAG: "Lag", "Rückstand";
        DEPTH: "Depth", "Tiefe";
        BUSY: "Busy", "Ausgelastet";
    }
    match measure {
        Measure::ThroughputPerS => THROUGHPUT,
        Measure::MeanMs => MEAN,
        Measure::P50Ms => P50,
        Measure::P95Ms => P95,
        Measure::P99Ms => P99,
        Measure::DeadLetters => DEAD,
        Measure::Retries => RETRIES,
        Measure::Lag => LAG,
        Measure::Depth => DEPTH,
        Measure::Utilization => BUSY,
    }
}

pub(crate) fn setting(setting: &Setting) -> String {
    match setting {
        Setting::Scenario => SCENARIO.now().to_owned(),
        Setting::Seed => SEED.now().to_owned(),
        Setting::Replications => REPLICATIONS.now().to_owned(),
        Setting::Duration => DURATION.now().to_owned(),
        Setting::Warmup => WARM_UP.now().to_owned(),
        Setting::Version => super::APP.to_owned(),
        Setting::Set(path) => path.clone(),
    }
}

/// Lines of a text that are not shown.
pub(crate) fn left_out(lines: u64) -> String {
    say(|| format!("and {lines} more lines"), || format!("und {lines} weitere Zeilen"))
}
