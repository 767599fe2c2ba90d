//! The heights of the items of ordered layers.
//!
//! Items go to the mean of what they are connected to, layer after layer and back, as their distances allow; long lines
//! pull hardest on their own passes, so that they become straight. At the end each item takes the height of the median
//! before it, which makes chains exactly straight. Where a drawing stands already, its boxes keep their heights, and only
//! what is pushed or new moves.

use crate::{
    layers::{Item, Layers},
    measure::{CROOKED, with_passes},
    separate::{Distances, nearest_in_chain},
};

/// Least distance of two boxes of a layer, in canvas units.
const BOXES: f64 = 40.0;
/// Least distance of a box and a passing line.
const BOX_AND_PASS: f64 = 24.0;
/// Least distance of two passing lines.
const PASSES: f64 = 14.0;
/// Room in a frame above its first box, for its label, and below its last one.
const FRAME: [f64; 2] = [22.0, 12.0];
/// Least distance of two frames.
const FRAMES: f64 = 16.0;
/// Sweeps by means.
const SWEEPS: usize = 16;
/// Sweeps by medians.
const STRAIGHTENING: usize = 4;
/// How hard lines pull: between two boxes, between a box and a pass, between two passes (as in Gansner, Koutsofios, North
/// and Vo, "A Technique for Drawing Directed Graphs", 1993).
const PULL: [f64; 3] = [1.0, 2.0, 8.0];
/// The weight of a box that stands, against 1 of one that does not.
const STANDING: f64 = 1000.0;
/// The weight of a frame's edges, which go where its boxes are.
const LIGHT: f64 = 1e-3;

/// Tops of all items, made anew from their order.
pub(crate) fn fresh(layers: &Layers) -> Vec<f64> {
    let mut rows = Rows::new(layers, true);
    for layer in &layers.order {
        let height: f64 = layer.iter().map(|item| layers.items[*item].height + PASSES).sum();
        let mut top = -height / 2.0;
        for &item in layer {
            rows.tops[item] = top;
            top += layers.items[item].height + PASSES;
        }
    }
    rows.separate();
    for sweep in 0..SWEEPS {
        let side = if sweep + 4 >= SWEEPS {
            Side::Both
        } else if sweep % 2 == 0 {
            Side::Before
        } else {
            Side::Behind
        };
        rows.sweep(sweep % 2 == 0, side, mean);
    }
    for sweep in 0..STRAIGHTENING {
        let forwards = sweep % 2 == 1;
        rows.sweep(forwards, if forwards { Side::Before } else { Side::Behind }, median);
    }
    rows.align_sources();
    rows.finish()
}

/// Tops of all items when boxes keep those they have, but for what they must move.
pub(crate) fn standing(layers: &Layers, tops: &[Option<f64>]) -> Vec<f64> {
    let mut rows = Rows::new(layers, false);
    let known: Vec<f64> = tops.iter().copied().flatten().collect();
    let middle = known.iter().sum::<f64>() / known.len().max(1) as f64;
    for (item, top) in tops.iter().enumerate() {
        rows.tops[item] = top.unwrap_or(middle);
        if top.is_some() {
            rows.weights[item] = STANDING;
        }
    }
    for sweep in 0..4 {
        rows.free_sweep(sweep % 2 == 0, tops);
    }
    rows.separate();
    rows.straighten_chains();
    rows.finish()
}

#[derive(Clone, Copy, PartialEq)]
enum Side {
    Before,
    Behind,
    Both,
}

struct Rows<'a> {
    layers: &'a Layers,
    /// What keeps distances within each layer.
    columns: Vec<Column>,
    /// What frames of several layers tie together.
    tied: Tied,
    tops: Vec<f64>,
    weights: Vec<f64>,
}

/// The items of a layer, from the top, and how far each one's top must be below the one before it.
struct Column {
    items: Vec<usize>,
    gaps: Vec<f64>,
    /// Whether a frame ties it to other layers.
    is_tied: bool,
}

/// The items of layers that share a frame, and the upper and lower edges of such frames, which stand behind the items.
#[derive(Default)]
struct Tied {
    items: Vec<usize>,
    /// The bands, and which of the items each holds.
    bands: Vec<Vec<usize>>,
    distances: Distances,
}

impl<'a> Rows<'a> {
    fn new(layers: &'a Layers, with_passes: bool) -> Self {
        let count = layers.items.len();
        let weights: Vec<f64> = (0..count)
            .map(|item| layers.before[item].iter().chain(&layers.behind[item]).map(|o| pull(layers, item, *o)).sum())
            .map(|weight: f64| weight.max(1.0))
            .collect();
        let mut columns: Vec<Column> =
            layers.order.iter().map(|layer| Column::new(layers, layer, with_passes)).collect();
        let tied = Tied::new(layers, &mut columns);
        Rows { layers, columns, tied, tops: vec![0.0; count], weights }
    }

    /// Moves tops as little as possible to where they keep all distances.
    fn separate(&mut self) {
        for column in self.columns.iter().filter(|column| !column.is_tied) {
            column.separate(&mut self.tops, &self.weights);
        }
        self.tied.separate(self.layers, &mut self.tops, &self.weights);
    }

