//! Commands for finding traces and looking at them.

use leptos::prelude::*;

use super::{Command, always, key};
use crate::{
    state::{App, Asked, Lens},
    text::{carry, filter as label, surveys, topology as map},
    traces::{Face, Region, Sight},
};

/// In the order of the palette.
pub(super) const ALL: &[&Command] = &[
    &FILTER,
    &EVERYTHING,
    &LIST,
    &OPERATIONS,
    &MAP,
    &WATERFALL,
    &FLAME,
    &FLOW,
    &JOURNEY,
    &TRACE_LOGS,
    &BACK,
    &LIVE,
    &COMPARE_TRACE,
    &COMPARE_ERRORS,
    &COMPARE_SLOWEST,
    &COMPARE_SELECTION,
    &COMPARE_SIMULATED,
    &COMPARE_WITH_SIMULATED,
    &COMPARE_END,
    &IMPORT,
    &EXPORT,
    &COPY_JSON,
    &COPY_LINK,
];

pub(crate) static FILTER: Command = Command {
    id: "filter-traces",
    label: label::FILTER_TRACES,
    keys: &[key("/")],
    edits_text: false,
    enabled: always,
    run: App::ask_for_filter,
};

pub(crate) static EVERYTHING: Command = Command {
    id: "all-traces",
    label: label::ALL_TRACES,
    keys: &[],
    edits_text: false,
    enabled: |app| app.lens.get() == Lens::Traces && app.filtering.asked.with(|asked| !asked.is_live()),
    run: App::clear_filter,
};

pub(crate) static MAP: Command = Command {
    id: "map-of-traces",
    label: map::SHOW_MAP,
    keys: &[],
    edits_text: false,
    enabled: |app| !sees(app, Sight::Map),
    run: App::show_map,
};

pub(crate) static LIST: Command = Command {
    id: "list-of-traces",
    label: map::SHOW_LIST,
    keys: &[],
    edits_text: false,
    enabled: |app| !sees(app, Sight::List),
    run: App::show_trace_list,
};

pub(crate) static WATERFALL: Command = Command {
    id: "waterfall-of-trace",
    label: map::SHOW_WATERFALL,
    keys: &[],
    edits_text: false,
    enabled: |app| can_show(app, Face::Waterfall),
    run: |app| app.show_face(Face::Waterfall),
};

pub(crate) static FLAME: Command = Command {
    id: "flame-graph-of-trace",
    label: map::SHOW_FLAME,
    keys: &[],
    edits_text: false,
    enabled: |app| can_show(app, Face::Flame),
    run: |app| app.show_face(Face::Flame),
};

pub(crate) static FLOW: Command = Command {
    id: "flow-of-trace",
    label: map::SHOW_FLOW,
    keys: &[],
    edits_text: false,
    enabled: |app| can_show(app, Face::Flow),
    run: |app| app.show_face(Face::Flow),
};

pub(crate) static JOURNEY: Command = Command {
    id: "journey",
    label: map::SHOW_JOURNEY,
    keys: &[],
    edits_text: false,
    enabled: |app| can_show(app, Face::Journey),
    run: |app| app.show_face(Face::Journey),
};

pub(crate) static TRACE_LOGS: Command = Command {
    id: "logs-of-trace",
    label: map::SHOW_LOGS,
    keys: &[],
    edits_text: false,
    enabled: |app| can_show(app, Face::Logs),
    run: |app| app.show_face(Face::Logs),
};

pub(crate) static BACK: Command = Command {
    id: "trace-back",
    label: map::GO_BACK,
    keys: &[],
    edits_text: false,
    enabled: |app| app.lens.get() == Lens::Traces && app.observing.trail.with(|trail| !trail.is_empty()),
    run: App::go_back,
};

pub(crate) static IMPORT: Command = Command {
    id: "import-traces",
    label: carry::IMPORT,
    keys: &[],
    edits_text: false,
    enabled: always,
    run: App::import_traces,
};

pub(crate) static EXPORT: Command = Command {
    id: "export-traces",
    label: carry::EXPORT,
    keys: &[],
    edits_text: false,
    enabled: always,
    run: App::export_traces,
};

