//! Words of the timeline.

use super::{many, noun, say, words};

words! {
    CURVES: "Curves", "Kurven";
    TIMELINE: "Timeline of the simulation", "Zeitachse der Simulation";
    EMPTY: "Press ▶ Simulate to see load, latency and dead letters over time.",
        "▶ Simulieren zeigt Last, Latenz und Dead Letters über der Zeit.";
    OR_PRESS: "or press", "oder drücken Sie";
    FIRST_CURVES: "The first curves come in a moment.", "Gleich kommen die ersten Kurven.";
    SCRUBBER: "Moment of the run", "Moment des Laufs";
    SCRUBBER_HINT: "Click to see a moment, drag to zoom, double click for all; arrow keys step, Space plays.",
        "Klicken zeigt einen Moment, Ziehen zoomt, Doppelklick zeigt alles; Pfeiltasten schrittweise, Leertaste spielt ab.";
    PLAY: "Play the run", "Lauf abspielen";
    PAUSE: "Pause", "Anhalten";
    SPEED: "Speed of playing", "Abspielgeschwindigkeit";
    RESIZE: "Height of the timeline", "Höhe der Zeitachse";
    WARM_UP: "warm-up", "Einschwingen";
    NO_VALUES: "no values", "keine Werte";
    IN_A_CELL: "values in a cell", "Werte in einer Zelle";
    ANY_VALUE: "any value", "beliebiger Wert";
    SHOW_ALL: "Show the whole run", "Ganzen Lauf zeigen";
    LOG: "log", "log";
    LOG_HINT: "Values by powers of ten", "Werte nach Zehnerpotenzen";
    OVERVIEW: "The whole run; drag to choose a part", "Der ganze Lauf; Ziehen wählt einen Teil";
    LEGEND_HINT: "Hide or show this curve", "Diese Kurve aus- oder einblenden";
    EXPORT: "Export", "Exportieren";
    COPY_PNG: "Copy as PNG", "Als PNG kopieren";
    COPY_SVG: "Copy as SVG", "Als SVG kopieren";
    COPY_CSV: "Copy as CSV", "Als CSV kopieren";
    SAVE_PNG: "Save as PNG…", "Als PNG speichern …";
    SAVE_SVG: "Save as SVG…", "Als SVG speichern …";
    SAVE_CSV: "Save as CSV…", "Als CSV speichern …";
    COPIED: "Copied", "Kopiert";
    COPY_FAILED: "It could not be copied: the system refused access to the clipboard. Save it instead.",
        "Kopieren ging nicht: Das System verweigert die Zwischenablage. Speichern Sie stattdessen.";
    DRAW_FAILED: "The picture could not be drawn.", "Das Bild konnte nicht gezeichnet werden.";

    THROUGHPUT: "Throughput", "Durchsatz";
    LATENCY: "Latency", "Latenz";
    LATENCY_P99: "Latency p99", "Latenz p99";
    LAG: "Lag", "Rückstand";
    DEPTH: "Depth", "Tiefe";
    LAG_AND_DEPTH: "Lag, depth", "Rückstand, Tiefe";
    BUSY: "Busy", "Ausgelastet";
    RETRIES: "Retries", "Wiederholungen";
    INSTANCES: "Instances", "Instanzen";
    DEAD_LETTERS: "Dead letters", "Dead Letters";

    PRODUCED: "produced", "erzeugt";
    COMPLETED: "completed", "abgeschlossen";
    IN: "in", "ein";
    OUT: "out", "aus";
    FAILED: "failed", "fehlgeschlagen";
    LAG_LINE: "lag", "Rückstand";
    DEPTH_LINE: "depth", "Tiefe";
    BUSY_LINE: "servers busy", "Plätze belegt";
    OPEN_LINE: "breaker open", "Breaker offen";
    RETRIES_LINE: "retries", "Wiederholungen";
    INSTANCES_LINE: "instances up", "laufende Instanzen";
    SO_FAR: "so far", "bisher";
}

/// The name of a row that shows one node.
pub(crate) fn of_node(row: &str, node: &str) -> String {
    format!("{row} · {node}")
}

/// A line of what is compared with.
pub(crate) fn of_baseline(line: &str) -> String {
    format!("{line} · {}", super::runs::BASELINE.now())
}

/// `12 values, most 1 s – 2 s (10)`.
pub(crate) fn in_cells(total: u64, fullest: &str, count: &str) -> String {
    let total = many(usize::try_from(total).unwrap_or(usize::MAX), noun::VALUE);
    say(|| format!("{total}, most {fullest} ({count})"), || format!("{total}, die meisten {fullest} ({count})"))
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
