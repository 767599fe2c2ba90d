//! What a block says of itself: enough to know, without any of its columns, what cannot be in it.

use super::ask::scalar;
use super::bloom::{Bloom, trace_hash};
use super::frame;
use crate::bytes::{Reader, hash, put_bytes, put_varint, unzigzag, zigzag};
use crate::filter::Comparison;
use crate::{AttributeValue, Damage, ValueType};

/// The form of blocks that are written.
const FORM: u64 = 2;
/// The first form, which knows neither which traces go on from earlier blocks, nor links, nor between which numbers values lie.
const FIRST_FORM: u64 = 1;

/// What a block holds, about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Header {
    /// Spans.
    pub spans: u32,
    /// Traces, or parts of them.
    pub traces: u32,
    /// Spans with an error.
    pub errors: u32,
    /// Most errors in one trace.
    pub trace_errors: u32,
    /// Earliest and latest known start of a span; both 0 when none is known.
    pub starts: (u64, u64),
    /// Earliest and latest start of a trace, 0 for one without a known start.
    pub trace_starts: (u64, u64),
    /// Greatest duration of a span.
    pub duration: u64,
    /// Greatest time from a trace's start to its end.
    pub trace_duration: u64,
    /// All services, with the number of their spans.
    pub services: Vec<(String, u32)>,
    /// The most frequent operations, with the number of their spans.
    pub operations: Vec<(String, u32)>,
    /// Whether [`Self::operations`] has them all.
    pub all_operations: bool,
    /// All keys of attributes of spans, unless [`Self::loose`].
    pub keys: Vec<Key>,
    /// Some spans have keys that are in no column.
    pub loose: bool,
    /// The keys of attributes of resources, unless there are more than [`RESOURCE_KEYS`].
    pub resource_keys: Option<Vec<String>>,
    /// The [marks](super::mark) of traces that may have spans in earlier blocks, ascending. Hardly ever one too many, never one
    /// too few; nothing when the block was packed without knowing.
    pub earlier: Option<Box<[u32]>>,
    pub(super) traces_in: Bloom,
    pub(super) pairs: Bloom,
    /// The traces that are linked to, when it was known how links are read.
    pub(super) linked: Option<Bloom>,
}

/// An attribute's key, with one type of value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// The key.
    pub name: String,
    /// The values' type.
    pub value_type: ValueType,
    /// Values there are.
    pub count: u32,
    /// Distinct ones.
    pub distinct: u32,
    /// The most frequent values' bytes, with how often each is there.
    pub(super) values: Vec<(Box<[u8]>, u32)>,
    /// Whether every value is in [`Header::pairs`].
    pub(super) paired: bool,
    /// The least and the greatest value, where they are whole numbers.
    pub(super) range: Option<(i64, i64)>,
}

impl Key {
    /// The most frequent values, and how often each is there.
    pub fn frequent(&self) -> impl Iterator<Item = (AttributeValue<'_>, u32)> {
        self.values.iter().filter_map(|(value, count)| Some((self.value_type.value(value).ok()?, *count)))
    }
}

/// Operations that a header names.
pub(super) const OPERATIONS: usize = 256;
/// Keys of resources' attributes that a header names.
pub(super) const RESOURCE_KEYS: usize = 256;
/// Values of one key that a header names.
pub(super) const VALUES: usize = 16;
/// Bytes of a value that a header names.
pub(super) const VALUE: usize = 64;
/// Pairs of key and value that a header's filter has, so that it stays within 64 KiB.
pub(super) const PAIRS: usize = 50_000;

impl Header {
    /// Whether the trace may have spans here. Hardly ever wrongly yes, never wrongly no.
    pub fn may_have_trace(&self, trace_id: &[u8; 16]) -> bool {
        self.traces_in.may_have(trace_hash(trace_id))
    }

    /// Bytes this takes in memory, about.
    pub fn size(&self) -> usize {
        let texts: usize = self.services.iter().chain(&self.operations).map(|(text, _)| text.len() + 32).sum();
        let keys = self.keys.iter().map(|key| {
            size_of::<Key>() + key.name.len() + key.values.iter().map(|(value, _)| value.len() + 24).sum::<usize>()
        });
        size_of::<Self>()
            + texts
            + keys.sum::<usize>()
            + self.traces_in.size()
            + self.pairs.size()
            + self.linked.as_ref().map_or(0, Bloom::size)
            + self.earlier.as_ref().map_or(0, |earlier| earlier.len() * 4)
    }

