//! Columns into rows.

use std::collections::BTreeMap;
use std::ops::Range;

use super::frame;
use super::values::{Values, read_codes};
use super::{
    Column, DURATIONS, Header, KEYS, KINDS, LOOSE, MOST_SPANS, NAMES, PARENTS, RESOURCES, REST, SCOPES, SHAPES,
    SPAN_IDS, STARTS, SUMMARIES, TRACES, Traces,
};
use crate::bytes::{Reader, unzigzag};
use crate::{Attributes, Batch, Damage, Resource, Scope, Span, ValueType};

/// Values of one span at most that a column is believed to have.
const MOST_VALUES: usize = 1024;

/// A block with some of its columns, as they lie in the file.
#[derive(Debug, Default)]
pub struct Block {
    columns: BTreeMap<Column, Vec<u8>>,
}

/// The traces of a block: their ids with the number of their spans.
pub(super) type Counts = Vec<([u8; 16], usize)>;

/// Distinct things, and which of them each row has.
pub(super) type Numbered<T> = (Vec<T>, Vec<u32>);

impl Block {
    /// From columns in any order.
    pub fn new(columns: impl IntoIterator<Item = (Column, Vec<u8>)>) -> Self {
        Self { columns: columns.into_iter().collect() }
    }

    pub(super) fn has(&self, column: Column) -> bool {
        self.columns.contains_key(&column)
    }

    pub(super) fn column(&self, column: Column) -> Result<Vec<u8>, Damage> {
        frame::open(self.columns.get(&column).ok_or(Damage("a column is missing"))?)
    }

    /// Which traces there are.
    pub fn traces(&self) -> Result<Counts, Damage> {
        let raw = self.column(TRACES)?;
        let mut reader = Reader::new(&raw);
        let count = reader.count()?;
        let ids = reader.take(count.checked_mul(16).ok_or(Damage("there are too many traces"))?)?;
        let mut spans = 0;
        let mut traces = Vec::with_capacity(count);
        for id in ids.as_chunks::<16>().0 {
            let here = usize::try_from(reader.varint()?).unwrap_or(usize::MAX);
            spans = here.saturating_add(spans);
            if here == 0 || spans > MOST_SPANS as usize {
                return Err(Damage("the block has more spans than blocks have"));
            }
            traces.push((*id, here));
        }
        reader.end()?;
        Ok(traces)
    }

    /// Which traces there are and what a list shows of them. The columns [`super::OF_SUMMARIES`] must be there.
    pub fn summaries(&self) -> Result<Traces, Damage> {
        Traces::read(self.traces()?, &self.column(SUMMARIES)?)
    }

    /// The ids of all spans. The columns [`super::OF_SPAN_IDS`] must be there.
    pub fn span_ids(&self) -> Result<Vec<[u8; 8]>, Damage> {
        let ids = self.column(SPAN_IDS)?;
        let (ids, rest) = ids.as_chunks::<8>();
        if rest.is_empty() { Ok(ids.to_vec()) } else { Err(Damage("a column has not the rows of its block")) }
    }

    /// Every span, by trace and start, with the resources and scopes once each. All columns must be there.
    pub fn batch(&self, header: &Header) -> Result<Batch, Damage> {
        self.some(header, 0..header.spans as usize)
    }

    /// The spans of these rows, as [`Self::batch`] gives all.
    pub fn some(&self, header: &Header, wanted: Range<usize>) -> Result<Batch, Damage> {
        let traces = self.traces()?;
        let count: usize = traces.iter().map(|(_, spans)| spans).sum();
        if count != header.spans as usize || wanted.end > count {
            return Err(Damage("the block has not the spans its header promises"));
        }
        let mut spans = self.identities(&traces, count, &wanted)?;
        self.times(&traces, &wanted, &mut spans)?;
        let names = self.names(count)?;
        let rest = Values::read(self.column(REST)?, ValueType::Other, count)?;
        let (kinds, kind_of) = self.kinds(count)?;
        let (resources, resource_of) = self.resources(count)?;
        let (scopes, scope_of) = self.scopes(count)?;
        if rest.rows() != count {
            return Err(Damage("a column has not the rows of its block"));
        }
        for (row, span) in wanted.clone().zip(&mut spans) {
            let name = names.payload(names.entry_of(row));
            std::str::from_utf8(name).map_err(|_| Damage("a text is not UTF-8"))?.clone_into(&mut span.name);
            span.rest = rest.payload(rest.entry_of(row)).to_vec();
            (span.kind, span.status, span.is_plain) = kinds[kind_of[row] as usize];
            (span.resource, span.scope) = (resource_of[row] as usize, scope_of[row] as usize);
        }
        self.attributes(header, &wanted, &mut spans)?;
        Ok(Batch { resources, scopes, spans })
    }

