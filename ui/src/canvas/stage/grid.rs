//! The grid of dots: one row of them is painted once, and laid on the canvas for each row.
//!
//! As a path, or dot by dot, three thousand dots take a millisecond of each frame; as rows next to nothing.

use wasm_bindgen::JsCast as _;
use web_sys::{CanvasRenderingContext2d as Context, HtmlCanvasElement};

use super::paint::transform;
use crate::{kit::brush, state::Viewport};

/// Distance of the dots at 100%.
const DISTANCE: f64 = 22.0;
/// Width of a dot, and the height of a row, in pixels of the page.
const DOT: f64 = 1.6;
const ROW: f64 = 3.0;

/// Paints the grid, and keeps its row.
#[derive(Default)]
pub(super) struct Grid(Option<(Row, HtmlCanvasElement)>);

/// What a row of dots looks like; lengths in pixels of the page.
#[derive(Debug, Clone, PartialEq)]
struct Row {
    step: f64,
    dots: usize,
    ratio: f64,
    colour: String,
}

impl Grid {
    /// Dots on whole pixels of the page, over all of the canvas.
    pub(super) fn paint(&mut self, on: &Context, colour: &str, view: Viewport, [width, height]: [f64; 2], ratio: f64) {
        let step = DISTANCE * scale(view.zoom);
        let row = Row { step, dots: (width / step).ceil() as usize + 2, ratio, colour: colour.to_owned() };
        if self.0.as_ref().is_none_or(|(known, _)| *known != row) {
            self.0 = row.paint().map(|painted| (row, painted));
        }
        let Some((_, row)) = &self.0 else { return };
        let first = |offset: f64| (offset.rem_euclid(step) - step) + step / 2.0;
        let left = first(view.x).round() - 1.0;
        let size = [f64::from(row.width()), f64::from(row.height())].map(|pixels| pixels / ratio);
        let mut y = first(view.y);
        while y < height {
            // Fails for a row without a pixel; then there is nothing to paint.
            let top = y.round() - 1.0;
            drop(on.draw_image_with_html_canvas_element_and_dw_and_dh(row, left, top, size[0], size[1]));
            y += step;
        }
    }
}

impl Row {
    /// Its dots, the middle of the first a pixel from the left and the top.
    fn paint(&self) -> Option<HtmlCanvasElement> {
        let canvas: HtmlCanvasElement = leptos::prelude::document().create_element("canvas").ok()?.dyn_into().ok()?;
        canvas.set_width((self.dots as f64 * self.step * self.ratio).ceil() as u32);
        canvas.set_height((ROW * self.ratio).ceil() as u32);
        let on = brush(&canvas)?;
        transform(&on, self.ratio, 0.0, 0.0);
        on.set_fill_style_str(&self.colour);
        for i in 0..self.dots {
            on.fill_rect((i as f64 * self.step).round() + 1.0 - DOT / 2.0, 1.0 - DOT / 2.0, DOT, DOT);
        }
        Some(canvas)
    }
}

/// The dots stay at least as far from each other as at 100%, and less than twice as far where they are zoomed out.
fn scale(zoom: f64) -> f64 {
    let mut scale = zoom;
    while scale < 1.0 {
        scale *= 2.0;
    }
    scale
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dots_are_neither_crowded_nor_lost() {
        for zoom in [0.05, 0.1, 0.24, 0.5, 0.99] {
            assert!((1.0..2.0).contains(&scale(zoom)), "{zoom}");
        }
        assert!((scale(3.0) - 3.0).abs() < 1e-9);
    }
}
