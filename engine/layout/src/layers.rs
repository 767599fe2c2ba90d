//! One connected part of a drawing in layers, ready to be ordered: its boxes, places that long lines need in the layers
//! they pass, and bands: what a frame holds in neighbouring layers, with nothing foreign between.

use std::collections::BTreeMap;

use crate::graph::Graph;

/// Most places for passing lines. A line that would need more gets none and is only routed: so many places would make the
/// drawing higher than anybody reads.
const MOST_PASSES: usize = 40_000;
/// The height of a place for a passing line, in canvas units.
const PASS_HEIGHT: f64 = 10.0;

/// What has a place in a layer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Item {
    /// The node; none for a passing line.
    pub(crate) node: Option<usize>,
    /// The layer.
    pub(crate) layer: usize,
    /// The height, in canvas units.
    pub(crate) height: f64,
    /// The band it belongs to.
    pub(crate) band: Option<usize>,
}

/// A connected part in layers.
#[derive(Debug, Clone, Default)]
pub(crate) struct Layers {
    /// Boxes first, then passes.
    pub(crate) items: Vec<Item>,
    /// The items of each layer, from the top.
    pub(crate) order: Vec<Vec<usize>>,
    /// For each item those in the layer before that it is connected to.
    pub(crate) before: Vec<Vec<usize>>,
    /// For each item those in the layer behind.
    pub(crate) behind: Vec<Vec<usize>>,
    /// First and last layer of each band.
    pub(crate) bands: Vec<[usize; 2]>,
    /// Lines with their passes, from their left end to their right end.
    pub(crate) chains: Vec<Vec<usize>>,
}

impl Layers {
    /// The nodes of one part; `ranks` are those of the whole graph.
    pub(crate) fn new(graph: &Graph, part: &[usize], ranks: &[usize]) -> Layers {
        let least = part.iter().map(|n| ranks[*n]).min().unwrap_or(0);
        let deepest = part.iter().map(|n| ranks[*n] - least).max().unwrap_or(0);
        let mut result = Layers { order: vec![Vec::new(); deepest + 1], ..Layers::default() };
        let mut item_of: BTreeMap<usize, usize> = BTreeMap::new();
        for &node in part {
            item_of.insert(node, result.items.len());
            let height = graph.nodes[node].size[1].ceil();
            result.add(Item { node: Some(node), layer: ranks[node] - least, height, band: None });
        }
        result.find_bands(graph);
        let mut long: Vec<(usize, usize)> = Vec::new();
        for edge in &graph.edges {
            if let (Some(&a), Some(&b)) = (item_of.get(&edge.from), item_of.get(&edge.to)) {
                let (left, right) = (
                    result.items[a].layer.min(result.items[b].layer),
                    result.items[a].layer.max(result.items[b].layer),
                );
                if left < right {
                    long.push(if result.items[a].layer == left { (a, b) } else { (b, a) });
                }
            }
        }
        // There and back is one line as far as places go.
        long.sort_unstable();
        long.dedup();
        let span = |&(a, b): &(usize, usize), items: &[Item]| items[b].layer - items[a].layer;
        long.sort_by_key(|edge| span(edge, &result.items));
        let mut passes = 0;
        for edge in long {
            passes += span(&edge, &result.items) - 1;
            if passes > MOST_PASSES {
                break;
            }
            result.connect(edge.0, edge.1);
        }
        result
    }

    fn add(&mut self, item: Item) -> usize {
        let index = self.items.len();
        self.items.push(item);
        self.order[item.layer].push(index);
        self.before.push(Vec::new());
        self.behind.push(Vec::new());
        index
    }

    fn connect(&mut self, from: usize, to: usize) {
        let mut chain = vec![from];
        let mut last = from;
        for layer in self.items[from].layer + 1..self.items[to].layer {
            let pass = self.add(Item { node: None, layer, height: PASS_HEIGHT, band: None });
            self.behind[last].push(pass);
            self.before[pass].push(last);
            chain.push(pass);
            last = pass;
        }
        self.behind[last].push(to);
        self.before[to].push(last);
        chain.push(to);
        self.chains.push(chain);
    }

    /// Neighbouring layers that hold nodes of one frame.
    fn find_bands(&mut self, graph: &Graph) {
        let mut frames: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (index, item) in self.items.iter().enumerate() {
            if let Some(frame) = item.node.and_then(|n| graph.nodes[n].frame) {
                frames.entry(frame).or_default().push(index);
            }
        }
        for mut members in frames.into_values() {
            members.sort_by_key(|item| self.items[*item].layer);
            let mut last: Option<usize> = None;
            for item in members {
                let layer = self.items[item].layer;
                let band = last.filter(|band| self.bands[*band][1] + 1 >= layer).unwrap_or_else(|| {
                    self.bands.push([layer, layer]);
                    self.bands.len() - 1
                });
                self.bands[band][1] = layer;
                self.items[item].band = Some(band);
                last = Some(band);
            }
        }
    }

    /// What stands in a layer as one: single items, or the members of a band one after the other.
    pub(crate) fn units(&self, layer: usize) -> Vec<Vec<usize>> {
        let mut units: Vec<Vec<usize>> = Vec::new();
        let mut of_band: BTreeMap<usize, usize> = BTreeMap::new();
        for &item in &self.order[layer] {
            let next = units.len();
            let unit = self.items[item].band.map_or(next, |band| *of_band.entry(band).or_insert(next));
            if unit == next {
                units.push(Vec::new());
            }
            units[unit].push(item);
        }
        units
    }

