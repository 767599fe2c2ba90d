//! Where keys lead: to the neighbour in a direction, and through the graph in its own order. Pure.

use std::collections::{HashMap, HashSet};
use std::hash::Hash;

use crate::state::Rect;

/// Direction of an arrow key: right is `[1, 0]`, down is `[0, 1]`.
pub(crate) type Direction = [f64; 2];

/// Distance across counts so many times the distance along: what stands straight ahead comes first.
const ACROSS: f64 = 2.5;

/// The box that stands nearest in a direction.
pub(crate) fn nearest<T>(boxes: impl Iterator<Item = (T, Rect)>, from: Rect, direction: Direction) -> Option<T> {
    let middle = |r: Rect| [r.x + r.width / 2.0, r.y + r.height / 2.0];
    let [x, y] = middle(from);
    let cost = |rect: Rect| {
        let [tx, ty] = middle(rect);
        let along = (tx - x) * direction[0] + (ty - y) * direction[1];
        let across = ((tx - x) * direction[1]).abs() + ((ty - y) * direction[0]).abs();
        // Within a right angle ahead.
        (along > 1.0 && across <= along * 2.0).then_some(along + ACROSS * across)
    };
    let found = boxes.filter_map(|(id, rect)| Some((cost(rect)?, id)));
    found.min_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, id)| id)
}

/// All nodes in the order in which messages reach them: what comes before stands before, as far as there are no circles;
/// beside each other as `place` (top, then left) tells.
pub(crate) fn graph_order<'n, T>(nodes: &[(T, Rect)], edges: impl Iterator<Item = (&'n T, &'n T)>) -> Vec<T>
where
    T: Clone + Eq + Hash + 'n,
{
    let index: HashMap<&T, usize> = nodes.iter().enumerate().map(|(i, (id, _))| (id, i)).collect();
    let mut next: Vec<Vec<usize>> = vec![Vec::new(); nodes.len()];
    let mut waits: Vec<usize> = vec![0; nodes.len()];
    let mut seen = HashSet::new();
    for (from, to) in edges {
        if let (Some(from), Some(to)) = (index.get(from), index.get(to))
            && from != to
            && seen.insert((*from, *to))
        {
            next[*from].push(*to);
            waits[*to] += 1;
        }
    }
    let mut left: Vec<usize> = (0..nodes.len()).collect();
    // The next one is taken from the end.
    left.sort_by(|a, b| {
        let (a, b) = (nodes[*a].1, nodes[*b].1);
        b.x.total_cmp(&a.x).then(b.y.total_cmp(&a.y))
    });
    let mut ready: Vec<usize> = left.iter().copied().filter(|i| waits[*i] == 0).collect();
    let mut done = vec![false; nodes.len()];
    let mut order = Vec::with_capacity(nodes.len());
    loop {
        // In a circle the leftmost begins.
        let at = match ready.pop() {
            Some(at) => at,
            None => match left.pop() {
                Some(at) => at,
                None => return order,
            },
        };
        if std::mem::replace(&mut done[at], true) {
            continue;
        }
        order.push(nodes[at].0.clone());
        let mut freed: Vec<usize> = Vec::new();
        for to in &next[at] {
            waits[*to] = waits[*to].saturating_sub(1);
            if waits[*to] == 0 && !done[*to] {
                freed.push(*to);
            }
        }
        freed.sort_by(|a, b| nodes[*b].1.y.total_cmp(&nodes[*a].1.y));
        ready.extend(freed);
    }
}

/// Everything that can be reached from some nodes over steps, themselves included.
pub(crate) fn reachable<'n, T>(from: &[T], steps: impl Iterator<Item = (&'n T, &'n T)>) -> HashSet<T>
where
    T: Clone + Eq + Hash + 'n,
{
    let mut next: HashMap<&T, Vec<&T>> = HashMap::new();
    for (a, b) in steps {
        next.entry(a).or_default().push(b);
    }
    let mut found: HashSet<T> = from.iter().cloned().collect();
    let mut open: Vec<T> = from.to_vec();
    while let Some(at) = open.pop() {
        for to in next.get(&at).into_iter().flatten() {
            if found.insert((*to).clone()) {
                open.push((*to).clone());
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const NODES: [(&str, f64, f64); 6] = [
        ("a", 0.0, 0.0),
        ("b", 260.0, 0.0),
        ("c", 520.0, -40.0),
        ("d", 520.0, 80.0),
        ("e", 260.0, 120.0),
        ("f", 780.0, 0.0),
    ];
    const EDGES: [(&str, &str); 5] = [("a", "b"), ("b", "c"), ("b", "d"), ("c", "f"), ("d", "f")];

    fn nodes() -> Vec<(&'static str, Rect)> {
        NODES.map(|(id, x, y)| (id, Rect { x, y, width: 150.0, height: 54.0 })).to_vec()
    }

    fn at(id: &str) -> Rect {
        nodes().into_iter().find(|(other, _)| *other == id).map(|(_, r)| r).unwrap_or_default()
    }

    #[test]
    fn arrows_lead_to_the_box_ahead() {
        let go = |from: &str, direction| nearest(nodes().into_iter(), at(from), direction);
        assert_eq!((go("a", [1.0, 0.0]), go("b", [-1.0, 0.0])), (Some("b"), Some("a")));
        assert_eq!((go("c", [0.0, 1.0]), go("d", [0.0, -1.0])), (Some("d"), Some("c")));
        assert_eq!((go("b", [0.0, 1.0]), go("a", [-1.0, 0.0]), go("f", [1.0, 0.0])), (Some("e"), None, None));
    }

    #[test]
    fn tab_follows_the_messages() {
        let edges = || EDGES.iter().map(|(a, b)| (a, b));
        assert_eq!(graph_order(&nodes(), edges()), ["a", "b", "c", "d", "f", "e"]);
        let circle = [("b", "c"), ("c", "b"), ("a", "e")];
        assert_eq!(graph_order(&nodes(), circle.iter().map(|(a, b)| (a, b))).len(), 6);
    }

    #[test]
    fn up_and_down_the_stream() {
        let down = reachable(&["c"], EDGES.iter().map(|(a, b)| (a, b)));
        assert_eq!(down, HashSet::from(["c", "f"]));
        let up = reachable(&["d"], EDGES.iter().map(|(a, b)| (b, a)));
        assert_eq!(up, HashSet::from(["d", "b", "a"]));
    }
}
