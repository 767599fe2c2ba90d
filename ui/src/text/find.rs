//! Words of finding on the canvas and of the sheet of shortcuts.

use super::{Word, say, words};
use crate::find::FoundTarget;

words! {
    FIND: "Find on the canvas", "Auf der Leinwand suchen";
    FIND_HINT: "Find nodes, events, scenarios", "Knoten, Ereignisse, Szenarien suchen";
    FACETS: "also kind:topic owner:… broker:… event:… is:problem is:dead is:alone", "auch kind:topic owner:… broker:… event:… is:problem is:dead is:alone";
    EVENT: "event type", "Ereignistyp";
    SCENARIO: "scenario", "Szenario";
    SHORTCUTS: "Keyboard and mouse", "Tastatur und Maus";
    WITH_KEYS: "Keys", "Tasten";
    WITH_HANDS: "On the canvas", "Auf der Leinwand";
}

/// What hands can do beside commands: what it does, and how.
pub(crate) const GESTURES: &[(Word, Word)] = &{
    words! {
        PAN: "Move the view", "Ansicht verschieben";
        PAN_BY: "wheel, Space + drag, middle or right drag", "Rad, Leertaste + Ziehen, mittlere oder rechte Taste";
        ZOOM: "Zoom at the pointer", "Am Zeiger zoomen";
        ZOOM_BY: "Ctrl + wheel, pinch", "Strg + Rad, Zwei-Finger-Geste";
        MARK: "Select several", "Mehrere auswählen";
        MARK_BY: "drag on the ground; Shift adds", "auf dem Grund ziehen; Umschalt ergänzt";
        ADD: "Add a node", "Knoten hinzufügen";
        ADD_BY: "double click on the ground", "Doppelklick auf den Grund";
        RENAME: "Rename", "Umbenennen";
        RENAME_BY: "double click on a node", "Doppelklick auf einen Knoten";
        CONNECT: "Connect", "Verbinden";
        CONNECT_BY: "drag a handle; into the void asks what follows", "Griff ziehen; ins Leere fragt, was folgt";
        BETWEEN: "Put a node into a line", "Knoten in eine Linie setzen";
        BETWEEN_BY: "drop it on the line", "auf der Linie loslassen";
        DOUBLE: "Duplicate while dragging", "Beim Ziehen verdoppeln";
        DOUBLE_BY: "Alt + drag", "Alt + Ziehen";
        STRAIGHT: "Drag along one axis", "Nur waagrecht oder senkrecht ziehen";
        STRAIGHT_BY: "Shift while dragging", "Umschalt beim Ziehen";
        FREE: "Drag without snapping", "Ohne Einrasten ziehen";
        FREE_BY: "Ctrl while dragging", "Strg beim Ziehen";
        NUDGE: "Nudge; far with Shift", "Verrücken; weit mit Umschalt";
        NUDGE_BY: "arrow keys", "Pfeiltasten";
        JUMP: "To the neighbouring node", "Zum Nachbarknoten";
        JUMP_BY: "Alt + arrow keys", "Alt + Pfeiltasten";
        WALK: "Through the graph", "Durch den Graphen";
        WALK_BY: "Tab, Shift + Tab", "Tab, Umschalt + Tab";
        LET_GO: "Let go, deselect", "Loslassen, Auswahl aufheben";
        LET_GO_BY: "Esc", "Esc";
    }
    [
        (PAN, PAN_BY),
        (ZOOM, ZOOM_BY),
        (MARK, MARK_BY),
        (ADD, ADD_BY),
        (RENAME, RENAME_BY),
        (CONNECT, CONNECT_BY),
        (BETWEEN, BETWEEN_BY),
        (DOUBLE, DOUBLE_BY),
        (STRAIGHT, STRAIGHT_BY),
        (FREE, FREE_BY),
        (NUDGE, NUDGE_BY),
        (JUMP, JUMP_BY),
        (WALK, WALK_BY),
        (LET_GO, LET_GO_BY),
    ]
};

pub(crate) fn count(count: usize) -> String {
    match count {
        0 => say(|| "nothing found".to_owned(), || "nichts gefunden".to_owned()),
        1 => say(|| "1 found · Enter goes there".to_owned(), || "1 gefunden · Enter führt hin".to_owned()),
        _ => say(
            || format!("{count} found · Ctrl+Enter selects all nodes"),
            || format!("{count} gefunden · Strg+Enter wählt alle Knoten aus"),
        ),
    }
}

/// What stands behind a result.
pub(crate) fn about(target: &FoundTarget, about: &str) -> String {
    let word = match target {
        FoundTarget::Node(_) => return about.to_owned(),
        FoundTarget::Event(_) => EVENT,
        FoundTarget::Scenario(_) => SCENARIO,
    };
    if about.is_empty() { word.to_string() } else { format!("{word} · {about}") }
}
