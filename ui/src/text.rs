//! Every sentence and word of the window, in every language it speaks ([`Word`]).
//!
//! Sentences about flows, runs and files come from the engine with their place and remedy; here is only what the page
//! itself says.

pub(crate) mod answers;
pub(crate) mod carry;
pub(crate) mod command;
pub(crate) mod field;
pub(crate) mod filter;
pub(crate) mod find;
pub(crate) mod hands;
pub(crate) mod inspector;
pub(crate) mod logs;
pub(crate) mod metrics;
pub(crate) mod noun;
pub(crate) mod playback;
pub(crate) mod runs;
pub(crate) mod scenario;
pub(crate) mod shell;
pub(crate) mod stage;
pub(crate) mod surveys;
pub(crate) mod tidy;
pub(crate) mod timeline;
pub(crate) mod topology;
pub(crate) mod traces;
mod word;

pub(crate) use word::{Language, Word, say, words};

pub(crate) const APP: &str = "Thalweg";

// Bridge.
words! {
    BRIDGE_FAILED: "The window could not reach its engine", "Das Fenster erreicht seine Engine nicht";
    NO_SHELL:
        "this page is part of Thalweg's desktop window and does nothing in a browser",
        "diese Seite gehört zum Desktop-Fenster von Thalweg und tut in einem Browser nichts";
    RESTART:
        "Start Thalweg again; if it happens again, it is a fault worth reporting.",
        "Starten Sie Thalweg neu; geschieht es wieder, ist es ein Fehler, der eine Meldung wert ist.";
}

// Lenses.
words! {
    DESIGN: "Design", "Entwurf";
    SIMULATE: "Simulate", "Simulation";
    TRACES: "Traces", "Traces";
    LOGS: "Logs", "Logs";
    METRICS: "Metrics", "Metriken";
}

// Top bar.
words! {
    SEARCH: "Search or run a command", "Suchen oder Befehl ausführen";
    UNSAVED_FILE: "not saved yet", "noch nicht gespeichert";
    EDITED: "edited", "geändert";
    SAVED: "saved", "gespeichert";
    RUN: "▶ Simulate", "▶ Simulieren";
    CANCEL: "Cancel", "Abbrechen";
    FILE_MENU: "File", "Datei";
}
pub(crate) const DEFAULT_SCENARIO: &str = "default";
words! {
    RECEIVER_OFF: "OTLP receiver is off", "OTLP-Empfänger ist aus";
    RECEIVER_STARTING: "OTLP receiver starts", "OTLP-Empfänger startet";
}

pub(crate) fn scenario(name: &str) -> String {
    say(|| format!("Scenario: {name} ▾"), || format!("Szenario: {name} ▾"))
}

pub(crate) fn receiver(port: &str, rate: &str) -> String {
    format!("OTLP {port} · {rate} spans/s")
}

// Start page.
words! {
    START_LEAD:
        "Draw an event-driven system, run it in virtual time, break it on purpose, and read what real ones say.",
        "Zeichnen Sie ein ereignisgetriebenes System, lassen Sie es in virtueller Zeit laufen, stören Sie es mit \
         Absicht, und lesen Sie, was echte sagen.";
    OPEN_FILE: "Open a flow…", "Flow öffnen…";
    NEW_FLOW: "New flow", "Neuer Flow";
    EXAMPLES: "Examples", "Beispiele";
    RECENT: "Recent", "Zuletzt geöffnet";
    FORGET: "Take out of this list", "Aus dieser Liste nehmen";
}

// Dialogs.
words! {
    SAVE: "Save", "Speichern";
    DISCARD: "Discard changes", "Änderungen verwerfen";
    OVERWRITE: "Overwrite", "Überschreiben";
    SAVE_AS: "Save as…", "Speichern unter…";
    UNSAVED_TITLE: "Save the changes?", "Änderungen speichern?";
    CONFLICT_TITLE: "The file changed on disk", "Die Datei hat sich auf der Platte geändert";
}

