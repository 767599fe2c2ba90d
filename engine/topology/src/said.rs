//! By which attributes spans name a channel, a group or a peer: what one searches for to find those spans again.

use std::collections::BTreeSet;

/// Names that are remembered of one node.
const MOST: usize = 5;
/// Bytes of a value that is remembered: longer ones name nothing that a person would search for.
const LONGEST: usize = 512;

/// An attribute with the value that names a node.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Said {
    /// Its name.
    pub key: &'static str,
    /// Its value.
    pub value: String,
    /// Whether the value is only a part of what stands there.
    pub is_part: bool,
    /// Whether it stands on a span's link.
    pub on_link: bool,
}

impl Said {
    pub(crate) fn new(key: &'static str, value: &str) -> Self {
        Self { key, value: value.to_owned(), is_part: false, on_link: false }
    }

    pub(crate) fn part(key: &'static str, value: &str) -> Self {
        Self { is_part: true, ..Self::new(key, value) }
    }
}

/// Some of the ways in which one node is named: the first ones by their order, whatever order they came in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Ways(BTreeSet<Said>);

impl Ways {
    pub(crate) fn see(&mut self, said: &Said) {
        if said.value.len() > LONGEST || self.0.contains(said) {
            return;
        }
        if self.0.len() < MOST || self.0.last().is_some_and(|last| said < last) {
            self.0.insert(said.clone());
        }
        if self.0.len() > MOST {
            self.0.pop_last();
        }
    }

    pub(crate) fn add(&mut self, others: &Self) {
        for said in &others.0 {
            self.see(said);
        }
    }

    /// For showing: exact ways, unless there are so many that some are missing; then a part of the name by each attribute. Names that
    /// are nothing but ids have no part in common.
    pub(crate) fn shown(&self, name: &str) -> Vec<Said> {
        if self.0.len() < MOST || name == "*" {
            return self.0.iter().cloned().collect();
        }
        let parts = self.0.iter().map(|said| {
            if said.is_part { said.clone() } else { Said { on_link: said.on_link, ..Said::part(said.key, name) } }
        });
        parts.collect::<BTreeSet<_>>().into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_does_not_matter_and_many_become_a_part() {
        let all: Vec<Said> = (0..9).map(|i| Said::new("messaging.destination.name", &format!("shop:{i}"))).collect();
        let seen = |order: &mut dyn Iterator<Item = &Said>| {
            let mut ways = Ways::default();
            order.for_each(|said| ways.see(said));
            ways
        };
        assert_eq!(seen(&mut all.iter()), seen(&mut all.iter().rev()));
        assert_eq!(seen(&mut all[..4].iter()).shown("shop"), all[..4]);
        let parts = seen(&mut all.iter()).shown("shop");
        assert_eq!(parts, [Said::part("messaging.destination.name", "shop")]);
        assert_eq!(seen(&mut all.iter()).shown("*"), all[..5]);
    }
}
