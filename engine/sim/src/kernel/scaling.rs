//! Autoscaling and cold starts: which instances of a consumer there are.
//!
//! An instance that comes takes its time to start before it handles; one that goes takes no more work and finishes what it
//! has. Instances that are not there are `down`, as crashed ones are, and so are those that start.

use super::Kernel;
use super::events::Event;
use super::ranks::Ranks;
use super::state::Instance;
use crate::error::SimError;
use crate::plan::{Consumer, Plan};
use crate::rng::{Purpose, Stream};
use crate::stats::Weighted;

/// What an instance is at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// There, up or struck by a fault.
    There,
    /// Back after a crash, and not yet up.
    Restarting,
    /// Not there; what it had in hand when it went is finished.
    Away,
    /// Called for, and not yet up.
    Starting,
}

/// One instance.
#[derive(Debug, Clone, Copy)]
struct Place {
    stage: Stage,
    /// Tells a start from those that were called off.
    start: u32,
    /// Whether its time counts in the utilization: while it is there, and until it has finished what it has.
    counts: bool,
}

/// One consumer.
struct Scaler {
    /// For the times that its instances take to start.
    stream: Stream,
    /// How many instances are there or are called for.
    wanted: u32,
    /// When that changed last.
    changed: Option<u64>,
    /// Whether a look at this moment is planned already.
    due: bool,
    /// When the next look for the end of the cooldown is planned.
    cools_at: u64,
    /// Of an autoscaled consumer.
    ranks: Ranks,
    /// Instances whose time counts.
    counted: Weighted,
    /// The integral of that level when the last bucket of the curves ended.
    at_bucket: u128,
}

/// What is kept of all instances and their consumers.
pub(super) struct Scaling {
    /// By consumer.
    scalers: Vec<Scaler>,
    /// By instance.
    places: Vec<Place>,
}

impl Scaling {
    pub(super) fn new(plan: &Plan, replication: u32) -> Self {
        let scaler = |consumer: &Consumer| {
            let first = first_of(consumer);
            let mut ranks = Ranks::new(consumer.autoscale.as_ref().is_some_and(|rules| rules.every == 0));
            if consumer.autoscale.is_some() {
                consumer
                    .instances
                    .clone()
                    .for_each(|instance| ranks.enter(instance, first_stage(consumer, instance), 0));
            }
            Scaler {
                stream: Stream::new(plan.seed, replication, &consumer.name, Purpose::StartTime, 0),
                wanted: first,
                changed: None,
                due: false,
                cools_at: u64::MAX,
                ranks,
                counted: Weighted::starting_at(u64::from(first)),
                at_bucket: 0,
            }
        };
        let places = plan.consumers.iter().flat_map(|consumer| {
            consumer.instances.clone().map(|instance| {
                let stage = first_stage(consumer, instance);
                Place { stage, start: 0, counts: stage == Stage::There }
            })
        });
        Scaling { scalers: plan.consumers.iter().map(scaler).collect(), places: places.collect() }
    }

    /// What an instance of an autoscaled consumer has in hand changes.
    pub(super) fn busy_changes(&mut self, consumer: u32, instance: u32, before: u32, after: u32) {
        let stage = self.places[instance as usize].stage;
        self.scalers[consumer as usize].ranks.busy_changes(instance, stage, before, after);
    }

    /// The integral of a consumer's instances over time, as far as the utilization counts them, in nanoseconds.
    pub(super) fn counted(&self, consumer: usize, now: u64) -> u128 {
        self.scalers[consumer].counted.integral(now)
    }

    /// Mean number of a consumer's servers since this was last asked, `nanos` nanoseconds ago.
    pub(super) fn servers_since(&mut self, consumer: usize, planned: &Consumer, now: u64, nanos: u64) -> f64 {
        if planned.autoscale.is_none() {
            return planned.servers();
        }
        let scaler = &mut self.scalers[consumer];
        let integral = scaler.counted.integral(now);
        let grown = integral - std::mem::replace(&mut scaler.at_bucket, integral);
        grown as f64 / nanos as f64 * f64::from(planned.concurrency)
    }
}

/// How many of a consumer's instances there are at the start of a run.
pub(super) fn first_of(consumer: &Consumer) -> u32 {
    consumer.autoscale.as_ref().map_or(consumer.instances.len() as u32, |scale| scale.first)
}

/// What an instance is at when a run starts.
fn first_stage(consumer: &Consumer, instance: u32) -> Stage {
    let there = instance < consumer.instances.start + first_of(consumer);
    if there { Stage::There } else { Stage::Away }
}

