//! Commands for finding traces and looking at them.

use leptos::prelude::*;

use super::{Command, always, key};
use crate::{
    state::{App, Lens},
    text::{carry, filter as label, surveys, topology as map},
    traces::{Face, Sight},
};

/// In the order of the palette.
pub(super) const ALL: &[&Command] = &[
    &FILTER,
    &EVERYTHING,
    &LIST,
    &OPERATIONS,
    &MAP,
    &FLOW,
    &JOURNEY,
    &BACK,
    &LIVE,
    &COMPARE_TRACE,
    &COMPARE_ERRORS,
    &COMPARE_SLOWEST,
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
    enabled: always,
    run: App::show_map,
};

pub(crate) static LIST: Command = Command {
    id: "list-of-traces",
    label: map::SHOW_LIST,
    keys: &[],
    edits_text: false,
    enabled: |app| app.lens.get() == Lens::Traces && app.observing.sight.get() != Sight::List,
    run: App::show_trace_list,
};

pub(crate) static FLOW: Command = Command {
    id: "flow-of-trace",
    label: map::SHOW_FLOW,
    keys: &[],
    edits_text: false,
    enabled: shows_trace,
    run: |app| app.show_face(Face::Flow),
};

pub(crate) static JOURNEY: Command = Command {
    id: "journey",
    label: map::SHOW_JOURNEY,
    keys: &[],
    edits_text: false,
    enabled: shows_trace,
    run: |app| app.show_face(Face::Journey),
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

pub(crate) static OPERATIONS: Command = Command {
    id: "traces-operations",
    label: surveys::SEE_OPERATIONS,
    keys: &[],
    edits_text: false,
    enabled: |app| sees_traces(app) && app.observing.sight.get() != Sight::Operations,
    run: |app| app.observing.sight.set(Sight::Operations),
};

pub(crate) static LIVE: Command = Command {
    id: "traces-live",
    label: surveys::TOGGLE_LIVE,
    keys: &[key("l")],
    edits_text: false,
    enabled: sees_traces,
    run: App::toggle_live,
};

pub(crate) static COMPARE_TRACE: Command = Command {
    id: "compare-trace",
    label: surveys::COMPARE_TRACE,
    keys: &[key("c")],
    edits_text: false,
    enabled: |app| shows_trace(app) && app.observing.sight.get() == Sight::List,
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
