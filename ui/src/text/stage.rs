//! Words of the drawing itself.

use super::word::{say, words};

words! {
    LINES: "Lines", "Linien";
    MINIMAP: "Overview: press or drag to look elsewhere", "Übersicht: drücken oder ziehen, um woanders hinzusehen";
}

/// What a screen reader says of a line.
pub(crate) fn line_label(from: &str, to: &str) -> String {
    say(|| format!("Line from {from} to {to}"), || format!("Linie von {from} nach {to}"))
}
