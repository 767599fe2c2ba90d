//! One replication: the state of everything and the loop that lets time pass.
//!
//! No names, no maps, and in steady state no allocation: everything that comes and goes lives in slabs and rings.

mod accounts;
mod ahead;
mod arrivals;
mod attempts;
mod audit;
mod audit_faults;
mod batches;
mod breakers;
mod budgets;
mod bulkheads;
mod calls;
mod curves;
mod disciplines;
#[cfg(test)]
mod disciplines_tests;
mod events;
mod express;
#[cfg(test)]
mod express_tests;
mod faults;
mod groups;
mod ids;
mod lanes;
mod leases;
mod limits;
mod looks;
mod memory;
mod messages;
mod network;
mod offsets;
mod order;
mod outbox;
mod outcome;
mod publishing;
mod pushing;
mod ranks;
mod recovery;
mod repeats;
mod replays;
mod rolling;
mod routing;
mod sampling;
mod scaling;
mod services;
mod state;
mod stores;
mod streams;
mod tracing;
mod unacked;
mod unfit;
mod windows;

use std::collections::VecDeque;

use thalweg_flow::Discipline;

use crate::MAX_IN_FLIGHT;
use crate::calendar::Calendar;
use crate::error::SimError;
use crate::plan::{Channel, Measure, Plan};
use crate::rng::{Purpose, Stream};
use crate::sample::Ziggurat;
use crate::slab::{NIL, Slab};
use crate::stats::{FlowCounts, GroupCounts, Recorder, Weighted};

pub(crate) use curves::{Curves, assemble};
use disciplines::Order;
use events::Event;
pub(crate) use looks::Looks;
use network::{Delivery, Link};
use outcome::Reading;
pub(crate) use outcome::{Counts, MeanOf, Outcome};
use recovery::Recovery;
use sampling::Chooser;
pub(crate) use sampling::Chosen;
use state::{
    Attempt, BreakerState, Calling, ChannelState, ConsumerState, FaultState, GroupState, Instance, Lane, LaneState,
    Mark, Message, PATIENT, Pending, ProducerState, PublishState, Root, STREAMED, ServiceState,
};
use tracing::Follower;
pub(crate) use tracing::{Actor, Happening, Noted, NotedTrace, Step, Trouble};

/// Events between two looks at the observer.
const EVENTS_PER_LOOK: u64 = 4096;
/// So many events in one moment are a circle in which no time passes.
const EVENTS_PER_MOMENT: u64 = 5_000_000;
/// Beyond so many stations, histograms are kept to two digits instead of three.
pub(crate) const MANY_STATIONS: usize = 500;

/// One replication while it runs.
pub(crate) struct Kernel<'p> {
    plan: &'p Plan,
    replication: u32,
    ziggurat: &'p Ziggurat,
    now: u64,
    calendar: Calendar<Event>,
    /// Why it must stop.
    halt: Option<SimError>,
    messages: Slab<Message>,
    roots: Slab<Root>,
    pendings: Slab<Pending>,
    attempts: Slab<Attempt>,
    callings: Slab<Calling>,
    producers: Vec<ProducerState>,
    publishes: Vec<PublishState>,
    channels: Vec<ChannelState>,
    groups: Vec<GroupState>,
    /// By group; empty for those without coordination.
    rosters: Vec<groups::Roster>,
    batching: batches::Batching,
    /// By group.
    orders: Vec<order::Order>,
    lanes: Vec<Lane>,
    /// By lane; empty when every queue is served in the order of arrival.
    served: Vec<Order>,
    /// Where a waiting message stands in its lane's pool.
    positions: Vec<u32>,
    consumers: Vec<ConsumerState>,
    instances: Vec<Instance>,
    scaling: scaling::Scaling,
    unfit: unfit::Unfit,
    replays: replays::Replays,
    services: Vec<ServiceState>,
    breakers: Vec<BreakerState>,
    bulkheads: Vec<u32>,
    /// Retry budgets, as numbered by the plan.
    buckets: Vec<u64>,
    faults: Vec<FaultState>,
    /// Faults that broke an event type's schema, by event type; empty when no fault of the plan does.
    broken: Vec<Vec<u32>>,
    /// By message; empty unless the plan has faults that ask for it.
    marks: Vec<Mark>,
    keeps_marks: bool,
    /// Class by message; empty unless the plan routes or filters.
    classes: Vec<u32>,
    ids: ids::Ids,
    pushings: Slab<pushing::Pushing>,
    /// By push of the plan.
    push_streams: Vec<Stream>,
    /// By edge; empty unless the plan has faults that strike edges.
    links: Vec<Link>,
    deliveries: Slab<Delivery>,
    holds: leases::Holds,
    windows: windows::Windows,
    unacked: unacked::Unacked,
    streams: streams::Streams,
    memories: Vec<memory::Memory>,
    edges: Vec<u64>,
    flow: FlowCounts,
    /// Messages that are owed but held by their publishers.
    held_back: u64,
    end_to_end: Recorder,
    recovery: Recovery,
    curves: Curves,
    looks: Looks,
    /// Where faults struck; kept in the first replication only.
    intervals: Vec<outcome::Interval>,
    /// Chooses events to be followed, while that is asked for.
    chooser: Option<Box<Chooser>>,
    /// Follows those that were chosen.
    follower: Option<Box<Follower>>,
}

