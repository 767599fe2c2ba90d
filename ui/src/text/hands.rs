//! What the canvas says about what hands do.

use thalweg_flow::{EdgeKind, NodeId};

use super::{say, words};
use crate::canvas::hands::align::{Align, Distribute};

words! {
    COPY: "Copy the selected nodes", "Ausgewählte Knoten kopieren";
    CUT: "Cut the selected nodes", "Ausgewählte Knoten ausschneiden";
    PASTE: "Paste", "Einfügen";
    DUPLICATE: "Duplicate the selected nodes", "Ausgewählte Knoten verdoppeln";
    DELETE_AND_RECONNECT: "Delete and close the gap", "Löschen und die Lücke schließen";
    ALIGN_LEFT: "Align left edges", "Linke Kanten ausrichten";
    ALIGN_CENTRE: "Align centres below each other", "Mitten untereinander ausrichten";
    ALIGN_RIGHT: "Align right edges", "Rechte Kanten ausrichten";
    ALIGN_TOP: "Align upper edges", "Obere Kanten ausrichten";
    ALIGN_MIDDLE: "Align middles beside each other", "Mitten nebeneinander ausrichten";
    ALIGN_BOTTOM: "Align lower edges", "Untere Kanten ausrichten";
    DISTRIBUTE_ACROSS: "Equal gaps from left to right", "Gleiche Abstände von links nach rechts";
    DISTRIBUTE_DOWN: "Equal gaps from top to bottom", "Gleiche Abstände von oben nach unten";
    HAND: "Hand tool: dragging moves the view", "Handwerkzeug: Ziehen verschiebt die Ansicht";
    FIT_SELECTION: "Show what is selected", "Auswahl zeigen";
    UPSTREAM: "Select what leads here", "Auswählen, was hierher führt";
    DOWNSTREAM: "Select what comes after", "Auswählen, was danach kommt";
    CONNECTED: "Select everything connected", "Alles Verbundene auswählen";
    DRAG_BACK: "Drag to connect what comes before", "Ziehen verbindet, was davor kommt";
    ADD_BROKER: "Add a broker (around the selected channels)", "Broker hinzufügen (um die ausgewählten Kanäle)";
    FRAME_HELP: "Drag to move all its channels; drop a channel inside to make it this broker's; double click renames", "Ziehen bewegt alle Kanäle; ein hier losgelassener Kanal gehört zu diesem Broker; Doppelklick benennt um";
    BROKER_NAME: "Name of the broker", "Name des Brokers";
    ADD_COMMENT: "Add a comment", "Kommentar hinzufügen";
    NEW_COMMENT: "Why is this so?", "Warum ist das so?";
    COMMENT: "Comment", "Kommentar";
    COMMENT_HELP: "Double click writes, Del removes", "Doppelklick schreibt, Entf entfernt";
    NOTHING_DRAWN: "Drag a node from the list at the left, or press N and type what you need.", "Ziehe einen Knoten aus der Liste links hierher, oder drücke N und tippe, was du brauchst.";
    ADD_FIRST: "Add a node", "Knoten hinzufügen";
    ADD_AFTER: "Add a node after the selected one", "Knoten hinter dem ausgewählten hinzufügen";
}

fn these(ids: &[NodeId]) -> String {
    match ids {
        [only] => only.clone(),
        _ => say(|| format!("{} nodes", ids.len()), || format!("{} Knoten", ids.len())),
    }
}

pub(crate) fn step_duplicate(ids: &[NodeId]) -> String {
    let what = these(ids);
    say(|| format!("Duplicate {what}"), || format!("{what} verdoppeln"))
}

pub(crate) fn step_cut(ids: &[NodeId]) -> String {
    let what = these(ids);
    say(|| format!("Cut {what}"), || format!("{what} ausschneiden"))
}

pub(crate) fn step_reconnect(ids: &[NodeId]) -> String {
    let what = these(ids);
    say(|| format!("Delete {what} and close the gap"), || format!("{what} löschen und die Lücke schließen"))
}

pub(crate) fn step_nudge(ids: &[NodeId]) -> String {
    let what = these(ids);
    say(|| format!("Nudge {what}"), || format!("{what} verrücken"))
}

pub(crate) fn step_align(how: Align, count: usize) -> String {
    let word = match how {
        Align::Left => ALIGN_LEFT,
        Align::Centre => ALIGN_CENTRE,
        Align::Right => ALIGN_RIGHT,
        Align::Top => ALIGN_TOP,
        Align::Middle => ALIGN_MIDDLE,
        Align::Bottom => ALIGN_BOTTOM,
    };
    say(|| format!("{word} of {count} nodes"), || format!("{word} ({count} Knoten)"))
}

pub(crate) fn step_distribute(how: Distribute, count: usize) -> String {
    let word = match how {
        Distribute::Across => DISTRIBUTE_ACROSS,
        Distribute::Down => DISTRIBUTE_DOWN,
    };
    say(|| format!("{word} for {count} nodes"), || format!("{word} ({count} Knoten)"))
}

