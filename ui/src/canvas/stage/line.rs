//! How a line runs between two boxes: as a curve, or along curves that a layout found. Pure.

use crate::state::Rect;

/// The way of a line, with a head at its end.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Line {
    /// Where it begins.
    pub(crate) start: [f64; 2],
    /// The pieces from there on.
    pub(crate) pieces: Vec<Piece>,
}

/// A piece of a line: a cubic Bézier curve from where the last one ended.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Piece {
    /// Where it heads at the beginning.
    pub(crate) from: [f64; 2],
    /// From where it comes at the end.
    pub(crate) to: [f64; 2],
    /// Where it ends.
    pub(crate) end: [f64; 2],
}

/// How far before the box the line ends, so that it does not show beside the tip of its head.
const HEAD: f64 = 2.0;
/// Length and width of the head.
const HEAD_LENGTH: f64 = 9.0;
/// A curve is measured along so many chords.
const CHORDS: usize = 16;

impl Line {
    /// The line from `a` to `b`: forwards from the right side to the left side, else around the boxes' lower or upper
    /// sides. `lane` keeps lines apart that would leave a side at the same point. `route`, if a layout found
    /// one, is where it begins, then two control points and an end for each of its curves.
    pub(crate) fn between(a: Rect, b: Rect, lane: f64, route: Option<&[[f64; 2]]>) -> Line {
        match route {
            Some([start, way @ ..]) if way.len() >= 3 => {
                let piece = |points: &[[f64; 2]]| Piece { from: points[0], to: points[1], end: points[2] };
                Line { start: *start, pieces: way.chunks_exact(3).map(piece).collect() }
            }
            _ => Line::curved(a, b, lane),
        }
    }

    fn curved(a: Rect, b: Rect, lane: f64) -> Line {
        let right = a.x + a.width;
        if b.x >= right + 12.0 {
            let (start, end) = ([right, middle_y(a)], [b.x - HEAD, middle_y(b)]);
            let bend = ((end[0] - start[0]) / 2.0).clamp(18.0, 120.0);
            return Line::one(start, [start[0] + bend, start[1]], [end[0] - bend, end[1]], end);
        }
        let below = middle_y(b) >= middle_y(a);
        let apart = if below { b.y - (a.y + a.height) } else { a.y - (b.y + b.height) };
        let start = [middle_x(a) + lane, if below { a.y + a.height } else { a.y }];
        let sign = if below { 1.0 } else { -1.0 };
        if b.x + b.width + 12.0 <= middle_x(a) && apart > -20.0 {
            // To the left and lower (or higher): down, then into its right side.
            let end = [b.x + b.width + HEAD, middle_y(b)];
            let dy = (end[1] - start[1]).abs();
            let dx = (start[0] - end[0]).abs();
            let from = [start[0], start[1] + sign * (dy * 0.7).max(24.0)];
            return Line::one(start, from, [end[0] + (dx * 0.55).clamp(24.0, 140.0), end[1]], end);
        }
        if apart > 8.0 {
            // Below each other.
            let end = [middle_x(b) + lane, if below { b.y - HEAD } else { b.y + b.height + HEAD }];
            let bend = sign * (apart / 2.0).max(14.0);
            return Line::one(start, [start[0], start[1] + bend], [end[0], end[1] - bend], end);
        }
        // Back in the same row: below both.
        let start = [middle_x(a) + lane, a.y + a.height];
        let end = [middle_x(b) + lane, b.y + b.height + HEAD];
        let drop = 46.0 + (start[0] - end[0]).abs() * 0.08;
        Line::one(start, [start[0], start[1] + drop], [end[0], end[1] + drop], end)
    }

    /// The line from a box's right side to a point that is still searched.
    pub(crate) fn reaching(a: Rect, end: [f64; 2]) -> Line {
        let start = [a.x + a.width, middle_y(a)];
        let bend = ((end[0] - start[0]).abs() / 2.0).clamp(18.0, 120.0);
        Line::one(start, [start[0] + bend, start[1]], [end[0] - bend, end[1]], end)
    }

    /// The line from a point that is still searched to a box's left side.
    pub(crate) fn arriving(b: Rect, start: [f64; 2]) -> Line {
        let end = [b.x - HEAD, middle_y(b)];
        let bend = ((end[0] - start[0]).abs() / 2.0).clamp(18.0, 120.0);
        Line::one(start, [start[0] + bend, start[1]], [end[0] - bend, end[1]], end)
    }

    fn one(start: [f64; 2], from: [f64; 2], to: [f64; 2], end: [f64; 2]) -> Line {
        Line { start, pieces: vec![Piece { from, to, end }] }
    }

