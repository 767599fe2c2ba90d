//! A [`Timeline`] as SVG.

use plotters::drawing::DrawingAreaErrorKind;
use thiserror::Error;

use crate::{
    Band, Lane, Line, Palette, Timeline,
    marks::{Anchor, Paper, Point, sheet, width_of},
    scale,
};

/// Width of the names at the left, in pixels.
const GUTTER: f64 = 104.0;
/// Width left free at the right.
const EDGE: f64 = 14.0;
/// Height of one lane.
const LANE: f64 = 68.0;
/// Height between two lanes, where the upper end of the lower one is written.
const GAP: f64 = 22.0;
/// Height of the time axis.
const AXIS: f64 = 26.0;
/// Height of one row of band labels.
const LABEL_ROW: f64 = 16.0;
/// Most rows of band labels; labels beyond are left out, the bands stay.
const LABEL_ROWS: usize = 4;
/// Least distance of two ticks of the time axis.
const TICK_SPACE: f64 = 84.0;
/// Size of small text.
const SMALL: f64 = 11.0;
/// How the time that was not measured is called.
const WARM_UP: &str = "warm-up";
/// Narrowest sheet on which anything can be told.
const NARROWEST: u32 = 320;

/// A drawing that could not be made.
#[derive(Debug, Error)]
#[error("the chart could not be drawn: {0}")]
pub struct ChartError(String);

impl<E: std::error::Error + Send + Sync> From<DrawingAreaErrorKind<E>> for ChartError {
    fn from(error: DrawingAreaErrorKind<E>) -> Self {
        ChartError(error.to_string())
    }
}

/// Draws a timeline as one SVG document, `width` pixels wide (at least 320) and as high as its lanes need.
///
/// The text depends on the input only: the same timeline gives the same bytes everywhere.
///
/// # Errors
/// When plotters refuses an element; not known to happen.
pub fn draw(timeline: &Timeline, palette: &Palette, width: u32) -> Result<String, ChartError> {
    sketch(timeline, palette, "", width)
}

/// The same for pages that follow the viewer's theme: drawn in daylight, with a style that turns it dark where the viewer
/// prefers that. Programs that know no such styles show it in daylight.
///
/// # Errors
/// As [`draw`].
pub fn draw_for_both(timeline: &Timeline, width: u32) -> Result<String, ChartError> {
    sketch(timeline, &Palette::LIGHT, &Palette::LIGHT.turned_into(&Palette::DARK), width)
}

fn sketch(timeline: &Timeline, palette: &Palette, style: &str, width: u32) -> Result<String, ChartError> {
    let width = f64::from(width.max(NARROWEST));
    let labels = place_labels(timeline, width);
    let head = labels.iter().map(|label| label.row + 1).max().unwrap_or(0) as f64 * LABEL_ROW;
    let height = head + timeline.lanes.len() as f64 * (LANE + GAP) + AXIS;
    let sketch = Sketch { timeline, palette, width, head, height };
    sheet(&timeline.title, style, (width, height), |paper| {
        paper.rectangle((0.0, 0.0), (width, height), palette.ground, 1.0)?;
        sketch.bands(paper, &labels)?;
        sketch.axis(paper)?;
        timeline.lanes.iter().enumerate().try_for_each(|(i, lane)| sketch.lane(paper, i, lane))
    })
}

struct Sketch<'a> {
    timeline: &'a Timeline,
    palette: &'a Palette,
    width: f64,
    /// Height of the band labels above the first lane.
    head: f64,
    height: f64,
}

