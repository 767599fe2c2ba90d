//! A short name for a result: equal results have equal digests, on every machine and with every number of threads.

use hdrhistogram::Histogram;

use crate::kernel::Outcome;
use crate::rng::mix;
use crate::stats::{LimitCounts, MemoryCounts, PlaceCounts};

/// A running hash over everything that replications counted.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Digest(u64);

impl Digest {
    pub(crate) fn new() -> Self {
        Digest(0)
    }

    fn eat(&mut self, value: u64) {
        self.0 = mix(self.0.rotate_left(17) ^ value);
    }

    fn eat_all(&mut self, values: &[u64]) {
        self.eat(values.len() as u64);
        for &value in values {
            self.eat(value);
        }
    }

    /// Takes in counts of which there may be none.
    fn eat_what_was(&mut self, counts: impl Iterator<Item = Vec<u64>>) {
        for (index, counts) in counts.enumerate().filter(|(_, counts)| counts.iter().any(|&count| count > 0)) {
            self.eat(index as u64);
            self.eat_all(&counts);
        }
    }

    fn eat_histogram(&mut self, histogram: &Histogram<u64>) {
        self.eat(histogram.len());
        for value in histogram.iter_recorded() {
            self.eat(value.value_iterated_to());
            self.eat(value.count_at_value());
        }
    }

    /// Takes in a replication; the order of replications matters.
    pub(crate) fn add(&mut self, outcome: &Outcome) {
        self.eat(outcome.events);
        self.eat_all(&outcome.whole.all());
        let counts = &outcome.counts;
        self.eat_all(&counts.flow.all());
        counts.producers.iter().for_each(|c| self.eat_all(&c.all()));
        counts.channels.iter().for_each(|c| self.eat_all(&c.all()));
        counts.groups.iter().for_each(|c| self.eat_all(&c.all()));
        counts.consumers.iter().for_each(|c| self.eat_all(&c.all()));
        counts.services.iter().for_each(|c| self.eat_all(&c.all()));
        // Younger than the others: a flow without such limits keeps its digest.
        self.eat_what_was(counts.places.iter().map(PlaceCounts::all));
        self.eat_what_was(counts.limits.iter().map(LimitCounts::all));
        self.eat_what_was(counts.memories.iter().map(MemoryCounts::all));
        for (numerator, denominator) in &outcome.means {
            self.eat(numerator.to_bits());
            self.eat(denominator.to_bits());
        }
        outcome.histograms.iter().for_each(|histogram| self.eat_histogram(histogram));
        for value in &outcome.measured {
            self.eat(value.map_or(u64::MAX, f64::to_bits));
        }
    }

    pub(crate) fn text(self) -> String {
        format!("{:016x}", self.0)
    }
}
