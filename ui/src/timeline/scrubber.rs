//! The scrubber: chooses the moment by pointer and keys, hovers, zooms.

use leptos::{ev, prelude::*};
use wasm_bindgen::JsCast as _;

use thalweg_charts::Window;

use super::{Board, moment, reading};
use crate::text::timeline as text;

/// What the pointer does.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Hand {
    Free,
    /// Moves the moment.
    Scrub,
    /// Pressed at this pixel and moment: a click or the beginning of a drag.
    Pressed(f64, f64),
    /// Chooses a part, from this moment.
    Zoom(f64),
}

/// Pixels that the pointer may tremble before a press becomes a drag.
const TREMBLE: f64 = 3.0;
/// How near the handle's line a press takes hold of it, in pixels.
const NEAR: f64 = 6.0;

/// The layer above the curves that the pointer meets.
#[component]
pub(super) fn Scrubber(board: Board) -> impl IntoView {
    let app = board.app;
    let hand = RwSignal::new(Hand::Free);
    let moment = move |event: &ev::PointerEvent| board.window.get_untracked().second(place(event), width(event));
    let press = move |event: ev::PointerEvent| {
        if event.button() != 0 {
            return;
        }
        capture(&event);
        let at = moment(&event);
        board.hover.set(Some(at));
        let room = board.room.get_untracked();
        let handle = board.window.get_untracked().x(app.scrubber.get_untracked(), room.width);
        // The handle and the time axis move the moment; everywhere else a drag zooms.
        let scrubs = (place(&event) - handle).abs() <= NEAR || depth(&event) > room.height - room.axis;
        if scrubs && !event.shift_key() {
            hand.set(Hand::Scrub);
            app.show_moment(at);
        } else {
            hand.set(Hand::Pressed(place(&event), at));
        }
    };
    let drag = move |event: ev::PointerEvent| {
        let at = moment(&event);
        board.hover.set(Some(at));
        match hand.get_untracked() {
            Hand::Scrub => app.scrubber.set(at),
            Hand::Pressed(x, from) if (place(&event) - x).abs() > TREMBLE => hand.set(Hand::Zoom(from)),
            _ => {}
        }
    };
    let release = move |event: ev::PointerEvent| {
        match hand.get_untracked() {
            Hand::Zoom(from) => {
                board.zoom.set(Some(Window::between(from, moment(&event), board.bucket_s(), board.duration_s())));
            }
            Hand::Pressed(_, at) => {
                app.show_moment(at);
            }
            Hand::Scrub | Hand::Free => {}
        }
        hand.set(Hand::Free);
    };
    let key = move |event: ev::KeyboardEvent| {
        if event.ctrl_key() || event.meta_key() || event.alt_key() {
            return;
        }
        let now = app.scrubber.get_untracked();
        let to = moment::after_key(&event.key(), event.shift_key(), now, board.bucket_s(), board.duration_s());
        if let Some(to) = to {
            app.show_moment(to);
        } else if event.key() == " " {
            app.toggle_playing();
        } else {
            return;
        }
        event.prevent_default();
        event.stop_propagation();
    };
    view! {
        <div
            class="scrubber"
            data-test="scrubber"
            role="slider"
            tabindex="0"
            attr:aria-description=text::SCRUBBER_HINT
            aria-label=text::SCRUBBER
            aria-valuemin="0"
            aria-valuemax=move || board.model.with(|m| m.as_ref().map_or(0.0, |m| m.duration_s)).to_string()
            aria-valuenow=move || format!("{:.3}", app.scrubber.get()).trim_end_matches('0').trim_end_matches('.').to_owned()
            aria-valuetext=move || in_words(board)
            on:pointerdown=press
            on:pointermove=drag
            on:pointerup=release
            on:pointercancel=move |_| hand.set(Hand::Free)
            on:pointerleave=move |_| board.hover.set(None)
            on:dblclick=move |_| board.zoom.set(None)
            on:keydown=key
        >
            <Marks board hand />
        </div>
        <Show when=move || board.zoom.with(Option::is_some)>
            <button class="button show-all" on:click=move |_| board.zoom.set(None)>{text::SHOW_ALL}</button>
        </Show>
    }
}

/// What the pointer leaves: the handle, the crosshair, the part that is being chosen.
#[component]
fn Marks(board: Board, hand: RwSignal<Hand>) -> impl IntoView {
    let app = board.app;
    let x = move |second: f64| board.window.get().x(second, board.size.get()[0]);
    let handle = move || {
        let (at, room) = (x(app.scrubber.get()), board.room.get());
        let (width, height, bottom) = (room.width, room.height, room.height - room.axis);
        (-1.0..=width + 1.0).contains(&at).then(|| {
            view! {
                <svg class="scrubber-handle" style:transform=format!("translateX({:.1}px)", at - 7.0) width="14" height=height>
                    <line x1="7" x2="7" y1="0" y2=bottom />
                    <path d=format!("M1 {bottom}h12v6l-6 5-6-5z") />
                </svg>
            }
        })
    };
    let crosshair = move || {
        let at = x(board.hover.get()?);
        Some(view! { <div class="crosshair" style:transform=format!("translateX({at:.1}px)")></div> })
    };
    let part = move || {
        let Hand::Zoom(from) = hand.get() else { return None };
        let (a, b) = (x(from), x(board.hover.get()?));
        let (left, width) = (a.min(b), (a - b).abs());
        Some(view! { <div class="part" style:left=format!("{left:.1}px") style:width=format!("{width:.1}px")></div> })
    };
    view! {
        {part}
        {crosshair}
        {handle}
    }
}

/// The moment with all values, for those who hear it.
pub(super) fn in_words(board: Board) -> String {
    let second = board.moment.get();
    let mut words = vec![board.say_moment(second)];
    board.model.with(|model| {
        let Some(model) = model.as_ref() else { return };
        for lane in &model.lanes {
            if let Some(heat) = &lane.heat {
                words.push(format!("{}: {}", lane.name, super::heat::told(heat, lane.unit, second)));
                continue;
            }
            let lines = lane.lines.iter().map(|line| {
                let name = if line.baseline { text::of_baseline(&line.name) } else { line.name.clone() };
                format!("{name} {}", reading(lane.unit, line, model.bucket_s, second))
            });
            words.push(format!("{}: {}", lane.name, lines.collect::<Vec<_>>().join(", ")));
        }
    });
    words.join("; ")
}

/// Keeps the pointer's events coming while it is down, wherever it goes.
pub(super) fn capture(event: &ev::PointerEvent) {
    if let Some(element) = element(event) {
        // Without it, dragging ends at the element's edge.
        drop(element.set_pointer_capture(event.pointer_id()));
    }
}

pub(super) fn place(event: &ev::PointerEvent) -> f64 {
    element(event).map_or(0.0, |element| f64::from(event.client_x()) - element.get_bounding_client_rect().left())
}

pub(super) fn depth(event: &ev::PointerEvent) -> f64 {
    element(event).map_or(0.0, |element| f64::from(event.client_y()) - element.get_bounding_client_rect().top())
}

pub(super) fn width(event: &ev::PointerEvent) -> f64 {
    element(event).map_or(0.0, |element| element.get_bounding_client_rect().width())
}

fn element(event: &ev::PointerEvent) -> Option<web_sys::Element> {
    event.current_target().and_then(|target| target.dyn_into().ok())
}
