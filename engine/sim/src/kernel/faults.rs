//! Faults: when they strike, what they do, what they undo.

use super::Kernel;
use super::events::Event;
use super::limits::Bucket;
use super::network::remove_one;
use super::outcome::Interval;
use super::state::{FaultState, Trouble};
use crate::MAX_FAULT_INTERVALS;
use crate::plan::{Plan, Strike};
use crate::sample::Ziggurat;

impl Kernel<'_> {
    pub(super) fn plan_first(&mut self, fault: u32) {
        let at = self.plan.faults[fault as usize].at.draw(&mut self.faults[fault as usize].stream, self.ziggurat);
        self.push_after(at, Event::FaultBegins { fault });
    }

    pub(super) fn fault_begins(&mut self, fault: u32) {
        let now = self.now;
        let plan = self.plan;
        let planned = &plan.faults[fault as usize];
        let state = &mut self.faults[fault as usize];
        state.active = true;
        state.fired += 1;
        state.began = now;
        state.touched_before = state.touched;
        if let Some(length) = &planned.length {
            let length = length.draw(&mut state.stream, self.ziggurat);
            self.push_after(length, Event::FaultEnds { fault });
        }
        let groups = &self.groups;
        self.recovery.fault_begins(fault, now, |group| groups[group as usize].lag.integral(now));
        match &planned.strike {
            Strike::Rebalance(consumer) => self.force_rebalance(fault, *consumer),
            Strike::Deploy(consumer) => self.replace_next(fault, *consumer, 0),
            Strike::Replay { consumer, back } => {
                self.replay(fault, *consumer, *back);
                self.push_after(0, Event::FaultEnds { fault });
            }
            Strike::CrashConsumer { consumer, instances } => self.crash_consumer(fault, *consumer, *instances),
            Strike::CrashService(service) => {
                let state = &mut self.services[*service as usize];
                state.crashes.push(fault);
                state.up.set(now, 0);
                self.crash_service(*service, fault);
            }
            Strike::SlowConsumer { consumer, .. } => {
                let trouble = &mut self.consumers[*consumer as usize].trouble;
                trouble.slow.push(fault);
                trouble.reckon(plan);
            }
            Strike::SlowService { service, .. } => {
                let trouble = &mut self.services[*service as usize].trouble;
                trouble.slow.push(fault);
                trouble.reckon(plan);
            }
            Strike::ErrorsConsumer { consumer, .. } => {
                let trouble = &mut self.consumers[*consumer as usize].trouble;
                trouble.errors.push(fault);
                trouble.reckon(plan);
            }
            Strike::ErrorsService { service, .. } => {
                let trouble = &mut self.services[*service as usize].trouble;
                trouble.errors.push(fault);
                trouble.reckon(plan);
            }
            Strike::OutageChannels(channels) => {
                for channel in channels {
                    self.channels[*channel as usize].outages.push(fault);
                    self.channels[*channel as usize].gated = true;
                }
            }
            Strike::OutageService(service) => self.services[*service as usize].outages.push(fault),
            other => self.begin_other(fault, other),
        }
    }

    fn begin_other(&mut self, fault: u32, strike: &Strike) {
        let now = self.now;
        let plan = self.plan;
        match strike {
            Strike::Cut(edges) => edges.iter().for_each(|&edge| self.cut(fault, edge)),
            Strike::LatencyEdges { edges, .. } => {
                for &edge in edges {
                    self.links[edge as usize].latencies.push(fault);
                }
            }
            Strike::LatencyConsumer { consumer, .. } => {
                let trouble = &mut self.consumers[*consumer as usize].trouble;
                trouble.added.push(fault);
                trouble.reckon(plan);
            }
            Strike::LatencyService { service, .. } => {
                let trouble = &mut self.services[*service as usize].trouble;
                trouble.added.push(fault);
                trouble.reckon(plan);
            }
            Strike::Duplicate { channel, .. } => {
                for group in plan.channels[*channel as usize].groups.clone() {
                    self.groups[group as usize].duplicates.push(fault);
                }
            }
            Strike::PoisonChannel { channel, .. } => self.channels[*channel as usize].poisons.push(fault),
            Strike::PoisonConsumer { consumer, .. } => {
                self.consumers[*consumer as usize].trouble.poisons.push(fault);
            }
            Strike::PoisonService { service, .. } => self.services[*service as usize].trouble.poisons.push(fault),
            Strike::SchemaBreak { event } => self.broken[*event as usize].push(fault),
            Strike::ThrottleConsumer { consumer, limit } => {
                let state = &mut self.consumers[*consumer as usize];
                state.limits.push(Bucket::even(fault, *limit, now));
                state.restrained = true;
            }
            Strike::ThrottleService { service, limit } => {
                self.services[*service as usize].throttles.push(Bucket::even(fault, *limit, now));
            }
            Strike::ThrottleChannel { channel, limit } => {
                let state = &mut self.channels[*channel as usize];
                state.throttles.push(Bucket::even(fault, *limit, now));
                state.gated = true;
            }
            Strike::BlockChannels(channels) => {
                for &channel in channels {
                    self.channels[channel as usize].blocks.push(fault);
                    self.channels[channel as usize].gated = true;
                }
            }
            Strike::FillQueue(queue) => self.channels[*queue as usize].fills.push(fault),
            Strike::FillStore(store) => self.services[*store as usize].fills.push(fault),
            _ => {}
        }
    }

    fn end_other(&mut self, fault: u32, strike: &Strike) {
        let plan = self.plan;
        match strike {
            Strike::Cut(edges) => edges.iter().for_each(|&edge| self.mend(fault, edge)),
            Strike::LatencyEdges { edges, .. } => {
                for &edge in edges {
                    remove_one(&mut self.links[edge as usize].latencies, fault);
                }
            }
            Strike::LatencyConsumer { consumer, .. } | Strike::PoisonConsumer { consumer, .. } => {
                self.consumers[*consumer as usize].trouble.end(plan, fault);
            }
            Strike::LatencyService { service, .. } | Strike::PoisonService { service, .. } => {
                self.services[*service as usize].trouble.end(plan, fault);
            }
            Strike::Duplicate { channel, .. } => {
                for group in plan.channels[*channel as usize].groups.clone() {
                    remove_one(&mut self.groups[group as usize].duplicates, fault);
                }
            }
            Strike::PoisonChannel { channel, .. } => remove_one(&mut self.channels[*channel as usize].poisons, fault),
            Strike::SchemaBreak { event } => remove_one(&mut self.broken[*event as usize], fault),
            Strike::ThrottleConsumer { consumer, .. } => {
                let state = &mut self.consumers[*consumer as usize];
                state.limits.retain(|bucket| bucket.fault != fault);
                state.restrain();
                state.wakes_at = u64::MAX;
                self.wake(*consumer);
            }
            Strike::ThrottleService { service, .. } => {
                self.services[*service as usize].throttles.retain(|bucket| bucket.fault != fault);
            }
            Strike::ThrottleChannel { channel, .. } => {
                let state = &mut self.channels[*channel as usize];
                state.throttles.retain(|bucket| bucket.fault != fault);
                state.wakes_at = u64::MAX;
                self.admit_held(*channel);
            }
            Strike::BlockChannels(channels) => {
                for &channel in channels {
                    remove_one(&mut self.channels[channel as usize].blocks, fault);
                    self.admit_held(channel);
                }
            }
            Strike::FillQueue(queue) => remove_one(&mut self.channels[*queue as usize].fills, fault),
            Strike::FillStore(store) => remove_one(&mut self.services[*store as usize].fills, fault),
            _ => {}
        }
    }

    pub(super) fn fault_ends(&mut self, fault: u32) {
        let now = self.now;
        let plan = self.plan;
        self.note_interval(fault, now);
        let planned = &plan.faults[fault as usize];
        let state = &mut self.faults[fault as usize];
        state.active = false;
        if let Some(every) = &planned.every {
            let pause = every.draw(&mut state.stream, self.ziggurat);
            self.push_after(pause, Event::FaultBegins { fault });
        }
        match &planned.strike {
            Strike::Rebalance(_) | Strike::Deploy(_) | Strike::Replay { .. } => {}
            Strike::CrashConsumer { consumer, .. } => self.restore_consumer(fault, *consumer),
            Strike::CrashService(service) => {
                let state = &mut self.services[*service as usize];
                state.crashes.retain(|&f| f != fault);
                state.up.set(now, u64::from(state.crashes.is_empty()));
            }
            Strike::SlowConsumer { consumer, .. } | Strike::ErrorsConsumer { consumer, .. } => {
                self.consumers[*consumer as usize].trouble.end(plan, fault);
            }
            Strike::SlowService { service, .. } | Strike::ErrorsService { service, .. } => {
                self.services[*service as usize].trouble.end(plan, fault);
            }
            Strike::OutageChannels(channels) => {
                for &channel in channels {
                    self.end_outage(channel, fault);
                }
            }
            Strike::OutageService(service) => {
                let outages = &mut self.services[*service as usize].outages;
                outages.retain(|&f| f != fault);
                if outages.is_empty() {
                    self.release_calls(*service);
                }
            }
            other => self.end_other(fault, other),
        }
        let groups = &self.groups;
        self.recovery.fault_ends(fault, now, |group| groups[group as usize].lag.value());
    }

    /// Remembers where a fault struck, for the curves.
    pub(super) fn note_interval(&mut self, fault: u32, until: u64) {
        let FaultState { began, touched, touched_before, .. } = self.faults[fault as usize];
        if self.replication == 0 && self.intervals.len() < MAX_FAULT_INTERVALS {
            self.intervals.push(Interval { fault, from: began, until, touched: touched - touched_before });
        }
    }

    /// The first instances that are up go down; what they had in hand is redelivered.
    fn crash_consumer(&mut self, fault: u32, consumer: u32, count: u32) {
        let now = self.now;
        let plan = self.plan;
        let all = plan.consumers[consumer as usize].instances.clone();
        let is_up = |i: &u32| self.instances[*i as usize].down == 0;
        let struck: Vec<u32> = all.filter(is_up).take(count as usize).collect();
        for &instance in &struck {
            self.instances[instance as usize].down += 1;
            self.instances[instance as usize].ready.clear();
        }
        let up = &mut self.consumers[consumer as usize].up;
        up.set(now, up.value() - struck.len() as u64);

        let mut in_hand: Vec<u32> = (0_u32..)
            .zip(self.attempts.places())
            .filter(|(_, attempt)| attempt.active && struck.binary_search(&attempt.instance).is_ok())
            .map(|(index, _)| index)
            .collect();
        // The youngest first, so that the oldest ends at the front.
        in_hand.sort_by_key(|&a| {
            let attempt = &self.attempts[a];
            // Places of attempts depend on the way that others take, those of messages do not.
            std::cmp::Reverse((self.messages[attempt.message].available, attempt.started, attempt.message))
        });
        let messages: u64 = in_hand.iter().map(|&a| u64::from(self.attempts[a].more) + 1).sum();
        self.faults[fault as usize].touched += messages;
        if plan.consumers[consumer as usize].window > 0 {
            for &instance in &struck {
                self.lose_window(consumer, instance);
            }
        }
        for attempt in in_hand {
            self.cut_short(attempt);
        }
        for &instance in &struck {
            self.forget_breakers(consumer, instance);
        }
        self.faults[fault as usize].touched += self.members_lost(consumer, &struck, false);
        self.faults[fault as usize].struck = struck;
        self.redeal(consumer);
    }

    fn restore_consumer(&mut self, fault: u32, consumer: u32) {
        let now = self.now;
        let struck = std::mem::take(&mut self.faults[fault as usize].struck);
        if self.plan.consumers[consumer as usize].start_time.is_some() {
            return self.restart(consumer, struck);
        }
        for &instance in &struck {
            self.instances[instance as usize].down -= 1;
        }
        let up = &mut self.consumers[consumer as usize].up;
        up.set(now, up.value() + struck.len() as u64);
        self.members_back(consumer, &struck);
        self.redeal(consumer);
        for instance in struck {
            self.find_work(instance);
        }
    }

    /// Instances went or came: lanes change hands, waiting messages find who is free.
    pub(super) fn redeal(&mut self, consumer: u32) {
        for subscription in &self.plan.consumers[consumer as usize].subscriptions {
            self.deal_lanes(subscription.group);
            if !self.plan.groups[subscription.group as usize].partitioned {
                self.serve_plain(subscription.group);
            }
        }
    }

    fn end_outage(&mut self, channel: u32, fault: u32) {
        let plan = self.plan;
        let outages = &mut self.channels[channel as usize].outages;
        outages.retain(|&f| f != fault);
        if !outages.is_empty() {
            return;
        }
        for group in plan.channels[channel as usize].groups.clone() {
            if plan.groups[group as usize].partitioned {
                for lane in plan.groups[group as usize].lanes.clone() {
                    self.offer_lane(lane);
                }
            } else {
                self.serve_plain(group);
            }
        }
        self.admit_held(channel);
    }
}

