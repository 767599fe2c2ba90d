//! Commands that change the flow, or what of it is selected.

use leptos::prelude::*;

use super::{Command, ctrl, ctrl_shift, designs, has_canvas, has_document, key};
use crate::{state::App, text::command as label};

/// In the order of the palette.
pub(super) const ALL: &[&Command] = &[&UNDO, &REDO, &HISTORY, &ADD_NODE, &RENAME, &DELETE, &SELECT_ALL];

pub(crate) static UNDO: Command = Command {
    id: "undo",
    label: label::UNDO,
    keys: &[ctrl("z")],
    edits_text: true,
    enabled: |app| app.document.with(|d| d.as_ref().is_some_and(|d| d.undo_name().is_some())),
    run: App::undo,
};

pub(crate) static REDO: Command = Command {
    id: "redo",
    label: label::REDO,
    keys: &[ctrl_shift("z"), ctrl("y")],
    edits_text: true,
    enabled: |app| app.document.with(|d| d.as_ref().is_some_and(|d| d.redo_name().is_some())),
    run: App::redo,
};

pub(crate) static HISTORY: Command = Command {
    id: "history",
    label: crate::text::playback::HISTORY,
    keys: &[],
    edits_text: false,
    enabled: has_document,
    run: |app| app.history_open.set(true),
};

pub(crate) static ADD_NODE: Command = Command {
    id: "add-node",
    label: label::ADD_NODE,
    keys: &[key("n")],
    edits_text: false,
    enabled: designs,
    run: App::ask_what_to_add,
};

pub(crate) static RENAME: Command = Command {
    id: "rename",
    label: label::RENAME,
    keys: &[key("f2")],
    edits_text: false,
    enabled: |app| designs(app) && app.selection.with(|ids| ids.len() == 1),
    run: |app| app.renaming.set(app.selection.with_untracked(|ids| ids.first().cloned())),
};

pub(crate) static DELETE: Command = Command {
    id: "delete",
    label: label::DELETE,
    keys: &[key("delete"), key("backspace")],
    edits_text: false,
    enabled: |app| {
        designs(app) && (app.selection.with(|ids| !ids.is_empty()) || app.selected_edge.with(Option::is_some))
    },
    run: App::delete_selection,
};

pub(crate) static SELECT_ALL: Command = Command {
    id: "select-all",
    label: label::SELECT_ALL,
    keys: &[ctrl("a")],
    edits_text: true,
    enabled: has_canvas,
    run: |app| app.select(app.scene.get_untracked().nodes.keys().cloned().collect()),
};
