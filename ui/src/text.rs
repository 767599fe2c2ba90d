//! Every sentence and word of the window, in every language it speaks ([`Word`]).
//!
//! Sentences about flows, runs and files come from the engine with their place and remedy; here is only what the page
//! itself says.

pub(crate) mod answers;
pub(crate) mod command;
pub(crate) mod field;
pub(crate) mod tidy;
pub(crate) mod timeline;
pub(crate) mod traces;
mod word;

pub(crate) use word::{Language, Word, say, words};

pub(crate) const APP: &str = "Thalweg";

// Bridge.
pub(crate) const BRIDGE_FAILED: &str = "The window could not reach its engine";
pub(crate) const NO_SHELL: &str = "this page is part of Thalweg's desktop window and does nothing in a browser";
pub(crate) const RESTART: &str = "Start Thalweg again; if it happens again, it is a fault worth reporting.";

// Lenses.
pub(crate) const DESIGN: &str = "Design";
pub(crate) const SIMULATE: &str = "Simulate";
pub(crate) const TRACES: &str = "Traces";

// Top bar.
pub(crate) const SEARCH: &str = "Search or run a command";
pub(crate) const UNSAVED_FILE: &str = "not saved yet";
pub(crate) const EDITED: &str = "edited";
pub(crate) const SAVED: &str = "saved";
pub(crate) const RUN: &str = "▶ Simulate";
pub(crate) const CANCEL: &str = "Cancel";
pub(crate) const FILE_MENU: &str = "File";
pub(crate) const DEFAULT_SCENARIO: &str = "default";
pub(crate) const RECEIVER_OFF: &str = "OTLP receiver is off";
pub(crate) const RECEIVER_STARTING: &str = "OTLP receiver starts";

pub(crate) fn scenario(name: &str) -> String {
    format!("Scenario: {name} ▾")
}

pub(crate) fn receiver(port: &str, rate: &str) -> String {
    format!("OTLP {port} · {rate} spans/s")
}

// Start page.
pub(crate) const START_LEAD: &str =
    "Draw an event-driven system, run it in virtual time, break it on purpose, and read what real ones say.";
pub(crate) const OPEN_FILE: &str = "Open a flow…";
pub(crate) const NEW_FLOW: &str = "New flow";
pub(crate) const EXAMPLES: &str = "Examples";
pub(crate) const RECENT: &str = "Recent";
pub(crate) const FORGET: &str = "Take out of this list";

// Dialogs.
pub(crate) const SAVE: &str = "Save";
pub(crate) const DISCARD: &str = "Discard changes";
pub(crate) const OVERWRITE: &str = "Overwrite";
pub(crate) const SAVE_AS: &str = "Save as…";
pub(crate) const UNSAVED_TITLE: &str = "Save the changes?";
pub(crate) const CONFLICT_TITLE: &str = "The file changed on disk";

pub(crate) fn unsaved_question(name: &str) -> String {
    format!("“{name}” has changes that are not saved. Without saving they are lost.")
}

pub(crate) fn saved_as(name: &str) -> String {
    format!("Saved {name}")
}

pub(crate) const DISMISS: &str = "Dismiss";

// Status line.
pub(crate) fn sizes(nodes: usize, edges: usize, contracts: usize) -> String {
    format!("{} · {} · {}", many(nodes, "node"), many(edges, "edge"), many(contracts, "contract"))
}

pub(crate) fn problems(errors: usize, warnings: usize) -> String {
    match (errors, warnings) {
        (0, 0) => "no problems".to_owned(),
        (e, 0) => many(e, "problem"),
        (0, w) => many(w, "warning"),
        (e, w) => format!("{} · {}", many(e, "problem"), many(w, "warning")),
    }
}

pub(crate) const STALE: &str = "the flow was changed since this run";

