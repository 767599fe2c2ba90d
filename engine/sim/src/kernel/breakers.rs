//! Circuit breakers: closed, open, half-open (Nygard, "Release It!"). A breaker lives in a process, so there is one per
//! instance and call, and a crash forgets it.

use super::Kernel;
use super::state::BreakerPhase;

impl Kernel<'_> {
    /// The breaker of a call as an instance makes it.
    fn breaker_of(&self, call: u32, instance: u32) -> Option<usize> {
        let planned = &self.plan.calls[call as usize];
        let consumer = self.instances[instance as usize].consumer;
        let first = self.plan.consumers[consumer as usize].instances.start;
        planned.breaker.map(|_| (planned.breakers.start + instance - first) as usize)
    }

    /// Whether a call is let through, and if so, whether it is the trial of a half-open breaker.
    pub(super) fn breaker_admits(&mut self, call: u32, instance: u32) -> Option<bool> {
        let Some(index) = self.breaker_of(call, instance) else { return Some(false) };
        let breaker = &mut self.breakers[index];
        match breaker.phase {
            BreakerPhase::Closed => Some(false),
            BreakerPhase::Open { until } if self.now >= until => {
                breaker.phase = BreakerPhase::HalfOpen;
                Some(true)
            }
            BreakerPhase::Open { .. } | BreakerPhase::HalfOpen => None,
        }
    }

    /// A call that was let through has ended. What began before the breaker opened no longer counts.
    pub(super) fn breaker_hears(&mut self, call: u32, instance: u32, well: bool, trial: bool) {
        let now = self.now;
        let (Some(index), Some(planned)) = (self.breaker_of(call, instance), self.plan.calls[call as usize].breaker)
        else {
            return;
        };
        let breaker = &mut self.breakers[index];
        let open = BreakerPhase::Open { until: now.saturating_add(planned.open) };
        if trial {
            breaker.phase = if well { BreakerPhase::Closed } else { open };
        } else if breaker.phase == BreakerPhase::Closed && !well {
            breaker.failures.push_back(now);
            while breaker.failures.front().is_some_and(|&at| now - at > planned.within) {
                breaker.failures.pop_front();
            }
            if breaker.failures.len() >= planned.failures as usize {
                breaker.phase = open;
            }
        }
        if breaker.phase != BreakerPhase::Closed || trial {
            breaker.failures.clear();
        }
        breaker.not_closed.set(now, u64::from(breaker.phase != BreakerPhase::Closed));
    }

    /// An instance went down, and its breakers and retry budgets with it.
    pub(super) fn forget_breakers(&mut self, consumer: u32, instance: u32) {
        self.refill_buckets(consumer, instance);
        for call in self.plan.consumers[consumer as usize].calls.clone() {
            if let Some(index) = self.breaker_of(call, instance) {
                let breaker = &mut self.breakers[index];
                breaker.phase = BreakerPhase::Closed;
                breaker.failures.clear();
                breaker.not_closed.set(self.now, 0);
            }
        }
    }
}
