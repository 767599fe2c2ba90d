//! The command that arranges the drawing.

use super::{Command, has_canvas, key};
use crate::{state::App, text::tidy as text};

pub(super) const ALL: &[&Command] = &[&TIDY];

pub(crate) static TIDY: Command = Command {
    id: "tidy",
    label: text::COMMAND,
    keys: &[key("t")],
    edits_text: false,
    enabled: has_canvas,
    run: App::tidy,
};
