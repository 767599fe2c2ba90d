//! One message's way: every channel, group, attempt and dead letter, over all the traces it left spans in, on one time line.
//!
//! From where one begins, the way is followed back to the first message, whose sending no handling led to, and from there to
//! everything that followed from it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::destination::{Destination, is_dead_letters};
use crate::facts::Role;
use crate::observed::{ObservedTrace, SpanId, TraceId};
use crate::pairing::{By, Key};
use crate::shape::Shape;

/// Most hops that are told of one journey.
pub const HOPS: usize = 10_000;
/// Most sendings that are followed back.
const BACK: usize = 1000;

/// A message's way.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Journey {
    /// What happened; what follows from a hop stands behind it, one deeper.
    pub hops: Vec<Hop>,
    /// How many of the traces it went through.
    pub traces: u64,
    /// From the first sending to the end of the last handling, nanoseconds.
    pub duration: u64,
    /// Whether there is more than was told.
    pub cut: bool,
}

/// What happened at one place of the way.
#[derive(Debug, Clone, PartialEq)]
pub struct Hop {
    /// What.
    pub kind: HopKind,
    /// How deep below the first sending.
    pub depth: u32,
    /// The trace of its span.
    pub trace: TraceId,
    /// Its span; of waiting the span that it ended with.
    pub span: SpanId,
    /// Who.
    pub service: String,
    /// The span's name.
    pub name: String,
    /// The channel.
    pub channel: String,
    /// Of which system.
    pub system: String,
    /// The group, if one is named.
    pub group: Option<String>,
    /// Start, nanoseconds since 1970.
    pub start: u64,
    /// End, nanoseconds since 1970; never before the start.
    pub end: u64,
    /// Of a handling: the how manieth of its group for this message, from 1.
    pub attempt: u64,
    /// Whether its span failed.
    pub error: bool,
    /// Of waiting: it ended before it began, so the clocks of the two sides disagree.
    pub skewed: bool,
    /// Why the two sides are taken for one message; of the first sending nothing.
    pub by: Option<&'static str>,
}

/// What a hop is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HopKind {
    /// A message was sent.
    Sent,
    /// It waited in its channel.
    Waited,
    /// It was fetched; no span handles it.
    Fetched,
    /// It was handled.
    Handled,
    /// It waited for its next attempt.
    Backoff,
    /// What was given up was sent on.
    GaveUp,
}

impl HopKind {
    /// The word for it in results.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Waited => "waited",
            Self::Fetched => "fetched",
            Self::Handled => "handled",
            Self::Backoff => "backoff",
            Self::GaveUp => "gave-up",
        }
    }
}

/// What leads from a trace to others: the traces it links to, and hashes of the messages it names. Traces that share one of the two
/// belong to one journey.
pub fn linked_traces(trace: &ObservedTrace<'_>) -> (BTreeSet<TraceId>, BTreeSet<u64>) {
    let shape = Shape::new(trace);
    let mut linked = BTreeSet::new();
    let mut named = BTreeSet::new();
    for (span, facts) in trace.spans.iter().zip(&shape.facts) {
        if facts.destination.is_some() {
            linked.extend(span.links.iter().map(|link| link.trace).filter(|other| *other != trace.id));
            named.extend(facts.message.into_iter().chain(facts.offset));
        }
    }
    (linked, named)
}

/// Where a span is: index of its trace and its own.
type At = (usize, usize);

