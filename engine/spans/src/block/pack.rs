//! Rows into columns.

use std::collections::{BTreeSet, HashMap};

use super::bloom::{Bloom, mark, trace_hash};
use super::frame::Squeezer;
use super::header::{Key, OPERATIONS, PAIRS, RESOURCE_KEYS, VALUE, VALUES, pair_hash};
use super::links::{LinksOf, put_links};
use super::summaries::put_summaries;
use super::values::{Dictionary, put_codes, put_values};
use super::{
    Column, DURATIONS, Header, KEYS, KINDS, LINKS, LOOSE, MOST_KEYS, MOST_SHAPES, MOST_SPANS, NAMES, PARENTS,
    RESOURCES, REST, SCOPES, SHAPES, SPAN_IDS, STARTS, SUMMARIES, TRACES,
};
use crate::bytes::{Reader, put_bytes, put_varint, unzigzag, zigzag};
use crate::{Resource, Scope, Span, Summary, ValueType};

/// A span with what it refers to.
#[derive(Debug, Clone, Copy)]
pub struct Loose<'a> {
    /// The span; its indexes are not looked at.
    pub span: &'a Span,
    /// Who sent it.
    pub resource: &'a Resource,
    /// What made it.
    pub scope: &'a Scope,
}

/// More than a block takes; it could not be read again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{spans} spans for one block, {MOST_SPANS} are allowed")]
pub struct TooManySpans {
    /// How many were given.
    pub spans: usize,
}

/// A block as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Packed {
    /// What it says of itself.
    pub header: Header,
    /// Its columns.
    pub columns: Vec<(Column, Vec<u8>)>,
}

impl Packed {
    /// Bytes of all columns.
    pub fn size(&self) -> usize {
        self.columns.iter().map(|(_, column)| column.len()).sum()
    }
}

/// What is known beside the spans that are packed.
#[derive(Debug, Clone, Copy, Default)]
pub struct Beside<'a> {
    /// The headers of all blocks that were packed before. Without, the block does not know which of its traces go on from them.
    pub before: Option<&'a [&'a Header]>,
    /// How links are read. Without, the block does not know of them.
    pub links: Option<LinksOf>,
}

/// Packs spans given in order of arrival. Of several with one identity the last stays.
pub fn pack(spans: Vec<Loose<'_>>) -> Result<Packed, TooManySpans> {
    pack_beside(spans, Beside::default())
}

/// Packs spans as [`pack`] does, and notes what is known beside them.
pub fn pack_beside(mut spans: Vec<Loose<'_>>, beside: Beside<'_>) -> Result<Packed, TooManySpans> {
    if spans.len() > MOST_SPANS as usize {
        return Err(TooManySpans { spans: spans.len() });
    }
    // Stable: of equal ones the last to arrive is the last of its neighbours.
    spans.sort_by_key(|loose| (loose.span.trace_id, loose.span.span_id));
    let mut at = 0;
    let ids: Vec<_> = spans.iter().map(|loose| (loose.span.trace_id, loose.span.span_id)).collect();
    spans.retain(|_| {
        at += 1;
        ids.get(at).is_none_or(|next| *next != ids[at - 1])
    });
    spans.sort_by_key(|loose| (loose.span.trace_id, loose.span.start_ns, loose.span.span_id));

    let mut packing = Packing { squeezer: Squeezer::new(), header: Header::default(), columns: Vec::new() };
    packing.header.spans = spans.len() as u32;
    packing.identities(&spans);
    packing.times(&spans);
    packing.summaries(&spans);
    packing.dictionaries(&spans);
    packing.attributes(&spans);
    let rest = spans.iter().map(|loose| &loose.span.rest[..]);
    packing.opaque(REST, rest);
    if let Some(before) = beside.before {
        packing.earlier(&spans, before);
    }
    if let Some(links_of) = beside.links {
        packing.links(&spans, links_of);
    }
    Ok(Packed { header: packing.header, columns: packing.columns })
}

struct Packing {
    squeezer: Squeezer,
    header: Header,
    columns: Vec<(Column, Vec<u8>)>,
}

fn by_trace<'s, 'a>(spans: &'s [Loose<'a>]) -> impl Iterator<Item = &'s [Loose<'a>]> {
    spans.chunk_by(|a, b| a.span.trace_id == b.span.trace_id)
}

impl Packing {
    fn add(&mut self, column: Column, raw: &[u8]) {
        self.columns.push((column, self.squeezer.seal(raw)));
    }

