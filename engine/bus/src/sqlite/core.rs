//! What a group has in hand, what waits and what is next: the rules of delivery, without files and without waiting.
//!
//! A settlement has two steps, because what it changes must be durable before anyone notices: [`Core::settle`] says what is to be
//! written, [`Core::finish`] lets it take effect after the commit. What was staged and could not be committed is loaded anew from
//! the file, by whoever holds the core.

use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};
use std::time::Duration;

use super::codec::{Record, Story};
use super::ranges::Done;
use crate::broker::{GroupTotals, Outcome, Settled};
use crate::clock::millis;
use crate::event::Event;
use crate::plan::{GroupPlan, LEASE, Order};

/// How many events may be put aside because one of their key is in hand or waiting. Beyond, nothing new is read.
const MOST_HELD: usize = 100_000;
/// How many ranges of done events may lie above the first that is not done. Beyond, nothing new is read.
const MOST_RANGES: usize = 10_000;

/// Bytes of events that are given to a consumer at once, unless one is more.
const TAKE_BYTES: usize = 8 << 20;

/// Where an event is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Place {
    pub(super) part: u32,
    pub(super) offset: u64,
}

/// What orders events: of those with one key one is in hand at a time.
pub(super) type Key = u64;

/// How far the group is in a partition.
#[derive(Debug, Clone, Default)]
pub(super) struct Cursor {
    pub(super) done: Done,
    /// The next offset to be read.
    pub(super) read: u64,
    pub(super) totals: GroupTotals,
}

/// An event that failed and is owed another attempt.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Waiting {
    pub(super) due_ms: u64,
    pub(super) delay_ms: u64,
    pub(super) failures: u32,
    pub(super) key: Option<Key>,
    pub(super) dead_letter: Option<u64>,
    pub(super) story: Story,
}

/// Due when its key is free.
const HELD: u64 = u64::MAX;

#[derive(Debug)]
struct Lease {
    place: Place,
    until_ms: u64,
    /// What it is made of again when it fails.
    waiting: Waiting,
}

#[derive(Debug)]
struct Ready {
    place: Place,
    key: Option<Key>,
    record: Record,
}

/// An event on its way to a consumer.
#[derive(Debug)]
pub(super) struct Taken {
    pub(super) place: Place,
    pub(super) token: String,
    pub(super) attempt: u32,
    pub(super) leased_until_ms: u64,
    /// None if it has to be read again.
    pub(super) record: Option<Record>,
    /// Where to read it if it was redriven.
    pub(super) dead_letter: Option<u64>,
}

/// An event that is given up.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Dead {
    pub(super) place: Place,
    /// The number of the dead letter that it was before.
    pub(super) before: Option<u64>,
    pub(super) story: Story,
}

/// What settlements change. To be written, then to be [finished](Core::finish).
#[derive(Debug, Default)]
pub(super) struct Staged {
    /// Partitions whose cursor moved.
    pub(super) moved: BTreeSet<u32>,
    /// Events that wait from now on.
    pub(super) waits: Vec<(Place, Waiting)>,
    /// Events that wait no longer.
    pub(super) waited: Vec<Place>,
    pub(super) dead: Vec<Dead>,
    /// Redriven dead letters that were handled.
    pub(super) handled: Vec<u64>,
    freed: Vec<Key>,
}

#[derive(Debug)]
pub(super) struct Core {
    pub(super) plan: GroupPlan,
    pub(super) cursors: Vec<Cursor>,
    /// Tells tokens of this process from those of earlier ones.
    epoch: u64,
    serial: u64,
    leases: HashMap<u64, Lease>,
    leased: HashMap<Place, u64>,
    until: BTreeSet<(u64, u64)>,
    waiting: HashMap<Place, Waiting>,
    due: BTreeSet<(u64, Place)>,
    /// Keys of which an event is in hand or waits.
    busy: HashSet<Key>,
    /// Events whose key is busy, in the order of their offsets.
    held: HashMap<Key, VecDeque<Place>>,
    held_count: usize,
    /// Events whose key became free for them: it is theirs already.
    released: VecDeque<(Place, Key)>,
    ready: VecDeque<Ready>,
    /// The partition that is read next.
    turn: usize,
}

