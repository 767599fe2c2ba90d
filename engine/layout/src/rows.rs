//! The heights of the items of ordered layers.
//!
//! Items go to the mean of what they are connected to, layer after layer and back, as their distances allow; long lines
//! pull hardest on their own passes, so that they become straight. At the end each item takes the height of the median
//! before it, which makes chains exactly straight. Where a drawing stands already, its boxes keep their heights, and only
//! what is pushed or new moves.

use crate::{
    layers::{Item, Layers},
    measure::{CROOKED, with_passes},
    separate::Distances,
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
    rows.tops = rows.separate(&rows.tops.clone());
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
    rows.tops = rows.separate(&rows.tops.clone());
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
    distances: Distances,
    /// The distances within each layer alone, by place.
    columns: Vec<Distances>,
    tops: Vec<f64>,
    weights: Vec<f64>,
}

impl<'a> Rows<'a> {
    fn new(layers: &'a Layers, with_passes: bool) -> Self {
        let count = layers.items.len();
        let mut weights: Vec<f64> = (0..count)
            .map(|item| layers.before[item].iter().chain(&layers.behind[item]).map(|o| pull(layers, item, *o)).sum())
            .map(|weight: f64| weight.max(1.0))
            .collect();
        weights.resize(count + 2 * layers.bands.len(), LIGHT);
        let distances = Distances::new(weights.len(), &distances(layers, with_passes));
        let column = |layer: &Vec<usize>| {
            let pairs = layer.windows(2).enumerate();
            let gaps: Vec<_> = pairs.map(|(i, pair)| (i, i + 1, gap(layers, pair[0], pair[1]))).collect();
            Distances::new(layer.len(), &gaps)
        };
        let columns = layers.order.iter().map(column).collect();
        Rows { layers, distances, columns, tops: vec![0.0; count], weights }
    }

    /// Tops that keep all distances and are near to wishes.
    fn separate(&self, wishes: &[f64]) -> Vec<f64> {
        let mut tops = self.distances.nearest(&self.with_bands(wishes), &self.weights);
        tops.truncate(wishes.len());
        tops
    }

    fn finish(&self) -> Vec<f64> {
        let mut tops = self.distances.whole(&self.with_bands(&self.tops));
        tops.truncate(self.tops.len());
        tops
    }

    /// Values for the upper and lower edges of bands too, close around their boxes.
    fn with_bands(&self, tops: &[f64]) -> Vec<f64> {
        let mut all = tops.to_vec();
        for _ in &self.layers.bands {
            all.extend([f64::INFINITY, f64::NEG_INFINITY]);
        }
        for (item, top) in self.layers.items.iter().zip(tops) {
            if let Some(band) = item.band {
                let [above, below] = edges_of(self.layers, band);
                all[above] = all[above].min(top - FRAME[0]);
                all[below] = all[below].max(top + item.height + FRAME[1]);
            }
        }
        all
    }

    fn middle(&self, item: usize) -> f64 {
        self.tops[item] + self.layers.items[item].height / 2.0
    }

    /// Middles and pulls of what an item is connected to on a side, from the top.
    fn connected(&self, item: usize, side: Side) -> Vec<(f64, f64)> {
        let (before, behind) = (&self.layers.before[item], &self.layers.behind[item]);
        let other = |o: &usize| (self.middle(*o), pull(self.layers, item, *o));
        let mut found: Vec<(f64, f64)> = match side {
            Side::Before => before.iter().map(other).collect(),
            Side::Behind => behind.iter().map(other).collect(),
            Side::Both => Vec::new(),
        };
        if found.is_empty() {
            found = before.iter().chain(behind).map(other).collect();
        }
        found.sort_by(|a, b| a.0.total_cmp(&b.0));
        found
    }

