//! Which edges run forwards once circles are cut.
//!
//! A circle is cut where it comes back: within a strongly connected part, nodes count their distance from where the part
//! is entered, and edges towards a smaller distance run backwards. (A depth-first search would cut wherever it happens to
//! come by.)

use std::collections::VecDeque;

use petgraph::{algo::kosaraju_scc, graph::DiGraph};

/// The strongly connected part of each node.
pub(crate) fn parts(count: usize, edges: &[(usize, usize)]) -> Vec<usize> {
    let mut graph: DiGraph<(), (), usize> = DiGraph::default();
    for _ in 0..count {
        graph.add_node(());
    }
    for &(from, to) in edges {
        graph.add_edge(from.into(), to.into(), ());
    }
    let mut part = vec![0; count];
    for (number, nodes) in kosaraju_scc(&graph).into_iter().enumerate() {
        for node in nodes {
            part[node.index()] = number;
        }
    }
    part
}

/// For each edge whether it runs forwards; the forward ones have no circle.
pub(crate) fn forward(count: usize, edges: &[(usize, usize)]) -> Vec<bool> {
    let part = parts(count, edges);
    let inside = |&(from, to): &(usize, usize)| part[from] == part[to];
    let mut next = vec![Vec::new(); count];
    let mut has_entry = vec![false; count];
    let mut entries: Vec<usize> = Vec::new();
    for &(from, to) in edges {
        if part[from] == part[to] {
            next[from].push(to);
        } else {
            has_entry[part[to]] = true;
            entries.push(to);
        }
    }
    // A part that nothing leads into is entered at its first node.
    let mut distance = vec![usize::MAX; count];
    let mut queue = VecDeque::new();
    for node in 0..count {
        if !has_entry[part[node]] {
            has_entry[part[node]] = true;
            entries.push(node);
        }
    }
    entries.sort_unstable();
    entries.dedup();
    for node in entries {
        distance[node] = 0;
        queue.push_back(node);
    }
    while let Some(node) = queue.pop_front() {
        for &to in &next[node] {
            if distance[to] == usize::MAX {
                distance[to] = distance[node] + 1;
                queue.push_back(to);
            }
        }
    }
    edges.iter().map(|edge| !inside(edge) || (distance[edge.0], edge.0) < (distance[edge.1], edge.1)).collect()
}

/// The nodes so that each stands before those that its edges lead to. What stands in a circle is left out.
pub(crate) fn topological(count: usize, edges: impl Iterator<Item = (usize, usize)>) -> Vec<usize> {
    let mut next = vec![Vec::new(); count];
    let mut open = vec![0_usize; count];
    for (from, to) in edges {
        next[from].push(to);
        open[to] += 1;
    }
    let mut order: Vec<usize> = (0..count).filter(|node| open[*node] == 0).collect();
    let mut at = 0;
    while let Some(&node) = order.get(at) {
        at += 1;
        for &to in &next[node] {
            open[to] -= 1;
            if open[to] == 0 {
                order.push(to);
            }
        }
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_circle_is_cut_where_it_comes_back() {
        // 0 leads into the circle 2 → 3 → 1 → 2 at 2.
        let edges = [(0, 2), (2, 3), (3, 1), (1, 2)];
        assert_eq!(forward(4, &edges), [true, true, true, false]);
    }

    #[test]
    fn what_runs_forwards_has_no_circle() {
        let edges: Vec<(usize, usize)> =
            (0..60).map(|i| (i * 7 % 20, (i * 11 + 3) % 20)).filter(|(a, b)| a != b).collect();
        let forward = forward(20, &edges);
        let kept = edges.iter().zip(forward).filter(|(_, keep)| *keep).map(|(edge, _)| *edge);
        assert_eq!(topological(20, kept).len(), 20);
    }
}