    fn identities(&self, traces: &Counts, count: usize, wanted: &Range<usize>) -> Result<Vec<Span>, Damage> {
        let (ids, parents) = (self.column(SPAN_IDS)?, self.column(PARENTS)?);
        let (ids, rest) = ids.as_chunks::<8>();
        if ids.len() != count || !rest.is_empty() {
            return Err(Damage("a column has not the rows of its block"));
        }
        let mut parents = Reader::new(&parents);
        let mut spans = Vec::with_capacity(wanted.len());
        let mut first = 0;
        for (trace_id, here) in traces {
            let of_trace = &ids[first..first + here];
            for (at, span_id) in of_trace.iter().enumerate() {
                let parent_id = match parents.varint()? {
                    0 => None,
                    1 => Some(parents.array()?),
                    row => {
                        let parent = usize::try_from(row - 2).ok().and_then(|row| of_trace.get(row));
                        Some(*parent.ok_or(Damage("a parent is missing"))?)
                    }
                };
                if wanted.contains(&(first + at)) {
                    spans.push(Span { trace_id: *trace_id, span_id: *span_id, parent_id, ..Span::default() });
                }
            }
            first += here;
        }
        parents.end()?;
        Ok(spans)
    }

    fn times(&self, traces: &Counts, wanted: &Range<usize>, spans: &mut [Span]) -> Result<(), Damage> {
        let all = self.all_times(traces)?;
        for ((start_ns, end_ns), span) in all.into_iter().skip(wanted.start).zip(spans) {
            (span.start_ns, span.end_ns) = (start_ns, end_ns);
        }
        Ok(())
    }

    /// End minus start of every span, of either sign.
    pub(super) fn durations(&self, count: usize) -> Result<Vec<i64>, Damage> {
        let raw = self.column(DURATIONS)?;
        let mut reader = Reader::new(&raw);
        let durations = (0..count).map(|_| Ok(unzigzag(reader.varint()?))).collect::<Result<_, Damage>>()?;
        reader.end()?;
        Ok(durations)
    }

    /// Start and end of every span.
    pub(super) fn all_times(&self, traces: &Counts) -> Result<Vec<(u64, u64)>, Damage> {
        let (starts, durations) = (self.column(STARTS)?, self.column(DURATIONS)?);
        let (mut starts, mut durations) = (Reader::new(&starts), Reader::new(&durations));
        let mut base = 0_u64;
        let mut bases = Vec::with_capacity(traces.len());
        for _ in traces {
            base = base.wrapping_add(unzigzag(starts.varint()?).cast_unsigned());
            bases.push(base);
        }
        let mut times = Vec::with_capacity(traces.iter().map(|(_, here)| here).sum());
        for ((_, here), mut start) in traces.iter().zip(bases) {
            for _ in 0..*here {
                start = start.wrapping_add(starts.varint()?);
                times.push((start, start.wrapping_add(unzigzag(durations.varint()?).cast_unsigned())));
            }
        }
        starts.end()?;
        durations.end()?;
        Ok(times)
    }

    pub(super) fn names(&self, count: usize) -> Result<Values, Damage> {
        let names = Values::read(self.column(NAMES)?, ValueType::Text, count)?;
        if names.rows() == count { Ok(names) } else { Err(Damage("a column has not the rows of its block")) }
    }

    /// Kinds with status, and whether the rest is plain.
    pub(super) fn kinds(&self, count: usize) -> Result<Numbered<(u8, u8, bool)>, Damage> {
        self.numbered(KINDS, count, |reader| Ok((reader.byte()?, reader.byte()?, reader.byte()? != 0)))
    }

