//! A set that may say yes wrongly, never no.

use crate::Damage;
use crate::bytes::{Reader, mix, put_varint};

/// A Bloom filter whose size is a power of two.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Bloom {
    words: Box<[u64]>,
    probes: u32,
}

/// 1 MiB: what a header may ask for.
const MOST_WORDS: usize = 1 << 17;

impl Bloom {
    /// Room for `entries` at about `bits` each.
    pub(crate) fn new(entries: usize, bits: usize) -> Self {
        let words = (entries.saturating_mul(bits) / 64).clamp(1, MOST_WORDS).next_power_of_two();
        // ln 2 times the bits of each entry, rounded.
        Self { words: vec![0; words].into(), probes: (bits as u32 * 7).div_ceil(10) }
    }

    pub(crate) fn add(&mut self, hash: u64) {
        for at in places(self.words.len(), self.probes, hash) {
            if let Some(word) = self.words.get_mut(at >> 6) {
                *word |= 1 << (at & 63);
            }
        }
    }

    pub(crate) fn may_have(&self, hash: u64) -> bool {
        places(self.words.len(), self.probes, hash)
            .all(|at| self.words.get(at >> 6).is_some_and(|word| word & (1 << (at & 63)) != 0))
    }

    pub(crate) fn size(&self) -> usize {
        self.words.len() * 8
    }

    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        put_varint(out, u64::from(self.probes));
        put_varint(out, self.words.len() as u64);
        out.extend(self.words.iter().flat_map(|word| word.to_le_bytes()));
    }

    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Self, Damage> {
        let (probes, words) = (reader.varint()?, reader.count()?);
        if probes > 64 || !words.is_power_of_two() || words > MOST_WORDS {
            return Err(Damage("a filter has an odd size"));
        }
        let bytes = reader.take(words * 8)?;
        let words = bytes.as_chunks::<8>().0.iter().map(|word| u64::from_le_bytes(*word)).collect();
        Ok(Self { words, probes: probes as u32 })
    }
}

fn places(words: usize, probes: u32, hash: u64) -> impl Iterator<Item = usize> {
    let (first, step) = (hash, mix(hash, 1) | 1);
    let mask = (words * 64).wrapping_sub(1);
    (0..u64::from(probes)).map(move |n| first.wrapping_add(n.wrapping_mul(step)) as usize & mask)
}

/// The entry of a trace.
pub(crate) fn trace_hash(trace_id: &[u8; 16]) -> u64 {
    let id = u128::from_le_bytes(*trace_id);
    mix(id as u64, (id >> 64) as u64)
}

/// Of a trace's entry the half that says most: filters go by the other one.
pub(crate) fn mark(hash: u64) -> u32 {
    (hash >> 32) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_added_is_there_and_little_else() {
        let mut bloom = Bloom::new(4096, 24);
        let id = |n: u128| trace_hash(&(n * 0x1234_5678_9abc).to_be_bytes());
        (0..4096).for_each(|n| bloom.add(id(n)));
        assert!((0..4096).all(|n| bloom.may_have(id(n))));
        let wrong = (4096..204_096).filter(|n| bloom.may_have(id(*n))).count();
        assert!(wrong < 40, "{wrong} of 200000");
    }
}
