//! Painting a density: the fuller a cell the stronger its colour; the part of it with errors in another, at its top.

use web_sys::CanvasRenderingContext2d as Context;

use super::plot::{LEFT, Plot, RIGHT};
use crate::{kit::tokens, traces::when};

/// The colours of the theme that is on.
#[derive(Debug, Clone, Default)]
pub(super) struct Inks {
    traces: String,
    errors: String,
    grid: String,
    ink: String,
    mono: String,
}

impl Inks {
    /// Reads the tokens as they are now.
    pub(super) fn of_page() -> Self {
        let read = tokens();
        Inks {
            traces: read("--consumer"),
            errors: read("--bad"),
            grid: read("--grid"),
            ink: read("--ink-3"),
            mono: read("--mono"),
        }
    }
}

/// The faintest colour of a cell that has traces.
const FAINTEST: f64 = 0.3;
/// A cell is painted at least so wide and high, in pixels.
const LEAST: f64 = 2.5;

impl Plot<'_> {
    pub(super) fn paint(&self, on: &Context, inks: &Inks, ratio: f64) {
        // Fails for numbers that are none, which a ratio is not.
        drop(on.set_transform(ratio, 0.0, 0.0, ratio, 0.0, 0.0));
        on.clear_rect(0.0, 0.0, self.size[0], self.size[1]);
        on.set_font(&format!("9.5px {}", inks.mono));
        on.set_stroke_style_str(&inks.grid);
        on.set_fill_style_str(&inks.ink);
        on.set_line_width(1.0);
        on.set_text_baseline("middle");
        on.set_text_align("right");
        for (name, y) in self.decades() {
            on.begin_path();
            on.move_to(LEFT, y.round() - 0.5);
            on.line_to(self.size[0] - RIGHT, y.round() - 0.5);
            on.stroke();
            drop(on.fill_text(&name, LEFT - 8.0, y.clamp(6.0, self.size[1] - 6.0)));
        }
        on.set_text_align("left");
        for (words, x) in self.moments(when::day_and_time, &when::today()) {
            drop(on.fill_text(&words, x, self.size[1] - 8.0));
        }
        let most = self.density.cells.iter().map(|cell| cell[2]).max().unwrap_or(1);
        let strength = |count: u32| {
            let share = f64::from(count).ln_1p() / f64::from(most).ln_1p();
            FAINTEST + (1.0 - FAINTEST) * share
        };
        for [column, row, traces, with_errors] in &self.density.cells {
            let [left, top, width, height] = self.rect((*column, *row), (*column, *row));
            // A hair of ground between cells that are large enough.
            let [wide, high] = [width, height].map(|side| if side > 4.0 { side - 1.0 } else { side.max(LEAST) });
            on.set_global_alpha(strength(*traces));
            on.set_fill_style_str(&inks.traces);
            on.fill_rect(left, top, wide, high);
            if *with_errors > 0 {
                let share = f64::from(*with_errors) / f64::from((*traces).max(1));
                on.set_global_alpha(1.0);
                on.clear_rect(left, top, wide, (high * share).max(LEAST));
                on.set_global_alpha(strength(*with_errors).max(0.7));
                on.set_fill_style_str(&inks.errors);
                on.fill_rect(left, top, wide, (high * share).max(LEAST));
            }
        }
        on.set_global_alpha(1.0);
    }
}
