//! Commands of files.

use super::{Command, always, ctrl, ctrl_shift, has_document};
use crate::{state::Leave, text::command as label};

/// In the order of the palette.
pub(super) const ALL: &[&Command] = &[&OPEN, &NEW, &SAVE, &SAVE_AS, &CLOSE];

pub(crate) static OPEN: Command = Command {
    id: "open",
    label: label::OPEN,
    keys: &[ctrl("o")],
    edits_text: false,
    enabled: always,
    run: |app| app.leave(Leave::OpenDialog),
};

pub(crate) static NEW: Command = Command {
    id: "new",
    label: label::NEW,
    keys: &[ctrl("n")],
    edits_text: false,
    enabled: always,
    run: |app| app.leave(Leave::New),
};

pub(crate) static SAVE: Command = Command {
    id: "save",
    label: label::SAVE,
    keys: &[ctrl("s")],
    edits_text: false,
    enabled: has_document,
    run: |app| app.save(false, None),
};

pub(crate) static SAVE_AS: Command = Command {
    id: "save-as",
    label: label::SAVE_AS,
    keys: &[ctrl_shift("s")],
    edits_text: false,
    enabled: has_document,
    run: |app| app.save_as(None),
};

pub(crate) static CLOSE: Command = Command {
    id: "close-document",
    label: label::CLOSE,
    keys: &[ctrl("w")],
    edits_text: false,
    enabled: has_document,
    run: |app| app.leave(Leave::CloseDocument),
};
