//! One question to the file: the parts of a trace, what a list shows of it, and the whole.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use thalweg_spans::block::{OF_SPAN_IDS, OF_SUMMARIES};
use thalweg_spans::{Batch, Resource, Scope, Span, Summary, TracePart, TraceRow};

use tokio::task::JoinSet;

use super::memory::{Fresh, Packed, Snapshot};
use super::{Fault, Traces, sql};
use crate::StoreError;

/// Blocks of which some hundred kilobytes are kept for the next question.
pub(super) const KEPT: usize = 16;
/// Blocks that are kept unpacked; some twenty megabytes each.
pub(super) const KEPT_WHOLE: usize = 2;
/// A block of which so many traces were asked for is unpacked once for all that follow.
const OFTEN: u32 = 3;
/// Larger blocks are not.
const MOST_UNPACKED: u32 = 1 << 16;

/// Something of the blocks asked about last.
#[derive(Debug)]
pub(crate) struct Kept<T> {
    most: usize,
    blocks: Mutex<VecDeque<(i64, Arc<T>)>>,
}

/// How often each of the blocks asked about last was asked for a trace.
#[derive(Debug, Default)]
pub(crate) struct Often(Mutex<VecDeque<(i64, u32)>>);

impl Often {
    /// Counts one more, and gives how many there were before.
    fn count(&self, block: i64) -> u32 {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, count)) = counts.iter_mut().find(|(id, _)| *id == block) {
            *count += 1;
            return *count - 1;
        }
        if counts.len() >= KEPT {
            counts.pop_front();
        }
        counts.push_back((block, 1));
        0
    }
}

impl<T> Kept<T> {
    pub(super) fn new(most: usize) -> Self {
        Self { most, blocks: Mutex::default() }
    }

    fn get(&self, block: i64) -> Option<Arc<T>> {
        let kept = self.blocks.lock().unwrap_or_else(PoisonError::into_inner);
        kept.iter().find(|(id, _)| *id == block).map(|(_, thing)| Arc::clone(thing))
    }

    fn put(&self, block: i64, thing: Arc<T>) {
        let mut kept = self.blocks.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= self.most {
            kept.pop_front();
        }
        kept.push_back((block, thing));
    }
}

impl Traces {
    /// Those of the named traces that there are, newest first.
    pub(crate) async fn some(&self, trace_ids: &[[u8; 16]]) -> Result<Vec<TraceRow>, StoreError> {
        let mut gone = 0;
        loop {
            match self.some_once(trace_ids).await {
                Ok(answer) => return Ok(answer),
                Err(fault) => self.again(fault, &mut gone).await?,
            }
        }
    }

    /// All spans of a trace, by start, or nothing if none ever arrived.
    pub(crate) async fn trace(&self, trace_id: [u8; 16]) -> Result<Option<Batch>, StoreError> {
        let mut gone = 0;
        loop {
            match self.trace_once(trace_id).await {
                Ok(answer) => return Ok(answer),
                Err(fault) => self.again(fault, &mut gone).await?,
            }
        }
    }

    async fn some_once(&self, trace_ids: &[[u8; 16]]) -> Result<Vec<TraceRow>, Fault> {
        let wanted: HashSet<[u8; 16]> = trace_ids.iter().copied().collect();
        let question = Question::new(self, Some(&wanted)).await?;
        let mut traces = Vec::with_capacity(wanted.len());
        for trace_id in wanted.iter().copied().collect::<std::collections::BTreeSet<_>>() {
            traces.extend(question.row(trace_id).await?);
        }
        traces.sort_by_key(|trace| std::cmp::Reverse((trace.start_ns, trace.trace_id)));
        Ok(traces)
    }

    async fn trace_once(&self, trace_id: [u8; 16]) -> Result<Option<Batch>, Fault> {
        let question = Question::new(self, Some(&HashSet::from([trace_id]))).await?;
        let whole = question.whole(trace_id).await?;
        Ok((!whole.spans.is_empty()).then_some(whole))
    }
}

/// Where the spans of a trace lie that are not packed, by span: the last one of each.
pub(super) type Places = BTreeMap<[u8; 8], (usize, usize)>;

/// A block that has spans of a trace, its traces, and the trace's place among them.
pub(super) type Part<'a> = (&'a Arc<Packed>, Arc<thalweg_spans::Traces>, usize);

/// One question to the file as it is at one moment.
pub(crate) struct Question<'a> {
    pub(super) traces: &'a Traces,
    pub(crate) snapshot: Snapshot,
    /// The traces that have spans in the log.
    pub(crate) fresh: HashMap<[u8; 16], Places>,
}

impl<'a> Question<'a> {
    /// `wanted`: the traces it is about, if not about all.
    pub(crate) async fn new(traces: &'a Traces, wanted: Option<&HashSet<[u8; 16]>>) -> Result<Self, Fault> {
        let snapshot = traces.now().await?;
        let rows = snapshot.fresh.clone();
        let wanted = wanted.cloned();
        let sorted = tokio::task::spawn_blocking(move || sort_out(&rows, wanted.as_ref()));
        let fresh = sorted.await.map_err(|_| Fault::Broken)?;
        Ok(Self { traces, snapshot, fresh })
    }

