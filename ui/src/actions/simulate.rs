//! Running a simulation.

use leptos::{prelude::*, task::spawn_local};
use thalweg_protocol::{ApiError, Command, ErrorCode, Run, RunSettings};

use crate::{
    bridge,
    state::{App, Lens, Shared},
    text,
};

impl App {
    /// Simulates the open document with the chosen scenario; a run under way is cancelled first.
    pub(crate) fn simulate(self) {
        self.simulate_with(RunSettings { scenario: self.scenario.get_untracked(), ..RunSettings::default() });
    }

    /// The same with other settings.
    pub(crate) fn simulate_with(self, settings: RunSettings) {
        self.cancel_run();
        let Some((document, text)) =
            self.document.with_untracked(|d| d.as_ref().map(|d| (d.id(), d.text().to_owned())))
        else {
            return;
        };
        let Some(run) = self.runs.try_update(crate::state::Runs::begin) else { return };
        self.simulated.set(self.document.with_untracked(|d| d.as_ref().map(|d| Shared::new(d.flow().clone()))));
        self.show_moment(0.0);
        self.playback.broken.set(None);
        let flow = self.simulated.get_untracked();
        self.history.update(|history| history.begin(flow));
        self.lens.set(Lens::Simulate);
        spawn_local(async move {
            if let Err(error) = bridge::call(Command::Simulate { run, document, text, settings }).await {
                self.run_failed(run, &error);
            }
        });
    }

    /// Chooses the scenario that ▶ runs.
    pub(crate) fn choose_scenario(self, name: &str) {
        self.scenario.set((name != text::DEFAULT_SCENARIO).then(|| name.to_owned()));
    }

    /// Stops the run under way, if there is one, and what is still done for the last one.
    pub(crate) fn cancel_run(self) {
        if let Some(run) = self.runs.with_untracked(crate::state::Runs::under_way) {
            self.send(Command::Cancel { run });
        }
    }

    pub(crate) fn run_finished(self, id: u64, run: Run) {
        if self.runs.try_update(|runs| runs.finish(id, run)) == Some(true) {
            self.history.try_update(crate::state::History::finish);
        }
    }

    pub(crate) fn run_failed(self, id: u64, error: &ApiError) {
        let mine = self.runs.try_update(|runs| runs.fail(id, error)) == Some(true);
        if mine && let Some(flow) = self.history.try_with_untracked(crate::state::History::latest_flow) {
            // What is looked at again are the results before.
            self.simulated.try_set(flow);
        }
        // Who cancelled knows it.
        if mine && error.code != ErrorCode::Cancelled {
            self.fail(error);
        }
    }
}
