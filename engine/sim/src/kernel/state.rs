//! What the kernel keeps of everything that moves.

use std::collections::VecDeque;

use super::limits::{Bucket, OWN};
use super::scaling::first_of;
use crate::plan::{self, Plan, Target};
use crate::rng::{Purpose, Stream};
use crate::slab::NIL;
use crate::stats::{
    ChannelCounts, ConsumerCounts, GroupCounts, LimitCounts, ProducerCounts, Recorder, ServiceCounts, Weighted,
};

/// Where a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Whereabouts {
    /// In its lane's list.
    Waiting,
    /// On its way to an instance, or in its buffer.
    Pushed,
    /// An attempt has it.
    InHand,
    /// Waits for its next attempt, outside any list.
    Backoff,
    /// Gone; its place is kept while abandoned calls still refer to it, or is free.
    Done,
}

/// One message in one group.
#[expect(clippy::struct_excessive_bools, reason = "independent properties, each read on its own")]
#[derive(Debug, Clone, Copy)]
pub(crate) struct Message {
    pub(crate) next: u32,
    pub(crate) previous: u32,
    pub(crate) root: u32,
    pub(crate) group: u32,
    pub(crate) lane: u32,
    pub(crate) attempts: u32,
    pub(crate) generation: u32,
    /// Which calls had their effect, by their place in the consumer's list.
    pub(crate) effects: u32,
    /// Calls in service that nobody waits for any more, and attempts from which the broker took it back.
    pub(crate) pins: u32,
    pub(crate) whereabouts: Whereabouts,
    pub(crate) poison: bool,
    /// Whether an attempt has begun; a delivery that came back from a prefetch window counts as one of `attempts` only.
    pub(crate) begun: bool,
    /// Whether a handler has done its work on it.
    pub(crate) completed: bool,
    /// Handled before and delivered again: neither owed nor completed.
    pub(crate) again: bool,
    pub(crate) key: u64,
    /// When it could first be delivered.
    pub(crate) available: u64,
    /// The delay drawn last, for decorrelated jitter.
    pub(crate) delay: u64,
    /// When its first effect happened.
    pub(crate) effect_at: u64,
}

impl Message {
    /// One that enters a group now, at a place of the slab where another was `before`.
    #[inline]
    pub(crate) fn new(before: Option<&Message>, root: u32, group: u32, lane: u32, key: u64, now: u64) -> Self {
        Message {
            next: NIL,
            previous: NIL,
            root,
            group,
            lane,
            attempts: 0,
            generation: before.map_or(0, |message| message.generation.wrapping_add(1)),
            effects: 0,
            pins: 0,
            whereabouts: Whereabouts::Waiting,
            poison: false,
            begun: false,
            completed: false,
            again: false,
            key,
            available: now,
            delay: 0,
            effect_at: 0,
        }
    }
}

/// An event that a producer produced, with everything that follows from it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Root {
    /// Messages, and publishes still to come, that keep it open.
    pub(crate) references: u32,
    /// `NIL` for what is delivered again: its end is nobody's.
    pub(crate) producer: u32,
    pub(crate) produced: u64,
    /// Whether any group had to receive anything.
    pub(crate) followed: bool,
}

/// A publish that waits for its delay.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pending {
    pub(crate) to: Target,
    pub(crate) root: u32,
    pub(crate) key: u64,
    pub(crate) dead_letter: bool,
    /// The span of a publish that is on its way already, while spans are noted.
    pub(crate) span: u32,
}

/// A publish that waits at its publisher for the end of an outage.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Held {
    pub(crate) to: Target,
    pub(crate) root: u32,
    pub(crate) key: u64,
    pub(crate) dead_letter: bool,
    /// The span of its publish, while spans are noted.
    pub(crate) span: u32,
}

/// One try to handle one message.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Attempt {
    pub(crate) generation: u32,
    /// The first of its messages.
    pub(crate) message: u32,
    /// How many messages it has besides.
    pub(crate) more: u32,
    pub(crate) instance: u32,
    /// The call that it is at (index of the plan) and how often that was tried.
    pub(crate) step: u32,
    pub(crate) tries: u32,
    /// The call in the slab that it waits for.
    pub(crate) waits_for: u32,
    /// Whether its timeout is in the calendar.
    pub(crate) timed: bool,
    pub(crate) active: bool,
    /// Whether the broker took the message back while it goes on.
    pub(crate) astray: bool,
    pub(crate) started: u64,
    pub(crate) call_delay: u64,
}

