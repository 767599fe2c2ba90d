//! Words about tidying.

use super::{say, words};

words! {
    /// The button.
    TIDY: "⇶ Tidy", "⇶ Ordnen";
    /// The command.
    COMMAND: "Tidy the drawing, or what is selected", "Zeichnung oder Auswahl ordnen";
    /// The button's tip.
    TIP: "Arrange boxes from left to right (T)", "Kästen von links nach rechts ordnen (T)";
    /// The step in the history.
    STEP: "Tidy", "Ordnen";
    IS_TIDY: "The drawing is tidy already.", "Die Zeichnung ist schon geordnet.";
}

/// The step when only some boxes were arranged.
pub(crate) fn step_some(count: usize) -> String {
    say(|| format!("Tidy {count} nodes"), || format!("{count} Knoten ordnen"))
}
