//! Follows chosen events through a run and notes every step as a span, in the indices of the plan.
//!
//! The kernel tells where a step begins and ends; for events that were not chosen these are looks into side tables that
//! find nothing. Words are added afterwards ([`crate::traces`]). Nothing here changes the course of a run.

use std::collections::HashMap;

use super::Kernel;
use super::sampling::Chosen;
use crate::slab::NIL;

/// Most spans of one trace; what is beyond it is only counted.
pub(crate) const SPANS_PER_TRACE: u32 = 1000;

/// A span while and after it is noted. Times are virtual nanoseconds.
#[derive(Debug, Clone)]
pub(crate) struct Noted {
    pub(crate) trace: u32,
    /// Index of the span that caused it, or `NIL`.
    pub(crate) parent: u32,
    pub(crate) step: Step,
    pub(crate) start: u64,
    /// `u64::MAX` while it lasts.
    pub(crate) end: u64,
    pub(crate) trouble: Option<Trouble>,
    pub(crate) events: Vec<(u64, Happening)>,
}

/// What a span is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// A producer's event.
    Produce { producer: u32 },
    /// A message on its way into a channel. `message` numbers the messages of a trace.
    Publish { by: Actor, channel: u32, partition: Option<u32>, message: u32, key: u64 },
    /// An attempt to handle it, from 1; `publish` is the span that sent it.
    Process { publish: u32, consumer: u32, instance: u32, group: u32, lane: u32, attempt: u32 },
    /// A call as its caller sees it; the index of the plan, and the how-manieth try.
    Call { call: u32, try_: u32 },
    /// Work on a call at the service.
    Serve { service: u32 },
    /// A channel gives a message up that nobody has in hand.
    Remove { publish: u32, channel: u32 },
}

/// Who publishes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Actor {
    Producer(u32),
    Consumer(u32),
    Channel(u32),
    Store(u32),
}

/// Why a step did not go well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trouble {
    Failed,
    TimedOut,
    InstanceLost,
    CallFailed {
        call: u32,
    },
    BreakerOpen,
    BulkheadFull,
    Throttled,
    ServiceDown,
    ServiceFailed,
    /// The caller gave the call up with its attempt.
    Abandoned,
    Rejected,
    Dropped,
    Expired,
    /// Its topic has let go of it.
    Trimmed,
}

/// What happens at a moment of a span.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Happening {
    /// The next attempt comes after so many nanoseconds.
    Backoff {
        delay: u64,
    },
    DeadLettered {
        to: u32,
    },
    Lost,
    /// The run ended while it lasted.
    RunEnded,
}

/// What was noted of one chosen event.
#[derive(Debug, Clone)]
pub(crate) struct NotedTrace {
    pub(crate) chosen: Chosen,
    /// The span of the event itself.
    pub(crate) first: u32,
    pub(crate) spans: u32,
    pub(crate) left_out: u64,
    pub(crate) messages: u32,
    pub(crate) finished: bool,
}

/// A table by place in a slab; what was never set is `NIL`.
#[derive(Debug, Default)]
struct Table(Vec<u32>);

impl Table {
    fn get(&self, index: u32) -> u32 {
        self.0.get(index as usize).copied().unwrap_or(NIL)
    }

    fn set(&mut self, index: u32, value: u32) {
        let index = index as usize;
        if value != NIL && self.0.len() <= index {
            self.0.resize(index + 1, NIL);
        }
        if let Some(place) = self.0.get_mut(index) {
            *place = value;
        }
    }
}

/// Notes what happens to the chosen events.
#[derive(Debug)]
pub(crate) struct Follower {
    /// By number.
    chosen: Vec<Chosen>,
    next: usize,
    open: u32,
    pub(crate) traces: Vec<NotedTrace>,
    pub(crate) spans: Vec<Noted>,
    /// Traces by root; spans by what they are of.
    roots: Table,
    /// The span that published a message, and its last attempt (or, before one, that span again).
    published: Table,
    latest: Table,
    attempts: Table,
    /// The call that an attempt made last, and the two ends of a call.
    calls: Table,
    callings: Table,
    servings: Table,
    /// What a delayed publish is caused by, and who sends it.
    pendings: HashMap<u32, (u32, Actor)>,
    /// The publish that is under way; what causes one that is sent now, and who sends it.
    pub(super) publishing: u32,
    cause: (u32, Actor),
    dead_letter_cause: (u32, Actor),
}

const NO_CAUSE: (u32, Actor) = (NIL, Actor::Producer(NIL));

impl Follower {
    pub(crate) fn new(chosen: Vec<Chosen>) -> Self {
        Follower {
            chosen,
            next: 0,
            open: 0,
            traces: Vec::new(),
            spans: Vec::new(),
            roots: Table::default(),
            published: Table::default(),
            latest: Table::default(),
            attempts: Table::default(),
            calls: Table::default(),
            callings: Table::default(),
            servings: Table::default(),
            pendings: HashMap::new(),
            publishing: NIL,
            cause: NO_CAUSE,
            dead_letter_cause: NO_CAUSE,
        }
    }