/// Looks in from time to time.
pub(crate) trait Watch {
    /// Virtual time reached, events so far, curves so far; an error stops the replication.
    fn look(&mut self, now: u64, events: u64, curves: &Curves) -> Result<(), SimError>;
}

impl<'p> Kernel<'p> {
    // One line for every thing that it keeps.
    #[allow(clippy::too_many_lines)]
    pub(crate) fn new(plan: &'p Plan, ziggurat: &'p Ziggurat, replication: u32) -> Self {
        let digits = if plan.consumers.len() + plan.services.len() > MANY_STATIONS { 2 } else { 3 };
        let fault = |(index, fault): (usize, &crate::plan::Fault)| FaultState {
            stream: Stream::new(plan.seed, replication, &fault.target, Purpose::FaultTimes, index as u32),
            dice: Stream::new(plan.seed, replication, &fault.target, Purpose::FaultDice, index as u32),
            active: false,
            fired: 0,
            touched: 0,
            began: 0,
            touched_before: 0,
            struck: Vec::new(),
        };
        let instances = (0_u32..).zip(&plan.consumers).flat_map(|(index, consumer)| {
            consumer.instances.clone().map(move |_| Instance {
                consumer: index,
                busy: 0,
                down: 0,
                listed: false,
                ranked: consumer.autoscale.is_some(),
                ready: VecDeque::new(),
                express: plan.express.groups[index as usize],
            })
        });
        let breakers = plan.calls.last().map_or(0, |call| call.breakers.end);
        let tracked = plan.expectations.iter().filter_map(|e| match &e.measure {
            Measure::Recovered(groups) => Some(groups.iter().copied()),
            _ => None,
        });
        let mut kernel = Kernel {
            plan,
            replication,
            ziggurat,
            now: 0,
            calendar: Calendar::new(),
            halt: None,
            messages: Slab::new(),
            roots: Slab::new(),
            pendings: Slab::new(),
            attempts: Slab::new(),
            callings: Slab::new(),
            producers: plan.producers.iter().map(|p| ProducerState::new(plan, p, replication)).collect(),
            publishes: plan.publishes.iter().map(|p| PublishState::new(plan, p, replication)).collect(),
            channels: plan.channels.iter().map(|c| ChannelState::new(plan, c, replication)).collect(),
            groups: plan
                .groups
                .iter()
                .map(|group| GroupState {
                    counts: GroupCounts::default(),
                    lag: Weighted::default(),
                    spent: 0,
                    next_member: 0,
                    cuts: Vec::new(),
                    duplicates: Vec::new(),
                    sojourn: group.measured.then(|| Recorder::new(digits, false)),
                })
                .collect(),
            batching: batches::Batching::default(),
            orders: plan.groups.iter().map(|_| order::Order::default()).collect(),
            rosters: plan.groups.iter().map(|_| groups::Roster::default()).collect(),
            lanes: lanes_of(plan),
            consumers: plan.consumers.iter().map(|c| ConsumerState::new(plan, c, replication, digits)).collect(),
            instances: instances.collect(),
            scaling: scaling::Scaling::new(plan, replication),
            unfit: unfit::Unfit::new(plan, replication),
            replays: replays::Replays::new(plan),
            services: plan.services.iter().map(|s| ServiceState::new(plan, s, replication, digits)).collect(),
            bulkheads: vec![0; plan.calls.last().map_or(0, |call| call.bulkheads.end as usize)],
            buckets: budgets::full(plan),
            breakers: (0..breakers).map(|_| BreakerState::default()).collect(),
            faults: plan.faults.iter().enumerate().map(fault).collect(),
            broken: repeats::broken(plan),
            marks: Vec::new(),
            classes: Vec::new(),
            ids: ids::Ids::new(plan),
            pushings: Slab::new(),
            push_streams: (plan.pushes.iter())
                .map(|push| {
                    let name = &plan.channels[push.bus as usize].name;
                    Stream::new(plan.seed, replication, name, Purpose::PushJitter, push.part)
                })
                .collect(),
            keeps_marks: repeats::keeps_marks(plan),
            served: disciplines::orders(plan),
            positions: Vec::new(),
            links: network::links(plan),
            deliveries: Slab::new(),
            holds: leases::Holds::new(plan),
            windows: windows::Windows::new(plan, replication),
            unacked: unacked::Unacked::new(plan),
            streams: streams::Streams::new(plan),
            memories: memory::Memory::all(plan),
            edges: vec![0; plan.edges.len()],
            flow: FlowCounts::default(),
            held_back: 0,
            end_to_end: Recorder::new(3, true),
            recovery: Recovery::new(tracked.flatten().collect()),
            curves: Curves::new(plan),
            looks: Looks::default(),
            intervals: Vec::new(),
            chooser: None,
            follower: None,
        };
        kernel.begin();
        kernel
    }

