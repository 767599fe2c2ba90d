//! Ways through columns of boxes: between two boxes, or above or below them all.

use super::{
    Route,
    curve::{Rect, line, swing},
    mirrored,
};

/// Boxes nearer to each other than this, sideways, are one column: a line cannot swing between them.
const SWING: f64 = 24.0;
/// Lines pass boxes at this distance.
const PASS: f64 = 12.0;
/// Distance of two lines in the same corridor.
const TRACKS: f64 = 8.0;
/// Most tracks tried on either side of the best height.
const MOST_TRACKS: usize = 12;
/// Openings of a column that are looked at: those nearest to the straight way.
const OPENINGS: usize = 6;
/// What a change of height costs beside its length.
const BEND: f64 = 24.0;

/// Boxes in the way, and the corridors that are taken.
pub(crate) struct Corridors<'a> {
    rects: &'a [Rect],
    standing: &'a [bool],
    taken: Vec<Track>,
}

/// A level piece of a line.
struct Track {
    left: f64,
    right: f64,
    y: f64,
}

/// Boxes above each other, and the openings between them.
struct Column {
    left: f64,
    right: f64,
    openings: Vec<[f64; 2]>,
}

impl<'a> Corridors<'a> {
    pub(crate) fn new(rects: &'a [Rect], standing: &'a [bool]) -> Self {
        Corridors { rects, standing, taken: Vec::new() }
    }

    /// The boxes, but for two, that a line between two points could come near to.
    pub(crate) fn near(&self, but: (usize, usize), from: [f64; 2], to: [f64; 2]) -> Vec<Rect> {
        let window = Rect {
            left: from[0].min(to[0]),
            right: from[0].max(to[0]),
            top: from[1].min(to[1]),
            bottom: from[1].max(to[1]),
        }
        .grown(160.0);
        let is_near =
            |r: &Rect| r.left < window.right && r.right > window.left && r.top < window.bottom && r.bottom > window.top;
        let others = self.rects.iter().enumerate().filter(|(i, _)| *i != but.0 && *i != but.1 && self.standing[*i]);
        others.map(|(_, rect)| *rect).filter(is_near).collect()
    }

    /// From left to right, past everything but its own boxes.
    pub(crate) fn through(&mut self, start: [f64; 2], end: [f64; 2], own: &[usize]) -> Route {
        self.led(start, end, own, false)
    }

    /// From right to left.
    pub(crate) fn back(&mut self, start: [f64; 2], end: [f64; 2], own: &[usize]) -> Route {
        mirrored(self.led([-start[0], start[1]], [-end[0], end[1]], own, true))
    }

    fn led(&mut self, start: [f64; 2], end: [f64; 2], own: &[usize], mirror: bool) -> Route {
        let boxes = self
            .rects
            .iter()
            .enumerate()
            .filter(|(i, _)| self.standing[*i] && !own.contains(i))
            .map(|(_, r)| if mirror { Rect { left: -r.right, right: -r.left, ..*r } } else { *r });
        let columns = columns(boxes.filter(|r| r.right > start[0] && r.left < end[0]).collect());
        let mut heights = heights(&columns, start, end);
        let mut route = vec![start];
        for (column, height) in columns.iter().zip(&mut heights) {
            let (left, right) = (column.left.max(start[0]), column.right.min(end[0]));
            // Where the line begins or ends inside a column, it keeps the height of its port.
            if left - start[0] >= SWING && end[0] - right >= SWING {
                *height = self.track(left, right, *height, column, mirror);
            }
            step(&mut route, [left, *height]);
            line(&mut route, [right, *height]);
        }
        step(&mut route, end);
        route
    }

    /// The nearest height in the same opening where no other line runs.
    fn track(&mut self, left: f64, right: f64, wish: f64, column: &Column, mirror: bool) -> f64 {
        let (left, right) = if mirror { (-right, -left) } else { (left, right) };
        let is_open = |y: f64| column.openings.iter().any(|[top, bottom]| (*top..=*bottom).contains(&y));
        let is_free =
            |y: f64| self.taken.iter().all(|t| t.right <= left || t.left >= right || (t.y - y).abs() >= TRACKS - 0.1);
        let offsets = (0..=MOST_TRACKS).flat_map(|i| [i as f64 * TRACKS, -(i as f64) * TRACKS]);
        let y = offsets.map(|by| wish + by).find(|y| is_open(*y) && is_free(*y)).unwrap_or(wish);
        self.taken.push(Track { left, right, y });
        y
    }
}

/// On to a point at the right: straight, or in a curve that leaves and arrives level.
fn step(route: &mut Route, to: [f64; 2]) {
    let Some(&from) = route.last() else { return };
    if (from[1] - to[1]).abs() < 0.5 {
        line(route, to);
    } else {
        let mut curve = swing(from, to);
        // In a narrow gap the control points must not pass each other.
        let half = ((to[0] - from[0]) / 2.0).max(0.0);
        if half < 18.0 {
            curve[1][0] = from[0] + half;
            curve[2][0] = to[0] - half;
        }
        route.extend(curve.into_iter().skip(1));
    }
}

