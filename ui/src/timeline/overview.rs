//! The whole run in small, with the part that is seen: dragging beside it chooses another part, dragging it moves it.

use leptos::{ev, html, prelude::*};
use thalweg_charts::{Room, Timeline, View, Window};
use wasm_bindgen::JsCast as _;

use super::Board;
use crate::{kit::ink, text::timeline as text};

/// Width and height in pixels.
const SIZE: [f64; 2] = [220.0, 20.0];

/// What the pointer does, from a moment on.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Hand {
    Free,
    Choose(f64),
    Move(f64, Window),
}

/// The small picture.
#[component]
pub(super) fn Overview(board: Board) -> impl IntoView {
    let canvas = NodeRef::<html::Canvas>::new();
    let first = Memo::new(move |_| {
        board.shown.with(|shown| {
            let shown = shown.as_ref()?;
            Some(Timeline { lanes: shown.lanes.iter().take(1).cloned().collect(), ..(**shown).clone() })
        })
    });
    Effect::new(move |_| {
        let Some(canvas) = canvas.get() else { return };
        let (palette, scale) = (board.palette.get(), window().device_pixel_ratio());
        first.with(|first| {
            if let Some(first) = first {
                let view = View { window: Window::whole(first.duration_s), ..board.view.get() };
                ink::draw(&canvas, first, view, &palette, Room::strip(SIZE), scale);
            }
        });
    });
    let hand = RwSignal::new(Hand::Free);
    let moment = move |event: &ev::PointerEvent| {
        let element = event.current_target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
        let x = element.map_or(0.0, |e| f64::from(event.client_x()) - e.get_bounding_client_rect().left());
        Window::whole(board.duration_s()).second(x, SIZE[0])
    };
    let press = move |event: ev::PointerEvent| {
        if event.button() != 0 {
            return;
        }
        super::scrubber::capture(&event);
        let at = moment(&event);
        let held = board.zoom.get_untracked().filter(|zoom| (zoom.from_s..=zoom.until_s).contains(&at));
        hand.set(held.map_or(Hand::Choose(at), |zoom| Hand::Move(at, zoom)));
    };
    let drag = move |event: ev::PointerEvent| {
        let (at, duration) = (moment(&event), board.duration_s());
        match hand.get_untracked() {
            Hand::Choose(from) if (at - from).abs() > duration / SIZE[0] * 3.0 => {
                board.zoom.set(Some(Window::between(from, at, board.bucket_s(), duration)));
            }
            Hand::Free | Hand::Choose(_) => {}
            Hand::Move(from, zoom) => board.zoom.set(Some(zoom.moved(at - from, duration))),
        }
    };
    let part = move || {
        let zoom = board.zoom.get()?;
        let whole = Window::whole(board.model.with(|m| m.as_ref().map_or(0.0, |m| m.duration_s)));
        let (left, right) = (whole.x(zoom.from_s, SIZE[0]), whole.x(zoom.until_s, SIZE[0]));
        Some(
            view! { <i class="seen" style:left=format!("{left:.1}px") style:width=format!("{:.1}px", (right - left).max(3.0))></i> },
        )
    };
    view! {
        <div
            class="overview"
            data-test="overview"
            title=text::OVERVIEW
            on:pointerdown=press
            on:pointermove=drag
            on:pointerup=move |_| hand.set(Hand::Free)
            on:pointercancel=move |_| hand.set(Hand::Free)
            on:dblclick=move |_| board.zoom.set(None)
        >
            <canvas node_ref=canvas aria-hidden="true"></canvas>
            {part}
        </div>
    }
}