    /// What is in the calendar at the start.
    fn begin(&mut self) {
        self.begin_scaling();
        for instance in 0..self.instances.len() as u32 {
            if self.plan.consumers[self.instances[instance as usize].consumer as usize].window == 0 {
                self.list_idle(instance);
            }
        }
        for group in 0..self.groups.len() as u32 {
            if self.plan.groups[group as usize].coordination.is_some() {
                self.begin_roster(group);
            } else {
                self.deal_lanes(group);
            }
        }
        for producer in 0..self.producers.len() as u32 {
            self.begin_load(producer);
        }
        for fault in 0..self.faults.len() as u32 {
            self.plan_first(fault);
        }
    }

    /// So many events shall be chosen to be followed.
    pub(crate) fn choosing(mut self, traces: u32) -> Self {
        self.chooser = (traces > 0).then(|| Box::new(Chooser::new(self.plan, traces)));
        self
    }

    /// Takes the course of [`Kernel::run`] once more, until `until` or until all that was chosen has ended, and notes the
    /// steps of the chosen events. Accounts are not kept again.
    pub(crate) fn record(
        mut self,
        chosen: Vec<Chosen>,
        until: u64,
        watch: &mut dyn Watch,
    ) -> Result<(Vec<NotedTrace>, Vec<Noted>), SimError> {
        self.follower = Some(Box::new(Follower::new(chosen)));
        self.take_the_long_way();
        let mut events = 0_u64;
        while self.halt.is_none() && self.follower.as_ref().is_some_and(|follower| !follower.is_done()) {
            let Some((time, event)) = self.calendar.pop_before(until) else { break };
            self.now = time;
            events += 1;
            self.happen(event);
            if events.is_multiple_of(EVENTS_PER_LOOK) {
                watch.look(self.now, events, &self.curves)?;
            }
        }
        Ok(self.follower.map_or_else(Default::default, |follower| follower.close(until)))
    }

