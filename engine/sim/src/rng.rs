//! Random numbers: one small generator per (seed, replication, name, purpose).
//!
//! Streams are derived from a node's *name*, not its position, so that adding, moving or changing one node leaves every
//! other node's numbers as they were: two variants of a flow differ by what was changed, not by luck.

use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::{Rng as _, SeedableRng as _};

/// What a stream is used for; each use of a node has its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    Arrivals = 1,
    Service = 2,
    Failure = 3,
    Poison = 4,
    Jitter = 5,
    Calls = 6,
    CallJitter = 7,
    FaultTimes = 8,
    PublishChance = 9,
    PublishKey = 10,
    PublishDelay = 11,
    FaultDice = 12,
    Chaos = 13,
    PushJitter = 14,
    Discipline = 15,
    Patience = 16,
    PublishLatency = 24,
    DeliveryLatency = 25,
    StartTime = 40,
    ServicePoison = 41,
    Looks = 42,
}

/// A stream of random numbers (xoshiro256++, Blackman and Vigna 2019).
#[derive(Debug, Clone)]
pub(crate) struct Stream(Xoshiro256PlusPlus);

impl Stream {
    /// The stream for one purpose of one node in one replication; `part` tells several of the same purpose apart.
    pub(crate) fn new(seed: u64, replication: u32, name: &str, purpose: Purpose, part: u32) -> Self {
        let mut state = mix(seed ^ 0x7468_616c_7765_6721);
        state = mix(state ^ u64::from(replication));
        state = mix(state ^ hash_name(name));
        state = mix(state ^ ((purpose as u64) << 32 | u64::from(part)));
        Stream(Xoshiro256PlusPlus::seed_from_u64(state))
    }

    /// 64 random bits.
    #[inline]
    pub(crate) fn bits(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// Uniform in [0, 1).
    #[inline]
    pub(crate) fn unit(&mut self) -> f64 {
        (self.bits() >> 11) as f64 * (1.0 / 9_007_199_254_740_992.0)
    }

    /// Uniform in (0, 1].
    #[inline]
    pub(crate) fn unit_above_zero(&mut self) -> f64 {
        1.0 - self.unit()
    }

    /// Uniform in 0..n (Lemire 2019, without the rejection step: the bias is below n / 2⁶⁴). `n` above 0.
    #[inline]
    pub(crate) fn below(&mut self, n: u64) -> u64 {
        ((u128::from(self.bits()) * u128::from(n)) >> 64) as u64
    }
}

/// The output function of splitmix64 (Steele, Lea, Flood 2014).
pub(crate) fn mix(value: u64) -> u64 {
    let mut z = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// FNV-1a over the bytes of a name.
fn hash_name(name: &str) -> u64 {
    name.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first(seed: u64, replication: u32, name: &str, purpose: Purpose, part: u32) -> u64 {
        Stream::new(seed, replication, name, purpose, part).bits()
    }

    #[test]
    fn every_part_of_the_address_counts() {
        let base = first(1, 0, "a", Purpose::Service, 0);
        assert_eq!(base, first(1, 0, "a", Purpose::Service, 0));
        for other in [
            first(2, 0, "a", Purpose::Service, 0),
            first(1, 1, "a", Purpose::Service, 0),
            first(1, 0, "b", Purpose::Service, 0),
            first(1, 0, "a", Purpose::Failure, 0),
            first(1, 0, "a", Purpose::Service, 1),
        ] {
            assert_ne!(base, other);
        }
    }

    #[test]
    fn splitmix_matches_the_published_sequence() {
        // First outputs of splitmix64 seeded with 1234567, as in its authors' test vectors.
        assert_eq!(mix(1_234_567), 6_457_827_717_110_365_317);
        assert_eq!(mix(1_234_567_u64.wrapping_add(0x9e37_79b9_7f4a_7c15)), 3_203_168_211_198_807_973);
    }

    #[test]
    fn below_covers_its_range_evenly() {
        let mut stream = Stream::new(7, 0, "dice", Purpose::Service, 0);
        let mut seen = [0_u32; 6];
        for _ in 0..60_000 {
            seen[stream.below(6) as usize] += 1;
        }
        assert!(seen.iter().all(|&n| (9_600..10_400).contains(&n)), "{seen:?}");
    }
}
