//! Messages on their way: what passes each line, and the dots, marks and streams that show it.
//!
//! Painted between the lines and the boxes, one path for each look. Only lines in sight are looked at, and what a line
//! has carried is added up when it is first seen.

use std::{
    borrow::Cow,
    collections::{BTreeMap, HashMap},
};

use thalweg_flow::EdgeKind;
use thalweg_protocol::{
    Series,
    traffic::{EdgeOverlay, Passage, Sort},
};
use web_sys::CanvasRenderingContext2d as Context;

use super::{
    dots::{Pace, marks, places},
    drawing::Drawing,
    ink::Ink,
    line::Line,
    paint::trace,
};
use crate::{
    canvas::{EdgeKey, Scene},
    state::{Rect, Shared},
};

/// From so many pixels for a unit on there are dots; from farther away, streams.
const DOTS_FROM: f64 = 0.28;
/// Dots nearer to each other than so many pixels are a stream.
const APART: f64 = 4.5;
/// Radius of a dot in canvas units, and the least in pixels.
const DOT: f64 = 3.1;
const SMALLEST: f64 = 1.4;
/// Below this share of what its line carries at most a dot is faint.
const FAINT: f64 = 0.15;
/// Streams have so many steps of width and brightness.
const STEPS: f64 = 4.0;

/// What a run's messages do on the lines of a scene.
#[derive(Debug)]
pub(super) struct Traffic {
    series: Shared<Series>,
    scene: Shared<Scene>,
    /// The curves of each line; several where connections of one meaning are one line.
    edges: Vec<Vec<usize>>,
    /// What was added up already, by line.
    known: HashMap<usize, Carried>,
}

#[derive(Debug)]
struct Carried {
    passage: Passage,
    busiest_per_s: f64,
}

/// What is shown of it in a frame.
pub(super) struct Moment<'a> {
    pub(super) drawing: &'a Drawing,
    pub(super) ink: &'a Ink,
    pub(super) zoom: f64,
    pub(super) seen: Rect,
    pub(super) second: f64,
    /// Whether nothing shall move.
    pub(super) calm: bool,
}

/// Points of dots by what they are and whether they are faint.
type Dots = BTreeMap<(Sort, bool), Vec<[f64; 2]>>;

impl Traffic {
    pub(super) fn new(series: Shared<Series>, scene: Shared<Scene>) -> Traffic {
        let mut by_name: HashMap<(&str, &str, &str), Vec<usize>> = HashMap::new();
        for (i, edge) in series.edges.iter().enumerate() {
            by_name.entry((&edge.from, &edge.to, &edge.kind)).or_default().push(i);
        }
        let find = |edge: &EdgeKey| by_name.get(&(edge.from.as_str(), edge.to.as_str(), edge.kind.as_str())).cloned();
        let edges = scene.edges.iter().map(|edge| find(edge).unwrap_or_default()).collect();
        Traffic { series, scene, edges, known: HashMap::new() }
    }

    /// Whether it is of these.
    pub(super) fn is_of(&self, series: &Shared<Series>, scene: &Shared<Scene>) -> bool {
        self.series == *series && self.scene == *scene
    }

    /// What passes a line, if the run says anything of it; `edges` are those of its overlay.
    pub(super) fn of_line(&self, line: usize, edges: &[EdgeOverlay]) -> Option<EdgeOverlay> {
        let add = |a: EdgeOverlay, b: EdgeOverlay| EdgeOverlay {
            per_s: a.per_s + b.per_s,
            again_per_s: a.again_per_s + b.again_per_s,
            failed_per_s: a.failed_per_s + b.failed_per_s,
        };
        self.edges.get(line)?.iter().filter_map(|edge| edges.get(*edge).copied()).reduce(add)
    }

    fn carried(&mut self, line: usize) -> Option<&Carried> {
        let (first, more) = self.edges.get(line)?.split_first()?;
        let series = &self.series;
        Some(self.known.entry(line).or_insert_with(|| {
            let mut edge = Cow::Borrowed(&series.edges[*first]);
            for other in more {
                for (sum, rate) in edge.to_mut().per_s.iter_mut().zip(&series.edges[*other].per_s) {
                    *sum += rate;
                }
            }
            let passage = series.passage(&edge);
            Carried { busiest_per_s: passage.all.busiest(), passage }
        }))
    }

    /// Paints what is on its way at a moment, as strongly as is said; gives how many dots that were. The context counts in canvas
    /// units.
    pub(super) fn paint(&mut self, on: &Context, moment: &Moment<'_>, pace: Pace, strength: f64) -> usize {
        let mut dots = Dots::new();
        let mut streams: BTreeMap<(bool, u8), Vec<usize>> = BTreeMap::new();
        let zoom = moment.zoom;
        for (i, line) in moment.drawing.lines.iter().enumerate() {
            if !moment.drawing.reach[i].touches(moment.seen) {
                continue;
            }
            let dead = moment.drawing.scene.edges[i].kind == EdgeKind::DeadLetter;
            let pace = if dead { pace.of_dead() } else { pace };
            let Some(carried) = self.carried(i) else { continue };
            let per_s = carried.passage.all.per_s(moment.second);
            if per_s <= 0.0 {
                continue;
            }
            if zoom < DOTS_FROM || pace.gap(carried.busiest_per_s) * zoom < APART {
                let step = (pace.density(per_s).sqrt() * STEPS).ceil() as u8;
                streams.entry((dead, step)).or_default().push(i);
            } else {
                carried.dots(line, moment, pace, per_s, &mut dots);
            }
        }
        paint_streams(on, moment, &streams, strength);
        let radius = DOT.max(SMALLEST / zoom);
        for ((sort, faint), points) in &dots {
            on.set_global_alpha(if *faint { 0.5 } else { 1.0 } * strength);
            paint_dots(on, moment.ink, *sort, points, radius);
        }
        on.set_global_alpha(1.0);
        dots.values().map(Vec::len).sum()
    }
}