    /// Runs to the end of the scenario, at most `budget` events. A backlog beyond memory ends it before its time, and so
    /// does being cancelled when `keep_partial` is set: the outcome then says so.
    pub(crate) fn run(mut self, budget: u64, keep_partial: bool, watch: &mut dyn Watch) -> Result<Outcome, SimError> {
        let plan = self.plan;
        let mut reading = Reading::default();
        let mut batches = outcome::Batches::default();
        let mut boundaries = outcome::boundaries(plan, self.curves.width(), &looks::moments(plan, self.replication))
            .into_iter()
            .peekable();
        // The last boundary is the end.
        let next = |boundary: Option<&outcome::Boundary>| boundary.map_or(plan.duration, |b| b.at);
        let mut next_boundary = next(boundaries.peek());
        let (mut events, mut moment) = (0_u64, 0_u64);
        loop {
            let Some((time, event)) = self.calendar.pop_before(next_boundary) else {
                let Some(boundary) = boundaries.next() else { break };
                next_boundary = next(boundaries.peek());
                self.now = boundary.at;
                self.cross(boundary, &mut reading, &mut batches);
                continue;
            };
            debug_assert!(time >= self.now, "time went backwards");
            moment = if time == self.now { moment + 1 } else { 0 };
            self.now = time;
            events += 1;
            self.look_ahead();
            self.happen(event);
            if events.is_multiple_of(EVENTS_PER_LOOK) {
                self.check_room();
                match watch.look(self.now, events, &self.curves) {
                    Err(SimError::Cancelled) if keep_partial => self.halt = Some(SimError::Cancelled),
                    Err(error) => return Err(error),
                    Ok(()) if moment > EVENTS_PER_MOMENT => {
                        let node = self.whose(event);
                        return Err(SimError::Stuck { at_s: self.seconds(), events: moment, node });
                    }
                    Ok(()) if events > budget => {
                        return Err(SimError::OverBudget { budget, at_s: self.seconds() });
                    }
                    Ok(()) => {}
                }
            }
            if self.halt.is_some() {
                return self.halted(events, &mut reading, batches);
            }
        }
        self.now = plan.duration;
        self.audit()?;
        Ok(self.outcome(events, &reading, batches))
    }

    /// What there is when a replication ends before its time.
    #[cold]
    fn halted(
        mut self,
        events: u64,
        reading: &mut Reading,
        mut batches: outcome::Batches,
    ) -> Result<Outcome, SimError> {
        self.cut_off(reading, &mut batches);
        let why = self.halt.take().unwrap_or(SimError::Cancelled);
        // Who cancels does not want to wait for a walk over everything.
        if why != SimError::Cancelled {
            self.audit()?;
        }
        let stopped = Some((self.now, why));
        Ok(Outcome { stopped, ..self.outcome(events, reading, batches) })
    }

    fn seconds(&self) -> f64 {
        self.now as f64 / 1e9
    }

    #[expect(clippy::inline_always, reason = "as in the calendar: events stay in registers")]
    #[inline(always)]
    fn push_after(&mut self, delay: u64, event: Event) {
        // Beyond the end nothing happens any more; saturating keeps it there.
        self.calendar.push(self.now.saturating_add(delay), event);
    }

    /// Stops when too much is under way.
    #[inline]
    fn check_room(&mut self) {
        if self.messages.len().max(self.roots.len()).max(self.calendar.len()) > MAX_IN_FLIGHT && self.halt.is_none() {
            self.halt = Some(self.too_much());
        }
    }

    #[cold]
    fn too_much(&self) -> SimError {
        let fullest = self.groups.iter().zip(&self.plan.groups).max_by_key(|(state, _)| state.lag.value());
        let channel = fullest.map_or(0, |(_, group)| group.channel);
        let in_flight = (self.messages.len() as u64).max(self.roots.len() as u64).max(self.calendar.len() as u64);
        SimError::Backlog {
            channel: self.plan.channels.get(channel as usize).map(|c| c.name.clone()).unwrap_or_default(),
            in_flight,
            limit: MAX_IN_FLIGHT as u64,
            at_s: self.seconds(),
        }
    }
}

/// The empty lanes of all groups.
fn lanes_of(plan: &Plan) -> Vec<Lane> {
    let lanes = (0_u32..).zip(&plan.groups).flat_map(|(index, group)| {
        group.lanes.clone().map(move |_| Lane {
            head: NIL,
            tail: NIL,
            length: 0,
            group: index,
            owner: NIL,
            returned: NIL,
            state: LaneState::Idle,
            ttl: match &plan.channels[group.channel as usize] {
                Channel { kept: Some(kept), .. } => kept.age.min(STREAMED),
                Channel { patience: Some(_), .. } => PATIENT,
                channel => channel.ttl.unwrap_or(u64::MAX),
            },
            keyed: group.per_key,
            look_at: u64::MAX,
            ordered: plan.channels[group.channel as usize].discipline != Discipline::Fifo,
        })
    });
    lanes.collect()
}
