//! Which traces may have spans in more than one block.
//!
//! A header names those of its traces that may be in earlier blocks. So of all others the part in a block is the whole, as far as
//! nothing of it is in the log; and of one that goes on it is known where to look.

use std::sync::Arc;

use thalweg_spans::Measure;
use thalweg_spans::block::mark;

use super::Fault;
use super::memory::Packed;
use super::read::Question;

/// Blocks in which a trace goes on at most for its parts to be put together; one that goes on in more is looked at by itself.
const MOST_PARTS: usize = 4;

/// Which traces may be in more than one block.
pub(super) struct Spread<'a> {
    blocks: &'a [Arc<Packed>],
    /// The marks of traces, each with the place of the block that says that it goes on there; sorted.
    marks: Vec<(u32, u32)>,
    /// The blocks that do not know of earlier ones.
    silent: Vec<&'a Arc<Packed>>,
}

impl<'a> Spread<'a> {
    pub(super) fn new(blocks: &'a [Arc<Packed>]) -> Self {
        let of_block = |(at, block): (u32, &'a Arc<Packed>)| {
            block.header.earlier.iter().flat_map(move |marks| marks.iter().map(move |mark| (*mark, at)))
        };
        let mut marks: Vec<(u32, u32)> = (0..).zip(blocks).flat_map(of_block).collect();
        marks.sort_unstable();
        Self { blocks, marks, silent: blocks.iter().filter(|block| block.header.earlier.is_none()).collect() }
    }

    /// Whether a trace of one block may be in others too.
    pub(super) fn has(&self, trace_id: &[u8; 16], block: i64) -> bool {
        !self.listed(trace_id).is_empty()
            || self.silent.iter().any(|other| other.id != block && other.header.may_have_trace(trace_id))
    }

    /// The blocks that say that a trace goes on there.
    fn listed(&self, trace_id: &[u8; 16]) -> &[(u32, u32)] {
        let mark = mark(trace_id);
        let from = self.marks.partition_point(|(other, _)| *other < mark);
        let rest = self.marks.get(from..).unwrap_or_default();
        rest.get(..rest.partition_point(|(other, _)| *other == mark)).unwrap_or_default()
    }

    /// When a trace starts at the earliest and ends at the latest, of which a block has this part and the log nothing; exactly so if
    /// no span of it came again. Nothing when it lies in too many blocks to say.
    pub(super) async fn bounds(
        &self,
        question: &Question<'_>,
        block: &Packed,
        part: Measure,
    ) -> Result<Option<(u64, u64)>, Fault> {
        let mut whole = part;
        if self.has(&part.trace_id, block.id) && !self.add_others(question, block, &mut whole).await? {
            return Ok(None);
        }
        Ok(Some((whole.start_ns, whole.end_ns)))
    }

    /// Adds to one part of a trace the others that blocks have; whether all are known.
    async fn add_others(&self, question: &Question<'_>, block: &Packed, whole: &mut Measure) -> Result<bool, Fault> {
        let trace_id = whole.trace_id;
        let listed = self.listed(&trace_id);
        let Ok(here) = self.blocks.binary_search_by_key(&block.id, |block| block.id) else { return Ok(false) };
        if !self.silent.is_empty() || listed.len() > MOST_PARTS {
            return Ok(false);
        }
        let is_listed = |at: usize| listed.iter().any(|(_, place)| *place as usize == at);
        for at in listed.iter().map(|(_, at)| *at as usize).filter(|at| *at > here) {
            self.add_part(question, at, whole).await?;
        }
        // One that has it and does not say that it goes on there is the first.
        let (mut at, mut goes_on) = (here, is_listed(here));
        while goes_on && at > 0 {
            at -= 1;
            if self.blocks[at].header.may_have_trace(&trace_id) && self.add_part(question, at, whole).await? {
                goes_on = is_listed(at);
            }
        }
        Ok(true)
    }

    /// Adds what a block has of a trace; whether it has any of it.
    async fn add_part(&self, question: &Question<'_>, at: usize, whole: &mut Measure) -> Result<bool, Fault> {
        let Some(block) = self.blocks.get(at) else { return Ok(false) };
        let traces = question.summaries(block).await?;
        let Some(part) = traces.find(&whole.trace_id).and_then(|place| traces.measure(place)) else {
            return Ok(false);
        };
        if part.start_ns != 0 && (whole.start_ns == 0 || part.start_ns < whole.start_ns) {
            whole.start_ns = part.start_ns;
        }
        whole.end_ns = whole.end_ns.max(part.end_ns);
        Ok(true)
    }
}