impl Core {
    /// A group with what the file says of it.
    pub(super) fn new(plan: GroupPlan, cursors: Vec<Cursor>, waiting: Vec<(Place, Waiting)>, epoch: u64) -> Self {
        let mut core = Self {
            plan,
            cursors,
            epoch,
            serial: 0,
            leases: HashMap::new(),
            leased: HashMap::new(),
            until: BTreeSet::new(),
            waiting: HashMap::new(),
            due: BTreeSet::new(),
            busy: HashSet::new(),
            held: HashMap::new(),
            held_count: 0,
            released: VecDeque::new(),
            ready: VecDeque::new(),
            turn: 0,
        };
        for (place, waiting) in waiting {
            core.wait(place, waiting);
        }
        core
    }

    /// The key of an event in a partition, as this group orders them; of keys only a hash is kept.
    pub(super) fn key_of(order: Order, part: u32, event: &Event) -> Option<Key> {
        match order {
            Order::None => None,
            Order::PerPartition => Some(u64::from(part) + 1),
            // 0 is kept for none.
            Order::PerKey => event.key().map(|key| xxhash_rust::xxh3::xxh3_64(key.as_bytes()).max(1)),
        }
    }

    fn wait(&mut self, place: Place, waiting: Waiting) {
        // A redriven one has had its turn in the order: it takes its key when it is due, if that is free then.
        if let Some(key) = waiting.key.filter(|_| waiting.dead_letter.is_none()) {
            self.busy.insert(key);
        }
        self.due.insert((waiting.due_ms, place));
        self.waiting.insert(place, waiting);
    }

    /// Takes up to `max` events for a consumer.
    pub(super) fn take(&mut self, now_ms: u64, max: usize) -> Vec<Taken> {
        let mut taken = Vec::new();
        while taken.len() < max
            && let Some(&(due_ms, place)) = self.due.first()
            && due_ms <= now_ms
        {
            self.due.remove(&(due_ms, place));
            let Some(waiting) = self.waiting.get_mut(&place) else { continue };
            if let Some(key) = waiting.key.filter(|_| waiting.dead_letter.is_some())
                && !self.busy.insert(key)
            {
                waiting.due_ms = HELD;
                self.held.entry(key).or_default().push_front(place);
                self.held_count += 1;
                continue;
            }
            taken.extend(self.lease_again(now_ms, place));
        }
        while taken.len() < max
            && let Some((place, key)) = self.released.pop_front()
        {
            if self.waiting.contains_key(&place) {
                taken.extend(self.lease_again(now_ms, place));
            } else if self.is_owed(place) {
                taken.push(self.lease(now_ms, place, fresh(Some(key)), None));
            } else {
                self.free(key);
            }
        }
        let mut bytes = 0;
        while taken.len() < max
            && bytes < TAKE_BYTES
            && self.leases.len() + self.waiting.len() < self.plan.max_in_flight as usize
            && let Some(Ready { place, key, record }) = self.ready.pop_front()
        {
            bytes += record.event.size();
            if !self.is_owed(place) {
                continue;
            }
            if let Some(key) = key
                && !self.busy.insert(key)
            {
                self.held.entry(key).or_default().push_back(place);
                self.held_count += 1;
                continue;
            }
            taken.push(self.lease(now_ms, place, fresh(key), Some(record)));
        }
        taken
    }

    fn lease_again(&mut self, now_ms: u64, place: Place) -> Option<Taken> {
        let waiting = self.waiting.remove(&place)?;
        Some(self.lease(now_ms, place, waiting, None))
    }

    fn lease(&mut self, now_ms: u64, place: Place, waiting: Waiting, record: Option<Record>) -> Taken {
        self.serial += 1;
        let until_ms = now_ms.saturating_add(millis(self.plan.lease));
        let taken = Taken {
            place,
            token: format!("{:x}-{:x}-{:x}-{:x}", self.epoch, self.serial, place.part, place.offset),
            attempt: waiting.failures.saturating_add(1),
            leased_until_ms: until_ms,
            record,
            dead_letter: waiting.dead_letter,
        };
        self.until.insert((until_ms, self.serial));
        self.leased.insert(place, self.serial);
        self.leases.insert(self.serial, Lease { place, until_ms, waiting });
        taken
    }

    /// Whether the group is still owed an event that was read, and nobody has it.
    fn is_owed(&self, place: Place) -> bool {
        let done = self.cursors.get(place.part as usize).is_none_or(|cursor| cursor.done.contains(place.offset));
        !done && !self.leased.contains_key(&place) && !self.waiting.contains_key(&place)
    }

    /// The next of a key, or none of it is in hand any more.
    fn free(&mut self, key: Key) {
        let Some(held) = self.held.get_mut(&key) else {
            self.busy.remove(&key);
            return;
        };
        let next = held.pop_front();
        if held.is_empty() {
            self.held.remove(&key);
        }
        if let Some(place) = next {
            self.held_count -= 1;
            self.released.push_back((place, key));
        } else {
            self.busy.remove(&key);
        }
    }

