//! Comparing this build with the known answers.

use leptos::{prelude::*, task::spawn_local};
use thalweg_protocol::{ApiError, Command, ErrorCode};

use crate::{
    bridge,
    state::{Answers, App},
};

impl App {
    /// Simulates the known answers, or those with these words in their name.
    pub(crate) fn validate(self, filter: &str) {
        self.cancel_validation();
        let Some(run) = self.runs.try_update(crate::state::Runs::number) else { return };
        self.answers.update(|answers| answers.begin(run, filter.trim()));
        let filter = Some(filter.trim().to_owned()).filter(|filter| !filter.is_empty());
        spawn_local(async move {
            if let Err(error) = bridge::call(Command::Validate { run, filter }).await {
                self.validation_failed(run, &error);
            }
        });
    }

    /// Stops the comparison under way, if there is one.
    pub(crate) fn cancel_validation(self) {
        if let Some(running) = self.answers.with_untracked(Answers::running) {
            self.send(Command::Cancel { run: running.id });
        }
    }

    pub(crate) fn validation_failed(self, id: u64, error: &ApiError) {
        let mine = self.answers.try_update(|answers| answers.fail(id)) == Some(true);
        // Who cancelled knows it.
        if mine && error.code != ErrorCode::Cancelled {
            self.fail(error);
        }
    }
}
