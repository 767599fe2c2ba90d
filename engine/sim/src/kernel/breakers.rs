//! Circuit breakers: closed, open, half-open (Nygard, "Release It!"), one per consumer and call.

use super::Kernel;
use super::state::BreakerPhase;

impl Kernel<'_> {
    /// Whether a call is let through, and if so, whether it is the trial of a half-open breaker.
    pub(super) fn breaker_admits(&mut self, call: u32) -> Option<bool> {
        let now = self.now;
        let Some(breaker) = &mut self.breakers[call as usize] else { return Some(false) };
        match breaker.phase {
            BreakerPhase::Closed => Some(false),
            BreakerPhase::Open { until } if now >= until => {
                breaker.phase = BreakerPhase::HalfOpen;
                Some(true)
            }
            BreakerPhase::Open { .. } | BreakerPhase::HalfOpen => None,
        }
    }

    /// A call that was let through has ended. What began before the breaker opened no longer counts.
    pub(super) fn breaker_hears(&mut self, call: u32, well: bool, trial: bool) {
        let now = self.now;
        let (Some(breaker), Some(planned)) =
            (&mut self.breakers[call as usize], self.plan.calls[call as usize].breaker)
        else {
            return;
        };
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
}
