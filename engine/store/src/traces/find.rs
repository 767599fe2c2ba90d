//! Lists of traces: all of them, or those that a filter finds.

use std::collections::{BinaryHeap, HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use thalweg_spans::block::Truth;
use thalweg_spans::filter::{Filter, TraceFilter};
use thalweg_spans::{Loose, Measure};
use tokio::task::JoinSet;

use super::memory::Packed;
use super::read::{KEPT, Places, Question};
use super::spread::Spread;
use super::{Fault, Traces, sql};
use crate::StoreError;
use crate::rows::{FoundPage, FoundTrace, TraceCursor, TraceOrder, TracePage};

impl Traces {
    /// The newest traces by start, at most `limit`, beginning after `before`.
    pub(crate) async fn list(&self, limit: u32, before: Option<TraceCursor>) -> Result<TracePage, StoreError> {
        let page = self.find_any(None, TraceOrder::Newest, limit, before).await?;
        let traces = page.traces.into_iter().map(|found| found.row).collect();
        Ok(TracePage { traces, next: page.next })
    }

    /// The traces that a filter finds or may find.
    pub(crate) async fn find(
        &self,
        filter: &Filter,
        order: TraceOrder,
        limit: u32,
        after: Option<TraceCursor>,
    ) -> Result<FoundPage, StoreError> {
        self.find_any(Some(Arc::new(filter.clone())), order, limit, after).await
    }

    async fn find_any(
        &self,
        filter: Option<Arc<Filter>>,
        order: TraceOrder,
        limit: u32,
        after: Option<TraceCursor>,
    ) -> Result<FoundPage, StoreError> {
        let (limit, after) = (limit as usize, after.unwrap_or(TraceCursor::FIRST));
        let mut gone = 0;
        loop {
            match self.find_once(filter.clone(), order, limit, after).await {
                Ok(answer) => return Ok(answer),
                Err(fault) => self.again(fault, &mut gone).await?,
            }
        }
    }

    async fn find_once(
        &self,
        filter: Option<Arc<Filter>>,
        order: TraceOrder,
        limit: usize,
        after: TraceCursor,
    ) -> Result<FoundPage, Fault> {
        let (filter, of_trace) = match filter.map(|filter| filter.apart()) {
            Some((of_spans, of_trace)) => (Some(Arc::new(of_spans)), of_trace),
            None => (None, None),
        };
        let finds_all = filter.as_ref().is_none_or(|filter| filter.asks_nothing());
        let question = Question::new(self, None).await?;
        let search = Search { question, filter, finds_all, of_trace, asked: Mutex::default() };
        let mut traces = match order {
            TraceOrder::Newest => search.newest(limit, search.first_place(after)).await?,
            TraceOrder::Slowest | TraceOrder::Errors => search.ranked(order, limit, after).await?,
        };
        let more = traces.len() > limit;
        traces.truncate(limit);
        let next = traces.last().filter(|_| more).map(|found| found.place);
        Ok(FoundPage { traces, next })
    }
}

/// Blocks asked side by side.
pub(super) const AT_ONCE: usize = 4;
/// Blocks asked in one go, beginning with one: the first page is often in it.
const AHEAD: usize = 16;
/// Blocks whose traces are read in one go when most are not what is asked for; as many are kept with those before them.
const SUMMARIES_AHEAD: usize = KEPT / 2;

/// What a filter says of each span of a block.
pub(super) type Truths = Arc<Vec<Truth>>;

/// A question about many traces.
pub(super) struct Search<'a> {
    pub(super) question: Question<'a>,
    /// What is asked of spans. Without, every trace is found, and nothing is told of its spans.
    pub(super) filter: Option<Arc<Filter>>,
    /// Whether every span is found.
    finds_all: bool,
    /// What is asked of whole traces.
    of_trace: Option<TraceFilter>,
    /// By block, where they were asked; none of a block that can have nothing.
    pub(super) asked: Mutex<HashMap<i64, Option<Truths>>>,
}