impl Carried {
    fn dots(&self, line: &Line, moment: &Moment<'_>, pace: Pace, per_s: f64, dots: &mut Dots) {
        let (length, passage) = (line.length(), &self.passage);
        if moment.calm {
            line.see_places(marks(pace, per_s, length), |number, point| {
                dots.entry((passage.sort_at(moment.second, number), false)).or_default().push(point);
            });
            return;
        }
        let faint = per_s < self.busiest_per_s * FAINT;
        let passed = passage.all.until(moment.second);
        line.see_places(places(passed, pace.each, pace.gap(self.busiest_per_s), length), |number, point| {
            dots.entry((passage.sort_at(moment.second, number), faint)).or_default().push(point);
        });
    }
}

/// Lines along which dots could not be told apart: the denser, the wider and brighter.
fn paint_streams(on: &Context, moment: &Moment<'_>, streams: &BTreeMap<(bool, u8), Vec<usize>>, strength: f64) {
    for ((dead, step), lines) in streams {
        let share = f64::from(*step) / STEPS;
        on.set_global_alpha((0.18 + 0.42 * share) * strength);
        on.set_stroke_style_str(if *dead { &moment.ink.dead } else { &moment.ink.accent });
        on.set_line_width((2.0 + 5.0 * share).max((1.0 + 2.0 * share) / moment.zoom));
        for batch in lines.chunks(32) {
            on.begin_path();
            for line in batch {
                trace(on, &moment.drawing.lines[*line]);
            }
            on.stroke();
        }
    }
    on.set_global_alpha(1.0);
}

/// Each sort has its colour and its form: a full dot, a ring, a diamond.
fn paint_dots(on: &Context, ink: &Ink, sort: Sort, points: &[[f64; 2]], radius: f64) {
    on.begin_path();
    for [x, y] in points {
        if sort == Sort::Failed {
            let reach = radius * 1.45;
            on.move_to(x - reach, *y);
            on.line_to(*x, y - reach);
            on.line_to(x + reach, *y);
            on.line_to(*x, y + reach);
            on.close_path();
        } else {
            on.move_to(x + radius, *y);
            // Fails for a radius below zero, which none is.
            drop(on.arc(*x, *y, radius, 0.0, std::f64::consts::TAU));
        }
    }
    on.set_fill_style_str(match sort {
        Sort::First => &ink.accent,
        Sort::Again => &ink.ground,
        Sort::Failed => &ink.dead,
    });
    on.fill();
    // A rim in the colour of the ground sets dots off from their line; a ring has one of its own.
    on.set_line_width(if sort == Sort::Again { radius * 0.55 } else { radius * 0.4 });
    on.set_stroke_style_str(if sort == Sort::Again { &ink.warn } else { &ink.ground });
    on.stroke();
}

#[cfg(test)]
mod tests {
    use thalweg_flow::{layout, read};
    use thalweg_protocol::report::EdgeSeries;

    use super::*;

    #[test]
    fn lines_find_their_curves_by_what_they_mean() {
        let text = "thalweg: 1\nname: T\nnodes:\n  log: { kind: topic }\n  pay: { kind: consumer, subscribes: [{ from: log }], \
                    publishes: [{ to: log }], dead_letter: log }\n";
        let flow = read(text).flow;
        let scene = Shared::new(Scene::new(&flow, &layout::positions(&flow), &[]));
        let edge = |from: &str, to: &str, kind: &str, per_s: f32| EdgeSeries {
            from: from.into(),
            to: to.into(),
            kind: kind.into(),
            per_s: vec![per_s; 4],
        };
        let series = Series {
            bucket_s: 1.0,
            buckets: 4,
            edges: vec![
                edge("pay", "log", "dead-letter", 3.0),
                edge("log", "pay", "subscribe", 8.0),
                edge("pay", "log", "publish", 5.0),
            ],
            ..Series::default()
        };
        let mut traffic = Traffic::new(Shared::new(series), scene.clone());
        let rate = |traffic: &mut Traffic, kind: EdgeKind| {
            let line = scene.edges.iter().position(|edge| edge.kind == kind).unwrap();
            traffic.carried(line).map(|carried| carried.busiest_per_s)
        };
        assert_eq!(rate(&mut traffic, EdgeKind::Publish), Some(5.0));
        assert_eq!(rate(&mut traffic, EdgeKind::Subscribe), Some(8.0));
        assert_eq!(rate(&mut traffic, EdgeKind::DeadLetter), Some(3.0));
    }
}