pub(crate) fn unsaved_question(name: &str) -> String {
    say(
        || format!("“{name}” has changes that are not saved. Without saving they are lost."),
        || format!("„{name}“ hat Änderungen, die nicht gespeichert sind. Ohne Speichern gehen sie verloren."),
    )
}

pub(crate) fn saved_as(name: &str) -> String {
    say(|| format!("Saved {name}"), || format!("{name} gespeichert"))
}

words! {
    DISMISS: "Dismiss", "Schließen";
}

// Status line.
pub(crate) fn sizes(nodes: usize, edges: usize, contracts: usize) -> String {
    format!("{} · {} · {}", many(nodes, noun::NODE), many(edges, noun::EDGE), many(contracts, noun::CONTRACT))
}

words! {
    NO_PROBLEM: "no problems", "keine Probleme";
    PROBLEMS: "Problems", "Probleme";
}

pub(crate) fn problems(errors: usize, warnings: usize) -> String {
    match (errors, warnings) {
        (0, 0) => NO_PROBLEM.now().to_owned(),
        (e, 0) => many(e, noun::PROBLEM),
        (0, w) => many(w, noun::WARNING),
        (e, w) => format!("{} · {}", many(e, noun::PROBLEM), many(w, noun::WARNING)),
    }
}

words! {
    STALE: "the flow was changed since this run", "der Flow wurde seit diesem Lauf geändert";
}

/// `1 node`, `2 nodes`.
pub(crate) fn many(count: usize, noun: noun::Noun) -> String {
    format!("{count} {}", if count == 1 { noun.one } else { noun.more })
}

words! {
    NO_COMMAND: "No command is called that.", "Kein Befehl heißt so.";
    EXAMPLE: "example", "Beispiel";
}

pub(crate) fn traces_so_far(spans: u64) -> String {
    let spans = many(usize::try_from(spans).unwrap_or(usize::MAX), noun::SPAN);
    say(|| format!("{spans} received since the start"), || format!("{spans} seit dem Start empfangen"))
}

pub(crate) fn spans(stored: u64, refused: u64) -> String {
    say(
        || format!("{stored} spans stored · {refused} refused"),
        || format!("{stored} Spans gespeichert · {refused} abgewiesen"),
    )
}

pub(crate) fn run_summary(scenario: &str, seed: u64, replications: u32, events: &str, wall: &str) -> String {
    let replications = many(replications as usize, noun::REPLICATION);
    say(
        || format!("{scenario} · seed {seed} · {replications} · {events} events in {wall}"),
        || format!("{scenario} · Startwert {seed} · {replications} · {events} Ereignisse in {wall}"),
    )
}

/// Over the figures of a run, which count what all its replications did together.
pub(crate) fn whole_run(replications: u32) -> String {
    let whole = say(|| "Whole run".to_owned(), || "Ganzer Lauf".to_owned());
    match replications {
        0 | 1 => whole,
        many => format!("{whole}, {}", self::many(many as usize, noun::REPLICATION)),
    }
}

pub(crate) fn mean_interval(mean: &str, half_width: &str) -> String {
    say(|| format!(" · mean {mean} ± {half_width} (95% CI)"), || format!(" · Mittel {mean} ± {half_width} (95-%-KI)"))
}

// Names of steps, as undo tells them.

pub(crate) fn step_set(node: &str, field: &str) -> String {
    say(|| format!("Set {field} of {node}"), || format!("{field} von {node} setzen"))
}

pub(crate) fn step_unset(node: &str, field: &str) -> String {
    say(|| format!("Remove {field} of {node}"), || format!("{field} von {node} entfernen"))
}

pub(crate) fn step_move(names: &str) -> String {
    say(|| format!("Move {names}"), || format!("{names} verschieben"))
}

pub(crate) fn step_add(kind: &str) -> String {
    say(|| format!("Add {kind}"), || format!("{kind} hinzufügen"))
}

