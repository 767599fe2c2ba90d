//! The traces with the greatest figures: the slowest, those with most errors.
//!
//! A figure is of a whole trace, and traces go on from block to block. Each block knows which of its traces may have been in earlier
//! ones; of all others its own summary is the whole. So all are compared by summaries alone, and a filter is asked of the best
//! first: of their spans as long as it finds them, else of all blocks once.
//!
//! A figure that is added up from several parts may be too great, when a span came again: what stands first is counted before it is told.
//! (A span that came again with a later start breaks this: its trace may then stand elsewhere.)

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap};
use std::ops::Range;
use std::sync::{Arc, PoisonError};

use thalweg_spans::block::{OF_SPAN_IDS, OF_SUMMARIES, Truth};
use thalweg_spans::filter::Filter;
use thalweg_spans::{Block, Damage, Measure, TraceRow};
use tokio::task::{JoinHandle, JoinSet};

use super::find::{AT_ONCE, Search};
use super::memory::Packed;
use super::spread::Spread;
use super::{Fault, sql};
use crate::rows::{FoundTrace, TraceCursor, TraceOrder};

/// How many of the best are asked one after the other before all blocks are asked.
const FIRST: usize = 4096;
/// How many of the best are held at once, some megabytes.
const BEST: usize = 1 << 16;
/// A filter that holds for fewer than one trace in so many is rare: all blocks are asked at once.
const RARE: usize = 64;
/// So few traces are counted one by one.
const FEW: usize = 64;
/// Blocks whose summaries are read at once.
const SUMMARIES_AT_ONCE: usize = 16;
/// After so many blocks were asked, one found in four must have been worth it.
const PATIENCE: usize = 16;

/// The traces of a block in figures, each with the rows of its spans.
type Measures = Vec<(Measure, Range<usize>)>;

/// A trace in figures, put together of its parts.
#[derive(Clone, Copy, Default)]
struct Sum {
    start_ns: u64,
    end_ns: u64,
    errors: u64,
    is_hit: bool,
}

impl Sum {
    fn add(&mut self, part: Measure, is_hit: bool) {
        if part.start_ns != 0 && (self.start_ns == 0 || part.start_ns < self.start_ns) {
            self.start_ns = part.start_ns;
        }
        self.end_ns = self.end_ns.max(part.end_ns);
        self.errors += part.errors;
        self.is_hit |= is_hit;
    }

    fn row(&self, trace_id: [u8; 16]) -> TraceRow {
        let (start_ns, end_ns, errors) = (self.start_ns, self.end_ns, self.errors);
        TraceRow { trace_id, start_ns, end_ns, errors, ..TraceRow::default() }
    }

    fn place(&self, order: TraceOrder, trace_id: [u8; 16]) -> TraceCursor {
        TraceCursor::of(order, &self.row(trace_id))
    }
}

/// Where a trace stands that may be found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Candidate {
    /// No trace stands before the place of its candidate.
    place: TraceCursor,
    /// The block and its place there, when that is all of it.
    alone: Option<(usize, usize)>,
}

/// The best so far.
struct Best {
    most: usize,
    heap: BinaryHeap<Reverse<Candidate>>,
}

impl Best {
    fn take(&mut self, candidate: Candidate) {
        if self.heap.len() < self.most {
            self.heap.push(Reverse(candidate));
        } else if let Some(mut worst) = self.heap.peek_mut()
            && candidate > worst.0
        {
            *worst = Reverse(candidate);
        }
    }
}

