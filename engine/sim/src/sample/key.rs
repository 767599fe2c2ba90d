//! Keys of messages and the partitions that they fall into.

use crate::rng::Stream;

/// How keys are chosen. Keys are ranks from 1; 0 is "no key".
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum KeySampler {
    Uniform { keys: u64 },
    Zipf(Zipf),
    Unique,
}

/// Key of rank r with weight 1/rˢ, by rejection-inversion (Hörmann and Derflinger 1996): no table, any number of keys.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Zipf {
    keys: f64,
    s: f64,
    integral_first: f64,
    integral_last: f64,
    shortcut: f64,
}

impl Zipf {
    pub(crate) fn new(keys: u64, s: f64) -> Self {
        let n = keys as f64;
        let mut zipf = Zipf { keys: n, s, integral_first: 0.0, integral_last: 0.0, shortcut: 0.0 };
        zipf.integral_first = zipf.integral(1.5) - 1.0;
        zipf.integral_last = zipf.integral(n + 0.5);
        zipf.shortcut = 2.0 - zipf.inverse(zipf.integral(2.5) - libm::pow(2.0, -s));
        zipf
    }

    /// H(x), the integral of x⁻ˢ, written so that s = 1 is no special case.
    fn integral(&self, x: f64) -> f64 {
        let log = libm::log(x);
        expm1_over((1.0 - self.s) * log) * log
    }

    /// The inverse of H.
    fn inverse(&self, y: f64) -> f64 {
        let t = (y * (1.0 - self.s)).max(-1.0);
        libm::exp(log1p_over(t) * y)
    }

    pub(crate) fn draw(&self, stream: &mut Stream) -> u64 {
        loop {
            let u = self.integral_last + stream.unit() * (self.integral_first - self.integral_last);
            let x = self.inverse(u);
            let rank = libm::floor(x + 0.5).clamp(1.0, self.keys);
            if rank - x <= self.shortcut || u >= self.integral(rank + 0.5) - libm::exp(-self.s * libm::log(rank)) {
                return rank as u64;
            }
        }
    }
}

/// (eˣ − 1)/x, also near 0.
fn expm1_over(x: f64) -> f64 {
    if x.abs() > 1e-8 { libm::expm1(x) / x } else { 1.0 + x / 2.0 * (1.0 + x / 3.0) }
}

/// ln(1 + x)/x, also near 0.
fn log1p_over(x: f64) -> f64 {
    if x.abs() > 1e-8 { libm::log1p(x) / x } else { 1.0 - x * (0.5 - x / 3.0) }
}

impl KeySampler {
    /// A key; `unique` counts the messages that got a key of their own.
    pub(crate) fn draw(&self, stream: &mut Stream, unique: &mut u64) -> u64 {
        match self {
            KeySampler::Uniform { keys } => 1 + stream.below(*keys),
            KeySampler::Zipf(zipf) => zipf.draw(stream),
            KeySampler::Unique => {
                *unique += 1;
                *unique
            }
        }
    }
}

