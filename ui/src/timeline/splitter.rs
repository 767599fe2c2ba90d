//! The upper edge of the timeline, which makes it higher or lower.

use std::cell::Cell;

use leptos::{ev, prelude::*};

use crate::text::timeline as text;

/// Height in pixels when the window opens, and the bounds of what can be chosen.
const HEIGHT: f64 = 290.0;
const LEAST: f64 = 150.0;
const MOST: f64 = 620.0;
/// Pixels of one press of an arrow key.
const STEP: f64 = 20.0;

thread_local! {
    // The panel is made anew whenever its lens is shown; what was chosen stays for as long as the window is open.
    static CHOSEN: Cell<f64> = const { Cell::new(HEIGHT) };
}

/// The height of the panel, as it was chosen last.
pub(crate) fn height() -> RwSignal<f64> {
    RwSignal::new(CHOSEN.get())
}

#[component]
pub(crate) fn Splitter(height: RwSignal<f64>) -> impl IntoView {
    let grip = RwSignal::new(None::<(f64, f64)>);
    let choose = move |to: f64| {
        let to = to.clamp(LEAST, MOST);
        CHOSEN.set(to);
        height.set(to);
    };
    let press = move |event: ev::PointerEvent| {
        if event.button() == 0 {
            event.prevent_default();
            super::scrubber::capture(&event);
            grip.set(Some((f64::from(event.client_y()), height.get_untracked())));
        }
    };
    let drag = move |event: ev::PointerEvent| {
        if let Some((y, before)) = grip.get_untracked() {
            choose(before + y - f64::from(event.client_y()));
        }
    };
    let key = move |event: ev::KeyboardEvent| {
        let step = match event.key().as_str() {
            "ArrowUp" => STEP,
            "ArrowDown" => -STEP,
            _ => return,
        };
        event.prevent_default();
        choose(height.get_untracked() + step);
    };
    view! {
        <div
            class="splitter"
            role="separator"
            aria-orientation="horizontal"
            aria-label=text::RESIZE
            aria-valuemin=LEAST.to_string()
            aria-valuemax=MOST.to_string()
            aria-valuenow=move || height.get().to_string()
            tabindex="0"
            on:pointerdown=press
            on:pointermove=drag
            on:pointerup=move |_| grip.set(None)
            on:pointercancel=move |_| grip.set(None)
            on:dblclick=move |_| choose(HEIGHT)
            on:keydown=key
        ></div>
    }
}
