//! Painting a flame graph on a canvas: what is in sight of it, whatever the size of the trace.

use thalweg_protocol::{TraceRow, trace::RowKind};
use wasm_bindgen::JsValue;
use web_sys::CanvasRenderingContext2d as Context;

use super::{
    LANE,
    lanes::{Bar, Lanes, Window},
};
use crate::{
    kit::tokens,
    traces::{colours::COLOURS, tree::Tree},
};

/// Space between two lanes, in pixels.
const GAP: f64 = 2.0;
/// Bars from this width on carry their name, and the mean width of a letter.
const NAMED_FROM: f64 = 34.0;
const LETTER: f64 = 6.1;
/// The dashes of waiting.
const DASH: [f64; 2] = [3.0, 3.0];

/// The colours of the theme that is on.
#[derive(Debug, Clone, Default)]
pub(super) struct Inks {
    services: Vec<String>,
    waiting: String,
    bad: String,
    on_bar: String,
    mark: String,
    font: String,
}

impl Inks {
    /// Reads the tokens as they are now.
    pub(super) fn of_page() -> Self {
        let read = tokens();
        Inks {
            services: (0..COLOURS).map(|colour| read(&format!("--trace-{colour}"))).collect(),
            waiting: read("--channel"),
            bad: read("--bad"),
            on_bar: read("--mark-ink"),
            mark: read("--ink"),
            font: read("--font"),
        }
    }
}

/// Bars of one colour, each with its distance from above.
#[derive(Clone, Default)]
struct Pile {
    bars: Vec<(Bar, f64)>,
    waiting: Vec<(Bar, f64)>,
}

/// What is painted.
pub(super) struct Picture<'a> {
    pub(super) tree: &'a Tree,
    pub(super) lanes: &'a Lanes,
    pub(super) inks: &'a Inks,
    pub(super) window: Window,
    /// Pixels by which the lanes are scrolled.
    pub(super) top: f64,
    /// Width and height in pixels of the page, and pixels of the screen for one of them.
    pub(super) size: [f64; 2],
    pub(super) ratio: f64,
    pub(super) chosen: Option<usize>,
    pub(super) hovered: Option<usize>,
}

