//! Keys of very different weight, and the partitions that they fall into.

use crate::case::Case;
use crate::measure::metrics;

const SOURCE: &str = "Kafka's murmur2 over key-1 … key-K, computed apart";

/// Share of the hottest of 6, 12 and 48 partitions.
const TABLE: [(u32, f64, [f64; 3]); 9] = [
    (100, 0.0, [0.220000, 0.140000, 0.050000]),
    (100, 1.0, [0.269549, 0.219854, 0.200727]),
    (1_000, 0.0, [0.179000, 0.093000, 0.030000]),
    (1_000, 0.8, [0.222196, 0.122972, 0.078422]),
    (1_000, 1.0, [0.243113, 0.177897, 0.143941]),
    (1_000, 1.2, [0.288409, 0.260495, 0.237346]),
    (100_000, 0.0, [0.167920, 0.084900, 0.021710]),
    (100_000, 1.0, [0.214468, 0.141719, 0.096756]),
    (100_000, 1.2, [0.270878, 0.234220, 0.205067]),
];

/// A partition whose load lies so far below the hottest's can be kept from overflowing while the hottest overflows.
const GAP: f64 = 1.04;
/// Partitions for all of a thousand keys.
const ENOUGH: u32 = 5003;

pub(super) fn cases() -> Vec<Case> {
    let mut functions = Case::of_functions("keys-shares", "share of the hottest partition, by the partitioner", SOURCE);
    let mut cases = Vec::new();
    for (keys, s, shares) in TABLE {
        for (partitions, exact) in [6, 12, 48].into_iter().zip(shares) {
            let own = shares_of(keys, s, partitions, thalweg_sim::partition_of_key);
            functions = functions.function(format!("{keys} keys, s {s}, {partitions} partitions"), own[0], exact, 5e-7);
            // Whose loads could only be told apart by a very long run is left to the function.
            if own[0] > GAP * own[1] {
                let id = format!("keys-{keys}-s{s}-{partitions}");
                let title = format!("{keys} keys, exponent {s}, {partitions} partitions: the hottest one's share");
                cases.push(overflow(id, title, (keys, s, partitions), exact, own[1]));
            }
        }
    }
    cases.insert(0, functions);
    cases.push(top_key());
    cases
}

/// Shares of the load by partition, from the hottest on.
fn shares_of(keys: u32, s: f64, partitions: u32, partition_of: impl Fn(u64, u32) -> u32) -> Vec<f64> {
    let mut load = vec![0.0; partitions as usize];
    for key in 1..=keys {
        load[partition_of(u64::from(key), partitions) as usize] += f64::from(key).powf(-s);
    }
    let all: f64 = load.iter().sum();
    for share in &mut load {
        *share /= all;
    }
    load.sort_by(|a, b| b.total_cmp(a));
    load
}

fn key(keys: u32, s: f64) -> String {
    if s == 0.0 {
        format!("{{ uniform: {{ keys: {keys} }} }}")
    } else {
        format!("{{ zipf: {{ keys: {keys}, s: {s} }} }}")
    }
}

/// Only the hottest partition gets more than one consumer can do; so what is done is all that goes to the others, and
/// what one consumer does.
fn overflow(id: String, title: String, (keys, s, partitions): (u32, f64, u32), exact: f64, second: f64) -> Case {
    const PER_SECOND: f64 = 1000.0;
    let capacity = PER_SECOND * (exact * second).sqrt();
    let nodes = format!(
        "  source: {{ kind: producer, load: {{ constant: {PER_SECOND}/s }}, publishes: [{{ to: log, key: {} }}] }}
  log: {{ kind: topic, broker: kafka, partitions: {partitions} }}
  server: {{ kind: consumer, subscribes: [{{ from: log }}], concurrency: {partitions}, service_time: {:.6}ms }}
",
        key(keys, s),
        1000.0 / capacity
    );
    Case::of_nodes(id, title, SOURCE, nodes).runs("duration: 120s; warmup: 60s; replications: 10").row(
        "share",
        metrics("", &["throughput(server)"], move |v, _| 1.0 - (v[0] - capacity) / PER_SECOND),
        exact,
        0.02,
    )
}

/// So many partitions that the top one of a thousand keys has its own: 1/H(1000) of all messages.
fn top_key() -> Case {
    let harmonic: f64 = (1..=1000_u32).map(|rank| 1.0 / f64::from(rank)).sum();
    let title = "share of the top one of 1000 keys, exponent 1".to_owned();
    overflow("keys-top".to_owned(), title, (1000, 1.0, ENOUGH), 1.0 / harmonic, 0.5 / harmonic)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_top_key_has_a_partition_of_its_own() {
        let own = thalweg_sim::partition_of_key(1, ENOUGH);
        assert!((2..=1000).all(|key| thalweg_sim::partition_of_key(key, ENOUGH) != own));
    }
}
