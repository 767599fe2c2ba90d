//! Where nodes stand on the canvas when the document does not say: layers from left to right.
//!
//! After Sugiyama, Tagawa and Toda, "Methods for Visual Understanding of Hierarchical System Structures" (1981): cycles
//! are cut, nodes are put into layers by their longest way from a source, layers are ordered by barycentres, and within
//! a layer nodes come as near to the mean of their neighbours as their distance allows. Positions that the document
//! gives are never changed. The same flow always gives the same layout.

use std::collections::{HashMap, HashSet, VecDeque};

use indexmap::IndexMap;
use petgraph::unionfind::UnionFind;

use crate::model::{BrokerRef, Flow, NodeId, NodeKind};

/// Width and height of a node's box, in canvas units.
pub const NODE: [f64; 2] = [160.0, 64.0];
/// Least distance of two boxes: between layers, and within one.
pub const GAP: [f64; 2] = [100.0, 40.0];

const COLUMN: f64 = NODE[0] + GAP[0];
const ROW: f64 = NODE[1] + GAP[1];
const SWEEPS: usize = 12;

/// The frame of each node, in their order, as a small number: channels of one broker share a frame, other nodes have none.
pub fn frames(flow: &Flow) -> Vec<Option<usize>> {
    let mut names: IndexMap<String, usize> = IndexMap::new();
    flow.nodes
        .values()
        .map(|node| {
            let broker = match &node.kind {
                NodeKind::Topic(n) => n.broker.as_ref(),
                NodeKind::Queue(n) => n.broker.as_ref(),
                NodeKind::Exchange(n) => n.broker.as_ref(),
                NodeKind::Bus(n) => n.broker.as_ref(),
                _ => None,
            }?;
            let name = match broker {
                BrokerRef::Declared(id) => format!("declared {id}"),
                BrokerRef::Kind(kind) => kind.name().to_owned(),
            };
            let next = names.len();
            Some(*names.entry(name).or_insert(next))
        })
        .collect()
}

/// A position (left, top) for every node: the given ones as they are, the others found.
pub fn positions(flow: &Flow) -> IndexMap<NodeId, [f64; 2]> {
    let given: Vec<Option<[f64; 2]>> = flow.nodes.keys().map(|id| flow.layout.get(id).copied()).collect();
    let found = match given.iter().copied().collect::<Option<Vec<_>>>() {
        // The usual case after the first move by hand; it is asked after every edit.
        Some(all) => all,
        None if given.iter().all(Option::is_none) => Graph::new(flow).layered(),
        None => Graph::new(flow).fill_in(&given),
    };
    flow.nodes.keys().cloned().zip(found).collect()
}

struct Graph {
    /// Edges without those that would close a cycle, by source and by target.
    next: Vec<Vec<usize>>,
    previous: Vec<Vec<usize>>,
    /// The broker of a channel, as a small number.
    broker: Vec<Option<usize>>,
}

impl Graph {
    fn new(flow: &Flow) -> Self {
        let index: HashMap<&str, usize> = flow.nodes.keys().enumerate().map(|(i, id)| (id.as_str(), i)).collect();
        let count = flow.nodes.len();
        let mut all = vec![Vec::new(); count];
        let mut seen = HashSet::new();
        for edge in flow.edges() {
            let (Some(&from), Some(&to)) = (index.get(edge.from.as_str()), index.get(edge.to.as_str())) else {
                continue;
            };
            if from != to && seen.insert((from, to)) {
                all[from].push(to);
            }
        }
        let mut graph =
            Graph { next: vec![Vec::new(); count], previous: vec![Vec::new(); count], broker: frames(flow) };
        for (from, to) in acyclic(&all) {
            graph.next[from].push(to);
            graph.previous[to].push(from);
        }
        graph
    }

