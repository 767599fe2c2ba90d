//! The column of summaries: what a list shows of each trace, or of the part of it that is in the block.

use std::collections::HashMap;

use super::values::{Dictionary, Values, put_codes, put_values, read_codes};
use crate::bytes::{Reader, put_bytes, put_varint, unzigzag, zigzag};
use crate::summary::known;
use crate::{Damage, Summary, TracePart, TraceRow, ValueType};

/// Writes the summaries of a block's traces, in their order, with the place of each one's root among its spans.
pub(super) fn put_summaries(out: &mut Vec<u8>, traces: &[Summary<'_>], roots: &[usize]) {
    put_varint(out, traces.len() as u64);
    let (mut before, mut names) = (0_u64, Dictionary::default());
    let (mut services, mut codes) = (Services::default(), Vec::with_capacity(traces.len()));
    for trace in traces {
        put_varint(out, zigzag(trace.start_ns.wrapping_sub(before).cast_signed()));
        before = trace.start_ns;
        let (name, service) = trace.root();
        names.push(name.as_bytes());
        codes.push(services.set(service, trace.services()));
    }
    for trace in traces {
        put_varint(out, zigzag(trace.end_ns.wrapping_sub(trace.start_ns).cast_signed()));
    }
    for trace in traces {
        put_varint(out, trace.errors);
    }
    for (trace, root_at) in traces.iter().zip(roots) {
        put_varint(
            out,
            (*root_at as u64) << 1 | u64::from(trace.root_span().is_some_and(|span| span.parent_id.is_some())),
        );
    }
    for trace in traces {
        let start = trace.root_span().map_or(0, |span| span.start_ns);
        put_varint(out, zigzag(start.wrapping_sub(trace.start_ns).cast_signed()));
    }
    let mut values = Vec::new();
    put_values(&mut values, ValueType::Text, &names);
    put_bytes(out, &values);
    put_varint(out, services.names.len() as u64);
    services.names.iter().for_each(|name| put_bytes(out, name.as_bytes()));
    put_varint(out, services.sets.len() as u64);
    for set in &services.sets {
        put_varint(out, set.len() as u64);
        for service in set {
            put_varint(out, u64::from(*service));
        }
    }
    put_codes(out, &codes, services.sets.len());
}

/// Lists of services: that of the root, then all.
#[derive(Default)]
struct Services<'a> {
    names: Vec<&'a str>,
    numbers: HashMap<&'a str, u32>,
    sets: Vec<Vec<u32>>,
    known: HashMap<Vec<u32>, u32>,
}

impl<'a> Services<'a> {
    fn number(&mut self, name: &'a str) -> u32 {
        let next = self.names.len() as u32;
        let number = *self.numbers.entry(name).or_insert(next);
        if number == next {
            self.names.push(name);
        }
        number
    }

    fn set(&mut self, root: &'a str, all: &[&'a str]) -> u32 {
        let set: Vec<u32> = std::iter::once(root).chain(all.iter().copied()).map(|name| self.number(name)).collect();
        let next = self.sets.len() as u32;
        if let Some(number) = self.known.get(&set) {
            return *number;
        }
        self.sets.push(set.clone());
        self.known.insert(set, next);
        next
    }
}

/// A trace in figures, as far as it is in a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Measure {
    /// The trace.
    pub trace_id: [u8; 16],
    /// See [`TraceRow::start_ns`].
    pub start_ns: u64,
    /// See [`TraceRow::end_ns`].
    pub end_ns: u64,
    /// See [`TraceRow::errors`].
    pub errors: u64,
}

/// The traces of a block, sorted by id, as far as they are in it.
#[derive(Debug)]
pub struct Traces {
    /// Each trace with the number of its spans.
    ids: Vec<([u8; 16], usize)>,
    /// The first row of each.
    rows: Vec<u32>,
    starts: Vec<u64>,
    ends: Vec<u64>,
    errors: Vec<u64>,
    /// Place of the root among the trace's spans, and whether it has a parent; its start.
    roots: Vec<(usize, bool)>,
    root_starts: Vec<u64>,
    names: Values,
    services: Vec<String>,
    sets: Vec<Vec<u32>>,
    set_of: Vec<u32>,
}

