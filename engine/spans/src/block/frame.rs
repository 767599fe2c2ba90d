//! A column as it lies in the file: compressed where that repays, and with a sum that tells damage.

use std::cell::RefCell;

use crate::Damage;
use crate::bytes::{Reader, hash, put_varint};

/// By measurement (decision 5): higher levels take longer and gain nothing on columns.
const LEVEL: i32 = 1;

/// What a column may have unpacked. A request is bounded to half of it.
const MOST: usize = 128 << 20;

const PLAIN: u8 = 0;
const ZSTD: u8 = 1;

/// Compresses columns; keeps what the compressor needs between them.
pub(crate) struct Squeezer(Option<zstd::bulk::Compressor<'static>>);

impl Squeezer {
    pub(crate) fn new() -> Self {
        // Without a compressor, columns are kept as they are.
        Self(zstd::bulk::Compressor::new(LEVEL).ok())
    }

    pub(crate) fn seal(&mut self, raw: &[u8]) -> Vec<u8> {
        // What would be refused when it is read stays as it is.
        let zstd = self.0.as_mut().filter(|_| raw.len() <= MOST);
        let packed = zstd.and_then(|zstd| zstd.compress(raw).ok()).filter(|packed| packed.len() < raw.len());
        let (kind, data) = packed.as_deref().map_or((PLAIN, raw), |packed| (ZSTD, packed));
        let mut out = Vec::with_capacity(data.len() + 10);
        out.push(kind);
        out.extend_from_slice(&sum(data).to_le_bytes());
        put_varint(&mut out, raw.len() as u64);
        out.extend_from_slice(data);
        out
    }
}

fn sum(data: &[u8]) -> u32 {
    hash(0x7468_616c, data) as u32
}

/// The column's bytes.
pub(crate) fn open(frame: &[u8]) -> Result<Vec<u8>, Damage> {
    let mut reader = Reader::new(frame);
    let kind = reader.byte()?;
    let expected = u32::from_le_bytes(reader.array()?);
    let length = usize::try_from(reader.varint()?).unwrap_or(usize::MAX);
    let data = reader.rest();
    if sum(data) != expected {
        return Err(Damage("a column's bytes are not those that were written"));
    }
    match kind {
        PLAIN if data.len() == length => Ok(data.to_vec()),
        ZSTD if length <= MOST => {
            let promised = zstd::zstd_safe::get_frame_content_size(data).ok().flatten();
            if promised != Some(length as u64) {
                return Err(Damage("a column has not the length it promises"));
            }
            let raw = decompress(data, length).map_err(|_| Damage("a column does not decompress"))?;
            if raw.len() == length { Ok(raw) } else { Err(Damage("a column has not the length it promises")) }
        }
        _ => Err(Damage("a column's form is unknown")),
    }
}

thread_local! {
    /// Making one takes as long as unpacking a small column.
    static DECOMPRESSOR: RefCell<Option<zstd::bulk::Decompressor<'static>>> = const { RefCell::new(None) };
}

fn decompress(data: &[u8], length: usize) -> std::io::Result<Vec<u8>> {
    DECOMPRESSOR.with_borrow_mut(|kept| match kept {
        Some(kept) => kept.decompress(data, length),
        None => kept.insert(zstd::bulk::Decompressor::new()?).decompress(data, length),
    })
}

/// Some bytes, compressed for a short life and with a sum.
pub fn squeeze(raw: &[u8]) -> Vec<u8> {
    Squeezer::new().seal(raw)
}

/// The inverse of [`squeeze`].
pub fn unsqueeze(frame: &[u8]) -> Result<Vec<u8>, Damage> {
    open(frame)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A frame with a right sum around any compressed data.
    fn frame(length: usize, data: &[u8]) -> Vec<u8> {
        let mut out = vec![ZSTD];
        out.extend_from_slice(&sum(data).to_le_bytes());
        put_varint(&mut out, length as u64);
        out.extend_from_slice(data);
        out
    }

    #[test]
    fn a_bomb_is_refused_before_it_is_inflated() {
        let small = zstd::bulk::compress(&[0; 1000], LEVEL).unwrap();
        assert_eq!(open(&frame(1000, &small)), Ok(vec![0; 1000]));
        // It unpacks to more than it says, to less, or to more than any column may have.
        assert!(open(&frame(10, &small)).is_err());
        assert!(open(&frame(2000, &small)).is_err());
        let bomb = zstd::bulk::compress(&vec![0; MOST + 1], LEVEL).unwrap();
        assert!(bomb.len() < 100_000 && open(&frame(MOST + 1, &bomb)).is_err());
    }

    #[test]
    fn what_is_too_long_to_unpack_is_kept_as_it_is() {
        let raw = vec![0; MOST + 1];
        assert!(open(&squeeze(&raw)).is_ok_and(|back| back == raw));
    }

    proptest! {
        #[test]
        fn bytes_come_back(raw: Vec<u8>, repeated in 0..2000_usize) {
            let raw = [raw, vec![7; repeated]].concat();
            prop_assert_eq!(open(&squeeze(&raw)), Ok(raw));
        }

        #[test]
        fn a_changed_byte_is_damage(raw in prop::collection::vec(any::<u8>(), 1..200), at: prop::sample::Index, bit in 0..8_u8) {
            let mut frame = squeeze(&raw);
            let at = at.index(frame.len());
            frame[at] ^= 1 << bit;
            prop_assert!(open(&frame).is_err());
        }
    }
}
