//! The whole drawing: each connected part for itself, then the parts one below the other or where they stood.

use std::collections::BTreeMap;

use petgraph::unionfind::UnionFind;

use crate::{graph::Graph, layers::Layers, measure, order, ranks, rows};

/// Least distance of two layers, in canvas units: room for a line to swing from any height to any other.
const COLUMNS: f64 = 100.0;
/// What is added where many lines swing: from so many lines on, so much.
const WIDER: [(usize, f64); 2] = [(40, 80.0), (12, 40.0)];
/// How much less or more room than that is good enough where layers stand already.
const SLACK: f64 = 45.0;
/// Lines that climb less than this need no room to swing.
const LEVEL: f64 = 60.0;
/// Least distance of two parts, with room for frames.
const PARTS: f64 = 64.0;
/// Columns of boxes that are connected to nothing.
const LOOSE: usize = 4;
/// A drawing that stands is kept when another has not fewer crossings by this share…
const CROSSINGS: f64 = 0.15;
/// … and lines do not climb less by this share.
const CLIMB: f64 = 0.35;
/// … and lines are not crooked in more than so many places, and in more than this share of all.
const CROOKED: (usize, f64) = (1, 0.04);

/// A part with places of its own.
struct Part {
    nodes: Vec<usize>,
    places: Vec<[f64; 2]>,
}

/// New positions of all nodes; at most one of them is pinned.
pub(crate) fn tidy(graph: &Graph, at: &[Option<[f64; 2]>]) -> Vec<[f64; 2]> {
    let ranks = ranks::ranks(graph, at);
    let (parts, loose) = parts(graph, &ranks);
    let mut parts: Vec<Part> = parts.into_iter().map(|nodes| part(graph, nodes, &ranks, at)).collect();
    parts.extend(grid(graph, loose, at));
    together(graph, &mut parts);
    let mut result = vec![[0.0; 2]; graph.nodes.len()];
    for part in &parts {
        for (node, place) in part.nodes.iter().zip(&part.places) {
            result[*node] = *place;
        }
    }
    // One pinned box takes all others with it.
    let pinned = graph.nodes.iter().position(crate::graph::Node::is_fixed);
    if let Some((node, at)) = pinned.and_then(|node| Some((node, at[node]?))) {
        let [dx, dy] = [(at[0] - result[node][0]).round(), (at[1] - result[node][1]).round()];
        for place in &mut result {
            *place = [place[0] + dx, place[1] + dy];
        }
        result[node] = at;
    }
    result
}

/// What is connected, by lines or by a frame within a layer; and the boxes that are connected to nothing.
fn parts(graph: &Graph, ranks: &[usize]) -> (Vec<Vec<usize>>, Vec<usize>) {
    let count = graph.nodes.len();
    let mut sets = UnionFind::new(count);
    graph.edges.iter().for_each(|edge| {
        sets.union(edge.from, edge.to);
    });
    let mut framed: BTreeMap<(usize, usize), usize> = BTreeMap::new();
    for (node, of) in graph.nodes.iter().enumerate() {
        if let Some(frame) = of.frame {
            sets.union(node, *framed.entry((frame, ranks[node])).or_insert(node));
        }
    }
    let mut parts: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for node in 0..count {
        parts.entry(sets.find(node)).or_default().push(node);
    }
    let (loose, mut parts): (Vec<_>, Vec<_>) = parts.into_values().partition(|nodes| nodes.len() == 1);
    let mut loose = loose.concat();
    loose.sort_unstable();
    parts.sort_by_key(|nodes| nodes[0]);
    (parts, loose)
}

/// Boxes that are connected to nothing, in rows of a few.
fn grid(graph: &Graph, loose: Vec<usize>, at: &[Option<[f64; 2]>]) -> Option<Part> {
    let width = loose.iter().map(|node| graph.nodes[*node].size[0].ceil()).reduce(f64::max)?;
    let mut top = 0.0;
    let mut places = Vec::new();
    for row in loose.chunks(LOOSE) {
        places.extend((0..row.len()).map(|i| [i as f64 * (width + COLUMNS), top]));
        top += row.iter().map(|node| graph.nodes[*node].size[1].ceil()).fold(0.0, f64::max) + PARTS;
    }
    let mut part = Part { nodes: loose, places };
    part.go_where_it_stood(at);
    Some(part)
}