impl Traces {
    pub(super) fn read(ids: Vec<([u8; 16], usize)>, raw: &[u8]) -> Result<Self, Damage> {
        let mut reader = Reader::new(raw);
        let count = reader.count()?;
        if count != ids.len() {
            return Err(Damage("the block has not the summaries of its traces"));
        }
        let (mut before, mut starts) = (0_u64, Vec::with_capacity(count));
        for _ in 0..count {
            before = before.wrapping_add(unzigzag(reader.varint()?).cast_unsigned());
            starts.push(before);
        }
        let mut ends = Vec::with_capacity(count);
        for start in &starts {
            ends.push(start.wrapping_add(unzigzag(reader.varint()?).cast_unsigned()));
        }
        let errors = (0..count).map(|_| reader.varint()).collect::<Result<_, _>>()?;
        let mut roots = Vec::with_capacity(count);
        for _ in 0..count {
            let root = reader.varint()?;
            roots.push((usize::try_from(root >> 1).unwrap_or(usize::MAX), root & 1 != 0));
        }
        let mut root_starts = Vec::with_capacity(count);
        for start in &starts {
            root_starts.push(start.wrapping_add(unzigzag(reader.varint()?).cast_unsigned()));
        }
        let names = Values::read(reader.bytes()?.to_vec(), ValueType::Text, count)?;
        let services =
            (0..reader.count()?).map(|_| Ok(reader.text()?.to_owned())).collect::<Result<Vec<_>, Damage>>()?;
        let mut sets = Vec::new();
        for _ in 0..reader.count()? {
            let set = (0..reader.count()?).map(|_| Ok(u32::try_from(reader.varint()?).unwrap_or(u32::MAX)));
            let set = set.collect::<Result<Vec<_>, Damage>>()?;
            if set.iter().any(|service| *service as usize >= services.len()) {
                return Err(Damage("a service is missing"));
            }
            sets.push(set);
        }
        let set_of = read_codes(&mut reader, count, sets.len())?;
        reader.end()?;
        if names.rows() != count {
            return Err(Damage("a column has not the rows of its block"));
        }
        let (mut row, mut rows) = (0, Vec::with_capacity(count));
        for (_, spans) in &ids {
            rows.push(row);
            row += *spans as u32;
        }
        Ok(Self { ids, rows, starts, ends, errors, roots, root_starts, names, services, sets, set_of })
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// Which of them this trace is.
    pub fn find(&self, trace_id: &[u8; 16]) -> Option<usize> {
        self.ids.binary_search_by_key(trace_id, |(id, _)| *id).ok()
    }

    /// The figures of each.
    pub fn measures(&self) -> impl Iterator<Item = Measure> {
        (0..self.ids.len()).filter_map(|at| self.measure(at))
    }

    /// The figures of one.
    pub fn measure(&self, trace: usize) -> Option<Measure> {
        Some(Measure {
            trace_id: self.ids.get(trace)?.0,
            start_ns: *self.starts.get(trace)?,
            end_ns: *self.ends.get(trace)?,
            errors: *self.errors.get(trace)?,
        })
    }

    /// The rows of a trace's spans in the block.
    pub fn rows(&self, trace: usize) -> std::ops::Range<usize> {
        let first = self.rows.get(trace).map_or(0, |row| *row as usize);
        first..first + self.ids.get(trace).map_or(0, |(_, spans)| *spans)
    }

    /// What a list shows of a trace.
    pub fn row(&self, trace: usize) -> Option<TraceRow> {
        let (trace_id, spans) = *self.ids.get(trace)?;
        let set = self.sets.get(*self.set_of.get(trace)? as usize)?;
        let mut services = set.iter().filter_map(|service| self.services.get(*service as usize)).cloned();
        Some(TraceRow {
            trace_id,
            start_ns: *self.starts.get(trace)?,
            end_ns: *self.ends.get(trace)?,
            spans: spans as u64,
            errors: *self.errors.get(trace)?,
            root_name: String::from_utf8_lossy(self.names.payload(self.names.entry_of(trace))).into_owned(),
            root_service: services.next().unwrap_or_default(),
            services: services.collect(),
        })
    }

    /// A trace as a part to be merged with others; `span_ids` are those of the block.
    pub fn part(&self, trace: usize, span_ids: &[[u8; 8]]) -> Option<TracePart> {
        let (at, has_parent) = *self.roots.get(trace)?;
        let span_id = *span_ids.get(self.rows(trace))?.get(at)?;
        let rank = (has_parent, known(*self.root_starts.get(trace)?), span_id);
        Some(TracePart { row: self.row(trace)?, rank })
    }

    /// Bytes this takes in memory, about.
    pub fn size(&self) -> usize {
        self.ids.len() * (24 + 4 + 24 + 24 + 12)
    }
}
