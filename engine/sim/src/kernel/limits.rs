//! Token buckets: how much a consumer, a channel or a service lets through.

use super::Kernel;
use super::events::Event;
use crate::slab::NIL;

/// Whose limit it is, when no fault set it.
pub(crate) const OWN: u32 = NIL;

/// A bucket that fills evenly; whatever goes through takes a token.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bucket {
    /// The fault that limits, or [`OWN`].
    pub(crate) fault: u32,
    /// Tokens per nanosecond.
    rate: f64,
    room: f64,
    tokens: f64,
    at: u64,
}

impl Bucket {
    /// A full bucket.
    pub(crate) fn new(fault: u32, per_second: f64, room: f64, now: u64) -> Self {
        Bucket { fault, rate: per_second / 1e9, room, tokens: room, at: now }
    }

    /// One second's worth, at least one, if anything is let through at all.
    pub(crate) fn of_a_second(fault: u32, per_second: f64, now: u64) -> Self {
        Bucket::new(fault, per_second, if per_second > 0.0 { per_second.max(1.0) } else { 0.0 }, now)
    }

    /// Room for one token: what goes through is evenly spaced.
    pub(crate) fn even(fault: u32, per_second: f64, now: u64) -> Self {
        Bucket::new(fault, per_second, if per_second > 0.0 { 1.0 } else { 0.0 }, now)
    }

    /// Whether a token is there. A bucket that misses one by rounding only has it.
    pub(crate) fn has(&mut self, now: u64) -> bool {
        self.tokens = (self.tokens + (now - self.at) as f64 * self.rate).min(self.room);
        self.at = now;
        self.tokens >= 1.0 - 1e-9
    }

    pub(crate) fn take(&mut self) {
        self.tokens -= 1.0;
    }

    /// When a token is there that is not there now; never is the end of time.
    fn due(&self) -> u64 {
        let missing = (1.0 - self.tokens) / self.rate;
        if missing.is_finite() { self.at.saturating_add(libm::ceil(missing).max(1.0) as u64) } else { u64::MAX }
    }
}

/// Takes a token of each of several buckets, if all have one; otherwise says when that may be.
pub(crate) fn take_of_all(buckets: &mut [Bucket], now: u64) -> Result<(), u64> {
    may_take(buckets, now)?;
    buckets.iter_mut().for_each(Bucket::take);
    Ok(())
}

fn may_take(buckets: &mut [Bucket], now: u64) -> Result<(), u64> {
    let due = buckets.iter_mut().filter_map(|bucket| (!bucket.has(now)).then(|| bucket.due())).max();
    due.map_or(Ok(()), Err)
}

impl Kernel<'_> {
    /// Whether a consumer may begin an attempt at a message of a group now: it hears of it, and has a token for it.
    #[inline]
    pub(super) fn may_begin(&mut self, consumer: u32, group: u32) -> bool {
        !self.consumers[consumer as usize].restrained || (self.hears(consumer, group) && self.has_token(consumer))
    }

    /// Whether deliveries of a group reach a consumer.
    pub(super) fn hears(&self, consumer: u32, group: u32) -> bool {
        !self.consumers[consumer as usize].deaf_to.contains(&group)
    }

    /// Whether a consumer has a token for an attempt; if not, it looks again when it has.
    pub(super) fn has_token(&mut self, consumer: u32) -> bool {
        let now = self.now;
        let state = &mut self.consumers[consumer as usize];
        let Err(due) = may_take(&mut state.limits, now) else { return true };
        if due != u64::MAX && (state.wakes_at <= now || state.wakes_at > due) {
            state.wakes_at = due;
            self.calendar.push(due, Event::Wake { consumer });
        }
        false
    }

    /// An attempt begins that needs a token, and [`Kernel::has_token`] said that there is one.
    pub(super) fn take_token(&mut self, consumer: u32) {
        let state = &mut self.consumers[consumer as usize];
        for bucket in &mut state.limits {
            bucket.take();
            if state.waking && bucket.fault != OWN {
                self.faults[bucket.fault as usize].touched += 1;
            }
        }
    }

    /// A consumer that waited for a token, or heard nothing, looks for work.
    pub(super) fn wake(&mut self, consumer: u32) {
        let plan = self.plan;
        let state = &mut self.consumers[consumer as usize];
        if state.wakes_at > self.now && state.wakes_at != u64::MAX {
            return; // A later look took its place.
        }
        state.wakes_at = u64::MAX;
        state.waking = true;
        for subscription in &plan.consumers[consumer as usize].subscriptions {
            if plan.groups[subscription.group as usize].partitioned {
                for lane in plan.groups[subscription.group as usize].lanes.clone() {
                    self.offer_lane(lane);
                }
            } else {
                self.serve_plain(subscription.group);
            }
        }
        // Lanes that were offered while there was no token stand in the lists of their owners.
        let instances = plan.consumers[consumer as usize].instances.clone();
        let first = self.consumers[consumer as usize].next_woken;
        let count = instances.len() as u32;
        for turn in 0..count {
            let instance = instances.start + (first + turn) % count;
            if self.consumers[consumer as usize].restrained && !self.has_token(consumer) {
                self.consumers[consumer as usize].next_woken = (first + turn) % count;
                break;
            }
            self.find_work(instance);
        }
        self.consumers[consumer as usize].waking = false;
    }

    /// Whether a limited channel lets a publish in now; if not, it looks again when it does.
    pub(super) fn channel_has_token(&mut self, channel: u32) -> bool {
        let now = self.now;
        let state = &mut self.channels[channel as usize];
        let Err(due) = take_of_all(&mut state.throttles, now) else { return true };
        if due != u64::MAX && (state.wakes_at <= now || state.wakes_at > due) {
            state.wakes_at = due;
            self.calendar.push(due, Event::Admit { channel });
        }
        false
    }
}