impl Kernel<'_> {
    /// Takes away the instances that are not there at the start, and plans the first looks.
    pub(super) fn begin_scaling(&mut self) {
        for (consumer, planned) in (0_u32..).zip(&self.plan.consumers) {
            let Some(rules) = &planned.autoscale else { continue };
            for instance in planned.instances.clone().skip(rules.first as usize) {
                self.instances[instance as usize].down = 1;
            }
            if rules.every > 0 {
                self.push_after(rules.every, Event::Scale { consumer });
            }
        }
    }

    /// The lag of a group has changed on which an autoscaler acts at once. It looks when what happens now has happened.
    #[cold]
    pub(super) fn lag_changed(&mut self, group: u32) {
        let plan = self.plan;
        for &consumer in &plan.groups[group as usize].members {
            let watches = plan.consumers[consumer as usize].autoscale.as_ref().is_some_and(|scale| scale.every == 0);
            let scaler = &mut self.scaling.scalers[consumer as usize];
            if watches && !scaler.due {
                scaler.due = true;
                self.calendar.push(self.now, Event::Scale { consumer });
            }
        }
    }

    /// An autoscaler compares the lag with the instances. Of several groups the one that asks for most decides.
    pub(super) fn scale(&mut self, consumer: u32) {
        let now = self.now;
        let planned = &self.plan.consumers[consumer as usize];
        let Some(rules) = &planned.autoscale else { return };
        if rules.every > 0 {
            self.push_after(rules.every, Event::Scale { consumer });
        }
        let lags = planned.subscriptions.iter().map(|s| self.groups[s.group as usize].lag.value());
        let desired = rules.desired(lags.max().unwrap_or(0));
        let scaler = &mut self.scaling.scalers[consumer as usize];
        scaler.due = false;
        if desired > scaler.wanted {
            let more = desired - scaler.wanted;
            self.scale_out(consumer, more);
        } else if desired < scaler.wanted {
            let cooled = scaler.changed.map_or(0, |changed| changed.saturating_add(rules.cooldown));
            if cooled <= now {
                let fewer = scaler.wanted - desired;
                self.scale_in(consumer, fewer);
            } else if rules.every == 0 && scaler.cools_at != cooled {
                scaler.cools_at = cooled;
                self.calendar.push(cooled, Event::Scale { consumer });
            }
        }
    }

    /// So many more instances start: those that have nothing left to finish, the first of them first.
    fn scale_out(&mut self, consumer: u32, more: u32) {
        let plan = self.plan;
        let Some(rules) = &plan.consumers[consumer as usize].autoscale else { return };
        let scaler = &mut self.scaling.scalers[consumer as usize];
        let called = scaler.ranks.to_come(more);
        scaler.wanted += called.len() as u32;
        scaler.changed = Some(self.now);
        for instance in called {
            let takes = rules.start_time.draw(&mut self.scaling.scalers[consumer as usize].stream, self.ziggurat);
            self.begin_start(instance, Stage::Starting, takes);
        }
    }

    /// So many instances go: those that have not started first, then the last of those that are up; who acts at once takes
    /// those first that have least in hand. Those that a fault has struck stay: who would restart them does not let them go.
    fn scale_in(&mut self, consumer: u32, fewer: u32) {
        let now = self.now;
        let called_off = self.scaling.scalers[consumer as usize].ranks.to_call_off(fewer);
        for &instance in &called_off {
            self.enter_stage(instance, Stage::Away);
            let place = &mut self.scaling.places[instance as usize];
            place.start = place.start.wrapping_add(1);
        }
        let left = fewer as usize - called_off.len();
        let is_up = |i: &u32| self.instances[*i as usize].down == 0;
        let gone: Vec<u32> = self.scaling.scalers[consumer as usize].ranks.to_go().filter(is_up).take(left).collect();
        for &instance in &gone {
            let place = &mut self.instances[instance as usize];
            place.down += 1;
            place.ready.clear();
            self.consumers[consumer as usize].up.sub(now);
            self.enter_stage(instance, Stage::Away);
            self.stop_counting(instance);
            self.recall(consumer, instance);
        }
        let taken = (called_off.len() + gone.len()) as u32;
        if taken > 0 {
            let scaler = &mut self.scaling.scalers[consumer as usize];
            scaler.wanted -= taken;
            scaler.changed = Some(now);
        }
        if !gone.is_empty() {
            self.members_lost(consumer, &gone, true);
            self.redeal(consumer);
        }
    }

    /// Crashed instances may run again, and start.
    pub(super) fn restart(&mut self, consumer: u32, instances: Vec<u32>) {
        let plan = self.plan;
        let Some(start_time) = &plan.consumers[consumer as usize].start_time else { return };
        for instance in instances {
            let takes = start_time.draw(&mut self.scaling.scalers[consumer as usize].stream, self.ziggurat);
            self.begin_start(instance, Stage::Restarting, takes);
        }
    }

    fn begin_start(&mut self, instance: u32, stage: Stage, takes: u64) {
        self.enter_stage(instance, stage);
        let place = &mut self.scaling.places[instance as usize];
        place.start = place.start.wrapping_add(1);
        let start = place.start;
        self.push_after(takes, Event::Up { instance, start });
    }

    fn enter_stage(&mut self, instance: u32, stage: Stage) {
        let Instance { consumer, busy, ranked, .. } = self.instances[instance as usize];
        let before = std::mem::replace(&mut self.scaling.places[instance as usize].stage, stage);
        if ranked {
            let ranks = &mut self.scaling.scalers[consumer as usize].ranks;
            ranks.leave(instance, before, busy);
            ranks.enter(instance, stage, busy);
        }
    }

    /// An instance has started, unless its start was called off.
    pub(super) fn come_up(&mut self, instance: u32, start: u32) {
        let now = self.now;
        let place = &self.scaling.places[instance as usize];
        if place.start != start || !matches!(place.stage, Stage::Starting | Stage::Restarting) {
            return;
        }
        self.enter_stage(instance, Stage::There);
        let consumer = self.instances[instance as usize].consumer;
        if !std::mem::replace(&mut self.scaling.places[instance as usize].counts, true) {
            self.scaling.scalers[consumer as usize].counted.add(now);
        }
        self.takes_up_work(consumer, instance);
    }

    /// An instance that is down has finished something: what that left waiting is for the others.
    #[cold]
    pub(super) fn rests(&mut self, instance: u32) {
        self.stop_counting(instance);
        let consumer = self.instances[instance as usize].consumer;
        for subscription in &self.plan.consumers[consumer as usize].subscriptions {
            if !self.plan.groups[subscription.group as usize].partitioned {
                self.serve_plain(subscription.group);
            }
        }
    }

    /// The time of an instance that is not there no longer counts once it has nothing in hand.
    fn stop_counting(&mut self, instance: u32) {
        let Instance { consumer, busy, .. } = self.instances[instance as usize];
        let place = &mut self.scaling.places[instance as usize];
        if busy == 0 && place.counts && matches!(place.stage, Stage::Away | Stage::Starting) {
            place.counts = false;
            self.scaling.scalers[consumer as usize].counted.sub(self.now);
        }
    }

    /// What is kept of instances in several places agrees, and their number stays within its bounds.
    pub(super) fn audit_scaling(&self) -> Result<(), SimError> {
        let contradiction = |consumer: &Consumer, what: &str| {
            Err(SimError::Bug(format!("the instances of `{}`: {what}", consumer.name)))
        };
        for (index, planned) in self.plan.consumers.iter().enumerate() {
            let scaler = &self.scaling.scalers[index];
            let places =
                || planned.instances.clone().map(|i| (&self.scaling.places[i as usize], &self.instances[i as usize]));
            let up = places().filter(|(_, instance)| instance.down == 0).count() as u64;
            if up != self.consumers[index].up.value() {
                return contradiction(planned, "not as many are up as were counted");
            }
            let wanted = places().filter(|(place, _)| place.stage != Stage::Away).count();
            if wanted != scaler.wanted as usize {
                return contradiction(planned, "not as many are there or called for as are wanted");
            }
            let ranked = (scaler.wanted as usize, planned.instances.len());
            if planned.autoscale.is_some() && scaler.ranks.counts() != ranked {
                return contradiction(planned, "some are ranked where they are not");
            }
            let bounds = planned.autoscale.as_ref().map(|rules| rules.min..=rules.max);
            if bounds.is_some_and(|bounds| !bounds.contains(&scaler.wanted)) {
                return contradiction(planned, "fewer or more than `autoscale` allows");
            }
            let counts = |(place, instance): (&Place, &Instance)| {
                matches!(place.stage, Stage::There | Stage::Restarting) || instance.busy > 0
            };
            if places().any(|(place, instance)| place.counts != counts((place, instance)))
                || places().filter(|(place, _)| place.counts).count() as u64 != scaler.counted.value()
            {
                return contradiction(planned, "not those count whose time is spent");
            }
        }
        Ok(())
    }
}
