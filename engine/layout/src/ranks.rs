//! The layer of each node.
//!
//! Channels of a frame that are equally far along the flow become one piece: they get one layer (or, where one leads to
//! another directly, as an exchange to its queues, neighbouring layers). How far along is counted in returns to the frame,
//! so that a chain of channels and handlers on one broker still runs from left to right. A frame whose channels stand in
//! one column already, and that the flow returns to only once, is kept in that column.

use std::collections::BTreeMap;

use crate::{
    cycles::{forward, parts, topological},
    graph::Graph,
};

/// Sweeps in which nodes move towards their neighbours; they end earlier when nothing moves.
const SWEEPS: usize = 40;
/// The pull of a weak edge; a strong one pulls with 1.
const WEAK: f64 = 0.4;

/// The layer of each node, from 0.
pub(crate) fn ranks(graph: &Graph, at: &[Option<[f64; 2]>]) -> Vec<usize> {
    let count = graph.nodes.len();
    let edges = acyclic(graph);
    let (pieces, whole) = pieces(graph, &edges, at);
    let (pieces, number) = dissolve(count, &edges, pieces, &whole);
    let sub = depth_in_piece(count, &edges, &pieces);
    let between: Vec<(usize, usize, bool)> =
        edges.iter().copied().filter(|(from, to, _)| pieces[*from] != pieces[*to]).collect();
    let ends: Vec<(usize, usize)> = between.iter().map(|(from, to, _)| (pieces[*from], pieces[*to])).collect();
    let forward = forward(number, &ends);
    let steps: Vec<Step> = between
        .iter()
        .zip(&ends)
        .zip(forward)
        .filter(|(_, forward)| *forward)
        .map(|(((from, to, weak), ends), _)| Step {
            from: ends.0,
            to: ends.1,
            least: sub[*from] + 1 - sub[*to],
            pull: if *weak { WEAK } else { 1.0 },
        })
        .collect();
    let ranks = ranked(number, &steps);
    let all: Vec<i64> = (0..count).map(|node| ranks[pieces[node]] + sub[node]).collect();
    let least = all.iter().copied().min().unwrap_or(0);
    all.into_iter().map(|rank| (rank - least) as usize).collect()
}

/// The edges that run forwards: from, to, weak. Weak edges that lie on a circle are left out.
fn acyclic(graph: &Graph) -> Vec<(usize, usize, bool)> {
    let count = graph.nodes.len();
    let all: Vec<(usize, usize)> = graph.edges.iter().map(|e| (e.from, e.to)).collect();
    let part = parts(count, &all);
    let strong: Vec<(usize, usize)> = graph.edges.iter().filter(|e| !e.weak).map(|e| (e.from, e.to)).collect();
    let forward = forward(count, &strong);
    let strong = strong.into_iter().zip(forward).filter(|(_, keep)| *keep).map(|((from, to), _)| (from, to, false));
    let weak = graph.edges.iter().filter(|e| e.weak && part[e.from] != part[e.to]).map(|e| (e.from, e.to, true));
    strong.chain(weak).collect()
}

/// The piece of each node (a piece is named by its first node), and for each node whether its frame is kept whole.
fn pieces(graph: &Graph, edges: &[(usize, usize, bool)], at: &[Option<[f64; 2]>]) -> (Vec<usize>, Vec<bool>) {
    let count = graph.nodes.len();
    let mut pieces: Vec<usize> = (0..count).collect();
    let mut whole = vec![false; count];
    let mut frames: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (node, of) in graph.nodes.iter().enumerate() {
        if let Some(frame) = of.frame {
            frames.entry(frame).or_default().push(node);
        }
    }
    let order = topological(count, edges.iter().map(|(from, to, _)| (*from, *to)));
    let mut before = vec![Vec::new(); count];
    for &(from, to, weak) in edges {
        before[to].push((from, weak));
    }
    for members in frames.into_values().filter(|members| members.len() > 1) {
        // Dead letters lie as well beside what they were taken from, so they do not count against a column.
        let deepest = |levels: &[usize]| members.iter().map(|n| levels[*n]).max().unwrap_or(1);
        let all = levels(&members, &order, &before, true);
        let keep = deepest(&all) > 1
            && deepest(&levels(&members, &order, &before, false)) <= 2
            && is_column(graph, &members, at);
        let mut first: BTreeMap<usize, usize> = BTreeMap::new();
        for &node in &members {
            let level = if keep { 1 } else { all[node] };
            pieces[node] = *first.entry(level).or_insert(node);
            whole[node] = keep;
        }
    }
    (pieces, whole)
}

