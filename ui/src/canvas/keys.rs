//! Keys that mean something only on the canvas: arrows move boxes, Space pans, Escape lets go.

use leptos::{ev, prelude::*};
use wasm_bindgen::JsCast as _;

use crate::state::{App, Gesture, Lens};

/// Canvas units of one press of an arrow key, and with Shift.
const NUDGE: f64 = 2.0;
const NUDGE_FAR: f64 = 20.0;

/// Hears keys while the canvas is shown.
pub(super) fn listen(app: App) {
    app.space.set(false);
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
            "ArrowLeft" => nudge(app, &event, [-1.0, 0.0]),
            "ArrowRight" => nudge(app, &event, [1.0, 0.0]),
            "ArrowUp" => nudge(app, &event, [0.0, -1.0]),
            "ArrowDown" => nudge(app, &event, [0.0, 1.0]),
            _ => {}
        }
    });
    let up = window_event_listener(ev::keyup, move |event| match event.key().as_str() {
        " " => drop(app.space.try_set(false)),
        key if key.starts_with("Arrow") && app.gesture.with_untracked(|g| *g == Gesture::None) => app.put_down(),
        _ => {}
    });
    on_cleanup(move || {
        down.remove();
        up.remove();
    });
}

/// Whether Space is held down.
pub(super) fn space_is_down(app: App) -> bool {
    app.space.get_untracked()
}

/// Keys pressed in fields, lists and panels are not for the canvas.
fn belongs_elsewhere(event: &ev::KeyboardEvent) -> bool {
    let Some(target) = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok()) else {
        return false;
    };
    let outside = target.tag_name() != "BODY" && !matches!(target.closest(".canvas-area"), Ok(Some(_)));
    outside || matches!(target.tag_name().as_str(), "INPUT" | "TEXTAREA" | "SELECT")
}

fn escape(app: App) {
    if app.add_list.with_untracked(Option::is_some) {
        app.add_list.set(None);
    } else if app.gesture.with_untracked(|g| *g != Gesture::None) {
        super::gestures::abandon(app);
    } else {
        app.select(Vec::new());
    }
}

/// Arrow keys lift the selected boxes; letting the key go puts them down as one step.
fn nudge(app: App, event: &ev::KeyboardEvent, direction: [f64; 2]) {
    let selected = app.selection.get_untracked();
    if selected.is_empty() || app.lens.get_untracked() != Lens::Design || event.ctrl_key() {
        return;
    }
    event.prevent_default();
    let step = if event.shift_key() { NUDGE_FAR } else { NUDGE };
    let now = app.offset.with_untracked(|offset| offset.as_ref().map_or([0.0, 0.0], |offset| offset.by));
    app.lift(&selected, [now[0] + direction[0] * step, now[1] + direction[1] * step]);
}