impl Attempt {
    /// One that begins now, before its first call.
    #[inline]
    pub(crate) fn new(generation: u32, message: u32, instance: u32, now: u64) -> Self {
        Attempt {
            generation,
            message,
            more: 0,
            instance,
            step: 0,
            tries: 0,
            waits_for: NIL,
            timed: false,
            active: true,
            astray: false,
            started: now,
            call_delay: 0,
        }
    }
}

/// Where a call is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CallState {
    /// Waits at the service for a place.
    Queued,
    /// Is worked on.
    Working,
    /// On its way to the service.
    OnTheWay,
    /// Never reached the service, or its answer never comes: it runs into its timeout.
    Unheard,
    /// Waits for the end of an outage to reach the service.
    HeldBack,
    /// Worked off; its answer waits for the end of an outage.
    Answered { well: bool },
    /// The service went down with it.
    Broken,
    /// Nothing stands here any more.
    Over,
}

/// One call of a service.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Calling {
    pub(crate) generation: u32,
    pub(crate) attempt: u32,
    pub(crate) message: u32,
    /// Index of the plan.
    pub(crate) call: u32,
    pub(crate) next: u32,
    pub(crate) state: CallState,
    /// Its caller gave it up.
    pub(crate) abandoned: bool,
    /// Whether its timeout is in the calendar.
    pub(crate) timed: bool,
    /// Decides whether an open breaker closes.
    pub(crate) trial: bool,
    pub(crate) asked: u64,
}

pub(crate) struct ProducerState {
    pub(crate) stream: Stream,
    /// What was written and not yet published.
    pub(crate) outbox: VecDeque<Held>,
    pub(crate) counts: ProducerCounts,
    /// How many arrivals were drawn: the place in a constant or replayed load.
    pub(crate) drawn: u64,
    /// The segment of a varying load.
    pub(crate) segment: usize,
    /// From when until when a bursting load is on, as precisely as it was drawn.
    pub(crate) on_from: f64,
    pub(crate) on_until: f64,
}

pub(crate) struct PublishState {
    pub(crate) chance: Stream,
    pub(crate) key: Stream,
    pub(crate) delay: Stream,
    pub(crate) unique: u64,
    pub(crate) latency: Stream,
    /// When the last publish that takes its time arrives: nothing overtakes.
    pub(crate) arrives: u64,
}

pub(crate) struct ChannelState {
    /// For picking one that waits, and for how long each does.
    pub(crate) dice: Stream,
    pub(crate) patience: Stream,
    pub(crate) counts: ChannelCounts,
    pub(crate) depth: Weighted,
    pub(crate) next_partition: u32,
    /// When the next push of a bus would be due that has used up its bucket.
    pub(crate) next_token: f64,
    /// Faults that keep everything from getting through.
    pub(crate) outages: Vec<u32>,
    /// Faults that let publishers wait.
    pub(crate) blocks: Vec<u32>,
    /// Faults that let a queue act as if it were full.
    pub(crate) fills: Vec<u32>,
    /// Faults that put messages into it which can never succeed.
    pub(crate) poisons: Vec<u32>,
    pub(crate) throttles: Vec<Bucket>,
    /// When a look for a token is planned.
    pub(crate) wakes_at: u64,
    /// The memory of its broker, whose alarm lets publishers wait; `NIL` is unlimited.
    pub(crate) memory: u32,
    /// Whether publishes may have to wait. Those to a broker whose memory is limited always may.
    pub(crate) gated: bool,
    pub(crate) held: VecDeque<Held>,
    pub(crate) limits: LimitCounts,
}

impl ChannelState {
    pub(crate) fn new(plan: &Plan, channel: &plan::Channel, replication: u32) -> Self {
        let stream = |purpose| Stream::new(plan.seed, replication, &channel.name, purpose, 0);
        ChannelState {
            dice: stream(Purpose::Discipline),
            patience: stream(Purpose::Patience),
            counts: ChannelCounts::default(),
            depth: Weighted::default(),
            next_partition: 0,
            next_token: 0.0,
            outages: Vec::new(),
            blocks: Vec::new(),
            fills: Vec::new(),
            poisons: Vec::new(),
            throttles: Vec::new(),
            wakes_at: 0,
            memory: channel.broker_memory,
            gated: channel.broker_memory != NIL,
            limits: LimitCounts::default(),
            held: VecDeque::new(),
        }
    }

    /// Something that lets publishes wait came or went.
    pub(crate) fn reckon_gate(&mut self) {
        let by_faults = !(self.outages.is_empty() && self.blocks.is_empty() && self.throttles.is_empty());
        self.gated = by_faults || self.memory != NIL || !self.held.is_empty();
    }
}

