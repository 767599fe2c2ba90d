//! What many traces show together: folded over the columns of all blocks and the spans that are not packed.
//!
//! Blocks are read some at a time, the newest first, beside whatever is written. After each few the caller is told how far it
//! is and what there is so far; who drops the question ends it. A block that is removed meanwhile is as good as removed before, and
//! so is one that turns out to be damaged.

use std::collections::{BTreeSet, HashSet};
use std::future::Future;
use std::sync::Arc;

use thalweg_spans::block::{Column, OF_FIGURES, OF_SUMMARIES, Truth, mark, of_attributes};
use thalweg_spans::filter::{Filter, Seen, TraceFilter};
use thalweg_spans::survey::{
    Contrast, ContrastPart, FILTERS, Operations, Piece, Range, SeenInBlocks, Sets, VALUES_PER_KEY, pieces, wholes,
};
use thalweg_spans::{Block, Damage, Header, Loose};
use tokio::task::JoinSet;

use super::memory::{Packed, Part};
use super::read::{Places, Question};
use super::{Fault, Traces, sql};
use crate::{Store, StoreError};

/// Blocks read side by side.
const AT_ONCE: usize = 4;
/// Parts of traces that are held at once, some hundred megabytes: beyond them the oldest are left out.
const MOST_PIECES: usize = 2_000_000;
/// Traces that are not packed, looked at in one go before others have their turn.
const FRESH_AT_ONCE: usize = 500;

/// The traces there are, each once.
#[derive(Debug, Clone, Default)]
pub struct Pieces {
    /// By id.
    pub traces: Vec<Piece>,
    /// Whether the oldest were left out because there are too many.
    pub cut: bool,
}

impl Store {
    /// All traces, each with what filters say of it: [`Truth::Unknown`] where only the whole trace tells. A filter that is not
    /// named holds for every trace. `told` hears how far it is, from 0 to 1, with the parts of traces so far.
    pub async fn survey(
        &self,
        filters: [Option<&Filter>; FILTERS],
        told: impl FnMut(f64, &[Piece]),
    ) -> Result<Pieces, StoreError> {
        self.traces().pieces(filters, told).await.map_err(|fault| self.traces().words(fault))
    }

    /// What the operations of all spans take for which a filter holds. `told` hears how far it is, with what there is so far.
    pub async fn operations(
        &self,
        filter: &Filter,
        told: impl FnMut(f64, &Operations),
    ) -> Result<Operations, StoreError> {
        self.traces().operations(filter, told).await.map_err(|fault| self.traces().words(fault))
    }

    /// What the traces of two sets have, each once, whatever parts it has by now. `told` hears how far it is, with what there is so
    /// far.
    pub async fn contrast(&self, sets: Sets, told: impl FnMut(f64, &Contrast)) -> Result<Contrast, StoreError> {
        self.traces().contrast(sets, told).await.map_err(|fault| self.traces().words(fault))
    }

    /// What was seen in all that is packed.
    pub async fn seen_in_blocks(&self) -> Result<Seen, StoreError> {
        let traces = self.traces();
        let snapshot = traces.now().await.map_err(|fault| traces.words(fault))?;
        let mut seen = SeenInBlocks::default();
        for block in snapshot.blocks.iter() {
            seen.take(&block.header);
        }
        Ok(seen.seen())
    }
}

/// A filter, taken apart.
struct Asked {
    of_spans: Filter,
    finds_all: bool,
    of_trace: Option<TraceFilter>,
}

impl Asked {
    fn new(filter: Option<&Filter>) -> Option<Self> {
        let (of_spans, of_trace) = filter?.apart();
        Some(Self { finds_all: of_spans.asks_nothing(), of_spans, of_trace })
    }

    fn columns(&self, header: &Header) -> Vec<Column> {
        if self.finds_all || !self.of_spans.may_hold_in(header) { Vec::new() } else { self.of_spans.columns(header) }
    }

    /// What it says of each span; nothing when it holds for none.
    fn ask(&self, header: &Header, block: &Block) -> Result<Option<Vec<Truth>>, Damage> {
        if self.finds_all {
            return Ok(Some(vec![Truth::Yes; header.spans as usize]));
        }
        if self.of_spans.may_hold_in(header) { self.of_spans.ask(header, block).map(Some) } else { Ok(None) }
    }

