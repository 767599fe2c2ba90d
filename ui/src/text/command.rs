//! Names of commands.

use super::words;

words! {
    NEW: "New flow", "Neuer Flow";
    OPEN: "Open…", "Öffnen…";
    SAVE: "Save", "Speichern";
    SAVE_AS: "Save as…", "Speichern unter…";
    CLOSE: "Close flow", "Flow schließen";
    UNDO: "Undo", "Rückgängig";
    REDO: "Redo", "Wiederholen";
    DELETE: "Delete what is selected", "Auswahl löschen";
    SELECT_ALL: "Select all nodes", "Alle Knoten auswählen";
    RENAME: "Rename the selected node", "Ausgewählten Knoten umbenennen";
    ADD_NODE: "Add a node", "Knoten hinzufügen";
    FIT: "Show the whole flow", "Ganzen Flow zeigen";
    ACTUAL_SIZE: "Zoom to 100%", "Auf 100 % zoomen";
    ZOOM_IN: "Zoom in", "Vergrößern";
    ZOOM_OUT: "Zoom out", "Verkleinern";
    RUN: "Simulate", "Simulieren";
    CANCEL_RUN: "Cancel the simulation", "Simulation abbrechen";
    SHOW_DESIGN: "Show the design", "Entwurf zeigen";
    SHOW_SIMULATE: "Show the simulation", "Simulation zeigen";
    SHOW_TRACES: "Show traces", "Traces zeigen";
    SHOW_LOGS: "Show logs", "Logs zeigen";
    SHOW_METRICS: "Show metrics", "Metriken zeigen";
    SHOW_ANSWERS: "Show the known answers", "Bekannte Antworten zeigen";
    THEME_SYSTEM: "Theme: as the system", "Farbschema: wie das System";
    THEME_DARK: "Theme: dark", "Farbschema: dunkel";
    THEME_LIGHT: "Theme: light", "Farbschema: hell";
    DISCOVER: "Draw the traces as a flow", "Die Traces als Flow zeichnen";
    CLEAR_TRACES: "Remove all traces", "Alle Traces entfernen";
    CLEAR_LOGS: "Remove all logs…", "Alle Logs entfernen…";
    CLEAR_METRICS: "Remove all metrics…", "Alle Metriken entfernen…";
    PALETTE: "Command palette", "Befehlspalette";
}
