//! One channel, many addresses: which of the channels that spans name are the same.
//!
//! Each client knows its broker by the address it was given, some by none. Channels of the same system and name are taken for one
//! when nothing speaks for two:
//!
//! - a message was sent through one and received through the other; then the two addresses are one broker, for all of its channels;
//! - one of them has no address;
//! - one is only sent to and the other only received from.

use std::collections::BTreeMap;

use crate::pairing::Tally;
use crate::tables::{ChannelKey, Tables};

/// For each channel of the tables, the one that stands for it.
pub(super) fn unify(tables: &Tables, tally: &Tally) -> Vec<usize> {
    let keys: Vec<&ChannelKey> = tables.channels.keys().collect();
    let mut brokers = Brokers::default();
    let pairs = tally.moved.keys().chain(tables.bound.keys());
    for (from, to) in pairs {
        let (from, to) = (keys[*from], keys[*to]);
        if from.system == to.system && !from.broker.is_empty() && !to.broker.is_empty() && from.name == to.name {
            brokers.join(&from.system, &from.broker, &to.broker);
        }
    }
    let mut sent = vec![false; keys.len()];
    for (_, channel) in tables.published.keys() {
        sent[*channel] = true;
    }
    let mut received = vec![false; keys.len()];
    for subscription in tables.subscribed.keys() {
        received[subscription.channel] = true;
    }

    let mut by_name: BTreeMap<(&str, &str), Vec<usize>> = BTreeMap::new();
    for (index, key) in keys.iter().enumerate() {
        by_name.entry((&key.system, &key.name)).or_default().push(index);
    }
    let mut stands_for: Vec<usize> = (0..keys.len()).collect();
    for channels in by_name.values() {
        // Whatever the order of the traces was.
        let mut classes: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for &index in channels {
            classes.entry(brokers.root(&keys[index].system, &keys[index].broker)).or_default().push(index);
        }
        let nameless = classes.remove("").unwrap_or_default();
        let mut classes: Vec<Vec<usize>> = classes.into_values().collect();
        if let [first, second] = &classes[..] {
            let side = |class: &[usize], of: &[bool]| class.iter().any(|index| of[*index]);
            let apart = |a: &[usize], b: &[usize]| {
                side(a, &sent) && !side(a, &received) && side(b, &received) && !side(b, &sent)
            };
            if apart(first, second) || apart(second, first) {
                let second = classes.remove(1);
                classes[0].extend(second);
            }
        }
        // Without an address it belongs to the one most is seen of.
        let seen = |class: &Vec<usize>| class.iter().map(|index| tables.channels[*index].spans).sum::<u64>();
        match (0..classes.len()).max_by_key(|at| (seen(&classes[*at]), usize::MAX - at)) {
            Some(most) => classes[most].extend(nameless),
            None => classes.push(nameless),
        }
        for class in classes {
            let Some(&first) = class.iter().min_by_key(|index| (keys[**index].broker.is_empty(), keys[**index])) else {
                continue;
            };
            for index in class {
                stands_for[index] = first;
            }
        }
    }
    stands_for
}

/// Which addresses are one broker.
#[derive(Default)]
struct Brokers {
    above: BTreeMap<(String, String), String>,
}

impl Brokers {
    fn root(&self, system: &str, broker: &str) -> String {
        let mut at = broker.to_owned();
        // Names only ever point to smaller ones.
        while let Some(above) = self.above.get(&(system.to_owned(), at.clone())) {
            at.clone_from(above);
        }
        at
    }

    fn join(&mut self, system: &str, one: &str, other: &str) {
        let (one, other) = (self.root(system, one), self.root(system, other));
        let (small, large) = if one < other { (one, other) } else { (other, one) };
        if small != large {
            self.above.insert((system.to_owned(), large), small);
        }
    }
}