    /// Whether all that was chosen has ended.
    pub(super) fn is_done(&self) -> bool {
        self.next == self.chosen.len() && self.open == 0
    }

    fn begin(&mut self, now: u64, trace: u32, parent: u32, step: Step) -> u32 {
        let of = &mut self.traces[trace as usize];
        if of.spans >= SPANS_PER_TRACE {
            of.left_out += 1;
            return NIL;
        }
        of.spans += 1;
        self.spans.push(Noted { trace, parent, step, start: now, end: u64::MAX, trouble: None, events: Vec::new() });
        (self.spans.len() - 1) as u32
    }

    fn end(&mut self, now: u64, span: u32, trouble: Option<Trouble>) {
        if let Some(noted) = self.spans.get_mut(span as usize) {
            noted.end = now;
            noted.trouble = trouble;
        }
    }

    fn note(&mut self, now: u64, span: u32, what: Happening) {
        if let Some(noted) = self.spans.get_mut(span as usize) {
            noted.events.push((now, what));
        }
    }

    pub(super) fn produced(&mut self, now: u64, root: u32, number: u64, producer: u32) {
        self.roots.set(root, NIL);
        let Some(chosen) = self.chosen.get(self.next).copied().filter(|chosen| chosen.number == number) else { return };
        self.next += 1;
        self.open += 1;
        let trace = self.traces.len() as u32;
        let first = self.spans.len() as u32;
        self.traces.push(NotedTrace { chosen, first, spans: 0, left_out: 0, messages: 0, finished: false });
        let span = self.begin(now, trace, NIL, Step::Produce { producer });
        self.end(now, span, None);
        self.roots.set(root, trace);
        self.cause = (span, Actor::Producer(producer));
    }

    pub(super) fn root_ended(&mut self, root: u32) {
        let trace = self.roots.get(root);
        if let Some(trace) = self.traces.get_mut(trace as usize) {
            trace.finished = true;
            self.open -= 1;
            self.roots.set(root, NIL);
        }
    }

    /// A publish is put off: what causes it is kept until it is due. Dead letters are always put off.
    pub(super) fn publish_waits(&mut self, pending: u32, root: u32, dead_letter: bool) {
        if self.roots.get(root) != NIL {
            self.pendings.insert(pending, if dead_letter { self.dead_letter_cause } else { self.cause });
        }
    }

    pub(super) fn publish_due(&mut self, pending: u32) {
        if let Some(cause) = self.pendings.remove(&pending) {
            self.cause = cause;
        }
    }

    /// A message is sent: to where, and with which key.
    pub(super) fn publish_begins(&mut self, now: u64, root: u32, channel: u32, key: u64) {
        self.publishing = NIL;
        let trace = self.roots.get(root);
        let Some(of) = self.traces.get_mut(trace as usize) else { return };
        of.messages += 1;
        let message = of.messages;
        let (cause, by) = self.cause;
        // What is sent by a rule that tells no cause hangs on the event itself.
        let is_ours = self.spans.get(cause as usize).is_some_and(|noted| noted.trace == trace);
        let cause = if is_ours { cause } else { of.first };
        self.publishing = self.begin(now, trace, cause, Step::Publish { by, channel, partition: None, message, key });
    }

    /// The channel has taken the message.
    pub(super) fn publish_ends(&mut self, now: u64, partition: Option<u32>) {
        let span = self.publishing;
        self.end(now, span, None);
        if let Some(Noted { step: Step::Publish { partition: place, .. }, .. }) = self.spans.get_mut(span as usize) {
            *place = partition;
        }
    }

    /// The channel has not taken the message; if it has a dead letter channel for it, it sends it there.
    pub(super) fn publish_refused(&mut self, now: u64, channel: u32, trouble: Trouble, dead_letter: Option<u32>) {
        let span = self.publishing;
        self.end(now, span, Some(trouble));
        self.give_up(now, span, Actor::Channel(channel), dead_letter);
    }

    /// A message that belongs to no event that is followed.
    pub(super) fn unseen(&mut self, message: u32, root: u32) {
        self.roots.set(root, NIL);
        self.published.set(message, NIL);
        self.latest.set(message, NIL);
    }

    /// What enters next is this message again.
    pub(super) fn delivers_again(&mut self, message: u32) {
        self.publishing = self.published.get(message);
    }

    /// The message that is being published enters a group.
    pub(super) fn entered(&mut self, message: u32) {
        self.published.set(message, self.publishing);
        self.latest.set(message, self.publishing);
    }

    pub(super) fn attempt_begins(&mut self, now: u64, attempt: u32, message: u32, step: impl FnOnce(u32) -> Step) {
        let publish = self.published.get(message);
        let mut span = NIL;
        if let Some(Noted { trace, .. }) = self.spans.get(publish as usize) {
            span = self.begin(now, *trace, publish, step(publish));
            self.latest.set(message, span);
        }
        self.attempts.set(attempt, span);
        self.calls.set(attempt, NIL);
    }

