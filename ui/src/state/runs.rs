//! Simulations: the one that runs, and the last results.

use thalweg_protocol::{ApiError, Run, SampledTrace, Series};

use super::Shared;

/// What is known about simulations of the open document.
#[derive(Debug, Clone, Default)]
pub(crate) struct Runs {
    last_id: u64,
    running: Option<Running>,
    partial: Option<Shared<Series>>,
    finished: Option<Shared<Run>>,
    finished_series: Option<Shared<Series>>,
    finished_id: Option<u64>,
    /// The run with the last results, while its messages are followed.
    following: Option<u64>,
    sampled: Option<Shared<Vec<SampledTrace>>>,
}

/// A simulation that is under way.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Running {
    /// Its number.
    pub(crate) id: u64,
    /// How far it is, from 0 to 1.
    pub(crate) share: f64,
}

impl Runs {
    /// Begins a run and gives its number; what another run still sends is ignored from now on.
    pub(crate) fn begin(&mut self) -> u64 {
        let id = self.number();
        self.running = Some(Running { id, share: 0.0 });
        self.partial = None;
        id
    }

    /// A number for something else that the engine does and that can be stopped.
    pub(crate) fn number(&mut self) -> u64 {
        self.last_id += 1;
        self.last_id
    }

    /// Takes in how far a run is.
    pub(crate) fn progress(&mut self, id: u64, share: f64, series: Option<Series>) {
        if let Some(running) = self.running.as_mut().filter(|running| running.id == id) {
            running.share = share.clamp(0.0, 1.0);
            if let Some(series) = series {
                self.partial = Some(Shared::new(series));
            }
        }
    }

    /// Takes in results; false when they belong to a run that nobody waits for any more.
    pub(crate) fn finish(&mut self, id: u64, run: Run) -> bool {
        if !self.end(id) {
            return false;
        }
        self.finished_series = Some(Shared::new(run.series.clone()));
        self.finished = Some(Shared::new(run));
        self.finished_id = Some(id);
        self.following = Some(id);
        self.sampled = None;
        true
    }

    /// Takes in the messages that were followed, if they are of the last results.
    pub(crate) fn follow(&mut self, id: u64, sampled: Vec<SampledTrace>) {
        if self.following == Some(id) {
            self.following = None;
            self.sampled = Some(Shared::new(sampled));
        }
    }

    /// Ends a run without results; false when nobody waits for it any more. Earlier results stay.
    pub(crate) fn fail(&mut self, id: u64, _error: &ApiError) -> bool {
        self.end(id)
    }

    fn end(&mut self, id: u64) -> bool {
        let mine = self.running.is_some_and(|running| running.id == id);
        if mine {
            self.running = None;
            self.partial = None;
        }
        mine
    }

    /// Forgets everything: another document was opened.
    pub(crate) fn clear(&mut self) {
        *self = Runs { last_id: self.last_id, ..Runs::default() };
    }

    /// The simulation under way.
    pub(crate) fn running(&self) -> Option<Running> {
        self.running
    }

    /// The last results.
    pub(crate) fn finished(&self) -> Option<Shared<Run>> {
        self.finished.clone()
    }

    /// The messages of the last results that were followed; none before that is done.
    pub(crate) fn sampled(&self) -> Option<Shared<Vec<SampledTrace>>> {
        self.sampled.clone()
    }

    /// What the engine is still at: the run under way, or the following of the last one's messages.
    pub(crate) fn under_way(&self) -> Option<u64> {
        self.running.map(|running| running.id).or(self.following)
    }

    /// The number of the run with the last results.
    pub(crate) fn finished_id(&self) -> Option<u64> {
        self.finished_id
    }

    /// The curves so far, while a run is under way.
    pub(crate) fn partial(&self) -> Option<Shared<Series>> {
        self.partial.clone()
    }

    /// The curves of the last results.
    pub(crate) fn finished_series(&self) -> Option<Shared<Series>> {
        self.finished_series.clone()
    }
}

#[cfg(test)]
mod tests {
    use thalweg_protocol::ErrorCode;

    use super::*;

    fn series(buckets: usize) -> Series {
        Series { bucket_s: 1.0, buckets, duration_s: 10.0, ..Series::default() }
    }

    #[test]
    fn a_newer_run_makes_the_older_one_unheard() {
        let mut runs = Runs::default();
        let first = runs.begin();
        let second = runs.begin();
        runs.progress(first, 0.9, Some(series(9)));
        assert_eq!(runs.partial().map(|s| s.buckets), None);
        runs.progress(second, 0.5, Some(series(5)));
        assert_eq!(runs.partial().map(|s| s.buckets), Some(5));
        assert_eq!(runs.running(), Some(Running { id: second, share: 0.5 }));
    }

    #[test]
    fn failing_keeps_no_partial_curves_and_ends_only_its_own_run() {
        let mut runs = Runs::default();
        let id = runs.begin();
        runs.progress(id, 0.2, Some(series(2)));
        let error = ApiError::new(ErrorCode::Cancelled, "cancelled");
        assert!(!runs.fail(id + 1, &error));
        assert!(runs.running().is_some());
        assert!(runs.fail(id, &error));
        assert!(runs.running().is_none() && runs.partial().is_none() && runs.finished_series().is_none());
    }

    #[test]
    fn numbers_grow_even_over_documents() {
        let mut runs = Runs::default();
        let first = runs.begin();
        runs.clear();
        assert!(runs.begin() > first);
        assert!(!runs.fail(first, &ApiError::new(ErrorCode::Cancelled, "cancelled")));
    }
}
