//! Kafka groups: who is a member, who has which partition, and what happens in between.
//!
//! A member that stops without a word is missed when its session ends. Every change of the members is a rebalance: it takes
//! its time, in which all partitions of the group stand still (eager) or those that change hands (cooperative). What was
//! handled but not committed is delivered again; that is in `offsets`.

use std::collections::VecDeque;

use super::Kernel;
use super::events::Event;
use super::offsets::Handled;
use super::state::{Lane, LaneState};
use crate::plan::{Commits, Coordination};
use crate::slab::NIL;

const NEVER: u64 = u64::MAX;

/// What the coordinator knows of one group. Empty for groups without one.
#[derive(Debug, Default)]
pub(super) struct Roster {
    /// All instances that can be members, in the order of their numbers.
    members: Vec<Member>,
    pub(super) partitions: Vec<Partition>,
    /// Tells a rebalance from the ones before it.
    round: u32,
    began: u64,
    under_way: bool,
    /// A rebalance does not end before the sessions of dead members that it still counts on.
    waits_for: u64,
}

impl Roster {
    /// How many partitions stand still, given all lanes and the first of the group's.
    pub(super) fn stopped(&self, lanes: &[Lane], first: u32) -> u64 {
        let own = &lanes[first as usize..first as usize + self.partitions.len()];
        own.iter().filter(|lane| lane.owner == NIL).count() as u64
    }
}

#[derive(Debug)]
struct Member {
    instance: u32,
    joined: bool,
    /// When it started: its commits are counted from then.
    since: u64,
    /// When the coordinator misses it; `NEVER` while it lives.
    session_ends: u64,
    /// Tells its sessions apart.
    session: u32,
    /// What it still works on of partitions that it has lost.
    zombies: u32,
}

/// One partition of a group.
#[derive(Debug, Default)]
pub(super) struct Partition {
    /// Who has it, as the coordinator sees it.
    pub(super) assigned: u32,
    /// Handled and not committed, in order.
    pub(super) handled: VecDeque<Handled>,
    /// How many records of the last poll are left, and when that poll was.
    pub(super) poll_left: u32,
    pub(super) polled: u64,
    /// Whether the calendar looks at its next poll.
    pub(super) watched: bool,
}

/// How a partition is given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Farewell {
    /// The member knows: what the client can commit is committed.
    Revoked,
    /// The member is gone or was thrown out.
    Lost,
}

