//! How the spans of one trace hang together: who is below whom, what handles, what belongs to which message.

use std::collections::HashMap;

use crate::facts::{Facts, Role, link_message};
use crate::observed::{Kind, Observed, ObservedLink, ObservedTrace, SpanId};
use crate::pairing::{By, Key};

/// A trace and what its spans are to each other; everything by index of a span.
pub(crate) struct Shape<'a> {
    pub(crate) trace: &'a ObservedTrace<'a>,
    pub(crate) facts: Vec<Facts>,
    by_id: HashMap<SpanId, usize>,
    /// Circles are opened.
    pub(crate) parents: Vec<Option<usize>>,
    /// Every span after its parent.
    order: Vec<usize>,
    /// The span of the handling that led to this one, or it itself.
    pub(crate) handlers: Vec<Option<usize>>,
    /// When the messages of a span had left.
    pub(crate) left: Vec<u64>,
}

impl<'a> Shape<'a> {
    pub(crate) fn new(trace: &'a ObservedTrace<'a>) -> Self {
        let mut by_id = HashMap::with_capacity(trace.spans.len());
        for (index, span) in trace.spans.iter().enumerate() {
            by_id.entry(span.id).or_insert(index);
        }
        let parent = |(index, span): (usize, &Observed<'_>)| {
            span.parent.and_then(|parent| by_id.get(&parent).copied()).filter(|parent| *parent != index)
        };
        let mut parents: Vec<Option<usize>> = trace.spans.iter().enumerate().map(parent).collect();
        let order = parents_first(&mut parents);
        let mut shape = Self {
            trace,
            facts: trace.spans.iter().map(Facts::of).collect(),
            by_id,
            parents,
            order,
            handlers: vec![None; trace.spans.len()],
            left: trace.spans.iter().map(|span| span.end).collect(),
        };
        shape.find_handlers();
        shape.find_leaving();
        shape
    }

    pub(crate) fn span(&self, index: usize) -> &'a Observed<'a> {
        &self.trace.spans[index]
    }

    pub(crate) fn role(&self, index: usize) -> Role {
        self.facts[index].role
    }

    /// All indexes, each after its parent.
    pub(crate) fn in_order(&self) -> impl Iterator<Item = usize> + '_ {
        self.order.iter().copied()
    }

    /// Whether this span is the handling of a message.
    pub(crate) fn handles(&self, index: usize) -> bool {
        self.handlers[index] == Some(index)
    }

    /// Handling is what says so, and fetching where nothing below it handles: older clients call both the same.
    fn find_handlers(&mut self) {
        let mut is_fetch = vec![false; self.facts.len()];
        for index in 0..self.facts.len() {
            let mut above = self.parents[index].filter(|_| self.role(index) == Role::Process);
            // A wrapper may stand between the two.
            for _ in 0..2 {
                let Some(parent) = above else { break };
                if self.role(parent) == Role::Receive {
                    is_fetch[parent] = true;
                    break;
                }
                above = self.parents[parent];
            }
        }
        for position in 0..self.order.len() {
            let index = self.order[position];
            let handles = match self.role(index) {
                Role::Process => true,
                Role::Receive => self.span(index).kind == Kind::Consumer && !is_fetch[index],
                _ => false,
            } && self.facts[index].destination.is_some();
            self.handlers[index] =
                if handles { Some(index) } else { self.parents[index].and_then(|parent| self.handlers[parent]) };
        }
    }

    /// Messages that one span makes and another sends leave when that one ends.
    fn find_leaving(&mut self) {
        for index in 0..self.facts.len() {
            if self.role(index) != Role::Send {
                continue;
            }
            for link in self.span(index).links.iter().filter(|link| link.trace == self.trace.id) {
                if let Some(&made) = self.by_id.get(&link.span)
                    && self.role(made) == Role::Create
                {
                    self.left[made] = self.span(index).end;
                }
            }
        }
    }

    /// The messages of a delivery: by link, else by parent, else by id, else by offset.
    pub(crate) fn contexts(&self, index: usize) -> Vec<(Key, By, u64)> {
        let (span, facts) = (self.span(index), &self.facts[index]);
        let own = facts.message.or(facts.offset).unwrap_or(0);
        // A link within the trace to what is no sending is a note, not a message.
        let is_message = |link: &&ObservedLink<'_>| {
            let here = (link.trace == self.trace.id).then(|| self.by_id.get(&link.span)).flatten();
            here.is_none_or(|here| matches!(self.role(*here), Role::Send | Role::Create))
        };
        let links: Vec<_> = span.links.iter().filter(is_message).collect();
        if !links.is_empty() {
            let alone = links.len() == 1;
            let of = |link: &&ObservedLink<'_>| {
                let named = facts.channel().and_then(|found| link_message(&link.attributes, found));
                let message = named.unwrap_or(if alone { own } else { 0 });
                (Key::Context(link.trace, link.span), By::Link, message)
            };
            return links.iter().map(of).collect();
        }
        let mut above = self.parents[index];
        // The wrapper of a fetch may stand between.
        for _ in 0..2 {
            let Some(parent) = above else { break };
            if matches!(self.role(parent), Role::Send | Role::Create) {
                return vec![(Key::Context(self.trace.id, self.span(parent).id), By::Parent, own)];
            }
            above = self.parents[parent].filter(|_| self.role(parent) == Role::Receive);
        }
        if let Some(message) = facts.message {
            return vec![(Key::Named(message), By::Id, message)];
        }
        if let Some(offset) = facts.offset {
            return vec![(Key::Named(offset), By::Offset, offset)];
        }
        match span.parent.filter(|_| self.parents[index].is_none()) {
            Some(parent) => vec![(Key::Context(self.trace.id, parent), By::Parent, own)],
            None => Vec::new(),
        }
    }
}

/// All indexes, each after its parent. Circles are opened at one of their spans.
fn parents_first(parents: &mut [Option<usize>]) -> Vec<usize> {
    let mut order = Vec::with_capacity(parents.len());
    let mut done = vec![false; parents.len()];
    let mut way = Vec::new();
    let mut on_way = vec![false; parents.len()];
    for start in 0..parents.len() {
        let mut at = start;
        while !done[at] {
            if on_way[at] {
                if let Some(last) = way.last() {
                    parents[*last] = None;
                }
                break;
            }
            on_way[at] = true;
            way.push(at);
            match parents[at] {
                Some(parent) => at = parent,
                None => break,
            }
        }
        while let Some(index) = way.pop() {
            on_way[index] = false;
            done[index] = true;
            order.push(index);
        }
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn circles_are_opened() {
        let mut parents = [Some(1), Some(2), Some(0), Some(2), None];
        let order = parents_first(&mut parents);
        let mut sorted = order.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, [0, 1, 2, 3, 4]);
        assert_eq!(parents.iter().filter(|parent| parent.is_none()).count(), 2);
        for (index, parent) in parents.iter().enumerate() {
            let at = |wanted: usize| order.iter().position(|index| *index == wanted);
            assert!(parent.is_none_or(|parent| at(parent) < at(index)));
        }
    }
}
