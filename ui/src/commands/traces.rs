//! Commands for finding traces.

use leptos::prelude::*;

use super::{Command, always, key};
use crate::{
    state::{App, Lens},
    text::{carry, filter as label},
};

/// In the order of the palette.
pub(super) const ALL: &[&Command] = &[&FILTER, &EVERYTHING, &IMPORT, &EXPORT, &COPY_JSON, &COPY_LINK];

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