    /// As SVG path data.
    pub(crate) fn path(&self) -> String {
        let piece = |Piece { from, to, end }: &Piece| {
            format!("C{:.1} {:.1} {:.1} {:.1} {:.1} {:.1}", from[0], from[1], to[0], to[1], end[0], end[1])
        };
        let start = format!("M{:.1} {:.1}", self.start[0], self.start[1]);
        std::iter::once(start).chain(self.pieces.iter().map(piece)).collect()
    }

    /// Where it ends.
    pub(crate) fn end(&self) -> [f64; 2] {
        self.pieces.last().map_or(self.start, |piece| piece.end)
    }

    /// The arrow's head at its end: the tip, then the two others.
    pub(crate) fn head(&self) -> [[f64; 2]; 3] {
        let Some(last) = self.pieces.last() else { return [self.start; 3] };
        // A piece may end in the direction in which it began.
        let from = if far(last.to, last.end) > 1e-6 { last.to } else { last.from };
        let [dx, dy] = [last.end[0] - from[0], last.end[1] - from[1]];
        let length = dx.hypot(dy).max(1e-6);
        let [ux, uy] = [dx / length, dy / length];
        let [x, y] = [last.end[0] + ux * HEAD, last.end[1] + uy * HEAD];
        let [bx, by] = [x - ux * HEAD_LENGTH, y - uy * HEAD_LENGTH];
        let [wx, wy] = [-uy * HEAD_LENGTH / 2.0, ux * HEAD_LENGTH / 2.0];
        [[x, y], [bx + wx, by + wy], [bx - wx, by - wy]]
    }

    /// A rectangle that holds it, its head and its hull.
    pub(crate) fn bounds(&self) -> Rect {
        let points = self.pieces.iter().flat_map(|piece| [piece.from, piece.to, piece.end]);
        points
            .fold(Rect::between(self.start, self.start), |all, point| all.union(Rect::between(point, point)))
            .grown(6.0)
    }

    /// How far a point is from it, in canvas units.
    pub(crate) fn distance(&self, point: [f64; 2]) -> f64 {
        let mut nearest = f64::INFINITY;
        self.walk(|from, to| nearest = nearest.min(to_stretch(point, from, to)));
        nearest
    }

    /// The point at a share of its length, from 0 to 1.
    pub(crate) fn at(&self, share: f64) -> [f64; 2] {
        let mut left = self.length() * share;
        let mut found = None;
        self.walk(|from, to| {
            let stretch = far(from, to);
            if found.is_none() && left <= stretch {
                found = Some(towards(from, to, left));
            }
            left -= stretch;
        });
        found.unwrap_or_else(|| self.end())
    }

    /// How long it is, in canvas units.
    pub(crate) fn length(&self) -> f64 {
        let mut length = 0.0;
        self.walk(|from, to| length += far(from, to));
        length
    }

    /// Sees the points at places along it, which come in rising order and in canvas units from its beginning.
    pub(crate) fn see_places<T>(&self, places: impl Iterator<Item = (T, f64)>, mut see: impl FnMut(T, [f64; 2])) {
        let mut places = places.peekable();
        let mut gone = 0.0;
        self.walk(|from, to| {
            let stretch = far(from, to);
            while let Some((what, place)) = places.next_if(|(_, place)| *place <= gone + stretch) {
                see(what, towards(from, to, place - gone));
            }
            gone += stretch;
        });
    }

    /// Goes along it in short straight stretches.
    fn walk(&self, mut see: impl FnMut([f64; 2], [f64; 2])) {
        let mut begin = self.start;
        for piece in &self.pieces {
            let mut at = begin;
            for i in 1..=CHORDS {
                let next = piece.point(begin, i as f64 / CHORDS as f64);
                see(at, next);
                at = next;
            }
            begin = piece.end;
        }
    }
}

impl Piece {
    /// The point of the curve that begins at `start` and is at `t` of its parameter.
    fn point(&self, start: [f64; 2], t: f64) -> [f64; 2] {
        let rest = 1.0 - t;
        let weights = [rest * rest * rest, 3.0 * rest * rest * t, 3.0 * rest * t * t, t * t * t];
        let points = [start, self.from, self.to, self.end];
        [0, 1].map(|axis| weights.iter().zip(points).map(|(weight, point)| weight * point[axis]).sum())
    }
}

fn far(a: [f64; 2], b: [f64; 2]) -> f64 {
    (a[0] - b[0]).hypot(a[1] - b[1])
}

/// The point so far from `a` in the direction of `b`.
fn towards(a: [f64; 2], b: [f64; 2], by: f64) -> [f64; 2] {
    let share = by / far(a, b).max(1e-9);
    [a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share]
}

