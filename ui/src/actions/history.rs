//! Kept runs: showing one again, comparing two, naming, pinning, deleting.

use leptos::{prelude::*, task::spawn_local};
use thalweg_protocol::{ApiError, Command, ErrorCode, KeptRun, Reply};

use super::events::unexpected;
use crate::{
    bridge,
    state::{App, History, Lens, Opened},
    text::runs as text,
};

impl App {
    /// Fetches the kept runs of the open document.
    pub(crate) fn fetch_runs(self) {
        let Some(document) = self.document.with_untracked(|d| d.as_ref().map(crate::state::OpenDocument::id)) else {
            return;
        };
        spawn_local(async move {
            match bridge::call(Command::Runs { document }).await {
                Ok(Reply::Runs(runs)) => self.runs_changed(document, runs),
                Ok(other) => self.fail(&unexpected(&other)),
                // Without a data file there are none; the receiver's chip says why.
                Err(error) if error.code == ErrorCode::Store => {}
                Err(error) => self.fail(&error),
            }
        });
    }

    /// Takes in the kept runs of a document, if it is the open one.
    pub(crate) fn runs_changed(self, document: u64, runs: Vec<KeptRun>) {
        let is_open = self.document.try_with_untracked(|d| d.as_ref().is_some_and(|d| d.id() == document));
        if is_open == Some(true) {
            self.history.try_update(|history| history.fill(runs));
        }
    }

    /// Takes in that a run is kept, or why it is not.
    pub(crate) fn run_kept(self, run: u64, kept: Result<u64, ApiError>) {
        match kept {
            Ok(id) => {
                if self.runs.try_with_untracked(|runs| runs.finished_id() == Some(run)) == Some(true) {
                    self.history.try_update(|history| history.kept(id));
                }
            }
            Err(error) => self.fail(&error),
        }
    }

    /// Shows the list of kept runs.
    pub(crate) fn show_runs(self) {
        self.lens.set(Lens::Simulate);
        self.runs_open.set(Some(true));
        self.runs_wanted.set(true);
    }

    /// Shows a kept run again on canvas, timeline and inspector.
    pub(crate) fn show_run(self, id: u64) {
        self.lens.set(Lens::Simulate);
        // A run under way is what is looked at.
        if self.running.with_untracked(Option::is_some) {
            return;
        }
        if self.history.with_untracked(|history| history.shown().is_none() && history.current() == Some(id)) {
            return;
        }
        self.open_run(id, move |opened| self.look_at(opened));
    }

    /// Shows the chosen run again.
    pub(crate) fn show_chosen_run(self) {
        if let Some(id) = self.chosen_run() {
            self.show_run(id);
        }
    }

    /// Goes back to the last results; where this window has none, to the newest run that is kept.
    pub(crate) fn show_latest_run(self) {
        if self.runs.with_untracked(|runs| runs.finished().is_some()) {
            let flow = self.history.try_update(History::back).flatten();
            self.simulated.set(flow);
            self.show_moment(0.0);
            self.playback.broken.set(None);
        } else if let Some(newest) = self.history.with_untracked(History::newest) {
            self.show_run(newest);
        }
    }

    fn look_at(self, opened: Opened) {
        let flow = opened.flow.clone();
        let shown = self.history.try_update(|history| {
            history.show(opened);
            history.shown().is_some()
        });
        if shown == Some(true) {
            self.simulated.set(Some(flow));
        } else {
            let flow = self.history.try_update(History::back).flatten();
            self.simulated.set(flow);
        }
        self.show_moment(0.0);
        self.playback.broken.set(None);
    }

    /// Makes the chosen run the baseline of the one that is looked at.
    pub(crate) fn compare_with_chosen_run(self) {
        let Some(id) = self.chosen_run() else { return };
        let (current, other) = self.history.with_untracked(|history| {
            let others = history.runs().iter().map(|run| run.id).filter(|other| *other != id);
            (history.current(), others.max())
        });
        if current == Some(id) || other.is_none() {
            self.fail(&ApiError::new(ErrorCode::Usage, text::SAME_RUN.now()).with_help(text::CHOOSE_ANOTHER.now()));
            return;
        }
        self.lens.set(Lens::Simulate);
        self.open_run(id, move |opened| {
            self.history.try_update(|history| history.compare_with(opened));
            // Nothing is looked at, as after a start: the newest is.
            if let (None, Some(other)) = (current, other) {
                self.show_run(other);
            }
        });
    }

