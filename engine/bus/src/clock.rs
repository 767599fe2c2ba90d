//! What time it is: the system's, or one that a test moves by hand.
//!
//! Times that are kept (leases, next attempts, retention) are milliseconds since 1970. Within one process they are counted from
//! the monotonic clock, so that a wall clock that is set back or forward while the engine runs neither ends leases nor stretches
//! them; the wall clock is read once, at the start.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use tokio::sync::watch;

/// A clock; clones show the same time.
#[derive(Debug, Clone)]
pub struct Clock(Kind);

#[derive(Debug, Clone)]
enum Kind {
    System { start: Instant, start_ms: u64 },
    ByHand(Arc<watch::Sender<u64>>),
}

impl Clock {
    /// The system's.
    pub fn system() -> Self {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self(Kind::System { start: Instant::now(), start_ms: millis(now) })
    }

    /// One that shows `now_ms`, milliseconds since 1970, until it is moved.
    pub fn by_hand(now_ms: u64) -> Self {
        Self(Kind::ByHand(Arc::new(watch::Sender::new(now_ms))))
    }

    /// Milliseconds since 1970.
    pub fn now_ms(&self) -> u64 {
        match &self.0 {
            Kind::System { start, start_ms } => start_ms.saturating_add(millis(start.elapsed())),
            Kind::ByHand(now) => *now.borrow(),
        }
    }

    /// Moves a clock by hand forward; the system's is not moved.
    pub fn advance(&self, by: Duration) {
        if let Kind::ByHand(now) = &self.0 {
            now.send_modify(|now| *now = now.saturating_add(millis(by)));
        }
    }

    /// Waits until it shows `at_ms` or later.
    pub async fn wait_until(&self, at_ms: u64) {
        match &self.0 {
            Kind::System { .. } => {
                let left = at_ms.saturating_sub(self.now_ms());
                tokio::time::sleep(Duration::from_millis(left)).await;
            }
            Kind::ByHand(now) => {
                // The sender lives as long as this clock.
                let _ = now.subscribe().wait_for(|now| *now >= at_ms).await;
            }
        }
    }
}

pub(crate) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
