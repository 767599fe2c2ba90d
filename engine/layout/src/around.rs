//! Tidying with several pinned boxes: they stay exactly where they are, the others are arranged around them.
//!
//! The whole drawing is tidied as if nothing were pinned; then what hangs together of the free boxes is put where that
//! drawing has it relative to the pinned boxes it is connected to, and up or down to the nearest free ground.

use petgraph::unionfind::UnionFind;

use crate::{graph::Graph, place};

/// Clearance around boxes: beside, and above or below, in canvas units.
const CLEAR: [f64; 2] = [30.0, 40.0];

/// New positions of all nodes.
pub(crate) fn tidy(graph: &Graph, at: &[Option<[f64; 2]>]) -> Vec<[f64; 2]> {
    let mut free = graph.clone();
    free.nodes.iter_mut().for_each(|node| node.pinned = false);
    let ideal = place::tidy(&free, at);
    let pinned = |node: usize| at[node].filter(|_| graph.nodes[node].is_fixed());
    let mut result: Vec<Option<[f64; 2]>> = (0..graph.nodes.len()).map(pinned).collect();
    let everywhere = middle_shift(&ideal, (0..ideal.len()).filter_map(|node| Some((node, pinned(node)?))));
    let mut groups = groups(graph);
    groups.sort_by(|a, b| ideal[a[0]][1].total_cmp(&ideal[b[0]][1]));
    for group in groups {
        let beside = graph.edges.iter().filter_map(|edge| {
            let neighbour = match (group.binary_search(&edge.from), group.binary_search(&edge.to)) {
                (Ok(_), Err(_)) => edge.to,
                (Err(_), Ok(_)) => edge.from,
                _ => return None,
            };
            Some((neighbour, pinned(neighbour)?))
        });
        let by = middle_shift(&ideal, beside).or(everywhere).unwrap_or_default();
        let rects: Vec<[f64; 4]> = group
            .iter()
            .map(|node| rect([ideal[*node][0] + by[0], ideal[*node][1] + by[1]], graph.nodes[*node].size))
            .collect();
        let taken = result.iter().zip(&graph.nodes).filter_map(|(at, node)| Some(rect((*at)?, node.size)));
        let down = free_ground(&rects, taken);
        for (node, [left, top, ..]) in group.iter().zip(rects) {
            result[*node] = Some([left.round(), (top + down).round()]);
        }
    }
    result.into_iter().map(Option::unwrap_or_default).collect()
}

/// What hangs together of the free boxes; each sorted.
fn groups(graph: &Graph) -> Vec<Vec<usize>> {
    let mut sets = UnionFind::new(graph.nodes.len());
    for edge in &graph.edges {
        if !graph.nodes[edge.from].is_fixed() && !graph.nodes[edge.to].is_fixed() {
            sets.union(edge.from, edge.to);
        }
    }
    let mut groups = std::collections::BTreeMap::<usize, Vec<usize>>::new();
    for node in (0..graph.nodes.len()).filter(|node| !graph.nodes[*node].is_fixed()) {
        groups.entry(sets.find(node)).or_default().push(node);
    }
    groups.into_values().collect()
}

/// The median way from the ideal places to those given.
fn middle_shift(ideal: &[[f64; 2]], places: impl Iterator<Item = (usize, [f64; 2])>) -> Option<[f64; 2]> {
    let ways: Vec<[f64; 2]> = places.map(|(node, at)| [at[0] - ideal[node][0], at[1] - ideal[node][1]]).collect();
    let median = |axis: usize| {
        let mut values: Vec<f64> = ways.iter().map(|way| way[axis]).collect();
        values.sort_by(f64::total_cmp);
        values.get(values.len() / 2).map(|value| value.round())
    };
    Some([median(0)?, median(1)?])
}

/// Left, top, right, bottom.
fn rect(at: [f64; 2], size: [f64; 2]) -> [f64; 4] {
    [at[0], at[1], at[0] + size[0], at[1] + size[1]]
}

/// The least way up or down after which none of the boxes comes near to a taken one.
fn free_ground(rects: &[[f64; 4]], taken: impl Iterator<Item = [f64; 4]>) -> f64 {
    let mut blocked: Vec<[f64; 2]> = Vec::new();
    for other in taken {
        let near = rects.iter().filter(|r| r[0] < other[2] + CLEAR[0] && other[0] < r[2] + CLEAR[0]);
        // Whole numbers, as positions are rounded afterwards.
        blocked.extend(near.map(|r| [(other[1] - CLEAR[1] - r[3]).floor(), (other[3] + CLEAR[1] - r[1]).ceil()]));
    }
    blocked.sort_by(|a, b| a[0].total_cmp(&b[0]));
    let mut stretches: Vec<[f64; 2]> = Vec::new();
    for stretch in blocked {
        match stretches.last_mut() {
            Some(last) if stretch[0] < last[1] => last[1] = last[1].max(stretch[1]),
            _ => stretches.push(stretch),
        }
    }
    match stretches.iter().find(|stretch| stretch[0] < 0.0 && 0.0 < stretch[1]) {
        Some([up, down]) => {
            if -up < *down {
                *up
            } else {
                *down
            }
        }
        None => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn free_ground_is_the_nearest_one() {
        let rects = [[0.0, 0.0, 100.0, 50.0]];
        assert_eq!(free_ground(&rects, [[0.0, 90.0, 100.0, 140.0]].into_iter()), 0.0);
        assert_eq!(free_ground(&rects, [[0.0, 60.0, 100.0, 110.0]].into_iter()), -30.0);
        // Up is blocked by another one: below both.
        let taken = [[0.0, 60.0, 100.0, 110.0], [0.0, -120.0, 100.0, -50.0]];
        assert_eq!(free_ground(&rects, taken.into_iter()), 150.0);
        assert_eq!(free_ground(&rects, [[131.0, 0.0, 200.0, 50.0]].into_iter()), 0.0);
    }
}
