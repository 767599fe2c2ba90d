//! Simulations under way, so that each can be stopped by its number.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

/// Says whether a run should stop.
#[derive(Debug, Clone, Default)]
pub struct CancelFlag(Arc<AtomicBool>);

impl CancelFlag {
    /// Asks the run to stop.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether it was asked to.
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Runs by number.
#[derive(Debug, Default)]
pub(crate) struct Runs(Mutex<BTreeMap<u64, CancelFlag>>);

impl Runs {
    /// Notes a run and gives its flag. A number that is taken stops the run that had it.
    pub(crate) fn begin(&self, run: u64) -> CancelFlag {
        let flag = CancelFlag::default();
        if let Some(before) = self.lock().insert(run, flag.clone()) {
            before.cancel();
        }
        flag
    }

    /// Asks a run to stop; false when there is none of that number.
    pub(crate) fn cancel(&self, run: u64) -> bool {
        self.lock().get(&run).map(CancelFlag::cancel).is_some()
    }

    /// Asks all to stop.
    pub(crate) fn cancel_all(&self) {
        self.lock().values().for_each(CancelFlag::cancel);
    }

    /// Forgets a run that ended.
    pub(crate) fn end(&self, run: u64) {
        self.lock().remove(&run);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<u64, CancelFlag>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_stopped_by_its_number() {
        let runs = Runs::default();
        let (one, two) = (runs.begin(1), runs.begin(2));
        assert!(runs.cancel(1) && !runs.cancel(3));
        assert!(one.is_cancelled() && !two.is_cancelled());
        runs.end(1);
        assert!(!runs.cancel(1));
        let again = runs.begin(2);
        assert!(two.is_cancelled() && !again.is_cancelled());
    }
}
