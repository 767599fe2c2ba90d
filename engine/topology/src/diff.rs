//! What two traces differ in: their spans matched by the path of service and operation from the root down, in order.
//!
//! Below spans that match, the first span of an operation in one trace matches the first of it in the other, the second the second, and
//! so on. What has no partner stands where it stood beside those that have.

use std::collections::{HashMap, HashSet, VecDeque};

use crate::{Kind, Observed, ObservedTrace};

/// A line of two traces seen as one tree, parents before their children.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Twin {
    /// How deep it is; 0 is a root.
    pub depth: u32,
    /// The service.
    pub service: String,
    /// The operation.
    pub name: String,
    /// Its part in a conversation.
    pub kind: Kind,
    /// The span of the first trace.
    pub before: Option<TwinSpan>,
    /// The span of the second.
    pub after: Option<TwinSpan>,
}

/// A span of one of the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TwinSpan {
    /// Its id.
    pub id: [u8; 8],
    /// Its start, nanoseconds after that of its trace.
    pub start: u64,
    /// How long it took, nanoseconds.
    pub duration: u64,
    /// Whether it failed.
    pub error: bool,
}

/// The two traces as one tree.
pub fn twins(before: &ObservedTrace<'_>, after: &ObservedTrace<'_>) -> Vec<Twin> {
    let trees = [Tree::of(before), Tree::of(after)];
    let mut lines = Vec::with_capacity(before.spans.len().max(after.spans.len()));
    // To be told next is last.
    let mut waiting = Vec::new();
    push(&mut waiting, &trees, 0, [&trees[0].roots, &trees[1].roots]);
    while let Some((depth, pair)) = waiting.pop() {
        let span = |side: usize| pair[side].map(|at| trees[side].spans[at]);
        let Some(any) = span(0).or_else(|| span(1)) else { continue };
        lines.push(Twin {
            depth,
            service: any.service.name.to_owned(),
            name: any.name.to_owned(),
            kind: any.kind,
            before: span(0).map(|span| trees[0].twin(span)),
            after: span(1).map(|span| trees[1].twin(span)),
        });
        let children = |side: usize| pair[side].map_or(&[][..], |at| trees[side].children[at].as_slice());
        push(&mut waiting, &trees, depth + 1, [children(0), children(1)]);
    }
    lines
}

type Pair = [Option<usize>; 2];

fn push(waiting: &mut Vec<(u32, Pair)>, trees: &[Tree<'_>; 2], depth: u32, beside: [&[usize]; 2]) {
    waiting.extend(aligned(trees, beside).into_iter().rev().map(|pair| (depth, pair)));
}

/// Siblings of both sides, those that match as one.
fn aligned(trees: &[Tree<'_>; 2], [before, after]: [&[usize]; 2]) -> Vec<Pair> {
    let label = |side: usize, at: usize| {
        let span: &Observed<'_> = trees[side].spans[at];
        (span.service.name, span.name)
    };
    let mut partners: HashMap<(&str, &str), VecDeque<usize>> = HashMap::new();
    for (place, at) in after.iter().enumerate() {
        partners.entry(label(1, *at)).or_default().push_back(place);
    }
    let matched: Vec<Option<usize>> =
        before.iter().map(|at| partners.get_mut(&label(0, *at)).and_then(VecDeque::pop_front)).collect();
    let taken: HashSet<usize> = matched.iter().flatten().copied().collect();
    let mut alone = (0..after.len()).filter(|place| !taken.contains(place)).peekable();
    let mut pairs = Vec::with_capacity(before.len() + after.len() - taken.len());
    for (at, partner) in before.iter().zip(matched) {
        if let Some(place) = partner {
            while let Some(earlier) = alone.next_if(|earlier| *earlier < place) {
                pairs.push([None, Some(after[earlier])]);
            }
        }
        pairs.push([Some(*at), partner.map(|place| after[place])]);
    }
    pairs.extend(alone.map(|place| [None, Some(after[place])]));
    pairs
}

/// The spans of a trace by their parents.
struct Tree<'a> {
    spans: Vec<&'a Observed<'a>>,
    parents: Vec<Option<usize>>,
    children: Vec<Vec<usize>>,
    roots: Vec<usize>,
    start: u64,
}

impl<'a> Tree<'a> {
    fn of(trace: &'a ObservedTrace<'a>) -> Self {
        let mut spans: Vec<&Observed<'_>> = trace.spans.iter().collect();
        spans.sort_by_key(|span| (span.start, span.id));
        let places: HashMap<[u8; 8], usize> = spans.iter().enumerate().map(|(at, span)| (span.id, at)).collect();
        let parent = |(at, span): (usize, &&Observed<'_>)| {
            span.parent.and_then(|parent| places.get(&parent)).copied().filter(|parent| *parent != at)
        };
        let parents: Vec<Option<usize>> = spans.iter().enumerate().map(parent).collect();
        let (mut children, mut roots) = (vec![Vec::new(); spans.len()], Vec::new());
        for (at, parent) in parents.iter().enumerate() {
            match parent {
                Some(parent) => children[*parent].push(at),
                None => roots.push(at),
            }
        }
        let start = spans.iter().map(|span| span.start).filter(|start| *start != 0).min().unwrap_or(0);
        let mut tree = Tree { spans, parents, children, roots, start };
        tree.break_circles();
        tree
    }

    /// Spans that are their own ancestors hang on no root; the earliest of each circle becomes one.
    fn break_circles(&mut self) {
        let mut reached = vec![false; self.spans.len()];
        let mut waiting = self.roots.clone();
        let mut next = 0;
        loop {
            while let Some(at) = waiting.pop() {
                reached[at] = true;
                waiting.extend(&self.children[at]);
            }
            let Some(lost) = (next..reached.len()).find(|at| !reached[*at]) else { return };
            next = lost + 1;
            if let Some(parent) = self.parents[lost].take() {
                self.children[parent].retain(|child| *child != lost);
            }
            self.roots.push(lost);
            waiting.push(lost);
        }
    }

    fn twin(&self, span: &Observed<'_>) -> TwinSpan {
        TwinSpan {
            id: span.id,
            start: span.start.saturating_sub(self.start),
            duration: span.end.saturating_sub(span.start),
            error: span.error,
        }
    }
}