/// The partition of a key: Kafka's default partitioner (`toPositive(murmur2(key)) % partitions`) on the text `key-N`.
pub fn partition_of(key: u64, partitions: u32) -> u32 {
    let mut text = *b"key-00000000000000000000";
    let mut start = text.len();
    let mut rest = key;
    loop {
        start -= 1;
        text[start] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    start -= 4;
    text.copy_within(0..4, start);
    (murmur2(&text[start..]) & 0x7fff_ffff) % partitions
}

/// `MurmurHash2` as in Kafka's `Utils.murmur2` (seed 0x9747b28c).
fn murmur2(bytes: &[u8]) -> u32 {
    const M: u32 = 0x5bd1_e995;
    let mut hash = 0x9747_b28c ^ bytes.len() as u32;
    let (blocks, tail) = bytes.as_chunks::<4>();
    for block in blocks {
        let mut k = u32::from_le_bytes(*block).wrapping_mul(M);
        k ^= k >> 24;
        hash = hash.wrapping_mul(M) ^ k.wrapping_mul(M);
    }
    for (i, byte) in tail.iter().enumerate() {
        hash ^= u32::from(*byte) << (8 * i);
    }
    if !tail.is_empty() {
        hash = hash.wrapping_mul(M);
    }
    hash ^= hash >> 13;
    hash = hash.wrapping_mul(M);
    hash ^ (hash >> 15)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Purpose;

    #[test]
    fn murmur2_matches_kafkas_test_vectors() {
        // org.apache.kafka.common.utils.UtilsTest.testMurmur2
        for (text, hash) in [
            ("21", -973_932_308_i32),
            ("foobar", -790_332_482),
            ("a-little-bit-long-string", -985_981_536),
            ("a-little-bit-longer-string", -1_486_304_829),
            ("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58_897_971),
            ("abc", 479_470_107),
        ] {
            assert_eq!(murmur2(text.as_bytes()).cast_signed(), hash, "{text}");
        }
    }

    #[test]
    fn partitions_come_from_the_keys_text() {
        for key in [1, 9, 10, 12_345, u64::MAX] {
            let expected = (murmur2(format!("key-{key}").as_bytes()) & 0x7fff_ffff) % 48;
            assert_eq!(partition_of(key, 48), expected);
        }
    }

    /// The share of the hottest partition, computed independently of this code (murmur2 of `key-1` … `key-1000`).
    #[test]
    fn the_hottest_partition_has_its_known_share() {
        for (s, partitions, share) in [(0.0, 6, 0.179), (1.0, 6, 0.243_113), (1.0, 48, 0.143_941), (1.2, 12, 0.260_495)]
        {
            let mut load = vec![0.0; partitions as usize];
            for key in 1..=1000_u32 {
                load[partition_of(u64::from(key), partitions) as usize] += f64::from(key).powf(-s);
            }
            let hottest = load.iter().fold(0.0, |a: f64, &b| a.max(b)) / load.iter().sum::<f64>();
            assert!((hottest - share).abs() < 5e-7, "s={s} partitions={partitions}: {hottest}");
        }
    }

    #[test]
    fn zipf_follows_its_law() {
        for (keys, s) in [(1, 1.0), (2, 1.0), (1000, 1.0), (1000, 0.0), (50, 0.5), (200, 2.5)] {
            let zipf = Zipf::new(keys, s);
            let mut stream = Stream::new(3, 0, "zipf", Purpose::PublishKey, 0);
            let n = 400_000;
            let mut seen = vec![0_u32; keys as usize + 1];
            for _ in 0..n {
                seen[zipf.draw(&mut stream) as usize] += 1;
            }
            let norm: f64 = (1..=keys).map(|r| (r as f64).powf(-s)).sum();
            let mut chi2 = 0.0;
            let mut bins = 0.0;
            for rank in 1..=keys {
                let expected = f64::from(n) * (rank as f64).powf(-s) / norm;
                if expected > 10.0 {
                    chi2 += (f64::from(seen[rank as usize]) - expected).powi(2) / expected;
                    bins += 1.0;
                }
            }
            // Normal approximation of the 99.9 % quantile of chi-square, good enough from one bin on.
            let limit = bins + 3.1 * (2.0_f64 * bins).sqrt() + 8.0;
            assert!(chi2 < limit, "keys={keys} s={s}: {chi2} on {bins}");
        }
    }

    #[test]
    fn the_top_key_of_a_thousand_has_its_share() {
        let zipf = Zipf::new(1000, 1.0);
        let mut stream = Stream::new(5, 0, "zipf", Purpose::PublishKey, 0);
        let n = 4_000_000;
        let top = (0..n).filter(|_| zipf.draw(&mut stream) == 1).count() as f64 / f64::from(n);
        let exact = 0.133_592_1;
        let half_width = 2.576 * (exact * (1.0 - exact) / f64::from(n)).sqrt();
        assert!((top - exact).abs() < half_width, "{top}");
        assert!(half_width < 0.005 * exact);
    }
}
