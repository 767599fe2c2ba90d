//! How good a whole drawing is, from its boxes alone: what decides whether another one takes its place.
//!
//! It knows neither layers nor how a drawing came about, so that a drawing means the same whoever made it. A drawing is
//! replaced only by a better one, hence tidying what was tidied gives nothing new.

use petgraph::unionfind::UnionFind;

use crate::{
    cycles::parts,
    graph::{Edge, Graph},
    measure::CROOKED,
};

/// Boxes come no nearer to each other than this: beside, and above or below, in canvas units.
const CLEAR: [f64; 2] = [30.0, 40.0];
/// Least and most room between columns of what is connected.
const BETWEEN: [f64; 2] = [55.0, 225.0];
/// A frame reaches so far beyond its boxes at the sides.
const FRAME: f64 = 18.0;
/// What a crossing weighs against a unit of climbing…
const CROSSING: f64 = 40.0;
/// … and a line that is almost level.
const ALMOST_LEVEL: f64 = 40.0;
/// What is gained by so little is not worth moving a box for.
const LITTLE: f64 = 20.0;

/// How good a drawing is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Quality {
    /// What no tidied drawing should have, the worst first: boxes too near to each other or between whole units, foreign
    /// ones within a frame, lines that needlessly run backwards, columns that are none.
    faults: [usize; 4],
    /// Crossings and climbing, in sum.
    unrest: f64,
}

impl Quality {
    /// Of a drawing with its boxes at these places.
    pub(crate) fn of(graph: &Graph, at: &[[f64; 2]]) -> Quality {
        let drawing = Drawing::new(graph, at);
        let faults =
            [drawing.near() + drawing.between_units(), drawing.foreign(), drawing.backward(), drawing.columns()];
        Quality { faults, unrest: drawing.unrest() }
    }

    /// Whether a drawing of this quality should take the place of one of the other. No circle of drawings is possible in
    /// which each is better than the one before.
    pub(crate) fn is_better_than(self, other: Quality) -> bool {
        self.faults < other.faults || (self.faults == other.faults && self.unrest < other.unrest - LITTLE)
    }
}

/// Left, top, right, bottom.
type Rect = [f64; 4];

struct Drawing<'a> {
    graph: &'a Graph,
    /// Those that count.
    edges: Vec<Edge>,
    rects: Vec<Rect>,
    /// The boxes from the left.
    by_left: Vec<usize>,
}

impl<'a> Drawing<'a> {
    fn new(graph: &'a Graph, at: &[[f64; 2]]) -> Self {
        let sizes = graph.nodes.iter().map(|node| node.size);
        let rects: Vec<Rect> = at.iter().zip(sizes).map(|([x, y], [w, h])| [*x, *y, x + w, y + h]).collect();
        let mut by_left: Vec<usize> = (0..rects.len()).collect();
        by_left.sort_by(|&a, &b| rects[a][0].total_cmp(&rects[b][0]));
        let counts = |edge: &&Edge| edge.from != edge.to && edge.from.max(edge.to) < rects.len();
        let edges = graph.edges.iter().filter(counts).copied().collect();
        Drawing { graph, edges, rects, by_left }
    }

    /// Pairs of boxes that are too near to each other.
    fn near(&self) -> usize {
        let mut found = 0;
        for (i, &a) in self.by_left.iter().enumerate() {
            let p = self.rects[a];
            for &b in &self.by_left[i + 1..] {
                let q = self.rects[b];
                // Positions of pinned boxes are no whole numbers.
                if q[0] >= p[2] + CLEAR[0] - 1.0 {
                    break;
                }
                let is_near = q[1] < p[3] + CLEAR[1] - 1.0 && p[1] < q[3] + CLEAR[1] - 1.0;
                let free = !self.graph.nodes[a].is_fixed() || !self.graph.nodes[b].is_fixed();
                found += usize::from(is_near && free);
            }
        }
        found
    }

