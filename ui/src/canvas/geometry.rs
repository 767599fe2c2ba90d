//! How a line runs between two boxes.

use crate::state::Rect;

/// A curve from one box to another.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Curve {
    /// Where it begins.
    pub(crate) start: [f64; 2],
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

impl Curve {
    /// The line from `a` to `b`: forwards from the right side to the left side, else around the boxes' lower or upper
    /// sides. `lane` keeps lines apart that would leave a side at the same point.
    pub(crate) fn between(a: Rect, b: Rect, lane: f64) -> Curve {
        let right = a.x + a.width;
        if b.x >= right + 12.0 {
            let (start, end) = ([right, middle_y(a)], [b.x - HEAD, middle_y(b)]);
            let bend = ((end[0] - start[0]) / 2.0).clamp(18.0, 120.0);
            return Curve { start, from: [start[0] + bend, start[1]], to: [end[0] - bend, end[1]], end };
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
            return Curve { start, from, to: [end[0] + (dx * 0.55).clamp(24.0, 140.0), end[1]], end };
        }
        if apart > 8.0 {
            // Below each other.
            let end = [middle_x(b) + lane, if below { b.y - HEAD } else { b.y + b.height + HEAD }];
            let bend = sign * (apart / 2.0).max(14.0);
            return Curve { start, from: [start[0], start[1] + bend], to: [end[0], end[1] - bend], end };
        }
        // Back in the same row: below both.
        let start = [middle_x(a) + lane, a.y + a.height];
        let end = [middle_x(b) + lane, b.y + b.height + HEAD];
        let drop = 46.0 + (start[0] - end[0]).abs() * 0.08;
        Curve { start, from: [start[0], start[1] + drop], to: [end[0], end[1] + drop], end }
    }

    /// The line from a box's right side to a point that is still searched.
    pub(crate) fn reaching(a: Rect, end: [f64; 2]) -> Curve {
        let start = [a.x + a.width, middle_y(a)];
        let bend = ((end[0] - start[0]).abs() / 2.0).clamp(18.0, 120.0);
        Curve { start, from: [start[0] + bend, start[1]], to: [end[0] - bend, end[1]], end }
    }

    /// The line from a point that is still searched to a box's left side.
    pub(crate) fn arriving(b: Rect, start: [f64; 2]) -> Curve {
        let end = [b.x - HEAD, middle_y(b)];
        let bend = ((end[0] - start[0]).abs() / 2.0).clamp(18.0, 120.0);
        Curve { start, from: [start[0] + bend, start[1]], to: [end[0] - bend, end[1]], end }
    }

    /// As SVG path data.
    pub(crate) fn path(&self) -> String {
        let [[x0, y0], [x1, y1], [x2, y2], [x3, y3]] = [self.start, self.from, self.to, self.end];
        format!("M{x0:.1} {y0:.1}C{x1:.1} {y1:.1} {x2:.1} {y2:.1} {x3:.1} {y3:.1}")
    }

    /// The arrow's head at its end, as SVG path data.
    pub(crate) fn head(&self) -> String {
        let [dx, dy] = [self.end[0] - self.to[0], self.end[1] - self.to[1]];
        let length = dx.hypot(dy).max(1e-6);
        let [ux, uy] = [dx / length, dy / length];
        let [x, y] = [self.end[0] + ux * HEAD, self.end[1] + uy * HEAD];
        let [bx, by] = [x - ux * HEAD_LENGTH, y - uy * HEAD_LENGTH];
        let [wx, wy] = [-uy * HEAD_LENGTH / 2.0, ux * HEAD_LENGTH / 2.0];
        format!("M{x:.1} {y:.1}L{:.1} {:.1}L{:.1} {:.1}Z", bx + wx, by + wy, bx - wx, by - wy)
    }
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

    #[test]
    fn forward_lines_join_the_sides() {
        let curve = Curve::between(at(0.0, 0.0), at(260.0, 100.0), 0.0);
        assert_eq!((curve.start, curve.end), ([150.0, 27.0], [258.0, 127.0]));
        assert!(curve.path().starts_with("M150.0 27.0C"));
        assert_eq!(curve.head(), "M260.0 127.0L251.0 131.5L251.0 122.5Z");
    }

    #[test]
    fn lines_back_leave_below_or_above() {
        let down = Curve::between(at(500.0, 0.0), at(200.0, 200.0), 8.0);
        assert_eq!((down.start, down.end), ([583.0, 54.0], [352.0, 227.0]));
        let up = Curve::between(at(500.0, 200.0), at(200.0, 0.0), 0.0);
        assert_eq!(up.start[1], 200.0);
        let same_row = Curve::between(at(500.0, 0.0), at(200.0, 0.0), 0.0);
        assert!(same_row.from[1] > 54.0 && same_row.to[1] > 54.0);
        let stacked = Curve::between(at(0.0, 0.0), at(20.0, 120.0), 0.0);
        assert_eq!((stacked.start[1], stacked.end[1]), (54.0, 118.0));
    }
}