    fn ask_one(&self, loose: Loose<'_>) -> Truth {
        if self.finds_all { Truth::Yes } else { self.of_spans.ask_one(loose) }
    }

    fn holds_for(&self, trace: &Piece) -> bool {
        self.of_trace.as_ref().is_none_or(|asked| asked.holds(trace.start_ns, trace.duration_ns()))
    }
}

impl Traces {
    /// Reads blocks, the newest first, some side by side; what one gives is taken in as it comes. Ends early when `take` says so.
    async fn each_block<T, W>(
        &self,
        blocks: &[Arc<Packed>],
        work: impl Fn(Arc<Packed>) -> W,
        mut take: impl FnMut(f64, T) -> bool,
    ) -> Result<(), Fault>
    where
        T: Send + 'static,
        W: Future<Output = Result<T, Fault>> + Send + 'static,
    {
        let mut waiting = blocks.iter().rev();
        let mut working = JoinSet::new();
        for block in waiting.by_ref().take(AT_ONCE) {
            working.spawn(work(Arc::clone(block)));
        }
        let mut done = 0_usize;
        while let Some(found) = working.join_next().await {
            done += 1;
            match found.map_err(|_| Fault::Broken)? {
                Ok(found) => {
                    if !take(done as f64 / blocks.len() as f64, found) {
                        return Ok(());
                    }
                }
                Err(Fault::Gone) => {}
                // Without this block, as of now.
                Err(Fault::DamagedBlock(id, damage)) => self.set_aside(Part::Block(id), damage).await,
                Err(fault) => return Err(fault),
            }
            if let Some(block) = waiting.next() {
                working.spawn(work(Arc::clone(block)));
            }
        }
        Ok(())
    }

    async fn pieces(
        &self,
        filters: [Option<&Filter>; FILTERS],
        mut told: impl FnMut(f64, &[Piece]),
    ) -> Result<Pieces, Fault> {
        let question = Question::new(self, None).await?;
        let asked = Arc::new(filters.map(Asked::new));
        let mut found = fresh_pieces(&question, &asked).await;
        let mut cut = false;
        let work = |block: Arc<Packed>| {
            let (asked, readers) = (Arc::clone(&asked), self.readers.clone());
            async move {
                let mut columns = BTreeSet::from(OF_SUMMARIES);
                columns.extend(asked.iter().flatten().flat_map(|asked| asked.columns(&block.header)));
                let columns: Vec<Column> = columns.into_iter().collect();
                let mut connection = readers.acquire().await?;
                let read = sql::some_columns(&mut connection, block.id, &columns).await?;
                drop(connection);
                let id = block.id;
                let pieces = tokio::task::spawn_blocking(move || pieces_of(&asked, &block.header, &read));
                pieces.await.map_err(|_| Fault::Broken)?.map_err(|damage| Fault::DamagedBlock(id, damage))
            }
        };
        let take = |share, pieces: Vec<Piece>| {
            found.extend(pieces);
            cut = found.len() >= MOST_PIECES;
            told(share, &found);
            !cut
        };
        self.each_block(&question.snapshot.blocks, work, take).await?;
        let whole = tokio::task::spawn_blocking(move || {
            let mut traces = wholes(found);
            for trace in &mut traces {
                for (asked, at) in asked.iter().zip(0..) {
                    if asked.as_ref().is_some_and(|asked| !asked.holds_for(trace)) {
                        trace.held[at] = Truth::No;
                    }
                }
            }
            traces
        });
        Ok(Pieces { traces: whole.await.map_err(|_| Fault::Broken)?, cut })
    }

