//! Fetching traces.

use leptos::{prelude::*, task::spawn_local};
use thalweg_protocol::{Command, Reply, TraceSummary, limits::TRACES_PER_PAGE};

use super::events::unexpected;
use crate::{
    bridge,
    state::{App, Asked, Leave, Lens},
    text::traces as text,
    traces::Sight,
};

impl App {
    /// Fetches the newest page of the list.
    pub(crate) fn fetch_traces(self) {
        spawn_local(async move {
            let command = Command::Traces { limit: TRACES_PER_PAGE };
            match bridge::call(command).await {
                Ok(Reply::Traces(page)) => drop(self.traces.try_update(|traces| traces.fill(page))),
                Ok(other) => self.fail(&unexpected(&other)),
                Err(error) => self.fail(&error),
            }
        });
    }

    /// Chooses a trace and fetches it.
    pub(crate) fn select_trace(self, id: Option<String>) {
        self.surveys.difference.set(None);
        self.traces.update(|traces| traces.select(id));
        self.fetch_selected_trace();
    }

    /// Shows a message of a simulation among the traces.
    pub(crate) fn show_sampled(self, summary: TraceSummary) {
        let id = summary.trace_id.clone();
        self.traces.update(|traces| traces.put(summary));
        self.lens.set(Lens::Traces);
        self.observing.sight.set(Sight::List);
        self.select_trace(Some(id));
    }

    /// Fetches the chosen trace, again if it is shown already.
    pub(crate) fn fetch_selected_trace(self) {
        let Some(trace_id) = self.traces.try_with_untracked(|traces| traces.selected.clone()).flatten() else { return };
        spawn_local(async move {
            match bridge::call(Command::Trace { trace_id }).await {
                Ok(Reply::Trace(view)) => drop(self.traces.try_update(|traces| traces.show(*view))),
                Ok(other) => self.fail(&unexpected(&other)),
                Err(error) => self.fail(&error),
            }
        });
    }

    /// Draws all traces as a flow.
    pub(crate) fn discover(self) {
        self.discover_in(String::new());
    }

    /// Draws the traces that a filter finds as a flow. What is open is left only once that is done, since reading many traces
    /// takes its time.
    pub(crate) fn discover_in(self, filter: String) {
        self.tell(text::DISCOVERING.now());
        spawn_local(async move {
            match bridge::call(Command::Discover { filter }).await {
                Ok(Reply::Discovered { text: drawn, traces, notes }) => {
                    self.tell(text::discovered(usize::try_from(traces).unwrap_or(usize::MAX)));
                    for note in notes {
                        self.tell(note);
                    }
                    self.leave(Leave::OpenDrawn(drawn));
                }
                Ok(other) => self.fail(&unexpected(&other)),
                Err(error) => self.fail(&error),
            }
        });
    }

    /// Removes all traces from the data file.
    pub(crate) fn clear_traces(self) {
        spawn_local(async move {
            match bridge::call(Command::ClearTraces).await {
                Ok(_) => {
                    // The filter line would come back with a filter that nothing is searched by.
                    self.filtering.asked.try_set(Asked::default());
                    self.traces.try_update(super::super::state::Traces::clear);
                    self.surveys.forget();
                    self.follow(&Asked::default());
                    self.observing.forget();
                }
                Err(error) => self.fail(&error),
            }
        });
    }
}
