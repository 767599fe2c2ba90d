//! Words of the timeline.

use super::{say, words};

words! {
    TIMELINE: "Timeline of the simulation", "Zeitachse der Simulation";
    EMPTY:
        "Press ▶ Simulate to see load, latency and dead letters over time.",
        "▶ Simulieren zeigt Last, Latenz und Dead Letters über der Zeit.";
    OR_PRESS: "or press", "oder drücken Sie";
    FIRST_CURVES: "The first curves come in a moment.", "Gleich kommen die ersten Kurven.";
    SCRUBBER: "Moment of the run", "Moment des Laufs";
    SCRUBBER_HINT:
        "Drag to move through the run; arrow keys step, Space plays. Drag with Shift zooms, a double click shows all.",
        "Ziehen bewegt durch den Lauf; Pfeiltasten gehen schrittweise, die Leertaste spielt ab. Ziehen mit Umschalt \
         zoomt, ein Doppelklick zeigt alles.";
    PLAY: "Play the run", "Lauf abspielen";
    PAUSE: "Pause", "Anhalten";
    SPEED: "Speed of playing", "Abspielgeschwindigkeit";
    RESIZE: "Height of the timeline", "Höhe der Zeitachse";
    WARM_UP: "warm-up", "Einschwingen";
    NO_VALUES: "no values", "keine Werte";
    SHOW_ALL: "Show the whole run", "Ganzen Lauf zeigen";
}

words! {
    THROUGHPUT: "Throughput", "Durchsatz";
    LATENCY: "Latency", "Latenz";
    LATENCY_P99: "Latency p99", "Latenz p99";
    LAG: "Lag", "Rückstand";
    DEPTH: "Depth", "Tiefe";
    LAG_AND_DEPTH: "Lag, depth", "Rückstand, Tiefe";
    BUSY: "Busy", "Ausgelastet";
    INSTANCES: "Instances", "Instanzen";
    DEAD_LETTERS: "Dead letters", "Dead Letters";
}

words! {
    PRODUCED: "produced", "erzeugt";
    COMPLETED: "completed", "abgeschlossen";
    IN: "in", "ein";
    OUT: "out", "aus";
    FAILED: "failed", "fehlgeschlagen";
    LAG_LINE: "lag", "Rückstand";
    DEPTH_LINE: "depth", "Tiefe";
    BUSY_LINE: "servers busy", "Plätze belegt";
    INSTANCES_LINE: "instances up", "laufende Instanzen";
    SO_FAR: "so far", "bisher";
}

/// The name of a row that shows one node.
pub(crate) fn of_node(row: &str, node: &str) -> String {
    format!("{row} · {node}")
}

/// `07:42 of 20:00`.
pub(crate) fn of_whole(whole: &str) -> String {
    say(|| format!("of {whole}"), || format!("von {whole}"))
}

/// `60×`.
pub(crate) fn times(speed: u32) -> String {
    format!("{speed}×")
}

/// A fault that strikes at the pointer: what, when, how much it touched.
pub(crate) fn fault(what: &str, from: &str, until: &str, touched: &str) -> String {
    say(
        || format!("{what} · {from}–{until} · touched {touched}"),
        || format!("{what} · {from}–{until} · traf {touched}"),
    )
}
