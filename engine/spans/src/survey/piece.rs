//! Traces as a few numbers each: of a part that is in a block, then of the whole.

use crate::block::{Measure, Traces, Truth};

/// Filters that are asked at once.
pub const FILTERS: usize = 3;

/// A trace, or a part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Piece {
    /// The trace.
    pub trace_id: [u8; 16],
    /// Earliest known start, nanoseconds since 1970; 0 when none is known.
    pub start_ns: u64,
    /// Latest known time.
    pub end_ns: u64,
    /// Spans with errors. One that is in two parts counts in both.
    pub errors: u32,
    /// How many parts it was made of.
    pub parts: u32,
    /// What filters say of the trace, by their number.
    pub held: [Truth; FILTERS],
}

impl Piece {
    /// From start to end.
    pub fn duration_ns(&self) -> u64 {
        self.end_ns.saturating_sub(self.start_ns)
    }

    fn merge(&mut self, other: &Self) {
        if other.start_ns != 0 && (self.start_ns == 0 || other.start_ns < self.start_ns) {
            self.start_ns = other.start_ns;
        }
        self.end_ns = self.end_ns.max(other.end_ns);
        self.errors = self.errors.saturating_add(other.errors);
        self.parts += other.parts;
        for (held, other) in self.held.iter_mut().zip(other.held) {
            *held = (*held).max(other);
        }
    }
}

/// The parts of traces in a block, with what filters say of their spans; nothing said is that a filter holds for none.
pub fn pieces(traces: &Traces, truths: [Option<&[Truth]>; FILTERS]) -> Vec<Piece> {
    let best = |truths: Option<&[Truth]>, at: usize| {
        let of_trace = truths.and_then(|truths| truths.get(traces.rows(at)));
        of_trace.and_then(|truths| truths.iter().max()).copied().unwrap_or(Truth::No)
    };
    let piece = |(at, part): (usize, Measure)| Piece {
        trace_id: part.trace_id,
        start_ns: part.start_ns,
        end_ns: part.end_ns.max(part.start_ns),
        errors: u32::try_from(part.errors).unwrap_or(u32::MAX),
        parts: 1,
        held: truths.map(|truths| best(truths, at)),
    };
    traces.measures().enumerate().map(piece).collect()
}

/// Whole traces from parts in any order, by their ids.
pub fn wholes(mut pieces: Vec<Piece>) -> Vec<Piece> {
    pieces.sort_unstable_by_key(|piece| piece.trace_id);
    pieces.dedup_by(|later, first| {
        let same = later.trace_id == first.trace_id;
        if same {
            first.merge(later);
        }
        same
    });
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_in_any_order_make_the_whole() {
        let piece = |id: u8, start_ns, end_ns, held| Piece {
            trace_id: [id; 16],
            start_ns,
            end_ns,
            errors: 1,
            parts: 1,
            held: [held, Truth::No, Truth::No],
        };
        let parts = vec![
            piece(2, 0, 9, Truth::No),
            piece(1, 3, 4, Truth::No),
            piece(2, 7, 8, Truth::Yes),
            piece(2, 5, 6, Truth::Unknown),
        ];
        let mut back = parts.clone();
        back.reverse();
        let found = wholes(parts);
        assert_eq!(found, wholes(back));
        assert_eq!(found.len(), 2);
        let whole = &found[1];
        assert_eq!((whole.start_ns, whole.end_ns, whole.errors, whole.parts), (5, 9, 3, 3));
        assert_eq!((whole.held, whole.duration_ns()), ([Truth::Yes, Truth::No, Truth::No], 4));
    }
}
