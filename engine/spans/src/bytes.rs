//! Numbers and texts as bytes. Reading distrusts: every length is compared with what is there before anything is taken.

use crate::Damage;

/// Appends `value` in groups of seven bits, the lowest first.
pub(crate) fn put_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Appends a length and the bytes.
pub(crate) fn put_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    put_varint(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

/// Small numbers of either sign become small numbers without one.
pub(crate) fn zigzag(value: i64) -> u64 {
    ((value << 1) ^ (value >> 63)).cast_unsigned()
}

/// The inverse of [`zigzag`].
pub(crate) fn unzigzag(value: u64) -> i64 {
    (value >> 1).cast_signed() ^ -((value & 1).cast_signed())
}

/// Bytes being read from the front.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// Everything that is left.
    pub(crate) fn rest(&self) -> &'a [u8] {
        self.rest
    }

    pub(crate) fn take(&mut self, length: usize) -> Result<&'a [u8], Damage> {
        self.rest.split_off(..length).ok_or(Damage("it ends too early"))
    }

    pub(crate) fn byte(&mut self) -> Result<u8, Damage> {
        self.rest.split_off_first().copied().ok_or(Damage("it ends too early"))
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], Damage> {
        let (array, rest) = self.rest.split_first_chunk().ok_or(Damage("it ends too early"))?;
        self.rest = rest;
        Ok(*array)
    }

    pub(crate) fn varint(&mut self) -> Result<u64, Damage> {
        if let Some(word) = self.rest.first_chunk() {
            let word = u64::from_le_bytes(*word);
            let ends = !word & LAST_OF_EIGHT;
            if ends != 0 {
                let bits = ends.trailing_zeros() + 1;
                self.rest = self.rest.get(bits as usize / 8..).unwrap_or_default();
                return Ok(sevens(word & (u64::MAX >> (u64::BITS - bits))));
            }
        }
        self.long_varint()
    }

    /// One that is long, or among the last bytes.
    fn long_varint(&mut self) -> Result<u64, Damage> {
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(value);
            }
        }
        Err(Damage("a number is too long"))
    }

    /// A count of things of at least one byte each: more than there are bytes is damage.
    pub(crate) fn count(&mut self) -> Result<usize, Damage> {
        match usize::try_from(self.varint()?) {
            Ok(count) if count <= self.rest.len() => Ok(count),
            _ => Err(Damage("a count is larger than what follows")),
        }
    }

    pub(crate) fn bytes(&mut self) -> Result<&'a [u8], Damage> {
        let length = self.count()?;
        self.take(length)
    }

    pub(crate) fn text(&mut self) -> Result<&'a str, Damage> {
        std::str::from_utf8(self.bytes()?).map_err(|_| Damage("a text is not UTF-8"))
    }

    /// Nothing may be left.
    pub(crate) fn end(&self) -> Result<(), Damage> {
        if self.rest.is_empty() { Ok(()) } else { Err(Damage("there is more than there should be")) }
    }
}

/// The bit of each of eight bytes that says whether another follows.
pub(crate) const LAST_OF_EIGHT: u64 = 0x8080_8080_8080_8080;

/// Eight groups of seven bits, a byte each, as one number.
fn sevens(word: u64) -> u64 {
    let pairs = (word & 0x007f_007f_007f_007f) | ((word & 0x7f00_7f00_7f00_7f00) >> 1);
    let fours = (pairs & 0x0000_3fff_0000_3fff) | ((pairs & 0x3fff_0000_3fff_0000) >> 2);
    (fours & 0x0fff_ffff) | ((fours & 0x0fff_ffff_0000_0000) >> 4)
}

/// A number that looks random for every 16 bytes; the same in every version, since files hold what it gave.
pub(crate) fn mix(a: u64, b: u64) -> u64 {
    // The finaliser of SplitMix64.
    let mut x = a ^ b.rotate_left(32).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

/// [`mix`] over any bytes, eight at a time.
pub(crate) fn hash(seed: u64, bytes: &[u8]) -> u64 {
    let (words, rest) = bytes.as_chunks::<8>();
    let mut state = seed ^ bytes.len() as u64;
    for word in words {
        state = mix(state, u64::from_le_bytes(*word));
    }
    let mut last = [0; 8];
    last[..rest.len()].copy_from_slice(rest);
    mix(state, u64::from_le_bytes(last))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn numbers_come_back(unsigned: u64, signed: i64) {
            let mut out = Vec::new();
            put_varint(&mut out, unsigned);
            put_varint(&mut out, zigzag(signed));
            let mut reader = Reader::new(&out);
            prop_assert_eq!(reader.varint(), Ok(unsigned));
            prop_assert_eq!(reader.varint().map(unzigzag), Ok(signed));
            prop_assert_eq!(reader.end(), Ok(()));
        }
    }

    proptest! {
        /// Whatever follows, and however it is written.
        #[test]
        fn eight_bytes_at_once_are_read_as_one_by_one(bytes: Vec<u8>, small in prop::collection::vec(0..0x90_u8, 0..12)) {
            for bytes in [bytes, small] {
                let (mut fast, mut slow) = (Reader::new(&bytes), Reader::new(&bytes));
                while !slow.is_empty() {
                    let (one, other) = (fast.varint(), slow.long_varint());
                    prop_assert_eq!(&one, &other);
                    if one.is_err() {
                        break;
                    }
                    prop_assert_eq!(fast.rest(), slow.rest());
                }
            }
        }
    }

    #[test]
    fn lengths_beyond_the_end_are_damage() {
        assert!(Reader::new(&[0xff; 11]).varint().is_err());
        assert!(Reader::new(&[5, 1, 2]).bytes().is_err());
        assert!(Reader::new(&[0xff, 0xff, 0xff, 0xff, 0x0f, 1]).count().is_err());
        assert!(Reader::new(&[2, 0xc3, 0x28]).text().is_err());
    }
}
