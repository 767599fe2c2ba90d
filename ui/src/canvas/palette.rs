//! The palette of node kinds: a click adds one, dragging adds it at its place.

use leptos::{ev, prelude::*};

use super::{kinds::GROUPS, scene::Hue};
use crate::{
    state::{Gesture, app},
    text,
};

/// The palette at the left.
#[component]
pub(super) fn Palette() -> impl IntoView {
    let app = app();
    let entry = move |kind: &'static str| {
        let press = move |event: ev::PointerEvent| {
            if event.button() == 0 {
                let at = [f64::from(event.client_x()), f64::from(event.client_y())];
                app.gesture.set(Gesture::Place { kind, pressed: at, at });
            }
        };
        // Only the keyboard: a pointer's click is the end of a gesture that did not move.
        let click = move |event: ev::MouseEvent| {
            if event.detail() == 0 {
                app.add_node_somewhere(kind);
            }
        };
        view! {
            <button
                class=Hue::of_kind(kind).class()
                data-test=format!("add-{kind}")
                title=text::kind_sentence(kind)
                on:pointerdown=press
                on:click=click
            >
                {text::kind(kind)}
            </button>
        }
    };
    view! {
        <div class="palette" data-test="palette">
            {GROUPS.map(|(group, kinds)| view! {
                <b>{group}</b>
                {kinds.iter().map(|kind| entry(kind)).collect_view()}
            })}
        </div>
    }
}

/// The kind that is being dragged onto the canvas.
#[component]
pub(super) fn InHand() -> impl IntoView {
    let app = app();
    move || {
        let Gesture::Place { kind, pressed, at: [x, y] } = app.gesture.get() else { return None };
        ((pressed[0] - x).hypot(pressed[1] - y) > 0.0).then(|| {
            view! {
                <div
                    class=format!("ghost {}", Hue::of_kind(kind).class())
                    style:left=format!("{}px", x - 75.0)
                    style:top=format!("{}px", y - 20.0)
                >
                    <b>{text::kind(kind)}</b>
                </div>
            }
        })
    }
}