    fn neighbours(&self, node: usize) -> impl Iterator<Item = usize> + '_ {
        self.previous[node].iter().chain(&self.next[node]).copied()
    }

    /// The layout of everything: connected parts one below the other.
    fn layered(&self) -> Vec<[f64; 2]> {
        let ranks = self.ranks();
        let mut positions = vec![[0.0; 2]; self.next.len()];
        let mut top = 0.0;
        for part in self.parts() {
            let layers = self.ordered_layers(&part, &ranks);
            let rows = self.rows(&layers);
            let least = part.iter().map(|n| rows[n]).fold(f64::INFINITY, f64::min);
            let most = part.iter().map(|n| rows[n]).fold(f64::NEG_INFINITY, f64::max);
            for &node in &part {
                positions[node] = [ranks[node] as f64 * COLUMN, (top + rows[&node] - least).round()];
            }
            top += most - least + ROW + GAP[1];
        }
        positions
    }

    /// The longest way from a source; a node that many wait for stands just before the first of them.
    fn ranks(&self) -> Vec<usize> {
        let mut ranks = vec![0_usize; self.next.len()];
        let mut open: Vec<usize> = self.previous.iter().map(Vec::len).collect();
        let mut ready: Vec<usize> = (0..open.len()).filter(|n| open[*n] == 0).collect();
        let mut at = 0;
        while let Some(&node) = ready.get(at) {
            at += 1;
            for &next in &self.next[node] {
                ranks[next] = ranks[next].max(ranks[node] + 1);
                open[next] -= 1;
                if open[next] == 0 {
                    ready.push(next);
                }
            }
        }
        // Sources that feed only late layers move up to them.
        for node in 0..ranks.len() {
            if self.previous[node].is_empty() {
                let nearest = self.next[node].iter().map(|n| ranks[*n]).min();
                ranks[node] = nearest.map_or(0, |rank| rank.saturating_sub(1));
            }
        }
        ranks
    }

    fn parts(&self) -> Vec<Vec<usize>> {
        let mut sets = UnionFind::new(self.next.len());
        for (from, targets) in self.next.iter().enumerate() {
            for &to in targets {
                sets.union(from, to);
            }
        }
        let mut parts: IndexMap<usize, Vec<usize>> = IndexMap::new();
        for node in 0..self.next.len() {
            parts.entry(sets.find(node)).or_default().push(node);
        }
        parts.into_values().collect()
    }

    fn ordered_layers(&self, part: &[usize], ranks: &[usize]) -> Vec<Vec<usize>> {
        let last = part.iter().map(|n| ranks[*n]).max().unwrap_or(0);
        let mut layers = vec![Vec::new(); last + 1];
        for &node in part {
            layers[ranks[node]].push(node);
        }
        let mut place: HashMap<usize, f64> = HashMap::new();
        for layer in &layers {
            number(layer, &mut place);
        }
        for sweep in 0..SWEEPS {
            let forward = sweep % 2 == 0;
            for i in 0..layers.len() {
                let layer = if forward { i } else { layers.len() - 1 - i };
                self.order(&mut layers[layer], &place, forward);
                number(&layers[layer], &mut place);
            }
        }
        layers
    }

    /// Orders a layer by the mean place of the neighbours before it (or behind it); channels of one broker are drawn
    /// towards each other.
    fn order(&self, layer: &mut [usize], place: &HashMap<usize, f64>, forward: bool) {
        let wish = |node: usize| {
            let side = if forward { &self.previous[node] } else { &self.next[node] };
            mean(side.iter().map(|n| place[n])).unwrap_or(place[&node])
        };
        let mut wishes: Vec<(f64, usize)> = layer.iter().map(|n| (wish(*n), *n)).collect();
        let mut by_broker: IndexMap<usize, Vec<f64>> = IndexMap::new();
        for &(wish, node) in &wishes {
            if let Some(broker) = self.broker[node] {
                by_broker.entry(broker).or_default().push(wish);
            }
        }
        for (wish, node) in &mut wishes {
            let common = self.broker[*node].and_then(|b| by_broker.get(&b)).and_then(|w| mean(w.iter().copied()));
            if let Some(common) = common {
                *wish = f64::midpoint(*wish, common);
            }
        }
        // The sort is stable: equal wishes keep the order in which they stand.
        wishes.sort_by(|a, b| a.0.total_cmp(&b.0));
        for (slot, (_, node)) in layer.iter_mut().zip(wishes) {
            *slot = node;
        }
    }

    /// Tops of the nodes: near the mean of their neighbours, in the order of their layer, a row apart.
    fn rows(&self, layers: &[Vec<usize>]) -> HashMap<usize, f64> {
        let mut rows: HashMap<usize, f64> = HashMap::new();
        for layer in layers {
            for (i, &node) in layer.iter().enumerate() {
                rows.insert(node, (i as f64 - (layer.len() - 1) as f64 / 2.0) * ROW);
            }
        }
        for sweep in 0..SWEEPS {
            for i in 0..layers.len() {
                let layer = &layers[if sweep % 2 == 0 { i } else { layers.len() - 1 - i }];
                let wishes: Vec<f64> = layer
                    .iter()
                    .map(|&node| mean(self.neighbours(node).map(|n| rows[&n])).unwrap_or(rows[&node]))
                    .collect();
                for (&node, row) in layer.iter().zip(spaced(&wishes)) {
                    rows.insert(node, row);
                }
            }
        }
        rows
    }

    /// Places for the nodes without one, beside their neighbours that have one, on free ground.
    fn fill_in(&self, given: &[Option<[f64; 2]>]) -> Vec<[f64; 2]> {
        let mut ground = Ground::default();
        let mut positions = given.to_vec();
        given.iter().flatten().for_each(|p| ground.take(*p));
        let left = given.iter().flatten().map(|p| p[0]).fold(f64::INFINITY, f64::min);
        let bottom = given.iter().flatten().map(|p| p[1]).fold(f64::NEG_INFINITY, f64::max);
        let mut missing: Vec<usize> = (0..given.len()).filter(|n| given[*n].is_none()).collect();
        let ranks = self.ranks();
        missing.sort_by_key(|n| ranks[*n]);
        // Those beside placed ones first; what is connected to nothing placed goes below everything.
        let is_beside = |n: &usize| self.neighbours(*n).any(|m| given[m].is_some());
        let mut next: VecDeque<usize> = missing.iter().copied().filter(is_beside).collect();
        let mut apart = missing.into_iter();
        while let Some(node) = next.pop_front().or_else(|| apart.next()) {
            if positions[node].is_some() {
                continue;
            }
            let wish = self.beside(node, &positions).unwrap_or([left, bottom + ROW]);
            let free = ground.free_at(wish);
            ground.take(free);
            positions[node] = Some(free);
            next.extend(self.neighbours(node).filter(|n| positions[*n].is_none()));
        }
        positions.into_iter().map(Option::unwrap_or_default).collect()
    }

    fn beside(&self, node: usize, positions: &[Option<[f64; 2]>]) -> Option<[f64; 2]> {
        let placed = |nodes: &[usize]| -> Vec<[f64; 2]> { nodes.iter().filter_map(|n| positions[*n]).collect() };
        let (before, behind) = (placed(&self.previous[node]), placed(&self.next[node]));
        let row = mean(before.iter().chain(&behind).map(|p| p[1]))?;
        let column = if before.is_empty() {
            behind.iter().map(|p| p[0]).fold(f64::INFINITY, f64::min) - COLUMN
        } else {
            before.iter().map(|p| p[0]).fold(f64::NEG_INFINITY, f64::max) + COLUMN
        };
        Some([column.round(), row.round()])
    }
}