pub(crate) fn step_splice(node: &str, from: &str, to: &str) -> String {
    say(|| format!("Put {node} between {from} and {to}"), || format!("{node} zwischen {from} und {to} setzen"))
}

/// While a box is held over a line.
pub(crate) fn drop_to_splice(from: &str, to: &str) -> String {
    say(
        || format!("Drop to put it between {from} and {to}"),
        || format!("Loslassen setzt ihn zwischen {from} und {to}"),
    )
}

/// While channels are held over a broker's frame.
pub(crate) fn drop_into(broker: &str) -> String {
    say(|| format!("Drop to put it into {broker}"), || format!("Loslassen ordnet {broker} zu"))
}

pub(crate) fn step_join(ids: &[NodeId], broker: &str) -> String {
    let what = these(ids);
    say(|| format!("Put {what} into {broker}"), || format!("{what} dem Broker {broker} zuordnen"))
}

pub(crate) fn step_add_broker(name: &str) -> String {
    say(|| format!("Add broker {name}"), || format!("Broker {name} hinzufügen"))
}

pub(crate) fn step_rename_broker(from: &str, to: &str) -> String {
    say(|| format!("Rename broker {from} to {to}"), || format!("Broker {from} in {to} umbenennen"))
}

pub(crate) fn step_remove_broker(name: &str) -> String {
    say(|| format!("Remove broker {name}"), || format!("Broker {name} entfernen"))
}

pub(crate) fn step_add_comment() -> String {
    ADD_COMMENT.to_string()
}

pub(crate) fn step_change_comment() -> String {
    say(|| "Change a comment".to_owned(), || "Kommentar ändern".to_owned())
}

pub(crate) fn step_remove_comment() -> String {
    say(|| "Remove a comment".to_owned(), || "Kommentar entfernen".to_owned())
}

/// What a new node would do that follows another.
pub(crate) fn would_follow(kind: EdgeKind, target: &str) -> String {
    match kind {
        EdgeKind::Publish => {
            say(|| format!("publish to a new {target}"), || format!("in neuen Kanal veröffentlichen ({target})"))
        }
        EdgeKind::Subscribe => say(|| format!("a new {target} reads from it"), || format!("{target} liest daraus")),
        EdgeKind::Call => say(|| format!("call a new {target}"), || format!("aufrufen ({target})")),
        EdgeKind::Route => say(|| format!("route to a new {target}"), || format!("weiterleiten ({target})")),
        EdgeKind::DeadLetter => say(|| "for what was given up".to_owned(), || "für Aufgegebenes".to_owned()),
        EdgeKind::Project => say(|| format!("project into a new {target}"), || format!("abbilden ({target})")),
    }
}

/// What a new node would do that comes before another.
pub(crate) fn would_precede(kind: EdgeKind, source: &str) -> String {
    match kind {
        EdgeKind::Publish => {
            say(|| format!("a new {source} publishes to it"), || format!("{source} veröffentlicht hierher"))
        }
        EdgeKind::Subscribe => say(|| format!("read from a new {source}"), || format!("liest aus {source}")),
        EdgeKind::Call => say(|| format!("a new {source} calls it"), || format!("{source} ruft dies auf")),
        EdgeKind::Route => say(|| format!("a new {source} routes to it"), || format!("{source} leitet hierher")),
        EdgeKind::DeadLetter => say(|| format!("what a new {source} gives up"), || format!("was {source} aufgibt")),
        EdgeKind::Project => {
            say(|| format!("a new {source} projects into it"), || format!("{source} bildet hierher ab"))
        }
    }
}

/// What a connection did, with what was filled in.
pub(crate) fn connected(kind: EdgeKind, from: &str, to: &str, filled: Option<&str>) -> String {
    match (kind, filled) {
        (EdgeKind::Publish, Some(event)) => {
            say(|| format!("{from} publishes {event} to {to}"), || format!("{from} veröffentlicht {event} in {to}"))
        }
        (EdgeKind::Publish, None) => {
            say(|| format!("{from} publishes to {to}"), || format!("{from} veröffentlicht in {to}"))
        }
        (EdgeKind::Subscribe, Some(group)) => {
            say(|| format!("{to} reads {from} as group {group}"), || format!("{to} liest {from} als Gruppe {group}"))
        }
        (EdgeKind::Subscribe, None) => say(|| format!("{to} reads {from}"), || format!("{to} liest {from}")),
        (EdgeKind::Call, _) => say(|| format!("{from} calls {to}"), || format!("{from} ruft {to} auf")),
        (EdgeKind::Route, _) => say(|| format!("{from} routes to {to}"), || format!("{from} leitet nach {to}")),
        (EdgeKind::DeadLetter, _) => {
            say(|| format!("{to} takes what {from} gives up"), || format!("{to} nimmt, was {from} aufgibt"))
        }
        (EdgeKind::Project, _) => say(|| format!("{from} projects into {to}"), || format!("{from} bildet in {to} ab")),
    }
}

/// The hint of the list that a line drawn backwards opens.
pub(crate) fn what_precedes(node: &str) -> String {
    say(|| format!("What comes before {node}?"), || format!("Was kommt vor {node}?"))
}
