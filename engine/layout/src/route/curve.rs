//! Boxes and curves: how curves are made, and whether they touch boxes.

use super::Route;
use crate::graph::Node;

/// Lines keep so far from boxes that they pass, in canvas units.
const CLEARANCE: f64 = 5.0;
/// Straight pieces that a curve is looked at with.
const PIECES: usize = 20;

/// A box.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Rect {
    pub(crate) left: f64,
    pub(crate) top: f64,
    pub(crate) right: f64,
    pub(crate) bottom: f64,
}

impl Rect {
    pub(crate) fn of(node: &Node) -> Option<Rect> {
        let ([left, top], [width, height]) = (node.at?, node.size);
        Some(Rect { left, top, right: left + width, bottom: top + height })
    }

    /// The height of its middle.
    pub(crate) fn middle(&self) -> f64 {
        f64::midpoint(self.top, self.bottom)
    }

    pub(crate) fn grown(&self, by: f64) -> Rect {
        Rect { left: self.left - by, top: self.top - by, right: self.right + by, bottom: self.bottom + by }
    }

    /// Whether a straight piece touches it (after Liang and Barsky, 1984).
    fn is_touched(&self, from: [f64; 2], to: [f64; 2]) -> bool {
        let (mut enters, mut leaves) = (0.0_f64, 1.0_f64);
        let bounds = [(self.left, self.right), (self.top, self.bottom)];
        for (axis, (low, high)) in bounds.into_iter().enumerate() {
            let (start, way) = (from[axis], to[axis] - from[axis]);
            if way.abs() < 1e-9 {
                if start <= low || start >= high {
                    return false;
                }
                continue;
            }
            let (a, b) = ((low - start) / way, (high - start) / way);
            enters = enters.max(a.min(b));
            leaves = leaves.min(a.max(b));
        }
        enters < leaves
    }
}

/// One curve that leaves and arrives level.
pub(crate) fn swing(start: [f64; 2], end: [f64; 2]) -> Route {
    let bend = ((end[0] - start[0]) / 2.0).clamp(18.0, 120.0);
    vec![start, [start[0] + bend, start[1]], [end[0] - bend, end[1]], end]
}

/// A curve that leaves to the right and comes back from there.
pub(crate) fn loop_right(start: [f64; 2], end: [f64; 2], right: f64) -> Route {
    // The middle of a curve is three quarters of the way to its control points.
    let reach = |x: f64| x + (right - x) * 4.0 / 3.0;
    vec![start, [reach(start[0]), start[1]], [reach(end[0]), end[1]], end]
}

/// Goes on straight.
pub(crate) fn line(route: &mut Route, to: [f64; 2]) {
    let Some(&from) = route.last() else { return };
    if (from[0] - to[0]).abs() + (from[1] - to[1]).abs() < 0.5 {
        return;
    }
    let part = |share: f64| [from[0] + (to[0] - from[0]) * share, from[1] + (to[1] - from[1]) * share];
    route.extend([part(1.0 / 3.0), part(2.0 / 3.0), to]);
}

/// Whether a route keeps clear of all boxes.
pub(crate) fn is_free(route: &Route, boxes: &[Rect]) -> bool {
    boxes.is_empty() || {
        let points = points(route);
        let grown: Vec<Rect> = boxes.iter().map(|rect| rect.grown(CLEARANCE)).collect();
        points.windows(2).all(|pair| grown.iter().all(|rect| !rect.is_touched(pair[0], pair[1])))
    }
}

/// Points along a route.
fn points(route: &Route) -> Vec<[f64; 2]> {
    let mut result: Vec<[f64; 2]> = route.first().copied().into_iter().collect();
    for piece in route.windows(4).step_by(3) {
        for step in 1..=PIECES {
            let t = step as f64 / PIECES as f64;
            let u = 1.0 - t;
            let at = |axis: usize| {
                u * u * u * piece[0][axis]
                    + 3.0 * u * u * t * piece[1][axis]
                    + 3.0 * u * t * t * piece[2][axis]
                    + t * t * t * piece[3][axis]
            };
            result.push([at(0), at(1)]);
        }
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_curve_is_free_of_what_it_does_not_touch() {
        let route = swing([0.0, 0.0], [200.0, 100.0]);
        let at = |left, top| Rect { left, top, right: left + 20.0, bottom: top + 20.0 };
        assert!(!is_free(&route, &[at(90.0, 40.0)]));
        assert!(is_free(&route, &[at(0.0, 40.0), at(180.0, 40.0)]));
    }

    #[test]
    fn a_loop_reaches_as_far_as_it_should() {
        let far = points(&loop_right([100.0, 0.0], [100.0, 80.0], 160.0)).into_iter().map(|p| p[0]).fold(0.0, f64::max);
        assert!((far - 160.0).abs() < 1.0, "{far}");
    }
}