/// Taken ground, in cells of one box and its gap.
#[derive(Default)]
struct Ground {
    cells: HashMap<(i64, i64), Vec<[f64; 2]>>,
}

impl Ground {
    fn cell(position: [f64; 2]) -> (i64, i64) {
        ((position[0] / COLUMN).floor() as i64, (position[1] / ROW).floor() as i64)
    }

    fn take(&mut self, position: [f64; 2]) {
        self.cells.entry(Self::cell(position)).or_default().push(position);
    }

    fn is_free(&self, at: [f64; 2]) -> bool {
        let (column, row) = Self::cell(at);
        let near = (column - 1..=column + 1).flat_map(|c| (row - 1..=row + 1).map(move |r| (c, r)));
        let clear = |p: &[f64; 2]| (p[0] - at[0]).abs() >= NODE[0] + 20.0 || (p[1] - at[1]).abs() >= NODE[1] + 20.0;
        near.filter_map(|cell| self.cells.get(&cell)).flatten().all(clear)
    }

    /// The nearest free place in the same column, downwards first.
    fn free_at(&self, wish: [f64; 2]) -> [f64; 2] {
        let mut step = 0.0;
        loop {
            for at in [[wish[0], wish[1] + step], [wish[0], wish[1] - step]] {
                if self.is_free(at) {
                    return at;
                }
            }
            step += ROW / 2.0;
        }
    }
}

