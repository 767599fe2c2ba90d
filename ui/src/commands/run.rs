//! Commands of simulations.

use leptos::prelude::*;

use super::{Command, ctrl, has_document};
use crate::{state::App, text::command as label};

/// In the order of the palette.
pub(super) const ALL: &[&Command] = &[&RUN, &CANCEL];

pub(crate) static RUN: Command = Command {
    id: "run",
    label: label::RUN,
    keys: &[ctrl("enter")],
    edits_text: false,
    enabled: |app| has_document(app) && app.running.with(Option::is_none),
    run: App::simulate,
};

pub(crate) static CANCEL: Command = Command {
    id: "cancel-run",
    label: label::CANCEL_RUN,
    keys: &[],
    edits_text: false,
    enabled: |app| app.running.with(Option::is_some),
    run: App::cancel_run,
};
