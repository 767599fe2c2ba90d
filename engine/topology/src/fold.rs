//! Traces folded one after the other into what is remembered of all.
//!
//! Who sends where and who receives from where needs no second span: each says so itself. Only what lies between the two sides
//! (waiting, fan-out, redelivery, what moved on) needs both; see [`crate::pairing`].

use std::collections::HashMap;

use crate::destination::Destination;
use crate::facts::{Role, key};
use crate::map::Map;
use crate::observed::{Observed, ObservedTrace};
use crate::pairing::{Got, Key, Messages, Sent};
use crate::peer::{PeerKind, peer};
use crate::shape::Shape;
use crate::tables::{Callee, Tables, at};

/// CLIENT spans around each other that are one call: a library's within a framework's.
const WRAPPERS: usize = 4;

/// What the traces folded so far show.
#[derive(Debug, Clone, Default)]
pub struct Topology {
    pub(crate) tables: Tables,
    pub(crate) messages: Messages,
    pub(crate) traces: u64,
    pub(crate) spans: u64,
    /// Starts of the first and the last span, nanoseconds since 1970.
    pub(crate) window: Option<(u64, u64)>,
}

impl Topology {
    /// Nothing seen yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// One more trace, whole as far as it arrived. A trace must not be added twice.
    pub fn add(&mut self, trace: &ObservedTrace<'_>) {
        self.traces += 1;
        self.spans += trace.spans.len() as u64;
        for span in trace.spans.iter().filter(|span| span.start > 0) {
            let (first, last) = self.window.unwrap_or((span.start, span.start));
            self.window = Some((first.min(span.start), last.max(span.start)));
        }
        let mut whole = Whole::new(trace, &mut self.tables);
        whole.find_answers(&mut self.tables);
        whole.count_spans(&mut self.tables);
        whole.count_messages(&mut self.tables, &mut self.messages);
        whole.count_calls(&mut self.tables);
        whole.count_handlings(&mut self.tables);
    }

    /// What is known now.
    pub fn map(&self) -> Map {
        Map::of(self)
    }
}

/// A trace while it is folded; everything by index of its span.
struct Whole<'a> {
    shape: Shape<'a>,
    services: Vec<usize>,
    channels: Vec<Option<usize>>,
    subscribers: Vec<Option<usize>>,
    /// The service that answered a call.
    answers: Vec<Option<usize>>,
    /// Calls of a handling and what it sent.
    handlings: HashMap<usize, Handling>,
}

#[derive(Default)]
struct Handling {
    end: u64,
    waited: u64,
    sent: Vec<(usize, u64)>,
}

impl<'a> Whole<'a> {
    fn new(trace: &'a ObservedTrace<'a>, tables: &mut Tables) -> Self {
        let count = trace.spans.len();
        let service = |span: &Observed<'_>| tables.service(span.service.namespace, span.service.name);
        Self {
            services: trace.spans.iter().map(service).collect(),
            shape: Shape::new(trace),
            channels: vec![None; count],
            subscribers: vec![None; count],
            answers: vec![None; count],
            handlings: HashMap::new(),
        }
    }

    fn span(&self, index: usize) -> &'a Observed<'a> {
        self.shape.span(index)
    }

    fn role(&self, index: usize) -> Role {
        self.shape.role(index)
    }

    /// Which service answers which call: the one of the SERVER span below it.
    fn find_answers(&mut self, tables: &mut Tables) {
        for index in 0..self.services.len() {
            let Some(parent) = self.shape.parents[index].filter(|_| self.role(index) == Role::Serve) else { continue };
            let (asks, answers) = (self.services[parent], self.services[index]);
            let mut above = Some(parent);
            for _ in 0..WRAPPERS {
                let Some(call) = above.filter(|call| self.role(*call) == Role::Call && self.services[*call] == asks)
                else {
                    break;
                };
                self.answers[call] = Some(answers);
                let named = peer(&self.span(call).attributes);
                if let Some(peer) = named.filter(|(peer, _)| peer.kind != PeerKind::Database) {
                    let peer = tables.peer(peer);
                    tables.answer(peer, answers);
                }
                above = self.shape.parents[call];
            }
            if asks != answers {
                let by = if self.role(parent) == Role::Call { self.span(parent) } else { self.span(index) };
                let failed = by.error || self.span(index).error;
                let at = at(self.shape.trace.id, by);
                tables.call(asks, Callee::Service(answers), failed, by.duration(), at);
            }
        }
    }

    fn count_spans(&mut self, tables: &mut Tables) {
        for index in 0..self.services.len() {
            let span = self.span(index);
            let seen = &mut tables.services[self.services[index]];
            seen.spans += 1;
            seen.errors += u64::from(span.error);
            if !span.service.instance.is_empty() {
                seen.instances.see(key(&span.service.instance));
            }
            seen.requests += u64::from(span.parent.is_none() && self.role(index) == Role::Serve);
            let facts = &self.shape.facts[index];
            let Some(found) = facts.channel() else { continue };
            let channel = channel_of(found, tables);
            self.channels[index] = Some(channel);
            let seen = &mut tables.channels[channel];
            seen.spans += 1;
            seen.is_exchange |= found.is_exchange;
            seen.said.see(&found.said);
            if let Some(partition) = &facts.partition {
                seen.partitions.see(key(partition));
            }
            if let Some(name) = &found.collapsed {
                seen.collapsed.see(key(name));
            }
            if let Some(exchange) = &found.exchange {
                let exchange = tables.channel(&found.system, &found.broker, exchange);
                tables.channels[exchange].is_exchange = true;
                tables.bind(exchange, channel, facts.weight);
            }
        }
    }

