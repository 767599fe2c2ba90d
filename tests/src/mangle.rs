//! Input as nobody writes it: bytes changed, taken out, doubled, moved, from a seed that reproduces them.

/// `base` with one to eight random injuries.
pub fn mangled(base: &[u8], seed: u64) -> Vec<u8> {
    let mut random = Random(seed);
    let mut bytes = base.to_vec();
    for _ in 0..=random.below(7) {
        injure(&mut bytes, &mut random);
    }
    bytes
}

fn injure(bytes: &mut Vec<u8>, random: &mut Random) {
    const FAVOURITES: &[&[u8]] = &[
        b"\n",
        b"  ",
        b"\t",
        b":",
        b"- ",
        b"{",
        b"}",
        b"[",
        b"]",
        b"&a",
        b"*a",
        b"!!",
        b"|",
        b"\0",
        b"\xff",
        b"\xef\xbb\xbf",
        b"-1",
        b"1e999",
        b"NaN",
        b"99999999999999999999",
        b"\"",
        b"'",
        b"<<",
        b"---\n",
    ];
    let at = random.below(bytes.len());
    let end = (at + random.below(40)).min(bytes.len());
    match random.below(6) {
        0 => {
            if let Some(byte) = bytes.get_mut(at) {
                *byte = random.bits() as u8;
            }
        }
        1 => drop(bytes.drain(at..end)),
        2 => {
            let piece = bytes[at..end].to_vec();
            let to = random.below(bytes.len());
            bytes.splice(to..to, piece);
        }
        3 => bytes.truncate(at),
        _ => {
            let word = FAVOURITES[random.below(FAVOURITES.len())];
            bytes.splice(at..at, word.iter().copied());
        }
    }
}

/// `SplitMix64` (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, 2014): small, and the same
/// everywhere.
#[derive(Debug, Clone)]
pub struct Random(pub u64);

impl Random {
    /// The next 64 bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `limit`; 0 when there is none.
    pub fn below(&mut self, limit: usize) -> usize {
        if limit == 0 { 0 } else { (self.bits() % limit as u64) as usize }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_the_same_injuries_and_another_gives_others() {
        let base = b"thalweg: 1\nname: Small\n".repeat(5);
        assert_eq!(mangled(&base, 1), mangled(&base, 1));
        assert_ne!(mangled(&base, 1), mangled(&base, 2));
        assert!((0..200).all(|seed| !mangled(&base, seed).is_empty() || seed > 0));
        // The first numbers for seed 1234567, as the reference implementation prints them.
        let mut random = Random(1_234_567);
        assert_eq!(random.bits(), 6_457_827_717_110_365_317);
        assert_eq!(random.bits(), 3_203_168_211_198_807_973);
    }
}
