//! A trace in the order a waterfall shows it.
//!
//! A span's children follow it by start, each with its own. Telemetry may be anything, so this holds for any input, without
//! recursion and in time that grows with the spans (but for sorting): every span appears exactly once; one whose parent is
//! missing begins a tree of its own, as does the earliest span of a circle; nothing ends before it starts.

use std::collections::HashMap;
use std::fmt;

use crate::ids::SpanId;
use crate::model::Trace;
use crate::waits::{self, Gap, Waits};

/// One line of a waterfall.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// What it shows.
    pub kind: RowKind,
    /// Indentation; 0 for a root.
    pub depth: u32,
    /// Start, nanoseconds since 1970.
    pub start_unix_nano: u64,
    /// End, nanoseconds since 1970; never before the start.
    pub end_unix_nano: u64,
    /// How many of the following rows belong to this one: collapsing skips them.
    pub descendants: usize,
}

/// What a line of a waterfall shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RowKind {
    /// A span, by its index in [`Trace::spans`].
    Span(usize),
    /// The message of the next row's span waited here, in this channel if the span names one. Inferred.
    Wait(Option<String>),
    /// From a failed attempt to the next one. Inferred.
    Retry,
}

impl Row {
    /// End minus start, nanoseconds.
    pub fn duration_nanos(&self) -> u64 {
        self.end_unix_nano.saturating_sub(self.start_unix_nano)
    }

    /// The line's text: a span's name, `wait in orders[2]`, `retry in 200 ms`.
    pub fn label(&self, trace: &Trace) -> String {
        match &self.kind {
            RowKind::Span(index) => trace.spans.get(*index).map(|span| span.name.clone()).unwrap_or_default(),
            RowKind::Wait(Some(channel)) => format!("wait in {channel}"),
            RowKind::Wait(None) => "wait".to_owned(),
            RowKind::Retry => format!("retry in {}", Nanos(self.duration_nanos())),
        }
    }
}

/// The rows of a trace, from top to bottom.
pub fn waterfall(trace: &Trace) -> Vec<Row> {
    let mut in_order: Vec<usize> = (0..trace.spans.len()).collect();
    in_order.sort_by_key(|index| trace.spans.get(*index).map(|span| (span.start_unix_nano, span.id)));
    let mut by_id = HashMap::with_capacity(trace.spans.len());
    for &index in &in_order {
        by_id.entry(trace.spans[index].id).or_insert(index);
    }
    let waits = waits::infer(trace, &by_id, &in_order);
    let tree = Tree::new(trace, &by_id, &in_order);
    let mut walk = Walk { trace, waits, tree, seen: vec![false; trace.spans.len()], rows: Vec::new() };
    for &index in &in_order {
        if walk.tree.parents[index].is_none() {
            walk.descend(index);
        }
    }
    // Only circles are left: no root leads to them.
    for &index in &in_order {
        walk.descend(index);
    }
    walk.rows
}

/// Who is shown under whom.
struct Tree {
    parents: Vec<Option<usize>>,
    /// The children of `i`, by start, are `children[first[i]..first[i + 1]]`.
    first: Vec<usize>,
    children: Vec<usize>,
}

impl Tree {
    fn new(trace: &Trace, by_id: &HashMap<SpanId, usize>, in_order: &[usize]) -> Self {
        // A consumer without a parent here is shown under the producer it links to.
        let parents: Vec<Option<usize>> = (trace.spans.iter().enumerate())
            .map(|(index, span)| {
                let known = |id: SpanId| by_id.get(&id).copied().filter(|parent| *parent != index);
                span.parent.and_then(known).or_else(|| waits::linked(trace, span).and_then(known))
            })
            .collect();
        let mut first = vec![0; parents.len() + 1];
        for parent in parents.iter().flatten() {
            first[parent + 1] += 1;
        }
        for index in 1..first.len() {
            first[index] += first[index - 1];
        }
        let mut next = first.clone();
        let mut children = vec![0; parents.iter().flatten().count()];
        for &index in in_order {
            if let Some(parent) = parents[index] {
                children[next[parent]] = index;
                next[parent] += 1;
            }
        }
        Self { parents, first, children }
    }

    fn children(&self, index: usize) -> &[usize] {
        &self.children[self.first[index]..self.first[index + 1]]
    }
}

struct Walk<'a> {
    trace: &'a Trace,
    waits: Waits,
    tree: Tree,
    seen: Vec<bool>,
    rows: Vec<Row>,
}

enum Step {
    Enter { index: usize, depth: u32 },
    Leave { index: usize, depth: u32, row: usize },
}

impl Walk<'_> {
    /// Adds a span and all below it, unless it was added before.
    fn descend(&mut self, root: usize) {
        let mut steps = vec![Step::Enter { index: root, depth: 0 }];
        while let Some(step) = steps.pop() {
            match step {
                Step::Enter { index, .. } if self.seen[index] => {}
                Step::Enter { index, depth } => {
                    self.seen[index] = true;
                    let row = self.enter(index, depth);
                    steps.push(Step::Leave { index, depth, row });
                    let children = self.tree.children(index).iter().rev();
                    steps.extend(children.map(|&index| Step::Enter { index, depth: depth + 1 }));
                }
                Step::Leave { index, depth, row } => {
                    if let Some(Gap { start, end }) = self.waits.after.remove(&index) {
                        self.push(RowKind::Retry, depth + 1, start, end);
                    }
                    self.rows[row].descendants = self.rows.len() - row - 1;
                }
            }
        }
    }

    /// The row of a span, and before it the one of its message's waiting. Returns the span's.
    fn enter(&mut self, index: usize, depth: u32) -> usize {
        let span = &self.trace.spans[index];
        if let Some(Gap { start, end }) = self.waits.before.remove(&index) {
            self.push(RowKind::Wait(waits::channel(span)), depth, start, end);
        }
        self.push(RowKind::Span(index), depth, span.start_unix_nano, span.end_unix_nano)
    }

    fn push(&mut self, kind: RowKind, depth: u32, start: u64, end: u64) -> usize {
        self.rows.push(Row { kind, depth, start_unix_nano: start, end_unix_nano: end.max(start), descendants: 0 });
        self.rows.len() - 1
    }
}

/// A duration in three digits or so: `90 µs`, `200 ms`, `1.25 s`.
struct Nanos(u64);

impl fmt::Display for Nanos {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            0..1_000 => write!(out, "{} ns", self.0),
            1_000..1_000_000 => write!(out, "{} µs", self.0 / 1_000),
            1_000_000..1_000_000_000 => write!(out, "{} ms", self.0 / 1_000_000),
            _ => write!(out, "{:.2} s", self.0 as f64 / 1e9),
        }
    }
}

#[cfg(test)]
mod tests;
