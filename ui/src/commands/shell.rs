//! Commands of windows, preferences and the tour.

use leptos::prelude::*;
use thalweg_protocol as protocol;

use super::{Command, always, ctrl, ctrl_shift, has_document};
use crate::{state::App, text::shell as label};

/// In the order of the palette.
pub(super) const ALL: &[&Command] = &[&NEW_WINDOW, &RELOAD, &PREFERENCES, &TOUR];

pub(crate) static NEW_WINDOW: Command = Command {
    id: "new-window",
    label: label::NEW_WINDOW,
    keys: &[ctrl_shift("n")],
    edits_text: false,
    enabled: always,
    run: |app| app.send(protocol::Command::NewWindow),
};

pub(crate) static RELOAD: Command = Command {
    id: "reload",
    label: label::RELOAD,
    keys: &[],
    edits_text: false,
    enabled: |app| has_document(app) && app.document.with(|d| d.as_ref().is_some_and(|d| d.path().is_some())),
    run: App::reload_document,
};

pub(crate) static PREFERENCES: Command = Command {
    id: "preferences",
    label: label::PREFERENCES,
    keys: &[ctrl(",")],
    edits_text: false,
    enabled: always,
    run: |app| app.preferences_open.set(true),
};

pub(crate) static TOUR: Command = Command {
    id: "tour",
    label: label::TAKE_TOUR,
    keys: &[],
    edits_text: false,
    enabled: always,
    run: App::begin_tour,
};
