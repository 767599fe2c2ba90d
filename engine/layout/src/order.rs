//! The order of each layer, so that few lines cross: sweeps by barycentres, then swaps of neighbours.

use crate::layers::Layers;

/// Sweeps without a better order before they end.
const PATIENCE: usize = 6;
/// Most sweeps.
const SWEEPS: usize = 40;
/// Most rounds of swaps.
const SWAPS: usize = 8;

/// Orders all layers, beginning with the order in which they are.
pub(crate) fn order(layers: &mut Layers) {
    layers.gather();
    let mut best = (layers.crossings(), layers.order.clone());
    let mut waited = 0;
    for sweep in 0..SWEEPS {
        if best.0 == 0 || waited > PATIENCE {
            break;
        }
        one_sweep(layers, sweep % 2 == 0);
        let crossings = layers.crossings();
        if crossings < best.0 {
            best = (crossings, layers.order.clone());
            waited = 0;
        } else {
            waited += 1;
        }
    }
    layers.order = best.1;
    for _ in 0..SWAPS {
        if !swap_neighbours(layers) {
            break;
        }
    }
}

/// A first order that depends on the graph alone: as a walk along the lines comes by.
pub(crate) fn walk(layers: &mut Layers) {
    let mut seen = vec![false; layers.items.len()];
    let mut new: Vec<Vec<usize>> = vec![Vec::new(); layers.order.len()];
    let roots: Vec<usize> = layers.order.concat();
    for root in roots {
        let mut stack = vec![root];
        while let Some(item) = stack.pop() {
            if std::mem::replace(&mut seen[item], true) {
                continue;
            }
            new[layers.items[item].layer].push(item);
            stack.extend(layers.before[item].iter().rev());
            stack.extend(layers.behind[item].iter().rev());
        }
    }
    layers.order = new;
}

fn one_sweep(layers: &mut Layers, forwards: bool) {
    let bands = layers.order_of_bands();
    let count = layers.order.len();
    let mut place = vec![0.0; layers.items.len()];
    for layer in 0..count {
        number(layers, layer, &mut place);
    }
    for i in 0..count {
        let layer = if forwards { i } else { count - 1 - i };
        sort_layer(layers, layer, forwards, &place, &bands);
        number(layers, layer, &mut place);
    }
}

/// Places are compared by their distance from the middle of their layer.
fn number(layers: &Layers, layer: usize, place: &mut [f64]) {
    let half = (layers.order[layer].len() as f64 - 1.0) / 2.0;
    for (i, &item) in layers.order[layer].iter().enumerate() {
        place[item] = i as f64 - half;
    }
}

fn sort_layer(layers: &mut Layers, layer: usize, forwards: bool, place: &[f64], bands: &[usize]) {
    let wish = |item: usize| {
        let side = if forwards { &layers.before[item] } else { &layers.behind[item] };
        if side.is_empty() {
            place[item]
        } else {
            side.iter().map(|other| place[*other]).sum::<f64>() / side.len() as f64
        }
    };
    if layers.order[layer].iter().all(|item| layers.items[*item].band.is_none()) {
        let mut items: Vec<(f64, usize)> = layers.order[layer].iter().map(|item| (wish(*item), *item)).collect();
        items.sort_by(|a, b| a.0.total_cmp(&b.0));
        layers.order[layer].iter_mut().zip(items).for_each(|(place, (_, item))| *place = item);
        return;
    }
    let mut units: Vec<(f64, Vec<usize>)> = layers
        .units(layer)
        .into_iter()
        .map(|unit| {
            // The sorts are stable: equal wishes keep the order in which they stand.
            let mut members: Vec<(f64, usize)> = unit.into_iter().map(|item| (wish(item), item)).collect();
            members.sort_by(|a, b| a.0.total_cmp(&b.0));
            let mean = members.iter().map(|m| m.0).sum::<f64>() / members.len() as f64;
            (mean, members.into_iter().map(|m| m.1).collect())
        })
        .collect();
    units.sort_by(|a, b| a.0.total_cmp(&b.0));
    let units = units.into_iter().map(|unit| unit.1).collect();
    layers.order[layer] = layers.in_order_of_bands(units, bands).concat();
}

/// Swaps neighbours wherever that saves a crossing; true when it did anywhere.
fn swap_neighbours(layers: &mut Layers) -> bool {
    let mut place = vec![0_usize; layers.items.len()];
    for layer in &layers.order {
        layer.iter().enumerate().for_each(|(i, item)| place[*item] = i);
    }
    let mut swapped = false;
    for layer in 0..layers.order.len() {
        for i in 1..layers.order[layer].len() {
            let (a, b) = (layers.order[layer][i - 1], layers.order[layer][i]);
            // Within a band, or two that are in none: what is between bands stays between them.
            if layers.items[a].band != layers.items[b].band {
                continue;
            }
            let saved = |side: &[Vec<usize>]| {
                let mut saved = 0_i64;
                for &p in &side[a] {
                    for &q in &side[b] {
                        saved += i64::from(place[p] > place[q]) - i64::from(place[p] < place[q]);
                    }
                }
                saved
            };
            if saved(&layers.before) + saved(&layers.behind) > 0 {
                layers.order[layer].swap(i - 1, i);
                (place[a], place[b]) = (i, i - 1);
                swapped = true;
            }
        }
    }
    swapped
}
