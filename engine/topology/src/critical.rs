//! Where the time of a trace went: its critical path, and the time each span spent in its own work.
//!
//! The path is walked backwards from the root's end: whoever ended last before that moment held the root up, and so on within it
//! (Zhang and others, "CRISP: Critical Path Analysis of Large-Scale Microservice Architectures", USENIX ATC 2022). Clocks and
//! instrumentations being what they are, a child is cut to the time of its parent, and one that lies outside of it is left out with
//! all below it. Who handles a message is not waited for by who sent it: a CONSUMER span is no part of its PRODUCER span.

use std::collections::HashMap;

use crate::observed::{Kind, Observed, ObservedTrace};

/// A stretch of the critical path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Section {
    /// Index of the span in whose own work the time went.
    pub span: usize,
    /// Start, nanoseconds since 1970.
    pub start: u64,
    /// End, nanoseconds since 1970.
    pub end: u64,
}

/// Who is below whom, as far as the upper one waits.
struct Waiting {
    /// Children by index of their parent.
    children: Vec<Vec<usize>>,
    has_parent: Vec<bool>,
}

impl Waiting {
    fn new(trace: &ObservedTrace<'_>) -> Self {
        let mut by_id = HashMap::with_capacity(trace.spans.len());
        for (index, span) in trace.spans.iter().enumerate() {
            by_id.entry(span.id).or_insert(index);
        }
        let mut waiting =
            Self { children: vec![Vec::new(); trace.spans.len()], has_parent: vec![false; trace.spans.len()] };
        for (index, span) in trace.spans.iter().enumerate() {
            let parent = span.parent.and_then(|parent| by_id.get(&parent).copied());
            let Some(parent) = parent.filter(|parent| *parent != index) else { continue };
            waiting.has_parent[index] = true;
            let is_message = span.kind == Kind::Consumer && trace.spans[parent].kind == Kind::Producer;
            if !is_message {
                waiting.children[parent].push(index);
            }
        }
        waiting
    }
}

/// The critical path of the trace's first root, in the order of time.
pub fn critical_path(trace: &ObservedTrace<'_>) -> Vec<Section> {
    let waiting = Waiting::new(trace);
    let first = |span: &Observed<'_>| (span.start, std::cmp::Reverse(span.end), span.id);
    let roots = (0..trace.spans.len()).filter(|index| !waiting.has_parent[*index]);
    // A trace that is all circles has no root; its first span does as well.
    let root = roots.min_by_key(|index| first(&trace.spans[*index]));
    let root = root.or_else(|| (0..trace.spans.len()).min_by_key(|index| first(&trace.spans[*index])));
    root.map(|root| walk(trace, &waiting, root)).unwrap_or_default()
}

/// A span on the way, with the time that is left of it.
struct Open {
    span: usize,
    start: u64,
    /// Everything from here on is told.
    at: u64,
    /// Its children with their times cut to its own, by end; the last one is looked at next.
    children: Vec<(u64, u64, usize)>,
}

fn walk(trace: &ObservedTrace<'_>, waiting: &Waiting, root: usize) -> Vec<Section> {
    let mut seen = vec![false; trace.spans.len()];
    let mut open = |span: usize, start: u64, end: u64| {
        // Circles must not be walked for ever.
        let fresh = !std::mem::replace(&mut seen[span], true);
        let children = waiting.children[span].iter().filter(|_| fresh).filter_map(|child| {
            let times = &trace.spans[*child];
            let is_outside = times.start >= end || times.end <= start;
            (!is_outside).then(|| (times.end.min(end), times.start.max(start), *child))
        });
        let mut children: Vec<(u64, u64, usize)> = children.collect();
        children.sort_unstable();
        Open { span, start, at: end, children }
    };
    let mut sections = Vec::new();
    let span = &trace.spans[root];
    let mut way = vec![open(root, span.start, span.end.max(span.start))];
    while let Some(top) = way.last_mut() {
        let (span, at) = (top.span, top.at);
        match top.children.pop() {
            Some((end, start, child)) if end <= at => {
                push(&mut sections, span, end, at);
                top.at = start;
                let child = open(child, start, end);
                way.push(child);
            }
            // It ran beside one that held the span up longer.
            Some(_) => {}
            None => {
                push(&mut sections, span, top.start, at);
                way.pop();
            }
        }
    }
    sections.reverse();
    sections
}

fn push(sections: &mut Vec<Section>, span: usize, start: u64, end: u64) {
    if start < end {
        sections.push(Section { span, start, end });
    }
}

/// Nanoseconds that each span spent in its own work: without the time in which it waited for at least one child.
pub fn self_times(trace: &ObservedTrace<'_>) -> Vec<u64> {
    let waiting = Waiting::new(trace);
    let of = |(span, children): (&Observed<'_>, &Vec<usize>)| {
        let mut times: Vec<(u64, u64)> = (children.iter().map(|child| &trace.spans[*child]))
            .map(|child| (child.start.max(span.start), child.end.min(span.end)))
            .filter(|(start, end)| start < end)
            .collect();
        times.sort_unstable();
        let (mut waited, mut until) = (0, span.start);
        for (start, end) in times {
            waited += end.saturating_sub(start.max(until));
            until = until.max(end);
        }
        span.duration() - waited
    };
    trace.spans.iter().zip(&waiting.children).map(of).collect()
}