impl Search<'_> {
    /// The traces with the greatest figures, one more than `limit` if there are.
    pub(super) async fn ranked(
        &self,
        order: TraceOrder,
        limit: usize,
        after: TraceCursor,
    ) -> Result<Vec<FoundTrace>, Fault> {
        let blocks = &self.question.snapshot.blocks;
        let spread = Spread::new(blocks);
        if self.is_common().await? {
            let best = self.best(&spread, order, after, None, FIRST).await?;
            if let Some(found) = self.try_first(order, limit, after, &best).await? {
                return Ok(found);
            }
        }
        self.ask_all(blocks.iter()).await?;
        if let Some(found) = self.few(order, limit, after).await? {
            return Ok(found);
        }
        let (mut told, mut before) = (Told::new(limit), None);
        loop {
            let best = self.best(&spread, order, after, before, BEST).await?;
            for candidate in &best {
                if told.is_full(candidate.place) {
                    break;
                }
                let trace_id = candidate.place.trace_id;
                told.take(self.found(order, trace_id, after).await?);
            }
            before = best.last().map(|candidate| candidate.place);
            if best.len() < BEST || before.is_none_or(|place| told.is_full(place)) {
                return Ok(told.end());
            }
        }
    }

    /// Whether the filter may well hold for one trace in some: the latest block that it may hold in tells, which is asked in any case.
    async fn is_common(&self) -> Result<bool, Fault> {
        let Some(filter) = &self.filter else { return Ok(true) };
        let may_hold = |block: &&Arc<Packed>| filter.may_hold_in(&block.header);
        let Some(latest) = self.question.snapshot.blocks.iter().rev().find(may_hold) else { return Ok(false) };
        Ok(self.hits(latest).await?.len() * RARE >= latest.header.traces as usize)
    }

    /// When all blocks were asked and few traces are left, those are counted one by one.
    async fn few(&self, order: TraceOrder, limit: usize, after: TraceCursor) -> Result<Option<Vec<FoundTrace>>, Fault> {
        let fresh = self.question.fresh.iter().filter(|(_, places)| self.may_have(places)).map(|(id, _)| *id);
        let mut left: BTreeSet<[u8; 16]> = fresh.take(FEW + 1).collect();
        for block in self.question.snapshot.blocks.iter() {
            if left.len() > FEW || matches!(self.hits_of(block), Hits::Any) {
                return Ok(None);
            }
            left.extend(self.hits(block).await?.into_iter().take(FEW + 1).map(|part| part.trace_id));
        }
        if left.len() > FEW {
            return Ok(None);
        }
        let mut told = Told::new(limit);
        for trace_id in left {
            told.take(self.found(order, trace_id, after).await?);
        }
        Ok(Some(told.end()))
    }

    /// Those that stand first, in their order; with a filter that was asked, only those of which a span is found or may be.
    async fn best(
        &self,
        spread: &Spread<'_>,
        order: TraceOrder,
        after: TraceCursor,
        before: Option<TraceCursor>,
        most: usize,
    ) -> Result<Vec<Candidate>, Fault> {
        let mut best = Best { most, heap: BinaryHeap::new() };
        let mut sums: HashMap<[u8; 16], Sum> = HashMap::new();
        #[expect(clippy::iter_over_hash_type, reason = "sums do not depend on it")]
        for (trace_id, places) in &self.question.fresh {
            let row = self.question.fresh_row(*trace_id, places);
            let measure =
                Measure { trace_id: *trace_id, start_ns: row.start_ns, end_ns: row.end_ns, errors: row.errors };
            sums.entry(*trace_id).or_default().add(measure, self.may_have(places));
        }
        let is_left = |place: TraceCursor| before.is_none_or(|before| place < before);
        let blocks = &self.question.snapshot.blocks;
        let mut reading = self.start_measures(blocks.get(..SUMMARIES_AT_ONCE).unwrap_or(blocks));
        for (first, some) in blocks.chunks(SUMMARIES_AT_ONCE).enumerate() {
            let next = blocks.chunks(SUMMARIES_AT_ONCE).nth(first + 1).unwrap_or_default();
            // The next ones are read while these are compared.
            let measures = std::mem::replace(&mut reading, self.start_measures(next)).await;
            for (at, measures) in measures.map_err(|_| Fault::Broken)??.into_iter().enumerate() {
                let (number, block) = (first * SUMMARIES_AT_ONCE + at, &some[at]);
                let hits = self.hits_of(block);
                for (at, (measure, rows)) in measures.into_iter().enumerate() {
                    let (is_hit, trace_id) = (hits.has(&rows), measure.trace_id);
                    if sums.contains_key(&trace_id) || spread.has(&trace_id, block.id) {
                        sums.entry(trace_id).or_default().add(measure, is_hit);
                    } else if is_hit {
                        let mut sum = Sum::default();
                        sum.add(measure, true);
                        let place = sum.place(order, trace_id);
                        if place < after && is_left(place) && self.holds_for(sum.start_ns, sum.end_ns) {
                            best.take(Candidate { place, alone: Some((number, at)) });
                        }
                    }
                }
            }
        }
        #[expect(clippy::iter_over_hash_type, reason = "the best are sorted")]
        for (trace_id, sum) in sums {
            let place = sum.place(order, trace_id);
            if sum.is_hit && is_left(place) && self.may_hold_for(sum.start_ns, sum.end_ns) {
                best.take(Candidate { place, alone: None });
            }
        }
        Ok(best.heap.into_sorted_vec().into_iter().map(|Reverse(candidate)| candidate).collect())
    }

    /// What the summaries of some blocks say, each trace with the rows of its spans. They are not kept: all blocks are gone through.
    fn start_measures(&self, blocks: &[Arc<Packed>]) -> JoinHandle<Result<Vec<Measures>, Fault>> {
        let ids: Vec<i64> = blocks.iter().map(|block| block.id).collect();
        let readers = self.question.traces.readers.clone();
        tokio::spawn(async move {
            if ids.is_empty() {
                return Ok(Vec::new());
            }
            let mut connection = readers.acquire().await?;
            let blocks = sql::some_blocks(&mut connection, &ids, &OF_SUMMARIES).await?;
            drop(connection);
            let read = tokio::task::spawn_blocking(move || {
                let measures = |(id, block): (&i64, Block)| {
                    let traces = block.summaries().map_err(|damage| Fault::DamagedBlock(*id, damage))?;
                    let measures = traces.measures().enumerate().map(|(at, measure)| (measure, traces.rows(at)));
                    Ok::<Measures, Fault>(measures.collect())
                };
                ids.iter().zip(blocks).map(measures).collect::<Result<Vec<Measures>, Fault>>()
            });
            read.await.map_err(|_| Fault::Broken)?
        })
    }

    /// Goes through the best as long as enough of them are found; nothing when too few are.
    async fn try_first(
        &self,
        order: TraceOrder,
        limit: usize,
        after: TraceCursor,
        best: &[Candidate],
    ) -> Result<Option<Vec<FoundTrace>>, Fault> {
        let mut asked: HashMap<usize, HashMap<usize, FoundTrace>> = HashMap::new();
        let (mut told, mut ahead) = (Told::new(limit), 1);
        for (number, candidate) in best.iter().enumerate() {
            if told.is_full(candidate.place) {
                return Ok(Some(told.end()));
            }
            if asked.len() >= PATIENCE && told.count * 4 < asked.len() {
                return Ok(None);
            }
            let Some((block, at)) = candidate.alone else {
                told.take(self.found(order, candidate.place.trace_id, after).await?);
                continue;
            };
            if !asked.contains_key(&block) {
                self.ask_first(order, &best[number..], ahead, &mut asked).await?;
                ahead = (ahead * 2).min(AT_ONCE);
            }
            told.take(asked.get_mut(&block).and_then(|found| found.remove(&at)));
        }
        // With fewer than are looked at there are no others.
        Ok((best.len() < FIRST).then(|| told.end()))
    }

    /// Asks the next blocks in which candidates lie that are nowhere else, of their spans alone.
    async fn ask_first(
        &self,
        order: TraceOrder,
        best: &[Candidate],
        most: usize,
        asked: &mut HashMap<usize, HashMap<usize, FoundTrace>>,
    ) -> Result<(), Fault> {
        let mut wanted: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (block, at) in best.iter().filter_map(|candidate| candidate.alone) {
            if wanted.contains_key(&block) || (wanted.len() < most && !asked.contains_key(&block)) {
                wanted.entry(block).or_default().push(at);
            }
        }
        let mut asking = JoinSet::new();
        for (number, traces) in wanted {
            let block = Arc::clone(&self.question.snapshot.blocks[number]);
            let (filter, readers) = (self.filter.clone(), self.question.traces.readers.clone());
            asking.spawn(async move {
                let mut columns = filter.as_ref().map(|filter| filter.columns(&block.header)).unwrap_or_default();
                columns.extend(OF_SUMMARIES.into_iter().chain(OF_SPAN_IDS));
                columns.sort_unstable();
                columns.dedup();
                let mut connection = readers.acquire().await?;
                let columns = sql::some_columns(&mut connection, block.id, &columns).await?;
                drop(connection);
                let id = block.id;
                let ask = move || found_alone(order, &block, &columns, filter.as_deref(), &traces);
                let found = tokio::task::spawn_blocking(ask).await.map_err(|_| Fault::Broken)?;
                Ok::<_, Fault>((number, found.map_err(|damage| Fault::DamagedBlock(id, damage))?))
            });
        }
        while let Some(found) = asking.join_next().await {
            let (number, found) = found.map_err(|_| Fault::Broken)??;
            asked.insert(number, found);
        }
        Ok(())
    }

    /// What is known of the hits in a block before it is asked, or after.
    fn hits_of(&self, block: &Packed) -> Hits {
        let Some(filter) = &self.filter else { return Hits::Any };
        match self.asked.lock().unwrap_or_else(PoisonError::into_inner).get(&block.id) {
            Some(Some(truths)) => Hits::Some(Arc::clone(truths)),
            None if filter.may_hold_in(&block.header) => Hits::Any,
            _ => Hits::None,
        }
    }
}