    /// Boxes whose position is no whole number, though it could be.
    fn between_units(&self) -> usize {
        let boxes = self.graph.nodes.iter().zip(&self.rects).filter(|(node, _)| !node.is_fixed());
        boxes.filter(|(_, rect)| rect[0].fract() != 0.0 || rect[1].fract() != 0.0).count()
    }

    /// Foreign boxes among those of a frame that stand in one column.
    fn foreign(&self) -> usize {
        let frame = |node: usize| self.graph.nodes[node].frame;
        let mut found = 0;
        let mut members: Vec<usize> = (0..self.rects.len()).filter(|node| frame(*node).is_some()).collect();
        members.sort_by(|&a, &b| frame(a).cmp(&frame(b)).then(self.rects[a][0].total_cmp(&self.rects[b][0])));
        let below = |a: usize, b: usize| self.rects[a][0].total_cmp(&self.rects[b][0]).is_eq();
        for column in members.chunk_by(|&a, &b| frame(a) == frame(b) && below(a, b)) {
            let around = column.iter().map(|node| self.rects[*node]).reduce(around).unwrap_or_default();
            let around = [around[0] - FRAME, around[1], around[2] + FRAME, around[3]];
            let is_within = |node: &usize| frame(*node) != frame(column[0]) && touch(around, self.rects[*node]);
            found += self.by_left.iter().filter(|node| is_within(node)).count();
        }
        found
    }

    /// Places where what is connected does not stand in columns, or where those are too near or too far.
    fn columns(&self) -> usize {
        let mut sets = UnionFind::new(self.rects.len());
        let fixed = |node: usize| self.graph.nodes[node].is_fixed();
        let several = self.graph.nodes.iter().filter(|node| node.is_fixed()).count() > 1;
        // What hangs together is arranged around pinned boxes as one.
        for edge in self.edges.iter().filter(|e| !several || (!fixed(e.from) && !fixed(e.to))) {
            sets.union(edge.from, edge.to);
        }
        let mut of_set: Vec<(usize, usize)> = self.by_left.iter().map(|node| (sets.find(*node), *node)).collect();
        of_set.sort_by_key(|(set, _)| *set);
        let mut found = 0;
        for part in of_set.chunk_by(|a, b| a.0 == b.0) {
            let mut end: Option<(f64, f64)> = None;
            for [left, _, right, _] in part.iter().map(|(_, node)| self.rects[*node]) {
                end = Some(match end {
                    Some((column, end)) if left < column + 1.0 => (column, end.max(right)),
                    Some((_, end)) => {
                        found += usize::from(!(BETWEEN[0] - 1.0..=BETWEEN[1] + 1.0).contains(&(left - end)));
                        (left, end.max(right))
                    }
                    None => (left, right),
                });
            }
        }
        found
    }

    /// Lines that run backwards although they lie on no circle; those within frames and to dead letters may.
    fn backward(&self) -> usize {
        let part = parts(self.rects.len(), &self.edges.iter().map(|e| (e.from, e.to)).collect::<Vec<_>>());
        let free = self.edges.iter().filter(|e| !e.weak && part[e.from] != part[e.to]);
        free.filter(|e| self.rects[e.to][0] <= self.rects[e.from][0]).count()
    }

    /// Lines from the middle of the right side of the left box to the middle of the left side of the right one.
    fn lines(&self) -> Vec<[[f64; 2]; 2]> {
        let line = |a: usize, b: usize| {
            let (a, b) = if self.rects[a][0] <= self.rects[b][0] { (a, b) } else { (b, a) };
            let (a, b) = (self.rects[a], self.rects[b]);
            [[a[2], f64::midpoint(a[1], a[3])], [b[0].max(a[2]), f64::midpoint(b[1], b[3])]]
        };
        let mut lines: Vec<_> = self.edges.iter().map(|e| line(e.from, e.to)).collect();
        lines.sort_by(|a, b| a.partial_cmp(b).unwrap_or(std::cmp::Ordering::Equal));
        lines.dedup();
        lines
    }

