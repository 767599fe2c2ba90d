//! Following: the chosen events of a finished run, one by one.
//!
//! The run itself only chooses them, which costs next to nothing; their steps are noted when its first replication takes
//! its course once more. That is apart from the run, so that nobody waits for it who wants the figures.

use crate::error::SimError;
use crate::kernel::{Chosen, Curves, Kernel, Watch};
use crate::plan::Plan;
use crate::run::Observer;
use crate::sample::Ziggurat;
use crate::traces::{self, SampledTrace};

/// Which events of a run's first replication are worth to be followed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ToFollow {
    pub(crate) chosen: Vec<Chosen>,
    /// When the replication ended.
    pub(crate) until: u64,
}

impl ToFollow {
    /// Whether there is none: none was asked for, or nothing was produced.
    pub fn is_empty(&self) -> bool {
        self.chosen.is_empty()
    }
}

/// Takes the course of a run's first replication once more, on this thread, and notes every step of the chosen events;
/// in the order of their production. `plan` is that of the run. Takes up to as long as one replication.
///
/// # Errors
/// [`SimError::Cancelled`] when the observer wants it to stop.
pub fn follow(plan: &Plan, events: ToFollow, observer: &dyn Observer) -> Result<Vec<SampledTrace>, SimError> {
    if events.is_empty() {
        return Ok(Vec::new());
    }
    let ziggurat = Ziggurat::new();
    let noted = Kernel::new(plan, &ziggurat, 0).record(events.chosen, events.until, &mut Stop(observer))?;
    Ok(traces::assemble(plan, &noted))
}

/// Asks whether to stop; nothing that is seen on the way is news.
struct Stop<'a>(&'a dyn Observer);

impl Watch for Stop<'_> {
    fn look(&mut self, _now: u64, _events: u64, _curves: &Curves) -> Result<(), SimError> {
        if self.0.cancelled() { Err(SimError::Cancelled) } else { Ok(()) }
    }
}
