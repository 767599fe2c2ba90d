//! What was received, counted.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::signal::Signal;

/// The rate is over this long.
const WINDOW: Duration = Duration::from_secs(5);

#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub(crate) spans: Tally,
    pub(crate) logs: Tally,
    pub(crate) points: Tally,
}

impl Counters {
    pub(crate) fn of(&self, signal: Signal) -> &Tally {
        match signal {
            Signal::Traces => &self.spans,
            Signal::Logs => &self.logs,
            Signal::Metrics => &self.points,
        }
    }
}

/// What became of the spans, log records or data points that were sent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Stored since the start; spans that replaced an older version included.
    pub stored: u64,
    /// Known already, from repeated batches.
    pub repeated: u64,
    /// Refused as unusable.
    pub refused: u64,
}

/// The counts of one signal.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    stored: AtomicU64,
    repeated: AtomicU64,
    refused: AtomicU64,
    recent: Mutex<VecDeque<(Instant, u64)>>,
}

impl Tally {
    pub(crate) fn stored(&self, new: u64, repeated: u64) {
        self.stored.fetch_add(new, Ordering::Relaxed);
        self.repeated.fetch_add(repeated, Ordering::Relaxed);
        let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        recent.push_back((Instant::now(), new));
        forget_old(&mut recent);
    }

    pub(crate) fn refused(&self, items: u64) {
        self.refused.fetch_add(items, Ordering::Relaxed);
    }

    pub(crate) fn counts(&self) -> Counts {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Counts { stored: read(&self.stored), repeated: read(&self.repeated), refused: read(&self.refused) }
    }

    /// Stored items per second over the last seconds.
    pub(crate) fn per_second(&self) -> f64 {
        let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        forget_old(&mut recent);
        recent.iter().map(|(_, items)| *items as f64).sum::<f64>() / WINDOW.as_secs_f64()
    }
}

fn forget_old(recent: &mut VecDeque<(Instant, u64)>) {
    while recent.front().is_some_and(|(at, _)| at.elapsed() > WINDOW) {
        recent.pop_front();
    }
}
