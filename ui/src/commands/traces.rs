//! Commands for finding traces.

use leptos::prelude::*;

use super::{Command, always, key};
use crate::{
    state::{App, Lens},
    text::{filter as label, surveys},
    traces::Sight,
};

/// In the order of the palette.
pub(super) const ALL: &[&Command] =
    &[&FILTER, &EVERYTHING, &LIST, &OPERATIONS, &LIVE, &COMPARE_TRACE, &COMPARE_ERRORS, &COMPARE_SLOWEST];

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

/// Whether the traces are looked at.
fn sees_traces(app: App) -> bool {
    app.lens.get() == Lens::Traces
}

pub(crate) static LIST: Command = Command {
    id: "traces-list",
    label: surveys::SEE_LIST,
    keys: &[],
    edits_text: false,
    enabled: |app| sees_traces(app) && app.surveys.sight.get() != Sight::List,
    run: |app| app.surveys.sight.set(Sight::List),
};

pub(crate) static OPERATIONS: Command = Command {
    id: "traces-operations",
    label: surveys::SEE_OPERATIONS,
    keys: &[],
    edits_text: false,
    enabled: |app| sees_traces(app) && app.surveys.sight.get() != Sight::Operations,
    run: |app| app.surveys.sight.set(Sight::Operations),
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
    enabled: |app| sees_traces(app) && app.traces.with(|traces| traces.selected.is_some()),
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
    enabled: sees_traces,
    run: App::compare_slowest,
};