/// How far a point is from the straight stretch between two others.
fn to_stretch(point: [f64; 2], a: [f64; 2], b: [f64; 2]) -> f64 {
    let [dx, dy] = [b[0] - a[0], b[1] - a[1]];
    let share = ((point[0] - a[0]) * dx + (point[1] - a[1]) * dy) / (dx * dx + dy * dy).max(1e-9);
    let share = share.clamp(0.0, 1.0);
    far(point, [a[0] + share * dx, a[1] + share * dy])
}

fn middle_x(rect: Rect) -> f64 {
    rect.x + rect.width / 2.0
}

fn middle_y(rect: Rect) -> f64 {
    rect.y + rect.height / 2.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(x: f64, y: f64) -> Rect {
        Rect { x, y, width: 150.0, height: 54.0 }
    }

    fn curved(a: Rect, b: Rect, lane: f64) -> Line {
        Line::between(a, b, lane, None)
    }

    #[test]
    fn forward_lines_join_the_sides() {
        let line = curved(at(0.0, 0.0), at(260.0, 100.0), 0.0);
        assert_eq!((line.start, line.end()), ([150.0, 27.0], [258.0, 127.0]));
        assert_eq!(line.path(), "M150.0 27.0C204.0 27.0 204.0 127.0 258.0 127.0");
        assert_eq!(line.head(), [[260.0, 127.0], [251.0, 131.5], [251.0, 122.5]]);
    }

    #[test]
    fn lines_back_leave_below_or_above() {
        let down = curved(at(500.0, 0.0), at(200.0, 200.0), 8.0);
        assert_eq!((down.start, down.end()), ([583.0, 54.0], [352.0, 227.0]));
        let up = curved(at(500.0, 200.0), at(200.0, 0.0), 0.0);
        assert_eq!(up.start[1], 200.0);
        let same_row = curved(at(500.0, 0.0), at(200.0, 0.0), 0.0);
        assert!(same_row.pieces[0].from[1] > 54.0 && same_row.pieces[0].to[1] > 54.0);
        let stacked = curved(at(0.0, 0.0), at(20.0, 120.0), 0.0);
        assert_eq!((stacked.start[1], stacked.end()[1]), (54.0, 118.0));
    }

    #[test]
    fn a_route_is_followed() {
        let way =
            [[150.0, 27.0], [160.0, 27.0], [170.0, 27.0], [200.0, 77.0], [210.0, 80.0], [250.0, 127.0], [258.0, 127.0]];
        let line = Line::between(at(0.0, 0.0), at(260.0, 100.0), 0.0, Some(&way));
        assert_eq!((line.start, line.pieces.len(), line.end()), ([150.0, 27.0], 2, [258.0, 127.0]));
        assert!(line.distance([200.0, 77.0]) < 1e-9);
        assert_eq!(line.head()[0], [260.0, 127.0]);
        // Nothing that leads from one side to the other.
        let short = Line::between(at(0.0, 0.0), at(260.0, 0.0), 0.0, Some(&way[..2]));
        assert_eq!(short.end(), [258.0, 27.0]);
    }

    #[test]
    fn points_are_as_far_as_they_are() {
        let line = curved(at(0.0, 0.0), at(400.0, 0.0), 0.0);
        assert!(line.distance([275.0, 27.0]) < 1e-9);
        assert!((line.distance([275.0, 37.0]) - 10.0).abs() < 1e-9);
        assert!((line.distance([100.0, 27.0]) - 50.0).abs() < 1e-9);
        assert!(line.distance([275.0, 300.0]) > 200.0);
    }

    #[test]
    fn places_are_seen_in_their_order() {
        let line = curved(at(0.0, 0.0), at(400.0, 0.0), 0.0);
        let mut seen = Vec::new();
        line.see_places([('a', 0.0), ('b', 60.0), ('c', line.length()), ('d', 9999.0)].into_iter(), |what, [x, _]| {
            seen.push((what, x.round()));
        });
        assert_eq!(seen, [('a', 150.0), ('b', 210.0), ('c', 398.0)]);
    }

    #[test]
    fn the_middle_is_on_the_line_and_bounds_hold_it() {
        for (a, b) in
            [(at(0.0, 0.0), at(400.0, 300.0)), (at(500.0, 0.0), at(0.0, 210.0)), (at(0.0, 0.0), at(-200.0, 0.0))]
        {
            let line = curved(a, b, 10.0);
            for share in [0.0, 0.25, 0.5, 1.0] {
                let point = line.at(share);
                assert!(line.distance(point) < 1e-6);
                assert!(line.bounds().touches(Rect::between(point, point)));
            }
            for (share, end) in [(0.0, line.start), (1.0, line.end())] {
                let at = line.at(share);
                assert!((at[0] - end[0]).hypot(at[1] - end[1]) < 1e-9, "{at:?} {end:?}");
            }
        }
    }
}
