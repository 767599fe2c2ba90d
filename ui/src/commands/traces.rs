//! Commands for finding traces and looking at them.

use leptos::prelude::*;

use super::{Command, Shortcut, always, key};
use crate::{
    state::{App, Lens},
    text::{filter as label, topology as map},
    traces::{Face, Sight},
};

/// In the order of the palette.
pub(super) const ALL: &[&Command] = &[&FILTER, &EVERYTHING, &MAP, &LIST, &FLOW, &JOURNEY, &BACK];

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
    enabled: has_trace,
    run: |app| app.show_face(Face::Flow),
};

pub(crate) static JOURNEY: Command = Command {
    id: "journey",
    label: map::SHOW_JOURNEY,
    keys: &[],
    edits_text: false,
    enabled: has_trace,
    run: |app| app.show_face(Face::Journey),
};

pub(crate) static BACK: Command = Command {
    id: "trace-back",
    label: map::GO_BACK,
    keys: &[Shortcut { alt: true, ..key("arrowleft") }],
    edits_text: false,
    enabled: |app| app.lens.get() == Lens::Traces && app.observing.trail.with(|trail| !trail.is_empty()),
    run: App::go_back,
};

/// Whether a trace is chosen.
fn has_trace(app: App) -> bool {
    app.lens.get() == Lens::Traces && app.traces.with(|traces| traces.selected.is_some())
}
