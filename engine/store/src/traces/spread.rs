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

/// Upper bits of a mark by which marks are found.
const UPPER: u32 = 16;

fn upper(mark: u32) -> usize {
    (mark >> (u32::BITS - UPPER)) as usize
}

/// Which traces may be in more than one block.
pub(super) struct Spread<'a> {
    blocks: &'a [Arc<Packed>],
    /// The marks of traces, each with the place of the block that says that it goes on there; sorted.
    marks: Vec<(u32, u32)>,
    /// Where the marks begin that have so much in their upper bits, and those that have more.
    begins: Vec<u32>,
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
        let mut begins = Vec::with_capacity((1 << UPPER) + 2);
        for (at, (mark, _)) in (0..).zip(&marks) {
            begins.resize(begins.len().max(upper(*mark) + 1), at);
        }
        begins.resize((1 << UPPER) + 1, marks.len() as u32);
        Self { blocks, marks, begins, silent: blocks.iter().filter(|block| block.header.earlier.is_none()).collect() }
    }

    /// Whether a trace of one block may be in others too.
    pub(super) fn has(&self, trace_id: &[u8; 16], block: i64) -> bool {
        !self.listed(trace_id).is_empty()
            || self.silent.iter().any(|other| other.id != block && other.header.may_have_trace(trace_id))
    }

    /// The blocks that say that a trace goes on there.
    fn listed(&self, trace_id: &[u8; 16]) -> &[(u32, u32)] {
        let mark = mark(trace_id);
        // Marks are as good as random: there are few with these upper bits.
        let begin = |at: usize| self.begins.get(at).map_or(0, |begin| *begin as usize);
        let near = self.marks.get(begin(upper(mark))..begin(upper(mark) + 1)).unwrap_or_default();
        let from = near.iter().take_while(|(other, _)| *other < mark).count();
        let count = near[from..].iter().take_while(|(other, _)| *other == mark).count();
        &near[from..from + count]
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use thalweg_spans::Header;

    use super::*;

    proptest! {
        #[test]
        fn those_that_go_on_are_listed_where_they_do(
            blocks in prop::collection::vec(prop::collection::vec(0..40_u8, 0..30), 0..8),
            asked in 0..40_u8,
        ) {
            let id = |trace: u8| [trace; 16];
            let packed = |(number, traces): (i64, &Vec<u8>)| {
                let mut marks: Vec<u32> = traces.iter().map(|trace| mark(&id(*trace))).collect();
                marks.sort_unstable();
                marks.dedup();
                let mut header = Header::default();
                header.earlier = Some(marks.into());
                Arc::new(Packed { id: number, at_unix_ms: 0, bytes: 1, header })
            };
            let all: Vec<Arc<Packed>> = (1..).zip(&blocks).map(packed).collect();
            let spread = Spread::new(&all);
            let found: Vec<u32> = spread.listed(&id(asked)).iter().map(|(_, at)| *at).collect();
            let expected = (0..).zip(&blocks).filter(|(_, traces)| traces.contains(&asked)).map(|(at, _)| at);
            prop_assert_eq!(found, expected.collect::<Vec<u32>>());
        }
    }
}