    fn unrest(&self) -> f64 {
        let lines = self.lines();
        let climbs = lines.iter().map(|[from, to]| (to[1] - from[1]).abs());
        let almost = climbs.clone().filter(|climb| (0.5..CROOKED).contains(climb)).count();
        climbs.sum::<f64>() + CROSSING * crossings(&lines) as f64 + ALMOST_LEVEL * almost as f64
    }
}

/// Pairs of lines that cross; they are sorted by where they begin.
fn crossings(lines: &[[[f64; 2]; 2]]) -> usize {
    let side = |[a, b]: [[f64; 2]; 2], p: [f64; 2]| (b[0] - a[0]) * (p[1] - a[1]) - (b[1] - a[1]) * (p[0] - a[0]);
    let mut found = 0;
    for (i, &p) in lines.iter().enumerate() {
        for &q in lines[i + 1..].iter().take_while(|q| q[0][0] < p[1][0]) {
            let cross = side(p, q[0]) * side(p, q[1]) < 0.0 && side(q, p[0]) * side(q, p[1]) < 0.0;
            found += usize::from(cross);
        }
    }
    found
}

fn around(a: Rect, b: Rect) -> Rect {
    [a[0].min(b[0]), a[1].min(b[1]), a[2].max(b[2]), a[3].max(b[3])]
}

fn touch(a: Rect, b: Rect) -> bool {
    a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Node;

    fn graph(frames: &[Option<usize>], edges: &[(usize, usize)]) -> Graph {
        let node = |frame: &Option<usize>| Node { size: [100.0, 50.0], frame: *frame, ..Node::default() };
        Graph {
            nodes: frames.iter().map(node).collect(),
            edges: edges.iter().map(|&(from, to)| Edge { from, to, weak: false }).collect(),
        }
    }

    #[test]
    fn what_is_wrong_is_counted() {
        let f = Some(0);
        let graph = graph(&[f, None, f, None], &[(0, 3), (9, 0), (1, 1)]);
        let faults = |at: [[f64; 2]; 4]| Quality::of(&graph, &at).faults;
        assert_eq!(faults([[0.0, 0.0], [0.0, 400.0], [0.0, 100.0], [200.0, 0.0]]), [0; 4]);
        // Two boxes upon each other, and one between whole units.
        assert_eq!(faults([[0.0, 0.0], [0.0, 400.0], [0.0, 400.0], [200.0, 0.5]]), [2, 1, 0, 0]);
        // A foreign box in the frame; a line backwards, from a column that is too near.
        assert_eq!(faults([[0.0, 0.0], [0.0, 100.0], [0.0, 200.0], [200.0, 0.0]]), [0, 1, 0, 0]);
        assert_eq!(faults([[0.0, 0.0], [900.0, 400.0], [0.0, 100.0], [-140.0, 0.0]]), [0, 0, 1, 1]);
    }

    #[test]
    fn a_drawing_gives_way_only_to_a_clearly_better_one() {
        let graph = graph(&[None; 4], &[(0, 3), (1, 2)]);
        let of = |rows: [f64; 4]| {
            let at = [[0.0, rows[0]], [0.0, rows[1]], [200.0, rows[2]], [200.0, rows[3]]];
            Quality::of(&graph, &at)
        };
        let (crossed, straight, nearly) =
            (of([0.0, 100.0, 0.0, 100.0]), of([0.0, 100.0, 100.0, 0.0]), of([0.0, 100.0, 110.0, 0.0]));
        assert!(straight.is_better_than(crossed) && !crossed.is_better_than(straight));
        assert!(straight.is_better_than(nearly) && !straight.is_better_than(straight));
        assert!(!straight.is_better_than(Quality { unrest: 5.0, ..straight }));
    }
}
