//! Commands for finding traces.

use leptos::prelude::*;

use super::{Command, always, key};
use crate::{
    state::{App, Lens},
    text::filter as label,
};

/// In the order of the palette.
pub(super) const ALL: &[&Command] = &[&FILTER, &EVERYTHING];

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
