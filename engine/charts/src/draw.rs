//! A [`Timeline`] drawn: as SVG, or on any backend of plotters.

use plotters::prelude::{DrawingAreaErrorKind, DrawingBackend};
use thiserror::Error;

use crate::{
    Heat, Lane, Line, Palette, Room, Scale, Timeline, Window, heat,
    marks::{Anchor, Paper, Point, sheet, width_of},
    room::{LABEL_ROW, Label, SMALL},
    scale::Axis,
};

/// Narrowest sheet on which anything can be told.
const NARROWEST: u32 = 320;
/// Length of the lines that stand for a run in the legend.
const LEGEND_LINE: f64 = 22.0;
/// Side of the squares that show a heat map's colours in the legend.
const SWATCH: f64 = 11.0;
/// Height from which a logarithmic lane has room for the words of its ground.
const ROOM_FOR_GROUND: f64 = 28.0;

/// A drawing that could not be made.
#[derive(Debug, Error)]
#[error("the chart could not be drawn: {0}")]
pub struct ChartError(String);

impl<E: std::error::Error + Send + Sync> From<DrawingAreaErrorKind<E>> for ChartError {
    fn from(error: DrawingAreaErrorKind<E>) -> Self {
        ChartError(error.to_string())
    }
}

/// What a drawing itself says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Words {
    /// How the time that was not measured is called.
    pub warm_up: &'static str,
    /// What stands in a lane without values.
    pub no_values: &'static str,
    /// What the numbers of a heat map's legend count.
    pub values: &'static str,
}

impl Words {
    /// In English.
    pub const ENGLISH: Words = Words { warm_up: "warm-up", no_values: "no values", values: "values in a cell" };
}

/// Which part of a timeline is seen, and how its values are spread.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct View {
    /// The part of the time axis.
    pub window: Window,
    /// The scale of all lanes.
    pub scale: Scale,
    /// What the drawing itself says.
    pub words: Words,
}

impl View {
    /// Everything, on linear axes.
    pub fn whole(timeline: &Timeline) -> View {
        View { window: Window::whole(timeline.duration_s), scale: Scale::Linear, words: Words::ENGLISH }
    }
}

/// Draws a timeline as one SVG document, `width` pixels wide (at least 320) and as high as its lanes need.
///
/// The text depends on the input only: the same timeline gives the same bytes everywhere.
///
/// # Errors
/// When plotters refuses an element; not known to happen.
pub fn draw(timeline: &Timeline, palette: &Palette, width: u32) -> Result<String, ChartError> {
    draw_view(timeline, View::whole(timeline), palette, width)
}

/// The same of a part of a timeline.
///
/// # Errors
/// As [`draw`].
pub fn draw_view(timeline: &Timeline, view: View, palette: &Palette, width: u32) -> Result<String, ChartError> {
    as_svg(timeline, view, palette, "", width)
}

/// The same as [`draw`] for pages that follow the viewer's theme: drawn in daylight, with a style that turns it dark where
/// the viewer prefers that. Programs that know no such styles show it in daylight.
///
/// # Errors
/// As [`draw`].
pub fn draw_for_both(timeline: &Timeline, width: u32) -> Result<String, ChartError> {
    let style = Palette::LIGHT.turned_into(&Palette::DARK);
    as_svg(timeline, View::whole(timeline), &Palette::LIGHT, &style, width)
}

/// Draws a timeline on a backend of plotters whose units are [`FINE`](crate::FINE) to the pixel, within `room`. Without a
/// gutter the lanes have no names; whoever shows them beside it knows their places from the room.
///
/// # Errors
/// When the backend fails.
pub fn paint<B: DrawingBackend>(
    backend: B,
    timeline: &Timeline,
    view: View,
    palette: &Palette,
    room: Room,
) -> Result<(), ChartError> {
    let paper = Paper::on(backend);
    Sketch { timeline, view, palette, room }.all(&paper)?;
    paper.present()
}

fn as_svg(timeline: &Timeline, view: View, palette: &Palette, style: &str, width: u32) -> Result<String, ChartError> {
    let room = Room::sheet(timeline, f64::from(width.max(NARROWEST)), view.window);
    let sketch = Sketch { timeline, view, palette, room };
    sheet(&timeline.title, style, (room.width, room.height), |paper| sketch.all(paper))
}

struct Sketch<'a> {
    timeline: &'a Timeline,
    view: View,
    palette: &'a Palette,
    room: Room,
}

