//! One column of values: each distinct one once with a number for every row, or all in a row when they hardly repeat.

use std::collections::HashMap;
use std::hash::Hash;

use crate::bytes::{LAST_OF_EIGHT, Reader, put_varint};
use crate::{Damage, ValueType};

/// Distinct things in order of appearance.
#[derive(Debug)]
pub(crate) struct Dictionary<K> {
    numbers: HashMap<K, u32>,
    pub(crate) entries: Vec<K>,
    pub(crate) counts: Vec<u32>,
    pub(crate) codes: Vec<u32>,
}

impl<K> Default for Dictionary<K> {
    fn default() -> Self {
        Self { numbers: HashMap::new(), entries: Vec::new(), counts: Vec::new(), codes: Vec::new() }
    }
}

impl<K: Copy + Eq + Hash> Dictionary<K> {
    pub(crate) fn push(&mut self, key: K) {
        let code = match self.codes.last().map(|code| *code as usize) {
            // Neighbours are often equal, and comparing is cheaper than hashing.
            Some(last) if self.entries.get(last) == Some(&key) => last as u32,
            _ => {
                let next = self.entries.len() as u32;
                let code = *self.numbers.entry(key).or_insert(next);
                if code == next {
                    self.entries.push(key);
                    self.counts.push(0);
                }
                code
            }
        };
        self.counts[code as usize] += 1;
        self.codes.push(code);
    }

    /// Entries with counts, the most frequent first.
    pub(crate) fn by_count(&self) -> Vec<(K, u32)> {
        let mut list: Vec<_> = self.entries.iter().copied().zip(self.counts.iter().copied()).collect();
        list.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        list
    }
}

/// Numbers below `distinct`, one, two or four bytes each.
pub(crate) fn put_codes(out: &mut Vec<u8>, codes: &[u32], distinct: usize) {
    match distinct {
        0..=1 => {}
        2..=0x100 => out.extend(codes.iter().map(|code| *code as u8)),
        0x101..=0x1_0000 => {
            // Low bytes, then high bytes: each compresses better among its like.
            out.extend(codes.iter().map(|code| *code as u8));
            out.extend(codes.iter().map(|code| (*code >> 8) as u8));
        }
        _ => out.extend(codes.iter().flat_map(|code| code.to_le_bytes())),
    }
}

/// The inverse of [`put_codes`].
pub(crate) fn read_codes(reader: &mut Reader<'_>, count: usize, distinct: usize) -> Result<Vec<u32>, Damage> {
    let codes: Vec<u32> = match distinct {
        0 if count > 0 => return Err(Damage("there are rows without values")),
        0..=1 => vec![0; count],
        2..=0x100 => reader.take(count)?.iter().map(|byte| u32::from(*byte)).collect(),
        0x101..=0x1_0000 => {
            let (low, high) = (reader.take(count)?, reader.take(count)?);
            low.iter().zip(high).map(|(low, high)| u32::from(*low) | u32::from(*high) << 8).collect()
        }
        _ => {
            let bytes = reader.take(count.checked_mul(4).ok_or(Damage("there are too many rows"))?)?;
            bytes.as_chunks::<4>().0.iter().map(|code| u32::from_le_bytes(*code)).collect()
        }
    };
    if codes.iter().all(|code| (*code as usize) < distinct) { Ok(codes) } else { Err(Damage("a value is missing")) }
}

const EACH_ONCE: u8 = 0;
const ALL: u8 = 1;

/// As few as this are always kept each once.
const FEW: usize = 16;

/// Fewer distinct ones than half of all: then a dictionary repays.
fn repays(distinct: usize, count: usize) -> bool {
    distinct * 2 <= count || count < FEW
}

/// Writes values of a type whose bytes are the dictionary's entries.
pub(crate) fn put_values(out: &mut Vec<u8>, value_type: ValueType, values: &Dictionary<&[u8]>) {
    let each_once = repays(values.entries.len(), values.codes.len());
    out.push(if each_once { EACH_ONCE } else { ALL });
    put_varint(out, values.codes.len() as u64);
    if each_once {
        put_varint(out, values.entries.len() as u64);
        put_payloads(out, value_type, values.entries.iter().copied());
        put_codes(out, &values.codes, values.entries.len());
    } else {
        put_payloads(out, value_type, values.codes.iter().map(|code| values.entries[*code as usize]));
    }
}

