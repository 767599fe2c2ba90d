//! Words of the window's frame: windows and menus, recovery, files that changed, preferences, the start page, the tour.

use super::{Word, say, words};

words! {
    // Commands.
    NEW_WINDOW: "New window", "Neues Fenster";
    RELOAD: "Read the file again", "Datei neu einlesen";
    PREFERENCES: "Preferences…", "Einstellungen…";
    TAKE_TOUR: "Take the tour", "Rundgang beginnen";

    // The menu bar.
    MENU_FILE: "File", "Datei";
    MENU_EDIT: "Edit", "Bearbeiten";
    MENU_VIEW: "View", "Ansicht";
    MENU_RUN: "Simulation", "Simulation";
    MENU_TRACES: "Traces", "Traces";
    MENU_MORE: "More", "Weiteres";

    // What a crash left behind.
    RECOVERED_TITLE: "Work that was not saved", "Nicht gespeicherte Arbeit";
    RECOVERED_LEAD:
        "Thalweg ended unexpectedly. What was being edited was kept; nothing of it is in its file yet.",
        "Thalweg wurde unerwartet beendet. Was in Arbeit war, ist erhalten; in der Datei steht davon noch nichts.";
    RESTORE: "Restore", "Wiederherstellen";
    THROW_AWAY: "Throw away", "Wegwerfen";
    LATER: "Later", "Später";
    NEVER_SAVED: "never saved", "nie gespeichert";

    // A file that another program wrote.
    CHANGED_TITLE: "The file changed on disk", "Die Datei wurde geändert";
    KEEP_MINE: "Keep mine", "Meine behalten";
    TAKE_THEIRS: "Read the file again", "Datei neu einlesen";
    STEP_RELOAD: "Read the file again", "Datei neu einlesen";

    // Preferences.
    PREFERENCES_TITLE: "Preferences", "Einstellungen";
    CLOSE: "Close", "Schließen";
    APPEARANCE: "Appearance", "Erscheinungsbild";
    THEME: "Theme", "Farbschema";
    AS_THE_SYSTEM: "As the system", "Wie das System";
    DARK: "Dark", "Dunkel";
    LIGHT: "Light", "Hell";
    LANGUAGE: "Language", "Sprache";
    DURATIONS: "Durations", "Zeitangaben";
    DURATIONS_FITTING: "In the unit that fits (64 ms, 3m 12s)", "In der passenden Einheit (64 ms, 3m 12s)";
    DURATIONS_MS: "In milliseconds", "In Millisekunden";
    DURATIONS_S: "In seconds", "In Sekunden";
    CANVAS: "Canvas", "Zeichenfläche";
    WHEEL: "The wheel", "Das Mausrad";
    WHEEL_PANS: "moves the drawing; with Ctrl it zooms", "verschiebt die Zeichnung; mit Strg zoomt es";
    WHEEL_ZOOMS: "zooms; with Shift it moves sideways", "zoomt; mit Umschalt verschiebt es seitwärts";
    RECEIVING: "Receiving traces", "Traces empfangen";
    GRPC_PORT: "OTLP over gRPC, port", "OTLP über gRPC, Port";
    HTTP_PORT: "OTLP over HTTP, port", "OTLP über HTTP, Port";
    PORTS_LOOPBACK: "On this machine only (127.0.0.1).", "Nur auf diesem Rechner (127.0.0.1).";
    PORT_FIXED:
        "Set by the environment (THALWEG_OTLP_GRPC, THALWEG_OTLP_HTTP).",
        "Durch die Umgebung festgelegt (THALWEG_OTLP_GRPC, THALWEG_OTLP_HTTP).";
    NO_PORT: "A port is a number from 1 to 65535.", "Ein Port ist eine Zahl von 1 bis 65535.";

    // Start page.
    TEMPLATES: "Begin with a pattern", "Mit einem Muster beginnen";
    EXAMPLE_BROKERS: "Brokers and how they fail", "Broker und wie sie versagen";

    WELCOME:
        "New here? Five steps show the window; Escape leaves them at any time.",
        "Neu hier? Fünf Schritte zeigen das Fenster; Escape beendet sie jederzeit.";
    NOT_NOW: "Not now", "Jetzt nicht";

    // The tour.
    TOUR: "Tour of the window", "Rundgang durch das Fenster";
    TOUR_NEXT: "Next", "Weiter";
    TOUR_BACK: "Back", "Zurück";
    TOUR_LEAVE: "Leave the tour", "Rundgang verlassen";
    TOUR_DONE: "Done", "Fertig";
}

