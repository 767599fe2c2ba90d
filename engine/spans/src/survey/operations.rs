//! What the operations of services take: how many, how many failed, how long, and both over time.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::durations::Durations;
use crate::block::{Truth, figures::Rows};
use crate::{Block, Damage, Header, Loose};

/// Operations that are told apart; spans of others are counted as left out.
pub const OPERATIONS: usize = 5_000;

/// Parts of the range of time: as many as a small curve has dots for.
pub const SLOTS: usize = 40;

/// From when until when, nanoseconds since 1970.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Range {
    /// The first moment.
    pub from_ns: u64,
    /// The last.
    pub until_ns: u64,
}

impl Range {
    fn slot(self, start_ns: u64) -> Option<usize> {
        let (last, since) = (self.until_ns.checked_sub(self.from_ns)?, start_ns.checked_sub(self.from_ns)?);
        if since > last {
            return None;
        }
        // Ranges of fourteen years need no longer numbers, which take several times as long to divide.
        match (since.checked_mul(SLOTS as u64), last.checked_add(1)) {
            (Some(slots), Some(length)) => usize::try_from(slots / length).ok(),
            _ => usize::try_from(u128::from(since) * SLOTS as u128 / (u128::from(last) + 1)).ok(),
        }
    }
}

/// Operations by service and name.
#[derive(Debug, Clone, Default)]
pub struct Operations {
    /// What the slots are parts of.
    pub range: Range,
    /// By service and name.
    pub table: BTreeMap<(String, String), Operation>,
    /// When the first of these spans started and the last, nanoseconds since 1970; 0 when none is known.
    pub seen: Range,
    /// Spans that only their whole trace decides on, and which are not counted.
    pub undecided: u64,
    /// Spans of operations beyond [`OPERATIONS`].
    pub left_out: u64,
    /// Whether spans of the oldest traces were left out because there are too many to look their traces up.
    pub cut: bool,
}

/// One operation of one service.
#[derive(Debug, Clone)]
pub struct Operation {
    /// Spans of it. One that was sent again after it was packed counts twice.
    pub spans: u64,
    /// How many of them are errors.
    pub errors: u64,
    /// Their durations, added up.
    pub total_ns: u128,
    /// Their durations.
    pub durations: Durations<7>,
    /// By time.
    pub slots: Vec<Slot>,
}

/// A part of the range of time.
#[derive(Debug, Clone, Default)]
pub struct Slot {
    /// Spans that started in it.
    pub spans: u32,
    /// Their durations, more coarsely.
    pub durations: Durations<4>,
}

impl Default for Operation {
    fn default() -> Self {
        Self { spans: 0, errors: 0, total_ns: 0, durations: Durations::default(), slots: vec![Slot::default(); SLOTS] }
    }
}

impl Operation {
    fn add(&mut self, range: Range, start_ns: u64, end_ns: u64, is_error: bool) {
        let duration = end_ns.saturating_sub(start_ns);
        self.spans += 1;
        self.errors += u64::from(is_error);
        self.total_ns += u128::from(duration);
        self.durations.add(duration);
        if let Some(slot) = range.slot(start_ns).and_then(|at| self.slots.get_mut(at)) {
            slot.spans += 1;
            slot.durations.add(duration);
        }
    }

    fn merge(&mut self, other: &Self) {
        self.spans += other.spans;
        self.errors += other.errors;
        self.total_ns += other.total_ns;
        self.durations.merge(&other.durations);
        for (slot, other) in self.slots.iter_mut().zip(&other.slots) {
            slot.spans += other.spans;
            slot.durations.merge(&other.durations);
        }
    }
}

/// OTLP's number of a status that is an error.
const ERROR: u8 = 2;

impl Operations {
    /// None yet, with curves over this range.
    pub fn over(range: Range) -> Self {
        Self { range, ..Self::default() }
    }

    /// The spans of a block for which a filter holds, all without one, of these traces only if they are named. The block needs the
    /// columns [`crate::block::OF_FIGURES`].
    pub fn of_block(
        range: Range,
        header: &Header,
        block: &Block,
        truths: Option<&[Truth]>,
        among: Option<&HashSet<[u8; 16]>>,
    ) -> Result<Self, Damage> {
        let (rows, times) = (Rows::read(header, block)?, block.times_of_all()?);
        let mut found = Self::over(range);
        let mut numbers: HashMap<(usize, usize), usize> = HashMap::new();
        let mut operations: Vec<((String, String), Operation)> = Vec::new();
        for (trace_id, of_trace) in &rows.traces {
            if among.is_some_and(|among| !among.contains(trace_id)) {
                continue;
            }
            for row in of_trace.clone() {
                match truths.map_or(Truth::Yes, |truths| truths.get(row).copied().unwrap_or(Truth::No)) {
                    Truth::Yes => {}
                    Truth::Unknown => {
                        found.undecided += 1;
                        continue;
                    }
                    Truth::No => continue,
                }
                let Some((resource, sender)) = rows.resource(row) else { continue };
                let name = rows.names.entry_of(row);
                let at = *numbers.entry((resource, name)).or_insert_with(|| {
                    operations.push(((sender.service.clone(), rows.name(name)), Operation::default()));
                    operations.len() - 1
                });
                let (start, end) = times.get(row).copied().unwrap_or_default();
                found.note(start);
                operations[at].1.add(range, start, end, rows.kind(row).1 == ERROR);
            }
        }
        for (key, operation) in operations {
            found.put(key, &operation);
        }
        Ok(found)
    }