    /// When the next event that waits is due.
    pub(super) fn next_due(&self) -> Option<u64> {
        self.due.first().map(|(due_ms, _)| *due_ms)
    }

    /// When the next lease ends.
    pub(super) fn next_end(&self) -> Option<u64> {
        self.until.first().map(|(until_ms, _)| *until_ms)
    }

    /// Where to read on, if there is room for more: a partition with something to read, and its offset. `ends` are the offsets
    /// that come next in each partition.
    pub(super) fn wants(&mut self, ends: &[u64]) -> Option<Place> {
        let ranges = self.cursors.iter().map(|cursor| cursor.done.ranges()).sum::<usize>();
        if !self.ready.is_empty() || self.held_count >= MOST_HELD || ranges >= MOST_RANGES {
            return None;
        }
        for step in 0..self.cursors.len() {
            let at = (self.turn + step) % self.cursors.len();
            if self.cursors[at].read < ends.get(at).copied().unwrap_or(0) {
                self.turn = at + 1;
                return Some(Place { part: at as u32, offset: self.cursors[at].read });
            }
        }
        None
    }

    /// Takes what was read of a partition, from where it [was wanted](Self::wants) up to `upto`. Offsets that are missing are gone.
    pub(super) fn fill(&mut self, from: Place, upto: u64, records: Vec<Record>) {
        let order = self.plan.order;
        let Some(cursor) = self.cursors.get_mut(from.part as usize) else { return };
        // It may have been moved meanwhile.
        if cursor.read != from.offset {
            return;
        }
        let mut next = from.offset;
        for record in records.into_iter().filter(|record| record.offset >= from.offset) {
            cursor.done.insert_range(next, record.offset);
            next = record.offset + 1;
            let place = Place { part: from.part, offset: record.offset };
            if !cursor.done.contains(record.offset) {
                let key = Self::key_of(order, from.part, &record.event);
                self.ready.push_back(Ready { place, key, record });
            }
        }
        cursor.done.insert_range(next, upto);
        cursor.read = upto.max(cursor.read);
    }

    /// Settles one delivery: what is to be written goes to `staged`. `ends` are the offsets that come next in each partition.
    pub(super) fn settle(
        &mut self,
        now_ms: u64,
        token: &str,
        outcome: &Outcome,
        ends: &[u64],
        staged: &mut Staged,
    ) -> Settled {
        let Some((epoch, serial, place)) = parse(token) else { return Settled::Unknown };
        let Some(cursor) = self.cursors.get(place.part as usize) else { return Settled::Unknown };
        let is_current = epoch == self.epoch && self.leases.get(&serial).is_some_and(|lease| lease.place == place);
        if !is_current {
            let waits = self.waiting.contains_key(&place);
            return if self.leased.contains_key(&place) {
                Settled::Lost
            } else if cursor.done.contains(place.offset) && !waits {
                Settled::Already
            } else if place.offset >= ends.get(place.part as usize).copied().unwrap_or(0) {
                Settled::Unknown
            } else if matches!(outcome, Outcome::Ack) {
                // It was handled, if late, and nobody else has it.
                self.ack_late(place, staged);
                Settled::Done
            } else {
                Settled::Lost
            };
        }
        if let Outcome::Extend(by) = outcome {
            self.extend(serial, now_ms, *by);
            return Settled::Done;
        }
        let Some(lease) = self.end(serial) else { return Settled::Unknown };
        match outcome {
            Outcome::Ack => self.acked(place, &lease.waiting, staged),
            Outcome::Nack { delay, reason } => self.failed(now_ms, lease, *delay, reason, staged),
            Outcome::Reject { reason } => {
                let Lease { mut waiting, .. } = lease;
                self.count_failure(place.part, staged);
                waiting.failures = waiting.failures.saturating_add(1);
                waiting.story.add(now_ms, reason);
                waiting.story.reason = format!("rejected: {}", waiting.story.last_reason());
                self.dies(place, waiting, staged);
            }
            Outcome::Extend(_) => {}
        }
        Settled::Done
    }

    /// Ends leases that nobody settled in time.
    pub(super) fn end_leases(&mut self, now_ms: u64, staged: &mut Staged) {
        while let Some(&(until_ms, serial)) = self.until.first()
            && until_ms <= now_ms
        {
            let Some(lease) = self.end(serial) else {
                self.until.remove(&(until_ms, serial));
                continue;
            };
            self.failed(now_ms, lease, None, "no answer before the lease ended", staged);
        }
    }