    /// Lays the curves of the baseline aside.
    pub(crate) fn end_comparison(self) {
        self.history.update(History::end_comparison);
    }

    /// Looks at the baseline, and compares it with what was looked at.
    pub(crate) fn swap_comparison(self) {
        let Some([before, after]) = self.history.with_untracked(History::pair) else { return };
        self.open_run(after, move |opened| {
            self.history.try_update(|history| history.compare_with(opened));
            self.show_run(before);
        });
    }

    /// Fetches the differences whenever other two runs are compared.
    pub(crate) fn follow_comparison(self) {
        let pair = Memo::new(move |_| self.history.with(History::pair));
        Effect::new(move |_| {
            let Some(pair) = pair.get() else { return };
            let [before, after] = pair;
            spawn_local(async move {
                match bridge::call(Command::CompareRuns { before, after }).await {
                    Ok(Reply::Comparison(comparison)) => {
                        self.history.try_update(|history| history.compared(pair, *comparison));
                    }
                    Ok(other) => self.fail(&unexpected(&other)),
                    Err(error) => self.fail(&error),
                }
            });
        });
    }

    /// Gives the chosen run a name.
    pub(crate) fn name_run(self, run: u64, name: &str) {
        self.send(Command::NameRun { run, name: name.to_owned() });
    }

    /// Pins the chosen run, or lets it go.
    pub(crate) fn pin_chosen_run(self) {
        let chosen = self.history.with_untracked(|history| history.chosen().map(|run| (run.id, run.pinned)));
        if let Some((run, pinned)) = chosen {
            self.send(Command::PinRun { run, pinned: !pinned });
        }
    }

    /// Begins to rename the chosen run.
    pub(crate) fn rename_chosen_run(self) {
        self.lens.set(Lens::Simulate);
        self.runs_open.set(Some(true));
        self.naming_run.set(self.chosen_run());
    }

    /// Takes the chosen run out of the list; it can be brought back.
    pub(crate) fn delete_chosen_run(self) {
        let Some((run, name)) =
            self.history.with_untracked(|history| history.chosen().map(|run| (run.id, text::name(run))))
        else {
            return;
        };
        spawn_local(async move {
            match bridge::call(Command::DeleteRun { run }).await {
                Ok(_) => {
                    self.history.try_update(|history| history.delete(Some(run)));
                    self.tell_undoable(text::deleted(&name), run);
                }
                Err(error) => self.fail(&error),
            }
        });
    }

    /// Brings back the run that was deleted last.
    pub(crate) fn restore_run(self) {
        let Some(run) = self.history.try_update(|history| {
            let run = history.deleted();
            history.delete(None);
            run
        }) else {
            return;
        };
        if let Some(run) = run {
            self.send(Command::RestoreRun { run });
        }
    }

    /// Simulates the open document with what the chosen run was asked for.
    pub(crate) fn run_chosen_again(self) {
        let Some(settings) = self.history.with_untracked(|history| history.chosen().map(|run| run.settings.clone()))
        else {
            return;
        };
        self.scenario.set(settings.scenario.clone());
        self.simulate_with(settings);
    }

    fn chosen_run(self) -> Option<u64> {
        self.history.with_untracked(|history| history.chosen().map(|run| run.id))
    }

    fn open_run(self, run: u64, then: impl FnOnce(Opened) + 'static) {
        spawn_local(async move {
            match bridge::call(Command::OpenRun { run }).await {
                Ok(Reply::Run(opened)) => then(Opened::new(*opened)),
                Ok(other) => self.fail(&unexpected(&other)),
                Err(error) => self.fail(&error),
            }
        });
    }
}