/// The journey of what a trace, or a span of it, sends or receives.
pub fn journey(traces: &[ObservedTrace<'_>], trace: TraceId, span: Option<SpanId>) -> Journey {
    let shapes: Vec<Shape<'_>> = traces.iter().map(Shape::new).collect();
    let ways = Ways::new(&shapes);
    let starts = ways.starts(trace, span);
    let origins = ways.origins(starts);
    let mut told = Told { ways: &ways, hops: Vec::new(), seen: BTreeSet::new(), cut: false };
    for origin in origins {
        told.follow(origin);
    }
    let Told { hops, cut, .. } = told;
    let first = hops.iter().map(|hop| hop.start).min().unwrap_or(0);
    let last = hops.iter().map(|hop| hop.end).max().unwrap_or(0);
    let through: BTreeSet<TraceId> = hops.iter().map(|hop| hop.trace).collect();
    Journey { traces: through.len() as u64, duration: last.saturating_sub(first), hops, cut }
}

/// Both sides of all messages.
struct Ways<'a> {
    shapes: &'a [Shape<'a>],
    sent: HashMap<Key, Vec<At>>,
    got: HashMap<Key, Vec<(At, By, u64)>>,
    /// What a handling sends.
    sends_of: HashMap<At, Vec<At>>,
}

impl<'a> Ways<'a> {
    fn new(shapes: &'a [Shape<'a>]) -> Self {
        let mut ways = Self { shapes, sent: HashMap::new(), got: HashMap::new(), sends_of: HashMap::new() };
        for (trace, shape) in shapes.iter().enumerate() {
            for (index, facts) in shape.facts.iter().enumerate() {
                if facts.destination.is_none() {
                    continue;
                }
                let at = (trace, index);
                match facts.role {
                    Role::Send | Role::Create => {
                        for key in keys(shape, index) {
                            ways.sent.entry(key).or_default().push(at);
                        }
                        if let Some(handler) = shape.handlers[index] {
                            ways.sends_of.entry((trace, handler)).or_default().push(at);
                        }
                    }
                    Role::Receive | Role::Process => {
                        for (key, by, message) in shape.contexts(index) {
                            ways.got.entry(key).or_default().push((at, by, message));
                        }
                    }
                    _ => {}
                }
            }
        }
        ways
    }

    fn shape(&self, at: At) -> &'a Shape<'a> {
        &self.shapes[at.0]
    }

    /// Sendings and deliveries of a trace, or those of a span, below it, or of the handling it is part of.
    fn starts(&self, trace: TraceId, span: Option<SpanId>) -> Vec<At> {
        let mut starts = Vec::new();
        for (number, shape) in self.shapes.iter().enumerate().filter(|(_, shape)| shape.trace.id == trace) {
            let wanted = |index: usize| span.is_none_or(|span| shape.span(index).id == span);
            let mut within = vec![false; shape.facts.len()];
            let mut above: Vec<usize> = Vec::new();
            for index in shape.in_order() {
                within[index] = wanted(index) || shape.parents[index].is_some_and(|parent| within[parent]);
                if wanted(index) {
                    above.extend(shape.handlers[index]);
                }
                let is_message = shape.facts[index].destination.is_some()
                    && matches!(shape.role(index), Role::Send | Role::Create | Role::Receive | Role::Process);
                if within[index] && is_message {
                    starts.push((number, index));
                }
            }
            starts.extend(above.into_iter().map(|index| (number, index)));
        }
        starts
    }

    /// The sendings of what was received.
    fn sendings(&self, at: At) -> Vec<At> {
        let contexts = self.shape(at).contexts(at.1);
        contexts.iter().filter_map(|(key, ..)| self.sent.get(key)).flatten().copied().collect()
    }

    /// Back to the sendings that no known handling led to, and to deliveries whose sending is not known.
    fn origins(&self, starts: Vec<At>) -> BTreeSet<(u64, At)> {
        let mut origins = BTreeSet::new();
        let mut seen: BTreeSet<At> = BTreeSet::new();
        let mut open = starts;
        while let Some(at) = open.pop() {
            if !seen.insert(at) || seen.len() > BACK {
                continue;
            }
            let shape = self.shape(at);
            let is_sent = matches!(shape.role(at.1), Role::Send | Role::Create);
            let before: Vec<At> = if is_sent {
                shape.handlers[at.1].map(|handler| (at.0, handler)).into_iter().collect()
            } else {
                self.sendings(at)
            };
            if before.is_empty() {
                origins.insert((shape.span(at.1).start, at));
            }
            open.extend(before);
        }
        origins
    }
}