    pub(super) fn resources(&self, count: usize) -> Result<Numbered<Resource>, Damage> {
        self.numbered(RESOURCES, count, |reader| {
            let service = reader.text()?.to_owned();
            let attributes = Attributes::read(reader.bytes()?)?;
            Ok(Resource { service, attributes, body: reader.bytes()?.to_vec() })
        })
    }

    pub(super) fn scopes(&self, count: usize) -> Result<Numbered<Scope>, Damage> {
        self.numbered(SCOPES, count, |reader| {
            Ok(Scope { name: reader.text()?.to_owned(), body: reader.bytes()?.to_vec() })
        })
    }

    /// Lists of keys.
    pub(super) fn shapes(&self, count: usize) -> Result<Numbered<Vec<usize>>, Damage> {
        self.numbered(SHAPES, count, |reader| {
            (0..reader.count()?).map(|_| Ok(usize::try_from(reader.varint()?).unwrap_or(usize::MAX))).collect()
        })
    }

    /// The values of a key.
    pub(super) fn key(&self, header: &Header, at: usize, count: usize) -> Result<Values, Damage> {
        let (raw, value_type, most) = self.raw_key(header, at, count)?;
        Values::read(raw, value_type, most)
    }

    /// The column of a key, with the type of its values, and how many it may have.
    pub(super) fn raw_key(
        &self,
        header: &Header,
        at: usize,
        count: usize,
    ) -> Result<(Vec<u8>, ValueType, usize), Damage> {
        let number = Column::try_from(at + usize::from(KEYS)).map_err(|_| Damage("there are too many columns"))?;
        let key = header.keys.get(at).ok_or(Damage("a key is missing"))?;
        Ok((self.column(number)?, key.value_type, (key.count as usize).min(count * MOST_VALUES)))
    }

    /// Distinct things, and which of them each row has.
    fn numbered<T>(
        &self,
        column: Column,
        count: usize,
        mut read: impl FnMut(&mut Reader<'_>) -> Result<T, Damage>,
    ) -> Result<Numbered<T>, Damage> {
        let raw = self.column(column)?;
        let mut reader = Reader::new(&raw);
        let distinct = reader.count()?;
        let entries = (0..distinct).map(|_| read(&mut reader)).collect::<Result<Vec<_>, _>>()?;
        let codes = read_codes(&mut reader, count, distinct)?;
        reader.end()?;
        Ok((entries, codes))
    }

    fn attributes(&self, header: &Header, wanted: &Range<usize>, spans: &mut [Span]) -> Result<(), Damage> {
        let most = header.spans as usize;
        let (shapes, shape_of) = self.shapes(most)?;
        let mut columns = Vec::with_capacity(header.keys.len());
        for at in 0..header.keys.len() {
            columns.push(self.key(header, at, most)?);
        }
        let loose = if header.loose { Some(Values::read(self.column(LOOSE)?, ValueType::Other, most)?) } else { None };
        let (mut next, mut next_loose) = (vec![0_usize; columns.len()], 0);
        for shape in shape_of.iter().take(wanted.start) {
            next_loose += usize::from(*shape == 0);
            for key in &shapes[*shape as usize] {
                *next.get_mut(*key).ok_or(Damage("a key is missing"))? += 1;
            }
        }
        for (span, shape) in spans.iter_mut().zip(shape_of.into_iter().skip(wanted.start)) {
            if shape == 0 {
                let loose = loose.as_ref().filter(|loose| next_loose < loose.rows());
                let loose = loose.ok_or(Damage("a span's attributes are missing"))?;
                span.attributes = Attributes::read(loose.payload(loose.entry_of(next_loose)))?;
                next_loose += 1;
                continue;
            }
            for key in &shapes[shape as usize] {
                let (Some(column), Some(name)) = (columns.get(*key), header.keys.get(*key)) else {
                    return Err(Damage("a key is missing"));
                };
                let row = next[*key];
                if row >= column.rows() {
                    return Err(Damage("a value is missing"));
                }
                span.attributes.push_payload(&name.name, name.value_type, column.payload(column.entry_of(row)));
                next[*key] += 1;
            }
        }
        Ok(())
    }
}