/// Of which traces of a block a span is found, or may be.
enum Hits {
    Any,
    Some(Arc<Vec<Truth>>),
    None,
}

impl Hits {
    fn has(&self, rows: &Range<usize>) -> bool {
        match self {
            Self::Any => true,
            Self::Some(truths) => truths.get(rows.clone()).unwrap_or_default().iter().any(|truth| *truth != Truth::No),
            Self::None => false,
        }
    }
}

/// Those traces of a block that are found or may be, by their place there. They are nowhere else.
fn found_alone(
    order: TraceOrder,
    block: &Packed,
    columns: &Block,
    filter: Option<&Filter>,
    wanted: &[usize],
) -> Result<HashMap<usize, FoundTrace>, Damage> {
    let (traces, span_ids) = (columns.summaries()?, columns.span_ids()?);
    let open: Vec<Range<usize>> = wanted.iter().map(|at| traces.rows(*at)).collect();
    let truths = filter.map(|filter| filter.ask_some(&block.header, columns, &open)).transpose()?;
    let mut found = HashMap::new();
    for (at, rows) in wanted.iter().zip(open) {
        let Some(row) = traces.row(*at) else { continue };
        let mut spans = None;
        if let Some(truths) = &truths {
            let truths = truths.get(rows.clone()).unwrap_or_default();
            if !truths.contains(&Truth::Unknown) {
                let held = span_ids.get(rows).unwrap_or_default().iter().zip(truths);
                let held: Vec<[u8; 8]> = held.filter(|(_, truth)| **truth == Truth::Yes).map(|(id, _)| *id).collect();
                if held.is_empty() {
                    continue;
                }
                spans = Some(held);
            }
        }
        found.insert(*at, FoundTrace { place: TraceCursor::of(order, &row), row, spans });
    }
    Ok(found)
}

/// The first of what was found, one more than asked for.
struct Told {
    limit: usize,
    first: BTreeMap<TraceCursor, FoundTrace>,
    /// All that were found.
    count: usize,
}

impl Told {
    fn new(limit: usize) -> Self {
        Self { limit, first: BTreeMap::new(), count: 0 }
    }

    fn take(&mut self, found: Option<FoundTrace>) {
        let Some(found) = found else { return };
        self.count += 1;
        self.first.insert(found.place, found);
        if self.first.len() > self.limit + 1 {
            self.first.pop_first();
        }
    }

    /// Whether nothing that stands at `place` or behind it is told any more.
    fn is_full(&self, place: TraceCursor) -> bool {
        self.first.len() > self.limit && self.first.first_key_value().is_some_and(|(last, _)| *last > place)
    }

    fn end(self) -> Vec<FoundTrace> {
        self.first.into_values().rev().collect()
    }
}