fn part(graph: &Graph, nodes: Vec<usize>, ranks: &[usize], at: &[Option<[f64; 2]>]) -> Part {
    let layers = Layers::new(graph, &nodes, ranks);
    let (layers, tops, kept) = heights(layers, at);
    let lefts = lefts(graph, &layers, &tops, at, kept);
    // Boxes are the first items, in the order of the nodes.
    let places: Vec<[f64; 2]> = (0..nodes.len()).map(|item| [lefts[layers.items[item].layer], tops[item]]).collect();
    let mut part = Part { nodes, places };
    part.go_where_it_stood(at);
    part
}

impl Part {
    /// Moves so that boxes move little in the median; to the top when they stood nowhere.
    fn go_where_it_stood(&mut self, at: &[Option<[f64; 2]>]) {
        let shift = |axis: usize| {
            let ways = self.nodes.iter().zip(&self.places);
            let mut by: Vec<f64> = ways.filter_map(|(node, place)| Some(at[*node]?[axis] - place[axis])).collect();
            by.sort_by(f64::total_cmp);
            by.get(by.len() / 2).map(|by| by.round())
        };
        let top = self.places.iter().map(|place| place[1]).fold(f64::INFINITY, f64::min);
        let by = [shift(0).unwrap_or(0.0), shift(1).unwrap_or(-top)];
        self.places.iter_mut().for_each(|place| *place = [place[0] + by[0], place[1] + by[1]]);
    }
}

/// The heights of a part: those it has, if they are as good as new ones; else new ones that begin with the order it has,
/// or, where that leads to more crossings, with none. Tells whether they are kept.
fn heights(mut layers: Layers, at: &[Option<[f64; 2]>]) -> (Layers, Vec<f64>, bool) {
    let has: Vec<Option<f64>> = layers.items.iter().map(|item| at[item.node?].map(|at| at[1])).collect();
    let boxes = layers.items.iter().filter(|item| item.node.is_some()).count();
    let stands = 2 * has.iter().flatten().count() >= boxes;
    let mut fresh = layers.clone();
    order::walk(&mut fresh);
    order::order(&mut fresh);
    let mut best = Choice::new(fresh, rows::fresh);
    if !stands {
        return (best.layers, best.tops, false);
    }
    sort_by_height(&mut layers, &has);
    let mut improved = layers.clone();
    order::order(&mut improved);
    let improved = Choice::new(improved, rows::fresh);
    if improved.crossings as f64 <= best.crossings as f64 * (1.0 + CROSSINGS) {
        best = improved;
    }
    layers.gather();
    let kept = Choice::new(layers, |layers| rows::standing(layers, &has));
    let is_as_good = kept.crossings as f64 <= best.crossings as f64 * (1.0 + CROSSINGS)
        && kept.climb <= best.climb * (1.0 + CLIMB) + LEVEL
        && kept.crooked <= best.crooked + CROOKED.0 + (kept.layers.chains.len() as f64 * CROOKED.1) as usize;
    if is_as_good { (kept.layers, kept.tops, true) } else { (best.layers, best.tops, false) }
}

struct Choice {
    layers: Layers,
    tops: Vec<f64>,
    crossings: usize,
    climb: f64,
    crooked: usize,
}

impl Choice {
    fn new(layers: Layers, tops: impl Fn(&Layers) -> Vec<f64>) -> Choice {
        let tops = tops(&layers);
        let middles: Vec<f64> = layers.items.iter().zip(&tops).map(|(item, top)| top + item.height / 2.0).collect();
        Choice {
            crossings: measure::crossings(&layers, &middles),
            climb: measure::climb(&layers, &middles),
            crooked: measure::crooked(&layers, &middles),
            layers,
            tops,
        }
    }
}

/// Orders the layers by the heights that boxes have; others stand at the mean of what they are connected to.
fn sort_by_height(layers: &mut Layers, tops: &[Option<f64>]) {
    let middle = |item: usize, top: f64| top + layers.items[item].height / 2.0;
    let mut middles: Vec<Option<f64>> =
        tops.iter().enumerate().map(|(item, top)| Some(middle(item, (*top)?))).collect();
    for layer in layers.order.iter().chain(layers.order.iter().rev()) {
        for &item in layer {
            let connected: Vec<f64> =
                layers.before[item].iter().chain(&layers.behind[item]).filter_map(|other| middles[*other]).collect();
            if middles[item].is_none() && !connected.is_empty() {
                middles[item] = Some(connected.iter().sum::<f64>() / connected.len() as f64);
            }
        }
    }
    let middles: Vec<f64> = middles.into_iter().map(Option::unwrap_or_default).collect();
    let middles = measure::with_passes(layers, &middles);
    for layer in &mut layers.order {
        layer.sort_by(|a, b| middles[*a].total_cmp(&middles[*b]));
    }
}

