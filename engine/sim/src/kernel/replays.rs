//! Replays: the offsets of kafka groups are set back, as for the rebuilding of a projection.
//!
//! What was handled is kept for as long as a replay of the plan goes back. It comes again as what a crash leaves uncommitted
//! does: it takes its time and has its effects, but is not completed a second time.

use std::collections::VecDeque;

use super::Kernel;
use super::offsets::Handled;
use super::state::{LaneState, Whereabouts};
use crate::MAX_IN_FLIGHT;
use crate::plan::{Plan, kept};
use crate::slab::NIL;

/// A record that was handled, and when it was published.
#[derive(Debug, Clone, Copy)]
struct Past {
    published: u64,
    record: Handled,
}

/// What is kept for replays; nothing when the plan has none.
pub(super) struct Replays {
    /// By group.
    kept: Vec<Option<u64>>,
    /// By lane, in the order of the log.
    past: Vec<VecDeque<Past>>,
    count: usize,
}

impl Replays {
    pub(super) fn new(plan: &Plan) -> Self {
        let kept: Vec<Option<u64>> = (0..plan.groups.len() as u32).map(|group| kept(plan, group)).collect();
        if kept.iter().all(Option::is_none) {
            return Replays { kept: Vec::new(), past: Vec::new(), count: 0 };
        }
        let lanes = plan.groups.last().map_or(0, |group| group.lanes.end as usize);
        Replays { kept, past: vec![VecDeque::new(); lanes], count: 0 }
    }
}

impl Kernel<'_> {
    /// A record is done with for the first time, and may be read again.
    pub(super) fn note_past(&mut self, group: u32, lane: u32, published: u64, record: Handled) {
        let Some(Some(back)) = self.replays.kept.get(group as usize).copied() else { return };
        let past = &mut self.replays.past[lane as usize];
        past.push_back(Past { published, record });
        self.replays.count += 1;
        while past.front().is_some_and(|old| old.published.saturating_add(back) < self.now) {
            past.pop_front();
            self.replays.count -= 1;
        }
        if self.replays.count > MAX_IN_FLIGHT && self.halt.is_none() {
            self.halt = Some(self.too_much());
        }
    }

    /// The groups of a consumer stop, go back by so much (`None`: to the beginning), and start. Work in hand is finished; what
    /// waits already, because it was set back before, comes once.
    pub(super) fn replay(&mut self, fault: u32, consumer: u32, back: Option<u64>) {
        let plan = self.plan;
        let from = self.now.saturating_sub(back.unwrap_or(u64::MAX));
        for subscription in &plan.consumers[consumer as usize].subscriptions {
            let group = subscription.group;
            let Some(rules) = plan.groups[group as usize].coordination else { continue };
            for lane in plan.groups[group as usize].lanes.clone() {
                self.stop_partition(group, lane);
                self.forget_repeats(lane);
                let past = std::mem::take(&mut self.replays.past[lane as usize]);
                for old in past.iter().rev().take_while(|old| old.published >= from) {
                    let copy = self.copy_of(group, lane, old.record);
                    self.link_front(copy);
                    self.faults[fault as usize].touched += 1;
                }
                self.replays.past[lane as usize] = past;
            }
            self.check_room();
            self.rebalance(group, rules.rebalance_time);
        }
    }

    /// Its owner commits what it has handled, and lets go.
    fn stop_partition(&mut self, group: u32, lane: u32) {
        let at = (lane - self.plan.groups[group as usize].lanes.start) as usize;
        let partition = &mut self.rosters[group as usize].partitions[at];
        partition.handled.clear();
        partition.poll_left = 0;
        let place = &mut self.lanes[lane as usize];
        place.owner = NIL;
        if place.state == LaneState::Ready {
            place.state = LaneState::Idle;
        }
    }

    /// Takes out of a lane what waits in it for being handled again.
    fn forget_repeats(&mut self, lane: u32) {
        let mut at = self.lanes[lane as usize].head;
        while at != NIL {
            let next = self.messages[at].next;
            if self.messages[at].again && self.messages[at].whereabouts == Whereabouts::Waiting {
                self.unlink(at);
                self.leave(at);
            }
            at = next;
        }
    }
}