impl Sketch<'_> {
    fn all<B: DrawingBackend>(&self, paper: &Paper<B>) -> Result<(), ChartError> {
        paper.rectangle((0.0, 0.0), (self.room.width, self.room.height), self.palette.ground, 1.0)?;
        self.bands(paper, &self.room.labels(self.timeline, self.view.window))?;
        self.axis(paper)?;
        self.legend(paper)?;
        self.colours(paper)?;
        self.timeline.lanes.iter().enumerate().try_for_each(|(i, lane)| self.lane(paper, i, lane))
    }

    fn x(&self, second: f64) -> f64 {
        self.room.x(self.view.window, second)
    }

    fn left(&self) -> f64 {
        self.room.gutter
    }

    fn right(&self) -> f64 {
        self.room.gutter + self.room.breadth()
    }

    fn bottom(&self) -> f64 {
        self.room.height - self.room.axis
    }

    /// Whether anything of a stretch is seen.
    fn is_seen(&self, from_s: f64, until_s: f64) -> bool {
        until_s >= self.view.window.from_s && from_s <= self.view.window.until_s
    }

    fn bands<B: DrawingBackend>(&self, paper: &Paper<B>, labels: &[Label<'_>]) -> Result<(), ChartError> {
        let words = self.view.words;
        // In a panel bands reach up beside their names.
        let head = if self.room.gutter > 0.0 { self.room.head } else { 2.0 };
        if self.timeline.warmup_s > 0.0 && self.is_seen(0.0, self.timeline.warmup_s) {
            let to = (self.x(self.timeline.warmup_s), self.bottom());
            paper.rectangle((self.x(0.0), head), to, self.palette.ink_3, 0.08)?;
            if self.room.gap > 0.0 && to.0 - self.x(0.0) >= width_of(words.warm_up, SMALL) + 8.0 {
                let at = (self.x(0.0) + 4.0, self.room.head + self.room.gap / 2.0);
                paper.word(words.warm_up, at, Anchor::Left, SMALL, self.palette.ink_3)?;
            }
        }
        for band in self.timeline.bands.iter().filter(|band| self.is_seen(band.from_s, band.until_s)) {
            let (from, to) = (self.x(band.from_s), self.x(band.until_s));
            // A short fault of a long run is still to be seen.
            let to = to.max(from + 1.0);
            paper.rectangle((from, head), (to, self.bottom()), self.palette.hue(band.hue), 0.14)?;
        }
        for label in labels {
            let at = (label.x, label.row as f64 * LABEL_ROW + LABEL_ROW / 2.0);
            paper.word(&label.band.text, at, Anchor::Left, SMALL, self.palette.hue(label.band.hue))?;
        }
        Ok(())
    }

    /// Which run the whole lines are of, and which the dashed ones; whoever shows the names beside the drawing tells it there.
    fn legend<B: DrawingBackend>(&self, paper: &Paper<B>) -> Result<(), ChartError> {
        let Some(compared) = self.timeline.compared.as_ref().filter(|_| self.room.gutter > 0.0) else { return Ok(()) };
        let y = self.room.head - LABEL_ROW / 2.0;
        let (from, to) = (self.left(), self.left() + LEGEND_LINE);
        paper.line(&[(from, y), (to, y)], self.palette.ink_2, 1.5)?;
        paper.word(&compared.run, (to + 6.0, y), Anchor::Left, SMALL, self.palette.ink_2)?;
        let from = to + 6.0 + width_of(&compared.run, SMALL) + 24.0;
        let to = from + LEGEND_LINE;
        paper.dashed(&[(from, y), (to, y)], self.palette.ink_2, 1.5)?;
        paper.word(&compared.baseline, (to + 6.0, y), Anchor::Left, SMALL, self.palette.ink_2)
    }

    /// What the colours of heat maps mean.
    fn colours<B: DrawingBackend>(&self, paper: &Paper<B>) -> Result<(), ChartError> {
        let most = self.timeline.most();
        let (mut x, y) = (self.left() + 2.0, self.room.head - LABEL_ROW / 2.0);
        let Some(hue) = self.timeline.heats().next().map(|heat| heat.hue).filter(|_| most > 0 && y > 0.0) else {
            return Ok(());
        };
        for count in heat::legend(most) {
            let opacity = heat::strength(count, most);
            paper.rectangle((x, y - SWATCH / 2.0), (x + SWATCH, y + SWATCH / 2.0), self.palette.hue(hue), opacity)?;
            let said = crate::units::count(count as f64);
            paper.word(&said, (x + SWATCH + 4.0, y), Anchor::Left, SMALL, self.palette.ink_2)?;
            x += SWATCH + 4.0 + width_of(&said, SMALL) + 10.0;
        }
        paper.word(self.view.words.values, (x, y), Anchor::Left, SMALL, self.palette.ink_3)
    }

    fn axis<B: DrawingBackend>(&self, paper: &Paper<B>) -> Result<(), ChartError> {
        if self.room.axis <= 0.0 {
            return Ok(());
        }
        let y = self.bottom();
        for (x, text) in self.ticks() {
            let x = self.room.gutter + x;
            paper.line(&[(x, y), (x, y + 4.0)], self.palette.line, 1.0)?;
            // The outermost words stay inside.
            let half = width_of(&text, SMALL) / 2.0;
            let x = x.min(self.room.width - half - 2.0).max(half);
            paper.word(&text, (x, y + 14.0), Anchor::Middle, SMALL, self.palette.ink_3)?;
        }
        Ok(())
    }

    /// Where on the curves' width a tick stands, and what is written there.
    fn ticks(&self) -> Vec<(f64, String)> {
        let (window, breadth) = (self.view.window, self.room.breadth());
        let Some(epoch) = self.timeline.epoch else { return window.ticks_every(self.room.tick_space, breadth) };
        let most = (breadth / self.room.tick_space).floor().max(1.0) as usize;
        let ticks = epoch.ticks(window.from_s, window.until_s, most).into_iter();
        ticks.map(|(at, text)| (window.x(at, breadth), text)).collect()
    }

    fn lane<B: DrawingBackend>(&self, paper: &Paper<B>, index: usize, lane: &Lane) -> Result<(), ChartError> {
        let row = self.room.row(index);
        let (top, bottom) = (row.top, row.top + row.height);
        let (left, right) = (self.left(), self.right());
        paper.line(&[(left, bottom), (right, bottom)], self.palette.line, 1.0)?;
        if self.room.gutter > 0.0 {
            self.names(paper, lane, top)?;
        }
        if let Some(heat) = lane.heat.as_ref().filter(|heat| !heat.cells.is_empty()) {
            return self.heat(paper, lane, heat, (top, bottom));
        }
        let Some(max) = lane.max() else {
            let at = (left + 8.0, bottom - row.height / 2.0);
            return paper.word(self.view.words.no_values, at, Anchor::Left, SMALL, self.palette.ink_3);
        };
        let axis = lane.axis(self.view.scale);
        paper.line(&[(left, top), (right, top)], self.palette.line, 0.5)?;
        let y = |value: f64| bottom - axis.share(value) * row.height;
        self.grid(paper, lane, axis, y)?;
        if self.room.gap > 0.0 {
            self.end(paper, lane, axis, max, (right, top - 8.0))?;
        }
        let ground = y(axis.low.max(0.0));
        lane.lines.iter().try_for_each(|line| self.curve(paper, line, ground, y))
    }

    /// Cells whose colour says how many values they hold, and the bounds at their places.
    fn heat<B: DrawingBackend>(
        &self,
        paper: &Paper<B>,
        lane: &Lane,
        heat: &Heat,
        (top, bottom): (f64, f64),
    ) -> Result<(), ChartError> {
        let axis = heat.axis(self.view.scale);
        let y = |share: f64| bottom - share * (bottom - top);
        let (colour, most) = (self.palette.hue(heat.hue), self.timeline.most());
        for cell in heat.cells.iter().filter(|cell| self.is_seen(cell.from_s, cell.until_s)) {
            let (from, to) = (self.x(cell.from_s), self.x(cell.until_s));
            let (low, high) = axis.span(cell);
            let (above, below) = (y(high), y(low));
            // A hair of ground between cells that are large enough; the smallest are still to be seen.
            let to = if to - from > 4.0 { to - 0.75 } else { to.max(from + 1.0) };
            let above = if below - above > 4.0 { above + 0.75 } else { above.min(below - 1.0) };
            paper.rectangle((from, above), (to, below), colour, heat::strength(cell.count, most))?;
        }
        let mut free = f64::INFINITY;
        for value in heat.ticks(axis) {
            let at = y(axis.share(value));
            paper.line(&[(self.left(), at), (self.left() + 5.0, at)], self.palette.ink_3, 1.0)?;
            // Bounds that lie too near to be written each keep their stroke.
            if free - at >= SMALL + 2.0 {
                self.bound(paper, &lane.unit.say(value), at)?;
                free = at;
            }
        }
        let beyond = heat.cells.iter().any(|cell| cell.high.is_none());
        if beyond && free - top >= SMALL + 2.0 {
            self.bound(paper, &format!("> {}", lane.unit.say(axis.high)), top + SMALL / 2.0)?;
        }
        Ok(())
    }

    /// A bound of cells, on a ground of its own: below it are colours.
    fn bound<B: DrawingBackend>(&self, paper: &Paper<B>, text: &str, y: f64) -> Result<(), ChartError> {
        let left = self.left() + 8.0;
        let half = SMALL / 2.0 + 1.0;
        let to = (left + width_of(text, SMALL) + 4.0, y + half);
        paper.rectangle((left - 2.0, y - half), to, self.palette.ground, 0.8)?;
        paper.word(text, (left, y), Anchor::Left, SMALL, self.palette.ink_2)
    }

    /// What the upper end of a lane's axis stands for.
    fn end<B: DrawingBackend>(
        &self,
        paper: &Paper<B>,
        lane: &Lane,
        axis: Axis,
        max: f64,
        at: Point,
    ) -> Result<(), ChartError> {
        // In a panel, where nothing happened, the axis has no end worth telling.
        let end = if max > 0.0 || self.room.gutter > 0.0 { axis.high } else { 0.0 };
        paper.word(&lane.unit.say(end), at, Anchor::Right, SMALL, self.palette.ink_3)
    }

    /// Thin lines of a logarithmic axis, or at 0 within a linear one, and what the ground stands for where it is not 0.
    fn grid<B: DrawingBackend>(
        &self,
        paper: &Paper<B>,
        lane: &Lane,
        axis: Axis,
        y: impl Fn(f64) -> f64,
    ) -> Result<(), ChartError> {
        for value in axis.grid() {
            paper.line(&[(self.left(), y(value)), (self.right(), y(value))], self.palette.line, 0.5)?;
        }
        if (axis.is_log() || axis.low < 0.0) && self.room.lane >= ROOM_FOR_GROUND {
            let at = (self.right(), y(axis.low) - 7.0);
            paper.word(&lane.unit.say(axis.low), at, Anchor::Right, SMALL, self.palette.ink_3)?;
        }
        Ok(())
    }

    fn names<B: DrawingBackend>(&self, paper: &Paper<B>, lane: &Lane, top: f64) -> Result<(), ChartError> {
        paper.word(&lane.name, (10.0, top + 8.0), Anchor::Left, SMALL + 1.0, self.palette.ink_2)?;
        // A baseline has the name and the colour of the line that is compared with it, unless there is none.
        let is_named =
            |line: &Line| !line.baseline || !lane.lines.iter().any(|other| !other.baseline && other.name == line.name);
        let named: Vec<&Line> = lane.lines.iter().filter(|line| is_named(line)).collect();
        // One line alone is named by its lane.
        let named = if named.len() > 1 { &named[..] } else { &[] };
        for (i, line) in named.iter().enumerate() {
            let y = top + 24.0 + i as f64 * 14.0;
            paper.line(&[(10.0, y), (20.0, y)], self.palette.hue(line.hue), 2.0)?;
            paper.word(&line.name, (25.0, y), Anchor::Left, SMALL, self.palette.ink_3)?;
        }
        Ok(())
    }

    fn curve<B: DrawingBackend>(
        &self,
        paper: &Paper<B>,
        line: &Line,
        ground: f64,
        y: impl Fn(f64) -> f64,
    ) -> Result<(), ChartError> {
        let colour = self.palette.hue(line.hue);
        let bucket_s = self.timeline.bucket_s;
        for stretch in line.stretches() {
            let points: Vec<Point> =
                stretch.iter().map(|(bucket, value)| ((*bucket as f64 + 0.5) * bucket_s, y(*value))).collect();
            let points = self.cut(&points);
            let (Some(first), Some(last)) = (points.first(), points.last()) else { continue };
            if points.len() == 1 {
                paper.dot(*first, 1.5, colour)?;
                continue;
            }
            if line.filled {
                let area: Vec<Point> =
                    [(first.0, ground)].into_iter().chain(points.iter().copied()).chain([(last.0, ground)]).collect();
                paper.polygon(&area, colour, 0.16)?;
            }
            if line.baseline {
                paper.dashed(&points, colour, 1.5)?;
            } else {
                paper.line(&points, colour, 1.5)?;
            }
        }
        Ok(())
    }

    /// The part of a curve that is seen, in pixels: where it leaves the window it is cut, so that it reaches the edge and
    /// not beyond. Points come in the order of time, in seconds.
    fn cut(&self, points: &[Point]) -> Vec<Point> {
        let Window { from_s, until_s } = self.view.window;
        let between = |a: Point, b: Point, at: f64| {
            let share = if b.0 > a.0 { (at - a.0) / (b.0 - a.0) } else { 0.0 };
            (at, a.1 + (b.1 - a.1) * share)
        };
        let mut seen: Vec<Point> = Vec::with_capacity(points.len());
        for (i, point) in points.iter().enumerate() {
            let before = i.checked_sub(1).map(|before| points[before]);
            if let Some(before) = before {
                if before.0 < from_s && point.0 > from_s {
                    seen.push(between(before, *point, from_s));
                }
                if before.0 < until_s && point.0 > until_s {
                    seen.push(between(before, *point, until_s));
                }
            }
            if (from_s..=until_s).contains(&point.0) {
                seen.push(*point);
            }
        }
        seen.into_iter().map(|(second, y)| (self.x(second), y)).collect()
    }
}

#[cfg(test)]
mod tests;
