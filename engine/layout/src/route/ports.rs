//! Where lines leave and enter a box: spread over a side, in the order of where they come from and go to.

use std::collections::BTreeMap;

use super::{Way, curve::Rect};

/// Distance of two ports, where the side has room.
const APART: f64 = 11.0;
/// What remains free at the ends of a side.
const CORNER: f64 = 12.0;

/// A side of a box.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Side {
    Left,
    Upper,
    Right,
    Lower,
}

/// An end of a line: two numbers that order it by where the line leads, which edge it is, whether it begins here.
type End = (f64, f64, usize, bool);

/// The ports of all edges.
pub(crate) struct Ports {
    ends: Vec<([f64; 2], [f64; 2])>,
}

impl Ports {
    pub(crate) fn new(rects: &[Rect], ends: &[Option<(usize, usize)>], ways: &[Option<Way>]) -> Ports {
        let mut sides: BTreeMap<(usize, Side), Vec<End>> = BTreeMap::new();
        for (edge, (of, way)) in ends.iter().zip(ways).enumerate() {
            let (Some((a, b)), Some(way)) = (of, way) else { continue };
            let (out, into) = way.sides();
            let key = |side: Side, other: &Rect| match side {
                Side::Left | Side::Right => (other.middle(), other.left),
                Side::Upper | Side::Lower => (f64::midpoint(other.left, other.right), other.top),
            };
            let (towards, from) = (key(out, &rects[*b]), key(into, &rects[*a]));
            sides.entry((*a, out)).or_default().push((towards.0, towards.1, edge, true));
            sides.entry((*b, into)).or_default().push((from.0, from.1, edge, false));
        }
        let mut found = vec![([0.0; 2], [0.0; 2]); ends.len()];
        for ((node, side), mut lines) in sides {
            lines.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)).then(a.3.cmp(&b.3)).then(a.2.cmp(&b.2)));
            let count = lines.len();
            for (i, (_, _, edge, begins)) in lines.into_iter().enumerate() {
                let at = port(&rects[node], side, i, count);
                if begins { found[edge].0 = at } else { found[edge].1 = at }
            }
        }
        Ports { ends: found }
    }

    /// Where an edge begins and ends.
    pub(crate) fn of(&self, edge: usize) -> ([f64; 2], [f64; 2]) {
        self.ends[edge]
    }
}

fn port(rect: &Rect, side: Side, i: usize, count: usize) -> [f64; 2] {
    let length = match side {
        Side::Left | Side::Right => rect.bottom - rect.top,
        Side::Upper | Side::Lower => rect.right - rect.left,
    };
    let room = (length - 2.0 * CORNER).max(0.0);
    let apart = if count > 1 { (room / (count - 1) as f64).min(APART) } else { 0.0 };
    let along = length / 2.0 + (i as f64 - (count as f64 - 1.0) / 2.0) * apart;
    match side {
        Side::Left => [rect.left, rect.top + along],
        Side::Right => [rect.right, rect.top + along],
        Side::Upper => [rect.left + along, rect.top],
        Side::Lower => [rect.left + along, rect.bottom],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_lie_around_the_middle_and_within_the_side() {
        let rect = Rect { left: 0.0, top: 0.0, right: 150.0, bottom: 54.0 };
        assert_eq!(port(&rect, Side::Right, 0, 1), [150.0, 27.0]);
        assert_eq!((port(&rect, Side::Left, 0, 2), port(&rect, Side::Left, 1, 2)), ([0.0, 21.5], [0.0, 32.5]));
        assert_eq!((port(&rect, Side::Left, 0, 40)[1], port(&rect, Side::Left, 39, 40)[1]), (12.0, 42.0));
    }
}