impl Picture<'_> {
    pub(super) fn paint(&self, on: &Context) {
        let [width, height] = self.size;
        drop(on.set_transform(self.ratio, 0.0, 0.0, self.ratio, 0.0, 0.0));
        on.clear_rect(0.0, 0.0, width, height);
        on.set_font(&format!("11px {}", self.inks.font));
        on.set_text_baseline("middle");
        let first = (self.top / LANE).max(0.0) as usize;
        let last = (((self.top + height) / LANE).ceil().max(0.0) as usize).min(self.lanes.count());
        // By colour: choosing one costs more than painting a bar with it.
        let mut piles = vec![Pile::default(); self.inks.services.len() + 1];
        for lane in first..last {
            let y = lane as f64 * LANE - self.top;
            for bar in self.lanes.seen(&self.tree.view.rows, lane, self.window, width) {
                let Some(row) = self.tree.row(bar.row) else { continue };
                let colour = self.tree.colour(bar.row).map_or(self.inks.services.len(), usize::from);
                let Some(pile) = piles.get_mut(colour) else { continue };
                let is_waiting = matches!(row.kind, RowKind::Wait | RowKind::Retry);
                if is_waiting { pile.waiting.push((bar, y)) } else { pile.bars.push((bar, y)) }
            }
        }
        for (pile, colour) in piles.iter().zip(self.inks.services.iter().chain([&self.inks.waiting])) {
            self.bars(on, &pile.bars, colour);
            self.waiting(on, &pile.waiting, colour);
        }
        self.errors(on, &piles);
        self.names(on, &piles);
        for (row, wide) in [(self.hovered, 1.0), (self.chosen, 2.0)] {
            self.outline(on, row, wide);
        }
    }

    /// Left edge and width of a row in pixels, cut at the edges of the canvas.
    fn place(&self, row: &TraceRow) -> [f64; 2] {
        let pixels = |nano: f64| (self.window.share(nano) * self.size[0]).clamp(-1.0, self.size[0] + 1.0);
        let left = pixels(row.start_nano as f64);
        let right = pixels(row.start_nano.saturating_add(row.duration_nano) as f64);
        [left, (right - left).max(1.0)]
    }

    /// A bar's left edge and width as it is painted: with a hair of ground to its neighbour.
    fn drawn(&self, bar: Bar) -> Option<[f64; 2]> {
        let [left, width] = self.place(self.tree.row(bar.row)?);
        Some([left, if width > 3.0 { width - 0.5 } else { width }])
    }

    fn bars(&self, on: &Context, bars: &[(Bar, f64)], colour: &str) {
        if bars.is_empty() {
            return;
        }
        on.set_fill_style_str(colour);
        for (bar, y) in bars {
            if let Some([left, width]) = self.drawn(*bar) {
                on.fill_rect(left, *y, width, LANE - GAP);
            }
        }
    }

    /// Dashed, all of a colour in one stroke.
    fn waiting(&self, on: &Context, bars: &[(Bar, f64)], colour: &str) {
        if bars.is_empty() {
            return;
        }
        on.set_stroke_style_str(colour);
        on.set_line_width(2.0);
        drop(on.set_line_dash(&DASH.into_iter().map(JsValue::from).collect::<js_sys::Array>()));
        on.begin_path();
        for (bar, y) in bars {
            if let Some([left, width]) = self.tree.row(bar.row).map(|row| self.place(row)) {
                on.move_to(left, y + LANE / 2.0);
                on.line_to(left + width, y + LANE / 2.0);
            }
        }
        on.stroke();
        drop(on.set_line_dash(&js_sys::Array::new()));
    }

    /// Errors are underlined.
    fn errors(&self, on: &Context, piles: &[Pile]) {
        on.set_fill_style_str(&self.inks.bad);
        for (bar, y) in piles.iter().flat_map(|pile| &pile.bars) {
            if self.tree.row(bar.row).is_some_and(|row| row.error)
                && let Some([left, width]) = self.drawn(*bar)
            {
                on.fill_rect(left, y + LANE - GAP - 3.0, width, 3.0);
            }
        }
    }

    /// Bars that are wide enough carry their names.
    fn names(&self, on: &Context, piles: &[Pile]) {
        on.set_fill_style_str(&self.inks.on_bar);
        for (bar, y) in piles.iter().flat_map(|pile| &pile.bars).filter(|(bar, _)| bar.others == 0) {
            let Some(row) = self.tree.row(bar.row) else { continue };
            let [left, width] = self.place(row);
            if width >= NAMED_FROM {
                let name = cut(&row.name, (width - 10.0) / LETTER);
                // Fails for numbers that are none; then a name is missing.
                drop(on.fill_text(&name, left.max(0.0) + 5.0, y + (LANE - GAP) / 2.0 + 0.5));
            }
        }
    }

    fn outline(&self, on: &Context, row: Option<usize>, wide: f64) {
        let place = row.and_then(|row| Some((self.tree.row(row)?, self.lanes.of(row)?)));
        let Some((row, lane)) = place else { return };
        let [left, width] = self.place(row);
        on.set_stroke_style_str(&self.inks.mark);
        on.set_line_width(wide);
        let half = wide / 2.0;
        on.stroke_rect(left + half, lane as f64 * LANE - self.top + half, (width - wide).max(0.5), LANE - GAP - wide);
    }
}

/// So many letters of a text, with a sign that there are more.
fn cut(text: &str, letters: f64) -> String {
    let letters = letters.max(0.0) as usize;
    if text.chars().count() <= letters {
        return text.to_owned();
    }
    text.chars().take(letters.saturating_sub(1)).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::cut;

    #[test]
    fn names_are_cut_to_their_bars() {
        assert_eq!(cut("place order", 20.0), "place order");
        assert_eq!(cut("place order", 6.9), "place…");
        assert_eq!(cut("größer als", 4.0), "grö…");
        assert_eq!(cut("place", -3.0), "…");
    }
}
