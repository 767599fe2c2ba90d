//! How good heights are: what decides whether a drawing that stands is kept.

use crate::layers::Layers;

/// Lines that climb less than this are meant to be level, in canvas units.
pub(crate) const CROOKED: f64 = 24.0;

/// Crossings when boxes have these middles and long lines run straight.
pub(crate) fn crossings(layers: &Layers, middles: &[f64]) -> usize {
    let middles = with_passes(layers, middles);
    let mut sorted = layers.clone();
    for layer in &mut sorted.order {
        layer.sort_by(|a, b| middles[*a].total_cmp(&middles[*b]));
    }
    sorted.crossings()
}

/// How far lines climb and fall in sum, in canvas units.
pub(crate) fn climb(layers: &Layers, middles: &[f64]) -> f64 {
    let ends = |chain: &Vec<usize>| Some((*chain.first()?, *chain.last()?));
    layers.chains.iter().filter_map(ends).map(|(a, b)| (middles[a] - middles[b]).abs()).sum()
}

/// Lines that are not quite level: what looks like a mistake.
pub(crate) fn crooked(layers: &Layers, middles: &[f64]) -> usize {
    let climbs =
        layers.chains.iter().filter_map(|chain| Some((middles[*chain.first()?] - middles[*chain.last()?]).abs()));
    climbs.filter(|climb| (0.5..CROOKED).contains(climb)).count()
}

/// The middles of all items, where passes lie on the straight way between the ends of their line.
pub(crate) fn with_passes(layers: &Layers, middles: &[f64]) -> Vec<f64> {
    let mut result = middles.to_vec();
    for chain in &layers.chains {
        if let [first, passes @ .., last] = chain.as_slice() {
            let (from, to) = (middles[*first], middles[*last]);
            for (i, pass) in passes.iter().enumerate() {
                result[*pass] = from + (to - from) * (i + 1) as f64 / (passes.len() + 1) as f64;
            }
        }
    }
    result
}