pub(crate) fn step_add_after(kind: &str, from: &str) -> String {
    say(|| format!("Add {kind} after {from}"), || format!("{kind} nach {from} hinzufügen"))
}

pub(crate) fn step_connect(from: &str, to: &str) -> String {
    say(|| format!("Connect {from} to {to}"), || format!("{from} mit {to} verbinden"))
}

pub(crate) fn step_disconnect(from: &str, to: &str) -> String {
    say(|| format!("Disconnect {from} from {to}"), || format!("{from} von {to} trennen"))
}

pub(crate) fn step_delete(names: &str) -> String {
    say(|| format!("Delete {names}"), || format!("{names} löschen"))
}

pub(crate) fn step_rename(from: &str, to: &str) -> String {
    say(|| format!("Rename {from} to {to}"), || format!("{from} in {to} umbenennen"))
}

pub(crate) fn undone(step: &str) -> String {
    say(|| format!("Taken back: {step}"), || format!("Zurückgenommen: {step}"))
}

pub(crate) fn redone(step: &str) -> String {
    say(|| format!("Done again: {step}"), || format!("Wiederholt: {step}"))
}

// Canvas.
words! {
    NO_LOAD: "no load", "keine Last";
    DEAD_LETTERS: "dead letters", "Dead Letters";
    CANVAS: "The flow", "Der Flow";
    NODES: "Nodes", "Knoten";
    FIT: "⤢ Fit", "⤢ Einpassen";
    ZOOM_IN: "Zoom in", "Vergrößern";
    ZOOM_OUT: "Zoom out", "Verkleinern";
    ACTUAL_SIZE: "100%", "100 %";
    PRODUCE: "Produce", "Erzeugen";
    CARRY: "Carry", "Befördern";
    HANDLE: "Handle", "Verarbeiten";
    DEPEND_ON: "Depend on", "Benötigen";
    ADD_WHAT: "Add what?", "Was hinzufügen?";
    NOTHING_FOLLOWS: "Nothing may follow here.", "Hier darf nichts folgen.";
    NO_KIND: "No kind is called that.", "Keine Art heißt so.";
    DRAG_TO_CONNECT: "Drag to connect", "Zum Verbinden ziehen";
    BREAKER_OPEN: "breaker open", "Breaker offen";
}

pub(crate) fn what_follows(node: &str) -> String {
    say(|| format!("What follows {node}?"), || format!("Was folgt auf {node}?"))
}

/// The name of a node kind in lists.
pub(crate) fn kind(kind: &str) -> &'static str {
    // The field's own terms, the same in every language.
    match kind {
        "producer" => "Producer",
        "topic" => "Topic",
        "queue" => "Queue",
        "exchange" => "Exchange",
        "bus" => "Bus",
        "consumer" => "Consumer",
        "service" => "Service",
        "store" => "Store",
        "workflow" => "Workflow",
        _ => "Stream job",
    }
}

/// One phrase about a node kind.
pub(crate) fn kind_sentence(kind: &str) -> &'static str {
    let word = match kind {
        "producer" => sentence::PRODUCER,
        "topic" => sentence::TOPIC,
        "queue" => sentence::QUEUE,
        "exchange" => sentence::EXCHANGE,
        "bus" => sentence::BUS,
        "consumer" => sentence::CONSUMER,
        "service" => sentence::SERVICE,
        "store" => sentence::STORE,
        "workflow" => sentence::WORKFLOW,
        _ => sentence::STREAM,
    };
    word.now()
}

mod sentence {
    use super::words;