    fn finish(mut self) -> Vec<f64> {
        self.tops.iter_mut().for_each(|top| *top = top.round());
        for column in self.columns.iter().filter(|column| !column.is_tied) {
            for (pair, gap) in column.items.windows(2).zip(&column.gaps) {
                self.tops[pair[1]] = self.tops[pair[1]].max(self.tops[pair[0]] + gap);
            }
        }
        let tied = self.tied.distances.whole(&self.tied.values(self.layers, &self.tops));
        for (item, top) in self.tied.items.iter().zip(tied) {
            self.tops[*item] = top;
        }
        self.tops
    }

    fn middle(&self, item: usize) -> f64 {
        self.tops[item] + self.layers.items[item].height / 2.0
    }

    /// Middles and pulls of what an item is connected to on a side; on both, where there is nothing on that one.
    fn connected(&self, item: usize, side: Side, found: &mut Vec<(f64, f64)>) {
        let (before, behind) = (&self.layers.before[item], &self.layers.behind[item]);
        let other = |o: &usize| (self.middle(*o), pull(self.layers, item, *o));
        found.clear();
        match side {
            Side::Before => found.extend(before.iter().map(other)),
            Side::Behind => found.extend(behind.iter().map(other)),
            Side::Both => {}
        }
        if found.is_empty() {
            found.extend(before.iter().chain(behind).map(other));
        }
    }

    fn sweep(&mut self, forwards: bool, side: Side, wanted: fn(&mut [(f64, f64)]) -> f64) {
        let count = self.layers.order.len();
        let mut connected = Vec::new();
        for i in 0..count {
            let layer = if forwards { i } else { count - 1 - i };
            for &item in &self.layers.order[layer] {
                self.connected(item, side, &mut connected);
                if !connected.is_empty() {
                    self.tops[item] = wanted(&mut connected) - self.layers.items[item].height / 2.0;
                }
            }
            // At once, so that what comes next sees where these can really stand.
            self.columns[layer].separate(&mut self.tops, &self.weights);
        }
        self.tied.separate(self.layers, &mut self.tops, &self.weights);
    }

    /// Sources go to what they lead to; everything else stays if it can.
    fn align_sources(&mut self) {
        let mut connected = Vec::new();
        for item in 0..self.tops.len() {
            if self.layers.before[item].is_empty() && !self.layers.behind[item].is_empty() {
                self.connected(item, Side::Behind, &mut connected);
                self.tops[item] = median(&mut connected) - self.layers.items[item].height / 2.0;
            } else {
                self.weights[item] *= STANDING;
            }
        }
        self.separate();
    }

    /// Boxes that are alone behind a box, and almost level with it, become level.
    fn straighten_chains(&mut self) {
        for &item in self.layers.order.iter().flatten() {
            let &[before] = self.layers.before[item].as_slice() else { continue };
            let are_boxes = [item, before].iter().all(|item| self.layers.items[*item].node.is_some());
            let off = self.middle(before) - self.middle(item);
            if are_boxes && self.layers.behind[before].len() == 1 && off.abs() < CROOKED {
                self.tops[item] += off;
            }
        }
        self.separate();
    }

    /// A sweep in which only the boxes move that stand nowhere yet.
    fn free_sweep(&mut self, forwards: bool, standing: &[Option<f64>]) {
        let count = self.layers.order.len();
        let mut connected = Vec::new();
        for i in 0..count {
            for &item in &self.layers.order[if forwards { i } else { count - 1 - i }] {
                if standing[item].is_some() || self.layers.items[item].node.is_none() {
                    continue;
                }
                self.connected(item, Side::Both, &mut connected);
                if !connected.is_empty() {
                    self.tops[item] = mean(&mut connected) - self.layers.items[item].height / 2.0;
                }
            }
        }
        let middles: Vec<f64> = (0..self.tops.len()).map(|item| self.middle(item)).collect();
        let middles = with_passes(self.layers, &middles);
        for (item, of) in self.layers.items.iter().enumerate().filter(|(_, of)| of.node.is_none()) {
            self.tops[item] = middles[item] - of.height / 2.0;
        }
    }
}

fn pull(layers: &Layers, a: usize, b: usize) -> f64 {
    PULL[usize::from(layers.items[a].node.is_none()) + usize::from(layers.items[b].node.is_none())]
}

fn mean(connected: &mut [(f64, f64)]) -> f64 {
    let weight: f64 = connected.iter().map(|c| c.1).sum();
    connected.iter().map(|c| c.0 * c.1).sum::<f64>() / weight
}

/// The middle one, or the middle of the middle two.
fn median(connected: &mut [(f64, f64)]) -> f64 {
    connected.sort_by(|a, b| a.0.total_cmp(&b.0));
    let half = connected.len() / 2;
    if connected.len() % 2 == 1 { connected[half].0 } else { f64::midpoint(connected[half - 1].0, connected[half].0) }
}