/// Columns from left to right.
fn columns(mut boxes: Vec<Rect>) -> Vec<Column> {
    boxes.sort_by(|a, b| a.left.total_cmp(&b.left));
    let mut groups: Vec<(f64, f64, Vec<[f64; 2]>)> = Vec::new();
    for rect in boxes {
        let extent = [rect.top - PASS, rect.bottom + PASS];
        match groups.last_mut() {
            Some((_, right, extents)) if rect.left - *right < SWING => {
                *right = right.max(rect.right);
                extents.push(extent);
            }
            _ => groups.push((rect.left, rect.right, vec![extent])),
        }
    }
    groups
        .into_iter()
        .map(|(left, right, mut extents)| {
            extents.sort_by(|a, b| a[0].total_cmp(&b[0]));
            let mut openings = Vec::new();
            let mut free_from = f64::NEG_INFINITY;
            for [top, bottom] in extents {
                if top >= free_from {
                    openings.push([free_from, top]);
                }
                free_from = free_from.max(bottom);
            }
            openings.push([free_from, f64::INFINITY]);
            // A little outside of the boxes, so that curves have become level when they come by.
            Column { left: left - 4.0, right: right + 4.0, openings }
        })
        .collect()
}

/// The height at which each column is passed: the shortest way with few bends.
fn heights(columns: &[Column], start: [f64; 2], end: [f64; 2]) -> Vec<f64> {
    let cost = |from: f64, to: f64| {
        let climb = (from - to).abs();
        climb + if climb < 0.5 { 0.0 } else { BEND }
    };
    // For each column the heights that come into question, with the cost so far and the choice before.
    let mut table: Vec<Vec<(f64, f64, usize)>> = vec![vec![(start[1], 0.0, 0)]];
    for column in columns {
        let candidates = candidates(column, start, end);
        let last = &table[table.len() - 1];
        let row = candidates.into_iter().map(|y| {
            let ways = last.iter().enumerate().map(|(i, (before, so_far, _))| (so_far + cost(*before, y), i));
            let (cheapest, from) = ways.min_by(|a, b| a.0.total_cmp(&b.0)).unwrap_or((0.0, 0));
            (y, cheapest, from)
        });
        table.push(row.collect());
    }
    let ends = table[table.len() - 1].iter().enumerate().map(|(i, (y, so_far, _))| (so_far + cost(*y, end[1]), i));
    let mut at = ends.min_by(|a, b| a.0.total_cmp(&b.0)).map_or(0, |(_, i)| i);
    let mut heights = Vec::new();
    for row in table.iter().skip(1).rev() {
        heights.push(row[at].0);
        at = row[at].2;
    }
    heights.reverse();
    heights
}

fn candidates(column: &Column, start: [f64; 2], end: [f64; 2]) -> Vec<f64> {
    // A line that begins or ends inside a column can have no other height there.
    if column.left - start[0] < SWING {
        return vec![start[1]];
    }
    if end[0] - column.right < SWING {
        return vec![end[1]];
    }
    let middle = f64::midpoint(column.left, column.right);
    let straight = start[1] + (end[1] - start[1]) * (middle - start[0]) / (end[0] - start[0]).max(1.0);
    let away = |opening: &[f64; 2]| (straight.clamp(opening[0], opening[1]) - straight).abs();
    let mut openings = column.openings.clone();
    openings.sort_by(|a, b| away(a).total_cmp(&away(b)));
    let mut found: Vec<f64> = openings
        .iter()
        .take(OPENINGS)
        .flat_map(|[top, bottom]| [straight, start[1], end[1]].map(|y| y.clamp(*top, *bottom)))
        .collect();
    found.sort_by(f64::total_cmp);
    found.dedup();
    found
}

#[cfg(test)]
mod tests {
    use super::super::curve::is_free;
    use super::*;

    fn at(left: f64, top: f64) -> Rect {
        Rect { left, top, right: left + 150.0, bottom: top + 54.0 }
    }

    #[test]
    fn a_line_passes_between_the_boxes_of_a_column() {
        let rects = [at(0.0, 0.0), at(250.0, -60.0), at(250.0, 0.0), at(250.0, 100.0), at(500.0, 0.0)];
        let standing = [true; 5];
        let mut corridors = Corridors::new(&rects, &standing);
        let route = corridors.through([150.0, 27.0], [498.0, 27.0], &[0, 4]);
        assert!(is_free(&route, &rects[1..4]), "{route:?}");
        // The next one has a track of its own.
        let other = corridors.through([150.0, 30.0], [498.0, 30.0], &[0, 4]);
        assert!(is_free(&other, &rects[1..4]), "{other:?}");
        let level = |route: &Route| route.iter().map(|p| p[1]).fold(0.0, f64::max);
        assert!((level(&route) - level(&other)).abs() >= TRACKS - 0.2);
    }

    #[test]
    fn a_way_back_is_the_mirror_of_a_way_there() {
        let rects = [at(0.0, 0.0), at(250.0, 0.0), at(500.0, 0.0)];
        let standing = [true; 3];
        let back = Corridors::new(&rects, &standing).back([500.0, 70.0], [152.0, 27.0], &[0, 2]);
        assert!(is_free(&back, &rects[1..2]), "{back:?}");
        assert_eq!((back[0], back[back.len() - 1]), ([500.0, 70.0], [152.0, 27.0]));
    }
}