fn put_payloads<'a>(out: &mut Vec<u8>, value_type: ValueType, payloads: impl Iterator<Item = &'a [u8]> + Clone) {
    if matches!(value_type, ValueType::Text | ValueType::Other) {
        payloads.clone().for_each(|payload| put_varint(out, payload.len() as u64));
    }
    payloads.for_each(|payload| out.extend_from_slice(payload));
}

/// A column read back.
#[derive(Debug)]
pub(crate) struct Values {
    bytes: Vec<u8>,
    /// Where each entry lies in `bytes`.
    ends: Vec<(u32, u32)>,
    /// Without it, the entries are the rows.
    codes: Option<Vec<u32>>,
}

impl Values {
    /// `most`: rows that the block can have in this column.
    pub(crate) fn read(raw: Vec<u8>, value_type: ValueType, most: usize) -> Result<Self, Damage> {
        let mut reader = Reader::new(&raw);
        let form = reader.byte()?;
        let count = usize::try_from(reader.varint()?).unwrap_or(usize::MAX);
        if count > most {
            return Err(Damage("a column has more rows than its block"));
        }
        let entries = match form {
            EACH_ONCE => usize::try_from(reader.varint()?).unwrap_or(usize::MAX),
            ALL => count,
            _ => return Err(Damage("a column's form is unknown")),
        };
        if entries > count {
            return Err(Damage("a column has more values than rows"));
        }
        let ends = read_payloads(&mut reader, raw.len(), value_type, entries)?;
        let codes = if form == EACH_ONCE { Some(read_codes(&mut reader, count, entries)?) } else { None };
        reader.end()?;
        Ok(Self { bytes: raw, ends, codes })
    }

    pub(crate) fn rows(&self) -> usize {
        self.codes.as_ref().map_or(self.ends.len(), Vec::len)
    }

    /// Distinct values, or all when they are not kept once each.
    pub(crate) fn entries(&self) -> usize {
        self.ends.len()
    }

    pub(crate) fn payload(&self, entry: usize) -> &[u8] {
        self.ends.get(entry).and_then(|(start, end)| self.bytes.get(*start as usize..*end as usize)).unwrap_or_default()
    }

    /// Which entry a row has.
    pub(crate) fn entry_of(&self, row: usize) -> usize {
        self.codes.as_ref().map_or(row, |codes| codes.get(row).map_or(usize::MAX, |code| *code as usize))
    }
}

fn read_payloads(
    reader: &mut Reader<'_>,
    whole: usize,
    value_type: ValueType,
    entries: usize,
) -> Result<Vec<(u32, u32)>, Damage> {
    let mut lengths = Vec::new();
    let sized = matches!(value_type, ValueType::Text | ValueType::Other);
    // Each has a byte at least, but for the empty ones, of which there is one, or a few that are not worth a dictionary.
    if entries > if value_type == ValueType::Empty { FEW } else { reader.rest().len() } {
        return Err(Damage("a count is larger than what follows"));
    }
    if sized {
        lengths.reserve(entries);
        for _ in 0..entries {
            lengths.push(usize::try_from(reader.varint()?).unwrap_or(usize::MAX));
        }
    }
    // Most texts are: then none needs to be looked at alone.
    let is_ascii = value_type == ValueType::Text && reader.rest().is_ascii();
    let mut lengths = lengths.into_iter();
    let mut ends = Vec::with_capacity(entries);
    let mut start = whole - reader.rest().len();
    for _ in 0..entries {
        match (value_type, lengths.next()) {
            (ValueType::Text, Some(length)) => {
                let text = reader.take(length)?;
                if !is_ascii {
                    std::str::from_utf8(text).map_err(|_| Damage("a text is not UTF-8"))?;
                }
            }
            (_, Some(length)) => drop(reader.take(length)?),
            (ValueType::Bool, None) => drop(reader.byte()?),
            (ValueType::Int, None) => drop(reader.varint()?),
            (ValueType::Double, None) => drop(reader.array::<8>()?),
            (_, None) => {}
        }
        let end = whole - reader.rest().len();
        ends.push((start as u32, end as u32));
        start = end;
    }
    Ok(ends)
}

