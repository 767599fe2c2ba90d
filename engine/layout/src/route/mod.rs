//! How lines run: past boxes, out of one side and into another, each with a port of its own.
//!
//! A line is a chain of cubic curves. What runs freely from box to box is one curve; what a box stands in the way of is
//! led through the free ground of the columns it passes ([`corridor`]). The result depends on positions alone, so it
//! serves a drawing made by hand as well as a tidied one.

mod corridor;
mod curve;
mod ports;

use corridor::Corridors;
use curve::{Rect, is_free, line, loop_right, swing};
use ports::{Ports, Side};

use crate::graph::Graph;

/// A line as a chain of cubic curves in canvas units: where it begins, then two control points and an end for each.
pub type Route = Vec<[f64; 2]>;

/// A line ends so far before its box, so that it does not show beside the tip of its head.
const HEAD: f64 = 2.0;
/// Least way from a right side to a left side for a line that runs forwards.
const FORWARDS: f64 = 12.0;
/// How far below (or above) its box a line turns that runs backwards.
const TURN: f64 = 16.0;
/// Boxes are nearly below each other when they are so near.
const APART: f64 = 8.0;

/// The way of each edge, in their order; none for one whose ends are no boxes, are the same, or stand nowhere.
pub fn routes(graph: &Graph) -> Vec<Option<Route>> {
    let boxes: Vec<Option<Rect>> = graph.nodes.iter().map(Rect::of).collect();
    let ends: Vec<Option<(usize, usize)>> = graph
        .edges
        .iter()
        .map(|edge| {
            let stands = |node: usize| boxes.get(node).is_some_and(Option::is_some);
            (edge.from != edge.to && stands(edge.from) && stands(edge.to)).then_some((edge.from, edge.to))
        })
        .collect();
    let rects: Vec<Rect> = boxes.iter().map(|rect| rect.unwrap_or_default()).collect();
    let standing: Vec<bool> = boxes.iter().map(Option::is_some).collect();
    let ways: Vec<Option<Way>> =
        ends.iter().map(|ends| ends.map(|(a, b)| Way::between(&rects[a], &rects[b]))).collect();
    let ports = Ports::new(&rects, &ends, &ways);
    let mut corridors = Corridors::new(&rects, &standing);
    // Short lines first, in an order that does not depend on that of the edges.
    let mut order: Vec<usize> = (0..ends.len()).filter(|edge| ends[*edge].is_some()).collect();
    let key = |edge: usize| {
        ends[edge].map(|(a, b)| [(rects[a].left - rects[b].left).abs(), rects[a].top, rects[b].top, rects[a].left])
    };
    order.sort_by(|a, b| key(*a).partial_cmp(&key(*b)).unwrap_or(std::cmp::Ordering::Equal));
    let mut result = vec![None; ends.len()];
    for edge in order {
        if let (Some((a, b)), Some(way)) = (ends[edge], ways[edge]) {
            result[edge] = Some(way.route(edge, (a, b), &rects, &ports, &mut corridors));
        }
    }
    result
}

/// From which side to which a line runs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Way {
    /// Out of the right side, into the left one.
    Forwards,
    /// Out of the lower (or upper) side, into the upper (or lower) one of a box in the same column.
    Across { down: bool },
    /// Out of the lower (or upper) side, back into the right side of a box further left.
    Back { down: bool },
    /// Out of the right side and into the right side of a box in the same column.
    Loop,
}

impl Way {
    fn between(a: &Rect, b: &Rect) -> Way {
        let down = b.middle() >= a.middle();
        if b.left >= a.right + FORWARDS {
            return Way::Forwards;
        }
        if b.right + FORWARDS <= a.left {
            return Way::Back { down };
        }
        let apart = if down { b.top - a.bottom } else { a.top - b.bottom };
        if apart > APART { Way::Across { down } } else { Way::Loop }
    }

    pub(crate) fn sides(self) -> (Side, Side) {
        let out = |down| if down { Side::Lower } else { Side::Upper };
        match self {
            Way::Forwards => (Side::Right, Side::Left),
            Way::Across { down } => (out(down), out(!down)),
            Way::Back { down } => (out(down), Side::Right),
            Way::Loop => (Side::Right, Side::Right),
        }
    }

    fn route(
        self,
        edge: usize,
        (a, b): (usize, usize),
        rects: &[Rect],
        ports: &Ports,
        corridors: &mut Corridors<'_>,
    ) -> Route {
        let (start, end) = ports.of(edge);
        let near = corridors.near((a, b), start, end);
        match self {
            Way::Forwards => {
                let end = [end[0] - HEAD, end[1]];
                let direct = swing(start, end);
                if is_free(&direct, &near) { direct } else { corridors.through(start, end, &[a, b]) }
            }
            Way::Across { down } => {
                let sign = if down { 1.0 } else { -1.0 };
                let end_at = [end[0], end[1] - sign * HEAD];
                let bend = sign * ((end_at[1] - start[1]).abs() / 2.0).max(14.0);
                let direct = vec![start, [start[0], start[1] + bend], [end[0], end_at[1] - bend], end_at];
                if is_free(&direct, &near) { direct } else { self::around(&rects[a], &rects[b], rects, &near) }
            }
            Way::Back { down } => {
                let end = [end[0] + HEAD, end[1]];
                let sign = if down { 1.0 } else { -1.0 };
                let (dx, dy) = ((start[0] - end[0]).abs(), (end[1] - start[1]).abs());
                let from = [start[0], start[1] + sign * (dy * 0.7).max(24.0)];
                let direct = vec![start, from, [end[0] + (dx * 0.55).clamp(24.0, 140.0), end[1]], end];
                // Beside each other, the curve would cut through the box that it ends at.
                if dy > TURN && is_free(&direct, &near) {
                    return direct;
                }
                let turn = [start[0] - TURN, start[1] + sign * TURN];
                let mut route = vec![start, [start[0], turn[1]], [start[0], turn[1]], turn];
                let left = [rects[a].left.min(turn[0]), turn[1]];
                line(&mut route, left);
                route.extend(corridors.back(left, end, &[a, b]).into_iter().skip(1));
                route
            }
            Way::Loop => self::around(&rects[a], &rects[b], rects, &near),
        }
    }
}

/// Out of the right side, past what stands between, and back into the right side.
fn around(a: &Rect, b: &Rect, rects: &[Rect], near: &[Rect]) -> Route {
    let (top, bottom) = (a.middle().min(b.middle()), a.middle().max(b.middle()));
    let between =
        rects.iter().filter(|r| r.top < bottom && r.bottom > top && r.left < a.right.max(b.right) && r.right > a.left);
    let right = between.map(|r| r.right).fold(a.right.max(b.right), f64::max);
    let (start, end) = ([a.right, a.middle() - 8.0], [b.right + HEAD, b.middle() + 8.0]);
    let mut route = loop_right(start, end, right + 40.0);
    for reach in [70.0, 110.0] {
        if is_free(&route, near) {
            break;
        }
        route = loop_right(start, end, right + reach);
    }
    route
}

/// A route seen in a mirror: left is right.
fn mirrored(mut route: Route) -> Route {
    for point in &mut route {
        point[0] = -point[0];
    }
    route
}
