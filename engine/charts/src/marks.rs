//! Marks on paper: lines, areas, rectangles, words, in pixels.
//!
//! plotters counts in whole numbers. A gentle slope drawn in whole pixels is a staircase, so everything is drawn
//! [`FINE`] times larger and shown [`FINE`] times smaller by the view box.

use plotters::{
    coord::Shift,
    prelude::*,
    style::text_anchor::{HPos, Pos, VPos},
};

use crate::{ChartError, Colour};

/// Units of drawing per pixel: what plotters calls a pixel is a fourth of one.
pub const FINE: f64 = 4.0;

/// The window's face where it is installed, else the viewer's own.
const FONT: &str = "Inter, system-ui, sans-serif";

/// plotters divides font sizes by this before it writes them (`plotters-svg`, `draw_text`).
pub const FONT_DIVISOR: f64 = 1.24;

/// A point, in pixels from the upper left corner.
pub(crate) type Point = (f64, f64);

/// Where a word's given point is.
#[derive(Clone, Copy)]
pub(crate) enum Anchor {
    Left,
    Middle,
    Right,
}

/// A sheet that is drawn on.
pub(crate) struct Paper<B: DrawingBackend> {
    area: DrawingArea<B, Shift>,
}

impl<B: DrawingBackend> Paper<B> {
    /// On any backend whose units are [`FINE`] to the pixel.
    pub(crate) fn on(backend: B) -> Self {
        Paper { area: backend.into_drawing_area() }
    }

    /// Hands over what was drawn.
    pub(crate) fn present(&self) -> Result<(), ChartError> {
        Ok(self.area.present()?)
    }

    pub(crate) fn rectangle(&self, from: Point, to: Point, colour: Colour, opacity: f64) -> Result<(), ChartError> {
        let style = rgb(colour).mix(opacity).filled();
        Ok(self.area.draw(&Rectangle::new([point(from), point(to)], style))?)
    }

    pub(crate) fn line(&self, points: &[Point], colour: Colour, width: f64) -> Result<(), ChartError> {
        let style = rgb(colour).stroke_width(fine(width).max(1) as u32);
        Ok(self.area.draw(&PathElement::new(points.iter().copied().map(point).collect::<Vec<_>>(), style))?)
    }

    pub(crate) fn polygon(&self, points: &[Point], colour: Colour, opacity: f64) -> Result<(), ChartError> {
        let style = rgb(colour).mix(opacity);
        Ok(self.area.draw(&Polygon::new(points.iter().copied().map(point).collect::<Vec<_>>(), style))?)
    }

    pub(crate) fn dot(&self, at: Point, radius: f64, colour: Colour) -> Result<(), ChartError> {
        Ok(self.area.draw(&Circle::new(point(at), fine(radius), rgb(colour).filled()))?)
    }

    /// One line of text, its middle at the height of `at`.
    pub(crate) fn word(
        &self,
        text: &str,
        at: Point,
        anchor: Anchor,
        size: f64,
        colour: Colour,
    ) -> Result<(), ChartError> {
        let position = match anchor {
            Anchor::Left => HPos::Left,
            Anchor::Middle => HPos::Center,
            Anchor::Right => HPos::Right,
        };
        let colour = rgb(colour);
        let style = TextStyle::from((FontFamily::Name(FONT), size * FINE * FONT_DIVISOR).into_font())
            .color(&colour)
            .pos(Pos::new(position, VPos::Center));
        Ok(self.area.draw(&Text::new(printable(text), point(at), style))?)
    }
}

/// An SVG document of this size with what `marks` draws on it; `title` is what a screen reader says, `style` is CSS.
pub(crate) fn sheet(
    title: &str,
    style: &str,
    (width, height): (f64, f64),
    marks: impl FnOnce(&Paper<SVGBackend<'_>>) -> Result<(), ChartError>,
) -> Result<String, ChartError> {
    let mut drawn = String::new();
    let size = (fine(width).max(1) as u32, fine(height).max(1) as u32);
    let paper = Paper::on(SVGBackend::with_string(&mut drawn, size));
    marks(&paper)?;
    paper.present()?;
    drop(paper);
    // plotters' own first line gives the fine size as the size to show.
    let body = drawn.split_once('\n').map_or("", |(_, body)| body);
    let style = if style.is_empty() { String::new() } else { format!("<style>{style}</style>\n") };
    Ok(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {} {}\" role=\"img\" stroke-linejoin=\"round\">\n<title>{}</title>\n{style}{body}",
        fine(width),
        fine(height),
        escaped(&printable(title)),
    ))
}

/// About how wide a text will be, in pixels: the face is the viewer's, so this errs on the wide side.
pub(crate) fn width_of(text: &str, size: f64) -> f64 {
    text.chars().count() as f64 * size * 0.6
}

fn fine(pixels: f64) -> i32 {
    // `as` saturates; a drawing of such a size is empty, not wrong.
    (pixels * FINE).round() as i32
}

fn point((x, y): Point) -> (i32, i32) {
    (fine(x), fine(y))
}

fn rgb(Colour(red, green, blue): Colour) -> RGBColor {
    RGBColor(red, green, blue)
}

/// Without the characters that XML 1.0 forbids even when escaped.
fn printable(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\n' | '\t' | '\r' => ' ',
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => '\u{fffd}',
            c => c,
        })
        .collect()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