    fn sweep(&mut self, forwards: bool, side: Side, wanted: fn(&[(f64, f64)]) -> f64) {
        let count = self.layers.order.len();
        for i in 0..count {
            let layer = if forwards { i } else { count - 1 - i };
            for &item in &self.layers.order[layer] {
                let connected = self.connected(item, side);
                if !connected.is_empty() {
                    self.tops[item] = wanted(&connected) - self.layers.items[item].height / 2.0;
                }
            }
            // At once, so that what comes next sees where these can really stand.
            self.separate_layer(layer);
        }
        self.tops = self.separate(&self.tops.clone());
    }

    /// Brings the items of one layer to where they keep their distances from each other.
    fn separate_layer(&mut self, layer: usize) {
        let items = &self.layers.order[layer];
        let wishes: Vec<f64> = items.iter().map(|item| self.tops[*item]).collect();
        let weights: Vec<f64> = items.iter().map(|item| self.weights[*item]).collect();
        for (item, top) in items.iter().zip(self.columns[layer].nearest(&wishes, &weights)) {
            self.tops[*item] = top;
        }
    }

    /// Sources go to what they lead to; everything else stays if it can.
    fn align_sources(&mut self) {
        for item in 0..self.tops.len() {
            if self.layers.before[item].is_empty() && !self.layers.behind[item].is_empty() {
                self.tops[item] = median(&self.connected(item, Side::Behind)) - self.layers.items[item].height / 2.0;
            } else {
                self.weights[item] *= STANDING;
            }
        }
        self.tops = self.separate(&self.tops.clone());
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
        self.tops = self.separate(&self.tops.clone());
    }

    /// A sweep in which only the boxes move that stand nowhere yet.
    fn free_sweep(&mut self, forwards: bool, standing: &[Option<f64>]) {
        let count = self.layers.order.len();
        for i in 0..count {
            for &item in &self.layers.order[if forwards { i } else { count - 1 - i }] {
                let connected = self.connected(item, Side::Both);
                if standing[item].is_none() && self.layers.items[item].node.is_some() && !connected.is_empty() {
                    self.tops[item] = mean(&connected) - self.layers.items[item].height / 2.0;
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

fn mean(connected: &[(f64, f64)]) -> f64 {
    let weight: f64 = connected.iter().map(|c| c.1).sum();
    connected.iter().map(|c| c.0 * c.1).sum::<f64>() / weight
}

/// The middle one, or the middle of the middle two.
fn median(connected: &[(f64, f64)]) -> f64 {
    let half = connected.len() / 2;
    if connected.len() % 2 == 1 { connected[half].0 } else { f64::midpoint(connected[half - 1].0, connected[half].0) }
}

/// The values of a band's upper and lower edge: they stand behind those of the items.
fn edges_of(layers: &Layers, band: usize) -> [usize; 2] {
    [layers.items.len() + 2 * band, layers.items.len() + 2 * band + 1]
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

/// How far tops must be apart.
fn distances(layers: &Layers, with_passes: bool) -> Vec<(usize, usize, f64)> {
    let mut result = Vec::new();
    for layer in &layers.order {
        let items: Vec<usize> =
            layer.iter().copied().filter(|item| with_passes || layers.items[*item].node.is_some()).collect();
        for &item in &items {
            if let Some(band) = layers.items[item].band {
                let [above, below] = edges_of(layers, band);
                result.push((above, item, FRAME[0]));
                result.push((item, below, layers.items[item].height + FRAME[1]));
            }
        }
        for pair in items.windows(2) {
            let (a, b) = (layers.items[pair[0]], layers.items[pair[1]]);
            let least = least(&a, &b);
            result.push((pair[0], pair[1], a.height + least));
            if a.band != b.band {
                match (a.band, b.band) {
                    (Some(upper), Some(lower)) => {
                        result.push((edges_of(layers, upper)[1], edges_of(layers, lower)[0], FRAMES));
                    }
                    (Some(upper), None) => result.push((edges_of(layers, upper)[1], pair[1], least - FRAME[1])),
                    (None, Some(lower)) => {
                        result.push((pair[0], edges_of(layers, lower)[0], a.height + (least - FRAME[0]).max(PASSES)));
                    }
                    (None, None) => {}
                }
            }
        }
    }
    result
}