/// The left of each layer: layers are as wide as their widest box, and further apart where many lines swing. Those of a
/// drawing that is kept stay where they are while the room between them does.
fn lefts(graph: &Graph, layers: &Layers, tops: &[f64], at: &[Option<[f64; 2]>], kept: bool) -> Vec<f64> {
    let mut swinging = vec![0_usize; layers.order.len()];
    for (item, behind) in layers.behind.iter().enumerate() {
        swinging[layers.items[item].layer] +=
            behind.iter().filter(|to| (tops[**to] - tops[item]).abs() > LEVEL).count();
    }
    let mut lefts: Vec<f64> = Vec::new();
    // The end of the layer before, and how far the next one stands from it.
    let mut before: Option<(f64, f64)> = None;
    for (layer, items) in layers.order.iter().enumerate() {
        let mut stood: Vec<f64> =
            items.iter().filter_map(|item| at[layers.items[*item].node?]).map(|at| at[0].round()).collect();
        stood.sort_by(f64::total_cmp);
        let stood = stood.get(stood.len() / 2).copied().filter(|_| kept);
        let left = match (before, stood) {
            (None, stood) => stood.unwrap_or(0.0),
            (Some((end, room)), Some(stood)) if (COLUMNS - SLACK..=room + SLACK).contains(&(stood - end)) => stood,
            (Some((end, room)), _) => end + room,
        };
        lefts.push(left);
        let width = items.iter().filter_map(|item| layers.items[*item].node).map(|n| graph.nodes[n].size[0]);
        let wider = WIDER.iter().find(|(lines, _)| swinging[layer] >= *lines).map_or(0.0, |(_, by)| *by);
        before = Some((left + width.fold(0.0, f64::max).ceil(), COLUMNS + wider));
    }
    lefts
}

/// Moves parts down until none covers another; those that stood nowhere go below.
fn together(graph: &Graph, parts: &mut [Part]) {
    let stood = |part: &Part| part.nodes.iter().any(|node| graph.nodes[*node].at.is_some());
    let top = |part: &Part| part.places.iter().map(|place| place[1]).fold(f64::INFINITY, f64::min);
    parts.sort_by(|a, b| {
        stood(b).cmp(&stood(a)).then(if stood(a) { top(a).total_cmp(&top(b)) } else { std::cmp::Ordering::Equal })
    });
    let left = parts.iter().filter(|part| stood(part)).flat_map(|part| &part.places).map(|p| p[0]).reduce(f64::min);
    let mut done: Vec<[f64; 4]> = Vec::new();
    for part in parts {
        if !stood(part) {
            let below = done.iter().map(|bounds| bounds[3] + PARTS).fold(f64::NEG_INFINITY, f64::max);
            let by = [left.unwrap_or(0.0), if below.is_finite() { below } else { 0.0 }];
            part.places.iter_mut().for_each(|place| *place = [place[0] + by[0], place[1] + by[1]]);
        }
        let mut bounds = bounds(graph, part);
        // Each of those already placed can push once: they only grow downwards.
        let mut by = 0.0;
        while let Some(other) = done.iter().find(|o| {
            bounds[0] < o[2] + PARTS
                && o[0] < bounds[2] + PARTS
                && bounds[1] + by < o[3] + PARTS
                && o[1] < bounds[3] + by + PARTS
        }) {
            by = other[3] + PARTS - bounds[1];
        }
        part.places.iter_mut().for_each(|place| place[1] += by);
        bounds[1] += by;
        bounds[3] += by;
        done.push(bounds);
    }
}

/// Left, top, right, bottom.
fn bounds(graph: &Graph, part: &Part) -> [f64; 4] {
    let mut bounds = [f64::INFINITY, f64::INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY];
    for (node, place) in part.nodes.iter().zip(&part.places) {
        let size = graph.nodes[*node].size;
        bounds[0] = bounds[0].min(place[0]);
        bounds[1] = bounds[1].min(place[1]);
        bounds[2] = bounds[2].max(place[0] + size[0]);
        bounds[3] = bounds[3].max(place[1] + size[1]);
    }
    bounds
}
