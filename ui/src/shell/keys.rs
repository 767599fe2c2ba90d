//! Shortcuts of the whole window.

use leptos::{ev, prelude::*};
use wasm_bindgen::JsCast as _;

use crate::{
    commands::{self, Shortcut},
    state::App,
};

/// Runs the command of every shortcut, unless the key belongs to what is being typed.
pub(super) fn listen(app: App) {
    let handle = window_event_listener(ev::keydown, move |event| {
        let is_modal = app.dialog.with_untracked(Option::is_some) || app.preferences_open.get_untracked();
        if event.default_prevented() || is_modal {
            return;
        }
        let pressed = Shortcut::of_event(&event);
        let Some(command) = commands::of_key(pressed.as_str()) else { return };
        // The window makes events of its own of these keys.
        if command.is_of_clipboard() {
            return;
        }
        // In a text field, plain keys are text, and Ctrl+Z and the like mean the field's own text.
        if is_typing(&event) && (!pressed.ctrl || command.edits_text) {
            return;
        }
        event.prevent_default();
        if untrack(move || command.is_enabled(app)) {
            command.run(app);
        }
    });
    on_cleanup(move || handle.remove());
}

/// Whether the key goes to a text field.
fn is_typing(event: &ev::KeyboardEvent) -> bool {
    event
        .target()
        .and_then(|target| target.dyn_into::<web_sys::Element>().ok())
        .is_some_and(|element| matches!(element.tag_name().as_str(), "INPUT" | "TEXTAREA" | "SELECT"))
}
