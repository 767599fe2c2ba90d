//! Blocks: some ten thousand spans, sorted by trace and start, packed in columns.
//!
//! | column | what |
//! |---|---|
//! | traces | each trace id once, the count of its spans |
//! | span ids | as they are |
//! | parents | none, a row of the trace, or an id as it is |
//! | starts | each trace's earliest, then the differences from span to span |
//! | durations | end minus start, of either sign |
//! | names, kinds (with status, and whether `rest` is plain), resources, scopes | each distinct one once, a number a span |
//! | shapes | each distinct list of keys with types once, a number a span |
//! | rest | what is opaque, as it is |
//! | summaries | each trace's start, end, errors, root and services: what a list shows |
//! | links | the spans that link to others, and to which |
//! | loose | attributes as they are, of spans whose keys found no column |
//! | one for each key and type | the values of the spans that have it, in their order |

mod ask;
mod bloom;
pub(crate) mod figures;
mod frame;
mod header;
mod links;
mod pack;
mod read;
mod summaries;
mod values;

#[cfg(test)]
mod tests;

pub use ask::Truth;
pub use figures::{OF_FIGURES, of_attributes};
pub use frame::{squeeze, unsqueeze};
pub use header::{Header, Key};
pub use links::{Link, LinkOf, LinksOf};
pub use pack::{Beside, Loose, Packed, TooManySpans, pack, pack_beside};
pub use read::Block;
pub use summaries::{Measure, Traces};
pub(crate) use values::Values;

/// Spans of a block at most. Several times what is meant to be packed together, so that a group of commits need not be cut.
pub const MOST_SPANS: u32 = 1 << 18;

/// Columns of keys at most; what is beyond is kept with its span.
const MOST_KEYS: usize = 1024;
/// Distinct lists of keys at most.
const MOST_SHAPES: usize = 8192;

/// A column's number.
pub type Column = u16;

const TRACES: Column = 0;
const SPAN_IDS: Column = 1;
const PARENTS: Column = 2;
const STARTS: Column = 3;
const DURATIONS: Column = 4;
const NAMES: Column = 5;
const KINDS: Column = 6;
const RESOURCES: Column = 7;
const SCOPES: Column = 8;
const SHAPES: Column = 9;
const REST: Column = 10;
const LOOSE: Column = 11;
const SUMMARIES: Column = 12;
const LINKS: Column = 13;
/// The columns that [`Block::summaries`] reads.
pub const OF_SUMMARIES: [Column; 2] = [TRACES, SUMMARIES];

/// The columns that [`Block::span_ids`] reads.
pub const OF_SPAN_IDS: [Column; 1] = [SPAN_IDS];

/// The columns that [`Block::links`] reads.
pub const OF_LINKS: [Column; 3] = [TRACES, SPAN_IDS, LINKS];

/// The columns that [`Block::links_in_rest`] reads.
pub const OF_LINKS_IN_REST: [Column; 4] = [TRACES, SPAN_IDS, KINDS, REST];

/// A trace in 32 bits, as [`Header::earlier`] has it. Two traces may have the same.
pub fn mark(trace_id: &[u8; 16]) -> u32 {
    bloom::mark(bloom::trace_hash(trace_id))
}

/// The first key's.
const KEYS: Column = 32;