    words! {
        PRODUCER: "source of events", "Quelle von Ereignissen";
        TOPIC: "a log that every group reads", "ein Log, das jede Gruppe liest";
        QUEUE: "consumers compete", "Consumer konkurrieren";
        EXCHANGE: "routes to queues", "leitet an Queues weiter";
        BUS: "rules push to targets", "Regeln schieben an Ziele";
        CONSUMER: "handles events", "verarbeitet Ereignisse";
        SERVICE: "called and waited for", "wird aufgerufen und abgewartet";
        STORE: "written and read", "wird beschrieben und gelesen";
        WORKFLOW: "steps in order", "Schritte der Reihe nach";
        STREAM: "windows over events", "Fenster über Ereignisse";
    }
}

pub(crate) fn fault_left(kind: &str, left: &str) -> String {
    say(|| format!("{kind}, {left} left"), || format!("{kind}, noch {left}"))
}

// Problems and text.
words! {
    NO_PROBLEMS: "Nothing is wrong with this flow.", "An diesem Flow ist nichts auszusetzen.";
    YAML: "YAML", "YAML";
    STEP_TEXT: "Edit the text", "Text bearbeiten";
}

pub(crate) fn problems_tab(count: usize) -> String {
    if count == 0 { PROBLEMS.now().to_owned() } else { format!("{PROBLEMS} {count}") }
}

pub(crate) fn line_and_column(line: usize, column: usize) -> String {
    say(|| format!("line {line}, column {column}"), || format!("Zeile {line}, Spalte {column}"))
}

// Inspector.
words! {
    FLOW: "flow", "Flow";
    ABOUT: "About", "Über";
    SETTINGS: "Settings", "Einstellungen";
    SCENARIOS: "Scenarios", "Szenarien";
    EXPECTATIONS: "Expectations", "Erwartungen";
    NOTES: "Notes", "Hinweise";
    FAULTS_OF_RUN: "Faults of all replications", "Störungen aller Replikationen";
    NEVER_STRUCK: "never struck", "traf nie";
    SAMPLED: "Sampled messages", "Ausgewählte Nachrichten";
    SAMPLED_GIVEN_UP: "Given up", "Aufgegeben";
    SAMPLED_RETRIED: "Retried", "Wiederholt";
    SAMPLED_SLOWEST: "One of the slowest", "Eine der langsamsten";
    SAMPLED_EVENLY: "Drawn by chance", "Zufällig gezogen";
    NO_SCENARIOS:
        "None is written: ▶ Simulate runs ten minutes with eight replications.",
        "Keines ist geschrieben: ▶ Simulieren läuft zehn Minuten mit acht Replikationen.";
    SELECT_SOMETHING:
        "Select a node to see and change its settings.",
        "Wählen Sie einen Knoten, um seine Einstellungen zu sehen und zu ändern.";
    NOT_SIMULATED:
        "Nothing was simulated yet. Run the scenario to see load, lag and latency on the drawing.",
        "Noch wurde nichts simuliert. Starten Sie das Szenario, um Last, Rückstand und Latenz auf der Zeichnung zu \
         sehen.";
    RUN_BEGINS:
        "The simulation begins; its first curves appear in a moment.",
        "Die Simulation beginnt; gleich erscheinen ihre ersten Kurven.";
}

pub(crate) fn many_selected(count: usize) -> String {
    say(
        || {
            format!(
                "{count} nodes are selected. Drag or use the arrow keys to move them together; Delete removes them."
            )
        },
        || format!("{count} Knoten sind ausgewählt. Ziehen oder Pfeiltasten bewegen sie zusammen; Entf löscht sie."),
    )
}

pub(crate) fn at_moment(at: &str, length: &str) -> String {
    say(|| format!("At {at} of {length}"), || format!("Bei {at} von {length}"))
}

/// When a sampled message was produced, how long it took, in how many steps.
pub(crate) fn sampled_facts(at: &str, lasted: &str, spans: usize) -> String {
    let steps = many(spans, noun::STEP);
    say(|| format!("at {at} · {lasted} · {steps}"), || format!("bei {at} · {lasted} · {steps}"))
}

pub(crate) fn struck(times: &str, touched: &str) -> String {
    say(|| format!("{times} × · touched {touched}"), || format!("{times} × · traf {touched}"))
}

