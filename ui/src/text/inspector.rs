//! What the inspector, the problems panel and the text view say.

use super::{say, words};

words! {
    PROPERTIES: "Properties", "Eigenschaften";
    YAML: "YAML", "YAML";
    BACK: "‹ Flow", "‹ Flow";
    BROKERS: "Brokers", "Broker";
    EVENTS: "Event types", "Ereignistypen";
    ADD_BROKER: "+ Broker", "+ Broker";
    ADD_EVENT: "+ Event type", "+ Ereignistyp";
    BROKER: "broker", "Broker";
    EVENT: "event type", "Ereignistyp";
    SCENARIO: "scenario", "Szenario";
    REMOVE: "Remove", "Entfernen";
    NO_ENTRIES: "none yet", "noch keine";
    TIMELINE_HAS: "Loads, faults and expectations are edited on the scenario timeline.",
        "Lasten, Störungen und Erwartungen werden auf der Szenario-Zeitleiste bearbeitet.";
    OPEN_TIMELINE: "Choose it and open its timeline", "Wählen und seine Zeitleiste öffnen";
    USED_BY: "Used by", "Benutzt von";
    CHOOSE: "Simulate this one", "Dieses simulieren";
}

/// Several nodes are selected.
pub(crate) fn many_title(count: usize) -> String {
    say(|| format!("{count} nodes"), || format!("{count} Knoten"))
}

/// The name of a step that changes the order of a list.
pub(crate) fn step_reorder(list: &str, of: &str) -> String {
    say(|| format!("Reorder {list} of {of}"), || format!("{list} von {of} umordnen"))
}

/// The name of a step that declares something.
pub(crate) fn step_declare(name: &str) -> String {
    say(|| format!("Declare {name}"), || format!("{name} anlegen"))
}

/// Where the mean of a preview is.
pub(crate) fn mean(value: &str) -> String {
    say(|| format!("mean {value}"), || format!("Mittel {value}"))
}

/// Where the 99th percentile of a preview is.
pub(crate) fn p99(value: &str) -> String {
    format!("p99 {value}")
}

/// A load's greatest rate and the time that a preview shows.
pub(crate) fn up_to(rate: &str) -> String {
    say(|| format!("up to {rate}"), || format!("bis {rate}"))
}

/// A place in the text view.
pub(crate) fn line(line: usize) -> String {
    say(|| format!("Line {line}"), || format!("Zeile {line}"))
}