    async fn operations(&self, filter: &Filter, mut told: impl FnMut(f64, &Operations)) -> Result<Operations, Fault> {
        let asked = Arc::new(Asked::new(Some(filter)));
        // Spans know nothing of their traces: those that are meant are looked up first.
        let mut cut = false;
        let among = if asked.as_ref().as_ref().is_some_and(|asked| asked.of_trace.is_some()) {
            let all = self.pieces([None; FILTERS], |_, _| {}).await?;
            cut = all.cut;
            let meant = |trace: &&Piece| asked.as_ref().as_ref().is_none_or(|asked| asked.holds_for(trace));
            Some(Arc::new(all.traces.iter().filter(meant).map(|trace| trace.trace_id).collect::<HashSet<_>>()))
        } else {
            None
        };
        let question = Question::new(self, None).await?;
        let range = range_of(&question, filter);
        let mut found = Operations { cut, ..Operations::over(range) };
        count_fresh(&question, asked.as_ref().as_ref(), among.as_deref(), &mut found).await;
        let blocks: Vec<Arc<Packed>> =
            question.snapshot.blocks.iter().filter(|b| may_hold(asked.as_ref().as_ref(), &b.header)).cloned().collect();
        let work = |block: Arc<Packed>| {
            let (asked, among, readers) = (Arc::clone(&asked), among.clone(), self.readers.clone());
            async move {
                let mut columns = BTreeSet::from(OF_FIGURES);
                columns.extend(asked.iter().flat_map(|asked| asked.columns(&block.header)));
                let columns: Vec<Column> = columns.into_iter().collect();
                let mut connection = readers.acquire().await?;
                let read = sql::some_columns(&mut connection, block.id, &columns).await?;
                drop(connection);
                let id = block.id;
                let counting = tokio::task::spawn_blocking(move || {
                    let truths = match asked.as_ref().as_ref().filter(|asked| !asked.finds_all) {
                        Some(asked) => match asked.ask(&block.header, &read)? {
                            Some(truths) => Some(truths),
                            None => return Ok(Operations::over(range)),
                        },
                        None => None,
                    };
                    Operations::of_block(range, &block.header, &read, truths.as_deref(), among.as_deref())
                });
                let counted: Result<Operations, Damage> = counting.await.map_err(|_| Fault::Broken)?;
                counted.map_err(|damage| Fault::DamagedBlock(id, damage))
            }
        };
        let take = |share, part| {
            found.merge(part);
            told(share, &found);
            true
        };
        self.each_block(&blocks, work, take).await?;
        Ok(found)
    }

    async fn contrast(&self, sets: Sets, mut told: impl FnMut(f64, &Contrast)) -> Result<Contrast, Fault> {
        let question = Question::new(self, None).await?;
        let sets = Arc::new(as_split_now(&question, sets));
        let mut found = Contrast::default();
        found.take(fresh_contrast(&question, &sets).await);
        let work = |block: Arc<Packed>| {
            let (sets, readers) = (Arc::clone(&sets), self.readers.clone());
            async move {
                let (id, mut connection) = (block.id, readers.acquire().await?);
                let traces = sql::some_columns(&mut connection, id, &OF_SUMMARIES[..1]).await?.traces();
                let traces = traces.map_err(|damage| Fault::DamagedBlock(id, damage))?;
                if !traces.iter().any(|(trace_id, _)| sets.contains_key(trace_id)) {
                    return Ok(ContrastPart::default());
                }
                let read =
                    sql::some_columns(&mut connection, id, &of_attributes(&block.header, VALUES_PER_KEY)).await?;
                drop(connection);
                let counting = tokio::task::spawn_blocking(move || ContrastPart::of_block(&block.header, &read, &sets));
                counting.await.map_err(|_| Fault::Broken)?.map_err(|damage| Fault::DamagedBlock(id, damage))
            }
        };
        let take = |share, part| {
            found.take(part);
            told(share, &found);
            true
        };
        self.each_block(&question.snapshot.blocks, work, take).await?;
        Ok(found)
    }
}

fn may_hold(asked: Option<&Asked>, header: &Header) -> bool {
    asked.is_none_or(|asked| asked.finds_all || asked.of_spans.may_hold_in(header))
}

fn pieces_of(asked: &[Option<Asked>; FILTERS], header: &Header, block: &Block) -> Result<Vec<Piece>, Damage> {
    let mut truths = [const { None::<Vec<Truth>> }; FILTERS];
    for (truths, asked) in truths.iter_mut().zip(asked) {
        *truths = match asked {
            Some(asked) => asked.ask(header, block)?,
            None => Some(vec![Truth::Yes; header.spans as usize]),
        };
    }
    Ok(pieces(&block.summaries()?, truths.each_ref().map(|truths| truths.as_deref())))
}