    /// Whether a span may have a value of this key that compares, negation aside; without a comparison, any value.
    pub(super) fn may_have_key(&self, name: &str, comparison: Option<&Comparison>) -> bool {
        let may_compare = |key| comparison.is_none_or(|comparison| self.may_compare(key, comparison));
        self.loose || self.keys.iter().filter(|key| key.name == name).any(may_compare)
    }

    /// Whether a value of a key may compare, negation aside. Now and then wrongly yes, never wrongly no.
    pub(super) fn may_compare(&self, key: &Key, comparison: &Comparison) -> bool {
        if let Some((least, greatest)) = key.range
            && !comparison.one_between(least, greatest)
        {
            return false;
        }
        if key.paired {
            let hash = |payload: &[u8]| pair_hash(&key.name, key.value_type, payload);
            let wanted = match key.value_type {
                ValueType::Text => comparison.equal_text().map(|text| hash(text.as_bytes())),
                ValueType::Int => comparison.equal_integer().map(|number| {
                    let mut payload = Vec::new();
                    AttributeValue::Int(number).payload(&mut payload);
                    hash(&payload)
                }),
                _ => None,
            };
            if let Some(wanted) = wanted {
                return self.pairs.may_have(wanted);
            }
        }
        // Where all values are named, none else needs to be thought of.
        key.values.len() != key.distinct as usize
            || key.values.iter().any(|(value, _)| match key.value_type.value(value).ok().and_then(scalar) {
                Some(value) => comparison.one(value),
                None => true,
            })
    }

    /// Whether a resource may have an attribute of this key.
    pub(super) fn may_have_resource_key(&self, name: &str) -> bool {
        self.resource_keys.as_ref().is_none_or(|keys| keys.iter().any(|key| key == name))
    }

    /// Whether a span may have this attribute. Now and then wrongly yes, never wrongly no.
    pub fn may_have_attribute(&self, name: &str, value: AttributeValue<'_>) -> bool {
        let mut payload = Vec::new();
        value.payload(&mut payload);
        let value_type = value.value_type();
        self.loose
            || self.keys.iter().any(|key| {
                key.name == name
                    && key.value_type == value_type
                    && (!key.paired || self.pairs.may_have(pair_hash(name, value_type, &payload)))
            })
    }

