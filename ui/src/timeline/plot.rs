//! The drawing itself, by `thalweg-charts` on a canvas: warm-up, bands, curves, the time axis.

use leptos::{html, prelude::*};

use super::Board;
use crate::kit::ink;

/// Everything below the scrubber.
#[component]
pub(super) fn Plot(board: Board) -> impl IntoView {
    let canvas = NodeRef::<html::Canvas>::new();
    Effect::new(move |_| {
        let (Some(canvas), Some(model)) = (canvas.get(), board.shown.get()) else { return };
        let (palette, scale) = (board.palette.get(), window().device_pixel_ratio());
        ink::draw(&canvas, &model, board.view.get(), &palette, board.room.get(), scale);
    });
    view! {
        <canvas
            class="curves"
            data-test="curves"
            node_ref=canvas
            aria-hidden="true"
            style:width=move || format!("{}px", board.size.get()[0])
            style:height=move || format!("{}px", board.size.get()[1])
        ></canvas>
    }
}
