//! Words of playing a run: its commands, the key to the drawing, values under the pointer, where expectations broke.

use super::{say, words};

words! {
    PLAY: "Play the run, or stop", "Lauf abspielen oder anhalten";
    FASTER: "Play faster", "Schneller abspielen";
    SLOWER: "Play slower", "Langsamer abspielen";
    STEP: "One step on in the run", "Einen Schritt weiter im Lauf";
    STEP_BACK: "One step back in the run", "Einen Schritt zurück im Lauf";
    NEXT_FAULT: "Go to where the next fault begins or ends", "Zum nächsten Beginn oder Ende einer Störung";
    LAST_FAULT: "Go back to where a fault began or ended", "Zurück zum letzten Beginn oder Ende einer Störung";
    NEXT_BROKEN: "Go to where the next expectation broke", "Dorthin, wo die nächste Erwartung brach";
    SHOW_KEY: "Show or hide the key to the drawing", "Zeichenerklärung ein- oder ausblenden";

    KEY: "Key", "Zeichenerklärung";
    KEY_MESSAGE: "on its first way", "zum ersten Mal unterwegs";
    KEY_AGAIN: "tried again", "neuer Versuch";
    KEY_FAILED: "a call that fails, a message given up", "scheiternder Aufruf, aufgegebene Nachricht";
    KEY_STREAM: "a stream, where dots cannot be told apart", "Strom, wo Punkte nicht zu unterscheiden sind";
    KEY_WIDTH: "width of a line: messages per second", "Breite einer Linie: Nachrichten je Sekunde";
    KEY_DEAD: "the way of dead letters", "Weg der Dead Letters";
    KEY_LEVEL: "bar in a box: servers busy; lag or depth against the most of the run",
        "Balken im Kasten: belegte Plätze; Rückstand oder Tiefe gegen den Höchststand des Laufs";
    KEY_TREND: "lag grows, falls, stays", "Rückstand wächst, sinkt, bleibt";
    KEY_HURT: "a fault strikes, a breaker is open, or most attempts fail",
        "Störung, offener Breaker, oder die meisten Versuche scheitern";
    KEY_GROWTH: "dead letters so far, and how many come", "Dead Letters bisher, und wie viele dazukommen";
    PASSING: "Passing", "Es passieren";
    AGAIN: "Tried again", "Neue Versuche";
    FAILED: "Failing", "Scheitern";
    GIVEN_UP: "Given up", "Aufgegeben";
    PER_DOT: "Messages to a dot", "Nachrichten je Punkt";
    NO_CURVE: "When it broke cannot be told: no curve shows it.", "Wann sie brach, ist nicht zu sagen: Keine Kurve zeigt es.";
    NOTHING_MEASURED: "Nothing was measured.", "Es wurde nichts gemessen.";
    NOT_REACHED: "It never got there; only the end tells.", "Sie wurde nie erreicht; erst das Ende zeigt es.";
    NOT_IN_CURVES: "When it broke cannot be told: the curves, means over short times, do not show it.",
        "Wann sie brach, ist nicht zu sagen: Die Kurven, Mittel über kurze Zeiten, zeigen es nicht.";
    HISTORY: "Undo history", "Verlauf der Änderungen";
    HISTORY_NOW: "now", "jetzt";
    HISTORY_EMPTY: "Nothing was changed yet.", "Es wurde noch nichts geändert.";
}

/// What a dot stands for: `1 dot = 10 messages at 60×`; dead letters have dots of their own.
pub(crate) fn dot(each: &str, dead: &str, speed: u32) -> String {
    say(
        || {
            let messages = if each == "1" { "message" } else { "messages" };
            let dead = if dead == each { String::new() } else { format!(" ({dead} dead-lettered)") };
            format!("1 dot = {each} {messages}{dead} at {speed}×")
        },
        || {
            let messages = if each == "1" { "Nachricht" } else { "Nachrichten" };
            let dead = if dead == each { String::new() } else { format!(" ({dead} Dead Letters)") };
            format!("1 Punkt = {each} {messages}{dead} bei {speed}×")
        },
    )
}

/// When, where and how an expectation broke.
pub(crate) fn broke(by: &str, clock: &str, node: Option<&str>) -> String {
    let place = |at: &str| node.map_or_else(String::new, |node| format!(" · {at} {node}"));
    say(
        || {
            let how = match by {
                "total" => "the running total passed the limit",
                "deadline" => "the time to recover was over",
                "peak" => "here it was worst",
                "other-curve" => "another percentile of it passed the limit",
                _ => "it passed the limit",
            };
            format!("{clock}{}: {how}", place("at"))
        },
        || {
            let how = match by {
                "total" => "die laufende Summe überschritt die Grenze",
                "deadline" => "die Zeit zur Erholung war um",
                "peak" => "hier war es am schlimmsten",
                "other-curve" => "ein anderes Perzentil davon überschritt die Grenze",
                _ => "die Grenze wurde überschritten",
            };
            format!("{clock}{}: {how}", place("bei"))
        },
    )
}

/// Of a broken expectation: goes to where it broke.
pub(crate) fn go_to(expectation: &str, clock: &str) -> String {
    say(|| format!("Go to {clock}, where {expectation} broke"), || format!("Zu {clock}, wo {expectation} brach"))
}

/// Steps that were taken back or made again at once.
pub(crate) fn steps(count: usize, undone: bool) -> String {
    say(
        || format!("{} {count} steps", if undone { "Undone:" } else { "Redone:" }),
        || format!("{} {count} Schritte", if undone { "Rückgängig:" } else { "Wiederholt:" }),
    )
}