pub(crate) struct GroupState {
    pub(crate) counts: GroupCounts,
    pub(crate) lag: Weighted,
    /// Σ (left − entered) of all messages that left, for the audit.
    pub(crate) spent: u128,
    pub(crate) next_member: u32,
    /// Faults that keep deliveries from a member.
    pub(crate) cuts: Vec<u32>,
    /// Faults that let acknowledged messages be delivered again.
    pub(crate) duplicates: Vec<u32>,
    pub(crate) sojourn: Option<Recorder>,
}

/// Whether a lane can be worked on. Plain lanes are always `Idle`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LaneState {
    Idle,
    /// In the list of its owner.
    Ready,
    /// An attempt is at its first message.
    Busy,
    /// Its first message waits for its next attempt.
    Blocked,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Lane {
    pub(crate) head: u32,
    pub(crate) tail: u32,
    pub(crate) length: u32,
    pub(crate) group: u32,
    pub(crate) owner: u32,
    /// The last of those at its front that were delivered before and came back.
    pub(crate) returned: u32,
    pub(crate) state: LaneState,
    /// Time to live of its messages, and when the calendar looks at its first one; `u64::MAX` is never.
    pub(crate) ttl: u64,
    pub(crate) look_at: u64,
    /// One message of a key in hand at a time.
    pub(crate) keyed: bool,
    /// Whether it is served in another order than that of arrival.
    pub(crate) ordered: bool,
}

pub(crate) struct ConsumerState {
    pub(crate) service: Stream,
    pub(crate) failure: Stream,
    pub(crate) poison: Stream,
    pub(crate) jitter: Stream,
    pub(crate) calls: Stream,
    pub(crate) call_jitter: Stream,
    pub(crate) counts: ConsumerCounts,
    pub(crate) busy: Weighted,
    pub(crate) up: Weighted,
    pub(crate) wait: Recorder,
    pub(crate) sojourn: Recorder,
    /// Instances that may have a free server; checked when taken out.
    pub(crate) idle: VecDeque<u32>,
    pub(crate) trouble: Trouble,
    /// Whether it is fed by one plain group only: the shortest way to its next message.
    pub(crate) only_lane: u32,
    /// Whether attempts may have to wait for a token, or deliveries do not reach it.
    pub(crate) restrained: bool,
    pub(crate) limits: Vec<Bucket>,
    /// Groups whose deliveries do not reach it, once for each cut.
    pub(crate) deaf_to: Vec<u32>,
    /// When a look for a token is planned.
    pub(crate) wakes_at: u64,
    pub(crate) waking: bool,
    /// The instance that is first given work when a token comes.
    pub(crate) next_woken: u32,
}

impl ConsumerState {
    /// A limit or a cut came or went.
    pub(crate) fn restrain(&mut self) {
        self.restrained = !(self.limits.is_empty() && self.deaf_to.is_empty());
    }
}

/// What a publish says of its message.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Kind {
    pub(crate) event: u32,
    pub(crate) priority: u8,
}

/// The time to live of a lane whose messages have each their own.
pub(crate) const PATIENT: u64 = u64::MAX - 1;

/// The time to live of a lane whose messages may have to leave for other reasons than their age.
pub(crate) const STREAMED: u64 = u64::MAX - 2;

/// What a message carries that only some faults ask for; kept beside the messages when the plan has such faults.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Mark {
    /// Type of the event, as numbered by the plan.
    pub(crate) event: u32,
    pub(crate) priority: u8,
    /// When its own patience ends.
    pub(crate) deadline: u64,
    /// When it was acknowledged before; `u64::MAX` is never.
    pub(crate) repeats: u64,
}

/// What slow, latency, error and poison faults do to a consumer or a service at the moment.
#[derive(Debug, Default)]
pub(crate) struct Trouble {
    pub(crate) slow: Vec<u32>,
    pub(crate) errors: Vec<u32>,
    pub(crate) added: Vec<u32>,
    pub(crate) poisons: Vec<u32>,
    pub(crate) factor: Option<f64>,
    pub(crate) rate: f64,
}

pub(crate) struct Instance {
    pub(crate) consumer: u32,
    pub(crate) busy: u32,
    /// How many crashes it is in.
    pub(crate) down: u32,
    pub(crate) listed: bool,
    /// Whether what it has in hand decides when it comes or goes.
    pub(crate) ranked: bool,
    pub(crate) ready: VecDeque<u32>,
    /// The group through whose station it takes the short way; `NIL` is the long one.
    pub(crate) express: u32,
}