    /// An event that was taken is not there any more: retention was faster.
    pub(super) fn gone(&mut self, token: &str, staged: &mut Staged) {
        let Some((_, serial, place)) = parse(token) else { return };
        let Some(lease) = self.end(serial) else { return };
        if let Some(cursor) = self.cursors.get_mut(place.part as usize) {
            cursor.done.insert(place.offset);
            cursor.totals.expired += 1;
        }
        staged.moved.insert(place.part);
        staged.waited.push(place);
        staged.handled.extend(lease.waiting.dead_letter);
        staged.freed.extend(lease.waiting.key);
    }

    fn end(&mut self, serial: u64) -> Option<Lease> {
        let lease = self.leases.remove(&serial)?;
        self.until.remove(&(lease.until_ms, serial));
        self.leased.remove(&lease.place);
        Some(lease)
    }

    fn extend(&mut self, serial: u64, now_ms: u64, by: Duration) {
        if let Some(lease) = self.leases.get_mut(&serial) {
            self.until.remove(&(lease.until_ms, serial));
            // A lease is never made shorter.
            let by = by.clamp(*LEASE.start(), *LEASE.end());
            lease.until_ms = lease.until_ms.max(now_ms.saturating_add(millis(by)));
            self.until.insert((lease.until_ms, serial));
        }
    }

    fn acked(&mut self, place: Place, waiting: &Waiting, staged: &mut Staged) {
        if let Some(cursor) = self.cursors.get_mut(place.part as usize) {
            cursor.done.insert(place.offset);
            cursor.totals.acked += 1;
        }
        staged.moved.insert(place.part);
        if waiting.failures > 0 || waiting.dead_letter.is_some() {
            staged.waited.push(place);
        }
        staged.handled.extend(waiting.dead_letter);
        staged.freed.extend(waiting.key);
    }

    fn ack_late(&mut self, place: Place, staged: &mut Staged) {
        let waiting = self.waiting.remove(&place);
        if let Some(waiting) = &waiting {
            self.due.remove(&(waiting.due_ms, place));
        }
        // One that was only read has no key of its own yet; `take` passes it by.
        let waiting = waiting.unwrap_or_else(|| fresh(None));
        // A redriven one takes its key when it is given away.
        let key = waiting.key.filter(|_| waiting.dead_letter.is_none());
        self.acked(place, &Waiting { key, ..waiting }, staged);
    }

    fn count_failure(&mut self, part: u32, staged: &mut Staged) {
        if let Some(cursor) = self.cursors.get_mut(part as usize) {
            cursor.totals.failed += 1;
        }
        staged.moved.insert(part);
    }

    fn failed(&mut self, now_ms: u64, lease: Lease, delay: Option<Duration>, reason: &str, staged: &mut Staged) {
        let Lease { place, mut waiting, .. } = lease;
        self.count_failure(place.part, staged);
        waiting.failures = waiting.failures.saturating_add(1);
        waiting.story.add(now_ms, reason);
        if self.plan.retry.attempts.is_some_and(|attempts| waiting.failures >= attempts) {
            waiting.story.reason =
                format!("{} attempts failed; the last: {}", waiting.failures, waiting.story.last_reason());
            self.dies(place, waiting, staged);
            return;
        }
        let last = (waiting.delay_ms > 0).then(|| Duration::from_millis(waiting.delay_ms));
        let chance = self.chance();
        let delay = delay.unwrap_or_else(|| self.plan.retry.backoff.after(waiting.failures, last, chance));
        waiting.delay_ms = millis(delay);
        waiting.due_ms = now_ms.saturating_add(waiting.delay_ms).min(HELD - 1);
        staged.waits.push((place, waiting));
    }

    fn dies(&mut self, place: Place, waiting: Waiting, staged: &mut Staged) {
        if let Some(cursor) = self.cursors.get_mut(place.part as usize) {
            cursor.done.insert(place.offset);
            cursor.totals.dead += 1;
        }
        staged.waited.push(place);
        staged.freed.extend(waiting.key);
        staged.dead.push(Dead { place, before: waiting.dead_letter, story: waiting.story });
    }