/// All edges but those that lead back to a node on the way to them (depth first, in document order, without recursion).
fn acyclic(all: &[Vec<usize>]) -> Vec<(usize, usize)> {
    #[derive(Clone, Copy, PartialEq)]
    enum Mark {
        New,
        OnTheWay,
        Done,
    }
    let mut marks = vec![Mark::New; all.len()];
    let mut edges = Vec::new();
    // Sources first, so that a cycle is cut where it comes back and not where it is entered.
    let mut incoming = vec![0_usize; all.len()];
    all.iter().flatten().for_each(|to| incoming[*to] += 1);
    let mut roots: Vec<usize> = (0..all.len()).collect();
    roots.sort_by_key(|n| incoming[*n] > 0);
    for root in roots {
        if marks[root] != Mark::New {
            continue;
        }
        marks[root] = Mark::OnTheWay;
        let mut stack = vec![(root, 0)];
        while let Some((node, at)) = stack.last_mut() {
            let Some(&next) = all[*node].get(*at) else {
                marks[*node] = Mark::Done;
                stack.pop();
                continue;
            };
            *at += 1;
            if marks[next] != Mark::OnTheWay {
                edges.push((*node, next));
            }
            if marks[next] == Mark::New {
                marks[next] = Mark::OnTheWay;
                stack.push((next, 0));
            }
        }
    }
    edges
}

fn number(layer: &[usize], place: &mut HashMap<usize, f64>) {
    // Layers of different sizes are compared by their middle.
    let half = layer.len().saturating_sub(1) as f64 / 2.0;
    for (i, node) in layer.iter().enumerate() {
        place.insert(*node, i as f64 - half);
    }
}

fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, count) = values.fold((0.0, 0_usize), |(sum, count), v| (sum + v, count + 1));
    (count > 0).then(|| sum / count as f64)
}

/// The rows nearest to the wishes (least squares) that keep the order and a row's distance: isotonic regression of the
/// wishes less their index, by pooling adjacent violators.
fn spaced(wishes: &[f64]) -> Vec<f64> {
    let mut pools: Vec<(f64, usize)> = Vec::new();
    for (i, wish) in wishes.iter().enumerate() {
        let (mut sum, mut count) = (wish - i as f64 * ROW, 1);
        while let Some(&(before, size)) = pools.last() {
            if before / size as f64 <= sum / count as f64 {
                break;
            }
            sum += before;
            count += size;
            pools.pop();
        }
        pools.push((sum, count));
    }
    let levels = pools.iter().flat_map(|(sum, count)| std::iter::repeat_n(sum / *count as f64, *count));
    levels.enumerate().map(|(i, level)| level + i as f64 * ROW).collect()
}