pub(crate) struct ServiceState {
    pub(crate) latency_stream: Stream,
    pub(crate) failure: Stream,
    pub(crate) counts: ServiceCounts,
    pub(crate) busy: Weighted,
    pub(crate) waiting: Weighted,
    pub(crate) up: Weighted,
    pub(crate) wait: Recorder,
    pub(crate) latency: Recorder,
    pub(crate) head: u32,
    pub(crate) tail: u32,
    pub(crate) throttles: Vec<Bucket>,
    /// Faults that let a store refuse its writes.
    pub(crate) fills: Vec<u32>,
    pub(crate) crashes: Vec<u32>,
    pub(crate) outages: Vec<u32>,
    pub(crate) held: Vec<u32>,
    pub(crate) trouble: Trouble,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum BreakerPhase {
    #[default]
    Closed,
    Open {
        until: u64,
    },
    /// One trial call is under way.
    HalfOpen,
}

#[derive(Debug, Default)]
pub(crate) struct BreakerState {
    pub(crate) phase: BreakerPhase,
    pub(crate) failures: VecDeque<u64>,
    pub(crate) not_closed: Weighted,
}

pub(crate) struct FaultState {
    /// For its times, and for what it decides while it lasts.
    pub(crate) stream: Stream,
    pub(crate) dice: Stream,
    pub(crate) active: bool,
    pub(crate) fired: u64,
    pub(crate) touched: u64,
    pub(crate) began: u64,
    pub(crate) touched_before: u64,
    /// Instances that it struck.
    pub(crate) struck: Vec<u32>,
}

impl ProducerState {
    pub(crate) fn new(plan: &Plan, producer: &plan::Producer, replication: u32) -> Self {
        ProducerState {
            stream: Stream::new(plan.seed, replication, &producer.name, Purpose::Arrivals, 0),
            outbox: VecDeque::new(),
            counts: ProducerCounts::default(),
            drawn: 0,
            segment: 0,
            on_from: 0.0,
            on_until: 0.0,
        }
    }
}

impl PublishState {
    pub(crate) fn new(plan: &Plan, publish: &plan::Publish, replication: u32) -> Self {
        let stream = |purpose| Stream::new(plan.seed, replication, &publish.owner, purpose, publish.part);
        PublishState {
            chance: stream(Purpose::PublishChance),
            key: stream(Purpose::PublishKey),
            delay: stream(Purpose::PublishDelay),
            unique: 0,
            latency: stream(Purpose::PublishLatency),
            arrives: 0,
        }
    }
}

impl ConsumerState {
    pub(crate) fn new(plan: &Plan, consumer: &plan::Consumer, replication: u32, digits: u8) -> Self {
        let stream = |purpose| Stream::new(plan.seed, replication, &consumer.name, purpose, 0);
        let only_lane = match consumer.subscriptions[..] {
            [only] if !plan.groups[only.group as usize].partitioned => plan.groups[only.group as usize].lanes.start,
            _ => NIL,
        };
        ConsumerState {
            service: stream(Purpose::Service),
            failure: stream(Purpose::Failure),
            poison: stream(Purpose::Poison),
            jitter: stream(Purpose::Jitter),
            calls: stream(Purpose::Calls),
            call_jitter: stream(Purpose::CallJitter),
            counts: ConsumerCounts::default(),
            busy: Weighted::default(),
            up: Weighted::starting_at(u64::from(first_of(consumer))),
            wait: Recorder::new(digits, false),
            sojourn: Recorder::new(digits, true),
            idle: VecDeque::new(),
            trouble: Trouble::default(),
            only_lane,
            restrained: consumer.rate_limit.is_some(),
            limits: consumer.rate_limit.iter().map(|&rate| Bucket::of_a_second(OWN, rate, 0)).collect(),
            deaf_to: Vec::new(),
            wakes_at: u64::MAX,
            waking: false,
            next_woken: 0,
        }
    }
}

impl ServiceState {
    pub(crate) fn new(plan: &Plan, service: &plan::Service, replication: u32, digits: u8) -> Self {
        let stream = |purpose| Stream::new(plan.seed, replication, &service.name, purpose, 0);
        ServiceState {
            latency_stream: stream(Purpose::Service),
            failure: stream(Purpose::Failure),
            counts: ServiceCounts::default(),
            busy: Weighted::default(),
            waiting: Weighted::default(),
            up: Weighted::starting_at(1),
            wait: Recorder::new(digits, false),
            latency: Recorder::new(digits, true),
            head: NIL,
            tail: NIL,
            throttles: service.rate_limit.iter().map(|&rate| Bucket::of_a_second(OWN, rate, 0)).collect(),
            fills: Vec::new(),
            crashes: Vec::new(),
            outages: Vec::new(),
            held: Vec::new(),
            trouble: Trouble::default(),
        }
    }
}