/// How often the flow has entered the frame when it is at a node; 0 where it never did. By weak edges it enters only when
/// those count.
fn levels(members: &[usize], order: &[usize], before: &[Vec<(usize, bool)>], weak_count: bool) -> Vec<usize> {
    let mut is_member = vec![false; before.len()];
    for node in members {
        is_member[*node] = true;
    }
    let mut levels = vec![0; before.len()];
    for &node in order {
        let level = before[node].iter().map(|&(from, weak)| {
            let enters = is_member[node] && !is_member[from] && (weak_count || !weak) && levels[from] > 0;
            levels[from] + usize::from(enters)
        });
        let level = level.max().unwrap_or(0);
        levels[node] = if is_member[node] { level.max(1) } else { level };
    }
    levels
}

/// Whether the boxes stand one below the other.
fn is_column(graph: &Graph, members: &[usize], at: &[Option<[f64; 2]>]) -> bool {
    let lefts: Option<Vec<f64>> = members.iter().map(|n| at[*n].map(|at| at[0])).collect();
    let Some(lefts) = lefts else { return false };
    let rightmost = lefts.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    members.iter().zip(&lefts).all(|(node, left)| left + graph.nodes[*node].size[0] > rightmost)
}

/// Numbers the pieces. Those that would have to stand both before and behind one another fall apart, but for whole frames.
fn dissolve(
    count: usize,
    edges: &[(usize, usize, bool)],
    mut pieces: Vec<usize>,
    whole: &[bool],
) -> (Vec<usize>, usize) {
    let ends: Vec<(usize, usize)> = edges.iter().map(|(from, to, _)| (pieces[*from], pieces[*to])).collect();
    let part = parts(count, &ends);
    let mut size = vec![0_usize; count];
    let mut is_piece = vec![false; count];
    for piece in &pieces {
        is_piece[*piece] = true;
    }
    (0..count).filter(|n| is_piece[*n]).for_each(|piece| size[part[piece]] += 1);
    for node in 0..count {
        if size[part[pieces[node]]] > 1 && !whole[node] {
            pieces[node] = node;
        }
    }
    let mut numbers = BTreeMap::new();
    for piece in &mut pieces {
        let next = numbers.len();
        *piece = *numbers.entry(*piece).or_insert(next);
    }
    let number = numbers.len();
    (pieces, number)
}

/// How many members of its own piece lead to a node, one after the other.
fn depth_in_piece(count: usize, edges: &[(usize, usize, bool)], pieces: &[usize]) -> Vec<i64> {
    let inside: Vec<(usize, usize)> =
        edges.iter().filter(|(from, to, _)| pieces[*from] == pieces[*to]).map(|(from, to, _)| (*from, *to)).collect();
    let mut next = vec![Vec::new(); count];
    for (from, to) in &inside {
        next[*from].push(*to);
    }
    let mut depth = vec![0_i64; count];
    for node in topological(count, inside.iter().copied()) {
        for &to in &next[node] {
            depth[to] = depth[to].max(depth[node] + 1);
        }
    }
    depth
}

/// An edge between pieces: `to` stands at least `least` layers behind `from`.
struct Step {
    from: usize,
    to: usize,
    least: i64,
    pull: f64,
}

