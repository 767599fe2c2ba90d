//! Drawings to tidy, and measures of how good a drawing is.

#![allow(dead_code, reason = "each test file uses its own part")]
#![allow(clippy::cast_possible_wrap, reason = "a drawing has not so many boxes")]

use rand_xoshiro::{
    Xoshiro256PlusPlus,
    rand_core::{Rng, SeedableRng},
};
use thalweg_layout::{Edge, Graph, Node};

/// Numbers that are always the same.
pub(crate) struct Dice(Xoshiro256PlusPlus);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Dice(Xoshiro256PlusPlus::seed_from_u64(seed))
    }

    /// A whole number below `most`.
    pub(crate) fn below(&mut self, most: usize) -> usize {
        (self.0.next_u64() % most.max(1) as u64) as usize
    }
}

pub(crate) fn node(width: f64) -> Node {
    Node { size: [width, 72.0], ..Node::default() }
}

pub(crate) fn edge(from: usize, to: usize) -> Edge {
    Edge { from, to, weak: false }
}

/// Something like a flow: nodes in stages, most lines to the next stage, some further on, few back.
pub(crate) fn flow(nodes: usize, edges: usize, frames: usize, seed: u64) -> Graph {
    let mut dice = Dice::new(seed);
    let stages = ((nodes as f64).sqrt() as usize / 2).clamp(3, 14);
    let stage = |node: usize| node * stages / nodes;
    let mut graph = Graph::default();
    for i in 0..nodes {
        // Every other stage is one of channels.
        let frame = (frames > 0 && stage(i) % 2 == 1).then(|| dice.below(frames));
        graph.nodes.push(Node { frame, ..node(150.0 + dice.below(65) as f64) });
    }
    while graph.edges.len() < edges {
        let from = dice.below(nodes);
        let way = match dice.below(100) {
            0..3 => -1,
            3..80 => 1,
            _ => 2 + dice.below(3) as i64,
        };
        let to_stage = stage(from) as i64 + way;
        if !(0..stages as i64).contains(&to_stage) {
            continue;
        }
        let of_stage: Vec<usize> = (0..nodes).filter(|n| stage(*n) as i64 == to_stage).collect();
        // Mostly to what lies at the same share of the next stage, as systems have parts that belong together.
        let share = (from * stages % nodes) as f64 / nodes as f64;
        let wish = (share * of_stage.len() as f64) as i64 + dice.below(5) as i64 - 2;
        let to = of_stage[wish.clamp(0, of_stage.len() as i64 - 1) as usize];
        graph.edges.push(Edge { from, to, weak: way < 0 });
    }
    graph
}

pub(crate) fn placed(graph: &Graph, at: &[[f64; 2]]) -> Graph {
    let mut graph = graph.clone();
    graph.nodes.iter_mut().zip(at).for_each(|(node, at)| node.at = Some(*at));
    graph
}

/// Left, top, right, bottom.
pub(crate) fn rect(graph: &Graph, at: &[[f64; 2]], node: usize) -> [f64; 4] {
    let ([x, y], [w, h]) = (at[node], graph.nodes[node].size);
    [x, y, x + w, y + h]
}

pub(crate) fn touch(a: [f64; 4], b: [f64; 4]) -> bool {
    a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3]
}

pub(crate) fn overlaps(graph: &Graph, at: &[[f64; 2]]) -> Vec<(usize, usize)> {
    let count = at.len();
    let pairs = (0..count).flat_map(|a| (a + 1..count).map(move |b| (a, b)));
    pairs.filter(|&(a, b)| touch(rect(graph, at, a), rect(graph, at, b))).collect()
}

/// Crossings of the straight lines from the right sides of boxes to the left sides of others.
pub(crate) fn crossings(graph: &Graph, at: &[[f64; 2]]) -> usize {
    let line = |edge: &Edge| {
        let (a, b) = (rect(graph, at, edge.from), rect(graph, at, edge.to));
        ([f64::midpoint(a[0], a[2]), f64::midpoint(a[1], a[3])], [f64::midpoint(b[0], b[2]), f64::midpoint(b[1], b[3])])
    };
    let lines: Vec<_> = graph.edges.iter().map(line).collect();
    let side = |a: [f64; 2], b: [f64; 2], p: [f64; 2]| (b[0] - a[0]) * (p[1] - a[1]) - (b[1] - a[1]) * (p[0] - a[0]);
    let mut count = 0;
    for (i, (a, b)) in lines.iter().enumerate() {
        for (c, d) in &lines[i + 1..] {
            let apart = side(*a, *b, *c) * side(*a, *b, *d) < -1e-6 && side(*c, *d, *a) * side(*c, *d, *b) < -1e-6;
            count += usize::from(apart);
        }
    }
    count
}

/// The straight ways between the middles of boxes, in sum.
pub(crate) fn length(graph: &Graph, at: &[[f64; 2]]) -> f64 {
    let middle = |node: usize| {
        let r = rect(graph, at, node);
        [f64::midpoint(r[0], r[2]), f64::midpoint(r[1], r[3])]
    };
    graph.edges.iter().map(|e| (middle(e.from), middle(e.to))).map(|(a, b)| (a[0] - b[0]).hypot(a[1] - b[1])).sum()
}

/// How often a route is inside a box that is neither of its ends.
pub(crate) fn through_boxes(graph: &Graph, at: &[[f64; 2]], edge: usize, route: &[[f64; 2]]) -> usize {
    let own = [graph.edges[edge].from, graph.edges[edge].to];
    let rects: Vec<[f64; 4]> = (0..at.len()).filter(|n| !own.contains(n)).map(|n| rect(graph, at, n)).collect();
    let mut inside = vec![false; rects.len()];
    for piece in route.windows(4).step_by(3) {
        for step in 0..=60 {
            let (t, u) = (f64::from(step) / 60.0, 1.0 - f64::from(step) / 60.0);
            let p = [0, 1].map(|i| {
                u * u * u * piece[0][i]
                    + 3.0 * u * u * t * piece[1][i]
                    + 3.0 * u * t * t * piece[2][i]
                    + t * t * t * piece[3][i]
            });
            for (r, inside) in rects.iter().zip(&mut inside) {
                *inside |= p[0] > r[0] + 0.5 && p[0] < r[2] - 0.5 && p[1] > r[1] + 0.5 && p[1] < r[3] - 0.5;
            }
        }
    }
    inside.into_iter().filter(|inside| *inside).count()
}