/// `1 node`, `2 nodes`.
pub(crate) fn many(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

pub(crate) const NO_COMMAND: &str = "No command is called that.";
pub(crate) const EXAMPLE: &str = "example";

pub(crate) fn traces_so_far(spans: u64) -> String {
    format!("{} received since the start", many(usize::try_from(spans).unwrap_or(usize::MAX), "span"))
}

pub(crate) fn spans(stored: u64, refused: u64) -> String {
    format!("{stored} spans stored · {refused} refused")
}

pub(crate) fn run_summary(scenario: &str, seed: u64, replications: u32, events: &str, wall: &str) -> String {
    let replications = many(replications as usize, "replication");
    format!("{scenario} · seed {seed} · {replications} · {events} events in {wall}")
}

pub(crate) fn mean_interval(mean: &str, half_width: &str) -> String {
    format!(" · mean {mean} ± {half_width} (95% CI)")
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
pub(crate) const NO_LOAD: &str = "no load";
pub(crate) const DEAD_LETTERS: &str = "dead letters";
pub(crate) const CANVAS: &str = "The flow";
pub(crate) const NODES: &str = "Nodes";
pub(crate) const FIT: &str = "⤢ Fit";
pub(crate) const ZOOM_IN: &str = "Zoom in";
pub(crate) const ZOOM_OUT: &str = "Zoom out";
pub(crate) const ACTUAL_SIZE: &str = "100%";
pub(crate) const PRODUCE: &str = "Produce";
pub(crate) const CARRY: &str = "Carry";
pub(crate) const HANDLE: &str = "Handle";
pub(crate) const DEPEND_ON: &str = "Depend on";
pub(crate) const ADD_WHAT: &str = "Add what?";
pub(crate) const NOTHING_FOLLOWS: &str = "Nothing may follow here.";
pub(crate) const NO_KIND: &str = "No kind is called that.";
pub(crate) const DRAG_TO_CONNECT: &str = "Drag to connect";
pub(crate) const BREAKER_OPEN: &str = "breaker open";

pub(crate) fn what_follows(node: &str) -> String {
    format!("What follows {node}?")
}

/// The name of a node kind in lists.
pub(crate) fn kind(kind: &str) -> &'static str {
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
    match kind {
        "producer" => "source of events",
        "topic" => "a log that every group reads",
        "queue" => "consumers compete",
        "exchange" => "routes to queues",
        "bus" => "rules push to targets",
        "consumer" => "handles events",
        "service" => "called and waited for",
        "store" => "written and read",
        "workflow" => "steps in order",
        _ => "windows over events",
    }
}

pub(crate) fn fault_left(kind: &str, left: &str) -> String {
    format!("{kind}, {left} left")
}

pub(crate) fn node_label(title: &str, kind: &str, facts: &str) -> String {
    format!("{title}, {kind}, {facts}")
}

// Problems and text.
pub(crate) const NO_PROBLEMS: &str = "Nothing is wrong with this flow.";
pub(crate) const YAML: &str = "YAML";
pub(crate) const STEP_TEXT: &str = "Edit the text";

pub(crate) fn problems_tab(count: usize) -> String {
    if count == 0 { "Problems".to_owned() } else { format!("Problems {count}") }
}

pub(crate) fn line_and_column(line: usize, column: usize) -> String {
    format!("line {line}, column {column}")
}

// Inspector.
pub(crate) const FLOW: &str = "flow";
pub(crate) const ABOUT: &str = "About";
pub(crate) const SETTINGS: &str = "Settings";
pub(crate) const SCENARIOS: &str = "Scenarios";
pub(crate) const EXPECTATIONS: &str = "Expectations";
pub(crate) const NOTES: &str = "Notes";
pub(crate) const WHOLE_RUN: &str = "Whole run";
pub(crate) const FAULTS_OF_RUN: &str = "Faults of all replications";
pub(crate) const NEVER_STRUCK: &str = "never struck";
pub(crate) const SAMPLED: &str = "Sampled messages";
pub(crate) const SAMPLED_GIVEN_UP: &str = "Given up";
pub(crate) const SAMPLED_RETRIED: &str = "Retried";
pub(crate) const SAMPLED_SLOWEST: &str = "One of the slowest";
pub(crate) const SAMPLED_EVENLY: &str = "Drawn by chance";
pub(crate) const NO_SCENARIOS: &str = "None is written: ▶ Simulate runs ten minutes with eight replications.";
pub(crate) const SELECT_SOMETHING: &str = "Select a node to see and change its settings.";
pub(crate) const FIELDS_IN_YAML: &str = "The settings of this kind are edited as text, in the YAML tab below.";
pub(crate) const NOT_SIMULATED: &str =
    "Nothing was simulated yet. Run the scenario to see load, lag and latency on the drawing.";
pub(crate) const RUN_BEGINS: &str = "The simulation begins; its first curves appear in a moment.";

pub(crate) fn many_selected(count: usize) -> String {
    format!("{count} nodes are selected. Drag or use the arrow keys to move them together; Delete removes them.")
}

pub(crate) fn at_moment(at: &str, length: &str) -> String {
    format!("At {at} of {length}")
}

/// When a sampled message was produced, how long it took, in how many steps.
pub(crate) fn sampled_facts(at: &str, lasted: &str, spans: usize) -> String {
    format!("at {at} · {lasted} · {}", many(spans, "step"))
}

pub(crate) fn struck(times: &str, touched: &str) -> String {
    format!("{times} × · touched {touched}")
}

pub(crate) fn held_in(share: &str) -> String {
    format!("Held in {share} of the replications")
}

pub(crate) fn step_set_flow(key: &str) -> String {
    format!("Set the flow's {key}")
}

/// Figures of a run.
pub(crate) mod figure {
    pub(crate) const FAULT: &str = "Fault";
    pub(crate) const BREAKER: &str = "Circuit breaker";
    pub(crate) const OPEN: &str = "open";
    pub(crate) const IN: &str = "Arriving";
    pub(crate) const OUT: &str = "Leaving";
    pub(crate) const LAG: &str = "Lag";
    pub(crate) const DEPTH: &str = "Waiting";
    pub(crate) const FAILED: &str = "Failed attempts";
    pub(crate) const RETRIES: &str = "Retries";
    pub(crate) const BUSY: &str = "Busy";
    pub(crate) const INSTANCES: &str = "Instances up";
    pub(crate) const LATENCY: &str = "Latency p50 · p99";
    pub(crate) const SOJOURN: &str = "Latency p50 · p99";
    pub(crate) const END_TO_END: &str = "End to end p50 · p99";
    pub(crate) const DEAD_LETTERS: &str = "Dead letters";
    pub(crate) const PRODUCED: &str = "Produced";
    pub(crate) const COMPLETED: &str = "Completed";
    pub(crate) const PUBLISHED: &str = "Published";
    pub(crate) const REJECTED: &str = "Refused by the channel";
    pub(crate) const TRIMMED: &str = "Let go of unhandled";
    pub(crate) const WAITING: &str = "Waiting or in hand";
    pub(crate) const LOST: &str = "Lost";
    pub(crate) const IN_FLIGHT: &str = "Under way at the end";
    pub(crate) const CALLS: &str = "Calls";
    pub(crate) const DIGEST: &str = "Digest";

    pub(crate) fn lag_of(group: &str) -> String {
        format!("Lag of {group}")
    }

    pub(crate) fn mean_and_most(mean: &str, most: &str) -> String {
        format!("{mean} · max {most}")
    }
}

/// What queueing theory says.
pub(crate) mod theory {
    pub(crate) const WAIT: &str = "Wait, mean";
    pub(crate) const WAIT_P99: &str = "Wait, p99";
    pub(crate) const SOJOURN: &str = "In all, mean";
    pub(crate) const SOJOURN_P99: &str = "In all, p99";
    pub(crate) const WAITS: &str = "Share that waits";

    pub(crate) fn heading(model: &str) -> String {
        format!("Simulated · theory {model}")
    }

    pub(crate) fn from(source: &str) -> String {
        format!("In the long run, by {source}.")
    }
}

/// Lines between nodes.
pub(crate) mod edge {
    pub(crate) const PUBLISH: &str = "Publishes to this channel.";
    pub(crate) const SUBSCRIBE: &str = "Handles what arrives in this channel.";
    pub(crate) const CALL: &str = "Calls it and waits for the answer.";
    pub(crate) const ROUTE: &str = "Routes matching events there.";
    pub(crate) const DEAD_LETTER: &str = "Messages that are given up go there.";
    pub(crate) const PROJECT: &str = "Follows its writes.";
    pub(crate) const DELETE: &str = "Delete this line";

    pub(crate) fn settings_of(owner: &str) -> String {
        format!("Settings of {owner}")
    }
}
