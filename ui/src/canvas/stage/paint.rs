//! Painting on the canvas below the boxes: the lines, and the boxes that are no elements of the page; the grid is next door.
//!
//! Everything that is seen is painted anew when anything but the view or the hand has changed: two thousand curves take a few milliseconds,
//! less than keeping track of more. Strokes of one look go in batches, since long paths are slower than several short ones.

use std::collections::BTreeMap;

use thalweg_flow::EdgeKind;
use wasm_bindgen::JsValue;
use web_sys::CanvasRenderingContext2d as Context;

use super::{boxes, drawing::Drawing, grid::Grid, ink::Ink, line::Line};
use crate::state::{Rect, Viewport};

/// Lines of one stroke.
const BATCH: usize = 32;
/// What heads, rings and marks reach beyond lines and boxes at most: so many canvas units and so many pixels.
const AROUND: f64 = 12.0;
/// Below this many pixels for a unit lines have no heads.
const HEADS_FROM: f64 = 0.2;
/// The thinnest line, in pixels.
const THINNEST: f64 = 0.6;
/// The widest line of a flow with more lines than this, in pixels, where it is neither busy nor chosen: a stroke beyond one pixel
/// of the screen is filled as an outline, which takes the processor seven times as long (measured with `WebKitGTK` 2.50).
const HAIR: f64 = 1.0;
const MANY: usize = 300;
/// Messages a second from which a line counts as busy.
const BUSY: f32 = 0.05;

/// What is painted.
pub(super) struct Picture<'a> {
    pub(super) drawing: &'a Drawing,
    pub(super) ink: &'a Ink,
    pub(super) view: Viewport,
    /// Width and height of the canvas in pixels of the page.
    pub(super) size: [f64; 2],
    /// Pixels of the screen for one of the page.
    pub(super) ratio: f64,
    /// The part that is not as it was, in canvas units; all of it when none is told.
    pub(super) within: Option<Rect>,
    /// Messages per second by line, where a run is shown; not a number where it says nothing.
    pub(super) rates: Option<&'a [f32]>,
    /// The lines that the pointer is over and that is selected.
    pub(super) hovered: Option<usize>,
    pub(super) selected_line: Option<usize>,
    pub(super) boxes: boxes::Looks<'a>,
}

/// How a line looks; lines that look the same are painted together, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Look {
    stroke: Stroke,
    dashed: bool,
    /// Hundredths of a canvas unit.
    width: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Stroke {
    Calm,
    Dead,
    Busy,
    Selected,
}