pub(crate) fn held_in(share: &str) -> String {
    say(|| format!("Held in {share} of the replications"), || format!("Gehalten in {share} der Replikationen"))
}

/// Figures of a run.
pub(crate) mod figure {
    use super::{say, words};

    words! {
        FAULT: "Fault", "Störung";
        BREAKER: "Circuit breaker", "Circuit Breaker";
        OPEN: "open", "offen";
        IN: "Arriving", "Ankommend";
        OUT: "Leaving", "Abgehend";
        LAG: "Lag", "Rückstand";
        DEPTH: "Waiting", "Wartend";
        FAILED: "Failed attempts", "Fehlversuche";
        RETRIES: "Retries", "Wiederholungen";
        BUSY: "Busy", "Ausgelastet";
        INSTANCES: "Instances up", "Laufende Instanzen";
        LATENCY: "Latency p50 · p99", "Latenz p50 · p99";
        SOJOURN: "Latency p50 · p99", "Latenz p50 · p99";
        END_TO_END: "End to end p50 · p99", "Ende zu Ende p50 · p99";
        DEAD_LETTERS: "Dead letters", "Dead Letters";
        PRODUCED: "Produced", "Erzeugt";
        COMPLETED: "Completed", "Abgeschlossen";
        PUBLISHED: "Published", "Veröffentlicht";
        REJECTED: "Refused by the channel", "Vom Kanal abgewiesen";
        TRIMMED: "Let go of unhandled", "Unverarbeitet verworfen";
        WAITING: "Waiting or in hand", "Wartend oder in Arbeit";
        LOST: "Lost", "Verloren";
        IN_FLIGHT: "Under way at the end", "Am Ende unterwegs";
        CALLS: "Calls", "Aufrufe";
        DIGEST: "Digest", "Prüfsumme";
    }

    pub(crate) fn lag_of(group: &str) -> String {
        say(|| format!("Lag of {group}"), || format!("Rückstand von {group}"))
    }

    pub(crate) fn mean_and_most(mean: &str, most: &str) -> String {
        format!("{mean} · max {most}")
    }
}

/// What queueing theory says.
pub(crate) mod theory {
    use super::{say, words};

    words! {
        WAIT: "Wait, mean", "Warten, Mittel";
        WAIT_P99: "Wait, p99", "Warten, p99";
        SOJOURN: "In all, mean", "Insgesamt, Mittel";
        SOJOURN_P99: "In all, p99", "Insgesamt, p99";
        WAITS: "Share that waits", "Anteil, der wartet";
    }

    pub(crate) fn heading(model: &str) -> String {
        say(|| format!("Simulated · theory {model}"), || format!("Simuliert · Theorie {model}"))
    }

    pub(crate) fn from(source: &str) -> String {
        say(|| format!("In the long run, by {source}."), || format!("Auf lange Sicht, nach {source}."))
    }
}

/// Lines between nodes.
pub(crate) mod edge {
    use super::{say, words};

    words! {
        PUBLISH: "Publishes to this channel.", "Veröffentlicht in diesem Kanal.";
        SUBSCRIBE: "Handles what arrives in this channel.", "Verarbeitet, was in diesem Kanal ankommt.";
        CALL: "Calls it and waits for the answer.", "Ruft auf und wartet auf die Antwort.";
        ROUTE: "Routes matching events there.", "Leitet passende Ereignisse dorthin.";
        DEAD_LETTER: "Messages that are given up go there.", "Aufgegebene Nachrichten gehen dorthin.";
        PROJECT: "Follows its writes.", "Folgt seinen Schreibvorgängen.";
        DELETE: "Delete this line", "Diese Linie löschen";
    }

    pub(crate) fn settings_of(owner: &str) -> String {
        say(|| format!("Settings of {owner}"), || format!("Einstellungen von {owner}"))
    }
}