    /// About what is packed alone.
    pub(super) fn of(traces: &'a Traces, snapshot: Snapshot) -> Self {
        Self { traces, snapshot, fresh: HashMap::new() }
    }

    pub(super) fn span(&self, place: (usize, usize)) -> Option<(&Batch, &Span)> {
        let batch = &self.snapshot.fresh.get(place.0)?.batch;
        Some((batch, batch.spans.get(place.1)?))
    }

    /// The earliest known start of spans that are not packed.
    pub(super) fn start(&self, places: &Places) -> u64 {
        let starts = places.values().filter_map(|place| Some(self.span(*place)?.1.start_ns));
        starts.filter(|start| *start != 0).min().unwrap_or(0)
    }

    /// The traces of a block.
    pub(crate) async fn summaries(&self, block: &Packed) -> Result<Arc<thalweg_spans::Traces>, Fault> {
        if let Some(kept) = self.traces.summaries.get(block.id) {
            return Ok(kept);
        }
        let mut connection = self.traces.readers.acquire().await?;
        let columns = sql::some_columns(&mut connection, block.id, &OF_SUMMARIES).await?;
        let traces = Arc::new(columns.summaries().map_err(|damage| Fault::DamagedBlock(block.id, damage))?);
        self.traces.summaries.put(block.id, Arc::clone(&traces));
        Ok(traces)
    }

