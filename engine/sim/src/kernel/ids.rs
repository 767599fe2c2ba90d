//! Ids of messages, and channels that recognise what they have already (`message_id`, `deduplication_window`).
//!
//! A handler that gives what it publishes an id made from its cause publishes the same id when it handles that cause again, after a
//! crash or a lease that ran out. A channel that remembers ids answers the second one and keeps the first: JetStream's
//! `Nats-Msg-Id` (docs.nats.io, "Message Deduplication") and SQS's `MessageDeduplicationId` (Amazon SQS, "Exactly-once
//! processing"). Nothing is kept here for plans in which nobody publishes with such an id.

use std::collections::{HashSet, VecDeque};

use super::Kernel;
use crate::plan::{Plan, Target};

/// Ids of messages and what channels remember of them.
pub(super) struct Ids {
    /// Whether anything publishes with ids.
    any: bool,
    /// By message.
    of: Vec<u64>,
    /// How many messages got an id of their own.
    own: u64,
    /// That of the message being handled; 0 for a producer's events.
    cause: u64,
    /// By channel; empty for those that remember nothing.
    seen: Vec<Seen>,
}

/// What a channel remembers.
#[derive(Default)]
struct Seen {
    ids: HashSet<u64>,
    /// In the order in which they came, with their times.
    order: VecDeque<(u64, u64)>,
}

impl Ids {
    pub(super) fn new(plan: &Plan) -> Self {
        let any = plan.publishes.iter().any(|publish| publish.by_cause);
        let seen = plan.channels.iter().filter(|_| any).map(|_| Seen::default()).collect();
        Ids { any, of: Vec::new(), own: 0, cause: 0, seen }
    }

    /// That of the `nth` message of a publish of what is being handled.
    pub(super) fn of_publish(&self, publish: u32, nth: u32) -> u64 {
        mixed(self.cause, u64::from(publish) << 32 | u64::from(nth))
    }
}

/// A number that depends on two others, other for other ones as far as 64 bits go (the finaliser of `SplitMix64`, Steele et al. 2014).
fn mixed(a: u64, b: u64) -> u64 {
    let mut x = a ^ b.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (x ^ (x >> 31)).max(1)
}

impl Kernel<'_> {
    /// A message has entered a group: it keeps the id with which it was published, apart from the same one in other groups, or
    /// gets one of its own.
    #[inline]
    pub(super) fn note_id(&mut self, message: u32, id: u64) {
        if self.ids.any {
            let group = u64::from(self.messages[message].group);
            self.ids.own += u64::from(id == 0);
            let id = if id == 0 { mixed(self.ids.own, u64::MAX) } else { mixed(id, group) };
            self.set_id(message, id);
        }
    }

    /// A message is one that was there before.
    pub(super) fn copy_id(&mut self, from: u32, to: u32) {
        if let Some(&id) = self.ids.of.get(from as usize) {
            self.set_id(to, id);
        }
    }

    fn set_id(&mut self, message: u32, id: u64) {
        let at = message as usize;
        if self.ids.of.len() <= at {
            self.ids.of.resize(at + 1, 0);
        }
        self.ids.of[at] = id;
    }

    /// What is published next comes of a message.
    #[inline]
    pub(super) fn note_cause(&mut self, message: u32) {
        if self.ids.any {
            self.ids.cause = self.ids.of.get(message as usize).copied().unwrap_or(0);
        }
    }

    /// Whether a channel has a message already; it is answered as if it were kept.
    pub(super) fn is_recognised(&mut self, to: Target) -> bool {
        let window = self.plan.channels[to.channel as usize].remembers;
        if to.id == 0 || window == 0 {
            return false;
        }
        let now = self.now;
        let seen = &mut self.ids.seen[to.channel as usize];
        while let Some(&(at, id)) = seen.order.front()
            && now - at >= window
        {
            seen.order.pop_front();
            seen.ids.remove(&id);
        }
        if !seen.ids.contains(&to.id) {
            return false;
        }
        self.flow.deduplicated += self.plan.owed_to(to);
        self.channels[to.channel as usize].counts.deduplicated += 1;
        if let Some(follower) = &mut self.follower {
            follower.publish_ends(now, None);
        }
        true
    }

    /// A channel has kept a message, and remembers it.
    pub(super) fn remember(&mut self, to: Target) {
        if to.id != 0 && self.plan.channels[to.channel as usize].remembers > 0 {
            let seen = &mut self.ids.seen[to.channel as usize];
            seen.ids.insert(to.id);
            seen.order.push_back((self.now, to.id));
        }
    }
}