pub(crate) static COPY_JSON: Command = Command {
    id: "copy-trace-json",
    label: carry::COPY_JSON,
    keys: &[],
    edits_text: false,
    enabled: shows_trace,
    run: |app| {
        if let Some(trace_id) = app.shown_trace() {
            app.copy_trace_json(trace_id);
        }
    },
};

pub(crate) static COPY_LINK: Command = Command {
    id: "copy-trace-link",
    label: carry::COPY_LINK,
    keys: &[],
    edits_text: false,
    enabled: shows_trace,
    run: |app| {
        if let Some(trace_id) = app.shown_trace() {
            app.copy_trace_link(&trace_id, None);
        }
    },
};

/// Whether a trace is on the page.
fn shows_trace(app: App) -> bool {
    app.lens.get() == Lens::Traces && app.traces.with(|traces| traces.selected.is_some())
}

/// Whether the traces are looked at.
fn sees_traces(app: App) -> bool {
    app.lens.get() == Lens::Traces
}

/// Whether the traces are looked at in this way.
fn sees(app: App, sight: Sight) -> bool {
    sees_traces(app) && app.observing.sight.get() == sight
}

/// Whether the trace can be shown in this way, and is not yet.
fn can_show(app: App, face: Face) -> bool {
    let is_shown =
        || sees(app, Sight::List) && app.observing.face.get() == face && app.surveys.difference.with(Option::is_none);
    shows_trace(app) && !is_shown()
}

pub(crate) static OPERATIONS: Command = Command {
    id: "traces-operations",
    label: surveys::SEE_OPERATIONS,
    keys: &[],
    edits_text: false,
    enabled: |app| !sees(app, Sight::Operations),
    run: App::show_operations,
};

pub(crate) static LIVE: Command = Command {
    id: "traces-live",
    label: surveys::TOGGLE_LIVE,
    keys: &[key("l")],
    edits_text: false,
    enabled: |app| sees_traces(app) && app.filtering.asked.with(Asked::can_be_live),
    run: App::toggle_live,
};

pub(crate) static COMPARE_TRACE: Command = Command {
    id: "compare-trace",
    label: surveys::COMPARE_TRACE,
    keys: &[key("c")],
    edits_text: false,
    enabled: |app| shows_trace(app) && sees(app, Sight::List),
    run: App::compare_trace,
};

pub(crate) static COMPARE_ERRORS: Command = Command {
    id: "compare-errors",
    label: surveys::COMPARE_ERRORS,
    keys: &[],
    edits_text: false,
    enabled: sees_traces,
    run: App::compare_errors,
};

pub(crate) static COMPARE_SLOWEST: Command = Command {
    id: "compare-slowest",
    label: surveys::COMPARE_SLOWEST,
    keys: &[],
    edits_text: false,
    enabled: |app| sees_traces(app) && app.surveys.density.with(|density| density.found.is_some()),
    run: App::compare_slowest,
};

pub(crate) static COMPARE_SELECTION: Command = Command {
    id: "compare-selection",
    label: surveys::COMPARE_SELECTION,
    keys: &[],
    edits_text: false,
    enabled: |app| sees_traces(app) && app.filtering.asked.with(|asked| Region::apart(&asked.filter).1.is_some()),
    run: App::compare_selection,
};

pub(crate) static COMPARE_SIMULATED: Command = Command {
    id: "compare-simulated",
    label: surveys::COMPARE_SIMULATED,
    keys: &[],
    edits_text: false,
    enabled: sees_traces,
    run: App::compare_simulated,
};

pub(crate) static COMPARE_WITH_SIMULATED: Command = Command {
    id: "compare-with-simulated",
    label: surveys::COMPARE_WITH_SIMULATED,
    keys: &[],
    edits_text: false,
    enabled: |app| sees(app, Sight::List) && app.traces.with(|traces| traces.view.is_some()),
    run: App::compare_with_simulated,
};

pub(crate) static COMPARE_END: Command = Command {
    id: "compare-end",
    label: surveys::COMPARE_NO_MORE,
    keys: &[],
    edits_text: false,
    enabled: |app| {
        let of = app.surveys;
        sees_traces(app) && (of.contrasted.with(Option::is_some) || of.marked.with(Option::is_some))
    },
    run: App::end_comparisons,
};