    /// As bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(4096);
        put_varint(&mut out, FORM);
        for number in [
            u64::from(self.spans),
            u64::from(self.traces),
            u64::from(self.errors),
            u64::from(self.trace_errors),
            self.starts.0,
            self.starts.1,
            self.trace_starts.0,
            self.trace_starts.1,
            self.duration,
            self.trace_duration,
            u64::from(self.all_operations) | u64::from(self.loose) << 1,
        ] {
            put_varint(&mut out, number);
        }
        for list in [&self.services, &self.operations] {
            put_varint(&mut out, list.len() as u64);
            for (text, count) in list {
                put_bytes(&mut out, text.as_bytes());
                put_varint(&mut out, u64::from(*count));
            }
        }
        // One more than there are; none when they are not named.
        put_varint(&mut out, self.resource_keys.as_ref().map_or(0, |keys| keys.len() as u64 + 1));
        for key in self.resource_keys.iter().flatten() {
            put_bytes(&mut out, key.as_bytes());
        }
        put_varint(&mut out, self.keys.len() as u64);
        for key in &self.keys {
            put_bytes(&mut out, key.name.as_bytes());
            out.push(key.value_type as u8 | u8::from(key.paired) << 7);
            put_varint(&mut out, u64::from(key.count));
            put_varint(&mut out, u64::from(key.distinct));
            put_varint(&mut out, key.values.len() as u64);
            for (value, count) in &key.values {
                put_bytes(&mut out, value);
                put_varint(&mut out, u64::from(*count));
            }
            out.push(u8::from(key.range.is_some()));
            if let Some((least, greatest)) = key.range {
                put_varint(&mut out, zigzag(least));
                put_varint(&mut out, greatest.wrapping_sub(least).cast_unsigned());
            }
        }
        self.traces_in.write(&mut out);
        self.pairs.write(&mut out);
        // One more than there are; none when it is not known.
        put_varint(&mut out, self.earlier.as_ref().map_or(0, |earlier| earlier.len() as u64 + 1));
        out.extend(self.earlier.iter().flatten().flat_map(|mark| mark.to_le_bytes()));
        out.push(u8::from(self.linked.is_some()));
        if let Some(linked) = &self.linked {
            linked.write(&mut out);
        }
        frame::squeeze(&out)
    }

    /// From [`Self::to_bytes`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Damage> {
        let raw = frame::open(bytes)?;
        let mut reader = Reader::new(&raw);
        let form = reader.varint()?;
        if !(FIRST_FORM..=FORM).contains(&form) {
            return Err(Damage("the block's form is unknown"));
        }
        let mut header = Self {
            spans: small(&mut reader)?,
            traces: small(&mut reader)?,
            errors: small(&mut reader)?,
            trace_errors: small(&mut reader)?,
            starts: (reader.varint()?, reader.varint()?),
            trace_starts: (reader.varint()?, reader.varint()?),
            duration: reader.varint()?,
            trace_duration: reader.varint()?,
            ..Self::default()
        };
        if header.spans > super::MOST_SPANS || header.traces > header.spans {
            return Err(Damage("the block has more spans than blocks have"));
        }
        let flags = reader.varint()?;
        (header.all_operations, header.loose) = (flags & 1 != 0, flags & 2 != 0);
        header.services = texts(&mut reader)?;
        header.operations = texts(&mut reader)?;
        if let Some(count) = reader.count()?.checked_sub(1) {
            let keys = (0..count).map(|_| Ok(reader.text()?.to_owned()));
            header.resource_keys = Some(keys.collect::<Result<_, Damage>>()?);
        }
        for _ in 0..reader.count()? {
            header.keys.push(read_key(&mut reader, form)?);
        }
        header.traces_in = Bloom::read(&mut reader)?;
        header.pairs = Bloom::read(&mut reader)?;
        if form > FIRST_FORM {
            header.earlier = read_marks(&mut reader)?;
            header.linked = if reader.byte()? == 0 { None } else { Some(Bloom::read(&mut reader)?) };
        }
        reader.end()?;
        Ok(header)
    }
}

fn read_marks(reader: &mut Reader<'_>) -> Result<Option<Box<[u32]>>, Damage> {
    let Some(count) = reader.count()?.checked_sub(1) else { return Ok(None) };
    let bytes = reader.take(count.checked_mul(4).ok_or(Damage("there are too many traces"))?)?;
    Ok(Some(bytes.as_chunks::<4>().0.iter().map(|mark| u32::from_le_bytes(*mark)).collect()))
}

fn read_key(reader: &mut Reader<'_>, form: u64) -> Result<Key, Damage> {
    let name = reader.text()?.to_owned();
    let byte = reader.byte()?;
    let value_type = ValueType::from_byte(byte & 0x7f)?;
    let (count, distinct) = (small(reader)?, small(reader)?);
    let mut values = Vec::new();
    for _ in 0..reader.count()? {
        let value = reader.bytes()?;
        value_type.value(value)?;
        values.push((value.into(), small(reader)?));
    }
    let mut range = None;
    if form > FIRST_FORM && reader.byte()? != 0 {
        let least = unzigzag(reader.varint()?);
        range = Some((least, least.wrapping_add(reader.varint()?.cast_signed())));
    }
    Ok(Key { name, value_type, count, distinct, values, paired: byte & 0x80 != 0, range })
}

fn small(reader: &mut Reader<'_>) -> Result<u32, Damage> {
    u32::try_from(reader.varint()?).map_err(|_| Damage("a number is too large"))
}

fn texts(reader: &mut Reader<'_>) -> Result<Vec<(String, u32)>, Damage> {
    (0..reader.count()?).map(|_| Ok((reader.text()?.to_owned(), small(reader)?))).collect()
}

pub(super) fn pair_hash(name: &str, value_type: ValueType, payload: &[u8]) -> u64 {
    hash(hash(value_type as u64, name.as_bytes()), payload)
}