    /// What is published next is caused by this attempt.
    pub(super) fn attempt_succeeds(&mut self, now: u64, attempt: u32) {
        let span = self.attempts.get(attempt);
        self.end(now, span, None);
        if let Some(Noted { step: Step::Process { consumer, .. }, .. }) = self.spans.get(span as usize) {
            self.cause = (span, Actor::Consumer(*consumer));
        }
    }

    pub(super) fn attempt_fails(&mut self, now: u64, attempt: u32, trouble: Trouble) {
        // The handler's own work comes before its calls: after a call it is the call that failed.
        let trouble = match self.spans.get(self.calls.get(attempt) as usize) {
            Some(Noted { step: Step::Call { call, .. }, trouble: Some(_), .. }) if trouble == Trouble::Failed => {
                Trouble::CallFailed { call: *call }
            }
            _ => trouble,
        };
        let span = self.attempts.get(attempt);
        self.end(now, span, Some(trouble));
    }

    pub(super) fn backs_off(&mut self, now: u64, message: u32, delay: u64) {
        let span = self.latest.get(message);
        self.note(now, span, Happening::Backoff { delay });
    }

    /// A message is given up by its handler, into the handler's or the channel's dead letter channel.
    pub(super) fn handler_gives_up(&mut self, now: u64, message: u32, by: Actor, dead_letter: Option<u32>) {
        let span = self.latest.get(message);
        self.give_up(now, span, by, dead_letter);
    }

    /// A message is given up by its channel, in nobody's hands.
    pub(super) fn channel_gives_up(
        &mut self,
        now: u64,
        message: u32,
        channel: u32,
        trouble: Trouble,
        dead_letter: Option<u32>,
    ) {
        let (publish, latest) = (self.published.get(message), self.latest.get(message));
        let Some(Noted { trace, .. }) = self.spans.get(latest as usize) else { return };
        let span = self.begin(now, *trace, latest, Step::Remove { publish, channel });
        self.end(now, span, Some(trouble));
        self.give_up(now, span, Actor::Channel(channel), dead_letter);
    }

    fn give_up(&mut self, now: u64, span: u32, by: Actor, dead_letter: Option<u32>) {
        self.note(now, span, dead_letter.map_or(Happening::Lost, |to| Happening::DeadLettered { to }));
        self.dead_letter_cause = (span, by);
    }

    pub(super) fn call_begins(&mut self, now: u64, attempt: u32, call: u32, try_: u32) {
        let parent = self.attempts.get(attempt);
        let mut span = NIL;
        if let Some(Noted { trace, .. }) = self.spans.get(parent as usize) {
            span = self.begin(now, *trace, parent, Step::Call { call, try_ });
        }
        self.calls.set(attempt, span);
    }

    /// The call is on its way, at this place of the slab.
    pub(super) fn call_sent(&mut self, attempt: u32, calling: u32) {
        self.callings.set(calling, self.calls.get(attempt));
        self.servings.set(calling, NIL);
    }

    /// What is published next is caused by a write of a store.
    pub(super) fn write_causes(&mut self, calling: u32, store: u32) {
        self.cause = (self.callings.get(calling), Actor::Store(store));
    }

    pub(super) fn call_ends(&mut self, now: u64, attempt: u32, trouble: Option<Trouble>) {
        let span = self.calls.get(attempt);
        self.end(now, span, trouble);
    }

    pub(super) fn serving_begins(&mut self, now: u64, calling: u32, service: u32) {
        let parent = self.callings.get(calling);
        if let Some(Noted { trace, .. }) = self.spans.get(parent as usize) {
            let span = self.begin(now, *trace, parent, Step::Serve { service });
            self.servings.set(calling, span);
        }
    }

    pub(super) fn serving_ends(&mut self, now: u64, calling: u32, trouble: Option<Trouble>) {
        let span = self.servings.get(calling);
        self.end(now, span, trouble);
    }

    /// The run is over: what still lasts is ended, and says so.
    pub(super) fn close(mut self, now: u64) -> (Vec<NotedTrace>, Vec<Noted>) {
        for span in &mut self.spans {
            if span.end == u64::MAX {
                span.end = now;
                span.events.push((now, Happening::RunEnded));
            }
        }
        (self.traces, self.spans)
    }
}

impl Kernel<'_> {
    /// The span of the publish that is under way, to be kept with what is put off.
    #[inline]
    pub(super) fn publishing(&self) -> u32 {
        self.follower.as_ref().map_or(NIL, |follower| follower.publishing)
    }

    /// A publish that was put off goes on.
    #[inline]
    pub(super) fn goes_on(&mut self, span: u32) {
        if let Some(follower) = &mut self.follower {
            follower.publishing = span;
        }
    }
}