/// The five steps: title and text.
pub(crate) const TOUR_STEPS: [(Word, Word); 5] = [
    (
        Word { en: "Draw", de: "Zeichnen" },
        Word {
            en: "Drag a node from here onto the drawing, or press N anywhere and type what you need. A line is drawn \
                 from the handle at a node's edge.",
            de: "Ziehen Sie einen Knoten von hier auf die Zeichnung, oder drücken Sie N und tippen, was Sie brauchen. \
                 Eine Linie beginnt am Griff am Rand eines Knotens.",
        },
    ),
    (
        Word { en: "Set", de: "Einstellen" },
        Word {
            en: "What is selected is described here: every setting with its unit, and its default where none is \
                 written. The file keeps your comments.",
            de: "Was ausgewählt ist, steht hier: jede Einstellung mit ihrer Einheit, und die Vorgabe, wo keine \
                 geschrieben ist. Die Datei behält Ihre Kommentare.",
        },
    ),
    (
        Word { en: "Check", de: "Prüfen" },
        Word {
            en: "What is wrong is listed here while you edit, with the reason and the place. The YAML tab is the same \
                 document as text.",
            de: "Was nicht stimmt, steht hier, während Sie arbeiten, mit Grund und Ort. Der Reiter YAML zeigt dasselbe \
                 Dokument als Text.",
        },
    ),
    (
        Word { en: "Simulate", de: "Simulieren" },
        Word {
            en: "Choose a scenario and run it in virtual time: hours of load and failures take seconds. Then the time \
                 axis moves the whole drawing.",
            de: "Wählen Sie ein Szenario und lassen es in virtueller Zeit laufen: Stunden voller Last und Ausfälle \
                 dauern Sekunden. Danach bewegt die Zeitachse die ganze Zeichnung.",
        },
    ),
    (
        Word { en: "Find", de: "Finden" },
        Word {
            en: "Every command is found here by its name, with its keys. Traces that your own programs send arrive in \
                 the lens Traces, at the left.",
            de: "Jeder Befehl ist hier unter seinem Namen zu finden, mit seinen Tasten. Traces Ihrer eigenen Programme \
                 erscheinen links unter Traces.",
        },
    ),
];

/// `Step 2 of 5`.
pub(crate) fn tour_step(step: usize, of: usize) -> String {
    say(|| format!("Step {step} of {of}"), || format!("Schritt {step} von {of}"))
}

/// When a text was kept.
pub(crate) fn kept_at(when: &str) -> String {
    say(|| format!("kept {when}"), || format!("gesichert {when}"))
}

/// What is asked about a file that another program wrote while it is being edited.
pub(crate) fn changed_question(name: &str) -> String {
    say(
        || format!("Another program wrote “{name}”, and you have changes of your own. Reading it again can be undone."),
        || {
            format!(
                "Ein anderes Programm hat „{name}“ geschrieben, und Sie haben eigene Änderungen. Das Einlesen lässt \
                 sich rückgängig machen."
            )
        },
    )
}

/// A file was read again because another program wrote it.
pub(crate) fn reloaded(name: &str) -> String {
    say(
        || format!("{name} was changed by another program and read again; Undo brings your text back."),
        || {
            format!(
                "{name} wurde von einem anderen Programm geändert und neu eingelesen; Rückgängig holt Ihren Text zurück."
            )
        },
    )
}

/// A text that was not saved is open again.
pub(crate) fn restored(name: &str) -> String {
    say(
        || format!("Restored {name}; it is not saved yet."),
        || format!("{name} wiederhergestellt; noch nicht gespeichert."),
    )
}
