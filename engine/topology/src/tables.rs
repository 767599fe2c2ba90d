//! What is remembered of the traces seen: who there is, and what passed between whom.

use std::collections::BTreeSet;
use std::hash::Hash;

use indexmap::IndexMap;

use crate::limits;
use crate::observed::{Observed, SpanId, TraceId};
use crate::peer::{PeerKey, PeerKind};
use crate::said::{Said, Ways};
use crate::times::Sketch;

/// What those are called that came after a limit was reached.
pub(crate) const OTHERS: &str = "(others)";

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ServiceKey {
    pub(crate) namespace: String,
    pub(crate) name: String,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ChannelKey {
    pub(crate) system: String,
    pub(crate) broker: String,
    pub(crate) name: String,
}

/// Who receives from where: indexes of channel and service, and the group if one was named.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct SubscriptionKey {
    pub(crate) channel: usize,
    pub(crate) group: Option<String>,
    pub(crate) service: usize,
}

/// Whom a call goes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Callee {
    Service(usize),
    Peer(usize),
}

/// A span among those of all traces, with its start first: the greatest is the newest.
pub(crate) type At = (u64, TraceId, SpanId);

/// Where a span of a trace is.
pub(crate) fn at(trace: TraceId, span: &Observed<'_>) -> At {
    (span.start, trace, span.id)
}

/// Spans of one sort between two.
#[derive(Debug, Clone)]
pub(crate) struct Passed {
    pub(crate) spans: u64,
    pub(crate) messages: u64,
    pub(crate) errors: u64,
    pub(crate) latency: Sketch,
    /// The newest of the spans.
    pub(crate) newest: Option<At>,
}

impl Passed {
    pub(crate) fn new() -> Self {
        Self { spans: 0, messages: 0, errors: 0, latency: Sketch::new(), newest: None }
    }

    pub(crate) fn count(&mut self, messages: u64, error: bool, nanos: u64, at: At) {
        self.spans += 1;
        self.newest = self.newest.max(Some(at));
        self.messages = self.messages.saturating_add(messages);
        self.errors += u64::from(error);
        self.latency.record(nanos);
    }

    pub(crate) fn add(&mut self, other: &Self) {
        self.spans += other.spans;
        self.messages = self.messages.saturating_add(other.messages);
        self.errors += other.errors;
        self.newest = self.newest.max(other.newest);
        self.latency.add(&other.latency);
    }
}

/// Distinct values, counted exactly up to a limit.
#[derive(Debug, Clone, Default)]
pub(crate) struct Distinct(pub(crate) BTreeSet<u64>);

impl Distinct {
    pub(crate) fn see(&mut self, key: u64) {
        if self.0.len() < limits::DISTINCT {
            self.0.insert(key);
        }
    }

    pub(crate) fn count(&self) -> u64 {
        self.0.len() as u64
    }
}

#[derive(Debug, Clone, Default)]
pub(crate) struct ServiceSeen {
    pub(crate) spans: u64,
    pub(crate) errors: u64,
    pub(crate) instances: Distinct,
    /// Requests from outside all traces.
    pub(crate) requests: u64,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct ChannelSeen {
    pub(crate) spans: u64,
    pub(crate) partitions: Distinct,
    pub(crate) collapsed: Distinct,
    pub(crate) is_exchange: bool,
    pub(crate) said: Ways,
}

#[derive(Debug, Clone)]
pub(crate) struct Published {
    pub(crate) sent: Passed,
    /// By spans that only make messages; the sending may have no span.
    pub(crate) created: Passed,
    /// Messages that no handling led to.
    pub(crate) of_itself: u64,
}

#[derive(Debug, Clone)]
pub(crate) struct Subscribed {
    pub(crate) handled: Passed,
    /// Fetched by spans that do not handle.
    pub(crate) received: Passed,
    /// Work of a handling without the calls it waits for.
    pub(crate) own: Sketch,
    pub(crate) given_up: u64,
    pub(crate) said_again: u64,
    /// How the group is named.
    pub(crate) group: Ways,
}

/// What handlings of a subscription send to one channel.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Caused {
    pub(crate) messages: u64,
    /// Handlings that succeeded and sent there.
    pub(crate) after_success: u64,
    /// Handlings that failed and sent there.
    pub(crate) after_failure: u64,
}

