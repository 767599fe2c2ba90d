//! What topics keep: by age, by number, by bytes. What they let go of is lost to the groups that have not handled it.
//!
//! Age alone needs no books: a message's time is over when it waits at the front of its line, as with a time to live. Where
//! number or bytes are limited, each partition has a [`Log`] of what it keeps, in the order of publishing. A message that waits
//! and is older than the first that is kept is gone; one that a handler has in its hands is handled to its end.

use std::collections::VecDeque;

use thalweg_flow::RetentionPolicy;

use super::Kernel;
use super::state::{Message, Whereabouts};
use super::tracing::Trouble;
use crate::error::SimError;
use crate::plan::{Kept, Plan, Target};
use crate::slab::NIL;

/// What is noted beside a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Account {
    /// Its place in its log; [`UNCOUNTED`].
    pub(crate) seq: u64,
    pub(crate) size: u32,
    /// When it was published, if that was before it came to its group: what is read again is as old as it was.
    pub(crate) published: u64,
}

/// Of a message that no log counts.
pub(crate) const UNCOUNTED: u64 = u64::MAX;

/// Of an entry that nobody's acknowledgement removes.
const FOR_GOOD: u32 = u32::MAX;

impl Account {
    /// Of a message that takes no room anywhere.
    pub(crate) const NONE: Account = Account { seq: UNCOUNTED, size: 0, published: u64::MAX };

    pub(crate) fn of_size(size: u32) -> Self {
        Account { size, ..Account::NONE }
    }
}

/// One partition of a topic.
#[derive(Debug, Default)]
struct Log {
    /// The place of the first entry.
    base: u64,
    entries: VecDeque<Entry>,
    /// Of the entries that somebody still holds.
    length: u64,
    bytes: u64,
}

#[derive(Debug, Clone, Copy)]
struct Entry {
    at: u64,
    size: u32,
    /// How many groups have not acknowledged it, or [`FOR_GOOD`]; 0 is gone.
    holders: u32,
}

impl Log {
    fn append(&mut self, entry: Entry) -> u64 {
        self.entries.push_back(entry);
        self.length += 1;
        self.bytes += u64::from(entry.size);
        self.base + self.entries.len() as u64 - 1
    }

    fn drop_first(&mut self) {
        if let Some(entry) = self.entries.pop_front() {
            self.base += 1;
            self.forget(entry);
        }
    }

    fn forget(&mut self, entry: Entry) {
        if entry.holders > 0 {
            self.length -= 1;
            self.bytes -= u64::from(entry.size);
        }
    }

    /// Lets go of what is too old.
    fn age_out(&mut self, now: u64, age: u64) {
        while self.entries.front().is_some_and(|entry| entry.at.saturating_add(age) <= now) {
            self.drop_first();
        }
    }

    /// Lets go of the oldest until the limits hold.
    fn enforce(&mut self, kept: &Kept) {
        while self.length > kept.length || self.bytes > kept.bytes {
            self.drop_first();
        }
    }

    /// A group is done with an entry.
    fn release(&mut self, seq: u64) {
        let Some(at) = seq.checked_sub(self.base) else { return };
        let Some(entry) = self.entries.get_mut(at as usize).filter(|entry| entry.holders != FOR_GOOD) else { return };
        if entry.holders == 1 {
            self.length -= 1;
            self.bytes -= u64::from(entry.size);
        }
        entry.holders = entry.holders.saturating_sub(1);
        while self.entries.front().is_some_and(|entry| entry.holders == 0) {
            self.entries.pop_front();
            self.base += 1;
        }
    }
}

/// Logs and accounts; empty when the plan limits nothing.
#[derive(Debug)]
pub(super) struct Streams {
    logs: Vec<Log>,
    /// By message.
    accounts: Vec<Account>,
    /// Of the message that enters next.
    entering: Account,
}

impl Streams {
    pub(super) fn new(plan: &Plan) -> Self {
        Streams {
            logs: (0..plan.logs).map(|_| Log::default()).collect(),
            accounts: Vec::new(),
            entering: Account::NONE,
        }
    }

    /// Says what is noted beside the message that enters next.
    pub(super) fn announce(&mut self, account: Account) {
        self.entering = account;
    }

    /// Notes it.
    pub(super) fn enter(&mut self, message: u32) {
        let at = message as usize;
        if at >= self.accounts.len() {
            self.accounts.resize(at + 1, Account::NONE);
        }
        self.accounts[at] = std::mem::replace(&mut self.entering, Account::NONE);
    }

    pub(super) fn account(&self, message: u32) -> Account {
        self.accounts.get(message as usize).copied().unwrap_or(Account::NONE)
    }

    /// A message leaves its group and its stream keeps it, whoever is done with it (JetStream after `max_deliver`).
    pub(super) fn keep_for_good(&mut self, message: u32) {
        if let Some(account) = self.accounts.get_mut(message as usize) {
            account.seq = UNCOUNTED;
        }
    }
}

