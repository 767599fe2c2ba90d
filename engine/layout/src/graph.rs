//! What is to be drawn, without what it means.

use std::collections::BTreeMap;

/// A drawing: boxes, and lines between them.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Graph {
    /// Boxes.
    pub nodes: Vec<Node>,
    /// Lines. Those whose ends are no boxes, and those from a box to itself, do not count.
    pub edges: Vec<Edge>,
}

/// A box.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Node {
    /// Width and height, in canvas units.
    pub size: [f64; 2],
    /// Left and top as it stands now; none when it stands nowhere yet.
    pub at: Option<[f64; 2]>,
    /// Whether it must not move; only what stands somewhere can be pinned.
    pub pinned: bool,
    /// The frame it belongs into; nodes of one frame have the same number.
    pub frame: Option<usize>,
}

/// A line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Edge {
    /// Index of the box where it begins.
    pub from: usize,
    /// Index of the box where it ends.
    pub to: usize,
    /// Whether it may run backwards without harm, as the way to a dead-letter channel may.
    pub weak: bool,
}

impl Node {
    pub(crate) fn is_fixed(&self) -> bool {
        self.pinned && self.at.is_some()
    }
}

impl Graph {
    /// The same graph with its nodes in an order that does not depend on theirs when all of them stand somewhere, and its
    /// edges sorted, each once; and for each node the index it had.
    pub(crate) fn canonical(&self) -> (Graph, Vec<usize>) {
        let mut order: Vec<usize> = (0..self.nodes.len()).collect();
        if self.nodes.iter().all(|node| node.at.is_some()) {
            let key = |n: usize| self.nodes[n].at.unwrap_or_default();
            order.sort_by(|&a, &b| key(a)[1].total_cmp(&key(b)[1]).then(key(a)[0].total_cmp(&key(b)[0])));
        }
        let mut new = vec![0; order.len()];
        for (place, &node) in order.iter().enumerate() {
            new[node] = place;
        }
        // Of parallel edges a strong one counts.
        let mut edges: BTreeMap<(usize, usize), bool> = BTreeMap::new();
        for edge in &self.edges {
            if let (Some(&from), Some(&to)) = (new.get(edge.from), new.get(edge.to))
                && from != to
            {
                edges.entry((from, to)).and_modify(|weak| *weak &= edge.weak).or_insert(edge.weak);
            }
        }
        let edges = edges.into_iter().map(|((from, to), weak)| Edge { from, to, weak }).collect();
        (Graph { nodes: order.iter().map(|n| self.nodes[*n]).collect(), edges }, order)
    }
}
