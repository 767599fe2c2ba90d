//! What was received, counted.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use thalweg_store::Written;

/// The rate is over this long.
const WINDOW: Duration = Duration::from_secs(5);

#[derive(Debug, Default)]
pub(crate) struct Counters {
    stored: AtomicU64,
    repeated: AtomicU64,
    refused: AtomicU64,
    pub(crate) connections: AtomicUsize,
    recent: Mutex<VecDeque<(Instant, u64)>>,
}

impl Counters {
    pub(crate) fn stored(&self, written: &Written) {
        let new = written.added + written.changed;
        self.stored.fetch_add(new, Ordering::Relaxed);
        self.repeated.fetch_add(written.repeated, Ordering::Relaxed);
        let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        recent.push_back((Instant::now(), new));
        forget_old(&mut recent);
    }

    pub(crate) fn refused(&self, spans: u64) {
        self.refused.fetch_add(spans, Ordering::Relaxed);
    }

    /// Stored, repeated, refused.
    pub(crate) fn totals(&self) -> (u64, u64, u64) {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        (read(&self.stored), read(&self.repeated), read(&self.refused))
    }

    /// Stored spans per second over the last seconds.
    pub(crate) fn per_second(&self) -> f64 {
        let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        forget_old(&mut recent);
        recent.iter().map(|(_, spans)| *spans as f64).sum::<f64>() / WINDOW.as_secs_f64()
    }
}

fn forget_old(recent: &mut VecDeque<(Instant, u64)>) {
    while recent.front().is_some_and(|(at, _)| at.elapsed() > WINDOW) {
        recent.pop_front();
    }
}