/// All tables. Indexes are stable: nothing is ever removed.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tables {
    pub(crate) services: IndexMap<ServiceKey, ServiceSeen>,
    pub(crate) channels: IndexMap<ChannelKey, ChannelSeen>,
    pub(crate) peers: IndexMap<PeerKey, Ways>,
    pub(crate) published: IndexMap<(usize, usize), Published>,
    pub(crate) subscribed: IndexMap<SubscriptionKey, Subscribed>,
    pub(crate) called: IndexMap<(usize, Callee), Passed>,
    /// Of a subscription's handlings.
    pub(crate) caused: IndexMap<(usize, usize), Caused>,
    pub(crate) handlers_called: IndexMap<(usize, Callee), Passed>,
    /// Which service answered calls to a name or address.
    pub(crate) answered: IndexMap<(usize, usize), u64>,
    /// Exchanges before queues, as consumers name them.
    pub(crate) bound: IndexMap<(usize, usize), u64>,
    /// How often something had no place left in one of these.
    pub(crate) left_out: u64,
}

/// The index of a key, or of the one that stands for all further ones once there are too many.
fn place<K: Hash + Eq, V>(map: &mut IndexMap<K, V>, key: K, others: K, new: impl FnOnce() -> V) -> usize {
    let key = if map.len() < limits::NODES || map.contains_key(&key) { key } else { others };
    let entry = map.entry(key);
    let index = entry.index();
    entry.or_insert_with(new);
    index
}

impl Tables {
    pub(crate) fn service(&mut self, namespace: &str, name: &str) -> usize {
        let key = ServiceKey { namespace: namespace.to_owned(), name: name.to_owned() };
        let others = ServiceKey { namespace: String::new(), name: OTHERS.to_owned() };
        place(&mut self.services, key, others, ServiceSeen::default)
    }

    pub(crate) fn channel(&mut self, system: &str, broker: &str, name: &str) -> usize {
        let key = ChannelKey { system: system.to_owned(), broker: broker.to_owned(), name: name.to_owned() };
        // Of one system: as many as there are names of systems would be no limit.
        let others = ChannelKey { system: String::new(), broker: String::new(), name: OTHERS.to_owned() };
        place(&mut self.channels, key, others, ChannelSeen::default)
    }

    pub(crate) fn peer(&mut self, (key, said): (PeerKey, Said)) -> usize {
        let others = PeerKey { kind: PeerKind::Other, system: String::new(), name: OTHERS.to_owned() };
        let peer = place(&mut self.peers, key, others, Ways::default);
        self.peers[peer].see(&said);
        peer
    }

    pub(crate) fn publisher(&mut self, service: usize, channel: usize) -> Option<usize> {
        let new = || Published { sent: Passed::new(), created: Passed::new(), of_itself: 0 };
        slot(&mut self.published, (service, channel), &mut self.left_out, new)
    }

    pub(crate) fn subscriber(&mut self, channel: usize, group: Option<String>, service: usize) -> Option<usize> {
        let new = || Subscribed {
            handled: Passed::new(),
            received: Passed::new(),
            own: Sketch::new(),
            given_up: 0,
            said_again: 0,
            group: Ways::default(),
        };
        slot(&mut self.subscribed, SubscriptionKey { channel, group, service }, &mut self.left_out, new)
    }

    pub(crate) fn call(&mut self, service: usize, callee: Callee, error: bool, nanos: u64, at: At) {
        if let Some(slot) = slot(&mut self.called, (service, callee), &mut self.left_out, Passed::new) {
            self.called[slot].count(1, error, nanos, at);
        }
    }

    pub(crate) fn call_of_handler(&mut self, subscriber: usize, callee: Callee, error: bool, nanos: u64, at: At) {
        if let Some(slot) = slot(&mut self.handlers_called, (subscriber, callee), &mut self.left_out, Passed::new) {
            self.handlers_called[slot].count(1, error, nanos, at);
        }
    }

    pub(crate) fn cause(&mut self, subscriber: usize, channel: usize, messages: u64, failed: bool) {
        if let Some(slot) = slot(&mut self.caused, (subscriber, channel), &mut self.left_out, Caused::default) {
            let caused = &mut self.caused[slot];
            caused.messages += messages;
            *(if failed { &mut caused.after_failure } else { &mut caused.after_success }) += 1;
        }
    }

    pub(crate) fn answer(&mut self, peer: usize, service: usize) {
        if let Some(slot) = slot(&mut self.answered, (peer, service), &mut self.left_out, u64::default) {
            self.answered[slot] += 1;
        }
    }

    pub(crate) fn bind(&mut self, exchange: usize, queue: usize, messages: u64) {
        if let Some(slot) = slot(&mut self.bound, (exchange, queue), &mut self.left_out, u64::default) {
            self.bound[slot] += messages;
        }
    }
}

/// The index of a key, while there is room.
fn slot<K: Hash + Eq, V>(
    map: &mut IndexMap<K, V>,
    key: K,
    left_out: &mut u64,
    new: impl FnOnce() -> V,
) -> Option<usize> {
    if map.len() >= limits::EDGES && !map.contains_key(&key) {
        *left_out += 1;
        return None;
    }
    let entry = map.entry(key);
    let index = entry.index();
    entry.or_insert_with(new);
    Some(index)
}
