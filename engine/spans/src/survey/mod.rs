//! What many traces show together, folded block by block: where they lie in time and duration ([`Density`]), what their
//! operations take ([`Operations`]), in which attributes two sets of them differ ([`Contrast`]).
//!
//! Folding goes side by side: a block gives a part, parts are added up in any order, and what comes out does not depend on it.
//! Everything that grows with what was sent has a named limit, and what is beyond it is counted.

mod chance;
mod contrast;
mod density;
mod durations;
mod keys;
mod operations;
mod piece;

pub use contrast::{Contrast, ContrastPart, Difference, Of, Set, Sets, Shown, VALUES_PER_KEY, set_of, sets};
pub use density::{Cell, Density, row_start};
pub use durations::Durations;
pub use keys::SeenInBlocks;
pub use operations::{OPERATIONS, Operation, Operations, Range, SLOTS, Slot};
pub use piece::{FILTERS, Piece, pieces, wholes};

#[cfg(test)]
fn packed(batch: &crate::Batch) -> crate::Packed {
    let loose = |span: &'_ crate::Span| (&batch.resources[span.resource], &batch.scopes[span.scope]);
    let spans = batch.spans.iter().map(|span| {
        let (resource, scope) = loose(span);
        crate::Loose { span, resource, scope }
    });
    crate::pack(spans.collect()).unwrap()
}