/// A column of whole numbers that are all kept in a row, of which few are asked for: the others are passed over unread.
#[derive(Debug)]
pub(crate) struct InRow {
    bytes: Vec<u8>,
    rows: usize,
    /// The row that comes next, and where it lies.
    next: usize,
    at: usize,
}

impl InRow {
    /// Whether a column is of this form.
    pub(crate) fn fits(raw: &[u8], value_type: ValueType) -> bool {
        value_type == ValueType::Int && raw.first() == Some(&ALL)
    }

    /// `most`: rows that the block can have in this column.
    pub(crate) fn read(raw: Vec<u8>, most: usize) -> Result<Self, Damage> {
        let mut reader = Reader::new(&raw);
        reader.byte()?;
        let rows = reader.count()?;
        if rows > most {
            return Err(Damage("a column has more rows than its block"));
        }
        let at = raw.len() - reader.rest().len();
        Ok(Self { bytes: raw, rows, next: 0, at })
    }

    /// The value of a row behind all that were asked for before.
    pub(crate) fn payload(&mut self, row: usize) -> Result<&[u8], Damage> {
        let missing = Damage("a value is missing");
        let between = row.checked_sub(self.next).filter(|_| row < self.rows).ok_or(missing)?;
        let from = pass(&self.bytes, self.at, between).ok_or(missing)?;
        self.at = pass(&self.bytes, from, 1).ok_or(missing)?;
        self.next = row + 1;
        self.bytes.get(from..self.at).ok_or(missing)
    }
}

/// Where so many numbers end that begin at `at`.
fn pass(bytes: &[u8], mut at: usize, mut numbers: usize) -> Option<usize> {
    while numbers > 0 {
        let rest = bytes.get(at..)?;
        if let Some(word) = rest.first_chunk() {
            let ends = (!u64::from_le_bytes(*word) & LAST_OF_EIGHT).count_ones() as usize;
            // With as many, what is behind the last of them would be passed over too.
            if ends < numbers {
                numbers -= ends;
                at += 8;
                continue;
            }
        }
        numbers -= usize::from(*rest.first()? < 0x80);
        at += 1;
    }
    Some(at)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::bytes::zigzag;

    proptest! {
        #[test]
        fn numbers_in_a_row_are_those_of_the_column(
            numbers in prop::collection::vec((any::<i64>(), 0..64_u32), 16..100),
            mut asked in prop::collection::vec(any::<prop::sample::Index>(), 0..20),
        ) {
            let payloads: Vec<Vec<u8>> = numbers.iter().map(|(number, shift)| {
                let mut out = Vec::new();
                put_varint(&mut out, zigzag(number >> shift));
                out
            }).collect();
            let mut raw = vec![ALL];
            put_varint(&mut raw, payloads.len() as u64);
            put_payloads(&mut raw, ValueType::Int, payloads.iter().map(Vec::as_slice));
            prop_assert!(InRow::fits(&raw, ValueType::Int));
            let values = Values::read(raw.clone(), ValueType::Int, payloads.len()).unwrap();
            let mut in_row = InRow::read(raw, payloads.len()).unwrap();
            let mut rows: Vec<usize> = asked.drain(..).map(|at| at.index(payloads.len())).collect();
            rows.sort_unstable();
            rows.dedup();
            for row in rows {
                prop_assert_eq!(in_row.payload(row), Ok(payloads[row].as_slice()));
                prop_assert_eq!(values.payload(values.entry_of(row)), payloads[row].as_slice());
            }
            prop_assert!(in_row.payload(payloads.len()).is_err());
        }
    }

    #[test]
    fn fewer_numbers_than_are_promised_are_damage() {
        let mut in_row = InRow::read(vec![ALL, 3, 1, 2, 0x80], 3).unwrap();
        assert_eq!(in_row.payload(1), Ok(&[2][..]));
        assert!(in_row.payload(2).is_err());
        assert!(InRow::read(vec![ALL, 3, 1, 2], 3).is_err() && InRow::read(vec![ALL, 2, 1, 2], 1).is_err());
    }
}