impl Trouble {
    /// How much longer one attempt or answer takes, beyond what is in proportion to it.
    pub(super) fn extra(&self, plan: &Plan, faults: &mut [FaultState], ziggurat: &Ziggurat) -> u64 {
        let mut extra = 0_u64;
        for &fault in &self.added {
            let state = &mut faults[fault as usize];
            state.touched += 1;
            if let Some(add) = plan.faults[fault as usize].strike.added() {
                extra = extra.saturating_add(add.draw(&mut state.dice, ziggurat));
            }
        }
        extra
    }

    fn end(&mut self, plan: &Plan, fault: u32) {
        self.slow.retain(|&f| f != fault);
        self.errors.retain(|&f| f != fault);
        self.added.retain(|&f| f != fault);
        self.poisons.retain(|&f| f != fault);
        self.reckon(plan);
    }

    /// The factors of all slow faults multiply; of all error faults the first that strikes is enough.
    fn reckon(&mut self, plan: &Plan) {
        let factor = |fault: &u32| match plan.faults[*fault as usize].strike {
            Strike::SlowConsumer { factor, .. } | Strike::SlowService { factor, .. } => factor,
            _ => 1.0,
        };
        let spared = |fault: &u32| match plan.faults[*fault as usize].strike {
            Strike::ErrorsConsumer { rate, .. } | Strike::ErrorsService { rate, .. } => 1.0 - rate,
            _ => 1.0,
        };
        self.factor = (!self.slow.is_empty() || !self.added.is_empty()).then(|| self.slow.iter().map(factor).product());
        self.rate = 1.0 - self.errors.iter().map(spared).product::<f64>();
    }
}
