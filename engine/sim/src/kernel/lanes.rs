//! Who handles what next: lanes, instances and their free servers.
//!
//! A plain group has one lane; any instance with a free server takes its first message. A partitioned group has a lane
//! per partition, each owned by one instance and worked on by one attempt at a time.

use super::Kernel;
use super::state::LaneState;
use crate::slab::NIL;

impl Kernel<'_> {
    /// An instance of the group with a free server; instances take turns.
    pub(super) fn idle_instance(&mut self, group: u32) -> Option<u32> {
        let plan = self.plan;
        let members = &plan.groups[group as usize].members;
        let first = self.groups[group as usize].next_member;
        for turn in 0..members.len() as u32 {
            let at = (first + turn) % members.len() as u32;
            let consumer = members[at as usize];
            if !self.may_begin(consumer, group) {
                continue;
            }
            let concurrency = plan.consumers[consumer as usize].concurrency;
            while let Some(&instance) = self.consumers[consumer as usize].idle.front() {
                let place = &mut self.instances[instance as usize];
                if place.down == 0 && place.busy < concurrency {
                    if members.len() > 1 {
                        self.groups[group as usize].next_member = at + 1;
                    }
                    return Some(instance);
                }
                place.listed = false;
                self.consumers[consumer as usize].idle.pop_front();
            }
        }
        None
    }

    /// Lists an instance as one with free servers.
    #[inline]
    pub(super) fn list_idle(&mut self, instance: u32) {
        let place = &mut self.instances[instance as usize];
        if !place.listed {
            place.listed = true;
            self.consumers[place.consumer as usize].idle.push_back(instance);
        }
    }

    /// One more server of an instance is busy. Called by `start` only.
    #[inline]
    pub(super) fn occupy(&mut self, instance: u32) {
        let now = self.now;
        let place = &mut self.instances[instance as usize];
        place.busy += 1;
        let consumer = &mut self.consumers[place.consumer as usize];
        consumer.busy.add(now);
        // The next message goes to another instance first.
        if consumer.idle.len() > 1 && consumer.idle.front() == Some(&instance) {
            consumer.idle.rotate_left(1);
        }
        if self.instances[instance as usize].ranked {
            self.rerank(instance, self.instances[instance as usize].busy - 1);
        }
    }

    /// Gives the free servers of an instance what waits for them, the longest waiting first.
    pub(super) fn find_work(&mut self, instance: u32) {
        let consumer = self.instances[instance as usize].consumer;
        let concurrency = self.plan.consumers[consumer as usize].concurrency;
        if self.plan.consumers[consumer as usize].window > 0 {
            self.work_off_buffer(instance);
            return;
        }
        let only_lane = self.consumers[consumer as usize].only_lane;
        loop {
            let place = &self.instances[instance as usize];
            if place.down > 0 {
                return self.rests(instance);
            }
            if place.busy >= concurrency {
                return;
            }
            let restrained = self.consumers[consumer as usize].restrained;
            if restrained && !self.has_token(consumer) {
                self.list_idle(instance);
                return;
            }
            let message = if only_lane == NIL {
                self.next_of_many(instance)
            } else {
                self.purge(only_lane);
                let lane = &self.lanes[only_lane as usize];
                let open = self.is_open(lane.group) && (!restrained || self.hears(consumer, lane.group));
                let waits = lane.head != NIL && open && self.is_ripe_or_waits(only_lane);
                if waits { Some(self.next_in(only_lane)) } else { None }
            };
            let Some(message) = message else {
                self.list_idle(instance);
                return;
            };
            self.unlink(message);
            let lane = self.messages[message].lane;
            if self.plan.groups[self.messages[message].group as usize].partitioned {
                self.lanes[lane as usize].state = LaneState::Busy;
                let group = self.messages[message].group;
                if let Some(rules) = self.plan.groups[group as usize].coordination {
                    self.begin_record(group, lane, rules);
                }
            }
            self.start(instance, message);
        }
    }

    /// The longest waiting among the ready lanes of an instance and the plain groups of its consumer; a lane is taken
    /// out of the ready list.
    fn next_of_many(&mut self, instance: u32) -> Option<u32> {
        let plan = self.plan;
        let mut best: Option<(u64, u32)> = None;
        let consumer = self.instances[instance as usize].consumer;
        while let Some(&lane) = self.instances[instance as usize].ready.front() {
            let place = self.lanes[lane as usize];
            if place.owner == instance
                && place.state == LaneState::Ready
                && place.head != NIL
                && self.is_open(place.group)
                && self.hears(consumer, place.group)
            {
                best = Some((self.messages[place.head].available, place.head));
                break;
            }
            // A stale entry: the lane moved, or its channel is out; the end of the outage offers it anew.
            if place.owner == instance && place.state == LaneState::Ready {
                self.lanes[lane as usize].state = LaneState::Idle;
            }
            self.instances[instance as usize].ready.pop_front();
        }
        let from_lane = best.is_some();
        let mut from_plain = false;
        for subscription in &plan.consumers[consumer as usize].subscriptions {
            let group = &plan.groups[subscription.group as usize];
            if group.partitioned || !self.is_open(subscription.group) || !self.hears(consumer, subscription.group) {
                continue;
            }
            self.purge(group.lanes.start);
            if !self.is_ripe_or_waits(group.lanes.start) {
                continue;
            }
            let head = self.next_in(group.lanes.start);
            if head != NIL && best.is_none_or(|(available, _)| self.messages[head].available < available) {
                best = Some((self.messages[head].available, head));
                from_plain = true;
            }
        }
        if from_lane && !from_plain {
            self.instances[instance as usize].ready.pop_front();
        }
        best.map(|(_, message)| message)
    }

    /// A lane that nobody works on has a message: its owner shall know.
    pub(super) fn offer_lane(&mut self, lane: u32) {
        let place = &mut self.lanes[lane as usize];
        let (owner, group) = (place.owner, place.group);
        if place.head == NIL || owner == NIL || place.state != LaneState::Idle || !self.is_open(group) {
            return;
        }
        if !self.hears(self.instances[owner as usize].consumer, group) || !self.is_ripe_or_waits(lane) {
            return;
        }
        self.lanes[lane as usize].state = LaneState::Ready;
        self.instances[owner as usize].ready.push_back(lane);
        self.find_work(owner);
    }

    /// Hands the waiting messages of a plain group to whoever is free.
    pub(super) fn serve_plain(&mut self, group: u32) {
        if self.is_windowed(group) {
            self.push_out(group);
            return;
        }
        let lane = self.plan.groups[group as usize].lanes.start;
        loop {
            self.purge(lane);
            if self.lanes[lane as usize].head == NIL || !self.is_open(group) || !self.is_ripe_or_waits(lane) {
                return;
            }
            let Some(instance) = self.idle_instance(group) else { return };
            let message = self.next_in(lane);
            self.unlink(message);
            self.start(instance, message);
        }
    }

    /// Deals the lanes of a partitioned group without coordination to the instances of its members: each has a home, and goes to one of those
    /// that are up while its home is down. Work in hand stays where it is.
    pub(super) fn deal_lanes(&mut self, group: u32) {
        let plan = self.plan;
        let planned = &plan.groups[group as usize];
        if !planned.partitioned || planned.coordination.is_some() {
            return;
        }
        let members = || planned.members.iter().flat_map(|&m| plan.consumers[m as usize].instances.clone());
        // Instances that come and go have no homes: those that are up share evenly.
        let scaled = planned.members.iter().any(|&m| plan.consumers[m as usize].autoscale.is_some());
        let all: Vec<u32> = if scaled { Vec::new() } else { members().collect() };
        let up: Vec<u32> = members().filter(|&i| self.instances[i as usize].down == 0).collect();
        for (partition, lane) in planned.lanes.clone().enumerate() {
            let home = if all.is_empty() { NIL } else { all[partition % all.len()] };
            let owner = match home {
                home if home != NIL && self.instances[home as usize].down == 0 => home,
                _ if up.is_empty() => NIL,
                _ => up[partition % up.len()],
            };
            let place = &mut self.lanes[lane as usize];
            if place.owner != owner {
                place.owner = owner;
                if place.state == LaneState::Ready {
                    place.state = LaneState::Idle;
                }
            }
            // What its topic let go of while a lost instance had it is not there for the next.
            self.purge(lane);
            self.offer_lane(lane);
        }
    }
}