    /// Reads the traces of some blocks side by side, for whoever asks for one block after the other.
    pub(super) async fn read_summaries<'b>(&self, blocks: impl Iterator<Item = &'b Arc<Packed>>) -> Result<(), Fault> {
        let mut reading = JoinSet::new();
        for block in blocks.filter(|block| self.traces.summaries.get(block.id).is_none()) {
            let (id, readers) = (block.id, self.traces.readers.clone());
            reading.spawn(async move {
                let mut connection = readers.acquire().await?;
                let columns = sql::some_columns(&mut connection, id, &OF_SUMMARIES).await?;
                drop(connection);
                let read = tokio::task::spawn_blocking(move || columns.summaries());
                let traces = read.await.map_err(|_| Fault::Broken)?;
                Ok::<_, Fault>((id, traces.map_err(|damage| Fault::DamagedBlock(id, damage))?))
            });
        }
        while let Some(read) = reading.join_next().await {
            let (id, traces) = read.map_err(|_| Fault::Broken)??;
            self.traces.summaries.put(id, Arc::new(traces));
        }
        Ok(())
    }

    /// The blocks that have spans of a trace, with its place among their traces.
    pub(super) async fn parts(&self, trace_id: &[u8; 16]) -> Result<Vec<Part<'_>>, Fault> {
        let mut parts = Vec::new();
        for block in self.snapshot.blocks.iter().filter(|block| block.header.may_have_trace(trace_id)) {
            let traces = self.summaries(block).await?;
            if let Some(at) = traces.find(trace_id) {
                parts.push((block, traces, at));
            }
        }
        Ok(parts)
    }

    /// What a list shows of a trace.
    pub(crate) async fn row(&self, trace_id: [u8; 16]) -> Result<Option<TraceRow>, Fault> {
        let parts = self.parts(&trace_id).await?;
        let fresh = self.fresh.get(&trace_id);
        match (&parts[..], fresh) {
            ([], None) => Ok(None),
            ([(_, traces, at)], None) => Ok(traces.row(*at)),
            ([], Some(places)) => Ok(Some(self.fresh_summary(places).row(trace_id))),
            _ => {
                if let Some(row) = self.merged(&parts, trace_id).await? {
                    return Ok(Some(row));
                }
                let whole = self.whole(trace_id).await?;
                let mut summary = Summary::default();
                for span in &whole.spans {
                    summary.add(span, &whole.resources[span.resource].service);
                }
                Ok(Some(summary.row(trace_id)))
            }
        }
    }

    /// What a list shows of a trace in several parts; nothing when a span is in more than one of them, so that only the spans
    /// themselves can be counted.
    pub(super) async fn merged(&self, parts: &[Part<'_>], trace_id: [u8; 16]) -> Result<Option<TraceRow>, Fault> {
        let (mut ids, mut count, mut merged) = (HashSet::new(), 0, None::<TracePart>);
        let mut add = |part: TracePart| match &mut merged {
            Some(merged) => merged.merge(part),
            None => merged = Some(part),
        };
        for (block, traces, at) in parts {
            let span_ids = self.span_ids(block).await?;
            let here = span_ids.get(traces.rows(*at)).unwrap_or_default();
            ids.extend(here.iter().copied());
            count += here.len();
            add(traces.part(*at, &span_ids).ok_or(Fault::Gone)?);
        }
        if let Some(places) = self.fresh.get(&trace_id) {
            ids.extend(places.keys().copied());
            count += places.len();
            add(self.fresh_summary(places).part(trace_id));
        }
        Ok(merged.filter(|_| ids.len() == count).map(|part| part.row))
    }

    /// What a list would show of the spans of a trace that are not packed.
    pub(super) fn fresh_row(&self, trace_id: [u8; 16], places: &Places) -> TraceRow {
        self.fresh_summary(places).row(trace_id)
    }

    fn fresh_summary(&self, places: &Places) -> Summary<'_> {
        let mut summary = Summary::default();
        for (batch, span) in places.values().filter_map(|place| self.span(*place)) {
            summary.add(span, &batch.resources[span.resource].service);
        }
        summary
    }

    /// The ids of all spans of a block.
    pub(super) async fn span_ids(&self, block: &Packed) -> Result<Arc<Vec<[u8; 8]>>, Fault> {
        if let Some(kept) = self.traces.span_ids.get(block.id) {
            return Ok(kept);
        }
        let mut connection = self.traces.readers.acquire().await?;
        let columns = sql::some_columns(&mut connection, block.id, &OF_SPAN_IDS).await?;
        let span_ids = Arc::new(columns.span_ids().map_err(|damage| Fault::DamagedBlock(block.id, damage))?);
        self.traces.span_ids.put(block.id, Arc::clone(&span_ids));
        Ok(span_ids)
    }

    /// The spans of some rows of a block. Who asks for one trace after the other gets them from the block unpacked once.
    async fn spans(&self, block: &Arc<Packed>, rows: Range<usize>) -> Result<Batch, Fault> {
        if let Some(unpacked) = self.traces.unpacked.get(block.id) {
            let spans = unpacked.spans.get(rows).unwrap_or_default().to_vec();
            return Ok(Batch { resources: unpacked.resources.clone(), scopes: unpacked.scopes.clone(), spans });
        }
        let mut connection = self.traces.readers.acquire().await?;
        let columns = sql::whole_block(&mut connection, block.id).await?;
        drop(connection);
        let whole = self.traces.asked_often.count(block.id) >= OFTEN && block.header.spans <= MOST_UNPACKED;
        let header = Arc::clone(block);
        let wanted = if whole { 0..block.header.spans as usize } else { rows.clone() };
        let read = tokio::task::spawn_blocking(move || columns.some(&header.header, wanted));
        let batch = read.await.map_err(|_| Fault::Broken)?;
        let batch = batch.map_err(|damage| Fault::DamagedBlock(block.id, damage))?;
        if !whole {
            return Ok(batch);
        }
        let spans = batch.spans.get(rows).unwrap_or_default().to_vec();
        let some = Batch { resources: batch.resources.clone(), scopes: batch.scopes.clone(), spans };
        self.traces.unpacked.put(block.id, Arc::new(batch));
        Ok(some)
    }

    /// All spans of a trace, each as it arrived last, by start; only the resources and scopes that they have.
    pub(crate) async fn whole(&self, trace_id: [u8; 16]) -> Result<Batch, Fault> {
        let mut parts = Vec::new();
        for (block, traces, at) in self.parts(&trace_id).await? {
            parts.push(self.spans(block, traces.rows(at)).await?);
        }
        let mut spans: BTreeMap<[u8; 8], (&Batch, &Span)> = BTreeMap::new();
        for batch in &parts {
            spans.extend(batch.spans.iter().map(|span| (span.span_id, (batch, span))));
        }
        let fresh = self.fresh.get(&trace_id).into_iter().flatten();
        spans.extend(fresh.filter_map(|(span_id, place)| Some((*span_id, self.span(*place)?))));
        Ok(gather(spans.into_values().collect()))
    }
}

/// The traces of the log.
fn sort_out(rows: &[Arc<Fresh>], wanted: Option<&HashSet<[u8; 16]>>) -> HashMap<[u8; 16], Places> {
    let mut traces: HashMap<[u8; 16], Places> = HashMap::new();
    for (row, fresh) in rows.iter().enumerate() {
        for (at, span) in fresh.batch.spans.iter().enumerate() {
            if wanted.is_none_or(|wanted| wanted.contains(&span.trace_id)) {
                traces.entry(span.trace_id).or_default().insert(span.span_id, (row, at));
            }
        }
    }
    traces
}

/// Spans of several batches in one, by start.
fn gather(mut spans: Vec<(&Batch, &Span)>) -> Batch {
    spans.sort_by_key(|(_, span)| (span.start_ns, span.span_id));
    let mut batch = Batch::default();
    let (mut resources, mut scopes) = (HashMap::<&Resource, usize>::new(), HashMap::<&Scope, usize>::new());
    for (home, span) in spans {
        let resource = *resources.entry(&home.resources[span.resource]).or_insert_with(|| {
            batch.resources.push(home.resources[span.resource].clone());
            batch.resources.len() - 1
        });
        let scope = *scopes.entry(&home.scopes[span.scope]).or_insert_with(|| {
            batch.scopes.push(home.scopes[span.scope].clone());
            batch.scopes.len() - 1
        });
        batch.spans.push(Span { resource, scope, ..span.clone() });
    }
    batch
}