impl Kernel<'_> {
    /// Everybody is a member and has its partitions.
    pub(super) fn begin_roster(&mut self, group: u32) {
        let plan = self.plan;
        let planned = &plan.groups[group as usize];
        let instances = planned.members.iter().flat_map(|&m| plan.consumers[m as usize].instances.clone());
        let member = |instance: u32| Member {
            instance,
            joined: self.instances[instance as usize].down == 0,
            since: 0,
            session_ends: NEVER,
            session: 0,
            zombies: 0,
        };
        let members = instances.map(member).collect();
        let partitions = planned.lanes.clone().map(|_| Partition { assigned: NIL, ..Partition::default() }).collect();
        self.rosters[group as usize] = Roster { members, partitions, ..Roster::default() };
        self.deal_partitions(group);
    }

    /// Instances are gone: after a clean end they say so, after a crash their groups miss them later. Gives the number of
    /// messages that are delivered again.
    pub(super) fn members_lost(&mut self, consumer: u32, instances: &[u32], clean: bool) -> u64 {
        let plan = self.plan;
        let mut again = 0;
        for subscription in &plan.consumers[consumer as usize].subscriptions {
            let group = subscription.group;
            let Some(rules) = plan.groups[group as usize].coordination else { continue };
            let farewell = if clean { Farewell::Revoked } else { Farewell::Lost };
            let mut left = false;
            for &instance in instances {
                again += self.take_partitions(group, instance, farewell);
                let Some(index) = self.member_index(group, instance) else { continue };
                let member = &mut self.rosters[group as usize].members[index];
                member.zombies = 0;
                if !member.joined {
                    continue;
                }
                if clean && !rules.is_static {
                    member.joined = false;
                    left = true;
                } else {
                    member.session_ends = self.now.saturating_add(rules.session_timeout);
                    let (member, session) = (index as u32, member.session);
                    self.push_after(rules.session_timeout, Event::SessionEnds { group, member, session });
                }
            }
            if left {
                self.rebalance(group, rules.rebalance_time);
            }
        }
        again
    }

    /// Instances are back: a static member whose session lasts takes its partitions up again, all others join.
    pub(super) fn members_back(&mut self, consumer: u32, instances: &[u32]) {
        let plan = self.plan;
        for subscription in &plan.consumers[consumer as usize].subscriptions {
            let group = subscription.group;
            let Some(rules) = plan.groups[group as usize].coordination else { continue };
            let mut joins = false;
            for &instance in instances {
                let Some(index) = self.member_index(group, instance) else { continue };
                let now = self.now;
                let roster = &mut self.rosters[group as usize];
                let member = &mut roster.members[index];
                member.since = now;
                let session_ends = std::mem::replace(&mut member.session_ends, NEVER);
                if member.joined && session_ends != NEVER {
                    member.session = member.session.wrapping_add(1);
                    if rules.is_static {
                        if !roster.under_way {
                            self.take_up(group, instance);
                        }
                        continue;
                    }
                    // It joins under a new name; the group still waits for the old one.
                    roster.waits_for = roster.waits_for.max(session_ends);
                }
                self.rosters[group as usize].members[index].joined = true;
                joins = true;
            }
            if joins {
                self.rebalance(group, rules.rebalance_time);
            }
        }
    }

    /// A session may be over.
    pub(super) fn session_ends(&mut self, group: u32, member: u32, session: u32) {
        let Some(rules) = self.plan.groups[group as usize].coordination else { return };
        let member = &mut self.rosters[group as usize].members[member as usize];
        if member.session == session && member.session_ends == self.now {
            member.session_ends = NEVER;
            member.joined = false;
            self.rebalance(group, rules.rebalance_time);
        }
    }

    /// The partitions are dealt anew, after a pause; gives the number of messages that are delivered again.
    pub(super) fn rebalance(&mut self, group: u32, pause: u64) -> u64 {
        let Some(rules) = self.plan.groups[group as usize].coordination else { return 0 };
        let now = self.now;
        let roster = &mut self.rosters[group as usize];
        if !(roster.under_way && roster.began == now) {
            self.groups[group as usize].counts.rebalances += 1;
        }
        roster.under_way = true;
        roster.began = now;
        roster.round = roster.round.wrapping_add(1);
        let round = roster.round;
        let ends = now.saturating_add(pause).max(roster.waits_for);
        self.calendar.push(ends, Event::RebalanceEnds { group, round });
        let target = rules.cooperative.then(|| self.assignment(group, rules));
        let mut again = 0;
        for at in 0..self.rosters[group as usize].partitions.len() {
            let stays = target.as_ref().is_some_and(|t| t[at] == self.rosters[group as usize].partitions[at].assigned);
            if !stays {
                again += self.give_up_partition(group, at, Farewell::Revoked);
            }
        }
        again
    }

    pub(super) fn rebalance_ends(&mut self, group: u32, round: u32) {
        let roster = &mut self.rosters[group as usize];
        if roster.round == round && roster.under_way {
            roster.under_way = false;
            roster.waits_for = 0;
            self.deal_partitions(group);
        }
    }

    /// A member gave its handler too long: the client leaves the group; what it has in hand it works off for nothing.
    pub(super) fn evict(&mut self, group: u32, instance: u32) {
        let (Some(rules), Some(index)) =
            (self.plan.groups[group as usize].coordination, self.member_index(group, instance))
        else {
            return;
        };
        let in_hand: Vec<u32> = (0_u32..)
            .zip(self.attempts.places())
            .filter(|(_, a)| a.active && a.instance == instance)
            .filter(|(_, a)| self.messages[a.message].group == group && self.messages[a.message].lane != NIL)
            .map(|(attempt, _)| attempt)
            .collect();
        let member = &mut self.rosters[group as usize].members[index];
        member.joined = false;
        member.zombies += in_hand.len() as u32;
        for attempt in in_hand {
            self.part_from(attempt);
        }
        self.take_partitions(group, instance, Farewell::Lost);
        self.rebalance(group, rules.rebalance_time);
    }

    /// An attempt at a message of a lost partition is over; after the last one the client polls, and so joins again.
    pub(super) fn zombie_over(&mut self, group: u32, instance: u32) {
        let (Some(rules), Some(index)) =
            (self.plan.groups[group as usize].coordination, self.member_index(group, instance))
        else {
            return;
        };
        let up = self.instances[instance as usize].down == 0;
        let now = self.now;
        let member = &mut self.rosters[group as usize].members[index];
        member.zombies = member.zombies.saturating_sub(1);
        if member.zombies == 0 && up && !member.joined {
            member.joined = true;
            member.since = now;
            self.rebalance(group, rules.rebalance_time);
        }
    }

    /// Since when the member that has a partition counts the time between its commits.
    pub(super) fn commits_since(&self, group: u32, partition: usize) -> u64 {
        let roster = &self.rosters[group as usize];
        let index = self.member_index(group, roster.partitions[partition].assigned);
        index.map_or(0, |index| roster.members[index].since)
    }

    fn member_index(&self, group: u32, instance: u32) -> Option<usize> {
        self.rosters[group as usize].members.binary_search_by_key(&instance, |member| member.instance).ok()
    }

    /// A member loses all its partitions.
    fn take_partitions(&mut self, group: u32, instance: u32, farewell: Farewell) -> u64 {
        let mut again = 0;
        for at in 0..self.rosters[group as usize].partitions.len() {
            let lane = self.plan.groups[group as usize].lanes.start + at as u32;
            if self.lanes[lane as usize].owner == instance {
                again += self.give_up_partition(group, at, farewell);
            }
        }
        again
    }

    fn give_up_partition(&mut self, group: u32, at: usize, farewell: Farewell) -> u64 {
        let Some(rules) = self.plan.groups[group as usize].coordination else { return 0 };
        let lane = &mut self.lanes[self.plan.groups[group as usize].lanes.start as usize + at];
        if lane.owner == NIL {
            return 0;
        }
        lane.owner = NIL;
        if lane.state == LaneState::Ready {
            lane.state = LaneState::Idle;
        }
        let partition = &mut self.rosters[group as usize].partitions[at];
        partition.poll_left = 0;
        if farewell == Farewell::Revoked && matches!(rules.commits, Commits::Every(_)) {
            partition.handled.clear();
            return 0;
        }
        self.rewind(group, at, rules)
    }

    /// An instance works on the partitions that it has.
    fn take_up(&mut self, group: u32, instance: u32) {
        for at in 0..self.rosters[group as usize].partitions.len() {
            if self.rosters[group as usize].partitions[at].assigned == instance {
                let lane = self.plan.groups[group as usize].lanes.start + at as u32;
                self.lanes[lane as usize].owner = instance;
                self.offer_lane(lane);
            }
        }
    }

    /// Deals all partitions to the members; those who are down without anybody knowing get theirs too.
    fn deal_partitions(&mut self, group: u32) {
        let plan = self.plan;
        let Some(rules) = plan.groups[group as usize].coordination else { return };
        let target = self.assignment(group, rules);
        for (at, owner) in target.into_iter().enumerate() {
            let lane = plan.groups[group as usize].lanes.start + at as u32;
            self.rosters[group as usize].partitions[at].assigned = owner;
            let serves = owner != NIL && self.instances[owner as usize].down == 0;
            self.lanes[lane as usize].owner = if serves { owner } else { NIL };
            self.offer_lane(lane);
        }
    }

    /// Who shall have which partition: in turn, or, cooperatively, as few changes as an even share allows.
    fn assignment(&self, group: u32, rules: Coordination) -> Vec<u32> {
        let roster = &self.rosters[group as usize];
        let members: Vec<u32> = roster.members.iter().filter(|m| m.joined).map(|m| m.instance).collect();
        let partitions = &roster.partitions;
        if members.is_empty() {
            return vec![NIL; partitions.len()];
        }
        if !rules.cooperative {
            return (0..partitions.len()).map(|at| members[at % members.len()]).collect();
        }
        let share = partitions.len() / members.len();
        let mut extra = partitions.len() % members.len();
        let mut has = vec![0_usize; members.len()];
        let mut target = vec![NIL; partitions.len()];
        for (at, partition) in partitions.iter().enumerate() {
            let Ok(member) = members.binary_search(&partition.assigned) else { continue };
            if has[member] < share || (has[member] == share && extra > 0) {
                extra -= usize::from(has[member] == share);
                has[member] += 1;
                target[at] = partition.assigned;
            }
        }
        for owner in target.iter_mut().filter(|owner| **owner == NIL) {
            let least = (0..members.len()).min_by_key(|&m| has[m]).unwrap_or(0);
            has[least] += 1;
            *owner = members[least];
        }
        target
    }
}