impl Column {
    fn new(layers: &Layers, layer: &[usize], with_passes: bool) -> Column {
        let keeps = |item: &usize| with_passes || layers.items[*item].node.is_some();
        let items: Vec<usize> = layer.iter().copied().filter(keeps).collect();
        let gaps = items.windows(2).map(|pair| gap(layers, pair[0], pair[1])).collect();
        Column { items, gaps, is_tied: false }
    }

    fn separate(&self, tops: &mut [f64], weights: &[f64]) {
        let wishes: Vec<(f64, f64)> = self.items.iter().map(|item| (tops[*item], weights[*item])).collect();
        for (item, top) in self.items.iter().zip(nearest_in_chain(&wishes, &self.gaps)) {
            tops[*item] = top;
        }
    }
}

impl Tied {
    /// Also marks the columns that it ties.
    fn new(layers: &Layers, columns: &mut [Column]) -> Tied {
        let wide: Vec<usize> = (0..layers.bands.len()).filter(|band| layers.is_wide(*band)).collect();
        for [first, last] in wide.iter().map(|band| layers.bands[*band]) {
            columns[first..=last].iter_mut().for_each(|column| column.is_tied = true);
        }
        let items: Vec<usize> =
            columns.iter().filter(|column| column.is_tied).flat_map(|column| column.items.clone()).collect();
        let edges = |band: Option<usize>| {
            let place = wide.binary_search(&band?).ok()?;
            Some([items.len() + 2 * place, items.len() + 2 * place + 1])
        };
        let mut bands = vec![Vec::new(); wide.len()];
        let mut distances = Vec::new();
        let mut next = 0;
        for column in columns.iter().filter(|column| column.is_tied) {
            for (i, item) in column.items.iter().map(|item| layers.items[*item]).enumerate() {
                let place = next + i;
                if let Some([above, below]) = edges(item.band) {
                    bands[(above - items.len()) / 2].push(place);
                    distances.push((above, place, FRAME[0]));
                    distances.push((place, below, item.height + FRAME[1]));
                }
            }
            for (i, (pair, gap)) in column.items.windows(2).zip(&column.gaps).enumerate() {
                let (upper, lower) = (next + i, next + i + 1);
                distances.push((upper, lower, *gap));
                let (a, b) = (layers.items[pair[0]], layers.items[pair[1]]);
                if a.band != b.band {
                    let least = least(&a, &b);
                    match (edges(a.band), edges(b.band)) {
                        (Some([_, below]), Some([above, _])) => distances.push((below, above, FRAMES)),
                        (Some([_, below]), None) if b.band.is_some() => {
                            distances.push((below, lower, FRAMES + FRAME[0]));
                        }
                        (Some([_, below]), None) => distances.push((below, lower, least - FRAME[1])),
                        (None, Some([above, _])) if a.band.is_some() => {
                            distances.push((upper, above, a.height + FRAME[1] + FRAMES));
                        }
                        (None, Some([above, _])) => {
                            distances.push((upper, above, a.height + (least - FRAME[0]).max(PASSES)));
                        }
                        (None, None) => {}
                    }
                }
            }
            next += column.items.len();
        }
        let distances = Distances::new(items.len() + 2 * wide.len(), &distances);
        Tied { items, bands, distances }
    }

    /// The tops of its items, and values for the upper and lower edges of its bands, close around their boxes.
    fn values(&self, layers: &Layers, tops: &[f64]) -> Vec<f64> {
        let mut values: Vec<f64> = self.items.iter().map(|item| tops[*item]).collect();
        for band in &self.bands {
            let (mut above, mut below) = (f64::INFINITY, f64::NEG_INFINITY);
            for &place in band {
                above = above.min(values[place] - FRAME[0]);
                below = below.max(values[place] + layers.items[self.items[place]].height + FRAME[1]);
            }
            values.extend([above, below]);
        }
        values
    }

    fn separate(&self, layers: &Layers, tops: &mut [f64], weights: &[f64]) {
        if self.bands.is_empty() {
            return;
        }
        let mut all: Vec<f64> = self.items.iter().map(|item| weights[*item]).collect();
        all.resize(self.items.len() + 2 * self.bands.len(), LIGHT);
        for (item, top) in self.items.iter().zip(self.distances.nearest(&self.values(layers, tops), &all)) {
            tops[*item] = top;
        }
    }
}

/// Least distance of two items of a layer.
fn least(a: &Item, b: &Item) -> f64 {
    match usize::from(a.node.is_none()) + usize::from(b.node.is_none()) {
        0 => BOXES,
        1 => BOX_AND_PASS,
        _ => PASSES,
    }
}

/// Least distance of the tops of two neighbours in a layer, with room for the frames that begin or end between them.
fn gap(layers: &Layers, a: usize, b: usize) -> f64 {
    let (a, b) = (layers.items[a], layers.items[b]);
    let between = match (a.band, b.band) {
        (upper, lower) if upper == lower => least(&a, &b),
        (Some(_), Some(_)) => FRAME[1] + FRAMES + FRAME[0],
        (None, Some(_)) => least(&a, &b).max(PASSES + FRAME[0]),
        _ => least(&a, &b),
    };
    a.height + between
}