impl Sketch<'_> {
    fn x(&self, second: f64) -> f64 {
        x_of(self.timeline, self.width, second)
    }

    fn bottom(&self) -> f64 {
        self.height - AXIS
    }

    fn bands(&self, paper: &Paper<'_>, labels: &[Label<'_>]) -> Result<(), ChartError> {
        if self.timeline.warmup_s > 0.0 {
            let to = (self.x(self.timeline.warmup_s), self.bottom());
            paper.rectangle((self.x(0.0), self.head), to, self.palette.ink_3, 0.08)?;
            if to.0 - self.x(0.0) >= width_of(WARM_UP, SMALL) + 8.0 {
                let at = (self.x(0.0) + 4.0, self.head + GAP / 2.0);
                paper.word(WARM_UP, at, Anchor::Left, SMALL, self.palette.ink_3)?;
            }
        }
        for band in &self.timeline.bands {
            let (from, to) = (self.x(band.from_s), self.x(band.until_s));
            // A short fault of a long run is still to be seen.
            let to = to.max(from + 1.0);
            paper.rectangle((from, self.head), (to, self.bottom()), self.palette.hue(band.hue), 0.14)?;
        }
        for label in labels {
            let at = (label.x, label.row as f64 * LABEL_ROW + LABEL_ROW / 2.0);
            paper.word(&label.band.text, at, Anchor::Left, SMALL, self.palette.hue(label.band.hue))?;
        }
        Ok(())
    }

    fn axis(&self, paper: &Paper<'_>) -> Result<(), ChartError> {
        let room = self.x(self.timeline.duration_s) - self.x(0.0);
        let most = (room / TICK_SPACE).floor().max(1.0) as usize;
        let y = self.bottom();
        for (moment, text) in scale::time_ticks(self.timeline.duration_s, most) {
            let x = self.x(moment);
            paper.line(&[(x, y), (x, y + 4.0)], self.palette.line, 1.0)?;
            // The last word ends where the axis ends.
            let half = width_of(&text, SMALL) / 2.0;
            let x = x.min(self.width - half - 2.0);
            paper.word(&text, (x, y + 14.0), Anchor::Middle, SMALL, self.palette.ink_3)?;
        }
        Ok(())
    }

    fn lane(&self, paper: &Paper<'_>, index: usize, lane: &Lane) -> Result<(), ChartError> {
        let top = self.head + index as f64 * (LANE + GAP) + GAP;
        let bottom = top + LANE;
        let (left, right) = (self.x(0.0), self.x(self.timeline.duration_s));
        paper.line(&[(left, bottom), (right, bottom)], self.palette.line, 1.0)?;
        paper.word(&lane.name, (10.0, top + 8.0), Anchor::Left, SMALL + 1.0, self.palette.ink_2)?;
        // One line alone is named by its lane.
        let named = if lane.lines.len() > 1 { &lane.lines[..] } else { &[] };
        for (i, line) in named.iter().enumerate() {
            let y = top + 24.0 + i as f64 * 14.0;
            paper.line(&[(10.0, y), (20.0, y)], self.palette.hue(line.hue), 2.0)?;
            paper.word(&line.name, (25.0, y), Anchor::Left, SMALL, self.palette.ink_3)?;
        }
        let Some(max) = lane.max() else {
            let at = (left + 8.0, bottom - LANE / 2.0);
            return paper.word("no values", at, Anchor::Left, SMALL, self.palette.ink_3);
        };
        let end = scale::top(lane.unit, Some(max));
        paper.line(&[(left, top), (right, top)], self.palette.line, 0.5)?;
        paper.word(&lane.unit.say(end), (right, top - 8.0), Anchor::Right, SMALL, self.palette.ink_3)?;
        let y = |value: f64| bottom - (value / end).clamp(0.0, 1.0) * LANE;
        lane.lines.iter().try_for_each(|line| self.curve(paper, line, bottom, y))
    }

    fn curve(&self, paper: &Paper<'_>, line: &Line, bottom: f64, y: impl Fn(f64) -> f64) -> Result<(), ChartError> {
        let colour = self.palette.hue(line.hue);
        for stretch in line.stretches() {
            let points: Vec<Point> = stretch
                .iter()
                .map(|(bucket, value)| (self.x((*bucket as f64 + 0.5) * self.timeline.bucket_s), y(*value)))
                .collect();
            let (Some(first), Some(last)) = (points.first(), points.last()) else { continue };
            if points.len() == 1 {
                paper.dot(*first, 1.5, colour)?;
                continue;
            }
            if line.filled {
                let area: Vec<Point> =
                    [(first.0, bottom)].into_iter().chain(points.iter().copied()).chain([(last.0, bottom)]).collect();
                paper.polygon(&area, colour, 0.16)?;
            }
            paper.line(&points, colour, 1.5)?;
        }
        Ok(())
    }
}

/// A band's text with its place.
struct Label<'a> {
    band: &'a Band,
    x: f64,
    row: usize,
}

/// Each text once, at its first band; texts that would overlap go to rows of their own.
fn place_labels(timeline: &Timeline, width: f64) -> Vec<Label<'_>> {
    let mut ends = [f64::NEG_INFINITY; LABEL_ROWS];
    let mut labels: Vec<Label<'_>> = Vec::new();
    for band in &timeline.bands {
        if labels.iter().any(|label| label.band.text == band.text) {
            continue;
        }
        let length = width_of(&band.text, SMALL);
        let x = (x_of(timeline, width, band.from_s) + 3.0).min(width - length - 4.0).max(2.0);
        if let Some(row) = ends.iter().position(|end| *end + 8.0 <= x) {
            ends[row] = x + length;
            labels.push(Label { band, x, row });
        }
    }
    labels
}

fn x_of(timeline: &Timeline, width: f64, second: f64) -> f64 {
    let share = if timeline.duration_s > 0.0 { (second / timeline.duration_s).clamp(0.0, 1.0) } else { 0.0 };
    // NaN passes `clamp`.
    let share = if share.is_nan() { 0.0 } else { share };
    GUTTER + share * (width - GUTTER - EDGE)
}

#[cfg(test)]
mod tests;