    /// Uniform in [0, 1).
    fn chance(&mut self) -> f64 {
        self.serial += 1;
        let mixed = xxhash_rust::xxh3::xxh3_64_with_seed(&self.serial.to_le_bytes(), self.epoch);
        (mixed >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// What was staged is durable: it takes effect.
    pub(super) fn finish(&mut self, staged: Staged) {
        for (place, waiting) in staged.waits {
            // The key stays taken, that of a redriven one too: it was given away with it.
            self.due.insert((waiting.due_ms, place));
            if let Some(key) = waiting.key.filter(|_| waiting.dead_letter.is_some()) {
                self.free(key);
            }
            self.waiting.insert(place, waiting);
        }
        for key in staged.freed {
            self.free(key);
        }
    }

    /// Goes on from `from` in each partition; what is in hand or waits is forgotten.
    pub(super) fn restart(&mut self, from: &[u64]) {
        let mut cursors = std::mem::take(&mut self.cursors);
        for (cursor, from) in cursors.iter_mut().zip(from) {
            cursor.done = Done::all_below(*from);
            cursor.read = *from;
        }
        let serial = self.serial;
        *self = Self::new(self.plan.clone(), cursors, Vec::new(), self.epoch);
        self.serial = serial;
    }

    /// A dead letter is owed to the group again, at once.
    pub(super) fn redrive(&mut self, place: Place, waiting: Waiting) {
        self.wait(place, waiting);
    }

    /// Takes back what nobody got: no attempt was made.
    pub(super) fn give_back(&mut self, now_ms: u64, tokens: &[String]) {
        for (_, serial, place) in tokens.iter().filter_map(|token| parse(token)) {
            let Some(Lease { mut waiting, .. }) = self.end(serial) else { continue };
            waiting.due_ms = now_ms;
            if let Some(key) = waiting.key.filter(|_| waiting.dead_letter.is_some()) {
                self.free(key);
            }
            self.wait(place, waiting);
        }
    }

    /// Whether something of this place is in hand or waits.
    pub(super) fn has(&self, place: Place) -> bool {
        self.leased.contains_key(&place) || self.waiting.contains_key(&place)
    }

    /// A partition begins at `first` now: what is below and was not begun with is gone. Gives the places that waited there.
    pub(super) fn expire(&mut self, part: u32, first: u64) -> Vec<Place> {
        let is_gone = |place: &Place, waiting: &Waiting| {
            place.part == part && place.offset < first && waiting.dead_letter.is_none()
        };
        let mut gone: Vec<Place> =
            self.waiting.iter().filter(|(place, waiting)| is_gone(place, waiting)).map(|(place, _)| *place).collect();
        gone.sort_unstable();
        let in_hand = self.leases.values().filter(|lease| is_gone(&lease.place, &lease.waiting)).count() as u64;
        if let Some(cursor) = self.cursors.get_mut(part as usize) {
            let below = cursor.done.below();
            let lost = first.saturating_sub(below).saturating_sub(cursor.done.count(below, first));
            cursor.totals.expired += lost.saturating_sub(in_hand);
            cursor.done.insert_range(0, first);
            cursor.read = cursor.read.max(first);
        }
        gone
    }

    /// Lets go of places that waited and are gone.
    pub(super) fn forget(&mut self, gone: &[Place]) {
        for place in gone {
            if let Some(waiting) = self.waiting.remove(place) {
                self.due.remove(&(waiting.due_ms, *place));
                if let Some(key) = waiting.key {
                    self.free(key);
                }
            }
        }
    }

    /// Events that are not done, of `end` offsets in a partition: those never read, in hand and waiting.
    pub(super) fn lag(&self, ends: &[u64]) -> u64 {
        let lag = |(cursor, end): (&Cursor, &u64)| {
            end.saturating_sub(cursor.done.below()).saturating_sub(cursor.done.above())
        };
        let redriven = self.waiting.values().chain(self.leases.values().map(|lease| &lease.waiting));
        let redriven = redriven.filter(|waiting| waiting.dead_letter.is_some()).count() as u64;
        self.cursors.iter().zip(ends).map(lag).sum::<u64>() + redriven
    }

    pub(super) fn leased(&self) -> u64 {
        self.leases.len() as u64
    }

    pub(super) fn waits(&self) -> u64 {
        self.waiting.len() as u64
    }
}

fn fresh(key: Option<Key>) -> Waiting {
    Waiting { due_ms: 0, delay_ms: 0, failures: 0, key, dead_letter: None, story: Story::default() }
}

fn parse(token: &str) -> Option<(u64, u64, Place)> {
    let mut parts = token.split('-').map(|part| u64::from_str_radix(part, 16));
    let mut next = || parts.next()?.ok();
    let (epoch, serial, part, offset) = (next()?, next()?, next()?, next()?);
    let part = u32::try_from(part).ok()?;
    parts.next().is_none().then_some((epoch, serial, Place { part, offset }))
}
