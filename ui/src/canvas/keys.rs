//! Keys that mean something only on the canvas: arrows move boxes or lead from box to box, Tab follows the messages, Space
//! pans, Escape lets go.

use leptos::{ev, prelude::*};
use wasm_bindgen::JsCast as _;

use crate::state::{App, Gesture, Lens};

/// Canvas units of one press of an arrow key, and with Shift.
const NUDGE: f64 = 2.0;
const NUDGE_FAR: f64 = 20.0;
/// Pixels that one press of an arrow key moves the view.
const PAN: f64 = 60.0;

/// Hears keys while the canvas is shown.
pub(super) fn listen(app: App) {
    app.space.set(false);
    app.listen_clipboard();
    let down = window_event_listener(ev::keydown, move |event| {
        if event.default_prevented() || belongs_elsewhere(&event) {
            return;
        }
        match event.key().as_str() {
            " " => {
                event.prevent_default();
                app.space.set(true);
            }
            "Escape" => escape(app),
            "ArrowLeft" => arrow(app, &event, [-1.0, 0.0]),
            "ArrowRight" => arrow(app, &event, [1.0, 0.0]),
            "ArrowUp" => arrow(app, &event, [0.0, -1.0]),
            "ArrowDown" => arrow(app, &event, [0.0, 1.0]),
            "Tab" if is_on_canvas(&event) && app.walk(event.shift_key()) => event.prevent_default(),
            _ => {}
        }
    });
    let up = window_event_listener(ev::keyup, move |event| match event.key().as_str() {
        " " => drop(app.space.try_set(false)),
        key if key.starts_with("Arrow") && app.gesture.with_untracked(|g| *g == Gesture::None) => {
            app.put_down_nudged();
        }
        _ => {}
    });
    on_cleanup(move || {
        down.remove();
        up.remove();
    });
}

/// Whether pressing moves the view: while Space is held down, and with the hand tool.
pub(super) fn pans(app: App) -> bool {
    app.space.get_untracked() || app.hands.tool.get_untracked()
}

/// Keys pressed in fields, lists and panels are not for the canvas.
fn belongs_elsewhere(event: &ev::KeyboardEvent) -> bool {
    let Some(target) = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok()) else {
        return false;
    };
    let outside = target.tag_name() != "BODY" && !matches!(target.closest(".canvas-area"), Ok(Some(_)));
    outside || matches!(target.tag_name().as_str(), "INPUT" | "TEXTAREA" | "SELECT")
}

/// Whether the focus is on the drawing itself, not on buttons above it.
fn is_on_canvas(event: &ev::KeyboardEvent) -> bool {
    let target = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
    target.is_some_and(|target| matches!(target.closest(".canvas"), Ok(Some(_))))
}

fn escape(app: App) {
    if app.add_list.with_untracked(Option::is_some) {
        app.add_list.set(None);
    } else if app.gesture.with_untracked(|g| *g != Gesture::None) || app.offset.with_untracked(Option::is_some) {
        super::gestures::abandon(app);
    } else if app.hands.tool.get_untracked() {
        app.hands.tool.set(false);
    } else {
        app.select(Vec::new());
    }
}

/// Arrow keys: with Alt to the next box in that direction; else the selected boxes are lifted until the key is let go,
/// and where nothing is selected the view moves.
fn arrow(app: App, event: &ev::KeyboardEvent, direction: [f64; 2]) {
    if event.ctrl_key() || event.meta_key() {
        return;
    }
    event.prevent_default();
    if event.alt_key() {
        app.go_towards(direction);
        return;
    }
    let selected = app.selection.get_untracked();
    if selected.is_empty() {
        app.viewport.update(|view| view.pan(-direction[0] * PAN, -direction[1] * PAN));
        return;
    }
    if app.lens.get_untracked() != Lens::Design || app.gesture.with_untracked(|g| *g != Gesture::None) {
        return;
    }
    let step = if event.shift_key() { NUDGE_FAR } else { NUDGE };
    let now = app.offset.with_untracked(|offset| offset.as_ref().map_or([0.0, 0.0], |offset| offset.by));
    app.lift(&selected, [now[0] + direction[0] * step, now[1] + direction[1] * step]);
}