/// The sets, with which of their traces may be in several parts of what is asked: they have grown since they were looked up.
fn as_split_now(question: &Question<'_>, mut sets: Sets) -> Sets {
    let headers = || question.snapshot.blocks.iter().map(|block| &block.header);
    let marks: HashSet<u32> = headers().filter_map(|header| header.earlier.as_deref()).flatten().copied().collect();
    // Of a trace that goes on in such a block nothing is known; the first one has none before it.
    let any = headers().skip(1).any(|header| header.earlier.is_none());
    #[expect(clippy::iter_over_hash_type, reason = "each by itself")]
    for (trace_id, (_, is_split)) in &mut sets {
        *is_split = any || question.fresh.contains_key(trace_id) || marks.contains(&mark(trace_id));
    }
    sets
}

/// Calls for each trace that has spans which are not packed, with pauses.
async fn each_fresh<'q>(question: &'q Question<'_>, mut each: impl FnMut(&'q [u8; 16], &'q Places)) {
    // What is folded does not depend on the order.
    for (at, (trace_id, places)) in question.fresh.iter().enumerate() {
        if at % FRESH_AT_ONCE == FRESH_AT_ONCE - 1 {
            tokio::task::yield_now().await;
        }
        each(trace_id, places);
    }
}

/// The spans of a trace that are not packed.
fn loose<'q>(question: &'q Question<'_>, places: &'q Places) -> impl Iterator<Item = Loose<'q>> {
    places.values().filter_map(|place| {
        let (batch, span) = question.span(*place)?;
        Some(Loose { span, resource: batch.resources.get(span.resource)?, scope: batch.scopes.get(span.scope)? })
    })
}

async fn fresh_pieces(question: &Question<'_>, asked: &[Option<Asked>; FILTERS]) -> Vec<Piece> {
    let mut found = Vec::with_capacity(question.fresh.len());
    each_fresh(question, |trace_id, places| {
        let mut piece = Piece {
            trace_id: *trace_id,
            start_ns: question.start(places),
            end_ns: 0,
            errors: 0,
            parts: 1,
            held: [Truth::No; FILTERS],
        };
        for loose in loose(question, places) {
            piece.end_ns = piece.end_ns.max(loose.span.end_ns).max(loose.span.start_ns);
            piece.errors = piece.errors.saturating_add(u32::from(loose.span.is_error()));
            for (held, asked) in piece.held.iter_mut().zip(asked) {
                *held = (*held).max(asked.as_ref().map_or(Truth::Yes, |asked| asked.ask_one(loose)));
            }
        }
        found.push(piece);
    })
    .await;
    found
}

async fn count_fresh(
    question: &Question<'_>,
    asked: Option<&Asked>,
    among: Option<&HashSet<[u8; 16]>>,
    found: &mut Operations,
) {
    each_fresh(question, |trace_id, places| {
        if among.is_some_and(|among| !among.contains(trace_id)) {
            return;
        }
        for loose in loose(question, places) {
            match asked.map_or(Truth::Yes, |asked| asked.ask_one(loose)) {
                Truth::Yes => found.add(loose),
                Truth::Unknown => found.undecided += 1,
                Truth::No => {}
            }
        }
    })
    .await;
}

async fn fresh_contrast(question: &Question<'_>, sets: &Sets) -> ContrastPart {
    let mut part = ContrastPart::default();
    each_fresh(question, |trace_id, places| {
        if sets.contains_key(trace_id) {
            loose(question, places).for_each(|loose| part.add(loose, sets));
        }
    })
    .await;
    part
}

/// From the first to the last start of what is asked for.
fn range_of(question: &Question<'_>, filter: &Filter) -> Range {
    let headers = question.snapshot.blocks.iter().map(|block| &block.header);
    let packed = headers.filter(|header| filter.may_hold_in(header)).map(|header| header.starts);
    let fresh = question.fresh.values().map(|places| {
        let starts = || places.values().filter_map(|place| Some(question.span(*place)?.1.start_ns));
        (question.start(places), starts().max().unwrap_or(0))
    });
    let known = packed.chain(fresh).filter(|(from, _)| *from != 0);
    let found = known.reduce(|(from, until), (other_from, other_until)| (from.min(other_from), until.max(other_until)));
    let (mut from_ns, mut until_ns) = found.unwrap_or_default();
    let (from, until) = filter.moments();
    from_ns = from.map_or(from_ns, |from| from.max(from_ns));
    until_ns = until.map_or(until_ns, |until| until.min(until_ns)).max(from_ns);
    Range { from_ns, until_ns }
}