    /// One span that is in no block.
    pub fn add(&mut self, Loose { span, resource, .. }: Loose<'_>) {
        let mut one = Operation::default();
        one.add(self.range, span.start_ns, span.end_ns, span.is_error());
        self.note(span.start_ns);
        self.put((resource.service.clone(), span.name.clone()), &one);
    }

    /// Takes in what others counted over the same range.
    pub fn merge(&mut self, other: Self) {
        for (key, operation) in other.table {
            self.put(key, &operation);
        }
        self.note(other.seen.from_ns);
        self.note(other.seen.until_ns);
        self.undecided += other.undecided;
        self.left_out += other.left_out;
        self.cut |= other.cut;
    }

    fn put(&mut self, key: (String, String), operation: &Operation) {
        if self.table.len() >= OPERATIONS && !self.table.contains_key(&key) {
            self.left_out += operation.spans;
            return;
        }
        self.table.entry(key).or_default().merge(operation);
    }

    fn note(&mut self, start_ns: u64) {
        if start_ns == 0 {
            return;
        }
        let seen = &mut self.seen;
        seen.until_ns = seen.until_ns.max(start_ns);
        seen.from_ns = if seen.from_ns == 0 { start_ns } else { seen.from_ns.min(start_ns) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::survey::packed;
    use crate::{Batch, Resource, Scope, Span};

    fn batch() -> Batch {
        let resource = |service: &str| Resource { service: service.into(), ..Resource::default() };
        let span = |id: u8, resource, name: &str, start_ns, ms: u64, status| Span {
            trace_id: [id; 16],
            span_id: [id; 8],
            resource,
            name: name.into(),
            status,
            start_ns,
            end_ns: start_ns + ms * 1_000_000,
            is_plain: true,
            ..Span::default()
        };
        // Two senders of one service: its operations are one.
        let resources = vec![resource("shop"), Resource { body: vec![1], ..resource("shop") }, resource("mail")];
        let spans = vec![
            span(1, 0, "buy", 1000, 10, 0),
            span(2, 1, "buy", 2000, 30, 2),
            span(3, 0, "look", 3000, 5, 0),
            span(4, 2, "buy", 4999, 7, 0),
        ];
        Batch { resources, scopes: vec![Scope::default()], spans }
    }

    #[test]
    fn operations_are_counted_from_columns_as_from_spans() {
        let batch = batch();
        let whole_block = packed(&batch);
        let block = Block::new(whole_block.columns.clone());
        let range = Range { from_ns: 1000, until_ns: 4999 };
        let columns = Operations::of_block(range, &whole_block.header, &block, None, None).unwrap();
        let mut spans = Operations::over(range);
        for span in &batch.spans {
            let (resource, scope) = (&batch.resources[span.resource], &batch.scopes[span.scope]);
            spans.add(Loose { span, resource, scope });
        }
        for found in [&columns, &spans] {
            let lines: Vec<_> = found
                .table
                .iter()
                .map(|((service, name), o)| {
                    let slots: Vec<usize> =
                        o.slots.iter().enumerate().filter(|(_, s)| s.spans > 0).map(|(at, _)| at).collect();
                    (service.as_str(), name.as_str(), o.spans, o.errors, o.total_ns / 1_000_000, slots)
                })
                .collect();
            assert_eq!(
                lines,
                [
                    ("mail", "buy", 1, 0, 7, vec![39]),
                    ("shop", "buy", 2, 1, 40, vec![0, 10]),
                    ("shop", "look", 1, 0, 5, vec![20])
                ]
            );
            assert_eq!(found.seen, range);
        }
    }

    #[test]
    fn slots_are_equal_parts_of_ranges_of_any_length() {
        for until_ns in [10, 39, 40, 1000, u64::MAX / 40 + 10, u64::MAX] {
            let range = Range { from_ns: 10, until_ns };
            let length = u128::from(until_ns - 10) + 1;
            for start_ns in
                [0, 9, 10, 11, 25, 500, until_ns / 3, until_ns - until_ns / 7, until_ns - 1, until_ns, u64::MAX]
            {
                let exact = start_ns.checked_sub(10).map(|since| u128::from(since) * SLOTS as u128 / length);
                let expected = exact.filter(|at| *at < SLOTS as u128).map(|at| at as usize);
                assert_eq!(range.slot(start_ns), expected, "{start_ns} of {range:?}");
            }
        }
    }

    #[test]
    fn what_a_filter_leaves_out_is_not_counted() {
        let whole_block = packed(&batch());
        let block = Block::new(whole_block.columns.clone());
        let truths = [Truth::Yes, Truth::Unknown, Truth::No, Truth::Yes];
        let among = HashSet::from([[1; 16], [2; 16], [3; 16]]);
        let found =
            Operations::of_block(Range::default(), &whole_block.header, &block, Some(&truths), Some(&among)).unwrap();
        assert_eq!((found.table.len(), found.undecided), (1, 1));
    }
}