    fn count_messages(&mut self, tables: &mut Tables, messages: &mut Messages) {
        for index in 0..self.services.len() {
            let Some(channel) = self.channels[index] else { continue };
            match self.role(index) {
                Role::Create | Role::Send => self.count_sent(index, channel, tables, messages),
                Role::Receive | Role::Process => self.count_received(index, channel, tables, messages),
                Role::Settle => {
                    let group = self.shape.facts[index].group.clone();
                    if let Some(subscriber) = tables.subscriber(channel, group, self.services[index]) {
                        tables.subscribed[subscriber].given_up += u64::from(self.shape.facts[index].given_up);
                    }
                }
                _ => {}
            }
        }
    }

    fn count_sent(&mut self, index: usize, channel: usize, tables: &mut Tables, messages: &mut Messages) {
        let (span, facts) = (self.span(index), &self.shape.facts[index]);
        let Some(publisher) = tables.publisher(self.services[index], channel) else { return };
        let seen = &mut tables.published[publisher];
        let is_send = facts.role == Role::Send;
        let passed = if is_send { &mut seen.sent } else { &mut seen.created };
        passed.count(facts.weight, span.error, span.duration(), at(self.shape.trace.id, span));
        if is_send {
            match self.shape.handlers[index] {
                Some(handler) => self.handlings.entry(handler).or_default().sent.push((channel, facts.weight)),
                None => seen.of_itself += facts.weight,
            }
        }
        let sent = Sent { publisher, channel, at: self.shape.left[index], weight: facts.weight };
        messages.sent(Key::Context(self.shape.trace.id, span.id), sent);
        for named in [facts.message, facts.offset].into_iter().flatten() {
            messages.sent(Key::Named(named), sent);
        }
    }

    fn count_received(&mut self, index: usize, channel: usize, tables: &mut Tables, messages: &mut Messages) {
        let (span, facts) = (self.span(index), &self.shape.facts[index]);
        let handles = self.shape.handlers[index] == Some(index);
        let group = facts.group.clone();
        let Some(subscriber) = tables.subscriber(channel, group, self.services[index]) else { return };
        self.subscribers[index] = Some(subscriber);
        let seen = &mut tables.subscribed[subscriber];
        seen.said_again += u64::from(facts.redelivered && handles);
        if let Some(said) = &facts.group_said {
            seen.group.see(said);
        }
        if !handles {
            seen.received.count(facts.weight, span.error, span.duration(), at(self.shape.trace.id, span));
        }
        let got = if handles { span.start } else { span.end };
        for (key, by, message) in self.shape.contexts(index) {
            messages.got(key, Got { subscriber, channel, at: got, handles, error: span.error, by, message });
        }
    }

    fn count_calls(&mut self, tables: &mut Tables) {
        for index in 0..self.services.len() {
            if self.role(index) != Role::Call || self.is_transport(index) {
                continue;
            }
            let span = self.span(index);
            let service = self.services[index];
            let callee = match self.answers[index] {
                Some(answers) if answers == service => continue,
                Some(answers) => Callee::Service(answers),
                None => match peer(&span.attributes) {
                    Some(peer) => Callee::Peer(tables.peer(peer)),
                    None => continue,
                },
            };
            if let Callee::Peer(_) = callee {
                tables.call(service, callee, span.error, span.duration(), at(self.shape.trace.id, span));
            }
            let Some(handler) = self.shape.handlers[index] else { continue };
            let Some(subscriber) = self.subscribers[handler] else { continue };
            // What is called by someone who was called is part of that call.
            if self.services[handler] == service {
                self.handlings.entry(handler).or_default().waited += span.duration();
                let at = at(self.shape.trace.id, span);
                tables.call_of_handler(subscriber, callee, span.error, span.duration(), at);
            }
        }
    }

    /// A call below a call or a sending of the same service is how that one is made.
    fn is_transport(&self, index: usize) -> bool {
        let Some(parent) = self.shape.parents[index].filter(|parent| self.services[*parent] == self.services[index])
        else {
            return false;
        };
        match self.role(parent) {
            Role::Call | Role::Send | Role::Create | Role::Settle => true,
            Role::Receive => self.shape.handlers[parent] != Some(parent),
            _ => false,
        }
    }

    fn count_handlings(&mut self, tables: &mut Tables) {
        // Older clients end the span of a fetch at once; what it led to goes on.
        for index in 0..self.services.len() {
            if let Some(handler) = self.shape.handlers[index]
                && self.role(handler) == Role::Receive
                && self.services[handler] == self.services[index]
            {
                let end = self.span(index).end;
                let handling = self.handlings.entry(handler).or_default();
                handling.end = handling.end.max(end);
            }
        }
        for index in 0..self.services.len() {
            let Some(subscriber) = self.subscribers[index].filter(|_| self.shape.handlers[index] == Some(index)) else {
                continue;
            };
            let span = self.span(index);
            let weight = self.shape.facts[index].weight;
            let handling = self.handlings.remove(&index).unwrap_or_default();
            let busy = handling.end.max(span.end).saturating_sub(span.start);
            let seen = &mut tables.subscribed[subscriber];
            // Of several messages at once each took its share.
            seen.handled.count(weight, span.error, busy / weight, at(self.shape.trace.id, span));
            seen.own.record(busy.saturating_sub(handling.waited) / weight);
            let mut sent: Vec<(usize, u64)> = handling.sent;
            sent.sort_unstable();
            for group in sent.chunk_by(|a, b| a.0 == b.0) {
                tables.cause(subscriber, group[0].0, group.iter().map(|(_, weight)| weight).sum(), span.error);
            }
        }
    }
}

fn channel_of(found: &Destination, tables: &mut Tables) -> usize {
    tables.channel(&found.system, &found.broker, &found.name)
}
