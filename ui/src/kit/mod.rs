//! The small kit of controls that every view uses.

mod brush;
mod focus;
mod icons;
pub(crate) mod ink;
mod menu;
pub(crate) mod motion;
mod prose;
mod size;
mod tab;
mod tokens;
mod when;

pub(crate) use brush::brush;
pub(crate) use focus::hold_focus;
pub(crate) use icons::{Icon, Logo};
pub(crate) use menu::{Menu, MenuState};
pub(crate) use prose::Prose;
pub(crate) use size::measure;
pub(crate) use tab::tab;
pub(crate) use tokens::tokens;
pub(crate) use when::{moment, recent};

/// Whether a key in a text field is for a command of the window, not for the text: Ctrl or ⌘ with anything but what edits
/// texts.
pub(crate) fn is_command(event: &leptos::ev::KeyboardEvent) -> bool {
    let edits = matches!(event.key().to_lowercase().as_str(), "a" | "c" | "v" | "x" | "y" | "z" | "control" | "meta");
    (event.ctrl_key() || event.meta_key()) && !edits
}
