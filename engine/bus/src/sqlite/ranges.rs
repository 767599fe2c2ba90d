//! Which offsets are done: everything below a mark, and ranges above it.

use std::collections::BTreeMap;

/// A set of offsets whose lower part is whole.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Done {
    below: u64,
    /// Start to end, the end not included; apart from each other and above `below`.
    ranges: BTreeMap<u64, u64>,
}

impl Done {
    pub(super) fn all_below(below: u64) -> Self {
        Self { below, ranges: BTreeMap::new() }
    }

    /// Every offset below is in the set, and this one is not.
    pub(super) fn below(&self) -> u64 {
        self.below
    }

    pub(super) fn contains(&self, offset: u64) -> bool {
        offset < self.below || self.ranges.range(..=offset).next_back().is_some_and(|(_, end)| offset < *end)
    }

    /// How many ranges lie above the mark.
    pub(super) fn ranges(&self) -> usize {
        self.ranges.len()
    }

    /// How many offsets above the mark are in the set.
    pub(super) fn above(&self) -> u64 {
        self.ranges.iter().map(|(start, end)| end - start).sum()
    }

    /// How many offsets of `from..to` are in the set.
    pub(super) fn count(&self, from: u64, to: u64) -> u64 {
        let part = |start: u64, end: u64| end.min(to).saturating_sub(start.max(from));
        part(0, self.below) + self.ranges.range(..to).map(|(start, end)| part(*start, *end)).sum::<u64>()
    }

    pub(super) fn insert(&mut self, offset: u64) {
        self.insert_range(offset, offset + 1);
    }

    pub(super) fn insert_range(&mut self, from: u64, to: u64) {
        let (mut from, mut to) = (from.max(self.below), to);
        if from >= to {
            return;
        }
        // Those that overlap or touch become one.
        while let Some((&start, &end)) = self.ranges.range(..=to).next_back()
            && end >= from
        {
            from = from.min(start);
            to = to.max(end);
            self.ranges.remove(&start);
        }
        if from <= self.below {
            self.below = to;
        } else {
            self.ranges.insert(from, to);
        }
    }

    /// The ranges as numbers of variable length (LEB128): gap and length in turns.
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.ranges.len() * 4);
        let mut last = self.below;
        for (start, end) in &self.ranges {
            prost::encoding::encode_varint(start - last, &mut bytes);
            prost::encoding::encode_varint(end - start, &mut bytes);
            last = *end;
        }
        bytes
    }

    pub(super) fn decode(below: u64, mut bytes: &[u8]) -> Result<Self, prost::DecodeError> {
        let mut done = Self::all_below(below);
        let mut last = below;
        while !bytes.is_empty() {
            let gap = prost::encoding::decode_varint(&mut bytes)?;
            let length = prost::encoding::decode_varint(&mut bytes)?;
            let start = last.saturating_add(gap);
            last = start.saturating_add(length);
            done.insert_range(start, last);
        }
        Ok(done)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        /// Beside a plain set of numbers.
        #[test]
        fn it_is_a_set_of_offsets(start in 0..20_u64, ranges in prop::collection::vec((0..80_u64, 0..6_u64), 0..40)) {
            let mut done = Done::all_below(start);
            let mut plain: BTreeSet<u64> = (0..start).collect();
            for (from, length) in ranges {
                done.insert_range(from, from + length);
                plain.extend(from..from + length);
                let below = (0..=200).find(|offset| !plain.contains(offset)).unwrap();
                prop_assert_eq!(done.below(), below);
                for offset in 0..100 {
                    prop_assert_eq!(done.contains(offset), plain.contains(&offset));
                }
                prop_assert_eq!(done.above(), plain.range(below..).count() as u64);
                prop_assert_eq!(done.count(10, 50), plain.range(10..50).count() as u64);
                prop_assert_eq!(&Done::decode(done.below(), &done.encode()).unwrap(), &done);
            }
        }

        #[test]
        fn no_bytes_make_it_fail_badly(below in any::<u64>(), bytes in prop::collection::vec(any::<u8>(), 0..40)) {
            let _ = Done::decode(below, &bytes);
        }
    }
}