    /// Brings the members of each band together, and bands of several layers into one order everywhere.
    pub(crate) fn gather(&mut self) {
        let order = self.order_of_bands();
        for layer in 0..self.order.len() {
            let units = self.units(layer);
            self.order[layer] = self.in_order_of_bands(units, &order).concat();
        }
    }

    /// Puts the wide bands among the units into the order given; everything else stays in its place.
    pub(crate) fn in_order_of_bands(&self, mut units: Vec<Vec<usize>>, order: &[usize]) -> Vec<Vec<usize>> {
        let wide = |unit: &Vec<usize>| self.items[unit[0]].band.filter(|band| self.is_wide(*band));
        let places: Vec<usize> = (0..units.len()).filter(|i| wide(&units[*i]).is_some()).collect();
        if places.len() > 1 {
            let mut sorted: Vec<Vec<usize>> = places.iter().map(|i| std::mem::take(&mut units[*i])).collect();
            sorted.sort_by_key(|unit| wide(unit).map(|band| order[band]));
            for (place, unit) in places.into_iter().zip(sorted) {
                units[place] = unit;
            }
        }
        units
    }

    pub(crate) fn is_wide(&self, band: usize) -> bool {
        self.bands[band][0] < self.bands[band][1]
    }

    /// The place of each band in an order of all of them: by the mean share of its layer that lies above it.
    pub(crate) fn order_of_bands(&self) -> Vec<usize> {
        let mut sum = vec![(0.0, 0.0); self.bands.len()];
        for layer in &self.order {
            let half = (layer.len() as f64 - 1.0) / 2.0;
            for (i, &item) in layer.iter().enumerate() {
                if let Some(band) = self.items[item].band {
                    sum[band].0 += i as f64 - half;
                    sum[band].1 += 1.0;
                }
            }
        }
        let mean = |band: usize| sum[band].0 / f64::max(sum[band].1, 1.0);
        let mut by_mean: Vec<usize> = (0..self.bands.len()).collect();
        by_mean.sort_by(|&a, &b| mean(a).total_cmp(&mean(b)));
        let mut order = vec![0; by_mean.len()];
        for (place, band) in by_mean.into_iter().enumerate() {
            order[band] = place;
        }
        order
    }

    /// Crossings of the lines between all neighbouring layers.
    pub(crate) fn crossings(&self) -> usize {
        let mut place = vec![0_usize; self.items.len()];
        for layer in &self.order {
            for (i, &item) in layer.iter().enumerate() {
                place[item] = i;
            }
        }
        self.order.windows(2).map(|pair| self.crossings_behind(&pair[0], pair[1].len(), &place)).sum()
    }

    /// Counted with a tree of partial sums, after Barth, Jünger and Mutzel, "Simple and Efficient Bilayer Cross Counting"
    /// (2002).
    fn crossings_behind(&self, layer: &[usize], width: usize, place: &[usize]) -> usize {
        let mut tree = vec![0_usize; width + 1];
        let (mut crossings, mut seen) = (0, 0);
        let mut ends = Vec::new();
        for &item in layer {
            ends.clear();
            ends.extend(self.behind[item].iter().map(|to| place[*to]));
            // Lines of one item do not cross each other: all are counted before any is added.
            for &end in &ends {
                let (mut at, mut not_below) = (end + 1, 0);
                while at > 0 {
                    not_below += tree[at];
                    at &= at - 1;
                }
                crossings += seen - not_below;
            }
            for &end in &ends {
                let mut at = end + 1;
                while at <= width {
                    tree[at] += 1;
                    at += at & at.wrapping_neg();
                }
                seen += 1;
            }
        }
        crossings
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Edge, Node};

    fn layers(count: usize, edges: &[(usize, usize)], ranks: &[usize]) -> Layers {
        let nodes = vec![Node { size: [150.0, 54.0], ..Node::default() }; count];
        let edges = edges.iter().map(|&(from, to)| Edge { from, to, weak: false }).collect();
        Layers::new(&Graph { nodes, edges }, &(0..count).collect::<Vec<_>>(), ranks)
    }

    #[test]
    fn crossings_are_counted_as_pairs_that_swap() {
        // Every one of three to every one of three: 3·2/2 · 3·2/2 pairs.
        let all: Vec<(usize, usize)> = (0..3).flat_map(|a| (3..6).map(move |b| (a, b))).collect();
        assert_eq!(layers(6, &all, &[0, 0, 0, 1, 1, 1]).crossings(), 9);
        assert_eq!(layers(4, &[(0, 3), (1, 2)], &[0, 0, 1, 1]).crossings(), 1);
        assert_eq!(layers(4, &[(0, 2), (1, 3)], &[0, 0, 1, 1]).crossings(), 0);
    }

    #[test]
    fn a_long_line_has_a_place_in_every_layer_between() {
        let layers = layers(4, &[(0, 1), (1, 2), (2, 3), (3, 0)], &[0, 1, 2, 3]);
        assert_eq!(layers.order.iter().map(Vec::len).collect::<Vec<_>>(), [1, 2, 2, 1]);
        assert_eq!(layers.chains.iter().map(Vec::len).max(), Some(4));
    }
}
