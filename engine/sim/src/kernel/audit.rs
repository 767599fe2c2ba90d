//! The audit at the end of every replication: numbers that were kept in different ways must agree exactly.

use super::Kernel;
use super::state::{Attempt, LaneState, Whereabouts};
use crate::error::SimError;
use crate::slab::NIL;

impl Kernel<'_> {
    /// Conservation of messages, per group and over the flow, and Little's law as the identity that it is: the integral
    /// of a group's lag is the time that all its messages spent in it.
    pub(super) fn audit(&self) -> Result<(), SimError> {
        self.audit_faults()?;
        self.audit_scaling()?;
        self.audit_streams()?;
        self.audit_memories()?;
        let (mut waiting, mut in_hand, mut backoff, mut again, mut pushed) = (0_u64, 0_u64, 0_u64, 0_u64, 0_u64);
        let mut present = vec![(0_u64, 0_u128); self.groups.len()];
        // What is delivered again is present, but neither entered nor leaves.
        let mut copies = vec![0_u64; self.groups.len()];
        for message in self.messages.places() {
            match message.whereabouts {
                Whereabouts::Waiting => waiting += 1,
                Whereabouts::InHand => in_hand += 1,
                Whereabouts::Backoff => backoff += 1,
                Whereabouts::Pushed => pushed += 1,
                Whereabouts::Done => continue,
            }
            again += u64::from(message.again);
            copies[message.group as usize] += u64::from(message.again);
            let group = &mut present[message.group as usize];
            group.0 += 1;
            group.1 += u128::from(self.now - message.available);
        }
        let listed = self.walk_lanes()?;
        let in_attempts = self.messages_in_attempts(|_| true);
        let at_work = self.messages_in_attempts(|attempt| !attempt.astray).iter().sum();
        same("messages waiting", waiting, "messages in lists", listed + self.count_aside())?;
        same("messages in hand", in_hand, "attempts", at_work)?;
        let flow = &self.flow;
        let left = flow.completed + flow.dead_lettered + flow.lost + flow.deduplicated;
        same("messages pushed", pushed, "in buffers or on their way", self.pushed_out())?;
        if !self.places_add_up() {
            return Err(SimError::Bug("places of unacknowledged messages do not add up".to_owned()));
        }
        if !self.windows_are_used() {
            return Err(SimError::Bug("a message waits while a window has room".to_owned()));
        }
        let in_flight = waiting + in_hand + backoff + pushed - again + self.held_back;
        same(
            "messages owed",
            flow.owed,
            "completed + dead-lettered + lost + recognised + in flight",
            left + in_flight,
        )?;
        for (index, (state, (count, spent))) in self.groups.iter().zip(present).enumerate() {
            let counts = &state.counts;
            let left = counts.completed + counts.dead_lettered + counts.lost;
            let group = &self.plan.groups[index];
            let name = &self.plan.channels[group.channel as usize].name;
            same(
                &format!("messages entered at `{name}`"),
                counts.entered,
                "left + present",
                left + count - copies[index],
            )?;
            same(&format!("lag of `{name}`"), state.lag.value(), "messages present", count)?;
            let integral = state.lag.integral(self.now);
            if integral != state.spent + spent {
                return Err(SimError::Bug(format!(
                    "the lag of `{name}` integrates to {integral} ns, but its messages spent {} ns",
                    state.spent + spent
                )));
            }
        }
        for ((state, consumer), under_way) in self.consumers.iter().zip(&self.plan.consumers).zip(in_attempts) {
            let busy = consumer.instances.clone().map(|i| u64::from(self.instances[i as usize].busy)).sum();
            same(&format!("busy servers of `{}`", consumer.name), state.busy.value(), "over its instances", busy)?;
            let counts = &state.counts;
            let ended = counts.completed + counts.redelivered + counts.failed_attempts + counts.late_acks;
            same(&format!("attempts of `{}`", consumer.name), counts.attempts, "ended + under way", ended + under_way)?;
        }
        Ok(())
    }

    /// By consumer, how many messages its attempts have.
    fn messages_in_attempts(&self, counts_too: impl Fn(&Attempt) -> bool) -> Vec<u64> {
        let mut counts = vec![0; self.consumers.len()];
        for attempt in self.attempts.places().iter().filter(|attempt| attempt.active && counts_too(attempt)) {
            let consumer = self.instances[attempt.instance as usize].consumer;
            counts[consumer as usize] += u64::from(attempt.more) + 1;
        }
        counts
    }

    /// Counts what stands in lists, and checks that the lists are sound.
    fn walk_lanes(&self) -> Result<u64, SimError> {
        let mut total = 0_u64;
        for (index, lane) in (0_u32..).zip(&self.lanes) {
            let (mut length, mut previous, mut at) = (0_u64, NIL, lane.head);
            while at != NIL {
                let message = &self.messages[at];
                if message.previous != previous || message.whereabouts != Whereabouts::Waiting {
                    return Err(SimError::Bug("a list of waiting messages is broken".to_owned()));
                }
                length += 1;
                previous = at;
                at = message.next;
            }
            same("length of a list", u64::from(lane.length), "messages in it", length)?;
            total += length;
            let group = lane.group as usize;
            let stalled = self.plan.groups[group].partitioned
                && lane.state == LaneState::Idle
                && length > 0
                && lane.owner != NIL
                && self.was_ripe(index, self.now.saturating_sub(1))
                && self.is_open(lane.group)
                && self.hears(self.instances[lane.owner as usize].consumer, lane.group);
            if stalled {
                return Err(SimError::Bug("a partition with messages was forgotten".to_owned()));
            }
        }
        for consumer in &self.consumers {
            if consumer.only_lane == NIL {
                continue;
            }
            let lane = &self.lanes[consumer.only_lane as usize];
            let servers = consumer.idle.iter().any(|&i| {
                let instance = &self.instances[i as usize];
                let limit = self.plan.consumers[instance.consumer as usize].concurrency;
                instance.down == 0 && instance.busy < limit
            });
            // One that may not begin now waits for a token, or for the end of a cut.
            let free = servers && !consumer.restrained;
            if lane.head != NIL
                && free
                && self.is_open(lane.group)
                && self.was_ripe(consumer.only_lane, self.now.saturating_sub(1))
                && !self.is_kept_back(lane.head)
            {
                return Err(SimError::Bug("a message waits while a server is free".to_owned()));
            }
        }
        Ok(total)
    }

    /// Messages owed that have not reached an end.
    pub(super) fn in_flight(&self) -> u64 {
        let flow = &self.flow;
        flow.owed - flow.completed - flow.dead_lettered - flow.lost - flow.deduplicated
    }
}

fn same(what: &str, one: u64, other_way: &str, other: u64) -> Result<(), SimError> {
    if one == other { Ok(()) } else { Err(SimError::Bug(format!("{what}: {one}, {other_way}: {other}"))) }
}