impl Picture<'_> {
    /// Paints everything; `between` the lines and the boxes what it is given to, with the part that is seen.
    pub(super) fn paint(&self, on: &Context, grid: &mut Grid, between: impl FnOnce(&Context, Rect)) {
        let [width, height] = self.size;
        on.save();
        let seen = self.clip(on);
        transform(on, self.ratio, 0.0, 0.0);
        on.set_fill_style_str(&self.ink.ground);
        on.fill_rect(0.0, 0.0, width, height);
        let view = self.view;
        grid.paint(on, &self.ink.grid, view, self.size, self.ratio);
        transform(on, view.zoom * self.ratio, view.x * self.ratio, view.y * self.ratio);
        self.lines(on, seen);
        between(on, seen);
        self.boxes.paint(on, self.drawing, self.ink, view.zoom, seen);
        on.restore();
    }

    /// Keeps the brush within what is to be painted, by whole pixels of the screen; gives where boxes and lines are that reach into it, in
    /// canvas units.
    fn clip(&self, on: &Context) -> Rect {
        let (view, [width, height]) = (self.view, self.size);
        let Some(part) = self.within else {
            return Rect::between(view.to_canvas(0.0, 0.0), view.to_canvas(width, height));
        };
        let part = part.grown(AROUND + AROUND / view.zoom);
        let pixel = |unit: f64, start: f64| (unit * view.zoom + start) * self.ratio;
        let left = pixel(part.x, view.x).floor().max(0.0);
        let top = pixel(part.y, view.y).floor().max(0.0);
        let right = pixel(part.x + part.width, view.x).ceil().min(width * self.ratio);
        let bottom = pixel(part.y + part.height, view.y).ceil().min(height * self.ratio);
        transform(on, 1.0, 0.0, 0.0);
        on.begin_path();
        on.rect(left, top, (right - left).max(0.0), (bottom - top).max(0.0));
        on.clip();
        let unit = |pixels: [f64; 2]| view.to_canvas(pixels[0] / self.ratio, pixels[1] / self.ratio);
        // What reaches in from beyond is painted too.
        Rect::between(unit([left, top]), unit([right, bottom])).grown(AROUND + AROUND / view.zoom)
    }

    fn lines(&self, on: &Context, seen: Rect) {
        let mut groups: BTreeMap<Look, Vec<&Line>> = BTreeMap::new();
        for (i, line) in self.drawing.lines.iter().enumerate() {
            if self.drawing.reach[i].touches(seen) && self.hovered != Some(i) {
                groups.entry(self.look(i)).or_default().push(line);
            }
        }
        for (look, lines) in &groups {
            self.strokes(on, *look, lines, self.colour(look.stroke));
        }
        if let Some((i, line)) = self.hovered.and_then(|i| Some((i, self.drawing.lines.get(i)?))) {
            let look = self.look(i);
            let mixed = format!("color-mix(in srgb, {} 70%, {})", self.colour(look.stroke), self.ink.text);
            self.strokes(on, look, &[line], &mixed);
        }
    }

    fn strokes(&self, on: &Context, look: Look, lines: &[&Line], colour: &str) {
        on.set_stroke_style_str(colour);
        on.set_fill_style_str(colour);
        on.set_line_width(self.width(look));
        dash(on, if look.dashed { &[6.0, 5.0] } else { &[] });
        for batch in lines.chunks(BATCH) {
            on.begin_path();
            for line in batch {
                trace(on, line);
            }
            on.stroke();
        }
        dash(on, &[]);
        if self.view.zoom >= HEADS_FROM {
            on.begin_path();
            for [tip, left, right] in lines.iter().map(|line| line.head()) {
                on.move_to(tip[0], tip[1]);
                on.line_to(left[0], left[1]);
                on.line_to(right[0], right[1]);
                on.close_path();
            }
            on.fill();
        }
    }

    /// In canvas units.
    fn width(&self, look: Look) -> f64 {
        let zoom = self.view.zoom;
        let width = (f64::from(look.width) / 100.0).max(THINNEST / zoom);
        let many = self.drawing.lines.len() > MANY && matches!(look.stroke, Stroke::Calm | Stroke::Dead);
        if many { width.min(HAIR / zoom) } else { width }
    }

    fn look(&self, line: usize) -> Look {
        let dead = self.drawing.scene.edges[line].kind == EdgeKind::DeadLetter;
        let rate = self.rates.and_then(|rates| rates.get(line)).copied().filter(|rate| !rate.is_nan());
        let busy = rate.is_some_and(|rate| rate > BUSY);
        if self.selected_line == Some(line) {
            return Look { stroke: Stroke::Selected, dashed: dead, width: 250 };
        }
        let stroke = match (dead, busy) {
            (true, _) => Stroke::Dead,
            (false, true) => Stroke::Busy,
            (false, false) => Stroke::Calm,
        };
        let width = rate.map_or(1.5, |rate| {
            // Steps of a twentieth: lines of about the same rate are painted together.
            let wide = 1.4 + 0.75 * f64::from(rate.max(0.0)).ln_1p() / std::f64::consts::LN_10;
            (wide * 20.0).round() / 20.0
        });
        Look { stroke, dashed: dead, width: (width * 100.0).round() as u32 }
    }

    fn colour(&self, stroke: Stroke) -> &str {
        match stroke {
            Stroke::Calm => &self.ink.edge,
            Stroke::Dead => &self.ink.dead,
            Stroke::Busy | Stroke::Selected => &self.ink.accent,
        }
    }
}

/// Adds a line to the path.
pub(super) fn trace(on: &Context, line: &Line) {
    on.move_to(line.start[0], line.start[1]);
    for piece in &line.pieces {
        on.bezier_curve_to(piece.from[0], piece.from[1], piece.to[0], piece.to[1], piece.end[0], piece.end[1]);
    }
}

/// Units are so many pixels of the screen, from some pixel on.
pub(in crate::canvas) fn transform(on: &Context, scale: f64, x: f64, y: f64) {
    // Fails for numbers that are none; then the last frame stays.
    drop(on.set_transform(scale, 0.0, 0.0, scale, x, y));
}

fn dash(on: &Context, lengths: &[f64]) {
    let lengths: js_sys::Array = lengths.iter().copied().map(JsValue::from).collect();
    drop(on.set_line_dash(&lengths));
}