/// Layers by the longest way, then each piece within its room to where its edges are shorter in sum.
fn ranked(count: usize, steps: &[Step]) -> Vec<i64> {
    let order = topological(count, steps.iter().map(|step| (step.from, step.to)));
    let (mut before, mut behind) = (vec![Vec::new(); count], vec![Vec::new(); count]);
    for step in steps {
        before[step.to].push(step);
        behind[step.from].push(step);
    }
    let mut ranks = vec![0_i64; count];
    for &piece in &order {
        ranks[piece] = before[piece].iter().map(|s| ranks[s.from] + s.least).max().unwrap_or(0);
    }
    for _ in 0..SWEEPS {
        let mut moved = false;
        for &piece in order.iter().rev().chain(&order) {
            let low = before[piece].iter().map(|s| ranks[s.from] + s.least).max();
            let high = behind[piece].iter().map(|s| ranks[s.to] - s.least).min();
            let pull = |steps: &[&Step]| steps.iter().map(|s| s.pull).sum::<f64>();
            let (back, ahead) = (pull(&before[piece]), pull(&behind[piece]));
            let wish = match (low, high) {
                (Some(low), Some(high)) if ahead > back => high.max(low),
                (Some(low), Some(_)) if back > ahead => low,
                (None, Some(high)) => high,
                (Some(low), None) => low,
                _ => ranks[piece],
            };
            moved |= wish != ranks[piece];
            ranks[piece] = wish;
        }
        if !moved {
            break;
        }
    }
    ranks
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Edge, Node};

    fn graph(frames: &[Option<usize>], edges: &[(usize, usize)]) -> Graph {
        let node = |frame: &Option<usize>| Node { size: [150.0, 54.0], frame: *frame, ..Node::default() };
        Graph {
            nodes: frames.iter().map(node).collect(),
            edges: edges.iter().map(|&(from, to)| Edge { from, to, weak: false }).collect(),
        }
    }

    fn ranks_of(graph: &Graph) -> Vec<usize> {
        let at: Vec<_> = graph.nodes.iter().map(|n| n.at).collect();
        ranks(graph, &at)
    }

    #[test]
    fn a_source_stands_just_before_what_it_feeds() {
        let graph = graph(&[None; 5], &[(0, 1), (1, 2), (2, 3), (4, 3)]);
        assert_eq!(ranks_of(&graph), [0, 1, 2, 3, 2]);
    }

    #[test]
    fn channels_of_a_frame_share_their_layer_and_the_flow_still_runs_to_the_right() {
        // 0 → 1(t) → 2 → 3(t) → 4 ; 5 → 6(t) → 4: both first channels share a layer, 3 comes later.
        let f = Some(0);
        let graph = graph(&[None, f, None, f, None, None, f], &[(0, 1), (1, 2), (2, 3), (3, 4), (5, 6), (6, 4)]);
        let ranks = ranks_of(&graph);
        assert_eq!(ranks[1], ranks[6]);
        assert_eq!([ranks[0], ranks[1], ranks[2], ranks[3], ranks[4]], [0, 1, 2, 3, 4]);
    }

    #[test]
    fn a_frame_that_stands_in_one_column_is_kept() {
        let f = Some(0);
        let mut graph = graph(&[None, f, None, f, None], &[(0, 1), (1, 2), (2, 3), (3, 4)]);
        for (node, at) in
            graph.nodes.iter_mut().zip([[0.0, 0.0], [250.0, 0.0], [500.0, 0.0], [250.0, 90.0], [500.0, 90.0]])
        {
            node.at = Some(at);
        }
        assert_eq!(ranks_of(&graph), [0, 1, 2, 1, 2]);
    }

    #[test]
    fn an_exchange_stands_before_its_queues_in_one_piece() {
        let f = Some(3);
        let graph = graph(&[None, f, f, f, None, None], &[(0, 1), (1, 2), (1, 3), (2, 4), (3, 5)]);
        assert_eq!(ranks_of(&graph), [0, 1, 2, 2, 3, 3]);
    }

    #[test]
    fn dead_letters_never_turn_the_flow_around() {
        let f = Some(0);
        let mut graph = graph(&[None, f, None, f], &[(0, 1), (1, 2), (2, 3)]);
        graph.edges[2].weak = true;
        let ranks = ranks_of(&graph);
        assert!(ranks[0] < ranks[1] && ranks[1] < ranks[2], "{ranks:?}");
    }
}