    fn identities(&mut self, spans: &[Loose<'_>]) {
        let count = by_trace(spans).count();
        self.header.traces = count as u32;
        let (mut traces, mut ids, mut parents) = (Vec::new(), Vec::with_capacity(spans.len() * 8), Vec::new());
        let mut bloom = Bloom::new(count, 24);
        put_varint(&mut traces, count as u64);
        for trace in by_trace(spans) {
            traces.extend_from_slice(&trace[0].span.trace_id);
            bloom.add(trace_hash(&trace[0].span.trace_id));
        }
        let mut rows = HashMap::new();
        for trace in by_trace(spans) {
            put_varint(&mut traces, trace.len() as u64);
            rows.clear();
            rows.extend(trace.iter().enumerate().map(|(row, loose)| (loose.span.span_id, row as u64)));
            for loose in trace {
                ids.extend_from_slice(&loose.span.span_id);
                let Some(parent) = loose.span.parent_id else {
                    parents.push(0);
                    continue;
                };
                if let Some(row) = rows.get(&parent) {
                    put_varint(&mut parents, row + 2);
                } else {
                    parents.push(1);
                    parents.extend_from_slice(&parent);
                }
            }
        }
        self.header.traces_in = bloom;
        self.add(TRACES, &traces);
        self.add(SPAN_IDS, &ids);
        self.add(PARENTS, &parents);
    }

    /// Notes which traces may be in earlier blocks.
    fn earlier(&mut self, spans: &[Loose<'_>], before: &[&Header]) {
        let hashes: Vec<u64> = by_trace(spans).map(|trace| trace_hash(&trace[0].span.trace_id)).collect();
        let mut seen = vec![false; hashes.len()];
        // Filter by filter: each stays near while it is asked.
        for header in before {
            for (seen, hash) in seen.iter_mut().zip(&hashes) {
                *seen = *seen || header.traces_in.may_have(*hash);
            }
        }
        let mut marks: Vec<u32> =
            hashes.iter().zip(seen).filter(|(_, seen)| *seen).map(|(hash, _)| mark(*hash)).collect();
        marks.sort_unstable();
        marks.dedup();
        self.header.earlier = Some(marks.into());
    }

    fn links(&mut self, spans: &[Loose<'_>], links_of: LinksOf) {
        let mut links = Vec::new();
        for (row, Loose { span, .. }) in spans.iter().enumerate() {
            if !span.is_plain {
                links.extend(links_of(&span.rest).into_iter().map(|to| (row as u32, to)));
            }
        }
        let traces: BTreeSet<&[u8; 16]> = links.iter().map(|(_, (trace_id, _))| trace_id).collect();
        let mut linked = Bloom::new(traces.len(), 16);
        for trace_id in traces {
            linked.add(trace_hash(trace_id));
        }
        self.header.linked = Some(linked);
        if !links.is_empty() {
            let mut raw = Vec::new();
            put_links(&mut raw, &links);
            self.add(LINKS, &raw);
        }
    }

    fn times(&mut self, spans: &[Loose<'_>]) {
        let (mut bases, mut starts, mut durations) = (Vec::new(), Vec::new(), Vec::new());
        let header = &mut self.header;
        let mut base_before = 0_u64;
        let mut all_starts: Option<(u64, u64)> = None;
        let mut trace_starts: Option<(u64, u64)> = None;
        for trace in by_trace(spans) {
            let base = trace[0].span.start_ns;
            put_varint(&mut bases, zigzag(base.wrapping_sub(base_before).cast_signed()));
            base_before = base;
            let (mut before, mut first, mut last, mut errors) = (base, 0, 0, 0);
            for Loose { span, .. } in trace {
                put_varint(&mut starts, span.start_ns - before);
                before = span.start_ns;
                put_varint(&mut durations, zigzag(span.end_ns.wrapping_sub(span.start_ns).cast_signed()));
                header.duration = header.duration.max(span.duration_ns());
                errors += u32::from(span.is_error());
                last = last.max(span.end_ns).max(span.start_ns);
                if span.start_ns != 0 {
                    // Sorted: the first known one is the earliest.
                    first = if first == 0 { span.start_ns } else { first };
                    all_starts = Some(widen(all_starts, span.start_ns));
                }
            }
            trace_starts = Some(widen(trace_starts, first));
            header.trace_duration = header.trace_duration.max(last.saturating_sub(first));
            header.errors += errors;
            header.trace_errors = header.trace_errors.max(errors);
        }
        header.starts = all_starts.unwrap_or_default();
        header.trace_starts = trace_starts.unwrap_or_default();
        bases.extend_from_slice(&starts);
        self.add(STARTS, &bases);
        self.add(DURATIONS, &durations);
    }

    fn summaries(&mut self, spans: &[Loose<'_>]) {
        let mut traces = Vec::with_capacity(self.header.traces as usize);
        let mut roots = Vec::with_capacity(traces.capacity());
        for trace in by_trace(spans) {
            let mut summary = Summary::default();
            for loose in trace {
                summary.add(loose.span, &loose.resource.service);
            }
            let root = summary.root_span().map(|root| root.span_id);
            roots.push(trace.iter().position(|loose| Some(loose.span.span_id) == root).unwrap_or_default());
            traces.push(summary);
        }
        let mut raw = Vec::new();
        put_summaries(&mut raw, &traces, &roots);
        self.add(SUMMARIES, &raw);
    }

    fn dictionaries(&mut self, spans: &[Loose<'_>]) {
        let mut names: Dictionary<&[u8]> = Dictionary::default();
        let (mut kinds, mut resources, mut scopes) =
            (Dictionary::default(), Dictionary::default(), Dictionary::default());
        for Loose { span, resource, scope } in spans {
            names.push(span.name.as_bytes());
            kinds.push((span.kind, span.status, span.is_plain));
            resources.push(Shared(*resource));
            scopes.push(Shared(*scope));
        }
        let mut raw = Vec::new();
        put_values(&mut raw, ValueType::Text, &names);
        self.add(NAMES, &raw);
        self.numbered(KINDS, &kinds, |out, (kind, status, is_plain)| out.extend([kind, status, u8::from(is_plain)]));
        self.numbered(RESOURCES, &resources, |out, Shared(resource)| {
            put_bytes(out, resource.service.as_bytes());
            put_bytes(out, resource.attributes.as_bytes());
            put_bytes(out, &resource.body);
        });
        self.numbered(SCOPES, &scopes, |out, Shared(scope)| {
            put_bytes(out, scope.name.as_bytes());
            put_bytes(out, &scope.body);
        });
        let keys =
            resources.entries.iter().flat_map(|Shared(resource)| resource.attributes.payloads().map(|(key, ..)| key));
        let keys: BTreeSet<&str> = keys.collect();
        self.header.resource_keys =
            (keys.len() <= RESOURCE_KEYS).then(|| keys.into_iter().map(str::to_owned).collect());
        let mut services: HashMap<&str, u32> = HashMap::new();
        for (Shared(resource), count) in resources.by_count() {
            *services.entry(&resource.service).or_default() += count;
        }
        let mut services: Vec<_> = services.into_iter().map(|(service, count)| (service.to_owned(), count)).collect();
        services.sort();
        self.header.services = services;
        let text = |name: &[u8]| String::from_utf8_lossy(name).into_owned();
        let operations = names.by_count();
        self.header.all_operations = operations.len() <= OPERATIONS;
        self.header.operations =
            operations.into_iter().take(OPERATIONS).map(|(name, count)| (text(name), count)).collect();
    }

    fn numbered<K: Copy + Eq + std::hash::Hash>(
        &mut self,
        column: Column,
        dictionary: &Dictionary<K>,
        mut put: impl FnMut(&mut Vec<u8>, K),
    ) {
        let mut raw = Vec::new();
        put_varint(&mut raw, dictionary.entries.len() as u64);
        dictionary.entries.iter().for_each(|entry| put(&mut raw, *entry));
        put_codes(&mut raw, &dictionary.codes, dictionary.entries.len());
        self.add(column, &raw);
    }

    fn opaque<'a>(&mut self, column: Column, values: impl Iterator<Item = &'a [u8]>) {
        let mut dictionary: Dictionary<&[u8]> = Dictionary::default();
        values.for_each(|value| dictionary.push(value));
        let mut raw = Vec::new();
        put_values(&mut raw, ValueType::Other, &dictionary);
        self.add(column, &raw);
    }

    fn attributes(&mut self, spans: &[Loose<'_>]) {
        let mut keys = Keys::default();
        let mut loose: Vec<&[u8]> = Vec::new();
        let mut shapes: HashMap<Vec<u32>, u32> = HashMap::new();
        // The first shape is that of loose spans.
        let mut lists: Vec<Vec<u32>> = vec![Vec::new()];
        let mut codes = Vec::with_capacity(spans.len());
        let mut shape_before = 0_u32;
        for Loose { span, .. } in spans {
            let before = &lists[shape_before as usize];
            let Some(list) = keys.list(span, before) else {
                loose.push(span.attributes.as_bytes());
                codes.push(0);
                continue;
            };
            let known =
                if shape_before != 0 && list == before { Some(shape_before) } else { shapes.get(list).copied() };
            let shape = match known {
                Some(shape) => shape,
                None if lists.len() < MOST_SHAPES => {
                    let shape = lists.len() as u32;
                    shapes.insert(list.to_vec(), shape);
                    lists.push(list.to_vec());
                    shape
                }
                None => 0,
            };
            codes.push(shape);
            if shape == 0 {
                loose.push(span.attributes.as_bytes());
            } else {
                keys.push_values(span);
                shape_before = shape;
            }
        }
        let mut raw = Vec::new();
        put_varint(&mut raw, lists.len() as u64);
        for list in &lists {
            put_varint(&mut raw, list.len() as u64);
            for key in list {
                put_varint(&mut raw, u64::from(*key));
            }
        }
        put_codes(&mut raw, &codes, lists.len());
        self.add(SHAPES, &raw);
        if !loose.is_empty() {
            self.header.loose = true;
            self.opaque(LOOSE, loose.into_iter());
        }
        self.keys(&keys);
    }

    fn keys(&mut self, keys: &Keys<'_>) {
        // Of whole numbers the range tells something too, and a column of them is quickly asked.
        let mut smallest: Vec<usize> = (0..keys.values.len()).collect();
        smallest.sort_by_key(|key| {
            let count = keys.values[*key].entries.len();
            (keys.names[*key].1 == ValueType::Int && count > NUMBERS, count)
        });
        let mut room = PAIRS;
        let mut paired = vec![false; keys.values.len()];
        for key in smallest {
            let pairs = keys.values[key].entries.len();
            if pairs > room {
                continue;
            }
            room -= pairs;
            paired[key] = true;
        }
        let mut bloom = Bloom::new(PAIRS - room, 10);
        for (at, ((name, value_type), values)) in keys.names.iter().zip(&keys.values).enumerate() {
            if paired[at] {
                values.entries.iter().for_each(|value| bloom.add(pair_hash(name, *value_type, value)));
            }
            let mut raw = Vec::new();
            put_values(&mut raw, *value_type, values);
            self.add(KEYS + at as Column, &raw);
            let mut frequent = Vec::new();
            // Values that are all different tell nobody anything.
            if values.entries.len() * 2 <= values.codes.len() || values.entries.len() <= VALUES {
                frequent = values.by_count();
                frequent.truncate(VALUES);
                frequent.retain(|(value, _)| value.len() <= VALUE);
            }
            self.header.keys.push(Key {
                name: (*name).to_owned(),
                value_type: *value_type,
                count: values.codes.len() as u32,
                distinct: values.entries.len() as u32,
                values: frequent.into_iter().map(|(value, count)| (value.into(), count)).collect(),
                paired: paired[at],
                range: range(*value_type, &values.entries),
            });
        }
        self.header.pairs = bloom;
    }
}

/// Different whole numbers of a key beyond which texts of other keys come first in [`Header::pairs`].
const NUMBERS: usize = 1024;

/// The least and the greatest of whole numbers.
fn range(value_type: ValueType, values: &[&[u8]]) -> Option<(i64, i64)> {
    if value_type != ValueType::Int {
        return None;
    }
    let mut range: Option<(i64, i64)> = None;
    for value in values {
        let value = unzigzag(Reader::new(value).varint().ok()?);
        range = Some(range.map_or((value, value), |(least, greatest)| (least.min(value), greatest.max(value))));
    }
    range
}

fn widen(range: Option<(u64, u64)>, value: u64) -> (u64, u64) {
    range.map_or((value, value), |(least, greatest)| (least.min(value), greatest.max(value)))
}

/// Compared by address first: the spans of one batch share one.
#[derive(Debug)]
struct Shared<'a, T>(&'a T);

impl<T> Clone for Shared<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Shared<'_, T> {}

impl<T: PartialEq> PartialEq for Shared<'_, T> {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.0, other.0) || self.0 == other.0
    }
}

impl<T: Eq> Eq for Shared<'_, T> {}

impl<T: std::hash::Hash> std::hash::Hash for Shared<'_, T> {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

/// The keys with types found so far, and their values.
#[derive(Default)]
struct Keys<'a> {
    numbers: HashMap<(&'a str, ValueType), u32>,
    names: Vec<(&'a str, ValueType)>,
    values: Vec<Dictionary<&'a [u8]>>,
    list: Vec<u32>,
}

impl<'a> Keys<'a> {
    /// The span's keys by number, or nothing if one finds no place. `before`: what it probably is.
    fn list(&mut self, span: &'a Span, before: &[u32]) -> Option<&[u32]> {
        self.list.clear();
        for (at, (key, value_type, _)) in span.attributes.payloads().enumerate() {
            let guess = before.get(at).copied().filter(|number| self.names[*number as usize] == (key, value_type));
            let number = match guess.or_else(|| self.numbers.get(&(key, value_type)).copied()) {
                Some(number) => number,
                None if self.names.len() < MOST_KEYS => {
                    let number = self.names.len() as u32;
                    self.numbers.insert((key, value_type), number);
                    self.names.push((key, value_type));
                    self.values.push(Dictionary::default());
                    number
                }
                None => return None,
            };
            self.list.push(number);
        }
        Some(&self.list)
    }

    /// Puts the values of the span that [`Self::list`] was last asked about into their columns.
    fn push_values(&mut self, span: &'a Span) {
        for (number, (_, _, payload)) in self.list.iter().zip(span.attributes.payloads()) {
            self.values[*number as usize].push(payload);
        }
    }
}