impl Kernel<'_> {
    /// Whether a topic has room for a message, which it has not when it is full and discards what is new.
    pub(super) fn is_room(&mut self, to: Target) -> bool {
        let plan = self.plan;
        let Some(kept) = plan.channels[to.channel as usize].kept.filter(|kept| kept.discard_new) else { return true };
        let now = self.now;
        // Only a topic without partitions discards what is new.
        let Some(log) = self.streams.logs.get_mut(kept.logs as usize) else { return true };
        log.age_out(now, kept.age);
        log.length < kept.length && log.bytes.saturating_add(u64::from(to.size)) <= kept.bytes
    }

    /// Whether a topic takes a publish; if not, the publisher is told.
    #[cold]
    pub(super) fn has_room(&mut self, to: Target, root: u32) -> bool {
        if self.is_room(to) {
            return true;
        }
        let plan = self.plan;
        let now = self.now;
        let owed = plan.owed_to(to);
        let counts = &mut self.channels[to.channel as usize].counts;
        counts.rejected += 1;
        counts.lost += owed;
        self.flow.lost += owed;
        if let Some(producer) = plan.edges[to.edge as usize].producer {
            self.producers[producer as usize].counts.rejected += 1;
        }
        if let Some(chooser) = &mut self.chooser {
            chooser.given_up(root);
        }
        if let Some(follower) = &mut self.follower {
            follower.publish_refused(now, to.channel, Trouble::Rejected, None);
        }
        false
    }

    /// A message is stored: it takes its room, and others may have to give up theirs.
    #[cold]
    pub(super) fn store(&mut self, to: Target, partition: u32) -> Account {
        let plan = self.plan;
        let channel = &plan.channels[to.channel as usize];
        let mut account = Account::of_size(to.size);
        if channel.memory != NIL {
            self.fill_memory(channel.memory, to.size);
        }
        let Some(kept) = channel.kept.filter(|kept| kept.logs != NIL) else { return account };
        let groups = plan.owed_to(to) as u32;
        let holders = match kept.policy {
            RetentionPolicy::Interest if groups == 0 => return account,
            RetentionPolicy::Limits => FOR_GOOD,
            RetentionPolicy::WorkQueue if groups == 0 => FOR_GOOD,
            RetentionPolicy::Interest | RetentionPolicy::WorkQueue => groups,
        };
        let now = self.now;
        let log = &mut self.streams.logs[(kept.logs + partition) as usize];
        let before = log.base;
        log.age_out(now, kept.age);
        account.seq = log.append(Entry { at: now, size: to.size, holders });
        log.enforce(&kept);
        if log.base > before {
            self.trim(to.channel, partition);
        }
        account
    }

    /// Takes what a partition has let go of out of the lines of its groups.
    fn trim(&mut self, channel: u32, partition: u32) {
        for group in self.plan.channels[channel as usize].groups.clone() {
            let planned = &self.plan.groups[group as usize];
            self.purge(planned.lanes.start + partition);
            if planned.per_key {
                self.serve_plain(group);
            }
        }
    }

    /// Whether a topic has let go of a message. In a partition only what waits can be gone: a client that has a record in
    /// hand tries it again from its own memory.
    #[cold]
    pub(super) fn is_let_go(&self, kept: &Kept, message: u32) -> bool {
        let Message { group, lane, whereabouts, .. } = self.messages[message];
        let planned = &self.plan.groups[group as usize];
        if planned.partitioned && whereabouts != Whereabouts::Waiting {
            return false;
        }
        if self.now >= self.published(message).saturating_add(kept.age) {
            return true;
        }
        let seq = self.streams.account(message).seq;
        let log = kept.logs.checked_add(lane - planned.lanes.start).and_then(|log| self.streams.logs.get(log as usize));
        seq != UNCOUNTED && log.is_some_and(|log| seq < log.base)
    }

    /// When a message was published.
    pub(super) fn published(&self, message: u32) -> u64 {
        self.messages[message].available.min(self.streams.account(message).published)
    }

    /// Counts a message that is lost because its topic let go of it. What had been handled before is not lost.
    #[cold]
    pub(super) fn note_trimmed(&mut self, message: u32) {
        let Message { group, lane, again, .. } = self.messages[message];
        let planned = &self.plan.groups[group as usize];
        self.channels[planned.channel as usize].limits.trimmed += u64::from(!again);
        if planned.coordination.is_some() {
            self.skip_record(group, lane);
        }
    }

    /// A group is done with a message.
    pub(super) fn release_entry(&mut self, kept: &Kept, message: u32) {
        let Account { seq, .. } = self.streams.account(message);
        if kept.policy == RetentionPolicy::Limits || kept.logs == NIL || seq == UNCOUNTED {
            return;
        }
        let Message { group, lane, .. } = self.messages[message];
        let partition = lane - self.plan.groups[group as usize].lanes.start;
        self.streams.logs[(kept.logs + partition) as usize].release(seq);
    }

    /// Every log against a count of its entries, and none beyond its limits.
    pub(super) fn audit_streams(&self) -> Result<(), SimError> {
        for channel in &self.plan.channels {
            let Some(kept) = channel.kept.filter(|kept| kept.logs != NIL) else { continue };
            for partition in 0..channel.partitions.max(1) {
                let log = &self.streams.logs[(kept.logs + partition) as usize];
                let held = || log.entries.iter().filter(|entry| entry.holders > 0);
                let (length, bytes) = (held().count() as u64, held().map(|entry| u64::from(entry.size)).sum::<u64>());
                if (length, bytes) != (log.length, log.bytes) || length > kept.length || bytes > kept.bytes {
                    return Err(SimError::Bug(format!("what `{}` keeps does not add up", channel.name)));
                }
            }
        }
        Ok(())
    }
}