impl Search<'_> {
    /// The newest traces, one more than `limit` if there are.
    ///
    /// The start of a part of a trace is never earlier than that of the whole: parts are looked at from the latest on, and a trace
    /// is told once nothing that was not looked at can start later. (A span that is sent again, in another block, with a later start
    /// breaks this rule; its trace may then stand too late, or be missed between two pages.)
    async fn newest(&self, limit: usize, after: TraceCursor) -> Result<Vec<FoundTrace>, Fault> {
        let mut blocks: Vec<&Arc<Packed>> = self.question.snapshot.blocks.iter().collect();
        // Without a filter, a trace that starts earlier than all of a block has its first part elsewhere.
        blocks.retain(|block| !self.finds_all || block.header.trace_starts.0 <= after.start_ns);
        // No trace starts later than any of its parts.
        if let Some((Some(from), _)) = self.of_trace.as_ref().map(TraceFilter::starts) {
            blocks.retain(|block| block.header.trace_starts.0 == 0 || block.header.trace_starts.1 >= from);
        }
        blocks.sort_by_key(|block| self.latest_start(block));
        let mut candidates: BinaryHeap<(u64, [u8; 16], bool)> = BinaryHeap::new();
        #[expect(clippy::iter_over_hash_type, reason = "the candidates are sorted")]
        for (trace_id, places) in &self.question.fresh {
            if self.may_have(places) {
                let start = self.question.start(places);
                candidates.push((self.bound(start, *trace_id).await?, *trace_id, false));
            }
        }
        // Of most traces the block itself tells whether what is asked of whole ones holds, with no other looked at.
        let spread = self.of_trace.as_ref().map(|_| Spread::new(&self.question.snapshot.blocks));
        let mut excluded = HashSet::new();
        let (mut known, mut found, mut ahead, mut read) = (HashMap::new(), Vec::new(), 1, (0, 1));
        while found.len() <= limit {
            if let Some(block) = blocks.last()
                && candidates.peek().is_none_or(|(start, ..)| *start <= self.latest_start(block))
            {
                if !self.is_asked(block) {
                    self.ask_all(blocks.iter().rev().copied().take(ahead)).await?;
                    ahead = (ahead * 2).min(AHEAD);
                }
                if spread.is_some() {
                    let (waiting, most) = &mut read;
                    if *waiting == 0 {
                        let next = blocks.iter().rev().copied().take(*most).filter(|block| self.may_have_hits(block));
                        self.question.read_summaries(next).await?;
                        (*waiting, *most) = (*most, (*most * 2).min(SUMMARIES_AHEAD));
                    }
                    *waiting -= 1;
                }
                for part in self.hits(block).await? {
                    if let Some(spread) = &spread
                        && !self.may_be_found(spread, block, part, &mut excluded).await?
                    {
                        continue;
                    }
                    candidates.push((self.bound(part.start_ns, part.trace_id).await?, part.trace_id, false));
                }
                blocks.pop();
                continue;
            }
            let Some((start, trace_id, counted)) = candidates.pop() else { break };
            if counted {
                found.extend(known.insert(trace_id, None).flatten());
                continue;
            }
            // The first part of all that is not before the place is enough; that of a trace with a filter may be the only one.
            if known.contains_key(&trace_id)
                || (self.finds_all && (start, trace_id) >= (after.start_ns, after.trace_id))
            {
                continue;
            }
            let trace = self.found(TraceOrder::Newest, trace_id, after).await?;
            candidates.extend(trace.as_ref().map(|trace| (trace.row.start_ns, trace_id, true)));
            known.insert(trace_id, trace);
        }
        Ok(found)
    }

    /// Where to begin: no later than what is asked of starts.
    fn first_place(&self, after: TraceCursor) -> TraceCursor {
        let until = self.of_trace.as_ref().and_then(|asked| asked.starts().1);
        match until.and_then(|until| until.checked_add(1)) {
            Some(start_ns) => after.min(TraceCursor { figure: start_ns, start_ns, trace_id: [0; 16] }),
            None => after,
        }
    }

    /// Whether a trace is what is asked for, spans aside.
    pub(super) fn holds_for(&self, start_ns: u64, end_ns: u64) -> bool {
        self.of_trace.as_ref().is_none_or(|asked| asked.holds(start_ns, end_ns.saturating_sub(start_ns)))
    }

    /// Whether a trace may be what is asked for, spans aside, that starts and ends no earlier and no later.
    pub(super) fn may_hold_for(&self, start_ns: u64, end_ns: u64) -> bool {
        self.of_trace.as_ref().is_none_or(|asked| asked.may_hold(start_ns, end_ns.saturating_sub(start_ns)))
    }

    /// Whether a trace may be what is asked for, spans aside, of which a block has this part. `excluded`: those in several blocks that
    /// are not.
    async fn may_be_found(
        &self,
        spread: &Spread<'_>,
        block: &Packed,
        part: Measure,
        excluded: &mut HashSet<[u8; 16]>,
    ) -> Result<bool, Fault> {
        if self.question.fresh.contains_key(&part.trace_id) {
            return Ok(true);
        }
        if !spread.has(&part.trace_id, block.id) {
            return Ok(self.holds_for(part.start_ns, part.end_ns));
        }
        if excluded.contains(&part.trace_id) {
            return Ok(false);
        }
        let bounds = spread.bounds(&self.question, block, part).await?;
        let may_hold = bounds.is_none_or(|(start_ns, end_ns)| self.may_hold_for(start_ns, end_ns));
        if !may_hold {
            excluded.insert(part.trace_id);
        }
        Ok(may_hold)
    }

    /// What no trace of a block starts later than, as far as the part in the block has to tell of it.
    fn latest_start(&self, block: &Packed) -> u64 {
        // A part whose start is unknown tells nothing of the whole, and with a filter it may be the only one that is found.
        let tells_all = self.finds_all || block.header.trace_starts.0 != 0;
        if tells_all { block.header.trace_starts.1 } else { u64::MAX }
    }

    /// What a trace starts no later than, of which a part starts at `start`.
    async fn bound(&self, start: u64, trace_id: [u8; 16]) -> Result<u64, Fault> {
        if start != 0 || self.finds_all {
            return Ok(start);
        }
        Ok(self.question.row(trace_id).await?.map_or(0, |row| row.start_ns))
    }

    /// The traces of a block of which a span is found or may be, as far as they are in it.
    pub(super) async fn hits(&self, block: &Arc<Packed>) -> Result<Vec<Measure>, Fault> {
        let Some(truths) = self.ask(block).await? else {
            if !self.finds_all {
                return Ok(Vec::new());
            }
            return Ok(self.question.summaries(block).await?.measures().collect());
        };
        let traces = self.question.summaries(block).await?;
        let of = |at: usize| truths.get(traces.rows(at)).unwrap_or_default();
        let is_hit = |at: usize| of(at).iter().any(|truth| *truth != Truth::No);
        Ok(traces.measures().enumerate().filter(|(at, _)| is_hit(*at)).map(|(_, part)| part).collect())
    }

    /// What the filter says of each span of a block; nothing without one or when it excludes the block.
    async fn ask(&self, block: &Arc<Packed>) -> Result<Option<Truths>, Fault> {
        if self.finds_all {
            return Ok(None);
        }
        if !self.is_asked(block) {
            self.ask_all([block].into_iter()).await?;
        }
        Ok(self.asked.lock().unwrap_or_else(PoisonError::into_inner).get(&block.id).cloned().flatten())
    }

    /// Whether a block has spans that are found or may be, as far as it is known.
    fn may_have_hits(&self, block: &Packed) -> bool {
        let asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        self.finds_all || asked.get(&block.id).is_some_and(Option::is_some)
    }

    fn is_asked(&self, block: &Packed) -> bool {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).contains_key(&block.id)
    }

    /// Asks blocks, some side by side.
    pub(super) async fn ask_all<'b>(&self, blocks: impl Iterator<Item = &'b Arc<Packed>>) -> Result<(), Fault> {
        let Some(filter) = self.filter.as_ref().filter(|_| !self.finds_all) else { return Ok(()) };
        let mut asking = JoinSet::new();
        for block in blocks.filter(|block| !self.is_asked(block)) {
            let (id, readers) = (block.id, self.question.traces.readers.clone());
            let (filter, block) = (Arc::clone(filter), Arc::clone(block));
            if !filter.may_hold_in(&block.header) {
                self.answered(id, None);
                continue;
            }
            if asking.len() >= AT_ONCE {
                self.answer(&mut asking).await?;
            }
            asking.spawn(async move {
                let mut connection = readers.acquire().await?;
                let columns = sql::some_columns(&mut connection, block.id, &filter.columns(&block.header)).await?;
                drop(connection);
                let asked = tokio::task::spawn_blocking(move || filter.ask(&block.header, &columns));
                let truths = asked.await.map_err(|_| Fault::Broken)?;
                Ok::<_, Fault>((id, truths.map_err(|damage| Fault::DamagedBlock(id, damage))?))
            });
        }
        while !asking.is_empty() {
            self.answer(&mut asking).await?;
        }
        Ok(())
    }

    /// Takes the answer of a block that is asked.
    async fn answer(&self, asking: &mut JoinSet<Result<(i64, Vec<Truth>), Fault>>) -> Result<(), Fault> {
        if let Some(asked) = asking.join_next().await {
            let (id, truths) = asked.map_err(|_| Fault::Broken)??;
            // Of most blocks nothing is found: there is no need to hold that for each span.
            let is_nothing = truths.iter().all(|truth| *truth == Truth::No);
            self.answered(id, (!is_nothing).then(|| Arc::new(truths)));
        }
        Ok(())
    }

    fn answered(&self, id: i64, truths: Option<Truths>) {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).insert(id, truths);
    }

    /// Whether a span that is not packed is found or may be.
    pub(super) fn may_have(&self, places: &Places) -> bool {
        places.values().any(|place| self.ask_fresh(*place) != Truth::No)
    }

    fn ask_fresh(&self, place: (usize, usize)) -> Truth {
        let Some(filter) = &self.filter else { return Truth::Yes };
        let Some((batch, span)) = self.question.span(place) else { return Truth::No };
        let (resource, scope) = (&batch.resources[span.resource], &batch.scopes[span.scope]);
        filter.ask_one(Loose { span, resource, scope })
    }

    /// A trace, with its spans that are found as far as columns tell; nothing if it has none or its place is not behind `after`.
    pub(super) async fn found(
        &self,
        order: TraceOrder,
        trace_id: [u8; 16],
        after: TraceCursor,
    ) -> Result<Option<FoundTrace>, Fault> {
        let Some(row) = self.question.row(trace_id).await? else { return Ok(None) };
        let place = TraceCursor::of(order, &row);
        if place >= after || !self.holds_for(row.start_ns, row.end_ns) {
            return Ok(None);
        }
        if self.filter.is_none() {
            return Ok(Some(FoundTrace { row, place, spans: None }));
        }
        let spans = self.matching(trace_id).await?;
        let is_found = spans.as_ref().is_none_or(|spans| !spans.is_empty());
        Ok(is_found.then_some(FoundTrace { row, place, spans }))
    }

    /// The spans of a trace that are found; nothing when columns do not tell.
    async fn matching(&self, trace_id: [u8; 16]) -> Result<Option<Vec<[u8; 8]>>, Fault> {
        let parts = self.question.parts(&trace_id).await?;
        let fresh = self.question.fresh.get(&trace_id);
        // A span that is in two parts counts in one of them only.
        if parts.len() + fresh.iter().len() > 1 && self.question.merged(&parts, trace_id).await?.is_none() {
            return Ok(None);
        }
        let mut spans = Vec::new();
        for (block, traces, at) in &parts {
            let rows = traces.rows(*at);
            if self.finds_all {
                spans.extend(self.question.span_ids(block).await?.get(rows).unwrap_or_default());
                continue;
            }
            let Some(truths) = self.ask(block).await? else { continue };
            let truths = truths.get(rows.clone()).unwrap_or_default();
            if truths.contains(&Truth::Unknown) {
                return Ok(None);
            }
            if truths.contains(&Truth::Yes) {
                let span_ids = self.question.span_ids(block).await?;
                let span_ids = span_ids.get(rows).unwrap_or_default();
                spans.extend(span_ids.iter().zip(truths).filter(|(_, truth)| **truth == Truth::Yes).map(|(id, _)| *id));
            }
        }
        let mut not_packed = Vec::new();
        for place in fresh.into_iter().flat_map(|places| places.values()) {
            match self.ask_fresh(*place) {
                Truth::Yes => {
                    not_packed.extend(self.question.span(*place).map(|(_, span)| (span.start_ns, span.span_id)));
                }
                Truth::Unknown => return Ok(None),
                Truth::No => {}
            }
        }
        not_packed.sort_unstable();
        spans.extend(not_packed.into_iter().map(|(_, span_id)| span_id));
        Ok(Some(spans))
    }
}