fn keys(shape: &Shape<'_>, index: usize) -> Vec<Key> {
    let facts = &shape.facts[index];
    let named = facts.message.into_iter().chain(facts.offset).map(Key::Named);
    std::iter::once(Key::Context(shape.trace.id, shape.span(index).id)).chain(named).collect()
}

struct Told<'a> {
    ways: &'a Ways<'a>,
    hops: Vec<Hop>,
    seen: BTreeSet<At>,
    cut: bool,
}

/// A delivery: what, why it is taken for it, and the message's own hash.
type Delivery = (At, By, u64);

enum Step {
    Send {
        at: At,
        depth: u32,
        gave_up: bool,
        by: Option<By>,
    },
    /// Attempts of one group at one message, in the order of time; with the time it was sent.
    Deliver {
        attempts: Vec<Delivery>,
        depth: u32,
        sent: Option<u64>,
    },
}

impl Told<'_> {
    fn follow(&mut self, (_, origin): (u64, At)) {
        let is_sent = matches!(self.ways.shape(origin).role(origin.1), Role::Send | Role::Create);
        let first = if is_sent {
            Step::Send { at: origin, depth: 0, gave_up: false, by: None }
        } else {
            Step::Deliver { attempts: self.unsent(origin), depth: 0, sent: None }
        };
        // Not by recursion: a journey may be long.
        let mut steps = vec![first];
        while let Some(step) = steps.pop() {
            if self.hops.len() >= HOPS {
                self.cut = true;
                return;
            }
            match step {
                Step::Send { at, depth, gave_up, by } => self.send(at, depth, gave_up, by, &mut steps),
                Step::Deliver { attempts, depth, sent } => self.deliver(&attempts, depth, sent, &mut steps),
            }
        }
    }

    /// Tells a hop, while there is room. One step may tell many: a message may be tried again and again.
    fn tell(&mut self, hop: Hop) {
        if self.hops.len() < HOPS {
            self.hops.push(hop);
        } else {
            self.cut = true;
        }
    }

    /// Attempts at a message whose sending no span tells.
    fn unsent(&self, at: At) -> Vec<Delivery> {
        let contexts = self.ways.shape(at).contexts(at.1);
        let own = (at, By::Id, 0);
        let subscriber = subscriber(self.ways.shape(at), at.1);
        let is_same = |(other, ..): &&Delivery| subscriber == self::subscriber(self.ways.shape(*other), other.1);
        let known = contexts.iter().filter_map(|(key, ..)| self.ways.got.get(key)).flatten();
        let mut all: Vec<Delivery> = known.filter(is_same).copied().collect();
        if all.is_empty() {
            all.push(own);
        }
        all.sort_by_key(|(other, ..)| (self.ways.shape(*other).span(other.1).start, *other));
        all.dedup_by_key(|(other, ..)| *other);
        all
    }

    fn send(&mut self, at: At, depth: u32, gave_up: bool, by: Option<By>, steps: &mut Vec<Step>) {
        if !self.seen.insert(at) {
            return;
        }
        let shape = self.ways.shape(at);
        let kind = if gave_up { HopKind::GaveUp } else { HopKind::Sent };
        let hop = self.hop(at, kind, depth, by);
        self.tell(hop);
        // Attempts of each group at each message.
        let mut groups: BTreeMap<(Subscriber, u64), Vec<Delivery>> = BTreeMap::new();
        for key in keys(shape, at.1) {
            for delivery in self.ways.got.get(&key).into_iter().flatten() {
                let other = self.ways.shape(delivery.0);
                groups.entry((subscriber(other, delivery.0.1), delivery.2)).or_default().push(*delivery);
            }
        }
        let start = |delivery: &Delivery| (self.ways.shape(delivery.0).span(delivery.0.1).start, delivery.0);
        let mut groups: Vec<Vec<Delivery>> = groups.into_values().collect();
        for attempts in &mut groups {
            // What handles tells more than what fetches.
            let handles = |delivery: &Delivery| self.ways.shape(delivery.0).handles(delivery.0.1);
            if attempts.iter().any(handles) {
                attempts.retain(handles);
            }
            attempts.sort_by_key(start);
            attempts.dedup_by_key(|(at, ..)| *at);
        }
        groups.sort_by_key(|attempts| attempts.first().map(start));
        let sent = Some(shape.left[at.1]);
        // The last one pushed is the first one told.
        let deliver = |attempts| Step::Deliver { attempts, depth: depth + 1, sent };
        steps.extend(groups.into_iter().rev().map(deliver));
    }

    fn deliver(&mut self, attempts: &[Delivery], depth: u32, sent: Option<u64>, steps: &mut Vec<Step>) {
        let mut follow = Vec::new();
        let mut before = sent;
        for ((at, by, _), number) in attempts.iter().zip(1..) {
            let shape = self.ways.shape(*at);
            let span = shape.span(at.1);
            if !self.seen.insert(*at) {
                continue;
            }
            let handles = shape.handles(at.1);
            let begins = if handles { span.start } else { span.end };
            if let Some(before) = before {
                let kind = if number == 1 { HopKind::Waited } else { HopKind::Backoff };
                let mut hop = self.hop(*at, kind, depth, Some(*by));
                hop.skewed = begins < before;
                (hop.start, hop.end) = if hop.skewed { (begins, begins) } else { (before, begins) };
                hop.error = false;
                self.tell(hop);
            }
            before = Some(span.end.max(span.start));
            let kind = if handles { HopKind::Handled } else { HopKind::Fetched };
            let mut hop = self.hop(*at, kind, depth, Some(*by));
            hop.attempt = number;
            self.tell(hop);
            let mut sends = self.ways.sends_of.get(at).cloned().unwrap_or_default();
            sends.sort_by_key(|send| (shape.span(send.1).start, *send));
            for send in sends {
                let to = shape.facts[send.1].destination.as_ref();
                let gave_up = span.error || to.is_some_and(|to: &Destination| is_dead_letters(&to.name));
                follow.push(Step::Send { at: send, depth: depth + 1, gave_up, by: None });
            }
        }
        steps.extend(follow.into_iter().rev());
    }

    fn hop(&self, at: At, kind: HopKind, depth: u32, by: Option<By>) -> Hop {
        let shape = self.ways.shape(at);
        let (span, facts) = (shape.span(at.1), &shape.facts[at.1]);
        let destination = facts.destination.as_ref();
        Hop {
            kind,
            depth,
            trace: shape.trace.id,
            span: span.id,
            service: span.service.name.to_owned(),
            name: span.name.to_owned(),
            channel: destination.map(|found| found.name.clone()).unwrap_or_default(),
            system: destination.map(|found| found.system.clone()).unwrap_or_default(),
            group: facts.group.clone(),
            start: span.start,
            end: span.end.max(span.start),
            attempt: 0,
            error: span.error,
            skewed: false,
            by: by.map(|by| match by {
                By::Link => "link",
                By::Parent => "parent",
                By::Id => "id",
                By::Offset => "offset",
            }),
        }
    }
}

/// Who receives: a group, else a service, of a channel.
type Subscriber = (String, String);

fn subscriber(shape: &Shape<'_>, index: usize) -> Subscriber {
    let facts = &shape.facts[index];
    let channel = facts.destination.as_ref().map(|found| found.name.clone()).unwrap_or_default();
    // A fetch may name its group where the handling below it does not: the service is the same.
    (channel, shape.span(index).service.name.to_owned())
}
