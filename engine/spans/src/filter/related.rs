//! Which spans stand in a relation to which. Every step is linear in the spans and their links.

use std::collections::HashMap;

use super::evaluate::SpanRow;
use super::expr::Relation;

/// Where spans stand to each other. A span is in no relation to itself.
#[derive(Debug)]
pub(super) struct Places {
    /// The parent of each, when it is there.
    parents: Vec<Option<usize>>,
    /// Whose child each is, by number: also of parents that are not there.
    families: Vec<Option<usize>>,
    /// What each links to, as far as it is there.
    links: Vec<Vec<usize>>,
}

impl Places {
    pub(super) fn of(spans: &[impl SpanRow]) -> Self {
        let mut at = HashMap::with_capacity(spans.len());
        for (i, span) in spans.iter().enumerate() {
            at.entry((span.trace_id(), span.span_id())).or_insert(i);
        }
        let mut numbers = HashMap::new();
        let mut places = Places { parents: Vec::new(), families: Vec::new(), links: Vec::new() };
        for (i, span) in spans.iter().enumerate() {
            let parent = span.parent_id().filter(|id| *id != [0; 8] && *id != span.span_id());
            let parent = parent.map(|id| (span.trace_id(), id));
            places.parents.push(parent.and_then(|parent| at.get(&parent).copied()));
            places.families.push(parent.map(|parent| {
                let next = numbers.len();
                *numbers.entry(parent).or_insert(next)
            }));
            let links = span.links().into_iter().filter_map(|link| at.get(&link).copied()).filter(|other| *other != i);
            places.links.push(links.collect());
        }
        places
    }
}

/// For each span whether it is on the right of one of `left`.
pub(super) fn related(left: &[bool], relation: Relation, places: &Places) -> Vec<bool> {
    match relation {
        Relation::Child => places.parents.iter().map(|parent| parent.is_some_and(|parent| left[parent])).collect(),
        Relation::Descendant => below(left, &places.parents),
        Relation::Sibling => {
            let mut counts = vec![0_usize; left.len()];
            for (family, held) in places.families.iter().zip(left) {
                if let Some(family) = family {
                    counts[*family] += usize::from(*held);
                }
            }
            let others = |(family, held): (&Option<usize>, &bool)| {
                family.is_some_and(|family| counts[family] > usize::from(*held))
            };
            places.families.iter().zip(left).map(others).collect()
        }
        Relation::Linked => places.links.iter().map(|links| links.iter().any(|other| left[*other])).collect(),
    }
}

/// For each span whether one above it is of `left`. Broken clocks are one thing, broken senders another: parents may go round in
/// a circle, in which every span is above every other.
fn below(left: &[bool], parents: &[Option<usize>]) -> Vec<bool> {
    #[derive(Clone, Copy, PartialEq)]
    enum State {
        New,
        OnPath,
        Done,
    }
    let mut state = vec![State::New; left.len()];
    let mut above = vec![false; left.len()];
    let mut path = Vec::new();
    for first in 0..left.len() {
        let mut at = Some(first);
        while let Some(span) = at.filter(|span| state[*span] == State::New) {
            state[span] = State::OnPath;
            path.push(span);
            at = parents[span];
        }
        // Whether there is one at or above the place where the path ends.
        let mut held = match at {
            None => false,
            Some(span) if state[span] == State::Done => above[span] || left[span],
            Some(span) => {
                let start = path.iter().position(|other| *other == span).unwrap_or(path.len());
                let circle = path.split_off(start);
                let count = circle.iter().filter(|span| left[**span]).count();
                for span in circle {
                    above[span] = count > usize::from(left[span]);
                    state[span] = State::Done;
                }
                count > 0
            }
        };
        while let Some(span) = path.pop() {
            above[span] = held;
            held = held || left[span];
            state[span] = State::Done;
        }
    }
    above
}
