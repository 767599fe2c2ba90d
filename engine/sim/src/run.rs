//! Replications: in parallel, watched, merged in order.

use crate::error::SimError;
use crate::plan::Plan;
use crate::report::{Report, Series};

/// How a run is carried out; none of it changes its numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RunOptions {
    /// How many threads; 0 is one per core.
    pub threads: usize,
    /// How many events the run may take over all replications.
    pub event_budget: u64,
}

impl Default for RunOptions {
    fn default() -> Self {
        RunOptions { threads: 0, event_budget: 1_000_000_000 }
    }
}

/// Watches a run. Called from the threads that simulate, a few times a second; must be quick.
pub trait Observer: Sync {
    /// How much of the run is done, 0 to 1.
    fn progress(&self, share: f64) {
        let _ = share;
    }

    /// The curves of the first replication so far, at most about ten times a second.
    fn series(&self, partial: &Series) {
        let _ = partial;
    }

    /// Whether the run shall stop; asked every few thousand events.
    fn cancelled(&self) -> bool {
        false
    }
}

/// Nobody watches.
impl Observer for () {}

pub fn run(_: &Plan, _: &RunOptions, _: &dyn Observer) -> Result<Report, SimError> { Err(SimError::Cancelled) }
