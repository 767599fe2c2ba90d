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

    /// A line of dashes, dimmer than a whole one.
    pub(crate) fn dashed(&self, points: &[Point], colour: Colour, width: f64) -> Result<(), ChartError> {
        let style = rgb(colour).mix(DIM).stroke_width(fine(width).max(1) as u32);
        for dash in dashes(points) {
            let dash: Vec<_> = dash.into_iter().map(point).collect();
            self.area.draw(&PathElement::new(dash, style))?;
        }
        Ok(())
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

/// How much of its colour a dashed line has: less than the line it is compared with, enough to be seen on both grounds.
const DIM: f64 = 0.75;
/// Length of a dash and of the gap behind it, in pixels.
const DASH: [f64; 2] = [4.0, 3.0];

/// A line cut into dashes; corners within a dash stay.
fn dashes(points: &[Point]) -> Vec<Vec<Point>> {
    let Some(first) = points.first() else { return Vec::new() };
    let mut dashes = vec![vec![*first]];
    // Which of the two is drawn, and how much of it is left.
    let (mut turn, mut left) = (0, DASH[0]);
    for pair in points.windows(2) {
        let (mut from, to) = (pair[0], pair[1]);
        loop {
            let length = (to.0 - from.0).hypot(to.1 - from.1);
            if length <= left || !length.is_finite() {
                left -= if length.is_finite() { length } else { 0.0 };
                if turn == 0
                    && let Some(dash) = dashes.last_mut()
                {
                    dash.push(to);
                }
                break;
            }
            let share = left / length;
            from = (from.0 + (to.0 - from.0) * share, from.1 + (to.1 - from.1) * share);
            if turn == 0 {
                if let Some(dash) = dashes.last_mut() {
                    dash.push(from);
                }
            } else {
                dashes.push(vec![from]);
            }
            turn = 1 - turn;
            left = DASH[turn];
        }
    }
    dashes.retain(|dash| dash.len() > 1);
    dashes
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dashes_follow_the_line_and_its_corners() {
        assert_eq!(dashes(&[(0.0, 0.0), (10.0, 0.0)]), [vec![(0.0, 0.0), (4.0, 0.0)], vec![(7.0, 0.0), (10.0, 0.0)]]);
        // Round the corner within a dash.
        let corner = dashes(&[(0.0, 0.0), (2.0, 0.0), (2.0, 9.0)]);
        assert_eq!(corner, [vec![(0.0, 0.0), (2.0, 0.0), (2.0, 2.0)], vec![(2.0, 5.0), (2.0, 9.0)]]);
        assert!(dashes(&[]).is_empty() && dashes(&[(1.0, 1.0)]).is_empty());
        assert_eq!(dashes(&[(0.0, 0.0), (f64::INFINITY, 0.0)]).len(), 1);
    }
}
