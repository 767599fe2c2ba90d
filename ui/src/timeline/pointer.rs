//! What the pointer and keys do above curves that have no scrubber: they read values and choose a part of the time.

use leptos::{ev, prelude::*};

use super::{
    Board, moment,
    scrubber::{capture, depth, in_words, place, width},
};
use crate::text::metrics as text;

/// Pixels that the pointer may tremble before a press becomes a drag.
const TREMBLE: f64 = 3.0;

/// What the pointer does.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Hand {
    Free,
    /// Pressed at this pixel and moment.
    Pressed(f64, f64),
    /// Chooses a part, from this moment.
    Choose(f64),
}

#[component]
pub(super) fn Pointer(board: Board, zoom: Callback<(Option<(f64, f64)>,)>, zoomed: Signal<bool>) -> impl IntoView {
    let hand = RwSignal::new(Hand::Free);
    let moment = move |event: &ev::PointerEvent| board.window.get_untracked().second(place(event), width(event));
    let press = move |event: ev::PointerEvent| {
        if event.button() == 0 {
            capture(&event);
            hand.set(Hand::Pressed(place(&event), moment(&event)));
        }
    };
    let drag = move |event: ev::PointerEvent| {
        board.hover.set(Some(moment(&event)));
        board.pointed.set(Some(depth(&event)));
        if let Hand::Pressed(x, from) = hand.get_untracked()
            && (place(&event) - x).abs() > TREMBLE
        {
            hand.set(Hand::Choose(from));
        }
    };
    let release = move |event: ev::PointerEvent| {
        if let Hand::Choose(from) = hand.get_untracked() {
            let to = moment(&event);
            zoom.run((Some((from.min(to), from.max(to))),));
        }
        hand.set(Hand::Free);
    };
    let key = move |event: ev::KeyboardEvent| {
        if event.ctrl_key() || event.meta_key() || event.alt_key() {
            return;
        }
        let now = board.moment.get_untracked();
        match moment::after_key(&event.key(), event.shift_key(), now, board.bucket_s(), board.duration_s()) {
            Some(to) => {
                board.pointed.set(None);
                board.hover.set(Some(to));
            }
            None if event.key() == "Escape" && board.hover.with_untracked(Option::is_some) => board.hover.set(None),
            None if event.key() == "Escape" && zoomed.get_untracked() => zoom.run((None,)),
            None => return,
        }
        event.prevent_default();
        event.stop_propagation();
    };
    view! {
        <div
            class="scrubber pointer"
            data-test="metric-pointer"
            role="slider"
            tabindex="0"
            attr:aria-description=text::POINTER_HINT
            aria-label=text::POINTER
            aria-valuemin="0"
            aria-valuemax=move || board.model.with(|m| m.as_ref().map_or(0.0, |m| m.duration_s)).to_string()
            aria-valuenow=move || format!("{:.3}", board.moment.get())
            aria-valuetext=move || in_words(board)
            on:pointerdown=press
            on:pointermove=drag
            on:pointerup=release
            on:pointercancel=move |_| hand.set(Hand::Free)
            on:pointerleave=move |_| {
                board.hover.set(None);
                board.pointed.set(None);
            }
            on:dblclick=move |_| zoom.run((None,))
            on:keydown=key
        >
            {move || {
                let Hand::Choose(from) = hand.get() else { return None };
                let (a, b) = (x(board, from), x(board, board.hover.get()?));
                let (left, width) = (a.min(b), (a - b).abs());
                Some(view! { <div class="part" style:left=format!("{left:.1}px") style:width=format!("{width:.1}px")></div> })
            }}
            {move || {
                let at = x(board, board.hover.get()?);
                Some(view! { <div class="crosshair" style:transform=format!("translateX({at:.1}px)")></div> })
            }}
        </div>
        <Show when=move || zoomed.get()>
            <button class="button show-all" data-test="metric-all" on:click=move |_| zoom.run((None,))>{text::BACK}</button>
        </Show>
    }
}

fn x(board: Board, second: f64) -> f64 {
    board.window.get().x(second, board.size.get()[0])
}
