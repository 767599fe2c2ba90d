//! Commands of scenarios.

use leptos::prelude::*;

use super::{Command, designs, has_document};
use crate::{
    state::{App, Lens},
    text::scenario as label,
};

/// In the order of the palette.
pub(super) const ALL: &[&Command] = &[&SHOW, &ADD, &COPY, &REMOVE];

pub(crate) static SHOW: Command = Command {
    id: "scenario-timeline",
    label: label::SHOW,
    keys: &[],
    edits_text: false,
    enabled: has_document,
    run: |app| {
        if !app.lens.get_untracked().is_of_flow() {
            app.lens.set(Lens::Design);
        }
        app.scenario_wanted.set(true);
    },
};

pub(crate) static ADD: Command = Command {
    id: "add-scenario",
    label: label::ADD,
    keys: &[],
    edits_text: false,
    enabled: designs,
    run: App::add_scenario,
};

pub(crate) static COPY: Command = Command {
    id: "copy-scenario",
    label: label::COPY,
    keys: &[],
    edits_text: false,
    enabled: |app| designs(app) && app.has_scenario(),
    run: App::copy_scenario,
};

pub(crate) static REMOVE: Command = Command {
    id: "remove-scenario",
    label: label::REMOVE,
    keys: &[],
    edits_text: false,
    enabled: |app| designs(app) && app.has_scenario(),
    run: App::remove_scenario,
};
